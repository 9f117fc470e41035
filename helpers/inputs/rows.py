"""Rows of logits (N, K) from what came: tensors of any rank, margins, probabilities, and which axis is the classes."""

from typing import Any

import torch
from torch import Tensor

from helpers.inputs.tensors import are_probs, is_complement, is_hot, read_tensor

NARROW = (torch.int8, torch.uint8, torch.int16, torch.uint16)


def read_matrix(given: Any, part: str, say: Any) -> Tensor:
    """Return the numbers in `part`, of any rank from 1 on, in a floating type with which torch calculates."""
    x = read_tensor(given, part, "(N, K): rows of numbers, all of one length")
    if x.dtype == torch.bool or not x.numel() or x.ndim == 0:
        raise ValueError(f"{part}: got shape {tuple(x.shape)} of {x.dtype}, want (N, K) numbers: a row a picture")
    if x.dtype in NARROW:
        kind = str(x.dtype).removeprefix("torch.")
        line = "(q.astype('float32') - zero_point) * scale"
        raise ValueError(f"{part}: got {kind}, want {part}: of a quantised output q these are {line}")
    if not x.is_floating_point():
        say("whole numbers, taken as logits")
        return x.double()
    return x.float() if x.element_size() == 1 else x  # float8 knows no arithmetic


def flatten(x: Tensor, targets: Tensor | None, say: Any) -> tuple:
    """Return rows (N, K) and their targets of what came as (N, T, K), or as (N, K, T) by the targets' shape."""
    if x.ndim <= 2:
        return x, targets
    shape = None if targets is None else tuple(targets.shape)
    if shape == (x.shape[0], *x.shape[2:]) != x.shape[:-1]:
        say(f"classes along dim 1 of {tuple(x.shape)}, flattened to rows")
        x = x.movedim(1, -1)
    else:
        say(f"{tuple(x.shape)} flattened to rows, classes along the last dim")
    if shape not in (None, x.shape, x.shape[:-1]):
        columns = "; a list of one array (N, 2) a label? numpy.stack([p[:, 1] for p in probs], 1)"
        hint = columns if x.shape[-1] == 2 and shape == (x.shape[1], x.shape[0]) else ""
        raise ValueError(f"targets: got shape {shape}, want {tuple(x.shape[:-1])}{hint}")
    if targets is not None:
        targets = targets.reshape(-1, x.shape[-1]) if shape == x.shape else targets.reshape(-1)
    return x.reshape(-1, x.shape[-1]), targets


def logits_of_probs(p: Tensor, say: Any) -> Tensor:
    """Return the logarithm of probabilities of one class a row, and the logit of those of any number of labels."""
    p = p.double()
    stray = (~((p >= 0) & (p <= 1))).nonzero()[:1].tolist()  # NaN is neither
    if stray:
        raise ValueError(f"probs: got {p[tuple(stray[0])].item():.4g} at {stray[0]}, want numbers from 0 to 1")
    is_matrix = p.ndim == 2 and p.shape[1] > 1
    if is_matrix and are_probs(p).all():
        say("probs: their logarithm taken, for each row sums to 1")
        x = p.log()
    elif is_matrix and ((p.sum(1) - 1).abs() < 0.3).all():
        sums = f"{p.sum(1).min().item():.4g} to {p.sum(1).max().item():.4g}"
        lines = "probs / probs.sum(1, keepdims=True), or of any number of labels own_numbers((torch.logit(probs), …))"
        raise ValueError(f"probs: got rows that sum to {sums}, want to 1: of one class a row, rounded, {lines}")
    else:
        say("probs: their logit taken, for the rows do not sum to 1")
        x = p.logit()
    if infinite := int(x.isinf().sum()):
        say(f"{infinite} of them infinite, where a probability is 0 or 1: probs.clip(1e-6, 1 - 1e-6) has finite ones")
    return x


def two_columns(x: Tensor, labels: tuple | None, say: Any) -> tuple:
    """Return two columns, and their labels, where one number a row decides between no and yes."""
    if x.ndim == 2 and x.shape[1] > 1 and not is_complement(x):
        return x, labels
    if x.ndim == 1 and labels is not None and len(labels) == len(x) != 2:
        raise ValueError(f"logits: got shape {tuple(x.shape)}, want (N, K); one row is logits[None]")
    is_pair = x.ndim == 2 and x.shape[1] == 2
    m = x[:, 1] if is_pair else x.reshape(-1)
    say(f"{'[1 − m, m] of a margin m' if is_pair else 'one margin m a row'} became the two columns [0, m]")
    if labels is not None and len(labels) == 1:
        labels = (f"not {labels[0]}", labels[0])
    return torch.stack([torch.zeros_like(m), m], 1), labels


def check_logits(x: Tensor, say: Any) -> None:
    """Raise ValueError for NaN, and say where the numbers may be no logits."""
    if x.isnan().any():
        row, column = x.isnan().nonzero()[0].tolist()
        raise ValueError(f"logits: got nan in row {row}, column {column}, want a number in each")
    if are_probs(x).all() and not is_hot(x):
        say("rows sum to 1: probabilities? then own_numbers({'probs': …})")
    elif x.numel() >= 20 and x.min() >= 0 and x.max() <= 1 and not is_hot(x):
        say("all from 0 to 1: probabilities of a sigmoid? then own_numbers({'probs': …})")
    if x.shape[1] == 2 and len(x) > 1 and (x.sum(1) == 0).all():
        say("columns that sum to 0: of [−m, m] of a margin m, give m alone")
    if empty := int((x == -torch.inf).all(0).sum()):
        say(f"{empty} columns are all −inf: leave them out, logits[:, logits.isfinite().any(0)]")

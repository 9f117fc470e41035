"""What the explorers take: logits, labels and targets, those of the running example or the reader's own."""

import math
from collections.abc import Sequence

import torch

from helpers.data import LABELS
from helpers.live import FloatSlider

MOST = 12  # classes that have a row, a slider and a colour of their own
SHOWN = 10  # of more classes


def told(value):
    """Return how an error message says what came: as it is, or what it is where that would be long."""
    text = repr(value)
    if len(text) <= 100:
        return text
    shape = getattr(value, "shape", None)
    return f"{text[:60]}…" if shape is None else f"a {type(value).__name__} of shape {tuple(shape)}"


def numbers_of(argument, values, wanted):
    """Return `values` (tensor of any device and type, array or sequence) as a float64 tensor; raise ValueError if it is none."""
    refusal = ValueError(f"{argument}: got {told(values)}, want {wanted}")
    try:
        tensor = values.detach().cpu() if isinstance(values, torch.Tensor) else torch.as_tensor(values)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        raise refusal from None
    if tensor.dtype == torch.bool or tensor.is_complex() or not tensor.numel():
        raise refusal
    return tensor.double()


def logits_of(logits, call, dims=(1, 2), most=None):
    """Return logits as a finite float64 tensor of shape (K,) or (N, K), K at least 2.

    Raises
    ------
    ValueError
        For anything else, and for probabilities, with what to call instead: `call` is the name of the explorer.
    """
    shapes = " or ".join(("(K,)", "(N, K)")[dim - 1] for dim in dims)
    wanted = f"a tensor of finite logits of shape {shapes}, K from 2 {f'to {most}' if most else 'on'}"
    x = numbers_of("logits", logits, wanted)
    if x.ndim not in dims or x.shape[-1] < 2 or most and x.shape[-1] > most:
        hint = f"; one row is logits[0], say {call}(logits[0])" if x.ndim == 2 and 2 not in dims else ""
        if most and x.ndim and x.shape[-1] > most:
            hint = "; logit_table(logits) takes any number of classes"
        if x.ndim and x.shape[-1] == 1:
            hint = f"; one output for yes or no is the class of two logits: {call}(torch.stack([0 * x, x], -1))"
        got = told(logits)
        got += "" if " of shape " in got else f" of shape {tuple(x.shape)}"
        raise ValueError(f"logits: got {got}, want {wanted}{hint}")
    if not x.isfinite().all():
        at = tuple((~x.isfinite()).nonzero()[0].tolist())
        raise ValueError(f"logits: got {told(logits)} with {x[at].item()} at {list(at)}, want {wanted}")
    hot = (x == 0) | (x == 1)
    if x.min() >= 0 and not hot.all() and ((x.sum(-1) - 1).abs() < 0.01).all():
        raise ValueError(
            f"logits: got {told(logits)}, whose rows sum to 1, so these are probabilities, want a tensor of logits: "
            f"what goes into the softmax, or {call}(probs.log())"
        )
    return x


def labels_of(labels, num_classes):
    """Return one name for each class: those given, the running example's, or "class 0", and of more than a thousand "#0", and so on."""
    if labels is None:
        return (
            LABELS
            if num_classes == len(LABELS)
            else tuple(f"class {k}" if num_classes <= 1000 else f"#{k}" for k in range(num_classes))
        )
    given = labels.tolist() if hasattr(labels, "tolist") else labels
    named = isinstance(given, Sequence) and not isinstance(given, str) and all(isinstance(each, str) for each in given)
    if not named or len(given) != num_classes or len({each.strip() for each in given} - {""}) != num_classes:
        count = f" ({len(given)} of them)" if named else ""
        raise ValueError(f"labels: got {told(labels)}{count}, want a sequence of {num_classes} different names")
    return tuple(given)


def targets_of(targets, num_rows, labels, argument="targets"):
    """Return the class index of each row, from whole numbers or names of classes; one alone will do for one row."""
    wanted = f"a class for each of {num_rows} rows: whole numbers from 0 to {len(labels) - 1}, or labels"
    if num_rows == 1:
        wanted = f"a class: a whole number from 0 to {len(labels) - 1}, or one of {told(labels)}"
    refusal = ValueError(f"{argument}: got {told(targets)}, want {wanted}")
    given = targets.tolist() if hasattr(targets, "tolist") else targets
    given = list(given) if isinstance(given, (list, tuple)) else [given]
    if given and all(isinstance(each, list) for each in given):
        raise ValueError(f"{refusal}; of one-hot rows these are targets.argmax(-1)")
    if given and all(isinstance(each, str) for each in given):
        places = {label: k for k, label in enumerate(labels)}
        given = [places.get(each) for each in given]
    whole = all(isinstance(each, int) and not isinstance(each, bool) and 0 <= each < len(labels) for each in given)
    if not whole or len(given) != num_rows:
        raise refusal
    return given


def multi_hot_of(targets, shape, labels):
    """Return truth values of `shape`, (K,) or (N, K): from zeros and ones, from the names that are true of one row, or from N classes."""
    names = list(targets) if isinstance(targets, (list, tuple, set, frozenset)) else None
    if names is not None and len(shape) == 1 and all(isinstance(each, str) and each in labels for each in names):
        return torch.tensor([label in names for label in labels])
    wanted = f"a tensor of zeros and ones of shape {tuple(shape)}"
    wanted += f", or a collection of labels from {told(labels)}" if len(shape) == 1 else ", or a class for each row"
    refusal = ValueError(f"targets: got {told(targets)}, want {wanted}")
    try:
        y = targets.detach().cpu() if isinstance(targets, torch.Tensor) else torch.as_tensor(targets)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        if names is None or len(shape) == 1 or not all(isinstance(each, str) for each in names):
            raise refusal from None
        y = None
    if y is not None and tuple(y.shape) == tuple(shape) and bool(((y == 0) | (y == 1)).all()):
        return y == 1
    if len(shape) == 1 or y is not None and y.ndim != 1:
        raise refusal
    hot = torch.zeros(shape, dtype=torch.bool)
    hot[torch.arange(shape[0]), torch.tensor(targets_of(targets, shape[0], labels))] = True
    return hot


def reach(logits):
    """Return (limit, step) of a slider that reaches the largest of `logits`: ±10 in steps of 0.01, or as it needs.

    >>> [reach(torch.tensor([each])) for each in (4.43, -31.0, 2000.0, 0.03)]
    [(10.0, 0.01), (50.0, 0.01), (2000.0, 1.0), (0.05, 5e-05)]
    """
    largest = logits.abs().max().item()
    if not largest or 1 <= largest <= 10:
        return 10.0, 0.01
    power = 10.0 ** math.floor(math.log10(largest))
    limit = next(n * power for n in (1, 2, 5, 10) if n * power >= largest * (1 - 1e-12))
    step = limit / 1000 if largest < 1 else 10.0 ** max(-2, math.ceil(math.log10(limit)) - 4)
    return float(f"{limit:.12g}"), float(f"{step:.12g}")


def logit_sliders(logits, labels, reached=None):
    """Return {name: slider} for logits of shape (K,), rounded to what a slider can be set to.

    The name is the label for the running example's, and logit_0 and so on for others.

    >>> logit_sliders(torch.tensor([1, 2.718, -3, 4]), LABELS)["dog"].value
    2.72
    """
    limit, step = reached or reach(logits)
    decimals = max(0, math.ceil(-math.log10(step) - 1e-9))
    names = labels if labels == LABELS else [f"logit_{k}" for k in range(len(labels))]
    look = dict(min=-limit, max=limit, step=step, readout_format=f".{decimals}f")
    return {
        name: FloatSlider(description=f"logit of {label}", value=round(value, decimals), **look)
        for name, label, value in zip(names, labels, logits.tolist())
    }


def shown_of(logits, true=None):
    """Return which classes have a row of their own: all, or the largest and the true one, the largest first."""
    if len(logits) <= MOST:
        return list(range(len(logits)))
    largest = logits.topk(SHOWN).indices.tolist()
    return largest if true is None or true in largest else [*largest[:-1], true]

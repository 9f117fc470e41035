"""Readers of what belongs to the classes: their labels, the true ones, and which of them an explorer shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from helpers.data import LABELS, LOGITS
from helpers.inputs.numbers import describe_value, refuse
from helpers.inputs.tensors import as_lists, is_hot, read_logits, read_tensor

MOST = 12  # classes that have a row, a slider and a colour of their own
SHOWN = 10  # of more classes


@dataclass(frozen=True)
class Classes:
    """The logits that an explorer shows, and what their classes are called.

    Attributes
    ----------
    logits : (K,) or (N, K), float64
    labels : K names
    is_example : whether they are the running example's, because nothing was handed over
    """

    logits: Tensor
    labels: tuple
    is_example: bool

    @property
    def control_names(self) -> tuple:
        """Return the names of the sliders: the running example's labels, or logit_0 and so on, whatever labels are."""
        return self.labels if self.is_example else tuple(f"logit_{k}" for k in range(len(self.labels)))


def read_classes(logits: Any, labels: Any, call: str, **limits: Any) -> Classes:
    """Return the `Classes` that an explorer was given, or the running example, if neither logits nor labels were given.

    `limits` are those of `read_logits`.
    """
    x = read_logits(LOGITS if logits is None else logits, call, **limits)
    if logits is None and labels is None:
        return Classes(x, LABELS, True)
    return Classes(x, read_labels(labels, x.shape[-1]), False)


def read_labels(labels: Any, num_classes: int) -> tuple:
    """Return one name for each class: those given, or "class 0" and so on, of more than a thousand "#0" and so on."""
    if labels is None:
        return tuple(f"class {k}" if num_classes <= 1000 else f"#{k}" for k in range(num_classes))
    given, wanted = as_lists(labels, "labels"), f"a sequence of {num_classes} different names"
    is_sequence = isinstance(given, Sequence) and not isinstance(given, str)
    if not is_sequence or not all(isinstance(each, str) for each in given):
        raise refuse("labels", labels, wanted)
    if len(given) != num_classes or len({each.strip() for each in given} - {""}) != num_classes:
        raise ValueError(f"labels: got {describe_value(labels)} ({len(given)} of them), want {wanted}")
    return tuple(given)


def read_targets(targets: Any, num_rows: int, labels: tuple, argument: str = "targets") -> list[int]:
    """Return the class index of each row, from whole numbers or names of classes; one alone will do for one row."""
    wanted = f"a class for each of {num_rows} rows: whole numbers from 0 to {len(labels) - 1}, or labels"
    if num_rows == 1:
        wanted = f"a class: a whole number from 0 to {len(labels) - 1}, or one of {describe_value(labels)}"
    refusal = refuse(argument, targets, wanted)
    given = _as_list(targets, argument)
    if given and all(isinstance(each, list) for each in given):
        is_column = all(len(each) == 1 for each in given)
        line = f"a column (N, 1) these are {argument}.ravel()"
        raise ValueError(f"{refusal}; of {line if is_column else f'one-hot rows these are {argument}.argmax(-1)'}")
    if given and all(isinstance(each, str) for each in given):
        places = {label: k for k, label in enumerate(labels)}
        given = [places.get(each) for each in given]
    if given and any(isinstance(each, float) for each in given):
        raise ValueError(f"{refusal}; of whole numbers as floats these are {argument}.long()")
    whole = all(isinstance(each, int) and not isinstance(each, bool) and 0 <= each < len(labels) for each in given)
    if not whole or len(given) != num_rows:
        raise refusal
    return given


def count_entries(targets: Any) -> int:
    """Return how many targets were given: 1 for a single number or label, 0 for None."""
    return 0 if targets is None else len(_as_list(targets, "targets"))


def _as_list(targets: Any, argument: str) -> list:
    given = as_lists(targets, argument)
    if isinstance(given, (list, tuple)):
        return [each.item() if getattr(each, "ndim", None) == 0 else each for each in given]
    return [given]


def read_multi_hot(targets: Any, shape: tuple, labels: tuple) -> Tensor:
    """Return truth values of `shape`, (K,) or (N, K).

    They come from zeros and ones of that shape; for one row, from the names that are true of it; for N rows, from the
    one true class of each.
    """
    given = list(targets) if isinstance(targets, (list, tuple, set, frozenset)) else None
    are_names = given is not None and all(isinstance(each, str) for each in given)
    is_row = len(shape) == 1
    if is_row and are_names and set(given) <= set(labels):
        return torch.tensor([label in given for label in labels])
    wanted = f"a tensor of zeros and ones of shape {tuple(shape)}"
    wanted += f", or a collection of labels from {describe_value(labels)}" if is_row else ", or a class for each row"
    y = None if are_names and not is_row else read_tensor(targets, "targets", wanted)
    if y is not None and tuple(y.shape) == tuple(shape) and is_hot(y):
        return y == 1
    if is_row or (y is not None and y.ndim != 1):
        raise refuse("targets", targets, wanted)
    return F.one_hot(torch.tensor(read_targets(targets, shape[0], labels)), shape[1]).bool()


def shown_classes(logits: Tensor, true: int | None = None) -> list[int]:
    """Return which classes have a row of their own: all, or the largest and the true one, the largest first."""
    if len(logits) <= MOST:
        return list(range(len(logits)))
    largest = logits.topk(SHOWN).indices.tolist()
    return largest if true is None or true in largest else [*largest[:-1], true]

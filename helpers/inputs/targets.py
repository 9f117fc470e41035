"""Labels and targets as people keep them: names of classes, their numbers, zeros and ones, shares."""

from collections.abc import Mapping
from numbers import Integral
from typing import Any

import torch
from torch import Tensor

from helpers.inputs.columns import as_table
from helpers.inputs.numbers import as_whole, describe_value, refuse
from helpers.inputs.tensors import as_lists, read_tensor

IGNORED = -100  # torch's and transformers' target of a row that does not count


def names_of(given: Any, say: Any) -> tuple | None:
    """Return the names as texts; of a dict its values in the order of its numbers, id2label or label2id."""
    if given is None:
        return None
    if isinstance(given, Mapping):
        ids = {as_whole(key): value for key, value in given.items()}
        if None in ids:  # label2id
            ids = {as_whole(value): key for key, value in given.items()}
        if None in ids or sorted(ids) != list(range(len(given))):
            raise ValueError(f"labels: got {describe_value(given)}, want {{0: name, 1: name, …}}")
        say("labels in the order of their numbers")
        given = [ids[number] for number in sorted(ids)]
    given = as_lists(given, "labels")
    if isinstance(given, (list, tuple)):
        given = _without_last_dim(given)
    no_names = not isinstance(given, list) or not given
    if no_names or any(isinstance(each, (list, tuple, Mapping)) or each is None for each in given):
        raise refuse("labels", given, "a sequence of names, one for each class")
    names = tuple(each.decode() if isinstance(each, bytes) else str(each) for each in given)
    if len(set(names)) < len(names):
        twice = next(each for k, each in enumerate(names) if each in names[:k])
        raise ValueError(f"labels: got {twice!r} twice, want different names")
    return names


def are_class_numbers(given: Any) -> bool:
    """Return whether what came as names are whole numbers, some of them twice: the class of each row."""
    if given is None or isinstance(given, Mapping):
        return False
    listed = as_lists(given, "labels")
    return isinstance(listed, list) and all(type(each) is int for each in listed) and len({*listed}) < len(listed)


def split_names(given: Any, labels: tuple | None, say: Any) -> tuple:
    """Return rows without the labels of a DataFrame or of dicts, these labels, and whether the labels are in order.

    If they are, numbers among the targets may be their positions.
    """
    if (table := as_table(given)) is not None:
        is_count = list(table.columns) == list(range(len(table.columns)))
        if not labels and not is_count:
            labels = names_of(list(table.columns), say)
        return table.to_numpy(), labels, True
    rows = given if isinstance(given, (list, tuple)) else ()
    of_scores = _dicts_of_scores(rows)
    rows = of_scores or rows
    if not rows or not all(isinstance(each, Mapping) for each in rows):
        return given, labels, True
    if labels is not None:
        raise ValueError(f"labels: got {labels} beside rows of dicts, whose keys are labels, want one of these")
    return _columns_of_dicts(rows, of_scores is None, say)


def _columns_of_dicts(rows, may_have_order, say):
    """Return lists of the numbers, the keys as names, and whether all rows have these in one order."""
    keys = list(rows[0])
    is_count = all(isinstance(key, Integral) for key in keys)
    in_order = is_count or may_have_order and all(list(each) == keys for each in rows)
    if is_count:
        keys.sort()  # river's dicts have the classes in the order in which they were first seen
    for place, each in enumerate(rows):
        if set(each) != set(keys):
            raise ValueError(f"row {place}: got {list(each)}, want a number for each of {keys}")
    if not in_order:
        say("classes in the order of the first row")
    return [[each[key] for key in keys] for each in rows], names_of(keys, say), in_order


def _dicts_of_scores(rows):
    """Return {label: score} for each row of what transformers' pipelines give; None of anything else."""
    if rows and all(map(_is_score, rows)):
        line = "pipe(texts, top_k=None), of a single text [pipe(text, top_k=None)]"
        raise ValueError(f"got one class a row, {describe_value(rows[0])}, want all of each row: {line}")
    if rows and all(isinstance(row, list) and row and all(map(_is_score, row)) for row in rows):
        return [{each["label"]: each["score"] for each in row} for row in rows]
    return None


def _is_score(each):
    """Return whether this is what transformers' pipelines give for a class; of a row the likeliest stands first."""
    return isinstance(each, Mapping) and set(each) == {"label", "score"}


def _without_last_dim(listed):
    return [each[0] if isinstance(each, list) and len(each) == 1 else each for each in listed]


def _whole(listed):
    """Return a list of targets, bytes as texts; raise ValueError where a row has none."""
    for row, each in enumerate(listed):
        if not isinstance(each, Tensor) and (each is None or each != each or each in ("", b"")):
            line = "targets.notna() says which rows to keep"
            raise ValueError(f"targets: got nothing in row {row}, want one in each row; {line}")
    return [each.decode() if isinstance(each, bytes) else each for each in listed]


def plain_targets(given: Any, labels: tuple | None, in_order: bool) -> Tensor:
    """Return targets as a tensor of numbers; of texts the positions of the labels that they name."""
    if (table := as_table(given)) is not None:
        given = table.to_numpy()
    listed = given if isinstance(given, Tensor) else as_lists(given, "targets")
    if isinstance(listed, (str, bytes, int, float)):
        raise ValueError(f"targets: got {describe_value(given)}, want one for each row")
    if isinstance(listed, (list, tuple)) and listed:
        listed = _whole(_without_last_dim(listed))
        if any(isinstance(each, str) for each in listed):
            return indices_of_texts([str(each) for each in listed], labels)
    y = read_tensor(listed, "targets", "(N,) or (N, K) numbers, or labels")
    if not in_order and None in map(as_whole, labels):
        line = "[names[t] for t in targets], for the rows' dicts have no common order"
        raise ValueError(f"targets: got numbers, want labels: {line}")
    if y.is_floating_point() and y.isnan().any():
        raise ValueError(f"targets: got nan in row {y.isnan().nonzero()[0][0].item()}, want one in each row")
    return y


def indices_of_texts(texts, labels):
    """Return the positions of the labels that were named; numbers, where the texts are these and no labels."""
    places = {label: k for k, label in enumerate(labels or ())}
    if all(text in places for text in texts):
        return torch.tensor([places[text] for text in texts])
    wholes = [as_whole(text) for text in texts]
    if None not in wholes:
        return torch.tensor(wholes)
    stray = next((text for text in texts if text not in places), texts[0])
    raise ValueError(f"targets: got {stray!r}, want one of the labels {', '.join(places) or '(none given)'}")


def fit_targets(y: Tensor, x: Tensor, labels: tuple | None, say: Any) -> tuple:
    """Return the rows that count and their targets: class indices (N,), or zeros and ones or shares (N, K)."""
    if y.ndim == 2 and y.shape == (len(x), 1):
        say("targets: a column, flattened")
        y = y[:, 0]
    if tuple(y.shape) not in ((len(x),), tuple(x.shape)):
        line = "; batches? own_numbers(list(batches))" if y.ndim == 2 and y.shape[1] == x.shape[1] else ""
        raise ValueError(f"targets: got shape {tuple(y.shape)}, want ({len(x)},) or {tuple(x.shape)}{line}")
    if y.ndim == 2:
        stray = ((y < 0) | (y > 1)).nonzero()[:1].tolist() if y.dtype != torch.bool else []
        if stray:
            line = "(logits, targets)? of (probabilities, logits) give the second alone; of batches a list"
            came = y[tuple(stray[0])].item()
            raise ValueError(f"targets: got {came:.4g} at {stray[0]}, want zeros and ones, or shares: {line}")
        return x, y.float() if not y.is_floating_point() else y
    if y.is_floating_point():
        if (y % 1 != 0).any():
            raise ValueError(f"targets: got {y[y % 1 != 0][0].item():.4g}, want class indices, whole numbers")
        say("targets: floats, taken as whole numbers")
    y = y.long()
    ignored = y == IGNORED
    if ignored.any() and str(IGNORED) not in (labels or ()):
        say(f"{int(ignored.sum()):,} rows of target {IGNORED} left out")
        x, y = x[~ignored], y[~ignored]
    return x, _indices(y, x.shape[1], labels, say)


def _indices(y, num_classes, labels, say):
    """Return positions of targets that may be positions or labels that are numbers."""
    numbers = [as_whole(label) for label in labels or ()]
    are_positions = not len(y) or bool(0 <= y.min() and y.max() < num_classes)
    if numbers and None not in numbers:
        places = {number: k for k, number in enumerate(numbers)}
        found = [places.get(each) for each in y.tolist()]
        if None not in found:
            by_label = torch.tensor(found, dtype=torch.int64)
            if are_positions and not torch.equal(by_label, y):
                lines = "labels: [str(t) for t in targets] and labels with a letter; positions: leave labels out"
                came = f"numbers that fit as labels {labels} and as positions"
                raise ValueError(f"targets: got {came}, want one: {lines}")
            if not are_positions:
                say("targets read as labels")
            return by_label
    elif num_classes == 2 and set(y.tolist()) == {-1, 1}:
        say("targets −1 and 1 became 0 and 1")
        return (y > 0).long()
    if are_positions:
        return y
    stray = y[(y < 0) | (y >= num_classes)][0].item()
    hint = "; counted from 1? targets - 1" if y.min() == 1 and y.max() == num_classes else ""
    among = f", or one of the labels {', '.join(labels)}" if labels else ""
    raise ValueError(f"targets: got {stray}, want whole numbers from 0 to {num_classes - 1}{among}{hint}")

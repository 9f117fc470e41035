"""The reader's own logits, targets and labels, from a file or a variable: what the explorers and the clinic take."""

import pathlib
import pickle
import zipfile
from typing import Any, NamedTuple

import torch

PARTS = ("logits", "targets", "labels", "loss")
KINDS = ".pt, .pth, .npz or .csv"
TARGET = "target"


class Own(NamedTuple):
    """logits (N, K); targets (N,) or (N, K), labels and loss where the source has them, else None."""

    logits: Any
    targets: Any = None
    labels: Any = None
    loss: Any = None


def own_numbers(source):
    """Return the `Own` numbers in a file, or in a variable: a dict with the same names, or (logits, targets, labels).

    .pt, .pth: what `torch.save({"logits": …, "targets": …, "labels": […]}, path)` wrote; read without running any code.
    .npz: what `numpy.savez(path, logits=…, targets=…)` wrote.
    .csv: a row for each picture, a column of logits for each class with its label as heading, and a column `target` with
    the true class (its number or label), or for each label a column `target:LABEL` of zeros and ones.
    Everywhere targets, labels and loss may be missing.

    Raises ValueError or FileNotFoundError that says what came and what is wanted.

    >>> own_numbers({"logits": torch.tensor([[2.0, -1.0]]), "targets": ["truck"], "labels": ["ship", "truck"]}).targets
    tensor([1])
    """
    if not isinstance(source, str | pathlib.Path):
        return _checked(source, "source")
    path = pathlib.Path(source).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"source: got {str(source)!r}, where there is no file; want {KINDS}")
    import numpy
    import pandas

    kind, name = path.suffix.lower(), path.name
    try:
        if kind in (".pt", ".pth"):
            found = torch.load(path, map_location="cpu", weights_only=True)
        elif kind == ".npz":
            with numpy.load(path, allow_pickle=False) as arrays:
                found = {key: arrays[key] for key in arrays}
        elif kind == ".csv":
            found = _of_table(pandas.read_csv(path))
        else:
            raise ValueError(f"it ends in {kind or 'nothing'}, want {KINDS}")
    except (ValueError, RuntimeError, EOFError, OSError, pickle.UnpicklingError, zipfile.BadZipFile) as error:
        why = "it holds more than tensors, lists, numbers and text" if "weights_only" in str(error) else str(error)
        raise ValueError(f"{name}: can't be read: {why.splitlines()[0] if why else 'it is empty'}") from error
    return _checked(found, name)


def _of_table(table):
    """Return the parts in a table of logits by class, and `target` or `target:LABEL`."""
    import pandas

    labels = [column for column in table if column != TARGET and not column.startswith(f"{TARGET}:")]
    strays = [label for label in labels if not pandas.api.types.is_numeric_dtype(table[label])]
    if strays:
        raise ValueError(f"column {strays[0]!r}: got {table[strays[0]].iloc[0]!r}, want a logit in each row")
    found = {"logits": torch.tensor(table[labels].to_numpy(float)), "labels": labels}
    if TARGET in table:
        found["targets"] = table[TARGET].tolist()
    elif len(labels) < len(table.columns):
        wanted = [f"{TARGET}:{label}" for label in labels]
        if missing := [column for column in wanted if column not in table]:
            raise ValueError(f"columns: got no {missing[0]!r}, want one for each of {', '.join(labels)}")
        found["targets"] = torch.tensor(table[wanted].to_numpy(float))
    return found


def _checked(found, name):
    """Return the parts as an `Own`: targets that are names of classes become numbers; sizes that don't fit raise ValueError."""
    if isinstance(found, tuple | list) and 0 < len(found) <= len(PARTS):
        found = dict(zip(PARTS, found))
    if not isinstance(found, dict):
        raise ValueError(f"{name}: got {type(found).__name__}, want a dict with 'logits' and perhaps {PARTS[1:]}")
    if strays := [key for key in found if key not in PARTS]:
        raise ValueError(f"{name}: got {strays[0]!r}, want 'logits' and perhaps {', '.join(map(repr, PARTS[1:]))}")
    if found.get("logits") is None:
        raise ValueError(f"{name}: got no 'logits', want a tensor of shape (N, K)")
    logits = _tensor(found["logits"], f"{name}: logits", "(N, K): rows of numbers, all of one length")
    if logits.ndim != 2:
        raise ValueError(f"{name}: logits: got shape {tuple(logits.shape)}, want (N, K): a row a picture")
    labels, targets = found.get("labels"), found.get("targets")
    if labels is not None:
        labels = tuple(str(label) for label in labels)
        if len(labels) != logits.shape[1]:
            raise ValueError(
                f"{name}: labels: got {len(labels)}, want {logits.shape[1]}, one for each column of logits"
            )
    if targets is not None:
        targets = _numbers(targets, labels, name)
        if tuple(targets.shape) not in (tuple(logits.shape[:1]), tuple(logits.shape)):
            raise ValueError(
                f"{name}: targets: got shape {tuple(targets.shape)}, want ({len(logits)},) or {tuple(logits.shape)}"
            )
    return Own(logits, targets, labels, found.get("loss"))


def _tensor(given, what, wanted):
    try:
        return torch.as_tensor(given)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{what}: got {type(given).__name__} of which torch makes no tensor ({error}), want {wanted}"
        ) from None


def _numbers(targets, labels, name):
    given = targets.tolist() if hasattr(targets, "tolist") else list(targets)
    if not any(isinstance(each, str) for each in given):
        return _tensor(targets, f"{name}: targets", "(N,) or (N, K) numbers, or labels")
    places = {label: k for k, label in enumerate(labels or ())}
    if strays := [each for each in given if each not in places]:
        raise ValueError(
            f"{name}: targets: got {strays[0]!r}, want one of the labels {', '.join(places) or '(none given)'}"
        )
    return torch.tensor([places[each] for each in given])

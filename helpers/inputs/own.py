"""The reader's own logits, targets and labels, from a file or a variable: what the explorers and the clinic take."""

import pathlib
from typing import Any, NamedTuple

from helpers.inputs.containers import parts_of
from helpers.inputs.files import read_file
from helpers.inputs.numbers import describe_value
from helpers.inputs.rows import check_logits, flatten, logits_of_probs, read_matrix, two_columns
from helpers.inputs.targets import are_class_numbers, fit_targets, names_of, plain_targets, split_names
from helpers.inputs.tensors import is_hot


class Own(NamedTuple):
    """What was understood of the reader's numbers.

    Attributes
    ----------
    logits : (N, K)
    targets : (N,) class indices, or (N, K) zeros and ones or shares; None where the source has none
    labels : K names, or None
    loss : as it came, or None
    said : what was done to the numbers on the way, a text for each step
    """

    logits: Any
    targets: Any = None
    labels: Any = None
    loss: Any = None
    said: tuple = ()

    def __repr__(self):
        parts = [f"logits {tuple(self.logits.shape)}, {str(self.logits.dtype).removeprefix('torch.')}"]
        if self.targets is not None:
            kind = "a class a row"
            if self.targets.ndim > 1:
                kind = "zeros and ones" if is_hot(self.targets) else "shares"
            parts.append(f"targets {tuple(self.targets.shape)}, {kind}")
        if self.labels is not None:
            few = self.labels if len(self.labels) <= 4 else (*self.labels[:2], "…", self.labels[-1])
            parts.append(f"labels {', '.join(few)}")
        if self.loss is not None:
            parts.append(f"loss {describe_value(self.loss)}")
        return " · ".join([*parts, *self.said])


def own_numbers(source: Any) -> Own:
    """Return the `Own` numbers in a file or a variable. Its repr says in one line what was understood.

    Parameters
    ----------
    source : path, or what holds the numbers
        A file: .pt, .pth, .npy, .npz, .safetensors, .parquet, .csv or .tsv; read without running any code.

        A dict with `logits` (or `predictions`, or `probs`, of which the logarithm or the logit is taken), and perhaps
        `targets` (or `label_ids`, `y`), `labels` (names; a dict such as id2label) and `loss`; or any object with
        `predictions` and `label_ids`, or with `logits`.

        A table, .csv, .parquet or DataFrame: a column of logits for each class, with its label as heading, and a column
        `target` (or `label`, `class`, `y`) of labels or numbers, or for each label a column `target:LABEL`.

        A tuple (logits, targets, labels), a tensor or array alone, a list of any of these as batches, a list of dicts
        {label: number}.

    Raises
    ------
    FileNotFoundError
        Where there is no file.
    ValueError
        That says what came and what is wanted, where one can be told with the line to write.

    >>> import torch
    >>> own_numbers({"logits": torch.tensor([[2.0, -1.0]]), "targets": ["truck"], "labels": ["ship", "truck"]})
    logits (1, 2), float32 · targets (1,), a class a row · labels ship, truck
    >>> own_numbers((torch.tensor([1.5, -0.5]), [1, 0]))
    logits (2, 2), float32 · targets (2,), a class a row · one margin m a row became the two columns [0, m]
    """
    if isinstance(source, Own):
        return source
    is_path = isinstance(source, str | pathlib.Path)
    name = pathlib.Path(source).name if is_path else "source"
    found = read_file(source) if is_path else source
    try:
        return _own(found)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error.__cause__


def _own(found):
    said = []
    say = said.append
    parts = parts_of(found, say)
    kind = "probs" if "probs" in parts else "logits"
    names, y = parts.get("labels"), parts.get("targets")
    if y is None and are_class_numbers(names):
        say("'labels' read as targets: numbers, some of them twice")
        names, y = None, names
    labels = names_of(names, say)
    # Rows may bring labels along, as the keys of dicts: names among the targets can be read only then.
    given, labels, in_order = split_names(parts[kind], labels, say)
    x = read_matrix(given, kind, say)
    if y is not None:
        y = plain_targets(y, labels, in_order)
    x, y = flatten(x, y, say)
    if kind == "probs":
        x = logits_of_probs(x, say)
    x, labels = two_columns(x, labels, say)
    if labels is not None and len(labels) != x.shape[1]:
        hint = "; are these the targets? own_numbers((logits, targets))" if len(labels) == len(x) else ""
        raise ValueError(f"labels: got {len(labels)}, want {x.shape[1]}, one for each column of logits{hint}")
    if kind == "logits":
        check_logits(x, say)
    if y is not None:
        x, y = fit_targets(y, x, labels, say)
    return Own(x, y, labels, parts.get("loss"), tuple(said))

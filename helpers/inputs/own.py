"""The reader's own logits, targets and labels, from a file or a variable: what the explorers and the clinic take."""

import pathlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from helpers.inputs.files import TARGET_NAMES, read_file
from helpers.inputs.numbers import describe_value
from helpers.inputs.tensors import are_probs, as_lists, is_complement, read_tensor

ORDER = ("logits", "targets", "labels", "loss")
# What each part is called by those who hand it over. "labels" are names of classes; transformers' are its label_ids.
NAMES = {
    "logits": ("logits", "predictions", "arr_0"),
    "probs": ("probs", "probabilities"),
    "targets": ("targets", "target", "label_ids", "y", "y_true", "arr_1"),
    "labels": ("labels", "id2label"),
    "loss": ("loss",),
}
PART_OF = {name: part for part, names in NAMES.items() for name in names}
NOT_NEEDED = ("metrics", "hidden_states", "attentions", "past_key_values")  # parts of transformers' outputs
INDEX_NAMES = ("", "index", "idx", "id", "row", "row_id", "#", "__index_level_0__")
IGNORED = -100  # torch's and transformers' target of a row that does not count
NARROW = (torch.int8, torch.uint8, torch.int16, torch.uint16)


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
            kind = "a class a row" if self.targets.ndim == 1 else "zeros and ones" if is_hot(self.targets) else "shares"
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

        A tuple (logits, targets, labels), a tensor or array alone, a list of batches, a list of dicts {label: number}.

    Raises
    ------
    FileNotFoundError
        Where there is no file.
    ValueError
        That says what came and what is wanted, where one can be told with the line to write.

    >>> own_numbers({"logits": torch.tensor([[2.0, -1.0]]), "targets": ["truck"], "labels": ["ship", "truck"]})
    logits (1, 2), float32 · targets (1,), a class a row · labels ship, truck
    >>> own_numbers((torch.tensor([1.5, -0.5]), [1, 0]))
    logits (2, 2), float32 · targets (2,), a class a row · one margin m a row became the two columns [0, m]
    """
    if isinstance(source, Own):
        return source
    is_path = isinstance(source, str | pathlib.Path)
    reading = _Reading(pathlib.Path(source).name if is_path else "source")
    return reading.own(reading.parts(read_file(source) if is_path else source))


class _Reading:
    """One source on its way to `Own`: `said` gathers what was done to it."""

    def __init__(self, name):
        self.name, self.said = name, []

    def refusal(self, text):
        return ValueError(f"{self.name}: {text}")

    def say(self, text):
        self.said.append(text)

    # --- from what came to its parts ---

    def parts(self, found):
        """Return {part: as it came}, with `logits` or `probs` among them."""
        fields = getattr(found, "_fields", ())
        if isinstance(found, Mapping):
            return self._of_mapping(found)
        if "predictions" in fields or hasattr(found, "predictions") and hasattr(found, "label_ids"):
            return self._of_mapping({key: getattr(found, key, None) for key in ("predictions", "label_ids")})
        if hasattr(found, "columns") and hasattr(found, "iloc"):
            return self._of_table(found)
        if hasattr(found, "logits"):
            return {"logits": found.logits, "loss": getattr(found, "loss", None)}
        if isinstance(found, (list, tuple)) and found:
            return self._of_sequence(found)
        if isinstance(found, Tensor) or hasattr(found, "__array__"):
            return {"logits": found}
        raise self.refusal(f"got {type(found).__name__}, want a dict with 'logits' and perhaps {ORDER[1:]}")

    def _of_mapping(self, found):
        parts = {}
        for key, value in found.items():
            if value is None or key in NOT_NEEDED:
                continue
            part = PART_OF.get(key)
            if part is None:
                known = ", ".join(map(repr, ORDER[1:]))
                hint = "; weights of a model? want what it puts out" if str(key).endswith((".weight", ".bias")) else ""
                raise self.refusal(f"got {key!r}, want 'logits' or 'probs', and perhaps {known}{hint}")
            if part in parts:
                raise self.refusal(f"got {key!r} and another that means {part!r}, want one")
            parts[part] = value
            if key not in (part, "arr_0", "arr_1", "predictions", "label_ids"):
                self.say(f"{key!r} read as {part}")
        if ("logits" in parts) == ("probs" in parts):
            got = "'logits' and 'probs'" if "logits" in parts else "no 'logits'"
            raise self.refusal(f"got {got}, want a tensor of shape (N, K)")
        predictions = parts.get("logits")
        if isinstance(predictions, tuple) and not all(isinstance(each, (int, float)) for each in predictions):
            if "predictions" in found:
                raise self.refusal("predictions: got a tuple, want one array: own_numbers((predictions[0], label_ids))")
        return parts

    def _of_sequence(self, found):
        if all(isinstance(each, Mapping) for each in found):
            return {"logits": found}
        ranks = [_rank(each) for each in found]
        if isinstance(found, list) and all(isinstance(each, tuple) and len(each) == 2 for each in found):
            self.say(f"{len(found)} batches joined")
            outputs, targets = zip(*found)
            return {"logits": self._joined("logits", outputs), "targets": self._joined("targets", targets)}
        if isinstance(found, list) and set(ranks) == {2}:
            self.say(f"{len(found)} batches joined")
            return {"logits": self._joined("logits", found)}
        if set(ranks) <= {0} or isinstance(found, list) and set(ranks) == {1}:
            return {"logits": found}
        if len(found) <= len(ORDER):
            return self._of_mapping(dict(zip(ORDER, found)))
        raise self.refusal(f"got {len(found)} of {type(found).__name__}, want (logits, targets, labels, loss)")

    def _joined(self, part, batches):
        tensors = [self._tensor(part, each) for each in batches]
        if len({each.shape[1:] for each in tensors}) > 1 or not all(each.ndim for each in tensors):
            shapes = sorted({tuple(each.shape) for each in tensors})
            raise self.refusal(f"{part}: got batches of the shapes {shapes}, want one K in all")
        return torch.cat(tensors)

    def _of_table(self, table):
        """Return the parts in a table of logits by class, and `target` or `target:LABEL`."""
        table = table.rename(columns=str)
        columns = [name for name in table.columns if not name.startswith("target:")]
        if len(set(table.columns)) < len(table.columns):
            raise self.refusal(f"columns: got {list(table.columns)}, want different headings")
        target = self._target_column(table, columns)
        labels = []
        for name in columns:
            if name == target:
                continue
            if self._is_index(table, name):
                self.say(f"column {name!r} left out, an index")
            else:
                self._check_logits(table, name)
                labels.append(name)
        parts = {"logits": table[labels].to_numpy(float), "labels": labels}
        if not labels:
            raise self.refusal(f"columns: got {list(table.columns)}, want a column of logits for each class")
        if target:
            wholes = [_whole(each) for each in table[target]]
            parts["targets"] = table[target] if None in wholes else wholes
        elif len(columns) < len(table.columns):
            wanted = [f"target:{label}" for label in labels]
            if missing := [name for name in wanted if name not in table]:
                raise self.refusal(f"columns: got no {missing[0]!r}, want one for each of {', '.join(labels)}")
            parts["targets"] = table[wanted].to_numpy(float)
        return parts

    def _target_column(self, table, columns):
        """Return the name of the column of targets: the names or the whole numbers of classes, not logits."""
        found = [
            name for name in columns if name.strip().casefold() in TARGET_NAMES and not _has_fractions(table[name])
        ]
        if "target" in found:
            return "target"
        if len(found) > 1:
            line = f"own_numbers(table.drop(columns={found[1]!r}))"
            raise self.refusal(f"columns: got {' and '.join(map(repr, found))}, want one of targets: {line}")
        if found:
            self.say(f"column {found[0]!r} read as targets")
        return found[0] if found else None

    def _is_index(self, table, name):
        """Return whether a column only tells the rows apart; raise ValueError where only its numbers say so."""
        if name.strip().casefold() in INDEX_NAMES or name.startswith("Unnamed:"):
            return not _has_fractions(table[name])
        values = table[name]
        counts = len(values) >= 3 and values.dtype.kind in "iu" and (values.diff().iloc[1:] == 1).all()
        if counts:
            line = f"own_numbers(table.drop(columns={name!r}))"
            raise self.refusal(f"column {name!r}: got numbers that count the rows, want logits; an index? {line}")
        return False

    def _check_logits(self, table, name):
        import pandas

        if pandas.api.types.is_numeric_dtype(table[name]):
            return
        numbers = pandas.to_numeric(table[name], errors="coerce")
        stray = table[name][numbers.isna()].iloc[:1]
        if len(stray):
            came = f"nothing in row {stray.index[0]}" if stray.iloc[0] in ("", None) else repr(stray.iloc[0])
            raise self.refusal(f"column {name!r}: got {came}, want a logit in each row")
        table[name] = numbers

    # --- from its parts to what the explorers take ---

    def own(self, parts):
        labels = self._labels(parts.get("labels"))
        is_probs = "probs" in parts
        given, labels = self._rows_with_labels(parts["probs" if is_probs else "logits"], labels)
        x = self._matrix("probs" if is_probs else "logits", given)
        targets = parts.get("targets")
        if targets is not None:
            targets = self._plain_targets(targets, labels)
        x, targets = self._flat(x, targets)
        x = self._logits_of_probs(x) if is_probs else x
        x, labels = self._two_columns(x, labels)
        if labels is not None and len(labels) != x.shape[1]:
            hint = "; are these the targets? own_numbers((logits, targets))" if len(labels) == len(x) else ""
            raise self.refusal(f"labels: got {len(labels)}, want {x.shape[1]}, one for each column of logits{hint}")
        if not is_probs:
            self._check_values(x)
        if targets is not None:
            x, targets = self._targets(targets, x, labels)
        return Own(x, targets, labels, parts.get("loss"), tuple(self.said))

    def _tensor(self, part, given, wanted="(N, K): rows of numbers, all of one length"):
        try:
            return read_tensor(given, part, wanted)
        except ValueError as error:
            raise self.refusal(error) from error

    def _rows_with_labels(self, given, labels):
        """Return rows without the labels that a DataFrame or dicts bring along, and these."""
        if hasattr(given, "columns") and hasattr(given, "iloc"):
            is_count = list(given.columns) == list(range(len(given.columns)))
            return given.to_numpy(), self._labels(list(given.columns)) if labels is None and not is_count else labels
        if not (isinstance(given, (list, tuple)) and given and all(isinstance(each, Mapping) for each in given)):
            return given, labels
        keys = list(given[0])
        if all(isinstance(key, int) for key in keys):
            keys.sort()  # river's dicts have the classes in the order in which they were first seen
        strays = [row for row, each in enumerate(given) if set(each) != set(keys)]
        if strays:
            raise self.refusal(f"row {strays[0]}: got {list(given[strays[0]])}, want a number for each of {keys}")
        if labels is not None:
            raise self.refusal(f"labels: got {labels} beside rows of dicts, whose keys are labels, want one of these")
        return [[each[key] for key in keys] for each in given], self._labels(keys)

    def _labels(self, given):
        """Return the names as texts; of a dict its values in the order of its numbers, id2label or label2id."""
        if given is None:
            return None
        if isinstance(given, Mapping):
            ids = {_whole(key): value for key, value in given.items()}
            if None in ids:  # label2id
                ids = {_whole(value): key for key, value in given.items()}
            if None in ids or sorted(ids) != list(range(len(given))):
                raise self.refusal(f"labels: got {describe_value(given)}, want {{0: name, 1: name, …}}")
            self.say("labels in the order of their numbers")
            given = [ids[number] for number in sorted(ids)]
        wanted = "a sequence of names, one for each class"
        try:
            given = as_lists(given, "labels")
        except ValueError as error:
            raise self.refusal(error) from error
        if isinstance(given, str) or not isinstance(given, (list, tuple)) or not given:
            raise self.refusal(f"labels: got {describe_value(given)}, want {wanted}")
        given = [each[0] if isinstance(each, list) and len(each) == 1 else each for each in given]
        names = tuple(each.decode() if isinstance(each, bytes) else str(each) for each in given)
        if any(isinstance(each, (list, tuple, Mapping)) or each is None for each in given):
            raise self.refusal(f"labels: got {describe_value(given)}, want {wanted}")
        if len(set(names)) < len(names):
            twice = next(each for k, each in enumerate(names) if each in names[:k])
            raise self.refusal(f"labels: got {twice!r} twice, want different names")
        return names

    def _matrix(self, part, given):
        x = self._tensor(part, given)
        if x.dtype == torch.bool or not x.numel() or x.ndim == 0:
            raise self.refusal(f"{part}: got shape {tuple(x.shape)} of {x.dtype}, want (N, K) numbers: a row a picture")
        if x.dtype in NARROW:
            kind = str(x.dtype).removeprefix("torch.")
            line = "(q.astype('float32') - zero_point) * scale"
            raise self.refusal(f"{part}: got {kind}, want logits: of a quantised output q these are {line}")
        if not x.is_floating_point():
            self.say("whole numbers, taken as logits")
            return x.double()
        return x.float() if x.element_size() == 1 else x  # float8 knows no arithmetic

    def _flat(self, x, targets):
        """Return rows (N, K) and their targets of what came as (N, T, K), or as (N, K, T) by the targets' shape."""
        if x.ndim <= 2:
            return x, targets
        if isinstance(targets, Tensor) and targets.shape == (x.shape[0], *x.shape[2:]) != x.shape[:-1]:
            self.say(f"classes along dim 1 of {tuple(x.shape)}, flattened to rows")
            x = x.movedim(1, -1)
        else:
            self.say(f"{tuple(x.shape)} flattened to rows, classes along the last dim")
        if isinstance(targets, Tensor) and targets.shape in (x.shape, x.shape[:-1]):
            targets = targets.reshape(-1, x.shape[-1]) if targets.shape == x.shape else targets.reshape(-1)
        elif targets is not None:
            raise self.refusal(f"targets: got shape {_shape(targets)}, want {tuple(x.shape[:-1])}")
        return x.reshape(-1, x.shape[-1]), targets

    def _logits_of_probs(self, p):
        p = p.double()
        if p.isnan().any() or p.min() < 0 or p.max() > 1:
            at = ((p < 0) | (p > 1) | p.isnan()).nonzero()[0].tolist()
            raise self.refusal(f"probs: got {p[tuple(at)].item():.4g} at {at}, want numbers from 0 to 1")
        if p.ndim == 2 and p.shape[1] > 1 and are_probs(p).all():
            self.say("probs: their logarithm taken, for each row sums to 1")
            x = p.log()
        else:
            self.say("probs: their logit taken, for the rows do not sum to 1")
            x = p.logit()
        if infinite := int(x.isinf().sum()):
            self.say(f"{infinite} of them infinite, where a probability is 0 or 1")
        return x

    def _two_columns(self, x, labels):
        """Return two columns where one number a row decides between no and yes."""
        if x.ndim == 2 and x.shape[1] > 1 and not is_complement(x):
            return x, labels
        if x.ndim == 1 and labels is not None and len(labels) == len(x) != 2:
            raise self.refusal(f"logits: got shape {tuple(x.shape)}, want (N, K); one row is logits[None]")
        m = x[:, 1] if x.ndim == 2 and x.shape[1] == 2 else x.reshape(-1)
        self.say(
            f"{'[1 − m, m] of a margin m' if x.shape[-1:] == (2,) and x.ndim == 2 else 'one margin m a row'} "
            "became the two columns [0, m]"
        )
        if labels is not None and len(labels) == 1:
            labels = (f"not {labels[0]}", labels[0])
        return torch.stack([torch.zeros_like(m), m], 1), labels

    def _check_values(self, x):
        if x.isnan().any():
            row, column = x.isnan().nonzero()[0].tolist()
            raise self.refusal(f"logits: got nan in row {row}, column {column}, want a number in each")
        if are_probs(x).all() and not is_hot(x):
            self.say("rows sum to 1: probabilities? then own_numbers({'probs': …})")
        if x.shape[1] == 2 and len(x) > 1 and (x.sum(1) == 0).all():
            self.say("columns that sum to 0: of [−m, m] of a margin m, give m alone")
        if empty := int((x == -torch.inf).all(0).sum()):
            self.say(f"{empty} columns are all −inf: leave them out, logits[:, logits.isfinite().any(0)]")

    def _plain_targets(self, given, labels):
        """Return targets as a tensor of numbers, or as a list of texts."""
        if hasattr(given, "columns") and hasattr(given, "iloc"):
            given = given.to_numpy()
        listed = given if isinstance(given, Tensor) else as_lists(given, "targets")
        if isinstance(listed, (str, bytes, int, float)) or listed is None:
            raise self.refusal(f"targets: got {describe_value(given)}, want one for each row")
        if isinstance(listed, (list, tuple)) and listed:
            listed = [each[0] if isinstance(each, list) and len(each) == 1 else each for each in listed]
            missing = [row for row, each in enumerate(listed) if _is_missing(each)]
            if missing:
                line = "targets.notna() says which rows to keep"
                raise self.refusal(f"targets: got nothing in row {missing[0]}, want one in each row; {line}")
            listed = [each.decode() if isinstance(each, bytes) else each for each in listed]
            if any(isinstance(each, str) for each in listed):
                return self._of_texts([str(each) for each in listed], labels)
        y = self._tensor("targets", listed, "(N,) or (N, K) numbers, or labels")
        if y.is_floating_point() and y.isnan().any():
            raise self.refusal(f"targets: got nan in row {y.isnan().nonzero()[0][0].item()}, want one in each row")
        return y

    def _of_texts(self, texts, labels):
        """Return the positions of the labels that were named; numbers, where the texts are these and no labels."""
        places = {label: k for k, label in enumerate(labels or ())}
        if all(text in places for text in texts):
            return torch.tensor([places[text] for text in texts])
        wholes = [_whole(text) for text in texts]
        if None not in wholes:
            return torch.tensor(wholes)
        stray = next((text for text in texts if text not in places), texts[0])
        raise self.refusal(f"targets: got {stray!r}, want one of the labels {', '.join(places) or '(none given)'}")

    def _targets(self, y, x, labels):
        """Return the rows that count and their targets: class indices (N,), or zeros and ones or shares (N, K)."""
        if y.ndim == 2 and y.shape == (len(x), 1):
            self.say("targets: a column, flattened")
            y = y[:, 0]
        if tuple(y.shape) not in ((len(x),), tuple(x.shape)):
            line = "; batches? own_numbers(list(batches))" if y.ndim == 2 and y.shape[1] == x.shape[1] else ""
            raise self.refusal(f"targets: got shape {tuple(y.shape)}, want ({len(x)},) or {tuple(x.shape)}{line}")
        if y.ndim == 2:
            stray = ((y < 0) | (y > 1)).nonzero()[:1].tolist() if y.dtype != torch.bool else []
            if stray:
                line = "(logits, targets)? of (probabilities, logits) give the second alone; of batches a list"
                came = y[tuple(stray[0])].item()
                raise self.refusal(f"targets: got {came:.4g} at {stray[0]}, want zeros and ones, or shares: {line}")
            return x, y.float() if not y.is_floating_point() else y
        if y.dtype == torch.bool:
            y = y.long()
        if y.is_floating_point():
            if (y % 1 != 0).any():
                raise self.refusal(f"targets: got {y[y % 1 != 0][0].item():.4g}, want class indices, whole numbers")
            self.say("targets: floats, taken as whole numbers")
        y, ignored = y.long(), None
        if (y == IGNORED).any() and str(IGNORED) not in (labels or ()):
            ignored = y == IGNORED
            self.say(f"{int(ignored.sum()):,} rows of target {IGNORED} left out")
            x, y = x[~ignored], y[~ignored]
        return x, self._indices(y, x.shape[1], labels)

    def _indices(self, y, num_classes, labels):
        """Return positions of targets that may be positions or labels that are numbers."""
        numbers = [_whole(label) for label in labels or ()]
        by_label = by_place = None
        if numbers and None not in numbers:
            places = {number: k for k, number in enumerate(numbers)}
            found = [places.get(each) for each in y.tolist()]
            by_label = None if None in found else torch.tensor(found, dtype=torch.int64)
        elif num_classes == 2 and set(y.tolist()) == {-1, 1}:
            self.say("targets −1 and 1 became 0 and 1")
            return (y > 0).long()
        if not len(y) or 0 <= y.min() and y.max() < num_classes:
            by_place = y
        if by_label is not None and by_place is not None and not torch.equal(by_label, by_place):
            lines = "labels: [str(t) for t in targets] and labels with a letter; positions: leave labels out"
            raise self.refusal(f"targets: got numbers that fit as labels {labels} and as positions, want one: {lines}")
        if by_label is not None:
            if by_place is None:
                self.say("targets read as labels")
            return by_label
        if by_place is None:
            stray = y[(y < 0) | (y >= num_classes)][0].item()
            hint = "; counted from 1? targets - 1" if y.min() == 1 and y.max() == num_classes else ""
            among = f", or one of the labels {', '.join(labels)}" if labels else ""
            raise self.refusal(f"targets: got {stray}, want whole numbers from 0 to {num_classes - 1}{among}{hint}")
        return by_place


def is_hot(values: Tensor) -> bool:
    """Return whether all entries are 0 or 1."""
    return bool(((values == 0) | (values == 1)).all())


def _is_missing(value):
    return value is None or isinstance(value, str) and not value or isinstance(value, float) and value != value


def _rank(value):
    if hasattr(value, "ndim"):
        return value.ndim
    return 1 + _rank(value[0]) if isinstance(value, (list, tuple)) and len(value) else 0


def _shape(value):
    return tuple(value.shape) if isinstance(value, Tensor) else (len(value),)


def _whole(value):
    """Return the whole number that a text or a number is, or None."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return int(number) if number % 1 == 0 else None


def _has_fractions(column):
    """Return whether a column of a table holds numbers that are not all whole, as logits are."""
    import pandas

    numbers = pandas.to_numeric(column, errors="coerce")
    return bool(numbers.notna().all() and (numbers % 1 != 0).any())

"""What holds the reader's numbers: a dict, an object, a table or batches, and which of its parts is what."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from helpers.inputs.columns import as_table, parts_of_table
from helpers.inputs.tensors import read_tensor

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


def parts_of(found: Any, say: Any) -> dict:
    """Return {part: as it came}, with `logits` or `probs` among them."""
    if (table := as_table(found)) is not None:
        return parts_of_table(table, say)
    if "predictions" in getattr(found, "_fields", ()) or hasattr(found, "predictions") and hasattr(found, "label_ids"):
        return _of_mapping({key: getattr(found, key, None) for key in ("predictions", "label_ids")}, say)
    if hasattr(found, "logits"):
        return {"logits": found.logits, "loss": getattr(found, "loss", None)}
    if isinstance(found, Mapping):
        return _of_mapping(found, say)
    if isinstance(found, (list, tuple)) and found:
        return _of_sequence(found, say)
    if isinstance(found, Tensor) or hasattr(found, "__array__"):
        return {"logits": found}
    raise ValueError(f"got {type(found).__name__}, want a dict with 'logits' and perhaps {ORDER[1:]}")


def _of_mapping(found, say):
    parts = {}
    for key, value in found.items():
        if value is None or key in NOT_NEEDED:
            continue
        part = PART_OF.get(key)
        if part is None:
            known = ", ".join(map(repr, ORDER[1:]))
            hint = ""
            if str(key).endswith((".weight", ".bias")):
                hint = "; weights of a model? want what it puts out"
            elif _rank(value) > 1:
                hint = f"; if these are logits: own_numbers({{'logits': source[{key!r}]}})"
            raise ValueError(f"got {key!r}, want 'logits' or 'probs', and perhaps {known}{hint}")
        if part in parts:
            raise ValueError(f"got {key!r} and another that means {part!r}, want one")
        parts[part] = value
        if key not in (part, "arr_0", "arr_1", "predictions", "label_ids"):
            say(f"{key!r} read as {part}")
    if ("logits" in parts) == ("probs" in parts):
        got = "'logits' and 'probs'" if "logits" in parts else "no 'logits'"
        raise ValueError(f"got {got}, want a tensor of shape (N, K)")
    predictions = found.get("predictions")
    if isinstance(predictions, tuple) and not all(isinstance(each, (int, float)) for each in predictions):
        raise ValueError("predictions: got a tuple, want one array: own_numbers((predictions[0], label_ids))")
    return parts


def _of_sequence(found, say):
    if hasattr(found[0], "probs") and hasattr(found[0], "boxes"):  # ultralytics' Results
        line = "want own_numbers({'probs': torch.stack([each.probs.data for each in results])})"
        if found[0].probs is None:
            line = "want a number for each class: boxes keep the likeliest alone, model.model(images)[0][:, 4:] all"
        raise ValueError(f"got {len(found)} {type(found[0]).__name__}, {line}")
    if isinstance(found, list) and all(map(_is_batch, found)):
        return _of_batches(found, say)
    ranks = {_rank(each) for each in found}
    if ranks <= {0} or isinstance(found, list) and ranks == {1}:  # of numbers, of rows, or of dicts
        return {"logits": found}
    if isinstance(found, list) and len(ranks) == 1:
        say(f"{len(found)} batches joined")
        return {"logits": join_batches("logits", found)}
    if len(found) <= len(ORDER):
        return _of_mapping(dict(zip(ORDER, found)), say)
    raise ValueError(f"got {len(found)} of {type(found).__name__}, want (logits, targets, labels, loss)")


def _is_batch(each):
    """Return whether this is (logits, targets), a dict of them or an object with logits."""
    if isinstance(each, Mapping):
        return any(_rank(value) for value in each.values())
    return hasattr(each, "logits") or isinstance(each, tuple) and len(each) == 2 and _rank(each) > 1


def _of_batches(found, say):
    say(f"{len(found)} batches joined")
    batches = [parts_of(each, say if place == 0 else [].append) for place, each in enumerate(found)]
    kinds = [{part for part, value in batch.items() if value is not None} - {"loss"} for batch in batches]
    for place, kind in enumerate(kinds):
        if kind != kinds[0]:
            raise ValueError(f"batch {place}: got {sorted(kind)}, want {sorted(kinds[0])} as in the first")
    rows = kinds[0] - {"labels"}
    joined = {part: join_batches(part, [batch[part] for batch in batches]) for part in rows}
    return joined | {"labels": batches[0].get("labels")}


def join_batches(part: str, batches: Any) -> Tensor:
    """Return the rows of all batches in one tensor on the CPU; ValueError where they don't fit."""
    tensors = [read_tensor(each, part, "(N, K): rows of numbers, all of one length") for each in batches]
    if len({each.shape[1:] for each in tensors}) > 1 or not all(each.ndim for each in tensors):
        shapes = sorted({tuple(each.shape) for each in tensors})
        raise ValueError(f"{part}: got batches of the shapes {shapes}, want one K in all")
    return torch.cat(tensors)


def _rank(value):
    if hasattr(value, "shape"):
        return len(value.shape)
    return 1 + _rank(value[0]) if isinstance(value, (list, tuple)) and len(value) else 0

"""What the caller hands to the clinic, read into one frozen record, `Inputs`: rows of outputs, targets, and numbers.

Whatever can't be read is refused here, with a TypeError or ValueError that names the argument.
"""

import functools
import inspect
import math
import warnings
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy
import torch
import torch.nn.functional as F
from torch import Tensor

from helpers.inputs import read_count, read_number, read_positive, read_share, read_tensor
from helpers.inputs.containers import join_batches
from helpers.inputs.targets import indices_of_texts
from helpers.inputs.tensors import as_lists

MODULES = {
    torch.nn.CrossEntropyLoss: "cross_entropy",
    torch.nn.NLLLoss: "nll_loss",
    torch.nn.BCELoss: "binary_cross_entropy",
    torch.nn.BCEWithLogitsLoss: "binary_cross_entropy_with_logits",
    torch.nn.KLDivLoss: "kl_div",
}
CLASS_LOSSES = ("cross_entropy", "nll_loss", "kl_div")
LABEL_LOSSES = ("binary_cross_entropy", "binary_cross_entropy_with_logits")
LOSSES = (*CLASS_LOSSES, *LABEL_LOSSES, "gumbel_softmax")  # what outputs are for, by torch's names
OPTIONS = ("weight", "pos_weight", "ignore_index", "label_smoothing", "reduction")
METRICS = ("accuracy", "auc")
GIVEN = (*OPTIONS, "sample_weight", "temperature", "history", *METRICS, "predictions", "labels", "batch_sizes", "grad")
REDUCTIONS = ("mean", "sum", "none", "batchmean")
ROUNDING = {torch.float16: 2**-10, torch.bfloat16: 2**-7}  # the relative error of a type
EPS = torch.finfo(torch.float32).eps  # a loss has no more digits than this, even where it is handed over in float64
MOST_RANKS = 100  # ages are ranks, a vocabulary is none
MANY = 2**18  # tensors of more entries are looked at in parts that fit into a cache


@dataclass(frozen=True, eq=False)
class Inputs:
    """The caller's tensors as rows: `x` (n, K), and of the targets either `index` (n,) or `share` (n, K).

    n counts positions too: (N, K, d1) has N·d1 rows. `whole` are the outputs in their own shape, `raw` in their own
    type. `dim` is the dimension of the classes, None where each output is a row. `faults` is what torch's losses would
    refuse or take for something else. `unit` is half a unit of the loss's last digit, `rough` the relative error of the
    types. `own_function` says whether a loss function came that is none of torch's. None is what was not given, or does
    not fit.
    """

    raw: Tensor
    whole: Tensor
    targets: Tensor | None
    dim: int | None
    x: Tensor
    index: Tensor | None
    share: Tensor | None
    target_form: str | None
    faults: dict
    name: str | None
    own_function: bool
    error: str | None
    value: float | None
    unit: float
    rough: float
    history: list
    from_history: bool
    scores: dict
    ignore_index: int
    smoothing: float
    reduction: str | None
    weight: Tensor | None
    pos_weight: Tensor | None
    element_weight: Tensor | None
    positive_weight: Tensor | None
    sample_weight: Tensor | None
    temperature: float | None
    decisions: Tensor | None
    predictions: Tensor | None
    names: list | None
    batch_sizes: list | None
    grad: Tensor | None

    @property
    def classes(self):
        """Whether one of K classes is asked for, by the loss if it is known and by the targets if not."""
        by_targets = self.target_form in ("indices", "one-hot", "soft")
        return self.name in CLASS_LOSSES or (by_targets and self.name not in LABEL_LOSSES)

    @property
    def labels(self):
        """Whether K yes-or-no questions are asked: one-hot targets, and a loss unknown, fit both."""
        by_targets = self.target_form in ("one-hot", "multi-hot", "shares")
        return self.name in LABEL_LOSSES or (by_targets and self.name not in CLASS_LOSSES)

    @property
    def shape(self):
        return tuple(self.raw.shape)

    @property
    def n(self):
        return self.x.shape[0]  # not len(), which takes 35 microseconds of a tensor

    @property
    def K(self):
        return self.x.shape[1]


# --- one value


def as_tensor(value, name):
    """Return the value as a detached tensor on its own device, which shares the caller's memory where it can."""
    if isinstance(value, Tensor) and value.device.type not in ("cpu", "meta"):
        return value.detach()
    return read_tensor(value, name)


def is_number_text(text):
    try:
        read_number(text, "loss")
    except ValueError:
        return False
    return True


def as_number(value, name, reader=read_number):
    """Return (value, half a unit of its last digit, the relative error of its type) of a number as it was given.

    A float 0.0 is exact, the text "0.0" has two digits. A number that a half type holds exactly, to many digits, was
    rounded to that type.

    >>> as_number(0.74, "loss"), as_number("2,30", "loss")[1], as_number(2.296875, "loss")
    ((0.74, 0.005, 0.0), 0.005, (2.296875, 0.0078125, 0.0))
    """
    rough = 0.0
    if isinstance(value, Tensor | numpy.ndarray):
        found = as_tensor(value, name)
        rough = ROUNDING.get(found.dtype, 0.0)
        if found.numel() > 1:
            value = found.float().mean().item()
    number = reader(value, name)
    if number.value == 0 and not isinstance(value, str):
        return 0.0, 0.0, rough
    unit = number.half_digit
    if not rough and 0 < unit < 1e-5 * abs(number.value):
        given = torch.tensor(number.value, dtype=torch.float64)
        for dtype in ROUNDING:
            if given.to(dtype).double() == given:
                unit = max(unit, ROUNDING[dtype] / 2 * 2 ** math.floor(math.log2(abs(number.value))))
    return number.value, unit, rough


def as_list(value, name, wanted):
    """Return the caller's series as a list."""
    if isinstance(value, dict):
        keys = ", ".join(map(repr, value))
        raise TypeError(f"{name}: got a dict with {keys}, want the list of {wanted} under one of them")
    if isinstance(value, Tensor | numpy.ndarray):
        return as_tensor(value, name).reshape(-1).tolist()
    try:
        return [value] if isinstance(value, str) else list(value)
    except Exception as error:
        raise TypeError(f"{name}: got {type(value).__name__}, want a list of {wanted}") from error


def loss_named(loss_fn):
    """Return torch's name of a loss, or None if it is a stranger's, and the options that it was made with."""
    if isinstance(loss_fn, str):
        by_class = {kind.__name__: name for kind, name in MODULES.items()}
        name = by_class.get(loss_fn, loss_fn.rpartition(".")[2])
        if name not in LOSSES:
            raise ValueError(f"loss_fn: got {loss_fn!r}, want a function, or one of {', '.join([*LOSSES, *by_class])}")
        return name, {}
    if isinstance(loss_fn, functools.partial):
        name, options = loss_named(loss_fn.func)
        return name, {**options, **{key: value for key, value in loss_fn.keywords.items() if key in OPTIONS}}
    for kind, name in MODULES.items():
        if type(loss_fn) is kind:
            options = {key: getattr(loss_fn, key) for key in OPTIONS if getattr(loss_fn, key, None) is not None}
            return name, options
    module, name = getattr(loss_fn, "__module__", None) or "", getattr(loss_fn, "__name__", "")
    library = module.startswith(("torch.", "helpers.losses")) or inspect.isbuiltin(loss_fn)
    return (name if library and name in LOSSES else None), {}


# --- the targets, as they lie to the outputs


class Layout(NamedTuple):
    """Where the classes are, the targets as indices or as shares, in their own shape, and a fault {name: evidence}."""

    dim: int | None
    index: Tensor | None = None
    share: Tensor | None = None
    fault: dict = {}


def lay_out(shape, targets, name):
    """Return the `Layout` of targets to outputs of this shape, or raise a ValueError."""
    if targets is None:
        return Layout(len(shape) - 1)  # nothing says where the classes are: the last dimension is the usual place
    found = _layout_by_shape(shape, targets, name)
    num_classes = 1 if found.dim is None else shape[found.dim]
    if found.index is None or num_classes > 1 or name in CLASS_LOSSES:
        return found
    # One output a row and one target a row: a yes-or-no question, which torch's losses want in one shape.
    own, fault = tuple(targets.shape), found.fault
    if own != shape and found.dim == 1:
        fault = fault | _broadcast_fault(shape, own, own[:1] * 2 + own[1:])
    return Layout(found.dim, share=found.index.reshape(shape), fault=fault)


def _layout_by_shape(shape, targets, name):
    own, last = tuple(targets.shape), len(shape) - 1
    if own == shape:
        return _layout_of_shares(shape, targets, name)
    if len(shape) == 1 and own == ():
        return Layout(0, index=targets.reshape(1))
    if len(shape) > 1 and own == shape[:1] + shape[2:]:
        return Layout(1, index=targets)
    if len(shape) > 2 and own == shape[:-1]:
        return Layout(last, index=targets, fault=_last_fault(shape, own))
    for dim in (1, last) if len(shape) > 1 else ():
        if own == shape[:dim] + (1,) + shape[dim + 1 :]:  # indices in a column
            text = f"targets {own} for outputs {shape}: want {shape[:dim] + shape[dim + 1 :]}"
            fault = {"targets_in_a_column": text} | (_last_fault(shape, own) if dim > 1 else {})
            return Layout(dim, index=targets.squeeze(dim), fault=fault)
    in_a_line = math.prod(shape) == math.prod(own) == max(shape)
    if in_a_line and (len(own) == 1 != len(shape) or own[1:] == (1,)):
        return Layout(None, share=targets.reshape(shape), fault=_broadcast_fault(shape, own, own[:1] * 2))
    raise _shape_refused(shape, own)


def _shape_refused(shape, own):
    """Return the error of targets whose shape fits in no way."""
    wanted = " or ".join(str(each) for each in dict.fromkeys([shape, shape[:1] + shape[2:]]))
    hint = ""
    if len(shape) > 2 and own == shape[:1] + shape[2:] + shape[1:2]:
        hint = "; one_hot puts the classes last: targets.movedim(-1, 1)"
    elif len(shape) == 3 and len(own) == 2 and own[0] == shape[1] and own[1] < shape[0]:
        hint = "; outputs (T, N, K) and shorter targets (N, S) belong to a CTC loss, which has no target for each row"
    return ValueError(f"targets: got shape {own}, want {wanted} for outputs of shape {shape}{hint}")


def _layout_of_shares(shape, targets, name):
    """Return the `Layout` of targets of the outputs' shape, which may be logarithms, or have the classes last."""
    dim = 1 if len(shape) > 1 else None
    if dim is None and name == "cross_entropy" and targets.is_floating_point():
        dim = 0  # one row of class probabilities
    share = targets
    # Logarithms of probabilities are never above 0, but for rounding.
    logs = name in ("kl_div", None) and targets.is_floating_point() and targets.max() <= 1e-4 and targets.min() < 0
    if logs and (name or any(are_shares(targets.exp(), d) for d in {dim or 0, len(shape) - 1})):
        share = targets.exp()  # log_target=True
    if len(shape) > 2 and not are_shares(share, 1) and are_shares(share, -1):
        return Layout(len(shape) - 1, share=share, fault=_last_fault(shape, shape))
    return Layout(dim, share=share)


def are_shares(values, dim):
    """Whether targets are the shares of classes that lie along this dimension."""
    values = values.float()
    return values.shape[dim] > 1 and bool((values >= 0).all()) and sums_to_one(values, dim)


def _last_fault(shape, own):
    return {"class_dim_last": f"outputs {shape} with targets {own}: torch takes dimension 1 for the classes"}


def _broadcast_fault(shape, own, result):
    return {"shapes_broadcast": f"outputs {shape} against targets {own} broadcast to {result}"}


def class_indices(index, targets):
    """Return class indices as int64 (n,), and a fault where they came as floats."""
    index = index.reshape(-1)
    if not index.is_floating_point():
        return index.long(), {}
    if not bool((index == index.round()).all()):
        first = index[index != index.round()][0].item()
        raise ValueError(f"targets: got {first:.4g} among {tuple(targets.shape)}, want class indices")
    return index.long(), {"float_class_indices": f"targets are {targets.dtype}: class indices are int64"}


def as_rows(values, dim):
    """Return a tensor of the outputs' shape as rows (n, K)."""
    if dim is None:
        return values.reshape(-1, 1)
    values = values.movedim(dim, -1)
    return values.reshape(-1, values.shape[-1])


def zeros_and_ones(values):
    """Whether all entries of a tensor (n, K) within [0, 1] are 0 or 1: only those are their own squares."""
    # One dot product a chunk, which takes no temporary tensor.
    chunks = (chunk.reshape(-1) for chunk in values.split(max(1, MANY // values.shape[1])))
    return all(bool(torch.dot(chunk, chunk) == chunk.sum()) for chunk in chunks)


def sums_to_one(values, dim, rough=0.0):
    return bool(((values.sum(dim) - 1).abs() <= sum_error(rough)).all())


def sum_error(rough):
    """Return how far from 1 the sum of probabilities may be."""
    return max(1e-4, 4 * rough)


def form_of_targets(index, share, rough):
    """Return what the targets are: indices, one-hot, multi-hot, soft (rows sum to 1), shares (in [0, 1]) or stray."""
    if share is None:
        return None if index is None else "indices"
    low, high = (bound.item() for bound in share.aminmax())
    if not (low >= 0 and high <= 1):
        return "stray"
    hard = zeros_and_ones(share)
    if share.shape[1] > 1 and sums_to_one(share, -1, rough):
        return "one-hot" if hard else "soft"
    return "multi-hot" if hard else "shares"


# --- all of them


def read(outputs, targets=None, *, loss=None, loss_fn=None, **given):
    """Return the `Inputs` that these arguments of `diagnose` are."""
    strangers = [name for name in given if name not in GIVEN]
    if strangers:
        raise TypeError(f"diagnose: got the argument {strangers[0]!r}, want some of {', '.join(GIVEN)}")
    loss, loss_fn, name, options = _which_loss(loss, loss_fn)
    given = {**options, **{key: value for key, value in given.items() if value is not None}}
    raw, targets = _tensors(outputs, targets, given)
    tensors, options = _rows(raw, targets, name), _options(given)
    weights, error = _weights(given, tensors), None
    if loss is None and loss_fn is not None and targets is not None:
        loss, error = _run(loss_fn, name, given, weights, raw, targets)
    if isinstance(loss, Tensor) and loss.numel() > 1:
        options["reduction"] = "none"
    numbers = _numbers(given, loss, ROUNDING.get(raw.dtype, 0.0))
    more = _beside_the_loss(given, tensors)
    own = loss_fn is not None and name is None
    found = Inputs(name=name, own_function=own, error=error, **tensors, **options, **weights, **numbers, **more)
    _check_class_weight(found)
    return _ranks_as_levels(found if "ignore_index" in given else _ignored_unsaid(found))


def _ignored_unsaid(found):
    """Return the inputs with the `ignore_index` that nobody told, where the number that came is that of a loss with it.

    It is the one index outside the classes, as −1 and 255 in masks.
    """
    index, K = found.index, found.K
    if index is None or K < 2 or found.value is None or found.name not in (None, "cross_entropy"):
        return found
    stray = index[((index < 0) | (index >= K)) & (index != found.ignore_index)].unique().tolist()
    if len(stray) != 1:
        return found
    weight = found.weight if found.weight is None or found.weight.shape == (K,) else None
    loss = F.cross_entropy(found.x, index, weight, ignore_index=stray[0], label_smoothing=found.smoothing).item()
    near = abs(loss - found.value) <= found.unit + 4 * (EPS + found.rough) * max(4.0, loss)  # not of NaN
    return replace(found, ignore_index=stray[0]) if near else found


def _ranks_as_levels(found):
    """Return the inputs with levels (n, K) in place of ranks 0 … K, where the number that came is their binary loss.

    Level k asks whether the rank is above k. The answers may be turned round, which is for a mistake to tell.
    """
    index, K, came = found.index, found.K, found.value
    if index is None or K < 2 or came is None or len(found.shape) != 2 or found.name not in (None, *LABEL_LOSSES):
        return found
    low, high = (bound.item() for bound in index.aminmax())
    if low < 0 or high > K or K > MOST_RANKS or "targets_in_a_column" in found.faults:
        return found
    # The rank that is no class tells them from classes, and so does the name of a binary loss; without, many digits do.
    least_digits = 0.05 if high == K else 4e-3 if found.name else 1e-4
    near = found.unit + 4 * (EPS + found.rough) * max(4.0, abs(came))
    plain = F.cross_entropy(found.x, index).item() if high < K else math.nan
    if found.unit > least_digits * abs(came) or abs(came - plain) <= near:
        return found
    x, levels = found.x, (index[:, None] > torch.arange(K, device=index.device)).to(found.x.dtype)
    if found.name != "binary_cross_entropy_with_logits" and bool(((x >= 0) & (x <= 1)).all()):
        x = x.logit()
    for answers in (levels, 1 - levels):
        mean = (F.softplus(x) - answers * x).mean().item()
        for loss in (mean, K * mean, x.numel() * mean):
            if abs(loss - came) <= near:
                faults = found.faults | {"ranks": f"ranks from {low} to {high} as levels"}
                return replace(found, targets=levels, index=None, share=levels, target_form="multi-hot", faults=faults)
    return found


def _rows(raw, targets, name):
    """Return outputs and targets in their own shape and as rows, their faults, and what the targets are."""
    whole = raw if raw.dtype in (torch.float32, torch.float64) else raw.float()
    layout = lay_out(tuple(raw.shape), targets, name)
    faults, index, share = dict(layout.fault), None, None
    if layout.index is not None:
        index, fault = class_indices(layout.index, targets)
        faults |= fault
    if layout.share is not None:
        share = as_rows(layout.share.to(whole.dtype), layout.dim)
    return {
        "raw": raw,
        "whole": whole,
        "targets": targets,
        "dim": layout.dim,
        "x": as_rows(whole, layout.dim),
        "index": index,
        "share": share,
        "target_form": form_of_targets(index, share, ROUNDING.get(raw.dtype, 0.0)),
        "faults": faults,
    }


def _which_loss(loss, loss_fn):
    """Return the loss that came, its function or name, torch's name of it, and the options it was made with."""
    if callable(loss) or (isinstance(loss, str) and not is_number_text(loss)):
        loss, loss_fn = None, loss_fn if loss_fn is not None else loss
    if loss_fn is None:
        return loss, None, None, {}
    if not (callable(loss_fn) or isinstance(loss_fn, str)):
        raise TypeError(f"loss_fn: got {type(loss_fn).__name__}, want a function, or the name of one")
    return loss, loss_fn, *loss_named(loss_fn)


def _logits_of(outputs):
    """Return the logits of what a model of transformers gives, and anything else as it is."""
    if isinstance(outputs, dict):
        return outputs.get("logits", outputs)
    return getattr(outputs, "logits", outputs)


def _tensors(outputs, targets, given):
    """Return outputs and targets as tensors; batches of several sizes are joined, and their sizes noted."""
    outputs = _logits_of(outputs)
    if "labels" in given and not isinstance(targets, Tensor):
        targets = _indices_of_labels(targets, given["labels"])
    if isinstance(outputs, list | tuple) and all(hasattr(each, "shape") for each in outputs):
        shapes = {tuple(each.shape) for each in outputs}
        if len(shapes) > 1 and isinstance(targets, list | tuple):
            outputs, targets = _joined(outputs, targets, given)
        elif len(shapes) > 1:
            raise ValueError(f"outputs: got tensors of the shapes {sorted(shapes)}, want one, such as outputs[0]")
    outputs = as_tensor(outputs, "outputs")
    if outputs.numel() == 0 or not outputs.dim():
        raise ValueError(f"outputs: got shape {tuple(outputs.shape)}, want at least one row of outputs")
    return outputs, None if targets is None else as_tensor(targets, "targets").to(outputs.device)


def _indices_of_labels(targets, labels):
    """Return the class indices of targets that are texts; other targets as they are."""
    listed = as_lists(targets, "targets")
    if isinstance(listed, list) and listed and all(isinstance(each, str) for each in listed):
        return indices_of_texts(listed, tuple(map(str, as_list(labels, "labels", "names"))))
    return targets


def _joined(outputs, targets, given):
    """Return batches of outputs and of targets, each as one tensor; the sizes of the batches are noted in `given`."""
    if len(targets) != len(outputs):
        raise ValueError(f"targets: got {len(targets)} batches, want {len(outputs)} as outputs have")
    sizes = [tuple(each.shape)[:1] for each in outputs]
    joined = join_batches("outputs", outputs), join_batches("targets", targets)
    given.setdefault("batch_sizes", [size for (size,) in sizes])
    return joined


def _options(given):
    found = {
        "ignore_index": read_count(given.get("ignore_index", -100), "ignore_index", -(2**63), 2**53),
        "smoothing": read_number(given.get("label_smoothing", 0.0), "label_smoothing").value,
        "reduction": given.get("reduction"),
        "temperature": read_positive(given["temperature"], "temperature") if "temperature" in given else None,
    }
    if not 0 <= found["smoothing"] <= 1:
        raise ValueError(f"label_smoothing: got {given['label_smoothing']!r}, want a share from 0 to 1")
    reduction = found["reduction"]
    if reduction is not None and not (isinstance(reduction, str) and reduction in REDUCTIONS):
        raise ValueError(f"reduction: got {reduction!r}, want 'mean', 'sum', 'none' or 'batchmean'")
    return found


def _weights(given, tensors):
    """Return the weights as they came, and as rows to which BCE broadcasts them, and the factors of the rows."""
    whole, found = tensors["whole"], {}
    for name, spread in (("weight", "element_weight"), ("pos_weight", "positive_weight")):
        value = given.get(name)
        found[name] = None if value is None else as_tensor(value, name).to(whole.device, whole.dtype)
        have_shares = tensors["share"] is not None
        found[spread] = _spread(found[name], tuple(whole.shape), tensors["dim"]) if have_shares else None
    return {**found, "sample_weight": _sample_weight(given, whole, len(tensors["x"]))}


def _check_class_weight(inputs):
    """Raise ValueError where a loss of classes got a weight that has not one factor a class."""
    if inputs.weight is None or not inputs.classes:
        return
    came, wanted = tuple(inputs.weight.shape), (inputs.K,)
    as_outputs = inputs.index is None and came == inputs.shape
    if came != wanted and not as_outputs:
        raise ValueError(f"weight: got shape {came}, want {wanted}, one factor a class; one a row is sample_weight=")


def _sample_weight(given, whole, n):
    """Return the factors of the rows (n,), of which each of a row's positions has the row's."""
    if "sample_weight" not in given:
        return None
    weight = as_tensor(given["sample_weight"], "sample_weight").to(whole.device, whole.dtype).reshape(-1)
    if not len(weight) or n % len(weight) or len(weight) not in (n, len(whole)):
        raise ValueError(f"sample_weight: got {len(weight)} factors, want {n}, one a row")
    return weight.repeat_interleave(n // len(weight))


def _spread(weight, shape, dim):
    """Return a weight as BCE broadcasts it, in rows (n, K) or (1, K), or None where it doesn't fit or doesn't exist."""
    if weight is None:
        return None
    if weight.dim() <= 1 and len(shape) <= 2 and dim == 1:
        return weight.reshape(1, -1) if weight.numel() in (1, shape[1]) else None
    try:
        return as_rows(weight.broadcast_to(shape), dim)
    except RuntimeError:
        return None


def _run(loss_fn, name, given, weights, outputs, targets):
    """Return the loss that the caller's function gives and None, or None and the error that it raises."""
    if name in (*CLASS_LOSSES, *LABEL_LOSSES):
        options = {key: value for key, value in given.items() if key in OPTIONS}
        options |= {key: weights[key].to(outputs.dtype) for key in ("weight", "pos_weight") if key in options}
        loss_fn = functools.partial(getattr(F, name), **options)
    elif isinstance(loss_fn, str):
        return None, None
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            loss = loss_fn(outputs.clone(), targets.clone())
        as_number(loss, "loss_fn")
    except Exception as error:  # the caller's function may raise anything, or return anything: either is said
        return None, str(error).strip().split("\n")[0] or type(error).__name__
    return loss, None


def _numbers(given, loss, rough):
    """Return the loss's value and digits, the history, and the metrics with theirs."""
    history = as_list(given.get("history", []), "history", "numbers")
    values = [as_number(each, "history")[0] for each in history]
    from_history = loss is None and bool(values)
    value, unit, rough_loss = (None, 0.0, 0.0)
    if loss is not None or from_history:
        value, unit, rough_loss = as_number(history[-1] if from_history else loss, "loss")
    return {
        "history": values,
        "from_history": from_history,
        "value": value,
        "unit": unit,
        "rough": max(rough, rough_loss),
        "scores": {name: as_number(given[name], name, read_share)[:2] for name in METRICS if name in given},
    }


def _beside_the_loss(given, tensors):
    """Return the decisions, the names of the classes, the cut into batches and the gradient, each checked."""
    whole, dim, (n, num_classes) = tensors["whole"], tensors["dim"], tensors["x"].shape
    shape = tuple(whole.shape)
    found = dict.fromkeys(("decisions", "predictions", "names", "batch_sizes", "grad"))
    if "predictions" in given:
        found["predictions"] = predicted = as_tensor(given["predictions"], "predictions").to(whole.device)
        if predicted.numel() == n * num_classes and (num_classes == 1 or tuple(predicted.shape) == shape):
            found["decisions"] = as_rows(predicted.reshape(shape), dim) > 0.5
    if "labels" in given:
        found["names"] = as_list(given["labels"], "labels", "names")
        if len(found["names"]) != num_classes:
            raise ValueError(f"labels: got {len(found['names'])} names, want {num_classes}, one a class")
    if "batch_sizes" in given:
        sizes = as_list(given["batch_sizes"], "batch_sizes", "whole numbers")
        sizes = [read_count(each, "batch_sizes") for each in sizes]
        if sum(sizes) == shape[0] != n:  # each of the N has several positions, and each of those is a row
            sizes = [each * n // shape[0] for each in sizes]
        if sum(sizes) != n:
            raise ValueError(f"batch_sizes: got {sum(sizes)} rows in all, want {n} as outputs have")
        found["batch_sizes"] = sizes
    if "grad" in given:
        grad = as_tensor(given["grad"], "grad").to(whole.device, whole.dtype)
        if tuple(grad.shape) != shape:
            raise ValueError(f"grad: got shape {tuple(grad.shape)}, want {shape} as outputs have")
        found["grad"] = as_rows(grad, dim)
    return found

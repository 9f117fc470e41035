"""Readers of tensors: whatever holds the numbers is welcome, and what cannot be is refused with what mends it."""

import math
from typing import Any

import numpy
import torch
from torch import Tensor

from helpers.inputs.numbers import describe_value, refuse

HOLDERS = "a tensor, a numpy array or a list of numbers"


def read_tensor(values: Any, argument: str, wanted: str = HOLDERS) -> Tensor:
    """Return what holds numbers as a dense, detached tensor on the CPU, of its own dtype.

    Parameters
    ----------
    values : tensor, array, Series, DataFrame, number, or (nested) sequence of these, of any shape and device
        A tensor or a writable array that is dense and on the CPU shares its memory with the result.
    argument : str
        What the values are called in the error.
    wanted : str
        How the error ends, where the values hold no numbers.

    Raises
    ------
    ValueError
        For complex, quantised, boxed or missing numbers, text, and anything of which torch makes no tensor.

    >>> read_tensor([[1.0, 2.0]], "logits").shape
    torch.Size([1, 2])
    """
    if isinstance(values, Tensor):
        return _plain_tensor(values, argument, wanted)
    if isinstance(values, (list, tuple)) and values and all(isinstance(each, Tensor) for each in values):
        shapes = sorted({tuple(each.shape) for each in values})
        if len(shapes) > 1:
            raise ValueError(f"{argument}: got tensors of the shapes {shapes}, want {wanted}, of one shape")
        return torch.stack([_plain_tensor(each, argument, wanted) for each in values])
    if isinstance(values, (str, bytes, dict, set, frozenset)) or values is None:
        raise refuse(argument, values, wanted)
    try:
        array = numpy.asarray(values.toarray() if hasattr(values, "toarray") else values)  # scipy's sparse ones
        if array.dtype.name == "bfloat16" or array.dtype.name.startswith("float8"):
            array = array.astype("float32")  # of ml_dtypes, which torch does not know
        if array.dtype.kind == "O":  # of a Series or an array of numbers that were put in one by one
            array = numpy.asarray(array.tolist())
        if not array.flags.writeable or any(stride < 0 for stride in array.strides):
            array = array.copy()  # torch warns of the first and refuses the second
        tensor = torch.as_tensor(array)
    except Exception as error:  # numpy and torch raise a dozen types here; foreign containers any.
        raise ValueError(f"{refuse(argument, values, wanted)}{_hint_on(values)}") from error
    return _plain_tensor(tensor, argument, wanted)


def _plain_tensor(tensor: Tensor, argument: str, wanted: str) -> Tensor:
    if tensor.is_quantized:
        raise ValueError(f"{argument}: got a quantised tensor ({tensor.dtype}), want {wanted}: {argument}.dequantize()")
    if tensor.is_complex() or tensor.device.type == "meta":
        kind = f"{tensor.dtype}" if tensor.is_complex() else "a tensor without values (device meta)"
        raise ValueError(f"{argument}: got {kind}, want {wanted}")
    dense = tensor.detach().cpu()
    return dense if dense.layout == torch.strided else dense.to_dense()


def _hint_on(values: Any) -> str:
    """Return what to write instead, where an array's dtype says what it holds."""
    dtype = getattr(values, "dtype", None)
    if getattr(dtype, "kind", "") != "V":
        return ""
    if dtype.itemsize == 2:
        return '; if these are bfloat16: array.view(ml_dtypes.bfloat16).astype("float32")'
    if dtype.itemsize == 1:
        return '; if these are float8: array.view(ml_dtypes.float8_e4m3fn).astype("float32")'
    return ""


def as_lists(values: Any, argument: str) -> Any:
    """Return what a tensor, an array or a Series holds as (nested) lists, and anything else as it is."""
    if isinstance(values, Tensor):
        values = read_tensor(values, argument)
    listed = getattr(values, "tolist", None) or getattr(values, "to_list", None)  # the second is polars'
    return listed() if callable(listed) else values


def read_float64(values: Any, argument: str, wanted: str = HOLDERS) -> Tensor:
    """Return what holds numbers as a float64 tensor; truth values and an empty one are refused too."""
    tensor = read_tensor(values, argument, wanted)
    if tensor.dtype == torch.bool or not tensor.numel():
        raise refuse(argument, values, wanted)
    return tensor.double()


def read_rows(values: Any, argument: str) -> Tensor:
    """Return numbers of shape (N, K), at least one row, of their own floating dtype, without NaN."""
    wanted = "numbers of shape (N, K), at least one row"
    rows = read_tensor(values, argument, wanted)
    if rows.ndim != 2 or not len(rows) or rows.dtype == torch.bool:
        raise refuse(argument, values, wanted, tuple(rows.shape))
    rows = rows if rows.is_floating_point() else rows.double()
    if rows.isnan().any():
        raise ValueError(f"{argument}: got NaN at {rows.isnan().nonzero()[0].tolist()}, want {wanted}")
    return rows


def read_indices(targets: Any, num_rows: int, num_classes: int, argument: str = "targets") -> Tensor:
    """Return class indices (N,), int64, one for each row, all from 0 to K − 1."""
    wanted = f"class indices of shape ({num_rows},), whole numbers from 0 to {num_classes - 1}"
    indices = read_tensor(targets, argument, wanted)
    if tuple(indices.shape) != (num_rows,):
        raise refuse(argument, targets, wanted, tuple(indices.shape))
    if indices.is_floating_point() or indices.dtype == torch.bool:
        hint = f": {argument}.long()" if indices.is_floating_point() else ""
        raise ValueError(f"{argument}: got {indices.dtype}, want {wanted}{hint}")
    stray = indices[(indices < 0) | (indices >= num_classes)].tolist()
    if stray:
        raise ValueError(f"{argument}: got {stray[0]}, want {wanted}")
    return indices.long()


def are_probs(rows: Tensor) -> Tensor:
    """Return, for each row (N, K), whether no entry is negative and they sum to 1, to what half types round."""
    return (rows >= 0).all(dim=1) & ((rows.double().sum(dim=1) - 1).abs() < 0.01)


def is_hot(values: Tensor) -> bool:
    """Return whether all entries are 0 or 1."""
    return bool(((values == 0) | (values == 1)).all())


def read_logits(logits: Any, call: str, dims: tuple = (1, 2), most: int | None = None) -> Tensor:
    """Return logits as a finite float64 tensor of shape (K,) or (N, K), K at least 2.

    Parameters
    ----------
    logits : what `read_tensor` takes
    call : str
        The name of the explorer, for the line that mends it.
    dims : tuple of int
        How many dims there may be, 1 or 2 or both.
    most : int, optional
        The largest K.

    Raises
    ------
    ValueError
        For anything else; for probabilities; for a margin m that came as two columns [1 − m, m]; and, where a row is
        wanted, for numbers of one output and many rows. Each says what to call instead.
    """
    shapes = " or ".join({1: "(K,)", 2: "(N, K)"}[dim] for dim in dims)
    wanted = f"a tensor of finite logits of shape {shapes}, K from 2 {f'to {most}' if most else 'on'}"
    x = read_float64(logits, "logits", wanted)
    if x.ndim not in dims or x.shape[-1] < 2 or (most and x.shape[-1] > most):
        raise ValueError(f"{refuse('logits', logits, wanted, tuple(x.shape))}{_hint_on_shape(x, call, dims, most)}")
    if not x.isfinite().all():
        at = (~x.isfinite()).nonzero()[0].tolist()
        raise ValueError(f"logits: got {describe_value(logits)} with {x[tuple(at)].item()} at {at}, want {wanted}")
    refuse_probs("logits", logits, x, -1, call)
    refuse_complement("logits", x, call)
    return x


def _hint_on_shape(x: Tensor, call: str, dims: tuple, most: int | None) -> str:
    if x.ndim and x.shape[-1] == 1:
        return f"; one output for yes or no is the class of two logits: {call}(torch.cat([0 * x, x], -1))"
    if most and x.ndim and x.shape[-1] > most:
        return "; logit_table(logits) takes any number of classes"
    if x.ndim == 2 and 2 not in dims:
        return f"; one row is logits[0], say {call}(logits[0])"
    if x.ndim == 1 and 1 not in dims:
        return f"; if these are one margin m a row, for yes or no: {call}(torch.stack([0 * m, m], -1), …)"
    return ""


def refuse_probs(argument: str, given: Any, x: Tensor, dim: int, call: str) -> None:
    """Raise ValueError if the numbers `x`, that were `given`, are probabilities: each group along `dim` sums to 1."""
    hot = (x == 0) | (x == 1)
    if x.min() >= 0 and not hot.all() and ((x.sum(dim) - 1).abs() < 0.01).all():
        groups = "rows sum to 1" if dim == -1 else f"sums over dim {dim} are 1"
        hint = ""
        if dim in (-1, x.ndim - 1) and inner_probs(x) is not None:
            hint = ". None is above e/(e + K - 1): a softmax of a softmax? Then take what came before both"
        raise ValueError(
            f"{argument}: got {describe_value(given)}, whose {groups}, so these are probabilities, "
            f"want a tensor of logits: what goes into the softmax, or {call}(probs.log()){hint}"
        )


def inner_probs(probs: Tensor, error: float = 1e-5) -> Tensor | None:
    """Return the probabilities of which rows (…, K) are the softmax, float64; None if they are a softmax of no such.

    >>> [round(abs(each), 4) for each in inner_probs(torch.tensor([0.9, 0.1, 0.0]).softmax(-1)).tolist()]
    [0.9, 0.1, 0.0]
    """
    K = probs.shape[-1]
    if K < 3 or probs.max() > math.e / (math.e + K - 1) + error or probs.min() <= 0:
        return None
    logs = probs.double().log()
    inner = logs + (1 - logs.sum(-1, keepdim=True)) / K
    return inner if bool((inner >= -error).all()) and inner.max() > 0.7 else None


def is_complement(x: Tensor) -> bool:
    """Return whether two columns are 1 − m and m of a margin m that leaves [0, 1], as boosters' `predict_proba` may be.

    From five rows on: a few rows of logits may sum to 1 by chance.
    """
    two_columns = x.ndim == 2 and x.shape[1] == 2 and len(x) >= 5 and bool(x.min() < 0)
    return two_columns and bool(((x.sum(1) - 1).abs() < 1e-6 * x.abs().amax(1).clamp(min=1)).all())


def refuse_complement(argument: str, x: Tensor, call: str) -> None:
    """Raise ValueError if two columns are 1 − m and m."""
    if is_complement(x):
        raise ValueError(
            f"{argument}: got two columns that sum to 1 and leave [0, 1], so these are 1 − m and m of a margin m, "
            f"want logits: {call}(torch.stack([0 * m, m], -1), …) with m = {argument}[:, 1]"
        )


def read_batch(logits: Any, targets: Any, call: str, most: int = 100_000) -> Tensor:
    """Return logits as `read_logits` does, of shape (N, K) with N up to `most`.

    Targets without logits raise ValueError, and so do twenty numbers or more that all lie between 0 and 1.
    """
    if logits is None:
        raise refuse("targets", targets, f"a tensor of logits with them: {call}(logits, targets)")
    x = read_logits(logits, call, dims=(2,))
    if targets is None:
        raise refuse("targets", targets, f"what is true of each of {len(x)} rows: {call}(logits, targets)")
    if x.numel() >= 20 and 0 <= x.min() < x.max() <= 1:
        raise ValueError(
            f"logits: got {describe_value(logits)}, all from 0 to 1 as probabilities of a sigmoid are, "
            f"want logits: {call}(torch.logit(probs), …)"
        )
    if len(x) > most or x.numel() > 100 * most:
        wanted = f"at most {most:,} rows and {100 * most:,} numbers"
        raise ValueError(f"logits: got {tuple(x.shape)}, want {wanted}: {call}(logits[:1000], targets[:1000])")
    return x

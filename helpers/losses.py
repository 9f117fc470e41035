"""The losses of single-label and multi-label classification, accurate to the last few bits.

They take torch's arguments (without the deprecated `size_average` and `reduce`), and raise
torch's exceptions with a message that says which argument, what came and what is wanted.
Under `torch.autocast` they compute in float32 and return it, as torch's do.

What has no meaning they refuse with a RuntimeError where torch computes something: targets or
label_smoothing outside [0, 1], weights that are negative, infinite or NaN. torch doesn't look,
since a look at every value takes a pass, and on a GPU a wait; the price is a loss that falls
below 0 without end, as −507.97 for logits [4, −3] and targets [255, 0] in
`binary_cross_entropy_with_logits`.
"""

import math

import torch
from torch import Tensor

from helpers.functions import _autocasting, _floating, _kind, _log_softmax, _logsigmoid, _require, _tensor, _widened

FLOOR = -100.0  # torch's lower limit for a logarithm in binary_cross_entropy
FLOOR_SLOPE = 1e12  # torch's upper limit for 1/p in its derivative


def nll_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, ignore_index: int = -100, reduction: str = "mean"
) -> Tensor:
    """Return the negative log-probability of each row's target class.

    Parameters
    ----------
    input : log-probabilities (N, C), (C,) or (N, C, d1, …): the classes are dimension 1
    target : class indices (N,), () or (N, d1, …), int64 (or uint8 where there is no d1)
    weight : one factor a class (C,), optional
    ignore_index : rows with this target count for nothing
    reduction : "none", a loss a row; "sum"; or "mean"
        The mean is the sum divided by the sum of the targets' weights (1 each if there are
        none), NaN if no row is left.

    Raises
    ------
    TypeError : not a tensor
    NotImplementedError : input not floating point
    ValueError : batch sizes differ, no dimension, reduction unknown
    RuntimeError : other shapes, dtypes, a weight that is negative or not finite
    IndexError : a target outside [0, C)
        A target of −1 is such: plain indexing would silently take the last class.

    Notes
    -----
    Accuracy: unreduced and without weights, exact. Half types are computed in float32.
    Derived in notebooks/04_single_label.ipynb.

    >>> log_probs = torch.tensor([[0.25, 0.75], [0.5, 0.5]]).log()
    >>> print(f"{nll_loss(log_probs, torch.tensor([1, 0])).item():.4f}")
    0.4904
    """
    input, weight = _autocast(input, weight)
    _floating("nll_loss", input)
    _check_reduction("nll_loss", reduction)
    target = _row_targets("nll_loss", input, target, weight, ignore_index)
    losses, row_weights = _pick(_widened(input), target, weight, ignore_index)
    return _reduce(losses, reduction, row_weights.sum()).to(input.dtype)


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Return the cross-entropy of logits: nll_loss of their log_softmax along the class dim.

    Parameters
    ----------
    input : logits (N, C), (C,) or (N, C, d1, …): the classes are dimension 1, not the last
    target : class indices as in `nll_loss`, or class probabilities of the input's shape
        Each probability is in [0, 1]; whether a row of them sums to 1 is not checked.
    weight, ignore_index, reduction : as in `nll_loss`
        With class probabilities there is no ignore_index, and "mean" divides by the number of rows.
    label_smoothing : ε in [0, 1]; the target becomes (1 − ε)·target + ε/C

    Raises
    ------
    TypeError, NotImplementedError, ValueError, IndexError : as `nll_loss`
    RuntimeError : as `nll_loss`; class probabilities or a label_smoothing outside [0, 1]
        Integer class probabilities, too: a one-hot target must be floating point.

    Notes
    -----
    A logit of −inf is a class that can't be: as in torch the loss is inf where it is the target
    or anything is smoothed, and NaN with class probabilities (0·∞, should its own be 0). Mask
    with a large negative number then.

    Why so: see `log_softmax`, of which it takes one entry a row. torch's loses all digits of a
    small loss: cross_entropy([[0, −20]], [0]) is 2.06e-9 here and 0 in torch.

    Accuracy: unreduced, with class indices and without weights, as `log_softmax`: at most
    5 ulp in float32 and float64, 0.51 ulp in float16 and bfloat16.
    Derived in notebooks/04_single_label.ipynb.

    >>> logits = torch.tensor([[3.49, 4.43, -2.25, 2.64]])
    >>> print(f"{cross_entropy(logits, torch.tensor([1])).item():.4f}")
    0.4439
    """
    input, target, weight = _autocast(input, target, weight)
    _check_cross_entropy(input, target, reduction, label_smoothing)
    if target.shape == input.shape:
        return _soft_cross_entropy(input, target, weight, ignore_index, reduction, label_smoothing)
    target = _row_targets("cross_entropy", input, target, weight, ignore_index)
    losses, row_weights = _cross_entropy(_widened(input), target, weight, ignore_index, label_smoothing)
    return _reduce(losses, reduction, row_weights.sum()).to(input.dtype)


def _cross_entropy(
    logits: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, label_smoothing: float
) -> tuple[Tensor, Tensor]:
    """Return each row's loss, and its weight."""
    log_probs = _log_softmax(logits, _class_dim(logits))
    losses, row_weights = _pick(log_probs, target, weight, ignore_index)
    if label_smoothing > 0:
        uniform = -(log_probs * _per_class(weight, logits)).mean(_class_dim(logits))
        uniform = torch.where(target == ignore_index, 0, uniform)
        losses = (1 - label_smoothing) * losses + label_smoothing * uniform
    return losses, row_weights


def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, reduction: str = "mean"
) -> Tensor:
    """Return −(y·log p + (1 − y)·log(1 − p)) of probabilities p and targets y.

    Parameters
    ----------
    input : probabilities in [0, 1], any shape
    target : of the same shape and dtype, in [0, 1]
    weight : factors that broadcast to that shape, optional
    reduction : "none", "sum" or "mean", over all elements

    Raises
    ------
    TypeError : not a tensor
    NotImplementedError : not floating point
    ValueError : shapes differ, since nothing is broadcast; reduction unknown
    RuntimeError : dtypes differ, a value outside [0, 1], autocast on a GPU
        A weight of another shape, negative or not finite, too.

    Notes
    -----
    Why so: as in torch each logarithm is held at −100, so that 0·log 0 is 0. It can't know what
    p has lost: σ(18) is 1 in float32, and a loss of 18 becomes 100. From logits use
    `binary_cross_entropy_with_logits`. The gradient at p = 0 and p = 1 is capped at 1e12.

    Accuracy: at most 1.6 ulp for targets 0 and 1, 3 ulp between, in float32 and float64;
    0.51 ulp in float16 and bfloat16.
    Derived in notebooks/05_multi_label.ipynb.

    >>> probs, targets = torch.tensor([0.9, 0.1]), torch.tensor([1.0, 0.0])
    >>> print(f"{binary_cross_entropy(probs, targets).item():.4f}")
    0.1054
    """
    input, target, weight = _autocast(input, target, weight)
    name = "binary_cross_entropy"
    _check_binary(name, input, target, reduction, weight=weight)
    _check_probs(name, input, target)
    on_gpu = _autocasting(input) not in (None, "cpu")  # where torch refuses too
    _require(not on_gpu, RuntimeError, f"{name}: input must be logits under autocast on a GPU, for {name}_with_logits")
    losses = _binary_cross_entropy(_widened(input), _widened(target))
    return _reduce(losses * (1 if weight is None else weight), reduction, losses.numel()).to(input.dtype)


def _binary_cross_entropy(p: Tensor, y: Tensor) -> Tensor:
    impossible, certain = p < math.exp(FLOOR), p == 1
    inside = torch.where(impossible | certain, 0.5, p)  # a stand-in: in backward 0 · inf is NaN
    log_p = torch.where(impossible, FLOOR_SLOPE * p + FLOOR, torch.where(certain, p - 1, inside.log()))
    log_q = torch.where(certain, FLOOR_SLOPE * (1 - p) + FLOOR, torch.where(impossible, -p, torch.log1p(-inside)))
    return -(y * log_p + (1 - y) * log_q)


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """Return the binary cross-entropy of σ(input) and targets, without leaving the logits.

    Parameters
    ----------
    input : logits of any shape
    target : of the same shape, in [0, 1]
    weight, pos_weight : factors that broadcast to that shape, optional
        `pos_weight` is for the positive part y·log σ(x) only. Both are laid along the last
        dimensions: one factor a label is (K,) for logits (N, K), but (K, 1, 1) for (N, K, H, W);
        one factor a row of (N, K) is (N, 1).
    reduction : "none", "sum" or "mean", over all elements

    Raises
    ------
    TypeError : not a tensor
    NotImplementedError : input not floating point
    ValueError : shapes differ, since nothing is broadcast; reduction unknown
    RuntimeError : target not floating point or outside [0, 1]
        A weight of another shape, negative or not finite, too.

    Notes
    -----
    Why so: log p is logsigmoid(x), and log(1 − p) is logsigmoid(−x), since 1 − σ(x) = σ(−x).
    Both terms have one sign, so nothing cancels. torch's (1 − y)·x − logsigmoid(x) cancels for
    y = 0: at x = −20 it returns 0, the truth is 2.06e-9. A logit of −inf gives NaN for every
    target, as in torch: don't mask with it.

    Accuracy: unreduced and without weights at most 1.6 ulp for targets 0 and 1, 3 ulp between,
    in float32 and float64; 0.51 ulp in float16 and bfloat16.
    Source: Mächler 2012, `log1pexp`. Derived in notebooks/05_multi_label.ipynb.

    >>> loss = binary_cross_entropy_with_logits(torch.tensor(-20.0), torch.tensor(0.0))
    >>> print(f"{loss.item():.4g}")
    2.061e-09
    """
    name = "binary_cross_entropy_with_logits"
    input, target, weight, pos_weight = _autocast(input, target, weight, pos_weight)
    _check_binary(name, input, target, reduction, weight=weight, pos_weight=pos_weight)
    _floating(name, input)
    _require(target.is_floating_point(), RuntimeError, f"{name}: target must be floating point, not {target.dtype}")
    _check_range(name, target=target)
    losses = _binary_cross_entropy_with_logits(_widened(input), _widened(target), pos_weight)
    return _reduce(losses * (1 if weight is None else weight), reduction, losses.numel()).to(target.dtype)


def _binary_cross_entropy_with_logits(x: Tensor, y: Tensor, pos_weight: Tensor | None) -> Tensor:
    positive = y * _logsigmoid(x) * (1 if pos_weight is None else pos_weight)
    losses = -(positive + (1 - y) * _logsigmoid(-x))
    return losses + 0 * x.clamp(max=0)  # NaN for a logit of −inf, nothing otherwise


def _pick(log_probs: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int) -> tuple[Tensor, Tensor]:
    """Return each row's weighted −log_probs[target], and its weight; both 0 where ignored."""
    kept = target != ignore_index
    index = torch.where(kept, target, 0)
    picked = log_probs.gather(_class_dim(log_probs), index.unsqueeze(_class_dim(log_probs)))
    picked = picked.squeeze(_class_dim(log_probs))
    weights = torch.ones_like(picked) if weight is None else _widened(weight)[index]
    return torch.where(kept, -picked * weights, 0), torch.where(kept, weights, 0)


def _soft_cross_entropy(input, target, weight, ignore_index, reduction, label_smoothing) -> Tensor:
    """Return the cross-entropy against class probabilities, smoothed if so asked."""
    _check_soft_targets("cross_entropy", input, target, weight, ignore_index)
    classes, num_classes = _class_dim(input), max(input.shape[_class_dim(input)], 1)
    probs = _widened(target)
    if label_smoothing > 0:
        probs = (1 - label_smoothing) * probs + label_smoothing / num_classes
    losses = -(_log_softmax(_widened(input), classes) * probs * _per_class(weight, input)).sum(classes)
    dtype = torch.promote_types(input.dtype, target.dtype)
    dtype = dtype if weight is None else torch.promote_types(dtype, weight.dtype)
    return _reduce(losses, reduction, input.numel() / num_classes).to(dtype)


def _reduce(losses: Tensor, reduction: str, total: Tensor | float) -> Tensor:
    return losses if reduction == "none" else losses.sum() / (total if reduction == "mean" else 1)


def _class_dim(input: Tensor) -> int:
    return 0 if input.dim() == 1 else 1


def _per_class(weight: Tensor | None, input: Tensor) -> Tensor | int:
    """Return the weights (C,) shaped to lie along the input's class dimension."""
    return 1 if weight is None else _widened(weight).reshape([-1] + [1] * (input.dim() - 1 - _class_dim(input)))


def _autocast(*arguments: Tensor | None) -> tuple[Tensor | None, ...]:
    """Return the arguments as torch's losses take them: under autocast floats narrower than float64 as float32."""
    return tuple(x.float() if isinstance(x, Tensor) and _autocasting(x) else x for x in arguments)


# What follows only refuses mistakes, with the exception that torch raises for them.


def _check_reduction(name: str, reduction: str) -> None:
    known = reduction in ("none", "mean", "sum")
    _require(known, ValueError, f"{name}: reduction must be 'none', 'mean' or 'sum', not {reduction!r}")


def _check_ignore_index(name: str, ignore_index: int) -> None:
    integer = isinstance(ignore_index, int) and not isinstance(ignore_index, bool)
    _require(integer, TypeError, f"{name}: ignore_index must be an int, not {_kind(ignore_index)}")


def _check_weight(name: str, input: Tensor, weight: Tensor | None) -> None:
    if weight is not None:
        _tensor(name, "weight", weight)
        came, wanted = tuple(weight.shape), (input.shape[_class_dim(input)],)
        _require(came == wanted, RuntimeError, f"{name}: weight must have shape {wanted}, not {came}")
        _check_factors(name, "weight", weight)


def _check_factors(name: str, argument: str, weight: Tensor) -> None:
    stray = weight[~((weight >= 0) & weight.isfinite())]
    if stray.numel():
        raise RuntimeError(f"{name}: {argument} must be finite and not negative, not {stray[0].item()}")


def _check_range(name: str, **arguments: Tensor) -> None:
    for argument, values in arguments.items():
        stray = values[~((values >= 0) & (values <= 1))]
        if stray.numel():
            raise RuntimeError(f"{name}: {argument} must lie in [0, 1], not {stray[0].item()}")


def _row_targets(name: str, input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int) -> Tensor:
    """Return the target as int64, shaped as the rows of the input; raise unless each is a class index."""
    _tensor(name, "target", target)
    _check_ignore_index(name, ignore_index)
    _require(input.dim() > 0, ValueError, f"{name}: input must have a class dimension, not shape ()")
    num_classes = input.shape[_class_dim(input)]
    rows = input.shape[: _class_dim(input)] + input.shape[_class_dim(input) + 1 :]
    _check_rows(name, tuple(target.shape), tuple(rows))
    indices = (torch.int64, torch.uint8) if input.dim() < 3 else (torch.int64,)  # as in torch
    wanted = " or ".join(str(dtype) for dtype in indices)
    _require(target.dtype in indices, RuntimeError, f"{name}: target must have dtype {wanted}, not {target.dtype}")
    _check_weight(name, input, weight)
    if weight is not None and weight.dtype != input.dtype:
        raise RuntimeError(f"{name}: weight must have the dtype of input, {input.dtype}, not {weight.dtype}")
    target = target.long().reshape(rows)
    stray = target[(target != ignore_index) & ((target < 0) | (target >= num_classes))]
    if stray.numel():
        raise IndexError(f"{name}: target must lie in [0, {num_classes}) or be {ignore_index}, not {stray[0].item()}")
    return target


def _check_rows(name: str, came: tuple[int, ...], rows: tuple[int, ...]) -> None:
    if not rows:
        error = ValueError if len(came) == 1 else RuntimeError
        _require(came in ((), (1,)), error, f"{name}: target must have shape () or (1,), not {came}")
    elif came[:1] != rows[:1]:
        raise ValueError(f"{name}: target must have the batch size of input, {rows[0]}, not shape {came}")
    else:
        _require(came == rows, RuntimeError, f"{name}: target must have shape {rows}, not {came}")


def _check_cross_entropy(input, target, reduction, label_smoothing) -> None:
    name = "cross_entropy"
    _tensor(name, "target", target)
    _floating(name, input)
    _check_reduction(name, reduction)
    number = isinstance(label_smoothing, int | float)
    _require(number, TypeError, f"{name}: label_smoothing must be a float, not {_kind(label_smoothing)}")
    within = 0 <= label_smoothing <= 1
    _require(within, RuntimeError, f"{name}: label_smoothing must lie in [0, 1], not {label_smoothing}")
    if target.shape == input.shape and not target.is_floating_point():
        wanted = "floating-point class probabilities where it has the shape of input"
        raise RuntimeError(f"{name}: target must hold {wanted}, not {target.dtype}")
    _require(input.dim() > 0, IndexError, f"{name}: input must have a class dimension, not shape ()")


def _check_soft_targets(name, input, target, weight, ignore_index) -> None:
    _check_ignore_index(name, ignore_index)
    if ignore_index >= 0:
        raise RuntimeError(f"{name}: ignore_index must be left out for class probabilities, not {ignore_index}")
    _check_weight(name, input, weight)
    _check_range(name, target=target)


def _check_binary(name, input, target, reduction, **weights) -> None:
    """Raise unless target has the input's shape, and each weight broadcasts to it."""
    _tensor(name, "input", input)
    _tensor(name, "target", target)
    _check_reduction(name, reduction)
    shape = tuple(input.shape)
    _require(target.shape == shape, ValueError, f"{name}: target must have shape {shape}, not {tuple(target.shape)}")
    for argument, weight in weights.items():
        if weight is not None:
            _tensor(name, argument, weight)
            came = tuple(weight.shape)
            fits = len(came) <= len(shape) and all(a in (1, b) for a, b in zip(came[::-1], shape[::-1]))
            _require(fits, RuntimeError, f"{name}: {argument} must broadcast to {shape}, not {came}")
            _check_factors(name, argument, weight)


def _check_probs(name, input, target) -> None:
    """Raise unless input and target are probabilities of one floating-point dtype."""
    same = input.dtype == target.dtype
    _require(same, RuntimeError, f"{name}: target must have the dtype of input, {input.dtype}, not {target.dtype}")
    _floating(name, input)
    _check_range(name, input=input, target=target)

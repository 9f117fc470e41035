"""Softmax, sigmoid, their logarithms and the logit, accurate to the last few bits.

The textbook formulas are in `helpers.naive`. These versions take the same arguments
as torch's, return the same kind of value, and stay accurate where the textbook's, and
sometimes torch's own, lose every digit. Two ideas carry them all:

* raise e to powers that are never positive, so that nothing overflows;
* never round a small number into a large one: 1 + z forgets a small z, `log1p(z)`
  does not.

Each function checks its arguments and leaves the arithmetic to the private one of its name.
Under `torch.autocast` they return the types that torch's return: on a GPU `softmax` and
`log_softmax` compute half types in float32 and return that, everything else keeps its type.

An error is measured in ulps: the distance to the true value, in units of the gap
between neighbouring floats there. `bench/accuracy.py` measures every bound that a
docstring promises, and `notebooks/90_accuracy.ipynb` shows the table.

Sources: Blanchard, Higham & Higham, "Accurately computing the log-sum-exp and softmax
functions", IMA J. Numer. Anal. 41(4), 2021, doi 10.1093/imanum/draa038. Mächler,
"Accurately computing log(1 − exp(−|a|))", 2012 (vignette of the R package Rmpfr).
"""

from numbers import Integral

import torch
from torch import Tensor
from torch.nn.functional import pad

HALF_TYPES = (torch.float16, torch.bfloat16)


def softmax(input: Tensor, dim: int, *, dtype: torch.dtype | None = None) -> Tensor:
    """Return the softmax of `input` along `dim`: each slice is positive and sums to 1.

    Parameters
    ----------
    input : logits of any shape, floating point
    dim : the dimension whose entries compete
    dtype : cast the input to this type first, optional

    Raises
    ------
    TypeError : not a tensor, or dim is not an int
    IndexError : no such dim
    NotImplementedError : integer or complex logits

    Notes
    -----
    Why so: with the largest logit subtracted, every exponential is at most 1. The subtraction
    itself rounds, and exp turns that absolute error into a relative one (up to 64 ulp for a gap
    of −80, as in torch), so the rounding error is carried along: see `_shift_by_max`.

    Accuracy: at most 12 ulp in float32 and float64 for entries at most 87 below the
    largest; 0.51 ulp in float16 and bfloat16.
    Source: Blanchard, Higham & Higham 2021, the shifted softmax.
    Derived in notebooks/01_logit_table.ipynb; dim in notebooks/03_softmax_dim.ipynb.

    >>> probs = softmax(torch.tensor([3.49, 4.43, -2.25, 2.64]), dim=0)
    >>> [f"{p:.4f}" for p in probs.tolist()]
    ['0.2506', '0.6415', '0.0008', '0.1071']
    """
    return _softmax(_logits("softmax", input, dim, dtype), dim)


def _softmax(logits: Tensor, dim: int) -> Tensor:
    if logits.numel() == 0:
        return logits.clone()
    _, _, exps, winner, rest, rest_of_top = _shift_by_max(_widened(logits), dim)
    return (exps / (1 + rest)).scatter(dim, winner, 1 / (1 + rest_of_top)).to(logits.dtype)


def log_softmax(input: Tensor, dim: int, *, dtype: torch.dtype | None = None) -> Tensor:
    """Return the logarithm of the softmax of `input` along `dim`.

    Parameters
    ----------
    input, dim, dtype : as in `softmax`

    Raises
    ------
    TypeError, IndexError, NotImplementedError : as `softmax`

    Notes
    -----
    Why so: the usual shifted form takes log(1 + rest), where the 1 is the exponential of the
    maximum and `rest` is all the others. When the winner dominates, 1 + rest rounds to 1, and its
    log-probability to 0. So leave the maximum out of the sum, and let `log1p` add it:
    log_softmax([0, −20])[0] is −2.06e-9 here and 0 in torch, and so are its derivatives by its
    own logit, 2.06e-9. The rounding error of the shift is carried along as in `softmax`.

    Accuracy: at most 5 ulp in float32 and float64 for entries at most 87 below the
    largest; 0.51 ulp in float16 and bfloat16.
    Source: Blanchard, Higham & Higham 2021, the shifted log-sum-exp with log1p.
    Derived in notebooks/04_single_label.ipynb.

    >>> [f"{value:.4g}" for value in log_softmax(torch.tensor([0.0, -20.0]), dim=0).tolist()]
    ['-2.061e-09', '-20']
    """
    return _log_softmax(_logits("log_softmax", input, dim, dtype), dim)


def _log_softmax(logits: Tensor, dim: int) -> Tensor:
    if logits.numel() == 0:
        return logits.clone()
    gap, lost, _, winner, rest, rest_of_top = _shift_by_max(_widened(logits), dim)
    log_probs = gap + (lost - torch.log1p(rest))
    return log_probs.scatter(dim, winner, -torch.log1p(rest_of_top)).to(logits.dtype)


def sigmoid(input: Tensor) -> Tensor:
    """Return σ(x) = 1 / (1 + e^−x), element by element.

    Parameters
    ----------
    input : logits of any shape; integers and booleans become torch's default float type

    Raises
    ------
    TypeError : not a tensor
    NotImplementedError : complex

    Notes
    -----
    Why so: z = e^−|x| never overflows, and z/(1 + z) keeps every digit of a tiny
    probability: torch's sigmoid(−100) is 0, the truth 3.7e-44. On the positive side
    1 − z/(1 + z) rounds less than 1/(1 + z), and keeps a slope where σ rounds to 1: torch's
    σ·(1 − σ) is 0 there. |x| is written with `where`, since the derivative of abs at 0 is 0
    and would make σ′(0) 0 instead of 0.25.

    Accuracy: at most 2.5 ulp in float32 and float64, subnormal results included; 0.51 ulp
    in float16 and bfloat16.
    Derived in notebooks/07_logit_sigmoid_roundtrip.ipynb.

    >>> [f"{p:.4g}" for p in sigmoid(torch.tensor([-100.0, 0.0, 3.0])).tolist()]
    ['3.784e-44', '0.5', '0.9526']
    """
    return _sigmoid(_floating("sigmoid", input, promote=True))


def _sigmoid(logits: Tensor) -> Tensor:
    positive, z = _exp_minus_abs(_widened(logits))
    fraction = z / (1 + z)
    return torch.where(positive, 1 - fraction, fraction).to(logits.dtype)


def logsigmoid(input: Tensor) -> Tensor:
    """Return log σ(x) = min(x, 0) − log(1 + e^−|x|), element by element.

    Parameters
    ----------
    input : logits of any shape, floating point

    Raises
    ------
    TypeError : not a tensor
    NotImplementedError : integer or complex

    Notes
    -----
    Why so: log(σ(x)) is −inf once σ(x) rounds to 0 and 0 once it rounds to 1. Here the
    large part, min(x, 0), never meets the logarithm, and `log1p` keeps a z that 1 + z
    would forget.

    Accuracy: at most 1.6 ulp in float32 and float64, subnormal results included; 0.51 ulp
    in float16 and bfloat16.
    Source: Mächler 2012, `log1pexp`. Used by `binary_cross_entropy_with_logits`.
    Derived in notebooks/05_multi_label.ipynb.

    >>> [f"{value:.4g}" for value in logsigmoid(torch.tensor([-100.0, 0.0, 20.0])).tolist()]
    ['-100', '-0.6931', '-2.061e-09']
    """
    return _logsigmoid(_floating("logsigmoid", input))


def _logsigmoid(logits: Tensor) -> Tensor:
    x = _widened(logits)
    positive, z = _exp_minus_abs(x)
    return (torch.where(positive, 0, x) - torch.log1p(z)).to(logits.dtype)


def logit(input: Tensor, eps: float | None = None) -> Tensor:
    """Return log(p / (1 − p)), the inverse of the sigmoid, element by element.

    Outside [0, 1] the result is NaN; at 0 and 1 it is −inf and +inf.

    Parameters
    ----------
    input : probabilities of any shape; integers and booleans become torch's default float type
    eps : number in [0, 0.5], optional
        Clamp the probabilities to [eps, 1 − eps] first, both rounded to their type; where that
        changes them the gradient is 0.

    Raises
    ------
    TypeError : not a tensor, or eps is not a number
    RuntimeError : eps outside [0, 0.5], where torch returns NaN or clamps all to one value
    NotImplementedError : complex

    Notes
    -----
    Why so: p/(1 − p) near 1 has lost the digits that the logarithm then shows. Near
    p = 1/2 the same function is 2·atanh(2p − 1), and 2p − 1 is exact there.

    Accuracy: at most 3 ulp in float32 and float64; 0.51 ulp in float16 and bfloat16.
    No formula recovers what rounding p to 1 has lost: see
    notebooks/07_logit_sigmoid_roundtrip.ipynb.

    >>> [f"{x:.4f}" for x in logit(torch.tensor([0.1, 0.5, 0.9526])).tolist()]
    ['-2.1972', '0.0000', '3.0006']
    """
    probs = _floating("logit", input, promote=True)
    if eps is not None:
        _require(isinstance(eps, int | float), TypeError, f"logit: eps must be a float, not {_kind(eps)}")
        _require(0 <= eps <= 0.5, RuntimeError, f"logit: eps must lie in [0, 0.5], not {eps}")
        probs = probs.clamp(eps, 1 - eps)
    return _logit(probs)


def _logit(probs: Tensor) -> Tensor:
    p = _widened(probs)
    middle = (p - 0.5).abs() <= 0.25
    centred = torch.where(middle, 2 * p - 1, 0)  # 0 elsewhere: atanh'(±1) is inf, and 0 · inf NaN
    return torch.where(middle, 2 * torch.atanh(centred), p.log() - torch.log1p(-p)).to(probs.dtype)


def _shift_by_max(logits: Tensor, dim: int) -> tuple[Tensor, ...]:
    """Return gap, lost, exps, winner, rest, rest_of_top: what softmax and log_softmax are made of.

    `gap` is logits − maximum, as rounded, and `lost` its rounding error; `exps` is e^(gap + lost); `winner` is the
    index of the maximum; `rest` is the sum of all exps but the winner's, which is 1.

    `rest_of_top` is the same number with another derivative. To autograd the maximum is a constant.
    For the other entries the winner's logit moves its own exponential: own.expm1(), which is 0 with
    slope 1. For the winner's entry it shrinks the others: e^−own, which is 1 with slope −1. One
    form would do for both, but then a gradient would be a difference of two numbers close to 1.
    """
    top, winner = logits.max(dim, keepdim=True)
    gap, lost = _two_sum(logits, -top.detach())
    exps = gap.exp()
    exps = exps + exps * lost
    own = top - top.detach()  # 0, or NaN if the maximum is infinite, as in torch
    others = _sum(exps.scatter(dim, winner, 0), dim)
    return gap, lost, exps, winner, others + own.expm1(), others * (-own).exp()


def _two_sum(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Return a + b as rounded, and its rounding error exactly (Knuth, TAOCP 2, section 4.2.2).

    To autograd the error is a constant: the derivative of the sum is exact already.
    """
    total = a + b
    with torch.no_grad():
        back = total - a
        error = (a - (total - back)) + (b - back)
    return total, error.nan_to_num(0.0)  # NaN only where the sum is infinite or NaN


def _sum(terms: Tensor, dim: int) -> Tensor:
    """Return the sum along dim, which stays as size 1: pairwise, with the rounding errors added.

    A plain sum of 1,000 terms can lose 8 ulp, and loses more along dim 0 than along the last.
    """
    pairs, lost = terms.movedim(dim, -1), 0
    while pairs.dim() and pairs.shape[-1] > 1:
        first, second = pad(pairs, (0, pairs.shape[-1] % 2)).chunk(2, -1)
        pairs, error = _two_sum(first, second)
        lost = lost + error.sum(-1, keepdim=True)
    return (pairs + lost).movedim(-1, dim)


def _exp_minus_abs(x: Tensor) -> tuple[Tensor, Tensor]:
    """Return x > 0 and e^−|x|; each branch is smooth at 0, so all derivatives there are right."""
    positive = x > 0
    return positive, torch.where(positive, -x, x).exp()


def _widened(x: Tensor) -> Tensor:
    """Return float16 and bfloat16 as float32, anything else as it is."""
    return x.float() if x.dtype in HALF_TYPES else x


def _autocasting(x: Tensor) -> str | None:
    """Return the device, "cpu" or "cuda" say, whose autocast rules x now; None if there is none, or x is spared."""
    device = x.device.type
    enabled = torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device)
    return device if enabled and x.is_floating_point() and x.dtype != torch.float64 else None


def _require(condition: bool, error: type[Exception], message: str) -> None:
    if not condition:
        raise error(message)


def _kind(value: object) -> str:
    return type(value).__name__


def _tensor(name: str, argument: str, value: object) -> None:
    _require(isinstance(value, Tensor), TypeError, f"{name}: {argument} must be a Tensor, not {_kind(value)}")


def _floating(name: str, input: Tensor, promote: bool = False) -> Tensor:
    """Return the input if floating point; promote=True makes integers floating point too."""
    _tensor(name, "input", input)
    if promote and not input.is_complex() and not input.is_floating_point():
        return input.to(torch.get_default_dtype())
    wanted = "real" if promote else "floating point"
    _require(input.is_floating_point(), NotImplementedError, f"{name}: input must be {wanted}, not {input.dtype}")
    return input


def _logits(name: str, input: Tensor, dim: int, dtype: torch.dtype | None) -> Tensor:
    """Return the input as checked floating-point logits that have the dimension dim."""
    _tensor(name, "input", input)
    integer = isinstance(dim, Integral) and not isinstance(dim, bool)
    _require(integer, TypeError, f"{name}: dim must be an int, not {_kind(dim)}")
    if dtype is not None:
        _require(isinstance(dtype, torch.dtype), TypeError, f"{name}: dtype must be a torch.dtype, not {_kind(dtype)}")
        input = input.to(dtype)
    elif _autocasting(input) not in (None, "cpu"):
        input = input.float()
    logits = _floating(name, input)
    last = max(logits.dim(), 1) - 1
    if not -last - 1 <= dim <= last:
        wanted = f"[{-last - 1}, {last}] for an input with {logits.dim()} dimensions"
        raise IndexError(f"{name}: dim must lie in {wanted}, not {dim}")
    return logits

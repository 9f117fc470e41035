"""How far a float is from the truth, in ulps: the unit, the truth, a comparison, and the table of a whole campaign.

An *ulp* (unit in the last place) of a true value t, in a float type with p bits of precision, is the
gap between neighbouring floats around t: 2^(e − p + 1) for 2^e ≤ |t| < 2^(e + 1), and never less than
the smallest subnormal float. An error of 0.5 ulp is what rounding the truth itself may cost; an error
of 2^24 ulp in float32 is 100 %: a result of 0. (Muller et al., Handbook of Floating-Point Arithmetic,
2nd ed. 2018, section 2.3.2.)

The truth is `exact`: the definition, computed by mpmath with 160 bits. `bench/accuracy.py` measured
`accuracy.csv` with it. Derived in notebooks/90_accuracy.ipynb.
"""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import mpmath
import numpy
import pandas
import torch
import torch.nn.functional as F
from mpmath import mp
from scipy import special
from torch import Tensor

from helpers import functions, losses, naive

TABLE = Path(__file__).with_name("accuracy.csv")
RUNTIMES_TABLE = TABLE.with_name("runtimes.csv")
HALVES = (torch.float16, torch.bfloat16)
BCE = "binary_cross_entropy"
BCE_LOGITS = "binary_cross_entropy_with_logits"

# The largest errors in ulps that the docstrings promise, in float32 and float64; of the binary losses: for targets of
# 0 and 1, and for those between.
BOUNDS = {"sigmoid": 2.5, "logsigmoid": 1.6, "logit": 3.0, "softmax": 12.0, "log_softmax": 5.0, "cross_entropy": 5.0}
BOUNDS |= {BCE: (1.6, 3.0), BCE_LOGITS: (1.6, 3.0)}
HALF_BOUND = 0.51  # in float16 and bfloat16


def bound(function: str, dtype: str, domain: str = "") -> float:
    """Return the largest error in ulps that the helpers promise.

    >>> bound("sigmoid", "float32"), bound("binary_cross_entropy", "float64", "p, a drawn 0 < y < 1")
    (2.5, 3.0)
    """
    if dtype in ("float16", "bfloat16"):
        return HALF_BOUND
    limits = BOUNDS[function]
    if not isinstance(limits, tuple):
        return limits
    sure, between = limits
    return between if "0 < y < 1" in domain else sure


# --- the ulp


def ulp(true: Tensor, dtype: torch.dtype) -> Tensor:
    """Return the gap between neighbouring floats of this dtype around each true value.

    Parameters
    ----------
    true : float64, of any shape
    dtype : a floating-point dtype

    >>> [f"{gap:.4g}" for gap in ulp(torch.tensor([1.0, 1.999, 2.0, 0.0]).double(), torch.float32).tolist()]
    ['1.192e-07', '1.192e-07', '2.384e-07', '1.401e-45']
    """
    if true.dtype != torch.float64:
        raise TypeError(f"true: got {true.dtype}, want torch.float64")
    info = torch.finfo(dtype)
    power_of_two = (true.view(torch.int64) & 0x7FF0000000000000).view(torch.float64)  # the exponent bits
    return (power_of_two * info.eps).clamp(min=info.smallest_normal * info.eps)


def ulp_error(computed: Tensor, true: Tensor) -> Tensor:
    """Return the error of each computed value, in ulps of its dtype; inf for a wrong inf or NaN.

    Parameters
    ----------
    computed : float32 or a half type
    true : float64, the same shape, as if it were exact

    >>> true = torch.tensor([1.0, 1e-9], dtype=torch.float64)
    >>> [round(error, 2) for error in ulp_error(torch.tensor([1 + 2**-23, 0.0]), true).tolist()]
    [1.0, 9007199.25]
    """
    if computed.dtype == torch.float64:
        raise TypeError("computed: got torch.float64, want a narrower type; exact_ulp_error is for float64")
    values = computed.double()
    errors = (values - true).abs() / ulp(true, computed.dtype)
    agree = (values == true) | (values.isnan() & true.isnan())
    return torch.where(agree, 0.0, errors).nan_to_num(nan=torch.inf, posinf=torch.inf)


class Truth(NamedTuple):
    """160-bit numbers as float64 arrays: (high + low) · 2^exponent, with high in [0.5, 1), or 0."""

    high: numpy.ndarray
    low: numpy.ndarray
    exponent: numpy.ndarray

    @classmethod
    def of(cls, values: Iterable[mpmath.mpf]) -> "Truth":
        """Return these numbers, ±inf included, as a Truth."""
        parts = []
        with mp.workprec(160):
            for value in values:
                finite = mpmath.isfinite(value)
                mantissa, exponent = mpmath.frexp(value) if finite else (value, 0)
                high = float(mantissa)
                parts.append((high, float(mantissa - high) if finite else 0.0, int(exponent)))
        return cls(*(numpy.array(part) for part in zip(*parts, strict=True)))

    def __getitem__(self, index) -> "Truth":
        return Truth(*(part[index] for part in self._asdict().values()))


def exact_ulp_error(computed: Tensor, true: Truth) -> Tensor:
    """Return the error of each computed value against 160-bit truths, in ulps of its dtype.

    Parameters
    ----------
    computed : of any floating-point dtype and shape
    true : as many, in the same order

    >>> true = Truth.of([exact("sigmoid", -100.0)])
    >>> [round(error, 4) for error in exact_ulp_error(torch.tensor([0.0]), true).tolist()]
    [26.5473]
    """
    info = torch.finfo(computed.dtype)
    # Where both are infinite, inf − inf is no error; a value 1e308 times too large may overflow, and so may an ulp.
    with numpy.errstate(invalid="ignore", over="ignore"):
        smallest = numpy.ldexp(info.smallest_normal * info.eps, -true.exponent)
        values = numpy.ldexp(computed.double().flatten().numpy(), -true.exponent)
        gap = numpy.where(true.high == 0, smallest, numpy.maximum(info.eps / 2, smallest))
        errors = numpy.abs((values - true.high) - true.low) / gap
    errors = numpy.where(values == true.high, numpy.where(numpy.isinf(values), 0.0, errors), errors)
    return torch.from_numpy(numpy.nan_to_num(errors, nan=numpy.inf, posinf=numpy.inf))


# --- the truth


def exact(function: str, *args: float) -> mpmath.mpf | list[mpmath.mpf]:
    """Return the function's value to 160 bits, by its definition.

    Parameters
    ----------
    function : one of `EXACT`
    *args : as the function takes them, as numbers
        x for sigmoid and logsigmoid, p for logit, (x, y) or (p, y) for the binary losses, a list of logits for softmax
        and log_softmax (which return a list), a list and a class index for cross_entropy.

    >>> print(mpmath.nstr(exact("sigmoid", -100.0), 8))
    3.720076e-44
    >>> print(mpmath.nstr(exact("log_softmax", [0.0, -20.0])[0], 8))
    -2.0611536e-9
    """
    with mp.workprec(160):
        return EXACT[function](*args)


def _softplus(x: float) -> mpmath.mpf:
    return max(x, mpmath.mpf(0)) + mpmath.log1p(mpmath.exp(-abs(mpmath.mpf(x))))


def _exact_row(logits: list[float], log: bool) -> list[mpmath.mpf]:
    """Return softmax or its log; log1p and the maximum left out, or 160 bits would not be enough."""
    gaps = [mpmath.mpf(x) - mpmath.mpf(max(logits)) for x in logits]
    exps = [mpmath.exp(gap) for gap in gaps]
    rest = mpmath.fsum(sorted(exps)[:-1])
    if log:
        log_sum = mpmath.log1p(rest)
        return [gap - log_sum for gap in gaps]
    return [e / (1 + rest) for e in exps]


def _times(factor: float, log: Callable, argument: float) -> mpmath.mpf:
    return factor * log(argument) if factor else mpmath.mpf(0)


EXACT = {
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-mpmath.mpf(x))),
    "logsigmoid": lambda x: -_softplus(-x),
    "logit": lambda p: mpmath.log(p) - mpmath.log1p(-mpmath.mpf(p)),
    BCE_LOGITS: lambda x, y: y * _softplus(-x) + (1 - mpmath.mpf(y)) * _softplus(x),
    BCE: lambda p, y: -_times(y, mpmath.log, p) - _times(1 - mpmath.mpf(y), mpmath.log1p, -mpmath.mpf(p)),
    "softmax": partial(_exact_row, log=False),
    "log_softmax": partial(_exact_row, log=True),
    "cross_entropy": lambda logits, target: -_exact_row(logits, log=True)[target],
}


def fast_elementwise(x: Tensor) -> dict[str, Tensor]:
    """Return float64 values of sigmoid, softplus(x) and softplus(−x), to 1e-15, for float64 logits."""
    z = torch.exp(-x.abs())
    log_term = torch.log1p(z)
    return {
        "sigmoid": torch.where(x > 0, 1, z) / (1 + z),
        "softplus": log_term + x.clamp(min=0),
        "softplus of −x": log_term + (-x).clamp(min=0),
    }


# --- the comparison


def _scipy(function: Callable) -> Callable[..., Tensor]:
    def call(values: Tensor, dim: int | None = None) -> Tensor:
        axis = {} if dim is None else {"axis": dim}
        return torch.from_numpy(numpy.asarray(function(values.numpy(), **axis)))

    return call


def _unreduced(name: str) -> dict[str, Callable]:
    modules = {"helpers": losses, "torch": F, "naive": naive}
    return {whose: partial(getattr(module, name), reduction="none") for whose, module in modules.items()}


def _beside(name: str, of_torch: Callable, of_scipy: Callable) -> dict[str, Callable]:
    ours, textbook = getattr(functions, name), getattr(naive, name)
    return {"helpers": ours, "torch": of_torch, "scipy": _scipy(of_scipy), "naive": textbook}


IMPLEMENTATIONS = {
    "sigmoid": _beside("sigmoid", torch.sigmoid, special.expit),
    "logsigmoid": _beside("logsigmoid", F.logsigmoid, special.log_expit),
    "logit": _beside("logit", torch.logit, special.logit),
    "softmax": _beside("softmax", torch.softmax, special.softmax),
    "log_softmax": _beside("log_softmax", torch.log_softmax, special.log_softmax),
    **{name: _unreduced(name) for name in ("cross_entropy", BCE, BCE_LOGITS)},
}


def implementations(function: str, dtype: torch.dtype) -> dict[str, Callable]:
    """Return who offers the function in this dtype: SciPy has no half types."""
    found = IMPLEMENTATIONS[function]
    return {name: compute for name, compute in found.items() if name != "scipy" or dtype not in HALVES}


def compare(function: str, *args: float, dtype: torch.dtype = torch.float32, entry: int = 0) -> pandas.DataFrame:
    """Return each implementation's value at one point, its error in ulps, and relative to the truth.

    Numbers are rounded to the dtype first, and the truth is that of the rounded ones. A relative error is 1 for NaN,
    and for any value that misses a truth of 0 or ±inf.

    Parameters
    ----------
    function, *args : as for `exact`
    dtype : a floating-point dtype
    entry : which entry of the row, for softmax and log_softmax

    >>> compare("sigmoid", -100.0)["value"].map("{:.4g}".format).to_dict()
    {'helpers': '3.784e-44', 'torch': '0', 'scipy': '0', 'naive': '0'}
    """
    first = torch.tensor(args[0], dtype=dtype)
    if function == "cross_entropy":
        inputs, given = (first[None], torch.tensor([args[1]])), (first.tolist(), args[1])
    elif first.dim():
        inputs, given = (first, 0), (first.tolist(),)
    else:
        inputs = tuple(torch.tensor([arg], dtype=dtype) for arg in args)
        given = tuple(value.item() for value in inputs)
    true = exact(function, *given)
    true = true[entry] if isinstance(true, list) else true
    found = {}
    for name, compute in implementations(function, dtype).items():
        computed = compute(*inputs).flatten()[entry]
        value, ulps = computed.item(), exact_ulp_error(computed[None], Truth.of([true])).item()
        missed = not true or mpmath.isinf(true) or value != value
        relative = float(value != true) if missed else float(abs((value - true) / true))
        found[name] = (value, ulps, relative)
    return pandas.DataFrame.from_dict(found, orient="index", columns=["value", "ulps", "relative error"])


# --- the table


def stored_table() -> pandas.DataFrame:
    """Return the table of the last full campaign, kept in accuracy.csv."""
    return pandas.read_csv(TABLE, comment="#")


def stored_runtimes() -> pandas.DataFrame:
    """Return what other runtimes make of the same numbers, a row each, as `make runtimes` last measured it."""
    return pandas.read_csv(RUNTIMES_TABLE, comment="#", index_col="runtime", keep_default_na=False)


def stored_versions(table: Path | None = None) -> dict[str, str]:
    """Return when, and with which versions and formulas, the stored table (or another one) was measured."""
    lines = [line for line in (table or TABLE).read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    return dict(line.lstrip("# ").split(": ", 1) for line in lines)


def side_by_side(table: pandas.DataFrame) -> pandas.DataFrame:
    """Return the largest errors with one column an implementation, and the bound that the helpers promise."""
    errors = table[table["max_ulp"].notna()]
    index = ["function", "dtype", "domain"]
    wide = errors.pivot(index=index, columns="implementation", values="max_ulp")
    wide = wide.reindex(columns=["helpers", "torch", "scipy", "naive"])
    ours = errors[errors["implementation"] == "helpers"].set_index(index)
    return wide.assign(bound=ours["bound"], points=ours["points"]).loc[list(dict.fromkeys(ours.index))]


def crossed(table: pandas.DataFrame) -> pandas.DataFrame:
    """Return the rows in which the helpers exceed their bound: none, if all is well."""
    return table[table["max_ulp"] > table["bound"]]  # where there is no bound it is NaN, and this False

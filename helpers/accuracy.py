"""How accurate the helpers are, beside torch, SciPy and the textbook: measured, in ulps.

An *ulp* (unit in the last place) of a true value t, in a float type with p bits of precision, is the
gap between neighbouring floats around t: 2^(e − p + 1) for 2^e ≤ |t| < 2^(e + 1), and never less than
the smallest subnormal float. An error of 0.5 ulp is what rounding the truth itself may cost; an error
of 2^24 ulp in float32 is 100 %: a result of 0. (Muller et al., Handbook of Floating-Point Arithmetic,
2nd ed. 2018, section 2.3.2.)

The truth is `exact`: the definition, computed by mpmath with 160 bits. Over all 2.3 thousand million
float32 values below 1024 that would take days, so float32 and half types are held against the
same functions in float64, in forms that don't cancel. Their own relative error, at most 1e-13 (rows of
1,000) and 1e-15 (elementwise), is below 2e-6 of a float32 ulp; `tests/test_accuracy.py` checks
that against `exact`. float64 results are held against `exact` itself.

    python -m helpers.accuracy             the whole campaign; writes helpers/accuracy.csv
    python -m helpers.accuracy --sample    the same on a small sample; prints, writes nothing

The campaign runs in parts, and each finished part is kept in the folder `.accuracy`. Stop it whenever
you like; the same command goes on where it stopped, unless a formula, torch or the CPU level has changed.
"""

import argparse
import hashlib
import json
import platform
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

import mpmath
import numpy
import pandas
import scipy
import torch
import torch.nn.functional as F
from mpmath import mp
from scipy import special
from torch import Tensor

from helpers import functions, losses, naive

TABLE = Path(__file__).with_name("accuracy.csv")
STATE = Path(__file__).parent.parent / ".accuracy" / "state.json"
HALVES = (torch.float16, torch.bfloat16)
BCE = "binary_cross_entropy"
BCE_LOGITS = "binary_cross_entropy_with_logits"
DTYPES = ("float32", "float64", "float16", "bfloat16")
ROW_SIZES = (1, 2, 3, 5, 10, 33, 100, 1000)
ROW_KINDS = ("random", "dominated", "offset by 1e4", "all equal", "masked by -inf")
TAIL = 87.0  # rows reach at most this far below their maximum: e^−87 is still a normal float32

BOUNDS = {"sigmoid": 2.5, "logsigmoid": 1.6, "logit": 3.0, "softmax": 12.0, "log_softmax": 5.0, "cross_entropy": 5.0}
HARD_BOUND, SOFT_BOUND = 1.6, 3.0  # binary cross-entropy: targets 0 and 1, and between
HALF_BOUND = 0.51

# --- the ulp


def ulp(true: Tensor, dtype: torch.dtype) -> Tensor:
    """Return the gap between neighbouring floats of this dtype around each true value.

    true: float64, of any shape.

    >>> [f"{gap:.4g}" for gap in ulp(torch.tensor([1.0, 1.999, 2.0, 0.0]).double(), torch.float32).tolist()]
    ['1.192e-07', '1.192e-07', '2.384e-07', '1.401e-45']
    """
    info = torch.finfo(dtype)
    power_of_two = (true.view(torch.int64) & 0x7FF0000000000000).view(torch.float64)  # the exponent bits
    return (power_of_two * info.eps).clamp(min=info.smallest_normal * info.eps)


def ulp_error(computed: Tensor, true: Tensor) -> Tensor:
    """Return the error of each computed value, in ulps of its dtype; inf for a wrong inf or NaN.

    computed: float32 or a half type. true: float64, the same shape, as if it were exact.

    >>> true = torch.tensor([1.0, 1e-9], dtype=torch.float64)
    >>> [round(error, 2) for error in ulp_error(torch.tensor([1 + 2**-23, 0.0]), true).tolist()]
    [1.0, 9007199.25]
    """
    values = computed.double()
    errors = (values - true).abs() / ulp(true, computed.dtype)
    agree = (values == true) | (values.isnan() & true.isnan())
    return torch.where(agree, 0.0, errors).nan_to_num(nan=torch.inf, posinf=torch.inf)


class Truth(NamedTuple):
    """160-bit numbers as float64 arrays: (high + low) · 2^exponent, with high in [0.5, 1)."""

    high: numpy.ndarray
    low: numpy.ndarray
    exponent: numpy.ndarray

    @classmethod
    def of(cls, values: Iterable[mpmath.mpf]) -> "Truth":
        """Return these numbers, ±inf included, as a Truth."""
        parts = []
        with mp.workprec(160):
            for value in values:
                finite = mpmath.isfinite(value) and value != 0
                mantissa, exponent = mpmath.frexp(value) if finite else (value, 0 if value else -1100)
                high = float(mantissa)
                parts.append((high, float(mantissa - high) if finite else 0.0, int(exponent)))
        return cls(*(numpy.array(part) for part in zip(*parts, strict=True)))

    def __getitem__(self, index) -> "Truth":
        return Truth(*(part[index] for part in self._asdict().values()))


def exact_ulp_error(computed: Tensor, true: Truth) -> Tensor:
    """Return the error of each computed value against 160-bit truths, in ulps of its dtype.

    computed: of any floating-point dtype and shape; true: as many, in the same order.

    >>> true = Truth.of([exact("sigmoid", -100.0)])
    >>> [round(error, 4) for error in exact_ulp_error(torch.tensor([0.0]), true).tolist()]
    [26.5473]
    """
    info = torch.finfo(computed.dtype)
    # Where both are infinite, inf − inf is no error; a value 1e308 times too large may overflow, and so may an ulp.
    with numpy.errstate(invalid="ignore", over="ignore"):
        smallest = numpy.ldexp(info.smallest_normal * info.eps, -true.exponent)
        values = numpy.ldexp(computed.double().flatten().numpy(), -true.exponent)
        errors = numpy.abs((values - true.high) - true.low) / numpy.maximum(info.eps / 2, smallest)
    errors = numpy.where(values == true.high, numpy.where(numpy.isinf(values), 0.0, errors), errors)
    return torch.from_numpy(numpy.nan_to_num(errors, nan=numpy.inf, posinf=numpy.inf))


# --- the truth


def exact(function: str, *args: float) -> mpmath.mpf | list[mpmath.mpf]:
    """Return the function's value to 160 bits, by its definition.

    args: as the function takes them, as numbers: x for sigmoid and logsigmoid, p for logit, (x, y) or
    (p, y) for the binary losses, a list of logits for softmax and log_softmax (which return a list),
    a list and a class index for cross_entropy.

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


def _times(factor: float, log: Callable, argument: float) -> mpmath.mpf:
    return factor * log(argument) if factor else mpmath.mpf(0)


def fast_elementwise(x: Tensor) -> dict[str, Tensor]:
    """Return float64 values of sigmoid, softplus(x) and softplus(−x), to 1e-15, for float64 logits."""
    z = torch.exp(-x.abs())
    log_term = torch.log1p(z)
    return {
        "sigmoid": torch.where(x > 0, 1, z) / (1 + z),
        "softplus": log_term + x.clamp(min=0),
        "softplus of −x": log_term + (-x).clamp(min=0),
    }


def fast_logit(p: Tensor) -> Tensor:
    """Return logit to 1e-15 for float64 values with at most 24 significant bits, where 1 − 2p is exact."""
    return torch.where((p - 0.5).abs() < 0.3, -2 * torch.atanh(1 - 2 * p), p.log() - torch.log1p(-p))


def fast_rows(logits: Tensor) -> dict[str, Tensor]:
    """Return float64 values of softmax, log_softmax and its negative along the last dim, to 1e-13, for float64 rows."""
    top, winner = logits.max(-1, keepdim=True)
    exps = (logits - top).exp()
    rest = exps.scatter(-1, winner, 0.0).sum(-1, keepdim=True)
    log_probs = (logits - top) - torch.log1p(rest)
    return {"softmax": exps / (1 + rest), "log_softmax": log_probs, "cross_entropy": -log_probs}


# --- what is measured


def _by_scipy(function: Callable) -> Callable[..., Tensor]:
    return lambda values, **options: torch.from_numpy(numpy.asarray(function(values.numpy(), **options)))


def _scipy_rows(function: Callable) -> Callable[..., Tensor]:
    return lambda values, dim: _by_scipy(function)(values, axis=dim)


def _unreduced(loss: Callable) -> Callable[..., Tensor]:
    return partial(loss, reduction="none")


IMPLEMENTATIONS = {
    "sigmoid": {
        "helpers": functions.sigmoid,
        "torch": torch.sigmoid,
        "scipy": _by_scipy(special.expit),
        "naive": naive.sigmoid,
    },
    "logsigmoid": {
        "helpers": functions.logsigmoid,
        "torch": F.logsigmoid,
        "scipy": _by_scipy(special.log_expit),
        "naive": naive.logsigmoid,
    },
    "logit": {
        "helpers": functions.logit,
        "torch": torch.logit,
        "scipy": _by_scipy(special.logit),
        "naive": naive.logit,
    },
    "softmax": {
        "helpers": functions.softmax,
        "torch": torch.softmax,
        "scipy": _scipy_rows(special.softmax),
        "naive": naive.softmax,
    },
    "log_softmax": {
        "helpers": functions.log_softmax,
        "torch": torch.log_softmax,
        "scipy": _scipy_rows(special.log_softmax),
        "naive": naive.log_softmax,
    },
    "cross_entropy": {
        "helpers": _unreduced(losses.cross_entropy),
        "torch": _unreduced(F.cross_entropy),
        "naive": _unreduced(naive.cross_entropy),
    },
    BCE: {
        "helpers": _unreduced(losses.binary_cross_entropy),
        "torch": _unreduced(F.binary_cross_entropy),
        "naive": _unreduced(naive.binary_cross_entropy),
    },
    BCE_LOGITS: {
        "helpers": _unreduced(losses.binary_cross_entropy_with_logits),
        "torch": _unreduced(F.binary_cross_entropy_with_logits),
        "naive": _unreduced(naive.binary_cross_entropy_with_logits),
    },
}


def bound(function: str, dtype: str, domain: str) -> float:
    """Return the largest error in ulps that the helpers promise.

    >>> bound("sigmoid", "float32", ""), bound("sigmoid", "float16", "")
    (2.5, 0.51)
    """
    if dtype in ("float16", "bfloat16"):
        return HALF_BOUND
    return BOUNDS.get(function) or (SOFT_BOUND if "0 < y < 1" in domain else HARD_BOUND)


class Tally:
    """The largest error met so far, or a ratio of times, by (function, implementation, dtype, domain)."""

    def __init__(self, rows: list | None = None):
        self.rows = {tuple(key): found for key, found in rows or []}  # (points, largest error, where, ratio)

    def add(self, key: tuple, errors: Tensor, where: Callable[[int], str]) -> None:
        """Count these errors; where(i) says at what point error i was met."""
        if errors.numel():
            worst, index = errors.flatten().max(0)
            self._keep(key, errors.numel(), worst.item(), lambda: where(index.item()))

    def add_ratio(self, key: tuple, runs: int, ratio: float) -> None:
        """Note how many times longer the helpers take than torch, measured in so many runs."""
        self.rows[key] = (runs, None, "", ratio)

    def merge(self, other: "Tally") -> None:
        for key, (points, worst, where, ratio) in other.rows.items():
            if ratio is None:
                self._keep(key, points, worst, lambda where=where: where)
            else:
                self.add_ratio(key, points, ratio)

    def _keep(self, key, points, worst, where) -> None:
        before, largest, place, _ = self.rows.get(key, (0, -1.0, "", None))
        if worst > largest:
            largest, place = worst, where()
        self.rows[key] = (before + points, largest, place, None)

    def table(self) -> pandas.DataFrame:
        """Return the tally as a table: one row a function, implementation, dtype and domain."""
        rows = []
        for (function, implementation, dtype, domain), (points, worst, where, ratio) in self.rows.items():
            limit = bound(function, dtype, domain) if implementation == "helpers" else None
            rows.append((function, implementation, dtype, domain, points, worst, where, limit, ratio))
        rows.sort(key=lambda row: (row[-1] is not None, list(IMPLEMENTATIONS).index(row[0]), DTYPES.index(row[2])))
        return pandas.DataFrame(rows, columns=COLUMNS)


COLUMNS = ["function", "implementation", "dtype", "domain", "points", "max_ulp", "where", "bound", "time_ratio"]

# --- the domains


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def every_float32(field: int, step: int = 1, chunk: int = 1 << 16) -> Iterator[Tensor]:
    """Yield the float32 values with this exponent field (2^(field − 127) and up; 0: subnormal), of both signs."""
    for start in range(field << 23, (field + 1) << 23, chunk * step):
        bits = numpy.arange(start, min(start + chunk * step, (field + 1) << 23), step, dtype=numpy.int32)
        values = torch.from_numpy(bits.view(numpy.float32))
        yield values
        yield -values


def draw_targets(size: int, generator: torch.Generator, dtype: torch.dtype) -> Tensor:
    """Return targets between 0 and 1: a third uniform, a third close to 0, a third close to 1."""
    uniform = torch.rand(size, generator=generator, dtype=torch.float64) * 0.999998 + 1e-6
    tiny = torch.exp2(-20 * uniform)
    kind = torch.arange(size) % 3
    return torch.where(kind == 0, uniform, torch.where(kind == 1, tiny, 1 - tiny)).to(dtype)


def draw_rows(kind: str, count: int, size: int, generator: torch.Generator, dtype: torch.dtype) -> Tensor:
    """Return rows of logits (count, size) of one of ROW_KINDS, no entry more than TAIL below its row's maximum."""

    def uniform(columns, low, high):
        return low + (high - low) * torch.rand((count, columns), generator=generator, dtype=torch.float64)

    def spread(low, high):  # normal logits, each row at its own scale 10^low … 10^high
        normal = torch.randn((count, size), generator=generator, dtype=torch.float64)
        return normal * 10 ** uniform(1, low, high)

    if kind == "random":
        rows = spread(-6, 3)
    elif kind == "dominated":
        rows = -uniform(1, 0, TAIL) + spread(-4, 1) * (uniform(1, 0, 1) > 0.3)  # some tails are constant
        rows[:, 0] = rows.amax(1).clamp(min=0) + uniform(1, 0, 5)[:, 0]
    elif kind == "offset by 1e4":  # up or down
        rows = spread(-2, 1.5) + 1e4 * uniform(1, -1, 1).sign()
    elif kind == "all equal":
        rows = (uniform(1, -1, 1) * 10 ** uniform(1, -3, 3)).expand(count, size)
    else:
        rows = spread(-2, 1.5)
        rows = torch.where(uniform(size, 0, 1) < 0.3, -torch.inf, rows)
        rows[:, 0] = uniform(1, -1, 1)[:, 0]
    rows = rows.to(dtype)
    lowest = rows.amax(1, keepdim=True).double() - TAIL
    rounded = lowest.to(dtype)
    rounded = torch.where(
        rounded.double() < lowest, torch.nextafter(rounded, torch.full_like(rounded, torch.inf)), rounded
    )
    return torch.where(rows.isneginf(), rows, torch.maximum(rows, rounded))


# --- the parts of the campaign


def measure_logits(tally: Tally, values: Tensor, domain: str, generator: torch.Generator) -> None:
    """Tally sigmoid, logsigmoid and binary cross-entropy with logits of float32 or half-type values."""
    x, true = values, fast_elementwise(values.double())
    _tally_all(tally, "sigmoid", (x,), true["sigmoid"], domain)
    _tally_all(tally, "logsigmoid", (x,), -true["softplus of −x"], domain)
    soft = draw_targets(x.numel(), generator, x.dtype)
    soft = soft.clamp(torch.finfo(x.dtype).eps, 1 - torch.finfo(x.dtype).eps)
    for name, y in (("y = 0", torch.zeros_like(x)), ("y = 1", torch.ones_like(x)), ("a drawn 0 < y < 1", soft)):
        wide = y.double()
        expected = wide * true["softplus of −x"] + (1 - wide) * true["softplus"]
        _tally_all(tally, BCE_LOGITS, (x, y), expected, f"{domain}, {name}")


def measure_probs(tally: Tally, probs: Tensor, domain: str, generator: torch.Generator) -> None:
    """Tally logit and binary cross-entropy of float32 or half-type probabilities in (0, 1)."""
    p = probs.double()
    _tally_all(tally, "logit", (probs,), fast_logit(p), domain)
    soft = draw_targets(p.numel(), generator, probs.dtype)
    soft = soft.clamp(torch.finfo(probs.dtype).eps, 1 - torch.finfo(probs.dtype).eps)
    for name, y in (("y = 0", torch.zeros_like(probs)), ("y = 1", torch.ones_like(probs)), ("a drawn 0 < y < 1", soft)):
        expected = -(y.double() * p.log() + (1 - y.double()) * torch.log1p(-p))
        _tally_all(tally, BCE, (probs, y), expected, f"{domain}, {name}")


def _tally_all(tally: Tally, function: str, args: tuple, true: Tensor, domain: str) -> None:
    def where(index):
        return ", ".join(f"{name} = {arg[index].item():.9g}" for name, arg in zip(names, args, strict=False))

    names = "py" if function in (BCE, "logit") else "xy"
    for implementation, compute in IMPLEMENTATIONS[function].items():
        if implementation != "scipy" or args[0].dtype not in HALVES:
            key = (function, implementation, _name(args[0].dtype), domain)
            tally.add(key, ulp_error(compute(*args), true), where)


def sweep_logits(tally: Tally, field: int, step: int = 1) -> None:
    """Tally the functions of logits over the float32 values with one exponent field."""
    generator = torch.Generator().manual_seed(field)
    domain = "all |x| < 1024" if step == 1 else "|x| < 1024"
    for values in every_float32(field, step):
        measure_logits(tally, values, domain, generator)


def sweep_probs(tally: Tally, field: int, step: int = 1) -> None:
    """Tally the functions of probabilities over the float32 values in (0, 1) with one exponent field."""
    generator = torch.Generator().manual_seed(field)
    domain = "all p in [2^-40, 1)" if step == 1 else "p in [2^-40, 1)"
    for values in every_float32(field, step):
        if values[0] > 0:
            measure_probs(tally, values, domain, generator)


def every_half(tally: Tally, dtype: torch.dtype) -> None:
    """Tally the elementwise functions over all finite values of a half type (probabilities: those in (0, 1))."""
    generator = torch.Generator().manual_seed(16)
    values = torch.arange(-(1 << 15), 1 << 15).to(torch.int16).view(dtype)
    values = values[values.isfinite()]
    measure_logits(tally, values, "all finite x", generator)
    measure_probs(tally, values[(values > 0) & (values < 1)], "all p in (0, 1)", generator)


def measure_rows(tally: Tally, kind: str, dtype: torch.dtype, logits: int) -> None:
    """Tally softmax, log_softmax and cross_entropy over rows of one kind, about this many logits a row size."""
    generator = torch.Generator().manual_seed(ROW_KINDS.index(kind))
    for size in ROW_SIZES:
        for start in range(0, max(logits // size, 4), 1 << 12):
            count = min(1 << 12, max(logits // size, 4) - start)
            rows = draw_rows(kind, count, size, generator, dtype)
            targets = torch.randint(size, (count,), generator=generator)
            _tally_rows(tally, rows, targets, f"rows, {kind}")


def _tally_rows(tally: Tally, rows: Tensor, targets: Tensor, domain: str) -> None:
    exactly = rows.dtype == torch.float64
    true, error = (_exact_rows(rows), exact_ulp_error) if exactly else (fast_rows(rows.double()), ulp_error)
    for function in ("softmax", "log_softmax"):
        for implementation, compute in IMPLEMENTATIONS[function].items():
            if implementation == "scipy" and rows.dtype in HALVES:
                continue
            key = (function, implementation, _name(rows.dtype), domain)
            for dim in (1, 0):  # along the rows, and the same rows standing in the columns
                computed = compute(rows, 1) if dim else compute(rows.T.contiguous(), 0).T.contiguous()
                place = partial(_place, rows, dim)
                tally.add(key, error(computed, true[function]), place)
    picked = torch.arange(len(rows)) * rows.shape[1] + targets
    expected = true["cross_entropy"][picked.numpy()] if exactly else true["cross_entropy"].flatten()[picked]
    for implementation, compute in IMPLEMENTATIONS["cross_entropy"].items():
        key = ("cross_entropy", implementation, _name(rows.dtype), domain)
        errors = error(compute(rows, targets), expected)
        tally.add(key, errors, lambda i: _place(rows, 1, picked[i].item()))


def _place(rows: Tensor, dim: int, index: int) -> str:
    row, entry = divmod(index, rows.shape[1])
    x, top = rows[row, entry].item(), rows[row].max().item()
    return f"x = {x:.9g} in a row of {rows.shape[1]} with maximum {top:.9g}, dim {dim}"


def _exact_rows(rows: Tensor) -> dict[str, Truth]:
    """Return what `fast_rows` returns, to 160 bits, flattened."""
    lists = rows.tolist()
    log_softmax = Truth.of(value for row in lists for value in exact("log_softmax", row))
    return {
        "softmax": Truth.of(value for row in lists for value in exact("softmax", row)),
        "log_softmax": log_softmax,
        "cross_entropy": Truth(-log_softmax.high, -log_softmax.low, log_softmax.exponent),
    }


def sample_float64(tally: Tally, exponent: int, count: int) -> None:
    """Tally the elementwise functions in float64, at count points with 2^exponent ≤ |x| < 2^(exponent + 1)."""
    generator = torch.Generator().manual_seed(1000 + exponent)
    x = torch.ldexp(1 + torch.rand(count, generator=generator, dtype=torch.float64), torch.tensor(exponent))
    x = torch.where(torch.arange(count) % 2 == 0, x, -x)
    y = draw_targets(count, generator, torch.float64)
    zeros, ones = torch.zeros_like(x), torch.ones_like(x)
    domain = "dense sample, |x| < 1024"
    cases = [("sigmoid", (x,), ""), ("logsigmoid", (x,), "")]
    cases += [
        (BCE_LOGITS, (x, zeros), ", y = 0"),
        (BCE_LOGITS, (x, ones), ", y = 1"),
        (BCE_LOGITS, (x, y), ", a drawn 0 < y < 1"),
    ]
    if exponent < 0:
        p = torch.where(x > 0, x, 1 + x)
        domain_p = "dense sample, 0 < p < 1"
        _tally_exactly(tally, "logit", (p,), domain_p)
        for targets, name in ((zeros, "y = 0"), (ones, "y = 1"), (y, "a drawn 0 < y < 1")):
            _tally_exactly(tally, BCE, (p, targets), f"{domain_p}, {name}")
    for function, args, name in cases:
        _tally_exactly(tally, function, args, domain + name)


def _tally_exactly(tally: Tally, function: str, args: tuple, domain: str) -> None:
    def where(index):
        return ", ".join(f"{name} = {arg[index].item():.17g}" for name, arg in zip(names, args, strict=False))

    names = "py" if function in (BCE, "logit") else "xy"
    points = zip(*(arg.tolist() for arg in args), strict=True)
    true = Truth.of(exact(function, *point) for point in points)
    for implementation, compute in IMPLEMENTATIONS[function].items():
        key = (function, implementation, "float64", domain)
        tally.add(key, exact_ulp_error(compute(*args), true), where)


def measure_speed(tally: Tally, shape: tuple[int, ...], rounds: int) -> None:
    """Tally how much longer the helpers take than torch, forward and with backward: medians of rounds taken in turn."""
    values = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    hot = (values > 0).float()
    classes = torch.zeros(shape[:-1], dtype=torch.int64)
    options = {"softmax": (-1,), "log_softmax": (-1,), "cross_entropy": (classes,), BCE_LOGITS: (hot,)}
    for function in ("softmax", "log_softmax", "sigmoid", "logsigmoid", "cross_entropy", BCE_LOGITS):
        for direction in ("forward", "forward and backward"):
            times = {"helpers": [], "torch": []}
            for _ in range(rounds):
                for implementation, seconds in times.items():
                    compute = IMPLEMENTATIONS[function][implementation]
                    leaf = values.clone().requires_grad_(direction != "forward")
                    start = time.perf_counter()
                    result = compute(leaf, *options.get(function, ()))
                    if direction != "forward":
                        result.sum().backward()
                    seconds.append(time.perf_counter() - start)
            key = (function, "helpers : torch", "float32", f"time, shape {shape}, {direction}")
            tally.add_ratio(key, rounds, median(times["helpers"]) / median(times["torch"]))


def campaign(sample: bool) -> dict[str, Callable[[Tally], None]]:
    """Return the parts of the campaign by name; each adds what it measures to a Tally."""
    step, logits, count = (997, 2_000, 20) if sample else (1, 4_000_000, 6_000)
    parts: dict[str, Callable[[Tally], None]] = {}
    for field in range(137):  # 2^(136 − 127 + 1) = 1024
        stride = step * 16 if sample and field < 87 else step  # below 2^−40 little happens
        parts[f"float32 logits, exponent {field - 127}"] = partial(sweep_logits, field=field, step=stride)
    for field in range(87, 127):  # 2^−40 … 1
        parts[f"float32 probabilities, exponent {field - 127}"] = partial(sweep_probs, field=field, step=step)
    for dtype in HALVES:
        parts[f"every {_name(dtype)}"] = partial(every_half, dtype=dtype)
    for kind in ROW_KINDS:
        for dtype, number in (
            (torch.float32, logits),
            *((half, logits // 4) for half in HALVES),
            (torch.float64, logits // 160),
        ):
            parts[f"{_name(dtype)} rows, {kind}"] = partial(measure_rows, kind=kind, dtype=dtype, logits=number)
    for exponent in range(-40, 10):
        parts[f"float64, exponent {exponent}"] = partial(sample_float64, exponent=exponent, count=count)
    if not sample:
        for shape, rounds in (((1,), 2000), ((10, 5), 2000), ((1024, 1000), 40)):
            parts[f"time, shape {shape}"] = partial(measure_speed, shape=shape, rounds=rounds)
    return parts


# --- what the tests, the notebook and the command line call


def measure_sample(select: str = "") -> pandas.DataFrame:
    """Measure a small sample of every domain (about 10 s), without speed, and return the table.

    select: only the parts of `campaign` whose name contains this, "float32 rows" say.
    """
    tally = Tally()
    for name, part in campaign(sample=True).items():
        if select in name:
            part(tally)
    return tally.table()


def stored_table() -> pandas.DataFrame:
    """Return the table of the last full campaign, kept in accuracy.csv."""
    return pandas.read_csv(TABLE, comment="#")


def stored_versions() -> dict[str, str]:
    """Return when, and with which versions, the stored table was measured."""
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    return dict(line.lstrip("# ").split(": ", 1) for line in lines)


def side_by_side(table: pandas.DataFrame) -> pandas.DataFrame:
    """Return the largest errors with one column an implementation, and the bound that the helpers promise."""
    errors = table[table["max_ulp"].notna()]
    index = ["function", "dtype", "domain"]
    wide = errors.pivot(index=index, columns="implementation", values="max_ulp")
    wide = wide.reindex(columns=["helpers", "torch", "scipy", "naive"])
    ours = errors[errors["implementation"] == "helpers"].set_index(index)
    return wide.assign(bound=ours["bound"], points=ours["points"]).loc[list(dict.fromkeys(ours.index))]


def speed(table: pandas.DataFrame) -> pandas.DataFrame:
    """Return how many times longer the helpers take than torch: a row a function, a column a shape and direction."""
    times = table[table["time_ratio"].notna()]
    wide = times.pivot(index="function", columns="domain", values="time_ratio")
    return wide.loc[list(dict.fromkeys(times["function"])), list(dict.fromkeys(times["domain"]))]


def crossed(table: pandas.DataFrame) -> pandas.DataFrame:
    """Return the rows in which the helpers exceed their bound: none, if all is well."""
    return table[table["max_ulp"] > table["bound"]]  # what has no bound is in no order with it


def compare(function: str, *args: float, dtype: torch.dtype = torch.float32, entry: int = 0) -> pandas.DataFrame:
    """Return each implementation's value at one point, its error in ulps, and relative to the truth.

    args: as for `exact`; entry: which entry of the row, for softmax and log_softmax. Numbers are
    rounded to the dtype first, and the truth is that of the rounded ones. SciPy has no half types.

    >>> compare("sigmoid", -100.0)["value"].map("{:.4g}".format).to_dict()
    {'helpers': '3.784e-44', 'torch': '0', 'scipy': '0', 'naive': '0'}
    """
    row = isinstance(args[0], list | tuple)
    first = torch.tensor(args[0], dtype=dtype)
    if function == "cross_entropy":
        inputs, given = (first[None], torch.tensor([args[1]])), (first.tolist(), args[1])
    elif row:
        inputs, given = (first, 0), (first.tolist(),)
    else:
        inputs = tuple(torch.tensor([arg], dtype=dtype) for arg in args)
        given = tuple(value.item() for value in inputs)
    true = exact(function, *given)
    true = true[entry] if isinstance(true, list) else true
    found = {}
    for implementation, compute in IMPLEMENTATIONS[function].items():
        if implementation == "scipy" and dtype in HALVES:
            continue
        value = compute(*inputs).flatten()[entry]
        ulps = exact_ulp_error(value[None], Truth.of([true])).item()
        relative = float(abs((value.item() - true) / true)) if true else float(value != 0)
        found[implementation] = (value.item(), ulps, relative)
    return pandas.DataFrame.from_dict(found, orient="index", columns=["value", "ulps", "relative error"])


def _fingerprint() -> str:
    """Return what a stored part depends on: the formulas, this file, torch and the CPU level."""
    sources = [Path(module.__file__).read_bytes() for module in (functions, losses, naive, sys.modules[__name__])]
    made_by = f"{torch.__version__} {torch.backends.cpu.get_cpu_capability()}".encode()
    return hashlib.sha256(b"".join([*sources, made_by])).hexdigest()


def run(state: Path, parts: dict[str, Callable[[Tally], None]] | None = None) -> pandas.DataFrame:
    """Run the whole campaign, or what is left of it, and return its table; progress goes to stdout."""
    parts = campaign(sample=False) if parts is None else parts
    state.parent.mkdir(exist_ok=True)
    done = json.loads(state.read_text()) if state.exists() else {}
    if done.get("fingerprint") != _fingerprint():
        done = {"fingerprint": _fingerprint(), "parts": {}}
    started = time.monotonic()
    for number, (name, part) in enumerate(parts.items(), 1):
        if name not in done["parts"]:
            tally = Tally()
            part(tally)
            done["parts"][name] = list(tally.rows.items())
            fresh = state.with_suffix(".new")
            fresh.write_text(json.dumps(done))
            fresh.replace(state)
        print(f"{number:4} of {len(parts)}  {time.monotonic() - started:6.0f} s  {name}", flush=True)
    total = Tally()
    for name in parts:
        total.merge(Tally(done["parts"][name]))
    return total.table()


def write(table: pandas.DataFrame, path: Path) -> None:
    """Write the table, headed by the date and the versions that it was measured with."""
    versions = {
        "measured": date.today().isoformat(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "CPU level": torch.backends.cpu.get_cpu_capability(),
        "numpy": numpy.__version__,
        "scipy": scipy.__version__,
        "mpmath": mpmath.__version__,
    }
    header = "".join(f"# {name}: {value}\n" for name, value in versions.items())
    path.write_text(header + table.to_csv(index=False, float_format="%.6g", lineterminator="\n"), encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Measure; return 1 if a bound is crossed."""
    parser = argparse.ArgumentParser(description="Measure the accuracy of the helpers, in ulps.")
    parser.add_argument("--sample", action="store_true", help="a small sample, printed, nothing written")
    torch.set_num_threads(1)
    if parser.parse_args(arguments).sample:
        table = measure_sample()
    else:
        table = run(STATE)
        write(table, TABLE)
        STATE.unlink()
    print(side_by_side(table).to_string(float_format="{:.4g}".format))
    beyond = crossed(table)
    print("Every bound is met." if beyond.empty else f"Bounds crossed:\n{beyond.to_string()}")
    return int(not beyond.empty)


if __name__ == "__main__":
    sys.exit(main())

"""How accurate the helpers are, beside torch, SciPy and the textbook: measured, in ulps (see helpers/ulp.py).

Over all 2.3 thousand million float32 values below 1024 the 160-bit truth would take days, so float32 and
half types are held against the same functions in float64, in forms that don't cancel. Their own relative
error, at most 1e-13 (rows of 1,000) and 1e-15 (elementwise), is below 2e-6 of a float32 ulp;
`tests/test_accuracy.py` checks that against `exact`. float64 results are held against `exact` itself.

    python -m bench.accuracy    the whole campaign, half an hour; writes helpers/accuracy.csv
"""

import ast
import hashlib
import inspect
import platform
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from statistics import median
from types import FunctionType

import mpmath
import numpy
import pandas
import scipy
import torch
from torch import Tensor

from helpers import functions, losses, naive
from helpers.ulp import (
    BCE,
    BCE_LOGITS,
    HALVES,
    IMPLEMENTATIONS,
    TABLE,
    Truth,
    bound,
    crossed,
    exact,
    exact_ulp_error,
    fast_elementwise,
    implementations,
    side_by_side,
    ulp_error,
)

DTYPES = ("float32", "float64", "float16", "bfloat16")
ROW_SIZES = (1, 2, 3, 5, 10, 33, 100, 1000)
ROW_KINDS = ("random", "dominated", "offset by 1e4", "all equal", "masked by -inf")
TAIL = 87.0  # rows reach at most this far below their maximum: e^−87 is still a normal float32

# --- the truth, fast enough for every float32


def fast_logit(p: Tensor) -> Tensor:
    """Return logit to 1e-15 for float64 values with at most 24 significant bits, where 1 − 2p is exact."""
    return torch.where((p - 0.5).abs() < 0.3, -2 * torch.atanh(1 - 2 * p), p.log() - torch.log1p(-p))


def fast_bce_with_logits(x: Tensor, y: Tensor) -> Tensor:
    true = fast_elementwise(x)
    return y * true["softplus of −x"] + (1 - y) * true["softplus"]


FAST = {  # the truth in float64, of arguments that are narrower
    "sigmoid": lambda x: fast_elementwise(x)["sigmoid"],
    "logsigmoid": lambda x: -fast_elementwise(x)["softplus of −x"],
    "logit": fast_logit,
    BCE_LOGITS: fast_bce_with_logits,
    BCE: lambda p, y: -(y * p.log() + (1 - y) * torch.log1p(-p)),
}


def fast_rows(logits: Tensor) -> dict[str, Tensor]:
    """Return float64 values of softmax, log_softmax and its negative along the last dim, to 1e-13, for float64 rows."""
    top, winner = logits.max(-1, keepdim=True)
    exps = (logits - top).exp()
    rest = exps.scatter(-1, winner, 0.0).sum(-1, keepdim=True)
    log_probs = (logits - top) - torch.log1p(rest)
    return {"softmax": exps / (1 + rest), "log_softmax": log_probs, "cross_entropy": -log_probs}


def exact_rows(logits: Tensor) -> dict[str, Truth]:
    """Return what `fast_rows` returns, to 160 bits, flattened."""
    lists = logits.tolist()
    log_softmax = Truth.of(value for row in lists for value in exact("log_softmax", row))
    return {
        "softmax": Truth.of(value for row in lists for value in exact("softmax", row)),
        "log_softmax": log_softmax,
        "cross_entropy": Truth(-log_softmax.high, -log_softmax.low, log_softmax.exponent),
    }


# --- the domains


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
    drawn = torch.where(kind == 0, uniform, torch.where(kind == 1, tiny, 1 - tiny)).to(dtype)
    return drawn.clamp(torch.finfo(dtype).eps, 1 - torch.finfo(dtype).eps)


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
    above = torch.nextafter(rounded, torch.full_like(rounded, torch.inf))
    return torch.where(
        rows.isneginf(), rows, torch.maximum(rows, torch.where(rounded.double() < lowest, above, rounded))
    )


# --- the parts of the campaign


class Tally(dict):
    """{(function, implementation, dtype, domain): [how many points, the largest error met so far, where]}."""

    def add(self, key: tuple, errors: Tensor, where: Callable[[int], str]) -> None:
        """Count these errors; where(i) says at what point error i was met."""
        worst, index = errors.flatten().max(0)
        row = self.setdefault(key, [0, -1.0, ""])
        row[0] += errors.numel()
        if worst > row[1]:
            row[1:] = worst.item(), where(index.item())


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def measure(tally: Tally, function: str, args: tuple[Tensor, ...], domain: str) -> None:
    """Tally every implementation of an elementwise function."""
    names = "py" if function in (BCE, "logit") else "xy"
    if args[0].dtype == torch.float64:
        digits, error = 17, exact_ulp_error
        true = Truth.of(exact(function, *point) for point in zip(*(arg.tolist() for arg in args), strict=True))
    else:
        digits, error, true = 9, ulp_error, FAST[function](*(arg.double() for arg in args))

    def where(index):
        return ", ".join(f"{name} = {arg[index].item():.{digits}g}" for name, arg in zip(names, args, strict=False))

    for implementation, compute in implementations(function, args[0].dtype).items():
        tally.add((function, implementation, _name(args[0].dtype), domain), error(compute(*args), true), where)


def measure_elementwise(tally: Tally, values: Tensor, soft: Tensor, domain: str, of_probs: bool = False) -> None:
    """Tally the functions of logits, or of probabilities, and the loss for targets of 0, of 1 and the `soft` ones."""
    for function in ("logit",) if of_probs else ("sigmoid", "logsigmoid"):
        measure(tally, function, (values,), domain)
    targets = {"y = 0": torch.zeros_like(values), "y = 1": torch.ones_like(values), "a drawn 0 < y < 1": soft}
    for name, y in targets.items():
        measure(tally, BCE if of_probs else BCE_LOGITS, (values, y), f"{domain}, {name}")


def sweep(tally: Tally, field: int, step: int, of_probs: bool = False) -> None:
    """Tally the functions of logits, or of probabilities in (0, 1), over the float32 values with one exponent field."""
    generator = torch.Generator().manual_seed(field)
    domain = ("all " if step == 1 else "") + ("p in [2^-40, 1)" if of_probs else "|x| < 1024")
    for values in every_float32(field, step):
        if values[0] > 0 or not of_probs:
            measure_elementwise(tally, values, draw_targets(len(values), generator, values.dtype), domain, of_probs)


def every_half(tally: Tally, dtype: torch.dtype) -> None:
    """Tally the elementwise functions over all finite values of a half type (probabilities: those in (0, 1))."""
    generator = torch.Generator().manual_seed(16)
    values = torch.arange(-(1 << 15), 1 << 15).to(torch.int16).view(dtype)
    values = values[values.isfinite()]
    measure_elementwise(tally, values, draw_targets(len(values), generator, dtype), "all finite x")
    probs = values[(values > 0) & (values < 1)]
    soft = draw_targets(len(probs), generator, dtype)
    measure_elementwise(tally, probs, soft, "all p in (0, 1)", of_probs=True)


def sample_float64(tally: Tally, exponent: int, count: int) -> None:
    """Tally the elementwise functions in float64, at count points with 2^exponent ≤ |x| < 2^(exponent + 1)."""
    generator = torch.Generator().manual_seed(1000 + exponent)
    x = torch.ldexp(1 + torch.rand(count, generator=generator, dtype=torch.float64), torch.tensor(exponent))
    x = torch.where(torch.arange(count) % 2 == 0, x, -x)
    soft = draw_targets(count, generator, x.dtype)
    measure_elementwise(tally, x, soft, "dense sample, |x| < 1024")
    if exponent < 0:
        measure_elementwise(tally, torch.where(x > 0, x, 1 + x), soft, "dense sample, 0 < p < 1", of_probs=True)


def measure_rows(tally: Tally, kind: str, dtype: torch.dtype, logits: int) -> None:
    """Tally softmax, log_softmax and cross_entropy over rows of one kind, about this many logits a row size."""
    generator = torch.Generator().manual_seed(ROW_KINDS.index(kind))
    for size in ROW_SIZES:
        number = max(logits // size, 4)
        for start in range(0, number, 1 << 12):
            rows = draw_rows(kind, min(1 << 12, number - start), size, generator, dtype)
            targets = torch.randint(size, (len(rows),), generator=generator)
            tally_rows(tally, rows, targets, f"rows, {kind}")


def tally_rows(tally: Tally, rows: Tensor, targets: Tensor, domain: str) -> None:
    exactly = rows.dtype == torch.float64
    true, error = (exact_rows(rows), exact_ulp_error) if exactly else (fast_rows(rows.double()), ulp_error)

    def place(dim, index):
        row, entry = divmod(index, rows.shape[1])
        x, top = rows[row, entry].item(), rows[row].max().item()
        return f"x = {x:.9g} in a row of {rows.shape[1]} with maximum {top:.9g}, dim {dim}"

    for function in ("softmax", "log_softmax"):
        for implementation, compute in implementations(function, rows.dtype).items():
            for dim in (1, 0):  # along the rows, and the same rows standing in the columns
                computed = compute(rows, 1) if dim else compute(rows.T.contiguous(), 0).T.contiguous()
                key = (function, implementation, _name(rows.dtype), domain)
                tally.add(key, error(computed, true[function]), partial(place, dim))
    picked = torch.arange(len(rows)) * rows.shape[1] + targets
    expected = true["cross_entropy"][picked.numpy()] if exactly else true["cross_entropy"].flatten()[picked]
    for implementation, compute in implementations("cross_entropy", rows.dtype).items():
        key = ("cross_entropy", implementation, _name(rows.dtype), domain)
        tally.add(key, error(compute(rows, targets), expected), lambda i: place(1, picked[i].item()))


def campaign(sample: bool) -> dict[str, Callable[[Tally], None]]:
    """Return the parts of the campaign by name; each adds what it measures to a Tally."""
    step, logits, count = (997, 2_000, 20) if sample else (1, 4_000_000, 6_000)
    parts: dict[str, Callable[[Tally], None]] = {}
    for field in range(137):  # 2^(136 − 127 + 1) = 1024
        stride = step * 16 if sample and field < 87 else step  # below 2^−40 little happens
        parts[f"float32 logits, exponent {field - 127}"] = partial(sweep, field=field, step=stride)
    for field in range(87, 127):  # 2^−40 … 1
        parts[f"float32 probabilities, exponent {field - 127}"] = partial(sweep, field=field, step=step, of_probs=True)
    for dtype in HALVES:
        parts[f"every {_name(dtype)}"] = partial(every_half, dtype=dtype)
    for kind in ROW_KINDS:
        for dtype, share in ((torch.float32, 1), (torch.float16, 4), (torch.bfloat16, 4), (torch.float64, 160)):
            part = partial(measure_rows, kind=kind, dtype=dtype, logits=logits // share)
            parts[f"{_name(dtype)} rows, {kind}"] = part
    for exponent in range(-40, 10):
        parts[f"float64, exponent {exponent}"] = partial(sample_float64, exponent=exponent, count=count)
    return parts


def table(tally: Tally) -> pandas.DataFrame:
    """Return the tally as a table: one row a function, implementation, dtype and domain."""
    columns = ["function", "implementation", "dtype", "domain", "points", "max_ulp", "where"]
    found = pandas.DataFrame([(*key, *row) for key, row in tally.items()], columns=columns)
    ours = found["implementation"] == "helpers"
    limits = [bound(*key) for key in found[["function", "dtype", "domain"]].itertuples(index=False)]
    found["bound"] = pandas.Series(limits, dtype=float).where(ours)
    return in_order(found)


def in_order(found: pandas.DataFrame) -> pandas.DataFrame:
    """Return a table with its functions, and of each its dtypes, in the order of IMPLEMENTATIONS and DTYPES."""
    places = {name: place for place, name in enumerate([*IMPLEMENTATIONS, *DTYPES])}
    return found.sort_values(["function", "dtype"], kind="stable", key=lambda column: column.map(places))


def measure_sample() -> pandas.DataFrame:
    """Measure a small sample of every domain (about 10 s), without speed, and return the table."""
    tally = Tally()
    for part in campaign(sample=True).values():
        part(tally)
    return table(tally)


def measure_speed(shapes: dict[tuple[int, ...], int]) -> pandas.DataFrame:
    """Return how much longer the helpers take than torch, by {shape: rounds}: medians of rounds taken in turn."""
    found = []
    for shape, rounds in shapes.items():
        values = torch.randn(shape, generator=torch.Generator().manual_seed(0))
        options = {"softmax": (-1,), "log_softmax": (-1,), "sigmoid": (), "logsigmoid": ()}
        options |= {"cross_entropy": (torch.zeros(shape[:-1], dtype=torch.int64),), BCE_LOGITS: ((values > 0).float(),)}
        for function, rest in options.items():
            for direction in ("forward", "forward and backward"):
                times = {"helpers": [], "torch": []}
                for _ in range(rounds):
                    for implementation, seconds in times.items():
                        leaf = values.clone().requires_grad_(direction != "forward")
                        start = time.perf_counter()
                        result = IMPLEMENTATIONS[function][implementation](leaf, *rest)
                        if direction != "forward":
                            result.sum().backward()
                        seconds.append(time.perf_counter() - start)
                ratio = median(times["helpers"]) / median(times["torch"])
                domain = f"time, shape {shape}, {direction}"
                found.append((function, "helpers : torch", "float32", domain, rounds, ratio))
    columns = ["function", "implementation", "dtype", "domain", "points", "time_ratio"]
    return in_order(pandas.DataFrame(found, columns=columns))


# --- the stored table


def fingerprint() -> str:
    """Return a digest of the measured formulas: of the private function behind each, and the textbook's.

    It covers the syntax trees, without docstrings, of these and of what they call in helpers, and the constants
    that they use; not the checks around them.
    """
    waiting = [getattr(functions, f"_{name}", None) or getattr(losses, f"_{name}") for name in IMPLEMENTATIONS]
    waiting += [getattr(naive, name) for name in IMPLEMENTATIONS]
    parts = set()
    while waiting:
        function = waiting.pop()
        tree = ast.parse(inspect.getsource(function)).body[0]
        if ast.get_docstring(tree):
            del tree.body[0]
        text = f"{function.__module__}: {ast.unparse(tree)}"
        if text in parts:
            continue
        parts.add(text)
        for name in {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}:
            value = function.__globals__.get(name)
            if isinstance(value, FunctionType) and value.__module__.startswith("helpers."):
                waiting.append(value)
            elif isinstance(value, int | float | tuple):
                parts.add(f"{function.__module__}: {name} = {value}")
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()[:16]


def write(found: pandas.DataFrame, path: Path) -> None:
    """Write the table, headed by the date, the versions and the formulas that it was measured with."""
    versions = {
        "measured": date.today().isoformat(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "CPU level": torch.backends.cpu.get_cpu_capability(),
        "numpy": numpy.__version__,
        "scipy": scipy.__version__,
        "mpmath": mpmath.__version__,
        "formulas": fingerprint(),
    }
    header = "".join(f"# {name}: {value}\n" for name, value in versions.items())
    rows = found.to_csv(index=False, float_format="%.6g", lineterminator="\n")
    path.write_text(header + rows, encoding="utf-8", newline="\n")


def main() -> int:
    """Measure the whole campaign and write the table; return 1 if a bound is crossed."""
    torch.set_num_threads(1)
    tally, parts, started = Tally(), campaign(sample=False), time.monotonic()
    for number, (name, part) in enumerate(parts.items(), 1):
        part(tally)
        print(f"{number:4} of {len(parts)}  {time.monotonic() - started:6.0f} s  {name}", flush=True)
    found = pandas.concat([table(tally), measure_speed({(1,): 2000, (10, 5): 2000, (1024, 1000): 40})])
    write(found, TABLE)
    print(side_by_side(found).to_string(float_format="{:.4g}".format))
    beyond = crossed(found)
    print("Every bound is met." if beyond.empty else f"Bounds crossed:\n{beyond.to_string()}")
    return int(not beyond.empty)


if __name__ == "__main__":
    sys.exit(main())

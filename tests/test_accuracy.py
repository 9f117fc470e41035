"""The promised accuracy, on a sample: measured anew, with the measure itself under test."""

import datetime
import io
import itertools
import json
import math
import os
import platform
import random
import re
import sys
from fractions import Fraction

import mpmath
import numpy
import pytest
import scipy
import torch
import torch.nn.functional as F

from helpers import accuracy, functions, losses, naive
from helpers.accuracy import (
    BCE,
    BCE_LOGITS,
    HALVES,
    IMPLEMENTATIONS,
    ROW_KINDS,
    Truth,
    exact,
    exact_ulp_error,
    ulp,
    ulp_error,
)

EVERY_DTYPE = (torch.float32, torch.float64, *HALVES)


# --- the promise


@pytest.mark.parametrize("function", IMPLEMENTATIONS)
def test_every_bound_holds_on_the_sample(sample, function):
    table = sample()
    ours = table[(table["function"] == function) & (table["implementation"] == "helpers")]
    assert set(ours["dtype"]) == {"float32", "float64", "float16", "bfloat16"}
    assert ours["bound"].notna().all() and (ours["points"] > 0).all()
    beyond = accuracy.crossed(ours)
    assert beyond.empty, f"\n{beyond.to_string()}"


def test_every_bound_holds_in_the_stored_table():
    table = accuracy.stored_table()
    assert accuracy.crossed(table).empty
    ours = table[table["implementation"] == "helpers"]
    assert ours["bound"].notna().all() and (ours["max_ulp"] <= ours["bound"]).all()


def test_the_stored_table_is_of_the_whole_campaign(sample):
    table = accuracy.stored_table()
    keys = ["function", "implementation", "dtype"]
    assert set(zip(*(table[key] for key in keys))) >= set(zip(*(sample()[key] for key in keys)))
    assert list(table.columns) == accuracy.COLUMNS
    sweep = table[table["domain"].str.startswith("all |x| < 1024") & (table["dtype"] == "float32")]
    assert set(sweep["function"]) == {"sigmoid", "logsigmoid", BCE_LOGITS}
    assert (sweep["points"] == 137 * 2 * 2**23).all()  # 137 exponents, two signs, 2^23 each
    rows = table[table["domain"].str.startswith("rows")]
    assert {domain.removeprefix("rows, ") for domain in rows["domain"]} == set(ROW_KINDS)
    assert {"measured", "torch", "scipy", "mpmath", "CPU level"} <= set(accuracy.stored_versions())


def test_the_stored_table_has_the_speed_too():
    table = accuracy.stored_table()
    times = table[table["time_ratio"].notna()]
    assert len(times) == 6 * 3 * 2 and (times["time_ratio"] > 0).all()
    assert times["max_ulp"].isna().all() and times["bound"].isna().all()
    ratios = accuracy.speed(table)
    assert ratios.shape == (6, 6) and ratios.notna().all(axis=None)
    assert ratios.columns[0] == "time, shape (1,), forward"


def test_a_ratio_of_times_goes_through_the_campaign(tmp_path):
    parts = {"time": lambda tally: accuracy.measure_speed(tally, (2, 3), rounds=2)}
    table = accuracy.run(tmp_path / "state.json", parts)
    assert len(table) == 12 and (table["time_ratio"] > 0).all()
    assert table["max_ulp"].isna().all() and (table["points"] == 2).all()


def test_a_bound_that_is_crossed_is_noticed(monkeypatch):
    for function, part, worse in (
        ("log_softmax", "float32 rows, dominated", torch.log_softmax),
        ("softmax", "float32 rows, random", torch.softmax),
        ("sigmoid", "float32 logits, exponent 6", naive.sigmoid),
        ("logsigmoid", "float32 logits, exponent 4", naive.logsigmoid),
    ):
        with monkeypatch.context() as patch:
            patch.setitem(IMPLEMENTATIONS[function], "helpers", worse)
            beyond = accuracy.crossed(accuracy.measure_sample(part))
        assert set(beyond["function"]) == {function}


def test_a_wrong_nan_is_an_infinite_error(monkeypatch):
    monkeypatch.setitem(IMPLEMENTATIONS["sigmoid"], "helpers", lambda x: torch.sigmoid(x) * torch.nan)
    beyond = accuracy.crossed(accuracy.measure_sample("float32 logits, exponent 1"))
    assert set(beyond["max_ulp"]) == {math.inf}


# --- what each piece buys: more than the bounds ask for


def test_two_sum_is_exact():
    draw = random.Random(0)
    pairs = [(draw.uniform(-1, 1) * 2 ** draw.uniform(-30, 30), draw.uniform(-1, 1)) for _ in range(500)]
    a, b = torch.tensor(pairs).T
    total, error = functions._two_sum(a, b)
    for left, right, rounded, lost in zip(a.tolist(), b.tolist(), total.tolist(), error.tolist(), strict=True):
        assert Fraction(left) + Fraction(right) == Fraction(rounded) + Fraction(lost)
    infinite = torch.tensor([torch.inf, -torch.inf, torch.nan])
    assert functions._two_sum(infinite, torch.ones(3))[1].tolist() == [0.0] * 3


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 100, 1000])
def test_a_sum_is_rounded_once(size, dtype):
    """Also where a plain sum goes wrong always in one direction: many equal terms."""
    generator = torch.Generator().manual_seed(size)
    scattered = torch.rand((20, size), generator=generator, dtype=torch.float64).to(dtype) ** 8
    constant = scattered[:, :1].expand(20, size)
    for terms in (scattered, constant, scattered.T, constant.T):
        dim = terms.shape.index(size) if size != 20 else 1
        total = functions._sum(terms, dim).flatten()
        for row, value in zip(terms.movedim(dim, -1).tolist(), total.tolist(), strict=True):
            true = math.fsum(row)  # itself rounded once, to float64
            assert abs(value - true) <= 0.501 * ulp(torch.tensor([true], dtype=torch.float64), dtype).item()


def test_sigmoid_near_one_rounds_less_than_the_quotient():
    for field in range(120, 132):  # 2^−7 … 32
        for x in accuracy.every_float32(field, step=499):
            if x[0] > 0:
                true = accuracy.fast_elementwise(x.double())["sigmoid"]
                assert ulp_error(functions.sigmoid(x), true).max() <= 1.3


def test_the_rounding_error_of_the_shift_reaches_log_softmax():
    """Of two logits 2 to 8 apart: 0.6 ulp with the error carried along, 1.05 without."""
    generator = torch.Generator().manual_seed(0)
    top = torch.rand(50_000, generator=generator) * 20 - 10
    rows = torch.stack([top, top - 2 - 6 * torch.rand(50_000, generator=generator)], 1)
    true = accuracy.fast_rows(rows.double())["log_softmax"]
    assert ulp_error(functions.log_softmax(rows, 1), true)[:, 1].max() <= 0.65


# --- torch at fault: 100 % relative error, and the helpers right


@pytest.mark.parametrize(
    ("function", "args", "of_torch"),
    [
        ("log_softmax", ([0.0, -20.0],), lambda: F.log_softmax(torch.tensor([0.0, -20.0]), 0)[0]),
        (BCE_LOGITS, (-20.0, 0.0), lambda: F.binary_cross_entropy_with_logits(torch.tensor(-20.0), torch.tensor(0.0))),
        ("sigmoid", (-100.0,), lambda: torch.sigmoid(torch.tensor(-100.0))),
    ],
)
def test_torch_is_wrong_by_all_digits(function, args, of_torch):
    assert of_torch() == 0
    table = accuracy.compare(function, *args)
    assert table.loc["torch", "value"] == 0
    assert table.loc["torch", "relative error"] == 1
    assert table.loc["helpers", "ulps"] <= accuracy.bound(function, "float32", "y = 0")


def test_compare_takes_every_function():
    for function, args in {
        "sigmoid": (0.3,),
        "logsigmoid": (0.3,),
        "logit": (0.3,),
        "softmax": ([0.3, 1.0, 2.0],),
        "log_softmax": ([0.3, 1.0, 2.0],),
        "cross_entropy": ([0.3, 1.0, 2.0], 1),
        BCE: (0.3, 1.0),
        BCE_LOGITS: (0.3, 0.25),
    }.items():
        for dtype in EVERY_DTYPE:
            table = accuracy.compare(function, *args, dtype=dtype)
            assert list(table.index) == [
                who for who in IMPLEMENTATIONS[function] if who != "scipy" or dtype not in HALVES
            ]
            assert table.loc["helpers", "ulps"] <= accuracy.bound(function, str(dtype).split(".")[1], "")
    assert accuracy.compare("softmax", [0.0, 1.0], entry=1).loc["torch", "value"] == pytest.approx(0.7310586)


# --- the measure


@pytest.mark.parametrize("dtype", EVERY_DTYPE)
def test_an_ulp_is_the_gap_to_the_next_float(dtype):
    info = torch.finfo(dtype)
    values = [0.0, 1.0, 1.5, 2.0, 3.0, 0.3, info.smallest_normal, info.smallest_normal * 1.5, info.smallest_normal / 2]
    values = torch.tensor(values, dtype=dtype)
    above = torch.nextafter(values, torch.full_like(values, torch.inf))
    assert torch.equal(above.double() - values.double(), ulp(values.double(), dtype))
    assert torch.equal(ulp(-values.double(), dtype), ulp(values.double(), dtype))


def test_errors_in_ulps():
    one, exact_one = torch.tensor([1.0], dtype=torch.float64), Truth.of([mpmath.mpf(1)])
    for value, error in ((1.0, 0.0), (1 + 2**-23, 1.0), (1 - 2**-24, 0.5), (0.0, 2.0**23), (math.nan, math.inf)):
        computed = torch.tensor([value])
        assert ulp_error(computed, one).item() == exact_ulp_error(computed, exact_one).item() == error


def test_a_truth_is_known_beyond_the_digits_of_float64():
    with mpmath.workprec(160):
        truth = Truth.of([1 + mpmath.ldexp(1, -60), -1 - mpmath.ldexp(1, -60)])
    for computed, error in ((1.0, 2**-8), (1 + 2**-52, 1 - 2**-8)):
        values = torch.tensor([computed, -computed], dtype=torch.float64)
        assert exact_ulp_error(values, truth).tolist() == [error] * 2


def test_errors_of_infinite_values():
    infinite = torch.tensor([math.inf, -math.inf], dtype=torch.float64)
    truth = Truth.of([mpmath.inf, -mpmath.inf])
    for values, errors in (
        (infinite, 0.0),
        (-infinite, math.inf),
        (infinite * 0, math.inf),
        (infinite.sign(), math.inf),
    ):
        assert ulp_error(values.float(), infinite).tolist() == [errors] * 2
        assert exact_ulp_error(values, truth).tolist() == [errors] * 2
    assert ulp_error(infinite.float(), torch.ones_like(infinite)).tolist() == [math.inf] * 2
    assert exact_ulp_error(infinite, Truth.of([mpmath.mpf(1)] * 2)).tolist() == [math.inf] * 2


def test_errors_of_tiny_values():
    """In the subnormal range of float64 the truth lies between two floats, and is known better than either."""
    smallest = 2.0**-1074
    truth = Truth.of([mpmath.ldexp(k, -1076) for k in (0, 1, 2, 5, 4 + 2**-60)])
    errors = exact_ulp_error(
        torch.tensor([smallest, 0.0, smallest, smallest, 2 * smallest], dtype=torch.float64), truth
    )
    assert errors.tolist() == [1.0, 0.25, 0.5, 0.25, 1.0]


def test_the_two_measures_agree():
    generator = torch.Generator().manual_seed(0)
    true = torch.randn(200, generator=generator, dtype=torch.float64) * 10 ** torch.linspace(-44, 10, 200).double()
    for dtype in (torch.float32, *HALVES):
        computed = (true * (1 + 1e-6)).to(dtype)
        computed[true.abs() > torch.finfo(dtype).max] = 0
        fast, slow = ulp_error(computed, true), exact_ulp_error(computed, Truth.of(map(mpmath.mpf, true.tolist())))
        torch.testing.assert_close(fast, slow, rtol=1e-12, atol=0)


def test_exact_is_the_definition():
    """Textbook formulas, in 400 digits: no cancellation can matter there."""
    with mpmath.workdps(400):
        x, y, p = mpmath.mpf(-20.5), mpmath.mpf("0.25"), mpmath.mpf(0.3)
        s = 1 / (1 + mpmath.exp(-x))
        row = [0.0, -80.0, 3.0, 3.0, -math.inf]
        exps = [mpmath.exp(v) for v in row]
        cases = [
            (exact("sigmoid", float(x)), s),
            (exact("logsigmoid", float(x)), mpmath.log(s)),
            (exact("logit", float(p)), mpmath.log(p / (1 - p))),
            (exact(BCE_LOGITS, float(x), float(y)), -(y * mpmath.log(s) + (1 - y) * mpmath.log(1 - s))),
            (exact(BCE, float(p), float(y)), -(y * mpmath.log(p) + (1 - y) * mpmath.log(1 - p))),
            (exact("cross_entropy", row, 1), -mpmath.log(exps[1] / mpmath.fsum(exps))),
            *zip(exact("softmax", row)[:4], [e / mpmath.fsum(exps) for e in exps], strict=False),
            *zip(exact("log_softmax", row)[:4], [mpmath.log(e / mpmath.fsum(exps)) for e in exps], strict=False),
        ]
        for value, expected in cases:
            assert abs(value / expected - 1) < mpmath.mpf(2) ** -150
    assert exact("softmax", row)[4] == 0 and exact("log_softmax", row)[4] == -mpmath.inf
    assert exact(BCE, 0.0, 0.0) == 0 and exact(BCE, 1.0, 1.0) == 0


def float32_values(count, low, high):
    draw = random.Random(0)
    magnitudes = [2 ** draw.uniform(low, high) for _ in range(count)]
    return torch.tensor([draw.choice((-1, 1)) * value for value in magnitudes], dtype=torch.float32).double()


def assert_within_ulp(fast, true, ulps=2e-6):
    """Assert that a fast float64 reference is this close to the truth, in ulps of float32."""
    gaps = ulp(fast.flatten(), torch.float32).tolist()
    for value, expected, gap in zip(fast.flatten().tolist(), true, gaps, strict=True):
        assert abs(value - expected) <= ulps * gap


def test_fast_elementwise_references():
    x = torch.cat(
        [float32_values(300, -40, 10), torch.tensor([0.0, -103.9, -87.4, 17.3, 1023.9, -1023.9]).float().double()]
    )
    fast = accuracy.fast_elementwise(x)
    assert_within_ulp(fast["sigmoid"], [exact("sigmoid", v) for v in x.tolist()])
    assert_within_ulp(fast["softplus"], [exact(BCE_LOGITS, v, 0.0) for v in x.tolist()])
    assert_within_ulp(fast["softplus of −x"], [exact(BCE_LOGITS, v, 1.0) for v in x.tolist()])


def test_fast_logit_reference():
    p = float32_values(300, -40, -1e-9).abs()
    near_half = 0.5 + float32_values(100, -24, -3).float().double() / 2
    p = torch.cat([p, near_half.float().double(), torch.tensor([0.2, 0.8, 0.25, 0.75]).double()])
    p = p.float().double()
    assert_within_ulp(accuracy.fast_logit(p), [exact("logit", v) for v in p.tolist()])


@pytest.mark.parametrize("kind", ROW_KINDS)
def test_fast_row_references(kind):
    generator = torch.Generator().manual_seed(1)
    for size in (1, 2, 33, 300):
        rows = accuracy.draw_rows(kind, 2, size, generator, torch.float32).double()
        fast = accuracy.fast_rows(rows)
        for row in range(2):
            logits = rows[row].tolist()
            kept = rows[row].isfinite()
            for function in ("softmax", "log_softmax"):
                true = numpy.array(exact(function, logits), dtype=object)[kept.numpy()]
                assert_within_ulp(fast[function][row][kept], true)


# --- the domains


def test_a_sweep_comes_in_pieces_of_either_sign():
    for options, step, length, count in (
        ({"step": 1 << 15, "chunk": 64}, 1 << 15, 64, 4),
        ({"step": 64}, 64, 1 << 16, 2),
    ):
        pieces = list(accuracy.every_float32(130, **options))
        assert [len(piece) for piece in pieces] == [length] * 2 * count
        values = torch.cat(pieces[::2])
        assert torch.equal(torch.cat(pieces[1::2]), -values) and values[0] == 8
        assert torch.equal(values.view(torch.int32).diff(), torch.full((len(values) - 1,), step, dtype=torch.int32))
    assert [len(piece) for piece in accuracy.every_float32(130, step=3 << 20, chunk=2)] == [2, 2, 1, 1]


def test_the_sweep_meets_every_float_once():
    for field, lowest, highest in ((0, 0.0, 2.0**-126), (127, 1.0, 2.0), (136, 512.0, 1024.0)):
        chunks = list(accuracy.every_float32(field))
        positive, negative = torch.cat(chunks[::2]), torch.cat(chunks[1::2])
        assert len(positive) == len(negative) == 2**23
        assert positive[0] == lowest and positive[-1] < highest
        assert torch.nextafter(positive[-1], torch.tensor(torch.inf)) == highest
        assert torch.equal(negative, -positive)
        assert (positive.diff() > 0).all()
    fields = {part.keywords["field"] for name, part in accuracy.campaign(False).items() if "logits, exponent" in name}
    assert fields == set(range(137))
    assert all(part.keywords["step"] == 1 for part in accuracy.campaign(False).values() if "step" in part.keywords)


@pytest.mark.parametrize("dtype", EVERY_DTYPE)
@pytest.mark.parametrize("kind", ROW_KINDS)
def test_rows_are_what_they_are_called(kind, dtype):
    rows = accuracy.draw_rows(kind, 200, 33, torch.Generator().manual_seed(0), dtype)
    assert rows.shape == (200, 33) and rows.dtype == dtype
    wide, top = rows.double(), rows.double().amax(1, keepdim=True)
    assert (wide[wide.isfinite()] >= (top - accuracy.TAIL).expand_as(wide)[wide.isfinite()]).all()
    assert top.isfinite().all()
    if kind == "masked by -inf":
        assert 0.2 < rows.isneginf().double().mean() < 0.4
    else:
        assert rows.isfinite().all()
    if kind == "all equal":
        assert (rows == rows[:, :1]).all()
    if kind == "dominated":
        assert (rows[:, :1] >= rows).all()
    if kind == "offset by 1e4":
        assert (wide.abs() > 9000).all()


def test_targets_lie_between_zero_and_one():
    for dtype in (torch.float32, torch.float64):
        targets = accuracy.draw_targets(30_000, torch.Generator().manual_seed(0), dtype)
        assert ((targets > 0) & (targets < 1)).all()
        assert targets.min() < 1e-5 and targets.max() > 1 - 1e-5


# --- the campaign


def small_parts(log):
    def part(number):
        def measure(tally):
            log.append(number)
            key = ("sigmoid", "helpers", "float32", "somewhere")
            tally.add(key, torch.tensor([0.5, number / 4]), lambda i: f"part {number}, point {i}")

        return measure

    return {f"part {number}": part(number) for number in range(1, 5)}


def test_a_campaign_stopped_goes_on_where_it_stopped(tmp_path, capsys):
    state, log = tmp_path / "state" / "state.json", []
    parts = small_parts(log)

    def stopped(tally):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        accuracy.run(state, {**parts, "part 3": stopped})
    assert log == [1, 2]
    table = accuracy.run(state, parts)
    assert log == [1, 2, 3, 4]
    assert table.loc[0, ["points", "max_ulp", "where"]].tolist() == [8, 1.0, "part 4, point 1"]
    assert "4 of 4" in capsys.readouterr().out


def test_a_campaign_begins_anew_when_a_formula_has_changed(tmp_path, monkeypatch):
    state, log = tmp_path / "state.json", []
    accuracy.run(state, small_parts(log))
    monkeypatch.setattr(accuracy, "_fingerprint", lambda: "changed")
    accuracy.run(state, small_parts(log))
    assert log == [1, 2, 3, 4] * 2


def test_a_table_is_written_and_read_back(tmp_path, monkeypatch):
    table = accuracy.measure_sample("float32 logits, exponent 3")
    monkeypatch.setattr(accuracy, "TABLE", tmp_path / "accuracy.csv")
    accuracy.write(table, accuracy.TABLE)
    stored = accuracy.stored_table()
    assert stored["where"].fillna("").tolist() == table["where"].tolist()
    assert stored["max_ulp"].tolist() == pytest.approx(table["max_ulp"].tolist(), rel=1e-5)
    assert accuracy.stored_versions()["torch"] == torch.__version__


def test_side_by_side(sample):
    wide = accuracy.side_by_side(sample())
    assert list(wide.columns) == ["helpers", "torch", "scipy", "naive", "bound", "points"]
    assert (wide["helpers"] <= wide["bound"]).all()
    assert (wide["torch"] >= 1e6).any()
    assert len(wide) == (sample()["implementation"] == "helpers").sum()


def test_the_command(monkeypatch, capsys, tmp_path):
    few = {name: part for name, part in accuracy.campaign(sample=True).items() if name.endswith("logits, exponent 6")}
    monkeypatch.setattr(accuracy, "campaign", lambda sample: few)
    assert accuracy.main(["--sample"]) == 0
    assert "Every bound is met." in capsys.readouterr().out
    monkeypatch.setitem(IMPLEMENTATIONS["sigmoid"], "helpers", torch.sigmoid)
    monkeypatch.setattr(accuracy, "TABLE", tmp_path / "accuracy.csv")
    monkeypatch.setattr(accuracy, "STATE", tmp_path / ".accuracy" / "state.json")
    assert accuracy.main([]) == 1
    assert "Bounds crossed" in capsys.readouterr().out
    assert not accuracy.crossed(accuracy.stored_table()).empty


# --- the parts of the campaign: all that goes into the implementations is looked at


@pytest.fixture
def calls(monkeypatch):
    """{(function, implementation): [(arguments, result)]} of what is computed during a test."""
    seen = {}

    def watched(key, compute):
        def call(*args):
            result = compute(*args)
            seen.setdefault(key, []).append((args, result))
            return result

        return call

    for function, implementations in IMPLEMENTATIONS.items():
        for name, compute in list(implementations.items()):
            monkeypatch.setitem(implementations, name, watched((function, name), compute))
    return seen


def with_two_seeds(draw):
    """Return what `draw` returns when torch's own generator has one seed and another: the same, if it plays no part."""
    drawn = []
    with torch.random.fork_rng():
        for seed in (1, 2):
            torch.manual_seed(seed)
            drawn.append(draw())
    return drawn


def measured(calls, part, *args):
    """Return the tally of a part, which must be the same whatever torch's own generator does."""

    def measure():
        calls.clear()
        tally = accuracy.Tally()
        part(tally, *args)
        return tally

    one, other = with_two_seeds(measure)
    assert one.rows == other.rows
    return one


def targets_of(args):
    """Return how the domain of binary targets is called: the end of its name."""
    if len(args) == 1:
        return ""
    found = set(args[1].tolist())
    assert len(found) == 1 or 0 < min(found) < max(found) < 1
    return {(0.0,): ", y = 0", (1.0,): ", y = 1"}.get(tuple(found), ", a drawn 0 < y < 1")


def points_of(function, args, result, digits):
    """Yield the error and the place of each value that one call computed, against the definition."""
    if function in ("softmax", "log_softmax", "cross_entropy"):
        rows, other = args
        dim, targets = (1, other.tolist()) if function == "cross_entropy" else (other, None)
        rows, result = (rows.T, result.T) if dim == 0 else (rows, result)
        for row, values, target in zip(rows.tolist(), result, targets or [None] * len(rows), strict=True):
            given = (row,) if target is None else (row, target)
            true, chosen = exact(function, *given), row if target is None else [row[target]]
            errors = exact_ulp_error(values.reshape(-1), Truth.of(true if target is None else [true]))
            for x, error in zip(chosen, errors.tolist(), strict=True):
                yield error, f"x = {x:.9g} in a row of {len(row)} with maximum {max(row):.9g}, dim {dim}"
    else:
        points = list(zip(*(arg.tolist() for arg in args), strict=True))
        errors = exact_ulp_error(result, Truth.of(exact(function, *point) for point in points))
        names = "py" if function in (BCE, "logit") else "xy"
        for point, error in zip(points, errors.tolist(), strict=True):
            yield error, ", ".join(f"{name} = {value:.{digits}g}" for name, value in zip(names, point))


def check_tally(tally, calls, domains, digits=9):
    """Compare the tally with what the definition says of all calls; domains: {function: the name of its domain}."""
    found = {}
    for (function, implementation), each in calls.items():
        for args, result in each:
            dtype = str(result.dtype).removeprefix("torch.")
            domain = domains[function] + (targets_of(args) if "binary" in function else "")
            key = (function, implementation, dtype, domain)
            found.setdefault(key, []).extend(points_of(function, args, result, digits))
    assert tally.rows.keys() == found.keys()
    (dtype,) = {key[2] for key in found}
    expected = {(f, name) for f in domains for name in IMPLEMENTATIONS[f] if name != "scipy" or "16" not in dtype}
    assert {key[:2] for key in found} == expected
    for key, (points, worst, where, ratio) in tally.rows.items():
        assert points == len(found[key]) and ratio is None
        worst = pytest.approx(min(worst, 1e30), rel=1e-4, abs=1e-5)  # against a true 0, exact_ulp_error soon says inf
        assert worst == min(max(error for error, _ in found[key]), 1e30)
        assert any(place == where and min(error, 1e30) == worst for error, place in found[key])


def arguments(calls, function):
    """Return the arguments of all calls, which must be the same for each implementation."""
    ours, *others = [[args for args, _ in each] for (name, _), each in calls.items() if name == function]
    for other in others:
        torch.testing.assert_close(other, ours, rtol=0, atol=0, equal_nan=True)
    return ours


@pytest.fixture
def eight_floats(monkeypatch):
    """Every sweep meets eight floats of an exponent, the whole one too: 8, 9, … 15, say."""
    every_float32 = accuracy.every_float32
    monkeypatch.setattr(accuracy, "every_float32", lambda field, step: every_float32(field, max(step, 1 << 20)))


@pytest.mark.parametrize("step", [(), (1 << 20,)])
def test_a_sweep_over_logits(calls, eight_floats, step):
    tally = measured(calls, accuracy.sweep_logits, 130, *step)
    domain = "|x| < 1024" if step else "all |x| < 1024"
    check_tally(tally, calls, dict.fromkeys(("sigmoid", "logsigmoid", BCE_LOGITS), domain))
    x = torch.arange(8.0, 16.0)
    torch.testing.assert_close(arguments(calls, "sigmoid"), [(x,), (-x,)], rtol=0, atol=0)
    assert [args[0].tolist() for args in arguments(calls, BCE_LOGITS)] == [x.tolist()] * 3 + [(-x).tolist()] * 3


@pytest.mark.parametrize("step", [(), (1 << 20,)])
def test_a_sweep_over_probabilities(calls, eight_floats, step):
    tally = measured(calls, accuracy.sweep_probs, 126, *step)
    domain = "p in [2^-40, 1)" if step else "all p in [2^-40, 1)"
    check_tally(tally, calls, dict.fromkeys(("logit", BCE), domain))
    p = torch.arange(8.0, 16.0) / 16
    torch.testing.assert_close(arguments(calls, "logit"), [(p,)], rtol=0, atol=0)
    assert [args[0].tolist() for args in arguments(calls, BCE)] == [p.tolist()] * 3


@pytest.mark.parametrize("dtype, finite, probs", [(torch.float16, 63488, 15359), (torch.bfloat16, 65280, 16255)])
def test_every_value_of_a_half_type(calls, dtype, finite, probs):
    tally = measured(calls, accuracy.every_half, dtype)
    name = str(dtype).removeprefix("torch.")
    assert {key[2] for key in tally.rows} == {name} and not any(key[1] == "scipy" for key in tally.rows)
    for function, count, domain in (
        ("sigmoid", finite, "all finite x"),
        ("logsigmoid", finite, "all finite x"),
        ("logit", probs, "all p in (0, 1)"),
    ):
        [[values]] = arguments(calls, function)
        assert values.dtype == dtype and len(set(values.tolist())) in (count, count - 1)  # -0 and 0 are equal
        assert {key[3]: found[0] for key, found in tally.rows.items() if key[0] == function} == {domain: count}
    eps = torch.finfo(dtype).eps
    for function, count in ((BCE_LOGITS, finite), (BCE, probs)):
        drawn = arguments(calls, function)[2]
        assert [targets_of(args) for args in arguments(calls, function)] == [
            ", y = 0",
            ", y = 1",
            ", a drawn 0 < y < 1",
        ]
        assert (drawn[1].min().item(), drawn[1].max().item()) == (eps, 1 - eps)
        assert all(found[0] == count for key, found in tally.rows.items() if key[0] == function)
    # The places of the stored table are among the values that are drawn.
    stored = accuracy.stored_table()
    stored = stored[(stored["dtype"] == name) & stored["domain"].str.contains("drawn")]
    for function in (BCE, BCE_LOGITS):
        points = set(zip(*(values.tolist() for values in arguments(calls, function)[2]), strict=True))
        found = [
            re.findall(r"[xpy] = (\S+?)(?:,|$)", where) for where in stored[stored["function"] == function]["where"]
        ]
        assert found and {(float(x), float(y)) for x, y in found} <= {
            (float(f"{x:.9g}"), float(f"{y:.9g}")) for x, y in points
        }


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("kind", ["random", "masked by -inf"])
def test_rows_along_both_dims(calls, monkeypatch, kind, dtype):
    monkeypatch.setattr(accuracy, "ROW_SIZES", (1, 3, 16))
    tally = measured(calls, accuracy.measure_rows, kind, dtype, 30)
    check_tally(tally, calls, dict.fromkeys(("softmax", "log_softmax", "cross_entropy"), f"rows, {kind}"))
    for function in ("softmax", "log_softmax"):
        shapes = [(tuple(values.shape), dim) for values, dim in arguments(calls, function)]
        assert shapes == [((30, 1), 1), ((1, 30), 0), ((10, 3), 1), ((3, 10), 0), ((4, 16), 1), ((16, 4), 0)]
        assert all(values.dtype == dtype and values.is_contiguous() for values, _ in arguments(calls, function))
        assert any(values.isinf().any() for values, _ in arguments(calls, function)) == (kind == "masked by -inf")
    targets = arguments(calls, "cross_entropy")[1][1].tolist()
    assert set(targets) == {0, 1, 2}


def test_many_rows_come_in_blocks(calls, monkeypatch):
    monkeypatch.setattr(accuracy, "ROW_SIZES", (1, 2))
    tally = measured(calls, accuracy.measure_rows, "all equal", torch.float32, 8300)
    assert [len(rows) for rows, _ in arguments(calls, "cross_entropy")] == [4096, 4096, 108, 4096, 54]
    assert all((rows == rows[:, :1]).all() and rows.isfinite().all() for rows, _ in arguments(calls, "cross_entropy"))
    assert {key[0]: points for key, (points, *_) in tally.rows.items()} == {
        "softmax": 4 * 8300,
        "log_softmax": 4 * 8300,
        "cross_entropy": 8300 + 4150,
    }


@pytest.mark.parametrize("exponent", [-40, -1, 0, 9])
def test_a_sample_in_float64(calls, exponent):
    tally = measured(calls, accuracy.sample_float64, exponent, 30)
    logits = dict.fromkeys(("sigmoid", "logsigmoid", BCE_LOGITS), "dense sample, |x| < 1024")
    probs = dict.fromkeys(("logit", BCE), "dense sample, 0 < p < 1") if exponent < 0 else {}
    check_tally(tally, calls, logits | probs, digits=17)
    [[x]] = arguments(calls, "sigmoid")
    assert x.dtype == torch.float64 and len(set(x.abs().tolist())) == 30
    assert (x.abs() >= 2.0**exponent).all() and (x.abs() < 2.0 ** (exponent + 1)).all()
    assert (x[::2] > 0).all() and (x[1::2] < 0).all()
    if exponent < 0:
        [[p]] = arguments(calls, "logit")
        assert torch.equal(p, torch.where(x > 0, x, 1 + x))
    for function in {BCE_LOGITS, BCE} & (logits | probs).keys():
        ends = [targets_of(args) for args in arguments(calls, function)]
        assert ends == [", y = 0", ", y = 1", ", a drawn 0 < y < 1"]


def test_the_places_of_the_stored_table_are_drawn_in_float64(monkeypatch):
    drawn = []
    monkeypatch.setattr(
        accuracy, "_tally_exactly", lambda tally, function, args, domain: drawn.extend(args[0].tolist())
    )
    stored = accuracy.stored_table()
    stored = stored[stored["domain"].str.startswith("dense sample, |x|")]
    x = [float(where.split(",")[0].removeprefix("x = ")) for where in stored["where"]]
    for exponent in {math.frexp(value)[1] - 1 for value in x}:
        accuracy.campaign(sample=False)[f"float64, exponent {exponent}"](None)
    assert len(x) > 10 and set(x) <= set(drawn)


@pytest.mark.parametrize("shape", [(2, 3), (1,)])
def test_a_ratio_of_times_is_that_of_the_medians(monkeypatch, shape):
    clock, seen = [0.0], {}

    def pretended(function, name, seconds):
        def call(*args):
            clock[0] += next(seconds)
            seen.setdefault((function, name), []).append(args)
            return args[0] * 2

        return call

    monkeypatch.setattr(accuracy.time, "perf_counter", lambda: clock[0])
    for function, implementations in IMPLEMENTATIONS.items():
        monkeypatch.setitem(
            implementations, "helpers", pretended(function, "helpers", itertools.cycle([3.0, 90.0, 6.0]))
        )
        monkeypatch.setitem(implementations, "torch", pretended(function, "torch", itertools.cycle([1.0, 4.0, 70.0])))
    tally = accuracy.Tally()
    accuracy.measure_speed(tally, shape, 3)
    timed = ("softmax", "log_softmax", "sigmoid", "logsigmoid", "cross_entropy", BCE_LOGITS)
    assert tally.rows == {
        (function, "helpers : torch", "float32", f"time, shape {shape}, {direction}"): (3, None, "", 1.5)
        for function in timed
        for direction in ("forward", "forward and backward")
    }
    for function in timed:
        for name in ("helpers", "torch"):
            leaves = [args[0] for args in seen[function, name]]
            assert [leaf.requires_grad for leaf in leaves] == [False] * 3 + [True] * 3
            assert all(torch.equal(leaf.grad, torch.full(shape, 2.0)) for leaf in leaves[3:])
            assert all(leaf.shape == shape and leaf.dtype == torch.float32 for leaf in leaves)
            assert all(torch.equal(leaf, leaves[0]) for leaf in leaves)
    for function, option in (("softmax", -1), ("log_softmax", -1), ("sigmoid", None), ("logsigmoid", None)):
        assert all(args[1:] == (() if option is None else (option,)) for args in seen[function, "helpers"])
    (values, classes), (_, hot) = seen["cross_entropy", "helpers"][0], seen[BCE_LOGITS, "helpers"][0]
    assert torch.equal(classes, torch.zeros(shape[:-1], dtype=torch.int64))
    assert hot.dtype == torch.float32 and torch.equal(hot.bool(), values > 0)
    assert shape == (1,) or 0 < hot.mean() < 1


def test_the_parts_of_the_campaign():
    whole, sample = accuracy.campaign(sample=False), accuracy.campaign(sample=True)
    assert whole.keys() - sample.keys() == {"time, shape (1,)", "time, shape (10, 5)", "time, shape (1024, 1000)"}
    assert sample.keys() <= whole.keys() and len(sample) == 137 + 40 + 2 + 20 + 50
    for field in range(137):
        name = f"float32 logits, exponent {field - 127}"
        assert (whole[name].func, whole[name].keywords) == (accuracy.sweep_logits, {"field": field, "step": 1})
        assert sample[name].keywords == {"field": field, "step": 997 if field >= 87 else 16 * 997}
    for field in range(87, 127):
        name = f"float32 probabilities, exponent {field - 127}"
        assert (whole[name].func, whole[name].keywords) == (accuracy.sweep_probs, {"field": field, "step": 1})
        assert sample[name].keywords == {"field": field, "step": 997}
    for dtype in HALVES:
        part = sample[f"every {str(dtype).removeprefix('torch.')}"]
        assert (part.func, part.keywords) == (accuracy.every_half, {"dtype": dtype})
    for kind in ROW_KINDS:
        for dtype, share in zip(EVERY_DTYPE, (1, 160, 4, 4), strict=True):
            for parts, logits in ((whole, 4_000_000), (sample, 2_000)):
                part = parts[f"{str(dtype).removeprefix('torch.')} rows, {kind}"]
                assert part.func == accuracy.measure_rows
                assert part.keywords == {"kind": kind, "dtype": dtype, "logits": logits // share}
    for exponent in range(-40, 10):
        for parts, count in ((whole, 6_000), (sample, 20)):
            part = parts[f"float64, exponent {exponent}"]
            assert (part.func, part.keywords) == (accuracy.sample_float64, {"exponent": exponent, "count": count})
    for shape, rounds in (((1,), 2000), ((10, 5), 2000), ((1024, 1000), 40)):
        part = whole[f"time, shape {shape}"]
        assert (part.func, part.keywords) == (accuracy.measure_speed, {"shape": shape, "rounds": rounds})


# --- the tally and its tables


def test_the_tally_keeps_the_largest_error_and_where_it_was():
    tally, key = accuracy.Tally(), ("sigmoid", "helpers", "float32", "here")
    tally.add(key, torch.tensor([]), lambda i: pytest.fail("no error, no place"))
    assert tally.rows == {}
    tally.add(key, torch.tensor([[0.25, 0.5], [0.5, 0.0]]), lambda i: f"point {i}")
    assert tally.rows == {key: (4, 0.5, "point 1", None)}
    tally.add(key, torch.tensor([0.5, 0.5]), lambda i: pytest.fail("not larger"))
    assert tally.rows == {key: (6, 0.5, "point 1", None)}
    tally.add(("logit", *key[1:]), torch.zeros(2), lambda i: f"point {i}")
    assert tally.rows["logit", "helpers", "float32", "here"] == (2, 0.0, "point 0", None)
    other = accuracy.Tally([[list(key), (3, 0.75, "far away", None)], [["time"], (9, None, "", 1.5)]])
    tally.merge(other)
    assert tally.rows[key] == (9, 0.75, "far away", None) and tally.rows["time",] == (9, None, "", 1.5)


def small_tally():
    tally = accuracy.Tally()
    tally.add_ratio(("sigmoid", "helpers : torch", "float32", "time, later"), 7, 2.5)
    tally.add_ratio(("softmax", "helpers : torch", "float32", "time, later"), 7, 1.5)
    tally.add_ratio(("sigmoid", "helpers : torch", "float32", "time, early"), 7, 3.5)
    tally.add_ratio(("softmax", "helpers : torch", "float32", "time, early"), 7, 4.5)
    for function, name, dtype, domain, worst in (
        ("softmax", "helpers", "float32", "rows", 12.5),
        ("sigmoid", "torch", "float64", "x", 1.0),
        ("sigmoid", "helpers", "float64", "x", 2.5),
        ("sigmoid", "naive", "float32", "x", 99.0),
        ("sigmoid", "helpers", "float32", "x", 2.25),
        ("softmax", "helpers", "bfloat16", "rows", 0.5),
    ):
        tally.add((function, name, dtype, domain), torch.tensor([worst]), lambda i: "there")
    return tally.table()


def test_the_table_is_ordered():
    table = small_tally()
    assert list(table.columns) == [
        "function", "implementation", "dtype", "domain", "points", "max_ulp", "where", "bound", "time_ratio",
    ]  # fmt: skip
    assert table.astype(object).where(table.notna(), None).values.tolist() == [
        ["sigmoid", "naive", "float32", "x", 1, 99.0, "there", None, None],
        ["sigmoid", "helpers", "float32", "x", 1, 2.25, "there", 2.5, None],
        ["sigmoid", "torch", "float64", "x", 1, 1.0, "there", None, None],
        ["sigmoid", "helpers", "float64", "x", 1, 2.5, "there", 2.5, None],
        ["softmax", "helpers", "float32", "rows", 1, 12.5, "there", 12.0, None],
        ["softmax", "helpers", "bfloat16", "rows", 1, 0.5, "there", 0.51, None],
        ["sigmoid", "helpers : torch", "float32", "time, later", 7, None, "", None, 2.5],
        ["sigmoid", "helpers : torch", "float32", "time, early", 7, None, "", None, 3.5],
        ["softmax", "helpers : torch", "float32", "time, later", 7, None, "", None, 1.5],
        ["softmax", "helpers : torch", "float32", "time, early", 7, None, "", None, 4.5],
    ]
    assert accuracy.crossed(table)["max_ulp"].tolist() == [12.5]  # the bound itself is kept


def test_the_tables_made_of_it():
    table = small_tally()
    wide = accuracy.side_by_side(table)
    assert list(wide.columns) == ["helpers", "torch", "scipy", "naive", "bound", "points"]
    assert wide.index.names == ["function", "dtype", "domain"]
    rows = wide.astype(object).where(wide.notna(), None).values.tolist()
    assert dict(zip(wide.index, rows, strict=True)) == {
        ("sigmoid", "float32", "x"): [2.25, None, None, 99.0, 2.5, 1],
        ("sigmoid", "float64", "x"): [2.5, 1.0, None, None, 2.5, 1],
        ("softmax", "float32", "rows"): [12.5, None, None, None, 12.0, 1],
        ("softmax", "bfloat16", "rows"): [0.5, None, None, None, 0.51, 1],
    }
    assert [key[:2] for key in wide.index] == [
        ("sigmoid", "float32"), ("sigmoid", "float64"), ("softmax", "float32"), ("softmax", "bfloat16"),
    ]  # fmt: skip
    times = accuracy.speed(table)
    assert (list(times.index), list(times.columns)) == (["sigmoid", "softmax"], ["time, later", "time, early"])
    assert times.values.tolist() == [[2.5, 3.5], [1.5, 4.5]]


@pytest.mark.parametrize(
    "function, dtype, domain, expected",
    [
        ("sigmoid", "float32", "", 2.5),
        ("logit", "float64", "", 3.0),
        ("softmax", "float16", "", 0.51),
        (BCE, "bfloat16", "y = 0", 0.51),
        (BCE, "float32", "p, a drawn 0 < y < 1", 3.0),
        (BCE, "float32", "p, y = 1", 1.6),
    ],
)
def test_what_is_promised(function, dtype, domain, expected):
    assert accuracy.bound(function, dtype, domain) == expected


def test_compare_says_how_far_off_a_value_is():
    table = accuracy.compare("softmax", [0.0, 1000.0], entry=0)
    assert list(table.columns) == ["value", "ulps", "relative error"]
    assert (table["value"] == 0).all() and (table["relative error"] == 1).all()
    assert table["ulps"].max() < 1e-300  # e^-1000 is far below the smallest float
    table = accuracy.compare("log_softmax", [0.0, 0.0], entry=1, dtype=torch.float64)
    assert table.loc["helpers", "value"] == -math.log(2) and 0 < table.loc["helpers", "relative error"] < 2**-53
    table = accuracy.compare("cross_entropy", [0.0, -40.0], 0)
    assert table.loc["torch"].tolist() == [0.0, pytest.approx(math.exp(-40) * 2**81), 1.0]
    table = accuracy.compare(BCE, 0.0, 0.0)  # a true 0 is met or not
    assert table["relative error"].to_dict() == {"helpers": 0.0, "torch": 0.0, "naive": 1.0}
    assert math.isnan(table.loc["naive", "value"]) and table["ulps"].tolist() == [0.0, 0.0, math.inf]
    off = accuracy.compare("logit", 0.1)  # 0.1 is rounded to float32 first
    assert off.loc["helpers", "value"] == pytest.approx(math.log(0.1 / 0.9), rel=2e-7)
    assert off.loc["helpers", "relative error"] < 2e-7


# --- the command


class Flushed(io.StringIO):
    """What has been flushed: what a reader sees who pipes it."""

    seen = ""

    def flush(self):
        self.seen = self.getvalue()


def test_a_run_says_how_far_it_is_and_leaves_its_state(tmp_path, monkeypatch):
    seconds = iter([100.0, 100.0, 101.6, 3700.0])
    monkeypatch.setattr(accuracy.time, "monotonic", lambda: next(seconds))
    state = tmp_path / "folder" / "state.json"
    parts = dict(list(small_parts([]).items())[:3])
    out = Flushed()
    monkeypatch.setattr(sys, "stdout", out)
    accuracy.run(state, parts)
    assert out.seen == "   1 of 3       0 s  part 1\n   2 of 3       2 s  part 2\n   3 of 3    3600 s  part 3\n"
    assert [path.name for path in state.parent.iterdir()] == ["state.json"]
    kept = json.loads(state.read_text())
    assert kept["fingerprint"] == accuracy._fingerprint() and list(kept["parts"]) == ["part 1", "part 2", "part 3"]


def test_what_a_stored_part_depends_on(tmp_path, monkeypatch):
    known = {accuracy._fingerprint()}
    for owner, name, value in (
        (torch, "__version__", "2.99.0"),
        (torch.backends.cpu, "get_cpu_capability", lambda: "ANOTHER"),
        *((module, "__file__", str(tmp_path / "empty.py")) for module in (functions, losses, naive, accuracy)),
    ):
        (tmp_path / "empty.py").touch()
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, value)
            known.add(accuracy._fingerprint())
    assert len(known) == 7 and all(re.fullmatch("[0-9a-f]{64}", each) for each in known)
    assert accuracy._fingerprint() in known


def test_the_written_table(tmp_path, monkeypatch):
    """Its lines end as a text file's do: what Windows makes of them is no matter of the table."""
    path = tmp_path / "accuracy.csv"
    end = os.linesep
    monkeypatch.setattr(os, "linesep", "\r\n")
    accuracy.write(small_tally().iloc[[1, 6]].assign(max_ulp=[1e-6 / 3, None]), path)
    today = datetime.date.today().isoformat()
    assert path.read_bytes().decode().replace(end, "\n") == (
        f"# measured: {today}\n# python: {platform.python_version()}\n# torch: {torch.__version__}\n"
        f"# CPU level: {torch.backends.cpu.get_cpu_capability()}\n# numpy: {numpy.__version__}\n"
        f"# scipy: {scipy.__version__}\n# mpmath: {mpmath.__version__}\n"
        "function,implementation,dtype,domain,points,max_ulp,where,bound,time_ratio\n"
        "sigmoid,helpers,float32,x,1,3.33333e-07,there,2.5,\n"
        'sigmoid,helpers : torch,float32,"time, later",7,,,,2.5\n'
    )


def test_what_the_command_prints(tmp_path, monkeypatch, capsys):
    key = (
        "sigmoid",
        "helpers",
        "float32",
        "a domain with a long name that must not be cut, ever, whatever it says here",
    )
    worst = [0.123456]
    few = {f"part {i}": lambda tally: tally.add(key, torch.tensor(worst), lambda i: "x = 1") for i in range(2)}
    monkeypatch.setattr(accuracy, "campaign", lambda sample: few if sample else few | {"more": few["part 0"]})
    monkeypatch.setattr(accuracy, "TABLE", tmp_path / "accuracy.csv")
    monkeypatch.setattr(accuracy, "STATE", tmp_path / ".accuracy" / "state.json")
    threads = []
    monkeypatch.setattr(torch, "set_num_threads", threads.append)
    assert accuracy.main(["--sample"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"\s0\.1235\s", out) and out.endswith("\nEvery bound is met.\n") and "of 2" not in out
    assert key[3] in out
    assert not (tmp_path / "accuracy.csv").exists()
    worst[0] = 2.75e9
    assert accuracy.main([]) == 1
    out = capsys.readouterr().out
    assert "3 of 3" in out and "Bounds crossed:\n" in out and re.search(r"\s2\.75e\+09\s", out)
    assert (tmp_path / "accuracy.csv").exists() and not list((tmp_path / ".accuracy").iterdir())
    assert threads == [1, 1]
    with pytest.raises(SystemExit):
        accuracy.main(["--help"])
    out = capsys.readouterr().out
    assert (
        "\nMeasure the accuracy of the helpers, in ulps.\n" in out
        and " a small sample, printed, nothing written\n" in out
    )


# --- what is drawn


def share_below(values, *limits):
    return [(values <= limit).double().mean().item() for limit in limits]


def uniform_between(values, low, high):
    """Return whether the values look like many draws between low and high, by their ends and quarters."""
    span = high - low
    quarters = share_below(values, low + span / 4, low + span / 2, low + 3 * span / 4)
    inside = values.min() >= low and values.max() <= high
    return bool(inside) and values.min() < low + span / 50 and quarters == pytest.approx([0.25, 0.5, 0.75], abs=0.05)


def raw_rows(monkeypatch, kind, count=2000, size=400):
    """Return float64 rows without the limit to their tails, which must not depend on torch's own generator."""
    monkeypatch.setattr(accuracy, "TAIL", 1e300)
    rows, same = with_two_seeds(
        lambda: accuracy.draw_rows(kind, count, size, torch.Generator().manual_seed(3), torch.float64)
    )
    assert torch.equal(rows, same)
    return rows


def scales(rows):
    return (rows - rows.mean(1, keepdim=True)).std(1).log10()


def test_random_rows_have_each_their_own_scale(monkeypatch):
    rows = raw_rows(monkeypatch, "random")
    assert uniform_between(scales(rows), -6.1, 3.1)
    assert (rows.mean(1).abs() < 0.3 * rows.std(1)).all()


def test_offset_rows_lie_around_ten_thousand(monkeypatch):
    rows = raw_rows(monkeypatch, "offset by 1e4")
    assert uniform_between(scales(rows), -2.05, 1.55)
    calm = rows.mean(1)[rows.std(1) < 1]
    assert ((calm.abs() - 1e4).abs() < 0.3).all()
    assert 0.45 < (calm > 0).double().mean() < 0.55


def test_equal_rows_reach_from_small_to_large(monkeypatch):
    value = raw_rows(monkeypatch, "all equal", 40_000, 2)[:, 0]
    assert 500 < value.abs().max() <= 1000 and 0.45 < (value > 0).double().mean() < 0.55
    # u·10^w with u in (0, 1) and w in (−3, 3), both uniform
    assert share_below(value.abs(), 1e-3, 1.0, 100.0) == pytest.approx([0.072, 0.572, 0.899], abs=0.01)


def test_masked_rows_keep_their_first_logit(monkeypatch):
    rows = raw_rows(monkeypatch, "masked by -inf")
    assert uniform_between(rows[:, 0], -1, 1)
    kept = rows[:, 1:].isfinite()
    assert kept.double().mean().item() == pytest.approx(0.7, abs=0.005)
    assert uniform_between(torch.stack([row[mask].std() for row, mask in zip(rows[:, 1:], kept)]).log10(), -2.05, 1.55)


def test_one_logit_dominates_its_row():
    rows = accuracy.draw_rows("dominated", 10_000, 50, torch.Generator().manual_seed(3), torch.float64)
    tail = rows[:, 1:]
    assert uniform_between(rows[:, 0] - tail.amax(1).clamp(min=0), 0, 5)
    constant = (tail == tail[:, :1]).all(1)
    assert constant.double().mean().item() == pytest.approx(0.3, abs=0.04)
    assert uniform_between(tail[constant, 0], -87, 0)
    assert tail[constant, 0].max() > -1
    assert (rows.amin(1) == rows[:, 0] - accuracy.TAIL).double().mean() > 0.01
    uncut = ~constant & (rows.amin(1) > rows[:, 0] - accuracy.TAIL)
    spread = scales(tail[uncut])
    assert -4.1 < spread.min() < -3.8 and spread.max() < 1.1 and spread.median() < -1.2


def test_targets_end_before_zero_and_one(monkeypatch):
    monkeypatch.setattr(
        torch, "rand", lambda *shape, **options: torch.tensor([0.0, 0, 0, 1, 1, 1], dtype=torch.float64)
    )
    low, high = 2**-20e-6, 2**-19.99998
    expected = [1e-6, low, 1 - low, 1 - 1e-6, high, 1 - high]
    assert accuracy.draw_targets(6, None, torch.float64).tolist() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_drawn_targets_are_of_three_kinds(dtype):
    targets, same = with_two_seeds(lambda: accuracy.draw_targets(6001, torch.Generator().manual_seed(3), dtype))
    assert torch.equal(targets, same) and targets.dtype == dtype and targets.shape == (6001,)
    even, low, high = targets[::3].double(), targets[1::3].double(), targets[2::3].double()
    assert uniform_between(even, 0, 1)
    assert uniform_between(low.log2(), -20, 0) and uniform_between((1 - high).log2(), -20.1, 0)
    # In float64 they have more digits than float32 has.
    assert len({*even.tolist()} & {*even.float().double().tolist()}) < 10 or dtype == torch.float32

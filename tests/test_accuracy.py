"""The promised accuracy, on a sample: measured anew, with the measure itself under test."""

import math
import random
from fractions import Fraction

import mpmath
import numpy
import pytest
import torch
import torch.nn.functional as F

from helpers import accuracy, functions, naive
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


@pytest.fixture(scope="module")
def sample():
    return accuracy.measure_sample()


# --- the promise


@pytest.mark.parametrize("function", IMPLEMENTATIONS)
def test_every_bound_holds_on_the_sample(sample, function):
    ours = sample[(sample["function"] == function) & (sample["implementation"] == "helpers")]
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
    assert set(zip(*(table[key] for key in keys))) >= set(zip(*(sample[key] for key in keys)))
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
    values = [0.0, 1.0, 1.5, 2.0, 3.0, 0.1, info.smallest_normal, info.smallest_normal * 1.5, info.smallest_normal / 2]
    values = torch.tensor(values, dtype=dtype)
    above = torch.nextafter(values, torch.full_like(values, torch.inf))
    assert torch.equal(above.double() - values.double(), ulp(values.double(), dtype))
    assert torch.equal(ulp(-values.double(), dtype), ulp(values.double(), dtype))


def test_errors_in_ulps():
    one, exact_one = torch.tensor([1.0], dtype=torch.float64), Truth.of([mpmath.mpf(1)])
    for value, error in ((1.0, 0.0), (1 + 2**-23, 1.0), (1 - 2**-24, 0.5), (0.0, 2.0**23), (math.nan, math.inf)):
        computed = torch.tensor([value])
        assert ulp_error(computed, one).item() == exact_ulp_error(computed, exact_one).item() == error


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
    wide = accuracy.side_by_side(sample)
    assert list(wide.columns) == ["helpers", "torch", "scipy", "naive", "bound", "points"]
    assert (wide["helpers"] <= wide["bound"]).all()
    assert (wide["torch"] >= 1e6).any()
    assert len(wide) == (sample["implementation"] == "helpers").sum()


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

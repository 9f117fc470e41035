"""The promised accuracy, measured anew on a sample; the stored table; and that the campaign would see a fault."""

import math

import numpy
import pandas
import pytest
import torch

from bench import accuracy, runtimes
from bench.accuracy import DTYPES, ROW_KINDS, draw_rows, every_float32, fast_logit, fast_rows
from helpers import functions, losses
from helpers.ulp import (
    BCE_LOGITS,
    IMPLEMENTATIONS,
    crossed,
    exact,
    fast_elementwise,
    stored_runtimes,
    stored_table,
    stored_versions,
    ulp,
    ulp_error,
)

KEYS = ["function", "implementation", "dtype"]


@pytest.fixture(scope="module")
def sample():
    """The accuracy of all functions on a sample, measured before any test puts a fault in."""
    return accuracy.measure_sample()


# --- the promise


def test_every_bound_holds_on_the_sample(sample):
    ours = sample[sample["implementation"] == "helpers"]
    assert set(zip(ours["function"], ours["dtype"])) == {(name, dtype) for name in IMPLEMENTATIONS for dtype in DTYPES}
    assert ours["bound"].notna().all() and (ours["points"] > 0).all()
    assert crossed(ours).empty, f"\n{crossed(ours).to_string()}"


def test_a_result_a_little_worse_crosses_every_bound(sample, monkeypatch):
    """By 16 to 64 ulp, in every function, dtype and domain: so each of them is really looked at."""

    def spoilt(compute):
        def worse(values, *args):
            result = compute(values, *args)
            return result * (1 + 32 * torch.finfo(result.dtype).eps)

        return worse

    for found in IMPLEMENTATIONS.values():
        monkeypatch.setitem(found, "helpers", spoilt(found["helpers"]))
    worse = accuracy.measure_sample()
    ours = worse["implementation"] == "helpers"
    kept = worse[ours].drop(crossed(worse).index)
    assert kept.empty, f"\n{kept.to_string()}"
    pandas.testing.assert_frame_equal(worse[~ours], sample[~ours])


# --- the stored table


def test_the_stored_table_is_of_the_formulas_as_they_are():
    found, stored = accuracy.fingerprint(), stored_versions()["formulas"]
    assert found == stored, f"formulas have changed ({found}) since helpers/accuracy.csv: `make accuracy` measures anew"


def test_the_fingerprint_sees_formulas_and_constants_but_no_docstrings_and_comments(monkeypatch):
    before, source = accuracy.fingerprint(), accuracy.inspect.getsource

    def changed(old, new):
        monkeypatch.setattr(accuracy.inspect, "getsource", lambda function: source(function).replace(old, new))
        return accuracy.fingerprint() != before

    assert changed("z / (1 + z)", "z / (z + 1)")  # of sigmoid
    assert changed("back = total - a", "back = total - b")  # called by what softmax calls
    assert changed("torch.log(input / (1 - input))", "torch.log(input) - torch.log(1 - input)")  # the textbook's logit
    assert not changed('"""Return', '"""Give') and not changed("  # ", "  # here: ")
    monkeypatch.undo()
    monkeypatch.setattr(losses, "FLOOR", -50.0)
    assert accuracy.fingerprint() != before


def test_the_stored_table_is_of_the_whole_campaign(sample):
    table = stored_table()
    assert crossed(table).empty
    assert set(zip(*(table[key] for key in KEYS))) >= set(zip(*(sample[key] for key in KEYS)))
    assert list(table.columns) == [*sample.columns, "time_ratio"]
    assert table.loc[table["implementation"] == "helpers", "bound"].notna().all()
    sweep = table[table["domain"].str.startswith("all |x| < 1024") & (table["dtype"] == "float32")]
    assert set(sweep["function"]) == {"sigmoid", "logsigmoid", BCE_LOGITS}
    assert (sweep["points"] == 137 * 2 * 2**23).all()  # 137 exponents, two signs, 2^23 each
    rows = table[table["domain"].str.startswith("rows")]
    assert {domain.removeprefix("rows, ") for domain in rows["domain"]} == set(ROW_KINDS)
    assert (table["time_ratio"] > 0).sum() == 6 * 3 * 2


def test_the_table_of_runtimes_is_of_the_helpers_as_they_are():
    table = stored_runtimes()
    assert list(table.index) == ["helpers", "torch", *runtimes.RUNTIMES]
    found = runtimes.computed_here(functions.sigmoid, functions.softmax, functions.log_softmax, "")
    for name, value in list(runtimes.row("helpers", found).items())[2:]:
        assert table.loc["helpers", name] == pytest.approx(value, rel=1e-6), "`make runtimes` measures anew"


# --- what each piece buys: more than the bounds ask for


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_sum_is_rounded_once(dtype):
    """Also where a plain sum goes wrong always in one direction: many equal terms."""
    for size in (1, 2, 3, 7, 8, 9, 100, 1000):
        generator = torch.Generator().manual_seed(size)
        scattered = torch.rand((20, size), generator=generator, dtype=torch.float64).to(dtype) ** 8
        constant = scattered[:, :1].expand(20, size)
        for terms, dim in ((scattered, 1), (constant, 1), (scattered.T, 0), (constant.T, 0)):
            total = functions._sum(terms, dim).flatten()
            for row, value in zip(terms.movedim(dim, -1).tolist(), total.tolist(), strict=True):
                true = math.fsum(row)  # itself rounded once, to float64
                assert abs(value - true) <= 0.501 * ulp(torch.tensor([true], dtype=torch.float64), dtype).item()


def test_sigmoid_near_one_rounds_less_than_the_quotient():
    for field in range(120, 132):  # 2^−7 … 32
        for x in every_float32(field, step=499):
            if x[0] > 0:
                assert ulp_error(functions.sigmoid(x), fast_elementwise(x.double())["sigmoid"]).max() <= 1.3


def test_the_rounding_error_of_the_shift_reaches_log_softmax():
    """Of two logits 2 to 8 apart: 0.6 ulp with the error carried along, 1.05 without."""
    generator = torch.Generator().manual_seed(0)
    top = torch.rand(50_000, generator=generator) * 20 - 10
    rows = torch.stack([top, top - 2 - 6 * torch.rand(50_000, generator=generator)], 1)
    true = fast_rows(rows.double())["log_softmax"]
    assert ulp_error(functions.log_softmax(rows, 1), true)[:, 1].max() <= 0.65


# --- the truths of the campaign, and its domains


def assert_within_ulp(fast, true, ulps=2e-6):
    """Assert that a fast float64 reference is this close to the truth, in ulps of float32."""
    gaps = ulp(fast.flatten(), torch.float32).tolist()
    for value, expected, gap in zip(fast.flatten().tolist(), true, gaps, strict=True):
        assert abs(value - expected) <= ulps * gap


def test_fast_logit_reference():
    p = 2 ** (40 * (torch.rand(300, generator=torch.Generator().manual_seed(0)) - 1))
    near_half = 0.5 + 2 ** (-24 + 21 * torch.rand(100, generator=torch.Generator().manual_seed(1)))
    p = torch.cat([p, near_half, 1 - near_half, torch.tensor([0.2, 0.8, 0.25, 0.75])]).double()
    assert_within_ulp(fast_logit(p), [exact("logit", value) for value in p.tolist()])


@pytest.mark.parametrize("kind", ROW_KINDS)
def test_fast_row_references(kind):
    generator = torch.Generator().manual_seed(1)
    for size in (1, 2, 33, 300):
        rows = draw_rows(kind, 2, size, generator, torch.float32).double()
        fast = fast_rows(rows)
        for row in range(2):
            kept = rows[row].isfinite()
            for function in ("softmax", "log_softmax"):
                true = numpy.array(exact(function, rows[row].tolist()), dtype=object)[kept.numpy()]
                assert_within_ulp(fast[function][row][kept], true)


def test_the_sweep_meets_every_float_once():
    for field, lowest, highest in ((0, 0.0, 2.0**-126), (127, 1.0, 2.0), (136, 512.0, 1024.0)):
        chunks = list(every_float32(field))
        positive, negative = torch.cat(chunks[::2]), torch.cat(chunks[1::2])
        assert len(positive) == len(negative) == 2**23
        assert positive[0] == lowest and torch.nextafter(positive[-1], torch.tensor(torch.inf)) == highest
        assert torch.equal(negative, -positive) and (positive.diff() > 0).all()
    fields = {part.keywords["field"] for name, part in accuracy.campaign(False).items() if "logits, exponent" in name}
    assert fields == set(range(137))
    assert all(part.keywords["step"] == 1 for part in accuracy.campaign(False).values() if "step" in part.keywords)


@pytest.mark.parametrize("kind", ROW_KINDS)
def test_rows_are_what_they_are_called(kind):
    for dtype in (torch.float32, torch.float64, torch.float16, torch.bfloat16):
        rows = draw_rows(kind, 200, 33, torch.Generator().manual_seed(0), dtype)
        assert rows.shape == (200, 33) and rows.dtype == dtype
        wide, top = rows.double(), rows.double().amax(1, keepdim=True)
        kept = wide.isfinite()
        assert top.isfinite().all() and (wide >= top - accuracy.TAIL)[kept].all()
        assert 0.2 < (~kept).double().mean() < 0.4 if kind == "masked by -inf" else kept.all()
        if kind == "all equal":
            assert (rows == rows[:, :1]).all()
        if kind == "dominated":
            assert (rows[:, :1] >= rows).all()
        if kind == "offset by 1e4":
            assert (wide.abs() > 9000).all()

import math

import mpmath
import pytest
import torch

from helpers.floats import (
    DTYPES,
    gap,
    ideal_saturation,
    in_bulk,
    neighbour,
    rank,
    roundtrip_bound,
    saturation,
    step,
    textbook_roundtrip,
    unrank,
)

each_dtype = pytest.mark.parametrize("dtype", DTYPES.values(), ids=list(DTYPES))
each_short = pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=["float16", "bfloat16"])


def some_floats(dtype, count=2000):
    draw = torch.Generator().manual_seed(4)
    sizes = torch.randn(count, generator=draw, dtype=torch.float64) * 4
    signs = torch.randn(count, generator=draw, dtype=torch.float64).sign()
    return torch.cat([torch.tensor([0.0, 1.0, -1.0, 0.5]).double(), signs * sizes.exp()]).to(dtype)


def every_float(dtype):
    """All floats of a 16-bit type from −inf to inf, without −0."""
    bits = torch.arange(-(2**15), 2**15, dtype=torch.int64).to(torch.int16)
    values = bits.view(dtype)
    values = values[~values.isnan() & ~((values == 0) & (bits < 0))]
    return values[values.double().argsort()]


@each_dtype
def test_ranks_follow_the_order_of_the_floats(dtype):
    x = some_floats(dtype)
    assert torch.equal(unrank(rank(x), dtype), x)
    order = x.double().argsort()
    assert (rank(x)[order].diff() >= 0).all()
    assert torch.equal(rank(-x), -rank(x))
    zeros = rank(torch.tensor([0.0, -0.0], dtype=dtype))
    assert zeros.tolist() == [0, 0] and not unrank(zeros, dtype).signbit().any()


@each_short
def test_ranks_number_every_float_without_a_hole(dtype):
    x = every_float(dtype)
    assert (rank(x).diff() == 1).all()
    assert torch.equal(neighbour(x[:-1]), x[1:])
    assert torch.equal(neighbour(x[1:], -1), x[:-1])
    assert torch.equal(neighbour(x[5:], -5), x[:-5])
    assert neighbour(x[-1], 3) == math.inf and neighbour(x[0], -3) == -math.inf


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_neighbours_are_those_of_nextafter(dtype):
    x = some_floats(dtype)
    up, down = torch.full_like(x, math.inf), torch.full_like(x, -math.inf)
    assert torch.equal(neighbour(x), torch.nextafter(x, up))
    assert torch.equal(neighbour(x, -1), torch.nextafter(x, down))


def test_gap_is_the_ulp():
    x = some_floats(torch.float64).abs()
    assert gap(x).tolist() == [math.ulp(value) for value in x.tolist()]
    assert gap(torch.tensor(1.0), -1) == 2**-24
    assert gap(torch.tensor(-16.0), -1) == 2**-19 and gap(torch.tensor(-16.0)) == 2**-20


@each_dtype
def test_in_bulk_is_what_a_long_tensor_gives(dtype):
    x = some_floats(dtype, 4092)[:4096]
    for length in (1, 5, 64, 65, 200):
        assert torch.equal(in_bulk(torch.sigmoid, x[:length]), torch.sigmoid(x)[:length]), length
    assert in_bulk(torch.sigmoid, x[:64].reshape(4, 16)).shape == (4, 16)


@each_short
def test_steps_are_those_found_by_looking_at_every_float(dtype):
    x = every_float(dtype)
    values = torch.sigmoid(x).tolist()
    draw = torch.Generator().manual_seed(2)
    places = torch.randint(len(x), (60,), generator=draw).tolist()
    near = (x.double().abs() < 20).nonzero().flatten()
    places += near[torch.randint(len(near), (60,), generator=draw)].tolist()
    for place in places:
        low = high = place
        while low > 0 and values[low - 1] == values[place]:
            low -= 1
        while high < len(x) - 1 and values[high + 1] == values[place]:
            high += 1
        found = step(x[place])
        assert (found.low, found.high) == (x[low], x[high])
        assert found.count == high - low + 1
        assert found.width == x[high].item() - x[low].item() or found.low.isinf() or found.high.isinf()


@each_dtype
def test_a_step_ends_where_the_sigmoid_changes(dtype):
    for value in (-math.inf, -700.0, -19.0, -3.0, 0.0, 0.4, 2.0, 5.0, 8.0, 16.0, 19.5, 40.0, math.inf):
        x = torch.tensor(value, dtype=dtype)
        found = step(x)
        assert found.low <= x <= found.high
        around = torch.stack([x, found.low, found.high, neighbour(found.low, -1), neighbour(found.high)])
        here, low, high, before, after = in_bulk(torch.sigmoid, around).tolist()
        assert low == here == high, value
        assert before != here or found.low == -math.inf, value
        assert after != here or found.high == math.inf, value


@pytest.mark.parametrize(
    "dtype, zero, one",
    [
        (torch.float16, -17.34375, 8.3203125),
        (torch.bfloat16, -89.0, 6.25),
        (torch.float32, -88.7228, 24 * math.log(2)),
        (torch.float64, -709.7827, 53 * math.log(2)),
    ],
)
def test_where_the_sigmoid_is_exactly_0_and_exactly_1(dtype, zero, one):
    ends = saturation(dtype)
    assert [end.dtype for end in ends] == [dtype, dtype]
    assert [end.item() for end in ends] == pytest.approx([zero, one], abs=5e-5)
    inner = torch.stack([neighbour(ends[0]), neighbour(ends[1], -1)])
    assert torch.sigmoid(torch.stack(ends)).tolist() == [0, 1]
    assert 0 < torch.sigmoid(inner)[0] and torch.sigmoid(inner)[1] < 1


@each_dtype
def test_correct_rounding_saturates_where_mpmath_says(dtype):
    smallest, below_one = neighbour(torch.tensor(0.0, dtype=dtype)), neighbour(torch.tensor(1.0, dtype=dtype), -1)
    with mpmath.workdps(60):

        def sigma(x):
            return 1 / (1 + mpmath.exp(-mpmath.mpf(x.item())))

        half = mpmath.mpf(smallest.item()) / 2
        middle = (1 + mpmath.mpf(below_one.item())) / 2
        zero, one = ideal_saturation(dtype)
        assert zero.dtype == one.dtype == dtype
        assert sigma(zero) <= half < sigma(neighbour(zero))
        assert sigma(neighbour(one, -1)) < middle <= sigma(one)


@pytest.mark.parametrize("dtype, digits", [(torch.float32, 30), (torch.float64, 45)])
def test_the_textbook_formulas_rounded_correctly(dtype, digits):
    x = torch.tensor([-80.0, -20.0, -3.7, 0.0, 1.3, 9.1, 15.9, 17.0, 36.5], dtype=dtype)
    probs, back = textbook_roundtrip(x)
    for value, p, logit in zip(x.tolist(), probs, back):
        with mpmath.workdps(digits):
            e = torch.tensor(float(mpmath.exp(-mpmath.mpf(value))), dtype=torch.float64).to(dtype)
        torch.testing.assert_close(p, 1 / (1 + e), rtol=2e-16, atol=0)
        assert logit.dtype == dtype
        odds = (p / (1 - p)).item()
        assert logit.item() == pytest.approx(
            math.log(odds) if math.isfinite(odds) else math.inf, rel=1.5 * torch.finfo(dtype).eps
        )
    sample = torch.linspace(-20, 20, 100_001, dtype=dtype)
    near, _ = textbook_roundtrip(sample)
    assert ((near.double() / torch.sigmoid(sample).double() - 1).abs() < 4 * torch.finfo(dtype).eps).all()


def test_the_bound():
    x = torch.tensor([-20.0, 0.0, 10.0])
    expected = [2**-23 * (1 + math.exp(value)) for value in x.tolist()]
    assert roundtrip_bound(x).tolist() == pytest.approx(expected, rel=1e-12)
    assert roundtrip_bound(10.0, torch.float64).item() == pytest.approx(2**-52 * (1 + math.exp(10)), rel=1e-12)
    assert roundtrip_bound(x).dtype == torch.float64


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_bound_holds_from_2_on(dtype):
    draw = torch.Generator().manual_seed(3)
    x = (2 + 14.6 * torch.rand(300_000, generator=draw, dtype=torch.float64)).to(dtype)
    error = (torch.logit(torch.sigmoid(x)).double() - x.double()).abs()
    share = (error / roundtrip_bound(x, dtype)).max()
    assert 0.5 < share < 0.95


@pytest.mark.parametrize(
    "error, message, call",
    [
        (TypeError, "dtype: got torch.int64, want one of float16", lambda: rank(torch.tensor([1]))),
        (TypeError, "dtype: got torch.int32, want one of float16", lambda: unrank(torch.tensor([1]), torch.int32)),
        (TypeError, "ranks: got torch.float32, want whole numbers", lambda: neighbour(torch.tensor(1.0), 0.5)),
        (ValueError, "x: got NaN", lambda: step(torch.tensor(math.nan))),
        (ValueError, "x: got the shape .2,., want a 0-d tensor", lambda: step(torch.zeros(2))),
    ],
)
def test_bad_arguments_are_named(error, message, call):
    with pytest.raises(error, match=message):
        call()

import dataclasses
import itertools
import math

import mpmath
import pytest
import torch

from helpers.explorers.float_microscope import (
    DIGITS,
    FloatMicroscope,
    describe,
    drawn,
    exact_sigmoid,
    facts,
    floats_within,
    worst_errors,
)
from helpers.floats import DTYPES, in_bulk, neighbour, step
from tests.reading import numbers, says, says_all

SPECIAL = [
    *(dict(x=x) for x in (18.0, 17.0, 0.0, 0.5)),
    dict(x=-17.0, dtype="float16"),
    *(
        dict(x=x, fine=fine, hops=hops, dtype=dtype)
        for x, (fine, hops), dtype in itertools.product((-20.0, 20.0), ((-0.01, -10), (0.01, 10)), DTYPES)
    ),
]
PICTURES = [
    dict(x=-20.0, dtype="float16"),
    dict(x=20.0, hops=10),
    dict(x=0.0, dtype="float64", fine=0.01),
    dict(x=1.75),  # floats that are few enough for ticks, and an error that is long enough to be seen
]


def check_what_torch_gives(values, facts):
    """The floats by `neighbour`, of which test_floats.py has that it is right."""
    kind = DTYPES[values["dtype"]]
    here = neighbour(torch.tensor(values["x"] + values["fine"], dtype=torch.float64).to(kind), values["hops"])
    sigma = in_bulk(torch.sigmoid, here[None])
    floats = torch.cat([neighbour(sigma, count) for count in (-2, -1, 0, 1, 2)])
    here, rungs, logits = here.item(), floats.tolist(), in_bulk(torch.logit, floats).tolist()
    assert facts.dtype == values["dtype"] and facts.x == here
    assert list(facts.rungs) == rungs and facts.sigma == rungs[2]
    assert str(list(facts.logits)) == str(logits)  # NaN included
    assert (facts.gap_below, facts.gap_above) == (rungs[2] - rungs[1], rungs[3] - rungs[2])
    assert facts.error == logits[2] - here and facts.value == logits[2]
    assert facts.bound == pytest.approx(torch.finfo(kind).eps * (1 + math.exp(here)), rel=1e-12)


def check_the_exact_sigmoid(facts):
    with mpmath.workdps(60):
        small = 1 / (1 + mpmath.exp(abs(mpmath.mpf(facts.x))))
        sigma = 1 - small if facts.x > 0 else small
        assert facts.distance == pytest.approx(float(small), rel=1e-14)
        place = next(i for i in range(4) if facts.rungs[i] <= sigma <= facts.rungs[i + 1])
        low, high = mpmath.mpf(facts.rungs[place]), mpmath.mpf(facts.rungs[place + 1])
        assert facts.exact == pytest.approx(float(place - 2 + (sigma - low) / (high - low)), abs=1e-12)


def check_steps(facts):
    """That `step` is right, test_floats.py has."""
    assert facts.step.low.item() <= facts.x <= facts.step.high.item()
    found = [(rung, on) for rung, on in zip(facts.rungs, facts.steps) if on is not None]
    for rung, on in found:
        assert on == step(on.high) and in_bulk(torch.sigmoid, on.high[None]).item() == rung
    assert all(one.high.item() < other.low.item() for (_, one), (_, other) in zip(found, found[1:]))


def check_window(facts):
    assert facts.window > 0
    for tick in facts.ticks:
        assert abs(tick - facts.x) <= facts.window
        assert torch.tensor(tick, dtype=DTYPES[facts.dtype]).item() == tick
    assert not facts.ticks or facts.x in facts.ticks
    nearer = min(facts.x - facts.step.low.item(), facts.step.high.item() - facts.x)
    assert nearer <= facts.window, "no end of the step in sight"


def check_facts(values, facts):
    check_what_torch_gives(values, facts)
    check_the_exact_sigmoid(facts)
    check_steps(facts)
    check_window(facts)


def check_curves(picture, dtype):
    x, bound = picture.bound.get_data()
    u = torch.finfo(DTYPES[dtype]).eps / 2
    assert list(bound) == pytest.approx([2 * u * (1 + math.exp(value)) for value in x], rel=1e-9)
    assert x[0] == -20
    middles, worst = worst_errors(dtype)
    assert list(picture.worst.get_xdata()) == middles.tolist()
    assert list(picture.worst.get_ydata()) == [drawn(value) for value in worst.tolist()]


def check_picture(picture, facts, values):
    check_curves(picture, facts.dtype)
    digits = DIGITS[facts.dtype]

    def place(value):
        return min(max((value - facts.x) / facts.window, -1.1), 1.08)

    for i, row in enumerate((-2, -1, 0, 1, 2)):
        rung, back, on = facts.rungs[i], facts.logits[i], facts.steps[i]
        texts = [picture.rungs[i].get_text(), picture.logits[i].get_text(), picture.notes[i].get_text()]
        if 0 <= rung <= 1:
            assert texts[:2] == [f"{rung:.{digits}g}".replace("-", "−"), f"→ {back:.{digits}g}".replace("-", "−")]
            assert texts[2] == ("" if on else "no x lands here")
        else:
            assert texts == ["above 1" if rung > 1 else "below 0", "no probability", ""]
        assert picture.rungs[i].get_position()[1] == pytest.approx(row, abs=0.25)
        assert picture.steps[i].get_visible() == (on is not None)
        if on is not None:
            assert picture.steps[i].get_xydata().tolist() == [[place(on.low.item()), row], [place(on.high.item()), row]]
        assert picture.back[i].get_visible() == (math.isfinite(back) and abs(back - facts.x) <= facts.window)
        if picture.back[i].get_visible():
            assert picture.back[i].get_xydata().tolist() == [[place(back), row]]
    assert picture.here.get_xydata().tolist() == [[0, 0]]
    assert picture.exact.get_ydata()[0] == facts.exact
    assert picture.error.get_visible() == math.isfinite(facts.value)
    if math.isfinite(facts.value):
        assert picture.error.get_xydata().tolist() == [[0, 0], [place(facts.value), 0]]
    assert picture.marker.get_xydata().tolist() == [[facts.x, drawn(facts.error)]]
    assert picture.ticks.get_xydata().tolist() == [[place(tick), -2.37] for tick in facts.ticks]
    scale = [text.get_text().replace("−", "-") for text in picture.scale]
    assert float(scale[0]) == -float(scale[2]) == pytest.approx(-facts.window, rel=0.05)
    assert scale[1] == f"x = {facts.x:.{digits}g}"
    numbers = [text.get_text().replace("−", "-").split() for text in picture.numbers]
    assert [words for words, _ in numbers] == ["error", "bound"]
    assert [float(number) for _, number in numbers] == pytest.approx([facts.error, facts.bound], rel=0.01)


def check_sentence(text, facts):
    assert text.startswith(f"In {facts.dtype}, ")
    low, high = facts.step.low.item(), facts.step.high.item()
    if facts.sigma in (0, 1):
        end, near, value = (low, facts.gap_below, math.inf) if facts.sigma else (high, facts.gap_above, -math.inf)
        says_all(text, [facts.x, facts.sigma, end, value, facts.distance, facts.sigma, facts.sigma, near])
        assert f"σ({numbers(text)[0].replace('-', '−')}) is exactly {facts.sigma:.0f}" in text
        assert ("on: logit" if facts.sigma else "down: logit") in text and "x is lost" in text
        return
    assert ("no other float shares" in text) == (facts.step.count == 1)
    first, rest = text.split(", and logit returns ")
    if facts.step.count > 1:
        *others, count = numbers(first)
        assert all(map(says, others, [facts.x, low, high])) and len(others) == 3
        assert float(count) == pytest.approx(facts.step.count, rel=0.006)
        assert ("about" in first) == (float(count) != facts.step.count)
    else:
        says_all(first, [facts.x])
    rest = rest.replace("2u(1 + e^x)", "")
    assert ("above the bound" in rest) == (abs(facts.error) > facts.bound)
    said = rest.split(" That is above the bound")[0]
    says_all(said, [facts.value, facts.error, facts.bound, facts.sigma, facts.gap_below, facts.gap_above])


@pytest.mark.parametrize("x", [-3.0, 1.0, 8.0, 13.0])
def test_a_row_without_a_step_has_no_input(x):
    got = facts(x, 0.0, 0, "float32")
    reach = 40 * got.window
    x = torch.linspace(got.x - reach, got.x + reach, 2_000_001, dtype=torch.float64).float()
    returned = set(torch.sigmoid(x).tolist())
    for rung, on in zip(got.rungs, got.steps):
        assert (rung in returned) == (on is not None)


@pytest.mark.parametrize("dtype", DTYPES)
def test_worst_errors_bound_random_ones(dtype):
    middles, worst = worst_errors(dtype)
    draw = torch.Generator().manual_seed(8)
    x = (torch.rand(20_000, generator=draw, dtype=torch.float64) * 40 - 20).to(DTYPES[dtype])
    error = (torch.logit(torch.sigmoid(x)).double() - x.double()).abs()
    slack = 1.0 if dtype in ("float16", "bfloat16") else 1.6  # the longer types are sampled
    for middle, largest in zip(middles.tolist(), worst.tolist()):
        inside = (x.double() - middle).abs() < 0.25
        assert error[inside].max() <= slack * largest + 3e-16
        assert largest == 0 or error[inside].max() >= largest / 20
    lost = [m for m in (-19.75 + 0.5 * k for k in range(80)) if m not in middles.tolist()]
    assert all(error[(x.double() - m).abs() < 0.25].isinf().any() for m in lost)


@pytest.mark.parametrize(
    "x, dtype, window",
    [
        (-20.0, "float32", 2.6 * 2**-19),  # floats of x, where each has a σ of its own
        (9.0, "float32", 3.2 * 2**-24 * (1 + math.exp(9)) * (1 + math.exp(-9))),  # steps: floats of σ over its slope
        (0.0, "float32", 3.2 * 2**-25 * 4),  # the floats below 1/2 stand closer than those above
        (15.25, "float32", 3.2 / 4),  # the fourth float below 1
        (16.7, "float32", 3.2 * 2**-24 / 2**-23),  # on the step of 1 those of the next one
        (-18.0, "float16", 3.2),  # on the step of 0 too
        (18.0, "float16", 1.25 * (18 - 8.3203125)),  # as far as the end of a long step
        (-20.0, "float16", 1.25 * (20 - 17.34375)),
    ],
)
def test_the_window_is_as_wide_as_what_there_is_to_see(x, dtype, window):
    assert facts(x, 0.0, 0, dtype).window == pytest.approx(window, rel=1e-3)


def test_floats_are_ticked_unless_they_are_too_many():
    one = torch.tensor(1.0)  # the floats below it stand half as far apart as those above
    assert floats_within(one, 20 * 2**-23) == tuple(1 + k * 2**-24 for k in [*range(-40, 0), *range(0, 41, 2)])
    assert floats_within(one, 20.4 * 2**-23) == ()
    three = torch.tensor(3.0, dtype=torch.float64)
    assert floats_within(three, 2 * 2**-51) == tuple(3 + k * 2**-51 for k in range(-2, 3))


def test_an_exact_value_beyond_the_rows_is_not_shown():
    exact, distance = exact_sigmoid(0.0, [0.6, 0.7, 0.8, 0.9, 1.0])
    assert math.isnan(exact) and distance == 0.5
    picture = FloatMicroscope()
    for exact, visible in ((0.25, True), (math.nan, False)):
        picture.update(dataclasses.replace(facts(16.0, 0.0, 0, "float32"), exact=exact))
        assert picture.exact.get_visible() == visible
        assert list(picture.exact.get_ydata()) == [0.25]


def test_errors_above_the_bound_are_explained():
    said = describe(facts(-17.0, 0.0, 0, "float16"))
    assert "the error is +0.359" in said and "σ(x) is below 6.10e−05, where the floats no longer grow denser" in said
    for dtype in ("float32", "float64"):
        tried = (facts(-3.99 + k / 1000, 0.0, 0, dtype) for k in range(2000))
        got = next(got for got in tried if abs(got.error) > got.bound)
        apart = torch.finfo(DTYPES[dtype]).eps * 2.0 ** math.floor(math.log2(-got.x))
        why = f"here the floats next to x stand {apart:.2e} from it.".replace("e-", "e−")
        assert describe(got).endswith(f"That is above the bound, which counts what is lost near σ = 1: {why}")
        assert "above the bound" not in describe(dataclasses.replace(got, error=got.bound))
        smallest = torch.finfo(DTYPES[dtype]).smallest_normal
        assert describe(dataclasses.replace(got, sigma=smallest)).endswith(why)

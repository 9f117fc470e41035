import dataclasses
import functools
import itertools
import math

import mpmath
import pytest
import torch
from reading import numbers, says, says_all

from helpers.floats import DTYPES
from helpers.views import float_microscope as microscope
from helpers.views.float_microscope import (
    DIGITS,
    INFINITE,
    NO_ERROR,
    FloatMicroscope,
    between,
    describe,
    drawn,
    exact_sigmoid,
    facts,
    float_microscope,
    floats_within,
    worst_errors,
)

SPECIAL = [
    dict(x=16.0, fine=0.0, hops=0, dtype="float32"),
    dict(x=17.0, fine=0.0, hops=0, dtype="float32"),
    dict(x=-17.0, fine=0.0, hops=0, dtype="float16"),
    dict(x=0.0, fine=0.0, hops=0, dtype="float32"),
    dict(x=0.5, fine=0.0, hops=0, dtype="float32"),
    *(
        dict(x=x, fine=fine, hops=hops, dtype=dtype)
        for x, (fine, hops), dtype in itertools.product((-20.0, 20.0), ((-0.01, -10), (0.01, 10)), DTYPES)
    ),
]


@functools.cache
def floats_of(dtype):
    """All floats of a 16-bit type, in rising order."""
    bits = torch.arange(-(2**15), 2**15, dtype=torch.int64).to(torch.int16).view(dtype).double()
    return bits[~bits.isnan()].unique()


def next_float(value, dtype, up=True):
    """The next float by arithmetic alone: for the 16-bit types, by trying."""
    if dtype in (torch.float32, torch.float64):
        end = torch.tensor(math.inf if up else -math.inf, dtype=dtype)
        return torch.nextafter(torch.tensor(value, dtype=dtype), end).item()
    every = floats_of(dtype)
    place = torch.searchsorted(every, torch.tensor(value, dtype=torch.float64), right=up).item()
    return every[place if up else place - 1].item()


def in_long_tensor(function, values, dtype):
    return function(torch.tensor(values, dtype=dtype).repeat(64)).reshape(64, -1)[0].tolist()


def by_hand(x, fine, hops, dtype):
    """x as a float of the type, and σ(x), its four neighbours and their logits."""
    kind = DTYPES[dtype]
    here = torch.tensor(x + fine, dtype=torch.float64).to(kind).item()
    for _ in range(abs(hops)):
        here = next_float(here, kind, hops > 0)
    (sigma,) = in_long_tensor(torch.sigmoid, [here], kind)
    below, above = next_float(sigma, kind, False), next_float(sigma, kind)
    rungs = [next_float(below, kind, False), below, sigma, above, next_float(above, kind)]
    return here, rungs, in_long_tensor(torch.logit, rungs, kind)


def check_what_torch_gives(values, facts):
    kind = DTYPES[values["dtype"]]
    here, rungs, logits = by_hand(**values)
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
    kind = DTYPES[facts.dtype]
    assert facts.step.low.item() <= facts.x <= facts.step.high.item()
    for rung, on in zip(facts.rungs, facts.steps):
        if on is None:
            continue
        low, high = on.low.item(), on.high.item()
        inputs = [low, high]
        if not math.isinf(low):
            inputs.append(next_float(low, kind, up=False))
        if not math.isinf(high):
            inputs.append(next_float(high, kind))
        sigmas = in_long_tensor(torch.sigmoid, inputs, kind)
        assert sigmas[:2] == [rung, rung]
        assert rung not in sigmas[2:]
    found = [on for on in facts.steps if on is not None]
    assert all(a.high.item() < b.low.item() for a, b in zip(found, found[1:]))


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


@pytest.mark.parametrize("values", SPECIAL, ids=lambda v: "{dtype} {x} {fine} {hops}".format(**v))
def test_facts_picture_and_sentence(explorer, values):
    explorer.set(**values)
    check_facts(explorer.values, explorer.facts)
    check_picture(explorer.picture, explorer.facts, explorer.values)
    check_sentence(explorer.describe(), explorer.facts)


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


def test_what_moves_is_named_and_large_enough():
    moving = float_microscope().picture.artists
    rows = {f"{part}-{row}" for part in ("rung", "logit", "note", "step", "back") for row in range(5)}
    others = {"error", "exact", "here", "ticks", "bound", "worst", "marker", "number-0", "number-1"}
    assert set(moving) == rows | others | {"scale-0", "scale-1", "scale-2"}
    sizes = {"back-1": 4, "back-2": 7, "step-1": 9, "step-2": 9, "exact": 9, "here": 8, "ticks": 8, "marker": 8}
    assert {name: moving[name].get_markersize() for name in sizes} == sizes


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


def test_starts_on_the_last_step():
    explorer = float_microscope()
    assert explorer.values == dict(x=16.0, fine=0.0, hops=0, dtype="float32")
    assert explorer.describe() == (
        "In float32, x = 16 shares σ(x) with every float from 15.5369 to 16.6355 (about 819,000 floats), and logit returns "
        "15.9424: the error is −0.0576, the bound 2u(1 + e^x) is 1.06. The floats next to σ(x) = 0.999999881 are 5.96e−08 "
        "below and 5.96e−08 above."
    )
    shown = [text.get_text() for text in explorer.picture.rungs]
    assert shown == ["0.999999762", "0.999999821", "0.999999881", "0.99999994", "1"]
    assert [text.get_text() for text in explorer.picture.notes] == ["", "no x lands here", "", "no x lands here", ""]
    assert [text.get_text() for text in explorer.picture.numbers] == ["error −5.76e−02", "bound 1.06e+00"]


def test_extremes_are_said_and_not_drawn():
    explorer = float_microscope(x=18.0)
    assert explorer.describe() == (
        "In float32, σ(18) is exactly 1, as for every x from 16.6355 on: logit returns +inf and x is lost. "
        "The exact σ(x) is 1.52e−08 away from 1, the nearest float below 1 is 5.96e−08 away."
    )
    assert not explorer.picture.error.get_visible() and not explorer.picture.back[2].get_visible()
    assert explorer.picture.marker.get_ydata()[0] == INFINITE
    explorer.set(x=-20.0, dtype="float16")
    assert explorer.describe() == (
        "In float16, σ(−20) is exactly 0, as for every x from −17.3438 down: logit returns −inf and x is lost. "
        "The exact σ(x) is 2.06e−09 away from 0, the nearest float above 0 is 5.96e−08 away."
    )
    assert explorer.picture.marker.get_ydata()[0] == INFINITE
    explorer.set(x=-18.0, dtype="float32")
    assert "logit returns −18: the error is 0" in explorer.describe()
    assert explorer.picture.marker.get_ydata()[0] == NO_ERROR


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


def test_hops_go_from_float_to_float(explorer):
    explorer.x = -16.0
    explorer.hops = 3
    assert explorer.facts.x == -16 + 3 * 2**-20  # towards 0 from −16: the binade below
    explorer.reset()
    assert explorer.facts.x == 16
    explorer.set(x=-16.0)
    explorer.fine = 0.0025
    assert explorer.facts.x == pytest.approx(-15.9975, abs=1e-6)


def test_the_picture_depends_on_the_setting_only():
    one, other = float_microscope(), float_microscope()
    one.set(dtype="float64", x=-5.0)
    one.set(dtype="bfloat16")
    one.set(dtype="float32", x=3.0)
    other.set(x=3.0)
    assert one.describe() == other.describe()
    assert one.picture.worst.get_xydata().tolist() == other.picture.worst.get_xydata().tolist()
    assert {k: v for k, v in one.picture.markup().items() if "defs" not in k} == {
        k: v for k, v in other.picture.markup().items() if "defs" not in k
    }


@pytest.mark.parametrize(
    "value, height", [(0.0, NO_ERROR), (-0.5, 0.5), (1e-30, 1e-18), (1e5, 10.0), (-math.inf, INFINITE)]
)
def test_every_error_has_a_height(explorer, value, height):
    assert drawn(value) == height
    low, high = explorer.picture.panels[1].axes[0].get_ylim()
    assert low < height < high


def test_the_curves_stay_while_the_type_does():
    explorer = float_microscope()
    curves = explorer.picture.bound, explorer.picture.worst
    for curve in curves:
        curve.set_data([], [])
    explorer.set(x=3.0)
    assert all(len(curve.get_xdata()) == 0 for curve in curves)
    explorer.set(dtype="float64")
    check_curves(explorer.picture, "float64")


def test_ends_of_a_step_are_told_apart():
    assert between(2.0, 6e-7) == "2"
    assert between(15.53692, 1.1) == "15.5369"
    assert between(1.9999994, 6e-7) == "1.999999400"[:-2]
    assert between(-0.0, 1e-7) == "0"
    assert between(-19.9999, 1e-14) == "-19.9999"
    assert [between(1 / 3, width) for width in (1.1, 6e-7, 1e-14)] == ["0.3333", "0.333333333", "0.333333333333333"]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(x=20.5), "x: got 20.5, want a finite number from -20"),
        (dict(x=math.nan), "x: got nan"),
        (dict(fine=0.02), "fine: got 0.02"),
        (dict(hops=11), "hops: got 11"),
        (dict(hops=1.5), "hops: got 1.5, want a whole number from -10 to 10"),
        (dict(dtype="float8"), "dtype: got 'float8', want one of .*bfloat16"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        float_microscope(**arguments)


def test_the_module_knows_its_types():
    assert list(DIGITS) == list(DTYPES)
    assert microscope.ROWS == (-2, -1, 0, 1, 2)

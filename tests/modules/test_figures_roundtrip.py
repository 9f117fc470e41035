import math
import re

import pytest
import torch

from helpers.figures import roundtrip
from helpers.figures.roundtrip import NO_ERROR, complement_error, highest, thin

X = torch.arange(-20, 20, 1e-4)
LN2 = math.log(2)


@pytest.fixture(scope="module")
def pictures():
    return {
        "plot_logit": roundtrip.plot_logit(X),
        "plot_sigmoid": roundtrip.plot_sigmoid(X),
        "plot_roundtrip": roundtrip.plot_roundtrip(X),
        "plot_relative_error": roundtrip.plot_relative_error(X),
        "error_and_bound": roundtrip.error_and_bound(X),
    }


def axes_of(picture, panel=0):
    return picture.panels[panel].axes[0]


def line(picture, label=None, panel=0):
    """The data of the line so labelled, or of the first line, as two float64 tensors."""
    lines = axes_of(picture, panel).lines
    found = next(each for each in lines if label is None or each.get_label() == label)
    return tuple(torch.as_tensor(each, dtype=torch.float64) for each in found.get_data())


def said(picture):
    return [
        float(n)
        for n in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[-+]?\d+)?", picture.alt.replace("−", "-").replace(",", ""))
    ]


def texts(picture, panel=0):
    return " | ".join(text.get_text() for text in axes_of(picture, panel).texts)


def test_thin_keeps_spikes_and_order():
    draw = torch.Generator().manual_seed(1)
    y = torch.randn(100_003, generator=draw)
    x = torch.arange(100_003.0)
    y[77_777], y[5], y[-1] = 100.0, -100.0, 50.0
    few, values = thin(x, y, bins=100)
    assert len(few) == 200 and (few.diff() >= 0).all()
    assert values.max() == 100 and values.min() == -100 and 50 in values
    assert torch.equal(values, y[few.long()].double())
    for low in range(0, 100_003, 1001):
        inside = (few >= low) & (few < low + 1001)
        assert values[inside].max() == y[low : low + 1001].max() and values[inside].min() == y[low : low + 1001].min()


def test_thin_leaves_out_what_is_not_finite_and_keeps_few_points_as_they_are():
    x, y = torch.arange(5.0), torch.tensor([1.0, math.nan, 3.0, math.inf, -math.inf])
    few, values = thin(x, y)
    assert few.tolist() == [0, 2] and values.tolist() == [1, 3]


@pytest.mark.parametrize("count", [200, 201, 250, 299])
def test_thin_of_a_few_more_points_than_it_keeps(count):
    x, y = torch.arange(float(count)), torch.ones(count)
    y[-1], y[7] = 2, 0
    few, values = thin(x, y, bins=100)
    assert len(few) == 200 and (few.diff() >= 0).all()
    assert torch.equal(values, y[few.long()].double()) and values.min() == 0 and values[-1] == 2
    assert count > 200 or torch.equal(few, x.double()), "no more than that are kept as they are"


def test_highest_takes_the_worst_of_each_run():
    x, y = torch.arange(10.0), torch.tensor([1.0, 5, 2, 3, math.inf, 0, 7, 6, 9, 9])
    middles, top = highest(x, y, size=2)
    assert middles.tolist() == [0.5, 2.5, 6.5, 8.5] and top.tolist() == [5, 3, 7, 9]


@pytest.mark.parametrize(
    "name, function",
    [
        ("plot_logit", torch.logit),
        ("plot_sigmoid", torch.sigmoid),
        ("plot_roundtrip", lambda x: torch.logit(torch.sigmoid(x))),
        ("plot_relative_error", lambda x: (torch.logit(torch.sigmoid(x)) - x + 1e-5) / (x + 1e-3)),
    ],
)
def test_the_articles_plots_show_the_functions_of_the_whole_range(pictures, name, function):
    few, values = line(pictures[name])
    y = function(X)
    places = torch.searchsorted(X, few.float())
    assert torch.equal(y[places].double(), values)
    axes = axes_of(pictures[name])
    low, high = axes.get_ylim()
    shown = y[(y > low) & (y < high)]
    assert values.max() >= shown.max() and values.min() <= shown.min()
    assert name == "plot_logit" or (values.max() == shown.max() and values.min() == shown.min())
    assert axes.get_xlim()[0] <= -20 and axes.get_xlim()[1] >= 20
    assert axes.get_xlabel() == "x" and axes.get_ylabel()
    assert axes.get_yscale() == "linear"


def test_errors_and_their_bound(pictures):
    picture = pictures["error_and_bound"]
    axes = axes_of(picture)
    assert axes.get_yscale() == "log"
    error = (torch.logit(torch.sigmoid(X)).double() - X.double()).abs()
    x, worst = line(picture, "worst |logit(σ(x)) − x| of 500 points")
    last_digit = 4 * 2.0**-24  # by which torch and the textbook formulas may differ below x = 2
    for middle, value in list(zip(x.tolist(), worst.tolist()))[::7]:
        inside = (X.double() - middle).abs() < 0.025
        assert value == pytest.approx(max(error[inside].max().item(), NO_ERROR), abs=last_digit, rel=1e-3)
    assert x.max() < 24 * LN2
    at, bound = line(picture, "bound 2u(1 + $e^x$)")
    assert bound.tolist() == pytest.approx([2**-23 * (1 + math.exp(v)) for v in at.tolist()], rel=1e-9)
    dots = {each.get_xdata()[0]: each.get_ydata()[0] for each in axes.lines if each.get_marker() == "o"}
    assert dots == {limit: error[limit > X].max().item() for limit in (5, 10, 14)}
    for limit, value in dots.items():
        assert f"{value:.2g} below x = {limit}".replace("-", "−") in picture.alt
    assert (error[X < -4] == 0).all() and "Left of −4 the error is 0" in picture.alt
    few_u = int(re.search(r"at most (\d+) u", picture.alt)[1])
    assert few_u - 1 < error[X < 0].max() * 2**24 < few_u + 1


def test_complement_error_against_arithmetic():
    points = torch.tensor([0.0, 5.0, 12.0, 18.0])
    truth = [abs((1 - torch.sigmoid(point).item()) * (1 + math.exp(point)) - 1) for point in points]
    assert complement_error(points).tolist() == pytest.approx(truth, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("eps", [1e-6, 1e-4])
def test_the_clamp_is_drawn_with_its_two_heights(eps):
    picture = roundtrip.clamped(X, eps)
    low, high = torch.logit(torch.tensor([0.0, 1.0]), eps).tolist()
    x, y = (torch.as_tensor(each) for each in axes_of(picture).lines[1].get_data())
    assert y.min().item() == low and y.max().item() == high
    middle = x.abs() < 8
    assert y[middle].tolist() == pytest.approx(x[middle].tolist(), abs=2e-3)
    for number in (f"{low:.5f}".replace("-", "−"), f"{high:.5f}", f"{abs(low + high):.4f}"):
        assert number in picture.alt
    assert f"{low:.5f}".replace("-", "−") in texts(picture) and f"+{high:.5f}" in texts(picture)

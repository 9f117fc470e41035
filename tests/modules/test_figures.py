"""The numbers that figures are made of. How a figure looks, and that its alt text is right, test_pictures.py has."""

import math
import re

import pytest
import torch
import torch.nn.functional as F
from matplotlib.colors import to_rgb

from helpers.figures import roundtrip
from helpers.figures.dim import contrast, ink_on, mix, normal_cdf, shade_of_logit, shade_of_prob
from helpers.figures.multi_label import best_logit, expected_loss, log_losses
from helpers.figures.roundtrip import complement_error, highest, thin
from helpers.figures.single_label import winner_losses, worst_error
from helpers.style import ORANGE, PURPLE


def test_normal_cdf_is_torch_s():
    normal = torch.distributions.Normal(torch.tensor(-1.0, dtype=torch.float64), 2.0)
    for x in (-6.0, -1.0, 0.0, 0.3, 1.0, 5.0):
        assert normal_cdf(x, -1, 2) == pytest.approx(normal.cdf(torch.tensor(x, dtype=torch.float64)).item())
    assert normal_cdf(1, -1, 2) - normal_cdf(0, -1, 2) == pytest.approx(0.149882284, abs=1e-9)


@pytest.mark.parametrize(
    "color, other, ratio",
    [
        ("black", "white", 21),
        ("#767676", "white", 4.54222),
        ("red", "blue", 2.14894),
        ("#030303", "black", 1.01821),  # so dark that sRGB is linear
    ],
)
def test_contrast_is_wcag_s(color, other, ratio):
    assert contrast(color, other) == contrast(other, color) == pytest.approx(ratio, rel=1e-5)


def test_ink_is_readable_on_every_shade():
    assert (ink_on("white"), ink_on("yellow"), ink_on("navy"), ink_on("black")) == ("black", "black", "white", "white")
    for k in range(101):
        for color in (shade_of_prob(k / 100), shade_of_logit(k / 10), shade_of_logit(-k / 10)):
            assert contrast(ink_on(color), color) >= 4.5


def test_shades_deepen_with_the_number_and_tell_the_sign():
    lightness = [sum(shade_of_prob(k / 10)[:3]) for k in range(11)]
    assert lightness == sorted(lightness, reverse=True) and len(set(lightness)) == 11
    for logit, color in ((-6, ORANGE), (6, PURPLE)):  # as the explorer's footnote says
        assert shade_of_logit(logit) == pytest.approx((*to_rgb(color), 1))
    assert shade_of_logit(-3) == mix(ORANGE, 0.5) and shade_of_logit(0.6) == pytest.approx(mix(PURPLE, 0.1))
    assert shade_of_logit(6) == shade_of_logit(60)
    assert shade_of_logit(0) == mix("red", 0) == (1, 1, 1, 1) and mix("red", 1)[:3] == to_rgb("red")


def test_log_losses_of_one_probability():
    yes, no = log_losses(torch.tensor([0.9], dtype=torch.float64))
    assert (yes.item(), no.item()) == pytest.approx((0.10536052, 2.30258509))


@pytest.mark.parametrize("prior", [0.01, 0.1, 0.5, 0.8])
@pytest.mark.parametrize("pos_weight", [0.5, 1.0, 9.0])
def test_best_logit_is_where_torch_has_no_gradient(prior, pos_weight):
    x = torch.tensor(best_logit(prior, pos_weight), dtype=torch.float64, requires_grad=True)
    targets = torch.tensor([1.0, 0.0], dtype=torch.float64)
    shares = torch.tensor([prior, 1 - prior], dtype=torch.float64)
    weight = torch.tensor(pos_weight, dtype=torch.float64)
    loss = F.binary_cross_entropy_with_logits(x.expand(2), targets, weight=shares, pos_weight=weight, reduction="sum")
    loss.backward()
    assert abs(x.grad.item()) < 1e-12
    assert expected_loss(x.detach(), prior, pos_weight).item() == pytest.approx(loss.item(), rel=1e-12)


def test_winner_losses():
    gaps = torch.tensor([0.0, 1.0, 10.0, 16.0, 16.63, 16.64, 20.0], dtype=torch.float64)
    truth, by_torch, by_log1p = winner_losses(gaps)
    expected = [math.log1p(math.exp(-gap)) for gap in gaps.float().tolist()]
    assert truth.tolist() == pytest.approx(expected, rel=1e-12)
    assert by_log1p.tolist() == pytest.approx(expected, rel=1e-6)
    assert by_torch.tolist()[:3] == pytest.approx(expected[:3], rel=2e-3)
    assert (by_torch == 0).tolist() == [False] * 5 + [True] * 2


def test_worst_error_is_the_largest_of_each_group():
    truth = torch.ones(6, dtype=torch.float64)
    values = torch.tensor([1.0, 1.5, 0.9, 1.0, 0.0, 1.2])
    assert worst_error(values, truth, step=3).tolist() == pytest.approx([0.5, 1.0])


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


def test_what_is_said_of_the_errors_is_so():
    x, alt = torch.arange(-20, 20, 1e-4), roundtrip.error_and_bound(torch.arange(-20, 20, 1e-4)).alt
    error = (torch.logit(torch.sigmoid(x)).double() - x.double()).abs()
    for limit in (5, 10, 14):
        assert f"{error[limit > x].max():.2g} below x = {limit}".replace("-", "−") in alt
    assert (error[x < -4] == 0).all() and "Left of −4 the error is 0" in alt
    few_u = int(re.search(r"at most (\d+) u", alt)[1])
    assert few_u - 1 < error[x < 0].max() * 2**24 < few_u + 1


def test_complement_error_against_arithmetic():
    points = torch.tensor([0.0, 5.0, 12.0, 18.0])
    truth = [abs((1 - torch.sigmoid(point).item()) * (1 + math.exp(point)) - 1) for point in points]
    assert complement_error(points).tolist() == pytest.approx(truth, rel=1e-6, abs=1e-12)

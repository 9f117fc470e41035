import math
import re

import pytest
import torch
from matplotlib.colors import to_rgb
from matplotlib.patches import FancyArrowPatch, Rectangle

from helpers.data import F_SOFTMAX_INPUT, LABELS, LOGITS, SOFTMAX_INPUT
from helpers.figures.dim import (
    contrast,
    ink_on,
    mix,
    neighbours,
    normal_cdf,
    rescaled,
    shade_of_logit,
    shade_of_prob,
    two_ways,
)
from helpers.style import ORANGE, PURPLE

BATCHES = {
    "zebras": torch.tensor([[0.5, 1.0, -8.0, 5.0], [1.2, 0.3, -7.0, 6.1]]),
    "cows": torch.tensor([[-1.0, 0.5, 5.5, 1.0], [0.2, -0.6, 4.8, -1.5]]),
    "dogs": torch.tensor([[-1.0, 6.0, 0.0, 4.0], [0.0, 5.2, -0.5, 3.5]]),
}


@pytest.mark.parametrize("x", [SOFTMAX_INPUT, F_SOFTMAX_INPUT, torch.tensor([[1.0, 2.0], [0.0, 5.0], [2.0, 2.0]])])
def test_two_ways_pulls_the_groups_apart(x):
    picture = two_ways(x)
    for dim, panel in enumerate(picture.panels):
        axes = panel.axes[0]
        probs = torch.softmax(x.double(), dim)
        texts = [text.get_text() for text in axes.texts]
        cells = [float(text) for text in texts if re.fullmatch(r"\d\.\d{4}", text)]
        assert cells == pytest.approx(probs.flatten().tolist(), abs=6e-5)
        assert texts.count("Σ = 1.0000") == probs.shape[1 - dim]
        total = probs.numel() / probs.shape[dim]
        assert axes.get_title() == f"dim={dim}: {probs.shape[1 - dim]} sums of 1, total {total:.4f}"
        frames = [p for p in axes.patches if isinstance(p, Rectangle) and not p.get_fill()]
        middles = [text.get_position() for text in axes.texts if re.fullmatch(r"\d\.\d{4}", text.get_text())]
        held = [
            [
                k
                for k, (a, b) in enumerate(middles)
                if 0 < a - f.get_x() < f.get_width() and 0 < b - f.get_y() < f.get_height()
            ]
            for f in frames
        ]
        numbered = torch.arange(x.numel()).reshape(x.shape)
        assert held == [group.tolist() for group in numbered.unbind(1 - dim)]
        (arrow,) = (p for p in axes.patches if isinstance(p, FancyArrowPatch))
        (x0, y0), (x1, y1) = arrow._posA_posB
        assert (x0 == x1 and y1 > y0) if dim == 0 else (y0 == y1 and x1 > x0)
        assert f"{'ij'[dim]} runs" in texts
        assert f"the total is {total:.4f}" in picture.alt
    for value in [*torch.softmax(x.double(), 0).flatten(), *torch.softmax(x.double(), 1).flatten()]:
        assert f"{value:.4f}" in picture.alt


def test_neighbours_bars_are_softmax_by_each_dim():
    picture = neighbours(BATCHES)
    for dim, panel in zip((1, 0), picture.panels):
        axes = panel.axes[0]
        expected = [torch.softmax(torch.cat([LOGITS[None], others]).double(), dim)[0] for others in BATCHES.values()]
        heights = [bar.get_height() for bar in axes.patches]
        assert heights == pytest.approx(torch.cat(expected).tolist(), abs=1e-9)
        winners = [LABELS[probs.argmax()] for probs in expected]
        assert [text.get_text() for text in axes.texts] == winners
        for name, winner, probs in zip(BATCHES, winners, expected):
            assert f"dim={dim}, among {name}: {winner} {probs.max():.4f}" in picture.alt
        assert f"dim={dim}" in axes.get_title()
        assert [text.get_text() for text in axes.get_legend().get_texts()] == list(LABELS)
        assert max(heights) < axes.get_ylim()[1]
        assert [tick.get_text() for tick in axes.get_xticklabels()] == [f"among\n{name}" for name in BATCHES]
    assert [text.get_text() for text in picture.panels[0].axes[0].texts] == ["dog"] * 3
    assert [text.get_text() for text in picture.panels[1].axes[0].texts] == ["cow", "dog", "cat"]


def test_rescaled_counts_what_lies_inside():
    sample = torch.tensor([-5.0, -1.0, -0.1, 0.0, 0.5, 1.0, 1.1, 4.0])
    picture = rescaled(sample)
    assert "37.50% lie in [0, 1]" in picture.alt and "14.99%" in picture.alt and "of 8 values" in picture.alt
    axes = picture.panels[0].axes[0]
    assert "37.50%" in axes.texts[0].get_text()
    bars = [(bar.get_x() + bar.get_width() / 2, bar.get_height(), bar.get_hatch()) for bar in axes.patches]
    assert sum(height for _, height, _ in bars) * 0.2 == pytest.approx(1)
    assert sorted(round(middle, 1) for middle, _, hatch in bars if hatch) == [0.1, 0.3, 0.5, 0.7, 0.9]
    xs, ys = axes.lines[0].get_data()
    for x, y in zip(xs[::20], ys[::20]):
        assert y == pytest.approx(math.exp(-((x + 1) ** 2) / 8) / math.sqrt(8 * math.pi))


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

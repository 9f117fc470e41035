import math
import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from matplotlib.colors import to_hex

from helpers.figures.picture import BLUE, ORANGE
from helpers.figures.single_label import descents, picked_cells, winner_digits, winner_losses, worst_error


def batch(seed, rows=10, num_classes=5):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(rows, num_classes, generator=generator)
    return F.log_softmax(x, dim=1), torch.randint(num_classes, (rows,), generator=generator)


@pytest.mark.parametrize("seed, rows, num_classes", [(18, 10, 5), (1, 10, 5), (2, 4, 3)])
def test_picked_cells(seed, rows, num_classes):
    log_probs, targets = batch(seed, rows, num_classes)
    picture = picked_cells(log_probs, targets)
    grid, bars = (panel.axes[0] for panel in picture.panels)
    np.testing.assert_array_equal(grid.images[0].get_array(), log_probs.numpy())
    shown = [
        [float(text.get_text()) for text in grid.texts[i * num_classes : (i + 1) * num_classes]] for i in range(rows)
    ]
    np.testing.assert_allclose(shown, log_probs, atol=0.0051)
    places = [text.get_position() for text in grid.texts]
    assert places == [(k, i) for i in range(rows) for k in range(num_classes)]
    framed = [(round(p.get_x() + p.get_width() / 2), round(p.get_y() + p.get_height() / 2)) for p in grid.patches]
    assert framed == [(target, row) for row, target in enumerate(targets.tolist())]
    bold = [text.get_position() for text in grid.texts if text.get_weight() == "bold"]
    assert bold == framed
    each = F.nll_loss(log_probs, targets, reduction="none")
    assert [bar.get_width() for bar in bars.patches] == pytest.approx(each.tolist())
    assert [bar.get_y() + bar.get_height() / 2 for bar in bars.patches] == pytest.approx(range(rows))
    loss = F.nll_loss(log_probs, targets).item()
    assert bars.lines[0].get_xdata() == pytest.approx([loss, loss])
    assert f"{loss:.4f}" in bars.texts[-1].get_text() and f"is the loss, {loss:.4f}." in picture.alt
    for i, (target, value) in enumerate(zip(targets.tolist(), each.tolist())):
        assert f"row {i} class {target} {-value:.2f}" in picture.alt
        assert bars.texts[i].get_text() == f"{value:.2f}"
    low, high = bars.get_xlim()
    assert low == 0 and high > each.max()
    assert bars.get_ylim()[0] > bars.get_ylim()[1], "row 0 stands on top, as in the grid"


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


def test_winner_digits():
    picture = winner_digits()
    values, errors = (panel.axes[0] for panel in picture.panels)
    lines = {line.get_label(): line for line in values.lines}
    gaps, shown = lines["largest left out, log1p"].get_data()
    np.testing.assert_allclose(shown, np.log1p(np.exp(-np.asarray(gaps))), rtol=1e-5)
    assert min(gaps) == 10 and 19.9 < max(gaps) <= 20
    torchs = lines["F.log_softmax"]
    assert max(torchs.get_xdata()) < 24 * math.log(2) < max(torchs.get_xdata()) + 0.01
    assert (np.asarray(torchs.get_ydata()) > 0).all()
    assert 5 < len(set(np.asarray(torchs.get_ydata())[-600:])) < 40, "it comes down in steps"
    by_color = {
        to_hex(line.get_color()).upper(): np.asarray(line.get_ydata())
        for line in errors.lines
        if len(line.get_xdata()) > 2
    }
    assert by_color[BLUE].max() < 1e-6
    assert by_color[ORANGE][:30].max() < 0.1 and (by_color[ORANGE][-30:] == 1).all()
    low, high = errors.get_ylim()
    assert low < by_color[BLUE].min() and high > 1
    colors = {text.get_text(): to_hex(text.get_color()).upper() for text in errors.texts}
    assert colors["F.log_softmax"] == ORANGE and colors["largest left out, log1p"] == BLUE
    for percent, gap in re.findall(r"([\d.]+) % at (\d+)", picture.alt):
        truth = math.log1p(math.exp(-int(gap)))
        got = -F.log_softmax(torch.tensor([0.0, -float(gap)]), 0)[0].item()
        assert float(percent) == pytest.approx(100 * abs(got - truth) / truth, abs=0.051)
    assert "exactly 0 from 16.64 on" in picture.alt and "stays below 1e-06" in picture.alt


def test_descents():
    from_zero = ([1.386, 0.2, 0.05, 0.0021], [1.386, 1.2, 0.9, 0.745])
    from_wrong = ([35.7, 17.9, 0.2, 0.0312], [1.7437, 1.7437, 1.7436, 1.7435])
    picture = descents(from_zero, from_wrong, floor=0.7437)
    for panel, (right, doubled), start in zip(
        picture.panels, (from_zero, from_wrong), ("weights of 0", "sure and wrong")
    ):
        axes = panel.axes[0]
        lines = {line.get_label(): line for line in axes.lines}
        assert list(lines["logits"].get_ydata()) == right and list(lines["softmax first"].get_ydata()) == doubled
        assert list(lines["logits"].get_xdata()) == [1, 2, 3, 4]
        floor = next(line for line in axes.lines if line.get_linestyle() == ":")
        assert list(floor.get_ydata()) == [0.7437, 0.7437]
        assert [text.get_text() for text in axes.texts] == ["floor 0.7437", f"{doubled[-1]:.3f}", f"{right[-1]:.3f}"]
        low, high = axes.get_ylim()
        assert low < min(right + doubled) and high > max(right + doubled)
        assert axes.get_title() == f"start: {start}"
        told = f"From {start}: {right[0]:.3f} to {right[-1]:.3f} with logits, {doubled[0]:.3f} to {doubled[-1]:.3f} with softmax first"
        assert told in picture.alt
    assert "over 4 steps" in picture.alt and "floor 0.7437" in picture.alt

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from helpers.figures.single_label import picked_cells, winner_losses, worst_error


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
        [float(text.get_text().replace("−", "-")) for text in grid.texts[i * num_classes : (i + 1) * num_classes]]
        for i in range(rows)
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
        assert f"row {i} class {target} −{value:.2f}" in picture.alt
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

import math

import numpy as np
import pytest
import torch

from helpers.figures.single_label import prices, winner_losses, worst_error


def test_prices():
    picture = prices((0.5, 0.25))
    curve, *dots = picture.panels[0].axes[0].lines
    p = curve.get_xdata()
    np.testing.assert_allclose(curve.get_ydata(), -np.log(p))
    assert p[-1] == 1 and np.ptp(p) > 0.99
    assert [tuple(dot.get_xydata()[0]) for dot in dots] == [
        (0.5, pytest.approx(math.log(2))),
        (0.25, pytest.approx(math.log(4))),
    ]
    assert "0.5 costs 0.69, 0.25 costs 1.39" in picture.alt


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

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from helpers.data import LABELS, LOGITS
from helpers.figures.multi_label import best_logit, expected_loss, log_losses, two_curves

TARGETS = torch.tensor([1.0, 1.0, 0.0, 0.0])


def lines(axes):
    return {line.get_label(): line.get_data() for line in axes.lines}


@pytest.fixture(scope="module")
def curves():
    return two_curves(LOGITS, TARGETS)


def test_two_curves_are_the_two_losses(curves):
    over_probs, over_logits = (lines(panel.axes[0]) for panel in curves.panels)
    for target in (1.0, 0.0):
        p, losses = map(np.array, over_probs[f"target {target:.0f}"])
        np.testing.assert_allclose(losses, -np.log(p if target else 1 - p), rtol=1e-9)
        x, losses = map(np.array, over_logits[f"target {target:.0f}"])
        np.testing.assert_allclose(losses, np.log1p(np.exp(-x if target else x)), rtol=1e-9)
        assert x.min() == -6 and x.max() == 6


def test_each_label_lies_on_the_curve_of_its_target(curves):
    expected = F.binary_cross_entropy_with_logits(LOGITS, TARGETS, reduction="none").tolist()
    over_probs, over_logits = (lines(panel.axes[0]) for panel in curves.panels)
    for label, x, loss in zip(LABELS, LOGITS.tolist(), expected):
        (p,), (at_p,) = over_probs[label]
        (logit,), (at_x,) = over_logits[label]
        assert (p, logit) == pytest.approx((1 / (1 + math.exp(-x)), x))
        assert at_p == at_x == pytest.approx(loss, rel=1e-5)
        assert f"{label} {loss:.4f}" in curves.alt
    assert max(expected) == expected[LABELS.index("zebra")]  # as the arrow says


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

import math
import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from helpers.data import LABELS, LOGITS
from helpers.figures.multi_label import best_logit, expected_loss, left_side, log_losses, pos_weight_optimum, two_curves

TARGETS = torch.tensor([1.0, 1.0, 0.0, 0.0])


def numbers(pattern, text):
    return [float(number) for number in re.findall(pattern, text.replace("−", "-"))]


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


def test_pos_weight_moves_the_lowest_point():
    picture = pos_weight_optimum()
    left, right = (panel.axes[0] for panel in picture.panels)
    curves = [line for line in left.lines if len(line.get_xdata()) > 1]
    points = [line for line in left.lines if len(line.get_xdata()) == 1]
    probs = [line for line in right.lines if len(line.get_xdata()) == 1]
    said = numbers(r"pos_weight \d+: logit (-?[\d.]+)", picture.alt)
    losses = numbers(r"loss (\d+\.\d+),", picture.alt)
    asked = numbers(r"probability (\d+\.\d+)", picture.alt)
    assert said == [-2.1972, 0, 2.3026] and losses[0] == 0.3251 and asked == [0.1, 0.5, 0.9091]
    for curve, point, prob, logit, loss, share in zip(curves, points, probs, said, losses, asked, strict=True):
        lowest = np.argmin(curve.get_ydata())
        assert curve.get_xdata()[lowest] == pytest.approx(logit, abs=0.06)
        assert point.get_xdata()[0] == pytest.approx(logit, abs=1e-4)
        assert (
            point.get_ydata()[0] == pytest.approx(loss, abs=1e-4)
            and point.get_ydata()[0] <= min(curve.get_ydata()) + 1e-9
        )
        assert prob.get_ydata()[0] == pytest.approx(share, abs=1e-4)
    assert [line.get_xdata()[0] for line in probs] == [1, 9, 90]
    weights, shares = next(line.get_data() for line in right.lines if len(line.get_xdata()) > 100)
    np.testing.assert_allclose(shares, 0.1 * weights / (0.1 * weights + 0.9), rtol=1e-6)


@pytest.fixture(scope="module")
def left():
    return left_side()


def edge(words, picture):
    """The logit that the alt text names behind some words."""
    return float(re.search(rf"{words} below −(\d+\.\d+)", picture.alt)[1])


def test_loss_breaks_where_the_alt_text_says(left):
    curves = {name: tuple(map(np.array, data)) for name, data in lines(left.panels[0].axes[0]).items()}
    edges = {"from probabilities": edge("loss is 100", left), "article's formula": edge("infinite", left)}
    assert set(edges.values()) == {88.72}
    for name, (x, loss) in curves.items():
        right = x > -edges.get(name, 200)
        np.testing.assert_allclose(loss[right], np.log1p(np.exp(-x[right].astype(float))), rtol=1e-5)
    x, loss = curves["from probabilities"]
    assert set(loss[x < -88.73]) == {100.0} and (x < -88.73).sum() > 20
    assert min(curves["article's formula"][0]) == pytest.approx(-88.7227, abs=1e-3), "inf is not drawn"


def test_gradient_breaks_where_the_alt_text_says(left):
    curves = {name: tuple(map(np.array, data)) for name, data in lines(left.panels[1].axes[0]).items()}
    fades, vanishes = edge("fades to 0", left), edge("gradient is 0", left)
    assert (fades, vanishes) == (27.63, 51.99)
    for name, until in (("from logits", 200), ("from probabilities", fades), ("article's formula", 48)):
        x, slope = curves[name]
        right = x > -until
        np.testing.assert_allclose(slope[right], -1 / (1 + np.exp(x[right].astype(float))), rtol=1e-3)
    x, slope = curves["from probabilities"]
    assert (np.diff(slope[x < -fades]) < 1e-9).all() and slope[x < -40].min() > -1e-4 and slope[x < -28].min() > -0.75
    x, slope = curves["article's formula"]
    assert set(slope[x < -vanishes]) == {0.0} and slope[x > -vanishes].max() < -0.4


def test_panels_contain_their_curves(left, curves):
    for picture in (left, pos_weight_optimum()):
        for line in (line for panel in picture.panels for line in panel.axes[0].lines if line.get_label()[0] != "_"):
            (low, high), (bottom, top) = line.axes.get_xlim(), line.axes.get_ylim()
            assert low <= min(line.get_xdata()) and max(line.get_xdata()) <= high and bottom <= min(line.get_ydata())
            assert max(line.get_ydata()) <= top or picture is not left

"""The museum's data, its training loop and its measures of calibration, against plain counting."""

import math

import pytest
import torch
import torch.nn.functional as F
from sklearn.calibration import calibration_curve

from helpers import calibration, training


def test_blobs_lie_around_a_circle():
    x, targets = training.blobs(num_classes=3, per_class=20, seed=4)
    assert x.shape == (60, 2) and targets.tolist() == [0, 1, 2] * 20 and targets.dtype == torch.int64
    for k in range(3):
        angle = 2 * math.pi * k / 3
        centre = torch.tensor([4 * math.cos(angle), 4 * math.sin(angle)])
        noise = (x[targets == k] - centre) / 0.3
        assert noise.abs().max() <= 3 + 1e-4 and noise.mean().abs() < 0.5 and 0.6 < noise.std() < 1.4
    assert not torch.equal(x, training.blobs(3, 20, seed=5)[0])


def test_outliers_are_pulled_in():
    x, targets = training.blobs(per_class=5000)
    centres = torch.tensor([[4.0, 0.0], [0.0, 4.0], [-4.0, 0.0], [0.0, -4.0]])
    noise = (x - centres[targets]) / 0.3
    assert noise.min() == pytest.approx(-3, abs=1e-4) and noise.max() == pytest.approx(3, abs=1e-4)


def test_training_is_plain_gradient_descent():
    x, targets = training.blobs(num_classes=3, per_class=4)
    layer = torch.nn.Linear(2, 3)
    torch.nn.init.zeros_(layer.weight)
    torch.nn.init.zeros_(layer.bias)
    optimizer, expected = torch.optim.SGD(layer.parameters(), lr=0.5), []
    for _ in range(7):
        loss = F.cross_entropy(layer(x), targets)
        expected.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    logits, history = training.train(F.cross_entropy, x, targets, steps=7, lr=0.5)
    assert history == pytest.approx(expected, rel=1e-5)
    torch.testing.assert_close(logits, layer(x).detach())
    assert not logits.requires_grad


def test_as_many_outputs_as_classes_or_labels_or_as_asked_for():
    x, targets = training.blobs(num_classes=3, per_class=4)
    logits, history = training.train(F.cross_entropy, x, targets)
    assert logits.shape == (12, 3) and len(history) == 300
    assert training.train(F.cross_entropy, x, targets, outputs=5, steps=1)[0].shape == (12, 5)
    labels = torch.zeros(12, 4)  # one output a label
    assert training.train(F.binary_cross_entropy_with_logits, x, labels, steps=1)[0].shape == (12, 4)


def test_accuracy_counts_the_winners():
    logits = torch.tensor([[1.0, 2.0, 0.0], [3.0, 0.0, 1.0], [0.0, 1.0, 5.0], [0.0, 4.0, 1.0]])
    assert training.accuracy(logits, torch.tensor([1, 0, 0, 1])) == 0.75


def test_targets_of_the_known_truth_are_drawn_by_its_probabilities():
    log_probs, targets = calibration.known_truth(n=3000, num_classes=5, seed=7)
    assert log_probs.shape == (3000, 5) and log_probs.dtype == torch.float64 and targets.shape == (3000,)
    assert targets.min() == 0 and targets.max() == 4
    for k in range(5):
        expected, variance = log_probs[:, k].exp().sum(), (log_probs[:, k].exp() * (1 - log_probs[:, k].exp())).sum()
        assert abs((targets == k).sum() - expected) < 4 * variance.sqrt()
    assert (log_probs - log_probs.mean(1, keepdim=True)).std() == pytest.approx(1.5 * math.sqrt(4 / 5), rel=0.05)


PROBS = torch.tensor([[0.95, 0.05], [0.91, 0.09], [0.3, 0.7], [0.5, 0.5], [1.0, 0.0]], dtype=torch.float64)
TARGETS = torch.tensor([0, 1, 1, 0, 0])


def test_reliability_counts_by_bins():
    count, said, came_true = calibration.reliability(PROBS, TARGETS)
    assert count.tolist() == [0, 0, 0, 0, 0, 1, 0, 1, 0, 3]
    assert said[[5, 7, 9]].tolist() == pytest.approx([0.5, 0.7, (0.95 + 0.91 + 1) / 3])
    assert came_true[[5, 7, 9]].tolist() == pytest.approx([1, 1, 2 / 3])
    assert said[count == 0].isnan().all() and came_true[count == 0].isnan().all()
    assert calibration.reliability(PROBS, TARGETS, bins=2)[0].tolist() == [0, 5]


def test_nll_at_a_temperature():
    logits, targets = torch.tensor([[2.0, -1.0], [0.5, 3.0], [1.0, 0.0]]), torch.tensor([0, 0, 1])
    for temperature in (1.0, 2.5):
        expected = F.cross_entropy(logits / temperature, targets).item()
        assert calibration.nll(logits, targets, temperature) == pytest.approx(expected)


@pytest.mark.parametrize("bins", [10, 4])
def test_reliability_is_scikit_learn_s_calibration_curve(bins):
    log_probs, targets = calibration.known_truth(n=1000, num_classes=5)
    probs = (2 * log_probs).softmax(1)
    confidence, winner = probs.max(1)
    count, said, came_true = calibration.reliability(probs, targets, bins)
    curve = calibration_curve(winner == targets, confidence, n_bins=bins)
    assert [came_true[count > 0].tolist(), said[count > 0].tolist()] == [pytest.approx(each) for each in curve]
    error = (count[count > 0].numpy() * abs(curve[0] - curve[1])).sum() / 1000
    assert calibration.calibration_error(probs, targets, bins) == pytest.approx(error)


@pytest.mark.parametrize("sharpness", [0.5, 1.0, 4.0])
def test_the_fitted_temperature_is_where_the_slope_is_zero(sharpness):
    log_probs, targets = calibration.known_truth(n=500)
    fitted = calibration.fit_temperature(sharpness * log_probs, targets)
    inverse = torch.tensor(1 / fitted, dtype=torch.float64, requires_grad=True)
    F.cross_entropy(sharpness * log_probs * inverse, targets).backward()
    assert abs(inverse.grad) < 1e-5 * sharpness


def test_the_temperature_stays_within_its_limits():
    logits, targets = torch.tensor([[0.1, 0.0]], dtype=torch.float64), torch.tensor([0])
    assert calibration.fit_temperature(logits, targets) == pytest.approx(0.05, rel=1e-5)
    assert calibration.fit_temperature(logits, 1 - targets) == pytest.approx(20, rel=1e-5)
    assert calibration.fit_temperature(logits, targets, low=0.5, high=2) == pytest.approx(0.5, rel=1e-5)
    assert calibration.fit_temperature(logits, 1 - targets, low=0.5, high=2) == pytest.approx(2, rel=1e-5)


@pytest.mark.parametrize(
    "argument, call",
    [
        ("num_classes", lambda: training.blobs(0)),
        ("per_class", lambda: training.blobs(4, 2.5)),
        ("n", lambda: calibration.known_truth(0)),
        ("steps", lambda: training.train(F.cross_entropy, *training.blobs(), steps=-1)),
        ("outputs", lambda: training.train(F.cross_entropy, *training.blobs(), outputs=0)),
        ("lr", lambda: training.train(F.cross_entropy, *training.blobs(), lr=math.nan)),
        ("targets", lambda: training.accuracy(PROBS, TARGETS[:1])),
        ("targets", lambda: calibration.calibration_error(PROBS, TARGETS + 1)),
        ("targets", lambda: calibration.nll(PROBS.log(), TARGETS.float())),
        ("bins", lambda: calibration.calibration_error(PROBS, TARGETS, bins=0)),
        ("probs", lambda: calibration.calibration_error(2.5 * PROBS, TARGETS)),
        ("probs", lambda: calibration.reliability(PROBS.log(), TARGETS)),
        ("probs", lambda: calibration.reliability(torch.tensor([[1.5, -0.5]]), torch.tensor([0]))),
        ("probs", lambda: calibration.reliability(PROBS[0], TARGETS)),
        ("probs", lambda: calibration.calibration_error(PROBS[:0], TARGETS[:0])),
        ("logits", lambda: calibration.fit_temperature(PROBS, TARGETS)),
        ("logits", lambda: calibration.nll(PROBS * math.nan, TARGETS)),
        ("temperature", lambda: calibration.nll(PROBS.log(), TARGETS, 0.0)),
        ("temperature", lambda: calibration.nll(PROBS.log(), TARGETS, -1.0)),
        ("low, high", lambda: calibration.fit_temperature(PROBS.log(), TARGETS, low=20, high=0.05)),
    ],
)
def test_bad_arguments_are_named(argument, call):
    with pytest.raises(ValueError, match=f"^{argument}: got .+, want "):
        call()

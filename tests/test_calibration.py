import math
import random
import re

import pytest
import torch

from helpers import museum
from helpers.explorers.calibration import BINS, FEWEST, calibration, data, describe, facts

RNG = random.Random(3)
SETTINGS = [(1.0, 2.5), (2.5, 2.5), (0.4, 4.0), (5.0, 0.5), (1.0, 1.0)]
SETTINGS += [(round(RNG.uniform(0.4, 5), 2), round(RNG.uniform(0.5, 4), 1)) for _ in range(10)]


@pytest.mark.parametrize("temperature, sharpness", SETTINGS)
def test_facts_equal_a_plain_count(temperature, sharpness):
    log_probs, targets, _ = data()
    got = facts(temperature, sharpness)
    probs = torch.softmax(log_probs * sharpness / temperature, 1)
    sums = {i: [0, 0.0, 0] for i in range(BINS)}
    for row, target in zip(probs.tolist(), targets.tolist()):
        top = max(row)
        cell = sums[min(int(top * BINS), BINS - 1)]
        cell[0] += 1
        cell[1] += top
        cell[2] += row.index(top) == target
    assert got.count.tolist() == [sums[i][0] for i in range(BINS)]
    for i, (count, said, right) in sums.items():
        if count:
            assert (got.said[i].item(), got.came_true[i].item()) == pytest.approx((said / count, right / count))
    assert got.accuracy == pytest.approx(sum(right for _, _, right in sums.values()) / len(targets))
    assert got.confidence == pytest.approx(sum(said for _, said, _ in sums.values()) / len(targets))
    assert got.gap == pytest.approx(sum(abs(said - right) for _, said, right in sums.values()) / len(targets))
    assert got.nll == pytest.approx(torch.nn.functional.cross_entropy(log_probs * sharpness / temperature, targets).item())


@pytest.mark.parametrize("temperature, sharpness", SETTINGS)
def test_picture_shows_the_facts(temperature, sharpness):
    explorer = calibration()
    explorer.set(temperature=temperature, sharpness=sharpness)
    got, picture = explorer.facts, explorer.picture
    for i in range(BINS):
        shown = got.count[i] >= FEWEST
        assert picture.bars[i].get_visible() == picture.points[i].get_visible() == shown
        if shown:
            assert picture.bars[i].get_height() == got.came_true[i].item()
            assert picture.bars[i].get_x() + picture.bars[i].get_width() / 2 == pytest.approx((i + 0.5) / BINS)
            assert picture.points[i].get_xdata()[0] == picture.points[i].get_ydata()[0] == got.said[i].item()
    assert picture.notes["accuracy"].get_text() == f"accuracy {100 * got.accuracy:.1f} %"
    assert picture.notes["confidence"].get_text() == f"mean confidence {100 * got.confidence:.1f} %"
    assert picture.here.get_xdata()[0] == temperature and picture.here.get_ydata()[0] == got.nll
    assert picture.best.get_xdata()[0] == got.best
    log_probs, targets, _ = data()
    xs, ys = picture.curve.get_data()
    for i in (0, len(xs) // 2, -1):
        assert ys[i] == pytest.approx(museum.nll(sharpness * log_probs, targets, float(xs[i])), abs=1e-9)
    axes = picture.panels[1].axes[0]
    assert axes.get_ylim()[0] < min(ys) and max([*ys, got.nll]) < axes.get_ylim()[1]


@pytest.mark.parametrize("temperature, sharpness", SETTINGS)
def test_sentence_says_the_facts(temperature, sharpness):
    got = facts(temperature, sharpness)
    said = describe(got)
    assert f"At T = {temperature:.2f} the winner's mean confidence is {100 * got.confidence:.1f} %, and {100 * got.accuracy:.1f} %" in said
    assert f"NLL {got.nll:.4f}; it is smallest at T = {got.best:.2f}" in said
    verdict = re.search(r"are right: (\w+)", said)[1]
    assert verdict == ("overconfident" if got.confidence - got.accuracy > 0.015 else "underconfident" if got.accuracy - got.confidence > 0.015 else "about")


def test_the_fitted_temperature_undoes_the_sharpness_and_no_decision():
    log_probs, targets, best = data()
    assert best == pytest.approx(1, abs=0.02)
    for sharpness in (0.5, 1.0, 2.5, 4.0):
        fitted = museum.fit_temperature(sharpness * log_probs, targets)
        assert fitted == pytest.approx(facts(1.0, sharpness).best, rel=1e-4)
        around = [museum.nll(sharpness * log_probs, targets, fitted * factor) for factor in (0.99, 1.0, 1.01)]
        assert min(around) == around[1]
    assert len({facts(t, 2.5).accuracy for t in (0.4, 1.0, 2.5, 5.0)}) == 1
    assert facts(2.5, 2.5).gap < 0.02 < 0.15 < facts(1.0, 2.5).gap


def test_the_truth_is_calibrated_by_construction():
    log_probs, targets = museum.known_truth(n=40_000, seed=9)
    torch.testing.assert_close(log_probs.exp().sum(1), torch.ones(40_000, dtype=torch.float64))
    assert museum.calibration_error(log_probs.exp(), targets) < 0.01
    share = torch.nn.functional.one_hot(targets, 4).double()
    assert (share.mean(0) - log_probs.exp().mean(0)).abs().max() < 0.01


def test_museum_data_can_be_learned():
    x, targets = museum.blobs()
    logits, losses = museum.train(torch.nn.functional.cross_entropy, x, targets, steps=20, lr=5)
    assert museum.accuracy(logits, targets) == 1 and losses[-1] < 0.01 < math.log(4) == pytest.approx(losses[0])
    x, labels = museum.yes_or_no()
    logits, losses = museum.train(torch.nn.functional.binary_cross_entropy_with_logits, x, labels, steps=20)
    assert ((logits > 0) == labels.bool()).all() and losses[0] == pytest.approx(math.log(2))


def test_starts_overconfident():
    assert calibration().describe() == (
        "At T = 1.00 the winner's mean confidence is 81.8 %, and 61.7 % of the winners are right: overconfident. "
        "In the surest bin, 96.9 % was said and 76.0 % came true; the mean gap over all bins is 20.1 %. "
        "NLL 1.2343; it is smallest at T = 2.49. Bins with fewer than 20 of the 4000 photos are left out of the picture."
    )


@pytest.mark.parametrize("arguments, message", [(dict(temperature=0.1), "temperature T: got 0.1"), (dict(sharpness=5), "sharpness: got 5")])
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        calibration(**arguments)

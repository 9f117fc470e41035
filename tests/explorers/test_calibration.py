import dataclasses
import functools
import re

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from helpers import calibration
from helpers.explorers.calibration import BINS, FEWEST, describe
from tests.reading import says_all

SPECIAL = [dict(temperature=t, sharpness=s) for t, s in ((2.5, 2.5), (1.0, 1.0), (1.23, 3.21))]
PICTURES = [dict(temperature=0.4, sharpness=4.0), dict(temperature=5.0, sharpness=0.5), dict(temperature=2.5)]
DRAW = 3 * torch.randn(3000, 10, generator=torch.Generator().manual_seed(6))
OWN = [
    dict(
        logits=DRAW.half(),
        targets=(DRAW / 2 + torch.randn(DRAW.shape, generator=torch.Generator().manual_seed(7))).argmax(1),
    ),
    dict(logits=[[1.0, 2.0], [3.0, -1.0], [0.5, 0.0]], targets=[0, 0, 1]),
    dict(logits=(50 * DRAW[:40].repeat(1, 100)).numpy(), targets=DRAW[:40].argmin(1), temperature=0.4),
]


known_truth = functools.cache(calibration.known_truth)


def data_of(given):
    log_probs, targets = (given["logits"], given["targets"]) if given else known_truth()
    return torch.as_tensor(log_probs).double(), torch.as_tensor(targets)


def nll(sharpness, temperature, given=None):
    log_probs, targets = data_of(given)
    return cross_entropy(log_probs * (sharpness / temperature), targets).item()


def check_facts(values, facts, given=None):
    temperature, sharpness = values["temperature"], values.get("sharpness", 1)
    log_probs, targets = data_of(given)
    confidence, winner = torch.softmax(log_probs * sharpness / temperature, 1).max(dim=1)
    confidence, right = confidence.numpy(), (winner == targets).double().numpy()
    count, said, came_true = (
        np.histogram(confidence, BINS, (0, 1), weights=weights)[0] for weights in (None, confidence, right)
    )
    seen = count > 0
    assert (facts.temperature, facts.sharpness) == (temperature, sharpness)
    assert facts.count.tolist() == count.tolist()
    assert facts.said.numpy()[seen] == pytest.approx(said[seen] / count[seen])
    assert facts.came_true.numpy()[seen] == pytest.approx(came_true[seen] / count[seen])
    assert facts.accuracy == pytest.approx(right.mean()) and facts.confidence == pytest.approx(confidence.mean())
    assert facts.gap == pytest.approx(abs(said - came_true).sum() / len(right))
    assert facts.nll == pytest.approx(nll(sharpness, temperature, given))
    around = [nll(sharpness, facts.best * factor, given) for factor in (0.999, 1.0, 1.001)]
    assert min(around) == around[1] or facts.best > 19.99 and min(around) == around[2]


def check_picture(picture, facts, values, given=None):
    for i in range(BINS):
        shown = facts.count[i] >= FEWEST
        assert picture.bars[i].get_visible() == picture.points[i].get_visible() == shown
        if shown:
            assert picture.bars[i].get_height() == facts.came_true[i].item()
            assert picture.bars[i].get_x() + picture.bars[i].get_width() / 2 == pytest.approx((i + 0.5) / BINS)
            assert picture.points[i].get_xdata()[0] == picture.points[i].get_ydata()[0] == facts.said[i].item()
    shares = {"accuracy": facts.accuracy, "confidence": facts.confidence, "gap": facts.gap}
    for name, share in shares.items():
        assert name in picture.notes[name].get_text() and picture.notes[name].get_text().endswith(" %")
        says_all(picture.notes[name].get_text(), [100 * share])
    assert picture.here.get_xydata().tolist() == [[facts.temperature, facts.nll]]
    assert list(picture.best.get_xdata()) == [facts.best] * 2
    xs, ys = picture.curve.get_data()
    assert 0.4 - 1e-9 <= xs.min() < xs.max() <= 5 + 1e-9
    for i in (0, len(xs) // 2, -1):
        assert ys[i] == pytest.approx(nll(facts.sharpness, float(xs[i]), given), abs=1e-9)
    says_all(picture.loss_note.get_text(), [facts.nll, facts.temperature])
    says_all(picture.best_note.get_text(), [facts.best])


def check_sentence(text, facts):
    surest = [i for i in range(BINS) if facts.count[i] >= FEWEST][-1:]
    bins = [100 * share for i in surest for share in (facts.said[i], facts.came_true[i])] or [FEWEST]
    shares = [100 * facts.confidence, 100 * facts.accuracy, *bins, 100 * facts.gap]
    said = [facts.temperature, *shares, facts.nll, facts.best, FEWEST, facts.count.sum()]
    says_all(text, said)
    over = facts.confidence - facts.accuracy
    verdict = "overconfident" if over > 0.015 else "underconfident" if over < -0.015 else "about"
    assert re.search(r"are right: (\w+)", text)[1] == verdict


def test_a_bin_is_shown_from_10_photos_on(explorer):
    count = torch.tensor([0] * 8 + [10, 9])
    got = dataclasses.replace(explorer.facts, count=count)
    assert f"In the surest bin, {100 * got.said[8]:.1f} % was said" in describe(got)
    explorer.picture.update(got)
    assert [bar.get_visible() for bar in explorer.picture.bars] == [False] * 8 + [True, False]


def test_the_curve_of_the_loss_spans_the_temperatures_that_can_be_set(explorer):
    """It follows the sharpness; the points of its grid stand 3 % apart."""
    for sharpness in (0.5, 1.0, 2.5, 4.0):
        explorer.set(sharpness=sharpness)
        xs = np.sort(explorer.picture.curve.get_xdata())
        assert 0.4 <= xs[0] < 0.4 * 1.03 and 5 / 1.03 < xs[-1] <= 5 and (xs[1:] / xs[:-1] < 1.03).all()
        assert sharpness != 4.0 or xs[0] == 0.4, "made for the sharpest"
        assert sharpness != 0.5 or xs[-1] == 5, "and the least sharp"

import itertools
import math
import re

import pytest
import torch

from helpers.data import LABELS
from helpers.explorers.threshold_sweep import DRAWN as DOTS
from helpers.explorers.threshold_sweep import curve_of, describe, exact_curve_of, facts
from helpers.photos import PRIORS, SEPARATIONS, photos
from helpers.style import PAPER
from tests.reading import says_all

SPECIAL = [dict(label=label, threshold_logit=t) for label, t in (("dog", 1.4), ("dog", -0.01), ("zebra", 3.333))]
PICTURES = [
    dict(threshold_logit=9.0),
    dict(threshold_logit=-9.0, label="cow"),
    dict(threshold_logit=-1.25, label="zebra"),
]
DRAWN = 3 * torch.randn(3000, 10, generator=torch.Generator().manual_seed(8))
NAMES = "airplane automobile bird cat deer dog frog horse ship truck".split()
OWN = [
    dict(logits=[[1.0, -2.0], [0.5, 3.0], [-1.0, 0.25]], targets=[0, 0, 0]),  # the second class is in no row
    dict(logits=DRAWN.half(), targets=DRAWN.argmax(1), labels=NAMES, label="truck", threshold_logit=2.5),
    dict(logits=(20 * DRAWN[:50, :3]).numpy(), targets=(DRAWN[:50, 3:6] > 0).tolist()),
    dict(logits=DRAWN[:40].repeat(1, 100), targets=DRAWN[:40].argmin(1)),
]


def check_own_facts(values, facts, given):
    logits = torch.as_tensor(given["logits"]).double()
    labels = given.get("labels") or [f"class {k}" for k in range(logits.shape[1])]
    k, t, truth = labels.index(values["label"]), values["threshold_logit"], torch.as_tensor(given["targets"])
    x, present = logits[:, k].tolist(), ((truth == k) if truth.ndim == 1 else truth[:, k] == 1).tolist()
    pairs = [(logit > t, there) for logit, there in zip(x, present)]
    tp, fp, fn, tn = (pairs.count(pair) for pair in [(True, True), (True, False), (False, True), (False, False)])
    assert (facts.true_positives, facts.false_positives, facts.false_negatives) == (tp, fp, fn)
    assert facts.true_negatives == tn and facts.label == values["label"] and facts.threshold_logit == t
    assert facts.precision == (tp / (tp + fp) if tp + fp else None)
    assert facts.recall == (tp / (tp + fn) if tp + fn else None)
    assert facts.logits.tolist() == x and facts.present.tolist() == present
    assert facts.picked.tolist() == [picked for picked, _ in pairs]
    assert facts.drawn.sum() == len(x) if len(x) <= DOTS else DOTS / 2 < facts.drawn.sum() <= 2 * DOTS
    order = torch.tensor(x).argsort(descending=True, stable=True).tolist()
    found = list(itertools.accumulate(present[i] for i in order))
    ends = torch.linspace(1, len(x), min(len(x), 400)).long().tolist()
    for n, (recall, precision) in zip(ends, facts.curve.tolist(), strict=True):
        assert precision == pytest.approx(found[n - 1] / n)
        assert recall == pytest.approx(found[n - 1] / found[-1]) if found[-1] else math.isnan(recall)


def truth(label):
    """Return the logits, in hundredths, and whether the photo holds the animal, of one class as lists."""
    logits, targets = photos()
    k = LABELS.index(label)
    return [round(100 * logit) for logit in logits[:, k].tolist()], [target == 1 for target in targets[:, k].tolist()]


def counts(label, t):
    """Return TP, FP, FN and TN by plain Python."""
    pairs = [(logit > round(100 * t), present) for logit, present in zip(*truth(label))]
    return tuple(pairs.count(pair) for pair in [(True, True), (True, False), (False, True), (False, False)])


def by_the_formula(label, t):
    """Return precision and recall for endless photos: the logits are normal, with means for present and absent."""
    prior, separation = PRIORS[LABELS.index(label)].item(), SEPARATIONS[LABELS.index(label)].item()
    middle = math.log(prior / (1 - prior))
    above = [0.5 * math.erfc((t - middle - side * separation) / math.sqrt(4 * separation)) for side in (1, -1)]
    found, wrong = prior * above[0], (1 - prior) * above[1]
    return found / (found + wrong), above[0]


def check_facts(values, facts, given=None):
    if given:
        check_own_facts(values, facts, given)
        return
    label, t = values["label"], round(values["threshold_logit"], 2)
    tp, fp, fn, tn = counts(label, t)
    assert (facts.label, facts.threshold_logit) == (label, t)
    assert (facts.true_positives, facts.false_positives, facts.false_negatives, facts.true_negatives) == (
        tp,
        fp,
        fn,
        tn,
    )
    assert facts.precision == (tp / (tp + fp) if tp + fp else None)
    assert facts.recall == tp / (tp + fn)
    assert (facts.exact_precision, facts.exact_recall) == pytest.approx(by_the_formula(label, t), rel=1e-6)
    hundredths, present = truth(label)
    assert [round(100 * logit) for logit in facts.logits.tolist()] == hundredths
    assert facts.present.tolist() == present
    assert facts.picked.tolist() == [logit > round(100 * t) for logit in hundredths]
    assert torch.equal(facts.curve, curve_of(label))


def check_picture(picture, facts, values, given=None):
    label, t = values["label"], values["threshold_logit"] if given else round(values["threshold_logit"], 2)
    shown = {"TP": facts.true_positives, "FP": facts.false_positives}
    shown |= {"FN": facts.false_negatives, "TN": facts.true_negatives}
    for name, count in shown.items():
        present, picked = name in ("TP", "FN"), name in ("TP", "FP")
        x, y = (torch.as_tensor(data) for data in picture.groups[name].get_data())
        assert sorted(x.tolist()) == sorted(
            facts.logits[(facts.present == present) & (facts.picked == picked) & facts.drawn].tolist()
        )
        assert len(x) == len(y) and (len(x) == count if facts.drawn.all() else len(x) <= count)
        assert ((x > t) == picked).all() and ((y - int(present)).abs() <= 0.25).all()
        assert (picture.groups[name].get_markerfacecolor() != PAPER) == picked
        assert picture.counts[name].get_text() == f"{name} {count:,}"
        assert (picture.counts[name].get_position()[0] > 0) == picked
    assert list(picture.threshold.get_xdata()) == [t] * 2
    assert picture.reading.get_text().startswith("picked (filled): logit > ")
    says_all(picture.reading.get_text(), [t])
    words = [f"{label}: yes", f"{label}: no"] if given else [f"with {label}", f"without {label}"]
    assert [row.get_text() for row in picture.rows] == words
    assert (
        list(picture.prior.get_ydata())
        == [pytest.approx(facts.present.double().mean().item()) if given else PRIORS[LABELS.index(label)].item()] * 2
    )
    torch.testing.assert_close(torch.tensor(picture.curve.get_xydata()), facts.curve.double(), equal_nan=True)
    assert picture.exact.get_xydata().tolist() == ([] if given else exact_curve_of(label).tolist())
    assert picture.point.get_visible() == (None not in (facts.precision, facts.recall))
    if picture.point.get_visible():
        assert picture.point.get_xydata().tolist() == [[facts.recall, facts.precision]]


def check_sentence(text, facts):
    tp, fp, fn, tn = facts.true_positives, facts.false_positives, facts.false_negatives, facts.true_negatives
    precision = [0, 0] if facts.precision is None else [tp, tp + fp, facts.precision]
    prob = 1 / (1 + math.exp(-facts.threshold_logit))
    recall = [0, 0] if facts.recall is None else [tp, tp + fn, facts.recall]
    exact = [each for each in (facts.exact_precision, facts.exact_recall) if each is not None]
    name = [int(facts.label[6:])] if facts.label.startswith("class ") else []
    said = [facts.threshold_logit, *name, prob, tp + fp, len(facts.logits), tp, fp, fn, tn, *precision, *recall, *exact]
    says_all(text.replace("/", " / "), said)
    assert f" on {facts.label} " in text
    assert re.findall(r"\b[TF][PN]\b", text) == ["TP", "FP", "FN", "TN"]
    assert ("Precision is not defined (0/0)" in text) == (facts.precision is None)


def test_the_probability_is_rounded_once():
    exact = 1 / (1 + math.exp(-1.04))  # 0.7388500...: in float32 just below what is rounded up
    assert f"(probability {exact:.4f})" in describe(facts("dog", 1.04))


def test_a_tie_is_not_picked():
    highest = photos()[0][:, 1].max().item()
    assert facts("dog", highest).precision is None
    assert facts("dog", highest - 0.01).true_positives == 1


@pytest.mark.parametrize("label", LABELS)
def test_curve_is_that_of_every_cut(label):
    logits, targets = photos()
    k = LABELS.index(label)
    order = sorted(range(100), key=lambda i: -logits[i, k].item())
    found = 0
    for n, i in enumerate(order, start=1):
        found += int(targets[i, k])
        assert curve_of(label)[n - 1].tolist() == pytest.approx([found / targets[:, k].sum().item(), found / n])
    exact = exact_curve_of(label)
    assert exact.shape == (100, 2) and exact.isfinite().all()
    assert exact[-1].tolist() == pytest.approx([1.0, PRIORS[k].item()], abs=1e-3)
    assert (exact[1:, 0] > exact[:-1, 0]).all(), "recall grows as the threshold sinks"

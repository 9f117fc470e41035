import math
import re

import pytest
import torch
from reading import says_all

from helpers.data import LABELS
from helpers.figures.picture import PAPER
from helpers.synthetic import PRIORS, SEPARATIONS, photos
from helpers.views.threshold_sweep import curve_of, describe, exact_curve_of, facts

SPECIAL = [dict(label=label, threshold_logit=t) for label, t in (("dog", 1.4), ("dog", -0.01), ("zebra", 3.333))]
PICTURES = [
    dict(threshold_logit=9.0),
    dict(threshold_logit=-9.0, label="cow"),
    dict(threshold_logit=-1.25, label="zebra"),
]


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
    """Return precision and recall for endless photos: the logits are normal, with a mean each for present and absent."""
    prior, separation = PRIORS[LABELS.index(label)].item(), SEPARATIONS[LABELS.index(label)].item()
    middle = math.log(prior / (1 - prior))
    above = [0.5 * math.erfc((t - middle - side * separation) / math.sqrt(4 * separation)) for side in (1, -1)]
    found, wrong = prior * above[0], (1 - prior) * above[1]
    return found / (found + wrong), above[0]


def check_facts(values, facts):
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


def check_picture(picture, facts, values):
    label, t = values["label"], round(values["threshold_logit"], 2)
    shown = {"TP": facts.true_positives, "FP": facts.false_positives}
    shown |= {"FN": facts.false_negatives, "TN": facts.true_negatives}
    for name, count in shown.items():
        present, picked = name in ("TP", "FN"), name in ("TP", "FP")
        x, y = (torch.as_tensor(data) for data in picture.groups[name].get_data())
        assert sorted(x.tolist()) == sorted(
            facts.logits[(facts.present == present) & (facts.picked == picked)].tolist()
        )
        assert len(x) == len(y) == count
        assert ((x > t) == picked).all() and ((y - int(present)).abs() <= 0.25).all()
        assert (picture.groups[name].get_markerfacecolor() != PAPER) == picked
        assert picture.counts[name].get_text() == f"{name} {count}"
        assert (picture.counts[name].get_position()[0] > 0) == picked
    assert list(picture.threshold.get_xdata()) == [t] * 2
    assert picture.reading.get_text() == f"picked (filled): logit > {t:.2f}".replace("-", "−")
    assert [row.get_text() for row in picture.rows] == [f"with {label}", f"without {label}"]
    assert list(picture.prior.get_ydata()) == [PRIORS[LABELS.index(label)].item()] * 2
    assert picture.curve.get_xydata().tolist() == facts.curve.tolist()
    assert picture.exact.get_xydata().tolist() == exact_curve_of(label).tolist()
    assert picture.point.get_visible() == (facts.precision is not None)
    if facts.precision is not None:
        assert picture.point.get_xydata().tolist() == [[facts.recall, facts.precision]]


def check_sentence(text, facts):
    tp, fp, fn, tn = facts.true_positives, facts.false_positives, facts.false_negatives, facts.true_negatives
    precision = [0, 0] if facts.precision is None else [tp, tp + fp, facts.precision]
    prob = 1 / (1 + math.exp(-facts.threshold_logit))
    said = [facts.threshold_logit, prob, tp + fp, 100, tp, fp, fn, tn, *precision, tp, tp + fn, facts.recall]
    says_all(text.replace("/", " / "), [*said, facts.exact_precision, facts.exact_recall])
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

import itertools
import math
import random
import re

import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg

from helpers.data import LABELS
from helpers.explorers.sweep import curve_of, describe, exact_curve_of, facts, threshold_sweep
from helpers.synthetic import PRIORS, exact_precision_recall, photos

RNG = random.Random(3)
SETTINGS = [
    *itertools.product(LABELS, [-9.0, 0.0, 9.0]),
    *[(RNG.choice(LABELS), RNG.randrange(-180, 181) * 0.05) for _ in range(30)],
]


def counts(label, t):
    """TP, FP, FN, TN by plain Python, on hundredths of a logit."""
    logits, targets = photos()
    k = LABELS.index(label)
    pairs = [(round(100 * logit) > round(100 * t), truth == 1) for logit, truth in zip(logits[:, k].tolist(), targets[:, k].tolist())]
    return tuple(pairs.count(pair) for pair in [(True, True), (True, False), (False, True), (False, False)])


@pytest.fixture(scope="module")
def shared():
    return threshold_sweep()


@pytest.mark.parametrize("label, t", SETTINGS)
def test_facts_equal_plain_counting(label, t):
    tp, fp, fn, tn = counts(label, t)
    got = facts(label, t)
    assert (got.true_positives, got.false_positives, got.false_negatives, got.true_negatives) == (tp, fp, fn, tn)
    assert got.precision == (tp / (tp + fp) if tp + fp else None)
    assert got.recall == tp / (tp + fn)
    exact = exact_precision_recall(label, round(t, 2))
    assert (got.exact_precision, got.exact_recall) == (exact[0].item(), exact[1].item())
    assert (got.label, got.threshold_logit) == (label, round(t, 2))


def test_the_figures_of_the_lesson():
    got = facts("dog", 0.0)
    assert (got.true_positives, got.false_positives, got.false_negatives, got.true_negatives) == (24, 13, 17, 46)
    assert facts("dog", 1.4).precision == 1 and facts("dog", 1.35).precision < 1
    assert facts("dog", -0.2).precision > facts("dog", 0.0).precision


def test_a_tie_is_not_picked():
    highest = photos()[0][:, 1].max().item()
    assert facts("dog", highest).precision is None
    assert facts("dog", highest - 0.01).true_positives == 1


@pytest.mark.parametrize("label", LABELS)
def test_recall_never_rises_with_the_threshold(label):
    recalls = [facts(label, t / 10).recall for t in range(-90, 91)]
    assert recalls == sorted(recalls, reverse=True) and recalls[0] == 1 and recalls[-1] == 0


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


@pytest.mark.parametrize("label, t", SETTINGS)
def test_picture_shows_the_facts(shared, label, t):
    shared.set(label=label, threshold_logit=t)
    got, picture = shared.facts, shared.picture
    tp, fp, fn, tn = counts(label, t)
    for name, count, row, right in [("TP", tp, 1, True), ("FN", fn, 1, False), ("FP", fp, 0, True), ("TN", tn, 0, False)]:
        x, y = (torch.as_tensor(data) for data in picture.groups[name].get_data())
        assert len(x) == len(y) == count
        assert ((x > round(t, 2)) == right).all() and ((y - row).abs() <= 0.25).all()
        assert (picture.groups[name].get_markerfacecolor() != "white") == right
        assert picture.counts[name].get_text() == f"{name} {count}"
        assert (picture.counts[name].get_position()[0] > 0) == right
    drawn = sorted(itertools.chain(*(picture.groups[name].get_xdata() for name in picture.groups)))
    assert drawn == sorted(photos()[0][:, LABELS.index(label)].double().round(decimals=2).tolist())
    assert list(picture.threshold.get_xdata()) == [round(t, 2)] * 2
    assert picture.reading.get_text() == f"picked (filled): logit > {round(t, 2):.2f}".replace("-", "−")
    assert [row.get_text() for row in picture.rows] == [f"with {label}", f"without {label}"]
    assert list(picture.prior.get_ydata()) == [PRIORS[LABELS.index(label)].item()] * 2
    assert picture.curve.get_xydata().tolist() == curve_of(label).tolist()
    assert picture.exact.get_xydata().tolist() == exact_curve_of(label).tolist()
    assert picture.point.get_visible() == (got.precision is not None)
    if got.precision is not None:
        assert picture.point.get_xydata().tolist() == [[got.recall, got.precision]]


@pytest.mark.parametrize("label, t", SETTINGS[:12])
def test_texts_stay_inside_and_data_in_the_limits(shared, label, t):
    shared.set(label=label, threshold_logit=t)
    for panel in shared.picture.panels:
        axes, renderer = panel.axes[0], FigureCanvasAgg(panel).get_renderer()
        boxes = [text.get_window_extent(renderer) for text in axes.texts if text.get_text()]
        assert all(box.x0 >= 0 and box.y0 >= 0 and box.x1 <= panel.bbox.x1 and box.y1 <= panel.bbox.y1 for box in boxes)
        assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
        (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
        for line in axes.lines:
            if line.get_transform() == axes.transData and line.get_visible() and len(line.get_xdata()):
                x, y = (torch.as_tensor(data, dtype=torch.float64) for data in line.get_data())
                assert left <= x.min() and x.max() <= right and bottom <= y.min() and y.max() <= top


def test_axes_say_what_they_measure(shared):
    dots, curve = (panel.axes[0] for panel in shared.picture.panels)
    assert dots.get_xlabel() == "logit of the photo"
    assert (curve.get_xlabel(), curve.get_ylabel()) == ("recall", "precision")
    assert [text.get_text() for text in curve.get_legend().texts] == [
        "these 100 photos", "endless photos (formula)", "this threshold", "pick every photo"
    ]


@pytest.mark.parametrize("label, t", SETTINGS)
def test_sentence_says_the_facts(label, t):
    tp, fp, fn, tn = counts(label, t)
    sentence = describe(facts(label, t))
    assert f"on {label} (probability {1 / (1 + math.exp(-round(t, 2))):.4f}) picks {tp + fp} of 100 photos:" in sentence
    assert f"Threshold {round(t, 2):.2f} ".replace("-", "−") in sentence
    assert [int(n) for n in re.findall(r"(?:TP|FP|FN|TN) (\d+)", sentence)] == [tp, fp, fn, tn]
    assert f"recall {tp}/{tp + fn} = {tp / (tp + fn):.3f};" in sentence
    if tp + fp:
        assert f"Precision {tp}/{tp + fp} = {tp / (tp + fp):.3f}," in sentence
    else:
        assert "Precision is not defined (0/0)" in sentence
    precision, recall = exact_precision_recall(label, round(t, 2))
    assert sentence.endswith(f"for endless photos {precision:.3f} and {recall:.3f}.")


def test_starts_at_zero_on_dog_and_comes_back_to_it():
    explorer = threshold_sweep()
    assert explorer.values == {"threshold_logit": 0.0, "label": "dog"}
    start = explorer.describe()
    assert "TP 24, FP 13, FN 17, TN 46. Precision 24/37 = 0.649, recall 24/41 = 0.585" in start
    explorer.controls["label"].value = "cow"
    explorer.controls["threshold_logit"].value = -9.0
    assert "picks 100 of 100 photos: TP 12, FP 88, FN 0, TN 0" in explorer.describe()
    explorer.reset()
    assert explorer.describe() == start


def test_takes_arguments():
    assert threshold_sweep("zebra", 3).values == {"threshold_logit": 3.0, "label": "zebra"}


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(label="horse"), "label: got 'horse', want one of"),
        (dict(threshold_logit=9.5), "threshold_logit: got 9.5, want a finite number from -9 to 9"),
        (dict(threshold_logit=math.nan), "threshold_logit: got nan, want a finite number from -9 to 9"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        threshold_sweep(**arguments)

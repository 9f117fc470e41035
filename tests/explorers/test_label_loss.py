import functools
import itertools
import math
import re

import pytest
import torch
from torch import nn

from helpers.data import LABELS
from helpers.explorers.label_loss import SHORT, compress, curves, expand, label_loss
from helpers.text import short
from tests.reading import says


def setting(logits, targets, label):
    return dict(zip(LABELS, logits)) | {f"{each}_true": bool(y) for each, y in zip(LABELS, targets)} | dict(label=label)


SPECIAL = [
    *(setting([x] * 4, [y] * 4, "cat") for x, y in itertools.product((-20.0, 0.0, 20.0), (0, 1))),
    *(
        setting([17.0, 16.63, 16.64, -17.0], y, label)
        for y, label in (([0, 0, 0, 0], "cat"), ([1, 0, 0, 1], "dog"), ([0, 1, 0, 0], "cow"))
    ),
]
PICTURES = [
    dict(zebra=20.0),
    dict(zebra=-20.0, zebra_true=True),
    dict(cat=-20.0, dog=20.0, label="cat", dog_true=False),
]


NAMES = "airplane automobile bird cat deer dog frog horse ship truck plane boat".split()
OWN = [
    dict(logits=torch.tensor([1.5, -0.5, 3, 9]).half()),
    dict(logits=[25.0, -3, 0.5, 7, 310, -42, 12, 0, 1, 2, 3, 4], targets={"automobile", "deer"}, labels=NAMES),
]


def logits_and_targets(values):
    names = [each.removesuffix("_true") for each in values if each.endswith("_true")]
    return [values[name] for name in names], [float(values[f"{name}_true"]) for name in names]


@functools.cache
def one_label(form, logit, target):
    """Loss and gradient of a single label, written down afresh."""
    x, y = torch.tensor([logit], dtype=torch.float32, requires_grad=True), torch.tensor([target])
    if form == 0:
        loss = nn.BCEWithLogitsLoss()(x, y)
    elif form == 1:
        loss = nn.BCELoss()(nn.Sigmoid()(x), y)
    else:
        p = 1 / (1 + torch.exp(-x))
        loss = -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).sum()
    loss.backward()
    return loss.item(), x.grad.item()


def check_facts(values, facts, given=None):
    logits, targets = logits_and_targets(values)
    assert facts.targets.tolist() == targets and facts.labels[facts.shown] == values["label"]
    assert facts.logits.tolist() == pytest.approx(logits, rel=1e-6)
    assert facts.losses.dtype == facts.gradients.dtype == facts.means.dtype == torch.float32
    close = dict(rel=2e-6, abs=1e-12, nan_ok=True)
    for form in range(3):
        losses, gradients = zip(*(one_label(form, x, y) for x, y in zip(logits, targets)))
        assert facts.losses[form].tolist() == pytest.approx(list(losses), **close)
        assert facts.gradients[form].tolist() == pytest.approx(list(gradients), **close)
        assert facts.means[form].item() == pytest.approx(sum(losses) / len(logits), **close)
    for i, (x, y) in enumerate(zip(facts.logits.tolist(), targets)):
        away = x if y == 0 else -x  # how far on the wrong side
        assert facts.true_losses[i].item() == pytest.approx(max(away, 0) + math.log1p(math.exp(-abs(away))), rel=1e-9)
        assert facts.true_gradients[i].item() == pytest.approx((1 if y == 0 else -1) / (1 + math.exp(-away)), rel=1e-9)


def check_picture(picture, facts, values, given=None):
    i = facts.shown
    for row in range(len(facts.labels)):
        shown = [text.get_text() for text in picture.cells[row]]
        columns = [facts.logits[row], facts.targets[row], *facts.losses[:, row], facts.true_losses[row]]
        assert all(map(says, shown, columns)) and len(shown) == len(columns) and max(map(len, shown)) <= 9
    assert all(
        says(text.get_text(), mean)
        for text, mean in zip(picture.means, (*facts.means, facts.true_losses.mean()), strict=True)
    )
    slopes = (*facts.gradients[:, i], facts.true_gradients[i])
    assert all(says(text.get_text(), slope) for text, slope in zip(picture.slopes, slopes, strict=True))
    assert picture.name.get_text() == f"gradient\nof {short(values['label'])}"
    assert picture.marker.get_y() < i + 1 < picture.marker.get_y() + picture.marker.get_height()
    for numbers, (lines, markers, stem, note) in (
        (facts.losses, picture.losses),
        (facts.gradients, picture.gradients),
    ):
        target, x = int(facts.targets[i]), facts.logits[i].item()
        for each in (0, 1):
            assert [line.get_visible() for line in lines[each]] == [each == target] * 3
        assert stem.get_xydata().tolist() == [[x, 0], [x, numbers[0, i].item()]]
        for marker, value in zip(markers, numbers[:, i].tolist(), strict=True):
            assert marker.get_visible() == math.isfinite(value)
            if math.isfinite(value):
                assert marker.get_xydata().tolist() == [[x, value]]
        left_out = [(form, value) for form, value in zip(SHORT, numbers[:, i].tolist()) if not math.isfinite(value)]
        expected = [f"{form}: {'NaN' if math.isnan(value) else '+inf'}\n(not drawn)" for form, value in left_out]
        assert note.get_text() == "\n".join(expected)


def check_sentence(text, facts):
    i = facts.shown
    form = r"([\w ]+), logit (\S+), target ([01])\. Loss: (.+?)\. Gradient: (.+?)\. Mean over the \w+ labels: (.+)\."
    label, logit, target, *parts = re.fullmatch(form, text).groups()
    assert label == facts.labels[i] and says(logit, facts.logits[i]) and int(target) == facts.targets[i]
    rows = [
        (facts.losses[:, i], facts.true_losses[i]),
        (facts.gradients[:, i], facts.true_gradients[i]),
        (facts.means, facts.true_losses.mean()),
    ]
    spelled = {"not a number (NaN)": "NaN", "infinite": "inf"}
    for said, (ways, truth) in zip(parts, rows):
        for word, number in spelled.items():
            said = said.replace(word, number)
        if said.endswith(" in all three ways, as it should be"):
            shown = [said.split(" ")[0]] * 4
        else:
            shown = re.fullmatch(
                r"(\S+) from logits, (\S+) from probabilities, (\S+) by the textbook formula; it should be (\S+)", said
            ).groups()
            assert len(set(shown)) > 1
        assert all(map(says, shown, [*ways, truth]))


@pytest.mark.parametrize("target", [0, 1])
def test_curves_are_the_forms_and_hold_no_hole(explorer, target):
    picture = explorer.picture
    x, pairs = curves(target)
    assert len(x) <= 200 and x.min() == -20 and x.max() == 20 and bool((x.diff() > 0).all())
    for form, (which, (lines, *_)) in itertools.product(range(3), enumerate((picture.losses, picture.gradients))):
        drawn_x, drawn = lines[target][form].get_data()
        kept = pairs[form][which].isfinite()
        assert list(drawn_x) == x[kept].tolist() and list(drawn) == pairs[form][which][kept].tolist()
        assert bool(kept[: len(drawn_x)].all()), "what cannot be drawn lies at the end"
        for i in (0, 30, 60, 100, 150, len(drawn_x) - 1):
            assert drawn[i] == pytest.approx(
                one_label(form, float(drawn_x[i]), float(target))[which], rel=1e-5, abs=1e-12
            )


def test_the_axis_of_the_loss_is_true_up_to_20_and_compressed_above(explorer):
    losses = torch.tensor([-1.0, 0.0, 19.5, 20.0, 36.0, 100.0]).numpy()
    assert compress(losses).tolist() == [-1, 0, 19.5, 20, 21, 25]
    assert expand(compress(losses)).tolist() == pytest.approx(losses.tolist())
    axes = explorer.picture.panels[1].axes[0]
    assert axes.get_yticks().tolist() == [0, 5, 10, 15, 20, 100]


def test_the_picture_follows_the_label_that_moves():
    explorer = label_loss(logits=[1, 2, 3, -4], targets=["zebra"], label="dog", labels=LABELS)
    assert explorer.facts.shown == 1 and explorer.facts.targets.tolist() == [0, 0, 0, 1]
    explorer.controls["logit_2"].value = 0.5
    assert explorer.facts.shown == 2

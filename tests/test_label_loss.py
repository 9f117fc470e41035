import functools
import itertools
import math
import re

import pytest
import torch
from matplotlib.text import Text
from reading import layers, says
from torch import nn

from helpers.data import LABELS
from helpers.figures.picture import look
from helpers.views.label_loss import FORMS, LabelLoss, cell, compress, curves, expand, facts, label_loss, words

DEFAULT = dict(
    cat=3.49,
    cat_true=True,
    dog=4.43,
    dog_true=True,
    cow=-2.25,
    cow_true=False,
    zebra=2.64,
    zebra_true=False,
    label="zebra",
)


def setting(logits, targets, label):
    return dict(zip(LABELS, logits)) | {f"{each}_true": bool(y) for each, y in zip(LABELS, targets)} | dict(label=label)


SPECIAL = [
    DEFAULT,
    *(setting([x] * 4, [y] * 4, "cat") for x, y in itertools.product((-20.0, 0.0, 20.0), (0, 1))),
    *(
        setting([17.0, 16.63, 16.64, -17.0], y, label)
        for y, label in (([0, 0, 0, 0], "cat"), ([1, 0, 0, 1], "dog"), ([0, 1, 0, 0], "cow"))
    ),
]


def logits_and_targets(values):
    return [values[label] for label in LABELS], [float(values[f"{label}_true"]) for label in LABELS]


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


def check_facts(values, facts):
    logits, targets = logits_and_targets(values)
    assert facts.targets.tolist() == targets and LABELS[facts.shown] == values["label"]
    assert facts.logits.tolist() == pytest.approx(logits, rel=1e-6)
    assert facts.losses.dtype == facts.gradients.dtype == facts.means.dtype == torch.float32
    close = dict(rel=2e-6, abs=1e-12, nan_ok=True)
    for form in range(3):
        losses, gradients = zip(*(one_label(form, x, y) for x, y in zip(logits, targets)))
        assert facts.losses[form].tolist() == pytest.approx(list(losses), **close)
        assert facts.gradients[form].tolist() == pytest.approx(list(gradients), **close)
        assert facts.means[form].item() == pytest.approx(sum(losses) / 4, **close)
    for i, (x, y) in enumerate(zip(facts.logits.tolist(), targets)):
        away = x if y == 0 else -x  # how far on the wrong side
        assert facts.true_losses[i].item() == pytest.approx(max(away, 0) + math.log1p(math.exp(-abs(away))), rel=1e-9)
        assert facts.true_gradients[i].item() == pytest.approx((1 if y == 0 else -1) / (1 + math.exp(-away)), rel=1e-9)


def check_picture(picture, facts, values):
    i = facts.shown
    for row in range(4):
        shown = [text.get_text() for text in picture.cells[row]]
        columns = [facts.logits[row], facts.targets[row], *facts.losses[:, row], facts.true_losses[row]]
        assert all(map(says, shown, columns)) and max(map(len, shown)) <= 9
    assert all(
        says(text.get_text(), mean) for text, mean in zip(picture.means, (*facts.means, facts.true_losses.mean()))
    )
    slopes = (*facts.gradients[:, i], facts.true_gradients[i])
    assert all(says(text.get_text(), slope) for text, slope in zip(picture.slopes, slopes))
    assert picture.name.get_text() == f"gradient\nof {values['label']}"
    assert picture.marker.get_y() < i + 1 < picture.marker.get_y() + picture.marker.get_height()
    parts = [
        (facts.losses, picture.loss_lines, picture.loss_markers, picture.loss_stem, picture.loss_note),
        (facts.gradients, picture.grad_lines, picture.grad_markers, picture.grad_stem, picture.grad_note),
    ]
    for numbers, lines, markers, stem, note in parts:
        target, x = int(facts.targets[i]), facts.logits[i].item()
        for each in (0, 1):
            assert [line.get_visible() for line in lines[each]] == [each == target] * 3
        assert stem.get_xydata().tolist() == [[x, 0], [x, numbers[0, i].item()]]
        for marker, value in zip(markers, numbers[:, i].tolist()):
            assert marker.get_visible() == math.isfinite(value)
            if math.isfinite(value):
                assert marker.get_xydata().tolist() == [[x, value]]
        left_out = [(form, value) for form, value in zip(FORMS, numbers[:, i].tolist()) if not math.isfinite(value)]
        expected = [f"{form}: {'NaN' if math.isnan(value) else 'inf'} (not drawn)" for form, value in left_out]
        assert note.get_text() == ", ".join(expected)


def check_sentence(text, facts):
    i = facts.shown
    form = r"(\w+), logit (\S+), target ([01])\. Loss: (.+?)\. Gradient: (.+?)\. Mean over the four labels: (.+)\."
    label, logit, target, *parts = re.fullmatch(form, text).groups()
    assert label == LABELS[i] and says(logit, facts.logits[i]) and int(target) == facts.targets[i]
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
                r"(\S+) from logits, (\S+) from probabilities, (\S+) by the article's formula; it should be (\S+)", said
            ).groups()
            assert len(set(shown)) > 1
        assert all(map(says, shown, [*ways, truth]))


@pytest.mark.parametrize("values", SPECIAL)
def test_facts_picture_and_sentence(explorer, values):
    explorer.set(**values)
    check_facts(explorer.values, explorer.facts)
    check_picture(explorer.picture, explorer.facts, explorer.values)
    check_sentence(explorer.describe(), explorer.facts)


def test_the_three_forms_part_at_17():
    got = facts(**DEFAULT | dict(zebra=17.0))
    assert got.losses[:, 3].tolist() == [17, 100, math.inf]
    assert got.gradients[:, 3].tolist() == [1, 0, math.inf]
    got = facts(**DEFAULT | dict(zebra=17.0, zebra_true=True))
    assert math.isnan(got.losses[2, 3]) and math.isnan(got.gradients[2, 3]) and got.losses[1, 3] == 0
    got = facts(**DEFAULT | dict(cow=-20.0))
    assert got.losses[0, 2] == 0 and got.true_losses[2].item() == pytest.approx(2.0611536e-9)


@pytest.mark.parametrize("target", [0, 1])
def test_curves_are_the_forms_and_hold_no_hole(explorer, target):
    picture = explorer.picture
    x, pairs = curves(target)
    assert len(x) <= 200 and x.min() == -20 and x.max() == 20 and bool((x.diff() > 0).all())
    for form, lines in itertools.product(range(3), (picture.loss_lines, picture.grad_lines)):
        which = 0 if lines is picture.loss_lines else 1
        drawn_x, drawn = lines[target][form].get_data()
        kept = pairs[form][which].isfinite()
        assert list(drawn_x) == x[kept].tolist() and list(drawn) == pairs[form][which][kept].tolist()
        assert bool(kept[: len(drawn_x)].all()), "what cannot be drawn lies at the end"
        for i in (0, 30, 60, 100, 150, len(drawn_x) - 1):
            assert drawn[i] == pytest.approx(
                one_label(form, float(drawn_x[i]), float(target))[which], rel=1e-5, abs=1e-12
            )


def test_what_cannot_be_drawn_is_noted_in_its_form_s_colour():
    picture = label_loss(logits=[1, 2, 3, 17]).picture
    for note, lines in ((picture.loss_note, picture.loss_lines), (picture.grad_note, picture.grad_lines)):
        assert note.get_text() == "article's formula: inf (not drawn)"
        assert {note.get_color()} == {line[FORMS.index("article's formula")].get_color() for line in lines}
        box, axes = note.get_window_extent(), note.axes
        assert axes.bbox.contains(*box.min) and axes.bbox.contains(*box.max)
        others = [text.get_window_extent() for text in (*axes.texts, *axes.get_legend().texts) if text is not note]
        assert not box.count_overlaps(others), "it hides no other text"
        assert note.get_size() == 10 and note.get_va() == "center"


def test_limits_contain_all_that_can_be_drawn(explorer):
    picture = explorer.picture
    for panel, lines in zip(picture.panels[1:], (picture.loss_lines, picture.grad_lines)):
        axes = panel.axes[0]
        (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
        for line in itertools.chain(*lines):
            assert left < min(line.get_xdata()) and max(line.get_xdata()) < right
            assert low < min(line.get_ydata()) and max(line.get_ydata()) < high


def test_the_axis_of_the_loss_is_true_up_to_20_and_compressed_above(explorer):
    losses = torch.tensor([-1.0, 0.0, 19.5, 20.0, 36.0, 100.0]).numpy()
    assert compress(losses).tolist() == [-1, 0, 19.5, 20, 21, 25]
    assert expand(compress(losses)).tolist() == pytest.approx(losses.tolist())
    axes = explorer.picture.panels[1].axes[0]
    assert axes.get_yticks().tolist() == [0, 5, 10, 15, 20, 100]


def test_starts_at_the_running_example(explorer):
    assert explorer.values == DEFAULT
    assert explorer.describe() == (
        "zebra, logit 2.64, target 0. Loss: 2.7089 in all three ways, as it should be. Gradient: 0.9334 in all three ways, "
        "as it should be. Mean over the four labels: 0.7128 in all three ways, as it should be."
    )


def test_the_picture_follows_the_label_that_moves_and_reset_undoes_it(explorer):
    before, svgs = explorer.describe(), explorer.picture.svgs()
    explorer.cat = -7.5
    assert explorer.values["label"] == "cat" and explorer.facts.shown == 0
    explorer.cow_true = True
    assert explorer.values["label"] == "cow" and explorer.describe().startswith(
        "cow, logit -2.25, target 1. Loss: 2.3502"
    )
    explorer.label = "dog"
    assert explorer.values | dict(cat=3.49, cow_true=False) == DEFAULT | dict(label="dog")
    explorer.reset()
    assert explorer.values == DEFAULT and explorer.describe() == before and explorer.picture.svgs() == svgs


def test_what_the_page_gets():
    with look():
        texts = [each for each in LabelLoss().artists.values() if isinstance(each, Text)]
    said = [text.get_text() for text in texts if text.get_text()]
    assert len(texts) == 39 and said == list(LABELS), "nothing but names is said before there are facts"
    explorer = label_loss()
    assert explorer.values == DEFAULT
    page = explorer.state()
    assert page["label"] == "per-label loss"
    table, *curves = map(layers, page["panels"])
    names = [f"name-{label}" for label in LABELS]
    assert table == ["row", *names, "gradient-of", "cell", "mean", "slope"], "the marked row lies under its words"
    for what, drawn in zip(("loss", "gradient"), curves):
        assert drawn == [f"{what}-stem", what, f"{what}-note", f"{what}-marker"], "the markers lie over the curves"


def test_arguments_choose_the_start():
    explorer = label_loss(logits=[1, 2, 3, -4], true=["zebra"], label="dog")
    assert explorer.facts.logits.tolist() == [1, 2, 3, -4]
    assert explorer.facts.targets.tolist() == [0, 0, 0, 1]
    assert explorer.facts.shown == 1
    explorer.cow = 0.5
    assert explorer.facts.shown == 2, "the picture follows the label that moves"
    assert label_loss(true=()).facts.targets.tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(logits=[1, 2, 3]), "logits: got .* want 4 finite numbers"),
        (dict(logits=[1, 2, 3, math.inf]), "logits: got .* want 4 finite numbers"),
        (dict(logits=[1, 2, 3, 21]), "logit of zebra: got 21.0, want a finite number from -20 to 20"),
        (dict(true=["horse"]), "true: got .*horse.*, want a collection of labels from"),
        (dict(true="cat"), "true: got 'cat', want a collection of labels from"),
        (dict(true=""), "true: got '', want a collection of labels from"),
        (dict(true=1), "true: got 1, want a collection of labels from"),
        (dict(label="horse"), "label: got 'horse', want one of"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        label_loss(**arguments)


def test_cells_are_short():
    assert [cell(value) for value in (0.0, -0.0, 1e-4, 5e-4, -0.25, 100, math.inf, math.nan)] == [
        "0", "0", "1.00e-04", "0.0005", "-0.2500", "100.0000", "inf", "NaN",
    ]  # fmt: skip


def test_numbers_in_words():
    assert [words(value) for value in (math.inf, math.nan, 0.25)] == ["infinite", "not a number (NaN)", "0.2500"]

import itertools
import math
import random
import re

import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from torch import nn

from helpers.data import LABELS
from helpers.explorers.label_loss import FORMS, cell, compress, curves, describe, expand, facts, label_loss

RNG = random.Random(6)
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


SETTINGS = [
    DEFAULT,
    *(
        setting([x] * 4, [y] * 4, label)
        for x, y, label in itertools.product((-20.0, 0.0, 20.0), (0, 1), ("cat", "zebra"))
    ),
    *(
        setting([17.0, 16.63, 16.64, -17.0], y, label)
        for y, label in (([0, 0, 0, 0], "cat"), ([1, 0, 0, 1], "dog"), ([0, 1, 0, 0], "cow"))
    ),
    *(
        setting(
            [round(RNG.uniform(-20, 20), 2) for _ in LABELS], [RNG.random() < 0.5 for _ in LABELS], RNG.choice(LABELS)
        )
        for _ in range(15)
    ),
]


@pytest.fixture(scope="module")
def explorer():
    """One explorer for the tests that set all of its controls: making it takes longer than moving it."""
    return label_loss()


def logits_and_targets(values):
    return [values[label] for label in LABELS], [float(values[f"{label}_true"]) for label in LABELS]


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


@pytest.mark.parametrize("values", SETTINGS)
def test_facts_equal_each_label_on_its_own(values):
    got = facts(**values)
    logits, targets = logits_and_targets(values)
    assert got.targets.tolist() == targets and LABELS[got.shown] == values["label"]
    assert got.losses.dtype == got.gradients.dtype == got.means.dtype == torch.float32
    for form in range(3):
        pairs = [one_label(form, x, y) for x, y in zip(logits, targets)]
        for row, numbers in zip((got.losses[form], got.gradients[form]), zip(*pairs)):
            torch.testing.assert_close(row, torch.tensor(numbers), rtol=2e-6, atol=1e-12, equal_nan=True)
        mean = torch.tensor([loss for loss, _ in pairs]).mean()
        torch.testing.assert_close(got.means[form], mean, rtol=1e-6, atol=0, equal_nan=True)


@pytest.mark.parametrize("values", SETTINGS)
def test_truth_is_the_hinge_in_float64(values):
    got = facts(**values)
    for i, (x, y) in enumerate(zip(*logits_and_targets(values))):
        x = torch.tensor(x).item()  # as float32 has it
        away = x if y == 0 else -x  # how far on the wrong side
        assert got.true_losses[i].item() == pytest.approx(max(away, 0) + math.log1p(math.exp(-abs(away))), rel=1e-9)
        assert got.true_gradients[i].item() == pytest.approx((1 if y == 0 else -1) / (1 + math.exp(-away)), rel=1e-9)


def test_the_three_forms_part_at_17():
    got = facts(**DEFAULT | dict(zebra=17.0))
    assert got.losses[:, 3].tolist() == [17, 100, math.inf]
    assert got.gradients[:, 3].tolist() == [1, 0, math.inf]
    got = facts(**DEFAULT | dict(zebra=17.0, zebra_true=True))
    assert math.isnan(got.losses[2, 3]) and math.isnan(got.gradients[2, 3]) and got.losses[1, 3] == 0
    got = facts(**DEFAULT | dict(cow=-20.0))
    assert got.losses[0, 2] == 0 and got.true_losses[2].item() == pytest.approx(2.0611536e-9)


@pytest.mark.parametrize("values", SETTINGS)
def test_picture_shows_the_facts(explorer, values):
    explorer.set(**values)
    got, picture, i = explorer.facts, explorer.picture, explorer.facts.shown
    for row in range(4):
        columns = (*got.losses[:, row], got.true_losses[row])
        shown = [f"{got.logits[row]:.2f}", f"{got.targets[row]:.0f}", *map(cell, columns)]
        assert [text.get_text() for text in picture.cells[row]] == shown
    assert [text.get_text() for text in picture.means] == [cell(mean) for mean in (*got.means, got.true_losses.mean())]
    slopes = [cell(slope) for slope in (*got.gradients[:, i], got.true_gradients[i])]
    assert [text.get_text() for text in picture.slopes] == slopes
    assert picture.name.get_text() == f"gradient\nof {values['label']}"
    assert picture.marker.get_y() < i + 1 < picture.marker.get_y() + picture.marker.get_height()
    parts = [
        (got.losses, picture.loss_lines, picture.loss_markers, picture.loss_stem, picture.loss_note),
        (got.gradients, picture.grad_lines, picture.grad_markers, picture.grad_stem, picture.grad_note),
    ]
    for numbers, lines, markers, stem, note in parts:
        target, x = int(got.targets[i]), got.logits[i].item()
        for each in (0, 1):
            assert [line.get_visible() for line in lines[each]] == [each == target] * 3
        assert list(stem.get_data()[0]) == [x, x] and list(stem.get_data()[1]) == [0, numbers[0, i].item()]
        for form, marker, value in zip(FORMS, markers, numbers[:, i].tolist()):
            assert marker.get_visible() == math.isfinite(value)
            if math.isfinite(value):
                assert list(marker.get_xdata()) == [x] and list(marker.get_ydata()) == [value]
            assert (f"{form}: {'inf' if math.isinf(value) else 'NaN'}" in note.get_text()) != math.isfinite(value)


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


@pytest.mark.parametrize("values", SETTINGS)
def test_sentence_says_the_facts(values):
    got = facts(**values)
    sentence, i = describe(got), got.shown
    assert sentence.startswith(
        f"{values['label']}, logit {values[values['label']]:.2f}, target {values[values['label'] + '_true']:d}. "
    )
    parts = re.search(r"Loss: (.+?)\. Gradient: (.+?)\. Mean over the four labels: (.+)\.$", sentence).groups()
    rows = [
        (got.losses[:, i], got.true_losses[i]),
        (got.gradients[:, i], got.true_gradients[i]),
        (got.means, got.true_losses.mean()),
    ]
    for said, (values_, truth) in zip(parts, rows):
        words = [cell(value).replace("inf", "infinite").replace("NaN", "not a number (NaN)") for value in values_]
        if said.endswith(" in all three ways, as it should be"):
            assert words == [cell(truth)] * 3 and said.startswith(words[0] + " in")
        else:
            a, b, c = words
            assert (
                said
                == f"{a} from logits, {b} from probabilities, {c} by the article's formula; it should be {cell(truth)}"
            )


def test_starts_at_the_running_example():
    explorer = label_loss()
    assert explorer.values == DEFAULT
    assert explorer.describe() == (
        "zebra, logit 2.64, target 0. Loss: 2.7089 in all three ways, as it should be. Gradient: 0.9334 in all three ways, "
        "as it should be. Mean over the four labels: 0.7128 in all three ways, as it should be."
    )


def test_the_picture_follows_the_label_that_moves_and_reset_undoes_it():
    explorer = label_loss()
    before, svgs = explorer.describe(), explorer.picture.svgs()
    explorer.controls["cat"].value = -7.5
    assert explorer.values["label"] == "cat" and explorer.facts.shown == 0
    explorer.controls["cow_true"].value = True
    assert explorer.values["label"] == "cow" and explorer.describe().startswith(
        "cow, logit -2.25, target 1. Loss: 2.3502"
    )
    explorer.controls["label"].value = "dog"
    assert explorer.values | dict(cat=3.49, cow_true=False) == DEFAULT | dict(label="dog")
    explorer.reset()
    assert explorer.values == DEFAULT and explorer.describe() == before and explorer.picture.svgs() == svgs


def test_arguments_choose_the_start():
    explorer = label_loss(logits=[1, 2, 3, -4], true=["zebra"], label="dog")
    assert explorer.facts.logits.tolist() == [1, 2, 3, -4]
    assert explorer.facts.targets.tolist() == [0, 0, 0, 1]
    assert explorer.facts.shown == 1
    assert label_loss(true=()).facts.targets.tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(logits=[1, 2, 3]), "logits: got .* want 4 finite numbers"),
        (dict(logits=[1, 2, 3, math.inf]), "logits: got .* want 4 finite numbers"),
        (dict(logits=[1, 2, 3, 21]), "logit of zebra: got 21.0, want a finite number from -20.0 to 20.0"),
        (dict(true=["horse"]), "true: got .*horse.*, want a collection of labels from"),
        (dict(true="cat"), "true: got 'cat', want a collection of labels from"),
        (dict(label="horse"), "label shown: got 'horse', want one of"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        label_loss(**arguments)


def test_cells_are_short():
    assert [cell(value) for value in (0.0, -0.0, 1e-4, 5e-4, -0.25, 100, math.inf, math.nan)] == [
        "0", "0", "1.00e-04", "0.0005", "-0.2500", "100.0000", "inf", "NaN",
    ]  # fmt: skip


@pytest.mark.parametrize("values", SETTINGS[:16])
def test_texts_stay_apart_and_inside(explorer, values):
    explorer.set(**values)
    for panel in explorer.picture.panels:
        axes, renderer = panel.axes[0], FigureCanvasAgg(panel).get_renderer()
        legend = axes.get_legend().get_texts() if axes.get_legend() else []
        boxes = [text.get_window_extent(renderer) for text in (*axes.texts, *legend) if text.get_text()]
        for box in boxes:
            assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= panel.bbox.x1 and box.y1 <= panel.bbox.y1
        for one, other in itertools.combinations(boxes, 2):
            assert not one.overlaps(other)

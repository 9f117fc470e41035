"""The per-label loss of lesson 05: binary cross-entropy computed in three ways, and what each way's gradient does."""

import functools
import math
from dataclasses import dataclass

import torch

from helpers.bce_forms import FORMS, LOOKS, SHORT, WAYS, finite, losses_and_gradients
from helpers.data import LABELS
from helpers.explorers._sliders import logit_sliders, reach
from helpers.functions import sigmoid
from helpers.inputs.classes import MOST, read_classes, read_multi_hot
from helpers.live import Checkbox, Dropdown, Explorer, LivePicture, write
from helpers.losses import binary_cross_entropy_with_logits
from helpers.style import FAINT, INK, PAPER, PURPLE
from helpers.text import cell, count, number, short

LIMIT = 20.0  # how far the logits of the example reach
TOP = 130  # of the axis of the loss
# The table's columns, and where each ends, in shares of its width.
HEADS = ("logit", "y", "from\nlogits", "from\nprobs", "textbook\nformula", "\ntrue")
RIGHTS = (0.24, 0.29, 0.467, 0.643, 0.819, 0.995)


@dataclass(frozen=True)
class Facts:
    """Losses and gradients of each label: rows are the `FORMS`, in float32; the true ones are float64."""

    labels: tuple
    shown: int  # the index of the label whose curves are drawn
    logits: torch.Tensor  # (K,)
    targets: torch.Tensor  # (K,), multi-hot
    losses: torch.Tensor  # (3, K)
    gradients: torch.Tensor  # (3, K), of each label's own loss by its own logit
    means: torch.Tensor  # (3,): the binary cross-entropy
    true_losses: torch.Tensor  # (K,)
    true_gradients: torch.Tensor  # (K,)


def facts(labels, label, **moved):
    """Return what the three forms make of float32 logits and multi-hot targets, which `moved` has in this order."""
    x, y = torch.tensor([*moved.values()], dtype=torch.float32).split(len(labels))
    pairs = [losses_and_gradients(way, x, y) for way in WAYS]
    losses, gradients = (torch.stack(each) for each in zip(*pairs))
    true_losses = binary_cross_entropy_with_logits(x.double(), y.double(), reduction="none")
    true_gradients = sigmoid(x.double()) - y.double()
    return Facts(labels, labels.index(label), x, y, losses, gradients, losses.mean(dim=1), true_losses, true_gradients)


@functools.cache
def curves(target, limit=LIMIT):
    """Return the x of the curves, (N,), and for each form its losses and gradients there, for one target.

    The points stand close where the float32 sigmoid climbs its last steps towards 1, and on both sides of the last one.
    """
    steps = [
        torch.linspace(-LIMIT, 12, 61),
        torch.linspace(12.04, 16.6, 115),
        torch.tensor([16.6355, 16.636, 18, LIMIT]),
    ]
    x = torch.cat(steps)
    if limit > LIMIT:
        further = torch.linspace(LIMIT, limit, 81)[1:]
        x = torch.cat([-further.flip(0), x, further])
    y = torch.full_like(x, target)
    return x, [losses_and_gradients(way, x, y) for way in WAYS]


def compress(loss, top=TOP):
    """Return the height of a loss on the axis: the loss itself up to 20; from there to `top` all is as high as 6.875.

    So losses of up to 20, which the sliders reach by themselves, have the room, and the 100 at which
    `binary_cross_entropy` holds a loss is still in the picture.
    """
    return loss + (loss.clip(LIMIT) - LIMIT) * ((TOP - LIMIT) / 16 / (top - LIMIT) - 1)


def expand(height, top=TOP):
    """Return the loss at a height on the axis, the inverse of `compress`."""
    return height + (height.clip(LIMIT) - LIMIT) * ((top - LIMIT) * 16 / (TOP - LIMIT) - 1)


@dataclass(frozen=True)
class Layout:
    """What depends on how many labels there are, and on how long their names may be."""

    table: float  # the width of its panel, inches
    curves: float  # the width of each of the two other panels, inches
    left: float  # where the table begins
    top: float  # where it begins, in rows


OF_THE_EXAMPLE = Layout(table=4.8, curves=2.85, left=0, top=-0.9)
OF_FEW = Layout(table=5.3, curves=2.65, left=-0.16, top=-0.9)
OF_MANY = Layout(table=5.3, curves=2.65, left=-0.16, top=-1.6)


class LabelLoss(LivePicture):
    """All labels as a table; of the one that is shown the curves of loss and gradient, with where it stands on them."""

    def __init__(self, labels=LABELS, layout=OF_THE_EXAMPLE, limit=LIMIT):
        super().__init__()
        self.labels, self.layout, self.limit = labels, layout, limit
        self._draw_table(self.panel(layout.table))
        self.losses = self._draw_losses(self.panel(layout.curves))
        self.gradients = self._draw_gradients(self.panel(layout.curves))

    def _draw_table(self, axes):
        n = len(self.labels)
        mean, slope = n + 1, n + 2.5  # the rows below those of the labels
        axes.set(xlim=(self.layout.left, 1), ylim=(n + 3.3, self.layout.top))
        axes.set_axis_off()
        for right, head in zip(RIGHTS, HEADS):
            axes.text(right, 0.1, head, ha="right", va="bottom", weight="bold", size=10)
        for row in (0.45, n + 0.5, n + 1.5):
            axes.axhline(row, color=FAINT, lw=0.8)
        name = dict(x=self.layout.left + 0.005, weight="bold", size=10, va="center")
        axes.text(y=mean, s="mean (BCE)", **name)
        self.marker = self.moving("row", axes.axhspan(0.55, 1.45, color="#E4EEF6", zorder=0))
        for row, label in enumerate(self.labels, start=1):  # they never move, but lie over the marked row, which does
            self.moving(f"name-{row}", axes.text(y=row, s=short(label), **name))
        self.name = self.text("gradient-of", axes, y=slope, **name)
        number = dict(ha="right", va="center", size=10)
        self.cells = [
            self.texts(f"cell-{row}", axes, [(right, row) for right in RIGHTS], **number) for row in range(1, n + 1)
        ]
        self.means = self.texts("mean", axes, [(right, mean) for right in RIGHTS[2:]], **number)
        self.slopes = self.texts("slope", axes, [(right, slope) for right in RIGHTS[2:]], **number)

    def _draw_losses(self, axes):
        limit, top = self.limit, max(TOP, 1.1 * self.limit)
        axes.set_yscale("function", functions=[functools.partial(each, top=top) for each in (compress, expand)])
        axes.set(ylim=(-1.2, top), yticks=[0, 5, 10, 15, 20, max(100, limit)])
        axes.set(ylabel="loss of the label\n(compressed above 20)")
        axes.axhline(LIMIT, color=FAINT, lw=0.8, ls=(0, (1, 3)))
        keys = [axes.plot([], **look | dict(ms=7), mfc="none", label=form)[0] for form, look in zip(SHORT, LOOKS)]
        where = dict(loc="upper center", bbox_to_anchor=(0.5, 0.755))
        if limit > LIMIT:  # the curves are steep and stand in the middle
            where = dict(loc="lower center", bbox_to_anchor=(0.5, 1))
        axes.legend(handles=keys, fontsize=10, handlelength=2, **where)
        note = dict(x=-1.05 * limit, y=expand(torch.tensor(23.4), top).item())
        return self._draw_curves("loss", axes, note)

    def _draw_gradients(self, axes):
        axes.set(ylim=(-1.25, 1.75), yticks=[-1, -0.5, 0, 0.5, 1, 1.5], ylabel="gradient ∂loss/∂x")
        axes.axhline(0, color=FAINT, lw=0.8)
        return self._draw_curves("gradient", axes, dict(x=1.075 * self.limit, y=-0.95, ha="right"))

    def _draw_curves(self, what, axes, place_of_note):
        """Draw the forms' curves of the "loss" or the "gradient" for both targets, and return what of them moves.

        These are the curves by target, a marker for each form, the line up to the first marker, and the note that says
        what cannot be drawn.
        """
        limit = self.limit
        ticks = [-limit, 0, limit] if limit > LIMIT else [-20, -10, 0, 10, 20]
        axes.set(xlim=(-1.1 * limit, 1.1 * limit), xlabel="logit x of the label", xticks=ticks)
        note = self.text(f"{what}-note", axes, va="center", size=10, color=PURPLE, **place_of_note)
        lines = []
        for target in (0, 1):
            x, pairs = curves(target, limit)
            drawn = [finite(x, pair[what == "gradient"]) for pair in pairs]
            curve = [axes.plot(*points, **look | dict(marker=""))[0] for points, look in zip(drawn, LOOKS)]
            lines.append(self.moving(f"{what}-{target}", curve))
        stem = self.line(f"{what}-stem", axes, [], color=INK, lw=0.8, zorder=1.5)
        faces = (PAPER, PAPER, LOOKS[2]["color"])  # only the smallest, which lies on top, is filled
        markers = [
            axes.plot([], **look | dict(linestyle=""), mfc=face, mew=2, zorder=4 + j)[0]
            for j, (look, face) in enumerate(zip(LOOKS, faces))
        ]
        return lines, self.moving(f"{what}-marker", markers), stem, note

    def update(self, facts):
        i = facts.shown
        columns = (*facts.losses, facts.true_losses)
        for row, cells in enumerate(self.cells):
            said = number(facts.logits[row], ".2f"), f"{facts.targets[row]:.0f}"
            write(cells, (*said, *(cell(column[row]) for column in columns)))
        write(self.means, map(cell, (*facts.means, facts.true_losses.mean())))
        # With a minus and two decimals of the mantissa, four small numbers would run into each other.
        write(self.slopes, (cell(slopes[i], 1) for slopes in (*facts.gradients, facts.true_gradients)))
        self.marker.set_y(i + 0.55)
        self.name.set_text(f"gradient\nof {short(facts.labels[i])}")
        self._move(facts, facts.losses[:, i], *self.losses)
        self._move(facts, facts.gradients[:, i], *self.gradients)

    def _move(self, facts, values, lines, markers, stem, note):
        x, target = facts.logits[facts.shown].item(), int(facts.targets[facts.shown])
        for its_target, drawn in enumerate(lines):
            for line in drawn:
                line.set_visible(its_target == target)
        stem.set_data([x, x], [0, values[0].item()])
        left_out = []
        for form, marker, value in zip(SHORT, markers, values.tolist()):
            marker.set_visible(math.isfinite(value))
            if marker.get_visible():
                marker.set_data([x], [value])
            else:
                left_out.append(f"{form}: {cell(value)}\n(not drawn)")
        note.set_text("\n".join(left_out))


def say_number(value):
    """Return a number as the sentence says it."""
    return {"+inf": "infinite", "NaN": "not a number (NaN)"}.get(cell(value), cell(value))


def list_forms(values, truth):
    """Return the three forms' numbers, each with its name, and what they should be; once, where all print the same."""
    said = [say_number(value) for value in values]
    if set(said) == {say_number(truth)}:
        return f"{said[0]} in all three ways, as it should be"
    ways = (form.replace("textbook", "by the textbook") for form in FORMS)
    return f"{', '.join(f'{value} {way}' for value, way in zip(said, ways))}; it should be {say_number(truth)}"


def describe(facts):
    """Say the shown label's losses and gradients, and the mean over the labels."""
    i = facts.shown
    return (
        f"{facts.labels[i]}, logit {number(facts.logits[i], '.2f')}, target {facts.targets[i]:.0f}. "
        f"Loss: {list_forms(facts.losses[:, i], facts.true_losses[i])}. "
        f"Gradient: {list_forms(facts.gradients[:, i], facts.true_gradients[i])}. "
        f"Mean over the {count(len(facts.labels))} labels: {list_forms(facts.means, facts.true_losses.mean())}."
    )


def couple(names, moved, values):
    """Return the label whose logit or target the reader has just moved: its curves are the ones to show.

    `names` is {name of the label's slider: label}.
    """
    slider = moved.removesuffix("_true")
    return {"label": names[slider]} if slider in names else {}


def label_loss(logits=None, targets=None, label=None, labels=None):
    """Return the explorer of the per-label loss.

    Parameters
    ----------
    logits : tensor, array or sequence of 2 to 12 finite numbers, of any device and type, shape (K,), optional
        If not given, the running example's.
        Each has a slider, which starts at it, rounded to its step, and reaches as far as the largest needs.
    targets : what is true: zeros and ones of shape (K,), or a collection of labels
        If not given, cat and dog, or none of your own.
    label : the label whose curves are drawn first; if not given, the last. Moving another label's control changes it.
    labels : sequence of K names, optional

    Derived in notebooks/05_multi_label.ipynb.
    """
    classes = read_classes(logits, labels, "label_loss", dims=(1,), most=MOST)
    x, labels = classes.logits, classes.labels
    if targets is None:
        targets = ("cat", "dog") if classes.is_example else ()
    true = read_multi_hot(targets, x.shape, labels).tolist()
    # As far as the larger logits of your own need, and never less than the curves of the example.
    limit, step = max((LIMIT, 0.01), reach(x))
    layout = OF_THE_EXAMPLE if classes.is_example else OF_FEW if len(x) <= 4 else OF_MANY
    sliders = logit_sliders(classes, x, (limit, step))
    controls = dict(sliders)
    for name, each, value in zip(sliders, labels, true):
        controls[f"{name}_true"] = Checkbox(description=f"{each} is true", value=value)
    controls["label"] = Dropdown(description="label shown", options=labels)
    return Explorer(
        "per-label loss",
        controls=controls,
        facts=functools.partial(facts, labels),
        picture=functools.partial(LabelLoss, labels, layout, limit),
        describe=describe,
        couple=functools.partial(couple, dict(zip(sliders, labels))),
        values={"label": labels[-1] if label is None else label},
    )

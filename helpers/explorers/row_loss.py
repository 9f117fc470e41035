"""One row's loss, from lesson 04: logits and a true class become a loss and a gradient, safely and not."""

import math
from dataclasses import dataclass, replace
from functools import partial

import torch

from helpers import naive
from helpers.data import LABELS
from helpers.explorers._sliders import logit_sliders
from helpers.functions import log_softmax, softmax
from helpers.inputs.classes import MOST, read_classes, read_targets
from helpers.live import Dropdown, Explorer, FloatSlider, LivePicture, write
from helpers.losses import cross_entropy
from helpers.style import BLUE, FAINT, INK, ORANGE, PAPER, class_bars
from helpers.text import cell, number, short

# Where the bars end: further than any bar reaches at temperature 1. A colder row's longer bars are cut there.
LOWEST_LOG_PROB, STEEPEST = -22.0, 1.05

# The table's columns, and where each ends.
HEADS = ("z =\n(x + c)/T", "\ny", "\np", "log p,\nshifted", "log p,\nno shift", "gradient\n(p − y)/T")
RIGHTS = (0.245, 0.36, 0.515, 0.69, 0.865, 1.06)


@dataclass(frozen=True)
class Facts:
    """What one row leads to; `z` and what is computed by the two formulas are float32, the rest float64.

    Shapes are (K,): one entry for each class.
    """

    labels: tuple
    target: int  # the index of the true class
    z: torch.Tensor  # (x + c) / T
    targets: torch.Tensor  # one-hot, smoothed
    probs: torch.Tensor
    gradient: torch.Tensor  # of the loss, by the logits x
    stable: torch.Tensor  # log-probabilities with the shift
    naive: torch.Tensor  # log-probabilities without a shift
    exp_sum: float  # the sum that the unshifted formula takes the logarithm of
    loss: float
    naive_loss: float


def facts(labels, target, c, temperature, smoothing, **logits):
    """Return what becomes of the logits (x + c) / temperature where `target` names the true one of `labels`."""
    x = torch.tensor(list(logits.values()), dtype=torch.float64)
    z = ((x + c) / temperature).float()
    t = labels.index(target)
    targets = torch.full_like(x, smoothing / len(x))
    targets[t] += 1 - smoothing
    probs = softmax(z.double(), 0)
    unshifted = naive.log_softmax(z, 0)
    return Facts(
        labels=labels,
        target=t,
        z=z,
        targets=targets,
        probs=probs,
        gradient=(probs - targets) / temperature,
        stable=log_softmax(z, 0),
        naive=unshifted,
        exp_sum=z.exp().sum().item(),
        loss=cross_entropy(z, torch.tensor(t), label_smoothing=smoothing).item(),
        # Not a product with y: 0 times an infinite log-probability would be NaN.
        naive_loss=-sum(y * unshifted[i].item() for i, y in enumerate(targets.tolist()) if y),
    )


@dataclass(frozen=True)
class Layout:
    """What depends on how many classes there are, and on how long their names may be. A row of the table is 1 high."""

    left: float  # where the table's names begin
    top: float
    bottom: float  # how far below the last class the table ends
    below: tuple  # how far below the last class the two losses and the sum stand
    turn: int  # degrees by which the names under the bars are turned
    target_format: str


OF_THE_EXAMPLE = Layout(left=-0.03, top=-1.1, bottom=3.9, below=(1.3, 2.1, 3.1), turn=0, target_format=".4g")
OF_FEW = replace(OF_THE_EXAMPLE, left=-0.19, turn=90)
OF_MANY = Layout(left=-0.19, top=-1.9, bottom=4.1, below=(1.3, 2.3, 3.5), turn=90, target_format=".2g")


def in_seven_letters(value):
    """Return a number as a column of the table has it, which is too narrow for "−1234.5"."""
    return number(value, ".1f") if 100 <= abs(value) < 1e6 else cell(value, 1)


class RowLoss(LivePicture):
    """The row as a table with its two losses, then bars: the two formulas' log-probabilities, and the gradient."""

    def __init__(self, labels=LABELS, layout=OF_THE_EXAMPLE):
        super().__init__()
        self.labels, self.count, self.layout = labels, len(labels), layout
        self._draw_table(self.panel(4.85))
        self._draw_log_probs(self.panel(2.85))
        self._draw_gradient(self.panel(2.85))

    def _draw_table(self, axes):
        n, left, below = self.count, self.layout.left, self.layout.below
        axes.set(xlim=(left, RIGHTS[-1]), ylim=(n + self.layout.bottom, self.layout.top))
        axes.set_axis_off()
        for right, head in zip(RIGHTS, HEADS):
            axes.text(right, 0.3, head, ha="right", va="bottom", weight="bold", size=10)
        for row, label in enumerate(self.labels, start=1):  # in its colour it would be hard to read when marked
            axes.text(left + 0.02, row, short(label), weight="bold", va="center")
        for row in (0.5, n + 0.5):
            axes.axhline(row, color=FAINT, lw=1)
        for row, name in zip(below, ("loss, shifted", "loss, no shift", "Σ eᶻ in float32")):
            axes.text(left + 0.02, n + row, name, weight="bold", va="center")
        look = dict(ha="right", va="center")
        self.cells = [
            self.texts(f"cell-{i}", axes, [(right, i + 1) for right in RIGHTS], size=10, **look) for i in range(n)
        ]
        under = RIGHTS[3]  # the column of the log-probabilities
        self.losses = self.texts("loss", axes, [(under, n + row) for row in below[:2]], weight="bold", **look)
        self.exp_sum = self.text("exp-sum", axes, under, n + below[2], **look)
        self.true_row = self.moving("true-row", axes.axhspan(0.55, 1.45, color=BLUE, alpha=0.12, lw=0))

    def _draw_log_probs(self, axes):
        axes.set(ylim=(LOWEST_LOG_PROB - 0.5, 6), ylabel="log p", yticks=[-20, -15, -10, -5, 0])
        middle = self._name_classes(axes)
        looks = {
            "stable": dict(label="shifted", color=BLUE),
            "naive": dict(label="no shift", color=PAPER, hatch="///", edgecolor=ORANGE, lw=1.2),
        }
        self.stable, self.naive = (
            self.moving(name, axes.bar([i + offset for i in range(self.count)], 0, width=0.36, **look))
            for offset, (name, look) in zip((-0.2, 0.2), looks.items())
        )
        where = dict(loc="upper center", bbox_to_anchor=(0.5, 1.2))
        axes.legend(**where, ncols=len(looks), handlelength=1, columnspacing=1, fontsize=10)
        self.note = self.text("note", axes, middle, 3.5, ha="center", va="center", size=10, linespacing=1.3)

    def _draw_gradient(self, axes):
        axes.set(ylim=(-1.15, 1.4), ylabel="gradient (p − y) / T")
        middle = self._name_classes(axes)
        axes.set_title("each logit moves\nagainst its bar", size=10)
        bars = axes.bar(range(self.count), 0, width=0.6, lw=0, **class_bars(self.count))
        self.gradient = self.moving("gradient", bars)
        self.cut = self.text("cut", axes, middle, 1.25, ha="center", va="center", size=10)

    def _name_classes(self, axes):
        """Give the axes a place for the bars of each class, with its name, and return the middle of all places."""
        axes.set_xlim(-0.6, self.count - 0.4)
        axes.set_xticks(range(self.count), [short(label) for label in self.labels], rotation=self.layout.turn)
        axes.axhline(color=INK, lw=0.8)
        axes.grid(axis="y")
        return (self.count - 1) / 2

    def update(self, facts):
        fixed = [(facts.z, ".2f"), (facts.targets, self.layout.target_format)]
        columns = [[number(value, form) for value in column.tolist()] for column, form in fixed]
        for column in (facts.probs, facts.stable, facts.naive, facts.gradient):
            columns.append([in_seven_letters(value) for value in column.tolist()])
        for texts, words in zip(self.cells, zip(*columns)):
            write(texts, words)
        write((*self.losses, self.exp_sum), map(cell, (facts.loss, facts.naive_loss, facts.exp_sum)))
        self.true_row.set_y(facts.target + 0.55)
        notes = []
        if math.isinf(facts.naive_loss):
            notes.append(f"no shift: all {number(-facts.naive_loss, '+')}, no bars")
        if facts.stable.min() < LOWEST_LOG_PROB:
            notes.append(f"bars end at {number(LOWEST_LOG_PROB, '.0f')}")
        self.note.set_text("\n".join(notes))
        for bars, log_probs in ((self.stable, facts.stable), (self.naive, facts.naive)):
            for bar, value in zip(bars, log_probs.tolist()):
                bar.set_visible(math.isfinite(value))
                bar.set_height(max(value, LOWEST_LOG_PROB))
        for bar, value in zip(self.gradient, facts.gradient.tolist()):
            bar.set_height(max(-STEEPEST, min(value, STEEPEST)))
        steep = facts.gradient.abs().max() > STEEPEST
        self.cut.set_text(f"bars end at ±{STEEPEST}" if steep else "")


def list_classes(labels, column):
    """Return the numbers of a column, each behind its class."""
    return ", ".join(f"{label} {cell(value)}" for label, value in zip(labels, column.tolist()))


def describe(facts):
    """Say the loss, what the unshifted formula makes of it, and the gradient."""
    unshifted = f"the unshifted formula gives {cell(facts.naive_loss)}"
    if facts.exp_sum == math.inf:
        unshifted += ", for the sum of its exponentials is infinite and all its log-probabilities are minus infinity"
    elif facts.exp_sum == 0:
        unshifted += ", for all its exponentials are 0 and all its log-probabilities are plus infinity"
    elif abs(facts.naive_loss - facts.loss) > 0.001 + 0.001 * facts.loss:
        unshifted += ", for its exponentials are so small that they have lost their digits"
    probs, gradient = (list_classes(facts.labels, column) for column in (facts.probs, facts.gradient))
    return (
        f"Truth: {facts.labels[facts.target]}. The loss is {cell(facts.loss)}; {unshifted}. "
        f"Probabilities: {probs}. Gradient: {gradient}."
    )


def row_loss(logits=None, target=None, c=0.0, temperature=1.0, smoothing=0.0, labels=None):
    """Return the explorer of one row's loss.

    Parameters
    ----------
    logits : tensor, array or sequence of 2 to 12 finite numbers, of any device and type, shape (K,), optional
        If not given, the running example's.
        Each has a slider, which starts at it, rounded to its step, and reaches as far as the largest needs.
    target : the true class, a whole number or one of the labels; if not given, dog, or the largest of your own logits
    c : number in [-120, 120], added to every logit
    temperature : number in [0.5, 10], by which the logits are then divided
    smoothing : number in [0, 0.5], the label smoothing ε
    labels : sequence of K names, optional

    Derived in notebooks/04_single_label.ipynb.
    """
    classes = read_classes(logits, labels, "row_loss", dims=(1,), most=MOST)
    x, labels = classes.logits, classes.labels
    if target is None:
        target = "dog" if classes.is_example else int(x.argmax())
    (true,) = read_targets(target, 1, labels, "target")
    layout = OF_THE_EXAMPLE if classes.is_example else OF_FEW if len(x) <= 4 else OF_MANY
    controls = logit_sliders(classes, x)
    controls["target"] = Dropdown(description="true class", options=labels)
    controls["c"] = FloatSlider(description="shift c", min=-120, max=120, step=0.5)
    controls["temperature"] = FloatSlider(description="temperature T", min=0.5, max=10, step=0.1)
    controls["smoothing"] = FloatSlider(description="smoothing ε", max=0.5, step=0.01)
    values = {"target": labels[true], "c": c, "temperature": temperature, "smoothing": smoothing}
    return Explorer(
        "one row's loss",
        controls=controls,
        facts=partial(facts, labels),
        picture=partial(RowLoss, labels, layout),
        describe=describe,
        values=values,
    )

"""One row's loss, from lesson 05: four logits and a true class become a loss and a gradient, safely and not."""

import math
from dataclasses import dataclass

import torch

from helpers import naive
from helpers.data import LABELS, LOGITS
from helpers.figures.picture import BLUE, COLORS, FAINT, HATCHES, INK, ORANGE, PAPER
from helpers.fmt import cell, number
from helpers.functions import log_softmax, softmax
from helpers.live import Dropdown, Explorer, FloatSlider, LivePicture
from helpers.logit_sliders import logit_sliders
from helpers.losses import cross_entropy

#: Where the bars end: further than any bar reaches at temperature 1. A colder row's longer bars are cut there.
LOWEST_LOG_PROB, STEEPEST = -22.0, 1.05

HEADS = ("z =\n(x + c)/T", "target\ny", "\np", "log p,\nshifted", "log p,\narticle", "gradient\n(p − y)/T")
RIGHTS = (0.245, 0.37, 0.53, 0.705, 0.88, 1.06)


@dataclass(frozen=True)
class Facts:
    """What one row leads to; `z` and what is computed by the two formulas are float32, the rest float64."""

    target: int  # the index of the true class
    z: torch.Tensor  # (4,): (x + c) / T
    targets: torch.Tensor  # (4,): one-hot, smoothed
    probs: torch.Tensor  # (4,)
    gradient: torch.Tensor  # (4,): of the loss, by the four logits x
    stable: torch.Tensor  # (4,): log-probabilities with the shift
    naive: torch.Tensor  # (4,): log-probabilities by the article's formula
    exp_sum: float  # the sum that the article's formula takes the logarithm of
    loss: float
    naive_loss: float


def facts(cat, dog, cow, zebra, target, c, temperature, smoothing):
    """Return what becomes of the logits (x + c) / temperature where `target` names the true class."""
    x = torch.tensor([cat, dog, cow, zebra], dtype=torch.float64)
    z = ((x + c) / temperature).float()
    t = LABELS.index(target)
    targets = torch.full((4,), smoothing / 4, dtype=torch.float64)
    targets[t] += 1 - smoothing
    probs = softmax(z.double(), 0)
    by_article = naive.log_softmax(z, 0)
    return Facts(
        target=t,
        z=z,
        targets=targets,
        probs=probs,
        gradient=(probs - targets) / temperature,
        stable=log_softmax(z, 0),
        naive=by_article,
        exp_sum=z.exp().sum().item(),
        loss=cross_entropy(z, torch.tensor(t), label_smoothing=smoothing).item(),
        # Not a product with y: 0 times an infinite log-probability would be NaN.
        naive_loss=-sum(y * by_article[i].item() for i, y in enumerate(targets.tolist()) if y),
    )


class RowLoss(LivePicture):
    def __init__(self):
        super().__init__()
        self._draw_table(self.panel())
        self._draw_log_probs(self.panel())
        self._draw_gradient(self.panel())

    def _draw_table(self, axes):
        axes.set(xlim=(-0.03, 1.06), ylim=(7.9, -1.1))
        axes.set_axis_off()
        for right, head in zip(RIGHTS, HEADS):
            axes.text(right, 0.3, head, ha="right", va="bottom", weight="bold", size=9.5)
        for row, label in enumerate(LABELS, start=1):
            axes.text(
                -0.01, row, label, weight="bold", va="center"
            )  # in its colour it would be hard to read when marked
        for row in (0.5, 4.5):
            axes.axhline(row, color=FAINT, lw=1)
        for row, name in ((5.3, "loss, shifted"), (6.1, "loss, by the article"), (7.1, "Σ eᶻ in float32")):
            axes.text(-0.01, row, name, weight="bold", va="center")
        self.cells = [
            [
                self.moving(f"cell-{i}-{j}", axes.text(right, i + 1, "", ha="right", va="center", size=9.5))
                for j, right in enumerate(RIGHTS)
            ]
            for i in range(4)
        ]
        self.losses = [
            self.moving(f"loss-{i}", axes.text(0.71, row, "", ha="right", va="center", weight="bold"))
            for i, row in enumerate((5.3, 6.1))
        ]
        self.exp_sum = self.moving("exp-sum", axes.text(0.71, 7.1, "", ha="right", va="center"))
        self.true_row = self.moving("true-row", axes.axhspan(0.55, 1.45, color=BLUE, alpha=0.12, lw=0))

    def _draw_log_probs(self, axes):
        axes.set(xlim=(-0.6, 3.6), ylim=(LOWEST_LOG_PROB - 0.5, 6), ylabel="log p", yticks=[-20, -15, -10, -5, 0])
        axes.set_xticks(range(4), LABELS)
        axes.axhline(color=INK, lw=0.8)
        axes.grid(axis="y")
        looks = {
            "stable": dict(label="shifted", color=BLUE),
            "naive": dict(label="by the article", color=PAPER, hatch="///", edgecolor=ORANGE, lw=1.2),
        }
        self.stable, self.naive = (
            self.moving(name, axes.bar([i + offset for i in range(4)], 0, width=0.36, **look))
            for offset, (name, look) in zip((-0.2, 0.2), looks.items())
        )
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.2), ncols=len(looks))
        self.note = self.moving("note", axes.text(1.5, 3.5, "", ha="center", va="center", size=9.5, linespacing=1.3))

    def _draw_gradient(self, axes):
        axes.set(xlim=(-0.6, 3.6), ylim=(-1.15, 1.4), ylabel="gradient (p − y) / T")
        axes.set_xticks(range(4), LABELS)
        axes.axhline(color=INK, lw=0.8)
        axes.grid(axis="y")
        axes.set_title("descent moves each logit against its bar", size=11)
        bars = [
            axes.bar(i, 0, width=0.6, color=COLORS[label], hatch=HATCHES[label], edgecolor=PAPER, lw=0)[0]
            for i, label in enumerate(LABELS)
        ]
        self.gradient = self.moving("gradient", bars)
        self.cut = self.moving("cut", axes.text(1.5, 1.25, "", ha="center", va="center", size=9.5))

    def update(self, facts):
        columns = (facts.z, facts.targets, facts.probs, facts.stable, facts.naive, facts.gradient)
        for j, column in enumerate(columns):
            for i, value in enumerate(column.tolist()):
                self.cells[i][j].set_text(
                    number(value, ".2f") if j == 0 else number(value, ".4g") if j == 1 else cell(value, 1)
                )
        for text, loss in zip((*self.losses, self.exp_sum), (facts.loss, facts.naive_loss, facts.exp_sum)):
            text.set_text(cell(loss))
        self.true_row.set_y(facts.target + 0.55)
        notes = [f"by the article: {number(-facts.naive_loss, '+')} for all four, no bars"] * math.isinf(
            facts.naive_loss
        )
        if facts.stable.min() < LOWEST_LOG_PROB:
            notes.append(f"bars end at {number(LOWEST_LOG_PROB, '.0f')}; the table has the numbers")
        self.note.set_text("\n".join(notes))
        for bars, log_probs in ((self.stable, facts.stable), (self.naive, facts.naive)):
            for bar, value in zip(bars, log_probs.tolist()):
                bar.set_visible(math.isfinite(value))
                bar.set_height(max(value, LOWEST_LOG_PROB))
        for bar, value in zip(self.gradient, facts.gradient.tolist()):
            bar.set_height(max(-STEEPEST, min(value, STEEPEST)))
        steep = facts.gradient.abs().max() > STEEPEST
        self.cut.set_text(f"bars end at ±{STEEPEST}; the table has the numbers" if steep else "")


def listed(column):
    return ", ".join(f"{label} {cell(value)}" for label, value in zip(LABELS, column.tolist()))


def describe(facts):
    """Say the loss, what the article's formula makes of it, and the gradient."""
    article = f"the article's formula gives {cell(facts.naive_loss)}"
    if facts.exp_sum == math.inf:
        article += ", for the sum of its exponentials is infinite and all its log-probabilities are minus infinity"
    elif facts.exp_sum == 0:
        article += ", for all its exponentials are 0 and all its log-probabilities are plus infinity"
    elif abs(facts.naive_loss - facts.loss) > 0.001 + 0.001 * facts.loss:
        article += ", for its exponentials are so small that they have lost their digits"
    return (
        f"Truth: {LABELS[facts.target]}. The loss is {cell(facts.loss)}; {article}. "
        f"Probabilities: {listed(facts.probs)}. Gradient: {listed(facts.gradient)}."
    )


def row_loss(logits=LOGITS, target="dog", c=0.0, temperature=1.0, smoothing=0.0):
    """Return the explorer of one row's loss.

    Parameters
    ----------
    logits : sequence of 4 numbers in [-10, 10], for cat, dog, cow and zebra
    target : the true class, one of these labels
    c : number in [-120, 120], added to every logit
    temperature : number in [0.5, 10], by which the logits are then divided
    smoothing : number in [0, 0.5], the label smoothing ε

    Derived in notebooks/05_single_label.ipynb.
    """
    controls = logit_sliders(logits, 10)
    controls["target"] = Dropdown(description="true class", options=LABELS)
    controls["c"] = FloatSlider(description="shift c", min=-120, max=120, step=0.5, readout_format=".1f")
    controls["temperature"] = FloatSlider(description="temperature T", min=0.5, max=10, step=0.1, readout_format=".1f")
    controls["smoothing"] = FloatSlider(description="smoothing ε", max=0.5, step=0.01)
    values = {"target": target, "c": c, "temperature": temperature, "smoothing": smoothing}
    return Explorer("one row's loss", controls=controls, facts=facts, picture=RowLoss, describe=describe, values=values)

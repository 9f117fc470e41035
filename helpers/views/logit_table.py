"""The logit table of lesson 01: four logits become a table, bars and a decision."""

from dataclasses import dataclass

import torch
from matplotlib.patches import Patch

from helpers.data import LABELS, LOGITS
from helpers.figures.picture import COLORS, FAINT, HATCHES, INK, PALE, PAPER
from helpers.functions import log_softmax, sigmoid, softmax
from helpers.live import Checkbox, Explorer, FloatSlider, LivePicture
from helpers.logit_sliders import logit_sliders

COLUMNS = ("logit\nz", "\nexp(z)", "\nsoftmax", "−log\nsoftmax", "sigmoid\nσ(z)")


@dataclass(frozen=True)
class Facts:
    """What the table shows, one column each, float64, shape (4,)."""

    logits: torch.Tensor
    exps: torch.Tensor
    probs: torch.Tensor
    nll: torch.Tensor
    sigmoids: torch.Tensor


def facts(cat, dog, cow, zebra, temperature, add_c, c):
    """Return the columns for the logits (x + c) / temperature; c counts only where `add_c` is true."""
    x = torch.tensor([cat, dog, cow, zebra], dtype=torch.float64)
    z = (x + c * add_c) / temperature
    return Facts(z, z.exp(), softmax(z, 0), -log_softmax(z, 0), sigmoid(z))


def cell(value):
    """Return a number as the table prints it.

    >>> cell(32.7859), cell(12345.678), cell(2.3e9), cell(0.00004)
    ('32.7859', '12345.7', '2.30e+09', '4.00e-05')
    """
    size = abs(value)
    if size >= 1e6 or 0 < size < 5e-4:
        return f"{value:.2e}"
    return f"{value:.4f}" if size < 1e3 else f"{value:.1f}"


class LogitTable(LivePicture):
    def __init__(self):
        super().__init__()
        self._draw_table(self.panel())
        self._draw_bars(self.panel())

    def _draw_table(self, axes):
        axes.set(xlim=(-0.75, 5), ylim=(5.5, -0.6))
        axes.set_axis_off()
        for j, column in enumerate(COLUMNS):
            axes.text(j + 0.95, 0, column, ha="right", va="center", weight="bold", size=10)
        for i, label in enumerate((*LABELS, "sum"), start=1):
            axes.text(-0.75, i, label, weight="bold", color=COLORS.get(label))
            axes.axhline(i - 0.62, color=FAINT, lw=1.2 if label == "sum" else 0.4)
        self.cells = [
            [self.moving(f"cell-{i}-{j}", axes.text(j + 0.95, i + 1, "", ha="right", size=10)) for j in range(5)]
            for i in range(5)
        ]

    def _draw_bars(self, axes):
        axes.set(ylim=(0, 1.12), xlim=(-0.6, 3.6), ylabel="value in [0, 1]", yticks=[0, 0.25, 0.5, 0.75, 1])
        axes.set_xticks(range(4), LABELS)
        axes.grid(axis="y")
        diamond = axes.plot([], "D", color=PAPER, mec=INK, label="sigmoid (each on its own)")[0]
        bar = Patch(facecolor=PALE, edgecolor=INK, label="softmax (the four sum to 1)")
        axes.legend(handles=[diamond, bar], loc="upper center", bbox_to_anchor=(0.5, 1.24))
        bars = [
            axes.bar(i - 0.1, 0, width=0.5, color=COLORS[label], hatch=HATCHES[label], edgecolor=PAPER)[0]
            for i, label in enumerate(LABELS)
        ]
        self.bars = self.moving("softmax", bars)
        self.heights = self.moving(
            "height", [axes.text(i - 0.1, 0, "", ha="center", va="bottom", size=10) for i in range(4)]
        )
        self.sigmoids = self.moving(
            "sigmoid", axes.plot([i + 0.27 for i in range(4)], [0] * 4, "D", color=PAPER, mec=INK, ms=8)[0]
        )

    def update(self, facts):
        columns = (facts.logits, facts.exps, facts.probs, facts.nll, facts.sigmoids)
        sums = ("", cell(facts.exps.sum()), cell(facts.probs.sum()), "", cell(facts.sigmoids.sum()))
        for j, column in enumerate(columns):
            for i in range(4):
                self.cells[i][j].set_text(cell(column[i]))
            self.cells[4][j].set_text(sums[j])
        for bar, text, prob in zip(self.bars, self.heights, facts.probs.tolist()):
            bar.set_height(prob)
            text.set(y=prob, text=f"{prob:.2f}")
        self.sigmoids.set_ydata(facts.sigmoids)


def describe(facts):
    """Say what softmax decides and what the sigmoids do."""
    best = facts.probs.max().item()
    winners = [label for label, prob in zip(LABELS, facts.probs.tolist()) if prob == best]
    shown = ", ".join(f"{label} {prob:.4f}" for label, prob in zip(LABELS, facts.probs.tolist()))
    decision = f"picks {winners[0]}" if len(winners) == 1 else f"is a tie of {' and '.join(winners)}"
    over = [label for label, value in zip(LABELS, facts.sigmoids.tolist()) if value > 0.5]
    return (
        f"Softmax {decision} with probability {best:.4f} ({shown}; the sum is {facts.probs.sum():.4f}). "
        f"Sigmoid above 0.5: {', '.join(over) or 'none'}; the four sigmoids sum to {facts.sigmoids.sum():.4f}."
    )


def logit_table(logits=LOGITS, temperature=1.0, c=-4.0):
    """Return the explorer of the logit table.

    Parameters
    ----------
    logits : sequence of 4 numbers in [-10, 10], for cat, dog, cow and zebra
    temperature : number in [0.1, 10]
    c : number in [-10, 10], added to every logit once the reader switches it on
    """
    controls = logit_sliders(logits, 10)
    controls["temperature"] = FloatSlider(
        description="temperature T", min=0.1, max=10, step=0.1, readout_format=".1f"
    )
    controls["add_c"] = Checkbox(description="add c to all four logits")
    controls["c"] = (-10.0, 10.0, 0.5)
    return Explorer(
        "logit table",
        controls=controls,
        facts=facts,
        picture=LogitTable,
        describe=describe,
        idle=lambda values: () if values["add_c"] else ("c",),
        values={"temperature": temperature, "c": c},
    )

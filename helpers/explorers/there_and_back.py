"""There and back, of lesson 07: one logit through the sigmoid, and what the logit function makes of the result."""

import functools
import math
from dataclasses import dataclass

import torch

from helpers.floats import DTYPES
from helpers.functions import sigmoid
from helpers.live import Explorer, FloatSlider, LivePicture, write
from helpers.style import BLUE, FAINT, INK, ORANGE
from helpers.text import cell, number

LIMIT = 20.0
INFINITE = 24.0  # the height of the line on which an infinite answer is drawn


@dataclass(frozen=True)
class Facts:
    """One x in one float type: what torch computes there, and the exact probabilities of yes and no; floats."""

    dtype: str
    x: float
    prob: float  # σ(x)
    back: float  # logit(σ(x))
    rest: float  # 1 − σ(x)
    mirrored: float  # σ(−x), which is the same on paper
    true_prob: float
    true_rest: float

    @property
    def error(self):
        return self.back - self.x


def facts(x, dtype):
    """Return the facts about x, a multiple of 1/4, which every type holds as it is."""
    here, exact = torch.tensor(x, dtype=DTYPES[dtype]), torch.tensor(x, dtype=torch.float64)
    prob = torch.sigmoid(here)
    computed = (prob, torch.logit(prob), 1 - prob, torch.sigmoid(-here), sigmoid(exact), sigmoid(-exact))
    return Facts(dtype, x, *(each.item() for each in computed))


@functools.cache
def curve(dtype):
    """Return (x, the height of logit(σ(x)) in the picture) on a grid, in one float type."""
    x = torch.linspace(-LIMIT, LIMIT, 801).to(DTYPES[dtype])
    return x.double(), torch.logit(torch.sigmoid(x)).double().clamp(-INFINITE, INFINITE)


class ThereAndBack(LivePicture):
    """Left the curve of what comes back, right a table of what is computed beside what is exact."""

    def __init__(self):
        super().__init__()
        self.dtype = None  # the one whose curve is drawn
        self._draw_curve(self.panel(4.6, 3.25, xlim=(-21, 21), ylim=(-26, 26), xlabel="x", ylabel="logit(σ(x))"))
        self._draw_table(self.panel(4.6, 3.25, xlim=(0, 1), ylim=(0, 1)))

    def _draw_curve(self, axes):
        axes.set_yticks([-INFINITE, -20, -10, 0, 10, 20, INFINITE], ["−inf", "−20", "−10", "0", "10", "20", "+inf"])
        for level in (-INFINITE, INFINITE):
            axes.axhline(level, color=FAINT, lw=0.6, ls=":")
        axes.plot([-LIMIT, LIMIT], [-LIMIT, LIMIT], color=FAINT, ls="--", lw=1, label="x itself")
        self.curve = self.line("curve", axes, [], color=BLUE, lw=1.8, label="what comes back")
        self.dot = self.line("dot", axes, [], "D", color=ORANGE, mec=INK, ms=8)
        axes.legend(loc="upper left", bbox_to_anchor=(0, 0.93))

    def _draw_table(self, axes):
        axes.set_axis_off()
        computed, exact = 0.66, 1  # where the two columns end
        self.title = self.text("title", axes, 0.5, 0.9, ha="center", weight="bold")
        self.head = self.text("head", axes, computed, 0.74, ha="right", weight="bold", size=10.5)
        axes.text(exact, 0.74, "exact", ha="right", weight="bold", size=10.5)
        self.cells = []
        for row, name in enumerate(("σ(x)", "1 − σ(x)", "σ(−x)", "logit(σ(x))", "error")):
            y = 0.6 - 0.13 * row
            axes.axhline(y + 0.095, color=FAINT, lw=0.4)
            axes.text(0, y, name, weight="bold", size=10.5)
            self.cells.append(self.texts(f"cell-{row}", axes, [(computed, y), (exact, y)], ha="right", size=10.5))

    def update(self, facts):
        if facts.dtype != self.dtype:
            self.curve.set_data(*curve(facts.dtype))
            self.head.set_text(facts.dtype)
            self.dtype = facts.dtype
        self.dot.set_data([facts.x], [min(max(facts.back, -INFINITE), INFINITE)])
        self.title.set_text(f"x = {number(facts.x, '.2f')}")
        rows = (
            (probability(facts.prob), probability(facts.true_prob)),
            (probability(facts.rest), probability(facts.true_rest)),
            (probability(facts.mirrored), probability(facts.true_rest)),
            (number(facts.back, "+.4f"), number(facts.x, "+.4f")),
            (number(facts.error, "+.1e"), "0"),
        )
        for texts, words in zip(self.cells, rows):
            write(texts, words)


def probability(value):
    """Return a probability with the digits that tell it from 0 and from 1; only exact ones are a plain 0 or 1.

    >>> probability(0.9999999979388463), probability(1.0), probability(2.06e-9), probability(0.25)
    ('0.9999999979', '1', '2.06e−09', '0.2500')
    """
    if value == 1:
        return "1"
    return number(value, ".10f") if value > 0.5 else cell(value)


def describe(facts):
    """Say what comes back, and what is left of the probability of no."""
    off = "x is lost" if math.isinf(facts.back) else f"the error is {number(facts.error, '+.1e')}"
    return (
        f"In {facts.dtype}, σ({number(facts.x, '.2f')}) is {probability(facts.prob)}, and logit makes "
        f"{number(facts.back, '+.4f')} of it: {off}. 1 − σ(x) is {probability(facts.rest)}, and σ(−x), the same on "
        f"paper, is {probability(facts.mirrored)}; exactly it is {probability(facts.true_rest)}."
    )


def there_and_back(x=20.0, dtype="float32"):
    """Return the explorer of logit(sigmoid(x)).

    Parameters
    ----------
    x : number in [-20, 20], a multiple of 0.25
    dtype : str, "float16", "bfloat16", "float32" or "float64"

    Derived in notebooks/07_logit_sigmoid_roundtrip.ipynb.
    """
    controls = {
        "x": FloatSlider(description="x, a logit", min=-LIMIT, max=LIMIT, step=0.25),
        "dtype": list(DTYPES),
    }
    values = {"x": x, "dtype": dtype}
    return Explorer(
        "there and back", controls=controls, facts=facts, picture=ThereAndBack, describe=describe, values=values
    )

"""The contrast explorer of lesson 13: cosines of photos and captions, and what two losses make of them."""

import math
from dataclasses import dataclass
from functools import partial

import torch

from helpers.explorers.dim_view import HeatMap, Layout
from helpers.figures.dim import mix, shade_of_prob
from helpers.functions import log_softmax, logsigmoid, sigmoid, softmax
from helpers.live import Dropdown, Explorer, FloatSlider, LivePicture, SelectionSlider
from helpers.style import ORANGE, PURPLE
from helpers.text import cell, number

SIZES = (2, 4, 8)
ROWS, COLUMNS, PAIRS = "softmax of each row", "softmax of each column", "sigmoid of each pair"
AXES = {ROWS: 1, COLUMNS: 0, PAIRS: None}  # along which axis the cells compete
PROBS, LOSS, GRADIENT = "probability", "loss", "gradient"
TEMPERATURES = (0.01, 0.02, 0.05, 0.07, 0.1, 0.2, 0.5, 1.0)
DEEPEST_LOSS = 3.0  # the share of a loss from which on a cell's colour stays the same


@dataclass(frozen=True)
class Facts:
    """All matrices are float64 (N, N): photo i in row i, caption j in column j, and i belongs to i."""

    loss_name: str
    axis: int | None
    cosines: torch.Tensor
    probs: torch.Tensor
    losses: torch.Tensor  # what each cell adds to the loss
    gradient: torch.Tensor  # of the loss, to the logit of each cell
    what: str  # which of the three is shown
    loss: float
    blind: float  # the loss if all cosines were 0
    least: float | None  # the loss that no unit vectors get below; None where that has no formula
    impossible: bool  # whether it is certain that no unit vectors have these cosines

    @property
    def shown(self):
        return {PROBS: self.probs, LOSS: self.losses, GRADIENT: self.gradient}[self.what]


def facts(size, loss, temperature, bias, matching, others, one, what):
    """Return the losses of N = `size` pairs whose cosines are `matching`, all others `others` but for (0, 1)."""
    cosines = torch.full((size, size), others, dtype=torch.float64)
    cosines[0, 1] = one
    cosines.fill_diagonal_(matching)
    axis = AXES[loss]
    probs, losses = of_pairs(cosines, temperature, bias) if axis is None else of_groups(cosines, temperature, axis)
    return Facts(
        loss_name=loss,
        axis=axis,
        cosines=cosines,
        probs=probs,
        losses=losses,
        gradient=(probs - torch.eye(size, dtype=torch.float64)) / size,
        what=what,
        loss=losses.sum().item(),
        blind=size * entropy_of_bias(bias, size) if axis is None else math.log(size),
        least=None if axis is None else least_of_rows(size, temperature),
        impossible=impossible(cosines),
    )


def of_groups(cosines, temperature, axis):
    """Return the probabilities and each cell's part of the cross-entropy of the groups along an axis, their mean."""
    logits = cosines / temperature
    true = torch.eye(len(cosines), dtype=torch.float64)
    # An impossible pair may have a log-probability of −400 here, and never an infinite one: 0 times it is 0.
    return softmax(logits, axis), (-log_softmax(logits, axis) * true / len(cosines)).clamp(min=0)


def of_pairs(cosines, temperature, bias):
    """Return the probabilities and each cell's part of the sum over all pairs, divided by N, as SigLIP has it."""
    logits = cosines / temperature + bias
    sign = 2 * torch.eye(len(cosines), dtype=torch.float64) - 1
    return sigmoid(logits), -logsigmoid(sign * logits) / len(cosines)


def entropy_of_bias(bias, size):
    """Return the loss of a pair, averaged over all N² of which N match, if each has the logit `bias`."""
    b = torch.tensor(bias, dtype=torch.float64)
    return -(logsigmoid(b) + (size - 1) * logsigmoid(-b)).item() / size


def least_of_rows(size, temperature):
    """Return the least softmax loss of N pairs of unit vectors: their corners form a simplex.

    A pair's cosine is 1 there and all others −1/(N − 1), which takes N − 1 dimensions. Derived in lesson 13.
    """
    return math.log1p((size - 1) * math.exp(-size / ((size - 1) * temperature)))


def impossible(cosines):
    """Return whether it is certain that no unit vectors have these cosines.

    Renumbering the pairs and averaging keeps possible cosines possible. What is left then is one number for matches and
    one for the others, of which it is known exactly.
    """
    n = len(cosines)
    match = cosines.diagonal().mean().item()
    other = (cosines.sum().item() - n * match) / (n * (n - 1))
    return abs(match + (n - 1) * other) + (n - 1) * abs(match - other) > n + 1e-9


def shade_of_part(loss):
    """Return the colour of a part of a loss: white at 0, orange from `DEEPEST_LOSS` on."""
    return mix(ORANGE, min(loss / DEEPEST_LOSS, 1.0))


def shade_of_cosine(cosine):
    """Return the colour of a cosine: orange below 0, white at 0, purple above."""
    return mix(PURPLE if cosine > 0 else ORANGE, min(abs(cosine), 1.0))


def shade_of_pull(gradient, most):
    """Return the colour of a gradient: purple where the logit rises, orange where it sinks, full from ±`most` on."""
    return mix(PURPLE if gradient < 0 else ORANGE, min(abs(gradient) / most, 1.0))


FOOTNOTES = {
    PROBS: "thick frame: one group that competes; boxed: a sum that is 1",
    LOSS: "thick frame: one group that competes",
    GRADIENT: "purple pulls a logit up, orange pushes it down",
}


class LowLayout(Layout):
    HEIGHT = 2.65  # three rows of controls stand above it


class Contrast(LivePicture):
    """Left the cosines, right what the loss makes of each pair; both have the same frame around one group."""

    def __init__(self):
        super().__init__()
        shapes = [(n, n) for n in SIZES]
        colors = "orange below 0, purple above"
        self.cosines = HeatMap(self, "cosine", "cosines of photo i and caption j", shapes, False, colors, LowLayout)
        self.cells = HeatMap(self, "cell", "", shapes, True, "", LowLayout)
        self.title = self.moving("title", self.cells.title)
        self.footnote = self.moving("footnote", self.cells.footnote)
        self.total = self.text("total", self.cells.axes, 0.05, LowLayout.HEIGHT - 0.33, va="center", size=11)

    def update(self, facts):
        self.cosines.update(facts.cosines, facts.axis, (), shade_of_cosine, digits=2)
        shown = facts.shown
        # A gradient's colour is full at 1/N: there the loss pulls a logit as hard as it ever does.
        shade_of_gradient = partial(shade_of_pull, most=1 / len(shown))
        shade = {PROBS: shade_of_prob, LOSS: shade_of_part, GRADIENT: shade_of_gradient}[facts.what]
        self.cells.update(shown, facts.axis, (shown.sum(0), shown.sum(1)), shade)
        self.title.set_text(f"{facts.what}, {facts.loss_name}")
        self.footnote.set_text(FOOTNOTES[facts.what])
        self.total.set_text(f"loss {cell(facts.loss)}; all cosines 0: {cell(facts.blind)}")


def describe(facts):
    """Say the loss, what it would be without a clue, and what two cells of the first row get."""
    floor = "" if facts.least is None else f"; no unit vectors get below {cell(facts.least)}"
    doubt = " No unit vectors have these cosines." if facts.impossible else ""
    own, other = (
        f"(cosine {number(facts.cosines[0, j].item(), '.2f')}) probability {cell(facts.probs[0, j].item())}, "
        f"gradient {cell(facts.gradient[0, j].item())}"
        for j in (0, 1)
    )
    return (
        f"{facts.loss_name.capitalize()}, {len(facts.cosines)} pairs: the loss is {cell(facts.loss)}, "
        f"and {cell(facts.blind)} if all cosines are 0{floor}.{doubt} "
        f"Photo 0 with its own caption {own}; with caption 1 {other}. Shown: {facts.what}."
    )


def contrast(size=4, loss=ROWS):
    """Return the explorer of two encoders' losses: cosines in, softmaxes of rows or sigmoids of pairs out.

    Parameters
    ----------
    size : 2, 4 or 8, the number N of pairs
    loss : "softmax of each row", "softmax of each column" or "sigmoid of each pair"
    """

    def cosine(name):
        return FloatSlider(description=name, value=0, min=-1, max=1, step=0.05)

    temperatures = [(f"{T:.2f}", T) for T in TEMPERATURES]
    return Explorer(
        "contrast",
        controls={
            "size": Dropdown(description="N pairs", options=SIZES),
            "loss": Dropdown(description="loss", options=list(AXES)),
            "what": Dropdown(description="cells show", options=[PROBS, LOSS, GRADIENT]),
            "temperature": SelectionSlider(description="temperature T", options=temperatures, value=0.1),
            "bias": FloatSlider(description="bias b", value=0, min=-10, max=2, step=0.1),
            "matching": cosine("matches"),
            "others": cosine("all others"),
            "one": cosine("cell (0, 1)"),
        },
        facts=facts,
        picture=Contrast,
        describe=describe,
        idle=lambda values: () if values["loss"] == PAIRS else ("bias",),
        values={"size": size, "loss": loss},
    )

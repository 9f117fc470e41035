"""The calibration explorer of lesson 07: what a temperature does to confidence, and what it leaves alone."""

import functools
import math
from dataclasses import dataclass

import torch

from helpers import museum
from helpers.figures.picture import BLUE, GREEN, INK, ON_PAPER, ORANGE, PAPER
from helpers.functions import softmax
from helpers.live import Explorer, FloatSlider, LivePicture

BINS = 10
FEWEST = 20  # a bin with fewer photos is left out: its share is chance
COLDEST, HOTTEST = 0.4, 5.0
GRID = torch.logspace(math.log10(0.5 / HOTTEST), math.log10(4 / COLDEST), 161, dtype=torch.float64)


@functools.cache
def data():
    """Return the true log-probabilities (n, 4), the targets drawn from them, and the temperature that fits them best."""
    log_probs, targets = museum.known_truth()
    return log_probs, targets, museum.fit_temperature(log_probs, targets)


@functools.cache
def losses_on_grid():
    """Return the NLL of the data where its logits are multiplied by each of GRID."""
    log_probs, targets, _ = data()
    return torch.tensor([museum.nll(log_probs, targets, 1 / factor) for factor in GRID.tolist()], dtype=torch.float64)


@dataclass(frozen=True)
class Facts:
    """Per bin (10,): photos, mean confidence, share right (0 where empty); and the numbers of the whole."""

    temperature: float
    sharpness: float
    count: torch.Tensor
    said: torch.Tensor
    came_true: torch.Tensor
    accuracy: float
    confidence: float
    gap: float
    nll: float
    best: float


def facts(temperature, sharpness):
    """Return the reliability of softmax(sharpness · true logits / temperature) on 4000 photos."""
    log_probs, targets, best = data()
    probs = softmax(log_probs * (sharpness / temperature), dim=1)
    count, said, came_true = museum.reliability(probs, targets, BINS)
    confidence, winner = probs.max(dim=1)
    gap = ((said - came_true).abs().nan_to_num() * count).sum().item() / len(targets)
    loss = -probs.gather(1, targets[:, None]).log().mean().item()
    right = (winner == targets).double().mean().item()
    return Facts(
        temperature,
        sharpness,
        count,
        said.nan_to_num(),
        came_true.nan_to_num(),
        right,
        confidence.mean().item(),
        gap,
        loss,
        best * sharpness,
    )


class Calibration(LivePicture):
    def __init__(self):
        super().__init__()
        self._draw_bins(self.panel())
        self._draw_loss(self.panel())

    def _draw_bins(self, axes):
        axes.set(
            xlim=(0, 1),
            ylim=(0, 1.34),
            yticks=[0, 0.2, 0.4, 0.6, 0.8, 1],
            xlabel="confidence: the winner's probability",
            ylabel="share of right winners",
        )
        axes.plot([0, 1], [0, 1], color=INK, lw=1, ls="--", label="calibrated")
        middles = [(i + 0.5) / BINS for i in range(BINS)]
        bars = axes.bar(middles, middles, width=0.86 / BINS, color=BLUE, hatch="//", edgecolor=PAPER, label="came true")
        self.bars = self.moving("share", list(bars))
        diamond = dict(marker="D", color=PAPER, mec=ORANGE, mew=2, ls="")
        axes.plot([], [], **diamond, label="was said")
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, columnspacing=1.2)
        self.points = self.moving("said", [axes.plot([], [], **diamond, ms=7, zorder=5)[0] for _ in range(BINS)])
        places = [(1.26, "accuracy"), (1.17, "confidence"), (1.08, "gap")]
        self.notes = {name: self.moving(name, axes.text(0.03, y, "", size=10.5)) for y, name in places}

    def _draw_loss(self, axes):
        axes.set(
            xlim=(0, HOTTEST + 0.2), ylim=(0.8, 4.6), xlabel="temperature T", ylabel="negative log-likelihood (nats)"
        )
        self.curve = self.moving("curve", axes.plot([], [], color=BLUE, lw=2, label="NLL on these photos")[0])
        self.best = self.moving("best", axes.axvline(1, color=GREEN, ls=":", lw=2, label="T with the smallest NLL"))
        self.here = self.moving("here", axes.plot([], [], "o", color=ORANGE, ms=9, mec=INK, label="T now")[0])
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, columnspacing=1.2)
        look = dict(ha="right", transform=axes.transAxes, size=10.5, bbox=ON_PAPER)
        self.loss_note = self.moving("nll", axes.text(0.97, 0.93, "", **look))
        self.best_note = self.moving("fitted", axes.text(0.97, 0.85, "", **look))

    def update(self, facts):
        shown = (facts.count >= FEWEST).tolist()
        for bar, point, seen, said, share in zip(
            self.bars, self.points, shown, facts.said.tolist(), facts.came_true.tolist()
        ):
            bar.set_visible(seen)
            point.set_visible(seen)
            if seen:
                bar.set_height(share)
                point.set_data([said], [said])
        self.notes["accuracy"].set_text(f"accuracy {100 * facts.accuracy:.1f} %")
        self.notes["confidence"].set_text(f"mean confidence {100 * facts.confidence:.1f} %")
        self.notes["gap"].set_text(f"mean gap {100 * facts.gap:.1f} %")
        temperatures = facts.sharpness / GRID
        inside = (temperatures >= COLDEST) & (temperatures <= HOTTEST)
        self.curve.set_data(temperatures[inside], losses_on_grid()[inside])
        self.best.set_xdata([facts.best] * 2)
        self.here.set_data([facts.temperature], [facts.nll])
        self.loss_note.set_text(f"NLL {facts.nll:.4f} at T = {facts.temperature:.2f}")
        self.best_note.set_text(f"smallest at T = {facts.best:.2f}")


def describe(facts):
    """Say what is claimed, what comes true, and what the temperature does not change."""
    last = max(i for i in range(BINS) if facts.count[i] >= FEWEST)
    verdict = (
        "overconfident"
        if facts.confidence > facts.accuracy + 0.015
        else "underconfident"
        if facts.confidence < facts.accuracy - 0.015
        else "about calibrated"
    )
    return (
        f"At T = {facts.temperature:.2f} the winner's mean confidence is {100 * facts.confidence:.1f} %, and {100 * facts.accuracy:.1f} % of the winners are right: {verdict}. "
        f"In the surest bin, {100 * facts.said[last]:.1f} % was said and {100 * facts.came_true[last]:.1f} % came true; the mean gap over all bins is {100 * facts.gap:.1f} %. "
        f"NLL {facts.nll:.4f}; it is smallest at T = {facts.best:.2f}. Bins with fewer than {FEWEST} of the {len(data()[1])} photos are left out of the picture."
    )


def calibration(temperature=1.0, sharpness=museum.SHARPNESS):
    """Return the calibration explorer.

    Parameters
    ----------
    temperature : number in [0.4, 5], by which the logits are divided
    sharpness : number in [0.5, 4], by which the network's logits are too large (1 is calibrated)

    Derived in notebooks/07_bug_museum.ipynb.
    """
    controls = {
        "temperature": FloatSlider(description="temperature T", min=COLDEST, max=HOTTEST, step=0.05),
        "sharpness": (0.5, 4.0, 0.1),
    }
    values = {"temperature": temperature, "sharpness": sharpness}
    return Explorer(
        "calibration", controls=controls, facts=facts, picture=Calibration, describe=describe, values=values
    )

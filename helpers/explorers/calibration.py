"""The calibration explorer of lesson 09: what a temperature does to confidence, and what it leaves alone."""

import functools
import math
from dataclasses import dataclass

import torch

from helpers import calibration as measures
from helpers.calibration import FEWEST, SHARPNESS, ScaledRows, binned, known_truth
from helpers.inputs import refuse
from helpers.inputs.classes import read_labels, read_targets
from helpers.inputs.tensors import read_batch
from helpers.live import Explorer, FloatSlider, LivePicture
from helpers.style import BLUE, GREEN, INK, ON_PAPER, ORANGE, PAPER, legend_above

BINS = 10
COLDEST, HOTTEST, STEP = 0.4, 5.0, 0.05
GRID = torch.logspace(math.log10(0.5 / HOTTEST), math.log10(4 / COLDEST), 161, dtype=torch.float64)


@functools.cache
def data():
    """Return 4000 photos with known true probabilities, as a calibrated network gives, and their best temperature."""
    return with_best_temperature(ScaledRows(*known_truth()))


def with_best_temperature(rows):
    return rows, rows.best_temperature(measures.COLDEST, measures.HOTTEST)


@functools.cache
def losses_on_grid():
    """Return the NLL of the data where its logits are multiplied by each of GRID."""
    rows, _ = data()
    return torch.tensor([rows.at(factor)[1] for factor in GRID.tolist()], dtype=torch.float64)


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
    rows: str  # how many of what


def facts(temperature, sharpness=1.0, own=None):
    """Return the reliability of softmax(sharpness · logits / temperature) on the 4000 photos.

    Parameters
    ----------
    temperature, sharpness : float
    own : (ScaledRows, their best temperature), optional
        Rows of the reader's own instead of the photos.
    """
    rows, best = own or data()
    confidence, loss = rows.at(sharpness / temperature)
    count, said, came_true = binned(confidence, rows.right, BINS)
    gap = ((said - came_true).abs().nan_to_num() * count).sum().item() / len(rows)
    return Facts(
        temperature=temperature,
        sharpness=sharpness,
        count=count,
        said=said.nan_to_num(),
        came_true=came_true.nan_to_num(),
        accuracy=rows.right.mean().item(),
        confidence=confidence.mean().item(),
        gap=gap,
        nll=loss,
        best=best * sharpness,
        rows=f"{len(rows)} photos" if own is None else f"{len(rows):,} rows",
    )


class Calibration(LivePicture):
    """Left the reliability diagram, right the NLL over the temperature."""

    def __init__(self, grid=GRID, losses=None):
        """`losses` are the NLL where the logits of the reader's own are multiplied by each of `grid`, as GRID is."""
        super().__init__()
        self.own = losses is not None
        self.grid, self.losses = grid, losses if self.own else losses_on_grid()
        self._draw_bins(self.panel())
        self._draw_loss(self.panel())

    def _draw_bins(self, axes):
        axes.set(xlim=(0, 1), ylim=(0, 1.34), yticks=[0, 0.2, 0.4, 0.6, 0.8, 1])
        axes.set(xlabel="confidence: the winner's probability", ylabel="share of right winners")
        axes.plot([0, 1], [0, 1], color=INK, lw=1, ls="--", label="calibrated")
        middles = [(i + 0.5) / BINS for i in range(BINS)]
        bars = axes.bar(middles, middles, width=0.86 / BINS, color=BLUE, hatch="//", edgecolor=PAPER, label="came true")
        self.bars = self.moving("share", bars)
        diamond = dict(marker="D", color=PAPER, mec=ORANGE, mew=2, ls="", clip_on=False)
        axes.plot([], [], **diamond, label="was said")
        legend_above(axes, 3, columnspacing=1.2)
        self.points = self.moving("said", [axes.plot([], [], **diamond, ms=7, zorder=5)[0] for _ in range(BINS)])
        places = [(1.28, "accuracy"), (1.15, "confidence"), (1.02, "gap")]
        self.notes = {name: self.text(name, axes, 0.03, y, size=10.5) for y, name in places}

    def _draw_loss(self, axes):
        axes.set(xlim=(0, HOTTEST + 0.2), ylim=(0.8, 4.6))
        axes.set(xlabel="temperature T", ylabel="negative log-likelihood (nats)")
        if self.own:
            # With room for the notes above the curve; where all losses are alike, the limits still differ.
            low, high = self.losses.min().item(), self.losses.max().item()
            axes.set(ylim=(low - 0.1 * (high - low) - 1e-9, high + 0.5 * (high - low) + 1e-9))
        rows = "rows" if self.own else "photos"
        self.curve = self.line("curve", axes, [], color=BLUE, lw=2, label=f"NLL on these {rows}")
        self.best = self.moving("best", axes.axvline(1, color=GREEN, ls=":", lw=2, label="T with the smallest NLL"))
        self.here = self.line("here", axes, [], "o", color=ORANGE, ms=9, mec=INK, label="T now")
        legend_above(axes, 2, columnspacing=1.2)
        look = dict(ha="right", transform=axes.transAxes, size=10.5, bbox=ON_PAPER)
        self.loss_note = self.text("nll", axes, 0.97, 0.93, **look)
        self.best_note = self.text("fitted", axes, 0.97, 0.83, **look)

    def update(self, facts):
        seen, said, came_true = (facts.count >= FEWEST).tolist(), facts.said.tolist(), facts.came_true.tolist()
        for i, (bar, point) in enumerate(zip(self.bars, self.points)):
            bar.set_visible(seen[i])
            point.set_visible(seen[i])
            if seen[i]:
                bar.set_height(came_true[i])
                point.set_data([said[i]], [said[i]])
        self.notes["accuracy"].set_text(f"accuracy {100 * facts.accuracy:.1f} %")
        self.notes["confidence"].set_text(f"mean confidence {100 * facts.confidence:.1f} %")
        self.notes["gap"].set_text(f"mean gap {100 * facts.gap:.1f} %")
        temperatures = facts.sharpness / self.grid
        inside = (temperatures >= COLDEST) & (temperatures <= HOTTEST)
        self.curve.set_data(temperatures[inside], self.losses[inside])
        self.best.set_xdata([facts.best] * 2)
        self.best.set_visible(facts.best <= HOTTEST + 0.2)
        self.here.set_data([facts.temperature], [facts.nll])
        self.loss_note.set_text(f"NLL {facts.nll:.4f} at T = {facts.temperature:.2f}")
        self.best_note.set_text(f"smallest at {place_of(facts.best)}")


def place_of(best):
    """Say the best temperature, or on which side of the search it lies."""
    if best <= measures.COLDEST:
        return f"T = {best:.2f} or less"
    return f"T = {best:.2f}{' or more' if best >= measures.HOTTEST else ''}"


def describe(facts):
    """Say what is claimed, what comes true, and what the temperature does not change."""
    last = max((i for i in range(BINS) if facts.count[i] >= FEWEST), default=None)
    surest = f"No bin has {FEWEST} rows"
    if last is not None:
        said, came_true = 100 * facts.said[last], 100 * facts.came_true[last]
        surest = f"In the surest bin, {said:.1f} % was said and {came_true:.1f} % came true"
    verdict = "about calibrated"
    if abs(facts.confidence - facts.accuracy) > 0.015:
        verdict = "overconfident" if facts.confidence > facts.accuracy else "underconfident"
    return (
        f"At T = {facts.temperature:.2f} the winner's mean confidence is {100 * facts.confidence:.1f} %, "
        f"and {100 * facts.accuracy:.1f} % of the winners are right: {verdict}. "
        f"{surest}; the mean gap over all bins is {100 * facts.gap:.1f} %. "
        f"NLL {facts.nll:.4f}; it is smallest at {place_of(facts.best)}. "
        f"Bins with fewer than {FEWEST} of the {facts.rows} are left out of the picture."
    )


def calibration(logits=None, targets=None, temperature=1.0, sharpness=None):
    """Return the calibration explorer, on made-up photos or on your own validation set.

    Parameters
    ----------
    logits : tensor, array or sequence of shape (N, K), of any device and type, up to 100,000 rows, optional
    targets : the true class of each row of `logits`: whole numbers from 0 to K − 1
    temperature : number in [0.4, 5], by which the logits are divided
    sharpness : number in [0.5, 4], by which the made-up network's logits are too large (1 is calibrated)

    Derived in notebooks/09_deciding.ipynb.
    """
    controls = {"temperature": FloatSlider(description="temperature T", min=COLDEST, max=HOTTEST, step=STEP)}
    values, of, picture = {"temperature": temperature}, facts, Calibration
    if logits is None and targets is None:
        controls["sharpness"] = (0.5, 4.0, 0.1)
        values["sharpness"] = SHARPNESS if sharpness is None else sharpness
    else:
        x = read_batch(logits, targets, "calibration")
        if sharpness is not None:
            raise refuse("sharpness", sharpness, "one only where no logits are given")
        rows = ScaledRows(x, torch.tensor(read_targets(targets, len(x), read_labels(None, x.shape[1]))))
        of = functools.cache(functools.partial(facts, own=with_best_temperature(rows)))
        # The loss has to be computed for each of your rows, so the curve has the slider's stops and no points between.
        stops = [round(COLDEST + STEP * k, 9) for k in range(round((HOTTEST - COLDEST) / STEP) + 1)]
        losses = torch.tensor([of(temperature=stop).nll for stop in stops], dtype=torch.float64)
        picture = functools.partial(Calibration, 1 / torch.tensor(stops, dtype=torch.float64), losses)
    return Explorer("calibration", controls=controls, facts=of, picture=picture, describe=describe, values=values)

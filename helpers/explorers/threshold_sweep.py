"""The threshold sweep of lesson 09: which photos, or rows of your own, a threshold picks, and how good that is."""

import functools
import math
from dataclasses import dataclass

import numpy as np
import torch

from helpers.data import LABELS
from helpers.explorers._sliders import reach
from helpers.functions import sigmoid
from helpers.inputs import refuse
from helpers.inputs.classes import read_labels, read_multi_hot
from helpers.inputs.tensors import read_batch
from helpers.live import Explorer, FloatSlider, LivePicture, write
from helpers.live.controls import decimals
from helpers.photos import PRIORS, exact_precision_recall, photos
from helpers.style import BLUE, FAINT, INK, ON_PAPER, ORANGE, PAPER, PURPLE, legend_above
from helpers.text import number, short

LIMIT = 9
DRAWN = 120  # dots that are drawn, at most, of rows of your own with the class and of those without
GOLDEN = (math.sqrt(5) - 1) / 2  # the parts of its multiples after the point: those of neighbours lie far apart


@dataclass(frozen=True)
class Facts:
    """What the threshold does to the photos of one class. Precision is None where nothing is picked: 0/0.

    Shapes: logits, present, picked and drawn (N,); curve (M, 2), recall and precision when the 1, 2, ... highest logits
    are picked, each or only every so many of them. Recall is None where no row holds the class, and the exact numbers
    are None for rows of the reader's own.
    """

    label: str
    threshold_logit: float
    logits: torch.Tensor
    present: torch.Tensor
    picked: torch.Tensor
    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int
    precision: float | None
    recall: float | None
    exact_precision: float | None
    exact_recall: float | None
    curve: torch.Tensor
    drawn: torch.Tensor  # which have a dot


def facts(label, threshold_logit, own=None):
    """Return the facts; a tie is not picked.

    Parameters
    ----------
    label : str
    threshold_logit : float, which is compared with the photos' logits at two decimals
    own : callable, optional
        A label in, what `own_rows` knows of the reader's rows out. They are compared as they are.
    """
    exact_precision = exact_recall = None
    if own is None:
        logits, present, curve = (each.clone() for each in (*photos_of(label), curve_of(label)))
        threshold_logit, drawn = round(threshold_logit, 2), torch.ones_like(present)
        exact_precision, exact_recall = (value.item() for value in exact_precision_recall(label, threshold_logit))
    else:
        logits, present, curve, drawn = own(label)
    picked = logits > threshold_logit
    tp, fp = int((picked & present).sum()), int((picked & ~present).sum())
    fn, tn = int(present.sum()) - tp, int((~present).sum()) - fp
    return Facts(
        label=label,
        threshold_logit=threshold_logit,
        logits=logits,
        present=present,
        picked=picked,
        true_positives=tp,
        false_positives=fp,
        false_negatives=fn,
        true_negatives=tn,
        precision=tp / (tp + fp) if tp + fp else None,
        recall=tp / (tp + fn) if tp + fn else None,
        exact_precision=exact_precision,
        exact_recall=exact_recall,
        curve=curve,
        drawn=drawn,
    )


@functools.cache
def photos_of(label):
    """Return the logits, float64 and exact to two decimals, and the truth of one class, shape (100,) each."""
    logits, targets = photos()
    k = LABELS.index(label)
    return logits[:, k].double().round(decimals=2), targets[:, k] == 1


@functools.cache
def curve_of(label):
    """Return (recall, precision) of picking the 1, 2, ..., 100 highest logits, shape (100, 2)."""
    return curve_through(*photos_of(label))


def curve_through(logits, present):
    """Return (recall, precision) of picking the 1, 2, ..., N highest of `logits` (N,), shape (N, 2)."""
    found = present[logits.argsort(descending=True, stable=True)].cumsum(0)
    return torch.stack([found / present.sum(), found / torch.arange(1, len(found) + 1)], dim=1)


@functools.cache
def exact_curve_of(label):
    """Return the same for endless photos, from the formula, shape (100, 2)."""
    precision, recall = exact_precision_recall(label, torch.linspace(12, -12, 100, dtype=torch.float64))
    return torch.stack([recall, precision], dim=1)


def bend(line, points):
    """Give a line its points (N, 2), unless it has them: then it need not be drawn again."""
    if not np.array_equal(line.get_xydata(), points):
        line.set_data(*points.T)


@functools.cache
def spread(count):
    """Return small heights that keep neighbouring dots apart, between −0.25 and 0.25, shape (count,)."""
    return ((torch.arange(count) * GOLDEN) % 1 - 0.5) / 2


class ThresholdSweep(LivePicture):
    """The photos along the logit, split by threshold and truth; and the precision-recall curve."""

    GROUPS = {  # name: (row, marker, colour, filled)
        "TP": (1, "o", BLUE, True),
        "FN": (1, "o", BLUE, False),
        "FP": (0, "s", ORANGE, True),
        "TN": (0, "s", ORANGE, False),
    }

    def __init__(self, rows=None, limit=12):
        """`rows` is how many rows of the reader's own there are; without, it is the picture of the photos."""
        super().__init__()
        self.own, self.limit = rows, limit
        self._draw_photos(self.panel())
        self._draw_curve(self.panel())

    def _draw_photos(self, axes):
        edge = self.limit
        axes.set(xlim=(-edge, edge), ylim=(-0.72, 2.0), xlabel="logit of the photo")
        if self.own:
            some = f", {DRAWN} dots on either side at most" if self.own > DRAWN else ""
            axes.set_xlabel(f"logit of the row{some}")
        axes.set_xticks([-edge, -edge / 2, 0, edge / 2, edge] if self.own else range(-12, 13, 4))
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.axhline(0.5, color=FAINT, lw=0.8)
        look = dict(va="center", weight="bold", size=10.5, bbox=ON_PAPER)
        rows = ((1.4, BLUE), (0.4 if self.own else 0.34, ORANGE))
        self.rows = self.moving("row", [axes.text(-edge, y, "", color=color, **look) for y, color in rows])
        self.threshold = self.line("threshold", axes, [0, 0], [-0.72, 1.72], "--", color=PURPLE, lw=2)
        self.reading = self.text("reading", axes, -edge, 1.86, va="center", color=PURPLE, weight="bold", size=10.5)
        self.groups, self.counts = {}, {}
        for name, (row, marker, color, filled) in self.GROUPS.items():
            face = color if filled else PAPER
            self.groups[name] = self.line(f"photos-{name}", axes, [], marker, color=color, mfc=face, ms=4.5)
            x, side = (edge, "right") if filled else (-edge, "left")
            look = dict(ha=side, va="center", size=10.5, color=color)
            self.counts[name] = self.text(f"count-{name}", axes, x, row - 0.36, **look)

    def _draw_curve(self, axes):
        axes.set(xlim=(0, 1.03), ylim=(0, 1.04), xlabel="recall", ylabel="precision")
        axes.grid()
        one, all_of_them, mark = "photo", "100 photos", "."
        if self.own:
            one, all_of_them, mark = "row", f"{self.own:,} rows", ""
        label = f"pick every {one}"
        self.prior = self.line("prior", axes, [0, 1], [0, 0], color=ORANGE, ls=":", lw=1.6, label=label)
        label = "endless photos (formula)"
        self.exact = self.line("exact", axes, [], color=FAINT, ls=(0, (4, 2)), lw=1.6, label=label)
        label = f"these {all_of_them}"
        self.curve = self.line("curve", axes, [], color=INK, lw=1, marker=mark, ms=4, label=label)
        self.point = self.line("point", axes, [], "D", color=PURPLE, ms=9, label="this threshold")
        handles = [self.curve, *([] if self.own else [self.exact]), self.point, self.prior]
        legend_above(axes, 2, handles=handles, fontsize=9.5, columnspacing=1, handlelength=1.6)

    def update(self, facts):
        t = facts.threshold_logit
        heights = torch.zeros(len(facts.logits))
        heights[facts.drawn] = spread(int(facts.drawn.sum()))
        members = {
            "TP": (facts.present & facts.picked, facts.true_positives),
            "FN": (facts.present & ~facts.picked, facts.false_negatives),
            "FP": (~facts.present & facts.picked, facts.false_positives),
            "TN": (~facts.present & ~facts.picked, facts.true_negatives),
        }
        for name, (mask, count) in members.items():
            row = self.GROUPS[name][0]
            mask = mask & facts.drawn
            self.groups[name].set_data(facts.logits[mask], row + heights[mask])
            self.counts[name].set_text(f"{name} {count:,}")
        # A class of the photos is a thing in them; a label of one's own may be a question.
        with_it, without_it = ("{}: yes", "{}: no") if self.own else ("with {}", "without {}")
        write(self.rows, (words.format(short(facts.label, 20)) for words in (with_it, without_it)))
        self.threshold.set_xdata([t, t])
        self.reading.set_text(f"picked (filled): logit > {number(t, '.2f' if self.limit >= 1 else '.4g')}")
        prior = facts.present.double().mean() if self.own else PRIORS[LABELS.index(facts.label)]
        self.prior.set_ydata([prior.item()] * 2)
        if not self.own:
            bend(self.exact, exact_curve_of(facts.label))
        bend(self.curve, facts.curve)
        self.point.set_visible(None not in (facts.precision, facts.recall))
        if self.point.get_visible():
            self.point.set_data([facts.recall], [facts.precision])


def describe(facts):
    """Say what is picked, how good the picks are, and what endless photos would give."""
    tp, fp, fn, tn = facts.true_positives, facts.false_positives, facts.false_negatives, facts.true_negatives
    prob = sigmoid(torch.tensor(facts.threshold_logit, dtype=torch.float64)).item()
    precision = "is not defined (0/0)" if facts.precision is None else f"{tp:,}/{tp + fp:,} = {facts.precision:.3f}"
    recall = "is not defined (0/0)" if facts.recall is None else f"{tp:,}/{tp + fn:,} = {facts.recall:.3f}"
    what, endless = f"{len(facts.logits):,} rows", ""
    if facts.exact_recall is not None:
        what = "100 photos"
        endless = f"; for endless photos {facts.exact_precision:.3f} and {facts.exact_recall:.3f}"
    return (
        f"Threshold {number(facts.threshold_logit, '.2f')} on {facts.label} (probability {prob:.4f}) "
        f"picks {tp + fp:,} of {what}: "
        f"TP {tp:,}, FP {fp:,}, FN {fn:,}, TN {tn:,}. Precision {precision}, recall {recall}{endless}."
    )


def own_rows(logits, present, labels):
    """Return a function from a label to (logits, present, curve, drawn) of rows of the reader's own.

    `logits` and `present`, the truth, are of shape (N, K). Of many rows some are drawn, as many of either truth, and
    the curve has at most 400 points.
    """

    @functools.cache
    def of(label):
        k = labels.index(label)
        x, there = logits[:, k].contiguous(), present[:, k].contiguous()
        drawn = torch.zeros_like(there)
        for rows in (there.nonzero()[:, 0], (~there).nonzero()[:, 0]):
            drawn[rows[:: max(1, math.ceil(len(rows) / DRAWN))]] = True
        some = torch.linspace(0, len(x) - 1, min(len(x), 400)).long()
        return x, there, curve_through(x, there)[some], drawn

    return of


def threshold_sweep(logits=None, targets=None, labels=None, label=None, threshold_logit=0.0):
    """Return the explorer of one threshold, on the made-up photos or on a validation set of your own.

    Parameters
    ----------
    logits : tensor, array or sequence of shape (N, K), of any device and type, up to 100,000 rows, optional
        The slider reaches as far as the largest needs. Of many rows some hundred have a dot; all are counted.
    targets : what is true of each row: zeros and ones of shape (N, K), or one class for each
    labels : sequence of K names, optional
    label : one of the labels, the one that is shown first; if not given, dog, or the first of your own
    threshold_logit : number in [-9, 9], in logits
    """
    if logits is None and targets is None:
        if labels is not None:
            raise refuse("labels", labels, "a tensor of logits with them, and targets")
        names, limit, step, rows, picture = LABELS, LIMIT, 0.05, None, ThresholdSweep
        first = "dog"
    else:
        x = read_batch(logits, targets, "threshold_sweep")
        names = read_labels(labels, x.shape[1])
        rows = own_rows(x, read_multi_hot(targets, x.shape, names), names)
        limit, step = reach(x)
        picture, first = functools.partial(ThresholdSweep, len(x), limit), names[0]
    look = dict(min=-limit, max=limit, step=step, readout_format=f".{max(2, decimals(step))}f")
    controls = {"threshold_logit": FloatSlider(description="threshold, logit", **look), "label": names}
    return Explorer(
        "threshold sweep",
        controls=controls,
        facts=functools.partial(facts, own=rows),
        picture=picture,
        describe=describe,
        values={"threshold_logit": threshold_logit, "label": first if label is None else label},
    )

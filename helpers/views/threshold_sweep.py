"""The threshold sweep of lesson 02: which of a hundred photos one threshold picks, and how good the picks are."""

import functools
import math
from dataclasses import dataclass

import torch

from helpers.data import LABELS
from helpers.figures.picture import BLUE, FAINT, INK, ON_PAPER, ORANGE, PAPER, PURPLE
from helpers.fmt import number
from helpers.functions import sigmoid
from helpers.live import Explorer, FloatSlider, LivePicture
from helpers.synthetic import PRIORS, exact_precision_recall, photos

LIMIT = 9
GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True)
class Facts:
    """What the threshold does to the photos of one class. Precision is None where nothing is picked: 0/0.

    Shapes: logits, present and picked (100,); curve (100, 2), recall and precision when the 1, 2, ... highest logits
    are picked.
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
    recall: float
    exact_precision: float
    exact_recall: float
    curve: torch.Tensor


def facts(label, threshold_logit):
    """Return the facts; logits and threshold are compared at two decimals, and a tie is not picked."""
    logits, present = (each.clone() for each in photos_of(label))
    t = round(threshold_logit, 2)
    picked = logits > t
    tp, fp = int((picked & present).sum()), int((picked & ~present).sum())
    fn, tn = int(present.sum()) - tp, int((~present).sum()) - fp
    exact_precision, exact_recall = (value.item() for value in exact_precision_recall(label, t))
    precision = tp / (tp + fp) if tp + fp else None
    return Facts(
        label,
        t,
        logits,
        present,
        picked,
        tp,
        fp,
        fn,
        tn,
        precision,
        tp / (tp + fn),
        exact_precision,
        exact_recall,
        curve_of(label).clone(),
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
    logits, present = photos_of(label)
    found = present[logits.argsort(descending=True, stable=True)].cumsum(0)
    return torch.stack([found / present.sum(), found / torch.arange(1, len(found) + 1)], dim=1)


@functools.cache
def exact_curve_of(label):
    """Return the same for endless photos, from the formula, shape (100, 2)."""
    precision, recall = exact_precision_recall(label, torch.linspace(12, -12, 100, dtype=torch.float64))
    return torch.stack([recall, precision], dim=1)


class ThresholdSweep(LivePicture):
    """The photos along the logit, split by threshold and truth; and the precision-recall curve."""

    GROUPS = {  # name: (row, marker, colour, filled)
        "TP": (1, "o", BLUE, True),
        "FN": (1, "o", BLUE, False),
        "FP": (0, "s", ORANGE, True),
        "TN": (0, "s", ORANGE, False),
    }

    def __init__(self):
        super().__init__()
        self._draw_photos(self.panel(height=3.4))
        self._draw_curve(self.panel(height=3.4))

    def _draw_photos(self, axes):
        axes.set(xlim=(-12, 12), ylim=(-0.72, 2.0), xlabel="logit of the photo")
        axes.set_xticks(range(-12, 13, 4))
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.axhline(0.5, color=FAINT, lw=0.8)
        self.rows = self.moving(
            "row",
            [
                axes.text(-12, y, "", va="center", weight="bold", size=10.5, color=color, bbox=ON_PAPER)
                for y, color in ((1.4, BLUE), (0.39, ORANGE))
            ],
        )
        self.threshold = self.moving("threshold", axes.plot([0, 0], [-0.72, 1.72], "--", color=PURPLE, lw=2)[0])
        self.reading = self.moving(
            "reading", axes.text(-12, 1.86, "", va="center", color=PURPLE, weight="bold", size=10.5)
        )
        self.groups, self.counts = {}, {}
        for name, (row, marker, color, filled) in self.GROUPS.items():
            face = color if filled else PAPER
            line = axes.plot([], marker, color=color, mfc=face, ms=4.5)[0]
            self.groups[name] = self.moving(f"photos-{name}", line)
            x, side = (12, "right") if filled else (-12, "left")
            text = axes.text(x, row - 0.43, "", ha=side, va="center", size=10.5, color=color)
            self.counts[name] = self.moving(f"count-{name}", text)

    def _draw_curve(self, axes):
        axes.set(xlim=(0, 1.03), ylim=(0, 1.04), xlabel="recall", ylabel="precision")
        axes.grid()
        prior = axes.plot([0, 1], [0, 0], color=ORANGE, ls=":", lw=1.6, label="pick every photo")[0]
        exact = axes.plot([], color=FAINT, ls=(0, (4, 2)), lw=1.6, label="endless photos (formula)")[0]
        curve = axes.plot([], color=INK, lw=1, marker=".", ms=4, label="these 100 photos")[0]
        point = axes.plot([], "D", color=PURPLE, ms=9, label="this threshold")[0]
        self.prior, self.exact = self.moving("prior", prior), self.moving("exact", exact)
        self.curve, self.point = self.moving("curve", curve), self.moving("point", point)
        axes.legend(
            handles=[curve, exact, point, prior],
            loc="lower center",
            bbox_to_anchor=(0.5, 1.0),
            ncols=2,
            fontsize=9.5,
            columnspacing=1,
            handlelength=1.6,
        )

    def update(self, facts):
        t = facts.threshold_logit
        heights = spread(len(facts.logits))
        members = {
            "TP": facts.present & facts.picked,
            "FN": facts.present & ~facts.picked,
            "FP": ~facts.present & facts.picked,
            "TN": ~facts.present & ~facts.picked,
        }
        for name, mask in members.items():
            row = self.GROUPS[name][0]
            self.groups[name].set_data(facts.logits[mask], row + heights[mask])
        for name, count in zip(
            members, (facts.true_positives, facts.false_negatives, facts.false_positives, facts.true_negatives)
        ):
            self.counts[name].set_text(f"{name} {count}")
        self.rows[0].set_text(f"with {facts.label}")
        self.rows[1].set_text(f"without {facts.label}")
        self.threshold.set_xdata([t, t])
        self.reading.set_text(f"picked (filled): logit > {number(t, '.2f')}")
        self.prior.set_ydata([PRIORS[LABELS.index(facts.label)].item()] * 2)
        self.exact.set_data(*exact_curve_of(facts.label).T)
        self.curve.set_data(*facts.curve.T)
        self.point.set_visible(facts.precision is not None)
        if facts.precision is not None:
            self.point.set_data([facts.recall], [facts.precision])


@functools.cache
def spread(count):
    """Return small heights that keep neighbouring dots apart, between −0.25 and 0.25, shape (count,)."""
    return ((torch.arange(count) * GOLDEN) % 1 - 0.5) / 2


def describe(facts):
    """Say what is picked, how good the picks are, and what endless photos would give."""
    tp, fp, fn, tn = facts.true_positives, facts.false_positives, facts.false_negatives, facts.true_negatives
    prob = sigmoid(torch.tensor(facts.threshold_logit, dtype=torch.float64)).item()
    precision = "is not defined (0/0)" if facts.precision is None else f"{tp}/{tp + fp} = {facts.precision:.3f}"
    return (
        f"Threshold {number(facts.threshold_logit, '.2f')} on {facts.label} (probability {prob:.4f}) picks {tp + fp} of 100 photos: "
        f"TP {tp}, FP {fp}, FN {fn}, TN {tn}. Precision {precision}, recall {tp}/{tp + fn} = {facts.recall:.3f}; "
        f"for endless photos {facts.exact_precision:.3f} and {facts.exact_recall:.3f}."
    )


def threshold_sweep(label="dog", threshold_logit=0.0):
    """Return the explorer of one threshold on the made-up photos.

    Parameters
    ----------
    label : one of LABELS
    threshold_logit : number in [-9, 9], in logits
    """
    controls = {
        "threshold_logit": FloatSlider(description="threshold, logit", min=-LIMIT, max=LIMIT, step=0.05),
        "label": LABELS,
    }
    values = {"threshold_logit": threshold_logit, "label": label}
    return Explorer(
        "threshold sweep", controls=controls, facts=facts, picture=ThresholdSweep, describe=describe, values=values
    )

"""One threshold in three units, of lesson 02: a logit, odds and a probability that move together.

The logit is the source of truth: all facts follow from it. The sliders for odds and probability show it in their own
unit, at the nearest of their stops, and set it when the reader moves them. So that no slider is pushed off the stop
where the reader put it, the stops fit: logits from −5 to 5 in steps of 0.01; the odds of these very logits; and whole
percents, which are coarser than the logits everywhere and cover the same range, sigmoid(±5) being 0.9933 and 0.0067.
"""

import math
from dataclasses import dataclass

import torch
from matplotlib.patches import Polygon

from helpers.data import LABELS, LOGITS, THRESHOLD_LOGIT
from helpers.figures.picture import COLORS, FAINT, HATCHES, INK, MARKERS, PAPER, PURPLE
from helpers.fmt import number
from helpers.functions import sigmoid, softmax
from helpers.live import Explorer, FloatSlider, LivePicture, SelectionSlider, check_number

LIMIT = 5
LOGIT_STOPS = [k / 100 for k in range(-100 * LIMIT, 100 * LIMIT + 1)]
ODDS_STOPS = [math.exp(t) for t in LOGIT_STOPS]
PROB_STOPS = [k / 100 for k in range(1, 100)]


@dataclass(frozen=True)
class Facts:
    """The threshold in three units, and what it makes of the four classes; tensors are float64, shape (4,)."""

    threshold_logit: float
    threshold_odds: float
    threshold_prob: float
    c: float
    logits: torch.Tensor
    odds: torch.Tensor
    sigmoids: torch.Tensor
    passes: torch.Tensor
    probs: torch.Tensor
    winner: int


def facts(threshold_logit, threshold_odds, threshold_prob, c):
    """Return the facts at one threshold; `threshold_odds` and `threshold_prob` only repeat what the logit says.

    Logits and threshold are compared at two decimals, so that 3.49 is never above 3.49 by a float's last digit.
    """
    x = (LOGITS.double() + c).round(decimals=2)
    t = torch.tensor(threshold_logit, dtype=torch.float64).round(decimals=2)
    return Facts(
        t.item(), t.exp().item(), sigmoid(t).item(), c, x, x.exp(), sigmoid(x), x > t, softmax(x, 0), int(x.argmax())
    )


def couple(moved, values):
    """Return the stops of the other two threshold sliders, once one has moved.

    A slider that stands where the logit puts it already changes nothing: a message that arrives late or twice must
    not turn a logit of 3.00 into that of its rounded probability, 2.94.
    """
    if moved == "c":
        return {}
    t = logit_stop(values["threshold_logit"])
    if moved == "threshold_odds" and values["threshold_odds"] != odds_stop(t):
        t = logit_stop(math.log(values["threshold_odds"]))
    if moved == "threshold_prob" and values["threshold_prob"] != prob_stop(t):
        t = logit_stop(math.log(values["threshold_prob"] / (1 - values["threshold_prob"])))
    follow = {"threshold_logit": t, "threshold_odds": odds_stop(t), "threshold_prob": prob_stop(t)}
    return {name: value for name, value in follow.items() if name != moved}


def logit_stop(t):
    return round(100 * t) / 100


def odds_stop(t):
    return math.exp(t)


def prob_stop(t):
    return round(100 / (1 + math.exp(-t))) / 100


class ThresholdUnits(LivePicture):
    """Three axes, one threshold across all of them; and the decision, beside softmax's."""

    ROWS = {"logit": 2.0, "odds": 1.0, "probability": 0.0}
    LOW, HIGH = -9.0, 12.0

    def __init__(self):
        super().__init__()
        self._draw_axes(self.panel(height=3.2))
        self._draw_decision(self.panel(height=3.2))

    def across(self, logit):
        """Where a logit stands on the first two axes, from 0 at the left to 1 at the right."""
        return (logit - self.LOW) / (self.HIGH - self.LOW)

    def path(self, logit, prob, top=2.0):
        """The way of one logit through the three axes, as x and y: straight down to its odds, slanting to its probability."""
        x = self.across(logit)
        return [x, x, x, prob], [top, 1.0, 0.62, 0.0]

    def _draw_axes(self, axes):
        axes.set(xlim=(-0.37, 1.03), ylim=(-0.42, 2.72))
        axes.axis("off")
        ticks = {
            "logit": [(self.across(t), number(t, "g")) for t in (-8, -4, 0, 4, 8)],
            "odds": [
                (self.across(math.log(o)), text)
                for o, text in ((1e-3, "1/1000"), (0.05, "1/20"), (1, "1"), (20, "20"), (1000, "1000"))
            ],
            "probability": [(p, f"{p:g}") for p in (0, 0.25, 0.5, 0.75, 1)],
        }
        for unit, y in self.ROWS.items():
            axes.plot([0, 1], [y, y], color=INK, lw=1)
            axes.text(-0.36, y + 0.06, unit, weight="bold", size=10.5, va="bottom")
            for x, text in ticks[unit]:
                axes.plot([x, x], [y, y - 0.05], color=INK, lw=1)
                axes.text(x, y - 0.09, text, ha="center", va="top", size=9.5, color=FAINT)
        self.readings = self.moving(
            "reading", [axes.text(-0.36, y - 0.04, "", va="top", size=11, color=PURPLE) for y in self.ROWS.values()]
        )
        self.passing = self.moving(
            "passing", axes.add_patch(Polygon([(0, 0)], color=PURPLE, alpha=0.13, lw=0, zorder=1.5))
        )
        self.threshold = self.moving("threshold", axes.plot([], [], "--", color=PURPLE, lw=2)[0])
        self.ways, self.marks, self.names = [], [], []
        # The logits keep their distances, so the names need two levels and three alignments once and for all.
        for label, height, side in zip(LABELS, (0.32, 0.13, 0.13, 0.13), ("center", "left", "center", "right")):
            color = COLORS[label]
            self.ways.append(self.moving(f"way-{label}", axes.plot([], [], color=color, lw=1, alpha=0.8)[0]))
            self.marks.append(
                self.moving(f"mark-{label}", axes.plot([], [], MARKERS[label], color=color, mew=1.5, ms=7.5)[0])
            )
            self.names.append(
                self.moving(
                    f"name-{label}", axes.text(0, 2 + height, label, ha=side, color=color, weight="bold", size=10)
                )
            )
        axes.text(1.03, 2.66, "passes: filled, in the shaded part →", ha="right", va="center", size=10, color=PURPLE)

    def _draw_decision(self, axes):
        axes.set(ylim=(0, 1.85), xlim=(-0.6, 3.6), yticks=[0, 0.25, 0.5, 0.75, 1])
        axes.set_ylabel("softmax probability", y=0.5 / 1.85)
        axes.set_xticks(range(4), LABELS)
        axes.spines["left"].set_bounds(0, 1)
        axes.hlines([0.25, 0.5, 0.75, 1], -0.6, 3.6, color="#DDDDDD", lw=0.8, zorder=0.5)
        self.count = self.moving("count", axes.text(-0.6, 1.74, "", weight="bold", va="center", color=PURPLE))
        axes.text(-0.6, 1.37, "Softmax's argmax picks exactly 1:", weight="bold", va="center")
        verdict = dict(ha="center", va="center", size=11)
        self.verdicts = self.moving("verdict", [axes.text(i, 1.57, "", color=PURPLE, **verdict) for i in range(4)])
        self.winners = self.moving("winner", [axes.text(i, 1.2, "", **verdict) for i in range(4)])
        self.bars = self.moving(
            "softmax",
            [
                axes.bar(i, 0.5, width=0.55, color=COLORS[label], hatch=HATCHES[label], edgecolor=PAPER)[0]
                for i, label in enumerate(LABELS)
            ],
        )
        self.heights = self.moving("height", [axes.text(i, 0, "", ha="center", va="bottom", size=10) for i in range(4)])

    def update(self, facts):
        x, y = self.path(facts.threshold_logit, facts.threshold_prob, top=2.1)
        self.threshold.set_data(x, y)
        self.passing.set_xy([*zip(x, y), (1, 0), (1, 2.1)])
        units = (
            number(facts.threshold_logit, ".2f"),
            number(facts.threshold_odds, ".4g"),
            f"{facts.threshold_prob:.4f}",
        )
        for text, reading in zip(self.readings, units):
            text.set_text(f"> {reading}")
        for i, label in enumerate(LABELS):
            logit, prob = facts.logits[i].item(), facts.sigmoids[i].item()
            x = self.across(logit)
            self.ways[i].set_data(*self.path(logit, prob))
            self.marks[i].set_data([x, x, prob], list(self.ROWS.values()))
            self.marks[i].set_markerfacecolor(COLORS[label] if facts.passes[i] else PAPER)
            self.names[i].set_x(x)
            self.verdicts[i].set_text("pass" if facts.passes[i] else "–")
            self.winners[i].set_text("winner" if i == facts.winner else "–")
            prob = facts.probs[i].item()
            self.bars[i].set_height(prob)
            self.heights[i].set(y=prob, text=f"{prob:.2f}")
        self.count.set_text(f"The threshold lets {facts.passes.sum()} of 4 pass:")


def describe(facts):
    """Say the threshold in its three units, which labels pass, and what softmax picks."""
    passing = [label for label, passes in zip(LABELS, facts.passes.tolist()) if passes]
    lets = f"{len(passing)} of 4 labels pass: {', '.join(passing)}" if passing else "0 of 4 labels pass"
    return (
        f"Threshold: logit {number(facts.threshold_logit, '.2f')} = odds {number(facts.threshold_odds, '.4g')} = "
        f"probability {facts.threshold_prob:.4f}. With c = {number(facts.c, '.2f')}, {lets}. "
        f"Softmax picks 1: {LABELS[facts.winner]}, with probability {facts.probs[facts.winner]:.4f}."
    )


def threshold_units(threshold_logit=THRESHOLD_LOGIT, c=0.0):
    """Return the explorer of one threshold in three units.

    Parameters
    ----------
    threshold_logit : number in [-5, 5], in logits; rounded to two decimals
    c : number in [-6, 6], added to every logit
    """
    t = logit_stop(check_number("threshold_logit", threshold_logit, -LIMIT, LIMIT))
    controls = {
        f"threshold_{unit}": SelectionSlider(description=f"threshold: {short}", options=stops)
        for unit, short, stops in (
            ("logit", "logit", [(number(t, ".2f"), t) for t in LOGIT_STOPS]),
            ("odds", "odds", [(number(o, ".4g"), o) for o in ODDS_STOPS]),
            ("prob", "prob.", [(f"{p:.2f}", p) for p in PROB_STOPS]),
        )
    }
    controls["c"] = FloatSlider(description="c on all logits", min=-6, max=6, step=0.25)
    values = {"threshold_logit": t, "threshold_odds": odds_stop(t), "threshold_prob": prob_stop(t), "c": c}
    return Explorer(
        "one threshold, three units",
        controls=controls,
        facts=facts,
        picture=ThresholdUnits,
        describe=describe,
        couple=couple,
        values=values,
    )

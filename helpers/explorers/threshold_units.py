"""One threshold in three units, of lesson 02: a logit, odds and a probability that move together.

The logit is the source of truth: all facts follow from it. The sliders for odds and probability show it in their own
unit, at the nearest of their stops, and set it when the reader moves them. So that no slider is pushed off the stop
where the reader put it, the stops fit: logits from −5 to 5 in steps of 0.01; the odds of these very logits; and whole
percents, which are coarser than the logits everywhere and cover the same range, sigmoid(±5) being 0.9933 and 0.0067.
Where logits of the reader's own reach further, stops further apart follow on either side, and the percents stay.
"""

import math
from bisect import bisect
from dataclasses import dataclass
from functools import partial

import torch
from matplotlib.patches import Polygon

from helpers.data import LABELS, LOGITS, THRESHOLD_LOGIT
from helpers.explorers._sliders import reach
from helpers.functions import sigmoid, softmax
from helpers.inputs import refuse
from helpers.inputs.classes import MOST, read_classes
from helpers.live import Explorer, FloatSlider, LivePicture, SelectionSlider, check_number, write
from helpers.style import CLASS_COLORS, CLASS_LOOKS, COLORS, FAINT, INK, ON_PAPER, PAPER, PURPLE, class_bars, share_axis
from helpers.text import minus, number, short

LIMIT = 5
FURTHEST = 700  # the logit up to which its odds are a float
LOGIT_STOPS = [k / 100 for k in range(-100 * LIMIT, 100 * LIMIT + 1)]
ODDS_STOPS = [math.exp(t) for t in LOGIT_STOPS]
PROB_STOPS = [k / 100 for k in range(1, 100)]


@dataclass(frozen=True)
class Facts:
    """The threshold in three units, and what it makes of the classes; tensors are float64, shape (K,)."""

    labels: tuple
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


def facts(threshold_logit, threshold_odds, threshold_prob, c, logits=LOGITS, labels=LABELS, decimals=2):
    """Return the facts at one threshold; `threshold_odds` and `threshold_prob` only repeat what the logit says.

    Logits and threshold are compared at two `decimals`, so that 3.49 is never above 3.49 by a float's last digit.
    """
    x = (logits.double() + c).round(decimals=decimals)
    t = torch.tensor(threshold_logit, dtype=torch.float64).round(decimals=decimals)
    return Facts(
        labels=labels,
        threshold_logit=t.item(),
        threshold_odds=t.exp().item(),
        threshold_prob=sigmoid(t).item(),
        c=c,
        logits=x,
        odds=x.exp(),
        sigmoids=sigmoid(x),
        passes=x > t,
        probs=softmax(x, 0),
        winner=int(x.argmax()),
    )


class ThresholdUnits(LivePicture):
    """Three axes, one threshold across all of them; and the decision on the four classes, beside softmax's."""

    ROWS = {"logit": 2.0, "odds": 1.0, "probability": 0.0}  # the height at which each unit's axis lies
    WAY = None  # the colour of all ways; None is each class's own

    def __init__(self, labels=LABELS, low=-9.0, high=12.0):
        """`low` and `high` are the logits where the first two axes end."""
        super().__init__()
        self.labels, self.low, self.high = labels, low, high
        self._draw_axes(self.panel())
        self._draw_decision(self.panel())

    def across(self, logit):
        """Return where a logit stands on the first two axes, from 0 at the left to 1 at the right."""
        return (logit - self.low) / (self.high - self.low)

    def ticks(self):
        """Return the ticks of the axes of logits and of odds, each as (logit, what it says)."""
        odds = {1e-3: "1/1000", 0.05: "1/20", 1: "1", 20: "20", 1000: "1000"}
        return [(t, number(t, "g")) for t in (-8, -4, 0, 4, 8)], [(math.log(o), text) for o, text in odds.items()]

    def path(self, logit, prob, top=2.0):
        """Return the x and y of a logit's way through the three axes: down to its odds, slanting to its probability."""
        x = self.across(logit)
        return [x, x, x, prob], [top, 1.0, 0.62, 0.0]

    def _draw_axes(self, axes):
        axes.set(xlim=(-0.37, 1.03), ylim=(-0.42, 2.72))
        axes.set_axis_off()
        logits, odds = self.ticks()
        ticks = {
            "logit": [(self.across(t), text) for t, text in logits],
            "odds": [(self.across(t), text) for t, text in odds],
            "probability": [(p, f"{p:g}") for p in (0, 0.25, 0.5, 0.75, 1)],
        }
        words = dict(ha="center", va="top", size=9.5, color=FAINT, bbox=ON_PAPER)
        for unit, y in self.ROWS.items():
            axes.plot([0, 1], [y, y], color=INK, lw=1)
            axes.text(-0.36, y + 0.06, unit, weight="bold", size=10.5, va="bottom")
            axes.vlines([x for x, _ in ticks[unit]], y - 0.05, y, color=INK, lw=1)
            # They stay where they are, but lie over the lines that move.
            self.moving(f"{unit}-tick", [axes.text(x, y - 0.1, text, **words) for x, text in ticks[unit]])
        places = [(-0.36, y - 0.04) for y in self.ROWS.values()]
        self.readings = self.texts("reading", axes, places, va="top", size=11, color=PURPLE)
        shaded = Polygon([(0, 0)], color=PURPLE, alpha=0.13, lw=0, zorder=1.5)
        self.passing = self.moving("passing", axes.add_patch(shaded))
        self.threshold = self.line("threshold", axes, [], "--", color=PURPLE, lw=2)
        self.ways, self.marks = [], []
        for i, (color, _, marker) in enumerate(CLASS_LOOKS[: len(self.labels)]):
            self.ways.append(self.line(f"way-{i}", axes, [], color=self.WAY or color, lw=1, alpha=0.8))
            self.marks.append(self.line(f"mark-{i}", axes, [], marker, color=color, mew=1.5, ms=7.5))
        self._draw_names(axes)
        axes.text(1.03, 2.66, "passes: filled, in the shaded part →", ha="right", va="center", size=10, color=PURPLE)

    def _draw_names(self, axes):
        # The logits keep their distances, so the names need two levels and three alignments once and for all.
        aligned = zip(LABELS, (0.32, 0.13, 0.13, 0.13), ("center", "left", "center", "right"))
        self.names = []
        for i, (label, height, side) in enumerate(aligned):
            look = dict(ha=side, color=COLORS[label], weight="bold", size=10)
            self.names.append(self.moving(f"name-{i}", axes.text(0, 2 + height, label, **look)))

    def _draw_decision(self, axes):
        axes.set(ylim=(0, 1.85), xlim=(-0.6, 3.6), yticks=[0, 0.25, 0.5, 0.75, 1])
        axes.set_ylabel("softmax probability", y=0.5 / 1.85)
        axes.set_xticks(range(4), LABELS)
        axes.spines["left"].set_bounds(0, 1)
        axes.hlines([0.25, 0.5, 0.75, 1], -0.6, 3.6, color="#DDDDDD", lw=0.8, zorder=0.5)
        self.count = self.text("count", axes, -0.6, 1.74, weight="bold", va="center", color=PURPLE)
        axes.text(-0.6, 1.37, "Softmax's argmax picks exactly 1:", weight="bold", va="center")
        verdict = dict(ha="center", va="center", size=11)
        self.verdicts = self.texts("verdict", axes, [(i, 1.57) for i in range(4)], color=PURPLE, **verdict)
        self.winners = self.texts("winner", axes, [(i, 1.2) for i in range(4)], **verdict)
        self.bars = self.moving("softmax", axes.bar(range(4), 0.5, width=0.55, **class_bars(4)))
        self.heights = self.texts("height", axes, [(i, 0) for i in range(4)], ha="center", va="bottom", size=10)

    def update(self, facts):
        x, y = self.path(facts.threshold_logit, facts.threshold_prob, top=2.1)
        self.threshold.set_data(x, y)
        self.passing.set_xy([*zip(x, y), (1, 0), (1, 2.1)])
        write(self.readings, (f"> {reading}" for reading in in_three_units(facts)))
        for i in range(len(facts.labels)):
            logit, prob = facts.logits[i].item(), facts.sigmoids[i].item()
            x = self.across(logit)
            self.ways[i].set_data(*self.path(logit, prob))
            self.marks[i].set_data([x, x, prob], list(self.ROWS.values()))
            self.marks[i].set_markerfacecolor(CLASS_COLORS[i] if facts.passes[i] else PAPER)
            self.verdicts[i].set_text("pass" if facts.passes[i] else "–")
            self.winners[i].set_text("winner" if i == facts.winner else "–")
            self.heights[i].set_text(f"{facts.probs[i].item():.2f}")
            self._update_class(i, x, facts.probs[i].item())
        self.count.set_text(f"The threshold lets {facts.passes.sum()} of {len(facts.labels)} pass:")

    def _update_class(self, i, x, prob):
        self.bars[i].set_height(prob)
        self.heights[i].set_y(prob)
        self.names[i].set_x(x)


class OwnThresholdUnits(ThresholdUnits):
    """The same for classes of the reader's own: a row each tells them apart, and no name stands on an axis."""

    WAY = FAINT

    def __init__(self, labels=LABELS, edge=12.0):
        super().__init__(labels, -edge, edge)

    def ticks(self):
        power = max(2, int(self.high / math.log(10) / 2.2))  # of ten, so that twice that lies inside of the axis
        odds = [(n * power * math.log(10), minus(f"1e{n * power:+d}") if n else "1") for n in range(-2, 3)]
        return [(share * self.high, number(share * self.high, "g")) for share in (-1, -0.5, 0, 0.5, 1)], odds

    def _draw_names(self, axes):
        """They stand in the rows of the decision."""

    def _draw_decision(self, axes):
        n = len(self.labels)
        axes.set_ylim(max(n, 5) - 0.4, -2.6)
        share_axis(axes, -1.4, 1.75, "softmax probability")
        self.count = self.text("count", axes, -1.4, -2.1, weight="bold", va="center", color=PURPLE)
        axes.text(-1.4, -1.1, "Softmax's argmax picks exactly 1:", weight="bold", va="center")
        for i, (color, _, marker) in enumerate(CLASS_LOOKS[:n]):
            axes.plot([-1.33], [i], marker, color=color, mew=1.5, ms=7)
            axes.text(-1.22, i, short(self.labels[i]), va="center", color=color, weight="bold", size=9.5)
        verdict = dict(ha="center", va="center", size=10)
        self.verdicts = self.texts("verdict", axes, [(-0.28, i) for i in range(n)], color=PURPLE, **verdict)
        self.winners = self.texts("winner", axes, [(1.55, i) for i in range(n)], **verdict)
        self.bars = self.moving("softmax", axes.barh(range(n), 0, height=0.6, **class_bars(n)))
        self.heights = self.texts("height", axes, [(1.25, i) for i in range(n)], ha="right", va="center", size=10)

    def _update_class(self, i, x, prob):
        self.bars[i].set_width(prob)


def in_four_decimals(prob):
    """Return a probability at four decimals, or as a power of ten where these are 0."""
    return number(prob, ".4f" if prob >= 5e-5 else ".1e")


def in_three_units(facts):
    """Return the threshold as the picture and the sentence have it: the logit, the odds and the probability."""
    prob = in_four_decimals(facts.threshold_prob)
    return number(facts.threshold_logit, ".2f"), number(facts.threshold_odds, ".4g"), prob


def describe(facts):
    """Say the threshold in its three units, which labels pass, and what softmax picks."""
    passing = [label for label, passes in zip(facts.labels, facts.passes.tolist()) if passes]
    lets = f"{len(passing)} of {len(facts.labels)} labels pass"
    lets += f": {', '.join(passing)}" if passing else ""
    logit, odds, prob = in_three_units(facts)
    return (
        f"Threshold: logit {logit} = odds {odds} = probability {prob}. With c = {number(facts.c, '.2f')}, {lets}. "
        f"Softmax picks 1: {facts.labels[facts.winner]}, with probability {facts.probs[facts.winner]:.4f}."
    )


def couple(moved, values, stops=LOGIT_STOPS):
    """Return the stops of the other two threshold sliders, once one has moved.

    A slider that stands where the logit puts it already changes nothing: a message that arrives late or twice must
    not turn a logit of 3.00 into that of its rounded probability, 2.94.
    """
    if moved == "c":
        return {}
    t = logit_stop(values["threshold_logit"], stops)
    if moved == "threshold_odds" and values["threshold_odds"] != odds_stop(t):
        t = logit_stop(math.log(values["threshold_odds"]), stops)
    if moved == "threshold_prob" and values["threshold_prob"] != prob_stop(t):
        t = logit_stop(math.log(values["threshold_prob"] / (1 - values["threshold_prob"])), stops)
    follow = {"threshold_logit": t, "threshold_odds": odds_stop(t), "threshold_prob": prob_stop(t)}
    return {name: value for name, value in follow.items() if name != moved}


def logit_stop(t, stops=LOGIT_STOPS):
    """Return the stop that is next to t."""
    place = bisect(stops, t)
    return min(stops[max(place - 1, 0) : place + 1], key=lambda stop: abs(stop - t))


def odds_stop(t):
    """Return the stop of the odds at the logit t."""
    return math.exp(max(-FURTHEST, min(t, FURTHEST)))


def prob_stop(t):
    """Return the whole percent next to the probability of the logit t."""
    return max(0.01, min(round(100 / (1 + 1 / odds_stop(t))) / 100, 0.99))


def logit_stops(limit):
    """Return the stops from -limit to limit: beyond ±5 they are 1/500 of the limit apart.

    >>> logit_stops(5) == LOGIT_STOPS, [round(stop, 2) for stop in logit_stops(10)[-3:]]
    (True, [9.96, 9.98, 10.0])
    """
    outer = [stop for stop in (round(k * limit / 500, 9) for k in range(501)) if stop > LIMIT]
    return [*(-stop for stop in reversed(outer)), *LOGIT_STOPS, *outer]


def threshold_units(logits=None, threshold_logit=None, c=0.0, labels=None):
    """Return the explorer of one threshold in three units.

    Parameters
    ----------
    logits : tensor, array or sequence of 2 to 12 finite numbers, of any device and type, shape (K,), optional
        The threshold reaches as far as the largest needs, and is compared with them at six decimals.
    threshold_logit : number in [-5, 5], in logits, or as far as your own reach
        It is rounded to two decimals, or the next stop.
    c : number in [-6, 6], added to every logit
    labels : sequence of K names, optional
    """
    if logits is None and labels is not None:
        raise refuse("labels", labels, "a tensor of logits with them: threshold_units(logits, labels=...)")
    limit, start, picture, of = LIMIT, THRESHOLD_LOGIT, ThresholdUnits, facts
    if logits is not None:
        classes = read_classes(logits, labels, "threshold_units", dims=(1,), most=MOST)
        x, labels = classes.logits, classes.labels
        limit, start = max(LIMIT, reach(x)[0]), 0.0
        edge, _ = reach(torch.tensor([x.abs().max() + 6, limit]))
        picture, of = partial(OwnThresholdUnits, labels, edge), partial(facts, logits=x, labels=labels, decimals=6)
    stops = LOGIT_STOPS if limit == LIMIT else logit_stops(limit)
    start = start if threshold_logit is None else threshold_logit
    t = logit_stop(check_number("threshold_logit", start, -limit, limit), stops)
    controls = {
        f"threshold_{unit}": SelectionSlider(description=f"threshold: {text}", options=options)
        for unit, text, options in (
            ("logit", "logit", [(number(t, ".2f"), t) for t in stops]),
            ("odds", "odds", [(number(o, ".4g"), o) for o in dict.fromkeys(map(odds_stop, stops))]),
            ("prob", "prob.", [(f"{p:.2f}", p) for p in PROB_STOPS]),
        )
    }
    controls["c"] = FloatSlider(description="c on all logits", min=-6, max=6, step=0.25)
    values = {"threshold_logit": t, "threshold_odds": odds_stop(t), "threshold_prob": prob_stop(t), "c": c}
    return Explorer(
        "one threshold, three units",
        controls=controls,
        facts=of,
        picture=picture,
        describe=describe,
        couple=partial(couple, stops=stops),
        values=values,
    )

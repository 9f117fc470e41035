"""Bayes, of lesson 10: two kinds of photo, one measured number, and the logit that follows from how often, how far."""

import math
from dataclasses import dataclass

import torch

from helpers.functions import sigmoid
from helpers.live import Explorer, FloatSlider, LivePicture
from helpers.style import BLUE, FAINT, INK, ORANGE, PURPLE, legend_above
from helpers.text import number

LOW, HIGH = -4.0, 8.0
TALLEST = 12.0  # a logit beyond is drawn at the edge
GRID = torch.linspace(LOW, HIGH, 241, dtype=torch.float64)


@dataclass(frozen=True)
class Facts:
    """The stripes x of a photo and what they say; `densities` (no, yes) are weighted by how often each kind occurs."""

    prior: float
    distance: float
    spread: float
    x: float
    prior_logit: float
    evidence: float  # the log likelihood ratio
    densities: tuple

    @property
    def logit(self):
        return self.prior_logit + self.evidence

    @property
    def prob(self):
        return sigmoid(torch.tensor(self.logit, dtype=torch.float64)).item()


def weighted(x, prior, distance, spread):
    """Return how often photos with x occur, without a zebra and with one: two normal densities times their shares."""
    no = (1 - prior) * (-(x**2) / 2).exp() / math.sqrt(2 * math.pi)
    yes = prior * (-(((x - distance) / spread) ** 2) / 2).exp() / (spread * math.sqrt(2 * math.pi))
    return no, yes


def log_likelihood_ratio(x, distance, spread):
    """Return log(density of x with a zebra / density of x without): N(distance, spread²) against N(0, 1)."""
    return x**2 / 2 - ((x - distance) / spread) ** 2 / 2 - math.log(spread)


def facts(prior, distance, spread, x):
    """Return what Bayes' rule makes of the stripes x."""
    point = torch.tensor(x, dtype=torch.float64)
    densities = tuple(each.item() for each in weighted(point, prior, distance, spread))
    evidence = log_likelihood_ratio(x, distance, spread)
    return Facts(prior, distance, spread, x, math.log(prior / (1 - prior)), evidence, densities)


class Bayes(LivePicture):
    """Left how often photos with each x occur, of both kinds; right the logit, a sum of two terms, over x."""

    def __init__(self):
        super().__init__()
        self._draw_densities(self.panel(4.7, 3.1, xlim=(LOW, HIGH), xlabel="x, how striped the photo is"))
        self._draw_logit(self.panel(4.7, 3.1, xlim=(LOW, HIGH), xlabel="x"))

    def _draw_densities(self, axes):
        axes.set(ylim=(0, 0.43), ylabel="how often (density × share)")
        looks = (("no zebra", BLUE, "-", "o"), ("zebra", ORANGE, "--", "s"))
        curves = [axes.plot([], color=color, ls=style, label=name)[0] for name, color, style, _ in looks]
        self.curves = self.moving("curve", curves)
        self.here = self.moving("here", axes.axvline(color=FAINT, lw=1))
        dots = [axes.plot([], mark, color=color, mec=INK, ms=8)[0] for _, color, _, mark in looks]
        self.dots = self.moving("dot", dots)
        legend_above(axes, 2)

    def _draw_logit(self, axes):
        axes.set(ylim=(-TALLEST, TALLEST), ylabel="logit of “zebra”")
        axes.axhline(0, color=FAINT, lw=0.8)
        self.level = self.moving("level", axes.axhline(color=PURPLE, lw=1.4, ls=":", label="log prior odds"))
        self.logit = self.line("logit", axes, [], color=INK, lw=1.8, label="logit")
        self.evidence = self.line("evidence", axes, [], color=ORANGE, lw=3, label="log likelihood ratio")
        self.at = self.line("at", axes, [], "D", color=INK, ms=7)
        self.sum = self.text("sum", axes, 0.5, 0.03, transform=axes.transAxes, ha="center", size=10.5)
        legend_above(axes, 3, bbox_to_anchor=(0.45, 1), columnspacing=1, handlelength=1.5)

    def update(self, facts):
        kinds = facts.distance, facts.spread
        for curve, heights in zip(self.curves, weighted(GRID, facts.prior, *kinds)):
            curve.set_data(GRID, heights)
        for dot, height in zip(self.dots, facts.densities):
            dot.set_data([facts.x], [height])
        self.here.set_xdata([facts.x, facts.x])
        self.level.set_ydata([facts.prior_logit] * 2)
        logits = facts.prior_logit + log_likelihood_ratio(GRID, *kinds)
        self.logit.set_data(GRID, logits.where(logits.abs() <= TALLEST, math.nan))
        top = min(max(facts.logit, -TALLEST), TALLEST)
        self.evidence.set_data([facts.x, facts.x], [facts.prior_logit, top])
        self.at.set_data([facts.x], [top])
        terms = number(facts.prior_logit, ".2f"), signed(facts.evidence), number(facts.logit, ".2f")
        self.sum.set_text(f"{terms[0]} {terms[1]} = {terms[2]},  σ = {number(facts.prob)}")


def signed(value):
    """Return a number as the second term of a sum.

    >>> signed(1.5), signed(-1.5), signed(-0.001)
    ('+ 1.50', '− 1.50', '+ 0.00')
    """
    text = number(value, ".2f")
    return f"− {text[1:]}" if text[0] == "−" else f"+ {text}"


def describe(facts):
    """Say the two terms, their sum and the probability."""
    return (
        f"A share of {number(facts.prior, '.2f')} of the photos holds a zebra: log prior odds "
        f"{number(facts.prior_logit, '.2f')}. At x = {number(facts.x, '.1f')} the log likelihood ratio is "
        f"{number(facts.evidence, '.2f')}. Their sum, the logit, is {number(facts.logit, '.2f')}, and the probability "
        f"of a zebra is {number(facts.prob)}."
    )


def bayes(prior=0.5, distance=2.0, spread=1.0, x=2.0):
    """Return the explorer of log prior odds + log likelihood ratio = logit.

    Parameters
    ----------
    prior : number in [0.01, 0.99], the share of photos with a zebra
    distance : number in [0, 4], between the means of the two kinds, in standard deviations of the kind without
    spread : number in [1, 2], the standard deviation of the kind with a zebra; of the other it is 1
    x : number in [-4, 8], of one photo

    Derived in notebooks/10_why_these_two.ipynb.
    """
    controls = {
        "prior": FloatSlider(description="zebra share", min=0.01, max=0.99, step=0.01),
        "distance": FloatSlider(description="distance", min=0.0, max=4.0, step=0.1),
        "spread": FloatSlider(description="zebra spread", min=1.0, max=2.0, step=0.1),
        "x": FloatSlider(description="x, stripes", min=LOW, max=HIGH, step=0.1),
    }
    values = {"prior": prior, "distance": distance, "spread": spread, "x": x}
    return Explorer("Bayes", controls=controls, facts=facts, picture=Bayes, describe=describe, values=values)

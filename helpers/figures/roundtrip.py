"""The pictures of lessons 07 and 91: four plots over 400,000 floats that hide what matters, and what shows it."""

import math

import torch

from helpers.floats import (
    ideal_saturation,
    in_bulk,
    neighbour,
    roundtrip_bound,
    saturation,
    step,
    textbook_roundtrip,
    unit_roundoff,
)
from helpers.style import ARROW, BLUE, FAINT, INK, ORANGE, PAPER, Picture, legend_above, look, new_panel
from helpers.text import minus, number

NO_ERROR = 1e-9  # drawn where an error is 0, which a log scale does not have


def thin(x, y, bins=400):
    """Return few of many points, (x, y): the lowest and the highest of each bin, in order, so that no spike is lost.

    Points whose y is not finite are left out.

    >>> x = torch.arange(100_000.0)
    >>> few, spike = thin(x, (x == 31_416).float(), bins=10)
    >>> len(few), spike.max().item()
    (20, 1.0)
    """
    finite = y.isfinite()
    x, y = x[finite].double(), y[finite].double()
    if len(x) <= 2 * bins:
        return x, y
    short = -len(x) % bins
    binned = torch.cat([y, y[-1:].expand(short)]).reshape(bins, -1)  # the last point fills the last bin up
    ends = torch.stack([binned.argmin(1), binned.argmax(1)], 1).sort(1).values
    first_of_bin = torch.arange(bins)[:, None] * binned.shape[1]
    picked = (first_of_bin + ends).reshape(-1).clamp_max(len(x) - 1)
    return x[picked], y[picked]


def relative_error(x):
    """Return the "relative error" of logit(σ(x)) often drawn: a small number is added above and below the line."""
    return (torch.logit(torch.sigmoid(x)) - x + 1e-5) / (x + 1e-3)


def one_plot(x, y, ylabel):
    """Return (figure, axes) of y over x as most people draw it: one line, no word about what is missing."""
    figure, axes = new_panel()
    axes.plot(*thin(x, y), color=BLUE, lw=1.2)
    axes.set(xlim=(-21, 21), xlabel="x", ylabel=ylabel)
    axes.grid()
    return figure, axes


def mark_span(axes, low, high, y, words, hatch="\\\\", **look):
    """Hatch the axes from `low` to `high`, and write at the height `y` what there is instead of a curve."""
    axes.axvspan(low, high, facecolor=PAPER, edgecolor="#C9B39E", hatch=hatch, lw=0)
    # The size before the colour behind it: matplotlib measures the rim of that by the size it finds.
    axes.text((low + high) / 2, y, words, ha="center", **look, backgroundcolor=PAPER)


UPRIGHT = dict(rotation=90, va="center")  # words in a narrow span


@look()
def plot_logit(x):
    """Return logit(x) over x from −20 to 20."""
    y = torch.logit(x)
    # Without the few points that lie closest to 0 and 1, or the line would run out of the axes.
    figure, axes = one_plot(x, y.where(y.abs() < 10, math.nan), "logit(x)")
    axes.set(ylim=(-9, 9))
    missing = y.isnan().double().mean().item()
    axes.text(-10.5, 2, "no curve here:\nall NaN", ha="center", color=FAINT)
    axes.text(11, 2, "nor here", ha="center", color=FAINT)
    return Picture(
        figure,
        alt=f"As it comes: logit(x) for x from −20 to 20. The axis is empty but for a nearly vertical line at "
        f"x between 0 and 1; {100 * missing:.1f} % of the points are NaN.",
    )


@look()
def logit_on_probabilities():
    """Return logit(p) on (0, 1), with the logits of the first and the last float32 in there."""
    figure, axes = new_panel()
    middle = torch.linspace(0, 1, 401, dtype=torch.float64)[1:-1]
    ends = 10.0 ** -torch.arange(3.0, 7.0, 0.05).double()
    p = torch.cat([ends.flip(0), middle, 1 - ends]).sort().values
    axes.plot(p, torch.logit(p), color=BLUE)
    axes.plot([0.5], [0], "o", color=INK)
    axes.annotate("logit(0.5) = 0", (0.5, 0), (0.55, -2.5))
    for end in (0, 1):
        axes.axvline(end, color=ORANGE, ls="--", lw=1)
    first, last = neighbour(torch.tensor(0.0)), neighbour(torch.tensor(1.0), -1)
    low, high = torch.logit(torch.stack([first, last])).tolist()
    axes.text(0.03, -14.5, minus(f"float32 goes on to\np = {first:.1e}: logit {low:.2f}"), size=10)
    axes.text(0.97, 12, f"float32 ends at\np = 1 − 6e−08: logit {high:.4f}", ha="right", size=10)
    axes.set(xlim=(-0.06, 1.06), ylim=(-17, 17), xlabel="probability p", ylabel="logit(p) = log(p / (1 − p))")
    return Picture(
        figure,
        alt=f"logit(p) for probabilities p between 0 and 1: it rises from −∞ at 0 through 0 at p = 0.5 to +∞ at 1. The "
        f"smallest positive float32 has the logit {number(low, '.2f')}, the largest below 1 has {high:.4f}.",
    )


@look()
def plot_sigmoid(x):
    """Return σ(x) over x from −20 to 20."""
    y = torch.sigmoid(x)
    figure, axes = one_plot(x, y, "sigmoid(x)")
    return Picture(
        figure,
        alt=f"As it comes: σ(x) for x from −20 to 20, a smooth S from {number(y[0], '.1e')} up. To the "
        f"eye it nears 1 and never gets there; the last point drawn is {y[-1]:.8f}.",
    )


@look()
def sigmoid_with_ends():
    """Return σ(x) in float32 over x from −130 to 50, its exactly-0 and exactly-1 regions marked."""
    figure, axes = new_panel(4.9)
    x = torch.linspace(-130, 50, 721)
    axes.plot(x, torch.sigmoid(x), color=BLUE, lw=2)
    zero, one = (end.item() for end in saturation(torch.float32))
    ideal_zero, ideal_one = (end.item() for end in ideal_saturation(torch.float32))
    for low, high, hatch, words in ((-130, zero, "//", "exactly 0"), (one, 50, "\\\\", "exactly 1")):
        mark_span(axes, low, high, 0.5, words, hatch, **UPRIGHT)
    for value, ideal in ((zero, ideal_zero), (one, ideal_one)):
        axes.axvline(value, color=ORANGE, lw=1.5)
        axes.axvline(ideal, color=INK, lw=1, ls=":")
    axes.plot([], color=ORANGE, lw=1.5, label=minus(f"torch: {zero:.4f} and {one:.4f}"))
    rounded = minus(f"correctly rounded: {ideal_zero:.3f} and {ideal_one:.4f}")
    axes.plot([], color=INK, lw=1, ls=":", label=rounded)
    legend_above(axes, 1, fontsize=10)
    axes.set(xlim=(-130, 50), ylim=(-0.04, 1.04), xlabel="x", ylabel="sigmoid(x) in float32")
    return Picture(
        figure,
        alt=minus(
            f"σ(x) in float32 for x from −130 to 50 with two hatched regions: exactly 0 up to {zero:.4f}, exactly 1 "
            f"from {one:.4f} on. Correct rounding would put these ends at {ideal_zero:.3f} and {ideal_one:.4f}."
        ),
    )


@look()
def plot_roundtrip(x):
    """Return logit(σ(x)) over x from −20 to 20."""
    y = torch.logit(torch.sigmoid(x))
    figure, axes = one_plot(x, y, "logit(sigmoid(x))")
    axes.set(ylim=(-21, 21))
    last = x[y.isfinite()].max().item()
    return Picture(
        figure,
        alt=f"The round trip: logit(σ(x)) for x from −20 to 20. A diagonal that turns into stairs above 13 and "
        f"ends at {last:.4f}; to the right of that nothing is drawn.",
    )


@look()
def staircase(x):
    """Return logit(σ(x)) near both ends of what float32 can do, at one scale: straight left, stairs right."""
    back = torch.logit(torch.sigmoid(x))
    last = step(torch.tensor(16.0))
    low, high = last.low.item(), last.high.item()
    value = torch.logit(neighbour(torch.tensor(1.0), -2)).item()  # of the last float but one below 1
    panels = []
    for left, right in ((-17.7, -12.3), (12.3, 17.7)):
        figure, axes = new_panel()
        axes.plot([left, right], [left, right], color=FAINT, ls="--", lw=1, label="x itself")
        shown = (x >= left) & (x <= right)
        axes.plot(*thin(x[shown], back[shown], bins=500), color=BLUE, lw=1.8, label="logit(σ(x))")
        axes.set(xlim=(left, right), ylim=(left, right), xlabel="x", ylabel="logit(sigmoid(x))")
        axes.legend(loc="upper left")
        panels.append(figure)
        if left > 0:
            mark_span(axes, high, right, 14.2, "+inf")
            said = f"last step: {value:.4f}\nfor x from {low:.4f} to {high:.4f}"
            axes.annotate(said, (low + 0.3, value), (13.6, 12.8), arrowprops=ARROW, size=10)
        else:
            axes.text(-15.2, -16.9, "no step to be seen:\nx comes back", size=10)
    return Picture(
        *panels,
        alt=f"logit(σ(x)) against x in float32, two panels of one scale. From −17.7 to −12.3 it is the diagonal. From "
        f"12.3 to 17.7 it is a staircase whose steps grow; the last runs from x = {low:.4f} to {high:.4f} at the value "
        f"{value:.4f}, then all is +inf.",
    )


@look()
def plot_relative_error(x):
    """Return the "relative error" over x from −20 to 20."""
    y = relative_error(x)
    figure, axes = one_plot(x, y, "relative error, patched")
    finite = y[y.isfinite()]
    spike = finite.abs().max().item()
    at = x[y.isfinite()][finite.abs().argmax()].item()
    axes.text(-19.5, 0.5 * spike, "one spike,\nand nothing else\nto be seen", color=FAINT)
    return Picture(
        figure,
        alt=minus(
            f"The relative error: a flat line at 0 with one spike of about {round(spike, -3):,.0f} at x = {at:.3f}. "
            f"The errors near 16 cannot be seen."
        ),
    )


@look()
def error_and_bound(x):
    """Return |logit(σ(x)) − x| on a log scale, with the bound 2u(1 + e^x).

    The line is drawn from the textbook formulas, which every processor computes alike; the numbers are torch's.
    """
    figure, axes = new_panel(4.9)
    error = (torch.logit(torch.sigmoid(x)).double() - x.double()).abs()
    _, back = textbook_roundtrip(x)
    few, worst = highest(x, (back.double() - x.double()).abs(), size=500)
    axes.plot(few, worst.clamp_min(NO_ERROR), color=BLUE, lw=1.2, label="worst |logit(σ(x)) − x| of 500 points")
    line = torch.linspace(-20, 20, 161, dtype=torch.float64)
    axes.plot(line, roundtrip_bound(line), color=INK, ls="--", lw=1.2, label="bound 2u(1 + $e^x$)")
    one = saturation(torch.float32)[1].item()
    mark_span(axes, one, 20, 3e-5, f"+inf from {one:.4f}", size=10, **UPRIGHT)
    axes.axhline(NO_ERROR, color=FAINT, lw=0.6, ls=":")
    axes.set(xlim=(-20, 20), yscale="log", ylim=(NO_ERROR / 2, 30), xlabel="x", ylabel="error")
    powers = range(-8, 2, 2)
    axes.set_yticks([NO_ERROR, *(10.0**p for p in powers)], ["0", *(f"$10^{{{p}}}$" for p in powers)])
    axes.minorticks_off()
    legend = legend_above(axes, 1, fontsize=10)
    legend.get_texts()[1].set_parse_math(True)
    marks = [(limit, error[x < limit].max().item()) for limit in (5, 10, 14)]
    for limit, value in marks:
        axes.plot([limit], [value], "o", color=ORANGE, mec=INK)
        axes.text(limit - 0.7, value * 2.5, number(value, ".2g" if value > 1e-3 else ".1e"), ha="right", size=10)
    left = error[x < 0].max().item()
    first = math.floor(x[error > 0].min())
    axes.text(-19.5, 8e-7, "0 here, at most\na few u up to x = 0", size=10)
    listed = ", ".join(f"{value:.2g} below x = {limit}" for limit, value in marks)
    return Picture(
        figure,
        alt=minus(
            f"|logit(σ(x)) − x| in float32 on a log scale. Left of {first} the error is 0, for all negative x it is at "
            f"most {left / unit_roundoff(torch.float32):.0f} u. Left of 2 it may be twice the bound 2u(1 + e^x); "
            f"right of 2 it climbs just under it, like e^x: at most {listed}; from {one:.4f} on it is infinite."
        ),
    )


def highest(x, y, size):
    """Return the middle x and the largest finite y per run of `size` points; runs with an infinite y are left out."""
    x, y = (each[: len(each) // size * size].double().reshape(-1, size) for each in (x, y))
    top = y.max(1).values
    kept = top.isfinite()
    return x.mean(1)[kept], top[kept]


def complement_error(x):
    """Return the relative error of 1 − σ(x), computed in float32, against σ(−x) in float64."""
    return lost(x, in_bulk(torch.sigmoid, x))


def lost(x, probs):
    """Return the relative error of 1 − probs against σ(−x) in float64."""
    return ((1 - probs).double() / torch.sigmoid(-x.double()) - 1).abs()


@look()
def complement(x):
    """Return 1 − σ(x) beside σ(−x), and the relative error of the first, for x from 0 to 20."""
    x = x[x >= 0]
    left, values = new_panel()
    values.plot(*thin(x, torch.sigmoid(-x)), color=INK, ls="--", lw=1.2, label="σ(−x)")
    rest = 1 - torch.sigmoid(x)
    end = saturation(torch.float32)[1].item()
    few, steps = thin(x[rest > 0], rest[rest > 0])
    # The last step goes straight down to 0, which a log scale does not have: to below the axes.
    stairs = [*few.tolist(), end, end], [*steps.tolist(), steps[-1].item(), 1e-12]
    values.plot(*stairs, color=BLUE, lw=1.5, label="1 − σ(x)")
    values.annotate(f"0 from {end:.4f} on", (end, 4e-9), (8, 4e-9), va="center", arrowprops=ARROW)
    values.set(yscale="log", xlabel="x", ylabel="probability of “no”", xlim=(0, 20), ylim=(1e-9, 2))
    values.legend(loc="upper right")
    right, errors = new_panel()
    probs, _ = textbook_roundtrip(x)  # the same on every processor, as a picture must be
    errors.plot(*highest(x, lost(x, probs), size=200), color=BLUE, lw=1.2)
    points = torch.tensor([10.0, 16.0, 17.0])
    worst = complement_error(points).tolist()
    for at, error in zip(points.tolist(), worst):
        errors.plot([at], [error], "o", color=ORANGE, mec=INK)
        words = f"x = {at:.0f}: {100 * error:.2g} %" if error < 1 else f"x = {at:.0f}: 100 %"
        aside = (3, -36) if at == 16 else (-6, 6)  # below the curve, or it would meet the label of 17
        errors.annotate(words, (at, error), aside, textcoords="offset points", ha="right")
    errors.set(yscale="log", xlabel="x", ylabel="relative error of 1 − σ(x)", xlim=(0, 20), ylim=(1e-8, 10))
    return Picture(
        left,
        right,
        alt=minus(
            f"Left: σ(−x) falls like e^−x for x from 0 to 20; 1 − σ(x) follows it, breaks into steps and is 0 from "
            f"{end:.4f} on. Right: the relative error of 1 − σ(x) is {worst[0]:.1e} at x = 10, {100 * worst[1]:.1f} % "
            f"at 16 and {100 * worst[2]:.0f} % at 17."
        ),
    )


@look()
def clamped(x, eps=1e-6):
    """Return torch.logit(σ(x), eps): two plateaus that do not mirror each other."""
    figure, axes = new_panel()
    axes.plot([-20, 20], [-20, 20], color=FAINT, ls="--", lw=1, label="x itself")
    back = torch.logit(torch.sigmoid(x), eps)
    axes.plot(*thin(x, back), color=BLUE, lw=1.8, label=minus(f"logit(σ(x), eps={eps:g})"))
    low, high = torch.logit(torch.tensor([0.0, 1.0]), eps).tolist()
    axes.text(-19.5, low + 2.5, minus(f"gradient 0\n{low:.5f}"), size=10)
    axes.text(19.5, high - 2.5, f"+{high:.5f}\ngradient 0", ha="right", va="top", size=10)
    axes.set(xlim=(-20, 20), ylim=(-20, 20), xlabel="x", ylabel="what comes back")
    axes.legend(loc="upper left")
    return Picture(
        figure,
        alt=minus(
            f"torch.logit(σ(x), eps={eps:g}) for x from −20 to 20: the diagonal, cut off by two flat pieces at "
            f"{low:.5f} and {high:.5f}. They differ by {abs(low + high):.4f} in size, and the gradient on both is 0."
        ),
    )

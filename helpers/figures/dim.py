"""The pictures of lesson 03: which numbers compete, and what happens to a photo whose neighbours compete with it."""

import math

import torch
from matplotlib.colors import to_rgb
from matplotlib.patches import FancyArrowPatch, Rectangle

from helpers.data import LABELS, LOGITS, SOFTMAX_INPUT
from helpers.functions import softmax
from helpers.style import BLUE, COLORS, FAINT, INK, ORANGE, PALE, PAPER, PURPLE, Picture, class_bars, look, new_panel

DEEPEST = 6.0  # the logit from which on, on either side of 0, a heat map's colour stays the same
GROUP_SUM = dict(boxstyle="square,pad=0.2", facecolor="#FFF3C4", edgecolor=INK, linewidth=1.2)


def mix(color, share):
    """Return white with a `share` in [0, 1] of `color`, as (red, green, blue, 1).

    >>> mix("black", 0.0)
    (1.0, 1.0, 1.0, 1.0)
    """
    return *(1 - share * (1 - part) for part in to_rgb(color)), 1.0


def shade_of_prob(prob):
    """Return the colour of a probability: white at 0, blue at 1."""
    return mix(BLUE, prob)


def shade_of_logit(logit):
    """Return the colour of a logit: orange below 0, white at 0, purple above."""
    return mix(PURPLE if logit > 0 else ORANGE, min(abs(logit) / DEEPEST, 1.0))


def contrast(color, other):
    """Return the contrast ratio of two colours, from 1 to 21 (WCAG 2, relative luminance).

    >>> round(contrast("black", "white"), 6)
    21.0
    """
    lights = []
    for each in (color, other):
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(each)]
        lights.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)
    return max(lights) / min(lights)


def ink_on(color):
    """Return "black" or "white", whichever stands out more on `color`: a ratio of 4.5 at the least."""
    return max(("black", "white"), key=lambda ink: contrast(ink, color))


@look()
def two_ways(x=SOFTMAX_INPUT):
    """Return the softmax of a small matrix by dim 0 and by dim 1: its groups pulled apart, each with its sum.

    `x` are logits of shape (R, C), at most 3 by 3.
    """
    panels, said = [], []
    for dim in (0, 1):
        probs = softmax(x.double(), dim)
        panels.append(_pulled_apart(probs, dim))
        groups = probs.unbind(1 - dim)
        sums = "; ".join(f"{' + '.join(f'{p:.4f}' for p in group.tolist())} = {group.sum():.4f}" for group in groups)
        kind = "columns" if dim == 0 else "rows"
        said.append(f"dim={dim}: {len(groups)} {kind} that sum to 1 each: {sums}; the total is {probs.sum():.4f}.")
    return Picture(*panels, alt="Softmax of one matrix by each dim. " + " ".join(said))


def _pulled_apart(probs, dim):
    """Return the figure of one softmax (R, C): a cell is 1 wide and high, and y points down."""
    rows, columns = probs.shape
    figure, axes = new_panel(4.6, 3)
    axes.set_axis_off()
    # From column to column, from row to row: cells that compete touch each other.
    apart = (1.0, 1.25) if dim == 1 else (1.25, 1.0)
    right, bottom = (columns - 1) * apart[0] + 1, (rows - 1) * apart[1] + 1
    axes.set(xlim=(-0.75, 4.6), ylim=(3.4, -0.6))
    for i in range(rows):
        for j in range(columns):
            left, top, prob = j * apart[0], i * apart[1], probs[i, j].item()
            color = shade_of_prob(prob)
            axes.add_patch(Rectangle((left, top), 1, 1, facecolor=color, edgecolor=PAPER))
            axes.text(left + 0.5, top + 0.5, f"{prob:.4f}", ha="center", va="center", color=ink_on(color))
    for i in range(rows):
        axes.text(-0.1, i * apart[1] + 0.5, f"i={i}", ha="right", va="center", color=FAINT)
    for j in range(columns):
        axes.text(j * apart[0] + 0.5, -0.1, f"j={j}", ha="center", va="bottom", color=FAINT)
    for group, total in enumerate(probs.sum(dim).tolist()):
        start = group * apart[dim]
        corner, size = ((start, 0), (1, bottom)) if dim == 0 else ((0, start), (right, 1))
        axes.add_patch(Rectangle(corner, *size, fill=False, edgecolor=INK, linewidth=2.5))
        place = (start + 0.5, bottom + 0.3) if dim == 0 else (right + 0.75, start + 0.5)
        axes.text(*place, f"Σ = {total:.4f}", ha="center", va="center", bbox=GROUP_SUM, size=10)
    if dim == 0:
        start, end = (right + 0.3, 0.1), (right + 0.3, bottom - 0.1)
        axes.text(right + 0.45, bottom / 2, "i runs", va="center", color=ORANGE)
    else:
        start, end = (0.1, bottom + 0.3), (right - 0.1, bottom + 0.3)
        axes.text(right / 2, bottom + 0.5, "j runs", ha="center", va="top", color=ORANGE)
    axes.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=18, color=ORANGE, linewidth=2.5))
    axes.set_title(f"dim={dim}: {probs.shape[1 - dim]} sums of 1, total {probs.sum():.4f}")
    return figure


@look()
def neighbours(batches, image=LOGITS):
    """Return the probabilities of one photo in several batches, by dim=1 and by dim=0.

    `batches` is {name: logits of the other photos, shape (n, 4)}; `image` has the photo's own, shape (4,).
    """
    panels, said = [], []
    for dim, verdict in ((1, "dim=1: the same in every batch"), (0, "dim=0: the neighbours decide")):
        figure, axes = new_panel(4.8, 3.4)
        axes.set(ylim=(0, 1.3), ylabel="“probability” of photo 0", yticks=[0, 0.25, 0.5, 0.75, 1], title=verdict)
        axes.set_xticks(range(len(batches)), [f"among\n{name}" for name in batches])
        axes.grid(axis="y")
        for position, (name, others) in enumerate(batches.items()):
            probs = softmax(torch.cat([image[None], others]).double(), dim)[0].tolist()
            places = [position + 0.2 * (k - 1.5) for k in range(4)]
            axes.bar(places, probs, width=0.2, label=LABELS if position == 0 else None, **class_bars(4))
            best = probs.index(max(probs))
            winner = LABELS[best]
            axes.text(places[best], probs[best] + 0.02, winner, ha="center", weight="bold", color=COLORS[winner])
            said.append(f"dim={dim}, among {name}: {winner} {probs[best]:.4f}")
        axes.legend(loc="upper center", ncols=4, columnspacing=1, handlelength=1.3, fontsize=10)
        panels.append(figure)
    return Picture(*panels, alt=f"The winner of photo 0 in each batch. {'; '.join(said)}.")


def normal_cdf(x, mean, std):
    """Return the probability that a normal variable stays below x.

    >>> round(normal_cdf(1.0, mean=-1.0, std=2.0), 4)
    0.8413
    """
    return 0.5 * (1 + math.erf((x - mean) / (std * math.sqrt(2))))


@look()
def rescaled(sample):
    """Return the histogram of `sample`, numbers made by randn * 2 − 1, with the share that lies in [0, 1]."""
    inside = ((sample >= 0) & (sample <= 1)).double().mean().item()
    exact = normal_cdf(1, -1, 2) - normal_cdf(0, -1, 2)
    figure, axes = new_panel(5, 3)
    width = 0.2
    heights, edges = torch.histogram(sample.double().cpu(), bins=80, range=(-9.0, 7.0))
    density = (heights / len(sample) / width).numpy()
    middles = ((edges[:-1] + edges[1:]) / 2).numpy()
    into = (middles > 0) & (middles < 1)
    bar = dict(width=width, edgecolor=PAPER, linewidth=0.3)
    axes.bar(middles[~into], density[~into], color=PALE, **bar)
    axes.bar(middles[into], density[into], color=BLUE, hatch="//", **bar)
    grid = torch.linspace(-9, 7, 161, dtype=torch.float64)
    bell = torch.exp(-((grid + 1) ** 2) / 8) / math.sqrt(8 * math.pi)  # the density of N(−1, 2²)
    axes.plot(grid, bell, color=INK, label="N(−1, 2²)")
    line = dict(arrowstyle="-", color=BLUE)
    axes.annotate(f"in [0, 1]:\n{inside:.2%}", (0.9, 0.14), (2.4, 0.16), color=BLUE, weight="bold", arrowprops=line)
    axes.set(xlim=(-9, 7), ylim=(0, 0.23), xlabel="value of randn * 2 − 1", ylabel="density")
    axes.legend(loc="upper left")
    return Picture(
        figure,
        alt=f"Histogram of {len(sample):,} values of randn * 2 − 1: a bell around −1, nearly all of it between −7 and "
        f"5. Of the values, {inside:.2%} lie in [0, 1]; the normal distribution says {exact:.2%}.",
    )

"""The pictures of lessons 06 and 09: handwritten digits, and how well a question's logits rank them."""

import torch

from helpers.style import BLUE, FAINT, GREEN, ORANGE, Picture, look, new_panel
from helpers.text import number

LINES = [(BLUE, "-"), (ORANGE, "--"), (GREEN, "-.")]
A_PANEL, APART = 4, 1.2  # how many pictures a panel has, and from left edge to left edge; a picture is 1 wide


@look()
def pictures(x, titles):
    """Return the pictures x (n, 64), from 0 for paper to 1 for ink, side by side, each below its title."""
    panels = []
    for first in range(0, len(titles), A_PANEL):
        figure, axes = new_panel(4.8, 1.6)
        for i, title in enumerate(titles[first : first + A_PANEL]):
            left = APART * i
            pixels = x[first + i].reshape(8, 8).numpy()
            axes.imshow(pixels, cmap="Greys", vmin=0, vmax=1, extent=(left, left + 1, 0, 1))
            axes.plot([left, left + 1, left + 1, left, left], [0, 0, 1, 1, 0], color=FAINT, lw=0.8)
            axes.text(left + 0.5, 1.06, title, ha="center", va="bottom", size=10)
        axes.set(xlim=(-0.1, APART * A_PANEL), ylim=(-0.05, 1.5), aspect="equal")
        axes.set_axis_off()
        panels.append(figure)
    said = "; ".join(title.replace("\n", ", ") for title in titles)
    return Picture(*panels, alt=f"Pictures of eight by eight pixels, from left to right: {said}.")


@look()
def roc_and_precision_recall(sweeps):
    """Return the ROC curve and the precision–recall curve of each question.

    `sweeps` is {label: (recall, false positive rate, precision, area under the curve, average precision)}, the first
    three of shape (n,): where the 1, 2, … highest logits are picked.
    """
    zero = torch.zeros(1, dtype=torch.float64)
    (roc, left), (precisions, right) = new_panel(4.8, 3.8), new_panel(4.8, 3.8)
    left.plot([0, 1], [0, 1], color=FAINT, lw=1, ls=":")
    said = []
    for (label, (recall, false_rate, precision, area, mean)), (color, style) in zip(sweeps.items(), LINES):
        look = dict(color=color, ls=style, lw=2)
        left.plot(torch.cat([zero, false_rate]), torch.cat([zero, recall]), label=f"{label}: {number(area)}", **look)
        right.plot(recall, precision, label=f"{label}: {number(mean)}", **look)
        said.append(f"{label} {number(area)} and {number(mean)}")
    left.set(xlim=(-0.01, 1), ylim=(0, 1.02), xlabel="false positive rate", ylabel="recall", title="ROC: area below it")
    right.set(xlim=(0, 1.01), ylim=(0, 1.02), xlabel="recall", ylabel="precision", title="average precision")
    left.legend(loc="lower right")
    right.legend(loc="lower left")
    alt = f"ROC and precision–recall curves. Area and average precision: {'; '.join(said)}."
    return Picture(roc, precisions, alt=alt)

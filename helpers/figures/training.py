"""The pictures of lessons 06, 08 and 09: losses that are stuck, and confidence against what comes true."""

from helpers import calibration
from helpers.style import BLUE, GREEN, INK, ON_PAPER, ORANGE, PAPER, PURPLE, Picture, legend_above, look, new_panel
from helpers.text import number

LINES = [(ORANGE, "-"), (BLUE, "--"), (GREEN, "-."), (PURPLE, ":")]


@look()
def training(runs, floor=None):
    """Return the losses of training runs over their steps.

    `runs` is {name: losses before each step}; `floor`, a value that no step gets below, is drawn as a line.
    """
    figure, axes = new_panel(4.8, 3.2)
    axes.set(xlabel="step (logarithmic)", ylabel="loss", xscale="log")
    said = []
    for (name, losses), (color, style) in zip(runs.items(), LINES):
        axes.plot(range(1, len(losses) + 1), losses, color=color, ls=style, lw=2, label=name)
        look = dict(textcoords="offset points", va="center", color=color, annotation_clip=False, bbox=ON_PAPER)
        axes.annotate(number(losses[-1]), (len(losses), losses[-1]), xytext=(5, 0), **look)
        said.append(f"{name} from {number(losses[0])} to {number(losses[-1])}")
    if floor is not None:
        axes.axhline(floor, color=INK, lw=1, ls=":", label=f"floor {number(floor)}")
        said.append(f"the floor is {number(floor)}")
    legend_above(axes, 2, columnspacing=1.2)
    steps = len(next(iter(runs.values())))
    return Picture(figure, alt=f"The loss over {steps} steps of training: {'; '.join(said)}.")


@look()
def reliability_diagrams(cases, targets, bins=10):
    """Return one reliability diagram a case: in each bin of confidence, what was said and what came true.

    `cases` is {name: probs of shape (n, K)}, `targets` are class indices (n,). Bins with few rows are left out.
    """
    panels, said = [], []
    for name, probs in cases.items():
        figure, axes = new_panel(4.6, 3.4)
        count, confidence, share = calibration.reliability(probs, targets, bins)
        kept = [i for i in range(bins) if count[i] >= calibration.FEWEST]
        axes.set(xlim=(0, 1), ylim=(0, 1.04))
        axes.set(xlabel="confidence: the winner's probability", ylabel="share of right winners")
        axes.plot([0, 1], [0, 1], color=INK, lw=1, ls="--", label="calibrated")
        middles, bar = [(i + 0.5) / bins for i in kept], dict(color=BLUE, hatch="//", edgecolor=PAPER)
        axes.bar(middles, share[kept].tolist(), width=0.86 / bins, label="came true", **bar)
        where, diamond = confidence[kept].tolist(), dict(color=PAPER, mec=ORANGE, mew=2, ls="", clip_on=False)
        axes.plot(where, where, "D", label="was said", **diamond)
        axes.set_title(name, loc="left", weight="bold")
        axes.legend(loc="upper left")
        top, gap = kept[-1], calibration.calibration_error(probs, targets, bins)
        axes.text(0.03, 0.66, f"mean gap\n{100 * gap:.1f} %", transform=axes.transAxes, va="top")
        panels.append(figure)
        said.append(
            f"{name}: in the surest bin {100 * confidence[top]:.1f} % was said and {100 * share[top]:.1f} % came true, "
            f"the mean gap is {100 * gap:.1f} %"
        )
    return Picture(*panels, alt=f"Reliability diagrams of {len(targets)} pictures. {'. '.join(said)}.")

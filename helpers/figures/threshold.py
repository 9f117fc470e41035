"""The static figures of lesson 02: one threshold on two axes, the common shift, precision against recall."""

import torch

from helpers.data import LABELS, LOGITS, THRESHOLD_LOGIT
from helpers.functions import sigmoid, softmax
from helpers.style import COLORS, FAINT, MARKERS, PURPLE, Picture, look, new_panel
from helpers.text import number

LINES = {"cat": "-", "dog": "--", "cow": ":", "zebra": "-."}


@look()
def three_on_two_axes(logits=LOGITS, threshold=THRESHOLD_LOGIT):
    """Return the picture of one number as a threshold: on the logits, where it cuts, and on the sigmoids, where not.

    The `threshold` is first read as a logit, then as a probability; `logits` are of shape (4,).
    """
    x, curve = logits.double(), torch.linspace(-6, 6, 121, dtype=torch.float64)
    probs, bar = sigmoid(x), sigmoid(torch.tensor(threshold, dtype=torch.float64)).item()
    (left, on_logits), (right, on_probs) = new_panel(), new_panel()
    for axes, unit in ((on_logits, "logit"), (on_probs, "probability")):
        axes.plot(curve, sigmoid(curve), color=FAINT)
        for label, logit, prob in zip(LABELS, x.tolist(), probs.tolist()):
            axes.plot(logit, prob, MARKERS[label], color=COLORS[label], ms=8, label=label)
        axes.set(title=f"{threshold:g} read as a {unit}", xlim=(-6, 6), xlabel="logit x", ylabel="probability σ(x)")
    on_logits.axvline(threshold, color=PURPLE, ls="--", lw=2)
    on_logits.plot([-6, threshold], [bar, bar], color=PURPLE, ls="--", lw=1)
    on_logits.text(-5.8, bar - 0.03, f"σ({threshold:g}) = {bar:.4f}", color=PURPLE, va="top")
    on_logits.set_ylim(-0.03, 1.09)
    on_logits.legend(loc="center left")
    on_probs.axhline(threshold, color=PURPLE, ls="--", lw=2)
    on_probs.fill_between([-6, 6], 1, threshold + 0.4, color=PURPLE, alpha=0.1, lw=0)
    on_probs.text(0, (1 + threshold) / 2, "no probability is ever here", ha="center", va="center", color=PURPLE)
    on_probs.set_ylim(-0.09, threshold + 0.4)
    over = [label for label, logit in zip(LABELS, x.tolist()) if logit > threshold]
    return Picture(
        left,
        right,
        alt=f"The sigmoid curve with the four classes on it, twice. Left: a vertical line at the logit {threshold:g} "
        f"meets the curve at the probability {bar:.4f} and leaves {len(over)} classes on its right, "
        f"{' and '.join(over)}. Right: a horizontal line at the probability {threshold:g} runs far above the "
        f"curve, which never leaves the band from 0 to 1, so {int((probs > threshold).sum())} classes are above it.",
    )


@look()
def shift_sweep(logits=LOGITS, threshold_logit=THRESHOLD_LOGIT, shifts=(-4, -1, 0, 1, 6)):
    """Return the picture of a common shift: each sigmoid climbs over the threshold, each softmax stays where it is.

    `logits` are of shape (4,); `shifts` are the values of c at which the left panel says how many pass.
    """
    c = torch.linspace(-6, 6, 121, dtype=torch.float64)
    rows = logits.double() + c[:, None]  # (121, 4)
    bar = sigmoid(torch.tensor(threshold_logit, dtype=torch.float64)).item()
    counts = [int((logits.double() + shift > threshold_logit).sum()) for shift in shifts]
    (left, sigmoids), (right, softmaxes) = new_panel(height=4), new_panel(height=4)
    for axes, values, title in (
        (sigmoids, sigmoid(rows), "sigmoid: each class climbs"),
        (softmaxes, softmax(rows, 1), "softmax: nothing moves"),
    ):
        for k, label in enumerate(LABELS):
            marks = dict(marker=MARKERS[label], markevery=20, ms=5)
            axes.plot(c, values[:, k], LINES[label], color=COLORS[label], label=label, **marks)
        axes.set(title=title, xlabel="c, added to every logit", ylabel="probability", ylim=(-0.03, 1.22))
        axes.set_xlim(-6.3, 6.3)  # a marker at the end of a line is whole
        axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
    sigmoids.axhline(bar, color=PURPLE, lw=1.5)
    sigmoids.text(-5.9, bar + 0.02, f"threshold {bar:.4f}", color=PURPLE, va="bottom")
    for shift, count in zip(shifts, counts):
        sigmoids.text(shift, 1.12, f"{count}", ha="center", color=PURPLE, weight="bold")
    sigmoids.text(-5.9, 1.12, "pass:", color=PURPLE, weight="bold")
    best = softmax(logits.double(), 0)
    softmaxes.text(0, best.max() + 0.03, f"{LABELS[best.argmax()]} wins with {best.max():.4f}, at every c", ha="center")
    softmaxes.legend(loc="upper center", ncols=4, fontsize=10, columnspacing=1, handlelength=1.8)
    listed = ", ".join(f"{count} at c = {number(shift, 'g')}" for shift, count in zip(shifts, counts))
    return Picture(
        left,
        right,
        alt=f"Left: the four sigmoids against c, from −6 to 6, all climbing; above the threshold "
        f"{bar:.4f} are {listed}. Right: the four softmax probabilities against c, four level lines; "
        f"{LABELS[best.argmax()]} wins with {best.max():.4f} throughout.",
    )

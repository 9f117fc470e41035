"""The static figures of lesson 05, multi-label classification."""

import math

import torch

from helpers.bce_forms import FORMS, LOOKS, WAYS, finite, losses_and_gradients
from helpers.data import LABELS
from helpers.functions import logit, logsigmoid, sigmoid
from helpers.style import ARROW, BLUE, COLORS, FAINT, INK, MARKERS, ORANGE, PURPLE, Picture, look, new_panel
from helpers.text import number

TARGET_LINES = {1: dict(color=BLUE, ls="-"), 0: dict(color=ORANGE, ls="--")}


def log_losses(probs):
    """Return what a probability costs if the label is true, and if it is not: −log p and −log(1 − p)."""
    return -probs.log(), -torch.log1p(-probs)


@look()
def two_curves(logits, targets):
    """Return the picture of the two loss curves, over p and over x, with each label on its curve.

    `logits` and `targets`, multi-hot, are of shape (4,).
    """
    x = torch.linspace(-6, 6, 121, dtype=torch.float64)
    p = torch.linspace(0.002, 0.998, 250, dtype=torch.float64)
    logits, targets = logits.double(), targets.double()
    probs = sigmoid(logits)
    losses = -(targets * logsigmoid(logits) + (1 - targets) * logsigmoid(-logits))
    left, over_probs = new_panel()
    right, over_logits = new_panel()
    for target, curve in zip((1, 0), log_losses(p)):
        over_probs.plot(p, curve, **TARGET_LINES[target], lw=2, label=f"target {target}")
    for target, curve in ((1, -logsigmoid(x)), (0, -logsigmoid(-x))):
        over_logits.plot(x, curve, **TARGET_LINES[target], lw=2, label=f"target {target}")
    for axes, places in ((over_probs, probs), (over_logits, logits)):
        for label, place, loss in zip(LABELS, places.tolist(), losses.tolist()):
            axes.plot([place], [loss], MARKERS[label], color=COLORS[label], mec=INK, ms=8, ls="", label=label)
        axes.set(ylim=(-0.2, 6), ylabel="loss of the label")
    over_probs.annotate("zebra pays\nmost", (probs[3], losses[3]), (0.5, 4.2), ha="center", size=10, arrowprops=ARROW)
    over_probs.set(xlim=(-0.02, 1.02), xlabel="probability p = σ(x)")
    over_logits.set(xlim=(-6, 6), xlabel="logit x")
    over_logits.legend(loc="upper center", ncols=2, fontsize=10, columnspacing=1.2)
    shown = ", ".join(f"{label} {loss:.4f}" for label, loss in zip(LABELS, losses.tolist()))
    return Picture(
        left,
        right,
        alt=f"Two loss curves, one for target 1 and one for target 0, over the probability and over the logit. "
        f"Each label lies on the curve of its target: {shown}. Over the logit each curve is a hinge with a round "
        f"corner.",
    )


def expected_loss(logits, prior, pos_weight):
    """Return the loss of a label that is true in a share `prior` of the examples, where each gets the same logit."""
    return -(pos_weight * prior * logsigmoid(logits) + (1 - prior) * logsigmoid(-logits))


def best_logit(prior, pos_weight):
    """Return the logit at which `expected_loss` is least: that of the prior, moved by log(pos_weight).

    >>> round(best_logit(0.1, 1), 4), round(abs(best_logit(0.1, 9)), 4)
    (-2.1972, 0.0)
    """
    prior, pos_weight = torch.tensor([prior, pos_weight], dtype=torch.float64)
    return (logit(prior) + pos_weight.log()).item()


@look()
def pos_weight_optimum(prior=0.1, pos_weights=(1, 9, 90)):
    """Return the picture of the expected loss over the logit for several weights, with each curve's lowest point."""
    figure, axes = new_panel(4.8, 3.6)
    right, over_weight = new_panel(4.8, 3.6)
    x = torch.linspace(-6, 6, 121, dtype=torch.float64)
    said = []
    for pos_weight, color, line, mark in zip(pos_weights, (BLUE, ORANGE, PURPLE), ("-", "--", ":"), "osD"):
        best = best_logit(prior, pos_weight)
        least = expected_loss(torch.tensor(best, dtype=torch.float64), prior, pos_weight).item()
        axes.plot(x, expected_loss(x, prior, pos_weight), color=color, ls=line, lw=2, label=f"pos_weight {pos_weight}")
        axes.plot([best], [least], mark, color=color, mec=INK, ms=8)
        note = dict(textcoords="offset points", size=10, color=color)
        axes.annotate(f"x = {number(best, '.2f')}", (best, least), (5, 22), ha="center", **note)
        prob = sigmoid(torch.tensor(best)).item()
        over_weight.plot([pos_weight], [prob], mark, color=color, mec=INK, ms=9, zorder=3)
        over_weight.annotate(f"σ = {prob:.2f}", (pos_weight, prob), (8, -14), ha="left", **note)
        said.append(f"pos_weight {pos_weight}: logit {number(best)}, loss {least:.4f}, probability {prob:.4f}")
    axes.set(ylim=(0, 6), xlim=(-6, 6), xlabel="logit x, the same for every example", ylabel="expected loss")
    axes.legend(loc="upper center", bbox_to_anchor=(0.32, 1), fontsize=10)
    weights = torch.logspace(-1, 3, 161, dtype=torch.float64)
    asked = sigmoid(logit(torch.tensor(prior, dtype=torch.float64)) + weights.log())
    over_weight.plot(weights, asked, color=INK, lw=1.2)
    over_weight.axhline(prior, color=FAINT, ls="--", lw=1)
    over_weight.text(1000, prior + 0.015, f"share of positives, {prior}", ha="right", va="bottom", size=10, color=FAINT)
    over_weight.set(xscale="log", xlim=(0.1, 1000), ylim=(0, 1.05))
    over_weight.set(xlabel="pos_weight", ylabel="probability the loss asks for")
    return Picture(
        figure,
        right,
        alt=f"Expected loss over the logit, where {prior:.0%} of the labels are positive. A larger pos_weight moves "
        f"the lowest point to the right. {'; '.join(said)}. Only pos_weight 1 asks for the true share of positives.",
    )


# Where a true label's forms break, in float32: F.binary_cross_entropy's backward divides by p(1 − p), which it holds at
# 1e-12; the derivative of 1/(1 + e^−x) squares p, which underflows below 2^-75; and e^−x overflows.
FADES = 12 * math.log(10)
VANISHES = 75 * math.log(2)
OVERFLOWS = math.log(torch.finfo(torch.float32).max)


@look()
def left_side():
    """Return the picture of loss and gradient of a true label whose logit runs far below −20, in the three forms."""
    below = torch.tensor([-OVERFLOWS - 1e-4, -OVERFLOWS + 1e-4], dtype=torch.float64).float()
    x = torch.cat([torch.linspace(-110, -89, 25), below, torch.linspace(-88.6, 0, 444)])
    y = torch.ones_like(x)
    panels = [new_panel(), new_panel()]
    for form, compute, style in zip(FORMS, WAYS, LOOKS):
        for (_, axes), values in zip(panels, losses_and_gradients(compute, x, y)):
            axes.plot(*finite(x, values), **style | dict(marker=""), label=form)
    (loss_figure, losses), (gradient_figure, gradients) = panels
    losses.set(xlim=(-112, 2), ylim=(-3, 122), xlabel="logit x of a true label", ylabel="loss of the label")
    note = dict(va="center", size=10)
    losses.text(-86, 111, f"from probabilities: 100 below −{OVERFLOWS:.2f}", color=ORANGE, **note)
    losses.text(-86, 100, f"textbook formula: infinite below −{OVERFLOWS:.2f}", color=PURPLE, **note)
    losses.legend(loc="lower left", fontsize=10)
    gradients.set(xlim=(-112, 2), ylim=(-1.6, 0.2), xlabel="logit x of a true label", ylabel="gradient ∂loss/∂x")
    fades, vanishes = f"fades below −{FADES:.2f}", f"0 below −{VANISHES:.2f}"
    gradients.text(-25, -1.15, f"from probabilities:\n{fades}", ha="center", color=ORANGE, **note)
    gradients.text(-54, -0.4, f"textbook formula:\n{vanishes}", ha="right", color=PURPLE, **note)
    gradients.text(-110, -1.15, "from logits: −1", color=BLUE, **note)
    return Picture(
        loss_figure,
        gradient_figure,
        alt=f"Loss and gradient of a true label for logits from −110 to 0. From logits, the loss is −x and the "
        f"gradient −1 all the way to the left. From probabilities, the loss is 100 below −{OVERFLOWS:.2f}, and the "
        f"gradient fades to 0 below −{FADES:.2f} already. By the textbook formula the gradient is 0 below "
        f"−{VANISHES:.2f} and the loss infinite below −{OVERFLOWS:.2f}.",
    )

"""The static figures of lesson 04: the price of a probability, the winner's lost digits, and two descents."""

import math

import torch
import torch.nn.functional as F

from helpers.functions import log_softmax
from helpers.style import ARROW, BLUE, FAINT, GREY, INK, ORANGE, Picture, look, new_panel
from helpers.text import number


@look()
def prices(probs=(0.9, 0.5, 0.1, 0.01)):
    """Return the picture of −log p, what a truth of probability p costs, with the price of each of `probs`."""
    panel, axes = new_panel(4.8, 3.4)
    p = torch.linspace(0.003, 1, 400, dtype=torch.float64)
    axes.plot(p, -p.log(), color=BLUE, lw=2.2)
    said = []
    for prob in probs:
        price = -math.log(prob)
        axes.plot([prob], [price], "o", color=ORANGE, mec=INK, ms=8)
        name = f"{prob:g} costs {price:.2f}"
        place = dict(xytext=(0, 14), ha="center") if prob > 0.8 else dict(xytext=(9, 7))
        axes.annotate(name, (prob, price), textcoords="offset points", **place)
        said.append(name)
    axes.set(xlim=(0, 1.02), ylim=(-0.15, 6), xlabel="probability p that the truth was given", ylabel="price −log p")
    alt = f"The price −log p falls as p grows, steeply near 0 and slowly near 1: {', '.join(said)}."
    return Picture(panel, alt=alt)


def winner_losses(gaps):
    """Return the loss of a winner that leads by `gaps` (float64, (N,)): the truth, torch's, and this collection's."""
    rows = torch.stack([torch.zeros_like(gaps), -gaps], dim=1).float()  # (N, 2)
    truth = torch.log1p(torch.exp(rows[:, 1].double()))
    return truth, -F.log_softmax(rows, dim=1)[:, 0], -log_softmax(rows, dim=1)[:, 0]


def worst_error(values, truth, step):
    """Return the largest relative error among every `step` neighbours."""
    return ((values.double() - truth) / truth).abs().reshape(-1, step).amax(dim=1)


@look()
def winner_digits():
    """Return the picture of what `F.log_softmax` makes of [0, −gap], beside the form with log1p."""
    gaps = torch.linspace(10, 20, 2001, dtype=torch.float64)[:-1]
    truth, by_torch, by_log1p = winner_losses(gaps)
    last = gaps[by_torch == 0].min().item()
    values, axes = new_panel()
    axes.semilogy(gaps, by_log1p, color=BLUE, lw=2, label="largest left out, log1p")
    seen = by_torch > 0
    axes.semilogy(gaps[seen], by_torch[seen], color=ORANGE, lw=1.5, linestyle="--", label="F.log_softmax")
    axes.annotate("torch: exactly 0\nfrom here on", (last, 6e-8), (17.0, 1.2e-6), arrowprops=ARROW)
    axes.set(title="the winner's loss", xlim=(10, 20))
    axes.set(xlabel="gap between the two logits", ylabel="−log p of the winner")
    axes.legend(loc="lower left")
    errors, right = new_panel()
    for each, color, style in ((by_torch, ORANGE, "--"), (by_log1p, BLUE, "-")):
        worst = worst_error(each, truth, 20)
        right.semilogy(gaps[::20], worst, color=color, linestyle=style, lw=2, drawstyle="steps-post")
    right.axhline(1, color=FAINT, linestyle=":")
    right.text(10.1, 1.3, "100 %: no digit is left", va="bottom")
    right.text(10.2, 0.12, "F.log_softmax", color=ORANGE)
    right.text(10.2, 4e-7, "largest left out, log1p", color=BLUE)
    right.set(title="its worst relative error in each step of 0.1", xlim=(10, 20), ylim=(1e-8, 8))
    right.set(xlabel="gap between the two logits", ylabel="|error| / truth")
    first = worst_error(by_torch, truth, 20)[0]
    bound = 10 ** math.ceil(math.log10(worst_error(by_log1p, truth, 20).max()))
    return Picture(
        values,
        errors,
        alt="The loss of a winner that leads by a gap of 10 to 20. With log1p it falls smoothly; "
        f"F.log_softmax falls in steps and is exactly 0 from {last:.2f} on. Its worst relative error in a step of 0.1 "
        f"climbs from {100 * first:.1f} % at a gap of 10 to 100 %. With log1p it stays below {number(bound, '.0e')}.",
    )


@look()
def descents(from_zero, from_wrong, floor):
    """Return the picture of two descents, each a pair of loss histories: logits to cross_entropy, softmax first."""
    panels, said = [], []
    for start, (right, doubled) in (("weights of 0", from_zero), ("sure and wrong", from_wrong)):
        panel, axes = new_panel()
        panels.append(panel)
        steps = range(1, len(right) + 1)
        axes.loglog(steps, doubled, color=ORANGE, lw=2.2, linestyle="--", label="softmax first")
        axes.loglog(steps, right, color=BLUE, lw=2.2, label="logits")
        axes.axhline(floor, color=GREY, linestyle=":", lw=1.5)
        axes.text(12, floor * 0.85, f"floor {floor:.4f}", color=GREY, va="top")
        end = dict(ha="right", weight="bold")
        axes.text(len(right), doubled[-1] * 1.1, f"{doubled[-1]:.3f}", color=ORANGE, va="bottom", **end)
        axes.text(len(right), right[-1] * 0.75, f"{right[-1]:.3f}", color=BLUE, va="top", **end)
        axes.set(title=f"start: {start}", xlabel="step of gradient descent", ylabel="loss", ylim=(1e-4, 200))
        axes.legend(loc="upper right")
        ends = [f"{history[0]:.3f} to {history[-1]:.3f}" for history in (right, doubled)]
        said.append(f"From {start}: {ends[0]} with logits, {ends[1]} with softmax first")
    return Picture(
        *panels,
        alt=f"The loss over {len(from_zero[0])} steps of gradient descent, four classes. {'. '.join(said)}. "
        f"A dotted line marks the floor {floor:.4f}.",
    )

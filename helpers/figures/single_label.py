"""The static figures of lesson 04: the picked log-probabilities, the winner's lost digits, and two descents."""

import math

import torch
import torch.nn.functional as F
from matplotlib.patches import Rectangle

from helpers.functions import log_softmax
from helpers.style import BLUE, FAINT, GREY, INK, ON_PAPER, ORANGE, PAPER, Picture, look, new_panel
from helpers.text import number


@look()
def picked_cells(log_probs, targets):
    """Return the picture of log-probabilities (N, K), each row's target cell framed, and of the N losses."""
    picked = log_probs[range(len(targets)), targets]
    grid, cells = new_panel(height=4.4)
    cells.imshow(log_probs.numpy(), cmap="Blues", vmin=-5, vmax=0, aspect="auto")
    for row, target in enumerate(targets.tolist()):
        for k, value in enumerate(log_probs[row].tolist()):
            ink = PAPER if value > -1.6 else INK
            cells.text(
                k,
                row,
                number(value, ".2f"),
                ha="center",
                va="center",
                color=ink,
                weight="bold" if k == target else "normal",
            )
        cells.add_patch(Rectangle((target - 0.47, row - 0.45), 0.94, 0.9, fill=False, edgecolor=ORANGE, lw=3))
    num_classes = log_probs.shape[1]
    cells.set(title="log_softmax; the target's cell is framed", xlabel="class", ylabel="row")
    cells.set(xticks=range(num_classes), yticks=range(len(targets)))
    losses, bars = new_panel(height=4.4)
    bars.barh(range(len(targets)), (-picked).tolist(), color=ORANGE, height=0.7)
    for row, value in enumerate((-picked).tolist()):
        bars.text(value + 0.05, row, f"{value:.2f}", va="center", bbox=ON_PAPER)
    loss = -picked.mean().item()
    bars.axvline(loss, color=INK, linestyle="--", zorder=0.9)
    bars.text(
        0.98,
        0.03,
        f"dashed: their mean,\nthe loss {loss:.4f}",
        transform=bars.transAxes,
        ha="right",
        va="bottom",
        weight="bold",
    )
    bars.set(title="minus the picked value, row by row", xlabel="loss of the row (nats)", yticks=range(len(targets)))
    bars.set(xlim=(0, -picked.min().item() * 1.2), ylim=(len(targets) - 0.5, -0.5))
    said = ", ".join(
        f"row {i} class {t} {number(value, '.2f')}"
        for i, (t, value) in enumerate(zip(targets.tolist(), picked.tolist()))
    )
    return Picture(
        grid,
        losses,
        alt=f"A grid of {len(targets)} rows and {num_classes} classes of log-probabilities, one cell a row framed: {said}. "
        f"Beside it a bar for minus each framed value; their mean, a dashed line, is the loss, {loss:.4f}.",
    )


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
    axes.annotate(
        "torch: exactly 0\nfrom here on", (last, 6e-8), (17.0, 1.2e-6), arrowprops=dict(arrowstyle="->", color=INK)
    )
    axes.set(
        title="the winner's loss", xlabel="gap between the two logits", ylabel="−log p of the winner", xlim=(10, 20)
    )
    axes.legend(loc="lower left")
    errors, right = new_panel()
    for each, color, style in ((by_torch, ORANGE, "--"), (by_log1p, BLUE, "-")):
        right.semilogy(
            gaps[::20], worst_error(each, truth, 20), color=color, linestyle=style, lw=2, drawstyle="steps-post"
        )
    right.axhline(1, color=FAINT, linestyle=":")
    right.text(10.1, 1.3, "100 %: no digit is left", va="bottom")
    right.text(10.2, 0.03, "F.log_softmax", color=ORANGE)
    right.text(10.2, 4e-7, "largest left out, log1p", color=BLUE)
    right.set(
        title="its worst relative error in each step of 0.1",
        xlabel="gap between the two logits",
        ylabel="|error| / truth",
        xlim=(10, 20),
        ylim=(1e-8, 8),
    )
    at = torch.tensor([12.0, 14.0, 16.0, 17.0], dtype=torch.float64)
    exact, got, _ = winner_losses(at)
    percent = 100 * ((got - exact) / exact).abs()
    said = ", ".join(f"{error:.1f} % at {gap:.0f}" for gap, error in zip(at.tolist(), percent.tolist()))
    bound = 10 ** math.ceil(math.log10(worst_error(by_log1p, truth, 20).max()))
    return Picture(
        values,
        errors,
        alt="The loss of a winner that leads by a gap of 10 to 20. With log1p it falls smoothly; "
        f"F.log_softmax falls in steps and is exactly 0 from {last:.2f} on. Its relative error: {said}. With log1p the error stays below {number(bound, '.0e')}.",
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
        axes.text(
            len(right), doubled[-1] * 1.1, f"{doubled[-1]:.3f}", color=ORANGE, ha="right", va="bottom", weight="bold"
        )
        axes.text(len(right), right[-1] * 0.75, f"{right[-1]:.3f}", color=BLUE, ha="right", va="top", weight="bold")
        axes.set(title=f"start: {start}", xlabel="step of gradient descent", ylabel="loss", ylim=(1e-4, 200))
        axes.legend(loc="upper right")
        ends = [f"{history[0]:.3f} to {history[-1]:.3f}" for history in (right, doubled)]
        said.append(f"From {start}: {ends[0]} with logits, {ends[1]} with softmax first")
    return Picture(
        *panels,
        alt=f"The loss over {len(from_zero[0])} steps of gradient descent, four classes. {'. '.join(said)}. "
        f"A dotted line marks the floor {floor:.4f}.",
    )

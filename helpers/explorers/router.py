"""The router of lesson 12: which experts get a word, with which weight, and how many words each expert gets.

The scores are drawn, not learned: normal, around a height of its own for each expert.
"""

import math
from dataclasses import dataclass

import torch
from matplotlib.patches import Rectangle

from helpers.explorers._grid import BLANK, Grid
from helpers.explorers.attention import WORDS
from helpers.figures.dim import shade_of_prob
from helpers.functions import sigmoid, softmax
from helpers.live import Dropdown, Explorer, FloatSlider, IntSlider, LivePicture, write
from helpers.style import BLUE, FAINT, INK, ORANGE, PAPER, legend_above
from helpers.text import number, plural

EXPERTS = 8
PART, AMONG, SIGMOIDS = "softmax, then top k", "top k, then softmax", "sigmoids, top k, divided by their sum"
_GENERATOR = torch.Generator().manual_seed(5)
_HEIGHTS = torch.randn(EXPERTS, generator=_GENERATOR, dtype=torch.float64)
SCORES = (_HEIGHTS + torch.randn(len(WORDS), EXPERTS, generator=_GENERATOR, dtype=torch.float64)).round(decimals=2)
LOW, HIGH = -0.5, 1.5  # of gate + bias


@dataclass(frozen=True)
class Facts:
    """All of shape (6, 8), a row a word: `gates` in [0, 1], which experts are `chosen`, and their `weights`."""

    word: int
    kind: str
    k: int
    bias: torch.Tensor  # (8,), added to the gates for the choice alone
    gates: torch.Tensor
    chosen: torch.Tensor
    weights: torch.Tensor

    @property
    def load(self):
        """Return how many words each expert gets, (8,)."""
        return self.chosen.sum(0)

    @property
    def entropy(self):
        """Return the entropy of the shares that the experts have of the load."""
        return torch.special.entr(self.load.double() / self.load.sum()).sum().item()


def facts(word, kind, k, expert, bias):
    """Return who gets which word: the k experts with the largest gate + bias."""
    biases = torch.zeros(EXPERTS, dtype=torch.float64)
    biases[expert] = bias
    gates = sigmoid(SCORES) if kind == SIGMOIDS else softmax(SCORES, 1)
    order = (gates + biases).argsort(dim=1, descending=True, stable=True)
    chosen = torch.zeros(SCORES.shape, dtype=torch.bool).scatter(1, order[:, :k], True)
    weights = gates.where(chosen, 0.0)
    if kind == AMONG:
        weights = softmax(SCORES.where(chosen, -math.inf), 1)
    elif kind == SIGMOIDS:
        weights = weights / weights.sum(1, keepdim=True)
    return Facts(WORDS.index(word), kind, k, biases, gates, chosen, weights)


class Router(LivePicture):
    """Left the gates of one word, right the weights of all words, with what each expert has to do."""

    def __init__(self):
        super().__init__()
        self._draw_gates(self.panel(4.8, 2.9, xlim=(-0.6, EXPERTS - 0.4), ylim=(LOW - 0.2, HIGH), xlabel="expert"))
        self._draw_weights()

    def _draw_gates(self, axes):
        experts, zeros = range(EXPERTS), [0] * EXPERTS
        axes.set(yticks=[0, 0.5, 1], ylabel="gate", xticks=experts)
        axes.axhline(0, color=FAINT, lw=0.8)
        self.bars = self.moving("gate", axes.bar(experts, zeros, width=0.6, edgecolor=INK, linewidth=0.6))
        self.diamonds = self.line("compared", axes, experts, zeros, "D", color=ORANGE, mec=INK, ms=6)
        below = [(i, LOW - 0.12) for i in experts]
        self.numbers = self.texts("number", axes, below, ha="center", va="center", size=9.5)
        self.bars[0].set_label("gate of this word (filled: chosen)")
        self.diamonds.set_label("gate + bias: what is compared")
        legend = legend_above(axes, 1, fontsize=9.5, handlelength=1.3)
        legend.legend_handles[0].set(facecolor=PAPER, edgecolor=INK)

    def _draw_weights(self):
        names = [str(i) for i in range(EXPERTS)]
        size = {"width": 4.8, "height": 2.9, "corner": "word ↓ expert →"}
        self.grid = Grid(self, "weights", "weights", WORDS, names, right=("Σ",), below=("load",), **size)
        x, y = self.grid.place(0, 0)
        corner, wide = (x - self.grid.wide / 2, y - self.grid.high / 2), EXPERTS * self.grid.wide
        frame = Rectangle(corner, wide, self.grid.high, fill=False, edgecolor=INK, lw=2, zorder=4)
        self.frame = self.moving("frame", self.grid.axes.add_patch(frame))

    def update(self, facts):
        gates = facts.gates[facts.word]
        chosen = facts.chosen[facts.word].tolist()
        for bar, gate, taken in zip(self.bars, gates.tolist(), chosen):
            bar.set(height=gate, facecolor=BLUE if taken else PAPER, hatch="//" if taken else "")
        write(self.numbers, (number(gate, ".2f") for gate in gates.tolist()))
        self.diamonds.set_ydata(gates + facts.bias)
        weights = facts.weights.flatten().tolist()
        taken = facts.chosen.flatten().tolist()
        words = [number(each, ".2f") if here else "" for each, here in zip(weights, taken)]
        colors = [shade_of_prob(each) if here else BLANK for each, here in zip(weights, taken)]
        sums = [number(each, ".2f") for each in facts.weights.sum(1).tolist()]
        self.grid.show(words, colors, right=[sums], below=[[str(each) for each in facts.load.tolist()]])
        self.frame.set_y(self.grid.place(facts.word, 0)[1] - self.grid.high / 2)


def describe(facts):
    """Say who gets the word with which weight, and how the load is spread."""
    weights = facts.weights[facts.word]
    takers = facts.chosen[facts.word].nonzero()[:, 0].tolist()
    takers.sort(key=lambda expert: -weights[expert].item())
    shares = ", ".join(f"expert {expert} with {number(weights[expert], '.2f')}" for expert in takers)
    moved = facts.bias.nonzero()[:, 0].tolist()
    bias = "".join(f" Expert {i} has the bias {number(facts.bias[i], '+.2f')}." for i in moved)
    idle = int((facts.load == 0).sum())
    without = f"{plural(idle, 'expert')} {'has' if idle == 1 else 'have'} none"
    total, entropy, most = (number(each, ".2f") for each in (weights.sum(), facts.entropy, math.log(EXPERTS)))
    return (
        f"{WORDS[facts.word]}, {facts.kind}, k = {facts.k}: {shares}; the weights sum to {total}.{bias} "
        f"Of {facts.load.sum()} places the busiest expert has {facts.load.max()}, and {without}; "
        f"the load's entropy is {entropy}, of {most} at most."
    )


def router(word="dog", kind=PART, k=2, expert=3, bias=0.0):
    """Return the explorer of a router: six words, eight experts.

    Parameters
    ----------
    word : one of the six, whose gates stand on the left
    kind : "softmax, then top k", "top k, then softmax" or "sigmoids, top k, divided by their sum"
    k : whole number in [1, 8], how many experts get a word
    expert : whole number in [0, 7], the one that has a bias
    bias : number in [-0.5, 0.5], added to its gates for the choice, and not to the weights

    Derived in notebooks/12_attention_and_routers.ipynb.
    """
    controls = {
        "word": Dropdown(description="word", options=WORDS),
        "kind": Dropdown(description="weights", options=[PART, AMONG, SIGMOIDS]),
        "k": IntSlider(description="k, experts a word", min=1, max=EXPERTS),
        "expert": Dropdown(description="expert with a bias", options=list(range(EXPERTS))),
        "bias": FloatSlider(description="its bias", min=LOW, max=0.5, step=0.02),
    }
    values = {"word": word, "kind": kind, "k": k, "expert": expert, "bias": bias}
    return Explorer("router", controls=controls, facts=facts, picture=Router, describe=describe, values=values)

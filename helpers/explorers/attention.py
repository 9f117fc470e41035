"""Attention, of lesson 12: scores of queries and keys, what a mask and a scale do to them, and the weights of each row.

Queries and keys are drawn, not learned: each of their d numbers is normal, with mean 0 and variance 1.
"""

import math
from dataclasses import dataclass

import torch

from helpers.explorers._grid import BLANK, Grid
from helpers.figures.dim import mix, shade_of_logit, shade_of_prob
from helpers.functions import sigmoid, softmax
from helpers.live import Checkbox, Dropdown, Explorer, FloatSlider, LivePicture, SelectionSlider
from helpers.style import ORANGE
from helpers.text import number

WORDS = "a zebra saw the dog run".split()
N = len(WORDS)
DIMS = [4, 8, 16, 32, 64, 128, 256, 512, 1024]
EVERY = "every key"
SOFTMAX, OFF_BY_ONE, SIGMOID = "softmax", "softmax with 1 + Σ", "sigmoid, bias −ln n"
MASKS = {  # True where a query may look
    "none": torch.ones(N, N, dtype=torch.bool),
    "causal": torch.ones(N, N, dtype=torch.bool).tril(),
    "last two keys hidden": torch.arange(N).expand(N, N) < N - 2,
    "causal, first two keys hidden": torch.ones(N, N, dtype=torch.bool).tril() & (torch.arange(N) >= 2),
}
DRAWN = torch.randn(2, N, DIMS[-1], generator=torch.Generator().manual_seed(12), dtype=torch.float64)
NOTHING_LEFT = mix(ORANGE, 0.35)


@dataclass(frozen=True)
class Facts:
    """Scores and weights (6, 6), float64, a row a query; sums and entropies (6,), NaN where a row has nothing left."""

    d: int
    scaled: bool
    mask: str
    kind: str
    key: str
    added: float
    spread: float  # the standard deviation of the 36 scores, before anything is added or hidden
    scores: torch.Tensor  # −inf where hidden
    weights: torch.Tensor

    @property
    def sums(self):
        return self.weights.sum(1)

    @property
    def entropies(self):
        """Return the entropy of each row's shares, its weights divided by their sum."""
        return torch.special.entr(self.weights / self.sums[:, None]).sum(1)


def facts(d, scaled, mask, kind, key, added):
    """Return the weights that the first d numbers of the drawn queries and keys lead to."""
    queries, keys = DRAWN[:, :, :d]
    scores = queries @ keys.T / (math.sqrt(d) if scaled else 1.0)  # (queries, keys)
    spread = scores.std(correction=0).item()
    moved = torch.tensor([key in (EVERY, word) for word in WORDS])
    scores = (scores + added * moved).where(MASKS[mask], -math.inf)
    return Facts(d, scaled, mask, kind, key, added, spread, scores, weights_of(scores, kind))


def weights_of(scores, kind):
    """Return the weights (n, n) of masked scores: each row's softmax, or each score's sigmoid."""
    if kind == SIGMOID:
        return sigmoid(scores - math.log(scores.shape[1]))
    if kind == OFF_BY_ONE:  # a key that nobody sees, with the score 0 and no value
        return softmax(torch.cat([scores, torch.zeros_like(scores[:, :1])], 1), 1)[:, :-1]
    return softmax(scores, 1)


def shade_of_weight(weight, hidden):
    """Return the colour of a weight; NaN is that of a row in which nothing is left."""
    if math.isnan(weight):
        return NOTHING_LEFT
    return BLANK if hidden else shade_of_prob(weight)


class Attention(LivePicture):
    """Left the scores, right the weights: a row a query, a column a key, with each row's sum and entropy."""

    def __init__(self):
        super().__init__()
        size = {"width": 4.8, "height": 2.65, "corner": "query ↓ key →"}
        self.scores = Grid(self, "scores", "scores", WORDS, WORDS, **size)
        self.weights = Grid(self, "weights", "weights", WORDS, WORDS, right=("Σ", "entropy"), **size)

    def update(self, facts):
        scores, weights = facts.scores.flatten().tolist(), facts.weights.flatten().tolist()
        hidden = [score == -math.inf for score in scores]
        # The scores' colours are full at ±3, half of what `shade_of_logit` has for the larger logits of other lessons.
        words = ["−∞" if off else number(score, ".1f") for off, score in zip(hidden, scores)]
        self.scores.show(words, [BLANK if off else shade_of_logit(2 * score) for off, score in zip(hidden, scores)])
        words = ["" if off and weight == 0 else number(weight, ".2f") for off, weight in zip(hidden, weights)]
        margins = [[number(each, ".2f") for each in column.tolist()] for column in (facts.sums, facts.entropies)]
        self.weights.show(words, [shade_of_weight(*each) for each in zip(weights, hidden)], right=margins)


def describe(facts):
    """Say how far the scores spread, what the rows sum to and how even they are."""
    scale = f"divided by √{facts.d} = {number(math.sqrt(facts.d), '.2f')}" if facts.scaled else "not divided"
    shift = f" {number(facts.added, '+.1f')} on {facts.key}." if facts.added else ""
    left = ~facts.entropies.isnan()
    said = [
        f"d = {facts.d}, scores {scale}: standard deviation {number(facts.spread, '.2f')}.{shift}",
        f"Mask: {facts.mask}. Weights: {facts.kind}.",
    ]
    if not left.all():
        lost = " and ".join(word for word, kept in zip(WORDS, left) if not kept)
        what = "NaN" if facts.weights.isnan().any() else "weights that are all 0"
        said.append(f"For {lost} no key is left: {what}.")
    if left.any():
        strongest = facts.weights.nan_to_num(-1.0).flatten().argmax().item()
        query, key = divmod(strongest, N)
        rows = "rows" if left.all() else "other rows"
        low, high = (number(each, ".2f") for each in facts.sums[left].aminmax())
        sums = f"{low} each" if low == high else f"from {low} to {high}"
        largest = number(facts.weights[query, key], ".2f")
        said.append(f"Largest weight: “{WORDS[query]}” looks at “{WORDS[key]}” with {largest}.")
        said.append(
            f"Sums of the {rows}: {sums}; their mean entropy is {number(facts.entropies[left].mean(), '.2f')}, "
            f"where {N} equal weights have {number(math.log(N), '.2f')}."
        )
    return " ".join(said)


def attention(d=64, mask="none", kind=SOFTMAX, key="dog", added=0.0):
    """Return the explorer of attention's weights: six words look at six words.

    Parameters
    ----------
    d : a power of two in [4, 1024], how many numbers a query has, and a key
    mask : "none", "causal", "last two keys hidden" or "causal, first two keys hidden"
    kind : "softmax", "softmax with 1 + Σ" or "sigmoid, bias −ln n"
    key : one of the six words, or "every key"
    added : number in [-10, 10], on all scores of that key

    Derived in notebooks/12_attention_and_routers.ipynb.
    """
    controls = {
        "d": SelectionSlider(description="d, numbers a query", options=DIMS),
        "scaled": Checkbox(description="divide by √d"),
        "mask": Dropdown(description="mask", options=[*MASKS]),
        "kind": Dropdown(description="weights", options=[SOFTMAX, OFF_BY_ONE, SIGMOID]),
        "key": Dropdown(description="which key", options=[*WORDS, EVERY]),
        "added": FloatSlider(description="added to its scores", min=-10.0, max=10.0, step=0.5),
    }
    values = {"d": d, "scaled": True, "mask": mask, "kind": kind, "key": key, "added": added}
    return Explorer("attention", controls=controls, facts=facts, picture=Attention, describe=describe, values=values)

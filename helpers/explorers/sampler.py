"""The sampler of lesson 11: logits of the next word, what a temperature and three filters leave, and 200 draws."""

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch

from helpers.data import NEXT_LOGITS, NEXT_WORDS
from helpers.functions import softmax
from helpers.inputs.classes import MOST, read_labels
from helpers.inputs.tensors import read_logits
from helpers.live import Dropdown, Explorer, FloatSlider, IntSlider, LivePicture
from helpers.style import BLUE, FAINT, INK, ORANGE, PALE, PAPER, legend_above
from helpers.text import cell, number, short

DRAWS = 200
# In which order the temperature and the filters come; the first is transformers', the second llama.cpp's.
ORDERS = {
    "T, top-k, top-p, min-p": ("temperature", "top_k", "top_p", "min_p"),
    "top-k, top-p, min-p, T": ("top_k", "top_p", "min_p", "temperature"),
    "T, top-p, top-k, min-p": ("temperature", "top_p", "top_k", "min_p"),
}
FIRST = next(iter(ORDERS))
NAMES = {"top_k": "top-k", "top_p": "top-p", "min_p": "min-p"}
# One row of uniform numbers a seed, so that a slider moves the words and not the luck.
UNIFORMS = torch.rand(10, DRAWS, generator=torch.Generator().manual_seed(8), dtype=torch.float64)


class Others(NamedTuple):
    """What becomes of the words that are not shown."""

    count: int
    kept: int
    prob: float  # of all together
    draws: int


@dataclass(frozen=True)
class Facts:
    """What is left of K words, and what is drawn; tensors and tuples have an entry for each of the n words shown."""

    labels: tuple
    settings: dict  # the control values
    plain: torch.Tensor  # softmax of the logits at the temperature, nothing dropped
    seen: torch.Tensor  # the probabilities that top-p goes by, 0 for words that are gone before it
    sums: torch.Tensor  # of these, from the first word on
    dropped: tuple  # by which filter, None for words that are kept
    probs: torch.Tensor  # what is drawn from
    counts: tuple  # of 200 draws
    kept: int  # of all words
    total: int
    entropy: float  # of what is drawn from, in nats
    others: Others

    @property
    def perplexity(self):
        return torch.tensor(self.entropy, dtype=torch.float64).exp().item()


def kept_by(step, value, probs):
    """Return which words a filter keeps, of probabilities that descend; at its value for "off" all of them."""
    if step == "top_k":
        return torch.arange(len(probs)) < (value or len(probs))
    if step == "top_p":
        return torch.ones_like(probs, dtype=torch.bool) if value == 1 else probs.cumsum(0) - probs < value
    return probs >= value * probs[0]


def facts(logits, labels, temperature, top_k, top_p, min_p, order, seed):
    """Return what the steps make of float64 `logits` (K,) that descend; the first n of them have a label."""
    values = {"temperature": temperature, "top_k": top_k, "top_p": top_p, "min_p": min_p}
    z, n = logits, len(labels)
    dropped = [None] * n
    for step in ORDERS[order]:
        if step == "temperature":
            z = z / temperature
            continue
        probs = softmax(z, 0)
        if step == "top_p":
            seen = probs
        # A word that is gone has the logit −∞ and stays gone, whatever this filter thinks of its probability of 0.
        kept = kept_by(step, values[step], probs) & (z > -torch.inf)
        for row in range(n):
            if not kept[row] and not dropped[row]:
                dropped[row] = NAMES[step]
        z = z.where(kept, -torch.inf)
    probs = softmax(z, 0)
    counts = torch.searchsorted(probs.cumsum(0), UNIFORMS[seed] * probs.sum(), right=True).bincount(minlength=len(z))
    return Facts(
        labels=labels,
        settings=values | {"order": order, "seed": seed},
        plain=softmax(logits / temperature, 0)[:n],
        seen=seen[:n],
        sums=seen.cumsum(0)[:n],
        dropped=tuple(dropped),
        probs=probs[:n],
        counts=tuple(counts[:n].tolist()),
        kept=int((z > -torch.inf).sum()),
        total=len(z),
        entropy=torch.special.entr(probs).sum().item(),
        others=Others(len(z) - n, int((z[n:] > -torch.inf).sum()), probs[n:].sum().item(), int(counts[n:].sum())),
    )


class Sampler(LivePicture):
    """A row for each of the words shown, perhaps one for the others: what top-p sees, what is drawn from, the draws."""

    HEIGHT = 2.6  # with three rows of controls above it and three lines below it fits a projector
    LEFT, P, SUM = -0.98, -0.4, -0.06  # where the names begin, and where the columns "p" and "sum" end

    def __init__(self, labels=NEXT_WORDS, others=0):
        super().__init__()
        self.names = [short(label) for label in labels]
        if others:
            self.names.append("others")
        self._draw_probs(self.panel(4.8, self.HEIGHT))
        self._draw_counts(self.panel(4.4, self.HEIGHT))

    def _set_rows(self, axes, left, right):
        """Give the axes a row for each name, from the first on top, and return the heights of the rows."""
        n = len(self.names)
        axes.set(xlim=(left, right), ylim=(n - 0.5, -0.5))
        axes.tick_params(axis="x", labelsize=9.5, pad=2)
        return range(n)

    def _draw_probs(self, axes):
        rows = self._set_rows(axes, self.LEFT, 1.24)
        axes.set_yticks([])
        # The axis is named between its numbers, which saves a line.
        axes.set_xticks([0, 0.5, 0.75, 1], ["0", "0.5", "probability", "1"])
        axes.spines["left"].set_visible(False)
        axes.spines["bottom"].set_bounds(0, 1)
        for row, name in enumerate(self.names):
            axes.text(self.LEFT, row, name, va="center", size=9.5, weight="bold")
        above = dict(textcoords="offset points", va="bottom", size=9.5)
        axes.annotate("top-p sees", ((self.P + self.SUM) / 2 - 0.05, -0.5), (0, 13), ha="center", **above)
        for x, head in ((self.P, "p"), (self.SUM, "sum")):
            axes.annotate(head, (x, -0.5), (0, 1), ha="right", weight="bold", **above)
        right = dict(ha="right", va="center", size=9.5)
        self.seen = self.texts("seen", axes, [(self.P, row) for row in rows], **right)
        self.sums = self.texts("sum", axes, [(self.SUM, row) for row in rows], **right)
        plain = axes.barh(rows, 0, height=0.78, color=PALE, edgecolor=PAPER, label="softmax at T")
        drawn = axes.barh(rows, 0, height=0.42, color=BLUE, hatch="\\\\", edgecolor=PAPER, label="drawn from")
        self.plain, self.drawn = self.moving("plain", plain), self.moving("drawn", drawn)
        self.said = self.texts("said", axes, [(0, row) for row in rows], va="center", size=9.5)
        legend_above(axes, 2, bbox_to_anchor=(0.72, 1), columnspacing=1, handlelength=1.2, borderaxespad=0)

    def _draw_counts(self, axes):
        rows = self._set_rows(axes, 0, DRAWS * 1.14)
        axes.set_yticks(rows, self.names)
        axes.tick_params(axis="y", length=0, labelsize=9.5)
        axes.set_xticks([0, 50, 100, 150, 200])
        self.bars = self.moving("count", axes.barh(rows, 0, height=0.6, color=ORANGE, hatch="//", edgecolor=PAPER))
        self.expected = self.line("expected", axes, [0] * len(rows), rows, "D", color=PAPER, mec=INK, ms=5)
        self.times = self.texts("times", axes, [(0, row) for row in rows], va="center", size=9.5)
        axes.set_title(f"times drawn, of {DRAWS}   (◇ expected)", size=10, pad=15)  # below it a line for what is left
        left = axes.annotate("", (0.5, 1), (0, 3), "axes fraction", "offset points", ha="center", va="bottom", size=10)
        self.left = self.moving("left", left)

    def update(self, facts):
        for row, dropped in enumerate(facts.dropped):
            # A word that went before top-p looked has no probability there; one that goes later shows what it had.
            gone = dropped and facts.seen[row] == 0
            for text, value in ((self.seen[row], facts.seen[row]), (self.sums[row], facts.sums[row])):
                text.set_text("" if gone else f"{value:.3f}")
                text.set_color(FAINT if dropped else INK)
        plain, probs, counts = facts.plain.tolist(), facts.probs.tolist(), [*facts.counts]
        said = [dropped or f"{prob:.3f}" for dropped, prob in zip(facts.dropped, probs)]
        others = facts.others
        if others.count:  # they have a row, too
            plain.append(max(0.0, 1 - sum(plain)))
            probs.append(others.prob)
            counts.append(others.draws)
            said.append(f"{others.prob:.3f}" if others.kept else "none")
        for row, text in enumerate(said):
            self.plain[row].set_width(plain[row])
            self.drawn[row].set_width(probs[row])
            self.said[row].set(x=max(plain[row], probs[row]) + 0.02, text=text)
            self.said[row].set_color(INK if probs[row] else FAINT)
            self.bars[row].set_width(counts[row])
            self.times[row].set(x=max(counts[row], DRAWS * probs[row]) + 6, text=str(counts[row]))
        self.expected.set_xdata([DRAWS * each for each in probs])
        entropy = number(facts.entropy, ".2f")
        self.left.set_text(
            f"{facts.kept:,} of {facts.total:,} kept: entropy {entropy}, perplexity {facts.perplexity:,.2f}"
        )


def describe(facts):
    """Say the settings, what they leave, and what is drawn."""
    of = facts.settings
    filters = []
    if of["top_k"]:
        filters.append(f"top-k {of['top_k']}")
    if of["top_p"] != 1:
        filters.append(f"top-p {of['top_p']:.2f}")
    if of["min_p"]:
        filters.append(f"min-p {of['min_p']:.2f}")
    rows = zip(facts.labels, facts.probs.tolist(), facts.counts, facts.dropped)
    words = ", ".join(f"{label} {prob:.3f} ({count})" for label, prob, count, dropped in rows if not dropped)
    rest, others = "", facts.others
    if others.count:
        rest = f", and {others.kept:,} of {others.count:,} others, together {cell(others.prob)} ({others.draws})"
    return (
        f"Temperature {of['temperature']:.1f}, {', '.join(filters) or 'no filter'}; in the order {of['order']}. "
        f"Of {facts.total:,} words "
        f"{facts.kept:,} are kept. Drawn from, and how often in {DRAWS} draws: {words}{rest}. "
        f"Entropy {number(facts.entropy, '.2f')} nats, perplexity {facts.perplexity:,.2f}."
    )


def sampler(logits=None, labels=None, temperature=1.0, top_k=0, top_p=1.0, min_p=0.0, order=FIRST, seed=0):
    """Return the explorer of a draw: temperature, top-k, top-p and min-p, what they leave, and 200 draws.

    Parameters
    ----------
    logits : tensor, array or sequence of finite numbers, shape (K,), K from 2 on, of any device and type
        If not given, twelve words that may come next. Of more than twelve the largest are shown, and the others
        together; everything is computed over all K.
    labels : sequence of K names, optional
    temperature : number in [0.1, 3]
    top_k : whole number in [0, 12], with logits of your own up to K or 100; 0 is off
    top_p : number in [0.05, 1]; 1 is off. The word that crosses the share is kept
    min_p : number in [0, 0.5], a share of the largest probability; 0 is off
    order : one of `ORDERS`
    seed : whole number in [0, 9], which 200 random numbers are used

    Derived in notebooks/11_from_logits_to_a_draw.ipynb.

    >>> sampler([2.0, 1.0], labels=["hay", "sand"], top_k=1).describe()[:70]
    'Temperature 1.0, top-k 1; in the order T, top-k, top-p, min-p. Of 2 wo'
    """
    x = read_logits(NEXT_LOGITS if logits is None else logits, "sampler", dims=(1,))
    names = NEXT_WORDS if logits is None and labels is None else read_labels(labels, len(x))
    x, places = x.sort(descending=True, stable=True)
    shown = tuple(names[k] for k in places[:MOST].tolist())
    controls = {
        "temperature": FloatSlider(description="temperature T", min=0.1, max=3.0, step=0.1),
        "top_k": IntSlider(description="top-k (0: off)", max=min(len(x), 100)),
        "top_p": FloatSlider(description="top-p (1: off)", min=0.05, max=1.0, step=0.05),
        "min_p": FloatSlider(description="min-p (0: off)", max=0.5, step=0.05),
        "order": Dropdown(description="order", options=list(ORDERS)),
        "seed": IntSlider(description="seed of draws", max=len(UNIFORMS) - 1),
    }
    values = dict(temperature=temperature, top_k=top_k, top_p=top_p, min_p=min_p, order=order, seed=seed)
    return Explorer(
        "sampler",
        controls=controls,
        facts=partial(facts, x, shown),
        picture=partial(Sampler, shown, len(x) - len(shown)),
        describe=describe,
        values=values,
    )

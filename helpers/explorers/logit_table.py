"""The logit table of lesson 01: logits become a table, bars and a decision."""

from dataclasses import dataclass
from functools import partial

import torch
from matplotlib.patches import Patch

from helpers.data import LABELS
from helpers.explorers._sliders import logit_sliders, reach
from helpers.functions import log_softmax, sigmoid, softmax
from helpers.inputs import refuse
from helpers.inputs.classes import MOST, count_entries, read_classes, read_targets, shown_classes
from helpers.live import Checkbox, Explorer, FloatSlider, IntSlider, LivePicture, write
from helpers.style import BLUE, CLASS_COLORS, FAINT, INK, PALE, PAPER, class_bars, share_axis
from helpers.text import cell, count, short

COLUMNS = ("logit\nz", "\nexp(z)", "\nsoftmax", "−log\nsoftmax", "sigmoid\nσ(z)")


@dataclass(frozen=True)
class Facts:
    """What the table shows, one column each, float64, (n,): one entry for each of n classes that are shown."""

    row: int | None  # of a batch
    labels: tuple
    true: int | None  # where the true class stands among the shown ones
    logits: torch.Tensor
    exps: torch.Tensor
    probs: torch.Tensor
    nll: torch.Tensor
    sigmoids: torch.Tensor
    sums: tuple  # over all classes: of exps, probs and sigmoids
    others: int  # how many classes are not shown
    over: int  # how many of all sigmoids are above 0.5


def facts(logits, labels, temperature=1.0, c=0.0, true=None, row=None):
    """Return the columns for the logits (x + c) / temperature, where x are float64 `logits` (K,)."""
    z = (logits + c) / temperature
    exps, probs, sigmoids = z.exp(), softmax(z, 0), sigmoid(z)
    shown = shown_classes(logits, true)
    return Facts(
        row,
        tuple(labels[k] for k in shown),
        None if true is None else shown.index(true),
        *(column[shown] for column in (z, exps, probs, -log_softmax(z, 0), sigmoids)),
        sums=tuple(column.sum().item() for column in (exps, probs, sigmoids)),
        others=len(z) - len(shown),
        over=int((sigmoids > 0.5).sum()),
    )


class LogitTable(LivePicture):
    """Left the table, right its bars: n classes that stay (`labels`) or follow the row of a batch, and `others`.

    Up to four classes have upright bars. `LyingLogitTable` is for more.
    """

    # Of the table: a row is 1 high and a column 1 wide, the names end where the first column begins.
    WIDTH = 4.8  # inches
    LEFT, TOP, HEAD = -0.75, -0.6, 0
    NAME_SIZE, SIZE = 11, 10
    LEGEND_TOP = 1.24  # in heights of the axes

    def __init__(self, labels=LABELS, others=0, marked=False):
        """`others` is how many classes have no row of their own; `marked` is whether the true class is known."""
        super().__init__()
        self.labels, self.others, self.marked = labels, others, marked
        self.count = len(labels)
        self._draw_table(self.panel(self.WIDTH, 2.9))
        self._draw_bars(self.panel(height=2.9))

    def _draw_table(self, axes):
        last = self.count + bool(self.others) + 1  # the row of the sums
        axes.set(xlim=(self.LEFT, 5), ylim=(last + 0.5, self.TOP))
        axes.set_axis_off()
        rights = [j + 0.95 for j in range(len(COLUMNS))]
        for right, column in zip(rights, COLUMNS):
            axes.text(right, self.HEAD, column, ha="right", va="center", weight="bold", size=10)
        for row in range(1, last + 1):
            axes.axhline(row - 0.62, color=FAINT, lw=1.2 if row == last else 0.4)
        if self.marked:
            self.true = self.moving("true-row", axes.axhspan(0.5, 1.36, color=BLUE, alpha=0.12, lw=0))
        names = [axes.text(self.LEFT, i, short(label), weight="bold") for i, label in enumerate(self.labels, start=1)]
        for text, color in zip(names, CLASS_COLORS):
            text.set(color=INK if self.marked else color, size=self.NAME_SIZE)
        axes.text(self.LEFT, last, "sum", weight="bold", size=self.NAME_SIZE)
        if self.marked or self.others:
            self.moving("name", names)  # they follow the row, or lie over the marked one
        self.names = names
        if self.others:
            self.rest = self.text("others", axes, self.LEFT, last - 1, size=self.SIZE)
        self.cells = [
            self.texts(f"cell-{i}", axes, [(right, row) for right in rights], ha="right", size=self.SIZE)
            for i, row in enumerate([*range(1, self.count + 1), last])
        ]

    def _draw_bars(self, axes):
        n = self.count
        axes.set(ylim=(0, 1.12), xlim=(-0.6, n - 0.4), ylabel="value in [0, 1]", yticks=[0, 0.25, 0.5, 0.75, 1])
        axes.set_xticks(range(n), [short(label) for label in self.labels])
        axes.grid(axis="y")
        self._draw_legend(axes)
        middles = [i - 0.1 for i in range(n)]  # which leaves room for the diamonds on the right
        self.bars = self.moving("softmax", axes.bar(middles, 0, width=0.5, **class_bars(n)))
        self.heights = self.texts("height", axes, [(x, 0) for x in middles], ha="center", va="bottom", size=10)
        beside = [i + 0.27 for i in range(n)]
        self.sigmoids = self.line("sigmoid", axes, beside, [0] * n, "D", color=PAPER, mec=INK, ms=8)

    def _draw_legend(self, axes):
        diamond = axes.plot([], "D", color=PAPER, mec=INK, label="sigmoid (each on its own)")[0]
        bar = Patch(facecolor=PALE, edgecolor=INK, label=f"softmax (the {count(self.count + self.others)} sum to 1)")
        axes.legend(handles=[diamond, bar], loc="upper center", bbox_to_anchor=(0.5, self.LEGEND_TOP))

    def update(self, facts):
        columns = (facts.logits, facts.exps, facts.probs, facts.nll, facts.sigmoids)
        exps, total, sigmoids = (cell(value) for value in facts.sums)
        rows = zip(*(map(cell, column.tolist()) for column in columns))
        for texts, words in zip(self.cells, (*rows, ("", exps, total, "", sigmoids))):
            write(texts, words)
        if self.marked:
            self.true.set_y(facts.true + 0.5)
        self._update_bars(facts)

    def _update_bars(self, facts):
        for bar, text, prob in zip(self.bars, self.heights, facts.probs.tolist()):
            bar.set_height(prob)
            text.set(y=prob, text=f"{prob:.2f}")
        self.sigmoids.set_ydata(facts.sigmoids)


class LyingLogitTable(LogitTable):
    """The same for more than four classes: bars that lie, one beside each row of the table."""

    WIDTH = 5.2
    LEFT, TOP, HEAD = -1.1, -1.4, -0.5
    NAME_SIZE = SIZE = 9.5
    LEGEND_TOP = 1.3

    def _draw_bars(self, axes):
        n = self.count
        axes.set_ylim(n + bool(self.others) - 0.4, -0.6)
        share_axis(axes, -0.36, 1.2, "value in [0, 1]", ticks=[0, 0.25, 0.5, 0.75, 1])
        axes.grid(axis="x")
        self._draw_legend(axes)
        bars = [*axes.barh([i - 0.1 for i in range(n)], 0, height=0.6, **class_bars(n))]
        look = dict(ha="right", va="center", size=9.5)
        names = [axes.text(-0.02, i, short(label), weight="bold", **look) for i, label in enumerate(self.labels)]
        for text, color in zip(names, CLASS_COLORS):
            text.set_color(color)
        self.bar_names = self.moving("bar-name", names) if self.others else names
        if self.others:
            bars += axes.barh(n - 0.1, 0, height=0.6, color=PALE, edgecolor=INK)
            axes.text(-0.02, n, "others", **look)
        self.bars = self.moving("softmax", bars)
        self.heights = self.texts("height", axes, [(1.2, i) for i in range(len(bars))], **look)
        below = [i + 0.15 for i in range(n)]
        self.sigmoids = self.line("sigmoid", axes, [0] * n, below, "D", color=PAPER, mec=INK, ms=5)

    def _update_bars(self, facts):
        probs = facts.probs.tolist()
        if self.others:
            rest = max(0.0, 1 - sum(probs))
            self.rest.set_text(f"and {facts.others:,} others, together {cell(rest)}")
            for texts in (self.names, self.bar_names):
                write(texts, map(short, facts.labels))
            probs.append(rest)
        for bar, text, prob in zip(self.bars, self.heights, probs):
            bar.set_width(prob)
            text.set_text(f"{prob:.2f}")
        self.sigmoids.set_xdata(facts.sigmoids)


def describe(facts):
    """Say what softmax decides and what the sigmoids do."""
    best = facts.probs.max().item()
    winners = [label for label, prob in zip(facts.labels, facts.probs.tolist()) if prob == best]
    shown = ", ".join(f"{label} {prob:.4f}" for label, prob in zip(facts.labels, facts.probs.tolist()))
    decision = f"picks {winners[0]}" if len(winners) == 1 else f"is a tie of {' and '.join(winners)}"
    over = [label for label, value in zip(facts.labels, facts.sigmoids.tolist()) if value > 0.5]
    where = "" if facts.row is None else f"Row {facts.row}. "
    truth = "" if facts.true is None else f"True: {facts.labels[facts.true]}. "
    passing = ", ".join(over) or "none"
    if facts.others:
        rest = max(0.0, 1 - facts.probs.sum().item())
        shown += f", and {facts.others:,} others, together {cell(rest)}"
        passing = f"{facts.over:,} of {facts.others + len(facts.labels):,}"
    number = count(len(facts.labels) + facts.others)
    return (
        f"{where}{truth}Softmax {decision} with probability {best:.4f} ({shown}; the sum is {facts.sums[1]:.4f}). "
        f"Sigmoid above 0.5: {passing}; the {number} sigmoids sum to {cell(facts.sums[2])}."
    )


def logit_table(logits=None, temperature=1.0, c=-4.0, labels=None, targets=None):
    """Return the explorer of the logit table.

    Parameters
    ----------
    logits : tensor, array or sequence of finite numbers, shape (K,) or (N, K), K from 2 on, of any device and type
        If not given, the running example's. A slider chooses the row of a batch. Up to 12 classes have sliders of
        their own, which start at the logits, rounded to their step, and reach as far as these need. Of more classes,
        the 10 largest are shown.
    temperature : number in [0.1, 10]
    c : number in [-10, 10], added to every logit once the reader switches it on
    labels : sequence of K names, optional
    targets : the true class of each row, a whole number or a label, or N of them, optional

    >>> logit_table([[2.0, -1.0, 0.5]], labels=("ship", "truck", "plane"), targets=["truck"]).describe()[:44]
    'Row 0. True: truck. Softmax picks ship with '
    """
    classes = read_classes(logits, labels, "logit_table")
    x, labels = classes.logits, classes.labels
    rows = x.reshape(-1, x.shape[-1])
    # A target for each logit of one row: these may be margins, one number a row, whose other logit is 0.
    if x.ndim == 1 and not isinstance(targets, str) and count_entries(targets) == len(x):
        line = "logit_table(torch.stack([0 * m, m], -1), targets)"
        raise refuse("targets", targets, f"one class, for logits (K,) are one row; of one margin m a row: {line}")
    true = [None] * len(rows) if targets is None else read_targets(targets, len(rows), labels)
    shown = shown_classes(rows[0])
    has_sliders = len(labels) <= MOST
    reached = reach(rows)
    sliders = logit_sliders(classes, rows[0], reached) if has_sliders else {}
    controls = {"row": IntSlider(description="row", max=len(rows) - 1)} if x.ndim == 2 else {}
    controls |= sliders
    controls["temperature"] = FloatSlider(description="temperature T", min=0.1, max=10, step=0.1)
    controls["add_c"] = Checkbox(description=f"add c to all {count(len(labels))} logits")
    controls["c"] = (-10.0, 10.0, 0.5)

    def facts_of(temperature, add_c, c, row=None, **set_logits):
        place = row or 0  # one row has no control of this name
        values = torch.tensor(list(set_logits.values()), dtype=torch.float64) if has_sliders else rows[place]
        return facts(values, labels, temperature, c if add_c else 0.0, true[place], row)

    def couple(moved, values):
        if moved != "row" or not has_sliders:
            return {}
        return {name: each.value for name, each in logit_sliders(classes, rows[values["row"]], reached).items()}

    kind = LogitTable if len(shown) <= 4 else LyingLogitTable
    return Explorer(
        "logit table",
        controls=controls,
        facts=facts_of,
        picture=partial(kind, [labels[k] for k in shown], len(labels) - len(shown), targets is not None),
        describe=describe,
        couple=couple,
        idle=lambda values: () if values["add_c"] else ("c",),
        values={"temperature": temperature, "c": c},
    )

"""The dim view of lesson 03: a tensor, its softmax along one dim, and the sums along every dim."""

import math
from dataclasses import dataclass
from functools import cache, partial
from itertools import product, zip_longest

import torch
from matplotlib.patches import Rectangle

from helpers.data import F_SOFTMAX_INPUT, SIGMOID_INPUT, SOFTMAX_INPUT
from helpers.explorers._grid import set_new
from helpers.figures.dim import DEEPEST, GROUP_SUM, ink_on, shade_of_logit, shade_of_prob
from helpers.functions import softmax
from helpers.inputs import read_float64, refuse
from helpers.inputs.tensors import refuse_probs
from helpers.live import Dropdown, Explorer, FloatSlider, LivePicture, checked, write
from helpers.style import BLUE, FAINT, INK, PAPER
from helpers.text import cell as brief
from helpers.text import number

PRINTED = {"nn.Softmax": SOFTMAX_INPUT, "F.softmax": F_SOFTMAX_INPUT, "sigmoid": SIGMOID_INPUT}
RANDN = "randn"
SOURCES = [("randn · a + b", RANDN), *((f"{name} input", name) for name in PRINTED)]
SHAPES = [(2, 3), (1, 5), (4, 4), (6, 4), (4, 3, 2), (2, 3, 4)]
DIMS = [0, 1, 2, -1, -2, -3]
CELLS = 24  # of the largest of them
LARGEST = {2: 8, 3: 4}  # for each number of dims, the size up to which every cell of a tensor has a place
MOST = 10_000_000  # numbers of a tensor whose sums alone are shown
LETTERS = "ijklmn"  # the index of each dim
ANYWHERE = (0, 0), 1, 1  # corner and size of what `update` will place
NOISE = torch.randn(CELLS, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
SPAN = {2: ("down the rows", "across the columns"), 3: ("through the slices", "down the rows", "across the columns")}


@dataclass(frozen=True)
class Facts:
    """The input, its softmax along `dim`, and the sums of that softmax along each dim, float64."""

    x: torch.Tensor
    dim: int  # as the reader gave it, perhaps negative
    axis: int  # the same, counted from the front
    probs: torch.Tensor
    sums: tuple  # one tensor a dim
    total: float


@dataclass(frozen=True)
class Sums:
    """The same of a tensor that is too large for its cells to be shown."""

    shape: tuple
    dim: int
    axis: int
    sums: tuple
    total: float


def fit(source, shape, dim):
    """Return the (shape, dim) that can be: a printed tensor has its own shape, and dim must exist in it.

    >>> fit("F.softmax", (4, 3, 2), 2), fit("randn", (4, 4), -3)
    (((2, 3), 1), ((4, 4), -2))
    """
    if source in PRINTED:
        shape = tuple(PRINTED[source].shape)
    return shape, max(-len(shape), min(dim, len(shape) - 1))


def facts(source, a, b, shape, dim):
    """Return the softmax along `dim` of randn · a + b, or of a tensor that the article prints."""
    shape, dim = fit(source, shape, dim)
    x = PRINTED[source].double() if source in PRINTED else (NOISE * a + b)[: torch.Size(shape).numel()].reshape(shape)
    return facts_of(x, dim)


def facts_of(x, dim):
    """Return the facts of float64 `x`; its sums alone, if it is large."""
    probs = softmax(x, dim)
    sums, total = tuple(probs.sum(each) for each in range(x.ndim)), probs.sum().item()
    if has_cells(x.shape):
        return Facts(x, dim, dim % x.ndim, probs, sums, total)
    return Sums(tuple(x.shape), dim, dim % x.ndim, sums, total)


def has_cells(shape):
    return max(shape) <= LARGEST.get(len(shape), 0)


def ones(sums):
    """Return which of the sums are 1, up to the rounding of float64."""
    return (sums - 1).abs() < 1e-9


class Layout:
    """Where cells, labels and sums of a tensor stand in a panel; all lengths are in inches, y points down.

    A matrix counts as one slice; rows stand equally high with sums and without. `cells` has the left upper corner of
    each cell by its (slice, row, column); `sums` has, for each dim, the middles of the sums in the order of
    `facts.sums[dim]`; `labels` are (x, y, horizontal alignment, text).
    """

    WIDTH, HEIGHT = 4.8, 3.0
    LEFT, RIGHT, TOP, BOTTOM = 0.48, 0.08, 0.36, 0.48  # around all slices, for letters, nothing, title and footnote
    GAP = 0.16  # between slices side by side
    NARROWEST = 0.45  # a cell; for more of them the panel is wider
    SLICES = {1: (1, 1), 2: (2, 1), 3: (2, 2), 4: (2, 2)}  # how many stand below and beside each other

    def __init__(self, shape, with_sums):
        self.slices, self.rows, self.columns = (1, *shape) if len(shape) == 2 else shape
        self.solid = len(shape) == 3
        self.extra = 1 if with_sums else 0  # row and column of each slice
        down, across = self.SLICES[self.slices]
        wide, gaps = across * (self.columns + self.extra), across - 1  # how many cells and gaps are side by side
        if self.solid and with_sums:  # the sums over the slices are one more, on their right
            wide, gaps = wide + self.columns, gaps + 1
        self.head = 0.36 if self.solid else 0.25  # above each slice: its index, and those of the columns
        rim = self.LEFT + self.RIGHT + gaps * self.GAP
        self.panel = max(self.WIDTH, rim + wide * self.NARROWEST)
        room_x = self.panel - rim
        room_y = self.HEIGHT - self.TOP - self.BOTTOM - down * self.head
        self.width, self.height = min(room_x / wide, 1.1), min(room_y / (down * (self.rows + 1)), 0.9)
        self.left = self.LEFT + (room_x - wide * self.width) / 2
        self.size = 9.5 if self.solid or self.width < 0.6 else 10.5
        self.digits = 4  # decimals of a cell, where there is room
        if self.solid:
            self.digits = 3 if with_sums else 2
        # A cell's width in points, less a rim, in digits of the font, which are 0.636 of its size wide.
        self.letters_in_a_cell = int((72 * self.width - 5) / (0.636 * self.size) + 0.5)
        self.cells, self.labels, self.sums = {}, [], [[] for _ in shape]
        for s in range(self.slices):
            self._place_slice(s, *divmod(s, across))
        if self.solid and with_sums:
            self._place_sums_over_slices(across)

    def _place_slice(self, s, below, beside):
        """Place slice s, which has so many slices above it and on its left."""
        row_letter, column_letter = "jk" if self.solid else "ij"
        left = self.left + beside * ((self.columns + self.extra) * self.width + self.GAP)
        top = self.TOP + self.head + below * ((self.rows + 1) * self.height + self.head)
        xs = [left + (c + 0.5) * self.width for c in range(self.columns + 1)]  # the middles, at last of the sums
        ys = [top + (r + 0.5) * self.height for r in range(self.rows + 1)]
        for r, c in product(range(self.rows), range(self.columns)):
            self.cells[s, r, c] = (left + c * self.width, top + r * self.height)
        rows = [f"{row_letter}={r}" for r in range(self.rows)]
        columns = [f"{column_letter}={c}" for c in range(self.columns)]
        if self.extra:
            rows.append(f"Σ {row_letter}")
            columns.append(f"Σ {column_letter}")
            self.sums[-1] += [(xs[-1], y) for y in ys[:-1]]
            self.sums[-2] += [(x, ys[-1]) for x in xs[:-1]]
        if self.solid:
            self.labels.append((left + self.columns * self.width / 2, top - 0.28, "center", f"{LETTERS[0]}={s}"))
        self.labels += [(x, top - 0.1, "center", text) for x, text in zip(xs, columns)]
        if not beside:
            self.labels += [(left - 0.06, y, "right", text) for y, text in zip(ys, rows)]

    def _place_sums_over_slices(self, across):
        """Place the sums over the first dim, on the right of all slices."""
        left = self.left + across * ((self.columns + 1) * self.width + self.GAP)
        top = (self.HEIGHT - self.BOTTOM + self.TOP + self.head - self.rows * self.height) / 2
        self.labels.append((left + self.columns * self.width / 2, top - 0.1, "center", f"Σ {LETTERS[0]}"))
        for r, c in product(range(self.rows), range(self.columns)):
            self.sums[0].append((left + (c + 0.5) * self.width, top + (r + 0.5) * self.height))

    def group(self, axis):
        """Return the corners and sizes of the frames around the group of cell (0, 0, 0) along `axis`.

        Without an axis a cell is its own group.
        """
        if axis is None:
            return [(self.cells[0, 0, 0], self.width, self.height)]
        along = axis if self.solid else axis + 1
        if along == 0:
            return [(self.cells[s, 0, 0], self.width, self.height) for s in range(self.slices)]
        if along == 1:
            return [(self.cells[0, 0, 0], self.width, self.rows * self.height)]
        return [(self.cells[0, 0, 0], self.columns * self.width, self.height)]


def fitting(values, digits, letters):
    """Return numbers with up to `digits` decimals, as many as have room, or as a power of ten where one has none.

    >>> fitting([-1.23456, 2], 4, 9), fitting([-12.3456, 0.5], 4, 5), fitting([1234567.0, 2], 4, 5)
    (['−1.2346', '2.0000'], ['−12.3', '0.5'], ['1e+06', '2.0'])
    """
    for decimals in range(digits, -1, -1):
        texts = [number(value, f".{decimals}f") for value in values]
        if max(map(len, texts)) <= letters:
            return texts
    texts = [(number(value, ".1f"), number(value, ".0f"), number(value, ".0e")) for value in values]
    return [next((text for text in forms if len(text) <= letters), forms[-1]) for forms in texts]


def placed(artists, places):
    """Yield each artist that has a place, with it; show these and hide the others."""
    for artist, place in zip_longest(artists, places):
        set_new(artist, visible=place is not None)
        if place is not None:
            yield artist, place


class HeatMap:
    """One panel: cells with their values, index letters, the frame around one group, and sums where it has them.

    There are artists for the tensor with the most cells, labels and sums; a smaller one leaves some invisible.

    Parameters
    ----------
    picture : LivePicture
    name : str
        What the moving artists' names begin with.
    title, footnote : str
    shapes : sequence of the shapes of the tensors that it can show
    with_sums : bool
    kind : Layout
    """

    def __init__(self, picture, name, title, shapes, with_sums, footnote, kind=Layout):
        self.layouts = {shape: kind(shape, with_sums) for shape in shapes}
        layouts = self.layouts.values()
        cells, labels = (max(len(getattr(each, part)) for each in layouts) for part in ("cells", "labels"))
        num_sums = max(sum(map(len, each.sums)) for each in layouts)
        self.with_sums = with_sums
        width = max(each.panel for each in layouts)
        self.axes = axes = picture.panel(width, kind.HEIGHT, xlim=(0, width), ylim=(kind.HEIGHT, 0))
        axes.set_axis_off()
        self.title = axes.text(0.05, 0.15, title, size=11.5, va="center", weight="bold")
        self.footnote = axes.text(0.05, kind.HEIGHT - 0.11, footnote, size=9.5, va="center", color=FAINT)
        text = partial(axes.text, *ANYWHERE[0], "", va="center")
        self.cells = [axes.add_patch(Rectangle(*ANYWHERE, edgecolor="0.8")) for _ in range(cells)]
        self.values = [text(ha="center") for _ in range(cells)]
        self.labels = [text(size=9.5, color=FAINT) for _ in range(labels)]
        frame = dict(fill=False, edgecolor=INK, linewidth=2.5, zorder=4)
        self.frames = [axes.add_patch(Rectangle(*ANYWHERE, **frame)) for _ in range(max(kind.SLICES))]
        self.sums = [text(ha="center", color=FAINT) for _ in range(num_sums)]
        for part in ("cells", "values", "labels", "frames", "sums"):
            picture.moving(f"{name}-{part}", getattr(self, part))

    def update(self, tensor, axis, sums, shade, digits=None):
        """Show `tensor` (2-D or 3-D), its sums along each dim, and the frame around one group along `axis`.

        None for `axis` says that no cells compete; `digits` are the decimals that a cell has where there is room.
        """
        layout = self.layouts[tuple(tensor.shape)]
        digits = digits or layout.digits
        self._fill_cells(layout, tensor.flatten().tolist(), digits, shade)
        for label, place in placed(self.labels, layout.labels):
            set_new(label, position=place[:2], horizontalalignment=place[2], text=place[3])
        for frame, (corner, width, height) in placed(self.frames, layout.group(axis)):
            set_new(frame, xy=corner, width=width, height=height)
        if self.with_sums:
            self._fill_sums(layout, torch.cat([along.flatten() for along in sums]), digits)

    def _fill_cells(self, layout, numbers, digits, shade):
        words = fitting(numbers, digits, layout.letters_in_a_cell)
        colors, corners = [shade(value) for value in numbers], layout.cells.values()
        for cell, (corner, color) in placed(self.cells, zip(corners, colors)):
            set_new(cell, xy=corner, width=layout.width, height=layout.height, facecolor=color)
        for text, ((left, top), color, word) in placed(self.values, zip(corners, colors, words)):
            set_new(text, position=(left + layout.width / 2, top + layout.height / 2))
            set_new(text, text=word, fontsize=layout.size, color=ink_on(color))

    def _fill_sums(self, layout, numbers, digits):
        places = [place for along in layout.sums for place in along]
        words = fitting(numbers.tolist(), digits, layout.letters_in_a_cell)
        for text, (place, word, is_one) in placed(self.sums, zip(places, words, ones(numbers).tolist())):
            set_new(text, position=place, text=word, fontsize=layout.size)
            if (text.get_bbox_patch() is not None) != is_one:
                text.set(bbox=GROUP_SUM if is_one else None, color=INK if is_one else FAINT)


class DimView(LivePicture):
    """Left the tensor, right its softmax with the sums along every dim; both have a frame around one group."""

    def __init__(self, shapes=SHAPES):
        super().__init__()
        colors = f"orange below 0, purple above; pale near 0, full from ±{DEEPEST:g} on"
        frame = "thick frame: one group that competes; boxed: a sum that is 1"
        self.input = HeatMap(self, "input", "input x", shapes, False, colors)
        self.output = HeatMap(self, "output", "", shapes, True, frame)
        self.title = self.moving("title", self.output.title)
        self.total = self.text("total", self.output.axes, 0.05, Layout.HEIGHT - 0.33, va="center", size=11)

    def update(self, facts):
        self.input.update(facts.x, facts.axis, (), shade_of_logit)
        self.output.update(facts.probs, facts.axis, facts.sums, shade_of_prob)
        self.title.set_text(f"softmax, dim={number(facts.dim, '.0f')}: {runs(facts)}")
        size, cells = facts.probs.shape[facts.axis], facts.probs.numel()
        self.total.set_text(f"total {facts.total:.4f} = {cells} cells / size {size} of dim {facts.axis}")


class DimSums(LivePicture):
    """Of a tensor that is too large for its cells: left how many sums each dim has, right how far apart they lie."""

    LOW = 1e-4  # where the axis of the sums begins

    def __init__(self, shape):
        super().__init__()
        self.pitch = min(0.5, 2 / len(shape))
        table, spans = self.panel(), self.panel()
        for axes in (table, spans):
            axes.set_ylim(self.y(len(shape)) + 0.5, 0)
            axes.set_xlabel(f"sums (what is less than {number(self.LOW, 'g')} stands there)")
        self._draw_table(table, shape)
        self._draw_spans(spans, shape)

    def y(self, row):
        """Return the height of a dim's row; the heads of the table stand above."""
        return 1.15 + row * self.pitch

    def _draw_table(self, axes, shape):
        axes.set_xlim(0, 1)
        # What belongs to the x-axis is drawn in white, so that the rows stand as high as in the panel beside it.
        axes.tick_params(color=PAPER, labelcolor=PAPER)
        axes.xaxis.label.set_color(PAPER)
        axes.spines[:].set_visible(False)
        axes.set_yticks([])
        self.title = self.text("title", axes, 0, 0.15, size=11.5, va="center", weight="bold")
        self.total = self.text("total", axes, 0, self.y(len(shape)) + 0.2, va="center", size=10)
        self.marker = self.moving("row", axes.axhspan(0, self.pitch, color="#E4EEF6", zorder=0))
        rights = (0.18, 0.36, 0.59, 0.79, 0.99)  # where the columns end
        for right, head in zip(rights, ("sum\nover", "size", "how many\nsums", "least", "largest")):
            axes.text(right, 0.85, head, ha="right", va="bottom", weight="bold", size=10)
        self.ends = []
        for row, (letter, size) in enumerate(zip(LETTERS, shape)):
            words = (f"{letter}, dim {row}", f"{size:,}", f"{math.prod(shape) // size:,}", "", "")
            look = dict(ha="right", va="center", size=10)
            texts = [axes.text(right, self.y(row), word, **look) for right, word in zip(rights, words)]
            self.ends.append(self.moving(f"row-{row}", texts)[3:])  # they all lie over the marked row, which moves

    def _draw_spans(self, axes, shape):
        axes.set(xlim=(self.LOW / 1.5, 1.5 * max(shape)), xscale="log")
        axes.set_yticks([self.y(row) for row in range(len(shape))], [f"Σ {letter}" for letter in LETTERS[: len(shape)]])
        axes.grid(axis="x")
        axes.axvline(1, color=INK, lw=1, ls="--")
        axes.text(1.2, 0.15, "1", va="center")
        lines = [axes.plot([], [], color=BLUE, marker="o", ms=8, lw=4)[0] for _ in shape]
        self.spans = self.moving("span", lines)

    def update(self, facts):
        self.title.set_text(f"softmax, dim={number(facts.dim, '.0f')}: {LETTERS[facts.axis]} runs")
        cells, size = math.prod(facts.shape), facts.shape[facts.axis]
        self.total.set_text(f"total {brief(facts.total)} = {cells:,} cells / size {size:,} of dim {facts.axis}")
        self.marker.set_y(self.y(facts.axis) - self.pitch / 2)
        for row, (sums, ends, span) in enumerate(zip(facts.sums, self.ends, self.spans)):
            low, high = (each.item() for each in sums.aminmax())
            write(ends, ("1", "1") if ones(sums).all() else (brief(low), brief(high)))
            span.set_data([max(low, self.LOW), max(high, self.LOW)], [self.y(row)] * 2)


def runs(facts):
    """Say which index runs, and where: "i runs down the rows"."""
    return f"{LETTERS[facts.axis]} runs {SPAN[facts.probs.ndim][facts.axis]}"


def describe(facts):
    """Say which index runs, what the sums are and what the total is."""
    shape, axis = tuple(facts.probs.shape), facts.axis
    still = [letter for letter in LETTERS[: len(shape)] if letter != LETTERS[axis]]
    standing = f"{' and '.join(still)} stand{'s' if len(still) == 1 else ''} still"
    group = facts.probs.movedim(axis, 0).flatten(1)[:, 0].tolist()
    added = " + ".join(f"{prob:.4f}" for prob in group)
    if len(group) > 1:
        added += f" = {sum(group):.4f}"
    others = "; ".join(say_sums(letter, facts.sums[LETTERS.index(letter)]) for letter in still)
    cells, size = facts.probs.numel(), shape[axis]
    return (
        f"dim={number(facts.dim, '.0f')} on shape {shape}: {runs(facts)}, {standing}. "
        f"{say_sums(LETTERS[axis], facts.sums[axis]).capitalize()} ({added} in the thick frame); {others}. "
        f"The total is {facts.total:.4f} = {cells} / {size}, the number of cells over the size of dim {axis}."
    )


def describe_sums(facts):
    """Say the same of a tensor whose cells are not shown."""
    cells, size, axis = math.prod(facts.shape), facts.shape[facts.axis], facts.axis
    said = [say_sums(letter, sums) for letter, sums in zip(LETTERS, facts.sums)]
    others = "; ".join(each for i, each in enumerate(said) if i != axis)
    return (
        f"dim={number(facts.dim, '.0f')} on shape {facts.shape}: {LETTERS[axis]} runs. "
        f"{said[axis].capitalize()}; {others}. "
        f"The total is {brief(facts.total)} = {cells:,} / {size:,}, the number of cells over the size of dim {axis}."
    )


def say_sums(letter, sums):
    """Say what the sums over one index are.

    >>> say_sums("j", torch.tensor([1.25, 1.75])), say_sums("i", torch.ones(3))
    ('the 2 sums over j are 1.2500, 1.7500', 'the 3 sums over i are 1 each')
    """
    many, (low, high) = sums.numel(), (each.item() for each in sums.aminmax())
    same = "1" if ones(sums).all() else f"{low:.4f}" if high - low < 1e-9 else None
    if many == 1:
        return f"the sum over {letter} is {same}"
    subject = f"the {many:,} sums over {letter}"
    if same:
        return f"{subject} are {same} each"
    if many <= 4:
        return f"{subject} are {', '.join(map(number, sums.flatten().tolist()))}"
    return f"{subject} go from {low:.4f} to {high:.4f}"


def couple(moved, values):
    """Return what must follow the moved control: the last of two that contradict each other wins."""
    source, shape, dim = values["source"], values["shape"], values["dim"]
    if moved in ("a", "b"):
        return {"source": RANDN}
    if moved == "dim" and not -len(shape) <= dim < len(shape):
        shape = next(each for each in SHAPES if len(each) == 3)
    if moved != "source" and source in PRINTED and shape != tuple(PRINTED[source].shape):
        source = RANDN
    shape, dim = fit(source, shape, dim)
    return {"source": source, "shape": shape, "dim": dim}


def own_view(tensor, dim):
    """Return the explorer of dim on a tensor of the reader's own, with its cells where there is room for them."""
    wanted = f"a tensor of finite numbers, of 2 to {len(LETTERS)} dims, at most {MOST:,} of them"
    x = read_float64(tensor, "tensor", wanted)
    if not 2 <= x.ndim <= len(LETTERS) or x.numel() > MOST or not x.isfinite().all():
        hint = "; one row is the matrix tensor[None]" if x.ndim == 1 else ""
        if x.numel() > MOST:
            hint = f"; dim_view(tensor[:{MOST // x[0].numel() or 1}])"
        raise ValueError(f"{refuse('tensor', tensor, wanted, tuple(x.shape))}{hint}")
    for axis in range(x.ndim):
        refuse_probs("tensor", tensor, x, axis, "dim_view")
    dims, shape = [*range(x.ndim), *range(-1, -x.ndim - 1, -1)], tuple(x.shape)
    if isinstance(dim, torch.Tensor) or dim not in dims:
        raise refuse("dim", dim, f"one of {sorted(dims)} for the shape {shape}")
    small = has_cells(shape)
    return Explorer(
        "dim",
        controls={"dim": {number(each, ".0f"): each for each in dims}},
        facts=cache(lambda dim: facts_of(x, dim)),
        picture=partial(DimView, [shape]) if small else partial(DimSums, shape),
        describe=describe if small else describe_sums,
        values={"dim": dim},
    )


def dim_view(tensor=None, source=None, shape=None, dim=0, a=None, b=None):
    """Return the explorer of dim.

    Parameters
    ----------
    tensor : tensor, array or sequence of finite numbers, of 2 to 6 dims, of any device and type, optional
        Up to (8, 8) and (4, 4, 4) you see its cells, of a larger one its sums. It takes a `dim` and nothing else.
    source : "randn", or "nn.Softmax", "F.softmax" or "sigmoid" for what the article feeds to these
        If not given, "nn.Softmax".
    shape : one of `SHAPES`; a tensor of the article has its own, (2, 3) or (1, 5)
    dim : a dim of that shape, negative ones included
    a, b : numbers in [0, 5] and [−10, 10], for randn · a + b; if not given, 2 and −1
    """
    given = {"source": source, "shape": shape, "a": a, "b": b}
    if tensor is not None:
        for name, value in given.items():
            if value is not None:
                raise refuse(name, value, "none beside a tensor: dim_view(tensor, dim=0)")
        return own_view(tensor, dim)
    defaults = {"source": "nn.Softmax", "shape": (2, 3), "a": 2.0, "b": -1.0}
    given = {name: defaults[name] if value is None else value for name, value in given.items()}
    source, shape = given["source"], given["shape"]
    shape = tuple(shape) if isinstance(shape, list) else shape
    controls = {
        "source": Dropdown(description="values", options=SOURCES),
        "a": FloatSlider(description="spread a", max=5, step=0.1),
        "b": FloatSlider(description="shift b", min=-10, max=10, step=0.5),
        "shape": {str(each): each for each in SHAPES},
        "dim": {number(each, ".0f"): each for each in DIMS},
    }
    values = checked(controls, given | {"shape": shape, "dim": dim})
    own_shape, own_dim = fit(source, shape, dim)
    if shape != own_shape:
        raise ValueError(f"shape: got {shape}, want {own_shape}, the shape of the article's tensor")
    if dim != own_dim:
        raise ValueError(f"dim: got {dim}, want one of {list(range(-len(shape), len(shape)))} for the shape {shape}")
    return Explorer(
        "dim",
        controls=controls,
        facts=facts,
        picture=DimView,
        describe=describe,
        couple=couple,
        idle=lambda values: ("a", "b") if values["source"] in PRINTED else (),
        values=values,
    )

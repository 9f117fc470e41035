"""The dim view of lesson 03: a tensor, its softmax along one dim, and the sums along every dim."""

from dataclasses import dataclass
from functools import partial
from itertools import product, zip_longest

import torch
from matplotlib.patches import Rectangle

from helpers.data import F_SOFTMAX_INPUT, SIGMOID_INPUT, SOFTMAX_INPUT
from helpers.figures.dim import DEEPEST, GROUP_SUM, ink_on, shade_of_logit, shade_of_prob
from helpers.figures.picture import FAINT, INK
from helpers.fmt import number
from helpers.functions import softmax
from helpers.live import Dropdown, Explorer, FloatSlider, LivePicture, checked

PRINTED = {"nn.Softmax": SOFTMAX_INPUT, "F.softmax": F_SOFTMAX_INPUT, "sigmoid": SIGMOID_INPUT}
RANDN = "randn"
SOURCES = [("randn · a + b", RANDN), *((f"{name} input", name) for name in PRINTED)]
SHAPES = [(2, 3), (1, 5), (4, 4), (6, 4), (4, 3, 2), (2, 3, 4)]
DIMS = [0, 1, 2, -1, -2, -3]
CELLS = 24  # of the largest shape
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


def fit(source, shape, dim):
    """Return the (shape, dim) that can be: a printed tensor has its own shape, and dim must exist in it.

    >>> fit("F.softmax", (4, 3, 2), 2), fit("randn", (4, 4), -3)
    (((2, 3), 1), ((4, 4), -2))
    """
    if source in PRINTED:
        shape = tuple(PRINTED[source].shape)
    return shape, max(-len(shape), min(dim, len(shape) - 1))


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


def facts(source, a, b, shape, dim):
    """Return the softmax along `dim` of randn · a + b, or of a tensor that the article prints."""
    shape, dim = fit(source, shape, dim)
    x = PRINTED[source].double() if source in PRINTED else (NOISE * a + b)[: torch.Size(shape).numel()].reshape(shape)
    probs = softmax(x, dim)
    sums = tuple(probs.sum(each) for each in range(len(shape)))
    return Facts(x, dim, dim % len(shape), probs, sums, probs.sum().item())


def ones(sums):
    """Return which of the sums are 1, up to the rounding of float64."""
    return (sums - 1).abs() < 1e-9


class Layout:
    """Where cells, labels and sums of a tensor stand in a panel; all lengths are in inches, y points down.

    A matrix counts as one slice; rows stand equally high with sums and without. `cells` has the left upper corner of
    each cell by its (slice, row, column); `sums` has, for each dim, the middles of the sums in the order of
    `facts.sums[dim]`; `labels` are (x, y, horizontal alignment, text).
    """

    WIDTH, HEIGHT = 4.8, 3.2
    LEFT, RIGHT, TOP, BOTTOM, GAP = 0.48, 0.08, 0.36, 0.48, 0.16
    SLICES = {1: (1, 1), 2: (2, 1), 4: (2, 2)}  # how many stand below and beside each other

    def __init__(self, shape, with_sums):
        self.slices, self.rows, self.columns = (1, *shape) if len(shape) == 2 else shape
        self.letters = "ij" if len(shape) == 2 else "ijk"
        self.solid = len(shape) == 3
        self.with_sums = with_sums
        down, across = self.SLICES[self.slices]
        wide, gaps = across * (self.columns + with_sums), across - 1
        if self.solid and with_sums:
            wide, gaps = wide + self.columns, gaps + 1
        self.head = 0.36 if self.solid else 0.25
        room_x = self.WIDTH - self.LEFT - self.RIGHT - gaps * self.GAP
        room_y = self.HEIGHT - self.TOP - self.BOTTOM - down * self.head
        self.width, self.height = min(room_x / wide, 1.1), min(room_y / (down * (self.rows + 1)), 0.9)
        self.left = self.LEFT + (room_x - wide * self.width) / 2
        self.size = 9.5 if self.solid else 10.5
        self.cells, self.labels, self.sums = {}, [], [[] for _ in shape]
        for s in range(self.slices):
            self._place_slice(s, *divmod(s, across))
        if self.solid and with_sums:
            self._place_sums_over_slices(across)

    def _place_slice(self, s, below, beside):
        row_letter, column_letter = self.letters[-2:]
        left = self.left + beside * ((self.columns + self.with_sums) * self.width + self.GAP)
        top = self.TOP + self.head + below * ((self.rows + 1) * self.height + self.head)
        for r, c in product(range(self.rows), range(self.columns)):
            self.cells[s, r, c] = (left + c * self.width, top + r * self.height)
        middle = left + self.columns * self.width / 2
        if self.solid:
            self.labels.append((middle, top - 0.28, "center", f"i={s}"))
        for c in range(self.columns):
            self.labels.append((left + (c + 0.5) * self.width, top - 0.1, "center", f"{column_letter}={c}"))
        if not beside:
            for r in range(self.rows):
                self.labels.append((left - 0.06, top + (r + 0.5) * self.height, "right", f"{row_letter}={r}"))
        if self.with_sums:
            right, bottom = left + (self.columns + 0.5) * self.width, top + (self.rows + 0.5) * self.height
            self.labels.append((right, top - 0.1, "center", f"Σ {column_letter}"))
            if not beside:
                self.labels.append((left - 0.06, bottom, "right", f"Σ {row_letter}"))
            for r in range(self.rows):
                self.sums[-1].append((right, top + (r + 0.5) * self.height))
            for c in range(self.columns):
                self.sums[-2].append((left + (c + 0.5) * self.width, bottom))

    def _place_sums_over_slices(self, across):
        left = self.left + across * ((self.columns + 1) * self.width + self.GAP)
        top = (self.HEIGHT - self.BOTTOM + self.TOP + self.head - self.rows * self.height) / 2
        self.labels.append((left + self.columns * self.width / 2, top - 0.1, "center", "Σ i"))
        for r, c in product(range(self.rows), range(self.columns)):
            self.sums[0].append((left + (c + 0.5) * self.width, top + (r + 0.5) * self.height))

    def group(self, axis):
        """Return the corners and sizes of the frames around the group of cell (0, 0, 0) along `axis`."""
        along = axis if self.solid else axis + 1
        if along == 0:
            return [(self.cells[s, 0, 0], self.width, self.height) for s in range(self.slices)]
        if along == 1:
            return [(self.cells[0, 0, 0], self.width, self.rows * self.height)]
        return [(self.cells[0, 0, 0], self.columns * self.width, self.height)]


LAYOUTS = {(shape, with_sums): Layout(shape, with_sums) for shape in SHAPES for with_sums in (False, True)}
LABELS_AT_MOST = max(len(layout.labels) for layout in LAYOUTS.values())
SUMS_AT_MOST = max(sum(map(len, layout.sums)) for layout in LAYOUTS.values())


def give(artist, **values):
    """Set what is new: an artist that keeps its look is not drawn again."""
    new = {name: value for name, value in values.items() if getattr(artist, f"get_{name}")() != value}
    if new:
        artist.set(**new)


class HeatMap:
    """One panel: cells with their values, index letters, the frame around one group, and sums where it has them."""

    def __init__(self, picture, name, title, with_sums, footnote):
        self.with_sums = with_sums
        axes = picture.panel(Layout.WIDTH, Layout.HEIGHT)
        axes.set(xlim=(0, Layout.WIDTH), ylim=(Layout.HEIGHT, 0))
        axes.axis("off")
        self.title = axes.text(0.05, 0.15, title, size=11.5, va="center", weight="bold")
        axes.text(0.05, Layout.HEIGHT - 0.11, footnote, size=9.5, va="center", color=FAINT)
        text = partial(axes.text, *ANYWHERE[0], "", va="center")
        self.cells = [axes.add_patch(Rectangle(*ANYWHERE, edgecolor="0.8")) for _ in range(CELLS)]
        self.values = [text(ha="center") for _ in range(CELLS)]
        self.labels = [text(size=9.5, color=FAINT) for _ in range(LABELS_AT_MOST)]
        frame = dict(fill=False, edgecolor=INK, linewidth=2.5, zorder=4)
        self.frames = [axes.add_patch(Rectangle(*ANYWHERE, **frame)) for _ in range(max(Layout.SLICES))]
        self.sums = [text(ha="center", color=FAINT) for _ in range(SUMS_AT_MOST if with_sums else 0)]
        for kind in ("cells", "values", "labels", "frames", "sums"):
            picture.moving(f"{name}-{kind}", getattr(self, kind))

    def update(self, tensor, axis, sums, shade):
        """Show `tensor` (2-D or 3-D), its sums along each dim, and the frame around one group along `axis`."""
        layout = LAYOUTS[tuple(tensor.shape), self.with_sums]
        digits = 3 if layout.solid and self.with_sums else 2 if layout.solid else 4
        self._fill(layout, tensor.flatten().tolist(), digits, shade)
        for label, place in zip_longest(self.labels, layout.labels):
            give(label, visible=place is not None)
            if place:
                give(label, position=place[:2], horizontalalignment=place[2], text=place[3])
        for frame, place in zip_longest(self.frames, layout.group(axis)):
            give(frame, visible=place is not None)
            if place:
                give(frame, xy=place[0], width=place[1], height=place[2])
        if self.with_sums:
            self._add_up(layout, sums, digits)

    def _fill(self, layout, numbers, digits, shade):
        for cell, text, corner, value in zip_longest(self.cells, self.values, layout.cells.values(), numbers):
            give(cell, visible=corner is not None)
            give(text, visible=corner is not None)
            if corner:
                left, top = corner
                color = shade(value)
                give(cell, xy=corner, width=layout.width, height=layout.height, facecolor=color)
                give(text, position=(left + layout.width / 2, top + layout.height / 2))
                give(text, text=number(value, f".{digits}f"), fontsize=layout.size, color=ink_on(color))

    def _add_up(self, layout, sums, digits):
        places = [place for along in layout.sums for place in along]
        numbers = torch.cat([along.flatten() for along in sums])
        for text, place, value, is_one in zip_longest(self.sums, places, numbers.tolist(), ones(numbers).tolist()):
            give(text, visible=place is not None)
            if place:
                give(text, position=place, text=number(value, f".{digits}f"), fontsize=layout.size)
                if (text.get_bbox_patch() is not None) != is_one:
                    text.set(bbox=GROUP_SUM if is_one else None, color=INK if is_one else FAINT)


class DimView(LivePicture):
    def __init__(self):
        super().__init__()
        colors = f"orange below 0, purple above; the colour is full from ±{DEEPEST:g} on"
        self.input = HeatMap(self, "input", "input x", False, colors)
        self.output = HeatMap(self, "output", "", True, "thick frame: one group that competes; boxed: a sum that is 1")
        self.title = self.moving("title", self.output.title)
        axes = self.panels[1].axes[0]
        self.total = self.moving("total", axes.text(0.05, Layout.HEIGHT - 0.33, "", va="center", size=11))

    def update(self, facts):
        self.input.update(facts.x, facts.axis, (), shade_of_logit)
        self.output.update(facts.probs, facts.axis, facts.sums, shade_of_prob)
        give(self.title, text=f"softmax, dim={number(facts.dim, '.0f')}: {runs(facts)}")
        size, cells = facts.probs.shape[facts.axis], facts.probs.numel()
        give(self.total, text=f"total {facts.total:.4f} = {cells} cells / size {size} of dim {facts.axis}")


def runs(facts):
    """Say which index runs, and where: "i runs down the rows"."""
    return f"{'ijk'[facts.axis]} runs {SPAN[facts.probs.ndim][facts.axis]}"


def describe(facts):
    """Say which index runs, what the sums are and what the total is."""
    shape, axis = tuple(facts.probs.shape), facts.axis
    still = [letter for letter in "ijk"[: len(shape)] if letter != "ijk"[axis]]
    standing = f"{still[0]} stands still" if len(still) == 1 else f"{' and '.join(still)} stand still"
    group = facts.probs.movedim(axis, 0).flatten(1)[:, 0].tolist()
    added = " + ".join(f"{prob:.4f}" for prob in group) + (f" = {sum(group):.4f}" if len(group) > 1 else "")
    others = "; ".join(say_sums(letter, facts.sums["ijk".index(letter)]) for letter in still)
    cells, size = facts.probs.numel(), shape[axis]
    return (
        f"dim={number(facts.dim, '.0f')} on shape {shape}: {runs(facts)}, {standing}. "
        f"{say_sums('ijk'[axis], facts.sums[axis]).capitalize()} ({added} in the thick frame); {others}. "
        f"The total is {facts.total:.4f} = {cells} / {size}, the number of cells over the size of dim {axis}."
    )


def say_sums(letter, sums):
    """Say what the sums over one index are.

    >>> say_sums("j", torch.tensor([1.25, 1.75])), say_sums("i", torch.ones(3))
    ('the 2 sums over j are 1.2500, 1.7500', 'the 3 sums over i are 1 each')
    """
    numbers = sums.flatten().tolist()
    subject = f"the {len(numbers)} sums over {letter}" if len(numbers) > 1 else f"the sum over {letter}"
    verb = "are" if len(numbers) > 1 else "is"
    if ones(sums).all():
        return f"{subject} {verb} 1" + (" each" if len(numbers) > 1 else "")
    if max(numbers) - min(numbers) < 1e-9:
        return f"{subject} {verb} {numbers[0]:.4f}" + (" each" if len(numbers) > 1 else "")
    if len(numbers) <= 4:
        return f"{subject} {verb} {', '.join(map(number, numbers))}"
    return f"{subject} go from {min(numbers):.4f} to {max(numbers):.4f}"


def dim_view(source="nn.Softmax", shape=(2, 3), dim=0, a=2.0, b=-1.0):
    """Return the explorer of dim.

    Parameters
    ----------
    source : "randn", or "nn.Softmax", "F.softmax" or "sigmoid" for what the article feeds to these
    shape : one of `SHAPES`; a tensor of the article has its own, (2, 3) or (1, 5)
    dim : a dim of that shape, negative ones included
    a, b : numbers in [0, 5] and [−10, 10], for randn · a + b
    """
    shape = tuple(shape) if isinstance(shape, list) else shape
    controls = {
        "source": Dropdown(description="values", options=SOURCES),
        "a": FloatSlider(description="spread a", max=5, step=0.1, readout_format=".1f"),
        "b": FloatSlider(description="shift b", min=-10, max=10, step=0.5, readout_format=".1f"),
        "shape": {str(each): each for each in SHAPES},
        "dim": {number(each, ".0f"): each for each in DIMS},
    }
    values = checked(controls, {"source": source, "a": a, "b": b, "shape": shape, "dim": dim})
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

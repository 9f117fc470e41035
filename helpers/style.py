"""The look that all pictures share, and the object a notebook displays."""

import contextlib
import functools
import io
import re
import threading
import warnings

import numpy as np
from matplotlib import style
from matplotlib.figure import Figure
from PIL import Image

# Okabe and Ito's hues, safe for the common colour blindnesses, darkened until text in them is readable on white; the
# zebra is grey. The hatch repeats what the colour says, for those who cannot see it.
COLORS = {"cat": "#0072B2", "dog": "#BF5300", "cow": "#007A59", "zebra": "#4D4D4D"}
HATCHES = {"cat": "", "dog": "//", "cow": "..", "zebra": "xx"}
MARKERS = {"cat": "o", "dog": "s", "cow": "^", "zebra": "D"}
# (colour, hatch, marker) of up to twelve classes, those four first; test_colors sees to it that all are told apart.
OTHERS = ("#C31E2D", "#7800FF", "#691E00", "#697887", "#2D1E96", "#964BE1", "#960F2D", "#5A005A")
MORE_HATCHES, MORE_MARKERS = (r"\\", "--", "||", "oo", "++", "**", "//..", "--.."), "vPX<>ph*"
CLASS_LOOKS = (*zip(COLORS.values(), HATCHES.values(), MARKERS.values()), *zip(OTHERS, MORE_HATCHES, MORE_MARKERS))
CLASS_COLORS, CLASS_HATCHES, _ = zip(*CLASS_LOOKS)
BLUE, ORANGE, GREEN, GREY, PURPLE = *COLORS.values(), "#8E3B8E"
INK, FAINT, PALE, PAPER = "#222222", "#767676", "#BBBBBB", "white"
ARROW = {"arrowstyle": "->", "color": INK}  # from a note to what it is about
ON_PAPER = {"facecolor": PAPER, "edgecolor": "none", "pad": 1}  # the box of a text that keeps lines out of it

# Starting from matplotlib's own defaults keeps a reader's matplotlibrc out of the saved outputs.
STYLE = [
    "default",
    {
        "figure.facecolor": PAPER,
        "figure.dpi": 72,
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"],  # the first comes with matplotlib
        "font.size": 11,
        "axes.titlesize": 12,
        "axes.labelsize": 11,
        "axes.edgecolor": FAINT,
        "axes.labelcolor": INK,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "grid.color": "#DDDDDD",
        "hatch.linewidth": 0.8,
        "text.color": INK,
        "text.parse_math": False,  # a label may hold dollar signs; `show_powers` makes the exceptions
        "xtick.color": INK,
        "ytick.color": INK,
        "legend.frameon": False,
        "svg.fonttype": "none",
        "svg.hashsalt": "helpers",
        "svg.id": None,
    },
]
MOST_TICKS = 100  # along one axis
CSS_PX_PER_INCH = 96
DPI = 2 * CSS_PX_PER_INCH

# JupyterLab may hand what a page says to one thread of the kernel while a cell runs in another, and matplotlib's
# settings belong to both. So one thread at a time draws.
DRAWING = threading.RLock()


def alone(method):
    """Return the method so that it runs in one thread at a time, for all explorers together.

    The lock may be taken again by the thread that has it, because an observer of one explorer may move another, and
    `look` takes it too.
    """

    @functools.wraps(method)
    def one_at_a_time(*args, **kwargs):
        with DRAWING:
            return method(*args, **kwargs)

    return one_at_a_time


@contextlib.contextmanager
def look():
    """Return the context in which every figure is made and drawn, by one thread at a time.

    A label in a script that DejaVu Sans lacks is no reason for a warning in the reader's cell: the SVG has it as text,
    which the browser's own fonts show, and a PNG has it in its alt text.

    >>> import matplotlib
    >>> with look():
    ...     matplotlib.rcParams["svg.fonttype"]
    'none'
    """
    with DRAWING, style.context(STYLE), any_script():
        yield


@contextlib.contextmanager
def any_script():
    """Return the context in which matplotlib does not warn of glyphs that its fonts lack."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font", UserWarning)
        yield


def show_powers(figure):
    """Have the numbers along logarithmic axes drawn as formulas: 10 with an exponent, and no dollar signs."""
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis) if axis.get_scale() == "log"):
        # Ticks are made when they are drawn, and so many are never needed.
        for tick in (*axis.get_major_ticks(MOST_TICKS), *axis.get_minor_ticks(MOST_TICKS)):
            tick.label1.set_parse_math(True)


def new_panel(width=4.8, height=3.6):
    """Return one `Figure` in the project's look, with one `Axes`; sizes are in inches.

    A panel of at most 5 inches stays readable on a phone, so a wide picture is made of several.
    """
    with look():
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.add_subplot()
    return figure, axes


def class_bars(count):
    """Return how the bars of the first `count` classes look, for `axes.bar` and `axes.barh`."""
    return dict(color=CLASS_COLORS[:count], hatch=CLASS_HATCHES[:count], edgecolor=PAPER)


def legend_above(axes, ncols, **look):
    """Put the legend above the axes, in the middle unless `look` says otherwise, and return it."""
    return axes.legend(**dict(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=ncols) | look)


def share_axis(axes, left, right, label, ticks=(0, 0.5, 1)):
    """Give the axes an x-axis of shares: drawn and named from 0 to 1, with room on both sides for texts in rows."""
    axes.set(xlim=(left, right), xticks=ticks, yticks=[])
    axes.set_xlabel(label, x=(0.5 - left) / (right - left))
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_bounds(0, 1)


class Picture:
    """One or more panels side by side, with the sentence that says what they show.

    Parameters
    ----------
    panels : sequence of matplotlib.figure.Figure, all of one height
    alt : str
        What the picture shows, with its numbers: shown to readers who cannot see it, and compared by the tests.
    """

    def __init__(self, *panels, alt):
        if not panels or not all(isinstance(panel, Figure) for panel in panels):
            raise TypeError(f"panels: got {panels!r}, want one or more matplotlib Figures")
        if not alt.strip():
            raise ValueError("alt: got an empty text, want a sentence that says what the picture shows")
        for panel in panels:
            show_powers(panel)
        self.panels = panels
        self.alt = alt

    def _repr_mimebundle_(self, include=None, exclude=None):
        data, metadata = picture_bundle(self.panels, self.alt)
        # JupyterLab shows the first line of an output that is folded: it says what the picture is of, and no more.
        return {**data, "text/plain": re.sub(r"(?<=[.:]) ", "\n", self.alt, count=1)}, metadata


def beside(left, right):
    """Return two pictures as one, the alt texts one after the other."""
    return Picture(*left.panels, *right.panels, alt=f"{left.alt} {right.alt}")


def picture_bundle(panels, alt):
    """Return the (data, metadata) pair that Jupyter stores for a picture: a PNG, its alt text as one line, the text."""
    data, (width, height) = png(panels)
    told = {"alt": alt.replace("\n", " "), "width": width, "height": height}
    return {"image/png": data, "text/plain": alt}, {"image/png": told}


def side_by_side(panels, dpi):
    """Return the panels as one image, left to right: uint8 (height, width, 3)."""
    images = []
    for panel in panels:
        buffer = io.BytesIO()
        with look():
            panel.savefig(buffer, dpi=dpi)
        images.append(np.asarray(Image.open(buffer).convert("RGB")))
    return np.hstack(images)


def png(panels):
    """Return the panels side by side as PNG bytes, and their (width, height) on a page in CSS pixels."""
    whole = side_by_side(panels, DPI)
    buffer = io.BytesIO()
    # 256 colours are enough for a plot, and a third of the bytes.
    Image.fromarray(whole).quantize(method=Image.Quantize.FASTOCTREE).save(buffer, format="png", optimize=True)
    scale = CSS_PX_PER_INCH / DPI
    return buffer.getvalue(), (round(whole.shape[1] * scale), round(whole.shape[0] * scale))

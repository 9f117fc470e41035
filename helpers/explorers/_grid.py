"""A grid of numbers in a panel: names beside its rows and above its columns, sums and the like at its margins."""

from matplotlib.patches import Rectangle

from helpers.figures.dim import ink_on
from helpers.live import write
from helpers.style import FAINT, INK

BLANK = (0.93, 0.93, 0.93, 1.0)  # a cell that takes no part


class Grid:
    """Cells that a `LivePicture` moves. All lengths are in inches, and y points down.

    Parameters
    ----------
    picture : LivePicture
    name : str
        What the moving artists' names begin with.
    title : str
    rows, columns : sequence of str
    right, below : sequence of str
        The names of further columns and rows, for numbers that are no cells.
    corner : str
        What the rows and the columns are; it stands at the end of the title's line.
    size : float
        Of the font in the cells.
    panel : width and height in inches
    """

    LEFT, RIGHT, TOP = 0.72, 0.06, 0.72  # around the cells: the rows' names, nothing, title and columns' names
    LINE = 0.27  # the height of a row below the cells

    def __init__(self, picture, name, title, rows, columns, right=(), below=(), corner="", size=9.5, **panel):
        self.axes = axes = picture.panel(**panel)
        width, height = panel["width"], panel["height"]
        axes.set(xlim=(0, width), ylim=(height, 0))
        axes.set_axis_off()
        self.wide = (width - self.LEFT - self.RIGHT) / (len(columns) + len(right))
        self.high = (height - self.TOP - 0.1 - self.LINE * len(below)) / len(rows)
        axes.text(0.02, 0.15, title, size=11.5, va="center", weight="bold")
        axes.text(width - 0.06, 0.15, corner, size=9.5, ha="right", va="center", color=FAINT)
        beside = [self.place(i, 0)[1] for i in range(len(rows))]
        self.under = [self.TOP + self.high * len(rows) + self.LINE * (i + 0.6) for i in range(len(below))]
        for text, y in zip((*rows, *below), (*beside, *self.under)):
            axes.text(self.LEFT - 0.06, y, text, ha="right", va="center", size=9.5, color=INK if y in beside else FAINT)
        for j, text in enumerate((*columns, *right)):
            color = INK if j < len(columns) else FAINT
            axes.text(self.place(0, j)[0], self.TOP - 0.13, text, ha="center", va="center", size=9.5, color=color)

        def texts(kind, places, color=FAINT):
            return picture.texts(f"{name}-{kind}", axes, places, ha="center", va="center", size=size, color=color)

        places = [(i, j) for i in range(len(rows)) for j in range(len(columns))]
        corners = [(self.LEFT + j * self.wide, self.TOP + i * self.high) for i, j in places]
        cells = [axes.add_patch(Rectangle(each, self.wide, self.high, edgecolor="0.8")) for each in corners]
        self.cells = picture.moving(f"{name}-cell", cells)
        self.values = texts("value", [self.place(*each) for each in places], INK)
        self.right = [
            texts(f"right-{j}", [self.place(i, len(columns) + j) for i in range(len(rows))]) for j in range(len(right))
        ]
        self.below = [
            texts(f"below-{i}", [(self.place(0, j)[0], y) for j in range(len(columns))])
            for i, y in enumerate(self.under)
        ]

    def place(self, i, j):
        """Return the middle (x, y) of the cell in row i and column j."""
        return self.LEFT + (j + 0.5) * self.wide, self.TOP + (i + 0.5) * self.high

    def show(self, words, colors, right=(), below=()):
        """Give the cells their words and colours, row after row, and the margins their words."""
        for cell, text, word, color in zip(self.cells, self.values, words, colors, strict=True):
            set_new(cell, facecolor=color)
            set_new(text, text=word, color=ink_on(color))
        for texts, column in (*zip(self.right, right, strict=True), *zip(self.below, below, strict=True)):
            write(texts, column)


def set_new(artist, **values):
    """Set those values that are new: an artist that keeps its look is not drawn again."""
    new = {name: value for name, value in values.items() if getattr(artist, f"get_{name}")() != value}
    if new:
        artist.set(**new)

"""Tables as the spreadsheet has them: one row a class, numbers rounded, readable as text too."""

import functools
import html
from collections.abc import Iterable, Mapping

import pandas as pd

from helpers.inputs import read_count, refuse
from helpers.inputs.tensors import as_lists
from helpers.text import minus, number

STYLES = [
    {"selector": "", "props": "border-collapse: collapse; font-variant-numeric: tabular-nums;"},
    {"selector": "th, td", "props": "text-align: right; padding: 0.25em 0.8em;"},
    {"selector": "th.row_heading", "props": "text-align: left;"},
]

# Labels such as <unk> are text and no tags. Quotes stay as they are: no cell stands in an attribute.
escape = functools.partial(html.escape, quote=False)


class Table:
    """A data frame with its caption, displayed as HTML and as aligned text.

    Parameters
    ----------
    columns : dict of str to sequence, or pandas.DataFrame
        One entry a column: a tensor, numbers or texts.
    rows : sequence of str, optional
        The names of the rows; if not given, a data frame's index, where it is more than a count.
    caption : str
        What the table shows.
    digits : int
        Decimals of every float; a number that this would round to 0 is shown in exponent form.

    Raises
    ------
    ValueError
        That names the argument.
    """

    def __init__(self, columns, rows=None, *, caption="", digits=4):
        if not isinstance(caption, str):
            raise refuse("caption", caption, "a text")
        if isinstance(columns, pd.DataFrame):
            rows = columns.index if rows is None else rows
        elif not isinstance(columns, Mapping):
            raise refuse("columns", columns, "a dict of columns, or a data frame")
        columns = {name: as_column(column, f"columns[{name!r}]") for name, column in columns.items()}
        if len({len(column) for column in columns.values()}) > 1:
            lengths = {name: len(column) for name, column in columns.items()}
            raise refuse("columns", lengths, "as many entries in each")
        if rows is not None:
            rows = rows if isinstance(rows, pd.Index) else as_column(rows, "rows")
            if any(len(column) != len(rows) for column in columns.values()):
                raise ValueError(f"rows: got {len(rows)}, want as many as the columns have entries")
        self.frame = pd.DataFrame(columns, index=rows)
        self.caption = caption
        self.digits = read_count(digits, "digits", lowest=0)

    def _cell(self, value):
        if isinstance(value, bool):
            return "yes" if value else "no"
        if not isinstance(value, float):
            return value if isinstance(value, str) else minus(str(value))
        small = value != 0 and abs(value) < 0.5 * 10**-self.digits
        return number(value, ".2e" if small or abs(value) >= 1e7 else f".{self.digits}f")

    def _repr_mimebundle_(self, include=None, exclude=None):
        cells = self.frame.map(self._cell)
        table = cells.style.set_uuid("t").set_table_styles(STYLES)
        table.format(escape).format_index(as_heading, axis="index").format_index(as_heading, axis="columns")
        table.cell_ids = False
        if isinstance(self.frame.index, pd.RangeIndex):
            table.hide(axis="index")
        text = cells.to_string(index=not isinstance(self.frame.index, pd.RangeIndex))
        # The caption is a line of plain text, as JupyterLab shows the first line of an output that is folded.
        return {
            "text/html": f"{escape(self.caption)}\n{table.to_html()}".strip(),
            "text/plain": f"{self.caption}\n{text}".strip(),
        }


def as_column(values, argument):
    """Return the entries of a tensor, an array, a Series or another collection as a list."""
    values = as_lists(values, argument)
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise refuse(argument, values, "a collection of entries")
    return list(values)


def as_heading(name):
    return escape(str(name))

"""Tables as the spreadsheet has them: one row a class, numbers rounded, readable as text too."""

import html

import pandas as pd

from helpers.text import minus, number

STYLES = [
    {"selector": "", "props": "border-collapse: collapse; font-variant-numeric: tabular-nums;"},
    {"selector": "th, td", "props": "text-align: right; padding: 0.25em 0.8em;"},
    {"selector": "th.row_heading", "props": "text-align: left;"},
]


class Table:
    """A data frame with its caption, displayed as HTML and as aligned text.

    Parameters
    ----------
    columns : dict of str to sequence, or pandas.DataFrame
        One entry a column: a tensor, numbers or texts.
    rows : sequence of str, optional
        The names of the rows.
    caption : str
        What the table shows.
    digits : int
        Decimals of every float; a number that this would round to 0 is shown in exponent form.
    """

    def __init__(self, columns, rows=None, *, caption="", digits=4):
        columns = {name: getattr(column, "tolist", lambda c=column: list(c))() for name, column in columns.items()}
        if not isinstance(digits, int) or digits < 0:
            raise ValueError(f"digits: got {digits!r}, want a whole number of at least 0")
        if rows is not None and any(len(column) != len(rows) for column in columns.values()):
            raise ValueError(f"rows: got {len(rows)}, want as many as the columns have entries")
        self.frame = pd.DataFrame(columns, index=rows)
        self.caption = caption
        self.digits = digits

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
        table.cell_ids = False
        if isinstance(self.frame.index, pd.RangeIndex):
            table.hide(axis="index")
        text = cells.to_string(index=not isinstance(self.frame.index, pd.RangeIndex))
        # The caption is a line of plain text, as JupyterLab shows the first line of an output that is folded.
        return {
            "text/html": f"{html.escape(self.caption, quote=False)}\n{table.to_html()}".strip(),
            "text/plain": f"{self.caption}\n{text}".strip(),
        }

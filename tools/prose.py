"""The numbers in a notebook's prose, bound to the expressions that compute them.

A writer puts a comment behind a number, `16.6355<!--= 24 * math.log(2) -->`, and the reader sees the number alone. The
expression is evaluated where the notebook ends, in the notebook's own names, and must give what the sentence says, to
the digits that it says. A number word (two, three, ...) can be bound like a number.
"""

import contextlib
import io
import re
from dataclasses import dataclass

WORDS = "zero one two three four five six seven eight nine ten eleven twelve".split()
NUMBER = r"[−-]?(?:\d[\d,]*\.?\d*|\.\d+)(?:e[−+-]?\d+)?"
BOUND = re.compile(rf"({NUMBER}|\b(?:{'|'.join(WORDS)})\b)<!--=\s*(.+?)\s*-->", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Binding:
    """A number of the prose: where it stands, what it says, what computes it, and what that gives now."""

    cell: int
    shown: str
    expression: str
    fresh: str

    @property
    def drifted(self):
        return self.shown != self.fresh


def run(notebook):
    """Execute a notebook's code cells in this process, without a kernel, and return the names they leave."""
    names = {"__name__": "__main__"}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            expected = "raises-exception" in cell.metadata.get("tags", [])
            with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(*[Exception] * expected):
                exec(compile(cell.source, "<cell>", "exec"), names)
    return names


def bindings(notebook, names=None):
    """Return every `Binding` of a notebook, evaluated in `names` (by default the names that running it leaves)."""
    found = [
        (index, match)
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "markdown"
        for match in BOUND.finditer(cell.source)
    ]
    names = run(notebook) if found and names is None else names
    return [
        Binding(index, match[1], match[2], like(match[1], evaluate(match[2], names))) for index, match in found
    ]


def evaluate(expression, names):
    try:
        return eval(expression, names)
    except Exception as error:
        raise ValueError(f"the binding {expression!r}: {type(error).__name__}: {error}") from error


def like(shown, value):
    """Return `value` written as `shown` is: its decimals, exponent, thousands separators, minus sign or number word.

    >>> like("16.6355", 16.635532), like("400,000", 400000), like("2.06e−9", 2.061e-9), like("two", 2), like("−3", -3)
    ('16.6355', '400,000', '2.06e−9', 'two', '−3')
    """
    if shown.lower() in WORDS:
        word = WORDS[int(value)] if 0 <= value < len(WORDS) and value == int(value) else str(value)
        return word.capitalize() if shown[0].isupper() else word
    mantissa, _, exponent = shown.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    if exponent:
        digits, _, power = f"{float(value):.{decimals}e}".partition("e")
        fresh = f"{digits}e{int(power)}"
    else:
        fresh = f"{float(value):{',' if ',' in shown else ''}.{decimals}f}"
    return fresh.replace("-", "−") if "−" in shown or "-" not in shown else fresh


# What may stand in prose without a binding: names and small counts. Code, formulas, links and folded solutions have their own
# ways of being right.
APART = re.compile(
    r"<details>.*?</details>|```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|\]\([^)]*\)|<!--.*?-->|^## References.*|\*\*Time\*\*[^\n]*"
    r"|\b(?:19|20)\d\d\b|float\d+|int\d+",
    re.DOTALL | re.MULTILINE,
)
MEASURED = re.compile(r"(?<![\w.])(?:\d[\d,]*\.\d+(?:e[−+-]?\d+)?|\d+e[−+-]?\d+|\d{1,3}(?:,\d{3})+|\d{3,}|\d+(?= %))")


def unbound(notebook):
    """Return (cell, number) for the numbers in prose that look measured (decimals, large, per cent) and have no binding."""
    found = []
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            text = APART.sub(" ", BOUND.sub(" ", cell.source))
            found += [(index, number) for number in MEASURED.findall(text)]
    return found


def refresh(notebook):
    """Write the fresh values into the notebook's prose; return the bindings that had drifted."""
    drifted = [binding for binding in bindings(notebook) if binding.drifted]
    for binding in drifted:
        cell = notebook.cells[binding.cell]
        cell.source = BOUND.sub(
            lambda match: match[0].replace(match[1], binding.fresh, 1)
            if (match[1], match[2]) == (binding.shown, binding.expression)
            else match[0],
            cell.source,
        )
    return drifted


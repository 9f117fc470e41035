"""The numbers in a notebook's prose, bound to the expressions that compute them.

A writer puts a comment behind a number, `16.6355<!--= 24 * math.log(2) -->`, and the reader sees the number alone. The
expression is evaluated in the notebook's own names as they stand at that place, or, where it needs a name that a later
cell defines, right after that cell. It must give what the sentence says, to the digits that it says.

`unbound` finds decimals, percentages and powers without an expression. One that no code computes (quoted, or chosen)
says why in a comment of its own: `2.30<!-- as a log prints it -->`. Whole numbers and words are language.
"""

import ast
import contextlib
import io
import math
import re
from dataclasses import dataclass

SUPERSCRIPTS = dict(zip("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
RAISED = "".join(SUPERSCRIPTS.values())
FIGURES = rf"[−-]?(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?(?:e[−+-]?\d+|[{RAISED}]+)?"
BOUND = re.compile(rf"({FIGURES})<!--=\s*(.+?)\s*-->", re.DOTALL)
NUMBER = re.compile(rf"(?<![\w.]){FIGURES}(?:\s?%)?")
NO_PROSE = re.compile(r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|\]\([^)]*\)", re.DOTALL)


@dataclass(frozen=True)
class Binding:
    """A number of the prose: its cell and its span there, what it says, what computes it, and what that gives now."""

    cell: int
    span: tuple[int, int]
    shown: str
    expression: str
    fresh: str

    @property
    def drifted(self):
        return self.shown != self.fresh


def execute(notebook, names):
    """Execute a notebook's code cells in this process, without a kernel, in `names`; yield after every cell."""
    names["__name__"] = "__main__"
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(cell.source, "<cell>", "exec"), names)
        yield index, cell


def run(notebook):
    """Return the names that a notebook's code cells leave."""
    names = {}
    for _ in execute(notebook, names):
        pass
    return names


def bindings(notebook):
    """Execute a notebook and return every `Binding` in it; raises ValueError where an expression is wrong or fails."""
    found, waiting, names = [], [], {}
    for index, cell in execute(notebook, names):
        waiting += places(index, cell)
        else_later = []
        for place in waiting:
            *_, shown, expression = place
            try:
                found.append(Binding(*place, like(shown, evaluate(expression, names))))
            except NameError:
                else_later.append(place)
        waiting = else_later
    for index, _, _, expression in waiting:
        raise ValueError(f"cell {index}: the binding {expression!r} has a name that no cell defines")
    return sorted(found, key=lambda binding: (binding.cell, binding.span))


def places(index, cell):
    """Return (cell's index, span, number as shown, expression) for each bound number of a cell, which is not run.

    Raises ValueError where an expression is none, only repeats the number, has a dunder name, or stands behind no
    number.
    """
    if cell.cell_type != "markdown":
        return []
    if stray := re.search("<!--=.*", BOUND.sub("", cell.source)):
        raise ValueError(f"cell {index}: no number in figures before {stray[0]}")
    for _, expression in (found := BOUND.findall(cell.source)):
        if "__" in expression:
            raise ValueError(f"the binding {expression!r} has a dunder name: import what it needs in a cell")
        try:
            nodes = list(ast.walk(ast.parse(expression, mode="eval")))
        except SyntaxError as error:
            raise ValueError(f"the binding {expression!r}: SyntaxError: {error}") from error
        if not any(isinstance(node, ast.Name | ast.Call | ast.BinOp) for node in nodes):
            raise ValueError(f"the binding {expression!r} computes nothing: it repeats the number")
    spans = [match.span(1) for match in BOUND.finditer(cell.source)]
    return [(index, span, *each) for span, each in zip(spans, found, strict=True)]


def evaluate(expression, names):
    """Return an expression's value; raises NameError where a name is not there yet, else ValueError where it fails."""
    try:
        return eval(expression, names)
    except NameError:
        raise
    except Exception as error:
        raise ValueError(f"the binding {expression!r}: {type(error).__name__}: {error}") from error


def like(shown, value):
    """Return `value` written as `shown` is: decimals, exponent, thousands separators, minus sign, power.

    >>> like("16.6355", 16.635532), like("400,000", 400000), like("2.06e−9", 2.061e-9), like("2²⁴", 2**-23)
    ('16.6355', '400,000', '2.06e−9', '2⁻²³')
    """
    value = float(value.detach()) if hasattr(value, "detach") else value
    if shown[-1] in RAISED:
        base = shown.rstrip(RAISED)
        power = math.log(value, int(base))
        raised = "".join(SUPERSCRIPTS[digit] for digit in str(round(power)))
        return base + raised if math.isclose(power, round(power)) else f"{value:g}"
    mantissa, _, exponent = shown.partition("e")
    decimals = len(mantissa.partition(".")[2])
    if exponent:
        digits, _, power = f"{float(value):.{decimals}e}".partition("e")
        fresh = f"{digits}e{int(power)}"
    else:
        fresh = f"{float(value):{',' if ',' in shown else ''}.{decimals}f}"
    if not re.search("[1-9]", fresh.partition("e")[0]):
        fresh = fresh.removeprefix("-")
    return fresh.replace("-", "−") if "−" in shown or "-" not in shown else fresh


def seen(source):
    """Return a cell's prose as its reader sees it, without the comments."""
    return re.sub(r"<!--.*?-->", "", source, flags=re.DOTALL)


def unbound(notebook):
    """Return (cell, excerpt) for each decimal, percentage or power in prose with no comment; # marks one that has."""
    found = []
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            text = re.sub(rf"{FIGURES}<!--.*?-->", "#", cell.source, flags=re.DOTALL)
            text = NO_PROSE.sub(lambda hidden: "_" * len(hidden[0]), text).replace("\n", " ")
            found += [
                (index, f"{text[max(0, m.start() - 30) : m.start()]}⟦{m[0]}⟧{text[m.end() : m.end() + 30]}")
                for m in NUMBER.finditer(text)
                if re.search(f"[.e%{RAISED}]", m[0])
            ]
    return found


def refresh(notebook):
    """Write the fresh values into the notebook's prose; return the bindings that had drifted."""
    drifted = [binding for binding in bindings(notebook) if binding.drifted]
    for binding in reversed(drifted):
        cell, (start, end) = notebook.cells[binding.cell], binding.span
        cell.source = cell.source[:start] + binding.fresh + cell.source[end:]
    return drifted

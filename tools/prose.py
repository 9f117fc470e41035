"""The numbers in a notebook's prose, bound to the expressions that compute them.

A writer puts a comment behind a number, `16.6355<!--= 24 * math.log(2) -->`, and the reader sees the number alone. The
expression is evaluated where the notebook ends, in the notebook's own names, and must give what the sentence says, to
the digits that it says. A number word (two, half, twice, four hundred) can be bound like a number.

What is not bound is found by `unbound`: every number, in figures or in words, wherever it stands. It must be a mere
name (`NAMES`) or stand, in its phrase and with a reason, in the inventory tests/unbound_numbers.toml.
"""

import ast
import contextlib
import io
import math
import re
from dataclasses import dataclass

SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen twenty"
).split()
TENS = {name: 10 * ten for ten, name in enumerate("thirty forty fifty sixty seventy eighty ninety".split(), start=3)}
LARGE = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
WHOLE = {name: value for value, name in enumerate(SMALL)} | TENS
WHOLE |= {f"{count} {name}": WHOLE.get(count, 1) * LARGE[name] for name in LARGE for count in ("a", *SMALL[1:])}
FRACTIONS = {
    **{"half": 1 / 2, "quarter": 1 / 4, "one half": 1 / 2, "one quarter": 1 / 4, "a third": 1 / 3, "one third": 1 / 3},
    **{"a fifth": 1 / 5, "four fifths": 4 / 5, "one hundredth": 1 / 100, "ten-millionth": 1e-7},
}
TIMES = {"twice": 2}
WORDS = WHOLE | FRACTIONS | TIMES | {"none": 0}


def alternatives(words):
    return "|".join(sorted(words, key=len, reverse=True))


SUPERSCRIPTS = dict(zip("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
RAISED = "".join(SUPERSCRIPTS.values())
FIGURES = rf"[−-]?(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?(?:e[−+-]?\d+|[{RAISED}]+)?"
BOUND = re.compile(rf"({FIGURES}|\b(?:{alternatives(WORDS)})\b)<!--=\s*(.+?)\s*-->", re.IGNORECASE | re.DOTALL)


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
    return [Binding(index, match[1], match[2], like(match[1], evaluate(match[2], names))) for index, match in found]


def evaluate(expression, names):
    """Return an expression's value; raises ValueError where it fails or only repeats the number (a lone literal)."""
    try:
        value = eval(expression, names)
    except Exception as error:
        raise ValueError(f"the binding {expression!r}: {type(error).__name__}: {error}") from error
    nodes = ast.walk(ast.parse(expression.strip(), mode="eval"))
    if not any(isinstance(node, ast.Name | ast.Call | ast.BinOp) for node in nodes):
        raise ValueError(f"the binding {expression!r} computes nothing: it repeats the number")
    return value


def like(shown, value):
    """Return `value` written as `shown` is: decimals, exponent, thousands separators, minus sign, power, number word.

    >>> like("16.6355", 16.635532), like("400,000", 400000), like("2.06e−9", 2.061e-9), like("two", 2), like("−3", -3)
    ('16.6355', '400,000', '2.06e−9', 'two', '−3')
    >>> like("Half", 0.5), like("half", 0.51), like("twice", 2), like("four hundred", 400), like("2²⁴", 2**-23)
    ('Half', '0.51', 'twice', 'four hundred', '2⁻²³')
    """
    if shown.lower() in WORDS:
        word = in_words(shown.lower(), float(value))
        return word.capitalize() if shown[0].isupper() else word
    if shown[-1] in RAISED:
        base = shown.rstrip(RAISED)
        power = math.log(value, int(base))
        raised = "".join(SUPERSCRIPTS[digit] for digit in str(round(power)))
        return base + raised if math.isclose(power, round(power)) else f"{value:g}"
    mantissa, _, exponent = shown.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    if exponent:
        digits, _, power = f"{float(value):.{decimals}e}".partition("e")
        fresh = f"{digits}e{int(power)}"
    else:
        fresh = f"{float(value):{',' if ',' in shown else ''}.{decimals}f}"
    if not re.search("[1-9]", fresh.partition("e")[0]):
        fresh = fresh.removeprefix("-")
    return fresh.replace("-", "−") if "−" in shown or "-" not in shown else fresh


def in_words(shown, value):
    """Return `value` as a number word, `shown` itself if that says it; in figures where there is no word for it."""
    if math.isclose(WORDS[shown], value, rel_tol=1e-6, abs_tol=1e-6):
        return shown
    words = next(words for words in (WHOLE, FRACTIONS, TIMES, WORDS) if shown in words)
    fitting = [word for word in words if math.isclose(words[word], value, rel_tol=1e-6)]
    return fitting[0] if fitting else f"{value:g}"


# Numbers that are mere names, or that stand where prose is not: each pattern is blanked before the search.
PRONOUN = (
    "the|this|that|each|every|which|another|other|last|later|next|missed|right|wrong|honest|true|false|large|small"
    "|extreme|longer|outer|inner|purple|nearest|stuck|frequent"
)
NAMES = re.compile(
    "|".join(
        [
            r"```python.*?```(?:\s*```text.*?```)?",  # a solution, and what it prints: a test compares the two
            r"\]\([^)]*\)|<!--.*?-->|^## References.*",
            r"\*\*Time\*\*[^*]*",
            r"^#+ (?:\d+ · |Exhibit \d+ · )|^(?:\*\*)?\d+\. ",  # a heading's number, a list's
            r"\[\d\d(?=\]\(| · )|\blessons? \d\d(?: and \d\d)?\b",
            r"\b(?:steps?|plots?|tasks?|exercises?|exhibits?) \d+(?:(?:, \d+)* and \d+)?\b",
            r"\b(?:photo|rows?|class) \d\b(?: and \d\b)?",  # an index
            r"\((?:19|20)\d\d\b",  # a year, behind a name
            r"\bone-hot\b",
            r"(?<=[a-z_])\d+\w*",  # float32, F1, log1p
            rf"\b(?:{PRONOUN}) one\b",
        ]
    ),
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
CODE = re.compile(r"(?<!`)`[^`]+`(?!`)")
VALUE = re.compile(rf"`(?:{FIGURES}|inf|nan|tensor|[\s\[\](),.])*`", re.IGNORECASE)
FORMULA = re.compile(r"\$\$.*?\$\$|\$[^$]*\$", re.DOTALL)
CONSTANT = re.compile(r"(?<![\d.])[012](?![\d.]*\d)")  # in a formula: the 1 of 1 − p, the 2 of 2u
FOUND = re.compile(
    rf"(?<![\d.]){FIGURES}|[½¼¾⅓⅔{RAISED}]+"
    rf"|\b(?:{alternatives([*WHOLE, *FRACTIONS, *TIMES])})\b"
    r"|\b(?:hundred|thousand|million|billion|dozen|halve|quarter|fifth)s?\b",
    re.IGNORECASE,
)


def seen(source):
    """Return a cell's prose on one line with # for what is bound, and the same with spaces for mere names."""
    plain = BOUND.sub("#", source)
    hidden = NAMES.sub(blank, plain)
    hidden = CODE.sub(lambda code: code[0] if VALUE.fullmatch(code[0]) else blank(code), hidden)
    hidden = FORMULA.sub(lambda formula: CONSTANT.sub(" ", formula[0]), hidden)
    return plain.replace("\n", " "), hidden.replace("\n", " ")


def blank(match):
    """Return spaces in the place of a match, with its line ends."""
    return re.sub(r"[^\n]", " ", match[0])


def unbound(notebook, listed=()):
    """Return (cell, excerpt) for each number in prose that is neither bound nor a name nor in a phrase of `listed`.

    The number stands in ⟦ ⟧ in its excerpt, and # for a bound one. A phrase covers the numbers inside it, wherever it
    occurs, in either case.
    """
    found = []
    for index, plain, number, phrases in sightings(notebook, listed):
        if not phrases:
            start, end = number.span()
            found.append((index, f"{plain[max(0, start - 30) : start]}⟦{plain[start:end]}⟧{plain[end : end + 30]}"))
    return found


def covering(notebook, listed):
    """Return the phrases of `listed` that cover a number which would else be unbound."""
    return {phrase for _, _, _, phrases in sightings(notebook, listed) for phrase in phrases}


def sightings(notebook, listed):
    """Yield (cell, its prose, the match of a number that is not bound, the phrases of `listed` that cover it)."""
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            plain, hidden = seen(cell.source)
            covered = [(phrase, span) for phrase in listed for span in spans(phrase, plain)]
            for number in FOUND.finditer(hidden):
                inside = [phrase for phrase, (start, end) in covered if start <= number.start() and number.end() <= end]
                yield index, plain, number, inside


def spans(phrase, text):
    """Yield where a phrase stands in a text, as whole words."""
    for match in re.finditer(rf"(?<!\w)(?=\W|\b){re.escape(phrase)}(?!(?<=\w)\w)", text, re.IGNORECASE):
        yield match.span()


def refresh(notebook):
    """Write the fresh values into the notebook's prose; return the bindings that had drifted."""
    drifted = [binding for binding in bindings(notebook) if binding.drifted]
    for binding in drifted:
        cell = notebook.cells[binding.cell]
        cell.source = BOUND.sub(
            lambda match: (
                match[0].replace(match[1], binding.fresh, 1)
                if (match[1], match[2]) == (binding.shown, binding.expression)
                else match[0]
            ),
            cell.source,
        )
    return drifted

"""A question, its answer, the wrong answers that people give, and the reply: plain text, with an HTML form of it.

The HTML uses no colour of its own, so that it reads in a light and in a dark theme alike.
"""

import functools
import html
import math
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import torch
import torch.nn.functional as F

from helpers import data
from helpers.text import count

BOX = (
    "border: 1px solid; border-left: 6px {edge}; border-radius: 3px; padding: 0.4em 0.9em; margin: 0.3em 0; "
    "max-width: 48rem;"
)
ASKS = {
    "number": "a number",
    "tensor": "a tensor, a list or an array of numbers",
    "choice": "one letter in quotes",
    "labels": "a list of labels, such as {}",
    "function": "a function, by its name without parentheses",
}

#: By which factor an answer may be off: what replies call the unit.
UNITS = {"per cent": 100.0, "bits (log base 2)": 1 / math.log(2), "log base 10": 1 / math.log(10)}


class Kind(StrEnum):
    """What a reply is in its first words."""

    NOT_YET = "Not yet"
    CORRECT = "Correct"
    ALMOST = "Almost"
    KNOWN_MISTAKE = "Known mistake"
    NOT_THIS = "Not this"


EDGES = {Kind.NOT_YET: "dotted", Kind.CORRECT: "solid", Kind.ALMOST: "dashed"}  # all others are double


def scope(source: str) -> dict:
    """Return what a source may use without importing it, as in a lesson; of `data`, what it mentions."""
    return {"torch": torch, "F": F, "math": math} | {
        name: getattr(data, name) for name in data.__all__ if name in source
    }


@dataclass(frozen=True)
class Wrong:
    """A wrong answer that people give: the answer, the name of the misconception, and one sentence about it.

    A string is an expression, which may use what `given` and the solution define; for a choice it is the letter. For a
    function it is a function that makes the mistake.
    """

    answer: object
    name: str
    why: str


@dataclass(frozen=True)
class Ban:
    """What a question rules out, and how it is seen while the learner's function runs.

    what : what it is, as the reply says it: "a sigmoid of the logits"
    calls : a regular expression of names; a function of torch or of these helpers that has such a name is ruled out
    value : the source of a function of the same arguments; the numbers that it returns must not turn up on the way
    way : the source of a function of the same arguments; of the two numbers that it returns, the second must not be
        computed without the first, its negative, or the exponential of one of them
    """

    what: str
    calls: str = r"(?!)"
    value: str = ""
    way: str = ""


@dataclass(frozen=True, eq=False)
class Exercise:
    """A question with everything that a reply to it needs.

    lessons/README.md explains each field, but for these.

    Parameters
    ----------
    id : the lesson and a word, "01.odds"
    options : the texts that a choice has under a), b), c), or the labels
    units : (name, factor) pairs: an answer that is right but for a factor is told its unit
    digits : how many decimals are wanted, which the question says; a value that is rounded to these is right
    """

    id: str
    title: str
    asks: str
    prompt: str
    solution: str
    because: str
    hints: tuple
    wrong: tuple
    given: str = ""
    options: tuple = ()
    starter: str = ""
    inputs: tuple = ()
    ban: Ban | None = None
    units: tuple = (("per cent", 100.0),)
    digits: int | None = None
    rtol: float = 1e-3
    atol: float = 1e-6
    shape: bool = False
    setup: str = ""

    # An exercise's sources are run once. A learner's function gets copies of what comes of them: running.py.

    @functools.cached_property
    def arguments(self) -> tuple[tuple, ...]:
        """The arguments of each call that a function is tried with."""
        names = self._run(self.setup)
        return tuple(eval(f"({each},)", names) for each in self.inputs)

    @functools.cached_property
    def value(self) -> object:
        """The answer that the solution computes."""
        return self._solved[self.function_name if self.asks == "function" else "answer"]

    @functools.cached_property
    def wrong_values(self) -> list:
        """The known wrong answers, in the order of `wrong`."""
        sources = self.asks in ("number", "tensor", "function")
        return [self._evaluate(each.answer) if sources else each.answer for each in self.wrong]

    @functools.cached_property
    def begun(self) -> Callable:
        """The function that the learner's cell starts with: one that does nothing yet, or the faulty one."""
        return self._run(f"{self.given}\n{self._starter}")[self.function_name]

    @functools.cached_property
    def banned_function(self) -> Callable:
        """The function whose numbers must not turn up on the way."""
        return self._evaluate(self.ban.value)

    @functools.cached_property
    def way_function(self) -> Callable:
        """The function of two numbers: the second must not be computed without the first."""
        return self._evaluate(self.ban.way)

    @functools.cached_property
    def _solved(self) -> dict:
        """The names that the solution defines."""
        return self._run(f"{self.given}\n{self.solution}")

    def _run(self, source: str) -> dict:
        names = scope(source)
        exec(compile(source, f"<{self.id}>", "exec"), names)
        return names

    def _evaluate(self, source: object) -> object:
        """Return what an expression in the names of the solution comes to; what is no text stays as it is."""
        return eval(source, scope(source) | self._solved) if isinstance(source, str) else source

    @property
    def function_name(self) -> str:
        """The name of the function that the learner writes."""
        return re.search(r"^def (\w+)", self.starter, re.MULTILINE)[1]

    @property
    def _starter(self) -> str:
        lines = self.starter.rstrip()
        return lines if "\n    " in lines else f"{lines}\n    ...  # your code"

    @property
    def cell(self) -> str:
        """The source of the learner's cell."""
        given = self.given.strip() + "\n" if self.given else ""
        if self.asks == "function":
            gap = "\n\n" if given else ""
            return f'{given}{gap}{self._starter}\n\n\ncheck("{self.id}", {self.function_name})'
        return f'{given}answer = None  # your answer: {self.wants}\ncheck("{self.id}", answer)'

    @property
    def wants(self) -> str:
        """What an answer must be, in words: "a number", "a list of labels, such as ['cat']"."""
        return ASKS[self.asks].format(list(self.options[:1]))

    @property
    def scope(self) -> dict:
        """What the learner's function may use without importing it, what the cell starts with included."""
        return self._run(self.given)

    @property
    def precision(self) -> str:
        """How exact an answer must be, in words: "two decimals", "a whole number"; "" where nothing is said."""
        if self.digits is None:
            return ""
        if self.digits == 0:
            return "a whole number"
        return f"{count(self.digits)} decimal{'s' if self.digits > 1 else ''}"

    @property
    def question(self) -> str:
        """The prompt, and the digits that are wanted."""
        if self.digits is None:
            return self.prompt
        return f"{self.prompt} ({self.precision.capitalize()}{' will do' if self.digits else ''}.)"

    @property
    def choices(self) -> dict[str, str]:
        """The options of a choice by their letters."""
        return dict(zip("abcdefgh", self.options)) if self.asks == "choice" else {}

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {"text/plain": self.text(), "text/html": self.html()}

    def text(self) -> str:
        """The question as plain text; hints and solution are a call away."""
        parts = [plain(self.question)]
        parts += ["\n".join(f"  {letter}) {plain(option)}" for letter, option in self.choices.items())]
        parts += [f'Stuck? hint("{self.id}", 1), then 2 and 3; solution("{self.id}") is the last resort.']
        return "\n\n".join(part for part in parts if part)

    def html(self) -> str:
        """The question as HTML: hints inside one another, so that they open one at a time, and the solution folded."""
        # No list: JupyterLab numbers every ordered list 1, 2, 3, whatever its type.
        options = "".join(
            f"<div><strong>{letter})</strong> {inline(option)}</div>" for letter, option in self.choices.items()
        )
        options = options and f'<div style="margin: 0.5em 0 0.9em">{options}</div>'
        hints = ""
        for number, hint in reversed(list(enumerate(self.hints, start=1))):
            strength = ("a nudge", "a push", "almost the answer")[number - 1]
            hints = f"<details><summary>Hint {number}: {strength}</summary>{blocks(hint)}{hints}</details>"
        solution = f"<pre><code>{html.escape(self.solution.strip())}</code></pre>"
        return (
            f'<div style="{BOX.format(edge="solid")}">{blocks(self.question)}{options}{hints}'
            f"<details><summary>Solution</summary>{solution}{blocks(self.because)}</details></div>"
        )


@dataclass(frozen=True)
class Reply:
    """What the learner is told: of which kind the answer is, the name of the mistake where it has one, and the rest."""

    kind: Kind
    text: str
    name: str = ""

    @property
    def first(self) -> str:
        return f"{self.kind}{'.' if self.kind in (Kind.NOT_YET, Kind.CORRECT) else ':'}"

    @property
    def rest(self) -> str:
        return f"{self.name}. {self.text}" if self.name else self.text

    def __str__(self) -> str:
        return f"{self.first} {self.rest}"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        body = f"<strong>{self.first}</strong> {inline(self.rest)}"
        box = BOX.format(edge=EDGES.get(self.kind, "double"))
        return {"text/plain": str(self).replace("`", ""), "text/html": f'<div role="status" style="{box}">{body}</div>'}


def inline(text: str) -> str:
    """Return one paragraph as HTML, with `code` in backticks."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False))


def paragraphs(text: str) -> list[str]:
    return re.split(r"\n\s*\n", textwrap.dedent(text).strip("\n"))


def is_code(paragraph: str) -> bool:
    return all(line.startswith("    ") for line in paragraph.splitlines())


def blocks(text: str) -> str:
    """Return several paragraphs as HTML; those indented by four are code."""
    return "".join(map(block, paragraphs(text)))


def block(paragraph: str) -> str:
    if is_code(paragraph):
        return f'<pre style="margin: 0.5em 0"><code>{html.escape(textwrap.dedent(paragraph))}</code></pre>'
    return f"<p>{inline(paragraph)}</p>"


def plain(text: str) -> str:
    """Return several paragraphs as lines of plain text."""
    return "\n\n".join(
        each if is_code(each) else textwrap.fill(each.replace("`", ""), 100) for each in paragraphs(text)
    )

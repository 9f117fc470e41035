"""A mistake as one record: what it is called, how it is seen, what it leaves of the loss, and where to read on."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from helpers.clinic.floors import Floor


@dataclass(frozen=True)
class Mistake:
    """An entry of the table.

    name: stable, for programs. title, why: sentences. fix: the line that mends it. read: places in the lessons, each
    the lesson's number and the beginning of a heading. look: returns from a `Case` what speaks for the mistake.
    floor: what it makes of the loss. tell: a second clue. guesses: yields from `Clues` the settings under which it
    gives a loss.
    """

    name: str
    title: str
    why: str
    fix: str
    read: tuple[str, ...]
    look: Callable | None = None
    floor: Floor | None = None
    tell: str = ""
    guesses: Callable | None = None

    @property
    def lesson(self):
        return "; ".join(self.read)


def mistake(why, fix, **fields):
    """Return a decorator that makes of a look the `Mistake` of its name; lines of `why` and `fix` are joined."""
    why, fix = (re.sub(r"\s*\n\s*", " ", text) for text in (why, fix))
    return lambda look: Mistake(look.__name__, why=why, fix=fix, look=look, **fields)

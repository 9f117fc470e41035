"""A mistake as one record: what it is called, how it is seen, what it leaves of the loss, and where to read on."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from helpers.clinic.floors import Floor


@dataclass(frozen=True)
class Mistake:
    """An entry of the table."""

    name: str  # stable, for programs
    title: str
    why: str
    fix: str  # the line that mends it
    read: tuple[str, ...]  # places in the lessons, each the lesson's number and the beginning of a heading
    look: Callable | None = None  # returns from a `Case` what speaks for the mistake
    floor: Floor | None = None  # what it makes of the loss
    tell: str = ""  # a second clue
    guesses: Callable | None = None  # yields from `Clues` the settings under which it gives a loss

    @property
    def lesson(self):
        return "; ".join(self.read)


def mistake(why, fix, **fields):
    """Return a decorator that makes of a look the `Mistake` of its name; lines of `why` and `fix` are joined."""
    why, fix = (re.sub(r"\s*\n\s*", " ", text) for text in (why, fix))
    return lambda look: Mistake(look.__name__, why=why, fix=fix, look=look, **fields)

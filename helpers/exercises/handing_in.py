"""What a class hands in: a file of somebody's answers with the replies to them, and the table of a room."""

import collections
import inspect
import json
import pathlib
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch

from helpers.exercises.checking import reply_to
from helpers.exercises.exercise import Exercise, Kind, Reply
from helpers.exercises.reading import MANY
from helpers.exercises.saying import describe_kind
from helpers.text import plural

MARKS = {Kind.CORRECT: "✓", Kind.ALMOST: "~"}  # a known mistake has its number in the list below; all others are ✗
IN_COMMON = 3


@dataclass(frozen=True)
class Given:
    """An answer as it is written down, and the reply that it got. The code of a function is its answer."""

    answer: object
    reply: Reply

    def as_json(self) -> dict:
        reply = self.reply
        return {"answer": self.answer, "reply": reply.kind, "name": reply.name, "text": reply.text}

    @classmethod
    def from_json(cls, found: dict) -> "Given":
        return cls(found["answer"], Reply(Kind(found["reply"]), str(found["text"]), str(found["name"])))


@dataclass(frozen=True)
class HandedIn:
    """Somebody's answers by the ids of their exercises, and the file in which they stand."""

    name: str
    path: pathlib.Path
    given: dict[str, Given]

    def __repr__(self) -> str:
        right = sum(each.reply.kind == Kind.CORRECT for each in self.given.values())
        return f"{self.path}: {plural(len(self.given), 'answer')} of {self.name}, {right} right"


def write_answers(name: str, folder: str | pathlib.Path, given: dict[str, Given]) -> HandedIn:
    """Write answers into the file of that name in a folder, beside those that it has, and return them all."""
    if not isinstance(name, str) or not re.search(r"\w", name):
        raise ValueError(f"name: got {name!r}, want yours, such as 'Ada'")
    folder = pathlib.Path(folder)
    if not folder.is_dir():
        raise ValueError(f"folder: got {str(folder)!r}, want a folder that is there")
    if not given:
        raise ValueError("name: nothing to hand in, want an answer that `check` has seen in this kernel")
    safe = re.sub(r"[^\w-]+", "-", name).strip("-")
    path = folder / f"answers-{safe}.json"
    before = read_answers(path) if path.exists() else HandedIn(name, path, {})
    if before.name != name:
        raise ValueError(f"name: got {name!r}, but {path.name} is of {before.name!r}, want another")
    whole = HandedIn(name, path, before.given | given)
    answers = {id: each.as_json() for id, each in sorted(whole.given.items())}
    text = json.dumps({"name": name, "answers": answers}, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
    return whole


def read_answers(path: pathlib.Path) -> HandedIn:
    """Return the answers that a file holds; ValueError where it is no such file."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        given = {id: Given.from_json(each) for id, each in found["answers"].items()}
        return HandedIn(str(found["name"]), path, given)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path.name}: want a file that `answers` has written: {error!r}") from error


def written(answer: object) -> object:
    """Return an answer as JSON can hold it: numbers, text and lists as they are, a function as its code.

    Of anything else it says what it is. Whatever the answer is, this raises nothing.
    """
    try:
        if isinstance(answer, torch.Tensor | np.ndarray | np.generic):
            if np.prod(answer.shape) > MANY:  # an expanded tensor holds one number and has any size
                raise ValueError
            return answer.tolist()
        if isinstance(answer, set | frozenset):
            return sorted(answer, key=str)
        if inspect.isfunction(answer):
            return textwrap.dedent(inspect.getsource(answer))
        json.dumps(answer)
        return answer
    except Exception:  # code that stands in no file, or an object that breaks when it is looked at
        return f"({describe_kind(answer)} that can't be written down)"


def check_again(exercise: Exercise, given: Given, run: bool = False) -> Reply:
    """Return the reply to an answer that was handed in.

    It is checked anew; the code of a function only with `run`, since it runs in this process with all that it may do.
    Without, the reply is the one that was handed in.
    """
    if exercise.asks != "function":
        return reply_to(exercise, given.answer)
    return reply_to(exercise, defined(exercise, str(given.answer))) if run else given.reply


def defined(exercise: Exercise, code: str) -> Callable | None:
    """Return the function that a code defines under the exercise's name; None where it defines none."""
    names = exercise.scope
    try:
        exec(compile(code, f"<handed in for {exercise.id}>", "exec"), names)
    except Exception:  # somebody's code: whatever it raises, there is no function
        return None
    return names.get(exercise.function_name)


@dataclass(frozen=True)
class Room:
    """What a room answered: the replies by who and by exercise, and what could not be read."""

    replies: dict[str, dict[str, Reply]]
    exercises: dict[str, Exercise]
    unread: tuple[str, ...] = ()

    def rows(self) -> Iterator[dict]:
        """Yield a row for each answer: who, exercise, right, reply, misconception."""
        for name, replies in self.replies.items():
            for id, reply in replies.items():
                misconception = reply.name if reply.kind == Kind.KNOWN_MISTAKE else ""
                row = {"who": name, "exercise": id, "right": reply.kind == Kind.CORRECT, "reply": str(reply.kind)}
                yield {**row, "misconception": misconception}

    def mistakes(self) -> list[tuple[str, str, list[str]]]:
        """Return (exercise's id, name of the misconception, who has it), what most people have in common first."""
        who = collections.defaultdict(list)
        for row in self.rows():
            if row["misconception"]:
                who[row["exercise"], row["misconception"]].append(row["who"])
        return sorted(((*key, names) for key, names in who.items()), key=lambda each: (-len(each[2]), each[:2]))

    def __str__(self) -> str:
        mistakes = self.mistakes()
        numbers = {(id, mistake): str(n) for n, (id, mistake, _) in enumerate(mistakes, start=1)}
        lines = self.table(numbers)
        lines += ["", "✓ right   ~ almost   ✗ something else   · no answer   a number: the misconception below"]
        for n, (id, mistake, names) in enumerate(mistakes, start=1):
            heading = {1: "In common:", IN_COMMON + 1: "And:"}.get(n)
            lines += ["", heading] if heading else []
            title = self.exercises[id].title
            lines += [f"{n:>3}  {len(names)} of {len(self.replies)}  {mistake} ({id}, {title})"]
        if self.unread:
            lines += ["", "Not read:", *self.unread]
        return "\n".join(line.rstrip() for line in lines)

    def table(self, numbers: dict[tuple[str, str], str]) -> list[str]:
        """Return a line for each person, with a mark for each exercise; a known mistake has the number given here."""
        ids = sorted({id for replies in self.replies.values() for id in replies})
        widest = max(map(len, self.replies))
        widths = {id: max(len(id), 3) for id in ids}
        lines = [f"{'':{widest}}  " + "  ".join(f"{id:>{widths[id]}}" for id in ids)]
        for name, replies in self.replies.items():
            marks = {id: numbers.get((id, reply.name)) or MARKS.get(reply.kind, "✗") for id, reply in replies.items()}
            lines += [f"{name:{widest}}  " + "  ".join(f"{marks.get(id, '·'):>{widths[id]}}" for id in ids)]
        return lines


def read_room(folder: str | pathlib.Path, exercises: dict[str, Exercise], run: bool = False) -> Room:
    """Return what the files of a folder hold; the table names files that can't be read."""
    folder = pathlib.Path(folder)
    paths = sorted(folder.glob("**/*.json"))
    if not paths:
        raise ValueError(f"folder: got {str(folder)!r}, want a folder with the files that `answers` writes")
    replies, unread = {}, []
    for path in paths:
        try:
            handed = read_answers(path)
        except ValueError as error:
            unread.append(str(error))
            continue
        name = handed.name if handed.name not in replies else f"{handed.name} ({path.relative_to(folder)})"
        strange = sorted(set(handed.given) - set(exercises))
        if strange:
            unread.append(f"{path.name}: of another edition of the lessons: {', '.join(strange)}")
        known = {id: each for id, each in handed.given.items() if id in exercises}
        replies[name] = {id: check_again(exercises[id], each, run) for id, each in known.items()}
    if not replies:
        raise ValueError(f"folder: got {str(folder)!r}, in which no file can be read: {'; '.join(unread)}")
    return Room(replies, exercises, tuple(unread))

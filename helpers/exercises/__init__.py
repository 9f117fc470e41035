"""Exercises that know your mistake: `ask` states a question, `check` replies to an answer, `hint` and `solution` help.

Everything is plain text (with an HTML form of it), made from the answer alone, and nothing is sent. `progress` tells
how far one has come from what is saved in the notebooks. `answers` alone writes: a file to hand in.
"""

import difflib

from helpers.exercises.checking import reply_to
from helpers.exercises.exercise import Exercise, Kind, Reply, Wrong, plain
from helpers.exercises.handing_in import Given, HandedIn, write_answers, written
from helpers.exercises.loading import TEXTS, read_lesson
from helpers.exercises.standing import Progress, read_progress

__all__ = ["EXERCISES", "Exercise", "HandedIn", "Kind", "Progress", "Reply", "Wrong"]
__all__ += ["answers", "ask", "check", "hint", "progress", "solution"]

#: The exercises of each lesson by its number.
LESSONS = {number: read_lesson(number, text) for number, text in TEXTS.items()}
#: Every exercise by its id, in the order of the lessons.
EXERCISES = {exercise.id: exercise for lesson in LESSONS.values() for exercise in lesson}
_right = set()  # the ids of those that have got "Correct" in this kernel, whose notebook may not be saved yet
_given = {}  # the last answer to each exercise in this kernel, for `answers`


def find(id):
    if id not in EXERCISES:
        near = difflib.get_close_matches(str(id), EXERCISES, cutoff=0)
        raise ValueError(f"id: got {id!r}, want that of an exercise, perhaps {near[0]!r}")
    return EXERCISES[id]


def ask(id):
    """Return the exercise, which a notebook shows with its hints and its solution folded."""
    return find(id)


def check(id, answer):
    """Return the reply to an answer.

    >>> print(check("01.half", 0.0))
    Known mistake: the half of the sigmoid. A sigmoid is one half at 0; softmax asks how the others stand.
    """
    reply = reply_to(find(id), answer)
    if reply.kind == Kind.CORRECT:
        _right.add(id)
    if reply.kind != Kind.NOT_YET:
        _given[id] = Given(written(answer), reply)
    return reply


def answers(name, folder="."):
    """Write what was answered in this kernel, with the replies, into the file `answers-NAME.json`, and return it.

    What the file holds from earlier is kept, but for exercises that were answered anew. A teacher makes a table of
    such files by `python -m helpers.exercises FOLDER`, which checks the answers again.

    Parameters
    ----------
    name : yours, as the teacher knows you
    folder : path of the folder for the file

    Raises
    ------
    ValueError
        If nothing was answered yet, there is no such folder, or the file is there and is another's.
    """
    return write_answers(name, folder, dict(_given))


def progress(folder="."):
    """Return which exercises are right, by the saved notebooks of a folder and in this kernel: a bar a lesson.

    Parameters
    ----------
    folder : path of the folder with the lessons; of a lesson whose notebook is not there this kernel alone tells

    Raises
    ------
    ValueError
        If it is no folder, or a lesson in it is no notebook.
    """
    return read_progress(folder, LESSONS, _right)


def hint(id, number=1):
    """Print a hint: 1 is a nudge, 2 a push, 3 almost the answer."""
    if number not in (1, 2, 3):
        raise ValueError(f"number: got {number!r}, want 1, 2 or 3")
    print(plain(find(id).hints[number - 1]))


def solution(id):
    """Print the solution and why it is one."""
    print(f"{find(id).solution.strip()}\n\n{plain(find(id).because)}")

"""Reading an answer: numbers in any form, the letter of a choice, a set of labels."""

import collections.abc
import inspect
import numbers
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import torch

from helpers.exercises.exercise import Exercise
from helpers.exercises.saying import describe_kind
from helpers.inputs import read_number
from helpers.text import plural, short

MANY = 1_000_000


class Unreadable(Exception):
    """The answer is not of the kind that was asked for; the message is a sentence for the learner."""


@dataclass(frozen=True, eq=False)
class Numbers:
    """What an answer, or a call, comes to: its numbers in float64, and the dtype in which they came, if any."""

    values: torch.Tensor
    dtype: torch.dtype | None = None


@dataclass(frozen=True)
class Raised:
    """What a call comes to that raised: the exception's name. Two are the same, whatever they say."""

    name: str
    said: str = field(compare=False)


@dataclass(frozen=True)
class Nothing:
    """What a call comes to that returned no numbers: what a reply says of that."""

    said: str


def read_numbers(answer: object) -> Numbers:
    """Return the numbers of an answer; raise `Unreadable` with a sentence where it has none."""
    if isinstance(answer, torch.Tensor):
        if answer.numel() > MANY:
            raise Unreadable(f"you gave {plural(answer.numel(), 'number')}.")
        if answer.device.type == "meta" or answer.is_complex():
            what = "complex numbers" if answer.is_complex() else "no values (device meta)"
            raise Unreadable(f"you gave a tensor of {what}.")
        return Numbers(answer.detach().to_dense().cpu().double(), answer.dtype)
    flat, shape = flatten(answer)
    values = torch.tensor([float(each) for each in flat], dtype=torch.float64).reshape(shape)
    if flat and all(isinstance(each, bool) for each in flat):
        return Numbers(values, torch.bool)
    is_array = isinstance(answer, (np.ndarray, np.generic))
    return Numbers(values, getattr(torch, answer.dtype.name, None) if is_array else None)


def read_texts(answer: object, depth: int = 0) -> object:
    """Return an answer whose texts that say a number are replaced by it, in lists too.

    >>> read_texts("88 %"), read_texts(["0.5", "3/4"]), read_texts("ln 4")
    (0.88, [0.5, 0.75], 'ln 4')
    """
    if type(answer) in (list, tuple) and depth < 8:
        return [read_texts(each, depth + 1) for each in answer]
    if not isinstance(answer, str):
        return answer
    above, slash, below = answer.partition("/")
    above, below = as_float(above), as_float(below) if slash else 1.0
    return answer if above is None or not below else above / below


def flatten(answer: object, depth: int = 0) -> tuple[list[float], list[int]]:
    """Return the numbers of a list of lists (or array, series, number) in one list, and their shape."""
    if isinstance(answer, torch.Tensor):
        read = read_numbers(answer)
        return (read.values.bool() if read.dtype == torch.bool else read.values).flatten().tolist(), list(answer.shape)
    if isinstance(answer, (bool, np.bool_)):
        return [bool(answer)], []
    if isinstance(answer, (np.ndarray, np.generic, pd.Series, pd.DataFrame)):
        return flatten_array(np.asarray(answer), depth)
    if isinstance(answer, (list, tuple, range)):
        return flatten_list(answer, depth)
    if hasattr(type(answer), "__float__"):  # an int, a Fraction, a number of sympy
        try:
            return [float(answer)], []
        except (OverflowError, ValueError):
            raise Unreadable("your number is too large for a float.") from None
    raise Unreadable(describe_other(answer, depth))


def flatten_array(array: np.ndarray, depth: int) -> tuple[list[float], list[int]]:
    if array.dtype.kind == "U" or (array.dtype == object and array.size < MANY):
        return flatten(array.tolist(), depth)
    if array.dtype.kind not in "biuf":
        raise Unreadable(f"you gave an array of {array.dtype.name}, which are no real numbers.")
    if array.size > MANY:
        raise Unreadable(f"you gave {plural(array.size, 'number')}.")
    return array.ravel().tolist(), list(array.shape)


def flatten_list(items: list | tuple | range, depth: int) -> tuple[list[float], list[int]]:
    if depth == 8:
        raise Unreadable("your list is nested too deeply.")
    if len(items) > MANY:
        raise Unreadable(f"you gave {plural(len(items), 'number')}.")
    parts = [flatten(each, depth + 1) for each in items]
    shapes = [shape for _, shape in parts]
    if any(shape != shapes[0] for shape in shapes):
        raise Unreadable("the parts of your list have different lengths.")
    return [each for flat, _ in parts for each in flat], [len(parts), *(shapes[0] if shapes else [])]


def describe_other(answer: object, depth: int) -> str:
    """Say what an answer is that is no number; at a depth it stands in a list."""
    if answer is None:
        return "there is a None in your answer."
    if isinstance(answer, (set, frozenset)):
        return "you gave a set, which has no order."
    if isinstance(answer, str):
        quoted = f"the text {short(answer, 40)!r}"
        digits = re.search(r"\d", answer)
        hint = "; numbers go without quotes, as in 0.667, 2 / 3 or math.log(4)" if digits else ", which is no number"
        if re.search(r"(?<![a-z])o[.,\d]|[.,\d]o(?![a-z])", answer, re.IGNORECASE):
            hint = "; is there a letter o where a zero belongs?"
        return f"there is {quoted} in your list{hint}." if depth else f"you gave {quoted}{hint}."
    if isinstance(answer, dict):
        return "you gave a dict; `list(….values())` makes a list of its numbers."
    if isinstance(answer, collections.abc.Iterator):
        return f"you gave {describe_kind(answer)}; `list(...)` makes a list of it."
    if inspect.isroutine(answer) or inspect.isclass(answer):
        return f"you gave {describe_kind(answer)}; is a call missing, with its parentheses?"
    return f"you gave {describe_kind(answer)}."


# --- choices ---


def read_letter(exercise: Exercise, answer: object) -> str:
    """Return the letter of the option that an answer means: by letter, by its text, or by both."""
    if isinstance(answer, (list, tuple, set)) and len(answer) == 1:
        (answer,) = answer
    if isinstance(answer, bool) or not isinstance(answer, str | numbers.Real):
        raise Unreadable(f"you gave {describe_kind(answer)}.")
    text = str(answer).strip(" \n'\"")
    options = {letter: normalise(option) for letter, option in exercise.choices.items()}
    if lettered := LETTERED.fullmatch(text):
        letter, said = lettered[1].lower(), normalise(lettered[2] or "")
        if letter in options and options[letter].startswith(said):
            return letter
    meant = letters_of(normalise(text), options)
    if len(meant) == 1:
        return meant[0]
    fits = f"more than one of the options {', '.join(meant)}" if meant else f"none of the options {', '.join(options)}"
    raise Unreadable(f"{short(str(answer), 40)!r} is {fits}.")


# A letter, as in "b", "(b)" or "option b", and behind it the option's text, as in "b) It falls."
LETTERED = re.compile(r"(?:option\s+|answer\s+)?\(?([a-z])[).:]*(?:(?<=[).:])\s*(.*))?", re.DOTALL | re.IGNORECASE)


def letters_of(said: str, options: dict[str, str]) -> list[str]:
    """Return the letters of the options that are what was said, as text or number, or else of those that begin so."""
    number = as_float(said)
    meant = [k for k, option in options.items() if option == said or number is not None and as_float(option) == number]
    if meant or not said:
        return meant
    begins = re.compile(rf"{re.escape(said)}(?!\w|\.\d)")
    return [k for k, option in options.items() if begins.match(option)]


def normalise(text: str) -> str:
    """Return a text without what is lost or added when it is copied from the page or typed from memory.

    >>> normalise("a `logit`."), normalise("to −1"), normalise("1−q")
    ('logit', '-1', '1 - q')
    """
    for mark, instead in (("`", ""), ("−", "-"), ("=", " "), (",", ", ")):
        text = text.replace(mark, instead)
    text = re.sub(r"(?<=\d) *- *(?=[a-z])", " - ", " ".join(text.split()).strip(" .…").casefold())
    return re.sub(r"^(?:an?|the|for|near|about|to) (?=\S)", "", text)


def as_float(text: str) -> float | None:
    try:
        return read_number(text, "answer").value
    except ValueError:
        return None


# --- labels ---


def read_labels(exercise: Exercise, answer: object) -> set[str]:
    """Return the labels that an answer names: by a list, by a text with commas, or by a yes or no (1 or 0) for each."""
    if isinstance(answer, (set, frozenset)):
        answer = list(answer)
    if isinstance(answer, (np.ndarray, pd.Series)):
        answer = answer.tolist()
    if isinstance(answer, str):
        answer = [answer]
    if isinstance(answer, (list, tuple)) and (not answer or any(isinstance(each, str) for each in answer)):
        return find_labels(exercise, answer)
    flags = read_numbers(answer).values.flatten().tolist()
    if len(flags) != len(exercise.options) or not set(flags) <= {0.0, 1.0}:
        raise Unreadable(f"these numbers are not one yes or no (1 or 0) for each of {', '.join(exercise.options)}.")
    return {label for label, flag in zip(exercise.options, flags) if flag}


def find_labels(exercise: Exercise, texts: Iterable) -> set[str]:
    """Return the labels in a list of texts, of which each may hold several, none or all."""
    names, found = {option.casefold(): option for option in exercise.options}, set()
    for text in texts:
        words = re.findall(r"[\w-]+", text.casefold()) if isinstance(text, str) else [repr(text)]
        if words[:1] == ["all"] and names.keys().isdisjoint(words):  # "all but dog" is not all
            return set(exercise.options)
        for word in words if words[:1] not in (["none"], ["nothing"], ["no"]) else ():
            if word in names:
                found.add(names[word])
            elif word not in ("and", "only"):
                raise Unreadable(f"{short(word, 40)!r} is none of the labels {', '.join(exercise.options)}.")
    return found

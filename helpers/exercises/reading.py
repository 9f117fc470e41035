"""Reading an answer: numbers in any form, the letter of a choice, a set of labels."""

import collections.abc
import decimal
import inspect
import numbers
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from helpers.exercises.saying import a, count, kind_of, short

MANY = 1_000_000


class Unreadable(Exception):
    """The answer is not of the kind that was asked for; the message is a sentence for the learner."""


@dataclass(frozen=True)
class Outcome:
    """What an answer, or a call of a function, comes to: numbers, or an exception, or neither.

    values : the numbers, float64
    dtype : the dtype in which they came; None where they had none
    error : the name of the exception
    said : in words, what came instead of numbers
    """

    values: torch.Tensor | None = None
    dtype: torch.dtype | None = None
    error: str = ""
    said: str = ""


def read_numbers(answer):
    """Return the `Outcome` of an answer; raise `Unreadable` with a sentence where there are no numbers in it."""
    if isinstance(answer, torch.Tensor):
        if answer.numel() > MANY:
            raise Unreadable(f"you gave {count(answer.numel())}.")
        if answer.device.type == "meta" or answer.is_complex():
            what = "complex numbers" if answer.is_complex() else "no values (device meta)"
            raise Unreadable(f"you gave a tensor of {what}.")
        return Outcome(answer.detach().to_dense().cpu().double(), answer.dtype)
    flat, shape = flattened(answer)
    values = torch.tensor([float(each) for each in flat], dtype=torch.float64).reshape(shape)
    dtype = getattr(torch, answer.dtype.name, None) if isinstance(answer, (np.ndarray, np.generic)) else None
    return Outcome(values, torch.bool if flat and all(isinstance(each, bool) for each in flat) else dtype)


def flattened(answer, depth=0):
    """Return the numbers of a list of lists (or array, series, number) in one list, and their shape."""
    if isinstance(answer, torch.Tensor):
        read = read_numbers(answer)
        return (read.values.bool() if read.dtype == torch.bool else read.values).flatten().tolist(), list(answer.shape)
    if isinstance(answer, (bool, np.bool_)):
        return [bool(answer)], []
    if isinstance(answer, (numbers.Real, decimal.Decimal)):
        try:
            return [float(answer)], []
        except (OverflowError, ValueError):
            raise Unreadable("your number is too large for a float.") from None
    if isinstance(answer, (np.ndarray, np.generic, pd.Series, pd.DataFrame)):
        answer = np.asarray(answer)
        if answer.dtype.kind == "U" or (answer.dtype == object and answer.size < MANY):
            return flattened(answer.tolist(), depth)
        if answer.dtype.kind not in "biuf":
            raise Unreadable(f"you gave an array of {answer.dtype.name}, which are no real numbers.")
        if answer.size > MANY:
            raise Unreadable(f"you gave {count(answer.size)}.")
        return answer.ravel().tolist(), list(answer.shape)
    if isinstance(answer, (list, tuple, range)):
        if depth == 8:
            raise Unreadable("your list is nested too deeply.")
        if len(answer) > MANY:
            raise Unreadable(f"you gave {count(len(answer))}.")
        parts = [flattened(each, depth + 1) for each in answer]
        shapes = [shape for _, shape in parts]
        if any(shape != shapes[0] for shape in shapes):
            raise Unreadable("the parts of your list have different lengths.")
        return [each for flat, _ in parts for each in flat], [len(parts), *(shapes[0] if shapes else [])]
    raise Unreadable(what_else(answer, depth))


def what_else(answer, depth):
    """Say what an answer is that is no number; at a depth it stands in a list."""
    if answer is None:
        return "there is a None in your answer."
    if isinstance(answer, (set, frozenset)):
        return "you gave a set, which has no order."
    if isinstance(answer, str):
        quoted = f"the text {short(answer)!r}"
        hint = "; numbers go without quotes" if re.search(r"\d", answer) else ", which is no number"
        return f"there is {quoted} in your list{hint}." if depth else f"you gave {quoted}{hint}."
    if isinstance(answer, collections.abc.Iterator):
        return f"you gave {a(kind_of(answer))}; `list(...)` makes a list of it."
    if inspect.isroutine(answer) or inspect.isclass(answer):
        return f"you gave {a(kind_of(answer))}; is a call missing, with its parentheses?"
    return f"you gave {a(kind_of(answer))}."


# --- choices ---


def read_letter(exercise, answer):
    """Return the letter of the option that an answer means: by letter, by its text, or by both."""
    if isinstance(answer, (list, tuple, set)) and len(answer) == 1:
        (answer,) = answer
    number = isinstance(answer, numbers.Real) and not isinstance(answer, bool)
    if not isinstance(answer, str) and not number:
        raise Unreadable(f"you gave {a(kind_of(answer))}.")
    text = str(answer).strip(" \n'\"")
    if match := re.fullmatch(
        r"(?:option\s+|answer\s+)?\(?([a-z])[).:]*(?:(?<=[).:])\s*(.*))?", text, re.DOTALL | re.IGNORECASE
    ):
        letter, said = match[1].lower(), bare(match[2] or "")
        if letter in exercise.choices and bare(exercise.choices[letter]).startswith(said):
            return letter
    options = {letter: bare(option) for letter, option in exercise.choices.items()}
    said = bare(text)
    same = [
        letter for letter, option in options.items() if option == said or as_float(said) in {as_float(option)} - {None}
    ]
    begun = [
        letter for letter, option in options.items() if said and re.match(rf"{re.escape(said)}(?!\w|\.\d)", option)
    ]
    if len(meant := same or begun) == 1:
        return meant[0]
    several = f" is more than one of the options {', '.join(meant)}" if meant else " is none of the options "
    raise Unreadable(f"{short(answer)!r}{several}{'' if meant else ', '.join(exercise.choices)}.")


def bare(text):
    """Return a text without what is lost or added when it is copied from the page or typed from memory.

    >>> bare("a `logit`."), bare("to −1")
    ('logit', '-1')
    """
    text = " ".join(text.replace("`", "").replace("−", "-").replace("=", " ").split()).strip(" .…").casefold()
    return re.sub(r"^(?:an?|the|for|near|about|to) (?=\S)", "", text)


def as_float(text):
    try:
        return float(text)
    except ValueError:
        return None


# --- labels ---


def read_labels(exercise, answer):
    """Return the set of labels that an answer names: by a list, by a text with commas, or one yes or no (1 or 0) a label."""
    if isinstance(answer, (set, frozenset)):
        answer = list(answer)
    if isinstance(answer, (np.ndarray, pd.Series)):
        answer = answer.tolist()
    if isinstance(answer, str):
        answer = [answer]
    if isinstance(answer, (list, tuple)) and (not answer or any(isinstance(each, str) for each in answer)):
        return named(exercise, answer)
    flags = read_numbers(answer).values.flatten().tolist()
    if len(flags) != len(exercise.options) or not set(flags) <= {0.0, 1.0}:
        raise Unreadable(f"these numbers are not one yes or no (1 or 0) for each of {', '.join(exercise.options)}.")
    return {label for label, flag in zip(exercise.options, flags) if flag}


def named(exercise, texts):
    """Return the labels in a list of texts, of which each may hold several, none or all."""
    names, found = {option.casefold(): option for option in exercise.options}, set()
    for text in texts:
        words = re.findall(r"[\w-]+", text.casefold()) if isinstance(text, str) else [repr(text)]
        if words[:1] == ["all"]:
            return set(exercise.options)
        for word in words if words[:1] not in (["none"], ["nothing"], ["no"]) else ():
            if word in names:
                found.add(names[word])
            elif word not in ("and", "only"):
                raise Unreadable(f"{short(word)!r} is none of the labels {', '.join(exercise.options)}.")
    return found

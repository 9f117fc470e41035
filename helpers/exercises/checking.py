"""From an answer to its reply: correct, a known mistake, almost, or the first thing that differs."""

import collections.abc
import contextlib
import decimal
import functools
import inspect
import io
import math
import numbers
import re

import numpy as np
import pandas as pd
import torch

from helpers.exercises.exercise import ASKS, Reply

LOOSE = 0.02  # right but for rounding
MANY = 1_000_000


class Unreadable(Exception):
    """The answer is not of the kind that was asked for; the message is a sentence for the learner."""


def reply_to(exercise, answer):
    """Return the `Reply` to an answer. Whatever the answer is, this raises nothing."""
    try:
        if answer is None or answer is ... or (isinstance(answer, str) and not answer.strip()):
            if exercise.asks == "function":
                return Reply("Not yet", "Write the function and hand its name to `check`.")
            return Reply(
                "Not yet",
                f"Put your answer in the place of `None` and run this cell again. Wanted: {ASKS[exercise.asks]}.",
            )
        return {"choice": choice, "labels": labels, "function": function}.get(exercise.asks, values)(exercise, answer)
    except Unreadable as error:
        return Reply("Not this", f"{error} Wanted: {ASKS[exercise.asks]}.")
    except Exception as error:  # an answer that breaks when it is looked at
        return Reply(
            "Not this",
            f"your answer ({a(kind_of(answer))}) raises {type(error).__name__} when it is read. Wanted: {ASKS[exercise.asks]}.",
        )


def known(exercise, which):
    mistake = exercise.wrong[which]
    return Reply("Known mistake", f"{mistake.name}. {mistake.why}")


# --- choices and labels ---


def choice(exercise, answer):
    if isinstance(answer, (list, tuple, set)) and len(answer) == 1:
        (answer,) = answer
    if not isinstance(answer, str):
        raise Unreadable(f"you gave {a(kind_of(answer))}.")
    said = answer.strip().lower()
    for letter, option in exercise.choices.items():
        if said == letter or bare(answer) == bare(option) or pasted(answer, letter, option):
            said = letter
    if said == exercise.value:
        return Reply("Correct", exercise.because)
    for which, mistake in enumerate(exercise.wrong):
        if said == mistake.answer:
            return known(exercise, which)
    letters = ", ".join(exercise.choices)
    raise Unreadable(f"{short(answer)!r} is none of the options {letters}.")


def bare(text):
    """Return a text without what is lost or added when it is copied from the page."""
    return " ".join(text.replace("`", "").split()).rstrip(".…").lower()


def pasted(answer, letter, option):
    """Whether an answer is a letter with its option's text behind it, or the beginning of that.

    >>> pasted("b) Softmax falls…", "b", "Softmax falls, the sigmoid stays."), pasted("b) Both fall", "b", "Softmax falls.")
    (True, False)
    """
    match = re.fullmatch(r"\s*\(?([a-z])[).:]\s*(.*)", answer, re.DOTALL | re.IGNORECASE)
    return bool(match) and match[1].lower() == letter and bare(option).startswith(bare(match[2]))


def labels(exercise, answer):
    said, wanted = label_set(exercise, answer), label_set(exercise, exercise.value)
    if said == wanted:
        return Reply("Correct", exercise.because)
    for which, mistake in enumerate(exercise.wrong_values):
        if said == label_set(exercise, mistake):
            return known(exercise, which)
    for label in exercise.options:
        if (label in said) != (label in wanted):
            return Reply(
                "Not this",
                f"{label} is the first that differs: yours has it {'in' if label in said else 'out'}. Look at it again.",
            )


def label_set(exercise, answer):
    """Return the labels that an answer names: by a list, a text with commas, or one yes or no (1 or 0) a label."""
    names = {option.lower(): option for option in exercise.options}
    if isinstance(answer, str):
        answer = (
            []
            if answer.strip().lower() in ("none", "nothing", "no label")
            else re.split(r"[,;\s]+(?:and\s+)?", answer.strip())
        )
    if isinstance(answer, (set, frozenset)):
        answer = list(answer)
    if isinstance(answer, (np.ndarray, pd.Series)):
        answer = answer.tolist()
    if isinstance(answer, (list, tuple)) and all(isinstance(each, str) for each in answer):
        unknown = [each for each in answer if each.strip().lower() not in names]
        if unknown:
            raise Unreadable(f"{short(unknown[0])!r} is none of the labels {', '.join(exercise.options)}.")
        return {names[each.strip().lower()] for each in answer}
    flags = to_tensor(answer).flatten().tolist()
    if len(flags) != len(names) or not set(flags) <= {0.0, 1.0}:
        raise Unreadable(f"these numbers are not one yes or no (1 or 0) for each of {', '.join(exercise.options)}.")
    return {label for label, flag in zip(exercise.options, flags) if flag}


# --- numbers and tensors ---


def values(exercise, answer):
    if exercise.asks == "number" and isinstance(answer, (bool, np.bool_)):
        raise Unreadable("you gave a truth value (bool).")
    tensor = to_tensor(answer)
    wanted = to_tensor(exercise.value)
    if exercise.asks == "number" and tensor.numel() != 1:
        raise Unreadable(f"you gave {count(tensor)}.")
    pairs = [("", tensor, wanted)]
    return judged(exercise, pairs, [[to_tensor(mistake)] for mistake in exercise.wrong_values], dtype_of(answer))


def judged(exercise, pairs, mistakes, dtype=None):
    """Return the reply to (where, what came, what is wanted) triples, which a mistake would have answered by `mistakes`."""
    got, wanted = [pair[1] for pair in pairs], [pair[2] for pair in pairs]
    grain = torch.finfo(dtype).eps if dtype and dtype.is_floating_point else 0.0
    rtol = max(exercise.rtol, grain)

    def same(those, rtol=rtol, factor=1.0):
        return all(
            isinstance(x, torch.Tensor)
            and isinstance(y, torch.Tensor)
            and close(x, factor * y, rtol, exercise.atol * factor, exercise.shape)
            or alike(x, y)
            for x, y in zip(got, those)
        )

    def rounded(those, least, factor=1.0):
        """Whether all that came is rounded correctly to one number of decimals, `least` or more."""
        return not pairs[0][0] and fitting(got[0], factor * those[0], least, exercise.shape)

    if same(wanted) or (exercise.digits is not None and rounded(wanted, exercise.digits)):
        if exercise.dtype and dtype and dtype != exercise.dtype:
            return Reply(
                "Not this", f"the dtype is {name(dtype)} and should be {name(exercise.dtype)}. The values are right."
            )
        return Reply("Correct", exercise.because)
    for which, those in enumerate(mistakes):
        if same(those):
            return known(exercise, which)
    if any(isinstance(each, torch.Tensor) for each in got):
        if (
            same(wanted, factor=-1.0)
            or rounded(wanted, 1, -1.0)
            or (not pairs[0][0] and same(wanted, rtol=LOOSE, factor=-1.0))
        ):
            return Reply("Almost", "the sign. Yours is the negative of what is asked for.")
        for unit, factor in exercise.units:
            if same(wanted, factor=factor) or rounded(wanted, 0 if factor >= 10 else 2, factor):
                return Reply("Almost", f"the unit. Yours is in {unit}: {by(factor)} what is asked for.")
            if same(wanted, factor=1 / factor):
                return Reply(
                    "Almost", f"the unit. Yours is {by(1 / factor)} what is asked for, as if that had been in {unit}."
                )
        if same(wanted, rtol=LOOSE) or rounded(wanted, 0 if exercise.asks == "number" else 1):
            for where, x, y in pairs:
                if where and not same_one(x, y, exercise, rtol):
                    return Reply("Almost", f"the precision; {difference(where, x, y, exercise, rtol)}")
            return Reply("Almost", f"the rounding. You are near it; {digits_wanted(exercise)}.")
        for which, those in enumerate(mistakes):
            if same(those, rtol=LOOSE / 2) or rounded(those, 2):
                return known(exercise, which)
    for where, x, y in pairs:
        if not same_one(x, y, exercise, rtol):
            return Reply("Not this", difference(where, x, y, exercise, rtol))


def digits_wanted(exercise):
    return f"{exercise.precision or 'more digits'} {'is' if exercise.digits in (0, 1) else 'are'} wanted"


def fitting(x, y, least, shape):
    """Whether `x` is `y` rounded to some number of decimals, `least` or more, the same for all entries, and not to 0 alone."""
    if not isinstance(x, torch.Tensor) or x.numel() != y.numel() or (shape and x.shape != y.shape):
        return False
    x, flat = x.reshape(-1), y.reshape(-1)
    kept = [torch.round(flat, decimals=each) for each in range(least, 10)]
    return any(each.any().item() and torch.allclose(x, each) for each in kept)


def alike(x, y):
    """Whether two outcomes are exceptions of one type, whatever they say."""
    return isinstance(x, str) and isinstance(y, str) and raised(x) == raised(y)


def raised(outcome):
    """Return "your function raises IndexError" from a sentence that also says with which message."""
    return re.split("[:.]", outcome)[0]


def same_one(x, y, exercise, rtol):
    if isinstance(x, str) or isinstance(y, str):
        return alike(x, y)
    return close(x, y, rtol, exercise.atol, exercise.shape)


def close(x, y, rtol, atol, shape):
    if x.numel() != y.numel() or (shape and x.shape != y.shape):
        return False
    return torch.allclose(x.reshape(y.shape), y, rtol=rtol, atol=abs(atol), equal_nan=True)


def difference(where, x, y, exercise, rtol):
    """Say the first thing in which `x` differs from the wanted `y`."""
    place = f"{where}, " if where else ""
    if isinstance(x, str):
        return f"{place}{x}"
    if isinstance(y, str):
        return f"{place}yours returns {show(x)}, but it should raise {raised(y).removeprefix('your function raises ')}."
    if x.numel() != y.numel() or (exercise.shape and x.shape != y.shape):
        right = " The values are right." if close(x, y, rtol, exercise.atol, False) else ""
        return f"{place}the shape is {tuple(x.shape)} and should be {tuple(y.shape)}.{right}"
    flat_x, flat_y = x.reshape(-1), y.reshape(-1)
    apart = ~torch.isclose(flat_x, flat_y, rtol=rtol, atol=exercise.atol, equal_nan=True)
    at = int(apart.nonzero()[0, 0])
    mine, right = flat_x[at].item(), flat_y[at].item()
    spot = (
        "the result"
        if y.numel() == 1 and where
        else f"the value at position {position(at, y.shape)}"
        if y.numel() > 1
        else "your number"
    )
    if where:
        return f"{place}{spot} is {number(mine)} and should be {number(right)}."
    return f"{spot} is {number(mine)}{', which is not a number' if math.isnan(mine) else ', too large' if mine > right else ', too small'}."


# --- functions ---


def function(exercise, answer):
    if not callable(answer):
        raise Unreadable(f"you gave {a(kind_of(answer))}.")
    arguments = list(inspect.signature(exercise.value).parameters)
    with contextlib.suppress(ValueError):  # builtins may have no signature
        signature = inspect.signature(answer)
        try:
            signature.bind(*arguments)
        except TypeError:
            wanted = ", ".join(arguments)
            return Reply("Not this", f"your function cannot be called with ({wanted}): its arguments are {signature}.")
    got, dtype = outcomes(exercise, answer)
    wanted, begun, mistakes = references(exercise)
    empty = all(isinstance(each, str) and each == NOTHING for each in got)
    if empty and not unwritten(answer):
        return Reply("Not this", "your function returns None. Is a `return` missing?")
    if empty or same_outcomes(got, begun):
        unedited = (
            "Write your code into the function"
            if exercise.starter.count("\n") == 0
            else "The function still makes its mistake: change it"
        )
        return Reply("Not yet", f"{unedited} and run this cell again.")
    where = [f"with {listed(arguments, inputs)}" for inputs in exercise.inputs]
    return judged(exercise, list(zip(where, got, wanted)), mistakes, dtype)


@functools.cache
def references(exercise):
    """Return what the solution, the unedited function and each known mistake give for the hidden inputs."""
    given = [exercise.value, exercise.begun, *exercise.wrong_values]
    wanted, begun, *mistakes = (outcomes(exercise, each)[0] for each in given)
    return wanted, begun, mistakes


def unwritten(function):
    """Whether the body of a function is still the `...` with which it begins."""

    def begun(): ...

    return getattr(getattr(function, "__code__", None), "co_code", None) == begun.__code__.co_code


NOTHING = "yours returns None; a `return` is missing."


def outcomes(exercise, answer):
    """Return what a function gives for each hidden input, a tensor or a sentence, and the dtype of the first tensor."""
    results, dtype = [], None
    for inputs in exercise.inputs:
        try:
            with contextlib.redirect_stdout(io.StringIO()):  # what it prints for these inputs belongs on no page
                result = answer(*(each.clone() if isinstance(each, torch.Tensor) else each for each in inputs))
        except (Exception, SystemExit) as error:
            message = short(next(iter(str(error).splitlines()), ""), 160)
            results.append(
                f"your function raises {type(error).__name__}{': ' if message else ''}{message.rstrip('.')}."
            )
            continue
        try:
            results.append(NOTHING if result is None else to_tensor(result))
            dtype = dtype or dtype_of(result)
        except Unreadable as error:
            results.append(f"this is what yours returns: {error}".replace("you gave ", ""))
        except Exception as error:
            results.append(f"what yours returns ({a(kind_of(result))}) raises {type(error).__name__} when it is read.")
    return results, dtype


def same_outcomes(some, others):
    return all(
        x == y
        if isinstance(x, str) or isinstance(y, str)
        else x.shape == y.shape and torch.allclose(x, y, equal_nan=True)
        for x, y in zip(some, others)
    )


# --- reading an answer ---


def to_tensor(answer):
    """Return the numbers of an answer as a float64 tensor; raise `Unreadable` with a sentence where there are none."""
    if isinstance(answer, torch.Tensor):
        if answer.numel() > MANY:
            raise Unreadable(f"you gave {count(answer)}.")
        if answer.device.type == "meta" or answer.is_complex():
            raise Unreadable(
                f"you gave a tensor of {'complex numbers' if answer.is_complex() else 'no values (device meta)'}."
            )
        return answer.detach().to_dense().cpu().double()
    flat, shape = flattened(answer, 0)
    return torch.tensor(flat, dtype=torch.float64).reshape(shape)


def flattened(answer, depth):
    """Return the numbers of a list of lists (or array, series, number) in one list, and their shape."""
    if isinstance(answer, torch.Tensor):
        tensor = to_tensor(answer)
        return tensor.flatten().tolist(), list(tensor.shape)
    if isinstance(answer, (numbers.Real, decimal.Decimal, np.bool_)):
        try:
            return [float(answer)], []
        except (OverflowError, ValueError):
            raise Unreadable("your number is too large for a float.") from None
    if isinstance(answer, (np.ndarray, np.generic, pd.Series, pd.DataFrame)):
        answer = np.asarray(answer)
        if answer.dtype.kind not in "biuf":
            raise Unreadable(f"you gave an array of {answer.dtype.name}, which are no real numbers.")
        if answer.size > MANY:
            raise Unreadable(f"you gave {answer.size:,} numbers.")
        return [float(each) for each in answer.ravel()], list(answer.shape)
    if isinstance(answer, (list, tuple, range)):
        if depth == 8:
            raise Unreadable("your list is nested too deeply.")
        if len(answer) > MANY:
            raise Unreadable(f"you gave {len(answer):,} numbers.")
        parts = [flattened(each, depth + 1) for each in answer]
        shapes = [shape for _, shape in parts]
        if any(shape != shapes[0] for shape in shapes):
            raise Unreadable("the parts of your list have different lengths.")
        return [each for flat, _ in parts for each in flat], [len(parts), *(shapes[0] if shapes else [])]
    if answer is None:
        raise Unreadable("there is a None in your answer.")
    if isinstance(answer, (set, frozenset)):
        raise Unreadable("you gave a set, which has no order.")
    if isinstance(answer, str):
        raise Unreadable("you gave a text (str); numbers go without quotes.")
    if isinstance(answer, collections.abc.Iterator):
        raise Unreadable(f"you gave {a(kind_of(answer))}; `list(...)` makes a list of it.")
    if inspect.isroutine(answer) or inspect.isclass(answer):
        raise Unreadable(f"you gave {a(kind_of(answer))}; is a call missing, with its parentheses?")
    raise Unreadable(f"you gave {a(kind_of(answer))}.")


def dtype_of(answer):
    """Return the torch dtype in which an answer came, None where it has none."""
    if isinstance(answer, torch.Tensor):
        return answer.dtype
    if isinstance(answer, (np.ndarray, np.generic)):
        return getattr(torch, answer.dtype.name, None)
    return None


# --- how things are said ---


def kind_of(answer):
    return "function" if inspect.isroutine(answer) else "class" if inspect.isclass(answer) else type(answer).__name__


def a(noun):
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def count(tensor):
    return f"{tensor.numel():,} numbers" if tensor.numel() else "no number at all"


def by(factor):
    return f"{factor:.4g} times"


def short(text, length=40):
    text = str(text)
    return text if len(text) <= length else text[: length - 1] + "…"


def name(dtype):
    return str(dtype).removeprefix("torch.")


def number(value):
    return f"{round(value, 4):.9g}" if 1e-2 <= abs(value) < 1e5 else f"{value:.4g}"


def position(at, shape):
    """Return the index of the flat position `at`.

    >>> position(5, (2, 3))
    '[1, 2]'
    """
    return f"[{', '.join(str(int(each)) for each in np.unravel_index(at, tuple(shape)))}]"


def show(value):
    """Return an argument as the reply quotes it.

    >>> show(torch.tensor([[1000.0, 0.5]])), show(torch.zeros(8, 8))
    ('[[1000, 0.5]]', 'a tensor of shape (8, 8)')
    """
    if not isinstance(value, torch.Tensor):
        return number(value) if isinstance(value, float) else short(repr(value), 60)
    if value.numel() > 12:
        return f"a tensor of shape {tuple(value.shape)}"

    def nested(items):
        return (
            f"[{', '.join(map(nested, items))}]"
            if isinstance(items, list)
            else str(items)
            if isinstance(items, bool)
            else number(items)
        )

    return nested(value.tolist())


def listed(arguments, inputs):
    return ", ".join(f"{argument} = {show(value)}" for argument, value in zip(arguments, inputs))

"""From an answer to its reply: the answer is read, compared with what is wanted, and the first rule that fits replies.

What is read or returned is an `Outcome` (reading.py). An `Answer` holds its outcomes beside those of the solution and
of the known mistakes, and compares them. RULES say, in their order, which reply it gets.
"""

import contextlib
import functools
import inspect
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass

import torch

from helpers.exercises import running
from helpers.exercises.exercise import Exercise, Kind, Reply, Wrong
from helpers.exercises.reading import (
    Nothing,
    Numbers,
    Raised,
    Unreadable,
    read_labels,
    read_letter,
    read_numbers,
    read_texts,
)
from helpers.exercises.saying import describe_kind, explain_error, format_index, quote_arguments
from helpers.text import plural, python_number, short

ROUGH = 0.02  # how far off, as a share, an answer may be that is right but for its rounding
ENDLESS = (
    "your function did not come to its end and was stopped. Is there a loop that nothing ends? "
    f"(A call may take {running.SECONDS:.0f} seconds; one with a `breakpoint()` may take longer.)"
)
LEFT = "You left the debugger. Run this cell again and go on to the end with `c`, or take the breakpoint out."
Outcome = Numbers | Raised | Nothing
RETURNS_NOTHING = Nothing("yours returns None. Is a `return` missing?")


def reply_to(exercise: Exercise, answer: object) -> Reply:
    """Return the reply to an answer. Whatever the answer is, this raises nothing."""
    wanted = f"Wanted: {exercise.wants}."
    try:
        if answer is None or answer is ... or (isinstance(answer, str) and not answer.strip()):
            if exercise.asks == "function":
                return Reply(Kind.NOT_YET, "Write the function and hand its name to `check`.")
            return Reply(Kind.NOT_YET, f"Put your answer in the place of `None` and run this cell again. {wanted}")
        return JUDGES[exercise.asks](exercise, answer)
    except Unreadable as error:
        return Reply(Kind.NOT_THIS, f"{error} {wanted}")
    except KeyboardInterrupt:
        return Reply(Kind.NOT_THIS, ENDLESS)
    except Exception as error:  # an answer that breaks when it is looked at
        said = f"your answer ({describe_kind(answer)}) raises {type(error).__name__} when it is read."
        return Reply(Kind.NOT_THIS, f"{said} {wanted}")


def reply_correct(exercise: Exercise) -> Reply:
    return Reply(Kind.CORRECT, exercise.because)


def reply_known(mistake: Wrong) -> Reply:
    return Reply(Kind.KNOWN_MISTAKE, mistake.why, mistake.name)


def judge_choice(exercise: Exercise, answer: object) -> Reply:
    letter = read_letter(exercise, answer)
    if letter == exercise.value:
        return reply_correct(exercise)
    return reply_known(next(mistake for mistake in exercise.wrong if mistake.answer == letter))


def judge_labels(exercise: Exercise, answer: object) -> Reply:
    named, wanted = read_labels(exercise, answer), read_labels(exercise, exercise.value)
    if named == wanted:
        return reply_correct(exercise)
    for mistake in exercise.wrong:
        if named == read_labels(exercise, mistake.answer):
            return reply_known(mistake)
    first = next(label for label in exercise.options if (label in named) != (label in wanted))
    has_it = "in" if first in named else "out"
    return Reply(Kind.NOT_THIS, f"{first} is the first that differs: yours has it {has_it}. Look at it again.")


def judge_numbers(exercise: Exercise, answer: object) -> Reply:
    got = read_numbers(read_texts(answer))
    if exercise.asks == "number":
        if got.dtype == torch.bool:
            raise Unreadable("you gave a truth value (bool).")
        if got.values.numel() != 1:
            comma = "; a decimal has a point in Python, as in 0.5" if isinstance(answer, tuple) else ""
            raise Unreadable(f"you gave {plural(got.values.numel(), 'number')}{comma}.")
    known = known_outcomes(exercise)
    return apply_rules(Answer(exercise, (got,), known.wanted, known.mistakes))


def judge_function(exercise: Exercise, answer: object) -> Reply:
    if not callable(answer):
        raise Unreadable(f"you gave {describe_kind(answer)}.")
    names = list(inspect.signature(exercise.value).parameters)
    with contextlib.suppress(ValueError):  # builtins may have no signature
        signature = inspect.signature(answer)
        try:
            signature.bind(*names)
        except TypeError:
            said = f"your function cannot be called with ({', '.join(names)}): its arguments are {signature}."
            return Reply(Kind.NOT_THIS, said)

    places = tuple(f"with {quote_arguments(names, arguments)}, " for arguments in exercise.arguments)
    calls, banned = call_with_inputs(exercise, answer)
    if running.left_debugger(calls[-1]):
        return Reply(Kind.NOT_YET, LEFT)
    if not calls[-1].ended:
        return Reply(Kind.NOT_THIS, f"{places[len(calls) - 1]}{ENDLESS}")
    got, known = tuple(map(outcome_of, calls)), known_outcomes(exercise)
    all_none = all(each == RETURNS_NOTHING for each in got)
    if all_none and not is_unwritten(answer):
        return Reply(Kind.NOT_THIS, "your function returns None. Is a `return` missing?")
    if all_none or Answer(exercise, got, known.begun, exact=True).matches(known.begun):
        to_mend = "\n" in exercise.starter
        unedited = "The function still makes its mistake: change it" if to_mend else "Write your code into the function"
        return Reply(Kind.NOT_YET, f"{unedited} and run this cell again.")
    changed = tuple(name for n, name in enumerate(names) if any(n in each.changed for each in calls))
    return apply_rules(Answer(exercise, got, known.wanted, known.mistakes, places, banned, changed))


JUDGES = {
    "number": judge_numbers,
    "tensor": judge_numbers,
    "choice": judge_choice,
    "labels": judge_labels,
    "function": judge_function,
}


# --- what functions return ---


def call_with_inputs(exercise: Exercise, function: Callable) -> tuple[list[running.Call], bool]:
    """Return the calls of a function with each of the exercise's inputs, and whether it did what the question bans.

    What it prints is shown; after a call that did not end there are no more. A function that opens a debugger prints
    where the debugger does.
    """
    calls, banned, printed, ban = [], False, running.Printed(), exercise.ban
    debugged = running.opens_debugger(function)
    with contextlib.nullcontext() if debugged else contextlib.redirect_stdout(printed):
        for arguments in exercise.arguments:
            value = exercise.banned_function(*arguments).double() if ban and ban.value else None
            way = exercise.way_function(*arguments).double() if ban and ban.way else None
            mode = running.BanMode(ban, value, way) if ban else None
            call = running.call_here if debugged else running.call_apart
            calls.append(call(function, arguments, mode))
            banned |= bool(mode and mode.seen)
            if not calls[-1].ended or running.left_debugger(calls[-1]):
                break
    sys.stdout.write(printed.getvalue())
    return calls, banned


def outcome_of(call: running.Call) -> Outcome:
    """Return what a call that ended came to."""
    if call.error:
        # Somebody's own kind of exception counts as the built-in one that it derives from.
        name = next(each.__name__ for each in type(call.error).__mro__ if each.__module__ == "builtins")
        message = short(next(iter(str(call.error).splitlines()), ""), 160).rstrip(".")
        return Raised(name, f"your function raises {name}{': ' if message else ''}{message}.")
    if call.result is None:
        return RETURNS_NOTHING
    try:
        return read_numbers(call.result)
    except Unreadable as error:
        return Nothing(f"this is what yours returns: {error}".replace("you gave ", ""))
    except Exception as error:
        what = f"what yours returns ({describe_kind(call.result)})"
        return Nothing(f"{what} raises {type(error).__name__} when it is read.")


def is_unwritten(function: Callable) -> bool:
    """Return whether the body of a function is still the `...` with which it begins."""

    def begun(): ...

    return getattr(getattr(function, "__code__", None), "co_code", None) == begun.__code__.co_code


@dataclass(frozen=True)
class Known:
    """The outcomes that answers are compared with: of the solution, of each known mistake, of the unedited function."""

    wanted: tuple[Outcome, ...]
    mistakes: tuple[tuple[Outcome, ...], ...]
    begun: tuple[Outcome, ...] = ()


@functools.cache  # they are the same for every answer, and no learner gets hold of them
def known_outcomes(exercise: Exercise) -> Known:
    """Return the known outcomes of an exercise that asks for numbers or for a function."""

    def outcomes(answer: object) -> tuple[Outcome, ...]:
        if exercise.asks == "function":
            return tuple(map(outcome_of, call_with_inputs(exercise, answer)[0]))
        return (read_numbers(answer),)

    begun = outcomes(exercise.begun) if exercise.asks == "function" else ()
    return Known(outcomes(exercise.value), tuple(map(outcomes, exercise.wrong_values)), begun)


# --- an answer beside what it is compared with ---


@dataclass(frozen=True)
class Answer:
    """An answer beside what it is compared with: a number or tensor has one outcome, a function one for each call.

    Parameters
    ----------
    got, wanted : outcomes of the answer and of the solution
    mistakes : the outcomes of each known mistake
    places : how a reply begins that is about one outcome: with which arguments it came; "" for no function
    banned : whether something was done that the question rules out
    changed : the names of the arguments that the function changed
    exact : whether tolerances are those of floats, not those of the exercise
    """

    exercise: Exercise
    got: tuple[Outcome, ...]
    wanted: tuple[Outcome, ...]
    mistakes: tuple[tuple[Outcome, ...], ...] = ()
    places: tuple[str, ...] = ("",)
    banned: bool = False
    changed: tuple[str, ...] = ()
    exact: bool = False

    @property
    def of_function(self) -> bool:
        return self.exercise.asks == "function"

    @property
    def tolerances(self) -> tuple[float, float]:
        """rtol and atol; numbers that came in a coarse dtype are compared no finer than that can hold."""
        if self.exact:
            return 1e-5, 1e-8
        dtype = next((each.dtype for each in self.got if isinstance(each, Numbers) and each.dtype), None)
        grain = torch.finfo(dtype).eps if dtype and dtype.is_floating_point else 0.0
        return max(self.exercise.rtol, grain), self.exercise.atol

    def shapes_match(self, x: torch.Tensor, y: torch.Tensor) -> bool:
        """Return whether `x` has the shape of `y`, or as many numbers where the shape is no matter."""
        return x.shape == y.shape if self.exercise.shape or self.exact else x.numel() == y.numel()

    def outcome_matches(self, x: Outcome, y: Outcome, rtol=None, atol=None, factor=1.0) -> bool:
        """Return whether an outcome is `factor` times another, or the same exception, whatever it says."""
        if not isinstance(x, Numbers) or not isinstance(y, Numbers):
            return x == y
        own_rtol, own_atol = self.tolerances
        near = dict(rtol=rtol or own_rtol, atol=abs((atol or own_atol) * factor), equal_nan=True)
        mine, right = x.values, y.values
        return self.shapes_match(mine, right) and torch.allclose(mine.reshape(right.shape), factor * right, **near)

    def matches(self, those: tuple[Outcome, ...], rtol=None, atol=None, factor=1.0) -> bool:
        """Return whether each outcome of the answer is `factor` times that of `those`."""
        return all(self.outcome_matches(x, y, rtol, atol, factor) for x, y in zip(self.got, those))

    def lacks_a_decimal(self, those: tuple[Outcome, ...]) -> bool:
        """Return whether the answer is a tensor, rounded to one decimal less than is wanted."""
        digits = self.exercise.digits
        return self.exercise.asks == "tensor" and bool(digits) and self.is_rounding_of(those, digits - 1)

    def is_rounding_of(self, those: tuple[Outcome, ...], least: int, factor=1.0) -> bool:
        """Return whether the numbers, not a function's, are rounded correctly to `least` decimals or more, all alike.

        A rounding of everything to 0 says nothing and does not count.
        """
        if self.of_function:
            return False
        x, y = self.got[0].values, those[0].values
        if not self.shapes_match(x, y):
            return False
        x, y = x.reshape(-1), factor * y.reshape(-1)
        if not torch.allclose(x, y, rtol=1e-4, atol=0.51 * 10.0**-least):  # no rounding is that far away
            return False
        if not x.any():
            return False
        for digits in range(least, 10):  # a half may be rounded either way: 0.125 to 0.12 as to 0.13
            near = torch.allclose(x, y, rtol=1e-5, atol=0.5 * 10.0**-digits + 1e-8)
            if near and torch.allclose(x, torch.round(x, decimals=digits)):
                return True
        return False

    def first_difference(self) -> tuple[str, Outcome, Outcome]:
        """Return the place, the outcome and the wanted one, where they first differ."""
        each = zip(self.places, self.got, self.wanted)
        return next((place, x, y) for place, x, y in each if not self.outcome_matches(x, y))


# --- the rules: each returns its reply, or None where it has nothing to say ---


def apply_rules(answer: Answer) -> Reply:
    """Return the reply of the first rule that has one."""
    reply = next(reply for rule in RULES if (reply := rule(answer)))
    if answer.changed and reply.kind is not Kind.ALMOST:
        changed = " and ".join(f"`{name}`" for name in answer.changed)
        return Reply(reply.kind, f"{reply.text} Besides, your function changes its argument {changed}.", reply.name)
    return reply


def reply_if_right(answer: Answer) -> Reply | None:
    exercise = answer.exercise
    if not answer.matches(answer.wanted):
        if exercise.digits is None or not answer.is_rounding_of(answer.wanted, exercise.digits):
            return None
    if answer.banned:
        said = f"The values are right, but on the way there is {exercise.ban.what}, which the question rules out."
        return Reply(Kind.ALMOST, said, "the way")
    if answer.changed:
        x = answer.changed[0]
        said = (
            f"The values are right, but your function changes its argument `{x}`, which the caller may need as it was. "
            f"`{x} = {x} - ...` makes a new tensor, `{x} -= ...` does not."
        )
        return Reply(Kind.ALMOST, said, "the argument")
    return reply_correct(exercise)


def reply_if_known_mistake(answer: Answer) -> Reply | None:
    known = zip(answer.exercise.wrong, answer.mistakes)
    return next((reply_known(mistake) for mistake, those in known if answer.matches(those)), None)


def reply_if_negative(answer: Answer) -> Reply | None:
    roughly = not answer.of_function and answer.matches(answer.wanted, ROUGH, factor=-1.0)
    if roughly or answer.matches(answer.wanted, factor=-1.0) or answer.is_rounding_of(answer.wanted, 1, -1.0):
        return Reply(Kind.ALMOST, "Yours is the negative of what is asked for.", "the sign")
    return None


def reply_if_other_unit(answer: Answer) -> Reply | None:
    whole = is_whole(answer.got)
    for name, factor in answer.exercise.units:
        if whole and factor % 1:
            continue  # a whole number did not come out of a logarithm to another base
        rounded = answer.is_rounding_of(answer.wanted, 0 if factor >= 10 else 2, factor)
        if rounded or answer.matches(answer.wanted, factor=factor):
            return Reply(Kind.ALMOST, f"Yours is {factor:.4g} times what is asked for: the same in {name}.", "the unit")
        if answer.matches(answer.wanted, factor=1 / factor):
            said = f"Yours is {1 / factor:.4g} times what is asked for, as if that had been in {name}."
            return Reply(Kind.ALMOST, said, "the unit")
    return None


def is_whole(outcomes: tuple[Outcome, ...]) -> bool:
    """Return whether all are whole numbers."""
    return all(isinstance(each, Numbers) and each.values.frac().eq(0).all() for each in outcomes)


def reply_if_near(answer: Answer) -> Reply | None:
    exercise = answer.exercise
    rounded = answer.is_rounding_of(answer.wanted, 0)
    coarse = exercise.asks == "number" and rounded and answer.matches(answer.wanted, 0.1)
    if not coarse and not answer.lacks_a_decimal(answer.wanted) and not answer.matches(answer.wanted, ROUGH):
        return None
    if not rounded and any(answer.is_rounding_of(those, exercise.digits or 2) for those in answer.mistakes):
        return None  # it is a known mistake, given with the digits that were asked for
    if answer.of_function:
        said = describe_difference(answer)
        return Reply(Kind.ALMOST, said[0].upper() + said[1:], "the precision")
    wanted = f"{exercise.precision or 'more digits'} {'is' if exercise.digits in (0, 1) else 'are'} wanted"
    away = "" if rounded else ", but more than a rounding away"
    return Reply(Kind.ALMOST, f"You are near it{away}; {wanted}.", "the rounding")


def reply_if_near_known_mistake(answer: Answer) -> Reply | None:
    for mistake, those in zip(answer.exercise.wrong, answer.mistakes):
        # A mistake that is a whole number comes out as that number: 6.93 is not 7.
        near = not is_whole(those) and answer.matches(those, ROUGH / 2)
        if near or answer.lacks_a_decimal(those) or answer.is_rounding_of(those, 2):
            return reply_known(mistake)
    return None


def reply_with_difference(answer: Answer) -> Reply:
    return Reply(Kind.NOT_THIS, describe_difference(answer))


RULES = (
    # Who is right is told so, also where a known mistake is no further away than the rounding that is allowed.
    reply_if_right,
    # A known mistake may be the negative of the answer, or the answer in another unit. Its own sentence says more.
    reply_if_known_mistake,
    # A minus or a factor explains an answer fully, so they come before "near": a tensor of small numbers is near its
    # own negative and near its hundredth. These two may change places, for all factors are positive.
    reply_if_negative,
    reply_if_other_unit,
    # Who is near the answer and near a known mistake at once has the benefit of the doubt, unless the digits tell.
    reply_if_near,
    # A rounded mistake is still that mistake.
    reply_if_near_known_mistake,
    # This one always has something to say.
    reply_with_difference,
)


def describe_difference(answer: Answer) -> str:
    """Return a sentence about the first thing that differs."""
    place, x, y = answer.first_difference()
    if isinstance(y, Raised):
        if isinstance(x, Numbers):
            return f"{place}yours returns {describe_numbers(x)}, but it should raise {y.name}."
        instead = x.said.removesuffix(" Is a `return` missing?").removesuffix(".")
        return f"{place}{instead}, but should raise {y.name}."
    if not isinstance(x, Numbers):
        return f"{place}{x.said}{explain_error(x.said)}"
    if not answer.shapes_match(x.values, y.values):
        return f"{place}{describe_shape(answer, x.values, y.values)}"
    rtol, atol = answer.tolerances
    mine, right = x.values.reshape(-1), y.values.reshape(-1)
    at = int((~torch.isclose(mine, right, rtol=rtol, atol=atol, equal_nan=True)).nonzero()[0, 0])
    one = "the result" if answer.of_function else "your number"
    spot = one if mine.numel() == 1 else f"the value at position {format_index(at, x.values.shape)}"
    said = f"{place}{spot} is {python_number(mine[at].item(), torch.bool in (x.dtype, y.dtype))}"
    if answer.of_function:
        return f"{said} and should be {python_number(right[at].item(), y.dtype == torch.bool)}."
    # The right number itself is not told of an answer that was worked out.
    if torch.bool in (x.dtype, y.dtype):
        return f"{said}, which is wrong."
    if math.isnan(mine[at]):
        return f"{said}, which is not a number."
    return f"{said}, too {'large' if mine[at] > right[at] else 'small'}."


def describe_shape(answer: Answer, x: torch.Tensor, y: torch.Tensor) -> str:
    same_count = x.numel() == y.numel()
    if not same_count and not answer.exercise.shape:
        came = f"{'yours returns' if answer.of_function else 'you gave'} {plural(x.numel(), 'number')}"
        return f"{came}, and {y.numel()} {'is' if y.numel() == 1 else 'are'} wanted."
    rtol, atol = answer.tolerances
    are_right = same_count and torch.allclose(x.reshape(y.shape), y, rtol=rtol, atol=atol, equal_nan=True)
    rest = " The values are right." if are_right else ""
    return f"the shape is {tuple(x.shape)} and should be {tuple(y.shape)}.{rest}"


def describe_numbers(outcome: Numbers) -> str:
    flat = outcome.values.reshape(-1)
    return python_number(flat.item(), outcome.dtype == torch.bool) if len(flat) == 1 else plural(len(flat), "number")

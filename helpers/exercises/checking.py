"""From an answer to its reply: it is read, and ordered rules, each of which sees one thing, say what they see."""

import contextlib
import functools
import inspect
import math
import sys
from dataclasses import dataclass, field

import torch

from helpers.exercises import running
from helpers.exercises.exercise import ASKS, Kind, Reply
from helpers.exercises.reading import Outcome, Unreadable, read_labels, read_letter, read_numbers
from helpers.exercises.saying import a, count, kind_of, listed, number, position, short

LOOSE = 0.02  # right but for rounding


def reply_to(exercise, answer):
    """Return the `Reply` to an answer. Whatever the answer is, this raises nothing."""
    wanted = f"Wanted: {ASKS[exercise.asks]}."
    try:
        if answer is None or answer is ... or (isinstance(answer, str) and not answer.strip()):
            if exercise.asks == "function":
                return Reply(Kind.NOT_YET, "Write the function and hand its name to `check`.")
            return Reply(Kind.NOT_YET, f"Put your answer in the place of `None` and run this cell again. {wanted}")
        judge = {"choice": choice, "labels": labels, "function": function}.get(exercise.asks, values)
        return judge(exercise, answer)
    except Unreadable as error:
        return Reply(Kind.NOT_THIS, f"{error} {wanted}")
    except KeyboardInterrupt:
        return Reply(Kind.NOT_THIS, ENDLESS)
    except Exception as error:  # an answer that breaks when it is looked at
        said = f"your answer ({a(kind_of(answer))}) raises {type(error).__name__} when it is read."
        return Reply(Kind.NOT_THIS, f"{said} {wanted}")


def correct(exercise):
    return Reply(Kind.CORRECT, exercise.because)


def known(mistake):
    return Reply(Kind.KNOWN_MISTAKE, mistake.why, mistake.name)


def choice(exercise, answer):
    letter = read_letter(exercise, answer)
    if letter == exercise.value:
        return correct(exercise)
    return known(next(mistake for mistake in exercise.wrong if mistake.answer == letter))


def labels(exercise, answer):
    said, wanted = read_labels(exercise, answer), read_labels(exercise, exercise.value)
    if said == wanted:
        return correct(exercise)
    for mistake in exercise.wrong:
        if said == read_labels(exercise, mistake.answer):
            return known(mistake)
    first = next(label for label in exercise.options if (label in said) != (label in wanted))
    has_it = "in" if first in said else "out"
    return Reply(Kind.NOT_THIS, f"{first} is the first that differs: yours has it {has_it}. Look at it again.")


def values(exercise, answer):
    got = read_numbers(answer)
    if exercise.asks == "number":
        if got.dtype == torch.bool:
            raise Unreadable("you gave a truth value (bool).")
        if got.values.numel() != 1:
            raise Unreadable(f"you gave {count(got.values.numel())}.")
    mistakes = tuple((read_numbers(each),) for each in exercise.wrong_values)
    return judged(Case(exercise, (got,), (read_numbers(exercise.value),), mistakes))


# --- functions ---

ENDLESS = (
    "your function did not come to its end and was stopped. Is there a loop that nothing ends? "
    f"(A call may take {running.SECONDS:.0f} seconds.)"
)
NOTHING = Outcome(said="yours returns None. Is a `return` missing?")


def function(exercise, answer):
    if not callable(answer):
        raise Unreadable(f"you gave {a(kind_of(answer))}.")
    names = list(inspect.signature(exercise.value).parameters)
    with contextlib.suppress(ValueError):  # builtins may have no signature
        signature = inspect.signature(answer)
        try:
            signature.bind(*names)
        except TypeError:
            said = f"your function cannot be called with ({', '.join(names)}): its arguments are {signature}."
            return Reply(Kind.NOT_THIS, said)

    places = tuple(f"with {listed(names, arguments)}, " for arguments in exercise.arguments())
    calls, banned = calls_of(exercise, answer)
    if not calls[-1].ended:
        return Reply(Kind.NOT_THIS, f"{places[len(calls) - 1]}{ENDLESS}")
    got = tuple(map(outcome, calls))
    wanted, begun, mistakes = references(exercise)
    nothing = all(each == NOTHING for each in got)
    if nothing and not unwritten(answer):
        return Reply(Kind.NOT_THIS, "your function returns None. Is a `return` missing?")
    if nothing or Case(exercise, got, begun, exact=True).same(begun):
        to_mend = "\n" in exercise.starter
        unedited = "The function still makes its mistake: change it" if to_mend else "Write your code into the function"
        return Reply(Kind.NOT_YET, f"{unedited} and run this cell again.")
    changed = tuple(name for n, name in enumerate(names) if any(n in each.changed for each in calls))
    return judged(Case(exercise, got, wanted, mistakes, places, banned, changed))


def calls_of(exercise, function):
    """Return the calls of a function with each of the exercise's arguments, and whether it did what is banned.

    What it prints is shown; after a call that did not end there are no more.
    """
    calls, banned, printed, value = [], False, running.Printed(), None
    with contextlib.redirect_stdout(printed):
        for arguments in exercise.arguments():
            if exercise.ban and exercise.ban.value:
                value = exercise.evaluate(exercise.ban.value)(*arguments).double()
            watch = running.Watch(exercise.ban, value) if exercise.ban else None
            calls.append(running.call(function, arguments, watch))
            banned |= bool(watch and watch.seen)
            if not calls[-1].ended:
                break
    sys.stdout.write(printed.getvalue())
    return calls, banned


def outcome(call):
    """Return the `Outcome` of a call that ended."""
    if call.error:
        error = type(call.error).__name__
        message = short(next(iter(str(call.error).splitlines()), ""), 160).rstrip(".")
        return Outcome(error=error, said=f"your function raises {error}{': ' if message else ''}{message}.")
    if call.result is None:
        return NOTHING
    try:
        return read_numbers(call.result)
    except Unreadable as error:
        return Outcome(said=f"this is what yours returns: {error}".replace("you gave ", ""))
    except Exception as error:
        what = f"what yours returns ({a(kind_of(call.result))})"
        return Outcome(said=f"{what} raises {type(error).__name__} when it is read.")


@functools.cache
def references(exercise):
    """Return the outcomes of the solution, of the unedited function and of each known mistake."""
    functions = [exercise.value, exercise.begun, *exercise.wrong_values]
    wanted, begun, *mistakes = (tuple(map(outcome, calls_of(exercise, each)[0])) for each in functions)
    return wanted, begun, tuple(mistakes)


def unwritten(function):
    """Whether the body of a function is still the `...` with which it begins."""

    def begun(): ...

    return getattr(getattr(function, "__code__", None), "co_code", None) == begun.__code__.co_code


# --- numbers, and what functions return ---


@dataclass(frozen=True)
class Case:
    """An answer beside what it is compared with: a number or tensor has one outcome, a function one for each call.

    mistakes : the outcomes of each known mistake
    places : with which arguments each outcome came, as a reply begins; "" where no function was called
    banned : whether something was done that the question rules out
    changed : the names of the arguments that the function changed
    exact : whether tolerances are those of floats, not those of the exercise
    """

    exercise: object
    got: tuple
    wanted: tuple
    mistakes: tuple = ()
    places: tuple = ("",)
    banned: bool = False
    changed: tuple = ()
    exact: bool = field(default=False)

    @property
    def tolerances(self):
        if self.exact:
            return 1e-5, 1e-8
        dtype = next((each.dtype for each in self.got if each.dtype), None)
        grain = torch.finfo(dtype).eps if dtype and dtype.is_floating_point else 0.0
        return max(self.exercise.rtol, grain), self.exercise.atol

    def fits(self, x, y):
        """Whether the numbers of `x` have the shape of `y`, or their count where the shape is no matter."""
        return x.shape == y.shape if self.exercise.shape or self.exact else x.numel() == y.numel()

    def alike(self, x, y, rtol=None, atol=None, factor=1.0):
        """Whether an outcome is `factor` times another, or the same exception, whatever it says."""
        if x.values is None or y.values is None:
            return (x.error or x.said) == (y.error or y.said)
        own_rtol, own_atol = self.tolerances
        near = dict(rtol=rtol or own_rtol, atol=abs((atol or own_atol) * factor), equal_nan=True)
        mine, right = x.values, y.values
        return self.fits(mine, right) and torch.allclose(mine.reshape(right.shape), factor * right, **near)

    def same(self, those, rtol=None, atol=None, factor=1.0):
        return all(self.alike(x, y, rtol, atol, factor) for x, y in zip(self.got, those))

    def near(self, those, rtol):
        """Whether what came is roughly that; a tensor's numbers may be rounded to a decimal less than is wanted."""
        digits = self.exercise.digits
        coarse = self.exercise.asks == "tensor" and digits and self.same(those, atol=0.5001 * 10.0 ** (1 - digits))
        return coarse or self.same(those, rtol)

    def rounded(self, those, least, factor=1.0):
        """Whether an answer is rounded correctly to one number of decimals for all entries, `least` or more, not to 0 alone."""
        x, y = self.got[0].values, those[0].values
        if self.places[0] or not self.fits(x, y):
            return False
        x, y = x.reshape(-1), factor * y.reshape(-1)
        if not torch.allclose(x, y, rtol=1e-4, atol=0.51 * 10.0**-least):  # no rounding is that far away
            return False
        kept = (torch.round(y, decimals=each) for each in range(least, 10))
        return any(each.any().item() and torch.allclose(x, each) for each in kept)

    def first_apart(self):
        """Return the place, the outcome and the wanted one, where they first differ."""
        each = zip(self.places, self.got, self.wanted)
        return next((place, x, y) for place, x, y in each if not self.alike(x, y))


def judged(case):
    """Return the reply of the first rule that has one."""
    reply = next(reply for rule in RULES if (reply := rule(case)))
    if case.changed and reply.kind is not Kind.ALMOST:
        changed = " and ".join(f"`{name}`" for name in case.changed)
        return Reply(reply.kind, f"{reply.text} Besides, your function changes its argument {changed}.", reply.name)
    return reply


def right(case):
    exercise = case.exercise
    if not case.same(case.wanted):
        if exercise.digits is None or not case.rounded(case.wanted, exercise.digits):
            return None
    if case.banned:
        said = f"The values are right, but on the way there is {exercise.ban.what}, which the question rules out."
        return Reply(Kind.ALMOST, said, "the way")
    if case.changed:
        x = case.changed[0]
        said = (
            f"The values are right, but your function changes its argument `{x}`, which the caller may need as it was."
        )
        return Reply(
            Kind.ALMOST, f"{said} `{x} = {x} - ...` makes a new tensor, `{x} -= ...` does not.", "the argument"
        )
    return correct(exercise)


def known_mistake(case):
    for mistake, those in zip(case.exercise.wrong, case.mistakes):
        if case.same(those):
            return known(mistake)


def sign(case):
    loosely = not case.places[0] and case.same(case.wanted, LOOSE, factor=-1.0)
    if loosely or case.same(case.wanted, factor=-1.0) or case.rounded(case.wanted, 1, -1.0):
        return Reply(Kind.ALMOST, "Yours is the negative of what is asked for.", "the sign")


def unit(case):
    whole = all(each.values is not None and each.values.frac().eq(0).all() for each in case.got)
    for name, factor in case.exercise.units:
        if whole and factor % 1:
            continue  # a whole number did not come out of a logarithm to another base
        if case.same(case.wanted, factor=factor) or case.rounded(case.wanted, 0 if factor >= 10 else 2, factor):
            return Reply(Kind.ALMOST, f"Yours is {factor:.4g} times what is asked for: the same in {name}.", "the unit")
        if case.same(case.wanted, factor=1 / factor):
            said = f"Yours is {1 / factor:.4g} times what is asked for, as if that had been in {name}."
            return Reply(Kind.ALMOST, said, "the unit")


def nearly(case):
    exercise = case.exercise
    coarse = case.rounded(case.wanted, 0) and exercise.asks == "number" and case.same(case.wanted, 0.1)
    if coarse or case.near(case.wanted, LOOSE):
        if case.places[0]:
            said = difference(case)
            return Reply(Kind.ALMOST, said[0].upper() + said[1:], "the precision")
        wanted = f"{exercise.precision or 'more digits'} {'is' if exercise.digits in (0, 1) else 'are'} wanted"
        return Reply(Kind.ALMOST, f"You are near it; {wanted}.", "the rounding")


def known_mistake_roughly(case):
    for mistake, those in zip(case.exercise.wrong, case.mistakes):
        if case.near(those, LOOSE / 2) or case.rounded(those, 2):
            return known(mistake)


def differs(case):
    return Reply(Kind.NOT_THIS, difference(case))


RULES = (right, known_mistake, sign, unit, nearly, known_mistake_roughly, differs)


def difference(case):
    """Say the first thing that differs."""
    place, x, y = case.first_apart()
    if y.error:
        instead = x.said.rstrip(".") + ", but" if x.values is None else f"yours returns {shown(x)}, but it"
        return f"{place}{instead} should raise {y.error}."
    if x.values is None:
        return f"{place}{x.said}"
    if not case.fits(x.values, y.values):
        return f"{place}{wrong_shape(case, x.values, y.values)}"
    rtol, atol = case.tolerances
    mine, right = x.values.reshape(-1), y.values.reshape(-1)
    at = int((~torch.isclose(mine, right, rtol=rtol, atol=atol, equal_nan=True)).nonzero()[0, 0])
    one = "the result" if place else "your number"
    spot = one if mine.numel() == 1 else f"the value at position {position(at, x.values.shape)}"
    said = f"{place}{spot} is {number(mine[at].item(), torch.bool in (x.dtype, y.dtype))}"
    if place:
        return f"{said} and should be {number(right[at].item(), y.dtype == torch.bool)}."
    if x.dtype == torch.bool or y.dtype == torch.bool:
        return f"{said}, which is wrong."
    if math.isnan(mine[at]):
        return f"{said}, which is not a number."
    return f"{said}, too {'large' if mine[at] > right[at] else 'small'}."


def wrong_shape(case, x, y):
    if x.numel() != y.numel() and not case.exercise.shape:
        return f"{'yours returns' if case.places[0] else 'you gave'} {count(x.numel())}, and {y.numel()} {'is' if y.numel() == 1 else 'are'} wanted."
    same = x.numel() == y.numel() and torch.allclose(
        x.reshape(y.shape), y, rtol=case.tolerances[0], atol=case.tolerances[1], equal_nan=True
    )
    said = f"the shape is {tuple(x.shape)} and should be {tuple(y.shape)}."
    return f"{said} The values are right." if same else said


def shown(outcome):
    flat = outcome.values.reshape(-1)
    return number(flat.item(), outcome.dtype == torch.bool) if flat.numel() == 1 else count(flat.numel())

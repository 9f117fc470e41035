"""One reader of single numbers, as people type them and as Python, numpy and torch hold them.

The rule for a text, the same in every box and argument:

- A minus is "-" or "−" (U+2212), also in an exponent. Spaces between digits separate groups, as in "50 257".
- A dot is a decimal point. Commas are one of two things. Between groups of three digits they separate these, so that
  "1,000" is a thousand and "50,257" fifty thousand; the first group begins with 1 to 9, so that "0,125" is an eighth.
  Any other single comma is a decimal one, so that "2,30" is 2.3.
- Of both in one text, the last is the decimal one: "1,234.5" and "1.234,5" are the same.
- A percent sign divides by 100. "inf", "∞" and "nan" are numbers too.

`explorer.js` reads the number boxes by the same rule.
"""

import math
import re
from decimal import Decimal
from fractions import Fraction
from numbers import Real
from typing import Any, NamedTuple

import numpy

GROUPED = re.compile(r"[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]*)?")
GROUPED_BY_DOTS = re.compile(r"[1-9][0-9]{0,2}((\.[0-9]{3}){2,}(,[0-9]*)?|(\.[0-9]{3})+,[0-9]*)")
PLAIN = re.compile(r"[0-9]+[.,]?[0-9]*|[.,][0-9]+")
WHOLE_TEXT = re.compile(r"([-+]?)([0-9.,]+|inf(?:inity)?|∞|nan)(e[-+]?[0-9]+)?(%?)", re.IGNORECASE)


class Number(NamedTuple):
    """A number as it was given.

    Attributes
    ----------
    value : the number itself; 50 % is 0.5.
    half_digit : half a unit of its last digit, so that "2.30" stands for 2.295 to 2.305; 0.0 for inf and NaN.
    percent : whether it was written with a percent sign.
    """

    value: float
    half_digit: float
    percent: bool = False


def describe_value(value: Any, shape: tuple | None = None) -> str:
    """Return how an error message says what came: the value itself, or its kind where that is long; and its shape.

    >>> describe_value([1, 2]), describe_value(range(3), (3,))
    ('[1, 2]', 'range(0, 3) of shape (3,)')
    """
    try:
        text, own = repr(value), getattr(value, "shape", None)
    except Exception:  # A value whose repr fails must still be named in a message.
        return f"a {type(value).__name__}"
    if len(text) > 100:
        text = f"{text[:60]}…" if own is None else f"a {type(value).__name__} of shape {tuple(own)}"
    return text if shape is None or " of shape " in text else f"{text} of shape {tuple(shape)}"


def refuse(argument: str, came: Any, wanted: str, shape: tuple | None = None) -> ValueError:
    """Return the error of this project's one dialect: "argument: got X, want Y". `came` is shown as it is."""
    return ValueError(f"{argument}: got {describe_value(came, shape)}, want {wanted}")


def read_number(given: Any, argument: str) -> Number:
    """Return the `Number` in a text, or in a number of Python, numpy or torch with a single element.

    Parameters
    ----------
    given : str or number
        A text is read by the rule on top of this module.
    argument : str
        What the number is called in the error.

    Raises
    ------
    ValueError
        "argument: got X, want a number", for anything else; a bool is no number.

    >>> [read_number(text, "loss").value for text in ("1,000", "2,30", "−0.5", "50 %", "1.234,5", "2.06e−09")]
    [1000.0, 2.3, -0.5, 0.5, 1234.5, 2.06e-09]
    >>> read_number("2.30", "loss")
    Number(value=2.3, half_digit=0.005, percent=False)
    """
    refusal = refuse(argument, given, "a number")
    if isinstance(given, str):
        text = given
    elif getattr(given, "size", None) == 1 or callable(getattr(given, "numel", None)) and given.numel() == 1:
        text = _shortest(given)
    elif isinstance(given, (Real, Decimal)) and not isinstance(given, bool):
        text = repr(float(given)) if isinstance(given, Fraction) else str(given)
    else:
        raise refusal
    found = WHOLE_TEXT.fullmatch(re.sub(r"(?<=[0-9])\s+(?=[0-9])|\s+(?=%)", "", text.strip()).replace("−", "-"))
    digits = found and _with_decimal_point(found[2].lower())
    if not digits:
        raise refusal
    return _scaled(f"{found[1]}{digits}{found[3] or ''}", bool(found[4]))


def _shortest(array: Any) -> str:
    """Return the shortest text that tells an array's only element from its type's other numbers."""
    try:
        held = array.detach().cpu() if hasattr(array, "detach") else array
        if hasattr(held, "is_floating_point") and held.is_floating_point() and held.element_size() < 4:
            held = held.float()  # numpy has no bfloat16
        element = numpy.asarray(held).reshape(-1)[0]
    except (TypeError, ValueError, RuntimeError):
        return ""
    return str(element) if getattr(element, "dtype", numpy.dtype(object)).kind in "iuf" else ""


def _with_decimal_point(digits: str) -> str | None:
    """Return the digits without groups and with a decimal point, or None where their separators make no sense."""
    if digits[0] in "in∞":
        return "inf" if digits[0] != "n" else "nan"
    if GROUPED.fullmatch(digits):
        return digits.replace(",", "")
    if GROUPED_BY_DOTS.fullmatch(digits):
        return digits.replace(".", "").replace(",", ".")
    return digits.replace(",", ".") if PLAIN.fullmatch(digits) else None


def _scaled(text: str, percent: bool) -> Number:
    value = float(text)
    half_digit = 0.0
    if math.isfinite(value):
        mantissa, _, exponent = text.lower().partition("e")
        # Below 10⁻⁴⁰⁰ it is 0 in any case, and an exponent that is too large for a float would raise.
        half_digit = 0.5 * 10.0 ** max(-400, int(exponent or 0) - len(mantissa.partition(".")[2]))
    return Number(value / 100, half_digit / 100, True) if percent else Number(value, half_digit)


def read_share(given: Any, argument: str) -> Number:
    """Return the `Number` of a share from 0 to 1: 98 % and 98 are 0.98, for no share is above 1.

    >>> read_share("98,5 %", "accuracy").value, read_share(0.98, "accuracy").value, read_share("98", "accuracy").value
    (0.985, 0.98, 0.98)
    """
    number = read_number(given, argument)
    if 1 < number.value < 1 + 1e-6:
        number = number._replace(value=1.0)  # a share of 1 as floats add it up
    elif number.value > 1 and not number.percent:
        number = Number(number.value / 100, number.half_digit / 100, True)
    if not 0 <= number.value <= 1:
        raise refuse(argument, given, "a share from 0 to 1, or a percentage")
    return number


def read_count(given: Any, argument: str, lowest: int = 1, highest: float = math.inf) -> int:
    """Return the whole number in a text or a number.

    >>> read_count("50,257", "num_classes"), read_count(3, "n")
    (50257, 3)
    >>> read_count(2.5, "n")
    Traceback (most recent call last):
    ValueError: n: got 2.5, want a whole number of at least 1
    """
    limits = f"from {lowest} to {highest:g}" if math.isfinite(highest) else f"of at least {lowest}"
    wanted = f"a whole number {limits}"
    try:
        number = read_number(given, argument)
    except ValueError:
        raise refuse(argument, given, wanted) from None
    if number.percent or not math.isfinite(number.value) or number.value % 1 or not lowest <= number.value <= highest:
        raise refuse(argument, given, wanted)
    return int(number.value)


def read_positive(given: Any, argument: str) -> float:
    """Return a finite number above 0."""
    try:
        value = read_number(given, argument).value
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise refuse(argument, given, "a finite number above 0")
    return value


def as_whole(given: Any) -> int | None:
    """Return the whole number that a text, as Python writes it, or a number is, or None."""
    try:
        number = float(given)
    except (TypeError, ValueError, OverflowError):
        return None
    return int(number) if number % 1 == 0 else None

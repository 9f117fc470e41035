"""How the tests read numbers from pictures and sentences."""

import re
from decimal import Decimal

NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?|inf)(?![\w]|\.\d)")


def numbers(text):
    """Return the numbers in a text as they are written, with ASCII signs; words such as float32 hold none.

    >>> numbers("In float32, σ(−17.5) is 2.5e−08, not 1,000 or +inf.")
    ['-17.5', '2.5e-08', '1000', '+inf']
    """
    return [each.replace(",", "") for each in NUMBER.findall(text.replace("−", "-"))]


def says(shown, value):
    """Return whether a written number is `value`, to the digits that it shows.

    >>> says("0.64", 0.6415), says("0.65", 0.6415), says("−2.1e−09", -2.06e-9), says("NaN", float("nan"))
    (True, False, True, True)
    """
    number = Decimal(shown.replace("−", "-"))
    if not number.is_finite():
        return str(float(number)) == str(float(value))
    half = 0.5 * 10.0 ** number.as_tuple().exponent
    return abs(float(number) - float(value)) <= half * (1 + 1e-6) + 1e-15 * abs(float(value))


def says_all(text, values):
    """Raise AssertionError unless the numbers in `text` are `values`, in order and to the digits that it shows.

    None stands for a number that is not said.
    """
    shown, values = numbers(text), [value for value in values if value is not None]
    wrong = [(each, float(value)) for each, value in zip(shown, values) if not says(each, value)]
    assert len(shown) == len(values) and not wrong, f"{wrong or shown} in {text!r}"

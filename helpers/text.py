"""Numbers as text, as pictures, sentences and tables have them: with the minus sign U+2212, and none on a zero."""

import math
import re

HYPHEN = re.compile(r"(?<![\w){])-(?=\d|inf)|(?<=\de)-(?=\d)")


def minus(text):
    """Return `text` with a minus sign for the hyphen of each number in it.

    >>> minus("multi-label: from -2.06e-09 to -inf")
    'multi-label: from −2.06e−09 to −inf'
    """
    return HYPHEN.sub("−", text)


def number(value, form=".4f"):
    """Return a number by a format specification; an exact 0 is a plain 0 where `form` has no fixed decimals.

    >>> number(-1.25, ".2f"), number(-0.0004, ".3f"), number(-2.06e-9, ".1e")
    ('−1.25', '0.000', '−2.1e−09')
    >>> number(0.0, "+.1e"), number(1234.5, ",.1f")
    ('0', '1,234.5')
    """
    value = float(value)
    if value == 0 and form[-1] in "eg":
        return "0"
    text = minus(format(value, form)).replace("nan", "NaN")
    # What is rounded to a zero has no sign, or 0 and −0 would look like two numbers.
    return text if any(each in text for each in "123456789nN") else text.lstrip("+−")


def cell(value, mantissa=2):
    """Return a number as a table in a picture has it: short, and only an exact 0 is a plain 0.

    Parameters
    ----------
    value : number
    mantissa : decimals of the numbers that are so small or so large that they are written with a power of ten

    >>> cell(-0.443944), cell(12345.678), cell(2.3e9), cell(0.00004), cell(-2.06e-9, 1), cell(-0.0), cell(math.inf)
    ('−0.4439', '12345.7', '2.30e+09', '4.00e−05', '−2.1e−09', '0', '+inf')
    """
    size = abs(value)
    if value == 0:
        return "0"
    if math.isinf(value):
        return number(value, "+")
    if size >= 1e6 or size < 5e-4:
        return number(value, f".{mantissa}e")
    return number(value, ".1f" if size >= 1e3 else ".4f")


WORDS = "no one two three four five six seven eight nine ten eleven twelve".split()


def count(number):
    """Return a whole number as a sentence has it: in letters up to twelve.

    >>> count(4), count(49_990)
    ('four', '49,990')
    """
    return WORDS[number] if number < len(WORDS) else f"{number:,}"


def plural(number, noun):
    """Return how many of something there are: "no numbers", "1 number", "1,234 numbers".

    >>> plural(0, "number"), plural(1, "number"), plural(12_000, "number")
    ('no numbers', '1 number', '12,000 numbers')
    """
    return f"1 {noun}" if number == 1 else f"{f'{number:,}' if number else 'no'} {noun}s"


def python_number(value, truth=False):
    """Return a number in few digits, with Python's own minus; one that stands for yes or no as True or False.

    >>> python_number(-2 / 3), python_number(1e5), python_number(1.0, truth=True), python_number(0.5, truth=True)
    ('-0.6667', '1e+05', 'True', '0.5')
    """
    if truth and value in (0, 1):
        return str(bool(value))
    return f"{round(value, 4):.9g}" if 1e-2 <= abs(value) < 1e5 else f"{value:.4g}"


def short(name, most=9):
    """Return a name that fits where there is room for `most` letters.

    >>> short("zebra"), short("automobile")
    ('zebra', 'automobi…')
    """
    return name if len(name) <= most else f"{name[: most - 1]}…"

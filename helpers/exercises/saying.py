"""How a reply names things: kinds, numbers, places, arguments."""

import inspect

import numpy as np
import torch


def kind_of(answer):
    return "function" if inspect.isroutine(answer) else "class" if inspect.isclass(answer) else type(answer).__name__


def a(noun):
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def count(numbers, noun="number"):
    return f"{numbers or 'no'} {noun}{'s' * (numbers != 1)}" if numbers < 1000 else f"{numbers:,} {noun}s"


def short(text, length=40):
    text = str(text)
    return text if len(text) <= length else text[: length - 1] + "…"


def number(value, truth=False):
    """Return a number in few digits; one that stands for yes or no as True or False.

    >>> number(2 / 3), number(1e5), number(1.0, truth=True), number(0.5, truth=True)
    ('0.6667', '1e+05', 'True', '0.5')
    """
    if truth and value in (0, 1):
        return str(bool(value))
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
            f"[{', '.join(map(nested, items))}]" if isinstance(items, list) else number(items, isinstance(items, bool))
        )

    return nested(value.tolist())


def listed(names, values):
    """Return arguments with their names: "x = 3, dim = 1"."""
    return ", ".join(f"{name} = {show(value)}" for name, value in zip(names, values))

"""How a reply names an answer, a place in it, and the arguments of a call."""

import inspect
import re

import numpy as np
import torch

from helpers.text import python_number, short

# What a message of Python or torch means that says little to a beginner, by a regular expression that finds it.
EXPLAINED = {
    r"only one element tensors can be converted": "`math` takes one number; for a tensor take torch's: `x.exp()`.",
    r"argument 'input' .* must be Tensor, not (float|int)": "For a plain number take Python's: `math.log`, `math.exp`.",
    r"could not infer output dtype.*Bool": "Truth values have no mean: make numbers of them first, by `.float()`.",
    r"torch\.return_types\.max": "`x.max(dim)` returns values and indices: take `.values`, or `x.amax(dim)`.",
    r"The size of tensor a .* must match": "The two shapes do not fit each other: is a `keepdim=True` missing?",
    r"Boolean value of Tensor": "`if`, `and`, `not` want one truth value: `torch.where`, `&`, `~` take many.",
}


def explain_error(message: str) -> str:
    """Return what a message of Python or torch means, after a space; "" where there is nothing to add."""
    return next((f" {means}" for found, means in EXPLAINED.items() if re.search(found, message)), "")


def describe_kind(answer: object) -> str:
    """Return what an answer is: "a", and the name of its type, but "a function" for all that is one."""
    kind = type(answer).__name__
    if inspect.isroutine(answer):
        kind = "function"
    elif inspect.isclass(answer):
        kind = "class"
    return f"{'an' if kind[:1].lower() in 'aeiou' else 'a'} {kind}"


def format_index(at: int, shape: tuple[int, ...]) -> str:
    """Return the index that the flat position `at` has in a shape.

    >>> format_index(5, (2, 3))
    '[1, 2]'
    """
    return f"[{', '.join(str(int(each)) for each in np.unravel_index(at, tuple(shape)))}]"


def quote(value: object) -> str:
    """Return an argument as a reply quotes it.

    >>> quote(torch.tensor([[1000.0, 0.5]])), quote(torch.zeros(8, 8))
    ('[[1000, 0.5]]', 'a tensor of shape (8, 8)')
    """
    if not isinstance(value, torch.Tensor):
        return python_number(value) if isinstance(value, float) else short(repr(value), 60)
    return quote_nested(value.tolist()) if value.numel() <= 12 else f"a tensor of shape {tuple(value.shape)}"


def quote_nested(items: object) -> str:
    if isinstance(items, list):
        return f"[{', '.join(map(quote_nested, items))}]"
    return python_number(items, isinstance(items, bool))


def quote_arguments(names: list[str], values: tuple) -> str:
    """Return arguments with their names: "x = 3, dim = 1"."""
    return ", ".join(f"{name} = {quote(value)}" for name, value in zip(names, values))

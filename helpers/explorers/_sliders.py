"""Sliders for logits: how far they reach, and what they are called."""

import math

from helpers.live import FloatSlider
from helpers.live.controls import decimals


def reach(logits):
    """Return (limit, step) of a slider that reaches the largest of `logits`: ±10 in steps of 0.01, or as it needs.

    Another limit is 1, 2 or 5 times a power of ten.

    >>> import torch
    >>> [reach(torch.tensor([each])) for each in (4.43, -31.0, 2000.0, 0.03)]
    [(10.0, 0.01), (50.0, 0.01), (2000.0, 1.0), (0.05, 5e-05)]
    """
    largest = logits.abs().max().item()
    if not largest or 1 <= largest <= 10:
        return 10.0, 0.01
    power = 10.0 ** math.floor(math.log10(largest))
    limit = next(n * power for n in (1, 2, 5, 10) if n * power >= largest * (1 - 1e-12))
    step = limit / 1000 if largest < 1 else 10.0 ** max(-2, math.ceil(math.log10(limit)) - 4)
    return float(f"{limit:.12g}"), float(f"{step:.12g}")


def logit_sliders(classes, row, reached=None):
    """Return {name: slider} for one `row` (K,) of the logits of `Classes`, rounded to what a slider can be set to.

    Parameters
    ----------
    classes : Classes
    row : tensor, shape (K,)
    reached : (limit, step) of the sliders, optional
        If not given, they reach as far as the row needs.

    >>> import torch
    >>> from helpers.inputs.classes import read_classes
    >>> example = read_classes(None, None, "logit_table")
    >>> logit_sliders(example, torch.tensor([1, 2.718, -3, 4]))["dog"].value
    2.72
    """
    limit, step = reached or reach(row)
    stops = dict(min=-limit, max=limit, step=step)
    return {
        name: FloatSlider(description=f"logit of {label}", value=round(value, decimals(step)), **stops)
        for name, label, value in zip(classes.control_names, classes.labels, row.tolist())
    }

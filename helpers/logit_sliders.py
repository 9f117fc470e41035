"""The logit sliders of cat, dog, cow and zebra, which several explorers have."""

import math

from helpers.data import LABELS
from helpers.live import FloatSlider, check_number
from helpers.live.controls import is_number, plain


def logit_sliders(logits, limit):
    """Return {label: slider} for cat, dog, cow and zebra.

    Parameters
    ----------
    logits : sequence or tensor of 4 numbers in [-limit, limit]; rounded to the two decimals of a slider
    limit : number

    Raises
    ------
    ValueError
        Unless there are four logits, each a finite number within the limits.

    >>> logit_sliders([1, 2.718, -3, 4], limit=10)["dog"].value
    2.72
    """
    try:
        values = [plain(logit) for logit in logits]
    except TypeError:  # nothing that could be gone through
        values = []
    if len(values) != len(LABELS) or not all(is_number(value) and math.isfinite(value) for value in values):
        raise ValueError(f"logits: got {logits!r}, want {len(LABELS)} finite numbers, one for each of {LABELS}")
    names = {label: f"logit of {label}" for label in LABELS}
    values = [check_number(name, round(float(value), 2), -limit, limit) for name, value in zip(names.values(), values)]
    return {
        label: FloatSlider(description=name, value=value, min=-limit, max=limit, step=0.01)
        for (label, name), value in zip(names.items(), values)
    }

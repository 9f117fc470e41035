"""The controls of an explorer: ipywidgets with one look, whose defaults are checked."""

import math

import ipywidgets

NARROW = {"width": "min(100%, 23rem)"}
LABEL = {"description_width": "7.5rem"}


def slider(description, value, lowest, highest, step=0.01, readout_format=".2f"):
    """Return a slider from `lowest` to `highest`, in the unit that `description` names.

    Raises ValueError for a `value` that is not finite or not inside the range: ipywidgets would clamp it silently.

    >>> slider("cat", 3.49, -10, 10).value
    3.49
    """
    if not math.isfinite(value) or not lowest <= value <= highest:
        raise ValueError(f"{description}: got {value}, want a finite number from {lowest} to {highest}")
    return ipywidgets.FloatSlider(
        value=value,
        min=lowest,
        max=highest,
        step=step,
        description=description,
        readout_format=readout_format,
        style=LABEL,
        layout=NARROW,
    )


def numbers(description, value, lowest, highest):
    """Return a slider over the whole numbers from `lowest` to `highest`; raises as `slider` does.

    >>> numbers("row", 0, 0, 9).value
    0
    """
    if value != int(value) or not lowest <= value <= highest:
        raise ValueError(f"{description}: got {value}, want a whole number from {lowest} to {highest}")
    return ipywidgets.IntSlider(
        value=int(value), min=lowest, max=highest, description=description, style=LABEL, layout=NARROW
    )


def choice(description, value, options):
    """Return a drop-down of `options`; raises ValueError where `value` is none of them.

    >>> choice("dtype", "float32", ["float16", "float32"]).value
    'float32'
    """
    options = list(options)
    values = [option[1] if isinstance(option, tuple) else option for option in options]
    if value not in values:
        raise ValueError(f"{description}: got {value!r}, want one of {values}")
    return ipywidgets.Dropdown(
        options=options, value=value, description=description, style=LABEL, layout=NARROW
    )


def switch(description, value=False):
    """Return a check box.

    >>> switch("dog is true", True).value
    True
    """
    if not isinstance(value, bool):
        raise ValueError(f"{description}: got {value!r}, want True or False")
    return ipywidgets.Checkbox(value=value, description=description, indent=False, layout=NARROW)

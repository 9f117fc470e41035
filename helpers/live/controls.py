"""The controls of an explorer, which are ipywidgets', and the kinds of them.

A kind (`Number`, `Choice`, `Switch`, `Words`) knows what its control takes and refuses the rest by name, how a value is
written to the page, and which values may come next. `explorer.js` shows the controls as native HTML inputs.
"""

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from numbers import Real

import ipywidgets
import traitlets

AHEAD = (1, 2, 3, 4, 5, 6, -1, -2)  # how many steps on from the last move a picture is made before it is asked for
# To how many places the pointer moves a knob along its slider: a slider has hardly more pixels, and so few pictures can
# be made before the reader gets there. Keys and typing reach every value.
PLACES = 400
PAGE_KEY = 10  # Page Up and Page Down go a tenth of the slider in every browser


def stride(count):
    """Return how many steps the pointer moves a knob at once on a slider of `count` steps."""
    return max(1, math.ceil(count / PLACES))


def places_ahead(place, count):
    """Return the places of a slider, 0 to count, where a large move from `place` may lead, each once.

    First come those of Page Up and Page Down and the ends, then those of the pointer, coarse to fine.

    >>> places_ahead(3, 8)
    [4, 2, 5, 1, 6, 0, 7, 8, 3]
    """
    jump = max(1, math.floor(count / PAGE_KEY + 0.5))
    jumps = [place + sign * jump * n for n in range(1, PAGE_KEY + 1) for sign in (1, -1)]
    grid, last = stride(count), math.ceil(count / stride(count))
    gaps = [1 << bit for bit in reversed(range(last.bit_length()))]
    pointer = [grid * k for gap in gaps for k in range(0, last + 1, gap)]
    found = dict.fromkeys([*jumps, 0, count, *(min(each, count) for each in pointer)])
    return [each for each in found if 0 <= each <= count]


def decimals(step):
    """Return how many decimals tell the stops of a slider apart.

    >>> decimals(0.25), decimals(5e-05), decimals(10)
    (2, 5, 0)
    """
    return max(0, -Decimal(str(step)).normalize().as_tuple().exponent)


class Quiet:
    """A widget that opens its model in the page when something asks for its id: a display, a box around it, a link.

    Most controls are never shown by themselves, and each model costs the page a message and memory.
    """

    def open(self):
        """Do nothing yet: `model_id` opens it."""

    @property
    def model_id(self):
        if self.comm is None:
            self.layout.open()
            super().open()
        return super().model_id


class FloatSlider(Quiet, ipywidgets.FloatSlider):
    """ipywidgets' own, but Quiet, as the others are; unless told otherwise it shows the decimals of its step."""

    def __init__(self, *args, step=0.1, **settings):
        super().__init__(*args, step=step, **{"readout_format": f".{decimals(step)}f"} | settings)


class IntSlider(Quiet, ipywidgets.IntSlider): ...


class SelectionSlider(Quiet, ipywidgets.SelectionSlider): ...


class Dropdown(Quiet, ipywidgets.Dropdown): ...


class Checkbox(Quiet, ipywidgets.Checkbox): ...


class Text(Quiet, ipywidgets.Text):
    """A text as it is typed; all of it must match `pattern`, in Python and in JavaScript; `wanted` says so in words."""

    pattern, wanted = traitlets.Unicode(".*"), traitlets.Unicode("a text")


def plain(value):
    """Return the number that a 0-d tensor or a numpy scalar holds, and anything else as it is."""
    return value.item() if getattr(value, "ndim", None) == 0 else value


def is_number(value):
    """Return whether `value` is a real number. A bool is none: True would pass as 1."""
    return isinstance(value, Real) and not isinstance(value, bool)


def check_number(argument, value, lowest, highest, kind=float):
    """Return `value` as a float or an int.

    Raises
    ------
    ValueError
        By the name of the `argument`, if it is no number from `lowest` to `highest`, or not whole where `kind` is int.


    >>> check_number("temperature", 2, 0.1, 10)
    2.0
    >>> check_number("temperature", "warm", 0.1, 10)
    Traceback (most recent call last):
    ValueError: temperature: got 'warm', want a finite number from 0.1 to 10
    """
    number = plain(value)
    if not is_number(number) or not lowest <= number <= highest or kind(number) != number:
        wanted = "finite" if kind is float else "whole"
        raise ValueError(f"{argument}: got {value!r}, want a {wanted} number from {lowest:g} to {highest:g}")
    return kind(number)


class Kind:
    """What a control takes. Unless a kind says otherwise, the page has a value as it is, and none is likely next."""

    def __init__(self, name, widget):
        self.name, self.widget = name, widget

    def to_page(self, value):
        return value

    def from_page(self, value):
        return value

    def steps(self, value, direction):
        """Return the values next to `value`, nearest first, in the `direction` of the last move first."""
        return []

    def sweep(self, value):
        """Return where a large move on the slider may lead from `value`, the likely places first."""
        return []


class Number(Kind):
    """Numbers within limits, by a slider (a logarithmic one, where the widget has a base) or in a box alone."""

    def __init__(self, name, widget):
        super().__init__(name, widget)
        self.kind = type(widget.value)
        self.base = getattr(widget, "base", None)
        form = getattr(widget, "readout_format", "")
        if form and not re.fullmatch(r"(\.\d+)?[defg%]", form):
            raise ValueError(
                f"{name}: got the readout_format {form!r}, want one such as '.2f', '.3e', '.3g', '.1%' or 'd'"
            )

    def at(self, stop):
        """Return the value at a place on the slider; powers have the 12 digits that the page agrees about."""
        return float(f"{self.base**stop:.12g}") if self.base else stop

    def check(self, value):
        return check_number(self.name, value, self.at(self.widget.min), self.at(self.widget.max), self.kind)

    def steps(self, value, direction):
        low, high, step = self.widget.min, self.widget.max, self.widget.step or 0
        stop = math.log(value, self.base) if self.base else value
        around = [round(stop + direction * n * step, 9) for n in AHEAD if step]
        return [self.at(stop) for stop in around if low <= stop <= high]

    def sweep(self, value):
        if not (self.is_slider and self.widget.step):
            return []
        low, high, step = self.widget.min, self.widget.max, self.widget.step
        stop = math.log(value, self.base) if self.base else value
        places = places_ahead(round((stop - low) / step), round((high - low) / step))
        return [self.at(min(high, round(low + place * step, 9))) for place in places]

    @property
    def is_slider(self):
        return hasattr(self.widget, "readout_format")

    def page(self):
        widget = self.widget
        limits = {"min": widget.min, "max": widget.max, "step": widget.step, "whole": self.kind is int}
        if not self.is_slider:
            return {"kind": "number", **limits, "base": self.base, "format": ""}
        steps = round((widget.max - widget.min) / widget.step) if widget.step else 0
        return {"kind": "range", **limits, "stride": stride(steps), "base": self.base, "format": widget.readout_format}


class Choice(Kind):
    """One of some options, values or (text, value) pairs; the page has a value by its place, ipywidgets' `index`."""

    def __init__(self, name, widget):
        super().__init__(name, widget)
        given = widget.options.items() if isinstance(widget.options, Mapping) else widget.options
        paired = all(isinstance(each, (list, tuple)) and len(each) == 2 for each in given)
        pairs = [(str(text), value) for text, value in given] if paired else [(str(each), each) for each in given]
        self.texts, self.options = (list(each) for each in zip(*pairs))
        self.places = {option: place for place, option in enumerate(self.options)}

    def check(self, value):
        number = plain(value)
        try:
            place = self.places.get(number)
        except TypeError:  # what cannot be hashed is none of the options
            place = None
        if place is None or isinstance(number, bool) != isinstance(self.options[place], bool):
            few = self.options if len(self.options) < 15 else f"the {len(self.options)} from {self.options[0]!r} on"
            raise ValueError(f"{self.name}: got {value!r}, want one of {few}")
        return self.options[place]

    def to_page(self, value):
        return self.places[value]

    def from_page(self, place):
        return self.options[int(check_number(self.name, place, 0, len(self.options) - 1, int))]

    def steps(self, value, direction):
        if not isinstance(self.widget, ipywidgets.SelectionSlider):
            return [option for option in self.options if option != value][:8]
        around = [self.places[value] + direction * n for n in AHEAD]
        return [self.options[place] for place in around if 0 <= place < len(self.options)]

    def sweep(self, value):
        if not isinstance(self.widget, ipywidgets.SelectionSlider):
            return self.steps(value, 1)
        return [self.options[place] for place in places_ahead(self.places[value], len(self.options) - 1)]

    def page(self):
        if isinstance(self.widget, ipywidgets.SelectionSlider):
            last = len(self.options) - 1
            return {"kind": "range", "min": 0, "max": last, "step": 1, "stride": stride(last), "texts": self.texts}
        radio = isinstance(self.widget, (ipywidgets.ToggleButtons, ipywidgets.RadioButtons))
        return {"kind": "radio" if radio else "select", "texts": self.texts}


class Switch(Kind):
    """True or False, by a check box or a button that stays down."""

    def check(self, value):
        if not isinstance(value, bool):
            raise ValueError(f"{self.name}: got {value!r}, want True or False")
        return value

    def steps(self, value, direction):
        return [not value]

    def page(self):
        return {"kind": "checkbox"}


class Words(Kind):
    """A text as it is typed, of a certain form if the widget has a pattern."""

    def __init__(self, name, widget):
        super().__init__(name, widget)
        self.pattern, self.wanted = getattr(widget, "pattern", ".*"), getattr(widget, "wanted", "a text")

    def check(self, value):
        if not isinstance(value, str) or not re.fullmatch(self.pattern, value, re.IGNORECASE):
            raise ValueError(f"{self.name}: got {value!r}, want {self.wanted}")
        return value

    to_page = from_page = check

    def page(self):
        more = {"pattern": self.pattern, "wanted": self.wanted, "placeholder": self.widget.placeholder}
        return {"kind": "text", **more}


KINDS = {
    Number: (
        ipywidgets.FloatSlider,
        ipywidgets.FloatLogSlider,
        ipywidgets.IntSlider,
        ipywidgets.BoundedFloatText,
        ipywidgets.BoundedIntText,
    ),
    Choice: (
        ipywidgets.SelectionSlider,
        ipywidgets.Dropdown,
        ipywidgets.Select,
        ipywidgets.ToggleButtons,
        ipywidgets.RadioButtons,
    ),
    Switch: (ipywidgets.Checkbox, ipywidgets.ToggleButton),
    Words: (ipywidgets.Text,),
}
TAKEN = sum(KINDS.values(), ())


def are_limits(given):
    """Return whether this is a tuple (lowest, highest) or (lowest, highest, step) of numbers, as of a slider."""
    if not isinstance(given, tuple) or len(given) not in (2, 3) or not all(map(is_number, given)):
        return False
    lowest, highest, *step = given
    return lowest < highest and all(each > 0 for each in step)


def slider(limits, start):
    """Return the slider of such limits, of whole numbers if they all are; without a `start` it begins in the middle."""
    lowest, highest, *step = limits
    stops = {"min": lowest, "max": highest}
    middle = (lowest + highest) / 2
    if step:
        stops["step"] = step[0]
        middle = lowest + (middle - lowest) // step[0] * step[0]
    if all(isinstance(each, int) for each in limits):
        return IntSlider(**stops, value=int(middle) if start is None else start)
    return FloatSlider(**stops, value=middle if start is None else start)


def control(name, given, start=None):
    """Return the ipywidgets control that `given` is or, as in `interact`, stands for; `start` is where that begins.

    >>> control("temperature", (0.1, 10, 0.1), start=1.0)
    FloatSlider(value=1.0, description='temperature', max=10.0, min=0.1, readout_format='.1f')
    """
    value = given if start is None else start
    match given:
        case ipywidgets.Widget():
            made = given
        case bool():
            made = Checkbox(value=value)
        case str():
            made = ipywidgets.Text(value=value)
        case int() | float():
            lowest, highest = sorted((-given, 3 * given)) if given else (0, 1)
            return control(name, (type(given)(lowest), type(given)(highest)), value)
        case tuple() if are_limits(given):
            made = slider(given, start)
        case tuple() if all(map(is_number, given)):  # limits that are none, or nothing
            made = None
        case Mapping() | list() | tuple() | range() if given:
            made = Dropdown(options=given, **({} if start is None else {"value": start}))
        case _:
            made = None
    if not isinstance(made, TAKEN):
        forms = "(min, max), (min, max, step), a number, a text, a list, a dict, a range, a bool, or one of ipywidgets'"
        raise ValueError(
            f"{name}: got the control {given!r}, want {forms} {', '.join(each.__name__ for each in TAKEN)}"
        )
    made.description = made.description or name
    return made


def kind_of(name, widget):
    """Return the Number, Choice, Switch or Words of a control."""
    return next(kind for kind, widgets in KINDS.items() if isinstance(widget, widgets))(name, widget)


def checked(controls, values):
    """Return the `values` as the controls of these names take them.

    Raises
    ------
    ValueError
        For a value that its control does not take.
    KeyError
        For a name that is no control's.

    >>> checked({"c": (-1, 1), "add": False}, {"c": 1.0})
    {'c': 1}
    >>> checked({"c": (-1, 1), "add": False}, {"c": 2})
    Traceback (most recent call last):
    ValueError: c: got 2, want a whole number from -1 to 1
    """
    return {name: kind_of(name, control(name, controls[name])).check(value) for name, value in values.items()}

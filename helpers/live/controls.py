"""The controls of an explorer: named values that check themselves. `figure.js` shows them as native HTML controls."""

from numbers import Real

import traitlets

AHEAD = (1, 2, 3, 4, 5, 6, -1, -2)  # how many steps on from the last move a picture is made before it is asked for


def plain(value):
    """Return the number that a 0-d tensor or a numpy scalar holds, and anything else as it is."""
    return value.item() if getattr(value, "ndim", None) == 0 else value


def is_number(value):
    """Return whether `value` is a real number. A bool is none: True would pass as 1."""
    return isinstance(value, Real) and not isinstance(value, bool)


def check_number(argument, value, lowest, highest):
    """Return `value` as a float; raise ValueError, with the name of the `argument`, if it is none within the limits.

    >>> check_number("temperature", 2, 0.1, 10)
    2.0
    >>> check_number("temperature", "warm", 0.1, 10)
    Traceback (most recent call last):
    ValueError: temperature: got 'warm', want a finite number from 0.1 to 10
    """
    number = plain(value)
    if not is_number(number) or not lowest <= number <= highest:
        raise ValueError(f"{argument}: got {value!r}, want a finite number from {lowest} to {highest}")
    return float(number)


class Control(traitlets.HasTraits):
    """A value that moves: setting `value` tells the observers, and raises ValueError where no reader could set it."""

    value = traitlets.TraitType()  # Any would let None pass unchecked

    def __init__(self, description, value, argument=None):
        self.description, self.argument = description, argument or description
        super().__init__(value=value)

    @traitlets.validate("value")
    def _checked(self, proposal):
        return self.check(proposal["value"])

    def to_page(self, value):
        """Return `value` as the page has it."""
        return value

    def from_page(self, value):
        """Return what the page's `value` means."""
        return value

    def steps(self, direction):
        """Return the values next to the present one, nearest first, in the `direction` of the last move first."""
        return []


class Slider(Control):
    def __init__(self, description, value, lowest, highest, step, digits, argument=None):
        self.min, self.max, self.step, self.digits = lowest, highest, step, digits
        super().__init__(description, value, argument)

    def check(self, value):
        return check_number(self.argument, value, self.min, self.max)

    def steps(self, direction):
        around = [round(self.value + direction * n * self.step, 9) for n in AHEAD]
        return [value for value in around if self.min <= value <= self.max]

    def page(self):
        return {"kind": "range", "min": self.min, "max": self.max, "step": self.step, "digits": self.digits}


class Numbers(Slider):
    def check(self, value):
        number = plain(value)
        if not is_number(number) or not self.min <= number <= self.max or number != int(number):
            raise ValueError(f"{self.argument}: got {value!r}, want a whole number from {self.min} to {self.max}")
        return int(number)


class Choice(Control):
    """One of some (text, value) pairs; the page knows the texts, and values by their places."""

    def __init__(self, description, value, options, argument=None):
        pairs = [option if isinstance(option, tuple) else (str(option), option) for option in options]
        self.texts, self.options = (list(each) for each in zip(*pairs))
        self.places = {option: place for place, option in enumerate(self.options)}
        super().__init__(description, value, argument)

    def check(self, value):
        number = plain(value)
        try:
            place = None if isinstance(number, bool) else self.places.get(number)
        except TypeError:  # what cannot be hashed is none of the options
            place = None
        if place is None:
            few = self.options if len(self.options) < 15 else f"the {len(self.options)} from {self.options[0]!r} on"
            raise ValueError(f"{self.argument}: got {value!r}, want one of {few}")
        return self.options[place]

    def to_page(self, value):
        return self.places[value]

    def from_page(self, value):
        return self.options[value]

    def steps(self, direction):
        return [option for option in self.options if option != self.value][:8]

    def page(self):
        return {"kind": "select", "texts": self.texts}


class Steps(Choice):
    def steps(self, direction):
        around = [self.places[self.value] + direction * n for n in AHEAD]
        return [self.options[place] for place in around if 0 <= place < len(self.options)]

    def page(self):
        return {"kind": "range", "min": 0, "max": len(self.options) - 1, "step": 1, "texts": self.texts}


class Switch(Control):
    def check(self, value):
        if not isinstance(value, bool):
            raise ValueError(f"{self.argument}: got {value!r}, want True or False")
        return value

    def steps(self, direction):
        return [not self.value]

    def page(self):
        return {"kind": "checkbox"}


def slider(description, value, lowest, highest, step=0.01, readout_format=".2f", argument=None):
    """Return a slider from `lowest` to `highest`, in the unit that `description` names.

    Raises ValueError for a `value` that is no finite number inside the range, now and whenever it is set. The error
    calls it by the name of the `argument` that the reader wrote, or by `description` where none is given.

    >>> slider("cat", 3.49, -10, 10).value
    3.49
    """
    return Slider(description, value, lowest, highest, step, int(readout_format[1:-1]), argument)


def numbers(description, value, lowest, highest, argument=None):
    """Return a slider over the whole numbers from `lowest` to `highest`; raises as `slider` does.

    >>> numbers("row", 0, 0, 9).value
    0
    """
    return Numbers(description, value, lowest, highest, 1, 0, argument)


def choice(description, value, options, argument=None):
    """Return a drop-down of `options`, values or (text, value) pairs; raises as `slider` does, for what is no option.

    >>> choice("dtype", "float32", ["float16", "float32"]).value
    'float32'
    """
    return Choice(description, value, options, argument)


def steps(description, value, options):
    """Return a slider over `options`, whose readout is the option's text; raises as `choice` does.

    >>> steps("odds", 2.0, [("1 : 2", 0.5), ("1 : 1", 1.0), ("2 : 1", 2.0)]).value
    2.0
    """
    return Steps(description, value, options)


def switch(description, value=False):
    """Return a check box; raises ValueError for a `value` other than True and False.

    >>> switch("dog is true", True).value
    True
    """
    return Switch(description, value)

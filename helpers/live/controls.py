"""The controls of an explorer: named values that check themselves. `figure.js` shows them as native HTML controls."""

import math

import traitlets

AHEAD = (1, 2, 3, 4, 5, 6, -1, -2)  # how many steps on from the last move a picture is made before it is asked for


class Control(traitlets.HasTraits):
    """A value that moves: setting `value` tells the observers, and raises ValueError where no reader could set it."""

    value = traitlets.Any()

    def __init__(self, description, value):
        self.description = description
        super().__init__(value=value)

    @traitlets.validate("value")
    def _checked(self, proposal):
        return self.check(proposal["value"])

    def refuse(self, value, wanted):
        raise ValueError(f"{self.description}: got {value!r}, want {wanted}")

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
    def __init__(self, description, value, lowest, highest, step, digits):
        self.min, self.max, self.step, self.digits = lowest, highest, step, digits
        super().__init__(description, value)

    def check(self, value):
        if not math.isfinite(value) or not self.min <= value <= self.max:
            self.refuse(value, f"a finite number from {self.min} to {self.max}")
        return float(value)

    def steps(self, direction):
        around = [round(self.value + direction * n * self.step, 9) for n in AHEAD]
        return [value for value in around if self.min <= value <= self.max]

    def page(self):
        return {"kind": "range", "min": self.min, "max": self.max, "step": self.step, "digits": self.digits}


class Numbers(Slider):
    def check(self, value):
        if value != int(value) or not self.min <= value <= self.max:
            self.refuse(value, f"a whole number from {self.min} to {self.max}")
        return int(value)


class Choice(Control):
    """One of some (text, value) pairs; the page knows the texts, and values by their places."""

    def __init__(self, description, value, options):
        pairs = [option if isinstance(option, tuple) else (str(option), option) for option in options]
        self.texts, self.options = (list(each) for each in zip(*pairs))
        self.places = {option: place for place, option in enumerate(self.options)}
        super().__init__(description, value)

    def check(self, value):
        if value not in self.places:
            few = self.options if len(self.options) < 10 else f"the {len(self.options)} from {self.options[0]!r} on"
            self.refuse(value, f"one of {few}")
        return value

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
            self.refuse(value, "True or False")
        return value

    def steps(self, direction):
        return [not self.value]

    def page(self):
        return {"kind": "checkbox"}


def slider(description, value, lowest, highest, step=0.01, readout_format=".2f"):
    """Return a slider from `lowest` to `highest`, in the unit that `description` names.

    Raises ValueError for a `value` that is not finite or not inside the range, now and whenever it is set.

    >>> slider("cat", 3.49, -10, 10).value
    3.49
    """
    return Slider(description, value, lowest, highest, step, int(readout_format.strip(".f")))


def numbers(description, value, lowest, highest):
    """Return a slider over the whole numbers from `lowest` to `highest`; raises as `slider` does.

    >>> numbers("row", 0, 0, 9).value
    0
    """
    return Numbers(description, value, lowest, highest, 1, 0)


def choice(description, value, options):
    """Return a drop-down of `options`, values or (text, value) pairs; raises ValueError for a `value` that is none.

    >>> choice("dtype", "float32", ["float16", "float32"]).value
    'float32'
    """
    return Choice(description, value, options)


def steps(description, value, options):
    """Return a slider over `options`, whose readout is the option's text; raises as `choice` does.

    >>> steps("odds", 2.0, [("1 : 2", 0.5), ("1 : 1", 1.0), ("2 : 1", 2.0)]).value
    2.0
    """
    return Steps(description, value, options)


def switch(description, value=False):
    """Return a check box.

    >>> switch("dog is true", True).value
    True
    """
    return Switch(description, value)

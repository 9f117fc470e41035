"""Two errors of lesson 90: torch's and this collection's, at one x, in units in the last place."""

from dataclasses import dataclass
from functools import cache

import torch

from helpers.live import Explorer, FloatSlider, LivePicture, write
from helpers.style import BLUE, FAINT, INK, ORANGE, PAPER
from helpers.text import number
from helpers.ulp import BCE_LOGITS, IMPLEMENTATIONS, exact, fast_elementwise, ulp_error

LOWEST, HIGHEST = -110.0, 30.0
# Of the error axis, in ulp: what is smaller is drawn on the floor. Down there an error is the noise of one rounding or
# two, and differs between processors.
FLOOR, CEILING = 4.0, 1e9


# By what the reader chooses: the function that is called, as `helpers.ulp` names it.
FUNCTIONS = {
    "sigmoid(x)": "sigmoid",
    "log_softmax([0, x])[0]": "log_softmax",
    "BCE with logits of (x, 0)": BCE_LOGITS,
}


def computed(function, whose, x):
    """Return the function of each x as "helpers" or "torch" computes it."""
    name, zeros = FUNCTIONS[function], torch.zeros_like(x)
    compute = IMPLEMENTATIONS[name][whose]
    if name == "log_softmax":
        return compute(torch.stack([zeros, x], dim=-1), dim=-1)[..., 0]
    return compute(x, zeros) if name == BCE_LOGITS else compute(x)


def true_value(function, x):
    """Return the function of one number x, with 160 bits."""
    name = FUNCTIONS[function]
    if name == "log_softmax":
        return exact(name, [0.0, x])[0]
    return exact(name, x, 0.0) if name == BCE_LOGITS else exact(name, x)


def true_values(function, x):
    """Return the function of each x, float64, to 1e-15: a thousand times as fast as `true_value`."""
    known = fast_elementwise(x.double())
    softplus = known["softplus"]
    return {"sigmoid": known["sigmoid"], "log_softmax": -softplus, BCE_LOGITS: softplus}[FUNCTIONS[function]]


@dataclass(frozen=True)
class Facts:
    """At one float32 x: the true value, and each implementation's value, with its error in ulp and relative."""

    function: str
    x: float
    true: float
    values: dict
    ulps: dict
    relative: dict


def facts(function, x):
    """Return both errors at x, which is rounded to float32 first; the truth has 160 bits."""
    point = torch.tensor(x)
    true = true_value(function, point.item())
    results = {whose: computed(function, whose, point) for whose in ("helpers", "torch")}
    values = {name: result.item() for name, result in results.items()}
    rounded = torch.tensor(float(true), dtype=torch.float64)  # rounding the truth to 53 bits moves no float32 ulp
    ulps = {name: ulp_error(result, rounded).item() for name, result in results.items()}
    relative = {name: float(abs((value - true) / true)) for name, value in values.items()}
    return Facts(function, point.item(), float(true), values, ulps, relative)


@cache
def curve(function):
    """Return (x, errors of ours, errors of torch's) on a grid of float32 x, in ulp, clamped to what the axis shows."""
    x = torch.linspace(LOWEST, HIGHEST, 281)
    errors = (ulp_error(computed(function, whose, x), true_values(function, x)) for whose in ("helpers", "torch"))
    return (x, *(each.clamp(FLOOR, CEILING) for each in errors))


class TwoErrors(LivePicture):
    """Left both errors over x, right a table of them at one x."""

    LOOKS = {"torch": (ORANGE, "-", "s"), "helpers": (BLUE, "--", "o")}  # colour, line, marker

    def __init__(self):
        super().__init__()
        self.function = None  # the one whose curves are drawn
        self._draw_errors(self.panel())
        self._draw_table(self.panel())

    def _draw_errors(self, axes):
        axes.set(xlim=(LOWEST, HIGHEST), ylim=(FLOOR / 2, CEILING), yscale="log", xlabel="x (a logit)")
        axes.set(ylabel="error in ulp (float32)")
        axes.set_yticks([FLOOR, 1e3, 1e6, 1e9], [f"≤ {FLOOR:.0f}", "$10^3$", "$10^6$", "$10^9$"])
        axes.minorticks_off()
        axes.axhline(2.0**24, color=FAINT, lw=1, ls=":")
        axes.text(LOWEST + 2, 2.0**24.8, "2²⁴ ulp: nothing is left", size=9.5, va="bottom")
        self.lines, self.dots = {}, {}
        for name, (color, style, mark) in self.LOOKS.items():
            axes.plot([], color=color, ls=style, marker=mark, label=name)
            self.lines[name] = self.line(f"line-{name}", axes, [], color=color, lw=1, ls=style)
        axes.legend(loc="upper center", ncols=2, bbox_to_anchor=(0.5, 1.16))
        self.at = self.moving("at", axes.axvline(color=INK, lw=0.8))
        for name, (color, _, mark) in self.LOOKS.items():  # last, so that they lie on top
            self.dots[name] = self.line(f"dot-{name}", axes, [], mark, color=color, mec=PAPER, ms=9)

    def _draw_table(self, axes):
        axes.set_axis_off()
        self.title = self.text("title", axes, 0.5, 0.92, ha="center", weight="bold")
        rights = (0.55, 0.78, 1.0)  # where the columns end
        for right, head in zip(rights, ("value", "error\nin ulp", "relative\nerror")):
            axes.text(right, 0.72, head, ha="right", weight="bold", size=10)
        self.cells = {}
        for name, y, color in (("true", 0.58, None), ("helpers", 0.40, BLUE), ("torch", 0.22, ORANGE)):
            axes.text(0, y, name if color else "exact", weight="bold", color=color)
            axes.axhline(y - 0.07, color=FAINT, lw=0.4)
            places = [(right, y) for right in (rights if color else rights[:1])]  # the exact value has no error
            self.cells[name] = self.texts(name, axes, places, ha="right", size=10)

    def update(self, facts):
        if facts.function != self.function:
            x, ours, torchs = curve(facts.function)
            self.lines["helpers"].set_data(x, ours)
            self.lines["torch"].set_data(x, torchs)
            self.function = facts.function
        self.at.set_xdata([facts.x, facts.x])
        self.title.set_text(f"{facts.function} at x = {number(facts.x, 'g')}")
        self.cells["true"][0].set_text(number(facts.true, ".4e"))
        for name, dot in self.dots.items():
            dot.set_data([facts.x], [min(max(facts.ulps[name], FLOOR), CEILING)])
            words = number(facts.values[name], ".4e"), shown(facts.ulps[name]), percent(facts.relative[name])
            write(self.cells[name], words)


def shown(ulps):
    """Return an error as the table prints it.

    >>> shown(0.26), shown(9999.9), shown(1e4)
    ('0.3', '9999.9', '1.0e+04')
    """
    return number(ulps, ".1f" if ulps < 1e4 else ".1e")


def percent(relative):
    """Return a relative error in per cent.

    >>> percent(1.0), percent(0.057649), percent(1e-4), percent(3e-8)
    ('100 %', '5.76 %', '1.0e−02 %', '3.0e−06 %')
    """
    return f"{number(100 * relative, '.3g' if relative > 1e-4 else '.1e')} %"


def describe(facts):
    """Say the truth and the two errors."""
    return (
        f"{facts.function} at x = {number(facts.x, 'g')} is {number(facts.true, '.4e')}. "
        f"Torch returns {number(facts.values['torch'], '.4e')}, which is off by "
        f"{shown(facts.ulps['torch'])} ulp ({percent(facts.relative['torch'])}); helpers returns "
        f"{number(facts.values['helpers'], '.4e')}, off by {shown(facts.ulps['helpers'])} ulp."
    )


def two_errors(function="log_softmax([0, x])[0]", x=-20.0):
    """Return the explorer of torch's error and this collection's.

    Parameters
    ----------
    function : str, one of `FUNCTIONS`
    x : number in [-110, 30], a logit
    """
    controls = {
        "function": list(FUNCTIONS),
        "x": FloatSlider(description="x, a logit", min=LOWEST, max=HIGHEST, step=0.5),
    }
    values = {"function": function, "x": x}
    return Explorer("two errors", controls=controls, facts=facts, picture=TwoErrors, describe=describe, values=values)

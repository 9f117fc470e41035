"""The float microscope of page 91: the floats around σ(x), the inputs that land on them, where logit sends them."""

import functools
import math
from dataclasses import dataclass
from decimal import Decimal, localcontext

import torch

from helpers.floats import DTYPES, gap, in_bulk, neighbour, rank, roundtrip_bound, step, textbook_roundtrip, unrank
from helpers.live import Explorer, FloatSlider, IntSlider, LivePicture, write
from helpers.style import BLUE, FAINT, GREEN, INK, ORANGE, legend_above
from helpers.text import minus, number

ROWS = (-2, -1, 0, 1, 2)
DIGITS = {"float16": 5, "bfloat16": 4, "float32": 9, "float64": 17}
LOWEST, HIGHEST = -20.0, 20.0
BIN = 0.5
# The error plot is logarithmic, so an error of 0 and one of inf get a line of their own below and above the numbers.
NO_ERROR, TINY, HUGE, INFINITE = 1e-19, 1e-18, 1e1, 1e2


@dataclass(frozen=True)
class Facts:
    """What the microscope shows of one x; floats, and one entry a row (two rungs below σ(x) to two above)."""

    dtype: str
    x: float  # as rounded to the dtype
    sigma: float
    exact: float  # where the exact σ(x) stands, in rows: 0 is `sigma`, 1 the next float; NaN beyond the rows
    distance: float  # from the exact σ(x) to the nearer of 0 and 1
    rungs: tuple  # the floats around σ(x)
    logits: tuple  # what torch.logit makes of them; NaN outside [0, 1]
    steps: tuple  # the Step of inputs that land on each; None where none does
    window: float  # half the width, in x, of what is shown
    ticks: tuple  # the floats inside the window if they are few
    gap_below: float
    gap_above: float
    error: float  # logit(σ(x)) − x
    bound: float  # 2u(1 + e^x)

    @property
    def step(self):
        return self.steps[2]

    @property
    def value(self):
        """What every x on the step comes back as."""
        return self.logits[2]


def facts(x, fine, hops, dtype):
    """Return the facts about the float of type `dtype` that stands `hops` floats above x + fine."""
    here = neighbour(torch.tensor(x + fine, dtype=torch.float64).to(DTYPES[dtype]), hops)
    sigma = in_bulk(torch.sigmoid, here[None])[0]
    rungs = neighbour(sigma, torch.tensor(ROWS))
    steps = inputs_of(rungs, here)
    exact, distance = exact_sigmoid(here.item(), rungs.tolist())
    window = half_width(here, rungs, steps[2])
    return Facts(
        dtype=dtype,
        x=here.item(),
        sigma=sigma.item(),
        exact=exact,
        distance=distance,
        rungs=tuple(rungs.tolist()),
        logits=tuple(in_bulk(torch.logit, rungs).tolist()),
        steps=steps,
        window=window,
        ticks=floats_within(here, window),
        gap_below=gap(sigma, -1).item(),
        gap_above=gap(sigma).item(),
        error=in_bulk(torch.logit, sigma[None]).item() - here.item(),
        bound=roundtrip_bound(here, here.dtype).item(),
    )


def inputs_of(rungs, here):
    """Return, for each of five rungs, the `Step` of floats whose σ it is, or None; `here` stands on the middle one."""
    found = {0: step(here)}
    for direction, side in ((-1, "low"), (1, "high")):
        stair = found[0]
        for _ in range(2):
            end = getattr(stair, side)
            if end.isinf():
                break
            # The next float lands on another rung: a neighbour, or one further on, for σ may skip some.
            following = neighbour(end, direction)
            row = (rank(in_bulk(torch.sigmoid, following[None])[0]) - rank(rungs[2])).item()
            if not 0 < row * direction <= 2 or row in found:
                break
            stair = found[row] = step(following)
    return tuple(found.get(row) for row in ROWS)


def exact_sigmoid(x, rungs):
    """Return where σ(x), to 40 digits, stands among the five floats `rungs`, in rows, and its distance to 0 or 1."""
    with localcontext(prec=40):
        small = 1 / (1 + Decimal(abs(x)).exp())
        sigma = 1 - small if x > 0 else small
        for row, (low, high) in zip(ROWS, zip(rungs, rungs[1:])):
            low, high = Decimal(low), Decimal(high)
            if low <= sigma <= high:
                return float(row + (sigma - low) / (high - low)), float(small)
    return math.nan, float(small)


def half_width(here, rungs, on):
    """Return how far to look to each side of `here`: some steps, some floats of x, and the nearer end of its step."""
    # A step is as wide as the gap between two floats σ, divided by the slope of σ, which is σ(1 − σ). At exactly 0 and
    # 1 that slope is 0, so there the float next to it serves.
    inner = min(rungs[2].item() or rungs[3].item(), 1 - torch.finfo(rungs.dtype).eps)
    width_of_a_step = gap(torch.tensor(inner, dtype=rungs.dtype), -1).item() / (inner * (1 - inner))
    nearer_end = min(here.item() - on.low.item(), on.high.item() - here.item())
    return max(3.2 * width_of_a_step, 2.6 * gap(here).item(), 1.25 * nearer_end)


def floats_within(here, half):
    """Return the floats at most `half` away from `here`, or none where they are more than 60."""
    ends = torch.tensor([here.item() - half, here.item() + half], dtype=torch.float64)
    low, high = rank(ends.to(here.dtype)).tolist()
    if high - low > 60:
        return ()
    return tuple(v for v in unrank(torch.arange(low, high + 1), here.dtype).tolist() if abs(v - here.item()) <= half)


@functools.cache
def worst_errors(dtype):
    """Return (x, error): the largest |logit(σ(x)) − x| in each bin of x, where none is infinite.

    All floats are looked at in the 16-bit types, a sample in the longer ones, there with exp and log rounded correctly.
    """
    kind = DTYPES[dtype]
    if kind.itemsize == 2:
        low, high = rank(torch.tensor([LOWEST, HIGHEST - BIN / 100]).to(kind)).tolist()
        x = unrank(torch.arange(low, high + 1), kind)
        back = torch.logit(torch.sigmoid(x))
    else:
        x = (LOWEST + 2.7e-4 * torch.arange(148_148, dtype=torch.float64)).to(kind)
        _, back = textbook_roundtrip(x)
    error = (back.double() - x.double()).abs()
    count = int((HIGHEST - LOWEST) / BIN)
    bins = ((x.double() - LOWEST) / BIN).long().clamp(0, count - 1)
    worst = torch.zeros(count, dtype=torch.float64).scatter_reduce(0, bins, error, "amax")
    middles = LOWEST + BIN * (torch.arange(count, dtype=torch.float64) + 0.5)
    finite = worst.isfinite()
    return middles[finite], worst[finite]


def drawn(error):
    """Return the height at which an error is drawn: on the plot's scale, or on the lines of 0 and of inf.

    >>> drawn(0.0) == NO_ERROR, drawn(-0.01), drawn(math.inf) == INFINITE
    (True, 0.01, True)
    """
    if error == 0:
        return NO_ERROR
    return INFINITE if math.isinf(error) else min(max(abs(error), TINY), HUGE)


class FloatMicroscope(LivePicture):
    """Left the five floats around σ(x), the inputs that land on each and what logit makes of it; right the errors."""

    LEFT, START, END = -2.72, -1.1, 1.08  # of the ladder: where its texts begin, and its rungs start and end; x is at 0

    def __init__(self):
        super().__init__()
        self.dtype = None  # the one whose bound and worst errors are drawn
        self._draw_ladder(self.panel())
        self._draw_errors(self.panel())

    def _draw_ladder(self, axes):
        left, start, end = self.LEFT, self.START, self.END
        axes.set(xlim=(left, end), ylim=(-3.25, 2.72))
        axes.set_axis_off()
        axes.text(left, 2.72, "float p\n→ logit(p)", va="bottom", weight="bold", size=9.5)
        axes.plot([start, start], [-2.5, 2.5], color=INK, lw=1)
        axes.plot([start, end], [-2.5, -2.5], color=INK, lw=1)
        axes.plot([0, 0], [-2.5, 2.5], color=FAINT, lw=0.8, ls=":")
        for row in ROWS:
            axes.plot([start, end], [row, row], color="#DDDDDD", lw=0.8)
            axes.plot([start - 0.04, start + 0.04], [row, row], color=INK, lw=1.5)
        looks = [(row, {"va": "center", "size": 9.5, "weight": "normal" if row else "bold"}) for row in ROWS]
        self.rungs = self.moving("rung", [axes.text(left, row + 0.17, "", **look) for row, look in looks])
        self.logits = self.moving("logit", [axes.text(left, row - 0.2, "", **look) for row, look in looks])
        look = dict(ha="right", va="center", size=9.5, color=FAINT)
        self.notes = self.texts("note", axes, [(end - 0.02, row + 0.27) for row in ROWS], **look)
        steps = [axes.plot([], color=BLUE, lw=2 if row else 3, marker="|", ms=9)[0] for row in ROWS]
        self.steps = self.moving("step", steps)
        self.error = self.line("error", axes, [], color=ORANGE, lw=2, ls=(0, (2, 1)))
        diamonds = [axes.plot([], "D", color=ORANGE, mec=INK, ms=4 if row else 7)[0] for row in ROWS]
        self.back = self.moving("back", diamonds)
        self.exact = self.line("exact", axes, [-1.03], [0], "<", color=GREEN, ms=9, label="exact σ(x)")
        self.here = self.line("here", axes, [0], [0], "o", color=BLUE, ms=8, label="x, on its step")
        self.ticks = self.line("ticks", axes, [], "|", color=INK, ms=8)
        ends = ((start, -2.6, "left"), (0, -2.9, "center"), (end, -2.6, "right"))
        scale = [axes.text(x, y, "", ha=side, va="top", size=9.5) for x, y, side in ends]
        self.scale = self.moving("scale", scale)
        back = axes.plot([], "D", color=ORANGE, mec=INK, label="back: logit(p)")[0]
        where = dict(loc="lower right", bbox_to_anchor=(1.02, 0.97), ncols=2)
        handles = [self.here, back, self.exact]
        axes.legend(handles=handles, **where, fontsize=9.5, columnspacing=1, handletextpad=0.2)

    def _draw_errors(self, axes):
        axes.set(xlim=(-21.6, 21.6), yscale="log", ylim=(NO_ERROR / 4, INFINITE * 4))
        axes.set(xlabel="x", ylabel="error  |logit(σ(x)) − x|")
        powers = [-16, -12, -8, -4, 0]
        axes.set_yticks(
            [NO_ERROR, *(10.0**power for power in powers), INFINITE],
            ["0", *(f"$10^{{{power}}}$" for power in powers[:-1]), "1", "inf"],
        )
        axes.minorticks_off()
        for level in (NO_ERROR, INFINITE):
            axes.axhline(level, color=FAINT, lw=0.6, ls=":")
        self.x = x = torch.linspace(LOWEST, HIGHEST, 81, dtype=torch.float64)
        self.bounds = {name: roundtrip_bound(x, dtype) for name, dtype in DTYPES.items()}
        for name, bound in self.bounds.items():
            seen = bound <= HUGE
            axes.plot(x[seen], bound[seen], color="#BBBBBB", lw=1, ls="--")
            factor, side = (0.5, "top") if name == "float16" else (1.6, "bottom")  # or it would run into bfloat16's
            axes.text(-10.5, bound[0] * factor, name, size=9.5, color=FAINT, va=side)
        self.bound = self.line("bound", axes, [], color=INK, ls="--", label="2u(1 + $e^x$)")
        self.worst = self.line("worst", axes, [], color=BLUE, drawstyle="steps-mid", label="worst error")
        self.marker = self.line("marker", axes, [], "D", color=ORANGE, mec=INK, ms=8, label="error at x")
        look = dict(fontsize=9.5, columnspacing=1, handlelength=1.6, handletextpad=0.4)
        legend = legend_above(axes, 3, bbox_to_anchor=(0.45, 0.97), **look)
        legend.get_texts()[0].set_parse_math(True)
        self.numbers = self.texts("number", axes, [(20.4, 1e-16), (20.4, 2e-18)], ha="right", size=9.5)

    def update(self, facts):
        self._update_ladder(facts)
        self._update_errors(facts)

    def _update_ladder(self, facts):
        def at(value):
            """Return where a value of x stands on the ladder; what is further off stands at its end."""
            return min(max((value - facts.x) / facts.window, self.START), self.END)

        form = f".{DIGITS[facts.dtype]}g"
        for i, row in enumerate(ROWS):
            p, back, stair = facts.rungs[i], facts.logits[i], facts.steps[i]
            inside = 0 <= p <= 1
            beyond = "above 1" if p > 1 else "below 0"
            self.rungs[i].set_text(number(p, form) if inside else beyond)
            self.logits[i].set_text(f"→ {number(back, form)}" if inside else "no probability")
            self.notes[i].set_text("no x lands here" if inside and stair is None else "")
            self.steps[i].set_visible(stair is not None)
            if stair:
                self.steps[i].set_data([at(stair.low.item()), at(stair.high.item())], [row, row])
            shown = math.isfinite(back) and abs(back - facts.x) <= facts.window
            self.back[i].set_visible(shown)
            if shown:
                self.back[i].set_data([at(back)], [row])
        lost = math.isinf(facts.value)
        self.error.set_visible(not lost)
        if not lost:
            self.error.set_data([0, at(facts.value)], [0, 0])
        self.exact.set_visible(not math.isnan(facts.exact))
        if not math.isnan(facts.exact):
            self.exact.set_ydata([facts.exact])
        self.ticks.set_data([at(tick) for tick in facts.ticks], [-2.37] * len(facts.ticks))
        half = number(facts.window, ".2g")
        write(self.scale, (f"−{half}", f"x = {number(facts.x, form)}", f"+{half}"))

    def _update_errors(self, facts):
        if facts.dtype != self.dtype:
            seen = self.bounds[facts.dtype] <= HUGE
            self.bound.set_data(self.x[seen], self.bounds[facts.dtype][seen])
            middles, worst = worst_errors(facts.dtype)
            self.worst.set_data(middles, [drawn(value) for value in worst.tolist()])
            self.dtype = facts.dtype
        self.marker.set_data([facts.x], [drawn(facts.error)])
        write(self.numbers, (f"error {number(facts.error, '+.2e')}", f"bound {number(facts.bound, '.2e')}"))


def between(value, width):
    """Return `value` with the decimals that tell apart the ends of something `width` wide.

    >>> between(15.536920, 1.1), between(1.9999994039535522, 6e-7), between(2.0, 6e-7)
    ('15.5369', '1.999999404', '2')
    """
    decimals = min(max(4, 2 - math.floor(math.log10(width))), 15)
    return f"{value + 0.0:.{decimals}f}".rstrip("0").rstrip(".")


def describe(facts):
    """Say what the step and its one value are, and what the round trip costs."""
    x = number(facts.x, f".{DIGITS[facts.dtype]}g")
    if facts.sigma in (0, 1):
        return minus(say_what_is_lost(facts, x))
    sentence = (
        f"In {facts.dtype}, {say_who_shares(facts, x)}, and logit returns {between(facts.value, facts.window)}: "
        f"the error is {number(facts.error, '+.3g')}, the bound 2u(1 + e^x) is {facts.bound:.3g}. "
        f"The floats next to σ(x) = {facts.sigma:.{DIGITS[facts.dtype]}g} are {facts.gap_below:.2e} below and "
        f"{facts.gap_above:.2e} above."
    )
    if abs(facts.error) > facts.bound:
        tiny = torch.finfo(DTYPES[facts.dtype]).smallest_normal
        why = (
            f"σ(x) is below {tiny:.2e}, where the floats no longer grow denser"
            if facts.sigma < tiny
            else f"the floats next to x stand {gap(torch.tensor(facts.x, dtype=DTYPES[facts.dtype])):.2e} from it"
        )
        sentence += f" That is above the bound, which counts what is lost near σ = 1: here {why}."
    return minus(sentence)


def say_what_is_lost(facts, x):
    """Say which inputs come out as exactly 0 or 1, and how far off that is."""
    low, high = facts.step.low.item(), facts.step.high.item()
    ends, side, near = f"from {low:.4f} on", "below", facts.gap_below
    if facts.sigma == 0:
        ends, side, near = f"from {high:.4f} down", "above", facts.gap_above
    return (
        f"In {facts.dtype}, σ({x}) is exactly {facts.sigma:.0f}, as for every x {ends}: logit returns "
        f"{facts.value:+} and x is lost. "
        f"The exact σ(x) is {facts.distance:.2e} away from {facts.sigma:.0f}, the nearest float {side} "
        f"{facts.sigma:.0f} is {near:.2e} away."
    )


def say_who_shares(facts, x):
    """Say which floats have the same σ as x, and how many they are: exactly up to three digits, or about."""
    if facts.step.count == 1:
        return f"no other float shares σ({x})"
    low, high = facts.step.low.item(), facts.step.high.item()
    count = float(f"{facts.step.count:.2e}")
    about = "" if count == facts.step.count else "about "
    return (
        f"x = {x} shares σ(x) with every float from {between(low, high - low)} to {between(high, high - low)} "
        f"({about}{count:,.0f} floats)"
    )


def float_microscope(x=16.0, fine=0.0, hops=0, dtype="float32"):
    """Return the explorer of the round trip logit(σ(x)).

    Parameters
    ----------
    x : number in [-20, 20], a logit
    fine : number in [-0.01, 0.01], added to x before it is rounded to the dtype
    hops : whole number in [-10, 10], how many floats to go up from there
    dtype : "float16", "bfloat16", "float32" or "float64"
    """
    controls = {
        "x": FloatSlider(description="x, a logit", min=LOWEST, max=HIGHEST, step=0.01),
        "fine": FloatSlider(description="fine, added to x", min=-0.01, max=0.01, step=0.0001),
        "hops": IntSlider(description="hops, in floats", min=-10, max=10),
        "dtype": list(DTYPES),
    }
    values = {"x": x, "fine": fine, "hops": hops, "dtype": dtype}
    return Explorer(
        "float microscope", controls=controls, facts=facts, picture=FloatMicroscope, describe=describe, values=values
    )

"""What a look returns: evidence, or wrong losses that are tried on the number that came."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from helpers.clinic.numbers import Rows


@dataclass(frozen=True)
class Evidence:
    """What speaks for a mistake."""

    text: str
    sure: bool = True  # whether it convicts
    by_loss: bool = False  # whether the loss that came is the one that the mistake gives
    fix: str | None = None  # a line that mends it where the mistake's own doesn't fit
    rare: bool = False  # whether to be silent where another mistake explains the loss


def doubt(text, fix=None, rare=False, by_loss=False):
    return Evidence(text, sure=False, by_loss=by_loss, fix=fix, rare=rare)


def unless_disproved(case, text, highest=-math.inf, lowest=-math.inf):
    """Return evidence that convicts, or a doubt where a loss came that it can't give and nothing in order explains."""
    shown = case.value is None or case.explained or lowest - case.unit <= case.value <= highest
    return Evidence(text) if shown else doubt(f"{text}; the loss does not show it")


@dataclass(frozen=True)
class Formula:
    """A loss as a function of a `Part`."""

    text: str
    rows: Callable[[object], Rows]
    loss: str | None = None  # torch's name of it
    rare: bool = False  # whether so few people mean it that only a number of three digits or more shows it
    note: str = ""  # what is said beside the number
    fix: str | None = None  # as of `Evidence`
    convicts: bool = True  # not where a metric that is in order gives this number, too
    reach: float = math.inf  # no logit counts for more than this, so that larger ones add no rounding


@dataclass(frozen=True)
class Computed:
    """The number that a right formula gives under a reduction, and how to say it."""

    text: str
    value: float
    formula: Formula
    reduction: str | None = None


@dataclass(frozen=True)
class Trial:
    """Wrong formulas, one of which may give the loss that came."""

    formulas: tuple[Formula, ...]
    # Whether to speak up too where the digits are too few to tell it from a right one, or, if it is rare, from chance.
    doubtful: bool = False
    # How many errors of the loss wrong and right must be apart, for formulas with a free number, of which one fits by
    # chance sooner.
    apart: float = 0.0
    rare: bool = False  # as of `Evidence`, and silent too where the loss came with less than three digits
    note: str = ""  # what is said beside the number
    fix: str | None = None  # as of `Evidence`
    otherwise: Evidence | None = None  # the evidence where none fits

    @property
    def digits(self):
        """How exact a loss must be, as a share of it, to convict by one of these."""
        # Half a unit of the last digit is 0.4 % of 1.25, which has three, and 0.05 % of 1.250, which has four.
        return 5e-4 if self.rare else 4e-3


def trial(formulas, **options):
    """Return a `Trial` of {text: function of a part}."""
    return Trial(tuple(Formula(text, rows) for text, rows in formulas.items()), **options)


def judged(case, found, convicted):
    """Return the `Evidence` of what a look has returned: text that convicts, an `Evidence`, a `Trial`, or None.

    `convicted` says whether another mistake explains the loss that came already; in large tensors no more are tried
    then.
    """
    if isinstance(found, str):
        return Evidence(found)
    if found is None or (found.rare and convicted):
        return None
    if isinstance(found, Evidence):
        return found
    skipped = case.batch.large and convicted
    return (None if skipped else _evidence_of(case, found)) or found.otherwise


def _evidence_of(case, trial):
    """Return the evidence that the loss is one of these wrong formulas, and no right one; or None."""
    found = _fitting(case, trial) if _is_worth_trying(case, trial) else None
    if found is None:
        return None
    formula, computed = found
    text = f"the loss {case.value:.6g} is {formula.text} = {computed:.6g}"
    notes = "".join(f"; {note}" for note in (formula.note, trial.note) if note)
    if explained := case.explained:
        # Both give one number, so more digits would not tell them apart, and the right one is believed.
        if abs(computed - explained.value) < 0.1 * case.unit:
            return None
        text += f"; with so few digits also {explained.text}: give more digits"
        return Evidence(text + notes, sure=False, by_loss=True)
    if case.right:
        text += f"; {case.right[0].text} would be {case.right[0].value:.6g}"
    if case.from_history:
        # The last loss of a history is taken to about 1 %: it convicts only where what is right is far away.
        sure = all(not 0.5 < each.value / case.value < 2 for each in case.right if case.value)
    else:
        sure = case.has_digits(trial.digits)
        text += "" if sure else "; with so few digits that may be chance"
    return Evidence(text + notes, sure and formula.convicts, by_loss=True, fix=formula.fix or trial.fix)


def _is_worth_trying(case, trial):
    """Whether the number that came has digits enough, and is not that of a right loss."""
    if not case.has_loss:
        return False
    if case.explained:
        # With fewer than about four digits a wrong formula may give the number that a right one gives.
        few_digits = case.unit > 2e-4 * abs(case.value) + 2e-4
        return few_digits and trial.doubtful and not trial.rare
    return not trial.rare or case.has_digits(4e-3 if trial.doubtful else trial.digits)


def _fitting(case, trial):
    """Return the first formula that gives the loss that came, and its number; or None."""
    value = case.value
    # A mistake that many make, they make with a sum as well.
    summed = case.reduction is None and not trial.rare and case.has_digits(5e-4)
    kinds = {case.reduction: "", "sum": "sum of "} if summed else {case.reduction: ""}
    tried = (
        (replace(formula, text=said + formula.text), computed)
        for formula in trial.formulas
        for said, computed in zip(kinds.values(), case.compute(formula, list(kinds)))
    )
    for formula, computed in tried:
        error, close = (case.error_of(computed, formula.reach, exact=exact) for exact in (False, True))
        error = close if abs(value - computed) <= close else error
        # Next to 0, with so few digits or so much rounding, something always fits. Only a half type may round so much.
        rounding = (0.3 if case.rough else 0.05) * abs(value)
        too_wide = error > (0.01 if trial.rare else 0.6) * abs(value) or error - case.unit > rounding
        near_right = any(abs(computed - each.value) < trial.apart * error for each in case.right)
        if not too_wide and not near_right and abs(value - computed) <= error:
            return formula, computed
    return None


def sums_text(case):
    return f"all {case.n} rows of outputs lie in [0, 1] and sum to 1"


def range_text(case):
    return f"all {case.x.numel()} outputs lie in [{case.low:.3g}, {case.high:.3g}]"


def class_text(case, index):
    return f"class {index}" + (f" ({case.names[index]})" if case.names else "")

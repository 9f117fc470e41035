"""Under which settings a mistake leaves a loss near the one typed: what is known, as `Clues`, and each `Guess`."""

import math
from dataclasses import dataclass
from typing import NamedTuple

from helpers.clinic.floors import NO, RATES, YES, Setting, entropy, floor_of_two_softmaxes, smoothing_floor
from helpers.clinic.reading import EPS
from helpers.inputs import read_count, read_number
from helpers.text import number as written

# Numbers of classes that are met so often that they need not be typed: digits, letters, well-known data, vocabularies.
FAMILIAR = frozenset((*range(2, 11), 20, 26, 50, 80, 100, 200, 256, 365, 1000, 10_000, 21_841))
FAMILIAR |= {30_522, 32_000, 50_257, 50_304, 128_256, 151_936, 256_000}
MOST = max(FAMILIAR)
ABOVE, BELOW = 0.01, 0.003  # how far from its value, as a share of it, a log's mean over a few batches stands
ROUND = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.3, 0.4)  # shares of true labels that are met often


@dataclass(frozen=True)
class Clues:
    """What is known: the loss and half a unit of its last digit, and, each a number or None, K, the accuracy with
    half a unit of its last digit, ε, and the share of true labels."""

    loss: float
    unit: float
    num_classes: int | None = None
    accuracy: float | None = None
    accuracy_unit: float = 0.0
    smoothing: float | None = None
    share: float | None = None


def share_of_one(text, argument, percent=False):
    """Return (a share, half a unit of its last digit): 98 % and 98 are 0.98; or (None, 0.0) of an empty text.

    >>> share_of_one("98,5 %", "accuracy"), share_of_one("0.98", "accuracy"), share_of_one("1", "share", percent=True)
    ((0.985, 0.0005), (0.98, 0.005), (0.01, 0.005))
    """
    if not text.strip():
        return None, 0.0
    value, half_digit, is_percentage = read_number(text, argument)
    if not is_percentage and (percent or value > 1):
        return value / 100, half_digit / 100
    return value, half_digit if is_percentage else min(half_digit, 0.05)


def clues(loss, num_classes="", accuracy="", smoothing="", share=""):
    """Return the `Clues` that these texts hold; an empty one is unknown. Digits count: "2.30" is 2.295 to 2.305.

    >>> clues("2,30", "50,257")
    Clues(loss=2.3, unit=0.005, num_classes=50257, accuracy=None, accuracy_unit=0.0, smoothing=None, share=None)
    """
    value, unit, _ = read_number(loss, "loss")
    unit = min(unit, 0.005) if value == 0 else max(unit, 4 * EPS * abs(value)) if math.isfinite(value) else 0.0
    k = read_count(num_classes, "num_classes") if num_classes.strip() else None
    rate, true = share_of_one(smoothing, "smoothing")[0], share_of_one(share, "share", percent=True)[0]
    return Clues(value, unit, k, *share_of_one(accuracy, "accuracy"), smoothing=rate, share=true)


class Guess(NamedTuple):
    """A setting under which a mistake gives a loss near the one typed.

    weight: how likely the setting is, 1 for what was typed or is familiar; from 0.5 on a log's noise is granted,
    `below` the value too. width: of the range that the mistake can give where a setting nobody knows is free, or 0.
    """

    setting: str
    value: float
    weight: float = 1.0
    width: float = 0.0
    below: float = 0.0
    num_classes: int | None = None
    smoothing: float = 0.0
    share: float | None = None
    true_labels: int = 1


def share_of(entropy_value):
    """Return the share up to one half whose entropy this is, 0 to ln 2."""
    from scipy.optimize import brentq  # importing it takes longer than all else that the detective needs

    return brentq(lambda share: entropy(share) - entropy_value, 0.0, 0.5) if entropy_value < NO else 0.5


def sizes(c):
    """Yield (K, how likely it is)."""
    if c.num_classes:
        yield c.num_classes, 1.0
    else:
        yield from ((k, 1.0 if k in FAMILIAR else 1 / k) for k in sorted({*range(2, 101), *FAMILIAR}))


def several(c):
    """Yield (m, how likely it is), for m true labels a row."""
    most = min((c.num_classes or 101) - 1, 100)
    if c.num_classes and c.share is not None:
        m = round(c.share * c.num_classes)
        yield from [(m, 1.0)] * (1 < m <= most)
    else:
        yield from ((m, 1.0 if m < 6 else 1 / m) for m in range(2, most + 1))


def guessing(c, k):
    """Whether the accuracy can be that of guesses."""
    return c.accuracy is None or c.accuracy - 1 / k <= 0.2 * (1 - 1 / k) + c.accuracy_unit


def good(c, least=0.8):
    return c.accuracy is None or c.accuracy + c.accuracy_unit >= least


def percent(share):
    return f"{written(100 * share, '.3g')} % true"


def nothing(c):
    if good(c, 0.9) and not c.smoothing:
        yield Guess("any K", 0.0)
        if 0 < c.loss < 0.1:
            yield Guess("any K, still falling", c.loss, width=1.0)


def guesses_of_chance(c):
    for k, weight in sizes(c):
        if guessing(c, k):
            setting = "K = 2, or yes or no" if k == 2 else f"K = {k:,}"
            yield Guess(setting, math.log(k), weight, below=BELOW * math.log(k), num_classes=k)
        if k > 1 and guessing(c, 2):
            yield Guess(f"{k:,} labels, summed", k * math.log(2), 0.1 * weight, num_classes=2)
    for share in ROUND if c.share is None else [c.share]:
        weight = 0.05 if c.share is None else 1.0
        yield Guess(
            f"only the share, {percent(share)}", entropy(share), weight, below=BELOW * entropy(share), share=share
        )
    if not c.num_classes and 4.6 < c.loss < math.log(2 * MOST):
        low, high = (math.exp(c.loss + by) for by in (-c.unit, c.unit))
        if (least := math.ceil(low)) <= (most := math.floor(high)) and guessing(c, least):
            middle = min(max(round(math.exp(c.loss)), least), most)
            setting = f"K = {least:,}" + (f" to {most:,}" if most > least else "")
            yield Guess(setting, math.log(middle), 10 / middle, num_classes=middle)
    elif c.num_classes and c.num_classes > 2 and guessing(c, 2):
        yield Guess("yes or no", math.log(2), below=BELOW * math.log(2), num_classes=2)


def numbers_in_0_1(c):
    smoothing = c.smoothing or 0.0
    for k, weight in sizes(c):
        floor = floor_of_two_softmaxes(Setting(k, smoothing))
        more = {"num_classes": k, "smoothing": smoothing}
        if good(c, 0.5):
            yield Guess(f"K = {k:,}", floor, weight, **more)
        if c.accuracy is not None:  # a row that is surely wrong costs 1 more than one that is surely right
            yield Guess(f"K = {k:,}", floor + (1 - smoothing) * (1 - c.accuracy), weight, below=c.accuracy_unit, **more)


def two_sigmoids(c):
    if c.share is not None:
        shares = [(c.share, 0.0)]
    elif YES - c.unit <= c.loss <= NO * (1 + ABOVE) + c.unit:
        shares = [(min(max((NO - c.loss) / (NO - YES), 0.0), 1.0), NO - YES)]
    else:
        shares = []
    for share, width in shares if good(c) else ():
        yield Guess(percent(share), share * YES + (1 - share) * NO, width=width, share=share)


def softmax_and_sigmoid(c):
    for k, weight in sizes(c) if good(c) else ():
        if c.num_classes or k <= 100:
            yield Guess(f"K = {k:,}", (YES + (k - 1) * NO) / k, weight, num_classes=k)


def minus_p(c):
    if -1 - c.unit <= c.loss < 0:
        yield Guess("−p, never below −1", c.loss, width=1.0, num_classes=c.num_classes)


def below_zero(c):
    if c.loss < 0:
        yield Guess("without a floor", c.loss, 0.1 if c.loss >= -1 else 1.0, width=max(1.0, -c.loss))


def negative_divergence(c):
    if -1 - math.log(c.num_classes or MOST) - c.unit <= c.loss < 0:
        yield Guess("kl_div", c.loss, 0.5 if c.loss >= -1 else 1.0, width=max(1.0, -c.loss))


def only_the_share(c):
    if c.share is not None:
        yield Guess(percent(c.share), entropy(c.share), below=BELOW * entropy(c.share), share=c.share)
    elif 0.005 < c.loss <= NO * (1 + ABOVE) + c.unit:
        share = share_of(min(c.loss, NO))
        yield Guess(percent(share), entropy(share), width=NO, share=share)
        for share in ROUND:
            yield Guess(percent(share), entropy(share), 0.2, share=share)


def m_log_m(c):
    for m, weight in several(c):
        yield Guess(f"{m} true a row", m * math.log(m), weight, num_classes=c.num_classes, true_labels=m)


def log_m(c):
    for m, weight in several(c):
        more = {"num_classes": c.num_classes, "true_labels": m}
        yield Guess(f"{m} true a row", math.log(m), 0.5 * weight, **more)
        if c.num_classes:
            yield Guess(f"{m} of K true, BCE", m * math.log(m) / c.num_classes, 0.5 * weight, **more)


def one_output(c):
    if not c.num_classes:
        yield Guess("outputs (N, 1)", 0.0)


def one_class(c):
    if good(c, 0.99) and not c.smoothing:
        yield Guess("any K", 0.0)


def hundreds(c):
    wrong = 1.0 if c.accuracy is None else 1 - c.accuracy
    if wrong:
        yield Guess(f"{written(100 * wrong, '.3g')} % wrong", 100 * wrong, below=100 * c.accuracy_unit)


def smoothed(c):
    rates = RATES if c.smoothing is None else [c.smoothing] * (c.smoothing > 0)
    for rate in rates if good(c) else ():
        usual = rate == RATES[0] or c.smoothing is not None
        for k, weight in sizes(c):
            if usual or weight == 1 and k <= 100:
                setting = f"ε = {rate:g}, K = {k:,}"
                yield Guess(setting, smoothing_floor(k, rate), weight if usual else 0.2, num_classes=k, smoothing=rate)


def above_chance(c):
    guesses = math.log(c.num_classes or MOST)
    if c.loss > (2 if c.num_classes else 1 + ABOVE) * guesses:
        setting = f"{written(c.loss / guesses, '.1f')} times ln {c.num_classes:,}" if c.num_classes else "above ln K"
        yield Guess(setting, c.loss, width=max(100.0, c.loss), num_classes=c.num_classes)


def other_base(c):
    for base, name in ((2, "log2"), (10, "log10")):
        for k, weight in sizes(c):
            if guessing(c, k) and (c.num_classes or k <= 10):
                yield Guess(f"{name} of K = {k:,}", math.log(k, base), 0.5 * weight, num_classes=k)


def no_number(*values):
    """Return what yields a guess where the loss typed is one of these texts."""

    def guesses(c):
        if str(c.loss) in values:
            yield Guess("no number", c.loss, width=1.0)

    return guesses

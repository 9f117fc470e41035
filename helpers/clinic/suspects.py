"""Which mistakes leave a loss at this number? Answered without tensors, from the number as a log prints it.

A suspect is a mistake of `MISTAKES` that stops the loss at a value of its own, for some number of classes, some share of
true labels, some smoothing. The digits typed and the noise of a log say which values fit; how frequent a mistake is, says
which comes first.
"""

import math
import re
from dataclasses import dataclass, replace
from typing import NamedTuple

from helpers.clinic.case import EPS, number
from helpers.clinic.mistakes import MISTAKES, RATES, smoothing_floor
from helpers.text import number as written

# Numbers of classes that are met so often that they need not be typed: digits, letters, well-known data, vocabularies.
FAMILIAR = frozenset((*range(2, 11), 20, 26, 50, 80, 100, 200, 256, 365, 1000, 10_000, 21_841))
FAMILIAR |= {30_522, 32_000, 50_257, 50_304, 128_256, 151_936, 256_000}
MOST = max(FAMILIAR)
ABOVE, BELOW = 0.01, 0.003  # how far from its value, as a share of it, a log's mean over a few batches stands
YES, NO = math.log1p(math.exp(-1)), math.log(2)  # what a true, a false label costs at least behind two sigmoids
ROUND = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.3, 0.4)  # shares of true labels that are met often
NOTHING = ""  # the name of the suspect that is no mistake


@dataclass(frozen=True)
class Clues:
    """What is known: the loss and half a unit of its last digit, and, each a number or None, K, the accuracy with half a unit
    of its last digit, ε, and the share of true labels."""

    loss: float
    unit: float
    num_classes: int | None = None
    accuracy: float | None = None
    accuracy_unit: float = 0.0
    smoothing: float | None = None
    share: float | None = None


def plain(text):
    return text.strip().replace("−", "-").replace(",", ".")


def share_of_one(text, percent=False):
    """Return (a share, half a unit of its last digit): 98 % and 98 are 0.98; or (None, 0.0) of an empty text.

    >>> share_of_one("98,5 %"), share_of_one("0.98"), share_of_one("1", percent=True)
    ((0.985, 0.0005), (0.98, 0.005), (0.01, 0.005))
    """
    given = plain(text)
    if not given:
        return None, 0.0
    value, unit, _ = number("share", given.rstrip("% "))
    if percent or given.endswith("%") or value > 1:
        return value / 100, unit / 100
    return value, min(unit, 0.05)


def clues(loss, num_classes="", accuracy="", smoothing="", share=""):
    """Return the `Clues` that these texts hold; an empty one is unknown. Digits count: "2.30" is 2.295 to 2.305.

    >>> clues("2,30", "50,257")
    Clues(loss=2.3, unit=0.005, num_classes=50257, accuracy=None, accuracy_unit=0.0, smoothing=None, share=None)
    """
    value, unit, _ = number("loss", plain(loss))
    unit = min(unit, 0.005) if value == 0 else max(unit, 4 * EPS * abs(value)) if math.isfinite(value) else 0.0
    classes = re.sub(r"\D", "", num_classes)
    known = {"smoothing": share_of_one(smoothing)[0], "share": share_of_one(share, percent=True)[0]}
    return Clues(value, unit, int(classes) if classes else None, *share_of_one(accuracy), **known)


class Guess(NamedTuple):
    """A setting under which a mistake gives a loss near the one typed.

    weight: how likely the setting is, 1 for what was typed or is familiar; from 0.5 on a log's noise is granted, `below` the
    value too. width: of the range that the mistake can give where a setting nobody knows is free, or 0.
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


@dataclass(frozen=True)
class Suspect:
    """A mistake, its second clue, the guess that fits best, and how well: only the order of these numbers means something."""

    name: str
    title: str
    tell: str
    fix: str
    lesson: str
    guess: Guess
    score: float


def entropy(share):
    """Return the entropy in nats of a yes-or-no question with the answer yes in this share.

    >>> round(entropy(0.1), 4), entropy(0.0)
    (0.3251, 0.0)
    """
    return sum(p * math.log(1 / p) for p in (share, 1 - share) if p > 0)


def share_of(entropy_value):
    """Return the share up to one half whose entropy this is, by bisection."""
    low, high = 0.0, 0.5
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if entropy(middle) < entropy_value else (low, middle)
    return low


def twice(k, smoothing, share, m):
    """Return the least cross-entropy of numbers in [0, 1]: 1 for the true class, 0 for the others."""
    return math.log(math.e + k - 1) - (1 - smoothing + smoothing / k)


# The least loss, for K classes or labels, smoothing ε, the share of true labels and their number m in a row.
FLOORS = {
    NOTHING: lambda k, smoothing, share, m: 0.0,
    "stuck_at_chance": lambda k, smoothing, share, m: math.log(k),
    "softmax_before_cross_entropy": twice,
    "sigmoid_before_cross_entropy": twice,
    "sigmoid_before_bce_with_logits": lambda k, smoothing, share, m: share * YES + (1 - share) * NO,
    "softmax_before_bce_with_logits": lambda k, smoothing, share, m: (YES + (k - 1) * NO) / k,
    "nll_loss_on_probabilities": lambda k, smoothing, share, m: -1.0,
    "nll_loss_on_logits": lambda k, smoothing, share, m: -math.inf,
    "shapes_broadcast": lambda k, smoothing, share, m: entropy(share),
    "arguments_swapped": lambda k, smoothing, share, m: -math.inf if share else NO,
    "targets_outside_0_1": lambda k, smoothing, share, m: -math.inf if share else 0.0,
    "multi_hot_into_cross_entropy": lambda k, smoothing, share, m: m * math.log(m),
    "softmax_for_multi_label": lambda k, smoothing, share, m: math.log(m),
    "softmax_over_one_output": lambda k, smoothing, share, m: 0.0,
    "label_smoothing_unsaid": lambda k, smoothing, share, m: smoothing_floor(k, smoothing),
}
LOOKS = {}  # name -> (the second clue, what yields its guesses)


def suspect(name, tell):
    def enter(guesses):
        LOOKS[name] = tell, guesses
        return guesses

    return enter


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


@suspect(NOTHING, "accuracy 100 %, also on new data")
def nothing(c):
    if good(c, 0.9) and not c.smoothing:
        yield Guess("any K", 0.0)
        if 0 < c.loss < 0.1:
            yield Guess("any K, still falling", c.loss, width=1.0)


@suspect("stuck_at_chance", "accuracy 1/K, or the largest class's share")
def chance(c):
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


@suspect("softmax_before_cross_entropy", "accuracy good, the loss is given rows of sum 1")
@suspect("sigmoid_before_cross_entropy", "accuracy good, the loss is given [0, 1], sum not 1")
def before_cross_entropy(c):
    smoothing = c.smoothing or 0.0
    for k, weight in sizes(c):
        floor = twice(k, smoothing, None, 1)
        more = {"num_classes": k, "smoothing": smoothing}
        if good(c, 0.5):
            yield Guess(f"K = {k:,}", floor, weight, **more)
        if c.accuracy is not None:  # a row that is surely wrong costs 1 more than one that is surely right
            yield Guess(f"K = {k:,}", floor + (1 - smoothing) * (1 - c.accuracy), weight, below=c.accuracy_unit, **more)


@suspect("sigmoid_before_bce_with_logits", "labels right, yet no probability below 0.5")
def before_bce(c):
    if c.share is not None:
        shares = [(c.share, 0.0)]
    elif YES - c.unit <= c.loss <= NO * (1 + ABOVE) + c.unit:
        shares = [(min(max((NO - c.loss) / (NO - YES), 0.0), 1.0), NO - YES)]
    else:
        shares = []
    for share, width in shares if good(c) else ():
        yield Guess(percent(share), share * YES + (1 - share) * NO, width=width, share=share)


@suspect("softmax_before_bce_with_logits", "one label a row, and none near 0 or 1")
def softmax_before_bce(c):
    for k, weight in sizes(c) if good(c) else ():
        if c.num_classes or k <= 100:
            yield Guess(f"K = {k:,}", (YES + (k - 1) * NO) / k, weight, num_classes=k)


@suspect("nll_loss_on_probabilities", "minus the accuracy, once the network is sure")
def minus_p(c):
    if -1 - c.unit <= c.loss < 0:
        yield Guess("−p, never below −1", c.loss, width=1.0, num_classes=c.num_classes)


def below_zero(c):
    if c.loss < 0:
        yield Guess("without a floor", c.loss, 0.1 if c.loss >= -1 else 1.0, width=max(1.0, -c.loss))


for name, tell in {
    "nll_loss_on_logits": "falls on as the logits grow",
    "arguments_swapped": "cross_entropy(targets, outputs)?",
    "targets_outside_0_1": "targets.min(), targets.max()",
}.items():
    suspect(name, tell)(below_zero)


@suspect("kl_div_of_probabilities", "equal distributions must give 0")
@suspect("kl_div_targets_not_one", "do the targets' rows sum to 1?")
def kl(c):
    if -1 - math.log(c.num_classes or MOST) - c.unit <= c.loss < 0:
        yield Guess("kl_div", c.loss, 0.5 if c.loss >= -1 else 1.0, width=max(1.0, -c.loss))


@suspect("shapes_broadcast", "each row gets the same probability")
def only_the_share(c):
    if c.share is not None:
        yield Guess(percent(c.share), entropy(c.share), below=BELOW * entropy(c.share), share=c.share)
    elif 0.005 < c.loss <= NO * (1 + ABOVE) + c.unit:
        share = share_of(min(c.loss, NO))
        yield Guess(percent(share), entropy(share), width=NO, share=share)
        for share in ROUND:
            yield Guess(percent(share), entropy(share), 0.2, share=share)


@suspect("multi_hot_into_cross_entropy", "what do the targets' rows sum to?")
def true_labels_unshared(c):
    for m, weight in several(c):
        yield Guess(f"{m} true a row", m * math.log(m), weight, num_classes=c.num_classes, true_labels=m)


@suspect("softmax_for_multi_label", "m true labels share one unit: 1/m each")
def true_labels_shared(c):
    for m, weight in several(c):
        more = {"num_classes": c.num_classes, "true_labels": m}
        yield Guess(f"{m} true a row", math.log(m), 0.5 * weight, **more)
        if c.num_classes:
            yield Guess(f"{m} of K true, BCE", m * math.log(m) / c.num_classes, 0.5 * weight, **more)


@suspect("softmax_over_one_output", "0 from the first step on, the gradient is 0")
def one_output(c):
    if not c.num_classes:
        yield Guess("outputs (N, 1)", 0.0)


@suspect("one_class_only", "targets.unique()")
def one_class(c):
    if good(c, 0.99) and not c.smoothing:
        yield Guess("any K", 0.0)


@suspect("bce_of_rounded_sigmoid", "a label sure and wrong costs 100, gradient 0")
def a_hundred(c):
    wrong = 1.0 if c.accuracy is None else 1 - c.accuracy
    if wrong:
        yield Guess(f"{written(100 * wrong, '.3g')} % wrong", 100 * wrong, below=100 * c.accuracy_unit)


@suspect("label_smoothing_unsaid", "accuracy good; without smoothing it falls on")
def smoothing(c):
    rates = RATES if c.smoothing is None else [c.smoothing] * (c.smoothing > 0)
    for rate in rates if good(c) else ():
        usual = rate == RATES[0] or c.smoothing is not None
        for k, weight in sizes(c):
            if usual or weight == 1 and k <= 100:
                setting = f"ε = {rate:g}, K = {k:,}"
                yield Guess(setting, smoothing_floor(k, rate), weight if usual else 0.2, num_classes=k, smoothing=rate)


@suspect("loud_start", "from the first step on? Or is it a sum?")
def loud(c):
    guesses = math.log(c.num_classes or MOST)
    if c.loss > (2 if c.num_classes else 1 + ABOVE) * guesses:
        setting = f"{written(c.loss / guesses, '.1f')} times ln {c.num_classes:,}" if c.num_classes else "above ln K"
        yield Guess(setting, c.loss, width=max(100.0, c.loss), num_classes=c.num_classes)


@suspect("other_logarithm", "other losses are 1.44 or 0.43 times as large, too")
def other_base(c):
    for base, name in ((2, "log2"), (10, "log10")):
        for k, weight in sizes(c):
            if guessing(c, k) and (c.num_classes or k <= 10):
                yield Guess(f"{name} of K = {k:,}", math.log(k, base), 0.5 * weight, num_classes=k)


def no_number(values):
    def guesses(c):
        if str(c.loss) in values:
            yield Guess("no number", c.loss, width=1.0)

    return guesses


for name, values, tell in (
    ("all_ignored", ["nan"], "is any target not ignored?"),
    ("nan_outputs", ["nan"], "outputs.isnan().any()"),
    ("masked_rows", ["nan"], "outputs.isinf().all(dim=1).any()"),
    ("minus_infinity_in_the_loss", ["inf", "nan"], "a target is masked, or smoothing is on"),
    ("logarithm_of_zero", ["inf", "nan"], "is a probability exactly 0?"),
    ("exponential_overflow", ["inf", "nan"], "is a logit above 11 (float16) or 88?"),
):
    suspect(name, tell)(no_number(values))

# A run begins at chance whatever else is wrong, and the clinic names it after the causes: a number alone, before them.
ORDER = [NOTHING, "stuck_at_chance"]
ORDER += [mistake.name for mistake in MISTAKES if mistake.name in LOOKS and mistake.name not in ORDER]
TABLE = {mistake.name: mistake for mistake in MISTAKES}


def score_of(c, guess, rank):
    """Return how likely the guess is, up to a factor that all share; 0 if it does not fit.

    Half of the logs show the value to the last digit, the others are spread over what noise adds to it.
    """
    if guess.width:
        likely = min(1.0, 2 * c.unit / guess.width) if math.isfinite(c.loss) else 1.0
        return likely * guess.weight / (1 + rank)
    off = c.loss - guess.value
    exact = abs(off) <= c.unit * (1 + 1e-9)
    below, above = guess.below, max(ABOVE * guess.value, 0.003)
    near = guess.weight >= 0.5 and -below - c.unit <= off <= above + c.unit
    return (exact + near * min(1.0, 2 * c.unit / (below + above))) / 2 * guess.weight / (1 + rank)


def suspects(c):
    """Return the mistakes that fit the clues, one `Suspect` each, the likeliest first.

    >>> [(each.name, each.guess.setting) for each in suspects(clues("2.30"))][:1]
    [('stuck_at_chance', 'K = 10')]
    >>> suspects(clues("1.46"))[0].title
    'Softmax before cross_entropy'
    """
    found = []
    for rank, name in enumerate(ORDER):
        tell, guesses = LOOKS[name]
        scored = [(score_of(c, guess, max(0, rank - 1)), -abs(c.loss - guess.value), guess) for guess in guesses(c)]
        score, _, guess = max(scored, key=lambda each: each[:2], default=(0.0, 0.0, None))
        if score > 0:
            entry = TABLE.get(name)
            said = (entry.title, tell, entry.fix, entry.lesson) if entry else ("Nothing is wrong", tell, "", "")
            found.append(Suspect(name, *said, guess, score))
    return tuple(sorted(found, key=lambda each: -each.score))


def look_next(c):
    """Return what to look at where no suspect fits."""
    if c.accuracy is not None and (others := suspects(replace(c, accuracy=None))):
        first = others[0]
        return (
            f"By its digits it is “{first.title}” ({first.guess.setting}), but not with this accuracy. "
            "Are both from the same data, and what does the loss say row by row?"
        )
    if not c.num_classes:
        return "Type the number of classes and the accuracy. Then look at the losses row by row, and at the targets."
    chance, second = math.log(c.num_classes), twice(c.num_classes, c.smoothing or 0.0, None, 1)
    known = f"ln {c.num_classes:,} = {chance:.4f}, what guessing costs"
    if c.loss > chance:
        return (
            f"It is above {known}: some rows are sure and wrong, or it is a mean of means over batches of different sizes. "
            "Sort the losses row by row."
        )
    if c.loss > second and c.accuracy is None:
        return (
            f"It is below {known}: something is learned. With a softmax too many an accuracy of "
            f"{100 * (second + 1 - c.loss):.0f} % gives it: type the accuracy."
        )
    return (
        f"It is below {known}: something is learned. A softmax too many would stop it at {second:.4f}. "
        "What do guesses by the classes' frequencies cost? Does it fall on without smoothing and weights?"
    )

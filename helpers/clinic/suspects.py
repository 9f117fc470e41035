"""Which mistakes leave a loss at this number? Answered without tensors, from the number as a log prints it.

A suspect is a mistake of `MISTAKES` that stops the loss at a value of its own, for some number of classes, some share
of true labels, some smoothing. The digits typed and the noise of a log say which values fit; how frequent a mistake
is, says which comes first. Among the suspects stands what most losses are: those of a healthy network. A mistake is
named only where the number is far likelier with it; bench/trainings.py measures how often that is wrong.
"""

import enum
import math
from dataclasses import dataclass, replace

from helpers.clinic.floors import Floor, Setting, cross_entropy_of_gap, entropy, floor_of_two_softmaxes
from helpers.clinic.guesses import ABOVE, Clues, Guess, chance_text, clues, ordinary
from helpers.clinic.mistakes import MISTAKES
from helpers.clinic.record import Mistake

__all__ = ["FLOORS", "ORDINARY", "RECORDS", "Clues", "Suspect", "Verdict", "clues", "look_next", "suspects", "verdict"]

ORDINARY = Mistake(
    "",
    title="An ordinary loss",
    why="",
    fix="",
    read=("09 Is it calibrated?",),
    floor=Floor(lambda s: 0.0, lambda s, x: cross_entropy_of_gap(2 * x, s.num_classes)),
    guesses=ordinary,
)
# A run begins at chance whatever else is wrong, and the clinic names it after the causes: a number alone, before them.
RECORDS = {each.name: each for each in MISTAKES if each.guesses}
RECORDS = {each.name: each for each in (ORDINARY, RECORDS["stuck_at_chance"], *RECORDS.values())}
FLOORS = {name: each.floor for name, each in RECORDS.items() if each.floor}
HEALTHY = 5.0  # how much more frequent healthy logs are than those with the most frequent mistake
ODDS = 30.0  # a mistake is named as the likeliest where it is so many times as likely as all else,
LEAST_DIGITS = 0.02  # and where half a unit of the last digit is less than this share of the loss:
LEAST_ALONE = 0.001  # of one without an accuracy, since every healthy loss passes through many numbers of three digits
WORTH_SAYING = 60.0  # what is so many times less likely than the first is left out


@dataclass(frozen=True)
class Suspect:
    """A mistake that may have given the loss, and how well it fits."""

    name: str  # "" for the healthy network
    title: str
    tell: str  # its second clue
    fix: str
    lesson: str
    guess: Guess  # the one that fits best
    score: float  # how well: only the order of these numbers means something


class Verdict(enum.Enum):
    """What can be said of a number."""

    LIKELY = "the first suspects, which digits can't separate, are far likelier than all else"
    MAYBE = "a mistake comes first, but others, or a healthy network, give this number too"
    ORDINARY = "a healthy network comes first"
    UNKNOWN = "nothing fits"


def score_of(c, guess, rank):
    """Return how likely the guess is, up to a factor that all share; 0 if it does not fit.

    Half of the logs show the value to the last digit, the others are spread over what noise adds to it.
    """
    if guess.width:
        likely = min(1.0, 2 * c.unit / guess.width) if math.isfinite(c.loss) else 1.0
        return likely * guess.weight / (1 + rank)
    off = c.loss - guess.value
    exact = abs(off) <= c.unit * (1 + 1e-9)
    below, above = guess.below, max(ABOVE * guess.value, 0.003, guess.above)
    near = guess.noise and -below - c.unit <= off <= above + c.unit
    return (exact + near * min(1.0, 2 * c.unit / (below + above))) / 2 * guess.weight / (1 + rank)


def suspects(c):
    """Return what fits the clues, one `Suspect` a mistake and one for the healthy network, the likeliest first.

    >>> [(each.name, each.guess.setting) for each in suspects(clues("2.3026"))][:1]
    [('stuck_at_chance', 'K = 10')]
    >>> suspects(clues("1.46", "10", "0.97"))[0].title
    'Softmax before cross_entropy'
    """
    found = []
    for rank, each in enumerate(RECORDS.values()):
        guesses = each.guesses(c)
        scored = [(score_of(c, guess, max(0, rank - 1)), -abs(c.loss - guess.value), guess) for guess in guesses]
        score, _, guess = max(scored, key=lambda each: each[:2], default=(0.0, 0.0, None))
        if score > 0:
            score *= HEALTHY if each is ORDINARY else 1.0
            title, tell = guess.title or each.title, guess.tell or each.tell
            found.append(Suspect(each.name, title, tell, each.fix, each.lesson, guess, score))
    found.sort(key=lambda each: -each.score)
    return tuple(each for each in found if each.score > found[0].score / WORTH_SAYING)


def verdict(c, found):
    """Return the `Verdict` on what `suspects` found, and those of them that the digits can't separate from the first.

    >>> c = clues("0.7437", "4", "0.99")
    >>> kind, together = verdict(c, suspects(c))
    >>> kind.name, [each.name for each in together]
    ('LIKELY', ['softmax_before_cross_entropy', 'sigmoid_before_cross_entropy'])
    """
    if not found:
        return Verdict.UNKNOWN, ()
    first, *others = found
    if not first.name:
        return Verdict.ORDINARY, (first,)
    alike = [each for each in others if each.name and each.score > first.score / 30 and inseparable(c, first, each)]
    together = (first, *alike)
    rest = sum(each.score for each in others if each not in alike)
    sure = math.isfinite(c.loss) and sum(each.score for each in together) >= ODDS * rest and digits_enough(c)
    return Verdict.LIKELY if sure else Verdict.MAYBE, together


def digits_enough(c):
    """Whether the loss has digits enough for a verdict."""
    if c.accuracy is None:
        return c.unit <= LEAST_ALONE * abs(c.loss)
    return c.unit <= max(LEAST_DIGITS * abs(c.loss), 0.0006)


def inseparable(c, one, other):
    """Whether two suspects give one number, as far as the digits go."""
    if one.guess.width or other.guess.width:
        return one.guess.width == other.guess.width
    return abs(one.guess.value - other.guess.value) <= 2 * c.unit


def look_next(c):
    """Return what to look at where no suspect fits."""
    others = [each for each in suspects(replace(c, accuracy=None)) if each.name and not each.guess.width]
    if c.accuracy is not None and others:
        first = others[0]
        text = f"“{first.title}” ({first.guess.setting}) gives these digits, but not this accuracy."
        return f"{text} Are both from the same data, and what does the loss say row by row?"
    if not c.chance:
        return "Type the number of classes and the accuracy. Then look at the losses row by row, and at the targets."
    known = f"{chance_text(c)} = {c.chance:.4f}, what guessing costs"
    if c.loss > c.chance:
        cut = "it is a mean of means over batches of different sizes"
        return f"It is above {known}: some rows are sure and wrong, or {cut}. Sort the losses row by row."
    shares = [1 / max(2, c.num_classes or 2)] if c.share is None else [c.share, 1 - c.share]
    if c.accuracy is not None and c.accuracy <= max(shares) + c.accuracy_unit:
        other = "is it another loss (squared, focal, weighted), or of other data than the accuracy?"
        return f"It is below {known}, and no more is right than by guessing: {other}"
    if c.share is not None:
        known = f"{entropy(c.share):.4f}, what knowing the share of true labels costs"
        if c.loss >= entropy(c.share):
            return f"It is above {known}: nothing else need be learned so far."
    learned = f"It is below {known}: something is learned."
    if c.chance < math.log(3) or c.share is not None:
        return learned
    second = floor_of_two_softmaxes(Setting(c.num_classes, c.smoothing or 0.0))
    if c.loss > second and c.accuracy is None:
        accuracy = f"an accuracy of {100 * (second + 1 - c.loss):.0f} % gives it: type the accuracy"
        return f"{learned} With a softmax too many {accuracy}."
    return (
        f"{learned} A softmax too many would stop it at {second:.4f}. "
        "What do guesses by the classes' frequencies cost? Does it fall on without smoothing and weights?"
    )

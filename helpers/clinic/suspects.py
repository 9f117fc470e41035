"""Which mistakes leave a loss at this number? Answered without tensors, from the number as a log prints it.

A suspect is a mistake of `MISTAKES` that stops the loss at a value of its own, for some number of classes, some share
of true labels, some smoothing. The digits typed and the noise of a log say which values fit; how frequent a mistake
is, says which comes first.
"""

import math
from dataclasses import dataclass, replace

from helpers.clinic.floors import Floor, Setting, cross_entropy_of_gap, floor_of_two_softmaxes
from helpers.clinic.guesses import ABOVE, Clues, Guess, clues, nothing
from helpers.clinic.mistakes import MISTAKES
from helpers.clinic.record import Mistake

__all__ = ["FLOORS", "NO_MISTAKE", "RECORDS", "Clues", "Suspect", "clues", "look_next", "suspects"]

NO_MISTAKE = Mistake(
    "",
    title="Nothing is wrong",
    why="",
    fix="",
    read=(),
    floor=Floor(lambda s: 0.0, lambda s, x: cross_entropy_of_gap(2 * x, s.num_classes)),
    tell="accuracy 100 %, also on new data",
    guesses=nothing,
)
# A run begins at chance whatever else is wrong, and the clinic names it after the causes: a number alone, before them.
RECORDS = {each.name: each for each in MISTAKES if each.guesses}
RECORDS = {each.name: each for each in (NO_MISTAKE, RECORDS["stuck_at_chance"], *RECORDS.values())}
FLOORS = {name: each.floor for name, each in RECORDS.items() if each.floor}


@dataclass(frozen=True)
class Suspect:
    """A mistake, its second clue, the guess that fits best, and how well: only the order of these numbers means
    something."""

    name: str
    title: str
    tell: str
    fix: str
    lesson: str
    guess: Guess
    score: float


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
    for rank, each in enumerate(RECORDS.values()):
        guesses = each.guesses(c)
        scored = [(score_of(c, guess, max(0, rank - 1)), -abs(c.loss - guess.value), guess) for guess in guesses]
        score, _, guess = max(scored, key=lambda each: each[:2], default=(0.0, 0.0, None))
        if score > 0:
            found.append(Suspect(each.name, each.title, each.tell, each.fix, each.lesson, guess, score))
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
    setting = Setting(c.num_classes, c.smoothing or 0.0)
    chance, second = math.log(c.num_classes), floor_of_two_softmaxes(setting)
    known = f"ln {c.num_classes:,} = {chance:.4f}, what guessing costs"
    if c.loss > chance:
        return (
            f"It is above {known}: some rows are sure and wrong, or it is a mean of means over batches of different "
            "sizes. Sort the losses row by row."
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

"""What a mistake makes of the loss: the least it can be, and its course as the logits grow."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from helpers.functions import logsigmoid, sigmoid

RATES = (0.1, 0.05, 0.2, 0.01, 0.15, 0.02, 0.3)  # of label smoothing, the most frequent first
YES, NO = math.log1p(math.exp(-1)), math.log(2)  # what a true, a false label costs at least behind two sigmoids


class Setting(NamedTuple):
    """What a floor depends on."""

    num_classes: int  # or labels
    smoothing: float = 0.0  # ε
    share: float = 0.5  # of true labels
    true_labels: int = 1  # their number in a row


@dataclass(frozen=True)
class Floor:
    """How far the loss can fall with a mistake."""

    least: Callable[[Setting], float]  # the least loss of a `Setting`
    # Its loss where the logits are +x for what is true and −x for the rest, None where it is the floor throughout.
    curve: Callable | None = None
    labels: bool = False  # whether yes-or-no questions are asked


def smoothing_floor(num_classes, rate):
    """Return the entropy of a smoothed one-hot target, in nats."""
    true, rest = 1 - rate + rate / num_classes, rate / num_classes
    return -sum(p * math.log(p) * times for p, times in ((true, 1), (rest, num_classes - 1)) if p > 0)


def entropy(share):
    """Return the entropy in nats of a yes-or-no question with the answer yes in this share.

    >>> round(entropy(0.1), 4), entropy(0.0)
    (0.3251, 0.0)
    """
    return sum(p * math.log(1 / p) for p in (share, 1 - share) if p > 0)


def floor_of_two_softmaxes(setting):
    """Return the least cross-entropy of numbers in [0, 1]: 1 for the true class, 0 for the others."""
    k, smoothing = setting.num_classes, setting.smoothing
    return math.log(math.e + k - 1) - (1 - smoothing + smoothing / k)


def cross_entropy_of_gap(gap, num_classes, smoothing=0.0):
    """Return the cross-entropy where the true logit lies this far above all others, of K = num_classes."""
    rest = (1 - 1 / num_classes) * smoothing  # what smoothing takes from the true class and gives to the others
    return -logsigmoid(gap - math.log(num_classes - 1)) + rest * gap


# The softmax of one logit among K − 1 others, all alike, is a sigmoid: of what it lies above them, less ln(K − 1).


def winner_prob(x, setting):
    """Return the softmax's probability of the true class, at a logit of +x against −x of the others."""
    return sigmoid(2 * x - math.log(setting.num_classes - 1))


def other_prob(x, setting):
    """Return the softmax's probability of each of the other classes."""
    return sigmoid(math.log(setting.num_classes - 1) - 2 * x) / (setting.num_classes - 1)


def mixed_labels(setting, true, false):
    """Return the mean over the labels, of which a share is true."""
    return setting.share * true + (1 - setting.share) * false


def shared_gap(x, setting):
    """Return the cross-entropy of one of m true classes that share a softmax, less the ln m that sharing costs."""
    k, m = setting.num_classes, setting.true_labels
    return cross_entropy_of_gap(2 * x, (k - m) / m + 1)


def of_two_softmaxes(setting, x):
    gap = winner_prob(x, setting) - other_prob(x, setting)
    return cross_entropy_of_gap(gap, setting.num_classes, setting.smoothing)


def of_sigmoid_and_softmax(setting, x):
    return cross_entropy_of_gap(sigmoid(x) - sigmoid(-x), setting.num_classes, setting.smoothing)


def of_two_sigmoids(setting, x):
    return mixed_labels(setting, -logsigmoid(sigmoid(x)), -logsigmoid(-sigmoid(-x)))


def of_softmax_and_sigmoid(setting, x):
    true, false = logsigmoid(winner_prob(x, setting)), logsigmoid(-other_prob(x, setting))
    return -(true + (setting.num_classes - 1) * false) / setting.num_classes


TWO_SOFTMAXES = Floor(floor_of_two_softmaxes, of_two_softmaxes)
SIGMOID_AND_SOFTMAX = Floor(floor_of_two_softmaxes, of_sigmoid_and_softmax)
TWO_SIGMOIDS = Floor(lambda s: mixed_labels(s, YES, NO), of_two_sigmoids, labels=True)
SOFTMAX_AND_SIGMOID = Floor(
    lambda s: (YES + (s.num_classes - 1) * NO) / s.num_classes, of_softmax_and_sigmoid, labels=True
)

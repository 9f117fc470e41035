"""Confidence against what comes true: reliability, calibration error, the temperature that mends it."""

import math

import torch

from helpers.functions import log_softmax, softmax
from helpers.inputs import describe_value, read_count, read_indices, read_number, read_positive, read_rows
from helpers.inputs.tensors import are_probs

SHARPNESS = 2.5  # how much too large the network's logits are
FEWEST = 10  # a bin with fewer rows is not drawn: its share is chance


def known_truth(n=4000, num_classes=4, seed=1):
    """Return the true log-probabilities (n, K), float64, and targets (n,) drawn from them.

    Since the probabilities are those from which the targets were drawn, softmax of these is calibrated by construction.
    """
    n, num_classes = read_count(n, "n"), read_count(num_classes, "num_classes")
    generator = torch.Generator().manual_seed(read_count(seed, "seed", 0))
    true_logits = 1.5 * torch.randn(n, num_classes, generator=generator, dtype=torch.float64)
    probs = softmax(true_logits, dim=1)
    draw = torch.rand(n, 1, generator=generator, dtype=torch.float64)
    targets = (probs[:, :-1].cumsum(dim=1) < draw).sum(dim=1)
    return log_softmax(true_logits, dim=1), targets


def reliability(probs, targets, bins=10):
    """Return for each bin of the winner's probability: how many rows, their mean confidence, the share that is right.

    Empty bins have NaN for the latter two. Raises ValueError for what is no probability, as logits are.
    """
    bins, probs = read_count(bins, "bins"), read_rows(probs, "probs")
    targets = read_indices(targets, *probs.shape)
    strays = probs[~are_probs(probs)].tolist()
    if strays:
        raise ValueError(f"probs: got {strays[:1]}, want probabilities, of which each row sums to 1")
    confidence, winner = probs.max(dim=1)
    return binned(confidence, (winner == targets).to(probs.dtype), bins)


def binned(confidence, right, bins=10):
    """Return what `reliability` does, from each row's confidence (N,) and whether its winner is right, 1 or 0 (N,)."""
    which = (confidence * bins).long().clamp(max=bins - 1)
    count = torch.bincount(which, minlength=bins)
    said = torch.bincount(which, weights=confidence, minlength=bins) / count
    came_true = torch.bincount(which, weights=right, minlength=bins) / count
    return count, said, came_true


def calibration_error(probs, targets, bins=10):
    """Return the expected calibration error: the mean gap between confidence and accuracy over the rows' bins."""
    count, said, came_true = reliability(probs, targets, bins)
    return ((said - came_true).abs().nan_to_num() * count).sum().item() / int(count.sum())


def read_logits_and_targets(logits, targets):
    """Return logits (N, K), floating, and class indices (N,); raise ValueError for rows of probabilities."""
    rows = read_rows(logits, "logits")
    if are_probs(rows).all():
        raise ValueError("logits: got rows of probabilities, want logits, or the logarithms of these")
    return rows, read_indices(targets, *rows.shape)


def nll(logits, targets, temperature=1.0):
    """Return the mean negative log-likelihood of the targets at a temperature.

    Parameters
    ----------
    logits : (N, K); log-probabilities are such too, rows of probabilities are not, and raise ValueError
    targets : class indices (N,)
    temperature : a positive number
    """
    logits, targets = read_logits_and_targets(logits, targets)
    temperature = read_positive(temperature, "temperature")
    return -log_softmax(logits / temperature, dim=1).gather(1, targets[:, None]).mean().item()


class ScaledRows:
    """A set of rows, of which the confidence at one temperature after the other is quickly found.

    Parameters
    ----------
    logits : (N, K), float64
    targets : (N,), the true class of each
    """

    def __init__(self, logits, targets):
        largest, winner = logits.max(dim=1, keepdim=True)
        self.below = logits - largest  # their largest, which is 0 now
        self.true = self.below.gather(1, targets[:, None])[:, 0]
        self.right = (winner[:, 0] == targets).double()

    def __len__(self):
        return len(self.true)

    def in_parts(self, function):
        """Return function(part) of all rows (N,), a few thousand at a time, which stay in the processor's cache."""
        return torch.cat([function(part) for part in self.below.split(max(1, 100_000 // self.below.shape[1]))])

    def at(self, factor):
        """Return the winners' probabilities (N,), and the targets' NLL, of the logits times a `factor`."""
        sums = self.in_parts(lambda part: (part * factor).exp_().sum(dim=1))
        return 1 / sums, (sums.log().mean() - factor * self.true.mean()).item()

    def slope(self, factor):
        """Return the derivative of that NLL by the factor, which grows with it: the NLL is convex in the factor."""
        return (self.in_parts(lambda part: self._expected(part, factor)) - self.true).mean().item()

    @staticmethod
    def _expected(part, factor):
        product = torch.softmax(part * factor, 1) * part
        # A logit of minus infinity has the probability 0, and weighs nothing: not 0 times infinity, which is NaN.
        return product.nan_to_num(nan=0.0).sum(dim=1)

    def best_temperature(self, low, high):
        """Return the temperature in [low, high] of the smallest NLL, where its slope is 0."""
        from scipy.optimize import brentq  # importing it takes longer than all else that this module needs

        if self.slope(1 / low) <= 0:
            return low
        if self.slope(1 / high) >= 0:
            return high
        return math.exp(brentq(lambda log: self.slope(math.exp(-log)), math.log(low), math.log(high), xtol=1e-9))


COLDEST, HOTTEST = 0.05, 20.0  # between which the best temperature is looked for


def fit_temperature(logits, targets, low=COLDEST, high=HOTTEST):
    """Return the temperature in [low, high] at which the NLL of the targets is smallest.

    Raises ValueError for what `nll` refuses, and for limits that are not two positive numbers, in order.
    """
    logits, targets = read_logits_and_targets(logits, targets)
    limits = [read_number(low, "low").value, read_number(high, "high").value]
    if not 0 < limits[0] < limits[1] < math.inf:
        raise ValueError(f"low, high: got {low}, {high}, want two positive numbers, in order")
    rows = ScaledRows(logits.double(), targets)
    if not rows.true.isfinite().all():
        raise ValueError(f"logits: got {describe_value(logits)} with infinities, want finite ones of the true classes")
    return rows.best_temperature(*limits)

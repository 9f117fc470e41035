"""Confidence against what comes true: reliability, calibration error, the temperature that mends it."""

import math

import torch

from helpers.functions import log_softmax, softmax


def _want(condition, argument, came, wanted):
    if not condition:
        raise ValueError(f"{argument}: got {came}, want {wanted}")


def _want_counts(**counts):
    for name, count in counts.items():
        whole = isinstance(count, int) and not isinstance(count, bool)
        _want(whole and count >= 1, name, repr(count), "a whole number of at least 1")


def _want_rows(argument, outputs, targets):
    """Raise unless the outputs are (N, K) numbers and the targets (N,) class indices."""
    _want(outputs.dim() == 2 and len(outputs), argument, f"shape {tuple(outputs.shape)}", "(N, K), at least one row")
    _want(not outputs.isnan().any(), argument, "NaN", "numbers")
    indices = targets.shape == outputs.shape[:1] and targets.dtype == torch.int64
    _want(indices, "targets", f"{targets.dtype} of shape {tuple(targets.shape)}", "class indices (N,), int64")
    stray = targets[(targets < 0) | (targets >= outputs.shape[1])].tolist()
    _want(not stray, "targets", f"{stray[:1]}", f"class indices in [0, {outputs.shape[1]})")


def _are_probs(rows):
    """Return, row by row, whether no entry is negative and they sum to 1, to what half types round."""
    return (rows >= 0).all(dim=1) & ((rows.double().sum(dim=1) - 1).abs() < 0.01)


SHARPNESS = 2.5  # how much too large the network's logits are


def known_truth(n=4000, num_classes=4, seed=1):
    """Return the true log-probabilities (n, K), float64, and targets (n,) drawn from them.

    Since the probabilities are those from which the targets were drawn, softmax of these is calibrated by construction.
    """
    _want_counts(n=n, num_classes=num_classes)
    generator = torch.Generator().manual_seed(seed)
    true_logits = 1.5 * torch.randn(n, num_classes, generator=generator, dtype=torch.float64)
    probs = softmax(true_logits, dim=1)
    draw = torch.rand(n, 1, generator=generator, dtype=torch.float64)
    targets = (probs[:, :-1].cumsum(dim=1) < draw).sum(dim=1)
    return log_softmax(true_logits, dim=1), targets


def reliability(probs, targets, bins=10):
    """Return for each bin of the winner's probability: how many rows, their mean confidence, the share that is right.

    Empty bins have NaN for the latter two. Raises ValueError for what is no probability, as logits are.
    """
    _want_counts(bins=bins)
    _want_rows("probs", probs, targets)
    stray = probs[~_are_probs(probs)].tolist()
    _want(not stray, "probs", f"{stray[:1]}", "probabilities, of which each row sums to 1")
    confidence, winner = probs.max(dim=1)
    return binned(confidence, (winner == targets).to(probs.dtype), bins)


def binned(confidence, right, bins=10):
    """Return the same from each row's confidence (N,) and whether its winner is right, 1 or 0 (N,)."""
    which = (confidence * bins).long().clamp(max=bins - 1)
    count = torch.bincount(which, minlength=bins)
    said = torch.bincount(which, weights=confidence, minlength=bins) / count
    came_true = torch.bincount(which, weights=right, minlength=bins) / count
    return count, said, came_true


def calibration_error(probs, targets, bins=10):
    """Return the expected calibration error: the mean gap between confidence and accuracy over the rows' bins."""
    count, said, came_true = reliability(probs, targets, bins)
    return ((said - came_true).abs().nan_to_num() * count).sum().item() / len(targets)


def nll(logits, targets, temperature=1.0):
    """Return the mean negative log-likelihood of the targets at a temperature.

    logits: log-probabilities are such too; rows of probabilities are not, and raise ValueError.
    """
    _want_rows("logits", logits, targets)
    _want(not _are_probs(logits).all(), "logits", "rows of probabilities", "logits, or the logarithms of these")
    _want(0 < temperature < math.inf, "temperature", temperature, "a finite number above 0")
    return -log_softmax(logits / temperature, dim=1).gather(1, targets[:, None]).mean().item()


def fit_temperature(logits, targets, low=0.05, high=20.0):
    """Return the temperature at which the NLL of the targets is smallest, by golden-section search in log T.

    The NLL has one minimum in 1/T, for it is convex there.
    """
    _want(0 < low < high < math.inf, "low, high", f"{low}, {high}", "two positive numbers, in order")
    golden = (math.sqrt(5) - 1) / 2
    a, b = math.log(low), math.log(high)
    while b - a > 1e-6:
        c, d = b - golden * (b - a), a + golden * (b - a)
        if nll(logits, targets, math.exp(c)) < nll(logits, targets, math.exp(d)):
            b = d
        else:
            a = c
    return math.exp((a + b) / 2)

"""A hundred made-up photos whose right answers are known, for choosing thresholds.

Each photo holds any subset of the four classes, and a made-up network gives it four logits. The logits are drawn so
that two answers are known beforehand, where real data would leave you guessing:

* the network is calibrated: among all photos with the logit x for a class, exactly the share sigmoid(x) holds it;
* precision and recall of every threshold have a formula, for as many photos as you like.

For a class with the prior π and the separation m, the logits are normal with variance 2m around log(π/(1 − π)) + m
where the class is in the photo, and around log(π/(1 − π)) − m where it is not. Bayes' rule then gives the posterior
log-odds x itself, which is the first answer; the second needs the normal distribution function only.
"""

import torch

from helpers.data import LABELS, made_anew
from helpers.functions import logit
from helpers.inputs import read_count, refuse

# Which share of all photos holds each class, and how well the network tells it apart; shape (4,) each.
_TENSORS = {
    "PRIORS": lambda: torch.tensor([0.5, 0.4, 0.1, 0.2], dtype=torch.float64),
    "SEPARATIONS": lambda: torch.tensor([2.0, 1.25, 1.5, 3.5], dtype=torch.float64),
}
__getattr__, __dir__ = made_anew(__name__, _TENSORS, [*_TENSORS, "exact_precision_recall", "photos"])


def photos(count=100, seed=8):
    """Return the logits and the multi-hot targets of `count` photos, float32, shape (count, 4) each.

    The logits have two decimals, so that they are the same on every machine.

    >>> logits, targets = photos()
    >>> targets.sum(0).int().tolist()
    [46, 41, 12, 21]
    """
    count = read_count(count, "count")
    generator = torch.Generator().manual_seed(seed)
    present, level = torch.rand(2, count, len(LABELS), generator=generator, dtype=torch.float64)
    priors, separations = (make() for make in _TENSORS.values())
    targets = present < priors
    mean = logit(priors) + torch.where(targets, separations, -separations)
    logits = mean + (2 * separations).sqrt() * torch.special.ndtri(level)
    return logits.round(decimals=2).float(), targets.float()


def exact_precision_recall(label, threshold_logit):
    """Return precision and recall of a threshold on one class, not counted but computed: for endless photos.

    Parameters
    ----------
    label : one of LABELS
    threshold_logit : float or tensor of any shape, in logits

    >>> precision, recall = exact_precision_recall("dog", 0.0)
    >>> f"{precision:.4f} {recall:.4f}"
    '0.7607 0.7034'
    """
    if label not in LABELS:
        raise refuse("label", label, f"one of {LABELS}")
    k = LABELS.index(label)
    prior, separation = (make()[k] for make in _TENSORS.values())
    threshold = torch.as_tensor(threshold_logit, dtype=torch.float64)
    distance, spread = logit(prior) - threshold, (2 * separation).sqrt()
    recall = torch.special.ndtr((distance + separation) / spread)
    false_alarms = torch.special.ndtr((distance - separation) / spread)
    return prior * recall / (prior * recall + (1 - prior) * false_alarms), recall

"""What the bug museum runs: toy data that can be learned without a fault, and a plain training loop.

No optimizer class is used: a step is one line, and importing torch.optim takes longer than all of these runs.
"""

import math

import torch

from helpers.functions import log_softmax, softmax


def blobs(num_classes=4, per_class=50, seed=0):
    """Return points `x` (N, 2) around centres on a circle, and their class indices `targets` (N,).

    The classes do not overlap: a linear layer can classify all of them correctly.

    >>> x, targets = blobs()
    >>> x.shape, targets.bincount().tolist()
    (torch.Size([200, 2]), [50, 50, 50, 50])
    """
    generator = torch.Generator().manual_seed(seed)
    targets = torch.arange(num_classes).repeat(per_class)
    angle = 2 * math.pi * targets / num_classes
    centres = 4 * torch.stack([angle.cos(), angle.sin()], dim=1)
    noise = torch.randn(len(targets), 2, generator=generator).clamp(-3, 3)
    return centres + 0.3 * noise, targets


def yes_or_no(num_labels=3, n=200, seed=0):
    """Return `x` (n, num_labels) and multi-hot `targets` of that shape: label k is true where x[:, k] is positive.

    >>> x, targets = yes_or_no()
    >>> x.shape, torch.equal(targets, (x > 0).float())
    (torch.Size([200, 3]), True)
    """
    generator = torch.Generator().manual_seed(seed)
    sides = torch.rand(n, num_labels, generator=generator) - 0.5
    return sides.sign() * 0.5 + sides, (sides > 0).float()


def train(loss, x, targets, outputs=None, steps=300, lr=20.0):
    """Train one linear layer by plain gradient steps; return its last logits and the losses before each step.

    loss: a function of (logits, targets). outputs: how many logits; by default one a class, or one a label.
    """
    outputs = outputs or (targets.shape[1] if targets.dim() == 2 else int(targets.max()) + 1)
    weight = torch.zeros(x.shape[1], outputs, requires_grad=True)
    bias = torch.zeros(outputs, requires_grad=True)
    history = []
    for _ in range(steps):
        value = loss(x @ weight + bias, targets)
        history.append(value.item())
        slopes = torch.autograd.grad(value, (weight, bias))
        with torch.no_grad():
            for parameter, slope in zip((weight, bias), slopes):
                parameter -= lr * slope
    return (x @ weight + bias).detach(), history


def accuracy(logits, targets):
    """Return the share of rows whose largest logit is that of the target."""
    return (logits.argmax(dim=1) == targets).float().mean().item()


# --- confidence and calibration ---

SHARPNESS = 2.5  # how much too large the network's logits are


def known_truth(n=4000, num_classes=4, seed=1):
    """Return the true log-probabilities (n, K), float64, and targets (n,) drawn from them.

    Since the probabilities are those from which the targets were drawn, softmax of these is calibrated by construction.
    """
    generator = torch.Generator().manual_seed(seed)
    true_logits = 1.5 * torch.randn(n, num_classes, generator=generator, dtype=torch.float64)
    probs = softmax(true_logits, dim=1)
    draw = torch.rand(n, 1, generator=generator, dtype=torch.float64)
    targets = (probs[:, :-1].cumsum(dim=1) < draw).sum(dim=1)
    return log_softmax(true_logits, dim=1), targets


def reliability(probs, targets, bins=10):
    """Return for each bin of the winner's probability: how many rows, their mean confidence, the share that is right.

    Empty bins have NaN for the latter two.
    """
    confidence, winner = probs.max(dim=1)
    right = (winner == targets).to(probs.dtype)
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
    """Return the mean negative log-likelihood of the targets at a temperature."""
    return -log_softmax(logits / temperature, dim=1).gather(1, targets[:, None]).mean().item()


def fit_temperature(logits, targets, low=0.05, high=20.0):
    """Return the temperature at which the NLL of the targets is smallest, by golden-section search in log T.

    The NLL has one minimum in 1/T, for it is convex there.
    """
    golden = (math.sqrt(5) - 1) / 2
    a, b = math.log(low), math.log(high)
    while b - a > 1e-6:
        c, d = b - golden * (b - a), a + golden * (b - a)
        if nll(logits, targets, math.exp(c)) < nll(logits, targets, math.exp(d)):
            b = d
        else:
            a = c
    return math.exp((a + b) / 2)

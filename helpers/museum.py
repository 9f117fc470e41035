"""What the bug museum runs: toy data that can be learned without a fault, and a plain training loop.

No optimizer class is used: a step is one line, and importing torch.optim takes longer than all of these runs.
"""

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


def blobs(num_classes=4, per_class=50, seed=0):
    """Return points `x` (N, 2) around centres on a circle, and their class indices `targets` (N,).

    The classes do not overlap: a linear layer can classify all of them correctly.

    >>> x, targets = blobs()
    >>> x.shape, targets.bincount().tolist()
    (torch.Size([200, 2]), [50, 50, 50, 50])
    """
    _want_counts(num_classes=num_classes, per_class=per_class)
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
    _want_counts(num_labels=num_labels, n=n)
    generator = torch.Generator().manual_seed(seed)
    sides = torch.rand(n, num_labels, generator=generator) - 0.5
    return sides.sign() * 0.5 + sides, (sides > 0).float()


def train(loss, x, targets, outputs=None, steps=300, lr=20.0):
    """Train one linear layer by plain gradient steps; return its last logits and the losses before each step.

    loss: a function of (logits, targets). outputs: how many logits; by default one a class, or one a label.
    """
    if outputs is None:
        outputs = targets.shape[1] if targets.dim() == 2 else int(targets.max()) + 1
    _want_counts(outputs=outputs, steps=steps)
    _want(0 < lr < math.inf, "lr", lr, "a finite number above 0")
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
    _want_rows("logits", logits, targets)
    return (logits.argmax(dim=1) == targets).float().mean().item()


# --- confidence and calibration ---

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

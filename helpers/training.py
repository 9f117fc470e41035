"""Toy data that can be learned without a fault, and a plain training loop, for the exhibits of the bug museum."""

import math

import torch

from helpers.inputs import read_count, read_indices, read_positive, read_rows, read_tensor, refuse


def blobs(num_classes=4, per_class=50, seed=0):
    """Return points `x` (N, 2) around centres on a circle, and their class indices `targets` (N,).

    The classes do not overlap: a linear layer can classify all of them correctly.

    >>> x, targets = blobs()
    >>> x.shape, targets.bincount().tolist()
    (torch.Size([200, 2]), [50, 50, 50, 50])
    """
    num_classes, per_class = read_count(num_classes, "num_classes"), read_count(per_class, "per_class")
    generator = torch.Generator().manual_seed(read_count(seed, "seed", 0))
    targets = torch.arange(num_classes).repeat(per_class)
    angle = 2 * math.pi * targets / num_classes
    centres = 4 * torch.stack([angle.cos(), angle.sin()], dim=1)
    noise = torch.randn(len(targets), 2, generator=generator).clamp(-3, 3)
    return centres + 0.3 * noise, targets


def train(loss, x, targets, outputs=None, steps=300, lr=20.0):
    """Train one linear layer by plain gradient steps; return its last logits and the losses before each step.

    Parameters
    ----------
    loss : a function of (logits, targets)
    x : inputs (N, features)
    targets : class indices (N,), or a row of labels each (N, L)
    outputs : how many logits; by default one a class, or one a label
    steps, lr : how many steps, and their size
    """
    x, targets = read_rows(x, "x"), read_tensor(targets, "targets")
    if targets.ndim not in (1, 2) or len(targets) != len(x):
        raise refuse("targets", targets, f"a class or a row of labels for each of {len(x)} rows", tuple(targets.shape))
    if outputs is None:
        outputs = targets.shape[1] if targets.dim() == 2 else max(1, int(targets.max()) + 1)
    outputs, steps, lr = read_count(outputs, "outputs"), read_count(steps, "steps"), read_positive(lr, "lr")
    if targets.ndim == 1:
        targets = read_indices(targets, len(x), outputs)
    weight = torch.zeros(x.shape[1], outputs, dtype=x.dtype, requires_grad=True)
    bias = torch.zeros(outputs, dtype=x.dtype, requires_grad=True)
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
    logits = read_rows(logits, "logits")
    targets = read_indices(targets, *logits.shape)
    return (logits.argmax(dim=1) == targets).float().mean().item()

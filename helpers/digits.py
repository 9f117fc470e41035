"""Handwritten digits that come with scikit-learn, 1797 pictures of 8 × 8 pixels, and a small network that learns them.

All is float64 and seeded with numbers that every machine draws alike, so that what a lesson prints does not depend on
threads or processors. Source: E. Alpaydin and C. Kaynak, UCI machine learning repository, 1998, doi 10.24432/C50P49.
"""

from typing import NamedTuple

import torch

DIGITS = tuple("0123456789")
QUESTIONS = ("has a loop", "is even", "is above 4")
LOOPS = (0, 6, 8, 9)
SIZES = {"train": 300, "validation": 700, "test": 797}


class Part(NamedTuple):
    """Pictures x (n, 64), from 0 for paper to 1 for ink, and the digits that they show (n,)."""

    x: torch.Tensor
    digits: torch.Tensor


def load(seed=0):
    """Return {"train", "validation", "test"}: three parts of the shuffled pictures, none in two of them.

    >>> {name: len(part.x) for name, part in load().items()}
    {'train': 300, 'validation': 700, 'test': 797}
    """
    from sklearn.datasets import load_digits

    pixels, digits = load_digits(return_X_y=True)
    order = torch.randperm(len(digits), generator=torch.Generator().manual_seed(seed))
    x, digits = torch.as_tensor(pixels)[order] / 16, torch.as_tensor(digits).long()[order]
    sizes = list(SIZES.values())
    return {name: Part(*each) for name, *each in zip(SIZES, x.split(sizes), digits.split(sizes))}


def answers(digits):
    """Return the multi-hot answers (n, 3), float64, to whether a digit has a loop, is even, is above 4.

    >>> answers(torch.tensor([8, 7])).tolist()
    [[1.0, 1.0, 1.0], [0.0, 0.0, 1.0]]
    """
    loop = (digits[:, None] == torch.tensor(LOOPS)).any(dim=1)
    return torch.stack([loop, digits % 2 == 0, digits > 4], dim=1).double()


class Network:
    """64 pixels → a layer of `hidden` units with ReLU → `outputs` logits; the first logits are small, as they should be.

    loudness: what the last layer's first weights are multiplied by.
    """

    def __init__(self, outputs, hidden=32, seed=0, loudness=1.0):
        generator = torch.Generator().manual_seed(seed)

        def layer(rows, columns):
            bound = rows**-0.5
            return bound * (2 * torch.rand(rows, columns, generator=generator, dtype=torch.float64) - 1)

        zeros = [torch.zeros(n, dtype=torch.float64) for n in (hidden, outputs)]
        self.parameters = [layer(64, hidden), zeros[0], loudness * layer(hidden, outputs), zeros[1]]
        for parameter in self.parameters:
            parameter.requires_grad_()

    def __call__(self, x):
        weight, bias, last_weight, last_bias = self.parameters
        return (x @ weight + bias).relu() @ last_weight + last_bias

    def step(self, loss, lr):
        """Go one step down the slope of a loss."""
        slopes = torch.autograd.grad(loss, self.parameters)
        with torch.no_grad():
            for parameter, slope in zip(self.parameters, slopes):
                parameter -= lr * slope


def train(network, loss_fn, x, targets, steps=300, lr=0.5):
    """Train on all rows at each step, and return the losses before each."""
    history = []
    for _ in range(steps):
        loss = loss_fn(network(x), targets)
        history.append(loss.item())
        network.step(loss, lr)
    return history

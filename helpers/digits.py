"""The handwritten digits of scikit-learn, 1797 pictures of 8 × 8 pixels, and the network that lesson 06 trains on them.

All is float64 and seeded with numbers that every machine draws alike, so that what a lesson prints does not depend on
threads or processors. Source: E. Alpaydin and C. Kaynak, UCI machine learning repository, 1998, doi 10.24432/C50P49.
"""

from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

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


class Network(nn.Module):
    """64 pixels (N, 64) → a layer of 32 units with ReLU → logits (N, outputs), float64."""

    def __init__(self, outputs):
        super().__init__()
        self.hidden = nn.Linear(64, 32, dtype=torch.float64)
        self.out = nn.Linear(32, outputs, dtype=torch.float64)

    def forward(self, x):
        return self.out(self.hidden(x).relu())


def train(network, loss_fn, x, targets, lr=0.5, epochs=100):
    """Train as lesson 06 does, and return the loss of each batch before its step."""
    # Drawn with a generator of its own: the order of the batches depends on nothing that ran before.
    order = torch.Generator().manual_seed(0)
    batches = DataLoader(TensorDataset(x, targets), batch_size=50, shuffle=True, generator=order)
    optimizer = torch.optim.SGD(network.parameters(), lr=lr)
    history = []
    network.train()
    for _ in range(epochs):
        for pixels, truth in batches:
            loss = loss_fn(network(pixels), truth)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            history.append(loss.item())
    network.eval()
    return history


def trained(outputs=10):
    """Return the network that lesson 06 trains, the same to rounding: 10 outputs name the digit, 3 answer `QUESTIONS`.

    >>> network, test = trained(), load()["test"]
    >>> round((network(test.x).argmax(dim=1) == test.digits).double().mean().item(), 3)
    0.941
    """
    if outputs not in (10, 3):
        raise ValueError(f"outputs: got {outputs!r}, want 10 or 3")
    learn = load()["train"]
    with torch.random.fork_rng(devices=[]):  # a layer draws its first weights from torch's one generator
        torch.manual_seed(0)
        network = Network(outputs)
    if outputs == 10:
        train(network, functional.cross_entropy, learn.x, learn.digits)
    else:
        train(network, functional.binary_cross_entropy_with_logits, learn.x, answers(learn.digits))
    return network.requires_grad_(False)

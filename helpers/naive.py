"""The textbook formulas, which break: to compare with `helpers.functions`, never to use.

Each docstring says where it breaks in float32, with the number. Most go back to two limits of
exp: e^x is inf from x = 88.7229 on, and 0 from x = −103.9721 down. (In float16 e^x is inf from
11.09 on, in float64 from 709.79 on.)
"""

import torch
from torch import Tensor


def softmax(input: Tensor, dim: int) -> Tensor:
    """Return e^x / Σ e^x along `dim`, with nothing shifted.

    Breaks: NaN where a logit reaches 88.7229 (inf / inf), and where all are below −103.972
    (0 / 0). With 1,000 equal logits the sum is inf, and every probability 0, from 81.82 on.
    Derived in notebooks/01_logit_table.ipynb.

    >>> softmax(torch.tensor([1000.0, 0.0]), dim=0)
    tensor([nan, 0.])
    """
    exps = input.exp()
    return exps / exps.sum(dim, keepdim=True)


def log_softmax(input: Tensor, dim: int) -> Tensor:
    """Return x − log Σ e^x along `dim`: unshifted, which is not the log-sum-exp trick.

    Breaks: −inf where a logit reaches 88.7229, +inf where all are below −103.972. Nothing is
    shifted.
    Derived in notebooks/04_single_label.ipynb.

    >>> log_softmax(torch.tensor([1000.0, 0.0]), dim=0)
    tensor([-inf, -inf])
    >>> log_softmax(torch.tensor([-1000.0, -1001.0]), dim=0)
    tensor([inf, inf])
    """
    return input - input.exp().sum(dim).log().unsqueeze(dim)


def sigmoid(input: Tensor) -> Tensor:
    """Return 1 / (1 + e^−x).

    Breaks: exactly 1 from x = 16.6355 on, where the truth is still another float up to 17.3286;
    exactly 0 from −88.7229 down, where e^−x is inf, the truth 2.9e-39, and the gradient NaN.
    Derived in notebooks/07_logit_sigmoid_roundtrip.ipynb.

    >>> sigmoid(torch.tensor([-100.0, 17.0]))
    tensor([0., 1.])
    """
    return 1 / (1 + torch.exp(-input))


def logit(input: Tensor) -> Tensor:
    """Return log(p / (1 − p)).

    Breaks: near p = 1/2 the quotient loses the digits that the logarithm then shows: at the float
    below 1/2 the result is half the truth. And it is +inf at p = 1, which the float32 sigmoid
    reaches at x = 16.6355: that no logit can mend.
    Derived in notebooks/07_logit_sigmoid_roundtrip.ipynb.

    >>> logit(torch.tensor([0.0, 0.5, 1.0]))
    tensor([-inf, 0., inf])
    """
    return torch.log(input / (1 - input))


def logsigmoid(input: Tensor) -> Tensor:
    """Return log(σ(x)), the logarithm of the textbook sigmoid.

    Breaks: exactly 0 from x = 16.6355 on (the truth there is −6.0e-8), −inf from −88.7229 down
    (the truth there is −88.7).
    Derived in notebooks/05_multi_label.ipynb.

    >>> logsigmoid(torch.tensor([-100.0, 17.0]))
    tensor([-inf, 0.])
    """
    return torch.log(sigmoid(input))


def nll_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """Return −log_probs[row, target], picked by plain indexing, for inputs (N, C).

    Breaks: a target of −1 silently means the last class, where torch raises IndexError; −100, which
    torch ignores, raises IndexError instead.
    Derived in notebooks/04_single_label.ipynb.

    >>> log_probs = torch.tensor([[0.25, 0.75]]).log()
    >>> print(f"{nll_loss(log_probs, torch.tensor([-1])).item():.4f}")
    0.2877
    """
    return _reduce(-input[range(len(target)), target], reduction)


def cross_entropy(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """Return the textbook nll_loss of the textbook log_softmax along the last dim, inputs (N, C).

    Breaks where they do: inf where a logit of the row reaches 88.7229, whatever the target.
    Derived in notebooks/04_single_label.ipynb.

    >>> cross_entropy(torch.tensor([[1000.0, 0.0]]), torch.tensor([0]))
    tensor(inf)
    """
    return nll_loss(log_softmax(input, -1), target, reduction)


def binary_cross_entropy(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """Return −(y·log p + (1 − y)·log(1 − p)), of probabilities p.

    Breaks: NaN for a perfect prediction (0 · log 0), inf for a p that has rounded to 1 where y = 0.
    And it broadcasts in silence: p (2, 1) against y (2,) compares every pair, and the loss below
    is 1.2040 for 0.1054.
    Derived in notebooks/05_multi_label.ipynb.

    >>> binary_cross_entropy(torch.tensor([1.0]), torch.tensor([1.0]))
    tensor(nan)
    >>> p, y = torch.tensor([[0.9], [0.1]]), torch.tensor([1.0, 0.0])
    >>> print(f"{binary_cross_entropy(p, y).item():.4f}")
    1.2040
    """
    return _reduce(-(target * torch.log(input) + (1 - target) * torch.log(1 - input)), reduction)


def binary_cross_entropy_with_logits(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """Return the textbook binary cross-entropy of the textbook sigmoid.

    Breaks: for y = 0 off by more than 1 % (first at x = 14.69), inf from 16.6355; for y = 1 inf
    from −88.7229 down; NaN on the other side of either, where the answer is sure and right.
    Derived in notebooks/05_multi_label.ipynb.

    >>> binary_cross_entropy_with_logits(torch.tensor([17.0]), torch.tensor([0.0]))
    tensor(inf)
    """
    return binary_cross_entropy(sigmoid(input), target, reduction)


def _reduce(losses: Tensor, reduction: str) -> Tensor:
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"reduction: got {reduction!r}, want 'none', 'mean' or 'sum'")
    return losses if reduction == "none" else getattr(losses, reduction)()

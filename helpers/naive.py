"""The textbook formulas, which break: for comparison with `helpers.functions`, never for use.

Each docstring says where, with the number. The limits are those of exp in each float type:
e^x overflows from 11.09 (float16), 88.72 (float32) and 709.78 (float64).
"""

import torch
from torch import Tensor


def softmax(input: Tensor, dim: int) -> Tensor:
    """Return e^x / Σ e^x along `dim`, with nothing shifted.

    Breaks: one logit from 88.73 on makes float32 exponentials inf, and inf / inf NaN; all logits
    below −103.98 make them 0, and 0 / 0 NaN.
    Derived in notebooks/01_logit_table.ipynb.

    >>> softmax(torch.tensor([1000.0, 0.0]), dim=0)
    tensor([nan, 0.])
    """
    exps = input.exp()
    return exps / exps.sum(dim, keepdim=True)


def log_softmax(input: Tensor, dim: int) -> Tensor:
    """Return x − log Σ e^x along `dim`, the article's line, which is not the log-sum-exp trick.

    Breaks: one logit from 88.73 on makes float32 results −inf; all logits below −103.98
    make them +inf.
    Derived in notebooks/05_single_label.ipynb.

    >>> log_softmax(torch.tensor([1000.0, 0.0]), dim=0)
    tensor([-inf, -inf])
    >>> log_softmax(torch.tensor([-1000.0, -1001.0]), dim=0)
    tensor([inf, inf])
    """
    return input - input.exp().sum(dim).log().unsqueeze(dim)


def sigmoid(input: Tensor) -> Tensor:
    """Return 1 / (1 + e^−x).

    Breaks: exactly 1 in float32 from 16.6355 on, so that 1 − σ is 0, and its gradient with it;
    exactly 0 below −88.7228, where e^−x is inf, though the truth, 2.9e-39, is a float; there the
    gradient is NaN.
    Derived in notebooks/04_logit_sigmoid_roundtrip.ipynb.

    >>> sigmoid(torch.tensor([-100.0, 17.0]))
    tensor([0., 1.])
    """
    return 1 / (1 + torch.exp(-input))


def logit(input: Tensor) -> Tensor:
    """Return log(p / (1 − p)).

    Breaks: +inf at p = 1, which the float32 sigmoid reaches at 16.6355; near p = 1/2 the
    quotient rounds to 1, and logit(0.5 + 2^−25) … loses its digits.
    Derived in notebooks/04_logit_sigmoid_roundtrip.ipynb.

    >>> logit(torch.tensor([0.0, 0.5, 1.0]))
    tensor([-inf, 0., inf])
    """
    return torch.log(input / (1 - input))


def logsigmoid(input: Tensor) -> Tensor:
    """Return log(σ(x)), the logarithm of the textbook sigmoid.

    Breaks: exactly 0 in float32 from 16.6355 on (the truth there is −6.0e-8); −inf below
    −88.7228 (the truth is −88.7).
    Derived in notebooks/06_multi_label.ipynb.

    >>> logsigmoid(torch.tensor([-100.0, 17.0]))
    tensor([-inf, 0.])
    """
    return torch.log(sigmoid(input))


def nll_loss(input: Tensor, target: Tensor) -> Tensor:
    """Return the mean of −log_probs[row, target], picked by plain indexing.

    Breaks: a target of −1 silently means the last class (torch raises IndexError), and −100, which
    torch ignores, is an error. For inputs (N, C) only.
    Derived in notebooks/05_single_label.ipynb.

    >>> log_probs = torch.tensor([[0.25, 0.75]]).log()
    >>> print(f"{nll_loss(log_probs, torch.tensor([-1])).item():.4f}")
    0.2877
    """
    return -input[range(len(target)), target].mean()


def cross_entropy(input: Tensor, target: Tensor) -> Tensor:
    """Return the textbook nll_loss of the textbook log_softmax along the last dimension.

    Breaks where they do: at a logit of 88.73 the loss is inf. For inputs (N, C) only.
    Derived in notebooks/05_single_label.ipynb.

    >>> cross_entropy(torch.tensor([[1000.0, 0.0]]), torch.tensor([0]))
    tensor(inf)
    """
    return nll_loss(log_softmax(input, -1), target)


def binary_cross_entropy(input: Tensor, target: Tensor) -> Tensor:
    """Return the mean of −(y·log p + (1 − y)·log(1 − p)), the article's formula.

    Breaks: NaN for a perfect prediction (0 · log 0), inf for a p that rounded to 1 against y = 0;
    and it broadcasts in silence: p (2, 1) against y (2,) compares every pair.
    Derived in notebooks/06_multi_label.ipynb.

    >>> binary_cross_entropy(torch.tensor([1.0]), torch.tensor([1.0]))
    tensor(nan)
    >>> p, y = torch.tensor([[0.9], [0.1]]), torch.tensor([1.0, 0.0])
    >>> print(f"{binary_cross_entropy(p, y).item():.4f}")
    1.2040
    """
    return -(target * torch.log(input) + (1 - target) * torch.log(1 - input)).mean()


def binary_cross_entropy_with_logits(input: Tensor, target: Tensor) -> Tensor:
    """Return the article's binary cross-entropy of the textbook sigmoid.

    Breaks: for y = 0 off by over 1 % from x = 14.69, inf from 16.6355; for y = 1 inf below
    −88.7228; NaN for a confident right answer.
    Derived in notebooks/06_multi_label.ipynb.

    >>> binary_cross_entropy_with_logits(torch.tensor([17.0]), torch.tensor([0.0]))
    tensor(inf)
    """
    return binary_cross_entropy(sigmoid(input), target)

"""The textbook formulas are right in the middle, and break exactly where their docstrings say."""

import pytest
import torch
import torch.nn.functional as F

from helpers import functions, losses, naive
from tests.as_torch import INF, NAN


def at(*values):
    return torch.tensor(values)


# --- right in the middle


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("dim", [-2, -1, 0, 1])
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_rowwise_in_the_middle(name, dim, dtype):
    logits = torch.randn((4, 5), generator=torch.Generator().manual_seed(0)).to(dtype)
    expected = getattr(functions, name)(logits, dim)
    torch.testing.assert_close(getattr(naive, name)(logits, dim), expected)


@pytest.mark.parametrize("name", ["sigmoid", "logsigmoid", "logit"])
def test_elementwise_in_the_middle(name):
    values = torch.linspace(-5, 5, 101) if name != "logit" else torch.linspace(0.01, 0.99, 99)
    torch.testing.assert_close(getattr(naive, name)(values), getattr(functions, name)(values))


# --- and broken where the docstrings say: the last good float, and the first bad one

# The limits of exp: a float that still works, and one that doesn't, both within the digits given.
LAST_FINITE, FIRST_INF = 88.7228, 88.7229
LAST_NONZERO, FIRST_ZERO = -103.972, -103.9721
LAST_ODDS, NO_ODDS = 16.6355, 16.6356  # of the textbook's sigmoid: from here on it is 1

# What is handed over where it is still finite, and where it is not, and what comes of it.
BREAKS = [
    ("softmax", (at(LAST_FINITE, 0.0), 0), (at(FIRST_INF, 0.0), 0), NAN),
    ("softmax", (at(LAST_NONZERO, LAST_NONZERO), 0), (at(FIRST_ZERO, FIRST_ZERO), 0), NAN),
    ("log_softmax", (at(LAST_FINITE, 0.0), 0), (at(FIRST_INF, 0.0), 0), -INF),
    ("log_softmax", (at(LAST_NONZERO, LAST_NONZERO), 0), (at(FIRST_ZERO, FIRST_ZERO - 1), 0), INF),
    ("logsigmoid", (at(-LAST_FINITE),), (at(-FIRST_INF),), -INF),
    ("binary_cross_entropy", (at(0.9), at(1.0)), (at(1.0), at(1.0)), NAN),
    ("binary_cross_entropy", (at(0.9), at(0.0)), (at(1.0), at(0.0)), INF),
    ("binary_cross_entropy_with_logits", (at(LAST_ODDS), at(0.0)), (at(NO_ODDS), at(0.0)), INF),
    ("binary_cross_entropy_with_logits", (at(LAST_ODDS), at(1.0)), (at(NO_ODDS), at(1.0)), NAN),
    ("binary_cross_entropy_with_logits", (at(-LAST_FINITE), at(1.0)), (at(-FIRST_INF), at(1.0)), INF),
    ("binary_cross_entropy_with_logits", (at(-LAST_FINITE), at(0.0)), (at(-FIRST_INF), at(0.0)), NAN),
]


@pytest.mark.parametrize("name, last, first, gives", BREAKS)
def test_it_breaks_between_these_two_floats_and_the_accurate_one_does_not(name, last, first, gives):
    accurate = getattr(functions, name, None) or getattr(losses, name)
    assert getattr(naive, name)(*last).isfinite().all() and accurate(*first).isfinite().all()
    assert str(getattr(naive, name)(*first).flatten()[0].item()) == str(gives)


def test_a_thousand_equal_logits_lose_their_probabilities_earlier():
    assert (naive.softmax(torch.full((1000,), 81.81), 0) > 0).all()
    assert (naive.softmax(torch.full((1000,), 81.82), 0) == 0).all()


def test_sigmoid_rounds_to_1_and_to_0_too_early():
    assert naive.sigmoid(at(LAST_ODDS)) < 1 and naive.sigmoid(at(NO_ODDS)) == 1
    assert functions.sigmoid(at(17.3286)) < 1 and functions.sigmoid(at(17.3287)) == 1
    assert functions.sigmoid(at(-FIRST_INF)).item() == pytest.approx(2.94e-39, rel=1e-3)
    leaf = at(-LAST_FINITE, -FIRST_INF).requires_grad_()
    probs = naive.sigmoid(leaf)
    probs.sum().backward()
    assert probs[0] > 0 == probs[1] and leaf.grad[0].isfinite() and leaf.grad[1].isnan()
    assert naive.logit(naive.sigmoid(at(NO_ODDS))).isposinf()


def test_what_is_lost_before_it_breaks():
    """Half of the logit next to 1/2, all of the logarithm of a sigmoid of 1, and 1 % of the loss from 14.69 on."""
    below = torch.nextafter(torch.tensor(0.5), torch.tensor(0.0))
    assert naive.logit(below).item() / functions.logit(below).item() == pytest.approx(0.5, rel=1e-6)
    assert naive.logsigmoid(at(LAST_ODDS)) < 0 and naive.logsigmoid(at(NO_ODDS)) == 0
    assert functions.logsigmoid(at(NO_ODDS)).item() == pytest.approx(-6.0e-8, rel=0.01)
    for x, is_off in ((14.0, False), (14.69, True)):
        come, true = (module.binary_cross_entropy_with_logits(at(x), at(0.0)) for module in (naive, losses))
        assert (abs(come / true - 1) > 0.01) == is_off


def test_nll_loss_takes_minus_one_for_the_last_class():
    log_probs = torch.log_softmax(torch.tensor([[0.0, 1.0, 2.0]]), 1)
    assert naive.nll_loss(log_probs, torch.tensor([-1])) == naive.nll_loss(log_probs, torch.tensor([2]))
    with pytest.raises(IndexError):
        naive.nll_loss(log_probs, torch.tensor([-100]))


def test_cross_entropy_breaks_whatever_the_target():
    rows, target = torch.tensor([[LAST_FINITE, 0.0], [FIRST_INF, 0.0]]), torch.tensor([1, 1])
    assert naive.cross_entropy(rows, target, reduction="none").tolist() == [pytest.approx(LAST_FINITE), INF]


@pytest.mark.parametrize(
    "name", ["nll_loss", "cross_entropy", "binary_cross_entropy", "binary_cross_entropy_with_logits"]
)
def test_the_mean_is_the_default(name):
    rows = torch.tensor([[0.1, 0.9], [0.7, 0.3], [0.4, 0.6]])
    target = torch.tensor([1, 1, 0]) if name in ("nll_loss", "cross_entropy") else rows.round()
    shown = getattr(naive, name)(rows, target)
    assert shown.shape == ()
    torch.testing.assert_close(shown, getattr(F, name)(rows, target))
    torch.testing.assert_close(getattr(naive, name)(rows, target, "none").mean(), shown)
    torch.testing.assert_close(getattr(naive, name)(rows, target, "sum"), 3 * shown if target.dim() == 1 else 6 * shown)
    with pytest.raises(ValueError, match="reduction: got 'avg', want 'none', 'mean' or 'sum'"):
        getattr(naive, name)(rows, target, "avg")

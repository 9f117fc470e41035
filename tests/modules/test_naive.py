"""The textbook formulas are right in the middle, and break exactly where their docstrings say."""

import pytest
import torch
import torch.nn.functional as F

from helpers import functions, losses, naive

INF = float("inf")


def next_float(x, towards):
    return torch.nextafter(torch.tensor(x), torch.tensor(towards))


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


def test_softmax_breaks():
    assert naive.softmax(at(LAST_FINITE, 0.0), 0).isfinite().all()
    assert naive.softmax(at(FIRST_INF, 0.0), 0)[0].isnan()
    assert naive.softmax(at(LAST_NONZERO, LAST_NONZERO), 0).isfinite().all()
    assert naive.softmax(at(FIRST_ZERO, FIRST_ZERO), 0).isnan().all()
    assert (naive.softmax(torch.full((1000,), 81.81), 0) > 0).all()
    assert (naive.softmax(torch.full((1000,), 81.82), 0) == 0).all()


def test_log_softmax_breaks():
    assert naive.log_softmax(at(LAST_FINITE, 0.0), 0).isfinite().all()
    assert naive.log_softmax(at(FIRST_INF, 0.0), 0).isneginf().all()
    assert naive.log_softmax(at(LAST_NONZERO, LAST_NONZERO), 0).isfinite().all()
    assert naive.log_softmax(at(FIRST_ZERO, FIRST_ZERO - 1), 0).isposinf().all()
    for row in ([1000.0, 0.0], [-1000.0, -1001.0]):
        assert functions.log_softmax(at(*row), 0).isfinite().all()


def test_sigmoid_breaks():
    assert naive.sigmoid(at(16.6355)) < 1 and naive.sigmoid(at(16.6356)) == 1
    assert functions.sigmoid(at(17.3286)) < 1 and functions.sigmoid(at(17.3287)) == 1
    assert naive.sigmoid(at(-LAST_FINITE)) > 0 and naive.sigmoid(at(-FIRST_INF)) == 0
    assert functions.sigmoid(at(-FIRST_INF)).item() == pytest.approx(2.94e-39, rel=1e-3)
    leaf = at(-LAST_FINITE, -FIRST_INF).requires_grad_()
    naive.sigmoid(leaf).sum().backward()
    assert leaf.grad[0].isfinite() and leaf.grad[1].isnan()


def test_logit_breaks():
    below = next_float(0.5, 0.0)
    assert naive.logit(below).item() / functions.logit(below).item() == pytest.approx(0.5, rel=1e-6)
    assert naive.logit(naive.sigmoid(at(16.6356))).isposinf()


def test_logsigmoid_breaks():
    assert naive.logsigmoid(at(16.6355)) < 0 and naive.logsigmoid(at(16.6356)) == 0
    assert functions.logsigmoid(at(16.6356)).item() == pytest.approx(-6.0e-8, rel=0.01)
    assert naive.logsigmoid(at(-LAST_FINITE)).isfinite() and naive.logsigmoid(at(-FIRST_INF)).isneginf()
    assert functions.logsigmoid(at(-FIRST_INF)).item() == pytest.approx(-88.7, abs=0.05)


def test_nll_loss_takes_minus_one_for_the_last_class():
    log_probs = torch.log_softmax(torch.tensor([[0.0, 1.0, 2.0]]), 1)
    assert naive.nll_loss(log_probs, torch.tensor([-1])) == naive.nll_loss(log_probs, torch.tensor([2]))
    with pytest.raises(IndexError):
        naive.nll_loss(log_probs, torch.tensor([-100]))
    for loss in (losses.nll_loss, F.nll_loss):
        with pytest.raises(IndexError):
            loss(log_probs, torch.tensor([-1]))


def test_cross_entropy_breaks():
    rows, target = torch.tensor([[LAST_FINITE, 0.0], [FIRST_INF, 0.0]]), torch.tensor([1, 1])
    assert naive.cross_entropy(rows, target, reduction="none").tolist() == [pytest.approx(LAST_FINITE), INF]


def test_binary_cross_entropy_breaks():
    assert naive.binary_cross_entropy(at(1.0), at(1.0)).isnan()
    assert naive.binary_cross_entropy(at(0.0), at(0.0)).isnan()
    assert naive.binary_cross_entropy(at(1.0), at(0.0)).isposinf()
    assert losses.binary_cross_entropy(at(1.0), at(1.0)) == 0


def test_binary_cross_entropy_with_logits_breaks():
    def relative_error(x):
        true = losses.binary_cross_entropy_with_logits(at(x), at(0.0))
        return abs(naive.binary_cross_entropy_with_logits(at(x), at(0.0)) / true - 1)

    assert relative_error(14.0) < 0.01 < relative_error(14.69)
    for x, y in ((16.6355, 0.0), (-LAST_FINITE, 1.0)):
        assert naive.binary_cross_entropy_with_logits(at(x), at(y)).isfinite()
    assert naive.binary_cross_entropy_with_logits(at(16.6356), at(0.0)).isposinf()
    assert naive.binary_cross_entropy_with_logits(at(16.6356), at(1.0)).isnan()
    assert naive.binary_cross_entropy_with_logits(at(-FIRST_INF), at(1.0)).isposinf()
    assert naive.binary_cross_entropy_with_logits(at(-FIRST_INF), at(0.0)).isnan()


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

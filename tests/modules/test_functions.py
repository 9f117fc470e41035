"""The helpers' softmax and sigmoid family against torch: values, gradients, shapes, dtypes, errors."""

from functools import partial
from itertools import product

import pytest
import torch
import torch.nn.functional as F

from bench.accuracy import ROW_KINDS, draw_rows
from helpers import functions
from tests.as_torch import FLOATS, HALVES, INF, NAN, assert_same_outcome, draw, value_and_grad, value_class

ROWWISE = {"softmax": torch.softmax, "log_softmax": torch.log_softmax}
ELEMENTWISE = {"sigmoid": torch.sigmoid, "logsigmoid": F.logsigmoid, "logit": torch.logit}
SHAPES = [(), (1,), (5,), (3, 4), (2, 3, 4), (2, 3, 2, 5), (0,), (0, 3), (3, 0), (2, 0, 3), (2, 3, 0)]


def assert_few_ulp(ours, theirs, case, ulps=8, scale=0.0):
    """Assert a relative difference of a few ulp; scale > 0 allows the same times scale, absolutely."""
    tolerance = ulps * torch.finfo(theirs.dtype).eps
    options = {"rtol": tolerance, "atol": tolerance * scale}
    torch.testing.assert_close(ours, theirs, **options, msg=lambda message: f"{case}: {message}")


def assert_same_class(ours, theirs, case):
    """Assert inf, −inf and NaN in the same places, and the same finite values elsewhere."""
    different = (value_class(ours) != value_class(theirs)).nonzero()
    assert not len(different), f"{case}: first at {different[0].tolist()}: {ours} for {theirs}"
    finite = theirs.isfinite()
    assert_few_ulp(ours[finite], theirs[finite], case, ulps=4)


# --- ordinary input: torch's values and gradients


@pytest.mark.parametrize("name", ROWWISE)
def test_rowwise_agrees_with_torch_in_every_dim(name):
    ours, theirs = getattr(functions, name), ROWWISE[name]
    for shape, dtype in product(SHAPES, FLOATS):
        values = draw(shape, dtype, scale=1.0)
        for dim in range(-max(len(shape), 1), max(len(shape), 1)):
            value, grad = value_and_grad(partial(ours, dim=dim), values)
            their_value, their_grad = value_and_grad(partial(theirs, dim=dim), values)
            case = f"shape {shape}, dim {dim}"
            assert_few_ulp(
                value, their_value, case, scale=float(name == "log_softmax")
            )  # torch loses a winner's digits
            assert_few_ulp(grad, their_grad, f"gradient, {case}", scale=2.0)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_elementwise_agrees_with_torch(name):
    for shape, dtype in product(SHAPES, FLOATS):
        values = torch.sigmoid(draw(shape, dtype)) if name == "logit" else draw(shape, dtype)
        ours, our_grad = value_and_grad(getattr(functions, name), values)
        theirs, their_grad = value_and_grad(ELEMENTWISE[name], values)
        assert_few_ulp(ours, theirs, shape, scale=float(name == "logit"))  # torch's logit loses digits near 1/2
        assert_few_ulp(our_grad, their_grad, f"gradient, {shape}", ulps=64)  # torch's σ(1 − σ) loses digits


@pytest.mark.parametrize("name", ROWWISE)
def test_memory_layout_does_not_matter(name):
    values = draw((6, 8), torch.float32)
    for dim, view in product((0, 1), (values.T, values[::2, 1::3], values[:1].expand(4, 8))):
        expected = getattr(functions, name)(view.contiguous(), dim)
        assert_few_ulp(getattr(functions, name)(view, dim), expected, f"dim {dim}, strides {view.stride()}", ulps=4)


def test_input_is_left_alone():
    values = draw((3, 4))
    before = values.clone()
    for name in ROWWISE:
        getattr(functions, name)(values, 1)
    for name in ELEMENTWISE:
        getattr(functions, name)(values)
    assert torch.equal(values, before)


# --- gradients: closed forms where a finite difference would miss, gradcheck elsewhere


GRADIENT_POINTS = [
    [0.0, 0.0, 0.0],
    [1.0, 1.0, -2.0],
    [0.3, -1.2, 2.5],
    [15.0, 0.0, 0.0],
    [-20.0, -20.0, -19.0],
    [1000.0, 999.0, 998.0],
]


@pytest.mark.parametrize("name", ROWWISE)
def test_rowwise_gradcheck(name):
    """Ties included, of the largest too."""
    points = torch.tensor(GRADIENT_POINTS, dtype=torch.float64)
    for dim, rows in ((1, points), (0, points.T)):
        leaf = rows.clone().requires_grad_()
        assert torch.autograd.gradcheck(partial(getattr(functions, name), dim=dim), leaf)
        assert torch.autograd.gradgradcheck(partial(getattr(functions, name), dim=dim), leaf)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_elementwise_gradcheck(name):
    """Where the branches meet too."""
    points = [-30.0, -5.0, -1.0, 0.0, 0.5, 3.0, 15.0] if name != "logit" else [0.05, 0.25, 0.3, 0.5, 0.6, 0.75, 0.9]
    points = torch.tensor(points, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(getattr(functions, name), points)
    assert torch.autograd.gradgradcheck(getattr(functions, name), points)


@pytest.mark.parametrize("dtype", FLOATS + HALVES)
def test_extreme_gradients_are_finite_and_right(dtype):
    extremes = torch.tensor([-1000.0, -100.0, -20.0, 20.0, 100.0, 1000.0, INF, -INF], dtype=dtype)
    for name, expected in {"sigmoid": [0.0] * 8, "logsigmoid": [1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0]}.items():
        leaf = extremes.clone().requires_grad_()
        getattr(functions, name)(leaf).sum().backward()
        torch.testing.assert_close(leaf.grad, torch.tensor(expected, dtype=dtype), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", ROWWISE)
def test_gradients_beside_a_masked_logit_are_torch_s(name):
    for row in ([0.0, -INF], [-INF, 1.0, 1.0], [1000.0, -1000.0], [3e38, -3e38], [-3e38, 3e38, 3e38]):
        ours, theirs = (
            torch.autograd.functional.jacobian(partial(function, dim=0), torch.tensor(row))
            for function in (getattr(functions, name), ROWWISE[name])
        )
        torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-30)


def test_elementwise_gradients_keep_their_digits():
    """To 4 eps of the closed forms, where torch's are off by up to 100 %."""
    x = torch.cat([torch.linspace(-87, 87, 20_001), torch.linspace(-1, 1, 2_001)])
    z = torch.exp(-x.double().abs())
    sigma, complement = torch.where(x > 0, 1, z) / (1 + z), torch.where(x > 0, z, 1) / (1 + z)
    p = torch.linspace(1e-6, 1 - 1e-6, 20_001)
    for name, values, slope in (
        ("sigmoid", x, sigma * complement),
        ("logsigmoid", x, complement),
        ("logit", p, 1 / (p.double() * (1 - p.double()))),
    ):
        leaf = values.clone().requires_grad_()
        getattr(functions, name)(leaf).sum().backward()
        torch.testing.assert_close(leaf.grad.double(), slope, rtol=4 * 2**-23, atol=0)


@pytest.mark.parametrize("size", [1, 2, 5, 33, 1000])
def test_rowwise_gradients_keep_their_digits(size):
    """Jacobians to 8 eps, entry by entry: p_j (δ_jk − p_k), and δ_jk − p_k for log_softmax."""
    for kind in ROW_KINDS:
        check_rowwise_gradients(kind, size)


def check_rowwise_gradients(kind, size):
    logits = draw_rows(kind, 60, size, torch.Generator().manual_seed(0), torch.float32)
    rows, picked = torch.arange(60), torch.arange(60) % size
    wide = logits.double()
    top, winner = wide.max(1, keepdim=True)
    exps = (wide - top).exp()
    rest = exps.scatter(1, winner, 0.0).sum(1, keepdim=True)
    probs, complements = exps / (1 + rest), 1 - exps / (1 + rest)
    complements = complements.scatter(1, winner, rest / (1 + rest))  # 1 − p without cancellation
    slopes = -probs
    slopes[rows, picked] = complements[rows, picked]
    for name, expected in (("log_softmax", slopes), ("softmax", slopes * probs[rows, picked][:, None])):
        leaf = logits.clone().requires_grad_()
        values = getattr(functions, name)(leaf, 1)
        values[rows, picked][values[rows, picked].isfinite()].sum().backward()
        kept = (expected.abs() > 1e-35) & logits[rows, picked].isfinite()[:, None]
        assert_few_ulp(leaf.grad[kept], expected[kept].float(), f"{name}, {kind}", ulps=8.5)


def test_logit_gradient_at_the_ends_and_under_the_clamp():
    probs = torch.tensor([0.0, 0.05, 0.1, 0.5, 0.9, 0.95, 1.0])
    for eps in (None, 0.1):
        _, ours = value_and_grad(lambda x: functions.logit(x, eps), probs)  # noqa: B023
        _, theirs = value_and_grad(lambda x: torch.logit(x, eps), probs)  # noqa: B023
        torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=0)


# --- special values: the same class as torch's


@pytest.mark.parametrize("name", ROWWISE)
def test_special_rows_have_torch_s_value_class(name):
    for dtype, size in product(FLOATS + HALVES, (1, 2, 3, 4)):
        entries = [-INF, INF, NAN, 0.0, 1.0, torch.finfo(dtype).max, torch.finfo(dtype).min]
        rows = torch.tensor(list(product(entries, repeat=size)), dtype=dtype)
        for values, dim in ((rows, 1), (rows.T, 0)):
            ours, theirs = getattr(functions, name)(values, dim), ROWWISE[name](values, dim)
            assert_same_class(ours, theirs, f"{dtype}, dim {dim}")


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_special_elements_have_torch_s_value_class(name):
    for dtype in FLOATS + HALVES:
        info = torch.finfo(dtype)
        values = [-INF, INF, NAN, 0.0, -0.0, 1.0, -1.0, 2.0, info.max, info.min, info.tiny, -info.tiny]
        values = torch.tensor(values, dtype=dtype)
        ours, theirs = getattr(functions, name)(values), ELEMENTWISE[name](values)
        assert torch.equal(value_class(ours), value_class(theirs)), dtype
        for eps in (0.0, 1e-6, 0.1, 0.5) if name == "logit" else ():
            ours, theirs = functions.logit(values, eps), torch.logit(values, eps)
            assert torch.equal(value_class(ours), value_class(theirs)), (dtype, eps)
            finite = theirs.isfinite()
            torch.testing.assert_close(ours[finite], theirs[finite], rtol=max(1e-6, info.eps), atol=1e-6)


# --- dtypes


@pytest.mark.parametrize("name", ROWWISE)
def test_dtype_argument_casts_first(name):
    for given, dtype in product((torch.int64, torch.bool, torch.float32, torch.float16), FLOATS + HALVES):
        values = torch.tensor([0, 1, 1, 0]).to(given)
        ours, theirs = getattr(functions, name)(values, 0, dtype=dtype), ROWWISE[name](values, 0, dtype=dtype)
        assert_few_ulp(ours, theirs, f"{given} as {dtype}", ulps=4)


def test_promotion_follows_the_default_dtype():
    torch.set_default_dtype(torch.float64)
    try:
        assert functions.sigmoid(torch.tensor([1])).dtype == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


# --- errors: torch's type, and a message that names the argument, what came and what is wanted

ROW = torch.tensor([1.0, 2.0])
NO_LOGITS = [[1.0], 1.0, None, ROW.long(), ROW > 1, ROW.to(torch.complex64)]


@pytest.mark.parametrize("name", ROWWISE)
def test_rowwise_mistakes_raise_as_torch_does(name):
    """Of dims that there are not test_properties has all."""
    for input, dim, dtype in [
        *((each, 0, None) for each in NO_LOGITS),
        *((ROW, each, None) for each in (None, 0.5, True, 1)),
        *((ROW, 0, each) for each in ("float32", torch.float16)),
    ]:
        assert_same_outcome(getattr(functions, name), ROWWISE[name], input=input, dim=dim, dtype=dtype)
    with pytest.raises(NotImplementedError, match=f"^{name}: input must be floating point, not torch.int64"):
        getattr(functions, name)(ROW, 0, dtype=torch.int64)
    with pytest.raises(IndexError, match=rf"^{name}: dim must lie in \[-2, 1\] for an input with 2 dimensions, not 2"):
        getattr(functions, name)(ROW[None], 2)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_elementwise_mistakes_raise_as_torch_does(name):
    """But one: torch computes a sigmoid of complex logits, and no lesson wants it."""
    for input in NO_LOGITS[: 5 if name == "sigmoid" else 6]:
        assert_same_outcome(getattr(functions, name), ELEMENTWISE[name], input=input)
    with pytest.raises(NotImplementedError, match=f"^{name}: input must be (real|floating point), not torch.complex64"):
        getattr(functions, name)(NO_LOGITS[-1])


@pytest.mark.parametrize("eps", [-1.0, 0.6, NAN])
def test_a_clamp_that_leaves_no_probability_is_refused(eps):
    with pytest.raises(RuntimeError, match=r"logit: eps must lie in \[0, 0.5\], not " + str(eps)):
        functions.logit(ROW, eps)


def test_a_clamp_is_given_as_torch_s():
    for eps in ("small", None, 0.1):
        assert_same_outcome(functions.logit, torch.logit, input=ROW / 3, eps=eps)

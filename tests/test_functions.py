"""The helpers' softmax and sigmoid family against torch: values, gradients, shapes, dtypes, errors."""

import re
from itertools import product

import pytest
import torch
import torch.nn.functional as F

from bench.accuracy import ROW_KINDS, draw_rows
from helpers import functions
from helpers.ulp import ulp_error

INF, NAN = float("inf"), float("nan")
FLOATS = (torch.float32, torch.float64)
HALVES = (torch.float16, torch.bfloat16)
ROWWISE = {"softmax": torch.softmax, "log_softmax": torch.log_softmax}
ELEMENTWISE = {"sigmoid": torch.sigmoid, "logsigmoid": F.logsigmoid, "logit": torch.logit}
SHAPES = [(), (1,), (5,), (3, 4), (2, 3, 4), (2, 3, 2, 5), (0,), (0, 3), (3, 0), (2, 0, 3), (2, 3, 0)]


def draw(shape, dtype=torch.float64, scale=2.0, seed=0):
    """Return normal logits that don't depend on the CPU level: drawn in float64, then rounded."""
    return (torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * scale).to(dtype)


def value_and_grad(function, values):
    leaf = values.clone().requires_grad_()
    result = function(leaf)
    (grad,) = torch.autograd.grad((result * draw(result.shape, result.dtype, seed=9)).sum(), leaf)
    return result.detach(), grad


def assert_few_ulp(ours, theirs, ulps=8, scale=0.0):
    """Assert a relative difference of a few ulp; scale > 0 allows the same times scale, absolutely."""
    eps = torch.finfo(theirs.dtype).eps
    torch.testing.assert_close(ours, theirs, rtol=ulps * eps, atol=ulps * eps * scale)


def value_class(tensor):
    """Return 0 where finite, 1 for +inf, −1 for −inf, 2 for NaN."""
    return torch.where(tensor.isnan(), 2, tensor.isposinf().int() - tensor.isneginf().int())


# --- ordinary input: torch's values and gradients


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ROWWISE)
def test_rowwise_agrees_with_torch_in_every_dim(name, shape, dtype):
    values = draw(shape, dtype, scale=1.0)
    for dim in range(-max(len(shape), 1), max(len(shape), 1)):
        ours, our_grad = value_and_grad(lambda x: getattr(functions, name)(x, dim), values)  # noqa: B023
        theirs, their_grad = value_and_grad(lambda x: ROWWISE[name](x, dim), values)  # noqa: B023
        assert ours.dtype == dtype
        assert_few_ulp(ours, theirs, scale=float(name == "log_softmax"))  # torch loses digits of a winner's
        assert_few_ulp(our_grad, their_grad, scale=2.0)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_elementwise_agrees_with_torch(name, shape, dtype):
    values = draw(shape, dtype)
    if name == "logit":
        values = torch.sigmoid(values)
    ours, our_grad = value_and_grad(getattr(functions, name), values)
    theirs, their_grad = value_and_grad(ELEMENTWISE[name], values)
    assert ours.dtype == dtype
    assert_few_ulp(ours, theirs, scale=float(name == "logit"))  # torch's logit loses digits near 1/2
    assert_few_ulp(our_grad, their_grad, ulps=64)  # torch's σ(1 − σ) loses digits


@pytest.mark.parametrize("layout", ["transposed", "strided", "expanded"])
@pytest.mark.parametrize("name", ROWWISE)
def test_memory_layout_does_not_matter(name, layout):
    values = draw((6, 8), torch.float32)
    view = {"transposed": values.T, "strided": values[::2, 1::3], "expanded": values[:1].expand(4, 8)}[layout]
    for dim in (0, 1):
        expected = getattr(functions, name)(view.contiguous(), dim)
        torch.testing.assert_close(getattr(functions, name)(view, dim), expected, rtol=4e-7, atol=0)


def test_input_is_left_alone():
    values = draw((3, 4))
    before = values.clone()
    for name in ROWWISE:
        getattr(functions, name)(values, 1)
    for name in ELEMENTWISE:
        getattr(functions, name)(values)
    assert torch.equal(values, before)
    empty = torch.zeros(0)
    assert functions.softmax(empty, 0).data_ptr() is not None and functions.softmax(empty, 0) is not empty


# --- where torch itself is wrong by 100 %


def test_log_softmax_of_a_sure_winner_where_torch_returns_zero():
    logits = torch.tensor([0.0, -20.0])
    assert F.log_softmax(logits, 0)[0] == 0
    assert functions.log_softmax(logits, 0)[0].item() == pytest.approx(-2.0611536e-09, rel=2e-7)


def test_sigmoid_of_minus_100_where_torch_returns_zero():
    logits = torch.tensor([-100.0]).repeat(64)
    assert (torch.sigmoid(logits) == 0).any()
    assert functions.sigmoid(logits).tolist() == pytest.approx([3.783506e-44] * 64, rel=0.02)  # subnormal: 27 · 2^−149


def test_gradient_of_sigmoid_where_torch_returns_zero():
    assert value_and_grad(torch.sigmoid, torch.tensor([20.0]))[1] == 0
    _, grad = value_and_grad(functions.sigmoid, torch.tensor([20.0]))
    weight = draw((1,), torch.float32, seed=9).item()
    assert grad.item() == pytest.approx(2.0611536e-09 * weight, rel=1e-6)


@pytest.mark.parametrize("name", ROWWISE)
def test_gradient_of_a_sure_winner_where_torch_returns_zero(name):
    logits = torch.tensor([0.0, -20.0, -21.0])

    def slope(function):
        leaf = logits.clone().requires_grad_()
        function(leaf, 0)[0].backward()
        return leaf.grad.tolist()

    others = [-2.0611536e-09, -7.5825604e-10]
    assert slope(ROWWISE[name])[0] == 0
    assert slope(getattr(functions, name)) == pytest.approx([-sum(others), *others], rel=4e-7)


def test_logit_near_one_half_where_torch_loses_digits():
    probs = torch.tensor([0.5 + 2**-24])
    assert functions.logit(probs).item() == 2**-22
    assert abs(torch.logit(probs).item() / 2**-22 - 1) < 1  # torch's is of the right size only


def test_a_sum_of_a_thousand_terms_loses_no_digits():
    """The winner's probability is 1/(1 + rest), so that its error is the sum's: 2.2 ulp if merely pairwise."""
    logits = draw((100, 1000), torch.float32, scale=0.5)
    true, winner = torch.softmax(logits.double(), 1).max(1, keepdim=True)
    assert (ulp_error(functions.softmax(logits, 1).gather(1, winner), true) <= 1.6).all()


def test_every_formula_is_used_where_it_is_the_better_one():
    """Within the ulps that the docstrings promise, where the other branch's formula would lose more."""
    p, x = torch.linspace(0.3, 0.7, 4001), torch.linspace(0.01, 1, 2001)
    for ours, true, ulps in (
        (functions.logit(p), 2 * torch.atanh(2 * p.double() - 1), 3),
        (functions.logsigmoid(x), -torch.log1p(torch.exp(-x.double())), 1.6),
    ):
        assert (ulp_error(ours, true) <= ulps).all()


# --- gradients: closed forms where a finite difference would miss, gradcheck elsewhere


def derivatives(function, at, order):
    point = torch.tensor(at, dtype=torch.float64, requires_grad=True)
    result = function(point)
    for _ in range(order):
        (result,) = torch.autograd.grad(result, point, create_graph=True)
    return result.item()


@pytest.mark.parametrize(
    ("name", "at", "values"),
    [
        ("sigmoid", 0.0, [0.5, 0.25, 0.0, -0.125]),
        ("logsigmoid", 0.0, [-0.6931471805599453, 0.5, -0.25, 0.0]),
        ("logit", 0.5, [0.0, 4.0, 0.0, 32.0]),
        ("logit", 0.25, [-1.0986122886681098, 16 / 3, -128 / 9]),
        ("logit", 0.75, [1.0986122886681098, 16 / 3, 128 / 9]),
    ],
)
def test_derivatives_where_the_branches_meet(name, at, values):
    for order, expected in enumerate(values):
        assert derivatives(getattr(functions, name), at, order) == pytest.approx(expected, rel=1e-14, abs=1e-15)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8])
def test_gradients_of_equal_logits(size):
    ties = torch.full((size,), 3.0, dtype=torch.float64)
    softmax_jacobian = torch.autograd.functional.jacobian(lambda x: functions.softmax(x, 0), ties)
    log_jacobian = torch.autograd.functional.jacobian(lambda x: functions.log_softmax(x, 0), ties)
    identity, uniform = torch.eye(size, dtype=torch.float64), torch.full((size, size), 1 / size, dtype=torch.float64)
    torch.testing.assert_close(log_jacobian, identity - uniform, rtol=1e-14, atol=1e-15)
    torch.testing.assert_close(softmax_jacobian, (identity - uniform) / size, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("row", [[2.0, 2.0, 1.0], [1.0, 2.0, 2.0], [0.0, 0.0], [5.0, -5.0, 5.0, 5.0]])
def test_second_derivatives_of_tied_logits(row):
    """The Hessian of log_softmax's entries is −(diag p − p pᵀ), ties or not."""
    logits = torch.tensor(row, dtype=torch.float64)
    probs = torch.softmax(logits, 0)
    for k in range(len(row)):
        hessian = torch.autograd.functional.hessian(lambda x: functions.log_softmax(x, 0)[k], logits)  # noqa: B023
        torch.testing.assert_close(hessian, torch.outer(probs, probs) - probs.diag(), rtol=1e-12, atol=1e-15)


GRADIENT_POINTS = [
    [0.0, 0.0, 0.0],
    [1.0, 1.0, -2.0],
    [0.3, -1.2, 2.5],
    [15.0, 0.0, 0.0],
    [-20.0, -20.0, -19.0],
    [1000.0, 999.0, 998.0],
]


@pytest.mark.parametrize("name", ROWWISE)
@pytest.mark.parametrize("dim", [0, 1])
def test_rowwise_gradcheck(name, dim):
    points = torch.tensor(GRADIENT_POINTS, dtype=torch.float64, requires_grad=True)
    points = points if dim else points.T.detach().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: getattr(functions, name)(x, dim), points)
    assert torch.autograd.gradgradcheck(lambda x: getattr(functions, name)(x, dim), points)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_elementwise_gradcheck(name):
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
@pytest.mark.parametrize("row", [[0.0, -INF], [-INF, 1.0, 1.0], [1000.0, -1000.0], [3e38, -3e38], [-3e38, 3e38, 3e38]])
def test_gradients_beside_a_masked_logit_are_torch_s(name, row):
    values = torch.tensor(row)
    for k in range(len(row)):
        _, ours = value_and_grad(lambda x: getattr(functions, name)(x, 0)[k : k + 1], values)  # noqa: B023
        _, theirs = value_and_grad(lambda x: ROWWISE[name](x, 0)[k : k + 1], values)  # noqa: B023
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


@pytest.mark.parametrize("kind", ROW_KINDS)
@pytest.mark.parametrize("size", [1, 2, 5, 33, 1000])
def test_rowwise_gradients_keep_their_digits(kind, size):
    """Jacobians to 8 eps, entry by entry: p_j (δ_jk − p_k), and δ_jk − p_k for log_softmax."""
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
        torch.testing.assert_close(leaf.grad.double()[kept], expected[kept], rtol=8 * 2**-23, atol=0)


def test_logit_gradient_at_the_ends_and_under_the_clamp():
    probs = torch.tensor([0.0, 0.05, 0.1, 0.5, 0.9, 0.95, 1.0])
    for eps in (None, 0.1):
        _, ours = value_and_grad(lambda x: functions.logit(x, eps), probs)  # noqa: B023
        _, theirs = value_and_grad(lambda x: torch.logit(x, eps), probs)  # noqa: B023
        torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=0)


# --- special values: the same class as torch's


@pytest.mark.parametrize("dtype", FLOATS + HALVES)
@pytest.mark.parametrize("name", ROWWISE)
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_special_rows_have_torch_s_value_class(name, size, dtype):
    entries = [-INF, INF, NAN, 0.0, 1.0, torch.finfo(dtype).max, torch.finfo(dtype).min]
    rows = torch.tensor(list(product(entries, repeat=size)), dtype=dtype)
    for values, dim in ((rows, 1), (rows.T, 0)):
        ours, theirs = getattr(functions, name)(values, dim), ROWWISE[name](values, dim)
        assert torch.equal(value_class(ours), value_class(theirs))
        finite = theirs.isfinite()
        torch.testing.assert_close(ours[finite], theirs[finite], rtol=4 * torch.finfo(dtype).eps, atol=0)


@pytest.mark.parametrize("dtype", FLOATS + HALVES)
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_special_elements_have_torch_s_value_class(name, dtype):
    info = torch.finfo(dtype)
    values = [
        -INF,
        INF,
        NAN,
        0.0,
        -0.0,
        1.0,
        -1.0,
        2.0,
        info.max,
        info.min,
        info.tiny,
        -info.tiny,
        info.smallest_normal,
    ]
    values = torch.tensor(values, dtype=dtype)
    ours, theirs = getattr(functions, name)(values), ELEMENTWISE[name](values)
    assert torch.equal(value_class(ours), value_class(theirs))
    if name == "logit":
        for eps in (0.0, 1e-6, 0.1, 0.5):
            ours, theirs = functions.logit(values, eps), torch.logit(values, eps)
            assert torch.equal(value_class(ours), value_class(theirs))
            finite = theirs.isfinite()
            torch.testing.assert_close(ours[finite], theirs[finite], rtol=max(1e-6, info.eps), atol=1e-6)


# --- dtypes


@pytest.mark.parametrize("dtype", HALVES)
def test_half_types_are_rounded_once(dtype):
    values = draw((50, 7), torch.float64, scale=3).to(dtype)
    for name in ROWWISE:
        ours, exact = getattr(functions, name)(values, 1), getattr(functions, name)(values.double(), 1)
        assert ours.dtype == dtype
        assert (ours == exact.to(dtype)).float().mean() > 0.99
    for name in ("sigmoid", "logsigmoid"):
        ours, exact = getattr(functions, name)(values), getattr(functions, name)(values.double())
        assert ours.dtype == dtype
        assert (ours == exact.to(dtype)).float().mean() > 0.99


@pytest.mark.parametrize("name", ROWWISE)
@pytest.mark.parametrize("dtype", FLOATS + HALVES)
@pytest.mark.parametrize("given", [torch.int64, torch.uint8, torch.bool, torch.float32, torch.float16])
def test_dtype_argument_casts_first(name, dtype, given):
    values = torch.tensor([0, 1, 1, 0]).to(given)
    ours, theirs = getattr(functions, name)(values, 0, dtype=dtype), ROWWISE[name](values, 0, dtype=dtype)
    assert ours.dtype == theirs.dtype == dtype
    torch.testing.assert_close(ours, theirs, rtol=4 * torch.finfo(dtype).eps, atol=0)


@pytest.mark.parametrize("name", ["sigmoid", "logit"])
@pytest.mark.parametrize("dtype", [torch.int64, torch.int32, torch.uint8, torch.bool])
def test_integers_are_promoted_as_torch_promotes(name, dtype):
    values = torch.tensor([0, 1]).to(dtype)
    ours, theirs = getattr(functions, name)(values), ELEMENTWISE[name](values)
    assert ours.dtype == theirs.dtype == torch.float32
    torch.testing.assert_close(ours, theirs, rtol=4e-7, atol=0)


def test_promotion_follows_the_default_dtype():
    torch.set_default_dtype(torch.float64)
    try:
        assert functions.sigmoid(torch.tensor([1])).dtype == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


# --- errors: torch's type, and a message that names the argument, what came and what is wanted

FLOAT_ROW, INT_ROW, COMPLEX_ROW = torch.tensor([1.0, 2.0]), torch.tensor([1, 2]), torch.tensor([1j, 2.0])
ROWWISE_MISTAKES = [
    (([1.0, 2.0], 0), {}, ["input", "Tensor", "list"]),
    ((1.0, 0), {}, ["input", "Tensor", "float"]),
    ((None, 0), {}, ["input", "Tensor", "NoneType"]),
    ((FLOAT_ROW,), {}, ["dim"]),
    ((FLOAT_ROW, None), {}, ["dim", "int", "NoneType"]),
    ((FLOAT_ROW, 0.5), {}, ["dim", "int", "float"]),
    ((FLOAT_ROW, True), {}, ["dim", "int", "bool"]),
    ((FLOAT_ROW, 1), {}, ["dim", "[-1, 0]", "not 1"]),
    ((FLOAT_ROW, -2), {}, ["dim", "[-1, 0]", "not -2"]),
    ((torch.tensor(1.0), 1), {}, ["dim", "[-1, 0]", "not 1"]),
    ((torch.zeros(3, 0), 2), {}, ["dim", "[-2, 1]", "not 2"]),
    ((INT_ROW, 0), {}, ["input", "floating point", "int64"]),
    ((INT_ROW > 1, 0), {}, ["input", "floating point", "bool"]),
    ((COMPLEX_ROW, 0), {}, ["input", "floating point", "complex64"]),
    ((FLOAT_ROW, 0), {"dtype": "float32"}, ["dtype", "torch.dtype", "str"]),
    ((FLOAT_ROW, 0), {"dtype": torch.int64}, ["input", "floating point", "int64"]),
]
ELEMENTWISE_MISTAKES = [
    ("sigmoid", ([1.0],), ["input", "Tensor", "list"]),
    ("sigmoid", (1.0,), ["input", "Tensor", "float"]),
    ("logsigmoid", ([1.0],), ["input", "Tensor", "list"]),
    ("logsigmoid", (INT_ROW,), ["input", "floating point", "int64"]),
    ("logsigmoid", (INT_ROW > 1,), ["input", "floating point", "bool"]),
    ("logsigmoid", (COMPLEX_ROW,), ["input", "floating point", "complex64"]),
    ("logit", ([0.5],), ["input", "Tensor", "list"]),
    ("logit", (COMPLEX_ROW,), ["input", "real", "complex64"]),
    ("logit", (FLOAT_ROW, "small"), ["eps", "float", "str"]),
]


def assert_same_mistake(name, theirs, args, kwargs, words):
    with pytest.raises(Exception) as their_error:
        theirs(*args, **kwargs)
    with pytest.raises(their_error.type) as our_error:
        getattr(functions, name)(*args, **kwargs)
    assert our_error.type is their_error.type
    assert re.match(
        rf"{name}: {words[0]} must |\w*{name}\w*\(\) missing", str(our_error.value)
    )  # the latter is Python's
    for word in words:
        assert word in str(our_error.value)


@pytest.mark.parametrize(("args", "kwargs", "words"), ROWWISE_MISTAKES)
@pytest.mark.parametrize("name", ROWWISE)
def test_rowwise_mistakes_raise_as_torch_does(name, args, kwargs, words):
    assert_same_mistake(name, ROWWISE[name], args, kwargs, words)


@pytest.mark.parametrize(("name", "args", "words"), ELEMENTWISE_MISTAKES)
def test_elementwise_mistakes_raise_as_torch_does(name, args, words):
    assert_same_mistake(name, ELEMENTWISE[name], args, {}, words)


def test_integer_logits_raise_a_runtime_error():
    with pytest.raises(RuntimeError, match="softmax: input must be floating point, not torch.int64"):
        functions.softmax(INT_ROW, 0)


@pytest.mark.parametrize("eps", [-1.0, 0.6, NAN])
def test_a_clamp_that_leaves_no_probability_is_refused(eps):
    with pytest.raises(RuntimeError, match=r"logit: eps must lie in \[0, 0.5\], not " + str(eps)):
        functions.logit(FLOAT_ROW, eps)


def test_sigmoid_of_complex_logits_is_refused():
    """The one deviation: torch computes it, and no lesson wants it."""
    with pytest.raises(NotImplementedError, match="sigmoid: input must be real, not torch.complex64"):
        functions.sigmoid(COMPLEX_ROW)


def test_keywords_are_torch_s():
    torch.testing.assert_close(
        functions.softmax(input=FLOAT_ROW, dim=0, dtype=None), torch.softmax(input=FLOAT_ROW, dim=0)
    )
    torch.testing.assert_close(
        functions.log_softmax(input=FLOAT_ROW, dim=-1), torch.log_softmax(input=FLOAT_ROW, dim=-1)
    )
    torch.testing.assert_close(functions.sigmoid(input=FLOAT_ROW), torch.sigmoid(input=FLOAT_ROW))
    torch.testing.assert_close(functions.logit(input=FLOAT_ROW / 3, eps=0.1), torch.logit(input=FLOAT_ROW / 3, eps=0.1))
    torch.testing.assert_close(functions.logsigmoid(input=FLOAT_ROW), F.logsigmoid(input=FLOAT_ROW))

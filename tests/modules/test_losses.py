"""The helpers' losses against torch: values, gradients, reductions, special values, errors."""

import inspect
import math
import re
from itertools import product

import pytest
import torch
import torch.nn.functional as F

from helpers import functions, losses
from tests.as_torch import FLOATS, HALVES, INF, NAN, assert_same_outcome, draw, value_and_grad, value_class

REDUCTIONS = ("none", "mean", "sum")
SHAPES = [(5,), (1,), (4, 5), (1, 5), (4, 1), (2, 3, 4), (2, 3, 4, 2), (2, 3, 2, 2, 2), (0, 3), (2, 3, 0)]


def class_dim(shape):
    return 0 if len(shape) == 1 else 1


def draw_classes(shape, seed=1):
    """Return a class index for every row of logits of this shape."""
    rows = [size for dim, size in enumerate(shape) if dim != class_dim(shape)]
    return torch.randint(shape[class_dim(shape)], rows, generator=torch.Generator().manual_seed(seed))


def draw_uniform(shape, dtype=torch.float64, seed=2):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def assert_agrees(name, values, *args, ulps=16, **kwargs):
    """Assert that value, shape, dtype and gradient are torch's, to a few ulp of the largest terms."""
    ours, theirs = (
        value_and_grad(lambda x: getattr(module, name)(x, *args, **kwargs), values)  # noqa: B023
        for module in (losses, F)
    )
    options = {"rtol": ulps * torch.finfo(values.dtype).eps, "atol": ulps * torch.finfo(values.dtype).eps}
    case = f"{name} for {tuple(values.shape)}, {kwargs}"
    torch.testing.assert_close(ours, theirs, **options, equal_nan=True, msg=lambda message: f"{case}: {message}")


def assert_same_class(name, *args, **kwargs):
    """Assert inf, −inf and NaN where torch's loss has them."""
    found = (value_class(getattr(module, name)(*args, **kwargs)) for module in (losses, F))
    assert torch.equal(*found), (name, args, kwargs)


# --- single-label: torch's values and gradients


def batches(shapes=SHAPES):
    """Yield logits, class weights or None, and a reduction, of every kind."""
    for shape, weighted, reduction, dtype in product(shapes, (False, True), REDUCTIONS, FLOATS):
        weight = draw_uniform((shape[class_dim(shape)],), dtype) if weighted else None
        yield draw(shape, dtype), weight, reduction


@pytest.mark.parametrize("name", ["nll_loss", "cross_entropy"])
def test_class_indices_agree_with_torch(name):
    for values, weight, reduction in batches():
        target = draw_classes(values.shape)
        assert_agrees(name, values, target, weight, reduction=reduction)
        for ignored in (-100, 0, 2):
            some = torch.where(draw(target.shape, seed=3) > 0, ignored, target)
            assert_agrees(name, values, some, weight, ignore_index=ignored, reduction=reduction)
        assert_agrees(name, values, torch.full_like(target, -100), weight, reduction=reduction)


@pytest.mark.parametrize("label_smoothing", [0.1, 1])
def test_label_smoothing_agrees_with_torch(label_smoothing):
    for values, weight, reduction in batches():
        target = draw_classes(values.shape)
        options = {"reduction": reduction, "label_smoothing": label_smoothing}
        assert_agrees("cross_entropy", values, target, weight, **options)
        some = torch.where(draw(target.shape, seed=3) > 0, 1, target)
        assert_agrees("cross_entropy", values, some, weight, ignore_index=1, **options)


@pytest.mark.parametrize("label_smoothing", [0.0, 0.1])
def test_class_probabilities_agree_with_torch(label_smoothing):
    for values, weight, reduction in batches([*SHAPES, (3, 0)]):
        options = {"reduction": reduction, "label_smoothing": label_smoothing}
        assert_agrees("cross_entropy", values, draw_uniform(values.shape, values.dtype), weight, **options)


def test_a_single_row_may_have_its_target_in_a_list():
    values = draw((5,))
    for name in ("nll_loss", "cross_entropy"):
        for reduction in REDUCTIONS:
            ours = getattr(losses, name)(values, torch.tensor([3]), reduction=reduction)
            torch.testing.assert_close(ours, getattr(F, name)(values, torch.tensor([3]), reduction=reduction))


def test_byte_targets():
    for name in ("nll_loss", "cross_entropy"):
        assert_agrees(name, draw((4, 200)), torch.tensor([0, 3, 156, 199], dtype=torch.uint8))  # 156 is −100 + 256


# --- multi-label: torch's values and gradients


@pytest.mark.parametrize("hard", [True, False])
def test_binary_losses_agree_with_torch(hard):
    for shape, reduction, dtype in product([(), (1,), (3, 4), (2, 3, 4), (0,), (0, 3)], REDUCTIONS, FLOATS):
        values, target = draw(shape, dtype, scale=3), draw_uniform(shape, dtype)
        target = target.round() if hard else target
        assert_agrees("binary_cross_entropy_with_logits", values, target, reduction=reduction)
        assert_agrees("binary_cross_entropy", torch.sigmoid(values), target, reduction=reduction, ulps=64)


def test_binary_weights_agree_with_torch():
    values, target = draw((3, 4)), draw_uniform((3, 4))
    for reduction, shape in product(REDUCTIONS, [(), (1,), (4,), (3, 1), (1, 4), (3, 4)]):
        weight = draw_uniform(shape, seed=4) * 3
        assert_agrees("binary_cross_entropy", torch.sigmoid(values), target, weight, reduction=reduction)
        for options in ({"weight": weight}, {"pos_weight": weight}, {"weight": weight, "pos_weight": weight + 1}):
            assert_agrees("binary_cross_entropy_with_logits", values, target, reduction=reduction, **options)


def test_gradient_of_the_target_too():
    values, target = draw((3, 4)), draw_uniform((3, 4))
    for name, given in {
        "binary_cross_entropy_with_logits": values,
        "binary_cross_entropy": torch.sigmoid(values),
    }.items():
        _, ours = value_and_grad(lambda y: getattr(losses, name)(given, y), target)  # noqa: B023
        _, theirs = value_and_grad(lambda y: getattr(F, name)(given, y), target)  # noqa: B023
        torch.testing.assert_close(ours, theirs, rtol=1e-13, atol=1e-14)


def test_binary_cross_entropy_at_the_ends():
    """Losses held at 100; the gradient finite, capped where it would be infinite, 1 or −1 where it is."""
    probs, target = torch.tensor([0.0, 0.0, 1.0, 1.0]), torch.tensor([0.0, 1.0, 0.0, 1.0])
    leaf = probs.clone().requires_grad_()
    loss = losses.binary_cross_entropy(leaf, target, reduction="none")
    loss.sum().backward()
    assert loss.tolist() == [0.0, 100.0, 100.0, 0.0]
    assert leaf.grad.tolist() == pytest.approx([1.0, -1e12, 1e12, -1.0], rel=1e-6)


def test_gradcheck():
    values = torch.tensor([[0.0, 0.0, 1.0], [3.0, -2.0, 3.0]], dtype=torch.float64, requires_grad=True)
    classes, soft, hot = torch.tensor([0, 2]), draw_uniform((2, 3)), draw_uniform((2, 3), seed=5)
    weight = draw_uniform((3,), seed=6)
    for loss in (
        lambda x: losses.cross_entropy(x, classes),
        lambda x: losses.cross_entropy(x, classes, weight, label_smoothing=0.2),
        lambda x: losses.cross_entropy(x, soft, weight, reduction="none"),
        lambda x: losses.nll_loss(x, classes, weight),
        lambda x: losses.binary_cross_entropy_with_logits(x, hot, weight, pos_weight=weight + 1),
        lambda x: losses.binary_cross_entropy(torch.sigmoid(x), hot, weight),
    ):
        assert torch.autograd.gradcheck(loss, values)
        assert torch.autograd.gradgradcheck(loss, values)


def test_gradients_keep_their_digits():
    """p − y and σ − y to 4 and 8 eps, for hard targets too, where torch's are off by up to 100 %."""
    x = torch.linspace(-87, 87, 20_001)
    z = torch.exp(-x.double().abs())
    sigma, complement = torch.where(x > 0, 1, z) / (1 + z), torch.where(x > 0, z, 1) / (1 + z)
    for y, slope in ((0.0, sigma), (1.0, -complement)):
        leaf = x.clone().requires_grad_()
        losses.binary_cross_entropy_with_logits(leaf, torch.full_like(x, y), reduction="sum").backward()
        torch.testing.assert_close(leaf.grad.double(), slope, rtol=4 * 2**-23, atol=0)
    rows = torch.stack([torch.zeros_like(x), x], 1)
    for target, slope in ((0, torch.stack([-sigma, sigma], 1)), (1, torch.stack([complement, -complement], 1))):
        leaf = rows.clone().requires_grad_()
        losses.cross_entropy(leaf, torch.full((len(x),), target), reduction="sum").backward()
        torch.testing.assert_close(leaf.grad.double(), slope, rtol=8 * 2**-23, atol=0)


# --- dtypes


@pytest.mark.parametrize("dtype", HALVES)
def test_half_types_are_reduced_in_float32(dtype):
    values, hot, probs = (
        draw((200, 7), scale=3).to(dtype),
        draw_uniform((200, 7)).round().to(dtype),
        draw_uniform((200, 7)),
    )
    for name, given, wanted in (
        ("cross_entropy", values, draw_classes((200, 7))),
        ("nll_loss", values, draw_classes((200, 7))),
        ("binary_cross_entropy_with_logits", values, hot),
        ("binary_cross_entropy", probs.to(dtype), hot),
    ):
        for reduction in ("mean", "sum"):
            loss = getattr(losses, name)
            exact = loss(given.double(), wanted.double() if wanted is hot else wanted, reduction=reduction)
            assert torch.equal(loss(given, wanted, reduction=reduction), exact.to(dtype)), (name, reduction)


@pytest.mark.parametrize("name", ["cross_entropy", "binary_cross_entropy_with_logits"])
def test_mixed_float_types_give_torch_s_dtype(name):
    for first, second in product(FLOATS + HALVES, repeat=2):
        values, target = draw((3, 4)).to(first), draw_uniform((3, 4)).to(second)
        ours, theirs = getattr(losses, name)(values, target), getattr(F, name)(values, target)
        eps = max(torch.finfo(first).eps, torch.finfo(second).eps)
        torch.testing.assert_close(ours, theirs, rtol=4 * eps, atol=0)


@pytest.mark.parametrize("narrow", HALVES)
def test_under_autocast_all_is_as_torch_has_it(narrow):
    """Type, value and gradient; and torch's loss in float32 takes weights and targets of any narrower type."""
    logits, classes, hot = draw((4, 3)).to(narrow), draw_classes((4, 3)), draw_uniform((4, 3), torch.float32)
    probs, weight = draw_uniform((4, 3), narrow, seed=5), torch.tensor([0.5, 1.0, 2.0])
    calls = [
        *(
            ("cross_entropy", logits, classes, options)
            for options in ({}, {"weight": weight}, {"label_smoothing": 0.1})
        ),
        ("cross_entropy", logits, hot, {"weight": weight.to(narrow)}),
        ("cross_entropy", logits.double(), hot.double(), {}),  # float64 is left alone
        ("nll_loss", logits, classes, {"weight": weight}),
        ("binary_cross_entropy", probs, hot, {"weight": weight}),
        ("binary_cross_entropy_with_logits", logits, hot.to(narrow), {"weight": weight, "pos_weight": weight}),
    ]
    with torch.autocast("cpu", dtype=narrow):
        for name, values, target, options in calls:
            assert_agrees(name, values, target, **options)
        for name in ("sigmoid", "logsigmoid", "logit", "softmax", "log_softmax"):
            args = (1,) if "softmax" in name else ()
            theirs = getattr(F if "log" in name and name != "logit" else torch, name)
            for values in (probs, probs.double(), (probs > 0.5) if name in ("sigmoid", "logit") else probs):
                assert getattr(functions, name)(values, *args).dtype == theirs(values, *args).dtype


def test_autocast_on_a_gpu_as_documented_for_torch(monkeypatch):
    """There softmax and log_softmax return float32 too, unless asked for a type, and binary_cross_entropy refuses."""
    half = draw_uniform((4, 3)).half()
    monkeypatch.setattr(functions, "_autocasting", lambda x: "cuda")
    monkeypatch.setattr(losses, "_autocasting", lambda x: "cuda")
    for rowwise in (functions.softmax, functions.log_softmax):
        assert torch.equal(rowwise(half, 1), rowwise(half.float(), 1))
        assert rowwise(half, 1, dtype=torch.float16).dtype == torch.float16
    assert functions.sigmoid(half).dtype == functions.logsigmoid(half).dtype == torch.float16
    assert losses.binary_cross_entropy_with_logits(half, half).dtype == torch.float32
    with pytest.raises(RuntimeError, match="binary_cross_entropy: input must be logits under autocast on a GPU"):
        losses.binary_cross_entropy(half, half)


# --- special values: the same class as torch's


@pytest.mark.parametrize("dtype", FLOATS + HALVES)
def test_special_logits_have_torch_s_value_class(dtype):
    info = torch.finfo(dtype)
    cases = list(product([-INF, INF, NAN, 0.0, 1.0, info.max, info.min, -1000.0], [0.0, 0.25, 1.0]))
    assert_same_class("binary_cross_entropy_with_logits", *torch.tensor(cases, dtype=dtype).T, reduction="none")


@pytest.mark.parametrize("dtype", FLOATS + HALVES)
def test_special_rows_have_torch_s_value_class(dtype):
    rows = torch.tensor(list(product([-INF, INF, NAN, 0.0, 1.0, -1000.0], repeat=3)), dtype=dtype)
    soft = [torch.tensor(each, dtype=dtype).expand_as(rows) for each in ([0.0, 0.0, 1.0], [0.5, 0.5, 0.0])]
    for weight, k in product((None, torch.tensor([0.0, 1.0, 2.0], dtype=dtype)), (-100, 0, 1, 2)):
        target = torch.full((len(rows),), k)
        assert_same_class("nll_loss", rows, target, weight=weight, reduction="none")
        for epsilon, wanted in product((0.0, 0.1, 1.0), (target, *soft)):
            options = {"weight": weight, "reduction": "none", "label_smoothing": epsilon}
            assert_same_class("cross_entropy", rows, wanted, **options)


def test_binary_cross_entropy_of_subnormal_probabilities():
    probs = torch.tensor([1e-45, 1e-44, 3.7e-44, 3.8e-44, 1e-38])
    for target in (torch.zeros(5), torch.ones(5)):
        torch.testing.assert_close(
            losses.binary_cross_entropy(probs, target, reduction="none"),
            F.binary_cross_entropy(probs, target, reduction="none"),
            rtol=1e-6,
            atol=1.5e-45,
        )


# --- errors: torch's type, and a message that names the argument, what came and what is wanted

Z, ONES = torch.zeros, torch.ones


def indices(*shape):
    return torch.zeros(shape, dtype=torch.int64)


# What an argument must not be. In shapes and numbers of classes test_properties has all combinations.
WRONG = {
    "input": [[0.5], None, indices(3, 5), Z(3, 5) > 1, Z(3, 5).to(torch.complex64), ONES(3, 5) * 2, ONES(3, 5) * NAN],
    "target": [
        *([0, 1, 2], Z(3), indices(3).int(), indices(3).bool(), indices(3) + 5, indices(3) - 1, indices(3) - 100),
        *(indices(3, 5), indices(3, 5).bool(), Z(3, 4), ONES(3, 5).double(), ONES(3, 5).half()),
    ],
    "weight": [[1.0], 2.0, ONES(5).double(), indices(5), ONES(5).half(), ONES(4), ONES(5, 1)],
    "pos_weight": [[1.0], 2.0, ONES(5).double(), indices(5), ONES(4), ONES(5, 1)],
    "ignore_index": [None, 1.5, True, 0, 2],
    "reduction": ["avg", None],
    "label_smoothing": [1.1, "a", None],
}
INDICES, PROBS = dict(input=Z(3, 5), target=indices(3)), dict(input=ONES(3, 5) / 2, target=ONES(3, 5) / 2)
CALLS = {
    "nll_loss": [INDICES],
    "cross_entropy": [INDICES, PROBS],
    "binary_cross_entropy": [PROBS],
    "binary_cross_entropy_with_logits": [PROBS],
}


@pytest.mark.parametrize("name", CALLS)
def test_mistakes_raise_as_torch_does(name):
    """But for what is no tensor torch's binary losses stumble over `.size()`, an AttributeError."""
    ours, theirs = getattr(losses, name), getattr(F, name)
    for call, (argument, values) in product(CALLS[name], WRONG.items()):
        for value in values if argument in inspect.signature(ours).parameters else ():
            if isinstance(value, (torch.Tensor, str)) or "binary" not in name:
                assert_same_outcome(ours, theirs, **{**call, argument: value})


@pytest.mark.parametrize(
    "name, args, options, wanted",
    [
        ("binary_cross_entropy", ([0.5], ONES(1)), {}, "input must be a Tensor, not list"),
        ("binary_cross_entropy_with_logits", (ONES(1), [0.5]), {}, "target must be a Tensor, not list"),
        (
            "binary_cross_entropy_with_logits",
            (Z(4), Z(4)),
            {"pos_weight": 2.0},
            "pos_weight must be a Tensor, not float",
        ),
        ("nll_loss", (Z(()), indices()), {}, "input must have a class dimension, not shape ()"),
        ("nll_loss", (Z(3, 5, 2), indices(2, 2)), {}, "target must have the batch size of input, 3, not shape (2, 2)"),
        ("cross_entropy", (Z(3, 5, 2), indices(3)), {}, "target must have shape (3, 2), not (3,)"),
        (
            "cross_entropy",
            (Z(3, 5, 2), indices(3, 2).byte()),
            {},
            "target must have dtype torch.int64, not torch.uint8",
        ),
        ("cross_entropy", (Z(3, 5, 2, 2), indices(3, 2, 2) + 9), {}, "target must lie in [0, 5) or be -100, not 9"),
        ("nll_loss", (Z(3, 0), indices(3)), {}, "target must lie in [0, 0) or be -100, not 0"),
        ("cross_entropy", (Z(3, 5), torch.tensor([0, -1, 7])), {}, "target must lie in [0, 5) or be -100, not -1"),
        ("nll_loss", (Z(3, 5), indices(3).int()), {}, "target must have dtype torch.int64 or torch.uint8, not"),
        ("cross_entropy", (Z(3, 5), Z(3, 5)), {"ignore_index": 2}, "ignore_index must be left out for class probab"),
        ("cross_entropy", (Z(3, 5), Z(3, 5)), {"reduction": "avg"}, "reduction must be 'none', 'mean' or 'sum', not"),
        ("cross_entropy", (Z(3, 5), indices(3, 5)), {}, "target must hold floating-point class probabilities where it"),
        ("binary_cross_entropy", (ONES(4, 1), ONES(4)), {}, "target must have shape (4, 1), not (4,)"),
        ("binary_cross_entropy", (ONES(4), ONES(4), ONES(3)), {}, "weight must broadcast to (4,), not (3,)"),
        ("binary_cross_entropy", (ONES(3), ONES(3).half()), {}, "target must have the dtype of input, torch.float32"),
    ],
)
def test_a_mistake_is_told_what_is_wanted(name, args, options, wanted):
    with pytest.raises(Exception, match=re.escape(f"{name}: {wanted}")):
        getattr(losses, name)(*args, **options)


LOGITS, HALF, BCE_LOGITS = Z(3, 5), ONES(3, 5) / 2, "binary_cross_entropy_with_logits"


@pytest.mark.parametrize("value", [-0.1, NAN, -INF, INF])
def test_what_torch_computes_and_nobody_means(value):
    bad_weight, bad_target = torch.full((5,), value), torch.full((3, 5), value)
    for name, args, options, argument in (
        ("nll_loss", (LOGITS, indices(3)), {"weight": bad_weight}, "weight"),
        ("cross_entropy", (LOGITS, indices(3)), {"weight": bad_weight}, "weight"),
        ("cross_entropy", (LOGITS, HALF), {"weight": bad_weight}, "weight"),
        ("cross_entropy", (LOGITS, indices(3)), {"label_smoothing": value}, "label_smoothing"),
        ("cross_entropy", (LOGITS, bad_target), {}, "target"),
        ("binary_cross_entropy", (HALF, HALF), {"weight": bad_weight}, "weight"),
        ("binary_cross_entropy", (HALF, bad_target), {}, "target"),
        (BCE_LOGITS, (LOGITS, HALF), {"weight": bad_weight}, "weight"),
        (BCE_LOGITS, (LOGITS, HALF), {"pos_weight": bad_weight}, "pos_weight"),
        (BCE_LOGITS, (LOGITS, bad_target), {}, "target"),
    ):
        with pytest.raises(RuntimeError, match=f"^{name}: {argument} must .*, not -?(0.1|nan|inf)"):
            getattr(losses, name)(*args, **options)


def test_torch_s_loss_falls_without_end_at_targets_of_255():
    loss = F.binary_cross_entropy_with_logits(torch.tensor([4.0, -3.0]), torch.tensor([255.0, 0.0]))
    assert loss.item() == pytest.approx(-507.97, abs=0.01)  # as the module's docstring says


@pytest.mark.parametrize("place", [0, 1, 25_000, 50_256])
def test_a_vocabulary_costs_the_same_in_any_order(place):
    """Where torch's running sums begin with the sure class, they lose up to an eighth of the others."""
    row = torch.full((1, 50_257), -16.7)
    row[0, place] = 0.0
    true = F.cross_entropy(row.double(), torch.tensor([place])).item()
    assert losses.cross_entropy(row, torch.tensor([place])).item() == pytest.approx(true, rel=1e-6)
    for logits, dim in ((row, 1), (row.T, 0)):
        assert functions.log_softmax(logits, dim).max().item() == pytest.approx(-true, rel=1e-6)
        assert 1 - functions.softmax(logits, dim).max().item() == pytest.approx(-math.expm1(-true), abs=1e-7)

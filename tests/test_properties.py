"""Identities that hold for every input, checked by Hypothesis on many.

A tolerance is never guessed: if a function promises B ulp, its result may be off by B gaps, and the two
sides of an identity by the sum of theirs. The logits lie on a grid on which the sums and differences
that an identity needs are exact. Comparisons are made in float64, for results of narrower types.
"""

import math

import hypothesis
import hypothesis.extra.numpy as arrays
import hypothesis.strategies as st
import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, assume, settings

from helpers import functions, losses
from helpers.ulp import BCE_LOGITS, bound


def given(*args, **kwargs):
    """As Hypothesis has it; but the same 100 cases each time, on a slow machine too."""
    fixed = settings(
        derandomize=True, deadline=None, database=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow]
    )
    return lambda test: fixed(hypothesis.given(*args, **kwargs)(test))


# dtype: (the grid's step, the largest logit, the largest shift); all sums fit the dtype's precision
GRIDS = {
    torch.float32: (2**-10, 40.0, 4096.0),
    torch.float64: (2**-20, 40.0, 4096.0),
    torch.float16: (2**-4, 4.0, 64.0),
    torch.bfloat16: (2**-1, 16.0, 64.0),
}
NARROW = [torch.float32, torch.float16, torch.bfloat16]
FEW_CLASSES, FEW_ROWS = st.integers(1, 6), st.integers(1, 4)


def grid(dtype, largest):
    """A number on the dtype's grid, at most this large."""
    step = GRIDS[dtype][0]
    return st.integers(-int(largest / step), int(largest / step)).map(lambda k: k * step)


def logit_rows(dtype, min_size=1, max_size=12):
    return st.lists(grid(dtype, GRIDS[dtype][1]), min_size=min_size, max_size=max_size).map(
        lambda row: torch.tensor(row, dtype=dtype)
    )


def slack(function, computed, domain=""):
    """Return how far the truth may be from these computed values, by the bound that the function promises."""
    info = torch.finfo(computed.dtype)
    promised = bound(function, str(computed.dtype).removeprefix("torch."), domain)
    wide = computed.double().abs()
    return promised * (wide * info.eps * (1 + 32 * info.eps) + info.smallest_normal * info.eps)


def assert_within(difference, tolerance):
    assert (difference.double().abs() <= tolerance).all(), (difference, tolerance)


# --- softmax and log_softmax


@pytest.mark.parametrize("dtype", GRIDS)
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@given(data=st.data())
def test_shift_invariance(name, dtype, data):
    """Adding c to all logits changes nothing: here not even a bit, since x + c is exact."""
    logits = data.draw(logit_rows(dtype))
    shifted = logits + data.draw(grid(dtype, GRIDS[dtype][2]))
    assert torch.equal(getattr(functions, name)(shifted, 0), getattr(functions, name)(logits, 0))


@pytest.mark.parametrize("dtype", GRIDS)
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@given(data=st.data())
def test_permutation(name, dtype, data):
    logits = data.draw(logit_rows(dtype))
    order = torch.tensor(data.draw(st.permutations(range(len(logits)))))
    before, after = getattr(functions, name)(logits, 0)[order], getattr(functions, name)(logits[order], 0)
    assert_within(before.double() - after.double(), slack(name, before) + slack(name, after))


@pytest.mark.parametrize("dtype", GRIDS)
@given(data=st.data())
def test_two_classes_are_a_sigmoid(dtype, data):
    """softmax([a, b])[1] = σ(b − a), and so for their logarithms; b − a is exact."""
    logits = data.draw(logit_rows(dtype, 2, 2))
    difference = logits[1] - logits[0]
    for rowwise, elementwise in (("softmax", "sigmoid"), ("log_softmax", "logsigmoid")):
        of_row, of_one = getattr(functions, rowwise)(logits, 0)[1], getattr(functions, elementwise)(difference)
        assert_within(of_row.double() - of_one.double(), slack(rowwise, of_row) + slack(elementwise, of_one))


@pytest.mark.parametrize("dtype", GRIDS)
@given(data=st.data())
def test_softmax_sums_to_one(dtype, data):
    probs = functions.softmax(data.draw(logit_rows(dtype)), 0)
    assert (probs > 0).all() and (probs <= 1).all()
    assert abs(math.fsum(probs.tolist()) - 1) <= math.fsum(slack("softmax", probs).tolist())


@pytest.mark.parametrize("dtype", NARROW)
@given(data=st.data())
def test_log_softmax_is_the_log_of_softmax(dtype, data):
    logits = data.draw(logit_rows(dtype))
    probs, log_probs = functions.softmax(logits, 0), functions.log_softmax(logits, 0)
    of_softmax = -torch.log1p(-slack("softmax", probs) / probs.double())  # its error, through the logarithm
    assert_within(log_probs.double() - probs.double().log(), slack("log_softmax", log_probs) + of_softmax)


@pytest.mark.parametrize("dtype", NARROW)
@given(data=st.data())
def test_log_softmax_twice_is_log_softmax(dtype, data):
    """Its log-sum-exp is 0 but for the errors of the first pass, weighted by the probabilities."""
    once = functions.log_softmax(data.draw(logit_rows(dtype)), 0)
    twice = functions.log_softmax(once, 0)
    first = slack("log_softmax", once)
    log_sum = (once.double().exp() * first).sum() * (1 + first.max()) ** 2
    assert_within(once.double() - twice.double(), log_sum + first + slack("log_softmax", twice))


@pytest.mark.parametrize("dtype", GRIDS)
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@given(data=st.data())
def test_a_masked_logit_takes_nothing_from_the_others(name, dtype, data):
    logits = data.draw(logit_rows(dtype))
    masked = torch.cat([logits, torch.tensor([-torch.inf], dtype=dtype)])
    without, with_mask = getattr(functions, name)(logits, 0), getattr(functions, name)(masked, 0)
    assert with_mask[-1] == (0 if name == "softmax" else -torch.inf)
    difference = without.double() - with_mask[:-1].double()
    assert_within(difference, slack(name, without) + slack(name, with_mask[:-1]))


# --- sigmoid and logsigmoid


@pytest.mark.parametrize("dtype", NARROW)
@given(data=st.data())
def test_sigmoids_of_x_and_minus_x_sum_to_one(dtype, data):
    x = torch.tensor(data.draw(grid(dtype, GRIDS[dtype][1])), dtype=dtype)
    p, q = functions.sigmoid(x), functions.sigmoid(-x)
    assert_within(p.double() + q.double() - 1, slack("sigmoid", p) + slack("sigmoid", q))


@pytest.mark.parametrize("dtype", NARROW)
@given(data=st.data())
def test_the_log_odds_are_the_logit(dtype, data):
    """log σ(x) − log σ(−x) = x."""
    x = torch.tensor(data.draw(grid(dtype, GRIDS[dtype][1])), dtype=dtype)
    log_p, log_q = functions.logsigmoid(x), functions.logsigmoid(-x)
    assert_within(log_p.double() - log_q.double() - x.double(), slack("logsigmoid", log_p) + slack("logsigmoid", log_q))


@given(st.integers(-8 * 1024, 8 * 1024))
def test_the_round_trip_costs_what_sigmoid_rounds(k):
    """logit(σ(x)) is off by the error of σ(x), divided by σ′(x), and its own."""
    x = torch.tensor(k / 1024)
    p = functions.sigmoid(x)
    back = functions.logit(p)
    slope = (p.double() * (1 - p.double())).item()
    amplified = slack("sigmoid", p) / slope * (1 + 2**-6)  # the slope, where σ(x) may really be
    assert_within(back.double() - x.double(), amplified + slack("logit", back))


# --- single-label losses


@st.composite
def batches(draw, dtype=torch.float32):
    """Return logits (C,), (N, C) or (N, C, d1, …), and a class for each row."""
    classes = draw(st.integers(1, 5))
    shape = draw(st.one_of(st.just((classes,)), st.lists(st.integers(1, 3), min_size=1, max_size=3).map(tuple)))
    if len(shape) > 1 or shape != (classes,):
        shape = (shape[0], classes, *shape[1:])
    step, largest, _ = GRIDS[dtype]
    units = draw(arrays.arrays("int64", shape, elements=st.integers(-int(largest / step), int(largest / step))))
    rows = shape[:1] + shape[2:] if len(shape) > 1 else ()
    target = draw(arrays.arrays("int64", rows, elements=st.integers(0, classes - 1)))
    return (torch.from_numpy(units) * step).to(dtype), torch.as_tensor(target)


def class_weights(logits, draw):
    """Return weights k/8 in (0, 2], one a class."""
    count = logits.shape[min(1, logits.dim() - 1)]
    return torch.tensor(draw(st.lists(st.integers(1, 16), min_size=count, max_size=count))).to(logits.dtype) / 8


def summed(ulps, terms):
    """Return the bound in ulps of a float32 sum of so many products, each off by this much; all of one sign."""
    return ulps + 2 * terms + 4  # a rounding a term, one a product and a quotient, each less than one ulp


def assert_close_in_ulps(first, second, ulps):
    eps = torch.finfo(first.dtype).eps
    tolerance = ulps * eps * torch.maximum(first.double().abs(), second.double().abs()) * (1 + 1e-3)
    assert_within(first.double() - second.double(), tolerance)


CE = bound("cross_entropy", "float32", "")


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@given(data=st.data())
def test_nll_of_log_softmax_is_cross_entropy(reduction, data):
    """For class dim 1, or 0 of a single row; with weights and rows to ignore."""
    logits, target = data.draw(batches())
    ignored = data.draw(st.sampled_from([-100, 0]))
    weight = class_weights(logits, data.draw) if data.draw(st.booleans()) else None
    options = {"weight": weight, "ignore_index": ignored, "reduction": reduction}
    log_probs = functions.log_softmax(logits, min(1, logits.dim() - 1))
    composed, direct = losses.nll_loss(log_probs, target, **options), losses.cross_entropy(logits, target, **options)
    if reduction == "mean" and (target == ignored).all():
        assert composed.isnan() and direct.isnan()
    else:
        assert_close_in_ulps(composed, direct, 2 * summed(CE, target.numel()))


@given(data=st.data())
def test_weights_multiply_the_rows(data):
    logits, target = data.draw(batches())
    weight = class_weights(logits, data.draw)
    plain = losses.cross_entropy(logits, target, reduction="none").double()
    weighted = losses.cross_entropy(logits, target, weight, reduction="none")
    assert_close_in_ulps(weighted, (plain * weight[target].double()).float(), 2 * CE + 2)
    total = losses.cross_entropy(logits, target, weight)
    expected = (plain * weight[target]).sum() / weight[target].double().sum()
    assert_close_in_ulps(total, expected.float(), 2 * CE + summed(CE, target.numel()))


@given(data=st.data())
def test_ignored_rows_might_as_well_not_be_there(data):
    logits, target = data.draw(batches().filter(lambda batch: batch[0].dim() == 2))
    keep = torch.tensor(data.draw(st.lists(st.booleans(), min_size=len(target), max_size=len(target))))
    leaf = logits.clone().requires_grad_()
    some = losses.cross_entropy(leaf, torch.where(keep, target, -100), reduction="sum")
    some.backward()
    assert (leaf.grad[~keep] == 0).all()
    without = losses.cross_entropy(logits[keep], target[keep], reduction="sum")
    assert_close_in_ulps(some.detach(), without, 2 * summed(CE, len(target)))


@given(data=st.data())
def test_label_smoothing_is_a_soft_target(data):
    """Cross-entropy with ε is that of the probabilities (1 − ε)·one-hot + ε/C, row by row."""
    logits, target = data.draw(batches())
    epsilon = data.draw(st.integers(1, 16)) / 16
    dim = min(1, logits.dim() - 1)
    count = logits.shape[dim]
    one_hot = F.one_hot(target, count).movedim(-1, dim).float()
    smoothed = losses.cross_entropy(logits, target, reduction="none", label_smoothing=epsilon)
    for soft in (
        losses.cross_entropy(logits, (1 - epsilon) * one_hot + epsilon / count, reduction="none"),
        losses.cross_entropy(logits, one_hot, reduction="none", label_smoothing=epsilon),
    ):
        assert_close_in_ulps(smoothed, soft, 2 * summed(CE, count))


@given(data=st.data())
def test_cross_entropy_is_never_below_the_entropy(data):
    """With class probabilities as targets the loss is least, and the entropy, where softmax equals them."""
    logits, _ = data.draw(batches().filter(lambda batch: batch[0].dim() == 2))
    others = data.draw(st.just(logits.flip(1)))
    probs = functions.softmax(logits, 1)
    lowest, other = (losses.cross_entropy(x, probs, reduction="none") for x in (logits, others))
    tolerance = 2 * summed(CE + bound("softmax", "float32", ""), logits.shape[1]) * torch.finfo(torch.float32).eps
    assert (lowest.double() <= other.double() * (1 + tolerance) + tolerance * lowest.double()).all()


# --- multi-label losses

SOFT = bound(BCE_LOGITS, "float32", "0 < y < 1")


@st.composite
def labelled(draw):
    """Return logits of any shape, and targets k/8 of the same shape: 1 − y is exact."""
    shape = draw(arrays.array_shapes(min_dims=0, max_dims=3, max_side=3))
    units = draw(arrays.arrays("int64", shape, elements=st.integers(-40 * 1024, 40 * 1024)))
    eighths = draw(arrays.arrays("int64", shape, elements=st.integers(0, 8)))
    return torch.as_tensor(units).float() / 1024, torch.as_tensor(eighths).float() / 8


@given(labelled())
def test_the_other_label_is_the_other_sign(pair):
    logits, target = pair
    yes = losses.binary_cross_entropy_with_logits(logits, target, reduction="none")
    no = losses.binary_cross_entropy_with_logits(-logits, 1 - target, reduction="none")
    assert_close_in_ulps(yes, no, 2 * SOFT)


@given(labelled())
def test_binary_cross_entropy_is_linear_in_the_target(pair):
    """It is y·L(x, 1) + (1 − y)·L(x, 0), and L(x, 0) − L(x, 1) = x."""
    logits, target = pair
    mixed = losses.binary_cross_entropy_with_logits(logits, target, reduction="none")
    ones, zeros = (
        losses.binary_cross_entropy_with_logits(logits, torch.full_like(logits, y), reduction="none")
        for y in (1.0, 0.0)
    )
    wide = target.double()
    parts = wide * slack(BCE_LOGITS, ones, "y = 1") + (1 - wide) * slack(BCE_LOGITS, zeros, "y = 0")
    combined = wide * ones.double() + (1 - wide) * zeros.double()
    assert_within(mixed.double() - combined, parts + slack(BCE_LOGITS, mixed, "0 < y < 1"))
    tolerance = slack(BCE_LOGITS, ones, "y = 1") + slack(BCE_LOGITS, zeros, "y = 0")
    assert_within(zeros.double() - ones.double() - logits.double(), tolerance)


@given(labelled())
def test_sum_over_mean_is_the_number_of_labels(pair):
    logits, target = pair
    each = losses.binary_cross_entropy_with_logits(logits, target, reduction="none")
    total = losses.binary_cross_entropy_with_logits(logits, target, reduction="sum")
    mean = losses.binary_cross_entropy_with_logits(logits, target)
    assert_close_in_ulps(total, (mean.double() * logits.numel()).float(), summed(2, logits.numel()))
    assert_close_in_ulps(total, each.double().sum().float(), summed(2, logits.numel()))


@given(labelled(), st.integers(1, 32))
def test_pos_weight_multiplies_the_positive_part(pair, eighths):
    logits, target = pair
    pos_weight = torch.tensor(eighths / 8)
    weighted = losses.binary_cross_entropy_with_logits(logits, target, pos_weight=pos_weight, reduction="none")
    positive = -functions.logsigmoid(logits).double() * target * pos_weight
    negative = -functions.logsigmoid(-logits).double() * (1 - target)
    assert_close_in_ulps(weighted, (positive + negative).float(), 2 * bound("logsigmoid", "float32", "") + 4)


@given(labelled())
def test_sigmoid_and_binary_cross_entropy_is_the_loss_with_logits_in_the_middle(pair):
    """For |x| ≤ 5: the error of σ(x) reaches the logarithms divided by σ(x) or 1 − σ(x)."""
    logits, target = pair[0] / 8, pair[1]
    probs = functions.sigmoid(logits)
    composed = losses.binary_cross_entropy(probs, target, reduction="none")
    direct = losses.binary_cross_entropy_with_logits(logits, target, reduction="none")
    p, y = probs.double(), target.double()
    from_sigmoid = slack("sigmoid", probs) * (y / p + (1 - y) / (1 - p)) * (1 + 1e-3)
    promised = slack("binary_cross_entropy", composed, "0 < y < 1") + slack(BCE_LOGITS, direct, "0 < y < 1")
    assert_within(composed.double() - direct.double(), from_sigmoid + promised)


# --- what may be combined with what: as torch has it

SHAPES = st.lists(st.integers(1, 3), max_size=3).map(tuple)


def outcome(function, *args, **kwargs):
    """Return the result's shape, or the type of the exception."""
    try:
        return tuple(function(*args, **kwargs).shape)
    except Exception as error:  # noqa: BLE001
        return type(error)


@given(SHAPES, SHAPES, st.none() | SHAPES)
def test_binary_losses_refuse_what_torch_refuses(first, second, weight_shape):
    weight = None if weight_shape is None else torch.ones(weight_shape)
    for name in ("binary_cross_entropy", "binary_cross_entropy_with_logits"):
        args = (torch.full(first, 0.5), torch.full(second, 0.5), weight)
        ours, theirs = (outcome(getattr(module, name), *args, reduction="none") for module in (losses, F))
        assert ours == theirs
    options = {"pos_weight": weight, "reduction": "none"}
    assert outcome(losses.binary_cross_entropy_with_logits, *args[:2], **options) == outcome(
        F.binary_cross_entropy_with_logits, *args[:2], **options
    )


@given(SHAPES, SHAPES, st.booleans(), st.none() | st.integers(1, 3))
def test_class_losses_refuse_what_torch_refuses(first, second, soft, weights):
    assume(not soft or len(first) != 1 or not second)  # two mistakes at once: either may be named first
    logits, weight = torch.zeros(first), None if weights is None else torch.ones(weights)
    target = torch.zeros(second) if soft else torch.zeros(second, dtype=torch.int64)
    for name in ("nll_loss", "cross_entropy"):
        ours, theirs = (
            outcome(getattr(module, name), logits, target, weight, reduction="none") for module in (losses, F)
        )
        assert ours == theirs, (name, ours, theirs)


@given(SHAPES, st.integers(-5, 5))
def test_dims_are_refused_as_torch_refuses_them(shape, dim):
    for name in ("softmax", "log_softmax"):
        ours, theirs = (outcome(getattr(module, name), torch.zeros(shape), dim) for module in (functions, torch))
        assert ours == theirs

"""What holds for every input, checked by Hypothesis on many."""

import hypothesis
import hypothesis.strategies as st
import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, assume, settings

from helpers import functions, losses
from tests.as_torch import assert_same_outcome


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


def grid(dtype, largest):
    """A number on the dtype's grid, at most this large."""
    step = GRIDS[dtype][0]
    return st.integers(-int(largest / step), int(largest / step)).map(lambda k: k * step)


def logit_rows(dtype):
    rows = st.lists(grid(dtype, GRIDS[dtype][1]), min_size=1, max_size=12)
    return rows.map(lambda row: torch.tensor(row, dtype=dtype))


@pytest.mark.parametrize("dtype", GRIDS)
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@given(data=st.data())
def test_shift_invariance(name, dtype, data):
    """Adding c to all logits changes nothing: here not even a bit, since x + c is exact."""
    logits = data.draw(logit_rows(dtype))
    shifted = logits + data.draw(grid(dtype, GRIDS[dtype][2]))
    assert torch.equal(getattr(functions, name)(shifted, 0), getattr(functions, name)(logits, 0))


# --- what may be combined with what: as torch has it

SHAPES = st.lists(st.integers(1, 3), max_size=3).map(tuple)


@given(SHAPES, SHAPES, st.none() | SHAPES)
def test_binary_losses_refuse_what_torch_refuses(first, second, weight_shape):
    weight = None if weight_shape is None else torch.ones(weight_shape)
    args = (torch.full(first, 0.5), torch.full(second, 0.5))
    for name, option in (("", "weight"), ("_with_logits", "weight"), ("_with_logits", "pos_weight")):
        ours, theirs = (getattr(module, f"binary_cross_entropy{name}") for module in (losses, F))
        assert_same_outcome(ours, theirs, *args, reduction="none", **{option: weight})


@given(SHAPES, SHAPES, st.booleans(), st.none() | st.integers(1, 3))
def test_class_losses_refuse_what_torch_refuses(first, second, soft, weights):
    assume(not soft or len(first) != 1 or not second)  # two mistakes at once: either may be named first
    logits, weight = torch.zeros(first), None if weights is None else torch.ones(weights)
    target = torch.zeros(second) if soft else torch.zeros(second, dtype=torch.int64)
    for name in ("nll_loss", "cross_entropy"):
        ours, theirs = (getattr(module, name) for module in (losses, F))
        assert_same_outcome(ours, theirs, logits, target, weight, reduction="none")


@given(SHAPES, st.integers(-5, 5))
def test_dims_are_refused_as_torch_refuses_them(shape, dim):
    for name in ("softmax", "log_softmax"):
        assert_same_outcome(getattr(functions, name), getattr(torch, name), torch.zeros(shape), dim)

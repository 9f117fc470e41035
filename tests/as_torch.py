"""What the tests of functions and losses share: draws, values with gradients, and that torch's errors are ours."""

import inspect
import re

import pytest
import torch

INF, NAN = float("inf"), float("nan")
FLOATS = (torch.float32, torch.float64)
HALVES = (torch.float16, torch.bfloat16)


def draw(shape, dtype=torch.float64, scale=1.0, seed=0):
    """Return normal logits that don't depend on the CPU level: drawn in float64, then rounded."""
    return (torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * scale).to(dtype)


def value_and_grad(function, values):
    leaf = values.clone().requires_grad_()
    result = function(leaf)
    (grad,) = torch.autograd.grad((result * draw(result.shape, result.dtype, seed=9)).sum(), leaf)
    return result.detach(), grad


def value_class(tensor):
    """Return 0 where finite, 1 for +inf, −1 for −inf, 2 for NaN."""
    return torch.where(tensor.isnan(), 2, tensor.isposinf().int() - tensor.isneginf().int())


def assert_same_outcome(ours, theirs, *args, **kwargs):
    """Assert a result of torch's shape and type; or torch's type of error, which says by name what came for what."""
    case = f"{ours.__name__}{args}, {kwargs}"
    try:
        expected = theirs(*args, **kwargs)
    except Exception as error:  # noqa: BLE001
        their_error = error
    else:
        found = ours(*args, **kwargs)
        assert (found.shape, found.dtype) == (expected.shape, expected.dtype), case
        return
    with pytest.raises(type(their_error)) as our_error:
        ours(*args, **kwargs)
    assert our_error.type is type(their_error), case
    bound = inspect.signature(ours).bind(*args, **kwargs)
    bound.apply_defaults()
    told = re.fullmatch(rf"{ours.__name__}: (\w+) must .+, not (?:shape )?(.+)", str(our_error.value))
    assert told and told[2] in ways_to_say(bound.arguments[told[1]]), f"{case}: {our_error.value}"


def ways_to_say(value):
    yield from (type(value).__name__, repr(value))
    if isinstance(value, torch.Tensor):
        yield from (str(tuple(value.shape)), str(value.dtype), *map(str, value.flatten().tolist()))

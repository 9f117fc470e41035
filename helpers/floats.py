"""Floats as a ladder: which ones there are, how far apart they stand, and which of them a function can reach.

The floats of one type, put in order, are the rungs of a ladder. `rank` numbers the rungs, so that "the next float"
is "rank + 1" in float16, bfloat16, float32 and float64 alike. A function that sends many rungs to one makes a
staircase, and `step` finds the stair that a value stands on.
Derived in notebooks/91_the_microscope.ipynb.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

DTYPES = {str(dtype)[6:]: dtype for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64)}
INTEGERS = {2: torch.int16, 4: torch.int32, 8: torch.int64}
#: A multiple of every vector length, so that no element of a batch is a left-over.
BATCH = 64
#: As many rungs as a step is followed each way; fits into 64 bits, and no step of a sigmoid has as many.
LONGEST = 2**63 - 2


@dataclass(frozen=True)
class Step:
    """A stair: the floats from `low` to `high`, both included, share one function value; 0-d tensors."""

    low: Tensor
    high: Tensor

    @property
    def width(self):
        return self.high.item() - self.low.item()

    @property
    def count(self):
        """How many floats stand on it."""
        return (rank(self.high) - rank(self.low)).item() + 1


def unit_roundoff(dtype):
    """Return u, the largest relative error of rounding to `dtype`.

    >>> math.log2(unit_roundoff(torch.float32)), math.log2(unit_roundoff(torch.bfloat16))
    (-24.0, -8.0)
    """
    return torch.finfo(dtype).eps / 2


def _integer(dtype):
    """Return the integer type of as many bits."""
    if dtype not in DTYPES.values():
        raise TypeError(f"dtype: got {dtype}, want one of {', '.join(DTYPES)}")
    return INTEGERS[dtype.itemsize]


def rank(x):
    """Return which rung of the ladder each float of `x` is, int64: 0 is the float 0, and −x has the rank −rank(x).

    >>> x = torch.tensor([1.0, 1 + 2**-23])
    >>> (rank(x)[1] - rank(x)[0]).item()
    1
    """
    integer = _integer(x.dtype)
    if x.isnan().any():
        raise ValueError("x: got NaN, which stands on no rung; want numbers")
    bits = x.view(integer).long()
    return torch.where(bits < 0, torch.iinfo(integer).min - bits, bits)


def unrank(ranks, dtype):
    """Return the floats of type `dtype` on these rungs; the inverse of `rank`, but for the sign of −0.

    >>> unrank(rank(torch.tensor([-2.5])), torch.float32).item()
    -2.5
    """
    integer = _integer(dtype)
    if ranks.is_floating_point():
        raise TypeError(f"ranks: got {ranks.dtype}, want whole numbers")
    return torch.where(ranks < 0, torch.iinfo(integer).min - ranks, ranks).to(integer).view(dtype)


def neighbour(x, steps=1):
    """Return the float that stands `steps` rungs above each of `x` (below, for negative steps), at most ±inf.

    >>> f"{neighbour(torch.tensor(1.0), -1):.8f}"
    '0.99999994'
    """
    top = rank(torch.tensor(math.inf, dtype=x.dtype))
    return unrank((rank(x) + steps).clamp(-top, top), x.dtype)


def gap(x, steps=1):
    """Return the distance from each of `x` to its neighbour, float64.

    >>> math.log2(gap(torch.tensor(1.0), -1)), math.log2(gap(torch.tensor(1.0)))
    (-24.0, -23.0)
    """
    return (neighbour(x, steps).double() - x.double()).abs()


def in_bulk(function, x):
    """Return `function(x)` as torch computes it inside a long tensor.

    torch takes long tensors many elements at a time and the left-over ones singly, and on some processors the two ways
    differ in the last digit. To look at steps of one digit, all values must come the same way.
    """
    flat = x.reshape(-1)
    padded = torch.nn.functional.pad(flat, (0, -len(flat) % BATCH))
    return function(padded)[: len(flat)].reshape(x.shape)


def step(x):
    """Return the `Step` that `x`, a 0-d tensor, stands on: the floats around it with the same sigmoid.

    >>> one = step(torch.tensor(20.0))
    >>> f"{one.low:.4f} to {one.high}"
    '16.6355 to inf'
    """
    if x.dim():
        raise ValueError(f"x: got the shape {tuple(x.shape)}, want a 0-d tensor")
    top = rank(torch.tensor(math.inf, dtype=x.dtype)).item()
    start = rank(x)
    value = in_bulk(torch.sigmoid, x[None])

    def same(hops):
        # Both ways at once: column 0 goes down, column 1 up.
        return in_bulk(torch.sigmoid, unrank(start + torch.tensor([-1, 1]) * hops, x.dtype)) == value

    # How many rungs away the step goes on at least, and at most: first in doubling hops, then closing in.
    inside = torch.tensor([0, 0])
    limit = torch.tensor([min(start.item() + top, LONGEST), min(top - start.item(), LONGEST)])
    hops = (2 ** torch.arange(63))[:, None].minimum(limit)
    while not torch.equal(inside, limit):
        hits = same(hops).cumprod(0).sum(0, keepdim=True)  # how many hops come before the first miss
        tried = torch.cat([inside[None], hops, limit[None] + 1])
        inside, limit = tried.gather(0, hits)[0], tried.gather(0, hits + 1)[0] - 1
        stride = (limit - inside) // BATCH + 1
        hops = inside + (stride * torch.arange(1, BATCH + 1)[:, None]).minimum(limit - inside)
    return Step(*unrank(start + torch.tensor([-1, 1]) * inside, x.dtype))


def saturation(dtype):
    """Return (the last float where the sigmoid is exactly 0, the first where it is exactly 1), of type `dtype`.

    >>> "{:.4f} {:.4f}".format(*saturation(torch.float32))
    '-88.7228 16.6355'
    """
    ends = torch.tensor([-math.inf, math.inf], dtype=dtype)
    return step(ends[0]).high, step(ends[1]).low


def ideal_saturation(dtype):
    """Return what `saturation` would be if σ were computed exactly and then rounded.

    σ rounds to 1 once 1 − σ is at most half the gap below 1, and to 0 once σ is at most half the smallest float.

    >>> "{:.4f} {:.4f}".format(*ideal_saturation(torch.float32))
    '-103.9721 17.3287'
    """
    info = torch.finfo(dtype)
    zero = math.log(info.smallest_normal) + math.log(info.eps / 2)
    one = math.log(4 / info.eps - 1)
    return _rounded_down(zero, dtype), -_rounded_down(-one, dtype)


def _rounded_down(value, dtype):
    nearest = torch.tensor(value, dtype=dtype)
    return nearest if nearest.item() <= value else neighbour(nearest, -1)


def textbook_roundtrip(x):
    """Return (σ(x), logit(σ(x))) by the textbook formulas, with e^−x and the logarithm rounded correctly.

    torch's own values differ from these, and from processor to processor, in the last digit of exp and log. These are
    the same everywhere, for float32 and float64, so a picture made of them is.

    >>> [f"{value.item():.4f}" for value in textbook_roundtrip(torch.tensor(16.0))]
    ['1.0000', '15.9424']
    """
    probs = 1 / (1 + torch.exp(-x.double()).to(x.dtype))
    odds = probs / (1 - probs)
    return probs, odds.double().log().to(x.dtype)


def roundtrip_bound(x, dtype=torch.float32):
    """Return 2u(1 + e^x), float64: what rounding σ(x) to `dtype` can do to logit(σ(x)).

    Near 1 the floats stand u apart, and the logit there has the slope 1/(σ(1 − σ)) ≈ 1 + e^x. The 2 leaves room for the
    roundings on the way. It holds from x = 2 on; below that it is a few u, and so is the error, which may then be the
    larger of the two: its last digit is that of x.

    >>> f"{roundtrip_bound(torch.tensor(10.0)).item():.1e}"
    '2.6e-03'
    """
    return 2 * unit_roundoff(dtype) * (1 + torch.as_tensor(x).double().exp())

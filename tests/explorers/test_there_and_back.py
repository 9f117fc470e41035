import math

import mpmath
import pytest
import torch

from helpers.explorers.there_and_back import INFINITE, curve
from helpers.floats import DTYPES
from tests.reading import says, says_all

SPECIAL = [dict(x=x, dtype=dtype) for x in (-20.0, -17.5, 0.0, 6.25, 8.5, 16.5, 16.75) for dtype in DTYPES]
PICTURES = [dict(x=-18.0, dtype="float16"), dict(x=10.0), dict(x=8.0, dtype="bfloat16")]


def check_facts(values, facts):
    x, dtype = values["x"], DTYPES[values["dtype"]]
    assert (facts.x, facts.dtype) == (x, values["dtype"])
    small = float(1 / (1 + mpmath.exp(mpmath.mpf(abs(x)))))
    yes, no = (1 - small, small) if x > 0 else (small, 1 - small)
    assert (facts.true_prob, facts.true_rest) == pytest.approx((yes, no), rel=1e-14)
    u = torch.finfo(dtype).eps / 2
    for computed, true in ((facts.prob, yes), (facts.mirrored, no)):
        assert computed == pytest.approx(true, rel=4 * u, abs=torch.finfo(dtype).smallest_normal * u)
    assert facts.rest == (1 - torch.tensor(facts.prob, dtype=dtype)).item()
    assert facts.back == torch.tensor(facts.prob, dtype=dtype).logit().item()
    assert math.isinf(facts.back) == (facts.prob in (0, 1)) and facts.error == facts.back - x


def check_picture(picture, facts, values):
    x, height = curve(facts.dtype)
    assert (picture.curve.get_xdata() == x.numpy()).all() and (picture.curve.get_ydata() == height.numpy()).all()
    assert picture.dot.get_xydata().tolist() == [[facts.x, min(max(facts.back, -INFINITE), INFINITE)]]
    assert picture.head.get_text() == facts.dtype and picture.title.get_text() == f"x = {facts.x:.2f}".replace("-", "−")
    computed = (facts.prob, facts.rest, facts.mirrored, facts.back, facts.error)
    exact = (facts.true_prob, facts.true_rest, facts.true_rest, facts.x, 0)
    for cells, row in zip(picture.cells, zip(computed, exact, strict=True), strict=True):
        assert all(says(each.get_text(), value) for each, value in zip(cells, row, strict=True))
    for row, value in enumerate(computed[:3]):  # a plain 1 or 0 is one
        assert (picture.cells[row][0].get_text() in ("0", "1")) == (value in (0, 1))


def check_sentence(text, facts):
    error = [] if math.isinf(facts.back) else [facts.error]
    assert ("x is lost" in text) == (not error) and text.startswith(f"In {facts.dtype}, ")
    says_all(text, [facts.x, facts.prob, facts.back, *error, 1, facts.rest, facts.mirrored, facts.true_rest])


@pytest.mark.parametrize("dtype, wall", [("float16", 8.3203), ("bfloat16", 6.25), ("float32", 16.6355)])
def test_curves_end_at_the_wall(dtype, wall):
    x, height = curve(dtype)
    assert x[height == INFINITE].min() == pytest.approx(wall, abs=0.06)
    assert torch.linalg.vector_norm((height - x)[x.abs() < 2], math.inf) < 0.1 and len(x) == 801

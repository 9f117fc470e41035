import math
import random

import mpmath
import pytest
import torch
import torch.nn.functional as F

from helpers.explorers.two_errors import CASES, CEILING, FLOOR, curve, describe, facts, number, percent, shown, two_errors

RNG = random.Random(3)
POINTS = [-110.0, -100.0, -20.0, -0.5, 0.0, 0.5, 17.0, 30.0, *(round(RNG.uniform(-87, 30), 1) for _ in range(6))]


def truth(function, x):
    """The same functions, written another way, with 60 decimal digits."""
    with mpmath.workdps(60):
        z = mpmath.exp(mpmath.mpf(x))
        return {
            "sigmoid(x)": z / (1 + z),
            "log_softmax([0, x])[0]": -mpmath.log1p(z),
            "BCE with logits of (x, 0)": mpmath.log1p(z),
        }[function]


def by_torch(function, x):
    x = torch.tensor(x)
    return {
        "sigmoid(x)": lambda: x.sigmoid(),
        "log_softmax([0, x])[0]": lambda: F.log_softmax(torch.stack([torch.zeros(()), x]), 0)[0],
        "BCE with logits of (x, 0)": lambda: F.binary_cross_entropy_with_logits(x, torch.zeros(())),
    }[function]().item()


@pytest.mark.parametrize("function", CASES)
@pytest.mark.parametrize("x", POINTS)
def test_facts_equal_an_independent_computation(function, x):
    got = facts(function, x)
    true = truth(function, got.x)
    assert got.true == pytest.approx(float(true), rel=1e-15)
    assert got.values["torch"] == by_torch(function, got.x)
    for name, value in got.values.items():
        exponent = max(math.floor(mpmath.log(abs(true), 2)), -126)
        error = float(abs(value - true) / mpmath.mpf(2) ** (exponent - 23))
        assert got.ulps[name] == pytest.approx(error, rel=1e-6, abs=1e-9)
        assert got.relative[name] == pytest.approx(float(abs(value - true) / abs(true)), rel=1e-6, abs=1e-12)
    assert got.ulps["helpers"] <= 2.5


@pytest.fixture(scope="module")
def explorer():
    return two_errors()


@pytest.mark.parametrize("function", CASES)
@pytest.mark.parametrize("x", POINTS)
def test_picture_and_sentence_show_the_facts(explorer, function, x):
    explorer.set(function=function, x=x)
    got, picture = explorer.facts, explorer.picture
    for name, dot in picture.dots.items():
        (at,), (error,) = dot.get_data()
        assert at == got.x and error == min(max(got.ulps[name], FLOOR), CEILING)
        assert [cell.get_text() for cell in picture.cells[name]] == [
            number(got.values[name]),
            shown(got.ulps[name]),
            percent(got.relative[name]),
        ]
        column = {"helpers": 1, "torch": 2}[name]
        assert (picture.lines[name].get_ydata() == curve(function)[column].numpy()).all()
    assert list(picture.at.get_xdata()) == [got.x] * 2
    assert picture.title.get_text() == f"{function} at x = {got.x:g}"
    assert f"off by {shown(got.ulps['torch'])} ulp ({percent(got.relative['torch'])})" in describe(got)
    assert f"returns {number(got.values['helpers'])}, off by {shown(got.ulps['helpers'])} ulp" in describe(got)


def test_starts_where_torch_has_nothing_left():
    explorer = two_errors()
    assert explorer.values == {"function": "log_softmax([0, x])[0]", "x": -20.0}
    assert explorer.facts.values["torch"] == 0 and explorer.facts.relative["torch"] == 1
    assert "Torch returns 0, which is off by 9.3e+06 ulp (100 %)" in explorer.describe()


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="function: got 'tanh', want one of"):
        two_errors(function="tanh")
    with pytest.raises(ValueError, match="x, a logit: got 31, want a finite number from -110.0 to 30.0"):
        two_errors(x=31)

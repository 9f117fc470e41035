import math

import mpmath
import pytest
import torch
import torch.nn.functional as F

from helpers.explorers.two_errors import CEILING, FLOOR, FUNCTIONS, computed, curve
from tests.reading import says, says_all

SPECIAL = [dict(function=name, x=x) for name in FUNCTIONS for x in (-110.0, -88.3, -20.0, 0.0, 17.0, 30.0)]
PICTURES = [dict(x=-110.0), dict(function="sigmoid(x)", x=30.0), dict(function="BCE with logits of (x, 0)", x=0.0)]


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


def check_facts(values, facts):
    assert (facts.function, facts.x) == (values["function"], torch.tensor(values["x"]).item())
    true = truth(facts.function, facts.x)
    assert facts.true == pytest.approx(float(true), rel=1e-15)
    assert facts.values["torch"] == by_torch(facts.function, facts.x)
    exponent = max(math.floor(mpmath.log(abs(true), 2)), -126)
    for name, value in facts.values.items():
        error = float(abs(value - true) / mpmath.mpf(2) ** (exponent - 23))
        assert facts.ulps[name] == pytest.approx(error, rel=1e-6, abs=1e-9)
        assert facts.relative[name] == pytest.approx(float(abs(value - true) / abs(true)), rel=1e-6, abs=1e-12)
    assert facts.ulps["helpers"] <= 2.5


def check_picture(picture, facts, values):
    (exact,) = picture.cells["true"]
    assert says(exact.get_text(), facts.true)
    for name, dot in picture.dots.items():
        assert dot.get_xydata().tolist() == [[facts.x, min(max(facts.ulps[name], FLOOR), CEILING)]]
        value, ulps, relative = (cell.get_text() for cell in picture.cells[name])
        assert says(value, facts.values[name]) and says(ulps, facts.ulps[name])
        assert says(relative.removesuffix(" %"), 100 * facts.relative[name])
        column = {"helpers": 1, "torch": 2}[name]
        assert (picture.lines[name].get_xdata() == curve(facts.function)[0].numpy()).all()
        assert (picture.lines[name].get_ydata() == curve(facts.function)[column].numpy()).all()
    assert list(picture.at.get_xdata()) == [facts.x] * 2
    assert picture.title.get_text() == f"{facts.function} at x = {facts.x:g}".replace("-", "−")


def check_sentence(text, facts):
    head, said = text.split(" at x = ", 1)
    assert head == facts.function
    torchs = [facts.values["torch"], facts.ulps["torch"], 100 * facts.relative["torch"]]
    says_all(said, [facts.x, facts.true, *torchs, facts.values["helpers"], facts.ulps["helpers"]])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_curves_are_the_errors_on_a_grid(function):
    x, *errors = curve(function)
    for i in range(0, len(x), 40):
        true = truth(function, x[i].item())
        ulp = mpmath.mpf(2) ** (max(math.floor(mpmath.log(abs(true), 2)), -126) - 23)
        error = float(abs(by_torch(function, x[i].item()) - true) / ulp)
        assert errors[1][i].item() == pytest.approx(min(max(error, FLOOR), CEILING), rel=1e-3, abs=1e-3)
        assert errors[0][i] == FLOOR >= 2.5 >= float(abs(computed(function, "helpers", x[i]).item() - true) / ulp)

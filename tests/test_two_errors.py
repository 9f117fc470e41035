import itertools
import math

import mpmath
import pytest
import torch
import torch.nn.functional as F
from reading import says, says_all

from helpers.views.two_errors import CASES, CEILING, FLOOR, curve, number, percent, shown, two_errors

SPECIAL = [*itertools.product(CASES, (-110.0, -88.3, -20.0, 0.0, 17.0, 30.0))]


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
    assert picture.title.get_text() == f"{facts.function} at x = {facts.x:g}"


def check_sentence(text, facts):
    head, said = text.split(" at x = ", 1)
    assert head == facts.function
    torchs = [facts.values["torch"], facts.ulps["torch"], 100 * facts.relative["torch"]]
    says_all(said, [facts.x, facts.true, *torchs, facts.values["helpers"], facts.ulps["helpers"]])


@pytest.mark.parametrize("function, x", SPECIAL)
def test_facts_picture_and_sentence(explorer, function, x):
    explorer.set(function=function, x=x)
    check_facts(explorer.values, explorer.facts)
    check_picture(explorer.picture, explorer.facts, explorer.values)
    check_sentence(explorer.describe(), explorer.facts)


@pytest.mark.parametrize("function", CASES)
def test_curves_are_the_errors_on_a_grid(function):
    x, *errors = curve(function)
    for i in range(0, len(x), 40):
        true = truth(function, x[i].item())
        ulp = mpmath.mpf(2) ** (max(math.floor(mpmath.log(abs(true), 2)), -126) - 23)
        error = float(abs(by_torch(function, x[i].item()) - true) / ulp)
        assert errors[1][i].item() == pytest.approx(min(max(error, FLOOR), CEILING), rel=1e-3, abs=1e-3)
        assert errors[0][i] == FLOOR >= 2.5 >= float(abs(CASES[function].ours(x[i]).item() - true) / ulp)


def test_numbers_are_written_short():
    assert [number(value) for value in (-2.0611536e-9, -0.0)] == ["-2.0612e-09", "0"]
    assert [shown(ulps) for ulps in (0.26, 9999.9, 1e4, 15_000_000.0)] == ["0.3", "9999.9", "1.0e+04", "1.5e+07"]
    assert [percent(error) for error in (1.0, 0.057649, 1e-4, 3e-8)] == ["100 %", "5.76 %", "1.0e-02 %", "3.0e-06 %"]


def test_what_moves_is_named_and_large_enough():
    moving = two_errors().picture.artists
    cells = {f"{name}-{column}" for name in ("helpers", "torch") for column in range(3)}
    others = {"line-torch", "line-helpers", "dot-torch", "dot-helpers", "at", "title"}
    assert set(moving) == {"true-0"} | cells | others
    assert moving["dot-torch"].get_markersize() == moving["dot-helpers"].get_markersize() == 9


def test_the_curves_stay_while_the_function_does(explorer):
    lines = explorer.picture.lines.values()
    for line in lines:
        line.set_data([], [])
    explorer.set(x=3.0)
    assert all(len(line.get_xdata()) == 0 for line in lines)
    explorer.set(function="sigmoid(x)")
    check_picture(explorer.picture, explorer.facts, explorer.values)


def test_a_tick_stands_where_its_label_says():
    axes = two_errors().picture.panels[0].axes[0]
    assert list(axes.get_yticks()) == [FLOOR, 1e3, 1e6, 1e9]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["≤ 4", "$10^3$", "$10^6$", "$10^9$"]


def test_starts_where_torch_has_nothing_left():
    explorer = two_errors()
    assert explorer.values == {"function": "log_softmax([0, x])[0]", "x": -20.0}
    assert explorer.facts.values["torch"] == 0 and explorer.facts.relative["torch"] == 1
    assert "Torch returns 0, which is off by 9.3e+06 ulp (100 %)" in explorer.describe()


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="function: got 'tanh', want one of"):
        two_errors(function="tanh")
    with pytest.raises(ValueError, match="x: got 31, want a finite number from -110 to 30"):
        two_errors(x=31)

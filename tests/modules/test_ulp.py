"""The measure itself: the ulp, the errors, the truth, a comparison; and what the docstrings promise in ulps."""

import math
import re
import subprocess
import sys

import mpmath
import pytest
import torch

from helpers import functions, losses
from helpers.ulp import (
    BCE,
    BCE_LOGITS,
    HALVES,
    IMPLEMENTATIONS,
    Truth,
    bound,
    compare,
    exact,
    exact_ulp_error,
    fast_elementwise,
    ulp,
    ulp_error,
)

EVERY_DTYPE = (torch.float32, torch.float64, *HALVES)


# --- errors


@pytest.mark.parametrize("dtype", EVERY_DTYPE)
def test_an_ulp_is_the_gap_to_the_next_float(dtype):
    info = torch.finfo(dtype)
    values = [0.0, 1.0, 1.5, 2.0, 3.0, 0.3, info.smallest_normal, info.smallest_normal * 1.5, info.smallest_normal / 2]
    values = torch.tensor(values, dtype=dtype)
    above = torch.nextafter(values, torch.full_like(values, torch.inf))
    assert torch.equal(above.double() - values.double(), ulp(values.double(), dtype))
    assert torch.equal(ulp(-values.double(), dtype), ulp(values.double(), dtype))


def test_errors_in_ulps():
    one, exact_one = torch.tensor([1.0], dtype=torch.float64), Truth.of([mpmath.mpf(1)])
    for value, error in ((1.0, 0.0), (1 + 2**-23, 1.0), (1 - 2**-24, 0.5), (0.0, 2.0**23), (math.nan, math.inf)):
        computed = torch.tensor([value])
        assert ulp_error(computed, one).item() == exact_ulp_error(computed, exact_one).item() == error


def test_a_truth_is_known_beyond_the_digits_of_float64():
    with mpmath.workprec(160):
        truth = Truth.of([1 + mpmath.ldexp(1, -60), -1 - mpmath.ldexp(1, -60)])
    for computed, error in ((1.0, 2**-8), (1 + 2**-52, 1 - 2**-8)):
        values = torch.tensor([computed, -computed], dtype=torch.float64)
        assert exact_ulp_error(values, truth).tolist() == [error] * 2


def test_errors_of_infinite_values():
    infinite = torch.tensor([math.inf, -math.inf], dtype=torch.float64)
    truth = Truth.of([mpmath.inf, -mpmath.inf])
    for values, error in ((infinite, 0.0), (-infinite, math.inf), (infinite.sign(), math.inf)):
        assert ulp_error(values.float(), infinite).tolist() == exact_ulp_error(values, truth).tolist() == [error] * 2
    assert exact_ulp_error(infinite, Truth.of([mpmath.mpf(1)] * 2)).tolist() == [math.inf] * 2


def test_errors_of_tiny_values():
    """In the subnormal range of float64 the truth lies between two floats, and is known better than either."""
    smallest = 2.0**-1074
    truth = Truth.of([mpmath.ldexp(k, -1076) for k in (0, 1, 2, 5, 4 + 2**-60)])
    values = torch.tensor([smallest, 0.0, smallest, smallest, 2 * smallest], dtype=torch.float64)
    assert exact_ulp_error(values, truth).tolist() == [1.0, 0.25, 0.5, 0.25, 1.0]


def test_the_two_measures_agree():
    """At a truth of 0 too."""
    generator = torch.Generator().manual_seed(0)
    true = torch.randn(200, generator=generator, dtype=torch.float64) * 10 ** torch.linspace(-44, 10, 200).double()
    for dtype in (torch.float32, *HALVES):
        computed = (true * (1 + 1e-6)).to(dtype)
        computed[true.abs() > torch.finfo(dtype).max] = 0
        for truth in (true, 0 * true):
            fast, slow = (
                ulp_error(computed, truth),
                exact_ulp_error(computed, Truth.of(map(mpmath.mpf, truth.tolist()))),
            )
            torch.testing.assert_close(fast, slow, rtol=1e-12, atol=0)


def test_a_truth_must_know_more_than_what_is_measured():
    for computed, true in ((torch.float32, torch.float32), (torch.float64, torch.float64)):
        with pytest.raises(TypeError, match="(true|computed): got torch.float(32|64), want"):
            ulp_error(torch.ones(2, dtype=computed), torch.ones(2, dtype=true))


# --- the truth


def test_exact_is_the_definition():
    """Textbook formulas, in 400 digits: no cancellation can matter there."""
    with mpmath.workdps(400):
        x, y, p = mpmath.mpf(-20.5), mpmath.mpf("0.25"), mpmath.mpf(0.3)
        s = 1 / (1 + mpmath.exp(-x))
        row = [0.0, -80.0, 3.0, 3.0, -math.inf]
        exps = [mpmath.exp(v) for v in row]
        cases = [
            (exact("sigmoid", float(x)), s),
            (exact("logsigmoid", float(x)), mpmath.log(s)),
            (exact("logit", float(p)), mpmath.log(p / (1 - p))),
            (exact(BCE_LOGITS, float(x), float(y)), -(y * mpmath.log(s) + (1 - y) * mpmath.log(1 - s))),
            (exact(BCE, float(p), float(y)), -(y * mpmath.log(p) + (1 - y) * mpmath.log(1 - p))),
            (exact("cross_entropy", row, 1), -mpmath.log(exps[1] / mpmath.fsum(exps))),
            *zip(exact("softmax", row)[:4], [e / mpmath.fsum(exps) for e in exps], strict=False),
            *zip(exact("log_softmax", row)[:4], [mpmath.log(e / mpmath.fsum(exps)) for e in exps], strict=False),
        ]
        for value, expected in cases:
            assert abs(value / expected - 1) < mpmath.mpf(2) ** -150
    assert exact("softmax", row)[4] == 0 and exact("log_softmax", row)[4] == -mpmath.inf
    assert exact(BCE, 0.0, 0.0) == 0 and exact(BCE, 1.0, 1.0) == 0


def test_the_fast_truth_is_the_exact_one():
    """To 2e-6 of a float32 ulp."""
    x = torch.randn(300, generator=torch.Generator().manual_seed(0)) * 2 ** torch.linspace(-40, 8, 300)
    x = torch.cat([x, torch.tensor([0.0, -103.9, -87.4, 17.3, 1023.9, -1023.9])])
    for name, function, rest in (
        ("sigmoid", "sigmoid", ()),
        ("softplus", BCE_LOGITS, (0.0,)),
        ("softplus of −x", BCE_LOGITS, (1.0,)),
    ):
        fast = fast_elementwise(x.double())[name]
        true = [exact(function, value, *rest) for value in x.tolist()]
        for value, expected, gap in zip(fast.tolist(), true, ulp(fast, torch.float32).tolist(), strict=True):
            assert abs(value - expected) <= 2e-6 * gap


# --- the comparison


def test_compare_takes_every_function():
    arguments = {"cross_entropy": ([0.3, 1.0, 2.0], 1), BCE: (0.3, 1.0), BCE_LOGITS: (0.3, 0.25)}
    arguments |= dict.fromkeys(("softmax", "log_softmax"), ([0.3, 1.0, 2.0],))
    for function, found in IMPLEMENTATIONS.items():
        for dtype in EVERY_DTYPE:
            table = compare(function, *arguments.get(function, (0.3,)), dtype=dtype)
            assert list(table.index) == [name for name in found if name != "scipy" or dtype not in HALVES]
            assert (table["relative error"] < 20 * torch.finfo(dtype).eps).all()
    assert compare("softmax", [0.0, 1.0], entry=1).loc["torch", "value"] == pytest.approx(0.7310586)


def test_compare_says_how_far_off_a_value_is():
    table = compare("softmax", [0.0, 1000.0], entry=0)
    assert (table["value"] == 0).all() and (table["relative error"] == 1).all()
    assert table["ulps"].max() < 1e-300  # e^-1000 is far below the smallest float
    table = compare("log_softmax", [0.0, 0.0], entry=1, dtype=torch.float64)
    assert table.loc["helpers", "value"] == -math.log(2) and 0 < table.loc["helpers", "relative error"] < 2**-53
    table = compare("cross_entropy", [0.0, -40.0], 0)
    assert table.loc["torch"].tolist() == [0.0, pytest.approx(math.exp(-40) * 2**81), 1.0]
    off = compare("logit", 0.1)  # 0.1 is rounded to float32 first
    assert off.loc["helpers", "relative error"] < 2e-7


def test_a_truth_of_zero_or_infinity_is_met_or_not():
    table = compare(BCE, 0.0, 0.0)
    assert table["relative error"].to_dict() == {"helpers": 0.0, "torch": 0.0, "naive": 1.0}
    assert math.isnan(table.loc["naive", "value"]) and table["ulps"].tolist() == [0.0, 0.0, math.inf]
    table = compare(BCE, 1.0, 0.0)  # torch holds it at 100
    assert table["relative error"].to_dict() == {"helpers": 1.0, "torch": 1.0, "naive": 0.0}


# --- what is promised


@pytest.mark.parametrize("name", IMPLEMENTATIONS)
def test_docstrings_promise_the_bounds_of_the_table(name):
    text = (getattr(functions, name, None) or getattr(losses, name)).__doc__
    promise = re.search(r"Accuracy: .*?in float16 and bfloat16", text, re.DOTALL)[0]
    limits = {bound(name, dtype, domain) for dtype in ("float32", "float16") for domain in ("y = 0", "0 < y < 1")}
    assert {float(number) for number in re.findall(r"([\d.]+) ulp", promise)} == limits


def test_imports_are_light_and_need_no_docstrings():
    """Of the explorers, the functions and the clinic; -OO leaves the docstrings out."""
    modules = ("functions", "losses", "floats", "calibration", "training", "photos", "data", "explorers.logit_table")
    imports = "import " + ", ".join(f"helpers.{each}" for each in modules)
    code = f"import sys; {imports}; print({{'mpmath', 'scipy', 'pandas'}} & sys.modules.keys())"
    code += "; import helpers.clinic; print(len(helpers.clinic.MISTAKES) > 50, 'pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-OO", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\nTrue False\n"

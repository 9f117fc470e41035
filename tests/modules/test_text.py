import math

import pytest

from helpers.text import cell, minus, number


@pytest.mark.parametrize(
    "value, shown",
    [
        (0.0, "0"),
        (-0.0, "0"),
        (5e-4, "0.0005"),
        (4.9e-4, "4.90e−04"),
        (-12.5, "−12.5000"),
        (999.9, "999.9000"),
        (1000, "1000.0"),
        (999999, "999999.0"),
        (1e6, "1.00e+06"),
        (-math.inf, "−inf"),
        (math.nan, "NaN"),
    ],
)
def test_cells_are_short_and_only_0_is_0(value, shown):
    assert cell(value) == shown


def test_a_number_has_a_real_minus_and_a_zero_none():
    assert [number(value, ".3f") for value in (-1.25, -0.0, -0.0004, -0.0006)] == ["−1.250", "0.000", "0.000", "−0.001"]
    assert [number(value, "+.2e") for value in (-0.0, math.inf, -2e-9)] == ["0", "+inf", "−2.00e−09"]
    assert number(0, "g") == "0" and number(-4, "g") == "−4" and number(-1e-5, "+.2f") == "0.00"


def test_words_keep_their_hyphens():
    assert minus("multi-label, x-1, (a)-1, dim=-1: -3 to -inf") == "multi-label, x-1, (a)-1, dim=−1: −3 to −inf"

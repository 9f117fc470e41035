import itertools
import math
import random
import re

import pytest
import torch

from helpers.data import LABELS, LOGITS
from helpers.explorers.logit_table import cell, describe, facts, logit_table

RNG = random.Random(1)
SETTINGS = [
    dict(cat=3.49, dog=4.43, cow=-2.25, zebra=2.64, temperature=1.0, add_c=False, c=-4.0),
    dict(cat=10, dog=-10, cow=10, zebra=-10, temperature=0.1, add_c=True, c=10),
    dict(cat=-10, dog=-10, cow=-10, zebra=-10, temperature=0.1, add_c=True, c=-10),
    *(
        dict(zip(LABELS, [RNG.uniform(-10, 10) for _ in LABELS]))
        | dict(temperature=RNG.uniform(0.1, 10), add_c=RNG.random() < 0.5, c=RNG.uniform(-10, 10))
        for _ in range(20)
    ),
]


@pytest.mark.parametrize("values", SETTINGS)
def test_facts_equal_plain_arithmetic(values):
    z = [(values[label] + (values["c"] if values["add_c"] else 0)) / values["temperature"] for label in LABELS]
    total = math.fsum(math.exp(each) for each in z)
    got = facts(**values)
    expected = [
        (got.logits, z),
        (got.exps, [math.exp(each) for each in z]),
        (got.probs, [math.exp(each) / total for each in z]),
        (got.nll, [math.log(total) - each for each in z]),
        (got.sigmoids, [1 / (1 + math.exp(-each)) for each in z]),
    ]
    for column, numbers in expected:
        torch.testing.assert_close(column, torch.tensor(numbers, dtype=torch.float64), rtol=1e-9, atol=1e-12)


@pytest.fixture(scope="module")
def explorer():
    return logit_table()


@pytest.mark.parametrize("values", SETTINGS)
def test_picture_shows_the_facts(explorer, values):
    explorer.set(**values)
    got, picture = explorer.facts, explorer.picture
    assert [bar.get_height() for bar in picture.bars] == got.probs.tolist()
    assert [bar.get_x() + 0.35 for bar in picture.bars] == pytest.approx(range(4))
    assert list(picture.sigmoids.get_ydata()) == got.sigmoids.tolist()
    assert [text.get_text() for text in picture.heights] == [f"{prob:.2f}" for prob in got.probs.tolist()]
    columns = (got.logits, got.exps, got.probs, got.nll, got.sigmoids)
    for i, j in itertools.product(range(4), range(5)):
        assert picture.cells[i][j].get_text() == cell(columns[j][i])
    assert picture.cells[4][1].get_text() == cell(got.exps.sum())
    assert picture.cells[4][4].get_text() == cell(got.sigmoids.sum())


@pytest.mark.parametrize("values", SETTINGS)
def test_sentence_says_the_facts(values):
    got = facts(**values)
    sentence = describe(got)
    for label, prob in zip(LABELS, got.probs.tolist()):
        assert f"{label} {prob:.4f}" in sentence
    over = re.search(r"above 0\.5: ([^;]+);", sentence)[1]
    assert over == (", ".join(label for label, p in zip(LABELS, got.sigmoids.tolist()) if p > 0.5) or "none")
    assert f"sum to {got.sigmoids.sum():.4f}" in sentence


def test_starts_at_the_running_example():
    explorer = logit_table()
    assert explorer.values == dict(cat=3.49, dog=4.43, cow=-2.25, zebra=2.64, temperature=1.0, add_c=False, c=-4.0)
    assert explorer.describe() == (
        "Softmax picks dog with probability 0.6415 (cat 0.2506, dog 0.6415, cow 0.0008, zebra 0.1071; the sum is 1.0000). "
        "Sigmoid above 0.5: cat, dog, zebra; the four sigmoids sum to 2.9874."
    )
    assert [tick.get_text() for tick in explorer.picture.panels[1].axes[0].get_xticklabels()] == list(LABELS)


def test_a_tie_is_said():
    explorer = logit_table(logits=[5, 5, 0, 0])
    assert "is a tie of cat and dog with probability 0.4967" in explorer.describe()


def test_the_switch_adds_c_to_all():
    explorer = logit_table()
    before = explorer.facts
    explorer.controls["add_c"].value = True
    torch.testing.assert_close(explorer.facts.probs, before.probs)
    assert [round(value, 6) for value in explorer.facts.logits.tolist()] == [-0.51, 0.43, -6.25, -1.36]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(logits=[1, 2, 3]), "logits: got .* want 4 finite numbers"),
        (dict(logits=[1, 2, 3, math.nan]), "logits: got .* want 4 finite numbers"),
        (dict(logits=[1, 2, 3, 11]), "logit of zebra: got 11.0, want a finite number from -10 to 10"),
        (dict(temperature=0), "temperature T: got 0, want a finite number from 0.1 to 10"),
        (dict(c=math.inf), "c: got inf, want a finite number from -10 to 10"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        logit_table(**arguments)


def test_cells_say_small_and_large_numbers():
    assert [cell(value) for value in (0, 1e-4, 0.25, -12.5, 12345.67, 1e6)] == [
        "0.0000", "1.00e-04", "0.2500", "-12.5000", "12345.7", "1.00e+06"
    ]
    assert LOGITS.tolist() == pytest.approx([3.49, 4.43, -2.25, 2.64])

import itertools
import math
import re

import pytest
import torch
from reading import says, says_all

from helpers.data import LABELS, LOGITS
from helpers.views.logit_table import LogitTable, cell, logit_table

DEFAULT = dict(cat=3.49, dog=4.43, cow=-2.25, zebra=2.64, temperature=1.0, add_c=False, c=-4.0)
SPECIAL = [
    DEFAULT,
    DEFAULT | dict(cat=4.43),  # a tie
    DEFAULT | dict(temperature=0.37, add_c=True, c=7.25),  # between the stops of the sliders
    dict(cat=10, dog=-10, cow=10, zebra=-10, temperature=0.1, add_c=True, c=10),
    dict(cat=-10, dog=-10, cow=-10, zebra=-10, temperature=0.1, add_c=True, c=-10),
    dict(cat=0, dog=0, cow=0, zebra=0.5, temperature=1.0, add_c=False, c=0),  # sigmoids of exactly 0.5
]


def check_facts(values, facts):
    shift = values["c"] if values["add_c"] else 0
    z = torch.tensor([(values[label] + shift) / values["temperature"] for label in LABELS], dtype=torch.float64)
    shown = torch.stack([facts.logits, facts.exps, facts.probs, facts.nll, facts.sigmoids])
    expected = torch.stack([z, torch.exp(z), torch.softmax(z, 0), -torch.log_softmax(z, 0), torch.sigmoid(z)])
    torch.testing.assert_close(shown, expected, rtol=1e-9, atol=1e-12)


def check_picture(picture, facts, values):
    probs, sigmoids = facts.probs.tolist(), facts.sigmoids.tolist()
    assert [bar.get_height() for bar in picture.bars] == probs
    assert [bar.get_y() for bar in picture.bars] == [0] * 4
    assert [bar.get_x() + 0.35 for bar in picture.bars] == pytest.approx(range(4))
    assert list(picture.sigmoids.get_ydata()) == sigmoids
    assert [x - 0.27 for x in picture.sigmoids.get_xdata()] == pytest.approx(range(4))
    assert all(says(text.get_text(), prob) for text, prob in zip(picture.heights, probs))
    assert [text.get_position()[1] for text in picture.heights] == probs
    columns = (facts.logits, facts.exps, facts.probs, facts.nll, facts.sigmoids)
    assert [len(row) for row in picture.cells] == [5] * 5 and len(picture.heights) == 4
    for i, j in itertools.product(range(4), range(5)):
        assert says(picture.cells[i][j].get_text(), columns[j][i])
        assert picture.cells[i][j].get_position() == (j + 0.95, i + 1)
    sums = [text.get_text() for text in picture.cells[4]]
    assert sums[0] == sums[3] == ""
    for j in (1, 2, 4):
        assert says(sums[j], columns[j].sum())


def check_sentence(text, facts):
    probs, sigmoids = facts.probs.tolist(), facts.sigmoids.tolist()
    says_all(text, [max(probs), *probs, sum(probs), 0.5, sum(sigmoids)])
    winners, over = re.search(r"Softmax (?:picks|is a tie of) ([\w ]+) with .* above 0\.5: ([^;]+);", text).groups()
    assert winners.split(" and ") == [label for label, p in zip(LABELS, probs) if p == max(probs)]
    assert over == (", ".join(label for label, p in zip(LABELS, sigmoids) if p > 0.5) or "none")
    assert re.findall(r"(\w+) \d\.\d{4}[,;]", text) == list(LABELS)


@pytest.mark.parametrize("values", SPECIAL)
def test_facts_picture_and_sentence(explorer, values):
    explorer.set(**values)
    check_facts(values, explorer.facts)
    check_picture(explorer.picture, explorer.facts, values)
    check_sentence(explorer.describe(), explorer.facts)


def test_starts_at_the_running_example(explorer):
    assert explorer.values == DEFAULT
    assert explorer.describe() == (
        "Softmax picks dog with probability 0.6415 (cat 0.2506, dog 0.6415, cow 0.0008, zebra 0.1071; the sum is 1.0000). "
        "Sigmoid above 0.5: cat, dog, zebra; the four sigmoids sum to 2.9874."
    )
    assert [tick.get_text() for tick in explorer.picture.panels[1].axes[0].get_xticklabels()] == list(LABELS)


def test_bars_and_their_numbers_grow_from_the_axis():
    picture = LogitTable()
    assert [text.get_position()[1] for text in picture.heights] == [bar.get_height() for bar in picture.bars] == [0] * 4


def test_the_diamonds_are_a_third_larger_than_in_the_legend():
    picture = LogitTable()
    (key,) = picture.panels[1].axes[0].get_legend().get_lines()
    assert picture.sigmoids.get_markersize() == pytest.approx(4 / 3 * key.get_markersize())


def test_a_tie_is_said():
    explorer = logit_table(logits=[5, 5, 0, 0])
    assert "is a tie of cat and dog with probability 0.4967" in explorer.describe()


def test_the_switch_adds_c_to_all(explorer):
    before = explorer.facts
    explorer.add_c = True
    torch.testing.assert_close(explorer.facts.probs, before.probs)
    assert [round(value, 6) for value in explorer.facts.logits.tolist()] == [-0.51, 0.43, -6.25, -1.36]


def test_takes_a_tensor_of_logits_and_one_of_a_temperature():
    explorer = logit_table(logits=torch.tensor([1.0, 2, 3, -4.128]), temperature=torch.tensor(2))
    assert explorer.values == DEFAULT | dict(cat=1, dog=2, cow=3, zebra=-4.13, temperature=2)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(logits=[1, 2, 3]), r"logits: got \[1, 2, 3\], want 4 finite numbers, one for each of \('cat', 'dog'"),
        (dict(logits=[1, 2, 3, 11]), "logit of zebra: got 11.0, want a finite number from -10 to 10"),
        (dict(temperature=0), "temperature: got 0, want a finite number from 0.1 to 10"),
        (dict(temperature="warm"), "temperature: got 'warm', want a finite number from 0.1 to 10"),
        (dict(temperature=True), "temperature: got True, want a finite number from 0.1 to 10"),
        (dict(c=math.inf), "c: got inf, want a finite number from -10 to 10"),
        (dict(c=None), "c: got None, want a finite number from -10 to 10"),
        (dict(c=[1]), r"c: got \[1\], want a finite number from -10 to 10"),
        (dict(c=LOGITS), "(?s)c: got tensor.*, want a finite number from -10 to 10"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        logit_table(**arguments)


def test_cells_say_small_and_large_numbers():
    assert [cell(value) for value in (0, 1e-4, 5e-4, 0.25, -12.5, 999.9, 1000, 12345.67, 1e6)] == [
        "0.0000", "1.00e-04", "0.0005", "0.2500", "-12.5000", "999.9000", "1000.0", "12345.7", "1.00e+06"
    ]  # fmt: skip
    assert LOGITS.tolist() == pytest.approx([3.49, 4.43, -2.25, 2.64])

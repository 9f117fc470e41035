import itertools
import re

import pytest
import torch
from reading import says, says_all

from helpers.data import LABELS
from helpers.views.logit_table import logit_table

DEFAULT = dict(cat=3.49, dog=4.43, cow=-2.25, zebra=2.64, temperature=1.0, add_c=False, c=-4.0)
SPECIAL = [
    DEFAULT,
    DEFAULT | dict(cat=4.43),  # a tie
    DEFAULT | dict(temperature=0.37, add_c=True, c=7.25),  # between the stops of the sliders
    dict(cat=10, dog=-10, cow=10, zebra=-10, temperature=0.1, add_c=True, c=10),
    dict(cat=-10, dog=-10, cow=-10, zebra=-10, temperature=0.1, add_c=True, c=-10),
    dict(cat=0, dog=0, cow=0, zebra=0.5, temperature=1.0, add_c=False, c=0),  # sigmoids of exactly 0.5
]
PICTURES = [
    dict(cat=10.0, dog=-10.0, temperature=0.1),
    dict(cat=2.0, dog=2.0, cow=2.0, zebra=2.0, temperature=10.0),
    dict(add_c=True, c=10.0),
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


def test_takes_a_tensor_of_logits_and_one_of_a_temperature():
    explorer = logit_table(logits=torch.tensor([1.0, 2, 3, -4.128]), temperature=torch.tensor(2))
    assert explorer.values == DEFAULT | dict(cat=1, dog=2, cow=3, zebra=-4.13, temperature=2)

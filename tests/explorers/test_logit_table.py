import itertools
import re

import pytest
import torch

from helpers.data import LABELS
from helpers.explorers.logit_table import logit_table
from tests.reading import says, says_all

SPECIAL = [
    dict(cat=4.43),  # a tie
    dict(temperature=0.37, add_c=True, c=7.25),  # between the stops of the sliders
    dict(cat=10, dog=-10, cow=10, zebra=-10, temperature=0.1, add_c=True, c=10),
    dict(cat=0, dog=0, cow=0, zebra=0.5),  # sigmoids of exactly 0.5
]
PICTURES = [
    dict(cat=10.0, dog=-10.0, temperature=0.1),
    dict(cat=2.0, dog=2.0, cow=2.0, zebra=2.0, temperature=10.0),
    dict(add_c=True, c=10.0),
]
DRAWN = 3 * torch.randn(6, 50_000, generator=torch.Generator().manual_seed(4))
NAMES = "airplane automobile bird cat deer dog frog horse ship truck".split()
OWN = [
    dict(logits=[1.5, -0.5, 3, 9]),
    dict(logits=DRAWN[:, :3].half(), targets=torch.tensor([0, 1, 2, 0, 1, 2])),
    dict(logits=DRAWN[:, :10].numpy(), labels=NAMES, targets=[*NAMES[:5], "truck"]),
    dict(logits=(10 * DRAWN[0, :12]).tolist()),
    dict(logits=DRAWN[:, :1000], targets=[999] * 6),
    dict(logits=DRAWN[0], labels=[f"word{k}" for k in range(50_000)], temperature=0.5),
]


def logits_at(values, given):
    """Return the logits of all classes and the true one, as the settings say."""
    names = LABELS if "cat" in values else [name for name in values if name.startswith("logit_")]
    row = values.get("row", 0)
    own = torch.as_tensor(given["logits"]).double() if given else None
    x = (
        torch.tensor([values[name] for name in names], dtype=torch.float64)
        if names
        else own[row]
        if own.ndim == 2
        else own
    )
    if not given or "targets" not in given:
        return x, None
    true = given["targets"][row]
    return x, given["labels"].index(true) if isinstance(true, str) else int(true)


def check_facts(values, facts, given=None):
    x, true = logits_at(values, given)
    z = (x + (values["c"] if values["add_c"] else 0)) / values["temperature"]
    expected = torch.stack([z, torch.exp(z), torch.softmax(z, 0), -torch.log_softmax(z, 0), torch.sigmoid(z)])
    shown = list(range(len(x)))
    if len(x) > 12:
        shown = (-x).argsort(stable=True)[:10].tolist()
        shown = shown[:9] + [true] if true not in (None, *shown) else shown
    got = torch.stack([facts.logits, facts.exps, facts.probs, facts.nll, facts.sigmoids])
    torch.testing.assert_close(got, expected[:, shown], rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(list(facts.sums), expected[[1, 2, 4]].sum(1).tolist())
    labels = given.get("labels") or [f"class {k}" for k in range(len(x))] if given else LABELS
    assert facts.labels == tuple(labels[k] for k in shown) and facts.others == len(x) - len(shown)
    assert facts.true == (None if true is None else shown.index(true))
    assert facts.row == values.get("row") and facts.over == int((torch.sigmoid(z) > 0.5).sum())


def check_picture(picture, facts, values, given=None):
    n, probs, sigmoids = len(facts.labels), facts.probs.tolist(), facts.sigmoids.tolist()
    rest = [1 - sum(probs)] if facts.others else []
    bars = picture.bars[:n]
    if n <= 4:
        assert [bar.get_height() for bar in bars] == probs and [bar.get_y() for bar in bars] == [0] * n
        assert [bar.get_x() + 0.35 for bar in bars] == pytest.approx(range(n))
        assert picture.sigmoids.get_xydata().tolist() == [[pytest.approx(i + 0.27), y] for i, y in enumerate(sigmoids)]
        assert [text.get_position()[1] for text in picture.heights] == probs
    else:
        assert [bar.get_width() for bar in picture.bars] == pytest.approx([*probs, *rest], abs=1e-9)
        assert [bar.get_y() + bar.get_height() / 2 for bar in bars] == pytest.approx([i - 0.1 for i in range(n)])
        assert list(picture.sigmoids.get_xdata()) == sigmoids
        shown = [label if len(label) < 10 else f"{label[:8]}…" for label in facts.labels]
        assert [text.get_text() for text in picture.bar_names] == shown
        assert [text.get_text() for text in picture.names] == shown
    assert all(says(text.get_text(), prob) for text, prob in zip(picture.heights, [*probs, *rest], strict=True))
    columns = (facts.logits, facts.exps, facts.probs, facts.nll, facts.sigmoids)
    assert [len(row) for row in picture.cells] == [5] * (n + 1)
    for i, j in itertools.product(range(n), range(5)):
        assert says(picture.cells[i][j].get_text(), columns[j][i])
        assert picture.cells[i][j].get_position() == (j + 0.95, i + 1)
    sums = [text.get_text() for text in picture.cells[n]]
    assert sums[0] == sums[3] == ""
    assert all(says(sums[j], whole) for j, whole in zip((1, 2, 4), facts.sums))
    if facts.others:
        says_all(picture.rest.get_text(), [facts.others, *rest])
    if facts.true is not None:
        assert picture.true.get_y() < facts.true + 1 < picture.true.get_y() + picture.true.get_height()


def check_sentence(text, facts):
    probs, sigmoids = facts.probs.tolist(), facts.sigmoids.tolist()
    head, rest = text.split("Softmax ")
    row = "" if facts.row is None else f"Row {facts.row}. "
    assert head == row + ("" if facts.true is None else f"True: {facts.labels[facts.true]}. ")
    for label in sorted(facts.labels, key=len, reverse=True):  # a name may hold a number
        rest = re.sub(rf"{re.escape(label)}(?! ?\d*\.\d{{4}} \()(?=[ ,;])", "NAME", rest)
    count = len(probs) + facts.others
    others, above = ([facts.others, 1 - sum(probs)], [facts.over, count]) if facts.others else ([], [])
    many = count if count > 12 else None
    says_all(rest, [max(probs), *probs, *others, facts.sums[1], 0.5, *above, many, facts.sums[2]])
    winners, over = re.search(r"Softmax (?:picks|is a tie of) (.+) with prob.* above 0\.5: ([^;]+);", text).groups()
    assert winners.split(" and ") == [label for label, p in zip(facts.labels, probs) if p == max(probs)]
    if not facts.others:
        assert over == (", ".join(label for label, p in zip(facts.labels, sigmoids) if p > 0.5) or "none")
    assert re.findall(r"(?:\(|, )([^,(]+) \d\.\d{4}(?=[,;])", text)[: len(facts.labels)] == list(facts.labels)


def test_a_row_of_a_batch_brings_its_logits():
    explorer = logit_table([[1, 2, 3.128], [-40, 50, 0]], targets=["class 2", "class 0"])
    assert explorer.values | dict(row=0, logit_0=1, logit_1=2, logit_2=3.13) == explorer.values
    explorer.row = 1
    assert explorer.values | dict(logit_0=-40, logit_1=50, logit_2=0) == explorer.values
    assert explorer.controls["logit_0"].min == -50 and "True: class 0. Softmax picks class 1" in explorer.describe()

import itertools
import math
import re
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from helpers.data import LABELS
from helpers.explorers.row_loss import LOWEST_LOG_PROB, STEEPEST, describe
from tests.reading import says, says_all

SPECIAL = [
    dict(temperature=0.7),  # z is rounded to float32 once, at the end
    dict(c=84.0),
    dict(c=-105.5),
    dict(c=-110.0, target="cow", smoothing=0.3),
    dict(cat=10, dog=-10, cow=10, zebra=-10, target="dog", c=120, temperature=0.5, smoothing=0.0),
    dict(cat=-10, dog=10, cow=-10, zebra=-10, target="zebra", c=-120, temperature=0.5, smoothing=0.5),
]
PICTURES = [
    dict(c=120.0),
    dict(target="cow", temperature=10.0, smoothing=0.5),
    dict(cat=-10.0, dog=10.0, target="cat", temperature=0.5),
]
NAMES = "airplane automobile bird cat deer dog frog horse ship truck plane boat".split()
OWN = [
    dict(logits=torch.tensor([9.0, 1.5, -0.5, 3]).half()),
    dict(logits=[25.0, -3, 0.5, 7, 31, -42, 12, 0, 1, 2, 3, 4], target="automobile", labels=NAMES),
]


def labels_at(values):
    """Return the names of the logit sliders, and of the classes."""
    if "cat" in values:
        return LABELS, LABELS
    names = [name for name in values if name.startswith("logit_")]
    return names, NAMES if len(names) == 12 else [f"class {k}" for k in range(4)]


def row_of(values):
    """The row as float64 logits, x and z, and as the float32 ones that the two formulas get."""
    x = torch.tensor([values[name] for name in labels_at(values)[0]], dtype=torch.float64, requires_grad=True)
    z = (x + values["c"]) / values["temperature"]
    return x, z, z.detach().float()


def check_facts(values, facts, given=None):
    labels = labels_at(values)[1]
    assert list(facts.labels) == list(labels)
    x, z, single = row_of(values)
    target = torch.tensor(labels.index(values["target"]))
    loss = F.cross_entropy(z, target, label_smoothing=values["smoothing"])
    (gradient,) = torch.autograd.grad(loss, x)
    one_hot = F.one_hot(target, len(labels)).double()
    assert facts.target == target and torch.equal(facts.z, single)
    # The probabilities start from float32 logits of up to 260.
    shown = torch.stack([facts.probs, facts.gradient])
    torch.testing.assert_close(shown, torch.stack([torch.softmax(z, 0).detach(), gradient]), rtol=1e-5, atol=2e-5)
    assert facts.gradient.sum().item() == pytest.approx(0, abs=1e-12)
    assert facts.stable.tolist() == pytest.approx(F.log_softmax(single, 0).tolist(), rel=1e-5, abs=1e-6)
    assert facts.naive.tolist() == pytest.approx((single - single.exp().sum().log()).tolist(), rel=1e-6, abs=1e-6)
    assert facts.exp_sum == pytest.approx(single.exp().sum().item())
    assert facts.loss == pytest.approx(loss.item(), rel=1e-5, abs=2e-5)
    expected = (1 - values["smoothing"]) * one_hot + values["smoothing"] / len(labels)
    assert facts.targets.tolist() == pytest.approx(expected.tolist()) and facts.targets.sum().item() == pytest.approx(1)
    kept = facts.targets > 0  # 0 times infinity is left out
    assert facts.naive_loss == pytest.approx(-(facts.targets[kept] * facts.naive.double()[kept]).sum().item())
    assert (facts.z.dtype, facts.stable.dtype, facts.naive.dtype) == (torch.float32,) * 3
    assert (facts.targets.dtype, facts.probs.dtype, facts.gradient.dtype) == (torch.float64,) * 3


def check_picture(picture, facts, values, given=None):
    n = len(facts.labels)
    columns = (facts.z, facts.targets, facts.probs, facts.stable, facts.naive, facts.gradient)
    assert [len(row) for row in picture.cells] == [6] * n
    for i, (j, column) in itertools.product(range(n), enumerate(columns)):
        shown = picture.cells[i][j].get_text()
        assert says(shown, column[i]) and len(shown) <= 8
    for text, value in zip(
        (*picture.losses, picture.exp_sum), (facts.loss, facts.naive_loss, facts.exp_sum), strict=True
    ):
        assert says(text.get_text(), value)
    middle = picture.true_row.get_y() + picture.true_row.get_height() / 2
    assert middle == pytest.approx(facts.target + 1)
    for bars, log_probs in ((picture.stable, facts.stable.tolist()), (picture.naive, facts.naive.tolist())):
        for bar, value in zip(bars, log_probs, strict=True):
            assert bar.get_visible() == math.isfinite(value)
            if math.isfinite(value):
                assert bar.get_height() == max(value, LOWEST_LOG_PROB)
    gradient = [max(-STEEPEST, min(g, STEEPEST)) for g in facts.gradient.tolist()]
    assert [bar.get_height() for bar in picture.gradient] == gradient
    note, cut = picture.note.get_text(), picture.cut.get_text()
    assert ("all −inf, no bars" in note) == (facts.exp_sum == math.inf)
    assert ("all +inf, no bars" in note) == (facts.exp_sum == 0)
    assert ("bars end at −22" in note) == (facts.stable.min() < -22)
    assert ("bars end at ±1.05" in cut) == bool(cut) == bool(facts.gradient.abs().max() > 1.05)


def check_sentence(text, facts):
    zero = 0 if facts.exp_sum == 0 else None  # "all its exponentials are 0"
    words = text
    for label in sorted(facts.labels, key=len, reverse=True):  # a name may hold a number
        words = words.replace(label, "NAME")
    says_all(words, [facts.loss, facts.naive_loss, zero, *facts.probs.tolist(), *facts.gradient.tolist()])
    assert text.startswith(f"Truth: {facts.labels[facts.target]}. The loss is ")
    assert re.findall(r"([a-z]\w*(?: \d)?) \S+[,.](?= |$)", text.split("Probabilities: ")[1]) == 2 * list(facts.labels)
    assert ("is infinite and all its log-probabilities are minus infinity" in text) == (facts.exp_sum == math.inf)
    assert ("exponentials are 0 and all its log-probabilities are plus infinity" in text) == (facts.exp_sum == 0)
    astray = math.isfinite(facts.naive_loss) and abs(facts.naive_loss - facts.loss) > 0.001 * (1 + facts.loss)
    assert ("have lost their digits" in text) == astray


def test_nothing_is_cut_at_temperature_1_and_above(explorer):
    for logits in itertools.product([-10, 10], repeat=4):
        for temperature, smoothing in itertools.product([1, 10], [0, 0.5]):
            explorer.set(**dict(zip(LABELS, logits)), temperature=temperature, smoothing=smoothing)
            assert not explorer.picture.note.get_text() and not explorer.picture.cut.get_text()


@pytest.mark.parametrize("loss, slack", [(0.0, 0.001), (4.0, 0.005)])
def test_a_thousandth_of_the_loss_and_of_a_nat_is_not_astray(explorer, loss, slack):
    for off in (0.98 * slack, 1.02 * slack, -0.98 * slack, -1.02 * slack):
        text = describe(replace(explorer.facts, loss=loss, naive_loss=loss + off))
        assert ("have lost their digits" in text) == (abs(off) > slack)

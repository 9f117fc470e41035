import itertools
import math
import re
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from reading import says, says_all

from helpers.data import LABELS
from helpers.views.row_loss import LOWEST_LOG_PROB, STEEPEST, cell, describe, facts, row_loss

DEFAULT = dict(cat=3.49, dog=4.43, cow=-2.25, zebra=2.64, target="dog", c=0.0, temperature=1.0, smoothing=0.0)
SPECIAL = [
    DEFAULT,
    DEFAULT | dict(temperature=0.7),  # z is rounded to float32 once, at the end
    DEFAULT | dict(c=84.0),
    DEFAULT | dict(c=-105.5),
    DEFAULT | dict(c=-110.0, target="cow", smoothing=0.3),
    dict(cat=10, dog=-10, cow=10, zebra=-10, target="dog", c=120, temperature=0.5, smoothing=0.0),
    dict(cat=-10, dog=10, cow=-10, zebra=-10, target="zebra", c=-120, temperature=0.5, smoothing=0.5),
    dict(cat=0, dog=0, cow=0, zebra=0, target="cat", c=0, temperature=10, smoothing=0.5),
]


def row_of(values):
    """The row as float64 logits, x and z, and as the float32 ones that the two formulas get."""
    x = torch.tensor([values[label] for label in LABELS], dtype=torch.float64, requires_grad=True)
    z = (x + values["c"]) / values["temperature"]
    return x, z, z.detach().float()


def check_facts(values, facts):
    x, z, single = row_of(values)
    target = torch.tensor(LABELS.index(values["target"]))
    loss = F.cross_entropy(z, target, label_smoothing=values["smoothing"])
    (gradient,) = torch.autograd.grad(loss, x)
    one_hot = F.one_hot(target, 4).double()
    assert facts.target == target and torch.equal(facts.z, single)
    # The probabilities start from float32 logits of up to 260.
    shown = torch.stack([facts.probs, facts.gradient])
    torch.testing.assert_close(shown, torch.stack([torch.softmax(z, 0).detach(), gradient]), rtol=1e-5, atol=2e-5)
    assert facts.gradient.sum().item() == pytest.approx(0, abs=1e-12)
    assert facts.stable.tolist() == pytest.approx(F.log_softmax(single, 0).tolist(), rel=1e-5, abs=1e-6)
    assert facts.naive.tolist() == pytest.approx((single - single.exp().sum().log()).tolist(), rel=1e-6, abs=1e-6)
    assert facts.exp_sum == pytest.approx(single.exp().sum().item())
    assert facts.loss == pytest.approx(loss.item(), rel=1e-5, abs=2e-5)
    expected = (1 - values["smoothing"]) * one_hot + values["smoothing"] / 4
    assert facts.targets.tolist() == pytest.approx(expected.tolist()) and facts.targets.sum().item() == pytest.approx(1)
    kept = facts.targets > 0  # 0 times infinity is left out
    assert facts.naive_loss == pytest.approx(-(facts.targets[kept] * facts.naive.double()[kept]).sum().item())
    assert (facts.z.dtype, facts.stable.dtype, facts.naive.dtype) == (torch.float32,) * 3
    assert (facts.targets.dtype, facts.probs.dtype, facts.gradient.dtype) == (torch.float64,) * 3


def check_picture(picture, facts, values):
    columns = (facts.z, facts.targets, facts.probs, facts.stable, facts.naive, facts.gradient)
    assert [len(row) for row in picture.cells] == [6] * 4
    for i, (j, column) in itertools.product(range(4), enumerate(columns)):
        shown = picture.cells[i][j].get_text()
        assert says(shown, column[i]) and len(shown) <= 8
    for text, value in zip((*picture.losses, picture.exp_sum), (facts.loss, facts.naive_loss, facts.exp_sum)):
        assert says(text.get_text(), value)
    middle = picture.true_row.get_y() + picture.true_row.get_height() / 2
    assert middle == pytest.approx(LABELS.index(values["target"]) + 1)
    for bars, log_probs in ((picture.stable, facts.stable.tolist()), (picture.naive, facts.naive.tolist())):
        for bar, value in zip(bars, log_probs):
            assert bar.get_visible() == math.isfinite(value)
            if math.isfinite(value):
                assert bar.get_height() == max(value, LOWEST_LOG_PROB)
    gradient = [max(-STEEPEST, min(g, STEEPEST)) for g in facts.gradient.tolist()]
    assert [bar.get_height() for bar in picture.gradient] == gradient
    note, cut = picture.note.get_text(), picture.cut.get_text()
    assert ("-inf for all four, no bars" in note) == (facts.exp_sum == math.inf)
    assert ("+inf for all four, no bars" in note) == (facts.exp_sum == 0)
    assert ("bars end at −22" in note) == (facts.stable.min() < -22)
    assert ("bars end at ±1.05" in cut) == bool(cut) == bool(facts.gradient.abs().max() > 1.05)


def check_sentence(text, facts):
    zero = [0] * (facts.exp_sum == 0)  # "all its exponentials are 0"
    says_all(text, [facts.loss, facts.naive_loss, *zero, *facts.probs.tolist(), *facts.gradient.tolist()])
    assert text.startswith(f"Truth: {LABELS[facts.target]}. The loss is ")
    assert re.findall(r"(\w+) \S+[,.](?= |$)", text.split("Probabilities: ")[1]) == [*LABELS, *LABELS]
    assert ("is infinite and all its log-probabilities are minus infinity" in text) == (facts.exp_sum == math.inf)
    assert ("exponentials are 0 and all its log-probabilities are plus infinity" in text) == (facts.exp_sum == 0)
    astray = math.isfinite(facts.naive_loss) and abs(facts.naive_loss - facts.loss) > 0.001 * (1 + facts.loss)
    assert ("have lost their digits" in text) == astray


@pytest.mark.parametrize("values", SPECIAL)
def test_facts_picture_and_sentence(explorer, values):
    explorer.set(**values)
    check_facts(explorer.values, explorer.facts)
    check_picture(explorer.picture, explorer.facts, explorer.values)
    check_sentence(explorer.describe(), explorer.facts)


@pytest.mark.parametrize(
    "c, naive_loss",
    [(83.5, 0.4439), (84.0, math.inf), (-95.0, 0.4439), (-105.5, 0.4991), (-107.5, -0.2089), (-109.0, -math.inf)],
)
def test_the_article_breaks_where_the_lesson_says(c, naive_loss):
    got = facts(**DEFAULT | dict(c=c))
    assert got.naive_loss == pytest.approx(naive_loss, abs=6e-4)
    assert got.loss == pytest.approx(0.443944, abs=1e-5)


def test_nothing_is_cut_at_temperature_1_and_above(explorer):
    for logits in itertools.product([-10, 10], repeat=4):
        for temperature, smoothing in itertools.product([1, 10], [0, 0.5]):
            explorer.set(**dict(zip(LABELS, logits)), temperature=temperature, smoothing=smoothing)
            assert not explorer.picture.note.get_text() and not explorer.picture.cut.get_text()


def test_the_bars_stand_over_their_labels():
    picture = row_loss().picture
    for panel in picture.panels[1:]:
        axes = panel.axes[0]
        assert [tick.get_text() for tick in axes.get_xticklabels()] == list(LABELS)
        assert list(axes.get_xticks()) == [0, 1, 2, 3]
    middles = [[bar.get_x() + bar.get_width() / 2 for bar in bars] for bars in (picture.stable, picture.naive)]
    assert middles == [pytest.approx([-0.2, 0.8, 1.8, 2.8]), pytest.approx([0.2, 1.2, 2.2, 3.2])]
    assert [bar.get_x() + bar.get_width() / 2 for bar in picture.gradient] == pytest.approx([0, 1, 2, 3])
    legend = picture.panels[1].axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["shifted", "by the article"]
    for patch, bar in zip(legend.get_patches(), (picture.stable[0], picture.naive[0])):
        assert patch.get_hatch() == bar.get_hatch() and patch.get_facecolor() == bar.get_facecolor()


def test_starts_at_the_running_example(explorer):
    assert explorer.values == DEFAULT
    assert explorer.describe() == (
        "Truth: dog. The loss is 0.4439; the article's formula gives 0.4439. "
        "Probabilities: cat 0.2506, dog 0.6415, cow 0.0008, zebra 0.1071. "
        "Gradient: cat 0.2506, dog -0.3585, cow 0.0008, zebra 0.1071."
    )


@pytest.mark.parametrize(
    "setting, said",
    [
        (dict(c=84.0), (
            "The loss is 0.4439; the article's formula gives +inf, for the sum of its exponentials is infinite and all its "
            "log-probabilities are minus infinity. Probabilities: "
        )),
        (dict(c=-110.0), (
            "The loss is 0.4439; the article's formula gives -inf, for all its exponentials are 0 and all its "
            "log-probabilities are plus infinity. Probabilities: "
        )),
        (dict(c=-105.5), (
            "The loss is 0.4439; the article's formula gives 0.4991, for its exponentials are so small that they have lost "
            "their digits. Probabilities: "
        )),
    ],
)  # fmt: skip
def test_says_why_the_article_is_astray(explorer, setting, said):
    explorer.set(**setting)
    assert said in explorer.describe()


@pytest.mark.parametrize(
    "loss, naive_loss, astray",
    [
        (0.0, 0.001, False),
        (0.0, 0.00101, True),
        (0.0, -0.00101, True),
        (4.0, 4.0049, False),
        (4.0, 4.0051, True),
        (4.0, 3.9951, False),
        (4.0, 3.9949, True),
    ],
)
def test_a_thousandth_of_the_loss_and_of_a_nat_is_not_astray(explorer, loss, naive_loss, astray):
    text = describe(replace(explorer.facts, loss=loss, naive_loss=naive_loss))
    assert ("have lost their digits" in text) == astray


def test_bars_that_are_cut_or_left_out_are_noted():
    explorer = row_loss()
    picture, facts = explorer.picture, explorer.facts
    explorer.set(**SPECIAL[5])
    assert picture.note.get_text() == (
        "by the article: -inf for all four, no bars\nbars end at −22; the table has the numbers"
    )
    box = picture.note.get_window_extent().transformed(picture.note.axes.transData.inverted())
    assert 0 < box.y0 and box.y1 < picture.note.axes.get_ylim()[1], "two lines fit above the bars"
    for lowest, cut in ((LOWEST_LOG_PROB, False), (LOWEST_LOG_PROB - 0.01, True)):
        picture.update(replace(facts, stable=torch.tensor([0, lowest, 0, 0])))
        assert bool(picture.note.get_text()) == cut and picture.stable[1].get_height() == LOWEST_LOG_PROB
    for steepest, cut in ((STEEPEST, False), (STEEPEST + 0.01, True)):
        for sign in (-1, 1):
            picture.update(replace(facts, gradient=torch.tensor([0, 0, 0, sign * steepest], dtype=torch.float64)))
            assert bool(picture.cut.get_text()) == cut and picture.gradient[3].get_height() == sign * STEEPEST


@pytest.mark.parametrize("exp_sum, said", [(99999.5, "99999.5000"), (1e5, "1.00e+05"), (1.5e38, "1.50e+38")])
def test_a_long_sum_is_said_by_its_power_of_ten(explorer, exp_sum, said):
    explorer.picture.update(replace(explorer.facts, exp_sum=exp_sum))
    assert explorer.picture.exp_sum.get_text() == said


def test_arguments_are_the_defaults():
    explorer = row_loss(logits=[1, 2, 3, -4], target="zebra", c=-7, temperature=2, smoothing=0.25)
    assert explorer.values == dict(cat=1, dog=2, cow=3, zebra=-4, target="zebra", c=-7, temperature=2, smoothing=0.25)


def test_the_shift_reaches_past_the_limit_of_exp_on_both_sides(explorer):
    control = explorer.controls["c"]
    assert control.min <= -104.5 and control.max >= 89  # past the limits of exp even where all four logits are 0
    explorer.set(cat=0, dog=0, cow=0, zebra=0, c=control.max)
    assert explorer.facts.naive_loss == math.inf
    explorer.set(c=control.min)
    assert explorer.facts.naive_loss == -math.inf


def test_smoothing_has_its_floor_where_p_equals_y(explorer):
    lead = math.log(0.925 / 0.025)
    explorer.set(cat=0, dog=round(lead, 2), cow=0, zebra=0, smoothing=0.1)
    y = torch.tensor([0.925, 0.025, 0.025, 0.025])
    assert explorer.facts.loss == pytest.approx(-(y * y.log()).sum().item(), abs=1e-5)
    assert explorer.facts.gradient.abs().max() < 1e-4


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(logits=[1, 2, 3]), "logits: got .* want 4 finite numbers"),
        (dict(logits=[1, 2, math.inf, 3]), "logits: got .* want 4 finite numbers"),
        (dict(logits=[1, 2, 3, 10.5]), "logit of zebra: got 10.5, want a finite number from -10 to 10"),
        (dict(target="horse"), "target: got 'horse', want one of"),
        (dict(c=121), "c: got 121, want a finite number from -120 to 120"),
        (dict(c=math.nan), "c: got nan"),
        (dict(temperature=0), "temperature: got 0, want a finite number from 0.5 to 10"),
        (dict(smoothing=-0.1), "smoothing: got -0.1, want a finite number from 0 to 0.5"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        row_loss(**arguments)


def test_cells_say_small_large_and_infinite_numbers():
    said = [cell(value) for value in (0.0, -0.0, 2.06e-9, 5e-4, -0.00051, 0.25, -40.69315, math.inf, -math.inf)]
    assert said == ["0", "0", "2.1e-09", "0.0005", "-0.0005", "0.2500", "-40.6932", "+inf", "-inf"]

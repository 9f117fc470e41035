import itertools
import math
import random
import re

import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg

from helpers.data import LABELS, LOGITS
from helpers.explorers.threshold import (
    LOGIT_STOPS, ODDS_STOPS, PROB_STOPS, couple, describe, facts, number, odds_stop, prob_stop, signed, threshold_units,
)

RNG = random.Random(2)
SETTINGS = [
    *itertools.product([-5.0, 3.0, 5.0], [-6.0, 0.0, 5.0, 6.0]),
    *[(RNG.choice(LOGIT_STOPS), RNG.randrange(-24, 25) / 4) for _ in range(30)],
]


def values_at(t, c):
    return dict(threshold_logit=t, threshold_odds=odds_stop(t), threshold_prob=prob_stop(t), c=c)


@pytest.fixture(scope="module")
def shared():
    return threshold_units()


@pytest.mark.parametrize("t, c", SETTINGS)
def test_facts_equal_plain_arithmetic(t, c):
    x = [3.49 + c, 4.43 + c, -2.25 + c, 2.64 + c]
    total = math.fsum(math.exp(each) for each in x)
    got = facts(**values_at(t, c))
    assert got.threshold_odds == pytest.approx(math.exp(t), rel=1e-12)
    assert got.threshold_prob == pytest.approx(1 / (1 + math.exp(-t)), rel=1e-12)
    for tensor, numbers in [
        (got.logits, x),
        (got.odds, [math.exp(each) for each in x]),
        (got.sigmoids, [1 / (1 + math.exp(-each)) for each in x]),
        (got.probs, [math.exp(each) / total for each in x]),
    ]:
        torch.testing.assert_close(tensor, torch.tensor(numbers, dtype=torch.float64), rtol=1e-7, atol=0)
    assert got.passes.tolist() == [round(100 * each) > round(100 * t) for each in x]
    assert got.winner == 1 and got.c == c


@pytest.mark.parametrize("t, c", SETTINGS)
def test_the_three_units_and_softmax_agree_with_the_decision(t, c):
    got = facts(**values_at(t, c))
    assert torch.equal(got.passes, got.odds > torch.tensor(got.threshold_logit, dtype=torch.float64).exp())
    assert torch.equal(got.passes, got.sigmoids > torch.sigmoid(torch.tensor(got.threshold_logit, dtype=torch.float64)))
    torch.testing.assert_close(got.probs, torch.softmax(LOGITS.double(), 0), rtol=1e-6, atol=0)


def test_a_tie_does_not_pass():
    assert facts(**values_at(3.49, 0.0)).passes.tolist() == [False, True, False, False]
    assert facts(**values_at(3.48, 0.0)).passes.tolist() == [True, True, False, False]
    assert facts(**values_at(3.0, 5.25)).passes.tolist() == [True, True, False, True]
    assert facts(**values_at(3.0, 5.5)).passes.tolist() == [True] * 4


def test_the_shifts_of_the_lesson():
    assert [int(facts(**values_at(3.0, c)).passes.sum()) for c in (-4.0, -1.0, 0.0, 1.0, 5.0)] == [0, 1, 2, 3, 3]
    assert facts(**values_at(3.0, 5.0)).sigmoids[2].item() == pytest.approx(0.9399, abs=5e-5)


class TestCoupling:
    """The logit is the truth; each slider can set it, and none is pushed off the stop where the reader put it."""

    def test_the_stops_cover_the_same_range_and_rise(self):
        for stops in (LOGIT_STOPS, ODDS_STOPS, PROB_STOPS):
            assert stops == sorted(set(stops))
        assert (LOGIT_STOPS[0], LOGIT_STOPS[-1], len(LOGIT_STOPS)) == (-5, 5, 1001)
        assert (PROB_STOPS[0], PROB_STOPS[-1], len(PROB_STOPS)) == (0.01, 0.99, 99)
        assert max(abs(math.log(p / (1 - p))) for p in PROB_STOPS) < 5
        assert (prob_stop(-5), prob_stop(5)) == (0.01, 0.99)

    def test_every_logit_leads_to_stops_that_round_it(self):
        for t in LOGIT_STOPS:
            follow = couple("threshold_logit", {**values_at(0.0, 0.0), "threshold_logit": t})
            assert set(follow) == {"threshold_odds", "threshold_prob"}
            assert follow["threshold_odds"] in ODDS_STOPS and follow["threshold_prob"] in PROB_STOPS
            assert follow["threshold_odds"] == pytest.approx(math.exp(t), rel=1e-12)
            assert abs(follow["threshold_prob"] - 1 / (1 + math.exp(-t))) <= 0.005

    @pytest.mark.parametrize("name, stops", [("threshold_odds", ODDS_STOPS), ("threshold_prob", PROB_STOPS)])
    @pytest.mark.parametrize("start", [-5.0, 0.0, 3.0, 5.0])
    def test_every_stop_stays_and_the_logit_says_the_same(self, name, stops, start):
        for stop in stops:
            values = {**values_at(start, 0.0), name: stop}
            values |= couple(name, values)
            assert values["threshold_logit"] in LOGIT_STOPS
            assert values[name] == stop == {"threshold_odds": odds_stop, "threshold_prob": prob_stop}[name](
                values["threshold_logit"]
            )
            meant = math.log(stop) if name == "threshold_odds" else math.log(stop / (1 - stop))
            if values["threshold_logit"] != start:
                assert abs(values["threshold_logit"] - meant) <= 0.005 + 1e-12

    def test_nothing_drifts_when_a_follower_answers(self):
        """A follower that reports its own stop, late or twice, must change nothing: 0.95 is not a logit of 2.94 here."""
        for t in LOGIT_STOPS:
            values = values_at(t, 0.0)
            for name in ("threshold_logit", "threshold_odds", "threshold_prob", "c"):
                assert {**values, **couple(name, values)} == values

    def test_c_moves_no_threshold(self):
        assert couple("c", values_at(1.0, 2.0)) == {}

    @pytest.mark.parametrize(
        "name, value, expected",
        [
            ("threshold_logit", -1.5, (-1.5, math.exp(-1.5), 0.18)),
            ("threshold_odds", math.exp(2.2), (2.2, math.exp(2.2), 0.90)),
            ("threshold_prob", 0.9, (2.2, math.exp(2.2), 0.90)),
            ("threshold_prob", 0.5, (0.0, 1.0, 0.50)),
            ("threshold_prob", 0.99, (4.6, math.exp(4.6), 0.99)),
            ("threshold_prob", 0.01, (-4.6, math.exp(-4.6), 0.01)),
        ],
    )
    def test_one_move_moves_all_three_once(self, name, value, expected):
        explorer = threshold_units()
        updates = []
        update = explorer.picture.update
        explorer.picture.update = lambda facts: (updates.append(facts), update(facts))
        explorer.controls[name].value = value
        assert tuple(explorer.values.values())[:3] == pytest.approx(expected, rel=1e-12)
        assert len(updates) == 1
        assert explorer.facts.threshold_logit == expected[0]


@pytest.mark.parametrize("t, c", SETTINGS)
def test_picture_shows_the_facts(shared, t, c):
    shared.set(**values_at(t, c))
    got, picture = shared.facts, shared.picture
    (line, odds, slant, foot), heights = picture.path(t, got.threshold_prob)
    assert line == odds == slant == pytest.approx((t + 9) / 21) and foot == got.threshold_prob
    assert list(picture.threshold.get_xdata()) == [line, line, line, line, foot]
    assert list(picture.threshold.get_ydata()) == [2.1, *heights]
    corners = picture.passing.get_xy()
    assert corners[:5].tolist() == [[line, 2.1], [line, 2.0], [line, 1.0], [line, 0.62], [foot, 0.0]]
    assert corners[5:7].tolist() == [[1, 0], [1, 2.1]]
    for i in range(4):
        at, prob = (got.logits[i].item() + 9) / 21, got.sigmoids[i].item()
        assert list(picture.ways[i].get_xdata()) == pytest.approx([at, at, at, prob])
        assert list(picture.ways[i].get_ydata()) == [2.0, 1.0, 0.62, 0.0]
        assert list(picture.marks[i].get_xdata()) == pytest.approx([at, at, prob])
        assert list(picture.marks[i].get_ydata()) == [2.0, 1.0, 0.0]
        assert (picture.marks[i].get_markerfacecolor() != "white") == got.passes[i].item()
        assert picture.names[i].get_text() == LABELS[i] and picture.names[i].get_position()[0] == pytest.approx(at)
        assert picture.verdicts[i].get_text() == ("pass" if got.passes[i] else "–")
        assert picture.winners[i].get_text() == ("winner" if i == 1 else "–")
        assert picture.bars[i].get_height() == got.probs[i].item() == picture.heights[i].get_position()[1]
        assert picture.heights[i].get_text() == f"{got.probs[i]:.2f}"
    assert [text.get_text() for text in picture.readings] == [
        f"> {signed(t)}", f"> {number(math.exp(t))}", f"> {got.threshold_prob:.4f}"
    ]
    assert picture.count.get_text() == f"The threshold lets {sum(got.passes.tolist())} of 4 pass:"


def test_axes_say_what_they_measure(shared):
    axes = shared.picture.panels[0].axes[0]
    texts = {text.get_text(): text.get_position()[0] for text in axes.texts}
    assert {"logit", "odds", "probability"} <= set(texts)
    for text, logit in {"−8": -8, "4": 4, "1/1000": math.log(1e-3), "20": math.log(20), "1000": math.log(1000)}.items():
        assert texts[text] == pytest.approx((logit + 9) / 21)
    for text in ("0.25", "0.5", "0.75"):
        assert texts[text] == float(text)
    assert [tick.get_text() for tick in shared.picture.panels[1].axes[0].get_xticklabels()] == list(LABELS)


@pytest.mark.parametrize("t, c", SETTINGS[:12])
def test_texts_stay_inside_and_apart_and_points_on_the_axes(shared, t, c):
    shared.set(**values_at(t, c))
    for panel in shared.picture.panels:
        renderer = FigureCanvasAgg(panel).get_renderer()
        for text in panel.axes[0].texts:
            box = text.get_window_extent(renderer)
            assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= panel.bbox.x1 and box.y1 <= panel.bbox.y1, text
    renderer = FigureCanvasAgg(shared.picture.panels[0]).get_renderer()
    boxes = [text.get_window_extent(renderer) for text in (*shared.picture.names, *shared.picture.readings)]
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
    for line in (*shared.picture.marks, *shared.picture.ways, shared.picture.threshold):
        assert 0 <= min(line.get_xdata()) and max(line.get_xdata()) <= 1


@pytest.mark.parametrize("t, c", SETTINGS)
def test_sentence_says_the_facts(t, c):
    got = facts(**values_at(t, c))
    sentence = describe(got)
    passing = [label for label, logit in zip(LABELS, (3.49, 4.43, -2.25, 2.64)) if round(logit + c, 2) > round(t, 2)]
    assert f"logit {signed(t)} = odds {number(math.exp(t))} = probability {1 / (1 + math.exp(-t)):.4f}." in sentence
    assert f"With c = {signed(c)}, {len(passing)} of 4 labels pass" in sentence
    listed = re.search(r"labels pass: ([a-z, ]+)\.", sentence)
    assert (listed[1].split(", ") if listed else []) == passing
    assert sentence.endswith("Softmax picks 1: dog, with probability 0.6415.")


def test_starts_at_the_running_example_and_comes_back_to_it():
    explorer = threshold_units()
    assert list(explorer.controls) == ["threshold_logit", "threshold_odds", "threshold_prob", "c"]
    assert explorer.values == values_at(3.0, 0.0)
    start = explorer.describe()
    assert start == (
        "Threshold: logit 3.00 = odds 20.09 = probability 0.9526. With c = 0.00, 2 of 4 labels pass: cat, dog. "
        "Softmax picks 1: dog, with probability 0.6415."
    )
    explorer.controls["threshold_prob"].value = 0.01
    explorer.controls["c"].value = -6.0
    assert explorer.describe() != start
    explorer.reset()
    assert explorer.values == values_at(3.0, 0.0) and explorer.describe() == start


def test_takes_arguments():
    explorer = threshold_units(threshold_logit=-0.5, c=2.0)
    assert explorer.values == values_at(-0.5, 2.0)
    assert "4 of 4 labels pass: cat, dog, cow, zebra" in explorer.describe()


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(threshold_logit=5.5), "threshold_logit: got 5.5, want a finite number from -5 to 5"),
        (dict(threshold_logit=math.nan), "threshold_logit: got nan, want a finite number from -5 to 5"),
        (dict(c=7), "c on all logits: got 7.*, want a finite number from -6 to 6"),
        (dict(c=math.inf), "c on all logits: got inf, want a finite number from -6 to 6"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        threshold_units(**arguments)

import math
import re

import pytest
import torch

from helpers.data import LABELS
from helpers.explorers.threshold_units import (
    LOGIT_STOPS,
    ODDS_STOPS,
    PROB_STOPS,
    couple,
    logit_stops,
    odds_stop,
    prob_stop,
)
from tests.reading import numbers, says_all


def values_at(t, c):
    return dict(threshold_logit=t, threshold_odds=odds_stop(t), threshold_prob=prob_stop(t), c=c)


SPECIAL = [values_at(t, c) for t, c in ((3.49, 0.0), (3.48, 0.0), (4.43, 0.0), (3.0, 5.25), (3.0, 5.5), (-5.0, 6.0))]
PICTURES = [dict(threshold_logit=-5.0), dict(threshold_logit=5.0, c=-6.0), dict(c=6.0)]
DRAWN = torch.randn(12, generator=torch.Generator().manual_seed(5))
OWN = [
    dict(logits=[1.5, -0.5]),
    dict(logits=torch.tensor([30.0, 30.0, -0.001]).half(), labels=("ship", "truck", "aeroplane of the old kind")),
    dict(logits=3 * DRAWN[:10].numpy(), labels="airplane automobile bird cat deer dog frog horse ship truck".split()),
    dict(logits=(100 * DRAWN).tolist()),
]


def check_facts(values, facts, given=None):
    t, c = values["threshold_logit"], values["c"]
    own = torch.as_tensor(given["logits"] if given else [3.49, 4.43, -2.25, 2.64], dtype=torch.float64)
    x, digits = own + c, 6 if given else 2
    assert facts.labels == (
        LABELS if not given else tuple(given.get("labels") or map("class {}".format, range(len(x))))
    )
    assert facts.threshold_logit == pytest.approx(t, abs=1e-12) and facts.c == c
    assert facts.threshold_odds == pytest.approx(math.exp(t), rel=1e-12)
    assert facts.threshold_prob == pytest.approx(1 / (1 + math.exp(-t)), rel=1e-12)
    shown = torch.stack([facts.logits, facts.odds, facts.sigmoids, facts.probs])
    expected = torch.stack([x, torch.exp(x), torch.sigmoid(x), torch.softmax(x - c, 0)])
    torch.testing.assert_close(shown, expected, rtol=1e-6, atol=1e-6 if given else 0)
    assert facts.passes.tolist() == [round(each, digits) > round(t, digits) for each in x.tolist()]
    if not given:  # larger ones have no odds and no probability of their own
        assert torch.equal(facts.passes, facts.odds > torch.tensor(facts.threshold_logit, dtype=torch.float64).exp())
        assert torch.equal(facts.passes, facts.sigmoids > torch.sigmoid(torch.tensor(t, dtype=torch.float64)))
    assert facts.winner == own.argmax()


def check_picture(picture, facts, values, given=None):
    t, prob, n = facts.threshold_logit, facts.threshold_prob, len(facts.labels)
    low, high = (picture.low, picture.high) if given else (-9, 12)
    line = pytest.approx((t - low) / (high - low))
    assert picture.threshold.get_xdata() == [line, line, line, prob]
    assert picture.threshold.get_ydata() == [2.1, 1.0, 0.62, 0.0]
    corners = picture.passing.get_xy().tolist()
    assert corners[:4] == [[line, 2.1], [line, 1.0], [line, 0.62], [prob, 0.0]]
    assert corners[4:6] == [[1, 0], [1, 2.1]]
    for i in range(n):
        at, prob = pytest.approx((facts.logits[i].item() - low) / (high - low)), facts.sigmoids[i].item()
        assert list(picture.ways[i].get_xdata()) == [at, at, at, prob]
        assert list(picture.ways[i].get_ydata()) == [2.0, 1.0, 0.62, 0.0]
        assert list(picture.marks[i].get_xdata()) == [at, at, prob]
        assert list(picture.marks[i].get_ydata()) == [2.0, 1.0, 0.0]
        assert (picture.marks[i].get_markerfacecolor() != "white") == facts.passes[i].item()
        assert picture.verdicts[i].get_text() == ("pass" if facts.passes[i] else "–")
        assert picture.winners[i].get_text() == ("winner" if i == facts.winner else "–")
        if given:
            assert picture.bars[i].get_width() == facts.probs[i].item()
            assert picture.bars[i].get_y() + 0.3 == pytest.approx(i) == picture.verdicts[i].get_position()[1]
        else:
            assert picture.names[i].get_text() == LABELS[i] and picture.names[i].get_position()[0] == at
            assert picture.bars[i].get_height() == facts.probs[i].item() == picture.heights[i].get_position()[1]
        assert picture.heights[i].get_text() == f"{facts.probs[i]:.2f}"
    shown = [text.get_text().replace("−", "-") for text in picture.readings]
    prob = facts.threshold_prob
    odds = f"{facts.threshold_odds:.4g}"
    assert shown == [f"> {t:.2f}", f"> {odds}", f"> {prob:.4f}" if prob >= 5e-5 else f"> {prob:.1e}"]
    assert picture.count.get_text() == f"The threshold lets {sum(facts.passes.tolist())} of {n} pass:"


def check_sentence(text, facts):
    passing = [label for label, passes in zip(facts.labels, facts.passes.tolist()) if passes]
    units = [facts.threshold_logit, facts.threshold_odds, facts.threshold_prob]
    listed = re.search(r"labels pass(?:: (.+))?\. Softmax picks 1: (.+), with", text)
    assert (listed[1].split(", ") if listed[1] else []) == passing and listed[2] == facts.labels[facts.winner]
    says_all(
        re.sub(r"pass: .+\. Softmax|: [^:]+, with", " Softmax", text),
        [*units, facts.c, len(passing), len(facts.labels), 1, facts.probs[facts.winner]],
    )
    assert numbers(text)[1] == f"{facts.threshold_odds:.4g}"


class TestCoupling:
    """The logit is the truth; each slider can set it, and none is pushed off the stop where the reader put it."""

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
            stop_of = {"threshold_odds": odds_stop, "threshold_prob": prob_stop}[name]
            assert values[name] == stop == stop_of(values["threshold_logit"])
            meant = math.log(stop) if name == "threshold_odds" else math.log(stop / (1 - stop))
            if values["threshold_logit"] != start:
                assert abs(values["threshold_logit"] - meant) <= 0.005 + 1e-12

    @pytest.mark.parametrize("limit", [5.0, 10.0, 50.0, 2000.0])
    def test_nothing_drifts_when_a_follower_answers(self, limit):
        """A follower that reports its own stop, late or twice, changes nothing: 0.95 is not a logit of 2.94 here."""
        stops = logit_stops(limit)
        assert stops == sorted(set(stops)) and (stops[0], stops[-1]) == (-limit, limit)
        assert set(LOGIT_STOPS) <= set(stops)
        for t in stops[::7]:
            values = values_at(t, 0.0)
            for name in values:
                assert {**values, **couple(name, values, stops)} == values
        for name, options in (("threshold_odds", map(odds_stop, stops[::7])), ("threshold_prob", PROB_STOPS)):
            for option in options:
                moved = values_at(3.0, 0.0) | {name: option}
                t = couple(name, moved, stops).get("threshold_logit")
                assert {"threshold_odds": odds_stop, "threshold_prob": prob_stop}[name](t) == option

    @pytest.mark.parametrize(
        "name, value, expected",
        [
            ("threshold_logit", -1.5, (-1.5, math.exp(-1.5), 0.18)),
            ("threshold_odds", math.exp(2.2), (2.2, math.exp(2.2), 0.90)),
            ("threshold_prob", 0.9, (2.2, math.exp(2.2), 0.90)),
            ("threshold_prob", 0.01, (-4.6, math.exp(-4.6), 0.01)),
        ],
    )
    def test_one_move_moves_all_three_once(self, explorer, monkeypatch, name, value, expected):
        updates, update = [], explorer.picture.update
        monkeypatch.setattr(explorer.picture, "update", lambda facts: (updates.append(facts), update(facts)))
        explorer.controls[name].value = value
        assert tuple(explorer.values.values())[:3] == pytest.approx(expected, rel=1e-12)
        assert len(updates) == 1
        assert explorer.facts.threshold_logit == expected[0]

import math

import pytest

from helpers.explorers.router import AMONG, PART, SCORES, SIGMOIDS
from tests.reading import says, says_all

WORDS = "a zebra saw the dog run".split()
SPECIAL = [dict(kind=kind, k=k, bias=bias) for kind in (PART, AMONG, SIGMOIDS) for k, bias in ((1, -0.5), (8, 0.5))]
PICTURES = [dict(kind=AMONG, k=3, word="a"), dict(kind=SIGMOIDS, bias=-0.5), dict(k=8, word="run", expert=0, bias=0.5)]


def check_facts(values, facts):
    for row, scores in enumerate(SCORES.tolist()):
        exps = [math.exp(score) for score in scores]
        if values["kind"] == SIGMOIDS:
            gates = [each / (1 + each) for each in exps]
        else:
            gates = [each / math.fsum(exps) for each in exps]
        compared = [gate + values["bias"] * (i == values["expert"]) for i, gate in enumerate(gates)]
        chosen = sorted(range(8), key=lambda i: (-compared[i], i))[: values["k"]]
        gives = {PART: gates, AMONG: exps, SIGMOIDS: gates}[values["kind"]]
        whole = 1 if values["kind"] == PART else math.fsum(gives[i] for i in chosen)
        assert facts.gates[row].tolist() == pytest.approx(gates, abs=1e-12)
        assert facts.chosen[row].nonzero()[:, 0].tolist() == sorted(chosen)
        expected = [gives[i] / whole if i in chosen else 0.0 for i in range(8)]
        assert facts.weights[row].tolist() == pytest.approx(expected, abs=1e-12)
    loads = [sum(row[i] for row in facts.chosen.tolist()) for i in range(8)]
    assert facts.load.tolist() == loads
    shares = [load / sum(loads) for load in loads if load]
    assert facts.entropy == pytest.approx(-math.fsum(share * math.log(share) for share in shares), abs=1e-9)


def check_picture(picture, facts, values):
    gates, chosen = facts.gates[facts.word].tolist(), facts.chosen[facts.word].tolist()
    assert [bar.get_height() for bar in picture.bars] == gates
    assert [bar.get_hatch() == "//" for bar in picture.bars] == chosen
    assert all(says(text.get_text(), gate) for text, gate in zip(picture.numbers, gates, strict=True))
    diamonds = picture.diamonds.get_xydata()
    expected = [gate + values["bias"] * (i == values["expert"]) for i, gate in enumerate(gates)]
    assert diamonds[:, 0].tolist() == list(range(8)) and diamonds[:, 1].tolist() == pytest.approx(expected)
    taken = [height for height, here in zip(diamonds[:, 1], chosen) if here]
    left = [height for height, here in zip(diamonds[:, 1], chosen) if not here]
    assert min(taken) >= max(left, default=-1)
    grid = picture.grid
    for place, (weight, here) in enumerate(zip(facts.weights.flatten().tolist(), facts.chosen.flatten().tolist())):
        word = grid.values[place].get_text()
        assert says(word, weight) if here else word == ""
        assert grid.values[place].get_position() == grid.place(*divmod(place, 8))
    (sums,), (loads,) = grid.right, grid.below
    assert all(says(text.get_text(), value) for text, value in zip(sums, facts.weights.sum(1).tolist(), strict=True))
    assert [int(text.get_text()) for text in loads] == facts.load.tolist()
    y = grid.place(WORDS.index(values["word"]), 0)[1]
    assert picture.frame.get_y() < y < picture.frame.get_y() + picture.frame.get_height()


def check_sentence(text, facts):
    weights = facts.weights[facts.word]
    takers = sorted(facts.chosen[facts.word].nonzero()[:, 0].tolist(), key=lambda i: -weights[i])
    idle = int((facts.load == 0).sum())
    said = [facts.k, *(number for i in takers for number in (i, weights[i])), weights.sum()]
    said += [number for i in facts.bias.nonzero()[:, 0].tolist() for number in (i, facts.bias[i])]
    said += [facts.load.sum(), facts.load.max(), idle or None, facts.entropy, math.log(8)]
    assert text.startswith(f"{WORDS[facts.word]}, {facts.kind}, ")
    says_all(text, said)

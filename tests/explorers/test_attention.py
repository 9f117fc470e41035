import math
import re

import pytest

from helpers.explorers.attention import DRAWN, OFF_BY_ONE, SIGMOID, SOFTMAX, WORDS
from tests.reading import says, says_all

EMPTY = "causal, first two keys hidden"
SPECIAL = [
    *(dict(mask=EMPTY, kind=kind, key="every key", added=10.0) for kind in (SOFTMAX, OFF_BY_ONE, SIGMOID)),
    dict(d=1024, scaled=False, key="a", added=10.0, kind=OFF_BY_ONE),
    dict(d=1024, scaled=False, key="every key", added=-10.0, kind=SIGMOID),
]
PICTURES = [
    dict(d=1024, scaled=False),
    dict(mask=EMPTY),
    dict(kind=SIGMOID, mask="causal", key="every key", added=-3.0),
]


def may_look(mask, query, key):
    """Whether a query may look at a key, places counted from 0."""
    return {
        "none": True,
        "causal": key <= query,
        "last two keys hidden": key < 4,
        EMPTY: 2 <= key <= query,
    }[mask]


def check_facts(values, facts):
    d = values["d"]
    for i, queries in enumerate(DRAWN[0]):
        row = []
        for j, keys in enumerate(DRAWN[1]):
            score = math.fsum((queries[:d] * keys[:d]).tolist()) / (math.sqrt(d) if values["scaled"] else 1)
            row.append(score + values["added"] * (values["key"] in (WORDS[j], "every key")))
        seen = [may_look(values["mask"], i, j) for j in range(6)]
        assert facts.scores[i].tolist() == pytest.approx([s if ok else -math.inf for s, ok in zip(row, seen)], abs=1e-9)
        exps = [math.exp(score) if ok else 0.0 for score, ok in zip(row, seen)]
        if values["kind"] == SIGMOID:
            weights = [each / (each + 6) for each in exps]
        elif values["kind"] == OFF_BY_ONE:
            weights = [each / (1 + math.fsum(exps)) for each in exps]
        else:
            weights = [each / math.fsum(exps) for each in exps] if any(seen) else [math.nan] * 6
        assert facts.weights[i].tolist() == pytest.approx(weights, abs=1e-9, nan_ok=True)
        total = math.fsum(weights)
        assert facts.sums[i].item() == pytest.approx(total, abs=1e-9, nan_ok=True)
        shares = [each / total for each in weights if each] if any(seen) else [math.nan]
        entropy = -math.fsum(share * math.log(share) for share in shares)
        assert facts.entropies[i].item() == pytest.approx(entropy, abs=1e-9, nan_ok=True)


def check_picture(picture, facts, values):
    for grid, tensor in ((picture.scores, facts.scores), (picture.weights, facts.weights)):
        for place, value in enumerate(tensor.flatten().tolist()):
            i, j = divmod(place, 6)
            word = grid.values[place].get_text().replace("−∞", "-inf")
            hidden = not may_look(values["mask"], i, j)
            assert (word == "" and value == 0 and hidden) or says(word, value)
            cell, (x, y) = grid.cells[place], grid.values[place].get_position()
            assert cell.get_x() < x < cell.get_x() + cell.get_width()
            assert cell.get_y() < y < cell.get_y() + cell.get_height()
            assert (x, y) == grid.place(i, j)
    for texts, column in zip(picture.weights.right, (facts.sums, facts.entropies), strict=True):
        assert all(says(text.get_text(), value) for text, value in zip(texts, column.tolist(), strict=True))
    looks = [cell.get_facecolor() for cell in picture.weights.cells]
    order = facts.weights.flatten().nan_to_num(-1).argsort().tolist()
    if values["mask"] == "none":  # the more, the darker
        assert all(looks[a][0] >= looks[b][0] for a, b in zip(order, order[1:]))


def check_sentence(text, facts):
    root = [facts.d, math.sqrt(facts.d)] if facts.scaled else []
    said = [facts.d, *root, facts.spread, facts.added or None]
    said.append(1 if facts.kind == OFF_BY_ONE else None)  # its name
    left = [i for i in range(6) if any(may_look(facts.mask, i, j) for j in range(6))]
    lost = [word for i, word in enumerate(WORDS) if i not in left]
    nothing = "NaN" if facts.kind == SOFTMAX else "weights that are all 0"
    assert (f"For {' and '.join(lost)} no key is left: {nothing}." in text) == bool(lost)
    said.append(0 if lost and nothing != "NaN" else None)
    sums = facts.sums[left]
    low, high = (f"{each:.2f}" for each in sums.aminmax())
    said += [facts.weights[left].max(), sums.min(), sums.max() if low != high else None]
    said += [facts.entropies[left].mean(), 6, math.log(6)]
    says_all(text, said)
    query, key = re.search("Largest weight: “(.+)” looks at “(.+)” with", text).groups()
    assert facts.weights[WORDS.index(query), WORDS.index(key)] == facts.weights[left].max()

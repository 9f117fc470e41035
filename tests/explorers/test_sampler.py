import bisect
import itertools
import math
import re

import pytest
import torch

from helpers.data import NEXT_LOGITS, NEXT_WORDS
from helpers.explorers.sampler import DRAWS, ORDERS, UNIFORMS
from tests.reading import says, says_all

SPECIAL = [
    dict(temperature=0.1, top_p=0.95),  # the first word alone crosses
    dict(top_k=1, top_p=0.05, min_p=0.5),
    dict(top_k=2, top_p=0.6, order="T, top-p, top-k, min-p"),  # top-p drops what top-k would have dropped
    dict(top_k=2, top_p=0.6),  # of what top-k leaves the first is enough
    dict(temperature=3.0, top_p=0.8, min_p=0.1, order="top-k, top-p, min-p, T"),
]
PICTURES = [
    dict(temperature=2.0, top_k=6, top_p=0.8, min_p=0.1),
    dict(temperature=0.1, top_p=0.95),
    dict(temperature=3.0, top_p=0.8, order="top-k, top-p, min-p, T"),
]
DRAWN = 3 * torch.randn(1_001, generator=torch.Generator().manual_seed(4))
OWN = [
    dict(logits=[0.5, 1.5], labels=["a name that is long", "b"]),
    dict(logits=[1.0, 1.0, 1.0, 0.0], top_k=2, top_p=0.4),  # ties: the first stays
    dict(logits=DRAWN[:13].half(), temperature=2.0),
    dict(logits=DRAWN, top_k=40, top_p=0.9),
]


def shares(logits):
    top = max(logits)
    weights = [math.exp(each - top) for each in logits]
    return [each / math.fsum(weights) for each in weights]


def words(given):
    """Return (logit, label) of all words, the largest first."""
    if not given:
        return list(zip(NEXT_LOGITS.double().tolist(), NEXT_WORDS))
    x = torch.as_tensor(given["logits"]).double().tolist()
    names = given.get("labels") or [f"class {k}" if len(x) <= 1000 else f"#{k}" for k in range(len(x))]
    return sorted(zip(x, names), key=lambda pair: -pair[0])


def left_by(values, logits):
    """Return what is left, {place: logit}, who dropped which place, and {place: share} as top-p sees it."""
    left, dropped, seen = dict(enumerate(logits)), {}, {}
    for step in ORDERS[values["order"]]:
        probs = dict(zip(left, shares([*left.values()])))
        if step == "temperature":
            left = {k: logit / values["temperature"] for k, logit in left.items()}
            continue
        if step == "top_k":
            keep = [*left][: values["top_k"] or None]
        elif step == "min_p":
            keep = [k for k in left if probs[k] >= values["min_p"] * probs[0]]
        else:
            seen, keep, share = probs, [], 0.0
            for k, prob in probs.items():  # until they hold the share; the word that crosses it is in
                if share < values["top_p"] or values["top_p"] == 1:
                    keep.append(k)
                share += prob
        dropped |= {k: step.replace("_", "-") for k in left if k not in set(keep)}
        left = {k: left[k] for k in keep}
    return left, dropped, seen


def check_facts(values, facts, given=None):
    logits, names = zip(*words(given))
    n = min(12, len(names))
    left, dropped, seen = left_by(values, logits)
    assert facts.labels == names[:n] and facts.total == len(names) and facts.kept == len(left) >= 1
    assert facts.dropped == tuple(dropped.get(k) for k in range(n))
    plain = shares([each / values["temperature"] for each in logits])
    probs = dict(zip(left, shares([*left.values()])))
    assert facts.plain.tolist() == pytest.approx(plain[:n], rel=1e-9)
    assert facts.probs.tolist() == pytest.approx([probs.get(k, 0.0) for k in range(n)], rel=1e-9)
    assert facts.seen.tolist() == pytest.approx([seen.get(k, 0.0) for k in range(n)], rel=1e-9)
    assert facts.sums.tolist() == pytest.approx([*itertools.accumulate(seen.get(k, 0.0) for k in range(n))])
    assert facts.entropy == pytest.approx(-math.fsum(p * math.log(p) for p in probs.values() if p), abs=1e-9)
    assert facts.perplexity == pytest.approx(math.exp(facts.entropy))
    rest = [k for k in left if k >= n]
    assert facts.others[:2] == (len(names) - n, len(rest))
    assert facts.others.prob == pytest.approx(math.fsum(probs[k] for k in rest), abs=1e-9)
    ends = [*itertools.accumulate(probs.values())]
    places = [[*left][min(bisect.bisect(ends, u), len(ends) - 1)] for u in UNIFORMS[values["seed"]].tolist()]
    assert facts.counts == tuple(places.count(k) for k in range(n))
    assert facts.others.draws == DRAWS - sum(facts.counts)


def check_picture(picture, facts, values, given=None):
    n, rest = len(facts.labels), bool(facts.others.count)
    plain, probs = facts.plain.tolist(), facts.probs.tolist()
    counts = [*facts.counts, facts.others.draws][: n + rest]
    plain, probs = [*plain, max(0.0, 1 - sum(plain))][: n + rest], [*probs, facts.others.prob][: n + rest]
    for bars, widths in ((picture.plain, plain), (picture.drawn, probs), (picture.bars, counts)):
        assert [bar.get_width() for bar in bars] == pytest.approx(widths, abs=1e-12)
        assert [bar.get_y() + bar.get_height() / 2 for bar in bars] == pytest.approx(range(n + rest))
    assert list(picture.expected.get_xdata()) == pytest.approx([200 * each for each in probs])
    assert [text.get_text() for text in picture.times] == [str(each) for each in counts]
    said = [text.get_text() for text in picture.said]
    assert all(word == dropped or says(word, prob) for word, dropped, prob in zip(said, facts.dropped, probs))
    if rest:
        assert says(said[n], facts.others.prob) if facts.others.kept else said[n] == "none"
    for k in range(n):
        shown = picture.seen[k].get_text(), picture.sums[k].get_text()
        if facts.dropped[k] and facts.seen[k] == 0:
            assert shown == ("", "")
        else:
            assert says(shown[0], facts.seen[k]) and says(shown[1], facts.sums[k])
    says_all(picture.left.get_text(), [facts.kept, facts.total, facts.entropy, facts.perplexity])


def check_sentence(text, facts):
    of = facts.settings
    filters = [of["top_k"] or None, of["top_p"] if of["top_p"] < 1 else None, of["min_p"] or None]
    kept = [k for k in range(len(facts.labels)) if not facts.dropped[k]]
    drawn = [number for k in kept for number in (facts.probs[k], facts.counts[k])]
    others = [facts.others.kept, facts.others.count, *facts.others[2:]] if facts.others.count else []
    for label in sorted(facts.labels, key=len, reverse=True):
        text = re.sub(rf"{re.escape(label)} (?=\d\.)", "NAME ", text)
    assert text.count("NAME ") == len(kept) and f"in the order {of['order']}. " in text
    says_all(
        text,
        [of["temperature"], *filters, facts.total, facts.kept, DRAWS, *drawn, *others, facts.entropy, facts.perplexity],
    )

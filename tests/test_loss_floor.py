import itertools
import math
import random
import re

import pytest
import torch
import torch.nn.functional as F

from helpers.explorers.loss_floor import (
    FLOORS,
    LOGITS,
    MULTI,
    SHOWN,
    TELLS,
    candidates,
    curve,
    describe,
    entropy,
    facts,
    loss_floor,
)

RNG = random.Random(7)
SETTINGS = [
    *itertools.product(FLOORS, (2, 4, 100), (0, 50, 100)),
    *((mistake, RNG.randint(2, 100), RNG.randint(0, 100)) for mistake in FLOORS for _ in range(3)),
]


def by_torch(mistake, k, share, height):
    """The loss at one size of the logits, by torch's own losses on a batch that has this composition."""
    single = height * (2 * F.one_hot(torch.tensor([0]), k).double() - 1)
    first = torch.tensor([0])
    m = max(1, round(share * k))
    several = height * torch.tensor([[1.0] * m + [-1.0] * (k - m)], dtype=torch.float64)
    yes_no, answers = height * torch.tensor([1.0, -1.0], dtype=torch.float64), torch.tensor([1.0, 0.0], dtype=torch.float64)
    weights = torch.tensor([share, 1 - share], dtype=torch.float64)

    def weighted(logits):
        return (weights * F.binary_cross_entropy_with_logits(logits, answers, reduction="none")).sum()

    return {
        "no mistake, one class of K": lambda: F.cross_entropy(single, first),
        "no mistake, yes-or-no labels": lambda: weighted(yes_no),
        "softmax, then cross_entropy": lambda: F.cross_entropy(single.softmax(1), first),
        "sigmoid, then cross_entropy": lambda: F.cross_entropy(single.sigmoid(), first),
        "sigmoid, then BCE with logits": lambda: weighted(yes_no.sigmoid()),
        "softmax, then BCE with logits": lambda: F.binary_cross_entropy_with_logits(single.softmax(1), F.one_hot(first, k).double()),
        "nll_loss on probabilities": lambda: F.nll_loss(single.softmax(1), first),
        "softmax for several true labels": lambda: F.cross_entropy(several, (several > -1e-9).double() / (m if height else k)),
        "softmax over a single output": lambda: F.cross_entropy(single[:, :1], first),
        "label smoothing 0.1": lambda: F.cross_entropy(single, first, label_smoothing=0.1),
        "nothing learned, one class of K": lambda: F.cross_entropy(0 * single, first),
        "nothing learned, yes-or-no labels": lambda: weighted(0 * yes_no),
        "only the share learned, yes or no": lambda: torch.distributions.Bernoulli(weights[0]).entropy(),
    }[mistake]().item()


@pytest.mark.parametrize("mistake, k, share", SETTINGS)
def test_the_curve_is_what_torch_computes(mistake, k, share):
    losses = curve(mistake, k, share / 100)
    assert losses.shape == LOGITS.shape and losses.dtype == torch.float64
    for i in (0, 8, 40, 96):
        assert losses[i].item() == pytest.approx(by_torch(mistake, k, share / 100, LOGITS[i].item()), abs=1e-7)


@pytest.mark.parametrize("mistake, k, share", SETTINGS)
def test_the_floor_is_the_least_that_the_loss_can_be(mistake, k, share):
    floor = FLOORS[mistake](k, share / 100)
    far = curve(mistake, k, share / 100, torch.linspace(0, 30, 3001, dtype=torch.float64))
    assert (far >= floor - 1e-9).all()
    assert far.min().item() == pytest.approx(floor, abs=1e-4)


@pytest.mark.parametrize(
    "mistake, k, value",
    [
        ("softmax, then cross_entropy", 2, 0.3133),
        ("softmax, then cross_entropy", 4, 0.7437),
        ("softmax, then cross_entropy", 10, 1.4612),
        ("label smoothing 0.1", 2, 0.1985),
        ("label smoothing 0.1", 5, 0.3897),
        ("label smoothing 0.1", 10, 0.5003),
        ("nothing learned, one class of K", 10, 2.3026),
    ],
)
def test_a_stuck_value_gives_its_culprit_away(mistake, k, value):
    assert round(FLOORS[mistake](k, 0.0), 4) == value
    for above in (0.0, 0.002):
        assert (mistake, f"K = {k}") in [(each.mistake, each.setting) for each in candidates(value + above)]


def test_the_shares_are_found_back():
    for share in (0.0, 0.1, 0.3, 0.5):
        stuck = FLOORS["sigmoid, then BCE with logits"](2, share)
        assert ("sigmoid, then BCE with logits", f"{100 * share:.0f} % true") in [(c.mistake, c.setting) for c in candidates(stuck)]
    assert ("only the share learned, yes or no", "10 % true") in [(c.mistake, c.setting) for c in candidates(0.3251)]
    assert entropy(0.1) == pytest.approx(0.3251, abs=1e-4)


def test_ln_2_has_six_readings_and_all_are_different():
    found = candidates(0.6931)
    assert len({each.mistake for each in found}) == len(found) == SHOWN == 6


def test_every_candidate_is_near_and_says_what_tells_it_apart():
    for stuck in torch.linspace(-1.1, 5, 1500).tolist():
        found = candidates(stuck)
        assert len(found) <= SHOWN and len({each.mistake for each in found}) == len(found)
        for each in found:
            assert -0.001 <= stuck - each.floor <= 0.0035 and TELLS[each.mistake]
    assert len(set(TELLS.values())) == len(TELLS) == len(FLOORS)
    assert candidates(-0.5) == candidates(4.9) == ()


@pytest.mark.parametrize("mistake, k, share", SETTINGS[::5])
def test_picture_and_sentence_show_the_facts(mistake, k, share):
    explorer = loss_floor()
    explorer.set(mistake=mistake, num_classes=k, share=share, stuck=0.7437)
    got, picture = explorer.facts, explorer.picture
    assert picture.losses.get_ydata().tolist() == got.losses.tolist()
    assert picture.right.get_ydata().tolist() == got.right.tolist()
    assert list(picture.floor.get_ydata()) == [got.floor] * 2
    assert list(picture.stuck.get_ydata()) == [0.7437]
    assert picture.floor_text.get_text() == f"floor {got.floor:.4f}"
    assert [text.get_text() for text in picture.names if text.get_text()] == [each.mistake for each in got.candidates]
    assert f"{got.candidates[0].floor:.4f}" in picture.values[0].get_text()
    assert f"cannot fall below {got.floor:.4f}" in describe(got) and "stuck at 0.7437 fits" in describe(got)
    assert ("% of them true" in describe(got)) == (mistake in MULTI)
    low, high = picture.panels[0].axes[0].get_ylim()
    assert low <= min(got.losses.min(), got.right.min()) and max(got.losses.max(), got.right.max()) <= high


def test_starts_at_the_first_exhibit():
    explorer = loss_floor()
    assert explorer.values == dict(mistake="softmax, then cross_entropy", num_classes=4, share=50, stuck=0.7437)
    assert explorer.describe().startswith("Softmax, then cross_entropy, 4 classes: the loss cannot fall below 0.7437.")
    assert re.search(r"fits: softmax, then cross_entropy \(K = 4\): accuracy is good", explorer.describe())


def test_the_stuck_value_follows_the_mistake_and_not_the_other_way_round():
    explorer = loss_floor()
    explorer.controls["num_classes"].value = 10
    assert explorer.values["stuck"] == 1.4612
    explorer.controls["stuck"].value = 0.5
    assert explorer.values["num_classes"] == 10 and explorer.facts.floor == pytest.approx(math.log(1 + 9 / math.e))
    explorer.controls["mistake"].value = "nll_loss on probabilities"
    assert explorer.values["stuck"] == -1.0
    explorer.reset()
    assert explorer.values["stuck"] == 0.7437


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(mistake="dropout"), "mistake: got 'dropout'"),
        (dict(num_classes=1), "classes K: got 1"),
        (dict(share=101), "true labels .*: got 101"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        loss_floor(**arguments)


def test_facts_are_pure():
    first, again = facts("label smoothing 0.1", 4, 50, 0.4012), facts("label smoothing 0.1", 4, 50, 0.4012)
    assert torch.equal(first.losses, again.losses) and first.candidates == again.candidates

import functools
import itertools
import math
import re

import pytest
import torch
import torch.nn.functional as F
from reading import says, says_all

from helpers.views.loss_floor import (
    FLOORS,
    MULTI,
    SHOWN,
    SIZES,
    TELLS,
    candidates,
    curve,
    entropy,
    loss_floor,
)

SPECIAL = [
    *(dict(stuck=stuck) for stuck in (0.0, 0.3133, 0.6931, 2.3026, -1.0, -0.5, 4.9)),
    dict(mistake="softmax for several true labels", num_classes=7, share=86, stuck=1.7918),
    dict(mistake="sigmoid, then BCE with logits", num_classes=3, share=0, stuck=0.5),
]
PICTURES = [
    dict(mistake="no mistake, one class of K", num_classes=100, share=0),
    dict(mistake="softmax, then BCE with logits", num_classes=2, share=100),
    dict(stuck=5.0),
]


@functools.cache
def by_torch(mistake, k, share, height):
    """The loss at one size of the logits, by torch's own losses on a batch that has this composition."""
    single = height * (2 * F.one_hot(torch.tensor([0]), k).double() - 1)
    first = torch.tensor([0])
    m = max(1, round(share * k))
    several = height * torch.tensor([[1.0] * m + [-1.0] * (k - m)], dtype=torch.float64)
    yes_no, answers = (
        height * torch.tensor([1.0, -1.0], dtype=torch.float64),
        torch.tensor([1.0, 0.0], dtype=torch.float64),
    )
    weights = torch.tensor([share, 1 - share], dtype=torch.float64)

    def weighted(logits):
        return (weights * F.binary_cross_entropy_with_logits(logits, answers, reduction="none")).sum()

    return {
        "no mistake, one class of K": lambda: F.cross_entropy(single, first),
        "no mistake, yes-or-no labels": lambda: weighted(yes_no),
        "softmax, then cross_entropy": lambda: F.cross_entropy(single.softmax(1), first),
        "sigmoid, then cross_entropy": lambda: F.cross_entropy(single.sigmoid(), first),
        "sigmoid, then BCE with logits": lambda: weighted(yes_no.sigmoid()),
        "softmax, then BCE with logits": lambda: F.binary_cross_entropy_with_logits(
            single.softmax(1), F.one_hot(first, k).double()
        ),
        "nll_loss on probabilities": lambda: F.nll_loss(single.softmax(1), first),
        "softmax for several true labels": lambda: F.cross_entropy(
            several, (several > -1e-9).double() / (m if height else k)
        ),
        "softmax over a single output": lambda: F.cross_entropy(single[:, :1], first),
        "label smoothing 0.1": lambda: F.cross_entropy(single, first, label_smoothing=0.1),
        "nothing learned, one class of K": lambda: F.cross_entropy(0 * single, first),
        "nothing learned, yes-or-no labels": lambda: weighted(0 * yes_no),
        "only the share learned, yes or no": lambda: torch.distributions.Bernoulli(weights[0]).entropy(),
    }[mistake]().item()


def lowest(mistake, k, share):
    """The least that the loss can be, by torch, at the logits where it is least: as large as can be, but for smoothing."""
    height = math.log((0.9 + 0.1 / k) / (0.1 / k)) / 2 if "smoothing" in mistake else 40.0
    return by_torch(mistake, k, share, height)


def fitting(stuck):
    """Return the names of all mistakes that fit a loss, by trying every number of classes and of true labels."""
    counted = (name for name in FLOORS if name not in MULTI)  # those that depend on no share
    floors = {name: [lowest(name, k, 0.5) for k in range(2, 101)] for name in counted}
    floors["softmax for several true labels"] = [math.log(m) for m in range(2, 101)]
    floors["nothing learned, yes-or-no labels"] = [math.log(2)]
    names = {name for name, each in floors.items() if any(-0.0006 <= stuck - floor <= 0.0031 for floor in each)}
    # Two mistakes have a floor for each share, between those of no and of all labels true.
    if (
        lowest("sigmoid, then BCE with logits", 2, 1.0) - 1e-4
        <= stuck
        <= lowest("sigmoid, then BCE with logits", 2, 0.0) + 1e-4
    ):
        names.add("sigmoid, then BCE with logits")
    if 0.005 < stuck <= math.log(2) + 1e-4:
        names.add("only the share learned, yes or no")
    return names


def check_facts(values, facts):
    mistake, k, share, stuck = values["mistake"], values["num_classes"], values["share"] / 100, values["stuck"]
    assert (facts.mistake, facts.num_classes, facts.share, facts.stuck) == (mistake, k, share, stuck)
    right = "no mistake, yes-or-no labels" if mistake in MULTI else "no mistake, one class of K"
    assert facts.losses.shape == facts.right.shape == SIZES.shape
    assert facts.losses.dtype == facts.right.dtype == torch.float64
    for i in (0, 8, 40, 96):
        height = SIZES[i].item()
        assert facts.losses[i].item() == pytest.approx(by_torch(mistake, k, share, height), abs=1e-7)
        assert facts.right[i].item() == pytest.approx(by_torch(right, k, share, height), abs=1e-7)
    assert facts.floor == pytest.approx(lowest(mistake, k, share), abs=1e-9)
    check_candidates(facts.candidates, stuck)


def check_candidates(found, stuck):
    names = [each.mistake for each in found]
    assert len(names) == len(set(names)) <= SHOWN
    assert set(names) <= fitting(stuck) and (len(names) == SHOWN or set(names) == fitting(stuck))
    for each in found:
        number = int(re.search(r"\d+", each.setting)[0]) if each.setting not in ("", "any K") else None
        if each.setting.startswith("K = "):
            assert each.floor == pytest.approx(lowest(each.mistake, number, 0.5), abs=1e-9)
        elif each.setting.endswith(" true a photo"):
            assert each.floor == pytest.approx(math.log(number))
        elif each.setting.endswith(" % true"):
            ends = [lowest(each.mistake, 2, min(max(number + part, 0), 100) / 100) for part in (-0.51, 0.51)]
            top = max(*ends, math.log(2) if number == 50 else 0)
            assert min(ends) - 1e-12 <= each.floor <= top + 1e-12
            assert each.floor == pytest.approx(stuck, abs=2e-4)
        else:
            assert each.floor == pytest.approx(lowest(each.mistake, 4, 0.5), abs=1e-9)


def check_picture(picture, facts, values):
    for line, losses in ((picture.losses, facts.losses), (picture.right, facts.right)):
        assert line.get_xdata().tolist() == SIZES.tolist() and line.get_ydata().tolist() == losses.tolist()
    assert list(picture.floor.get_ydata()) == [facts.floor] * 2
    assert list(picture.stuck.get_ydata()) == [facts.stuck]
    says_all(picture.floor_text.get_text(), [facts.floor])
    says_all(picture.stuck_text.get_text(), [facts.stuck])
    says_all(picture.heading.get_text(), [facts.stuck])
    assert picture.heading.get_text().endswith(": what fits" if facts.candidates else ": nothing in this list fits")
    count = len(facts.candidates)
    assert [text.get_text() for text in picture.names] == [each.mistake for each in facts.candidates] + [""] * (
        SHOWN - count
    )
    assert [text.get_text() for text in picture.tells] == [TELLS[each.mistake] for each in facts.candidates] + [""] * (
        SHOWN - count
    )
    for text, each in zip(picture.values, facts.candidates):
        setting, floor = text.get_text().split(": ")
        assert setting == (each.setting or "any K") and says(floor, each.floor)
    assert not any(text.get_text() for text in picture.values[count:])


def check_sentence(text, facts):
    form = r"(.+), (\d+) (classes|labels)(?:, (\d+) % of them true)?: the loss cannot fall below (\S+)\. A loss stuck at (\S+) fits: (.+)\."
    mistake, k, kind, share, floor, stuck, fits = re.fullmatch(form, text).groups()
    assert (mistake.lower(), int(k)) == (facts.mistake.lower(), facts.num_classes)
    assert (kind, share) == (("labels", f"{100 * facts.share:.0f}") if facts.mistake in MULTI else ("classes", None))
    assert says(floor, facts.floor) and says(stuck, facts.stuck)
    said = [f"{each.mistake} ({each.setting}): {TELLS[each.mistake]}".replace(" ()", "") for each in facts.candidates]
    assert fits == ("; ".join(said) or "nothing in this list")


@pytest.mark.parametrize("mistake", FLOORS)
def test_the_curve_is_what_torch_computes_and_the_floor_its_least(mistake):
    for k, share in [*itertools.product((2, 4, 100), (0, 0.5, 1)), (37, 0.21), (11, 0.68)]:
        losses, floor = curve(mistake, k, share), FLOORS[mistake](k, share)
        truth = [by_torch(mistake, k, share, x) for x in SIZES[::16].tolist()]
        assert losses[::16].tolist() == pytest.approx(truth, abs=1e-7), (k, share)
        far = curve(mistake, k, share, torch.linspace(0, 30, 3001, dtype=torch.float64))
        assert (far >= floor - 1e-9).all() and far.min().item() == pytest.approx(floor, abs=1e-4), (k, share)


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
        assert ("sigmoid, then BCE with logits", f"{100 * share:.0f} % true") in [
            (c.mistake, c.setting) for c in candidates(stuck)
        ]
    assert ("only the share learned, yes or no", "10 % true") in [(c.mistake, c.setting) for c in candidates(0.3251)]
    assert entropy(0.1) == pytest.approx(0.3251, abs=1e-4)


@pytest.mark.parametrize("stuck, fits", [(-0.0007, False), (-0.0006, True), (0.0031, True), (0.0032, False)])
def test_a_loss_fits_from_just_below_a_floor_to_a_little_above(stuck, fits):
    assert ("no mistake, one class of K" in [each.mistake for each in candidates(stuck)]) == fits


@pytest.mark.parametrize("stuck", [0.005, 0.0051, 0.3131, 0.3132, 0.6932, 0.6933, 4.6052, 4.6151])
def test_candidates_at_the_ends_of_what_a_mistake_reaches(stuck):
    check_candidates(candidates(stuck), stuck)


def test_the_nearest_candidates_come_first():
    for stuck in torch.linspace(-1.1, 5, 6101).tolist():
        gaps = [round(abs(stuck - each.floor), 4) for each in candidates(stuck) if not each.setting.endswith(" % true")]
        assert gaps == sorted(gaps)
    assert [each.mistake for each in candidates(0.0)] == ["no mistake, one class of K", "softmax over a single output"]
    as_near = [(each.mistake, each.setting) for each in candidates(0.6674)][:2]  # to the four decimals of the slider
    assert as_near == [("softmax, then BCE with logits", "K = 15"), ("label smoothing 0.1", "K = 37")]


def test_the_stuck_value_follows_the_mistake_and_not_the_other_way_round():
    explorer = loss_floor()
    explorer.controls["num_classes"].value = 10
    assert explorer.values["stuck"] == 1.4612
    explorer.controls["stuck"].value = 0.5
    assert explorer.values["num_classes"] == 10 and explorer.facts.floor == pytest.approx(math.log(1 + 9 / math.e))
    assert explorer.values["stuck"] == explorer.facts.stuck == 0.5
    explorer.controls["mistake"].value = "sigmoid, then BCE with logits"
    explorer.controls["share"].value = 10  # per cent: an answer costs ln(1 + 1/e) where it is yes, ln 2 where it is no
    assert explorer.values["stuck"] == round(0.1 * math.log1p(math.exp(-1)) + 0.9 * math.log(2), 4)
    explorer.controls["mistake"].value = "nll_loss on probabilities"
    assert explorer.values["stuck"] == -1.0
    explorer.reset()
    assert explorer.values["stuck"] == 0.7437

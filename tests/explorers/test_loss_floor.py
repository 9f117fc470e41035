import functools
import itertools
import math

import pytest
import torch
import torch.nn.functional as F

from helpers.clinic.floors import Setting
from helpers.clinic.suspects import FLOORS, Verdict, clues, look_next, suspects, verdict
from helpers.explorers.loss_floor import (
    FIRST,
    HEADINGS,
    HIGHEST,
    LOWEST,
    SAID,
    SHOWN,
    SIZES,
    facts,
    loss_floor,
    title_of,
)
from helpers.text import short
from tests.reading import numbers, says, says_all

SPECIAL = [
    *(dict(loss=loss) for loss in ("0", "0.0000", "2.30", "−0,5", "-1086.9", "147.4", "100", "nan", "inf", "1e-3")),
    dict(loss="0.81330", num_classes="5"),
    dict(loss="0", num_classes="2", accuracy="100 %", smoothing="0.1"),
    dict(loss="1.7918", num_classes="7", share="86", mistake="softmax_for_multi_label"),
    dict(loss="0.5", share="0", mistake="sigmoid_before_bce_with_logits"),
    dict(loss="10.82", num_classes="50,257", accuracy="0", smoothing="0.1"),
]
PICTURES = [
    dict(loss="2.30", num_classes="10", accuracy="95 %"),
    dict(loss="-1086.9"),
    dict(loss="0.50", mistake="label_smoothing_unsaid"),
]
SURE = 60.0


def row(k, m=1):
    """Return logits of +1 for the first m of K classes and −1 for the others, and these targets, (1, K), float64."""
    targets = (torch.arange(k) < m).double()[None]
    return 2 * targets - 1, targets


@functools.cache
def by_torch(name, k, smoothing, share, m, x):
    """The loss at one size of the logits, by torch's own losses on a batch that has this composition."""
    z, one_hot = row(k)
    z, first = x * z, torch.tensor([0])
    several, true = row(k, m)
    labels, answers = x * torch.tensor([1.0, -1.0]).double(), torch.tensor([1.0, 0.0]).double()
    bce, parts = F.binary_cross_entropy_with_logits, torch.tensor([share, 1 - share], dtype=torch.float64)
    return {
        "": lambda: F.cross_entropy(z, first),
        "stuck_at_chance": lambda: F.cross_entropy(0 * z, first),
        "softmax_before_cross_entropy": lambda: F.cross_entropy(z.softmax(1), first, label_smoothing=smoothing),
        "sigmoid_before_cross_entropy": lambda: F.cross_entropy(z.sigmoid(), first, label_smoothing=smoothing),
        "sigmoid_before_bce_with_logits": lambda: parts @ bce(labels.sigmoid(), answers, reduction="none"),
        "softmax_before_bce_with_logits": lambda: bce(z.softmax(1), one_hot),
        "nll_loss_on_probabilities": lambda: F.nll_loss(z.softmax(1), first),
        "nll_loss_on_logits": lambda: F.nll_loss(z, first),
        "shapes_broadcast": lambda: torch.distributions.Bernoulli(parts[0]).entropy(),
        "arguments_swapped": lambda: parts @ bce(answers, labels, reduction="none"),
        "targets_outside_0_1": lambda: parts @ bce(labels, 255 * answers, reduction="none"),
        "multi_hot_into_cross_entropy": lambda: F.cross_entropy(x * several, true),
        "softmax_for_multi_label": lambda: F.cross_entropy(x * several, true / m),
        "softmax_over_one_output": lambda: F.cross_entropy(z[:, :1], first),
        "label_smoothing_unsaid": lambda: F.cross_entropy(z, first, label_smoothing=smoothing),
    }[name]().item()


def lowest(name, k, smoothing, share, m):
    """The least that the loss can be, by torch: where logits are as large as can be, but for smoothing."""
    if name == "label_smoothing_unsaid":
        return by_torch(name, k, smoothing, share, m, math.log((1 - smoothing + smoothing / k) * k / smoothing) / 2)
    return by_torch(name, k, smoothing, share, m, SURE)


def check_facts(values, facts):
    known = facts.clues
    assert values["mistake"] in (FIRST, facts.mistake)
    assert not values["num_classes"] or facts.setting.num_classes == max(2, int(values["num_classes"].replace(",", "")))
    setting = facts.setting
    at_chance = facts.mistake == "stuck_at_chance"  # whose value may be a sum over labels
    if math.isfinite(facts.floor) and not at_chance:
        assert facts.floor == pytest.approx(lowest(facts.mistake, *setting), abs=1e-9)
    for i in (0, 8, 40, 96) if not at_chance else ():
        expected = by_torch(facts.mistake, *setting, SIZES[i].item())
        assert facts.losses[i].item() == pytest.approx(expected, abs=1e-7, rel=1e-9)
    assert (facts.losses >= facts.floor - 1e-9).all() and facts.losses.shape == facts.right.shape == SIZES.shape
    assert any(each.name for each in facts.suspects) != bool(facts.next)
    for part in (facts.suspects[: facts.together], facts.suspects[facts.together :]):
        scores = [each.score for each in part]
        assert scores == sorted(scores, reverse=True) and min(scores, default=1) > 0
    together = facts.suspects[: facts.together]
    assert list(facts.reads) == list(dict.fromkeys(place for each in together for place in each.lesson.split("; ")))
    for each in facts.suspects:
        guess = each.guess
        if math.isfinite(known.loss) and not guess.width:  # it fits to the digits, or as near as a log's mean
            assert -guess.below - 1.001 * known.unit <= known.loss - guess.value
            assert known.loss - guess.value <= max(0.01 * guess.value, 0.003, guess.above) + 1.001 * known.unit


def check_picture(picture, facts, values):
    for line, losses in ((picture.losses, facts.losses), (picture.right, facts.right)):
        drawn = torch.as_tensor(line.get_ydata())
        inside = (losses >= LOWEST) & (losses <= HIGHEST)
        assert line.get_xdata().tolist() == SIZES.tolist()
        assert torch.equal(drawn[inside], losses[inside]) and bool(drawn[~inside].isnan().all())
    assert picture.drawn.get_text() == ("with the mistake" if facts.mistake else "an ordinary loss")
    floor, typed = facts.floor, facts.clues.loss
    if math.isfinite(floor):
        says_all(picture.floor_text.get_text(), [floor])
    assert picture.floor_text.get_text().endswith("↑") == (HIGHEST < floor)
    assert (picture.floor.get_ydata()[0] == floor) == (LOWEST <= floor <= HIGHEST)
    (at,) = picture.stuck.get_ydata()
    assert math.isnan(typed) or abs(at - min(max(typed, LOWEST), HIGHEST)) <= 0.31
    assert picture.stuck_text.get_text().split() == [
        "typed",
        facts.typed,
        *"↓" * (typed < LOWEST),
        *"↑" * (typed > HIGHEST),
    ]
    assert picture.heading.get_text() == f"{facts.typed}: {HEADINGS[facts.verdict]}"
    names, tells = ([text.get_text() for text in texts if text.get_text()] for texts in (picture.names, picture.tells))
    assert names == [f"{i}. {short(each.title, 52)}" for i, each in enumerate(facts.suspects, 1)]
    assert tells == [each.tell for each in facts.suspects]
    for text, each in zip(picture.values, facts.suspects):
        setting, *value = text.get_text().rsplit(": ", 1)
        assert setting == each.guess.setting and all(says(shown, each.guess.value) for shown in value)
        assert value or each.guess.width
    assert " ".join(text.get_text() for text in picture.advice if text.get_text()) == facts.next


def check_sentence(text, facts):
    together, others = facts.suspects[: facts.together], facts.suspects[facts.together :]
    first, *more = text.split("\n· ")
    assert first.startswith(f"{facts.typed} {SAID[facts.verdict]}")
    assert all(each.title in first and each.tell in first and each.guess.setting in first for each in together)
    told = {word: rest for word, colon, rest in (part.partition(": ") for part in more) if colon}
    assert ("Write" in told) == (facts.verdict is Verdict.LIKELY)
    assert ("To be surer" in told) == (facts.verdict is Verdict.MAYBE)
    assert all(each.title in told["Else"] for each in others) and bool(others) == ("Else" in told)
    assert not facts.next or facts.next in text
    assert all(each in facts.reads for each in told.get("Read", "").split("; ") if each)
    if "Drawn" in told:
        drawn, k, floor = told["Drawn"].rsplit(", ", 2)
        assert drawn == title_of(facts.mistake) and k == f"K = {facts.setting.num_classes:,}" or "," in k + floor
        assert floor == "no floor" or says(floor.split()[1], facts.floor)
    else:  # then its floor stands beside its name
        assert facts.mistake == facts.suspects[0].name
        assert not facts.mistake or any(says(each, facts.floor) for each in numbers(first))


@pytest.mark.parametrize("name", FLOORS)
def test_the_floor_is_the_least_that_torch_computes(name):
    for k, smoothing, share, m in itertools.product((3, 10, 1000), (0.05, 0.1), (0.0, 0.3, 1.0), (1, 2)):
        if math.isfinite(floor := FLOORS[name].least(Setting(k, smoothing, share, m))):
            found = [by_torch(name, k, smoothing, share, m, x) for x in (0.0, 1.0, 2.0, 3.0, 5.0, SURE)]
            assert min(found) >= floor - 1e-9 and lowest(name, k, smoothing, share, m) == pytest.approx(floor, abs=1e-7)


# What people type: each loss is computed with the mistake that it comes of, and typed with 2, 3 and 4 decimals.


def sure(name, k=10, smoothing=0.0, share=0.0, m=1):
    return lowest(name, k, smoothing, share, m)


def mixed(k, right, n=100):
    """The loss of a double softmax that is sure of each of n rows, and right in this share of them."""
    winners = F.one_hot((torch.arange(n) >= round(right * n)).long(), k)
    return F.cross_entropy((SURE * winners.double()).softmax(1), torch.zeros(n).long()).item()


def constant(share, n=1000):
    """The least loss of (N, 1) against (N,), with this share of true targets."""
    truth = (torch.arange(n) < share * n).double()
    logits = torch.full((n, 1), math.log(share / (1 - share))).double()
    return F.binary_cross_entropy_with_logits(logits.expand(n, n), truth.expand(n, n)).item()


TWICE, LONE, BCE = "softmax_before_cross_entropy", "stuck_at_chance", "sigmoid_before_bce_with_logits"
SMOOTH, MULTI, SHARED = "label_smoothing_unsaid", "multi_hot_into_cross_entropy", "softmax_for_multi_label"
two, other = torch.tensor([[2.0, 0.0, -1.0]]).softmax(1), torch.tensor([[1.0, 1.0, 0.0]]).softmax(1)
CASES = [
    *((LONE, sure(LONE, k), {}) for k in (2, 3, 4, 5, 7, 9, 10, 100, 1000, 50_257)),
    *((LONE, sure(LONE, k), dict(num_classes=f"{k:,}")) for k in (2, 10, 37, 128_256)),
    (LONE, sure(LONE, 2), dict(accuracy="50 %")),
    (LONE, F.binary_cross_entropy_with_logits(torch.zeros(4), torch.ones(4)).item(), dict(num_classes="6")),
    (LONE, F.binary_cross_entropy_with_logits(torch.zeros(20), torch.ones(20), reduction="sum").item(),
     dict(num_classes="20")),
    *((TWICE, sure(TWICE, k), {}) for k in (2, 3, 4, 5, 6, 10, 13, 37, 100, 1000)),
    *((TWICE, sure(TWICE, k), dict(num_classes=str(k))) for k in (5, 12, 31, 50_257)),
    (TWICE, sure(TWICE, 10, 0.1), dict(num_classes="10", smoothing="0.1")),
    *((TWICE, mixed(k, right), dict(accuracy=str(right)))
      for k, right in ((10, 0.98), (10, 0.7), (4, 0.99), (100, 0.95))),
    ("sigmoid_before_cross_entropy", sure("sigmoid_before_cross_entropy", 10), {}),
    (BCE, sure(BCE, share=0.3), dict(share="30 %")),
    (BCE, sure(BCE, share=0.3), dict(accuracy="1.0")),
    *(("softmax_before_bce_with_logits", sure("softmax_before_bce_with_logits", k), {}) for k in (2, 3, 4, 10)),
    ("nll_loss_on_probabilities", -0.98, {}),
    *(("nll_loss_on_logits", by_torch("nll_loss_on_logits", 10, 0.0, 0.0, 1, x), {}) for x in (5.0, 900.0)),
    ("arguments_swapped", by_torch("arguments_swapped", 2, 0.0, 0.3, 1, 40.0), {}),
    ("targets_outside_0_1", by_torch("targets_outside_0_1", 2, 0.0, 0.3, 1, 12.0), {}),
    ("kl_div_of_probabilities", F.kl_div(two, other, reduction="batchmean").item(), {}),
    *((MULTI, sure(MULTI, 10, m=m), dict(num_classes="10")) for m in (2, 3, 4)),
    *((MULTI, sure(MULTI, 10, m=m), {}) for m in (2, 3)),
    *((SHARED, sure(SHARED, 10, m=m), dict(num_classes="10", accuracy="95 %")) for m in (2, 3)),
    (SHARED, F.binary_cross_entropy((SURE * row(8, 4)[0]).softmax(1), row(8, 4)[1]).item(),
     dict(num_classes="8", accuracy="0.9")),
    ("softmax_over_one_output", sure("softmax_over_one_output"), dict(num_classes="2", accuracy="50 %")),
    ("one_class_only", sure("", 31), dict(accuracy="100 %")),
    ("bce_of_rounded_sigmoid", F.binary_cross_entropy(torch.tensor([120.0]).sigmoid(), torch.zeros(1)).item(), {}),
    ("bce_of_rounded_sigmoid", F.binary_cross_entropy((120 * torch.ones(2)).sigmoid(), torch.tensor([0.0, 1.0])).item(),
     dict(accuracy="0.5")),
    *((SMOOTH, sure(SMOOTH, k, 0.1), {}) for k in (2, 5, 10, 100)),
    *((SMOOTH, sure(SMOOTH, 10, rate), dict(smoothing=str(rate))) for rate in (0.1, 0.05, 0.25)),
    ("shapes_broadcast", constant(0.1), dict(num_classes="1", share="10")),
    ("shapes_broadcast", constant(0.35), dict(share="35 %")),
    ("loud_start", 12.0, dict(num_classes="10")),
    ("other_logarithm", math.log2(10), dict(num_classes="10", accuracy="0.1")),
]  # fmt: skip


def named(typed, **known):
    """Return the mistakes that fit, without the healthy network."""
    return [each for each in suspects(clues(typed, **known)) if each.name]


def said(typed, **known):
    """Return the verdict, and the names of what it is on."""
    c = clues(typed, **known)
    kind, first = verdict(c, suspects(c))
    return kind.name, [each.name for each in first]


@pytest.mark.parametrize("name, loss, known", CASES)
def test_the_mistake_that_was_made_is_named_from_its_rounded_loss(name, loss, known):
    for decimals in (2, 3, 4):
        typed = f"{loss:.{decimals}f}"
        found = named(typed, **known)[:SHOWN]
        names = [each.name for each in found]
        assert name in names, (typed, known, names)
        # Before it stand only those that give this number, too, with as few digits or however many.
        ahead = found[: names.index(name)]
        unit = 0.5 * 10**-decimals if decimals == 4 else 0.01 * abs(loss) + 0.01
        assert all(abs(each.guess.value - loss) <= 1.01 * unit for each in ahead), (typed, known, names)


def test_most_are_the_first_suspect():
    first = [named(f"{loss:.4f}", **known)[0].name == name for name, loss, known in CASES]
    assert sum(first) >= 0.85 * len(CASES), [case for case, yes in zip(CASES, first) if not yes]


@pytest.mark.parametrize(
    "typed, name, setting",
    [
        *((typed, LONE, "K = 10") for typed in ("2.30", "2.3", "2,30", "2.297", "2.3086", "2.3026")),
        *((typed, LONE, "K = 2, or yes or no") for typed in ("0.69", "0.70", "0.6931")),
        *((typed, TWICE, "K = 4") for typed in ("0.74", "0.744", "0.7437", "0.7461")),
        *((typed, TWICE, "K = 10") for typed in ("1.46", "1.4612", "1.47")),
        ("2.2053", LONE, "K = 9"),
        ("10.82", LONE, "K = 50,257"),
        ("1.3863", LONE, "K = 4"),
    ],
)
def test_a_loss_as_a_log_prints_it(typed, name, setting):
    (first, *_) = named(typed)
    assert (first.name, first.guess.setting) == (name, setting)


@pytest.mark.parametrize(
    "typed, known, kind, names",
    [
        ("0.74", dict(), "MAYBE", [TWICE, "sigmoid_before_cross_entropy"]),
        ("0.74", dict(num_classes="4", accuracy="100 %"), "LIKELY", [TWICE, "sigmoid_before_cross_entropy"]),
        ("0.7", dict(num_classes="4", accuracy="100 %"), "MAYBE", [TWICE, "sigmoid_before_cross_entropy"]),
        ("2.30", dict(), "MAYBE", [LONE]),
        ("2.3026", dict(), "LIKELY", [LONE]),
        ("1.0", dict(), "ORDINARY", [""]),
        ("-0.67", dict(), "ORDINARY", [""]),  # a score with a minus
        ("-0.980", dict(num_classes="10", accuracy="0.980"), "LIKELY", ["nll_loss_on_probabilities"]),
        ("1.4", dict(num_classes="10", accuracy="86"), "ORDINARY", [""]),  # sure and wrong
        ("60269.5", dict(num_classes="10", accuracy="96.66"), "ORDINARY", [""]),
        ("1.46", dict(num_classes="10", accuracy="52"), "ORDINARY", [""]),  # a second softmax costs 1.68 at least
        ("1.46", dict(num_classes="10"), "MAYBE", [TWICE, "sigmoid_before_cross_entropy"]),  # or on the way down
        ("-21.4", dict(num_classes="2"), "MAYBE", ["nll_loss_on_logits", "targets_outside_0_1", "arguments_swapped"]),
        ("0.25", dict(num_classes="2", accuracy="50"), "ORDINARY", [""]),  # a squared error
        ("1.000", dict(num_classes="2", accuracy="50"), "MAYBE", ["other_logarithm"]),  # or a hinge loss of guesses
        ("0.3251", dict(num_classes="1", accuracy="90", share="10"), "LIKELY", [LONE, "shapes_broadcast"]),
        ("0.3251", dict(num_classes="10", accuracy="93"), "ORDINARY", [""]),
        ("83.18", dict(num_classes="32000"), "MAYBE", ["times_the_steps"]),
        ("41.2", dict(num_classes="1023"), "ORDINARY", [""]),
        ("4.844", dict(), "MAYBE", [LONE]),  # ln 127 = ln(2 · 64 − 1), a contrastive batch
        ("0.6931", dict(num_classes="2", accuracy="70"), "MAYBE", [LONE]),  # logits of 0: the share of the first class
        ("8.6347", dict(num_classes="2", accuracy="75"), "LIKELY", ["clipped_tail"]),
        ("36.0437", dict(num_classes="2", accuracy="0"), "LIKELY", ["clipped_tail"]),  # scikit-learn's
        ("-5.78", dict(), "ORDINARY", [""]),  # a density
        ("-9.27e5", dict(num_classes="1"), "LIKELY", ["targets_outside_0_1", "arguments_swapped"]),
        ("0.0", dict(num_classes="32000"), "MAYBE", ["all_ignored", "one_class_only"]),
        ("0.0", dict(num_classes="1", accuracy="50 %"), "MAYBE", ["softmax_over_one_output"]),
        ("0.0000", dict(num_classes="1", accuracy="50 %"), "LIKELY", ["softmax_over_one_output"]),
    ],
)  # fmt: skip
def test_a_mistake_is_likely_only_where_a_healthy_network_is_not(typed, known, kind, names):
    assert said(typed, **known) == (kind, names)


@pytest.mark.parametrize(
    "known, words",
    [
        (dict(loss="0.8133", num_classes="5"), "below ln 5 = 1.6094, what guessing costs: something is learned. "
         "A softmax too many would stop it at 0.9048."),
        (dict(loss="1.80", num_classes="10"), "an accuracy of 66 % gives it: type the accuracy"),
        (dict(loss="2.80", num_classes="10"), "above ln 10 = 2.3026, what guessing costs: some rows are sure and "
         "wrong, or it is a mean of means"),
        (dict(loss="0.25", num_classes="2", accuracy="50"), "no more is right than by guessing: is it another loss"),
        (dict(loss="0.64", num_classes="1", share="30"), "above 0.6109, what knowing the share of true labels costs"),
        (dict(loss="0.8133"), "Type the number of classes and the accuracy."),
        (dict(loss="2.30", num_classes="10", accuracy="95 %"),
         "“Nothing has been learned” (K = 10) gives these digits, but not this accuracy"),
    ],
)  # fmt: skip
def test_what_it_cannot_name_it_says_what_to_look_at(known, words):
    assert not named(known["loss"], **{name: text for name, text in known.items() if name != "loss"})
    assert words in look_next(clues(**known))


@pytest.mark.parametrize("known", [dict(loss="250"), dict(loss="20", num_classes="4")])
def test_what_guesses_would_not_cost_is_no_ordinary_loss(known):
    first, *_ = suspects(clues(**known))
    assert first.title == "A loss above that of guesses"


def test_mistakes_that_fill_the_list_leave_a_place_for_a_healthy_network():
    shown = facts("-2.417", "10", "", "", "", FIRST).suspects
    assert len(shown) == SHOWN and shown[0].name and not shown[-1].name


def test_the_number_of_classes_is_a_filter_and_so_is_the_accuracy():
    assert {each.guess.num_classes for each in named("1.3863", num_classes="10")} == {10}
    assert LONE not in [each.name for each in suspects(clues("0.6931", accuracy="95 %"))]
    assert LONE in [each.name for each in suspects(clues("0.6931", accuracy="58 %"))]
    assert "softmax_over_one_output" not in [each.name for each in named("0.0000", num_classes="10", accuracy="50 %")]


def test_a_negative_loss_of_any_size_has_suspects_and_kl_div_only_as_low_as_it_goes():
    for typed in ("-0.01", "-1.00", "-2", "−1086.9", "-3e8"):
        assert named(typed)
    kl = [
        ["kl_div_of_probabilities" in [each.name for each in suspects(clues(typed, "3"))]]
        for typed in ("-2.09", "-2.11")
    ]
    assert kl == [[True], [False]]


def test_the_digits_typed_are_the_tolerance():
    assert [clues(typed).unit for typed in ("2.3", "2.30", "230e-2")] == pytest.approx([0.05, 0.005, 0.005])
    assert [named(typed)[0].name == LONE for typed in ("1.4", "1.42")] == [True, False]


@pytest.mark.parametrize(
    "name, typed",
    [("loss", each) for each in ("", "1/2", "warm", "1.000,5", "2.3 nats", "1e999")]
    + [("num_classes", each) for each in ("0", "ten", "10.5", "1,0", "-3")]
    + [(name, each) for name in ("accuracy", "share") for each in ("101", "1/10", "-1", "good")]
    + [("smoothing", each) for each in ("1", "0.5", "some")],
)
def test_what_is_none_is_refused_by_name(name, typed):
    with pytest.raises(ValueError, match=rf"^{name}: got .*, want an? "):
        loss_floor(**{name: typed})

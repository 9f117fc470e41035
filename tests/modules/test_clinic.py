"""The clinic: samples of the bench's two tables, whose draws hold the public cases in all sizes; reports, watching."""

import gc
import itertools
import json
import math
import pathlib
import random
import re
import warnings
import weakref
from unittest import mock

import numpy
import pytest
import sklearn.metrics
import torch
import torch.nn.functional as F

from bench import clinic as bench
from bench import trainings
from helpers.clinic import MISTAKES, DiagnosisWarning, diagnose, stored_table
from helpers.clinic.measured import TRAINED, rates_of_healthy
from helpers.clinic.metrics import agreement, auc
from helpers.clinic.mistakes import ORDER
from helpers.clinic.reading import GIVEN, LOSSES
from tests.anything import ANYTHING

BCE_LOGITS = F.binary_cross_entropy_with_logits
ROOT = pathlib.Path(__file__).parents[2]


def names(report):
    return [finding.name for finding in report.findings]


def trained(n=40, K=4):
    targets = torch.arange(n) % K
    return 9.0 * F.one_hot(targets, K) + torch.arange(n * K).reshape(n, K) % 7 / 7, targets


# --- the two tables


def test_healthy_runs_are_not_accused():
    accused = [(kind, names(report)) for kind, report in bench.healthy_runs(seed=77, runs=1000) if report]
    assert len(accused) <= 1, accused


@pytest.mark.parametrize("name", [mistake.name for mistake in MISTAKES if mistake.name not in bench.DOUBTS])
def test_a_mistake_is_named_first(name):
    missed = [names(report) for report in bench.spoiled_runs(77, 20, name) if names(report)[:1] != [name]]
    assert len(missed) <= 2, f"{name} is not named first in {len(missed)} of 20 drawn runs: {missed}"


def test_the_stored_table_keeps_the_promise():
    table = stored_table()
    healthy, spoiled = table[table.table == "healthy"], table[table.table == "mistake"]
    assert healthy.runs.sum() >= 10_000 and healthy.found.sum() <= healthy.runs.sum() / 1000
    known = [mistake.name for mistake in MISTAKES if mistake.name not in bench.DOUBTS]
    assert list(spoiled.name) == known, "`make clinic` measures anew"
    assert (spoiled.runs >= 1000).all() and (spoiled["first"] >= 0.95 * spoiled.runs).all()


def test_of_a_hundred_lines_of_healthy_trainings_at_most_one_is_accused():
    table = stored_table(TRAINED)
    assert (rates_of_healthy(table)["sure"] <= 1).all(axis=None)
    assert table[table.table == "healthy"].lines.sum() >= 2000 * 5 * 4
    spoiled = table[(table.table == "mistake") & (table.decimals == 3) & ~table.name.isin(trainings.UNTOLD)]
    detective = spoiled[(spoiled.reader == "detective") & (spoiled.known == "K, accuracy, share")]
    assert detective["first"].sum() >= 0.9 * detective.lines.sum()
    assert list(table[table.table == "mistake"].name.unique()) == trainings.MISTAKES, "`make clinic` measures anew"


def test_trainings_run_and_a_mistake_is_told_by_its_number():
    healthy = [line for line in trainings.lines(seed=77, healthy=6, each=0)]
    told = [trainings.said_by_detective(line, trainings.CLUES["K, accuracy, share"], 3) for line in healthy]
    assert len(healthy) > 50 and sum(kind is trainings.Verdict.LIKELY for kind, _ in told) <= 1
    *_, line, _ = trainings.Trainings(77).spoiled("softmax_before_cross_entropy")
    kind, names = trainings.said_by_detective(line, trainings.CLUES["K, accuracy, share"], 3)
    assert kind is not trainings.Verdict.ORDINARY and "softmax_before_cross_entropy" in names
    assert "softmax_before_cross_entropy" in trainings.said_by_clinic(line, 3)[0]


# --- the report


def test_options_and_rare_labels_are_in_order():
    logits, targets = trained()
    targets[::3] = -100
    options = {"weight": 1 + torch.arange(4.0), "label_smoothing": 0.2}
    report = diagnose(logits, targets, F.cross_entropy(logits, targets, **options), **options)
    assert not report and not report.unsure
    assert any("label smoothing 0.2" in line and "weights" in line for line in report.in_order)
    outputs, rare = torch.logit(torch.tensor(0.01)).expand(1000), (torch.arange(1000) < 10).float()
    report = diagnose(outputs, rare, BCE_LOGITS(outputs, rare))
    assert not report and any("0.0560" in line for line in report.in_order)


def test_every_number_may_be_a_text():
    logits, targets = trained()
    targets[0], right = 1, "accuracy 0.975: it is the share of right winners"
    for accuracy in ("97.5%", "97,5 %", "0.975", 97.5, 0.975, numpy.float32(97.5), torch.tensor(0.975)):
        assert right in diagnose(logits, targets, accuracy=accuracy).in_order
    targets[::8] = -1
    loss = F.cross_entropy(logits, targets, ignore_index=-1, label_smoothing=0.1)
    for rate, ignored in (("10 %", "−1"), (numpy.float32(0.1), torch.tensor(-1)), ("0,1", numpy.int64(-1))):
        report = diagnose(logits, targets, f"{loss:.6f}", label_smoothing=rate, ignore_index=ignored)
        assert not report and any("it is cross_entropy" in line for line in report.in_order)
    cut = diagnose(logits, targets, loss, label_smoothing=0.1, ignore_index=-1, batch_sizes=["20", numpy.int64(20)])
    assert not cut


def test_pairs_have_two_directions():
    generator, entropy = torch.Generator().manual_seed(0), F.cross_entropy
    for n, smoothing in itertools.product((8, 700), (0.0, 0.1)):
        logits, targets = torch.randn(n, n, generator=generator) + 9 * torch.eye(n), torch.arange(n)
        rows, columns = (entropy(each, targets, label_smoothing=smoothing).item() for each in (logits, logits.T))
        for answers in (targets, torch.eye(n)):
            for loss, said in (
                (rows, "it is cross_entropy(outputs, targets)"),
                ((rows + columns) / 2, "it is mean of both directions, as CLIP's loss"),
                (columns, "the other direction"),
                (rows + columns, "it is sum of both directions"),
            ):
                report = diagnose(logits, answers, loss, label_smoothing=smoothing)
                assert not report and any(said in line for line in report.in_order), report
        wrong = diagnose(logits, targets, entropy(logits.softmax(1), targets).item())
        assert names(wrong) == ["softmax_before_cross_entropy"]


def test_several_mistakes_are_all_named():
    logits, targets = trained()
    probs = torch.softmax(logits, 1)
    broadcast = (probs.argmax(1)[:, None] == targets).float().mean()
    loss = F.cross_entropy(probs, targets, label_smoothing=0.1)
    report = diagnose(probs, targets, loss, loss_fn="cross_entropy", accuracy=broadcast, predictions=probs.argmax(0))
    wanted = "softmax_before_cross_entropy label_smoothing_unsaid accuracy_by_broadcasting argmax_over_the_batch"
    assert names(report) == wanted.split()


def test_too_few_digits_leave_it_unsure():
    logits = torch.tensor([[1.2, 0.0, 0.0, 0.0]])
    right, wrong = (F.cross_entropy(each, torch.tensor([0])) for each in (logits, torch.softmax(logits, 1)))
    report = diagnose(logits, torch.tensor([0]), loss="1")
    assert round(right.item()) == round(wrong.item()) == 1
    assert not report and [doubt.name for doubt in report.unsure][:1] == ["softmax_before_cross_entropy"]
    assert "few digits" in str(report)
    assert diagnose(logits, torch.tensor([0]), loss=f"{wrong:.3f}")


def test_a_report_reads_as_text_and_as_html():
    logits, targets = torch.randn(300, 3, generator=torch.Generator().manual_seed(0)), torch.ones(300).long()
    report = diagnose(logits, targets, loss_fn=F.cross_entropy, labels=["a", "<b>", "c"])
    text, html = str(report), report._repr_html_()
    assert text == repr(report) and text.startswith("Found: All targets are one class\n")
    for word in ("Evidence: all 300 targets are class 1 (<b>)", "Why it matters", "Mend it", "Read on", "In order"):
        assert word in text
    assert max(map(len, text.split("\n"))) <= 100
    assert "<b>" not in html and "&lt;b&gt;" in html and "color" not in html
    assert all(part in html for part in ("<ol>", "<code>print(", "In order"))


def test_what_is_missing_is_asked_for():
    logits, targets = trained()
    assert "targets are missing" in str(diagnose(logits))
    assert all(word in str(diagnose(logits, targets)) for word in ("loss=", "loss_fn=", "history=", "accuracy="))
    strange = diagnose(logits, targets, 123.456)
    assert not strange and "none of the numbers tried" in str(strange)


def test_every_mistake_leads_to_a_section_that_exists():
    headings = {}
    for path in ROOT.glob("notebooks/*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        lines = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown").split("\n")
        said = (line.lstrip("# ").removeprefix("Side road: ") for line in lines if line.startswith("#"))
        headings[path.name[:2]] = [heading.lower() for heading in said]

    def stands(place):
        lesson, section = place.split(" ", 1)
        return any(each.startswith(section.lower()) for each in headings.get(lesson, ()))

    gone = {(each.name, place) for each in MISTAKES for place in each.read if not stands(place)}
    assert not gone, f"these places are gone; mend `read=` in helpers/clinic/mistakes: {sorted(gone)}"


def test_the_order_names_mistakes_that_exist_and_each_says_all():
    assert set(ORDER) <= {each.name for each in MISTAKES}
    assert all(each.title and each.why and each.fix and each.read for each in MISTAKES)


def test_auc_and_kappa_are_scikit_learns():
    generator = torch.Generator().manual_seed(0)
    for _ in range(20):
        scores = torch.randint(6, (60,), generator=generator)
        true = torch.rand(60, generator=generator) < 0.3 + 0.1 * scores
        assert auc(scores.float(), true) == pytest.approx(sklearn.metrics.roc_auc_score(true, scores))
        guess = torch.where(torch.rand(60, generator=generator) < 0.6, scores, scores.flip(0))
        assert agreement(guess, scores, 6) == pytest.approx(sklearn.metrics.cohen_kappa_score(scores, guess))


# --- what goes in


def test_nothing_is_changed_and_no_gradient_is_needed():
    logits, targets = trained()
    logits.requires_grad_()
    before, version = logits.detach().clone(), logits._version
    loss = F.cross_entropy(torch.softmax(logits, 1), targets)

    def greedy(outputs, targets):
        outputs.mul_(0)
        return outputs.sum()

    assert diagnose(logits, targets, loss, weight=torch.ones(4), predictions=logits > 0.5)
    diagnose(logits, targets, loss_fn=greedy)
    assert torch.equal(logits, before) and logits._version == version and logits.grad is None
    loss.backward()  # the graph is still there


@pytest.mark.parametrize("loss_fn", [F.cross_entropy, torch.nn.CrossEntropyLoss(), "cross_entropy", "CrossEntropyLoss"])
def test_a_loss_may_be_its_function_its_module_or_its_name(loss_fn):
    logits, targets = trained()
    loss = F.cross_entropy(logits, targets).item()
    for report in (diagnose(logits, targets, loss_fn), diagnose(logits, targets, loss, loss_fn=loss_fn)):
        assert not report and f"it is cross_entropy(outputs, targets) = {loss:.6g}" in " ".join(report.in_order)


def test_a_module_brings_its_options():
    logits, targets = trained()
    report = diagnose(logits, targets, torch.nn.CrossEntropyLoss(label_smoothing=0.1, weight=torch.arange(1.0, 5)))
    assert not report and "label smoothing 0.1" in str(report)


def test_no_outputs_stay_in_memory():
    for n in (8, 2000):
        logits = numpy.zeros((n, 200), "float32")
        alive = weakref.ref(logits)
        gc.disable()
        try:
            diagnose(logits, torch.zeros(len(logits)).long(), 5.0)
            del logits
            assert alive() is None
        finally:
            gc.enable()


def test_large_tensors_are_estimated_first_and_then_told_exactly():
    generator = torch.Generator().manual_seed(0)
    logits, targets = 5 * torch.randn(4000, 200, generator=generator), torch.randint(200, (4000,), generator=generator)
    right = diagnose(logits, targets, F.cross_entropy(logits, targets).item())
    assert not right and "it is cross_entropy" in str(right)
    for number, name in (
        (F.cross_entropy(torch.softmax(logits, 1), targets), "softmax_before_cross_entropy"),
        (F.nll_loss(torch.log_softmax(logits, 0), targets), "softmax_over_the_wrong_dim"),
        (BCE_LOGITS(torch.softmax(logits, 1), F.one_hot(targets, 200).float()), "softmax_before_bce_with_logits"),
    ):
        assert names(diagnose(logits, targets, number.item())) == [name]
    # Sequences of 32 that end in padding: rows at even steps would be the same few positions.
    padded = torch.where(torch.arange(4000) % 32 < 20, targets, 0)
    logits[padded == 0, 0] += 20
    loss = F.cross_entropy(logits, padded)
    assert "it is cross_entropy" in str(diagnose(logits, padded, loss.item()))
    assert f"cross_entropy(outputs, targets) would be {loss:.6g}" in str(diagnose(logits, padded, 0.3 * loss.item()))


X, T = torch.zeros(6, 3), torch.zeros(6).long()


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(outputs=X, targets=T[:4]), r"targets: got shape \(4,\), want \(6, 3\) or \(6,\) for outputs of shape"),
        (dict(outputs=X.view(1, 3, 2, 3), targets=torch.zeros(1, 2, 3, 3)), r"one_hot puts the classes last"),
        (dict(outputs=torch.zeros(9, 2, 3), targets=torch.zeros(2, 4).long()), r"belong to a CTC loss"),
        (dict(outputs=(X, X[:, :2]), targets=T), r"outputs: got tensors of the shapes .*, want one, such as outputs"),
        (dict(outputs=X, targets=T, history={"loss": [1.0]}), "history: got a dict with 'loss', want the list"),
        (dict(outputs=X, targets=[0.5] * 6), "targets: got 0.5 among .*, want class indices"),
        (dict(outputs=X, targets=T, loss="mse_loss"), "loss_fn: got 'mse_loss', want a function, or one of cross"),
        (dict(outputs=X, targets=T, reduction="avg"), "reduction: got 'avg', want 'mean'"),
        (dict(outputs=X, targets=T, accuracy=250), "accuracy: got 250, want a share from 0 to 1, or a percentage"),
        (dict(outputs=X, targets=T, labels=["a"]), "labels: got 1 names, want 3"),
        (dict(outputs=X, targets=T, loss=2.0, batch_sizes=[4, 4]), "batch_sizes: got 8 rows in all, want 6"),
        (dict(outputs=X, targets=T, wieght=1), "diagnose: got the argument 'wieght', want some of weight"),
        (dict(outputs=X, targets=T, label_smoothing=1.5), "label_smoothing: got 1.5, want a share from 0 to 1"),
    ],
)
def test_bad_input_is_told_what_is_wanted(arguments, message):
    with pytest.raises((TypeError, ValueError), match=message):
        diagnose(**arguments)


BY_SHAPE = [
    *(torch.zeros(shape) for shape in ((8,), (8, 1), (8, 3), (8, 3, 2), (8, 2, 3), (1, 3))),
    *(torch.zeros(8, dtype=torch.long), torch.ones(8, 3, dtype=torch.long), torch.full((8,), -100), torch.eye(3)),
    *(torch.full((8, 3), math.nan), torch.eye(8, 3).softmax(1), torch.zeros(8, 3).bool(), numpy.zeros((8, 3))),
    *(numpy.array(["a"] * 8), torch.zeros(8, dtype=torch.complex64)),
    *("2,30", "cross_entropy", "MSELoss", ["a", "b", "c"]),
]
NAMES = ("targets", "loss", "loss_fn", *GIVEN)


def test_whatever_is_given_is_diagnosed_or_refused_by_the_name_of_an_argument():
    draw = random.Random(0)
    usual = [torch.randn(8, 3), torch.randn(8, 3, 2), torch.randn(8, 1), torch.rand(8, 3), torch.randn(8)]
    targets = [torch.randint(3, (8,)), torch.rand(8, 3), torch.rand(8, 1), torch.randint(2, (8,)), torch.ones(8, 2)]
    for _ in range(1500):
        given = {name: draw.choice(ANYTHING + BY_SHAPE) for name in NAMES if draw.random() < 0.2}
        if draw.random() < 0.6:
            given["targets"] = draw.choice(targets)
        try:
            diagnose(draw.choice([*ANYTHING, *BY_SHAPE, *usual * 20]), **given)
        except (TypeError, ValueError) as error:
            assert re.match(rf"(?s)(outputs|{'|'.join(NAMES)}): got .+, want ", str(error)), error


@pytest.mark.parametrize("shape", [(6, 1), (6, 4), (6, 1, 3, 3), (6, 4, 3, 3), (6, 4, 5), (6,)], ids=str)
@pytest.mark.parametrize("loss_fn", [None, *LOSSES])
def test_a_loss_named_for_other_targets_is_diagnosed_or_refused_by_the_name_of_an_argument(shape, loss_fn):
    """Here outputs and targets belong together, stray classes among them; only the loss may be another's."""
    k, logits = shape[1] if len(shape) > 1 else 1, torch.randn(shape)
    indices = torch.arange(len(logits)).reshape(-1, *[1] * (len(shape) - 2)).expand(len(logits), *shape[2:]) % (k + 1)
    for outputs in (logits, logits.mul(100).sigmoid(), logits * math.nan):
        for targets in (indices, indices % k, (logits > 0).float()):
            for given in ({"loss": 0.7}, {"loss": math.nan}, {"accuracy": 0.5}):
                try:
                    diagnose(outputs, targets, loss_fn=loss_fn, **given)
                except (TypeError, ValueError) as error:
                    assert re.match(r"(outputs|targets|loss|loss_fn|accuracy): got ", str(error)), error


# --- watching


def test_watching_speaks_once_and_hands_on_the_loss():
    logits, targets = trained()
    probs = torch.softmax(logits, 1).requires_grad_()
    watched = diagnose.watch(F.cross_entropy, share=1)
    with pytest.warns(DiagnosisWarning, match="Found: Softmax before cross_entropy") as caught:
        for _ in range(5):
            loss = watched(probs, targets, label_smoothing=0.1)
    assert len(caught) == 1 and caught[0].filename == __file__
    assert names(watched.report) == ["softmax_before_cross_entropy"]
    assert torch.equal(loss, F.cross_entropy(probs, targets, label_smoothing=0.1))
    loss.backward()
    assert probs.grad is not None


def test_watching_a_healthy_training_is_silent_and_a_callback_replaces_the_warning():
    logits, targets = trained()
    heard = []
    with diagnose.watch(lambda x, t: F.cross_entropy(x, t), speak=heard.append, share=1) as watched:
        for _ in range(5):
            watched(logits, targets)
        assert not heard and len(watched.history) >= 2
        watched(logits * math.nan, targets)
    watched(logits * math.inf, targets)
    assert [names(report) for report in heard] == [["nan_outputs"]]


def test_watching_says_once_that_it_cannot_read_a_loss():
    watched = diagnose.watch(lambda outputs, targets: outputs.sum(), share=1)
    with pytest.warns(DiagnosisWarning, match="can't read this loss: targets: got shape") as caught:
        for _ in range(3):
            watched(torch.zeros(4, 3), torch.zeros(7))
    assert len(caught) == 1
    with pytest.raises(TypeError, match="loss_fn: got str"):
        diagnose.watch("cross_entropy")


def test_watching_never_raises_whatever_happens(monkeypatch):
    class Odd:
        def __getattr__(self, name):
            raise KeyError(name)

    def broken(report):
        raise RuntimeError("the callback is broken")

    logits, targets = trained()
    calls = [
        (diagnose.watch(lambda x, t: Odd(), share=1), logits),
        (diagnose.watch(lambda x, t: torch.zeros(()), share=1), Odd()),
        (diagnose.watch(F.cross_entropy, speak=broken, share=1), logits.softmax(1)),
    ]
    for error in (KeyError("k"), AssertionError("a"), MemoryError("m"), StopIteration()):
        watched = diagnose.watch(F.cross_entropy, share=1)
        monkeypatch.setattr(watched, "diagnose", mock.Mock(side_effect=error))
        calls.append((watched, logits))
    for watched, outputs in calls:
        with pytest.warns(DiagnosisWarning, match="can't read this loss") as caught:
            watched(outputs, targets)
            watched(outputs, targets)
        assert len(caught) == 1


def test_a_loss_function_that_raises_anything_is_said():
    def strange(outputs, targets):
        raise KeyError("temperature")

    logits, targets = trained()
    for loss_fn, said in ((strange, "'temperature'"), (lambda x, t: "high", "loss_fn: got 'high'")):
        report = diagnose(logits, targets, loss_fn=loss_fn)
        assert any(f"the function given raises: {said}" in line for line in report.unknown)


def test_watching_looks_seldom_where_looking_is_dear():
    logits, targets = trained()
    watched = diagnose.watch(F.cross_entropy, share=1e-9)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        watched(logits, targets)
        watched(torch.softmax(logits, 1), targets)
    assert len(watched.history) == 1

"""The clinic: samples of the bench's two tables, whose draws hold the public cases in all sizes and types; reports, input, watching."""

import json
import math
import pathlib
import warnings

import pytest
import torch
import torch.nn.functional as F

from bench import clinic as bench
from helpers.clinic import MISTAKES, DiagnosisWarning, diagnose, stored_table

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
    assert len(missed) <= 2, missed


def test_the_stored_table_keeps_the_promise():
    table = stored_table()
    healthy, spoiled = table[table.table == "healthy"], table[table.table == "mistake"]
    assert healthy.runs.sum() >= 10_000 and healthy.found.sum() <= healthy.runs.sum() / 1000
    assert list(spoiled.name) == [mistake.name for mistake in MISTAKES if mistake.name not in bench.DOUBTS]
    assert (spoiled.runs >= 1000).all() and (spoiled["first"] >= 0.95 * spoiled.runs).all()


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
    assert all(part in html for part in ("<ol>", "<code>print(", "Could not be told"))


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
        headings[path.name[:2]] = [line.lstrip("# ") for line in lines if line.startswith("#")]
    for mistake in MISTAKES:
        for place in mistake.lesson.split("; "):
            lesson, section = place.split(" ", 1)
            assert any(each.removeprefix("3 · ").startswith(section) for each in headings[lesson]), (
                mistake.name,
                place,
            )
        assert mistake.title and mistake.why and mistake.fix


# --- what goes in


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_any_container_and_type_gives_the_same_names(dtype):
    logits, targets = trained()
    probs = torch.softmax(logits, 1)
    for outputs in (probs, probs.to(dtype), probs.numpy(), probs.tolist(), list(probs), probs.to_sparse()):
        report = diagnose(outputs, targets.tolist(), loss_fn="CrossEntropyLoss")
        assert names(report) == ["softmax_before_cross_entropy"]


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


X, T = torch.zeros(6, 3), torch.zeros(6).long()


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(outputs="logits"), "outputs: got str, want a tensor"),
        (dict(outputs=None), "outputs: got NoneType, want a tensor"),
        (dict(outputs=torch.zeros(0, 3)), r"outputs: got shape \(0, 3\), want at least one row"),
        (dict(outputs=torch.zeros(3, dtype=torch.complex64)), "outputs: got torch.complex64, want real numbers"),
        (dict(outputs=X, targets=T[:4]), r"targets: got shape \(4,\), want \(6, 3\) or \(6,\) for outputs of shape \(6, 3\)"),
        (dict(outputs=X, targets=[0.5] * 6), "targets: got 0.5 among .*, want class indices"),
        (dict(outputs=X, targets=T, loss=[]), "loss: got .*, want a number"),
        (dict(outputs=X, targets=T, loss="mse_loss"), "loss_fn: got 'mse_loss', want a function, or one of cross_entropy"),
        (dict(outputs=X, targets=T, loss_fn=3), "loss_fn: got int, want a function"),
        (dict(outputs=X, targets=T, weight=torch.ones(2)), r"weight: got shape \(2,\), want \(3,\)"),
        (dict(outputs=X, targets=T, reduction="avg"), "reduction: got 'avg', want 'mean'"),
        (dict(outputs=X, targets=T, label_smoothing="a"), "label_smoothing: got 'a', want a number"),
        (dict(outputs=X, targets=T, accuracy="good"), "accuracy: got 'good', want a number"),
        (dict(outputs=X, targets=T, history=[1, "x"]), "history: got 'x', want a number"),
        (dict(outputs=X, targets=T, labels=["a"]), "labels: got 1 names, want 3"),
        (dict(outputs=X, targets=T, loss=2.0, batch_sizes=[4, 4]), "batch_sizes: got 8 rows in all, want 6"),
        (dict(outputs=X, targets=T, grad=torch.zeros(2)), r"grad: got shape \(2,\), want \(6, 3\)"),
        (dict(outputs=X, targets=T, wieght=1), "diagnose: got the argument 'wieght', want some of weight"),
    ],
)  # fmt: skip
def test_bad_input_is_named(arguments, message):
    with pytest.raises((TypeError, ValueError), match=message):
        diagnose(**arguments)


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


def test_watching_looks_seldom_where_looking_is_dear():
    logits, targets = trained()
    watched = diagnose.watch(F.cross_entropy, share=1e-9)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        watched(logits, targets)
        watched(torch.softmax(logits, 1), targets)
    assert len(watched.history) == 1

"""The clinic: public cases in three variants each, samples of the bench's two tables, reports, input, watching."""

import json
import math
import pathlib
import warnings

import pytest
import torch
import torch.nn.functional as F

from bench import clinic as bench
from helpers.clinic import MISTAKES, DiagnosisWarning, diagnose, stored_table

BCE, BCE_LOGITS = F.binary_cross_entropy, F.binary_cross_entropy_with_logits
ROOT = pathlib.Path(__file__).parents[1]


def names(report):
    return [finding.name for finding in report.findings]


class Variant:
    """How a case comes: in other sizes, in another type, or with noise on its logits."""

    def __init__(self, n, K, dtype, noise, seed):
        self.n, self.K, self.dtype, self.noise = n, K, dtype, noise
        self.generator = torch.Generator().manual_seed(seed)

    def randn(self, *shape):
        return torch.randn(shape, generator=self.generator)

    def outputs(self, logits):
        return (logits + self.noise * self.randn(*logits.shape)).to(self.dtype)

    @property
    def targets(self):
        return torch.arange(self.n) % self.K

    @property
    def logits(self):
        """Logits of a network that is mostly right (n, K)."""
        return self.outputs(3 * F.one_hot(self.targets, self.K) + self.randn(self.n, self.K))

    @property
    def multi_hot(self):
        return (torch.arange(self.n * self.K).reshape(self.n, self.K) % 3 > 0).float()


VARIANTS = {
    "sizes": lambda: Variant(37, 7, torch.float32, 0.0, 0),
    "types": lambda: Variant(24, 4, torch.float64, 0.0, 1),
    "half": lambda: Variant(24, 5, torch.bfloat16, 0.0, 2),
    "noise": lambda: Variant(24, 5, torch.float32, 0.1, 3),
}


def attention_over_the_batch(v):
    return "softmax_over_the_wrong_dim", diagnose(torch.softmax(v.logits[:1], dim=0))


def every_target_ignored(v):
    targets = torch.full((v.n,), -100)
    return "all_ignored", diagnose(v.logits, targets, F.cross_entropy(v.logits, targets))


def a_row_masked_entirely(v):
    logits = v.logits
    logits[1] = -math.inf
    return "masked_rows", diagnose(logits, v.targets, F.cross_entropy(logits, v.targets))


def a_masked_class_with_float_targets(v):
    logits, hot = v.logits, F.one_hot(v.targets, v.K).to(v.dtype)
    logits[0, 2] = -math.inf
    return "minus_infinity_in_the_loss", diagnose(logits, hot, F.cross_entropy(logits, hot))


def a_masked_class_with_smoothing(v):
    logits = v.logits
    logits[0, 2] = -math.inf
    loss = F.cross_entropy(logits, v.targets, label_smoothing=0.1)
    return "minus_infinity_in_the_loss", diagnose(logits, v.targets, loss, label_smoothing=0.1)


def masking_with_zero(v):
    return "masked_by_multiplication", diagnose(v.logits * (v.multi_hot > 0))


def entropy_of_a_certain_row(v):
    probs = torch.softmax(1000 * v.logits, dim=1)
    return "logarithm_of_zero", diagnose(probs, loss=-(probs * probs.log()).sum(1).mean())


def kl_div_of_probabilities(v):
    shares = torch.softmax(v.randn(v.n, v.K), dim=1)
    probs = torch.softmax(v.logits.float(), 1)
    loss = F.kl_div(probs, shares, reduction="batchmean").item()
    return "kl_div_of_probabilities", diagnose(probs, shares, loss)


def kl_div_with_mean(v):
    shares, log_probs = torch.softmax(v.randn(v.n, v.K), dim=1), torch.log_softmax(v.logits.float(), dim=1)
    return "kl_div_mean", diagnose(log_probs, shares, F.kl_div(log_probs, shares, reduction="batchmean") / v.K)


def kl_div_of_no_distribution(v):
    shares, log_probs = 0.1 * torch.softmax(v.randn(v.n, v.K), dim=1), torch.log_softmax(v.logits.float(), dim=1)
    return "kl_div_targets_not_one", diagnose(log_probs, shares, loss_fn=torch.nn.KLDivLoss(reduction="batchmean"))


def masks_of_255(v):
    targets = 255 * v.multi_hot
    return "targets_outside_0_1", diagnose(v.logits, targets, BCE_LOGITS(v.logits.float(), targets))


def arguments_swapped(v):
    logits = v.logits.float()
    return "arguments_swapped", diagnose(logits, v.multi_hot, BCE_LOGITS(v.multi_hot, logits).item())


def pos_weight_along_the_columns(v):
    logits = v.outputs(v.randn(2, v.K, 3, v.K))
    return "pos_weight_shape", diagnose(
        logits, (logits > 0).to(v.dtype), loss_fn=BCE_LOGITS, pos_weight=1 + torch.arange(v.K)
    )


def weight_for_the_rows(v):
    return "weight_shape", diagnose(v.logits, v.multi_hot, loss_fn="BCEWithLogitsLoss", weight=torch.rand(v.n))


def a_weighted_mean_by_rows(v):
    weight, logits = 1 + torch.arange(v.K).float(), v.logits.float()
    loss = F.cross_entropy(logits, v.targets, weight, reduction="sum") / v.n
    return "weights_divided_by_rows", diagnose(logits, v.targets, f"{loss:.5f}", weight=weight)


def a_mean_of_means(v):
    logits, targets = v.logits, torch.where(torch.arange(v.n) < v.n - 2, v.targets, 0)
    cut = [v.n - 2, 2]
    loss = sum(F.cross_entropy(x, t) for x, t in zip(logits.float().split(cut), targets.split(cut))) / 2
    return "mean_of_means", diagnose(list(logits.split(cut)), list(targets.split(cut)), loss.item())


def smoothing_that_counts_ignored_rows(v):
    logits, targets = v.logits.float(), torch.where(torch.arange(v.n) % 3 == 0, -100, v.targets)
    hard = F.cross_entropy(logits, targets)
    loss = 0.8 * hard - 0.2 * torch.log_softmax(logits, 1).mean()
    return "weights_and_smoothing", diagnose(logits, targets, loss, label_smoothing=0.2)


def only_one_class(v):
    logits = v.outputs(v.randn(300, 31))
    return "one_class_only", diagnose(logits, torch.zeros(300).long(), loss_fn=F.cross_entropy)


def a_metric_that_guesses(v):
    logits = v.logits
    logits[0] = 0.25
    guessed = [torch.sigmoid(row) if ((row < 0) | (row > 1)).any() else row for row in logits]
    return "metric_guesses_logits", diagnose(logits, v.multi_hot, predictions=torch.stack(guessed) > 0.5)


def auc_of_decisions(v):
    scores, true = v.outputs(v.randn(200)), torch.arange(200) % 3 == 0
    scores = scores + true
    sensitivity, specificity = (scores[true] > 0).double().mean(), (scores[~true] <= 0).double().mean()
    return "auc_of_hard_labels", diagnose(scores, true.float(), auc=(sensitivity + specificity).item() / 2)


def a_sigmoid_that_rounds_to_one(v):
    logits, targets = torch.tensor([6.5, -2.0, 1.0]).bfloat16(), torch.tensor([0.0, 0.0, 1.0]).bfloat16()
    logits, targets = logits.repeat(v.K), targets.repeat(v.K)
    return "bce_of_rounded_sigmoid", diagnose(logits, targets, BCE(torch.sigmoid(logits), targets))


def focal_loss_in_half(v):
    logits = torch.cat([torch.tensor([9.3906]), v.randn(v.n)]).half()
    p = torch.sigmoid(logits)
    return "exponential_overflow", diagnose(logits, torch.zeros(v.n + 1), -(0.75 * p**2 * (1 - p).log()).mean())


def a_temperature_fitted_on_probabilities(v):
    return "softmax_before_cross_entropy", diagnose(torch.softmax(v.logits, 1), v.targets, loss_fn="cross_entropy")


def gumbel_of_probabilities(v):
    return "probabilities_as_logits", diagnose(torch.softmax(v.logits, 1), loss_fn=F.gumbel_softmax)


def stuck_at_ln_k(v):
    history = [round(math.log(v.K) * (1 + 0.002 * math.sin(i)), 2 + i % 3) for i in range(30)]
    return "stuck_at_chance", diagnose(0.01 * v.logits, v.targets, history=history)


def imagenet_at_69(v):
    logits = 0.001 * v.outputs(v.randn(v.n, 1000))
    return "stuck_at_chance", diagnose(logits, torch.arange(v.n), history=[6.91, 6.9081, *[6.9077] * 20])


def stuck_at_the_floor_of_two_softmaxes(v):
    logits = v.outputs(20.0 * F.one_hot(v.targets, v.K))
    floor = math.log(1 + (v.K - 1) / math.e)
    return "softmax_before_cross_entropy", diagnose(logits, v.targets, f"{floor:.3f}")


def multi_hot_into_cross_entropy(v):
    logits, targets = v.outputs(40 * (2 * v.multi_hot - 1)), v.multi_hot
    return "multi_hot_into_cross_entropy", diagnose(logits, targets, F.cross_entropy(logits.float(), targets).item())


def a_diagonal_jacobian(v):
    logits, hot = v.logits, F.one_hot(v.targets, v.K)
    return "diagonal_gradient", diagnose(logits, v.targets, grad=hot * (torch.softmax(logits, 1) - 1) / v.n)


CASES = [
    attention_over_the_batch, every_target_ignored, a_row_masked_entirely, a_masked_class_with_float_targets,
    a_masked_class_with_smoothing, masking_with_zero, entropy_of_a_certain_row, kl_div_of_probabilities, kl_div_with_mean,
    kl_div_of_no_distribution, masks_of_255, arguments_swapped, pos_weight_along_the_columns, weight_for_the_rows,
    a_weighted_mean_by_rows, a_mean_of_means, smoothing_that_counts_ignored_rows, only_one_class, a_metric_that_guesses,
    auc_of_decisions, a_sigmoid_that_rounds_to_one, focal_loss_in_half, a_temperature_fitted_on_probabilities,
    gumbel_of_probabilities, stuck_at_ln_k, imagenet_at_69, stuck_at_the_floor_of_two_softmaxes,
    multi_hot_into_cross_entropy, a_diagonal_jacobian,
]  # fmt: skip


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_a_public_case_is_named(case, variant):
    name, report = case(VARIANTS[variant]())
    assert names(report) == [name], report


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_is_right_in_public_cases_is_said_to_be_so(variant):
    v = VARIANTS[variant]()
    logits, targets = v.logits.float(), torch.where(torch.arange(v.n) % 3 == 0, -100, v.targets)
    options = {"weight": 1 + torch.arange(v.K).float(), "label_smoothing": 0.2}
    report = diagnose(logits, targets, F.cross_entropy(logits, targets, **options), **options)
    assert not report and not report.unsure
    assert any("label smoothing 0.2" in line and "weights" in line for line in report.in_order)
    rare = (torch.arange(1000) < 10).float()
    outputs = torch.logit(torch.tensor(0.01)).expand(1000)
    report = diagnose(outputs, rare, BCE_LOGITS(outputs, rare))
    assert not report and any("0.0560" in line for line in report.in_order)


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


def trained(n=40, K=4):
    targets = torch.arange(n) % K
    return 9.0 * F.one_hot(targets, K) + torch.arange(n * K).reshape(n, K) % 7 / 7, targets


def test_several_mistakes_are_all_named():
    logits, targets = trained()
    probs = torch.softmax(logits, 1)
    broadcast = (probs.argmax(1)[:, None] == targets).float().mean()
    loss = F.cross_entropy(probs, targets, label_smoothing=0.1)
    report = diagnose(probs, targets, loss, loss_fn="cross_entropy", accuracy=broadcast, predictions=probs.argmax(0))
    wanted = [
        "softmax_before_cross_entropy",
        "label_smoothing_unsaid",
        "accuracy_by_broadcasting",
        "argmax_over_the_batch",
    ]
    assert names(report) == wanted


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
    for word in (
        "Evidence: all 300 targets are class 1 (<b>)",
        "Why it matters:",
        "Mend it:",
        "Read on:",
        "In order:",
        "Could not be told:",
    ):
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
            assert any(heading.removeprefix("3 · ").startswith(section) for heading in headings[lesson]), (
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
        assert names(diagnose(outputs, targets.tolist(), loss_fn="CrossEntropyLoss")) == [
            "softmax_before_cross_entropy"
        ]


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
        assert not report and any(
            f"it is cross_entropy(outputs, targets) = {loss:.6g}" in line for line in report.in_order
        )


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
    assert (
        len(caught) == 1
        and caught[0].filename == __file__
        and names(watched.report) == ["softmax_before_cross_entropy"]
    )
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

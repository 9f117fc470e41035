"""The lines that mend: each is run where its mistake is made, and what comes of it is right."""

import contextlib
import io
import math
import re

import pytest
import torch
import torch.nn.functional as F
from sklearn.metrics import roc_auc_score
from torch import nn

from bench import clinic as bench
from helpers.calibration import fit_temperature
from helpers.clinic import MISTAKES, diagnose
from tests.modules import test_clinic_cases as cases
from tests.modules.test_clinic_cases import lm, of, seeded, t, tokens, z, z1

OPTIONS = ("weight", "pos_weight", "ignore_index", "label_smoothing")
KEPT = ("sample_weight", "temperature", "history")
NAMED = {each.name: each for each in MISTAKES}
LOWEST = torch.finfo(torch.float16).min


class Functional:
    """torch.nn.functional, whose last call's options are kept."""

    def __getattr__(self, name):
        def call(*args, **options):
            self.options = {key: value for key, value in options.items() if key in OPTIONS}
            return getattr(F, name)(*args, **options)

        return call


def joined(values):
    return torch.cat(values) if isinstance(values, list) and torch.is_tensor(values[0]) else torch.as_tensor(values)


def as_logits(outputs):
    """Return logits of outputs that may be probabilities."""
    x = outputs.float()
    if not bool(((x >= 0) & (x <= 1)).all()) or bool(((x == 0) | (x == 1)).all()):
        return x
    return (
        x.clamp_min(1e-7).log() if bool(((x.sum(-1) - 1).abs() < 1e-2).all()) else torch.logit(x.clamp(1e-6, 1 - 1e-6))
    )


def names_of(given):
    """Return what the names in a line stand for, and the functions that it calls."""
    outputs, targets = joined(given["outputs"]), joined(given["targets"]) if "targets" in given else None
    logits = as_logits(outputs)
    names = {**given, "F": Functional(), "torch": torch, "nn": nn, "math": math, "softmax": torch.softmax}
    names |= {
        "logits": logits,
        **dict.fromkeys(("targets", "target_probs", "y"), targets),
        "q": outputs,
        "probs": outputs,
    }
    names |= {"log_probs": logits.log_softmax(-1), "predicted": logits.argmax(-1, keepdim=True), "m": logits[..., -1]}
    names |= {"K": logits.shape[min(1, logits.ndim - 1)], "N": len(logits), "mask": logits <= LOWEST}
    names |= {"fit_temperature": fit_temperature, "roc_auc_score": roc_auc_score}
    if targets is not None and targets.shape == logits.shape[:1] and logits.ndim == 2 and bool((targets >= 0).all()):
        names["one_hot"] = F.one_hot(targets.long(), max(logits.shape[1], int(targets.max()) + 1))
    return names | ({"loss": float(given["loss"])} if "loss" in given else {})


def run(line, names):
    """Execute a line; return what it has printed, and the names that it has set."""
    before, printed = dict(names), io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(line, names)
    return printed.getvalue(), {key: each for key, each in names.items() if each is not before.get(key, names)}


def mended(given, names, changed):
    """Return what is given to `diagnose` after a line that has changed these names."""
    outputs = [changed[key] for key in ("rows", "log_probs", "probs", "logits") if key in changed]
    after = {"outputs": (outputs or [names["logits"]])[0]}
    if names["targets"] is not None:
        after["targets"] = changed.get("target_probs", names["targets"])
    if "keep" in changed:
        after = {key: value[changed["keep"]] for key, value in after.items()}
    after |= {key: given[key] for key in KEPT if key in given} | vars(names["F"]).get("options", {})
    after |= {key: changed[key] for key in ("loss", "auc") if key in changed}
    scores = {"predicted": "predictions", "gradient": "grad", "accuracy": "accuracy"}
    after |= {argument: changed[name] for name, argument in scores.items() if name in changed}
    if given.get("loss_fn") == "gumbel_softmax":
        after["loss_fn"] = "gumbel_softmax"
    return after


def temperature_of(given, finding):
    T = given.get("temperature") or float(re.search(r"outputs / (\d+)", finding.evidence)[1])
    return {"T": T, "student": joined(given["outputs"]), "teacher": T * joined(given["targets"]).log()}


def moved(given, finding):
    return {
        "logits": joined(given["outputs"]).reshape([int(each) for each in re.findall(r"\d+", finding.evidence)[:3]])
    }


def unswapped(given, finding):
    outputs, targets = (joined(given[key]).float() for key in ("outputs", "targets"))
    return {"logits": targets, "targets": outputs} if bool(((outputs == 0) | (outputs == 1)).all()) else {}


def batches_of(given, finding):
    return {"batches": [*zip(*(joined(given[key]).split(7) for key in ("outputs", "targets")))]}


# What else the names stand for, by the mistake: a function of what is given and of the finding; None skips the draw.
SETTINGS = {
    "distillation_without_t_squared": temperature_of,
    "flattened_before_moving": moved,
    "arguments_swapped": unswapped,
    "quantised_outputs": lambda given, finding: {"zero_point": 0, "scale": 1 / 12},
    "masked_by_multiplication": lambda given, finding: {
        "mask": joined(given["outputs"]) != 0,
        "log_probs": joined(given["outputs"]),
    },
    "mean_of_means": batches_of,
    "last_batch": batches_of,
    "softmax_over_one_output": lambda given, finding: None if joined(given["outputs"]).std() == 0 else {},
    "masked_rows": lambda given, finding: {} if "targets" in given else None,
}

loud = 200 * seeded(64, 8)
layer, features = nn.Linear(5, 8, bias=False), seeded(64, 5)
layer.weight.data = seeded(8, 5) / 4
vectors = F.normalize(seeded(32, 64), dim=1)
sigmoids = seeded(200, 3)

# Where a mistake has hidden what was before it: {name: (what is given, what the names stand for)}.
BEFORE = {
    "temperature_of_zero": (of(z / 0, t), {"logits": z}),
    "labels_shifted": (of(lm.flatten(0, 1), tokens.flatten()), {"logits": lm, "targets": tokens, "ids": tokens}),
    "softmax_over_the_wrong_dim": (of(z.softmax(0), t, F.cross_entropy(z.softmax(0), t)), {"logits": z}),
    "logarithm_of_zero": (of(loud.softmax(1), loud.argmax(1), math.nan), {"logits": loud}),
    "relu_at_the_end": (of(layer(features).relu().detach(), t), {"layer": layer, "x": features}),
    "softmax_of_softmax": (cases.DOUBTED["68 a softmax of a softmax", "softmax_of_softmax"], {"logits": 3 * z}),
    "sigmoid_of_sigmoid": (of((9 * sigmoids).sigmoid().sigmoid()), {"logits": 9 * sigmoids}),
    "hard_outputs": (cases.DOUBTED["decisions", "hard_outputs"], {"logits": z1}),
    "clipped_probabilities": (cases.DOUBTED["clipped probabilities", "clipped_probabilities"], {"logits": 9 * z1}),
    "held_within_one": (
        cases.DOUBTED["cosines without a scale", "held_within_one"],
        {"cosines": cases.cosines, "scale": 16},
    ),
    "accuracy_of_mixed_targets": (
        cases.DOUBTED["52 accuracy of mixed targets", "accuracy_of_mixed_targets"],
        {"model": lambda pictures: pictures, "pictures": z, "targets": t},
    ),
    "absent_classes": (cases.DOUBTED["columns of −∞", "absent_classes"], {}),
}


def told(report, name):
    return [each for each in (*report.findings, *report.unsure) if each.name == name]


def settings(name):
    """Yield what is given, the finding, and what the names of its line stand for."""
    if name in BEFORE:
        given, names = BEFORE[name]
        (finding,) = told(diagnose(**given), name)
        yield given, finding, names
        return
    draw = bench.Spoiled(3)
    for _ in range(8):
        given = getattr(draw, name)()
        for finding in told(diagnose(**given), name):
            names = SETTINGS.get(name, lambda given, finding: {})(given, finding)
            if names is not None:
                yield given, finding, names


def ends_with_an_error(names, printed):
    """Whether the operation that makes a NaN is named, once torch looks for anomalies."""
    try:
        with pytest.raises(RuntimeError, match="SqrtBackward0"):
            torch.tensor([-1.0], requires_grad=True).sqrt().sum().backward()
    finally:
        torch.autograd.set_detect_anomaly(False)
    return True


class Head(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(5, 8)
        nn.init.normal_(self.head.weight, std=10)
        self.logit_bias = nn.Parameter(torch.zeros(()))


def stuck():
    model = nn.Linear(5, 3)
    logits = model(torch.zeros(20, 5))
    F.cross_entropy(logits, torch.arange(20) % 3).backward()
    return {"model": model, "logits": logits.detach()}


def loss_of(names):
    return F.cross_entropy(names["model"].head(features), t).item()


def doubts_of(outputs, targets):
    return [each.name for each in diagnose(outputs, targets).unsure]


def pairs_of(names):
    return doubts_of(20 * names["photos"] @ names["captions"].T, torch.arange(32))


def biased(names):
    return doubts_of(10 * vectors @ vectors.T + names["model"].logit_bias.detach(), torch.eye(32))


# Lines that show something, or change a layer, a number or the data: {name: (names, whether it is shown or mended, of
# the names after it and of what was printed)}.
LOOKS = {
    "nan_outputs": ({}, ends_with_an_error),
    "loss_is_no_number": (
        {"terms": torch.tensor([0.4, math.nan])},
        lambda names, printed: printed == "[True, False]\n",
    ),
    "one_class_only": ({"targets": torch.zeros(20)}, lambda names, printed: "[0.]), tensor([20])" in printed),
    "stuck_at_chance": (stuck(), lambda names, printed: printed.startswith("tensor([0., 0., 0.])")),
    "one_winner": (
        {"logits": 0.01 * seeded(50, 3) + torch.arange(3)},
        lambda names, printed: max(numbers_of(printed)[:3]) < 0.1 < max(numbers_of(printed)[3:]),
    ),
    "saturated": ({"logits": loud}, lambda names, printed: numbers_of(printed)[0] > 88),
    "order_of_classes": (
        {"logits": z[:, [1, 2, 3, 4, 5, 6, 7, 0]], "targets": t},
        lambda names, printed: printed.count("[") == 4,
    ),
    "always_no": ({"logits": cases.no, "targets": cases.many}, lambda names, printed: names["recall"] == 0),
    "all_ignored": ({"logits": z, "targets": torch.full((64,), -100)}, lambda names, printed: names["loss"] == 0),
    "sure_and_wrong": (
        {"logits": 3.5 * z, "targets": t},
        lambda names, printed: F.cross_entropy(names["logits"], t) < 0.9 * F.cross_entropy(3.5 * z, t),
    ),
    "loud_start": ({"model": Head()}, lambda names, printed: abs(loss_of(names) - math.log(8)) < 0.1),
    "pairs_all_alike": (
        {"photos": torch.ones(32, 8), "captions": torch.ones(32, 8)},
        lambda names, printed: max(numbers_of(printed)) < 1e-6,
    ),
    "pairs_shuffled": (
        {"photos": vectors, "captions": vectors, "order": torch.arange(32).roll(1)},
        lambda names, printed: "pairs_shuffled" not in pairs_of(names),
    ),
    "pairs_without_bias": ({"model": Head()}, lambda names, printed: "pairs_without_bias" not in biased(names)),
}


def numbers_of(text):
    return [float(each) for each in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", re.sub(r"dim=\d", "", text))]


@pytest.mark.parametrize("name", [each for each in NAMED if each not in LOOKS])
def test_the_line_that_mends_it_mends_it(name):
    ran = 0
    for given, finding, more in settings(name):
        names = {**names_of(given), **more}
        _, changed = run(finding.fix, names)
        after = mended(given, names, changed)
        report = diagnose(**after)
        assert not told(report, name), (finding.fix, report)
        if "loss" in changed:
            assert any(line.startswith("loss") for line in report.in_order), (finding.fix, report)
        ran += 1
    assert ran, f"{name}: found in none of the runs of bench/clinic.py, so its line was not tried"


@pytest.mark.parametrize("name", LOOKS)
def test_the_line_shows_or_mends_it(name):
    more, holds = LOOKS[name]
    names = {"F": F, "torch": torch, "nn": nn, "math": math, "fit_temperature": fit_temperature, **more}
    printed, _ = run(NAMED[name].fix, names)
    assert holds(names, printed), printed

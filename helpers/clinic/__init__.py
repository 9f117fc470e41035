"""What is wrong with (outputs, targets, loss)? `from helpers.clinic import diagnose`.

The strongest sign is the loss itself: it is computed again under every mistake, and the one that gives the number that
came is named. Then come the values and the shapes. `MISTAKES` is the table of what is known; how often a healthy run is
accused and a mistake missed is measured by bench/clinic.py and kept in helpers/clinic.csv.
"""

import math
import warnings
from pathlib import Path
from time import perf_counter

import pandas
import torch

from helpers.clinic.case import Case
from helpers.clinic.mistakes import MISTAKES, Evidence, right_scores, smoothing_floor
from helpers.clinic.report import Finding, Report

__all__ = ["MISTAKES", "DiagnosisWarning", "Finding", "Report", "diagnose", "stored_table"]

GIVEN = """weight pos_weight ignore_index label_smoothing reduction history accuracy auc predictions labels batch_sizes
grad""".split()

TABLE = Path(__file__).parents[1] / "clinic.csv"


def stored_table():
    """Return the measured table: `runs` healthy runs of each kind, or runs with a mistake, and how many were `found`,
    found `first`, and doubted (`unsure`)."""
    return pandas.read_csv(TABLE, comment="#")


def diagnose(outputs, targets=None, loss=None, *, loss_fn=None, **given):
    """Return a `Report` of the mistakes that outputs, targets and the loss that came of them show.

    outputs: as they go into the loss: (N, K), (N, K, d1, …), (N, 1) or (N,) of a binary loss. targets: class indices,
    or of the outputs' shape. Both may be tensors of any type and device, numpy arrays or lists; batches of several sizes
    may be given as two lists of tensors.
    loss: the number, as text if its digits count ("2.30" is 2.295 to 2.305); or the loss function, or its name.
    loss_fn: the function or its name, beside the number: of torch.nn.functional, a module of torch.nn, or your own.
    weight, pos_weight, ignore_index, label_smoothing, reduction: as the loss was given them.
    history: the losses from the first step on; without `loss` its last is taken, to about 1 %.
    accuracy, auc: the metrics that were computed. predictions: the decisions. labels: the names of the classes.
    batch_sizes: how many rows each batch has, where `loss` is a mean over batches. grad: the loss's slope by outputs.

    Raises TypeError or ValueError that names the argument, what came and what is wanted. Nothing that is given is changed,
    and no gradient is needed.

    >>> logits = torch.tensor([[9.0, -9.0, -9.0, -9.0]])
    >>> report = diagnose(logits, torch.tensor([0]), loss=0.7437)
    >>> [finding.name for finding in report.findings]
    ['softmax_before_cross_entropy']

    Exhibits: notebooks/08_bug_museum.ipynb.
    """
    strangers = [name for name in given if name not in GIVEN]
    if strangers:
        raise TypeError(f"diagnose: got the argument {strangers[0]!r}, want some of {', '.join(GIVEN)}")
    with torch.no_grad():
        case = Case(outputs, targets, loss=loss, loss_fn=loss_fn, **given)
        found, unsure, by_number = [], [], None
        for mistake in MISTAKES:
            evidence = mistake.look(case)
            if not evidence:
                continue
            evidence = evidence if isinstance(evidence, Evidence) else Evidence(evidence)
            text, sure = evidence.text, evidence.sure
            if sure and by_number and evidence.text.startswith("the loss ") and evidence.by_number:
                text, sure = f"{text}; so does “{by_number}”, which is more frequent", False
            elif sure and evidence.by_number and text.startswith("the loss "):
                by_number = mistake.title
            entry = Finding(mistake.name, mistake.title, text, mistake.why, mistake.fix, mistake.lesson)
            (found if sure else unsure).append(entry)
        return Report(tuple(found), tuple(unsure), tuple(_in_order(case)), tuple(_unknown(case, found)))


def _in_order(case):
    """Yield what was looked at and is right."""
    low, high, finite = case.bounds
    if finite:
        yield f"outputs {case.shape}, {case.raw.dtype}: finite, from {low:.4g} to {high:.4g}; read as {_FORMS[case.form]}"
    if case.index is not None and case.sound_targets:
        kinds = len(case.index.unique()) if case.kept is None else len(case.index[case.kept].unique())
        ignored = "" if case.kept is None else f", {int((~case.kept).sum())} of {case.n} ignored"
        yield f"targets: class indices within 0 … {case.K - 1}, {kinds} of {case.K} classes occur{ignored}"
    elif case.share is not None and case.sound_targets:
        yield f"targets: {case.target_form}, of the outputs' shape, {100 * case.share.mean():.3g} % of them true"
    if case.explained:
        yield f"loss {case.value:.6g}: it is {case.explained} = {case.right[case.explained]:.6g}"
    yield from _floors(case)
    if "accuracy" in case.scores and case.sound_targets:
        came, unit = case.scores["accuracy"]
        came, unit = (came / 100, unit / 100) if came > 1 else (came, unit)
        for name, number in right_scores(case).items():
            if abs(came - number) <= unit + 1e-6:
                yield f"accuracy {came:.4g}: it is {name}"
                break


_FORMS = {
    "logits": "logits",
    "log-softmax": "log-probabilities, whose exponentials sum to 1",
    "softmax": "probabilities that sum to 1 in each row",
    "columns": "probabilities that sum to 1 along another dimension",
    "sigmoid": "probabilities of labels",
    "unit": "probabilities or logits: all lie in [0, 1]",
}


def _floors(case):
    """Yield the losses to compare with: what knowing nothing costs, and what no network can fall below."""
    if not case.sound_targets:
        return
    if case.classes and case.K > 1 and case.index is not None:
        yield f"to compare: ln {case.K} = {math.log(case.K):.4f} is the loss of a network that knows nothing"
        if case.smoothing:
            floor = smoothing_floor(case.K, case.smoothing)
            free = (
                ""
                if case.weight is None
                else " without the weights, which move the best p away from the smoothed target"
            )
            yield f"label smoothing {case.smoothing:g}: no loss falls below {floor:.4f}{free}"
    elif case.classes and case.target_form == "soft":
        floor = torch.special.entr(case.share).sum(-1).mean().item()
        yield f"soft targets have an entropy of their own: no cross-entropy falls below {floor:.4f}"
    elif case.labels and case.share is not None:
        rate = case.share.mean(0).clamp(0, 1)
        entropy = (torch.special.entr(rate) + torch.special.entr(1 - rate)).mean().item()
        yield f"to compare: ln 2 = {math.log(2):.4f} is the loss of knowing nothing, {entropy:.4f} that of knowing the shares of true labels"


def _unknown(case, found):
    """Yield what could not be told, and what would tell it."""
    if case.targets is None:
        yield "targets are missing: with them the loss can be computed again under each mistake"
        return
    if case.value is None:
        why = f"; the function given raises: {case.error}" if case.error else ""
        yield f"no loss to compare with: give loss=, the number that came, with its digits{why}"
    elif not math.isfinite(case.value):
        yield f"the loss is {case.value}: no formula can be recognised by it"
    elif not case.explained and case.sound_targets and not found:
        right = "; ".join(f"{name} would be {number:.6g}" for name, number in list(case.right.items())[:2])
        yield f"the loss {case.value:.6g} is none of the numbers tried ({right}): give loss_fn=, or weight= and the like"
    if case.name is None:
        yield "which loss it is was read from the targets and the number: loss_fn= would tell"
    if not case.history:
        yield "whether the loss is stuck: history= would tell"
    if not case.scores and case.given.get("predictions") is None:
        yield "whether the metric is right: accuracy= or predictions= would tell"


class DiagnosisWarning(UserWarning):
    """What `diagnose.watch` speaks with."""


class Watch:
    """A loss function that is looked at while it is used; see `watch`."""

    def __init__(self, loss_fn, speak=None, share=0.002, **given):
        self.loss_fn, self.speak, self.share, self.given = loss_fn, speak, share, given
        self.report = None
        self.history = []
        self.spent, self.since, self.due = 0.0, perf_counter(), 0.0

    def __call__(self, outputs, targets, *args, **keywords):
        loss = self.loss_fn(outputs, targets, *args, **keywords)
        if perf_counter() >= self.due:
            self._look(outputs, targets, loss, keywords)
        return loss

    def _look(self, outputs, targets, loss, keywords):
        start = perf_counter()
        self.history.append(loss.detach().mean().item())
        options = {key: value for key, value in keywords.items() if key in GIVEN}
        try:
            report = diagnose(
                outputs, targets, loss.detach(), loss_fn=self.loss_fn, history=self.history, **{**self.given, **options}
            )
        except (TypeError, ValueError) as error:
            report, self.due = None, math.inf
            warnings.warn(f"the watch can't read this loss: {error}", DiagnosisWarning, stacklevel=3)
        if report:
            self.report, self.due = report, math.inf
            if self.speak is None:
                warnings.warn(f"\n{report}", DiagnosisWarning, stacklevel=3)
            else:
                self.speak(report)
        if self.due < math.inf:
            now = perf_counter()
            self.spent += now - start
            self.due = self.since + self.spent / self.share

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.due = math.inf


def watch(loss_fn, speak=None, share=0.002, **given):
    """Return a function that computes `loss_fn(outputs, targets, …)` and speaks once, at the first mistake it sees.

    It looks at the first call, and again whenever looking has taken less than `share` of the time since it was made: so
    it costs a fifth of a per cent of a training, however small the network. share=1 looks at (nearly) every call.
    speak: called with the `Report`; by default a `DiagnosisWarning` is issued. The report stays in `.report`.
    given: what `diagnose` takes besides. As a context manager it stops looking at the end of the block.

    >>> loss_fn = diagnose.watch(torch.nn.functional.cross_entropy, speak=lambda report: print(report.heading))
    >>> _ = loss_fn(torch.softmax(torch.tensor([[2.0, 1.0, 0.0]]), dim=1), torch.tensor([0]))
    Found: Softmax before cross_entropy
    """
    if not callable(loss_fn):
        raise TypeError(f"loss_fn: got {type(loss_fn).__name__}, want a function of (outputs, targets)")
    return Watch(loss_fn, speak, share, **given)


diagnose.watch = watch

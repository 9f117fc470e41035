"""What the clinic found, as text and as HTML."""

import html
import math
import textwrap
from dataclasses import dataclass

import torch

from helpers.clinic.floors import smoothing_floor
from helpers.clinic.guesses import NEXT_TO_NONE
from helpers.clinic.metrics import auc_of_outputs, constant_accuracy, right_scores

WIDTH = 100
UNBROKEN = {"break_long_words": False, "break_on_hyphens": False}  # a line of code must stay one that can be copied


@dataclass(frozen=True)
class Finding:
    """One mistake that was found."""

    name: str  # stable, for programs
    title: str
    evidence: str  # in numbers
    why: str  # it matters
    fix: str  # the line that mends it
    lesson: str  # where to read on

    @property
    def rows(self):
        """What a report says below the title: (word, text) pairs."""
        return (
            ("Evidence", self.evidence),
            ("Why it matters", self.why),
            ("Mend it", self.fix),
            ("Read on", self.lesson),
        )


@dataclass(frozen=True)
class Report:
    """What `diagnose` returns: true if something was found."""

    findings: tuple[Finding, ...]  # what is wrong, the most frequent mistake first
    unsure: tuple[Finding, ...]  # what may be wrong, with the reason for the doubt
    in_order: tuple[str, ...]  # what was looked at and is right
    unknown: tuple[str, ...]  # what could not be told, and what would tell it

    def __bool__(self):
        return bool(self.findings)

    @property
    def heading(self):
        if self.findings:
            return "Found: " + "; ".join(finding.title for finding in self.findings)
        return "Nothing found" + (", but not sure of everything" if self.unsure else "")

    @property
    def _lists(self):
        """The lists below the findings, by their titles; empty ones are left out."""
        lists = {"In order": self.in_order, "Could not be told": self.unknown}
        return {title: entries for title, entries in lists.items() if entries}

    def __str__(self):
        titles = [(f"{number}. {finding.title}", finding) for number, finding in enumerate(self.findings, 1)]
        titles += [(f"Unsure: {finding.title}", finding) for finding in self.unsure]
        lines = [self.heading]
        for title, finding in titles:
            lines += ["", *_wrapped(title)]
            lines += [line for word, text in finding.rows for line in _wrapped(f"{word}: {text}", "   ")]
        for title, entries in self._lists.items():
            lines += ["", f"{title}:", *(line for entry in entries for line in _wrapped(entry, "- "))]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self):
        """Return plain HTML in the notebook's own colours, so that it reads in a dark theme too."""
        parts = [_bold(self.heading)]
        if self.findings:
            parts.append(_items("ol", map(_html_of, self.findings)))
        if self.unsure:
            parts.append(_bold("Unsure") + _items("ul", map(_html_of, self.unsure)))
        for title, entries in self._lists.items():
            parts.append(_bold(title) + _items("ul", map(html.escape, entries)))
        return f'<div class="diagnosis" style="max-width: 50em; text-align: left">{"".join(parts)}</div>'


def _wrapped(text, indent=""):
    more = " " * len(indent)
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=more, **UNBROKEN)


def _bold(text):
    return f"<p><strong>{html.escape(text)}</strong></p>"


def _items(tag, entries):
    return f"<{tag}>{''.join(f'<li>{entry}</li>' for entry in entries)}</{tag}>"


def _html_of(finding):
    rows = {word: html.escape(text) for word, text in finding.rows}
    rows["Mend it"] = f"<code>{rows['Mend it']}</code>"
    return "<br>".join([f"<strong>{html.escape(finding.title)}</strong>", *(f"{w}: {t}" for w, t in rows.items())])


# --- what is right, and what could not be told


def in_order(case):
    """Yield what was looked at and is right."""
    low, high, finite = case.bounds
    if finite:
        reach = f"finite, from {low:.4g} to {high:.4g}"
        form = FORMS[case.form] if case.form != "columns" else f"{FORMS['columns']} {case.wrong_dims[0]}"
        yield f"outputs {case.shape}, {case.raw.dtype}: {reach}; read as {form}"
    if case.index is not None and case.sound_targets:
        kinds = len(case.index[case.counted].unique())
        ignored = "" if case.kept is None else f", {int((~case.kept).sum())} of {case.n} ignored"
        yield f"targets: class indices within 0 … {case.K - 1}, {kinds} of {case.K} classes occur{ignored}"
    elif case.share is not None and case.sound_targets:
        form = case.faults.get("ranks", f"{case.target_form}, of the outputs' shape")
        yield f"targets: {form}, {100 * case.share.mean():.3g} % of them true"
    if explained := case.explained:
        yield f"loss {case.value:.6g}: it is {explained.text} = {explained.value:.6g}"
    yield from floors_to_compare(case)
    if "accuracy" in case.scores and case.sound_targets:
        came, unit = case.scores["accuracy"]
        for name, number in right_scores(case).items():
            if case.accuracy_is(number) and came > constant_accuracy(case) + unit:
                yield f"accuracy {came:.4g}: it is {name}"
                break
    if "auc" in case.scores and (area := auc_of_outputs(case)) is not None and case.score_is("auc", area):
        yield f"ROC-AUC {case.scores['auc'][0]:.4g}: it is that of the outputs"


FORMS = {
    "logits": "logits",
    "log-softmax": "log-probabilities, whose exponentials sum to 1",
    "softmax": "probabilities that sum to 1 in each row",
    "columns": "probabilities that sum to 1 along dimension",
    "sigmoid": "probabilities of labels",
    "unit": "probabilities or logits: all lie in [0, 1]",
}


def floors_to_compare(case):
    """Yield the losses to compare with: what knowing nothing costs, and what no network can fall below."""
    if not case.sound_targets:
        return
    if case.single_label and case.index is not None:
        nothing = f"to compare: ln {case.K} = {math.log(case.K):.4f} is the loss of a network that knows nothing"
        counts = torch.bincount(case.index[case.counted], minlength=case.K)
        entropy = torch.special.entr(counts / counts.sum()).sum().item()
        uneven = counts.sum() >= 10 * case.K and entropy < 0.97 * math.log(case.K)
        yield nothing + (f", {entropy:.4f} that of knowing how frequent each class is" if uneven else "")
        if case.smoothing:
            floor = smoothing_floor(case.K, case.smoothing)
            weights = " without the weights, which move the best p away from the smoothed target"
            free = "" if case.weight is None else weights
            yield f"label smoothing {case.smoothing:g}: no loss falls below {floor:.4f}{free}"
    elif case.classes and case.target_form == "soft":
        floor = torch.special.entr(case.share).sum(-1).mean().item()
        yield f"soft targets have an entropy of their own: no cross-entropy falls below {floor:.4f}"
    elif case.labels and case.share is not None:
        rate = case.share.mean(0).clamp(0, 1)
        entropy = (torch.special.entr(rate) + torch.special.entr(1 - rate)).mean().item()
        shares = f"{entropy:.4f} that of knowing the shares of true labels"
        yield f"to compare: ln 2 = {math.log(2):.4f} is the loss of knowing nothing, {shares}"


def unknown(case, found, told):
    """Yield what could not be told, and what would tell it; told: whether a mistake gives the loss that came."""
    if case.targets is None:
        yield "targets are missing: with them the loss can be computed again under each mistake"
        if case.wrong_dims:
            along = "whether they should sum to 1 along that dimension"
            yield f"{along}: classes lie along 1 in (N, K, …), the keys of attention along the last"
        return
    if not case.explained and not told and not (found and case.has_loss):
        yield from unknown_loss(case)
    elif case.explained and 0 <= case.value < NEXT_TO_NONE:
        alike = "rows learned by heart, and answers that stand in the inputs, look alike"
        yield f"whether so small a loss is earned: {alike}. The loss of rows held back would tell"
    if "accuracy" in case.scores and case.sound_targets:
        came, unit = case.scores["accuracy"]
        constant = constant_accuracy(case)
        right = any(map(case.accuracy_is, right_scores(case).values()))
        if right and came <= constant + unit:
            yield f"whether the accuracy {came:.4g} shows anything: a constant answer reaches {constant:.4g}"
    if case.form == "softmax" and case.name is None and case.value is None:
        yield "whether the loss takes a softmax of its own, as cross_entropy does: probabilities need none"
    if not found:  # which is mended first
        missing = {
            "which loss it is was read from the targets and the number: loss_fn= would tell": case.name is None,
            "whether the loss is stuck: history= would tell": not case.history,
            "whether the metric is right: accuracy= or predictions= would tell": not case.scores
            and case.predictions is None,
        }
        yield from (text for text, lacks in missing.items() if lacks)


def unknown_loss(case):
    """Yield why the loss is not told by any formula, and what would tell it."""
    if case.value is None:
        why = f"; the function given raises: {case.error}" if case.error else ""
        yield f"no loss to compare with: give loss=, the number that came, with its digits{why}"
    elif case.spoiled:
        yield f"the loss is {case.value}: no formula can be recognised by it"
    elif case.sound_targets:
        right = "; ".join(f"{each.text} would be {each.value:.6g}" for each in case.right[:2])
        tried = f"none of the numbers tried ({right})"
        more = "another term, weights, mixed labels (mixup), other rows"
        less = "a focal or squared loss, weights, a divisor of its own, other rows"
        what = more if case.right and case.value > case.right[0].value else less
        given = "loss_fn=, or temperature= of a distillation" if case.target_form == "soft" else "loss_fn=, or weight="
        yield f"the loss {case.value:.6g} is {tried}. It may be {what}: give {given} and the like"

"""Metrics of outputs and targets: those that suit them, and others that people compute by mistake."""

import math

import torch

from helpers.clinic.evidence import Evidence
from helpers.clinic.reading import LABEL_LOSSES


def agreement(winners, targets, num_classes):
    """Return Cohen's kappa: 1 if all winners are the targets, 0 for chance, also that of a constant answer.

    Where so few rows could agree by chance it is 0.
    """
    n = len(targets)
    won, true = (torch.bincount(each, minlength=num_classes).double() for each in (winners, targets))
    # A constant answer agrees by chance in all rows where one class has all: 0/0 without this limit.
    by_chance = min((won @ true).item() / n**2, 1 - 1 / n)
    # Chance alone reaches 4.5 of its standard errors in fewer than one of 100,000 looks.
    kappa = ((winners == targets).double().mean().item() - by_chance) / (1 - by_chance)
    return kappa if kappa > 4.5 * math.sqrt(by_chance / (n * (1 - by_chance))) else 0.0


def auc(scores, true):
    """Return the share of (true, false) pairs in the right order; ties count one half."""
    kinds, place = scores.double().unique(return_inverse=True)
    yes = torch.bincount(place[true], minlength=len(kinds)).double()
    no = torch.bincount(place[~true], minlength=len(kinds)).double()
    return ((yes * (no.cumsum(0) - no / 2)).sum() / (yes.sum() * no.sum())).item()


def auc_of_outputs(case):
    """Return the ROC-AUC of a yes-or-no question's outputs, or of the second of two; None where there is none."""
    if case.K > 2 or not case.sound_targets:
        return None
    if case.K == 2 and case.index is not None:
        true, scores = case.index[case.counted] == 1, (case.x[:, 1] - case.x[:, 0])[case.counted]
    elif case.K == 1 and case.share is not None:
        true, scores = case.share[:, 0] > 0.5, case.x[:, 0]
    else:
        return None
    return auc(scores, true) if 0 < int(true.sum()) < len(true) else None


def same(decisions, other):
    return decisions is not None and torch.equal(decisions, other)


def hits(case, threshold):
    """Return where outputs above the threshold are the true ones (n, K), as floats."""
    return ((case.x > threshold) == (case.batch.all.one_hot > 0.5)).float()


def constant_accuracy(case):
    """Return the accuracy of the best answer that is the same for every row."""
    if case.index is not None:
        index = case.index[case.counted]
        return torch.bincount(index, minlength=case.K).max().item() / len(index)
    if case.target_form in ("one-hot", "soft"):
        return case.share.mean(0).max().item()
    rate = (case.share > 0.5).float().mean(0)
    return torch.maximum(rate, 1 - rate).mean().item()


def right_scores(case):
    """Return {name: value} of the accuracies that suit the outputs and targets."""
    found = {}
    if case.K > 1 and case.target_form in ("indices", "one-hot", "soft"):
        found["the share of right winners"] = case.row_accuracy
        if case.index is not None and case.sound_targets:
            index = case.index[case.counted]
            right, counts = (case.winners[case.counted] == index).double(), torch.bincount(index, minlength=case.K)
            recalls = torch.zeros(case.K, dtype=torch.double, device=index.device).index_add(0, index, right) / counts
            balanced = recalls.nanmean().item()
            if not math.isclose(balanced, case.row_accuracy, abs_tol=1e-6):
                found["the mean of the classes' recalls, the balanced accuracy"] = balanced
        if case.following:
            index, kept = case.following
            right = (case.winners == index)[kept].float().mean().item()
            found["the share of winners that are the next position's targets"] = right
    labels_asked = case.target_form == "one-hot" and case.form != "softmax" and any(map(case.takes, LABEL_LOSSES))
    if case.target_form == "multi-hot" or case.K == 1 or labels_asked:
        right = hits(case, case.threshold)
        found["the share of right labels"] = right.mean().item()
        if case.K > 1:
            found["the share of rows with every label right"] = right.prod(-1).mean().item()
    return found


def scored(case, formulas, note=""):
    """Return the evidence that the accuracy is that of one of {text: function}, and none that would be right."""
    if "accuracy" not in case.scores or not case.sound_targets:
        return None
    right = right_scores(case)
    if any(map(case.accuracy_is, right.values())):
        return None
    for formula, compute in formulas.items():
        computed = float(compute())
        if case.accuracy_is(computed):
            rest = "".join(f"; {name} is {number:.4g}" for name, number in right.items())
            rest += f"; {note}" if note else ""
            text = f"the accuracy {case.scores['accuracy'][0]:.4g} is {formula} = {computed:.4g}{rest}"
            return Evidence(text)
    return None

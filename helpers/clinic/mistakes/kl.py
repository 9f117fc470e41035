"""Mistakes: The Kullback-Leibler divergence."""

import math

from helpers.clinic.evidence import Evidence, sums_text, trial, unless_disproved
from helpers.clinic.guesses import negative_divergence
from helpers.clinic.numbers import divided, kl_rows
from helpers.clinic.record import mistake
from helpers.clinic.right import TEMPERATURES, divergence


@mistake(
    title="kl_div of probabilities or logits instead of log-probabilities",
    why="kl_div takes log-probabilities first, and checks nothing: the number is no divergence and may be negative.",
    fix="loss = F.kl_div(F.log_softmax(logits, dim=1), target_probs, reduction='batchmean')",
    read=("04 Which two functions does cross_entropy replace?", "08 Exhibit 7"),
    tell="equal distributions must give 0",
    guesses=negative_divergence,
)
def kl_div_of_probabilities(case):
    if case.target_form not in ("soft", "one-hot", "shares") or case.K < 2:
        return None
    if case.takes("kl_div") and case.form != "log-softmax" and case.finite:
        reach = f"outputs reach from {case.low:.4g} to {case.high:.4g}"
        return unless_disproved(case, f"{reach}: {sums_text(case)}" if case.form == "softmax" else reach)
    if case.name is None and case.form != "log-softmax":
        if case.form == "softmax":
            return trial(both_means("probabilities", lambda part: part.x))
        probs = both_means("probabilities", lambda part: part.softmax)
        return trial(probs | both_means("outputs", lambda part: part.x))


def both_means(name, values):
    """Return {text: function of a part} of kl_div of values(part), as the mean of rows and of entries."""
    return {
        f"kl_div({name}, targets, reduction='batchmean')": lambda part: kl_rows(part, values(part)),
        f"kl_div({name}, targets, reduction='mean')": lambda part: divided(kl_rows(part, values(part)), part.K),
    }


@mistake(
    title="kl_div with reduction='mean'",
    why="'mean' divides by the number of entries, not of rows: the divergence comes out K times too small.",
    fix="loss = F.kl_div(log_probs, target_probs, reduction='batchmean')",
    read=("04 Mean, sum, none, and weights", "05 Sum against mean"),
)
def kl_div_mean(case):
    if case.target_form not in ("soft", "one-hot") or case.K < 2:
        return None
    if case.name == "kl_div" and case.form == "log-softmax" and case.reduction == "mean":
        return f"the mean is over {case.x.numel()} entries, not over {case.n} rows: {case.K} times too small"
    if case.name in (None, "kl_div"):
        logs = (lambda c: c.x) if case.form == "log-softmax" else (lambda c: c.x.log_softmax(-1))
        text = "kl_div(log-probabilities, targets, reduction='mean')"
        formulas = {text: lambda c: divided(kl_rows(c, logs(c)), c.K)}
        told = [case.temperature] if case.temperature else []
        # With few digits one of all temperatures fits by chance.
        usual = TEMPERATURES if case.target_form == "soft" and case.has_loss and case.has_digits(5e-4) else ()
        for T in told or usual:
            if case.form != "log-softmax":
                text = f"{T:g}² · kl_div(log_softmax(outputs / {T:g}), targets, reduction='mean')"
                formulas[text] = lambda part, T=T: divided(divergence(part, T), part.K / T**2)
        return trial(formulas, apart=10)


@mistake(
    title="kl_div with targets that don't sum to 1",
    why="Only between two distributions is the divergence never below 0, and 0 where they are equal.",
    fix="target_probs = target_probs / target_probs.sum(dim=1, keepdim=True)",
    read=("04 What may be a target", "08 Exhibit 12"),
    tell="do the targets' rows sum to 1?",
    guesses=negative_divergence,
)
def kl_div_targets_not_one(case):
    if case.target_form == "soft" and case.targets.min() < 0 and case.value is not None and math.isnan(case.value):
        fix = "loss = F.kl_div(log_probs, target_probs, reduction='batchmean', log_target=True)"
        return Evidence("the targets are log-probabilities, and the loss is NaN, as without log_target=True", fix=fix)
    if case.share is None or case.K < 2 or case.target_form not in ("shares", "multi-hot", "stray"):
        return None
    totals = case.share.sum(-1)
    text = f"rows of targets sum to {totals.min():.4g} … {totals.max():.4g}"
    if case.name == "kl_div":
        return text
    if case.name is None and case.form == "log-softmax":
        return trial(both_means("outputs", lambda part: part.x), note=text)

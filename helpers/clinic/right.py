"""The losses that are in order for outputs and targets of a form, the usual ones first: `right_formulas`."""

import itertools
from functools import partial

import numpy
import torch
import torch.nn.functional as F

from helpers.clinic.evidence import Formula
from helpers.clinic.numbers import (
    Rows,
    class_rows,
    divided,
    kept_mean,
    kl_rows,
    label_rows,
    prob_rows,
    reduce,
    smoothed_label_rows,
)

DIRECTIONS = {  # of a square of pairs: the factors of the cross-entropies along the rows and along the columns
    "mean of both directions, as CLIP's loss": (0.5, 0.5),
    "cross_entropy(outputs.T, targets), the other direction": (0.0, 1.0),
    "sum of both directions": (1.0, 1.0),
}
SHIFTED = "cross_entropy(outputs[:, :-1], targets[:, 1:]), shifted inside, as language models do"
TINY = 1e-38  # below every probability that a float32 softmax gives but 0
VOCABULARY = 4096  # from so many classes on, float32 sums of them differ visibly
CE, BCE, BCE_LOGITS = "cross_entropy", "binary_cross_entropy", "binary_cross_entropy_with_logits"


def right_formulas(case):
    """Yield the `Formula` of every loss that such outputs and targets are meant for."""
    usual = list(usual_formulas(case))
    if case.sample_weight is not None:
        for formula in usual:
            yield from by_samples(formula)
    yield from usual
    if case.single_label:
        yield from rare_of_classes(case)
    if case.labels:
        yield from rare_of_labels(case)


def usual_formulas(case):
    """Yield torch's own losses, and the same by hand."""
    if case.single_label:
        yield from usual_of_classes(case)
    if case.labels:
        if case.smoothing:
            rows = partial(smoothed_label_rows, rate=case.smoothing, probs=case.unit_interval)
            yield Formula("the binary cross-entropy of targets y · (1 − ε) + ε/2", rows)
        if case.unit_interval and case.name != BCE_LOGITS:
            yield Formula(f"{BCE}(outputs, targets)", lambda c: prob_rows(c, c.x), BCE)
        if case.name != BCE:
            yield Formula(f"{BCE_LOGITS}(outputs, targets)", lambda c: label_rows(c, c.x), BCE_LOGITS)
    yield from beside_the_loss(case)


def usual_of_classes(case):
    if case.name is None and case.form in ("softmax", "unit", "sigmoid"):
        yield Formula("−log of the target's output", log_rows)
    if case.name == "kl_div" or (case.name is None and case.form == "log-softmax" and case.index is None):
        yield Formula("kl_div(outputs, targets, reduction='batchmean')", lambda c: kl_rows(c, c.x), "kl_div")
    if case.name == "nll_loss":
        yield Formula("nll_loss(outputs, targets)", lambda c: class_rows(c, c.x, False, smoothing=0.0), "nll_loss")
    elif case.name != "kl_div":
        yield Formula("cross_entropy(outputs, targets)", lambda c: class_rows(c, c.x), CE)
        if case.temperature and case.index is not None:
            T = case.temperature
            yield Formula(f"cross_entropy(outputs / {T:g}, targets)", lambda c: class_rows(c, c.x / T), CE)
        if case.diagonal and case.finite and case.weight is None and case.kept is None:
            for text, factors in DIRECTIONS.items():
                yield Formula(text, lambda c, f=factors: pair_rows(c, *f), CE)
        if case.following and case.name is None:
            yield Formula(SHIFTED, lambda c: class_rows(c.relabelled(*case.following), c.x))


def beside_the_loss(case):
    """Yield a named loss of outputs that are from before the function that stands before it, or from after it."""
    if case.K > 1 and case.form == "softmax" and case.name in (CE, "nll_loss"):
        yield Formula(f"{case.name} of the logarithm of the outputs", log_rows)
    if case.K > 1 and case.form == "logits" and case.name == "nll_loss":
        yield Formula("nll_loss(log_softmax(outputs), targets)", lambda c: class_rows(c, c.x))
    if case.name == BCE and not case.unit_interval:
        yield Formula(f"{BCE}(sigmoid(outputs), targets)", lambda c: label_rows(c, c.x))
    if case.name == BCE_LOGITS and case.form == "sigmoid":
        yield Formula(f"{BCE_LOGITS} of the logits of the outputs", lambda c: prob_rows(c, c.x))


def log_rows(part):
    """Return the cross-entropy of outputs that are probabilities, by their logarithm."""
    return class_rows(part, part.x.clamp_min(TINY).log(), log_softmax=False)


def pair_rows(part, along_rows, along_columns):
    """Return the cross-entropies of pairs on the diagonal along their rows and columns, added with these factors."""
    lse, mean = part.own_columns
    own = part.x.gather(1, (part.safe_index if part.share is None else part.share.argmax(-1))[:, None])[:, 0]
    columns = lse - (1 - part.smoothing) * own - part.smoothing * mean
    return Rows(along_rows * class_rows(part, part.x).losses + along_columns * columns)


def by_samples(formula):
    """Yield a loss with a factor a row, under both of the divisors in use."""

    def weighted(part):
        losses, weights, width = formula.rows(part)
        factors = part.sample_weight
        return Rows(losses * factors, factors if weights is None else weights * factors, width)

    def by_rows(part):
        losses, weights, width = weighted(part)
        return Rows(losses, None if part.kept is None else part.kept.to(losses.dtype), width)

    yield Formula(f"sum(sample_weight · l) / N of {formula.text}", by_rows, formula.loss)
    yield Formula(f"sum(sample_weight · l) / sum(sample_weight) of {formula.text}", weighted, formula.loss)


# --- what fewer people compute


def rare_of_classes(case):
    logits = case.form == "logits"
    if case.index is not None and logits and case.K >= VOCABULARY and case.value < 1:
        text = (
            "cross_entropy(outputs, targets) as float32 adds it up: in a large vocabulary the sure class stands early"
        )
        for rows in (torch_rows, running_rows):
            yield Formula(text, rows, CE, rare=case.value != 0)
    if (logits or case.form == "log-softmax") and not case.smoothing and case.weight is None:
        for factor in (1.0, 0.25):  # 0.25 is the weight α of the paper on focal loss
            times = "" if factor == 1 else f"{factor} · "
            text = f"focal loss, {times}(1 − p)² · cross_entropy"
            yield Formula(text, partial(focal_rows, factor=factor), rare=True)
    if case.index is not None and logits and case.K > 1 and case.name is None:
        text = f"{BCE_LOGITS}(outputs, one_hot(targets)), a binary loss of each class"
        yield Formula(text, lambda c: label_rows(c, c.x), BCE_LOGITS, rare=True)
    if case.index is None:
        yield from divergences(case)
    elif logits and case.finite:
        yield from without_padding(case)
        yield from scaled(case)
    if are_maps_of_classes(case) and case.form in ("logits", "softmax"):
        for text, value in overlaps_of_classes(case):
            yield Formula(text, value, rare=True)


def without_padding(case):
    """Yield the cross-entropy without the rows of the most frequent class, if it may be padding that nobody told of."""
    if case.kept is not None or case.name not in (None, CE) or not case.has_digits(2e-4):
        return
    pad = torch.bincount(case.index).argmax().item()
    words = case.index != pad
    if pad in (0, 1, 2, case.K - 1) and bool(words.any()):
        text = f"cross_entropy(outputs, targets, ignore_index={pad})"
        yield Formula(text, lambda c: class_rows(c.relabelled(case.index, words), c.x), CE, rare=True)


def are_maps_of_classes(case):
    """Whether the outputs have positions, and few enough entries for scores of overlap."""
    return case.single_label and len(case.shape) > 2 and case.finite and case.x.numel() <= 2**22


def torch_rows(part):
    """Return torch's own cross-entropies, with torch's rounding."""
    losses = F.cross_entropy(part.x, part.safe_index, weight=part.weight, reduction="none")
    return kept_mean(part, losses)


def running_rows(part):
    """Return cross-entropies whose softmax is added up in order: what is far below the sum so far is lost."""
    top = part.x.amax(-1, keepdim=True)
    # numpy adds in the type and the order of the entries, torch's cumsum in double.
    sums = torch.from_numpy(numpy.cumsum((part.x - top).exp().cpu().numpy(), axis=-1)[:, -1].copy()).to(part.x.device)
    losses = sums.log() - (part.x - top).gather(1, part.safe_index[:, None])[:, 0]
    return kept_mean(part, losses)


def focal_rows(part, factor, gamma=2):
    """Return the focal loss of classes, from the unweighted and unsmoothed cross-entropy."""
    plain = class_rows(part, part.x, smoothing=0.0, weighted=False)
    return plain._replace(losses=factor * (1 - (-plain.losses).exp()) ** gamma * plain.losses)


TEMPERATURES = (2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 20.0)


def divergences(case):
    """Yield the Kullback-Leibler divergences from soft targets, also those of a distillation at a temperature T."""
    temperatures = [case.temperature] if case.temperature else TEMPERATURES
    if case.form in ("softmax", "log-softmax"):
        of = "log(outputs)" if case.form == "softmax" else "outputs"
        for T in [1.0, *temperatures]:
            text = f"{T:g}² · kl_div({of}, targets)" if T > 1 else f"kl_div({of}, targets)"
            rows = partial(divergence_of_probs, logarithm=case.form == "softmax", divisor=T**-2)
            yield Formula(text, rows, rare=True)
    if case.form not in ("logits", "unit") or case.target_form != "soft":
        return
    yield Formula("the mean squared error of softmax(outputs), as from a teacher", squares_of_softmax, rare=True)
    yield Formula("the mean squared error of outputs, as from a teacher", squares_of_outputs, rare=True)
    if case.temperature is None:
        yield Formula("kl_div(log_softmax(outputs), targets)", divergence, rare=True)
        text = "the divergence the other way round, kl_div(log(targets), softmax(outputs))"
        yield Formula(text, turned_divergence, rare=True)
    for T in temperatures:
        text = f"{T:g}² · kl_div(log_softmax(outputs / {T:g}), targets)"
        yield Formula(text, partial(divergence, temperature=T, divisor=T**-2), rare=True)
        if case.temperature is None:
            text = f"{T:g}² · kl_div(log_softmax(outputs), targets), for outputs divided by T = {T:g} before"
            yield Formula(text, partial(divergence, divisor=T**-2), rare=True)


def divergence(part, temperature=1.0, divisor=1.0):
    """Return the divergence of softmax(outputs / temperature) from the targets, divided."""
    return divided(kl_rows(part, (part.x / temperature).log_softmax(-1)), divisor)


def divergence_of_probs(part, logarithm, divisor):
    """Return the divergence of outputs that are probabilities, or their logarithms already, divided."""
    return divided(kl_rows(part, part.x.clamp_min(TINY).log() if logarithm else part.x), divisor)


def squares_of_softmax(part):
    return Rows((part.softmax - part.share).square().mean(-1))


def squares_of_outputs(part):
    return Rows((part.x - part.share).square().mean(-1))


def turned_divergence(part):
    """Return the divergence of the outputs from the targets, as reinforcement and some students have it."""
    logs = part.x.log_softmax(-1)
    return Rows((logs.exp() * (logs - part.share.clamp_min(TINY).log())).sum(-1))


def scaled(case):
    """Yield losses of distances and of cosines: with a scale, a margin at the target, a contrastive loss's factor."""
    if case.low >= 0:
        yield Formula("cross_entropy(−outputs, targets), of distances", lambda c: class_rows(c, -c.x), rare=True)
    if case.diagonal:
        for T in (0.07, 0.1, 0.2, 0.5, 1.0):
            text = f"{T:g}/0.07 · cross_entropy(outputs, targets), as contrastive losses are scaled"
            yield Formula(text, lambda part, T=T: divided(class_rows(part, part.x), 0.07 / T), rare=True)
    reach = max(-case.low, case.high)
    are_cosines = reach <= 1.001
    if are_cosines:
        for s in (64, 32, 30, 20, 16, 10):
            text = f"cross_entropy({s} · outputs, targets), for cosines"
            yield Formula(text, lambda part, s=s: class_rows(part, s * part.x), rare=True)
        for T in (0.05, 0.07, 0.1, 0.2, 0.5):
            text = f"cross_entropy(outputs / {T:g}, targets), for cosines"
            yield Formula(text, lambda part, T=T: class_rows(part, part.x / T), rare=True)
    for s in (30, 64):
        if are_cosines or 0.25 * s < reach <= 1.001 * s:
            scale_of_outputs = 1 if are_cosines else s
            for what, margin in MARGINS.items():
                text = f"cross_entropy of cosines times {s} with the margin {what} at the target"
                rows = partial(margin_rows, margin=margin, scale=s, of_outputs=scale_of_outputs)
                yield Formula(text, rows, rare=True)


def margin_rows(part, margin, scale, of_outputs):
    """Return the cross-entropy of cosines with a margin, times a scale; of_outputs: that which outputs have already."""
    return class_rows(part, scale * margin(part.x / of_outputs, F.one_hot(part.safe_index, part.K)))


def arc_margin(cosines, one_hot):
    angle = cosines.clamp(-1, 1).acos() + 0.5 * one_hot
    return angle.cos()


def minus_margin(cosines, one_hot):
    return cosines - 0.35 * one_hot


MARGINS = {"cos(θ + 0.5)": arc_margin, "cos θ − 0.35": minus_margin}


def rare_of_labels(case):
    probs = case.unit_interval
    for alpha in (0.25, None):
        text = f"sigmoid focal loss, {'' if alpha is None else f'α = {alpha}, '}γ = 2"
        yield Formula(text, partial(label_focal_rows, probs=probs, alpha=alpha), rare=True)
    yield from overlap_losses(case, probs)


def label_focal_rows(part, probs, alpha):
    """Return the focal losses of labels with γ = 2, of probabilities or of logits."""
    y = part.one_hot
    p = part.x if probs else part.sigmoid
    losses = F.binary_cross_entropy(p, y, reduction="none") if probs else F.softplus(part.x) - y * part.x
    losses = losses * (p * (1 - y) + (1 - p) * y) ** 2
    if alpha is not None:
        losses = losses * (alpha * y + (1 - alpha) * (1 - y))
    return Rows(losses.mean(-1), None, part.K)


# Dice adds a small number to numerator and denominator, over the whole batch, each picture, or each map of a picture.
SMOOTHS = (1.0, 1e-5, 1e-6, 1e-7, 0.0)


def dice(values, y, over, smooth):
    both = 2 * (values * y).sum(over) + smooth
    return (both / (values.sum(over) + y.sum(over) + smooth)).mean()


def overlap_losses(case, probs):
    """Yield soft Dice losses, alone and with the binary cross-entropy."""
    if case.batch.large and case.x.numel() > 2**22 or case.target_form not in ("multi-hot", "one-hot"):
        return
    scores = {"1 − dice": 1.0, "−dice": 0.0}
    factors = {"": 0.0, "bce + ": 1.0, "0.5 · bce + ": 0.5}
    values = "outputs" if probs else "sigmoid(outputs)"
    for (of, over), smooth in itertools.product(overlaps(case), SMOOTHS):
        for (score, minuend), (bce, factor) in itertools.product(scores.items(), factors.items()):
            loss = overlap_loss(case, over, smooth, minuend, factor)
            yield Formula(f"{bce}{score} of {values}{of}", loss, rare=True)


def overlap_loss(case, over, smooth, minuend, factor):
    """Return the function that is minuend − dice, with a factor of the binary cross-entropy added."""

    def number(_part):
        probs = case.whole if case.unit_interval else case.whole.sigmoid()
        loss = minuend - dice(probs, shares_like(case), over, smooth)
        if factor:
            rows = prob_rows if case.unit_interval else label_rows
            loss = factor * rows(case.batch.all, case.x).losses.mean() + loss
        return loss

    return number


def overlaps(case):
    """Yield (what a Dice score is taken of, the dimensions it sums over)."""
    dims = tuple(range(len(case.shape)))
    yield "", dims
    if len(dims) > 1 and case.shape[0] > 1:
        yield " of each picture", dims[1:]
    if len(dims) > 2 and case.shape[1] > 1:
        yield " of each map", dims[2:]


def overlaps_of_classes(case, as_they_are=False):
    """Yield (text, function of a part) of soft Dice losses of maps of K classes, alone and with the cross-entropy.

    as_they_are: of the outputs as they come, and not of their softmax.
    """
    if case.target_form not in ("indices", "one-hot") or not case.sound_targets:
        return
    part, of = case.batch.all, "softmax(outputs)"
    probs, losses = part.softmax, class_rows(part, part.x)
    if case.form == "softmax":
        probs, losses, of = part.x, log_rows(part), "outputs"
    if as_they_are:
        probs, of = part.x, "outputs"
    entropy = torch.tensor(reduce(losses, "mean"))
    counted = 1 if case.kept is None else case.kept[:, None]
    pictures = (case.shape[0], -1, case.K)
    both = (2 * probs * part.one_hot * counted).reshape(pictures).sum(1)
    total = ((probs + part.one_hot) * counted).reshape(pictures).sum(1)
    sums = {"each picture": (both, total), "the batch": (both.sum(0), total.sum(0))}
    for over, smooth, first in itertools.product(sums, (1e-5, 1.0), (0, 1)):
        scores = (sums[over][0] + smooth) / (sums[over][1] + smooth)
        score = scores[..., first:].mean()
        classes = f"the mean of the {case.K - first} classes{' but the first' if first else ''}"
        for said, number in (("1 − dice", 1 - score), ("−dice", -score)):
            text = f"{said} of {of}, {over}, {classes}"
            yield text, lambda c, number=number: number
            yield f"cross_entropy + {text}", lambda c, number=number: entropy + number


def shares_like(case):
    """Return the targets in the outputs' own shape."""
    return case.targets.reshape(case.shape).to(case.whole.dtype)

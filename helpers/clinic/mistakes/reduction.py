"""Mistakes: How the loss was reduced, weighted and smoothed."""

import functools

import torch
import torch.nn.functional as F

from helpers.clinic.evidence import Formula, Trial, doubt, trial
from helpers.clinic.floors import RATES, Floor, cross_entropy_of_gap, entropy, smoothing_floor
from helpers.clinic.guesses import smoothed
from helpers.clinic.numbers import Rows, class_rows, label_means, label_rows, smoothed_label_rows
from helpers.clinic.record import mistake


@mistake(
    title="Label smoothing: a loss that can't reach 0",
    why="""The smoothed target has an entropy of its own, below which no network comes. Compare losses only with the
    same ε.""",
    fix="loss = F.cross_entropy(logits, targets)  # without smoothing, to compare; or subtract the floor",
    read=("04 A smoothed loss has a floor", "08 Exhibit 12"),
    floor=Floor(
        lambda s: smoothing_floor(s.num_classes, s.smoothing),
        lambda s, x: cross_entropy_of_gap(2 * x, s.num_classes, s.smoothing),
    ),
    tell="accuracy good; without smoothing it falls on",
    guesses=smoothed,
)
def label_smoothing_unsaid(case):
    if case.smoothing or case.name in ("nll_loss", "kl_div"):
        return None
    if case.labels and not case.classes:
        return Trial(tuple(smoothed_labels(case, rate) for rate in RATES), apart=10, rare=True)
    if not case.classes or case.K < 2:
        return None

    def smoothed(rate):
        text = f"cross_entropy(outputs, targets, label_smoothing={rate})"
        floor = f"its floor for K = {case.K} is {smoothing_floor(case.K, rate):.4f}"
        return Formula(text, lambda c: class_rows(c, c.x, smoothing=rate), note=floor)

    return Trial(tuple(smoothed(rate) for rate in RATES), apart=10)


def smoothed_labels(case, rate):
    """Return the loss of labels that Keras and timm smooth: each target is drawn towards 1/2."""
    rows = functools.partial(smoothed_label_rows, rate=rate, probs=case.unit_interval)
    note = f"its floor is {entropy(rate / 2):.4f}"
    fix = "loss = F.binary_cross_entropy_with_logits(logits, targets)  # without smoothing, to compare"
    text = f"the binary cross-entropy of targets y · (1 − ε) + ε/2 with ε = {rate}"
    return Formula(text, rows, note=note, fix=fix)


@mistake(
    title="Ignored rows counted in the mean",
    why="""The sum was divided by all rows, also by those that count for nothing: the loss depends on how much
    padding a batch has.""",
    fix="loss = F.cross_entropy(logits, targets, ignore_index=-100)  # divides by the rows that count",
    read=("04 Mean, sum, none, and weights", "04 A target of −1"),
)
def ignored_rows_counted(case):
    if case.kept is not None and case.K > 1:
        text = "the sum of the losses by the number of all rows"
        fix = f"loss = F.cross_entropy(logits, targets, ignore_index={case.ignore_index})  # by the rows that count"
        return trial({text: lambda c: class_rows(c, c.x)._replace(weights=None)}, fix=fix)


@mistake(
    title="Label smoothing reduced in another way than torch's",
    why="""In torch class weights multiply the smoothed part too, and ignored rows have none. Another convention has
    another floor and another best p.""",
    fix="loss = F.cross_entropy(logits, targets, weight=weight, label_smoothing=0.1)",
    read=("04 A smoothed loss has a floor", "04 Mean, sum, none, and weights"),
)
def weights_and_smoothing(case):
    if not case.smoothing or case.index is None or (case.weight is None and case.kept is None) or case.K < 2:
        return None

    def mixed(part, unweighted, counted):
        """Return the loss whose uniform part has no weights, or counts the ignored rows."""
        hard, weights, _ = class_rows(part, part.x, smoothing=0.0)
        uniform = -part.x.log_softmax(-1)
        if part.weight is not None and not unweighted:
            uniform = uniform * part.weight
        uniform, rows = uniform.mean(-1), part.n
        if part.kept is not None and not counted:
            uniform, rows = uniform.where(part.kept, 0), part.kept.sum()
        total = part.n if weights is None else weights.sum()
        soft = uniform.sum() / (rows if unweighted else total)
        return (1 - part.smoothing) * hard.sum() / total + part.smoothing * soft

    formulas = {}
    if case.weight is not None:
        formulas["(1 − ε)·weighted + ε·unweighted uniform part"] = lambda c: mixed(c, True, False)
    if case.kept is not None:
        formulas["a uniform part that counts the ignored rows"] = lambda c: mixed(c, case.weight is None, True)
        formulas["a uniform part summed over all rows"] = lambda c: mixed(c, False, True)
    weight = "" if case.weight is None else "weight=weight, "
    fix = f"loss = F.cross_entropy(logits, targets, {weight}label_smoothing={case.smoothing:g})"
    return trial(formulas, fix=fix)


@mistake(
    title="Class weights: another divisor than torch's, or another order",
    why="""torch divides the weighted sum by the sum of the targets' weights, not by the number of rows. Both are
    means; they can't be compared, and the learning rate differs.""",
    fix="loss = F.cross_entropy(logits, targets, weight=weight)  # sum(w·l) / sum(w)",
    read=("04 Mean, sum, none, and weights", "04 Exercises"),
)
def weights_divided_by_rows(case):
    if case.weight is None or case.index is None or case.K < 2 or not case.classes:
        return None

    def by_rows(c):
        return class_rows(c, c.x)._replace(weights=None if c.kept is None else c.kept.float())

    def by(weight):
        def rows(c):
            weights = weight[c.safe_index] * (1 if c.kept is None else c.kept)
            return Rows(class_rows(c, c.x, smoothing=0.0, weighted=False).losses * weights, weights)

        return rows

    formulas = {"sum(w·l) / N": by_rows, "the mean without weights": lambda c: class_rows(c, c.x, weighted=False)}
    if not case.smoothing and case.weight.min() > 0:
        formulas["the mean with weight.flip(0)"] = by(case.weight.flip(0))
        formulas["the mean with 1 / weight"] = by(1 / case.weight)
    return trial(formulas)


@mistake(
    title="A mean of the batches' means",
    why="A row of a short batch counts for more: loss, gradient and perplexity depend on where the batches were cut.",
    fix="loss = sum(F.cross_entropy(x, t, reduction='sum') for x, t in batches) / sum(len(t) for _, t in batches)",
    read=("04 Mean, sum, none, and weights", "04 Exercises"),
)
def mean_of_means(case):
    cuts = [cut for cut in batch_cuts(case) if len(set(cut)) > 1]
    if not cuts:
        return None
    losses, weights, _ = usual_rows(case)

    def mean_of(cut):
        means = [part.mean() for part in losses.split(cut)]
        if weights is not None:
            means = [part.sum() / weight.sum() for part, weight in zip(losses.split(cut), weights.split(cut))]
        last = f", the last of {cut[-1]}" if len(cut) > 1 else ""
        text = f"the mean of {len(cut)} means of batches of {cut[0]}{last}"
        return Formula(text, lambda c: torch.stack(means).mean())

    return Trial(tuple(mean_of(cut) for cut in cuts), **untold(case))


def batch_cuts(case):
    """Return the ways in which the rows may have been cut into batches, as lists of sizes: that told, or the usual."""
    known = case.has_loss and not case.explained and (case.single_label or case.labels)
    if not known or not case.batch_sizes and case.batch.large:
        return []
    usual = (size for size in (8, 16, 32, 64, 128, 256, 512) if case.n > size)
    cuts = [[size] * (case.n // size) + [case.n % size] * (case.n % size > 0) for size in usual]
    return [case.batch_sizes] if case.batch_sizes else cuts


def usual_rows(case):
    return (class_rows if case.single_label else label_rows)(case.batch.all, case.x)


def untold(case):
    """Return the care that a `Trial` takes where nobody told the sizes: of so many cuts one fits by chance sooner."""
    return {} if case.batch_sizes else {"apart": 30, "rare": True}


@mistake(
    title="The loss of the last batch",
    why="""What a loop's variable `loss` holds after the loop is that of a few rows. From epoch to epoch it jumps, and
    it can't be compared with a mean over all.""",
    fix="loss = sum(F.cross_entropy(x, t, reduction='sum') for x, t in batches) / sum(len(t) for _, t in batches)",
    read=("04 Many batches, and perplexity",),
)
def last_batch(case):
    sizes = {cut[-1] for cut in batch_cuts(case)}
    if not sizes:
        return None
    losses, weights, _ = usual_rows(case)

    def mean_of_last(size):
        part, counted = losses[-size:], None if weights is None else weights[-size:]
        mean = part.mean() if counted is None else part.sum() / counted.sum()
        return Formula(f"that of the last {size} of {case.n} rows", lambda c: mean)

    return Trial(tuple(mean_of_last(size) for size in sorted(sizes)), **untold(case))


@mistake(
    title="pos_weight along the wrong dimension",
    why="""pos_weight is lined up with the last dimensions. In (N, C, H, W) it lies along the columns of the
    picture, silently where C = W.""",
    fix="loss = F.binary_cross_entropy_with_logits(logits, targets, pos_weight=pos_weight.view(-1, 1, 1))",
    read=("05 pos_weight", "05 Shapes: does it broadcast?"),
)
def pos_weight_shape(case):
    return misplaced(case, case.pos_weight, "pos_weight")


@mistake(
    title="Weights the wrong way round",
    why="""What is rare is to count for more: pos_weight, on the true labels, is false by true, and a class's weight
    falls with its number. The inverse makes what is rare count for even less.""",
    fix="loss = F.binary_cross_entropy_with_logits(logits, targets, pos_weight=pos_weight)  # false by true labels",
    read=("05 pos_weight",),
)
def weights_turned(case):
    if case.weight is not None and case.index is not None and case.weight.shape == (case.K,):
        return counts_for_weights(case)
    if case.positive_weight is None or not case.labels or not bool((case.positive_weight > 0).all()):
        return None
    if case.explained:
        return share_for_pos_weight(case)

    each_loss = functools.partial(F.binary_cross_entropy_with_logits, reduction="none")

    def inverse(c):
        return label_means(c, each_loss(c.x, c.one_hot, pos_weight=1 / c.positive_weight))

    def of_false(c):
        return label_means(c, each_loss(-c.x, 1 - c.one_hot, pos_weight=c.positive_weight))

    return trial(
        {"the mean with 1 / pos_weight": inverse, "the mean with pos_weight on the false labels": of_false},
        rare=True,
        apart=10,
    )


def counts_for_weights(case):
    """Return the doubt that the class weights are how many rows each class has."""
    counts = torch.bincount(case.index[case.counted], minlength=case.K) if case.sound_targets else torch.zeros(1)
    if int(counts.min()) < 10 or counts.max() < 2 * counts.min() or not bool((case.weight > 0).all()):
        return None
    ratio = case.weight / counts
    if bool(((ratio / ratio.mean() - 1).abs() < 0.05).all()):
        text = f"the weights grow with the classes' numbers, {int(counts.min())} to {int(counts.max())}"
        inverse = "loss = F.cross_entropy(logits, targets, weight=1 / weight)"
        return doubt(f"{text}: what is rare counts for even less", fix=inverse)


def share_for_pos_weight(case):
    """Return the doubt that pos_weight, as it was given, is true by false labels."""
    true, false = case.share.sum(0), (1 - case.share).sum(0)
    if case.positive_weight.numel() == 1:
        true, false = true.sum(), false.sum()
    weight = case.positive_weight.reshape(-1)
    if len(weight) != true.numel() or bool((true < 10).any()) or not bool((true < 0.5 * false).all()):
        return None
    if bool(((weight / (true / false) - 1).abs() < 0.05).all()):
        inverse = "loss = F.binary_cross_entropy_with_logits(logits, targets, pos_weight=1 / pos_weight)"
        text = f"pos_weight, up to {weight.max():.4g}, is the number of true by that of false labels"
        return doubt(f"{text}: what is rare counts for even less", fix=inverse)


@mistake(
    title="weight of a binary loss along the wrong dimension",
    why="weight broadcasts from the last dimension: (N,) lies along the labels, not along the rows.",
    fix="loss = F.binary_cross_entropy_with_logits(logits, targets, weight=weight[:, None])  # one factor a row",
    read=("05 Shapes: does it broadcast?", "05 pos_weight"),
)
def weight_shape(case):
    if case.classes and not case.labels:
        return None
    found = misplaced(case, case.weight, "weight")
    square = len(case.shape) == 2 and case.K == case.n > 1
    if not found and case.weight is not None and case.weight.dim() == 1 and square:
        text = f"weight ({case.n},) for outputs {case.shape}: torch lays it along the labels"
        return doubt(f"{text}; for the rows it must be [:, None]")
    return found


def misplaced(case, weight, name):
    """Return the evidence that a weight lies along another dimension than the labels, or along none."""
    if weight is None or case.share is None or weight.numel() == 1:
        return None
    came, shape = tuple(weight.shape), case.shape
    meant_for_labels = len(shape) > 2 and len(came) == 1 and came[0] == shape[1]
    meant_for_rows = name == "pos_weight" and len(came) == 1 < len(shape) and came[0] == shape[0] != shape[-1]
    if meant_for_labels or meant_for_rows:
        refused = f", which has {shape[-1]} entries: torch refuses it"
        silent = ", which has the same size by chance" if came[0] == shape[-1] else refused
        return f"{name} {came} for outputs {shape}: it is lined up with dimension {len(shape) - 1}{silent}"
    fits = len(came) <= len(shape) and all(a in (1, b) for a, b in zip(came[::-1], shape[::-1]))
    return None if fits else f"{name} {came} doesn't broadcast to outputs {shape}"

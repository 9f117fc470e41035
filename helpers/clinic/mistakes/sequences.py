"""Mistakes: Sequences, padding, and the loss times or divided by a whole number."""

import itertools
import math

import torch

from helpers.clinic.evidence import Evidence, Formula, Trial, doubt, trial
from helpers.clinic.guesses import times_chance
from helpers.clinic.metrics import agreement
from helpers.clinic.numbers import class_rows, divided, reduce
from helpers.clinic.record import mistake


@mistake(
    title="Padding that is trained",
    why="""Rows of padding are easy: they pull the mean down, take most of the gradient, and the network learns to
    write padding. Perplexity and loss can't be compared with anybody's.""",
    fix="loss = F.cross_entropy(logits, targets, ignore_index=pad)  # or targets.masked_fill(is_pad, -100)",
    read=("04 A target of −1", "04 Mean, sum, none, and weights"),
)
def ignored_rows_trained(case):
    if case.kept is None:
        return padding_untold(case)
    if case.K < 2 or case.index is None or not case.sound_targets:
        return None
    if 0 <= case.ignore_index < case.K:
        text = f"the mean over all {case.n} rows, also those of class {case.ignore_index}"
        fix = f"loss = F.cross_entropy(logits, targets, ignore_index={case.ignore_index})"
        return trial({text: lambda c: class_rows(c.relabelled(case.index), c.x)._replace(weights=None)}, fix=fix)
    # The padding was one of the classes once: the first, the last, or what the network says where rows are ignored.
    winners = torch.bincount(case.winners[~case.kept], minlength=case.K)
    classes = dict.fromkeys((winners.argmax().item(), 0, case.K - 1, 1, 2))

    def as_class(pad):
        text = f"the mean over all {case.n} rows, with class {pad} in the {int((~case.kept).sum())} ignored ones"
        filled = torch.where(case.kept, case.index, pad)
        return Formula(text, lambda c: class_rows(c.relabelled(filled), c.x)._replace(weights=None))

    fix = f"loss = F.cross_entropy(logits, targets, ignore_index={case.ignore_index})"
    return Trial(tuple(as_class(pad) for pad in classes if pad < case.K), apart=10, rare=True, fix=fix)


def padding_untold(case):
    """Return the doubt that one class of the targets is padding: in a loss over all rows, at the ends of sequences."""
    plain = case.explained and case.explained.formula.loss == "cross_entropy"
    if not plain or len(case.shape) > 3 or (pad := likely_padding(case)) is None:
        return None
    words = case.batch.all.relabelled(case.index, case.index != pad)
    without, share = reduce(class_rows(words, case.x), "mean"), (case.index == pad).float().mean().item()
    text = f"{100 * share:.0f} % of the targets are class {pad}, in runs; over the others the loss is {without:.6g}"
    fix = f"loss = F.cross_entropy(logits, targets, ignore_index={pad})"
    return doubt(f"{text}: padding, or a class of its own, as a background is?", fix=fix)


def likely_padding(case):
    """Return which class fills the ends of sequences, or None: many rows, in runs, one of the first or the last."""
    if case.index is None or case.n < 64 or case.K < 20 or not case.sound_targets:
        return None
    counts = torch.bincount(case.index, minlength=case.K)
    pad = counts.argmax().item()
    # Padding is one of the first tokens or the last, a tenth of the rows or more, and not nearly all of them.
    if pad not in (0, 1, 2, case.K - 1) or not 0.1 * case.n < counts[pad] < 0.95 * case.n:
        return None
    at = case.index == pad
    together = (at[1:] & at[:-1]).sum().item() / counts[pad].item()
    # In runs, far more than rows in any order would be: a frequent word, or a background, has others beside it.
    share = counts[pad].item() / case.n
    return pad if together > max(0.8, (1 + share) / 2) else None


@mistake(
    title="Targets one row early or late",
    why="""A row's output is compared with its neighbour's target. Next-token labels must be shifted by one: not at
    all, and the network learns to copy its input; twice, and it learns the token after the next.""",
    fix="loss = F.cross_entropy(logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten())  # once: here or in the model",
    read=("04 Where are the classes?",),
)
def labels_shifted(case):
    if case.index is None or case.n < 32 or case.K < 3 or not case.sound_targets or not case.finite:
        return None
    if case.shifts_itself:
        return None
    # So many rows tell it, whatever the vocabulary costs.
    length = min(case.n, max(256, 2**21 // case.K))
    if not case.batch.large and case.row_accuracy > 0.6:
        return None
    winners, index = case.x[:length].argmax(-1), case.index[:length]
    kept = torch.ones_like(index, dtype=torch.bool) if case.kept is None else case.kept[:length]

    def agreed(winners, targets, kept):
        # Of fewer pairs nothing is concluded.
        return agreement(winners[kept], targets[kept], case.K) if int(kept.sum()) >= 32 else 0.0

    own = agreed(winners, index, kept)
    places = {
        "one row later": agreed(winners[:-1], index[1:], kept[1:] & kept[:-1]),
        "one row before": agreed(winners[1:], index[:-1], kept[1:] & kept[:-1]),
        "two rows later": agreed(winners[:-2], index[2:], kept[2:] & kept[:-2]),
    }
    where, found = max(places.items(), key=lambda each: each[1])
    if found > max(0.4, own + 0.3):
        text = f"the winners agree with the target {where} (kappa {found:.2f}), not with their own ({own:.2f})"
        if where == "one row later" and case.following and not case.name and not case.explained:
            return doubt(f"{text}: in order, if the model or its loss shifts them by one itself")
        return text


SCALES = [2**power for power in range(8, 25)]  # with which mixed precision multiplies a loss


@mistake(
    title="The loss times, or divided by, a whole number",
    why="""Losses of accumulation steps or ranks were added up, a mean was divided once more, or what is logged is
    scaled for mixed precision. Gradient and step grow or shrink with it, and floors like ln K don't fit.""",
    fix="loss = loss / steps  # each step's mean divided once by the number of steps; log the mean, not the sum",
    read=("04 Mean, sum, none, and weights", "04 Many batches, and perplexity"),
    tell="how many steps, or ranks, are added up?",
    guesses=times_chance,
)
def times_the_steps(case):
    if not case.right or case.explained or case.from_history or not case.value > 0:
        return None
    right = [
        each for each in case.right if each.reduction == case.reduction and not each.formula.rare and each.value > 0
    ]
    if not right or right[0].formula.loss == "kl_div":
        return None
    return _divided_by_a_size(case, right) or _by_a_few_steps(case, right[0])


def _divided_by_a_size(case, right):
    """Return the evidence that a mean was divided once more by the number of rows or positions."""
    for known, (count, of) in itertools.product(right, sizes_of(case).items()):
        expected = known.value / count
        if case.fits(expected) and case.error_of(expected) < 3e-3 * expected:
            text = f"the loss {case.value:.6g} is {known.text} divided by {count}, the number of {of}"
            fix = f"loss = loss * {count}  # a mean already: the sum over batches is divided by their number"
            return Evidence(text, by_loss=True, fix=fix, rare=True)
    return None


def _by_a_few_steps(case, known):
    """Return the evidence that a right loss came times, or divided by, a whole number up to 64."""
    ratio = case.value / known.value
    if not math.isfinite(ratio):
        return None
    smaller = ratio < 1
    times = round(1 / ratio) if smaller else round(ratio)
    if not smaller and times in SCALES and case.fits(known.value * times) and case.has_digits(1e-3):
        text = f"the loss {case.value:.6g} is {times} times {known.text} = {known.value * times:.6g}"
        text += ", as a GradScaler scales it"
        return Evidence(text, by_loss=True, fix=f"loss = loss / {times}  # log it before scaler.scale(loss)", rare=True)
    if not 2 <= times <= 64:
        return None
    expected = known.value / times if smaller else known.value * times
    error = case.unit + (case.error_of(known.value) - case.unit) / times if smaller else case.error_of(expected)
    # Neighbours of m and 1/m lie m/(m + 1) apart; a number that is no multiple fits by chance in a share of the cases.
    # Powers of two are what steps are: fewer digits tell them.
    least_digits = 0.05 if smaller and times in (2, 4, 8, 16, 32, 64) else 0.01
    if abs(case.value - expected) > error or error > least_digits * expected / times:
        return None
    if smaller:
        text = f"the loss {case.value:.6g} is {known.text} divided by {times} = {expected:.6g}"
        text += f": in order, if {times} steps are added up before the optimizer's; if not, once too often"
        text += f" (a mean over the {times} classes?)" if times == case.K else ""
        return doubt(text, f"loss = loss * {times}  # to log it", rare=True, by_loss=True)
    text, fix = f"the loss {case.value:.6g} is {times} times {known.text} = {expected:.6g}", f"loss = loss / {times}"
    if error > 3e-3 * expected / times or times not in (2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32, 64, case.K):
        chance = "a weighted or composed loss may be so by chance, and a sum over positions is"
        return doubt(f"{text}; {chance}", fix, rare=True, by_loss=True)
    return Evidence(text, by_loss=True, fix=fix, rare=True)


def sizes_of(case):
    """Return {how many: of what} a mean may have been divided by once more; of large numbers, which no steps have."""
    first = case.shape[0]
    kept = case.n if case.kept is None else int(case.kept.sum())
    found = {case.n: "rows", kept: "rows that count", first: "rows", case.n // first: "positions of a row"}
    return {count: of for count, of in found.items() if count > 16}


@mistake(
    title="A mean over the classes too",
    why="The sum over the classes has one term a row; a mean divides it by K, and the gradient with it.",
    fix="loss = -(one_hot * log_probs).sum(dim=1).mean()  # sum over the classes, mean over the rows",
    read=("04 Steps 4 and 5: pick the truth", "04 Mean, sum, none, and weights"),
)
def mean_over_classes(case):
    # As many as the steps that are usually added up: `times_the_steps` has a doubt then.
    if case.K > 2 and case.K not in (4, 8, 16, 32, 64) and case.classes and case.name in (None, "cross_entropy"):
        text = f"cross_entropy(outputs, targets) divided by the K = {case.K} classes"
        note = f"or by {case.K} steps or ranks: the loss's own code tells"
        return trial({text: lambda c: divided(class_rows(c, c.x), c.K)}, apart=10, rare=True, note=note)


@mistake(
    title="A mean of the sequences' means",
    why="""A token of a short sequence, or of a rank with much padding, counts for more: loss, gradient and
    perplexity depend on how the batch was cut.""",
    fix="""loss = F.cross_entropy(logits, targets, reduction='sum', ignore_index=-100) / (targets != -100).sum()  #
    one sum over all, also over ranks""",
    read=("04 Mean, sum, none, and weights", "04 Many batches, and perplexity"),
)
def mean_of_sequence_means(case):
    if case.kept is None or case.K < 2 or case.batch.large or case.batch_sizes or not case.sound_targets:
        return None
    losses, weights, _ = class_rows(case.batch.all, case.x)
    if case.dim is not None and len(case.shape) > 2:
        cuts = [case.shape[0]]
    else:
        cuts = [count for count in range(2, min(case.n // 2, 512) + 1) if case.n % count == 0]

    def mean_of(count):
        sums, counts = losses.reshape(count, -1).sum(1), weights.reshape(count, -1).sum(1)
        means = sums[counts > 0] / counts[counts > 0]
        return Formula(f"the mean of the means of {count} sequences or ranks", lambda c: means.mean())

    total = f"F.cross_entropy(logits, targets, reduction='sum', ignore_index={case.ignore_index})"
    fix = f"loss = {total} / (targets != {case.ignore_index}).sum()  # one sum over all, also over ranks"
    return Trial(tuple(mean_of(count) for count in cuts), apart=30, rare=True, fix=fix)

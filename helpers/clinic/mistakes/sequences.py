"""Mistakes: Sequences, padding, and the loss times or divided by a whole number."""

import math

import torch

from helpers.clinic.evidence import Evidence, Formula, Kind, Trial, doubt, trial
from helpers.clinic.guesses import times_chance
from helpers.clinic.metrics import agreement
from helpers.clinic.numbers import class_rows, divided
from helpers.clinic.record import mistake


@mistake(
    title="Padding that is trained",
    why=(
        "Rows of padding are easy: they pull the mean down, take most of the gradient, and the network learns to write "
        "padding. Perplexity and loss can't be compared with anybody's."
    ),
    fix="loss = F.cross_entropy(logits, targets, ignore_index=pad)  # or targets.masked_fill(is_pad, -100)",
    read=("04 A target of −1", "04 Mean, sum, none, and weights"),
)
def ignored_rows_trained(case):
    if case.kept is None or case.K < 2 or case.index is None or not case.sound_targets:
        return None
    if 0 <= case.ignore_index < case.K:
        text = f"the mean over all {case.n} rows, also those of class {case.ignore_index}"
        fix = f"loss = F.cross_entropy(logits, targets, ignore_index={case.ignore_index})"
        return trial({text: lambda c: class_rows(WithoutIgnored(c), c.x)._replace(weights=None)}, fix=fix)
    # The padding was one of the classes once: the first, the last, or what the network says where rows are ignored.
    winners = torch.bincount(case.winners[~case.kept], minlength=case.K)
    classes = dict.fromkeys((winners.argmax().item(), 0, case.K - 1, 1, 2))

    def as_class(pad):
        text = f"the mean over all {case.n} rows, with class {pad} in the {int((~case.kept).sum())} ignored ones"
        return Formula(text, lambda c: class_rows(WithoutIgnored(c, pad), c.x)._replace(weights=None))

    fix = f"loss = F.cross_entropy(logits, targets, ignore_index={case.ignore_index})"
    return Trial(tuple(as_class(pad) for pad in classes if pad < case.K), apart=10, rare=True, fix=fix)


class WithoutIgnored:
    """A part none of whose rows is ignored; the ignored ones have the class `pad`, or their own."""

    def __init__(self, part, pad=None):
        self._part, self.kept = part, None
        self.index = part.index if pad is None else torch.where(part.kept, part.index, pad)
        self.safe_index = self.index

    def __getattr__(self, name):
        return getattr(self._part, name)


@mistake(
    title="Targets one row early or late",
    why=(
        "A row's output is compared with its neighbour's target. Next-token labels must be shifted by one: not at all, "
        "and the network learns to copy its input; twice, and it learns the token after the next."
    ),
    fix="loss = F.cross_entropy(logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten())  # once: here or in the model",
    read=("04 Where are the classes?",),
)
def labels_shifted(case):
    if case.index is None or case.n < 32 or case.K < 3 or not case.sound_targets or not case.finite:
        return None
    length = min(case.n, max(256, 2**21 // case.K))
    if not case.batch.large and case.row_accuracy > 0.6:
        return None
    winners, index = case.x[:length].argmax(-1), case.index[:length]
    kept = torch.ones_like(index, dtype=torch.bool) if case.kept is None else case.kept[:length]

    def agreed(winners, targets, kept):
        return agreement(winners[kept], targets[kept], case.K) if int(kept.sum()) >= 32 else 0.0

    own = agreed(winners, index, kept)
    late = agreed(winners[:-1], index[1:], kept[1:] & kept[:-1])
    early = agreed(winners[1:], index[:-1], kept[1:] & kept[:-1])
    if max(late, early) > max(0.4, own + 0.3):
        where = "one row later" if late > early else "one row before"
        return (
            f"the winners agree with the target {where} (kappa {max(late, early):.2f}), not with their own ({own:.2f})"
        )


@mistake(
    title="The loss times, or divided by, a whole number",
    why=(
        "Losses of accumulation steps or ranks were added up, or a mean was divided once more. Gradient and step grow "
        "or shrink with it, and floors like ln K don't fit."
    ),
    fix="loss = loss / steps  # each step's mean divided once by the number of steps; log the mean, not the sum",
    read=("04 Mean, sum, none, and weights", "04 Many batches, and perplexity"),
    tell="how many steps, or ranks, are added up?",
    guesses=times_chance,
)
def times_the_steps(case):
    explained = case.explained
    if not case.right or explained or case.from_history or not case.value:
        return None
    known = next((each for each in case.right if each.reduction == case.reduction), None)
    if known is None or known.formula.rare or known.formula.loss == "kl_div" or known.value <= 0 or case.value <= 0:
        return None
    ratio = case.value / known.value
    if not math.isfinite(ratio):
        return None
    times = round(ratio) if ratio > 1 else round(1 / ratio)
    if not 2 <= times <= 64:
        return None
    expected = known.value * times if ratio > 1 else known.value / times
    error = case.error_of(expected)
    # Neighbours of m and 1/m lie m/(m + 1) apart; a number that is no multiple fits by chance in a share of the cases.
    if abs(case.value - expected) > error or error > 0.01 * expected / times:
        return None
    how = f"{times} times {known.text}" if ratio > 1 else f"{known.text} divided by {times}"
    text = f"the loss {case.value:.6g} is {how} = {expected:.6g}"
    usual = times in (2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32, 64) or case.n % times == 0 or times == case.K
    if error > 3e-3 * expected / times or not usual:
        return Trial((), rare=True, otherwise=doubt(f"{text}; a weighted or composed loss may be so by chance"))
    return Trial((), rare=True, otherwise=Evidence(text, kind=Kind.LOSS))


@mistake(
    title="A mean over the classes too",
    why="The sum over the classes has one term a row; a mean divides it by K, and the gradient with it.",
    fix="loss = -(one_hot * log_probs).sum(dim=1).mean()  # sum over the classes, mean over the rows",
    read=("04 Step 4 and 5: pick the truth", "04 Mean, sum, none, and weights"),
)
def mean_over_classes(case):
    if case.K > 2 and case.classes and case.name in (None, "cross_entropy"):
        text = f"cross_entropy(outputs, targets) divided by the K = {case.K} classes"
        note = f"or by {case.K} steps or ranks: the loss's own code tells"
        return trial({text: lambda c: divided(class_rows(c, c.x), c.K)}, apart=10, rare=True, note=note)


@mistake(
    title="A mean of the sequences' means",
    why=(
        "A token of a short sequence, or of a rank with much padding, counts for more: loss, gradient and perplexity "
        "depend on how the batch was cut."
    ),
    fix=(
        "loss = F.cross_entropy(logits, targets, reduction='sum', ignore_index=-100) "
        "/ (targets != -100).sum()  # one sum over all, also over ranks"
    ),
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
        some = counts > 0
        return Formula(
            f"the mean of the means of {count} sequences or ranks", lambda c: (sums[some] / counts[some]).mean()
        )

    total = f"F.cross_entropy(logits, targets, reduction='sum', ignore_index={case.ignore_index})"
    fix = f"loss = {total} / (targets != {case.ignore_index}).sum()  # one sum over all, also over ranks"
    return Trial(tuple(mean_of(count) for count in cuts), apart=30, rare=True, fix=fix)

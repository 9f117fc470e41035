"""Mistakes: What the values of the outputs alone betray about the last layer."""

import math

import torch

from helpers.clinic.evidence import Evidence, doubt, range_text, trial
from helpers.clinic.metrics import agreement, auc, right_scores
from helpers.clinic.mistakes import sequences
from helpers.clinic.numbers import class_rows
from helpers.clinic.record import mistake
from helpers.inputs import inner_probs

FEW = 32  # of so few outputs nothing is concluded
MANY_VALUES = 9  # fewer different ones are an example that somebody wrote down
WHOLE_TYPES = (torch.int8, torch.uint8, torch.int16, torch.int32)
CLIPPED_AT = (1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2)


def drawn(case):
    return len(case.batch.sample.x[:256].unique()) >= MANY_VALUES


@mistake(
    title="1 − m and m of a margin m",
    why="""Boosters give [1 − m, m] where their loss has no probabilities: the columns sum to 1 and leave [0, 1].
    Their softmax has the slope 2m − 1, not m.""",
    fix="logits = torch.stack([0 * m, m], dim=1)  # m = outputs[:, 1]",
    read=("02 Any number of labels, or exactly one",),
)
def complement_columns(case):
    # Five rows of two free numbers don't sum to 1 by chance.
    if case.K != 2 or case.n < 5 or not case.finite or case.unit_interval:
        return None
    sums = case.x.double().sum(-1)
    if bool(((sums - 1).abs() <= 1e-6 * case.x.abs().amax(-1).clamp(min=1) + 2 * case.rough).all()):
        return f"all {case.n} rows of two columns sum to 1, and they reach from {case.low:.4g} to {case.high:.4g}"


@mistake(
    title="Whole numbers: a quantised output",
    why="The integers of a quantised model are steps of a scale: as logits they are far too sure.",
    fix="logits = (q.float() - zero_point) * scale",
    read=("02 One threshold, three units",),
)
def quantised_outputs(case):
    if case.x.numel() < FEW or not case.finite:
        return None
    if case.unit_interval and not case.hard and drawn(case):
        for steps in (255, 256):
            scaled = case.batch.sample.x * steps
            between = (scaled > 0.5) & (scaled < steps - 0.5)  # sure probabilities are next to 0 and 1 in any case
            if int(between.sum()) >= FEW and bool(((scaled - scaled.round()).abs() < 1e-3).all()):
                return doubt(f"all outputs are multiples of 1/{steps}: what was less than half of that is 0")
    # Whole numbers close together may be an example that somebody wrote down, or votes.
    if case.high - case.low < 3 or not bool((case.batch.sample.x == case.batch.sample.x.round()).all()):
        return None
    text = f"all {case.x.numel()} outputs are whole numbers from {case.low:g} to {case.high:g}"
    if case.raw.dtype in WHOLE_TYPES:
        return f"{text}, of {case.raw.dtype}"
    # int8 and uint8 have 256 steps, of which a quantised layer uses most.
    return doubt(text) if case.high - case.low > 20 and drawn(case) else None


@mistake(
    title="Percentages, or probabilities times 255",
    why="As logits they are far too sure, and their logarithms are those of probabilities plus a constant.",
    fix="logits = (logits / logits.sum(dim=1, keepdim=True)).clamp_min(1e-6).log()",
    read=("01 Second column: softmax",),
)
def scaled_probabilities(case):
    if case.K < 2 or case.x.numel() < FEW or not case.finite or case.low < 0 or case.high < 2:
        return None
    sums = case.x.sum(-1)
    # Percentages are rounded to a few digits; of bytes each of some classes is rounded to a whole one.
    for total, error in ((100, 0.1), (255, 3), (256, 3)):
        if bool(((sums - total).abs() <= error + 4 * case.rough * total).all()):
            return f"all {case.n} rows of outputs are without a minus and sum to {total}"


@mistake(
    title="ReLU after the last layer",
    why="No logit is below 0, so no σ is below one half; where all logits of a row are 0, no gradient comes back.",
    fix="logits = layer(x)  # no activation after the last layer",
    read=("02 One threshold, three units",),
)
def relu_at_the_end(case):
    if case.x.numel() < FEW or not case.finite or case.low != 0 or case.high <= 1 or case.unit_interval:
        return None
    zeros = (case.batch.sample.x == 0).float().mean().item()
    # About half are 0 after a ReLU. Fewer may be a mask's, and more a sparse count.
    if 0.2 < zeros < 0.98 and drawn(case):
        return doubt(f"no output is below 0, {100 * zeros:.0f} % are exactly 0, and they reach {case.high:.4g}")


@mistake(
    title="Outputs held within −1 and 1",
    why="""tanh, and cosines without a scale, give logits that lie at most 2 apart: a softmax of K classes can't be
    surer than e²/(e² + K − 1), and the loss stops above 0.""",
    fix="logits = scale * cosines  # with a scale of 10 to 64, or no tanh after the last layer",
    read=("04 Softmax twice", "01 Second column: softmax"),
)
def held_within_one(case):
    if case.x.numel() < FEW or not case.finite or not -1.001 <= case.low < 0 < case.high <= 1.001:
        return None
    # A square of pairs is cosines whatever its range; other outputs so close to 0 are an untrained layer's.
    if not case.diagonal and (case.low > -0.05 or case.high < 0.5):
        return None
    x = case.batch.sample.x
    near = (x.abs() > 0.9).float().mean().item()
    # tanh saturates: many outputs near both ends. Cosines and logits are rare there.
    if near > 0.15 and case.low < -0.9 and case.high > 0.9 or near > 0.5:
        return doubt(f"{range_text(case)}, {100 * near:.0f} % of them beyond ±0.9: a tanh?")
    # Logits of a network that is right this often have left [−1, 1], unless something holds them there.
    trained = case.K > 2 and case.index is not None and case.sound_targets and case.row_accuracy > 0.6
    if trained and case.explained:
        right = f"{100 * case.row_accuracy:.0f} % of the winners are right"
        return doubt(f"{range_text(case)}, though {right}: cosines without a scale?")
    # Rows of a norm of 1 at most are embeddings, which belong in [−1, 1].
    norms = (case.x.norm(dim=-1) <= 1.001).all()
    if case.targets is None and case.high > 0.7 and not norms:
        return doubt(f"{range_text(case)}: cosines without a scale?")


@mistake(
    title="A softmax of a softmax",
    why="Another softmax of probabilities lets none be above e/(e + K − 1): every answer looks unsure.",
    fix="probs = torch.softmax(logits, dim=1)  # once; the model's output may be probabilities already",
    read=("04 Softmax twice", "08 Exhibit 1"),
)
def softmax_of_softmax(case):
    if case.form != "softmax" or case.K < 3 or case.n < 4 or case.low <= 0:
        return None
    inner = inner_probs(case.x, 1e-5 + 4 * case.rough)
    if inner is not None:
        top = math.e / (math.e + case.K - 1)
        text = f"no output is above e/(e + K − 1) = {top:.4f} (the largest is {case.high:.4f})"
        return doubt(f"{text}, and their logarithms are probabilities once more, up to {inner.max():.3f}")


def are_class_numbers(case):
    """Whether one output a row is the number of a class, as its target is."""
    # Sixteen whole numbers between 0 and a few are no chance; a regression's outputs are not whole.
    if case.K > 1 or case.share is None or case.n < 16 or not case.finite or case.low < 0:
        return False
    low, high = (bound.item() for bound in case.share.aminmax())
    whole = all(bool((each == each.round()).all()) for each in (case.x, case.share))
    return whole and low >= 0 and 1 < high < 1000 and case.high <= high


@mistake(
    title="A sigmoid of a sigmoid",
    why="The sigmoid of a probability lies between 0.5 and 0.731: every answer is yes at a threshold of one half.",
    fix="probs = torch.sigmoid(logits)  # once; the model's output may be probabilities already",
    read=("05 Probabilities into with_logits", "08 Exhibit 2"),
)
def sigmoid_of_sigmoid(case):
    # The sigmoid of [0, 1] reaches from 0.5 to 0.7311; sigmoids of unsure logits may lie there, but not fill it.
    if case.x.numel() < FEW or not case.finite or not 0.5 <= case.low < 0.53 or not 0.7 < case.high <= 0.7311:
        return None
    if drawn(case):
        return doubt(f"{range_text(case)}, as sigmoids of numbers from 0 to 1 do")


@mistake(
    title="Decisions instead of outputs",
    why="Of 0 and 1 no loss has a slope, and no threshold is left to choose.",
    fix="loss = F.cross_entropy(logits, targets)  # before argmax, round or > 0.5",
    read=("02 Thresholds in pictures", "08 Exhibit 3"),
)
def hard_outputs(case):
    if are_class_numbers(case):
        kinds = f"whole numbers from 0 to {case.high:g}, and so are the targets"
        return doubt(f"one output a row, all {case.n} are {kinds}: an argmax before, class numbers?")
    if case.hard and case.x.numel() >= FEW and case.low < case.high and case.target_form != "stray":
        half = case.raw.dtype in (torch.float16, torch.bfloat16)
        why = "a sigmoid rounds to that in a half type, too" if half else "an argmax or a threshold before?"
        fix = "loss = F.binary_cross_entropy_with_logits(logits, targets)  # before round or > 0.5"
        return doubt(f"all {case.x.numel()} outputs are exactly 0 or 1: {why}", fix if case.labels else None)


@mistake(
    title="Clipped probabilities",
    why="At the clip a loss has no slope: what is sure and wrong stays so, and costs the same however wrong it is.",
    fix="loss = F.binary_cross_entropy_with_logits(logits, targets)  # logits need no clip",
    read=("07 Logits all the way", "05 Where the three forms part"),
)
def clipped_probabilities(case):
    if not case.unit_interval or case.form not in ("sigmoid", "unit", "softmax") or case.x.numel() < FEW:
        return None
    # A float32 that is rounded to 1 lies within half a step of 1 − 1e−7: only a clip's lower end tells it.
    # The lowest output is a power of ten, and more than one row has it: a clip. A single one is chance.
    clip = next((clip for clip in CLIPPED_AT if abs(case.low - clip) <= 1e-3 * clip), None)
    if clip is None or int((case.x <= case.low).sum()) < 2:
        return None
    at = [case.x <= case.low]
    if abs(case.high - (1 - clip)) <= 1e-3 * clip + 6e-8:
        at.append(case.x >= case.high)
    held = sum(int(places.sum()) for places in at)
    text = f"{held} of {case.x.numel()} outputs lie exactly at {clip:g} or 1 − {clip:g}"
    if case.share is None or not case.sound_targets:
        return doubt(text) if case.targets is None else None
    wrong = sum(int((places & ((case.share > 0.5) != (case.x > 0.5))).sum()) for places in at)
    return doubt(f"{text}, {wrong} of them wrong: each costs {-math.log(clip):.1f}") if wrong else None


@mistake(
    title="A class that can't be picked",
    why="Where a whole column is −∞ the class has no probability: a model that never saw it, or a mask of all rows.",
    fix="present = ~(logits == -math.inf).all(dim=0); logits = logits[:, present]",
    read=("05 Masking with −inf",),
)
def absent_classes(case):
    if case.finite or case.infinite or case.K < 2 or case.n < 2:
        return None
    gone = (case.x == -math.inf).all(0).nonzero()[:, 0].tolist()
    if gone and len(gone) < case.K:
        shown = ", ".join(map(str, gone[:8])) + (", …" if len(gone) > 8 else "")
        return doubt(f"the columns {shown} are −∞ in all {case.n} rows")


@mistake(
    title="argmax of one output",
    why="The largest of one number is always number 0: every answer is 0, whatever the output.",
    fix="predicted = (logits > 0).long().squeeze(1)",
    read=("02 Any number of labels, or exactly one", "08 Exhibit 8"),
)
def argmax_of_one_output(case):
    if case.K > 1 or case.n < 8 or not case.finite or case.low == case.high:
        return None
    above = int((case.x > case.threshold).sum())
    if case.predictions is not None and above and bool((case.predictions == 0).all()):
        return f"all {case.n} predictions are 0, and {above} outputs lie above {case.threshold:g}"
    if "accuracy" in case.scores and case.share is not None and case.sound_targets and above:
        came, unit = case.scores["accuracy"]
        zeros = (case.share <= 0.5).float().mean().item()
        right = right_scores(case)["the share of right labels"]
        if case.accuracy_is(zeros) and abs(right - zeros) > unit + 1e-6:
            text = f"the accuracy {came:.4g} is the share of targets 0 = {zeros:.4g}"
            return f"{text}; the share of right labels is {right:.4g}"


@mistake(
    title="Maps flattened before their channels were moved",
    why="reshape(-1, K) of (N, K, H, W) mixes positions of one class into a row: winners are places, not classes.",
    fix="rows = logits.movedim(1, -1).reshape(-1, K)  # of (N, K, H, W)",
    read=("04 Where are the classes?", "03 More than two dims"),
)
def flattened_before_moving(case):
    if len(case.shape) != 2 or case.index is None or case.K < 2 or case.n < FEW or case.batch.large:
        return None
    if not case.sound_targets or not case.finite or case.row_accuracy > 0.6:
        return None
    kept = case.counted
    own = agreement(case.winners[kept], case.index[kept], case.K)
    for pictures in [count for count in range(1, min(case.n // 4, 256) + 1) if case.n % count == 0]:
        moved = case.x.reshape(pictures, case.K, -1).movedim(1, 2).reshape(-1, case.K)
        winners, index = moved.argmax(-1)[kept], case.index[kept]
        # First the cheap measure: without this share of right winners the kappa below can't be reached.
        if (winners == index).float().mean() < 0.4:
            continue
        found = agreement(winners, index, case.K)
        # Far from chance, and far better than as rows: a network that learns badly gains a little either way.
        if found > max(0.4, own + 0.3):
            shape = f"({pictures}, {case.K}, {case.n // pictures})"
            return f"read as {shape} the winners agree with the targets (kappa {found:.2f}), as rows not ({own:.2f})"


@mistake(
    title="No label is ever found",
    why="Where few labels are true, a constant “no” is nearly always right: accuracy says nothing about the rest.",
    fix="recall = ((logits > 0) & (targets == 1)).sum() / targets.sum()  # and lower thresholds, or pos_weight",
    read=("08 Exhibit 10", "05 pos_weight"),
)
def always_no(case):
    if case.target_form != "multi-hot" or case.K < 2 or not case.finite or not case.labels:
        return None
    cut, true = case.threshold, int(case.share.sum())
    # Of fewer labels, or of more frequent ones, no yes is bad luck or an early epoch.
    if case.high > cut or true < 20 or case.x.numel() < 1000 or true > 0.2 * case.x.numel():
        return None
    share = true / case.x.numel()
    text = f"no output is above {cut:g}, and {true} of {case.x.numel()} labels are true"
    text += f": a constant no is right in {1 - share:.4g}"
    if case.decisions is not None and not bool(case.decisions.any()):
        text += ", and no prediction is yes"
        return text if true >= 100 and case.K >= 50 else doubt(text)
    if "accuracy" in case.scores:
        came, _ = case.scores["accuracy"]
        return f"{text}, the accuracy {came:.4g} is no more" if case.accuracy_is(1 - share) else None


@mistake(
    title="An accuracy against one of two mixed labels",
    why="""A mixed picture has two labels: against one of them even a perfect network is right no more often than
    its share.""",
    fix="accuracy = (model(pictures).argmax(dim=1) == targets).float().mean()  # on pictures that are not mixed",
    read=("04 A smoothed loss has a floor",),
)
def accuracy_of_mixed_targets(case):
    if case.target_form != "soft" or "accuracy" not in case.scores or case.n < 8 or case.K < 3:
        return None
    mixed = (case.share > 1e-6).sum(-1) <= 2
    largest = case.share.amax(-1).mean().item()
    if mixed.float().mean().item() > 0.9 and largest < 0.97:
        came, _ = case.scores["accuracy"]
        text = f"rows of targets have two classes, the larger share is {largest:.3f} on average"
        return doubt(f"{text}; the accuracy {came:.4g} is against one of them")


@mistake(
    title="Classes in another order",
    why="""The network tells the classes apart, under other numbers than the targets: names sorted in another way
    (folders by the alphabet, “10” before “2”), classes counted from 1, one left out.""",
    fix="print(torch.stack([logits.argmax(dim=1), targets]).unique(dim=1, return_counts=True))",
    read=("04 What may be a target",),
)
def order_of_classes(case):
    if case.index is None or not 2 <= case.K <= 1000 or case.batch.large or not case.finite:
        return None
    if not case.sound_targets or case.row_accuracy > 0.2 or case.shifts_itself or sequences.labels_shifted.look(case):
        return None
    winners, index = case.winners[case.counted], case.index[case.counted]
    counts = torch.bincount(winners * case.K + index, minlength=case.K**2).view(case.K, case.K)
    own, most = counts.amax(1), counts.argmax(1)
    # A winner of one or two rows may be noise, and says nothing about its class.
    met = counts.sum(1) >= max(3, 0.01 * len(index))
    kinds = int(met.sum())
    # Each winner that is met must mean one class, and each class another winner.
    # Sixteen rows a class: with fewer, some order of the classes fits wrong answers well.
    if len(index) < max(64, 16 * kinds) or kinds < min(case.K, 3) or len(most[met].unique()) < kinds:
        return None
    # A permutation explains nearly all rows; of a confused network it explains half.
    if own[met].sum().item() < 0.85 * len(index):
        return None
    winner_of = dict(zip(most[met].tolist(), met.nonzero()[:, 0].tolist()))
    # Classes that were not met get the columns that are left, so that the line that mends it names each column once.
    left = iter(sorted(set(range(case.K)) - set(winner_of.values())))
    order = [winner_of[k] if k in winner_of else next(left) for k in range(case.K)]
    pairs = ", ".join(f"{winner} for {target}" for target, winner in sorted(winner_of.items())[:4])
    share = f"{100 * own[met].sum().item() / len(index):.0f} % of {len(index)} rows"
    text = f"{100 * case.row_accuracy:.0f} % of the winners are right, but each class has one of its own in {share}"
    fix = f"logits = logits[:, {order}]" if case.K <= 30 and case.dim == 1 else None
    return Evidence(f"{text}: {pairs}{', …' if kinds > 4 else ''}", fix=fix)


@mistake(
    title="Answers the other way round",
    why="The outputs fall where the targets rise: distances or energies for scores, a minus too many, yes for no.",
    fix="logits = -logits",
    read=("02 One threshold, three units",),
)
def answers_reversed(case):
    if case.explained and not case.explained.formula.loss:
        return None  # distances, of which the loss has turned the sign
    told = falling_answers(case)
    if not case.single_label or case.form != "logits" or not case.low < 0:
        return told
    fix = "loss = F.cross_entropy(logits, targets)  # and not -logits"
    otherwise = Evidence(told) if told else None
    rows = {"cross_entropy(−outputs, targets)": lambda c: class_rows(c, -c.x)}
    return trial(rows, rare=True, apart=10, fix=fix, otherwise=otherwise)


def falling_answers(case):
    """Return what shows that the outputs fall where the targets rise, or None."""
    if case.n < 64 or not case.finite or not case.sound_targets or case.hard or case.batch.large:
        return None
    if case.K > 2 and case.index is not None:
        # Next to none are right, fewer than guesses would be: who is only bad is right now and then.
        if case.row_accuracy > 0.05:
            return None
        found = agreement(case.x.argmin(-1)[case.counted], case.index[case.counted], case.K)
        if found > 0.6:
            return f"the smallest outputs agree with the targets (kappa {found:.2f}), the largest don't"
    if case.K == 1 and case.share is not None:
        true = case.share[:, 0] > 0.5
        if min(int(true.sum()), int((~true).sum())) >= 10 and (area := auc(case.x[:, 0], true)) < 0.1:
            return f"the ROC-AUC of the outputs is {area:.3f}: turned round it is {1 - area:.3f}"

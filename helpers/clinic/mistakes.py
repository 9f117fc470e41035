"""The mistakes that the clinic knows, the most frequent first: each a small function from a case to its evidence, or None."""

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F

from helpers.clinic.case import WANTS, Rows, tensor

RATES = (0.1, 0.05, 0.2, 0.01, 0.15, 0.02, 0.3)  # of label smoothing, the most frequent first


class Evidence(NamedTuple):
    """What speaks for a mistake. by_number: the loss or the accuracy that came is the one that this mistake gives."""

    text: str
    sure: bool = True
    by_number: bool = False


@dataclass(frozen=True)
class Mistake:
    """An entry of the table: what its look's name and docstring say, and the look itself."""

    name: str
    title: str
    why: str
    fix: str
    lesson: str
    look: Callable


MISTAKES = []


def mistake(look):
    """Enter a look into the table. It returns text that convicts, an `Evidence`, or None."""
    title, why, notes = inspect.getdoc(look).split("\n\n")
    fix, lesson = (line.partition(": ")[2] for line in notes.split("\n"))
    MISTAKES.append(Mistake(look.__name__, title.removesuffix("."), " ".join(why.split()), fix, lesson, look))
    return look


def doubt(text):
    return Evidence(text, sure=False)


def gives(case, formulas, doubtful=False, apart=0.0):
    """Return the evidence that the loss is one of these wrong formulas, {text: function of a case}, and no right one.

    doubtful: speak up too where the digits are too few to tell it from a right one. apart: how many errors of the loss
    wrong and right must be apart, for formulas with a free number, of which one fits by chance sooner.
    """
    if case.value is None or not math.isfinite(case.value) or not case.sound_targets or (case.large and case.named):
        return None
    clear = not case.from_history or all(
        not 0.5 < number / case.value < 2 for number in case.right.values() if case.value
    )
    few_digits = case.unit > 2e-4 * abs(case.value) + 2e-4
    if case.explained and not (few_digits and doubtful):
        return None
    for formula, compute in formulas.items():
        (computed,) = case.compute(compute)
        error = apart * case.error_of(computed)
        if not case.fits(computed) or any(abs(computed - number) < error for number in case.right.values()):
            continue
        text = f"the loss {case.value:.6g} is {formula} = {computed:.6g}"
        if case.explained:
            if abs(computed - case.right[case.explained]) < 0.1 * case.unit:
                return None
            return Evidence(f"{text}; with so few digits also {case.explained}: give more digits", False, True)
        if case.right:
            right, number = next(iter(case.right.items()))
            text += f"; {right} would be {number:.6g}"
        case.named = formula
        return Evidence(text, clear, True)
    return None


def by(rows, divisor):
    return rows._replace(losses=rows.losses / divisor)


def sums(case):
    return f"all {case.n} rows of outputs lie in [0, 1] and sum to 1"


def unit(case):
    return f"all {case.x.numel()} outputs lie in [{case.low:.3g}, {case.high:.3g}]"


# --- what goes into the loss


@mistake
def softmax_before_cross_entropy(case):
    """Softmax before cross_entropy.

    cross_entropy takes its own softmax. The second one can't be surer than e/(e + K − 1), so the loss stops at
    log(1 + (K − 1)/e) and a confidently wrong row is hardly moved.

    Mend: loss = F.cross_entropy(logits, targets)  # logits: before any softmax
    Read: 04 Softmax twice; 08 Exhibit 1
    """
    if case.K < 2 or case.target_form is None:
        return None
    floor = f"the floor for K = {case.K} is {math.log(1 + (case.K - 1) / math.e):.4f}"
    if case.form == "softmax":
        if case.takes("cross_entropy"):
            return f"{sums(case)}: these are probabilities; {floor}"
        if case.name is None and case.explained is None and case.classes:
            if case.value is None and case.target_form == "indices":
                return f"{sums(case)}, and no loss of torch takes probabilities with class indices; {floor}"
            return doubt(f"{sums(case)}; whether the loss takes its own softmax only its name tells: give loss_fn")
    if case.target_form in ("indices", "one-hot", "soft") and case.name != "kl_div":
        seen = gives(case, {"cross_entropy(softmax(outputs), targets)": lambda c: c.class_rows(c.softmax)}, True)
        return seen and seen._replace(text=f"{seen.text}; {floor}")


@mistake
def sigmoid_before_bce_with_logits(case):
    """Sigmoid before binary_cross_entropy_with_logits.

    The loss takes its own sigmoid, so it never sees a probability below 0.5 or above 0.731: the loss can't fall
    below 0.313 where a label is true and 0.693 where it is not.

    Mend: loss = F.binary_cross_entropy_with_logits(logits, targets)  # logits: before any sigmoid
    Read: 05 Probabilities into with_logits; 08 Exhibit 2
    """
    if not case.labels:
        return None
    if case.takes("binary_cross_entropy_with_logits"):
        if case.form == "sigmoid":
            return f"{unit(case)}, and they explain the targets far better as probabilities than as logits"
        if case.form == "unit" and case.x.numel() >= 64:
            return doubt(f"{unit(case)}: they may be probabilities; logits would have been wanted")
    name = "binary_cross_entropy_with_logits(sigmoid(outputs), targets)"
    return gives(case, {name: lambda c: c.label_rows(c.sigmoid)}, True)


@mistake
def threshold_half_on_logits(case):
    """A threshold of 0.5 on logits.

    The logit that belongs to a probability of 0.5 is 0. A logit of 0.5 is a probability of 0.62: every label
    between is refused, and recall drops.

    Mend: predicted = logits > 0  # or torch.sigmoid(logits) > 0.5
    Read: 02 One threshold, three units; 08 Exhibit 3
    """
    if case.unit_interval or case.form == "log-softmax":
        return None
    asked = decided(case) is not None or (case.labels and "accuracy" in case.scores)
    between = int(((case.x > 0) & (case.x <= 0.5)).sum()) if asked else 0
    if not between:
        return None
    text = f"{between} of {case.x.numel()} outputs lie in (0, 0.5]: probabilities from 0.5 to 0.622 that are refused"
    if same(decided(case), case.x > 0.5) and not same(decided(case), case.x > 0):
        return f"the predictions are outputs > 0.5; {text}"
    if case.labels:
        seen = scored(case, {"the share of (outputs > 0.5) == targets": lambda c: hits(c, 0.5).mean()})
        return seen and seen._replace(text=f"{seen.text}; {text}")


@mistake
def softmax_over_the_wrong_dim(case):
    """Softmax over the wrong dim.

    The entries of another dimension compete: an answer depends on what else is in the batch, and with a batch
    of one every weight is 1.

    Mend: probs = torch.softmax(logits, dim=1)  # the dimension of the classes; keys in attention: dim=-1
    Read: 03 The everyday rule: a batch; 08 Exhibit 4
    """
    dims = case.wrong_dims
    if dims and not (
        case.targets is None and case.low < 1 and set(dims) & {1, len(case.shape) - 1} and len(case.shape) > 2
    ):
        ones = ", all of them exactly 1" if case.low == 1.0 else ""
        return f"outputs {case.shape} sum to 1 along dim {dims[0]}{ones}, not along the {case.K} classes"
    if case.K > 1 and len(case.shape) == 2 and case.classes and case.name != "kl_div":
        return gives(
            case,
            {
                "nll_loss(log_softmax(outputs, dim=0), targets)": lambda c: c.class_rows(c.over_the_batch, False),
                "cross_entropy(softmax(outputs, dim=0), targets)": lambda c: c.class_rows(c.over_the_batch.exp()),
            },
        )


@mistake
def sigmoid_before_cross_entropy(case):
    """Sigmoid before cross_entropy.

    Sigmoids lie between 0 and 1, so the softmax inside the loss can't be surer than e/(e + K − 1): the same
    floor as after a softmax.

    Mend: loss = F.cross_entropy(logits, targets)  # no sigmoid
    Read: 08 The loss-floor detective; 04 Softmax twice
    """
    if case.K < 2 or not case.classes or case.name == "kl_div":
        return None
    if case.takes("cross_entropy"):
        if case.form == "sigmoid":
            return f"{unit(case)}, rows don't sum to 1, and as probabilities they explain the targets far better than as logits"
        if case.form == "unit" and case.x.numel() >= 64:
            return doubt(f"{unit(case)}: they may be sigmoids; logits would have been wanted")
    return gives(case, {"cross_entropy(sigmoid(outputs), targets)": lambda c: c.class_rows(c.sigmoid)})


@mistake
def softmax_before_bce_with_logits(case):
    """Softmax before binary_cross_entropy_with_logits.

    The loss takes a sigmoid of each probability: all become 0.5 to 0.731, and labels that could be true
    together share one unit.

    Mend: loss = F.binary_cross_entropy_with_logits(logits, targets)  # no softmax
    Read: 05 Three wrong pairings; 08 The loss-floor detective
    """
    if case.K < 2 or not (case.labels or case.target_form == "indices"):
        return None
    if case.form == "softmax" and case.labels and case.takes("binary_cross_entropy_with_logits"):
        return f"{sums(case)}: a softmax stands before the loss"
    return gives(
        case, {"binary_cross_entropy_with_logits(softmax(outputs), targets)": lambda c: c.label_rows(c.softmax)}
    )


@mistake
def nll_loss_on_probabilities(case):
    """nll_loss on probabilities: the logarithm is missing.

    The loss is −p, between −1 and 0. It trains, but a row that is confidently wrong has next to no slope.

    Mend: loss = F.cross_entropy(logits, targets)  # or F.nll_loss(F.log_softmax(logits, dim=1), targets)
    Read: 04 Which two functions does cross_entropy replace?; 08 Exhibit 7
    """
    if case.K < 2 or case.target_form != "indices" or case.name == "cross_entropy":
        return None
    if case.name == "nll_loss" and case.unit_interval and case.high > 0:
        return f"{unit(case)}; log-probabilities are never above 0"
    plain = {"log_softmax": False, "smoothing": 0.0}
    formulas = {"nll_loss(softmax(outputs), targets)": lambda c: c.class_rows(c.softmax, **plain)}
    if case.unit_interval:
        formulas = {"nll_loss(outputs, targets)": lambda c: c.class_rows(c.x, **plain)}
    return gives(case, formulas)


@mistake
def nll_loss_on_logits(case):
    """nll_loss on logits: log_softmax is missing.

    The loss is the negative logit of the target, which has no lower bound: it falls for ever by making all
    logits larger.

    Mend: loss = F.cross_entropy(logits, targets)
    Read: 04 Which two functions does cross_entropy replace?; 08 Exhibit 7
    """
    if case.K < 2 or case.target_form != "indices" or case.name == "cross_entropy" or case.unit_interval:
        return None
    if case.name == "nll_loss" and case.form == "logits" and (case.finite or case.high > 0.01):
        return f"outputs reach {case.high:.4g} and their exponentials don't sum to 1 in every row: no log-probabilities"
    if case.form == "logits":
        return gives(
            case, {"nll_loss(outputs, targets)": lambda c: c.class_rows(c.x, log_softmax=False, smoothing=0.0)}
        )


@mistake
def logits_into_binary_cross_entropy(case):
    """Logits into binary_cross_entropy.

    Without 'with_logits' the loss takes probabilities; torch refuses values outside [0, 1].

    Mend: loss = F.binary_cross_entropy_with_logits(logits, targets)
    Read: 05 Where the three forms part; 08 Exhibit 2
    """
    if case.name == "binary_cross_entropy" and case.finite and not case.unit_interval:
        return f"outputs reach from {case.low:.4g} to {case.high:.4g}"


@mistake
def probabilities_as_logits(case):
    """Probabilities given as logits.

    p is no logit, log p is one: the softmax of probabilities is nearly uniform.

    Mend: F.gumbel_softmax(probs.log())  # Categorical(probs=probs), or logits=probs.log()
    Read: 01 Second column: softmax; 08 Exhibit 1
    """
    if case.form == "softmax" and case.name == "gumbel_softmax":
        return sums(case)


# --- targets


def fault(case, name):
    """Return what the shapes and types have shown already, unless the loss that came shows it mended."""
    if name in case.faults and not case.explained:
        return case.faults[name] + (f". torch says: {case.error}" if case.error else "")


@mistake
def class_dim_not_second(case):
    """The classes are not dimension 1.

    cross_entropy and nll_loss take dimension 1 for the classes, whatever the number of dimensions. Where the
    sizes happen to agree, positions compete instead of classes, silently.

    Mend: loss = F.cross_entropy(logits.movedim(-1, 1), targets)
    Read: 04 Where are the classes?; 03 More than two dims
    """
    if "class_dim_last" in case.faults:
        return fault(case, "class_dim_last")
    if case.dim != 1 or case.index is None or case.K == 1 or not case.sound_targets or case.kept is not None:
        return None
    if len(case.shape) < 3 or case.shape[:1] + case.shape[2:] != case.shape[:-1]:
        return None
    last = agreement(case.whole.argmax(-1).reshape(-1), case.index, case.K)
    here = agreement(case.winners, case.index, case.K)
    if last > max(0.3, here + 0.2):
        return (
            f"the largest along the last dimension agree with the targets (kappa {last:.2f}), those along dimension 1 don't "
            f"(kappa {here:.2f}); both have {case.K} entries, so nothing is refused"
        )


def agreement(winners, targets, num_classes):
    """Return Cohen's kappa: 1 if all winners are the targets, 0 for chance, also that of a constant answer.

    Where so few rows could agree by chance it is 0.
    """
    n, shares = len(targets), [torch.bincount(each, minlength=num_classes).double() for each in (winners, targets)]
    by_chance = min((shares[0] @ shares[1]).item() / n**2, 1 - 1 / n)
    kappa = ((winners == targets).double().mean().item() - by_chance) / (1 - by_chance)
    return kappa if kappa > 4.5 * math.sqrt(by_chance / (n * (1 - by_chance))) else 0.0


@mistake
def reshaped_instead_of_moved(case):
    """reshape where the class dimension had to be moved.

    reshape keeps the order in memory: a row of what comes out mixes several positions of one class.

    Mend: loss = F.cross_entropy(logits.movedim(1, -1).reshape(-1, K), targets.reshape(-1))
    Read: 04 Where are the classes?; 03 More than two dims
    """
    if len(case.shape) > 2 and case.index is not None and case.dim == 1 and not case.large:
        mixed = case.whole.reshape(-1, case.K)
        return gives(
            case, {"cross_entropy(outputs.reshape(−1, K), targets.reshape(−1))": lambda c: c.class_rows(mixed)}
        )


@mistake
def targets_in_a_column(case):
    """Class indices in a column (N, 1).

    cross_entropy wants (N,) and refuses a column; other losses broadcast it to (N, N).

    Mend: loss = F.cross_entropy(logits, targets.squeeze(1))
    Read: 04 Targets; 08 Exhibit 5
    """
    return fault(case, "targets_in_a_column")


@mistake
def float_class_indices(case):
    """Class indices as floats.

    cross_entropy wants int64 indices: floats would mean class probabilities, of the shape of the outputs.

    Mend: loss = F.cross_entropy(logits, targets.long())
    Read: 04 Targets; 08 Exhibit 5
    """
    return fault(case, "float_class_indices")


@mistake
def shapes_broadcast(case):
    """(N, 1) against (N,): sizes that broadcast to (N, N).

    Each output is compared with each target. The loss is best where all outputs are the share of true targets,
    so the network learns nothing else.

    Mend: loss = F.binary_cross_entropy_with_logits(logits.squeeze(1), targets)
    Read: 05 Shapes: does it broadcast?; 08 Exhibit 5
    """
    if case.K > 1 or case.n < 2 or not case.labels:
        return None
    seen = gives(
        case,
        {
            "the mean of an (N, N) matrix": lambda c: F.softplus(c.x).mean() - c.x.mean() * c.share.mean(),
            "the mean of an (N, N) matrix of probabilities' losses": lambda c: crossed(c),
        },
    )
    return seen or fault(case, "shapes_broadcast")


def crossed(case):
    p, y = case.x, case.share.mean()
    if not case.unit_interval:
        return torch.tensor(math.nan)
    return -(y * p.log().clamp_min(-100).mean() + (1 - y) * (1 - p).log().clamp_min(-100).mean())


@mistake
def integer_targets(case):
    """Integer targets where floats are wanted.

    Targets of the outputs' shape are probabilities, and those are floats: torch refuses integers.

    Mend: loss = F.binary_cross_entropy_with_logits(logits, targets.float())
    Read: 04 Targets; 08 Exhibit 5
    """
    whole = case.share is not None and not case.targets.is_floating_point()
    if whole and case.name and (case.error or case.value is None):
        return f"targets {tuple(case.targets.shape)} are {case.targets.dtype}. torch says: {case.error}"


@mistake
def class_indices_into_bce(case):
    """Class indices into a loss for labels.

    A binary loss asks K yes-or-no questions and wants K answers a row; class indices belong to cross_entropy.

    Mend: loss = F.cross_entropy(logits, targets)
    Read: 05 Step 2: multi-hot targets; 08 Exhibit 5
    """
    if case.index is not None and case.K > 1 and case.name and case.name.startswith("binary"):
        return (
            f"targets {tuple(case.targets.shape)} for outputs {case.shape}: one index a row, want {case.K} labels a row"
        )


@mistake
def targets_out_of_range(case):
    """Class indices outside 0 … K − 1.

    torch refuses them on the CPU and kills the kernel on a GPU; by hand, an index of −1 silently takes the last
    class.

    Mend: targets = targets - 1  # if the classes count from 1; to leave rows out: ignore_index=-1
    Read: 04 A target of −1; 08 Exhibit 5
    """
    if case.index is not None and case.stray.numel() and not (case.K == 1 and case.name in ("cross_entropy", None)):
        low, high = case.stray.min().item(), case.stray.max().item()
        return f"{case.stray.numel()} of {case.n} targets are none of 0 … {case.K - 1}: from {low} to {high}"


@mistake
def arguments_swapped(case):
    """Outputs and targets swapped.

    The losses take (outputs, targets). The other way round the loss has no lower bound and is negative sooner
    or later.

    Mend: loss = F.binary_cross_entropy_with_logits(logits, targets)  # outputs first
    Read: 05 Steps 6 and 7: the mean, and its negative; 08 Exhibit 7
    """
    if case.share is None or case.name == "kl_div":
        return None
    if case.hard and case.x.numel() > 3 and case.target_form == "stray":
        return (
            f"the outputs are all 0 or 1, and the targets reach from {case.share.min():.4g} to {case.share.max():.4g}"
        )
    if not case.sound_targets:
        return None
    name = "binary_cross_entropy_with_logits(targets, outputs)"
    formulas = {name: lambda c: Rows((F.softplus(c.share) - c.x * c.share).mean(-1), None, c.K)}
    if case.K > 1:
        formulas["cross_entropy(targets, outputs)"] = lambda c: Rows(-(c.x * c.share.log_softmax(-1)).sum(-1))
    return gives(case, formulas)


@mistake
def targets_outside_0_1(case):
    """Binary targets outside [0, 1].

    For such a target the loss has no lower bound: it falls below 0 and goes on falling, and the gradient never
    ends.

    Mend: targets = targets / 255  # for −1 and 1: (targets + 1) / 2; for a mask: (targets > 0).float()
    Read: 05 Step 2: multi-hot targets; 08 Exhibit 7
    """
    if case.target_form != "stray" or (case.name and case.name not in WANTS) or case.name == "kl_div":
        return None
    if case.hard and case.x.numel() > 3:
        return None
    kinds = case.share.reshape(-1)[:4096].unique()
    values = ", ".join(f"{value:.4g}" for value in kinds[:4].tolist()) + (", …" if len(kinds) > 4 else "")
    text = f"targets are {values}: from {case.share.min():.4g} to {case.share.max():.4g}"
    if case.value is not None and case.value < 0:
        return f"{text}, and the loss {case.value:.6g} is negative"
    known = case.name or len(kinds) <= 4 or (case.share.max() > 1 and bool((case.share == case.share.round()).all()))
    return text if known else doubt(f"{text}; a regression would have such targets")


@mistake
def multi_hot_into_cross_entropy(case):
    """Multi-hot targets into cross_entropy.

    cross_entropy takes rows of floats for class probabilities and does not check that they sum to 1: m true
    labels share one softmax, and the loss can't fall below m·ln m.

    Mend: loss = F.binary_cross_entropy_with_logits(logits, targets)
    Read: 05 Softmax for two true labels; 08 Exhibit 6
    """
    if case.target_form not in ("multi-hot", "shares") or case.K < 2:
        return None
    true = case.share.sum(-1)
    if not bool((true > 1 + case.sum_error).any()):
        return None
    seen = gives(case, {"cross_entropy(outputs, targets)": lambda c: c.class_rows(c.x)})
    if case.name == "cross_entropy" or seen:
        floor = torch.special.xlogy(true, true).mean() - torch.special.xlogy(case.share, case.share).sum(-1).mean()
        text = f"rows of targets have up to {true.max():.3g} in all; the loss can't fall below {floor:.4f}"
        return seen._replace(text=f"{seen.text}; {text}") if seen else text


@mistake
def softmax_for_multi_label(case):
    """Softmax for labels that can be true together.

    A softmax has one unit to give away: of two true labels each gets one half at best.

    Mend: loss = F.binary_cross_entropy_with_logits(logits, targets)  # and torch.sigmoid(logits) for probabilities
    Read: 05 Softmax for two true labels; 08 Exhibit 6
    """
    if case.target_form != "multi-hot" or case.K < 2 or not case.labels:
        return None
    several = int((case.share.sum(-1) > 1).sum())
    if not several:
        return None
    if case.form == "softmax" and not case.takes("binary_cross_entropy_with_logits"):
        return f"{sums(case)}, but {several} of {case.n} rows of targets have several true labels"
    return gives(case, {"binary_cross_entropy(softmax(outputs), targets)": lambda c: c.prob_rows(c.softmax)})


@mistake
def bce_on_softmax(case):
    """Binary cross-entropy on the outputs of a softmax.

    One class of K is asked for as if K questions were: the loss is divided by K, and the accuracy that comes
    with it counts the many right zeros.

    Mend: loss = F.cross_entropy(logits, targets)
    Read: 05 Three wrong pairings; 08 Exhibit 10
    """
    if case.K < 3 or case.target_form not in ("indices", "one-hot"):
        return None
    if case.form == "softmax" and case.target_form == "one-hot" and case.takes("binary_cross_entropy"):
        return f"{sums(case)}, and one class a row is true"
    probs = (lambda c: c.x) if case.form == "softmax" else (lambda c: c.x.float().softmax(-1))
    return gives(case, {"binary_cross_entropy(softmax(outputs), one-hot targets)": lambda c: c.prob_rows(probs(c))})


@mistake
def softmax_over_one_output(case):
    """Softmax over a single output.

    The softmax of one number is 1: sure of everything, a loss of 0 from the first step, and a gradient of 0.

    Mend: loss = F.binary_cross_entropy_with_logits(logits.squeeze(1), targets.float())
    Read: 02 Any number of labels, or exactly one; 08 Exhibit 8
    """
    if case.K == 1 and case.dim is not None and case.name in ("cross_entropy", "nll_loss"):
        return f"outputs {case.shape}: one class; its probability is 1 whatever the output"
    if (
        case.dim == 0
        and len(case.shape) == 1
        and case.name == "cross_entropy"
        and case.share is not None
        and case.share.sum() > 1
    ):
        return f"outputs {case.shape} without a batch are one row with {case.K} classes, and its targets sum to {case.share.sum():.4g}"
    if case.K == 1 and case.n >= 2 and case.targets is not None:
        if case.low == case.high == 1.0:
            return f"all {case.n} outputs are exactly 1"
        varied = case.finite and case.low < case.high
        if case.value == 0.0 and varied and not case.explained and case.name is None:
            return f"one output a row, {case.n} rows, and a loss of exactly 0"


@mistake
def all_ignored(case):
    """Every target is ignored.

    The mean over no rows is 0/0 = NaN. A masked mean by hand, (loss * mask).sum() / mask.sum(), has a NaN
    gradient too and poisons the weights.

    Mend: loss = F.cross_entropy(logits, targets, reduction='sum') / (targets != -100).sum().clamp(min=1)
    Read: 04 A target of −1; 08 Exhibit 5
    """
    if case.kept is not None and not bool(case.kept.any()):
        return f"all {case.n} targets are {case.ignore_index}"


@mistake
def one_class_only(case):
    """All targets are one class.

    A constant answer is perfect here: loss 0 and accuracy 100 % say nothing. Often a folder was read one level
    too high.

    Mend: print(targets.unique(return_counts=True))
    Read: 08 Exhibit 10; 04 Targets
    """
    if case.index is None or case.n < 16 or case.K < 2 or not case.sound_targets:
        return None
    kept = case.index if case.kept is None else case.index[case.kept]
    if len(kept) >= 16 and bool((kept == kept[0]).all()):
        text = f"all {len(kept)} targets are {label(case, kept[0].item())}, of {case.K} classes"
        if len(kept) >= 100 and case.K >= 10 or len(kept) >= 200 and case.K >= 3 or len(kept) >= 1000:
            return text
        return doubt(f"{text}; with rare classes a batch of this size may be so")


def label(case, index):
    names = case.given.get("labels")
    return f"class {index}" + (f" ({names[index]})" if names is not None else "")


# --- values that spoil a loss


@mistake
def nan_outputs(case):
    """NaN or infinity in the outputs.

    One NaN makes the mean NaN, and after one step every weight.

    Mend: torch.autograd.set_detect_anomaly(True)  # names the operation that made it
    Read: 07 What it costs, and what to use instead; 05 Masking with −inf
    """
    if not case.finite:
        nans, infs = int(case.x.isnan().sum()), int(case.x.isposinf().sum())
        if nans or infs:
            return f"{nans} outputs are NaN and {infs} are +inf, of {case.x.numel()}"


@mistake
def masked_rows(case):
    """Rows that are masked entirely.

    A softmax over nothing but −inf is 0/0 = NaN, and its gradient poisons the network.

    Mend: keep = ~(logits == -math.inf).all(dim=1); loss = F.cross_entropy(logits[keep], targets[keep])
    Read: 05 Masking with −inf; 03 What you would notice in practice
    """
    if not case.finite and case.K > 1:
        empty = int((case.x == -math.inf).all(-1).sum())
        if empty:
            return f"{empty} of {case.n} rows of outputs are −inf throughout"


@mistake
def minus_infinity_in_the_loss(case):
    """−inf where the loss needs a number.

    0·(−inf) is NaN: a mask of −inf goes with class indices only, never with class probabilities, smoothing or a
    binary loss; and no target may be a masked class.

    Mend: logits = logits.masked_fill(mask, -1e4)  # or drop the masked entries from the loss
    Read: 05 Masking with −inf; 04 Label smoothing
    """
    masked = case.x == -math.inf if not case.finite else None
    if masked is None or case.targets is None or not bool(masked.any()) or not case.sound_targets:
        return None
    if case.form == "softmax" or bool(masked.all(-1).any()):
        return None
    count = f"{int(masked.sum())} outputs are −inf"
    if case.index is not None:
        hit = int(
            masked.gather(1, case.one_hot.argmax(-1, keepdim=True))[:, 0]
            .logical_and(case.kept if case.kept is not None else torch.tensor(True))
            .sum()
        )
        if hit:
            return f"{count}, and {hit} targets are such a class: their loss is inf"
        if case.smoothing or (case.value is not None and case.value == math.inf):
            return f"{count}, and label smoothing gives each of them a share: the loss is inf"
        return None
    what = "class probabilities" if case.classes and not (case.value is None and case.labels) else "a binary loss"
    return f"{count}; with {what} 0·(−inf) is NaN"


@mistake
def logarithm_of_zero(case):
    """The logarithm of a probability that is exactly 0.

    log 0 is −inf and 0·log 0 is NaN. Probabilities underflow to 0; their logarithms don't, if they are never
    left.

    Mend: log_probs = F.log_softmax(logits, dim=1)  # for an entropy: torch.special.entr(probs).sum(-1)
    Read: 07 The plaster: torch.logit(p, eps); 04 Step 3: log_softmax
    """
    if case.value is not None and not math.isfinite(case.value) and case.unit_interval:
        zeros, ones = int((case.x == 0).sum()), int((case.x == 1).sum())
        if zeros or (ones and case.labels):
            return f"the loss is {case.value}, and of {case.x.numel()} probabilities {zeros} are exactly 0, {ones} exactly 1"


@mistake
def exponential_overflow(case):
    """A sigmoid or softmax that leaves its float type.

    In float16 a sigmoid is 1 from 8.32 on and e^x is inf from 11.1 on; in float32 from 16.6 and 88.7. The
    logarithm of what is left is inf or NaN.

    Mend: loss = F.cross_entropy(logits.float(), targets)  # or F.logsigmoid: stay with logits
    Read: 07 In the other float types; 04 Subtract the largest
    """
    if (
        case.value is None
        or math.isfinite(case.value)
        or not case.finite
        or case.unit_interval
        or not case.sound_targets
    ):
        return None
    kind = str(case.raw.dtype).removeprefix("torch.") if case.raw.is_floating_point() else "float32"
    one, over = {"float16": (8.32, 11.09), "bfloat16": (6.24, 88.7), "float64": (36.7, 709.8)}.get(kind, (16.64, 88.7))
    if case.high >= over or case.high >= one and case.labels or case.high - case.low > over:
        return f"the loss is {case.value}, and in {kind} outputs reach from {case.low:.4g} to {case.high:.4g} (σ is 1 from {one}, e^x inf from {over})"


@mistake
def bce_of_rounded_sigmoid(case):
    """binary_cross_entropy of a sigmoid that was rounded to 0 or 1.

    What σ has rounded away no loss brings back: a sure mistake costs 100 whatever the logit, and has no
    gradient.

    Mend: loss = F.binary_cross_entropy_with_logits(logits, targets)
    Read: 05 Where the three forms part; 07 What it costs, and what to use instead
    """
    if not case.labels or case.unit_interval or not case.finite:
        return None
    if max(-case.low, case.high) < 6:
        return None

    def rounded(dtype):
        return lambda c: c.prob_rows(c.x.to(dtype).sigmoid().to(c.x.dtype))

    name = "binary_cross_entropy(sigmoid(outputs), targets)"
    kinds = {f"{name} in {dtype}": rounded(dtype) for dtype in {case.whole.dtype: 0, torch.float32: 0}}
    return gives(case, {name: rounded(case.raw.dtype)} if case.rough else kinds)


@mistake
def masked_by_multiplication(case):
    """A mask that multiplies logits by 0.

    0 is a logit like any other: what was to be left out keeps its share of the softmax.

    Mend: logits = logits.masked_fill(mask == 0, -math.inf)
    Read: 03 What you would notice in practice; 05 Masking with −inf
    """
    if case.form != "logits" or not case.finite or not case.low < 0 < case.high or case.K < 3:
        return None
    x = case.sample.x
    zero = x == 0
    if len(x) > 1:
        zero = zero & ~zero.all(0) & ~zero.all(-1, keepdim=True)
    count = int(zero.sum())
    rest = x[x != 0]
    if count >= 2 and count >= 0.02 * x.numel() and bool((rest * 4 != (rest * 4).round()).float().mean() > 0.5):
        text = f"{count} of {x.numel()} outputs are exactly 0, scattered among others from {case.low:.3g} to {case.high:.3g}"
        return text if rest.min() < 0 < rest.max() else None


# --- how the loss was reduced


@mistake
def label_smoothing_unsaid(case):
    """Label smoothing: a loss that can't reach 0.

    The smoothed target has an entropy of its own, below which no network comes. Compare losses only with the
    same ε.

    Mend: F.cross_entropy(logits, targets)  # without smoothing, to compare; or subtract the floor
    Read: 04 Label smoothing; 08 Exhibit 12
    """
    if not case.classes or case.smoothing or case.K < 2 or case.name in ("nll_loss", "kl_div"):
        return None

    def smoothed(rate):
        return lambda c: c.class_rows(c.x, smoothing=rate)

    for rate in RATES:
        seen = gives(case, {f"cross_entropy(outputs, targets, label_smoothing={rate})": smoothed(rate)}, apart=10)
        if seen:
            return seen._replace(text=f"{seen.text}; its floor for K = {case.K} is {smoothing_floor(case.K, rate):.4f}")


def smoothing_floor(num_classes, rate):
    """Return the entropy of a smoothed one-hot target, in nats."""
    true, rest = 1 - rate + rate / num_classes, rate / num_classes
    return -sum(p * math.log(p) * times for p, times in ((true, 1), (rest, num_classes - 1)) if p > 0)


@mistake
def ignored_rows_counted(case):
    """Ignored rows counted in the mean.

    The sum was divided by all rows, also by those that count for nothing: the loss depends on how much padding
    a batch has.

    Mend: loss = F.cross_entropy(logits, targets, ignore_index=-100)  # divides by the rows that count
    Read: 04 Mean, sum, none, and weights; 04 A target of −1
    """
    if case.kept is not None and case.K > 1:
        return gives(
            case,
            {"the sum of the losses by the number of all rows": lambda c: c.class_rows(c.x)._replace(weights=None)},
        )


@mistake
def weights_and_smoothing(case):
    """Label smoothing reduced in another way than torch's.

    In torch class weights multiply the smoothed part too, and ignored rows have none. Another convention has
    another floor and another best p.

    Mend: loss = F.cross_entropy(logits, targets, weight=weight, label_smoothing=0.1)
    Read: 04 Label smoothing; 04 Mean, sum, none, and weights
    """
    if not case.smoothing or case.index is None or (case.weight is None and case.kept is None) or case.K < 2:
        return None

    def mixed(c, unweighted, counted):
        hard, weights, _ = c.class_rows(c.x, smoothing=0.0)
        total = c.n if weights is None else weights.sum()
        uniform = -c.x.log_softmax(-1) * (1 if c.weight is None or unweighted else c.weight)
        uniform = uniform.mean(-1)
        uniform = uniform if c.kept is None or counted else uniform.where(c.kept, 0)
        count = c.n if counted or c.kept is None else c.kept.sum()
        soft = uniform.mean() if counted and unweighted else uniform.sum() / (count if unweighted else total)
        return (1 - c.smoothing) * hard.sum() / total + c.smoothing * soft

    formulas = {}
    if case.weight is not None:
        formulas["(1 − ε)·weighted + ε·unweighted uniform part"] = lambda c: mixed(c, True, False)
    if case.kept is not None:
        formulas["a uniform part that counts the ignored rows"] = lambda c: mixed(c, case.weight is None, True)
        formulas["a uniform part summed over all rows"] = lambda c: mixed(c, False, True)
    return gives(case, formulas)


@mistake
def weights_divided_by_rows(case):
    """Class weights: another divisor than torch's.

    torch divides the weighted sum by the sum of the targets' weights, not by the number of rows. Both are
    means; they can't be compared, and the learning rate differs.

    Mend: loss = F.cross_entropy(logits, targets, weight=weight)  # sum(w·l) / sum(w)
    Read: 04 Mean, sum, none, and weights; 04 Exercises
    """
    if case.weight is None or case.index is None or case.K < 2 or not case.classes:
        return None

    def by_rows(c):
        return c.class_rows(c.x)._replace(weights=None if c.kept is None else c.kept.float())

    return gives(
        case,
        {
            "sum(w·l) / N": by_rows,
            "the mean without weights": lambda c: c.class_rows(c.x, weighted=False),
        },
    )


@mistake
def mean_of_means(case):
    """A mean of the batches' means.

    A row of a short batch counts for more: loss, gradient and perplexity depend on where the batches were cut.

    Mend: loss = sum(F.cross_entropy(x, t, reduction='sum') for x, t in batches) / sum(len(t) for _, t in batches)
    Read: 04 Mean, sum, none, and weights; 04 Exercises
    """
    sizes = case.given.get("batch_sizes")
    if case.value is None or not math.isfinite(case.value) or not case.sound_targets or case.explained:
        return None
    if sizes is None and case.large:
        return None
    given = [sizes] if sizes is not None else [
        [size] * (case.n // size) + [case.n % size] for size in (8, 16, 32, 64, 128, 256, 512) if case.n > size and case.n % size
    ]  # fmt: skip
    if case.classes and case.K > 1:
        losses, weights, _ = case.class_rows(case.x)
    elif case.labels:
        losses, weights, _ = case.label_rows(case.x)
    else:
        return None
    for cut in given:
        if sum(cut) != case.n:
            raise ValueError(f"batch_sizes: got {sum(cut)} rows in all, want {case.n} as outputs have")
        means = [part.mean() for part in losses.split(cut)]
        if weights is not None:
            means = [part.sum() / weight.sum() for part, weight in zip(losses.split(cut), weights.split(cut))]
        what = f"the mean of {len(cut)} means of batches of {cut[0]}" + (
            f", the last of {cut[-1]}" if len(cut) > 1 else ""
        )
        seen = gives(case, {what: lambda c, m=means: torch.stack(m).mean()}, apart=0 if sizes else 30)
        if seen:
            return seen
    return None


@mistake
def pos_weight_shape(case):
    """pos_weight along the wrong dimension.

    pos_weight is lined up with the last dimensions. In (N, C, H, W) it lies along the columns of the picture,
    silently where C = W.

    Mend: loss = F.binary_cross_entropy_with_logits(logits, targets, pos_weight=pos_weight.view(-1, 1, 1))
    Read: 05 pos_weight; 05 Shapes: does it broadcast?
    """
    return along(case, case.pos_weight, "pos_weight")


@mistake
def weight_shape(case):
    """weight of a binary loss along the wrong dimension.

    weight broadcasts from the last dimension: (N,) lies along the labels, not along the rows.

    Mend: loss = F.binary_cross_entropy_with_logits(logits, targets, weight=weight[:, None])  # one factor a row
    Read: 05 Shapes: does it broadcast?; 05 pos_weight
    """
    if case.classes and not case.labels:
        return None
    found = along(case, case.weight, "weight")
    if (
        not found
        and case.weight is not None
        and case.weight.dim() == 1
        and len(case.shape) == 2
        and case.K == case.n > 1
    ):
        return doubt(
            f"weight ({case.n},) for outputs {case.shape}: torch lays it along the labels; for the rows it must be [:, None]"
        )
    return found


def along(case, weight, name):
    """Return the evidence that a weight lies along another dimension than the labels, or along none."""
    if weight is None or case.share is None or weight.numel() == 1:
        return None
    came, shape = tuple(weight.shape), case.shape
    if (
        (len(shape) > 2 and len(came) == 1 and came[0] == shape[1])
        or name == "pos_weight"
        and len(came) == 1 < len(shape)
        and came[0] == shape[0] != shape[-1]
    ):
        silent = came[0] == shape[-1]
        return f"{name} {came} for outputs {shape}: it is lined up with dimension {len(shape) - 1}" + (
            ", which has the same size by chance" if silent else f", which has {shape[-1]} entries: torch refuses it"
        )
    fits = len(came) <= len(shape) and all(a in (1, b) for a, b in zip(came[::-1], shape[::-1]))
    return None if fits else f"{name} {came} doesn't broadcast to outputs {shape}"


# --- Kullback-Leibler


@mistake
def kl_div_of_probabilities(case):
    """kl_div of probabilities or logits instead of log-probabilities.

    kl_div takes log-probabilities first, and checks nothing: the number is no divergence and may be negative.

    Mend: loss = F.kl_div(F.log_softmax(logits, dim=1), target_probs, reduction='batchmean')
    Read: 04 Which two functions does cross_entropy replace?; 08 Exhibit 7
    """
    if case.target_form not in ("soft", "one-hot", "shares") or case.K < 2:
        return None
    if case.name == "kl_div" and case.form != "log-softmax" and case.finite:
        return f"outputs reach from {case.low:.4g} to {case.high:.4g}" + (
            f": {sums(case)}" if case.form == "softmax" else ""
        )
    if case.name is None and case.form != "log-softmax":
        inner = (lambda c: c.x) if case.form == "softmax" else (lambda c: c.softmax)
        formulas = {"kl_div(probabilities, targets, reduction='batchmean')": lambda c: c.kl_rows(inner(c))}
        formulas["kl_div(probabilities, targets, reduction='mean')"] = lambda c: by(c.kl_rows(inner(c)), c.K)
        if case.form != "softmax":
            formulas["kl_div(outputs, targets, reduction='batchmean')"] = lambda c: c.kl_rows(c.x)
            formulas["kl_div(outputs, targets, reduction='mean')"] = lambda c: by(c.kl_rows(c.x), c.K)
        return gives(case, formulas)


@mistake
def kl_div_mean(case):
    """kl_div with reduction='mean'.

    'mean' divides by the number of entries, not of rows: the divergence comes out K times too small.

    Mend: loss = F.kl_div(log_probs, target_probs, reduction='batchmean')
    Read: 04 Mean, sum, none, and weights; 05 Sum against mean
    """
    if case.target_form not in ("soft", "one-hot") or case.K < 2:
        return None
    if case.name == "kl_div" and case.form == "log-softmax" and case.reduction == "mean":
        return f"the mean is over {case.x.numel()} entries, not over {case.n} rows: {case.K} times too small"
    if case.name in (None, "kl_div"):
        logs = (lambda c: c.x) if case.form == "log-softmax" else (lambda c: c.x.log_softmax(-1))
        return gives(
            case, {"kl_div(log-probabilities, targets, reduction='mean')": lambda c: by(c.kl_rows(logs(c)), c.K)}
        )


@mistake
def kl_div_targets_not_one(case):
    """kl_div with targets that don't sum to 1.

    Only between two distributions is the divergence never below 0, and 0 where they are equal.

    Mend: target_probs = target_probs / target_probs.sum(dim=1, keepdim=True)
    Read: 04 Targets; 08 Exhibit 12
    """
    if case.share is None or case.K < 2 or case.target_form not in ("shares", "multi-hot", "stray"):
        return None
    totals = case.share.sum(-1)
    text = f"rows of targets sum to {totals.min():.4g} … {totals.max():.4g}"
    if case.name == "kl_div":
        return text
    if case.name is None and case.form == "log-softmax":
        formulas = {
            "kl_div(outputs, targets, reduction='batchmean')": lambda c: c.kl_rows(c.x),
            "kl_div(outputs, targets, reduction='mean')": lambda c: by(c.kl_rows(c.x), c.K),
        }
        seen = gives(case, formulas)
        return seen and seen._replace(text=f"{seen.text}; {text}")


# --- metrics


def decided(case):
    """Return the caller's decisions as booleans of the outputs' rows (n, K), or None."""
    given = case.given.get("predictions")
    if given is None:
        return None
    found = tensor("predictions", given).to(case.whole.device)
    if found.numel() == case.x.numel() and (case.K == 1 or tuple(found.shape) == case.shape):
        return case._rows(found.reshape(case.shape)) > 0.5
    return None


def same(decisions, other):
    return decisions is not None and torch.equal(decisions, other)


def hits(case, threshold):
    return ((case.x > threshold) == (case.one_hot > 0.5)).float()


def scored(case, formulas, which="accuracy"):
    """Return the evidence that a metric is one of these wrong formulas and none that would be right."""
    if which not in case.scores or not case.sound_targets:
        return None
    came, unit = case.scores[which]
    came, unit = (came / 100, unit / 100) if came > 1 else (came, unit)
    right = right_scores(case) if which == "accuracy" else {}
    if any(abs(came - number) <= unit + 1e-6 for number in right.values()):
        return None
    for formula, compute in formulas.items():
        computed = float(compute(case))
        if abs(came - computed) <= unit + 1e-6:
            rest = "".join(f"; {name} is {number:.4g}" for name, number in right.items())
            return Evidence(f"the {which} {came:.4g} is {formula} = {computed:.4g}{rest}", True, True)
    return None


def right_scores(case):
    """Return {name: value} of the accuracies that suit the outputs and targets."""
    found = {}
    if case.K > 1 and case.target_form in ("indices", "one-hot", "soft"):
        found["the share of right winners"] = case.row_accuracy
    asked = case.target_form == "one-hot" and case.form != "softmax"
    asked = asked and (case.takes("binary_cross_entropy_with_logits") or case.takes("binary_cross_entropy"))
    if case.target_form == "multi-hot" or case.K == 1 or asked:
        threshold = 0.5 if case.unit_interval else 0.0
        right = hits(case, threshold)
        found["the share of right labels"] = right.mean().item()
        if case.K > 1:
            found["the share of rows with every label right"] = right.prod(-1).mean().item()
    return found


@mistake
def accuracy_entry_by_entry(case):
    """An accuracy that counts the right zeros.

    Of K entries of a one-hot row K − 1 are 0: a network that knows nothing scores 1 − 1/K.

    Mend: accuracy = (logits.argmax(dim=1) == targets).float().mean()
    Read: 08 Exhibit 10; 02 Is it a good threshold? Precision and recall
    """
    if case.K < 2 or case.target_form not in ("indices", "one-hot"):
        return None
    formulas = {
        "(softmax > 0.5) against one-hot, entry by entry": lambda c: entries(
            c, c.x if c.form in ("softmax", "unit") else c.softmax, 0.5
        )
    }
    if case.form == "logits":
        formulas["(sigmoid > 0.5) against one-hot, entry by entry"] = lambda c: entries(c, c.x, 0.0)
        formulas["(outputs > 0.5) against one-hot, entry by entry"] = lambda c: entries(c, c.x, 0.5)
    formulas["the winner's one-hot against one-hot, entry by entry"] = lambda c: 1 - 2 * (1 - c.row_accuracy) / c.K
    return scored(case, formulas)


def entries(case, values, threshold):
    right = (values > threshold) == (case.one_hot > 0.5)
    return (right if case.kept is None else right[case.kept]).float().mean()


@mistake
def accuracy_by_broadcasting(case):
    """An accuracy that compares each with each.

    (N, 1) == (N,) is an (N, N) matrix: its mean is what guessing by the class frequencies scores, or its sum
    exceeds N.

    Mend: accuracy = (predicted.squeeze(1) == targets).float().mean()
    Read: 05 Shapes: does it broadcast?; 08 Exhibit 10
    """
    if case.targets is None or not case.sound_targets or case.target_form not in ("indices", "multi-hot", "one-hot"):
        return None
    if case.K > 1 and case.index is None:
        return None

    def crossed(c, predicted, truth, classes):
        shares = [
            torch.bincount(values.long(), minlength=classes).double() / len(values) for values in (predicted, truth)
        ]
        return (shares[0] * shares[1]).sum()

    if case.K > 1:
        formulas = {"the mean of an (N, N) comparison": lambda c: crossed(c, c.winners, c.safe_index, c.K)}
    else:
        cut = 0.5 if case.unit_interval else 0.0
        formulas = {"the mean of an (N, N) comparison": lambda c: crossed(c, (c.x > cut)[:, 0], c.share[:, 0], 2)}
    return scored(case, formulas)


@mistake
def auc_of_hard_labels(case):
    """ROC-AUC of decisions instead of outputs.

    A decision keeps one point of the curve: what comes out is the balanced accuracy at that threshold.

    Mend: auc = roc_auc_score(targets, logits)  # the outputs themselves, not logits > 0
    Read: 02 Sweep it; 08 Exhibit 3
    """
    if "auc" not in case.scores or case.K > 1 or not case.sound_targets or case.share is None:
        return None
    true = case.share[:, 0] > 0.5
    if not 0 < int(true.sum()) < case.n:
        return None
    came, unit = case.scores["auc"]
    whole = auc(case.x[:, 0], true)
    if abs(came - whole) <= unit + 1e-6:
        return None
    for cut in (0.5, 0.0):
        hard = auc((case.x[:, 0] > cut).float(), true)
        if abs(came - hard) <= unit + 1e-6:
            return Evidence(
                f"the AUC {came:.4g} is that of outputs > {cut:g}; of the outputs it is {whole:.4g}", True, True
            )


def auc(scores, true):
    """Return the share of (true, false) pairs in the right order; ties count one half."""
    kinds, place = scores.double().unique(return_inverse=True)
    yes = torch.bincount(place[true], minlength=len(kinds)).double()
    no = torch.bincount(place[~true], minlength=len(kinds)).double()
    return ((yes * (no.cumsum(0) - no / 2)).sum() / (yes.sum() * no.sum())).item()


@mistake
def metric_guesses_logits(case):
    """A metric that guesses whether it got logits.

    A sigmoid is applied only where some value leaves [0, 1]: the same output is decided one way in this batch
    and another way alone.

    Mend: metric(torch.sigmoid(logits), targets)  # probabilities, about which nothing can be guessed
    Read: 02 One threshold, three units; 08 Exhibit 3
    """
    decisions = decided(case)
    if decisions is None or case.unit_interval or same(decisions, case.x > 0) or same(decisions, case.x > 0.5):
        return None
    outside = (case.x < 0) | (case.x > 1)
    guessed = {"row by row": torch.where(outside.any(-1, keepdim=True), case.x > 0, case.x > 0.5)}
    for way, guess in guessed.items():
        if same(decisions, guess):
            return f"the predictions take outputs in [0, 1] for probabilities, {way}: {int((guess != (case.x > 0)).sum())} are decided wrong"


@mistake
def argmax_over_the_batch(case):
    """argmax over the batch.

    argmax(dim=0) names a row for each class; without dim it names one entry of the whole tensor.

    Mend: predicted = logits.argmax(dim=1)
    Read: 03 The everyday rule: a batch; 08 Exhibit 4
    """
    given = case.given.get("predictions")
    if given is None or case.K < 2 or len(case.shape) != 2:
        return None
    found = tensor("predictions", given).to(case.whole.device).reshape(-1)
    if len(found) == case.K and not (case.n == case.K and torch.equal(found.long(), case.winners)):
        if torch.equal(found.long(), case.x.argmax(0)):
            return f"the {len(found)} predictions are argmax(dim=0) of outputs {case.shape}"


# --- the course of training


@mistake
def stuck_at_chance(case):
    """Nothing has been learned.

    ln K is what a network says that knows nothing about K classes. At the first step that is right; later it
    means that no gradient arrives, that inputs are constant or that the step is far too large.

    Mend: print(logits.std(dim=0), [p.grad.norm() for p in model.parameters() if p.grad is not None])
    Read: 04 Random guesses; 08 Exhibit 11
    """
    if len(case.history) < 10 or not all(map(math.isfinite, case.history)) or case.targets is None:
        return None
    chance = {"ln K": math.log(case.K)} if case.classes and case.K > 1 else {"ln 2": math.log(2)}
    late = case.history[len(case.history) // 2 :]
    for name, floor in chance.items():
        near = all(abs(loss - floor) <= 0.02 * floor for loss in late) and sum(late) / len(late) > 0.994 * floor
        if near and abs(case.history[0] - floor) <= 0.25 * floor:
            return f"the last {len(late)} losses lie within 2 % of {name} = {floor:.4f}, from {case.history[0]:.4g} at the start"


@mistake
def one_winner(case):
    """One class always wins.

    The winner doesn't depend on the input: the share of the most frequent class has been learned, or a bias has
    run away.

    Mend: print(logits.std(dim=0), logits.mean(dim=0))  # spread by input against difference between classes
    Read: 04 Random guesses; 08 Exhibit 10
    """
    if case.K < 2 or case.n < 32 or case.index is None or not case.finite or not case.sound_targets:
        return None
    some = case.sample
    kinds = some.index.unique()
    if len(kinds) < 2 or not bool((some.winners == some.winners[0]).all()):
        return None
    text = f"{label(case, some.winners[0].item())} wins in all {some.n} rows looked at; the targets have {len(kinds)} classes"
    frequent = torch.bincount(some.safe_index, minlength=case.K).max().item() / some.n
    if len(case.history) >= 10 and frequent < 0.5:
        late = case.history[len(case.history) // 2 :]
        if max(late) - min(late) <= 0.02 * abs(max(late)) and late[-1] > 0.5 * math.log(len(kinds)):
            return f"{text}; the last {len(late)} losses lie between {min(late):.4g} and {max(late):.4g}"
    return doubt(f"{text}; an untrained network and rare classes do that too")


@mistake
def loud_start(case):
    """A loss far above ln K.

    The network is sure without a reason, as if its last layer had started with too large weights.

    Mend: nn.init.normal_(model.head.weight, std=0.01); nn.init.zeros_(model.head.bias)
    Read: 04 Random guesses; 08 Exhibit 11
    """
    if (
        case.value is None
        or not case.explained
        or not case.explained.startswith("cross_entropy")
        or case.weight is not None
    ):
        return None
    if case.n >= 16 and case.value > 2 * math.log(case.K) and case.target_form == "indices" and not case.large:
        return doubt(
            f"the loss {case.value:.4g} is {case.value / math.log(case.K):.1f} times ln {case.K}, with {100 * case.row_accuracy:.0f} % right winners"
        )


@mistake
def diagonal_gradient(case):
    """Softmax's derivative without its off-diagonal part.

    Each probability depends on every logit: the Jacobian is diag(p) − p·pᵀ. p(1 − p) is only its diagonal, as
    for a sigmoid.

    Mend: gradient = (softmax(logits, dim=1) - one_hot) / N
    Read: 04 The gradient; 04 The gradient by hand
    """
    given = case.given.get("grad")
    if given is None or case.K < 2 or not case.classes or not case.sound_targets or not case.finite:
        return None
    found = tensor("grad", given).to(case.whole.device, case.whole.dtype)
    if tuple(found.shape) != case.shape:
        raise ValueError(f"grad: got shape {tuple(found.shape)}, want {case.shape} as outputs have")
    found, error = case._rows(found), max(1e-5, 4 * case.rough)
    diagonal = case.one_hot * (case.softmax - 1)
    for by in (1, case.n):
        if torch.allclose(found * by, diagonal, atol=error) and not torch.allclose(
            found * by, case.softmax - case.one_hot, atol=error
        ):
            return f"grad is −y·(1 − p) and exactly 0 at the other {case.K - 1} classes, where p − y is up to {case.softmax.max():.4g}"


@mistake
def other_logarithm(case):
    """A logarithm of another base.

    torch's losses are in nats. In bits they are 1.443 times as large, with log10 0.434 times; floors like ln K
    don't fit.

    Mend: loss_in_nats = loss_in_bits * math.log(2)
    Read: 01 Third and fourth column: log-softmax and its negative; 08 Exhibit 12
    """
    if case.classes and case.K > 1 and case.name != "kl_div":
        return gives(
            case,
            {
                "cross_entropy in bits": lambda c: by(c.class_rows(c.x), math.log(2)),
                "cross_entropy with log10": lambda c: by(c.class_rows(c.x), math.log(10)),
            },
        )


@mistake
def saturated(case):
    """Saturated outputs.

    Where a sigmoid or softmax has rounded to 0 or 1, the row has no slope that could mend it.

    Mend: print(logits.abs().max())  # stay with logits in the loss; look at the learning rate and the inputs' scale
    Read: 07 In the other float types; 05 Side road: a training run that never moves
    """
    if not case.finite or case.targets is None or not case.sound_targets:
        return None
    if case.unit_interval and (case.low == 0 or case.high == 1) and case.labels and case.takes("binary_cross_entropy"):
        parts = case.chunks if case.large else [case]
        lost = sum(int((((c.x == 0) & (c.share > 0)) | ((c.x == 1) & (c.share < 1))).sum()) for c in parts)
        if lost:
            return doubt(
                f"{lost} of {case.x.numel()} probabilities are exactly 0 or 1 and wrong: each costs 100 whatever it was"
            )
    if case.form == "logits" and max(-case.low, case.high) > 88:
        return doubt(f"outputs reach from {case.low:.4g} to {case.high:.4g}: e^x leaves float32 at 88.7")

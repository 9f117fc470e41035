"""Mistakes: Targets of another form, type or shape."""

import math
from dataclasses import replace

import torch
import torch.nn.functional as F

from helpers.clinic.evidence import Evidence, Formula, Trial, class_text, doubt, sums_text, trial
from helpers.clinic.floors import NO, Floor, entropy, mixed_labels, shared_gap
from helpers.clinic.guesses import below_zero, log_m, lone_class, lone_output, m_log_m, nothing_counted, only_the_share
from helpers.clinic.metrics import agreement, hits
from helpers.clinic.mistakes.outputs import are_class_numbers
from helpers.clinic.numbers import (
    Rows,
    class_rows,
    divided,
    kept_mean,
    label_means,
    label_rows,
    prob_rows,
)
from helpers.clinic.reading import LABEL_LOSSES, LOSSES, as_rows, sum_error
from helpers.clinic.record import mistake
from helpers.clinic.right import SMOOTHS, TINY, dice, overlaps, shares_like
from helpers.functions import logsigmoid


def fault(case, name):
    """Return what the shapes and types have shown already, unless the loss that came shows it mended.

    Only where the loss refuses them it is sure: a model may squeeze or move a dimension before its loss.
    """
    if name not in case.faults or case.explained:
        return None
    if case.error:
        return Evidence(f"{case.faults[name]}. torch says: {case.error}")
    if case.value is None:
        return doubt(f"{case.faults[name]}, unless it is mended before the loss: give loss_fn=, or loss=")
    return doubt(f"{case.faults[name]}; the loss that came does not show it")


@mistake(
    title="The classes are not dimension 1",
    why="""cross_entropy and nll_loss take dimension 1 for the classes, whatever the number of dimensions. Where the
    sizes happen to agree, positions compete instead of classes, silently.""",
    fix="logits = logits.movedim(-1, 1); loss = F.cross_entropy(logits, targets)",
    read=("04 Where are the classes?", "03 More than two dims"),
)
def class_dim_not_second(case):
    if "class_dim_last" in case.faults:
        told = fault(case, "class_dim_last")
        if case.index is not None or not told:
            return told
        x, share = as_rows(case.whole, 1), as_rows(case.targets.to(case.whole.dtype), 1)
        losses = -(share * x.log_softmax(-1)).sum(-1)
        return trial({"cross_entropy along dimension 1": lambda c: Rows(losses)}, otherwise=told)
    if case.dim != 1 or case.index is None or case.K == 1 or not case.sound_targets or case.kept is not None:
        return None
    if len(case.shape) < 3 or case.shape[:1] + case.shape[2:] != case.shape[:-1]:
        return None
    if case.means_the_last_dim:
        return None
    # 0.3 is far from chance, and 0.2 more than a smooth map, whose neighbours agree, has the wrong way round.
    last = agreement(case.whole.argmax(-1).reshape(-1), case.index, case.K)
    here = agreement(case.winners, case.index, case.K)
    if last > max(0.3, here + 0.2):
        text = f"the largest along the last dimension agree with the targets (kappa {last:.2f}), those along"
        return f"{text} dimension 1 don't (kappa {here:.2f}); both have {case.K} entries, so nothing is refused"


@mistake(
    title="reshape where the class dimension had to be moved",
    why="reshape keeps the order in memory: a row of what comes out mixes several positions of one class.",
    fix="loss = F.cross_entropy(logits.movedim(1, -1).reshape(-1, K), targets.reshape(-1))",
    read=("04 Where are the classes?", "03 More than two dims"),
)
def reshaped_instead_of_moved(case):
    maps = len(case.shape) > 2 and case.index is not None and case.dim == 1
    if maps and not case.batch.large and not case.means_the_last_dim:
        mixed = case.whole.reshape(-1, case.K)
        logs = case.whole.log_softmax(1).reshape(-1, case.K)
        formulas = {
            "cross_entropy(outputs.reshape(−1, K), targets.reshape(−1))": lambda c: class_rows(c, mixed),
            "nll_loss(log_softmax(outputs, dim=1).reshape(−1, K), targets)": lambda c: class_rows(c, logs, False),
        }
        return trial(formulas)


@mistake(
    title="Class indices in a column (N, 1)",
    why="cross_entropy wants (N,) and refuses a column; other losses broadcast it to (N, N).",
    fix="loss = F.cross_entropy(logits, targets.squeeze(1))",
    read=("04 What may be a target", "08 Exhibit 5"),
)
def targets_in_a_column(case):
    told = fault(case, "targets_in_a_column")
    if told is None or case.error:
        return told

    def index_as_number(part):
        return part.safe_index[:, None].to(part.x.dtype)

    def log_probs_times_index(part):
        return Rows(-(index_as_number(part) * part.x.log_softmax(-1)).sum(-1))

    def label_rows_of_index(part):
        x = part.x.clamp(1e-7, 1 - 1e-7).logit() if case.unit_interval else part.x
        return Rows((F.softplus(x) - index_as_number(part) * x).mean(-1), None, part.K)

    formulas = {"each output's binary cross-entropy with the class number": label_rows_of_index}
    if not case.unit_interval:
        formulas["−Σ class number · log_softmax(outputs)"] = log_probs_times_index
    return trial(formulas, otherwise=told)


@mistake(
    title="Class indices as floats",
    why="cross_entropy wants int64 indices: floats would mean class probabilities, of the shape of the outputs.",
    fix="loss = F.cross_entropy(logits, targets.long())",
    read=("04 What may be a target", "08 Exhibit 5"),
)
def float_class_indices(case):
    return fault(case, "float_class_indices")


@mistake(
    title="(N, 1) against (N,): sizes that broadcast to (N, N)",
    why="""Each output is compared with each target. The loss is best where all outputs are the share of true
    targets, so the network learns nothing else.""",
    fix="loss = F.binary_cross_entropy_with_logits(logits.squeeze(1), targets)",
    read=("05 Shapes: does it broadcast?", "08 Exhibit 5"),
    floor=Floor(lambda s: entropy(s.share), labels=True),
    tell="each row gets the same probability",
    guesses=only_the_share,
)
def shapes_broadcast(case):
    if case.K > 1 or case.n < 2 or case.share is None:
        return None
    told = fault(case, "shapes_broadcast")
    if not case.labels:
        return told and broadcast_regression(case, told)
    x, share = (each.reshape(case.shape[0], -1).mean(0) for each in (case.x, case.share))
    matrix = F.softplus(case.x).mean() - (x * share).mean()
    formulas = {"the mean of an (N, N) matrix": lambda c: matrix}
    if case.unit_interval:
        formulas["the mean of an (N, N) matrix of probabilities' losses"] = crossed_losses
    if "shapes_broadcast" in case.faults:
        for of, values in (("outputs", case.x), ("sigmoid(outputs)", case.batch.all.sigmoid)):
            squares = values.square().mean() - 2 * values.mean() * share.mean() + case.share.square().mean()
            formulas[f"the mean of an (N, N) matrix of squared errors of {of}"] = lambda c, s=squares: s
        if case.explained and case.fits(matrix.item()):
            both = f"the loss {case.value:.6g} is {case.explained.text}, and the mean of an (N, N) matrix, too"
            told = doubt(f"{case.faults['shapes_broadcast']}; {both}: outputs that hardly differ, or too few digits")
    return trial(formulas, otherwise=told)


def broadcast_regression(case, told):
    """Return the evidence that a squared error of any targets is the mean of an (N, N) matrix; or what was told."""
    x, y = case.x.double(), case.share.double()
    matrix = ((x - y.mean()).square().mean() + y.var(correction=0)).item()
    fix = "logits = logits.squeeze(1)  # a regression's outputs, as its targets"
    if case.value is None or not case.fits(matrix):
        return replace(told, fix=fix)
    own = (x - y).square().mean().item()
    text = f"the loss {case.value:.6g} is the mean of an (N, N) matrix of squared errors = {matrix:.6g}"
    text = f"{case.faults['shapes_broadcast']}; {text}; that of the rows is {own:.6g}"
    return Evidence(text, by_loss=True, fix=fix)


def crossed_losses(part):
    """Return the mean binary cross-entropy of each probability with each target."""
    p, y = part.x, part.share.mean()
    return -(y * p.log().clamp_min(-100).mean() + (1 - y) * (1 - p).log().clamp_min(-100).mean())


@mistake(
    title="Integer targets where floats are wanted",
    why="Targets of the outputs' shape are probabilities, and those are floats: torch refuses integers.",
    fix="loss = F.binary_cross_entropy_with_logits(logits, targets.float())",
    read=("04 What may be a target", "08 Exhibit 5"),
)
def integer_targets(case):
    whole = case.share is not None and not case.targets.is_floating_point()
    if whole and case.name and (case.error or case.value is None):
        return f"targets {tuple(case.targets.shape)} are {case.targets.dtype}. torch says: {case.error}"


@mistake(
    title="Class indices into a loss for labels",
    why="A binary loss asks K yes-or-no questions and wants K answers a row; class indices belong to cross_entropy.",
    fix="loss = F.cross_entropy(logits, targets)",
    read=("05 Step 2: multi-hot targets", "08 Exhibit 5"),
)
def class_indices_into_bce(case):
    # A number that is the binary loss of one-hot targets tells that they were made one-hot on the way.
    if case.index is not None and case.K > 1 and case.name in LABEL_LOSSES and not case.explained:
        shapes = f"targets {tuple(case.targets.shape)} for outputs {case.shape}"
        text = f"{shapes}: one index a row, want {case.K} labels a row"
        if case.value is None or case.from_history:
            return text
        # torch refuses indices: where a number came, something has made labels of them.
        return doubt(f"{text}; the loss that came is not that of one-hot labels", rare=True)
    if case.K == 2 and case.target_form in ("indices", "one-hot") and case.form == "logits" and case.name is None:

        def binary(place):
            return lambda c: kept_mean(c, F.softplus(c.x[:, place]) - c.one_hot[:, 1] * c.x[:, place])

        formulas = {f"the binary cross-entropy of outputs[:, {place}] alone": binary(place) for place in (1, 0)}
        return trial(formulas, rare=True, doubtful=True)


@mistake(
    title="Class indices outside 0 … K − 1",
    why="""torch refuses them on the CPU and kills the kernel on a GPU; by hand, an index of −1 silently takes the
    last class.""",
    fix="targets = targets - 1  # if the classes count from 1; to leave rows out: ignore_index=-1",
    read=("04 A target of −1", "08 Exhibit 5"),
)
def targets_out_of_range(case):
    if case.index is not None and case.stray.numel() and not (case.K == 1 and case.name in ("cross_entropy", None)):
        low, high = case.stray.min().item(), case.stray.max().item()
        text = f"{case.stray.numel()} of {case.n} targets are none of 0 … {case.K - 1}: from {low} to {high}"
        others = case.index.unique()[:4].tolist()
        if set(others) == {0, 255} or others == [255]:
            fix = "targets = (targets > 0).long()  # a mask of 0 and 255; where 255 is no class: ignore_index=255"
        elif low > 0 and high == case.K and 0 not in others:
            fix = "targets = targets - 1  # the classes count from 1"
        elif low == high:
            fix = f"loss = F.cross_entropy(logits, targets, ignore_index={low})  # if {low} marks rows without a class"
        else:
            fix = "print(targets.unique(return_counts=True))  # K must be larger than the largest class"
        # torch refuses such indices: where a number came, what stands for one index is ignored, or another loss's.
        if low == high and case.value is not None and math.isfinite(case.value) and set(others) != {0, 255}:
            rank = f", or a rank above {case.K} levels" if high == case.K else ""
            return doubt(f"{text}; a loss came, so it may be ignored (ignore_index= would tell){rank}", fix=fix)
        return Evidence(text, fix=fix)


@mistake(
    title="Outputs and targets swapped",
    why="""The losses take (outputs, targets). The other way round the loss has no lower bound and is negative
    sooner or later.""",
    fix="loss = F.binary_cross_entropy_with_logits(logits, targets)  # outputs first",
    read=("05 Steps 6 and 7: the mean, and its negative", "08 Exhibit 7"),
    floor=Floor(
        lambda s: -math.inf if s.share else NO,
        lambda s, x: mixed_labels(s, math.log1p(math.e) - x, NO),
        labels=True,
    ),
    tell="cross_entropy(targets, outputs)?",
    guesses=below_zero,
)
def arguments_swapped(case):
    if case.share is None or case.name == "kl_div":
        return None
    if case.hard and case.x.numel() > 3 and case.target_form == "stray":
        reach = f"from {case.share.min():.4g} to {case.share.max():.4g}"
        return f"the outputs are all 0 or 1, and the targets reach {reach}"
    if not case.sound_targets:
        return None
    name = "binary_cross_entropy_with_logits(targets, outputs)"
    formulas = {name: lambda c: Rows((F.softplus(c.share) - c.x * c.share).mean(-1), None, c.K)}
    if case.K > 1:
        formulas["cross_entropy(targets, outputs)"] = lambda c: Rows(-(c.x * c.share.log_softmax(-1)).sum(-1))
    return trial(formulas)


def is_dice(case):
    """Whether the loss that came is a Dice loss of the targets as they are."""
    probs, targets = case.whole if case.unit_interval else case.whole.sigmoid(), shares_like(case)
    scores = [dice(probs, targets, over, smooth).item() for _, over in overlaps(case) for smooth in SMOOTHS]
    return any(case.fits(1 - score) or case.fits(-score) for score in scores)


@mistake(
    title="Binary targets outside [0, 1]",
    why="""For such a target the loss has no lower bound: it falls below 0 and goes on falling, and the gradient
    never ends.""",
    fix="targets = targets / 255  # for −1 and 1: (targets + 1) / 2; for a mask: (targets > 0).float()",
    read=("05 Step 2: multi-hot targets", "08 Exhibit 7"),
    floor=Floor(
        lambda s: -math.inf if s.share else 0.0,
        lambda s, x: mixed_labels(s, -logsigmoid(-x) - 255 * x, -logsigmoid(x)),
        labels=True,
    ),
    tell="targets.min(), targets.max()",
    guesses=below_zero,
)
def targets_outside_0_1(case):
    if not are_stray_labels(case):
        return None
    kinds = case.share.reshape(-1)[:4096].unique()
    code = next((each for each in DECODED if each.issuperset(kinds.tolist())), None)
    if belong_to_another_loss(case, kinds, code):
        return None
    values = ", ".join(f"{value:.4g}" for value in kinds[:4].tolist()) + (", …" if len(kinds) > 4 else "")
    text, fix = f"targets are {values}: from {case.share.min():.4g} to {case.share.max():.4g}", DECODED.get(code)
    if are_surely_labels(case, code):
        below = case.value is not None and case.value < 0
        return Evidence(text + (f", and the loss {case.value:.6g} is negative" if below else ""), fix=fix)
    if case.value is not None:
        binary = label_rows(case.batch.all, case.x).losses.mean().item()
        text += f"; the loss that came is not their binary cross-entropy, which is {binary:.6g}"
    others = "softplus(−targets · outputs) and hinge losses want" if code == SIGNS else "a regression has"
    return doubt(f"{text}{';' if case.value is None else ':'} {others} such targets", fix=fix)


# Other codes for no and yes than 0 and 1, and what makes 0 and 1 of them.
SIGNS, MASK, FROM_ONE = frozenset({-1.0, 1.0}), frozenset({0.0, 255.0}), frozenset({1.0, 2.0})
DECODED = {
    SIGNS: "targets = (targets + 1) / 2",
    MASK: "targets = (targets > 0).float()",
    FROM_ONE: "targets = (targets - 1).float()",
}


def are_stray_labels(case):
    """Whether the targets lie outside [0, 1], may be meant for a binary loss, and nothing else explains them."""
    if case.target_form != "stray" or (case.name and case.name not in LOSSES) or case.name == "kl_div":
        return False
    are_outputs = case.hard and case.x.numel() > 3  # of which `arguments_swapped` speaks
    return not are_outputs and not are_class_numbers(case)


def belong_to_another_loss(case, kinds, code):
    """Whether numbers of many sizes are a regression's, or the number that came is a loss of signs."""
    if case.name is not None or is_binary(case):
        return False
    if code is None:
        return case.value is not None or not bool((kinds == kinds.round()).all())
    return code == SIGNS and case.value is not None and is_loss_of_signs(case)


def are_surely_labels(case, code):
    """Whether a loss of labels was named, or came; without one, whether nothing else has such targets."""
    if case.name or case.value is None:
        return bool(case.name) or code in (MASK, FROM_ONE)
    return is_binary(case) or (code == MASK and is_dice(case))


def is_binary(case):
    """Whether a loss came, and it is the binary cross-entropy of outputs and targets as they are."""
    return case.value is not None and is_mean_or_sum(case, label_rows(case.batch.all, case.x).losses)


def is_mean_or_sum(case, losses):
    """Whether the loss that came is the mean of these losses, their sum over labels, or over all."""
    return any(case.fits(losses.mean().item() * times) for times in (1, case.K, case.x.numel()))


def is_loss_of_signs(case):
    """Whether the loss that came is the logistic loss or a hinge loss of targets −1 and 1."""
    margins = case.share * case.x
    hinge = F.relu(1 - margins)
    return any(is_mean_or_sum(case, losses) for losses in (F.softplus(-margins), hinge, hinge.square()))


@mistake(
    title="Yes and no exchanged",
    why="""The loss is that of 1 − targets, or of −outputs: what the network learns is the contrary. Of ranks, level k
    asks whether the rank is above k, and the other way round the highest rank gets the lowest answers.""",
    fix="loss = F.binary_cross_entropy_with_logits(logits, targets)  # and not 1 - targets",
    read=("05 Step 2: multi-hot targets",),
)
def labels_turned(case):
    if not case.labels or case.share is None:
        return None
    probs = case.unit_interval and case.name != "binary_cross_entropy_with_logits"
    one = F.binary_cross_entropy if probs else F.binary_cross_entropy_with_logits

    def turned(part):
        return label_means(part, one(part.x, 1 - part.one_hot, reduction="none"))

    formulas = {f"{one.__name__}(outputs, 1 − targets)": turned}
    if case.K > 1:
        formulas[f"{one.__name__}(outputs, 1 − targets), summed over the labels"] = lambda c: divided(
            turned(c), 1 / c.K
        )
    levels = "(targets[:, None] > torch.arange(logits.shape[1])).float()"
    fix = f"loss = F.binary_cross_entropy_with_logits(logits, {levels})" if "ranks" in case.faults else None
    return trial(formulas, rare=True, fix=fix)


@mistake(
    title="Multi-hot targets into cross_entropy",
    why="""cross_entropy takes rows of floats for class probabilities and does not check that they sum to 1: m true
    labels share one softmax, and the loss can't fall below m·ln m.""",
    fix="loss = F.binary_cross_entropy_with_logits(logits, targets)",
    read=("05 Softmax for two true labels", "08 Exhibit 6"),
    floor=Floor(
        lambda s: s.true_labels * math.log(s.true_labels),
        lambda s, x: s.true_labels * (math.log(s.true_labels) + shared_gap(x, s)),
    ),
    tell="what do the targets' rows sum to?",
    guesses=m_log_m,
)
def multi_hot_into_cross_entropy(case):
    if case.target_form not in ("multi-hot", "shares") or case.K < 2:
        return None
    true = case.share.sum(-1)
    if not bool((true > 1 + sum_error(case.rough)).any()):
        return None
    floor = torch.special.xlogy(true, true).mean() - torch.special.xlogy(case.share, case.share).sum(-1).mean()
    text = f"rows of targets have up to {true.max():.3g} in all; the loss can't fall below {floor:.4f}"
    formulas = {"cross_entropy(outputs, targets)": lambda c: class_rows(c, c.x)}
    return trial(formulas, note=text, otherwise=Evidence(text) if case.name == "cross_entropy" else None)


@mistake(
    title="Rows of targets without a class",
    why="""A row whose targets are all 0 costs nothing whatever the network says, and teaches it nothing: the
    one_hot of TensorFlow and JAX gives such a row for a class outside 0 … K − 1, silently.""",
    fix="keep = targets.sum(dim=1) > 0; loss = F.cross_entropy(logits[keep], targets[keep])  # or number from 0",
    read=("04 What may be a target",),
)
def rows_without_a_class(case):
    if case.target_form not in ("multi-hot", "shares") or case.K < 2 or case.name not in ("cross_entropy", None):
        return None
    totals = case.share.sum(-1)
    empty, rest = totals == 0, totals[totals > 0]
    if not bool(empty.any()) or not bool(((rest - 1).abs() <= sum_error(case.rough)).all()):
        return None
    text = f"{int(empty.sum())} of {case.n} rows of targets are 0 throughout"
    if columns := (case.share == 0).all(0).nonzero()[:, 0].tolist():
        text += f", and no target is class {', '.join(map(str, columns[:4]))}: do the classes count from 1?"
    formulas = {"cross_entropy(outputs, targets)": lambda c: class_rows(c, c.x)}
    return trial(formulas, note=text, otherwise=Evidence(text) if case.name else None)


@mistake(
    title="Softmax for labels that can be true together",
    why="A softmax has one unit to give away: of two true labels each gets one half at best.",
    fix=("loss = F.binary_cross_entropy_with_logits(logits, targets)  # and torch.sigmoid(logits) for probabilities"),
    read=("05 Softmax for two true labels", "08 Exhibit 6"),
    floor=Floor(lambda s: math.log(s.true_labels), lambda s, x: math.log(s.true_labels) + shared_gap(x, s)),
    tell="m true labels share one unit: 1/m each",
    guesses=log_m,
)
def softmax_for_multi_label(case):
    if case.target_form != "multi-hot" or case.K < 2 or not case.labels:
        return None
    several = int((case.share.sum(-1) > 1).sum())
    if not several:
        return None
    if case.form == "softmax" and not case.takes("binary_cross_entropy_with_logits"):
        return f"{sums_text(case)}, but {several} of {case.n} rows of targets have several true labels"
    shared = "cross_entropy(outputs, targets / their sum in a row)"  # some mean it so
    return Trial(
        (
            Formula("binary_cross_entropy(softmax(outputs), targets)", lambda c: prob_rows(c, c.softmax)),
            Formula(shared, shared_rows, convicts=False),
        )
    )


def shared_rows(part):
    """Return the cross-entropy of labels that share one unit in a row."""
    shares = part.share / part.share.sum(-1, keepdim=True).clamp(min=1)
    return Rows(-(shares * part.x.log_softmax(-1)).sum(-1))


@mistake(
    title="Only the true labels are in the loss",
    why="""Without the part of the false labels, (1 − y)·log(1 − p), a yes to everything costs nothing, and that is what
    the network learns.""",
    fix="loss = F.binary_cross_entropy_with_logits(logits, targets)  # both parts, and no mask by targets",
    read=("05 Step 2: multi-hot targets",),
)
def only_true_labels(case):
    if not case.labels or case.target_form not in ("multi-hot", "one-hot") or bool((case.share == 1).all()):
        return None

    def true_part(part):
        logs = part.x.clamp_min(TINY).log() if case.unit_interval else F.logsigmoid(part.x)
        return label_means(part, -part.one_hot * logs)

    share = case.share.mean().item()
    if not share:
        return None
    formulas = {
        "the mean of −y · log σ(outputs)": true_part,
        "the mean of −log σ(outputs) over the true labels": lambda c: divided(true_part(c), share),
        "−y · log σ(outputs), summed over the labels": lambda c: divided(true_part(c), 1 / c.K),
    }
    return trial(formulas, rare=True, apart=10)


@mistake(
    title="Binary cross-entropy on the outputs of a softmax",
    why="""One class of K is asked for as if K questions were: the loss is divided by K, and the accuracy that comes
    with it counts the many right zeros.""",
    fix="loss = F.cross_entropy(logits, targets)",
    read=("05 Three wrong pairings", "08 Exhibit 10"),
)
def bce_on_softmax(case):
    if case.K < 3 or case.target_form not in ("indices", "one-hot"):
        return None
    if case.form == "softmax" and case.target_form == "one-hot" and case.takes("binary_cross_entropy"):
        return f"{sums_text(case)}, and one class a row is true"
    probs = (lambda c: c.x) if case.form == "softmax" else (lambda c: c.x.float().softmax(-1))
    return trial({"binary_cross_entropy(softmax(outputs), one-hot targets)": lambda c: prob_rows(c, probs(c))})


@mistake(
    title="Softmax over a single output",
    why="The softmax of one number is 1: sure of everything, a loss of 0 from the first step, and a gradient of 0.",
    fix="loss = F.binary_cross_entropy_with_logits(logits.squeeze(1), targets.float())",
    read=("02 Any number of labels, or exactly one", "08 Exhibit 8"),
    floor=Floor(lambda s: 0.0),
    tell="0 from the first step on, the gradient is 0",
    guesses=lone_output,
)
def softmax_over_one_output(case):
    if case.K == 1 and case.dim is not None and case.name in ("cross_entropy", "nll_loss"):
        return f"outputs {case.shape}: one class; its probability is 1 whatever the output"
    one_row = case.dim == 0 and len(case.shape) == 1 and case.name == "cross_entropy" and case.share is not None
    if one_row and case.share.sum() > 1:
        total = f"its targets sum to {case.share.sum():.4g}"
        return f"outputs {case.shape} without a batch are one row with {case.K} classes, and {total}"
    if case.K == 1 and case.n >= 2:
        if case.low == case.high == 1.0:
            dim = 0 if len(case.shape) < 3 or case.shape[1] == 1 else 1
            along = f"probs = torch.softmax(logits, dim={dim})  # along the entries that compete: more than one"
            return Evidence(f"all {case.n} outputs are exactly 1", fix=along if case.targets is None else None)
        if case.value == 0.0 and case.finite and case.low < case.high and case.name is None:
            return zero_of_one_output(case)


def zero_of_one_output(case):
    """Return the evidence that a loss of exactly 0 is that of a single class: no right loss is, not even rounded."""
    # 0.0000 is told, 0.00 may be rounded.
    some = case.unit < 6e-4 and all(each.value > 0.005 for each in case.right)  # less may be rounded to 0.00
    if not case.right or not some or case.explained:
        return None
    text = f"one output a row, {case.n} rows, and a loss of exactly 0"
    if bool((hits(case, case.threshold) == 1).all()):
        return doubt(f"{text}; every decision is right: a score of decisions is 0, too")
    return text


@mistake(
    title="Every target is ignored",
    why="""The mean over no rows is 0/0 = NaN. A masked mean by hand, (loss * mask).sum() / mask.sum(), has a NaN
    gradient too and poisons the weights.""",
    fix="loss = F.cross_entropy(logits, targets, reduction='sum') / (targets != -100).sum().clamp(min=1)",
    read=("04 A target of −1", "08 Exhibit 5"),
    tell="is any target not ignored?",
    guesses=nothing_counted,
)
def all_ignored(case):
    if case.kept is not None and not bool(case.kept.any()):
        ignored = case.ignore_index
        total = f"F.cross_entropy(logits, targets, reduction='sum', ignore_index={ignored})"
        fix = f"loss = {total} / (targets != {ignored}).sum().clamp(min=1)"
        return Evidence(f"all {case.n} targets are {ignored}", fix=fix)


def few_pictures(case):
    """Whether the rows are positions of so few pictures or texts that all of them may be background, or padding."""
    return case.kept is None and len(case.shape) > 2 and case.shape[0] < 100


@mistake(
    title="All targets are one class",
    why="""A constant answer is perfect here: loss 0 and accuracy 100 % say nothing. Often a folder was read one
    level too high.""",
    fix="print(targets.unique(return_counts=True))",
    read=("08 Exhibit 10", "04 What may be a target"),
    tell="targets.unique()",
    guesses=lone_class,
)
def one_class_only(case):
    if case.n < 16 or not case.sound_targets:
        return None
    if case.K == 1:
        if case.target_form != "multi-hot" or case.n < 100 or bool((case.share != case.share[0]).any()):
            return None
        text = f"all {case.n} targets are {case.share[0].item():g}"
        if bool(case.share[0] == 1):
            return doubt(f"{text}: in order where an output is what one of a pair is above the other")
        enough = case.n >= 1000 and not few_pictures(case)
        return text if enough else doubt(f"{text}; with a rare label a batch of this size may be so")
    if case.index is None:
        return None
    kept = case.index[case.counted]
    if len(kept) >= 16 and bool((kept == kept[0]).all()):
        text = f"all {len(kept)} targets are {class_text(case, kept[0].item())}, of {case.K} classes"
        if case.kept is not None:
            ignored = case.ignore_index
            text += f"; {case.n - len(kept)} others are {ignored} and ignored: a mask of 0 and {ignored}?"
        if kept[0] == 0 and case.names is None and case.K > 2:
            return doubt(f"{text}: in order where each row lists what is right first, then others drawn for it")
        # Of balanced classes so many rows would be no chance; of rare ones they may be, with few classes most easily.
        enough = len(kept) >= 100 and case.K >= 10 or len(kept) >= 200 and case.K >= 3 or len(kept) >= 1000
        if enough and not few_pictures(case):
            return text
        return doubt(f"{text}; with rare classes a batch of this size may be so")

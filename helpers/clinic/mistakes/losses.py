"""Mistakes: Other losses: squared errors, focal losses, Dice, distillation, and what other libraries compute."""

import functools
import itertools
import math

import torch
import torch.nn.functional as F

from helpers.clinic.evidence import Evidence, Formula, Trial, doubt, trial
from helpers.clinic.floors import RATES
from helpers.clinic.guesses import CLIPS, clips
from helpers.clinic.numbers import Rows, class_rows, divided, kept_mean, label_means, label_rows, reduce
from helpers.clinic.reading import LABEL_LOSSES
from helpers.clinic.record import mistake
from helpers.clinic.right import (
    SMOOTHS,
    TEMPERATURES,
    TINY,
    are_maps_of_classes,
    dice,
    divergence,
    overlaps,
    overlaps_of_classes,
    shares_like,
)


@mistake(
    title="A squared error on a classifier",
    why="""The squared error of a probability flattens where the network is sure and wrong, and that of a logit
    pulls logits towards 0 and 1. Libraries choose it where one output or a regression is configured (num_labels=1).""",
    fix="loss = F.cross_entropy(logits, targets)  # one output: F.binary_cross_entropy_with_logits(logits, targets)",
    read=("04 Why not squared error?", "05 The gradient: p − y"),
)
def squared_error(case):
    if case.target_form not in ("indices", "one-hot", "multi-hot") or case.name in ("kl_div", "nll_loss"):
        return None

    def squares(of, divisor):
        return lambda part: divided(kept_mean(part, (kinds[of](part) - part.one_hot).square().sum(-1)), divisor)

    def formula(text, of, divisor):
        metric = (case.unit_interval or of != "outputs") and not case.is_lowered
        note = "the Brier score, which as a metric is in order: history= or loss_fn= would tell" if metric else ""
        return Formula(text, squares(of, divisor), note=note, convicts=not metric)

    kinds = {"outputs": lambda part: part.x}
    if not case.unit_interval:
        kinds["sigmoid(outputs)"] = lambda part: part.sigmoid
        if case.K > 1:
            kinds["softmax(outputs)"] = lambda part: part.softmax
    formulas = [formula(f"the mean squared error of {of}", of, case.K) for of in kinds]
    for of in kinds if case.K > 1 else ():
        formulas.append(formula(f"the squared error of {of}, summed over the classes", of, 1))
        formulas.append(formula(f"half of the squared error of {of}, summed over the classes", of, 2))
    one = "loss = F.binary_cross_entropy_with_logits(logits.reshape(targets.shape), targets.float())"
    note = "the squared error of a network that knows nothing is 0.25 for yes or no"
    return Trial(tuple(formulas), rare=True, doubtful=True, note=note, fix=None if case.index is not None else one)


@mistake(
    title="Targets 0 and 1 in a loss for −1 and 1",
    why="""softplus(−y · x) and hinge losses turn an output round by the sign of its target. At a target of 0 no
    output counts: each costs ln 2, or 1, whatever it is, and no false label is ever pushed down.""",
    fix="loss = F.softplus(-(2 * targets - 1) * logits).mean()  # targets −1 and 1",
    read=("13 Ask each pair", "05 Step 2: multi-hot targets"),
)
def zeros_for_minus_ones(case):
    if not case.labels or case.target_form not in ("multi-hot", "one-hot") or bool((case.share == 1).all()):
        return None  # where all are 1, targets of −1 and 1 look the same
    formulas = {}
    kinds = {"softplus(−targets · outputs)": lambda m: F.softplus(-m), "a hinge loss": lambda m: F.relu(1 - m)}
    kinds["a squared hinge loss"] = lambda m: F.relu(1 - m).square()
    for name, cost in kinds.items():
        rows = lambda c, cost=cost: label_means(c, cost(c.one_hot * c.x))  # noqa: E731
        formulas[f"the mean of {name}"] = rows
        formulas[f"{name}, summed over the labels"] = lambda c, rows=rows: divided(rows(c), 1 / c.K)
    return trial(formulas, rare=True)


@mistake(
    title="A focal loss of the mean, of the weighted loss, or of p",
    why="""The focal factor belongs to each row: (1 − p) of a mean is that of no row, a weight inside the exponent
    changes p, and p in place of 1 − p turns down the hard rows. Easy rows are no longer turned down.""",
    fix="""each = F.cross_entropy(logits, targets, reduction='none'); loss = ((1 - torch.exp(-each)) ** 2 *
    each).mean()  # weights outside""",
    read=("05 Focal loss",),
)
def focal_of_the_mean(case):
    if not case.has_loss or case.form not in ("logits", "log-softmax"):
        return None
    if not (case.labels or case.single_label):
        return None
    rows = class_rows if case.single_label else label_rows

    def of_mean(factor):
        def number(part):
            mean = torch.tensor(reduce(rows(part, part.x), "mean"))
            return factor * (1 - (-mean).exp()) ** 2 * mean

        return number

    def of_weighted(part):
        losses, weights, width = rows(part, part.x)
        return Rows((1 - (-losses).exp()) ** 2 * losses, None, width)

    formulas = {}
    if not case.batch.large:
        # Of a large mean the factor is 1: what is left is a quarter of it, as where four steps are added up.
        quarter = reduce(rows(case.batch.all, case.x), "mean") / 4
        for factor in (1.0,) if abs(case.value - quarter) <= 4 * case.error_of(quarter) else (1.0, 0.25):
            times = "" if factor == 1 else f"{factor} · "
            formulas[f"{times}(1 − e^−mean)² · mean of the losses"] = of_mean(factor)
    formulas["p² · cross_entropy, where (1 − p)² is meant"] = sure_rows
    if case.weight is not None or case.positive_weight is not None:
        formulas["(1 − e^−l)² · l of the weighted losses l"] = of_weighted
    return trial(formulas, apart=10, rare=True)


def sure_rows(part):
    """Return the losses of classes or labels, each times the square of its p."""
    if part.index is None:
        losses = F.softplus(part.x) - part.one_hot * part.x
        return label_means(part, (-2 * losses).exp() * losses)
    plain = class_rows(part, part.x, smoothing=0.0, weighted=False)
    return plain._replace(losses=(-2 * plain.losses).exp() * plain.losses)


@mistake(
    title="The logarithm of a mean",
    why="""The loss is the mean of the logarithms. The logarithm of the mean probability is never above it, and hides
    rows that are surely wrong among those that are right.""",
    fix="loss = F.cross_entropy(logits, targets)  # −log of each row's probability, then the mean",
    read=("04 Mean, sum, none, and weights",),
)
def log_of_the_mean(case):
    if not case.single_label or case.index is None:
        return None

    def of_mean(part):
        losses, weights, _ = class_rows(part, log_probs_of(part), log_softmax=False, smoothing=0.0, weighted=False)
        probs = (-losses).exp()
        return -(probs.mean() if weights is None else (probs * weights).sum() / weights.sum()).log()

    def log_probs_of(part):
        return part.x.clamp_min(TINY).log() if case.form == "softmax" else part.x.log_softmax(-1)

    return trial({"−log of the mean probability of the targets": of_mean}, apart=10, rare=True)


@mistake(
    title="Dice of logits, or of decisions",
    why="""Dice compares shares: logits have no upper bound, so the score leaves [0, 1], and the loss is lowest
    where outputs are largest, not where they are right. Decisions have no slope: nothing is learned from them.""",
    fix="p = torch.sigmoid(logits); loss = 1 - (2 * (p * y).sum() + 1) / (p.sum() + y.sum() + 1)",
    read=("05 Step 3: σ, a probability for each question", "08 Exhibit 7"),
)
def dice_of_logits(case):
    if are_maps_of_classes(case) and case.form == "logits" and not case.labels:
        fix = "loss = 1 - dice(torch.softmax(logits, dim=1), one_hot)  # of shares, which a softmax gives"
        return trial(dict(overlaps_of_classes(case, as_they_are=True)), rare=True, fix=fix)
    if not case.labels or case.target_form not in ("multi-hot", "one-hot"):
        return None
    if case.batch.large and case.x.numel() > 2**22:
        return None
    kinds = {f"(outputs > {case.threshold:g})": (case.whole > case.threshold).to(case.whole.dtype)}
    kinds |= {} if case.unit_interval else {"outputs": case.whole}
    formulas = []
    for (what, values), (of, over), smooth in itertools.product(kinds.items(), overlaps(case), SMOOTHS):
        value = dice(values, shares_like(case), over, smooth)
        formulas += [Formula(f"1 − dice of {what}{of}", lambda c, v=value: 1 - v)]
        formulas += [Formula(f"−dice of {what}{of}", lambda c, v=value: -v)]
    return Trial(tuple(formulas), rare=True, doubtful=True)


def minus_of(case):
    """Return the right loss of which minus came, or None."""
    if not case.has_loss or not case.value < 0 or case.explained or not case.has_digits(4e-3):
        return None
    right = (each for each in case.right if not each.formula.rare and each.value > 0)
    return next((each for each in right if case.fits(-each.value)), None)


@mistake(
    title="A minus too many",
    why="""Losses have their minus already. With another one each step makes what is true less likely, and the loss
    falls without end. (What is to rise, as a log-likelihood or scikit-learn's neg_log_loss, has it rightly.)""",
    fix="loss = -loss",
    read=("04 Steps 4 and 5: pick the truth", "05 Steps 6 and 7: the mean, and its negative"),
)
def minus_too_many(case):
    if minus := minus_of(case):
        text = f"the loss {case.value:.6g} is minus {minus.text} = {minus.value:.6g}"
        if case.name or case.is_lowered:
            return Evidence(text, by_loss=True)
        return doubt(f"{text}: in order where it is a score, which is to rise", by_loss=True)


@mistake(
    title="A cross-entropy below 0",
    why="""No logarithm of a probability is above 0, so no cross-entropy of such labels is below 0. A negative one
    comes of a score that is subtracted, of outputs that are no probabilities, or of a sigmoid too coarse for its
    tail.""",
    fix="loss = F.binary_cross_entropy_with_logits(logits, targets.float())  # a score: 1 - score, not -score",
    read=("05 Steps 6 and 7: the mean, and its negative", "08 Exhibit 7"),
)
def negative_loss(case):
    if case.value is None or not case.value < 0 or not case.sound_targets or case.explained or minus_of(case):
        return None
    asked = case.name in LABEL_LOSSES or case.name == "cross_entropy" and case.weight is None
    if asked or (case.name is None and case.target_form == "multi-hot" and case.value < -case.unit):
        text = f"the loss {case.value:.6g} is below 0, and no target lies outside [0, 1]"
        if asked:
            fix = "loss = F.cross_entropy(logits, targets)" if case.name == "cross_entropy" else None
            return Evidence(text, rare=True, fix=fix)
        others = "a score that is subtracted (−Dice), or a learned weight's logarithm in a sum, would be so"
        return doubt(f"{text}; {others}", rare=True)


@mistake(
    title="A distillation without T², or at two temperatures",
    why="""Divided by a large T the gradients shrink by T², so the loss is multiplied by T²; and both sides must be
    divided by the same T, or the divergence is not 0 where they agree.""",
    fix="""loss = T**2 * F.kl_div(F.log_softmax(student / T, dim=1), F.softmax(teacher / T, dim=1),
    reduction='batchmean')""",
    read=("13 Learn from a teacher", "04 KL divergence"),
)
def distillation_without_t_squared(case):
    if case.target_form != "soft" or case.K < 2 or case.form not in ("logits", "unit") or case.temperature == 1:
        return None
    formulas = {}
    for T in [case.temperature] if case.temperature else TEMPERATURES:
        text = f"kl_div(log_softmax(outputs / {T:g}), targets) without {T:g}²"
        formulas[text] = functools.partial(divergence, temperature=T)
        if case.temperature:
            undivided = "kl_div(log_softmax(outputs), targets): the outputs are not divided by T"
            formulas[undivided] = divergence
            formulas[f"{T:g}² · {undivided}"] = functools.partial(divergence, divisor=T**-2)
    return trial(formulas, apart=10, rare=case.temperature is None)


@mistake(
    title="Logits into a loss that wants probabilities (Keras, log losses)",
    why="""Without from_logits=True Keras divides the outputs by their sum or takes them for probabilities, clips
    them and takes the logarithm, as log losses do: negative logits all become one number, and nothing is refused.""",
    fix="loss = F.cross_entropy(logits, targets)  # in Keras: SparseCategoricalCrossentropy(from_logits=True)",
    read=("04 Which two functions does cross_entropy replace?", "05 Where the three forms part"),
)
def keras_without_from_logits(case):
    if case.form != "logits" or not case.finite or case.name is not None or case.batch.large:
        return None

    def dense(part):
        return class_rows(part, clip(part.x / part.x.sum(-1, keepdim=True)).log(), log_softmax=False)

    def binary_held_at(eps, part):
        p = part.x.double().clamp(eps, 1 - eps)
        return label_means(part, F.binary_cross_entropy(p, part.one_hot.double(), reduction="none"))

    def binary_with_eps(part):
        p, y = clip(part.x), part.one_hot
        return label_means(part, -(y * (p + CLIP).log() + (1 - y) * (1 - p + CLIP).log()))

    formulas, fix = {}, None
    if case.single_label:
        formulas = {
            "−log(clip(x / Σx)), which Keras takes of outputs as probabilities": dense,
            "cross_entropy(log(clip(x, 10⁻⁷, 1)), targets), which Keras takes of outputs as probabilities": (
                lambda part: class_rows(part, clip(part.x).log())
            ),
            "−log(clip(x, 10⁻⁷, 1)) of the target's output": lambda part: class_rows(part, clip(part.x).log(), False),
        }
    else:
        binary = "F.binary_cross_entropy_with_logits(logits, targets)"
        fix = f"loss = {binary}  # in Keras: BinaryCrossentropy(from_logits=True)"
    if case.labels:
        formulas["the binary cross-entropy of clip(x, 10⁻⁷, 1 − 10⁻⁷)"] = binary_with_eps
        formulas["the binary cross-entropy of clip(x)"] = lambda part: bce_of_clipped(part, part.x)
        for said, eps in {"10⁻¹⁵": 1e-15, "2⁻⁵²": 2.0**-52}.items():  # of log losses in float64, older and newer
            formulas[f"the log loss of clip(x, {said}, 1 − {said})"] = functools.partial(binary_held_at, eps)
    return trial(formulas, apart=10, rare=True, fix=fix)


CLIP = 1e-7  # Keras holds a probability so far from 0 and 1


def clip(probs):
    return probs.clamp(CLIP, 1 - CLIP)


def bce_of_clipped(part, probs):
    return label_means(part, F.binary_cross_entropy(clip(probs), part.one_hot, reduction="none"))


@mistake(
    title="Label smoothing that is asked for and not there",
    why="The number is that without smoothing: an export or a loss of one's own has dropped the argument, silently.",
    fix="loss = F.cross_entropy(logits, targets, label_smoothing=0.1)  # compare the number with it and without",
    read=("04 A smoothed loss has a floor",),
)
def smoothing_missing(case):
    if not case.smoothing or case.K < 2 or not case.classes:
        return None
    only_others = others_only(case.smoothing, case.K)
    formulas = {
        "cross_entropy(outputs, targets) without smoothing": lambda part: class_rows(part, part.x, smoothing=0.0),
        f"smoothing of {case.smoothing:g} on the other classes only": (
            lambda part: class_rows(part, part.x, smoothing=only_others)
        ),
    }
    fix = f"loss = F.cross_entropy(logits, targets, label_smoothing={case.smoothing:g})"
    return trial(formulas, apart=10, rare=True, fix=fix)


def others_only(rate, num_classes):
    """Return the ε of torch that gives 1 − rate to the true class and the rate to the others together."""
    return rate * num_classes / (num_classes - 1)


@mistake(
    title="Label smoothing by another convention",
    why="""torch gives each class ε/K, and the true one 1 − ε + ε/K. With ε/(K − 1) for each of the others, or ε/(K − 2)
    where padding gets none, the true one has 1 − ε: the floor is another one.""",
    fix="loss = F.cross_entropy(logits, targets, label_smoothing=0.1 * K / (K - 1))  # the same targets, in torch",
    read=("04 A smoothed loss has a floor", "04 Find the floor of a smoothed loss"),
)
def smoothing_of_the_others(case):
    if not case.classes or case.smoothing or case.K < 3 or case.name in ("nll_loss", "kl_div"):
        return None

    formulas = {}
    for rate in RATES:
        text = f"cross-entropy with ε = {rate} spread over the other classes, ε/(K − 1) each"
        formulas[text] = lambda c, rate=rate: class_rows(c, c.x, smoothing=others_only(rate, c.K))
    # Padding is one of the first classes, if it is any, and has no share of ε.
    pads = {case.ignore_index} if case.ignore_index in range(case.K) else {0, 1, 2}
    for rate, pad, kl in itertools.product(RATES[:3] if case.index is not None else (), sorted(pads), (False, True)):
        of = "kl_div from targets" if kl else "cross-entropy"
        text = f"{of} with ε = {rate} spread over all classes but the true one and {pad}, ε/(K − 2) each"
        words = case.index != pad if case.kept is None else case.kept
        formulas[text] = lambda c, words=words, by=(rate, pad, kl): smoothed_but(c.relabelled(case.index, words), *by)
    return trial(formulas, apart=10, rare=True)


def smoothed_but(part, rate, pad, kl):
    """Return the cross-entropies of targets with rate/(K − 2) for each class but their own and `pad`.

    kl: less the entropy of such targets.
    """
    hard, weights, _ = class_rows(part, part.x, smoothing=0.0, weighted=False)
    share, (top, lse) = rate / (part.K - 2), part.lse
    others = part.K * (top + lse - part.mean) - hard - (top + lse - part.x[:, pad])
    entropy = -(1 - rate) * math.log(1 - rate) - rate * math.log(share) if kl else 0.0
    return Rows(((1 - rate) * hard + share * others - entropy).where(part.kept, 0), weights)


@mistake(
    title="A clip that cuts the tail of the loss",
    why="""Where a logarithm is held at a bound, as Keras and Caffe hold it, each row that is surely wrong costs
    exactly that, whatever its logit, and has no gradient: after one step too large nothing moves any more.""",
    fix="loss = F.cross_entropy(logits.float(), targets)  # with a smaller step; this number beside the other one",
    read=("04 Subtract the largest", "05 Where the three forms part"),
    tell="one answer to all, sure of it? too large a step?",
    guesses=clips,
)
def clipped_tail(case):
    if not case.finite or case.value is None or case.explained:
        return None
    if not case.unit_interval and case.high - case.low < min(CLIPS.values()):
        return None
    formulas = {}
    if case.single_label:
        formulas |= clips_of_classes(case)
    if case.labels:
        formulas |= clips_of_labels(case)
    # Behind every bound larger logits count for nothing.
    return Trial(tuple(Formula(text, rows, reach=200.0) for text, rows in formulas.items()), rare=True)


def clips_of_classes(case):
    """Return {text: loss} of the cross-entropies whose clip these outputs reach."""

    def held_at(bound, part):
        log_probs = part.x.log() if case.unit_interval else part.x.log_softmax(-1)
        return class_rows(part, log_probs.clamp_min(-bound), log_softmax=False)

    def held_below_the_largest(part):
        return class_rows(part, (part.x - part.x.amax(-1, keepdim=True)).clamp_min(-64))

    reach = math.inf if case.unit_interval else case.high - case.low
    formulas = {
        f"cross-entropy whose logarithms stop at −{bound:.4f}, {name}": functools.partial(held_at, bound)
        for name, bound in CLIPS.items()
        if reach + math.log(case.K) > bound
    }
    if reach > 60 and not case.unit_interval:
        formulas["cross_entropy with logits held at 64 below the largest"] = held_below_the_largest
    return formulas


def clips_of_labels(case):
    """Return {text: loss} of the binary cross-entropies whose clip these outputs reach."""

    def of_clipped_probs(part):
        return bce_of_clipped(part, part.x if case.unit_interval else part.x.sigmoid())

    def held_at(bound, part):
        true, false = F.softplus(-part.x).clamp_max(bound), F.softplus(part.x).clamp_max(bound)
        return label_means(part, part.one_hot * true + (1 - part.one_hot) * false)

    formulas = {"binary cross-entropy of probabilities clipped at 10⁻⁷ and 1 − 10⁻⁷": of_clipped_probs}
    if not case.unit_interval:
        for bound in (*CLIPS.values(), 88.376, 88.723):
            if max(-case.low, case.high) > bound:
                text = f"binary cross-entropy whose logarithms stop at −{bound:.6g}"
                formulas[text] = functools.partial(held_at, bound)
    return formulas


@mistake(
    title="Weights that are not in the loss",
    why="The loss is the mean without the factors that were given for the rows, or for the true labels.",
    fix="""each = F.cross_entropy(logits, targets, reduction='none'); loss = (each * sample_weight).sum() /
    sample_weight.sum()""",
    read=("04 Mean, sum, none, and weights",),
)
def sample_weights_lost(case):
    if case.positive_weight is not None and case.labels and not case.explained:

        def unweighted(part):
            losses = (F.softplus(part.x) - part.one_hot * part.x).mean(-1)
            return Rows(losses, None, part.K)

        fix = "loss = F.binary_cross_entropy_with_logits(logits, targets, pos_weight=pos_weight)"
        return trial({"binary_cross_entropy_with_logits without pos_weight": unweighted}, rare=True, fix=fix)
    if case.sample_weight is not None and case.explained and "sample_weight" not in case.explained.text:
        text = f"the loss {case.value:.6g} is {case.explained.text} = {case.explained.value:.6g}, without sample_weight"
        return Evidence(text, by_loss=True)


@mistake(
    title="A large vocabulary in float16",
    why="""torch's float16 log_softmax adds up the exponentials of a row in float16, which ends at 65,504: from as
    many classes on an untrained network's sum is inf. Its softmax is right.""",
    fix="loss = F.cross_entropy(logits.float(), targets)",
    read=("04 Subtract the largest", "04 Random guesses"),
)
def vocabulary_in_float16(case):
    if case.raw.dtype != torch.float16 or case.K < 30_000 or not case.spoiled:
        return None
    sums = max((c.x - c.x.amax(-1, keepdim=True)).exp().sum(-1).max().item() for c in case.batch.chunks)
    if sums > 65_504 and case.finite:
        return f"the loss is {case.value}, and the exponentials of a row add up to {sums:,.0f}: float16 ends at 65,504"


@mistake(
    title="Sure and wrong: the loss rises while the accuracy does not fall",
    why="""The wrong rows are wrong more surely than before. Decisions may be as good as ever, probabilities are too
    sure: overfitting shows in the loss first.""",
    fix="logits = logits / fit_temperature(logits, targets)  # of helpers.calibration; or stop at the lowest loss",
    read=("08 Exhibit 9",),
)
def sure_and_wrong(case):
    course = case.history
    if case.n < 16 or case.K < 2 or case.index is None or not case.explained:
        return None
    if len(course) < 5 or not all(map(math.isfinite, course)):
        return None
    plain = case.explained.formula.loss == "cross_entropy" and case.explained.reduction != "sum"
    # 10 % above the lowest, and that is not one of the last two epochs: no noise.
    rising = course[-1] > 1.1 * min(course) and min(course[:-2]) == min(course)
    if not plain or not rising or case.row_accuracy < 0.5 or case.batch.large:
        return None
    cooler = {T: class_rows(case.batch.all, case.x / T).losses.mean().item() for T in (1.5, 2.0, 3.0, 4.0)}
    T, best = min(cooler.items(), key=lambda each: each[1])
    own = class_rows(case.batch.all, case.x).losses.mean().item()
    # What a temperature gains is what being too sure costs. Of a network that is only wrong it gains nothing.
    if best < 0.9 * own:
        text = f"the loss rose from {min(course):.4g} to {course[-1]:.4g}, with {100 * case.row_accuracy:.0f} % right"
        return f"{text}; of outputs / {T:g} it is {best:.4g} instead of {own:.4g}: too sure"
    return doubt(f"the loss rose from {min(course):.4g} to {course[-1]:.4g}") if best < 0.97 * own else None


@mistake(
    title="A perplexity where a loss is wanted",
    why="e to the mean loss is at least 1 and K for guesses. A mean of several perplexities is none.",
    fix="loss = F.cross_entropy(logits, targets)  # and perplexity = loss.exp(), once, of the mean of all tokens",
    read=("04 Many batches, and perplexity",),
)
def perplexity_for_loss(case):
    if case.value is None or case.value <= 1 or case.K < 3 or case.index is None:
        return None

    def power_of(base):
        return lambda part: torch.tensor(base ** reduce(class_rows(part, part.x), "mean"))

    def rounded_to(dtype):
        return lambda c: F.cross_entropy(c.x.to(dtype), c.index, ignore_index=case.ignore_index).exp().float()

    formulas = {"e^cross_entropy(outputs, targets)": power_of(math.e)}
    formulas["2^cross_entropy(outputs, targets), which is one of bits only"] = power_of(2.0)
    # An exponential is so steep that the last digit of a mean shows.
    dtypes = dict.fromkeys((torch.float32, case.whole.dtype, *[case.raw.dtype] * case.raw.is_floating_point()))
    for dtype in dtypes if not case.batch.large else ():
        formulas[f"e^cross_entropy(outputs, targets) in {dtype}"] = rounded_to(dtype)
    return trial(formulas, rare=True)

"""Mistakes: What goes into the loss."""

import math

import torch.nn.functional as F

from helpers.clinic import floors
from helpers.clinic.evidence import doubt, range_text, sums_text, trial, unless_disproved
from helpers.clinic.floors import Floor, winner_prob
from helpers.clinic.guesses import below_zero_of_classes, minus_p, numbers_in_0_1, softmax_and_sigmoid, two_sigmoids
from helpers.clinic.metrics import hits, same, scored
from helpers.clinic.mistakes.values import masked_log_probs
from helpers.clinic.numbers import class_rows, label_rows
from helpers.clinic.reading import as_rows
from helpers.clinic.record import mistake
from helpers.clinic.right import TINY

DRAWN_AT = (0.1, 0.25, 0.5, 0.7, 1.0, 1.5, 2.0, 4.0, 8.0)  # at which somebody may draw on purpose


@mistake(
    title="Softmax before cross_entropy",
    why="""cross_entropy takes its own softmax. The second one can't be surer than e/(e + K − 1), so the loss stops
    at log(1 + (K − 1)/e) and a confidently wrong row is hardly moved.""",
    fix="loss = F.cross_entropy(logits, targets)  # logits: before any softmax",
    read=("04 Softmax twice", "08 Exhibit 1"),
    floor=floors.TWO_SOFTMAXES,
    tell="accuracy good, rows of sum 1",
    guesses=numbers_in_0_1,
)
def softmax_before_cross_entropy(case):
    if case.K < 2 or case.target_form is None:
        return None
    floor, told = f"the floor for K = {case.K} is {math.log(1 + (case.K - 1) / math.e):.4f}", None
    if case.form == "softmax":
        sums = sums_text(case)
        if case.takes("cross_entropy"):
            highest = math.log(math.e + case.K - 1)  # what a row costs that is surely wrong
            return unless_disproved(case, f"{sums}: these are probabilities; {floor}", highest, highest - 1)
        if case.name is None and case.value is not None and case.explained is None and case.classes:
            told = doubt(f"{sums}; whether the loss takes its own softmax only its name tells: give loss_fn")
    if case.target_form in ("indices", "one-hot", "soft") and case.name != "kl_div":
        formulas = {"cross_entropy(softmax(outputs), targets)": lambda part: class_rows(part, part.softmax)}
        return trial(formulas, doubtful=True, note=floor, otherwise=told)


@mistake(
    title="Sigmoid before binary_cross_entropy_with_logits",
    why="""The loss takes its own sigmoid, so it never sees a probability below 0.5 or above 0.731: the loss can't
    fall below 0.313 where a label is true and 0.693 where it is not.""",
    fix="loss = F.binary_cross_entropy_with_logits(logits, targets)  # logits: before any sigmoid",
    read=("05 Probabilities into with_logits", "08 Exhibit 2"),
    floor=floors.TWO_SIGMOIDS,
    tell="labels right, yet no probability below 0.5",
    guesses=two_sigmoids,
)
def sigmoid_before_bce_with_logits(case):
    if not case.labels:
        return None
    if case.takes("binary_cross_entropy_with_logits") and (found := given_sigmoids(case)):
        return found
    name = "binary_cross_entropy_with_logits(sigmoid(outputs), targets)"
    return trial({name: lambda part: label_rows(part, part.sigmoid)}, doubtful=True)


def given_sigmoids(case, sums=""):
    """Return what speaks for outputs that are sigmoids, in a loss that takes logits."""
    if case.form == "sigmoid":
        better = "they explain the targets far better as probabilities than as logits"
        return unless_disproved(case, f"{range_text(case)}{sums}, and {better}")
    if case.form == "unit" and case.x.numel() >= 64 and case.low < case.high:
        return doubt(f"{range_text(case)}: they may be probabilities; logits would have been wanted")
    return None


@mistake(
    title="A threshold of 0.5 on logits",
    why="""The logit that belongs to a probability of 0.5 is 0. A logit of 0.5 is a probability of 0.62: every label
    between is refused, and recall drops.""",
    fix="predicted = logits > 0  # or torch.sigmoid(logits) > 0.5",
    read=("02 One threshold, three units", "08 Exhibit 3"),
)
def threshold_half_on_logits(case):
    if case.unit_interval or case.form == "log-softmax":
        return None
    asked = case.decisions is not None or (case.labels and "accuracy" in case.scores)
    between = int(((case.x > 0) & (case.x <= 0.5)).sum()) if asked else 0
    if not between:
        return None
    text = f"{between} of {case.x.numel()} outputs lie in (0, 0.5]: probabilities from 0.5 to 0.622 that are refused"
    if same(case.decisions, case.x > 0.5) and not same(case.decisions, case.x > 0):
        return f"the predictions are outputs > 0.5; {text}"
    if case.labels:
        formulas = {"the share of (outputs > 0.5) == targets": lambda: hits(case, 0.5).mean()}
        rounded = "the share of round(outputs) == targets"
        formulas[rounded] = lambda: (case.x.round() == (case.batch.all.one_hot > 0.5)).float().mean()
        return scored(case, formulas, note=text)


@mistake(
    title="A threshold of 0 on probabilities",
    why="""The probability that belongs to a logit of 0 is 0.5. No probability is below 0, so every answer is yes, and
    the accuracy is the share of true labels.""",
    fix="predicted = probs > 0.5  # or logits > 0",
    read=("02 One threshold, three units",),
)
def threshold_zero_on_probabilities(case):
    if case.form not in ("sigmoid", "unit") or not case.labels or case.hard:
        return None
    if same(case.decisions, case.x > 0) and not same(case.decisions, case.x > 0.5):
        return f"the predictions are outputs > 0, and {range_text(case)}"
    return scored(case, {"the share of (outputs > 0) == targets": lambda: hits(case, 0.0).mean()})


@mistake(
    title="Softmax over the wrong dim",
    why="""The entries of another dimension compete: an answer depends on what else is in the batch, and with a
    batch of one every weight is 1.""",
    fix="probs = torch.softmax(logits, dim=1)  # the dimension of the classes; keys in attention: dim=-1",
    read=("03 The everyday rule: a batch", "08 Exhibit 4"),
)
def softmax_over_the_wrong_dim(case):
    dims = () if case.means_the_last_dim else case.wrong_dims
    usual = set(dims) & {1, len(case.shape) - 1} and len(case.shape) > 2  # dimensions that classes or keys often have
    if dims and not (case.targets is None and case.low < 1 and usual):
        ones = ", all of them exactly 1" if case.low == 1.0 else ""
        return f"outputs {case.shape} sum to 1 along dim {dims[0]}{ones}, not along the {case.K} classes"
    if case.single_label and len(case.shape) == 2 and case.name != "kl_div":
        formulas = {
            "nll_loss(log_softmax(outputs, dim=0), targets)": lambda c: class_rows(c, c.over_the_batch, False),
            "cross_entropy(softmax(outputs, dim=0), targets)": lambda c: class_rows(c, c.over_the_batch.exp()),
        }
        return trial(formulas)
    if case.single_label and case.index is not None and case.form == "logits" and not case.batch.large:
        others = [dim for dim, size in enumerate(case.shape) if dim != case.dim and size > 1]
        if len(case.shape) > 2 and case.name is None and not case.means_the_last_dim:
            return trial({f"nll_loss(log_softmax(outputs, dim={d}), targets)": over_dim(case, d) for d in others})


def over_dim(case, dim):
    """Return the function of a part that is the mean of −log of a softmax along this dimension of the outputs."""
    log_probs = as_rows(case.whole.log_softmax(dim), case.dim)
    return lambda part: class_rows(part, log_probs, log_softmax=False)


@mistake(
    title="Sigmoid before cross_entropy",
    why="""Sigmoids lie between 0 and 1, so the softmax inside the loss can't be surer than e/(e + K − 1): the same
    floor as after a softmax.""",
    fix="loss = F.cross_entropy(logits, targets)  # no sigmoid",
    read=("08 Your loss is stuck", "04 Softmax twice"),
    floor=floors.SIGMOID_AND_SOFTMAX,
    tell="accuracy good, rows in [0, 1]",
    guesses=numbers_in_0_1,
)
def sigmoid_before_cross_entropy(case):
    if not case.single_label or case.name == "kl_div":
        return None
    if case.takes("cross_entropy") and (found := given_sigmoids(case, ", rows don't sum to 1")):
        return found
    return trial({"cross_entropy(sigmoid(outputs), targets)": lambda part: class_rows(part, part.sigmoid)})


@mistake(
    title="Softmax before binary_cross_entropy_with_logits",
    why="""The loss takes a sigmoid of each probability: all become 0.5 to 0.731, and labels that could be true
    together share one unit.""",
    fix="loss = F.binary_cross_entropy_with_logits(logits, targets)  # no softmax",
    read=("05 Three wrong pairings", "08 Your loss is stuck"),
    floor=floors.SOFTMAX_AND_SIGMOID,
    tell="one label a row, and none near 0 or 1",
    guesses=softmax_and_sigmoid,
)
def softmax_before_bce_with_logits(case):
    if case.K < 2 or not (case.labels or case.target_form == "indices"):
        return None
    if case.form == "softmax" and case.labels and case.takes("binary_cross_entropy_with_logits"):
        return unless_disproved(case, f"{sums_text(case)}: a softmax stands before the loss")
    return trial({"binary_cross_entropy_with_logits(softmax(outputs), targets)": lambda c: label_rows(c, c.softmax)})


@mistake(
    title="nll_loss on probabilities: the logarithm is missing",
    why="The loss is −p, between −1 and 0. It trains, but a row that is confidently wrong has next to no slope.",
    fix="loss = F.cross_entropy(logits, targets)  # or F.nll_loss(F.log_softmax(logits, dim=1), targets)",
    read=("04 Which two functions does cross_entropy replace?", "08 Exhibit 7"),
    floor=Floor(lambda s: -1.0, lambda s, x: -winner_prob(x, s)),
    tell="minus the accuracy, once the network is sure",
    guesses=minus_p,
)
def nll_loss_on_probabilities(case):
    if case.K < 2 or case.target_form != "indices" or case.name == "cross_entropy":
        return None
    if case.takes("nll_loss") and case.unit_interval and case.high > 0:
        return unless_disproved(case, f"{range_text(case)}; log-probabilities are never above 0")
    plain = {"log_softmax": False, "smoothing": 0.0}
    formulas = {"nll_loss(softmax(outputs), targets)": lambda c: class_rows(c, c.softmax, **plain)}
    if case.unit_interval:
        formulas = {"nll_loss(outputs, targets)": lambda c: class_rows(c, c.x, **plain)}
    return trial(formulas)


@mistake(
    title="nll_loss on logits: log_softmax is missing",
    why="""The loss is the negative logit of the target, which has no lower bound: it falls for ever by making all
    logits larger.""",
    fix="loss = F.cross_entropy(logits, targets)",
    read=("04 Which two functions does cross_entropy replace?", "08 Exhibit 7"),
    floor=Floor(lambda s: -math.inf, lambda s, x: -x),
    tell="falls on as the logits grow",
    guesses=below_zero_of_classes,
)
def nll_loss_on_logits(case):
    if case.K < 2 or case.target_form != "indices" or case.name == "cross_entropy" or case.unit_interval:
        return None
    if masked_log_probs(case):
        return None
    if case.takes("nll_loss") and case.form == "logits" and (case.finite or case.high > 0.01):
        sums = "their exponentials don't sum to 1 in every row: no log-probabilities"
        return unless_disproved(case, f"outputs reach {case.high:.4g} and {sums}")
    if case.form == "logits":
        return trial({"nll_loss(outputs, targets)": lambda c: class_rows(c, c.x, log_softmax=False, smoothing=0.0)})


@mistake(
    title="Logits into binary_cross_entropy",
    why="Without 'with_logits' the loss takes probabilities; torch refuses values outside [0, 1].",
    fix="loss = F.binary_cross_entropy_with_logits(logits, targets)",
    read=("05 Where the three forms part", "08 Exhibit 2"),
)
def logits_into_binary_cross_entropy(case):
    if case.takes("binary_cross_entropy") and case.finite and not case.unit_interval:
        return unless_disproved(case, f"outputs reach from {case.low:.4g} to {case.high:.4g}")


@mistake(
    title="Probabilities given as logits",
    why="p is no logit, log p is one: the softmax of probabilities is nearly uniform.",
    fix="logits = probs.log()  # for gumbel_softmax and Categorical(logits=…)",
    read=("01 Second column: softmax", "08 Exhibit 1"),
)
def probabilities_as_logits(case):
    if case.form == "softmax" and case.name == "gumbel_softmax":
        return sums_text(case)
    if case.predictions is None or case.K < 3 or case.n < 64 or case.predictions.numel() != case.n or not case.finite:
        return None
    drawn, x = case.predictions.reshape(-1, 1).long(), case.x.double()
    if case.batch.large or not 0 <= int(drawn.min()) <= int(drawn.max()) < case.K or case.form == "log-softmax":
        return None
    probs = case.form == "softmax"
    logits = x.clamp_min(TINY).log() if probs else x
    kinds = {"softmax(probabilities)": logits.softmax(-1).log_softmax(-1)}
    kinds["sigmoid(logits)"] = F.logsigmoid(logits)
    kinds["logits without those below 0"] = logits.clamp_min(TINY).log()
    best = max(logits.div(T).log_softmax(-1).gather(1, drawn).sum().item() for T in DRAWN_AT)
    for name, values in kinds.items():
        log_probs = values.log_softmax(-1)
        p, found = log_probs.exp(), log_probs.gather(1, drawn).sum().item()
        each = (p * log_probs).sum(-1)
        spread = ((p * log_probs.square()).sum(-1) - each.square()).sum().clamp_min(1).sqrt().item()
        if found > best + 10 and abs(found - each.sum().item()) < 3 * spread:
            text = f"as draws from {name} the predictions have a mean log-probability of {found / case.n:.3f}"
            fix = "predicted = torch.multinomial(logits.softmax(1), 1)"
            return doubt(f"{text}, as draws from softmax(logits) {best / case.n:.3f} at most", fix=fix)

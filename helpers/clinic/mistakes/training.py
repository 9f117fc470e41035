"""Mistakes: The course of training, and what it leaves."""

import math

import torch

from helpers.clinic.evidence import Formula, Trial, class_text, doubt
from helpers.clinic.floors import Floor
from helpers.clinic.guesses import above_chance, guesses_of_chance, other_base
from helpers.clinic.metrics import agreement
from helpers.clinic.mistakes.values import LOWEST
from helpers.clinic.numbers import class_rows, divided
from helpers.clinic.record import mistake


@mistake(
    title="Nothing has been learned",
    why="""ln K is what a network says that knows nothing about K classes. At the first step that is right; later it
    means that no gradient arrives, that inputs are constant or that the step is far too large.""",
    fix="print(logits.std(dim=0), [p.grad.norm() for p in model.parameters() if p.grad is not None])",
    read=("04 Random guesses", "08 Exhibit 11"),
    floor=Floor(lambda s: math.log(s.num_classes)),
    tell="fine at first; later accuracy 1/K, or one class's share",
    guesses=guesses_of_chance,
)
def stuck_at_chance(case):
    if case.targets is None:
        return None
    course = len(case.history) >= 10 and all(map(math.isfinite, case.history))
    some = case.batch.sample.x
    alike = case.finite and len(some) >= 16 and not case.hard
    # A mask's fill is the same in every row, and so large that beside it all else is rounding.
    reach = some[some > LOWEST].abs().amax().item() if alike and case.high > LOWEST else 1.0
    if alike and bool((some - some[0]).abs().max() <= 1e-6 * max(1.0, reach)):
        text = f"all {len(some)} rows of outputs looked at are the same: what comes in does not reach them"
        return text if course else doubt(f"{text}. At the first step of a last layer that starts at 0 that is in order")
    if not course:
        return None
    chance = {"ln K": math.log(case.K)} if case.single_label else {"ln 2": math.log(2)}
    late = case.history[len(case.history) // 2 :]
    for name, floor in chance.items():
        # 2 % is a batch's noise. The mean lies no lower than 0.6 % below: a network that learns slowly is lower.
        near = all(abs(loss - floor) <= 0.02 * floor for loss in late) and sum(late) / len(late) > 0.994 * floor
        # A run that falls to ln K from above may be about to learn; it was never stuck there.
        if near and abs(case.history[0] - floor) <= 0.25 * floor:
            start = f"from {case.history[0]:.4g} at the start"
            return f"the last {len(late)} losses lie within 2 % of {name} = {floor:.4f}, {start}"


@mistake(
    title="One class always wins",
    why="""The winner doesn't depend on the input: the share of the most frequent class has been learned, or a bias
    has run away.""",
    fix="print(logits.std(dim=0), logits.mean(dim=0))  # spread by input against difference between classes",
    read=("04 Random guesses", "08 Exhibit 10"),
)
def one_winner(case):
    if case.K < 2 or case.n < 32 or case.index is None or not case.finite or not case.sound_targets:
        return None
    some = case.batch.sample
    winners, kinds = some.x.argmax(-1), some.index.unique()
    if len(kinds) < 2 or not bool((winners == winners[0]).all()):
        return None
    winner = class_text(case, winners[0].item())
    text = f"{winner} wins in all {some.n} rows looked at; the targets have {len(kinds)} classes"
    # A class with half of the rows is a good first guess for a network that goes on learning.
    frequent = torch.bincount(some.safe_index, minlength=case.K).max().item() / some.n
    if len(case.history) >= 10 and frequent < 0.5:
        late = case.history[len(case.history) // 2 :]
        # Flat, and no better than half of what guesses cost.
        if max(late) - min(late) <= 0.02 * abs(max(late)) and late[-1] > 0.5 * math.log(len(kinds)):
            return f"{text}; the last {len(late)} losses lie between {min(late):.4g} and {max(late):.4g}"
    return doubt(f"{text}; an untrained network and rare classes do that too")


@mistake(
    title="A loss far above ln K",
    why="""The network is sure without a reason: its last layer has started with too large weights, the inputs are
    not scaled (0 to 255), or outputs and targets were put in different orders.""",
    fix="nn.init.normal_(model.head.weight, std=0.01); nn.init.zeros_(model.head.bias)",
    read=("04 Random guesses", "08 Exhibit 11"),
    tell="at the start? a sum, or a margin times a scale?",
    guesses=above_chance,
)
def loud_start(case):
    explained = case.explained
    plain = explained and explained.formula.loss == "cross_entropy" and explained.reduction in (None, "mean")
    if not plain or case.weight is not None or case.batch.large:
        return None
    if case.n >= 16 and case.value > 2 * math.log(case.K) and case.target_form == "indices":
        times = f"{case.value / math.log(case.K):.1f} times ln {case.K}"
        text = f"the loss {case.value:.4g} is {times}, with {100 * case.row_accuracy:.0f} % right winners"
        if agreement(case.winners[case.counted], case.index[case.counted], case.K) == 0:
            text += ", no more than by chance: a last layer that is too loud, or targets of other rows"
        return doubt(text)


@mistake(
    title="Softmax's derivative without its off-diagonal part",
    why="""Each probability depends on every logit: the Jacobian is diag(p) − p·pᵀ. p(1 − p) is only its diagonal,
    as for a sigmoid.""",
    fix="gradient = (softmax(logits, dim=1) - one_hot) / N",
    read=("04 The gradient", "04 The gradient"),
)
def diagonal_gradient(case):
    if case.grad is None or case.K < 2 or not case.classes or not case.sound_targets or not case.finite:
        return None
    softmax, one_hot, error = case.batch.all.softmax, case.batch.all.one_hot, max(1e-5, 4 * case.rough)
    for rows in (1, case.n):
        found = case.grad * rows
        diagonal = torch.allclose(found, one_hot * (softmax - 1), atol=error)
        if diagonal and not torch.allclose(found, softmax - one_hot, atol=error):
            rest = f"exactly 0 at the other {case.K - 1} classes, where p − y is up to {softmax.max():.4g}"
            return f"grad is −y·(1 − p) and {rest}"


@mistake(
    title="A logarithm of another base",
    why="""torch's losses are in nats. In bits they are 1.443 times as large, with log10 0.434 times; floors like ln
    K don't fit.""",
    fix="loss = loss * math.log(2)",
    read=("01 Third column: the negative log-softmax", "08 Exhibit 12"),
    tell="other losses are 1.44 or 0.43 times as large, too",
    guesses=other_base,
)
def other_logarithm(case):
    if case.single_label and case.name != "kl_div":

        def in_base(base, text):
            rows = lambda c: divided(class_rows(c, c.x), math.log(base))  # noqa: E731
            metric = base == 2 and not case.name and not case.is_lowered
            note = "as a metric, the bits of a token, in order: history= or loss_fn= would tell" if metric else ""
            return Formula(text, rows, note=note, fix=f"loss = loss * math.log({base})", convicts=not metric)

        return Trial((in_base(2, "cross_entropy in bits"), in_base(10, "cross_entropy with log10")))


@mistake(
    title="Saturated outputs",
    why="Where a sigmoid or softmax has rounded to 0 or 1, the row has no slope that could mend it.",
    fix=("print(logits.abs().max())  # stay with logits in the loss; look at the learning rate and the inputs' scale"),
    read=("91 Half precision and autocast", "05 A hundred steps with each form"),
)
def saturated(case):
    if not case.finite or (case.targets is not None and not case.sound_targets):
        return None
    binary = case.labels and case.share is not None and case.takes("binary_cross_entropy")
    if binary and case.unit_interval and (case.low == 0 or case.high == 1):
        wrong = (((c.x == 0) & (c.share > 0)) | ((c.x == 1) & (c.share < 1)) for c in case.batch.chunks)
        if lost := sum(int(each.sum()) for each in wrong):
            count = f"{lost} of {case.x.numel()} probabilities are exactly 0 or 1 and wrong"
            return doubt(f"{count}: each costs 100 whatever it was")
    if case.form == "logits" and max(-case.low, case.high) > 88:
        # What lies far below all else, at one value, is a mask's fill.
        low = case.x[case.x > case.low].min().item() if case.low <= -1e4 and case.low < case.high else case.low
        if max(-low, case.high) > 88:
            return doubt(f"outputs reach from {low:.4g} to {case.high:.4g}: e^x leaves float32 at 88.7")

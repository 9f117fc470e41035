"""Mistakes: Values that spoil a loss."""

import math

import torch

from helpers.clinic.evidence import Evidence, doubt, trial
from helpers.clinic.guesses import hundreds, no_number
from helpers.clinic.numbers import prob_rows
from helpers.clinic.record import mistake
from helpers.clinic.right import right_formulas

LOWEST = torch.finfo(torch.float16).min  # of the types' lowest numbers the one nearest to 0


@mistake(
    title="Nothing but ±∞, as a temperature of 0 makes it",
    why="""Divided by 0, logits above 0 become +∞ and those below −∞, and their softmax is NaN. (torch.logit of
    probabilities that are exactly 0 or 1 gives ±∞, too: keep the logits.)""",
    fix="predicted = logits.argmax(dim=1)  # temperature 0 asks for the largest logit: nothing is divided",
    read=("11 Five mistakes",),
)
def temperature_of_zero(case):
    if case.infinite:
        above, below = (int((case.x == each).sum()) for each in (math.inf, -math.inf))
        text = f"of {case.x.numel()} outputs none is finite: {above} are +∞ and {below} −∞, as logits / 0 are"
        return Evidence(text, fix="predicted = logits > 0  # no temperature" if case.labels or case.K == 1 else None)


@mistake(
    title="NaN or infinity in the outputs",
    why="One NaN makes the mean NaN, and after one step every weight.",
    fix="torch.autograd.set_detect_anomaly(True)  # names the operation that made it",
    read=("07 Logits all the way", "05 Masking with −inf"),
    tell="outputs.isnan().any()",
    guesses=no_number("nan"),
)
def nan_outputs(case):
    if not case.finite and not case.infinite:
        nans, infs = int(case.x.isnan().sum()), int(case.x.isposinf().sum())
        if nans or infs:
            return f"{nans} outputs are NaN and {infs} are +inf, of {case.x.numel()}"


@mistake(
    title="Rows that are masked entirely",
    why="""A softmax over nothing but −inf is 0/0 = NaN, and its gradient poisons the network. Over nothing but the
    lowest number it is even: the row costs ln K, and what was hidden shares the whole.""",
    fix="keep = ~mask.all(dim=1); loss = F.cross_entropy(logits[keep], targets[keep])  # mask: True where hidden",
    read=("05 Masking with −inf", "12 Keys that must not be seen"),
    tell="outputs.isinf().all(dim=1).any()",
    guesses=no_number("nan"),
)
def masked_rows(case):
    if case.K < 2 or case.infinite or (case.finite and case.low > LOWEST):
        return None
    nans = case.x.isnan()
    lost = nans.all(-1)
    if bool(lost.any()) and 2 * int(lost.sum()) < case.n and not bool(nans[~lost].any()):
        return doubt(
            f"NaN fills {int(lost.sum())} of {case.n} rows and none of the others: a mask that leaves nothing?"
        )
    top, low = case.x.amax(-1), case.x.amin(-1)
    empty = top == -math.inf
    if not bool(empty.any()):
        empty = (top == low) & (top <= LOWEST)
    if count := int(empty.sum()):
        value = top[empty][0].item()
        return f"{count} of {case.n} rows of outputs are {'−inf' if value == -math.inf else f'{value:.5g}'} throughout"


@mistake(
    title="−inf where the loss needs a number",
    why="""0·(−inf) is NaN: a mask of −inf goes with class indices only, never with class probabilities, smoothing
    or a binary loss; and no target may be a masked class.""",
    fix="logits = logits.masked_fill(mask, -1e4)  # or drop the masked entries from the loss",
    read=("05 Masking with −inf", "04 A smoothed loss has a floor"),
    tell="a target is masked, or smoothing is on",
    guesses=no_number("inf", "nan"),
)
def minus_infinity_in_the_loss(case):
    masked = case.x == -math.inf if not case.finite and not case.infinite else None
    if masked is None or case.targets is None or not bool(masked.any()) or not case.sound_targets:
        return None
    if case.form == "softmax" or bool(masked.all(-1).any()):
        return None
    count = f"{int(masked.sum())} outputs are −inf"
    if case.index is not None:
        hit = masked.gather(1, case.batch.all.safe_index[:, None])[:, 0]
        hit = int((hit if case.kept is None else hit & case.kept).sum())
        if hit:
            return f"{count}, and {hit} targets are such a class: their loss is inf"
        if case.smoothing or (case.value is not None and case.value == math.inf):
            return f"{count}, and label smoothing gives each of them a share: the loss is inf"
        return None
    what = "class probabilities" if case.classes and not (case.value is None and case.labels) else "a binary loss"
    return f"{count}; with {what} 0·(−inf) is NaN"


@mistake(
    title="The logarithm of a probability that is exactly 0",
    why="""log 0 is −inf and 0·log 0 is NaN. Probabilities underflow to 0; their logarithms don't, if they are never
    left.""",
    fix="log_probs = F.log_softmax(logits, dim=1)  # for an entropy: torch.special.entr(probs).sum(-1)",
    read=("91 logit with eps", "04 Step 3: log_softmax"),
    tell="is a probability exactly 0?",
    guesses=no_number("inf", "nan"),
)
def logarithm_of_zero(case):
    if case.spoiled and case.unit_interval and case.high > 0:
        zeros, ones = int((case.x == 0).sum()), int((case.x == 1).sum())
        if zeros or (ones and case.labels):
            count = f"of {case.x.numel()} probabilities {zeros} are exactly 0, {ones} exactly 1"
            return f"the loss is {case.value}, and {count}"


@mistake(
    title="A sigmoid or softmax that leaves its float type",
    why="""In float16 a sigmoid is 1 from 8.32 on and e^x is inf from 11.1 on; in float32 from 16.6 and 88.7. The
    logarithm of what is left is inf or NaN.""",
    fix="loss = F.cross_entropy(logits.float(), targets)  # or F.logsigmoid: stay with logits",
    read=("91 Half precision and autocast", "04 Subtract the largest"),
    tell="is a logit above 11 (float16) or 88?",
    guesses=no_number("inf", "nan"),
)
def exponential_overflow(case):
    if not case.spoiled or not case.finite or case.unit_interval or not case.sound_targets:
        return None
    kind = str(case.raw.dtype).removeprefix("torch.") if case.raw.is_floating_point() else "float32"
    one, over = {"float16": (8.32, 11.09), "bfloat16": (6.24, 88.7), "float64": (36.7, 709.8)}.get(kind, (16.64, 88.7))
    if case.high >= over or case.high >= one and case.labels or case.high - case.low > over:
        text = f"in {kind} outputs reach from {case.low:.4g} to {case.high:.4g}"
        text = f"the loss is {case.value}, and {text} (σ is 1 from {one}, e^x inf from {over})"
        binary = "loss = F.binary_cross_entropy_with_logits(logits.float(), targets.float())"
        return Evidence(text, fix=None if case.classes and not case.labels else binary)


@mistake(
    title="A loss that is no number, where outputs and targets give one",
    why="""It is not these logits that spoil it. A loss by hand may take the logarithm of 0, a root of 0 or a mean over
    no rows; another term or a weight may be NaN; or the outputs are of another step than the loss.""",
    fix="print([term.isfinite().item() for term in terms])  # terms: all that is added up to the loss",
    read=("07 Logits all the way", "91 logit with eps"),
)
def loss_is_no_number(case):
    if case.spoiled and case.finite and case.sound_targets:
        formula = next(right_formulas(case), None)  # none where the loss named can't take such targets
        if formula and math.isfinite(number := case.compute(formula)[0]):
            text = f"the loss is {case.value}, and all outputs are finite: {formula.text} would be {number:.6g}"
            return Evidence(text, rare=True)


@mistake(
    title="binary_cross_entropy of a sigmoid that was rounded to 0 or 1",
    why="""What σ has rounded away no loss brings back: a sure mistake costs 100 whatever the logit, and has no
    gradient.""",
    fix="loss = F.binary_cross_entropy_with_logits(logits, targets)",
    read=("05 Where the three forms part", "07 Logits all the way"),
    tell="a label sure and wrong costs 100, gradient 0",
    guesses=hundreds,
)
def bce_of_rounded_sigmoid(case):
    if not case.labels or case.unit_interval or not case.finite:
        return None
    if max(-case.low, case.high) < 6:
        return None

    def rounded(dtype):
        return lambda c: prob_rows(c, c.x.to(dtype).sigmoid().to(c.x.dtype))

    name = "binary_cross_entropy(sigmoid(outputs), targets)"
    kinds = {f"{name} in {dtype}": rounded(dtype) for dtype in {case.whole.dtype: 0, torch.float32: 0}}
    return trial({name: rounded(case.raw.dtype)} if case.rough else kinds)


@mistake(
    title="A mask that multiplies logits or log-probabilities by 0",
    why="""0 is a logit like any other, and the largest log-probability there is, the logarithm of 1: what was to be
    left out keeps its share of the softmax, or takes most of it.""",
    fix="logits = logits.masked_fill(mask == 0, -math.inf)",
    read=("03 What you would notice in practice", "05 Masking with −inf", "11 Five mistakes"),
)
def masked_by_multiplication(case):
    if case.form != "logits" or not case.finite or not case.low < 0 < case.high or case.K < 3:
        return masked_log_probs(case)
    x = case.batch.sample.x
    zero = x == 0
    if len(x) > 1:
        # Rows and columns that are 0 throughout are padding or a reference, and so are rows with one choice forced.
        zero = zero & ~zero.all(0) & (zero.sum(-1, keepdim=True) < case.K - 1)
    count = int(zero.sum())
    rest = x[x != 0]
    # The others are not whole or half numbers, among which 0 would be one of a few.
    if count >= 2 and count >= 0.02 * x.numel() and bool((rest * 4 != (rest * 4).round()).float().mean() > 0.5):
        others = f"others from {case.low:.3g} to {case.high:.3g}"
        text = f"{count} of {x.numel()} outputs are exactly 0, scattered among {others}"
        return text if rest.min() < 0 < rest.max() else None


def masked_log_probs(case):
    """Return what speaks for log-probabilities, part of which a mask has made 0: it may be a doubt."""
    if case.form != "logits" or not case.finite or not case.low < 0 == case.high or case.K < 3:
        return None
    error = 1e-3 + 2 * case.rough * (1 + math.log(case.K))
    x = case.batch.sample.x.double()
    zero, sums = x == 0, x.logsumexp(-1)
    some = zero.any(-1)
    rest = x.masked_fill(zero, -math.inf).logsumexp(-1)
    hidden, plain = int((some & (sums > error)).sum()), int((~some).sum())
    # A sure row has a 0 of its own, and so has each row of logits less their largest: but not two.
    if hidden == 0 or zero.sum(-1).max() < 2 or (rest > error).any() or (sums[~some].abs() > error).any():
        return None
    text = f"{int(zero.sum())} outputs are exactly 0, and in {hidden} rows the exponentials sum to more than 1"
    fix = "log_probs = log_probs.masked_fill(mask == 0, -math.inf)"
    columns = zero.all(0)
    if plain:
        return Evidence(f"{text}, where those of the {plain} rows without a 0 sum to 1", fix=fix)
    if len(x) >= 4 and columns.sum() >= 2 and not zero[:, ~columns].any():
        return Evidence(f"{text}, without {int(columns.sum())} columns of 0 to no more than 1", fix=fix)
    # Loud logits that were clamped look alike.
    return doubt(f"{text}, without the 0 to no more than 1", fix=fix) if int(zero.sum()) >= 2 * len(x) else None

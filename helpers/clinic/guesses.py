"""Under which settings a mistake leaves a loss near the one typed: what is known, as `Clues`, and each `Guess`.

Throughout, c are the `Clues` and k is a number of classes. The functions below "what mistakes leave" are the `guesses`
of mistakes' records: each yields a `Guess` for every setting that the clues allow.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

from helpers.clinic.floors import NO, RATES, YES, Setting, entropy, floor_of_two_softmaxes, smoothing_floor
from helpers.clinic.reading import EPS
from helpers.inputs import read_count, read_number, read_share
from helpers.text import number

# Numbers of classes that are met so often that they need not be typed: digits, letters, well-known data, vocabularies.
FAMILIAR = frozenset((*range(2, 11), 20, 26, 50, 80, 100, 200, 256, 365, 1000, 10_000, 21_841))
FAMILIAR |= {30_522, 32_000, 50_257, 50_304, 128_256, 151_936, 256_000}
BATCHES = frozenset(size for i in range(5, 14) for size in (2**i, 2 ** (i + 1) - 1))  # of contrastive losses
LARGEST_K = max(FAMILIAR)
VOCABULARY = 1000  # from so many classes on they are words, most often
ABOVE, BELOW = 0.01, 0.003  # how far from its value, as a share of it, a log's mean over a few batches stands
NEXT_TO_NONE = 0.001  # a mean loss of which no row can have been wrong, unless there are hundreds
BALANCE = "fine at first, or for a GAN in balance; accuracy 1/2?"
ROUND = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.3, 0.4)  # shares of true labels that are met often


@dataclass(frozen=True)
class Clues:
    """What is known of a training whose loss is stuck."""

    loss: float
    unit: float  # half a unit of the loss's last digit
    num_classes: int | None = None  # 1 for one output
    accuracy: float | None = None
    accuracy_unit: float = 0.0
    smoothing: float | None = None  # ε
    share: float | None = None  # of true labels

    @property
    def one_output(self):
        """Whether it may be a network with one output: those are asked yes or no."""
        return self.num_classes in (1, 2) or self.num_classes is None and self.share is not None

    @property
    def chance(self):
        """The loss of guesses, or None where the number of classes is unknown."""
        if self.num_classes == 1 or self.share is not None:
            return NO
        return math.log(self.num_classes) if self.num_classes else None

    @property
    def wrong(self):
        """The share of wrong answers, as large as the accuracy's digits allow, or None."""
        return None if self.accuracy is None else min(1.0, 1 - self.accuracy + self.accuracy_unit)


def share_of_one(text, argument, percent=False):
    """Return (a share, half a unit of its last digit): 98 % and 98 are 0.98; or (None, 0.0) of an empty text.

    >>> share_of_one("98,5 %", "accuracy"), share_of_one("0.98", "accuracy"), share_of_one("1", "share", percent=True)
    ((0.985, 0.0005), (0.98, 0.005), (0.01, 0.005))
    """
    if not text.strip():
        return None, 0.0
    number = read_share(f"{text}%" if percent and "%" not in text else text, argument)
    return number.value, number.half_digit if number.percent else min(number.half_digit, 0.05)


def clues(loss, num_classes="", accuracy="", smoothing="", share=""):
    """Return the `Clues` that these texts hold; an empty one is unknown. Digits count: "2.30" is 2.295 to 2.305.

    >>> clues("2,30", "50,257")
    Clues(loss=2.3, unit=0.005, num_classes=50257, accuracy=None, accuracy_unit=0.0, smoothing=None, share=None)
    """
    value, unit, _ = read_number(loss, "loss")
    if value == 0:
        unit = min(unit, 0.005)
    else:
        unit = max(unit, 4 * EPS * abs(value)) if math.isfinite(value) else 0.0
    k = read_count(num_classes, "num_classes") if num_classes.strip() else None
    rate, true = share_of_one(smoothing, "smoothing")[0], share_of_one(share, "share", percent=True)[0]
    return Clues(value, unit, k, *share_of_one(accuracy, "accuracy"), smoothing=rate, share=true)


class Guess(NamedTuple):
    """A setting under which a mistake gives a loss near the one typed."""

    setting: str
    value: float
    weight: float = 1.0  # how likely the setting is among those of its mistake
    width: float = 0.0  # of the range that the mistake can give where a setting that nobody knows is free, or 0
    below: float = 0.0  # how far below the value the mean of a log may stand
    above: float = 0.0
    noise: bool = True  # whether it may stand there, as a mean over a few batches does
    num_classes: int | None = None
    smoothing: float = 0.0
    share: float | None = None
    true_labels: int = 1
    title: str = ""  # where the record's own is not the one to say
    tell: str = ""  # where the record's own is not the one to say


def share_of(entropy_value):
    """Return the share up to one half whose entropy this is, 0 to ln 2."""
    from scipy.optimize import brentq  # importing it takes longer than all else that the detective needs

    return brentq(lambda share: entropy(share) - entropy_value, 0.0, 0.5) if entropy_value < NO else 0.5


def class_counts(c):
    """Yield (K, how likely it is, whether it is familiar)."""
    if c.num_classes:
        if c.num_classes > 1:
            yield c.num_classes, 1.0, True
        return
    for k in sorted({*range(2, 101), *FAMILIAR}):
        familiar = k in FAMILIAR
        weight = 0.05 if familiar else 0.05 / k
        yield k, 0.15 if k in (2, 10) else weight, familiar


def true_counts(c):
    """Yield (m, how likely it is, whether it is usual), for m true labels a row."""
    most = min((c.num_classes or 101) - 1, 100)
    if c.num_classes and c.share is not None:
        m = round(c.share * c.num_classes)
        if 1 < m <= most:
            yield m, 1.0, True
        return
    for m in range(2, most + 1):
        usual = m < 6
        yield m, 0.2 if usual else 0.2 / m, usual


def chance_text(c):
    return "ln 2" if c.chance == NO else f"ln {c.num_classes:,}"


def only_guesses(c, k):
    """Whether the accuracy can be that of guesses."""
    k = max(2, k)
    return c.accuracy is None or c.accuracy - 1 / k <= 0.2 * (1 - 1 / k) + c.accuracy_unit


def one_answer(c, share):
    """Whether the accuracy can be that of one answer to all."""
    error = 0.02 + error_of_share(share) + c.accuracy_unit
    return c.accuracy is None or abs(c.accuracy - max(share, 1 - share)) <= error


def has_learned(c, least=0.8):
    """Whether the accuracy can be that of a network that has learned."""
    return c.accuracy is None or c.accuracy + c.accuracy_unit >= least


def as_percent(share):
    return f"{number(100 * share, '.3g')} %"


def true_percent(share):
    return f"{as_percent(share)} true"


# --- what is ordinary


def least_loss(c):
    """Return the least that the accuracy, and label smoothing, allow a cross-entropy: ln 2 for each wrong answer."""
    least = 0.0 if c.wrong is None else max(0.0, c.wrong - 2 * c.accuracy_unit) * NO
    if c.smoothing and (c.num_classes or 0) > 1:
        return max(least, smoothing_floor(c.num_classes, c.smoothing))
    return least


def calibrated_loss(c):
    """Return about the most that this accuracy costs where probabilities are as good as the answers."""
    if c.wrong is None:
        return c.chance or math.log(10)
    k = 2 if c.chance == NO else c.num_classes or 100
    return max(least_loss(c), entropy(c.wrong) + c.wrong * math.log(max(1, k - 1)))


def density(c):
    """Return how densely the losses of healthy networks lie at this one, a nat: the more certain, the more is known.

    Measured on trainings that were run: bench/trainings.py. Most are as sure as they are right. Some are not sure yet,
    and lie between that and ln K; some are sure of what is wrong, and lie above.
    """
    if c.loss < -c.unit:
        return density_below_zero(c)
    if c.chance is None and c.accuracy is None:
        found = 0.1 / 3 + 0.8 / 3 * math.exp(-c.loss / 3)
    else:
        found = density_above_zero(c)
    if c.loss <= c.unit and (c.wrong is None or least_loss(c) <= 2 * c.unit):
        vocabulary = c.accuracy is None and (c.num_classes or 0) >= VOCABULARY  # of which no text is ever certain
        found += (0.002 if vocabulary else 0.1) / (2 * c.unit)
    elif 0 < c.loss <= NEXT_TO_NONE and has_learned(c, 0.99):
        found += 0.1 / (10 * c.loss)  # networks that are sure and right lose any power of ten from 1e-3 down
    return found


def density_below_zero(c):
    if c.loss >= -1 - c.unit:  # scores, which end at −1
        return 0.5 if c.accuracy is None or c.one_output or c.share is not None else 0.05
    if c.num_classes is None and c.accuracy is None:
        return 0.05 / (1 - c.loss)
    # With a number of classes: policy gradients, mixtures of densities, tasks that are added up with learned weights.
    return 0.02 * math.exp(c.loss / 200) / -c.loss


def density_above_zero(c):
    chance, least, usual = c.chance or math.log(10), least_loss(c), 1.5 * calibrated_loss(c) + 0.02
    if c.share is not None and least < entropy(c.share):
        usual = min(usual, entropy(c.share) + 0.02)  # what knowing the share costs
    found = 0.0
    if c.loss < least:  # focal losses, weights, a teacher's answers
        found += 0.05 / (least + 0.01)
    if least <= c.loss + c.unit and c.loss <= usual + c.unit:  # as sure as it is right
        found += 0.6 / (usual - least)
    if least <= c.loss + c.unit and c.loss <= 1.05 * chance:  # not sure yet
        found += 0.15 / chance
    found += 0.15 / chance * math.exp(-max(0.0, c.loss) / chance) + 0.05 / (chance + c.loss)
    if c.one_output and 0 <= c.loss <= 1:  # 1 − Dice
        found += 0.05
    only_first_steps = c.accuracy is not None and knows_nothing(c)
    return 0.1 * found if only_first_steps else found


def knows_nothing(c):
    """Whether the accuracy is that of guesses or of one answer to all, as far as 400 rows show."""
    shares = [1 / (c.num_classes or 2)] if c.share is None else [0.5, max(c.share, 1 - c.share)]
    return any(abs(c.accuracy - p) <= 2 * error_of_share(p) + 0.25 * min(p, 1 - p) + c.accuracy_unit for p in shares)


def error_of_share(share, rows=400):
    return math.sqrt(share * (1 - share) / rows)


def ordinary(c):
    """Yield what a healthy network's loss at this number would be."""
    if not math.isfinite(c.loss) or not (likely := density(c)) > 0:
        return
    setting, title, tell = "still falling, or learned", "", "the accuracy tells more"
    if 0 <= c.loss <= NEXT_TO_NONE and has_learned(c, 0.99):
        setting, title = "sure and right answers cost as little", "Rows learned by heart, or too easy"
        tell = "rows held back? is the answer in the inputs?"
    elif c.loss < -1 - c.unit:
        setting, title = "without a floor", "A loss that may be below 0, as of a density"
        tell = "an ELBO, a critic, a policy, learned weights of tasks?"
    elif c.loss < -c.unit:
        setting, title, tell = "−1 is perfect", "A score with a minus, as −Dice or −IoU", "segmentation? a cosine?"
    elif c.accuracy is None and c.loss > 1.05 * (chance := c.chance or math.log(LARGEST_K)) + c.unit:
        num_classes = 2 if chance == NO else c.num_classes or LARGEST_K
        setting = f"guesses among {num_classes:,} classes cost {number(chance)}"
        title = "A loss above that of guesses"
        tell = "a sum? squared? the first steps?"
    elif c.accuracy is not None:
        right, most, least = f"{number(100 * c.accuracy, '.3g')} % right", calibrated_loss(c), least_loss(c)
        setting, tell = f"{right} allow {number(least)} to {number(most)}", "it falls on, or has learned what it can"
        if c.loss > most + c.unit:
            setting = f"{right} cost {number(most)} at most, if calibrated"
            title, tell = "Answers that are better than their probabilities", "not yet sure, or sure and wrong?"
            if c.chance and c.loss > 1.05 * c.chance + c.unit:
                title, tell = "Sure and wrong: overconfidence", "how large are the losses of the wrong rows?"
        elif c.loss < least - c.unit:
            setting = f"{right} cost {number(least)} at least"
            title, tell = "A loss below that of any cross-entropy", "focal, weighted, squared? Or of other data?"
    yield Guess(setting, c.loss, width=1 / likely, num_classes=c.num_classes, title=title, tell=tell)


# --- what mistakes leave


def log_noise(c, value):
    """Return how far a log may stand from what guesses cost.

    It is wider where the accuracy says that they are guesses, and as far as the share is another one in 400 rows.
    """
    if c.accuracy is None or not knows_nothing(c):
        return {"below": BELOW * value}
    error = 0.0 if c.share is None else entropy(min(0.5, c.share + error_of_share(c.share))) - entropy(c.share)
    return {"below": 0.03 * value + max(0.0, error), "above": 0.05 * value + max(0.0, error)}


def guesses_of_chance(c):
    """Yield what guesses cost: of K classes, of labels of which the share is known, of a batch, of any K that fits."""
    if c.share is None:
        yield from chance_of_classes(c)
    for share in ROUND if c.share is None else [c.share]:
        value, known = entropy(share), c.share is not None
        if one_answer(c, share) and (known or c.one_output or not c.num_classes):
            setting = f"only the share, {true_percent(share)}"
            yield Guess(setting, value, 1.0 if known else 0.005, **log_noise(c, value), noise=known, share=share)
    if not c.num_classes and c.share is None:
        yield from chance_of_any_number(c)
    elif c.num_classes != 2 and only_guesses(c, 2):
        weight = 1.0 if c.chance == NO else 0.1
        yield Guess("yes or no", NO, weight, **log_noise(c, NO), share=c.share, tell=BALANCE)


def chance_of_classes(c):
    for k, weight, familiar in class_counts(c):
        setting, value = "K = 2, or yes or no" if k == 2 else f"K = {k:,}", math.log(k)
        if only_guesses(c, k):
            # ln 4 is a discriminator's loss of true and false pictures, added up.
            tell = BALANCE if k == 2 or k == 4 and not c.num_classes else ""
            yield Guess(setting, value, weight, **log_noise(c, value), noise=familiar, num_classes=k, tell=tell)
        elif c.num_classes and c.accuracy <= 0.9:  # where all logits are 0, one class wins: its share is the accuracy
            yield Guess(f"{setting}, one answer to all", value, 0.03, noise=False, num_classes=k)
        if only_guesses(c, 2):
            yield Guess(f"{k:,} labels, summed", k * NO, 0.1 * weight, noise=False, num_classes=2)


def chance_of_any_number(c):
    """Yield ln K of contrastive batches, and of whatever K is near e to the loss."""
    if only_guesses(c, 32):
        for k in BATCHES - FAMILIAR:
            yield Guess(f"K = {k:,}, as of a contrastive batch", math.log(k), 0.02, noise=False, num_classes=k)
    if not 4.6 < c.loss < math.log(2 * LARGEST_K):
        return
    least, most = math.ceil(math.exp(c.loss - c.unit)), math.floor(math.exp(c.loss + c.unit))
    if least <= most and only_guesses(c, least):
        middle = min(max(round(math.exp(c.loss)), least), most)
        setting = f"K = {least:,}" + (f" to {most:,}" if most > least else "")
        yield Guess(setting, math.log(middle), 0.2, width=math.log(LARGEST_K), num_classes=middle)


def numbers_in_0_1(c):
    if not has_learned(c, 0.5):
        return
    smoothing = c.smoothing or 0.0
    for k, weight, familiar in class_counts(c):
        if c.accuracy is not None and only_guesses(c, k):
            continue
        floor = floor_of_two_softmaxes(Setting(k, smoothing))
        more = {"noise": familiar, "num_classes": k, "smoothing": smoothing}
        barely = math.log(2 * math.exp(0.5) + k - 2) - 0.5 - floor  # how much more a row costs that is just not right
        wrong = 0.0 if c.accuracy is None else 0.95 - c.accuracy  # which may be of other rows, and a little lower
        if wrong * barely <= ABOVE * floor + c.unit:
            yield Guess(f"K = {k:,}", floor, weight, **more)
        if c.accuracy is not None:  # a row that is surely wrong costs 1 more than one that is right
            wrong = 1 - c.accuracy
            more |= {"below": 0.3 * wrong + c.accuracy_unit, "above": 2 * ABOVE * floor + 0.2 * wrong + c.accuracy_unit}
            yield Guess(f"K = {k:,}", floor + (1 - smoothing) * wrong, weight, **more)


def two_sigmoids(c):
    if not has_learned(c):
        return
    if c.share is not None:
        wrong = 0.0 if c.accuracy is None else 1 - c.accuracy  # a wrong answer that is sure costs 0.38 or 0.62 more
        value = c.share * YES + (1 - c.share) * NO
        rows = (NO - YES) * error_of_share(c.share)
        more = {"below": rows + 0.15 * wrong + c.accuracy_unit, "above": rows + 0.02 + 0.15 * wrong}
        yield Guess(true_percent(c.share), value + wrong / 2, share=c.share, **more)
    elif (c.one_output or not c.num_classes) and YES - c.unit <= c.loss <= NO * (1 + ABOVE) + c.unit:
        share = min(max((NO - c.loss) / (NO - YES), 0.0), 1.0)
        yield Guess(true_percent(share), share * YES + (1 - share) * NO, width=NO - YES, share=share)


def softmax_and_sigmoid(c):
    one_true = c.share is None or c.num_classes and abs(c.share * c.num_classes - 1) <= 0.1
    if not one_true or not has_learned(c):
        return
    for k, weight, familiar in class_counts(c):
        if c.num_classes or k <= 100:
            yield Guess(f"K = {k:,}", (YES + (k - 1) * NO) / k, weight, noise=familiar, num_classes=k)


def minus_p(c):
    if not -1 - c.unit <= c.loss < 0 or c.num_classes == 1:
        return
    if c.accuracy is None or c.one_output or c.share is not None:
        yield Guess("−p, never below −1", c.loss, width=1.0, num_classes=c.num_classes)
    elif c.loss <= 0.03 - c.accuracy + c.accuracy_unit:
        value, more = -c.accuracy, {"below": 0.03 + c.accuracy_unit, "above": 0.03 + c.accuracy_unit}
        yield Guess("minus the accuracy", value, num_classes=c.num_classes, **more)


def below_zero(c):
    """Yield what a loss without a floor gives: next to no loss of those lies between −1 and 0."""
    if c.loss < 0:
        yield Guess("without a floor", c.loss, 0.1 if c.loss >= -1 else 1.0, width=max(1.0, -c.loss))


def below_zero_of_classes(c):
    if c.share is None and c.num_classes != 1:
        yield from below_zero(c)


def negative_divergence(c):
    least = -1 - math.log(max(2, c.num_classes or LARGEST_K))
    if c.share is None and c.num_classes != 1 and least - c.unit <= c.loss < 0:
        yield Guess("kl_div", c.loss, 0.5 if c.loss >= -1 else 1.0, width=max(1.0, -c.loss))


def only_the_share(c):
    if not c.one_output:
        return
    if c.share is not None:
        if one_answer(c, c.share):
            value = entropy(c.share)
            yield Guess(true_percent(c.share), value, **log_noise(c, value), share=c.share)
    elif 0.005 < c.loss <= NO * (1 + ABOVE) + c.unit and one_answer(c, share := share_of(min(c.loss, NO))):
        yield Guess(true_percent(share), entropy(share), width=NO, share=share)


def m_log_m(c):
    for m, weight, usual in true_counts(c):
        value = m * math.log(m)
        more = {"above": 0.08 * value, "noise": usual, "num_classes": c.num_classes, "true_labels": m}
        yield Guess(f"{m} true a row", value, weight, **more)


def log_m(c):
    for m, weight, usual in true_counts(c):
        more = {"noise": usual, "num_classes": c.num_classes, "true_labels": m}
        yield Guess(f"{m} true a row", math.log(m), 0.5 * weight, **more)
        if c.num_classes and c.loss > c.unit:
            value = m * math.log(m) / c.num_classes
            likely = (2 if c.share is not None else 0.5) * weight
            yield Guess(f"{m} of K true, BCE", value, likely, above=0.05 * value, **more)


def lone_output(c):
    # Exactly 0, from the first step on; YOLO's class loss of a single class is so, too.
    if c.one_output and (not has_learned(c, 0.99) or c.accuracy is None and c.num_classes == 1):
        yield Guess("outputs (N, 1)", 0.0, noise=False)


def lone_class(c):
    if c.num_classes != 1 and has_learned(c, 0.99) and not c.smoothing:
        yield Guess("any K", 0.0)
        if 0 < c.loss <= NEXT_TO_NONE:
            yield Guess("any K", c.loss, width=30 * c.loss)


def hundreds(c):
    wrong = 1.0 if c.accuracy is None else 1 - c.accuracy
    if wrong:
        value = f"{number(100 * wrong, '.3g')} % wrong"
        yield Guess(value, 100 * wrong, below=100 * c.accuracy_unit, above=100 * c.accuracy_unit)


# Where libraries hold the logarithm of a probability: minus the logarithm of the least one.
CLIPS = {
    "10⁻⁷ (Keras)": -math.log(1e-7),
    "10⁻⁸": -math.log(1e-8),
    "10⁻⁶": -math.log(1e-6),
    "10⁻¹⁰": -math.log(1e-10),
    "10⁻¹²": -math.log(1e-12),
    "10⁻¹⁵": -math.log(1e-15),
    "2⁻¹²⁶ (Caffe)": 126 * math.log(2),
    "2⁻⁵² (scikit-learn)": 52 * math.log(2),
}
# Keras's binary loss takes log(p + 10⁻⁷) and log(1 − p + 10⁻⁷) of p held within 10⁻⁷ and 1 − 10⁻⁷, which is 1 − 2⁻²³
# in float32; a compiler may add 1 + 10⁻⁷ first, which is 1 + 2⁻²³. Older ones leave the second 10⁻⁷ out.
CLIPS_OF_KERAS = {
    "2 · 10⁻⁷ (Keras, true)": -math.log(2e-7),
    "2⁻²³ + 10⁻⁷ (Keras, false)": -math.log(2**-23 + 1e-7),
    "2⁻²² (Keras, false)": 22 * math.log(2),
    "2⁻²³ (Keras, false)": 23 * math.log(2),
}


def clips(c):
    """Yield what surely wrong answers cost where each costs as much as a clip allows.

    Wrong are all, one half, or as many as the accuracy or K says.
    """
    for name, bound in {**CLIPS, **CLIPS_OF_KERAS}.items():
        of_a_library = "(" in name  # those are met more often
        weight, more = 1.0 if of_a_library else 0.2, {"num_classes": c.num_classes}
        if c.accuracy is None:
            shares = {1.0, 1 - 1 / c.num_classes if c.num_classes and c.num_classes > 1 else 0.5}
            for share in shares if c.share is None else {1.0, c.share, 1 - c.share}:
                if share >= 0.1:
                    yield Guess(f"{as_percent(share)} wrong, {name}", share * bound, weight, noise=False, **more)
        elif c.wrong >= 0.1:
            noise = bound * c.accuracy_unit
            wrong = f"{as_percent(1 - c.accuracy)} wrong, {name}"
            yield Guess(wrong, (1 - c.accuracy) * bound, weight, below=noise, above=noise, **more)


def smoothed(c):
    """Yield floors of label smoothing: a network comes near from above, and wrong answers cost more than none."""
    if c.smoothing == 0 or c.share is not None or not has_learned(c, 0.97):
        return
    for rate in RATES if c.smoothing is None else [c.smoothing]:
        usual = rate == RATES[0] or c.smoothing is not None
        for k, weight, familiar in class_counts(c):
            if usual or familiar and k <= 100:
                floor = smoothing_floor(k, rate)
                more = {"above": 0.1 * floor, "noise": familiar, "num_classes": k, "smoothing": rate}
                likely = (6 if c.accuracy is not None else 1) * (weight if usual else 0.3 * weight)
                yield Guess(f"ε = {rate:g}, K = {k:,}", floor, likely, **more)


def above_chance(c):
    guesses = c.chance or math.log(LARGEST_K)
    if c.loss > (2 if c.chance else 1 + ABOVE) * guesses and only_guesses(c, c.num_classes or 2):
        setting = f"{number(c.loss / guesses, '.1f')} times {chance_text(c)}" if c.chance else "above ln K"
        yield Guess(setting, c.loss, width=max(100.0, c.loss), num_classes=c.num_classes)


def times_chance(c):
    """Yield what guesses cost where so many steps or ranks are summed and not averaged."""
    if not c.chance or not only_guesses(c, c.num_classes or 2):
        return
    for steps in (2, 4, 8, 16, 32, 64):
        value = steps * c.chance
        yield Guess(f"{steps} times {chance_text(c)}", value, 0.2, below=BELOW * value, num_classes=c.num_classes)


def other_base(c):
    if c.share is not None:
        return
    for base, name in ((2, "log2"), (10, "log10")):
        for k, weight, familiar in class_counts(c):
            if only_guesses(c, k) and (c.num_classes or k <= 10):
                more = {"noise": familiar, "num_classes": k}
                yield Guess(f"{name} of K = {k:,}", math.log(k, base), 0.2 * weight, **more)


def nothing_counted(c):
    """Yield what a mean over no rows is: NaN, or 0 where at least one is counted."""
    yield from no_number("nan")(c)
    if c.accuracy is None and (c.num_classes or 0) >= VOCABULARY:
        yield Guess("a sum of nothing", 0.0, 2.0, noise=False)


def no_number(*values):
    """Return what yields a guess where the loss typed is one of these texts."""

    def guesses(c):
        if str(c.loss) in values:
            yield Guess("no number", c.loss, width=1.0)

    return guesses

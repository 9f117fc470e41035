"""How often the clinic accuses a healthy run, how often it misses a mistake, and what watching costs.

    python -m bench.clinic                      10,000 healthy runs, 1,000 of each mistake; writes helpers/clinic.csv
    python -m bench.clinic --seed 1 --runs 500  a smaller look with other draws; prints, writes nothing

Each run is drawn: sizes, types, scale, how well the network is trained, which of its numbers the caller has, and in how
many digits. The seeds of the table were never used to tune the clinic.
"""

import argparse
import math
import time
import warnings

import pandas
import torch
import torch.nn.functional as F

from helpers.clinic import MISTAKES, TABLE, diagnose

SEED = 2026
BCE, BCE_LOGITS = F.binary_cross_entropy, F.binary_cross_entropy_with_logits
PRIOR = 0.02


class Draw:
    """A seeded source of sizes, networks and ways to say what came."""

    def __init__(self, seed):
        self.generator = torch.Generator().manual_seed(seed)

    def pick(self, *options):
        return options[int(torch.randint(len(options), (), generator=self.generator))]

    def chance(self, share):
        return self.real(0, 1) < share

    def real(self, low, high):
        return low + (high - low) * torch.rand((), generator=self.generator).item()

    def size(self, low, high):
        """Return a whole number, small ones as often as large ones."""
        return round(math.exp(self.real(math.log(low), math.log(high))))

    def normal(self, *shape):
        return torch.randn(shape, generator=self.generator)

    def uniform(self, *shape):
        return torch.rand(shape, generator=self.generator)

    def type(self):
        return self.pick(*[torch.float32] * 5, torch.float64, torch.float16, torch.bfloat16)

    def classes(self, n=None, K=None, trained=None):
        """Return logits (N, K) and class indices of a network: untrained, loud, calibrated, trained or too sure."""
        n, K = n or self.size(2, 500), K or self.size(2, 200)
        prior = (self.pick(0.0, 0.0, 1.0, 2.0) * self.normal(K)).softmax(0)
        targets = torch.multinomial(prior, n, replacement=True, generator=self.generator)
        state = trained or self.pick("untrained", "loud", "calibrated", "trained", "sure")
        if state in ("untrained", "loud"):
            scale = self.real(0.01, 1) if state == "untrained" else self.real(1, 30)
            return scale * self.normal(n, K) + self.pick(0, 0.3) * self.normal(K), targets
        if state == "calibrated":
            logits = self.real(0.5, 3) * self.normal(n, K) + prior.log()
            return logits, torch.multinomial(logits.softmax(1), 1, generator=self.generator)[:, 0]
        reach = self.real(2, 8) * (1 if state == "trained" else 4)
        return reach * F.one_hot(targets, K) + reach / 4 * self.normal(n, K), targets

    def labels(self, n=None, K=None, trained=None, rate=None):
        """Return logits (N, K) and multi-hot targets of a network for labels that are true independently."""
        n, K = n or self.size(2, 500), K or self.size(1, 30)
        state = trained or self.pick("untrained", "loud", "calibrated", "trained", "sure")
        rate = torch.tensor(rate or self.pick(0.5, 0.3, 0.1, 0.02))
        targets = (self.uniform(n, K) < rate).float()
        if state in ("untrained", "loud"):
            scale = self.real(0.01, 1) if state == "untrained" else self.real(1, 30)
            return scale * self.normal(n, K) + self.pick(0, 0, 1) * torch.logit(rate), targets
        if state == "calibrated":
            logits = self.real(0.5, 3) * self.normal(n, K) + torch.logit(rate)
            return logits, (self.uniform(n, K) < logits.sigmoid()).float()
        reach = self.real(2, 8) * (1 if state == "trained" else 4)
        return reach * (2 * targets - 1) + reach / 3 * self.normal(n, K), targets

    def several(self, n=None, K=None, **options):
        """Return logits and multi-hot targets of which some rows have several true labels."""
        logits, targets = self.labels(n or self.size(8, 300), K or self.size(3, 30), rate=0.4, **options)
        targets[:2, :2] = 1
        return logits, targets

    def digits(self, loss, least=2):
        """Return the loss as a log, a person or a program has it."""
        value = float(loss)
        decimals = self.pick(*range(least, 7))
        return self.pick(
            value,
            value,
            f"{value:.{decimals}f}",
            round(value, decimals),
            loss if isinstance(loss, torch.Tensor) else value,
        )

    def container(self, *values):
        """Return tensors as they are, or as numpy arrays, or lists."""
        way = self.pick(*["tensor"] * 6, "numpy", "list")
        if way == "tensor" or any(value.dtype in (torch.float16, torch.bfloat16) for value in values):
            return values
        return [value.numpy() if way == "numpy" else value.tolist() for value in values]

    def said(self, outputs, targets, loss_fn, least=4, name=True, **options):
        """Return what a caller hands over: outputs, targets, and the loss's number, its function, or both."""
        loss = loss_fn(outputs, targets, **options)
        given = {
            key: value
            for key, value in options.items()
            if key in ("weight", "pos_weight", "label_smoothing", "ignore_index", "reduction")
        }
        ways = {
            "number": {"loss": self.digits(loss, least)},
            "function": {"loss_fn": loss_fn},
            "both": {"loss": self.digits(loss, least), "loss_fn": loss_fn},
        }
        way = ways[self.pick("number", "function", "both") if name else "number"]
        if "loss" not in way and options:
            way = ways["both"]
        outputs, targets = self.container(outputs, targets)
        return dict(outputs=outputs, targets=targets, **given, **way)

    def number(self, outputs, targets, loss, least=4, **given):
        """Return what a caller hands over who has the number only."""
        outputs, targets = self.container(outputs, targets)
        return dict(outputs=outputs, targets=targets, loss=self.digits(loss, least), **given)


# --- healthy runs


def _plain(d):
    logits, targets = d.classes()
    return d.said(logits.to(d.type()), targets, F.cross_entropy, least=2)


def _options(d):
    logits, targets = d.classes()
    K, options = logits.shape[1], {}
    if d.chance(0.5):
        options["label_smoothing"] = d.pick(0.1, 0.05, 0.2)
    if d.chance(0.5):
        options["weight"] = 0.1 + 5 * d.uniform(K)
    if d.chance(0.5):
        targets = torch.where(d.uniform(len(targets)) < 0.3, -100, targets)
        targets[0] = 0
    if d.chance(0.3):
        options["reduction"] = d.pick("sum", "mean")
    return d.said(logits, targets, F.cross_entropy, least=2, **options)


def _sum(d):
    logits, targets = d.classes()
    return d.number(logits, targets, F.cross_entropy(logits, targets, reduction="sum"), least=2)


def _pictures(d):
    n, K, h, w = d.size(1, 8), d.size(2, 12), d.size(1, 12), d.size(1, 12)
    logits, targets = d.classes(n * h * w, K)
    return d.said(logits.reshape(n, h, w, K).movedim(-1, 1), targets.reshape(n, h, w), F.cross_entropy, least=2)


def _soft(d):
    logits, _ = d.classes()
    shares = (d.real(0.3, 4) * d.normal(*logits.shape)).softmax(1)
    return d.said(logits, shares, F.cross_entropy, least=2)


def _one_hot(d):
    logits, targets = d.classes()
    return d.said(logits, F.one_hot(targets, logits.shape[1]).float(), d.pick(F.cross_entropy, BCE_LOGITS), least=2)


def _nll(d):
    logits, targets = d.classes()
    return d.said(logits.to(d.type()).log_softmax(1), targets, F.nll_loss, least=2)


def _by_hand(d):
    logits, targets = d.classes()
    probs = logits.softmax(1).clamp_min(1e-30)
    return d.number(probs, targets, F.nll_loss(probs.log(), targets), least=2)


def _kl(d):
    logits, _ = d.classes()
    shares = (d.real(0.3, 4) * d.normal(*logits.shape)).softmax(1)
    return d.said(logits.log_softmax(1), shares, F.kl_div, least=2, reduction="batchmean")


def _labels(d):
    logits, targets = d.labels()
    logits, targets = logits.to(d.type()), targets
    return d.said(logits, targets.to(logits.dtype), BCE_LOGITS, least=2)


def _weighted_labels(d):
    logits, targets = d.labels()
    return d.said(logits, targets, BCE_LOGITS, least=2, pos_weight=0.2 + 10 * d.uniform(logits.shape[1]))


def _maps(d):
    n, K, h, w = d.size(1, 6), d.size(1, 6), d.size(2, 10), d.size(2, 10)
    logits, targets = (each.reshape(n, h, w, K).movedim(-1, 1) for each in d.labels(n * h * w, K))
    return d.said(logits, targets, BCE_LOGITS, least=2, pos_weight=(0.2 + 10 * d.uniform(K)).view(K, 1, 1))


def _yes_or_no(d):
    logits, targets = d.labels(K=1)
    return d.said(logits[:, 0], targets[:, 0], BCE_LOGITS, least=2)


def _probs(d):
    logits, targets = d.labels()
    probs = logits.sigmoid().clamp(1e-6, 1 - 1e-6)
    return d.said(probs, targets, BCE, least=2)


def _course(d):
    """A training that goes well, with its history, its accuracy and its predictions."""
    logits, targets = d.classes(trained=d.pick("trained", "calibrated"))
    given = d.said(logits, targets, F.cross_entropy, least=2)
    last, first = F.cross_entropy(logits, targets).item(), math.log(logits.shape[1])
    steps = d.size(2, 60)
    given["history"] = [last + (first - last) * math.exp(-6 * i / steps) * d.real(0.9, 1.1) for i in range(steps)] + [
        last
    ]
    given["accuracy"] = round((logits.argmax(1) == targets).float().mean().item(), d.pick(2, 3, 4))
    given["predictions"] = logits.argmax(1)
    return given


def _scored(d):
    logits, targets = d.labels()
    given = d.said(logits, targets, BCE_LOGITS, least=2)
    given["accuracy"] = ((logits > 0) == (targets > 0.5)).float().mean().item()
    given["predictions"] = logits > 0
    return given


def _outputs_only(d):
    logits, _ = d.classes()
    return dict(outputs=d.pick(logits, logits.softmax(1), logits.log_softmax(1), logits.relu()))


def _dead_class(d):
    """Logits with exact zeros for a good reason: a reference class, padded rows, or a ReLU before the last layer."""
    logits, targets = d.classes(K=d.size(3, 20))
    way = d.pick("reference", "padding", "masked")
    if way == "reference":
        logits[:, 0] = 0
    elif way == "padding":
        logits[len(logits) // 2 :] = 0
    else:
        logits[F.one_hot((targets + 1) % logits.shape[1], logits.shape[1]) > 0] = -math.inf
    return d.said(logits, targets, F.cross_entropy, least=2)


HEALTHY = [_plain, _options, _sum, _pictures, _soft, _one_hot, _nll, _by_hand, _kl, _labels, _weighted_labels, _maps, _yes_or_no]  # fmt: skip
HEALTHY += [_probs, _course, _scored, _outputs_only, _dead_class]


# --- mistakes: a function of the mistake's name draws a run that has it


def softmax_before_cross_entropy(d):
    logits, targets = d.classes(n=d.size(4, 500))
    probs = logits.to(d.type()).softmax(1)
    if d.chance(0.5):
        return d.said(probs, targets, F.cross_entropy)
    return d.number(logits, targets, F.cross_entropy(logits.softmax(1), targets))


def sigmoid_before_bce_with_logits(d):
    logits, targets = d.several(n=d.size(30, 500), trained=d.pick("calibrated", "trained", "sure"))
    if d.chance(0.5):
        return d.said(logits.to(d.type()).sigmoid(), targets, BCE_LOGITS)
    return d.number(logits, targets, BCE_LOGITS(logits.sigmoid(), targets))


def threshold_half_on_logits(d):
    logits, targets = d.labels(n=d.size(20, 500), trained=d.pick("untrained", "calibrated"))
    logits[:3, 0] = torch.tensor([-0.2, 0.3, 1.4])
    if d.chance(0.5):
        return dict(outputs=logits, targets=targets, predictions=logits > 0.5)
    targets[1, 0] = 1
    right, came = (((logits > cut) == (targets > 0.5)).float().mean().item() for cut in (0.0, 0.5))
    return dict(outputs=logits, targets=targets, accuracy=came) if right != came else threshold_half_on_logits(d)


def softmax_over_the_wrong_dim(d):
    logits, targets = d.classes(n=d.size(3, 500), K=d.size(3, 100))
    way = d.pick("given", "number", "attention")
    if way == "given":
        return d.said(logits.softmax(0), targets, F.cross_entropy)
    if way == "number":
        return d.number(logits, targets, F.nll_loss(logits.log_softmax(0), targets))
    return dict(outputs=d.normal(1, d.size(1, 30), d.size(2, 30)).softmax(0))


def sigmoid_before_cross_entropy(d):
    logits, targets = d.classes(n=d.size(30, 500), K=d.size(3, 100), trained=d.pick("trained", "sure"))
    if d.chance(0.5):
        return d.said(logits.to(d.type()).sigmoid(), targets, F.cross_entropy)
    return d.number(logits, targets, F.cross_entropy(logits.sigmoid(), targets))


def softmax_before_bce_with_logits(d):
    logits, targets = d.several()
    if d.chance(0.5):
        return d.said(logits.to(d.type()).softmax(1), targets, BCE_LOGITS)
    return d.number(logits, targets, BCE_LOGITS(logits.softmax(1), targets))


def nll_loss_on_probabilities(d):
    logits, targets = d.classes()
    if d.chance(0.5):
        return d.said(logits.to(d.type()).softmax(1), targets, F.nll_loss)
    return d.number(logits, targets, F.nll_loss(logits.softmax(1), targets))


def nll_loss_on_logits(d):
    logits, targets = d.classes(n=d.size(4, 500))
    return d.said(logits, targets, F.nll_loss)


def logits_into_binary_cross_entropy(d):
    logits, targets = d.labels(n=d.size(20, 500))
    return dict(outputs=logits, targets=targets, loss_fn=d.pick(BCE, "BCELoss", torch.nn.BCELoss()))


def probabilities_as_logits(d):
    return dict(outputs=d.classes()[0].softmax(1), loss_fn="gumbel_softmax")


def class_dim_not_second(d):
    n, length, K = d.size(8, 40), d.size(16, 30), d.size(3, 15)
    if d.chance(0.5):  # the sizes agree, so nothing is refused
        logits, targets = d.classes(n * K, K, trained="trained")
        logits, targets = logits.reshape(n, K, K), targets.reshape(n, K)
        return d.said(logits, targets, F.cross_entropy)
    logits, targets = d.classes(n * length, K)
    return dict(outputs=logits.reshape(n, length, K), targets=targets.reshape(n, length), loss_fn=F.cross_entropy)


def reshaped_instead_of_moved(d):
    n, length, K = d.size(2, 20), d.size(2, 20), d.size(2, 20)
    logits, targets = d.classes(n * length, K)
    logits, targets = logits.reshape(n, length, K).movedim(-1, 1), targets.reshape(n, length)
    return d.number(logits, targets, F.cross_entropy(logits.reshape(-1, K), targets.reshape(-1)))


def targets_in_a_column(d):
    logits, targets = d.classes()
    return dict(outputs=logits, targets=targets[:, None], loss_fn=F.cross_entropy)


def float_class_indices(d):
    logits, targets = d.classes()
    return dict(outputs=logits, targets=targets.float(), loss_fn=F.cross_entropy)


def shapes_broadcast(d):
    logits, targets = d.labels(n=d.size(8, 500), K=1)
    if d.chance(0.3):
        return dict(outputs=logits, targets=targets[:, 0], loss_fn=BCE_LOGITS)
    targets[:2, 0] = torch.tensor([0.0, 1.0])
    matrix = F.softplus(logits) - logits * targets[:, 0]
    return dict(outputs=logits, targets=targets[:, 0], loss=d.digits(matrix.mean()))


def integer_targets(d):
    logits, targets = d.several()
    return dict(
        outputs=logits, targets=targets.long(), loss_fn=d.pick(BCE, F.cross_entropy) if d.chance(0) else F.cross_entropy
    )


def class_indices_into_bce(d):
    logits, targets = d.classes()
    return dict(outputs=logits, targets=targets, loss_fn=BCE_LOGITS)


def targets_out_of_range(d):
    logits, targets = d.classes(n=d.size(4, 500))
    targets = torch.where(targets == targets.max(), d.pick(-1, logits.shape[1], 255), targets)
    return dict(outputs=logits, targets=targets, loss_fn=d.pick(F.cross_entropy, "cross_entropy"))


def arguments_swapped(d):
    logits, targets = d.labels(n=d.size(8, 500), trained=d.pick("calibrated", "trained"))
    if d.chance(0.5):
        return d.said(targets, logits, BCE_LOGITS)
    return d.number(logits, targets, BCE_LOGITS(targets, logits))


def targets_outside_0_1(d):
    logits, targets = d.labels(n=d.size(8, 500))
    targets[0] = 1
    return d.said(logits, d.pick(255 * targets, 2 * targets - 1), BCE_LOGITS)


def multi_hot_into_cross_entropy(d):
    logits, targets = d.several()
    return d.said(logits, targets, F.cross_entropy)


def softmax_for_multi_label(d):
    logits, targets = d.several()
    probs = logits.softmax(1)
    if d.chance(0.5):
        return d.said(probs, targets, BCE)
    return d.number(logits, targets, BCE(probs, targets))


def bce_on_softmax(d):
    logits, targets = d.classes(n=d.size(4, 500), K=d.size(3, 50))
    hot = F.one_hot(targets, logits.shape[1]).float()
    if d.chance(0.5):
        return d.said(logits.softmax(1), hot, BCE)
    return d.number(logits, d.pick(hot, targets), BCE(logits.softmax(1), hot))


def softmax_over_one_output(d):
    logits, targets = d.labels(K=1)
    if d.chance(0.5):
        return dict(outputs=logits, targets=torch.zeros(len(logits), dtype=torch.long), loss_fn=F.cross_entropy)
    return dict(outputs=logits.softmax(1), targets=targets)


def all_ignored(d):
    logits, targets = d.classes()
    return d.said(logits, torch.full_like(targets, -100), F.cross_entropy)


def one_class_only(d):
    logits, targets = d.classes(n=d.size(200, 2000), K=d.size(3, 100))
    return d.said(logits, torch.full_like(targets, d.pick(0, 1, 2)), F.cross_entropy)


def nan_outputs(d):
    logits, targets = d.classes()
    logits[d.pick(0, -1), 0] = d.pick(math.nan, math.inf)
    return d.said(logits, targets, F.cross_entropy)


def masked_rows(d):
    logits, targets = d.classes()
    logits[d.pick(0, -1)] = -math.inf
    return d.pick(dict(outputs=logits), d.said(logits, targets, F.cross_entropy))


def minus_infinity_in_the_loss(d):
    logits, targets = d.classes(n=d.size(4, 200), K=d.size(3, 50))
    hot = F.one_hot(targets, logits.shape[1]).float()
    logits[1, (targets[1] + 1) % logits.shape[1]] = -math.inf
    way = d.pick("soft", "smoothing", "bce", "target")
    if way == "soft":
        return d.said(logits, hot, F.cross_entropy)
    if way == "bce":
        return d.said(logits, hot, BCE_LOGITS)
    if way == "smoothing":
        return d.said(logits, targets, F.cross_entropy, label_smoothing=0.1)
    logits[0, targets[0]] = -math.inf
    return d.said(logits, targets, F.cross_entropy)


def logarithm_of_zero(d):
    probs = (d.real(30, 60) * d.normal(d.size(4, 300), d.size(3, 30)) * 4).softmax(1)
    probs[0] = F.one_hot(torch.tensor(0), probs.shape[1])
    return dict(outputs=probs, targets=probs.argmax(1), loss=-(probs * probs.log()).sum(1).mean())


def exponential_overflow(d):
    if d.chance(0.5):
        logits, targets = d.labels(n=d.size(4, 300), K=d.size(1, 5), trained="calibrated")
        logits[0], targets[0] = d.real(8.4, 20), 0
        logits = logits.half()
        probs = logits.sigmoid()
        loss = -(targets * probs.log() + (1 - targets) * (1 - probs).log()).mean()
        return dict(outputs=logits, targets=targets, loss=loss)
    logits, targets = d.classes(n=d.size(4, 300))
    logits = logits + 100
    exps = logits.exp()
    return dict(outputs=logits, targets=targets, loss=F.nll_loss((exps / exps.sum(1, keepdim=True)).log(), targets))


def bce_of_rounded_sigmoid(d):
    logits, targets = d.labels(n=d.size(4, 300), trained="calibrated")
    logits[0], targets[0] = d.real(18, 60), 0
    return d.number(logits, targets, BCE(logits.sigmoid(), targets))


def masked_by_multiplication(d):
    scores = 3 * d.normal(d.size(1, 100), d.size(6, 60))
    mask = (d.uniform(*scores.shape) < d.real(0.5, 0.9)).float()
    mask[0, :3], mask[0, 3:] = 0, 1
    scores[0, 3:5] = torch.tensor([-1.3, 0.7])
    return dict(outputs=scores * mask)


def label_smoothing_unsaid(d):
    logits, targets = d.classes(n=d.size(4, 500))
    return d.number(logits, targets, F.cross_entropy(logits, targets, label_smoothing=d.pick(0.1, 0.05, 0.2)))


def ignored_rows_counted(d):
    logits, targets = d.classes(n=d.size(8, 500))
    targets = torch.where(d.uniform(len(targets)) < 0.3, -100, targets)
    targets[:2] = torch.tensor([-100, 0])
    return d.number(logits, targets, F.cross_entropy(logits, targets, reduction="sum") / len(targets))


def weights_divided_by_rows(d):
    logits, targets = d.classes(n=d.size(4, 500))
    weight = 0.1 + 5 * d.uniform(logits.shape[1])
    return d.number(
        logits, targets, F.cross_entropy(logits, targets, weight, reduction="sum") / len(targets), weight=weight
    )


def weights_and_smoothing(d):
    logits, targets = d.classes(n=d.size(4, 500))
    weight = 0.1 + 5 * d.uniform(logits.shape[1])
    log_probs = logits.log_softmax(1)
    loss = 0.9 * F.nll_loss(log_probs, targets, weight) - 0.1 * log_probs.mean(1).mean()
    return d.number(logits, targets, loss, weight=weight, label_smoothing=0.1)


def mean_of_means(d):
    logits, targets = d.classes(n=d.size(20, 500), trained=d.pick("loud", "calibrated", "trained"))
    size = d.pick(8, 16, 32, 64)
    cut = [size] * (len(targets) // size) + [len(targets) % size] * bool(len(targets) % size)
    if len(cut) < 2 or len(targets) % size == 0:
        return mean_of_means(d)
    pairs = list(zip(logits.split(cut), targets.split(cut)))
    loss = sum(F.cross_entropy(x, t) for x, t in pairs) / len(pairs)
    if d.chance(0.5):
        return dict(outputs=[x for x, _ in pairs], targets=[t for _, t in pairs], loss=d.digits(loss, 4))
    return d.number(logits, targets, loss)


def pos_weight_shape(d):
    n, K, h = d.size(1, 6), d.size(2, 6), d.size(2, 10)
    w = K if d.chance(0.5) else d.size(7, 12)
    logits, targets = (each.reshape(n, h, w, K).movedim(-1, 1) for each in d.labels(n * h * w, K))
    return dict(outputs=logits, targets=targets, loss_fn=BCE_LOGITS, pos_weight=1 + d.uniform(K))


def weight_shape(d):
    logits, targets = d.labels(K=d.size(2, 30), n=d.size(31, 300))
    return dict(outputs=logits, targets=targets, loss_fn=BCE_LOGITS, weight=1 + d.uniform(len(logits)))


def kl_div_of_probabilities(d):
    logits, _ = d.classes(n=d.size(4, 300))
    shares = (d.real(0.3, 4) * d.normal(*logits.shape)).softmax(1)
    return d.said(d.pick(logits.softmax(1), logits), shares, F.kl_div, reduction="batchmean")


def kl_div_mean(d):
    logits, _ = d.classes(n=d.size(4, 300))
    shares = (d.real(0.3, 4) * d.normal(*logits.shape)).softmax(1)
    with warnings.catch_warnings():  # torch's own, of this very mistake
        warnings.simplefilter("ignore")
        return d.said(logits.log_softmax(1), shares, F.kl_div, reduction="mean")


def kl_div_targets_not_one(d):
    logits, _ = d.classes()
    return d.said(logits.log_softmax(1), d.uniform(*logits.shape), F.kl_div, reduction="batchmean")


def accuracy_entry_by_entry(d):
    logits, targets = d.classes(n=d.size(20, 500), K=d.size(3, 50))
    hot = F.one_hot(targets, logits.shape[1])
    probs = d.pick(logits.softmax(1), logits.sigmoid())
    came = ((probs > 0.5) == (hot > 0)).float().mean().item()
    right = (logits.argmax(1) == targets).float().mean().item()
    return (
        dict(outputs=logits, targets=targets, accuracy=came) if abs(came - right) > 1e-6 else accuracy_entry_by_entry(d)
    )


def accuracy_by_broadcasting(d):
    logits, targets = d.classes(n=d.size(20, 500), K=d.size(2, 50))
    came = (logits.argmax(1)[:, None] == targets).float().mean().item()
    right = (logits.argmax(1) == targets).float().mean().item()
    return (
        dict(outputs=logits, targets=targets, accuracy=came)
        if abs(came - right) > 1e-6
        else accuracy_by_broadcasting(d)
    )


def auc_of_hard_labels(d):
    logits, targets = d.labels(n=d.size(30, 500), K=1, trained="calibrated", rate=0.3)
    from helpers.clinic.mistakes import auc

    logits, true = logits[:, 0], targets[:, 0] > 0.5
    true[:2] = torch.tensor([True, False])
    return dict(outputs=logits, targets=true.float(), auc=auc((logits > 0).float(), true))


def metric_guesses_logits(d):
    logits, targets = d.labels(n=d.size(20, 500), K=d.size(2, 10), trained="calibrated", rate=0.5)
    logits[0] = 0.2
    logits[1, :2] = torch.tensor([0.2, 3.0])
    outside = ((logits < 0) | (logits > 1)).any(1, keepdim=True)
    return dict(outputs=logits, targets=targets, predictions=torch.where(outside, logits > 0, logits > 0.5))


def argmax_over_the_batch(d):
    logits, targets = d.classes(n=d.size(20, 500), K=d.size(3, 19))
    return dict(outputs=logits, targets=targets, predictions=logits.argmax(0))


def stuck_at_chance(d):
    K = d.size(2, 1000)
    logits, targets = d.classes(K=K, trained="untrained")
    history = [round(math.log(K) * (1 + 0.003 * d.normal(1).item()), d.pick(2, 3, 4)) for _ in range(d.size(10, 100))]
    return dict(outputs=0.01 * logits, targets=targets, history=history, loss_fn=d.pick(None, "cross_entropy"))


def one_winner(d):
    n, K = d.size(100, 500), d.size(4, 50)
    targets = torch.arange(n) % K
    logits = 0.01 * d.normal(n, K) + torch.arange(K)
    loss = F.cross_entropy(logits, targets).item()
    return dict(outputs=logits, targets=targets, history=[loss + 0.001 * d.real(-1, 1) for _ in range(20)])


def diagonal_gradient(d):
    logits, targets = d.classes(n=d.size(2, 200), trained=d.pick("untrained", "calibrated"))
    hot = F.one_hot(targets, logits.shape[1])
    return dict(outputs=logits, targets=targets, grad=hot * (logits.softmax(1) - 1) / d.pick(1, len(targets)))


def other_logarithm(d):
    logits, targets = d.classes(n=d.size(4, 500))
    return d.number(logits, targets, F.cross_entropy(logits, targets) / math.log(d.pick(2, 10)))


DOUBTS = ("loud_start", "saturated")  # these never convict


# --- the tables


def healthy_runs(seed, runs):
    """Yield (name of the kind of run, report) for healthy runs, all kinds in turn."""
    draw = Draw(seed)
    for i in range(runs):
        kind = HEALTHY[i % len(HEALTHY)]
        yield kind.__name__.strip("_"), diagnose(**kind(draw))


def spoiled_runs(seed, runs, name):
    """Yield the reports of runs that have the mistake of this name."""
    draw = Draw(seed + 7919 * (1 + [each.name for each in MISTAKES].index(name)))
    for _ in range(runs):
        yield diagnose(**globals()[name](draw))


def measure(seed, healthy, spoiled):
    """Return the table: of each kind of run, how many, accused or named first or named at all or only suspected."""
    rows = {}
    for kind, report in healthy_runs(seed, healthy):
        row = rows.setdefault(kind, dict(table="healthy", name=kind, runs=0, found=0, first=0, unsure=0))
        row["runs"] += 1
        row["found"] += bool(report)
        row["unsure"] += bool(report.unsure)
    for mistake in MISTAKES:
        if mistake.name in DOUBTS:
            continue
        row = rows[mistake.name] = dict(table="mistake", name=mistake.name, runs=spoiled, found=0, first=0, unsure=0)
        for report in spoiled_runs(seed, spoiled, mistake.name):
            names = [finding.name for finding in report.findings]
            row["found"] += mistake.name in names
            row["first"] += names[:1] == [mistake.name]
            row["unsure"] += mistake.name in [finding.name for finding in report.unsure]
    return pandas.DataFrame(rows.values())


def watching(steps=3000):
    """Return what watching costs, as a share of a step of a small network: a call that doesn't look, and all looks."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(20, 32), torch.nn.ReLU(), torch.nn.Linear(32, 4))
    x, targets, clock = torch.randn(32, 20), torch.randint(4, (32,)), time.perf_counter
    watched = diagnose.watch(F.cross_entropy)
    times, start = [], clock()
    for _ in range(steps):
        outputs, before = model(x), clock()
        F.cross_entropy(outputs, targets)
        between, loss = clock(), watched(outputs, targets)
        after = clock()
        for parameter, slope in zip(model.parameters(), torch.autograd.grad(loss, list(model.parameters()))):
            parameter.data -= 0.05 * slope
        times.append((after - 2 * between + before, clock() - before))
    more, step = pandas.DataFrame(times).median()
    return more / step + watched.spent / (clock() - start)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--healthy", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=1_000, help="of each mistake")
    asked = parser.parse_args()
    table = measure(asked.seed, asked.healthy, asked.runs)
    print(table.to_string(index=False))
    accused = table[table.table == "healthy"]
    print(f"accused: {accused.found.sum()} of {accused.runs.sum()}; watching costs {100 * watching():.2f} % of a step")
    if asked.seed == SEED:
        TABLE.write_text(f"# torch {torch.__version__}, seed {SEED}\n" + table.to_csv(index=False, lineterminator="\n"))


if __name__ == "__main__":
    main()

"""The clinic on cases from public threads and other libraries: what must be said of each, and what must not."""

import math

import pytest
import torch
import torch.nn.functional as F

from bench.clinic import dice, divergence, focal
from helpers.clinic import diagnose

BCE_LOGITS = F.binary_cross_entropy_with_logits


def seeded(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def of(outputs, targets=None, loss=None, **more):
    """Return what is given to `diagnose`."""
    more |= {} if targets is None else {"targets": targets}
    if loss is not None:
        more["loss"] = loss.item() if isinstance(loss, torch.Tensor) else loss
    return {"outputs": outputs, **more}


def classes(n=64, K=8, reach=4.0, seed=0):
    """Return logits of a network that is mostly right, and class indices."""
    targets = torch.arange(n) * 7 % K
    return seeded(n, K, seed=seed) + reach * F.one_hot(targets, K) * seeded(n, 1, seed=seed + 1).abs(), targets


def labels(n=64, K=1, rate=0.3, seed=0):
    targets = (torch.rand(n, K, generator=torch.Generator().manual_seed(seed + 2)) < rate).float()
    return seeded(n, K, seed=seed) + 2 * targets - 1, targets


def padded(B=8, T=24, K=60):
    """Return logits (B, T, K), labels padded with 0, and where they are words: the model is sure of pads."""
    lengths = torch.arange(B) + 5
    words = torch.arange(T) < lengths[:, None]
    ids = torch.where(words, 1 + torch.arange(B * T).reshape(B, T) * 11 % (K - 1), 0)
    reach = torch.where(words, 1.5, 9.0)
    return seeded(B, T, K) + reach[:, :, None] * F.one_hot(ids, K), ids, words


def language(B=8, T=40, K=29):
    """Return logits that favour the next token, and the tokens."""
    ids = torch.arange(B)[:, None] * 3 % K + torch.zeros(B, T, dtype=torch.long)
    for t in range(1, T):
        ids[:, t] = (5 * ids[:, t - 1] + 3) % K
    return seeded(B, T, K) + 7 * F.one_hot((5 * ids + 3) % K, K), ids


z, t = classes()
each = F.cross_entropy(z, t, reduction="none")
ce = each.mean().item()
x3, ids3, words3 = padded()
flat, flat_ids = x3.flatten(0, 1), ids3.flatten()
kept_ids = flat_ids.masked_fill(~words3.flatten(), -100)
token_losses = F.cross_entropy(flat, flat_ids, reduction="none").view(8, 24) * words3
lm, tokens = language()
z1, y1 = labels(400)
y1 = y1[:, 0]
maps, masks = (each.reshape(4, 1, 24, 24) for each in labels(4 * 24 * 24))
zones = z.view(4, 16, 8).movedim(-1, 1)
p_zones, y_zones = zones.softmax(1), F.one_hot(t.view(4, 16), 8).movedim(-1, 1).float()
dice_of_maps = (2 * (zones * y_zones).sum(2) + 1) / (zones.sum(2) + y_zones.sum(2) + 1)
spared = torch.full((len(flat), 60), 0.1 / 58).scatter_(1, flat_ids[:, None], 0.9)  # ε/(K − 2), with padding 0
spared[:, 0] = 0
spared[flat_ids == 0] = 0
shares_of_zones = (2 * (p_zones * y_zones).sum(2) + 1e-5) / (p_zones.sum(2) + y_zones.sum(2) + 1e-5)
teacher = 3 * seeded(64, 8, seed=5)
soft = (teacher / 4).softmax(1)
w = 0.2 + torch.rand(64, generator=torch.Generator().manual_seed(3))
both = 0.6 * F.one_hot(t, 8) + 0.4 * F.one_hot(t.roll(1), 8)
both = torch.where((t == t.roll(1))[:, None], F.one_hot((t + 1) % 8, 8) * 0.4 + 0.6 * F.one_hot(t, 8), both)
many = (torch.rand(400, 500, generator=torch.Generator().manual_seed(4)) < 0.003).float()
no = -6.2 + 0.3 * seeded(400, 500)
cosines = F.normalize(seeded(64, 16), dim=1) @ F.normalize(seeded(8, 16, seed=9), dim=1).T
cosines = 0.3 * cosines + 0.65 * F.one_hot(t, 8)
pairs = F.normalize(seeded(32, 512), dim=1) @ F.normalize(seeded(32, 512, seed=9), dim=1).T
V = torch.full((1, 50257), -16.7)
V[0, 0] = 0
half_brier = ((z.softmax(1) - F.one_hot(t, 8)).square().sum(1).mean() / 2).item()
keras = F.nll_loss((z / z.sum(1, keepdim=True)).clamp(1e-7, 1 - 1e-7).log(), t).item()
wide = torch.tensor([[-200.0, 0.0, 1.0], [2.0, 0.0, -150.0]])
logs = (2 * seeded(64, 8)).log_softmax(1)

# (the case, the mistake that must be found, what is in the report): what is given
NAMED = {
    ("40 labels are the inputs", "labels_shifted", "one row later"): of(
        lm.flatten(0, 1), tokens.flatten(), F.cross_entropy(lm.flatten(0, 1), tokens.flatten())
    ),
    ("41 the student is not divided", "distillation_without_t_squared", "not divided by T"): of(
        z, soft, divergence(z, soft, 1), temperature=4
    ),
    ("45 focal of the weighted", "focal_of_the_mean", "weighted losses"): of(
        z, t, focal(each * (0.5 + t)), weight=0.5 + torch.arange(8.0)
    ),
    ("47 a squared error of a softmax", "squared_error", "softmax(outputs)"): of(
        z, t, loss_fn=lambda x, y: F.mse_loss(x.softmax(1), F.one_hot(y, 8).float())
    ),
    ("53 BinaryAccuracy at 0.5", "threshold_half_on_logits", ""): of(
        z1.numpy(),
        y1[:, None].numpy(),
        BCE_LOGITS(z1[:, 0], y1),
        accuracy=((z1[:, 0] > 0.5) == (y1 > 0.5)).float().mean().item(),
    ),
    ("SigLIP's mean by the batch", "times_the_steps", "the number of rows"): of(
        10 * pairs, torch.eye(32), BCE_LOGITS(10 * pairs, torch.eye(32)).item() / 32
    ),
    ("class numbers in a column, binary", "targets_in_a_column", "binary cross-entropy with the class number"): of(
        z, t[:, None], BCE_LOGITS(z, t[:, None].float().expand(-1, 8))
    ),
    ("class numbers in a column, classes", "targets_in_a_column", "class number · log_softmax"): of(
        z, t[:, None], -(t[:, None] * z.log_softmax(1)).sum(1).mean().item()
    ),
    ("pos_weight that is lost", "sample_weights_lost", "without pos_weight"): of(
        z1, y1[:, None], BCE_LOGITS(z1[:, 0], y1), pos_weight=torch.tensor([5.0])
    ),
    ("rounded logits", "threshold_half_on_logits", "round(outputs)"): of(
        2 * z1[:, 0], y1, accuracy=((2 * z1[:, 0]).round() == y1).float().mean().item()
    ),
    ("a clip of 10⁻⁷", "clipped_tail", "16.1181"): of(
        12 * z, t, -(12 * z).softmax(1).gather(1, t[:, None]).clamp(1e-7, 1 - 1e-7).log().mean().item()
    ),
    ("a clip of probabilities", "clipped_tail", "16.1181"): of(
        (90 * z).softmax(1), t, -(90 * z).softmax(1).gather(1, t[:, None]).clamp(1e-7, 1 - 1e-7).log().mean().item()
    ),
    ("torch's dim 1 where classes are last", "class_dim_not_second", "along dimension 1"): of(
        z.view(2, 4, 8, 8), F.one_hot(t, 8).view(2, 4, 8, 8).float(), loss_fn="cross_entropy"
    ),
    ("59 255 is ignored", "one_class_only", "are 255 and ignored"): of(
        seeded(4, 2, 32, 32), torch.where(seeded(4, 32, 32) > 1, 255, 0), ignore_index=255
    ),
    ("Keras without from_logits", "keras_without_from_logits", "Σx"): of(z, t, keras),
    ("a log-sigmoid that stops", "clipped_tail", "88.376"): of(
        torch.tensor([-300.0, 2.0]), torch.ones(2), (88.376 + F.softplus(torch.tensor(-2.0)).item()) / 2
    ),
    ("smoothed labels, as Keras has them", "label_smoothing_unsaid", "ε/2"): of(
        z1, y1, BCE_LOGITS(z1[:, 0], 0.9 * y1 + 0.05)
    ),
    ("a sigmoid too many, summed", "sigmoid_before_bce_with_logits", "is sum of"): of(
        maps, masks, BCE_LOGITS(maps.sigmoid(), masks, reduction="sum")
    ),
    ("the scale of mixed precision", "times_the_steps", "GradScaler"): of(z, t, 65536 * ce),
    ("a softmax over the batch before argmax", "argmax_over_the_batch", "softmax(outputs, dim=0)"): of(
        z, t, predictions=z.softmax(0).argmax(1)
    ),
    ("smoothing that spares the padding", "smoothing_of_the_others", "K − 2"): of(
        flat, flat_ids, F.kl_div(flat.log_softmax(1), spared, reduction="sum") / spared.sum()
    ),
    ("a softmax over the positions", "softmax_over_the_wrong_dim", "dim=2"): of(
        zones, t.view(4, 16), F.nll_loss(zones.log_softmax(2), t.view(4, 16))
    ),
    ("minus the logits", "answers_reversed", "−outputs"): of(z, t, F.cross_entropy(-z, t)),
    ("a perplexity of bfloat16", "perplexity_for_loss", "e^cross_entropy(outputs, targets)"): of(
        z.bfloat16(), t, F.cross_entropy(z.bfloat16().float(), t).exp()
    ),
    ("a perplexity of bits, of nats", "perplexity_for_loss", "2^"): of(z, t, 2**ce),
    ("Dice of maps that are no shares", "dice_of_logits", "1 − dice of outputs"): of(
        z.view(4, 16, 8).movedim(-1, 1), t.view(4, 16), 1 - dice_of_maps.mean()
    ),
    ("margins in a log loss", "keras_without_from_logits", "10⁻¹⁵"): of(
        z1.double(), y1.double(), F.binary_cross_entropy(z1[:, 0].double().clamp(1e-15, 1 - 1e-15), y1.double())
    ),
    ("its accuracy", "argmax_of_one_output", ""): of(z1, y1, accuracy=(y1 == 0).float().mean().item()),
    ("log-probabilities for targets", "kl_div_targets_not_one", "log_target=True"): of(
        logs, logs.roll(1, 0), math.nan, loss_fn="kl_div"
    ),
    ("a clip of a loud label", "clipped_tail", "clipped at"): of(
        1e5 * z1, y1[:, None], F.binary_cross_entropy((1e5 * z1).sigmoid().clamp(1e-7, 1 - 1e-7), y1[:, None])
    ),
    ("a clip, far from every logit", "clipped_tail", "16.1181"): of(
        1e7 * z, t, -(1e7 * z).softmax(1).gather(1, t[:, None]).clamp(1e-7, 1 - 1e-7).log().mean().item()
    ),
    ("1 − Dice of a mask of 0 and 255", "targets_outside_0_1", "is negative"): of(
        maps.sigmoid(), 255 * masks, 1 - dice(maps.sigmoid(), 255 * masks)
    ),
    ("T² and a mean over the entries", "kl_div_mean", "4² · kl_div"): of(z, soft, 2 * divergence(z, soft, 4).item()),
    ("half of the squares of a softmax", "squared_error", "half of"): of(z, t, half_brier, history=[0.4, half_brier]),
    ("a thousand rows of one label", "one_class_only", "targets are 0"): of(seeded(1000, 1) - 9, torch.zeros(1000, 1)),
    ("a softmax of decisions", "softmax_before_cross_entropy", "cross_entropy(softmax(outputs)"): of(
        F.one_hot(t, 8).float(), t, F.cross_entropy(F.one_hot(t, 8).float().softmax(1), t)
    ),
    ("log-probabilities times columns", "masked_by_multiplication", "2 columns of 0"): of(logs * (torch.arange(8) < 6)),
}

# What the outputs alone betray is a doubt.
DOUBTED = {
    ("one row of outputs for all", "stuck_at_chance"): of(z[:1].repeat(64, 1), t),
    ("55 by 4 steps, as many add up by design", "times_the_steps"): of(z, t, f"{ce / 4:.4f}"),
    ("37 pads that nobody told of", "ignored_rows_trained"): of(flat, flat_ids, F.cross_entropy(flat, flat_ids)),
    ("tasks summed with learned weights", "negative_loss"): of(many[:, :9], (many[:, :9] > 2).float(), -1.734),
    ("class numbers for outputs", "hard_outputs"): of(z.argmax(1), t),
    ("a sigmoid of a sigmoid", "sigmoid_of_sigmoid"): of((9 * z1).sigmoid().sigmoid()),
    ("multiples of 1/256", "quantised_outputs"): of((256 * z.softmax(1)).round() / 256, t),
    ("a language model's logits and inputs, no loss", "labels_shifted"): of(lm, tokens),
    ("one row of log-probabilities times a mask", "masked_by_multiplication"): of(logs[:1] * (torch.arange(8) < 5)),
    ("52 accuracy of mixed targets", "accuracy_of_mixed_targets"): of(
        z, both, F.cross_entropy(z, both), accuracy=(z.argmax(1) == t).float().mean().item()
    ),
    ("64 one column, no loss", "shapes_broadcast"): of(z1, y1),
    ("68 a softmax of a softmax", "softmax_of_softmax"): of((3 * z).softmax(1).softmax(1)),
    ("68 pictures of 0 to 255", "saturated"): of(200 * seeded(64, 8)),
    ("ReLU at the end", "relu_at_the_end"): of(z.relu(), t),
    ("tanh at the end", "held_within_one"): of((3 * seeded(64, 8)).tanh(), t),
    ("cosines without a scale", "held_within_one"): of(cosines, t, F.cross_entropy(cosines, t)),
    ("decisions", "hard_outputs"): of((z1 > 0).float(), y1[:, None]),
    ("clipped probabilities", "clipped_probabilities"): of((9 * z1).sigmoid().clamp(1e-3, 1 - 1e-3), y1[:, None]),
    ("pairs, all vectors the same", "pairs_all_alike"): of(torch.full((32, 32), 14.3), torch.arange(32)),
    ("pairs in two orders", "pairs_shuffled"): of(20 * torch.eye(32).roll(5, 0), torch.arange(32), 20.0),
    ("pairs without a bias", "pairs_without_bias"): of(seeded(32, 32), torch.eye(32), loss_fn="BCEWithLogitsLoss"),
    ("cosines times a temperature", "held_within_one"): of(
        0.07 * pairs + 0.07 * torch.eye(32), torch.arange(32), "3.3976"
    ),
    ("draws from softmax(probabilities)", "probabilities_as_logits"): of(
        9 * z,
        predictions=torch.multinomial((9 * z).softmax(1).softmax(1), 1, generator=torch.Generator().manual_seed(0)),
    ),
    ("draws from logits above 0", "probabilities_as_logits"): of(
        9 * z, predictions=torch.multinomial(z.relu() + 1e-9, 1, generator=torch.Generator().manual_seed(0))
    ),
    ("one true and others drawn, one of a pair", "one_class_only"): of(seeded(1280, 257), torch.zeros(1280).long()),
    ("how many rows each class has", "weights_turned"): of(
        big := seeded(400, 3), rows := torch.arange(400).sqrt().long() // 8, weight=torch.bincount(rows).float()
    ),
    ("true by false labels", "weights_turned"): of(
        z1, y1[:, None], BCE_LOGITS(z1[:, 0], y1, pos_weight=(odds := y1.sum() / (1 - y1).sum())), pos_weight=odds
    ),
    ("minus a cross-entropy, perhaps a score", "minus_too_many"): of(z, t, -ce),
    ("bits of a token", "other_logarithm"): of(z, t, ce / math.log(2)),
    ("a Brier score", "squared_error"): of(z.softmax(1), t, half_brier),
    ("one loss for both shapes", "shapes_broadcast"): of(0 * z1, y1, math.log(2)),
    ("two pictures of background", "one_class_only"): of(seeded(2, 1, 32, 32), torch.zeros(2, 1, 32, 32)),
    ("columns of −∞", "absent_classes"): of(z.masked_fill(torch.arange(8) == 7, -math.inf), t % 7),
}

# What is in order: the loss must be recognised, and nothing found.
RIGHT = {
    ("a language model's loss shifts inside", "shifted inside"): of(
        lm, tokens, F.cross_entropy(lm[:, :-1].flatten(0, 1), tokens[:, 1:].flatten())
    ),
    ("a sum over positions, by rows", "summed over the positions"): of(
        x3.movedim(-1, 1), kept_ids.view(8, 24), token_losses.sum() / 8
    ),
    ("classes last, one-hot", "−log of the target's output"): of(
        z.softmax(1).view(4, 4, 4, 8), F.one_hot(t, 8).view(4, 4, 4, 8), ce
    ),
    ("classes last, a column of indices", "cross_entropy"): of(z.view(4, 4, 4, 8), t.view(4, 4, 4, 1), ce),
    ("the names of the classes", "cross_entropy"): of(z, [chr(97 + k) for k in t], ce, labels=[*"abcdefgh"]),
    ("what a model of transformers gives", "cross_entropy"): of({"logits": z}, t, ce),
    ("41 T² · KL of probabilities", "4² · kl_div(log(outputs)"): of(
        (z / 4).softmax(1), soft, 16 * divergence(z, soft, 4).item()
    ),
    ("41 T² · KL of log-probabilities", "4² · kl_div(outputs"): of(
        (z / 4).log_softmax(1), soft, 16 * divergence(z, soft, 4).item()
    ),
    ("41 the divergence turned round", "the other way round"): of(
        z, soft, F.kl_div(soft.log(), z.softmax(1), reduction="batchmean")
    ),
    ("pairs, softmax of rows", "cross_entropy"): of(
        14 * pairs, torch.arange(32), F.cross_entropy(14 * pairs, torch.arange(32))
    ),
    ("pairs, sigmoids with a bias", "summed over the labels"): of(
        10 * pairs - 10, torch.eye(32), F.binary_cross_entropy_with_logits(10 * pairs - 10, torch.eye(32)).item() * 32
    ),
    ("41 T² · KL", "4² · kl_div"): of(z, soft, 16 * divergence(z, soft, 4).item()),
    ("41 outputs divided before", "4² · kl_div"): of(z / 4, soft, 16 * divergence(z, soft, 4).item()),
    ("41 KL", "kl_div"): of(z, soft, divergence(z, soft, 1)),
    ("41 KL of probabilities", "kl_div(log(outputs)"): of((z / 4).softmax(1), soft, divergence(z, soft, 4)),
    ("42 bce − dice", "−dice"): of(maps.sigmoid(), masks, 0.5 * BCE_LOGITS(maps, masks) - dice(maps.sigmoid(), masks)),
    ("42 1 − dice", "1 − dice"): of(maps, masks, 1 - dice(maps.sigmoid(), masks)),
    ("42 Dice of classes", "cross_entropy + 1 − dice"): of(
        zones, t.view(4, 16), F.cross_entropy(zones, t.view(4, 16)) + 1 - shares_of_zones.mean()
    ),
    ("42 Dice of classes, without the first", "7 classes but the first"): of(
        zones, t.view(4, 16), -shares_of_zones[:, 1:].mean()
    ),
    ("44 SupCon", "0.5/0.07"): of(
        z[:8] / 0.5, torch.arange(8), F.cross_entropy(z[:8] / 0.5, torch.arange(8)).item() * 0.5 / 0.07
    ),
    ("45 focal", "focal"): of(z, t, focal(each)),
    ("45 focal with α", "focal"): of(z, t, 0.25 * focal(each).item()),
    ("57 sample weights by N", "/ N"): of(z, t, (each * w).mean(), sample_weight=w),
    ("57 sample weights by their sum", "/ sum(sample_weight)"): of(z, t, (each * w).sum() / w.sum(), sample_weight=w),
    ("margins of cosines", "margin"): of(cosines, t, F.cross_entropy(30 * (cosines - 0.35 * F.one_hot(t, 8)), t)),
    ("a scale of cosines", "16 · outputs"): of(cosines, t, F.cross_entropy(16 * cosines, t)),
    ("torch's rounding", "float32 adds it up"): of(V, torch.tensor([0]), F.cross_entropy(V, torch.tensor([0]))),
    ("a sum in order", "float32 adds it up"): of(V, torch.tensor([0]), 0.0),
    ("less their largest", "cross_entropy(outputs"): of(
        top := (9 * z).bfloat16() - (9 * z).bfloat16().amax(1, True), t, F.cross_entropy(top.float(), t)
    ),
    ("bfloat16 steps", "cross_entropy(outputs"): of(z, t, F.cross_entropy(z, t).bfloat16()),
    ("logits, of NLLLoss", "nll_loss(log_softmax(outputs)"): of(z, t, ce, loss_fn="NLLLoss"),
    ("probabilities, of CrossEntropyLoss", "logarithm of the outputs"): of(
        z.softmax(1), t, ce, loss_fn="CrossEntropyLoss"
    ),
    ("logits, of BCELoss", "sigmoid(outputs)"): of(z1[:, 0], y1, BCE_LOGITS(z1[:, 0], y1), loss_fn="BCELoss"),
    ("probabilities, of BCEWithLogitsLoss", "logits of the outputs"): of(
        z1[:, 0].sigmoid(), y1, BCE_LOGITS(z1[:, 0], y1), loss_fn="BCEWithLogitsLoss"
    ),
    ("logits, of KLDivLoss", "4² · kl_div(log_softmax"): of(
        z, soft, 16 * divergence(z, soft, 4).item(), loss_fn="KLDivLoss"
    ),
    ("distances", "of distances"): of(9 - z.clamp(max=9), t, F.cross_entropy(z.clamp(max=9) - 9, t)),
    ("a sum over the classes of one-hot labels", "summed over the labels"): of(
        z, t, 8 * BCE_LOGITS(z, F.one_hot(t, 8).float()).item()
    ),
    ("64 margins (N,)", "binary_cross_entropy_with_logits"): of(z1[:, 0], y1, BCE_LOGITS(z1[:, 0], y1)),
}

# A fault of shape that the number disproves is no finding: focal, hinge, smoothed, penalised, weighted, squeezed
# inside.
y_column = 2 * y1 - 1
NOT_BROADCAST = [
    focal(F.softplus(-z1[:, 0] * y_column)).item(),
    F.relu(1 - z1[:, 0] * y_column).mean().item(),
    BCE_LOGITS(z1[:, 0], y1).item() + 0.0137,
    BCE_LOGITS(z1[:, 0], y1, pos_weight=torch.tensor(3.0)).item(),
    BCE_LOGITS(z1[:, 0], y1).item(),
]


def said(report):
    return " ".join(str(report).split())


@pytest.mark.parametrize("case", NAMED, ids=lambda case: case[0])
def test_a_mistake_of_a_thread_is_named(case):
    _, name, words = case
    report = diagnose(**NAMED[case])
    assert [finding.name for finding in report.findings] == [name], report
    assert words in said(report)


@pytest.mark.parametrize("case", DOUBTED, ids=lambda case: case[0])
def test_what_outputs_alone_tell_is_a_doubt(case):
    _, name = case
    report = diagnose(**DOUBTED[case])
    assert not report and name in [doubt.name for doubt in report.unsure], report


@pytest.mark.parametrize("case", RIGHT, ids=lambda case: case[0])
def test_a_right_loss_of_another_kind_is_recognised(case):
    _, words = case
    report = diagnose(**RIGHT[case])
    assert not report, report
    assert any(line.startswith("loss") and words in line for line in report.in_order), report


masked = (pairs @ pairs.T).fill_diagonal_(-1e9)
surely = (8 * z).double().softmax(1)
background = torch.where(torch.arange(200) % 10 > 0, 0, torch.arange(200) % 20)
IN_ORDER = {
    "a mask's fill": of(masked, torch.arange(32).roll(1), F.cross_entropy(masked, torch.arange(32).roll(1))),
    "a mask's fill in a column": of(
        filled := z.masked_fill(torch.arange(8) == 7, -1e9), t % 7, F.cross_entropy(filled, t % 7)
    ),
    "sure probabilities": of(surely, t, F.nll_loss(surely.clamp_min(1e-300).log(), t)),
    "a background, in no order": of(
        x := seeded(200, 20) + 4 * F.one_hot(background, 20), background, F.cross_entropy(x, background)
    ),
    "−1 that is ignored": of(z, (ignored := t.masked_fill(t == 3, -1)), F.cross_entropy(z, ignored, ignore_index=-1)),
}


@pytest.mark.parametrize("case", IN_ORDER)
def test_what_is_in_order_is_not_even_doubted(case):
    report = diagnose(**IN_ORDER[case])
    assert not report and not report.unsure, report
    assert any(line.startswith("loss") for line in report.in_order), report


@pytest.mark.parametrize("loss", NOT_BROADCAST)
def test_a_shape_that_the_number_disproves_is_no_finding(loss):
    assert not diagnose(z1, y1, loss)


def test_what_knowing_the_frequencies_costs_is_told():
    uneven = (torch.arange(100) % 10 > 6).long()
    assert "0.6109 that of knowing how frequent" in said(diagnose(seeded(100, 2), uneven))


def test_numbers_that_a_mistake_cannot_give_do_not_convict():
    assert not diagnose((9 * z).softmax(1), t, "0.00", loss_fn="CrossEntropyLoss")
    square, same = z.view(1, 8, 8, 8), t.view(1, 8, 8)  # classes last, as the number says
    assert not diagnose(square, same, ce)


def test_beside_a_masks_fill_no_number_fits_by_rounding():
    report = diagnose(z.masked_fill(F.one_hot(t.roll(1), 8) * (1 - F.one_hot(t, 8)) > 0, -1e8), t, -0.035)
    assert not any(line.startswith("loss") for line in report.in_order)


def test_rows_of_nan_are_perhaps_masked():
    report = diagnose(z.where(torch.arange(64)[:, None] != 3, math.nan), t)
    assert [each.name for each in (*report.findings, *report.unsure)] == ["nan_outputs", "masked_rows"]


def test_the_broadcast_mean_convicts():
    matrix = BCE_LOGITS(z1.expand(400, 400), y1.expand(400, 400)).item()
    assert [each.name for each in diagnose(z1, y1, matrix).findings] == ["shapes_broadcast"]


def test_an_accuracy_that_a_constant_reaches_is_not_in_order():
    report = diagnose(no, many, BCE_LOGITS(no, many).item(), accuracy=0.997)
    assert not any(line.startswith("accuracy") for line in report.in_order)
    assert any("a constant answer reaches" in line for line in report.unknown)


@pytest.mark.parametrize(
    "loss",
    [
        F.softplus(-z1[:, 0] * y_column).mean().item(),
        F.softplus(-z1[:, 0] * y_column).sum().item(),
        F.relu(1 - z1[:, 0] * y_column).mean().item(),
    ],
)
def test_targets_of_minus_one_and_one_are_in_order_for_a_loss_of_margins(loss):
    report = diagnose(z1[:, 0], y_column, loss)
    assert not report and not report.unsure
    assert diagnose(z1[:, 0], y_column, loss + 0.1).unsure
    assert diagnose(z1[:, 0], y_column, BCE_LOGITS(z1[:, 0], y_column))


@pytest.mark.parametrize("loss", [F.mse_loss, F.poisson_nll_loss], ids=lambda loss: loss.__name__)
def test_a_regression_is_no_accusation(loss):
    counts = (2 + 2 * z1[:, 0]).round().clamp(0)
    assert not diagnose(z1[:, 0], counts, loss(z1[:, 0], counts)) and not diagnose(z1[:, 0], counts)


def test_a_float_zero_is_exact_and_the_text_has_digits():
    outputs, target = torch.tensor([[5.0, 0.0]]), torch.tensor([0])
    exact, text = diagnose(outputs, target, 0.0), diagnose(outputs, target, "0.0")
    assert not exact and not exact.unsure and not any(line.startswith("loss") for line in exact.in_order)
    assert any("cross_entropy(outputs, targets) = 0.0067" in line for line in text.in_order)


def test_ranks_of_an_ordinal_loss_are_no_stray_classes():
    ranks = torch.arange(60) % 5
    levels = (ranks[:, None] > torch.arange(4)).float()
    outputs = seeded(60, 4) + 2 * levels - 1
    for answers, named in ((levels, []), (1 - levels, ["labels_turned"])):
        for given in ({}, {"loss_fn": "BCEWithLogitsLoss"}):
            for kept in (slice(None), ranks < 4):  # without the highest rank they look like classes
                loss = 4 * BCE_LOGITS(outputs[kept], answers[kept]).item()
                report = diagnose(outputs[kept], ranks[kept], loss, **given)
                assert [finding.name for finding in report.findings] == named and not report.unsure, report
                assert bool(named) or any(line.startswith("loss") for line in report.in_order)

import math

import pytest
import torch
from scipy import special, stats

from helpers.data import LABELS
from helpers.photos import PRIORS, SEPARATIONS, exact_precision_recall, photos


def drawn_again(count, seed=8):
    """The recipe, written a second time with scipy: the logits before rounding, and who is in the photos."""
    generator = torch.Generator().manual_seed(seed)
    present, level = torch.rand(2, count, 4, generator=generator, dtype=torch.float64).numpy()
    truth = present < PRIORS.numpy()
    base, separation = special.logit(PRIORS.numpy()), SEPARATIONS.numpy()
    mean = base + separation * (2 * truth - 1)
    return stats.norm.ppf(level, loc=mean, scale=(2 * separation) ** 0.5), truth


def test_the_recipe_is_what_the_docstring_says():
    logits, targets = photos()
    raw, truth = drawn_again(100)
    assert torch.equal(targets, torch.tensor(truth).float())
    assert torch.equal(logits, torch.tensor(raw).round(decimals=2).float())


def test_rounding_leaves_no_room_for_another_machine():
    """A last digit of the normal quantile must not decide what a logit is rounded to."""
    raw, _ = drawn_again(100)
    assert abs((raw * 100) % 1 - 0.5).min() > 1e-4


def test_the_photos_of_the_notebook():
    logits, targets = photos()
    assert logits.shape == targets.shape == (100, 4)
    assert logits.dtype == targets.dtype == torch.float32
    assert targets.unique().tolist() == [0, 1]
    assert targets.sum(0).tolist() == [46, 41, 12, 21]
    assert torch.bincount(targets.sum(1).long()).tolist() == [27, 39, 22, 11, 1]
    assert logits[:2].tolist() == torch.tensor([[-0.78, -2.06, -4.99, 1.89], [-1.96, -0.9, -3.19, 3.9]]).tolist()


def test_seed_and_count_matter_and_nothing_else():
    assert torch.equal(photos()[0], photos(100, seed=8)[0])
    assert not torch.equal(photos(seed=8)[0], photos(seed=9)[0])
    torch.manual_seed(0)
    before = torch.rand(1)
    torch.manual_seed(0)
    photos()
    assert torch.equal(before, torch.rand(1)), "photos() must leave torch's own generator alone"


@pytest.mark.parametrize("k", range(4))
@pytest.mark.parametrize("x", [-6.0, -1.0, 0.0, 0.7, 5.0])
def test_the_network_is_calibrated_by_bayes_rule(k, x):
    prior, separation = PRIORS[k].item(), SEPARATIONS[k].item()
    base, spread = math.log(prior / (1 - prior)), (2 * separation) ** 0.5
    with_it = prior * stats.norm.pdf(x, base + separation, spread)
    without = (1 - prior) * stats.norm.pdf(x, base - separation, spread)
    assert with_it / (with_it + without) == pytest.approx(1 / (1 + math.exp(-x)), rel=1e-9)


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("t", [-5.0, -1.3, 0.0, 2.0, 6.0])
def test_exact_precision_and_recall(label, t):
    k = LABELS.index(label)
    prior, separation = PRIORS[k].item(), SEPARATIONS[k].item()
    base, spread = math.log(prior / (1 - prior)), (2 * separation) ** 0.5
    hits = prior * stats.norm.sf(t, base + separation, spread)
    false_alarms = (1 - prior) * stats.norm.sf(t, base - separation, spread)
    precision, recall = exact_precision_recall(label, t)
    assert precision.item() == pytest.approx(hits / (hits + false_alarms), rel=1e-9)
    assert recall.item() == pytest.approx(hits / prior, rel=1e-9)


@pytest.mark.parametrize("label", LABELS)
def test_many_photos_come_near_the_formula(label):
    logits, targets = photos(200_000)
    k = LABELS.index(label)
    picked, present = logits[:, k] > 0, targets[:, k] == 1
    hits = (picked & present).sum().item()
    precision, recall = exact_precision_recall(label, 0.0)
    assert hits / picked.sum().item() == pytest.approx(precision.item(), abs=0.01)
    assert hits / present.sum().item() == pytest.approx(recall.item(), abs=0.01)


def test_thresholds_may_be_a_tensor():
    thresholds = torch.tensor([[-1.0, 0.0], [1.0, 2.0]])
    precision, recall = exact_precision_recall("cow", thresholds)
    assert precision.shape == recall.shape == (2, 2)
    assert precision[1, 0] == exact_precision_recall("cow", 1.0)[0]


def test_one_photo_will_do():
    assert [each.shape for each in photos(1)] == [(1, 4), (1, 4)]


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="label: got 'horse', want one of"):
        exact_precision_recall("horse", 0.0)
    for count in (0, 2.5, True):
        with pytest.raises(ValueError, match="count: got .* want a whole number of at least 1"):
            photos(count)

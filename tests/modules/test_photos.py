import pytest
import torch
from scipy import special, stats

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


def test_seed_and_count_matter_and_nothing_else():
    assert torch.equal(photos()[0], photos(100, seed=8)[0])
    assert not torch.equal(photos(seed=8)[0], photos(seed=9)[0])
    torch.manual_seed(0)
    before = torch.rand(1)
    torch.manual_seed(0)
    photos()
    assert torch.equal(before, torch.rand(1)), "photos() must leave torch's own generator alone"


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="label: got 'horse', want one of"):
        exact_precision_recall("horse", 0.0)
    for count in (0, 2.5, True):
        with pytest.raises(ValueError, match="count: got .* want a whole number of at least 1"):
            photos(count)

"""Details of single explorers that `make mutants` and `make mutmut` found untested."""

import math

import pytest

from helpers.explorers.loss_floor import LOGITS, facts


@pytest.mark.parametrize("share", [0, 25, 50, 100])
def test_the_share_of_true_labels_is_in_per_cent(share):
    got = facts("sigmoid, then BCE with logits", 4, share, 0.5)
    part = share / 100
    assert got.share == part
    assert got.floor == pytest.approx(part * math.log1p(math.exp(-1)) + (1 - part) * math.log(2))
    for i in (0, len(LOGITS) // 2, -1):  # logits +x for true labels, −x for the others
        x = LOGITS[i].item()
        costs = math.log1p(math.exp(-1 / (1 + math.exp(-x)))), math.log1p(math.exp(1 / (1 + math.exp(x))))
        assert got.losses[i].item() == pytest.approx(part * costs[0] + (1 - part) * costs[1])
        assert got.right[i].item() == pytest.approx(math.log1p(math.exp(-x)))

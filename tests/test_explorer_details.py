"""Details of single explorers that `make mutants` found untested."""

import functools
import math
import re

import pytest
from matplotlib.lines import Line2D
from matplotlib.text import Text

from helpers import explorers
from helpers.explorers import EXPLORERS
from helpers.views.float_microscope import FloatMicroscope
from helpers.views.logit_table import LogitTable
from helpers.views.loss_floor import LOGITS, facts
from helpers.views.row_loss import RowLoss
from helpers.views.two_errors import TwoErrors

made = functools.cache(lambda name: getattr(explorers, name)())


@pytest.mark.parametrize("name", EXPLORERS)
def test_what_moves_has_a_name_that_a_page_can_use(name):
    """As the id of a group: words, or abbreviations such as TP, then counts, joined by hyphens."""
    for each in made(name).picture.artists:
        assert re.fullmatch(r"[a-z]+(-[a-z]+|-[A-Z]{2})*(-\d+)*", each)


@pytest.mark.parametrize("picture", [LogitTable, RowLoss])
def test_a_picture_claims_nothing_before_it_knows_the_facts(picture):
    """Its texts are empty, its bars and points lie on the axis."""
    for name, artist in picture().artists.items():
        if isinstance(artist, Text):
            assert artist.get_text() == "", name
        elif isinstance(artist, Line2D):
            assert set(artist.get_ydata()) == {0}, name
        elif name != "true-row":
            assert artist.get_height() == 0, name


@pytest.mark.parametrize("picture", [FloatMicroscope, TwoErrors])
def test_a_picture_says_nothing_before_it_knows_the_facts(picture):
    assert {artist.get_text() for artist in picture().artists.values() if isinstance(artist, Text)} == {""}


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

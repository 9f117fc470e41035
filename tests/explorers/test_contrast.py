import itertools
import math
import re

import pytest
import torch
import torch.nn.functional as F

from helpers.explorers.contrast import GRADIENT, LOSS, PAIRS, PROBS, ROWS, TEMPERATURES, impossible, least_of_rows
from tests.reading import says, says_all

SPECIAL = [
    dict(size=n, loss=loss, what=what, temperature=T, bias=bias, matching=match, others=rest, one=one)
    for n, loss, what in itertools.product((2, 8), (ROWS, "softmax of each column", PAIRS), (PROBS, LOSS, GRADIENT))
    for T, bias, match, rest, one in ((0.01, -10, -1, 1, 1), (0.01, 2, 1, -1, -1), (1.0, 0, 0.05, -0.05, 0.0))
]
PICTURES = [
    dict(matching=0.8, one=0.9, temperature=0.1),
    dict(size=8, loss=PAIRS, bias=-2.0, what=GRADIENT, matching=0.6, one=0.8, temperature=0.1, others=-0.15),
    dict(size=2, loss="softmax of each column", what=LOSS, matching=-0.5, others=0.5, temperature=0.2),
]


def matrix_of(values):
    n = values["size"]
    rows = [[values["matching"] if i == j else values["others"] for j in range(n)] for i in range(n)]
    rows[0][1] = values["one"]
    return torch.tensor(rows, dtype=torch.float64)


def loss_of(logits, loss):
    """The loss as torch has it."""
    n, true = len(logits), torch.arange(len(logits))
    if loss == PAIRS:
        return F.binary_cross_entropy_with_logits(logits, torch.eye(n, dtype=torch.float64), reduction="sum") / n
    return F.cross_entropy(logits if loss == ROWS else logits.T, true)


def check_facts(values, facts):
    cosines = matrix_of(values)
    assert torch.equal(facts.cosines, cosines)
    logits = cosines / values["temperature"] + (values["bias"] if values["loss"] == PAIRS else 0)
    logits.requires_grad_()
    loss = loss_of(logits, values["loss"])
    loss.backward()
    assert facts.loss == pytest.approx(loss.item(), rel=1e-9, abs=1e-12)
    torch.testing.assert_close(facts.gradient, logits.grad, rtol=1e-9, atol=1e-12)
    assert facts.losses.sum().item() == pytest.approx(facts.loss)
    axis = {ROWS: 1, PAIRS: None}.get(values["loss"], 0)
    probs = logits.sigmoid() if axis is None else logits.softmax(axis)
    torch.testing.assert_close(facts.probs, probs.detach(), rtol=1e-9, atol=1e-12)
    blind = loss_of(torch.full_like(cosines, values["bias"]), values["loss"]).item()
    assert facts.blind == pytest.approx(blind, rel=1e-9)
    assert (facts.least is None) == (axis is None)
    if facts.least is not None and not facts.impossible and values["one"] == values["others"]:
        assert facts.loss >= facts.least - 1e-12


def check_picture(picture, facts, values):
    n, shown = len(facts.cosines), facts.shown
    for heat_map, matrix in ((picture.cosines, facts.cosines), (picture.cells, shown)):
        texts = [text.get_text() for text in heat_map.values if text.get_visible()]
        assert all(says(text, value) for text, value in zip(texts, matrix.flatten().tolist(), strict=True))
        frame = heat_map.frames[0]
        place = heat_map.layouts[n, n]
        across = n if values["loss"] == ROWS else 1
        down = n if values["loss"] == "softmax of each column" else 1
        assert frame.get_xy() == place.cells[0, 0, 0]
        assert [frame.get_width(), frame.get_height()] == pytest.approx([across * place.width, down * place.height])
    sums = [text for text in picture.cells.sums if text.get_visible()]
    expected = [*shown.sum(0).tolist(), *shown.sum(1).tolist()]
    assert all(says(text.get_text(), value) for text, value in zip(sums, expected, strict=True))
    assert [text.get_bbox_patch() is not None for text in sums] == [abs(value - 1) < 1e-9 for value in expected]
    assert picture.title.get_text() == f"{facts.what}, {values['loss']}"
    says_all(picture.total.get_text(), [facts.loss, 0, facts.blind])
    assert ("pulls" in picture.footnote.get_text()) == (facts.what == GRADIENT)
    if facts.what == GRADIENT:  # a cell is pulled up, purple, or pushed down, orange
        for patch, value in zip(picture.cells.cells, shown.flatten().tolist()):
            _, green, blue, _ = patch.get_facecolor()
            assert abs(n * value) < 1e-3 or (blue > green) == (value < 0)


def check_sentence(text, facts):
    cells = [[facts.cosines[0, j], facts.probs[0, j], facts.gradient[0, j]] for j in (0, 1)]
    floor = [] if facts.axis is None else [facts.least]
    says_all(text, [len(facts.cosines), facts.loss, facts.blind, 0, *floor, 0, *cells[0], 1, *cells[1]])
    assert ("No unit vectors have these cosines." in text) == facts.impossible
    assert text.startswith(facts.loss_name.capitalize()) and re.search(rf"Shown: {facts.what}\.$", text)


@pytest.mark.parametrize("n", [2, 4, 8])
def test_a_simplex_reaches_the_least_loss(n):
    corners = torch.eye(n, dtype=torch.float64) - 1 / n
    cosines = F.normalize(corners, dim=1) @ F.normalize(corners, dim=1).T
    assert not impossible(cosines)
    for T in TEMPERATURES:
        assert loss_of(cosines / T, ROWS).item() == pytest.approx(least_of_rows(n, T), rel=1e-9, abs=1e-14)
    assert impossible(cosines * 1.01)


def test_what_unit_vectors_have_is_never_called_impossible():
    generator = torch.Generator().manual_seed(0)
    for n, dims in itertools.product((2, 4, 8), (1, 2, 20)):
        photos, captions = F.normalize(torch.randn(2, n, dims, generator=generator, dtype=torch.float64), dim=-1)
        assert not impossible(photos @ captions.T) and not impossible(photos @ photos.T)
    assert impossible(2 * torch.eye(3, dtype=torch.float64) - 1) and math.isclose(least_of_rows(2, 0.5), 0.0181499279)

"""The road is one that a beginner can walk: short enough, in an order that explains each word before it is used."""

import functools
import re

import nbformat
import pytest

from helpers.explorers import EXPLORERS
from tools import notebooks, prose

MUSEUM = "08_bug_museum"  # visited in parts, and its exhibits' questions are exercises
MAIN = [name for name in notebooks.LESSONS if "01" <= name[:2] <= "09"]

# Words of the field: each is explained, in bold or italics, in the section of the road that first uses it. What a
# lesson announces in its opening cell is not yet a use.
TERMS = (
    "logit, odds, softmax, sigmoid, argmax, logsumexp, entropy, temperature, threshold, dim, batch, mask, likelihood, "
    "cross-entropy, one-hot, multi-hot, label smoothing, ROC, calibrated, proper score, conformal, prior"
).split(", ")


@functools.cache
def read(name):
    return nbformat.read(notebooks.FOLDER / f"{name}.ipynb", as_version=4)


def road(name):
    return notebooks.main_road(read(name))


def words_of(cell):
    return prose.seen(cell.source) if cell.cell_type == "markdown" else cell.source


@pytest.mark.parametrize("name", notebooks.LESSONS)
class TestLesson:
    def test_takes_an_evening_at_most(self, name):
        assert notebooks.minutes(read(name)) <= (90 if name == MUSEUM else 55)

    def test_asks_for_few_predictions_and_exercises(self, name):
        assert 3 <= notebooks.predictions(read(name)) <= 6
        if name != MUSEUM:
            assert sum(cell.source.startswith("ask(") for cell in road(name)) <= 5

    def test_shows_a_moving_picture_on_its_first_two_screens(self, name):
        before = 0
        for cell in road(name):
            if cell.cell_type == "code" and re.match(rf"({'|'.join(EXPLORERS)})\(", cell.source):
                break
            before += len(words_of(cell).split())
        assert before <= 600, "words before the first explorer"


def test_the_main_road_takes_seven_and_a_half_hours_at_most():
    assert sum(notebooks.minutes(read(name)) for name in MAIN) <= 450


@pytest.mark.parametrize("term", TERMS)
def test_a_word_is_explained_where_it_is_first_used(term):
    word = rf"\b{term}(s|es)?\b"
    used = re.compile(rf"(?<![\w.`-]){word}", re.IGNORECASE)
    explained = re.compile(rf"(\*+)[^*\n]*{word}[^*\n]*\1", re.IGNORECASE)
    for name in notebooks.LESSONS:
        for section in notebooks.parts(read(name))[1:]:
            heading, *_ = section[0].source.splitlines()
            if heading.startswith("## Side road") or heading in ("## Summary", "## Exercises", "## References"):
                continue
            text = "\n".join(words_of(cell) for cell in section if cell.cell_type == "markdown")
            if used.search(text):
                assert explained.search(text), f"{name}: {heading}"
                return
    raise AssertionError("is nowhere on the road")


def test_the_start_is_short():
    words = sum(len(words_of(cell).split()) for cell in read("00_start_here").cells if cell.cell_type == "markdown")
    assert words <= 500


def test_the_article_is_named_where_it_is_set_right_and_seldom_else():
    found = [
        (path.stem, len(re.findall(r"\barticle", "\n".join(cell.source for cell in read(path.stem).cells))))
        for path in sorted(notebooks.FOLDER.glob("*.ipynb"))
    ]
    assert sum(count for _, count in found) <= 15, [each for each in found if each[1]]

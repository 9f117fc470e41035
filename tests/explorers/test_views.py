"""What holds for picture and controls of every explorer. What each shows, test_explorers tries at every position."""

import functools
import importlib
import inspect
import random
import re
from xml.sax.saxutils import escape

import pytest
import torch
from matplotlib.lines import Line2D
from matplotlib.text import Text

from helpers import explorers
from helpers.data import LABELS
from helpers.explorers import EXPLORERS
from helpers.live.controls import kind_of
from helpers.text import minus
from tests.explorers.test_explorers import extents, faults_of, options_of, outside, still_texts

each_explorer = pytest.mark.parametrize("name", EXPLORERS)
checks_of = functools.cache(lambda name: importlib.import_module(f"tests.explorers.test_{name}"))
OWNS = [(name, number) for name in EXPLORERS for number in range(len(getattr(checks_of(name), "OWN", [])))]
made = functools.cache(lambda name: getattr(explorers, name)())


def texts_of(picture):
    return [text for panel in picture.panels for text in panel.findobj(Text) if text.get_visible()]


@each_explorer
def test_special_settings(name):
    """Facts, picture and sentence are right, and a minus is no hyphen."""
    checks, explorer = checks_of(name), made(name)
    for setting in [{}, *checks.SPECIAL, *checks.PICTURES]:
        explorer.reset()
        explorer.set(**setting)
        try:
            checks.check_facts(explorer.values, explorer.facts)
            checks.check_picture(explorer.picture, explorer.facts, explorer.values)
            checks.check_sentence(explorer.describe(), explorer.facts)
            for text in (explorer.describe(), *(each.get_text() for each in texts_of(explorer.picture))):
                assert text == minus(text)
        except AssertionError as error:
            error.add_note(f"{name} at {setting}")
            raise


def settings_of(explorer, rounds=10):
    """Return settings with each control at either end, with all of them there, and some at random."""
    draw, takes = random.Random(3), {}
    for name, widget in explorer.controls.items():
        if hasattr(widget, "step") and not hasattr(widget, "options"):
            stops = round((widget.max - widget.min) / widget.step)
            takes[name] = lambda at, w=widget, n=stops: min(w.max, round(w.min + w.step * round(at * n), 9))
        else:
            options = getattr(kind_of(name, widget), "options", [False, True])
            takes[name] = lambda at, options=options: options[round(at * (len(options) - 1))]
    yield {}
    for at in (0, 1):
        yield from ({name: take(at)} for name, take in takes.items())
        yield {name: take(at) for name, take in takes.items()}
    yield from ({name: take(draw.random()) for name, take in takes.items()} for _ in range(rounds))


@pytest.mark.parametrize("name, number", OWNS)
def test_positions_of_the_reader_s_own_numbers(name, number, monkeypatch):
    """As for the defaults: facts, picture and sentence are right, and no text leaves or overlaps another."""
    checks, given = checks_of(name), checks_of(name).OWN[number]
    explorer, faults = getattr(explorers, name)(**given), {}
    monkeypatch.setattr(
        explorer.picture, "markup", dict
    )  # drawing is most of a move's time, and nothing here looks at it
    moving = {text for artist in explorer.picture.artists.values() for text in artist.findobj(Text)}
    for setting in settings_of(explorer):
        explorer.reset()
        if len(setting) == 1:
            ((control, value),) = setting.items()
            setattr(explorer, control, value)
        explorer.set(**setting)
        try:
            checks.check_facts(explorer.values, explorer.facts, given)
            checks.check_picture(explorer.picture, explorer.facts, explorer.values, given)
            checks.check_sentence(explorer.describe(), explorer.facts)
        except AssertionError as error:
            error.add_note(f"{name} of OWN[{number}] at {explorer.values}")
            raise
        for panel in explorer.picture.panels:
            texts = [
                text
                for text in panel.findobj(Text)
                if text in moving and text.get_visible() and text.get_text().strip()
            ]
            texts = list(dict.fromkeys([*texts, *still_texts(panel, moving)]))
            words = [text.get_text() for text in texts]
            assert all(word == minus(word) for word in words)
            faults |= dict.fromkeys(
                [*faults_of(words, extents(texts, panel), panel), *outside(explorer.picture)], setting
            )
    assert not faults


@each_explorer
def test_nothing_is_said_before_there_are_facts(name):
    (picture,) = (
        each for each in vars(inspect.getmodule(getattr(explorers, name))).values() if each is type(made(name).picture)
    )
    said = {artist.get_text() for artist in picture().artists.values() if isinstance(artist, Text)}
    assert said <= {"", *LABELS}, "but for the names of the classes"


@each_explorer
def test_what_moves_has_a_name_that_a_page_can_use_and_is_large_enough(name):
    """A name is the id of a group: words, or abbreviations such as TP, then counts, joined by hyphens."""
    for each, artist in made(name).picture.artists.items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+|-[A-Z]{2})*(-\d+)*", each)
        if isinstance(artist, Line2D) and artist.get_marker() not in ("None", "."):
            assert artist.get_markersize() >= 4, each
    assert min(text.get_size() for text in texts_of(made(name).picture)) >= 9.5


@pytest.mark.parametrize(
    "name, move, still",
    [
        ("two_errors", dict(x=3.0), ("line-torch", "line-helpers")),
        ("float_microscope", dict(x=3.0), ("bound", "worst")),
        ("dim_view", dict(a=3.0, source="randn"), ("title", "total", "input-labels-0", "output-frames-0")),
    ],
)
def test_what_stays_is_not_drawn_again(name, move, still, monkeypatch):
    explorer = getattr(explorers, name)()
    explorer.set(**{each: value for each, value in move.items() if isinstance(value, str)})
    explorer.picture.markup()
    monkeypatch.setattr(explorer.picture, "markup", dict)  # which would call all that was drawn fresh
    explorer.set(**move)
    assert not any(explorer.picture.artists[each].stale for each in still)


# What a factory's docstring says, and takes


@each_explorer
def test_the_docstring_has_the_limits_of_the_controls(name):
    explorer, doc = made(name), getattr(explorers, name).__doc__.replace("−", "-")
    parameters = [each for each in inspect.signature(getattr(explorers, name)).parameters if each in explorer.controls]
    ranged = [each for each in parameters if hasattr(explorer.controls[each], "min")]
    for each in ranged:
        found = re.search(rf"^    (?:\w+, )*{each}\b.* : .*?\[(\S+), (\S+)\](?: and \[(\S+), (\S+)\])?", doc, re.M)
        found = found or re.search(rf"^    {each} : .*from (\S+) to (\S+)", doc, re.M)
        assert found, f"{each} has no limits in the docstring"
        low, high = explorer.controls[each].min, explorer.controls[each].max
        assert f"{low:g} {high:g}" in " ".join(group for group in found.groups() if group), each


@each_explorer
def test_an_argument_is_where_its_control_starts(name):
    factory, explorer = getattr(explorers, name), made(name)
    base = {"dim_view": dict(source="randn", shape=(4, 3, 2))}.get(name, {})  # a printed tensor has its own shape
    for each in (set(inspect.signature(factory).parameters) & set(explorer.controls)) - set(base):
        control = explorer.controls[each]
        for value in (control.min, control.max) if hasattr(control, "min") else options_of(kind_of(each, control))[:3]:
            assert factory(**base | {each: value}).values[each] == value


STRANGE = [r"$\bad$", "$a$ & <b>", "猫", "कुत्ता 🐶", *"abcdefgh"]


@pytest.mark.parametrize("count", [4, 12])
@pytest.mark.parametrize(
    "name", [each for each in EXPLORERS if "labels" in inspect.signature(getattr(explorers, each)).parameters]
)
def test_a_label_with_dollar_signs_or_in_another_script_is_drawn_as_it_stands(name, count):
    """And without a warning, which pytest here takes for an error."""
    logits, labels = torch.linspace(-3, 3, count), STRANGE[:count]
    rows = {"targets": torch.eye(count)} if name == "threshold_sweep" else {}
    logits = torch.stack([logits.roll(k) for k in range(count)]) if rows else logits
    explorer = getattr(explorers, name)(logits, labels=labels, **rows)
    seen = ""
    for label in labels[:4]:
        if "label" in explorer.controls:
            explorer.label = label
        seen += "".join([*explorer.picture.svgs(), *explorer.picture.markup().values()])
    assert [label for label in labels[:4] if escape(label) not in seen] == []
    assert "image/png" in explorer._repr_mimebundle_()[0]

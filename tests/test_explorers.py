"""Every position of every explorer: nothing breaks, nothing overlaps, nothing leaves the picture, and reset undoes it all.

That the facts are right, and that each artist shows its fact, is tested explorer by explorer, in the file of its name.
"""

import dataclasses
import functools
import itertools
import random
import re

import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from helpers.explorers import EXPLORERS
from helpers.live import figure as drawing
from helpers.live.controls import Choice, Slider

NUMBER = re.compile(r"(?<![\w.])[−-]?\d+(?:\.\d+)?(?:e[−+-]?\d+)?(?![\w.]*\d)")
DIGITS = re.compile(r"-?\d+(?:\.\d+)?")
each_explorer = pytest.mark.parametrize("name", EXPLORERS)


@functools.cache
def made(name):
    """One explorer serves all its tests, since reset is tested to bring it back to where it began."""
    return EXPLORERS[name]()


@pytest.fixture
def explorer(name):
    made(name).reset()
    yield made(name)
    made(name).reset()


def numbers_in(markup):
    return [float(number) for number in DIGITS.findall(markup)]


def extremes(control):
    if isinstance(control, Slider):
        return [control.min, control.max]
    return [control.options[0], control.options[-1]] if isinstance(control, Choice) else [False, True]


def spread(control, count=9):
    """Minimum, maximum and some values between them, all of which a reader can set."""
    if isinstance(control, Slider):
        stops = round((control.max - control.min) / control.step)
        return [on_stop(control, round(stops * k / (count - 1))) for k in range(count)]
    if isinstance(control, Choice):
        return control.options[:: max(1, len(control.options) // count)] + control.options[-1:]
    return [False, True]


def on_stop(control, stop):
    return min(control.max, round(control.min + stop * control.step, 9))


def at_random(control, draw):
    if isinstance(control, Slider):
        return on_stop(control, draw.randint(0, round((control.max - control.min) / control.step)))
    return draw.choice(control.options if isinstance(control, Choice) else [False, True])


def settings_at_extremes(explorer):
    """Every setting in which two controls stand at an end and the others at their defaults."""
    for one, other in itertools.combinations(explorer.controls, 2):
        for a, b in itertools.product(extremes(explorer.controls[one]), extremes(explorer.controls[other])):
            yield {one: a, other: b}
    for end in (0, -1):
        yield {name: extremes(control)[end] for name, control in explorer.controls.items()}


def set_one_by_one(explorer, setting):
    """Move the controls as a reader does, so that coupled ones follow."""
    explorer.reset()
    for name, value in setting.items():
        explorer.controls[name].value = value


def texts_in(artist):
    return [text for text in artist.findobj(Text) if text.get_visible() and text.get_text().strip()]


def boxes(texts, renderer):
    return [(text.get_text(), text.get_window_extent(renderer)) for text in texts]


def overlap(a, b, slack=1.5):
    """Whether two boxes share more than the empty rim that a font leaves around its glyphs (slack, in pixels of 1/72 in)."""
    return min(a.x1, b.x1) - max(a.x0, b.x0) > slack and min(a.y1, b.y1) - max(a.y0, b.y0) > slack


@functools.cache
def still_boxes(name, panel):
    """The texts of a panel that never move: labels, ticks, legend. They are measured once."""
    figure = made(name).picture.panels[panel]
    moving = set(itertools.chain.from_iterable(texts_in(artist) for artist in made(name).picture.artists.values()))
    moving |= set(made(name).picture.artists.values())
    shown = []
    for axes in figure.axes:
        if axes.axison:
            shown += [axes.xaxis.label, axes.yaxis.label]
            for axis, limits in ((axes.xaxis, sorted(axes.get_xlim())), (axes.yaxis, sorted(axes.get_ylim()))):
                shown += [
                    tick.label1
                    for tick in axis.get_major_ticks()
                    if limits[0] <= tick.get_loc() <= limits[1] and tick.label1.get_visible()
                ]
        shown += [axes.title, *axes.texts]
        shown += axes.get_legend().get_texts() if axes.get_legend() else []
    shown += figure.texts
    still = [text for text in shown if text not in moving and text.get_visible() and text.get_text().strip()]
    return boxes(still, FigureCanvasAgg(figure).get_renderer())


def misplaced_texts(name):
    """Return what is wrong with the texts as they stand: one that leaves its panel, or two that overlap."""
    faults = []
    for i, figure in enumerate(made(name).picture.panels):
        moving = [
            each for each in made(name).picture.artists.values() if each.get_figure() is figure and each.get_visible()
        ]
        texts = list(itertools.chain.from_iterable(texts_in(artist) for artist in moving))
        moved = boxes(texts, FigureCanvasAgg(figure).get_renderer())
        still = still_boxes(name, i)
        width, height = figure.bbox.size
        for text, box in moved + still:
            if box.x0 < -1 or box.y0 < -1 or box.x1 > width + 1 or box.y1 > height + 1:
                faults.append(f"{text!r} leaves panel {i}")
        pairs = itertools.chain(itertools.combinations(moved, 2), itertools.product(moved, still))
        faults += [f"{a!r} on {b!r} in panel {i}" for (a, one), (b, other) in pairs if overlap(one, other)]
    return faults


def outside(picture):
    """Return the names of the moving lines and bars that show data outside the limits of their axes."""
    names = []
    for name, artist in picture.artists.items():
        if not artist.get_visible() or artist.axes is None:
            continue
        if isinstance(artist, Line2D) and artist.get_transform().contains_branch(artist.axes.transData):
            points = artist.get_xydata()
        elif isinstance(artist, Rectangle) and artist.get_transform().contains_branch(artist.axes.transData):
            points = artist.get_bbox().get_points()
        else:
            continue
        wholly = artist.get_transform().contains_branch_seperately(artist.axes.transData)
        for place, ours, limits in zip((0, 1), wholly, (artist.axes.get_xlim(), artist.axes.get_ylim())):
            low, high = sorted(limits)
            slack = 1e-6 * (high - low)
            if ours and not all(low - slack <= point[place] <= high + slack for point in points):
                names.append(name)
    return names


@each_explorer
def test_every_value_of_every_control(explorer):
    for name, control in explorer.controls.items():
        for value in spread(control):
            explorer.reset()
            control.value = value
            assert explorer.values[name] == value
            assert not explorer.error
            assert not outside(explorer.picture), f"at {explorer.values}"
            assert len(explorer.describe().split()) >= 5


@each_explorer
def test_no_text_overlaps_or_leaves_the_picture_at_the_extremes(name, explorer):
    assert not misplaced_texts(name), "at the default"
    faults = {}
    for setting in settings_at_extremes(explorer):
        set_one_by_one(explorer, setting)
        assert not outside(explorer.picture), f"at {setting}"
        for fault in misplaced_texts(name):
            faults.setdefault(fault, setting)
    assert not faults


@each_explorer
def test_200_random_settings_and_the_way_there_makes_no_difference(explorer):
    draw = random.Random(20240229)
    first = {}
    settings = [{name: at_random(c, draw) for name, c in explorer.controls.items()} for _ in range(200)]
    for setting in settings + settings[::-5]:
        explorer.set(**setting)
        assert not outside(explorer.picture), f"at {setting}"
        seen = (explorer.describe(), explorer.picture.markup())
        assert first.setdefault(str(setting), seen) == seen, f"at {setting} after another one"


@each_explorer
def test_reset_restores_the_default_picture_exactly(name, explorer):
    fresh = EXPLORERS[name]()
    draw = random.Random(5)
    for _ in range(5):
        for control in explorer.controls.values():
            control.value = at_random(control, draw)
    explorer.reset()
    assert explorer.values == fresh.values
    assert explorer.describe() == fresh.describe()
    assert flat(explorer.facts) == flat(fresh.facts)
    markup, expected = explorer.picture.markup(), fresh.picture.markup()
    assert {key: markup[key] for key in explorer.picture.artists} == {
        key: expected[key] for key in fresh.picture.artists
    }
    assert all(key in markup for key in expected)


@each_explorer
def test_a_text_with_its_words_exchanged_is_what_matplotlib_draws(explorer, monkeypatch):
    draw = random.Random(7)
    for _ in range(10):
        explorer.set(**{name: at_random(control, draw) for name, control in explorer.controls.items()})
        quick = explorer.picture.markup()
        monkeypatch.setattr(drawing, "pose_of", lambda text: None)
        for artist in explorer.picture.artists.values():
            artist.stale = True
        slow = explorer.picture.markup()
        monkeypatch.undo()
        for name in explorer.picture.artists:
            assert DIGITS.sub("", quick[name]) == DIGITS.sub("", slow[name])
            # A text that is centred on its height lies by a fraction of a pixel higher or lower for other words.
            assert numbers_in(quick[name]) == pytest.approx(numbers_in(slow[name]), abs=1)


def flat(value):
    """Return the numbers of facts as one list."""
    if dataclasses.is_dataclass(value):
        return [number for field in dataclasses.fields(value) for number in flat(getattr(value, field.name))]
    if isinstance(value, torch.Tensor):
        return [float(number) for number in value.flatten().tolist()]
    if isinstance(value, (list, tuple)):
        return [number for each in value for number in flat(each)]
    if isinstance(value, dict):
        return [number for each in value.values() for number in flat(each)]
    return [float(value)] if isinstance(value, (int, float)) else [str(value)]


@each_explorer
def test_the_sentence_follows_the_facts(explorer):
    """A different picture is described differently, by finite numbers or a word that says why not."""
    draw = random.Random(11)
    said = {}
    for _ in range(30):
        explorer.set(**{name: at_random(control, draw) for name, control in explorer.controls.items()})
        said.setdefault(explorer.describe(), str(explorer.values))
        assert NUMBER.search(explorer.describe())
    assert len(said) >= 20

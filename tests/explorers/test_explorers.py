"""Every position of every explorer: facts, picture, sentence are right, no text overlaps or leaves.

What is right, each explorer's own file knows: `check_facts` compares with an independent computation, `check_picture`
reads the artists, `check_sentence` the words. An explorer of the reader's own numbers is tried with each in `OWN` too.
"""

import functools
import importlib
import inspect
import itertools
import math
import random
import re
from xml.sax.saxutils import escape

import numpy as np
import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import Collection
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Annotation, Text

from helpers import explorers
from helpers.explorers import EXPLORERS
from helpers.live import pen
from helpers.live import picture as drawing
from helpers.live.controls import Choice, Number, Words
from helpers.style import new_panel
from helpers.text import minus
from tests.modules.test_colors import by_color_alone

DIGIT, DIGITS = re.compile(r"\d"), re.compile(r"-?\d+(?:\.\d+)?")
WORDS = re.compile(r"(?<=>)[^<]+(?=<)")  # in SVG, what is no tag
each_explorer = pytest.mark.parametrize("name", EXPLORERS)
TYPED = {  # what a reader types into a box of words, by the control's name
    "loss": "0.74 2.30 1.46 0.69 0.70 0 10.82 −1086.9 -0,98 0.8133 100 147.4 nan 1.3863 0.33 -1.2511 inf 0.05".split(),
    "num_classes": ["", "2", "3", "5", "10", "37", "1,000", "50257", "250000"],
    "accuracy": ["", "0.98", "50 %", "100", "0", "9,5%"],
    "smoothing": ["", "0.1", "0", ".25", "0,49"],
    "share": ["", "30 %", "0.5", "0", "100"],
}


@functools.cache
def checks_of(name):
    """Return the module of the tests of one explorer, which bears the name of the explorer's module."""
    return importlib.import_module(f"tests.explorers.test_{name}")


@functools.cache
def made(name, own=None):
    """One explorer serves all its tests, since reset is tested to bring it back; `own` is its place among `OWN`."""
    return getattr(explorers, name)(**({} if own is None else checks_of(name).OWN[own]))


@pytest.fixture
def explorer(name):
    made(name).reset()
    yield made(name)
    made(name).reset()


@pytest.fixture
def own():
    """No numbers of the reader's own; a test of these is parametrized with `own`."""
    return None


@pytest.fixture
def undrawn(name, own):
    """An explorer whose picture is moved and not drawn, for tests of its artists: drawing is most of a move's time."""
    made(name, own).reset()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(made(name, own).picture, "markup", dict)
        yield made(name, own)
        made(name, own).reset()


def options_of(control):
    if isinstance(control, Words):
        return TYPED[control.name]
    return control.options if isinstance(control, Choice) else [False, True]


def extremes(control):
    if isinstance(control, Number):
        return [control.widget.min, control.widget.max]
    return [options_of(control)[0], options_of(control)[-1]]


def spread(control, count=9):
    """Return minimum, maximum and some values between them, all of which a reader can set."""
    if isinstance(control, Number):
        return [on_stop(control, round(stops(control) * k / (count - 1))) for k in range(count)]
    options = options_of(control)
    return [*options[:: max(1, len(options) // count)], options[-1]]


def stops(control):
    return round((control.widget.max - control.widget.min) / control.widget.step)


def on_stop(control, stop):
    return min(control.widget.max, round(control.widget.min + stop * control.widget.step, 9))


def at_random(control, draw):
    if isinstance(control, Number):
        return on_stop(control, draw.randint(0, stops(control)))
    return draw.choice(options_of(control))


def random_setting(explorer, draw):
    return {name: at_random(control, draw) for name, control in explorer.kinds.items()}


def move(explorer, **setting):
    """Move the controls one after the other, as a reader does, so that coupled ones follow; return the setting."""
    for name, value in setting.items():
        setattr(explorer, name, value)
        assert explorer.values[name] == value
    return setting


def each_control_over_its_range(explorer):
    """Go to the defaults, and from there with each control over its range."""
    yield explorer.values
    for name, control in explorer.kinds.items():
        explorer.reset()
        for value in spread(control):
            yield move(explorer, **{name: value})


def controls_at_their_extremes(explorer):
    """Go to every setting in which two controls stand at an end and the others at their defaults, or all at an end."""
    for (one, here), (other, there) in itertools.combinations(explorer.kinds.items(), 2):
        for a in extremes(here):
            explorer.reset()
            move(explorer, **{one: a})
            for b in extremes(there):
                yield {one: a} | move(explorer, **{other: b})
    for end in (0, -1):
        explorer.reset()
        yield move(explorer, **{name: extremes(control)[end] for name, control in explorer.kinds.items()})


def at_100_random_settings(explorer):
    """Go to 100 settings."""
    draw = random.Random(20240229)
    for _ in range(100):
        explorer.set(**(setting := random_setting(explorer, draw)))
        yield setting


def special_settings(explorer):
    """Go to the settings at which something could break, and to those of which there are pictures."""
    checks = checks_of(type(explorer.picture).__module__.rpartition(".")[2])
    for setting in [*checks.SPECIAL, *checks.PICTURES]:
        explorer.reset()
        explorer.set(**setting)
        yield setting


def the_ends_and_some_at_random(explorer):
    """Go to the defaults, to each control at either end, to all of them there, and to 10 settings."""
    draw = random.Random(3)
    yield {}
    for end in (0, -1):
        ends = {name: extremes(control)[end] for name, control in explorer.kinds.items()}
        for setting in [*({name: value} for name, value in ends.items()), ends]:
            explorer.reset()
            yield move(explorer, **setting)
    for _ in range(10):
        explorer.reset()
        explorer.set(**(setting := random_setting(explorer, draw)))
        yield setting


TOURS = [each_control_over_its_range, controls_at_their_extremes, at_100_random_settings, special_settings]
POSITIONS = [(name, None, tour) for name in EXPLORERS for tour in TOURS]
GIVEN = [(name, own) for name in EXPLORERS for own in range(len(getattr(checks_of(name), "OWN", [])))]
POSITIONS += [(name, own, the_ends_and_some_at_random) for name, own in GIVEN]


@pytest.mark.parametrize("name, own, tour", POSITIONS)
def test_every_position(name, own, tour, undrawn):
    checks, faults = checks_of(name), {}
    given = [] if own is None else [checks.OWN[own]]
    for setting in tour(undrawn):
        try:
            checks.check_facts(undrawn.values, undrawn.facts, *given)
            checks.check_picture(undrawn.picture, undrawn.facts, undrawn.values, *given)
            checks.check_sentence(undrawn.describe(), undrawn.facts)
        except Exception as error:
            error.add_note(f"{name} at {undrawn.values}, after {setting}")
            raise
        assert not undrawn.error and undrawn.describe() == minus(undrawn.describe())
        for fault in outside(undrawn.picture) + misplaced_texts(undrawn.picture):
            faults.setdefault(fault, setting)
    assert not faults


@pytest.mark.parametrize("name, own", [*((name, None) for name in EXPLORERS), *GIVEN])
def test_each_color_has_a_second_cue(name, own, undrawn):
    assert by_color_alone(undrawn.picture) == []
    draw = random.Random(2)
    for _ in range(0 if own else 3):
        steps = {each: kind.steps(undrawn.values[each], 1) for each, kind in undrawn.kinds.items()}
        undrawn.set(**{each: draw.choice([undrawn.values[each], *steps[each]]) for each in steps})
        assert by_color_alone(undrawn.picture) == []


@each_explorer
def test_the_way_to_a_setting_makes_no_difference_and_the_way_back_neither(name, explorer):
    draw = random.Random(20240229)
    settings = [random_setting(explorer, draw) for _ in range(6)]
    seen = []
    for setting in settings + settings[::-1]:
        explorer.set(**setting)
        seen.append((explorer.describe(), explorer.picture.markup()))
    for (said, markup), (said_again, markup_again) in zip(seen[:6], seen[:5:-1]):
        assert said == said_again
        assert_alike(markup_again, markup)
    explorer.reset()
    fresh = getattr(explorers, name)()
    assert (explorer.values, repr(explorer.facts)) == (fresh.values, repr(fresh.facts))
    assert explorer.describe() == fresh.describe()
    assert_alike(explorer.picture.markup(), fresh.picture.markup())


@each_explorer
def test_the_line_of_code_that_it_gives_shows_it_as_it_stands(name, explorer):
    explorer.set(**random_setting(explorer, random.Random(7)))
    assert eval(explorer.code(), vars(explorers)).values == explorer.values
    explorer.reset()
    assert explorer.code() == f"{name}()"


def test_that_line_has_the_arguments_that_can_be_written_down():
    own = explorers.logit_table([2.0, -1.0], temperature=2.0)
    assert own.at(c=1).code() == "logit_table([2.0, -1.0], temperature=2.0).at(c=1.0)"
    assert explorers.logit_table(torch.tensor([2.0, -1.0]), 2.0).code() == "logit_table(…)"


# What the limits of an axes must contain


def in_data(artist, points):
    """Return `points` (n, 2) in data coordinates, with NaN for what is no data: a coordinate in shares of the axes."""
    points = np.asarray(points, dtype=float).reshape(-1, 2).copy()
    for place, by_data in enumerate(artist.get_transform().contains_branch_seperately(artist.axes.transData)):
        if not by_data:
            points[:, place] = math.nan
    return points


def data_of(artist):
    """Return the points (n, 2) that an artist shows in data coordinates; raise TypeError for an unknown kind."""
    if isinstance(artist, Line2D):
        return in_data(artist, artist.get_xydata())
    if isinstance(artist, Patch):
        # The patch's own transform comes first: it makes a unit rectangle the bar.
        corners = artist.get_patch_transform().transform(artist.get_path().vertices)
        return np.where(
            artist.get_data_transform().contains_branch_seperately(artist.axes.transData), corners, math.nan
        )
    if isinstance(artist, Annotation):
        points = [
            xy for xy, system in ((artist.xy, artist.xycoords), (artist.xyann, artist.anncoords)) if system == "data"
        ]
        return np.array(points, dtype=float).reshape(-1, 2)
    if isinstance(artist, Text):
        return in_data(artist, artist.get_position())
    if isinstance(artist, Collection):
        box = artist.get_datalim(artist.axes.transData)
        return box.get_points() if np.isfinite(box.get_points()).all() else np.empty((0, 2))
    if isinstance(artist, AxesImage):
        left, right, bottom, top = artist.get_extent()
        return np.array([[left, bottom], [right, top]])
    raise TypeError(f"{artist}: which data it shows is not known")


def outside(picture):
    """Return what shows data outside the limits of its axes: moving artists, texts that stand by data among them."""
    shown = {}
    for name, artist in picture.artists.items():
        if artist.get_visible() and not (isinstance(artist, Text) and not artist.get_text()):
            shown.setdefault(artist.axes, []).append((name, data_of(artist)))
    faults = []
    for axes, points_of in shown.items():
        owners = np.repeat([name for name, _ in points_of], [len(points) for _, points in points_of])
        points, limits = np.vstack([points for _, points in points_of]), np.sort([axes.get_xlim(), axes.get_ylim()]).T
        slack = 1e-6 * (limits[1] - limits[0])
        beyond = (points < limits[0] - slack) | (points > limits[1] + slack)  # False where a coordinate is NaN, no data
        faults += [
            f"{name} shows data outside {limits.T.tolist()}" for name in dict.fromkeys(owners[beyond.any(axis=1)])
        ]
    return faults


def shows_to(axes, y):
    """Yield a name and an artist of each kind that shows data up to this height."""
    yield "line", axes.plot([0.5, 0.5], [0.5, y])[0]
    yield "bar", axes.bar(0.5, y, width=0.1)[0]
    yield "span", axes.axhspan(0.5, y)
    yield "dots", axes.scatter([0.5, 0.5], [0.5, y])
    yield "area", axes.fill_between([0, 0.5], [0, 0], [0.5, y])
    yield "image", axes.imshow([[1]], extent=(0, 1, 0, y), aspect="auto")
    yield "text", axes.text(0.5, y, "text")
    yield "head", axes.annotate("arrow", xy=(0.5, y), xytext=(0.5, 0.5), arrowprops={})
    yield "tail", axes.annotate("arrow", xy=(0.5, 0.5), xytext=(0.5, y), arrowprops={})


def test_data_outside_of_an_axes_are_found_whatever_shows_them():
    """But what stands by shares of the axes, as text and line here, has no data."""
    picture = drawing.LivePicture()
    axes, other = picture.panel(), picture.panel()
    beyond = dict(shows_to(axes, 1.2))
    for prefix, artists in (("in", dict(shows_to(axes, 0.8))), ("out", beyond)):
        for name, artist in artists.items():
            picture.moving(f"{prefix}-{name}", artist)
    picture.moving("share-text", other.text(0.5, 0.5, "text", transform=other.transAxes))
    picture.moving("share-line", other.axhline(5.5))
    axes.set(xlim=(0, 1), ylim=(0, 1))
    other.set(xlim=(5, 6), ylim=(5, 6))
    assert [fault.split()[0] for fault in outside(picture)] == [f"out-{name}" for name in beyond]
    picture.moving("axis", axes.xaxis)
    with pytest.raises(TypeError, match="which data it shows is not known"):
        outside(picture)


# Where the texts stand


def texts_in(artist):
    return [text for text in artist.findobj(Text) if text.get_visible() and text.get_text().strip()]


KNOWN = {}  # the boxes of texts that were measured, by place and form


def extents(texts, figure):
    """Return the boxes of texts as x0, y0, x1, y1 in pixels of 1/72 in, (n, 4).

    Measuring is slow, and the font's digits are equally wide: words that stand where such words stood are not measured.
    """
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = np.empty((len(texts), 4))
    for row, text in enumerate(texts):
        place = *text.get_transform().transform(text.get_position()), text.get_ha(), text.get_va(), text.get_rotation()
        form = *place, hash(text.get_fontproperties()), DIGIT.sub("0", text.get_text())
        if form not in KNOWN:
            KNOWN[form] = text.get_window_extent(renderer).extents
        boxes[row] = KNOWN[form]
    return boxes


def still_texts(figure, moving):
    """Return the texts of a panel that never move: labels, ticks, legend."""
    shown = [*figure.texts]
    for axes in figure.axes:
        if axes.axison:
            shown += [axes.xaxis.label, axes.yaxis.label]
            for axis, limits in ((axes.xaxis, sorted(axes.get_xlim())), (axes.yaxis, sorted(axes.get_ylim()))):
                shown += [tick.label1 for tick in axis.get_major_ticks() if limits[0] <= tick.get_loc() <= limits[1]]
        shown += [axes.title, *axes.texts]
        shown += axes.get_legend().get_texts() if axes.get_legend() else []
    return [text for text in shown if text not in moving and text.get_visible() and text.get_text().strip()]


@functools.cache
def measured_still_texts(picture, panel):
    figure = picture.panels[panel]
    texts = still_texts(figure, {text for artist in picture.artists.values() for text in artist.findobj(Text)})
    return [text.get_text() for text in texts], extents(texts, figure)


def faults_of(words, boxes, figure, slack=1.5):
    """Return what is wrong with the texts of a figure: one that leaves it, or two that overlap.

    `slack` is the empty rim that a font leaves around its glyphs, in pixels of 1/72 in.
    """
    low, high = boxes[:, :2], boxes[:, 2:]
    left = ((low < -1) | (high > figure.bbox.size + 1)).any(axis=1)
    shared = np.minimum(high[:, None], high) - np.maximum(low[:, None], low)
    pairs = np.argwhere(np.triu((shared > slack).all(axis=2), 1))
    return [f"{words[i]!r} leaves the panel" for i in np.flatnonzero(left)] + [
        f"{words[i]!r} on {words[j]!r}" for i, j in pairs
    ]


def misplaced_texts(picture):
    """Return what is wrong with the texts of a picture as they stand; a hyphen for a minus is wrong too."""
    faults = []
    for i, figure in enumerate(picture.panels):
        moving = [each for each in picture.artists.values() if each.get_figure() is figure and each.get_visible()]
        texts = list(itertools.chain.from_iterable(map(texts_in, moving)))
        still, boxes = measured_still_texts(picture, i)
        words = [text.get_text() for text in texts] + still
        faults += [f"{word!r} has a hyphen, panel {i}" for word in words if word != minus(word)]
        boxes = np.vstack([extents(texts, figure), boxes])
        faults += [f"{each}, panel {i}" for each in faults_of(words, boxes, figure)]
    return faults


@pytest.mark.parametrize(
    "words, x, faults",
    [("apart", 0.7, []), ("close", 0.2, ["'here' on 'close'"]), ("far out", 1.0, ["'far out' leaves the panel"])],
)
def test_misplaced_texts_are_found(words, x, faults):
    figure, axes = new_panel()
    figure.set_layout_engine("none")
    axes.set_axis_off()
    texts = [axes.text(0.1, 0.5, "here", size=20), axes.text(x, 0.5, words, size=20)]
    figure.draw_without_rendering()
    assert faults_of([text.get_text() for text in texts], extents(texts, figure), figure) == faults


# What is told


@each_explorer
def test_a_slider_starts_on_one_of_its_stops_and_its_readout_tells_them_apart(name, explorer):
    for each, kind in explorer.kinds.items():
        if isinstance(kind, Number):
            values = [on_stop(kind, stop) for stop in range(stops(kind) + 1)]
            assert explorer.values[each] in values
            assert len({f"{value:{kind.widget.readout_format}}" for value in values}) == len(values), each


@each_explorer
def test_each_control_changes_the_picture(name, explorer):
    """At some setting at least: in many it is idle, or follows another."""
    draw = random.Random(5)

    def changes_something(control):
        explorer.set(**random_setting(explorer, draw))
        seen = []
        for value in spread(explorer.kinds[control], 3):
            move(explorer, **{control: value})
            seen.append(explorer.picture.markup())
        return any(markup != seen[0] for markup in seen)

    for control in explorer.kinds:
        assert any(changes_something(control) for _ in range(12)), control


def test_a_control_that_does_nothing_is_disabled():
    for name, idle, others in (
        ("logit_table", ["c"], dict(add_c=True)),
        ("dim_view", ["a", "b"], dict(source="randn")),
    ):
        explorer = getattr(explorers, name)()
        for names in (idle, []):
            off = [each for each, disabled in zip(explorer.controls, explorer.state()["disabled"]) if disabled]
            assert off == names
            explorer.set(**others)


def assert_alike(markup, expected):
    """Compare pictures as markup, by name: words and tags to the letter, places to a hundredth of a pixel.

    matplotlib's layout of a text varies by a thousandth of a pixel with what else was drawn before. And the groups of
    definitions hold all that was ever used.
    """
    assert set(markup) == set(expected)
    for name in markup:
        if markup[name] != expected[name] and not name.startswith("defs-"):
            assert WORDS.findall(markup[name]) == WORDS.findall(expected[name])
            tags, expected_tags = WORDS.sub("", markup[name]), WORDS.sub("", expected[name])
            assert DIGITS.sub("", tags) == DIGITS.sub("", expected_tags)
            assert numbers_in(tags) == pytest.approx(numbers_in(expected_tags), abs=0.01)


def numbers_in(markup):
    return [float(number) for number in DIGITS.findall(markup)]


@each_explorer
def test_what_is_put_into_known_markup_is_what_matplotlib_draws(explorer, monkeypatch):
    draw = random.Random(7)
    for _ in range(5):
        explorer.set(**random_setting(explorer, draw))
        quick = explorer.picture.markup()
        with monkeypatch.context() as patch:
            patch.setattr(pen.Pen, "_pose_of", lambda pen, artist: None)
            for artist in explorer.picture.artists.values():
                artist.stale = True
            slow = explorer.picture.markup()
        for name in explorer.picture.artists:
            assert DIGITS.sub("", quick[name]) == DIGITS.sub("", slow[name])
            # A text that is centred on its height lies by a fraction of a pixel higher or lower for other words.
            assert numbers_in(quick[name]) == pytest.approx(numbers_in(slow[name]), abs=1)


@pytest.mark.parametrize(
    "bad", [None, math.nan, math.inf, "no such", True, [None], ["no such"], 1e300, Ellipsis], ids=repr
)
@pytest.mark.parametrize(
    "name, argument",
    [(name, each) for name in EXPLORERS for each in inspect.signature(getattr(explorers, name)).parameters],
)
def test_a_bad_argument_is_refused_at_once(name, argument, bad):
    """By a message with the argument's name, what came, and what is wanted; but None stands for what is not given."""
    if bad is None and inspect.signature(getattr(explorers, name)).parameters[argument].default is None:
        return
    with pytest.raises((ValueError, TypeError)) as refused:
        getattr(explorers, name)(**{argument: bad})
    named, got = str(refused.value).split(": got ")
    assert re.search(rf"\b{argument}\b", named)
    assert got.startswith((repr(bad), repr(tuple(bad)) if isinstance(bad, list) else repr(bad)))
    assert re.search(r", want (an?|one|True|\d|\(|\[)", got)


@each_explorer
def test_what_moves_has_a_name_that_a_page_can_use_and_is_large_enough(name):
    """A name is the id of a group: words, or abbreviations such as TP, then counts, joined by hyphens."""
    for each, artist in made(name).picture.artists.items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+|-[A-Z]{2})*(-\d+)*", each)
        if isinstance(artist, Line2D) and artist.get_marker() not in ("None", "."):
            assert artist.get_markersize() >= 4, each
    assert min(text.get_size() for panel in made(name).picture.panels for text in panel.findobj(Text)) >= 9.5


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
def test_an_argument_is_where_its_control_starts(name, unlaid):
    factory, draw = getattr(explorers, name), random.Random(4)
    explorer = factory()
    fixed = {"dim_view": dict(source="randn", shape=(4, 3, 2))}.get(name, {})  # a printed tensor has its own shape
    arguments = [each for each in inspect.signature(factory).parameters if each in explorer.kinds]
    for choose in (lambda kind: extremes(kind)[0], lambda kind: extremes(kind)[1], lambda kind: at_random(kind, draw)):
        start = {each: choose(explorer.kinds[each]) for each in arguments} | fixed
        assert start.items() <= factory(**start).values.items()


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

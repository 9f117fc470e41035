"""The look of every picture: drawn and compared with the one that was last looked at, in tests/pictures.

`make pictures` draws them anew, for a person to look at. What a picture says is tested from its artists elsewhere,
except for what holds of all: each number of an alt text stands in the picture.
"""

import functools
import importlib
import pathlib
import pkgutil
import re

import numpy as np
import pytest
import torch
from matplotlib.artist import Artist
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.testing.compare import compare_images
from matplotlib.text import Text
from PIL import Image

from helpers import calibration, explorers, figures
from helpers.data import LOGITS
from helpers.explorers import EXPLORERS
from helpers.figures import dim, multi_label, network, roundtrip, single_label, threshold
from helpers.figures.training import reliability_diagrams, training
from helpers.style import look, side_by_side
from helpers.text import minus

FOLDER = pathlib.Path(__file__).parents[1] / "pictures"
DPI = 60
# Root mean square over the pixels, in levels of 255. Another processor makes 0.01, one changed digit 0.3 and more.
TOLERANCE = 0.1

HEALTHY, STUCK = [1.4, 0.2, 0.05, 0.0123], [1.4, 1.2, 0.9, 0.7441]


@functools.cache
def x():
    return torch.arange(-20, 20, 1e-4)


def diagrams():
    log_probs, winners = calibration.known_truth()
    cases = {"as it comes": torch.softmax(2.5 * log_probs, 1), "at T = 2.50": log_probs.exp()}
    return reliability_diagrams(cases, winners)


NEIGHBOURS = {
    "zebras": torch.tensor([[0.5, 1.0, -8.0, 5.0], [1.2, 0.3, -7.0, 6.1]]),
    "cows": torch.tensor([[-1.0, 0.5, 5.5, 1.0], [0.2, -0.6, 4.8, -1.5]]),
}

FIGURES = {
    "three_on_two_axes": threshold.three_on_two_axes,
    "shift_sweep": threshold.shift_sweep,
    "two_ways": dim.two_ways,
    "neighbours": lambda: dim.neighbours(NEIGHBOURS),
    "rescaled": lambda: dim.rescaled(2 * torch.linspace(-3, 3, 500) - 1),
    "plot_logit": lambda: roundtrip.plot_logit(x()),
    "logit_on_probabilities": roundtrip.logit_on_probabilities,
    "plot_sigmoid": lambda: roundtrip.plot_sigmoid(x()),
    "sigmoid_with_ends": roundtrip.sigmoid_with_ends,
    "plot_roundtrip": lambda: roundtrip.plot_roundtrip(x()),
    "staircase": lambda: roundtrip.staircase(x()),
    "plot_relative_error": lambda: roundtrip.plot_relative_error(x()),
    "error_and_bound": lambda: roundtrip.error_and_bound(x()),
    "complement": lambda: roundtrip.complement(x()),
    "clamped": lambda: roundtrip.clamped(x()),
    "prices": single_label.prices,
    "winner_digits": single_label.winner_digits,
    "descents": lambda: single_label.descents(
        (HEALTHY, STUCK), ([35.7, 17.9, 0.2, 0.0312], [1.7437, 1.7436, 1.7436, 1.7435]), floor=0.7437
    ),
    "two_curves": lambda: multi_label.two_curves(LOGITS, torch.tensor([1.0, 1.0, 0.0, 0.0])),
    "pos_weight_optimum": multi_label.pos_weight_optimum,
    "left_side": multi_label.left_side,
    "training": lambda: training({"stuck": STUCK, "healthy": HEALTHY}, floor=0.74),
    "reliability_diagrams": diagrams,
    "pictures": lambda: network.pictures(torch.linspace(0, 1, 320).reshape(5, 64), ["0", "a 1", "2\n0.5000", "3", "4"]),
    "roc_and_precision_recall": lambda: network.roc_and_precision_recall(
        {"even": (torch.tensor([0.5, 0.5, 1]), torch.tensor([0, 1, 1.0]), torch.tensor([1, 0.5, 0.67]), 0.5, 0.83)}
    ),
}

#: Of each explorer, besides the defaults: ends, and what shows otherwise.
SETTINGS = {name: importlib.import_module(f"tests.explorers.test_{name}").PICTURES for name in EXPLORERS}
MOVES = [(name, number) for name in EXPLORERS for number in range(1 + len(SETTINGS[name]))]


class Whole:
    """All panels of a picture side by side: what pytest-mpl saves and compares."""

    def __init__(self, panels):
        self.panels = panels

    def savefig(self, path, **ignored):
        Image.fromarray(side_by_side(self.panels, DPI)).save(path, format="png", optimize=True)


compared = pytest.mark.mpl_image_compare(baseline_dir="../pictures", tolerance=TOLERANCE, style="default")


@functools.cache
def made(name):
    return getattr(explorers, name)()


def at(name, number):
    """Return the explorer at its defaults (number 0) or at one of its SETTINGS."""
    explorer = made(name)
    explorer.reset()
    if number:
        explorer.set(**SETTINGS[name][number - 1])
    return explorer


@compared
@pytest.mark.parametrize("name", FIGURES)
def test_figure(name):
    return Whole(FIGURES[name]().panels)  # drawn for this test: a second drawing lays the panels out a little otherwise


@compared
@pytest.mark.parametrize("name, number", MOVES)
def test_explorer(name, number):
    return Whole(at(name, number).picture.panels)


def made_by(function):
    return getattr(function, "__globals__", {}).get("__name__")


def test_pictures_are_compared(request):
    assert request.config.option.mpl, "without --mpl every picture passes"


def test_every_figure_and_explorer_has_a_picture_that_was_looked_at():
    modules = [
        importlib.import_module(f"helpers.figures.{each.name}") for each in pkgutil.iter_modules(figures.__path__)
    ]
    decorated = {name for module in modules for name, each in vars(module).items() if made_by(each) == "contextlib"}
    assert decorated - {"look"} == set(FIGURES), "each function under @look(), and no other"
    assert all(2 <= len(each) <= 4 for each in SETTINGS.values())
    names = [f"test_figure_{name}" for name in FIGURES] + [f"test_explorer_{name}-{number}" for name, number in MOVES]
    assert sorted(path.stem for path in FOLDER.iterdir()) == sorted(names), "run `make pictures` and look at them"
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 3e6


# The alt text's numbers are the picture's: its texts, ticks, bars and points; of a curve of many points its ends,
# lowest and highest ones, and how many they are.

NUMBER = re.compile(r"(?<![\w.,])([−-]?\d+(?:,\d{3})*(\.\d+)?(?:e([−+-]?\d+))?)(?:\s?(%))?")
FEW = 20
ELSEWHERE = {  # figure: numbers of its alt text that it does not show as such
    "plot_logit": {"97.5 %"},  # of the points, which are nowhere in the picture
    "plot_roundtrip": {"13", "16.6355"},  # where the eye begins to see stairs, and the last x of which a point is left
    "plot_relative_error": {"86,000", "−0.001", "16"},  # what is read off the spike, and what cannot be seen
    "rescaled": {"500", "14.99%"},  # how many numbers the histogram is of, and what the normal distribution says
    "reliability_diagrams": {"4000"},  # how many photos
    "clamped": {"0.0132"},  # how far the two plateaus, which are shown, differ
}


def numbers_in(text):
    """Return (as written, value, half a unit of the last digit) of each number; percent are fractions of 1."""
    found = []
    for match in NUMBER.finditer(text):
        written, point, exponent, percent = match.groups()
        value = float(written.replace("−", "-").replace(",", ""))
        power = int((exponent or "0").replace("−", "-")) - (len(point) - 1 if point else 0) - 2 * bool(percent)
        found.append((match[0], value / 100 if percent else value, 0.5 * 10.0**power))
    return found


def numbers_shown(panels):
    shown = []
    for panel in panels:
        with look():
            panel.draw_without_rendering()
        for artist in filter(Artist.get_visible, panel.findobj()):
            if isinstance(artist, Text):
                shown += [value for _, value, _ in numbers_in(artist.get_text())]
                shown += artist.get_unitless_position()
            elif isinstance(artist, Line2D):
                points = artist.get_xydata()
                shown.append(len(points))
                points = points[np.isfinite(points).all(axis=1)]
                shown += [*points[[0, -1]].flat, *points.min(0), *points.max(0)] if len(points) > FEW else points.flat
            elif isinstance(artist, Rectangle):
                shown += [*artist.get_bbox().get_points().flatten(), artist.get_width(), artist.get_height()]
            elif isinstance(artist, AxesImage):
                shown += [*np.ravel(artist.get_array()), *artist.get_array().shape]
    return np.array(shown, dtype=float)


@functools.cache
def drawn(name):
    return FIGURES[name]()


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_fits_a_phone_and_a_minus_is_no_hyphen(name):
    panels = drawn(name).panels
    assert len({panel.get_size_inches()[1] for panel in panels}) == 1, "panels side by side are of one height"
    assert all(panel.get_size_inches()[0] <= 5 for panel in panels)
    assert all(len(line.get_xdata()) <= 2000 for panel in panels for line in panel.findobj(Line2D))
    for text in (drawn(name).alt, *(each.get_text() for panel in panels for each in panel.findobj(Text))):
        assert text == minus(text)


@pytest.mark.parametrize("name", FIGURES)
def test_numbers_of_an_alt_text_are_the_figure_s(name):
    picture = drawn(name)
    shown = abs(numbers_shown(picture.panels))
    missing = {
        written
        for written, value, half in numbers_in(picture.alt)
        if not (abs(shown - abs(value)) <= 1.001 * half).any()
    }
    assert missing == ELSEWHERE.get(name, set())


def test_a_changed_digit_is_seen(tmp_path):
    """In a wide picture, where it counts least: 1.8 levels; a bar, a hatch, a colour, a label count 4 and more."""
    picture = FIGURES["reliability_diagrams"]()
    first, second, changed = (str(tmp_path / f"{name}.png") for name in ("first", "second", "changed"))
    Whole(picture.panels).savefig(first)
    Whole(picture.panels).savefig(second)
    assert compare_images(first, second, TOLERANCE) is None
    text = picture.panels[1].axes[0].texts[0]
    text.set_text(re.sub(r"\d", lambda digit: str((int(digit[0]) + 1) % 10), text.get_text(), count=1))
    Whole(picture.panels).savefig(changed)
    assert compare_images(second, changed, TOLERANCE)

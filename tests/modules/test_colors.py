"""The pictures' colours: readable on white, and told apart with each of the three common colour-blindnesses."""

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text

from helpers import explorers
from helpers.explorers import EXPLORERS
from helpers.figures.dim import GROUP_SUM, contrast
from helpers.inputs.classes import MOST
from helpers.style import CLASS_LOOKS, COLORS, FAINT, INK, PURPLE

CLASS_COLORS = [color for color, *_ in CLASS_LOOKS]

# How the missing cone changes linear RGB, after Machado, Oliveira and Fernandes (2009), severity 1.
BLIND = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def linear(color):
    rgb = np.array(to_rgb(color))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    """Return CIE L*a*b* of linear RGB, in which equal distances look about equally different."""
    xyz = TO_XYZ @ rgb / (TO_XYZ @ np.ones(3))
    x, y, z = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def seen(color, kind):
    return lab(np.clip(np.array(BLIND[kind]) @ linear(color), 0, 1))


def over_white(color, alpha):
    return [1 - alpha * (1 - part) for part in color]


@pytest.mark.parametrize("color", [*CLASS_COLORS, PURPLE, INK, FAINT])
def test_text_in_any_of_the_colors_is_readable_on_white(color):
    assert contrast(color, "white") >= 4.5


@pytest.mark.parametrize("kind", BLIND)
def test_the_signals_are_told_apart(kind):
    for one, other in [
        *itertools.combinations(CLASS_COLORS, 2),
        *itertools.product(CLASS_COLORS[:4], (PURPLE, INK)),
        (PURPLE, INK),
    ]:
        assert np.linalg.norm(seen(one, kind) - seen(other, kind)) >= 10, (
            one,
            other,
        )  # about 2 is the least that is seen


def test_faint_text_stands_back_and_is_still_read():
    assert contrast(INK, "white") >= 2 * contrast(FAINT, "white") >= 2 * 4.5


def test_each_of_twelve_classes_has_a_hatch_and_a_marker_of_its_own_beside_its_color():
    assert [len(set(each)) for each in zip(*CLASS_LOOKS, strict=True)] == [MOST] * 3 == [12] * 3


def texts_of(panel):
    return [text for text in panel.findobj(Text) if text.get_visible() and text.get_text().strip()]


def color_of(artist):
    """Return the colour by which an artist is known."""
    if isinstance(artist, Line2D):
        return to_rgb(artist.get_markeredgecolor() if artist.get_linestyle() == "None" else artist.get_color())
    return to_rgb(artist.get_facecolor() if artist.get_fill() else artist.get_edgecolor())


def box_of(patch):
    return patch.get_path().transformed(patch.get_patch_transform()).get_extents()


def cue_of(artist, texts):
    """Return what an artist is known by beside its colour: line and marker, or hatch, filling, a text in the middle."""
    if isinstance(artist, Patch):
        box = box_of(artist)
        middle = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
        has_text = any(np.allclose(text.get_position(), middle) for text in texts)
        return artist.get_hatch(), artist.get_fill(), artist.get_linewidth(), has_text
    drawn, marked = artist.get_linestyle() != "None", artist.get_marker() not in ("None", "", None)
    line = (artist.get_linestyle(), artist.get_linewidth()) if drawn else None
    return line, (artist.get_marker(), to_rgb(artist.get_markerfacecolor()) == (1, 1, 1)) if marked else None


def is_named(artist, texts):
    """Return whether a text stands in a patch, or at the start of a line in the line's colour."""
    if isinstance(artist, Patch):
        box = box_of(artist)
        return any(box.fully_contains(*text.get_position()) for text in texts)
    start = artist.get_xdata()[:1]
    return any(text.get_position()[0] in start and to_rgb(text.get_color()) == color_of(artist) for text in texts)


def by_color_alone(picture):
    """Return the pairs of artists (moving or in a legend) of one kind and panel that colour alone tells apart."""
    pairs = []
    for panel in picture.panels:
        shown = {n: a for n, a in picture.artists.items() if a.get_figure() is panel and a.get_visible()}
        texts = texts_of(panel)
        legends = [handle for axes in panel.axes if axes.get_legend() for handle in axes.get_legend().legend_handles]
        keys = {f"legend {handle.get_label()}": handle for handle in legends}
        for group, kind in itertools.product((shown, keys), (Line2D, Patch)):
            alike = {}
            for name, artist in group.items():
                if isinstance(artist, kind):
                    alike.setdefault(cue_of(artist, texts), []).append(
                        (name, color_of(artist), is_named(artist, texts))
                    )
            for (one, color, a), (other, another, b) in itertools.chain(
                *(itertools.combinations(each, 2) for each in alike.values())
            ):
                if color != another and not (a and b):
                    pairs.append((one, other))
    return pairs


def test_color_alone_is_found():
    explorer = explorers.logit_table()
    for bar in explorer.picture.bars[:2]:
        bar.set_hatch("//")
    assert by_color_alone(explorer.picture) == [("softmax-0", "softmax-1")]


@pytest.mark.parametrize(
    "name", [name for name in EXPLORERS if name != "dim_view"]
)  # whose texts stand on coloured cells
def test_every_text_of_a_picture_is_readable_on_white(name, unlaid):
    for panel in getattr(explorers, name)().picture.panels:
        assert min(contrast(text.get_color(), "white") for text in texts_of(panel)) >= 4.5
    assert contrast(INK, GROUP_SUM["facecolor"]) >= 4.5


@pytest.mark.parametrize("name, control, mark", [("row_loss", "target", "true_row"), ("label_loss", "label", "marker")])
def test_texts_are_readable_on_the_row_that_is_marked(name, control, mark):
    explorer = getattr(explorers, name)()
    for label in COLORS:
        explorer.set(**{control: label})
        row = getattr(explorer.picture, mark)
        *color, alpha = row.get_facecolor()
        low, high = sorted((row.get_y(), row.get_y() + row.get_height()))
        texts = [text for text in texts_of(explorer.picture.panels[0]) if low < text.get_position()[1] < high]
        assert label in [text.get_text() for text in texts] and len(texts) > 5
        assert min(contrast(text.get_color(), over_white(color, alpha)) for text in texts) >= 4.5, label

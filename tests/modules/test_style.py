import io
import re

import numpy as np
import pytest
from PIL import Image

from helpers.style import COLORS, PAPER, Picture, look, new_panel


def bars(width, height):
    """Four bars under a strip of more blues than a PNG has room for."""
    figure, axes = new_panel(width, height)
    axes.bar(list(COLORS), [1, 2, 3, 4], color=list(COLORS.values()))
    axes.imshow(np.linspace(0, 1, 256)[None], cmap="Blues", extent=(-0.5, 3.5, 4.2, 5), aspect="auto")
    axes.set(xlim=(-0.5, 3.5), ylim=(0, 5))
    axes.set_title("four bars")
    return figure


@pytest.fixture(scope="module")
def panels():
    return bars(4.5, 2.5), bars(3, 2.5)


def test_a_picture_is_shown_as_png_with_its_alt_text(panels):
    data, metadata = Picture(*panels, alt="Two times four bars.")._repr_mimebundle_()
    assert set(data) == {"image/png", "text/plain"} and data["text/plain"] == "Two times four bars."
    assert metadata == {"image/png": {"alt": "Two times four bars.", "width": 720, "height": 240}}


def test_the_png_holds_the_panels_side_by_side_in_few_colours_and_bytes(panels):
    data = Picture(*panels, alt="Two times four bars.")._repr_mimebundle_()[0]["image/png"]
    image = Image.open(io.BytesIO(data))
    assert (image.format, image.mode, image.size) == ("PNG", "P", (1440, 480)), "two pixels a CSS pixel"
    assert "transparency" not in image.info
    drawn = []
    for panel in panels:
        buffer = io.BytesIO()
        with look():
            panel.savefig(buffer, dpi=192, facecolor=PAPER)
        drawn.append(np.asarray(Image.open(buffer).convert("RGB")).astype(int))
    assert abs(np.hstack(drawn) - np.asarray(image.convert("RGB"))).max() <= 16
    plain = io.BytesIO()
    image.save(plain, format="png")
    assert len(data) < len(plain.getvalue())


def test_a_picture_is_made_of_figures():
    figure, axes = new_panel()
    for wrong in ((), (None,), (figure, axes)):
        with pytest.raises(TypeError, match=re.escape(f"panels: got {wrong!r}, want one or more matplotlib Figures")):
            Picture(*wrong, alt="Bars.")


@pytest.mark.parametrize("alt", ["", " \n"])
def test_a_picture_without_words_is_refused(alt):
    with pytest.raises(ValueError, match="^alt: got an empty text, want a sentence that says what the picture shows$"):
        Picture(new_panel()[0], alt=alt)


def test_text_is_drawn_as_it_stands_in_any_script_and_powers_of_ten_as_formulas():
    """Without a warning, which pytest here takes for an error, and without an error, for `$\\bad$` is no formula."""
    figure, axes = new_panel()
    with look():
        axes.set(title=r"$\bad$", xlabel="猫 कुत्ता 🐶", yscale="log", ylim=(1e-3, 1e3))
        axes.set_xticks([0, 1], ["$a$", "b"])
        axes.bar([0, 1], [10, 100], label="$c$")
        axes.legend()
    Picture(figure, alt="Bars.")._repr_mimebundle_()
    buffer = io.StringIO()
    with look():
        figure.savefig(buffer, format="svg")
    drawn = re.findall(r">([^<>]+)</text>", buffer.getvalue())
    assert {r"$\bad$", "猫 कुत्ता 🐶", "$a$", "b", "$c$"} <= set(drawn)
    assert [text for text in drawn if "mathdefault" in text] == []

"""The pictures' colours: readable on white, and told apart with each of the three common colour-blindnesses."""

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from helpers.figures.picture import COLORS, FAINT, HATCHES, INK, PURPLE

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


def contrast_on_white(color):
    return 1.05 / (TO_XYZ[1] @ linear(color) + 0.05)


def test_contrast_of_what_is_known():
    assert contrast_on_white("black") == pytest.approx(21) and contrast_on_white("white") == pytest.approx(1)
    assert contrast_on_white("#767676") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("color", [*COLORS.values(), PURPLE, INK, FAINT])
def test_text_in_any_of_the_colors_is_readable_on_white(color):
    assert contrast_on_white(color) >= 4.5


@pytest.mark.parametrize("kind", BLIND)
def test_labels_are_told_apart(kind):
    seen = {label: lab(np.clip(np.array(BLIND[kind]) @ linear(color), 0, 1)) for label, color in COLORS.items()}
    for one, other in itertools.combinations(seen, 2):
        assert np.linalg.norm(seen[one] - seen[other]) >= 10, (one, other)  # about 2 is the least that is seen


def test_each_label_has_a_hatch_of_its_own_beside_its_color():
    assert len(set(HATCHES.values())) == len(HATCHES) == len(COLORS)

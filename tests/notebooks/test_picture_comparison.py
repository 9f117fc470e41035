"""The comparison of pictures: what it lets pass, and what it must not."""

import base64
import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tools.pictures import faults, pictures

BASE = Image.new("RGB", (300, 200), "white")
ImageDraw.Draw(BASE).rectangle((50, 80, 120, 199), fill="#0072B2")


def output(image, alt="a bar"):
    buffer = io.BytesIO()
    image.save(buffer, format="png")
    png = base64.b64encode(buffer.getvalue()).decode()
    return {"data": {"image/png": png}, "metadata": {"image/png": {"alt": alt}}}


def edited(color="#0072B2", top=80):
    image = Image.new("RGB", (300, 200), "white")
    ImageDraw.Draw(image).rectangle((50, top, 120, 199), fill=color)
    return image


def found(saved, fresh):
    return list(faults(pictures(saved), pictures(fresh)))


def test_the_same_and_the_nearly_same_pass():
    noisy = np.asarray(BASE).astype(int)
    noisy[::7, ::7] += np.where(noisy[::7, ::7] > 128, -1, 1)
    assert found([output(BASE)], [output(BASE)]) == []
    assert found([output(BASE)], [output(Image.fromarray(noisy.astype("uint8")))]) == []


@pytest.mark.parametrize(
    "fresh, words",
    [
        ([], "1 pictures are saved, 0 were drawn"),
        ([output(edited("#BF5300"))], "the picture differs"),
        ([output(edited(top=76))], "the picture differs: by up to"),
        ([output(BASE.resize((301, 200)))], "the picture was (300, 200) pixels and is (301, 200)"),
        ([output(BASE, alt="two bars")], "the alt text was 'a bar' and is 'two bars'"),
    ],
)
def test_an_edit_does_not(fresh, words):
    (fault,) = found([output(BASE)], fresh)
    assert words in fault


def test_the_second_picture_counts_as_the_first():
    assert len(found([output(BASE)] * 2, [output(BASE), output(edited(top=76), alt="another")])) == 2

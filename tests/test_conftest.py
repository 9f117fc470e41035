"""The picture comparison that is added to nbval: what it lets pass, and what it must not."""

import base64
import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

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


def fault(request, saved, fresh):
    (module,) = [
        plugin
        for plugin in request.config.pluginmanager.get_plugins()
        if getattr(plugin, "__file__", "").endswith("conftest.py") and hasattr(plugin, "picture_fault")
    ]
    return module.picture_fault(module.pictures(saved), module.pictures(fresh))


def test_the_same_and_the_nearly_same_pass(request):
    noisy = np.asarray(BASE).astype(int)
    noisy[::7, ::7] += np.where(noisy[::7, ::7] > 128, -1, 1)
    assert fault(request, [output(BASE)], [output(BASE)]) is None
    assert fault(request, [output(BASE)], [output(Image.fromarray(noisy.astype("uint8")))]) is None


@pytest.mark.parametrize(
    "fresh, words",
    [
        ([], "1 pictures are saved, 0 were drawn"),
        ([output(edited("#BF5300"))], "the picture differs"),
        ([output(edited(top=76))], "the picture differs"),
        ([output(BASE.resize((301, 200)))], "pixels"),
        ([output(BASE, alt="two bars")], "alt text"),
    ],
)
def test_an_edit_does_not(request, fresh, words):
    assert words in fault(request, [output(BASE)], fresh)

"""Settings for every test run, the notebooks' kernels included, and the eyes that nbval lacks: it skips pictures."""

import base64
import io
import os
import tempfile

import numpy as np
import pytest
from nbval.plugin import IPyNbCell
from PIL import Image

# Another processor moves a pixel by a level or two, an edit of the plot moves many by dozens.
LEVELS, RMS = 24, 0.5


@pytest.fixture(scope="session", autouse=True)
def no_user_settings():
    """Give the kernels an empty IPython profile: a reader's own settings must not change outputs."""
    with tempfile.TemporaryDirectory() as empty:
        os.environ["IPYTHONDIR"] = empty
        yield


def pictures(outputs):
    """Return the (PNG, alt text) pairs of a cell's outputs."""
    return [
        (output["data"]["image/png"], output.get("metadata", {}).get("image/png", {}).get("alt"))
        for output in outputs
        if "image/png" in output.get("data", {})
    ]


def picture_fault(saved, fresh):
    """Say how the fresh pictures differ from the saved ones, or return None."""
    if len(saved) != len(fresh):
        return f"{len(saved)} pictures are saved, {len(fresh)} were drawn"
    for (old, old_alt), (new, new_alt) in zip(saved, fresh):
        if old_alt != new_alt:
            return f"the alt text was {old_alt!r} and is {new_alt!r}"
        before, after = (
            np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB"), dtype=float) for png in (old, new)
        )
        if before.shape != after.shape:
            return f"the picture was {before.shape[1::-1]} pixels and is {after.shape[1::-1]}"
        apart = abs(before - after)
        rms = (apart**2).mean() ** 0.5
        if rms > RMS or (apart.max() > LEVELS and rms > RMS / 10):
            return f"the picture differs: by up to {apart.max():.0f} of 255 levels, {rms:.2f} in the root mean square"
    return None


compare_texts = IPyNbCell.compare_outputs


def compare_texts_and_pictures(self, test, ref, skip_compare=None):
    if not compare_texts(self, test, ref, skip_compare):
        return False
    fault = picture_fault(pictures(ref), pictures(test))
    if fault:
        self.comparison_traceback.append(fault)
    return fault is None


IPyNbCell.compare_outputs = compare_texts_and_pictures

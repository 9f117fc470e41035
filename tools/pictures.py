"""Whether two saved pictures, PNGs in base64 with an alt text, say the same: nbval's missing eyes."""

import base64
import io

import numpy as np
from PIL import Image

# Another processor moves a pixel by a level or two, an edit of the plot moves many by dozens.
LEVELS, RMS = 24, 0.5


def pictures(outputs):
    """Return the (PNG, alt text) pairs of a cell's outputs."""
    return [
        (output["data"]["image/png"], output.get("metadata", {}).get("image/png", {}).get("alt"))
        for output in outputs
        if "image/png" in output.get("data", {})
    ]


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB"), dtype=float)


def picture_fault(old, new):
    """Say how the pixels of one PNG differ from another's, or return None where they are as good as the same."""
    if old == new:
        return None
    before, after = pixels(old), pixels(new)
    if before.shape != after.shape:
        return f"the picture was {before.shape[1::-1]} pixels and is {after.shape[1::-1]}"
    apart = abs(before - after)
    rms = (apart**2).mean() ** 0.5
    if rms > RMS or (apart.max() > LEVELS and rms > RMS / 10):
        share = (apart.max(axis=2) > LEVELS).mean()
        return (
            f"the picture differs: by up to {apart.max():.0f} of 255 levels, {rms:.2f} in the root mean square, "
            f"{share:.2%} of its pixels by more than {LEVELS}"
        )
    return None


def faults(saved, fresh):
    """Yield how the fresh (PNG, alt text) pairs differ from the saved ones."""
    if len(saved) != len(fresh):
        yield f"{len(saved)} pictures are saved, {len(fresh)} were drawn"
        return
    for (old, old_alt), (new, new_alt) in zip(saved, fresh):
        if old_alt != new_alt:
            yield f"the alt text was {old_alt!r} and is {new_alt!r}"
        if fault := picture_fault(old, new):
            yield fault

"""The slider engine: a matplotlib picture drawn once, whose moving artists follow the controls."""

from helpers.live.controls import choice, numbers, slider, steps, switch
from helpers.live.explorer import Explorer
from helpers.live.figure import LivePicture

__all__ = ["Explorer", "LivePicture", "choice", "numbers", "slider", "steps", "switch"]

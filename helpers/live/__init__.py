"""The slider engine: a matplotlib picture drawn once, whose moving artists follow ipywidgets controls.

It knows nothing of what the pictures show. `Explorer` has the whole contract, `LivePicture` what a picture must do.
docs/private_corners.md lists what others do not promise and the engine leans on.
"""

from helpers.live.controls import Checkbox, Dropdown, FloatSlider, IntSlider, SelectionSlider, check_number, checked
from helpers.live.explorer import Explorer
from helpers.live.picture import LivePicture, write

__all__ = ["Checkbox", "Dropdown", "Explorer", "FloatSlider", "IntSlider", "LivePicture", "SelectionSlider"]
__all__ += ["check_number", "checked", "write"]

"""The interactive views, one module each; `EXPLORERS` maps each view's name to the function that makes it."""

from helpers.explorers.calibration import calibration
from helpers.explorers.dim_view import dim_view
from helpers.explorers.label_loss import label_loss
from helpers.explorers.logit_table import logit_table
from helpers.explorers.loss_floor import loss_floor
from helpers.explorers.microscope import float_microscope
from helpers.explorers.row_loss import row_loss
from helpers.explorers.sweep import threshold_sweep
from helpers.explorers.threshold import threshold_units
from helpers.explorers.two_errors import two_errors

EXPLORERS = {
    make.__name__: make
    for make in (
        logit_table,
        threshold_units,
        threshold_sweep,
        dim_view,
        float_microscope,
        row_loss,
        label_loss,
        loss_floor,
        calibration,
        two_errors,
    )
}

__all__ = ["EXPLORERS", *EXPLORERS]

import math
import re

import pytest
import torch

from helpers.data import LABELS, LOGITS
from helpers.logit_sliders import logit_sliders


@pytest.mark.parametrize(
    "logits, values",
    [
        ([1, 2, 3, -4.128], [1, 2, 3, -4.13]),
        (LOGITS, [3.49, 4.43, -2.25, 2.64]),
        (torch.tensor([1.0, 2, 3, -4.128]).numpy(), [1, 2, 3, -4.13]),
        ((7, -7, 0.004, -0.004), [7, -7, 0, 0]),
    ],
)
def test_one_slider_a_label_at_its_logit_to_two_decimals(logits, values):
    sliders = logit_sliders(logits, 7)
    assert {label: control.value for label, control in sliders.items()} == dict(zip(LABELS, values, strict=True))
    for label, control in sliders.items():
        assert control.description == f"logit of {label}"
        assert (control.min, control.max, control.step, control.readout_format) == (-7, 7, 0.01, ".2f")


@pytest.mark.parametrize(
    "logits",
    [
        [1, 2, 3],
        [1, 2, 3, 4, 5],
        [],
        [1, 2, 3, math.nan],
        [1, 2, -math.inf, 3],
        [1, 2, 3, True],
        [1, 2, 3, None],
        [1, 2, 3, "4"],
        "1234",
        3.49,
        None,
        LOGITS[:, None],
        torch.tensor(1.0),
    ],
)
def test_what_is_not_four_finite_numbers_is_refused(logits):
    wanted = ", want 4 finite numbers, one for each of ('cat', 'dog', 'cow', 'zebra')"
    with pytest.raises(ValueError, match=re.escape(f"logits: got {logits!r}{wanted}")):
        logit_sliders(logits, 10)


@pytest.mark.parametrize("bad", [10.5, -10.5])
def test_a_logit_beyond_the_limit_is_named(bad):
    with pytest.raises(ValueError, match=f"logit of zebra: got {bad}, want a finite number from -10 to 10"):
        logit_sliders([1, 2, 3, bad], 10)

"""What people hand over: single numbers, tensors, labels, targets and files, read once for all that take them.

All readers raise ValueError of one form, "argument: got X, want Y", and where a line of code mends it, with that line.
The functions and losses of this project keep torch's own wording, because they stand beside torch's.
"""

from helpers.inputs.numbers import Number, describe_value, read_count, read_number, read_positive, read_share, refuse
from helpers.inputs.own import own_numbers
from helpers.inputs.tensors import inner_probs, read_float64, read_indices, read_rows, read_tensor

__all__ = ["Number", "describe_value", "inner_probs", "own_numbers", "read_count", "read_float64", "read_indices"]
__all__ += ["read_number", "read_positive", "read_rows", "read_share", "read_tensor", "refuse"]

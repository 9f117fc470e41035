"""What somebody may hand over by mistake. The tests give it to every argument: only a named error may come out."""

import math

import numpy as np
import pandas as pd
import torch

ANYTHING = [
    None, True, 0, -3, 2.5, math.nan, math.inf, 10**400, 1j, "", "cat", "1,000", "−0.5", b"ab", [], [1], [[1.0, 2]],
    [[1], [2, 3]], [None], ["a", "b"], {}, {"a": 1}, {1, 2}, range(3), (), (3, 5), object(), int, len,
    torch.zeros(0), torch.tensor(3), torch.randn(4, 3, generator=torch.Generator().manual_seed(0)),
    torch.zeros(2, 2, 2), [torch.zeros(2)], [torch.zeros(2), torch.zeros(3)], torch.nn.BCELoss(),
    torch.tensor([0, 1, 2, 1]), torch.tensor([True, False]), torch.zeros(2, 2) * 1j, torch.full((4, 3), math.nan),
    torch.full((4, 3), -math.inf), torch.zeros(4, 3, device="meta"), torch.eye(3).to_sparse(), np.zeros((4, 3)),
    np.array(3), np.array(["a", "b", "c"]), np.array([[1, None]], dtype=object), np.zeros(3, dtype="V2"),
    np.datetime64("2026-11-30"), pd.Series([0, 1, 2, 1]), pd.DataFrame({"a": [1.0, 2], "b": [3.0, 4]}),
    pd.Series(["x", None]),
]  # fmt: skip

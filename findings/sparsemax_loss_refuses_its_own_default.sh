#!/usr/bin/env bash
# entmax 1.3: SparsemaxLoss has ignore_index=-100 by default, as torch's cross_entropy has, and raises on a target of
# -100: the index goes into the gather before the rows are left out.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 torch==2.13.0 entmax==1.3
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

import torch
from entmax import SparsemaxLoss

loss = SparsemaxLoss()
logits, targets = torch.tensor([[2.0, 0.0, 1.0], [0.0, 1.0, 0.0]]), torch.tensor([0, -100])
print(f"entmax {version('entmax')}, torch {torch.__version__}: ignore_index = {loss.ignore_index}")
assert loss.ignore_index == -100
try:
    loss(logits, targets)
except (IndexError, RuntimeError) as error:
    print(f"raises {type(error).__name__}: {error}")
else:
    raise AssertionError("a target of -100 was accepted")
PY

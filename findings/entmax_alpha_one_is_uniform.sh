#!/usr/bin/env bash
# entmax 1.3: alpha-entmax is softmax at alpha = 1 (Peters 2019), but entmax_bisect(alpha=1) returns the uniform
# distribution whatever the scores are, with no warning; and alpha = 1.001 is near softmax, as it should be.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 torch==2.13.0 entmax==1.3
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

import torch
from entmax import entmax_bisect

scores = torch.tensor([3.0, 1.0, 0.0, -2.0])
softmax, at_one, near_one = scores.softmax(-1), entmax_bisect(scores, alpha=1.0), entmax_bisect(scores, alpha=1.001)
print(f"entmax {version('entmax')}, torch {torch.__version__}")
print("softmax              ", softmax.tolist())
print("entmax_bisect(1)     ", at_one.tolist())
print("entmax_bisect(1.001) ", near_one.tolist())
assert torch.allclose(at_one, torch.full((4,), 0.25))
assert torch.allclose(near_one, softmax, atol=0.01)
PY

#!/usr/bin/env bash
# torch 2.13.0, CPU, float16: cross_entropy of equal logits is infinite from 65,520 classes on, where today's
# vocabularies are (128,256): log_softmax over the last dimension rounds its sum to float16, whose largest number is
# 65,504. softmax of the same row, and log_softmax over another dimension, are right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import math

import torch
import torch.nn.functional as F


def costs(num_classes):
    logits = torch.zeros(1, num_classes, dtype=torch.float16)
    across = -F.log_softmax(logits.T.contiguous(), dim=0)[0, 0].item()
    return F.cross_entropy(logits, torch.tensor([0])).item(), across, logits.softmax(-1)[0, 0].item() * num_classes


for num_classes in (65_519, 65_520, 128_256):
    loss, across, _ = costs(num_classes)
    print(f"torch {torch.__version__}, {num_classes} classes, ln {math.log(num_classes):.3f}: {loss}, dim 0 {across}")
assert math.isfinite(costs(65_519)[0]) and math.isinf(costs(65_520)[0]) and math.isinf(costs(128_256)[0])
assert abs(costs(128_256)[1] - math.log(128_256)) < 0.01 and abs(costs(128_256)[2] - 1) < 0.05
PY

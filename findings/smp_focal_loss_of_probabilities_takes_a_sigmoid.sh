#!/usr/bin/env bash
# segmentation-models-pytorch 0.6.0: FocalLoss("multiclass", from_logits=False) takes the logarithm of the softmax
# probabilities and puts it through a sigmoid: p becomes p / (1 + p), at most one half. A perfect prediction costs
# 0.058 and no network can get below; the same prediction as logits costs 0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
packages="torch==2.13.0 numpy==2.4.6 torchvision==0.28.0 timm==1.0.31 segmentation-models-pytorch==0.6.0"
"$folder/venv/bin/pip" install --quiet $packages
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import math

import torch

try:
    import torchvision  # noqa: F401
except RuntimeError:  # its wheel is for CUDA, torch's for the CPU: two operators that no loss needs are missing
    for name in ("nms", "qnms"):
        torch.library.define(f"torchvision::{name}", "(Tensor a, Tensor b, float c) -> Tensor")
import segmentation_models_pytorch as smp

torch.manual_seed(0)
labels = torch.randint(0, 3, (2, 8, 8))
truth = torch.nn.functional.one_hot(labels, 3).permute(0, 3, 1, 2).float()
probs = smp.losses.FocalLoss("multiclass", from_logits=False)(truth, labels).item()
logits = smp.losses.FocalLoss("multiclass", from_logits=True)(100 * truth - 50, labels).item()
floor = 0.5**2 * math.log(2) / 3
print(f"segmentation-models-pytorch {smp.__version__}: perfect probabilities cost {probs:.4f}")
print(f"  (0.25 ln 2 / 3 = {floor:.4f}), perfect logits {logits:.4f}")
assert abs(probs - floor) < 1e-4 and logits < 1e-6
PY

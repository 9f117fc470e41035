#!/usr/bin/env bash
# MONAI 1.6.1: DiceCELoss(sigmoid=True) of several channels, the setting for labels that may overlap: the Dice part
# applies sigmoid, the other part is torch's cross_entropy, softmax over the channels, of multi-hot targets (4.11
# here), and not the binary cross-entropy (1.05). The docstring names both losses and not when each is used (one
# channel: binary).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6 monai==1.6.1
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import monai
import torch
import torch.nn.functional as F
from monai.losses import DiceCELoss, DiceLoss

torch.manual_seed(0)
logits, labels = torch.randn(2, 4, 5, 5) * 2, (torch.rand(2, 4, 5, 5) < 0.4).float()
rest = (DiceCELoss(sigmoid=True)(logits, labels) - DiceLoss(sigmoid=True)(logits, labels)).item()
softmax, binary = F.cross_entropy(logits, labels).item(), F.binary_cross_entropy_with_logits(logits, labels).item()
print(f"monai {monai.__version__}: beside Dice {rest:.4f}; cross_entropy {softmax:.4f}, binary {binary:.4f}")
assert abs(rest - softmax) < 1e-5 and abs(rest - binary) > 0.5
PY

#!/usr/bin/env bash
# segmentation-models-pytorch 0.6.0: SoftCrossEntropyLoss and SoftBCEWithLogitsLoss, "drop-in replacements" of
# torch's, have ignore_index=-100, give ignored pixels a loss of 0 and divide by all pixels, the ignored ones too:
# with 60 % ignored the loss is 0.4 of torch's. (SoftCrossEntropyLoss() with its default smooth_factor=None raises a
# TypeError.)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.14.1 torchvision==0.29.1 numpy==2.4.6 segmentation-models-pytorch==0.6.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import segmentation_models_pytorch as smp
import torch
import torch.nn.functional as F

torch.manual_seed(0)
logits, labels = torch.randn(2, 4, 5, 5), torch.randint(0, 4, (2, 5, 5))
labels[:, :3] = -100
softmax = smp.losses.SoftCrossEntropyLoss(smooth_factor=0.0)(logits, labels) / F.cross_entropy(logits, labels)
masks = (torch.rand(2, 4, 5, 5) < 0.5).float()
masks[:, :, :3] = -100
right = F.binary_cross_entropy_with_logits(logits[:, :, 3:], masks[:, :, 3:])
binary = smp.losses.SoftBCEWithLogitsLoss()(logits, masks) / right
print(f"segmentation-models-pytorch {smp.__version__}: of the loss of the kept pixels {softmax:.3f} and {binary:.3f}")
assert abs(softmax - 0.4) < 1e-5 and abs(binary - 0.4) < 1e-5
PY

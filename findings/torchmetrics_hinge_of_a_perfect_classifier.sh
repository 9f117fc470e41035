#!/usr/bin/env bash
# torchmetrics 1.9.0: BinaryHingeLoss puts logits through a sigmoid and takes the margin of the probability, which is
# never negative: a negative row costs at least 1. A perfect classifier with logits of 50 has a hinge loss of 0.9 where
# nine rows in ten are negative, a bad one that calls every row positive 1.8; hinge_loss of scikit-learn is 0 and 45.9.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6 scikit-learn==1.9.1 torchmetrics==1.9.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import torch
import torchmetrics
from sklearn.metrics import hinge_loss
from torchmetrics.classification import BinaryHingeLoss

labels = torch.tensor([1] + [0] * 9)
perfect, bad = 50.0 * (2 * labels - 1), torch.full((10,), 50.0)
own = [BinaryHingeLoss()(logits, labels).item() for logits in (perfect, bad)]
other = [hinge_loss(labels.numpy(), logits.numpy()) for logits in (perfect, bad)]
print(f"torchmetrics {torchmetrics.__version__}: perfect {own[0]:.3f}, bad {own[1]:.3f}; scikit-learn {other}")
assert abs(own[0] - 0.9) < 1e-6 and abs(own[1] - 1.8) < 1e-6 and other[0] == 0 and other[1] > 45
PY

#!/usr/bin/env bash
# torchmetrics 1.9.0: binary AUROC takes logits and puts a sigmoid in their own type before it ranks them. In float32 every
# logit above 17 becomes 1, so a perfect ranking of such logits has an AUROC of one half; the same logits less 29 have 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 torchmetrics==1.9.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import torch
import torchmetrics
from torchmetrics.classification import BinaryAUROC

logits, targets = torch.linspace(18, 40, 200), (torch.arange(200) >= 100).long()
high, shifted = BinaryAUROC()(logits, targets).item(), BinaryAUROC()(logits - 29, targets).item()
print(f"torchmetrics {torchmetrics.__version__}: AUROC {high} for logits from 18 to 40, {shifted} for the same less 29")
assert high == 0.5 and shifted == 1
PY

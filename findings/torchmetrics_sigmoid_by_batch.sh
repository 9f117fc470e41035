#!/usr/bin/env bash
# torchmetrics 1.9.0: binary metrics apply a sigmoid only where a batch has a value outside [0, 1]. The accuracy of the same
# logits depends on how they are cut into batches: a batch of small positive logits is taken for probabilities.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 torchmetrics==1.9.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import torch
import torchmetrics
from torchmetrics.classification import BinaryAccuracy

logits, targets = torch.tensor([0.4, 0.2, -3.0, 2.0]), torch.tensor([1, 1, 0, 1])
whole, cut = BinaryAccuracy(), BinaryAccuracy()
whole.update(logits, targets)
for rows in (slice(0, 2), slice(2, 4)):
    cut.update(logits[rows], targets[rows])
whole, cut = whole.compute().item(), cut.compute().item()
print(f"torchmetrics {torchmetrics.__version__}: accuracy {whole} in one batch, {cut} in two")
assert whole == 1 and cut == 0.5
PY

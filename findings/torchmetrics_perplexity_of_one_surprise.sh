#!/usr/bin/env bash
# torchmetrics 1.9.0: Perplexity takes logits, applies softmax in their type and then the logarithm. One token 104
# below the largest (18 in float16) has a probability of 0 and the perplexity of the whole text is infinite;
# exp(cross_entropy) of 1,000 tokens is 1.28.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6 torchmetrics==1.9.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import torch
import torch.nn.functional as F
import torchmetrics
from torchmetrics.text import Perplexity


def perplexities(surprise, dtype):
    logits = torch.zeros(1, 1_000, 4, dtype=dtype)
    logits[0, :, 0] = 3
    logits[0, 0, :] = torch.tensor([0, -surprise, -surprise, -surprise])
    targets = torch.zeros(1, 1_000, dtype=torch.long)
    targets[0, 0] = 1
    metric = Perplexity()
    metric.update(logits, targets)
    return metric.compute().item(), F.cross_entropy(logits[0].float(), targets[0]).exp().item()


single, half, mild = perplexities(110, torch.float32), perplexities(20, torch.float16), perplexities(50, torch.float32)
print(f"torchmetrics {torchmetrics.__version__}: {single[0]} for {single[1]:.3f}; float16 {half[0]} for {half[1]:.3f}")
assert single[0] == half[0] == float("inf") and single[1] < 1.3 and half[1] < 1.3 and abs(mild[0] - mild[1]) < 1e-3
PY

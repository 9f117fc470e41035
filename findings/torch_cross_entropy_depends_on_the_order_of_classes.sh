#!/usr/bin/env bash
# torch 2.13.0, CPU, float32: cross_entropy of 50,257 classes (GPT-2's vocabulary) changes by several percent when the
# classes are renumbered. One sure class and a flat tail 16.7 below it cost 0.002805, which comes out when the sure
# class is the last; when it is the first the loss is 0.002630 (0.002454 on another processor): the small shares are
# added to a sum near 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import torch
import torch.nn.functional as F


def loss(position, dtype=torch.float32):
    logits = torch.full((1, 50_257), -16.7, dtype=dtype)
    logits[0, position] = 0
    return F.cross_entropy(logits, torch.tensor([position])).item()


first, last, truth = loss(0), loss(50_256), loss(0, torch.float64)
print(f"torch {torch.__version__}: sure class first {first:.6f}, last {last:.6f}, float64 {truth:.6f}")
assert abs(last / truth - 1) < 0.005 and 0.03 < 1 - first / truth < 0.3
PY

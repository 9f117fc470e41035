#!/usr/bin/env bash
# mlx-lm 0.32.2 and transformers 5.24.0 are given the same logits, temperature=2 and top_p=0.8, and draw from different
# sets of words: 3 there, 5 here; at temperature 0.5 it is 3 and 1. transformers divides by the temperature first and
# cuts the tail of the result, mlx-lm cuts the tail first and divides then.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
packages="torch==2.13.0 numpy==2.4.6 transformers==5.24.0 mlx[cpu]==0.32.4 mlx-lm==0.32.2"
"$folder/venv/bin/pip" install --quiet $packages
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

import mlx.core as mx
import numpy as np
import torch
from mlx_lm.sample_utils import make_sampler
from transformers import LogitsProcessorList, TemperatureLogitsWarper, TopPLogitsWarper

mx.set_default_device(mx.cpu)
mx.random.seed(0)
probs = np.array([0.55, 0.2, 0.1, 0.06, 0.04, 0.02, 0.015, 0.01, 0.005], dtype=np.float32)
kept = {}
for temperature in (0.5, 1.0, 2.0):
    rows = mx.broadcast_to(mx.log(mx.array(probs)), (20_000, probs.size))
    drawn = np.unique(np.array(make_sampler(temp=temperature, top_p=0.8)(rows))).size
    filters = LogitsProcessorList([TemperatureLogitsWarper(temperature), TopPLogitsWarper(0.8)])
    left = filters(None, torch.from_numpy(probs).log()[None]).isfinite().sum().item()
    kept[temperature] = drawn, left
    versions = [f"{name} {version(name)}" for name in ("mlx-lm", "transformers")]
    print(f"T = {temperature}: {versions[0]} draws {drawn} words, {versions[1]} {left}")
assert kept == {0.5: (3, 1), 1.0: (3, 3), 2.0: (3, 5)}
PY

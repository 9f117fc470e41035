#!/usr/bin/env bash
# torch 2.13.0 through openvino 2026.4.1: convert_model takes softplus(x, beta) for softplus(x, 1), without a word.
# The network answers with another function: softplus(0, beta=5) is 0.139 and becomes 0.693. nn.Softplus does the
# same. Networks that make scales, rates or Dirichlet evidence of their last logits use it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6 openvino==2026.4.1
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import warnings

import numpy as np
import openvino
import torch

warnings.simplefilter("ignore", DeprecationWarning)  # of tracing
logits = torch.tensor([[-2.0, 0.0, 0.5, 3.0]])
for beta in (1, 5):
    network = torch.nn.Sequential(torch.nn.Softplus(beta=beta)).eval()
    converted = openvino.convert_model(network, example_input=logits)
    compiled = openvino.Core().compile_model(converted, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    own, answer = network(logits).numpy(), compiled(logits.numpy())[0]
    print(f"openvino {openvino.__version__}, beta={beta}: {own.round(4)} becomes {answer.round(4)}")
    assert np.allclose(answer, np.logaddexp(0, logits.numpy()), atol=1e-4)
assert abs(own[0, 1] - np.log(2) / 5) < 1e-6
PY

#!/usr/bin/env bash
# torch 2.13.0 with onnxscript 0.7.2, ONNX Runtime 1.32.0: torch.multinomial(probs, 3) draws without replacement, by
# default. ONNX's Multinomial can't, and torch.onnx.export(dynamo=True), the default, writes it without a word: three
# draws of three classes, which are each class once in torch, repeat a class in 8 of 10 rows. dynamo=False refuses.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY' 2> /dev/null
import io

import onnxruntime
import torch


class Draw(torch.nn.Module):
    def forward(self, probs):
        return torch.multinomial(probs, 3)


def repeats(rows):
    return sum(len(set(row)) < 3 for row in rows.tolist()) / len(rows)


probs = torch.tensor([[0.5, 0.3, 0.2]]).repeat(2_000, 1)
model = torch.onnx.export(Draw(), (probs,), dynamo=True, verbose=False).model_proto.SerializeToString()
session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
here, there = repeats(Draw()(probs)), repeats(session.run(None, {session.get_inputs()[0].name: probs.numpy()})[0])
print(f"torch {torch.__version__}: rows with a class twice {here:.2f}, in ONNX {there:.2f}")
try:
    torch.onnx.export(Draw(), (probs,), io.BytesIO(), dynamo=False)
    refused = False
except torch.onnx.errors.SymbolicValueError:
    refused = True
print(f"  the older exporter refuses: {refused}")
assert here == 0 and there > 0.7 and refused
PY

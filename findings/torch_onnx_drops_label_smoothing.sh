#!/usr/bin/env bash
# torch 2.13.0 with onnxscript 0.7.2: torch.onnx.export(dynamo=True), the default, writes
# cross_entropy(label_smoothing=0.1) as the plain loss, without a word. The older exporter (dynamo=False) refuses it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import onnxruntime as ort
import torch
import torch.nn.functional as F


class Loss(torch.nn.Module):
    def forward(self, logits, targets):
        return F.cross_entropy(logits, targets, label_smoothing=0.1)


logits, targets = torch.tensor([[0.0, -1.0, 1.0], [3.0, 0.0, 1.0]]), torch.tensor([1, 0])
smooth, plain = Loss()(logits, targets).item(), F.cross_entropy(logits, targets).item()
torch.onnx.export(Loss().eval(), (logits, targets), "loss.onnx", dynamo=True, verbose=False)
session = ort.InferenceSession("loss.onnx", providers=["CPUExecutionProvider"])
names = [each.name for each in session.get_inputs()]
exported = session.run(None, dict(zip(names, (logits.numpy(), targets.numpy()))))[0].item()
print(f"torch {torch.__version__}: with smoothing {smooth:.4f}, plain {plain:.4f}, exported {exported:.4f}")
assert abs(smooth - plain) > 0.01 and abs(exported - plain) < 1e-5
PY

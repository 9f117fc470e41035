#!/usr/bin/env bash
# torch 2.13.0 with onnxscript 0.7.2, ONNX Runtime 1.32.0: scaled_dot_product_attention of a query that may look at
# nothing (a row of the mask is all False, as for padding) is 0 in torch; exported with dynamo=True it is the mean of
# all values, of those too that the mask hides. dynamo=False gives 0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import numpy as np
import onnxruntime as ort
import torch
import torch.nn.functional as F


class Attention(torch.nn.Module):
    def forward(self, q, k, v, mask):
        return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)


torch.manual_seed(0)
q, k, v = torch.randn(3, 1, 1, 4, 8)
mask = torch.tensor([[True, True, False, False], [True, False, True, False], [True] * 4, [False] * 4])
want = Attention()(q, k, v, mask).numpy()
outputs = []
for dynamo in (False, True):
    torch.onnx.export(Attention().eval(), (q, k, v, mask), "attention.onnx", dynamo=dynamo, verbose=False)
    session = ort.InferenceSession("attention.onnx", providers=["CPUExecutionProvider"])
    values = dict(zip([each.name for each in session.get_inputs()], (each.numpy() for each in (q, k, v, mask))))
    outputs.append(session.run(None, values)[0])
mean = v.mean(2).numpy()
print(f"torch {torch.__version__}: largest value of the row {abs(want[0, 0, 3]).max()}, exported with dynamo=False")
print(f"  {abs(outputs[0][0, 0, 3]).max()}, dynamo=True {abs(outputs[1][0, 0, 3]).max():.3f}")
assert (want[0, 0, 3] == 0).all() and np.allclose(outputs[0], want, atol=1e-5)
assert np.allclose(outputs[1][0, 0], np.r_[want[0, 0, :3], mean[0]], atol=1e-5)
PY

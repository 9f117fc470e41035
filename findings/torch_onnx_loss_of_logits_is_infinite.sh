#!/usr/bin/env bash
# torch 2.13.0 with onnxscript 0.7.2, ONNX Runtime 1.32.0: logsigmoid and binary_cross_entropy_with_logits, written to
# be safe for any logit, are exported as Log(Sigmoid(x)). A true label with the logit -40 costs 40 in torch and
# infinity in ONNX; one of -17 is off by 0.77. logaddexp is exported as Log(Exp + Exp), infinite from 89 on.
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


class Module(torch.nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *inputs):
        return self.function(*inputs)


def both(function, *inputs):
    torch.onnx.export(Module(function).eval(), inputs, "model.onnx", dynamo=True, verbose=False)
    session = ort.InferenceSession("model.onnx", providers=["CPUExecutionProvider"])
    feed = {each.name: value.numpy() for each, value in zip(session.get_inputs(), inputs)}
    return function(*inputs).tolist(), session.run(None, feed)[0].tolist()


loss, onnx_loss = both(F.binary_cross_entropy_with_logits, torch.tensor([-40.0, 3.0]), torch.tensor([1.0, 1.0]))
logs, onnx_logs = both(F.logsigmoid, torch.tensor([-17.0, -40.0]))
sums, onnx_sums = both(torch.logaddexp, torch.tensor([100.0, 1.0]), torch.tensor([0.0, 0.0]))
print(f"torch {torch.__version__}: loss {loss:.3f}, in ONNX {onnx_loss}; logsigmoid {logs}, in ONNX {onnx_logs};")
print(f"  logaddexp {sums}, in ONNX {onnx_sums}")
infinity = float("inf")
assert loss < 21 and onnx_loss == infinity and onnx_logs[1] == -infinity and onnx_logs[0] - logs[0] > 0.5
assert sums[0] == 100 and onnx_sums[0] == infinity
PY

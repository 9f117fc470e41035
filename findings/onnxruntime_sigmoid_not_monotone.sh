#!/usr/bin/env bash
# ONNX Runtime 1.32.0, CPU, float32: Sigmoid is not monotone below about -10. A label with the lower logit gets the
# higher probability, and below -18 everything is exactly 0 (the true sigmoid(-20) is 2.06e-09).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import numpy as np
import onnxruntime as ort
from onnx import TensorProto, helper

node = helper.make_node("Sigmoid", ["x"], ["p"])
value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n"]) for name in "xp"]
graph = helper.make_graph([node], "sigmoid", value[:1], value[1:])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def sigmoid(*x):
    return session.run(None, {"x": np.array(x, dtype=np.float32)})[0]


low, high, far = sigmoid(-17, -16, -20)
steps = np.diff(sigmoid(*np.arange(-18, -10, 0.01)))
print(f"onnxruntime {ort.__version__}: sigmoid(-17) = {low:.3g}, sigmoid(-16) = {high:.3g}, sigmoid(-20) = {far:.3g}")
print(f"of {len(steps)} steps of 0.01 from -18 to -10, {(steps < 0).sum()} go down")
assert low > high > 0 and far == 0 and (steps < 0).sum() > 50
PY

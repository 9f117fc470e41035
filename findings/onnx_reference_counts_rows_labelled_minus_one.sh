#!/usr/bin/env bash
# onnx 1.23.2: NegativeLogLikelihoodLoss(ignore_index=-1) in the ReferenceEvaluator counts the ignored rows in the mean;
# with ignore_index=-100, and in SoftmaxCrossEntropyLoss, it does not. Of three rows, one ignored, the loss is 0.80 for
# 1.21; ONNX Runtime 1.32.0 has 1.21 in all four.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

logits = np.array([[2, -1, 0.5], [0, 1, 3], [1, 1, 1]], np.float32)
log_probs = logits - np.log(np.exp(logits).sum(1, keepdims=True))  # softmax of these is the same once more


def both(kind, ignored):
    shapes = ("x", TensorProto.FLOAT, (3, 3)), ("labels", TensorProto.INT64, (3,)), ("y", TensorProto.FLOAT, ())
    scores, labels, loss = (helper.make_tensor_value_info(*shape) for shape in shapes)
    node = helper.make_node(kind, ["x", "labels"], ["y"], ignore_index=ignored)
    graph = helper.make_graph([node], "graph", [scores, labels], [loss])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    values = {"x": log_probs, "labels": np.array([0, 1, ignored])}
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return float(ReferenceEvaluator(model).run(None, values)[0]), float(session.run(None, values)[0])


sum_, mean = -log_probs[[0, 1], [0, 1]].sum(), -log_probs[[0, 1], [0, 1]].mean()
print(f"onnx {onnx.__version__}, ONNX Runtime {ort.__version__}: the mean of the rows that count is {mean:.4f}")
for kind in ("NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss"):
    for ignored in (-1, -100):
        reference, runtime = both(kind, ignored)
        print(f"  {kind}, ignore_index {ignored}: reference {reference:.4f}, runtime {runtime:.4f}")
        wrong = kind == "NegativeLogLikelihoodLoss" and ignored == -1
        assert abs(reference - (sum_ / 3 if wrong else mean)) < 1e-5 and abs(runtime - mean) < 1e-5
PY

#!/usr/bin/env bash
# onnx 1.23.2: version_converter takes a Softmax over the channels of an image (axis=1) from opset 13 to 12 and keeps
# the axis, which means "all axes from here on" there. The probabilities of a pixel no longer sum to 1, those of the
# whole image do; argmax is unchanged, so that a test of labels passes. From 11 to 13 Softmax gets a Flatten, Hardmax
# does not. The way down was added in 2025 (github.com/onnx/onnx/pull/6608).
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
from onnx.version_converter import convert_version

x = np.random.default_rng(0).normal(size=(2, 4, 8, 8)).astype(np.float32)


def run(model):
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})[0]


def converted(kind, opset, target):
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, x.shape) for name in "xy"]
    graph = helper.make_graph([helper.make_node(kind, ["x"], ["y"], axis=1)], "graph", ends[:1], ends[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    return run(model), run(convert_version(model, target))


before, after = converted("Softmax", 13, 12)
up, hard = (np.abs(np.subtract(*converted(kind, 11, 13))).max() for kind in ("Softmax", "Hardmax"))
print(f"onnx {onnx.__version__}, 13 to 12: a pixel's probabilities sum to {before.sum(1).min():.3f}, then to at most")
print(f"  {after.sum(1).max():.3f}, an image's to {after.sum((1, 2, 3))}")
print(f"11 to 13: Softmax changes by {up:.1g}, Hardmax by {hard:.1g}")
assert np.allclose(before.sum(1), 1) and after.sum(1).max() < 0.2 and np.allclose(after.sum((1, 2, 3)), 1)
assert (before.argmax(1) == after.argmax(1)).all() and up < 1e-6 and hard == 1
PY

#!/usr/bin/env bash
# Up to opset 12 ONNX's Softmax flattens its input from axis on (1 by default) and normalises each row of what comes
# out; since opset 13 it normalises along one axis (the last by default). One Softmax of opset 11 on a (2, 3, 4) input
# has three answers: ONNX Runtime 1.32.0 keeps to the standard; onnx 1.23.2's own ReferenceEvaluator normalises along
# the last axis, as if the file were new; OpenCV 5.0.0 and OpenVINO 2026.4.1 along axis 1. OpenVINO's LogSoftmax of the
# same input is right (known, github.com/openvinotoolkit/openvino/issues/37823).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
packages="numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 opencv-python-headless==5.0.0.93"
"$folder/venv/bin/pip" install --quiet $packages
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

import cv2
import numpy as np
import onnx
import onnxruntime as ort
import openvino
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

x = np.random.default_rng(0).normal(size=(2, 3, 4)).astype(np.float32)


def outputs(kind, opset):
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, x.shape) for name in "xy"]
    graph = helper.make_graph([helper.make_node(kind, ["x"], ["y"])], "graph", ends[:1], ends[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, "model.onnx")
    session = ort.InferenceSession("model.onnx", providers=["CPUExecutionProvider"])
    network = cv2.dnn.readNetFromONNX("model.onnx")
    network.setInput(x)
    compiled = openvino.Core().compile_model("model.onnx", "CPU")
    return {
        "onnxruntime": session.run(None, {"x": x})[0],
        "onnx": ReferenceEvaluator(model).run(None, {"x": x})[0],
        "opencv-python-headless": network.forward().reshape(x.shape),
        "openvino": compiled(x)[0],
    }


def along(axes):
    exps = np.exp(x - x.max())
    return exps / exps.sum(axes, keepdims=True)


old, new, logs = outputs("Softmax", 11), outputs("Softmax", 13), outputs("LogSoftmax", 11)
meant = {"onnxruntime": (1, 2), "onnx": 2, "opencv-python-headless": 1, "openvino": 1}
for name, axes in meant.items():
    print(f"{name} {version(name)}: opset 11 sums to 1 along {axes}, LogSoftmax is off by", end=" ")
    print(f"{np.abs(logs[name] - np.log(along((1, 2)))).max():.1g}")
    assert np.allclose(old[name], along(axes), atol=1e-5) and np.allclose(new[name], along(2), atol=1e-5)
right = [name for name in meant if np.allclose(logs[name], np.log(along((1, 2))), atol=1e-4)]
assert right == ["onnxruntime", "openvino"]
PY

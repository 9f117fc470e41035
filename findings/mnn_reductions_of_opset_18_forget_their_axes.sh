#!/usr/bin/env bash
# MNN 3.6.1 (inference on phones): since opset 18 of ONNX the axes of ReduceLogSumExp, ReduceL2 and their kin are an
# input of the node, no longer an attribute. MNN's converter reads the attribute alone and says "Converted Success!":
# five of the reductions then run over the whole batch. An embedding that is divided by its length, as in CLIP, is
# divided by the length of all of them, so the probabilities of an image depend on its neighbours: off by up to 0.27
# in a batch of eight, right for one image alone. ReduceMax and ReduceMean are right, and so is opset 13.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0 MNN==3.6.1
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import subprocess
import sys
from importlib.metadata import version

import MNN.expr as F
import MNN.nn as nn
import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

rng = np.random.default_rng(0)
# The converter itself. The command mnnconvert would install another package and send a record of the conversion.
CONVERT = ["-c", "import sys, MNN, _tools; _tools.mnnconvert(sys.argv)", *"-f ONNX --modelFile model.onnx".split()]
CONVERT += "--MNNModel model.mnn --bizCode b".split()
ALONG = numpy_helper.from_array(np.array([1]), "axes")


def both(nodes, constants, opset, x):
    """What ONNX Runtime and MNN make of the rows x."""
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, None]) for name in "xy"]
    graph = helper.make_graph(nodes, "g", ends[:1], ends[1:], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, "model.onnx")
    said = subprocess.run([sys.executable, *CONVERT], capture_output=True, text=True, check=True).stdout
    assert "Converted Success!" in said
    own = ort.InferenceSession("model.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]
    net = nn.load_module_from_file("model.mnn", ["x"], ["y"])
    return own, np.array(net.forward([F.const(x, list(x.shape), F.NCHW)])[0].read())


rows = np.abs(rng.normal(size=(3, 4))).astype(np.float32)
print(f"MNN {version('MNN')}, three rows:")
for name in ("LogSumExp", "LogSum", "L1", "L2", "SumSquare", "Max", "Mean"):
    old = both([helper.make_node(f"Reduce{name}", ["x"], ["y"], axes=[1], keepdims=1)], [], 13, rows)
    own, new = both([helper.make_node(f"Reduce{name}", ["x", "axes"], ["y"], keepdims=1)], [ALONG], 18, rows)
    print(f"  Reduce{name}: {own.ravel().round(3)}; opset 13 {old[1].ravel().round(3)}, 18 {new.ravel().round(3)}")
    assert np.allclose(*old, atol=1e-4) and (new.size == 1) == (name not in ("Max", "Mean"))

labels = rng.normal(size=(16, 4)).astype(np.float32)
labels *= 10 / np.linalg.norm(labels, axis=1, keepdims=True)
network = [
    helper.make_node("ReduceL2", ["x", "axes"], ["length"], keepdims=1),
    helper.make_node("Div", ["x", "length"], ["unit"]),
    helper.make_node("MatMul", ["unit", "labels"], ["logits"]),
    helper.make_node("Softmax", ["logits"], ["y"], axis=1),
]
images = rng.normal(size=(8, 16)).astype(np.float32)
constants = [ALONG, numpy_helper.from_array(labels, "labels")]
off = {count: np.abs(np.subtract(*both(network, constants, 18, images[:count]))).max() for count in (1, 8)}
print(f"  probabilities of one image are off by {off[1]:.1g}, of eight by up to {off[8]:.2f}")
assert off[1] < 1e-4 and off[8] > 0.2
PY

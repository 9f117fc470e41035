#!/usr/bin/env bash
# MNN 3.6.1 (inference on phones), on CPU: exp of anything above 87 is exp(87) = 6e37, and not inf. Its log-sum-exp
# doesn't subtract the maximum, so it stops near 87 without a word: for the logits 100, 1, 2, 3 it is 87, less than the
# largest of them, and the loss of the first class, log-sum-exp - 100, is -13, where no loss is below 0. Below -87 exp
# stops too: where all four logits are -100 or less, the loss is too large by 14. LogSoftmax of the same is right.
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
from onnx import TensorProto, helper

# The converter itself. The command mnnconvert would install another package and send a record of the conversion.
CONVERT = ["-c", "import sys, MNN, _tools; _tools.mnnconvert(sys.argv)", *"-f ONNX --modelFile model.onnx".split()]
CONVERT += "--MNNModel model.mnn --bizCode b".split()
LOGITS = np.array([[1, 2, 3, 4], [100, 1, 2, 3], [300, 299, 5, 5], [-100, -101, -102, -103]], np.float32)


def both(*nodes):
    """What ONNX Runtime and MNN make of the logits x."""
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, None]) for name in "xy"]
    graph = helper.make_graph(list(nodes), "g", ends[:1], ends[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, "model.onnx")
    subprocess.run([sys.executable, *CONVERT], capture_output=True, check=True)
    own = ort.InferenceSession("model.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": LOGITS})[0]
    net = nn.load_module_from_file("model.mnn", ["x"], ["y"])
    return own, np.array(net.forward([F.const(LOGITS, list(LOGITS.shape), F.NCHW)])[0].read())


own, phone = both(helper.make_node("ReduceLogSumExp", ["x"], ["y"], axes=[1], keepdims=1))
exp, phone_exp = both(helper.make_node("Exp", ["x"], ["y"]))
log_softmax = both(helper.make_node("LogSoftmax", ["x"], ["y"], axis=1))
print(f"MNN {version('MNN')}: exp of {LOGITS[1:3, 0]} is {phone_exp[1:3, 0]} ({exp[1:3, 0]} in ONNX Runtime)")
print(f"  log-sum-exp {phone.ravel().round(2)} ({own.ravel().round(2)})")
print(f"  loss of the first class {(phone.ravel() - LOGITS[:, 0]).round(2)} ({(own.ravel() - LOGITS[:, 0]).round(2)})")
true = np.log(np.exp(LOGITS.astype(float)).sum(1))
assert np.allclose(own.ravel(), true, atol=1e-3) and np.allclose(*log_softmax, atol=1e-3)
assert np.isinf(exp[1:3, 0]).all() and np.allclose(phone_exp[1:3, 0], np.exp(87), rtol=1e-4)
loss = phone.ravel() - LOGITS[:, 0]
assert abs(phone[0, 0] - true[0]) < 1e-3 and loss[1] < -12 and loss[2] < -200 and loss[3] > 13
PY

#!/usr/bin/env bash
# MNN 3.6.1 (inference on phones): the mean of SoftmaxCrossEntropyLoss of ONNX leaves out the rows whose label is
# ignore_index, as padding. MNN counts them: it adds up the other rows' losses and divides by all. Where three rows of
# four are padding, a loss of 2.13 becomes 0.53 and a perplexity of 8.4 one of 1.7: random logits of five classes look
# better than a uniform guess, which has 5. reduction="sum" is right, and so is the mean with a weight of 1 for each
# class.
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

# The converter itself. The command mnnconvert would install another package and send a record of the conversion.
CONVERT = ["-c", "import sys, MNN, _tools; _tools.mnnconvert(sys.argv)", *"-f ONNX --modelFile model.onnx".split()]
CONVERT += "--MNNModel model.mnn --bizCode b".split()
rng = np.random.default_rng(0)
logits = rng.normal(size=(400, 5)).astype(np.float32)
# Label 0 is padding: three rows of four.
targets = np.where(np.arange(400) % 4, 0, rng.integers(1, 5, size=400))


def both(weights=None, reduction="mean"):
    """The loss of ONNX Runtime and of MNN."""
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [400, 5])
    t = helper.make_tensor_value_info("t", TensorProto.INT64, [400])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [])
    constants = [] if weights is None else [numpy_helper.from_array(weights, "weights")]
    names = ["x", "t", *(constant.name for constant in constants)]
    node = helper.make_node("SoftmaxCrossEntropyLoss", names, ["y"], ignore_index=0, reduction=reduction)
    graph = helper.make_graph([node], "g", [x, t], [y], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, "model.onnx")
    subprocess.run([sys.executable, *CONVERT], capture_output=True, check=True)
    session = ort.InferenceSession("model.onnx", providers=["CPUExecutionProvider"])
    net = nn.load_module_from_file("model.mnn", ["x", "t"], ["y"])
    inputs = F.const(logits, [400, 5], F.NCHW), F.const(targets.astype(np.int32), [400], F.NCHW, F.int)
    own = session.run(None, {"x": logits, "t": targets})[0]
    return own.item(), np.array(net.forward(list(inputs))[0].read()).item()


own, phone = both()
print(f"MNN {version('MNN')}: loss {phone:.3f}, perplexity {np.exp(phone):.2f}; in ONNX Runtime {own:.3f}, "
      f"{np.exp(own):.2f}")
assert abs(phone - own / 4) < 1e-3 and np.exp(phone) < 2 and np.exp(own) > 5
assert np.allclose(*both(weights=np.ones(5, np.float32)), atol=1e-4)
assert np.allclose(*both(reduction="sum"), rtol=1e-4)
PY

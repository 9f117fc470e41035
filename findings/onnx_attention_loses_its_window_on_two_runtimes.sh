#!/usr/bin/env bash
# ONNX 1.23.2: since opset 25 an Attention may have a window (left_window_size), as language models do that look at the
# last words alone. OpenVINO 2026.4.1 and OpenCV 5.0.0 take such a model without a word and have no window: each query
# looks at all keys before it. Of eight words, each of which may look at itself and two before, the last puts 44 % of
# its weight outside. ONNX's reference and ONNX Runtime 1.32.0 give nothing to these, nor does OpenVINO once the window
# is written as a mask.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 \
    opencv-python-headless==5.0.0.93
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

rng = np.random.default_rng(0)
words = np.arange(8)
feeds = [rng.normal(size=(1, 1, 8, 4)).astype(np.float32) for _ in "qk"]
# The values are the unit vectors, so the output of a query is its weights.
feeds.append(np.eye(8, dtype=np.float32)[None, None])
near = (words <= words[:, None]) & (words > words[:, None] - 3)


def weights(names, feeds, **attributes):
    """The weights of ONNX's reference and of OpenVINO: a row for each query."""
    types = [TensorProto.BOOL if feed.dtype == bool else TensorProto.FLOAT for feed in feeds]
    ends = [helper.make_tensor_value_info(*end) for end in zip(names, types, (feed.shape for feed in feeds))]
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, 8, 8])
    graph = helper.make_graph([helper.make_node("Attention", list(names), ["y"], **attributes)], "g", ends, [y])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 25)], ir_version=11)
    onnx.checker.check_model(model)
    onnx.save(model, "model.onnx")
    compiled = openvino.Core().compile_model("model.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return ReferenceEvaluator(model).run(None, dict(zip(names, feeds)))[0][0, 0], compiled(feeds)[0][0, 0]


own, other = weights("qkv", feeds, is_causal=1, left_window_size=2)
net = cv2.dnn.readNetFromONNX("model.onnx")
for name, feed in zip("qkv", feeds):
    net.setInput(feed, name)
others = {f"OpenVINO {version('openvino')}": other, f"OpenCV {cv2.__version__}": net.forward()[0, 0]}
session = ort.InferenceSession("model.onnx", providers=["CPUExecutionProvider"])
print(f"ONNX {version('onnx')}, opset 25 of {onnx.defs.onnx_opset_version()}: weights of the last word "
      f"{own[-1].round(3)}")
assert not own[~near].any() and np.allclose(own, session.run(None, dict(zip("qkv", feeds)))[0][0, 0], atol=1e-5)
wide = weights("qkv", feeds, is_causal=1)[0]
for name, found in others.items():
    print(f"  {name}: {found[-1].round(3)}, {found[-1][~near[-1]].sum():.3f} of it outside")
    assert found[-1][~near[-1]].sum() > 0.3 and np.allclose(found, wide, atol=1e-5)
assert np.allclose(weights("qkvm", [*feeds, near])[1], own, atol=1e-5)
PY

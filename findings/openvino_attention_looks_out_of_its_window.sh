#!/usr/bin/env bash
# OpenVINO 2026.4.1: since opset 25 an Attention of ONNX may have a window (left_window_size), as language models do
# that look at the last words alone. OpenVINO compiles such a model without a word and has no window: each query looks
# at all keys before it. Of eight words, each of which may look at itself and two before, the last puts 44 % of its
# weight outside. The reference of ONNX 1.23.2 gives nothing to these, nor does OpenVINO once the window is written as
# a mask.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 onnx==1.23.2 openvino==2026.4.1
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

import numpy as np
import onnx
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
print(f"OpenVINO {version('openvino')}, opset 25 of {onnx.defs.onnx_opset_version()}, a word and two before:")
print(f"  weights of the last word {other[-1].round(3)}, {other[-1][~near[-1]].sum():.3f} of it outside")
print(f"  in ONNX's reference {own[-1].round(3)}")
assert not own[~near].any() and other[-1][~near[-1]].sum() > 0.3
assert np.allclose(other, weights("qkv", feeds, is_causal=1)[1], atol=1e-6)
assert np.allclose(weights("qkvm", [*feeds, near])[1], own, atol=1e-5)
PY

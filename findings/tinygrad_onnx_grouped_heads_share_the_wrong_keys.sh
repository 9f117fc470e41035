#!/usr/bin/env bash
# ONNX through tinygrad 0.14.0: in an Attention with fewer heads of keys than of queries (grouped, as in today's
# language models) neighbours share: of four query heads 0 and 1 look at the first head of keys, 2 and 3 at the second.
# So ONNX Runtime 1.32.0 and the reference of ONNX 1.23.2 have it. tinygrad repeats the heads in turn: 0 and 2 look at
# the first, 1 and 3 at the second, so the middle two get the weights and values of strangers. One head of keys for
# all, or one each, is right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0 tinygrad==0.14.0
cd "$folder"
# The device PYTHON needs no compiler.
DEV=PYTHON "$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator
from tinygrad import Tensor
from tinygrad.nn.onnx import OnnxRunner

rng = np.random.default_rng(0)


def outputs(heads, key_heads):
    """The outputs of ONNX's reference, ONNX Runtime and tinygrad, and whose values each query head gets."""
    feeds = {
        "q": rng.normal(size=(1, heads, 3, 4)).astype(np.float32),
        "k": rng.normal(size=(1, key_heads, 5, 4)).astype(np.float32),
        # Each value is the number of its head, and so is each weighted mean.
        "v": np.arange(key_heads, dtype=np.float32)[None, :, None, None] * np.ones((1, key_heads, 5, 4), np.float32),
    }
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, feed.shape) for name, feed in feeds.items()]
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, heads, 3, 4])
    graph = helper.make_graph([helper.make_node("Attention", ["q", "k", "v"], ["y"])], "g", ends, [y])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 23)], ir_version=11)
    onnx.checker.check_model(model)
    onnx.save(model, "model.onnx")
    session = ort.InferenceSession("model.onnx", providers=["CPUExecutionProvider"])
    tiny = OnnxRunner("model.onnx")({name: Tensor(feed) for name, feed in feeds.items()})["y"].numpy()
    found = ReferenceEvaluator(model).run(None, feeds)[0], session.run(None, feeds)[0], tiny
    return [output[0, :, 0, 0].round(3).tolist() for output in found]


for heads, key_heads in ((4, 4), (4, 2), (4, 1)):
    reference, runtime, tiny = outputs(heads, key_heads)
    print(f"tinygrad {version('tinygrad')}, {heads} heads of queries, {key_heads} of keys: values of head {tiny}; "
          f"ONNX Runtime {runtime}, reference {reference}")
    assert reference == runtime == [head * key_heads // heads for head in range(heads)]
    assert (tiny == runtime) == (key_heads != 2) and (key_heads != 2 or tiny == [0, 1, 0, 1])
PY

"""What one runtime computes, for bench/runtimes.py.

This runs in a Python that has the runtime, and neither torch nor helpers:

    python bench/in_runtime.py NAME inputs.npz outputs.npz

The inputs are float32: `x` for the sigmoid, and every other array, (N, K), for softmax and log_softmax over its rows.
"""

import importlib.metadata
import os
import sys

import numpy as np

os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0", "JAX_PLATFORMS": "cpu"}


def scipy():
    from scipy import special

    return special.expit, lambda x: special.softmax(x, axis=-1), lambda x: special.log_softmax(x, axis=-1)


def jax():
    from jax import nn

    return nn.sigmoid, nn.softmax, nn.log_softmax


def tensorflow():
    import tensorflow as tf

    return tf.math.sigmoid, tf.nn.softmax, tf.nn.log_softmax


def paddle():
    import paddle
    from paddle.nn import functional

    calls = functional.sigmoid, functional.softmax, functional.log_softmax
    return [lambda x, call=call: call(paddle.to_tensor(x)).numpy() for call in calls]


def mlx():
    from mlx import core, nn

    calls = core.sigmoid, lambda x: core.softmax(x, axis=-1), nn.log_softmax
    return [lambda x, call=call: np.array(call(core.array(x))) for call in calls]


def onnxruntime():
    import onnxruntime

    def call(operator):
        return lambda x: onnxruntime.InferenceSession(model(operator, x.ndim)).run(None, {"x": x})[0]

    return [call(operator) for operator in ("Sigmoid", "Softmax", "LogSoftmax")]


def openvino():
    from openvino import Core, Model, opset13

    def call(make):
        def run(x):
            node = opset13.parameter(x.shape, np.float32)
            compiled = Core().compile_model(Model([make(node)], [node]), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
            return compiled(x)[0]

        return run

    last = {"axis": -1}
    return [
        call(opset13.sigmoid),
        call(lambda node: opset13.softmax(node, **last)),
        call(lambda node: opset13.log_softmax(node, **last)),
    ]


def model(operator, dims):
    """Return an ONNX model of one operator on float32 of so many dims, as bytes."""
    from onnx import TensorProto, helper

    shape = [f"d{i}" for i in range(dims)]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in "xy"]
    options = {} if operator == "Sigmoid" else {"axis": -1}
    graph = helper.make_graph([helper.make_node(operator, ["x"], ["y"], **options)], "g", ends[:1], ends[1:])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9).SerializeToString()


RUNTIMES = {
    "scipy": scipy,
    "jax": jax,
    "tensorflow-cpu": tensorflow,
    "onnxruntime": onnxruntime,
    "openvino": openvino,
    "paddlepaddle": paddle,
    "mlx": mlx,
}


def main(name, source, target):
    sigmoid, softmax, log_softmax = RUNTIMES[name]()
    inputs = dict(np.load(source))
    found = {"version": np.array(importlib.metadata.version(name)), "sigmoid": np.asarray(sigmoid(inputs.pop("x")))}
    for rows, values in inputs.items():
        found[f"softmax {rows}"] = np.asarray(softmax(values))
        found[f"log_softmax {rows}"] = np.asarray(log_softmax(values))
    np.savez(target, **found)


if __name__ == "__main__":
    main(*sys.argv[1:])

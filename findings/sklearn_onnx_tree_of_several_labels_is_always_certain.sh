#!/usr/bin/env bash
# scikit-learn 1.9.1 through skl2onnx 1.20.0: the probabilities of a DecisionTreeClassifier of several labels are cast
# to bool and back, so every one above 0 becomes 1. In most rows both answers, the label's yes and its no, have the
# probability 1. The labels are right; so are a tree of one label and a forest of several. (Known without its cause:
# github.com/onnx/sklearn-onnx/issues/1080.)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
packages="numpy==2.4.6 scikit-learn==1.9.1 onnx==1.23.2 skl2onnx==1.20.0 onnxruntime==1.32.0"
"$folder/venv/bin/pip" install --quiet $packages
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

import numpy as np
import onnxruntime as ort
from skl2onnx import to_onnx
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

rng = np.random.default_rng(0)
x = rng.normal(size=(1_000, 5)).astype(np.float32)
y = (x[:, :3] + 0.7 * rng.logistic(size=(1_000, 3)) > 0.3).astype(int)


def probs(model, targets):
    model.fit(x, targets)
    converted = to_onnx(model, x[:1], options={"zipmap": False})
    session = ort.InferenceSession(converted.SerializeToString(), providers=["CPUExecutionProvider"])
    labels, outputs = session.run(None, {"X": x})
    assert (labels == model.predict(x)).all()
    return np.array(model.predict_proba(x)), outputs


own, onnx = probs(DecisionTreeClassifier(max_depth=4), y)
both = (onnx == 1).all(2).mean()
print(f"skl2onnx {version('skl2onnx')}, tree of {y.shape[1]} labels: in {both:.1%} of answers yes and no are both 1")
print(f"  a row: {own[:, 0].round(3).tolist()} becomes {onnx[:, 0].tolist()}")
assert both > 0.5 and (onnx == (own > 0)).all()
for name, model, targets in (
    ("tree of one label", DecisionTreeClassifier(max_depth=4), y[:, 0]),
    ("forest of three labels", RandomForestClassifier(5, max_depth=4), y),
):
    off = np.abs(np.subtract(*probs(model, targets))).max()
    print(f"  {name}: off by up to {off:.1g}")
    assert off < 1e-5
PY

#!/usr/bin/env bash
# scikit-learn 1.9.1 through skl2onnx 1.20.0: LinearDiscriminantAnalysis of two classes has the probability sigmoid(d)
# of its decision function d; the ONNX model says sigmoid(2 d), the softmax of [-d, d]. Labels agree, every
# probability is too sure. Three classes are right. Reported in 2024 and closed
# (github.com/onnx/sklearn-onnx/issues/1116).
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
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

rng = np.random.default_rng(0)
x = rng.normal(size=(600, 5)).astype(np.float32)
score = x[:, 0] + 0.5 * x[:, 1] + rng.normal(size=600)


def gaps(y):
    model = LinearDiscriminantAnalysis().fit(x, y)
    converted = to_onnx(model, x[:1], options={"zipmap": False})
    session = ort.InferenceSession(converted.SerializeToString(), providers=["CPUExecutionProvider"])
    probs, decision = session.run(None, {"X": x})[1], model.decision_function(x)
    doubled = np.abs(probs[:, 1] - 1 / (1 + np.exp(-2 * decision))).max() if decision.ndim == 1 else None
    return np.abs(probs - model.predict_proba(x)).max(), doubled


(two, doubled), (three, _) = gaps(score > 0), gaps(np.digitize(score, [-1, 1]))
print(f"skl2onnx {version('skl2onnx')}: off by up to {two:.3f} for 2 classes, {three:.1g} for 3;")
print(f"  from sigmoid(2 d) by {doubled:.1g}")
assert two > 0.1 and doubled < 1e-5 and three < 1e-5
PY

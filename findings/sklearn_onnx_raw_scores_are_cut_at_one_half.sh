#!/usr/bin/env bash
# scikit-learn 1.9.1 through skl2onnx 1.20.0: a multi-label OneVsRestClassifier converted with raw_scores=True hands
# out logits and decides its labels where a logit is above 0.5, the threshold of a probability; 0 is right. A label of
# probability 0.6 (logit 0.41) is lost.
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
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

rng = np.random.default_rng(0)
x = rng.normal(size=(600, 5)).astype(np.float32)
y = (x[:, :3] + rng.normal(size=(600, 3)) > 0.3).astype(int)
model = OneVsRestClassifier(LogisticRegression()).fit(x, y)


def labels(**options):
    converted = to_onnx(model, x[:1], options={id(model): {"zipmap": False} | options})
    session = ort.InferenceSession(converted.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"X": x})


plain, (raw, logits) = labels()[0], labels(raw_scores=True)
lost = (model.predict(x) - raw).sum()
print(f"skl2onnx {version('skl2onnx')}: of {model.predict(x).sum()} labels {lost} are lost with raw_scores=True")
assert np.abs(logits - model.decision_function(x)).max() < 1e-4 and (plain == model.predict(x)).all()
assert lost > 20 and (raw == (logits > 0.5)).all()
PY

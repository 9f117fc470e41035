#!/usr/bin/env bash
# scikit-learn 1.9.1 through skl2onnx 1.20.0: a BaggingClassifier whose members have no predict_proba (LinearSVC, SVC)
# votes. The ONNX model counts along the wrong dimension: it returns one row for each of the 10 members, made of the
# votes of all rows of the batch, and not one for each row. A batch of 10 rows looks well formed.
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
from sklearn.ensemble import BaggingClassifier
from sklearn.svm import LinearSVC

rng = np.random.default_rng(0)
x = rng.normal(size=(600, 5)).astype(np.float32)
y = (x[:, 0] + 0.5 * x[:, 1] + rng.normal(size=600) > 0.8).astype(int)
model = BaggingClassifier(LinearSVC(), n_estimators=10, random_state=0).fit(x, y)
converted = to_onnx(model, x[:1], options={"zipmap": False})
session = ort.InferenceSession(converted.SerializeToString(), providers=["CPUExecutionProvider"])
labels, shares = session.run(None, {"X": x})
print(f"skl2onnx {version('skl2onnx')}: {len(x)} rows in, {labels.shape} labels and {shares.shape} shares out")
few = session.run(None, {"X": x[:10]})[0]
print(f"10 rows that the model calls {model.predict(x[:10])} are {few} in ONNX")
assert model.predict_proba(x).shape == (600, 2) and labels.shape == (10,) and shares.shape == (10, 2)
assert len(few) == 10 and (model.predict(x[:10]) != few).any()
PY

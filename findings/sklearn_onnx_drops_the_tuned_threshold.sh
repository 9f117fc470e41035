#!/usr/bin/env bash
# scikit-learn 1.9.1 through skl2onnx 1.20.0: TunedThresholdClassifierCV is converted without a word, and the
# threshold that it has tuned is gone. The ONNX model decides at 0.5; the probabilities agree, the labels don't.
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
from sklearn.model_selection import TunedThresholdClassifierCV

rng = np.random.default_rng(0)
x = rng.normal(size=(1_200, 5)).astype(np.float32) * 2
y = (x[:, 0] + 0.5 * x[:, 1] + rng.normal(size=1_200) > 0.8).astype(int)
model = TunedThresholdClassifierCV(LogisticRegression(), scoring="f1").fit(x[:600], y[:600])
converted = to_onnx(model, x[:1], options={"zipmap": False})
session = ort.InferenceSession(converted.SerializeToString(), providers=["CPUExecutionProvider"])
labels, probs = session.run(None, {"X": x[600:]})
gap, moved = np.abs(probs - model.predict_proba(x[600:])).max(), (labels != model.predict(x[600:])).sum()
print(f"skl2onnx {version('skl2onnx')}: threshold {model.best_threshold_:.3f}, probabilities differ by {gap:.1g}")
print(f"{moved} labels of 600 differ, all decided at 0.5: {(labels == (probs[:, 1] > 0.5)).all()}")
assert gap < 1e-5 and moved > 20 and (labels == (probs[:, 1] > 0.5)).all()
PY

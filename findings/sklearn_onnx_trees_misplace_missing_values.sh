#!/usr/bin/env bash
# scikit-learn 1.9.1 through skl2onnx 1.20.0: trees and forests of scikit-learn take NaN for a missing value and learn
# at each node which side it goes to; the ONNX model has no such side and sends each NaN to the right, without a word.
# Where a missing value speaks for class 0, a tree's accuracy falls from 0.82 to 0.44. Rows without a NaN agree.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
packages="numpy==2.4.6 scikit-learn==1.9.1 onnx==1.23.2 skl2onnx==1.20.0 onnxruntime==1.32.0"
"$folder/venv/bin/pip" install --quiet $packages
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import numpy as np
import onnxruntime
import skl2onnx
import sklearn
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

rng = np.random.default_rng(0)
x = rng.normal(size=(4_000, 5)).astype(np.float32)
y = (x[:, 0] + 0.5 * x[:, 1] + rng.normal(size=4_000) > 0.8).astype(int)
x[rng.random(x.shape) < 0.2] = np.nan
x[(y == 0) & (rng.random(4_000) < 0.5), 0] = np.nan  # that a value is missing says something about the class
test, truth = x[2_000:], y[2_000:]
whole = ~np.isnan(test).any(1)
print(f"scikit-learn {sklearn.__version__}, skl2onnx {skl2onnx.__version__}")
for model in (DecisionTreeClassifier(max_depth=4), RandomForestClassifier(20, max_depth=5, random_state=0)):
    model.fit(x[:2_000], y[:2_000])
    onnx = skl2onnx.to_onnx(model, x[:1], options={"zipmap": False}).SerializeToString()
    labels, probs = onnxruntime.InferenceSession(onnx, providers=["CPUExecutionProvider"]).run(None, {"X": test})
    off = abs(probs - model.predict_proba(test)).max(1)
    right, wrong = (model.predict(test) == truth).mean(), (labels == truth).mean()
    print(f"{type(model).__name__}: accuracy {right:.3f}, in ONNX {wrong:.3f}; off by up to {off.max():.2f},")
    print(f"  by {off[whole].max():.1e} in the {whole.sum()} rows without a NaN")
    assert right - wrong > 0.2 and off.max() > 0.6 and off[whole].max() < 1e-5
PY

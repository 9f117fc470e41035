#!/usr/bin/env bash
# scikit-learn 1.9.1 through skl2onnx 1.20.0: KNeighborsClassifier(weights="distance") is converted without a word into
# the model of weights="uniform": a near neighbour counts as much as a far one. The rows that it was trained on, which
# are certain by distance, get the share of their neighbours: one label in seven is lost.
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
from sklearn.neighbors import KNeighborsClassifier

rng = np.random.default_rng(0)
x = rng.normal(size=(1_000, 4)).astype(np.float32)
y = (x[:, 0] + 0.5 * x[:, 1] + 0.7 * rng.normal(size=1_000) > 0).astype(int)
known, new = slice(500), slice(500, None)
model = KNeighborsClassifier(5, weights="distance").fit(x[known], y[known])
uniform = KNeighborsClassifier(5).fit(x[known], y[known])
converted = to_onnx(model, x[:1], options={"zipmap": False})
session = ort.InferenceSession(converted.SerializeToString(), providers=["CPUExecutionProvider"])
labels, probs = session.run(None, {"X": x})
off, same = np.abs(probs - model.predict_proba(x)).max(1), np.abs(probs - uniform.predict_proba(x)).max()
lost = [(labels[rows] != model.predict(x[rows])).mean() for rows in (known, new)]
print(f"skl2onnx {version('skl2onnx')}: off by up to {off[new].max():.2f} for new rows, {off[known].max():.2f} for")
print(f"  known ones; from uniform weights by {same:.1g}; other labels: {lost[1]:.1%} of new rows,")
print(f"  {lost[0]:.1%} of known ones")
assert off[new].max() > 0.1 and off[known].max() > 0.5 and same < 1e-5 and lost[0] > 0.1
PY

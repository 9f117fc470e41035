#!/usr/bin/env bash
# CatBoost 1.2.10, ONNX Runtime 1.32.0: a classifier with a bias (set_scale_and_bias) exports to ONNX without a word,
# and the exported model's probabilities run the other way: the sign of the trees is turned. Without a bias both agree.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 catboost==1.2.10 onnxruntime==1.32.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

import numpy as np
import onnxruntime as ort
from catboost import CatBoostClassifier

rng = np.random.default_rng(0)
x = rng.normal(size=(2_000, 6)).astype(np.float32)
y = (x[:, 0] + 0.5 * x[:, 1] + rng.normal(size=2_000) > 0).astype(int)
model = CatBoostClassifier(iterations=20, random_seed=0, verbose=0, allow_writing_files=False).fit(x, y)


def exported():
    model.save_model("model.onnx", format="onnx")
    session = ort.InferenceSession("model.onnx", providers=["CPUExecutionProvider"])
    return np.array([row[1] for row in session.run(["probabilities"], {"features": x})[0]])


ort.set_default_logger_severity(3)
plain = np.abs(exported() - model.predict_proba(x)[:, 1]).max()
model.set_scale_and_bias(1, 0.7)
own, onnx = model.predict_proba(x)[:, 1], exported()
agreement = np.corrcoef(own, onnx)[0, 1]
print(f"catboost {version('catboost')}: without a bias the two differ by at most {plain:.1e}")
print(f"with a bias of 0.7: by up to {np.abs(own - onnx).max():.2f}, correlation {agreement:.3f}")
assert plain < 1e-5 and agreement < -0.9
PY

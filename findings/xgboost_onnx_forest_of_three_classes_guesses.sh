#!/usr/bin/env bash
# XGBoost 3.2.0 through onnxmltools 1.16.0: a boosted random forest (XGBRFClassifier, num_parallel_tree) of three
# classes is converted without a word, and the ONNX model guesses: an accuracy of 0.80 becomes 0.38. XGBoost stores the
# trees of a round class after class; the converter deals them to the classes in turn. Two classes, and one tree a
# round, are right.
# Support of these classes was asked for in 2023 (github.com/onnx/onnxmltools/issues/663).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
packages="numpy==2.4.6 scikit-learn==1.9.1 xgboost-cpu==3.2.0 onnx==1.23.2 onnxmltools==1.16.0 skl2onnx==1.20.0"
"$folder/venv/bin/pip" install --quiet $packages onnxruntime==1.32.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

import numpy as np
import onnxruntime as ort
import xgboost as xgb
from onnxmltools import convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType

rng = np.random.default_rng(0)
x = rng.normal(size=(1_000, 4)).astype(np.float32)
score = x[:, 0] + 0.5 * x[:, 1] + 0.7 * rng.normal(size=1_000)


def accuracies(model, y):
    model.fit(x, y)
    converted = convert_xgboost(model, initial_types=[("X", FloatTensorType([None, 4]))])
    session = ort.InferenceSession(converted.SerializeToString(), providers=["CPUExecutionProvider"])
    labels, probs = session.run(None, {"X": x})
    return (model.predict(x) == y).mean(), (labels == y).mean(), np.abs(probs - model.predict_proba(x)).max()


two, three = (score > 0).astype(int), np.digitize(score, [-0.5, 0.8])
forest = accuracies(xgb.XGBRFClassifier(n_estimators=20), three)
others = accuracies(xgb.XGBRFClassifier(n_estimators=20), two), accuracies(xgb.XGBClassifier(n_estimators=20), three)
print(f"onnxmltools {version('onnxmltools')}, forest of 3 classes: accuracy {forest[0]:.3f}, as ONNX {forest[1]:.3f},")
print(f"  probabilities off by {forest[2]:.2f}; 2 classes {others[0][2]:.1g}, one tree a round {others[1][2]:.1g}")
assert forest[0] > 0.75 and forest[1] < 0.45 and all(other[2] < 1e-5 for other in others)
PY

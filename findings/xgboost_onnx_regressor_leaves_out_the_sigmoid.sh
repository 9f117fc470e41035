#!/usr/bin/env bash
# XGBoost 3.2.0 through onnxmltools 1.16.0: XGBRegressor(objective="binary:logistic" or "reg:logistic"), the way to fit
# shares, predicts probabilities; the ONNX model returns neither these nor the logits, without a word: it adds the
# intercept, a probability, to the trees' scores as it is and leaves the sigmoid out. Poisson, with a link too, agrees.
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
shares = 1 / (1 + np.exp(1.5 - x[:, 0] - x[:, 1]))


def both(objective, y):
    model = xgb.XGBRegressor(n_estimators=20, objective=objective, base_score=0.25).fit(x, y)
    converted = convert_xgboost(model, initial_types=[("X", FloatTensorType([None, 4]))])
    session = ort.InferenceSession(converted.SerializeToString(), providers=["CPUExecutionProvider"])
    return model.predict(x), session.run(None, {"X": x})[0].ravel()


for objective in ("binary:logistic", "reg:logistic"):
    own, other = both(objective, shares)
    print(f"onnxmltools {version('onnxmltools')}, {objective}: {own.min():.3f} to {own.max():.3f},", end=" ")
    print(f"as ONNX {other.min():.3f} to {other.max():.3f}")
    scores = np.log(own / (1 - own)) - np.log(0.25 / 0.75)
    print(f"  from the trees' scores + 0.25 by {np.abs(scores + 0.25 - other).max():.1g}")
    assert np.abs(scores + 0.25 - other).max() < 1e-4 and other.min() < -1
own, other = both("count:poisson", rng.poisson(np.exp(x[:, 0])))
print(f"count:poisson is off by {np.abs(own - other).max():.1g}")
assert np.abs(own - other).max() < 1e-3
PY

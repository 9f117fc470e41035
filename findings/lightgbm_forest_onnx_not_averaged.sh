#!/usr/bin/env bash
# LightGBM 4.7.0 through onnxmltools 1.16.0: a random forest (boosting_type="rf") averages its trees, the converted model
# does not. LightGBM's own raw_score of it is the sum over the trees too: sigmoid(raw_score / number of trees) is its
# probability, sigmoid(raw_score) is not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 scikit-learn==1.9.1 lightgbm==4.7.0 onnx==1.23.2 onnxmltools==1.16.0 onnxruntime==1.32.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

import lightgbm as lgb
import numpy as np
import onnxruntime as ort
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType

rng = np.random.default_rng(0)
x = rng.normal(size=(2_000, 6)).astype(np.float32)
y = (x[:, 0] + 0.5 * x[:, 1] + rng.normal(size=2_000) > 0).astype(int)
ort.set_default_logger_severity(3)
settings = dict(n_estimators=20, bagging_freq=1, bagging_fraction=0.6, feature_fraction=0.6, random_state=0, verbose=-1)


def sigmoid(value):
    return 1 / (1 + np.exp(-value))


def gap(kind):
    model = lgb.LGBMClassifier(boosting_type=kind, **settings).fit(x, y)
    own, raw = model.predict_proba(x)[:, 1], model.predict(x, raw_score=True)
    converted = convert_lightgbm(model, initial_types=[("x", FloatTensorType([None, 6]))], zipmap=False)
    session = ort.InferenceSession(converted.SerializeToString(), providers=["CPUExecutionProvider"])
    onnx = session.run(None, {"x": x})[1][:, 1]
    print(f"lightgbm {version('lightgbm')}, {kind}: ONNX is off by up to {np.abs(onnx - own).max():.2g},")
    print(f"  sigmoid(raw_score) by {np.abs(sigmoid(raw) - own).max():.2g}, of a 20th by {np.abs(sigmoid(raw / 20) - own).max():.2g}")
    return np.abs(onnx - own).max(), np.abs(sigmoid(raw) - own).max(), np.abs(sigmoid(raw / 20) - own).max()


boosted, forest = gap("gbdt"), gap("rf")
assert boosted[0] < 1e-5 and boosted[1] < 1e-12
assert forest[0] > 0.3 and forest[1] > 0.1 and forest[2] < 1e-12
PY

#!/usr/bin/env bash
# LightGBM 4.7.0 through onnxmltools 1.16.0: objective="multiclassova" gives each class a sigmoid of its own, and a
# row of probabilities need not sum to 1; the ONNX model applies softmax to the raw scores. And sigmoid=2, the factor
# of the score that "binary" takes, is left out. Nothing is said in either case.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
packages="numpy==2.4.6 scikit-learn==1.9.1 lightgbm==4.7.0 onnx==1.23.2 onnxmltools==1.16.0 onnxruntime==1.32.0"
"$folder/venv/bin/pip" install --quiet $packages
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

import lightgbm as lgb
import numpy as np
import onnxruntime as ort
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType

ort.set_default_logger_severity(3)
rng = np.random.default_rng(0)
x = rng.normal(size=(2_000, 6)).astype(np.float32)
score = x[:, 0] + 0.5 * x[:, 1] + rng.normal(size=2_000)


def probs(y, **settings):
    model = lgb.LGBMClassifier(n_estimators=15, max_depth=3, random_state=0, verbose=-1, **settings).fit(x, y)
    converted = convert_lightgbm(model, initial_types=[("x", FloatTensorType([None, 6]))], zipmap=False)
    session = ort.InferenceSession(converted.SerializeToString(), providers=["CPUExecutionProvider"])
    return model.predict_proba(x), session.run(None, {"x": x})[1], model.predict(x, raw_score=True)


own, onnx, raw = probs(np.digitize(score, [-1, 1]), objective="multiclassova")
softmax = np.exp(raw) / np.exp(raw).sum(1, keepdims=True)
ova, as_softmax, row = np.abs(own - onnx).max(), np.abs(onnx - softmax).max(), own.sum(1)
own, onnx, raw = probs((score > 1).astype(int), sigmoid=2.0)
factor, plain = np.abs(own - onnx).max(), np.abs(onnx[:, 1] - 1 / (1 + np.exp(-raw))).max()
print(f"onnxmltools {version('onnxmltools')}: one against all off by up to {ova:.3f} ({as_softmax:.1g} from softmax)")
print(f"  rows of its own sum to {row.min():.2f}-{row.max():.2f}; sigmoid=2 off by up to {factor:.3f}")
assert ova > 0.1 and as_softmax < 1e-5 and factor > 0.1 and plain < 1e-5
PY

#!/usr/bin/env bash
# LightGBM 4.7.0, zero_as_missing=True (for sparse rows): a 0 takes the branch of missing values. Two converters keep
# neither the setting nor a word of it: onnxmltools 1.16.0 and treelite 4.8.1 compare the 0 with the threshold. Rows
# without a 0 agree.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
packages="numpy==2.4.6 scikit-learn==1.9.1 lightgbm==4.7.0 onnx==1.23.2 onnxmltools==1.16.0 skl2onnx==1.20.0"
"$folder/venv/bin/pip" install --quiet $packages onnxruntime==1.32.0 treelite==4.8.1
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

import lightgbm as lgb
import numpy as np
import onnxruntime as ort
import treelite
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType

rng = np.random.default_rng(0)
x = rng.normal(size=(2_000, 5)).astype(np.float32)
x[rng.random(x.shape) < 0.3] = 0
y = (x[:, 0] + x[:, 1] * x[:, 2] + 2 * (x[:, 0] == 0) + 0.5 * rng.logistic(size=2_000) > 0.5).astype(int)
model = lgb.LGBMClassifier(n_estimators=20, zero_as_missing=True, random_state=0, verbose=-1).fit(x, y)
own, zeros = model.predict_proba(x)[:, 1], (x == 0).any(1)
converted = convert_lightgbm(model, initial_types=[("X", FloatTensorType([None, 5]))], zipmap=False)
ort.set_default_logger_severity(3)
session = ort.InferenceSession(converted.SerializeToString(), providers=["CPUExecutionProvider"])
booster = treelite.frontend.from_lightgbm(model.booster_)
others = {
    f"onnxmltools {version('onnxmltools')}": session.run(None, {"X": x})[1][:, 1],
    f"treelite {treelite.__version__}": treelite.gtil.predict(booster, x).ravel(),
}
for name, probs in others.items():
    off = np.abs(own - probs)
    changed = ((probs > 0.5) != (own > 0.5)).mean()
    print(f"{name}: rows with a 0 are off by up to {off[zeros].max():.2f}, others by {off[~zeros].max():.1g};")
    print(f"  {changed:.1%} of labels change")
    assert off[zeros].max() > 0.2 and off[~zeros].max() < 1e-5
PY

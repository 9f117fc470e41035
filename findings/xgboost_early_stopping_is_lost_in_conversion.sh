#!/usr/bin/env bash
# XGBoost 3.2.0, XGBClassifier(early_stopping_rounds=30): predict_proba takes the trees up to best_iteration; all are
# stored. Two converters take them all, without a word: treelite 4.8.1 and m2cgen 0.10.0. Here the log loss is 0.45 with
# the best trees and 0.51 with those after them. onnxmltools 1.16.0 keeps the best.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
packages="numpy==2.4.6 scikit-learn==1.9.1 xgboost-cpu==3.2.0 treelite==4.8.1 m2cgen==0.10.0 onnx==1.23.2"
"$folder/venv/bin/pip" install --quiet $packages onnxmltools==1.16.0 onnxruntime==1.32.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import m2cgen
import numpy as np
import onnxmltools
import onnxruntime
import treelite
import xgboost
from onnxmltools.convert.common.data_types import FloatTensorType

rng = np.random.default_rng(0)
x = rng.normal(size=(3_000, 5)).astype(np.float32)
y = (x[:, 0] + 0.5 * x[:, 1] + rng.normal(size=3_000) > 0.8).astype(int)
model = xgboost.XGBClassifier(n_estimators=300, early_stopping_rounds=30, base_score=0.5)
model.fit(x[:1_000], y[:1_000], eval_set=[(x[1_000:2_000], y[1_000:2_000])], verbose=False)
test, truth = x[2_000:], y[2_000:]
code = {}
exec(m2cgen.export_to_python(model), code)
onnx = onnxmltools.convert_xgboost(model, initial_types=[("x", FloatTensorType([None, 5]))])
session = onnxruntime.InferenceSession(onnx.SerializeToString(), providers=["CPUExecutionProvider"])
probs = {
    "XGBoost": model.predict_proba(test)[:, 1],
    "treelite": treelite.gtil.predict(treelite.frontend.from_xgboost(model.get_booster()), test).ravel(),
    "m2cgen": np.array([code["score"](row)[1] for row in test.tolist()]),
    "ONNX": session.run(None, {"x": test})[1][:, 1],
}
loss = {name: -np.log(np.where(truth, each, 1 - each)).mean() for name, each in probs.items()}
off = {name: abs(each - probs["XGBoost"]).max() for name, each in probs.items()}
print(f"xgboost {xgboost.__version__}, treelite {treelite.__version__}: best_iteration {model.best_iteration}, trees "
      f"{model.get_booster().num_boosted_rounds()}")
print("log loss:", ", ".join(f"{name} {each:.3f}" for name, each in loss.items()))
print("off by up to:", ", ".join(f"{name} {each:.3f}" for name, each in off.items()))
assert off["treelite"] > 0.2 and off["m2cgen"] > 0.2 and off["ONNX"] < 1e-5
assert loss["treelite"] > loss["XGBoost"] + 0.03
PY

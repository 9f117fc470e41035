#!/usr/bin/env bash
# XGBoost 3.2.0: XGBClassifier(missing=-999) learns which way a missing value goes. save_model doesn't store the
# marker, and load_model says nothing: the loaded classifier takes -999 for a very small number. Probabilities of the
# same rows change. The docs say that parameters "not part of the model" like max_depth are not kept; this one decides
# predictions. Whoever loads the model has to write missing=-999 once more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 scikit-learn==1.9.1 xgboost-cpu==3.2.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import numpy as np
import xgboost as xgb
from sklearn.metrics import log_loss

rng = np.random.default_rng(0)
x = rng.normal(size=(4_000, 5)).astype(np.float32)
y = (x[:, 0] + x[:, 1] + 0.5 * rng.normal(size=4_000) > 0).astype(int)
x[rng.random(x.shape) < 0.2] = -999
model = xgb.XGBClassifier(missing=-999, n_estimators=30, max_depth=3, n_jobs=1).fit(x[:2_000], y[:2_000])
model.save_model("model.json")
loaded, told = xgb.XGBClassifier(), xgb.XGBClassifier(missing=-999)
for each in (loaded, told):
    each.load_model("model.json")
losses = []
for name, each in (("before saving", model), ("loaded", loaded), ("loaded, told again", told)):
    losses.append(log_loss(y[2_000:], each.predict_proba(x[2_000:])))
    print(f"xgboost {xgb.__version__}, {name}: missing={each.missing}, log loss {losses[-1]:.3f}, accuracy "
          f"{each.score(x[2_000:], y[2_000:]):.3f}")
assert np.isnan(loaded.missing) and losses[1] > losses[0] + 0.3 and abs(losses[2] - losses[0]) < 1e-6
PY

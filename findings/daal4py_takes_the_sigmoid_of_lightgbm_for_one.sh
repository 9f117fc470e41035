#!/usr/bin/env bash
# LightGBM 4.7.0 through daal4py (daal 2026.2.0): convert_model takes every LightGBM classifier for one with
# sigmoid=1. With sigmoid=2 the probabilities come too near to one half. A regressor of objective cross_entropy loses
# its sigmoid altogether: its prediction was a probability and becomes a logit. Nothing is said.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
packages="numpy==2.4.6 scikit-learn==1.9.1 lightgbm==4.7.0 scikit-learn-intelex==2026.2.0"
"$folder/venv/bin/pip" install --quiet $packages
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

import daal4py
import lightgbm as lgb
import numpy as np
from scipy.special import expit, logit
from sklearn.metrics import log_loss

rng = np.random.default_rng(0)
x = rng.normal(size=(2_000, 6))
y = (x[:, 0] + 0.5 * x[:, 1] + rng.normal(size=2_000) > 0.8).astype(int)
settings = {"n_estimators": 15, "verbose": -1, "n_jobs": 1}
name = f"lightgbm {lgb.__version__}, daal {version('daal')}"
for sigmoid in (1.0, 2.0):
    model = lgb.LGBMClassifier(sigmoid=sigmoid, **settings).fit(x, y)
    own, converted = model.predict_proba(x)[:, 1], daal4py.mb.convert_model(model).predict_proba(x)[:, 1]
    print(f"{name}, sigmoid={sigmoid}: log loss {log_loss(y, own):.3f} becomes {log_loss(y, converted):.3f}")
    assert np.allclose(converted, expit(logit(own) / sigmoid), atol=1e-5)
model = lgb.LGBMRegressor(objective="cross_entropy", **settings).fit(x, y)
own, converted = model.predict(x), daal4py.mb.convert_model(model).predict(x)
print(f"{name}, cross_entropy: from {own.min():.3f} to {own.max():.3f}, converted from {converted.min():.2f} to "
      f"{converted.max():.2f}")
assert np.allclose(expit(converted), own, atol=1e-5) and converted.min() < -1
PY

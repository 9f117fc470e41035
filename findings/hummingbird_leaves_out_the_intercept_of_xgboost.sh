#!/usr/bin/env bash
# XGBoost 3.2.0 through hummingbird-ml 0.4.12: since XGBoost 2.0 a classifier starts at an intercept estimated from
# the labels (base_score); the converted model starts at 0. Of a class with a share of one in ten the probabilities
# are far too high, silently. With base_score=0.5 both agree.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
packages="torch==2.13.0 numpy==1.26.4 scikit-learn==1.7.2 xgboost-cpu==3.2.0 hummingbird-ml==0.4.12"
"$folder/venv/bin/pip" install --quiet $packages
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

import numpy as np
import xgboost as xgb
from hummingbird.ml import convert

rng = np.random.default_rng(0)
x = rng.normal(size=(2_000, 6)).astype(np.float32)
y = (x[:, 0] + 0.5 * x[:, 1] + rng.normal(size=2_000) > 1.9).astype(int)


def means(**settings):
    model = xgb.XGBClassifier(n_estimators=15, max_depth=3, random_state=0, **settings).fit(x, y)
    converted = convert(model, "torch", x[:2])
    return model.predict_proba(x)[:, 1].mean(), converted.predict_proba(x)[:, 1].mean()


own, converted = means()
print(f"xgboost {xgb.__version__}, hummingbird-ml {version('hummingbird-ml')}: share of the class {y.mean():.3f},")
print(f"  mean probability {own:.3f}, converted {converted:.3f}; with base_score=0.5 {means(base_score=0.5)}")
assert converted > 1.5 * own and abs(np.subtract(*means(base_score=0.5))) < 1e-5
PY

#!/usr/bin/env bash
# XGBoost 3.2.0: XGBClassifier(objective="binary:logitraw").predict calls a row positive where its logit is above 0.5,
# the threshold of a probability; 0 is right. predict_proba holds [1 - logit, logit], which is known
# (github.com/dmlc/xgboost/issues/11373); the labels are not spoken of there.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 scikit-learn==1.9.1 xgboost-cpu==3.2.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import numpy as np
import xgboost as xgb

rng = np.random.default_rng(0)
x = rng.normal(size=(2_000, 6))
y = (x[:, 0] + 0.5 * x[:, 1] + rng.normal(size=2_000) > 0).astype(int)


def labels(objective):
    model = xgb.XGBClassifier(objective=objective, n_estimators=15, max_depth=3).fit(x, y)
    return model.predict(x), model.predict(x, output_margin=True)


(logistic, margins), (raw, logits) = labels("binary:logistic"), labels("binary:logitraw")
lost = ((logits > 0) & (raw == 0)).sum()
print(f"xgboost {xgb.__version__}: logitraw calls {raw.sum()} rows positive, {lost} fewer than have a logit above 0")
assert (logistic == (margins > 0)).all() and (raw == (logits > 0.5)).all() and lost > 20
PY

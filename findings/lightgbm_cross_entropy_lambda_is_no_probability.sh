#!/usr/bin/env bash
# LightGBM 4.7.0: LGBMClassifier(objective="cross_entropy_lambda"): predict_proba is [1 - lambda, lambda] of a rate
# lambda = log(1 + e^raw), which may exceed 1, and predict cuts lambda at 0.5. The probability is 1 - exp(-lambda) =
# sigmoid(raw): rows with a probability from 0.39 to 0.5 are called positive.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 scikit-learn==1.9.1 lightgbm==4.7.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import lightgbm as lgb
import numpy as np

rng = np.random.default_rng(0)
x = rng.normal(size=(2_000, 6))
y = (x[:, 0] + 0.5 * x[:, 1] + 0.5 * rng.normal(size=2_000) > 0).astype(int)
model = lgb.LGBMClassifier(objective="cross_entropy_lambda", n_estimators=60, random_state=0, verbose=-1).fit(x, y)
said, raw = model.predict_proba(x), model.predict(x, raw_score=True)
probability = 1 / (1 + np.exp(-raw))
called = probability[(model.predict(x) == 1) & (probability < 0.5)]
print(f"lightgbm {lgb.__version__}: predict_proba from {said.min():.2f} to {said.max():.2f}")
print(f"{len(called)} rows called positive have probabilities from {called.min():.2f} to {called.max():.2f}")
assert np.abs(said[:, 1] - np.log1p(np.exp(raw))).max() < 1e-9 and said.max() > 1 and said.min() < 0
assert len(called) > 5 and 0.39 < called.min()
PY

#!/usr/bin/env bash
# XGBoost 3.2.0 through m2cgen 0.10.0: booster="dart" drops trees while it trains and weighs each tree afterwards; the
# weights stand beside the trees, and m2cgen adds all trees as if each counted fully. Probabilities are off by up to
# 0.32 and too sure: the mean size of a logit is 2.6 times the right one. treelite 4.8.1 keeps the weights.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
packages="numpy==2.4.6 scikit-learn==1.9.1 xgboost-cpu==3.2.0 m2cgen==0.10.0 treelite==4.8.1"
"$folder/venv/bin/pip" install --quiet $packages
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

import m2cgen
import numpy as np
import treelite
import xgboost

rng = np.random.default_rng(0)
x = rng.normal(size=(2_000, 5)).astype(np.float32)
y = (x[:, 0] + 0.5 * x[:, 1] + rng.normal(size=2_000) > 0.8).astype(int)
test = x[1_000:]
print(f"xgboost {xgboost.__version__}, m2cgen {version('m2cgen')}, treelite {treelite.__version__}")
off = {}
for booster in ("gbtree", "dart"):
    settings = dict(rate_drop=0.3) if booster == "dart" else {}
    model = xgboost.XGBClassifier(n_estimators=20, base_score=0.5, booster=booster, random_state=0, **settings)
    model.fit(x[:1_000], y[:1_000])
    code = {}
    exec(m2cgen.export_to_python(model), code)
    probs = model.predict_proba(test)[:, 1]
    written = np.array([code["score"](row)[1] for row in test.tolist()])
    kept = treelite.gtil.predict(treelite.frontend.from_xgboost(model.get_booster()), test).ravel()
    size = [abs(np.log(p / (1 - p))).mean() for p in (written, probs)]
    off[booster] = abs(written - probs).max(), abs(kept - probs).max(), size[0] / size[1]
    print(f"{booster}: m2cgen is off by up to {off[booster][0]:.3f}, treelite by {off[booster][1]:.1e}; the mean size "
          f"of a logit is {off[booster][2]:.2f} times the right one")
assert off["gbtree"][0] < 1e-6 and off["dart"][0] > 0.15 and off["dart"][1] < 1e-5 and off["dart"][2] > 1.3
PY

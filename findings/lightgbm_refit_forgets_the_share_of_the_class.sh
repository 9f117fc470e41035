#!/usr/bin/env bash
# LightGBM 4.7.0: training starts at the log-odds of the class's share, and the first tree carries that number in its
# leaves. Booster.refit starts at 0, so the leaves that it writes anew lack it. A model of a class with a share of one
# in a hundred, refitted on the very rows that it was trained on with decay_rate=0, says 0.083 on average. The docs
# give the rule for old and new leaves (decay_rate * old + (1 - decay_rate) * new), and no word of the start.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 lightgbm==4.7.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import lightgbm as lgb
import numpy as np

rng = np.random.default_rng(0)
x = rng.normal(size=(20_000, 6))
y = (x[:, 0] + 0.5 * x[:, 1] + rng.normal(size=20_000) > 3.5).astype(int)
settings = {"objective": "binary", "learning_rate": 0.05, "num_leaves": 7, "verbose": -1, "num_threads": 1}
model = lgb.train(settings, lgb.Dataset(x, y), 10)
means = {rate: model.refit(x, y, decay_rate=rate).predict(x).mean() for rate in (0.0, 0.5, 0.9)}
own = model.predict(x).mean()
print(f"lightgbm {lgb.__version__}: share {y.mean():.4f}, mean probability {own:.4f}")
print("  refitted on the same rows, by decay_rate: " + ", ".join(f"{rate} {mean:.4f}" for rate, mean in means.items()))
settings["boost_from_average"] = False
plain = lgb.train(settings, lgb.Dataset(x, y), 10)
gap = np.abs(plain.refit(x, y, decay_rate=0.0).predict(x) - plain.predict(x)).max()
print(f"  refitted by 0.0, trained with boost_from_average=False, the probabilities differ by {gap:.1g}")
assert abs(own - y.mean()) < 1e-3 and means[0.0] > 7 * own and means[0.5] > 2.5 * own and gap < 1e-6
PY

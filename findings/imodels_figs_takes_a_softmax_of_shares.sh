#!/usr/bin/env bash
# imodels 3.0.4: the trees of a FIGSClassifier are fitted to zeros and ones, so that their sum is a share already;
# predict_proba puts the shares through a softmax. One tree's probability lies between 0.27 and 0.73 whatever its leaf
# says, and of a class with a share of 0.07 the mean probability is 0.30. Labels don't change.
# use_clipped_prediction=True is right. Since 2022 (github.com/csinva/imodels/pull/150).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 scikit-learn==1.9.1 imodels==3.0.4 six==1.17.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

import numpy as np
from imodels import FIGSClassifier

rng = np.random.default_rng(0)
x = rng.normal(size=(4_000, 5))
y = (x[:, 0] + 0.5 * x[:, 1] + rng.normal(size=4_000) > 2.2).astype(int)
model = FIGSClassifier(max_rules=8).fit(x[:2_000], y[:2_000])
test, truth = x[2_000:], y[2_000:]
probs, shares = (model.predict_proba(test, use_clipped_prediction=each)[:, 1] for each in (False, True))
print(f"imodels {version('imodels')}: share {truth.mean():.3f}, mean of predict_proba {probs.mean():.3f}, clipped "
      f"{shares.mean():.3f}")
print(f"  {len(model.trees_)} tree, probabilities from {probs.min():.3f} to {probs.max():.3f}")
loss, right = (-np.log(np.where(truth, p, 1 - p).clip(1e-9)).mean() for p in (probs, np.full(2_000, truth.mean())))
print(f"  log loss {loss:.3f}, of the bare share {right:.3f}")
assert probs.mean() > 0.25 and abs(shares.mean() - truth.mean()) < 0.03 and probs.max() < 0.7311 and loss > right
PY

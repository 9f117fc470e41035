#!/usr/bin/env bash
# scikit-lego 0.9.10: OrdinalClassifier subtracts the probabilities of separate classifiers, "y is at most k" and "y
# is at most k - 1". Where they cross, predict_proba has negative numbers: of a random forest on the diabetes data in
# one row of seven, down to -0.14. Each row sums to 1 all the same. Logarithms of them are NaN. The docs ask for
# calibrated probabilities, but don't say that these are no probabilities; a calibrated forest has negative ones, too.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 scikit-learn==1.9.1 scikit-lego==0.9.10
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestClassifier
from sklego.meta import OrdinalClassifier

x, progression = load_diabetes(return_X_y=True)
y = np.digitize(progression, np.quantile(progression, [0.2, 0.4, 0.6, 0.8]))
for calibrated in (False, True):
    model = OrdinalClassifier(RandomForestClassifier(random_state=0), use_calibration=calibrated).fit(x[:300], y[:300])
    probs = model.predict_proba(x[300:])
    print(f"scikit-lego {version('scikit-lego')}, calibrated {calibrated}: smallest {probs.min():.3f}, rows "
          f"with a negative one {(probs < 0).any(1).mean():.3f}, a row {probs[probs.min(1).argmin()].round(3)}")
    assert probs.min() < -0.005 and np.allclose(probs.sum(1), 1)
PY

#!/usr/bin/env bash
# scikit-learn 1.9.1: SGDClassifier(loss="modified_huber") with several classes. predict takes the largest margin;
# predict_proba clips each margin to [-1, 1] first, so margins above 1 tie (and a row whose margins are all below -1
# becomes uniform): the largest probability is another class for many rows, and nothing says so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 scikit-learn==1.9.1
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import numpy as np
import sklearn
from sklearn.datasets import make_classification
from sklearn.linear_model import SGDClassifier

x, y = make_classification(2_000, n_features=10, n_informative=6, n_classes=4, random_state=0)
model = SGDClassifier(loss="modified_huber", random_state=0).fit(x, y)
probs, margins = model.predict_proba(x), model.decision_function(x)
other = model.classes_[probs.argmax(1)] != model.predict(x)
uniform = np.ptp(probs, axis=1) == 0
print(f"scikit-learn {sklearn.__version__}: of {len(x)} rows {other.sum()} have another argmax than predict says,")
print(f"{uniform.sum()} rows are 1/4 everywhere, each with margins of at most {margins[uniform].max():.2f}")
assert other.sum() > 100 and uniform.sum() > 50 and (margins[uniform] <= -1).all()
PY

#!/usr/bin/env bash
# scikit-learn 1.9.1 through emlearn 0.23.2 (models in C for microcontrollers): the shares of the classes, which
# GaussianNB adds to the score as the logarithm of a prior, are left out without a word. A class with a share of 0.07 is
# predicted in 27 % of rows, not in 1 %, and the accuracy falls from 0.94 to 0.78. The labels are those of
# GaussianNB(priors=[0.5, 0.5]).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 scikit-learn==1.9.1 emlearn==0.23.2
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

import emlearn
import numpy as np
from sklearn.naive_bayes import GaussianNB

rng = np.random.default_rng(0)
x = rng.normal(size=(4_000, 3))
y = (x[:, 0] + 0.5 * x[:, 1] + rng.normal(size=4_000) > 2.2).astype(int)
model, even = GaussianNB().fit(x, y), GaussianNB(priors=[0.5, 0.5]).fit(x, y)
labels, small = model.predict(x), np.array(emlearn.convert(model).predict(x))
print(f"emlearn {version('emlearn')}: share of the class {y.mean():.3f}, predicted {labels.mean():.3f}, in C "
      f"{small.mean():.3f}")
print(f"  accuracy {(labels == y).mean():.3f}, in C {(small == y).mean():.3f}; in C as with even priors: "
      f"{(small == even.predict(x)).mean():.4f}")
assert labels.mean() < 0.05 and small.mean() > 0.2 and (small == even.predict(x)).mean() > 0.99
PY

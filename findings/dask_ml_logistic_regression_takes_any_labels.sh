#!/usr/bin/env bash
# dask-ml 2025.1.0: LogisticRegression reads the labels as the numbers 0 and 1, without a check. Labels 1 and 2, or
# three classes, are fitted without a word; of 1 and 2 every row has a probability near 1, and of -1 and 1 score() is
# below 0.2. predict, by its docs "class labels", gives True and False. scikit-learn's class of that name encodes any
# labels. The docs only say of the argument multi_class: "Multiclass solvers not currently supported".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 pandas==3.1.1 scipy==1.17.1 scikit-learn==1.9.1 dask==2026.8.0 \
    distributed==2026.8.0 dask-glm==0.4.0 dask-ml==2025.1.0
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'PY'
from importlib.metadata import version

import numpy as np
from dask_ml.linear_model import LogisticRegression
from sklearn.linear_model import LogisticRegression as OfSklearn

rng = np.random.default_rng(0)
x = rng.normal(size=(1_000, 3))
y = (x[:, 0] + rng.normal(size=1_000) > 0).astype(int)
three = np.digitize(x[:, 0] + rng.normal(size=1_000), [-0.5, 0.5])
print(f"dask-ml {version('dask-ml')}, dask-glm {version('dask-glm')}, scikit-learn {version('scikit-learn')}")
for name, labels in {"0 and 1": y, "1 and 2": y + 1, "-1 and 1": 2 * y - 1, "0, 1 and 2": three}.items():
    model, peer = LogisticRegression().fit(x, labels), OfSklearn().fit(x, labels)
    predicted, probs = np.asarray(model.predict(x)), np.asarray(model.predict_proba(x))[:, 1]
    print(f"  labels {name}: predict gives {np.unique(predicted)}, mean probability of the second class "
          f"{probs.mean():.3f} (in the rows {(labels == np.unique(labels)[1]).mean():.3f}), score "
          f"{model.score(x, labels):.3f} (scikit-learn {peer.score(x, labels):.3f})")
    assert predicted.dtype == bool and np.asarray(model.predict_proba(x)).shape == (1_000, 2)
    if name == "0 and 1":
        assert np.abs(probs - peer.predict_proba(x)[:, 1]).max() < 0.02
    else:
        assert peer.score(x, labels) - model.score(x, labels) > 0.15
    if name == "1 and 2":
        assert probs.mean() > 0.9
PY

#!/usr/bin/env bash
# dalex 1.8.0: an Explainer of a classifier of three classes takes the probability of the second class for the
# prediction, without a warning, and lets the labels 0, 1 and 2 count as if they were 0 and 1. A model that is right in
# every row of the wine data has an AUC of 0.29, one of iris NaN, and a residual is 2. Of two classes all is right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 pandas==2.3.3 scikit-learn==1.9.1 dalex==1.8.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import warnings

import dalex
import numpy as np
from sklearn.datasets import load_breast_cancer, load_iris, load_wine
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

aucs = {}
for load in (load_breast_cancer, load_wine, load_iris):
    x, y = load(return_X_y=True, as_frame=True)
    model = LinearDiscriminantAnalysis().fit(x, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        explainer = dalex.Explainer(model, x, y, verbose=False)
    with np.errstate(all="ignore"):
        aucs[load] = explainer.model_performance().result["auc"].iloc[0]
    print(f"dalex {dalex.__version__}, {load.__name__}, {y.nunique()} classes: accuracy {model.score(x, y):.3f}, AUC "
          f"{aucs[load]:.3f}, largest residual {explainer.residual(x, y).max():.2f}")
    assert model.score(x, y) > 0.95 and np.allclose(explainer.predict(x), model.predict_proba(x)[:, 1])
assert aucs[load_breast_cancer] > 0.95 and aucs[load_wine] < 0.4 and np.isnan(aucs[load_iris])
PY

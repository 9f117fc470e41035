#!/usr/bin/env bash
# scikit-learn 1.9.1 through ydf 0.16.1: from_sklearn lets the trees of the imported model vote, where scikit-learn
# takes the mean of their probabilities. The imported tree says 0 or 1 and nothing between, so its log loss is
# infinite, and a forest of ten trees says tenths and predicts other labels. Nothing is said.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
packages="numpy==2.4.6 pandas==2.3.3 scikit-learn==1.9.1 ydf==0.16.1"
"$folder/venv/bin/pip" install --quiet $packages
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import numpy as np
import sklearn
import ydf
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

rng = np.random.default_rng(0)
x = rng.normal(size=(2_000, 6)).astype(np.float32)
scores = np.stack([x[:, 0] - 1, x[:, 1] + 0.5, 1.5 * x[:, 2]], 1)
y = (scores + rng.gumbel(size=scores.shape)).argmax(1)  # a draw from the softmax of the scores
tree, forest = DecisionTreeClassifier(max_depth=4), RandomForestClassifier(10, max_depth=4, random_state=0)
for model, steps in ((tree, 1), (forest, 10)):
    own = model.fit(x[:1_000], y[:1_000]).predict_proba(x[1_000:])
    imported = ydf.from_sklearn(model)
    probs = imported.predict({"features": x[1_000:]})
    moved = (probs.argmax(1) != own.argmax(1)).mean()
    print(f"scikit-learn {sklearn.__version__}, ydf {ydf.__version__}, {type(model).__name__}: a row {own[0].round(3)} "
          f"becomes {probs[0].round(3)}, {moved:.1%} of the labels change")
    assert imported.winner_takes_all() and np.abs(probs * steps - (probs * steps).round()).max() < 1e-4
    assert np.abs(probs - own).max() > 0.3 and (moved > 0.03 if steps > 1 else moved == 0)
PY

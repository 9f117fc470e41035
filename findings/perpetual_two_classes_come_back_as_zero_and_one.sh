#!/usr/bin/env bash
# perpetual 2.3.0: PerpetualClassifier.predict of two classes gives 0 and 1 whatever the labels were, while classes_
# keeps them and its own score() compares with them: labels 1 and 2 get an accuracy of 0.12, -1 and 1 one of 0.34, where
# 0 and 1 get 0.73 from the same trees. Of three classes predict gives the labels, as scikit-learn asks of every
# classifier; the docs of predict speak of log-odds, which it gives for neither. Cross-validation and a search for
# parameters rank by that score.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 perpetual==2.3.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

import numpy as np
from perpetual.sklearn import PerpetualClassifier

rng = np.random.default_rng(0)
x = rng.normal(size=(1_000, 3))
y = (x[:, 0] + rng.normal(size=1_000) > 0).astype(int)
print(f"perpetual {version('perpetual')}")
for labels in ((0, 1), (1, 2), (-1, 1)):
    truth = np.array(labels)[y]
    model = PerpetualClassifier(budget=0.3).fit(x[:500], truth[:500])
    predicted, probs = model.predict(x[500:]), model.predict_proba(x[500:])
    by_hand = model.classes_[probs.argmax(1)]
    print(f"  labels {labels}: classes_ {model.classes_}, predict gives {np.unique(predicted)}, score "
          f"{model.score(x[500:], truth[500:]):.3f}; classes_ by predict_proba {(by_hand == truth[500:]).mean():.3f}")
    assert np.unique(predicted).tolist() == [0, 1] and model.classes_.tolist() == list(labels)
    assert (by_hand == truth[500:]).mean() > 0.7
    assert (model.score(x[500:], truth[500:]) > 0.7) == (labels == (0, 1))
three = np.digitize(x[:, 0], [-0.5, 0.5]) + 1
assert np.unique(PerpetualClassifier(budget=0.3).fit(x, three).predict(x)).tolist() == [1, 2, 3]
PY

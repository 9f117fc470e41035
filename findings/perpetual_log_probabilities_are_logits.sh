#!/usr/bin/env bash
# perpetual 2.3.0: predict_log_proba returns "the log-probabilities of each class", of shape (n_samples, n_classes), by
# its docs, and scikit-learn defines it as the logarithm of predict_proba. It returns the logits: up to 11.9 for three
# classes, where no logarithm of a probability is above 0, and for two classes one logit a row. exp of it is no
# probability, and its sum over the true classes no log likelihood. predict_proba is right: their softmax or sigmoid.
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
from scipy.special import expit, softmax

rng = np.random.default_rng(0)
x = rng.normal(size=(1_000, 3))
print(f"perpetual {version('perpetual')}")
for edges in ([0], [-0.5, 0.5]):
    y = np.digitize(x[:, 0] + 0.5 * rng.normal(size=1_000), edges)
    model = PerpetualClassifier(budget=0.3).fit(x, y)
    probs, called_log = model.predict_proba(x), model.predict_log_proba(x)
    print(f"  {len(edges) + 1} classes: predict_log_proba {called_log.shape} from {called_log.min():.2f} to "
          f"{called_log.max():.2f}, its first row {called_log[0].round(3)}; that of ln predict_proba "
          f"{np.log(probs[0]).round(3)}")
    assert called_log.max() > 1
    if len(edges) == 1:
        assert called_log.shape == (1_000,) and np.allclose(expit(called_log), probs[:, 1], atol=1e-6)
    else:
        assert np.allclose(softmax(called_log, 1), probs, atol=1e-6)
PY

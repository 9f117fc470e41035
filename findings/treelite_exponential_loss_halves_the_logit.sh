#!/usr/bin/env bash
# treelite 4.8.1: a GradientBoostingClassifier(loss="exponential") of scikit-learn 1.9.1 has the probability
# sigmoid(2 * score), for that loss fits half the log-odds. The imported model takes sigmoid(score): every probability
# moves towards one half, the label stays. The docs of import_model name the class without a restriction.
# With loss="log_loss" the same import agrees to the last digit.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 treelite==4.8.1
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import numpy as np
import sklearn
import treelite
from scipy.special import expit
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import log_loss

rng = np.random.default_rng(0)
x = rng.normal(size=(4_000, 4))
y = (2 * x[:, 0] - x[:, 1] + rng.logistic(size=4_000) > 0).astype(int)
print(f"treelite {treelite.__version__}, scikit-learn {sklearn.__version__}")
for loss in ("log_loss", "exponential"):
    model = GradientBoostingClassifier(loss=loss, random_state=0).fit(x[:2_000], y[:2_000])
    own = model.predict_proba(x[2_000:])[:, 1]
    imported = treelite.gtil.predict(treelite.sklearn.import_model(model), x[2_000:]).reshape(-1)
    print(f"  {loss}: off by up to {abs(own - imported).max():.2g}, log loss {log_loss(y[2_000:], own):.3f} "
          f"becomes {log_loss(y[2_000:], imported):.3f}")
    score = model.decision_function(x[2_000:])
    assert np.allclose(imported, expit(score)) and np.allclose(own, expit(score * (1 + (loss == "exponential"))))
    assert (abs(own - imported).max() > 0.1) == (loss == "exponential")
PY

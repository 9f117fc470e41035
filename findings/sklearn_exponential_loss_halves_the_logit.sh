#!/usr/bin/env bash
# scikit-learn 1.9.1: GradientBoostingClassifier(loss="exponential"). decision_function is half the logit: the
# probability is sigmoid(2 d), where for the default loss it is sigmoid(d). Whoever takes d for the logit gets
# probabilities that are off by 0.15 and too cautious, with the same labels. SHAP 0.51.0 does so:
# TreeExplainer(model_output="probability") explains sigmoid(d), and its values don't add up to predict_proba.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 shap==0.51.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import numpy as np
import shap
import sklearn
from scipy.special import expit
from sklearn.ensemble import GradientBoostingClassifier

rng = np.random.default_rng(0)
x = rng.normal(size=(2_000, 5))
y = (x[:, 0] + 0.5 * x[:, 1] + rng.normal(size=2_000) > 0.8).astype(int)
print(f"scikit-learn {sklearn.__version__}, shap {shap.__version__}")
off = {}
for loss in ("log_loss", "exponential"):
    model = GradientBoostingClassifier(loss=loss, n_estimators=30, random_state=0).fit(x, y)
    score, probs = model.decision_function(x), model.predict_proba(x)[:, 1]
    explainer = shap.TreeExplainer(model, x[:100], model_output="probability")
    explained = explainer.shap_values(x[:100]).sum(1) + explainer.expected_value
    off[loss] = [abs(each).max() for each in (expit(score) - probs, expit(2 * score) - probs, explained - probs[:100])]
    print("{}: off by {:.3f} with sigmoid(d), {:.3f} with sigmoid(2 d), SHAP {:.3f}".format(loss, *off[loss]))
(plain, _, shap_plain), (half, right, shap_half) = off["log_loss"], off["exponential"]
assert plain < 1e-9 and shap_plain < 1e-6 and half > 0.1 and right < 1e-9 and shap_half > 0.1
PY

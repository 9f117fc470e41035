#!/usr/bin/env bash
# scikit-learn 1.9.1: CalibratedClassifierCV(method="temperature") of a classifier of two classes makes the two logits
# -d and d of the margin d, whose softmax is sigmoid(2 d). A logistic regression that is right as it is gets T = 2 (a
# beta_ of 0.5) and looks twice too sure; from probabilities, or with three classes, the same T is 1. The calibrated
# probabilities are right in all cases: the temperature is the number not to be compared or carried elsewhere.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 scikit-learn==1.9.1
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import numpy as np
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression


class ProbabilitiesAlone(ClassifierMixin, BaseEstimator):
    """The same logistic regression without its decision_function."""

    def __init__(self, model):
        self.model, self.classes_ = model, model.classes_

    def fit(self, x, y):
        return self

    def predict_proba(self, x):
        return self.model.predict_proba(x)

    def predict(self, x):
        return self.model.predict(x)


def temperature(model, x, y):
    calibrated = CalibratedClassifierCV(FrozenEstimator(model), method="temperature").fit(x, y)
    betas = [each.calibrators[0].beta_ for each in calibrated.calibrated_classifiers_]
    return 1 / np.mean(betas)


rng = np.random.default_rng(0)
x = rng.normal(size=(40_000, 3))
scores = x @ rng.normal(size=(3, 3)) + rng.gumbel(size=(40_000, 3))  # argmax of these is a draw from a softmax
three, two = scores.argmax(1), scores[:, :2].argmax(1)
binary, ternary = (LogisticRegression(C=np.inf).fit(x[:20_000], y[:20_000]) for y in (two, three))
x, two, three = x[20_000:], two[20_000:], three[20_000:]
margins, probs = temperature(binary, x, two), temperature(ProbabilitiesAlone(binary), x, two)
classes = temperature(ternary, x, three)
print(f"scikit-learn {sklearn.__version__}: T is {margins:.2f} from the margins of two classes, {probs:.2f} from their")
print(f"  probabilities, {classes:.2f} of three classes")
assert abs(margins - 2) < 0.15 and abs(probs - 1) < 0.1 and abs(classes - 1) < 0.1
PY

#!/usr/bin/env bash
# scikit-learn 1.9.1 through skl2onnx 1.20.0: OneVsRestClassifier(LinearSVC()) has margins and no predict_proba. The
# converter puts out "probabilities" all the same: each margin divided by the sum of its row. A row sums to 1, but where
# the margins' sum is negative, as here in each, all signs turn, and the largest "probability" is that of the class
# which the model thinks least of: its argmax is the model's label in no row. Of a OneVsRestClassifier with
# probabilities (LogisticRegression) the division is right. The label is right in both.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
packages="numpy==2.4.6 scikit-learn==1.9.1 onnx==1.23.2 skl2onnx==1.20.0 onnxruntime==1.32.0"
"$folder/venv/bin/pip" install --quiet $packages
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

import numpy as np
import onnxruntime as ort
from skl2onnx import to_onnx
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import LinearSVC

rng = np.random.default_rng(0)
x = rng.normal(size=(1_000, 5)).astype(np.float32)
y = (x[:, :3] + 0.5 * rng.gumbel(size=(1_000, 3))).argmax(1)


def convert(estimator):
    model = OneVsRestClassifier(estimator).fit(x, y)
    converted = to_onnx(model, x[:1], options={"zipmap": False})
    session = ort.InferenceSession(converted.SerializeToString(), providers=["CPUExecutionProvider"])
    labels, outputs = session.run(None, {"X": x})
    assert (labels == model.predict(x)).all()
    name, rows = session.get_outputs()[1].name, outputs.sum(1)
    print(f"  {name}: from {outputs.min():.3g} to {outputs.max():.3g}, rows sum to {rows.min():.3f}-{rows.max():.3f}; "
          f"the largest is the model's label in {(outputs.argmax(1) == labels).mean():.1%}")
    return model, outputs, (outputs.argmax(1) == labels).mean()


print(f"skl2onnx {version('skl2onnx')}, LinearSVC, LogisticRegression:")
svc, outputs, same = convert(LinearSVC())
margins = svc.decision_function(x)
logistic, probs, same_of_probs = convert(LogisticRegression())
print(f"  sum of the margins negative in {(margins.sum(1) < 0).mean():.1%} of rows")
assert not hasattr(svc, "predict_proba") and np.abs(probs - logistic.predict_proba(x)).max() < 1e-5
assert np.allclose(outputs * margins.sum(1, keepdims=True), margins, atol=1e-3)
assert same < 0.1 and same_of_probs == 1
PY

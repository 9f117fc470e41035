#!/usr/bin/env bash
# OpenCV 5.0.0, ml module: SVM.predict(flags=StatModel_RAW_OUTPUT) of two classes is positive for the smaller label
# and negative for the larger, the opposite of scikit-learn's decision_function and of what sigmoid expects:
# sigmoid(raw) is near 1 where the model predicts 0. The documentation says that the flag returns the raw output and
# no more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 opencv-contrib-python-headless==5.0.0.93
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import cv2
import numpy as np

rng = np.random.default_rng(0)
x = rng.normal(size=(600, 4)).astype(np.float32)
y = (x[:, 0] + 0.5 * x[:, 1] + rng.normal(size=600) > 0.8).astype(np.int32)
model = cv2.ml.SVM_create()
model.setType(cv2.ml.SVM_C_SVC)
model.setKernel(cv2.ml.SVM_LINEAR)
model.train(x, cv2.ml.ROW_SAMPLE, y)
raw, labels = model.predict(x, flags=cv2.ml.StatModel_RAW_OUTPUT)[1].ravel(), model.predict(x)[1].ravel()
print(f"opencv {cv2.__version__}: accuracy {(labels == y).mean():.3f}, of raw > 0 {((raw > 0) == y).mean():.3f}")
assert (labels == y).mean() > 0.7 and (labels[raw > 0] == 0).all() and (labels[raw < 0] == 1).all()
PY

#!/usr/bin/env bash
# OpenCV 5.0.0, ml module: NormalBayesClassifier.predictProb returns "output probabilities" whose rows sum to anything
# from 0.001 to 2: they are densities up to a factor, and do not contain the classes' shares. Divided by their sum
# they are no posterior either: the mean of the rarer class is 0.42 for a share of 0.28.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 opencv-contrib-python-headless==5.0.0.93 scikit-learn==1.9.1
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import cv2
import numpy as np
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis

rng = np.random.default_rng(0)
x = rng.normal(size=(600, 4)).astype(np.float32)
y = (x[:, 0] + 0.5 * x[:, 1] + rng.normal(size=600) > 0.8).astype(np.int32)
model = cv2.ml.NormalBayesClassifier_create()
model.train(x, cv2.ml.ROW_SAMPLE, y)
said = model.predictProb(x)[2]
sums, share = said.sum(1), (said / said.sum(1, keepdims=True))[:, 1].mean()
posterior = QuadraticDiscriminantAnalysis().fit(x, y).predict_proba(x)[:, 1].mean()
print(f"opencv {cv2.__version__}: rows sum to {sums.min():.3f} - {sums.max():.3f}; share of the class {y.mean():.3f},")
print(f"  mean after division {share:.3f}, of the posterior {posterior:.3f}")
assert sums.min() < 0.1 and sums.max() > 1.2 and share > y.mean() + 0.05 and abs(posterior - y.mean()) < 0.03
PY

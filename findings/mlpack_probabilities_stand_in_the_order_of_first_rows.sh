#!/usr/bin/env bash
# mlpack 4.8.0 (Python): the columns of "probabilities" of nbc and linear_svm stand in the order in which the labels
# appear first in the training rows; "predictions" are the labels themselves. argmax of the probabilities is another
# class for each row where the first training row is of class 1 of two, and the accuracy falls from 0.80 to 0.20.
# softmax_regression has the columns in order. And the "probabilities" of linear_svm are margins from -3.5 to 3.5. The
# documentation speaks of neither.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 mlpack==4.8.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

import mlpack
import numpy as np

rng = np.random.default_rng(0)
x = rng.normal(size=(2_000, 5))
y = (x[:, 0] + 0.5 * x[:, 1] + rng.normal(size=2_000) > 0.8).astype(np.uint64)
test, truth = x[1_000:], y[1_000:]
print(f"mlpack {version('mlpack')}")
for first in (0, 1):
    rows = np.argsort(y[:1_000] != first, kind="stable")
    for name in ("nbc", "linear_svm", "softmax_regression"):
        out = getattr(mlpack, name)(training=x[:1_000][rows], labels=y[:1_000][rows], test=test)
        probs, labels = np.asarray(out["probabilities"]), np.ravel(out["predictions"])
        print(f"class {first} first, {name}: accuracy {(labels == truth).mean():.3f}, of argmax "
              f"{(probs.argmax(1) == truth).mean():.3f}; from {probs.min():.2f} to {probs.max():.2f}")
        turned = first == 1 and name != "softmax_regression"
        assert (labels == truth).mean() > 0.75 and ((probs.argmax(1) == labels) != turned).all()
        assert (probs.min() < -1) == (name == "linear_svm")
PY

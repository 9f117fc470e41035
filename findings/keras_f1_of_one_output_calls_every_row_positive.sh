#!/usr/bin/env bash
# Keras 3.15.1: F1Score() takes the largest of a row's outputs for its prediction. A binary classifier has one output,
# and the largest of one is that one: every row counts as positive, whatever its probability. Of a perfect, a random
# and an inverted classifier F1 is the same 2s / (1 + s) for a share s of positives. The docs name the argmax, and
# don't say that one output makes it useless. threshold=0.5 gives the right numbers.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 torch==2.13.0 keras==3.15.1
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import os

os.environ["KERAS_BACKEND"] = "torch"
import keras
import numpy as np

labels = np.repeat([1.0, 0.0], [100, 900]).reshape(-1, 1).astype("float32")
random = np.random.default_rng(0).uniform(0.01, 0.99, (1_000, 1)).astype("float32")
for name, probs in (("perfect", 0.98 * labels + 0.01), ("random", random), ("inverted", 0.99 - 0.98 * labels)):
    scores = []
    for threshold in (None, 0.5):
        metric = keras.metrics.F1Score(threshold=threshold)
        metric.update_state(labels, probs)
        scores.append(float(np.ravel(keras.ops.convert_to_numpy(metric.result()))[0]))
    print(f"keras {keras.__version__}, {name}: F1Score() {scores[0]:.4f}, with threshold=0.5 {scores[1]:.4f}")
    assert abs(scores[0] - 0.2 / 1.1) < 1e-6 and (scores[1] > 0.999) == (name == "perfect")
PY

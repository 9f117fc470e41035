#!/usr/bin/env bash
# Keras 3.15.1 reads a file of Keras 2 (tf-keras 2.21.0) with activation="hard_sigmoid" and computes another function
# of that name: x / 6 + 0.5 between -3 and 3 instead of 0.2 x + 0.5 between -2.5 and 2.5. Nothing is said. A logit of
# 2.5 was the probability 1 and is 0.917. Until Keras 2.3 hard_sigmoid was the default of the gates of recurrent layers.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 tensorflow-cpu==2.21.0 tf-keras==2.21.0 keras==3.15.1
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import warnings

import keras
import numpy as np
import tf_keras

logits = np.array([[-3.0], [-1.0], [0.0], [1.0], [2.5], [3.0]], "float32")
network = tf_keras.Sequential([tf_keras.Input((1,)), tf_keras.layers.Activation("hard_sigmoid")])
network.save("old.h5")
with warnings.catch_warnings():
    warnings.simplefilter("error")
    loaded = keras.models.load_model("old.h5", compile=False)
old, new = network.predict(logits, verbose=0).ravel(), loaded.predict(logits, verbose=0).ravel()
print(f"logits {logits.ravel()}: tf-keras {tf_keras.__version__} {old.round(4)},")
print(f"  keras {keras.__version__} {new.round(4)}")
assert np.allclose(old, np.clip(0.2 * logits.ravel() + 0.5, 0, 1), atol=1e-6)
assert np.allclose(new, np.clip(logits.ravel() / 6 + 0.5, 0, 1), atol=1e-6)
PY

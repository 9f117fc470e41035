#!/usr/bin/env bash
# XGBoost 3.2.0 through micromlgen 1.1.28 (models in C++ for microcontrollers; the script needs g++): XGBoost sends a
# row to the left if x < threshold, and its thresholds are values of the data, so that of whole numbers (counts,
# readings of a sensor) many rows lie on one. The C++ writes x <= threshold, which is scikit-learn's rule: a third of
# the labels change. Of the same features plus 0.5, which lie on no threshold, the C++ says what XGBoost says of the
# features.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 scikit-learn==1.9.1 xgboost-cpu==3.2.0 micromlgen==1.1.28
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import ctypes
import subprocess
from importlib.metadata import version
from pathlib import Path

import numpy as np
import xgboost as xgb
from micromlgen import port

CALL = 'extern "C" int predict(float *x) { return Eloquent::ML::Port::Model().predict(x); }'
rng = np.random.default_rng(0)
x = rng.poisson(2, size=(1_000, 4)).astype(np.float32)
scores = np.stack([x[:, 0] + 0.5 * x[:, 1], x[:, 2], 2 + 0.3 * x[:, 3]], 1)
y = (scores + 0.7 * rng.gumbel(size=scores.shape)).argmax(1)
# One intercept for all classes, since the C++ has none.
model = xgb.XGBClassifier(n_estimators=15, max_depth=3, base_score=0.5).fit(x, y)
includes = "#include <cmath>\n#include <cstdint>\n"
Path("model.cpp").write_text(includes + port(model, classname="Model").replace("#pragma once", "") + CALL)
library = Path("./model.so").absolute()
subprocess.run(["g++", "-w", "-shared", "-fPIC", "-o", str(library), "model.cpp"], check=True)
predict = ctypes.CDLL(str(library)).predict


def labels_in_c(rows):
    return np.array([predict(np.ascontiguousarray(row).ctypes.data_as(ctypes.c_void_p)) for row in rows])


own, small, between = model.predict(x), labels_in_c(x), labels_in_c(x + np.float32(0.5))
print(f"micromlgen {version('micromlgen')}, XGBoost {xgb.__version__}: {(small != own).mean():.1%} of labels change, "
      f"accuracy {(own == y).mean():.3f}, in C++ {(small == y).mean():.3f}")
print(f"  of the features plus 0.5: {(between != own).mean():.1%} of labels change")
assert (small != own).mean() > 0.15 and (between != own).mean() < 0.002
PY

#!/usr/bin/env bash
# scikit-learn 1.9.1 through micromlgen 1.1.28 (models in C++ for microcontrollers; the script needs g++): of two
# classes LogisticRegression keeps one row of weights, and a positive score stands for the second class. The C++ adds
# that score to the votes of the first class, leaves the second's at 0 and returns the larger: every label is the wrong
# one, and an accuracy of 0.77 becomes 0.23. Of three classes, with a row of weights each, all labels are right, so a
# test on iris finds nothing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 scikit-learn==1.9.1 micromlgen==1.1.28
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import ctypes
import subprocess
from importlib.metadata import version
from pathlib import Path

import numpy as np
from micromlgen import port
from sklearn.linear_model import LogisticRegression

CALL = 'extern "C" int predict(float *x) { return Eloquent::ML::Port::Model().predict(x); }'
rng = np.random.default_rng(0)
x = rng.normal(size=(1_000, 4)).astype(np.float32)
score = x[:, 0] + x[:, 1] + 0.7 * rng.logistic(size=1_000)


def accuracies(y):
    model = LogisticRegression().fit(x, y)
    includes = "#include <cmath>\n#include <cstdint>\n"
    Path("model.cpp").write_text(includes + port(model, classname="Model").replace("#pragma once", "") + CALL)
    library = Path(f"./classes{len(model.classes_)}.so").absolute()
    subprocess.run(["g++", "-w", "-shared", "-fPIC", "-o", str(library), "model.cpp"], check=True)
    predict = ctypes.CDLL(str(library)).predict
    labels = np.array([predict(np.ascontiguousarray(row).ctypes.data_as(ctypes.c_void_p)) for row in x])
    own = model.predict(x)
    return (own == y).mean(), (labels == y).mean(), (labels == own).mean()


for name, y in {"two": (score > 0).astype(int), "three": np.digitize(score, [-1, 1])}.items():
    own, small, same = accuracies(y)
    print(f"micromlgen {version('micromlgen')}, {name} classes: accuracy {own:.3f}, in C++ {small:.3f}; "
          f"{same:.1%} of labels are the same")
    assert own > 0.6 and same == (0 if name == "two" else 1)
PY

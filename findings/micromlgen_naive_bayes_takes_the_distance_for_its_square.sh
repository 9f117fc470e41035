#!/usr/bin/env bash
# scikit-learn 1.1.3 (the last series with the name sigma_, which micromlgen asks for) through micromlgen 1.1.28 (models
# in C++ for microcontrollers; the script needs g++): GaussianNB compares log(prior) - sum(log(v) + (x - mean)**2 / v)/2
# of the classes, v a variance. The C++ compares prior - sum(log(v) + abs(x - mean) / v): the distance is not squared,
# the half of it is missing, and the prior, which was to be a logarithm, is left as it is. So the unit in which a
# column is measured decides labels, which GaussianNB's do not depend on: its accuracy stays 0.84, that of the C++ is
# 0.79 in metres and 0.61 in centimetres.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==1.26.4 scipy==1.11.4 scikit-learn==1.1.3 micromlgen==1.1.28
cd "$folder"
"$folder/venv/bin/python" -W ignore::FutureWarning - <<'PY'
import ctypes
import subprocess
from importlib.metadata import version
from pathlib import Path

import numpy as np
from micromlgen import port
from sklearn.naive_bayes import GaussianNB

CALL = 'extern "C" int predict(float *x) { return Eloquent::ML::Port::Model().predict(x); }'
rng = np.random.default_rng(0)
y = rng.choice(3, size=2_000, p=[0.6, 0.3, 0.1])
centres, widths = np.array([[0, 0], [1.5, 0], [0, 2]]), np.array([[1, 0.5], [0.5, 1], [1, 1]])
metres = centres[y] + widths[y] * rng.normal(size=(2_000, 2))


def compare(unit):
    x = (metres * unit).astype(np.float32)
    model = GaussianNB().fit(x, y)
    # Arduino's abs takes any number; that of C++ does so once std is named.
    includes = "#include <cmath>\n#include <cstdint>\nusing namespace std;\n"
    Path("model.cpp").write_text(includes + port(model, classname="Model").replace("#pragma once", "") + CALL)
    library = Path(f"./unit{unit}.so").absolute()
    subprocess.run(["g++", "-w", "-shared", "-fPIC", "-o", str(library), "model.cpp"], check=True)
    predict = ctypes.CDLL(str(library)).predict
    labels = np.array([predict(np.ascontiguousarray(row).ctypes.data_as(ctypes.c_void_p)) for row in x])
    distance = np.abs(x[:, None] - model.theta_)
    written = model.class_prior_ - (np.log(model.var_) + distance / model.var_).sum(2)
    meant = np.log(model.class_prior_) - (np.log(model.var_) + distance**2 / model.var_).sum(2) / 2
    assert (meant.argmax(1) == model.predict(x)).mean() > 0.999 and (written.argmax(1) == labels).mean() > 0.999
    return (model.predict(x) == y).mean(), (labels == y).mean()


for unit in (1, 100):
    own, small = compare(unit)
    print(f"micromlgen {version('micromlgen')}, columns times {unit}: accuracy {own:.3f}, in C++ {small:.3f}")
    assert own > 0.75 and small < own - 0.02
PY

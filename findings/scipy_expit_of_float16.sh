#!/usr/bin/env bash
# SciPy 1.17.1: the functions of one family disagree about float16. expit, logit and log_expit return float64; softmax and
# log_softmax keep float16 and sum in it, so 70,000 equal scores have a softmax of 0 everywhere.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 scipy==1.17.1
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import numpy as np
import scipy
from scipy import special

one, many = np.float16(1), np.zeros(70_000, np.float16)
kinds = {each.__name__: each(one).dtype.name for each in (special.expit, special.log_expit)}
kinds |= {each.__name__: each(many[:4]).dtype.name for each in (special.softmax, special.log_softmax)}
with np.errstate(over="ignore"):
    sums = float(special.softmax(many).astype(np.float64).sum())
print(f"scipy {scipy.__version__}: {kinds}; softmax of 70,000 zeros sums to {sums}")
assert kinds["expit"] == kinds["log_expit"] == "float64" and kinds["softmax"] == kinds["log_softmax"] == "float16"
assert sums == 0
PY

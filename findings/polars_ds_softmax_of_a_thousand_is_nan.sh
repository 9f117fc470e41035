#!/usr/bin/env bash
# polars-ds 0.13.0: softmax divides e^x by its sum and does not take the largest score away first. Scores [1000, 0] give
# [NaN, 0], [-1000, -1001] give [NaN, NaN]; both are valid rows of float64, and SciPy has [1, 0] and [0.731, 0.269].
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 scipy==1.17.1 polars==2.1.0 polars-ds==0.13.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

import numpy as np
import polars as pl
import polars_ds as pds
from scipy.special import softmax


def both(*scores):
    own = pl.DataFrame({"score": scores}).select(pds.softmax("score")).to_series().to_numpy()
    print(f"polars-ds {version('polars-ds')}, {list(scores)}: {own}, SciPy {softmax(scores).round(3)}")
    return own, softmax(scores)


(high, true_high), (low, true_low), (near, true_near) = both(1e3, 0.0), both(-1e3, -1001.0), both(1.0, 0.0)
assert np.isnan(high).tolist() == [True, False] and np.isnan(low).all() and np.allclose(near, true_near)
assert true_high[0] == 1 and abs(true_low[0] - 0.731) < 1e-3
PY

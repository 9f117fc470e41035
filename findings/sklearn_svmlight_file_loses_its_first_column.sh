#!/usr/bin/env bash
# scikit-learn 1.9.1: dump_svmlight_file counts columns from 0. load_svmlight_file guesses (zero_based="auto"): a file
# in which no row has a value in the first column is taken to count from 1, and every column moves one to the left. A
# small file of test rows written and read by the same library so has other features, silently, even with n_features
# given. The docs call "auto" always safe for a whole file.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 scikit-learn==1.9.1
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import io

import numpy as np
import sklearn
from sklearn.datasets import dump_svmlight_file, load_svmlight_file
from sklearn.linear_model import LogisticRegression

rng = np.random.default_rng(0)
x = rng.normal(size=(2_000, 6)) * (rng.random((2_000, 6)) < 0.5)
y = (x @ [1, 3, -3, 2, -2, 1] + rng.normal(size=2_000) > 0).astype(int)
model = LogisticRegression().fit(x, y)
rows = np.flatnonzero(x[:, 0] == 0)[:300]


def read(**settings):
    file = io.BytesIO()
    dump_svmlight_file(x[rows], y[rows], file)
    file.seek(0)
    return load_svmlight_file(file, n_features=6, **settings)[0].toarray()


guessed, told = read(), read(zero_based=True)
scores = [model.score(each, y[rows]) for each in (x[rows], guessed, told)]
print(f"scikit-learn {sklearn.__version__}: accuracy before the file {scores[0]:.3f}, after it {scores[1]:.3f}, with "
      f"zero_based=True {scores[2]:.3f}")
assert np.allclose(guessed[:, :5], x[rows][:, 1:]) and not guessed[:, 5].any() and np.allclose(told, x[rows])
assert scores[0] == scores[2] > 0.85 and scores[1] < 0.5
PY

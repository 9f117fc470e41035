#!/usr/bin/env bash
# scikit-learn 1.9.1 through orbital 0.6.0, which makes a query in SQL: of LinearDiscriminantAnalysis with two classes
# and float32 columns the query takes a softmax over each of the two scores alone. Both probabilities are 1 in every
# row, and the label is always the first class. Nothing is said. Of float64 columns the labels are right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
packages="numpy==2.4.6 pandas==2.3.3 scikit-learn==1.9.1 skl2onnx==1.20.0 onnx==1.22.0 orbital==0.6.0 duckdb==2.0.1"
"$folder/venv/bin/pip" install --quiet $packages sqlglot==30.30.0 ibis-framework==12.0.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

import duckdb
import numpy as np
import orbital
import pandas as pd
from orbital import types
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.pipeline import Pipeline

rng = np.random.default_rng(0)
rows = pd.DataFrame(rng.normal(size=(1_000, 3)), columns=["a", "b", "c"])
y = (rows.a - rows.b + 0.5 * rng.normal(size=1_000) > 0).astype(int)
pipeline = Pipeline([("model", LinearDiscriminantAnalysis())]).fit(rows, y)
for column in (types.DoubleColumnType, types.FloatColumnType):
    parsed = orbital.parse_pipeline(pipeline, features={name: column() for name in rows})
    answer = duckdb.sql(orbital.export_sql("rows", parsed, dialect="duckdb")).df()
    probs = answer[["output_probability.0", "output_probability.1"]].to_numpy()
    accuracy = (answer["output_label"] == y).mean()
    print(f"orbital {version('orbital')}, {column.__name__}: accuracy {pipeline.score(rows, y):.3f}, of the query "
          f"{accuracy:.3f}; a row {pipeline.predict_proba(rows)[0].round(3)}, of the query {probs[0].round(3)}")
    if column is types.DoubleColumnType:
        assert np.allclose(probs.sum(1), 1) and accuracy == pipeline.score(rows, y) > 0.85
    else:
        assert (probs == 1).all() and (answer["output_label"] == 0).all()
PY

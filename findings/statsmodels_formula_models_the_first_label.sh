#!/usr/bin/env bash
# statsmodels 0.15.0: the formula "label ~ x" with a column of two strings (or booleans) makes GLM with family
# Binomial model the first label, "no" before "yes": every coefficient has the other sign than with 0 and 1. R's glm
# models the second. Known and open since 2015 (github.com/statsmodels/statsmodels/issues/2181). logit() refuses such
# a column.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 pandas==3.1.1 statsmodels==0.15.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import numpy as np
import pandas as pd
import statsmodels
import statsmodels.api as sm
import statsmodels.formula.api as smf

rng = np.random.default_rng(0)
data = pd.DataFrame({"x": rng.normal(size=500)})
data["number"] = (data.x + rng.logistic(size=500) > 0).astype(int)
data["label"] = data.number.map({0: "no", 1: "yes"})


def slope(formula):
    return smf.glm(formula, data, family=sm.families.Binomial()).fit().params["x"]


number, label = slope("number ~ x"), slope("label ~ x")
print(f"statsmodels {statsmodels.__version__}: slope {number:.3f} with 0 and 1, {label:.3f} with no and yes")
assert number > 0.5 and abs(number + label) < 1e-6
PY

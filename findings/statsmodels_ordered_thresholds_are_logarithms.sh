#!/usr/bin/env bash
# statsmodels 0.15.0: the summary of an OrderedModel lists thresholds as "0/1", "1/2" and so on. Only the first is
# one; each other is the logarithm of its distance to the threshold before. Only the docs of
# transform_threshold_params say so. Read as they stand, the probabilities of the classes are wrong.
# model.transform_threshold_params(params) gives the thresholds (and -inf and inf around them).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 pandas==2.3.3 statsmodels==0.15.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import numpy as np
import statsmodels
from scipy.special import expit
from statsmodels.miscmodels.ordinal_model import OrderedModel

rng = np.random.default_rng(0)
x = rng.normal(size=(4_000, 1))
true = [-1, 0, 0.5, 3]
y = np.digitize(x[:, 0] + rng.logistic(size=4_000), true)
fit = OrderedModel(y, x, distr="logit").fit(method="bfgs", disp=False)
names, printed = fit.model.exog_names[1:], fit.params[1:]
thresholds = fit.model.transform_threshold_params(fit.params)[1:-1]
print(f"statsmodels {statsmodels.__version__}: true {true}, summary {dict(zip(names, printed.round(3).tolist()))}, "
      f"of transform_threshold_params {thresholds.round(3)}")
at_zero = fit.model.predict(fit.params, exog=np.zeros((1, 1)))[0]
read = np.diff(expit(np.concatenate([[-np.inf], printed, [np.inf]])))
print(f"  probabilities at x = 0: {at_zero.round(3)}; made of the summary's numbers: {read.round(3)}")
assert np.abs(thresholds - true).max() < 0.1 and np.allclose(np.exp(printed[1:]), np.diff(thresholds))
assert (read < 0).any() and np.allclose(at_zero, np.diff(expit(np.concatenate([[-np.inf], thresholds, [np.inf]]))))
PY

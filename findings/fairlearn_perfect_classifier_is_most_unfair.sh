#!/usr/bin/env bash
# fairlearn 0.15.0: a group without any true positive has no true positive rate: it is 0 of 0. true_positive_rate gives
# 0 for it, and false_negative_rate 0 too, though the two sum to 1. So equalized_odds_difference and
# equal_opportunity_difference of a perfect classifier are 1, the worst value there is, and equalized_odds_ratio is 0.
# Their docs define them by P[h(X) = 1 | A = a, Y = 1] and say that 0 means equal rates in all groups; none speaks of
# an empty condition, and nothing warns. Small groups and rare positives meet it in every cross-validation.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 pandas==3.1.1 scipy==1.17.1 scikit-learn==1.9.1 fairlearn==0.15.0
cd "$folder"
"$folder/venv/bin/python" -W error::UserWarning - <<'PY'
from importlib.metadata import version

import numpy as np
from fairlearn import metrics

truth = np.array([0, 1, 0, 1, 0, 0, 0])
group = np.array(list("aaaabbb"))
alone = truth[group == "b"]
tpr, fnr = (rate(alone, alone, pos_label=1) for rate in (metrics.true_positive_rate, metrics.false_negative_rate))
names = ("equalized_odds_difference", "equal_opportunity_difference", "equalized_odds_ratio")
found = [float(getattr(metrics, name)(truth, truth, sensitive_features=group)) for name in names]
print(f"fairlearn {version('fairlearn')}: a group of negatives, all predicted right: TPR {tpr}, FNR {fnr}")
print(f"  a perfect classifier of it and another group: {dict(zip(names, found))}")
assert tpr == fnr == 0 and found == [1, 1, 0]
PY

#!/usr/bin/env bash
# river 0.26.1: metrics.ROCAUC counts at 10 thresholds from 0 to 1 by default. A rare class has small probabilities: a
# model that ranks every positive above every negative, all below 0.1, has an AUC of 0.5, that of a guess. The
# documentation calls the metric approximate; RollingROCAUC, and ten thousand thresholds, have 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 river==0.26.1
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import numpy as np
import river
from river import metrics

rng = np.random.default_rng(0)
probs = np.concatenate([rng.uniform(0, 0.04, 1_000), rng.uniform(0.05, 0.09, 50)])
labels = np.arange(1_050) >= 1_000
order = rng.permutation(1_050)
measures = metrics.ROCAUC(), metrics.ROCAUC(n_thresholds=10_000), metrics.RollingROCAUC(window_size=1_050)
for row in order:
    for measure in measures:
        measure.update(bool(labels[row]), {True: probs[row], False: 1 - probs[row]})
default, fine, rolling = (measure.get() for measure in measures)
print(f"river {river.__version__}: ROCAUC {default:.3f}, with 10,000 thresholds {fine:.3f},")
print(f"  RollingROCAUC {rolling:.3f}")
assert default == 0.5 and fine > 0.99 and rolling == 1
PY

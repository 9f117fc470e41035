#!/usr/bin/env bash
# netcal 1.4.0: TemperatureScaling().temperature is 1/T. Probabilities made with logits twice too large need T = 2
# (Guo 2017, section 4.2: divide by T); what is stored is about 0.5, by which the logits are multiplied.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6 netcal==1.4.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

import numpy as np
from netcal.scaling import TemperatureScaling

rng = np.random.default_rng(0)
logits = rng.normal(size=(5_000, 4)) * 1.5
labels = (logits + rng.gumbel(size=logits.shape)).argmax(1)  # a draw from the softmax: T = 1 is right for these
loud = np.exp(2 * logits) / np.exp(2 * logits).sum(1, keepdims=True)  # T = 2 is right for these
scaling = TemperatureScaling()
scaling.fit(loud, labels)
temperature = float(np.ravel(scaling.temperature)[0])
print(f"netcal {version('netcal')}: T = 2 is right, .temperature is {temperature:.3f}")
assert 0.45 < temperature < 0.55
PY

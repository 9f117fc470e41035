#!/usr/bin/env bash
# YDF 0.16.1: GradientBoostedTreesLearner(apply_link_function=False), by which predict returns logits, changes
# predict_class too: it calls a row positive where its logit is above 0.5, the threshold of a probability. Rows with a
# probability from 0.5 to 0.62 change sides.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 pandas==3.1.1 ydf==0.16.1
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import numpy as np
import pandas as pd
import ydf

ydf.verbose(0)
rng = np.random.default_rng(0)
data = pd.DataFrame(rng.normal(size=(600, 4)), columns=list("abcd"))
data["label"] = np.where(data.a + 0.5 * data.b + rng.normal(size=600) > 0, "yes", "no")


def predictions(link):
    settings = dict(num_trees=10, validation_ratio=0.0, apply_link_function=link)
    model = ydf.GradientBoostedTreesLearner(label="label", **settings).train(data)
    return model.predict(data), model.predict_class(data) == "yes"


(probs, linked), (logits, raw) = predictions(True), predictions(False)
print(f"ydf {ydf.__version__}: {linked.sum()} rows are yes, {raw.sum()} without the link")
assert np.abs(1 / (1 + np.exp(-logits)) - probs).max() < 1e-4
assert (linked == (probs > 0.5)).all() and (raw == (logits > 0.5)).all() and (linked != raw).sum() > 10
PY

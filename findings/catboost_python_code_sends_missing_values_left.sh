#!/usr/bin/env bash
# CatBoost 1.2.10: a model whose missing values count as the largest (nan_mode="Max") is written by
# save_model(format="python") as code that compares a NaN with each border, which is never above: it goes where the
# smallest values go. Logits are off by up to 4, silently, and the accuracy falls from 0.84 to 0.81.
# nan_mode="Min", the default, and the ONNX form of both agree.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 catboost==1.2.10
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import catboost
import numpy as np

rng = np.random.default_rng(0)
x = rng.normal(size=(2_000, 5)).astype(np.float32)
y = (x[:, 0] + 0.5 * x[:, 1] + rng.normal(size=2_000) > 0.8).astype(int)
x[(x[:, 0] > 0) & (rng.random(2_000) < 0.3), 0] = np.nan  # large values go missing more often
settings = dict(iterations=30, depth=4, verbose=0, allow_writing_files=False, thread_count=1)
off = {}
for mode in ("Min", "Max"):
    model = catboost.CatBoostClassifier(nan_mode=mode, **settings).fit(x, y)
    model.save_model("model.py", format="python")
    code = {}
    exec(open("model.py").read(), code)
    logits = model.predict(x, prediction_type="RawFormulaVal")
    written = np.array([code["apply_catboost_model"](row) for row in x.tolist()])
    off[mode] = abs(written - logits).max()
    print(f"catboost {catboost.__version__}, nan_mode {mode}: logits off by up to {off[mode]:.2f}, accuracy "
          f"{((logits > 0) == y).mean():.3f}, of the code {((written > 0) == y).mean():.3f}")
assert off["Min"] < 1e-6 and off["Max"] > 1
PY

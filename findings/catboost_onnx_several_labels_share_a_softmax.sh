#!/usr/bin/env bash
# CatBoost 1.2.10, ONNX Runtime 1.32.0: a classifier of several labels (loss_function="MultiLogloss"), each of which may
# be true by a sigmoid of its own, exports to ONNX without a word as a softmax: each row sums to 1, and probabilities
# are off by up to 0.91. The same befalls MultiClassOneVsAll. Raw scores are not put out, so that nothing mends it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 catboost==1.2.10 onnxruntime==1.32.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import catboost
import numpy as np
import onnxruntime

rng = np.random.default_rng(0)
x = rng.normal(size=(2_000, 5)).astype(np.float32)
three = (x[:, 0] > 0).astype(int) + (x[:, 1] + rng.normal(size=2_000) > 0)
targets = {"MultiLogloss": np.stack([three > 0, three > 1, x[:, 2] > -1], 1).astype(int), "MultiClassOneVsAll": three}
settings = dict(iterations=30, depth=4, verbose=0, allow_writing_files=False, thread_count=1)
for loss, y in {**targets, "MultiClass": three}.items():
    model = catboost.CatBoostClassifier(loss_function=loss, **settings).fit(x, y)
    model.save_model("model.onnx", format="onnx")
    session = onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"])
    rows = session.run(["probabilities"], {"features": x})[0]
    onnx = np.array([[row[name] for name in sorted(row)] for row in rows]) if isinstance(rows, list) else rows
    probs, raw = model.predict_proba(x), model.predict(x, prediction_type="RawFormulaVal")
    softmax = np.exp(raw) / np.exp(raw).sum(1, keepdims=True)
    print(f"catboost {catboost.__version__}, {loss}: rows sum to {probs.sum(1).min():.2f} to {probs.sum(1).max():.2f}, "
          f"in ONNX to {onnx.sum(1).mean():.2f}; off by up to {abs(onnx - probs).max():.2f}")
    assert abs(onnx - softmax).max() < 1e-5 and (abs(onnx - probs).max() > 0.1) == (loss in targets)
PY

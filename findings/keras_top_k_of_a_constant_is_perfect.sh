#!/usr/bin/env bash
# Keras 3.15.1 on JAX 0.10.2: TopKCategoricalAccuracy and its sparse form count the truth as found whenever fewer than k
# scores are greater, so that all ties are right. A network that says the same for each of 1,000 classes has a top-5
# accuracy of 1, and of 1 with k=1, where CategoricalAccuracy is 0.001. Half types make such ties: of bfloat16 logits
# of 1,000 classes several percent share the largest.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
packages="numpy==2.4.6 jax==0.10.2 jaxlib==0.10.2 keras==3.15.1 scikit-learn==1.9.1"
"$folder/venv/bin/pip" install --quiet $packages
cd "$folder"
KERAS_BACKEND=jax JAX_PLATFORMS=cpu "$folder/venv/bin/python" - <<'PY'
import keras
import numpy as np
from sklearn.metrics import top_k_accuracy_score

rng = np.random.default_rng(0)
labels, classes = np.arange(1_000), 1_000


def measures(scores, k):
    top = keras.metrics.SparseTopKCategoricalAccuracy(k=k)(labels, scores)
    return float(top), top_k_accuracy_score(labels, np.asarray(scores, np.float32), k=k)


same = np.zeros((1_000, classes), np.float32)
accuracy = float(keras.metrics.SparseCategoricalAccuracy()(labels, same))
(one, other_one), (five, other_five) = measures(same, 1), measures(same, 5)
print(f"keras {keras.__version__}, equal scores: accuracy {accuracy:.3f}, top-1 {one:.3f}, top-5 {five:.3f};")
print(f"  scikit-learn's top-1 {other_one:.3f}, top-5 {other_five:.3f}")
logits = keras.ops.cast(rng.normal(size=(1_000, classes)).astype(np.float32), "bfloat16")
values = np.asarray(keras.ops.cast(logits, "float32"))
tied = ((values == values.max(1, keepdims=True)).sum(1) > 1).mean()
print(f"{tied:.1%} of rows of normal bfloat16 logits have two largest or more")
assert one == five == 1 and accuracy < 0.002 and other_one < 0.01 and other_five < 0.01 and tied > 0.02
PY

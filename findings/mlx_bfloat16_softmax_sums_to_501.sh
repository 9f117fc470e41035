#!/usr/bin/env bash
# MLX 0.32.4, CPU: softmax of 128,256 equal bfloat16 logits is 1/256 for each, so that a row sums to 501; in float16 a
# row sums to 63. The running sum is kept in the logits' own type and stops growing; precise=True is right, an option
# of which the documentation did not speak until August 2026 (github.com/ml-explore/mlx/pull/4178). In float32 a sure
# class at the head of 50,257, with a tail 16.7 below, has a cross-entropy of exactly 0; 0.0028 is right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "mlx[cpu]==0.32.4"
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import mlx.core as mx
import mlx.nn as nn


def total(dtype, **options):
    return mx.softmax(mx.zeros((1, 128_256), dtype=dtype), axis=-1, **options).astype(mx.float32).sum().item()


bfloat16, float16, precise = total(mx.bfloat16), total(mx.float16), total(mx.bfloat16, precise=True)
head = mx.full((1, 50_257), -16.7)
head[0, 0] = 0
loss = nn.losses.cross_entropy(head, mx.array([0])).item()
print(f"mlx {mx.__version__}: bfloat16 sums to {bfloat16}, float16 to {float16}, precise to {precise:.3f}; loss {loss}")
assert bfloat16 > 400 and float16 > 50 and abs(precise - 1) < 0.01 and loss == 0
PY

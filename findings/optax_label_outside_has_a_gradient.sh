#!/usr/bin/env bash
# optax 0.2.8, jax 0.10.2: softmax_cross_entropy_with_integer_labels with a label that is no class. The loss is NaN, as
# documented of jax's indexing, but the gradient is finite: the bare softmax, which pushes every logit of the row down.
# A check of gradients for NaN passes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet jax==0.10.2 optax==0.2.8
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

import jax
import jax.numpy as jnp
import optax


def loss(logits):
    return optax.softmax_cross_entropy_with_integer_labels(logits, jnp.array([4])).sum()


logits = jnp.array([[1.0, 2.0, 3.0, 0.0]])
value, gradient = loss(logits), jax.grad(loss)(logits)
print(f"optax {version('optax')}, jax {version('jax')}: loss {value}, gradient {gradient}")
assert jnp.isnan(value) and jnp.allclose(gradient, jax.nn.softmax(logits))
PY

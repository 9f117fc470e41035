#!/usr/bin/env bash
# JAX 0.10.2, CPU: random.categorical adds noise in the logits' own type, and of equal scores argmax takes the first. In
# bfloat16 the noise has 128 values: 1,000 equal classes are drawn from the first 100 in 54 % of cases, and a vocabulary
# of 128,256 from its first 1 % always. A tail of half of the mass never comes up. mode="high" mends the first; the
# documentation speaks of float32 and events below 1e-7 only.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 jax==0.10.2 jaxlib==0.10.2
cd "$folder"
JAX_PLATFORMS=cpu "$folder/venv/bin/python" - <<'PY'
import jax
import jax.numpy as jnp


def share(probs, wanted, rows, **settings):
    logits = jnp.broadcast_to(jnp.log(probs).astype(settings.pop("dtype", jnp.bfloat16)), (rows, probs.size))
    return float(wanted(jax.random.categorical(jax.random.key(0), logits, **settings)).mean())


flat, large = jnp.full(1_000, 1e-3), jnp.full(128_256, 1 / 128_256)
tail = jnp.concatenate([jnp.array([0.5]), jnp.full(50_000, 1e-5)])
first = share(flat, lambda drawn: drawn < 100, 20_000)
single = share(flat, lambda drawn: drawn < 100, 20_000, dtype=jnp.float32)
high = share(flat, lambda drawn: drawn < 100, 20_000, mode="high")
vocabulary = share(large, lambda drawn: drawn < 1_283, 400)
rare = share(tail, lambda drawn: drawn > 0, 2_000), share(tail, lambda drawn: drawn > 0, 2_000, dtype=jnp.float32)
print(f"jax {jax.__version__}, bfloat16: the first 100 of 1,000 equal classes are drawn in {first:.1%}")
print(f"  (float32 {single:.1%}, mode='high' {high:.1%}), the first 1 % of 128,256 in {vocabulary:.1%};")
print(f"  a tail of 50 % is drawn in {rare[0]:.1%} (float32 {rare[1]:.1%})")
assert first > 0.4 and abs(single - 0.1) < 0.02 and abs(high - 0.1) < 0.02
assert vocabulary > 0.9 and rare[0] < 0.01 and abs(rare[1] - 0.5) < 0.05
PY

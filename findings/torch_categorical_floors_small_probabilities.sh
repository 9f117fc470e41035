#!/usr/bin/env bash
# torch 2.13.0, CPU: distributions.Categorical(probs=p) raises every probability to the type's epsilon before the
# logarithm. In float32 a class of 1e-9 costs 15.94, not 20.72, with a gradient of 0; in bfloat16 (epsilon 1/128) each
# of 1000 equal classes costs 4.84, not 6.91, and so does the entropy. logits=p.log() is right. The documentation
# names the floor for a helper, utils.clamp_probs, and not for the distributions.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import torch
from torch.distributions import Categorical

rare, second = torch.tensor([1 - 1e-9, 1e-9]), torch.tensor(1)
floored, right = -Categorical(probs=rare).log_prob(second), -Categorical(logits=rare.log()).log_prob(second)
equal = Categorical(probs=torch.full((1000,), 1 / 1000, dtype=torch.bfloat16))
cost, entropy = -equal.log_prob(second).item(), equal.entropy().item()
p = torch.tensor(1e-9, requires_grad=True)
Categorical(probs=torch.stack([1 - p, p])).log_prob(second).backward()
print(f"torch {torch.__version__}: -log 1e-9 is {floored:.2f} with probs=, {right:.2f} with logits=, gradient {p.grad}")
print(f"bfloat16, 1000 equal classes: {cost:.2f} for one, entropy {entropy:.2f} (ln 1000 is 6.91)")
assert abs(floored - 15.94) < 0.01 and abs(right - 20.72) < 0.01 and p.grad == 0
assert abs(cost - 4.85) < 0.03 and abs(entropy - 4.85) < 0.03
PY

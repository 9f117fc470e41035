#!/usr/bin/env bash
# transformers 5.24.0: the load-balancing loss of Mixtral (and of the models built on it) joins the tokens of all layers
# before it counts. Four layers that each send every token to one expert, another expert each, cost 1, as little as
# perfect balance; computed for each layer, as Switch Transformer does, each costs 4. Known and closed
# (github.com/huggingface/transformers/issues/28255). And with top_k=2 perfect balance costs 2, not 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6 transformers==5.24.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import torch
import transformers
from transformers.models.mixtral.modeling_mixtral import load_balancing_loss_func

torch.manual_seed(0)
experts, tokens = 4, 4_000
balanced = tuple(torch.randn(tokens, experts) for _ in range(experts))
collapsed = tuple(20.0 * torch.eye(experts)[layer].expand(tokens, experts) for layer in range(experts))
joined = load_balancing_loss_func(collapsed, experts, top_k=1).item()
single = [load_balancing_loss_func((layer,), experts, top_k=1).item() for layer in collapsed]
one, two = (load_balancing_loss_func(balanced, experts, top_k=k).item() for k in (1, 2))
print(f"transformers {transformers.__version__}: four collapsed layers {joined:.3f}, each by itself {single}")
print(f"balanced layers: {one:.3f} with top_k=1, {two:.3f} with top_k=2")
assert abs(joined - 1) < 1e-3 and min(single) > 3.99 and abs(one - 1) < 0.01 and abs(two - 2) < 0.01
PY

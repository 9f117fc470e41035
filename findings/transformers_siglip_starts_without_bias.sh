#!/usr/bin/env bash
# transformers 5.24.0: a new SiglipModel starts with logit_scale 0 (a factor of 1) and logit_bias 0. The paper of SigLIP
# (Zhai 2023) starts at a factor of 10 and a bias of -10, since a batch of N pairs has N - 1 strangers to each match:
# without a bias the first loss is about N ln 2, nearly all of it from the strangers.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 transformers==5.24.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import torch
import transformers
from transformers import SiglipConfig, SiglipModel

transformers.logging.set_verbosity_error()
torch.manual_seed(0)
sizes = dict(hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2)
text, vision = sizes | dict(vocab_size=50, projection_size=16), sizes | dict(image_size=16, patch_size=8)
model = SiglipModel(SiglipConfig(text_config=text, vision_config=vision)).eval()
scale, bias = model.logit_scale.item(), model.logit_bias.item()
with torch.no_grad():
    given = dict(input_ids=torch.randint(2, 50, (64, 6)), pixel_values=torch.randn(64, 3, 16, 16))
    loss = model(**given, return_loss=True).loss.item()
print(f"transformers {transformers.__version__}: scale e^{scale}, bias {bias}, loss of 64 random pairs {loss:.1f}")
assert scale == 0 and bias == 0 and 30 < loss < 70
PY

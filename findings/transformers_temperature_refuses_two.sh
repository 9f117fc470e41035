#!/usr/bin/env bash
# transformers 5.24.0: generate(temperature=2) raises and says that 2 must be strictly positive; temperature=2.0 works.
# What it means is the type: a Python int is refused, whatever its value.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 transformers==5.24.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import torch
import transformers
from transformers import GPT2Config, GPT2LMHeadModel

transformers.logging.set_verbosity_error()
sizes = dict(vocab_size=60, n_embd=16, n_layer=1, n_head=2, n_positions=32)
model = GPT2LMHeadModel(GPT2Config(**sizes, bos_token_id=0, eos_token_id=1, pad_token_id=1)).eval()
outcomes = {}
for temperature in (2, 2.0):
    try:
        model.generate(torch.tensor([[0, 5]]), do_sample=True, max_new_tokens=1, temperature=temperature)
        outcomes[repr(temperature)] = "works"
    except ValueError as error:
        outcomes[repr(temperature)] = f"ValueError: {error}"
print(f"transformers {transformers.__version__}: {outcomes}")
assert outcomes["2.0"] == "works" and "strictly positive" in outcomes["2"]
PY

#!/usr/bin/env bash
# transformers 5.24.0: a model's generation_config says top_k = None, and generate(do_sample=True) nevertheless draws from
# the 50 largest logits only. top_k=0 turns it off. Whoever compares draws with the softmax finds words that never come.
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
torch.manual_seed(0)
sizes = dict(vocab_size=600, n_embd=16, n_layer=1, n_head=2, n_positions=32)
model = GPT2LMHeadModel(GPT2Config(**sizes, bos_token_id=0, eos_token_id=1, pad_token_id=1)).eval()


def kept(**options):
    options |= dict(do_sample=True, max_new_tokens=1, output_scores=True, return_dict_in_generate=True)
    return model.generate(torch.tensor([[0, 5]]), **options).scores[0].isfinite().sum().item()


said, plain, off = model.generation_config.top_k, kept(), kept(top_k=0)
print(f"transformers {transformers.__version__}: config top_k {said}; words left {plain} of 600, with top_k=0 {off}")
assert said is None and plain == 50 and off == 600
PY

#!/usr/bin/env bash
# transformers 5.24.0: a classifier with num_labels=1 has problem_type None until its first loss, which writes
# "regression" into the config, and so into what is saved. A yes-or-no model with one logit is called a regression
# because somebody asked for a loss once.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 transformers==5.24.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import torch
import transformers
from transformers import BertConfig, BertForSequenceClassification

transformers.logging.set_verbosity_error()
sizes = dict(vocab_size=50, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
model = BertForSequenceClassification(BertConfig(**sizes, num_labels=1)).eval()
before = model.config.problem_type
with torch.no_grad():
    model(input_ids=torch.tensor([[1, 2]]), labels=torch.tensor([1.0]))
after = model.config.problem_type
print(f"transformers {transformers.__version__}: problem_type {before!r} before the first loss, {after!r} after it")
assert before is None and after == "regression"
PY

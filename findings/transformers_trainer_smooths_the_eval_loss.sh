#!/usr/bin/env bash
# transformers 5.24.0: Trainer with label_smoothing_factor=0.1 smooths the labels of evaluate and predict too. eval_loss
# of one network is 0.02 without the factor and 0.46 with it, its predictions unchanged, and exp(eval_loss) is no
# perplexity: 1.59 for 1.02. The documentation speaks of what the factor does to the targets, not of when.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6 transformers==5.24.0 accelerate==1.15.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import math

import torch
import torch.nn.functional as F
import transformers
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

settings = dict(output_dir="out", report_to=[], disable_tqdm=True, use_cpu=True, log_level="error", save_strategy="no")
rows = [{"input_ids": [2, 3 + row % 4, 4], "labels": row % 4} for row in range(200)]
torch.manual_seed(0)
sizes = dict(vocab_size=20, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
model = BertForSequenceClassification(BertConfig(num_labels=4, **sizes))
steps = dict(num_train_epochs=30, learning_rate=5e-3, per_device_train_batch_size=20, logging_strategy="no")
Trainer(model, TrainingArguments(**settings, **steps), train_dataset=rows).train()
losses = []
for factor in (0.0, 0.1):
    trainer = Trainer(model, TrainingArguments(label_smoothing_factor=factor, **settings), eval_dataset=rows)
    losses.append(trainer.evaluate()["eval_loss"])
logits, labels, _ = trainer.predict(rows)
plain = F.cross_entropy(torch.tensor(logits), torch.tensor(labels)).item()
print(f"transformers {transformers.__version__}: cross-entropy {plain:.3f}; eval_loss unsmoothed {losses[0]:.3f}")
print(f"  and smoothed {losses[1]:.3f}; exp of them: {', '.join(f'{math.exp(each):.2f}' for each in (plain, *losses))}")
assert abs(losses[0] - plain) < 1e-4 and losses[1] > plain + 0.2
PY

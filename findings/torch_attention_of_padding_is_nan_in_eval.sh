#!/usr/bin/env bash
# torch 2.13.0, CPU: a sequence that is all padding (key_padding_mask all True) trains without a NaN in
# nn.TransformerEncoderLayer, since its attention is 0; the same layer in eval mode under no_grad takes another path
# and returns NaN for it: the validation loss is NaN while the training is sound. MultiheadAttention returns NaN in
# training too with need_weights=True, its default. A like report is open (github.com/pytorch/pytorch/issues/163997).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import torch

torch.manual_seed(0)
layer = torch.nn.TransformerEncoderLayer(8, nhead=2, dim_feedforward=16, batch_first=True, dropout=0.0)
attention = torch.nn.MultiheadAttention(8, 2, batch_first=True)
x, padding = torch.randn(2, 3, 8), torch.tensor([[False] * 3, [True] * 3])
train = layer(x, src_key_padding_mask=padding)
layer.eval()
with torch.no_grad():
    evaluated = layer(x, src_key_padding_mask=padding)
plain = attention(x, x, x, key_padding_mask=padding, need_weights=False)[0]
weighed = attention(x, x, x, key_padding_mask=padding)[0]
print(f"torch {torch.__version__}: finite in training {train.isfinite().all()}, in eval {evaluated.isfinite().all()};")
print(f"  need_weights=False {plain.isfinite().all()}, need_weights=True {weighed.isfinite().all()}")
assert train.isfinite().all() and evaluated[0].isfinite().all() and evaluated[1].isnan().all()
assert (plain[1] == attention.out_proj.bias).all() and weighed[1].isnan().all()
PY

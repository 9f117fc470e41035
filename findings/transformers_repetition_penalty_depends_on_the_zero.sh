#!/usr/bin/env bash
# transformers 5.24.0: repetition_penalty divides a positive logit and multiplies a negative one, so that it depends on
# where 0 lies, which softmax doesn't see. Of the logits [2, 1, 0] the first word, said before, has 0.67 and keeps 0.56;
# less 1 it keeps 0.61, plus 20 only 0.01. In beam search the processor gets log-probabilities, which are never
# positive: one beam and two beams penalise the same model differently.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6 transformers==5.24.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import torch
import transformers
from transformers import GPT2Config, GPT2LMHeadModel, LogitsProcessor, RepetitionPenaltyLogitsProcessor

logits, said = torch.tensor([[2.0, 1.0, 0.0]]), torch.tensor([[0]])
penalty = RepetitionPenaltyLogitsProcessor(1.3)
kept = [penalty(said, logits + shift).softmax(-1)[0, 0].item() for shift in (-1, 0, 20)]
print(f"transformers {transformers.__version__}: of {logits.softmax(-1)[0, 0]:.3f} are kept, of the logits shifted by")
print(f"  -1, 0 and 20: {', '.join(f'{each:.3f}' for each in kept)}")


class Watch(LogitsProcessor):
    def __call__(self, input_ids, scores):
        sums.append(scores.exp().sum(-1)[0].item())
        return scores


torch.manual_seed(0)
config = GPT2Config(vocab_size=50, n_layer=1, n_head=2, n_embd=16, n_positions=32, bos_token_id=0, eos_token_id=49)
model, sums = GPT2LMHeadModel(config).eval(), []
for beams in (1, 2):
    settings = dict(num_beams=beams, max_new_tokens=1, do_sample=False, pad_token_id=49)
    model.generate(torch.tensor([[1, 2]]), logits_processor=[Watch()], **settings)
print(f"what a processor gets: the sum of e^score is {sums[0]:.2f} with one beam, {sums[1]:.4f} with two")
assert kept[0] > 0.6 and kept[2] < 0.02 and abs(sums[1] - 1) < 1e-4 and sums[0] > 2
PY

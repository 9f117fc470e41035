#!/usr/bin/env bash
# spaCy 3.8.18: a text classifier (textcat, textcat_multilabel) gives an empty text the score 0 for every label when it
# comes alone, or among empty texts only, and the network's scores when a text with words is in the same batch. textcat
# is a softmax whose rows sum to 1: the sum is 0 here and 1 there. So one row of a table has two predictions, by
# nlp(text) and by nlp.pipe(texts).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 spacy==3.8.18
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import random

import spacy
from spacy.training import Example

random.seed(0)
spacy.util.fix_random_seed(0)
words = [[f"word{label}x{each}" for each in range(20)] for label in range(3)]
texts = [(" ".join(random.choices(words[row % 3], k=6)), row % 3) for row in range(90)]
for name in ("textcat", "textcat_multilabel"):
    nlp = spacy.blank("en")
    nlp.add_pipe(name)
    examples = []
    for text, label in texts:
        truth = {str(each): float(each == label) for each in range(3)}
        examples.append(Example.from_dict(nlp.make_doc(text), {"cats": truth}))
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(10):
        nlp.update(examples, sgd=optimizer)
    alone = list(nlp("").cats.values())
    beside = list(list(nlp.pipe([texts[0][0], ""]))[1].cats.values())
    print(f"spaCy {spacy.__version__}, {name}: empty text alone {alone}, beside {[round(p, 3) for p in beside]}")
    assert alone == [0, 0, 0] and max(beside) > 0.1
    assert name != "textcat" or abs(sum(beside) - 1) < 1e-5
PY

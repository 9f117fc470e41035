#!/usr/bin/env bash
# NLTK 3.10.4: the weights of a MaxentClassifier, a multinomial logistic regression, are logarithms to base 2, and so
# is logprob. The softmax of the summed weights is not the classifier's distribution: 0.83 for 0.75. Multiplied by ln
# 2 they are logits. The documentation calls the weights logarithmic and names no base.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 nltk==3.10.4
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import nltk
import numpy as np
from nltk.classify import MaxentClassifier

cat, dog = ({"tail": 1}, "cat"), ({"tail": 1}, "dog")
data = [cat] * 6 + [dog] * 2 + [({"tail": 2}, "dog")] * 5 + [({"tail": 2}, "cat")]
model = MaxentClassifier.train(data, algorithm="IIS", trace=0, max_iter=50)
encoding, weights = model._encoding, model.weights()
active = [encoding.encode({"tail": 1}, label) for label in ("cat", "dog")]
sums = np.array([sum(weights[i] * count for i, count in pairs) for pairs in active])


def softmax(logits):
    return np.exp(logits) / np.exp(logits).sum()


said = model.prob_classify({"tail": 1}).prob("cat")
plain, bits = softmax(sums)[0], softmax(sums * np.log(2))[0]
print(f"nltk {nltk.__version__}: the model says {said:.3f}, softmax of its weights {plain:.3f}, times ln 2 {bits:.3f}")
assert abs(said - 0.75) < 1e-3 and abs(bits - said) < 1e-6 and plain > 0.8
PY

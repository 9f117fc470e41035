#!/usr/bin/env bash
# NLTK 3.10.4: classify.log_likelihood is the logarithm of the mean probability of the true labels, not the mean (or
# sum) of their logarithms. A classifier that is sure and once wrong (1e-30 for the truth) beats one that says 0.8
# each time; by the log-likelihood it loses by far.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet nltk==3.10.4
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import math

import nltk
from nltk.classify import log_likelihood
from nltk.probability import DictionaryProbDist


class Given:
    """Takes an example's features for the distribution of its label."""

    def prob_classify_many(self, examples):
        return [DictionaryProbDist(example) for example in examples]


def scores(*true):
    gold = [({"cat": p, "dog": 1 - p}, "cat") for p in true]
    return log_likelihood(Given(), gold), sum(map(math.log, true)) / len(true)


sure, careful = scores(*[0.99] * 9, 1e-30), scores(*[0.8] * 10)
print(f"nltk {nltk.__version__}: once wrong {sure[0]:.3f}, careful {careful[0]:.3f}")
print(f"mean of logarithms: once wrong {sure[1]:.3f}, careful {careful[1]:.3f}")
assert sure[0] > careful[0] + 0.1 and sure[1] < careful[1] - 6
PY

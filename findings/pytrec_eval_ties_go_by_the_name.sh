#!/usr/bin/env bash
# pytrec-eval-terrier 0.5.11, the trec_eval of Python: scores are compared as float32, and equal ones are put in the
# reverse order of the documents' names. Sigmoid of the logits 20, 19, 18.5 and 18 is four numbers in float64 and one
# in float32. So nDCG of a re-ranker's probabilities is 0.43 if the right document is called a, and 1 if it is called
# d. Of the logits it is 1. That ties go by the name is trec_eval's old rule; here unequal numbers are ties.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 pytrec-eval-terrier==0.5.11
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

import numpy as np
import pytrec_eval


def ndcg(scores, relevant):
    run = {"query": {name: float(score) for name, score in scores.items()}}
    evaluator = pytrec_eval.RelevanceEvaluator({"query": {relevant: 1}}, {"ndcg"})
    return evaluator.evaluate(run)["query"]["ndcg"]


logits = [20.0, 19.0, 18.5, 18.0]  # the right document has the highest
probs = 1 / (1 + np.exp(-np.array(logits)))
assert len(set(probs)) == 4
for kind, scores in (("logits", logits), ("probabilities", probs)):
    first, last = ndcg(dict(zip("abcd", scores)), "a"), ndcg(dict(zip("dcba", scores)), "d")
    print(f"pytrec-eval-terrier {version('pytrec-eval-terrier')}, {kind}: nDCG {first:.4f} if the right one is called "
          f"a, {last:.4f} if d")
    assert abs(first - (1 if kind == "logits" else 1 / np.log2(5))) < 1e-6 and last == 1
PY

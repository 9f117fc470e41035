#!/usr/bin/env bash
# hmmlearn 0.3.3: decode(x, algorithm="map") returns log_prob, "log probability of the produced state sequence" by its
# docs, so a number of at most 0. It is the sum of each position's largest posterior, without a logarithm: 3.7 for a
# sequence of five, and it grows with the length. Whoever compares models or sequences by it prefers the longest.
# algorithm="viterbi", which finds the same states here, returns ln P(x, states) = -5.757.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 hmmlearn==0.3.3
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

import numpy as np
from hmmlearn import hmm

model = hmm.CategoricalHMM(n_components=2)
model.n_features = 2
model.startprob_ = np.array([0.5, 0.5])
model.transmat_ = np.array([[0.8, 0.2], [0.3, 0.7]])
model.emissionprob_ = np.array([[0.9, 0.1], [0.2, 0.8]])
x = np.array([0, 1, 1, 0, 1])
viterbi, states = model.decode(x[:, None], algorithm="viterbi")
by_map, same = model.decode(x[:, None], algorithm="map")
joint = np.log(model.startprob_[states[0]]) + np.log(model.emissionprob_[states, x]).sum()
joint += np.log(model.transmat_[states[:-1], states[1:]]).sum()
posterior = joint - model.score(x[:, None])
largest = model.predict_proba(x[:, None]).max(1)
print(f"hmmlearn {version('hmmlearn')}: states {states}, ln P(x, states) {joint:.4f}, ln P(states | x) {posterior:.4f}")
print(f"  log_prob of viterbi {viterbi:.4f}, of map {by_map:.4f}; the largest posteriors {largest.round(3)}, "
      f"their sum {largest.sum():.4f}, the sum of their logarithms {np.log(largest).sum():.4f}")
assert (states == same).all() and np.isclose(viterbi, joint) and posterior < 0
assert np.isclose(by_map, largest.sum()) and by_map > 3
PY

#!/usr/bin/env bash
# Vowpal Wabbit 9.11.9: --oaa 4 --probabilities without --loss_function logistic. The scores are fitted by squared error
# to -1 and 1, then put through a sigmoid and normalised: sigmoid(1) / (sigmoid(1) + 3 sigmoid(-1)) = 0.475 is the most
# that the surest row can have. (It is said in the log, which --quiet hides.)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 vowpalwabbit==9.11.9
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

import numpy as np
from vowpalwabbit import Workspace

rng = np.random.default_rng(0)
x = rng.normal(size=(3_000, 6))
y = (x @ (rng.normal(size=(6, 4)) * 4)).argmax(1) + 1
rows = ["| " + " ".join(f"f{i}:{value:.6f}" for i, value in enumerate(row)) for row in x]


def probabilities(extra):
    work = Workspace(f"--oaa 4 --probabilities --quiet {extra}")
    for _ in range(5):
        for row, label in zip(rows, y):
            work.learn(f"{label} {row}")
    probs = np.array([work.predict(row) for row in rows])
    work.finish()
    return probs.max(), (probs.argmax(1) + 1 == y).mean()


squared, logistic = probabilities(""), probabilities("--loss_function logistic")
print(f"vowpalwabbit {version('vowpalwabbit')}: largest probability of {len(x)} rows, and accuracy")
print(f"default loss {squared[0]:.4f}, {squared[1]:.3f}; logistic {logistic[0]:.4f}, {logistic[1]:.3f}")
assert squared[0] < 0.48 and squared[1] > 0.9 and logistic[0] > 0.9
PY

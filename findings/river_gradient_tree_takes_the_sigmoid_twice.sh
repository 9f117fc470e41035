#!/usr/bin/env bash
# river 0.26.1: SGTClassifier "minimizes the binary cross-entropy" by its docs, so a leaf of rows whose share of True is
# q should come to the probability q. learn_one takes the sigmoid of the leaf's value and hands it to the loss, whose
# derivative takes the sigmoid again: sigmoid(sigmoid(value)) - y. That is between 0.5 and 0.731, so the sum of the
# gradients is 0 at the probability ln(q / (1 - q)), nowhere for q up to 0.5 or above 0.731: the leaf goes to 0 or 1.
# Coin flips come to 0.19, a share of 0.1 to less than 0.001. With one sigmoid (the loss below, which takes what it is
# handed for a probability) all come out right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 river==0.26.1
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import math
import random
from importlib.metadata import version

from river import metrics, tree
from river.tree.losses import BinaryCrossEntropyLoss
from river.tree.utils import GradHess


class OneSigmoid(BinaryCrossEntropyLoss):
    def compute_derivatives(self, y_true, y_pred):
        return GradHess(y_pred - y_true, y_pred * (1 - y_pred))


def probability_after(share, loss, rows=20_000):
    draw = random.Random(0)
    model, log_loss = tree.SGTClassifier(), metrics.LogLoss()
    model.loss_func = loss
    for i in range(rows):
        x, y = {"nothing to learn": draw.random()}, draw.random() < share
        if i >= rows // 2:
            log_loss.update(y, model.predict_proba_one(x))
        model.learn_one(x, y)
    return model.predict_proba_one({"nothing to learn": 0.5})[True], log_loss.get()


print(f"river {version('river')}")
for share in (0.1, 0.3, 0.5, 0.9):
    own, loss = probability_after(share, BinaryCrossEntropyLoss())
    mended, least = probability_after(share, OneSigmoid())
    entropy = -share * math.log(share) - (1 - share) * math.log(1 - share)
    print(f"  share {share}: probability {own:.4f}, log loss {loss:.3f}; with one sigmoid {mended:.3f}, {least:.3f} "
          f"(the best constant {entropy:.3f})")
    assert abs(mended - share) < 0.03 and least < entropy + 0.03
    assert {0.1: own < 0.001, 0.3: own < 0.01, 0.5: own < 0.25, 0.9: own > 0.99}[share] and loss > entropy + 0.05
PY

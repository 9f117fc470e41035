#!/usr/bin/env bash
# PaddlePaddle 3.3.1: distribution.Categorical(logits) draws from softmax(logits) and takes entropy and KL of softmax,
# but probs and log_prob are of logits / sum(logits): [1, 2, 3] draws the third in 67 % of cases and says 0.5. A
# negative logit gets a negative probability. Known and open since 2023 (github.com/PaddlePaddle/Paddle/issues/54733).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet paddlepaddle==3.3.1 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import numpy as np
import paddle
from paddle.distribution import Categorical

paddle.seed(0)
classes = paddle.to_tensor([0, 1, 2])
distribution = Categorical(paddle.to_tensor([1.0, 2.0, 3.0]))
drawn = np.bincount(distribution.sample([20_000]).numpy().ravel()) / 20_000
said, negative = distribution.probs(classes).numpy(), Categorical(paddle.to_tensor([-1.0, 2.0, -3.0])).probs(classes)
print(f"paddle {paddle.__version__}: drawn {drawn.round(3)}, probs {said.round(3)}, of [-1, 2, -3] {negative.numpy()}")
assert abs(drawn[2] - 0.665) < 0.02 and np.allclose(said, [1 / 6, 1 / 3, 1 / 2]) and (negative.numpy() < 0).any()
PY

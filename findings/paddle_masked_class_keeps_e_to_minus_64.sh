#!/usr/bin/env bash
# PaddlePaddle 3.3.1, CPU: softmax, log_softmax and cross_entropy lift every logit that lies more than 64 below the
# largest to 64 below. A class masked with -inf keeps 1.6e-28 and log-probability -64, and a true class 100 below
# costs 64, while the gradient is that of the unlifted loss. The clip is in the kernel
# (github.com/PaddlePaddle/Paddle/issues/4366), not in the documentation of the functions.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet paddlepaddle==3.3.1 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import paddle
import paddle.nn.functional as F

masked, far = paddle.to_tensor([0.0, -float("inf")]), paddle.to_tensor([[0.0, -100.0]])
share, log_share = F.softmax(masked)[1].item(), F.log_softmax(masked)[1].item()
loss = F.cross_entropy(far, paddle.to_tensor([1])).item()
print(f"paddle {paddle.__version__}: masked class {share:.3g}, its logarithm {log_share}; class 100 below costs {loss}")
assert 1e-28 < share < 2e-28 and abs(log_share + 64) < 0.01 and abs(loss - 64) < 0.01
PY

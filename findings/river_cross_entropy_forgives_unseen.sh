#!/usr/bin/env bash
# river 0.26.1: metrics.CrossEntropy costs nothing where the true class has no probability yet, which is what an online
# model meets first. A prediction that gives the truth 0 explicitly does cost.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet river==0.26.1
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

from river import metrics

unseen, named = metrics.CrossEntropy(), metrics.CrossEntropy()
unseen.update("zebra", {"cat": 1.0})
named.update("zebra", {"cat": 1.0, "zebra": 0.0})
print(f"river {version('river')}: the true class is missing: {unseen.get()}; it has 0: {named.get():.2f}")
assert unseen.get() == 0 and named.get() > 10
PY

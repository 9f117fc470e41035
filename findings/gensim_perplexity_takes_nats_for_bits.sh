#!/usr/bin/env bash
# gensim 4.4.0: LdaModel.log_perplexity is a bound in nats, and the perplexity that it logs is 2^(-bound), which is for
# bits. Texts of 100 words drawn evenly, which no model predicts with a perplexity below 100, are given 24.6;
# e^(-bound) is 101. Open since 2019 (github.com/piskvorky/gensim/issues/2623).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 scipy==1.17.1 gensim==4.4.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import io
import logging
import re
from collections import Counter

import gensim
import numpy as np

rng, words, log = np.random.default_rng(0), 100, io.StringIO()
texts = [sorted(Counter(text.tolist()).items()) for text in rng.integers(0, words, size=(300, 400))]
names = {word: str(word) for word in range(words)}
model = gensim.models.LdaModel(texts, num_topics=2, id2word=names, passes=3, random_state=0)
logging.basicConfig(stream=log, level=logging.INFO, format="%(message)s")
bound = model.log_perplexity(texts)
logged = float(re.search(r"([\d.]+) perplexity", log.getvalue()).group(1))
print(f"gensim {gensim.__version__}: bound {bound:.3f} (-ln {words} = {-np.log(words):.3f}),")
print(f"  logged perplexity {logged}, e^(-bound) {np.exp(-bound):.1f}")
assert abs(logged - 2**-bound) < 0.1 and logged < 30 and abs(np.exp(-bound) - words) < 3
PY

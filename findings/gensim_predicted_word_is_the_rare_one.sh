#!/usr/bin/env bash
# gensim 4.4.0: Word2Vec.predict_output_word, "the probability distribution of the center word", is a softmax of scores
# that negative sampling has trained with sigmoids. Such a score is the logarithm of a word's probability divided by how
# often it was drawn as a negative, which the softmax does not put back: of two words that stand between the same two,
# one in 90 % of cases, the other in 10 %, the rare one gets the higher probability.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 scipy==1.17.1 gensim==4.4.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import gensim
import numpy as np
from gensim.models import Word2Vec

rng = np.random.default_rng(0)
texts = [["left", "common" if each < 0.9 else "rare", "right"] for each in rng.random(20_000)]
for negative in (5, 20):
    model = Word2Vec(texts, vector_size=20, window=1, min_count=1, epochs=20, negative=negative, workers=1, seed=1)
    probs = dict(model.predict_output_word(["left", "right"], topn=4))
    print(f"gensim {gensim.__version__}, {negative} negatives: " + ", ".join(f"{w} {p:.2f}" for w, p in probs.items()))
    assert probs["rare"] > probs["common"] and probs["common"] < 0.6
PY

#!/usr/bin/env bash
# Hugging Face datasets 5.2.0: class_encode_column of a column of numbers writes them as text and sorts the text: of the
# classes 0 to 11, class 10 becomes 2 and class 2 becomes 4. Logits of a network that was trained on the column as it
# was agree with 2 of 12 labels. And cast to the features of another set takes a label's number as it is: "cat" of
# [cat, dog] becomes "cow" of [cow, dog]. Nothing is said in either case.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 datasets==5.2.0
cd "$folder"
HF_HUB_OFFLINE=1 HF_HOME="$folder" HF_DATASETS_DISABLE_PROGRESS_BARS=1 "$folder/venv/bin/python" - <<'PY'
import datasets

numbers = list(range(12))
encoded = datasets.Dataset.from_dict({"label": numbers}).class_encode_column("label")
print(f"datasets {datasets.__version__}: {numbers} become")
print(f"  {encoded['label'][:]}, with the names {encoded.features['label'].names}")
few = datasets.Dataset.from_dict({"label": list(range(10))}).class_encode_column("label")
pets = datasets.Dataset.from_dict({"label": ["cat", "dog"]}).class_encode_column("label")
farm = datasets.Dataset.from_dict({"label": ["cow", "dog"]}).class_encode_column("label")
cast = pets.cast(farm.features)
names = [cast.features["label"].int2str(each) for each in cast["label"]]
print(f"cat and dog, cast to the features of cow and dog: {names}")
assert few["label"][:] == list(range(10)) and names == ["cow", "dog"]
assert encoded["label"][:] == [0, 1, 4, 5, 6, 7, 8, 9, 10, 11, 2, 3]
PY

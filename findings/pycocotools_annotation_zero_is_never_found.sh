#!/usr/bin/env bash
# pycocotools 2.0.11: COCOeval marks a detection that has no partner with the id 0, so the detection that finds the
# annotation whose id is 0 counts as a false alarm. A perfect detector of four boxes has an average precision of 0.564
# if they are numbered from 0, and of 1 if they are numbered from 1. Nothing is said, and the format only asks for
# integers.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 pycocotools==2.0.11
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import contextlib
import io
from importlib.metadata import version

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


def average_precision(first_id):
    boxes = [[10, 10, 50, 50], [100, 10, 60, 40], [10, 200, 80, 80], [200, 200, 40, 90]]
    truth = COCO()
    truth.dataset = {
        "info": {},
        "images": [{"id": 1}],
        "categories": [{"id": 1}],
        "annotations": [
            {"id": first_id + i, "image_id": 1, "category_id": 1, "bbox": box, "area": box[2] * box[3], "iscrowd": 0}
            for i, box in enumerate(boxes)
        ],
    }
    with contextlib.redirect_stdout(io.StringIO()):
        truth.createIndex()
        found = truth.loadRes([{"image_id": 1, "category_id": 1, "bbox": box, "score": 0.9} for box in boxes])
        evaluation = COCOeval(truth, found, "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats[0]


from_one, from_zero = average_precision(1), average_precision(0)
print(f"pycocotools {version('pycocotools')}: AP of a perfect detector {from_one:.3f}, of ids from 0 {from_zero:.3f}")
assert abs(from_one - 1) < 1e-9 and abs(from_zero - 0.5644) < 1e-3
PY

import math
import re
import sys
from types import SimpleNamespace
from typing import NamedTuple

import numpy
import pandas
import pytest
import scipy.sparse
import torch

from bench.sources import PAGE, read_table, with_rows
from helpers.inputs import own_numbers

LOGITS = torch.tensor([[2.0, -1.0, 0.5], [0.25, 3.0, -4.0]])
LABELS = ("ship", "truck", "plane")
WHOLE = {"logits": LOGITS, "targets": torch.tensor([2, 1]), "labels": list(LABELS)}


CSV = "ship,truck,target,plane\n2,-1,plane,0.5\n0.25,3,truck,-4\n"


def write(path, whole=WHOLE):
    if path.suffix == ".pt":
        torch.save(whole, path)
    elif path.suffix == ".npz":
        numpy.savez(path, **{name: numpy.asarray(value) for name, value in whole.items()})
    elif path.suffix == ".npy":
        numpy.save(path, whole)
    else:
        path.write_text(whole, encoding="utf-8")
    return path


@pytest.mark.parametrize("kind, whole", [("pt", WHOLE), ("npz", WHOLE), ("csv", CSV)])
def test_every_kind_of_file_gives_the_same(tmp_path, kind, whole):
    own = own_numbers(write(tmp_path / f"mine.{kind}", whole))
    torch.testing.assert_close(own.logits.float(), LOGITS)
    assert own.targets.tolist() == [2, 1] and own.labels == LABELS and own.loss is None and not own.said
    assert own.targets.dtype == torch.int64 and own_numbers(own) is own


FRAME = pandas.DataFrame(LOGITS.numpy(), columns=LABELS)
PLAIN = LOGITS.tolist()
INDEX = "column '' left out, an index"


@pytest.mark.parametrize(
    "text, targets, labels, said",
    [
        (FRAME.assign(target=["truck", "ship"]).to_csv(), [1, 0], LABELS, [INDEX]),
        (FRAME.assign(Target=["truck", "ship"]).to_csv(index=False), [1, 0], LABELS,
         ["column 'Target' read as targets"]),
        (FRAME.assign(label=[2, 0]).to_csv(index=False), [2, 0], LABELS, ["column 'label' read as targets"]),
        (FRAME.assign(id=["a7", "b1"]).to_csv(index=False), None, LABELS, ["column 'id' left out, an index"]),
        (FRAME.assign(y=[0, 1]).to_csv(sep=";", index=False), [0, 1], LABELS, ["column 'y' read as targets"]),
        (FRAME.to_csv(sep=";", decimal=",", index=False), None, LABELS, []),
        (FRAME.to_csv(sep="\t", index=False), None, LABELS, []),
        ("\ufeff" + FRAME.to_csv(index=False), None, LABELS, []),
        (FRAME.set_axis(["NA", "None", "null"], axis=1).assign(target="NA").to_csv(index=False), [0, 0], None, []),
        (FRAME.set_axis([3, 5, 7], axis=1).assign(target=[7, 3]).to_csv(index=False), [2, 0], None,
         ["targets read as labels"]),
        (FRAME.set_axis([0, 1, 2], axis=1).assign(target=[2, 0]).to_csv(index=False), [2, 0], None, []),
        ("loop,even,target:even,target:loop\n1,-2,0,1\n", [[1.0, 0.0]], ("loop", "even"), []),
        ("spam,class\n1.5,0\n-2,1\n", [0, 1], ("not spam", "spam"), [
            "column 'class' read as targets", "one margin m a row became the two columns [0, m]"]),
    ],
)  # fmt: skip
def test_tables_as_they_are_written(tmp_path, text, targets, labels, said):
    own = own_numbers(write(tmp_path / "mine.csv", text))
    assert own.targets is None if targets is None else own.targets.tolist() == targets
    assert labels is None or own.labels == labels
    assert list(own.said) == said and all(each in repr(own) for each in said) and "\n" not in repr(own)


class Predicted(NamedTuple):
    predictions: numpy.ndarray
    label_ids: numpy.ndarray
    metrics: dict


class Frame:
    """A table as polars hands it over: without pandas' iloc and ndim, and as dicts."""

    def __init__(self, table):
        self.columns, self.shape = list(table.columns), table.shape
        self.to_dicts = lambda: table.to_dict("records")


class Output(dict):
    """What transformers' models give: a dict with parts of every kind, whose logits are an attribute too."""

    @property
    def logits(self):
        return self["logits"]


M = torch.tensor([1.5, -0.5, 3.0])
TWO = [[0.0, 1.5], [0.0, -0.5], [0.0, 3.0]]
MARGINS = "one margin m a row became the two columns [0, m]"
TOKENS = torch.arange(24.0).reshape(2, 4, 3) ** 0.5
COMPLEMENT = torch.linspace(-2, 3, 6)


@pytest.mark.parametrize(
    "source, logits, targets, labels, said",
    [
        (LOGITS, PLAIN, None, None, []),
        (LOGITS.to(torch.float8_e5m2), PLAIN, None, None, []),
        (FRAME, PLAIN, None, LABELS, []),
        ((FRAME, pandas.Series(["plane", "ship"])), PLAIN, [2, 0], LABELS, []),
        ((FRAME, pandas.Series([2, 0])), PLAIN, [2, 0], LABELS, []),
        ((LOGITS, [0, 1]), PLAIN, [0, 1], None, []),
        ((LOGITS, numpy.array([[0.0], [1.0]])), PLAIN, [0, 1], None, ["targets: floats, taken as whole numbers"]),
        ([LOGITS[:1], LOGITS[1:]], PLAIN, None, None, ["2 batches joined"]),
        ([(LOGITS[:1], [2]), (LOGITS[1:], [0])], PLAIN, [2, 0], None, ["2 batches joined"]),
        ([dict(zip(LABELS, row)) for row in PLAIN], PLAIN, None, LABELS, []),
        ([{2: 5.0, 0: 1.0, 1: 2.5}], [[1.0, 2.5, 5.0]], None, ("0", "1", "2"), []),
        (torch.stack([-M, M], 1), [[-m, m] for m in M.tolist()], None, None,
         ["of [−m, m] of a margin m, give m alone"]),
        ({"logits": [{0: 1.0, 1: 2.5}], "targets": [1]}, [[1.0, 2.5]], [1], ("0", "1"), []),
        ({"logits": LOGITS, "labels": {1: "b", 0: "a", 2: "c"}, "y": ["c", "a"]}, PLAIN, [2, 0], ("a", "b", "c"),
         ["'y' read as targets", "labels in the order of their numbers"]),
        ({"logits": LOGITS, "labels": {"b": 1, "a": 0, "c": 2}}, PLAIN, None, ("a", "b", "c"), ["in the order"]),
        ({"logits": LOGITS, "labels": numpy.array([1, 2, 3]), "targets": numpy.array([3, 1])}, PLAIN, [2, 0],
         ("1", "2", "3"), ["targets read as labels"]),
        ({"logits": LOGITS, "labels": [1, 2, 3], "targets": ["2", "1"]}, PLAIN, [1, 0], ("1", "2", "3"), []),
        ({"logits": torch.cat([LOGITS, LOGITS]), "labels": numpy.array([2, 0, 2, 0])}, 2 * PLAIN, [2, 0, 2, 0], None,
         ["'labels' read as targets"]),
        ({"arr_0": LOGITS, "arr_1": [1, 0]}, PLAIN, [1, 0], None, []),
        (Predicted(LOGITS.numpy(), numpy.array([1, 0]), {"a": 1, "b": 2, "c": 3}), PLAIN, [1, 0], None, []),
        ({"predictions": LOGITS, "label_ids": torch.tensor([-100, 1])}, PLAIN[1:], [1], None,
         ["1 rows of target -100"]),
        (Predicted(TOKENS, torch.tensor([[0, 1, 2, -100], [2, 1, 0, -100]]), {}),
         TOKENS[:, :3].flatten(0, 1).tolist(), [0, 1, 2, 2, 1, 0], None, ["(2, 4, 3) flattened", "2 rows of target"]),
        ((TOKENS.movedim(2, 1), torch.zeros(2, 4).long()), TOKENS.flatten(0, 1).tolist(), [0] * 8, None,
         ["along dim 1"]),
        (M, TWO, None, None, [MARGINS]),
        ((M[:, None], [True, False, True]), TWO, [1, 0, 1], None, [MARGINS]),
        ((M, [1, -1, 1]), TWO, [1, 0, 1], None, [MARGINS, "targets −1 and 1 became 0 and 1"]),
        (torch.stack([1 - COMPLEMENT, COMPLEMENT], 1), [[0.0, m] for m in COMPLEMENT.tolist()], None, None, ["1 − m"]),
        ({"probs": [[0.25, 0.75]]}, [[math.log(0.25), math.log(0.75)]], None, None, ["their logarithm"]),
        ({"probs": [[0.5, 0.75, 0.5]]}, [[0.0, math.log(3), 0.0]], None, None, ["their logit"]),
        ({"probs": [0.5, 0.75]}, [[0.0, 0.0], [0.0, math.log(3)]], None, None, ["their logit", MARGINS]),
        ({"probs": [[0.0, 1.0]]}, [[-math.inf, 0.0]], None, None, ["their logarithm", "1 of them infinite"]),
        ([[0.25, 0.75], [0.5, 0.5]], [[0.25, 0.75], [0.5, 0.5]], None, None, ["probabilities? then own_numbers"]),
        (torch.linspace(0, 1, 11), [[0.0, k / 10] for k in range(11)], None, None,
         [MARGINS, "all from 0 to 1: probabilities of a sigmoid? then own_numbers"]),
        ([[3, 1], [2, 5]], [[3, 1], [2, 5]], None, None, ["whole numbers, taken as logits"]),
        ((LOGITS, [[0.5, 0.5, 0], [0, 0, 1]]), PLAIN, [[0.5, 0.5, 0], [0, 0, 1]], None, []),
        ((LOGITS, scipy.sparse.csr_array([[0, 1, 1], [0, 0, 0]])), PLAIN, [[0, 1, 1], [0, 0, 0]], None, []),
        (SimpleNamespace(logits=LOGITS, loss=0.5), PLAIN, None, None, []),
        (Output(logits=LOGITS, encoder_last_hidden_state=TOKENS), PLAIN, None, None, []),
        (Frame(FRAME.assign(target=["plane", "ship"])), PLAIN, [2, 0], LABELS, []),
        ((Frame(FRAME), ["plane", "ship"]), PLAIN, [2, 0], LABELS, []),
        ([(0.5, -1.0), (2.0, 0.25)], [[0.5, -1.0], [2.0, 0.25]], None, None, []),
        ([{"logits": LOGITS[:1], "y": [2]}, {"logits": LOGITS[1:], "y": [0]}], PLAIN, [2, 0], None,
         ["2 batches joined", "'y' read as targets"]),
        ([Output(logits=LOGITS[:1]), Output(logits=LOGITS[1:])], PLAIN, None, None, ["2 batches joined"]),
        ([TOKENS, TOKENS], TOKENS.flatten(0, 1).tolist() * 2, None, None, ["2 batches joined", "(4, 4, 3) flattened"]),
        ({"probs": [[{"label": "b", "score": 0.75}, {"label": "a", "score": 0.25}],
                    [{"label": "a", "score": 0.5}, {"label": "b", "score": 0.5}]], "targets": ["a", "b"]},
         [[math.log(0.75), math.log(0.25)], [math.log(0.5)] * 2], [1, 0], ("b", "a"),
         ["classes in the order of the first row", "their logarithm"]),
        ({"logits": [{True: 0.5, False: 1.5}], "targets": [True]}, [[1.5, 0.5]], [1], ("False", "True"), []),
    ],
)  # fmt: skip
def test_variables_as_libraries_hand_them_over(source, logits, targets, labels, said):
    own = own_numbers(source)
    torch.testing.assert_close(own.logits.double(), torch.tensor(logits, dtype=torch.float64))
    assert own.targets is None if targets is None else own.targets.tolist() == targets
    assert own.labels == labels and len(own.said) == len(said)
    assert all(each in one for each, one in zip(said, own.said)) and repr(own).endswith(" · ".join(own.said))


def test_numbers_in_half_types_and_boxes(tmp_path):
    pytest.importorskip("safetensors")
    from safetensors.torch import save_file

    for dtype in (torch.bfloat16, torch.float8_e4m3fn):
        save_file({"logits": LOGITS.to(dtype), "targets": torch.tensor([0, 1])}, tmp_path / "mine.safetensors")
        own = own_numbers(tmp_path / "mine.safetensors")
        assert own.logits.float().tolist() == LOGITS.to(dtype).float().tolist() and own.targets.tolist() == [0, 1]


def test_packages_that_are_missing_are_named_with_the_line(tmp_path, monkeypatch):
    for kind, package in (("safetensors", "safetensors.torch"), ("parquet", "pandas.io.parquet")):
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(
            ValueError, match=rf"^mine.{kind}: can't be read: the package .* is not installed: pip install"
        ):
            own_numbers(write(tmp_path / f"mine.{kind}", "x"))


@pytest.mark.parametrize(
    "name, content, said",
    [
        ("mine.txt", "1,2", "can't be read: it ends in .txt, want .pt, .pth, .*own_numbers.numpy.loadtxt"),
        ("mine.pkl", "", "can't be read: it ends in .pkl, .*own_numbers.pickle.load"),
        ("mine.pt", None, "can't be read"),
        ("mine.csv", "", "can't be read: No columns"),
        ("mine.npy", numpy.array([[1, None]], dtype=object), "can't be read: .*array.astype.float."),
        ("mine.npy", numpy.zeros((2, 2), "V2"), r"logits: got .* array.view.ml_dtypes.bfloat16"),
        (
            "mine.npz",
            {"logits": LOGITS, "labels": numpy.array(list(LABELS), object)},
            "can't be read: .*labels.astype.str.",
        ),
        ("mine.csv", "ship,truck,target\n1,x,0\n", "column 'truck': got 'x', want a logit"),
        ("mine.csv", "ship,truck\n1,2\n3,\n", "column 'truck': got nothing in row 1, want a logit"),
        ("mine.csv", "ship,truck,target\n1,2,c\n", "targets: got 'c', want one of the labels ship, truck"),
        ("mine.csv", "ship,truck,target\n1,2,ship\n3,4,\n", "targets: got nothing in row 1, .*notna"),
        ("mine.csv", "ship,truck,target:ship\n1,2,0\n", "columns: got no 'target:truck'"),
        ("mine.csv", "ship,truck,label,y\n1,2,0,1\n", "columns: got 'label' and 'y', want one .*drop.columns='y'"),
        ("mine.csv", "ship,nr\n1,1\n3,2\n4.5,3\n", "column 'nr': got numbers that count .*drop.columns='nr'"),
        ("mine.csv", "ship,ship\n1,2\n", "can't be read: column 'ship': got it twice"),
        ("mine.csv", "0.5,1.25\n1,2\n", "can't be read: the first line: .*to_csv.path, index=False"),
        ("mine.csv", "1,2,target\n0.5,2.5,1\n", "targets: got numbers that fit as labels .* and as positions"),
    ],
)
def test_a_bad_file_is_named_with_what_is_wanted(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_bytes(b"no tensor") if content is None else write(path, content)
    with pytest.raises(ValueError, match=f"(?s)^{name}: {said}"):
        own_numbers(path)


def test_a_file_is_read_without_running_what_is_in_it(tmp_path):
    path = tmp_path / "code.pt"
    torch.save({"logits": LOGITS, "labels": re.compile("a")}, path)
    with pytest.raises(ValueError, match="^code.pt: can't be read: it holds more than tensors"):
        own_numbers(path)


@pytest.mark.parametrize(
    "variable, said",
    [
        ({"targets": [0]}, "got no 'logits'"),
        ({"logits": LOGITS, "guess": [0, 1]}, "got 'guess', want 'logits'"),
        ({"fc.weight": LOGITS}, "got 'fc.weight', .* weights of a model"),
        ({"logits": LOGITS[0], "labels": LABELS}, r"logits: got shape \(3,\), want \(N, K\); one row is logits.None."),
        ({"logits": LOGITS, "targets": [0]}, r"targets: got shape \(1,\), want \(2,\) or \(2, 3\)"),
        ({"logits": LOGITS, "labels": ["a"]}, "labels: got 1, want 3"),
        ({"logits": LOGITS, "labels": [0, 1]}, r"labels: got 2, .*own_numbers\(\(logits, targets\)\)"),
        ((LOGITS, 3), "targets: got 3, want one for each row"),
        ({"logits": LOGITS, "targets": [1, 3]}, "targets: got 3, want whole numbers from 0 to 2"),
        ((LOGITS.repeat(2, 1), [1, 2, 3, 3]), "targets: got 3, .*counted from 1. targets - 1"),
        ({"logits": LOGITS, "targets": [0, math.nan]}, "targets: got nothing in row 1"),
        ({"logits": LOGITS, "targets": [0, 0.5]}, "targets: got 0.5, want class indices"),
        (
            {"logits": LOGITS, "labels": [1, 2, 3], "targets": [2, 1]},
            "targets: got numbers that fit as labels .*positions",
        ),
        ((LOGITS.softmax(1), LOGITS), r"targets: got 2 at \[0, 0\], want zeros and ones, .*probabilities, logits"),
        ({"logits": (LOGITS * 10).to(torch.int8)}, r"logits: got int8, .*- zero_point\) \* scale"),
        ({"logits": LOGITS * math.nan}, "logits: got nan in row 0, column 0"),
        ({"probs": LOGITS}, r"probs: got 2 at \[0, 0\], want numbers from 0 to 1"),
        ({"predictions": (LOGITS, LOGITS), "label_ids": [0, 1]}, r"predictions: got a tuple, .*predictions\[0\]"),
        ({"out": LOGITS, "aux": LOGITS}, r"got 'out', want 'logits' .*own_numbers\(\{'logits': source\['out'\]\}\)"),
        ([{"label": "a", "score": 0.5}] * 2, "got one class a row, .*pipe.texts, top_k=None."),
        (
            {"logits": [{"a": 1.0, "b": 2.0}, {"b": 2.0, "a": 1.0}], "targets": [0, 1]},
            "targets: got numbers, want labels: .*no common order",
        ),
        ([(LOGITS, [0, 1]), {"logits": LOGITS}], r"batch 1: got \['logits'\], want \['logits', 'targets'\]"),
        ({"probs": [[0.5, 0.45], [0.25, 0.75]]}, "probs: got rows that sum to 0.95 to 1, want to 1.*torch.logit"),
        (
            {"probs": [[[0.5, 0.5]] * 3] * 2, "targets": torch.zeros(3, 2)},
            r"targets: got shape \(3, 2\), .*numpy.stack",
        ),
        ([SimpleNamespace(probs=LOGITS, boxes=None)], "got 1 SimpleNamespace, want own_numbers.*each.probs.data"),
        ([SimpleNamespace(probs=None, boxes=LOGITS)], "got 1 SimpleNamespace, want a number for each class: boxes"),
        ([{"a": 1.0}, {"b": 2.0}], r"row 1: got \['b'\], want a number for each of \['a'\]"),
    ],
)
def test_a_bad_variable_is_told_what_is_wanted(variable, said):
    with pytest.raises(ValueError, match=f"^source: {said}"):
        own_numbers(variable)


def test_the_page_of_libraries_is_made_of_their_table():
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_rows(page, read_table()), "run `make sources`"
    assert len(with_rows(page, read_table()[:2])) < len(page) / 2


def test_a_file_that_is_not_there():
    with pytest.raises(FileNotFoundError, match="^source: got 'nowhere.pt', where there is no file"):
        own_numbers("nowhere.pt")

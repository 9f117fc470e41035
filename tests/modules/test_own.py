import re

import numpy
import pytest
import torch

from helpers.inputs import own_numbers

LOGITS = torch.tensor([[2.0, -1.0, 0.5], [0.25, 3.0, -4.0]])
LABELS = ("ship", "truck", "plane")
WHOLE = {"logits": LOGITS, "targets": torch.tensor([2, 1]), "labels": list(LABELS)}


def write(path, whole=WHOLE):
    if path.suffix == ".pt":
        torch.save(whole, path)
    elif path.suffix == ".npz":
        numpy.savez(path, **{name: numpy.asarray(value) for name, value in whole.items()})
    else:
        path.write_text("ship,truck,target,plane\n2,-1,plane,0.5\n0.25,3,truck,-4\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", ["pt", "npz", "csv"])
def test_every_kind_of_file_gives_the_same(tmp_path, kind):
    own = own_numbers(write(tmp_path / f"mine.{kind}"))
    torch.testing.assert_close(own.logits.float(), LOGITS)
    assert own.targets.tolist() == [2, 1] and own.labels == LABELS and own.loss is None
    assert own.targets.dtype == torch.int64


def test_a_variable_will_do_and_a_table_may_have_several_true_labels(tmp_path):
    assert own_numbers((LOGITS, [0, 1])).targets.tolist() == [0, 1]
    path = tmp_path / "several.csv"
    path.write_text("loop,even,target:even,target:loop\n1,-2,0,1\n", encoding="utf-8")
    own = own_numbers(str(path))
    assert own.labels == ("loop", "even") and own.targets.tolist() == [[1.0, 0.0]]


@pytest.mark.parametrize(
    "name, content, said",
    [
        ("mine.txt", b"1,2", "mine.txt: can't be read: it ends in .txt, want .pt"),
        ("mine.pt", b"no tensor", "mine.pt: can't be read"),
        ("mine.npz", b"", "mine.npz: can't be read"),
        ("mine.csv", b"", "mine.csv: can't be read"),
        ("mine.csv", b"a,b,target\n1,x,0\n", "mine.csv: can't be read: column 'b': got 'x', want a logit"),
        ("mine.csv", b"a,b,target\n1,2,c\n", "mine.csv: targets: got 'c', want one of the labels a, b"),
        ("mine.csv", b"a,b,target:a\n1,2,0\n", "mine.csv: can't be read: columns: got no 'target:b'"),
    ],
)
def test_a_bad_file_is_named_with_what_is_wanted(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"^{re.escape(said)}"):
        own_numbers(path)


def test_a_file_is_read_without_running_what_is_in_it(tmp_path):
    path = tmp_path / "code.pt"
    torch.save({"logits": LOGITS, "labels": re.compile("a")}, path)
    with pytest.raises(ValueError, match="^code.pt: can't be read: it holds more than tensors"):
        own_numbers(path)


@pytest.mark.parametrize(
    "variable, said",
    [
        ({"targets": [0]}, "source: got no 'logits'"),
        ({"logits": LOGITS, "target": [0, 1]}, "source: got 'target', want 'logits'"),
        ({"logits": LOGITS[0]}, "source: logits: got shape (3,), want (N, K)"),
        ({"logits": LOGITS, "targets": [0]}, "source: targets: got shape (1,), want (2,) or (2, 3)"),
        ({"logits": LOGITS, "labels": ["a"]}, "source: labels: got 1, want 3"),
        (3.5, "source: got float, want a dict"),
        ({"logits": [[1, 2], [3]]}, "source: logits: got list of which torch makes no tensor"),
        ({"logits": LOGITS, "targets": [[1], [2, 3]]}, "source: targets: got list of which torch makes no tensor"),
    ],
)
def test_a_bad_variable_is_told_what_is_wanted(variable, said):
    with pytest.raises(ValueError, match=f"^{re.escape(said)}"):
        own_numbers(variable)


def test_a_file_that_is_not_there():
    with pytest.raises(FileNotFoundError, match="^source: got 'nowhere.pt', where there is no file"):
        own_numbers("nowhere.pt")

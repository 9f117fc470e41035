"""A class's ways: the newer course loses nothing of a reader's, and the graded cells of docs/class.md grade."""

import pathlib
import re
import shutil
import subprocess

import nbformat
import pytest

ROOT = pathlib.Path(__file__).parents[2]
LESSON = "notebooks/02_softmax_vs_sigmoid.ipynb"
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "docs/class.md").read_text(encoding="utf-8"), re.DOTALL)


def test_an_update_keeps_what_a_reader_changed(tmp_path):
    def git(*command, folder="theirs"):
        author = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *author, *command], cwd=tmp_path / folder, check=True, capture_output=True)

    theirs, mine = tmp_path / "theirs", tmp_path / "mine"
    (theirs / "notebooks").mkdir(parents=True)
    for name in ("Makefile", ".gitignore", LESSON):
        shutil.copy(ROOT / name, theirs / name)
    git("init", "-b", "main"), git("add", "."), git("commit", "-m", "course")
    git("clone", theirs, mine)
    (mine / LESSON).write_text("my answer")
    (theirs / LESSON).write_text("a newer text")
    git("commit", "-am", "newer course")
    subprocess.run(["make", "update"], cwd=mine, check=True, capture_output=True)
    (kept,) = mine.glob(f"notebooks/my/*/{pathlib.Path(LESSON).name}")
    assert kept.read_text() == "my answer" and (mine / LESSON).read_text() == "a newer text"


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: re.search(r"# (\w+)", block)[1])
@pytest.mark.parametrize("answer, right", [("0.8808", True), ("0.9526", False), ("...", False)])
def test_a_graded_cell_passes_a_right_answer_alone(block, answer, right, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "source/02").mkdir(parents=True)
    shutil.copy(ROOT / LESSON, tmp_path)
    exec(block, {})
    (path,) = tmp_path.glob("source/02/*.ipynb")
    cells = [cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    graded, test = (cell for cell in cells if "two)" in cell)
    names = {}
    exec("from helpers.exercises import check\n" + graded.replace("0.8808", answer), names)
    if right:
        return exec(test, names)
    with pytest.raises(AssertionError, match="Known mistake" if answer != "..." else "Not yet"):
        exec(test, names)

"""What `progress` tells: exercises that are right in the saved notebooks of a folder, or in this kernel."""

import pathlib

import nbformat
import pytest

from helpers import exercises
from helpers.exercises import EXERCISES, LESSONS, check, progress

NOTEBOOKS = pathlib.Path(__file__).parents[2] / "notebooks"


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(exercises, "_right", set())


def save(path, answers):
    """Write a notebook as Jupyter saves it, in which the exercises are answered: {id: Python source}."""
    cells = []
    for id, source in answers.items():
        reply = check(id, eval(source, vars(exercises)))._repr_mimebundle_()
        output = nbformat.v4.new_output("execute_result", reply)
        cells.append(nbformat.v4.new_code_cell(f'answer = {source}\ncheck("{id}", answer)', outputs=[output]))
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    exercises._right.clear()  # another kernel


def test_it_counts_what_the_saved_notebooks_have_right_and_names_what_comes_next(tmp_path):
    first, second, *_ = LESSONS["01"]
    wrong = repr(second.wrong_values[0])
    save(tmp_path / "01_logit_table.ipynb", {first.id: str(float(first.value)), second.id: wrong})
    told = progress(tmp_path)
    assert told.right == {first.id} and told.last == "01_logit_table" and told.next() is second
    lines = str(told).splitlines()
    assert lines[0].split()[0] == "01_logit_table" and lines[0].endswith(f" 1 of {len(LESSONS['01'])}")
    assert [line.split()[0] for line in lines[1:-1]] == list(LESSONS)[1:]
    assert lines[-1] == f'1 of {len(EXERCISES)} exercises right. Next: "{second.title}", {second.id}.'


def test_what_this_kernel_has_right_counts_before_the_notebook_is_saved(tmp_path):
    first = LESSONS["01"][0]
    check(first.id, 0.123)
    assert progress(tmp_path).right == set()
    check(first.id, first.value)
    assert progress(tmp_path).right == {first.id}


def test_as_they_are_handed_out_none_is_right():
    assert progress(NOTEBOOKS).right == set()


def test_with_all_right_it_says_so():
    exercises._right.update(EXERCISES)
    assert str(progress()).endswith("exercises right. That is all of them.")


def test_what_is_no_folder_or_no_notebook_is_refused_by_name(tmp_path):
    with pytest.raises(ValueError, match="folder: got '.*nowhere', want a folder"):
        progress(tmp_path / "nowhere")
    (tmp_path / "03_dim.ipynb").write_text("half")
    with pytest.raises(ValueError, match="folder: got 03_dim.ipynb, want a notebook"):
        progress(tmp_path)

"""What `make notebooks` and `make drift` say of changed outputs, and that comparing saves nothing."""

import base64
import io
import sys

import nbformat
import pytest
from PIL import Image

from tools import notebooks

new = nbformat.v4


def png(color):
    buffer = io.BytesIO()
    Image.new("RGB", (60, 40), color).save(buffer, format="png")
    return base64.b64encode(buffer.getvalue()).decode()


def shown(alt="a square", **data):
    data = {{"plain": "text/plain", "html": "text/html", "png": "image/png"}[name]: each for name, each in data.items()}
    return new.new_output("execute_result", data, metadata={"image/png": {"alt": alt}}, execution_count=1)


def printed(text, name="stdout"):
    return new.new_output("stream", name=name, text=text)


def book(*outputs, source="x = 1\nshow(x)", id="one"):
    cell = new.new_code_cell(source, outputs=list(outputs), execution_count=4)
    cell.id = id
    return new.new_notebook(cells=[cell])


def changes(old, fresh):
    return list(notebooks.changes(old, fresh))


@pytest.mark.parametrize(
    "old, fresh, lines",
    [
        ([shown(plain="0.64")], [shown(plain="0.65")], ["-text/plain: 0.64", "+text/plain: 0.65"]),
        ([], [printed("careful\n", "stderr")], ["+stderr: careful"]),
        ([printed("1\n")], [shown(plain="1")], ["-stdout: 1", "+text/plain: 1"]),
        ([shown(plain="1")], [new.new_output("error", ename="E", evalue="v")], ["-text/plain: 1", "+error: E: v"]),
        (
            [shown(html="<table><tr><td>a</td><td>0.64</td></tr></table>")],
            [shown(html='<table><tr><td>a</td><td class="r">0.65</td></tr></table>')],
            ["-text/html: <td>", "-text/html: 0.64", '+text/html: <td class="r">', "+text/html: 0.65"],
        ),
        ([shown(png=png("red"))], [shown(png=png("red"), alt="2")], ["the alt text was 'a square' and is '2'"]),
    ],
)
def test_each_change_is_named_with_its_cell(old, fresh, lines):
    assert changes(book(*old), book(*fresh)) == ["cell [4]: show(x)", *(f"  {line}" for line in lines)]


def test_new_and_lost_cells_and_changed_code():
    assert changes(book(source="a"), book(source="a", id="two")) == [
        *("cell [4]: a", "  -code: a"),
        *("cell [4]: a", "  +code: a"),
    ]
    assert changes(book(source="show(1)"), book(source="show(2)"))[1:] == ["  -code: show(1)", "  +code: show(2)"]


def cells(*sources):
    """Return a notebook of code cells, and of markdown cells where a source begins with `md:`."""
    make = [new.new_markdown_cell(s[3:]) if s[:3] == "md:" else new.new_code_cell(s) for s in sources]
    return new.new_notebook(cells=make)


@pytest.mark.parametrize(
    "sources, folded",
    [
        (["a", "md:**Predict.** Why?", "b", "c", "md:So.", "d"], ["b", "c"]),
        (["md:**Predict.**", 'ask("x")', 'check("x", 1)', "md:**Run.**", "b", "md:So.", "c"], ["b"]),
        (["md:1. Drag it.", "explorer()", "md:What you saw", "as_numbers()", "md:So.", "a"], ["as_numbers()"]),
    ],
)
def test_what_a_prediction_asks_for_is_folded_and_nothing_else(sources, folded):
    notebook = cells(*sources)
    notebook.cells[-1].metadata = {"jupyter": {"outputs_hidden": True}, "collapsed": True}
    notebooks.tidy(notebook)
    hidden = [cell.source for cell in notebook.cells if cell.metadata.get("jupyter") == {"outputs_hidden": True}]
    assert hidden == folded
    for cell in notebook.cells:  # its slide's mark is another test's
        assert set(cell.metadata) - {"slideshow"} == ({"jupyter"} if cell.source in folded else set())


def test_the_time_in_the_head_is_that_of_the_main_road():
    words = "word<!-- unseen --> " * 1040  # eight minutes
    notebook = cells(
        "md:**Time** 90 minutes.", "md:" + words, "a", 'ask("x")', 'check("x")', "md:## Side road: a", "md:" + words
    )
    notebook.cells += cells("md:## References", *"abcde", "import torch").cells  # 4.5 for cells, 3 for the exercise
    notebook.cells += cells("md:**Predict.** What comes?\n\n1. Drag **c**.\n2. Look.").cells  # one, and two each
    notebooks.tidy(notebook)
    assert notebook.cells[0].source == "**Time** 20 minutes."


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with one notebook, whose output and number in prose are not what its code gives."""
    monkeypatch.setattr(notebooks, "FOLDER", tmp_path)
    notebook = book(printed("2\n"), source="x = 3\nprint(x)")
    notebook.cells.append(new.new_markdown_cell("It is 2<!--= x -->."))
    notebook.cells[1].id = "two"
    nbformat.write(notebook, tmp_path / "01_a.ipynb")
    return tmp_path


def refresh(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["notebooks.py", *arguments])
    notebooks.main()


CHANGED = ["[1/1] 01_a.ipynb", "  cell [1]: print(x)", "    -stdout: 2", "    +stdout: 3", "  prose: 2 → 3  (x)"]


def test_comparing_saves_nothing_and_refreshing_all(folder, monkeypatch, capsys):
    saved = (folder / "01_a.ipynb").read_bytes()
    refresh(monkeypatch, "--compare")
    assert capsys.readouterr().out.splitlines() == CHANGED
    assert (folder / "01_a.ipynb").read_bytes() == saved

    refresh(monkeypatch)
    assert capsys.readouterr().out.splitlines() == CHANGED
    fresh = nbformat.read(folder / "01_a.ipynb", as_version=4)
    assert fresh.cells[0].outputs[0].text == "3\n" and fresh.cells[1].source == "It is 3<!--= x -->."

    saved = (folder / "01_a.ipynb").read_bytes()
    refresh(monkeypatch, "01")
    assert capsys.readouterr().out.splitlines() == ["[1/1] 01_a.ipynb", "  nothing changed"]
    assert (folder / "01_a.ipynb").read_bytes() == saved


def test_where_a_cell_fails_comparing_says_so_and_refreshing_stops(folder, monkeypatch, capsys):
    path = folder / "01_a.ipynb"
    path.write_text(path.read_text().replace("x = 3", "1 / 0"))
    refresh(monkeypatch, "--compare")
    said = capsys.readouterr().out
    assert "+error: ZeroDivisionError: division by zero" in said
    assert "prose: its numbers cannot be computed: ZeroDivisionError" in said
    saved = path.read_bytes()
    with pytest.raises(Exception, match="division by zero"):
        refresh(monkeypatch)
    assert path.read_bytes() == saved


def test_no_such_notebook(folder, monkeypatch):
    with pytest.raises(SystemExit, match="no notebook in .* starts with 07"):
        refresh(monkeypatch, "07")

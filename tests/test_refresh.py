"""What `make notebooks` and `make drift` say of changed outputs, and that comparing saves nothing."""

import base64
import io
import sys

import nbformat
import pytest
from PIL import Image

from tools import notebooks

new = nbformat.v4


def png(color, size=(60, 40), **options):
    buffer = io.BytesIO()
    Image.new("RGB", size, color).save(buffer, format="png", **options)
    return base64.b64encode(buffer.getvalue()).decode()


def shown(**data):
    alt = data.pop("alt", None)
    data = {{"plain": "text/plain", "html": "text/html", "png": "image/png"}[name]: each for name, each in data.items()}
    return new.new_output(
        "execute_result", data, metadata={"image/png": {"alt": alt}} if alt else {}, execution_count=1
    )


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
        ([shown(plain="0.64")], [shown(plain="0.65")], ["plain: 0.64 → 0.65"]),
        ([printed("a 1\nb 2\n")], [printed("a 1\nb 3\n")], ["stdout: b 2 → b 3"]),
        ([printed("a\nb\n")], [printed("a\n")], ["stdout: - b"]),
        ([], [printed("careful\n", "stderr")], ["stderr: + careful"]),
        ([printed("1\n")], [shown(plain="1")], ["stdout: - 1", "plain: + 1"]),
        ([shown(plain="1")], [new.new_output("error", ename="E", evalue="v")], ["plain: - 1", "error: + E: v"]),
        (
            [shown(plain="same", html="<table><tr><td>0.64</td></tr></table>")],
            [shown(plain="same", html="<table><tr><td>0.65</td></tr></table>")],
            ["html: 0.64 → 0.65"],
        ),
        ([shown(html="<td>1</td>")], [shown(html='<td class="r">1</td>')], ['html: <td> → <td class="r">']),
        ([shown(png=png("red"), alt="1 bar")], [shown(png=png("red"), alt="2 bars")], ["alt text: 1 bar → 2 bars"]),
        (
            [shown(png=png("#ff0000"))],
            [shown(png=png("#0000ff"))],
            [
                "the picture differs: by up to 255 of 255 levels, 208.21 in the root mean square, "
                "100.00% of its pixels by more than 24"
            ],
        ),
        (
            [shown(png=png("red"))],
            [shown(png=png("red", (60, 50)))],
            ["the picture was (60, 40) pixels and is (60, 50)"],
        ),
        (
            [shown(png=png("red"))],
            [shown(png=png("red", compress_level=0))],
            ["the picture's bytes differ, but nothing that can be seen"],
        ),
        ([shown(png=png("red"))], [], ["pictures: 1 → 0"]),
    ],
)
def test_a_changed_output_is_named_with_its_cell(old, fresh, lines):
    assert changes(book(*old), book(*fresh)) == ["cell [4]: show(x)", *(f"  {line}" for line in lines)]


def test_nothing_changed_says_nothing():
    old = book(shown(plain="1", html="<td>1</td>", png=png("red"), alt="a"), printed("b"))
    assert changes(old, old) == []


def test_new_and_lost_cells_and_changed_code():
    assert changes(book(printed("1\n")), book(printed("1\n"), id="two")) == [
        *("cell [4] is gone: show(x)", "  stdout: - 1"),
        *("cell [4] is new: show(x)", "  stdout: + 1"),
    ]
    assert changes(book(source="show(1)"), book(source="show(2)")) == ["cell [4]: show(2)", "  code: show(1) → show(2)"]


def test_a_long_line_is_cut_to_where_it_differs():
    old, fresh = ("x" * 300 + digit + "y" * 300 for digit in "12")
    (_, line) = changes(book(printed(old)), book(printed(fresh)))
    assert "x1y" in line and "x2y" in line and len(line) < 240


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


CHANGED = ["  cell [1]: print(x)", "    stdout: 2 → 3", "  prose: 2 → 3  (x)"]


def test_comparing_saves_nothing_and_refreshing_all(folder, monkeypatch, capsys):
    saved = (folder / "01_a.ipynb").read_bytes()
    refresh(monkeypatch, "--compare")
    said = capsys.readouterr().out.splitlines()
    assert said == ["[1/1] 01_a.ipynb", *CHANGED, "1 of 1 notebooks would change"]
    assert (folder / "01_a.ipynb").read_bytes() == saved

    refresh(monkeypatch)
    assert capsys.readouterr().out.splitlines() == ["[1/1] 01_a.ipynb", *CHANGED, "1 of 1 notebooks changed"]
    fresh = nbformat.read(folder / "01_a.ipynb", as_version=4)
    assert fresh.cells[0].outputs[0].text == "3\n" and fresh.cells[1].source == "It is 3<!--= x -->."

    saved = (folder / "01_a.ipynb").read_bytes()
    refresh(monkeypatch, "01")
    assert capsys.readouterr().out.splitlines() == ["[1/1] 01_a.ipynb", "nothing changed"]
    assert (folder / "01_a.ipynb").read_bytes() == saved


def test_where_a_cell_fails_comparing_says_so_and_refreshing_stops(folder, monkeypatch, capsys):
    path = folder / "01_a.ipynb"
    path.write_text(path.read_text().replace("x = 3", "1 / 0"))
    refresh(monkeypatch, "--compare")
    said = capsys.readouterr().out
    assert "error: + ZeroDivisionError: division by zero" in said
    assert "prose: its numbers cannot be computed: ZeroDivisionError" in said
    saved = path.read_bytes()
    with pytest.raises(Exception, match="division by zero"):
        refresh(monkeypatch)
    assert path.read_bytes() == saved


def test_no_such_notebook(folder, monkeypatch):
    with pytest.raises(SystemExit, match="no notebook in .* starts with 07"):
        refresh(monkeypatch, "07")

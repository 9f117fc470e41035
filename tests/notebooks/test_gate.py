"""That no run of the tests is green for nothing: each fault is put into a notebook or a run, and must be noticed."""

import base64
import os
import pathlib
import re
import subprocess
import sys
from types import SimpleNamespace

import nbformat
import pytest

from tools import gate

ROOT = pathlib.Path(__file__).parents[2]


def cell(source="1 + 1", count=1, outputs=(), **metadata):
    return nbformat.v4.new_code_cell(source, execution_count=count, outputs=list(outputs), metadata=metadata)


def result(text, count=1, **data):
    return nbformat.v4.new_output("execute_result", {"text/plain": text, **data}, execution_count=count)


def printed(text, name="stdout"):
    return nbformat.v4.new_output("stream", name=name, text=text)


def book(*cells):
    return nbformat.v4.new_notebook(cells=list(cells))


GOOD = book(cell("x = 1", 1), nbformat.v4.new_markdown_cell("# NBVAL_SKIP"), cell("print(x)", 2, [printed("1\n")]))


def test_a_sound_notebook_passes():
    assert gate.faults(GOOD) == []


@pytest.mark.parametrize(
    "notebook, words",
    [
        (book(), "no code cell"),
        (book(cell(count=None)), "cell 0 was never executed"),
        (book(cell("a = 1", 2), cell("b = 1", 1)), "cell 0 was executed out of order, as number 2"),
        (book(cell("a = 1", 1), cell("b = 1", 3)), "cell 1 was executed out of order, as number 3"),
        (book(cell(" \n")), "cell 0 is empty"),
        (book(cell(outputs=[nbformat.v4.new_output("error", ename="E", evalue="v")])), "ends in an error: E: v"),
        (book(cell(outputs=[printed("careful", "stderr")])), "warns: careful"),
        (book(cell("# NBVAL_IGNORE_OUTPUT\n1")), "a comment that hides"),
        (book(cell("# PYTEST_VALIDATE_IGNORE_OUTPUT\n1")), "a comment that hides"),
        (book(cell(tags=["nbval-ignore-output"])), "the tags nbval-ignore-output"),
    ],
)
def test_a_faulty_notebook_does_not(notebook, words):
    assert any(words in fault for fault in gate.faults(notebook)), gate.faults(notebook)


@pytest.fixture
def project(tmp_path):
    """A project with this one's way of testing, one plain test and no notebook yet."""
    (tmp_path / "conftest.py").write_text((ROOT / "conftest.py").read_text())
    text = (ROOT / "pyproject.toml").read_text()
    (options,) = re.findall(r"^addopts = (.+)$", text, re.MULTILINE)
    (tmp_path / "pyproject.toml").write_text(
        f"[tool.pytest.ini_options]\naddopts = {options}\npythonpath = [{str(ROOT)!r}]\n"
        'testpaths = ["tests", "notebooks"]\n'
    )
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_plain.py").write_text("def test_plain():\n    pass\n")
    return tmp_path


def run(project, *arguments):
    """Run pytest there; return its status and what it prints."""
    env = {name: value for name, value in os.environ.items() if name != "CI" and not name.startswith("PYTEST")}
    env["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # which are slow to import and have no part in this
    env["PYTEST_PLUGINS"] = "nbval.plugin,pytest_mpl.plugin"  # but for those of which pyproject.toml names an option
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--color=no", "-rA", *arguments]
    done = subprocess.run(command, cwd=project, env=env, capture_output=True, text=True, encoding="utf-8")
    return done.returncode, done.stdout + done.stderr


def save(project, notebook, name="a.ipynb"):
    nbformat.write(notebook, project / "notebooks" / name)


DRAW = """\
import io
import numpy as np
from IPython.display import publish_display_data
from PIL import Image, ImageDraw
def png(color="red", top=80, width=300, noise=0):
    image = Image.new("RGB", (width, 200), "white")
    ImageDraw.Draw(image).rectangle((50, top, 120, 199), fill=color)
    pixels = np.asarray(image).astype(int)
    pixels[::7, ::7] += np.where(pixels[::7, ::7] > 128, -noise, noise)
    buffer = io.BytesIO()
    Image.fromarray(pixels.astype("uint8")).save(buffer, format="png")
    return buffer.getvalue()
def draw(alt="a bar", **how):
    publish_display_data({"image/png": png(**how)}, {"image/png": {"alt": alt}})"""


def drawn(**how):
    """Return what `draw()` leaves in a notebook."""
    exec(DRAW, names := {})
    data = {"image/png": base64.b64encode(names["png"](**how)).decode()}
    return nbformat.v4.new_output("display_data", data, metadata={"image/png": {"alt": "a bar"}})


def test_each_saved_output_is_compared(project):
    """One kernel, a case a cell: whether it must pass, its source, and what is saved as its output."""
    cases = [
        (True, DRAW, []),
        (True, "1 + 1", [result("2")]),
        (False, "y = 1", []),  # of which the prose says something else
        (False, "1 + 2", [result("2")]),  # saved from other code
        (False, "1 + 3", []),  # the output dropped
        (False, "x = 5", [result("5")]),  # no output any more
        (False, "print(6)", [printed("7\n")]),
        (False, "import sys; print(8, file=sys.stderr)", [printed("9\n", "stderr")]),
        (False, "1 / 0", [result("0")]),
        (True, "draw()", [drawn()]),
        (True, "draw(noise=1)", [drawn()]),  # another processor
        (False, "draw(color='#BF5300')", [drawn()]),
        (False, "draw(top=76)", [drawn()]),
        (False, "draw(noise=20)", [drawn()]),  # no pixel by much, but many
        (False, "draw(width=301)", [drawn()]),
        (False, "draw('two bars')", [drawn()]),
        (False, "draw()", []),
        (False, "draw(); draw()", [drawn()]),
        (False, "draw(); draw(top=76)", [drawn(), drawn()]),
    ]
    cells = [cell(source, n, outputs) for n, (_, source, outputs) in enumerate(cases, start=1)]
    said = "Now 1<!--= y --> is true, later 5<!--= x -->, and never 2<!--= y -->."
    cells.insert(3, nbformat.v4.new_markdown_cell(said))
    save(project, book(*cells))
    status, text = run(project)
    assert status == 1
    for n, (good, source, _) in enumerate(cases):
        assert re.search(rf"^{'PASSED' if good else 'FAILED'} notebooks/a.ipynb::Cell {n}\b", text, re.M), (
            source,
            text,
        )


def test_a_cell_that_is_not_compared_fails_a_parallel_run(project):
    hidden = [cell("x + 1", None), cell("# NBVAL_IGNORE_OUTPUT\nx + 2", 3), cell("# NBVAL_SKIP\n3", 4)]
    save(project, book(cell("x = 1"), *hidden))
    status, text = run(project, "-p", "xdist", "-n", "1")
    assert (
        status == 1 and "a.ipynb: 3 of 4 cells were not compared" in text and "['Cell 1', 'Cell 2', 'Cell 3']" in text
    )


BOTH = ["notebooks/a.ipynb::Cell 0", "notebooks/a.ipynb::Cell 1"]


@pytest.mark.parametrize(
    "ran, compared, ci, fault",
    [
        (BOTH, BOTH, "", None),
        ([], [], "", None),  # not about notebooks
        (BOTH, [], "", "notebooks/a.ipynb: 2 of 2 cells were not compared"),
        (BOTH, BOTH[:1], "", "1 of 2 cells were not compared with their saved outputs: ['Cell 1']"),
        (BOTH[1:], BOTH[1:], "", "1 of 2 cells were not compared with their saved outputs: ['Cell 0']"),
        (["tests/slow/test_browser.py::test_a"], [], "", None),
        (
            ["tests/slow/test_browser.py::test_a"],
            [],
            "true",
            "skipped, which in CI is a failure: ['tests/slow/test_browser.py::test_a']",
        ),
    ],
)
def test_a_run_that_proves_less_than_it_seems_fails(project, monkeypatch, ran, compared, ci, fault):
    monkeypatch.setenv("CI", ci)
    save(project, GOOD)
    judge, session = gate.Completeness(SimpleNamespace(rootpath=project)), SimpleNamespace(exitstatus=0)
    for nodeid in ran:
        done = [("compared", True)] if nodeid in compared else []
        judge.pytest_runtest_logreport(SimpleNamespace(nodeid=nodeid, skipped=nodeid not in BOTH, user_properties=done))
    judge.pytest_sessionfinish(session, 0)
    assert session.exitstatus == bool(fault) == len(judge.faults)
    assert not fault or fault in judge.faults[0]


def test_a_run_that_failed_anyway_is_not_judged():
    judge, session = gate.Completeness(None), SimpleNamespace(exitstatus=1)
    judge.pytest_sessionfinish(session, 1)
    assert judge.faults == [] and session.exitstatus == 1

"""What nbval cannot see: that saved notebooks are whole, run in order, small, and true in their prose and solutions."""

import base64
import contextlib
import functools
import io
import pathlib
import re
import statistics

import nbformat
import pytest
from nbconvert import ScriptExporter
from PIL import Image

from helpers.explorers import EXPLORERS
from tools import gate, notebooks, prose, teaching

FOLDER = pathlib.Path(__file__).parents[2] / "notebooks"
LESSONS = notebooks.LESSONS
NAMES = [path.stem for path in sorted(FOLDER.glob("*.ipynb"))]
SOLUTION = re.compile(r"<details><summary>Solution</summary>(.*?)</details>", re.DOTALL)


@functools.cache
def read(name):
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def bound(name):
    return [each for number, cell in enumerate(read(name).cells) for each in prose.places(number, cell)]


def code_cells(name):
    return [cell for cell in read(name).cells if cell.cell_type == "code"]


def text_of(name):
    return "\n".join(cell.source for cell in read(name).cells if cell.cell_type == "markdown")


def outputs(name):
    return [output for cell in code_cells(name) for output in cell.outputs]


def folded_line(output):
    """What JupyterLab 4.6 shows of a folded output: the first line of its first form."""
    data = output.get("data", {"text": output.get("text")})
    return next(line for line in (data.get("text/html") or data.get("text/plain") or data["text"]).split("\n") if line)


def test_nbval_compares_them_all(request):
    assert request.config.option.nbval and not request.config.option.nbval_lax
    assert "notebooks" in request.config.getini("testpaths")


@pytest.mark.parametrize("name", NAMES)
class TestSavedFile:
    def test_is_executed_in_order_without_fault_and_hides_nothing(self, name):
        assert gate.faults(read(name)) == [], "run `make notebooks`"

    def test_is_small_and_of_no_one_machine(self, name):
        text = (FOLDER / f"{name}.ipynb").read_text(encoding="utf-8")
        assert len(text.encode()) < 1_000_000
        assert not re.search(r"/(home|root|Users|work|tmp|usr)/|[A-Z]:\\\\", text), "an absolute path"
        assert not re.search(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", text), "a timestamp"
        assert not re.search(r" at 0x[0-9a-f]{6,}", text), "an address"
        assert "widget-view" not in text and "widget-state" not in text

    def test_metadata_is_only_what_a_reader_needs(self, name):
        assert set(read(name).metadata) == {"kernelspec", "language_info"}
        assert len({cell.id for cell in read(name).cells}) == len(read(name).cells)

    def test_nbconvert_makes_a_program_of_it_with_the_prose(self, name):
        script, resources = ScriptExporter().from_notebook_node(read(name))
        assert resources["output_extension"] == ".py" and f"# {read(name).cells[0].source.splitlines()[0]}" in script

    def test_pictures_have_alt_text(self, name):
        for output in outputs(name):
            if "image/png" in output.get("data", {}):
                alt = output.metadata["image/png"]["alt"]
                assert len(alt.split()) >= 8 and alt == output.data["text/plain"].replace("\n", " ")
                width, height = Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))).size
                assert width > 400 and height > 200

    def test_code_is_short_and_prose_stands_between(self, name):
        lengths = [len(cell.source.splitlines()) for cell in code_cells(name)]
        assert statistics.median(lengths) <= 8 and max(lengths) <= 25
        kinds = "".join(cell.cell_type[0] for cell in read(name).cells)
        assert "ccc" not in kinds

    def test_no_line_of_code_runs_out_of_its_cell(self, name):
        """At 1280 pixels JupyterLab leaves 846 to a cell beside the open side bar, and a letter takes 7.83."""
        long = [line for cell in code_cells(name) for line in cell.source.splitlines() if len(line) > 105]
        assert not long

    def test_uses_nothing_that_hides_faults(self, name):
        for cell in code_cells(name):
            assert not re.search(r"sys\.path|\binteract\b|interactive\(|Output\(", cell.source)

    def test_measured_numbers_in_prose_are_bound(self, name):
        found = prose.unbound(read(name))
        assert bound(name) or name == "99_index_and_glossary"  # by expressions; what they give, nbval's kernel says
        assert not found, "bind it, 0.64<!--= probs[1] -->, or say where it is from, 0.64<!-- the log's -->"

    def test_head_says_how_long_it_takes(self, name):
        told = re.search(r"\*\*Time\*\* (\d+) minutes", read(name).cells[0].source)
        assert told or name == "99_index_and_glossary", "only what one looks things up in takes no time"
        assert not told or int(told[1]) == notebooks.minutes(read(name)), "run `make notebooks`"

    def test_links_lead_somewhere(self, name):
        for target, anchor in re.findall(r"\]\(([\w./-]+\.ipynb)?(?:#([^)]+))?\)", text_of(name)):
            assert not target or (FOLDER / target).exists(), target
            headings = re.findall(r"^#+ (.+)$", text_of(pathlib.Path(target).stem or name), re.MULTILINE)
            assert not anchor or anchor in [heading.strip().replace(" ", "-") for heading in headings], anchor


@pytest.mark.parametrize("name", LESSONS)
class TestLesson:
    def test_opens_and_ends_as_a_lesson_does(self, name):
        first, text = read(name).cells[0].source, text_of(name)
        assert first.startswith(f"# {name[:2]} · ")
        for part in ("You will be able to", "**Time**", "**Builds on**"):
            assert part in first, part
        assert 3 <= len(re.findall(r"^- ", first, re.MULTILINE)) <= 5
        headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
        main_road = [heading for heading in headings if not heading.startswith("Side road: ")]
        assert main_road[-3:] == ["Summary", "Exercises", "References"]
        assert len(re.findall(r"\*\*Predict\.?\*\*", text)) >= 3

    def test_binds_numbers(self, name):
        assert len(bound(name)) >= 10

    def test_what_a_prediction_asks_for_is_folded_and_the_folded_line_gives_nothing_away(self, name):
        predicted = list(notebooks.predicted(read(name)))
        assert [cell for cell in read(name).cells if cell.metadata.get("jupyter")] == predicted, "run `make notebooks`"
        for cell in predicted:
            assert cell.metadata.jupyter == {"outputs_hidden": True}
            assert cell.outputs and not re.search(r"[<&]|\d\.\d", folded_line(cell.outputs[0])), cell.source

    def test_what_the_tasks_of_an_explorer_lead_to_is_folded(self, name):
        cells = read(name).cells
        for tasks, explorer, saw in zip(cells, cells[1:], cells[2:]):
            called = teaching.EXPLORER.match(explorer.source)
            if notebooks.TASK.search(tasks.source) and called and called[1] in EXPLORERS:
                assert saw.source.startswith("<details><summary>What you saw</summary>\n\n1. "), explorer.source
                folded = saw.source.partition("</details>")[0]
                assert len(notebooks.TASK.findall(folded)) == len(notebooks.TASK.findall(tasks.source))

    def test_shows_an_explorer(self, name):
        assert any("image/png" in output.get("data", {}) for output in outputs(name))


@pytest.mark.parametrize("name", ["90_accuracy", "91_the_microscope", "95_your_own_explorer"])
def test_folded_solutions_print_what_they_say(name):
    solutions, names = SOLUTION.findall(text_of(name)), prose.run(read(name))
    assert solutions
    for number, solution in enumerate(solutions, start=1):
        (code,) = re.findall(r"```python\n(.*?)```", solution, re.DOTALL)
        (expected,) = re.findall(r"```text\n(.*?)```", solution, re.DOTALL)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, f"solution {number}", "exec"), dict(names))
        assert printed.getvalue().strip() == expected.strip(), f"exercise {number}"

"""Break a copy of the project on purpose, in one place at a time, and demand that the tests notice: `make mutants`.

Each row of FAULTS is one change of one file that no mutation tester makes (a notebook, the page's script, a pin), and the
few tests that must notice, so that it is known which ones guard what. Python's own faults are mutmut's: `make mutmut`.
`python -m tools.faults WORD …` tries only those whose row holds one of the words.
"""

import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).parents[1]
BOOKS = {path.name[:2]: f"notebooks/{path.name}" for path in ROOT.glob("notebooks/*.ipynb")}
NOTEBOOK_TESTS = "tests/notebooks/test_notebooks.py"
EXERCISE_TESTS = "tests/modules/test_exercises.py"
BROWSER_TESTS = "tests/slow/test_browser.py"
SETUP = "tests/modules/test_setup.py -k 'not listed'"
PICTURES = "tests/modules/test_pictures.py"
PAGE = "helpers/live/explorer.js"


def code(book):
    return [cell for cell in book["cells"] if cell["cell_type"] == "code"]


def digit(book):
    """Change one digit of the first saved text output that has one."""
    output = next(each for cell in code(book) for each in cell["outputs"] if "0.6415" in json.dumps(each))
    texts, key = (output["data"], "text/plain") if "data" in output else (output, "text")
    texts[key] = "".join(texts[key]).replace("0.6415", "0.6416", 1)


def strip(book):
    for cell in code(book):
        cell["outputs"], cell["execution_count"] = [], None


def first_output(book, kind):
    """Return the first saved output that holds `kind`, one of the keys of its data."""
    return next(output for cell in code(book) for output in cell["outputs"] if kind in output.get("data", {}))


def drop_alt_text(book):
    first_output(book, "image/png")["metadata"] = {}


def another_picture(book):
    """Show the picture of one cell in another cell too."""
    shown = [o["data"] for cell in code(book) for o in cell["outputs"] if "image/png" in o.get("data", {})]
    shown[1]["image/png"] = shown[0]["image/png"]


def save_a_widget(book):
    first_output(book, "image/png")["data"]["application/vnd.jupyter.widget-view+json"] = {"model_id": "0" * 32}


def change_a_bound_number(book):
    """Change the last digit of the first number in prose that has an expression behind it."""
    for cell in book["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown" and re.search(r"\d<!--=", text):
            cell["source"] = re.sub(r"\d(?=<!--=)", lambda digit: str((int(digit[0]) + 1) % 10), text, count=1)
            return


def drop_last_line(text):
    return text.rstrip("\n").rpartition("\n")[0] + "\n"


# (what, in which file, the change, pytest's arguments for the tests that must notice). A change is (old, new), in a notebook
# looked for in the sources of its cells; or a function that edits the parsed notebook, or returns another text; or None,
# which removes the file.
# What a saved notebook may have of faults tests/notebooks/test_gate.py has one by one; here is one row for each test.
# fmt: off
FAULTS = [
    ("softmax over the wrong dim", BOOKS["01"], ("dim=1)  # (6, 4)", "dim=0)  # (6, 4)"), BOOKS["01"]),
    ("a saved digit changed", BOOKS["01"], digit, BOOKS["01"]),
    ("a stripped notebook", BOOKS["01"], strip, NOTEBOOK_TESTS + " -k 01"),
    ("a number in prose", BOOKS["01"], change_a_bound_number, BOOKS["01"]),
    ("an expression in prose", BOOKS["01"], ("exps[1] / exps[0]", "exps[0] / exps[1]"), BOOKS["01"]),
    ("an unbound number in prose", BOOKS["04"], ("## Four traps", "It is 0.4439.\n\n## Four traps"), NOTEBOOK_TESTS + " -k 04"),
    ("a link that leads nowhere", BOOKS["05"], ("(01_logit_table.ipynb)", "(01_logit_tables.ipynb)"), NOTEBOOK_TESTS + " -k 05"),
    ("a pin outside its range", "constraints.txt", ("matplotlib==3.11.2", "matplotlib==3.9.1"), SETUP),
    ("conda with another torch", "environment.yml", ("pytorch-cpu=2.13.0", "pytorch-cpu=2.12.0"), SETUP),
    ("a requirement without a pin", "pyproject.toml", ('    "scipy>=1.14",\n', '    "scipy>=1.14",\n    "sympy>=1.14",\n'), SETUP),
    # notebooks
    ("the explorer of the start notebook on other logits", BOOKS["00"], ("logit_table()", "logit_table(-LOGITS)"), BOOKS["00"]),
    # saved outputs
    ("an alt text dropped", BOOKS["07"], drop_alt_text, NOTEBOOK_TESTS + " -k 07"),
    ("the picture of another cell", BOOKS["03"], another_picture, BOOKS["03"]),
    ("a saved widget view", BOOKS["04"], save_a_widget, NOTEBOOK_TESTS + " -k 04"),
    # the page
    ("two controls change places in the page", PAGE, ("(i === j ? value : each)", "((i + 1) % this.values.length === j ? value : each)"), BROWSER_TESTS + " -k an_error_in_a_move"),
    ("a page that never shows an answer", PAGE, ("if (markup === this.markup) return;", "if (this.markup) return;"), BROWSER_TESTS + " -k an_error_in_a_move"),
    ("an error that the page keeps to itself", PAGE, ("gone : picture.error)", 'gone : "")'), BROWSER_TESTS + " -k an_error_in_a_move"),
    ("a comma that is no decimal point", PAGE, ('.replace(",", ".")', ""), "tests/modules/test_inputs.py -k a_box_on_the_page"),
    ("typed numbers beyond the limits", PAGE, ("value >= low && value <= high && ", ""), BROWSER_TESTS + " -k every_kind"),
    ("a text that the page takes unread", PAGE, ('"iu").test(typed) ?', '"iu") ?'), BROWSER_TESTS + " -k every_kind"),
    ("a logarithmic slider that sends exponents", PAGE, ("(stop) => set(power(stop, base))", "(stop) => set(stop)"), BROWSER_TESTS + " -k every_kind"),
    ("a control's new limits that the page ignores", PAGE, ("if (specs) this.equip(specs);", ""), BROWSER_TESTS + " -k every_kind"),
    ("a disabled control that still moves", PAGE, ('"disabled", picture.disabled[i]', '"disabled", false'), BROWSER_TESTS + " -k every_kind"),
    ("an explorer that fills no screen", PAGE, ("host.requestFullscreen()", "Promise.resolve()"), BROWSER_TESTS + " -k presented"),
    ("labels that belong to no input", PAGE, ('{ htmlFor: id, textContent: description }', "{ textContent: description }"), BROWSER_TESTS + " -k every_kind"),
    ("a picture whose words stay as they were", PAGE, ('change(panels, "ariaLabel"', 'change(panels, "title"'), BROWSER_TESTS + " -k announced"),
    ("a link that the kernel never hears of", PAGE, ("else if (!same(this.stands(), this.state.at)) this.follow();", ""), BROWSER_TESTS + " -k one_frame"),
    ("an old answer that undoes a fast hand", PAGE, ("this.answered < this.asked && !news.controls ?", "this.answered < 0 ?"), BROWSER_TESTS + " -k slow_kernel"),
    ("linked explorers that paint each for itself", PAGE, ("if (together.now) this.group = together.now.add(this);", ""), BROWSER_TESTS + " -k 20000"),
    ("an explorer that waits for a linked one for ever", PAGE, ("setTimeout(() => moving.forEach((each) => each.paint()), together.late)", "0"), BROWSER_TESTS + " -k not_for_long"),
    ("a dead kernel that nobody mentions", PAGE, ('model.on("comm_live_update", live);', ""), BROWSER_TESTS + " -k is_gone"),
    ("views that go on listening when they are closed", PAGE, ("line.views.delete(receive);", ""), BROWSER_TESTS + " -k leave_nothing"),
    ("views that stay in the page's memory", PAGE, ("host.remove(); // ipywidgets holds on to the view", ""), BROWSER_TESTS + " -k leave_nothing"),
    # exercises
    ("a solution that is wrong", "helpers/exercises/lessons/01.toml", ("answer = -log_probs[3]", "answer = -log_probs[1]"), EXERCISE_TESTS),
    ("an answer cell that was filled in", BOOKS["04"], ("answer = None  # your answer: one letter in quotes", 'answer = "a"  # your answer: one letter in quotes'), f"{EXERCISE_TESTS} -k asks_each"),
    # data behind the lessons
    ("a row of the stored table dropped", "helpers/accuracy.csv", drop_last_line, "tests/modules/test_accuracy.py -k stored"),
    # teacher's pages
    ("a teacher's page edited by hand", "notebooks/teaching/03_softmax_dim.md", ("People may answer", "People answer"), "tests/notebooks/test_teaching.py"),
    ("notes that no page has yet", "notebooks/teaching/notes/01.toml", ("minutes = 5", "minutes = 6"), "tests/notebooks/test_teaching.py"),
    # the site and the slides
    ("a page that hides what it does not have", "pages/table.js", ("gone: want.flatMap((_, i) => (away(i) ? [i] : []))", "gone: []"), "tests/slow/test_site.py -k has_an_address"),
    ("a page's exercise with the neighbour's reply", "pages/page.js", ("x >= from", "x > from + 1"), "tests/slow/test_site.py -k 'exercises_reply and 01'"),
    ("pages without their style sheet", "pages/page.css", None, "tests/slow/test_site.py -k every_link"),
    ("slides in too large a letter", "tools/slides.json", ("19px", "26px"), "tests/slow/test_slides.py -k cut"),
    # the gate
    ("notebooks that nobody compares", "pyproject.toml", ("--nbval --nbval-current", "--nbval-current"), NOTEBOOK_TESTS + " -k compares_them_all"),
    ("notebooks left out of the tests", "pyproject.toml", (', "notebooks"]', "]"), NOTEBOOK_TESTS + " -k compares_them_all"),
    ("a comparison that forgives", "pyproject.toml", ("--nbval --nbval-current", "--nbval-lax --nbval-current"), NOTEBOOK_TESTS + " -k compares_them_all"),
    ("pictures that nobody compares", "pyproject.toml", (" --mpl ", " "), PICTURES + " -k are_compared"),
    ("a picture that may differ", PICTURES, ("TOLERANCE = 0.1", "TOLERANCE = 5"), PICTURES + " -k changed"),
    ("a baseline that is missing", "tests/pictures/test_figure_two_ways.png", None, PICTURES + " -k two_ways"),
    ("a target without a word of help", "Makefile", ("  ## list the targets", ""), SETUP),
]
# fmt: on


def broken(path, text, change):
    """Return the text of the file at `path` with the fault in it; ValueError where there is nothing left to change."""
    if not path.endswith(".ipynb"):
        fresh = change(text) if callable(change) else text.replace(*change, 1)
    else:
        book = json.loads(text)
        before = json.dumps(book)
        if callable(change):
            change(book)
        else:
            for cell in book["cells"]:
                source = "".join(cell["source"])
                if change[0] in source:
                    cell["source"] = source.replace(*change, 1)
                    break
        fresh, text = json.dumps(book), before
    if fresh == text:
        raise ValueError(f"{path}: nothing to change for {change}")
    return fresh


def failed(tests, path=None, change=None):
    """Return (pytest's status, the first test that failed) in a copy of the project, with a fault in it if `path` is given."""
    with tempfile.TemporaryDirectory() as folder:
        names = subprocess.check_output(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, text=True)
        for name in filter(lambda name: (ROOT / name).is_file(), names.splitlines()):
            copy = pathlib.Path(folder, name)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy)
        target = pathlib.Path(folder, path or "")
        if change:
            target.write_text(broken(path, target.read_text(encoding="utf-8"), change), encoding="utf-8")
        elif path:
            target.unlink()
        pytest = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"]
        env = os.environ | {"PYTHONPATH": folder, "OMP_NUM_THREADS": "1"}
        done = subprocess.run([*pytest, *shlex.split(tests)], cwd=folder, env=env, capture_output=True, text=True)
    by = re.findall(r"^(?:FAILED|ERROR) (\S+(?: \d+)?)", done.stdout, re.MULTILINE)
    return done.returncode, by[0] if by else ""


def main():
    chosen = [row for row in FAULTS if len(sys.argv) < 2 or any(word in f"{row}" for word in sys.argv[1:])]
    survivors = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        whole = sorted({tests for *_, tests in chosen})
        for tests, (status, by) in zip(whole, pool.map(failed, whole)):
            if status:  # 5 is a selection of no test
                sys.exit(f"without any fault, pytest {tests} ends with status {status} {by}: mend that first")
        results = pool.map(lambda row: failed(row[3], *row[1:3]), chosen)
        for number, ((what, path, *_), (status, by)) in enumerate(zip(chosen, results), start=1):
            caught = status in (1, 2)  # 2: the tests could not even be imported
            survivors += [] if caught else [what]
            print(f"[{number}/{len(chosen)}] {what}, in {path}: {by if caught else 'SURVIVED'}", flush=True)
    print(f"{len(chosen)} faults, {len(survivors)} survived", *survivors, sep="\n  ")
    sys.exit(bool(survivors or not chosen))


if __name__ == "__main__":
    main()

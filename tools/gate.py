"""What nbval lets pass and must not: saved notebooks that prove nothing, and test runs that compared less than they seem to."""

import json
import os
import re
from collections import defaultdict

HIDING = re.compile(r"#\s*(NBVAL|PYTEST_VALIDATE)")


def code_cells(notebook):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def faults(notebook):
    """Return what is wrong with a saved notebook (as parsed JSON or from nbformat), a sentence each; [] if nothing is.

    Each code cell must have been executed, all from top to bottom in one run, without an error and without a warning; and
    no tag or comment may hide an output from the comparison: nbval then compares each and every one.
    """
    found = []
    cells = code_cells(notebook)
    if not cells:
        found.append("it has no code cell: nothing is compared")
    for place, cell in enumerate(cells):
        source, count = "".join(cell["source"]), cell["execution_count"]
        if not source.strip():
            found.append(f"cell {place} is empty")
        if count is None:
            found.append(f"cell {place} was never executed")
        elif count != place + 1:
            found.append(f"cell {place} was executed out of order, as number {count}")
        for output in cell["outputs"]:
            if output["output_type"] == "error":
                found.append(f"cell {place} ends in an error: {output.get('ename')}: {output.get('evalue')}")
            elif output.get("name") == "stderr":
                found.append(f"cell {place} warns: {''.join(output['text'])[:100]}")
        if HIDING.search(source):
            found.append(f"cell {place} has a comment that hides its outputs from the comparison")
    for place, cell in enumerate(notebook["cells"]):
        if tags := cell["metadata"].get("tags"):
            found.append(
                f"the cell at {place} has the tags {', '.join(tags)}: each may hide something from the comparison"
            )
    return found


def named_notebooks(arguments, folder):
    """Return the notebooks that pytest's arguments name, themselves or by a folder above them, in order, without ::tests."""
    found = {}
    for argument in arguments:
        path = (folder / argument.partition("::")[0]).resolve()
        if path.suffix == ".ipynb":
            found[path] = True
        for inner in sorted(path.rglob("*.ipynb")) if path.is_dir() else []:
            if not any(part.startswith(".") for part in inner.relative_to(path).parts):
                found[inner] = True
    return list(found)


class Completeness:
    """A pytest plugin that fails a run which passed, but compared less than all cells of the notebooks it was about.

    About which notebooks: all that its arguments name; with -k, -m, --lf or --deselect those of which any cell ran. In CI
    (where the variable CI is set) it also fails a run that skipped a test.
    """

    def __init__(self, config):
        self.config = config
        self.ran, self.compared, self.skipped, self.faults = defaultdict(set), defaultdict(set), [], []

    def pytest_runtest_logreport(self, report):
        file, _, cell = report.nodeid.partition("::")
        if file.endswith(".ipynb") and report.when == "call":
            path = self.config.rootpath / file
            self.ran[path].add(cell)
            if ("compared", True) in report.user_properties:
                self.compared[path].add(cell)
        if report.skipped:
            self.skipped.append(report.nodeid)

    def pytest_sessionfinish(self, session, exitstatus):
        if exitstatus == 0 and not self.config.option.collectonly:
            self.faults = list(self.judge())
            if self.faults:
                session.exitstatus = 1

    def judge(self):
        option = self.config.option
        named = named_notebooks(self.config.args, self.config.invocation_params.dir)
        narrowed = option.keyword or option.markexpr or getattr(option, "lf", False) or option.deselect
        if self.config.args == self.config.getini("testpaths") and not named:
            yield "no notebook was found"
        if any(argument.endswith(".ipynb") for argument in self.config.args) and not self.compared:
            yield "notebooks are named, but no cell of any was compared"
        for path in named:
            cells = {f"Cell {i}" for i in range(len(code_cells(json.loads(path.read_text(encoding="utf-8")))))}
            missing = sorted(cells - self.compared[path], key=lambda name: int(name.split()[1]))
            if missing and (self.ran[path] or not narrowed):
                yield (
                    f"{path.name}: {len(missing)} of {len(cells)} cells were not compared with their saved outputs "
                    f"({', '.join(missing[:5])}{', …' if len(missing) > 5 else ''})"
                )
        if os.environ.get("CI") and self.skipped:
            yield f"{len(self.skipped)} tests were skipped, which in CI is a failure: {', '.join(self.skipped[:5])}"

    def pytest_terminal_summary(self, terminalreporter):
        if self.faults:
            terminalreporter.section("FAILED: the run is not whole", red=True, bold=True)
            for fault in self.faults:
                terminalreporter.line(fault, red=True)

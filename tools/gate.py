"""What nbval passes and must not: saved notebooks that prove nothing, and runs that compare less than they seem to."""

import json
import os
import re
from collections import defaultdict

HIDING = re.compile(r"#\s*(NBVAL|PYTEST_VALIDATE)")


def code_cells(notebook):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def faults(notebook):
    """Return what is wrong with a saved notebook (as parsed JSON or from nbformat), a sentence each; [] if nothing is.

    Each code cell must have been executed, all from top to bottom in one run, without an error and without a warning;
    and no tag or comment may hide an output from the comparison: nbval then compares each and every one.
    """
    cells = code_cells(notebook)
    found = [] if cells else ["it has no code cell: nothing is compared"]
    for place, cell in enumerate(cells):
        found += (f"cell {place} {fault}" for fault in faults_of_cell(cell, place + 1))
    for place, cell in enumerate(notebook["cells"]):
        if tags := cell["metadata"].get("tags"):
            hiding = "each may hide something from the comparison"
            found.append(f"the cell at {place} has the tags {', '.join(tags)}: {hiding}")
    return found


def faults_of_cell(cell, expected):
    """Yield what is wrong with a code cell that should have been executed as the number `expected`."""
    source, count = "".join(cell["source"]), cell["execution_count"]
    if not source.strip():
        yield "is empty"
    if count is None:
        yield "was never executed"
    elif count != expected:
        yield f"was executed out of order, as number {count}"
    for output in cell["outputs"]:
        if output["output_type"] == "error":
            yield f"ends in an error: {output.get('ename')}: {output.get('evalue')}"
        elif output.get("name") == "stderr":
            yield f"warns: {''.join(output['text'])[:100]}"
    if HIDING.search(source):
        yield "has a comment that hides its outputs from the comparison"


class Completeness:
    """A pytest plugin that fails a run which passed, but did not compare every cell of a notebook of which it ran any.

    In CI (where the variable CI is set) it also fails a run that skipped a test.
    """

    def __init__(self, config):
        self.config = config
        self.compared, self.skipped, self.faults = defaultdict(set), [], []

    def pytest_runtest_logreport(self, report):
        file, _, cell = report.nodeid.partition("::")
        if file.endswith(".ipynb"):
            compared = self.compared[file]  # empty if no cell has been compared
            if ("compared", True) in report.user_properties:
                compared.add(cell)
        if report.skipped:
            self.skipped.append(report.nodeid)

    def pytest_sessionfinish(self, session, exitstatus):
        if exitstatus == 0:
            self.faults = list(self.judge())
            session.exitstatus = int(bool(self.faults))

    def judge(self):
        for file, compared in self.compared.items():
            book = json.loads((self.config.rootpath / file).read_text(encoding="utf-8"))
            cells = [f"Cell {number}" for number, _ in enumerate(code_cells(book))]
            if missing := [cell for cell in cells if cell not in compared]:
                some = f"{len(missing)} of {len(cells)} cells"
                yield f"{file}: {some} were not compared with their saved outputs: {missing}"
        if os.environ.get("CI") and self.skipped:
            yield f"skipped, which in CI is a failure: {self.skipped}"

    def pytest_terminal_summary(self, terminalreporter):
        if self.faults:
            terminalreporter.section("FAILED: the run is not whole", red=True, bold=True)
            for fault in self.faults:
                terminalreporter.line(fault, red=True)

"""Say where the time of the tests goes, and what part of it is the floor: `make times`.

The floor is what re-executing the notebooks cannot do without: as many kernels, started in as many processes at once, in
each of which the notebook's first code cell, which has its imports, is run. The machine should be otherwise idle.
"""

import os
import pathlib
import sys
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
import pytest

PROCESSES = 2


class Stopwatch:
    """A pytest plugin that adds up what each test reports, by the kind of work it is: seconds of one process."""

    def __init__(self):
        self.seconds = defaultdict(float)

    def pytest_runtest_logreport(self, report):
        self.seconds[kind(report.nodeid, report.when)] += report.duration


def kind(nodeid, when):
    """Return (file, phase) of a part of a test; the phase of a notebook's is kernel, imports, cells or stop.

    >>> kind("notebooks/03.ipynb::Cell 0", "setup"), kind("notebooks/03.ipynb::Cell 0", "call")
    (('notebooks/03.ipynb', 'kernel'), ('notebooks/03.ipynb', 'imports'))
    >>> kind("notebooks/03.ipynb::Cell 7", "call"), kind("tests/test_x.py::test_y", "setup")
    (('notebooks/03.ipynb', 'cells'), ('tests/test_x.py', 'test'))
    """
    file, _, test = nodeid.partition("::")
    if not file.endswith(".ipynb"):
        return file, "test"
    if when == "call":
        return file, "imports" if test == "Cell 0" else "cells"
    return file, "kernel" if when == "setup" else "stop"


def run(*arguments):
    """Run pytest in parallel; return the seconds it took on the clock, and those of its parts."""
    stopwatch = Stopwatch()
    start = time.perf_counter()
    status = pytest.main(["-q", "-n", str(PROCESSES), *arguments], plugins=[stopwatch])
    if status:
        sys.exit(f"the tests fail, with pytest's status {int(status)}: mend that first")
    return time.perf_counter() - start, stopwatch.seconds


def start_and_import(path):
    """Start a kernel, run the notebook's first code cell in it, and stop it."""
    import nbformat
    from nbval.kernel import CURRENT_ENV_KERNEL_NAME, RunningKernel

    first = next(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")
    kernel = RunningKernel(CURRENT_ENV_KERNEL_NAME, cwd=str(path.parent))
    kernel.await_reply(kernel.execute_cell_input(first), timeout=60)
    kernel.stop()


def floor(paths):
    """Return the seconds on the clock in which the notebooks' kernels start, import and stop, some at once."""
    start = time.perf_counter()
    with ThreadPoolExecutor(PROCESSES) as pool:
        list(pool.map(start_and_import, paths))
    return time.perf_counter() - start


def main():
    os.environ["OMP_NUM_THREADS"] = "1"
    os.chdir(ROOT)
    paths = sorted((ROOT / "notebooks").glob("*.ipynb"))
    notebooks, parts = run("notebooks")
    with tempfile.TemporaryDirectory() as os.environ["IPYTHONDIR"]:
        least = floor(paths)
    everything, tests = run()

    phases = ["kernel", "imports", "cells", "stop"]
    print(f"\n| seconds | {' | '.join(phases)} |\n|---|{'---:|' * len(phases)}")
    for path in paths:
        shown = [f"{parts[f'notebooks/{path.name}', phase]:.1f}" for phase in phases]
        print(f"| {path.stem} | {' | '.join(shown)} |")
    totals = [sum(each for (_, phase), each in parts.items() if phase == name) for name in phases]
    print(f"| together | {' | '.join(f'{total:.1f}' for total in totals)} |")

    browser = sum(each for (file, _), each in tests.items() if "browser" in file)
    plain = sum(each for (_, phase), each in tests.items() if phase == "test") - browser
    print(f"\n| in {PROCESSES} processes | seconds |\n|---|---:|")
    print(f"| the notebooks alone, on the clock | {notebooks:.1f} |")
    print(f"| floor: starting {len(paths)} kernels with their imports, on the clock | {least:.1f} |")
    print(f"| ratio | {notebooks / least:.2f} |")
    print(f"| all tests, on the clock | {everything:.1f} |")
    print(f"| of these, in the plain tests, added up | {plain:.1f} |")
    print(f"| of these, in the browser tests, added up | {browser:.1f} |")
    print(f"| of these, in the notebooks, added up | {sum(e for (_, phase), e in tests.items() if phase != 'test'):.1f} |")


if __name__ == "__main__":
    main()

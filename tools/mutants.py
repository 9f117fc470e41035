"""Break the project on purpose, in one place at a time, and demand that the tests notice: `make mutants`.

Each `Mutant` is one change to a copy of the project: a wrong dim in a notebook, a digit of a saved output, a slider bound to
the wrong argument, a pin in one file only. The few tests named with it must notice, so that it is known which ones guard what.
The table at the end lists the survivors first, and the exit code says whether there are any. It
needs a system that can fork, which Windows is not.
"""

import argparse
import importlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

ROOT = pathlib.Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))


@dataclass(frozen=True)
class Mutant:
    """One fault: what it is, the file, the change of that file's text (None removes it), and the tests that must notice."""

    name: str
    path: str
    change: Callable[[str], str] | None
    tests: tuple[str, ...]


def swap(old, new):
    """Return a change that replaces the first `old`; it raises where there is none, so that no mutant goes stale unseen."""

    def change(text):
        if old not in text:
            raise ValueError(f"nothing to change: {old!r} is not there")
        return text.replace(old, new, 1)

    return change


def source(old, new):
    """Return a change of a notebook's cells: the first cell whose source holds `old`, which becomes `new`."""

    def change(text):
        book = json.loads(text)
        cell = next((cell for cell in book["cells"] if old in "".join(cell["source"])), None)
        if cell is None:
            raise ValueError(f"nothing to change: no cell has {old!r}")
        cell["source"] = "".join(cell["source"]).replace(old, new, 1)
        return json.dumps(book)

    return change


def saved(edit):
    """Return a change of a notebook's saved form by `edit(book)`, which gets the parsed JSON and changes it in place."""

    def change(text):
        book = json.loads(text)
        edit(book)
        return json.dumps(book)

    return change


def code(book):
    return [cell for cell in book["cells"] if cell["cell_type"] == "code"]


def copy_project(target):
    """Copy what git tracks, and what it would, into `target`."""
    names = subprocess.check_output(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, text=True).split("\n")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def preload():
    """Import what the tests need of others, and nothing of this project, so that each fork has it already."""
    os.environ["OMP_NUM_THREADS"] = "1"  # a fork must not wait for threads that it has not got
    for name in ("torch", "scipy.special", "pandas.io.formats.style", "matplotlib.pyplot", "anywidget", "mpmath"):
        importlib.import_module(name)


def in_fork(folder, tests, output):
    for stream in (1, 2):
        os.dup2(output, stream)
    os.chdir(folder)
    os.environ["PYTHONPATH"] = str(folder)
    sys.path[:] = [str(folder), *(path for path in sys.path if pathlib.Path(path).resolve() != ROOT)]
    for name in [name for name in sys.modules if name.partition(".")[0] == "tools"]:
        del sys.modules[name]  # ours, not those of the copy
    return pytest.main(["-x", "-q", "--no-header", "-p", "no:cacheprovider", *tests])


def run_tests(folder, tests):
    """Return (pytest's exit code, the first failure) in the copy at `folder`. The tests run in a fork of this process."""
    with tempfile.TemporaryFile("w+") as output:
        child, code = os.fork(), 70
        if child == 0:
            try:
                code = in_fork(folder, tests, output.fileno())
            finally:
                os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        output.seek(0)
        failures = re.findall(r"^(?:FAILED|ERROR) (\S+(?: \d+)?)", output.read(), re.MULTILINE)
    if code == 70:
        raise RuntimeError(f"the tests could not be started: {tests}")
    return code, failures[0] if failures else ""


def check_without_faults(folder, mutants):
    """Exit if a test that is to notice a fault fails without one. Whole files run together, which is quicker."""
    selections = {mutant.tests for mutant in mutants}
    whole = {path for tests in selections if "-k" not in tests for path in tests}
    for tests in [tuple(sorted(whole)), *sorted(tests for tests in selections if "-k" in tests)]:
        code, by = run_tests(folder, tests) if tests else (0, "")
        if code:  # 5 is a selection of no test
            sys.exit(f"without any fault, pytest {' '.join(tests)} ends with code {code} {by}: mend that first")


def campaign(mutants):
    """Run the mutants one by one and return a list of (mutant, caught, by what)."""
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary) / "project"
        copy_project(folder)
        check_without_faults(folder, mutants)
        for number, mutant in enumerate(mutants, start=1):
            start = time.monotonic()
            path = folder / mutant.path
            original = path.read_bytes()
            if mutant.change:
                path.write_text(mutant.change(original.decode()), encoding="utf-8")
            else:
                path.unlink()
            try:
                code, by = run_tests(folder, mutant.tests)
                caught = code in (1, 2)
            finally:
                path.write_bytes(original)
            rows.append((mutant, caught, by))
            verdict = f"{'caught  ' if caught else 'SURVIVED'} {time.monotonic() - start:4.0f} s"
            print(f"[{number}/{len(mutants)}] {verdict}  {mutant.name}  {by}", flush=True)
    return rows


def main():
    from tools.browser import chromium
    from tools.faults import BROWSER_TESTS, MUTANTS

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help="only mutants whose name or file holds one of these")
    words = parser.parse_args().words
    mutants = [m for m in MUTANTS if not words or any(word in f"{m.name} {m.path}" for word in words)]
    if not mutants:
        sys.exit("no such mutant")
    if not chromium():
        left_out = [mutant for mutant in mutants if BROWSER_TESTS in mutant.tests]
        mutants = [mutant for mutant in mutants if mutant not in left_out]
        print(f"no Chromium found: left out {len(left_out)} faults of the page")
    preload()
    rows = sorted(campaign(mutants), key=lambda row: row[1])
    print("\n| fault | in | noticed by |\n|---|---|---|")
    for mutant, caught, by in rows:
        print(f"| {mutant.name} | {mutant.path} | {by if caught else '**survived**'} |")
    survivors = sum(not caught for _, caught, _ in rows)
    print(f"\n{len(rows)} faults, {survivors} survived")
    sys.exit(survivors > 0)


if __name__ == "__main__":
    main()

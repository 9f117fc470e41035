"""Break the project on purpose, in one place at a time, and demand that the tests notice: `make mutants`.

Each `Mutant` is one change to a copy of the project: a wrong dim in a notebook, a digit of a saved output, a slider bound to
the wrong argument, a pin in one file only. The tests named with it run first; if they pass, all tests do. The table at the
end lists the survivors first, and the exit code counts them.
"""

import argparse
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

ROOT = pathlib.Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))


@dataclass(frozen=True)
class Mutant:
    """One fault: what it is, the file, the change of that file's text, and the tests that should notice it first."""

    name: str
    path: str
    change: Callable[[str], str]
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


def run_tests(folder, tests):
    """Return (whether the tests failed, the first failure) in the copy at `folder`."""
    env = {**os.environ, "PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1"}
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "-p", "no:cacheprovider", *tests],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
    )
    failures = re.findall(r"^(?:FAILED|ERROR) (\S+(?: \d+)?)", result.stdout, re.MULTILINE)
    # Exit code 5: the named tests do not exist, which must not count as caught.
    return result.returncode in (1, 2), failures[0] if failures else ""


def campaign(mutants):
    """Run the mutants one by one and return a list of (mutant, caught, by what, seconds)."""
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary) / "project"
        copy_project(folder)
        for tests in sorted({mutant.tests for mutant in mutants}):
            failed, by = run_tests(folder, tests)
            if failed:
                sys.exit(f"without any fault, {by} fails already: mend that first")
        for number, mutant in enumerate(mutants, start=1):
            start = time.monotonic()
            path = folder / mutant.path
            original = path.read_text(encoding="utf-8")
            path.write_text(mutant.change(original), encoding="utf-8")
            try:
                caught, by = run_tests(folder, mutant.tests)
                if not caught:
                    caught, by = run_tests(folder, ("-n", "2", "--dist", "loadfile", "--ignore=tests/test_browser.py"))
            finally:
                path.write_text(original, encoding="utf-8")
            rows.append((mutant, caught, by, time.monotonic() - start))
            print(f"[{number}/{len(mutants)}] {'caught  ' if caught else 'SURVIVED'} {mutant.name}  {by}", flush=True)
    return rows


def main():
    from tools.faults import MUTANTS

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help="only mutants whose name or file holds one of these")
    words = parser.parse_args().words
    mutants = [m for m in MUTANTS if not words or any(word in f"{m.name} {m.path}" for word in words)]
    if not mutants:
        sys.exit("no such mutant")
    rows = sorted(campaign(mutants), key=lambda row: row[1])
    print(f"\n| fault | in | noticed by |\n|---|---|---|")
    for mutant, caught, by, _ in rows:
        print(f"| {mutant.name} | {mutant.path} | {by if caught else '**survived**'} |")
    survivors = sum(not caught for _, caught, _, _ in rows)
    print(f"\n{len(rows)} faults, {survivors} survived")
    sys.exit(survivors > 0)


if __name__ == "__main__":
    main()

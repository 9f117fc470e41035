"""Run all tests again and again in random order and in other surroundings: `make flakes`.

Each run is in a copy of the project in a folder of another name, on one thread or two, while something else keeps a processor
busy, with another hash seed, locale, time zone and width of the terminal. Nothing of this may make a test fail.
"""

import argparse
import contextlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
from tools.mutants import copy_project

FOLDERS = ("project", "mein Übungsordner (2)")
SURROUNDINGS = {
    "PYTHONHASHSEED": ("0", "1", "4242"),
    "LC_ALL": ("C", "C.UTF-8", "de_DE.UTF-8", "tr_TR.UTF-8"),
    "TZ": ("UTC", "Asia/Kathmandu", "America/St_Johns"),
    "COLUMNS": ("80", "40", "300"),
}
ASSERTED = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", re.MULTILINE)


def surroundings(run):
    """Return the folder's name and the environment variables of the run of this number: two in a row differ in threads."""
    pair, threads = divmod(run, 2)
    row, column = divmod(pair, 3)  # so that of three settings with three values each two meet in every way
    places = {"PYTHONHASHSEED": column, "COLUMNS": row, "TZ": row + column, "LC_ALL": pair}
    chosen = {name: SURROUNDINGS[name][place % len(SURROUNDINGS[name])] for name, place in places.items()}
    return FOLDERS[pair % 2], {"OMP_NUM_THREADS": str(1 + threads), **chosen}


@contextlib.contextmanager
def busy(count):
    """Keep as many processors busy meanwhile."""
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def count(word, text):
    """Return the number before a word in pytest's last line.

    >>> count("failed", "== 2 failed, 31 passed in 4.01s =="), count("error", "== 31 passed in 4.01s ==")
    (2, 0)
    """
    found = re.findall(rf"(\d+) {word}", text.strip().rpartition("\n")[2])
    return int(found[0]) if found else 0


def run(folder, seed, variables, arguments):
    """Run pytest in `folder`; return (its status, passed, failed, seconds, the failed tests, all that it said)."""
    command = [sys.executable, "-m", "pytest", f"--shuffle={seed}", "-q", "--color=no", "-p", "no:cacheprovider", *arguments]
    env = os.environ | variables | {"PYTHONPATH": str(folder)}
    start = time.monotonic()
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, encoding="utf-8", errors="replace")
    failed = count("failed", done.stdout) + count("error", done.stdout)
    seconds = time.monotonic() - start
    return done.returncode, count("passed", done.stdout), failed, seconds, ASSERTED.findall(done.stdout), done.stdout + done.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1, help="the first run's seed of the order; each run's is one higher")
    parser.add_argument("--load", type=int, default=1, help="processors to keep busy: 0 where other work does (default: 1)")
    parser.add_argument("arguments", nargs="*", default=["-n", "2"], help="for pytest, after -- (default: -n 2, all tests)")
    options = parser.parse_args()
    rows, bad = [], 0
    with tempfile.TemporaryDirectory() as temporary, busy(options.load):
        for name in FOLDERS:
            copy_project(pathlib.Path(temporary) / name)
        for number in range(options.runs):
            name, variables = surroundings(number)
            seed = options.seed + number
            folder = pathlib.Path(temporary) / name
            status, passed, failed, seconds, tests, said = run(folder, seed, variables, options.arguments)
            bad += status != 0
            rows.append([number + 1, seed, name, *variables.values(), passed, failed, f"{seconds:.0f}", ", ".join(tests)])
            print(f"[{number + 1}/{options.runs}] {passed} passed, {failed} failed in {seconds:.0f} s", flush=True)
            if status:
                print(said, flush=True)
    header = ["run", "order", "folder", *variables, "passed", "failed", "s", "which"]
    print()
    for row in (header, ["---"] * len(header), *rows):
        print(f"| {' | '.join(map(str, row))} |")
    print(f"\n{options.runs} runs, {bad} failed")
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()

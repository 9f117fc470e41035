"""That `make flakes` notices a test that depends on the order or on its surroundings, and which surroundings it tries."""

import itertools
import shlex
import sys

import pytest

from tools import flakes

ORDER = """
seen = []

def test_a():
    seen.append("a")

def test_b():
    assert "a" in seen
"""
SURROUNDINGS = """
import os, pathlib

def test_threads():
    assert os.environ["OMP_NUM_THREADS"] == "1"

def test_folder():
    assert str(pathlib.Path.cwd()).isascii()

def test_hash():
    assert os.environ["PYTHONHASHSEED"] == "0"
"""


def test_in_twenty_runs_the_settings_meet_in_every_way():
    runs = [variables for _, variables in map(flakes.surroundings, range(20))]
    for name, values in flakes.SURROUNDINGS.items():
        assert {(each[name], each["OMP_NUM_THREADS"]) for each in runs} == set(itertools.product(values, "12"))
    for one, two in itertools.combinations(("PYTHONHASHSEED", "COLUMNS", "TZ"), 2):
        met = {(each[one], each[two]) for each in runs}
        assert met == set(itertools.product(flakes.SURROUNDINGS[one], flakes.SURROUNDINGS[two]))
    assert len({(folder, each["OMP_NUM_THREADS"]) for folder, each in map(flakes.surroundings, range(20))}) == 4


@pytest.mark.parametrize("text, failing", [(ORDER, {"test_b"}), (SURROUNDINGS, {"test_threads", "test_folder", "test_hash"})])
def test_a_flake_is_found(tmp_path, monkeypatch, capsys, text, failing):
    def copy(target):
        target.mkdir()
        (target / "conftest.py").write_text((flakes.ROOT / "conftest.py").read_text())
        (target / "pytest.ini").write_text(f"[pytest]\naddopts = -p no:nbval\npythonpath = {shlex.quote(str(flakes.ROOT))}\n")
        (target / "test_flaky.py").write_text(text)

    monkeypatch.setattr(flakes, "copy_project", copy)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setattr(sys, "argv", ["flakes.py", "--runs=4", "--", "test_flaky.py"])
    with pytest.raises(SystemExit) as stop:
        flakes.main()
    assert stop.value.code is True
    table = capsys.readouterr().out.rpartition("| run |")[2]
    assert {name for name in failing if f"test_flaky.py::{name}" in table} == failing
    assert "test_flaky.py::test_a" not in table
    assert table.splitlines()[-1].startswith("4 runs, ")

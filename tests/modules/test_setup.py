"""The project can be installed, run and broken as its files say, on any system."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tomllib

import pytest
from packaging.requirements import Requirement

from tools import faults

ROOT = pathlib.Path(__file__).parents[2]


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


PINS = dict(re.findall(r"^([\w-]+)==(\S+)", read("constraints.txt"), re.MULTILINE))


def test_every_requirement_is_pinned_in_its_range():
    project = tomllib.loads(read("pyproject.toml"))["project"]
    test, *others = (project["optional-dependencies"][extra] for extra in ("test", "site", "slides"))
    assert test.pop() == f"{project['name']}[site,slides]"
    needed = [*map(Requirement, sum(others, project["dependencies"] + test))]
    assert [each.name for each in needed] == list(PINS)
    for each in needed:
        assert PINS[each.name] in each.specifier, f"{each.name} {PINS[each.name]}, which constraints.txt pins"


def test_what_was_asked_for_stands_at_the_top_and_pip_takes_the_requirements():
    wanted = {"notebooks", "helpers", "environment.yml", "requirements.txt", "README.md", "Makefile"}
    assert wanted <= {path.name for path in ROOT.iterdir()}
    offline = ["--dry-run", "--no-deps", "--no-index", "--no-build-isolation", "-r", "requirements.txt"]
    command = [sys.executable, "-m", "pip", "install", *offline]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert "Would install logits-softmax-sigmoid" in done.stdout, done.stderr
    assert "- -r requirements.txt" in read("environment.yml")


def test_the_choice_of_torch_is_remembered(tmp_path):
    shutil.copy2(ROOT / "Makefile", tmp_path)
    (tmp_path / ".venv").mkdir()

    def planned(*arguments):
        command = ["make", "--dry-run", "--always-make", "lab", "drift", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    for name in ("pyproject.toml", "constraints.txt", "requirements.txt"):
        (tmp_path / name).touch()
    assert "--torch-backend" not in planned()
    chosen = re.search(r'echo "(.+)" > .venv/torch.mk', planned("TORCH=cpu"))[1]
    (tmp_path / ".venv" / "torch.mk").write_text(chosen + "\n")
    assert (
        len(re.findall("--torch-backend=cpu", planned())) == 3
    )  # for lab; for drift, before and with the newer versions
    assert "--torch-backend" not in planned("TORCH=")


def test_conda_brings_the_pinned_torch():
    assert f"- pytorch-cpu={PINS['torch']}\n" in read("environment.yml")


def test_make_help_lists_every_target_and_no_text_names_another():
    targets = re.findall(r"^([a-z]+):.*?  ## \S", read("Makefile"), re.MULTILINE)
    assert sorted(targets) == sorted(re.search(r"^\.PHONY: (.+)$", read("Makefile"), re.MULTILINE)[1].split())
    for name in ("README.md", "CONTRIBUTING.md"):
        assert set(re.findall(r"(?:^|`)make ([a-z]+)", read(name), re.MULTILINE)) <= set(targets), name


def test_every_file_that_the_texts_name_is_there():
    for name in ("README.md", "CONTRIBUTING.md"):
        links = re.findall(r"\]\((?!http)([^)#]+)", read(name))
        paths = re.findall(r"`((?:helpers|notebooks|tests|tools|bench|docs)/[a-z\d_./-]*)`", read(name))
        assert [each for each in links + paths if not (ROOT / each).exists()] == [], name


def test_every_listed_fault_can_still_be_put_in():
    for _, path, change, tests in faults.FAULTS:
        assert all((ROOT / test).exists() for test in re.findall(r"\b(?:tests|notebooks)/[\w.]+", tests)), tests
        if change:
            faults.broken(path, read(path), change)


if os.name == "posix":

    def run_ci(folder, *programs):
        """Run a copy of .ci/run where nothing but `programs` and the tools that it needs is installed."""
        (folder / ".ci").mkdir()
        shutil.copy2(ROOT / ".ci" / "run", folder / ".ci")
        for name in programs:
            (folder / name).write_text('#!/bin/sh\necho "$(basename "$0") $*, CI=$CI"\n')
            (folder / name).chmod(0o755)
        for name in ("bash", "dirname", "basename", "env", "id", "sh", "timeout"):
            (folder / name).symlink_to(shutil.which(name))
        command = [folder / "bash", folder / ".ci" / "run", "TORCH=cpu"]
        return subprocess.run(command, env={"PATH": str(folder)}, capture_output=True, text=True)

    def test_ci_tests_with_a_browser(tmp_path):
        done = run_ci(tmp_path, "make", "chromium")
        assert (done.returncode, done.stdout) == (0, "make test TORCH=cpu, CI=true\n")

    @pytest.mark.parametrize("programs", [(), ("apt-get", "sudo")], ids=["no apt-get", "apt-get that installs none"])
    def test_ci_fails_without_a_browser(tmp_path, programs):
        done = run_ci(tmp_path, "make", *programs)
        assert done.returncode == 1 and "make test" not in done.stdout
        assert done.stderr.startswith("No Chromium was found, and none could be installed")

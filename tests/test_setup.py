"""One list of requirements: requirements.txt, pyproject.toml and environment.yml agree, and the environment holds to it."""

import importlib.metadata
import os
import pathlib
import re
import shutil
import subprocess
import tomllib

import pytest

ROOT = pathlib.Path(__file__).parents[1]


def pins():
    lines = [line.split("#")[0].strip() for line in (ROOT / "requirements.txt").read_text().splitlines()]
    return [line for line in lines if line and line != "-e ."]


def test_pyproject_lists_the_same_pins():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["dependencies"] + project["optional-dependencies"]["test"] == pins()


def test_requirements_install_the_project_itself():
    assert "-e ." in (ROOT / "requirements.txt").read_text().splitlines()


def test_conda_installs_from_the_same_list():
    text = (ROOT / "environment.yml").read_text()
    assert text.split("pip:\n")[1].split() == ["-", "-r", "requirements.txt"]
    assert set(re.findall(r"^  - ([a-z]+)", text.split("dependencies:")[1], re.MULTILINE)) == {"python", "pip"}


@pytest.mark.parametrize("pin", pins())
def test_environment_has_what_is_pinned(pin):
    name, version = pin.split("==")
    # A CPU build of torch calls itself 2.13.0+cpu.
    assert importlib.metadata.version(name).split("+")[0] == version


def test_make_help_lists_every_target_on_a_line():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)[1].split())
    listed = re.findall(
        r"^  make (\w+) +\S", subprocess.check_output(["make", "-s", "help"], cwd=ROOT, text=True), re.M
    )
    assert set(listed) == targets == set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    assert len(listed) == len(targets)


def test_the_readme_names_every_target_it_promises():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)\b", readme)) <= targets


if os.name == "posix":

    def run_ci(folder, *programs):
        """Run a copy of .ci/run where nothing but `programs` and the tools that it needs is installed."""
        (folder / ".ci").mkdir()
        shutil.copy2(ROOT / ".ci" / "run", folder / ".ci")
        for name in programs:
            (folder / name).write_text('#!/bin/sh\necho "$(basename "$0") $*, CI=$CI"\n')
            (folder / name).chmod(0o755)
        for name in ("bash", "dirname", "basename", "id", "sh"):
            (folder / name).symlink_to(shutil.which(name))
        command = [folder / "bash", folder / ".ci" / "run"]
        return subprocess.run(command, env={"PATH": str(folder)}, capture_output=True, text=True)

    def test_ci_tests_with_a_browser(tmp_path):
        done = run_ci(tmp_path, "make", "chromium")
        assert (done.returncode, done.stdout) == (0, "make test, CI=true\n")

    @pytest.mark.parametrize("programs", [(), ("apt-get", "sudo")], ids=["no apt-get", "apt-get that installs none"])
    def test_ci_fails_without_a_browser(tmp_path, programs):
        done = run_ci(tmp_path, "make", *programs)
        assert done.returncode == 1 and "make test" not in done.stdout
        assert done.stderr.startswith("No Chromium was found, and none could be installed")

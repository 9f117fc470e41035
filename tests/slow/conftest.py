import contextlib
import os
import pathlib
import subprocess
import sys

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from filelock import FileLock

ROOT = pathlib.Path(__file__).parents[2]
AXE = AXE_FILE_PATH.read_text(encoding="utf-8")


def build(folder):
    there = os.environ | {"GITHUB_REPOSITORY": "somebody/project"}
    made = subprocess.run([sys.executable, "-m", "pages", folder], cwd=ROOT, env=there, capture_output=True, text=True)
    assert made.returncode == 0, made.stdout + made.stderr
    return folder


def violations(locator):
    """Return what axe-core finds wrong inside these elements: the rule, where, and what, of each."""
    page, elements = locator.page, locator.element_handles()
    if not elements:
        return []
    page.evaluate(f"() => {{ if (!window.axe) {{ const define = undefined, module = undefined; {AXE} }} }}")
    run = "elements => axe.run({include: elements}, {preload: false, resultTypes: ['violations']})"
    found = page.evaluate(run, elements)["violations"]
    return [(each["id"], node["target"], node["failureSummary"]) for each in found for node in each["nodes"]]


@contextlib.contextmanager
def shared(make):
    """Give a function that returns, for a test's request, what the context manager `make()` gives.

    It is made once for all tests, but anew for one that is tried again: what the first try left in it may hide a fault.
    """
    made = []
    with contextlib.ExitStack() as stack:

        def for_test(request):
            if not made or getattr(request.node, "execution_count", 1) > 1:
                stack.close()
                made[:] = [stack.enter_context(make())]
            return made[0]

        yield for_test


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The site, which is built once in a run: of its processes the first to come builds it, and the others wait."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared
    with FileLock(shared / "site.lock"):
        return shared / "project" if (shared / "project").exists() else build(shared / "project")

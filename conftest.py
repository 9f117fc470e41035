"""Settings for every test run, the notebooks' kernels included, and what nbval lacks: eyes and a sense of the whole."""

import os
import sys
import tempfile

import pytest
from nbval import plugin
from xdist.scheduler import LoadFileScheduling

from tools import gate, pictures, prose

# Begun last, one of these would keep a single process busy.
LONGEST = ["test_browser.py", "test_site.py", "test_other_browsers.py", "test_explorers.py"]
collect_ignore = ["notebooks/my"]  # a reader's own
if sys.platform != "linux":
    collect_ignore += ["tests/slow/test_other_browsers.py"]  # it drives browsers as Debian's packages install them


def pytest_collection_modifyitems(config, items):
    """Put what pytest-randomly shuffled back file by file, cells in order, and first the files that take longest.

    What waits for a browser on a machine that does other things, too, gets a second try, which the summary names; not
    with -x, where somebody waits for the first failure.
    """
    for item in items:
        if item.path.parent.name == "slow" and config.option.maxfail != 1:
            item.add_marker(pytest.mark.flaky(reruns=1))
    place = {path: n for n, path in enumerate(dict.fromkeys(item.path for item in items))}

    def order(item):
        last = LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST)
        return last, place[item.path], getattr(item, "cell_num", 0)

    items.sort(key=order)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config):
    """Give `-n auto` three processes for two cores: a browser's tests wait a third of their time.

    On two cores the whole takes 362 s so, and 426 s with two processes.
    """
    return 3 * os.cpu_count() // 2 if config.option.numprocesses == "auto" else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Give each file to one process whole: a notebook's cells share their kernel, tests what they have made."""
    config.option.loadscopereorder = False
    return LoadFileScheduling(config, log)


def pytest_configure(config):
    # Give the kernels an empty IPython profile: a reader's own settings must not change outputs.
    empty = tempfile.TemporaryDirectory()
    config.add_cleanup(empty.cleanup)
    os.environ["IPYTHONDIR"] = empty.name
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(gate.Completeness(config))


compare_texts = plugin.IPyNbCell.compare_outputs


def compare_texts_and_pictures(self, test, ref, skip_compare=None):
    """Let nbval compare pictures too, and say that it compared."""
    self.user_properties.append(("compared", True))
    if not compare_texts(self, test, ref, skip_compare):
        return False
    found = list(pictures.faults(pictures.pictures(ref), pictures.pictures(test)))
    self.comparison_traceback += found
    return not found


plugin.IPyNbCell.compare_outputs = compare_texts_and_pictures

run_cell = plugin.IPyNbCell.runtest


def run_cell_and_prose(self):
    """Let nbval run the cell, and hold the numbers of the prose behind it to what the kernel makes of them.

    A number that a later cell computes waits for that cell.
    """
    run_cell(self)
    book, cells = self.parent, self.parent.nb.cells
    code = [place for place, cell in enumerate(cells) if cell.cell_type == "code"] + [len(cells)]
    behind = range(code[self.cell_num] if self.cell_num else 0, code[self.cell_num + 1])
    waiting = [*getattr(book, "waiting", []), *(each for place in behind for each in prose.places(place, cells[place]))]
    asked = {str(number): f"float({expression})" for number, (*_, expression) in enumerate(waiting)}
    message = book.kernel.kc.execute("", silent=True, user_expressions=asked)
    while (reply := book.kernel.get_message("shell", timeout=60))["parent_header"].get("msg_id") != message:
        pass
    answers, book.waiting, wrong = reply["content"]["user_expressions"], [], []
    for number, (place, _, shown, expression) in enumerate(waiting):
        answer = answers[str(number)]
        if answer.get("ename") == "NameError" and self.cell_num + 2 < len(code):
            book.waiting.append(waiting[number])
        elif answer["status"] == "error":
            wrong.append(f"cell {place}: {expression}: {answer['ename']}: {answer['evalue']}")
        elif (fresh := prose.like(shown, float(answer["data"]["text/plain"]))) != shown:
            wrong.append(f"cell {place}: the prose says {shown}, and {expression} is {fresh}: run `make notebooks`")
    assert not wrong, wrong


plugin.IPyNbCell.runtest = run_cell_and_prose

"""Settings for every test run, the notebooks' kernels included, and what nbval lacks: eyes and a sense of the whole."""

import os
import sys
import tempfile

import pytest
from nbval import plugin
from xdist.scheduler import LoadFileScheduling

from tools import gate, pictures

# It drives browsers as Debian's packages install them.
collect_ignore = [] if sys.platform == "linux" else ["tests/slow/test_other_browsers.py"]


def pytest_collection_modifyitems(items):
    """Put what pytest-randomly shuffled back file by file, cells in order, and first the file that takes longest."""
    place = {path: n for n, path in enumerate(dict.fromkeys(item.path for item in items))}
    items.sort(
        key=lambda item: (item.path.name != "test_browser.py", place[item.path], getattr(item, "cell_num", 0)),
    )


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

"""Settings for every test run, the notebooks' kernels included, and what nbval lacks: eyes, and a sense of the whole."""

import os
import random
import sys
import tempfile

# What nbval needs to read a notebook imports a grammar for the web addresses of JSON schemas, in 1.4 s, and no notebook has
# one. So pyproject.toml keeps pytest from loading nbval by itself, and here it is loaded without.
sys.modules.setdefault("rfc3987_syntax", None)
import pytest
from xdist.scheduler import LoadScopeScheduling

from tools import gate, kernels, pictures

pytest_plugins = ["nbval.plugin"]

# The files that take long, which a parallel run begins with. The browser's tests go to the processes one by one; any other
# file goes to one of them whole, as its tests share what they have made, and a notebook's cells their kernel.
FIRST = ("tests/test_browser", "tests/test_explorers", "tests/test_live", "tests/test_notebooks", "notebooks/")
SPLIT = "tests/test_browser"


def pytest_addoption(parser):
    parser.addoption(
        "--shuffle", type=int, help="run the files, and the tests in each, in the random order of this seed"
    )


def pytest_collection_modifyitems(config, items):
    if config.option.shuffle is not None:
        items[:] = shuffled(items, config.option.shuffle)
    elif hasattr(config, "workerinput"):
        items.sort(
            key=lambda item: next((i for i, start in enumerate(FIRST) if item.nodeid.startswith(start)), len(FIRST))
        )


def shuffled(items, seed):
    """Return the tests file by file in random order; a notebook's cells stay as they are, as each needs those before it."""
    files = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    draw = random.Random(seed)
    for path, tests in files.items():
        if path.suffix != ".ipynb":
            draw.shuffle(tests)
    return [item for tests in draw.sample(list(files.values()), len(files)) for item in tests]


class LongFilesFirst(LoadScopeScheduling):
    """Keeps the order of collection, and splits the browser's tests into classes, and functions with their parameters."""

    def __init__(self, config, log=None):
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid):
        file, _, test = nodeid.partition("::")
        return f"{file}::{test.split('::')[0]}" if file.startswith(SPLIT) else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return LongFilesFirst(config, log)


def pytest_configure(config):
    # Give the kernels an empty IPython profile: a reader's own settings must not change outputs.
    empty = tempfile.TemporaryDirectory()
    config.add_cleanup(empty.cleanup)
    os.environ["IPYTHONDIR"] = empty.name
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(gate.Completeness(config))
    extend_nbval()


def extend_nbval():
    """Let nbval compare pictures too, say that it compared, and start its kernels faster."""
    from nbval import plugin

    compare_texts = plugin.IPyNbCell.compare_outputs

    def compare_texts_and_pictures(self, test, ref, skip_compare=None):
        self.user_properties.append(("compared", True))
        if not compare_texts(self, test, ref, skip_compare):
            return False
        found = list(pictures.faults(pictures.pictures(ref), pictures.pictures(test)))
        self.comparison_traceback += found
        return not found

    plugin.IPyNbCell.compare_outputs = compare_texts_and_pictures
    if kernels.CAN_FORK:
        plugin.RunningKernel = kernels.ForkedKernel

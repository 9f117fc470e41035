"""How a parallel run is divided: the long files first, some test by test, the others whole."""

import pathlib
from types import SimpleNamespace

import pytest

ROOT = pathlib.Path(__file__).parents[1]


@pytest.fixture
def conftest(request):
    (module,) = [
        plugin
        for plugin in request.config.pluginmanager.get_plugins()
        if getattr(plugin, "__file__", None) == str(ROOT / "conftest.py")
    ]
    return module


def test_the_long_files_come_first_and_keep_their_order(conftest):
    named = [
        "helpers/data.py::a",
        "notebooks/01.ipynb::Cell 0",
        "tests/test_browser.py::b",
        "notebooks/01.ipynb::Cell 1",
    ]
    items = [SimpleNamespace(nodeid=nodeid) for nodeid in named]
    option = SimpleNamespace(shuffle=None)
    conftest.pytest_collection_modifyitems(SimpleNamespace(option=option), items)
    assert [item.nodeid for item in items] == named  # in one process as they were collected
    conftest.pytest_collection_modifyitems(SimpleNamespace(option=option, workerinput={}), items)
    assert [named.index(item.nodeid) for item in items] == [2, 1, 3, 0]


def test_shuffled_tests_stay_in_their_files_and_cells_in_their_order(conftest):
    items = [SimpleNamespace(path=pathlib.Path(file), test=i) for file in ("a.py", "b.ipynb", "c.py") for i in range(9)]
    orders = set()
    for seed in range(20):
        again = conftest.shuffled(items, seed)
        assert again == conftest.shuffled(items, seed)
        assert sorted(again, key=items.index) == items
        files = [item.path.name for item in again]
        assert files == [file for file in dict.fromkeys(files) for _ in range(9)]
        assert [item.test for item in again if item.path.suffix == ".ipynb"] == list(range(9))
        orders |= {tuple(dict.fromkeys(files)), tuple(item.test for item in again if item.path.name == "a.py")}
    assert len(orders) > 20


def test_there_are_such_files(conftest):
    for start in conftest.FIRST:
        assert list(ROOT.glob(f"{start}*")), start
    assert conftest.SPLIT == conftest.FIRST[0]


@pytest.mark.parametrize(
    "nodeid, scope",
    [
        ("notebooks/01.ipynb::Cell 3", "notebooks/01.ipynb"),  # one kernel
        ("tests/test_losses.py::TestA::test_b[1]", "tests/test_losses.py"),
        ("tests/test_browser.py::test_jupyterlab[01]", "tests/test_browser.py::test_jupyterlab[01]"),
        ("tests/test_browser.py::TestOneExplorer::test_b", "tests/test_browser.py::TestOneExplorer"),
    ],
)
def test_what_stays_together(conftest, nodeid, scope):
    split = conftest.LongFilesFirst._split_scope
    assert split(SimpleNamespace(), nodeid) == scope

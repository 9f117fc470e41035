import functools
import os

import pytest

from helpers import accuracy
from helpers.explorers import EXPLORERS


def scope(fixture_name, config):
    """What takes long to make serves all tests of its file.

    While mutmut notes which tests come to which function each makes its own, or only the first would count.
    """
    return "function" if os.environ.get("MUTANT_UNDER_TEST") == "stats" else "module"


@pytest.fixture(scope=scope)
def made(request):
    """The explorer whose module the test file bears the name of."""
    (make,) = (
        each for each in EXPLORERS.values() if request.module.__name__ == f"test_{each.__module__.rpartition('.')[2]}"
    )
    return make()


@pytest.fixture
def explorer(made):
    made.reset()
    return made


@pytest.fixture(scope=scope)
def sample():
    """The accuracy of all functions, measured on a sample by the first test that calls it."""
    return functools.cache(accuracy.measure_sample)

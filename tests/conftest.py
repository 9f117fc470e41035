import os

import pytest

from helpers.explorers import EXPLORERS


def scope(fixture_name, config):
    """One explorer serves all tests of its file. With mutmut each makes its own, or only the first would count as its test."""
    return "function" if "MUTANT_UNDER_TEST" in os.environ else "module"


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

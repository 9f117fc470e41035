import pytest

from helpers.explorers import EXPLORERS


@pytest.fixture(scope="module")
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

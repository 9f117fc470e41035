import pytest

from helpers import explorers


@pytest.fixture(scope="module")
def made(request):
    """The explorer that the test file bears the name of."""
    return getattr(explorers, request.module.__name__.rpartition("test_")[2])()


@pytest.fixture
def explorer(made):
    made.reset()
    return made

import functools

import pytest

from helpers import accuracy, explorers


@pytest.fixture(scope="module")
def made(request):
    """The explorer that the test file bears the name of."""
    return getattr(explorers, request.module.__name__.removeprefix("test_"))()


@pytest.fixture
def explorer(made):
    made.reset()
    return made


@pytest.fixture(scope="module")
def sample():
    """The accuracy of all functions, measured on a sample by the first test that calls it."""
    return functools.cache(accuracy.measure_sample)

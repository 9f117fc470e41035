"""Settings for every test run, the notebooks' kernels included."""

import os
import tempfile

import pytest


@pytest.fixture(scope="session", autouse=True)
def no_user_settings():
    """Give the kernels an empty IPython profile: a reader's own settings must not change outputs."""
    with tempfile.TemporaryDirectory() as empty:
        os.environ["IPYTHONDIR"] = empty
        yield

import pytest
import torch

from helpers import explorers
from helpers.exercises import running
from helpers.live import LivePicture


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """What a test finds depends neither on what others have drawn from torch's generator nor on the machine's speed."""
    torch.manual_seed(0)
    monkeypatch.setattr(running, "SECONDS", 300.0)


@pytest.fixture(scope="module")
def made(request):
    """The explorer that the test file bears the name of."""
    return getattr(explorers, request.module.__name__.rpartition("test_")[2])()


@pytest.fixture
def explorer(made):
    made.reset()
    return made


@pytest.fixture
def unlaid(monkeypatch):
    """Explorers are made without layout and backgrounds, which take most of the time; so no picture is drawn."""

    def freeze(self):
        self._still, self._frozen = [], self._axes()

    monkeypatch.setattr(LivePicture, "freeze", freeze)
    monkeypatch.setattr(LivePicture, "markup", lambda self: {})

"""The explorers by name: `from helpers.explorers import logit_table`. Each stands in `helpers.views`, and loads when used."""

import importlib
import pkgutil

from helpers import views

EXPLORERS = tuple(module.name for module in pkgutil.iter_modules(views.__path__))

__all__ = ["EXPLORERS", *EXPLORERS]


def __getattr__(name):
    if name not in EXPLORERS:
        raise AttributeError(f"{name}: no such explorer, want one of {', '.join(EXPLORERS)}")
    return getattr(importlib.import_module(f"helpers.views.{name}"), name)

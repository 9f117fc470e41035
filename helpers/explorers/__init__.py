"""The explorers, one module each: `from helpers.explorers import logit_table`.

A module's factory bears the module's name, and a new file is a new explorer, but for one whose name begins with "_".
Each loads when it is first asked for, because some need libraries that take longer to import than all the others.
"""

import importlib
import pkgutil
import sys
import types

EXPLORERS = tuple(each.name for each in pkgutil.iter_modules(__path__) if not each.name.startswith("_"))

__all__ = ["EXPLORERS", *EXPLORERS]


class _Explorers(types.ModuleType):
    def __setattr__(self, name, value):
        # Python binds an imported submodule to its name here, where the name stands for the factory in it.
        is_explorer = name in EXPLORERS and isinstance(value, types.ModuleType)
        super().__setattr__(name, getattr(value, name) if is_explorer else value)


sys.modules[__name__].__class__ = _Explorers


def __getattr__(name):
    if name not in EXPLORERS:
        raise AttributeError(f"{name}: no such explorer, want one of {', '.join(EXPLORERS)}")
    return getattr(importlib.import_module(f"{__name__}.{name}"), name)


def __dir__():
    return sorted(__all__)

"""The explorers, one module each: `from helpers.explorers import logit_table`.

A module's factory bears the module's name, and a new file is a new explorer, but for one whose name begins with "_".
Each loads when it is first asked for, because some need libraries that take longer to import than all the others.
"""

import ast
import functools
import importlib
import pkgutil
import sys
import types

EXPLORERS = tuple(each.name for each in pkgutil.iter_modules(__path__) if not each.name.startswith("_"))

__all__ = ["EXPLORERS", *EXPLORERS]


def _telling(factory):
    """Return the factory so that its explorer knows the call that made it."""

    @functools.wraps(factory)
    def make(*args, **kwargs):
        explorer = factory(*args, **kwargs)
        given = ", ".join([*map(repr, args), *(f"{name}={value!r}" for name, value in kwargs.items())])
        try:
            ast.literal_eval(repr([*args, *kwargs.values()]))
        except (ValueError, SyntaxError):  # of a tensor, say, no line of code can be made from what it looks like
            given = "…"
        explorer.call = f"{factory.__name__}({given})"
        return explorer

    return make


class _Explorers(types.ModuleType):
    def __setattr__(self, name, value):
        # Python binds an imported submodule to its name here, where the name stands for the factory in it.
        is_explorer = name in EXPLORERS and isinstance(value, types.ModuleType)
        super().__setattr__(name, _telling(getattr(value, name)) if is_explorer else value)


sys.modules[__name__].__class__ = _Explorers


def __getattr__(name):
    if name not in EXPLORERS:
        raise AttributeError(f"{name}: no such explorer, want one of {', '.join(EXPLORERS)}")
    importlib.import_module(f"{__name__}.{name}")
    return globals()[name]


def __dir__():
    return sorted(__all__)

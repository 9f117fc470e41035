"""The interactive views, one module each; `EXPLORERS` maps each view's name to the function that makes it."""

from helpers.explorers.logit_table import logit_table

EXPLORERS = {
    "logit_table": logit_table,
}

__all__ = ["EXPLORERS", *EXPLORERS]

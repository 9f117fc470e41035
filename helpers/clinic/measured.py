"""How far to trust the clinic, as bench/clinic.py and bench/trainings.py have measured it."""

from pathlib import Path

DRAWN = Path(__file__).parents[1] / "clinic.csv"
TRAINED = Path(__file__).parents[1] / "trainings.csv"


def stored_table(path=DRAWN):
    """Return a measured table.

    Of drawn tensors: `runs` healthy runs of each kind, or runs with a mistake, and how many were `found`, found
    `first` and doubted (`unsure`). Of `TRAINED` networks: lines of logs, by the `reader`, what is `known` to it and
    the decimals of the loss, and how many were told `sure`ly, named `first`, or doubted.
    """
    import pandas  # here, since a training that is only watched needs no table

    return pandas.read_csv(path, comment="#", keep_default_na=False)


def rates_of_healthy(table):
    """Return what healthy trainings were told, in per cent of the lines: {"sure", "doubt"} × decimals, a row a reader.

    Parameters
    ----------
    table : of trainings
    """
    healthy = table[table.table == "healthy"]
    rows = healthy.groupby(["reader", "known", "decimals"], sort=False)[["sure", "doubt", "lines"]].sum()
    return (100 * rows[["sure", "doubt"]]).div(rows.lines, axis=0).unstack("decimals").round(1)


def rates_of_mistakes(table, decimals=3):
    """Return how often trainings with a mistake were told it first, in per cent of the lines, a row a mistake.

    Parameters
    ----------
    table : of trainings
    decimals : of the loss, as the log prints it
    """
    spoiled = table[(table.table == "mistake") & (table.decimals == decimals)]
    spoiled = spoiled[spoiled.known.isin(("K, accuracy, share", "tensors"))]
    rows = spoiled.groupby(["name", "reader"], sort=False)[["first", "sure", "lines"]].sum()
    return (100 * rows[["first", "sure"]]).div(rows.lines, axis=0).unstack("reader").round(0).astype(int)

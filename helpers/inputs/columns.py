"""Which column of a table is what: the logits of a class, the targets, or an index."""

from typing import Any

from helpers.inputs.files import TARGET_NAMES
from helpers.inputs.numbers import as_whole

INDEX_NAMES = ("", "index", "idx", "id", "row", "row_id", "#", "__index_level_0__")


def as_table(found: Any) -> Any:
    """Return a DataFrame of a table of pandas, polars or pyarrow, and None of anything else."""
    if not hasattr(found, "columns"):
        return None
    if hasattr(found, "iloc"):
        return found
    rows = getattr(found, "to_dicts", None) or getattr(found, "to_pylist", None)
    if rows is None:
        return None
    import pandas

    return pandas.DataFrame(rows())


def parts_of_table(table: Any, say: Any) -> dict:
    """Return the parts in a table of logits by class, and `target` or `target:LABEL`."""
    table = table.rename(columns=str)
    columns = [name for name in table.columns if not name.startswith("target:")]
    if len(set(table.columns)) < len(table.columns):
        raise ValueError(f"columns: got {list(table.columns)}, want different headings")
    target = _target_column(table, columns, say)
    labels = []
    for name in columns:
        if name == target:
            continue
        if _is_index(table, name):
            say(f"column {name!r} left out, an index")
        else:
            _check_logits(table, name)
            labels.append(name)
    parts = {"logits": table[labels].to_numpy(float), "labels": labels}
    if not labels:
        raise ValueError(f"columns: got {list(table.columns)}, want a column of logits for each class")
    if target:
        wholes = [as_whole(each) for each in table[target]]
        parts["targets"] = table[target] if None in wholes else wholes
    elif len(columns) < len(table.columns):
        wanted = [f"target:{label}" for label in labels]
        if missing := [name for name in wanted if name not in table]:
            raise ValueError(f"columns: got no {missing[0]!r}, want one for each of {', '.join(labels)}")
        parts["targets"] = table[wanted].to_numpy(float)
    return parts


def _target_column(table, columns, say):
    """Return the name of the column of targets: the names or the whole numbers of classes, not logits."""
    found = [name for name in columns if name.strip().casefold() in TARGET_NAMES and not _has_fractions(table[name])]
    if "target" in found:
        return "target"
    if len(found) > 1:
        line = f"own_numbers(table.drop(columns={found[1]!r}))"
        raise ValueError(f"columns: got {' and '.join(map(repr, found))}, want one of targets: {line}")
    if found:
        say(f"column {found[0]!r} read as targets")
    return found[0] if found else None


def _is_index(table, name):
    """Return whether a column only tells the rows apart; raise ValueError where only its numbers say so."""
    if name.strip().casefold() in INDEX_NAMES or name.startswith("Unnamed:"):
        return not _has_fractions(table[name])
    # Whole numbers that go up by one in each row are an index under another name: refused, since they might be logits.
    values = table[name]
    if len(values) >= 3 and values.dtype.kind in "iu" and (values.diff().iloc[1:] == 1).all():
        line = f"own_numbers(table.drop(columns={name!r}))"
        raise ValueError(f"column {name!r}: got numbers that count the rows, want logits; an index? {line}")
    return False


def _check_logits(table, name):
    import pandas

    if pandas.api.types.is_numeric_dtype(table[name]):
        return
    numbers = pandas.to_numeric(table[name], errors="coerce")
    stray = table[name][numbers.isna()].iloc[:1]
    if len(stray):
        came = f"nothing in row {stray.index[0]}" if stray.iloc[0] in ("", None) else repr(stray.iloc[0])
        raise ValueError(f"column {name!r}: got {came}, want a logit in each row")
    table[name] = numbers


def _has_fractions(column):
    """Return whether a column of a table holds numbers that are not all whole, as logits are."""
    import pandas

    numbers = pandas.to_numeric(column, errors="coerce")
    return bool(numbers.notna().all() and (numbers % 1 != 0).any())

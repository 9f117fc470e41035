"""Files in which people keep logits: what stands in each kind, or the line that makes one that can be read.

No code in a file is run, and nothing is taken out of one that is not understood.
"""

import csv
import pathlib
import pickle
import zipfile
from typing import Any

import numpy
import torch

KINDS = ".pt, .pth, .npy, .npz, .safetensors, .parquet, .csv or .tsv"
MENDS = {  # for kinds that run code when they are read, or have no fixed place for the numbers
    ".pkl": "reading it may run code; if it is yours: own_numbers(pickle.load(open(path, 'rb')))",
    ".json": "own_numbers(json.load(open(path)))",
    ".xlsx": "own_numbers(pandas.read_excel(path))",
    ".feather": "own_numbers(pandas.read_feather(path))",
    ".mat": "own_numbers({'logits': scipy.io.loadmat(path)['logits']})",
    ".h5": "own_numbers({'logits': h5py.File(path)['logits'][:]})",
    ".txt": "own_numbers(numpy.loadtxt(path))",
}
MENDS |= {".pickle": MENDS[".pkl"], ".p": MENDS[".pkl"], ".xls": MENDS[".xlsx"], ".hdf5": MENDS[".h5"]}


def read_file(source: str | pathlib.Path) -> Any:
    """Return what a file holds: a tensor or an array, a dict of these, or a DataFrame.

    Raises
    ------
    FileNotFoundError
        Where there is no file.
    ValueError
        With the file's name, what is wrong, and where one can be told, the line that mends it.
    """
    path = pathlib.Path(source).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"source: got {str(source)!r}, where there is no file; want {KINDS}")
    kind = path.suffix.lower()
    reader = READERS.get(kind)
    try:
        if reader is None:
            mend = f": {MENDS[kind]}" if kind in MENDS else ""
            raise ValueError(f"it ends in {kind or 'nothing'}, want {KINDS}{mend}")
        return reader(path)
    except (ValueError, RuntimeError, EOFError, OSError, pickle.UnpicklingError, zipfile.BadZipFile) as error:
        why = "it holds more than tensors, lists, numbers and text" if "weights_only" in str(error) else str(error)
        raise ValueError(f"{path.name}: can't be read: {why.splitlines()[0] if why else 'it is empty'}") from error


def read_torch(path):
    return torch.load(path, map_location="cpu", weights_only=True)


def read_npy(path):
    return _array_of("array", lambda: numpy.load(path, allow_pickle=False))


def read_npz(path):
    with numpy.load(path, allow_pickle=False) as arrays:
        return {key: _array_of(key, lambda key=key: arrays[key]) for key in arrays}


def _array_of(name, get):
    try:
        return get()
    except ValueError as error:
        if "allow_pickle" not in str(error):
            raise
        kind = "str" if name == "labels" else "float"
        mend = f"save it as numbers or text, {name}={name}.astype({kind})"
        raise ValueError(f"{name}: got an array of Python objects, which may run code; {mend}") from None


def read_safetensors(path):
    try:
        from safetensors.torch import load_file
    except ImportError:
        mend = "pip install safetensors, or where it is: torch.save(safetensors.torch.load_file(path), 'mine.pt')"
        raise ValueError(f"the package safetensors is not installed: {mend}") from None
    try:
        return load_file(path)
    except Exception as error:  # of a type of its own
        raise ValueError(str(error)) from error


def read_parquet(path):
    import pandas

    try:
        return pandas.read_parquet(path)
    except ImportError:
        mend = "pip install pyarrow, or where it is: pandas.read_parquet(path).to_csv('mine.csv', index=False)"
        raise ValueError(f"the package pyarrow is not installed: {mend}") from None


def read_csv(path):
    """Return the table of a .csv or .tsv; "NA" and "None" are texts as any other, for they may be names of classes."""
    import pandas

    with open(path, encoding="utf-8-sig", newline="") as lines:
        first = lines.readline()
        second = lines.readline()
    if not first.strip():
        raise ValueError("No columns to parse from file")
    separator = max(",;\t|", key=first.count) if any(each in first for each in ",;\t|") else None
    if separator is None:
        raise ValueError(f"one column {first.strip()!r}: want a separator , ; | or a tab between columns")
    headings = next(csv.reader([first], delimiter=separator))
    twice = [each for k, each in enumerate(headings) if each in headings[:k]]
    if twice:
        raise ValueError(f"column {twice[0]!r}: got it twice, want different headings")
    if any(_is_fraction(each) for each in headings):
        mend = "pandas.DataFrame(logits, columns=labels).to_csv(path, index=False)"
        raise ValueError(f"the first line: got numbers, want a heading for each column: {mend}")
    decimal = "," if separator != "," and "," in second else "."  # as spreadsheets of many countries write it
    table = pandas.read_csv(
        path,
        sep=separator,
        decimal=decimal,
        keep_default_na=False,
        encoding="utf-8-sig",
        dtype=dict.fromkeys((each for each in headings if each.strip().casefold() in TARGET_NAMES), str),
        skipinitialspace=True,
        index_col=False,
    )
    return table.rename(columns=lambda each: "" if str(each).startswith("Unnamed:") else str(each).strip())


TARGET_NAMES = ("target", "targets", "label", "labels", "class", "y", "y_true", "truth", "ground_truth", "label_ids")


def _is_fraction(heading):
    try:
        return float(heading) % 1 != 0
    except ValueError:
        return False


READERS = {
    ".pt": read_torch,
    ".pth": read_torch,
    ".npy": read_npy,
    ".npz": read_npz,
    ".safetensors": read_safetensors,
    ".parquet": read_parquet,
    ".csv": read_csv,
    ".tsv": read_csv,
}

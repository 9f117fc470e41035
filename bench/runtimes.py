"""The same functions in other runtimes, on the same float32 numbers: `make runtimes` writes helpers/runtimes.csv.

Each runtime computes in a process of its own, with the Python that is named (bench/in_runtime.py); torch and helpers
compute here, and here all are compared with the truth. It takes a minute, and no test calls it.

    python -m bench.runtimes .runtimes/bin/python
"""

import platform
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

import numpy as np
import pandas
import torch

from bench.in_runtime import RUNTIMES
from helpers import functions
from helpers.ulp import RUNTIMES_TABLE, fast_elementwise, ulp_error

CHILD = Path(__file__).with_name("in_runtime.py")
X = torch.linspace(-110, 90, 20_001)
VOCABULARY = torch.full((1, 50_257), -16.7)
VOCABULARY[0, 0] = 0.0
INPUTS = {"x": X, "pair": torch.tensor([[0.0, -20.0]]), "vocabulary": VOCABULARY}


def computed_here(sigmoid, softmax, log_softmax, version):
    """Return what bench/in_runtime.py saves, of functions of tensors."""
    found = {"version": version, "sigmoid": sigmoid(X)}
    for rows in ("pair", "vocabulary"):
        found[f"softmax {rows}"], found[f"log_softmax {rows}"] = (f(INPUTS[rows], -1) for f in (softmax, log_softmax))
    return found


def computed_by(python, name):
    """Return what the runtime `name` of another Python computes."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "inputs.npz"), Path(folder, "outputs.npz")
        np.savez(source, **{rows: values.numpy() for rows, values in INPUTS.items()})
        subprocess.run([python, CHILD, name, source, target], check=True)
        with np.load(target) as found:
            return {key: str(value) if key == "version" else torch.from_numpy(value) for key, value in found.items()}


def row(name, found):
    """Return a line of the table: what tells the runtimes apart, as numbers."""
    probs = found["sigmoid"]
    inner = X.abs() <= 17
    error = ulp_error(probs, fast_elementwise(X.double())["sigmoid"])
    at = {x: probs[(X - x).abs().argmin()].item() for x in (-20, -88, -100)}
    return {
        "runtime": name,
        "version": found["version"],
        "sigmoid(-20)": at[-20],
        "sigmoid(-88)": at[-88],
        "sigmoid(-100)": at[-100],
        "sigmoid: ulp in ±17": error[inner].max().item(),
        "sigmoid: steps down": int((probs.diff() < 0).sum()),
        "log_softmax([0, -20])[0]": found["log_softmax pair"][0, 0].item(),
        "first of 50,257": found["softmax vocabulary"][0, 0].item(),
        "its loss": -found["log_softmax vocabulary"][0, 0].item(),
    }


def main(python):
    rows = [
        row("helpers", computed_here(functions.sigmoid, functions.softmax, functions.log_softmax, "")),
        row("torch", computed_here(torch.sigmoid, torch.softmax, torch.log_softmax, torch.__version__.split("+")[0])),
        *(row(name, computed_by(python, name)) for name in RUNTIMES),
    ]
    lines = pandas.DataFrame(rows).to_csv(index=False, float_format="%.7g", lineterminator="\n")
    head = f"# measured: {date.today()}\n# machine: {platform.machine()}, {torch.backends.cpu.get_cpu_capability()}\n"
    RUNTIMES_TABLE.write_text(head + lines, encoding="utf-8", newline="\n")
    print(lines)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Say what the saved notebooks would say with other versions of what they are made of: `make drift WITH="matplotlib==3.10.9"`.

A second environment, .drift, gets the list of requirements.txt with the named pins replaced, or with the newest torch and
matplotlib where none is named. In it the notebooks are run with the helpers of this folder and compared; nothing is saved.
"""

import argparse
import os
import pathlib
import re
import shlex
import subprocess
import sys
import venv

ROOT = pathlib.Path(__file__).parents[1]
FOLDER = ROOT / ".drift"
NEWEST = ["torch", "matplotlib"]


def name_of(requirement):
    return re.match(r"[\w-]*", requirement)[0].lower()


def replaced(requirements, wanted):
    """Return the text of requirements.txt with the pins of the wanted requirements replaced, and without the project itself.

    >>> replaced("-e .\\ntorch==2.13.0  # slow\\nnumpy==2.4.6\\n", ["torch>=2.14"])
    'torch>=2.14\\nnumpy==2.4.6\\n'
    """
    lines = [line.partition("#")[0].strip() for line in requirements.splitlines()]
    others = {name_of(each): each for each in wanted}
    pins = [line for line in lines if line and line != "-e ."]
    if unknown := set(others) - {name_of(pin) for pin in pins}:
        raise ValueError(f"requirements.txt has no {' and no '.join(sorted(unknown))}")
    return "".join(f"{others.get(name_of(pin), pin)}\n" for pin in pins)


def python_of(folder):
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "wanted", nargs="*", help="such as matplotlib==3.10.9 (default: the newest torch and matplotlib)"
    )
    parser.add_argument("--pip-flags", default="", help="options for pip")
    parser.add_argument("--names", default="", help="which notebooks, by the start of their names (default: all)")
    options = parser.parse_args()
    try:
        text = replaced((ROOT / "requirements.txt").read_text(), options.wanted or NEWEST)
    except ValueError as error:
        sys.exit(f"make drift: {error}")
    print(f"Making .drift, with {' and '.join(options.wanted) or 'the newest torch and matplotlib'}.", flush=True)
    if not python_of(FOLDER).exists():
        venv.create(FOLDER, with_pip=True)
    (FOLDER / "requirements.txt").write_text(text)
    python = str(python_of(FOLDER))
    install = [python, "-m", "pip", "install", "--quiet", "--upgrade", *shlex.split(options.pip_flags)]
    subprocess.run([*install, "-r", str(FOLDER / "requirements.txt")], check=True)
    env = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    versions = "import torch, matplotlib; print('torch', torch.__version__, 'and matplotlib', matplotlib.__version__)"
    subprocess.run([python, "-c", versions], env=env, check=True)
    command = [python, str(ROOT / "tools" / "notebooks.py"), "--compare", *options.names.split()]
    sys.exit(subprocess.run(command, env=env).returncode)


if __name__ == "__main__":
    main()

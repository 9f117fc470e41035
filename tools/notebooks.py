"""Re-execute the notebooks from clean kernels and save them, saying which outputs changed: `make notebooks`."""

import argparse
import difflib
import hashlib
import os
import pathlib
import re
import sys
import tempfile

import nbformat
from nbclient import NotebookClient

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from helpers.exercises import EXERCISES
from tools import prose

FOLDER = pathlib.Path(__file__).parents[1] / "notebooks"
LIVE = "application/vnd.jupyter.widget-view+json"


def execute(notebook):
    """Run a notebook from a clean kernel, in place; raises what a cell raises."""
    with tempfile.TemporaryDirectory() as empty:
        env = {**os.environ, "IPYTHONDIR": empty}
        client = NotebookClient(
            notebook,
            kernel_name="python3",
            timeout=300,
            store_widget_state=False,
            extra_arguments=["--log-level=40"],  # errors only
            resources={"metadata": {"path": str(FOLDER)}},
        )
        client.execute(env=env)


def renew_exercises(notebook):
    """Give each exercise's answer cell the text that helpers.exercises has for it, which is the one source."""
    for question, answer in zip(notebook.cells, notebook.cells[1:]):
        if match := re.fullmatch(r'ask\("(.+)"\)', question.source):
            answer.source = EXERCISES[match[1]].cell


def tidy(notebook):
    """Keep what a reader without a kernel can see, and nothing that differs from run to run."""
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    for cell in notebook.cells:
        kept = {key: cell.metadata[key] for key in ("tags", "jupyter") if cell.metadata.get(key)}
        cell.metadata = nbformat.from_dict(kept)
        if cell.cell_type == "code":
            cell.outputs = merged(cell.outputs)


def merged(outputs):
    """Drop the widget views, whose ids are random, and join the pieces in which a stream arrived."""
    result = []
    for output in outputs:
        if "data" in output:
            output.data.pop(LIVE, None)
        if output.output_type == "stream" and result and result[-1].get("name") == output.name:
            result[-1].text += output.text
        else:
            result.append(output)
    return result


def shown(cell):
    """Return what a reader sees of a code cell's outputs as text, one line each."""
    lines = []
    for output in cell.get("outputs", []):
        text = output.get("text") or output.get("data", {}).get("text/plain", "")
        lines += f"{text}".splitlines()
        if "image/png" in output.get("data", {}):
            lines.append(f"<picture {hashlib.sha256(output.data['image/png'].encode()).hexdigest()[:8]}>")
    return lines


def report(path, old, new):
    """Print the outputs that changed, old → new."""
    before = {cell.id: cell for cell in old.cells if cell.cell_type == "code"}
    for cell in new.cells:
        if cell.cell_type == "code":
            was, now = shown(before.get(cell.id, {})), shown(cell)
            if was != now:
                print(f"  {path.stem}, cell [{cell.execution_count}] {cell.source.splitlines()[-1][:60]}")
                for line in difflib.unified_diff(was, now, lineterm="", n=0):
                    if not line.startswith(("---", "+++", "@@")):
                        print(f"    {line[:150]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="which notebooks, by the start of their names (default: all)")
    names = parser.parse_args().names
    paths = [path for path in sorted(FOLDER.glob("*.ipynb")) if not names or path.name.startswith(tuple(names))]
    if not paths:
        sys.exit(f"no notebook in {FOLDER.name}/ starts with {' or '.join(names) or 'anything'}")
    for number, path in enumerate(paths, start=1):
        print(f"[{number}/{len(paths)}] {path.name}", flush=True)
        notebook = nbformat.read(path, as_version=4)
        old = nbformat.read(path, as_version=4)
        renew_exercises(notebook)
        execute(notebook)
        tidy(notebook)
        for binding in prose.refresh(notebook):
            print(f"  {path.stem}, prose: {binding.shown} → {binding.fresh}  ({binding.expression})")
        report(path, old, notebook)
        text = nbformat.writes(notebook) + "\n"
        if text != path.read_text(encoding="utf-8"):
            path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()

"""Re-execute the notebooks from clean kernels and save them, saying which outputs changed: `make notebooks`."""

import argparse
import difflib
import os
import pathlib
import re
import sys
import tempfile

import nbformat
from nbclient import NotebookClient

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from helpers.exercises import EXERCISES
from tools import pictures, prose

FOLDER = pathlib.Path(__file__).parents[1] / "notebooks"
# The road; 9x is reference.
LESSONS = [path.stem for path in sorted(FOLDER.glob("*.ipynb")) if "00" < path.stem[:2] < "90"]
LIVE = "application/vnd.jupyter.widget-view+json"
TASK = re.compile(r"^\d+\. .*$", re.MULTILINE)
PREDICT = re.compile(r"\*\*Predict\.?\*\*")
FOLDED = re.compile(r"<details>.*?</details>", re.DOTALL)  # what somebody saw who did the tasks, which it numbers again


def execute(notebook, allow_errors=False):
    """Run a notebook from a clean kernel, in place; raise a cell's error, or with `allow_errors` keep it as output."""
    with tempfile.TemporaryDirectory() as empty:
        env = {**os.environ, "IPYTHONDIR": empty}
        client = NotebookClient(
            notebook,
            kernel_name="python3",
            timeout=300,
            allow_errors=allow_errors,
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


def is_exercise(cell):
    return cell.source.startswith("ask(") or "\ncheck(" in f"\n{cell.source}"


def predicted(notebook):
    """Yield the code cells that give an answer away: what a **Predict** asks for, or what an explorer has shown.

    They are the first behind the **Predict**, or right behind "What you saw", exercises not counted, up to the next
    prose.
    """
    asked = shown = False
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            asked = "**Predict" in cell.source or "What you saw" in cell.source or (asked and not shown)
            shown = "What you saw" in cell.source and "**Predict" not in cell.source
        elif asked and not is_exercise(cell):
            shown = True
            yield cell


def slides(notebook):
    """Yield the mark of each cell for a slide show: one idea a slide.

    What code prints comes up on the slide of the prose before it, at the next key. Pictures and questions have slides
    of their own, but the imports and an answer's cell stand, without a mark, on the slide before. No subslides: the
    arrow to the right passes them over. A writer who wants another mark gives the cell the metadata
    `"slideshow": {"slide_type": "slide", "by": "hand"}`.
    """
    prose = False
    for number, cell in enumerate(notebook.cells):
        if cell.metadata.get("slideshow", {}).get("by") == "hand":
            yield dict(cell.metadata.slideshow)
        elif number == 1 or "\ncheck(" in f"\n{cell.source}":
            yield {}
        else:
            shown = any("image/png" in output.get("data", {}) for output in cell.get("outputs", []))
            joins = prose and cell.cell_type == "code" and not shown and not cell.source.startswith("ask(")
            yield {"slide_type": "fragment" if joins else "slide"}
        prose = cell.cell_type == "markdown"


def minutes(notebook):
    """Return how long a lesson's main road takes, to five minutes, counted honestly.

    130 words a minute, three quarters of a minute a code cell (imports, `ask` and `check` aside), one a prediction,
    two a task at an explorer, three an exercise.
    """
    road = main_road(notebook)
    texts = [prose.seen(cell.source) for cell in road if cell.cell_type == "markdown"]
    code = [cell.source for cell in road if cell.cell_type == "code"]
    exercises = sum(source.startswith("ask(") for source in code)
    tasks = sum(len(TASK.findall(FOLDED.sub("", text))) for text in texts)
    cells = sum(not re.search(r"^(ask|check)\(|^(import|from) ", source, re.MULTILINE) for source in code)
    words = sum(len(text.split()) for text in texts)
    return 5 * round((words / 130 + 0.75 * cells + predictions(notebook) + 2 * tasks + 3 * exercises) / 5)


def main_road(notebook):
    """Return the cells of a lesson's sections but those that are side roads."""
    return [cell for part in parts(notebook) if not part[0].source.startswith("## Side road") for cell in part]


def predictions(notebook):
    """Return how many predictions the main road of a lesson asks for."""
    return sum(len(PREDICT.findall(cell.source)) for cell in main_road(notebook) if cell.cell_type == "markdown")


def parts(notebook):
    """Return a notebook's cells in lists: a new one begins with each cell that begins with a ## heading."""
    found = [[]]
    for cell in notebook.cells:
        if cell.source.startswith("## "):
            found.append([])
        found[-1].append(cell)
    return found


def tidy(notebook):
    """Keep what can be seen without a kernel and nothing that differs from run to run; fold what is to be predicted."""
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            # What nbconvert makes a script of: without it a text without the prose.
            "language_info": {
                "file_extension": ".py",
                "mimetype": "text/x-python",
                "name": "python",
                "nbconvert_exporter": "python",
            },
        }
    )
    folded = {cell.id for cell in predicted(notebook)}
    for cell, mark in zip(notebook.cells, list(slides(notebook))):
        kept = {"tags": cell.metadata["tags"]} if cell.metadata.get("tags") else {}
        if mark:
            kept["slideshow"] = mark
        if cell.id in folded:
            kept["jupyter"] = {"outputs_hidden": True}
        cell.metadata = nbformat.from_dict(kept)
        if cell.cell_type == "code":
            cell.outputs = merged(cell.outputs)
    head = notebook.cells[0]
    head.source = re.sub(r"(?<=\*\*Time\*\* )\d+(?= minutes)", str(minutes(notebook)), head.source)


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


def changes(old, new):
    """Yield a line for each cell whose code or outputs differ between two forms of a notebook, then these lines."""
    before = {cell.id: cell for cell in old.cells if cell.cell_type == "code"}
    after = {cell.id: cell for cell in new.cells if cell.cell_type == "code"}
    for name, cell in (before | after).items():
        was, now = before.get(name), after.get(name)
        lines = list(difflib.unified_diff(said(was), said(now), n=0, lineterm=""))[2:]
        lines = [line for line in lines if not line.startswith("@@")]
        if was and now:
            lines += pictures.faults(pictures.pictures(was.outputs), pictures.pictures(now.outputs))
        if lines:
            yield f"cell [{cell.execution_count}]: {cell.source.rpartition(chr(10))[2]}"
            yield from (f"  {line}" for line in lines)


def said(cell):
    """Return what a code cell (None: there is none) says in words, source and outputs, each line naming its origin."""
    found = [("code", cell.source)] if cell else []
    for output in cell.outputs if cell else []:
        if output.output_type == "stream":
            found.append((output.name, output.text))
        elif output.output_type == "error":
            found.append(("error", f"{output.ename}: {output.evalue}"))
        else:
            texts = (each for each in sorted(output.data.items()) if each[0].startswith("text/"))
            found += [(kind, text) for kind, text in texts if isinstance(text, str)]
    # An HTML table is one long line: each tag and each text gets a line of its own.
    split = {"text/html": r"(<[^>]*>)|\n"}
    return [f"{kind}: {line}" for kind, text in found for line in re.split(split.get(kind, r"\n"), text) if line]


def renew(path, save):
    """Re-execute the notebook at `path`; return what changed, a line each, and save it if `save` says so."""
    notebook = nbformat.read(path, as_version=4)
    old = nbformat.read(path, as_version=4)
    renew_exercises(notebook)
    execute(notebook, allow_errors=not save)
    tidy(notebook)
    lines = list(changes(old, notebook))
    try:
        lines += [f"prose: {each.shown} → {each.fresh}  ({each.expression})" for each in prose.refresh(notebook)]
    except Exception as error:
        if save:
            raise
        lines.append(f"prose: its numbers cannot be computed: {type(error).__name__}: {error}")
    text = nbformat.writes(notebook) + "\n"
    if text != path.read_text(encoding="utf-8"):
        lines = lines or ["nothing that can be seen: metadata, or a picture's bytes"]
        if save:
            path.write_text(text, encoding="utf-8", newline="\n")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="which notebooks, by the start of their names (default: all)")
    parser.add_argument("--compare", action="store_true", help="only say what would change, and save nothing")
    options = parser.parse_args()
    paths = [path for path in sorted(FOLDER.glob("*.ipynb")) if path.name.startswith(tuple(options.names) or "")]
    if not paths:
        sys.exit(f"no notebook in {FOLDER.name}/ starts with {' or '.join(options.names) or 'anything'}")
    for number, path in enumerate(paths, start=1):
        print(f"[{number}/{len(paths)}] {path.name}", flush=True)
        lines = renew(path, save=not options.compare) or ["nothing changed"]
        print(*(f"  {line}" for line in lines), sep="\n", flush=True)


if __name__ == "__main__":
    main()

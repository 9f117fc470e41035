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
LIVE = "application/vnd.jupyter.widget-view+json"


def execute(notebook, allow_errors=False):
    """Run a notebook from a clean kernel, in place; raises what a cell raises, or with `allow_errors` keeps it as an output."""
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


def changes(old, new):
    """Yield a line for each output that differs between two forms of a notebook, old → new, below a line for its cell."""
    before = {cell.id: cell for cell in old.cells if cell.cell_type == "code"}
    after = {cell.id: cell for cell in new.cells if cell.cell_type == "code"}
    for name, cell in (before | after).items():
        was, now = before.get(name), after.get(name)
        lines = [*output_changes(was.outputs if was else [], now.outputs if now else [])]
        if was and now and was.source != now.source:
            lines = [*line_changes("code", was.source, now.source), *lines]
        if lines or not was or not now:
            state = "" if was and now else " is new" if now else " is gone"
            last = (cell.source.splitlines() or [""])[-1]
            yield f"cell [{cell.execution_count}]{state}: {cut(last, 80)}"
            yield from (f"  {line}" for line in lines)


def output_changes(old, new):
    """Yield a line for each difference between two lists of outputs: their texts, tables, pictures and alt texts."""
    was, now = texts(old), texts(new)
    for kind in {**was, **now}:
        yield from line_changes(kind, was.get(kind, ""), now.get(kind, ""))
    saved, fresh = pictures.pictures(old), pictures.pictures(new)
    if len(saved) != len(fresh):
        yield f"pictures: {len(saved)} → {len(fresh)}"
    for (png, alt), (new_png, new_alt) in zip(saved, fresh):
        if alt != new_alt:
            yield from line_changes("alt text", alt or "", new_alt or "")
        if png != new_png:
            yield pictures.picture_fault(png, new_png) or "the picture's bytes differ, but nothing that can be seen"


def texts(outputs):
    """Return {kind: text} of all that outputs say in words."""
    found = {}
    for output in outputs:
        if output.output_type == "stream":
            said = {output.name: output.text}
        elif output.output_type == "error":
            said = {"error": f"{output.ename}: {output.evalue}"}
        else:
            said = {name.removeprefix("text/"): each for name, each in output.data.items() if isinstance(each, str)}
            said.pop("image/png", None)
            if "html" in said:
                said["html"] = words(said["html"])
        for kind, text in said.items():
            found[kind] = found.get(kind, "") + text.rstrip("\n") + "\n"
    return found


def words(html):
    """Return HTML with each tag and each text on a line of its own.

    >>> words('<tr><td id="a">1.5</td><td>2</td></tr>').splitlines()
    ['<tr>', '<td id="a">', '1.5', '</td>', '<td>', '2', '</td>', '</tr>']
    """
    return "\n".join(part.strip() for part in re.split(r"(<[^>]*>)|\n", html) if part and part.strip())


def line_changes(kind, old, new):
    """Yield the lines of a text that differ, old → new, each cut to where it does.

    >>> list(line_changes("plain", "a\\nb 1.5\\nc", "a\\nb 2.5\\nc\\nd"))
    ['plain: b 1.5 → b 2.5', 'plain: + d']
    """
    was, now = old.splitlines(), new.splitlines()
    for action, a, b, c, d in difflib.SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if action != "equal":
            paired = min(b - a, d - c)
            for before, after in zip(was[a : a + paired], now[c : c + paired]):
                yield f"{kind}: {' → '.join(where_they_differ(before, after))}"
            yield from (f"{kind}: - {cut(line)}" for line in was[a + paired : b])
            yield from (f"{kind}: + {cut(line)}" for line in now[c + paired : d])


def where_they_differ(old, new, context=40):
    """Return both lines, without what they have in common further than `context` characters from the first difference."""
    same = len(os.path.commonprefix([old, new]))
    start = max(0, same - context)
    return [("…" if start else "") + cut(line[start:], 2 * context + 20) for line in (old, new)]


def cut(line, length=150):
    return line if len(line) <= length else line[: length - 1] + "…"


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
    if save and text != path.read_text(encoding="utf-8"):
        path.write_text(text, encoding="utf-8", newline="\n")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="which notebooks, by the start of their names (default: all)")
    parser.add_argument("--compare", action="store_true", help="only say what would change, and save nothing")
    options = parser.parse_args()
    paths = [
        path
        for path in sorted(FOLDER.glob("*.ipynb"))
        if not options.names or path.name.startswith(tuple(options.names))
    ]
    if not paths:
        sys.exit(f"no notebook in {FOLDER.name}/ starts with {' or '.join(options.names) or 'anything'}")
    changed = 0
    for number, path in enumerate(paths, start=1):
        print(f"[{number}/{len(paths)}] {path.name}", flush=True)
        lines = renew(path, save=not options.compare)
        changed += bool(lines)
        for line in lines:
            print(f"  {line}", flush=True)
    print(
        f"{changed} of {len(paths)} notebooks {'would change' if options.compare else 'changed'}"
        if changed
        else "nothing changed"
    )


if __name__ == "__main__":
    main()

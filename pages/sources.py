"""From the saved notebooks to what Sphinx reads: the same cells, with alt texts, explorers and exercises of the page."""

import ast
import base64
import hashlib
import html
import re
import shutil

import nbformat

from helpers import data
from helpers.exercises import EXERCISES
from helpers.explorers import EXPLORERS
from pages import exercises

HIDDEN_NUMBER = re.compile(r"<!--=.*?-->")  # the expression behind a number in prose
OUTSIDE = re.compile(r"\]\(\.\./helpers/")  # a link to a file of the project
ABOUT = """*On this page the sliders move, every cell shows what it gave, and an exercise takes your answer where it stands. To run and
change the code, open the lesson {kernel}.*"""
TEACHING = """# For the teacher

A page a lesson: timing, what to ask before each reveal, what the room usually says, what to drag when.

"""


BRIEF = "from helpers.data import *"  # how the code of an explorer begins that needs no more than the running example


def is_brief(code):
    return code.startswith(BRIEF)


def explorer_calls(path):
    """Return {number of the cell: call} of the cells of a notebook that show an explorer, such as {4: "logit_table(c=2)"}."""
    calls = {}
    for number, cell in enumerate(nbformat.read(path, as_version=4).cells):
        if cell.cell_type == "code":
            match ast.parse(cell.source).body[-1]:
                case ast.Expr(ast.Call(ast.Name(name)) as call) if name in EXPLORERS:
                    calls[number] = ast.unparse(call)
    return calls


def explorer_codes(path):
    """Return {number of the cell: code whose last line is an explorer}, for all that a notebook shows.

    Where a call needs no more than the running example, the code is three lines; else it is that of all cells up to there.
    """
    calls, codes, before = explorer_calls(path), {}, []
    for number, cell in enumerate(nbformat.read(path, as_version=4).cells):
        if cell.cell_type == "code":
            before.append(cell.source)
            *_, last = ast.parse(cell.source).body
            named = {each.id for each in ast.walk(last) if isinstance(each, ast.Name)}
            if number in calls and named <= {*EXPLORERS, *data.__all__}:
                name = calls[number].partition("(")[0]
                codes[number] = f"{BRIEF}\nfrom helpers.explorers import {name}\n{calls[number]}"
            elif number in calls or (pictures_of(cell) and ast.unparse(last).isidentifier()):
                codes[number] = "\n".join(before)
    return codes


def pictures_of(cell):
    """Return the outputs of a code cell that are pictures."""
    return [each for each in cell.outputs if "image/png" in each.get("data", {})]


def prepare(notebooks, folder, explorers, rules, kernel):
    """Write what Sphinx reads into `folder`.

    Parameters
    ----------
    explorers : {(notebook's name, number of the cell): file of the explorer's table, or "" if it has none}
    rules : {id of an exercise: what a page judges it by}
    kernel : the address at which a notebook runs, with {notebook} in it, or ""
    """
    static = folder / "_static"
    (static / "pictures").mkdir(parents=True)
    shutil.copytree(notebooks.parent / "helpers", folder / "helpers", ignore=shutil.ignore_patterns("__pycache__"))
    teaching = sorted((notebooks / "teaching").glob("*.md"))
    (folder / "teaching").mkdir()
    for path in teaching:
        shutil.copy(path, folder / "teaching")
    listed = "\n".join(path.stem for path in teaching)
    (folder / "teaching" / "index.md").write_text(TEACHING + toctree(listed, "maxdepth: 1"), encoding="utf-8")
    paths = sorted(notebooks.glob("*.ipynb"))
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        made = {number: each for (name, number), each in explorers.items() if name == path.name}
        there = (
            f'<a href="{kernel.format(notebook=path.name)}">with a kernel</a>'
            if kernel
            else "with a kernel (<code>make lab</code>)"
        )
        notebook.cells = [*page_cells(notebook.cells, static / "pictures", made, rules, there)]
        title, rest = notebook.cells[0].source.split("\n", 1)
        notebook.cells[0].source = f"{title}\n\n{ABOUT.format(kernel=there)}\n{rest}"
        if path == paths[0]:
            order = "\n".join([*(each.stem for each in paths[1:]), "teaching/index"])
            notebook.cells.append(nbformat.v4.new_markdown_cell(toctree(order, "hidden:"), id="map-of-pages"))
        nbformat.write(notebook, folder / path.name)


def jupyter_anchor(title):
    """Return the anchor that Jupyter gives a heading, so that one link leads there in a notebook and in a page.

    >>> jupyter_anchor("Second column: softmax")
    'Second-column:-softmax'
    """
    return title.replace(" ", "-")


def toctree(documents, option):
    return f"```{{toctree}}\n:{option.removesuffix(':')}{':' if option.endswith(':') else ''}\n\n{documents}\n```\n"


def page_cells(cells, pictures, explorers, rules, kernel):
    """Yield the cells of one page. An exercise's question and answer become one form."""
    answered = None
    for number, cell in enumerate(cells):
        source = cell.source
        if cell.cell_type == "markdown":
            cell.source = OUTSIDE.sub("](helpers/", HIDDEN_NUMBER.sub("", source)).replace(
                "](teaching)", "](teaching/index.md)"
            )
            yield cell
        elif match := re.fullmatch(r'ask\("(.+)"\)', source):
            answered = match[1]
            yield raw(cell, exercises.form(EXERCISES[answered], rules, kernel))
        elif answered and f'check("{answered}"' in source:
            answered = None
        else:
            for output in pictures_of(cell):
                show_picture(output, pictures, explorers.get(number), kernel)
            if cell.metadata.get("jupyter", {}).get("outputs_hidden"):
                cell.metadata.setdefault("tags", []).append("hide-output")
            yield cell


def raw(cell, markup):
    """Return the code cell, its code hidden, showing `markup`."""
    output = nbformat.v4.new_output("display_data", {"text/html": markup})
    return nbformat.v4.new_code_cell(cell.source, id=cell.id, metadata={"tags": ["remove-input"]}, outputs=[output])


def show_picture(output, folder, explorer, kernel):
    """Turn a saved PNG into a file of the site with its alt text, where an explorer comes alive if there is one."""
    png = base64.b64decode(output.data.pop("image/png"))
    name = f"{hashlib.sha256(png).hexdigest()[:16]}.png"
    (folder / name).write_bytes(png)
    told = output.metadata.pop("image/png")
    image = f'<img class="picture" src="_static/pictures/{name}" width="{told["width"]}" height="{told["height"]}" alt="{html.escape(told["alt"])}" loading="lazy">'
    if explorer:
        image = f'<div class="explorer" data-table="_static/tables/{explorer}" data-kernel="{html.escape(kernel)}">{image}</div>'
    elif explorer == "":
        image += f'<p class="nearest">This picture moves {kernel}.</p>'
    output.data = nbformat.from_dict({"text/html": image})

"""From the saved notebooks to what Sphinx reads: the same cells, with the page's alt texts, explorers and exercises."""

import ast
import base64
import hashlib
import html
import json
import pathlib
import re
import shutil

import nbformat
from docutils import nodes

from helpers import data, explorers
from helpers.clinic import MISTAKES
from helpers.exercises import EXERCISES
from helpers.explorers import EXPLORERS
from pages import exercises

HIDDEN_NUMBER = re.compile(r"<!--=.*?-->")  # the expression behind a number in prose
OUTSIDE = re.compile(r"\]\(\.\./(helpers|docs)/")  # a link to a file of the project
PLACES = {place for each in MISTAKES for place in each.read}
DOCS = ["sources", "class"]  # pages of docs/ to which lessons and the teacher's pages lead
ABOUT = (
    '<p class="about">On this page every cell shows what it gave. {here}To run and change the code, open the lesson '
    "{kernel}.</p>"
)
# What a lesson says of its cells, and a page says otherwise.
IN_A_PAGE = {
    "Each question stands in one cell, your answer goes into the next: put it in the place of `None` and run the "
    "cell.": "Answer where the question stands, and press *Check*.",
    "Run both cells (Shift + Enter), then:": "Try it:",
    "Run the import cell, then go to any section.": "Go to any section.",
}
TEACHING = """# For the teacher

A page a lesson: timing, what to ask before each reveal, what people may answer, what to drag when.
How a class hands in, nbgrader and Otter, updates: [with a class](../docs/class.md).

"""
# In front.md, what stands in its place: an explorer, or the map of lessons.
SHOWN = re.compile(r"^\{\{(.+)\}\}$", re.MULTILINE)


def explorer_calls(path):
    """Return {number of the cell: call} of all cells that show an explorer, such as {4: "logit_table(c=2)"}."""
    calls = {}
    for number, cell in enumerate(nbformat.read(path, as_version=4).cells):
        if cell.cell_type == "code":
            match ast.parse(cell.source).body[-1]:
                case ast.Expr(ast.Call(ast.Name(name)) as call) if name in EXPLORERS:
                    calls[number] = ast.unparse(call)
    return calls


def explorer_codes(path):
    """Return {number of the cell: code whose last line is an explorer}, for all that a notebook shows.

    Where a call needs no more than the running example, the code is three lines; else all cells up to there.
    """
    calls, codes, before = explorer_calls(path), {}, []
    for number, cell in enumerate(nbformat.read(path, as_version=4).cells):
        if cell.cell_type == "code":
            before.append(cell.source)
            *_, last = ast.parse(cell.source).body
            named = {each.id for each in ast.walk(last) if isinstance(each, ast.Name)}
            if number in calls and named <= {*EXPLORERS, *data.__all__}:
                name = calls[number].partition("(")[0]
                codes[number] = f"from helpers.data import *\nfrom helpers.explorers import {name}\n{calls[number]}"
            elif number in calls or (pictures_of(cell) and ast.unparse(last).isidentifier()):
                codes[number] = "\n".join(before)
    return codes


def pictures_of(cell):
    """Return the outputs of a code cell that are pictures."""
    return [each for each in cell.outputs if "image/png" in each.get("data", {})]


def write_front(text, start, path):
    """Write the front page as a notebook: `text` with its explorers drawn, and the map from the start notebook."""
    (lessons,) = re.findall(
        r"^## The map\n+(.+?)(?=^## |\Z)", "\n".join(each.source for each in start.cells), re.DOTALL | re.MULTILINE
    )
    notebook = nbformat.v4.new_notebook()
    for number, part in enumerate(SHOWN.split(text.replace("{{map}}", lessons))):
        if number % 2:
            (data, metadata) = getattr(explorers, part.partition("(")[0])()._repr_mimebundle_()
            picture = {"image/png": base64.b64encode(data["image/png"]).decode(), "text/plain": data["text/plain"]}
            output = nbformat.v4.new_output("execute_result", picture, metadata=metadata, execution_count=number)
            notebook.cells.append(nbformat.v4.new_code_cell(part, id=f"front-{number}", outputs=[output]))
        else:
            notebook.cells.append(nbformat.v4.new_markdown_cell(part.strip(), id=f"front-{number}"))
    nbformat.write(notebook, path)


def prepare(paths, teaching, folder, explorers, rules, kernel):
    """Write what Sphinx reads into `folder`.

    Parameters
    ----------
    paths : the notebooks, the front page's first
    teaching : the folder of the teacher's pages
    explorers : {(notebook's name, number of the cell): file of the explorer's table, or "" if it has none}
    rules : {id of an exercise: what a page judges it by}
    kernel : the address at which a notebook runs, with {notebook} in it, or ""
    """
    static = folder / "_static"
    (static / "pictures").mkdir(parents=True)
    (folder / "teaching").mkdir()
    helpers = pathlib.Path(data.__file__).parent
    shutil.copytree(helpers, folder / "helpers", ignore=shutil.ignore_patterns("__pycache__"))
    taught = sorted(teaching.glob("*.md"))
    for path in taught:
        text = path.read_text(encoding="utf-8").replace("](../../docs/", "](../docs/")
        (folder / "teaching" / path.name).write_text(text, encoding="utf-8")
    listed = toctree("\n".join(path.stem for path in taught), "maxdepth: 1")
    (folder / "teaching" / "index.md").write_text(TEACHING + listed, encoding="utf-8")
    (static / "sections.json").write_text(json.dumps(sections(paths[1:]), ensure_ascii=False), encoding="utf-8")
    (folder / "docs").mkdir()
    for name in DOCS:
        shutil.copy(helpers.parent / "docs" / f"{name}.md", folder / "docs")
    front, *lessons = paths
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        made = {number: each for (name, number), each in explorers.items() if name == path.name}
        opened = path.name if path != front else lessons[0].name
        there = "with a kernel (<code>make lab</code>)"
        if kernel:
            there = f'<a href="{kernel.format(notebook=opened)}">with a kernel</a>'
        notebook.cells = [*page_cells(notebook.cells, static / "pictures", made, rules, there)]
        if path == front:
            for cell in notebook.cells:
                if cell.cell_type == "code":  # a front page shows what code gives, not code
                    cell.metadata["tags"] = ["remove-input"]
            order = "\n".join([*(each.stem for each in lessons), *(f"docs/{name}" for name in DOCS), "teaching/index"])
            notebook.cells.append(nbformat.v4.new_markdown_cell(toctree(order, "hidden:"), id="map-of-pages"))
            notebook.cells.append(nbformat.v4.new_markdown_cell(road(lessons, rules), id="road"))
        else:
            here = "The sliders move. " * any(made.values())
            here += "An exercise takes your answer where it stands. " * any(each[:2] == path.name[:2] for each in rules)
            notebook.cells[0].source += f"\n\n{ABOUT.format(here=here, kernel=there)}"
        nbformat.write(notebook, folder / path.name)


def road(lessons, rules):
    """Return the script with each lesson's page, its title, and the ids of the exercises that the page judges."""
    entries = []
    for path in lessons:
        if asks := [each for each in rules if each[:2] == path.name[:2]]:
            title = nbformat.read(path, as_version=4).cells[0].source.splitlines()[0].removeprefix("# ")
            entries.append({"page": path.stem, "title": title, "asks": asks})
    told = json.dumps(entries, ensure_ascii=False).replace("</", "<\\/")
    return f'<script type="application/json" class="road">{told}</script>'


def sections(lessons):
    """Return {place as the clinic names it, such as "04 Softmax twice": the address of that section}."""
    found = {}
    for path in lessons:
        text = "\n\n".join(each.source for each in nbformat.read(path, 4).cells if each.cell_type == "markdown")
        for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
            said = f"{path.name[:2]} {title.removeprefix('Side road: ')}".lower()
            address = f"{path.stem}.html#{nodes.make_id(title)}"
            found |= {place: address for place in sorted(PLACES - found.keys()) if begins(said, place.lower())}
    return found


def begins(title, words):
    """Return whether a title begins with these words: "Exhibit 10" does not begin with "Exhibit 1"."""
    return re.match(re.escape(words) + r"(?!\w)", title)


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
            cell.source = OUTSIDE.sub(r"](\1/", HIDDEN_NUMBER.sub("", source))
            cell.source = cell.source.replace("](teaching)", "](teaching/index.md)")
            for said, better in IN_A_PAGE.items():
                cell.source = cell.source.replace(said, better)
            yield cell
        elif match := re.fullmatch(r'ask\("(.+)"\)', source):
            answered = match[1]
            yield raw(cell, exercises.form(EXERCISES[answered], rules, kernel))
        elif answered and f'check("{answered}"' in source:
            answered = None
        else:
            name = source.splitlines()[-1].partition("(")[0]
            for output in pictures_of(cell):
                show_picture(output, pictures, explorers.get(number), name, kernel)
            if cell.metadata.get("jupyter", {}).get("outputs_hidden"):
                cell.metadata.setdefault("tags", []).append("hide-output")
            yield cell


def raw(cell, markup):
    """Return the code cell, its code hidden, showing `markup`."""
    output = nbformat.v4.new_output("display_data", {"text/html": markup})
    return nbformat.v4.new_code_cell(cell.source, id=cell.id, metadata={"tags": ["remove-input"]}, outputs=[output])


def show_picture(output, folder, explorer, name, kernel):
    """Turn a saved PNG into a file of the site with its alt text, where an explorer comes alive if there is one."""
    png = base64.b64decode(output.data.pop("image/png"))
    file = f"{hashlib.sha256(png).hexdigest()[:16]}.png"
    (folder / file).write_bytes(png)
    told = output.metadata.pop("image/png")
    kind = "picture wide" if told["width"] > 608 else "picture"  # two panels; one alone can be read on a phone
    image = (
        f'<img class="{kind}" src="_static/pictures/{file}" width="{told["width"]}" height="{told["height"]}"'
        f' alt="{html.escape(told["alt"])}" loading="lazy">'
    )
    if explorer:
        table = f'data-table="_static/tables/{explorer}" data-kernel="{html.escape(kernel)}"'
        still = '<noscript><p class="nearest">The sliders need JavaScript.</p></noscript>'
        image = f'<div class="explorer" data-name="{name}" {table}>{image}{still}</div>'
    elif explorer == "":
        image += f'<p class="nearest">This picture moves {kernel}.</p>'
    output.data = nbformat.from_dict({"text/html": image})

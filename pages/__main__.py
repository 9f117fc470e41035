"""Build site/ from the saved notebooks: `make site`. For tests, with small tables: `python -m pages FOLDER`."""

import json
import os
import pathlib
import re
import shutil
import sys
import tomllib

import nbformat
from sphinx.application import Sphinx

from helpers.exercises.loading import TEXTS
from pages import cache, exercises, sources, tables

ROOT = pathlib.Path(__file__).parents[1]
HERE = pathlib.Path(__file__).parent
WORK = ROOT / "build" / "site"


def build(site=ROOT / "site", work=WORK, extents=tables.EXTENTS):
    """Build the site; return 0, or Sphinx's status where it has complained."""
    source, pages = work / "source", work / "pages"
    for folder in (source, pages):
        shutil.rmtree(folder, ignore_errors=True)
    work.mkdir(parents=True, exist_ok=True)
    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))
    front = work / "index.ipynb"
    sources.write_front((HERE / "front.md").read_text(encoding="utf-8"), nbformat.read(notebooks[0], 4), front)
    notebooks.insert(0, front)
    codes = {(path.name, cell): code for path in notebooks for cell, code in sources.explorer_codes(path).items()}
    jobs = {code: (tables.drawn, (code, extents)) for code in codes.values()}
    jobs |= {number: (exercises.rules, (number, text)) for number, text in TEXTS.items()}
    made = cache.made(jobs)
    rules = {id: each for number in TEXTS for id, each in json.loads(made.pop(number)).items()}
    files = {code: f"{cache.digest(content)}.table" if content else "" for code, content in made.items()}
    places = {place: files[code] for place, code in codes.items()}
    sources.prepare(notebooks, ROOT / "notebooks" / "teaching", source, places, rules, kernel())
    static = source / "_static"
    (static / "tables").mkdir()
    for code, content in made.items():
        if content:
            (static / "tables" / files[code]).write_bytes(content)
    engine = ROOT / "helpers" / "live"
    shutil.copy(HERE / "page.css", static)
    shutil.copy(engine / "explorer.css", static)
    write_scripts([*HERE.glob("*.js"), engine / "explorer.js"], static)
    paths = {"html_static_path": [str(static)]}
    app = Sphinx(source, HERE, pages, work / "trees", "html", paths, freshenv=True, warningiserror=True, status=None)
    app.build(force_all=True)
    if not app.statuscode:
        shutil.rmtree(pages / "_sources")
        for path in (pages / ".buildinfo", pages / "objects.inv", *pages.glob("_static/*webpack-macros.html")):
            path.unlink()  # nobody reads them here
        lighten(pages)
        shutil.rmtree(site, ignore_errors=True)
        shutil.move(pages, site)
    return app.statuscode


def lighten(pages):
    """Take scripts out that a page has no use for: on a slow line its first words wait for them.

    The theme's script of icons is 1.5 MB, and draws what its font draws as well. The search has a page of its own.
    """
    for path in pages.rglob("*.html"):
        of_search = [] if path.name == "search.html" else ["searchtools", "language_data", "searchindex"]
        unused = ["fontawesome", *of_search]
        text = path.read_text(encoding="utf-8")
        text, removed = re.subn(rf"<script[^>]*\b(?:{'|'.join(unused)})\.js[^>]*></script>\n? *", "", text)
        assert removed == len(unused), f"{path}: got {removed} of the scripts {unused}"
        path.write_text(text, encoding="utf-8")
    for path in pages.glob("_static/scripts/fontawesome.*"):
        path.unlink()


def write_scripts(paths, folder):
    """Write the scripts that import each other: each asks for the others in this version of them all.

    A browser keeps a script for minutes, and would else run an old one with a new one.
    """
    version = cache.digest(b"".join(path.read_bytes() for path in sorted(paths)))
    for path in paths:
        text = path.read_text(encoding="utf-8")
        text = re.sub(r'(import|from) "(\./\w+\.js)"', rf'\1 "\2?v={version}"', text)
        (folder / path.name).write_text(text, encoding="utf-8")


def kernel():
    """Return the address at which a notebook runs, with {notebook} in it; "" where it is not known."""
    address = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["site"]["kernel"]
    repository = os.environ.get("GITHUB_REPOSITORY", "")  # GitHub's workflows set it
    return address.replace("{repository}", repository) if repository or "{repository}" not in address else ""


if __name__ == "__main__":
    brief = [pathlib.Path(each).resolve() for each in sys.argv[1:]]
    sys.exit(build(brief[0], brief[0].parent / "work", tables.BRIEF) if brief else build())

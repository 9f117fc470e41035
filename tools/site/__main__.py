"""Build site/ from the saved notebooks: `make site`."""

import json
import os
import pathlib
import shutil
import sys
import tomllib

from sphinx.application import Sphinx

from tools.site import cache, exercises, sources, tables

ROOT = pathlib.Path(__file__).parents[2]
HERE = pathlib.Path(__file__).parent
WORK = ROOT / "build" / "site"


def build(site=ROOT / "site", extents=tables.EXTENTS):
    """Build the site; return 0, or Sphinx's status where it has complained."""
    source, pages = WORK / "source", WORK / "pages"
    for folder in (site, source, pages):
        shutil.rmtree(folder, ignore_errors=True)
    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))
    codes = {(path.name, cell): code for path in notebooks for cell, code in sources.explorer_codes(path).items()}
    jobs = {code: (tables.drawn, (code, extents)) for code in codes.values()}
    made = cache.made({**jobs, "exercises": (exercises.all_rules, ())})
    rules = json.loads(made.pop("exercises"))
    files = {code: f"{cache.digest(content)}.table" if content else "" for code, content in made.items()}
    places = {place: files[code] for place, code in codes.items()}
    sources.prepare(ROOT / "notebooks", source, places, rules, kernel())
    static = source / "_static"
    (static / "tables").mkdir()
    for code, content in made.items():
        if content:
            (static / "tables" / files[code]).write_bytes(content)
    for path in (*HERE.glob("*.js"), HERE / "page.css", ROOT / "helpers" / "live" / "figure.js"):
        shutil.copy(path, static)
    paths = {"html_static_path": [str(static)]}
    app = Sphinx(source, HERE, pages, WORK / "trees", "html", paths, freshenv=True, warningiserror=True, status=None)
    app.build(force_all=True)
    if not app.statuscode:
        for name in (".buildinfo", "_sources", "objects.inv"):
            path = pages / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.move(pages, site)
    return app.statuscode


def kernel():
    """Return the address at which a notebook runs, with {notebook} in it; "" where none is set."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return os.environ.get("SITE_KERNEL", settings["tool"]["site"]["kernel"])


if __name__ == "__main__":
    sys.exit(build())

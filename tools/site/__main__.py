"""Build site/ from the saved notebooks: `make site`."""

import pathlib
import shutil
import sys

from sphinx.application import Sphinx

from tools.site import sources

ROOT = pathlib.Path(__file__).parents[2]
HERE = pathlib.Path(__file__).parent


def build(site=ROOT / "site", work=ROOT / "build" / "site"):
    source, pages = work / "source", work / "pages"
    for folder in (site, source, pages):
        shutil.rmtree(folder, ignore_errors=True)
    sources.prepare(ROOT / "notebooks", source, {})
    for name in ("page.js", "page.css"):
        shutil.copy(HERE / name, source / "_static")
    static = {"html_static_path": [str(source / "_static")]}
    app = Sphinx(source, HERE, pages, work / "trees", "html", static, freshenv=True, warningiserror=True, status=None)
    app.build(force_all=True)
    if app.statuscode:
        return app.statuscode
    for name in (".buildinfo", "_sources", "objects.inv"):
        path = pages / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.move(pages, site)


if __name__ == "__main__":
    sys.exit(build())

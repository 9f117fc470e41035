"""Build site/ from the saved notebooks: `make site`."""

import concurrent.futures
import hashlib
import importlib.metadata
import json
import multiprocessing
import os
import pathlib
import shutil
import sys

from sphinx.application import Sphinx

from tools.site import sources, tables

ROOT = pathlib.Path(__file__).parents[2]
HERE = pathlib.Path(__file__).parent
WORK = ROOT / "build" / "site"


def build(site=ROOT / "site"):
    """Build the site; return 0, or Sphinx's status where it has complained."""
    source, pages = WORK / "source", WORK / "pages"
    for folder in (site, source, pages):
        shutil.rmtree(folder, ignore_errors=True)
    notebooks = ROOT / "notebooks"
    calls = {(path.name, cell): call for path in sorted(notebooks.glob("*.ipynb")) for cell, call in sources.explorer_calls(path).items()}
    made = drawn(sorted(set(calls.values())))
    sources.prepare(notebooks, source, {place: made[call].name for place, call in calls.items()})
    static = source / "_static"
    (static / "tables").mkdir()
    for path in made.values():
        shutil.copy(path, static / "tables")
    for name in ("page.js", "page.css", "table.js"):
        shutil.copy(HERE / name, static)
    shutil.copy(ROOT / "helpers" / "live" / "figure.js", static)
    with open(static / "figure.js", "a", encoding="utf-8") as file:
        file.write("\nexport { open };\n")
    paths = {"html_static_path": [str(static)]}
    app = Sphinx(source, HERE, pages, WORK / "trees", "html", paths, freshenv=True, warningiserror=True, status=None)
    app.build(force_all=True)
    if not app.statuscode:
        for name in (".buildinfo", "_sources", "objects.inv"):
            path = pages / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.move(pages, site)
    return app.statuscode


def drawn(calls):
    """Return {call: file of its table}, drawing those that are not there yet or whose code has changed."""
    result, missing = {}, []
    for call in calls:
        record = WORK / "tables" / f"{digest(call.encode())}.json"
        told = json.loads(record.read_text()) if record.exists() else {}
        if told and told["made of"] == made_of(told["made of"]):
            result[call] = record.with_name(told["table"])
        else:
            missing.append(call)
    context = multiprocessing.get_context("spawn")  # a process each, which has imported what its explorer needs and no more
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count(), context, max_tasks_per_child=1) as pool:
        jobs = {pool.submit(draw, call): call for call in missing}
        for number, job in enumerate(concurrent.futures.as_completed(jobs), start=1):
            result[jobs[job]] = job.result()
            print(f"[{number}/{len(jobs)}] the table of {jobs[job]}: {job.result().stat().st_size / 1e6:.2f} MB", flush=True)
    return result


def draw(call):
    """Draw one explorer's table, and note what it is made of."""
    import torch

    from helpers import data, explorers

    torch.set_num_threads(1)
    name = call.partition("(")[0]
    explorer = eval(call, {**vars(data), name: getattr(explorers, name)})
    content = tables.table(explorer, tables.PLACES.get(name, ()))
    record = WORK / "tables" / f"{digest(call.encode())}.json"
    record.parent.mkdir(parents=True, exist_ok=True)
    path = record.with_name(f"{name}-{digest(content)}.table")
    path.write_bytes(content)
    files = [pathlib.Path(module.__file__) for module in list(sys.modules.values()) if getattr(module, "__file__", None)]
    own = sorted(str(each.relative_to(ROOT)) for each in {*files, pathlib.Path(tables.__file__)} if each.is_relative_to(ROOT / "helpers"))
    record.write_text(json.dumps({"table": path.name, "made of": made_of([*own, "tools/site/tables.py", "torch", "matplotlib"])}))
    return path


def made_of(names):
    """Return {name: digest of the file, or version of the package}."""
    return {
        name: digest((ROOT / name).read_bytes()) if (ROOT / name).exists() else importlib.metadata.version(name)
        if not name.endswith(".py")
        else ""
        for name in names
    }


def digest(content):
    return hashlib.sha256(content).hexdigest()[:12]


if __name__ == "__main__":
    sys.exit(build())

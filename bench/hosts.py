"""Where an explorer can be put: each host is started, opened by two visitors in Chromium, and a slider moved in both.

A page that runs no kernel cannot follow the slider. There it is seen that it says so.

`make hosts` installs bench/hosts.txt into a folder of its own, and runs this there. What is run are the lines that
docs/hosts.md tells a reader to write; its table is written anew.
"""

import contextlib
import datetime
import importlib.metadata
import pathlib
import re
import subprocess
import sys
import tempfile
import textwrap
import time
from dataclasses import dataclass

import psutil
from playwright.sync_api import Error

from helpers.explorers import logit_table
from tools import browser, serving

PAGE = pathlib.Path(__file__).parents[1] / "docs" / "hosts.md"
CODE = re.compile(r"^(?:### ([^\n]+)\n\n)?```python\n(.*?)```", re.DOTALL | re.MULTILINE)  # of the page, by its heading
TABLE = re.compile(r"(?<=\|---\|---\|---\|---:\|---:\|\n)(\|.*\n)+")
SHOWN = "[data-lm-suppress-shortcuts]"
# What pages fetch from a server, and where the same file may lie here: anywidget's script where Jupyter has it,
# require.js in Voilà, and ipywidgets' script for pages without a kernel where docs/hosts.md says.
(ANYWIDGET,) = (each for each in importlib.metadata.files("anywidget") if each.match("nbextensions/*/index.js"))
SHARED = pathlib.Path(sys.prefix) / "share"
AT_HAND = {
    "**/anywidget@*/dist/index*": ANYWIDGET.locate(),
    "**/require.js/*/require.min.js": SHARED / "jupyter/voila/templates/base/static/require.min.js",
    "**/@jupyter-widgets/html-manager@*/dist/embed-amd.js": SHARED / "html-manager/dist/embed-amd.js",
}
PATIENCE = 60_000  # ms
LEAST = 280  # pixels: less is no explorer that one can use


@dataclass
class Host:
    """One host: how it is started and opened."""

    name: str
    packages: str  # whose versions matter
    command: str = ""  # what serves the code from {file} at {port}; "" where `tools.browser` does
    path: str = ""  # of the page, below the server's root
    kernel: bool = True  # or `command` writes the page, which is shown as a file


HOSTS = [
    Host("JupyterLab", "jupyterlab ipywidgets anywidget"),
    Host("Notebook 7", "notebook ipywidgets"),
    Host("Voilà", "voila", "-m voila {file} --no-browser --port={port}"),
    Host("marimo", "marimo", "-m marimo run {file} --headless --no-token --port={port}"),
    Host("Panel", "panel ipywidgets_bokeh", "-m panel serve {file} --port={port}", "app"),
    Host("Shiny", "shiny shinywidgets", "-m shiny run {file} --port={port}"),
    Host("Solara", "solara", "-m solara run {file} --no-open --production --port={port}"),
    Host("nbconvert's HTML", "nbconvert", "-m nbconvert --to html --execute {file}", "app.html", kernel=False),
]


def codes():
    """Return {host: the lines that the page tells a reader to write}; those of "" are a notebook's cell."""
    return dict(CODE.findall(PAGE.read_text(encoding="utf-8")))


def with_rows(page, rows, date):
    """Return the page's text with these rows in its table, measured on this date."""
    page = re.sub(r"(?<=`make hosts` on )\d+ \w+ \d+", f"{date:%-d %B %Y}", page)
    return TABLE.sub(lambda _: "".join(f"{row}\n" for row in rows), page)


def written(host, folder):
    """Write the host's code into a folder as the file that it takes, and return its path."""
    code = codes().get(host.name)
    if code is None:
        return browser.write_notebook(folder / "app.ipynb", codes()[""].strip())
    if host.name == "marimo":
        body = textwrap.indent(code, "    ")
        code = f"import marimo\napp = marimo.App()\n\n@app.cell\ndef _():\n{body}    return\n"
    (folder / "app.py").write_text(code, encoding="utf-8")
    return folder / "app.py"


@contextlib.contextmanager
def served(host):
    """Serve a host's code; give the address of its page, and the process that serves it."""
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        file = written(host, folder)
        if not host.command:
            app = "lab" if host.name == "JupyterLab" else "notebook"
            yield stack.enter_context(browser.server(app, folder=folder)) + "app.ipynb", psutil.Process()
            return
        port = browser.free_port()
        command = [sys.executable, *host.command.format(file=file, port=port).split()]
        if not host.kernel:
            subprocess.run(command, check=True, capture_output=True)
            yield f"{stack.enter_context(serving.files(folder))}/{host.path}", None
            return
        url = f"http://127.0.0.1:{port}/{host.path}"
        process = stack.enter_context(browser.running(command, url, folder / "log", cwd=folder))
        yield url, psutil.Process(process.pid)


def memory(process):
    """Return how many MB a process, if there is one, and all that it has started hold for themselves."""
    all_of_it = [process, *process.children(recursive=True)] if process else []
    return sum(each.memory_full_info().uss for each in all_of_it) / 1e6


def visit(page, host, url):
    """Open a host's page, move its explorer by key as a reader does, and return what is wrong, "" if nothing is."""
    page.set_default_timeout(PATIENCE)
    if host.command:
        page.goto(url)
    else:
        browser.open_notebook(page, url)
        browser.run_all(page)
    shown, twin = page.locator(SHOWN).first, logit_table()
    shown.locator(".status").filter(has_text=twin.describe()).wait_for(state="attached")
    width = shown.evaluate("(host) => host.offsetWidth")
    if width < LEAST:
        return f"it is {width} pixels wide"
    if not host.kernel:
        shown.locator("#control-0").press("End")
        shown.locator(".error").filter(has_text="no kernel draws it here").wait_for(timeout=2_000)
        return ""
    for keys, cat in ((["End"], 10), (["ArrowLeft"] * 12, 9.88), (["Home"], -10)):
        for key in keys:  # a fast hand
            shown.locator("#control-0").press(key)
        twin.set(cat=cat)
        try:
            shown.locator(".status").filter(has_text=twin.describe()).wait_for(timeout=10_000)
        except Error:
            return f"at {browser.values(shown, twin)['cat']:g} it says: {shown.locator('.status').text_content()}"
        stands = browser.values(shown, twin)["cat"]
        if stands != cat:
            return f"the slider went back to {stands:g}"
    return ""


def answering(path):
    return lambda route: route.fulfill(path=path)


def tried(host, chrome):
    """Return what was seen: whether it works, the seconds until a second visitor has moved it, and the MB he costs."""
    with served(host) as (url, process):
        for _ in range(2):
            began, before = time.monotonic(), memory(process)
            context = chrome.new_context(viewport={"width": 1280, "height": 900})
            for pattern, path in AT_HAND.items():
                if path.exists():
                    context.route(pattern, answering(path))
            try:
                fault = visit(context.new_page(), host, url)
            except Error as error:
                fault = f"nothing is shown: {str(error).splitlines()[0]}"
            if fault:
                return f"**no**: {fault}", "", ""
        works = "shows, moves, two visitors apart"
        if not host.kernel:
            works = "shows; the picture cannot follow without a kernel, and at the first move the page says so"
        return works, f"{time.monotonic() - began:.0f}", f"{memory(process) - before:.0f}"


def main():
    rows = []
    with browser.browser() as chrome:
        for host in HOSTS:
            versions = ", ".join(f"{each} {importlib.metadata.version(each)}" for each in host.packages.split())
            rows.append(f"| {' | '.join([host.name, versions, *tried(host, chrome)])} |")
            print(rows[-1], flush=True)
    page = with_rows(PAGE.read_text(encoding="utf-8"), rows, datetime.date.today())
    PAGE.write_text(page, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()

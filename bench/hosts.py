"""Where an explorer can be put: each host is started, opened by two visitors in Chromium, and a slider moved in both.

`make hosts` installs bench/hosts.txt into a folder of its own, runs this there, and writes docs/hosts.md. `HOSTS` has
the few lines that a reader writes; they are what is run.
"""

import contextlib
import datetime
import importlib.metadata
import pathlib
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from dataclasses import dataclass

import nbformat
import psutil
from playwright.sync_api import Error

from helpers.explorers import logit_table
from tools import browser

PAGE = pathlib.Path(__file__).parents[1] / "docs" / "hosts.md"
CELL = "from helpers.explorers import logit_table\n\nlogit_table()\n"
SHOWN = "[data-lm-suppress-shortcuts]"
# Panel and Shiny fetch anywidget's script from a server; the same file lies where Jupyter has it.
(ANYWIDGET,) = (each for each in importlib.metadata.files("anywidget") if each.match("nbextensions/*/index.js"))
PATIENCE = 60_000  # ms
LEAST = 280  # pixels: less is no explorer that one can use


@dataclass
class Host:
    """One host: what a reader writes, how it is started and opened, and what is to be known about it."""

    name: str
    packages: str  # whose versions matter
    code: str
    command: str = ""  # what serves the code from {file} at {port}; "" where `tools.browser` does
    path: str = ""  # of the page, below the server's root
    note: str = ""


HOSTS = [
    Host("JupyterLab", "jupyterlab ipywidgets anywidget", CELL, note="Notebooks are run by *Run All Cells*."),
    Host("Notebook 7", "notebook ipywidgets", CELL),
    Host("Voilà", "voila", CELL, "-m voila {file} --no-browser --port={port}", note="Started by `voila app.ipynb`."),
    Host(
        "marimo",
        "marimo",
        """\
        import marimo as mo
        from helpers.explorers import logit_table

        explorer = mo.ui.anywidget(logit_table())
        explorer
        """,
        "-m marimo run {file} --headless --no-token --port={port}",
        note="`explorer.value` holds the controls' values for other cells. Started by `marimo run app.py`.",
    ),
    Host(
        "Panel",
        "panel ipywidgets_bokeh",
        """\
        import panel as pn
        from helpers.explorers import logit_table

        pn.extension("ipywidgets")
        pn.panel(logit_table()).servable()
        """,
        "-m panel serve {file} --port={port}",
        "app",
        "Started by `panel serve app.py`.",
    ),
    Host(
        "Shiny",
        "shiny shinywidgets",
        """\
        from shiny.express import ui
        from shinywidgets import render_widget
        from helpers.explorers import logit_table


        @render_widget
        def explorer():
            return logit_table()
        """,
        "-m shiny run {file} --port={port}",
        note="Started by `shiny run app.py`.",
    ),
    Host(
        "Solara",
        "solara",
        """\
        import solara
        from helpers.explorers import logit_table


        @solara.component
        def Page():
            solara.display(solara.use_memo(logit_table, []))
        """,
        "-m solara run {file} --no-open --production --port={port}",
        note="Started by `solara run app.py`. `use_memo` keeps the explorer when the page is drawn anew.",
    ),
]


def written(host, folder):
    """Write the host's code into a folder as the file that it takes, and return its path."""
    code = textwrap.dedent(host.code)
    if host.code == CELL:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code.strip())])
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, folder / "app.ipynb")
        return folder / "app.ipynb"
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
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, *host.command.format(file=file, port=port).split()]
        log = folder / "log"
        process = subprocess.Popen(command, stdout=log.open("w"), stderr=subprocess.STDOUT, cwd=folder)
        stack.callback(process.wait, 30)
        stack.callback(process.terminate)
        browser.wait_for(f"http://127.0.0.1:{port}/{host.path}", process, log)
        yield f"http://127.0.0.1:{port}/{host.path}", psutil.Process(process.pid)


def memory(process):
    """Return how many MB a process and all that it has started hold for themselves."""
    return sum(each.memory_full_info().uss for each in [process, *process.children(recursive=True)]) / 1e6


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


def tried(host, chrome):
    """Return what was seen: whether it works, the seconds until a second visitor has moved it, and the MB he costs."""
    with served(host) as (url, process):
        for _ in range(2):
            began, before = time.monotonic(), memory(process)
            context = chrome.new_context(viewport={"width": 1280, "height": 900})
            context.route("**/anywidget@*/dist/index*", lambda route: route.fulfill(path=ANYWIDGET.locate()))
            try:
                fault = visit(context.new_page(), host, url)
            except Error as error:
                fault = f"nothing is shown: {str(error).splitlines()[0]}"
            if fault:
                return f"**no**: {fault}", "", ""
        return "shows, moves, two visitors apart", f"{time.monotonic() - began:.0f}", f"{memory(process) - before:.0f}"


def main():
    rows, codes = [], []
    with browser.browser() as chrome:
        for host in HOSTS:
            versions = ", ".join(f"{each} {importlib.metadata.version(each)}" for each in host.packages.split())
            rows.append(f"| {' | '.join([host.name, versions, *tried(host, chrome)])} |")
            print(rows[-1], flush=True)
            if host.code != CELL:
                codes.append(f"### {host.name}\n\n```python\n{textwrap.dedent(host.code)}```\n\n{host.note}")
    date = f"{datetime.date.today():%-d %B %Y}"
    page = HEAD.format(date=date) + "\n".join(rows) + CODES.format(cell=CELL) + "\n\n".join(codes) + REST
    PAGE.write_text(page, encoding="utf-8", newline="\n")


HEAD = """# Where an explorer can be put

An explorer is an ipywidget (an anywidget), and goes where these go. Made by `make hosts` on {date}: each host was
started, `logit_table` opened in Chromium by two visitors one after the other, and its first slider moved to both ends
and twelve steps back with a fast hand; slider and sentence must be what Python has. The time is from the address to the
last of these moves, the memory what the second visitor added to the server and its kernels, on two busy cores.

| host | version | what works | s | MB a visitor |
|---|---|---|---:|---:|
"""
CODES = """

Where a page costs a kernel, as in JupyterLab and Voilà, thirty readers take thirty times as much: a room without an
installation of its own is better served by the [site](site.md), which is plain files and costs none.

## What to write

In JupyterLab, Notebook 7 and Voilà (`voila app.ipynb`):

```python
{cell}```

"""
REST = """

## Not tried, or no host

- **Colab**, untried. Its documentation has third-party widgets only after
  `from google.colab import output; output.enable_custom_widget_manager()`, in a cell of its own; then as in JupyterLab.
- **VS Code**, untried. Its documentation says that it supports third-party widgets, and fetches their scripts from a
  server if the setting `jupyter.widgetScriptSources` allows it; then as in JupyterLab.
- **Panel and Shiny** fetch anywidget's script from a server, **Solara** the files of its page. Without a network they
  show nothing. Here the first two were handed the script from anywidget's own package; for Solara npm's package
  `@widgetti/solara-vuetify3-app`, version 5.2.0, was unpacked below `share/solara/cdn/@widgetti` in its environment,
  where it looks first.
- **Streamlit** is no host for ipywidgets. The site's page in a frame is what is left:
  `st.components.v1.iframe(address, height=900)`.
- **MyST's site** (`myst build`, mystmd 1.11.0): the lessons build, and the pages' text is right; its theme comes from a
  server that could not be reached from here, so no page was opened. It shows the saved pictures, for it runs no kernel.
  Its Markdown export (`myst build --md`) is not to be used: it writes a comment in the middle of a line as text, so
  that `0.44<!--= x.mean() -->` becomes "0.44% = x.mean()". Another way to bind a number to its expression would have
  to change 497 places, and write each expression with its quotes and signs escaped; it would mend nothing else.
- **nbconvert's HTML** (7.17, opened in Chromium) shows the saved pictures, which do not move. Its default template
  discards their alt texts; `--template classic` keeps them. `jupyter nbconvert --to script` gives a program with the
  prose as comments.
- A page that was saved with its widgets and has no kernel says so below the picture at the first move. Clearing a
  notebook's outputs leaves that state, and with it what was typed into a widget, in the file's metadata; `make
  notebooks` removes it from the lessons.
"""


if __name__ == "__main__":
    main()

"""A real JupyterLab, or Notebook 7, in a headless Chromium: what the browser tests and the benchmark drive."""

import contextlib
import json
import os
import pathlib
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import nbformat
from playwright.sync_api import sync_playwright

NOTEBOOKS = pathlib.Path(__file__).parents[1] / "notebooks"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
QUIET = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking".split()
SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/apputils-extension:themes": {"theme": "JupyterLab Light"},
}
TOKEN = secrets.token_urlsafe()  # of every server here: nobody else on this machine may run code in its kernels
# Whether the notebook that JupyterLab shows has its kernel.
CONNECTED = """() => window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.connectionStatus
  == "connected" && window.jupyterapp.commands.hasCommand("notebook:run-all-cells")"""
APPS = {"lab": ("jupyterlab", "LabApp", "lab/tree"), "notebook": ("notebook", "JupyterNotebookApp", "notebooks")}


def chromium():
    """Return the path of a Chromium or Chrome, or None: $CHROMIUM if it is set, else what stands on the PATH."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def write_notebook(path, *codes):
    """Write a notebook with a cell for each of these codes, and return its path."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in codes])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)
    return path


@contextlib.contextmanager
def server(app="lab", dark=False, folder=NOTEBOOKS):
    """Serve a copy of the notebooks in `folder`, with settings of nobody; give the URL to add a file's name to."""
    module, options, path = APPS[app]
    with contextlib.ExitStack() as stack:
        root = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        shutil.copytree(folder, root / "work", ignore=shutil.ignore_patterns(".*"))
        for name, values in SETTINGS.items():
            file = root / "settings" / f"{name.replace(':', '/')}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            theme = {"theme": "JupyterLab Dark"} if dark and "theme" in values else {}
            file.write_text(json.dumps(values | theme))
        port = free_port()
        command = [sys.executable, "-m", module, "--no-browser", "--allow-root", f"--port={port}"]
        command += ["--ServerApp.port_retries=0", f"--ServerApp.root_dir={root / 'work'}"]
        command += [f"--{options}.expose_app_in_browser=True"]
        folders = {f"JUPYTER_{name}_DIR": str(root / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
        folders |= {"JUPYTERLAB_SETTINGS_DIR": str(root / "settings"), "IPYTHONDIR": str(root / "ipython")}
        folders |= {"JUPYTERLAB_WORKSPACES_DIR": str(root / "workspaces")}
        env = os.environ | folders | {"JUPYTER_TOKEN": TOKEN}
        with running(command, f"http://127.0.0.1:{port}/api", root / "log", env=env):
            yield f"http://127.0.0.1:{port}/{path}/"


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextlib.contextmanager
def running(command, url, log, **options):
    """Run a server, whose words go into the file `log`, and end it; give its process once it answers at `url`."""
    with log.open("w") as words:
        process = subprocess.Popen(command, stdout=words, stderr=subprocess.STDOUT, **options)
        try:
            wait_for(url, process, log)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:  # it waits for a kernel that does not end
                process.kill()
                process.wait()


def wait_for(url, process, log, seconds=60):
    for _ in range(seconds * 10):
        with contextlib.suppress(OSError):
            return urllib.request.urlopen(url, timeout=5).close()
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError(f"the server at {url} did not start:\n{log.read_text()[-2000:]}")


@contextlib.contextmanager
def browser():
    """Give a headless Chromium."""
    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        try:
            yield chrome
        finally:
            chrome.close()


def open_notebook(page, url, timeout=120):
    """Open the notebook at `url`, and wait until its kernel is there."""
    page.set_default_timeout(timeout * 1000)
    page.goto(f"{url}?reset&token={TOKEN}")
    page.wait_for_function(CONNECTED)
    page.evaluate("() => window.jupyterapp.shell.collapseLeft?.()")  # as it is on a narrow screen


def run_all(page):
    """Run every cell, and return when all have run."""
    page.evaluate('() => window.jupyterapp.commands.execute("notebook:run-all-cells")')


# What the controls of the element `host`, which shows an explorer, stand at.
VALUES = """(host) => [...host.shadowRoot.querySelectorAll("[id^=control-]:not(.note)")].map((e) =>
  e.dataset.value !== undefined ? Number(e.dataset.value)
  : ({ checkbox: e.checked, text: e.value })[e.type] ?? e.selectedIndex ?? e.valueAsNumber)"""


def values(host, explorer):
    """Return what the page's controls stand at, by name: `host` is the element that shows an explorer like this."""
    return named(host.evaluate(VALUES), explorer)


def named(shown, explorer):
    """Return what VALUES found as Python's values of the explorer's controls, by name."""
    return {name: kind.from_page(value) for (name, kind), value in zip(explorer.kinds.items(), shown, strict=True)}


# Which artists of a page are not as expected, both {name: markup}: [name, shown, expected] of each. Words are the same
# to the letter; the layout of a text may differ by what no eye sees, for it depends on what else was drawn before.
DIFFERENT = """(shown, expected) => Object.keys(expected).flatMap((name) => {
  const group = document.createElementNS("http://www.w3.org/2000/svg", "g");
  group.innerHTML = expected[name];
  const [a, b] = [group.innerHTML, shown[name]];
  if (a === b) return [];
  const number = /-?\\d+\\.\\d+(?=[^<>]*>)/g; // a coordinate stands inside a tag
  const [m, n] = [a, b].map((text) => (text.match(number) ?? []).map(Number));
  const alike = a.replace(number, "") === b.replace(number, "") && m.every((each, i) => Math.abs(each - n[i]) <= 0.02);
  return alike ? [] : [[name, b, a]];
})"""

"""Time every explorer, from the key press to the painted picture, beside the other ways: `make bench`.

Everything is measured in a real JupyterLab in headless Chromium, in one run, and printed as Markdown tables.
"""

import os
import pathlib
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time

import nbformat

ROOT = pathlib.Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
from helpers.explorers import EXPLORERS
from tools import browser

EXTRA = ROOT / ".bench"  # what only the comparison needs stays out of .venv
MOVES, JUMPS, PRESSES = 25, 8, 60  # a jump goes where no picture was made ahead

# What a way paints into, and what in there is another for another picture.
SVG = "root => [...root.querySelectorAll('svg')].map(e => e.innerHTML).join()"
IMAGE = "root => [...root.querySelectorAll('img')].filter(e => e.complete).map(e => e.src).join()"
WAYS = {
    "floor: ipywidgets slider, one line of HTML": (
        "floor()",
        "root => root.querySelector('.widget-html-content').textContent",
    ),
    "`interact` + `plt.show()`": ("%matplotlib inline\ninteract()", IMAGE),
    "ipympl, new data + `draw_idle`": ("%matplotlib widget\nipympl()", "root => String(window.drawn)"),
    "whole PNG in `ipywidgets.Image`": ("png()", IMAGE),
    "plotly `FigureWidget`": ("plotly()", SVG),
    "bqplot": ("bqplot()", SVG),
}
OURS = "root => root.querySelector('[data-lm-suppress-shortcuts]').shadowRoot.querySelector('.panels').innerHTML"
HANDLE = ".noUi-handle, input[type=range]"

# The clock stops behind the first frame in which the picture is another one.
WATCH = """look => {
  look = eval(look);
  const root = document.querySelector(".jp-OutputArea");
  const drawImage = CanvasRenderingContext2D.prototype.drawImage;
  window.drawn = 0;
  CanvasRenderingContext2D.prototype.drawImage = function (...all) { window.drawn++; return drawImage.apply(this, all); };
  const watch = (window.watch = { pressed: 0, painted: 0, first: 0, pictures: 0, seen: look(root) });
  window.addEventListener("keydown", (event) => (watch.pressed = event.timeStamp), true);
  const channel = new MessageChannel();
  channel.port1.onmessage = () => {
    watch.painted = performance.now();
    if (watch.first < watch.pressed) watch.first = watch.painted;
    watch.pictures++;
  };
  const frame = () => {
    const now = look(root);
    if (now && now !== watch.seen) {
      watch.seen = now;
      channel.port2.postMessage(0);
    }
    requestAnimationFrame(frame);
  };
  frame();
}"""


def measure(page, url, cell):
    """Return the median ms from press to painted, of steps and of jumps; then for a held key how many pictures there are,
    and how many ms after the last press the last one is painted."""
    source, look = cell
    browser.open_notebook(page, url)
    page.evaluate(
        "source => window.jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.setSource(source)", source
    )
    browser.run_all(page)
    page.locator(HANDLE).first.wait_for()
    page.wait_for_timeout(2000)
    page.evaluate(WATCH, look)
    page.locator(HANDLE).first.focus()
    page.wait_for_timeout(1500)

    def press(key):
        before = page.evaluate("watch.pictures")
        page.keyboard.press(key)
        page.wait_for_function("before => watch.pictures > before", arg=before)
        page.wait_for_timeout(400)
        return page.evaluate("watch.first - watch.pressed")

    step = statistics.median(press("ArrowRight") for _ in range(MOVES))
    jump = step  # nothing is made ahead by the other ways
    if look == OURS:
        press("Home")
        jump = statistics.median(press("PageUp") for _ in range(JUMPS))
    page.evaluate("watch.pictures = 0")
    began = time.perf_counter()
    for i in range(PRESSES):
        page.keyboard.press("ArrowLeft")
        time.sleep(max(0, began + (i + 1) / 60 - time.perf_counter()))
    page.wait_for_timeout(3000)
    pictures, behind = page.evaluate("[watch.pictures, watch.painted - watch.pressed]")
    return step, jump, pictures, max(0, behind)


def in_the_kernel(make):
    """Return (ms, bytes) of one move of an explorer's first control: facts, drawing, and what is sent."""
    explorer, sent, draw = make(), [], random.Random(0)
    explorer._send = lambda message, values=None: sent.append(sum(map(len, map(str, message["fragments"].values()))))
    name, control = next(iter(explorer.controls.items()))
    values = [control.value]
    for _ in range(60):
        control.value = draw.choice(control.steps(draw.choice([-1, 1])))
        values.append(control.value)
    sent.clear()
    began = time.process_time()
    for value in values:
        control.value = value
    return (time.process_time() - began) * 1000 / len(values), statistics.mean(sent)


def seconds_to_last_explorer(page, url):
    browser.open_notebook(page, url)
    began = time.perf_counter()
    browser.run_all(page)
    page.locator(".jp-Cell [data-lm-suppress-shortcuts]").last.wait_for(state="attached")
    return time.perf_counter() - began


def main():
    if not browser.chromium():
        sys.exit(
            "make bench needs Chromium: `apt install chromium`, `brew install chromium`, or set CHROMIUM to its path."
        )
    if not EXTRA.exists():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", EXTRA]
        subprocess.run([*pip, "-r", ROOT / "bench" / "requirements.txt"], check=True)
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT / "bench"), str(EXTRA)])
    os.environ["JUPYTER_PATH"] = str(EXTRA / "share" / "jupyter")
    cells = {name: (f"from ways import *\n{source}", look) for name, (source, look) in WAYS.items()}
    cells |= {f"**{name}**": (f"from helpers.explorers import {name}\n{name}()", OURS) for name in EXPLORERS}
    only = sys.argv[1] if len(sys.argv) > 1 else ""
    cells = {name: cell for name, cell in cells.items() if only in name or name.startswith("floor")}
    rows = {}
    with tempfile.TemporaryDirectory() as folder, browser.browser() as chrome:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("")])
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        for i in range(len(cells)):
            nbformat.write(notebook, pathlib.Path(folder) / f"{i}.ipynb")
        for i, (name, cell) in enumerate(cells.items()):
            with browser.server(folder=folder) as url:  # a server each, so that no kernel of another way runs beside
                page = chrome.new_page(viewport={"width": 1280, "height": 900})
                try:
                    rows[name] = measure(page, f"{url}{i}.ipynb", cell)
                    print(f"[{i + 1}/{len(cells)}] {name}: {rows[name][0]:.0f} ms", file=sys.stderr)
                except Exception as error:
                    print(f"[{i + 1}/{len(cells)}] {name} failed: {error}", file=sys.stderr)
                page.close()
        report(rows)
        if not only:
            print("\n| notebook | run all to the last explorer, s |\n|---|---|")
            for path in sorted(browser.NOTEBOOKS.glob("*.ipynb")):
                shows = re.compile(rf"^({'|'.join(EXPLORERS)})\(", re.MULTILINE)
                if any(cell.cell_type == "code" and shows.search(cell.source) for cell in nbformat.read(path, 4).cells):
                    with browser.server() as url:
                        page = chrome.new_page()
                        print(f"| {path.stem} | {seconds_to_last_explorer(page, url + path.name):.1f} |")
                        page.close()


def report(rows):
    floor, *_ = rows[next(iter(rows))]
    titles = [
        "way",
        "step, ms",
        "of the floor",
        "jump, ms",
        "of the floor",
        "pictures of 60 presses",
        "last picture after, ms",
    ]
    print(f"| {' | '.join([*titles, 'kernel, ms', 'bytes'])} |\n|---|{'---:|' * 8}")
    for name, (step, jump, pictures, behind) in rows.items():
        make = EXPLORERS.get(name.strip("*"))
        kernel, size = (f"{each:.0f}" for each in in_the_kernel(make)) if make else ("", "")
        times = f"{step:.0f} | {step / floor:.2f} | {jump:.0f} | {jump / floor:.2f}"
        print(f"| {name} | {times} | {pictures} | {behind:.0f} | {kernel} | {size} |")


if __name__ == "__main__":
    main()

"""Time every explorer, from the key press to the painted picture, beside the other ways: `make bench`.

Everything is measured in a real JupyterLab in headless Chromium, in one run, and printed as Markdown tables.
"""

import argparse
import contextlib
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

import nbformat
import psutil
from playwright.sync_api import TimeoutError as NothingMoved

ROOT = pathlib.Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
from ways import START

from helpers import explorers
from helpers.explorers import EXPLORERS
from tools import browser

EXTRA = ROOT / ".bench"  # what only the comparison needs stays out of .venv
STEPS, JUMPS, PRESSES = 24, 24, 60
QUIET_MS = 300  # a picture of several panels may come in pieces; it is whole when for so long no piece has come
HANDLE = ".noUi-handle, input[type=range]"

# What tells that another picture is there: DOM of the watched element that changed, an image that has loaded, or a
# canvas that was drawn on.
DOM, IMAGE, CANVAS = "dom", "image", "canvas"


@dataclass(frozen=True)
class Way:
    """One way to move a picture: the cell that shows it, what tells of a new picture, and where the picture is."""

    cell: str
    sign: str
    picture: str = "root => root"

    @classmethod
    def ours(cls, name):
        shadow = "root => root.querySelector('[data-lm-suppress-shortcuts]').shadowRoot.querySelector('.panels')"
        return cls(f"from helpers.explorers import {name}\n{name}(**{START.get(name, {})})", DOM, shadow)

    @classmethod
    def linked(cls, name):
        """Two explorers, the first control of one tied to the other's, whose picture is watched."""
        cell = f"from helpers.explorers import {name}\nfrom ipywidgets import *\na, b = {name}(), {name}()\n"
        tie = "jslink(*((each, next(iter(a.controls))) for each in (a, b)))\nHBox([a, b])"
        shadow = "root => root.querySelectorAll('[data-lm-suppress-shortcuts]')[1].shadowRoot.querySelector('.panels')"
        return cls(cell + tie, DOM, shadow)

    @classmethod
    def usual(cls, call, sign, magic=""):
        return cls(f"{magic}from ways import *\n{call}", sign)


OTHERS = {
    "`interact` + `plt.show()`": lambda name: Way.usual(f"interact('{name}')", IMAGE, "%matplotlib inline\n"),
    "ipympl, new data + `draw_idle`": lambda name: Way.usual(f"ipympl('{name}')", CANVAS, "%matplotlib widget\n"),
    "whole PNG in `ipywidgets.Image`": lambda name: Way.usual(f"png('{name}')", IMAGE),
}
FLOOR = "floor: one line of HTML"
ELSEWHERE = {"plotly `FigureWidget`": Way.usual("plotly()", DOM), "bqplot": Way.usual("bqplot()", DOM)}

# The clock starts at the key press and stops behind the frame in which the whole picture is another one.
WATCH = """([sign, find]) => {
  const root = document.querySelector(".jp-OutputArea"), picture = eval(find)(root);
  const watch = (window.watch = { pressed: 0, painted: 0, pictures: 0 });
  window.addEventListener("keydown", (event) => (watch.pressed = event.timeStamp), true);
  const channel = new MessageChannel();
  channel.port1.onmessage = () => {
    watch.painted = performance.now();
    watch.pictures++;
    watch.asked = false;
  };
  const changed = () => {
    if (!watch.asked) requestAnimationFrame(() => channel.port2.postMessage(0));
    watch.asked = true;
  };
  if (sign === "dom") {
    const slider = (node) => (node.closest ? node : node.parentElement)?.closest(".widget-slider");
    const seen = (records) => records.every((record) => slider(record.target)) || changed();
    const all = { subtree: true, childList: true, characterData: true, attributes: true };
    new MutationObserver(seen).observe(picture, all);
  } else if (sign === "image") {
    root.addEventListener("load", changed, true);
  } else {
    const drawImage = CanvasRenderingContext2D.prototype.drawImage;
    CanvasRenderingContext2D.prototype.drawImage = function (...all) { changed(); return drawImage.apply(this, all); };
  }
}"""


OPEN = """async () => {
  const host = () => document.querySelector("[data-lm-suppress-shortcuts]"), old = host(), began = performance.now();
  window.jupyterapp.commands.execute("notebook:run-all-cells");
  while (!host()?.shadowRoot?.querySelector("svg") || host() === old) await new Promise(requestAnimationFrame);
  return performance.now() - began;
}"""


@dataclass(frozen=True)
class Row:
    """What one way takes: the median step in ms, the kernel's time (ms) and what it sent (bytes) a step; the median
    jump in ms; of a held key how many pictures were painted, and how many ms after the last press the last one; and
    from "Run" to the first picture of a view, median in ms."""

    step: float
    kernel: float
    size: float
    jump: float = float("nan")
    pictures: int = 0
    behind: float = float("nan")
    opens: float = float("nan")


def measure(page, url, way, name, whole):
    """Return the `Row` of one way to move an explorer's picture; jumps and the held key only where `whole` is true."""
    sent = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda payload: sent.append(len(payload))))
    browser.open_notebook(page, url)
    page.evaluate(
        "cell => window.jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.setSource(cell)", way.cell
    )
    browser.run_all(page)
    handle = page.locator(HANDLE).first
    handle.wait_for()
    page.wait_for_timeout(1500)
    page.evaluate(WATCH, [way.sign, way.picture])
    handle.focus()
    page.wait_for_timeout(1000)
    kernel = kernel_process()

    def press(key):
        before = page.evaluate("watch.pictures")
        page.keyboard.press(key)
        with contextlib.suppress(NothingMoved):  # at the end of the slider nothing moves
            there = "([before, quiet]) => watch.pictures > before && performance.now() - watch.painted > quiet"
            page.wait_for_function(there, arg=[before, QUIET_MS], timeout=3000)
            return page.evaluate("watch.painted - watch.pressed")

    def median(key, count):
        times = [ms for ms in (press(key) for _ in range(count)) if ms is not None]
        return statistics.median(times) if times else float("nan")

    press("Home")
    sent.clear()
    busy = sum(kernel.cpu_times()[:2])
    steps = STEPS if whole else STEPS // 3  # a ratio of 5 and more needs no finer measure
    step = median("ArrowRight", steps)
    kernel_ms, size = (sum(kernel.cpu_times()[:2]) - busy) * 1000 / steps, sum(sent) / steps
    if not whole:
        return Row(step, kernel_ms, size)
    jumps = []
    for start in range(0, 3 * 8, 8):  # a grid of its own each time, for a way that remembers the pictures it has shown
        press("Home")
        for _ in range(start):
            page.keyboard.press("ArrowRight")
        page.wait_for_timeout(500)
        jumps += [press("PageUp") for _ in range(JUMPS // 3)]
    jump = statistics.median(ms for ms in jumps if ms is not None)
    pictures, behind = hold(page, press)
    opens = float("nan")
    if way == Way.ours(name):
        check_last_picture(page, name)
        opens = statistics.median(page.evaluate(OPEN) for _ in range(8))
    return Row(step, kernel_ms, size, jump, pictures, behind, opens)


def hold(page, press):
    """Press 60 times in a second, back and forth on a shorter slider, and return (pictures, ms) as `Row` has them."""
    press("Home")
    page.wait_for_timeout(1000)
    stops = page.evaluate(
        """() => {
          const { min, max, step } = document.activeElement.shadowRoot?.activeElement ?? {};
          return max ? Math.round((max - min) / step) : 1000; // ipywidgets' slider, which does not say
        }"""
    )
    keys = [("ArrowRight", "ArrowLeft")[i // stops % 2] for i in range(PRESSES)]
    page.evaluate("watch.pictures = 0")
    began = time.perf_counter()
    for i, key in enumerate(keys):
        page.keyboard.press(key)
        time.sleep(max(0, began + (i + 1) / 60 - time.perf_counter()))
    page.wait_for_timeout(3000)
    return page.evaluate("[watch.pictures, Math.max(0, watch.painted - watch.pressed)]")


def check_last_picture(page, name):
    """Raise AssertionError where the sentence in the page is not that of the values that its controls stand at."""
    host, twin = page.locator("[data-lm-suppress-shortcuts]"), getattr(explorers, name)()
    twin.set(**browser.values(host, twin))
    status = host.locator(".status").text_content()
    assert status == twin.describe(), f"the page says {status!r}, right is {twin.describe()!r}"


def kernel_process():
    """Return the one kernel that runs below this process."""
    (kernel,) = [
        each
        for each in psutil.Process().children(recursive=True)
        if each.status() != psutil.STATUS_ZOMBIE and "ipykernel_launcher" in " ".join(each.cmdline())
    ]
    return kernel


def seconds_to_last_explorer(page, url, number):
    """Return the time from "Run all" until the picture of the last explorer stands in the page."""
    browser.open_notebook(page, url)
    return page.evaluate(
        """async (number) => {
          const began = performance.now(), { content } = window.jupyterapp.shell.currentWidget;
          const cell = content.widgets[number];
          window.jupyterapp.commands.execute("notebook:run-all-cells");
          const frame = () => new Promise(requestAnimationFrame);
          const shown = () => cell.node.querySelector("[data-lm-suppress-shortcuts]")?.shadowRoot?.querySelector("svg");
          while (!cell.model.outputs.length) await frame();
          await content.scrollToItem(number);
          while (!shown()) await frame();
          await frame();
          return (performance.now() - began) / 1000;
        }""",
        number,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("only", nargs="*", help="only these explorers, such as logit_table")
    only = parser.parse_args().only
    if not browser.chromium():
        sys.exit(
            "make bench needs Chromium: `apt install chromium`, `brew install chromium`, or set CHROMIUM to its path."
        )
    if not EXTRA.exists():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", EXTRA]
        subprocess.run([*pip, "-r", ROOT / "bench" / "requirements.txt"], check=True)
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(ROOT / "bench"), str(EXTRA)])
    os.environ["JUPYTER_PATH"] = str(EXTRA / "share" / "jupyter")
    controls = {name: getattr(explorers, name)().controls.values() for name in EXPLORERS}
    sliding = [name for name in EXPLORERS if any("Slider" in type(each).__name__ for each in controls[name])]
    names = [name for name in sliding if name in only] or sliding
    ways = [(FLOOR, "logit_table", Way.usual("floor('logit_table')", DOM))]
    ways += [("two linked", "logit_table", Way.linked("logit_table"))]
    ways += [] if only else [(title, "logit_table", way) for title, way in ELSEWHERE.items()]
    for name in names:
        ways += [("ours", name, Way.ours(name)), *((title, name, make(name)) for title, make in OTHERS.items())]
    rows = {}
    with tempfile.TemporaryDirectory() as folder, browser.browser() as chrome:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("")])
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, pathlib.Path(folder) / "way.ipynb")
        for i, (title, name, way) in enumerate(ways, start=1):
            with browser.server(folder=folder) as url:  # a server each, so that no kernel of another way runs beside
                page = chrome.new_page(viewport={"width": 1280, "height": 900})
                whole = title == "ours" or name == "logit_table"
                rows[title, name] = row = measure(page, f"{url}way.ipynb", way, name, whole)
                print(
                    f"[{i}/{len(ways)}] {title}, {name}: step {row.step:.0f} ms, jump {row.jump:.0f} ms",
                    file=sys.stderr,
                )
                page.close()
        report(rows, names)
        if not only:
            report_notebooks(chrome)


def report(rows, names):
    floor = rows[FLOOR, "logit_table"]
    print(
        "| way | step, ms | of the floor | jump, ms | of the floor | kernel, ms | bytes | pictures of 60 presses "
        f"| last after, ms | opens, ms |\n|---|{'---:|' * 9}"
    )
    for (title, name), row in rows.items():
        if title == "ours" or name == "logit_table":
            print(
                f"| {f'**{name}**' if title == 'ours' else title} | {row.step:.0f} | {row.step / floor.step:.2f} "
                f"| {row.jump:.0f} | {row.jump / floor.jump:.2f} | {row.kernel:.0f} | {row.size:.0f} | {row.pictures} "
                f"| {row.behind:.0f} | {row.opens:.0f} |"
            )
    print(f"\n| the same picture by | {' | '.join(OTHERS)} |\n|---|{'---:|' * len(OTHERS)}")
    for name in names:
        ours = rows["ours", name]
        steps = [rows[title, name].step for title in OTHERS]
        cells = [
            f"{step:.0f} ms: {step / ours.step:.1f} × our step, {step / ours.jump:.1f} × our jump" for step in steps
        ]
        print(f"| {name} | {' | '.join(cells)} |")


def report_notebooks(chrome):
    print('\n| notebook | from "Run all" to the last explorer, s |\n|---|---:|')
    for path in sorted(browser.NOTEBOOKS.glob("*.ipynb")):
        if calls := browser.explorer_calls(path):
            with browser.server() as url:
                page = chrome.new_page(viewport={"width": 1280, "height": 900})
                print(f"| {path.stem} | {seconds_to_last_explorer(page, url + path.name, max(calls)):.1f} |")
                page.close()


if __name__ == "__main__":
    main()

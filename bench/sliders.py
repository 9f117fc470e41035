"""Time every explorer, from the key press to the painted picture, beside one line of HTML: `make bench`.

Everything is measured in a real JupyterLab in headless Chromium, in one run, and printed as Markdown tables.
"""

import argparse
import contextlib
import pathlib
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass

import psutil
from playwright.sync_api import TimeoutError as NothingMoved

from helpers import explorers
from helpers.explorers import EXPLORERS
from pages.sources import explorer_calls
from tools import browser

START = {"dim_view": {"source": "randn"}}  # where the first slider moves something
STEPS, JUMPS, PRESSES, MOVES = 24, 24, 60, 60
QUIET_MS = 300  # a picture of several panels may come in pieces; it is whole when for so long no piece has come
HANDLE = ".noUi-handle, input[type=range]"
TRACK = ".noUi-target, input[type=range]"
PICTURE = "root => root.querySelectorAll('[data-lm-suppress-shortcuts]')[{}].shadowRoot.querySelector('.panels')"


@dataclass(frozen=True)
class Way:
    """One way to move a picture: the cell that shows it, and where in the page the picture and its slider are."""

    cell: str
    picture: str
    slider: int = 0  # its place among those in the page
    stops: int = MOVES  # of the slider, as far as a drag of so many moves can reach them


def one(name):
    """The first slider that has a stop for each move of a drag, or else the longest."""
    explorer = getattr(explorers, name)().at(**START.get(name, {}))
    pages = {each: kind.page() for each, kind in explorer.kinds.items()}
    idle = explorer.idle(explorer.values)
    stops = [
        0 if each in idle else round((page["max"] - page["min"]) / page["step"])
        for each, page in pages.items()
        if page["kind"] == "range"
    ]
    most = min(MOVES, max(stops))
    cell = f"from helpers.explorers import {name}\n{name}().at(**{START.get(name, {})})"
    return Way(cell, PICTURE.format(0), next(i for i, each in enumerate(stops) if each >= most), most)


def two_linked(name):
    """Two explorers, the first control of one tied to the other's, whose picture is watched."""
    cell = f"""from helpers.explorers import {name}
from ipywidgets import HBox, jslink
a, b = {name}(), {name}()
jslink(*((each, next(iter(a.controls))) for each in (a, b)))
HBox([a, b])"""
    return Way(cell, PICTURE.format(1))


FLOOR = Way(
    """from ipywidgets import HTML, FloatSlider, VBox
slider, line = FloatSlider(min=-10, max=10, step=0.01), HTML()
slider.observe(lambda change: setattr(line, "value", f"The value is {change['new']}."), "value")
VBox([slider, line])""",
    "root => root",
)

# The clock starts at the key press or the pointer's move; it stops behind the frame in which the whole picture is new.
WATCH = """(find) => {
  const root = document.querySelector(".jp-OutputArea"), picture = eval(find)(root);
  const watch = (window.watch = { pressed: 0, painted: 0, pictures: 0 });
  for (const kind of ["keydown", "pointermove"]) {
    window.addEventListener(kind, (event) => (watch.pressed = event.timeStamp), true);
  }
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
  const slider = (node) => (node.closest ? node : node.parentElement)?.closest(".widget-slider");
  const seen = (records) => records.every((record) => slider(record.target)) || changed();
  const all = { subtree: true, childList: true, characterData: true, attributes: true };
  new MutationObserver(seen).observe(picture, all);
}"""


OPEN = """async () => {
  const host = () => document.querySelector("[data-lm-suppress-shortcuts]"), old = host(), began = performance.now();
  window.jupyterapp.commands.execute("notebook:run-all-cells");
  while (!host()?.shadowRoot?.querySelector("svg") || host() === old) await new Promise(requestAnimationFrame);
  return performance.now() - began;
}"""


@dataclass(frozen=True)
class Row:
    """What one way takes; times are medians in ms.

    Of `held`, `dragged` and `again`: how many pictures were painted, and how long after the last move the last one.
    """

    step: float
    kernel: float  # the kernel's time a step
    size: float  # what the kernel sent, in bytes a step
    jump: float
    held: tuple[int, float]  # a key
    dragged: tuple[int, float]  # over the whole slider
    again: tuple[int, float]  # a second such drag
    opens: float  # from "Run" to the first picture of a view


def measure(page, url, way, name):
    """Return the `Row` of one way to move a picture; `name` is its explorer, or empty where it has none."""
    sent = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda payload: sent.append(len(payload))))
    browser.open_notebook(page, url)
    page.evaluate(
        "cell => window.jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.setSource(cell)", way.cell
    )
    browser.run_all(page)
    handle = page.locator(HANDLE).nth(way.slider)
    handle.wait_for()
    page.wait_for_timeout(1500)
    page.evaluate(WATCH, way.picture)
    handle.focus()
    page.wait_for_timeout(1000)
    kernel = kernel_process()
    track = page.locator(TRACK).nth(way.slider)
    dragged, again = drag(page, track), drag(page, track)

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
    step = median("ArrowRight", STEPS)
    kernel_ms, size = (sum(kernel.cpu_times()[:2]) - busy) * 1000 / STEPS, sum(sent) / STEPS
    jumps = []
    for start in range(0, 3 * 8, 8):  # a grid of its own each time, for a way that remembers the pictures it has shown
        press("Home")
        for _ in range(start):
            page.keyboard.press("ArrowRight")
        page.wait_for_timeout(500)
        jumps += [press("PageUp") for _ in range(JUMPS // 3)]
    jump = statistics.median(ms for ms in jumps if ms is not None)
    held = hold(page, press)
    opens = float("nan")
    if name:
        check_last_picture(page, name)
        opens = statistics.median(page.evaluate(OPEN) for _ in range(8))
    return Row(step, kernel_ms, size, jump, held, dragged, again, opens)


def drag(page, track):
    """Drag the slider from end to end by 60 moves in a second; return (pictures, ms) as `Row` has them."""
    box = track.bounding_box()
    left, across, middle = box["x"] + 8, box["width"] - 16, box["y"] + box["height"] / 2
    page.keyboard.press("Home")  # ipywidgets' slider takes up its handle alone, ours any place of its track
    page.wait_for_timeout(500)
    page.mouse.move(left, middle)
    page.mouse.down()
    page.wait_for_timeout(3000)  # a hand rests too before it moves
    page.evaluate("watch.pictures = 0")
    began = time.perf_counter()
    for i in range(1, MOVES + 1):
        page.mouse.move(left + across * i / MOVES, middle)
        time.sleep(max(0, began + i / 60 - time.perf_counter()))
    page.wait_for_timeout(1500)
    page.mouse.up()
    page.wait_for_timeout(500)
    return page.evaluate("[watch.pictures, Math.max(0, watch.painted - watch.pressed)]")


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
    controls = {name: getattr(explorers, name)().controls.values() for name in EXPLORERS}
    sliding = [name for name in EXPLORERS if any("Slider" in type(each).__name__ for each in controls[name])]
    ways = [("floor: one line of HTML", FLOOR, ""), ("two linked", two_linked("logit_table"), "")]
    ways += [(f"**{name}**", one(name), name) for name in sliding if name in (only or sliding)]
    rows = {}
    with tempfile.TemporaryDirectory() as folder, browser.browser() as chrome:
        browser.write_notebook(pathlib.Path(folder) / "way.ipynb", "")
        for i, (title, way, name) in enumerate(ways, start=1):
            with browser.server(folder=folder) as url:  # a server each, so that no kernel of another way runs beside
                page = chrome.new_page(viewport={"width": 1280, "height": 900})
                rows[title] = row = measure(page, f"{url}way.ipynb", way, name)
                said = f"{title}: step {row.step:.0f} ms, jump {row.jump:.0f} ms, drag {row.dragged[0]} of {way.stops}"
                print(f"[{i}/{len(ways)}] {said}", file=sys.stderr)
                page.close()
        report(rows, {title: way.stops for title, way, _ in ways})
        if not only:
            report_notebooks(chrome)


def report(rows, stops):
    floor, *_ = rows.values()
    print(
        "| way | step, ms | of the floor | jump, ms | of the floor | kernel, ms | bytes | 60 presses | drag "
        f"| drag again | opens, ms |\n|---|{'---:|' * 10}"
    )
    for title, row in rows.items():
        moved = ((*row.held, PRESSES), (*row.dragged, stops[title]), (*row.again, stops[title]))
        painted = " | ".join(f"{n} of {most}, {behind:.0f} ms" for n, behind, most in moved)
        print(
            f"| {title} | {row.step:.0f} | {row.step / floor.step:.2f} | {row.jump:.0f} | {row.jump / floor.jump:.2f} "
            f"| {row.kernel:.0f} | {row.size:.0f} | {painted} | {row.opens:.0f} |"
        )


def report_notebooks(chrome):
    print('\n| notebook | from "Run all" to the last explorer, s |\n|---|---:|')
    for path in sorted(browser.NOTEBOOKS.glob("*.ipynb")):
        if calls := explorer_calls(path):
            with browser.server() as url:
                page = chrome.new_page(viewport={"width": 1280, "height": 900})
                print(f"| {path.stem} | {seconds_to_last_explorer(page, url + path.name, max(calls)):.1f} |")
                page.close()


if __name__ == "__main__":
    main()

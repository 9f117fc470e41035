"""Measure site/ as a phone's browser has it from a local server, and print the tables of docs/benchmarks.md."""

import functools
import gzip
import pathlib
import statistics
import urllib.parse

from tools import browser, serving

SITE = pathlib.Path(__file__).parents[1] / "site"
PHONE = {"width": 390, "height": 844}
SLOWED = 4  # how many times as slow as this machine a phone's processor is
READABLE = "() => performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
ALIVE = """() => {
  const first = document.querySelector(".explorer");
  first.scrollIntoView();
  return first.querySelector(":scope > div")?.shadowRoot ? performance.now() : 0;
}"""
LOAD = """async (url) => {
  const { load } = await import("./_static/table.js");
  const start = performance.now();
  window.kept = await load(url);
  return [performance.now() - start, kept.values[0].length];
}"""
# The first slider with a stop for each of sixty moves, or else the one that has most.
SLIDER = """
  const stops = (each) => (each.max - each.min) / each.step + 1;
  const sliders = [...host.shadowRoot.querySelectorAll("input[type=range]:enabled")];
  const slider = sliders.find((each) => stops(each) >= 60) ?? sliders.sort((a, b) => stops(b) - stops(a))[0];
"""
# The time of one step of a slider: another setting is found, its picture written and laid out.
STEPS = """(host) => {SLIDER
  return Array.from({ length: 20 }, (_, k) => {
    const start = performance.now();
    slider.value = Number(slider.min) + ((k + 1) / 21) * (slider.max - slider.min);
    slider.dispatchEvent(new Event("input"));
    host.getBoundingClientRect();
    return performance.now() - start;
  });
}"""


# A drag on a phone: sixty moves over the whole slider, one a frame, by a processor that is four times as slow. Gives
# how many pictures were painted, at how many places, and the ms that a frame took: 16.7 is as fast as the screen.
DRAG = """async (host) => {SLIDER
  const frame = () => new Promise(requestAnimationFrame);
  let changed = false, pictures = 0;
  const observer = new MutationObserver(() => changed = true);
  const all = { subtree: true, childList: true, characterData: true, attributes: true };
  observer.observe(host.shadowRoot.querySelector(".panels"), all);
  const low = Number(slider.min), span = slider.max - slider.min, stood = new Set();
  await frame();
  const start = await frame();
  let end = start;
  for (let k = 0; k < 60; k++) {
    changed = false;
    slider.value = low + (k / 59) * span;
    stood.add(slider.value);
    slider.dispatchEvent(new Event("input"));
    end = await frame();
    pictures += changed;
  }
  observer.disconnect();
  return [pictures, stood.size, (end - start) / 60];
}"""


@functools.cache
def sent(path):
    """Return the bytes of a file as most servers send it."""
    content = path.read_bytes()
    return len(content) if path.suffix in (".table", ".png", ".woff2") else len(gzip.compress(content, 6))


def worked(session):
    """Return the ms that the page's own thread has worked, slowed as it is: other programs do not count in it."""
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    metrics = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    return 1e3 * metrics["TaskDuration"]


def heap(session):
    """Return the MB that the page's scripts hold."""
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")
    return (used["usedSize"] + used["backingStorageSize"]) / 1e6


def measure(chrome, address):
    pages, explorers = [], {}
    for path in sorted([*SITE.glob("*.html"), *SITE.glob("teaching/*.html")]):
        page = chrome.new_page(viewport=PHONE)
        asked = []
        page.on("request", lambda request, asked=asked: asked.append(urllib.parse.urlsplit(request.url).path))
        page.goto(f"{address}/{path.relative_to(SITE).as_posix()}")
        at_once = sum(sent(SITE / each.lstrip("/")) for each in dict.fromkeys(asked) if not each.startswith("data"))
        times = [page.evaluate(READABLE)]
        frames = page.locator(".explorer").all()
        if frames:
            times.append(page.wait_for_function(ALIVE).json_value())
        pages.append((path.relative_to(SITE).with_suffix("").as_posix(), sent(path), at_once, *times))
        for frame in frames:
            frame.scroll_into_view_if_needed()
            frame.locator(".status").wait_for()
            url = frame.get_attribute("data-table")
            session = page.context.new_cdp_session(page)
            moved = None  # as in the detective, which has boxes to type into
            if frame.locator("input[type=range]:enabled").count():
                steps = frame.locator("> div").evaluate(STEPS.replace("SLIDER", SLIDER))
                session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
                before = worked(session)
                drag = frame.locator("> div").evaluate(DRAG.replace("SLIDER", SLIDER))
                moved = (statistics.median(steps), *drag, (worked(session) - before) / 60)
                session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
            before = heap(session)
            seconds, states = page.evaluate(LOAD, url)
            name = frame.locator(".controls").get_attribute("aria-label")
            sizes = len(gzip.decompress((SITE / url).read_bytes())) / 1e6, sent(SITE / url) / 1e6
            times = seconds, heap(session) - before
            explorers.setdefault(url, (path.stem[:2], name, states, *sizes, *times, moved))
            page.evaluate("delete window.kept")
        page.close()
    return pages, explorers.values()


def main():
    with serving.files(SITE) as address, browser.browser() as chrome:
        pages, explorers = measure(chrome, address)
    print(
        "| page | its HTML, kB | with all it loads at once, kB | readable, s | first explorer alive, s |\n"
        "|---|---:|---:|---:|---:|"
    )
    for name, own, at_once, readable, *alive in pages:
        print(
            f"| {name} | {own / 1e3:.0f} | {at_once / 1e3:.0f} | {readable / 1e3:.2f} "
            f"| {''.join(f'{each / 1e3:.2f}' for each in alive)} |"
        )
    print(
        "\n| lesson | explorer | settings | MB | gzipped, MB | load, ms | heap, MB | step, ms "
        "| drag: pictures of moves | a frame, ms | its work, ms |\n"
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    )
    for lesson, name, states, raw, packed, load, held, moved in explorers:
        drag = "– | – | – | –" if moved is None else "{:.1f} | {} of {} | {:.1f} | {:.1f}".format(*moved)
        print(f"| {lesson} | {name} | {states:,} | {raw:.1f} | {packed:.2f} | {load:.0f} | {held:.0f} | {drag} |")


if __name__ == "__main__":
    main()

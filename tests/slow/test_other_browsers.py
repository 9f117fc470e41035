"""The site in Chromium, Firefox and WebKit, and JupyterLab: a hand does the same, and sees what Python says."""

import contextlib
import time

import pytest
from bs4 import BeautifulSoup
from selenium.common.exceptions import WebDriverException

from helpers.exercises import EXERCISES
from helpers.explorers import logit_table
from pages import exercises
from tests.slow.conftest import shared
from tools import browser, serving, webdriver

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore:setting remote_server_addr:DeprecationWarning"),  # of selenium by itself
]
LESSON = "01_logit_table"
NARROW = 500, 844  # no window of Chromium is narrower
NLL = [key for key, each in EXERCISES.items() if key[:2] == "01" and each.asks == "number"].index("01.nll")
LINKED = """
from IPython.display import display
from ipywidgets import jslink
from helpers.explorers import logit_table
a, b = logit_table(), logit_table()
jslink((a, "temperature"), (b, "temperature"))
display(a, b)
"""


def opened(name):
    if not all(webdriver.programs()[name]):
        pytest.skip(f"no {name} found that can be driven: .ci/run names the packages")
    return webdriver.opened(name)


class Explorer:
    """An explorer in a page, by its place there, and its twin on this side."""

    def __init__(self, page, place=0):
        self.page, self.twin = page, logit_table()
        self.host = f"document.querySelectorAll('[data-lm-suppress-shortcuts]')[{place}]"

    def inside(self, selector):
        return f"{self.host}.shadowRoot.querySelector('{selector}')"

    def settle(self):
        """Return where the controls stand, once the sentence is the one that Python has for it."""
        shown = f"[({browser.VALUES})({self.host}), {self.inside('.status')}.textContent]"

        def said():
            values, text = self.page.run(shown)
            self.twin.set(**browser.named(values, self.twin))
            return text == self.twin.describe()

        until(said)
        return self.twin.values

    def reset(self):
        self.page.click(middle(self.page, self.inside(".buttons button")))
        start = logit_table().values
        until(lambda: self.settle() == start)

    def focus(self, name):
        self.page.run(f"void {self.inside(f'#control-{list(self.twin.controls).index(name)}')}.focus()")

    def drag_to_its_end(self, name, by):
        slider = self.inside(f"#control-{list(self.twin.controls).index(name)}")
        x, y = middle(self.page, slider)
        share, width = self.page.run(f"((e) => [(e.value - e.min) / (e.max - e.min), e.offsetWidth - 16])({slider})")
        self.page.drag((x + (share - 0.5) * width, y), (x + 0.5 * width, y), by=by)


def until(condition):
    end = time.monotonic() + 60  # a busy machine is slow
    while not condition():
        assert time.monotonic() < end, condition
        time.sleep(0.02)


def middle(page, element):
    """Bring an element into sight, and return the pixel in its middle, once it has stood still for five frames.

    But for one pixel, by which WebKit goes to and fro where the middle of the screen is half a pixel off.
    """
    return page.run(
        f"""(async (element) => {{
          let [still, now, before] = [0];
          while (still < 5) {{
            element.scrollIntoView({{ block: "center", behavior: "instant" }});
            const {{ x, y, width, height }} = element.getBoundingClientRect();
            [now, before] = [[x + width / 2, y + height / 2], now];
            still = before && Math.hypot(now[0] - before[0], now[1] - before[1]) <= 1 ? still + 1 : 0;
            await new Promise(requestAnimationFrame);
          }}
          return now;
        }})({element})"""
    )


@pytest.fixture(scope="module")
def address(site):
    """The site, in a folder of its server's, as it is on GitHub's."""
    with serving.files(site.parent) as address:
        yield f"{address}/{site.name}"


@pytest.fixture(scope="module", params=["chromium", "firefox", "webkit"])
def pages(request, address):
    @contextlib.contextmanager
    def lesson():
        with opened(request.param) as page:
            page.name = request.param
            page.size(*NARROW)
            page.go(f"{address}/{LESSON}.html")
            until(lambda: page.run("document.readyState") == "complete")  # an exercise listens from then on
            yield page

    with shared(lesson) as page:
        yield page


@pytest.fixture
def page(request, pages):
    return pages(request)


@pytest.fixture
def explorer(page):
    explorer = Explorer(page)
    middle(page, "document.querySelector('.explorer')")
    until(lambda: page.run(f"!!{explorer.host}"))
    explorer.reset()
    return explorer


def test_it_moves_by_key(explorer):
    explorer.focus("cat")
    before = explorer.settle()["cat"]
    explorer.page.press("ArrowRight", "ArrowRight")
    assert explorer.settle()["cat"] > before
    explorer.page.press("PageUp")
    assert explorer.settle()["cat"] > before + 1


@pytest.mark.parametrize("by", ["mouse", "touch"])
def test_it_moves_by_drag(explorer, by):
    explorer.drag_to_its_end("cow", by)
    assert explorer.settle()["cow"] == explorer.twin.controls["cow"].max


def test_a_number_is_typed(explorer):
    page = explorer.page
    x, y = middle(page, explorer.inside(".control input[type=text]"))
    page.click((x, y))
    page.run(f"void {explorer.inside('.control input[type=text]')}.select()")
    page.press(*"10", "Enter")  # which the small table has, too
    assert explorer.settle()["cat"] == 10


@pytest.mark.parametrize("answer", ["a", "b", 4.4197, 0.012038])
def test_an_exercise_answers(page, answer):
    if isinstance(answer, str):
        exercise, box = EXERCISES["01.third"], f"document.querySelector('[name=\"01.third\"][value={answer}]')"
        page.click(middle(page, box))
        page.click(middle(page, f"{box}.form.querySelector('button')"))
    else:
        exercise, box = EXERCISES["01.nll"], f"[...document.querySelectorAll('.exercise form [type=text]')][{NLL}]"
        page.click(middle(page, box))
        page.run(f"void {box}.select()")
        page.press(*str(answer), "Enter")
    told = BeautifulSoup(exercises.shown(exercise, answer), "html.parser").text
    until(lambda: page.run(f"{box}.closest('.exercise').querySelector('.reply').textContent") == told)


def test_it_fills_the_screen_and_comes_back(explorer):
    page = explorer.page
    page.click(middle(page, explorer.inside(".buttons button:last-child")))
    until(lambda: page.run(f"document.fullscreenElement === {explorer.host}"))
    explorer.focus("cat")
    page.press("ArrowRight")
    explorer.settle()
    page.press("Escape")
    until(lambda: page.run("document.fullscreenElement === null"))


def test_a_host_that_goes_by_the_content_shows_it(explorer):
    """Panel does, and an element whose size does not depend on what is in it had no width there."""
    width = f"(({{ style }}) => [style.width = 'max-content', {explorer.host}.offsetWidth, style.width = ''][1])"
    assert explorer.page.run(f"{width}({explorer.host}.parentElement)") >= 280


def test_what_is_wider_than_the_page_scrolls_by_key(page):
    wide = "[...document.querySelectorAll('article pre')].find((e) => e.scrollWidth > e.clientWidth)"
    page.run(f"void {wide}.focus()")

    def scrolled():
        page.press("ArrowRight")
        return page.run(f"{wide}.scrollLeft > 0")

    until(scrolled)  # WebKit now and then lets the first press pass


def test_it_prints(page):
    if page.name == "webkit":  # a person can, its driver cannot
        with pytest.raises(WebDriverException, match="Unknown command"):
            page.print()
    else:
        assert page.print().startswith(b"%PDF")


def test_what_is_missing_leads_to_the_front_page(page, address):
    page.go(f"{address}/no/such/page.html")
    link = "document.querySelector('article a[href*=index]')"
    page.click(middle(page, link))
    until(lambda: page.run("!!document.querySelector('.ways')"))
    page.go(f"{address}/{LESSON}.html")


@pytest.mark.parametrize("name", ["firefox", "webkit"])
def test_jupyterlab(tmp_path, name):
    browser.write_notebook(tmp_path / "linked.ipynb", LINKED)
    with opened(name) as page, browser.server(folder=tmp_path) as url:
        page.size(1280, 900)
        page.go(f"{url}linked.ipynb?reset&token={browser.TOKEN}")
        until(lambda: page.run(f"!!({browser.CONNECTED})()"))
        page.run('jupyterapp.commands.execute("notebook:run-all-cells").then(() => 0)')
        a, b = Explorer(page), Explorer(page, 1)
        until(lambda: page.run(f"!!{b.host}"))
        a.settle(), b.settle()
        a.focus("temperature")
        page.press("ArrowRight")
        moved = a.settle()["temperature"]
        assert moved > 1
        until(lambda: b.settle()["temperature"] == moved)
        b.drag_to_its_end("cat", "mouse")
        assert b.settle()["cat"] == b.twin.controls["cat"].max != a.settle()["cat"]
        a.reset()
        until(lambda: b.settle()["temperature"] == 1)

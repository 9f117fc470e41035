"""The explorers in a real JupyterLab and a real Notebook 7, moved by mouse and keyboard as a reader moves them.

What the page then shows must be what Python computes for the values that its controls stand at.
"""

import ast
import functools
import re

import nbformat
import pytest
from axe_playwright_python.base import AXE_FILE_PATH

from helpers import explorers
from helpers.explorers import EXPLORERS
from tools import browser, prose

pytestmark = [
    pytest.mark.skipif(not browser.chromium(), reason="no Chromium found: install one, or set CHROMIUM to its path"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
WIDE = {"width": 1280, "height": 900}
EXPLORER = ".jp-OutputArea-output [data-lm-suppress-shortcuts]"
AXE = AXE_FILE_PATH.read_text(encoding="utf-8")
NAMES = sorted(path.stem for path in browser.NOTEBOOKS.glob("*.ipynb"))
GALLERY = """
from IPython.display import display
from helpers import explorers
from helpers.explorers import EXPLORERS

for name in EXPLORERS:
    display(getattr(explorers, name)())
"""
BROKEN = """
from helpers.explorers import logit_table

explorer = logit_table()
facts = explorer._facts

def broken(cat, **others):
    if cat > 9:
        raise ArithmeticError("injected")
    return facts(cat, **others)

explorer._facts = broken
explorer
"""


def read(name):
    return nbformat.read(browser.NOTEBOOKS / f"{name}.ipynb", as_version=4)


class Shown:
    """One explorer in the page, and its twin on this side."""

    def __init__(self, page, place, twin):
        self.page, self.twin = page, twin
        self.host = page.locator(EXPLORER).nth(place)
        self.host.scroll_into_view_if_needed()
        self.sliders = self.host.locator("input[type=range]")
        self.status = self.host.locator(".status")
        self.error = self.host.locator(".error")

    def values(self):
        return browser.values(self.host, self.twin)

    def readouts(self):
        read = "e => e.nextElementSibling.value"
        return [each.evaluate(read) for each in self.sliders.all()]

    def settle(self):
        """Wait until sentence and picture are those that Python computes for the controls' values."""
        for _ in range(400):
            self.twin.set(**self.values())
            said, expected = self.said(), [self.twin.describe(), f"{self.twin.name}. {self.twin.describe()}", ""]
            if said == expected and not self.different():
                return
            self.page.wait_for_timeout(25)
        assert said == expected
        assert self.different() == []

    def said(self):
        """Return the sentence, the picture's label and the error, as the page has them."""
        return self.host.evaluate(
            """({shadowRoot: root}) => [root.querySelector(".status").textContent,
                 root.querySelector(".panels").getAttribute("aria-label"), root.querySelector(".error").textContent]"""
        )

    def different(self):
        """Return [name, shown, expected] of the artists that the page shows otherwise than the twin draws them."""
        markup = self.twin.picture.markup()
        expected = {name: markup[name] for name in self.twin.picture.artists}
        return self.host.evaluate(
            """(host, expected) => Object.keys(expected).flatMap((id) => {
                 const number = /(?<=["' ,])-?\\d+\\.\\d+(?=["' ,)]|$)/g; // a coordinate; words stand between > and <
                 const group = document.createElementNS("http://www.w3.org/2000/svg", "g");
                 group.innerHTML = expected[id];
                 const [a, b] = [group.innerHTML, host.shadowRoot.getElementById(id).innerHTML];
                 const [m, n] = [a, b].map((text) => (text.match(number) ?? []).map(Number));
                 // matplotlib's layout of a text varies by a thousandth of a pixel with what else was drawn before
                 const alike = a.replace(number, "") === b.replace(number, "") && m.every((each, i) => Math.abs(each - n[i]) < 0.01);
                 return alike ? [] : [[id, b, a]];
               })""",
            expected,
        )

    def drag(self, slider, share):
        """Drag a slider's knob with the mouse to a share of its length."""
        self.host.evaluate("host => host.scrollIntoView({block: 'center'})")
        low, high, value = slider.evaluate("e => [Number(e.min), Number(e.max), e.valueAsNumber]")
        box = slider.bounding_box()
        knob = box["height"] * 0.55
        x = [box["x"] + knob / 2 + (box["width"] - knob) * part for part in ((value - low) / (high - low), share)]
        y = box["y"] + box["height"] / 2
        self.page.mouse.move(x[0], y)
        self.page.mouse.down()
        self.page.mouse.move(x[1], y, steps=8)
        self.page.mouse.up()

    def focused(self):
        return self.host.evaluate("host => host.shadowRoot.activeElement?.id")

    def outline(self):
        """Return the style and the width in pixels of the ring around what has the focus."""
        read = "h => { const s = getComputedStyle(h.shadowRoot.activeElement); return [s.outlineStyle, parseFloat(s.outlineWidth)]; }"
        return self.host.evaluate(read)

    def violations(self):
        return violations(self.page, self.host.element_handles())


def violations(page, hosts):
    """Return what axe-core finds wrong inside the explorers' hosts."""
    page.evaluate(f"() => {{ if (!window.axe) {{ const define = undefined, module = undefined; {AXE} }} }}")
    found = page.evaluate("hosts => axe.run({include: hosts}, {resultTypes: ['violations']})", hosts)["violations"]
    return [(each["id"], node["target"], node["failureSummary"]) for each in found for node in each["nodes"]]


def try_out(shown):
    """Move one explorer as a reader does: drag the first slider, move another by keyboard, reset."""
    twin, first = shown.twin, shown.sliders.nth(0)
    shown.settle()
    default, readouts = shown.status.text_content(), shown.readouts()

    name = list(twin.controls)[int(first.get_attribute("id").removeprefix("control-"))]
    at, value = first.evaluate("e => (e.valueAsNumber - e.min) / (e.max - e.min)"), shown.values()[name]
    shown.drag(first, 0.2 if at > 0.5 else 0.8)
    assert shown.values()[name] != value
    shown.settle()
    assert shown.status.text_content() != default and shown.readouts()[0] != readouts[0]

    for _ in range(2 * len(twin.controls)):  # by keyboard alone to the next slider, if there is one
        shown.page.keyboard.press("Tab")
        if shown.host.evaluate("host => host.shadowRoot.activeElement?.type") == "range":
            break
    else:
        first.focus()
    name = list(twin.controls)[int(shown.focused().removeprefix("control-"))]
    assert shown.outline()[1] >= 2
    for back, on in (("ArrowLeft", "ArrowRight"), ("ArrowDown", "ArrowUp")):
        value = shown.values()[name]
        key = (
            back
            if shown.host.evaluate(
                "({shadowRoot: {activeElement: e}}) => e.valueAsNumber - e.min >= (e.max - e.min) / 2"
            )
            else on
        )
        for _ in range(3):
            shown.page.keyboard.press(key)
        assert shown.values()[name] != value
    shown.settle()

    shown.host.get_by_role("button", name="Reset").click()
    shown.page.wait_for_function("([p, text]) => p.textContent == text", arg=[shown.status.element_handle(), default])
    shown.settle()
    assert shown.readouts() == readouts
    assert shown.violations() == []


@pytest.fixture(scope="module")
def chrome():
    with browser.browser() as chrome:
        yield chrome


@pytest.fixture(scope="module")
def lab():
    with browser.server() as url:
        yield url


@pytest.fixture
def page(chrome):
    page = chrome.new_page(viewport=WIDE)
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    yield page
    page.close()


def run(page, url):
    """Run a notebook, and bring each explorer into sight: Jupyter draws a cell when it gets there."""
    browser.open_notebook(page, url)
    browser.run_all(page)
    page.evaluate(
        """async () => {
          const { content } = jupyterapp.shell.currentWidget;
          for (const [number, { model, node }] of content.widgets.entries()) {
            if (model.outputs?.toJSON().some(({ data }) => data?.["application/vnd.jupyter.widget-view+json"])) {
              await content.scrollToItem(number);
              while (!node.querySelector("[data-lm-suppress-shortcuts]")) await new Promise(requestAnimationFrame);
            }
          }
        }"""
    )


def walk(page, url, name):
    calls = list(browser.explorer_calls(browser.NOTEBOOKS / f"{name}.ipynb").values())
    named = {each.id for call in calls for each in ast.walk(ast.parse(call)) if isinstance(each, ast.Name)} - set(
        EXPLORERS
    )
    names = prose.run(read(name)) if named else {each: getattr(explorers, each) for each in EXPLORERS}
    run(page, f"{url}{name}.ipynb")
    for place, call in enumerate(calls):
        try_out(Shown(page, place, eval(call, names)))
    assert page.locator(EXPLORER).count() == len(calls)
    outputs = "jupyterapp.shell.currentWidget.content.widgets.flatMap(({ model }) => model.outputs?.toJSON() ?? [])"
    for output in page.evaluate(outputs):
        assert output["output_type"] != "error" and output.get("name") != "stderr", output


@pytest.mark.parametrize("name", NAMES)
def test_jupyterlab(page, lab, name):
    walk(page, lab, name)
    assert page.faults == []


def test_notebook_7(page):
    with browser.server("notebook") as url:
        walk(page, url, "01_logit_table")


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    """The address of a folder with two notebooks: all explorers, and one that breaks where the logit of cat is above 9."""
    folder = tmp_path_factory.mktemp("scratch")
    for name, code in (("gallery", GALLERY), ("broken", BROKEN)):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, folder / f"{name}.ipynb")
    with browser.server(folder=folder) as url:
        yield url


@pytest.fixture(scope="module")
def gallery(chrome, scratch):
    """A page that shows every explorer at its defaults."""
    page = chrome.new_page(viewport=WIDE)
    run(page, f"{scratch}gallery.ipynb")
    page.wait_for_function(
        "([hosts, count]) => document.querySelectorAll(hosts).length == count", arg=[EXPLORER, len(EXPLORERS)]
    )
    yield page
    page.close()


@functools.cache
def twin(name):
    """Return the explorer with which the page's is compared; `settle` sets it."""
    return getattr(explorers, name)()


class TestEveryExplorer:
    """One page with all explorers, by keyboard alone, on a phone and in the dark theme."""

    @pytest.mark.parametrize("name", EXPLORERS)
    def test_the_keyboard_reaches_and_moves_every_control(self, gallery, name):
        shown = Shown(gallery, EXPLORERS.index(name), twin(name))
        press, type_in = gallery.keyboard.press, gallery.keyboard.type
        shown.settle()
        start, sentence = shown.values(), shown.status.text_content()
        shown.host.locator("#control-0").focus()
        press("Tab")
        press("Shift+Tab")  # the first control is reached by a key, too
        for place, (control, made) in enumerate(shown.twin.controls.items()):
            assert shown.focused() == f"control-{place}"
            shown.settle()  # or a coupled control could still be about to follow
            before = shown.values()
            kind, typed = made.page()["kind"], "texts" not in made.page()
            assert shown.outline() == ["solid", 3]
            if kind == "checkbox":
                press("Space")
            else:
                upwards = made.to_page(before[control]) == made.page().get("min", 0)
                press({"range": ["ArrowLeft", "ArrowRight"], "select": ["ArrowUp", "ArrowDown"]}[kind][upwards])
            moved = shown.values()
            assert moved[control] != before[control]
            if kind == "range" and typed:
                press("Tab")
                assert "typed" in shown.host.evaluate("host => host.shadowRoot.activeElement.ariaLabel")
                assert shown.outline() == ["solid", 3]
                number = made.max if before[control] < made.max else made.min
                press("Control+a")
                type_in(str(number))
                press("Enter")
                assert shown.values()[control] == number
            press("Tab")
        assert shown.host.evaluate("host => host.shadowRoot.activeElement.textContent") == "Reset"
        assert shown.outline() == ["solid", 3]
        shown.settle()
        press("Enter")
        gallery.wait_for_function(
            "([status, text]) => status.textContent == text", arg=[shown.status.element_handle(), sentence]
        )
        shown.settle()
        assert shown.values() == start

    def test_what_changes_is_announced_and_the_picture_has_its_words(self, gallery):
        for place, name in enumerate(EXPLORERS):
            shown = Shown(gallery, place, twin(name))
            shown.settle()
            assert shown.status.get_attribute("aria-live") == shown.status.evaluate("e => e.ariaLive") == "polite"
            assert shown.status.get_attribute("role") == "status" and shown.error.get_attribute("role") == "alert"
            picture = shown.host.get_by_role("img", name=f"{shown.twin.name}. {shown.twin.describe()}", exact=True)
            assert picture.count() == 1
            hidden = "e => [...e.children].every(svg => svg.matches('svg[aria-hidden=true]'))"
            assert picture.evaluate(hidden), "the panels themselves are not read out number by number"

    @pytest.fixture
    def phone(self, gallery):
        gallery.set_viewport_size({"width": 390, "height": 1200})
        narrow = (
            "hosts => [...document.querySelectorAll(hosts)].every(e => e.getBoundingClientRect().right <= innerWidth)"
        )
        gallery.wait_for_function(narrow, arg=EXPLORER)
        yield gallery
        gallery.set_viewport_size(WIDE)
        gallery.wait_for_function("hosts => document.querySelector(hosts).clientWidth > 1000", arg=EXPLORER)

    def test_on_a_phone_nothing_scrolls_sideways(self, phone):
        for host in phone.locator(EXPLORER).all():
            beyond = """host => [...host.shadowRoot.querySelectorAll('*:not(svg *, option, style)')].filter(
                e => e.getBoundingClientRect().right > host.getBoundingClientRect().right + 1).map(e => e.outerHTML.slice(0, 99))"""
            assert host.evaluate(beyond) == []
        for area in phone.locator(".jp-OutputArea-output").all():
            scroll, client = area.evaluate("e => [e.scrollWidth, e.clientWidth]")
            assert scroll <= client
        assert smallest_text(phone) >= 7.5
        assert violations(phone, phone.locator(EXPLORER).element_handles()) == []

    def test_on_a_projector_the_text_in_the_pictures_is_ten_pixels_high_at_least(self, gallery):
        assert smallest_text(gallery) >= 10

    @pytest.fixture
    def dark(self, gallery):
        for theme, light in (("JupyterLab Dark", "false"), ("JupyterLab Light", "true")):
            gallery.evaluate("theme => jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
            gallery.wait_for_function("light => document.body.dataset.jpThemeLight == light", arg=light)
            if light == "false":
                yield gallery

    def test_dark_theme_has_contrast(self, dark):
        hosts = dark.locator(EXPLORER)
        look = "host => [host, host.shadowRoot.querySelector('.panels')].map(e => getComputedStyle(e)).map(s => [s.color, s.backgroundColor])"
        for host in hosts.all():
            (text, _), (_, paper) = host.evaluate(look)
            assert min(map(int, re.findall(r"\d+", text)[:3])) > 200, "light words on the dark page"
            assert paper == "rgb(255, 255, 255)", "dark words in the picture, on white"
        assert violations(dark, hosts.element_handles()) == []


def smallest_text(page):
    """Return the height in CSS pixels of the smallest font in the pictures."""
    return page.evaluate(
        """hosts => Math.min(...[...document.querySelectorAll(hosts)].flatMap(host => [...host.shadowRoot.querySelectorAll('svg text')])
             .filter(text => text.textContent.trim())
             .map(text => parseFloat(getComputedStyle(text).fontSize) * Math.hypot(text.getScreenCTM().a, text.getScreenCTM().b)))""",
        EXPLORER,
    )


@pytest.fixture(scope="module")
def opened(chrome, scratch):
    page = chrome.new_page(viewport=WIDE)
    run(page, f"{scratch}broken.ipynb")
    yield Shown(page, 0, explorers.logit_table())
    page.close()


class TestOneExplorer:
    @pytest.fixture
    def shown(self, opened):
        yield opened
        opened.host.get_by_role("button", name="Reset").click()
        opened.settle()

    def test_an_error_in_a_move_is_seen_and_the_next_good_value_recovers(self, shown):
        shown.settle()
        before = shown.status.text_content()
        shown.sliders.nth(0).focus()
        shown.page.keyboard.press("End")
        shown.error.filter(has_text="injected").wait_for()
        assert re.match(r"logit table at cat=10.0, .*: ArithmeticError: injected", shown.error.text_content())
        assert shown.status.text_content() == before and shown.different() == []
        shown.page.keyboard.press("Home")
        shown.settle()

    def test_after_a_storm_of_moves_the_last_value_stands(self, shown):
        shown.sliders.nth(0).focus()
        for _ in range(60):
            shown.page.keyboard.press("ArrowLeft")
        shown.settle()
        assert shown.values()["cat"] == 2.89

    def test_a_value_can_be_typed_and_one_out_of_range_becomes_the_nearest(self, shown):
        readout = shown.host.locator("input[type=number]").nth(0)
        for typed, value in (("-1.5", -1.5), ("-99", -10.0)):
            readout.press("Control+a")
            readout.press_sequentially(typed)
            readout.press("Enter")
            assert shown.values()["cat"] == value
            shown.settle()

    def test_an_answer_leaves_a_half_typed_number_alone(self, shown):
        readout = shown.host.locator("input[type=number]").nth(0)
        said = shown.status.text_content()
        shown.sliders.nth(0).press("PageUp")
        readout.press("Control+a")
        readout.press_sequentially("-7")
        shown.page.wait_for_function("([p, text]) => p.textContent != text", arg=[shown.status.element_handle(), said])
        assert readout.input_value() == "-7"
        readout.press("Enter")
        assert shown.values()["cat"] == -7
        shown.settle()

    def test_running_the_cell_again_closes_the_old_widget(self, shown):
        count = """async () => { const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
                   return Object.keys((await kernel.requestCommInfo({target_name: "jupyter.widget"})).content.comms).length; }"""
        before = shown.page.evaluate(count)
        for _ in range(3):
            shown.host.evaluate("host => host.dataset.run = 'before'")
            browser.run_all(shown.page)
            shown.page.wait_for_function(
                "hosts => [...document.querySelectorAll(hosts)].map(host => host.dataset.run).join() === ''",
                arg=EXPLORER,
            )
        shown.status.wait_for()
        shown.settle()
        assert shown.page.evaluate(count) == before

    def test_a_page_that_opens_later_shows_the_explorer_as_it_is(self, shown, scratch):
        shown.sliders.nth(0).focus()
        shown.page.keyboard.press("PageUp")
        shown.settle()
        value = shown.values()["cat"]
        shown.page.evaluate("() => jupyterapp.commands.execute('docmanager:save')")
        shown.page.goto(f"{scratch}broken.ipynb")
        again = Shown(shown.page, 0, shown.twin)
        again.status.wait_for()
        assert again.values()["cat"] == value
        again.settle()

"""The explorers in a real JupyterLab and a real Notebook 7, moved by mouse and keyboard as a reader moves them.

What the page then shows must be what Python computes for the values that its controls stand at.
"""

import contextlib
import functools
import itertools
import re
import shutil
import tempfile
import time

import pytest
from playwright.sync_api import expect

from helpers import explorers
from helpers.explorers import EXPLORERS
from tests.slow.conftest import shared, violations
from tools import browser

pytestmark = [
    pytest.mark.skipif(not browser.chromium(), reason="no Chromium found: install one, or set CHROMIUM to its path"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
expect.set_options(timeout=60_000)  # ms: a busy machine is slow
WIDE = {"width": 1280, "height": 900}
EXPLORER = ".jp-OutputArea-output [data-lm-suppress-shortcuts]"
GALLERY = """
from IPython.display import display
from helpers import explorers
from helpers.explorers import EXPLORERS
from helpers.live import ahead

ahead.RATE = 1_000  # bytes a second: next to nothing is made ahead, and the kernel itself answers each move
for name in EXPLORERS:
    display(getattr(explorers, name)())
"""
BROKEN = """
from helpers.explorers import logit_table

explorer = logit_table()
facts_of = explorer.facts_of

def broken(values):
    if values["cat"] > 9:
        raise ArithmeticError("injected")
    return facts_of(values)

explorer.facts_of = broken
explorer
"""

KINDS = """
from dataclasses import dataclass
from ipywidgets import *
from helpers.live import Explorer, LivePicture
from helpers.live.controls import Text as Typed

class Line(LivePicture):
    def __init__(self):
        super().__init__()
        self.line = self.moving("line", self.panel().plot([0, 1], [0, 1])[0])
    def update(self, facts):
        self.line.set_ydata([0, len(facts) / 100])

controls = dict(
    power=FloatLogSlider(value=1, min=-2, max=2, step=0.5), share=FloatSlider(max=1, step=0.05, readout_format=".0%"),
    number=BoundedFloatText(value=1, min=0, max=5, step=0.5), way=ToggleButtons(options=["up", "down"]),
    size=SelectionSlider(options=["S", "M", "L"]), on=Checkbox(), which=Dropdown(options=["a", "b"]),
    count=IntSlider(max=9),
    loss=Typed(value="2.3", pattern=r"[-−]?\\d+([.,]\\d+)?", wanted='a number such as "2.30"', placeholder="unknown"),
)
explorer = Explorer("kinds", controls=controls, facts=lambda **values: str(values), picture=Line, describe=str)
explorer
"""
OWN = 'row_loss([9.0, 1.0, -2.0], labels=["<unk>", "$a$", "猫"])'
COMPOSED = (
    """
from IPython.display import display
from ipywidgets import *
from helpers.explorers import logit_table
a, b = logit_table(), logit_table()
slider = FloatSlider(value=1, min=0.1, max=10, step=0.1)
jslink((a, "temperature"), (b, "temperature"))
jslink((slider, "value"), (a, "temperature"))
display(HBox([a, b]), slider)
""",
    f"from helpers.explorers import row_loss, threshold_units\nTab([VBox([a, {OWN}]), VBox([threshold_units()])])",
    "a",
    "pass  # where a test shows views of its own",
)


class Shown:
    """One explorer in the page, and its twin on this side."""

    def __init__(self, page, place, twin):
        self.page, self.twin = page, twin
        self.host = page.locator(EXPLORER).nth(place)
        self.host.scroll_into_view_if_needed()
        self.sliders = self.host.locator("input[type=range]:enabled")
        self.status = self.host.locator(".status")
        self.error = self.host.locator(".error")

    def values(self):
        return browser.values(self.host, self.twin)

    def readouts(self):
        read = "e => e.nextElementSibling.value"
        return [each.evaluate(read) for each in self.host.locator("input[type=range]").all()]

    def settle(self):
        """Wait until sentence and picture are those that Python computes for the controls' values."""
        end = time.monotonic() + 60  # a busy machine is slow
        while time.monotonic() < end:
            if (values := self.values()) != self.twin.values:
                self.twin.set(**values)
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
        shown = "Object.fromEntries([...host.shadowRoot.querySelectorAll('g[id]')].map((g) => [g.id, g.innerHTML]))"
        return self.host.evaluate(f"(host, expected) => ({browser.DIFFERENT})({shown}, expected)", expected)

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
        read = """h => { const s = getComputedStyle(h.shadowRoot.activeElement);
                          return [s.outlineStyle, parseFloat(s.outlineWidth)]; }"""
        return self.host.evaluate(read)


def try_out(shown):
    """Move one explorer as a reader does: drag the first slider, move the second by keyboard, reset."""
    shown.settle()
    default, readouts = shown.status.text_content(), shown.readouts()
    first, second = list(shown.twin.controls)[:2]
    at, value = shown.sliders.nth(0).evaluate("e => (e.valueAsNumber - e.min) / (e.max - e.min)"), shown.values()[first]
    shown.drag(shown.sliders.nth(0), 0.2 if at > 0.5 else 0.8)
    assert shown.values()[first] != value
    shown.settle()
    assert shown.status.text_content() != default and shown.readouts() != readouts

    for _ in range(2):  # over the box of the first number
        shown.page.keyboard.press("Tab")
    assert shown.focused() == "control-1" and shown.outline()[1] >= 2
    for back, on in (("ArrowLeft", "ArrowRight"), ("ArrowDown", "ArrowUp")):
        value = shown.values()[second]
        upper = "({shadowRoot: {activeElement: e}}) => e.valueAsNumber - e.min >= (e.max - e.min) / 2"
        key = back if shown.host.evaluate(upper) else on
        for _ in range(3):
            shown.page.keyboard.press(key)
        assert shown.values()[second] != value
    shown.settle()

    shown.host.get_by_role("button", name="Reset").click()
    expect(shown.status).to_have_text(default)
    shown.settle()
    assert shown.readouts() == readouts
    assert violations(shown.host) == []


def come_back(shown):
    """Move a fresh explorer back to where it began while the kernel can't answer: the page has all three pictures."""
    slider, said = shown.sliders.nth(0), [shown.status.text_content()]
    for key in ("ArrowRight", "PageDown", "ArrowLeft", "ArrowRight", "PageUp"):
        slider.press(key)
        shown.settle()
        said.append(shown.status.text_content())
    began, _, near, far, *_ = said
    shown.status.evaluate(LISTEN)
    with held(shown.page):
        for key in ("PageDown", "ArrowLeft", "PageUp"):
            slider.press(key)
        shown.settle()
    assert shown.page.evaluate("said") == [near, far, began]


@pytest.fixture(scope="module")
def chrome():
    with browser.browser() as chrome:
        yield chrome


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


def test_jupyterlab(page, lab):
    """Where a reader begins. Of every explorer the gallery has one, and `composed` one of a reader's own numbers."""
    run(page, f"{lab}00_start_here.ipynb")
    shown = Shown(page, 0, twin("logit_table"))
    come_back(shown)
    try_out(shown)
    outputs = "jupyterapp.shell.currentWidget.content.widgets.flatMap(({ model }) => model.outputs?.toJSON() ?? [])"
    for output in page.evaluate(outputs):
        assert output["output_type"] != "error" and output.get("name") != "stderr", output
    assert page.faults == []


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    """A folder of notebooks: two of the lessons, all explorers, one that breaks, all kinds of controls, linked ones."""
    folder = tmp_path_factory.mktemp("books")
    for name in ("00_start_here", "01_logit_table"):
        shutil.copy(browser.NOTEBOOKS / f"{name}.ipynb", folder)
    for name, *cells in (("gallery", GALLERY), ("broken", BROKEN), ("kinds", KINDS), ("composed", *COMPOSED)):
        browser.write_notebook(folder / f"{name}.ipynb", *cells)
    return folder


@pytest.fixture(scope="module")
def lab(books):
    with browser.server(folder=books) as url:
        yield url


@contextlib.contextmanager
def shown_notebook(chrome, url):
    """Give a page in which the notebook at `url` has been run."""
    page = chrome.new_page(viewport=WIDE)
    run(page, url)
    yield page
    page.close()


@pytest.fixture(scope="module")
def galleries(chrome, lab):
    with shared(lambda: shown_notebook(chrome, f"{lab}gallery.ipynb")) as gallery:
        yield gallery


@pytest.fixture
def gallery(request, galleries):
    """A page that shows every explorer at its defaults."""
    page = galleries(request)
    expect(page.locator(EXPLORER)).to_have_count(len(EXPLORERS))
    return page


@functools.cache
def twin(name):
    """Return the explorer with which the page's is compared; `settle` sets it."""
    return getattr(explorers, name)()


class TestEveryExplorer:
    """One page with all explorers, by keyboard alone, on a phone and in the dark theme."""

    def test_the_keyboard_reaches_and_moves_every_control(self, gallery):
        """In as many explorers as it takes to meet every kind of control: the page knows nothing else of them."""
        met = set()
        for name in EXPLORERS:
            pages = [kind.page() for kind in twin(name).kinds.values()]
            kinds = {(page["kind"], "texts" in page) for page in pages}
            if not kinds <= met:
                met |= kinds
                self.by_keyboard(gallery, name)

    def by_keyboard(self, gallery, name):
        shown = Shown(gallery, EXPLORERS.index(name), twin(name))
        press, type_in = gallery.keyboard.press, gallery.keyboard.type
        shown.settle()
        start, sentence = shown.values(), shown.status.text_content()
        shown.host.locator("#control-0").focus()
        press("Tab")
        press("Shift+Tab")  # the first control is reached by a key, too
        for place, (control, made) in enumerate(shown.twin.kinds.items()):
            if shown.twin.state()["disabled"][place]:
                continue
            assert shown.focused() == f"control-{place}"
            before = shown.values()
            kind, typed = made.page()["kind"], "texts" not in made.page()
            assert shown.outline() == ["solid", 3]
            if kind == "checkbox":
                press("Space")
            elif kind == "text":
                press("Control+a")
                type_in("0.25" if re.fullmatch(made.pattern, "0.25") else "25")
                press("Enter")
            else:
                upwards = made.to_page(before[control]) == made.page().get("min", 0)
                press({"range": ["ArrowLeft", "ArrowRight"], "select": ["ArrowUp", "ArrowDown"]}[kind][upwards])
            moved = shown.values()
            assert moved[control] != before[control]
            if kind == "range" and typed:
                press("Tab")
                assert "typed" in shown.host.evaluate("host => host.shadowRoot.activeElement.ariaLabel")
                assert shown.outline() == ["solid", 3]
                low, high = made.page()["min"], made.page()["max"]
                number = high if before[control] < high else low
                press("Control+a")
                type_in(str(number))
                press("Enter")
                assert shown.values()[control] == number
            shown.settle()
            press("Tab")
        assert shown.host.evaluate("host => host.shadowRoot.activeElement.textContent") == "Reset"
        assert shown.outline() == ["solid", 3]
        shown.settle()
        press("Enter")
        expect(shown.status).to_have_text(sentence)
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

    @pytest.fixture(params=[(1280, 720, 500, 14), (1024, 768, 600, 10), (390, 844, None, 9.4)], ids=str)
    def screen(self, gallery, request):
        """The page on a screen; how high an explorer may be on it, and how small its text, in CSS pixels."""
        width, height, highest, smallest = request.param
        gallery.set_viewport_size({"width": width, "height": height})
        fits = """([hosts, width]) => [...document.querySelectorAll(hosts)].every(
            e => e.getBoundingClientRect().right <= width && e.clientWidth > width - 200)"""
        gallery.wait_for_function(fits, arg=[EXPLORER, width])
        yield gallery, highest, smallest
        gallery.set_viewport_size(WIDE)
        gallery.wait_for_function("hosts => document.querySelector(hosts).clientWidth > 1000", arg=EXPLORER)

    def test_controls_picture_and_sentence_fit_the_screen_and_can_be_read(self, screen):
        page, highest, smallest = screen
        for name, host in zip(EXPLORERS, page.locator(EXPLORER).all(), strict=True):
            beyond = """host => [...host.shadowRoot.querySelectorAll('*:not(svg, svg *, option, style)')].filter(
                e => e.getBoundingClientRect().right > host.getBoundingClientRect().right + 1
            ).map(e => e.outerHTML.slice(0, 99))"""
            assert host.evaluate(beyond) == [], name
            assert not highest or host.bounding_box()["height"] <= highest, name
        for area in page.locator(".jp-OutputArea-output").all():
            scroll, client = area.evaluate("e => [e.scrollWidth, e.clientWidth]")
            assert scroll <= client
        assert smallest_text(page) >= smallest
        assert violations(page.locator(EXPLORER)) == []

    @pytest.mark.parametrize("width, height", [(1280, 720), (1024, 768), (390, 844)])
    def test_presented_it_fills_the_screen_and_on_a_projector_all_of_it_fits(self, gallery, width, height):
        gallery.set_viewport_size({"width": width, "height": height})
        full = "name => document.fullscreenElement === (name && document.querySelectorAll(name[0])[name[1]])"
        for place, host in enumerate(gallery.locator(EXPLORER).all()):
            host.get_by_role("button", name="Present").click()
            gallery.wait_for_function(full, arg=[EXPLORER, place])
            sizes = "e => [e.clientWidth, e.clientHeight, e.scrollWidth, e.scrollHeight]"
            gallery.wait_for_function(f"([e, size]) => ({sizes})(e)[1] == size", arg=[host.element_handle(), height])
            shown = host.evaluate(sizes)
            assert shown[:3] == [width, height, width] and (width < 1000 or shown[3] == height), EXPLORERS[place]
            _, high, _, needed = host.locator(".panels").evaluate(sizes)
            assert needed <= high, f"{EXPLORERS[place]}: a panel is cut off"
            gallery.keyboard.press(["Escape", "f"][place % 2])
            gallery.wait_for_function(full, arg=None)
        gallery.set_viewport_size(WIDE)

    @pytest.fixture
    def dark(self, gallery):
        for theme, light in (("JupyterLab Dark", "false"), ("JupyterLab Light", "true")):
            gallery.evaluate("theme => jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
            gallery.wait_for_function("light => document.body.dataset.jpThemeLight == light", arg=light)
            if light == "false":
                yield gallery

    def test_dark_theme_has_contrast(self, dark):
        hosts = dark.locator(EXPLORER)
        look = """host => [host, host.shadowRoot.querySelector('.panels')]
            .map(e => getComputedStyle(e)).map(s => [s.color, s.backgroundColor])"""
        for host in hosts.all():
            (text, _), (_, paper) = host.evaluate(look)
            assert min(map(int, re.findall(r"\d+", text)[:3])) > 200, "light words on the dark page"
            assert paper == "rgb(255, 255, 255)", "dark words in the picture, on white"
        assert violations(hosts) == []


def smallest_text(page):
    """Return the height in CSS pixels of the smallest font in the pictures."""
    return page.evaluate(
        """hosts => Math.min(...[...document.querySelectorAll(hosts)]
             .flatMap(host => [...host.shadowRoot.querySelectorAll('svg text')])
             .filter(text => text.textContent.trim())
             .map(text => [parseFloat(getComputedStyle(text).fontSize), text.getScreenCTM()])
             .map(([size, matrix]) => size * Math.hypot(matrix.a, matrix.b)))""",
        EXPLORER,
    )


@pytest.fixture(scope="module")
def broken(chrome, lab):
    with shared(lambda: shown_notebook(chrome, f"{lab}broken.ipynb")) as page:
        yield page


class TestOneExplorer:
    @pytest.fixture
    def shown(self, request, broken):
        shown = Shown(broken(request), 0, explorers.logit_table())
        yield shown
        shown.host.get_by_role("button", name="Reset").click()
        shown.settle()

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

    def test_the_line_of_code_that_it_copies_is_that_of_where_it_stands(self, shown):
        shown.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        shown.sliders.nth(1).press("End")
        shown.host.get_by_role("button", name="Copy code").click()
        shown.host.get_by_text("Copied.").wait_for()
        copied = shown.page.evaluate("navigator.clipboard.readText()")
        assert copied == shown.host.locator(".copied input").input_value() == "logit_table().at(dog=10.0)"
        assert violations(shown.host) == []

    def test_an_answer_leaves_a_half_typed_number_alone(self, shown):
        readout = shown.host.locator("input[type=text]").nth(0)
        said = shown.status.text_content()
        shown.sliders.nth(0).press("PageUp")
        readout.press("Control+a")
        readout.press_sequentially("-7")
        expect(shown.status).not_to_have_text(said)
        assert readout.input_value() == "-7"
        readout.press("Enter")
        assert shown.values()["cat"] == -7
        shown.settle()

    def test_what_a_deleted_cell_showed_is_closed_in_the_next_run(self, shown):
        counts = shown.page.evaluate("""async () => {
          const { content, sessionContext } = jupyterapp.shell.currentWidget;
          const { kernel } = sessionContext.session;
          const count = async () =>
            Object.keys((await kernel.requestCommInfo({ target_name: "jupyter.widget" })).content.comms).length;
          const counts = [await count()];
          for (const code of ["from helpers.explorers import row_loss\\nrow_loss()", "1"]) {
            content.activeCellIndex = content.widgets.length - 1;
            await jupyterapp.commands.execute("notebook:insert-cell-below");
            content.activeCell.model.sharedModel.setSource(code);
            await jupyterapp.commands.execute("notebook:run-cell");
            counts.push(await count());
            await jupyterapp.commands.execute("notebook:delete-cell");
          }
          return counts;
        }""")
        assert counts == [counts[0], counts[0] + 2, counts[0]]  # an explorer and its layout

    def test_a_page_that_opens_later_shows_the_explorer_as_it_is(self, shown, lab):
        shown.sliders.nth(0).focus()
        shown.page.keyboard.press("PageUp")
        shown.settle()
        value = shown.values()["cat"]
        shown.page.evaluate("() => jupyterapp.commands.execute('docmanager:save')")
        shown.page.goto(f"{lab}broken.ipynb")
        again = Shown(shown.page, 0, shown.twin)
        again.status.wait_for()
        assert again.values()["cat"] == value
        again.settle()


class TestKinds:
    """Each kind of ipywidgets' controls, moved in the page, in the kernel, and by its own widget."""

    def test_every_kind(self, page, lab):
        run(page, f"{lab}kinds.ipynb")
        host = page.locator(EXPLORER)
        said = host.locator(".status")

        def wait(**values):
            for name, value in values.items():
                said.filter(has_text=f"'{name}': {value!r}").wait_for()

        wait(power=1.0, share=0.0, number=1.0, way="up", size="S", on=False, which="a", count=0, loss="2.3")
        host.get_by_label("power", exact=True).press("ArrowRight")
        host.get_by_label("share", exact=True).press("ArrowRight")
        host.get_by_label("number", exact=True).press("ArrowUp")
        host.get_by_label("down", exact=True).check()
        host.get_by_label("size", exact=True).press("End")
        host.get_by_label("on", exact=True).check()
        host.get_by_label("which", exact=True).select_option("b")
        host.get_by_label("count", exact=True).press("End")
        wait(power=3.16227766017, share=0.05, number=1.5, way="down", size="L", on=True, which="b", count=9)
        for name, typed, value in (
            ("power", "50", 50.0),
            ("share", "35 %", 0.35),
            ("share", "0,5", 0.5),
            ("number", "2", 2.0),
            ("loss", " 2.30 ", "2.30"),
            ("loss", "3,5", "3,5"),
            ("loss", "−1086.9", "−1086.9"),
        ):
            box = host.get_by_label(f"{name}, typed" if name in ("power", "share") else name, exact=True)
            box.fill(typed)
            box.press("Enter")
            wait(**{name: value})
        assert host.get_by_label("share, typed", exact=True).input_value() == "50%"
        for typed, more in (("2.5", ""), ("1,386", "; 1,386 was read as 1386")):
            host.get_by_label("count, typed", exact=True).fill(typed)
            host.get_by_label("count, typed", exact=True).press("Enter")
            assert host.get_by_text(f"want a whole number from 0 to 9{more}", exact=True).count() == 1
        loss = host.get_by_label("loss", exact=True)
        for typed in ("1/2", "warm", "2.30 nats", ""):
            loss.fill(typed)
            loss.press("Enter")
            assert host.get_by_text('want a number such as "2.30"').count() == 1
            assert loss.get_attribute("aria-invalid") == "true" and loss.input_value() == typed
            wait(loss="−1086.9")
        assert loss.get_attribute("placeholder") == "unknown"
        assert violations(host) == [] and page.faults == []
        execute(page, "explorer.way = 'up'; controls['size'].value = 'M'; controls['count'].max = 20")
        execute(page, "controls['on'].disabled = True; explorer.loss = '0.740'")
        wait(way="up", size="M", count=9, loss="0.740")
        assert loss.input_value() == "0.740" and loss.get_attribute("aria-invalid") == "false"
        assert host.get_by_label("up", exact=True).is_checked() and host.get_by_label("on", exact=True).is_disabled()
        host.get_by_label("count", exact=True).press("End")
        wait(count=20)


def execute(page, code):
    """Run code in the kernel, and return what it prints."""
    return page.evaluate(
        """async code => {
          const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
          const future = kernel.requestExecute({ code });
          let said = "";
          future.onIOPub = ({ content }) => { said += content.text ?? content.traceback?.join("") ?? ""; };
          await future.done;
          return said.trim();
        }""",
        code,
    )


@pytest.fixture(params=["lab"], scope="class")
def compositions(request, chrome, books):
    @contextlib.contextmanager
    def composition():
        page = chrome.new_page(viewport={"width": 1280, "height": 2400})
        faults = []
        # Notebook 7.6 raises one of its own when it starts, without any of ours
        page.on("pageerror", lambda error: "notebook_core" in error.stack or faults.append(str(error)))
        run(page, f"{url}composed.ipynb")
        yield page
        assert faults == []
        page.close()

    served = request.param == "lab" and contextlib.nullcontext(request.getfixturevalue("lab"))
    with served or browser.server("notebook", folder=books) as url, shared(composition) as composed:
        yield composed


@pytest.fixture
def composed(request, compositions):
    """A page in which a and b are linked and a stands in three places."""
    return compositions(request)


WATCH = """hosts => {
  const together = globalThis[Symbol.for("explorers that move together")];
  together.late = 2_000_000_000; // on a busy machine, too; its timer would paint in the midst of another test
  let frame = 0;
  const tick = () => { frame += 1; requestAnimationFrame(tick); };
  tick();
  window.painted = {};
  const all = { subtree: true, childList: true, characterData: true, attributes: true };
  [...document.querySelectorAll(hosts)].forEach((host, i) =>
    new MutationObserver(() => (painted[i] ??= []).push(frame)).observe(host.shadowRoot.querySelector(".panels"), all));
}"""


# Keeps what the sentence of an explorer has been.
LISTEN = """status => {
  window.said = [];
  new MutationObserver(() => said.push(status.textContent)).observe(status, { childList: true });
}"""


# Holds the lock without which no explorer can draw, as long as a folder is there, and returns once it is held. A kernel
# that only sleeps will not do: JupyterLab sends widgets' messages to a subshell, a thread of its own, which answers
# while a cell runs.
HOLD = """folder => new Promise((held) => {
  const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
  const code = `
import os, time
from helpers.style import DRAWING
with DRAWING:
    print("held", flush=True)
    while os.path.exists(${JSON.stringify(folder)}):
        time.sleep(0.01)`;
  kernel.requestExecute({ code }).onIOPub = ({ header }) => header.msg_type === "stream" && held();
})"""


@contextlib.contextmanager
def held(page):
    """Keep the kernel from drawing, and so from answering, until the end of the block, however long that takes."""
    with tempfile.TemporaryDirectory() as folder:
        page.evaluate(HOLD, folder)
        yield


in_both = pytest.mark.parametrize("compositions", ["lab", "notebook"], indirect=True, scope="class")


NEW_CATS = (round(1 + n / 100, 2) for n in itertools.count())


class TestComposed:
    A, B, TAB, OWN, HIDDEN, CELL = range(6)

    @pytest.fixture(autouse=True)
    def at_the_start(self, composed):
        # The page resets them, not the kernel: there a question that is still on its way would come after, and win.
        for place in (self.A, self.B):
            composed.locator(EXPLORER).nth(place).get_by_role("button", name="Reset").click()
        while execute(composed, "print(a.code(), b.code())") != "logit_table() logit_table()":
            pass
        self.all_at(composed, 1)

    def all_at(self, page, value):
        """Wait until every place of a, and b, stands and says what the logit table does at this temperature."""
        expect(page.locator(".widget-readout").first).to_have_text(f"{value:.2f}")
        for place in (self.A, self.B, self.TAB, self.CELL):
            shown = Shown(page, place, twin("logit_table"))
            shown.settle()
            assert shown.values()["temperature"] == value

    def give_b_a_new_cat(self, page):
        """Move b in the kernel to where the page has no pictures, also if a test is tried again; wait for the page."""
        cat, shown = next(NEW_CATS), Shown(page, self.B, twin("logit_table"))
        execute(page, f"b.cat = {cat}")
        while shown.values()["cat"] != cat:
            page.wait_for_timeout(25)
        shown.settle()

    @in_both
    def test_boxes_and_tabs_show_it_side_by_side(self, composed):
        assert composed.locator(EXPLORER).count() == 6
        sides = [composed.locator(EXPLORER).nth(place).bounding_box() for place in (self.A, self.B)]
        assert sides[0]["width"] > 400 and sides[1]["x"] >= sides[0]["x"] + sides[0]["width"]
        self.all_at(composed, 1)
        assert violations(composed.locator(EXPLORER)) == []

    @in_both
    def test_a_hand_moves_it(self, composed):
        try_out(Shown(composed, self.OWN, eval(OWN, {"row_loss": explorers.row_loss})))

    @in_both
    def test_linked_explorers_and_sliders_move_in_one_frame(self, composed):
        composed.evaluate(WATCH, EXPLORER)
        slider = composed.locator(EXPLORER).nth(self.A).get_by_label("temperature T", exact=True)
        for key, value in (("ArrowRight", 1.1), ("PageUp", 2.1), ("ArrowLeft", 2)):
            composed.evaluate("painted = {}")
            slider.press(key)
            self.all_at(composed, value)
            frames = composed.evaluate("painted")
            assert len({frames[str(place)][0] for place in (self.A, self.B, self.TAB, self.CELL)}) == 1
        composed.locator(".noUi-base").click()
        self.all_at(composed, float(composed.locator(".widget-readout").text_content()))

    @pytest.mark.parametrize("late", [2_000_000_000, 150])
    def test_one_whose_picture_is_there_waits_for_the_other_but_not_for_long(self, composed, late):
        slider = composed.locator(EXPLORER).nth(self.A).get_by_label("temperature T", exact=True)
        for key, value in (("ArrowRight", 1.1), ("ArrowRight", 1.2), ("ArrowLeft", 1.1)):  # then a's picture is there
            slider.press(key)
            self.all_at(composed, value)
        self.give_b_a_new_cat(composed)  # and b's is not
        composed.evaluate(WATCH, EXPLORER)
        composed.evaluate("late => globalThis[Symbol.for('explorers that move together')].late = late", late)
        with held(composed):
            slider.press("ArrowRight")
            if late == 150:
                composed.wait_for_function("place => painted[place]", arg=self.A)
        self.all_at(composed, 1.2)
        frames = composed.evaluate("painted")
        assert (frames[str(self.A)][0] < frames[str(self.B)][0]) == (late == 150)

    def test_a_move_from_any_place_or_from_the_kernel_reaches_all(self, composed):
        composed.locator(EXPLORER).nth(self.CELL).get_by_label("temperature T", exact=True).press("Home")
        self.all_at(composed, 0.1)
        execute(composed, "b.temperature = 4")
        self.all_at(composed, 4)
        told = execute(composed, "print(a.temperature, b.temperature, slider.value, b.facts is not None)")
        assert told == "4.0 4.0 4.0 True"
        assert "want a finite number" in execute(composed, "b.temperature = 99")
        composed.locator(EXPLORER).nth(self.TAB).get_by_role("button", name="Reset").click()
        self.all_at(composed, 1)

    def test_a_slow_kernel_draws_what_the_reader_has_come_to(self, composed):
        slider = composed.locator(EXPLORER).nth(self.B).get_by_label("temperature T", exact=True)
        with held(composed):
            for _ in range(5):
                slider.press("PageUp")
            slider.evaluate("e => setInterval(() => window.least = Math.min(window.least ?? 10, e.valueAsNumber))")
        self.all_at(composed, 6)
        assert composed.evaluate("least") == 6, "an answer to an earlier question took the slider back"

    def test_a_late_answer_takes_no_newer_picture_back(self, composed):
        self.give_b_a_new_cat(composed)
        b = composed.locator(EXPLORER).nth(self.B)
        b.locator(".status").evaluate(LISTEN)
        with held(composed):
            for key in ("PageUp", "PageDown", "PageDown"):  # the second picture, where it began, is there
                b.locator("#control-0").press(key)
        Shown(composed, self.B, twin("logit_table")).settle()
        assert composed.evaluate("said") == [b.locator(".status").text_content()]

    def test_a_kernel_that_is_busy_is_said_to_be_so_until_it_answers(self, composed):
        execute(composed, "b.set(temperature=0.1, cat=2.5)")  # a cat from which no picture of another end was made
        self.all_at(composed, 0.1)
        b = composed.locator(EXPLORER).nth(self.B)
        with held(composed):
            b.get_by_label("temperature T", exact=True).press("End")
            b.locator(".error").filter(has_text="If it is busy, the picture follows when it is free").wait_for()
        self.all_at(composed, 10)  # and no error

    def test_two_pages_follow_each_other(self, composed, chrome):
        composed.evaluate("() => jupyterapp.commands.execute('docmanager:save')")
        other = chrome.new_page()
        other.set_default_timeout(60_000)
        other.set_viewport_size(composed.viewport_size)
        other.goto(f"{composed.url}?token={browser.TOKEN}")
        other.locator(EXPLORER).nth(self.CELL).wait_for()
        for here, there, key, value in ((composed, other, "Home", 0.1), (other, composed, "End", 10)):
            here.locator(EXPLORER).nth(self.A).get_by_label("temperature T", exact=True).press(key)
            for page in (here, there):
                shown = Shown(page, self.CELL, twin("logit_table"))
                expect(shown.sliders.nth(4)).to_have_value(str(value))
                shown.settle()
        other.close()

    def test_views_and_moves_leave_nothing_in_the_page(self, composed):
        show = """async ([hosts, count]) => {
            const { content } = jupyterapp.shell.currentWidget;
            const run = (code) => {
              content.widgets.at(-1).model.sharedModel.setSource(code);
              content.activeCellIndex = content.widgets.length - 1;
              return jupyterapp.commands.execute("notebook:run-cell");
            };
            let last = [];
            const shown = () => {
              const views = [...content.widgets.at(-1).node.querySelectorAll(hosts)];
              const fresh = (each) => each.shadowRoot.querySelector("svg") && !last.includes(each);
              return views.length === 10 && views.every(fresh) && views;
            };
            for (let i = 0; i < count; i += 10) {
              await run("for _ in range(10): display(a)");
              while (!shown()) await new Promise(requestAnimationFrame);
              last = shown();
            }
            await run("pass");
          }"""
        move = """async ([hosts, count]) => {
            const slider = document.querySelectorAll(hosts)[0].shadowRoot.querySelector("#control-0");
            for (let i = 0; i < count; i += 1) {
              slider.value = ((i * 37) % 2000) / 100 - 10;
              slider.dispatchEvent(new Event("input"));
              await new Promise((done) => setTimeout(done));
            }
          }"""
        client = composed.context.new_cdp_session(composed)
        client.send("Performance.enable")

        def lives(views, moves):
            composed.evaluate(move, [EXPLORER, moves])
            composed.evaluate(show, [EXPLORER, views])
            Shown(composed, self.A, twin("logit_table")).settle()
            client.send("HeapProfiler.collectGarbage")
            found = {each["name"]: each["value"] for each in client.send("Performance.getMetrics")["metrics"]}
            return found["Nodes"], found["JSEventListeners"], found["JSHeapUsedSize"] / 2**20

        lives(10, 50)  # what the first use of a page makes stays
        before, after = lives(10, 200), lives(20, 600)
        assert after[0] - before[0] < 300 and after[1] - before[1] < 30 and after[2] - before[2] < 3


KERNEL = "jupyterapp.shell.currentWidget.sessionContext.session.kernel"


@pytest.mark.parametrize("end", ["restart()", "requestExecute({code: 'import os; os._exit(1)'})"])
def test_a_kernel_that_is_gone_is_told(page, lab, end):
    run(page, f"{lab}kinds.ipynb")
    page.evaluate(f"() => void {KERNEL}.{end}")
    page.locator(f"{EXPLORER} .error").filter(has_text="has stopped or restarted").wait_for(state="attached")


def test_voila(page, lab):
    page.set_default_timeout(120_000)
    page.goto(f"{lab.replace('/lab/tree/', '/voila/render/')}01_logit_table.ipynb?token={browser.TOKEN}")
    host = page.locator("[data-lm-suppress-shortcuts]").first
    host.wait_for()
    said = host.locator(".status").text_content()
    host.locator("#control-0").press("End")
    expect(host.locator(".status")).not_to_have_text(said)
    there = explorers.logit_table()
    there.set(cat=10)
    assert host.locator(".status").text_content() == there.describe() and page.faults == []

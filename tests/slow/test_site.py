"""The site as a reader has it: built, served as plain files, opened in a real browser, and compared with Python."""

import contextlib
import gzip
import json
import math
import os
import pathlib
import random
import re
import subprocess
import sys
import urllib.parse

import nbformat
import pytest
from bs4 import BeautifulSoup

from helpers import exercises as questions
from helpers import explorers
from pages import exercises, handout, sources, tables
from tests.slow.conftest import ROOT, build, shared, violations
from tools import browser, serving

PHONE = {"width": 390, "height": 844}
CELLS = [
    (path.stem, place, code)
    for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
    for place, code in enumerate(sources.explorer_codes(path).values())
]
# Of each explorer one: what moves it on a page knows nothing of the numbers that a lesson has given it.
ONE_OF_EACH = list(
    {code.splitlines()[-1].partition("(")[0]: (name, place, code) for name, place, code in CELLS[::-1]}.values()
)
LESSONS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
needs_browser = pytest.mark.skipif(not browser.chromium(), reason="no Chromium found: install one, or set CHROMIUM")


@pytest.fixture(scope="module")
def soups(site):
    return {path: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for path in site.rglob("*.html")}


@pytest.fixture(scope="module")
def address(site):
    with serving.files(site) as address:
        yield address


@pytest.fixture(scope="module")
def new_page(address):
    """Open pages of their own, which fail at the end if one asked another server, or an error was thrown."""
    with browser.browser() as chrome:
        faults = []

        def new_page(size):
            page = chrome.new_page(viewport=size, color_scheme="dark")
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.on("request", lambda request: request.url.startswith(address) or faults.append(request.url))
            page.on("response", lambda response: response.ok or response.status == 304 or faults.append(response.url))
            return page

        yield new_page
        assert faults == []


@pytest.fixture(scope="module")
def phones(new_page):
    with shared(lambda: contextlib.closing(new_page(PHONE))) as phone:
        yield phone


@pytest.fixture
def phone(request, phones):
    return phones(request)


@pytest.fixture(scope="module", params=["index", *LESSONS])
def lesson(request):
    """The tests that take each page run page by page, so that each is opened once."""
    return request.param


def test_built_again_it_is_the_same_and_names_no_path_of_this_machine(site, tmp_path):
    again = build(tmp_path / "pages")
    names = {path.relative_to(site) for path in site.rglob("*") if path.is_file()}
    assert names == {path.relative_to(again) for path in again.rglob("*") if path.is_file()}
    for name in names:
        content = (site / name).read_bytes()
        assert content == (again / name).read_bytes(), name
        content = gzip.decompress(content) if name.suffix == ".table" else content
        for path in (ROOT, pathlib.Path.home(), site.parent):
            assert f"{path}/".encode() not in content, (name, path)
    _, _, code = CELLS[0]  # the tables above came from what the first call kept
    assert tables.drawn(code, tables.BRIEF) in [path.read_bytes() for path in site.rglob("*.table")]


def test_it_can_be_built_at_home_where_nobody_names_the_repository(tmp_path):
    (tmp_path / "index.md").write_text("# The front page\n\n```{toctree}\nother\n```\n")
    (tmp_path / "other.md").write_text("# Another")
    env = {name: value for name, value in os.environ.items() if name != "GITHUB_REPOSITORY"}
    command = [sys.executable, "-m", "sphinx", "-q", "-c", ROOT / "pages", tmp_path, tmp_path / "built"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "github.com" not in (tmp_path / "built" / "index.html").read_text()


def test_every_link_leads_somewhere_and_every_picture_has_words(site, soups):
    assert {site / f"{name}.html" for name in ("index", *LESSONS)} <= set(soups)
    anchors = {path: {each["id"] for each in soup.select("[id]")} for path, soup in soups.items()}
    for path, soup in soups.items():
        for each in soup.select("[href], [src], [data-table]"):
            link = each.get("href") or each.get("src") or each.get("data-table")
            url = urllib.parse.urlsplit(link)
            if url.scheme or url.netloc:
                assert each.name == "a" or each.get("rel") == ["canonical"], (path, link)  # never fetched by a page
                continue
            # The page for what is missing is shown at any depth, and so begins its links at the server's root.
            start, there = path.parent, urllib.parse.unquote(url.path)
            if there.startswith("/project/"):
                start, there = site, there.removeprefix("/project/")
            target = (start / there).resolve() if url.path else path
            assert target.is_file() and target.is_relative_to(site), (path, link)
            if url.fragment and target in anchors:
                assert urllib.parse.unquote(url.fragment) in anchors[target], (path, link)
        for image in soup.select(".cell_output img"):
            assert " " in image["alt"], (path, image)
        if path.parent == site and path.stem in LESSONS:
            assert soup.select_one("a.left-prev") and (path.stem == LESSONS[-1] or soup.select_one("a.right-next"))
            shown = [each for each in CELLS if each[0] == path.stem]
            assert len(soup.select(".explorer")) == len(shown)
            assert not soup.select("details.hide .explorer"), path
            assert soup.select_one(
                f'a[href^="https://mybinder.org/v2/gh/somebody/project/"][href$="{path.stem}.ipynb"]'
            )


def test_a_page_runs_scripts_of_one_version_only(site):
    scripts = [path.read_text(encoding="utf-8") for path in (site / "_static").glob("*.js")]
    asked = [each for text in scripts for each in re.findall(r'(?:import|from) "\./(\w+\.js)(\?v=\w+)?"', text)]
    assert {name for name, _ in asked} >= {"explorer.js", "table.js"}
    assert len({version for _, version in asked}) == 1 and asked[0][1]


def test_every_place_that_the_clinic_names_is_a_section_of_its_own(site, soups):
    places = json.loads((site / "_static" / "sections.json").read_text(encoding="utf-8"))
    assert places.keys() == sources.PLACES and len({*places.values()}) > 0.95 * len(places)
    for place, address in places.items():
        page, anchor = address.split("#")
        assert soups[site / page].find(id=anchor), place


def test_what_a_notebook_folds_is_folded(site, soups):
    for name in LESSONS:
        cells = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4).cells
        folded = [each for each in cells if each.metadata.get("jupyter", {}).get("outputs_hidden")]
        assert len(soups[site / f"{name}.html"].select("details.hide")) == len(folded), name
    assert not [path for path, soup in soups.items() if soup.select("article details[open]")]


def test_a_page_sends_nobody_to_a_cell_to_run(soups):
    lessons = {path: soup for path, soup in soups.items() if path.stem in LESSONS and path.parent.name != "teaching"}
    told = {path.stem: soup.select_one("article").get_text() for path, soup in lessons.items()}
    sent = re.compile(r".{,60}(?:run the (?:import )?cell|Shift \+ Enter).{,60}", re.I)
    assert {name: found for name, text in told.items() if (found := sent.findall(text))} == {}
    assert "An exercise takes" in told["01_logit_table"] and "sliders move" not in told["99_index_and_glossary"]


def open_page(page, address, name):
    if page.url != f"{address}/{name}.html":
        page.goto(f"{address}/{name}.html")


def alive(frame):
    """Scroll to an explorer, wait until it is one, and return what shows it."""
    frame.scroll_into_view_if_needed()
    frame.locator(".status").wait_for()
    return frame.locator("> div")


@needs_browser
@pytest.mark.parametrize("size", [PHONE, {"width": 1280, "height": 720}], ids=["phone", "projector"])
def test_a_stranger_finds_the_way_from_the_address_alone(new_page, address, size):
    """In the first screen: a picture that moves, and three ways on, one of which answers a stuck loss."""
    page = new_page(size)  # of a browser that remembers no lesson
    page.goto(f"{address}/")
    host = alive(page.locator(".explorer").first)
    page.evaluate("scrollTo(0, 0)")
    for each in (host.locator("#control-0"), *page.locator(".ways > *").all()):
        box = each.bounding_box()
        assert box["y"] + box["height"] <= size["height"] and box["x"] + box["width"] <= size["width"]
    said = host.locator(".status").text_content()
    host.locator("#control-0").press("ArrowRight")
    assert host.locator(".status").text_content() != said
    assert f"{math.log(4):.2f} for 4" in page.locator("article").inner_text()  # the loss of 4 classes at chance
    page.get_by_label("My loss is stuck at").fill("1.3863")
    page.get_by_role("button", name="Why?").click()
    status = page.locator('.explorer[data-name="loss_floor"] .status')
    status.filter(has_text="Nothing has been learned").wait_for()
    page.get_by_role("link", name="04 Random guesses").wait_for()
    box = status.bounding_box()
    assert 0 < box["y"] and box["y"] + box["height"] <= size["height"]
    # No box has the focus: or a phone's keyboard would stay, and cover the answer.
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.className") == "panels"
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
    said = page.locator('.explorer[data-name="loss_floor"] > .nearest').last
    for typed, words in (("0,74", ""), ("1e9", "none near 1e9 for “loss”")):
        page.get_by_label("My loss is stuck at").fill(typed)
        page.get_by_role("button", name="Why?").click()
        status.filter(has_text="0.74 may mean").wait_for()  # the table has no answer near 1e9, and gives none
        assert words in said.text_content() and bool(words) == bool(said.text_content())
    page.get_by_role("link", name="I want to understand it").click()
    page.wait_for_url("**/01_logit_table.html")


def test_the_table_has_every_loss_that_people_type():
    places, typed = tables.PLACES["loss_floor"], tables.TYPED["loss_floor"]
    states = tables.space(explorers.loss_floor(), tables.EXTENTS[0], places, typed)
    assert {each["loss"] for each in states} >= {*tables.LOSSES}


def test_a_table_knows_where_a_step_of_the_probability_leads():
    """From every other place of the threshold: which that was must not matter, or there would be too much to know."""
    explorer = explorers.threshold_units()
    place = list(explorer.controls).index
    states = tables.space(explorer, tables.EXTENTS[1])
    known = tables.couplings(explorer, states)[place("threshold_prob")]["table"]
    for prob in {each["threshold_prob"] for each in states} - {explorer.values["threshold_prob"]}:
        after = explorer.follow("threshold_prob", {**explorer.values, "threshold_prob": prob})
        key = json.dumps([tables.page(explorer.kinds, "threshold_prob", after)])
        assert known[key][place("threshold_logit")] == tables.page(explorer.kinds, "threshold_logit", after)


@needs_browser
def test_a_number_that_the_table_lacks_is_taken_for_its_own_rounding_or_for_none_far_from_it(new_page, address):
    detective = explorers.loss_floor()
    typed = [{"loss": ["1.3863", "1.39"], "accuracy": ["", "1", "50 %"]}]
    table = tables.packed(detective, tables.space(detective, tables.BRIEF[0]._replace(typed=9), typed=typed))
    page = new_page(PHONE)
    page.route("**/small.table", lambda route: route.fulfill(body=table))
    page.goto(f"{address}/")
    found = page.evaluate(
        """async (asked) => {
          const { load } = await import("/_static/table.js");
          const table = await load("/small.table");
          return asked.map(([loss, accuracy]) => {
            const values = table.state.values.with(0, loss).with(2, accuracy);
            if (table.strange(values).length) return "none";
            const at = table.at(table.find(table.state.values, values, -1).k);
            return `${at[0]}; ${at[2]}`;
          });
        }""",
        [["1.3870", ""], ["1.386", "50"], ["1.39", "51 %"], ["1.39", "1 %"]],
    )
    assert found == ["1.39; ", "1.39; 50 %", "1.39; 50 %", "none"]


def test_a_link_pasted_in_a_chat_shows_what_it_is(site, soups):
    for name in ("index", *LESSONS):
        told = {each["property"]: each["content"] for each in soups[site / f"{name}.html"].select("meta[property]")}
        assert told["og:title"] and len(told["og:description"]) > 50, name
        picture = told["og:image"].removeprefix("https://somebody.github.io/project/")
        assert (site / picture).read_bytes().startswith(b"\x89PNG")
    listed = (site / "sitemap.xml").read_text(encoding="utf-8")
    assert all(f"https://somebody.github.io/project/{name}.html<" in listed for name in LESSONS)
    assert "404.html" not in listed and "search.html" not in listed
    assert "front page" in soups[site / "404.html"].select_one("article").text


@needs_browser
def test_the_search_finds_a_loss_by_its_value(new_page, address):
    page = new_page(PHONE)
    page.goto(f"{address}/search.html?q=0.6931")
    page.locator("#search-results li a[href*=multi_label]").first.wait_for()


@needs_browser
def test_page_on_a_phone(phone, address, lesson):
    """Nothing is wider than a phone, and axe-core finds nothing wrong with what is ours."""
    open_page(phone, address, lesson)
    assert phone.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    for frame in phone.locator(".explorer").all():
        panels = alive(frame).locator(".panels")
        assert panels.evaluate("each => each.scrollWidth <= each.clientWidth")
    assert violations(phone.locator(".explorer, .exercise, .standing")) == []


@needs_browser
def test_no_other_page_is_wider_than_a_phone(phone, address, site):
    for path in sorted((*site.glob("teaching/*.html"), *site.glob("docs/*.html"))):
        phone.goto(f"{address}/{path.relative_to(site).as_posix()}")
        assert phone.evaluate("document.documentElement.scrollWidth") == PHONE["width"], path.name


@needs_browser
def test_explorer_is_what_python_computes(phone, address, lesson):
    """Move every control to its ends and at random: picture and sentence are those of the state that the controls show.

    That state is the one that Python comes to, or a line below the picture says which controls are at the nearest.
    """
    open_page(phone, address, lesson)
    for name, place, code in ONE_OF_EACH:
        if name == lesson:
            explorer = tables.started(code)
            explorer.reset()
            compare(phone.locator(".explorer").nth(place), explorer, random.Random(f"{name} {place}"))


def compare(frame, explorer, chance):
    host = alive(frame)
    names = list(explorer.controls)
    moves = [(i, end) for i in range(len(names)) for end in (1, 0)]
    moves += [(chance.randrange(len(names)), chance.random()) for _ in range(8)]
    steps, pictures = [], []
    for i, share in chance.sample(moves, len(moves)):
        before = browser.values(host, explorer)
        texts = [each for each in TEXTS if re.fullmatch(explorer.kinds[names[i]].page().get("pattern", "(?!)"), each)]
        typed = texts[int(share * (len(texts) - 1))] if texts else None
        if (asked := host.evaluate(MOVE, [i, share, typed])) is None:
            continue  # it is disabled, or there already
        after = browser.values(host, explorer)
        explorer.set(**after)
        asked = explorer.kinds[names[i]].from_page(asked)
        step = f"{names[i]} moved to {asked} from {before}"
        sentence = explorer.describe().split("\n· Read: ")[0]  # which are links on a page
        assert host.locator(".status").text_content() == sentence, step
        moved = explorer.follow(names[i], {**before, names[i]: after[names[i]]})
        said = frame.locator("> .nearest").last.text_content()
        assert bool(said) == (after != moved or far(explorer.kinds[names[i]], after[names[i]], asked)), step
        if share in (0, 1) and typed is None:
            assert after[names[i]] == asked, step
        pictures.append({each: explorer.picture.markup()[each] for each in explorer.picture.artists})
        steps.append(step)
    faults = host.evaluate(DIFFERENT, pictures)
    assert not faults, [(steps[k], *which) for k, *which in faults]
    assert steps


@needs_browser
def test_a_lesson_prints_as_a_handout(phone, address, tmp_path):
    """No navigation; explorers stand still; exercises have room; results, hints and answers stand behind them."""
    handout.write_handout(phone, f"{address}/01_logit_table.html", tmp_path / "01.pdf")
    assert 10 < (tmp_path / "01.pdf").read_bytes().count(b"/Type /Page\n") < 25
    alive(phone.locator(".explorer").first)
    phone.emulate_media(media="print")
    phone.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert phone.evaluate("document.documentElement.dataset.theme") == "light"  # it is dark on the screen
    assert phone.locator(".explorer .panels").first.is_visible()
    hidden = ".controls, .bd-header, .sidebar-primary-item, .prev-next-area, .exercise button, .exercise details"
    assert [each.is_visible() for each in phone.locator(hidden).all()].count(True) == 0
    text = phone.locator("article").inner_text()
    body, answers = text.split("Results, hints and answers")
    for each in questions.LESSONS["01"]:
        said = questions.plain(each.because).splitlines()[0][:30]
        assert said not in body and said in answers and each.title in body and each.title in answers
    room = "each => each.getBoundingClientRect().height"
    assert phone.locator('[data-id="01.ratio"]').evaluate(room) > 150
    assert phone.locator(".folded").count() == text.count("It stands at the end")
    phone.emulate_media(media="screen")
    phone.evaluate("dispatchEvent(new Event('afterprint'))")
    assert phone.locator(".answers, .folded").count() == 0
    assert phone.evaluate("document.documentElement.dataset.theme") == "dark"


@needs_browser
def test_a_setting_has_an_address(phone, address):
    """What "Copy link" gives opens where the controls stood; without it in the table, at the nearest, and says so."""
    phone.context.grant_permissions(["clipboard-read", "clipboard-write"])
    phone.goto(f"{address}/04_single_label.html")
    frame = phone.locator('.explorer[data-name="row_loss"]').nth(1)
    host = alive(frame)
    host.get_by_label("logit of cow", exact=True).press("End")
    host.get_by_label("true class").press("ArrowDown")
    stood = host.locator(".status").text_content()
    host.get_by_role("button", name="Copy link").click()
    host.get_by_text("Copied.").wait_for()
    link = phone.evaluate("navigator.clipboard.readText()")
    assert link == phone.url == host.locator(".copied input").input_value()
    assert re.fullmatch(rf"{address}/04_single_label.html#row_loss-2\?[\w=&.]*cow=10[\w=&.]*", link)
    phone.goto("about:blank")
    phone.goto(link)
    assert alive(frame).locator(".status").text_content() == stood and phone.evaluate("scrollY") > 1_000
    assert frame.locator("> .nearest").all_text_contents() == ["", ""]
    host.get_by_label("logit of cow", exact=True).press("Home")
    assert host.locator(".copied input").count() == 0  # it led to another setting
    phone.evaluate("location.hash = '#row_loss-2?dog=1.23&cow=-4.56&zebra=7.89'")
    frame.get_by_text("took the nearest for “logit of").first.wait_for()


@needs_browser
def test_the_browser_remembers_what_is_right_and_where_one_left_off_until_told_to_forget(phone, address):
    phone.goto(f"{address}/")
    phone.evaluate("localStorage.clear()")
    phone.goto(f"{address}/01_logit_table.html")
    summary = phone.locator("p.standing")
    judged = phone.locator(".exercise form").count()
    assert f" 0 of {judged} exercises right on this page" in summary.text_content()
    first = questions.EXERCISES["01.ratio"]
    box = phone.locator('[data-id="01.ratio"]')
    box.locator("input").fill("1,386")
    box.get_by_role("button").click()
    assert "1,386 was read as 1386; a decimal has a point" in box.locator(".reply").text_content()
    for answer, right in ((0.123, 0), (first.value, 1)):
        box.locator("input").fill(str(float(answer)))
        box.get_by_role("button").click()
        assert f" {right} of {judged} exercises right" in summary.text_content()
    phone.locator("#second-column-softmax h2").evaluate("each => scrollTo(0, each.offsetTop - 100)")
    phone.goto(f"{address}/")
    on = phone.get_by_role("link", name="I want to understand it")
    assert on.text_content().endswith("Go on with 01 · The logit table: Second column: softmax")
    total = len([each for each in questions.EXERCISES.values() if each.asks in exercises.FIELDS])
    assert f" 1 of {total} exercises right on the road" in summary.text_content()
    (row,) = phone.locator("li:has(.standing)").all()
    assert "01" in row.text_content() and f" 1 of {judged}" in row.text_content()
    on.click()
    phone.wait_for_url("**/01_logit_table.html#second-column-softmax")
    assert phone.locator(".exercise.right").count() == 1
    assert f" 1 of {judged} exercises right" in summary.text_content()
    phone.once("dialog", lambda dialog: dialog.accept())
    summary.get_by_role("button", name="Forget").click()
    assert f" 0 of {judged} exercises right" in summary.text_content()
    phone.goto(f"{address}/")
    assert summary.text_content() == "" and phone.evaluate("localStorage['logits-softmax-sigmoid'] === undefined")
    assert phone.locator(".ways a").first.get_attribute("href") == "01_logit_table.html"


@needs_browser
@pytest.mark.parametrize(
    "kept", ["half {", '{"right": 3}', '{"right": ["<img src=x>"], "left": {"page": "//elsewhere"}}']
)
def test_what_another_page_wrote_in_its_place_breaks_nothing(phone, address, kept):
    phone.goto(f"{address}/")
    phone.evaluate("kept => localStorage.setItem('logits-softmax-sigmoid', kept)", kept)
    phone.reload()
    assert phone.locator("p.standing").text_content() == ""
    assert phone.locator(".ways a").first.get_attribute("href") == "01_logit_table.html"
    phone.evaluate("localStorage.clear()")


@needs_browser
def test_an_address_that_asks_in_vain_is_answered_and_not_obeyed(phone, address):
    phone.goto(f"{address}/01_logit_table.html#logit_table?" + "&".join(HOSTILE))
    frame = phone.locator(".explorer").first
    host = alive(frame)
    said = frame.locator("> .nearest").first
    said.filter(has_text="in vain").wait_for()
    assert said.locator("*").count() == said.locator("a").count() <= 1  # what was typed is text
    for each in HOSTILE[1:]:
        assert f"“{urllib.parse.unquote_plus(each)}”, want " in said.text_content()
    explorer = tables.started(next(code for name, _, code in CELLS if name == "01_logit_table"))
    assert browser.values(host, explorer) == explorer.values | {"add_c": True}
    phone.evaluate("location.hash = '#logit_table?add_c=false'")
    said.filter(has_not_text="in vain").wait_for(state="attached")
    assert browser.values(host, explorer) == explorer.values
    phone.evaluate("location.hash = '#nothing?c=1'")
    phone.get_by_text("the explorer “nothing”, which this page does not have").wait_for()


HOSTILE = [
    *("add_c=true", "c=99", "c=1e999", "c=", "add_c=1", "temperature=NaN", "__proto__=1", "constructor=1", "cat=%zz"),
    *("%3Cimg+src%3Dx+onerror%3D%22throw+1%22%3E=2", "dog=%3Cscript%3Ethrow+1%3C/script%3E"),
]
TEXTS = ["0.1", "2", "0.50", "0.4321", "100", ""]  # to type


def far(control, value, asked):
    """Whether a control stands more than 1/400 of its slider away from where it was moved to."""
    if value == asked or isinstance(asked, str):
        return value != asked
    spec, at = control.page(), getattr(control, "at", int)
    return abs(control.to_page(value) - control.to_page(asked)) > (at(spec["max"]) - at(spec["min"])) / 400


# Move the control number i to a share of its length, or to one of its options, and keep what is shown then; null if it
# stays.
MOVE = """(host, [i, share, typed]) => {
  const root = host.shadowRoot, row = [...root.querySelectorAll(".control")][i];
  const all = [...row.querySelectorAll("select, input")], input = all[0];
  const stands = () => all.map((each) => each.value + each.checked).join();
  const before = stands();
  if (input.disabled) return null;
  let asked;
  const choose = (count) => asked = Math.min(count - 1, Math.floor(share * count));
  if (typed !== null) input.value = asked = typed;
  else if (input.localName === "select") input.selectedIndex = choose(input.length);
  else if (input.type === "checkbox") input.checked = asked = share >= 0.5;
  else if (input.type === "radio") all[choose(all.length)].checked = true;
  else {
    input.value = Number(input.min) + share * (input.max - input.min);
    asked = input.valueAsNumber;
  }
  if (stands() === before) return null;
  const moved = input.type === "radio" ? all[asked] : input;
  moved.dispatchEvent(new Event(input.type === "range" ? "input" : "change"));
  const shown = [...root.querySelectorAll(".panels g[id]")].map((each) => [each.id, each.innerHTML]);
  (host.shown ??= []).push(Object.fromEntries(shown));
  return asked;
}"""
# [place, name, shown, expected] of the artists of the kept pictures that are not those of `pictures`.
DIFFERENT = f"""(host, pictures) =>
  pictures.flatMap((each, k) => ({browser.DIFFERENT})(host.shown[k], each).map((fault) => [k, ...fault]))"""


@needs_browser
def test_exercises_reply_as_python_does(phone, address, lesson):
    open_page(phone, address, lesson)
    chance = random.Random(lesson)
    own = (each for key, each in questions.EXERCISES.items() if key[:2] == lesson[:2])
    judged = [each for each in own if each.asks in exercises.FIELDS]
    forms = phone.locator(".exercise form").all()
    for form, exercise in zip(forms, judged, strict=True):
        given = answers(exercise, chance)
        cases = [(typed(answer), exercises.shown(exercise, answer)) for answer in given]
        assert len({reply for _, reply in cases}) > len(exercise.wrong), exercise.id
        assert form.evaluate(REPLIES, cases) == [], exercise.id


def answers(exercise, chance):
    """Return answers to an exercise, right, wrong, and beside both."""
    if exercise.asks == "choice":
        return list(exercise.choices)
    if exercise.asks == "labels":
        return [
            exercise.value,
            *([each for each in exercise.options if chance.random() < 0.5] for _ in range(20)),
            *exercise.wrong_values,
        ]
    known = [float(each) for each in (exercise.value, *exercise.wrong_values)]
    factors = [each for _, factor in exercise.units for each in (factor, 1 / factor)]
    near = [x * factor for x in known for factor in (1, -1, *factors, 1 + 1e-6, 0.99, 1.005, 1.02)]
    near += [round(x, digits) for x in known for digits in (0, 2, 3) if math.isfinite(x)]
    far = [chance.uniform(-20, 20) for _ in range(5)] + [10 ** chance.uniform(-12, 12) for _ in range(5)]
    return [*near, 0.0, *far]


def typed(answer):
    return [repr(answer)] if isinstance(answer, float) else list(answer)


# Which answers get another reply than the expected one.
REPLIES = """(form, cases) => cases.filter(([given, expected]) => {
  for (const input of form.querySelectorAll("input")) {
    if (input.type === "text") input.value = given[0];
    else input.checked = given.includes(input.value);
  }
  form.requestSubmit();
  const wanted = document.createElement("div");
  wanted.innerHTML = expected;
  return form.closest(".exercise").querySelector(".reply").innerHTML !== wanted.innerHTML;
})"""

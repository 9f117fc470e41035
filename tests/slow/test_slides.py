"""The lessons as slides: where each begins, and that nothing on it is cut off on a projector.

JupyterLab shows one lesson; for the measures of all, nbconvert writes the same cells, to which the same styles are
applied.
"""

import json

import nbformat
import pytest
from nbconvert import HTMLExporter

from pages.sources import explorer_calls
from tools import browser, notebooks

ROOT = notebooks.FOLDER.parent
STYLES = json.loads((ROOT / "tools" / "slides.json").read_text(encoding="utf-8"))
NAMES = sorted(path.stem for path in notebooks.FOLDER.glob("*.ipynb"))
MEASURE = """marks => {
  const cells = [...document.querySelectorAll("main > .jp-Cell")].map((cell, i) => [cell, marks[i]]);
  const slides = [];
  for (const [cell, mark] of cells) {
    if (mark == "skip") cell.remove();
    else if (!mark || mark == "fragment") slides.at(-1).push(cell);
    else slides.push([cell]);
  }
  return slides.map((slide) => {
    const boxes = slide.flatMap((cell) => [...cell.querySelectorAll("*")]).map((each) => each.getBoundingClientRect());
    const seen = boxes.filter(({ width, height }) => width && height);
    const height = Math.max(...seen.map(({ bottom }) => bottom)) - Math.min(...seen.map(({ top }) => top));
    return [height + 35 * (slide.length - 1), // which JupyterLab leaves between cells
      Math.max(...seen.map(({ right }) => right)), slide[0].innerText.slice(0, 40)];
  });
}"""


def read(name):
    return nbformat.read(notebooks.FOLDER / f"{name}.ipynb", as_version=4)


def starts_a_slide(cell):
    return cell.metadata.get("slideshow", {}).get("slide_type") == "slide"


@pytest.fixture(scope="module")
def page():
    with browser.browser() as chrome:
        page = chrome.new_page(viewport={"width": 1280, "height": 720})
        page.route("**", lambda route: route.abort())
        yield page


@pytest.mark.parametrize("name", NAMES)
def test_marks_are_the_rule_s_or_a_writer_s(name):
    notebook = read(name)
    assert [cell.metadata.get("slideshow", {}) for cell in notebook.cells] == list(notebooks.slides(notebook))


def test_a_writer_s_mark_is_kept():
    notebook = read("01_logit_table")
    by_hand = notebook.cells[4].metadata.slideshow = nbformat.from_dict({"slide_type": "skip", "by": "hand"})
    notebooks.tidy(notebook)
    assert notebook.cells[4].metadata.slideshow == by_hand


@pytest.mark.skipif(not browser.chromium(), reason="no Chromium found: install one, or set CHROMIUM to its path")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("name", NAMES)
def test_nothing_on_a_slide_is_cut_off(page, name):
    notebook = read(name)
    body, _ = HTMLExporter(template_name="lab").from_notebook_node(notebook)
    page.set_content(body)
    (styles,) = (each["styles"] for each in STYLES.values())
    rules = [
        f"{where} {{ {';'.join(f'{what}: {how}' for what, how in rule.items())} }}" for where, rule in styles.items()
    ]
    page.add_style_tag(content="".join(rules) + "main { box-sizing: border-box; width: 1130px; padding: 0 !important }")
    page.evaluate(
        "document.body.dataset.jpDeckMode = 'presenting'; document.querySelector('main').classList.add('jp-Notebook')"
    )
    slides = page.evaluate(MEASURE, [cell.metadata.get("slideshow", {}).get("slide_type") for cell in notebook.cells])
    cut = [slide for slide in slides if slide[0] > 720 or slide[1] > 1280]
    assert len(slides) >= 3 and cut == []


WHOLE = """([active, first]) => {
  const cells = [...document.querySelectorAll(".jp-deck-mod-onscreen.jp-deck-mod-visible")];
  const boxes = cells.map((cell) => cell.getBoundingClientRect());
  const { activeCellIndex, widgets } = jupyterapp.shell.currentWidget.content;
  return activeCellIndex == active && cells[0] == widgets[first].node
    && boxes.every(({ top, bottom, right }) => top >= 0 && bottom <= 720 && right <= 1280);
}"""


@pytest.mark.skipif(not browser.chromium(), reason="no Chromium found: install one, or set CHROMIUM to its path")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_jupyterlab_shows_them_with_live_sliders(page, monkeypatch):
    monkeypatch.setattr(browser, "SETTINGS", browser.SETTINGS | STYLES)
    cells = read("01_logit_table").cells
    explorer, *_ = explorer_calls(notebooks.FOLDER / "01_logit_table.ipynb")
    after = next(i for i, cell in enumerate(cells) if i > explorer and starts_a_slide(cell))
    with browser.server() as url:
        page.unroute_all()
        browser.open_notebook(page, f"{url}01_logit_table.ipynb")
        browser.run_all(page)
        page.evaluate("jupyterapp.shell.currentWidget.content.activeCellIndex = 0")
        page.evaluate("jupyterapp.commands.execute('deck:start')")
        first = 0
        for i, cell in enumerate(cells[: after + 1]):
            first = i if starts_a_slide(cell) else first
            page.wait_for_function(WHOLE, arg=[i, first])
            if i == explorer:
                page.get_by_label("logit of cow", exact=True).first.press("End")
                page.get_by_role("status").filter(has_text="Softmax picks cow").first.wait_for()
            page.evaluate("jupyterapp.commands.execute('deck:forward')")

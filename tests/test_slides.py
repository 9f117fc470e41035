"""The lessons as slides: where each begins, and that nothing on it is cut off on a projector.

jupyterlab-rise is no part of the tests: nbconvert writes the same cells, to which the same style sheet is applied.
"""

import contextlib

import nbformat
import pytest
from nbconvert import HTMLExporter

from tools import browser, notebooks

NAMES = sorted(path.stem for path in notebooks.FOLDER.glob("*.ipynb"))
MEASURE = """marks => {
  const cells = [...document.querySelectorAll("main > .jp-Cell")].map((cell, i) => [cell, marks[i]]);
  const slides = [];
  for (const [cell, mark] of cells) {
    if (mark == "skip") cell.remove();
    else if (mark == "-") slides.at(-1).push(cell);
    else slides.push([cell]);
  }
  return slides.map((slide) => {
    const boxes = slide.flatMap((cell) => [...cell.querySelectorAll("*")]).map((each) => each.getBoundingClientRect());
    const seen = boxes.filter(({ width, height }) => width && height);
    const height = Math.max(...seen.map(({ bottom }) => bottom)) - Math.min(...seen.map(({ top }) => top));
    return [height, Math.max(...seen.map(({ right }) => right)), slide[0].innerText.slice(0, 40)];
  });
}"""


def read(name):
    return nbformat.read(notebooks.FOLDER / f"{name}.ipynb", as_version=4)


@pytest.fixture(scope="module")
def page():
    with browser.browser() as chrome:
        page = chrome.new_page(viewport={"width": 1280, "height": 720})
        page.route("**", lambda route: route.abort())
        yield page


@pytest.mark.parametrize("name", NAMES)
def test_marks_are_the_rule_s_or_a_writer_s(name):
    notebook = read(name)
    assert [dict(cell.metadata.slideshow) for cell in notebook.cells] == list(notebooks.slides(notebook))


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
    with contextlib.suppress(Exception):  # MathJax, which is not fetched
        page.set_content(body, wait_until="load")
    style = (notebooks.FOLDER / "rise.css").read_text(encoding="utf-8")
    page.add_style_tag(content=f"{style} main {{ box-sizing: border-box; width: 1265px }}")
    page.evaluate("document.body.className += ' reveal'; document.querySelector('main').className += ' slides'")
    slides = page.evaluate(MEASURE, [cell.metadata.slideshow.slide_type for cell in notebook.cells])
    cut = [slide for slide in slides if slide[0] > 720 or slide[1] > 1280]
    assert len(slides) >= 5 and cut == []

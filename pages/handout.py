"""Print a lesson's page as a browser does, to build/print/: `make print NB=01`."""

import pathlib
import sys

from tools import browser, serving

ROOT = pathlib.Path(__file__).parents[1]
NUMBER = "<span style='font-size: 8px; margin: auto' class='pageNumber'></span>"


def write_handout(page, address, path):
    """Write the page at an address as a PDF on A4."""
    page.goto(address)
    page.locator("html[data-theme]").wait_for()
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")  # some Chromiums tell it too late to load pictures
    page.wait_for_function("() => [...document.querySelectorAll('article img')].every((each) => each.complete)")
    path.parent.mkdir(parents=True, exist_ok=True)
    footer = {"display_header_footer": True, "header_template": "<span></span>", "footer_template": NUMBER}
    page.pdf(path=path, format="A4", prefer_css_page_size=True, **footer)


def main(number, site=ROOT / "site"):
    (lesson,) = site.glob(f"{number}_*.html")
    with serving.files(site) as address, browser.browser() as chrome:
        path = ROOT / "build" / "print" / f"{lesson.stem}.pdf"
        write_handout(chrome.new_page(), f"{address}/{lesson.name}", path)
    print(path)


if __name__ == "__main__":
    main(*sys.argv[1:])

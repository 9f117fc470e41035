"""How Sphinx makes pages of the notebooks that `pages` has prepared: nothing is executed, nothing fetched."""

import os
import re

from docutils.nodes import SkipNode
from latex2mathml.converter import convert
from sphinx.search.en import SearchEnglish

project = "Logits, softmax and sigmoid"
html_title = project
root_doc = "index"
extensions = ["myst_nb", "notfound.extension", "sphinxext.opengraph", "sphinx_sitemap"]
# Where the pages will stand: what previews in a chat and the map for search engines need whole addresses.
owner, _, repository = os.environ.get("GITHUB_REPOSITORY", "").partition("/")  # GitHub's workflows set it
html_baseurl = ogp_site_url = f"https://{owner}.github.io/{repository}/" if owner else "http://127.0.0.1:8000/"
sitemap_url_scheme = "{link}"
sitemap_excludes = ["404.html", "search.html"]  # nobody is to be sent there
ogp_enable_meta_description = True
ogp_social_cards = {"font": "DejaVu Sans", "line_color": "#0072B2"}
notfound_urls_prefix = f"/{repository}/" if repository else "/"
notfound_context = {
    "title": "Not here",
    "body": f"<h1>There is no such page</h1><p>The <a href='{notfound_urls_prefix}index.html'>front page</a> leads to "
    "everything.</p>",
}
exclude_patterns = ["helpers/**/*.md"]  # files that a link may lead to, and no pages
nb_execution_mode = "off"
nb_ipywidgets_js = {}  # or they would come from a server
nb_number_source_lines = False
nb_output_stderr = "show"
nb_code_prompt_show, nb_code_prompt_hide = "Show what it gives", "Hide what it gives"
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
myst_heading_slug_func = "pages.sources.jupyter_anchor"
myst_update_mathjax = False
html_math_renderer = "mathml"
html_theme = "sphinx_book_theme"
html_css_files = ["page.css"]
html_js_files = [("page.js", {"type": "module"})]
html_copy_source = html_show_sourcelink = html_show_copyright = html_show_sphinx = False
html_last_updated_fmt = None
html_use_index = False
html_context = {"default_mode": "auto"}
html_favicon = "icon.svg"
# The theme refuses the address of a repository without a name.
to_repository = {"repository_url": f"https://github.com/{owner}/{repository}", "use_repository_button": True}
html_theme_options = (to_repository if owner else {}) | {
    "use_download_button": False,
    "use_fullscreen_button": True,
    "back_to_top_button": False,  # it would cover a picture
    "show_toc_level": 2,
    "secondary_sidebar_items": {"**": ["page-toc.html"], "index": []},
    "home_page_in_toc": True,
    "navbar_persistent": [],
    "extra_footer": "",
    "footer_content_items": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}


# What the converter leaves out around the name of a function: TeX's thin spaces, as in "y log p", and none before "(".
OPERATOR = re.compile(r"<mo>(\w\w+)</mo>(?=<mo[^>]*>&#x00028;)")
BEFORE_NAME = re.compile(r"(</(?:mi|mn|msub|msup|mfrac)>|&#x00029;</mo>)(?=<mi>\w\w+</mi>)")
AFTER_NAME = re.compile(r"(?<!<msub>)(<mi>\w\w+</mi>)(?=<m(?!o))")
THIN = r'\1<mspace width="0.167em"/>'


def mathml(self, node):
    """Write a formula as MathML, which browsers draw without a script. At a wide gap a narrow page breaks it."""
    if node.tagname != "math":
        parts = [convert(part, display="block") for part in re.split(r"(?:\\qquad\s*)+", node.astext())]
        markup = f'<div class="formula"><span>{"</span> <span>".join(parts)}</span></div>'
    else:
        markup = convert(node.astext(), display="inline")
    markup = OPERATOR.sub(r"<mi>\1</mi>", markup)
    self.body.append(AFTER_NAME.sub(THIN, BEFORE_NAME.sub(THIN, markup)))
    raise SkipNode


class WordsAndDecimals(SearchEnglish):
    """Sphinx's search leaves out all numbers. Here a decimal is a word: people search for the loss that they see."""

    _word_re = re.compile(r"\d+\.\d+|\w+")
    js_splitter_code = r"var splitQuery = (query) => query.match(/\d+\.\d+|[\p{Letter}\p{Number}_]+/gu) ?? [];"


def setup(app):
    app.add_search_language(WordsAndDecimals)
    app.add_html_math_renderer("mathml", inline_renderers=(mathml, None), block_renderers=(mathml, None))

"""How Sphinx makes pages of the notebooks that `pages` has prepared: nothing is executed, nothing fetched."""

from docutils.nodes import SkipNode
from latex2mathml.converter import convert

project = "Logits, softmax and sigmoid"
html_title = project
root_doc = "00_start_here"
extensions = ["myst_nb"]
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
html_theme_options = {
    "use_download_button": False,
    "use_fullscreen_button": True,
    "show_toc_level": 2,
    "home_page_in_toc": True,
    "navbar_persistent": [],
    "extra_footer": "",
    "footer_content_items": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}


def mathml(self, node):
    """Write a formula as MathML, which browsers draw without a script."""
    display = "inline" if node.tagname == "math" else "block"
    self.body.append(convert(node.astext(), display=display))
    raise SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", inline_renderers=(mathml, None), block_renderers=(mathml, None))

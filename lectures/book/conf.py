"""How Sphinx makes the book. `python -m autograder.book` lays out its sources and calls it with this file."""

import re
from html import unescape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

import autograder

project = "Python multiprocessing: speeding up computation"
author = "the authors of the course"
copyright = "the authors. Code BSD-3-Clause, text CC BY 4.0"
version = release = autograder.__version__
language = "en"

exclude_patterns = ["_notebooks"]
extensions = ["myst_nb", "sphinx_copybutton", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
nitpicky = False
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
suppress_warnings = ["mystnb.unknown_mime_type"]

nb_execution_mode = "cache"
nb_execution_timeout = 240
nb_execution_raise_on_error = True
nb_merge_streams = True
nb_mime_priority_overrides = [("html", "image/png", 5)]  # a file beside the page, a quarter smaller

autodoc_typehints = "none"  # numpydoc's Parameters say them
autodoc_member_order = "bysource"
napoleon_google_docstring = False
copybutton_exclude = ".linenos, .gp, .go"

html_theme = "sphinx_book_theme"
html_title = "Python multiprocessing"
html_static_path = ["_static"]
templates_path = ["_templates"]
html_css_files = ["book.css"]
html_js_files = [("book.js", {"defer": "defer"})]
html_copy_source = False
html_show_sphinx = False
html_last_updated_fmt = None
html_context = {"default_mode": "auto"}
html_theme_options = {
    "use_download_button": False,  # below each title, in words, and the same notebook that the course has
    "use_fullscreen_button": False,
    "home_page_in_toc": True,
    "navbar_persistent": [],  # the search stands in the sidebar, and in narrow windows above the page
    "show_navbar_depth": 1,
    "max_navbar_depth": 1,  # the theme's buttons that unfold more of it have no name
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}


def describe_pictures(app: Sphinx, doctree: nodes.document) -> None:
    """Give each picture of an output the words that its notebook shows with it (see autograder/plots.py)."""
    for bundle in list(doctree.findall(nodes.container)):
        if bundle.get("nb_element") != "mime_bundle":
            continue
        by_type = {child.get("mime_type"): child for child in bundle.children}
        if not {"text/html", "image/png"} <= set(by_type):
            continue
        shown = re.search(r'<img alt="([^"]*)" width="(\d+)"', by_type["text/html"].astext())
        if shown:
            bundle.remove(by_type["text/html"])
            for image in by_type["image/png"].findall(nodes.image):
                image["alt"], image["width"] = unescape(shown[1]), f"{shown[2]}px"


def add_simulators(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Load on a page the scripts of the simulators that stand on it, and no others."""
    names = re.findall(r'data-play="(\w+)"', context.get("body", ""))
    for name in ["model", "ui", *dict.fromkeys(names)] if names else ():
        app.add_js_file(f"play/{name}.js", defer="defer")


def keep_notebooks(app: Sphinx, error: Exception | None) -> None:
    """Put the notebooks that pages offer for download beside them."""
    source, target = Path(app.srcdir, "_notebooks"), Path(app.outdir, "_notebooks")
    for path in source.rglob("*.ipynb") if error is None else ():
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    # What stands in this file changes how pages are read, and Sphinx would keep those it has read before.
    app.add_config_value("text_of_this_file", Path(__file__).read_text("utf-8"), "env", str)
    app.connect("doctree-read", describe_pictures)
    app.connect("html-page-context", add_simulators)
    app.connect("build-finished", keep_notebooks)

"""Feedback pages: fit for a narrow screen, and made without compiling their templates for each student.

nbgrader's headings have a fixed height, and long lines are cut off. It makes a new exporter for each page.
"""

from __future__ import annotations

from typing import Any

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from nbconvert.exporters import HTMLExporter
from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

# Its own style sheet comes after ours on the page, so ours names the body, too, to count for more.
STYLE = """
@media (max-width: 700px) {
  body div.nbgrader_cell .panel-heading { height: auto; overflow: hidden; }
  body div#notebook-container { padding: 8px; }
  body div.output_area pre { white-space: pre-wrap; overflow-wrap: anywhere; }
}
"""


class NarrowScreens(NbGraderPreprocessor):
    """Adds `STYLE` to a page. Comes after CSSHTMLHeaderPreprocessor, which makes the list anew."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Leave the notebook as it is, and its page with one more style."""
        resources.setdefault("inlining", {}).setdefault("css", []).append(STYLE)
        return nb, resources


class _Compiled(BytecodeCache):
    """Templates that this process has compiled; jinja2 looks whether their text is still the same."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._known:
            bucket.bytecode_from_string(self._known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key] = bucket.bytecode_to_string()


_compiled = _Compiled()


class FeedbackExporter(HTMLExporter):
    """As nbconvert's, but a class's pages share their compiled templates."""

    def _create_environment(self) -> Environment:
        environment = super()._create_environment()
        environment.bytecode_cache = _compiled
        return environment

"""Feedback pages on a narrow screen: nbgrader's headings have a fixed height, and long lines are cut off."""

from __future__ import annotations

from typing import Any

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

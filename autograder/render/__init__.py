"""Reports made visible: terminal text, HTML and a bar picture, all from the same data and words."""

from __future__ import annotations

from autograder.render.bars import bars
from autograder.render.html import as_html
from autograder.render.palette import PALETTE
from autograder.render.text import as_text

__all__ = ["PALETTE", "as_html", "as_text", "bars"]

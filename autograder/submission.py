"""From a submitted notebook to the text of its answers, and nothing else of it.

Only the source of solution cells counts, found by grade_id. Outputs, tags, metadata, other cells
and other files are not even looked at.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from autograder.collection import NotPlain, open_plain

MAX_NOTEBOOK_BYTES = 20 << 20
MAX_CELLS = 5000
MAX_ANSWER_CHARACTERS = 200_000


class SubmissionError(Exception):
    """A submitted notebook cannot be read: its student loses this mark, the class goes on."""


def read_notebook(path: Path) -> dict[str, Any]:
    """Read a submitted notebook as plain JSON, defensively.

    Raises
    ------
    SubmissionError
        If the file is missing, is no regular file of its own, is too big, is not JSON, or holds no list
        of cells.
    """
    try:
        with open_plain(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_NOTEBOOK_BYTES:
                raise SubmissionError(
                    f"{path.name} has {size / 2**20:.0f} MiB; at most {MAX_NOTEBOOK_BYTES >> 20} are read. "
                    "Outputs make notebooks big: clear them (Edit, Clear All Outputs) and submit again."
                )
            text = file.read(MAX_NOTEBOOK_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        raise SubmissionError(f"{path.name} is missing from the submission.") from None
    except NotPlain as error:
        raise SubmissionError(f"{path.name} is missing from the submission: {error}.") from None
    except OSError as error:
        raise SubmissionError(
            f"{path.name} cannot be read: {error.strerror}. Who owns it, and who may read it?"
        ) from None
    try:
        notebook = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise SubmissionError(
            f"{path.name} is not a notebook: {type(error).__name__}: {error}. "
            "Was it edited as text, or cut off on its way? Open it in JupyterLab, save it and submit again."
        ) from None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or len(cells) > MAX_CELLS:
        number = (
            f"{len(cells):,} cells, more than {MAX_CELLS:,}"
            if isinstance(cells, list)
            else "no list of cells"
        )
        raise SubmissionError(f"{path.name} is JSON but not a notebook that is read: it holds {number}.")
    return notebook


def solution_cells(notebook: Mapping[str, Any]) -> dict[str, str]:
    """Source text of each solution cell, by grade_id.

    Of several cells with one grade_id the last counts, as in nbgrader.

    Parameters
    ----------
    notebook : mapping
        As read from JSON; nothing about it is trusted.
    """
    found: dict[str, str] = {}
    for cell in notebook.get("cells", []):
        metadata = cell.get("metadata") if isinstance(cell, dict) else None
        marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
        if not isinstance(marks, dict) or marks.get("solution") is not True:
            continue
        source, grade_id = cell.get("source", ""), marks.get("grade_id")
        if isinstance(source, list) and all(isinstance(line, str) for line in source):
            source = "".join(source)
        if isinstance(grade_id, str) and isinstance(source, str):
            found[grade_id] = source[:MAX_ANSWER_CHARACTERS]
    return found


def module_text(cell: str) -> str:
    """The module that a cell writes: its text without the ``%%writefile`` line.

    Examples
    --------
    >>> module_text("%%writefile double.py\\ndef double(x): ...")
    'def double(x): ...'
    """
    text = re.sub(r"\A(?:[ \t]*\r?\n)+", "", cell)  # IPython skips blank lines, too
    first, _, rest = text.partition("\n")
    return rest if first.startswith("%%writefile") else text


def sources_of(notebook: Mapping[str, Any], names: Iterable[str]) -> dict[str, str]:
    """The modules of a notebook's answers, for those of `names` that are there."""
    cells = solution_cells(notebook)
    return {name: module_text(cells[name]) for name in names if name in cells}


def needed(name: str, sources: Mapping[str, str]) -> dict[str, str]:
    """The answer `name` and the answers it names, directly or not: those that it may import, in whatever way.

    A changed answer is judged again only with those that use it.

    Examples
    --------
    >>> sorted(needed("b", {"a": "", "b": "from a import a", "c": ""}))
    ['a', 'b']
    """
    found: dict[str, str] = {}
    waiting = [name]
    while waiting:
        module = waiting.pop()
        if module in found or module not in sources:
            continue
        found[module] = sources[module]
        words = set(re.findall(r"\w+", sources[module]))
        waiting += [other for other in sources if other in words]
    return found

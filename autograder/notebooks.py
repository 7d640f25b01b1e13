"""From text to notebook to release, and the check that the three agree.

    lectures/text/NAME.md         ->  lectures/NAME.ipynb
    solutions/.text/UNIT/NAME.md  ->  solutions/UNIT/NAME.ipynb
    solutions/UNIT/               ->  exercises/UNIT/             by nbgrader's generate_assignment

Only the left end is edited by hand. ``python -m autograder.notebooks build`` makes the rest,
``verify`` says what differs and whether any answer text lies in exercises/. The text pairs of the
solutions live in a hidden folder: Formgrader lists every other folder of solutions/ as an assignment,
and generate_assignment would hand a text pair beside the notebook, answers included, to the students.

In a text pair a graded cell names only what a person decides, nbgrader's other marks follow from it:

    :nbgrader: {grade_id: parallel_map}                      code: an answer, ``%%writefile parallel_map.py``
    :nbgrader: {grade_id: check-parallel_map, points: 4}     code: its check, locked
    +++ {"nbgrader": {"grade_id": "why", "points": 2}}       words: an answer marked by hand
    :nbgrader: {grade_id: drawing, points: 2}                code with solution markers: marked by hand, too
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import json
import re
import shutil
import sys
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from autograder.course import CourseError, find_root

BUILD = "python -m autograder.notebooks build"
MARKERS = (
    "BEGIN SOLUTION",
    "END SOLUTION",
    "BEGIN HIDDEN",
    "END HIDDEN",
    "BEGIN MARK SCHEME",
    "END MARK SCHEME",
)

_CACHES = {"__pycache__", ".ipynb_checkpoints"}
_SHOWN_DIFF_LINES = 40
_TELLING = 12  # a line of an answer shorter than this (`else:`, `return x`) gives nothing away
_TELLING_ELSEWHERE = 30  # in another unit, where shorter ones are anybody's: process.join()


class NotebookError(Exception):
    """A text pair that cannot become a notebook, or a notebook that cannot become a release."""


def build(root: Path) -> list[Path]:
    """Write every notebook and release file that is not yet what its text says.

    Parameters
    ----------
    root : Path
        The course's folder.

    Returns
    -------
    list of Path
        What was written; empty if all was up to date.

    Raises
    ------
    NotebookError
        If a text pair cannot be used, or nbgrader cannot generate a release.
    """
    written = []
    for name, content in expected(root).items():
        path = root / name
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            written.append(path)
    return written


def verify(root: Path) -> list[str]:
    """Say what is wrong with the generated files, one message a problem, each with what mends it.

    Parameters
    ----------
    root : Path
        The course's folder.

    Raises
    ------
    NotebookError
        As for `build`.
    """
    wanted = expected(root)
    problems = [
        problem for name, content in wanted.items() if (problem := _disagreement(root / name, name, content))
    ]
    problems += [
        f"{path.relative_to(root).as_posix()} is made from no text pair and belongs to no release. "
        "Delete it, or add its source."
        for path in _generated_places(root)
        if path.relative_to(root).as_posix() not in wanted
    ]
    return problems + leaks(
        root, {name: content for name, content in wanted.items() if name.startswith("solutions/")}
    )


def expected(root: Path) -> dict[str, bytes]:
    """What every generated file must hold, by its path below `root`."""
    files = {
        f"lectures/{path.stem}.ipynb": notebook_bytes(path)
        for path in sorted(root.glob("lectures/text/*.md"))
    }
    solutions = {
        f"solutions/{path.parent.name}/{path.stem}.ipynb": notebook_bytes(path)
        for path in sorted(root.glob("solutions/.text/*/*.md"))
    }
    return {**files, **solutions, **release(root, solutions)}


# ---------------------------------------------------------------- text -> notebook


def notebook_bytes(path: Path) -> bytes:
    """The notebook that a text pair makes: no outputs, stable cell ids, nothing that varies with the machine.

    Parameters
    ----------
    path : Path
        A MyST Markdown file with code cells.

    Raises
    ------
    NotebookError
        If the file cannot be parsed, or a graded cell is not written as nbgrader needs it.
    """
    import jupytext
    import nbformat

    try:
        read = jupytext.read(path, fmt="md:myst")
    except Exception as error:
        raise NotebookError(
            f"{path} is not MyST Markdown with code cells: {type(error).__name__}: {error}"
        ) from error
    cells = []
    for cell, cell_id in zip(read.cells, cell_ids(read.cells), strict=True):
        metadata = dict(cell.metadata)
        if "nbgrader" in metadata:
            metadata["nbgrader"] = _marks(cell, f"{path.name}, cell {cell_id!r}")
        new = nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell
        cells.append(new(cell.source, id=cell_id, metadata=metadata))
    notebook = nbformat.v4.new_notebook(
        cells=cells,
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
    )
    notebook.nbformat_minor = 5
    nbformat.validate(notebook)
    return (nbformat.writes(notebook) + "\n").encode()


def cell_ids(cells: list[Any]) -> list[str]:
    """An id for each cell that stays the same while the cells around it change.

    It is the cell's grade_id, or the nearest title above with an ordinal.

    Examples
    --------
    >>> from nbformat.v4 import new_code_cell, new_markdown_cell
    >>> cell_ids([new_markdown_cell("# A map"), new_code_cell("1"), new_code_cell("2")])
    ['a-map', 'a-map-2', 'a-map-3']
    """
    ids: list[str] = []
    under: Counter[str] = Counter()
    title = "start"
    for cell in cells:
        titles = _titles(cell.source) if cell.cell_type == "markdown" else []
        title = titles[0] if titles else title
        wanted = _slug(cell.metadata.get("nbgrader", {}).get("grade_id", "") or title)
        under[wanted] += 1
        cell_id = wanted if under[wanted] == 1 else f"{wanted}-{under[wanted]}"
        while cell_id in ids:  # a title that reads like another title with an ordinal
            cell_id += "-b"
        ids.append(cell_id)
        title = titles[-1] if titles else title
    return ids


def _titles(markdown: str) -> list[str]:
    without_code = re.sub(r"^(`{3,}|~{3,}).*?^\1", "", markdown, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"^#{1,6}\s+(.+)$", without_code, flags=re.MULTILINE)


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_]+", "-", plain).strip("-")[:48].strip("-").lower() or "cell"


def _marks(cell: Any, where: str) -> dict[str, Any]:
    """All of nbgrader's marks on a cell, from its grade_id and points."""
    given = dict(cell.metadata["nbgrader"])
    extra = set(given) - {"grade_id", "points"}
    if extra or not given.get("grade_id"):
        raise NotebookError(
            f"{where}: nbgrader takes a grade_id and perhaps points, but it has {sorted(given)}. "
            "The other marks follow from them, see the top of autograder/notebooks.py."
        )
    name, points = str(given["grade_id"]), given.get("points")
    by_hand = points is not None and (cell.cell_type == "markdown" or bool(_split(cell.source)[1]))
    answer = points is None or by_hand
    if cell.cell_type == "markdown" and points is None:
        raise NotebookError(f"{where}: an answer in words is marked by hand and needs points.")
    if cell.cell_type == "code" and answer and not by_hand:
        if not cell.source.startswith(f"%%writefile {name}.py\n"):
            raise NotebookError(f"{where}: the first line of this answer must be '%%writefile {name}.py'.")
        if not _split(cell.source)[1]:
            # Without the markers ClearSolutions would clear the whole cell, the %%writefile line with it.
            raise NotebookError(
                f"{where}: the answer must lie between '### BEGIN SOLUTION' and '### END SOLUTION'."
            )
    if cell.cell_type == "code" and not answer and not name.startswith("check-"):
        raise NotebookError(f"{where}: the check cell of an exercise NAME must be called 'check-NAME'.")
    return {
        "grade": points is not None,
        "grade_id": name,
        "locked": not answer,
        **({} if points is None else {"points": float(points)}),
        "schema_version": 3,
        "solution": answer,
        "task": False,
    }


# ---------------------------------------------------------------- notebook -> release


def release(root: Path, notebooks: Mapping[str, bytes]) -> dict[str, bytes]:
    """What students get, made by nbgrader's own generate_assignment in a scratch course, without a gradebook.

    Parameters
    ----------
    root : Path
        The course's folder: its nbgrader_config.py and the other files of its units are used.
    notebooks : mapping of str to bytes
        The instructor's notebooks, by their path below `root`.

    Raises
    ------
    NotebookError
        If nbgrader refuses a notebook; says which unit, and nbgrader's own words.
    """
    units = sorted({name.split("/")[1] for name in notebooks})
    if not units:
        return {}
    with tempfile.TemporaryDirectory(prefix="autograder-release-") as folder:
        scratch = Path(folder).resolve()
        shutil.copy(root / "nbgrader_config.py", scratch)
        for unit in units:
            ignore = shutil.ignore_patterns("*.ipynb", *_CACHES)
            shutil.copytree(root / "solutions" / unit, scratch / "solutions" / unit, ignore=ignore)
        for name, content in notebooks.items():
            (scratch / name).write_bytes(content)
        for unit in units:
            _generate(scratch, unit)
        made = sorted(path for path in (scratch / "exercises").rglob("*") if path.is_file())
        return {path.relative_to(scratch).as_posix(): path.read_bytes() for path in made}


def _generate(course: Path, unit: str) -> None:
    from nbgrader.apps.api import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import PyFileConfigLoader

    config = PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
    # As with --no-db: making a gradebook takes seconds and serves nobody here.
    config.SaveCells.enabled = False
    config.GenerateAssignment.no_database = True
    result = NbGraderAPI(CourseDirectory(config=config), config=config).generate_assignment(unit)
    if not result["success"]:
        log = result.get("log", "")
        errors = re.findall(r"^\s*([\w.]*(?:Error|Exception)\w*:.*)$", log, re.MULTILINE)
        said = errors[-1] if errors else log or result.get("error", "nothing")
        raise NotebookError(f"nbgrader cannot make the release of {unit}; it says: {said}")


# ---------------------------------------------------------------- what is wrong


def leaks(root: Path, solutions: Mapping[str, bytes]) -> list[str]:
    """Answer text that lies in exercises/: markers of nbgrader, or lines of a solution's body.

    Parameters
    ----------
    root : Path
        The course's folder.
    solutions : mapping of str to bytes
        The instructor's notebooks, by their path below `root`.
    """
    answers = [(line, name) for name, content in solutions.items() for line in _answer_lines(content)]
    problems = []
    for path in sorted(file for file in (root / "exercises").rglob("*") if file.is_file()):
        if _CACHES & set(path.parts):
            continue
        where = path.relative_to(root).as_posix()
        unit = where.split("/")[1]
        secret = dict.fromkeys(MARKERS, "") | {
            line: f", a line of the answer in {name}"
            for line, name in answers
            if name.split("/")[1] == unit or len(line) >= _TELLING_ELSEWHERE
        }
        for line in _lines(path):
            found = next((text for text in secret if text in line), None)
            if found is not None:
                problems.append(
                    f"{where} holds {found!r}{secret[found]}. Take it out of what students get, then: {BUILD}"
                )
    return problems


def _answer_lines(notebook: bytes) -> Iterator[str]:
    """The telling lines of a notebook's answers, spaces squeezed, without those that students are given."""
    for cell in json.loads(notebook)["cells"]:
        given, body = _split("".join(cell["source"]))
        for line in map(_squeezed, body):
            if len(line) >= _TELLING and line not in map(_squeezed, given):
                yield line


def _split(source: str) -> tuple[list[str], list[str]]:
    """The lines of a cell that a student is given, and those between its solution markers."""
    given: list[str] = []
    body: list[str] = []
    inside = False
    for line in source.splitlines():
        if "BEGIN SOLUTION" in line or "END SOLUTION" in line:
            inside = "BEGIN SOLUTION" in line
        else:
            (body if inside else given).append(line)
    return given, body


def _lines(path: Path) -> Iterator[str]:
    """The lines of a file, spaces squeezed; of a notebook those of every text in it."""
    text = path.read_text("utf-8", errors="replace")
    if path.suffix == ".ipynb":
        with contextlib.suppress(ValueError):  # then its raw lines are looked at
            text = "\n".join(_texts(json.loads(text)))
    return map(_squeezed, text.splitlines())


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, list):
        if all(isinstance(value, str) for value in node):
            yield "".join(node)
        else:
            for value in node:
                yield from _texts(value)


def _squeezed(line: str) -> str:
    return " ".join(line.split())


def _generated_places(root: Path) -> list[Path]:
    """Every file that lies where only generated ones may lie."""
    found = [
        *root.glob("lectures/*.ipynb"),
        *root.glob("solutions/*/*.ipynb"),
        *root.glob("exercises/*/**/*"),
    ]
    return sorted(path for path in found if path.is_file() and not _CACHES & set(path.parts))


def _disagreement(path: Path, name: str, wanted: bytes) -> str:
    """What is wrong with one generated file, empty if nothing is."""
    if not path.is_file():
        return f"{name} is missing. Make it: {BUILD}"
    found = path.read_bytes()
    if found == wanted:
        return ""
    diff = difflib.unified_diff(
        found.decode("utf-8", "replace").splitlines(),
        wanted.decode("utf-8", "replace").splitlines(),
        fromfile=f"{name} on disk",
        tofile=f"{name} as its source makes it",
        lineterm="",
        n=1,
    )
    lines = list(diff)
    shown = lines[:_SHOWN_DIFF_LINES]
    if len(lines) > len(shown):
        shown.append(f"... and {len(lines) - len(shown)} more lines")
    return "\n".join(
        [f"{name} is not what its source makes. Edit the source, not this file; then: {BUILD}", *shown]
    )


# ---------------------------------------------------------------- command line


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the exit status is 1 if anything is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m autograder.notebooks", description=__doc__.splitlines()[0]
    )
    parser.add_argument("action", choices=["build", "verify"])
    parser.add_argument(
        "--course", type=Path, help="the course's folder; by default the one around the current folder"
    )
    chosen = parser.parse_args(arguments)
    try:
        root = (chosen.course or find_root()).resolve()
        if chosen.action == "build":
            for path in build(root):
                print(f"wrote {path.relative_to(root).as_posix()}")
            return 0
        problems = verify(root)
    except (NotebookError, CourseError) as error:
        problems = [str(error)]
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

"""The web book: one folder of sources from what the course holds already, and Sphinx on it.

    lectures/text/*.md, exercises/, solutions/.text/  ->  notebooks, answers folded away  \\
    lectures/book/*.md                                ->  the book's own pages             >  _build/source
    autograder/decisions/, autograder/bench/results/  ->  why, and what was measured      /
    _build/source, lectures/book/conf.py              ->  Sphinx, MyST-NB, jupyter-cache  ->  _build/html

``python -m autograder.book`` makes it. Lectures are run when their code has changed since the last build.
The pages need neither a server nor a network: lectures/book/_build/html/index.html opens from the disk.
"""

from __future__ import annotations

import argparse
import inspect
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote

from autograder.course import CourseError, find_root
from autograder.notebooks import BUILD, MARKERS, NotebookError, notebook_bytes

BOOK = "lectures/book"
_OWN = {".md", ".png", ".svg"}  # files of lectures/book/ that are pages or belong to one
#: Below which heading of which lecture a simulator is offered.
SIMULATORS = {
    "00-why": {"Makespan": "pool", "Karp and Flatt: what a measured speedup says": "speedup"},
    "01-process": {"5. Three ways to start": "start"},
    "02-pool": {"Uneven tasks: everybody waits for one": "pool"},
    "05-lock": {"Step by step": "counter", "3. Deadlock: two locks, two orders": "locks"},
}
_OFFERS = {
    "pool": "[Play with a pool's schedule]({up}play/pool.md): tasks, workers, chunksize, order.",
    "speedup": "[Place your own points]({up}play/speedup.md) beside Amdahl and Gustafson.",
    "start": "[Compare the start methods]({up}play/start.md): what is copied, imported, pickled.",
    "counter": "[Step through it yourself]({up}play/counter.md), with and without a lock.",
    "locks": "[Make the deadlock yourself]({up}play/locks.md), and see its ring.",
}
_REPOSITORY = re.compile(r"https://github\.com/[\w.-]+/[\w.-]+")


class BookError(Exception):
    """The book cannot be made as it is asked for."""


@dataclass(frozen=True)
class Address:
    """Where the repository can be opened by others, from lectures/book/book.toml.

    Parameters
    ----------
    repository : str
        "https://github.com/OWNER/NAME", or empty as long as there is none: then pages have no such links.
    branch : str
        The branch that is opened.

    Raises
    ------
    BookError
        If the repository is not of that form; Colab opens no other.

    Examples
    --------
    >>> here = Address("https://github.com/ann/course", "main")
    >>> here.binder("lectures/02-pool.ipynb")
    'https://mybinder.org/v2/gh/ann/course/main?urlpath=lab/tree/lectures/02-pool.ipynb'
    >>> here.colab("lectures/02-pool.ipynb")
    'https://colab.research.google.com/github/ann/course/blob/main/lectures/02-pool.ipynb'
    """

    repository: str
    branch: str

    def __post_init__(self) -> None:
        if self.repository and not _REPOSITORY.fullmatch(self.repository):
            raise BookError(
                f"the repository is {self.repository!r}, but Binder and Colab are told "
                f"https://github.com/OWNER/NAME. Change it in {BOOK}/book.toml, or leave it empty."
            )

    @property
    def _path(self) -> str:
        return self.repository.removeprefix("https://github.com/")

    def binder(self, notebook: str) -> str:
        """Open this notebook in JupyterLab on mybinder.org."""
        branch = quote(self.branch, safe="")
        return f"https://mybinder.org/v2/gh/{self._path}/{branch}?urlpath=lab/tree/{quote(notebook)}"

    def colab(self, notebook: str) -> str:
        """Open this notebook in Google Colab."""
        return f"https://colab.research.google.com/github/{self._path}/blob/{self.branch}/{quote(notebook)}"


def address(root: Path) -> Address:
    """The address that lectures/book/book.toml gives."""
    with open(root / BOOK / "book.toml", "rb") as file:
        given = tomllib.load(file)
    return Address(given["repository"], given["branch"])


def sources(root: Path, run: str = "*") -> dict[str, bytes]:
    """Every file of the book's source folder, by its path in there.

    Parameters
    ----------
    root : Path
        The course's folder.
    run : str
        Which lectures are run, as a pattern of their names; the others are shown without outputs.

    Raises
    ------
    BookError
        If the address cannot be used, a release is missing, or an exercise's answer has no check.
    """
    where = address(root)
    files: dict[str, bytes] = {}
    for path in sorted((root / BOOK).rglob("*")):
        own = path.relative_to(root / BOOK)
        if path.suffix in _OWN and not any(part.startswith("_") for part in own.parts):
            files[own.as_posix()] = path.read_bytes()
    for path in sorted(root.glob("lectures/text/*.md")):
        name = f"lectures/{path.stem}.ipynb"
        files[f"_notebooks/{name}"] = content = notebook_bytes(path)
        files[name] = _page(json.loads(content), name, where, fnmatch(path.stem, run))
    for path in sorted(root.glob("solutions/.text/*/*.md")):
        name = f"exercises/{path.parent.name}/{path.stem}.ipynb"
        if not (root / name).is_file():
            raise BookError(f"{name} is missing. Make it: {BUILD}")
        files[f"_notebooks/{name}"] = content = (root / name).read_bytes()
        shown = with_solutions(json.loads(content), json.loads(notebook_bytes(path)), name)
        files[name] = _page(shown, name, where, False)
    for path in sorted((root / "autograder/decisions").glob("*.md")):
        files[f"decisions/{path.name}"] = path.read_bytes()
    for table in sorted((root / "autograder/bench/results").glob("*/table.md")):
        bench = table.parent.name
        files[f"results/{bench}.md"] = table.read_bytes()
        for picture in sorted(table.parent.glob("*.png")):
            files[f"results/{bench}-{picture.name}"] = picture.read_bytes()
    files["index.md"] = files["index.md"].replace(b"{{map}}", units_map(root).encode())
    files["reference/used.md"] = _used(files).encode()
    return files


# ---------------------------------------------------------------- notebook -> page


def _page(notebook: dict[str, Any], name: str, where: Address, run: bool) -> bytes:
    """A notebook as a page: links below its title, no marks of tests or of nbgrader."""
    cells = []
    for cell in notebook["cells"]:
        cell = dict(cell, metadata={})
        if cell["cell_type"] == "markdown":
            cell["source"] = _with_simulators(_linked(_text(cell), name), name)
        cells.append(cell)
    title, *rest = _text(cells[0]).split("\n", 1)
    cells[0]["source"] = "\n\n".join([title, _ways(name, where), *rest])
    metadata = dict(notebook["metadata"], **({} if run else {"mystnb": {"execution_mode": "off"}}))
    return (json.dumps(dict(notebook, cells=cells, metadata=metadata), indent=1) + "\n").encode()


def _ways(name: str, where: Address) -> str:
    """The links below a title: this notebook to keep, and to open elsewhere."""
    up = "../" * name.count("/")
    file = name.rsplit("/", 1)[1]
    ways = [f'<a href="{up}_notebooks/{name}" download="{file}">Download this notebook</a>']
    if where.repository:
        ways += [f'<a href="{where.binder(name)}">Open in Binder</a>']
        ways += [f'<a href="{where.colab(name)}">Open in Colab</a>']
    return '<p class="ways">' + "\n".join(ways) + "</p>"


def _linked(text: str, name: str) -> str:
    """The same words; where they name an exercise's notebook, they lead to its page."""
    up = "../" * name.count("/")
    return re.sub(r"(?<!\[)`(exercises/\S+?\.ipynb)`(?!\])", rf"[`\1`]({up}\1)", text)


def _with_simulators(text: str, name: str) -> str:
    """The same words, with an offer below each heading that has a simulator."""
    for heading, simulator in SIMULATORS.get(Path(name).stem, {}).items():
        offer = _OFFERS[simulator].format(up="../" * name.count("/"))
        line = re.compile(rf"^(#+ {re.escape(heading)})$", re.MULTILINE)
        text = line.sub(rf"\1\n\n:::{{container}} to-play\n{offer}\n:::", text)
    return text


def with_solutions(release: dict[str, Any], solution: dict[str, Any], name: str) -> dict[str, Any]:
    """What students get, and each answer folded away below its hints.

    Parameters
    ----------
    release, solution : dict
        The two notebooks of an exercise, as read from JSON.
    name : str
        For messages.

    Raises
    ------
    BookError
        If an answer of the solution has no check in the release, below which it could stand.
    """
    answers = {
        cell["metadata"]["nbgrader"]["grade_id"]: _without_markers(_text(cell)) for cell in _answers(solution)
    }
    cells: list[dict[str, Any]] = []
    waiting = ""
    for cell in release["cells"]:
        if waiting and not _text(cell).startswith("<details>"):
            cells.append(_folded(waiting, answers.pop(waiting)))
            waiting = ""
        cells.append(cell)
        if cell["id"].startswith("check-"):
            waiting = cell["id"].removeprefix("check-")
    if waiting:
        cells.append(_folded(waiting, answers.pop(waiting)))
    if answers:
        raise BookError(f"{name}: no check stands below the answer {', '.join(answers)}.")
    return dict(release, cells=cells)


def _answers(solution: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for cell in solution["cells"]:
        marks = cell["metadata"].get("nbgrader", {})
        if cell["cell_type"] == "code" and marks.get("solution") and not marks.get("grade"):
            yield cell


def _without_markers(source: str) -> str:
    return "\n".join(line for line in source.splitlines() if not any(mark in line for mark in MARKERS))


def _folded(answer: str, source: str) -> dict[str, Any]:
    text = (
        '<details class="solution">\n'
        f"<summary>A solution of <code>{answer}</code>: try yours first</summary>\n\n"
        f"```python\n{source.split(chr(10), 1)[1]}\n```\n\n</details>"
    )
    return {"cell_type": "markdown", "id": f"solution-{answer}", "metadata": {}, "source": text}


def _text(cell: Mapping[str, Any]) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def units_map(root: Path) -> str:
    """A table of the units: lecture, functions to write, minutes; all of it from where it is decided."""
    rows = ["| unit | lecture | functions to write | minutes |", "|---|---|---|---|"]
    for path in sorted(root.glob("lectures/text/*.md")):
        lecture = path.read_text("utf-8")
        title = re.search(r"^# (?:\d\d · )?(.+)$", lecture, re.MULTILINE)
        time = re.search(r"^\*\*Time:\*\* (\d+) minutes", lecture, re.MULTILINE)
        functions, minutes = [], time[1] if time else ""
        for text in sorted(root.glob(f"solutions/.text/{path.stem}/*.md")):
            words = text.read_text("utf-8")
            page = f"exercises/{path.stem}/{text.stem}.ipynb"
            names = re.findall(r"grade_id: (?!check-)(\w+)\}", words)
            functions += [f"[`{name}`]({page})" for name in names]
            allowed = re.search(r"Allow about (\d+) minutes", words)
            minutes += f" + {allowed[1]}" if allowed else ""
        lecture = f"[{title[1] if title else path.stem}](lectures/{path.stem}.ipynb)"
        rows.append(f"| {path.stem[:2]} | {lecture} | {', '.join(functions)} | {minutes} |")
    return "\n".join(rows)


# ---------------------------------------------------------------- the reference


def names_used(files: Mapping[str, bytes]) -> dict[str, list[str]]:
    """What the notebooks import from the package: names by module, both sorted.

    Parameters
    ----------
    files : mapping of str to bytes
        As `sources` gives them.
    """
    found: dict[str, set[str]] = {}
    for name, content in files.items():
        if name.endswith(".ipynb") and not name.startswith("_"):
            for cell in json.loads(content)["cells"]:
                for module, names in re.findall(r"^from (autograder\.\w+) import (.+)$", _text(cell), re.M):
                    found.setdefault(module, set()).update(re.split(r",\s*", names.split("#")[0].strip()))
    return {module: sorted(names) for module, names in sorted(found.items())}


def _used(files: Mapping[str, bytes]) -> str:
    """The page of what the notebooks use."""
    lines = ["# What the notebooks use", "", "The tools of lectures and exercises, module by module."]
    for module, names in names_used(files).items():
        lines += [
            "",
            f"## {module}",
            "",
            _first_line(import_module(module)),
            "",
            f"```{{eval-rst}}\n.. currentmodule:: {module}",
        ]
        for name in names:
            thing = getattr(import_module(module), name)
            kind = (
                "autoclass" if inspect.isclass(thing) else "autofunction" if callable(thing) else "autodata"
            )
            lines += ["", f".. {kind}:: {name}"]
        lines += ["```"]
    return "\n".join(lines) + "\n"


def _first_line(thing: object) -> str:
    return (inspect.getdoc(thing) or "").split("\n")[0]


# ---------------------------------------------------------------- the build


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make `folder` hold these files and no others; what is already so is not touched."""
    for name, content in files.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file() and path.relative_to(folder).as_posix() not in files:
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def build(root: Path, out: Path, run: str = "*") -> Path:
    """Make the book; every warning of Sphinx is an error.

    Parameters
    ----------
    root : Path
        The course's folder.
    out : Path
        Gets source/, cache/ and html/.
    run : str
        As for `sources`. What was run before, and has not changed since, comes from the cache.

    Returns
    -------
    Path
        The first page.

    Raises
    ------
    BookError
        If Sphinx ends with an error, which it has told.
    """
    write(out / "source", sources(root, run))
    command: list[str | Path] = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    command += ["-c", root / BOOK, "-d", out / "doctrees"]
    command += ["-D", f"nb_execution_cache_path={out / 'cache'}"]
    done = subprocess.run([*command, out / "source", out / "html"], check=False)
    if done.returncode:
        # A page that warned would not be read again, and the next run would find nothing wrong.
        shutil.rmtree(out / "doctrees", ignore_errors=True)
        raise BookError(f"Sphinx ended with status {done.returncode}; what it found stands above.")
    return out / "html" / "index.html"


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the exit status is 1 if the book could not be made."""
    parser = argparse.ArgumentParser(prog="python -m autograder.book", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--run", default="*", help="run only lectures whose name fits: '00-*', or '' for none"
    )
    parser.add_argument("--out", type=Path, help=f"by default {BOOK}/_build")
    chosen = parser.parse_args(arguments)
    try:
        root = find_root()
        out = (chosen.out or root / BOOK / "_build").resolve()
        print(f"The book is made: {build(root, out, chosen.run)}")
    except (BookError, NotebookError, CourseError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

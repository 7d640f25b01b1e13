"""The attacks under tests/attacks/, one short file each, and what becomes of them."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.bench.plan import read_head
from autograder.calls import Settings
from autograder.course import Course, find_root, load_unit
from autograder.harness import judge
from autograder.sandbox import Bubblewrap, Limits
from autograder.sandbox.bubblewrap import ANSWERS
from autograder.submission import SubmissionError, read_notebook, sources_of

ATTACKS = Path(__file__).resolve().parent.parent / "tests" / "attacks"
KINDS = ("notebook", "python", "channel", "resources", "files", "speed")


@dataclass(frozen=True)
class Attack:
    """One file: an answer, or a maker of notebooks.

    Parameters
    ----------
    path : Path
    head : dict of str to str
        The comment lines at its top: item, tries, contained by, and what the verdict must be.
    """

    path: Path
    head: dict[str, str]

    @property
    def name(self) -> str:
        """Its kind and its name, as in "python/lying_eq"."""
        return f"{self.path.parent.name}/{self.path.stem}"

    @property
    def items(self) -> list[str]:
        """The lines of the list of attacks that it stands for."""
        return self.head["item"].split("; ")

    @property
    def earns(self) -> float:
        """Points that it deserves."""
        return float(self.head.get("earns", 0))

    @property
    def exercise(self) -> str:
        """The exercise that it answers, where its kind does not say so already."""
        return self.head.get("exercise", "double")

    @property
    def unit(self) -> Path:
        """Folder of that exercise's unit."""
        return ATTACKS / ("unit" if self.exercise == "double" else self.exercise)


def read_attacks(kind: str) -> list[Attack]:
    """All attacks of one kind, sorted by name: "python", "channel", "resources", "files", ...

    Examples
    --------
    >>> [attack.name for attack in read_attacks("files")][0]
    'files/environment_read'
    """
    return [
        Attack(path, read_head(path.read_text("utf-8"))) for path in sorted((ATTACKS / kind).glob("*.py"))
    ]


def hand_in(attack: Attack | None, release: dict[str, Any], answer: str) -> bytes:
    """What a student hands in: the released notebook with an answer in it, after the attack, if any.

    Parameters
    ----------
    attack : Attack or None
        One of kind "notebook", whose maker is this package's own code and harmless by itself.
    release : dict
        The released notebook; left as it is.
    answer : str
        Source of the solution cell.
    """
    notebook = deepcopy(release)
    cells = {cell["metadata"].get("nbgrader", {}).get("grade_id"): cell for cell in notebook["cells"]}
    cells.pop(None, None)
    cells["double"]["source"] = answer
    content = None
    if attack is not None:
        maker: dict[str, Any] = {}
        exec(compile(attack.path.read_text("utf-8"), attack.path, "exec"), maker)
        content = maker["attack"](notebook, cells)
    return json.dumps(notebook).encode() if content is None else bytes(content)


# What becomes of them: on stock nbgrader, and here -----------------------------------------------------

RIGHT, WRONG = "return [2 * item for item in items]", "return None"
ANSWER = "def double(items):\n    {}\n"
SPEED_ANSWER = "def parallel_map(func, items, processes):\n    {}\n"
USUAL_CHECK = "expected = [6, 2, 4]\nassert double([3, 1, 2]) == expected\nassert double([]) == []"
# What an instructor who wants speed writes: a clock around the call, in the student's own process.
USUAL_SPEED_CHECK = """\
from time import perf_counter
from autograder.tasks import Digest
func, items = Digest("stock", 2000), list(range(200))
start = perf_counter()
expected = [func(item) for item in items]
serial = perf_counter() - start
start = perf_counter()
got = parallel_map(func, items, 2)
parallel = perf_counter() - start
assert got == expected
assert serial / parallel > 1.5"""
STOCK_LIMITS = Limits(memory=3 << 30, processes=200, scratch=512 << 20)
_STOCK_SECONDS = 100.0


@dataclass(frozen=True)
class Row:
    """What one attack tried and got; points are of 2."""

    attack: str
    tries: str
    stock: str
    here: str
    contained_by: str


def stock_class(attack: Attack, to: Path) -> None:
    """Lay out a stock course with a gradebook, the attack handed in by eve, and two honest neighbours."""
    import nbformat
    from nbgrader.apps.api import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

    # To make a gradebook nbgrader calls `alembic` by name: not found where its environment is not active.
    os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    fast = attack.path.parent.name == "speed"
    frame = SPEED_ANSWER if fast else ANSWER
    right = frame.format("return [func(item) for item in items]" if fast else RIGHT)

    def cell(name: str, source: str, **marks: Any) -> Any:
        kept = {"grade_id": name, "schema_version": 3, "task": False, "locked": False, **marks}
        return nbformat.v4.new_code_cell(source, id=name, metadata={"nbgrader": kept})

    answer = f"### BEGIN SOLUTION\n{right}### END SOLUTION\n"
    check = USUAL_SPEED_CHECK if fast else USUAL_CHECK
    cells = [
        cell("double", answer, solution=True, grade=False),
        cell("check-double", check, solution=False, grade=True, points=2, locked=True),
    ]
    python = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": python})
    (to / "source/attacked").mkdir(parents=True)
    nbformat.write(notebook, to / "source/attacked/double.ipynb")
    config = Config()
    config.CourseDirectory.root = str(to)
    config.CourseDirectory.db_url = f"sqlite:///{to}/gradebook.db"
    made = NbGraderAPI(CourseDirectory(config=config), config=config).generate_assignment("attacked")
    if not made["success"]:
        raise RuntimeError(f"nbgrader could not generate the assignment: {made['log'][-500:]}")
    (to / "nbgrader_config.py").write_text("c = get_config()\nc.ExecutePreprocessor.timeout = 8\n")
    release = json.loads((to / "release/attacked/double.ipynb").read_text())
    for cell_ in release["cells"]:
        cell_["metadata"].setdefault("tags", [])
    wrong = frame.format(WRONG)
    if attack.path.parent.name == "notebook":
        eve = hand_in(attack, release, wrong).replace(b"%%writefile double.py\\n", b"")
    else:
        eve = hand_in(None, release, attack.path.read_text("utf-8"))
    for student, content in {
        "bob": hand_in(None, release, wrong),
        "eve": eve,
        "zoe": hand_in(None, release, right),
    }.items():
        (to / "submitted" / student / "attacked").mkdir(parents=True)
        (to / "submitted" / student / "attacked/double.ipynb").write_bytes(content)
    for path in [to, *to.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)


def on_stock(attack: Attack) -> dict[str, Any]:
    """Grade the attack by stock nbgrader autograde, in a box of its own; what it earned and did."""

    def prepare(folder: Path) -> None:
        folder.mkdir(mode=0o755)
        shutil.copy(Path(__file__).with_name("stock.py"), folder)
        stock_class(attack, folder / "course")

    ours, theirs = socket.socketpair()
    with theirs:
        command = [sys.executable, f"{ANSWERS}/stock.py"]
        with Bubblewrap().open(command, prepare, STOCK_LIMITS, ours, theirs) as box:
            with contextlib.suppress(subprocess.TimeoutExpired):
                box.process.wait(_STOCK_SECONDS)
            said = box.output()
    for line in reversed(said.splitlines()):
        with contextlib.suppress(ValueError):
            if isinstance(told := json.loads(line), dict) and "marks" in told:
                return told
    return {"ended": "the grader and its box came to no end of their own", "marks": {}, "said": said[-500:]}


def in_words(told: Mapping[str, Any]) -> str:
    """What an attack got on stock nbgrader, in a few words."""
    marks = told["marks"]
    parts = [f"{marks['eve']:g} of 2" if "eve" in marks else "no mark"]
    if marks.get("zoe") != 2.0 or marks.get("bob") != 0.0:
        wrong = {
            name: marks.get(name) for name, due in (("bob", 0.0), ("zoe", 2.0)) if marks.get(name) != due
        }
        parts.append("neighbours: " + ", ".join(f"{name} {mark}" for name, mark in wrong.items()))
    if told.get("processes_left"):
        parts.append(f"{told['processes_left']} processes left")
    if told.get("secret_copied"):
        parts.append("a file of the machine copied")
    if told.get("written"):
        parts.append("wrote outside")
    if told["ended"] != "exit status 0":
        parts.append(told["ended"])
    return "; ".join(parts)


def here(attack: Attack, course: Path) -> str:
    """What an attack gets from this package's harness."""
    kind = attack.path.parent.name
    if kind == "notebook":
        place = course / f"{attack.path.stem}.ipynb"
        place.write_bytes(hand_in(attack, _release(), ANSWER.format(WRONG)))
        try:
            sources = sources_of(read_notebook(place), ["double"])
        except SubmissionError as error:
            return f"0 of 2: {str(error)[:90]}"
        unit, name = load_unit(ATTACKS / "unit"), "double"
    else:
        name = "parallel_map" if kind == "speed" else attack.exercise
        unit = Course(find_root(ATTACKS)).unit("02-pool") if kind == "speed" else load_unit(attack.unit)
        sources = {name: attack.path.read_text("utf-8")}
    limits = Limits() if kind == "speed" else Limits(memory=400 << 20, processes=40, scratch=16 << 20)
    report = judge(
        unit.exercise(name), unit.name, sources, Settings(Bubblewrap(), processes=2, limits=limits)
    )
    if kind == "speed" and report.speed is not None:
        return f"speed {report.speed.verdict}: {report.speed_points:g} of {report.max_speed_points:g}"
    return f"{report.points:g} of {report.max_points:g}"


def _release() -> dict[str, Any]:
    """A released notebook of the attacked unit, as far as attacks look at it."""
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "id": name, "source": "", "outputs": [], "execution_count": None,
         "metadata": {"nbgrader": {"grade_id": name, "solution": name == "double"}}}
        for name in ("double", "check-double")
    ]  # fmt: skip
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}


def run(chosen: list[Attack], progress: Callable[[str], None]) -> Iterator[Row]:
    """Try each attack on stock nbgrader and here."""
    with tempfile.TemporaryDirectory(prefix="autograder-attacks-") as scratch:
        for number, attack in enumerate(chosen, 1):
            progress(f"[{number}/{len(chosen)}] {attack.name}: stock nbgrader")
            # The assignment that is made for stock nbgrader has no other exercise.
            stock = in_words(on_stock(attack)) if attack.exercise == "double" else "not tried"
            progress(f"[{number}/{len(chosen)}] {attack.name}: here")
            got = here(attack, Path(scratch))
            yield Row(attack.name, attack.head["tries"], stock, got, attack.head["contained by"])


def markdown(rows: list[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [
        "| attack | tries | stock nbgrader 0.9.6 | here | contained by |",
        "|---|---|---|---|---|",
        *(f"| {' | '.join(text.replace('|', '/') for text in asdict(row).values())} |" for row in rows),
    ]
    return "\n".join(lines) + "\n"


def attacks(
    only: Annotated[str, typer.Option("--only", help="Attacks whose name holds this.")] = "",
    out: Annotated[Path | None, typer.Option("--out", help="Folder for attacks.json and attacks.md.")] = None,
) -> None:
    """Try each attack on stock nbgrader and here: what it tried, what it got, and what contained it."""
    console, errors = Console(highlight=False), Console(stderr=True, highlight=False)
    chosen = [attack for kind in KINDS for attack in read_attacks(kind) if only in attack.name]
    rows = []
    table = Table("attack", "tries", "stock nbgrader 0.9.6", "here", "contained by")
    for row in run(chosen, errors.print):
        rows.append(row)
        table.add_row(*(escape(text) for text in asdict(row).values()))
    console.print(table)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "attacks.json").write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
        (out / "attacks.md").write_text(markdown(rows))

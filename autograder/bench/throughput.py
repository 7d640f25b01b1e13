"""``autograder bench throughput``: a class's marks, by this grader and by stock ``nbgrader autograde``.

    the instructor's notebook, right answers, each student's a little different
       |-- autograder grade UNIT --no-feedback      each answer in a sandbox, all cores
       '-- nbgrader autograde UNIT                  each notebook in a kernel, the same cases in its checks

Both begin with notebooks and end with marks in a SQLite gradebook; stock runs the plots and try-outs of a
notebook, too, for it cannot leave them out. Beside it is looked how much memory the grader takes.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import psutil
import typer
from rich.console import Console

from autograder.bench.plan import BenchError
from autograder.course import Course, Unit, find_root

RESULTS = Path(__file__).with_name("results") / "throughput"
_LOOK_SECONDS = 0.25
_MARKERS = re.compile(r"^\s*### (?:BEGIN|END) SOLUTION\n?", re.MULTILINE)
_STOCK_CONFIG = "c = get_config()\nc.ExecutePreprocessor.timeout = 60\n"


@dataclass(frozen=True)
class Way:
    """What one way of grading has done.

    Parameters
    ----------
    name : str
    submissions : int
        Graded, with full marks; whoever was not when the time was up does not count.
    seconds : float
        From the start of the command to its end.
    memory_quarter, memory_end : float
        MiB of the grader's own processes, without the boxes or kernels that it runs answers in: the most
        until a quarter of the class was graded, and the most after that.
    """

    name: str
    submissions: int
    seconds: float
    memory_quarter: float
    memory_end: float

    @property
    def per_minute(self) -> float:
        """Submissions a minute."""
        return 60 * self.submissions / self.seconds


def lay_out(course: Course, unit: Unit, number: int, home: Path) -> tuple[Path, Path]:
    """Make two courses with the same class: ours and a stock one, with its gradebook told of the unit.

    Parameters
    ----------
    course, unit : Course, Unit
        Where the instructor's notebooks come from.
    number : int
        Students.
    home : Path
        An empty folder.

    Returns
    -------
    ours, stock : Path
        Their folders.
    """
    ours, stock = home / "ours", home / "stock"
    leave = shutil.ignore_patterns("__pycache__")
    shutil.copytree(unit.source, ours / "solutions" / unit.name, ignore=leave)
    shutil.copytree(course.release / unit.name, ours / "exercises" / unit.name, ignore=leave)
    shutil.copy(course.root / "nbgrader_config.py", ours)
    (stock / "source" / unit.name).mkdir(parents=True)
    (stock / "nbgrader_config.py").write_text(_STOCK_CONFIG)
    shutil.copy(unit.source / "checks.py", stock / "source" / unit.name)
    for path in sorted(unit.source.glob("*.ipynb")):
        notebook = json.loads(path.read_text("utf-8"))
        for name, cell in _graded(notebook).items():
            if name.startswith("check-"):
                cell["source"] = _in_kernel(name.removeprefix("check-"))
        (stock / "source" / unit.name / path.name).write_text(json.dumps(notebook))
        for student in range(number):
            text = json.dumps(answered(json.loads(path.read_text("utf-8")), f"s{student:04}"))
            for submitted in (ours / "grading" / "submitted", stock / "submitted"):
                folder = submitted / f"s{student:04}" / unit.name
                folder.mkdir(parents=True, exist_ok=True)
                (folder / path.name).write_text(text)
    _tell_stock(stock, unit.name)
    return ours, stock


def answered(notebook: dict[str, Any], student: str) -> dict[str, Any]:
    """The instructor's notebook as a student hands it in: right, and no two the same."""
    for cell in _graded(notebook).values():
        if cell["metadata"]["nbgrader"].get("solution"):
            cell["source"] = _MARKERS.sub("", "".join(cell["source"])) + f"\n# {student}\n"
    return notebook


def _graded(notebook: dict[str, Any]) -> dict[str, Any]:
    cells = {cell["metadata"].get("nbgrader", {}).get("grade_id"): cell for cell in notebook["cells"]}
    cells.pop(None, None)
    return cells


def _in_kernel(name: str) -> str:
    return (
        "from autograder.bench.in_kernel import assert_all\n"
        f"from {name} import {name}\n\nassert_all({name!r}, {name})"
    )


def _tell_stock(root: Path, unit: str) -> None:
    from nbgrader.apps.api import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

    config = Config()
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.db_url = f"sqlite:///{root}/gradebook.db"
    with _path():
        made = NbGraderAPI(CourseDirectory(config=config), config=config).generate_assignment(unit)
    if not made["success"]:
        raise BenchError(f"nbgrader could not generate the assignment: {made['log'][-500:]}")


class _path:
    """nbgrader calls `alembic` by name, which is not found where its environment is not active."""

    def __enter__(self) -> None:
        self._before = os.environ.get("PATH", "")
        os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), self._before])

    def __exit__(self, *exc_info: object) -> None:
        os.environ["PATH"] = self._before


def marks(gradebook: Path) -> dict[str, float]:
    """Points in a gradebook, by student; nobody if there is none yet."""
    if not gradebook.exists():
        return {}
    with closing(sqlite3.connect(gradebook, timeout=30)) as database:
        rows = database.execute(
            "SELECT a.student_id, SUM(g.auto_score) FROM submitted_assignment a "
            "JOIN submitted_notebook n ON n.assignment_id = a.id JOIN grade g ON g.notebook_id = n.id "
            "WHERE g.auto_score IS NOT NULL GROUP BY a.student_id"
        )
        return {student: round(points, 6) for student, points in rows}


def measure(
    name: str, command: list[str], root: Path, gradebook: Path, graded: Callable[[], int], number: int,
    most: float, seconds: float,
) -> Way:  # fmt: skip
    """Run one way to its end, or until its time is up.

    Parameters
    ----------
    name : str
        Of the way, for the table.
    command : list of str
    root, gradebook : Path
        Where it runs, and where its marks end up.
    graded : callable
        How many are graded now; asked often, so it is quick.
    number, most : int, float
        Students, and the points that each of them deserves.
    seconds : float
        When it is stopped.

    Raises
    ------
    BenchError
        If it fails, or gives anybody other marks than they deserve.
    """
    log = root / "log"
    quarter = end = 0.0
    with log.open("wb") as file, _path():
        started = time.monotonic()
        process = subprocess.Popen(command, cwd=root, stdout=file, stderr=file, start_new_session=True)
        try:
            while process.poll() is None and time.monotonic() - started < seconds:
                used = own_memory(process.pid) / 2**20
                if graded() * 4 <= number:
                    quarter = max(quarter, used)
                else:
                    end = max(end, used)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_LOOK_SECONDS)
            took = time.monotonic() - started
        finally:
            stopped = process.poll() is None
            stop(process)
    found = marks(gradebook)
    wrong = {student: points for student, points in found.items() if points != most}
    if (not stopped and (process.returncode or len(found) < number or wrong)) or not found:
        raise BenchError(
            f"{name}: {len(found)} of {number} graded, exit status {process.returncode}, "
            f"marks other than {most:g}: {wrong or 'none'}. It said: {log.read_text()[-1500:]}"
        )
    return Way(name, len(found) - len(wrong), took, quarter, max(end, quarter))


def own_memory(pid: int) -> int:
    """Resident bytes of a grader and its workers, without what runs answers: boxes, kernels."""
    total = 0
    with suppress(psutil.Error):
        main = psutil.Process(pid)
        for process in [main, *main.children()]:
            with suppress(psutil.Error):
                if process == main or "multiprocessing" in " ".join(process.cmdline()):
                    total += process.memory_info().rss
    return total


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a grader with all that it has started."""
    with suppress(psutil.Error):
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        for child in children:
            with suppress(psutil.Error):
                child.kill()
    process.wait()


def as_markdown(told: dict[str, Any]) -> str:
    """The table, with what it was measured on."""
    ours, stock = told["ways"]
    rate = [60 * way["submissions"] / way["seconds"] for way in (ours, stock)]
    lines = [
        "| way | submissions | seconds | a minute | MiB until a quarter | MiB after that |",
        "|---|---|---|---|---|---|",
        *(
            f"| {way['name']} | {way['submissions']} | {way['seconds']:.1f} | {each:.1f} "
            f"| {way['memory_quarter']:.0f} | {way['memory_end']:.0f} |"
            for way, each in zip((ours, stock), rate, strict=True)
        ),
    ]
    said = (
        f"Unit {told['unit']}, right answers, no two the same: {rate[0] / rate[1]:.1f} times stock's "
        f"throughput. Measured on {told['at']}: {told['machine']}."
    )
    return "\n".join([*lines, "", said, ""])


def throughput(
    number: Annotated[int, typer.Option("-n", "--students", min=1, help="Students in the class.")] = 200,
    stock: Annotated[
        int | None, typer.Option(min=1, help="As many for stock nbgrader; by default the same class.")
    ] = None,
    unit: Annotated[str, typer.Option(help="A unit without speed marks.")] = "00-why",
    minutes: Annotated[float, typer.Option(min=0.1, help="Each way is stopped after this long.")] = 20.0,
    out: Annotated[
        Path,
        typer.Option(help="Folder of the results.", show_default="autograder/bench/results/throughput"),
    ] = RESULTS,
) -> None:
    """Grade a class for correctness, beside stock nbgrader on the same notebooks; throughput and memory."""
    from autograder.bench.cli import cpu_model
    from autograder.machine import describe

    console, errors = Console(highlight=False), Console(stderr=True, highlight=False)
    course = Course(find_root())
    chosen = course.unit(unit)
    if any(exercise.speed for exercise in chosen.exercises.values()):
        raise typer.BadParameter(f"{unit} marks speed, and stock nbgrader does not.", param_hint="--unit")
    most = sum(exercise.max_points for exercise in chosen.exercises.values())
    ways = []
    try:
        with tempfile.TemporaryDirectory(prefix="autograder-throughput-") as scratch:
            ours, theirs = lay_out(course, chosen, number, Path(scratch))
            if stock is not None:
                for folder in sorted((theirs / "submitted").iterdir())[stock:]:
                    shutil.rmtree(folder)
            errors.print(f"{number} submissions of {unit}, by this grader.")
            recorded = ours / "grading" / "verdicts" / unit / "recorded"
            command = [sys.executable, "-m", "autograder.cli", "grade", unit, "--no-feedback"]
            ways.append(
                measure(
                    "autograder grade --no-feedback", command, ours, ours / "grading" / "gradebook.db",
                    lambda: len(list(recorded.glob("*.json"))), number, most, 60 * minutes,
                )
            )  # fmt: skip
            asked = min(stock or number, number)
            errors.print(f"{asked} submissions of {unit}, by stock nbgrader.")
            command = [sys.executable, "-m", "nbgrader", "autograde", unit]
            ways.append(
                measure(
                    "nbgrader autograde", command, theirs, theirs / "gradebook.db",
                    lambda: len(list((theirs / "autograded").glob("*"))), asked, most, 60 * minutes,
                )
            )  # fmt: skip
    except BenchError as error:
        errors.print(f"autograder: {error}", markup=False, soft_wrap=True)
        raise typer.Exit(3) from None
    told = {
        "unit": unit,
        "at": time.strftime("%Y-%m-%d"),
        "machine": f"{describe()}, {cpu_model()}",
        "ways": [asdict(way) for way in ways],
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / "results.json").write_text(json.dumps(told, indent=1) + "\n")
    (out / "table.md").write_text(as_markdown(told))
    console.print(as_markdown(told), markup=False, soft_wrap=True)
    errors.print(f"Results: {out}", soft_wrap=True)

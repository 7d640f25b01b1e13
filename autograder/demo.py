"""``autograder demo``: a small made class, graded end to end as a real one is.

Eight notebooks are made from the release of unit 02-pool, laid where submissions lie, in a course of
their own under grading/demo/, and graded. Nothing of the real gradebook is touched.
"""

from __future__ import annotations

import json
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from autograder.class_report import StudentRow
from autograder.course import Course, Unit
from autograder.grading import grade_unit, write_class_page
from autograder.harness import Settings
from autograder.watch import Watch

UNIT, NOTEBOOK = "02-pool", "pool.ipynb"

SERIAL = """\
def parallel_map(func, items, processes):
    if processes < 1:
        raise ValueError("processes must be at least 1")
    return [func(item) for item in items]
"""

UNBALANCED = """\
from multiprocessing import Pool


def balanced_map(func, items, processes):
    with Pool(processes) as pool:
        return pool.map(func, items)
"""

WRONG_ORDER = """\
from multiprocessing import Pool


def parallel_map(func, items, processes):
    with Pool(processes) as pool:
        return list(pool.imap_unordered(func, items))
"""

SWALLOWS = """\
from functools import partial
from multiprocessing import Pool


def attempt(func, item):
    try:
        return func(item)
    except Exception:
        return None


def parallel_map(func, items, processes):
    with Pool(processes) as pool:
        return pool.map(partial(attempt, func), items)
"""

HANGS = """\
from multiprocessing import Process, Queue


def work(queue, func, share):
    queue.put([func(item) for item in share] + ["x" * 100_000])


def parallel_map(func, items, processes):
    items = list(items)
    queue = Queue()
    workers = [Process(target=work, args=(queue, func, items[i::processes])) for i in range(processes)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return [queue.get()[:-1] for _ in workers]
"""

SYNTAX_ERROR = """\
from multiprocessing import Pool


def parallel_map(func, items, processes)
    with Pool(processes) as pool:
        return pool.map(func, items)
"""


@dataclass(frozen=True)
class Student:
    """One made student: what is told about them, and which answers replace the right ones.

    An answer of None leaves the cell as it was released.
    """

    name: str
    story: str
    answers: dict[str, str | None]


_MARKERS = re.compile(r"^\s*### (?:BEGIN|END) SOLUTION\n?", re.MULTILINE)

NAMES = ("parallel_map", "balanced_map", "apply_model", "first_match")
CLASS = (
    Student("ada", "all right", {}),
    Student("boris", "right, but serial", {"parallel_map": SERIAL}),
    Student("chen", "unbalanced", {"balanced_map": UNBALANCED}),
    Student("dina", "wrong order", {"parallel_map": WRONG_ORDER}),
    Student("emil", "swallows exceptions", {"parallel_map": SWALLOWS}),
    Student("fatima", "hangs", {"parallel_map": HANGS}),
    Student("goran", "syntax error", {"parallel_map": SYNTAX_ERROR}),
    Student("hana", "empty", dict.fromkeys(NAMES)),
)


@dataclass(frozen=True)
class Made:
    """What a demo leaves behind."""

    course: Course
    unit: Unit
    rows: list[StudentRow]
    page: Path

    def table(self) -> Table:
        """The marks, a student a line; speed apart from correctness."""
        most = {name: exercise.max_points for name, exercise in self.unit.exercises.items()}
        title = f"Unit {self.unit.name}: correctness + speed"
        table = Table(
            title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0)
        )
        table.add_column("student", no_wrap=True)
        table.add_column("answers", no_wrap=True)
        for name in most:
            table.add_column(name.replace("_", "_\n"), justify="right", no_wrap=True)
        table.add_column(f"of\n{sum(most.values()):g}", justify="right", no_wrap=True, min_width=5)
        stories = {student.name: student.story for student in CLASS}
        for row in self.rows:
            cells = [_cell(row.reports.get(name)) for name in most]
            table.add_row(row.student, row.problem or stories[row.student], *cells, f"{row.points:g}")
        return table


def _cell(report: Any) -> str:
    if report is None:
        return "-"
    unsure = "?" if report.needs_person else ""
    return f"{report.correctness_points:g} + {report.speed_points:g}{unsure}"


def make_class(course: Course, home: Path) -> Course:
    """Lay out a course under `home` with the made class's submissions in it.

    Parameters
    ----------
    course : Course
        The real one: its notebooks are copied.
    home : Path
        Emptied first.
    """
    if home.exists():
        shutil.rmtree(home)
    made = Course(home)
    shutil.copytree(course.source / UNIT, made.source / UNIT, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(course.release / UNIT, made.release / UNIT, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(course.root / "nbgrader_config.py", home / "nbgrader_config.py")
    solution = _cells(json.loads((course.source / UNIT / NOTEBOOK).read_text("utf-8")))
    for student in CLASS:
        notebook = json.loads((course.release / UNIT / NOTEBOOK).read_text("utf-8"))
        for name, cell in _cells(notebook).items():
            if name not in student.answers:
                cell["source"] = _MARKERS.sub("", "".join(solution[name]["source"]))
            elif student.answers[name] is not None:
                cell["source"] = f"%%writefile {name}.py\n{student.answers[name]}"
        folder = made.grading / "submitted" / student.name / UNIT
        folder.mkdir(parents=True)
        (folder / NOTEBOOK).write_text(json.dumps(notebook), "utf-8")
    return made


def _cells(notebook: dict[str, Any]) -> dict[str, Any]:
    """The notebook's solution cells by grade_id, to be changed in place."""
    cells = {cell["metadata"].get("nbgrader", {}).get("grade_id"): cell for cell in notebook["cells"]}
    return {name: cells[name] for name in NAMES}


def run_demo(
    course: Course,
    settings: Settings,
    watch: Watch | None = None,
) -> Made:
    """Make the class, grade it, and write its class report.

    Parameters
    ----------
    course : Course
        The demo lies under its grading folder.
    settings : Settings
    watch : Watch, optional
        Told what is going on.
    """
    made = make_class(course, course.grading / "demo")
    unit = made.unit(UNIT)
    started = time.monotonic()
    rows = grade_unit(made, unit, settings, watch=watch)
    return Made(made, unit, rows, write_class_page(made, unit, rows, time.monotonic() - started))

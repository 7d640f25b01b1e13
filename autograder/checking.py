"""``check("parallel_map")``: what a student calls in the notebook. The same harness as grading.

The student's own code on the student's own machine runs in a sandbox where there is one, and as a
plain process where there is none. The report is displayed; the points are returned as a float,
which nbgrader reads as partial credit.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any, TextIO

from autograder import sandbox
from autograder.course import Unit, load_unit
from autograder.findings import Report
from autograder.harness import Settings, judge
from autograder.submission import needed


def check(name: str, *, speed: bool = True) -> float:
    """Judge the answer that lies in the current folder as NAME.py, and show the report.

    Parameters
    ----------
    name : str
        The exercise, for example "parallel_map".
    speed : bool
        False leaves the speed out, for a quicker look at correctness.

    Returns
    -------
    float
        The points earned.

    Raises
    ------
    CourseError
        If the current folder has no checks.py, or the unit no such exercise.

    Notes
    -----
    Interrupting it (Kernel, Interrupt) stops everything that it started.
    """
    folder = Path.cwd()
    unit = load_unit(folder)
    exercise = unit.exercise(name)
    settings = Settings(sandbox.choose(own_code=True), speed=speed)
    display = _Notebook() if _in_notebook() else _Terminal()
    report = judge(exercise, unit.name, needed(name, read_modules(unit, folder)), settings, display.progress)
    display.show(report)
    return float(report.points)


def read_modules(unit: Unit, folder: Path) -> dict[str, str]:
    """The answers that lie in a folder as NAME.py files."""
    found = {}
    for name in unit.exercises:
        path = folder / f"{name}.py"
        if path.is_file():
            found[name] = path.read_text("utf-8", errors="replace")
    return found


def _in_notebook() -> bool:
    shell = sys.modules.get("IPython")
    return shell is not None and type(shell.get_ipython()).__name__ == "ZMQInteractiveShell"


class _Notebook:
    """One output that first tells the progress and then becomes the report."""

    def __init__(self) -> None:
        self._handle: Any = None

    def progress(self, stage: str) -> None:
        self._put({"text/plain": f"{stage} …"})

    def show(self, report: Report) -> None:
        from autograder.render.html import as_html
        from autograder.render.text import as_text

        self._put({"text/plain": as_text(report), "text/html": as_html(report)})

    def _put(self, data: dict[str, str]) -> None:
        from IPython.display import display

        if self._handle is None:
            self._handle = display(data, raw=True, display_id=True)
        else:
            self._handle.update(data, raw=True)


class _Terminal:
    """Progress on standard error, if somebody watches; the report on standard output."""

    def progress(self, stage: str) -> None:
        if sys.stderr.isatty():
            print(f"\r\033[K{stage}", end="", file=sys.stderr, flush=True)

    def show(self, report: Report) -> None:
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr)
        print(for_terminal(report, sys.stdout))


def for_terminal(report: Report, stream: TextIO) -> str:
    """The report as text that fits where it is going: its width, its encoding, colour if somebody watches."""
    from autograder.render.text import as_text

    watched = stream.isatty()
    width = min(shutil.get_terminal_size().columns, 100) if watched else 80
    color = watched and "NO_COLOR" not in os.environ
    return as_text(report, width=max(width, 40), color=color, encoding=stream.encoding or "ascii")

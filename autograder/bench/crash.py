"""``autograder bench crash``: a grader is killed at random moments and grades on; what is lost or doubled?

    a fresh class -> autograder grade ... kill -9 at a random moment of the time that it takes
                  -> what is stored, and what the gradebook has
                  -> autograder grade, to its end -> the same marks, each once; nothing stored was judged anew

Each trial is a line on file; a bench that is stopped goes on where it was.
"""

from __future__ import annotations

import os
import random
import secrets
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Annotated, Any

import psutil
import typer
from rich.console import Console

from autograder.bench.plan import BenchError
from autograder.bench.record import append, read_lines
from autograder.bench.small_course import UNIT, make
from autograder.bench.throughput import marks
from autograder.course import Course, find_root
from autograder.store import Store

RESULTS = Path(__file__).with_name("results") / "crash"
LINES = "crash.jsonl"
TIMED = 2
_SOON = 30.0  # for what a killed grader has started to end
_MOST = 600.0
_NOTHING, _STORED, _RECORDED = "nothing was stored", "verdicts were stored", "some were recorded"


def run(course: Course, seconds: float | None = None) -> tuple[int, float, list[str]]:
    """Grade the class, or kill the grader after so many seconds.

    Returns
    -------
    status : int
        Exit status; -9 for one that was killed.
    took : float
        Seconds.
    left : list of str
        Processes of a killed grader that did not end soon.
    """
    mark = secrets.token_hex(8)
    command = [sys.executable, "-m", "autograder.cli", "grade", UNIT]
    started = time.monotonic()
    with (course.root / "log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=course.root, env={**os.environ, "AUTOGRADER_BENCH": mark}, stdout=log, stderr=log
        )
        with suppress(subprocess.TimeoutExpired):
            process.wait(_MOST if seconds is None else seconds)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()
    took = time.monotonic() - started
    left: list[str] = []
    end = time.monotonic() + _SOON
    while process.returncode < 0 and (left := list(_started_by(mark))) and time.monotonic() < end:
        time.sleep(0.1)
    return process.returncode, took, left


def _started_by(mark: str) -> Iterator[str]:
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get("AUTOGRADER_BENCH") == mark and process.status() != psutil.STATUS_ZOMBIE:
                yield " ".join(process.cmdline())[:200]


def stored(course: Course) -> dict[str, bytes]:
    """Whole verdicts in the store, by name; halves and what is being written are not among them."""
    found = {}
    for path in (course.grading / "verdicts" / UNIT).glob("[!.]*.json"):
        if not path.name.endswith(".correctness.json"):
            if Store.read(path) is None:
                raise BenchError(f"{path.name} is no whole verdict")
            found[path.name] = path.read_bytes()
    return found


def doubled_in(gradebook: Path) -> int:
    """Students, submissions and marks that are there more than once; -1 for a damaged gradebook."""
    with closing(sqlite3.connect(gradebook, timeout=30)) as database:
        if database.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            return -1
        queries = (
            "SELECT COUNT(*) - COUNT(DISTINCT id) FROM student",
            "SELECT COUNT(*) - COUNT(DISTINCT student_id || '/' || assignment_id) FROM submitted_assignment",
            "SELECT COUNT(*) - COUNT(DISTINCT notebook_id || '/' || cell_id) FROM grade",
        )
        return sum(int(database.execute(query).fetchone()[0]) for query in queries)


def trial(number: int, seed: int, home: Path, config: Path, students: int, usual: float) -> dict[str, Any]:
    """Kill one grader and let it go on; what was seen."""
    rng = random.Random(f"{seed}/{number}")
    course = make(home, config, students, TIMED)
    gradebook = course.grading / "gradebook.db"
    moment = rng.uniform(0.0, usual)
    status, _, left = run(course, moment)
    before, recorded = stored(course), marks_or_none(gradebook)
    again, took, _ = run(course)
    after, now = stored(course), marks(gradebook)
    due = 2 * students - (students - TIMED - 1)  # who did not fill hash_all in shares one verdict
    return {
        "trial": number,
        "seed": seed,
        "students": students,
        "moment": round(moment, 2),
        "killed": status == -signal.SIGKILL,
        "at": _RECORDED if recorded else _STORED if before else _NOTHING,
        "stored": len(before),
        "recorded": len(recorded),
        "resumed": again,
        "seconds": round(took, 2),
        "lost": (due - len(after)) + (students - len(now)) + len(before.keys() - after.keys()),
        "judged_again": sum(after[name] != text for name, text in before.items() if name in after),
        "doubled": doubled_in(gradebook),
        "wrong_marks": sum(now[student] != expected for student, expected in expected_marks(course).items()),
        "left": left,
    }


def expected_marks(course: Course) -> dict[str, float]:
    """What each student's verdicts are worth."""
    from autograder.calls import Settings
    from autograder.grading import stored_rows
    from autograder.sandbox import choose

    return {row.student: row.points for row in stored_rows(course, course.unit(UNIT), Settings(choose()))}


def marks_or_none(gradebook: Path) -> dict[str, float]:
    """Marks so far; none where the gradebook was still being made."""
    try:
        return marks(gradebook)
    except sqlite3.OperationalError:
        return {}


def is_good(line: dict[str, Any]) -> bool:
    """Whether nothing was lost, doubled, judged again or left."""
    return line["resumed"] in (0, 3) and not (
        line["lost"] or line["judged_again"] or line["doubled"] or line["wrong_marks"] or line["left"]
    )


def as_markdown(lines: list[dict[str, Any]], machine: str) -> str:
    """A row for each state that the kill has found the class in."""
    rows = ["| when it was killed | kills | lost | judged again | doubled | wrong marks | processes left |"]
    rows.append("|---|---|---|---|---|---|---|")
    kills = [line for line in lines if line["killed"]]
    for state in (_NOTHING, _STORED, _RECORDED):
        those = [line for line in kills if line["at"] == state]
        sums = Counter[str]()
        for line in those:
            sums.update({key: line[key] for key in ("lost", "judged_again", "doubled", "wrong_marks")})
            sums["left"] += len(line["left"])
        told = [sums[key] for key in ("lost", "judged_again", "doubled", "wrong_marks", "left")]
        rows.append(f"| {state} | {len(those)} | {' | '.join(map(str, told))} |")
    ended = len(lines) - len(kills)
    late = f" {ended} more moments came when the grader had just ended by itself." if ended else ""
    students = sorted({line["students"] for line in lines})
    return (
        "\n".join(rows)
        + f"\n\nkill -9 at {len(kills)} random moments, class of {', '.join(map(str, students))}.{late}"
        + f" Measured on {machine}.\n"
    )


def crash(
    kills: Annotated[int, typer.Option(min=1, help="Random moments.")] = 50,
    students: Annotated[int, typer.Option(min=3, help="Students in the class.")] = 20,
    seed: Annotated[int, typer.Option(help="Of the moments.")] = 1,
    out: Annotated[
        Path,
        typer.Option(
            help="Folder of the results; a trial on file is not done again.",
            show_default="autograder/bench/results/crash",
        ),
    ] = RESULTS,
) -> None:
    """Kill a grader at random moments, let it go on, and count what is lost, doubled or judged again."""
    from autograder.bench.cli import cpu_model
    from autograder.machine import describe

    errors = Console(stderr=True, highlight=False)
    config = Course(find_root()).root / "nbgrader_config.py"

    def key(line: dict[str, Any]) -> Any:
        return line["trial"], line["seed"], line["students"]

    try:
        lines = read_lines(out / LINES, key)
        known = {key(line) for line in lines}
        with tempfile.TemporaryDirectory(prefix="autograder-crash-") as scratch:
            home, usual = Path(scratch, "course"), 0.0
            for number in range(1, kills + 1):
                if (number, seed, students) in known:
                    continue
                if not usual:
                    errors.print("Grading the class once, to know how long it takes.")
                    status, usual, _ = run(make(home, config, students, TIMED))
                    if status not in (0, 3):
                        raise BenchError(f"the class cannot be graded: {(home / 'log').read_text()[-1500:]}")
                line = trial(number, seed, home, config, students, usual)
                append(out / LINES, line)
                lines.append(line)
                good = "" if is_good(line) else f": {line}"
                errors.print(
                    f"{number}/{kills} killed after {line['moment']:.1f} of {usual:.1f} s: "
                    f"{line['at']}{good}",
                    markup=False,
                    soft_wrap=True,
                )
    except BenchError as error:
        errors.print(f"autograder: {error}", markup=False, soft_wrap=True)
        raise typer.Exit(3) from None
    table = as_markdown(lines, f"{describe()}, {cpu_model()}")
    (out / "table.md").write_text(table)
    Console(highlight=False).print(table, markup=False, soft_wrap=True)
    errors.print(f"Results: {out}", soft_wrap=True)
    if not all(map(is_good, lines)):
        raise typer.Exit(1)

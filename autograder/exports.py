"""A unit's marks as files for other systems, each in that system's own column conventions.

    gradebook (with marks by hand and late penalties) --> a spreadsheet, Canvas, Moodle
    verdicts in the store                             --> Gradescope: one results.json a student

Students are named as their folders are: that is the login at most places. Names, email addresses and the
id in a learning management system come from the gradebook, where somebody has entered them.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.class_report import StudentRow
from autograder.findings import Report
from autograder.render import words
from autograder.render.text import as_text


@dataclass(frozen=True)
class Mark:
    """One student's mark for one unit, as the gradebook has it.

    Parameters
    ----------
    student : str
        As in grading/submitted/.
    first_name, last_name, email, lms_id : str
        Empty if the gradebook does not know.
    points : float or None
        All points, those by hand among them, less the penalty for being late; None if nothing is recorded.
    max_points : float
        Points that can be earned.
    parts : dict of str to float
        Points by graded cell.
    needs_person : bool
        Whether a person has still to look at a part of it.
    """

    student: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_id: str = ""
    points: float | None = None
    max_points: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)
    needs_person: bool = False


def as_csv(marks: Sequence[Mark]) -> str:
    """A table for a spreadsheet or a program: one student a row, one graded cell a column.

    Examples
    --------
    >>> print(as_csv([Mark("ada", points=3.5, max_points=4, parts={"check-double": 3.5})]), end="")
    student,first_name,last_name,email,double,points,max_points,needs_person
    ada,,,,3.5,3.5,4,no
    """
    parts = list(dict.fromkeys(part for mark in marks for part in mark.parts))
    head = ["student", "first_name", "last_name", "email", *(part.removeprefix("check-") for part in parts)]
    rows = [
        [
            *map(_plain, (mark.student, mark.first_name, mark.last_name, mark.email)),
            *(_number(mark.parts.get(part)) for part in parts),
            _number(mark.points),
            _number(mark.max_points),
            "yes" if mark.needs_person else "no",
        ]
        for mark in marks
    ]
    return _table([[*head, "points", "max_points", "needs_person"], *rows])


def as_canvas(marks: Sequence[Mark], column: str) -> str:
    """A file for Canvas: Grades, Import. The second row says what the column is worth.

    Canvas finds a student by its own ID or by the SIS login, and a column by its name.

    Examples
    --------
    >>> ada = Mark("ada", "Ada", "Lovelace", lms_id="17", points=3.5, max_points=4)
    >>> print(as_canvas([ada, Mark("ben", max_points=4)], "Pool"), end="")
    Student,ID,SIS User ID,SIS Login ID,Section,Pool
        Points Possible,,,,,4
    "Lovelace, Ada",17,,ada,,3.5
    ben,,,ben,,
    """
    worth = max((mark.max_points for mark in marks), default=0.0)
    rows = [
        [
            ", ".join(part for part in (mark.last_name, mark.first_name) if part) or mark.student,
            mark.lms_id, "", mark.student, "", _number(mark.points),
        ]
        for mark in marks
    ]  # fmt: skip
    return _table(
        [
            ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", column],
            ["    Points Possible", "", "", "", "", _number(worth)],
            *rows,
        ]
    )


def as_moodle(marks: Sequence[Mark], column: str) -> str:
    """A file for Moodle: Grades, Import, CSV file; map by "Username", "Email address" or "ID number".

    It has no column of feedback: Moodle would overwrite marks with it. Who has no mark has no row: an
    empty one would erase what stands in Moodle.

    Examples
    --------
    >>> ada = Mark("ada", "Ada", "Lovelace", "ada@example.org", points=3.5, max_points=4)
    >>> print(as_moodle([ada, Mark("ben")], "Pool"), end="")
    Username,First name,Last name,ID number,Email address,Pool
    ada,Ada,Lovelace,,ada@example.org,3.5
    """
    rows = [
        [mark.student, mark.first_name, mark.last_name, mark.lms_id, mark.email, _number(mark.points)]
        for mark in marks
        if mark.points is not None
    ]
    return _table([["Username", "First name", "Last name", "ID number", "Email address", column], *rows])


def as_gradescope(row: StudentRow) -> dict[str, Any]:
    """What Gradescope reads as ``results.json``: each answer's correctness is a test, and its speed another.

    Parameters
    ----------
    row : StudentRow
        One student's verdicts.
    """
    tests: list[dict[str, Any]] = []
    for name, report in row.reports.items():
        tests.append(
            _test(
                f"{name}: correctness", report.correctness_points, report.max_correctness_points,
                words.clean(as_text(report, encoding="utf-8")),
            )
        )  # fmt: skip
        if report.max_speed_points:
            tests.append(
                _test(f"{name}: speed", report.speed_points, report.max_speed_points, _speed_in_words(report))
            )
    return {
        "score": row.points,
        "execution_time": round(sum(report.seconds for report in row.reports.values())),
        "visibility": "visible",
        "output": words.clean(row.problem) or "Each function is judged for correctness, and some for speed.",
        "output_format": "text",
        "tests": tests,
    }


def write_gradescope(rows: Iterable[StudentRow], folder: Path) -> list[Path]:
    """Write ``STUDENT/results.json`` for each student; returns what was written."""
    written = []
    for row in rows:
        path = folder / row.student / "results.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(as_gradescope(row), indent=1) + "\n", "utf-8")
        written.append(path)
    return written


def _test(name: str, score: float, most: float, output: str) -> dict[str, Any]:
    return {
        "name": name,
        "score": score,
        "max_score": most,
        "status": "passed" if score >= most else "failed",
        "output": output,
        "output_format": "text",
        "visibility": "visible",
    }


def _speed_in_words(report: Report) -> str:
    if report.speed is None:
        return ""
    return words.clean(f"{words.speed_verdict(report.speed)} {report.speed.reason}")


def _table(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _number(value: float | None) -> str:
    return "" if value is None else f"{round(value, 2):g}"


def _plain(text: str) -> str:
    """A text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text

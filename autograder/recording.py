"""From a verdict to the gradebook: nbgrader's own converters, called in this process.

Starting the `nbgrader` command takes seconds, so a class is recorded by one process. What is called
is what the command and Formgrader call, with the same configuration.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import re
import sys
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

if "jsonschema" not in sys.modules:
    # On import jsonschema builds a parser for addresses beyond ASCII, if it can: half of the time that
    # nbgrader takes to import. No notebook's schema asks for it.
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    import jsonschema  # noqa: F401

    del sys.modules["rfc3987_syntax"]

from nbgrader.api import (
    Assignment,
    Grade,
    Gradebook,
    MissingEntry,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.apps.api import NbGraderAPI
from nbgrader.auth import Authenticator
from nbgrader.converters.base import BaseConverter
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import event, func, make_url, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SAWarning, SQLAlchemyError
from traitlets.config import Config, PyFileConfigLoader

from autograder.collection import read_plain
from autograder.course import Course, Unit
from autograder.exports import Mark
from autograder.grading import feedback_page
from autograder.harness import HarnessError, Progress, Settings
from autograder.turns import turn


class RecordingError(HarnessError):
    """nbgrader could not do its part."""


class Recorder:
    """Records one unit's verdicts.

    Parameters
    ----------
    course, unit : Course, Unit
    settings : Settings
        Those the verdicts were reached with; nbgrader's run must look for the same ones.
    pages : bool
        Whether to run what a notebook shows, and to make feedback pages.
    """

    def __init__(self, course: Course, unit: Unit, settings: Settings, pages: bool = True) -> None:
        self._course = course
        self._unit = unit
        self._pages = pages
        self._config = load_config(course)
        if not pages:
            self._config.ShowCells.enabled = False
        self._config.GradeByHarness.start_method = settings.start_method or ""
        self._config.GradeByHarness.unsafe_no_sandbox = settings.sandbox.name == "none"
        self._api = _api(self._config)

    def prepare(self, progress: Progress = lambda stage: None) -> None:
        """Make the gradebook know the unit as it is now in solutions/; quick if it does already.

        Raises
        ------
        RecordingError
            If the gradebook cannot be used, or nbgrader cannot generate the assignment.
        """
        unit = self._unit.name
        texts = b"".join(path.read_bytes() for path in sorted(self._unit.source.glob("*.ipynb")))
        now = hashlib.sha256(texts).hexdigest()
        stamp = self._course.grading / f".generated-{unit}"
        with _one_at_a_time(self._course, progress):
            known = stamp.read_text() if stamp.exists() else ""
            with self._usable():
                _make_gradebook(self._config)
                with self._api.gradebook as gradebook:
                    if known == now and any(assignment.name == unit for assignment in gradebook.assignments):
                        return
            progress(f"telling the gradebook about {unit}")
            _tell_gradebook(self._config, unit)
            stamp.write_text(now)

    def marks(self) -> dict[str, float]:
        """Points that the grader has given, as they stand in the gradebook now, by student.

        Raises
        ------
        RecordingError
            If the gradebook cannot be used.
        """
        with self._usable(), self._api.gradebook as gradebook:
            return _marks(gradebook, self._unit.name)

    def class_marks(self, students: Iterable[str]) -> list[Mark]:
        """The marks of these students as they stand in the gradebook, with those that were given by hand.

        Raises
        ------
        RecordingError
            If the gradebook cannot be used.
        """
        with self._usable(), self._api.gradebook as gradebook:
            try:
                there = gradebook.assignment_submissions(self._unit.name)
            except MissingEntry:
                there = []
            found = {submission.student.id: _mark(submission) for submission in there}
        return [found.get(student, Mark(student)) for student in students]

    def record(
        self, student: str, problem: str, verdicts: Iterable[Path], mark: float | None
    ) -> tuple[str, str]:
        """Write one student's marks into the gradebook and make the feedback page, unless that was done.

        What was recorded is noted last: who is killed before does it again, and it comes out the same.

        Parameters
        ----------
        student : str
        problem : str
            Why the submission cannot be read; it is recorded as one without answers, and keeps its problem.
        verdicts : iterable of Path
            Where the verdicts are stored.
        mark : float or None
            The student's points in the gradebook; None if there are none, or if all is to be done again.

        Returns
        -------
        problem : str
            With what nbgrader could not do.
        feedback : str
            The feedback page's place, relative to the grading folder; empty if there is none.
        """
        unit = self._unit.name
        folder = self._course.grading / "submitted" / student / unit
        if not any(folder.glob("*.ipynb")):  # nbgrader has no way to record that
            nothing = "Nothing was recorded, since the folder holds no notebook at all."
            return f"{problem} {nothing}".strip(), ""
        note = self._course.grading / "verdicts" / unit / "recorded" / f"{student}.json"
        what = self._digest(folder, verdicts)
        page = feedback_page(self._course, self._unit, student)
        if mark is not None and (page or not self._pages) and _read(note) == {"what": what, "mark": mark}:
            return problem, page
        try:
            with warnings.catch_warnings():
                # nbgrader adds rows to a session that it has not opened for them; it does them no harm.
                warnings.simplefilter("ignore", SAWarning)
                _must(self._api.autograde(unit, student), "record the marks")
                if self._pages:
                    _must(self._api.generate_feedback(unit, student), "make the feedback page")
            with self._usable(), self._api.gradebook as gradebook:
                now = _marks(gradebook, unit, student).get(student)
        except RecordingError as error:
            return f"{problem} {error}".strip(), ""
        note.parent.mkdir(parents=True, exist_ok=True)
        new = note.with_name(f".{student}-{os.getpid()}")
        new.write_text(json.dumps({"what": what, "mark": now}))
        new.replace(note)
        return problem, feedback_page(self._course, self._unit, student)

    def _digest(self, folder: Path, verdicts: Iterable[Path]) -> str:
        """Changes with the submission, the verdicts on it, and the instructor's notebook."""
        paths = [*sorted(folder.glob("*.ipynb")), *verdicts, *sorted(self._unit.source.glob("*.ipynb"))]
        digest = hashlib.sha256(repr(self._config).encode())
        for path in paths:
            with contextlib.suppress(OSError):  # a pipe or a link is no notebook, and was reported as such
                digest.update(f"{path.name}\0".encode() + read_plain(path, 1 << 30))
        return digest.hexdigest()

    @contextlib.contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise RecordingError(
                f"the gradebook {shown_url(self._config.CourseDirectory.db_url)} cannot be used: "
                f"{getattr(error, 'orig', None) or error}. Is the disk full, or the folder not writable? "
                "Then mend that; if the file is damaged, move it away, and the marks are recorded anew from "
                "the stored verdicts."
            ) from error


@functools.lru_cache(1)
def _recorder(course: Course, unit: str, settings: Settings, pages: bool) -> Recorder:
    return Recorder(course, course.unit(unit), settings, pages)


def recorder(course: Course, unit: Unit, settings: Settings, pages: bool = True) -> Recorder:
    """The recorder of a process that records one unit's students, one after the other."""
    return _recorder(course, unit.name, settings, pages)


def shown_url(url: str) -> str:
    """A database's address without its password.

    Examples
    --------
    >>> shown_url("postgresql+psycopg://teacher:secret@host/course")
    'postgresql+psycopg://teacher:***@host/course'
    """
    return make_url(url).render_as_string(hide_password=True)


def _mark(submission: Any) -> Mark:
    grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
    known = any(grade.auto_score is not None or grade.manual_score is not None for grade in grades)
    points = max(0.0, submission.score - (submission.late_submission_penalty or 0.0))
    student = submission.student
    return Mark(
        student.id,
        student.first_name or "",
        student.last_name or "",
        student.email or "",
        student.lms_user_id or "",
        points if known else None,
        submission.max_score,
        {grade.name: grade.score for grade in grades},
        submission.needs_manual_grade,
    )


def _marks(gradebook: Any, unit: str, student: str | None = None) -> dict[str, float]:
    found = (
        select(SubmittedAssignment.student_id, func.sum(Grade.auto_score))
        .select_from(Grade)
        .join(SubmittedNotebook, Grade.notebook_id == SubmittedNotebook.id)
        .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
        .where(Assignment.name == unit, Grade.auto_score.is_not(None))
        .group_by(SubmittedAssignment.student_id)
    )
    if student is not None:
        found = found.where(SubmittedAssignment.student_id == student)
    return {name: round(float(points), 6) for name, points in gradebook.db.execute(found)}


def _read(note: Path) -> Any:
    try:
        return json.loads(note.read_text("utf-8"))
    except (OSError, ValueError):
        return None


def introduce(course: Course, unit: str) -> None:
    """Tell the gradebook about a unit that it has never heard of.

    So `nbgrader autograde` and Formgrader's button need no `nbgrader generate_assignment` before them.

    Raises
    ------
    RecordingError
        If nbgrader cannot generate the assignment.
    """
    config = load_config(course)
    with _one_at_a_time(course):
        _make_gradebook(config)
        with _api(config).gradebook as gradebook:
            if any(assignment.name == unit for assignment in gradebook.assignments):
                return
        _tell_gradebook(config, unit)


def _one_at_a_time(course: Course, progress: Progress = lambda stage: None) -> Any:
    """Nobody else makes or changes the gradebook's tables and units meanwhile."""
    return turn(
        course.grading / ".turn-gradebook",
        lambda seconds: progress(f"another grader prepares the gradebook ({seconds:.0f} s)"),
    )


def _make_gradebook(config: Any) -> None:
    """Make the tables, and both courses that nbgrader's parts name: two that make them at once would fail."""
    with _api(config).gradebook, Gradebook(config.CourseDirectory.db_url):
        pass


def _tell_gradebook(config: Any, unit: str) -> None:
    with tempfile.TemporaryDirectory(prefix="autograder-release-") as scratch:
        # The release in exercises/ is the author's business; here only the gradebook matters.
        config = Config(config)
        config.CourseDirectory.release_directory = scratch
        _must(_api(config).generate_assignment(unit), f"generate the assignment {unit}")


def load_config(course: Course) -> Any:
    """The course's nbgrader_config.py, as traitlets configuration."""
    return PyFileConfigLoader("nbgrader_config.py", path=str(course.root)).load_config()


def _api(config: Any) -> NbGraderAPI:
    return NbGraderAPI(CourseDirectory(config=config), Authenticator(config=config), config=config)


def _must(result: dict[str, Any], what: str) -> None:
    """Raise what nbgrader caught: it catches everything, Ctrl-C too, and a class would go on."""
    if (result.get("error") or "").rstrip().endswith("\nKeyboardInterrupt"):
        raise KeyboardInterrupt
    if not result["success"]:
        raise RecordingError(f"nbgrader could not {what}: {_cause(result)}")


def _cause(result: dict[str, Any]) -> str:
    """The last error that nbgrader's log names; how it ends itself only points to "the above traceback"."""
    log, error = (result.get(key) or "" for key in ("log", "error"))
    named = re.findall(r"^ *(?!nbgrader\.)([\w.]*(?:Error|Exception): .*)$", log, re.MULTILINE)
    lines = error.strip().splitlines() or log.strip().splitlines() or ["it said nothing"]
    return str(named[-1] if named else lines[-1])


# Several graders at once -----------------------------------------------------------------------------

_BUSY_MILLISECONDS = 60_000


@event.listens_for(Engine, "connect")
def _wait_for_others(connection: Any, record: Any) -> None:
    """Let SQLite wait for another writer: its five seconds are short where a disk is slow."""
    if "sqlite3" in type(connection).__module__:
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")


def _take_turns(converter: type[BaseConverter]) -> None:
    """Have nbgrader work on one student's files in one process at a time, whoever has called it.

    Two that autograde the same student would remove each other's files: each first empties the folder. From
    the first step on one submission to the last a lock is held, in the command, in Formgrader and here.
    """
    prepare, work = converter.init_destination, converter.convert_notebooks

    @functools.wraps(prepare)
    def init_destination(self: Any, assignment_id: str, student_id: str) -> Any:
        _let_go(self)
        name = hashlib.sha256(f"{assignment_id}/{student_id}".encode()).hexdigest()[:16]
        self._autograder_turn = contextlib.ExitStack()
        self._autograder_turn.enter_context(turn(Path(self.coursedir.root, "grading", f".turn-{name}")))
        return prepare(self, assignment_id, student_id)

    @functools.wraps(work)
    def convert_notebooks(self: Any) -> None:
        try:
            work(self)
        finally:
            _let_go(self)

    converter.init_destination = init_destination
    converter.convert_notebooks = convert_notebooks


def _let_go(converter: Any) -> None:
    held = getattr(converter, "_autograder_turn", None)
    if held is not None:
        held.close()


if not hasattr(BaseConverter.init_destination, "__wrapped__"):
    _take_turns(BaseConverter)

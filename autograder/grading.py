"""Grading a class: judge what was not judged yet, then let nbgrader record it.

    grading/submitted/STUDENT/UNIT/*.ipynb
        -> answers (text)  -> verdict store (judged once)  -> nbgrader autograde -> gradebook
                                                           -> nbgrader feedback  -> pages
                                                           -> the class report

A verdict is stored before it is recorded, and recording it twice changes nothing, so a run may be
killed at any moment and started again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder import machine
from autograder.class_report import StudentRow, class_page
from autograder.course import Course, CourseError, Unit
from autograder.findings import Report
from autograder.harness import Progress, Settings, judge
from autograder.render.words import shorten
from autograder.store import Store
from autograder.submission import SubmissionError, needed, read_notebook, sources_of

MAX_ATTEMPTS = 2  # an inconclusive speed is tried again once, then it is for a person


def judge_stored(
    course: Course,
    unit: Unit,
    name: str,
    sources: Mapping[str, str],
    settings: Settings,
    progress: Progress = lambda stage: None,
    force: bool = False,
) -> Report:
    """The verdict on one answer: the stored one, or a new one which is stored.

    Parameters
    ----------
    course : Course
        Its grading folder holds the store.
    unit : Unit
    name : str
        The exercise.
    sources : mapping of str to str
        All answers of the notebook; those that this one imports are run with it.
    settings : Settings
    progress : callable
        Told what is going on.
    force : bool
        Judge again even if there is a verdict.

    Raises
    ------
    SandboxError, HarnessError
        If nothing can be said about the answer.
    ValueError
        If `settings` leave the speed out.
    """
    if not settings.speed:
        raise ValueError(
            "settings.speed is False: half a verdict is not stored; use autograder.harness.judge"
        )
    path = _place(course, unit, name, sources, settings)
    kept = None if force else Store.read(path)
    attempts = kept[1] if kept else 0
    if kept and (not kept[0].needs_person or attempts >= MAX_ATTEMPTS):
        return kept[0]
    report = judge(unit.exercise(name), unit.name, needed(name, sources), settings, progress)
    Store.write(path, report, attempts + 1)
    return report


@dataclass(frozen=True)
class Submission:
    """One student's folder for one unit."""

    student: str
    folder: Path


def submissions(course: Course, unit: str, students: Iterable[str] = ()) -> list[Submission]:
    """What lies in grading/submitted/ for a unit, sorted by student.

    Raises
    ------
    CourseError
        If there is nothing, or nothing of a student who was asked for.
    """
    submitted = course.grading / "submitted"
    found = [
        Submission(path.parent.name, path) for path in sorted(submitted.glob(f"*/{unit}")) if path.is_dir()
    ]
    wanted = set(students)
    missing = wanted - {submission.student for submission in found}
    if missing:
        known = shorten(", ".join(submission.student for submission in found) or "nobody", 400, " ")
        raise CourseError(
            f"nothing of {', '.join(sorted(missing))} lies in {submitted}/STUDENT/{unit}. "
            f"A student is named as the folder is; something lies there of {known}."
        )
    if wanted:
        found = [submission for submission in found if submission.student in wanted]
    if not found:
        raise CourseError(
            f"no submission lies in {submitted}/STUDENT/{unit}. Put the notebooks there, "
            "or collect them with 'nbgrader zip_collect' or 'nbgrader collect'."
        )
    return found


def grade_unit(
    course: Course,
    unit: Unit,
    settings: Settings,
    students: Iterable[str] = (),
    force: bool = False,
    progress: Progress = lambda stage: None,
    graded: Callable[[StudentRow], None] = lambda row: None,
) -> list[StudentRow]:
    """Grade a unit's submissions, record the marks and write the feedback.

    Parameters
    ----------
    course, unit, settings
        As in `judge_stored`.
    students : iterable of str
        Only these; all if empty.
    force : bool
        Judge again what was judged.
    progress : callable
        Told what is going on.
    graded : callable
        Told each student's row as soon as it is recorded.

    Raises
    ------
    CourseError
        If there is nothing to grade.
    """
    found = submissions(course, unit.name, students)
    from autograder.recording import Recorder  # slow: it brings nbgrader along

    recorder = Recorder(course, unit, settings)
    recorder.prepare(progress)
    rows: dict[str, StudentRow] = {}
    waiting, again = list(found), force
    for last_round in (False, True):
        undecided = []
        for submission in waiting:
            at = f"[{len(rows) + 1}/{len(found)}] {submission.student}"

            def tell(stage: str, at: str = at) -> None:
                progress(f"{at} {stage}")

            row = _grade_one(course, unit, submission, settings, again, tell)
            if not last_round and row.needs_person:
                undecided.append(submission)  # tried again after the others, when the machine may be quieter
                continue
            tell("recording")
            rows[row.student] = recorder.record(row)
            graded(rows[row.student])
        waiting, again = undecided, False
    return [rows[submission.student] for submission in found]


def _grade_one(
    course: Course, unit: Unit, submission: Submission, settings: Settings, force: bool, progress: Progress
) -> StudentRow:
    try:
        sources = submitted_sources(unit, submission.folder)
    except SubmissionError as error:
        return StudentRow(submission.student, {}, problem=str(error))
    reports = {
        name: judge_stored(course, unit, name, sources, settings, progress, force) for name in unit.exercises
    }
    return StudentRow(submission.student, reports)


def submitted_sources(unit: Unit, folder: Path) -> dict[str, str]:
    """All answers in a submission's folder: of each notebook that the unit has.

    Raises
    ------
    SubmissionError
        If a notebook of the unit is missing or cannot be read.
    """
    sources: dict[str, str] = {}
    for path in sorted(unit.source.glob("*.ipynb")):
        sources.update(sources_of(read_notebook(folder / path.name), unit.exercises))
    return sources


def stored_rows(course: Course, unit: Unit, settings: Settings) -> list[StudentRow]:
    """The class as far as it was judged: every submission with the verdicts in the store.

    Raises
    ------
    CourseError
        If there is no submission.
    """
    rows = []
    for submission in submissions(course, unit.name):
        try:
            sources = submitted_sources(unit, submission.folder)
        except SubmissionError as error:
            rows.append(StudentRow(submission.student, {}, problem=str(error)))
            continue
        kept = {name: Store.read(_place(course, unit, name, sources, settings)) for name in unit.exercises}
        reports = {name: found[0] for name, found in kept.items() if found is not None}
        missing = [name for name, found in kept.items() if found is None]
        problem = f"not judged yet: {', '.join(missing)}" if missing else ""
        rows.append(
            StudentRow(submission.student, reports, problem, feedback_page(course, unit, submission.student))
        )
    return rows


def write_class_page(
    course: Course, unit: Unit, rows: list[StudentRow], seconds: float | None = None
) -> Path:
    """Write the class report into the grading folder, beside the feedback that it links to.

    `seconds` is how long grading took, if it is known.
    """
    page = course.grading / f"{unit.name}.html"
    page.write_text(class_page(unit.name, rows, seconds=seconds), "utf-8")
    return page


def feedback_page(course: Course, unit: Unit, student: str) -> str:
    """A student's feedback page, relative to the grading folder; empty if there is none yet."""
    pages = sorted((course.grading / "feedback" / student / unit.name).glob("*.html"))
    return pages[0].relative_to(course.grading).as_posix() if pages else ""


def _place(course: Course, unit: Unit, name: str, sources: Mapping[str, str], settings: Settings) -> Path:
    """Where the verdict on one answer, under these settings, is stored."""
    method = settings.start_method or machine.start_method()
    store = Store(course.grading / "verdicts" / unit.name)
    return store.path(unit.version, name, needed(name, sources), method, settings.sandbox.name)

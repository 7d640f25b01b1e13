"""Grading a class: judge what was not judged yet, then let nbgrader record it.

    grading/submitted/STUDENT/UNIT/*.ipynb
        -> answers (text) -> correctness, several at once on all cores -.-> verdict store (judged once)
                          -> speed, one by one, nothing beside it -----'
        -> nbgrader autograde -> gradebook    -> nbgrader feedback -> pages    -> the class report

A verdict is stored before it is recorded, and recording it twice changes nothing, so a run may be
killed at any moment and started again. Correctness that awaits its speed is stored, too.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

from autograder import machine
from autograder.class_report import StudentRow, class_page
from autograder.course import Course, CourseError, Unit
from autograder.crew import Crew, Done, crew_size
from autograder.findings import Report
from autograder.harness import HarnessError, Progress, Settings, add_speed, judge, speed_is_due
from autograder.render.words import shorten
from autograder.store import Store
from autograder.submission import SubmissionError, needed, read_notebook, sources_of
from autograder.turns import turn
from autograder.watch import Phase, Watch

MAX_ATTEMPTS = 2  # an inconclusive speed is tried again once, then it is for a person
_RECORDED_TOGETHER = 4  # times the workers: so many students are recorded between speed runs
_FEW = 4  # students for each worker; fewer are recorded by this process, for nbgrader takes long to import


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
    answer = Answer.of(course, unit, name, sources, settings)
    kept = None if force else Store.read(answer.path)
    if kept and _is_settled(*kept):
        return kept[0]
    with machine.working_slot():
        report, due = judge_correctness_stored(answer, unit, settings, progress, force)
    return add_speed_stored(answer, unit, settings, progress) if due else report


def judge_correctness_stored(
    answer: Answer,
    unit: Unit,
    settings: Settings,
    progress: Progress = lambda stage: None,
    force: bool = False,
) -> tuple[Report, bool]:
    """The report on an answer's correctness, stored or new, and whether its speed is due.

    A new one is stored: as the verdict if no speed is due, otherwise beside the place of the verdict.
    """
    with _turn(answer):
        half = Store.half(answer.path)
        kept = None if force else Store.read(answer.path) or Store.read(half)
        if kept:
            return kept[0], not _is_settled(*kept)
        without = replace(settings, speed=False)
        report = judge(unit.exercise(answer.name), unit.name, answer.texts, without, progress)
        if due := speed_is_due(report):
            Store.write(half, report, 0)
            # Not before: a verdict that is judged anew stands until there is something in its place.
            answer.path.unlink(missing_ok=True)
        else:
            Store.write(answer.path, report, 1)
            half.unlink(missing_ok=True)
        return report, due


def add_speed_stored(
    answer: Answer, unit: Unit, settings: Settings, progress: Progress = lambda stage: None
) -> Report:
    """Measure the speed of an answer whose correctness is stored, and store the whole verdict.

    Another grader may have measured it meanwhile; then that verdict is returned.
    """
    with _turn(answer, lambda seconds: progress(f"another grader judges it ({seconds:.0f} s)")):
        half = Store.half(answer.path)
        kept = Store.read(answer.path) or Store.read(half)
        if kept is None:
            raise HarnessError(
                f"{half} has gone while its answer's speed was to be measured. Did somebody clear "
                f"{half.parent}? Run the command again: what is missing is judged again."
            )
        report, attempts = kept
        if not _is_settled(report, attempts):
            report = add_speed(report, unit.exercise(answer.name), answer.texts, settings, progress)
            Store.write(answer.path, report, attempts + 1)
        half.unlink(missing_ok=True)
        return report


def _turn(
    answer: Answer, waiting: Callable[[float], None] = lambda seconds: None
) -> contextlib.AbstractContextManager[None]:
    """Nobody else judges the same answer meanwhile: two graders of one class share the work."""
    return turn(answer.path.with_name(f".turn-{answer.path.stem}"), waiting)


def _is_settled(report: Report, attempts: int) -> bool:
    """Whether what is stored is the last word: with no attempt it is a correctness that awaits its speed."""
    return attempts >= MAX_ATTEMPTS or (attempts > 0 and not report.needs_person)


@dataclass(frozen=True)
class Answer:
    """An answer with all that its verdict hangs on.

    Parameters
    ----------
    name : str
        Its exercise.
    path : Path
        Where its verdict is stored: the same for the same text, whoever handed it in.
    texts : mapping of str to str
        Its module, and those of the same notebook that it may import.
    """

    name: str
    path: Path
    texts: Mapping[str, str] = field(compare=False, repr=False)

    @classmethod
    def of(
        cls, course: Course, unit: Unit, name: str, sources: Mapping[str, str], settings: Settings
    ) -> Answer:
        """The answer to one exercise among those of a notebook."""
        texts = needed(name, sources)
        method = settings.start_method or machine.start_method()
        store = Store(course.grading / "verdicts" / unit.name)
        path = store.path(unit.version, name, texts, method, settings.sandbox.name)
        return cls(name, path, texts)


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


@dataclass
class _Handed:
    """What one student has handed in: where the verdicts on it lie, by exercise, or why there are none."""

    student: str
    places: dict[str, Path] = field(default_factory=dict)
    problem: str = ""
    open: set[Path] = field(default_factory=set)

    def row(self) -> StudentRow:
        """With the verdicts as they are stored now."""
        found = {name: Store.read(path) for name, path in self.places.items()}
        reports = {name: kept[0] for name, kept in found.items() if kept is not None}
        missing = [name for name, kept in found.items() if kept is None]
        problem = f"not judged yet: {', '.join(missing)}" if missing else self.problem
        return StudentRow(self.student, reports, problem)


def grade_unit(
    course: Course,
    unit: Unit,
    settings: Settings,
    students: Iterable[str] = (),
    force: bool = False,
    watch: Watch | None = None,
    size: int | None = None,
    pages: bool = True,
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
    watch : Watch, optional
        Told what is going on.
    size : int, optional
        Worker processes; 0 does everything in this one. As many as there are cores, unless told.
    pages : bool
        False records the marks alone: no plot or try-out is run, and no feedback page is made.

    Raises
    ------
    CourseError
        If there is nothing to grade.
    SandboxError, HarnessError
        If nothing can be said about an answer; what was judged until then is kept.
    """
    found = submissions(course, unit.name, students)
    watch = watch or Watch()
    size = crew_size() if size is None else size
    course = Course(course.root.resolve())  # nbgrader changes the current folder while it works
    with Crew(do_job, (course.root, unit.name, unit.version, settings, pages), size) as crew:
        return _Class(course, unit, settings, force, watch, crew).grade(found)


class _Class:
    """A class being graded."""

    def __init__(
        self, course: Course, unit: Unit, settings: Settings, force: bool, watch: Watch, crew: Crew
    ) -> None:
        self._course, self._unit, self._settings, self._force = course, unit, settings, force
        self._watch, self._crew = watch, crew
        self._handed: dict[str, _Handed] = {}
        self._answers: dict[Path, Answer] = {}  # those that are not settled
        self._of: defaultdict[Path, list[_Handed]] = defaultdict(list)  # who waits for them
        self._due: list[Answer] = []  # for their speed
        self._complete: list[_Handed] = []  # who can be recorded
        self._rows: dict[str, StudentRow] = {}
        self._marks: dict[str, float] = {}
        crew.started = lambda job: watch.started(job.phase, job.words)

    def grade(self, found: list[Submission]) -> list[StudentRow]:
        """All submissions, to their end."""
        from autograder.recording import Recorder  # slow: it brings nbgrader along

        recorder = Recorder(self._course, self._unit, self._settings)
        recorder.prepare(self._watch.says)
        self._marks = {} if self._force else recorder.marks()
        self._watch.expect("recording", len(found))
        for submission in found:
            self._read(submission)
        for answer in self._answers.values():
            kept = None if self._force else Store.read(answer.path) or Store.read(Store.half(answer.path))
            if kept:
                self._await_speed(answer)
            else:
                self._watch.expect("correctness")
                self._crew.add(Judging(answer, self._words(answer), self._force))
        self._record()
        while self._due:
            due, self._due = self._due, []
            for answer in due:  # an inconclusive one again after the others: the machine may be quieter then
                self._measure(answer)
                if len(self._complete) >= _RECORDED_TOGETHER * max(1, self._crew.size):
                    self._record()
        self._record()
        return [self._rows[submission.student] for submission in found]

    def _read(self, submission: Submission) -> None:
        answers, problem = _answers(self._course, self._unit, submission, self._settings)
        one = _Handed(submission.student, {answer.name: answer.path for answer in answers}, problem)
        self._handed[one.student] = one
        for answer in answers:
            kept = None if self._force else Store.read(answer.path)
            if not kept or not _is_settled(*kept):
                one.open.add(answer.path)
                self._answers.setdefault(answer.path, answer)
                self._of[answer.path].append(one)
        if not one.open:
            self._complete.append(one)

    def _words(self, answer: Answer) -> str:
        first, *others = self._of[answer.path]
        return f"{first.student}{f' and {len(others)} more' if others else ''}: {answer.name}"

    def _await_speed(self, answer: Answer) -> None:
        self._due.append(answer)
        self._watch.expect("speed")

    def _settle(self, answer: Answer) -> None:
        del self._answers[answer.path]
        for one in self._of.pop(answer.path):
            one.open.discard(answer.path)
            if not one.open:
                self._complete.append(one)

    def _measure(self, answer: Answer) -> None:
        """In this process, while the crew is idle."""
        words = self._words(answer)
        self._watch.started("speed", words)
        report = add_speed_stored(
            answer, self._unit, self._settings, lambda stage: self._watch.stage("speed", words, stage)
        )
        self._watch.done("speed", words)
        kept = Store.read(answer.path)
        if kept is None or _is_settled(*kept):
            self._settle(answer)
        elif report.needs_person:
            self._await_speed(answer)

    def _record(self) -> None:
        """Record who is complete, and let the crew work until it has nothing left to do."""
        self._hand_over()
        for done in self._crew.results():
            if done.error is not None:
                raise done.error
            self._watch.done(done.job.phase, done.job.words)
            if isinstance(done.job, Recording):
                self._note(done)
                continue
            if done.value:
                self._await_speed(done.job.answer)
            else:
                self._settle(done.job.answer)
            self._hand_over()

    def _hand_over(self) -> None:
        complete, self._complete = self._complete, []
        for one in complete:
            mark = self._marks.get(one.student)
            job = Recording(one.student, one.problem, tuple(one.places.values()), mark)
            self._crew.add(job, here=len(self._handed) < _FEW * self._crew.size)

    def _note(self, done: Done) -> None:
        problem, feedback = done.value
        row = replace(self._handed[done.job.words].row(), problem=problem, feedback=feedback)
        self._rows[row.student] = row
        self._watch.graded(row)


# What the crew does ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Judging:
    """A job: judge the correctness of one answer; whether its speed is due comes of it."""

    answer: Answer
    words: str
    force: bool
    phase: ClassVar[Phase] = "correctness"

    def do(self, course: Course, unit: Unit, settings: Settings, pages: bool) -> bool:
        """Judge it, and store what is found."""
        return judge_correctness_stored(self.answer, unit, settings, force=self.force)[1]


@dataclass(frozen=True)
class Recording:
    """A job: record one student's verdicts, unless they stand recorded; problem and feedback page come of it.

    Parameters
    ----------
    words : str
        The student.
    problem : str
        Why the submission cannot be read, empty if it can.
    verdicts : tuple of Path
        Where they are stored.
    mark : float or None
        The student's points in the gradebook; None if there are none.
    """

    words: str
    problem: str
    verdicts: tuple[Path, ...]
    mark: float | None
    phase: ClassVar[Phase] = "recording"

    def do(self, course: Course, unit: Unit, settings: Settings, pages: bool) -> tuple[str, str]:
        """Record them."""
        from autograder.recording import recorder

        writing = recorder(course, unit, settings, pages)
        return writing.record(self.words, self.problem, self.verdicts, self.mark)


def do_job(
    job: Judging | Recording, root: Path, unit: str, version: str, settings: Settings, pages: bool
) -> Any:
    """Do a job in a worker process.

    Raises
    ------
    HarnessError
        If the unit's checks.py is no longer the one that the class is graded by.
    """
    course = Course(root)
    loaded = course.unit(unit)
    if loaded.version != version:
        raise HarnessError(
            f"{loaded.source / 'checks.py'} was changed while {unit} was graded. Run the command again: "
            "what was judged by the old one is judged again by the new one."
        )
    return job.do(course, loaded, settings, pages)


# Submissions and reports -----------------------------------------------------------------------------


def _answers(
    course: Course, unit: Unit, submission: Submission, settings: Settings
) -> tuple[list[Answer], str]:
    """A submission's answers; none, and why, if it cannot be read."""
    try:
        sources = submitted_sources(unit, submission.folder)
    except SubmissionError as error:
        return [], str(error)
    return [Answer.of(course, unit, name, sources, settings) for name in unit.exercises], ""


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
        answers, problem = _answers(course, unit, submission, settings)
        one = _Handed(submission.student, {answer.name: answer.path for answer in answers}, problem)
        rows.append(replace(one.row(), feedback=feedback_page(course, unit, one.student)))
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

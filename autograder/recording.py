"""From a verdict to the gradebook: nbgrader's own converters, called in this process.

Starting the `nbgrader` command takes seconds, so a class is recorded by one process. What is called
is what the command and Formgrader call, with the same configuration.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
import warnings
from dataclasses import replace
from typing import Any

from nbgrader.apps.api import NbGraderAPI
from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SAWarning, SQLAlchemyError
from traitlets.config import Config, PyFileConfigLoader

from autograder.class_report import StudentRow
from autograder.course import Course, Unit
from autograder.grading import feedback_page
from autograder.harness import HarnessError, Progress, Settings


class RecordingError(HarnessError):
    """nbgrader could not do its part."""


class Recorder:
    """Records one unit's verdicts.

    Parameters
    ----------
    course, unit : Course, Unit
    settings : Settings
        Those the verdicts were reached with; nbgrader's run must look for the same ones.
    """

    def __init__(self, course: Course, unit: Unit, settings: Settings) -> None:
        self._course = course
        self._unit = unit
        self._config = load_config(course)
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
        known = stamp.read_text() if stamp.exists() else ""
        try:
            with self._api.gradebook as gradebook:
                if known == now and any(assignment.name == unit for assignment in gradebook.assignments):
                    return
        except SQLAlchemyError as error:
            raise RecordingError(
                f"the gradebook {self._config.CourseDirectory.db_url} cannot be used: "
                f"{getattr(error, 'orig', None) or error}. Is the disk full, or the folder not writable? "
                "Then mend that; if the file is damaged, move it away, and the marks are recorded anew from "
                "the stored verdicts."
            ) from error
        progress(f"telling the gradebook about {unit}")
        _tell_gradebook(self._config, unit)
        stamp.write_text(now)

    def record(self, row: StudentRow) -> StudentRow:
        """Write one student's marks into the gradebook and make the feedback page.

        Returns
        -------
        StudentRow
            With the feedback page's place, or with the problem if nbgrader failed. A submission that
            could not be read is recorded as one without answers, and keeps its problem.
        """
        unit = self._unit.name
        folder = self._course.grading / "submitted" / row.student / unit
        if not any(folder.glob("*.ipynb")):  # nbgrader has no way to record that
            nothing = "Nothing was recorded, since the folder holds no notebook at all."
            return replace(row, problem=f"{row.problem} {nothing}".strip())
        try:
            with warnings.catch_warnings():
                # nbgrader adds rows to a session that it has not opened for them; it does them no harm.
                warnings.simplefilter("ignore", SAWarning)
                _must(self._api.autograde(unit, row.student), "record the marks")
                _must(self._api.generate_feedback(unit, row.student), "make the feedback page")
        except RecordingError as error:
            return replace(row, problem=f"{row.problem} {error}".strip())
        return replace(row, feedback=feedback_page(self._course, self._unit, row.student))


def introduce(course: Course, unit: str) -> None:
    """Tell the gradebook about a unit that it has never heard of.

    So `nbgrader autograde` and Formgrader's button need no `nbgrader generate_assignment` before them.

    Raises
    ------
    RecordingError
        If nbgrader cannot generate the assignment.
    """
    config = load_config(course)
    with _api(config).gradebook as gradebook:
        if any(assignment.name == unit for assignment in gradebook.assignments):
            return
    _tell_gradebook(config, unit)


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

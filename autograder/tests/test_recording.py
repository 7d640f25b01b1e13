"""What nbgrader says of its failures is passed on in one sentence, and Ctrl-C is not swallowed."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from nbgrader.utils import capture_log

from autograder.course import Course
from autograder.harness import Settings
from autograder.recording import Recorder, RecordingError, _must
from autograder.sandbox import Bubblewrap

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def course(tmp_path: Path) -> Course:
    shutil.copytree(ROOT / "solutions" / "02-pool", tmp_path / "solutions" / "02-pool")
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    return Course(tmp_path)


def recorder(course: Course) -> Recorder:
    return Recorder(course, course.unit("02-pool"), Settings(Bubblewrap()))


def caught_by_nbgrader(error: BaseException, said: str = "") -> dict[str, Any]:
    """What nbgrader makes of an application that fails: its own function tells."""
    log = logging.getLogger("test_recording")

    def start() -> None:
        if said:
            log.error("%s", said)
        raise error

    return capture_log(SimpleNamespace(log=log, start=start))


def test_an_interrupt_that_nbgrader_caught_goes_on():
    with pytest.raises(KeyboardInterrupt):
        _must(caught_by_nbgrader(KeyboardInterrupt(), "Canceled"), "record the marks")


def test_the_cause_is_named_and_not_the_pointer_to_a_traceback():
    traceback = "Traceback (most recent call last):\n    f.write(output)\nOSError: [Errno 28] No space left"
    failed = caught_by_nbgrader(RuntimeError("Please see the the above traceback"), traceback)
    with pytest.raises(
        RecordingError, match=r"^nbgrader could not do it: OSError: \[Errno 28\] No space left$"
    ):
        _must(failed, "do it")
    with pytest.raises(RecordingError, match=r"^nbgrader could not do it: RuntimeError: alone$"):
        _must(caught_by_nbgrader(RuntimeError("alone")), "do it")


def test_a_damaged_gradebook_is_named_with_the_next_step(course):
    course.grading.mkdir()
    (course.grading / "gradebook.db").write_text("this is no database" * 100)
    with pytest.raises(RecordingError, match=r"gradebook\.db cannot be used: .* move it away"):
        recorder(course).prepare()


def test_a_folder_without_a_notebook_is_told_to_have_no_record(course):
    (course.grading / "submitted" / "ada" / "02-pool").mkdir(parents=True)
    problem, page = recorder(course).record("ada", "pool.ipynb is missing.", (), None)
    assert (
        problem == "pool.ipynb is missing. Nothing was recorded, since the folder holds no notebook at all."
    )
    assert not page

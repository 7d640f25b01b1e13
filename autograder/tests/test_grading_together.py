"""Two real graders at once: neither spoils the other's timing, its files or the gradebook."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from autograder import machine
from autograder.bench.crash import doubled_in, expected_marks, stored
from autograder.bench.small_course import UNIT, make
from autograder.bench.throughput import marks
from autograder.course import find_root

CONFIG = find_root() / "nbgrader_config.py"
SOON = 60.0


def start(course, *words):
    return subprocess.Popen(
        [sys.executable, *words], cwd=course.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def grader(course, *words):
    return start(course, "-m", "autograder.cli", "grade", UNIT, *words)


def ended(process) -> str:
    said, _ = process.communicate(timeout=200)
    assert process.returncode in (0, 3), said  # 3: a speed that this machine could not settle just now
    return said


@pytest.mark.slow
def test_two_that_grade_the_same_class_share_the_work_and_record_each_student_once(tmp_path):
    course = make(tmp_path / "course", CONFIG, 6, timed=1)
    both = [grader(course), start(course, "-m", "nbgrader", "autograde", UNIT)]
    assert all(map(ended, both))
    assert marks(course.grading / "gradebook.db") == expected_marks(course)
    assert doubled_in(course.grading / "gradebook.db") == 0
    for number in range(6):
        assert (course.grading / "autograded" / f"s{number:02}" / UNIT / "small.ipynb").exists()
        assert (course.grading / "feedback" / f"s{number:02}" / UNIT / "small.html").exists()
    assert not [*course.grading.rglob(".turn-*"), *course.grading.rglob(".writing-*")]


@pytest.mark.slow
def test_two_that_start_with_a_fresh_clone_make_one_gradebook(tmp_path):
    course = make(tmp_path / "course", CONFIG, 4)
    both = [grader(course), grader(course)]
    assert ["4 graded in full" in ended(process) for process in both] == [True, True]
    assert marks(course.grading / "gradebook.db") == expected_marks(course)
    assert doubled_in(course.grading / "gradebook.db") == 0


@pytest.mark.slow
def test_while_another_works_nothing_is_timed_and_while_another_times_nothing_is_judged(tmp_path):
    course = make(tmp_path / "course", CONFIG, 1, timed=1)
    verdicts = course.grading / "verdicts" / UNIT
    with machine.working_slot():
        process = grader(course)
        until(lambda: list(verdicts.glob("hash_all-*.correctness.json")))  # works beside us
        until(somebody_waits)  # and waits to time
        assert [name.partition("-")[0] for name in stored(course)] == ["double"]
    ended(process)
    before = stored(course)
    assert len(before) == 2 and not list(verdicts.glob("*.correctness.json"))
    with machine.timing_slot():
        process = grader(course, "--force")
        until(somebody_waits)
        assert stored(course) == before
    ended(process)
    assert stored(course).keys() == before.keys() and stored(course) != before


def somebody_waits() -> bool:
    turn = Path(tempfile.gettempdir(), ".autograder-timing-slot-turn")
    descriptor = os.open(turn, os.O_RDWR)
    try:
        return not machine.try_lock(descriptor)
    finally:
        os.close(descriptor)


def until(holds) -> None:
    end = time.monotonic() + SOON
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)

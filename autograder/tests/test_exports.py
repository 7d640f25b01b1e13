"""Marks for other systems: their own columns, their own rows, and nothing that is not a mark."""

from __future__ import annotations

import csv
import io
import json

import pytest

from autograder.bench.small_course import UNIT, make
from autograder.class_report import StudentRow
from autograder.course import find_root
from autograder.exports import Mark, as_canvas, as_csv, as_gradescope, as_moodle, write_gradescope
from autograder.findings import Finding, Report, Speed
from autograder.grading import grade_unit
from autograder.harness import Settings
from autograder.recording import Recorder
from autograder.sandbox import choose

CLASS = [
    Mark(
        "ada", "Ada", "King, Countess", "ada@example.org", "4711", 12.25, 16.0,
        {"check-parallel_map": 4.0, "check-apply_model": 8.25},
    ),
    Mark("ben", max_points=16.0, points=0.0, parts={"check-parallel_map": 0.0}, needs_person=True),
    Mark("=cmd|x", max_points=16.0),
]  # fmt: skip


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_a_spreadsheet_has_a_column_for_each_exercise_and_no_formula():
    assert rows(as_csv(CLASS)) == [
        ["student", "first_name", "last_name", "email", "parallel_map", "apply_model", "points", "max_points",
         "needs_person"],
        ["ada", "Ada", "King, Countess", "ada@example.org", "4", "8.25", "12.25", "16", "no"],
        ["ben", "", "", "", "0", "", "0", "16", "yes"],
        ["'=cmd|x", "", "", "", "", "", "", "16", "no"],
    ]  # fmt: skip


def test_canvas_gets_its_five_columns_the_points_possible_and_no_mark_where_there_is_none():
    assert rows(as_canvas(CLASS, "Pool (123)")) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Pool (123)"],
        ["    Points Possible", "", "", "", "", "16"],
        ["King, Countess, Ada", "4711", "", "ada", "", "12.25"],
        ["ben", "", "", "ben", "", "0"],
        ["=cmd|x", "", "", "=cmd|x", "", ""],
    ]


def test_moodle_gets_no_row_of_who_has_no_mark():
    assert rows(as_moodle(CLASS, "Pool")) == [
        ["Username", "First name", "Last name", "ID number", "Email address", "Pool"],
        ["ada", "Ada", "King, Countess", "4711", "ada@example.org", "12.25"],
        ["ben", "", "", "", "", "0"],
    ]


def test_gradescope_gets_a_test_for_correctness_and_one_for_speed(tmp_path):
    finding = Finding("values", False, "expected [2], got \x1b[31m[3]", "Look at the last item.")
    slow = Speed("fail", 0.8, 2, 0.5, 0.4, 0.6, 1.0, 3, 5.0, "Too slow: 1.00 times as fast as serial.")
    report = Report("hash_all", UNIT, (finding,), slow, 1.5, 2.0, 0.0, 2.0, seconds=7.4)
    row = StudentRow("ada", {"hash_all": report, "double": Report("double", UNIT, (), None, 4.0, 4.0)})
    (path,) = write_gradescope([row], tmp_path)
    told = json.loads(path.read_text())
    assert path == tmp_path / "ada" / "results.json"
    assert told["score"] == 5.5 == sum(test["score"] for test in told["tests"])
    assert [(test["name"], test["score"], test["max_score"], test["status"]) for test in told["tests"]] == [
        ("hash_all: correctness", 1.5, 2.0, "failed"),
        ("hash_all: speed", 0.0, 2.0, "failed"),
        ("double: correctness", 4.0, 4.0, "passed"),
    ]
    assert "expected [2], got" in told["tests"][0]["output"] and "\x1b" not in path.read_text()
    assert "Too slow" in told["tests"][1]["output"]
    assert told["execution_time"] == 7 and told["visibility"] == "visible"


def test_gradescope_is_told_why_nothing_was_judged():
    told = as_gradescope(StudentRow("ben", problem="pool.ipynb is not a notebook."))
    assert told["score"] == 0 and told["tests"] == [] and "not a notebook" in told["output"]


@pytest.mark.slow
def test_marks_come_from_the_gradebook_with_those_by_hand_and_the_name_that_it_knows(tmp_path):
    course = make(tmp_path / "course", find_root() / "nbgrader_config.py", 3)
    unit, settings = course.unit(UNIT), Settings(choose())
    grade_unit(course, unit, settings, ["s00", "s02"], size=0)
    recorder = Recorder(course, unit, settings)
    with recorder._api.gradebook as gradebook:
        gradebook.update_or_create_student("s00", first_name="Ada", last_name="King", lms_user_id="7")
        gradebook.find_grade("check-hash_all", "small", UNIT, "s00").manual_score = 3.0
        gradebook.db.commit()
    first, second, third = recorder.class_marks(["s00", "s02", "s01"])
    assert (first.first_name, first.lms_id, first.points, first.max_points) == ("Ada", "7", 7.0, 8.0)
    assert first.parts == {"check-double": 4.0, "check-hash_all": 3.0}
    assert second.points == 2.0 and not second.needs_person
    assert third == Mark("s01")

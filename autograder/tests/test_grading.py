"""A whole class, from notebooks to the gradebook: real nbgrader, real sandbox, a unit that takes no time."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime

import nbformat
import pytest

from autograder.class_report import class_page
from autograder.course import Course, CourseError, find_root
from autograder.grading import grade_unit, judge_stored, stored_rows, submissions, write_class_page
from autograder.harness import Settings
from autograder.sandbox import choose

UNIT = "00-tiny"

CHECKS = '''
from autograder import Case, Check, Equals, Exercise


class Double(Exercise):
    """Twice each item."""

    signature = "double(items)"
    correctness_points = 4.0
    leftovers_weight = 0.0

    def cases(self, rng, processes):
        items = [rng.randrange(100) for _ in range(5)]
        yield Case((items,), (Check("values", Equals([2 * item for item in items]), essential=True),))
        yield Case(([],), (Check("nothing gives nothing", Equals([])),))


class Half(Exercise):
    """Half of each item."""

    signature = "half(items)"
    correctness_points = 2.0

    def cases(self, rng, processes):
        yield Case(([8, 4],), (Check("values", Equals([4, 2]), essential=True),))
'''

RIGHT = {
    "double": "def double(items):\n    return [2 * item for item in items]",
    "half": "def half(items):\n    return [item // 2 for item in items]",
}
PARTLY = {**RIGHT, "double": "def double(items):\n    return [2 * item for item in items] or None"}
CALLS = {"double": 4.0, "half": 2.0}


def notebook(answers):
    """The unit's notebook with these answers, as an instructor writes it (with markers) or a student does."""
    book = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    for name, points in CALLS.items():
        cell = nbformat.v4.new_code_cell(f"%%writefile {name}.py\n{answers[name]}", id=name)
        cell.metadata.nbgrader = _marks(name, solution=True)
        check = nbformat.v4.new_code_cell(
            f'from autograder import check\n\ncheck("{name}")', id=f"check-{name}"
        )
        check.metadata.nbgrader = _marks(f"check-{name}", grade=True, locked=True, points=points)
        book.cells += [cell, check]
    return book


def _marks(grade_id, solution=False, grade=False, locked=False, points=None):
    marks = {"grade_id": grade_id, "solution": solution, "grade": grade, "locked": locked}
    marks |= {"schema_version": 3, "task": False, "cell_type": "code"}
    return marks | ({"points": points} if points is not None else {})


def marked(text):
    """An answer as the instructor's notebook has it."""
    first, rest = text.split("\n", 1)
    return f"{first}\n    ### BEGIN SOLUTION\n{rest}\n    ### END SOLUTION"


@pytest.fixture
def course(tmp_path):
    """A course of its own with one quick unit."""
    made = Course(tmp_path / "course")
    folder = made.source / UNIT
    folder.mkdir(parents=True)
    (folder / "checks.py").write_text(CHECKS)
    nbformat.write(notebook({name: marked(text) for name, text in RIGHT.items()}), folder / "tiny.ipynb")
    made.release.mkdir()
    shutil.copy(find_root() / "nbgrader_config.py", made.root)
    return made


@pytest.fixture
def settings():
    return Settings(choose())


def hand_in(course, student, content):
    folder = course.grading / "submitted" / student / UNIT
    folder.mkdir(parents=True)
    text = content if isinstance(content, str) else nbformat.writes(notebook(content))
    (folder / "tiny.ipynb").write_text(text)


def marks_in(course):
    """Scores in the gradebook, by student, read without nbgrader."""
    with sqlite3.connect(course.grading / "gradebook.db") as database:
        rows = database.execute(
            "select s.id, sum(coalesce(g.manual_score, g.auto_score, 0)) from student s"
            " join submitted_assignment a on a.student_id = s.id"
            " join submitted_notebook n on n.assignment_id = a.id"
            " join grade g on g.notebook_id = n.id group by s.id"
        )
        return dict(rows.fetchall())


def test_a_class_is_graded_recorded_and_given_feedback(course, settings):
    hand_in(course, "ada", RIGHT)
    hand_in(course, "ben", PARTLY)
    hand_in(course, "cyn", {**RIGHT, "half": "def half(items):\n    return None"})
    rows = {row.student: row for row in grade_unit(course, course.unit(UNIT), settings)}
    assert {name: row.problem for name, row in rows.items()} == {"ada": "", "ben": "", "cyn": ""}
    assert marks_in(course) == {"ada": 6.0, "ben": 4.0, "cyn": 4.0}
    page = (course.grading / rows["ben"].feedback).read_text()
    assert "nothing gives nothing" in page and "expected the result to be a list, got None" in page


@pytest.mark.slow
def test_without_a_sandbox_feedback_and_class_report_say_so(course):
    hand_in(course, "ada", RIGHT)
    rows = list(grade_unit(course, course.unit(UNIT), Settings(choose(unsafe=True))))
    page = (course.grading / rows[0].feedback).read_text()
    assert "sandbox: none" in page and "sandbox: bubblewrap" not in page
    assert "Some answers ran without a sandbox." in class_page(UNIT, rows, when=datetime.now(UTC))


def test_an_unreadable_notebook_costs_its_student_alone(course, settings):
    hand_in(course, "ada", RIGHT)
    hand_in(course, "bad", "{this is no notebook")
    hand_in(course, "zoe", RIGHT)
    rows = grade_unit(course, course.unit(UNIT), settings)
    assert [row.student for row in rows] == ["ada", "bad", "zoe"]
    assert "not a notebook" in rows[1].problem
    assert marks_in(course) == {"ada": 6.0, "bad": 0.0, "zoe": 6.0}
    assert "not a notebook" in write_class_page(course, course.unit(UNIT), rows).read_text()


def test_an_unchanged_answer_is_judged_once_and_a_changed_one_again(course, settings, monkeypatch):
    from autograder import grading

    judged = []
    real = grading.judge
    monkeypatch.setattr(
        grading, "judge", lambda exercise, *rest: judged.append(exercise.name) or real(exercise, *rest)
    )
    unit = course.unit(UNIT)
    hand_in(course, "ada", RIGHT)
    grade_unit(course, unit, settings, size=0)
    grade_unit(course, unit, settings, size=0)
    assert judged == ["double", "half"]
    hand_in(course, "ben", PARTLY)  # shares half with ada
    grade_unit(course, unit, settings, size=0)
    assert judged == ["double", "half", "double"]
    (course.source / UNIT / "checks.py").write_text(CHECKS + "\n# another version\n")
    grade_unit(course, course.unit(UNIT), settings, students=["ada"], size=0)
    assert judged[3:] == ["double", "half"]
    grade_unit(course, course.unit(UNIT), settings, students=["ada"], force=True, size=0)
    assert judged[5:] == ["double", "half"]


def test_what_is_killed_goes_on_where_it_was(course, settings, monkeypatch):
    from autograder import grading

    unit = course.unit(UNIT)
    for student in ("ada", "ben"):
        hand_in(course, student, RIGHT)
    real = grading.judge

    def stops_at_half(exercise, *rest):
        if exercise.name == "half":
            raise KeyboardInterrupt
        return real(exercise, *rest)

    monkeypatch.setattr(grading, "judge", stops_at_half)
    with pytest.raises(KeyboardInterrupt):
        grade_unit(course, unit, settings, size=0)
    rows = stored_rows(course, unit, settings)
    assert [sorted(row.reports) for row in rows] == [["double"], ["double"]]
    assert rows[0].problem == "not judged yet: half"
    monkeypatch.setattr(grading, "judge", real)
    grade_unit(course, unit, settings, size=0)
    assert marks_in(course) == {"ada": 6.0, "ben": 6.0}


def test_a_speed_that_could_not_be_judged_is_tried_again_once_then_left_to_a_person(
    course, settings, monkeypatch
):
    from dataclasses import replace

    from autograder import grading
    from autograder.findings import Speed

    unsure = Speed("inconclusive", 0.8, 2, reason="too noisy")
    tries = []
    monkeypatch.setattr(grading, "speed_is_due", lambda report: report.speed is None)
    monkeypatch.setattr(
        grading,
        "add_speed",
        lambda report, *rest: tries.append(1) or replace(report, speed=unsure, max_speed_points=2.0),
    )
    unit = course.unit(UNIT)
    for expected in (1, 2, 2):
        report = judge_stored(course, unit, "half", RIGHT, settings)
        assert report.needs_person and len(tries) == expected


def test_who_has_nothing_to_grade_is_told_where_to_put_it(course, settings):
    with pytest.raises(CourseError, match=r"no submission lies in .*submitted"):
        submissions(course, UNIT)
    hand_in(course, "ada", RIGHT)
    with pytest.raises(CourseError, match="nothing of ben"):
        submissions(course, UNIT, ["ben"])


def test_grading_one_student_again_keeps_the_others_in_the_class_report(course, settings):
    for student in ("ada", "ben"):
        hand_in(course, student, RIGHT)
    grade_unit(course, course.unit(UNIT), settings)
    hand_in(course, "cy", PARTLY)
    done = subprocess.run(
        [sys.executable, "-m", "autograder.cli", "grade", UNIT, "--student", "ada"],
        cwd=course.root,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    page = (course.grading / f"{UNIT}.html").read_text()
    assert "3 students, of whom 2 graded in full" in page
    assert all(f"<strong>{student}</strong>, " in page for student in ("ada", "ben", "cy"))


def nbgrader(course, *words):
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", *words],
        cwd=course.root,
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_stock_commands_give_the_same_marks_and_export_them(course, settings):
    hand_in(course, "ada", RIGHT)
    hand_in(course, "ben", PARTLY)
    for words in (  # the gradebook learns of the unit by itself: a fresh clone needs no generate_assignment
        ["autograde", UNIT],
        ["generate_feedback", UNIT],
        ["export"],
    ):
        done = nbgrader(course, *words)
        assert done.returncode == 0, done.stderr
    with open(course.grading / "grades.csv") as file:
        exported = {
            row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in csv.DictReader(file)
        }
    assert exported == {"ada": (6.0, 6.0), "ben": (4.0, 6.0)}
    graded = json.loads((course.grading / "autograded" / "ben" / UNIT / "tiny.ipynb").read_text())
    outputs = next(cell["outputs"] for cell in graded["cells"] if cell["id"] == "check-double")
    assert "".join(outputs[-1]["data"]["text/plain"]) == "2.0"
    assert "text/html" in outputs[0]["data"]

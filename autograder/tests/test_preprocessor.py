"""From submissions to gradebook, feedback and export, by nbgrader's own commands, on a small real course."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import re
import shutil
import subprocess
import sys
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy
import pytest
from bs4 import BeautifulSoup, Tag
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import determine_grade
from traitlets.config import PyFileConfigLoader

from autograder import preprocessor
from autograder.course import find_root
from autograder.findings import Finding, Report, Sample, Speed
from autograder.notebooks import build
from autograder.preprocessor import outputs_of, prepare_submission

ROOT = find_root(Path(__file__).parent)
UNIT, NAME = "90-tiny", "tiny.ipynb"

TEXT = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
---

# Tiny

The instructor's own words.

```{code-cell} ipython3
:nbgrader: {grade_id: double}

%%writefile double.py
def double(number):
    ### BEGIN SOLUTION
    return 2 * number
    ### END SOLUTION
```

```{code-cell} ipython3
:nbgrader: {grade_id: check-double, points: 6}

from autograder import check

check("double")
```

```{code-cell} ipython3
:nbgrader: {grade_id: triple}

%%writefile triple.py
def triple(number):
    ### BEGIN SOLUTION
    return 3 * number
    ### END SOLUTION
```

```{code-cell} ipython3
:nbgrader: {grade_id: check-triple, points: 2}

from autograder import check

check("triple")
```

+++ {"nbgrader": {"grade_id": "why", "points": 1}}

Because.
"""

CHECKS = '''\
from autograder import Case, Check, Equals, Exercise


class Double(Exercise):
    """Two promises, of which the second weighs half as much."""

    signature = "double(number)"
    correctness_points = 3.0
    leftovers_weight = 0.0

    def cases(self, rng, processes):
        number = rng.randrange(1, 1000)
        yield Case((number,), (Check("numbers", Equals(2 * number), weight=2, essential=True),))
        yield Case(("ab",), (Check("texts", Equals("abab"), weight=1),))


class Triple(Exercise):
    signature = "triple(number)"
    correctness_points = 2.0

    def cases(self, rng, processes):
        number = rng.randrange(1, 1000)
        yield Case((number,), (Check("numbers", Equals(3 * number), essential=True),))
'''

RIGHT = {
    "double": "%%writefile double.py\ndef double(number):\n    return number + number\n",
    "triple": "%%writefile triple.py\ndef triple(number):\n    return number * 3\n",
    "why": "Because I <i>think</i> so.",
}
HALF_RIGHT = {
    "double": "%%writefile double.py\ndef double(number):\n    return int(2 * number)\n",
    "triple": "%%writefile triple.py\n"
    "print('<script>alert(1)</script>')\ndef triple(number):\n    return '<b>3'\n",
}


def marks(cell):
    return cell["metadata"].get("nbgrader", {})


class Class:
    """A course in a folder, and the students who hand in to it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.release = json.loads((root / "exercises" / UNIT / NAME).read_text())

    def folder(self, student: str) -> Path:
        folder = self.root / "grading/submitted" / student / UNIT
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def filled(self, answers: dict[str, str]) -> dict:
        """The released notebook with answers filled in."""
        notebook = deepcopy(self.release)
        for cell in notebook["cells"]:
            if marks(cell).get("grade_id") in answers:
                cell["source"] = answers[cell["metadata"]["nbgrader"]["grade_id"]]
        return notebook

    def hand_in(self, student: str, notebook: dict | bytes, name: str = NAME) -> Path:
        path = self.folder(student) / name
        path.write_bytes(notebook if isinstance(notebook, bytes) else json.dumps(notebook).encode())
        return path

    def graded(self, student: str) -> nbformat.NotebookNode:
        return nbformat.read(self.root / "grading/autograded" / student / UNIT / NAME, as_version=4)

    def grades(self, student: str) -> dict[str, tuple[float | None, bool]]:
        """Points of each graded cell in the gradebook, and whether a person must look at it."""
        with Gradebook(f"sqlite:///{self.root}/grading/gradebook.db") as gradebook:
            found = gradebook.find_submission_notebook("tiny", UNIT, student).grades
            return {grade.name: (grade.auto_score, grade.needs_manual_grade) for grade in found}

    def feedback(self, student: str) -> str:
        return (self.root / "grading/feedback" / student / UNIT / "tiny.html").read_text()

    def api(self) -> NbGraderAPI:
        config = PyFileConfigLoader("nbgrader_config.py", path=str(self.root)).load_config()
        return NbGraderAPI(CourseDirectory(config=config), config=config)


def reports(html: str) -> list[Tag]:
    """The reports in a page, parsed: nbconvert writes quotes and the like in its own way."""
    return BeautifulSoup(html, "html.parser").find_all("section", class_="autograder-report")


def nbgrader(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run an nbgrader command the way a shell without the environment on its PATH does."""
    environment = {**os.environ, "PATH": os.defpath, "HOME": str(root), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "nbgrader", *arguments]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=300)


def make_course(root: Path) -> Class:
    shutil.copy(ROOT / "nbgrader_config.py", root)
    for place, text in ((f".text/{UNIT}/tiny.md", TEXT), (f"{UNIT}/checks.py", CHECKS)):
        path = root / "solutions" / place
        path.parent.mkdir(parents=True)
        path.write_text(text)
    build(root)
    return Class(root)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class graded by the stock commands: its course, and what the commands said."""
    root = tmp_path_factory.mktemp("class")
    course = make_course(root)
    said = {"generate": nbgrader(root, "generate_assignment", UNIT)}

    course.hand_in("ann", course.filled(RIGHT))
    course.hand_in("ben", course.filled(HALF_RIGHT))
    course.hand_in("cat", course.release)
    course.hand_in("not-json", b"<html><script>alert(1)</script>")
    course.hand_in("not-utf8", bytes(range(256)))
    course.hand_in("deep", b"[" * 100_000)
    course.hand_in("renamed", course.filled(RIGHT), "tiny (1).ipynb")
    (course.folder("nothing"))

    cut = course.filled(RIGHT)
    cut["cells"] = [
        cell for cell in cut["cells"] if marks(cell).get("grade_id") not in ("triple", "check-double", "why")
    ]
    course.hand_in("cut", cut)

    forged = course.filled(HALF_RIGHT)
    for cell in forged["cells"]:
        if marks(cell).get("grade"):
            cell["metadata"]["nbgrader"].update(points=600.0, schema_version=1, locked=False)
            cell["metadata"]["tags"] = ["skip-execution"]
            cell["source"] = "99.0"
            output = {
                "output_type": "execute_result",
                "data": {"text/plain": "6.0"},
                "metadata": {},
                "execution_count": 1,
            }
            cell["outputs"] = [output]
    forged["cells"].insert(
        0,
        {
            "cell_type": "code",
            "id": "x",
            "metadata": {},
            "source": "boast()",
            "outputs": [],
            "execution_count": 1,
        },
    )
    forged["metadata"]["kernelspec"] = {"name": "evil", "display_name": "evil"}
    course.hand_in("forger", forged)

    twice = course.filled(RIGHT)
    first = next(cell for cell in twice["cells"] if marks(cell).get("grade_id") == "double")
    twice["cells"].insert(0, {**deepcopy(first), "id": "again", "source": HALF_RIGHT["double"]})
    course.hand_in("twice", twice)

    course.hand_in(
        "surrogate", course.filled({**RIGHT, "double": RIGHT["double"] + "# \ud83d half an emoji\n"})
    )

    secret = root / "secret.txt"
    secret.write_text("of the grader's machine")
    course.hand_in("linker", course.filled(RIGHT))
    (course.folder("linker") / "data.txt").symlink_to(secret)
    os.mkfifo(course.folder("linker") / "pipe")
    (course.folder("borrower") / NAME).symlink_to(course.folder("ann") / NAME)

    said["autograde"] = nbgrader(root, "autograde", UNIT)
    said["feedback"] = nbgrader(root, "generate_feedback", UNIT)
    said["export"] = nbgrader(root, "export")
    return course, said


ZERO = {"check-double": (0.0, False), "check-triple": (0.0, False), "why": (None, True)}


def test_stock_commands_succeed_though_some_notebooks_cannot_be_read(graded):
    _, said = graded
    assert {name: run.returncode for name, run in said.items()} == dict.fromkeys(said, 0), said[
        "autograde"
    ].stderr


def test_the_commands_run_quietly(graded):
    _, said = graded
    errors = [
        line
        for run in said.values()
        for line in run.stderr.splitlines()
        if "ERROR" in line or "SAWarning" in line
    ]
    assert errors == []


@pytest.mark.parametrize(
    ("student", "double", "triple"),
    [
        ("ann", 6.0, 2.0),
        ("ben", 4.0, 0.0),  # two thirds of 3 points, in a cell worth 6
        ("cat", 0.0, 0.0),
        ("cut", 6.0, 0.0),
        ("forger", 4.0, 0.0),
        ("twice", 6.0, 2.0),  # of several cells with one name the last counts
        ("surrogate", 6.0, 2.0),
        ("linker", 6.0, 2.0),
        ("borrower", 0.0, 0.0),
        ("renamed", 0.0, 0.0),
        ("not-json", 0.0, 0.0),
        ("not-utf8", 0.0, 0.0),
        ("deep", 0.0, 0.0),
    ],
)
def test_marks_in_the_gradebook(graded, student, double, triple):
    course, _ = graded
    grades = course.grades(student)
    assert (grades["check-double"], grades["check-triple"]) == ((double, False), (triple, False))


def test_an_answer_in_words_waits_for_a_person_unless_it_was_not_touched(graded):
    course, _ = graded
    assert course.grades("ann")["why"] == (None, True)
    assert course.grades("cat")["why"] == (0.0, False)
    assert course.graded("ann").cells[-1].source == RIGHT["why"]


def test_the_export_agrees_with_the_gradebook(graded):
    course, _ = graded
    with (course.root / "grading/grades.csv").open() as file:
        scores = {
            row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in csv.DictReader(file)
        }
    assert scores["ann"] == (8.0, 9.0)
    assert scores["ben"] == (4.0, 9.0)
    assert scores["not-json"] == (0.0, 9.0)


def test_a_student_who_handed_in_nothing_has_no_submission(graded):
    course, _ = graded
    assert not (course.root / "grading/autograded/nothing").exists()


def test_of_a_submission_only_the_text_of_its_answers_remains(graded):
    course, _ = graded
    forged, honest = course.graded("forger"), course.graded("ben")
    assert "boast()" not in json.dumps(forged)
    assert forged.metadata == honest.metadata

    def without_outputs(notebook):
        return [{**cell, "outputs": []} for cell in notebook.cells]

    assert without_outputs(forged)[:-1] == without_outputs(honest)[:-1]
    assert [cell.id for cell in forged.cells] == [cell["id"] for cell in course.release["cells"]]


def test_a_missing_answer_says_so_where_it_should_be(graded):
    course, _ = graded
    cells = {cell.id: cell for cell in course.graded("cut").cells}
    assert cells["triple"].source == "# No answer: the notebook has no cell triple."
    assert "there is no answer" in cells["check-triple"].outputs[0].data["text/plain"]
    assert cells["check-double"].source.endswith('check("double")')
    words = next(cell for cell in cells.values() if marks(cell).get("grade_id") == "why")
    assert words.source == "*No answer: the notebook has no cell why.*"


@pytest.mark.parametrize(
    ("student", "why"),
    [
        ("not-json", "JSONDecodeError"),
        ("not-utf8", "UnicodeDecodeError"),
        ("deep", "RecursionError"),
        ("renamed", "missing"),
        ("borrower", "missing"),
    ],
)
def test_an_unreadable_notebook_gets_feedback_that_says_why(graded, student, why):
    course, _ = graded
    first, *cells = course.graded(student).cells
    assert first.id == "unreadable-notebook"
    assert why in first.source
    assert cells[1].source == "# No answer: the notebook could not be read."
    page = course.feedback(student)
    assert "could not be read" in page
    assert why in page


def test_a_check_cell_holds_the_report_and_then_the_points(graded):
    course, _ = graded
    cell = next(cell for cell in course.graded("ben").cells if cell.id == "check-double")
    shown, result = cell.outputs
    assert (shown.output_type, result.output_type) == ("display_data", "execute_result")
    assert set(shown.data) == {"text/plain", "text/html"}
    assert "texts" in shown.data["text/plain"]
    assert result.data == {"text/plain": "4.0"}


def test_feedback_keeps_the_report_and_escapes_what_comes_from_the_student(graded):
    course, _ = graded
    cell = next(cell for cell in course.graded("ben").cells if cell.id == "check-triple")
    shown = reports(cell.outputs[0].data["text/html"])
    assert "'<b>3'" in shown[0].get_text()
    page = course.feedback("ben")
    assert reports(page)[1:] == shown
    assert "<script>alert" not in page
    assert "<script>alert" not in course.feedback("not-json")


def test_links_and_pipes_of_a_submission_are_not_followed(graded):
    course, said = graded
    for step in ("autograded", "feedback"):
        left = {path.name for path in (course.root / "grading" / step / "linker" / UNIT).iterdir()}
        assert left == {"checks.py", NAME if step == "autograded" else "tiny.html"}
    aside = course.root / "grading/left-out/linker" / UNIT
    assert (aside / "data.txt").is_symlink()
    assert (aside / "pipe").is_fifo()
    assert f"linker: '{UNIT}/data.txt' was left out: it is a link." in said["autograde"].stderr


def test_nothing_of_an_answer_is_run_by_nbgrader_itself(graded):
    """The answers would have to print it: nothing of theirs reaches the log, and no kernel was started."""
    _, said = graded
    assert "alert(1)" not in said["autograde"].stdout + said["autograde"].stderr
    assert "kernel" not in said["autograde"].stderr.lower()


# ---------------------------------------------------------------- in this process, with reports at hand


@pytest.fixture
def course(graded, tmp_path):
    """A copy of the graded class, to grade again."""
    return Class(
        Path(
            shutil.copytree(
                graded[0].root, tmp_path / "course", symlinks=True, ignore=shutil.ignore_patterns("pipe")
            )
        )
    )


SPEED = Speed("pass", 0.8, 2, 0.9, 0.85, 1.0, 1.8, 3, 2.0, "Fast.", *[Sample.of([1.0])] * 3)
REPORT = Report("double", UNIT, (Finding("numbers", True, ""),), SPEED, 2.0, 2.0, 2.0, 2.0)


def test_a_doubtful_speed_waits_for_a_person_and_nothing_else_changes(course, monkeypatch):
    doubtful = replace(REPORT, speed=replace(SPEED, verdict="inconclusive"), speed_points=0.0)

    def judge_stored(where, unit, name, sources, settings):
        return doubtful if name == "double" else replace(REPORT, exercise="triple")

    monkeypatch.setattr(preprocessor, "judge_stored", judge_stored)
    assert course.api().autograde(UNIT, "ann")["success"]
    assert course.grades("ann") == {
        "check-double": (3.0, True),
        "check-triple": (2.0, False),
        "why": (None, True),
    }
    monkeypatch.setattr(preprocessor, "judge_stored", lambda *arguments: REPORT)
    assert course.api().autograde(UNIT, "ann")["success"]
    assert course.grades("ann")["check-double"] == (6.0, False)


def test_feedback_keeps_the_picture_of_the_speed(course, monkeypatch):
    monkeypatch.setattr(preprocessor, "judge_stored", lambda *arguments: REPORT)
    assert course.api().autograde(UNIT, "ann")["success"]
    assert course.api().generate_feedback(UNIT, "ann")["success"]
    pictures = [report.find("svg") for report in reports(course.feedback("ann"))]
    assert len(pictures) == 2
    assert all("yours" in picture.get_text() for picture in pictures)


def test_grading_works_inside_a_running_event_loop_as_in_formgraders_server(course):
    async def press_the_button():
        return course.api().autograde(UNIT, "ben")

    assert asyncio.run(press_the_button())["success"]
    assert course.grades("ben")["check-double"] == (4.0, False)


def test_a_broken_resubmission_does_not_keep_the_former_mark(course):
    course.hand_in("ann", b"")
    assert course.api().autograde(UNIT, "ann")["success"]
    assert course.grades("ann")["check-double"] == (0.0, False)


def test_an_answer_left_in_exercises_by_the_instructor_is_nobodys_answer(course):
    path = course.root / "exercises" / UNIT / NAME
    path.write_text(json.dumps(course.filled(RIGHT)))
    assert course.api().autograde(UNIT, "cut")["success"]
    assert course.grades("cut")["check-triple"] == (0.0, False)


def test_an_answer_that_cannot_be_judged_records_nothing(course, monkeypatch):
    def no_sandbox(*arguments):
        raise preprocessor.sandbox.SandboxError("no sandbox, so nothing is graded")

    monkeypatch.setattr(preprocessor, "judge_stored", no_sandbox)
    result = course.api().autograde(UNIT, "ann")
    assert not result["success"]
    assert "no sandbox, so nothing is graded" in result["log"]
    assert course.grades("ann")["check-double"] == (6.0, False)


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_gradebook_that_knows_another_notebook_is_a_clear_error(course):
    replace_in(course.root / "solutions" / UNIT / NAME, '"check-triple"', '"check-treble"')
    result = course.api().autograde(UNIT, "ann")
    assert not result["success"]
    assert (
        "they differ in check-treble, check-triple. Tell it: nbgrader generate_assignment 90-tiny"
        in result["log"]
    )


def test_a_missing_instructors_notebook_is_a_clear_error(course):
    (course.root / "solutions" / UNIT / NAME).unlink()
    result = course.api().autograde(UNIT, "ann")
    assert not result["success"]
    assert "tiny.ipynb cannot be read" in result["log"]
    assert "python -m autograder.notebooks build" in result["log"]


def test_a_check_of_no_exercise_is_an_error_and_not_full_marks(course):
    replace_in(course.root / "solutions" / UNIT / "checks.py", '"triple(number)"', '"treble(number)"')
    result = course.api().autograde(UNIT, "ann")
    assert not result["success"]
    assert "has no exercise 'triple'; it has double, treble" in result["log"]


# ---------------------------------------------------------------- the points that nbgrader reads


@pytest.mark.parametrize(
    ("report", "worth", "expected"),
    [
        (REPORT, 4.0, 4.0),
        (REPORT, 10.0, 10.0),
        (replace(REPORT, speed_points=0.0), 4.0, 2.0),
        (replace(REPORT, correctness_points=0.0, speed_points=0.0), 4.0, 0.0),
        (replace(REPORT, correctness_points=9.0), 4.0, 4.0),
        (replace(REPORT, correctness_points=-1.0, speed_points=0.0), 4.0, 0.0),
        (replace(REPORT, correctness_points=numpy.float64(1.0)), 4.0, 3.0),
        (replace(REPORT, max_correctness_points=0.0, max_speed_points=0.0), 4.0, 0.0),
        (
            replace(
                REPORT,
                correctness_points=1.0,
                speed_points=0.0,
                max_correctness_points=3.0,
                max_speed_points=0.0,
            ),
            1.0,
            0.33,
        ),
    ],
)
def test_points_are_a_plain_number_within_the_cell(report, worth, expected):
    cell = nbformat.v4.new_code_cell("", outputs=outputs_of(report, worth))
    nbformat.validate(nbformat.v4.new_notebook(cells=[cell]))
    cell.metadata.nbgrader = {"grade": True, "solution": False, "points": worth}
    assert determine_grade(cell) == (expected, worth)
    assert re.fullmatch(r"\d+\.\d+", cell.outputs[-1].data["text/plain"])


def test_a_report_with_half_an_emoji_can_be_stored():
    shown, _ = outputs_of(replace(REPORT, output="\ud83d"), 4.0)
    assert json.dumps(shown.data, ensure_ascii=False).encode("utf-8")


def test_the_hook_leaves_ordinary_files_and_folders_alone(course):
    folder = course.folder("ann")
    (folder / "notes").mkdir()
    (folder / "notes/a.txt").write_text("mine")
    notebooks = [str(folder / NAME)]
    prepare_submission(UNIT, "*", notebooks)
    assert notebooks == [str(folder / NAME)]
    assert sorted(path.name for path in folder.rglob("*")) == ["a.txt", "notes", NAME]

"""Hostile notebooks, graded beside honest ones by nbgrader's own autograde: they earn nothing.

Each file under attacks/notebook/ has a function ``attack(notebook, cells)``. It gets the released notebook
with a wrong answer in it, and its cells by grade_id, and changes them in place or returns the bytes to
hand in. Heads as in `test_attacks`; `seen` is what must be said of a notebook that cannot be read.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.bench.attacks import ATTACKS, Attack, hand_in, read_attacks
from autograder.bench.contained import RIGHT_CELL, UNIT, WRONG_CELL, make_course
from autograder.calls import Settings
from autograder.grading import grade_unit
from autograder.sandbox import choose

pytestmark = pytest.mark.usefixtures("leaves_nothing")

NAME = "double.ipynb"
NOTEBOOK_ATTACKS = read_attacks("notebook")


class Class:
    """A class of attackers between an honest right and an honest wrong one, graded once."""

    def __init__(self, root: Path) -> None:
        self.course = make_course(root)
        self.release = json.loads((self.course.release / UNIT / NAME).read_text())
        for attack in NOTEBOOK_ATTACKS:
            self.put(attack.path.stem, hand_in(attack, self.release, WRONG_CELL))
        for student, answer in (
            ("0-right", RIGHT_CELL),
            ("0-wrong", WRONG_CELL),
            ("z-right", RIGHT_CELL),
            ("z-wrong", WRONG_CELL),
        ):
            self.put(student, hand_in(None, self.release, answer))
        self.put_files()
        rows = grade_unit(self.course, self.course.unit(UNIT), Settings(choose()))
        self.problems = {row.student: row.problem for row in rows}

    def folder(self, student: str) -> Path:
        folder = self.course.grading / "submitted" / student / UNIT
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def put(self, student: str, content: bytes) -> Path:
        path = self.folder(student) / NAME
        path.write_bytes(content)
        return path

    def put_files(self) -> None:
        """Right answers with odd things beside them, and notebooks that are another's."""
        right = hand_in(None, self.release, RIGHT_CELL)
        secret = self.course.root / "secret.txt"
        secret.write_text("of the grader's machine")
        for student in ("f-symlink", "f-fifo", "f-names", "f-hard-link"):
            self.put(student, right)
        (self.folder("f-symlink") / "data.txt").symlink_to(secret)
        (self.folder("f-symlink") / "all").symlink_to(self.course.root)
        os.mkfifo(self.folder("f-fifo") / "pipe")
        os.link(secret, self.folder("f-hard-link") / "data.txt")
        (self.folder("f-names") / "d\u043euble.ipynb").write_bytes(right)
        (self.folder("f-names") / "a\x1b[2Jb.txt").write_text("x")
        (self.folder("f-borrowed-link") / NAME).symlink_to(self.folder("0-right") / NAME)
        os.link(self.put("f-lender", right), self.folder("f-borrowed-hard") / NAME)
        # Another answer's modules, and the graders' own, among the files handed in.
        self.put("f-shadow", hand_in(None, self.release, WRONG_CELL))
        for name in ("checks.py", "double.py", "numpy.py", "sitecustomize.py", "autograder.py", "evil.pth"):
            (self.folder("f-shadow") / name).write_text("raise SystemExit('autograder-was-shadowed')\n")

    def mark(self, student: str) -> tuple[float | None, bool]:
        """Points of the check in the gradebook, and whether a person must look at it."""
        with Gradebook(f"sqlite:///{self.course.grading}/gradebook.db") as gradebook:
            grade = gradebook.find_grade("check-double", "double", UNIT, student)
            return grade.auto_score, grade.needs_manual_grade

    def feedback(self, student: str) -> str:
        return (self.course.grading / "feedback" / student / UNIT / "double.html").read_text()


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Class]:
    yield Class(tmp_path_factory.mktemp("attacked"))


@pytest.mark.parametrize("student", ["0-right", "z-right"])
def test_an_honest_right_notebook_is_marked_as_always(graded: Class, student: str) -> None:
    assert graded.mark(student) == (2.0, False)
    assert graded.problems[student] == ""


@pytest.mark.parametrize("student", ["0-wrong", "z-wrong"])
def test_an_honest_wrong_notebook_is_marked_as_always(graded: Class, student: str) -> None:
    assert graded.mark(student) == (0.0, False)
    assert graded.problems[student] == ""


@pytest.mark.parametrize("attack", NOTEBOOK_ATTACKS, ids=lambda attack: attack.name)
def test_a_hostile_notebook_earns_nothing(graded: Class, attack: Attack) -> None:
    student = attack.path.stem
    assert graded.mark(student) == (0.0, False)
    assert re.search(attack.head.get("seen", ""), graded.problems[student] or graded.feedback(student))
    assert bool(graded.problems[student]) == ("seen" in attack.head)
    assert len(graded.feedback(student)) < 2 << 20


@pytest.mark.parametrize("attack", NOTEBOOK_ATTACKS, ids=lambda attack: attack.name)
def test_what_is_kept_of_a_hostile_notebook_is_the_instructors(graded: Class, attack: Attack) -> None:
    place = graded.course.grading / "autograded" / attack.path.stem / UNIT / NAME
    notebook = nbformat.read(place, as_version=4)
    nbformat.validate(notebook)
    cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in notebook.cells}
    assert len(notebook.cells) == len(graded.release["cells"]) + ("seen" in attack.head)
    check = cells["check-double"]
    assert check.cell_type == "code" and check.metadata.nbgrader.points == 2 and "tags" not in check.metadata
    assert check.source.endswith('check("double")')
    assert check.outputs[-1].data["text/plain"] == "0.0"


@pytest.mark.parametrize(
    ("student", "points", "problem"),
    [
        ("f-symlink", 2.0, ""),
        ("f-fifo", 2.0, ""),
        ("f-names", 2.0, ""),
        ("f-hard-link", 2.0, ""),
        ("f-borrowed-link", 0.0, "double.ipynb is missing from the submission"),
        ("f-borrowed-hard", 0.0, "double.ipynb is missing from the submission"),
        ("f-shadow", 0.0, ""),
    ],
)
def test_odd_files_beside_a_notebook_go_no_further(
    graded: Class, student: str, points: float, problem: str
) -> None:
    assert graded.mark(student) == (points, False)
    assert graded.problems[student].startswith(problem) and bool(problem) == bool(graded.problems[student])
    for step in ("autograded", "feedback"):
        for path in (graded.course.grading / step / student).rglob("*"):
            assert not path.is_symlink() and (path.is_dir() or path.is_file()) and path.name.isascii()
            assert path.is_dir() or b"of the grader's machine" not in path.read_bytes()
    if student == "f-shadow":
        checks = graded.course.grading / "autograded" / student / UNIT / "checks.py"
        assert checks.read_text() == (ATTACKS / "unit/checks.py").read_text()
        assert "was-shadowed" not in graded.feedback(student)


def test_the_whole_class_has_its_marks(graded: Class) -> None:
    students = {path.name for path in (graded.course.grading / "submitted").iterdir()}
    assert students == set(graded.problems) and len(students) > 25
    assert all(graded.mark(student)[0] is not None for student in students)
    assert (graded.course.root / "secret.txt").read_text() == "of the grader's machine"

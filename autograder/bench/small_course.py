"""A course of one quick unit, for benches that grade a class many times over."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from autograder.course import Course

UNIT, NOTEBOOK = "00-small", "small.ipynb"
CHECKS = '''
from autograder import Case, Check, Equals, Exercise, SpeedRule, Work
from autograder.exercise import Call, difference, spread
from autograder.tasks import Digest


class Double(Exercise):
    """Twice each item."""

    signature = "double(items)"
    correctness_points = 4.0

    def cases(self, rng, processes):
        items = [rng.randrange(100) for _ in range(5)]
        yield Case((items,), (Check("values", Equals([2 * item for item in items]), essential=True),))
        yield Case(([],), (Check("nothing gives nothing", Equals([])),))


class HashAll(Exercise):
    """The digest of each item."""

    signature = "hash_all(func, items, processes)"
    correctness_points = 2.0
    speed_points = 2.0
    speed = SpeedRule(0.3, seconds=0.2)

    def cases(self, rng, processes):
        func, items = Digest(f"{rng.random()}"), [3, 1, 2]
        check = Check("values", Equals([func(item) for item in items]), essential=True)
        yield Case((func, items, 2), (check,))

    def work(self, rng, processes):
        func, items = Digest(f"{rng.random()}", 200_000), list(range(2 * processes))
        return Work(
            (func, items, processes),
            ideal=Call("run_shares", (func, items, spread(len(items), processes))),
            serial=Call("run_shares", (func, items, spread(len(items), 1))),
            problem=difference,
        )
'''
DOUBLE = "def double(items):\n    return [2 * item for item in items]\n"
HALF_RIGHT = "def double(items):\n    return [2 * item for item in items] or None\n"
HASH_ALL = (
    "def hash_all(func, items, processes):\n    from multiprocessing import Pool\n\n"
    "    with Pool(processes) as pool:\n        return pool.map(func, items, 1)\n"
)
_POINTS = {"double": 4.0, "hash_all": 4.0}
_TODO = "def {}(*arguments):\n    raise NotImplementedError\n"


def make(home: Path, config: Path, students: int, timed: int = 0) -> Course:
    """Lay out the course with a class that has handed in.

    Parameters
    ----------
    home : Path
        Made anew.
    config : Path
        The nbgrader_config.py to use.
    students : int
        No two of their answers are the same; every third answer is only half right.
    timed : int
        The first so many have handed in what is to be timed, too.
    """
    import nbformat

    shutil.rmtree(home, ignore_errors=True)
    course = Course(home)
    source = course.source / UNIT
    source.mkdir(parents=True)
    course.release.mkdir()
    shutil.copy(config, home)
    (source / "checks.py").write_text(CHECKS)
    solution = {"double": _marked(DOUBLE), "hash_all": _marked(HASH_ALL)}
    nbformat.write(notebook(solution), source / NOTEBOOK)
    for number in range(students):
        folder = course.grading / "submitted" / f"s{number:02}" / UNIT
        folder.mkdir(parents=True)
        answers = {
            "double": f"{HALF_RIGHT if number % 3 == 2 else DOUBLE}# {number}\n",
            "hash_all": f"{HASH_ALL}# {number}\n" if number < timed else _TODO.format("hash_all"),
        }
        nbformat.write(notebook(answers), folder / NOTEBOOK)
    return course


def notebook(answers: dict[str, str]) -> Any:
    """The unit's notebook with these answers."""
    import nbformat

    python = {"name": "python3", "display_name": "Python 3", "language": "python"}
    made = nbformat.v4.new_notebook(metadata={"kernelspec": python})
    for name, points in _POINTS.items():
        answer = nbformat.v4.new_code_cell(f"%%writefile {name}.py\n{answers[name]}", id=name)
        answer.metadata.nbgrader = _marks(name, solution=True)
        check = nbformat.v4.new_code_cell(
            f'from autograder import check\n\ncheck("{name}")', id=f"check-{name}"
        )
        check.metadata.nbgrader = _marks(f"check-{name}", grade=True, locked=True, points=points)
        made.cells += [answer, check]
    return made


def _marked(text: str) -> str:
    first, rest = text.split("\n", 1)
    return f"{first}\n    ### BEGIN SOLUTION\n{rest}    ### END SOLUTION\n"


def _marks(grade_id: str, **more: Any) -> dict[str, Any]:
    plain = {"solution": False, "grade": False, "locked": False, "task": False}
    return {"grade_id": grade_id, "schema_version": 3, "cell_type": "code", **plain, **more}

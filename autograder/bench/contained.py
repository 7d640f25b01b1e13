"""What an attack gets here: graded in a class of three by this package, into a gradebook of its own.

    bob (wrong)  eve (the attack)  zoe (right)  --grade_unit-->  marks, and what the report said to eve

An attack on the speed, or on another exercise, is judged by itself, and two honest answers right after it.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from autograder.bench.attacks import ATTACKS, HONEST, Attack, hand_in
from autograder.bench.on_stock import ANSWER, RIGHT, WRONG
from autograder.bench.record import Line
from autograder.calls import Settings
from autograder.course import Course, find_root, load_unit
from autograder.findings import Report
from autograder.harness import judge
from autograder.sandbox import Bubblewrap, Limits

UNIT = "90-attacked"
MODULE = "%%writefile double.py\n"
RIGHT_CELL, WRONG_CELL = MODULE + ANSWER.format(RIGHT), MODULE + ANSWER.format(WRONG)
# Small, so that an attack that fills something is done soon, and so is its end.
SMALL = Limits(memory=400 << 20, processes=40, scratch=16 << 20, open_files=128, file_bytes=16 << 20)
GUARD = '    if processes < 1:\n        raise ValueError("processes must be at least 1")\n'
FAST = (
    "from multiprocessing import Pool\n\n\ndef parallel_map(func, items, processes):\n"
    + GUARD
    + "    with Pool(processes) as pool:\n        return pool.map(func, items, 1)\n"
)
SERIAL = f"def parallel_map(func, items, processes):\n{GUARD}    return [func(item) for item in items]\n"
SPEED_UNIT = "02-pool"  # what attacks on the speed are answers to
_SAID = 160  # characters of what is quoted


def make_course(root: Path) -> Course:
    """A course whose one unit is the attacked exercise, with its release."""
    from autograder.notebooks import build

    shutil.copy(find_root(ATTACKS) / "nbgrader_config.py", root)
    for place, source in ((f".text/{UNIT}/double.md", "double.md"), (f"{UNIT}/checks.py", "checks.py")):
        (root / "solutions" / place).parent.mkdir(parents=True)
        shutil.copy(ATTACKS / "unit" / source, root / "solutions" / place)
    build(root)
    return Course(root)


def in_class(attack: Attack, course: Course) -> Line:
    """Have the attack handed in between two honest notebooks, and the class graded into a new gradebook."""
    from nbgrader.api import Gradebook

    from autograder.grading import grade_unit

    shutil.rmtree(course.grading, ignore_errors=True)
    release = json.loads((course.release / UNIT / "double.ipynb").read_text("utf-8"))
    if attack.path.parent.name == "notebook":
        eve = hand_in(attack, release, WRONG_CELL)
    else:
        eve = hand_in(None, release, MODULE + attack.path.read_text("utf-8"))
    for student, content in {
        "bob": hand_in(None, release, WRONG_CELL),
        "eve": eve,
        "zoe": hand_in(None, release, RIGHT_CELL),
    }.items():
        folder = course.grading / "submitted" / student / UNIT
        folder.mkdir(parents=True)
        (folder / "double.ipynb").write_bytes(content)
    settings = Settings(Bubblewrap(), start_method="fork", processes=2, limits=SMALL)
    rows = {row.student: row for row in grade_unit(course, course.unit(UNIT), settings)}
    marks = {}
    with Gradebook(f"sqlite:///{course.grading}/gradebook.db") as gradebook:
        for student in rows:
            marks[student] = gradebook.find_grade("check-double", "double", UNIT, student).score
    row = rows["eve"]
    return {
        "points": marks["eve"],
        "max_points": 2.0,
        "said": cut(row.problem or _failed(row.reports["double"])),
        "right": marks["zoe"] == 2.0 and not rows["zoe"].problem,
        "wrong": marks["bob"] == 0.0 and not rows["bob"].problem,
    }


def alone(attack: Attack) -> Line:
    """Have an answer to another exercise judged, and after it an honest right and an honest wrong one."""
    unit, name = load_unit(attack.unit), attack.exercise
    limits = Limits() if name == "train_in_parallel" else SMALL
    settings = Settings(Bubblewrap(), start_method="fork", processes=2, limits=limits, speed=False)
    eve, right, wrong = (
        judge(unit.exercise(name), unit.name, {name: text}, settings)
        for text in (attack.path.read_text("utf-8"), *HONEST[name])
    )
    return {
        "points": eve.points,
        "max_points": eve.max_correctness_points,
        "said": cut(_failed(eve)),
        "right": right.points == right.max_correctness_points,
        "wrong": wrong.points == 0.0,
    }


def on_speed(attack: Attack) -> Line:
    """Have the attack's speed judged, and after it a fast and a serial answer's.

    A busy machine may leave a verdict open; what may not be is a serial answer that passes, or a fast one
    that fails.
    """
    unit = Course(find_root(ATTACKS)).unit(SPEED_UNIT)
    settings = Settings(Bubblewrap(), start_method="fork", processes=2)

    def judged(text: str) -> Report:
        return judge(unit.exercise("parallel_map"), unit.name, {"parallel_map": text}, settings)

    def verdict(report: Report) -> str:
        return report.speed.verdict if report.speed is not None else "not-measured"

    eve, fast, serial = (judged(text) for text in (attack.path.read_text("utf-8"), FAST, SERIAL))
    reason = eve.speed.reason if eve.speed is not None else ""
    return {
        "points": eve.speed_points,
        "max_points": eve.max_speed_points,
        "said": cut(f"speed {verdict(eve)}: {reason}"),
        "right": fast.correct and verdict(fast) in ("pass", "inconclusive"),
        "wrong": serial.correct and verdict(serial) in ("fail", "inconclusive"),
    }


def _failed(report: Report) -> str:
    """The first thing that the report says against an answer, without the numbers that were drawn."""
    failed = [finding for finding in report.findings if not finding.passed]
    if not failed:
        return ""
    return re.sub(r"^on .+?: (expected \[[\d, ]*\], but )?", "", failed[0].message)


def cut(text: str, longest: int = _SAID) -> str:
    """A text on one line, no longer than so many characters."""
    flat = " ".join(text.split())
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"

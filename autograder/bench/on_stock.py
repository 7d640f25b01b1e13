"""What an attack gets on stock nbgrader: a course of its own, graded in a box (stock.py runs there).

    bob (wrong)  eve (the attack)  zoe (right)  --nbgrader autograde, in a box of its own-->  marks, and harm

The check is what instructors usually write: assertions; for speed, a clock around the call.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograder.bench.attacks import Attack, hand_in
from autograder.sandbox import Bubblewrap, Limits
from autograder.sandbox.bubblewrap import ANSWERS

RIGHT, WRONG = "return [2 * item for item in items]", "return None"
ANSWER = "def double(items):\n    {}\n"
SPEED_ANSWER = "def parallel_map(func, items, processes):\n    {}\n"
USUAL_CHECK = """\
got = double([3, 1, 2])
assert got == [6, 2, 4], f"got {got}"
assert double([]) == []"""
# What an instructor who wants speed writes: a clock around the call, in the student's own process.
USUAL_SPEED_CHECK = """\
from time import perf_counter
from autograder.tasks import Digest
func, items = Digest("stock", 2000), list(range(200))
start = perf_counter()
expected = [func(item) for item in items]
serial = perf_counter() - start
start = perf_counter()
got = parallel_map(func, items, 2)
parallel = perf_counter() - start
assert got == expected, "wrong values"
assert serial / parallel > 1.5, f"only {serial / parallel:.1f} times as fast\""""
STOCK_LIMITS = Limits(memory=3 << 30, processes=200, scratch=512 << 20)
_STOCK_SECONDS = 100.0
# A speed check's neighbour is right and fast, or a pass beside it would say nothing.
_FAST = (
    "from multiprocessing import Pool\n"
    "    with Pool(processes) as pool:\n        return pool.map(func, items, 1)"
)


def stock_class(attack: Attack, to: Path) -> None:
    """Lay out a stock course with a gradebook, the attack handed in by eve, and two honest neighbours."""
    import nbformat
    from nbgrader.apps.api import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

    # To make a gradebook nbgrader calls `alembic` by name: not found where its environment is not active.
    os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    fast = attack.path.parent.name == "speed"
    frame = SPEED_ANSWER if fast else ANSWER
    right = frame.format(_FAST if fast else RIGHT)

    def cell(name: str, source: str, **marks: Any) -> Any:
        kept = {"grade_id": name, "schema_version": 3, "task": False, "locked": False, **marks}
        return nbformat.v4.new_code_cell(source, id=name, metadata={"nbgrader": kept})

    answer = f"### BEGIN SOLUTION\n{right}### END SOLUTION\n"
    check = USUAL_SPEED_CHECK if fast else USUAL_CHECK
    cells = [
        cell("double", answer, solution=True, grade=False),
        cell("check-double", check, solution=False, grade=True, points=2, locked=True),
    ]
    python = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": python})
    (to / "source/attacked").mkdir(parents=True)
    nbformat.write(notebook, to / "source/attacked/double.ipynb")
    config = Config()
    config.CourseDirectory.root = str(to)
    config.CourseDirectory.db_url = f"sqlite:///{to}/gradebook.db"
    made = NbGraderAPI(CourseDirectory(config=config), config=config).generate_assignment("attacked")
    if not made["success"]:
        raise RuntimeError(f"nbgrader could not generate the assignment: {made['log'][-500:]}")
    (to / "nbgrader_config.py").write_text("c = get_config()\nc.ExecutePreprocessor.timeout = 8\n")
    release = json.loads((to / "release/attacked/double.ipynb").read_text())
    for cell_ in release["cells"]:
        cell_["metadata"].setdefault("tags", [])
    wrong = frame.format(WRONG)
    if attack.path.parent.name == "notebook":
        eve = hand_in(attack, release, wrong).replace(b"%%writefile double.py\\n", b"")
    else:
        eve = hand_in(None, release, attack.path.read_text("utf-8"))
    for student, content in {
        "bob": hand_in(None, release, wrong),
        "eve": eve,
        "zoe": hand_in(None, release, right),
    }.items():
        (to / "submitted" / student / "attacked").mkdir(parents=True)
        (to / "submitted" / student / "attacked/double.ipynb").write_bytes(content)
    for path in [to, *to.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)


def on_stock(attack: Attack) -> dict[str, Any]:
    """Grade the attack by stock nbgrader autograde, in a box of its own; what it earned and did."""

    def prepare(folder: Path) -> None:
        folder.mkdir(mode=0o755)
        shutil.copy(Path(__file__).with_name("stock.py"), folder)
        stock_class(attack, folder / "course")

    ours, theirs = socket.socketpair()
    with theirs:
        command = [sys.executable, f"{ANSWERS}/stock.py"]
        with Bubblewrap().open(command, prepare, STOCK_LIMITS, ours, theirs) as box:
            with contextlib.suppress(subprocess.TimeoutExpired):
                box.process.wait(_STOCK_SECONDS)
            said = box.output()
            stopped = box.stopped
    for line in reversed(said.splitlines()):
        with contextlib.suppress(ValueError):
            if isinstance(told := json.loads(line), dict) and "marks" in told:
                return told
    ended = f"the grader and its box came to no end of their own{': ' * bool(stopped)}{stopped}"
    return {"ended": ended, "marks": {}, "said": said[-500:]}


def in_words(told: Mapping[str, Any]) -> str:
    """What an attack got on stock nbgrader, in a few words.

    Examples
    --------
    >>> in_words({"marks": {"bob": 0.0, "eve": 2.0, "zoe": 2.0}, "ended": "exit status 0", "got": ""})
    '2 of 2'
    >>> in_words({"marks": {"bob": 0.0}, "ended": "still running after 60 s"})
    'no mark; neighbours: zoe None; still running after 60 s'
    """
    marks = told["marks"]
    parts = [f"{marks['eve']:g} of 2" if marks.get("eve") is not None else "no mark"]
    wrong = {name: marks.get(name) for name, due in (("bob", 0.0), ("zoe", 2.0)) if marks.get(name) != due}
    if wrong:
        parts.append("neighbours: " + ", ".join(f"{name} {mark}" for name, mark in wrong.items()))
    if told.get("got"):
        parts.append(f"its check said: {told['got']}")
    if told.get("processes_left"):
        parts.append(f"{told['processes_left']} processes left")
    if told.get("secret_copied"):
        parts.append("a file of the machine copied")
    if told.get("written"):
        parts.append("wrote outside")
    if told["ended"] != "exit status 0":
        parts.append(told["ended"])
    return "; ".join(parts)

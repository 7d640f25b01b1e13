"""The attacks under tests/attacks/, one short file each: what they say, and what is handed in."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.bench.plan import read_head
from autograder.course import find_root

ATTACKS = Path(__file__).resolve().parent.parent / "tests" / "attacks"
# What is handed in beside an attack, by exercise: an honest right answer and an honest wrong one.
RIGHT = "def double(items):\n    return [2 * item for item in items]\n"
WRONG = "def double(items):\n    return [3 * item for item in items]\n"
GROWN = """\
from sklearn.ensemble import RandomForestClassifier

def grow(x, y, trees):
    return RandomForestClassifier(trees, random_state=0).fit(x, y)
"""
TWINS = """\
from sklearn.ensemble import RandomForestClassifier

def grow(x, y, trees):
    grown = [RandomForestClassifier(1, random_state=0).fit(x, y) for _ in range(trees)]
    grown[0].estimators_ = [one.estimators_[0] for one in grown]
    return grown[0]
"""
LAB = "06-forest-lab"
_LABS_ANSWERS = ATTACKS.with_name("corpus") / LAB / "train_in_parallel"
HONEST = {
    "double": (RIGHT, WRONG),
    "grow": (GROWN, TWINS),
    "train_in_parallel": tuple(
        (_LABS_ANSWERS / f"{name}.py").read_text("utf-8") for name in ("data_in_a_file", "wrong_never_fitted")
    ),
}
KINDS = ("notebook", "python", "channel", "resources", "files", "forest", "speed")


@dataclass(frozen=True)
class Attack:
    """One file: an answer, or a maker of notebooks.

    Parameters
    ----------
    path : Path
    head : dict of str to str
        The comment lines at its top: item, tries, contained by, and what the verdict must be.
    """

    path: Path
    head: dict[str, str]

    @property
    def name(self) -> str:
        """Its kind and its name, as in "python/lying_eq"."""
        return f"{self.path.parent.name}/{self.path.stem}"

    @property
    def items(self) -> list[str]:
        """The lines of the list of attacks that it stands for."""
        return self.head["item"].split("; ")

    @property
    def earns(self) -> float:
        """Points that it deserves."""
        return float(self.head.get("earns", 0))

    @property
    def exercise(self) -> str:
        """The exercise that it answers, where its kind does not say so already."""
        return self.head.get("exercise", "double")

    @property
    def unit(self) -> Path:
        """Folder of that exercise's unit."""
        if self.exercise == "train_in_parallel":
            return find_root(ATTACKS) / "solutions" / LAB
        return ATTACKS / ("unit" if self.exercise == "double" else self.exercise)


def read_attacks(kind: str) -> list[Attack]:
    """All attacks of one kind, sorted by name: "python", "channel", "resources", "files", ...

    Examples
    --------
    >>> [attack.name for attack in read_attacks("files")][0]
    'files/environment_read'
    """
    return [
        Attack(path, read_head(path.read_text("utf-8"))) for path in sorted((ATTACKS / kind).glob("*.py"))
    ]


def hand_in(attack: Attack | None, release: dict[str, Any], answer: str) -> bytes:
    """What a student hands in: the released notebook with an answer in it, after the attack, if any.

    Parameters
    ----------
    attack : Attack or None
        One of kind "notebook", whose maker is this package's own code and harmless by itself.
    release : dict
        The released notebook; left as it is.
    answer : str
        Source of the solution cell.
    """
    notebook = deepcopy(release)
    cells = {cell["metadata"].get("nbgrader", {}).get("grade_id"): cell for cell in notebook["cells"]}
    cells.pop(None, None)
    cells["double"]["source"] = answer
    content = None
    if attack is not None:
        maker: dict[str, Any] = {}
        exec(compile(attack.path.read_text("utf-8"), attack.path, "exec"), maker)
        content = maker["attack"](notebook, cells)
    return json.dumps(notebook).encode() if content is None else bytes(content)

"""Hostile answers: each earns what its values deserve, and harms nothing and nobody.

Each file under attacks/{python,channel,resources,files}/ is an answer to the exercise of attacks/unit, or to
that of attacks/EXERCISE where its head says so.
Its head says

    # item: ...            the line of the list of attacks that it stands for (several with "; ")
    # tries: ...           what it wants
    # contained by: ...    what must stop it
    # earns: 1.6           the points that it deserves (0 unless said)
    # seen: ...            what the report must say of it, as a regular expression
    # exercise: grow       what it answers ("double" unless said)

After each attack an honest right and an honest wrong answer are judged, in the same process.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from autograder.bench.attacks import HONEST, Attack, read_attacks
from autograder.bench.contained import SMALL
from autograder.calls import Settings
from autograder.course import Unit, load_unit
from autograder.exercise import Case, Exercise
from autograder.findings import Report
from autograder.harness import judge
from autograder.render import as_html, as_text
from autograder.sandbox import Bubblewrap

pytestmark = pytest.mark.usefixtures("leaves_nothing")

KINDS = ("python", "channel", "resources", "files")


def judged(unit: Unit, name: str, text: str, hurried: bool = False) -> Report:
    settings = Settings(Bubblewrap(), start_method="fork", processes=2, limits=SMALL)
    exercise = unit.exercise(name)
    return judge(exercise if hurried else unhurried(exercise), unit.name, {name: text}, settings)


def unhurried(exercise: Exercise) -> Exercise:
    """The same exercise with time for each call: who does not hang must not be stopped on a busy machine."""

    class Unhurried(type(exercise)):  # type: ignore[misc]
        def cases(self, rng: random.Random, processes: int) -> Iterator[Case]:
            return (replace(case, seconds=60.0) for case in super().cases(rng, processes))

    return Unhurried()


def named(kinds: tuple[str, ...]) -> list[object]:
    return [pytest.param(attack, id=attack.name) for kind in kinds for attack in read_attacks(kind)]


@pytest.mark.parametrize("attack", named(KINDS))
def test_an_attack_earns_what_it_deserves_and_its_neighbours_are_marked_as_always(
    attack: Attack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gradebook.db").write_text("autograder-canary")
    monkeypatch.setenv("AUTOGRADER_SECRET", "autograder-canary")
    before = set(psutil.Process().children(recursive=True))

    unit, exercise = load_unit(attack.unit), attack.exercise
    report = judged(unit, exercise, attack.path.read_text(), hurried="stopped after" in attack.head["seen"])
    told = "\n".join(f"{one.name}: {one.message}" for one in report.findings)
    assert report.points == attack.earns, told
    assert re.search(attack.head["seen"], told), told
    assert len(told) < 4000 and len(as_text(report)) < 12_000 and len(as_html(report)) < 40_000

    right, wrong = (judged(unit, exercise, honest) for honest in HONEST[exercise])
    assert (right.points, right.correct, right.output) == (2.0, True, ""), as_text(right)
    assert (wrong.points, wrong.correct, wrong.output) == (0.0, False, ""), as_text(wrong)

    assert set(psutil.Process().children(recursive=True)) <= before
    assert (tmp_path / "gradebook.db").read_text() == "autograder-canary"
    assert [path.name for path in tmp_path.iterdir()] == ["gradebook.db"]
    assert [place for place in PLACES if list(place.glob("autograder-was-here*"))] == []


PLACES = [
    Path(name) for name in ("/", "/tmp", "/home", "/var", "/mnt", "/etc", "/dev", "/usr/lib", sys.prefix)
]


def test_every_attack_says_what_it_is() -> None:
    for kind in KINDS:
        attacks = read_attacks(kind)
        assert attacks
        for attack in attacks:
            wanted = {"item", "tries", "contained by", "seen"}
            assert wanted <= set(attack.head) <= {*wanted, "earns", "exercise"}, attack.name

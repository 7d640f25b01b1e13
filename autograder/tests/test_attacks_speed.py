"""Answers that want to look fast: none passes. Beside them an honest fast and an honest serial answer.

Each file under attacks/speed/ is an answer to parallel_map of unit 02-pool; heads as in `test_attacks`. A
verdict is asked of the machine itself, so nothing but "not a pass" can be promised: a busy machine may
leave it open.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.bench.attacks import Attack, read_attacks
from autograder.bench.contained import FAST, SERIAL, SPEED_UNIT
from autograder.calls import Settings
from autograder.course import Course, Unit, find_root
from autograder.findings import Report
from autograder.harness import judge
from autograder.render import as_text
from autograder.sandbox import Bubblewrap

pytestmark = [pytest.mark.slow, pytest.mark.timing, pytest.mark.usefixtures("leaves_nothing", "no_slot")]


@pytest.fixture(scope="module")
def no_slot(leaves_nothing: None) -> Iterator[None]:
    """The file of the machine's timing slot stays on purpose, but not after this module."""
    yield
    Path(tempfile.gettempdir(), "autograder-timing-slot").unlink(missing_ok=True)


@pytest.fixture(scope="module")
def unit() -> Unit:
    return Course(find_root(Path(__file__).parent)).unit(SPEED_UNIT)


def judged(unit: Unit, text: str) -> Report:
    settings = Settings(Bubblewrap(), start_method="fork", processes=2)
    return judge(unit.exercise("parallel_map"), unit.name, {"parallel_map": text}, settings)


def verdict(report: Report) -> str:
    assert report.speed is not None
    print(f"{report.speed.verdict}: {report.speed.reason}")
    return report.speed.verdict


@pytest.mark.parametrize("attack", read_attacks("speed"), ids=lambda attack: attack.name)
def test_an_attack_on_the_speed_never_passes(unit: Unit, attack: Attack) -> None:
    report = judged(unit, attack.path.read_text())
    assert verdict(report) != "pass", as_text(report)
    assert report.speed_points == 0


def test_an_honest_fast_answer_beside_them_never_fails(unit: Unit) -> None:
    report = judged(unit, FAST)
    assert report.correct and verdict(report) in ("pass", "inconclusive"), as_text(report)


def test_an_honest_serial_answer_beside_them_never_passes(unit: Unit) -> None:
    report = judged(unit, SERIAL)
    assert verdict(report) in ("fail", "inconclusive") and report.correctness_points == 2.0, as_text(report)

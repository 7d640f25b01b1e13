"""Speed by the clock alone, as where the kernel keeps no accounts: real answers, in real boxes.

The accounts are switched off, so the verdict must come from wall times, behind the gate. A right verdict
or none: a busy machine may leave it open, and must not turn it round.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from autograder import timing
from autograder.bench.loads import CONDITIONS, load
from autograder.calls import Settings
from autograder.course import Course
from autograder.findings import Speed
from autograder.machine import usable_cores
from autograder.sandbox import choose

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(__file__).with_name("corpus") / "02-pool" / "parallel_map"

pytestmark = [pytest.mark.slow, pytest.mark.timing]


def measured(answer: str) -> Speed:
    exercise = Course(ROOT).unit("02-pool").exercise("parallel_map")
    sources = {"parallel_map": (CORPUS / answer).read_text()}
    return timing.measure_speed(
        exercise, exercise.speed, sources, Settings(choose()), min(usable_cores(), 4), random.Random(5)
    )


@pytest.mark.parametrize("condition", ["quiet", "all-busy"])
@pytest.mark.parametrize(("answer", "expected"), [("pool_map.py", "pass"), ("serial.py", "fail")])
def test_the_clock_alone_never_gives_the_wrong_verdict(monkeypatch, condition, answer, expected):
    monkeypatch.setattr(timing, "can_observe", lambda: False)
    with load(CONDITIONS[condition], 1):
        speed = measured(answer)
    assert speed.verdict in (expected, "inconclusive"), speed.reason
    # The gate asks the ideal split, never the answer: what was counted was counted for a reason.
    assert (speed.efficiency is None) == ("never showed" in speed.reason)

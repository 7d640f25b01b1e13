"""What a timed run rests on, block by block: new inputs, a box of its own, and an answer that is looked at.

The runs are recorded ones, as in `test_timing`: nothing here asks a clock.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from typing import Any

import pytest

from autograder import timing
from autograder.calls import Run, Settings
from autograder.exercise import Call, Exercise, Outcome, SpeedRule, Work
from autograder.findings import Speed
from autograder.sandbox import Bare
from autograder.timing import measure_speed
from autograder.verdict import Usage

IDEAL, SERIAL, YOURS = (0.5, 1.0, 0.0), (1.0, 1.0, 0.0), (0.52, 1.0, 0.0)


class Doubled(Exercise):
    """Twice a number that is drawn for each block."""

    signature = "doubled(number)"
    speed_points = 1.0
    speed = SpeedRule(0.8)

    def work(self, rng: random.Random, processes: int) -> Work:
        number = rng.getrandbits(64)

        def problem(expected: Any, got: Any) -> str:
            return "" if expected == got else f"expected {expected}, got {got}"

        return Work((number,), Call("ideal", (number,)), Call("serial", (number,)), problem)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Speed, list[tuple[str, Any]]]]:
    """Measure an answer whose n-th call returns ``answer(n, number)``; also who was called, with what."""
    monkeypatch.setattr(timing.machine, "timing_slot", lambda waiting: contextlib.nullcontext())
    monkeypatch.setattr(timing, "can_observe", lambda: True)

    def measured(answer: Callable[[int, int], int]) -> tuple[Speed, list[tuple[str, Any]]]:
        calls: list[tuple[str, Any]] = []

        def call(
            settings: Any, module: str, function: str, arguments: Any, seconds: float, sources: Any,
            timed: bool = False, site: Any = None,
        ) -> Run:  # fmt: skip
            (number,) = arguments
            value = 2 * number
            if function == "doubled":
                value = answer(sum(who == "doubled" for who, _ in calls), number)
            calls.append((function, number))
            usage = {"doubled": YOURS, "ideal": IDEAL, "serial": SERIAL}[function]
            return Run(Outcome("value", value=value), Usage(*usage[:3], 3), (), "", imported=True)

        monkeypatch.setattr(timing, "call_in_box", call)
        exercise = Doubled()
        settings = Settings(Bare())
        speed = measure_speed(exercise, Doubled.speed, {"doubled": ""}, settings, 2, random.Random(1))
        return speed, calls

    return measured


def test_every_block_has_new_inputs_and_every_run_a_call_of_its_own(measured: Any) -> None:
    speed, calls = measured(lambda turn, number: 2 * number)
    yours = [number for who, number in calls if who == "doubled"]
    assert speed.blocks == len(yours) > 1, speed
    assert len(set(yours)) == len(yours)
    assert [number for who, number in calls if who == "ideal"] == yours


@pytest.mark.parametrize("turn_of_the_lie", [0, 1, 2])
def test_a_wrong_answer_in_any_block_ends_the_measurement(measured: Any, turn_of_the_lie: int) -> None:
    speed, _ = measured(lambda turn, number: 2 * number + (turn == turn_of_the_lie))
    assert speed.verdict == "not-measured" and "right answers" in speed.reason
    assert speed.blocks == turn_of_the_lie + 1


def test_the_answer_to_an_earlier_block_is_wrong_in_the_next(measured: Any) -> None:
    remembered: list[int] = []

    def cached(turn: int, number: int) -> int:
        remembered.append(2 * number)
        return remembered[0]

    speed, _ = measured(cached)
    assert speed.verdict == "not-measured" and speed.blocks == 2

"""From runs to a speed verdict, on recorded usages: boxes are replaced by what they once reported.

The only test file that replaces a part of the house: it must be deterministic, and the clock is not.
"""

from __future__ import annotations

import random

import pytest

from autograder import timing
from autograder.calls import Run, Settings
from autograder.exercise import Call, Exercise, Outcome, SpeedRule, Work, difference
from autograder.sandbox import Bare
from autograder.timing import HarnessError, measure_speed
from autograder.verdict import Usage


class Task(Exercise):
    signature = "task(x)"
    speed = SpeedRule(0.8)

    def __init__(self, kind="cpu"):
        self.rule = SpeedRule(0.8, kind=kind)

    def work(self, rng, processes):
        return Work(("x",), ideal=Call("ideal", ()), serial=Call("serial", ()), problem=difference)


@pytest.fixture
def replay(monkeypatch, tmp_path):
    """Return a function that replays usages by who runs, and counts the calls."""
    monkeypatch.setattr(timing.machine, "timing_slot", lambda waiting: _Open())
    calls: list[str] = []

    def use(yours, ideal=(0.5, 1.0, 0.0), serial=(1.0, 1.0, 0.0), answer=42, accounted=True):
        monkeypatch.setattr(timing, "can_observe", lambda: accounted)
        recorded = {"task": yours, "ideal": ideal, "serial": serial}

        def call(settings, module, function, arguments, seconds, sources, timed=False, site=None):
            calls.append(function)
            wall, cpu, wait, *idle = recorded[function]
            value = answer if function == "task" else 42
            outcome = value if isinstance(value, Outcome) else Outcome("value", value=value)
            return Run(outcome, Usage(wall, cpu, wait, 3, *idle), (), "", imported=True)

        monkeypatch.setattr(timing, "call_in_box", call)
        return calls

    return use


class _Open:
    def __enter__(self):
        return None

    def __exit__(self, *exc_info):
        return None


def measure(kind="cpu", processes=2):
    task = Task(kind)
    return measure_speed(task, task.rule, {"task": ""}, Settings(Bare()), processes, random.Random(1))


def test_clear_cases_end_early(replay):
    replay(yours=(1.0, 1.0, 0.0))
    assert measure().blocks == 3
    calls = replay(yours=(0.52, 1.02, 0.0))
    calls.clear()
    speed = measure()
    assert speed.verdict == "pass" and speed.blocks <= 6
    assert speed.low > 0.8 and speed.speedup == pytest.approx(1 / 0.52)
    assert calls.count("task") == calls.count("ideal") == speed.blocks
    assert calls.count("serial") == 1


def test_a_serial_answer_fails_and_says_by_how_much(replay):
    replay(yours=(1.0, 1.0, 0.0))
    speed = measure()
    assert speed.verdict == "fail"
    assert "1.00 times as fast as serial, where 2.00 was possible" in speed.reason


def test_the_order_of_runs_in_a_block_is_drawn(replay):
    calls = replay(yours=(0.6, 1.0, 0.0))
    firsts = set()
    for _ in range(40):
        calls.clear()
        measure()
        firsts.add(calls[0])
    assert firsts == {"task", "ideal", "serial"}


def test_a_wrong_answer_on_the_timed_work_is_not_measured(replay):
    calls = replay(yours=(0.1, 0.1, 0.0), answer=41)
    speed = measure()
    assert speed.verdict == "not-measured" and speed.efficiency is None
    assert "expected the result to be 42, got 41" in speed.reason
    assert calls.count("task") == 1


def test_an_answer_that_dies_on_the_timed_work_is_not_measured(replay):
    replay(yours=(0.1, 0.1, 0.0), answer=Outcome("died", text="ended without an answer"))
    assert measure().verdict == "not-measured"


def test_one_core_cannot_judge_speed(replay):
    calls = replay(yours=(0.5, 1.0, 0.0))
    speed = measure(processes=1)
    assert speed.verdict == "inconclusive" and "one usable core" in speed.reason
    assert calls == []


def test_less_work_than_there_is_goes_to_a_person(replay):
    replay(yours=(0.1, 0.3, 0.0))
    speed = measure()
    assert speed.verdict == "inconclusive" and "person" in speed.reason


def test_waiting_less_than_there_is_to_wait_goes_to_a_person(replay):
    replay(yours=(0.1, 0.01, 0.0))
    speed = measure("wall")
    assert speed.verdict == "inconclusive" and "person" in speed.reason


def test_waiting_work_is_judged_by_the_clock(replay):
    # Its processes ask for no core at all: by the scheduler's accounts it would look idle.
    replay(yours=(0.52, 0.01, 0.0), ideal=(0.5, 0.01, 0.0))
    assert measure("wall").verdict == "pass"


def test_without_accounting_a_busy_machine_decides_nothing(replay, monkeypatch):
    # The ideal split itself reached 1.2 of 2: no block counts, whatever the answer did.
    monkeypatch.setattr(timing, "_BUDGET_SECONDS", 0.2)
    replay(yours=(1.0, 0.0, 0.0), ideal=(0.83, 0.0, 0.0), accounted=False)
    speed = measure()
    assert speed.verdict == "inconclusive" and speed.efficiency is None
    assert "too busy" in speed.reason


def test_without_accounting_a_quiet_machine_judges_by_the_clock(replay):
    replay(yours=(1.0, 0.0, 0.0), accounted=False)
    assert measure().verdict == "fail"
    replay(yours=(0.53, 0.0, 0.0), accounted=False)
    assert measure().verdict == "pass"


def test_under_a_quota_that_nobody_told_of_nothing_is_decided(replay, monkeypatch):
    # One core's worth for all: the ideal split waits for a core while one is idle, as the serial answer does.
    monkeypatch.setattr(timing, "_BUDGET_SECONDS", 0.2)
    replay(yours=(1.0, 1.0, 0.0), ideal=(1.0, 1.0, 0.9, 1.0))
    speed = measure()
    assert speed.verdict == "inconclusive" and speed.efficiency is None
    assert "a quota holds them back" in speed.reason


def test_a_failing_reference_is_nobodys_mark(replay, monkeypatch):
    replay(yours=(0.5, 1.0, 0.0))
    good = timing.call_in_box

    def broken(settings, module, function, *rest, **named):
        run = good(settings, module, function, *rest, **named)
        if function == "ideal":
            return Run(Outcome("died", text="ended without an answer"), run.usage, (), "", imported=True)
        return run

    monkeypatch.setattr(timing, "call_in_box", broken)
    with pytest.raises(HarnessError, match="not the answer's fault"):
        measure()

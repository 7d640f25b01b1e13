"""Drivers with locks: what is lost is lost for certain, who waits for ever is found, data comes back."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from autograder.drivers_lock import Increments, Meetings, RealIncrements, Transfers, Watched

pytestmark = [
    pytest.mark.usefixtures("leaves_nothing"),
    pytest.mark.parametrize("sandbox", ["bubblewrap"], indirect=True),
]
methods = pytest.mark.parametrize("start_method", ["fork", "spawn", "forkserver"])

THREE = Increments({"counter": 100}, (((4,),), ((5,),), ((6,),)))
LOCKED = """
    def answer(counter, lock, times):
        for _ in range(times):
            with lock:
                counter.value += 1
"""
UNLOCKED = """
    def answer(counter, lock, times):
        for _ in range(times):
            counter.value += 1
"""
TWO_HOLDS = """
    def answer(counter, lock, times):
        for _ in range(times):
            with lock:
                number = counter.value
            with lock:
                counter.value = number + 1
"""
CROSSED = Transfers({"anna": 50, "boris": 50}, ((("anna", "boris", 1),) * 3, (("boris", "anna", 1),) * 3))
SOURCE_FIRST = """
    def answer(accounts, locks, source, target, amount):
        with locks[source], locks[target]:
            accounts[source] -= amount
            accounts[target] += amount
            return True
"""


@methods
def test_a_right_answer_loses_nothing(call: Any, start_method: str) -> None:
    told = call(LOCKED, THREE, start_method=start_method).outcome.value
    assert (told["stuck"], told["held"], told["numbers"]) == ([], [], {"counter": 115})
    assert sorted(written for *_, written, _ in told["writes"]) == list(range(101, 116))
    assert all(known_under == hold > 0 for *_, known_under, _, hold in told["writes"])
    assert told["answers"] == [[("returned", None)]] * 3
    # Who gives up a lock that others want lets one of them have it. On a busy machine patience may end.
    order = [process for process, *_ in sorted(told["writes"], key=lambda write: write[4])]
    twice = [place for place, (one, after) in enumerate(pairwise(order)) if one == after]
    assert len([place for place in twice if set(order[place:]) != {order[place]}]) <= 4


@methods
@pytest.mark.parametrize("text", [UNLOCKED, TWO_HOLDS], ids=["unlocked", "two-holds"])
def test_an_update_that_can_be_lost_is_lost(call: Any, text: str, start_method: str) -> None:
    told = call(text, THREE, start_method=start_method).outcome.value
    assert told["numbers"]["counter"] < 115
    assert any(known_under != hold or not hold for *_, known_under, _, hold in told["writes"])


@methods
def test_a_deadlock_is_certain_and_told(call: Any, start_method: str) -> None:
    run = call(SOURCE_FIRST, CROSSED, start_method=start_method)
    assert sorted(run.outcome.value["stuck"]) == [(0, "boris", 1, False), (1, "anna", 0, False)]
    assert run.left == ()


def test_a_lock_that_is_never_given_back_is_told(call: Any) -> None:
    text = "def answer(counter, lock, times):\n    lock.acquire()\n    counter.value += times"
    told = call(text, THREE).outcome.value
    assert [link[1:] for link in told["stuck"]] == [("counter", told["stuck"][0][2], True)]
    assert call(text, Increments({"counter": 0}, (((1,),),))).outcome.value["held"] == ["counter"]


def test_an_error_is_the_answers_and_says_where(call: Any) -> None:
    text = "def answer(counter, lock, times):\n    raise LookupError('nothing there')"
    outcome = call(text, THREE).outcome
    assert (outcome.error, outcome.text) == ("LookupError", "nothing there")
    assert "answer.py, line 2" in outcome.where


def test_an_error_that_cannot_be_sent_is_named(call: Any) -> None:
    text = """
        class Odd(Exception):
            def __init__(self, one, other):
                super().__init__("odd")

        def answer(counter, lock, times):
            raise Odd(1, 2)
    """
    assert "Odd" in call(text, THREE).outcome.text


def test_a_process_that_ends_is_told_with_its_status(call: Any) -> None:
    outcome = call("import os\n\ndef answer(counter, lock, times):\n    os._exit(3)", THREE).outcome
    assert outcome.error == "RuntimeError" and outcome.text.endswith("with exit status 3")


def test_errors_come_back_as_data_where_they_are_awaited(call: Any) -> None:
    driver = Transfers({"anna": 5}, ((("anna", "anna", 1), ("anna", "nobody", 1)),), caught=True)
    text = """
        def answer(accounts, locks, source, target, amount):
            if target not in locks:
                raise ValueError("no such target")
            return amount
    """
    told = call(text, driver).outcome.value
    (first, second) = told["answers"][0]
    assert first == ("returned", 1)
    assert second[0] == "raised" and "ValueError" in second[1] and second[2] == "no such target"


@methods
def test_real_locks_and_values(call: Any, start_method: str) -> None:
    assert call(LOCKED, RealIncrements((150, 250)), start_method=start_method).outcome.value == 400


def test_meetings_tell_how_many_met(call: Any) -> None:
    serial = """
        def answer(prepare, use, items, processes, limit):
            return [use(prepare(item)) for item in items]
    """
    together = """
        from functools import partial
        from multiprocessing import Pool

        def both(prepare, use, item):
            return use(prepare(item))

        def answer(prepare, use, items, processes, limit):
            with Pool(processes) as pool:
                return pool.map(partial(both, prepare, use), items, chunksize=1)
    """

    def met(text: str, seconds: float) -> tuple[int, int]:
        told = call(text, Meetings("key", (1, 2, 3, 4), 2, 2, seconds)).outcome.value
        return max(prepared[2] for prepared, _, _ in told), max(most for _, _, most in told)

    assert met(serial, 0.1) == (1, 1)
    assert met(together, 10.0) == (2, 2)


def test_a_driver_without_things_is_none(call: Any) -> None:
    with pytest.raises(NotImplementedError):
        Watched({}, ()).things(None)  # type: ignore[arg-type]

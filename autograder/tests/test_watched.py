"""The board sees every circle of waiters, and only those; numbers note how they were changed."""

from __future__ import annotations

from typing import Any

import pytest

from autograder.watched import AT_WORK, DONE, Accounts, Board, Counter, Numbers


def board(wants: list[int], holder: list[int], state: list[int] | None = None) -> Board:
    """A board on which each process wants a lock (1, 2, ... or 0), and each lock is held by a process."""
    made = Board(len(wants), len(holder))
    made.wants[:] = wants
    made.holder[:] = holder
    made.state[:] = state or [AT_WORK] * len(wants)
    return made


def alone(**start: int) -> Numbers:
    """Numbers of one process, which is this one."""
    numbers = Numbers(start, 1, unreadable=13)
    numbers.enter(0)
    return numbers


@pytest.mark.parametrize(
    ("wants", "holder", "state", "found"),
    [
        ([2, 1], [1, 2], None, [(0, 1, 1, False), (1, 0, 0, False)]),  # each has what the other wants
        ([2, 3, 1], [1, 2, 3], None, [(0, 1, 1, False), (1, 2, 2, False), (2, 0, 0, False)]),
        ([1], [1], None, [(0, 0, 0, False)]),  # twice the same lock
        ([0, 1], [1], [DONE, AT_WORK], [(1, 0, 0, True)]),  # never given back
        ([1, 2, 1], [2, 3, 0], None, [(1, 1, 2, False), (2, 0, 1, False)]),  # another waits for them
    ],
)
def test_who_waits_for_ever_is_seen(
    wants: list[int], holder: list[int], state: list[int] | None, found: list[Any]
) -> None:
    assert board(wants, holder, state).stuck() == found


@pytest.mark.parametrize(
    ("wants", "holder"),
    [
        ([0, 0], [1, 2]),  # nobody waits
        ([0, 1], [1, 0]),  # one waits for one who works
        ([2, 0], [0, 2]),  # the same
        ([1, 1], [0]),  # the lock is being handed over
        ([-2, -1], [1, 2]),  # both wait for a time only
        ([2, -1], [1, 2]),  # and so one will give in
    ],
)
def test_who_waits_for_a_while_is_not_taken_for_stuck(wants: list[int], holder: list[int]) -> None:
    assert board(wants, holder).stuck() == []


def test_a_write_is_noted_with_what_was_known_and_under_which_hold() -> None:
    numbers = alone(counter=5)
    counter, lock = Counter(numbers, "counter"), numbers.locks["counter"]
    counter.value += 1
    for _ in range(2):
        with lock:
            counter.value += 1
    known = counter.value
    with lock:
        counter.value = known + 1
    with lock:
        counter.value = 20
        counter.value = 21
    assert [write[2:] for write in numbers.writes] == [
        (5, 0, 6, 0),
        (6, 1, 7, 1),
        (7, 2, 8, 2),
        (8, 0, 9, 3),
        (9, 3, 20, 4),
        (20, 4, 21, 4),
    ]
    assert list(numbers.cells) == [21]


def test_accounts_are_a_mapping_that_neither_grows_nor_shrinks() -> None:
    accounts = Accounts(alone(anna=5, boris=7))
    assert ("anna" in accounts, "clara" in accounts, len(accounts)) == (True, False, 2)
    assert dict(accounts) == {"anna": 5, "boris": 7}
    accounts["anna"] -= 2
    assert accounts["anna"] == 3
    with pytest.raises(KeyError):
        accounts["clara"] = 1
    with pytest.raises(TypeError):
        del accounts["anna"]


def test_a_number_may_be_unreadable() -> None:
    accounts = Accounts(alone(anna=13))
    with pytest.raises(ConnectionResetError, match="anna cannot be read"):
        accounts["anna"] += 1
    accounts["anna"] = 14
    assert accounts["anna"] == 14


def test_a_lock_is_taken_and_given_back_as_any_other() -> None:
    lock = alone(counter=0).locks["counter"]
    assert lock.acquire() and not lock.acquire(block=False) and not lock.acquire(timeout=0.01)
    lock.release()
    with pytest.raises(ValueError):
        lock.release()
    with lock:
        assert lock.hold == 2
    assert lock.hold == 0


def test_locks_lie_in_another_order_in_every_second_process() -> None:
    numbers = Numbers(dict.fromkeys("abcd", 0), 2, None)
    orders = []
    for me in range(2):
        numbers.board.state[:] = [AT_WORK, AT_WORK]
        numbers.enter(me)
        orders.append(sorted(numbers.locks, key=lambda name: id(numbers.locks[name])))
    assert orders == [["a", "b", "c", "d"], ["d", "c", "b", "a"]]


def test_waiting_for_others_is_bounded_in_sum() -> None:
    one = board([0, 0], [0])
    one.patience = 0.02
    for _ in range(100):
        one.meet(lambda: False)
    assert one.patience <= 0

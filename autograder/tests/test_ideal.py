"""The ideal split computes what serial code computes, for any number of shares, under every start method."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

from autograder.calls import Run, Settings, call_in_box
from autograder.drivers_shared import Matrix, Texts
from autograder.exercise import spread, spread_by_cost
from autograder.sandbox import Bubblewrap
from autograder.tasks import Digest, Fails, Large, LoadModel, Matches, RowDigest, UnevenDigest

ITEMS = list(range(11))

pytestmark = pytest.mark.usefixtures("leaves_nothing")
methods = pytest.mark.parametrize("start_method", ["fork", "spawn", "forkserver"])


def ideal(function: str, *arguments: Any, start_method: str = "fork") -> Run:
    """Call a function of `autograder.ideal` where the harness calls it: in a box, without any answer."""
    settings = Settings(Bubblewrap(), start_method=start_method)
    return call_in_box(settings, "autograder.ideal", function, arguments, 20.0, {})


@methods
@pytest.mark.parametrize("shares", [1, 2, 3, 4])
def test_shares_give_what_serial_code_gives(start_method: str, shares: int) -> None:
    task = Digest("key", 3)
    run = ideal("run_shares", task, ITEMS, spread(len(ITEMS), shares), start_method=start_method)
    assert run.outcome.value == [task(item) for item in ITEMS]
    assert run.left == ()


def test_shares_of_any_form_give_their_results_in_order() -> None:
    """Dealt by cost, uneven, or to more workers than there are items."""
    task = UnevenDigest("key", 1, 50, heavy=(7, 2))
    costs = [50 if item in task.heavy else 1 for item in ITEMS]
    uneven = [[10, 0], [], [5, 3, 1, 2, 4, 9, 8, 7, 6]]
    for shares in (spread_by_cost(costs, 3), uneven, spread(len(ITEMS), 20)):
        assert ideal("run_shares", task, ITEMS, shares).outcome.value == [task(item) for item in ITEMS]


def test_results_larger_than_a_pipe_arrive() -> None:
    task = Large("key", 10_000)
    run = ideal("run_shares", task, ITEMS, spread(len(ITEMS), 2))
    assert run.outcome.value == [task(item) for item in ITEMS]


def test_a_share_that_fails_does_not_hang_the_others() -> None:
    """One fails at once while the other has more to send than a pipe holds, which nobody will read."""
    items = list(range(5000))
    run = ideal("run_shares", Fails("key", bad=0, note="ouch"), items, [[0], items[1:]])
    assert (run.outcome.kind, run.outcome.error) == ("error", "EOFError")
    assert "LookupError: ouch" in run.printed
    assert run.left == ()


@methods
@pytest.mark.parametrize("shares", [1, 3])
def test_each_process_loads_the_model_once(start_method: str, shares: int) -> None:
    load = LoadModel("key", load_rounds=10, rounds=2, megabytes=1)
    run = ideal("run_model_shares", load, ITEMS, spread(len(ITEMS), shares), start_method=start_method)
    digests, loaders, loads, *_ = zip(*run.outcome.value, strict=True)
    assert list(digests) == [Digest("key", 2)(item) for item in ITEMS]
    assert len(set(loaders)) == shares and set(loads) == {1}


@methods
@pytest.mark.parametrize("shares", [1, 3])
@pytest.mark.parametrize(("hits", "found"), [((3,), 3), ((), None)])
def test_a_search_finds_what_is_there(
    start_method: str, shares: int, hits: tuple[int, ...], found: int | None
) -> None:
    run = ideal("search_shares", Matches(hits), ITEMS, spread(len(ITEMS), shares), start_method=start_method)
    assert run.outcome.value == found
    assert run.left == ()


@methods
def test_a_search_ends_the_others_when_one_has_found_it(start_method: str) -> None:
    """The others are stuck for ten minutes; the call may take twenty seconds."""
    stuck = Matches(hits=(3,), stuck=(0, 1, 2), stuck_seconds=600.0)
    run = ideal("search_shares", stuck, ITEMS, [[3], [0], [1, 4], [2]], start_method=start_method)
    assert run.outcome.value == 3
    assert run.left == ()


def test_a_search_in_which_somebody_fails_ends_the_others() -> None:
    """No number of seconds to wait for item 0, ten minutes for item 1."""
    task = Matches(hits=(), seconds="soon", stuck=(1,), stuck_seconds=600.0)  # type: ignore[arg-type]
    run = ideal("search_shares", task, ITEMS, [[0], [1, 2]])
    assert run.outcome.error == "EOFError" and run.left == ()


@methods
@pytest.mark.parametrize("shares", [1, 3])
def test_shares_are_collected_by_item(start_method: str, shares: int) -> None:
    task = Digest("key", 3)
    run = ideal("collect_shares", task, ITEMS, spread(len(ITEMS), shares), start_method=start_method)
    assert run.outcome.value == {item: task(item) for item in ITEMS}
    assert run.left == ()


@methods
@pytest.mark.parametrize("shares", [1, 3])
def test_words_are_counted_by_shares(start_method: str, shares: int) -> None:
    driver = Texts(("a b a", "b\nc", "a"), 3, rounds=2, noted=False)
    run = ideal("drive_tally_shares", driver, spread(3, shares), start_method=start_method)
    assert run.outcome.value == ({"a": 3, "b": 2, "c": 1}, [])
    assert run.left == ()


@methods
@pytest.mark.parametrize("shares", [1, 3])
def test_rows_are_mapped_by_shares(start_method: str, shares: int) -> None:
    driver = Matrix(RowDigest("key", 2), (7, 5), "uint8", 3, "content")
    run = ideal("drive_row_shares", driver, spread(7, shares), start_method=start_method)
    numbers = numpy.frombuffer(driver.numbers(), numpy.uint8).reshape(driver.shape)
    assert run.outcome.value[:3] == (b"".join(driver.func(row).tobytes() for row in numbers), b"", True)
    assert run.left == ()

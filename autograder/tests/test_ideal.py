"""The ideal split computes what serial code computes, for any number of shares, under every start method."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import Any

import numpy
import pytest

from autograder.calls import Run, Settings, call_in_box
from autograder.drivers import Files
from autograder.drivers_forest import MadeForest, Prediction, Table, TimedPrediction, TimedTraining, Training
from autograder.drivers_shared import Matrix, Texts
from autograder.exercise import spread, spread_by_cost
from autograder.forest_promises import all_different, grown_on, has_trees, read
from autograder.forest_reader import read_forest
from autograder.sandbox import Bubblewrap
from autograder.site import most_open
from autograder.tasks import (
    MET_NOBODY,
    Bucket,
    Digest,
    EndsAs,
    ExitsWith,
    Fails,
    Large,
    LoadModel,
    Matches,
    MeetsOthers,
    RowDigest,
    UnevenDigest,
    Witness,
)

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
@pytest.mark.parametrize("together", [1, 2, 3])
def test_exit_codes_come_in_order_however_many_run_at_a_time(start_method: str, together: int) -> None:
    target = ExitsWith("key", count=3, step=0.1)
    tuples = list(enumerate("abc"))
    run = ideal("exit_codes", target, tuples, together, start_method=start_method)
    assert run.outcome.value == [target.code(*one) for one in tuples]
    assert run.left == ()


def test_exit_codes_tell_an_exception_and_a_signal() -> None:
    run = ideal("exit_codes", EndsAs(), [("raise", 0), ("signal", 9), ("return", 0)], 3)
    assert run.outcome.value == [1, -9, 0]


@methods
@pytest.mark.parametrize("together", [2, 3])
def test_as_many_processes_as_told_run_at_once(start_method: str, together: int) -> None:
    """Three that end well only if all of them live at the same time."""
    tuples = list(enumerate("abc"))
    codes = [ExitsWith("key").code(*one) for one in tuples]
    target = MeetsOthers("key", count=3, patience=15.0 if together == 3 else 0.2)
    run = ideal("exit_codes", target, tuples, together, start_method=start_method)
    assert run.outcome.value == (codes if together == 3 else [MET_NOBODY] * 3)


@pytest.mark.parametrize("workers", [1, 2, 3, 9])
def test_threads_digest_files_of_any_size(workers: int) -> None:
    files = Files("key", (0, 5, 3 << 20, (1 << 18) + 1, 1 << 18), workers)
    run = ideal("digest_shares", files)
    whole = [files.beginning(number).ljust(size, b"\0")[:size] for number, size in enumerate(files.sizes)]
    assert run.outcome.value == {number: sha256(one).hexdigest() for number, one in enumerate(whole)}
    assert run.left == ()


@methods
@pytest.mark.parametrize("shares", [1, 3])
def test_values_are_counted(start_method: str, shares: int) -> None:
    func = Bucket("key", 3)
    run = ideal("count_shares", func, ITEMS, spread(len(ITEMS), shares), start_method=start_method)
    assert run.outcome.value == Counter(map(func, ITEMS))
    assert run.left == ()


@methods
def test_only_so_many_are_in_use(start_method: str) -> None:
    """Three processes use what their items' digests were made of; each use is a span, and no two overlap."""
    prepare, use = Digest("key"), Witness("other", 0.02)
    shares = spread(len(ITEMS), 3)
    run = ideal("limited_shares", prepare, use, ITEMS, shares, 1, start_method=start_method)
    assert [one[0] for one in run.outcome.value] == [Digest("other")(prepare(item)) for item in ITEMS]
    assert most_open((begun, ended) for _, begun, ended in run.outcome.value) == 1
    assert run.left == ()


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


# Each process imports scikit-learn by itself under the other two.
forest_methods = pytest.mark.parametrize(
    "start_method", ["fork", *(pytest.param(one, marks=pytest.mark.slow) for one in ("spawn", "forkserver"))]
)


@forest_methods
@pytest.mark.parametrize("shares", [1, 3])
def test_a_forest_is_grown_by_shares(start_method: str, shares: int) -> None:
    table = Table("0123456789abcdef", 150, 12)
    call = Training("RandomForestClassifier", {"n_estimators": 7, "random_state": 1}, table, 3)
    run = ideal("drive_forest_shares", TimedTraining(call), spread(7, shares), start_method=start_method)
    forest, wrong = read(run.outcome.value)
    assert wrong == "" and forest is not None
    assert has_trees(forest, 7, "classifier", 12) == all_different(forest) == ""
    assert grown_on(forest, *table.arrays()) == ""
    assert run.left == ()


@forest_methods
@pytest.mark.parametrize("parts", [1, 3])
def test_rows_are_predicted_by_parts(start_method: str, parts: int) -> None:
    made, table = MadeForest("0123456789abcdef", 4, 3, 6), Table("fedcba9876543210", 50, 6)
    driver = TimedPrediction(Prediction(made, table, 3))
    run = ideal("drive_prediction_shares", driver, parts, start_method=start_method)
    assert numpy.array_equal(run.outcome.value, read_forest(made.arrays()).predict(table.arrays()[0]))
    assert run.left == ()

"""The driver with a Dask cluster: who grew which tree, what was sent, and what dies does so for real."""

from __future__ import annotations

import contextlib
import multiprocessing
from typing import Any

import numpy
import pytest
from sklearn.tree import DecisionTreeRegressor
from sklearn.tree._classes import BaseDecisionTree

from autograder.drivers_cluster import STRUCK, OnCluster, Sparse, Training, _Board, _in_memory, _trees_noted
from autograder.forest_promises import read, same_forest

pytestmark = pytest.mark.usefixtures("leaves_nothing")
bubblewrap = pytest.mark.parametrize("sandbox", ["bubblewrap"], indirect=True)
slow = pytest.mark.slow

DRAWN = numpy.random.default_rng(0)
X = DRAWN.random((200, 500))
Y = (10 * X[:, 0]).tolist()
ARGS = {"n_estimators": 9, "random_state": 5, "max_depth": 3}
SIZE = X.nbytes

GROW = """
from sklearn.utils import check_random_state

kept = []

def grow(seed, model, tree_args, X, y):
    return model(**{**tree_args, "n_estimators": 1, "random_state": seed}).fit(X, y)

def answer(model, tree_args, X, y, client):
    seeds = check_random_state(tree_args.get("random_state")).randint(1000, size=tree_args["n_estimators"])
"""
SCATTER = """
    X, y = client.scatter([X, y], broadcast=True, hash=False)
"""
MERGE = """
    parts = client.gather([client.submit(grow, seed, model, tree_args, X, y, pure=False) for seed in seeds])
    parts[0].estimators_ = [part.estimators_[0] for part in parts]
    return parts[0]
"""
RIGHT = GROW + SCATTER + MERGE


def training(event: str = "", **args: Any) -> Training:
    return Training("RandomForestRegressor", {**ARGS, **args}, 0, event)


def told(call: Any, text: str, *calls: Training, **options: Any) -> list[dict[str, Any]]:
    """What the driver tells of these calls, all of which ended as an answer's do."""
    run = call(text, OnCluster(((X, Y),), calls, 2, **options), seconds=60)
    assert run.outcome.kind == "value", run.outcome
    assert run.left == ()
    return list(run.outcome.value)


@bubblewrap
def test_a_right_answer_is_seen_to_be_right_whoever_dies(call: Any) -> None:
    calm, killed, struck, alone = told(
        call, RIGHT, training(), training("kill"), training("raise"), training("alone")
    )
    first, none = read(calm["value"])
    assert first is not None, none
    assert len(first.trees) == ARGS["n_estimators"]
    *workers, spare, here = calm["grown"]
    assert min(workers) >= 1 and sum(workers) == 9 and spare == here == 0
    assert all(SIZE <= received < 1.3 * SIZE for received in calm["received"][:2])
    assert calm["received"][2] == 0 and calm["workers"] == 2 and not calm["killed"]
    # Its first tree was grown and lost, its second never ended: the others grew nine, or grew some again.
    assert killed["killed"] and killed["grown"][2] > 0 and sum(killed["grown"]) >= 9
    assert struck["kind"] == "error" and struck["workers"] == 2
    assert (struck["error"]["type"], struck["error"]["text"]) == ("LookupError", STRUCK)
    assert "answer.py" in struck["error"]["where"]
    assert alone["workers"] == 1 and sorted(alone["grown"]) == [0, 0, 0, 9]
    for again in (killed, alone):
        forest, none = read(again["value"])
        assert forest is not None, none
        assert same_forest(first, forest) == ""
    for one in (calm, killed, struck, alone):
        assert one["kept"] and one["usable"] and one["held"] == []


@slow
@pytest.mark.parametrize("sandbox", ["bubblewrap", "bare"], indirect=True)
@pytest.mark.parametrize("start_method", multiprocessing.get_all_start_methods())
def test_it_does_so_in_any_box_under_any_start_method(call: Any, start_method: str) -> None:
    calls = (training(), training("kill"))
    run = call(RIGHT, OnCluster(((X, Y),), calls, 2), seconds=60, start_method=start_method)
    assert [one["killed"] for one in run.outcome.value] == [False, True] and run.left == ()


@slow
@bubblewrap
def test_data_that_goes_out_with_each_task_is_counted(call: Any) -> None:
    (one,) = told(call, GROW + MERGE, training())
    assert max(one["received"]) > 3 * SIZE
    assert sum(one["received"]) > 9 * SIZE


@slow
@bubblewrap
def test_what_is_grown_in_the_callers_process_is_counted_there(call: Any) -> None:
    text = "def answer(model, tree_args, X, y, client):\n    return model(**tree_args).fit(X, y)"
    (one,) = told(call, text, training())
    assert one["grown"] == [0, 0, 0, 9]


@slow
@bubblewrap
def test_what_is_kept_changed_or_closed_is_told(call: Any) -> None:
    text = RIGHT.replace("    parts =", "    kept.append(X)\n    tree_args['n_estimators'] = 1\n    parts =")
    one, other = told(call, text, training(), training())
    assert len(one["held"]) == 1 and one["held"][0].startswith("ndarray") and one["usable"]
    assert not one["kept"] and len(other["held"]) == 1
    closing = RIGHT.replace("    return parts[0]", "    client.close()\n    return parts[0]")
    (one,) = told(call, closing, training(), training())
    assert not one["usable"]


@slow
@bubblewrap
def test_a_task_that_may_run_on_one_worker_only_is_stuck_and_nothing_is_called_after_it(call: Any) -> None:
    driver = OnCluster(((X, Y),), (training("kill"), training()), 2, seconds=4.0)
    text = RIGHT.replace(
        "pure=False", "pure=False, workers=sorted(client.scheduler_info()['workers'])[seed % 2]"
    )
    run = call(text, driver, seconds=60)
    assert [one["kind"] for one in run.outcome.value] == ["timeout"]
    assert run.outcome.value[0]["killed"]


@slow
@bubblewrap
def test_what_the_first_call_raises_is_raised(call: Any) -> None:
    run = call("def answer(*all):\n    raise KeyError('no client')", OnCluster(((X, Y),), (training(),), 2))
    assert (run.outcome.error, run.outcome.text) == ("KeyError", "'no client'")
    assert "answer.py, line 2" in run.outcome.where and run.left == ()


# Without a cluster -------------------------------------------------------------------------------------


def test_trees_are_noted_for_a_while_only() -> None:
    board, fit = _Board(multiprocessing.get_context(), 3), BaseDecisionTree._fit
    with contextlib.suppress(ValueError), _trees_noted(board, 3):
        DecisionTreeRegressor().fit(X, Y)
        DecisionTreeRegressor().fit(X[:0], [])  # refused, and not counted
    assert BaseDecisionTree._fit is fit
    DecisionTreeRegressor().fit(X, Y)
    assert list(board.grown) == [0, 0, 0, 1]


def test_one_worker_may_die_and_only_if_another_has_begun() -> None:
    board = _Board(multiprocessing.get_context(), 3)
    board.port[0] = board.port[1] = 1234
    board.begun[0] = 2
    assert not board._may_die(0)
    board.begun[1] = 1
    assert board._may_die(0) and board.port[2] == 1234 and board.others(1) == [2]
    assert not board._may_die(1)


def test_arrays_are_the_answers_own_and_sparse_ones_are_whole() -> None:
    plain = numpy.frombuffer(b"\1\2", numpy.uint8)
    assert not plain.flags.writeable and _in_memory(plain).flags.writeable
    some = Sparse(numpy.array([5.0]), numpy.array([1]), numpy.array([0, 0, 1]), (2, 3))
    assert _in_memory(some).toarray().tolist() == [[0, 0, 0], [0, 5, 0]]

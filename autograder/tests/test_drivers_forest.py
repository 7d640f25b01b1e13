"""Drivers of forests: the same data here and in the box, what is seen of a call, models without n_jobs."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator
from multiprocessing import get_context
from typing import Any

import numpy
import pytest

from autograder.drivers_forest import (
    MadeForest,
    Prediction,
    Predictions,
    Table,
    TimedPrediction,
    TimedTraining,
    Training,
    Trainings,
    seen_from_outside,
)
from autograder.forest import difference
from autograder.forest_promises import grown_on, read
from autograder.forest_reader import read_forest
from autograder.runner import forest_as_data

pytestmark = pytest.mark.usefixtures("leaves_nothing")
bubblewrap = pytest.mark.parametrize("sandbox", ["bubblewrap"], indirect=True)
KEY = "0123456789abcdef"
TABLE = Table(KEY, 80, 12)
TRAINING = Training("RandomForestClassifier", {"n_estimators": 3, "random_state": 1}, TABLE, 2, asked=TABLE)


@pytest.fixture
def models() -> Iterator[None]:
    """What `autograder.lab_models` does to scikit-learn is undone, for the tests that come after."""
    from sklearn.ensemble import _forest

    before = _forest.Parallel
    yield
    _forest.Parallel = before
    sys.modules.pop("autograder.lab_models", None)


ANSWER = """
def answer(model, tree_args, X, y, processes=None):
    if processes == 7:
        raise ValueError("seven is too many")
    if processes == 8:
        tree_args["n_estimators"] = 1
        X[0, 0] += 1
    return model(**tree_args).fit(X, y)
"""


@bubblewrap
def test_each_call_is_told_by_itself(call: Any) -> None:
    bad = Training("UnluckyForest", {}, Table(KEY, 80, 12, "number"), 1)
    words = Table(KEY, 80, 12, "words", "csr")
    sparse = Training("RandomForestClassifier", TRAINING.tree_args, words, None, default=True)
    calls = (TRAINING, Training("RandomForestClassifier", TRAINING.tree_args, TABLE, 7), sparse, bad)
    changed = Training("RandomForestClassifier", TRAINING.tree_args, TABLE, 8)
    run = call(ANSWER, Trainings((*calls, changed)))
    first, second, third, fourth, fifth = run.outcome.value
    forest, wrong = read(first["value"])
    assert wrong == "" and forest is not None and grown_on(forest, *TABLE.arrays()) == ""
    assert first["type"] == "RandomForestClassifier" and first["data unchanged"]
    assert first["does"]["predict"] == (forest.predict(TABLE.arrays()[0]).tolist(), "")
    assert first["does"]["get_params"][0]["n_estimators"] == 3
    assert second["error"]["type"] == "ValueError" and second["error"]["text"] == "seven is too many"
    assert grown_on(read_forest(third["value"]), *sparse.table.arrays()) == ""
    assert fourth["error"]["text"] == f"no luck with {float(bad.table.arrays()[1][0])!r}"
    assert dict(fifth["tree_args"])["n_estimators"] == 1 and not fifth["data unchanged"]
    assert run.left == ()


@bubblewrap
def test_an_exception_of_the_first_call_is_let_through(call: Any) -> None:
    bad = Training("RandomForestClassifier", TRAINING.tree_args, TABLE, 7)
    outcome = call(ANSWER, Trainings((bad, TRAINING))).outcome
    assert (outcome.kind, outcome.error) == ("error", "ValueError") and "answer.py, line 4" in outcome.where


@bubblewrap
def test_a_timed_training_gives_the_forest_and_nothing_else(call: Any) -> None:
    forest, wrong = read(call(ANSWER, TimedTraining(TRAINING)).outcome.value)
    assert wrong == "" and forest is not None and grown_on(forest, *TABLE.arrays()) == ""


SHARED_OUT = {
    "asked for": "model(n_estimators=3, n_jobs=-1).fit(X, y)",
    "set": "model(n_estimators=3).set_params(n_jobs=2).fit(X, y)",
    "from outside": "outside(model(n_estimators=3), X, y)",
    "scikit-learn's own": "RandomForestClassifier(3, n_jobs=2).fit(X, y)",
    "predicting": "model(n_estimators=3).fit(X, y).set_params(n_jobs=2).predict(X)",
}
OUTSIDE = """
import joblib
from sklearn.ensemble import RandomForestClassifier

def outside(forest, X, y):
    with joblib.parallel_config(backend="threading", n_jobs=2):
        return forest.fit(X, y)

def answer(model, tree_args, X, y, processes=None):
    told = []
    for number, way in enumerate(WAYS):
        try:
            way(model, X, y)
        except RuntimeError as error:
            told.append(number)
    return told

WAYS = [
"""


@bubblewrap
def test_a_forest_refuses_to_share_out_its_own_trees_but_may_be_grown_by_threads(call: Any) -> None:
    threads = (
        "joblib.Parallel(2, prefer='threads')"
        "(joblib.delayed(model(n_estimators=1, n_jobs=1).fit)(X, y) for _ in range(2))"
    )
    ways = [*SHARED_OUT.values(), threads]
    text = OUTSIDE + "".join(f"    lambda model, X, y: {way},\n" for way in ways) + "]\n"
    run = call(text, TimedTraining(TRAINING))
    assert run.outcome.value == list(range(len(SHARED_OUT))), run.outcome


# What is sent and kept -----------------------------------------------------------------------------------


def test_bytes_that_go_through_pipes_are_counted() -> None:
    block = numpy.zeros(1_000_000, dtype="uint8")
    with seen_from_outside() as seen, get_context("fork").Pool(1) as pool:
        pool.map(len, [block] * 3, chunksize=1)
    assert 3_000_000 < seen["written"] < 3_500_000


def test_memory_that_is_there_for_a_moment_is_seen() -> None:
    with seen_from_outside() as seen:
        held = numpy.ones(10_000_000)
        for _ in range(20):  # until somebody has looked
            pickle.dumps(held)
    assert 80e6 < seen["memory"] < 400e6 and seen["children"] == 0


# Forests that nobody grew --------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["classes", "words", "pairs", "number", "numbers"])
def test_a_made_forest_predicts_what_its_numbers_say(target: str, models: None) -> None:
    made, (rows, _) = MadeForest(KEY, 4, 3, 6, target), Table(KEY, 50, 6).arrays()
    fitted, forest = made.fitted(), read_forest(made.arrays())
    assert difference(forest, read_forest(forest_as_data(fitted))) == ""
    assert forest.predict(rows).tolist() == fitted.predict(rows).tolist()
    assert len({str(one) for one in fitted.predict(rows).tolist()}) > 1


@bubblewrap
def test_predictions_are_told_as_data_and_a_changed_forest_is_seen(call: Any) -> None:
    text = (
        "def answer(forest, X, processes=None):\n"
        "    if processes == 3: forest.n_jobs = 1\n"
        "    if processes == 4: forest.estimators_.reverse()\n"
        "    return forest.predict(X)"
    )
    table = Table(KEY, 20, 6)
    words, numbers = MadeForest(KEY, 4, 3, 6, "words"), MadeForest(KEY, 4, 3, 6, "number")
    calls = [Prediction(words, table, workers) for workers in (2, 3, 4)]
    told = call(text, Predictions((*calls, Prediction(numbers, table, None, default=True)))).outcome.value
    wanted = read_forest(words.arrays()).predict(table.arrays()[0])
    assert told[0]["value"] == ("words", wanted.tolist())
    assert [one["unchanged"] for one in told] == [True, False, False, True]
    alone = call(text, TimedPrediction(Prediction(numbers, table, 2))).outcome.value
    assert numpy.array_equal(alone, told[3]["value"])

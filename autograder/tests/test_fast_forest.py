"""The fast forest is a forest like any other, whoever grows its trees."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.ensemble import ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor

from autograder.fast_forest import as_trees_want_it, seeds, train

pytestmark = pytest.mark.usefixtures("leaves_nothing")

RNG = np.random.default_rng(5)
X = RNG.random((120, 6))
NUMBER = X[:, 0] + X[:, 1] ** 2
WORD = np.where(NUMBER > 0.8, "high", "low")


def same_trees(one, other) -> bool:
    pairs = zip(one.estimators_, other.estimators_, strict=True)
    return all(np.array_equal(a.tree_.threshold, b.tree_.threshold) for a, b in pairs)


@pytest.mark.parametrize("model, y", [(RandomForestClassifier, WORD), (ExtraTreesRegressor, NUMBER)])
def test_the_forest_is_the_same_for_any_number_of_processes(model, y):
    tree_args = {"n_estimators": 5, "max_depth": 4, "random_state": 3}
    one, *more = (train(model, tree_args, X, y, processes) for processes in (1, 2, 3))
    assert all(same_trees(one, other) for other in more)
    assert len({tree.tree_.threshold.tobytes() for tree in one.estimators_}) == 5
    assert tree_args == {"n_estimators": 5, "max_depth": 4, "random_state": 3}


def test_it_is_a_whole_forest():
    forest = train(RandomForestClassifier, {"n_estimators": 6, "random_state": 1}, X, WORD, 2)
    assert forest.score(X, WORD) > 0.9 and set(forest.predict(X)) == {"high", "low"}
    assert forest.predict_proba(X).shape == (120, 2) and forest.feature_importances_.argmax() in (0, 1)
    assert forest.get_params()["n_estimators"] == 6 and forest.get_params()["random_state"] == 1
    assert (pickle.loads(pickle.dumps(forest)).predict(X) == forest.predict(X)).all()
    assert clone(forest).get_params() == forest.get_params()


def test_sparse_data_give_the_forest_that_dense_data_give():
    tree_args = {"n_estimators": 3, "random_state": 1}
    spread = np.where(X > 0.6, X, 0)
    dense = train(RandomForestRegressor, tree_args, spread, NUMBER, 2)
    sparse = train(RandomForestRegressor, tree_args, scipy.sparse.csr_matrix(spread), NUMBER, 2)
    # Not equal: of two equally good splits scikit-learn's sparse splitter may take the other one.
    assert np.corrcoef(dense.predict(spread), sparse.predict(spread))[0, 1] > 0.99


def test_without_a_random_state_each_forest_is_another():
    first, second = (train(RandomForestRegressor, {"n_estimators": 2}, X, NUMBER, 2) for _ in range(2))
    assert not same_trees(first, second) and first.random_state is None


def test_what_cannot_be_joined_is_refused_and_what_a_worker_raises_arrives():
    with pytest.raises(ValueError, match="oob_score needs all trees in one process"):
        train(RandomForestClassifier, {"n_estimators": 2, "oob_score": True}, X, WORD)
    with pytest.raises(ValueError, match="max_depth"):
        train(RandomForestClassifier, {"n_estimators": 2, "max_depth": -4}, X, WORD, 2)


def test_trees_take_what_is_made_for_them_as_it_is():
    columns = as_trees_want_it(scipy.sparse.csr_matrix(X))
    assert columns.format == "csc" and columns.dtype == np.float32 and columns.has_sorted_indices
    rows = as_trees_want_it(np.asfortranarray(X))
    assert rows.flags.c_contiguous and rows.dtype == np.float32


def test_seeds_hang_on_the_forest_alone():
    assert seeds({"n_estimators": 4, "random_state": 7}) == seeds({"n_estimators": 4, "random_state": 7})
    assert len(set(seeds({"n_estimators": 50}))) == 50

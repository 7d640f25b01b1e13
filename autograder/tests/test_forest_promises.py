"""What a forest must be: honest ones pass whatever they are, and each mistake is told by its own words."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from autograder.drivers_forest import Table
from autograder.forest import Forest
from autograder.forest_promises import all_different, depth, grown_on, has_trees, read, same_forest
from autograder.forest_reader import read_forest
from autograder.runner import forest_as_data

KEY = "0123456789abcdef"
X, Y = Table(KEY, 150, 12).arrays()
REAL = Table(KEY, 150, 12, "number").arrays()[1]
TREES = 5
DRAWN = numpy.random.default_rng(1).integers(len(X), size=(TREES, len(X)))


def told(fitted: Any) -> Forest:
    return read_forest(forest_as_data(fitted))


def of_trees(trees: list[Any], y: Any = Y) -> Forest:
    """A forest put together of trees that were grown one by one."""
    model = RandomForestRegressor if y is REAL else RandomForestClassifier
    forest = model(len(trees)).fit(X, y)
    forest.estimators_ = trees
    return told(forest)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("target", ["classes", "words", "pairs", "number", "numbers"])
@pytest.mark.parametrize("form", ["dense", "csr"])
@pytest.mark.parametrize("chosen", [{}, {"max_depth": 3}, {"bootstrap": False, "max_features": 1}])
def test_honest_forests_pass(seed: int, target: str, form: str, chosen: dict[str, Any]) -> None:
    table = Table(f"{seed:016x}", 150, 12 if form == "dense" else 30, target, form)
    model = RandomForestRegressor if target.startswith("number") else RandomForestClassifier
    forest = told(model(TREES, random_state=seed, **chosen).fit(*table.handed()))
    asked = {"bootstrap": "bootstrap" not in chosen, "whole": "max_depth" not in chosen}
    assert grown_on(forest, *table.arrays(), **asked) == all_different(forest) == ""
    assert depth(forest) <= chosen.get("max_depth", 150)


def test_samples_that_one_has_drawn_and_copied_are_right_too() -> None:
    trees = [DecisionTreeClassifier(max_features=3, random_state=7).fit(X[rows], Y[rows]) for rows in DRAWN]
    assert grown_on(of_trees(trees), X, Y) == ""
    real = [DecisionTreeRegressor(max_features=3, random_state=7).fit(X[rows], REAL[rows]) for rows in DRAWN]
    assert grown_on(of_trees(real, REAL), X, REAL) == ""


WRONG = {
    "every row once": (
        lambda: of_trees(
            [DecisionTreeClassifier(max_features=1, random_state=n).fit(X, Y) for n in range(5)]
        ),
        "every row just once",
    ),
    "every row once, numbers": (
        lambda: of_trees(
            [DecisionTreeRegressor(max_features=1, random_state=n).fit(X, REAL) for n in range(5)], REAL
        ),
        "every row just once",
    ),
    "one sample for all": (
        lambda: of_trees(
            [
                DecisionTreeClassifier(max_features=1, random_state=n).fit(X[DRAWN[0]], Y[DRAWN[0]])
                for n in range(5)
            ]
        ),
        "the same sample",
    ),
    "half of the rows": (
        lambda: told(RandomForestClassifier(5).fit(X[::2], Y[::2])),
        "was grown on 75 rows, but X has 150",
    ),
    "other labels": (
        lambda: told(RandomForestClassifier(5, random_state=1).fit(X, Y[::-1].copy())),
        "no such row of X comes there",
    ),
    "other numbers": (
        lambda: told(RandomForestRegressor(5, random_state=1).fit(X, REAL[::-1].copy())),
        "the rows of X that come there have from",
    ),
    "other rows": (
        lambda: told(RandomForestClassifier(5, random_state=1).fit(X[:, ::-1].copy(), Y)),
        "tree 0, node",
    ),
    "not grown to the end": (
        lambda: told(RandomForestClassifier(5, max_depth=2, random_state=1).fit(X, Y)),
        "holds several classes, so its tree is not grown to its end",
    ),
    "not grown to the end, numbers": (
        lambda: told(RandomForestRegressor(5, min_samples_leaf=4, random_state=1).fit(X, REAL)),
        "the mean of several rows, so its tree is not grown to its end",
    ),
}


@pytest.mark.parametrize(("made", "said"), WRONG.values(), ids=WRONG)
def test_a_forest_that_was_grown_on_something_else_is_told(made: Any, said: str) -> None:
    forest = made()
    assert said in grown_on(forest, X, REAL if forest.kind == "regressor" else Y)


CHANGED = {
    "threshold": (lambda tree: tree.threshold, 0, 0.01, "is not in the middle of two values of feature"),
    "rows": (lambda tree: tree.n_node_samples, 0, 1, "n_node_samples is not the sum of its children's"),
    "weight": (lambda tree: tree.weighted_n_node_samples, 0, 1, "is not the sum of its children's"),
}


@pytest.mark.parametrize(("array", "node", "more", "said"), CHANGED.values(), ids=CHANGED)
def test_a_number_that_was_changed_is_told(array: Any, node: int, more: float, said: str) -> None:
    forest = told(RandomForestClassifier(2, random_state=3).fit(X, Y))
    numbers = array(forest.trees[1])
    numbers.flags.writeable = True
    numbers[node] += more
    assert grown_on(forest, X, Y).startswith("tree 1") and said in grown_on(forest, X, Y)


def test_without_bootstrap_a_sample_is_told() -> None:
    forest = told(RandomForestClassifier(2, random_state=3).fit(X, Y))
    assert "as bootstrap=False asks" in grown_on(forest, X, Y, bootstrap=False)


def test_trees_are_counted_and_twins_are_named() -> None:
    forest = told(RandomForestClassifier(3, random_state=3).fit(X, Y))
    assert has_trees(forest, 3, "classifier", 12, [[0, 1, 2]]) == all_different(forest) == ""
    assert has_trees(forest, 4, "classifier", 12) == "expected 4 trees, got 3"
    assert "expected a regressor" in has_trees(forest, 3, "regressor", 12)
    assert "rows of 11 features" in has_trees(forest, 3, "classifier", 11)
    assert "expected the classes" in has_trees(forest, 3, "classifier", 12, [[0, 1]])
    one, other = (DecisionTreeClassifier(random_state=0).fit(X, Y) for _ in range(2))
    twins = of_trees([one, DecisionTreeClassifier(random_state=0, max_depth=2).fit(X, Y), other])
    assert all_different(twins) == "only 2 of 3 trees are different: tree 2 is the same as tree 0"


def test_the_same_trees_in_another_order_are_told_as_such() -> None:
    fitted = RandomForestClassifier(3, random_state=3).fit(X, Y)
    one = told(fitted)
    assert same_forest(one, told(fitted)) == ""
    fitted.estimators_.append(fitted.estimators_.pop(0))
    assert same_forest(one, told(fitted)) == "they have the same trees, but in another order"
    fitted = RandomForestClassifier(3, random_state=3).fit(X, Y)
    fitted.estimators_[1] = DecisionTreeClassifier(random_state=9).fit(X, Y)
    assert same_forest(one, told(fitted)).startswith("2 of 3 trees are the same; tree 1")


def test_what_is_no_forest_is_told() -> None:
    forest, wrong = read(None)
    assert forest is None and "expected a fitted forest, got None" in wrong
    forest, wrong = read(forest_as_data(RandomForestClassifier(2).fit(X, Y)))
    assert wrong == "" and forest is not None and len(forest.trees) == 2

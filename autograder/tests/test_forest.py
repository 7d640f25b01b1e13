"""Forests as data: read as from an enemy, walked as scikit-learn walks them."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor, RandomForestClassifier
from sklearn.ensemble import RandomForestRegressor as Regressor
from sklearn.tree import DecisionTreeClassifier

from autograder.forest import Forest, difference
from autograder.forest_reader import ForestCaps, ForestError, read_forest
from autograder.protocol import decode, encode, pack, unpack
from autograder.runner import forest_as_data

RNG = numpy.random.default_rng(7)
X = RNG.normal(size=(150, 6))
# Some columns are rounded, so that many rows have the same value.
X[:, 3:] = numpy.round(X[:, 3:], 1)
NEW = numpy.concatenate([X, RNG.normal(size=(150, 6)), numpy.round(RNG.normal(size=(100, 6)), 1)])
NUMBER = (X[:, 0] + X[:, 3] > 0).astype(int) + 2 * (X[:, 4] > 0.5)
WORDS = numpy.array(["no", "perhaps", "yes", "ünknown"])[NUMBER]


def sent(value: Any) -> Any:
    """What the harness gets of it: turned to data, encoded, framed, and back."""
    tree, buffers = encode(forest_as_data(value))
    frame = pack({"value": tree}, buffers)
    length = int.from_bytes(frame[4:8], "big")
    header, back = unpack(frame[16 : 16 + length], frame[16 + length :])
    return decode(header["value"], back)


def read(fitted: Any) -> Forest:
    return read_forest(sent(fitted))


# The same predictions -----------------------------------------------------------------------------------

LABELS = {
    "integers": NUMBER,
    "texts": WORDS,
    "texts as objects": WORDS.astype(object),
    "booleans": NUMBER > 1,
    "floats": NUMBER * 2.0 - 1,
}


@pytest.mark.parametrize("model", [RandomForestClassifier, ExtraTreesClassifier])
@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS.keys())
def test_classes_and_shares_are_exactly_those_of_scikit_learn(model: Any, labels: Any) -> None:
    fitted = model(n_estimators=7, random_state=1).fit(X, labels)
    forest = read(fitted)
    assert (forest.kind, forest.name, forest.n_outputs) == ("classifier", model.__name__, 1)
    assert forest.predict(NEW).tolist() == fitted.predict(NEW).tolist()
    # Both add up in the order of the trees, so even the last bit is the same.
    assert numpy.array_equal(forest.predict_proba(NEW), fitted.predict_proba(NEW))


@pytest.mark.parametrize(
    "labels",
    [
        numpy.stack([NUMBER, NUMBER % 2], axis=1),
        numpy.stack([WORDS, numpy.where(NUMBER > 1, "left", "right")], axis=1),
    ],
    ids=["integers", "texts"],
)
def test_several_outputs_with_different_numbers_of_classes(labels: Any) -> None:
    fitted = RandomForestClassifier(5, random_state=2).fit(X, labels)
    forest = read(fitted)
    assert forest.n_outputs == 2
    assert forest.predict(NEW).tolist() == fitted.predict(NEW).tolist()
    for ours, theirs in zip(forest.predict_proba(NEW), fitted.predict_proba(NEW), strict=True):
        assert numpy.array_equal(ours, theirs)


@pytest.mark.parametrize("model", [Regressor, ExtraTreesRegressor])
@pytest.mark.parametrize("outputs", [1, 3])
def test_numbers_are_exactly_those_of_scikit_learn(model: Any, outputs: int) -> None:
    y = X[:, 0] * X[:, 3] if outputs == 1 else X[:, :3] * X[:, 3:]
    fitted = model(n_estimators=6, random_state=3).fit(X, y)
    forest = read(fitted)
    assert (forest.kind, forest.classes) == ("regressor", ())
    assert numpy.array_equal(forest.predict(NEW), fitted.predict(NEW))
    with pytest.raises(ValueError, match="no classes"):
        forest.predict_proba(NEW)


WEIGHTS = numpy.where(numpy.arange(len(X)) % 3 == 0, 0.0, 2.5)


@pytest.mark.parametrize(
    ("model", "chosen", "fitting"),
    [
        (RandomForestClassifier, {"max_leaf_nodes": 9}, {}),  # grown best first: other numbers for the nodes
        (RandomForestClassifier, {"ccp_alpha": 0.01}, {}),  # pruned
        (RandomForestClassifier, {"class_weight": "balanced_subsample", "criterion": "log_loss"}, {}),
        (RandomForestClassifier, {"class_weight": {0: 0, 1: 1e-9, 2: 1e9, 3: 1}}, {}),
        (RandomForestClassifier, {"max_samples": 0.1}, {"sample_weight": WEIGHTS}),
        (RandomForestClassifier, {"max_depth": 1, "min_impurity_decrease": 0.9}, {}),  # nothing but roots
        (Regressor, {"criterion": "absolute_error", "max_leaf_nodes": 20}, {"sample_weight": WEIGHTS}),
        (Regressor, {"criterion": "poisson", "ccp_alpha": 0.01}, {}),
        (Regressor, {"monotonic_cst": [1, 0, 0, -1, 0, 0]}, {}),
    ],
    ids=lambda part: "-".join(part) if isinstance(part, dict) else part.__name__,
)
def test_no_honest_forest_is_refused(model: Any, chosen: Any, fitting: Any) -> None:
    fitted = model(n_estimators=4, random_state=10, **chosen).fit(X, NUMBER, **fitting)
    name = "predict_proba" if model is RandomForestClassifier else "predict"
    assert numpy.array_equal(getattr(read(fitted), name)(NEW), getattr(fitted, name)(NEW))


def test_threads_of_scikit_learn_change_no_more_than_the_rounding_of_sums() -> None:
    """Their sums come in another order. Each of 39 additions is off by 2^-48 at most: no sum is above 40."""
    fitted = RandomForestClassifier(40, random_state=11).fit(X, NUMBER).set_params(n_jobs=2)
    assert abs(read(fitted).predict_proba(NEW) - fitted.predict_proba(NEW)).max() <= 2 * 2**-48


def test_a_forest_of_one_class_is_read() -> None:
    fitted = RandomForestClassifier(2).fit(X, WORDS == "never")
    assert read(fitted).predict(NEW).tolist() == [False] * len(NEW)


def test_a_value_is_compared_as_float32() -> None:
    """What lies above the threshold by the last digit of a float64 does not as a float32."""
    fitted = RandomForestClassifier(1, bootstrap=False).fit([[0.0], [0.2]], [0, 1])
    threshold = float(fitted.estimators_[0].tree_.threshold[0])
    above = numpy.array([[numpy.nextafter(threshold, 1.0)], [threshold], [numpy.float32(threshold) * 1.001]])
    assert (above[0] > threshold) and numpy.float32(above[0, 0]) <= threshold
    assert read(fitted).predict(above).tolist() == fitted.predict(above).tolist() == [0, 0, 1]


@pytest.mark.parametrize("form", ["canonical", "unsorted", "with zeros that are stored", "empty"])
def test_a_sparse_matrix_is_walked_as_it_is(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = sparse.random_array((200, 5000), density=0.01, format="csr", random_state=4, dtype=numpy.float64)
    labels = (rows[:, :2500].sum(axis=1) > rows[:, 2500:].sum(axis=1)).astype(int)
    fitted = RandomForestClassifier(5, random_state=4).fit(rows, labels)
    asked = rows.copy()
    if form == "unsorted":
        asked.indices, asked.data = asked.indices.copy(), asked.data.copy()
        for start, end in zip(asked.indptr, asked.indptr[1:], strict=False):
            asked.indices[start:end] = asked.indices[start:end][::-1]
            asked.data[start:end] = asked.data[start:end][::-1]
        asked.has_sorted_indices = False
    elif form == "with zeros that are stored":
        asked.data[::3] = 0
    elif form == "empty":
        asked = sparse.csr_array((3, 5000))
    wanted = fitted.predict_proba(asked.copy())
    for name in ("toarray", "todense", "__array__"):
        monkeypatch.setattr(sparse.csr_array, name, None, raising=False)
    assert numpy.array_equal(read(fitted).predict_proba(asked), wanted)


def test_rows_that_do_not_fit_are_refused() -> None:
    forest = read(RandomForestClassifier(2).fit(X, NUMBER))
    twice = sparse.csr_array((numpy.ones(2), numpy.array([1, 1]), numpy.array([0, 2])), shape=(1, 6))
    for rows, said in [
        (NEW[:, :5], "6 features are wanted, got rows of 5"),
        (NEW[0], "2-d array"),
        (numpy.full((1, 6), numpy.nan), "finite float32"),
        (numpy.full((1, 6), 1e39), "finite float32"),
        (twice, "a place twice"),
    ]:
        with pytest.raises(ValueError, match=said):
            forest.predict(rows)
    assert forest.predict(NEW[:0]).shape == (0,)


def test_the_rows_of_training_end_where_the_tree_counted_them() -> None:
    """What a check of the bootstrap needs: weights and numbers of rows, node by node."""
    fitted = RandomForestClassifier(4, random_state=5, bootstrap=False).fit(X, NUMBER)
    for tree in read(fitted).trees:
        leaves, rows = numpy.unique(tree.apply(X), return_counts=True)
        assert numpy.array_equal(tree.n_node_samples[leaves], rows)
        assert tree.n_node_samples[0] == tree.weighted_n_node_samples[0] == len(X)


# Equality ------------------------------------------------------------------------------------------------


def test_the_same_forest_is_equal_and_another_differs_at_a_place() -> None:
    def grown(y: Any = NUMBER, trees: int = 3, seed: int = 6) -> Forest:
        return read(RandomForestClassifier(trees, random_state=seed, max_depth=3).fit(X, y))

    one = grown()
    assert difference(one, grown()) == ""
    assert "3 trees, the other 4" in difference(one, grown(trees=4))
    assert "tree 0" in difference(one, grown(seed=7))
    assert "classes of output 0" in difference(one, grown(y=WORDS))
    moved = sent(RandomForestClassifier(3, random_state=6, max_depth=3).fit(X, NUMBER))
    moved["threshold"] = moved["threshold"].copy()
    moved["threshold"][int(moved["node_counts"][0])] += 1e-9
    assert difference(one, read_forest(moved)) == "tree 1, node 0: threshold differs"
    regressor = read(Regressor(3, random_state=6, max_depth=3).fit(X, NUMBER))
    assert difference(one, regressor) == "kind is classifier in one and regressor in the other"


def test_twins_are_seen_in_any_numbering_and_whatever_does_not_count() -> None:
    apart = RandomForestClassifier(4, random_state=8).fit(X, NUMBER)
    assert read(apart).twins() == []
    signs = numpy.sign(X)  # so that thresholds are 0
    trees = [DecisionTreeClassifier(random_state=1, max_depth=4).fit(signs, NUMBER) for _ in range(2)]
    apart.estimators_[1:3] = trees
    assert read(apart).twins() == [(1, 2)]
    disguised = renumbered(trees[1].tree_)
    disguised.value[disguised.children_left != -1] = 1 / 4
    for array in (disguised.threshold, disguised.value):
        assert (array == 0).any()
        array[array == 0] = -0.0
    apart.estimators_[2] = SimpleNamespace(tree_=disguised)
    assert read(apart).twins() == [(1, 2)]
    assert numpy.array_equal(read(apart).trees[1].value[0], trees[0].tree_.value[0])


def renumbered(tree: Any) -> SimpleNamespace:
    """The same tree with its nodes, but for the root, numbered backwards."""
    names = ("children_left", "children_right", "feature", "threshold", "value")
    names = (*names, "n_node_samples", "weighted_n_node_samples")
    count = tree.node_count
    order = numpy.array([0, *range(count - 1, 0, -1)])  # its own inverse
    made = {name: getattr(tree, name)[order].copy() for name in names}
    for name in ("children_left", "children_right"):
        made[name] = numpy.where(made[name] < 0, -1, order[made[name]])
    return SimpleNamespace(node_count=count, **made)


# What is refused -----------------------------------------------------------------------------------------


def good() -> dict[str, Any]:
    """Three small trees as they come, writable."""
    data = sent(RandomForestClassifier(3, random_state=9, max_depth=3).fit(X, NUMBER))
    return {name: part.copy() if isinstance(part, numpy.ndarray) else part for name, part in data.items()}


GOOD = good()
SECOND = int(GOOD["node_counts"][0])  # the root of tree 1
LEAF = SECOND + int(numpy.flatnonzero(GOOD["children_left"][SECOND:] == -1)[0])
INNER = [node for node in range(1, int(GOOD["node_counts"][1])) if GOOD["children_left"][SECOND + node] != -1]


def put(name: str, at: Any, number: Any) -> dict[str, Any]:
    changed = GOOD[name].copy()
    changed[at] = number
    return {name: changed}


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "child out of bounds": (put("children_left", SECOND, 9999), r"tree 1, node 0: its children are 9999 and"),
    "child in the next tree": (
        put("children_right", SECOND, int(GOOD["node_counts"][1])),
        "tree 1, node 0: its children",
    ),
    "child below -1": (put("children_left", SECOND, -2), "tree 1, node 0: its children are -2"),
    "only one child": (put("children_right", SECOND, -1), "tree 1, node 0: its children are"),
    "cycle through the root": (put("children_left", SECOND + INNER[0], 0), "tree 1, node 0: the root is a"),
    "cycle": (put("children_left", SECOND + INNER[1], INNER[0]), "is the child of several nodes"),
    "itself as a child": (put("children_left", SECOND + INNER[0], INNER[0]), "is the child of several nodes"),
    "shared node": (put("children_right", SECOND, int(GOOD["children_left"][SECOND])), "several nodes"),
    "leaf that others hang from": (
        {**put("children_left", SECOND, -1), **put("children_right", SECOND, -1)},
        "tree 1, node 1: no way from the root",
    ),
    "feature out of bounds": (put("feature", SECOND, 6), "tree 1, node 0: its feature is 6"),
    "feature below 0": (put("feature", SECOND, -1), "tree 1, node 0: its feature is -1"),
    "leaf with a feature": (put("feature", LEAF, 1), "tree 1, node .*: a leaf has the feature -2"),
    "leaf with a threshold": (put("threshold", LEAF, 1.5), "tree 1, node .*: a leaf has the feature -2"),
    "threshold that is no number": (put("threshold", SECOND, numpy.nan), "node 0: its threshold is nan"),
    "infinite threshold": (put("threshold", SECOND, numpy.inf), "node 0: its threshold is inf"),
    "value that is no number": (put("value", SECOND, numpy.nan), "tree 1, node 0: its value is not finite"),
    "a leaf that outvotes all": (put("value", LEAF, 1e300), "tree 1, node .*: the shares of the classes"),
    "negative share": (put("value", (LEAF, 0, slice(0, 2)), [-1.0, 2.0]), "the shares of the classes"),
    "no rows": (put("n_node_samples", LEAF, 0), "tree 1, node .*: it was grown on 0 rows"),
    "negative weight": (
        put("weighted_n_node_samples", LEAF, -1.0),
        "tree 1, node .*: the weight of its rows",
    ),
    "array of other numbers": ({"feature": GOOD["feature"].astype(float)}, "feature .* float64"),
    "thresholds as float32": ({"threshold": GOOD["threshold"].astype("float32")}, "threshold .* float32"),
    "more dimensions": ({"feature": GOOD["feature"][:, None]}, "feature .* 2 dimensions"),
    "array too short": ({"threshold": GOOD["threshold"][1:]}, "threshold of the forest has the shape"),
    "values of other classes": ({"value": GOOD["value"][:, :, 1:]}, "value of the forest has the shape"),
    "list for an array": ({"children_left": [1, 2]}, "children_left of the forest is not an array"),
    "counts that do not add up": (put("node_counts", 0, 1), "do not add up"),
    "counts that wrap": (put("node_counts", slice(0, 2), [2**62, -(2**62)]), "do not add up"),
    "no tree": ({"node_counts": GOOD["node_counts"][:0]}, "has 0 trees"),
    "an empty tree": ({"node_counts": numpy.append(GOOD["node_counts"], 0)}, "do not add up"),
    "no classes_": ({"classes": None}, "has no classes_"),
    "no n_features_in_": ({"n_features": None}, "has no n_features_in_"),
    "no n_outputs_": ({"n_outputs": None}, "has no n_outputs_"),
    "outputs as a bool": ({"n_outputs": True}, "n_outputs_ of the forest is True"),
    "too few outputs": ({"n_outputs": 2}, "do not fit its 2 outputs"),
    "classes that fall": ({"classes": [GOOD["classes"][0][::-1]]}, "not in rising order"),
    "a class twice": ({"classes": [["a", "a", "b", "c"]]}, "not in rising order"),
    "classes of both sorts": ({"classes": [["a", 1, "b", "c"]]}, "numbers, or texts"),
    "a long label": ({"classes": [["a", "b", "c", "d" * 1001]]}, "at most 1,000 characters"),
    "class that is no number": ({"classes": [numpy.array([0.0, 1.0, 2.0, numpy.inf])]}, "not in rising"),
    "no classes at all": ({"classes": [[]]}, "classes_ of output 0 are none"),
    "unknown kind": ({"kind": ["classifier"]}, "classifier or a regressor, not"),
    "regressor with shares": ({"kind": "regressor"}, "value of the forest has the shape"),
    "told problem": ({"problem": "no " * 1000}, "cannot be read: no no"),
    "told number": ({"problem": 10**5000}, "cannot be read: <an int"),
}


@pytest.mark.parametrize(("change", "said"), BAD.values(), ids=BAD.keys())
def test_what_cannot_be_walked_is_refused_at_its_place(change: dict[str, Any], said: str) -> None:
    read_forest(GOOD)
    with pytest.raises(ForestError, match=said) as refused:
        read_forest({**GOOD, **change})
    assert len(str(refused.value)) < 600


@pytest.mark.parametrize("missing", sorted(set(GOOD) - {"forest"}))
def test_nothing_may_be_missing(missing: str) -> None:
    with pytest.raises(ForestError):
        read_forest({name: part for name, part in GOOD.items() if name != missing})


@pytest.mark.parametrize(
    "answer", [None, 3, [], {}, {"forest": 1}, {1: 2}, RandomForestClassifier(), DecisionTreeClassifier()]
)
def test_what_is_no_fitted_forest_is_told_by_what_it_is(answer: Any) -> None:
    with pytest.raises(ForestError, match="expected a fitted forest, got"):
        read_forest(sent(answer))


def test_what_cannot_become_data_says_why() -> None:
    """Slide faults: no trees at all; trees fitted apart, one of which never saw a class; no classes_."""
    empty = RandomForestClassifier()
    empty.estimators_ = []
    with pytest.raises(ForestError, match="the forest has no trees"):
        read(empty)
    apart = RandomForestClassifier(2).fit(X, NUMBER)
    apart.estimators_[1] = DecisionTreeClassifier().fit(X[NUMBER < 2], NUMBER[NUMBER < 2])
    with pytest.raises(ForestError, match="each must know every class"):
        read(apart)
    bare = RandomForestClassifier(2)
    bare.estimators_ = [DecisionTreeClassifier().fit(X, NUMBER)]
    bare.n_features_in_, bare.n_outputs_ = 6, 1
    with pytest.raises(ForestError, match="no classes_"):
        read(bare)


class Liar:
    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("no such luck")


def test_any_other_answer_stays_as_it_is() -> None:
    for answer in (None, 3, "text", [1], {"estimators_": 1}, Liar(), SimpleNamespace(estimators_=3)):
        assert forest_as_data(answer) is answer
    assert forest_as_data(lone := SimpleNamespace(estimators_=[3])) is lone


@pytest.mark.parametrize(
    ("caps", "said"),
    [
        (ForestCaps(trees=2), "3 trees; between 1 and 2"),
        (ForestCaps(nodes=10), "too big"),
        (ForestCaps(nbytes=1000), "too big"),
        (ForestCaps(width=3), "1 outputs with up to 4 classes"),
        (ForestCaps(steps=8), "too deep"),
    ],
)
def test_the_caps_hold(caps: ForestCaps, said: str) -> None:
    read_forest(GOOD, ForestCaps(trees=3, nodes=1000, width=4, steps=9))
    with pytest.raises(ForestError, match=said):
        read_forest(GOOD, caps)


# Whatever comes ------------------------------------------------------------------------------------------

ARRAYS = [name for name, part in GOOD.items() if isinstance(part, numpy.ndarray)]
NUMBERS = st.one_of(
    st.integers(-3, 20),
    st.sampled_from([-(2**63), -(2**31), 2**31 - 1, 2**63 - 1, 10**6]),
    st.floats(width=64),
)
CHANGES = st.lists(st.tuples(st.sampled_from(ARRAYS), st.integers(0, 500), NUMBERS), min_size=1, max_size=6)
LINKS = st.lists(
    st.tuples(st.sampled_from(["children_left", "children_right"]), st.integers(0, 500), st.integers(-1, 15)),
    min_size=1,
    max_size=4,
)
FIXED = settings(derandomize=True, database=None, deadline=None, max_examples=300)


@FIXED
@given(CHANGES | LINKS, st.booleans())
def test_changed_arrays_are_refused_or_can_be_walked(changes: Any, widened: bool) -> None:
    data = {name: GOOD[name].copy() if name in ARRAYS else part for name, part in GOOD.items()}
    if widened:
        data |= {name: data[name].astype("int64") for name in ("children_left", "children_right", "feature")}
    for name, place, number in changes:
        array = data[name].reshape(-1)
        with numpy.errstate(all="ignore"):
            if array.dtype.kind == "f":
                array[place % len(array)] = number
            elif number == number and abs(number) < 2**63:
                array[place % len(array)] = numpy.array(int(number)).astype(array.dtype)
    walked_or_refused(data)


@FIXED
@given(st.integers(1, 9), st.data())
def test_grown_links_are_refused_or_can_be_walked(nodes: int, data: Any) -> None:
    """Small trees out of nothing: of these some are right by chance, and none may be walked for ever."""
    link = st.integers(-1, nodes)
    left = numpy.array(data.draw(st.lists(link, min_size=nodes, max_size=nodes)))
    right = numpy.array(data.draw(st.lists(link, min_size=nodes, max_size=nodes)))
    inner = left != -1
    walked_or_refused(
        {
            "forest": "made",
            "kind": "regressor",
            "n_features": 6,
            "n_outputs": 1,
            "node_counts": numpy.array([nodes]),
            "children_left": left,
            "children_right": right,
            "feature": numpy.where(inner, 1, -2),
            "threshold": numpy.where(inner, 0.0, -2.0),
            "value": numpy.ones((nodes, 1, 1)),
            "n_node_samples": numpy.ones(nodes, dtype=int),
            "weighted_n_node_samples": numpy.ones(nodes),
        }
    )


def walked_or_refused(data: dict[str, Any]) -> None:
    """Each walk is followed with a step count of its own, which no more steps than nodes may pass."""
    try:
        forest = read_forest(data)
    except ForestError:
        return
    for tree in forest.trees:
        seen, todo = 0, [0]
        while todo:
            node = todo.pop()
            seen += 1
            assert seen <= tree.node_count
            if tree.children_left[node] != -1:
                todo += [int(tree.children_left[node]), int(tree.children_right[node])]
        assert seen == tree.node_count
    assert len(forest.predict(NEW)) == len(NEW)
    forest.twins()


def chains(trees: int, depth: int) -> dict[str, Any]:
    """The deepest trees of their size: each inner node has a leaf and the rest of the tree."""
    nodes = 2 * depth + 1
    left, right = numpy.full((2, nodes), -1)
    left[0 : 2 * depth : 2], right[0 : 2 * depth : 2] = (
        numpy.arange(1, 2 * depth, 2),
        numpy.arange(2, 2 * depth + 1, 2),
    )
    inner = left != -1
    return {
        "forest": "chains",
        "kind": "regressor",
        "n_features": 1,
        "n_outputs": 1,
        "classes": None,
        "node_counts": numpy.full(trees, nodes),
        "children_left": numpy.tile(left, trees),
        "children_right": numpy.tile(right, trees),
        "feature": numpy.tile(numpy.where(inner, 0, -2), trees),
        "threshold": numpy.tile(numpy.where(inner, 0.0, -2.0), trees),
        "value": numpy.ones((trees * nodes, 1, 1)),
        "n_node_samples": numpy.ones(trees * nodes, dtype=int),
        "weighted_n_node_samples": numpy.ones(trees * nodes),
    }


def test_the_deepest_forest_that_is_read_is_walked_in_bounded_steps() -> None:
    caps = ForestCaps()
    forest = read_forest(chains(10, caps.steps // 10))
    with Counted() as counted:
        forest.predict(numpy.ones((2, 1)))
    assert counted.steps == caps.steps
    with pytest.raises(ForestError, match=r"too deep.* at most 100,000"):
        read_forest(chains(10, caps.steps // 10 + 1))
    with pytest.raises(ForestError, match="one tree alone takes more than 1,000 steps"):
        read_forest(chains(1, 300_000), ForestCaps(steps=1_000))


class Counted:
    """Counts the steps down that a prediction takes, whatever the machine's speed."""

    def __enter__(self) -> Counted:
        from autograder import forest

        self.steps, self._rows, self._at = 0, forest._Rows, forest._Rows.at

        def at(rows: Any, *arguments: Any) -> Any:
            self.steps += 1
            return self._at(rows, *arguments)

        self._rows.at = at
        return self

    def __exit__(self, *error: Any) -> None:
        self._rows.at = self._at


def test_the_reader_needs_no_scikit_learn() -> None:
    code = (
        "import sys, autograder.forest_reader, autograder.protocol, autograder.runner;"
        "sys.exit('sklearn' in sys.modules or 'scipy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0

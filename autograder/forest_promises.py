"""What a forest must be, looked at in its trees' own numbers: how many, all different, grown on these data.

Nothing that the answer says of itself counts here. Each function takes forests that `read_forest` let
through, and returns what is wrong in words; an empty string if nothing is.
"""

from __future__ import annotations

from typing import Any

import numpy

from autograder.exercise import shortened
from autograder.forest import NO_CHILD, Array, Forest, Tree, difference
from autograder.forest_reader import ForestError, read_forest
from autograder.promises import count

_OFF = 1e-9  # of numbers that are quotients or means of the same numbers
_MIDDLE_OFF = 1e-6  # of thresholds, which are means of two float32


def read(told: Any) -> tuple[Forest | None, str]:
    """A forest that came from the box, or why it is none.

    Parameters
    ----------
    told : object
        What `runner.forest_as_data` made of the answer.
    """
    try:
        return read_forest(told), ""
    except ForestError as error:
        return None, str(error)


def has_trees(forest: Forest, trees: int, kind: str, features: int, classes: list[Any] | None = None) -> str:
    """Whether a forest is of this kind, with so many trees, for such rows and these classes."""
    if forest.kind != kind:
        return f"expected a {kind}, got a {forest.kind}"
    if len(forest.trees) != trees:
        return f"expected {count(trees, 'tree')}, got {len(forest.trees)}"
    if forest.n_features != features:
        return f"expected a forest for rows of {features} features, got one for rows of {forest.n_features}"
    got = [labels.tolist() for labels in forest.classes]
    if classes is not None and got != classes:
        return f"expected the classes {shortened(classes)}, got {shortened(got)}"
    return ""


def all_different(forest: Forest) -> str:
    """Whether no tree decides like another one."""
    twins = forest.twins()
    if not twins:
        return ""
    one, other = twins[0]
    different = len(forest.trees) - len(twins)
    return (
        f"only {different} of {len(forest.trees)} trees are different: tree {other} is the same as tree {one}"
    )


def same_forest(one: Forest, other: Forest) -> str:
    """Whether two forests are the same, tree by tree and number by number."""
    found = difference(one, other)
    if found and len(one.trees) == len(other.trees):
        if sorted(tree.threshold.tobytes() for tree in one.trees) == sorted(
            tree.threshold.tobytes() for tree in other.trees
        ):
            return "they have the same trees, but in another order"
        alike = sum(_same_tree(*pair) for pair in zip(one.trees, other.trees, strict=True))
        return f"{alike} of {len(one.trees)} trees are the same; {found}"
    return found


def _same_tree(one: Tree, other: Tree) -> bool:
    return (
        one.threshold.tobytes() == other.threshold.tobytes() and one.value.tobytes() == other.value.tobytes()
    )


def grown_on(
    forest: Forest, x: Array, y: Array, *, bootstrap: bool = True, whole: bool = True, middles: bool = True
) -> str:
    """Whether each tree can have been grown on these rows, drawn from them with replacement.

    Parameters
    ----------
    forest : Forest
    x, y : arrays
        The rows as a plain array, and what was to be learned from them, as labels or as numbers.
    bootstrap : bool
        Whether each tree has a sample of its own, as many rows as there are; otherwise all of them.
    whole : bool
        Whether each tree is grown until no leaf can be split: the rows must all be different.
    middles : bool
        Whether each threshold must lie in the middle between two values of its feature. This looks at
        every node by itself; in a big forest that takes seconds.

    Notes
    -----
    What is needed, not what is enough: each node's numbers of rows of each class are whole numbers of rows
    that can come there, and add up to its parent's. scikit-learn counts a row that was drawn twice once
    in n_node_samples, who copies the drawn rows counts it twice; both are right. Weights of classes are not.
    """
    y = y.reshape(len(y), -1)
    roots = []
    for number, tree in enumerate(forest.trees):
        told = _Told(tree, tree.apply(x))
        wrong = told.sums() or (
            _classes(told, forest, y, whole, bootstrap)
            if forest.kind == "classifier"
            else _numbers(told, y, whole, bootstrap)
        )
        wrong = wrong or (_middles(tree, x) if middles else "")
        if wrong:
            return f"tree {number}{wrong}"
        roots.append(tree.value[0].tobytes())
    if bootstrap and len(roots) > 3 and len(set(roots)) == 1:
        every = _root_of_all(forest, y)
        if numpy.allclose(forest.trees[0].value[0], every, rtol=0, atol=_OFF):
            return (
                f"all {len(roots)} trees were grown on every row just once, not each on a sample drawn with "
                "replacement"
            )
        return f"all {len(roots)} trees were grown on the same sample of the rows"
    return ""


def _root_of_all(forest: Forest, y: Array) -> Array:
    """The value that a root has if all rows are there once."""
    if forest.kind == "regressor":
        return y.mean(axis=0)[:, None]
    most = max(map(len, forest.classes))
    shares = numpy.zeros((y.shape[1], most))
    for output, labels in enumerate(forest.classes):
        shares[output, : len(labels)] = (y[:, output, None] == labels).mean(axis=0)
    return shares


class _Told:
    """What a tree says of its nodes, and which rows come to each leaf."""

    def __init__(self, tree: Tree, leaves: Array) -> None:
        self.tree, self.leaves = tree, leaves
        self.leaf = tree.children_left == NO_CHILD
        self.weight = tree.weighted_n_node_samples

    def sums(self) -> str:
        """Every inner node has the rows of its two children; each leaf has some that come there."""
        inner = ~self.leaf
        left, right = self.tree.children_left[inner], self.tree.children_right[inner]
        for name in ("n_node_samples", "weighted_n_node_samples"):
            rows = getattr(self.tree, name)
            wrong = rows[inner] != rows[left] + rows[right]
            if wrong.any():
                node = int(numpy.flatnonzero(inner)[wrong.argmax()])
                return f", node {node}: its {name} is not the sum of its children's"
        came = numpy.bincount(self.leaves, minlength=len(self.leaf))
        if (self.leaf & (came == 0)).any():
            return f", node {int((self.leaf & (came == 0)).argmax())}: no row of X comes to this leaf"
        return ""

    def drawn(self, rows: int, of_all: Any) -> str:
        """As many rows were drawn as there are; without bootstrap, each row once."""
        if self.weight[0] != rows:
            return f" was grown on {self.weight[0]:g} rows, but X has {rows}"
        if of_all is not None and not numpy.allclose(self.tree.value[0], of_all, rtol=0, atol=_OFF):
            return " was not grown on every row just once, as bootstrap=False asks"
        return ""


def _classes(told: _Told, forest: Forest, y: Array, whole: bool, bootstrap: bool) -> str:
    """What is wrong with the classes' shares."""
    tree = told.tree
    wrong = told.drawn(len(y), None if bootstrap else _root_of_all(forest, y))
    if wrong:
        return wrong
    for output, labels in enumerate(forest.classes):
        shares = tree.value[:, output, : len(labels)]
        rows = shares * told.weight[:, None]
        apart = abs(rows - rows.round()) > _OFF * len(y)
        if apart.any():
            node = int(apart.any(axis=1).argmax())
            return f", node {node}: the shares {shares[node].tolist()} are none of {told.weight[node]:g} rows"
        came = numpy.zeros_like(rows)
        numpy.add.at(came, (told.leaves, numpy.searchsorted(labels, y[:, output])), 1)
        strange = told.leaf[:, None] & (rows.round() > 0) & (came == 0)
        if strange.any():
            node, label = (int(place) for place in numpy.argwhere(strange)[0])
            return (
                f", node {node}: this leaf was grown on rows of class {labels[label]!s}, but no such "
                "row of X comes there"
            )
        mixed = told.leaf & (shares.max(axis=1) < 1 - _OFF)
        if whole and mixed.any():
            node = int(mixed.argmax())
            return f", node {node}: this leaf holds several classes, so its tree is not grown to its end"
    return ""


def _numbers(told: _Told, y: Array, whole: bool, bootstrap: bool) -> str:
    """What is wrong with a regressor's means."""
    tree = told.tree
    wrong = told.drawn(len(y), None if bootstrap else y.mean(axis=0)[:, None])
    if wrong:
        return wrong
    scale = abs(y).max() or 1.0
    for output in range(y.shape[1]):
        value, numbers = tree.value[:, output, 0], y[:, output]
        lowest, highest = numpy.full(len(value), numpy.inf), numpy.full(len(value), -numpy.inf)
        numpy.minimum.at(lowest, told.leaves, numbers)
        numpy.maximum.at(highest, told.leaves, numbers)
        strange = told.leaf & ((value < lowest - _OFF * scale) | (value > highest + _OFF * scale))
        if strange.any():
            node = int(strange.argmax())
            return (
                f", node {node}: the value of this leaf is {value[node]:g}, but the rows of X that come "
                f"there have from {lowest[node]:g} to {highest[node]:g}"
            )
        inner = ~told.leaf
        left, right = tree.children_left[inner], tree.children_right[inner]
        total = value * told.weight
        off = abs(total[inner] - total[left] - total[right]) > _OFF * scale * len(y)
        if off.any():
            node = int(numpy.flatnonzero(inner)[off.argmax()])
            return f", node {node}: its value is not the mean of its children's"
        one = numpy.zeros(len(value), dtype=bool)
        numpy.logical_or.at(one, told.leaves, abs(numbers - value[told.leaves]) <= _OFF * scale)
        if whole and (told.leaf & ~one).any():
            node = int((told.leaf & ~one).argmax())
            return (
                f", node {node}: this leaf is the mean of several rows, so its tree is not grown to its end"
            )
    return ""


def _middles(tree: Tree, x: Array) -> str:
    """What is wrong with the thresholds: each is the middle of two values that come to its node."""
    waiting = [(0, numpy.arange(len(x)))]
    while waiting:
        node, rows = waiting.pop()
        if tree.children_left[node] == NO_CHILD:
            continue
        values, threshold = x[rows, tree.feature[node]].astype(float), float(tree.threshold[node])
        goes_left = values <= threshold
        above = numpy.sort(values[~goes_left])
        wanted = 2 * threshold - values[goes_left]
        found = False
        if len(above) and len(wanted):
            place = numpy.searchsorted(above, wanted).clip(0, len(above) - 1)
            near = numpy.minimum(abs(above[place] - wanted), abs(above[place - 1] - wanted))
            found = bool((near <= _MIDDLE_OFF * (1 + abs(wanted))).any())
        if not found:
            return (
                f", node {node}: its threshold {threshold:g} is not in the middle of two values of feature "
                f"{int(tree.feature[node])} in X"
            )
        waiting += [
            (int(tree.children_left[node]), rows[goes_left]),
            (int(tree.children_right[node]), rows[~goes_left]),
        ]
    return ""


def depth(forest: Forest) -> int:
    """Steps from a root to the deepest leaf."""
    return max(len(list(tree._levels())) - 1 for tree in forest.trees)

"""A forest as data: its trees' arrays, walked here; it predicts what scikit-learn's own would.

    fitted forest --(runner.py, in the box)--> arrays --(forest_reader.py)--> Forest (this file)

scikit-learn is not imported. A walk is plain indexing, so a forest from a box is made by
`read_forest` only: what that lets through ends every walk at a leaf, after a bounded number of steps.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy
from numpy.typing import NDArray

Array = NDArray[Any]

NO_CHILD = -1


@dataclass(frozen=True, eq=False)
class Tree:
    """One tree: the arrays of scikit-learn's `tree_`, one item a node; node 0 is the root.

    Parameters
    ----------
    children_left, children_right : int64 array, shape (nodes,)
        -1 for both where the node is a leaf.
    feature, threshold : int64 and float64 array, shape (nodes,)
        A row goes left where ``row[feature] <= threshold``. -2 for both where the node is a leaf.
    value : float64 array, shape (nodes, outputs, most classes)
        Shares of the classes; for a regressor the last axis has length 1.
    n_node_samples, weighted_n_node_samples : int64 and float64 array, shape (nodes,)
        Different rows that came there in training, and the sum of their weights.
    """

    children_left: Array
    children_right: Array
    feature: Array
    threshold: Array
    value: Array
    n_node_samples: Array
    weighted_n_node_samples: Array

    @property
    def node_count(self) -> int:
        """Inner nodes and leaves."""
        return len(self.children_left)

    def apply(self, x: Any) -> Array:
        """Index of the leaf in which each row ends.

        Parameters
        ----------
        x : array of shape (rows, features), or a matrix in CSR form

        Raises
        ------
        ValueError
            If `x` is not that, or holds what is not a finite float32.
        """
        return self._walk(_Rows(x))

    def _walk(self, rows: _Rows) -> Array:
        """All rows one step down at a time; those that are at a leaf are left alone."""
        place = numpy.zeros(rows.count, dtype=numpy.int64)
        going = numpy.arange(rows.count)
        while True:
            at = place[going]
            inner = self.children_left[at] != NO_CHILD
            going, at = going[inner], at[inner]
            if not len(going):
                return place
            left = rows.at(going, self.feature[at]) <= self.threshold[at]
            place[going] = numpy.where(left, self.children_left[at], self.children_right[at])

    def _levels(self) -> Iterator[Array]:
        """The nodes by depth, each depth from left to right."""
        level = numpy.zeros(1, dtype=numpy.int64)
        while len(level):
            yield level
            level = children_of(level, self.children_left, self.children_right)

    def _decides(self) -> bytes:
        """A digest of what `predict` depends on: the same for another numbering or other inner values."""
        order = numpy.concatenate(list(self._levels()))
        leaf = self.children_left[order] == NO_CHILD
        seen = [
            leaf,
            self.feature[order],
            self.threshold[order] + 0.0,
            self.value[order][leaf] + 0.0,
        ]  # no -0.0
        digest = hashlib.sha256()
        for array in seen:
            digest.update(array.tobytes())
        return digest.digest()


@dataclass(frozen=True, eq=False)
class Forest:
    """A forest that was read: it predicts as scikit-learn's does.

    Parameters
    ----------
    name : str
        What the answer calls its type; nothing follows from it.
    kind : {"classifier", "regressor"}
    trees : tuple of Tree
    classes : tuple of arrays
        Labels of each output, in rising order; empty for a regressor.
    n_features, n_outputs : int
    """

    name: str
    kind: Literal["classifier", "regressor"]
    trees: tuple[Tree, ...]
    classes: tuple[Array, ...]
    n_features: int
    n_outputs: int

    def predict_proba(self, x: Any) -> Array | list[Array]:
        """Mean shares of the classes: shape (rows, classes), and a list of them for several outputs.

        Raises
        ------
        ValueError
            If the forest is no classifier, or `x` not fit for it.
        """
        if self.kind != "classifier":
            raise ValueError("a regressor has no classes to tell the shares of")
        mean = self._mean(x)
        shares = [mean[:, output, : len(labels)] for output, labels in enumerate(self.classes)]
        return shares if self.n_outputs > 1 else shares[0]

    def predict(self, x: Any) -> Array:
        """Labels or numbers: shape (rows,), or (rows, outputs) for several outputs.

        Raises
        ------
        ValueError
            If `x` is not fit for the forest.
        """
        if self.kind == "regressor":
            mean = self._mean(x)[:, :, 0]
            return mean if self.n_outputs > 1 else mean[:, 0]
        shares = self.predict_proba(x)
        if isinstance(shares, numpy.ndarray):
            return self.classes[0].take(shares.argmax(axis=1))
        columns = [labels.take(one.argmax(axis=1)) for labels, one in zip(self.classes, shares, strict=True)]
        alike = len({column.dtype for column in columns}) == 1
        return numpy.stack(columns if alike else [column.astype(object) for column in columns], axis=1)

    def _mean(self, x: Any) -> Array:
        """Mean value of the leaves; summed in the order of the trees, so that the rounding is the same."""
        rows = _Rows(x)
        if rows.features != self.n_features:
            raise ValueError(f"rows of {self.n_features} features are wanted, got rows of {rows.features}")
        total = numpy.zeros((rows.count, *self.trees[0].value.shape[1:]))
        with numpy.errstate(over="ignore"):
            for tree in self.trees:
                total += tree.value[tree._walk(rows)]
        return total / len(self.trees)

    def twins(self) -> list[tuple[int, int]]:
        """Pairs of trees that decide alike: each tree that is like an earlier one, with the first such.

        Another numbering of the nodes, or other values where no row ends, do not make a tree another.
        """
        first: dict[bytes, int] = {}
        found = [
            (first.setdefault(tree._decides(), number), number) for number, tree in enumerate(self.trees)
        ]
        return [(one, other) for one, other in found if one != other]


def difference(one: Forest, other: Forest) -> str:
    """Where two forests differ, in words; empty if every number in them is equal."""
    for name in ("kind", "n_features", "n_outputs"):
        if getattr(one, name) != getattr(other, name):
            return f"{name} is {getattr(one, name)} in one and {getattr(other, name)} in the other"
    for output, (labels, others) in enumerate(zip(one.classes, other.classes, strict=True)):
        if labels.tolist() != others.tolist():
            return f"the classes of output {output} differ"
    if len(one.trees) != len(other.trees):
        return f"one has {len(one.trees)} trees, the other {len(other.trees)}"
    for number, (tree, its) in enumerate(zip(one.trees, other.trees, strict=True)):
        if tree.node_count != its.node_count:
            return f"tree {number} has {tree.node_count} nodes in one and {its.node_count} in the other"
        for name in (field.name for field in fields(Tree)):
            ours, theirs = getattr(tree, name), getattr(its, name)
            if ours.shape != theirs.shape:
                return f"tree {number}: the arrays {name} are of different shapes"
            apart = (ours != theirs).reshape(len(ours), -1).any(axis=1)
            if apart.any():
                return f"tree {number}, node {int(apart.argmax())}: {name} differs"
    return ""


class _Rows:
    """Rows that are looked up feature by feature, as float32: an array, or a CSR matrix that stays sparse."""

    def __init__(self, x: Any) -> None:
        self._keys: Array | None = None
        if hasattr(x, "indptr") and getattr(x, "format", "") == "csr":
            self.count, self.features = x.shape
            stored = numpy.repeat(numpy.arange(self.count), numpy.diff(x.indptr))
            keys = stored * numpy.int64(self.features) + x.indices
            order = numpy.argsort(keys, kind="stable")
            self._keys, values = keys[order], x.data[order]
            if (self._keys[1:] == self._keys[:-1]).any():
                raise ValueError("the CSR matrix holds a place twice; call its sum_duplicates() first")
        else:
            values = numpy.asarray(x)
            if values.ndim != 2:
                raise ValueError(f"rows must come as a 2-d array or a CSR matrix, got shape {values.shape}")
            self.count, self.features = values.shape
        with numpy.errstate(over="ignore"):
            self._values = values.astype(numpy.float32)
        if not numpy.isfinite(self._values).all():
            raise ValueError("the rows hold what is not a finite float32: NaN, infinity, or beyond 3.4e38")

    def at(self, rows: Array, features: Array) -> Array:
        """The value of a feature in a row, for each pair."""
        if self._keys is None:
            return self._values[rows, features]
        wanted = rows * numpy.int64(self.features) + features
        if not len(self._keys):
            return numpy.zeros(len(wanted), dtype=numpy.float32)
        place = numpy.minimum(numpy.searchsorted(self._keys, wanted), len(self._keys) - 1)
        return numpy.where(self._keys[place] == wanted, self._values[place], numpy.float32(0))


def children_of(level: Array, left: Array, right: Array) -> Array:
    """The children of some nodes, from left to right."""
    inner = level[left[level] != NO_CHILD]
    return numpy.stack((left[inner], right[inner]), axis=1).ravel()

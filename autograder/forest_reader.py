"""Reads a forest that came from the box, as if an enemy had sent it.

Nothing of the answer's is believed or run: neither its `predict` nor what it says of itself. The data
are arrays of numbers, all trees one after the other, so all nodes are looked at together.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

import numpy

from autograder.exercise import shortened
from autograder.forest import NO_CHILD, Array, Forest, Tree, children_of

_INTEGERS = ("int32", "int64")
_REALS = ("float64",)
_LABELS = ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float64")
_UNDEFINED = -2  # what scikit-learn writes for the feature and the threshold of a leaf
_SHARES_OFF = 1e-6  # the shares of a node are quotients of sums: their own sum is 1 but for rounding


class ForestError(Exception):
    """What came is not a forest that can be walked; the text names the tree and the node."""


@dataclass(frozen=True)
class ForestCaps:
    """The largest forest that is read.

    Parameters
    ----------
    trees, nodes, nbytes : int
        Number of trees, of nodes in all trees, bytes of all arrays.
    width : int
        Numbers in the value of one node: outputs times the most classes. Predicting holds as many a row.
    label : int
        Characters of a label.
    steps : int
        What one row may cost: the depths of all trees, added up.
    """

    trees: int = 1_000
    nodes: int = 4_000_000
    nbytes: int = 256 << 20
    width: int = 1_000
    label: int = 1_000
    steps: int = 100_000


def read_forest(data: Any, caps: ForestCaps | None = None) -> Forest:
    """Read a forest that came from the box.

    Parameters
    ----------
    data : object
        The decoded answer; a forest if the runner found one, anything at all otherwise.
    caps : ForestCaps, optional
        The largest forest that is read.

    Returns
    -------
    Forest

    Raises
    ------
    ForestError
        If it is no forest, over the caps, or if a walk in it could leave its arrays or go on for ever.
    """
    caps = caps or ForestCaps()
    if type(data) is not dict or type(data.get("forest")) is not str:
        raise ForestError(f"expected a fitted forest, got {shortened(data)}")
    if "problem" in data:
        problem = data["problem"] if type(data["problem"]) is str else shortened(data["problem"])
        raise ForestError(f"the forest cannot be read: {problem[:300]}")
    kind = data.get("kind")
    if kind not in ("classifier", "regressor"):
        raise ForestError(f"a forest is a classifier or a regressor, not {shortened(kind)}")
    n_features = _count(data, "n_features", "n_features_in_", 2**31 - 1)
    n_outputs = _count(data, "n_outputs", "n_outputs_", caps.width)
    classes = _read_classes(data.get("classes"), n_outputs, caps) if kind == "classifier" else ()
    most = max(map(len, classes), default=1)
    if n_outputs * most > caps.width:
        raise ForestError(
            f"the forest has {n_outputs:,} outputs with up to {most:,} classes; "
            f"at most {caps.width:,} numbers a node are read"
        )
    flat = _read_arrays(data, n_outputs, most, caps)
    counts = _array(data, "node_counts", _INTEGERS).astype(numpy.int64)
    _check_counts(counts, len(flat.feature), caps)
    starts = numpy.cumsum(counts) - counts
    nodes = _Nodes(flat, starts, counts)
    nodes.check_shape()
    nodes.check_reached(caps)
    nodes.check_numbers(n_features, classes)
    trees = []
    for start, count in zip(starts.tolist(), counts.tolist(), strict=True):
        trees.append(Tree(*(getattr(flat, one.name)[start : start + count] for one in fields(Tree))))
    return Forest(data["forest"][:100], kind, tuple(trees), classes, n_features, n_outputs)


def _count(data: dict[Any, Any], name: str, attribute: str, most: int) -> int:
    value = data.get(name)
    if value is None:
        raise ForestError(f"the forest has no {attribute}, so it could not predict: it was not fitted whole")
    if type(value) is not int or not 1 <= value <= most:
        raise ForestError(f"{attribute} of the forest is {shortened(value)}, not a number from 1 to {most:,}")
    return value


def _read_classes(told: Any, n_outputs: int, caps: ForestCaps) -> tuple[Array, ...]:
    if told is None:
        raise ForestError("the forest has no classes_, so it could not predict: it was not fitted whole")
    if type(told) is not list or len(told) != n_outputs:
        raise ForestError(f"classes_ of the forest do not fit its {n_outputs} outputs: {shortened(told)}")
    return tuple(_read_labels(labels, output, caps) for output, labels in enumerate(told))


def _read_labels(labels: Any, output: int, caps: ForestCaps) -> Array:
    """Labels of one output: numbers, or text, which is kept as objects so that no label makes all longer."""
    where = f"classes_ of output {output}"
    if type(labels) is list:
        if not all(type(label) is str and len(label) <= caps.label for label in labels):
            raise ForestError(f"{where} must be numbers, or texts of at most {caps.label:,} characters")
        array = numpy.array(labels, dtype=object)
        fine = all(one < other for one, other in pairwise(labels))
    else:
        if type(labels) is not numpy.ndarray or labels.dtype.name not in _LABELS or labels.ndim != 1:
            raise ForestError(f"{where} must be numbers or texts, got {shortened(labels)}")
        array = labels
        fine = bool((labels[1:] > labels[:-1]).all() and numpy.isfinite(labels).all())
    if not len(array):
        raise ForestError(f"{where} are none")
    if not fine:
        raise ForestError(f"{where} are not in rising order, each once: {shortened(labels)}")
    return array


def _array(data: dict[Any, Any], name: str, dtypes: tuple[str, ...], dimensions: int = 1) -> Array:
    array = data.get(name)
    if type(array) is not numpy.ndarray:
        raise ForestError(f"{name} of the forest is not an array but {shortened(array)}")
    if array.dtype.name not in dtypes or array.ndim != dimensions:
        raise ForestError(
            f"{name} of the forest is an array of {array.dtype.name} with {array.ndim} dimensions; "
            f"{dimensions} of {' or '.join(dtypes)} wanted"
        )
    return array


def _read_arrays(data: dict[Any, Any], n_outputs: int, width: int, caps: ForestCaps) -> Tree:
    """The nodes of all trees, one tree after the other."""
    integers = ("children_left", "children_right", "feature", "n_node_samples")
    arrays = {
        one.name: _array(
            data, one.name, _INTEGERS if one.name in integers else _REALS, 3 if one.name == "value" else 1
        )
        for one in fields(Tree)
    }
    nodes = len(arrays["feature"])
    nbytes = sum(array.nbytes for array in arrays.values())
    if nodes > caps.nodes or nbytes > caps.nbytes:
        raise ForestError(
            f"the forest is too big: {nodes:,} nodes in {nbytes:,} bytes; "
            f"at most {caps.nodes:,} and {caps.nbytes:,} are read"
        )
    for name, array in arrays.items():
        wanted = (nodes, n_outputs, width) if name == "value" else (nodes,)
        if array.shape != wanted:
            raise ForestError(f"{name} of the forest has the shape {array.shape}, expected {wanted}")
    return Tree(
        **{name: array.astype(numpy.int64) if name in integers else array for name, array in arrays.items()}
    )


def _check_counts(counts: Array, nodes: int, caps: ForestCaps) -> None:
    if not 1 <= len(counts) <= caps.trees:
        raise ForestError(f"the forest has {len(counts):,} trees; between 1 and {caps.trees:,} are read")
    if counts.min() < 1 or counts.max() > nodes or int(counts.sum()) != nodes:
        raise ForestError(f"the trees' numbers of nodes do not add up to the {nodes:,} nodes that came")


@dataclass(frozen=True)
class _Nodes:
    """The nodes of all trees at once, looked at together; a complaint names the first that is wrong."""

    flat: Tree
    starts: Array
    counts: Array

    def refuse(self, wrong: Any, what: str) -> None:
        """Raise if any node is wrong; `what` may name the node's values in braces."""
        if not wrong.any():
            return
        node = int(wrong.argmax())
        tree = int(numpy.searchsorted(self.starts, node, side="right")) - 1
        flat = self.flat
        said = what.format(
            left=int(flat.children_left[node]),
            right=int(flat.children_right[node]),
            feature=int(flat.feature[node]),
            threshold=float(flat.threshold[node]),
            samples=int(flat.n_node_samples[node]),
            nodes=int(self.counts[tree]),
        )
        raise ForestError(f"tree {tree}, node {node - int(self.starts[tree])}: {said}")

    def check_shape(self) -> None:
        """Two children or none, all of them nodes of the same tree."""
        left, right = self.flat.children_left, self.flat.children_right
        count = numpy.repeat(self.counts, self.counts)
        leaf = (left == NO_CHILD) & (right == NO_CHILD)
        outside = (left < 0) | (right < 0) | (left >= count) | (right >= count)
        self.refuse(
            outside & ~leaf, "its children are {left} and {right}, but the nodes are 0 to {nodes} - 1"
        )

    def check_reached(self, caps: ForestCaps) -> None:
        """One way from the root to every node: then no walk goes round; and none is too long."""
        start = numpy.repeat(self.starts, self.counts)
        inner = self.flat.children_left != NO_CHILD
        left = numpy.where(inner, self.flat.children_left + start, NO_CHILD)
        right = numpy.where(inner, self.flat.children_right + start, NO_CHILD)
        parents = numpy.bincount(numpy.concatenate((left[inner], right[inner])), minlength=len(left))
        root = numpy.zeros(len(left), dtype=bool)
        root[self.starts] = True
        self.refuse(
            root & (parents > 0), "the root is a child of another node: a walk could go round for ever"
        )
        self.refuse(parents > 1, "it is the child of several nodes: a walk could go round for ever")
        # From here on no node can be met twice, so the loop ends.
        depth = numpy.full(len(left), -1)
        level, levels = self.starts, 0
        while len(level):
            if levels > caps.steps:
                raise ForestError(
                    f"the forest is too deep: one tree alone takes more than {caps.steps:,} steps"
                )
            depth[level] = levels
            level, levels = children_of(level, left, right), levels + 1
        self.refuse(depth < 0, "no way from the root leads to it")
        steps = int(numpy.maximum.reduceat(depth, self.starts).sum())
        if steps > caps.steps:
            raise ForestError(
                f"the forest is too deep: a row takes up to {steps:,} steps in its trees; "
                f"at most {caps.steps:,} are walked"
            )

    def check_numbers(self, n_features: int, classes: tuple[Array, ...]) -> None:
        """Features that are there, numbers that are finite, and leaves that carry nothing but their value."""
        flat = self.flat
        leaf = flat.children_left == NO_CHILD
        feature, threshold = flat.feature, flat.threshold
        # Were anything let in here, two trees that decide alike could look different.
        marked = (feature == _UNDEFINED) & (threshold == _UNDEFINED)
        self.refuse(
            leaf & ~marked, "a leaf has the feature -2 and the threshold -2, not {feature}, {threshold}"
        )
        outside = ~leaf & ((feature < 0) | (feature >= n_features))
        self.refuse(outside, f"its feature is {{feature}}, but the features are 0 to {n_features - 1}")
        self.refuse(~numpy.isfinite(threshold), "its threshold is {threshold}")
        self.refuse(~numpy.isfinite(flat.value).all(axis=(1, 2)), "its value is not finite")
        for output, labels in enumerate(classes):
            shares = flat.value[:, output, :]
            wrong = (shares < 0).any(axis=1) | (shares[:, len(labels) :] != 0).any(axis=1)
            with numpy.errstate(over="ignore"):
                wrong |= abs(shares.sum(axis=1) - 1) > _SHARES_OFF
            self.refuse(wrong, f"the shares of the classes of output {output} do not add up to 1")
        weights = flat.weighted_n_node_samples
        self.refuse(
            ~(numpy.isfinite(weights) & (weights >= 0)), "the weight of its rows is not a number above 0"
        )
        self.refuse(flat.n_node_samples < 1, "it was grown on {samples} rows")

"""Drivers for forests: data and models made in the box, and what a forest that comes back can do.

runner: driver.drive(the answer's function)
    |-- X and y of a key; a model of `autograder.lab_models`, or a forest whose trees are numbers of a key
    |-- the answer's workers, wherever they are
    '-- looks: the trees as arrays, what the forest predicts, what was sent, what became of the arguments

Importing scikit-learn takes longer than growing a small forest, so one box sees many calls: `Trainings` and
`Predictions` make one call for each of their parts, and what came of each is told by itself.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

from autograder.drivers import Driver
from autograder.drivers_shared import written_bytes

_MODELS = "autograder.lab_models"
_LOOK_SECONDS = 0.02


@dataclass(frozen=True)
class Table:
    """Rows of numbers and what is to be learned from them, all of it from a key.

    Parameters
    ----------
    key : str
        16 hexadecimal digits.
    rows, features : int
    target : {"classes", "words", "pairs", "number", "numbers"}
        Three classes as ints or as words; two outputs of three and two classes; one or two real numbers.
    form : {"dense", "csr"}
        For "csr" seven of ten numbers are zero, and the function gets a sparse matrix.
    dtype : str
        Of the rows. Whatever it is, each number is a float32.
    """

    key: str
    rows: int
    features: int
    target: str = "classes"
    form: str = "dense"
    dtype: str = "float64"

    def arrays(self) -> tuple[Any, Any]:
        """X as a plain array, and y; the same wherever they are made."""
        import numpy

        rng = numpy.random.default_rng(int(self.key, 16))
        x = rng.normal(size=(self.rows, self.features)).astype("float32")
        if self.form == "csr":
            x[rng.random(x.shape) < 0.7] = 0
        signal = x[:, 0] + x[:, 1] - x[:, 2] + 0.5 * rng.normal(size=self.rows)
        classes = numpy.digitize(signal, [-0.7, 0.7])
        y = {
            "classes": classes,
            "words": numpy.array(["low", "middle", "high"])[classes],
            "pairs": numpy.stack([classes, (x[:, 3] + signal > 0).astype(int)], axis=1),
            "number": signal,
            "numbers": numpy.stack([signal, x[:, 3] * signal], axis=1),
        }[self.target]
        return x.astype(self.dtype), y

    def handed(self) -> tuple[Any, Any]:
        """X and y as the function gets them."""
        x, y = self.arrays()
        if self.form == "csr":
            from scipy.sparse import csr_matrix

            x = csr_matrix(x)
        return x, y


@dataclass(frozen=True)
class Training:
    """One call of ``function(model, tree_args, X, y, processes)``.

    Parameters
    ----------
    model : str
        Name of a class of `autograder.lab_models`.
    tree_args : dict
    table : Table
    processes : int or None
        Handed over; with `default`, left out.
    asked : Table, optional
        Rows that the forest that comes back is asked to predict, and whatever else a fitted forest does.
    watched : bool
        Whether to see how much is sent, and how much memory is used.
    default : bool
        Leave `processes` out.
    """

    model: str
    tree_args: dict[str, Any]
    table: Table
    processes: int | None
    asked: Table | None = None
    watched: bool = False
    default: bool = False

    def call(self, function: Callable[..., Any], caught: bool = True) -> dict[str, Any]:
        """What came: ``{"value": the forest as data, ...}``, or ``{"error": ...}`` as the runner tells it."""
        from autograder import lab_models
        from autograder.runner import described, forest_as_data

        model = getattr(lab_models, self.model)
        x, y = self.table.handed()
        x_before, y_before = x.copy(), y.copy()
        tree_args = dict(self.tree_args)
        processes = () if self.default else (self.processes,)
        with seen_from_outside() if self.watched else contextlib.nullcontext({}) as seen:
            try:
                forest = function(model, tree_args, x, y, *processes)
            except Exception as error:
                if not caught:
                    raise
                return {"error": described(error)}
        told = {
            "value": forest_as_data(forest),
            "type": type(forest).__name__,
            "tree_args": list(tree_args.items()),
            "data unchanged": _same(x, x_before) and _same(y, y_before),
            **seen,
        }
        if self.asked is not None:
            told["does"] = {
                what: _told(action, forest, *self.asked.handed()) for what, action in _DOES.items()
            }
        return told


def _same(one: Any, other: Any) -> bool:
    differ = one != other
    return one.shape == other.shape and not (differ.nnz if hasattr(differ, "nnz") else differ.any())


def _told(action: Callable[..., Any], forest: Any, x: Any, y: Any) -> tuple[Any, str]:
    try:
        return action(forest, x, y), ""
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"[:300]


def _clone_parameters(forest: Any, x: Any, y: Any) -> dict[str, Any]:
    from sklearn.base import clone

    return dict(clone(forest).get_params(deep=False))


_DOES: dict[str, Callable[..., Any]] = {
    "predict": lambda forest, x, y: forest.predict(x).tolist(),
    "predict_proba": lambda forest, x, y: forest.predict_proba(x),
    "score": lambda forest, x, y: float(forest.score(x, y)),
    "feature_importances_": lambda forest, x, y: forest.feature_importances_,
    "pickle": lambda forest, x, y: pickle.loads(pickle.dumps(forest)).predict(x).tolist(),
    "get_params": lambda forest, x, y: dict(forest.get_params(deep=False)),
    "clone": _clone_parameters,
}


@dataclass(frozen=True)
class Trainings(Driver):
    """Train many forests, one call after the other; `drive` returns what came of each call.

    An exception of the first call is let through: then the others are not worth a look.
    """

    calls: tuple[Training, ...]

    imports: ClassVar[tuple[str, ...]] = (_MODELS,)

    def drive(self, function: Callable[..., Any]) -> list[dict[str, Any]]:
        """See `Driver.drive`."""
        return [call.call(function, caught=number > 0) for number, call in enumerate(self.calls)]


@dataclass(frozen=True)
class TimedTraining(Driver):
    """Train one forest and hand it back, nothing else: for runs that are timed."""

    call: Training

    imports: ClassVar[tuple[str, ...]] = (_MODELS,)

    def drive(self, function: Callable[..., Any]) -> Any:
        """See `Driver.drive`: what the function returned."""
        from autograder import lab_models

        one = self.call
        return function(
            getattr(lab_models, one.model), dict(one.tree_args), *one.table.handed(), one.processes
        )


# What is sent and kept -----------------------------------------------------------------------------------


@contextlib.contextmanager
def seen_from_outside() -> Iterator[dict[str, Any]]:
    """What this process and its children do meanwhile, filled in at the end.

    ``"written"`` is how many bytes they wrote, pipes included, ``"memory"`` how far their memory grew,
    shared pages counted once, with so many more ``"children"``, and ``"at first"`` what it was before; None
    where nobody counts.
    """
    seen: dict[str, Any] = {"written": None, "memory": None, "children": None, "at first": None}
    before, (memory, others) = written_bytes(), _memory_of_tree()
    most, done = [(memory or 0, others)], threading.Event()

    def look() -> None:
        while not done.wait(_LOOK_SECONDS):
            used, children = _memory_of_tree()
            most.append((used or 0, children))

    looking = threading.Thread(target=look, daemon=True)
    if memory is not None:
        looking.start()
    try:
        yield seen
    finally:
        done.set()
        if memory is not None:
            looking.join()
            used, children = max(most)
            seen.update({"memory": used - memory, "children": children - others, "at first": memory})
        after = written_bytes()
        if before is not None and after is not None:
            seen["written"] = after - before


def _memory_of_tree() -> tuple[int | None, int]:
    """Bytes of this process and all below it, pages that n share counted as 1/n; and how many are below it.

    None where the kernel does not tell.
    """
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    family = {os.getpid()}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(map(_memory_of, family)) or None, len(family) - 1


def _memory_of(process: int) -> int:
    with contextlib.suppress(OSError), open(f"/proc/{process}/smaps_rollup") as file:
        return sum(int(line.split()[1]) << 10 for line in file if line.startswith("Pss:"))
    return 0


# Predicting ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MadeForest:
    """A forest nobody grew: its trees' numbers come from a key, all trees whole, to the same depth.

    Parameters
    ----------
    key : str
        16 hexadecimal digits.
    trees, depth, features : int
    target : {"classes", "words", "pairs", "number", "numbers"}
        As of `Table`.
    """

    key: str
    trees: int
    depth: int
    features: int
    target: str = "classes"

    def arrays(self) -> dict[str, Any]:
        """The forest as the runner would tell it, for `autograder.forest_reader.read_forest`."""
        import numpy

        rng = numpy.random.default_rng(int(self.key, 16))
        inner, nodes = 2**self.depth - 1, 2 ** (self.depth + 1) - 1
        place = numpy.arange(nodes, dtype="int32")
        left = numpy.where(place < inner, 2 * place + 1, -1).astype("int32")
        right = numpy.where(place < inner, 2 * place + 2, -1).astype("int32")
        shape = (self.trees, nodes)
        feature = rng.integers(self.features, size=shape).astype("int32")
        threshold = rng.normal(scale=0.7, size=shape)
        feature[:, inner:], threshold[:, inner:] = -2, -2.0
        outputs = 2 if self.target in ("pairs", "numbers") else 1
        classes = {"pairs": [numpy.arange(3), numpy.arange(2)], "classes": [numpy.arange(3)]}.get(self.target)
        if self.target == "words":
            classes = [["high", "low", "middle"]]
        value = rng.random((*shape, outputs, 3 if classes else 1))
        if classes:
            for output, labels in enumerate(classes):
                value[..., output, len(labels) :] = 0
            value /= value.sum(axis=-1, keepdims=True)
        flat = self.trees * nodes
        return {
            "forest": "RandomForestClassifier" if classes else "RandomForestRegressor",
            "kind": "classifier" if classes else "regressor",
            "n_features": self.features,
            "n_outputs": outputs,
            "classes": classes,
            "node_counts": numpy.full(self.trees, nodes),
            "children_left": numpy.tile(left, self.trees),
            "children_right": numpy.tile(right, self.trees),
            "feature": feature.ravel(),
            "threshold": threshold.ravel(),
            "value": value.reshape(flat, outputs, -1),
            "n_node_samples": numpy.full(flat, nodes, dtype="int32"),
            "weighted_n_node_samples": numpy.full(flat, float(nodes)),
        }

    def fitted(self) -> Any:
        """The same as a forest of scikit-learn, of a class of `autograder.lab_models`."""
        import numpy

        from autograder import lab_models

        data = self.arrays()
        forest = getattr(lab_models, data["forest"])(n_estimators=self.trees, max_depth=self.depth)
        # Fitting on two rows of each class makes it whole; then its trees are replaced.
        some = numpy.zeros((2 if data["classes"] is None else 6, self.features))
        labels = [numpy.resize(one, len(some)) for one in data["classes"] or [[0.0, 1.0]] * data["n_outputs"]]
        y = labels[0] if data["n_outputs"] == 1 else numpy.stack(labels, axis=1)
        forest.set_params(n_estimators=1).fit(some, y)
        first = forest.estimators_[0]
        forest.set_params(n_estimators=self.trees)
        size = len(data["feature"]) // self.trees
        forest.estimators_ = []
        for number in range(self.trees):
            part = {
                name: array[number * size : (number + 1) * size]
                for name, array in data.items()
                if getattr(array, "ndim", 0) and name != "node_counts"
            }
            forest.estimators_.append(_with_nodes(first, part, self.depth))
        return forest


def _with_nodes(estimator: Any, part: dict[str, Any], depth: int) -> Any:
    """A copy of a fitted tree that has these nodes instead of its own."""
    import copy

    import numpy

    made = copy.copy(estimator)
    kind, (tree_args, state) = type(estimator.tree_), estimator.tree_.__reduce__()[1:]
    tree = kind(*tree_args)
    nodes = numpy.zeros(len(part["feature"]), dtype=state["nodes"].dtype)
    names = {"left_child": "children_left", "right_child": "children_right"}
    for name in nodes.dtype.names:
        source = names.get(name, name)
        if source in part:
            nodes[name] = part[source]
    tree.__setstate__(
        {**state, "max_depth": depth, "node_count": len(nodes), "nodes": nodes, "values": part["value"]}
    )
    made.tree_ = tree
    return made


@dataclass(frozen=True)
class Prediction:
    """One call of ``function(forest, X, processes)``.

    Parameters
    ----------
    forest : MadeForest
    table : Table
        Whose X is handed over.
    processes : int or None
        Handed over; with `default`, left out.
    default : bool
        Leave `processes` out.
    """

    forest: MadeForest
    table: Table
    processes: int | None
    default: bool = False

    def call(self, function: Callable[..., Any], caught: bool = True) -> dict[str, Any]:
        """What came: ``{"value": the predictions, ...}``, or ``{"error": ...}`` as the runner tells it."""
        from autograder.runner import described

        forest, (x, _) = self.forest.fitted(), self.table.handed()
        before, x_before = _digest(forest), x.copy()
        processes = () if self.default else (self.processes,)
        try:
            value = function(forest, x, *processes)
        except Exception as error:
            if not caught:
                raise
            return {"error": described(error)}
        same = _digest(forest) == before and _same(x, x_before)
        return {"value": predictions_as_data(value), "unchanged": same}


def _digest(forest: Any) -> str:
    """Of a forest's parameters and its trees' numbers."""
    from autograder.runner import forest_as_data

    digest = sha256(repr(forest.get_params()).encode())
    for part in forest_as_data(forest).values():
        digest.update(part.tobytes() if hasattr(part, "tobytes") else repr(part).encode())
    return digest.hexdigest()


def predictions_as_data(value: Any) -> Any:
    """An array of words as ``("words", list)``, since only numbers are sent raw; anything else as it is."""
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    return ("words", value.tolist()) if kind in ("U", "O") else value


@dataclass(frozen=True)
class Predictions(Driver):
    """Predict many times, one call after the other; `drive` returns what came of each call.

    An exception of the first call is let through: then the others are not worth a look.
    """

    calls: tuple[Prediction, ...]

    imports: ClassVar[tuple[str, ...]] = (_MODELS,)

    def drive(self, function: Callable[..., Any]) -> list[dict[str, Any]]:
        """See `Driver.drive`."""
        return [call.call(function, caught=number > 0) for number, call in enumerate(self.calls)]


@dataclass(frozen=True)
class TimedPrediction(Driver):
    """Predict once and hand back the predictions, nothing else: for runs that are timed."""

    call: Prediction

    imports: ClassVar[tuple[str, ...]] = (_MODELS,)

    def drive(self, function: Callable[..., Any]) -> Any:
        """See `Driver.drive`: what the function returned."""
        one = self.call
        return predictions_as_data(function(one.forest.fitted(), one.table.handed()[0], one.processes))

"""The untrusted end: imports the student's module and calls the function, in the sandbox.

    harness --- socket ---> runner (this file) --- fork / spawn ---> the answer's own workers

Started as ``python -m autograder.runner FD ANSWERS``. Before any of the student's code runs it says
that it has started, so that a broken box is not taken for a broken answer. It knows no expected
value, no clock that counts and no score; whatever the student's code does to it, all it can do is
send a frame or die. It stays alive after its answer until it is killed, so that the harness can read
what the tree has cost.
"""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import os
import re
import socket
import sys
import traceback
from typing import Any

from autograder.protocol import Channel, decode, encode

_MAX_TEXT = 4000
_FRAME = re.compile(r'File "(.+)", line (\d+), in .+\n +(.+)')


def main(descriptor: int, answers: str) -> None:
    """Serve one repetition over the inherited socket: prepare, call, wait for the end.

    Parameters
    ----------
    descriptor : int
        The socket to the harness.
    answers : str
        Folder of the student's modules; it comes last on ``sys.path``, so it can shadow nothing.
    """
    os.set_inheritable(descriptor, False)
    channel = Channel(socket.socket(fileno=descriptor))
    if answers:
        sys.path.append(answers)
    with contextlib.suppress(EOFError, ConnectionError):
        channel.send({"status": "started"})
        wanted, _ = channel.receive()
        if wanted.get("listen"):
            _listen(channel)
            wanted, _ = channel.receive()
        function = _prepare(channel, wanted)
        if function is not None:
            header, buffers = channel.receive()
            _call(channel, function, [decode(part, buffers, trusted=True) for part in header["arguments"]])
        channel.receive()


def _listen(channel: Channel) -> None:
    """Make a socket that listens where this process can connect, for the harness to serve from outside."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        channel.send_socket(listener)
    # Outside a sandbox a proxy may be set, which is asked for everything else.
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = "127.0.0.1,localhost"


def _prepare(channel: Channel, wanted: dict[str, Any]) -> Any:
    """Import what is to be called, and say "ready"; otherwise say why not and return None."""
    try:
        if wanted["start_method"]:
            multiprocessing.set_start_method(wanted["start_method"])
        _import_beforehand(wanted.get("imports", []))
        module = importlib.import_module(wanted["module"])
        function = getattr(module, wanted["function"])
        if not callable(function):
            raise TypeError(f"{wanted['function']} is not a function but of type {type(function).__name__}")
    except BaseException as error:
        channel.send({"status": "error", **described(error)})
        return None
    channel.send({"status": "ready"})
    return function


def _import_beforehand(names: list[str]) -> None:
    """Import what the arguments will need, before the clock starts; the fork server's workers inherit it."""
    for name in names:
        importlib.import_module(name)
    if names and multiprocessing.get_start_method(allow_none=True) == "forkserver":
        multiprocessing.set_forkserver_preload(["__main__", *names])


def _call(channel: Channel, function: Any, arguments: list[Any]) -> None:
    drive = getattr(arguments[0], "drive", None) if len(arguments) == 1 else None
    try:
        value = function(*arguments) if drive is None else drive(function)
        tree, buffers = encode(forest_as_data(value))
        answer = {"status": "value", "value": tree}
    except BaseException as error:
        answer, buffers = {"status": "error", **described(error)}, []
    with contextlib.suppress(Exception):
        sys.stdout.flush()
        sys.stderr.flush()
    channel.send(answer, buffers)


def forest_as_data(value: Any) -> Any:
    """A fitted forest as a dict of arrays, for `autograder.forest` to read; anything else as it is.

    A forest is what has a list `estimators_` of what has a `tree_` with scikit-learn's public arrays.
    Like all that is said in the box, this may be a lie: the reader believes nothing of it.
    """
    try:
        grown = getattr(value, "estimators_", None)
        if type(grown) is not list or not all(hasattr(one, "tree_") for one in grown):
            return value
    except Exception:  # some answers lie about what they have
        return value
    name = type(value).__name__
    try:
        return {"forest": name, **_arrays_of(value, [one.tree_ for one in grown])}
    except Exception as error:
        return {"forest": name, "problem": f"{type(error).__name__}: {error}"[:300]}


def _arrays_of(forest: Any, trees: list[Any]) -> dict[str, Any]:
    """The nodes of all trees, one tree after the other: few buffers, however many trees there are."""
    import numpy

    if not trees:
        raise ValueError("estimators_ is empty: the forest has no trees")
    shapes = {tree.value.shape[1:] for tree in trees}
    if len(shapes) > 1:
        raise ValueError(f"the values of its trees differ in shape ({shapes}): each must know every class")
    columns = {
        "int32": ("children_left", "children_right", "feature", "n_node_samples"),
        "float64": ("threshold", "value", "weighted_n_node_samples"),
    }
    arrays = {
        column: numpy.concatenate([getattr(tree, column) for tree in trees]).astype(dtype)
        for dtype, names in columns.items()
        for column in names
    }
    classes = getattr(forest, "classes_", None)
    if classes is not None:
        classes = [_labels(one) for one in (classes if type(classes) is list else [classes])]
    return {
        "kind": "classifier" if hasattr(forest, "predict_proba") else "regressor",
        "n_features": getattr(forest, "n_features_in_", None),
        "n_outputs": getattr(forest, "n_outputs_", None),
        "classes": classes,
        "node_counts": numpy.array([len(tree.feature) for tree in trees]),
        **arrays,
    }


def _labels(labels: Any) -> Any:
    """Classes of one output: an array of numbers as it is, texts as a list."""
    if labels.dtype.kind not in "OU":
        return labels
    return [str(label) if isinstance(label, str) else label for label in labels.tolist()]


def described(error: BaseException) -> dict[str, Any]:
    """An exception as data: its type, its text, and the part of its traceback that lies in the answer."""
    try:
        text = str(error)[:_MAX_TEXT]
    except Exception as second:
        text = f"its str() raised {type(second).__name__}"
    frames = [(one.filename, one.lineno, one.line) for one in traceback.extract_tb(error.__traceback__)]
    lines = [_place(*frame) for frame in frames if _is_theirs(frame[0])][-4:]
    if "RemoteTraceback" in type(error.__cause__).__name__:  # text that a pool brought from a worker
        remote = [frame for frame in _FRAME.findall(str(error.__cause__)) if _is_theirs(frame[0])]
        lines += [f"in a worker: {_place(*frame)}" for frame in remote[-4:]]
    if isinstance(error, SyntaxError) and error.lineno:
        lines = [_place(error.filename or "?", error.lineno, (error.text or "").strip())]
    return {
        "type": type(error).__name__[:100],
        "bases": [base.__name__[:100] for base in type(error).__mro__[:10]],
        "text": text,
        "where": "\n".join(lines)[:_MAX_TEXT],
    }


def _is_theirs(filename: str) -> bool:
    """Whether a frame of a traceback is in the answer, not in Python, a library or this package."""
    libraries = (os.path.dirname(os.__file__), os.path.dirname(__file__), "<")
    return not filename.startswith(libraries) and "site-packages" not in filename


def _place(filename: str, line: int | str | None, code: str | None) -> str:
    return f"{os.path.basename(filename)}, line {line}: {code}"


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")

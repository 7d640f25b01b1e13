"""One training, in a process of its own that is watched from outside.

    bench                              process
    start with size and way     ->     import, make the data, get ready
    count from now              <-     "ready"
    "go"                        ->     train
    stop counting               <-     what came of it

As a program, ``python -m autograder.bench.forest.run``, it is that process, and speaks in lines of JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from autograder.bench.forest.data import Size, bytes_of, made
from autograder.bench.plan import BenchError
from autograder.observe import Observer
from autograder.procfs import descendants, proportional_bytes

_ALONE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_LOOK = 0.25  # s between looks at memory
_END = 60  # s for libraries to clear away what they have put into shared memory
_KNOWN_ROWS = 5000  # at most, of the training data, for a look at whether the forest has learnt anything

Line = dict[str, Any]


def measure(size: Size, way: str, seed: int = 1) -> Line:
    """Train once, and say what it cost.

    Parameters
    ----------
    size : Size
    way : str
        A name in `autograder.bench.forest.ways.WAYS`.
    seed : int
        Of the data and the forest.

    Returns
    -------
    dict
        "wall" (s), "usage" (`autograder.verdict.Usage` without its threads), "memory" (bytes, the highest
        proportional share of the whole tree of processes), "base" (the same before training), "data" (bytes
        of X), "written" and "loopback" (bytes, see `_written` and `_loopback`), and what came of it: "trees",
        "different", "score".

    Raises
    ------
    BenchError
        If the training fails; says how it ended.
    """
    question = json.dumps({"size": asdict(size), "way": way, "seed": seed})
    program = [sys.executable, "-m", "autograder.bench.forest.run"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(program, text=True, bufsize=1, env={**os.environ, **_ALONE}, **pipes) as process:  # type: ignore[call-overload]
        try:
            print(question, file=process.stdin, flush=True)
            _hear(process, way)
            with Observer(process.pid) as observer, _Memory(process.pid) as memory:
                observer.count_from_now()
                print("go", file=process.stdin, flush=True)
                done = _hear(process, way)
                usage = asdict(observer.usage(done["wall"]))
            told = _hear(process, way)
            process.wait(_END)
        finally:
            for pid in reversed(descendants(process.pid)):
                with suppress(ProcessLookupError):
                    os.kill(pid, 9)
            process.kill()
    del usage["threads"]
    return {**done, **told, "usage": usage, "memory": memory.highest, "base": memory.first}


def _hear(process: subprocess.Popen[str], way: str) -> Line:
    assert process.stdout is not None
    said = process.stdout.readline()
    if said:
        return dict(json.loads(said))
    raise BenchError(f"the training called {way!r} ended with exit code {process.wait()}; see above for why.")


class _Memory:
    """The highest proportional memory of a tree, looked at every now and then from a thread."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.first = self.highest = self._look()

    def __enter__(self) -> _Memory:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> int:
        return sum(map(proportional_bytes, descendants(self._root)))

    def _watch(self) -> None:
        while not self._over.wait(_LOOK):
            self.highest = max(self.highest, self._look())


def _written() -> int:
    """Bytes that this process and those that it has waited for have given to write(): pipes and files.

    The kernel counts them (wchar in /proc/PID/io, see proc_pid_io(5)). What is put into mapped memory is not
    among them, nor what is sent by send() (Dask: see `_loopback`).
    """
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(dict(line.split(": ") for line in lines)["wchar"])


def _loopback() -> int:
    """Bytes that have been sent on this machine's loopback, by whomever."""
    for line in Path("/proc/net/dev").read_text().splitlines():
        name, _, numbers = line.partition(":")
        if name.strip() == "lo":
            return int(numbers.split()[8])
    return 0


def main(questions: IO[str], answers: IO[str]) -> None:
    """Be the process that trains."""
    from sklearn.ensemble import RandomForestClassifier

    from autograder.bench.forest.ways import WAYS

    def say(line: Line) -> None:
        print(json.dumps(line), file=answers, flush=True)

    asked = json.loads(questions.readline())
    size = Size(**asked["size"])
    X, y = made(size, asked["seed"])
    tree_args = {"n_estimators": size.trees, "random_state": asked["seed"]}
    train = WAYS[asked["way"]].start(RandomForestClassifier, tree_args, X, y, size.processes)
    say({})
    questions.readline()
    written, sent = _written(), _loopback()
    started = time.perf_counter()
    forest = train()
    wall = time.perf_counter() - started
    written, sent = _written() - written, _loopback() - sent
    say({"wall": wall, "written": written, "loopback": sent, "data": bytes_of(X)})
    say(_learnt(forest, X[:_KNOWN_ROWS], y[:_KNOWN_ROWS]) if forest is not None else {})


def _learnt(forest: Any, X: Any, y: Any) -> Line:
    grown = forest.estimators_
    different = len({(tree.tree_.node_count, tree.tree_.threshold.tobytes()) for tree in grown})
    return {"trees": len(grown), "different": different, "score": float(forest.score(X, y))}


if __name__ == "__main__":
    # What trains may print: lines of JSON go where standard output was, everything else to standard error.
    with os.fdopen(os.dup(1), "w") as lines:
        os.dup2(2, 1)
        main(sys.stdin, lines)

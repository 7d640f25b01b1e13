"""A driver with a Dask cluster: the answer trains forests on workers that note every tree they grow.

runner: drive()
   |-- scheduler, in a thread of this process
   |-- worker 1, worker 2: processes of one thread each, connected to it by TCP on loopback
   |-- spare: a worker that joins when another was killed
   '-- client, handed to the function call after call --> forests as data, and what was seen

All of them write on one board in shared memory: trees begun and grown, bytes received. A worker reads there
what is to happen to it as well: in the middle of a tree it kills itself, or raises.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import gc
import importlib
import logging
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.sharedctypes import RawArray
from typing import Any, ClassVar

from autograder.drivers import Driver
from autograder.runner import described, forest_as_data

#: Text of the LookupError that a tree raises.
STRUCK = "this tree was struck by lightning"

_CALM, _RAISE, _KILL = range(3)
_MEET_SECONDS = 3.0  # a first tree waits so long for the first trees of the other workers
# A tree takes so much longer, so that all workers come into play; longest on the first worker, so that trees
# do not end in the order in which they were handed out.
_TREE_SECONDS, _FIRST_WORKER_SECONDS = 0.01, 0.04
_CONNECT_SECONDS = 20.0
_SILENCE = logging.CRITICAL + 1
_USABLE_SECONDS = 5.0
_RELEASE_SECONDS = 3.0  # for what the scheduler is about to forget
_LOOK_SECONDS = 0.005


@dataclass(frozen=True)
class Sparse:
    """A matrix in CSR form, as data: the arrays of `scipy.sparse.csr_matrix`."""

    data: Any
    indices: Any
    indptr: Any
    shape: tuple[int, int]


@dataclass(frozen=True)
class Training:
    """One call of ``function(model, tree_args, X, y, client)``.

    Parameters
    ----------
    model : str
        Name of a class of `sklearn.ensemble`.
    tree_args : dict
        Handed over, as a dict of its own.
    data : int
        Which X and y of the driver's.
    event : {"", "raise", "kill", "alone"}
        From its second tree on a worker raises LookupError; in its second tree one worker is killed, and
        another joins; or all workers but one have left before the call.
    """

    model: str
    tree_args: dict[str, Any]
    data: int
    event: str = ""


@dataclass(frozen=True)
class OnCluster(Driver):
    """Calls of a function with the client of a cluster, one after the other.

    Parameters
    ----------
    data : tuple of pairs
        X and y: arrays, `Sparse`, lists.
    calls : tuple of Training
    workers : int
        Workers of the cluster, at least 2.
    seconds : float
        What one call may take. Nothing is called after one that took longer.
    """

    imports: ClassVar[tuple[str, ...]] = ("distributed", "sklearn.ensemble")

    data: tuple[tuple[Any, Any], ...]
    calls: tuple[Training, ...]
    workers: int
    seconds: float = 15.0

    def drive(self, function: Callable[..., Any]) -> Any:
        """See `Driver.drive`.

        Returns
        -------
        list of dict
            For each call that was made: ``kind`` ("value", "error" or "timeout"); ``value``, the forest as
            data, and ``params``, what it says of the parameters in tree_args; ``error``,
            `autograder.runner.described` of what was raised; ``grown``, trees grown on each worker, the spare
            last, and in this process; ``received``, bytes that each worker received; ``killed``, whether a
            worker was; ``kept``, whether tree_args stayed as it was; ``held``, keys that the cluster holds
            since this call, looked at if it returned; ``usable``, whether the client still was; ``workers``,
            how many there were at first. After a call that left no usable client none is made.

        Raises
        ------
        BaseException
            What the first call raised.

        Notes
        -----
        Dask itself keeps the futures of a call that raised: the exception is stored with its future, and its
        traceback refers to the frames in which the others are.
        """
        data = [(_in_memory(x), y if type(y) is list else _in_memory(y)) for x, y in self.data]
        told = []
        with _Cluster(self.workers) as cluster:
            for call in self.calls:
                told.append(self._call(function, call, data[call.data], cluster))
                raised = told[-1].pop("raised", None)
                if raised is not None and len(told) == 1:
                    raise raised
                if told[-1]["kind"] == "timeout" or not told[-1]["usable"]:
                    break
        return told

    def _call(
        self, function: Callable[..., Any], call: Training, data: tuple[Any, Any], cluster: _Cluster
    ) -> dict[str, Any]:
        if call.event == "alone":
            cluster.leave_one()
        model = getattr(importlib.import_module("sklearn.ensemble"), call.model)
        handed = copy.deepcopy(call.tree_args)
        seen: dict[str, Any] = {"workers": cluster.size()}
        before = cluster.keys()
        board = cluster.board
        event = {"raise": _RAISE, "kill": _KILL}.get(call.event, _CALM)
        # Where they did not meet once they hardly will; only a worker that is to die must not be alone.
        enough = call.tree_args["n_estimators"] >= seen["workers"]
        board.clear(event, meet=enough and (event == _KILL or not board.missed[0]))
        seen.update(_in_thread(function, (model, handed, *data, cluster.client), self.seconds))
        seen["grown"], seen["received"] = list(board.grown), list(board.received)[:-1]
        seen["killed"] = bool(board.died[0])
        board.clear(_CALM, meet=False)
        seen["kept"] = repr(handed) == repr(call.tree_args)
        seen["usable"] = seen["kind"] != "timeout" and cluster.usable()
        seen["held"] = cluster.held(before) if seen["usable"] and seen["kind"] == "value" else []
        if seen["usable"] and seen["kind"] == "error":
            cluster.call_off()
        return seen


def _in_memory(array: Any) -> Any:
    """An array of one's own; what came over a channel is read-only."""
    if type(array) is Sparse:
        from scipy.sparse import csr_matrix

        parts = tuple(map(_in_memory, (array.data, array.indices, array.indptr)))
        return csr_matrix(parts, shape=array.shape)
    return array.copy()


def _in_thread(function: Callable[..., Any], arguments: tuple[Any, ...], seconds: float) -> dict[str, Any]:
    """What came of a call that may hang: then it is left behind."""
    told: dict[str, Any] = {"kind": "timeout"}

    def target() -> None:
        try:
            forest = function(*arguments)
            told.update(value=forest_as_data(forest), params=_params(forest, arguments[1]), kind="value")
        except BaseException as error:
            told.update(error=described(error), raised=error, kind="error")

    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    thread.join(seconds)
    return dict(told)


def _params(forest: Any, names: Any) -> Any:
    """What the forest says that it was asked for, of these parameters."""
    try:
        told = forest.get_params(deep=False)
        return {name: told[name] for name in names}
    except Exception:  # whatever it is that came back
        return {}


class _Board:
    """What is told about the workers and to them; one cell each, and the last for this process.

    Parameters
    ----------
    context
        Of multiprocessing, in which the workers are started.
    workers : int
        The spare among them.
    """

    def __init__(self, context: Any, workers: int) -> None:
        self.begun = RawArray("q", workers + 1)
        self.grown = RawArray("q", workers + 1)
        self.received = RawArray("q", workers + 1)
        self.port = RawArray("q", workers)  # of the scheduler, once this worker is to connect to it
        self.gone = RawArray("b", workers)
        self.event = RawArray("b", 1)
        self.meet = RawArray("b", 1)
        self.missed = RawArray("b", 1)
        self.died = RawArray("q", 1)  # worker + 1
        self.lock = context.Lock()

    def clear(self, event: int, meet: bool) -> None:
        """Begin to count from 0 again; `meet` lets a worker's first tree wait for those of the others."""
        self.event[0] = _CALM
        for cells in (self.begun, self.grown, self.received, self.died):
            for place in range(len(cells)):
                cells[place] = 0
        self.meet[0] = meet
        self.event[0] = event

    def others(self, me: int) -> list[int]:
        """The workers that are there, but for one."""
        return [one for one, port in enumerate(self.port) if port and not self.gone[one] and one != me]

    def begin(self, me: int) -> None:
        """Worker `me` begins a tree."""
        self.begun[me] += 1
        if self.meet[0] and self.begun[me] == 1:
            end = time.monotonic() + _MEET_SECONDS
            while not (met := all(self.begun[one] for one in self.others(me))) and time.monotonic() < end:
                time.sleep(_LOOK_SECONDS)
            self.missed[0] |= not met
        time.sleep(_TREE_SECONDS if me else _FIRST_WORKER_SECONDS)
        if self.begun[me] < 2:
            return
        if self.event[0] == _RAISE:
            raise LookupError(STRUCK)
        if self.event[0] == _KILL and self._may_die(me):
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))

    def _may_die(self, me: int) -> bool:
        """Whether worker `me` is the one to die, and then it must: another has begun, so it has the data."""
        with self.lock:
            if self.died[0] or not any(self.begun[one] for one in self.others(me)):
                return False
            self.died[0] = me + 1
            self.gone[me] = 1
            self.port[-1] = self.port[me]
            return True


def _note_trees(board: _Board, me: int) -> None:
    """Note on the board every tree that this process grows from now on."""
    from sklearn.tree._classes import BaseDecisionTree

    fit = BaseDecisionTree._fit
    worker = me < len(board.port)

    def noted(*arguments: Any, **options: Any) -> Any:
        if worker:
            board.begin(me)
        tree = fit(*arguments, **options)
        board.grown[me] += 1
        return tree

    BaseDecisionTree._fit = noted


def _note_bytes(board: _Board, me: int) -> None:
    """Note on the board every byte that this process receives over TCP from now on."""
    from tornado.iostream import IOStream

    read = IOStream.read_from_fd

    def noted(stream: IOStream, buffer: bytearray | memoryview) -> int | None:
        number = read(stream, buffer)
        board.received[me] += number or 0
        return number

    IOStream.read_from_fd = noted  # type: ignore[assignment, method-assign]


def _quiet() -> None:
    """Let Dask log nothing: what it has to say about workers that are killed is no news here."""
    for name in list(logging.root.manager.loggerDict):
        if name.startswith("distributed"):
            logging.getLogger(name).setLevel(_SILENCE)


def _serve(board: _Board, me: int, folder: str) -> None:
    """Be a worker: connect when told to, and work until killed."""
    from distributed import Worker

    async def work() -> None:
        address = f"tcp://127.0.0.1:{board.port[me]}"
        options: dict[str, Any] = {"nthreads": 1, "memory_limit": None, "dashboard": False}
        async with Worker(address, name=f"worker {me + 1}", local_directory=folder, **options) as worker:
            await worker.finished()

    _quiet()
    _note_trees(board, me)
    _note_bytes(board, me)
    while not board.port[me]:
        time.sleep(_LOOK_SECONDS)
    asyncio.run(work())


class _Cluster:
    """A scheduler in this process, workers in processes of their own, and a client.

    Parameters
    ----------
    workers : int
        Connected at first; one more waits.
    """

    client: Any

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._patience = _RELEASE_SECONDS
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> _Cluster:
        import distributed

        _quiet()
        # Forked before this process has any thread, a worker is there at once: it need not import anything.
        context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
        self.board = _Board(context, self._workers + 1)
        with self._stack as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
            self._processes = [
                context.Process(target=_serve, args=(self.board, me, folder), daemon=True)
                for me in range(self._workers + 1)
            ]
            stack.callback(self._kill)
            for process in self._processes:
                process.start()
            stack.enter_context(_trees_noted(self.board, self._workers + 1))
            stack.callback(_end_helpers)
            self._local = stack.enter_context(
                distributed.LocalCluster(
                    n_workers=0,
                    host="127.0.0.1",
                    dashboard_address="127.0.0.1:0",
                    silence_logs=logging.CRITICAL + 1,
                )
            )
            port = int(self._local.scheduler_address.rpartition(":")[2])
            for me in range(self._workers):
                self.board.port[me] = port
            self.client = distributed.Client(self._local)
            stack.callback(
                self.client.close
            )  # no `with`: an answer that has one of its own would trip over it
            self.client.wait_for_workers(self._workers, timeout=_CONNECT_SECONDS)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._stack.close()

    def _kill(self) -> None:
        for process in self._processes:
            if process.pid is not None:
                process.kill()
                process.join()
                process.close()

    def size(self) -> int:
        """Workers that are connected."""
        return len(self._local.scheduler.workers)

    def leave_one(self) -> None:
        """End all workers but one, and wait until the scheduler knows."""
        there = [me for me, port in enumerate(self.board.port) if port and not self.board.gone[me]]
        for me in there[1:]:
            self.board.gone[me] = 1
            self._processes[me].kill()
        end = time.monotonic() + _CONNECT_SECONDS
        while self.size() > 1 and time.monotonic() < end:
            time.sleep(_LOOK_SECONDS)

    def usable(self) -> bool:
        """Whether the client and the cluster can still be used."""
        try:
            future = self.client.submit(pow, 2, 5, pure=False)
            return bool(future.result(timeout=_USABLE_SECONDS) == 32)
        except Exception:
            return False

    def call_off(self) -> None:
        """End what still goes on for a call that raised: its trees are none of the next one's."""
        from distributed import Future

        futures: list[Any] = [Future(key, self.client) for key in list(self.client.futures)]
        self.client.cancel(futures, force=True)
        self.held(set())

    def keys(self) -> set[str]:
        """What the cluster holds or is about to compute."""
        return {str(key) for key in list(self._local.scheduler.tasks)}

    def held(self, before: set[str]) -> list[str]:
        """What it holds that it did not hold before, once it had a while to forget."""
        gc.collect()
        end = time.monotonic() + self._patience
        while (held := self.keys() - before) and time.monotonic() < end:
            time.sleep(_LOOK_SECONDS)
        self._patience = 0.0 if held else self._patience  # it was found, and need not be waited for again
        return sorted(key[:100] for key in held)


@contextlib.contextmanager
def _trees_noted(board: _Board, me: int) -> Iterator[None]:
    """As `_note_trees`, for a while."""
    from sklearn.tree._classes import BaseDecisionTree

    fit = BaseDecisionTree._fit
    _note_trees(board, me)
    try:
        yield
    finally:
        BaseDecisionTree._fit = fit


def _end_helpers() -> None:
    """End the threads that Dask keeps for as long as the process lives."""
    from distributed import utils

    utils._offload_executor.shutdown()

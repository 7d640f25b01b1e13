"""Drivers for what processes share: a manager's dict, texts, a block of shared memory.

runner: driver.drive(the answer's function)
    |-- Manager process, for `Scores` and whatever the answer starts
    |-- the answer's workers, who leave notes in a folder   (`Texts`)
    |-- the answer's workers, attached to the block         (`Matrix`)
    '-- looks at what is left: in a process of its own, in the folder, in the block
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import shake_128
from multiprocessing.connection import Connection
from multiprocessing.managers import BaseManager, DictProxy, SyncManager
from multiprocessing.pool import ExceptionWithTraceback  # type: ignore[attr-defined]
from multiprocessing.shared_memory import SharedMemory
from threading import BrokenBarrierError
from time import sleep
from typing import Any

from autograder.drivers import Driver
from autograder.tasks import SlowText, notes

_SLOW_SECONDS = 0.02
_BARRIER_SECONDS = 5.0


@dataclass(frozen=True)
class Gathering(Driver):
    """Call ``function(func, items, processes)``, and see how many managers it starts.

    `drive` returns what the function returned, the number of managers that this process started meanwhile,
    and this process.
    """

    func: Callable[[Any], Any]
    items: tuple[Any, ...]
    processes: int

    def drive(self, function: Callable[..., Any]) -> Any:
        """See `Driver.drive`."""
        with _managers_counted() as started:
            value = function(self.func, list(self.items), self.processes)
        return value, len(started), os.getpid()


@contextlib.contextmanager
def _managers_counted() -> Iterator[list[str]]:
    """The names of the managers' classes that are started in this process."""
    started: list[str] = []
    start = BaseManager.start

    def counted(manager: BaseManager, *arguments: Any, **options: Any) -> None:
        start(manager, *arguments, **options)
        started.append(type(manager).__name__)

    BaseManager.start = counted  # type: ignore[assignment, method-assign]
    try:
        yield started
    finally:
        BaseManager.start = start  # type: ignore[method-assign]


class _SlowDict(dict):
    """A dict in which everyone who reads has time to be overtaken before he writes."""

    def __getitem__(self, key: Any) -> Any:
        value = super().__getitem__(key)
        sleep(_SLOW_SECONDS)
        return value

    def get(self, key: Any, default: Any = None) -> Any:
        value = super().get(key, default)
        sleep(_SLOW_SECONDS)
        return value

    def copy(self) -> dict:
        value = dict(self)
        sleep(_SLOW_SECONDS)
        return value

    def items(self) -> Any:
        return self.copy().items()


class _SlowManager(SyncManager):
    """A manager of such dicts."""


_SlowManager.register("dict", _SlowDict, DictProxy)


@dataclass(frozen=True)
class Scores(Driver):
    """Call ``function(scores, student, score)`` in processes that share ``Manager().dict()``.

    `drive` returns the dict as a process sees it that was started last, and only looks.

    Parameters
    ----------
    known : dict of str to list
        What is in the dict at first.
    calls : tuple of pairs
        Student and score, one call each.
    at_once : bool
        One process a student, all at the same time; otherwise one a call, one after the other.
    """

    known: dict[str, list[Any]]
    calls: tuple[tuple[str, Any], ...]
    at_once: bool = False

    def drive(self, function: Callable[..., Any]) -> Any:
        """See `Driver.drive`."""
        maker = _SlowManager() if self.at_once else SyncManager()
        maker.start()
        with maker as manager:
            scores = manager.dict(self.known)
            for together in self.groups():
                barrier = multiprocessing.Barrier(len(together))
                _in_processes([(_add, (function, scores, calls, barrier)) for calls in together])
            return _in_processes([(_look, (scores,))])[0]

    def groups(self) -> list[list[list[tuple[str, Any]]]]:
        """The calls, by who runs at the same time, and by process."""
        if not self.at_once:
            return [[[call]] for call in self.calls]
        students = dict.fromkeys(student for student, _ in self.calls)
        return [[[call for call in self.calls if call[0] == student] for student in students]]


def _add(
    function: Callable[..., Any], scores: Any, calls: list[tuple[str, Any]], barrier: Any = None
) -> None:
    with contextlib.suppress(BrokenBarrierError):
        barrier.wait(_BARRIER_SECONDS)
    for student, score in calls:
        function(scores, student, score)


def _look(scores: Any) -> Any:
    return scores.copy()


def _in_processes(tasks: list[tuple[Callable[..., Any], tuple[Any, ...]]]) -> list[Any]:
    """Call each function with its arguments, in a process each, all at once; raise what one raised."""
    begun, answers = [], []
    for function, arguments in tasks:
        mine, theirs = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.Process(target=_answer, args=(theirs, function, arguments))
        process.start()
        theirs.close()
        begun.append((process, mine))
    for process, mine in begun:
        try:
            answers.append(mine.recv())
        except EOFError:
            process.join()
            how = f"a process that called the function ended early, with exit code {process.exitcode}"
            answers.append((False, RuntimeError(how)))
        mine.close()
        process.join()
    for good, value in answers:
        if not good:
            raise value
    return [value for _, value in answers]


def _answer(connection: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    try:
        answer = (True, function(*arguments))
    except Exception as error:
        answer = (False, ExceptionWithTraceback(error, error.__traceback__))
    connection.send(answer)
    connection.close()


@dataclass(frozen=True)
class Texts(Driver):
    """Call ``function(texts, processes)`` with texts that are slow to split.

    `drive` returns what the function returned, and when each text was split: (begun, ended), in seconds.

    Parameters
    ----------
    texts : tuple of str
    processes : int
        Handed over.
    rounds, seconds, meet
        See `SlowText`.
    noted : bool
        Whether to note when texts are split.
    """

    texts: tuple[str, ...]
    processes: int
    rounds: int = 0
    seconds: float = 0.0
    meet: int = 0
    noted: bool = True

    def drive(self, function: Callable[..., Any]) -> Any:
        """See `Driver.drive`."""
        with tempfile.TemporaryDirectory() as folder:
            where = folder if self.noted else ""
            texts = [SlowText(text, self.rounds, self.seconds, where, self.meet) for text in self.texts]
            value = function(texts, self.processes)
            return value, sorted(times for _, times in notes(folder, "split"))


@dataclass(frozen=True)
class Matrix(Driver):
    """Call ``function(func, name, shape, dtype, processes)`` on a matrix in a block of shared memory.

    `drive` returns the bytes of the matrix and of what lies behind it, whether the block still has its
    name, and how many bytes this process and its children wrote meanwhile (None where nobody counts).

    Parameters
    ----------
    func : callable
        Handed over.
    shape : tuple of int
        Rows and columns.
    dtype : str
    processes : int
        Handed over.
    key : str
        Of the first content: numbers of single bytes. Empty for 0, 1, 2, and so on.
    form : {"text", "dtype", "type"}
        How the function is told the dtype: "int32", numpy.dtype("int32") or numpy.int32.
    spare : int
        Bytes of the block behind the matrix.
    """

    func: Callable[[Any], Any]
    shape: tuple[int, int]
    dtype: str
    processes: int
    key: str = ""
    form: str = "text"
    spare: int = 0

    def numbers(self) -> bytes:
        """The first content of the matrix, a byte for each number."""
        count = self.shape[0] * self.shape[1]
        return (
            shake_128(self.key.encode()).digest(count)
            if self.key
            else bytes(number % 256 for number in range(count))
        )

    def drive(self, function: Callable[..., Any]) -> Any:
        """See `Driver.drive`."""
        numbers = self.numbers()
        told: Any = self.dtype
        if self.dtype != "uint8" or self.form != "text":
            import numpy

            numbers = numpy.frombuffer(numbers, numpy.uint8).astype(self.dtype).tobytes()
            kind = numpy.dtype(self.dtype)
            told = {"text": self.dtype, "dtype": kind, "type": kind.type}[self.form]
        size = len(numbers)
        block = SharedMemory(create=True, size=size + self.spare or 64)
        try:
            memory: Any = block.buf
            memory[: size + self.spare] = numbers + b"\xa5" * self.spare
            before = written_bytes()
            function(self.func, block.name, self.shape, told, self.processes)
            after = written_bytes()
            written = None if before is None or after is None else after - before
            left = bytes(memory[: size + self.spare])
            return left[:size], left[size:], _is_there(block.name), written
        finally:
            block.close()
            with contextlib.suppress(FileNotFoundError):
                block.unlink()


def written_bytes() -> int | None:
    """Bytes that this process and the children it has waited for have written, pipes included."""
    with contextlib.suppress(OSError), open("/proc/self/io") as file:
        return int(dict(line.split(":") for line in file)["wchar"])
    return None


def _is_there(name: str) -> bool:
    try:
        again = SharedMemory(name)
    except FileNotFoundError:
        return False
    again.close()
    return True

"""Drivers with locks: the answer's function in several processes at once, on numbers and locks that watch it.

runner: drive() --- starts ---> process 1 ... process n: each makes its calls, one after the other
   |                               |
   | looks at the board until      '--> counter, accounts, locks (`autograder.watched`), on one board
   | all have ended, or some
   v wait for ever
numbers, answers, writes, locks that are not free: only data goes back
"""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import Lock, Pipe, Process, Value
from multiprocessing.connection import Connection, wait
from multiprocessing.pool import ExceptionWithTraceback  # type: ignore[attr-defined]
from tempfile import TemporaryDirectory
from typing import Any, cast

from autograder.drivers import Driver
from autograder.tasks import Meets
from autograder.watched import DONE, Accounts, Board, Counter, Numbers

_LOOK_SECONDS = 0.03  # between two looks at who waits for whom
_STUCK_SECONDS = 0.15  # who is seen to wait in the same circle for so long waits for ever
_END_SECONDS = 1.0  # for a process that has told all


@dataclass(frozen=True)
class Watched(Driver):
    """Calls of a function in several processes at once, on the same numbers and locks.

    Parameters
    ----------
    start : dict of str or int to int
        The numbers, by name.
    calls : tuple of tuples of tuples
        For each process, the calls that it makes one after the other: the arguments behind those that
        `things` makes.
    unreadable : int, optional
        See `Numbers`.
    caught : bool
        Errors of the function come back as data and the next call is made; otherwise the first is raised.
    """

    start: dict[Any, int]
    calls: tuple[tuple[tuple[Any, ...], ...], ...]
    unreadable: int | None = None
    caught: bool = False

    def things(self, numbers: Numbers) -> tuple[Any, ...]:
        """The first arguments of each call."""
        raise NotImplementedError

    def drive(self, function: Callable[..., Any]) -> Any:
        """See `Driver.drive`.

        Returns
        -------
        dict
            ``stuck``: see `Board.stuck`, with the locks' names; nothing else counts unless it is empty.
            ``numbers`` at the end. ``answers`` for each process, a list of ``("returned", value)`` or
            ``("raised", names of the type and its bases, text)``. ``writes`` as `Numbers.write` notes
            them, process by process. ``held``: names of the locks that are not free.
        """
        numbers = Numbers(self.start, len(self.calls), self.unreadable)
        children: list[Process] = []
        readers: dict[Any, int] = {}
        try:
            for me in range(len(self.calls)):
                reader, writer = Pipe(duplex=False)
                child = Process(target=_child, args=(writer, self, numbers, me, function))
                child.start()
                children.append(child)
                writer.close()
                readers[reader] = me
            told, stuck = _listen(numbers.board, children, readers)
        finally:
            for child in children:
                if not readers:  # all have told, and end by themselves
                    child.join(_END_SECONDS)
                child.kill()
                child.join()
        names = list(self.start)
        return {
            "stuck": [(one, names[lock], holder, ended) for one, lock, holder, ended in stuck],
            "numbers": dict(zip(names, numbers.cells, strict=True)),
            "answers": [told[me][0] for me in sorted(told)],
            "writes": [write for me in sorted(told) for write in told[me][1]],
            "held": [name for name, holder in zip(names, numbers.board.holder, strict=True) if holder],
        }


def _listen(
    board: Board, children: list[Process], readers: dict[Any, int]
) -> tuple[dict[int, Any], list[tuple[int, int, int, bool]]]:
    """What the processes tell at their end; or, if some wait for ever, who waits for whom."""
    told: dict[int, Any] = {}
    last, since = None, 0.0
    while readers:
        for reader in wait(list(readers), _LOOK_SECONDS):
            me = readers[reader]
            try:
                ended, told[me] = cast(Connection, reader).recv()
            except EOFError:
                children[me].join()
                raise RuntimeError(
                    f"process {me + 1} ended in the call, with exit status {children[me].exitcode}"
                ) from None
            if not ended:
                raise told[me]
            board.state[me] = DONE
            del readers[reader]
        stuck = board.stuck()
        if (stuck, board.holds[:]) != last:
            last, since = (stuck, board.holds[:]), time.monotonic()
        if stuck and time.monotonic() - since > _STUCK_SECONDS:
            return told, stuck
    return told, []


def _child(connection: Connection, driver: Watched, numbers: Numbers, me: int, function: Any) -> None:
    try:
        numbers.enter(me)
        things = driver.things(numbers)
        answers = [_called(function, (*things, *call), driver.caught) for call in driver.calls[me]]
        connection.send((True, (answers, numbers.writes)))
    except BaseException as error:
        connection.send((False, _sendable(error)))
    connection.close()


def _called(function: Callable[..., Any], arguments: tuple[Any, ...], caught: bool) -> tuple[Any, ...]:
    try:
        return "returned", function(*arguments)
    except Exception as error:
        if not caught:
            raise
        return "raised", [base.__name__ for base in type(error).__mro__], str(error)


def _sendable(error: BaseException) -> Any:
    """The error with its traceback as text, as a pool sends it; or one that can be pickled in its place."""
    try:
        sent = ExceptionWithTraceback(error, error.__traceback__)
        pickle.loads(pickle.dumps(sent))
        return sent
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")


@dataclass(frozen=True)
class Increments(Watched):
    """Call ``function(counter, lock, times)``; the only number is the counter's."""

    def things(self, numbers: Numbers) -> tuple[Any, ...]:
        """See `Watched.things`."""
        ((name, lock),) = numbers.locks.items()
        return Counter(numbers, name), lock


@dataclass(frozen=True)
class Transfers(Watched):
    """Call ``function(accounts, locks, source, target, amount)``; the numbers are the accounts."""

    def things(self, numbers: Numbers) -> tuple[Any, ...]:
        """See `Watched.things`."""
        return Accounts(numbers), dict(numbers.locks)


@dataclass(frozen=True)
class RealIncrements(Driver):
    """Call ``function(counter, lock, times)`` with multiprocessing's `Value` and `Lock`; return the value.

    Parameters
    ----------
    times : tuple of int
        For each process.
    """

    times: tuple[int, ...]

    def drive(self, function: Callable[..., Any]) -> int:
        """See `Driver.drive`."""
        counter, lock = Value("q", 0, lock=False), Lock()
        children = [Process(target=function, args=(counter, lock, times)) for times in self.times]
        for child in children:
            child.start()
        for child in children:
            child.join()
        return int(counter.value)


@dataclass(frozen=True)
class Meetings(Driver):
    """Call ``function(prepare, use, items, processes, limit)`` whose calls wait until enough are under way.

    Parameters
    ----------
    key : str
        Of what `prepare` and `use` return; see `Meets`.
    items : tuple
    processes, limit : int
        Handed over. As many processes are to meet in `prepare`, and `limit` of them in `use`.
    seconds : float
        How long the first who come wait for the others.
    """

    key: str
    items: tuple[Any, ...]
    processes: int
    limit: int
    seconds: float

    def drive(self, function: Callable[..., Any]) -> Any:
        """See `Driver.drive`: what the function returned."""
        with TemporaryDirectory() as folder:
            prepare = Meets(self.key, folder, "prepare", self.processes, self.seconds)
            use = Meets(self.key, folder, "use", self.limit, self.seconds)
            return function(prepare, use, list(self.items), self.processes, self.limit)

"""A crew of worker processes for a class: each does one job at a time, and none outlives its caller.

    caller --- pipe, a job ------------> worker: do(job), in the machine's slot together with the others
           <-- pipe, what came of it ---         a worker that is killed is replaced, its job tried once more

Workers are started anew (spawn), whatever the start method of the answers: they inherit no thread, no lock
and no open gradebook. A worker whose caller dies, however it dies, kills itself, and with it end its boxes.
Ctrl-C reaches the caller alone, which stops the workers; each ends its box before it goes.
"""

from __future__ import annotations

import collections
import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any

from autograder import machine
from autograder.timing import HarnessError

_TRIES = 2  # a job that kills its worker twice is not given to a third
_END_SECONDS = 10.0  # for a worker to end its box


@dataclass
class _Worker:
    process: Any
    pipe: Connection
    job: Any = None
    busy: bool = False


@dataclass(frozen=True)
class Done:
    """What came of a job: `value`, or the `error` that it raised."""

    job: Any
    value: Any = None
    error: BaseException | None = None


@dataclass
class Crew:
    """Worker processes, started as they are needed; a context manager.

    Parameters
    ----------
    do : callable
        What a worker does with a job: a function at the top level of a module, which is called as
        ``do(job, *common)``. What it returns or raises must survive pickling.
    common : tuple
        What is the same for every job; sent once to each worker.
    size : int
        Workers at most. With 0 there are none, and jobs are done in this process, when they are asked for.
    started : callable
        Told each job as it is begun.
    """

    do: Callable[..., Any]
    common: tuple[Any, ...]
    size: int
    started: Callable[[Any], None] = lambda job: None
    _waiting: collections.deque[Any] = field(default_factory=collections.deque)
    _mine: collections.deque[Any] = field(default_factory=collections.deque)
    _workers: list[_Worker] = field(default_factory=list)
    _tries: collections.Counter[Any] = field(default_factory=collections.Counter)

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def add(self, job: Any, here: bool = False) -> None:
        """Put a job, which can be hashed and pickled, at the end of the queue.

        With `here` it is done in this process, as soon as the results are asked for.
        """
        if here or not self.size:
            self._mine.append(job)
        else:
            self._waiting.append(job)
            self._hand_out()

    def results(self) -> Iterator[Done]:
        """What came of each job, as it comes, until none is left; jobs may be added meanwhile."""
        while self._mine or self._waiting or any(worker.busy for worker in self._workers):
            self._hand_out()
            if self._mine:
                yield self._do_here(self._mine.popleft())
                continue
            by_pipe = {worker.pipe: worker for worker in self._workers if worker.busy}
            for pipe in wait(list(by_pipe)):
                done = self._hear(by_pipe[pipe])  # type: ignore[index]
                self._hand_out()
                if done is not None:
                    yield done

    def close(self) -> None:
        """Stop all workers and what they have in hand; jobs that wait are forgotten."""
        self._waiting.clear()
        self._mine.clear()
        for worker in self._workers:
            if worker.busy:
                worker.process.terminate()
            worker.pipe.close()
        for worker in self._workers:
            worker.process.join(_END_SECONDS)
            if worker.process.exitcode is None:
                worker.process.kill()
                worker.process.join()
        self._workers.clear()

    def _do_here(self, job: Any) -> Done:
        self.started(job)
        with machine.working_slot():
            try:
                return Done(job, self.do(job, *self.common))
            except Exception as error:
                return Done(job, error=error)

    def _hand_out(self) -> None:
        while self._waiting:
            free = next((worker for worker in self._workers if not worker.busy), None)
            if free is None and len(self._workers) == self.size:
                return
            job = self._waiting.popleft()
            worker = free or self._hire()
            worker.job, worker.busy = job, True
            with contextlib.suppress(OSError):  # a dead one is found out when it is listened to
                worker.pipe.send(job)
            self.started(job)

    def _hire(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs, self.do, self.common), daemon=False)
        process.start()
        theirs.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        return worker

    def _hear(self, worker: _Worker) -> Done | None:
        job, worker.job, worker.busy = worker.job, None, False
        try:
            value, error = worker.pipe.recv()
        except (EOFError, OSError):
            worker.process.join()
            worker.pipe.close()
            self._workers.remove(worker)
            self._tries[job] += 1
            if self._tries[job] < _TRIES:
                self._waiting.appendleft(job)
                return None
            how = f"exit status {worker.process.exitcode}"
            return Done(
                job,
                error=HarnessError(
                    f"a worker process of the grader ended ({how}) at {job}, twice. Was it killed, or is the "
                    "machine out of memory? Run the command again: what is stored is kept."
                ),
            )
        return Done(job, value, error)


def crew_size() -> int:
    """Workers for this machine: one a usable core; none where there is only one core."""
    usable = machine.usable_cores()
    return usable if usable > 1 else 0


def _stop(*_signal: object) -> None:
    signal.signal(signal.SIGTERM, lambda *_: None)  # once: what is under way is being ended
    raise KeyboardInterrupt


def _work(pipe: Connection, do: Callable[..., Any], common: tuple[Any, ...]) -> None:
    """A worker's life."""
    # Not SIG_IGN: that would be inherited by what is started here, and answers would not know Ctrl-C.
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, _stop)
    threading.Thread(target=_die_with_the_caller, name="die-with-the-caller", daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt, EOFError, OSError):
        while True:
            job = pipe.recv()
            told: tuple[Any, Exception | None]
            try:
                with machine.working_slot():
                    told = do(job, *common), None
            except Exception as error:
                error.__traceback__ = None
                told = None, error
            pipe.send(told)


def _die_with_the_caller() -> None:
    caller = multiprocessing.parent_process()
    if caller is not None:
        wait([caller.sentinel])
        os.kill(os.getpid(), signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)

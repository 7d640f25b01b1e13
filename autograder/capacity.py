"""What processes can really do on this machine now: p at once, against one alone.

    measure ---- begin, end ------------> worker 0 .. p-1   hash until `end`, count from `begin` on
            <--- hashes, seconds, CPU ---                   (told to one of them, or to all)

Slices with one worker and slices with all of them come in pairs, each pair in random order, so that a
changing clock or a busy neighbour meets both alike. What a slice does before `begin` is a run-in and
not counted: by then the cores have their pace, and the unspent part of a cgroup's quota is gone.
"""

from __future__ import annotations

import contextlib
import math
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean, median, stdev
from typing import Any

from autograder import machine
from autograder.beside import Account, Beside
from autograder.tasks import chain

SLICE_SECONDS = 0.25
RUN_IN_SECONDS = 0.1  # the period of most quotas
MOST_PROCESSES = 4  # as many as a speed run uses
_BATCH = 1000  # hashes between two looks at the clock, less than a millisecond


class CapacityError(Exception):
    """The measuring itself failed, so nothing is known about the capacity."""


@dataclass(frozen=True)
class Slice:
    """A quarter of a second of hashing.

    Parameters
    ----------
    at : float
        When it began, in seconds after the first.
    workers : int
        How many hashed at once.
    rate : float
        Hashes a second, of all workers together.
    got : float
        Cores that the workers had, on average: CPU time over wall time, summed.
    """

    at: float
    workers: int
    rate: float
    got: float


@dataclass(frozen=True)
class Capacity:
    """What `processes` at once did, as multiples of what one of them did alone.

    Parameters
    ----------
    processes : int
        How many at once.
    slices : tuple of Slice
        In the order they were taken; at least one of each kind.
    beside : Beside or None
        None where the system does not tell.
    interrupted : bool
        Whether somebody ended it before its time.

    Examples
    --------
    >>> slices = (Slice(0, 1, 90.0, 1), Slice(1, 2, 160.0, 2), Slice(2, 2, 150.0, 2), Slice(3, 1, 110.0, 1))
    >>> seen = Capacity(2, slices)
    >>> seen.value, seen.low, seen.high, round(seen.noise, 2)
    (1.55, 1.5, 1.6, 0.14)
    """

    processes: int
    slices: tuple[Slice, ...]
    beside: Beside | None = None
    interrupted: bool = False

    def __post_init__(self) -> None:
        if not self._of(1) or not self._of(self.processes):
            raise ValueError(f"{len(self.slices)} slices, but not one of each kind: measure for longer")

    def _of(self, workers: int) -> list[Slice]:
        return [piece for piece in self.slices if piece.workers == workers]

    def _points(self, workers: int) -> tuple[tuple[float, float], ...]:
        unit = mean(piece.rate for piece in self._of(1))
        return tuple((piece.at, piece.rate / unit) for piece in self._of(workers))

    @property
    def alone(self) -> tuple[tuple[float, float], ...]:
        """Time in seconds and speed of each slice with one process; their mean is 1 by definition."""
        return self._points(1)

    @property
    def together(self) -> tuple[tuple[float, float], ...]:
        """Time in seconds and speed of each slice with all processes, in processes alone."""
        return self._points(self.processes)

    @property
    def value(self) -> float:
        """The capacity, in cores: the mean of `together`, since work adds up over the slices."""
        return mean(speed for _, speed in self.together)

    @property
    def low(self) -> float:
        """The slowest slice with all processes."""
        return min(speed for _, speed in self.together)

    @property
    def high(self) -> float:
        """The fastest slice with all processes."""
        return max(speed for _, speed in self.together)

    @property
    def noise(self) -> float:
        """Coefficient of variation of the speed of one process alone; NaN if it had one slice."""
        speeds = [speed for _, speed in self.alone]
        return stdev(speeds) / mean(speeds) if len(speeds) > 1 else math.nan

    @property
    def got(self) -> float:
        """Cores that all processes had together: less than `processes` if others or a quota took some."""
        return mean(piece.got for piece in self._of(self.processes))

    @property
    def got_alone(self) -> float:
        """What one process alone had of a core."""
        return mean(piece.got for piece in self._of(1))

    @property
    def pace(self) -> float:
        """Work per CPU second with all processes, over the same with one: what sharing costs a core."""
        together, alone = (_paces(self._of(workers)) for workers in (self.processes, 1))
        return median(together) / median(alone)

    @property
    def swing(self) -> float:
        """Fastest over slowest work per CPU second of one process: boost, and neighbours unseen."""
        paces = _paces(self._of(1))
        return max(paces) / min(paces)

    @property
    def seconds(self) -> float:
        """From the begin of the first slice to the end of the last."""
        return self.slices[-1].at + SLICE_SECONDS

    def to_json(self) -> dict[str, Any]:
        """Everything measured, and what follows from it, as plain data."""
        follows = ("value", "low", "high", "noise", "got", "got_alone", "pace", "swing", "seconds")
        numbers = {name: getattr(self, name) for name in follows}
        return {
            **{name: number if math.isfinite(number) else None for name, number in numbers.items()},
            **asdict(self),
        }


def _paces(slices: list[Slice]) -> list[float]:
    return [piece.rate / max(piece.got, 1e-6) for piece in slices]


def processes_to_try() -> int:
    """As many as a speed run would use had it all the cores of the affinity; two at least.

    A second process on one core, or under a quota of one, shows that there is nothing to gain.
    """
    return min(max(2, machine.cores().affinity), MOST_PROCESSES)


def measure(
    seconds: float = 20.0,
    processes: int | None = None,
    progress: Callable[[str], None] = lambda stage: None,
    folder: Path | None = None,
) -> Capacity | None:
    """Measure in the machine's timing slot, never beside a speed run.

    An interrupt (Ctrl-C, or Kernel, Interrupt) ends it early and what was seen so far comes back.

    Parameters
    ----------
    seconds : float
        How long to measure, without the wait for the slot; one pair of slices is always taken.
    processes : int, optional
        How many at once, at least 2; `processes_to_try` unless told.
    progress : callable
        Told what is going on, a few words at a time.
    folder : Path, optional
        Where the timing slot's lock file lies; see `machine.timing_slot`.

    Returns
    -------
    Capacity or None
        None if it was interrupted before the first pair of slices was complete.

    Raises
    ------
    CapacityError
        If a worker did not start, or ended.
    """
    processes = processes or processes_to_try()
    seen = _Seen([])
    interrupted = False
    try:
        with machine.timing_slot(
            lambda waited: progress(f"waiting for the timing slot ({waited:.0f} s)"), folder
        ):
            _take_slices(seen, seconds, processes, progress)
    except KeyboardInterrupt:
        interrupted = True
    pairs = len(seen.slices) // 2 * 2
    return Capacity(processes, tuple(seen.slices[:pairs]), seen.beside, interrupted) if pairs else None


@dataclass
class _Seen:
    """What stays when the measuring is interrupted."""

    slices: list[Slice]
    beside: Beside | None = None


def _take_slices(seen: _Seen, seconds: float, processes: int, progress: Callable[[str], None]) -> None:
    with contextlib.ExitStack() as stack:
        workers = [stack.enter_context(_worker()) for _ in range(processes)]
        for worker in workers:
            _hear(worker)
        _slice(workers, 0.0)  # warms up what a first slice finds cold; not counted
        account, first = Account([worker.pid for worker in workers]), time.monotonic()
        while not seen.slices or time.monotonic() - first < seconds:
            passed = time.monotonic() - first
            progress(f"measuring the capacity: {passed:.0f} of {seconds:g} s (an interrupt ends it early)")
            pair = [workers, [random.choice(workers)]]
            random.shuffle(pair)
            for chosen in pair:
                seen.slices.append(_slice(chosen, first))
            seen.beside = account.beside()


@contextlib.contextmanager
def _worker() -> Iterator[subprocess.Popen[str]]:
    """One hashing process; out of reach of the terminal's Ctrl-C, and gone when its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "autograder.capacity"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)},
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _hear(worker: subprocess.Popen[str]) -> list[float]:
    assert worker.stdout is not None
    line = worker.stdout.readline()
    if not line:
        raise CapacityError(
            f"a process that measures the capacity ended (exit status {worker.wait()}). "
            "Is the machine out of memory or of processes? Try again."
        )
    return [float(number) for number in line.split()]


def _slice(workers: list[subprocess.Popen[str]], first: float) -> Slice:
    begin = time.monotonic() + RUN_IN_SECONDS
    for worker in workers:
        assert worker.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # said by `_hear`
            worker.stdin.write(f"{begin!r} {begin + SLICE_SECONDS!r}\n")
            worker.stdin.flush()
    told = [_hear(worker) for worker in workers]
    return Slice(
        at=begin - first,
        workers=len(workers),
        rate=math.fsum(hashes / seconds for hashes, seconds, _ in told),
        got=math.fsum(cpu / seconds for _, seconds, cpu in told),
    )


def _work() -> None:
    """A worker's life: a line is a slice. It counts from `begin`, late or not: being late is lost time."""
    print(flush=True)
    for line in sys.stdin:
        begin, end = map(float, line.split())
        while time.monotonic() < begin:
            chain(b"run-in", _BATCH)
        cpu, hashes = time.process_time(), 0
        while (now := time.monotonic()) < end:
            chain(b"slice", _BATCH)
            hashes += _BATCH + 1
        print(hashes, now - begin, time.process_time() - cpu, flush=True)


if __name__ == "__main__":
    _work()

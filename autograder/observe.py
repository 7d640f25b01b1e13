"""What a process tree costs, read from outside by the scheduler's own accounting.

    CPU time         what every process of the tree has burnt          (its CPU clock, in ns)
    run-queue wait   how long its threads were ready but had no core   (/proc/P/task/T/schedstat)

Noted in moments, and beside them how fast the cores were meanwhile: `autograder.verdict` says what follows
from it. Reading needs no privilege and no help from the tree.
"""

from __future__ import annotations

import math
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from autograder.pace import Pace
from autograder.procfs import Tree, idle_seconds, proportional_bytes, reaped_seconds, resident_bytes
from autograder.verdict import Usage

_MEMORY_EVERY = 5
_LOOKS = 5  # at most, until one in which nobody was reaped
_MOMENT = 0.06  # s: waits are booked when they end, so shorter moments would show them in the wrong one


def can_observe() -> bool:
    """Whether this kernel accounts for run-queue waits."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        return len(Path("/proc/self/schedstat").read_text().split()) == 3
    except OSError:
        return False


class Observer:
    """Polls a tree from a thread of its own; a context manager.

    A process that exits takes with it what it did since the last poll. Its CPU time is made good
    from its parent's account of reaped children; of its waiting, at most one interval is lost.

    Parameters
    ----------
    root : int
        The process at the top of the tree.
    interval : float
        Seconds between polls.
    memory : int, optional
        Bytes the tree may use together.
    too_much : callable, optional
        Called once, with the bytes seen, when the tree uses more than `memory`.
    """

    def __init__(
        self,
        root: int,
        interval: float = 0.018,
        memory: int | None = None,
        too_much: Callable[[int], None] | None = None,
    ) -> None:
        self._tree = Tree(root)
        self._interval = interval
        self._memory = memory
        self._too_much = too_much
        self._peak = 0
        self._polls = 0
        self._pace = Pace()
        self._watching = 0.0
        self._one_at_a_time = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.count_from_now()

    def __enter__(self) -> Observer:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._stopping.set()
        self._thread.join()
        self._tree.close()

    def _run(self) -> None:
        while not self._stopping.wait(self._interval):
            with self._one_at_a_time:
                self._pace.move()
                self._poll()
                self._pace.time_piece()
                self._watching = time.thread_time()

    def count_from_now(self) -> None:
        """Leave out of the account what the tree has used so far."""
        with self._one_at_a_time:
            self._tree.forget()
            self._pace.forget()
            self._first_reaped = self._look()
            self._tree.forget_the_dead()
            self._first_cpu, self._first_times = dict(self._tree.cpu), dict(self._tree.times)
            self._peak = len(self._tree.alive)
            self._first_idle = idle_seconds()
            self._first_watching = self._watching
            self._moments: list[tuple[float, float, float]] = []
            self._moment = (time.perf_counter(), *self._totals())
            self._started = time.perf_counter()

    def _look(self) -> dict[int, float]:
        """Look at the tree; what each process in it has reaped, in seconds of CPU time.

        Whoever is reaped between the two readings would be in both, as living and as reaped. So the tree is
        looked at before and after, until nobody has gone between.
        """
        for _ in range(_LOOKS):
            self._tree.look()
            seen = set(self._tree.alive)
            reaped = {pid: reaped_seconds(pid) for pid in self._tree.alive}
            self._tree.look()
            if seen.issubset(self._tree.alive):
                break
        return reaped

    def _poll(self) -> None:
        self._tree.look()
        if time.perf_counter() - self._moment[0] >= _MOMENT:
            self._end_moment()
        self._peak = max(self._peak, len(self._tree.alive))
        self._polls += 1
        if self._memory is not None and self._polls % _MEMORY_EVERY == 0:
            self._watch_memory(self._memory)

    def _totals(self) -> tuple[float, float]:
        """CPU time and wait of all threads seen, in seconds."""
        times = self._tree.times.values()
        return math.fsum(ran for ran, _ in times), math.fsum(waited for _, waited in times)

    def _end_moment(self) -> None:
        now = (time.perf_counter(), *self._totals())
        seconds, cpu, wait = (new - old for new, old in zip(now, self._moment, strict=True))
        if seconds > 0:
            self._moments.append((seconds, max(0.0, cpu), max(0.0, wait)))
        self._moment = now

    def _watch_memory(self, cap: int) -> None:
        used = sum(map(resident_bytes, self._tree.alive))
        if used > cap:
            # Resident pages shared by forked workers were counted once for each: look closer.
            used = sum(map(proportional_bytes, self._tree.alive))
        if used > cap and self._too_much is not None:
            too_much, self._too_much = self._too_much, None
            too_much(used)

    def usage(self, wall: float | None = None) -> Usage:
        """Add up what was used since `count_from_now`; `wall` is the caller's own clock."""
        seconds = time.perf_counter() - self._started
        idle = idle_seconds() - self._first_idle
        with self._one_at_a_time:
            reaped_by = self._look()
            self._peak = max(self._peak, len(self._tree.alive))
            self._end_moment()
            alive = set(self._tree.alive)
            spent = {pid: cpu - self._first_cpu.get(pid, 0.0) for pid, cpu in self._tree.cpu.items()}
            dead = sum(cpu for pid, cpu in spent.items() if pid not in alive)
            reaped = sum(seconds - self._first_reaped.get(pid, 0.0) for pid, seconds in reaped_by.items())
            threads = []
            for task, (ran, waited) in self._tree.times.items():
                ran_before, waited_before = self._first_times.get(task, (0.0, 0.0))
                if ran > ran_before or waited > waited_before:
                    threads.append((ran - ran_before, waited - waited_before))
            reaped -= sum(cpu for pid, cpu in self._first_cpu.items() if pid not in alive)
            return Usage(
                wall=seconds if wall is None else wall,
                cpu=sum(cpu for pid, cpu in spent.items() if pid in alive) + max(dead, reaped),
                wait=math.fsum(waited for _, waited in threads),
                threads=tuple(threads),
                moments=tuple(self._moments),
                processes=self._peak,
                idle=max(0.0, idle / seconds) if seconds > 0 else 0.0,
                piece=self._pace.seconds(),
                watching=self._watching - self._first_watching,
            )

"""What a process tree costs, read from outside by the scheduler's own accounting.

    CPU time         what every process of the tree has burnt          (its CPU clock, in ns)
    run-queue wait   how long its threads were ready but had no core   (/proc/P/task/T/schedstat)

Their sum over the wall time is D, the cores the tree asked for on average: 1.00 for a serial
program whatever else the machine does. Reading needs no privilege and no help from the tree.
"""

from __future__ import annotations

import contextlib
import math
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from autograder.verdict import Usage

_TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_MEMORY_EVERY = 5


def can_observe() -> bool:
    """Whether this kernel accounts for run-queue waits."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        return len(Path("/proc/self/schedstat").read_text().split()) == 3
    except OSError:
        return False


def descendants(root: int) -> list[int]:
    """`root` and every living process below it, by /proc; parents before children."""
    found = [root]
    for pid in found:
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{pid}/task"):
                with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{task}/children") as children:
                    found += [int(child) for child in children.read().split()]
    return found


def _cpu(pid: int) -> float | None:
    """CPU seconds of a process, all its threads, dead ones too; None if it is gone."""
    try:
        # The kernel's formula for "the CPU clock of that process" (see clock_getcpuclockid(3)).
        return time.clock_gettime((~pid << 3) | 2)
    except (OSError, AttributeError):  # gone, or not Linux
        return None


def _threads(pid: int) -> dict[int, tuple[float, float]]:
    """Seconds that each living thread of a process has run, and has waited for a core, by thread id."""
    threads = {}
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{task}/schedstat") as stat:
                ran, waited, _ = stat.read().split()
                threads[int(task)] = int(ran) / 1e9, int(waited) / 1e9
    return threads


def _reaped(pid: int) -> float:
    """CPU seconds of the children that a process has waited for, to one clock tick."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            values = stat.read().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(values[13]) + int(values[14])) / _TICK


def _idle() -> float:
    """Seconds that the cores this process may use have been idle since the machine started, summed."""
    usable = {f"cpu{core}" for core in os.sched_getaffinity(0)}
    ticks = 0
    with open("/proc/stat") as stat:
        for line in stat:
            name, *values = line.split()
            if name in usable:
                ticks += int(values[3]) + int(values[4])  # idle, and idle while something waits for a disk
    return ticks / _TICK


def _resident(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/statm") as statm:
            return int(statm.read().split()[1]) * _PAGE
    except OSError:
        return 0


def _proportional(pid: int) -> int:
    """Bytes of memory of a process, shared pages divided among their users; slow to read.

    All that is resident, where the kernel does not tell: nothing escapes the cap by being unreadable.
    """
    try:
        with open(f"/proc/{pid}/smaps_rollup") as rollup:
            for line in rollup:
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return _resident(pid)


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
        interval: float = 0.01,
        memory: int | None = None,
        too_much: Callable[[int], None] | None = None,
    ) -> None:
        self._root = root
        self._interval = interval
        self._memory = memory
        self._too_much = too_much
        self._cpu: dict[int, float] = {}
        self._threads: dict[int, tuple[float, float]] = {}
        self._alive: list[int] = []
        self._peak = 0
        self._polls = 0
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

    def _run(self) -> None:
        while not self._stopping.wait(self._interval):
            with self._one_at_a_time:
                self._poll()

    def count_from_now(self) -> None:
        """Leave out of the account what the tree has used so far."""
        with self._one_at_a_time:
            self._cpu.clear()
            self._threads.clear()
            self._poll()
            self._first_cpu, self._first_threads = dict(self._cpu), dict(self._threads)
            self._first_reaped = {pid: _reaped(pid) for pid in self._alive}
            self._peak = len(self._alive)
            self._first_idle = _idle()
            self._started = time.perf_counter()

    def _poll(self) -> None:
        self._alive = []
        for pid in descendants(self._root):
            cpu = _cpu(pid)
            if cpu is not None:
                self._alive.append(pid)
                self._cpu[pid] = cpu
                self._threads.update(_threads(pid))
        self._peak = max(self._peak, len(self._alive))
        self._polls += 1
        if self._memory is not None and self._polls % _MEMORY_EVERY == 0:
            self._watch_memory(self._memory)

    def _watch_memory(self, cap: int) -> None:
        used = sum(_resident(pid) for pid in self._alive)
        if used > cap:
            # Resident pages shared by forked workers were counted once for each: look closer.
            used = sum(_proportional(pid) for pid in self._alive)
        if used > cap and self._too_much is not None:
            too_much, self._too_much = self._too_much, None
            too_much(used)

    def usage(self, wall: float | None = None) -> Usage:
        """Add up what was used since `count_from_now`; `wall` is the caller's own clock."""
        seconds = time.perf_counter() - self._started
        idle = _idle() - self._first_idle
        with self._one_at_a_time:
            self._poll()
            alive = set(self._alive)
            spent = {pid: cpu - self._first_cpu.get(pid, 0.0) for pid, cpu in self._cpu.items()}
            dead = sum(cpu for pid, cpu in spent.items() if pid not in alive)
            reaped = sum(_reaped(pid) - self._first_reaped.get(pid, 0.0) for pid in alive)
            threads = []
            for task, (ran, waited) in self._threads.items():
                ran_before, waited_before = self._first_threads.get(task, (0.0, 0.0))
                if waited > waited_before:
                    threads.append((ran - ran_before, waited - waited_before))
            reaped -= sum(cpu for pid, cpu in self._first_cpu.items() if pid not in alive)
            return Usage(
                wall=seconds if wall is None else wall,
                cpu=sum(cpu for pid, cpu in spent.items() if pid in alive) + max(dead, reaped),
                wait=math.fsum(waited for _, waited in threads),
                threads=tuple(threads),
                processes=self._peak,
                idle=max(0.0, idle / seconds) if seconds > 0 else 0.0,
            )

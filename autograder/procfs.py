"""A process tree as Linux tells of it from outside, cheap enough to be asked a hundred times a second.

    Tree(root).look()     finds who came and who went, and reads what each thread has run and waited

The files of a process in /proc stay open between looks: reading one again costs a fifth of opening it,
and an open one never comes to mean another process of the same number.
"""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_MOST_OPEN = 64  # threads whose files stay open; of more, they are opened for each look


def descendants(root: int) -> list[int]:
    """`root` and every living process below it, by /proc; parents before children."""
    found = [root]
    for pid in found:
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{pid}/task"):
                with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{task}/children") as children:
                    found += [int(child) for child in children.read().split()]
    return found


def cpu_seconds(pid: int) -> float | None:
    """CPU time of a process, all its threads, dead ones too, in seconds; None if it is gone."""
    try:
        # The kernel's formula for "the CPU clock of that process" (see clock_getcpuclockid(3)).
        return time.clock_gettime((~pid << 3) | 2)
    except (OSError, AttributeError):  # gone, or not Linux
        return None


def reaped_seconds(pid: int) -> float:
    """CPU time of the children that a process has waited for, in seconds, to one clock tick."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            values = stat.read().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(values[13]) + int(values[14])) / _TICK


def idle_seconds() -> float:
    """How long the cores that this process may use have been idle since the machine started, summed."""
    usable = {f"cpu{core}" for core in os.sched_getaffinity(0)}
    ticks = 0
    with open("/proc/stat") as stat:
        for line in stat:
            name, *values = line.split()
            if name in usable:
                ticks += int(values[3]) + int(values[4])  # idle, and idle while something waits for a disk
    return ticks / _TICK


def resident_bytes(pid: int) -> int:
    """Memory of a process, shared pages counted whole; 0 if it is gone."""
    try:
        with open(f"/proc/{pid}/statm") as statm:
            return int(statm.read().split()[1]) * _PAGE
    except OSError:
        return 0


def proportional_bytes(pid: int) -> int:
    """Memory of a process, shared pages divided among their users; slow to read.

    All that is resident, where the kernel does not tell: nothing escapes a cap by being unreadable.
    """
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return resident_bytes(pid)


class _File:
    """A file of /proc, read anew at each call of `read`; kept open if it may be."""

    def __init__(self, path: str, keep: bool) -> None:
        self._path = path
        self._open = os.open(path, os.O_RDONLY | os.O_CLOEXEC) if keep else None

    def read(self) -> bytes:
        """All of it, up to 64 KiB: room for the numbers of 8,000 children."""
        if self._open is not None:
            return os.pread(self._open, 65536, 0)
        with open(self._path, "rb") as file:
            return file.read()

    def close(self) -> None:
        if self._open is not None:
            os.close(self._open)
            self._open = None


@dataclass
class _Thread:
    schedstat: _File
    children: _File

    def close(self) -> None:
        self.schedstat.close()
        self.children.close()


class _Process:
    """One process of the tree and its threads."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.threads: dict[int, _Thread] = {}
        self._folder = os.open(f"/proc/{pid}/task", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._links = 0

    def count_threads(self, open_elsewhere: int) -> None:
        """See which threads there are, if their number has changed: the folder's links count them."""
        links = os.fstat(self._folder).st_nlink
        if links == self._links:
            return
        self._links = links
        names = {int(name) for name in os.listdir(self._folder)}
        for gone in self.threads.keys() - names:
            self.threads.pop(gone).close()
        for new in names - self.threads.keys():
            keep = open_elsewhere + len(self.threads) < _MOST_OPEN  # and no look runs out of descriptors
            place = f"/proc/{self.pid}/task/{new}"
            with contextlib.suppress(OSError):  # ended meanwhile
                schedstat = _File(f"{place}/schedstat", keep)
                try:
                    self.threads[new] = _Thread(schedstat, _File(f"{place}/children", keep))
                except OSError:
                    schedstat.close()
                    raise

    def look(self, times: dict[int, tuple[float, float]]) -> list[int]:
        """Note the times of each thread, in seconds; returns the numbers of the process's children."""
        children: list[int] = []
        for number, thread in list(self.threads.items()):
            try:
                ran, waited, _ = thread.schedstat.read().split()
                children += map(int, thread.children.read().split())
            except (OSError, ValueError):  # it has ended, and another may have begun
                self.threads.pop(number).close()
                self._links = 0
                continue
            times[number] = int(ran) / 1e9, int(waited) / 1e9
        return children

    def close(self) -> None:
        os.close(self._folder)
        for thread in self.threads.values():
            thread.close()


class Tree:
    """A process, all below it, and what their threads have done.

    Parameters
    ----------
    root : int
        The process at the top.

    Attributes
    ----------
    cpu : dict of int to float
        CPU time of each process seen, in seconds, by its number; of the dead, when last seen.
    times : dict of int to (float, float)
        Seconds that each thread seen has run and has waited for a core, by its number.
    alive : list of int
        The processes seen by the last look, parents before children.
    """

    def __init__(self, root: int) -> None:
        self._root = root
        self._open: dict[int, _Process] = {}
        self.cpu: dict[int, float] = {}
        self.times: dict[int, tuple[float, float]] = {}
        self.alive: list[int] = []

    def look(self) -> None:
        """Bring `cpu`, `times` and `alive` up to date."""
        alive: list[int] = []
        waiting = [self._root]
        files = sum(len(process.threads) for process in self._open.values())
        for pid in waiting:
            cpu = cpu_seconds(pid)
            if cpu is None:
                continue
            try:
                process = self._open.get(pid) or self._open.setdefault(pid, _Process(pid))
                before = len(process.threads)
                process.count_threads(files - before)
                files += len(process.threads) - before
            except OSError:  # gone
                continue
            self.cpu[pid] = cpu
            alive.append(pid)
            waiting += process.look(self.times)
        for gone in self._open.keys() - set(alive):
            self._open.pop(gone).close()
        self.alive = alive

    def forget(self) -> None:
        """Drop the account of what has been; the next look begins a new one."""
        self.cpu.clear()
        self.times.clear()

    def forget_the_dead(self) -> None:
        """Drop the account of processes that the last look did not see any more."""
        for gone in self.cpu.keys() - set(self.alive):
            del self.cpu[gone]

    def close(self) -> None:
        """Close all files."""
        for process in self._open.values():
            process.close()
        self._open.clear()

"""Who else uses the cores that this process may use: counted by the kernel, nobody named."""

from __future__ import annotations

import contextlib
import math
import os
import sys
import time
from dataclasses import dataclass

import psutil

_BUSY = 0.1  # cores that a process uses at least to be called busy
_TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


@dataclass(frozen=True)
class Beside:
    """What others took meanwhile of the cores that this process may use, in cores on average.

    Parameters
    ----------
    programs, interrupts, host : float
        Other programs; the kernel's interrupts; the host of a virtual machine, as far as it tells.
    busy : int
        Processes, of all that can be seen, that used a tenth of a core or more.
    """

    programs: float
    interrupts: float
    host: float
    busy: int

    @property
    def taken(self) -> float:
        """All of it, in cores."""
        return self.programs + self.interrupts + self.host


class Account:
    """What others use from now on, by the system's counters less what we use ourselves.

    Parameters
    ----------
    workers : list of int
        Processes that are ours, besides this one.
    """

    def __init__(self, workers: list[int]) -> None:
        self._ours = [psutil.Process(), *map(psutil.Process, workers)]
        self._began = time.monotonic()
        self._ticks, self._spent, self._each = _ticks(), self._used_by_us(), _cpu_of_each()

    def _used_by_us(self) -> float:
        return math.fsum(sum(process.cpu_times()[:2]) for process in self._ours)

    def beside(self) -> Beside | None:
        """None where the system does not tell, or so soon that nothing can be told."""
        seconds = time.monotonic() - self._began
        ticks = _ticks()
        if ticks is None or self._ticks is None:
            return None
        programs, interrupts, host = (
            (after - before) / seconds for after, before in zip(ticks, self._ticks, strict=True)
        )
        ours = (self._used_by_us() - self._spent) / seconds
        own = {process.pid for process in self._ours}
        busy = sum(
            pid not in own and (cpu - self._each.get(pid, cpu)) / seconds >= _BUSY
            for pid, cpu in _cpu_of_each().items()
        )
        return Beside(max(0.0, programs - ours), interrupts, host, busy)


def _ticks() -> tuple[float, float, float] | None:
    """Seconds that programs, interrupts and the host have taken of the cores we may use, summed."""
    if not sys.platform.startswith("linux"):
        return None
    usable = {f"cpu{core}" for core in os.sched_getaffinity(0)}
    taken = [0, 0, 0]
    with open("/proc/stat") as stat:
        for line in stat:
            name, *values = line.split()
            if name in usable:
                user, nice, system, _, _, irq, softirq, steal = map(int, values[:8])
                taken = [taken[0] + user + nice + system, taken[1] + irq + softirq, taken[2] + steal]
    programs, interrupts, host = (ticks / _TICK for ticks in taken)
    return programs, interrupts, host


def _cpu_of_each() -> dict[int, float]:
    """CPU seconds of every process that can be seen, by its number."""
    used = {}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            used[process.pid] = times.user + times.system
    return used

"""What a whole box uses, read from outside a few times a second; ends the box that uses too much.

    memory    resident memory of all processes   + what lies in its folders   + what sockets may hold
    CPU time  of the living                      + of those they have waited for, or that were seen
    files     in /tmp, /work and /dev/shm        (each costs memory that no size limit sees)
    wall time since the box was started

Limits of the kernel hold for one process (rlimits), this holds for their sum. It is a second line: what
can run out quickly is limited by the kernel as well, and where there is a control group, memory and processes
are limited for all together. Without one memory can run out between two looks: so they come the sooner, the
less is left and the faster it grew. What is too much must be so twice, at once one after the other: memory
that goes from one process to another within a look would count twice.

The box's own /proc and folders are read through ``/proc/PID/root`` of its pid 1. They are opened once, when
they can be told from the host's, and nothing inside can replace them.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autograder.sandbox.base import Limits

_PLACES = ("tmp", "work", "dev/shm")
_RARELY, _SOON, _LAZY = 0.25, 0.01, 1.0  # seconds between looks: usually at most, never less, never more
_FILL_RATE = 4 << 30  # bytes a second that a box on a few cores can fill
_SHARE, _URGENT_SHARE = 0.01, 0.25  # of one core that looking may cost; and where memory is running out
_SOCKET_BYTES = 212_992  # what lies in the buffers of one, at most: the kernel's usual size
_TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_LONGEST = _MIB = 1 << 20


@dataclass(frozen=True)
class Use:
    """What a box uses at one moment: bytes, seconds, numbers."""

    memory: int
    cpu: float
    files: int
    wall: float

    def beyond(self, limits: Limits) -> str:
        """What is more than allowed, in words; empty if nothing is.

        Examples
        --------
        >>> Use(memory=0, cpu=9.5, files=0, wall=3.0).beyond(Limits(cpu_seconds=9))
        'it used 9.5 s of CPU time, all processes together, and 9 s are allowed'
        """
        if self.memory > limits.memory:
            used, allowed = self.memory // _MIB, limits.memory // _MIB
            return f"it used {used:,} MiB of memory, all processes together, and {allowed:,} MiB are allowed"
        if self.cpu > limits.cpu_seconds:
            return (
                f"it used {self.cpu:.1f} s of CPU time, all processes together, "
                f"and {limits.cpu_seconds} s are allowed"
            )
        if self.files > limits.files:
            return f"it made {self.files:,} files, and {limits.files:,} are allowed"
        if self.wall > limits.wall_seconds:
            return f"it was still running after {limits.wall_seconds} s"
        return ""


class Gauge:
    """Reads what a box uses; a context manager.

    Parameters
    ----------
    init_pid : int
        Pid 1 of the box, as seen from here.
    inside : str
        A path in the box of a folder that is known here; it tells the box's root from the host's.
    outside : pathlib.Path
        The same folder, seen from here.
    """

    def __init__(self, init_pid: int, inside: str, outside: Path) -> None:
        self._init = init_pid
        self._inside = inside
        self._outside = outside
        self._proc = -1
        self._places: list[int] = []
        self._own: dict[str, float] = {}
        self._dead = 0.0
        self._started = time.monotonic()

    def __enter__(self) -> Gauge:
        return self

    def __exit__(self, *exc_info: object) -> None:
        for descriptor in [self._proc, *self._places]:
            if descriptor >= 0:
                os.close(descriptor)
        self._proc, self._places = -1, []

    def _open(self) -> bool:
        """Open the box's own folders; False while bubblewrap has not changed its root yet."""
        root = f"/proc/{self._init}/root"
        folders: list[int] = []
        try:
            if not os.path.samestat(os.stat(root + self._inside), os.stat(self._outside)):
                return False
            for place in ("proc", *_PLACES):
                folders.append(os.open(f"{root}/{place}", os.O_RDONLY | os.O_DIRECTORY))
        except OSError:
            for descriptor in folders:
                os.close(descriptor)
            return False
        self._proc, *self._places = folders
        return True

    def read(self, enough: int) -> Use:
        """Read what is used now.

        Parameters
        ----------
        enough : int
            Bytes of memory from which on it is worth to divide shared pages among their users, which is
            slow; below, they count for each.
        """
        wall = time.monotonic() - self._started
        if self._proc < 0 and not self._open():
            return Use(0, 0.0, 0, wall)
        try:
            pids = [name for name in os.listdir(self._proc) if name.isdigit()]
        except OSError:  # the box is gone
            return Use(0, 0.0, 0, wall)
        kept, files = self._kept()
        memory = kept + sum(self._resident(pid) for pid in pids)
        if memory > enough:
            memory = kept + sum(self._proportional(pid) for pid in pids)
        return Use(memory, self._cpu(pids), files, wall)

    def _text(self, path: str) -> str:
        """A file of the box's /proc; empty if its process is gone."""
        with contextlib.suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY, dir_fd=self._proc)
            try:
                text = b""
                while len(text) < _LONGEST and (part := os.read(descriptor, 1 << 16)):
                    text += part
                return text.decode("ascii", "replace")
            finally:
                os.close(descriptor)
        return ""

    def _resident(self, pid: str) -> int:
        words = self._text(f"{pid}/statm").split()
        return int(words[1]) * _PAGE if words else 0

    def _proportional(self, pid: str) -> int:
        for line in self._text(f"{pid}/smaps_rollup").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
        return self._resident(pid)  # nothing escapes by being unreadable

    def _kept(self) -> tuple[int, int]:
        """Bytes of memory that belong to no process, and the number of files."""
        size = files = 0
        for place in self._places:
            place_is = os.fstatvfs(place)
            size += (place_is.f_blocks - place_is.f_bfree) * place_is.f_frsize
            files += place_is.f_files - place_is.f_ffree
        # The file is about pid 1's network namespace, which is the box's: "sockets: used 7".
        words = self._text("1/net/sockstat").split()
        sockets = int(words[2]) if len(words) > 2 else 0
        return size + sockets * _SOCKET_BYTES + self._queued(), files

    def _queued(self) -> int:
        """Bytes that lie in the buffers of TCP sockets, which the kernel lets grow."""
        queued = 0
        for table in ("tcp", "tcp6"):
            for line in self._text(f"1/net/{table}").splitlines()[1:]:
                words = line.split()
                if len(words) > 4:
                    queued += sum(int(part, 16) for part in words[4].split(":"))
        return queued

    def _cpu(self, pids: list[str]) -> float:
        own: dict[str, float] = {}
        reaped = 0.0
        for pid in pids:
            words = self._text(f"{pid}/stat").rpartition(")")[2].split()
            if words:
                ticks = [int(word) for word in words[11:15]]  # utime, stime, and those of reaped children
                own[f"{pid} {words[19]}"] = (ticks[0] + ticks[1]) / _TICK  # a number may come again
                reaped += (ticks[2] + ticks[3]) / _TICK
        self._dead += sum(cpu for process, cpu in self._own.items() if process not in own)
        self._own = own
        # Who ignores SIGCHLD is told nothing about its children: what was seen of them counts.
        return sum(own.values()) + max(self._dead, reaped)


def pause(room: int, growth: float, cost: float) -> float:
    """How long to wait until the next look.

    Half of the time in which the limit can be reached, but no more of a core than it is worth: little where
    the limit would not be reached even if memory grew on twice as fast, more where it would.

    Parameters
    ----------
    room : int
        Bytes that may still be used.
    growth : float
        Of memory since the last look, in bytes a second; negative if it shrank.
    cost : float
        Seconds of CPU time that the last look took.

    Returns
    -------
    float
        Seconds.

    Examples
    --------
    >>> pause(room=3 << 30, growth=0, cost=0.0003)
    0.25
    >>> round(pause(room=400 << 20, growth=2e9, cost=0.0003), 3)
    0.049
    >>> pause(room=400 << 20, growth=0, cost=0.05), pause(room=400 << 20, growth=2e9, cost=0.05)
    (1.0, 0.2)
    """
    due = max(room, 0) / (2 * max(growth, _FILL_RATE))
    lazy = min(cost / _SHARE, _LAZY)
    least = lazy if 2 * growth * lazy < room else cost / _URGENT_SHARE
    return max(min(due, _RARELY), least, _SOON)


class Watch:
    """A thread that reads a gauge and says once what is too much.

    Parameters
    ----------
    gauge : Gauge
        Closed at the end.
    limits : Limits
    too_much : callable
        Called at most once, with the reason in words.
    ran_out : callable
        Says what the kernel has ended processes of the box for, in words; empty if it has not. The box ends
        with them: the rest of it would wait for who is gone.
    """

    def __init__(
        self, gauge: Gauge, limits: Limits, too_much: Callable[[str], None], ran_out: Callable[[], str]
    ) -> None:
        self._gauge = gauge
        self._limits = limits
        self._too_much = too_much
        self._ran_out = ran_out
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="box-watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop looking."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        with self._gauge as gauge:
            wait, last, then = _SOON, 0, time.monotonic()
            while not self._stopping.wait(wait):
                before = time.thread_time()
                use = gauge.read(self._limits.memory)
                if use.beyond(self._limits):
                    use = gauge.read(self._limits.memory)
                reason = self._ran_out() or use.beyond(self._limits)
                if reason:
                    self._too_much(reason)
                    return
                now = time.monotonic()
                growth = (use.memory - last) / (now - then)
                last, then = use.memory, now
                wait = pause(self._limits.memory - use.memory, growth, time.thread_time() - before)

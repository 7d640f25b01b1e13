"""What this machine can do: usable cores, start methods, and the one timing slot it has.

A speed run that overlaps another speed run measures neither, and work beside it makes it longer. The
slot is a lock that every grader on the machine takes, whoever started it: command line, Formgrader, or
a second user. Who times holds it alone (`timing_slot`), who does other work for a class holds it
together with others who do (`working_slot`):

    turn ----- held while one waits for the slot, so nobody overtakes: who times waits only for
      |        what is under way, and after a timing those who waited come before the next timing
    slot ----- timing: alone | working: together
"""

from __future__ import annotations

import contextlib
import math
import multiprocessing
import os
import platform
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

_LONGEST_PAUSE = 0.2  # seconds between two looks at a lock

START_METHOD_VARIABLE = "AUTOGRADER_START_METHOD"


@dataclass(frozen=True)
class Cores:
    """What bounds the cores that a process may keep busy.

    Parameters
    ----------
    count : int
        Cores of the machine, as `os.cpu_count` tells them; a container may own fewer.
    affinity : int
        Cores that the scheduler may put this process on.
    quota : float or None
        CPU time per wall time that its cgroups allow, in cores; None for no limit.

    Examples
    --------
    >>> Cores(count=8, affinity=4, quota=None).usable, Cores(count=8, affinity=4, quota=1.5).usable
    (4, 1)
    """

    count: int
    affinity: int
    quota: float | None

    @property
    def usable(self) -> int:
        """The smallest of the three. A quota of 1.5 counts as one core: a second worker could not run on."""
        whole = self.affinity if self.quota is None else min(self.affinity, math.floor(self.quota + 0.01))
        return max(1, whole)


def cores() -> Cores:
    """The cores of this process as the machine, the scheduler and the cgroups tell them now."""
    count = os.cpu_count() or 1
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else count
    return Cores(count, affinity, cgroup_quota())


def usable_cores() -> int:
    """Cores that this process may keep busy: the smallest of count, affinity and cgroup quota.

    Examples
    --------
    >>> 1 <= usable_cores() <= os.cpu_count()
    True
    """
    return cores().usable


def cgroup_quota(
    root: Path = Path("/sys/fs/cgroup"), membership: Path = Path("/proc/self/cgroup")
) -> float | None:
    """CPU time per wall time that the cgroups of this process allow, in cores; None for no limit.

    Parameters
    ----------
    root, membership : Path
        Where cgroup file systems are mounted, and the file naming this process's groups; other
        places serve the tests.
    """
    quotas = []
    try:
        lines = membership.read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        _, controllers, group = line.split(":", 2)
        if controllers == "":
            bases, read = [root, root / "unified"], _quota_v2
        elif "cpu" in controllers.split(","):
            bases, read = [root / controllers, root / "cpu"], _quota_v1
        else:
            continue
        for base in bases:
            folder = base / group.lstrip("/")
            for place in [folder, *folder.parents]:
                if place == base.parent:
                    break
                quota = read(place)
                if quota is not None:
                    quotas.append(quota)
    return min(quotas, default=None)


def _quota_v2(folder: Path) -> float | None:
    try:
        quota, period = (folder / "cpu.max").read_text().split()
    except (OSError, ValueError):
        return None
    return None if quota == "max" else int(quota) / int(period)


def _quota_v1(folder: Path) -> float | None:
    try:
        quota = int((folder / "cpu.cfs_quota_us").read_text())
        period = int((folder / "cpu.cfs_period_us").read_text())
    except (OSError, ValueError):
        return None
    return None if quota <= 0 else quota / period


def boost(root: Path = Path("/sys/devices/system/cpu")) -> bool | None:
    """Whether the cores may clock higher while few of them work; None where the machine does not say.

    Parameters
    ----------
    root : Path
        Where the kernel tells of its cores; another place serves the tests.
    """
    for name, on in {"cpufreq/boost": "1", "intel_pstate/no_turbo": "0"}.items():
        with contextlib.suppress(OSError):
            return (root / name).read_text().strip() == on
    return None


def start_method() -> str:
    """The start method asked for by AUTOGRADER_START_METHOD, or Python's own default.

    Raises
    ------
    ValueError
        If the variable names a method that this platform does not have.
    """
    wanted = os.environ.get(START_METHOD_VARIABLE, "")
    known = multiprocessing.get_all_start_methods()
    if wanted and wanted not in known:
        raise ValueError(
            f"{START_METHOD_VARIABLE} is {wanted!r}, but this platform has {', '.join(known)}; "
            "unset it or choose one"
        )
    # The first is the default. Asking without allow_none would settle it, and setting it later would fail.
    return wanted or multiprocessing.get_start_method(allow_none=True) or known[0]


def use_start_method() -> str:
    """Make multiprocessing use `start_method` from now on, and return its name.

    A lecture calls this in its first cell, so that the same notebook can be run under every method.
    """
    method = start_method()
    multiprocessing.set_start_method(method, force=True)
    return method


def describe(method: str | None = None) -> str:
    """The machine in one line, for captions: cores, start method, Python, operating system."""
    cores = usable_cores()
    return (
        f"{cores} usable core{'s' if cores != 1 else ''}, {method or start_method()}, "
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    )


def _open_shared(path: Path) -> int:
    """Open a file that every user may open, made if it is not there.

    No link is followed, and only a file just made has its mode changed: whatever another user has put in
    the shared folder, nothing else is opened or made writable. An existing file is opened without O_CREAT,
    which Linux refuses for another user's file in a sticky folder.
    """
    flags = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0)
    while True:
        with contextlib.suppress(FileNotFoundError):
            return os.open(path, flags)
        with contextlib.suppress(FileExistsError):
            descriptor = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o666)
            if hasattr(os, "fchmod"):
                os.fchmod(descriptor, 0o666)  # whatever the umask
            return descriptor


class _Mine(threading.local):
    """By what descriptors this thread holds the slot together with others."""

    def __init__(self) -> None:
        self.working: list[int] = []


_mine = _Mine()


def _slot(folder: Path | None) -> Path:
    return (folder or Path(tempfile.gettempdir())) / "autograder-timing-slot"


def timing_slot_is_free(folder: Path | None = None) -> bool:
    """Whether nobody holds the timing slot just now; it is taken for an instant to find out.

    Raises
    ------
    OSError
        If the lock file cannot be opened, so that nobody can time anything.
    """
    try:
        descriptor = os.open(_slot(folder), os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    except FileNotFoundError:  # nobody has held it yet
        return True
    try:
        return try_lock(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def timing_slot(waiting: Callable[[float], None] | None = None, folder: Path | None = None) -> Iterator[None]:
    """Hold this machine's timing slot: at most one holder at a time, over all users, and nobody works.

    The slot is a lock on an open file, so it is given back even if its holder is killed.

    Parameters
    ----------
    waiting : callable, optional
        Called a few times a second with the seconds waited so far, while another holds the slot.
    folder : Path, optional
        Where the lock files lie; the machine's temporary folder unless told.
    """
    for held in _mine.working:
        unlock(held)
    try:
        with _hold(_slot(folder), False, waiting):
            yield
    finally:
        for held in _mine.working:
            while not try_lock(held, together=True):
                time.sleep(_LONGEST_PAUSE)


@contextlib.contextmanager
def working_slot(
    waiting: Callable[[float], None] | None = None, folder: Path | None = None
) -> Iterator[None]:
    """Hold the timing slot together with others who work but do not time: nobody times meanwhile.

    Who holds it already goes on at once; who then asks for `timing_slot` lets go of it for that time. On
    Windows, which has no lock that several hold, nothing is held.

    Parameters
    ----------
    waiting, folder
        As in `timing_slot`.
    """
    if not _TOGETHER or _mine.working:
        yield
        return
    with _hold(_slot(folder), True, waiting) as descriptor:
        _mine.working.append(descriptor)
        try:
            yield
        finally:
            _mine.working.remove(descriptor)


@contextlib.contextmanager
def _hold(slot: Path, together: bool, waiting: Callable[[float], None] | None) -> Iterator[int]:
    descriptor = _open_shared(slot)
    try:
        started, pause = time.monotonic(), 0.005

        def wait_for(lock: int, together: bool) -> None:
            nonlocal pause
            while not try_lock(lock, together):
                if waiting is not None:
                    waiting(time.monotonic() - started)
                time.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)

        turn = _open_shared(slot.with_name(f".{slot.name}-turn"))
        try:
            wait_for(turn, False)
            wait_for(descriptor, together)
        finally:
            os.close(turn)
        yield descriptor
    finally:
        os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    _TOGETHER = False

    def try_lock(descriptor: int, together: bool = False) -> bool:
        """Lock an open file, without waiting; whether it worked."""
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def unlock(descriptor: int) -> None:
        """Let go of the lock on an open file."""
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    _TOGETHER = True

    def try_lock(descriptor: int, together: bool = False) -> bool:
        """Lock an open file, alone or `together` with others who do, without waiting; whether it worked."""
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if together else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def unlock(descriptor: int) -> None:
        """Let go of the lock on an open file."""
        fcntl.flock(descriptor, fcntl.LOCK_UN)

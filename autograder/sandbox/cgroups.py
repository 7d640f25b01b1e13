"""A control group of its own for each box: the kernel itself then holds what all its processes use together.

    caller's group ---+--- autograder-box-...   memory, without swap; processes and threads
                      '--- autograder-box-...   one a box, entered before bwrap starts, removed at its end

Used where this user may make such groups, in version 2 of the kernel's interface or in version 1; elsewhere
`watching` alone holds the sum, a little later. Never a limit on CPU time: a quota would spoil the timing
(decision 5), and the processes are read in /proc as before.

A box's group lies below the caller's, so whatever holds the caller holds the box. The box cannot write to it:
no control group is mounted in the box, and none can be.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shlex
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from autograder.sandbox.base import Limits, SandboxError
from autograder.sandbox.held import Held, sweep

SWITCH = "AUTOGRADER_CGROUP"
_NEEDED = ("memory", "pids")
_OWN_PROCESSES = 8  # bwrap outside, and what prepares its folders: not the box's own
_REMOVED_SECONDS = 5.0
_MIB = 1 << 20
# Limits of the caller's own group that a box beside it would escape, and how they say that they are none.
_UNLIMITED = {
    "memory.max": "max",
    "memory.high": "max",
    "memory.swap.max": "max",
    "pids.max": "max",
    "cpu.max": "max",
    "cpuset.cpus": "",
    "cpuset.mems": "",
}


@dataclass(frozen=True)
class Place:
    """Where a box's groups may be made.

    Parameters
    ----------
    version : int
        Of the kernel's interface, 1 or 2.
    memory, pids : pathlib.Path
        Folders to make a group in; in version 2 they are one.
    """

    version: int
    memory: Path
    pids: Path

    @property
    def folders(self) -> tuple[Path, ...]:
        """Each folder once."""
        return (self.memory,) if self.memory == self.pids else (self.memory, self.pids)


class Group:
    """One box's group; remove it with `close`.

    Parameters
    ----------
    place : Place
    limits : Limits
        Of which memory and processes are held.

    Raises
    ------
    OSError
        If the group cannot be made or limited.
    """

    def __init__(self, place: Place, limits: Limits) -> None:
        self._place = place
        self._limits = limits
        self._held: list[Held] = []
        self._ran_out = False
        try:
            for folder in place.folders:
                sweep(folder, _remove)
                self._held.append(Held(folder, _remove))
            self._limit()
        except BaseException:
            self.close()
            raise

    @property
    def _memory(self) -> Path:
        return self._held[0].path

    def _limit(self) -> None:
        if self._place.version == 2:
            (self._memory / "memory.max").write_text(str(self._limits.memory))
            swap, no_swap = "memory.swap.max", 0
        else:
            (self._memory / "memory.limit_in_bytes").write_text(str(self._limits.memory))
            swap, no_swap = "memory.memsw.limit_in_bytes", self._limits.memory  # memory and swap together
        if (self._memory / swap).exists():  # it is not, where the kernel has no swap to count
            (self._memory / swap).write_text(str(no_swap))
        (self._held[-1].path / "pids.max").write_text(str(self._limits.processes + _OWN_PROCESSES))

    def entering(self, command: list[str]) -> list[str]:
        """The command line that enters the group and then becomes `command`."""
        enter = [f"echo 0 > {shlex.quote(str(held.path / 'cgroup.procs'))}" for held in self._held]
        return ["/bin/sh", "-c", " && ".join([*enter, "exec " + shlex.join(command)])]

    def ran_out(self) -> str:
        """What the kernel has ended a process of the group for, in words; empty if it has not."""
        self._ran_out = self._ran_out or self._killed_some()
        if not self._ran_out:
            return ""
        return f"it used more than {self._limits.memory // _MIB:,} MiB of memory, all processes together"

    def _killed_some(self) -> bool:
        """Whether the kernel has ended a process of the group because of the group's own limit.

        It also counts whom it ends because the whole machine has no memory left.
        """
        if not self._held:
            return False
        if self._place.version == 2:
            events = _numbers(self._memory / "memory.events")
            return bool(events.get("oom_kill") and events.get("oom"))
        with contextlib.suppress(FileNotFoundError):
            # This kernel's count of refusals (failcnt) stays 0, so the highest use is asked.
            highest = int((self._memory / "memory.max_usage_in_bytes").read_text())
            killed = _numbers(self._memory / "memory.oom_control").get("oom_kill")
            return bool(killed) and highest >= 0.99 * self._limits.memory
        return False

    def close(self) -> None:
        """Kill what is left in the group, if anything is, and remove it; else a sweep will."""
        for held in self._held:
            with contextlib.suppress(OSError):
                held.remove()
        self._held = []


def _numbers(file: Path) -> dict[str, int]:
    """A file of lines of a name and a number."""
    return {name: int(number) for name, number in map(str.split, file.read_text().splitlines())}


def _remove(folder: Path) -> None:
    """Kill what is in a group, and remove it; it can be removed a moment after its last process has ended."""
    end = time.monotonic() + _REMOVED_SECONDS
    while True:
        try:
            folder.rmdir()
            return
        except OSError:
            if not folder.exists() or time.monotonic() > end:
                raise
        _kill(folder)
        time.sleep(0.002)


def _kill(folder: Path) -> None:
    if (folder / "cgroup.kill").exists():
        (folder / "cgroup.kill").write_text("1")
        return
    for pid in (folder / "cgroup.procs").read_text().split():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)


def wanted(switch: str | None = None) -> str:
    """Whether groups are to be used: "auto", "on" or "off"; `switch`, or the environment's AUTOGRADER_CGROUP.

    Raises
    ------
    SandboxError
        If it is none of the three.
    """
    told = os.environ.get(SWITCH, "auto") if switch is None else switch
    if told not in ("auto", "on", "off"):
        raise SandboxError(
            f"{SWITCH} is {told!r}, but it may be 'auto' (a control group where one may be made), 'on' (no "
            "grading without one) or 'off' (the watching thread alone)."
        )
    return told


@functools.cache
def usable() -> tuple[Place | None, str]:
    """Where groups may be made here, tried once with a real one; or None, and why not."""
    try:
        place = find(Path("/proc/self/mountinfo").read_text(), Path("/proc/self/cgroup").read_text())
    except OSError as error:
        return None, f"this system tells of none ({error.strerror})"
    if isinstance(place, str):
        return None, place
    try:
        group = Group(place, Limits())
    except OSError as error:
        return None, f"none may be made here ({error.strerror}: {error.filename})"
    try:
        entered = subprocess.run(group.entering(["true"]), capture_output=True, text=True)
    finally:
        group.close()
    if entered.returncode:
        return None, f"none may be entered here ({entered.stderr.strip()})"
    return place, ""


def find(mountinfo: str, own: str) -> Place | str:
    """Find where this process might make groups for boxes, or say why there is no such place.

    Parameters
    ----------
    mountinfo, own : str
        What is in /proc/self/mountinfo and /proc/self/cgroup.
    """
    mine = {}
    for line in own.splitlines():
        _, controllers, path = line.split(":", 2)
        mine[controllers] = path
    found: dict[str, Path] = {}
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        root, mounted = before.split()[3:5]
        kind, _, options = after.split()[:3]
        if kind == "cgroup2" and "" in mine:
            found["2"] = _below(mounted, root, mine[""])
        for controllers in mine:
            if kind == "cgroup" and controllers and set(controllers.split(",")) <= set(options.split(",")):
                for name in set(controllers.split(",")) & set(_NEEDED):
                    if "cpu" in controllers.split(","):
                        return "the groups for memory also share out CPU time, which must stay as it is"
                    found[name] = _below(mounted, root, mine[controllers])
    if all(name in found for name in _NEEDED):
        return Place(1, found["memory"], found["pids"])
    if "2" in found:
        return _second(found["2"])
    return "no control groups for memory and processes are mounted here"


def _below(mounted: str, root: str, path: str) -> Path:
    """A group's folder; what is mounted may be a part of the tree, as in a container."""
    inside = path.removeprefix(root.rstrip("/")) if path.startswith(root) else path
    return Path(mounted, inside.lstrip("/"))


def _second(own: Path) -> Place | str:
    """The place in version 2, where a group that limits others may hold no process of its own.

    So it is the caller's group only if that is the topmost; else the one above, from which a box must not
    escape what the caller itself is held to.
    """
    for folder in (own, own.parent):
        try:
            passed_on = (folder / "cgroup.subtree_control").read_text().split()
        except OSError:
            break
        if not set(_NEEDED) <= set(passed_on):
            continue
        if "cpu" in passed_on:
            return f"in {folder} a group of its own would also have its own share of the CPU"
        if folder != own:
            for name, none in _UNLIMITED.items():
                with contextlib.suppress(FileNotFoundError):
                    if (own / name).read_text().split()[:1] != [none][: bool(none)]:
                        return f"beside {own} a box would escape this program's own {name}"
        return Place(2, folder, folder)
    return f"the groups around {own} pass on no limits of memory and processes"

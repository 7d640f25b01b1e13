"""How many cores a program keeps busy, moment by moment: the recorder of the CPU-use timelines.

    your process                                    python -m autograder.cpu_use PID
    with watch_cpu() as use:   -- starts ------->   looks at PID and all below it, again and again:
        ...                    <-- "ready" ------   how much CPU time has each used by now?
    (end of the block)         -- "stop" ------->   a last look
    use.times, use.cpu, ...    <-- JSON ---------

The watcher is a process of its own: a thread would take turns with the code that it watches, and would
be in the way of a fork. It is not counted. What a process did between the last look at it and its end
is not seen, so let workers live until the block ends, or accept that one interval is missing.
The waits for a core are read where `autograder.observe` reads them, so D means here what it means in a mark.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from autograder.procfs import Tree, cpu_seconds, descendants

_INTERVAL = 0.05  # s; a look costs well below a millisecond of one core
_SMALL = 0.05  # a process with less than this share of all CPU time goes under "others"


@dataclass
class CpuUse:
    """CPU time of a process and all below it, as looked at from outside.

    Parameters
    ----------
    root : int
        Process id of the process at the top.
    times : list of float
        When it was looked at, in seconds since the first look.
    cpu : dict of int to list of float
        CPU time that each process had used at each look, in seconds, by process id; counted from the
        first look.
    waits : list of float
        How long all their threads together had been ready but without a core, in seconds, at each look;
        empty where the system does not tell, that is anywhere but on Linux.

    Examples
    --------
    >>> use = CpuUse(root=7, times=[0.0, 0.5, 1.0], cpu={7: [0.0, 0.5, 0.5], 9: [0.0, 0.25, 0.75]})
    >>> use.seconds, use.cores
    (1.0, 1.25)
    >>> use.waits = [0.0, 0.25, 0.5]
    >>> use.asked
    1.75
    """

    root: int
    times: list[float] = field(default_factory=list)
    cpu: dict[int, list[float]] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Wall time from the first look to the last."""
        return self.times[-1] - self.times[0] if self.times else 0.0

    @property
    def cpu_seconds(self) -> float:
        """CPU time that all the processes used together."""
        return sum(used[-1] for used in self.cpu.values())

    @property
    def cores(self) -> float:
        """How many cores they kept busy on average: CPU time over wall time."""
        return self.cpu_seconds / self.seconds if self.seconds else 0.0

    @property
    def asked(self) -> float:
        """D: how many cores they asked for on average, CPU time and wait for a core over wall time.

        Other programs hardly change it: who takes a core away makes the CPU time less, and the wait as
        much more. Without `waits` it is `cores`.
        """
        waited = self.waits[-1] if self.waits else 0.0
        return self.cores + (waited / self.seconds if self.seconds else 0.0)

    def by_name(self) -> dict[str, list[float]]:
        """CPU times by "your process", "worker 1" and so on in order of appearance, "others": the small."""
        rows = {"your process": self.cpu.get(self.root, [0.0] * len(self.times))}
        small = []
        for pid, used in self.cpu.items():
            if pid == self.root:
                continue
            if used[-1] < _SMALL * self.cpu_seconds:
                small.append(used)
            else:
                rows[f"worker {len(rows)}"] = used
        if small:
            rows["others"] = [sum(at_once) for at_once in zip(*small, strict=True)]
        return rows


@contextlib.contextmanager
def watch_cpu(interval: float = _INTERVAL) -> Iterator[CpuUse]:
    """Watch what this process and its children do with the cores while the block runs.

    Parameters
    ----------
    interval : float
        Seconds between two looks.

    Yields
    ------
    CpuUse
        Empty until the block ends.

    Raises
    ------
    RuntimeError
        If the watcher does not start, or ends before it is told to.
    """
    use = CpuUse(os.getpid())
    # -P: a module of the reader's folder must not take the place of one that the watcher imports.
    command = [sys.executable, "-P", "-m", "autograder.cpu_use", str(use.root), str(interval)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as watcher:
        try:
            assert watcher.stdin and watcher.stdout
            if watcher.stdout.readline() != "ready\n":
                raise RuntimeError(
                    "the watcher of CPU use did not start; what it says on the error stream tells why"
                )
            yield use
            # A word, since a forked child of this process may hold the pipe open beyond our closing it.
            said, _ = watcher.communicate("stop\n")
        except BaseException:
            watcher.kill()
            raise
    if watcher.returncode:
        raise RuntimeError(
            f"the watcher of CPU use ended with exit code {watcher.returncode}; run the cell again"
        )
    seen = json.loads(said)
    use.times[:] = seen["times"]
    use.cpu.update({int(pid): used for pid, used in seen["cpu"].items()})
    use.waits[:] = seen["waits"]


def look(root: int) -> dict[int, float]:
    """CPU seconds used so far by `root` and each living process below it, by process id; not by this one."""
    if sys.platform.startswith("linux"):
        times = {pid: cpu_seconds(pid) for pid in descendants(root)}
    else:
        times = look_by_psutil(root)
    return {pid: used for pid, used in times.items() if used is not None and pid != os.getpid()}


def look_by_psutil(root: int) -> dict[int, float | None]:
    """The same for systems without /proc, by psutil: slower, and on some systems in coarser steps."""
    import psutil

    times: dict[int, float | None] = {}
    with contextlib.suppress(psutil.NoSuchProcess):
        top = psutil.Process(root)
        for process in [top, *top.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                used = process.cpu_times()
                times[process.pid] = used.user + used.system
    return times


def waited(tree: Tree) -> float:
    """Seconds that the threads of a tree have been ready but without a core so far, this process left out."""
    tree.look()
    mine = {int(thread) for thread in os.listdir("/proc/self/task")}
    return math.fsum(wait for thread, (_, wait) in tree.times.items() if thread not in mine)


def merge(looks: list[tuple[float, dict[int, float]]]) -> CpuUse:
    """One account from looks in order of time: who is gone stays at what it had, who came later began at 0.

    Parameters
    ----------
    looks : list of (float, dict of int to float)
        When it was looked, in seconds of any clock, and what `look` returned; the first process of the
        first look is the root.

    Examples
    --------
    >>> merge([(10.0, {7: 3.0}), (10.5, {7: 3.5, 9: 0.25}), (11.0, {7: 3.5})]).cpu
    {7: [0.0, 0.5, 0.5], 9: [0.0, 0.25, 0.25]}
    """
    first, before = looks[0]
    use = CpuUse(next(iter(before), 0), [when - first for when, _ in looks])
    for pid in dict.fromkeys(pid for _, seen in looks for pid in seen):
        begin = before.get(pid, 0.0)
        used, row = 0.0, []
        for _, seen in looks:
            used = max(used, seen.get(pid, begin) - begin)
            row.append(used)
        use.cpu[pid] = row
    return use


def main(root: int, interval: float) -> None:
    """Look at `root` until a line arrives on standard input or it is closed, then print what was seen."""
    told = threading.Event()

    def listen() -> None:
        sys.stdin.readline()
        told.set()

    threading.Thread(target=listen, daemon=True).start()
    tree = Tree(root) if sys.platform.startswith("linux") else None
    looks, waits = [], []

    def take() -> None:
        looks.append((time.perf_counter(), look(root)))
        if tree is not None:
            waits.append(waited(tree))

    take()
    print("ready", flush=True)
    while not told.wait(interval):
        take()
    # Over too short a time the quotient of CPU time and wall time is noise.
    if len(looks) > 1 and time.perf_counter() - looks[-1][0] < interval / 2:
        looks.pop()
        del waits[-1:]
    take()
    use = merge(looks)
    since_first = [wait - waits[0] for wait in waits]
    print(json.dumps({"times": use.times, "cpu": use.cpu, "waits": since_first}))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))

"""The conditions under which answers are judged: what else the machine does meanwhile.

A load is a group of ordinary processes at normal priority, outside the sandbox. It is seen to run
before `load` hands over, and seen to have ended before `load` returns, however the trial ended.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from autograder.bench.plan import BenchError
from autograder.machine import usable_cores

_START_SECONDS = 60.0
_END_SECONDS = 10.0
_BURNER = Path(__file__).with_name("burner.py")


@dataclass(frozen=True)
class Condition:
    """One condition of the bench.

    Parameters
    ----------
    name : str
        One word, for the command line and the file.
    words : str
        In words, for tables and plots.
    kind : str
        Which load of `autograder.bench.burner`; empty for none.
    on_every_core : bool
        One worker for each usable core, or one in all.
    """

    name: str
    words: str
    kind: str = ""
    on_every_core: bool = False


CONDITIONS = {
    condition.name: condition
    for condition in (
        Condition("quiet", "quiet"),
        Condition("one-busy", "one busy process", "busy"),
        Condition("all-busy", "a busy process a core", "busy", on_every_core=True),
        Condition("bursts", "bursts on all cores", "bursts", on_every_core=True),
        Condition("memory", "memory bandwidth", "memory"),
        Condition("disk", "disk and CPU", "disk"),
    )
}


@contextlib.contextmanager
def load(condition: Condition, seed: int = 0) -> Iterator[int | None]:
    """Keep the machine busy in the way that `condition` says, from before the body until after it.

    Parameters
    ----------
    condition : Condition
    seed : int
        Of the bursts.

    Yields
    ------
    int or None
        The load's process group; None for no load.

    Raises
    ------
    BenchError
        If the load did not start, or ended before the body did.
    """
    if not condition.kind:
        yield None
        return
    leader = subprocess.Popen(
        [sys.executable, "-P", str(_BURNER), condition.kind, *map(str, _arguments(condition, seed))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # a Ctrl-C in the terminal is for the bench alone, which ends its load
    )
    try:
        _wait_until_running(leader, condition)
        yield leader.pid
        if leader.poll() is not None:
            raise _ended(leader, condition)
    finally:
        _end(leader)


def _arguments(condition: Condition, seed: int) -> list[int]:
    workers = usable_cores() if condition.on_every_core else 1
    extra = {"bursts": [seed], "memory": [array_bytes()]}
    return [workers, *extra.get(condition.kind, [])]


def array_bytes(caches: Path = Path("/sys/devices/system/cpu/cpu0/cache")) -> int:
    """Bytes of an array that no cache holds: four times the largest cache, at most an eighth of what is free.

    Parameters
    ----------
    caches : Path
        Where Linux describes the caches; elsewhere 32 MiB are assumed.
    """
    largest = 32 << 20
    for size in caches.glob("index*/size"):
        match = re.fullmatch(r"(\d+)([KM])", size.read_text().strip())
        if match:
            largest = max(largest, int(match[1]) << {"K": 10, "M": 20}[match[2]])
    return min(4 * largest, psutil.virtual_memory().available // 8)


def _wait_until_running(leader: subprocess.Popen[bytes], condition: Condition) -> None:
    """Read one byte a worker; each is written only when the worker has burnt CPU time."""
    assert leader.stdout is not None
    missing = _arguments(condition, 0)[0]
    until = time.monotonic() + _START_SECONDS
    while missing:
        readable, _, _ = select.select([leader.stdout], [], [], max(0.0, until - time.monotonic()))
        if not readable:
            raise BenchError(
                f"the load {condition.name!r} did not run within {_START_SECONDS:.0f} s; is the machine out "
                "of memory or of disk space? Free some, and start the bench again: it goes on where it was."
            )
        said = os.read(leader.stdout.fileno(), missing)
        if not said:
            raise _ended(leader, condition)
        missing -= len(said)


def _ended(leader: subprocess.Popen[bytes], condition: Condition) -> BenchError:
    assert leader.stderr is not None
    last = leader.stderr.read().decode(errors="replace").strip().splitlines()[-1:]
    return BenchError(
        f"the load {condition.name!r} ended by itself, so this trial does not count"
        f"{': ' + last[0] if last else '; was it killed?'}"
    )


def _end(leader: subprocess.Popen[bytes]) -> None:
    """Let the leader end its workers; kill the whole group if it does not. Return when all have ended."""
    assert leader.stdin is not None and leader.stdout is not None and leader.stderr is not None
    leader.stdin.close()
    try:
        leader.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(leader.pid, signal.SIGKILL)
        leader.wait()
    while leader.stdout.read(4096):  # its end comes when the last worker, which holds it too, is gone
        pass
    leader.stdout.close()
    leader.stderr.close()

"""What a load does: workers that burn one resource until whoever started them goes away.

    bench ---stdin---> leader ---fork---> worker, worker, ...
          <--stdout--------------------------+   one byte each, once it is seen to work

Run as a program, outside the package, so that it starts fast and holds nothing else in memory. The
leader ends its workers when its standard input closes: also when the bench was killed and could
not tell it. A worker whose leader is gone ends by itself.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from multiprocessing import get_context
from multiprocessing.connection import wait

_SEEN_SECONDS = 0.03  # a worker has burnt this much CPU time before it says that it runs
_DISK_BYTES = 8 << 20

Step = Callable[[], object]


def busy() -> Step:
    """Keep one core busy."""
    return _hash_on


def bursts(seed: int, started: float) -> Step:
    """Be busy and idle by turns of 0.1 to 1 s; workers of one seed and start all at the same time."""
    rng = random.Random(seed)
    edge = started

    def step() -> None:
        nonlocal edge
        edge += rng.uniform(0.1, 1.0)
        while time.monotonic() < edge:
            _hash_on()
        edge += rng.uniform(0.1, 1.0)
        time.sleep(max(0.0, edge - time.monotonic()))

    return step


def memory(array_bytes: int) -> Step:
    """Stream through three arrays, each larger than the caches."""
    import numpy as np

    a, b, c = (np.full(array_bytes // 8, value) for value in (1.0, 2.0, 3.0))

    def step() -> None:
        np.add(a, b, out=c)
        np.copyto(a, c)
        a.fill(1.0)

    return step


def disk() -> Step:
    """Write, make sure that it is on the disk, read it back from there, and compute a little."""
    file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - has no name, so it cannot be left behind
    block = os.urandom(_DISK_BYTES)

    def step() -> None:
        file.seek(0)
        file.write(block)
        os.fsync(file.fileno())
        if hasattr(os, "posix_fadvise"):  # or else reading would only copy what is still in memory
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        file.seek(0)
        file.read()
        _hash_on()

    return step


def _hash_on() -> None:
    digest = b"load"
    for _ in range(20_000):
        digest = sha256(digest).digest()


LOADS: dict[str, Callable[..., Step]] = {"busy": busy, "bursts": bursts, "memory": memory, "disk": disk}


def _work(kind: str, arguments: tuple[float, ...], leader: int) -> None:
    step = LOADS[kind](*arguments)
    step()
    while time.process_time() < _SEEN_SECONDS:
        step()
    os.write(1, b".")
    while os.getppid() == leader:
        step()


def main(kind: str, workers: int, *arguments: float) -> int:
    """Run `workers` workers until standard input closes; 1 if one of them ended by itself."""
    if kind == "bursts":
        arguments = (*arguments, time.monotonic())
    context = get_context("fork")
    started = [
        context.Process(target=_work, args=(kind, arguments, os.getpid()), daemon=True)
        for _ in range(workers)
    ]
    for worker in started:
        worker.start()
    ready = wait([0, *(worker.sentinel for worker in started)])
    for worker in started:
        worker.kill()
    for worker in started:
        worker.join()
    return 0 if 0 in ready else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(int, sys.argv[2:])))

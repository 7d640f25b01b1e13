"""How fast the cores are just now: a small fixed piece of work, timed on each core in turn.

A core's speed changes from one tenth of a second to the next, by a factor of two where a neighbour comes
and goes on its other hyperthread. CPU seconds of different runs can be compared only with that taken out.
"""

from __future__ import annotations

import os
import statistics
import time
from collections import defaultdict
from hashlib import sha256

_WARM, _ROUNDS = 5, 60  # hashes: the first bring the code back into the caches, the others are timed


class Pace:
    """Times the piece again and again, in the thread that calls it.

    On Linux the thread moves from core to core; the rest of the process stays where it is.
    """

    def __init__(self) -> None:
        self._cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
        self._next = 0
        self._seen: dict[int, list[float]] = defaultdict(list)

    def forget(self) -> None:
        """Begin anew."""
        self._seen = defaultdict(list)

    def move(self) -> None:
        """Go to the next core; what the thread does next is done there."""
        self._next = (self._next + 1) % len(self._cores)
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {self._cores[self._next]})

    def time_piece(self) -> None:
        """Do the piece once, here."""
        digest = b""
        for _ in range(_WARM):
            digest = sha256(digest).digest()
        started = time.thread_time()
        for _ in range(_ROUNDS):
            digest = sha256(digest).digest()
        self._seen[self._next].append(time.thread_time() - started)

    def seconds(self) -> float:
        """CPU seconds that the piece took, on average over the cores; 0.0 if it was never done."""
        return statistics.fmean(map(statistics.fmean, self._seen.values())) if self._seen else 0.0

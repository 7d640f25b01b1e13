"""The functions that graded answers are given to run: importable, picklable, opaque.

Each is a small frozen dataclass that can be called. Its fields hold a key drawn afresh for every
repetition, so nothing that an earlier repetition computed can help. They hold no expected value
beyond what computing it needs: the harness computes its own on the other side of the sandbox.

This module is imported by every worker process, so it imports next to nothing.
"""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from hashlib import sha256
from threading import get_ident

_loads: dict[int, int] = {}  # by process, since a fork has its parent's memory but has loaded nothing


def chain(seed: bytes, rounds: int) -> bytes:
    """Hash `seed` over and over: CPU work of a known size, with no short cut and no release of the GIL.

    Parameters
    ----------
    seed : bytes
        Where the chain starts.
    rounds : int
        How many SHA-256 digests to take; one more is always taken.
    """
    digest = sha256(seed).digest()
    for _ in range(rounds):
        digest = sha256(digest).digest()
    return digest


def rounds_for(seconds: float) -> int:
    """How many rounds of `chain` take about `seconds` on this machine now (best of three short tries)."""
    trial = 4000
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        chain(b"how fast", trial)
        best = min(best, time.perf_counter() - start)
    return max(1, round(seconds * trial / best))


@dataclass(frozen=True)
class Digest:
    """Map an item to 16 characters of a keyed digest, `rounds` hashes deep; every item costs the same."""

    key: str
    rounds: int = 0

    def __call__(self, item: object) -> str:
        return chain(f"{self.key}:{item!r}".encode(), self.rounds).hex()[:16]


@dataclass(frozen=True)
class UnevenDigest:
    """As `Digest`, but an item listed in `heavy` costs `heavy_rounds` instead of `rounds`."""

    key: str
    rounds: int
    heavy_rounds: int
    heavy: tuple[int, ...]

    def __call__(self, item: int) -> str:
        rounds = self.heavy_rounds if item in self.heavy else self.rounds
        return chain(f"{self.key}:{item!r}".encode(), rounds).hex()[:16]


@dataclass(frozen=True)
class LateFirst:
    """As `Digest` without work, but earlier items answer later, so that order must be restored.

    Item `i` of `count` waits `(count - i) * step` seconds.
    """

    key: str
    count: int
    step: float

    def __call__(self, item: int) -> str:
        time.sleep(max(0.0, (self.count - item) * self.step))
        return Digest(self.key)(item)


@dataclass(frozen=True)
class Large:
    """As `Digest` without work, but `times` as long: more than a pipe holds until somebody reads it."""

    key: str
    times: int

    def __call__(self, item: object) -> str:
        return Digest(self.key)(item) * self.times


@dataclass(frozen=True)
class Witness:
    """As `Digest`, but wait `seconds`, and tell when: ``(digest, begun, ended)``.

    The clock is the machine's, not the process's: calls whose times overlap ran at once, wherever.
    """

    key: str
    seconds: float

    def __call__(self, item: object) -> tuple[str, float, float]:
        begun = time.monotonic()
        time.sleep(self.seconds)
        return Digest(self.key)(item), begun, time.monotonic()


@dataclass(frozen=True)
class Fails:
    """Raise ``LookupError(note)`` for the item `bad`, after `seconds`; digest every other one at once.

    The others are done by then, so that no worker is about to send a result when the caller gives up. For
    `Pool.terminate`, at the end of a ``with Pool(...)`` too, kills workers at any moment: one that holds the
    lock of the result queue just then takes it along, and terminate itself waits for that lock for ever.
    """

    key: str
    bad: int
    note: str
    seconds: float = 0.2

    def __call__(self, item: int) -> str:
        if item == self.bad:
            time.sleep(self.seconds)
            raise LookupError(self.note)
        return Digest(self.key)(item)


@dataclass(frozen=True)
class Model:
    """A big thing that is slow to load; calling it is the work: `rounds` hashes, and `seconds` of waiting.

    A prediction is the tuple ``(digest, process that loaded the model, how many it had loaded, how
    often this copy of the model was pickled on its way here)``.
    """

    key: str
    rounds: int
    seconds: float
    loaded_by: int
    load_number: int
    weights: bytes
    sent: int = 0

    def __getstate__(self) -> dict[str, object]:
        return {**vars(self), "sent": self.sent + 1}

    def __call__(self, batch: object) -> tuple[str, int, int, int]:
        time.sleep(self.seconds)
        return Digest(self.key, self.rounds)(batch), self.loaded_by, self.load_number, self.sent


@dataclass(frozen=True)
class LoadModel:
    """Load a `Model` of `megabytes` MB in `load_rounds` hashes; count the loads of this process."""

    key: str
    load_rounds: int
    rounds: int
    megabytes: int
    seconds: float = 0.0

    def __call__(self) -> Model:
        _loads[os.getpid()] = _loads.get(os.getpid(), 0) + 1
        chain(self.key.encode(), self.load_rounds)
        weights = os.urandom(1 << 20) * self.megabytes
        return Model(self.key, self.rounds, self.seconds, os.getpid(), _loads[os.getpid()], weights)


@dataclass(frozen=True)
class Matches:
    """A predicate that is true for the items in `hits`; each item takes `seconds` of waiting.

    The items in `stuck` take `stuck_seconds` instead: whoever waits for one, waits long.
    """

    hits: tuple[int, ...]
    seconds: float = 0.0
    stuck: tuple[int, ...] = ()
    stuck_seconds: float = 0.0

    def __call__(self, item: int) -> bool:
        time.sleep(self.stuck_seconds if item in self.stuck else self.seconds)
        return item in self.hits


@dataclass(frozen=True)
class SlowFails:
    """As `Fails`, but every call takes `seconds`: others are in the middle of theirs when one fails."""

    key: str
    bad: object
    note: str
    seconds: float

    def __call__(self, item: object) -> str:
        time.sleep(self.seconds)
        if item == self.bad:
            raise LookupError(self.note)
        return Digest(self.key)(item)


@dataclass(frozen=True)
class AskPage:
    """Ask a site for the page that a `Witness` has named, and tell when.

    Called with what the `Witness` returned, it gives ``(digest of the body, begun, ended, begun, ended)``:
    the times of the `Witness`, then its own.
    """

    origin: str

    def __call__(self, prepared: tuple[str, float, float]) -> tuple[str, float, float, float, float]:
        import socket

        page, *times = prepared
        begun = time.monotonic()
        host, _, port = self.origin.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(f"GET /{page} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            with connection.makefile("rb") as answer:
                _, _, body = answer.read().partition(b"\r\n\r\n")
        return sha256(body).hexdigest()[:16], times[0], times[1], begun, time.monotonic()


@dataclass(frozen=True)
class Meets:
    """Wait until `number` processes are in such a call at once, for at most `seconds`; tell how many were.

    Called with an item, it gives ``(item, digest, most)``, so that one such call may be given another's
    result. `most` counts processes, not threads. Once all have met, or one has waited in vain, nobody waits,
    and each call tells what came of that.

    Parameters
    ----------
    key : str
        Of the digest.
    folder : str
        Exists; processes show there that they are in the call.
    name : str
        Calls of the same name meet.
    number : int
    seconds : float
    """

    key: str
    folder: str
    name: str
    number: int
    seconds: float

    def __call__(self, item: object) -> tuple[object, str, int]:
        mine = os.path.join(self.folder, f"{self.name}-{os.getpid()}")
        over = os.path.join(self.folder, f"over-{self.name}")
        end = time.monotonic() + self.seconds
        most = 0
        while not os.path.exists(over):
            with open(mine, "w"):
                pass
            most = max(most, sum(name.startswith(f"{self.name}-") for name in os.listdir(self.folder)))
            if most >= self.number or time.monotonic() > end:
                told = os.path.join(self.folder, f"told-{os.getpid()}-{get_ident()}")
                with open(told, "w") as file:
                    file.write(str(most))
                os.replace(told, over)  # whoever sees it sees what stands in it
            time.sleep(0.001)
        with contextlib.suppress(FileNotFoundError):  # another thread was faster
            os.remove(mine)
        with open(over) as file:
            return item, Digest(self.key)(item), int(file.read())


@dataclass(frozen=True)
class Bucket:
    """Map an item to one of the numbers from 1 to `distinct`, `rounds` hashes deep.

    With a `tick`, wait until the machine's clock shows the next multiple of so many seconds: all processes
    that are in such a call return from it together, and do what they do next at the same moment.
    """

    key: str
    distinct: int
    rounds: int = 0
    tick: float = 0.0

    def __call__(self, item: object) -> int:
        if self.tick:
            time.sleep(self.tick - time.monotonic() % self.tick)
        return 1 + int(Digest(self.key, self.rounds)(item), 16) % self.distinct


@dataclass(frozen=True)
class PickValue:
    """Map an item to the value of that number, counted round and round."""

    values: tuple[object, ...]

    def __call__(self, item: int) -> object:
        return self.values[item % len(self.values)]

"""The functions that graded answers are given to run: importable, picklable, opaque.

Each is a small frozen dataclass that can be called. Its fields hold a key drawn afresh for every
repetition, so nothing that an earlier repetition computed can help. They hold no expected value
beyond what computing it needs: the harness computes its own on the other side of the sandbox.

This module is imported by every worker process, so it imports next to nothing.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from hashlib import sha256, shake_128
from threading import get_ident
from typing import Any

_PATIENCE = 2.0  # s: how long who has come first waits for the others

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
class Signed:
    """As `Digest` without work, but wait `seconds`, and say who did it: ``(digest, process)``."""

    key: str
    seconds: float = 0.0

    def __call__(self, item: object) -> tuple[str, int]:
        time.sleep(self.seconds)
        return Digest(self.key)(item), os.getpid()


class SlowText(str):
    """A text that is slow to split, as if it were unpacked first; for all else an ordinary `str`.

    Parameters
    ----------
    text : str
    rounds : int
        Hashes that every call of `split` takes first.
    seconds : float
        How long it waits after that.
    folder : str
        Where every call of `split` leaves a note; empty for none.
    meet : int
        A call waits until so many threads have begun one, at most 2 s after the first of them. They
        then go on at the same moment: what each does next with its words, all do at once.
    """

    rounds: int
    seconds: float
    folder: str
    meet: int

    def __new__(
        cls, text: str, rounds: int = 0, seconds: float = 0.0, folder: str = "", meet: int = 0
    ) -> SlowText:
        self = super().__new__(cls, text)
        self.rounds, self.seconds, self.folder, self.meet = rounds, seconds, folder, meet
        return self

    def __getnewargs__(self) -> tuple[str, int, float, str, int]:  # type: ignore[override]
        return str(self), self.rounds, self.seconds, self.folder, self.meet

    def split(self, *separator: object, **options: object) -> list[str]:  # type: ignore[override]
        """As `str.split`, in its own time."""
        begun = time.monotonic()
        chain(self.encode(), self.rounds)
        if self.folder:
            _meet(self.folder, self.meet, begun)
        time.sleep(self.seconds)
        if self.folder:
            _note(self.folder, "split", begun, time.monotonic())
        return super().split(*separator, **options)  # type: ignore[arg-type]


def _note(folder: str, what: str, *times: float) -> None:
    who = f"{os.getpid()}-{get_ident()}"
    with open(os.path.join(folder, " ".join([what, who, *map(repr, times)])), "wb"):
        pass


def notes(folder: str, what: str) -> list[tuple[str, tuple[float, ...]]]:
    """What was noted in a folder: who, and the times told."""
    told = [name.split(" ") for name in os.listdir(folder)]
    return [(who, tuple(map(float, times))) for kind, who, *times in told if kind == what]


def _meet(folder: str, many: int, begun: float) -> None:
    """Wait until `many` threads are here, and then for a moment that is the same for all of them."""
    _note(folder, "here", begun)
    while True:
        came: dict[str, float] = {}
        for who, (at,) in notes(folder, "here"):
            came[who] = min(at, came.get(who, at))
        last = sorted(came.values())[:many][-1:]
        if len(came) >= many or time.monotonic() > min(came.values()) + _PATIENCE:
            break
        time.sleep(0.001)
    if last and len(came) >= many:
        time.sleep(max(0.0, last[0] + 0.02 - time.monotonic()))


@dataclass(frozen=True)
class RowDigest:
    """Map a row of numbers to one of the same length and dtype, that depends on all of it.

    The numbers are those of single bytes, which every dtype can hold. `rounds` hashes come first.
    """

    key: str
    rounds: int = 0

    def of_bytes(self, row: bytes, length: int) -> bytes:
        """The new row, a byte for each number."""
        return shake_128(chain(self.key.encode() + row, self.rounds)).digest(length)

    def __call__(self, row: Any) -> Any:
        import numpy

        made = numpy.frombuffer(self.of_bytes(row.tobytes(), row.size), numpy.uint8)
        return made.astype(row.dtype).reshape(row.shape)


@dataclass(frozen=True)
class RowTimes:
    """Map a row of four integers to ``[its first times 3, process, begun, ended]``, in microseconds."""

    seconds: float

    def __call__(self, row: Any) -> list[int]:
        begun = time.monotonic_ns() // 1000
        time.sleep(self.seconds)
        return [int(row[0]) * 3, os.getpid(), begun, time.monotonic_ns() // 1000]


@dataclass(frozen=True)
class FailsAtRow:
    """Raise ``LookupError(note)`` for the row that begins with `bad`, after `seconds`; keep the others."""

    bad: int
    note: str
    seconds: float = 0.2

    def __call__(self, row: Any) -> Any:
        if int(row[0]) == self.bad:
            time.sleep(self.seconds)
            raise LookupError(self.note)
        return row

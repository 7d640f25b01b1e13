"""The functions that graded answers are given to run: importable, picklable, opaque.

Each is a small frozen dataclass that can be called. Its fields hold a key drawn afresh for every
repetition, so nothing that an earlier repetition computed can help. They hold no expected value
beyond what computing it needs: the harness computes its own on the other side of the sandbox.

This module is imported by every worker process, so it imports next to nothing.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable
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


# What processes are started for, one by one, and how they end ----------------------------------------

#: Exit codes of `MeetsOthers`: the others did not come; it was not called in a child.
MET_NOBODY, NO_CHILD = 222, 223


def in_child() -> bool:
    """Whether this process was started by multiprocessing."""
    from multiprocessing import parent_process

    return parent_process() is not None


def end_process(how: str, number: int) -> None:
    """End this process in one of the ways there are, or just return.

    Parameters
    ----------
    how : {"return", "raise", "sys.exit", "os._exit", "signal"}
    number : int
        The exit code or the signal.
    """
    if how == "raise":
        be_quiet()
        raise LookupError("no such thing")
    if how == "sys.exit":
        sys.exit(number)
    if how == "os._exit":
        os._exit(number)
    if how == "signal":
        os.kill(os.getpid(), number)


def be_quiet() -> None:
    """Write no more errors from this child: a traceback that was asked for would only puzzle its reader."""
    if in_child():
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - it lasts as long as the process


@dataclass(frozen=True)
class ExitsWith:
    """End the process with an exit code of 1 to 200: a keyed digest of the arguments, `rounds` hashes deep.

    Called with a place and a word. Of `count` processes, earlier places end later: `step` seconds each.
    """

    key: str
    rounds: int = 0
    count: int = 0
    step: float = 0.0

    def code(self, place: int, word: str) -> int:
        """The exit code."""
        return 1 + chain(f"{self.key}:{place}:{word}".encode(), self.rounds)[0] % 200

    def __call__(self, place: int, word: str) -> None:
        time.sleep(max(0.0, (self.count - place) * self.step))
        sys.exit(self.code(place, word))


@dataclass(frozen=True)
class MeetsOthers:
    """As `ExitsWith`, but only once `count` processes have come together; each leaves a mark in a folder.

    Whoever has waited `patience` seconds gives up, and so do all others from then on. So processes that
    are started one after the other never meet, however fast they are, and processes that live at the
    same time always do, however slow.
    """

    key: str
    count: int
    patience: float

    def __call__(self, place: int, word: str) -> None:
        if not in_child():
            sys.exit(NO_CHILD)
        folder = f"meeting-{self.key}"  # in the current folder, which is the box's own
        os.makedirs(folder, exist_ok=True)
        end = time.monotonic() + self.patience
        leave_mark(folder, str(os.getpid()))
        while len(marks := os.listdir(folder)) < self.count and "over" not in marks:
            if time.monotonic() > end:
                leave_mark(folder, "over")
            time.sleep(0.005)
        sys.exit(MET_NOBODY if "over" in marks else ExitsWith(self.key).code(place, word))


def leave_mark(folder: str, name: str) -> None:
    """Make an empty file."""
    with open(os.path.join(folder, name), "w"):
        pass


@dataclass(frozen=True)
class EndsAs:
    """End the process as the arguments say: see `end_process`."""

    def __call__(self, how: str, number: int) -> None:
        end_process(how, number)


@dataclass(frozen=True)
class FromProcess:
    """As `LateFirst`, and tell where: ``(digest, process, whether it was started by multiprocessing)``."""

    key: str
    count: int = 0
    step: float = 0.0

    def __call__(self, item: int) -> tuple[str, int, bool]:
        return LateFirst(self.key, self.count, self.step)(item), os.getpid(), in_child()


@dataclass(frozen=True)
class ManyBytes:
    """Map an item to 32 bytes of a keyed digest, `times` over."""

    key: str
    times: int

    def __call__(self, item: object) -> bytes:
        return chain(f"{self.key}:{item!r}".encode(), 0) * self.times


@dataclass(frozen=True)
class GivesBack:
    """Return the argument."""

    def __call__(self, item: object) -> object:
        return item


@dataclass(frozen=True)
class DiesFor:
    """Digest the item, but for `bad` end the process as `how` says, or return what cannot be pickled.

    Parameters
    ----------
    how : str
        As for `end_process`, or "unpicklable".
    others : float
        Seconds that every other item takes.
    """

    key: str
    bad: str
    how: str
    number: int = 0
    others: float = 0.0

    def __call__(self, item: str) -> object:
        if item != self.bad:
            time.sleep(self.others)
            return Digest(self.key)(item)
        if self.how == "unpicklable":
            be_quiet()
            return lambda: item
        end_process(self.how, self.number)
        return None


@dataclass(frozen=True)
class Lasts:
    """Last some seconds; if `deaf`, without listening to SIGTERM."""

    deaf: bool = False

    def __call__(self, seconds: float = 0.0, word: str = "") -> None:
        if self.deaf:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(seconds)


def bytes_hashed_in(seconds: float) -> int:
    """How many bytes SHA-256 digests in about `seconds` on this machine now (best of three short tries)."""
    piece, times = bytes(1 << 20), 8
    best = float("inf")
    for _ in range(3):
        digest = sha256()
        start = time.perf_counter()
        for _ in range(times):
            digest.update(piece)
        best = min(best, time.perf_counter() - start)
    return max(1, round(seconds * times * len(piece) / best))


@dataclass(frozen=True)
class KeepsInterpreter:
    """For `seconds`, let no other thread of this process run Python: as a computation in Python does.

    It sleeps with the interpreter's lock in its hand, so it needs no core: calls in threads take one turn
    after the other, calls in processes do not, and that is so on a busy machine, and on one core.
    """

    seconds: float

    def __call__(self, item: object) -> object:
        import ctypes

        if os.name == "nt":
            ctypes.PyDLL("kernel32").Sleep(round(self.seconds * 1e3))
        else:
            ctypes.PyDLL(None).usleep(round(self.seconds * 1e6))
        return item


@dataclass(frozen=True)
class WaitsForLongResult:
    """Wait `seconds`, and return `length` bytes: they cost nothing to make, but much to send."""

    seconds: float
    length: int

    def __call__(self, item: object) -> tuple[object, bytes]:
        time.sleep(self.seconds)
        return item, bytes(self.length)


@dataclass(frozen=True)
class DigestsBeginning:
    """Digest the first `length` bytes of an item ``(number, page)``: little work on much that was sent."""

    key: str
    length: int

    def __call__(self, item: tuple[int, bytes]) -> str:
        number, page = item
        digest = sha256(f"{self.key}:{number}:".encode())
        digest.update(memoryview(page)[: self.length])
        return digest.hexdigest()[:16]


@dataclass(frozen=True)
class RaisesForAll:
    """Raise ``LookupError(note)``, whatever the item is."""

    note: str

    def __call__(self, item: object) -> object:
        raise LookupError(self.note)


@dataclass(frozen=True)
class Noted:
    """Do another task, and write into a file for which item, when and where: a line a call, of any process.

    A line is ``number begun ended process``. The number is the item, or what comes first in it; the clock is
    the machine's, not the process's.
    """

    task: Callable[[object], object]
    path: str

    def __call__(self, item: object) -> object:
        begun = time.monotonic()
        try:
            return self.task(item)
        finally:
            number = item[0] if isinstance(item, tuple) else item
            line = f"{number} {begun!r} {time.monotonic()!r} {os.getpid()}\n"
            # Appended in one write, so that lines of several processes never mix.
            with open(self.path, "ab", buffering=0) as notes:
                notes.write(line.encode())


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

"""Numbers that see how they are read and written, and locks that know who waits for whom.

    process 1 ... process n, all on one board in shared memory
        lock:    who holds it, who waits for it, how often it was taken  -->  a circle of waiters is seen
        number:  each write, what was read before it, under which hold   -->  a lost update is seen

A race that loses an update once in a thousand runs is no test, and neither is a deadlock that needs luck.
Here processes wait for one another where luck would be needed. Who has read a number without its lock waits
until the others have read as well. Who has taken a first lock waits until the others hold or want one. Who
gives up a lock that is wanted waits until it was taken. All of this is bounded. It hardly holds up an answer
that locks as it should; one that does not loses for certain, and what it did is written down besides.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from multiprocessing import Lock
from multiprocessing.sharedctypes import RawArray
from typing import Any

NOT_BEGUN, AT_WORK, DONE = range(3)
_START_SECONDS = 10.0  # until all processes are there
_MEET_SECONDS = 0.5  # one wait for the others
_PATIENCE_SECONDS = 1.0  # all such waits of a process together


class Board:
    """What the processes tell one another, in shared memory; each cell has one writer at a time.

    Parameters
    ----------
    processes, locks : int
        How many there are.
    """

    def __init__(self, processes: int, locks: int) -> None:
        self.me = 0
        self.patience = _PATIENCE_SECONDS
        self.state = RawArray("b", processes)
        self.reads = RawArray("q", processes)  # without the lock
        self.pausing = RawArray("b", processes)  # after such a read
        self.wants = RawArray("q", processes)  # lock + 1; negative if only for a time; 0 for none
        self.holder = RawArray("q", locks)  # process + 1; 0 for nobody
        self.holds = RawArray("q", locks)  # how often it was taken

    def enter(self, me: int) -> None:
        """Be process `me`, and wait until all are there."""
        self.me = me
        self.state[me] = AT_WORK
        end = time.monotonic() + _START_SECONDS
        while NOT_BEGUN in self.state and time.monotonic() < end:
            time.sleep(0.0005)

    def meet(self, met: Callable[[], bool]) -> None:
        """Wait until something holds: bounded each time, and in sum."""
        begun = time.monotonic()
        while not met() and time.monotonic() - begun < min(_MEET_SECONDS, self.patience):
            time.sleep(0.0005)
        self.patience -= time.monotonic() - begun

    def others(self) -> list[int]:
        """Whoever else is still at work."""
        return [one for one, state in enumerate(self.state) if one != self.me and state != DONE]

    def read_alone(self) -> None:
        """A number was read without its lock: let the others read it as well before anybody goes on."""
        self.reads[self.me] += 1
        self.pausing[self.me] = 1
        mine = self.reads[self.me]
        self.meet(lambda: all(self.reads[one] >= mine or self.wants[one] for one in self.others()))
        self.pausing[self.me] = 0

    def locked(self) -> None:
        """A first lock was taken: let the others come as far before anybody goes on."""
        self.meet(
            lambda: all(
                self.wants[one] or self.pausing[one] or one + 1 in self.holder for one in self.others()
            )
        )

    def stuck(self) -> list[tuple[int, int, int, bool]]:
        """Who waits without end for what another does not give up: (process, lock, its holder, has it ended).

        A lock's holder is entered when it was taken and is no longer entered as waiting for it, and taken out
        before it is given up. So a circle that stays, while no lock is taken, is one.
        """
        for start in range(len(self.wants)):
            chain: list[int] = []
            one = start
            while one not in chain and self.wants[one] > 0 and self.holder[self.wants[one] - 1]:
                chain.append(one)
                one = self.holder[self.wants[one] - 1] - 1
            if chain and (one in chain or self.state[one] == DONE):
                links = chain[chain.index(one) :] if one in chain else chain[-1:]
                found = [
                    (waiter, self.wants[waiter] - 1, self.holder[self.wants[waiter] - 1] - 1)
                    for waiter in links
                ]
                return [(*link, self.state[link[2]] == DONE) for link in found]
        return []


class WatchedLock:
    """A `multiprocessing.Lock` that tells the board who holds it and who waits for it.

    Attributes
    ----------
    hold : int
        Which time it was taken, counted from 1, while this process holds it; otherwise 0.
    """

    hold = 0

    def stand_for(self, real: Any, board: Board, number: int) -> None:
        """Be lock `number` of the board."""
        self._real = real
        self._board = board
        self._number = number

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        """As `multiprocessing.Lock.acquire`."""
        board, number = self._board, self._number
        board.wants[board.me] = number + 1 if block and timeout is None else -number - 1
        try:
            taken = self._real.acquire(block, timeout)
        finally:
            board.wants[board.me] = 0
        if taken:
            board.holder[number] = board.me + 1
            board.holds[number] += 1
            self.hold = board.holds[number]
            if list(board.holder).count(board.me + 1) == 1:
                board.locked()
        return taken

    def release(self) -> None:
        """As `multiprocessing.Lock.release`; then let somebody else have it who waits for it."""
        board, number = self._board, self._number
        before = board.holds[number]
        self.hold = 0
        board.holder[number] = 0
        self._real.release()
        waiting = (number + 1, -number - 1)
        board.meet(
            lambda: (
                board.holds[number] != before
                or not any(board.wants[one] in waiting for one in board.others())
            )
        )

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *exc_info: object) -> None:
        self.release()


class Numbers:
    """Numbers by name in shared memory, each with a lock; every write is noted with what was read before it.

    Parameters
    ----------
    start : mapping of names to int
    processes : int
    unreadable : int, optional
        Reading this very number raises ``ConnectionResetError``, as a manager that is gone would.
    """

    def __init__(self, start: Mapping[Any, int], processes: int, unreadable: int | None) -> None:
        self.board = Board(processes, len(start))
        self.places = {name: place for place, name in enumerate(start)}
        self.cells = RawArray("q", list(start.values()))
        self.unreadable = unreadable
        self._real = [Lock() for _ in start]
        self.locks: dict[Any, WatchedLock] = {}
        self.known: dict[Any, tuple[int, int]] = {}
        self.writes: list[tuple[int, Any, int | None, int, int, int]] = []

    def enter(self, me: int) -> None:
        """Be process `me`, with locks of its own that stand for the shared ones.

        Objects lie anywhere in memory. Whoever goes by `id` goes by another order in every process; here
        that is certain.
        """
        made = sorted((WatchedLock() for _ in self.places), key=id, reverse=me % 2 == 1)
        self.locks = dict(zip(self.places, made, strict=True))
        for name, place in self.places.items():
            self.locks[name].stand_for(self._real[place], self.board, place)
        self.board.enter(me)

    def read(self, name: Any) -> int:
        """The number of that name."""
        number = self.cells[self.places[name]]
        if number == self.unreadable:
            raise ConnectionResetError(f"the value of {name} cannot be read: the connection is gone")
        self.known[name] = number, self.locks[name].hold
        if not self.locks[name].hold:
            self.board.read_alone()
        return number

    def write(self, name: Any, number: int) -> None:
        """Change that number, and note it: process, name, known, under which hold, written, under which."""
        place, hold = self.places[name], self.locks[name].hold
        known, known_under = self.known.get(name, (None, 0))
        self.cells[place] = number
        self.writes.append((self.board.me, name, known, known_under, number, hold))
        self.known[name] = number, hold


class Counter:
    """One number, as the `value` of something shared."""

    def __init__(self, numbers: Numbers, name: Any) -> None:
        self._numbers = numbers
        self._name = name

    @property
    def value(self) -> int:
        """The number."""
        return self._numbers.read(self._name)

    @value.setter
    def value(self, number: int) -> None:
        self._numbers.write(self._name, number)


class Accounts(MutableMapping[Any, int]):
    """All numbers, as a mapping that neither grows nor shrinks."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    def __getitem__(self, name: Any) -> int:
        return self._numbers.read(name)

    def __setitem__(self, name: Any, number: int) -> None:
        self._numbers.write(name, number)

    def __delitem__(self, name: Any) -> None:
        raise TypeError("accounts cannot be closed")

    def __contains__(self, name: object) -> bool:
        return name in self._numbers.places

    def __iter__(self) -> Iterator[Any]:
        return iter(self._numbers.places)

    def __len__(self) -> int:
        return len(self._numbers.places)

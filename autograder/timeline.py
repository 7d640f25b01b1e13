"""Who ran what, and when: a recorder that works under every start method.

    your process                              a worker
    pool.map(recorded(func), items)  ----->   start = clock
                                              result = func(item)
                                              end = clock
    list of Record                   <-----   Record(item, result, worker, start, end)

`recorded(func)` is a small object that holds `func` and can be pickled, so it travels to a worker in
the place of `func`. Nothing is shared and nothing is written to disk: what was seen comes back with
the result. The clock is `time.perf_counter`, which all processes of one machine read alike.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Record:
    """One call of a recorded function.

    Parameters
    ----------
    task : object
        What the function was called with: its argument, or the tuple of its arguments if it took several.
    result : object
        What the function returned.
    worker : int
        Process id of the process that made the call.
    start, end : float
        When the call began and ended, in seconds of `time.perf_counter`; only differences mean anything.
    """

    task: Any
    result: Any
    worker: int
    start: float
    end: float

    @property
    def seconds(self) -> float:
        """How long the call took."""
        return self.end - self.start


@dataclass(frozen=True)
class recorded:
    """Wrap a function so that each call returns a `Record` in the place of the bare result.

    Parameters
    ----------
    func : callable
        The function to call. For a process pool it must be importable, as always.

    Examples
    --------
    >>> record = recorded(abs)(-3)
    >>> record.task, record.result, record.worker == os.getpid()
    (-3, 3, True)
    """

    func: Callable[..., Any]

    def __call__(self, *args: Any) -> Record:
        start = time.perf_counter()
        result = self.func(*args)
        end = time.perf_counter()
        return Record(args[0] if len(args) == 1 else args, result, os.getpid(), start, end)


def by_worker(records: Iterable[Record]) -> dict[int, list[Record]]:
    """Sort records into one list a worker, each in order of time; the worker that began first comes first.

    Examples
    --------
    >>> late, early = Record("b", None, 7, 2.0, 3.0), Record("a", None, 9, 0.0, 1.0)
    >>> {worker: [record.task for record in rows] for worker, rows in by_worker([late, early]).items()}
    {9: ['a'], 7: ['b']}
    """
    rows: dict[int, list[Record]] = {}
    for record in sorted(records, key=lambda record: record.start):
        rows.setdefault(record.worker, []).append(record)
    return rows

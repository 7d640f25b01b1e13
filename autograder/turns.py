"""One at a time on one thing, over all processes of a machine: a lock on a small file beside the thing.

It ends with the process that holds it, however that dies. The file is removed by the last holder; one
that a killed process has left is simply locked by the next.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from autograder.machine import try_lock

_LOOK_SECONDS = 0.05


@contextlib.contextmanager
def turn(path: Path, waiting: Callable[[float], None] = lambda seconds: None) -> Iterator[None]:
    """Hold the lock file at `path`; it and its folder are made if they are missing.

    Parameters
    ----------
    path : Path
        Nothing else may lie there.
    waiting : callable
        Called some times a second with the seconds waited so far, while another holds it.
    """
    descriptor = _take(path, waiting)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # Windows removes no open file
            path.unlink()
        os.close(descriptor)


def _take(path: Path, waiting: Callable[[float], None]) -> int:
    started = time.monotonic()
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o664)
        try:
            while not try_lock(descriptor):
                waiting(time.monotonic() - started)
                time.sleep(_LOOK_SECONDS)
            # The one before may have removed the file that is now locked; then this lock holds nobody off.
            if os.path.exists(path) and os.path.samestat(os.fstat(descriptor), os.stat(path)):
                return descriptor
        except FileNotFoundError:  # removed between the two looks
            pass
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)

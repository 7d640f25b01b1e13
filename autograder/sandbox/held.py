"""Folders that are known to be in use: whoever made one holds a lock on it, until it is removed.

A lock ends with the process that holds it, however that dies. So a folder that can be locked belongs to
nobody any more, and the next start removes it. No number of a process is believed: those come again, and
mean something else in another container or on another machine that shares the folder.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: nothing is locked, nothing is swept
    fcntl = None  # type: ignore[assignment]

BOXES = "autograder-box-"


class Held:
    """A new folder, held by this process.

    Parameters
    ----------
    parent : pathlib.Path
        Where to make it.
    remove : callable
        Removes a folder; raises OSError where it cannot.

    Raises
    ------
    OSError
        If no folder can be made there.
    """

    def __init__(self, parent: Path, remove: Callable[[Path], object]) -> None:
        self._remove = remove
        while True:
            self.path = parent / f"{BOXES}{secrets.token_hex(8)}"
            self.path.mkdir(mode=0o700)
            self._lock = _lock(self.path)
            # Somebody who sweeps may have been quicker: then it is theirs, and gone in a moment.
            if fcntl is None or (self._lock is not None and self.path.exists()):
                return
            self._let_go()

    def remove(self) -> None:
        """Remove the folder and let go of it.

        Raises
        ------
        OSError
            If it cannot be removed; it is held no longer all the same, and the next sweep tries again.
        """
        try:
            self._remove(self.path)
        finally:
            self._let_go()

    def _let_go(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


class Scratch:
    """A scratch folder, to be used like `tempfile.TemporaryDirectory`; made after a sweep."""

    def __init__(self) -> None:
        parent = Path(tempfile.gettempdir())
        sweep(parent, shutil.rmtree)
        self._held = Held(parent, shutil.rmtree)
        self.name = str(self._held.path)

    def cleanup(self) -> None:
        """Remove it with all that is in it; once is enough."""
        with contextlib.suppress(FileNotFoundError):
            self._held.remove()


def sweep(parent: Path, remove: Callable[[Path], object]) -> None:
    """Remove what boxes of dead processes have left in a folder.

    Only this user's own folders are looked at, no link is followed, and a folder in use is left alone. One
    that cannot be removed now is left to the next sweep.
    """
    if fcntl is None:
        return
    with contextlib.suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            if entry.name.startswith(BOXES) and entry.is_dir(follow_symlinks=False):
                lock = _lock(Path(entry.path))
                if lock is not None:
                    with contextlib.suppress(OSError):
                        remove(Path(entry.path))
                    os.close(lock)


def _lock(folder: Path) -> int | None:
    """A descriptor that holds the lock of a folder of this user's; None if another has it, or it is gone."""
    if fcntl is None:
        return None
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        if os.fstat(lock).st_uid == os.geteuid():
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
    except OSError:  # somebody holds it
        pass
    os.close(lock)
    return None

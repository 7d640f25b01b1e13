"""Ends what a killed caller has left half started: no process outlives the one that started it.

    caller ---- starts -----> unshare, sh, setpriv, bwrap (outside), bwrap (pid 1 of the box)
       |                        each has the caller's mark in its command line
       '------- starts once -> keeper: sleeps until the caller is dead, then kills what has the mark

bwrap ends with its parent (--die-with-parent), but only from the moment when it has asked for that. What
is killed before leaves a bwrap that starts a box for nobody, or one that waits for ever for the other. The
keeper knows no moment: it looks for the mark, again and again, until nothing has had it for a while.

It costs one small process for each process that grades, which sleeps. This file is its program, too.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Iterator

_QUIET_SECONDS = 2.0  # without the mark: from a fork to its exec, a process has the caller's command line
_PAUSE = 0.02


class _Keeper:
    """The keeper of this process."""

    def __init__(self) -> None:
        import secrets
        import subprocess

        self.owner = os.getpid()
        self.mark = f"autograder-mark-{secrets.token_hex(8)}"
        # Nothing of the caller's goes with it: neither its environment nor its folder, group or descriptors.
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", os.path.abspath(__file__), str(self.owner), self.mark],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={},
            start_new_session=True,
        )

    def works(self) -> bool:
        """Whether it is this process's (not that of a parent that forked it) and alive."""
        return self.owner == os.getpid() and self.process.poll() is None


_keeper: _Keeper | None = None
_lock = threading.Lock()
_starting = 0


@contextlib.contextmanager
def kept() -> Iterator[str]:
    """While a box is started: yields the mark that its command line must carry.

    Raises
    ------
    OSError
        If the keeper cannot be started.
    """
    global _keeper, _starting
    with _lock:
        if _keeper is None or not _keeper.works():
            _keeper = _Keeper()
        mark = _keeper.mark
        _starting += 1
    try:
        yield mark
    finally:
        with _lock:
            _starting -= 1


def _forget() -> None:
    """In a forked child: the lock may be held by a thread that is not there, and the keeper is another's."""
    global _lock, _starting
    _lock, _starting = threading.Lock(), 0


@atexit.register
def _dismiss() -> None:
    """End the keeper and reap it: in a container there may be nobody else who does.

    One that may still be needed stays, and ends by itself.
    """
    if _keeper is not None and _keeper.works() and not _starting:
        _keeper.process.kill()
        _keeper.process.wait()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


# The keeper's own program ----------------------------------------------------------------------------


def _wait_for_the_end_of(caller: int) -> None:
    try:
        descriptor = os.pidfd_open(caller)
    except ProcessLookupError:
        return
    # Its number may have come to mean another process; a dead caller's children have another parent.
    if os.getppid() == caller:
        select.select([descriptor], [], [])
    os.close(descriptor)


def _kill_marked(mark: bytes) -> bool:
    """Send SIGKILL to all that have the mark in their command lines; whether there were any."""
    found = False
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid() and _has(name, mark):
            found = True
            with contextlib.suppress(OSError):
                descriptor = os.pidfd_open(int(name))
                try:
                    if _has(name, mark):  # what the descriptor stands for, and no later process
                        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
                finally:
                    os.close(descriptor)
    return found


def _has(pid: str, mark: bytes) -> bool:
    with contextlib.suppress(OSError), open(f"/proc/{pid}/cmdline", "rb") as file:
        return mark in file.read()
    return False


def _main(caller: int, mark: bytes) -> None:
    _wait_for_the_end_of(caller)
    seen = time.monotonic()
    while time.monotonic() - seen < _QUIET_SECONDS:
        if _kill_marked(mark):
            seen = time.monotonic()
        time.sleep(_PAUSE)


if __name__ == "__main__":
    _main(int(sys.argv[1]), sys.argv[2].encode())

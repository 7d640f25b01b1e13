"""No containment: a plain process, for a student's own code on the student's own machine.

Grading other people's code this way needs ``--unsafe-no-sandbox``, and the report says so.
Works on every platform. The tree is ended by psutil: children are listed, then killed, until none
is left; a process that detached itself from the tree is found by the mark in its environment.
Python's resource tracker goes last, and by itself: it removes the semaphores and shared memory that
killed processes leave on the machine.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

from autograder.sandbox.base import (
    ENVIRONMENT,
    PACKAGE,
    Box,
    Limits,
    Sandbox,
    SandboxError,
    alive,
    runner_command,
    write_sources,
)

_MARK = "AUTOGRADER_BOX"
_TRACKER = "multiprocessing.resource_tracker"
_TRACKER_SECONDS = 2.0


class BareBox(Box):
    """A plain process tree, remembered by a mark that its processes inherit."""

    mark = ""

    def tree(self) -> list[psutil.Process]:
        """Every living process of the tree, those that detached themselves included."""
        # Once the root is reaped, its number may come to mean a stranger.
        below = super().tree() if self.process.returncode is None else []
        found = {process.pid: process for process in below}
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if process.pid != os.getpid() and process.environ().get(_MARK) == self.mark:
                    found[process.pid] = process
        return [process for process in found.values() if alive(process)]

    def kill(self) -> None:
        """Kill every process of the tree that can be found now, but the resource tracker."""
        self._kill(sparing=_TRACKER)

    def _kill(self, sparing: str) -> None:
        for process in self.tree():
            with contextlib.suppress(psutil.Error):
                if not sparing or sparing not in " ".join(process.cmdline()):
                    process.kill()
        super().kill()

    def wait_empty(self, seconds: float = 10.0) -> None:
        """Kill until none is left."""
        super().wait_empty(seconds)
        started = time.monotonic()
        while left := self.tree():
            waited = time.monotonic() - started
            if waited > seconds:
                pids = ", ".join(str(process.pid) for process in left)
                raise SandboxError(f"processes {pids} are still there {seconds:g} s after SIGKILL")
            self._kill(sparing=_TRACKER if waited < _TRACKER_SECONDS else "")
            psutil.wait_procs(left, timeout=0.2)


class Bare(Sandbox):
    """Start runners without containment."""

    name = "none"

    def problem(self) -> str:
        """Always usable; whether it may be used is decided elsewhere."""
        return ""

    def limits_in_words(self) -> str:
        """Hardly anything."""
        return (
            "The time of a call, the output and, while a call is observed, the memory of all processes are "
            "watched; nothing else is limited."
        )

    def start(self, sources: Mapping[str, str], limits: Limits) -> Box:
        """See `Sandbox.start`."""
        scratch = tempfile.TemporaryDirectory(prefix="autograder-", ignore_cleanup_errors=True)
        folder = Path(scratch.name)
        write_sources(sources, folder / "answers")
        (folder / "work").mkdir()
        ours, theirs = socket.socketpair()
        mark = secrets.token_hex(8)
        environment = {**os.environ, **ENVIRONMENT, _MARK: mark, "PYTHONPATH": str(PACKAGE.parent)}
        try:
            process = subprocess.Popen(
                runner_command(theirs.fileno(), str(folder / "answers")),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=folder / "work",
                env=environment,
                start_new_session=True,
                pass_fds=(theirs.fileno(),),
            )
        except BaseException:
            ours.close()
            scratch.cleanup()
            raise
        finally:
            theirs.close()
        box = BareBox(process, ours, scratch, limits)
        box.mark = mark
        box.wait_started()
        return box

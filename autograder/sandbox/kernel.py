"""A Jupyter kernel in a sandbox, for notebook cells that only show things.

    client (nbclient, or autograder.showing)
      | ZeroMQ over Unix sockets, in a folder that only the caller may enter
    a thread of this process, which relays, counts, watches and ends the box
      | Unix sockets in the box's own /tmp, reached through /proc/PID/root
    bwrap -> prlimit -> python -m ipykernel_launcher -> the cells' own workers

No network: the box has none. Nothing of the host is writable: the kernel makes its sockets in its own
size-limited /tmp. All that it says passes the relay, and the box is ended when it is too much, whatever
the client would have done with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from autograder.observe import Observer
from autograder.sandbox.base import Limits, SandboxError, copy_modules, let_read
from autograder.sandbox.bubblewrap import ANSWERS, Bubblewrap, BubblewrapBox
from autograder.sandbox.relay import Relay, connection_info

ARGUMENTS = ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"]

# What cells may import of this package: what lectures and units draw and measure with. None of it knows
# an answer, an expected value or the gradebook; `check` is not there, since checks are not shown cells.
SHOW_MODULES = (
    "__init__.py",
    "cpu_use.py",
    "findings.py",
    "machine.py",
    "plots.py",
    "procfs.py",
    "tasks.py",
    "timeline.py",
    *(f"render/{name}.py" for name in ("__init__", "bars", "html", "palette", "text", "words")),
)
# A kernel has a dozen threads, each with address space of its own, and its try-outs start workers.
SHOW_LIMITS = Limits(
    memory=2 << 30, processes=128, cpu_seconds=60, file_bytes=64 << 20, scratch=128 << 20, output=32 << 20
)
SHOW_SECONDS = 60

_CONNECTION = "connection.json"
# /etc of the box is empty, and matplotlib's first picture would begin with a complaint of fontconfig's.
_FONTS = (
    '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
    '<dir>/usr/share/fonts</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>\n'
)
_START_SECONDS = 30.0
_TICK = 0.05  # seconds between looks at a box that should still be there
_MIB = 1 << 20


class KernelBox:
    """One kernel in one box: started, relayed, watched and ended by a thread of its own.

    A context manager; leaving it ends every process of the box. Any thread may call its methods.

    Parameters
    ----------
    address : str
        Where clients connect to: the path of the sockets without their "-1" to "-5".
    key : bytes
        The key that messages are signed with.
    command : sequence of str
        What to run; ``{connection_file}`` becomes the place of the connection file in the box.
    limits : Limits
        On the whole tree; `limits.output` counts all that the kernel sends to its clients.
    seconds : float
        Wall time of the whole box.
    """

    def __init__(
        self,
        address: str,
        key: bytes,
        command: Sequence[str] = ARGUMENTS,
        limits: Limits = SHOW_LIMITS,
        seconds: float = SHOW_SECONDS,
    ) -> None:
        self.address = address
        self.limits = limits
        self.seconds = seconds
        #: Why the box has ended, in words; empty while it lives, and when it was closed by its owner.
        self.reason = ""
        #: Exit status of the kernel; None while it lives.
        self.status: int | None = None
        self._key = key
        self._command = command
        self._box: BubblewrapBox | None = None
        self._problem: BaseException | None = None
        self._started = threading.Event()
        self._closing = threading.Event()
        # The kernel's parent-death signal is that of the thread that starts it: this one outlives it.
        self._thread = threading.Thread(target=self._run, name="kernel-box", daemon=True)

    def start(self) -> None:
        """Start the kernel; returns when clients may connect.

        Raises
        ------
        SandboxError
            If the box or the kernel did not start.
        """
        self._thread.start()
        try:
            self._started.wait()
        except BaseException:  # interrupted: nobody will come back to close it
            self._closing.set()
            raise
        if self._problem is not None:
            self._thread.join()
            raise self._problem

    def alive(self) -> bool:
        """Whether the kernel is there."""
        return self._thread.is_alive() and self.status is None

    def interrupt(self) -> None:
        """Send SIGINT to the kernel and the workers of its group, and not to bwrap, which would die of it."""
        kernel = self._box.runner() if self._box is not None and self.alive() else None
        if kernel is not None:
            # Its group lies in the box's own session, whatever the cells did: never one of ours.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(os.getpgid(kernel.pid), signal.SIGINT)

    def close(self) -> None:
        """End every process of the box; returns when they are gone.

        Raises
        ------
        SandboxError
            If some process of the box could not be ended.
        """
        self._closing.set()
        self._thread.join()
        if self._problem is not None:
            raise self._problem

    def __enter__(self) -> KernelBox:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _run(self) -> None:
        try:
            asyncio.run(self._live())
        except BaseException as error:
            self._problem = error
            self.reason = self.reason or f"the sandbox failed: {error}"
        finally:
            self.status = self.status if self.status is not None else -signal.SIGKILL
            self._started.set()

    async def _live(self) -> None:
        """The box's whole life, in the thread of its own."""
        async with contextlib.AsyncExitStack() as stack:
            box = self._box = self._open()
            stack.enter_context(box)
            stack.enter_context(
                Observer(box.root_pid, interval=0.02, memory=self.limits.memory, too_much=self._too_much)
            )
            relay = Relay(self.address, self.limits.output, self._flooded)
            await stack.enter_async_context(relay)
            inside = f"/proc/{box.root_pid}/root{self._inside}"
            if not await relay.listen(
                inside, _START_SECONDS, lambda: self._closing.is_set() or box.process.poll() is not None
            ):
                said = box.output().strip()[-2000:] or "it said nothing"
                raise SandboxError(f"the kernel did not start: {said}")
            self._started.set()
            end = asyncio.get_running_loop().time() + self.seconds
            while not self._closing.is_set() and box.process.poll() is None:
                if asyncio.get_running_loop().time() > end:
                    self._end(f"it was still running after {self.seconds:g} s")
                await asyncio.sleep(_TICK)
            self.status = box.process.poll()
            if self.status is not None and not self.reason:
                self.reason = box.stopped or f"its Python process ended ({_how(self.status)})"

    def _end(self, reason: str) -> None:
        self.reason = self.reason or reason
        if self._box is not None:
            self._box.kill()

    def _too_much(self, used: int) -> None:
        allowed = self.limits.memory // _MIB
        self._end(f"it used {used / _MIB:,.0f} MiB of memory, and {allowed:,} MiB are allowed")

    def _flooded(self) -> None:
        self._end(f"its outputs had more than {self.limits.output / _MIB:,.0f} MiB")

    def _open(self) -> BubblewrapBox:
        """Prepare what the box may see and start it; the kernel itself need not be there yet."""
        self._inside = f"/tmp/kernel-{secrets.token_hex(8)}"  # also tells this box's /tmp from any other
        connection = json.dumps(connection_info(self._inside, self._key))

        def prepare(folder: Path) -> None:
            folder.mkdir()
            (folder / _CONNECTION).write_text(connection)
            (folder / "fonts.conf").write_text(_FONTS)
            copy_modules(SHOW_MODULES, folder / "autograder")
            let_read(folder)

        words = [word.replace("{connection_file}", f"{ANSWERS}/{_CONNECTION}") for word in self._command]
        if words and words[0] == "python":
            words[0] = sys.executable
        environment = {
            "PYTHONPATH": f"{ANSWERS}:/work",  # where cells write their modules
            "IPYTHONDIR": "/tmp/ipython",
            "FONTCONFIG_FILE": f"{ANSWERS}/fonts.conf",
            "JUPYTER_PLATFORM_DIRS": "1",
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        }
        command = ["env", *(f"{name}={value}" for name, value in environment.items()), *words]
        ours, theirs = socket.socketpair()
        theirs.close()  # nobody speaks there: a kernel has sockets of its own
        return Bubblewrap().open(command, prepare, self.limits, ours)


def _how(status: int) -> str:
    """An exit status in words; bwrap passes on a signal as 128 + its number.

    Examples
    --------
    >>> _how(0), _how(139)
    ('exit status 0', 'SIGSEGV')
    """
    with contextlib.suppress(ValueError):
        if status > 128 or status < 0:
            return signal.Signals(status - 128 if status > 0 else -status).name
    return f"exit status {status}"

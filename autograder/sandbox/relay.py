"""Joins a kernel's sockets, deep in its box, to sockets that a client can reach, and counts what passes.

    client <-> Unix sockets in a folder of the caller's  <-  relay  ->  Unix sockets in the box's own /tmp,
                                                                        reached through /proc/PID/root

The kernel's sockets are opened (O_PATH) before any cell has run, and only those are ever connected to, so
a link that a cell puts in their place leads nowhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from autograder.sandbox.base import SandboxError

PORTS = {"shell_port": 1, "iopub_port": 2, "stdin_port": 3, "control_port": 4, "hb_port": 5}

_LOOK = 0.01  # seconds between looks for sockets that should be there soon
_MAX_SOCKET_PATH = 107  # bytes, Linux


class Relay:
    """All sockets of one kernel, and a listening socket for each. An asynchronous context manager.

    Parameters
    ----------
    address : str
        Where clients connect to: the path of the sockets without their "-1" to "-5".
    max_bytes : int
        What the kernel may send to all its clients together.
    too_much : callable
        Called when it has sent more; nothing more of it is passed on.
    """

    def __init__(self, address: str, max_bytes: int, too_much: Callable[[], None]) -> None:
        self.address = address
        self._max_bytes = max_bytes
        self._too_much = too_much
        self._sent = 0
        self._stack = contextlib.ExitStack()

    async def __aenter__(self) -> Relay:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._stack.close()

    async def listen(self, inside: str, seconds: float, gone: Callable[[], bool]) -> bool:
        """Wait for the kernel's sockets, and let clients connect to them.

        Parameters
        ----------
        inside : str
            Their path without "-1" to "-5", as seen from outside the box.
        seconds : float
            How long to wait.
        gone : callable
            Whether there is nothing to wait for any more.

        Returns
        -------
        bool
            False if the kernel did not make its sockets.
        """
        found = await self._open(inside, seconds, gone)
        for port, descriptor in found.items():
            place = f"{self.address}-{port}"
            server = await asyncio.start_unix_server(partial(self._relay, descriptor), place)
            self._stack.callback(Path(place).unlink, missing_ok=True)
            self._stack.callback(server.close)
        return bool(found)

    async def _open(self, inside: str, seconds: float, gone: Callable[[], bool]) -> dict[int, int]:
        """Open each socket: a descriptor cannot be made to mean another file.

        No cell has run yet, so what lies there is the kernel's. That it is a socket is looked at all the
        same, and no link is followed in its last step.
        """
        found: dict[int, int] = {}
        end = asyncio.get_running_loop().time() + seconds
        while len(found) < len(PORTS):
            for port in set(PORTS.values()) - set(found):
                with contextlib.suppress(FileNotFoundError):
                    descriptor = os.open(f"{inside}-{port}", os.O_PATH | os.O_NOFOLLOW)
                    self._stack.callback(os.close, descriptor)
                    if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                        raise SandboxError(f"the kernel's socket {port} is no socket")
                    found[port] = descriptor
            if gone() or asyncio.get_running_loop().time() > end:
                return {}
            await asyncio.sleep(_LOOK)
        return found

    async def _relay(
        self, descriptor: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Join one client to the kernel's socket until either side is gone."""
        try:
            inner_reader, inner_writer = await asyncio.open_unix_connection(f"/proc/self/fd/{descriptor}")
        except OSError:  # the kernel is gone, or not listening yet: the client tries again by itself
            writer.close()
            return
        copies = [
            asyncio.create_task(self._copy(reader, inner_writer, counted=False)),
            asyncio.create_task(self._copy(inner_reader, writer, counted=True)),
        ]
        try:
            # Cancelled when the box ends: of that, Python 3.11's server would make an error to log.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait(copies, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for copy in copies:
                copy.cancel()
            writer.close()
            inner_writer.close()

    async def _copy(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, counted: bool
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while part := await source.read(1 << 16):
                if counted:
                    self._sent += len(part)
                    if self._sent > self._max_bytes:
                        self._too_much()
                        return
                target.write(part)
                await target.drain()


def connection_info(address: str, key: bytes) -> Any:
    """What a client, or the kernel, needs to know to meet the other; see Jupyter's connection files."""
    return {
        "transport": "ipc",
        "ip": address,
        "key": key.decode(),
        "signature_scheme": "hmac-sha256",
        "kernel_name": "",
        **PORTS,
    }


def socket_folder() -> tempfile.TemporaryDirectory[str]:
    """A new folder that only its owner may enter, with a path short enough for a socket's."""
    beside = tempfile.gettempdir()
    if len(os.fsencode(beside)) > _MAX_SOCKET_PATH - 40:
        beside = "/tmp"
    return tempfile.TemporaryDirectory(prefix="autograder-kernel-", dir=beside)

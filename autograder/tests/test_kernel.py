"""The box of a kernel, its sockets and its relay: real kernels in real sandboxes."""

from __future__ import annotations

import asyncio
import os
import secrets
import select
import socket
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.asynchronous import AsyncKernelClient

from autograder.sandbox.kernel import KernelBox
from autograder.sandbox.relay import connection_info, socket_folder

pytestmark = pytest.mark.usefixtures("leaves_nothing")


class Kernel:
    """A box and a client of it, for tests that look closer than `show` does."""

    def __init__(self, folder: str, **options: Any) -> None:
        self.address = str(Path(folder, "kernel"))
        self.key = secrets.token_hex(16).encode()
        self.box = KernelBox(self.address, self.key, **options)

    def run(self, *sources: str) -> None:
        """Run cells, each to its end."""

        async def visit() -> None:
            client = AsyncKernelClient()
            client.load_connection_info(connection_info(self.address, self.key))
            client.start_channels(stdin=False, hb=False, control=False)
            await client.wait_for_ready(timeout=30)
            for source in sources:
                reply = await client.execute(source, reply=True, timeout=20)
                assert reply["content"]["status"] == "ok", reply["content"]
            client.stop_channels()
            client.context.destroy(linger=0)

        asyncio.run(visit())


def test_a_link_in_place_of_a_socket_leads_nowhere(tmp_path: Path) -> None:
    target = tmp_path / "host"
    with socket_folder() as folder, socket.socket(socket.AF_UNIX) as host:
        host.bind(str(target))
        host.listen()
        kernel = Kernel(folder)
        with kernel.box:
            kernel.run(
                "import glob, os\nfor place in glob.glob('/tmp/kernel-*-*'):\n"
                f"    os.unlink(place)\n    os.symlink({str(target)!r}, place)"
            )
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(10)
                client.connect(f"{kernel.address}-1")
                assert client.recv(10).startswith(b"\xff")  # the kernel's greeting, by the socket as it was
            assert not select.select([host], [], [], 0)[0]
        assert os.listdir(folder) == []


def test_only_the_caller_may_enter_the_folder_of_the_sockets() -> None:
    with socket_folder() as folder:
        assert Path(folder).stat().st_mode & 0o077 == 0


def test_a_kernel_that_cannot_start_says_why() -> None:
    with socket_folder() as folder:
        kernel = Kernel(folder, command=["python", "-c", "raise SystemExit('no kernel here')"])
        with pytest.raises(Exception, match="the kernel did not start: no kernel here"):
            kernel.box.start()
        assert os.listdir(folder) == []

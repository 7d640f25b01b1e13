"""The sandboxed kernel for any Jupyter client, by configuration alone.

    client (nbclient in nbgrader's Execute)  ->  kernel specification "autograder-sandbox"
        ->  jupyter_client's entry point  ->  SandboxProvisioner  ->  KernelBox

The specification is installed with this package, so stock nbgrader needs one line:
``c.Execute.kernel_name = "autograder-sandbox"``. Where a package's shared files are not where Jupyter
looks, ``python -m autograder.sandbox.provisioner`` installs it. The notebook's folder is not visible in the
box: a cell has the files that cells have written, and nothing else.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.provisioning import KernelProvisionerBase
from traitlets import Integer

from autograder.sandbox.base import Limits, SandboxError
from autograder.sandbox.bubblewrap import Bubblewrap
from autograder.sandbox.kernel import SHOW_LIMITS, KernelBox
from autograder.sandbox.relay import PORTS, socket_folder

SPEC_NAME = "autograder-sandbox"  # also the name of the entry point
_SPEC = Path(__file__).with_name("kernelspec")
_CONNECTION = "connection.json"
_TICK = 0.05  # seconds between looks at a box that should end soon


class SandboxProvisioner(KernelProvisionerBase):
    """Starts a kernel in a `KernelBox`, for any client that goes by kernel specifications.

    The traits may be set in the specification: ``metadata.kernel_provisioner.config``.
    """

    memory = Integer(SHOW_LIMITS.memory, help="Bytes of memory, all processes together.").tag(config=True)
    processes = Integer(SHOW_LIMITS.processes, help="Processes and threads at once.").tag(config=True)
    cpu_seconds = Integer(SHOW_LIMITS.cpu_seconds, help="CPU time of any one process.").tag(config=True)
    output = Integer(SHOW_LIMITS.output, help="Bytes that the kernel may send.").tag(config=True)
    seconds = Integer(600, help="Wall time of the kernel, from start to end.").tag(config=True)

    _box: KernelBox | None = None
    _folder: tempfile.TemporaryDirectory[str] | None = None

    @property
    def has_process(self) -> bool:
        """See the base class."""
        return self._box is not None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Have the kernel manager use sockets in a folder of ours, and no port of this machine."""
        manager: Any = self.parent
        if self._folder is None:
            self._folder = socket_folder()
        manager.transport = "ipc"
        manager.ip = str(Path(self._folder.name, "kernel"))
        manager.connection_file = str(Path(self._folder.name, _CONNECTION))
        for name, port in PORTS.items():
            setattr(manager, name, port)
        manager.write_connection_file()
        self.connection_info = manager.get_connection_info()
        command = manager.format_kernel_cmd(extra_arguments=kwargs.pop("extra_arguments", []))
        return await super().pre_launch(cmd=command, **kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel in a box; its environment and working folder are the box's, not the caller's.

        Raises
        ------
        SandboxError
            If bubblewrap cannot be used here, or the kernel did not start.
        """
        problem = Bubblewrap().problem()
        if problem:
            raise SandboxError(f"no sandbox, so no cell is run: {problem}")
        manager: Any = self.parent
        ours = os.path.realpath(manager.connection_file)
        words = [word.replace(ours, "{connection_file}") for word in cmd]
        limits = Limits(
            memory=self.memory,
            processes=self.processes,
            cpu_seconds=self.cpu_seconds,
            output=self.output,
            file_bytes=SHOW_LIMITS.file_bytes,
            scratch=SHOW_LIMITS.scratch,
        )
        box = KernelBox(manager.ip, manager.session.key, words, limits, self.seconds)
        await asyncio.to_thread(box.start)
        self._box = box
        return self.connection_info

    async def poll(self) -> int | None:
        """None while the kernel lives, else its exit status."""
        return 0 if self._box is None else self._box.status

    async def wait(self) -> int | None:
        """Wait until the box is empty."""
        box, status = self._box, 0
        if box is not None:
            while box.status is None:
                await asyncio.sleep(_TICK)
            await asyncio.to_thread(box.close)
            status, self._box = box.status, None
            if box.reason:
                self.log.warning("The sandboxed kernel was ended: %s.", box.reason)
        return status

    async def send_signal(self, signum: int) -> None:
        """SIGINT interrupts the cells; any other signal means the end of the box."""
        if self._box is None:
            return
        if signum == signal.SIGINT:
            self._box.interrupt()
        elif signum != 0:
            await asyncio.to_thread(self._box.close)

    async def kill(self, restart: bool = False) -> None:
        """End the box."""
        await self.send_signal(signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:
        """End the box: cells may ignore SIGTERM, so it is not tried."""
        await self.send_signal(signal.SIGTERM)

    async def cleanup(self, restart: bool = False) -> None:
        """Remove what was made for the kernel, and the kernel if it is still there."""
        await self.kill()
        await self.wait()
        if self._folder is not None and not restart:
            self._folder.cleanup()
            self._folder = None


def install(prefix: str = sys.prefix) -> Path:
    """Install the kernel specification below `prefix`, where Jupyter finds it; return its folder."""
    return Path(KernelSpecManager().install_kernel_spec(str(_SPEC), SPEC_NAME, prefix=prefix))


if __name__ == "__main__":
    print(f"Installed {install()}")

"""A Jupyter kernel in a sandbox, for notebook cells that only show things.

    client (nbclient, or autograder.showing)
      | ZeroMQ over Unix sockets, in a folder that only the caller may enter
    relay: a thread of this process, which also counts, watches and ends the box
      | Unix sockets in the box's own /tmp, reached through /proc/PID/root
    bwrap -> prlimit -> python -m ipykernel_launcher -> the cells' own workers

No network: the box has none. Nothing of the host is writable: the kernel makes its sockets in its own
size-limited /tmp. They are opened (O_PATH) before any cell has run, and only those are ever connected
to, so a link that a cell puts in their place leads nowhere. All that the kernel says passes the relay,
which ends the box when it is too much, whatever the client would have done with it.

Stock nbgrader uses it by configuration alone. Once: ``python -m autograder.sandbox.kernel`` installs a
kernel specification; then ``c.Execute.kernel_name = "autograder-sandbox"``. The notebook's folder is not
visible in the box: a cell has the files that cells have written, and nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import stat
import sys
import tempfile
import threading
from collections.abc import Sequence
from functools import partial
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.provisioning import KernelProvisionerBase
from traitlets import Integer

from autograder.observe import Observer
from autograder.sandbox.base import PACKAGE, Limits, SandboxError
from autograder.sandbox.bubblewrap import ANSWERS, Bubblewrap, BubblewrapBox

SPEC_NAME = PROVISIONER_NAME = "autograder-sandbox"
PORTS = {"shell_port": 1, "iopub_port": 2, "stdin_port": 3, "control_port": 4, "hb_port": 5}
ARGUMENTS = ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"]

# What cells may import of this package: what lectures and units draw and measure with. None of it knows
# an answer, an expected value or the gradebook; `check` is not there, since checks are not shown cells.
SHOW_MODULES = (
    "__init__.py",
    "findings.py",
    "machine.py",
    "plots.py",
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
_TICK = 0.05  # seconds between looks at a box that should be there or should still be there
_MAX_SOCKET_PATH = 107  # bytes, Linux
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
        self._sent = 0
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
        with contextlib.ExitStack() as stack:
            box = self._box = self._open()
            stack.enter_context(box)
            stack.enter_context(
                Observer(box.root_pid, interval=0.02, memory=self.limits.memory, too_much=self._too_much)
            )
            for port, descriptor in (await self._sockets(box, stack)).items():
                place = f"{self.address}-{port}"
                server = await asyncio.start_unix_server(partial(self._relay, descriptor), place)
                stack.callback(Path(place).unlink, missing_ok=True)
                stack.callback(server.close)
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

    def _open(self) -> BubblewrapBox:
        """Prepare what the box may see and start it; the kernel itself need not be there yet."""
        self._inside = f"/tmp/kernel-{secrets.token_hex(8)}"  # also tells this box's /tmp from any other
        connection = json.dumps(connection_info(self._inside, self._key))

        def prepare(folder: Path) -> None:
            folder.mkdir()
            (folder / _CONNECTION).write_text(connection)
            (folder / "fonts.conf").write_text(_FONTS)
            for module in SHOW_MODULES:
                for name in (module, str(Path(cache_from_source(module)))):
                    if (PACKAGE / name).exists():
                        place = folder / "autograder" / name
                        place.parent.mkdir(parents=True, exist_ok=True)
                        shutil.copy2(PACKAGE / name, place)
            for path in [folder, *folder.rglob("*")]:
                path.chmod(0o755 if path.is_dir() else 0o644)

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

    async def _sockets(self, box: BubblewrapBox, stack: contextlib.ExitStack) -> dict[int, int]:
        """Wait for the kernel's sockets, and open each: a descriptor cannot be made to mean another file.

        No cell has run yet, so what lies there is the kernel's. That it is a socket is looked at all the
        same, and no link is followed in its last step.
        """
        found: dict[int, int] = {}
        end = asyncio.get_running_loop().time() + _START_SECONDS
        while len(found) < len(PORTS):
            for port in set(PORTS.values()) - set(found):
                with contextlib.suppress(FileNotFoundError):
                    descriptor = os.open(
                        f"/proc/{box.root_pid}/root{self._inside}-{port}", os.O_PATH | os.O_NOFOLLOW
                    )
                    stack.callback(os.close, descriptor)
                    if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                        raise SandboxError(f"the kernel's socket {port} is no socket")
                    found[port] = descriptor
            late = asyncio.get_running_loop().time() > end
            if late or self._closing.is_set() or box.process.poll() is not None:
                said = box.output().strip()[-2000:] or "it said nothing"
                raise SandboxError(f"the kernel did not start: {said}")
            await asyncio.sleep(_TICK / 5)
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
                    if self._sent > self.limits.output:
                        self._end(f"its outputs had more than {self.limits.output / _MIB:,.0f} MiB")
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


def socket_folder() -> tempfile.TemporaryDirectory[str]:
    """A new folder that only its owner may enter, with a path short enough for a socket's."""
    beside = tempfile.gettempdir()
    if len(os.fsencode(beside)) > _MAX_SOCKET_PATH - 40:
        beside = "/tmp"
    return tempfile.TemporaryDirectory(prefix="autograder-kernel-", dir=beside)


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


def specification() -> dict[str, Any]:
    """The kernel specification that names the provisioner."""
    return {
        "argv": [*ARGUMENTS, "--HistoryManager.enabled=False"],
        "display_name": "Python 3 (sandboxed)",
        "language": "python",
        "interrupt_mode": "signal",
        "metadata": {"kernel_provisioner": {"provisioner_name": PROVISIONER_NAME, "config": {}}},
    }


def install(prefix: str = sys.prefix) -> Path:
    """Install the kernel specification below `prefix`, where Jupyter finds it; return its folder."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "kernel.json").write_text(json.dumps(specification(), indent=1))
        return Path(KernelSpecManager().install_kernel_spec(folder, SPEC_NAME, prefix=prefix))


if __name__ == "__main__":
    print(f"Installed {install()}")

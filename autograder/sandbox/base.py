"""What every sandbox mechanism gives the harness: a box with a runner in it, and its certain end.

harness ---- socket -----> runner            (one connected socket, nothing else is inherited)
        <--- pipe -------- stdout + stderr   (read into a buffer of limited size)
        ---- SIGKILL ----> the whole tree, then waits until it is seen empty
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.util import cache_from_source
from pathlib import Path

import psutil

from autograder.protocol import Channel, ProtocolError
from autograder.sandbox.held import Scratch

PACKAGE = Path(__file__).resolve().parent.parent

# What the runner and the answer's workers import of this package. Nothing else of it is in the box:
# not the tests with their corpus of right answers, not the statistics, not the gradebook's code.
BOX_MODULES = (
    "__init__.py",
    "protocol.py",
    "runner.py",
    "tasks.py",
    "drivers.py",
    "drivers_cluster.py",
    "drivers_lock.py",
    "drivers_shared.py",
    "drivers_forest.py",
    "lab_models.py",
    "watched.py",
    "ideal.py",
)

ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONSAFEPATH": "1",
    # One thread for BLAS and OpenMP: what is judged is the answer's own workers.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


class SandboxError(Exception):
    """The sandbox is missing or did not start: nothing about the answer can be said."""


@dataclass(frozen=True)
class Limits:
    """What a whole process tree may use.

    Parameters
    ----------
    memory : int
        Bytes of memory: of address space for each process; for all together, of resident memory, of what
        lies in the writable places, and of what sockets may hold.
    processes : int
        Processes and threads at once.
    cpu_seconds : int
        CPU time, in seconds: of each process, and of all together.
    file_bytes, open_files : int
        Size of the largest file, in bytes; descriptors a process may hold.
    scratch : int
        Bytes in each of the writable places (/tmp, /dev/shm, the working folder).
    output : int
        Bytes that may be printed before the tree is killed.
    files : int
        Files in the writable places.
    wall_seconds : int
        Seconds that the box may exist, whatever it does.
    """

    memory: int = 3 << 30
    processes: int = 160
    cpu_seconds: int = 240
    file_bytes: int = 256 << 20
    open_files: int = 512
    scratch: int = 256 << 20
    output: int = 1 << 20
    files: int = 20_000
    wall_seconds: int = 900


class Sandbox(ABC):
    """A way to run untrusted code; `name` goes into the report."""

    name: str

    @abstractmethod
    def problem(self) -> str:
        """Why this mechanism cannot be used here, in a sentence with the next step; empty if it can."""

    @abstractmethod
    def limits_in_words(self) -> str:
        """What holds the limits of a tree here, in a sentence or two for a person."""

    @abstractmethod
    def start(self, sources: Mapping[str, str], limits: Limits) -> Box:
        """Start a runner that can import `sources` (module name to text).

        Raises
        ------
        SandboxError
            If the box did not start.
        """


class Box:
    """A started sandbox: a channel to its runner, its output, and its end.

    Use it as a context manager; leaving it kills the tree and waits until it is empty.

    Parameters
    ----------
    process : subprocess.Popen
        The outermost process; its stdout carries all that the tree prints.
    connection : socket.socket
        The harness's end of the runner's socket.
    scratch : tempfile.TemporaryDirectory or Scratch
        Removed at the end.
    limits : Limits
        `limits.output` is enforced here.
    """

    #: The process whose descendants are the tree, as seen from outside.
    root_pid: int

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        connection: socket.socket,
        scratch: tempfile.TemporaryDirectory[str] | Scratch,
        limits: Limits,
    ) -> None:
        self.process = process
        self.root_pid = process.pid
        self.channel = Channel(connection)
        self.flooded = False
        self._stopped = ""
        self._scratch = scratch
        self.limits = limits
        self._output = bytearray()
        self._reader = threading.Thread(target=self._read_output, daemon=True)
        self._reader.start()

    def _read_output(self) -> None:
        assert self.process.stdout is not None
        with contextlib.suppress(ValueError):
            while part := os.read(self.process.stdout.fileno(), 1 << 16):
                self._output += part
                if len(self._output) > self.limits.output:
                    self.flooded = True
                    self.kill()
                    return

    def wait_started(self, seconds: float = 30.0) -> None:
        """Wait until the runner says that it is there; no code of the answer has run before that.

        Raises
        ------
        SandboxError
            If it does not: then the box is to blame, never the answer.
        """
        try:
            self.channel.receive(time.monotonic() + seconds)
        except BaseException as error:
            self.__exit__()
            if not isinstance(error, (EOFError, TimeoutError, ProtocolError)):
                raise
            said = self.output().strip() or "it said nothing"
            raise SandboxError(f"the runner did not start: {said}") from None

    def output(self) -> str:
        """What the tree has printed so far, as text."""
        return bytes(self._output[: self.limits.output]).decode("utf-8", "replace")

    def tree(self) -> list[psutil.Process]:
        """The living processes below `root_pid`, itself among them; zombies are not alive."""
        try:
            root = psutil.Process(self.root_pid)
            return [process for process in [root, *root.children(recursive=True)] if alive(process)]
        except psutil.NoSuchProcess:
            return []

    def runner(self) -> psutil.Process | None:
        """The runner's process, None if it is gone."""
        return next((process for process in self.tree() if process.pid == self.process.pid), None)

    @property
    def stopped(self) -> str:
        """What the tree used too much of, in words, if it was ended for that; asked of the kernel as well."""
        self._stopped = self._stopped or self._ran_out()
        return self._stopped

    def _ran_out(self) -> str:
        """What the kernel has ended processes of the tree for, in words; empty if it has not."""
        return ""

    def kill(self) -> None:
        """Send SIGKILL to the whole tree; returns at once."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()

    def stop(self, reason: str) -> None:
        """Kill the tree for a reason in words; the first one is kept. Returns at once."""
        self._stopped = self.stopped or reason
        self.kill()

    def wait_empty(self, seconds: float = 10.0) -> None:
        """Wait until no process of the tree is left.

        Raises
        ------
        SandboxError
            If some process is still there after `seconds`.
        """
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise SandboxError(
                f"process {self.process.pid} is still there {seconds:g} s after SIGKILL"
            ) from None

    def __enter__(self) -> Box:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.kill()
        try:
            self.wait_empty()
        finally:
            self._reader.join(5)
            self.channel.close()
            if self.process.stdout is not None:
                self.process.stdout.close()
            self._scratch.cleanup()


def alive(process: psutil.Process) -> bool:
    """Whether a process still runs; a zombie does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def write_sources(sources: Mapping[str, str], folder: Path) -> None:
    """Write the student's modules where the box will read them, readable by any user."""
    folder.mkdir(mode=0o755)
    for name, text in sources.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8", errors="replace")
    let_read(folder)


def let_read(folder: Path) -> None:
    """Let any user read a folder and all below it, whatever the umask is; links stay as they are."""
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)


def module_files(modules: Iterable[str]) -> list[str]:
    """Modules of this package, and what is compiled of them, as paths below `PACKAGE`."""
    files = []
    for module in modules:
        compiled = Path(module).parent / "__pycache__" / Path(cache_from_source(module)).name
        files += [module, *([str(compiled)] if (PACKAGE / compiled).exists() else [])]
    return files


def copy_modules(modules: Iterable[str], folder: Path) -> None:
    """Copy modules of this package, with their times: else what is compiled of them would not count."""
    for file in module_files(modules):
        place = folder / file
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(PACKAGE / file, place)


def runner_command(descriptor: int, answers: str) -> list[str]:
    """The command line of the runner inside the box."""
    return [sys.executable, "-m", "autograder.runner", str(descriptor), answers]


def read_until_line(descriptor: int, seconds: float) -> bytes:
    """Read from a pipe until a whole line has come, the end, or the time limit."""
    line = b""
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([descriptor], [], [], seconds)
        part = os.read(descriptor, 4096) if ready else b""
        if not part:
            break
        line += part
    return line

"""What tests share: the two sandboxes, one call in one of them, and the habit of leaving nothing behind."""

from __future__ import annotations

import contextlib
import os
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from autograder.calls import Run, Settings, call_in_box
from autograder.sandbox import Bare, Bubblewrap, Docker, Limits, Podman, Sandbox
from autograder.sandbox.held import BOXES, is_held
from autograder.sandbox.keeper import kept

Call = Callable[..., Run]
SHARED_MEMORY = Path("/dev/shm")

# Answers and attacks are files to be judged in a sandbox, never to be imported here.
collect_ignore = ["attacks", "corpus"]


@pytest.fixture(params=["bubblewrap", "bare"])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    """Each mechanism in turn; `parametrize("sandbox", ["bubblewrap"], indirect=True)` asks for one."""
    if request.param == "bare":
        return Bare()
    contained = {"bubblewrap": Bubblewrap, "podman": Podman, "docker": Docker}[request.param]()
    problem = contained.problem()
    if request.param == "docker" and problem:
        # An engine is a server that no test can demand of a machine. It is the third choice, and refuses
        # by itself where it does not work; that is tested everywhere.
        pytest.skip(f"DOCKER IS NOT TESTED ON THIS MACHINE: {problem}")
    assert not problem, f"{problem} What it holds is not tested without it."
    return contained


@pytest.fixture
def call(sandbox: Sandbox) -> Call:
    """Call the function `answer` of a module in a box: ``call(text of the module, *arguments)``."""

    def call(
        text: str,
        *arguments: Any,
        seconds: float = 20.0,
        start_method: str = "fork",
        limits: Limits | None = None,
        **sources: str,
    ) -> Run:
        settings = Settings(sandbox, start_method=start_method, limits=limits or Limits())
        modules = {name: textwrap.dedent(source) for name, source in {**sources, "answer": text}.items()}
        return call_in_box(settings, "answer", "answer", arguments, seconds, modules)

    return call


@pytest.fixture(scope="session", autouse=True)
def keeper() -> None:
    """The keeper lasts as long as this process: started first, it is not taken for something left behind."""
    with kept():
        pass


@pytest.fixture(scope="module")
def leaves_nothing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """At the end of a module nothing of it is left: no process, no scratch folder, no shared memory.

    Temporary files of the module lie in a folder of its own. Its name is in the environment or in the
    command line of every process that the module starts, so others' processes are not mistaken for ours.
    """
    folder = tmp_path_factory.mktemp("temporary")
    blocks = shared_memory()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        patch.setattr(tempfile, "tempdir", str(folder))
        yield
    _, left = psutil.wait_procs(processes_marked(str(folder)), timeout=5)
    assert not left
    assert not list(folder.glob("autograder-*"))
    assert not shared_memory_left(blocks)


@pytest.fixture(scope="session", autouse=True)
def leaves_nothing_at_the_end() -> Iterator[None]:
    """After the whole run nothing of it is left, whichever test it came from.

    No process below this one, living or dead; nobody of us who listens; no block of shared memory; no scratch
    folder. The last two are looked for on the whole machine, so another run beside this one may be blamed.
    """
    blocks, folders = shared_memory(), scratch_folders()
    yield
    ending = time.monotonic() + 5
    while (left := processes_left()) and time.monotonic() < ending:
        time.sleep(0.05)
    assert left == []
    assert [at for at in psutil.Process().net_connections("inet") if at.status == psutil.CONN_LISTEN] == []
    assert not shared_memory_left(blocks)
    assert not scratch_folders() - folders


def scratch_folders() -> set[Path]:
    """Our temporary folders, but those of boxes that somebody holds: they are another run's."""
    found = {path for path in Path(tempfile.gettempdir()).glob("autograder-*") if path.is_dir()}
    return {path for path in found if not path.name.startswith(BOXES) or not is_held(path)}


def processes_left() -> list[str]:
    """The processes below this one that should not be there, zombies among them, in words."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if not is_own_helper(process):
                found.append(f"{process.pid} {process.name()} ({process.status()})")
    return found


def is_own_helper(process: psutil.Process) -> bool:
    """Whether it is the keeper of this process, or one of multiprocessing's helpers: they end with it."""
    if process.status() == psutil.STATUS_ZOMBIE:
        return False
    with contextlib.suppress(psutil.NoSuchProcess):
        words = " ".join(process.cmdline())
        helper = "keeper" in words or "multiprocessing.resource_tracker" in words
        return process.ppid() == os.getpid() and (helper or "multiprocessing.forkserver" in words)
    return True  # it is gone


def processes_marked(mark: str) -> list[psutil.Process]:
    """Living processes that carry a mark in their command line or their environment; not this one."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            told = [*process.cmdline(), *process.environ().values()]
            helper = process.ppid() == os.getpid() and any("multiprocessing." in word for word in told)
            if process.pid != os.getpid() and not helper and any(mark in word for word in told):
                found.append(process)
    return found


@pytest.fixture(scope="session")
def marked() -> Callable[[str], list[psutil.Process]]:
    """See `processes_marked`."""
    return processes_marked


@pytest.fixture(scope="session")
def left_in_shared_memory() -> Callable[..., list[str]]:
    """See `shared_memory_left`."""
    return shared_memory_left


@pytest.fixture
def leaves_no_shared_memory() -> Iterator[None]:
    """At the end of a test nothing of it is left in shared memory."""
    before = shared_memory()
    yield
    assert not shared_memory_left(before)


def shared_memory_left(before: set[Path], seconds: float = 5.0) -> list[str]:
    """What has come into shared memory since `before` and stays, though no process uses it any more.

    Others are at work on this machine, too, and what they use or are about to remove is theirs. A block
    is told by its inode: the C library maps a semaphore under another name than the one it then bears.
    """
    end = time.monotonic() + seconds
    while left := _unused(shared_memory() - before):
        if time.monotonic() > end:
            return sorted(map(str, left))
    return []


def shared_memory() -> set[Path]:
    """The blocks and semaphores in shared memory, of whomever."""
    return set(SHARED_MEMORY.iterdir()) if SHARED_MEMORY.is_dir() else set()


def _unused(paths: set[Path]) -> list[Path]:
    blocks = {}
    for path in paths:
        with contextlib.suppress(OSError):
            status = path.stat()
            device = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}"
            blocks[device, str(status.st_ino)] = path
    for process in psutil.pids() if blocks else ():
        with contextlib.suppress(OSError), open(f"/proc/{process}/maps", errors="replace") as maps:
            for line in maps:
                blocks.pop(tuple(line.split(maxsplit=5)[3:5]), None)
    return list(blocks.values())

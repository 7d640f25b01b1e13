"""What tests share: the two sandboxes, one call in one of them, and the habit of leaving nothing behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from autograder.book import build as build_book
from autograder.calls import HELPERS, Run, Settings, call_in_box
from autograder.course import find_root
from autograder.sandbox import Bare, Bubblewrap, Docker, Limits, Podman, Sandbox, keeper
from autograder.sandbox.keeper import kept

Call = Callable[..., Run]
SHARED_MEMORY = Path("/dev/shm")
SLOT = "autograder-timing-slot"
# What we and our tests call temporary folders; the slot stays on purpose.
SCRATCH = ("autograder-", "run-", "lecture-", "killed-")

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


@pytest.fixture(scope="session")
def book_html(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The book, made without running a lecture; its folder of pages."""
    return build_book(find_root(Path(__file__).parent), tmp_path_factory.mktemp("book"), "").parent


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser; of a module, since while it is open no other event loop can run."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    assert chromium, "chromium is missing, and pages are tested in it: 'make browser' says how to get it"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="session", autouse=True)
def the_suite_leaves_nothing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """At the end of the suite nothing of it is left: process, zombie, listening socket, file or memory.

    A module that asks for `leaves_nothing` is looked at by itself as well; this holds for all of them.
    Ours is known by a word in the environment of every process that the suite starts, and temporary files by
    the folder that they are told to use, so what others do on this machine is not mistaken for ours.
    """
    folder = tmp_path_factory.mktemp("suite")
    # Whoever times takes the machine's slot, wherever its own temporary files lie.
    slot = Path(tempfile.gettempdir(), SLOT)
    with contextlib.suppress(OSError):  # there is none yet, or it is on another disk
        (folder / SLOT).hardlink_to(slot)
    blocks = shared_memory()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        patch.setenv("AUTOGRADER_SUITE", str(folder))
        patch.setattr(tempfile, "tempdir", str(folder))
        # The keeper lasts as long as this process: started first, it is not taken for something left behind.
        with kept():
            pass
        yield
    left = {
        "processes": processes_left(str(folder)),
        "listening": sorted(listening_here()),
        "files": sorted(name for name in os.listdir(folder) if name.startswith(SCRATCH) and name != SLOT),
        "shared memory": shared_memory_left(blocks),
    }
    assert left == {"processes": [], "listening": [], "files": [], "shared memory": []}


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
    assert {path.name for path in folder.glob("autograder-*")} <= {SLOT}
    assert not shared_memory_left(blocks)


def processes_left(mark: str, seconds: float = 5.0) -> list[str]:
    """What the suite has started and still runs, or is a zombie that nobody has waited for.

    But for the keeper, and for the helpers that multiprocessing and loky give this very process: they end
    with it.
    """
    end = time.monotonic() + seconds
    while True:
        ours = {*psutil.Process().children(recursive=True), *processes_marked(mark)}
        told = [words for process in ours if (words := _told(process))]
        if not told or time.monotonic() > end:
            return sorted(told)
        time.sleep(0.05)  # psutil's way to wait would reap the zombies that are looked for


def _told(process: psutil.Process) -> str:
    """A process in words; empty if it is gone, or one that lasts as long as this one."""
    with contextlib.suppress(psutil.NoSuchProcess):
        state, parent = process.status(), process.ppid()
        words = "" if state == psutil.STATUS_ZOMBIE else " ".join(process.cmdline())
        helper = parent == os.getpid() and any(word in words for word in (*HELPERS, keeper.__file__))
        return "" if helper else f"{process.pid}, child of {parent}, {state}: {words or process.name()}"
    return ""


def listening_here() -> set[tuple[str, str]]:
    """Addresses at which this process listens: (protocol, address). Empty where there is no /proc."""
    found, mine = set(), set()
    for name in os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else ():
        with contextlib.suppress(OSError):
            mine.add(os.readlink(f"/proc/self/fd/{name}"))
    for protocol, state, at, number in (("tcp", 3, 1, 9), ("tcp6", 3, 1, 9), ("unix", 3, 7, 6)):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/net/{protocol}").read_text().splitlines()[1:]:
                row = line.split()
                if row[state] in ("0A", "00010000") and f"socket:[{row[number]}]" in mine:
                    found.add((protocol, row[at] if len(row) > at else "without a name"))
    return found


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

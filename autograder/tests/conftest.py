"""What tests share: the two sandboxes, one call in one of them, and the habit of leaving nothing behind."""

from __future__ import annotations

import contextlib
import os
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from autograder.calls import Run, Settings, call_in_box
from autograder.sandbox import Bare, Bubblewrap, Limits, Sandbox
from autograder.sandbox.keeper import kept

Call = Callable[..., Run]

# Answers and attacks are files to be judged in a sandbox, never to be imported here.
collect_ignore = ["attacks", "corpus"]


@pytest.fixture(params=["bubblewrap", "bare"])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    """Each mechanism in turn; `parametrize("sandbox", ["bubblewrap"], indirect=True)` asks for one."""
    if request.param == "bare":
        return Bare()
    contained = Bubblewrap()
    assert not contained.problem()
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
    blocks = _shared_memory()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        patch.setattr(tempfile, "tempdir", str(folder))
        yield
    _, left = psutil.wait_procs(processes_marked(str(folder)), timeout=5)
    assert not left
    assert not list(folder.glob("autograder-*"))
    assert not _shared_memory() - blocks - _mapped()


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


def _shared_memory() -> set[str]:
    return {str(path) for path in Path("/dev/shm").iterdir()}


def _mapped() -> set[str]:
    """Shared memory that some process uses: it is not left behind, but another's."""
    used = set()
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            used |= {area.path for area in process.memory_maps() if area.path.startswith("/dev/shm/")}
    return used

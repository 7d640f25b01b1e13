"""What tests share: the two sandboxes, one call in one of them, and the habit of leaving nothing behind."""

from __future__ import annotations

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

Call = Callable[..., Run]


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
    assert not [block for block in _shared_memory() - blocks if not _mapped(block)]


def processes_marked(mark: str) -> list[psutil.Process]:
    """Living processes that carry a mark in their command line or their environment; not this one."""
    found = []
    for process in psutil.process_iter():
        try:
            told = [*process.cmdline(), *process.environ().values()]
        except psutil.Error:
            continue
        helper = process.ppid() == os.getpid() and any("multiprocessing." in word for word in told)
        if process.pid != os.getpid() and not helper and any(mark in word for word in told):
            found.append(process)
    return found


@pytest.fixture(scope="session")
def marked() -> Callable[[str], list[psutil.Process]]:
    """See `processes_marked`."""
    return processes_marked


def _shared_memory() -> set[Path]:
    return set(Path("/dev/shm").iterdir()) if Path("/dev/shm").exists() else set()


def _mapped(block: Path) -> bool:
    """Whether some process uses it: then it is not left behind, but another's."""
    for process in psutil.process_iter():
        try:
            if any(area.path == str(block) for area in process.memory_maps()):
                return True
        except psutil.Error:
            continue
    return False

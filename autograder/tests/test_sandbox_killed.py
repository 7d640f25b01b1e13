"""A caller that is killed at any moment: no process is left of it, and the next start finds no folder."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from autograder.sandbox import Bubblewrap, Limits
from autograder.sandbox.held import BOXES, Held, Scratch, sweep

SOON = 30.0
CALLER = """
from autograder.sandbox import Bubblewrap, Limits
from autograder.sandbox.keeper import kept
with kept() as mark:
    print(mark, flush=True)
sandbox = Bubblewrap()
while True:
    print("starting", flush=True)
    with sandbox.start({}, Limits()):
        pass
"""

pytestmark = pytest.mark.usefixtures("leaves_nothing")


def killed_after(seconds: float, environment: dict[str, str]) -> str:
    """Start a caller that makes one box after another, and kill it; the mark of what it started."""
    command = [sys.executable, "-c", CALLER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as caller:
        try:
            assert caller.stdout is not None
            mark = caller.stdout.readline().decode().strip()
            assert caller.stdout.readline() == b"starting\n"
            caller.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
        finally:
            caller.kill()
    return mark


@pytest.mark.parametrize("moments", [6, pytest.param(30, marks=pytest.mark.slow)])
def test_a_caller_killed_at_any_moment_leaves_no_process_and_no_folder(
    moments: int, marked: Callable[[str], list[psutil.Process]]
) -> None:
    with tempfile.TemporaryDirectory(prefix="killed-") as folder:
        environment = {**os.environ, "TMPDIR": folder}
        marks = [killed_after(random.uniform(0, 0.15), environment) for _ in range(moments)]
        end = time.monotonic() + SOON
        while (left := _started_by(marks, folder, marked)) and time.monotonic() < end:
            psutil.wait_procs(left, timeout=0.1)
        assert not left
        start = "from autograder.sandbox import Bubblewrap as B, Limits as L\nB().start({}, L()).__exit__()"
        subprocess.run([sys.executable, "-c", start], env=environment, check=True)
        assert not list(Path(folder).glob("autograder-*"))


def _started_by(
    marks: list[str], folder: str, marked: Callable[[str], list[psutil.Process]]
) -> list[psutil.Process]:
    """What callers have started: it has their mark, or their folder in its command line or environment."""
    return [process for mark in [*marks, folder] for process in marked(mark)]


def test_a_bwrap_that_waits_for_ever_is_ended(tmp_path: Path) -> None:
    """As one does whose parent was killed too early: here one that never was a box, with the mark of one."""
    script = """
import signal, subprocess, sys
from autograder.sandbox.keeper import kept
with kept() as mark:
    code = "import signal; print('up', flush=True); signal.pause()"
    command = [sys.executable, "-c", code, mark]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    child.stdout.readline()
    print(child.pid, flush=True)
    signal.pause()
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as caller:
        assert caller.stdout is not None
        stray = psutil.Process(int(caller.stdout.readline()))
        caller.kill()
    gone, alive = psutil.wait_procs([stray], timeout=SOON)
    assert gone and not alive


def test_a_forked_caller_has_a_keeper_of_its_own() -> None:
    script = """
import os
from autograder.sandbox.keeper import kept
with kept() as first:
    pass
if os.fork() == 0:
    with kept() as mark:
        os._exit(mark == first)
print(os.waitstatus_to_exitcode(os.wait()[1]))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=SOON)
    assert done.stdout.strip() == "0", done.stderr


def test_a_folder_in_use_is_left_alone_and_one_of_nobody_is_removed(tmp_path: Path) -> None:
    removed: list[Path] = []

    def remove(folder: Path) -> None:
        removed.append(folder)
        folder.rmdir()

    held = Held(tmp_path, remove)
    stale, link = tmp_path / f"{BOXES}stale", tmp_path / f"{BOXES}link"
    other = tmp_path / "another"
    stale.mkdir()
    other.mkdir()
    link.symlink_to(other)
    sweep(tmp_path, remove)
    assert removed == [stale] and held.path.is_dir() and link.is_symlink() and other.is_dir()
    held.remove()
    assert not held.path.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make another user's folder")
def test_another_users_folder_is_left_alone(tmp_path: Path) -> None:
    theirs = tmp_path / f"{BOXES}theirs"
    theirs.mkdir()
    os.chown(theirs, 65534, 65534)
    sweep(tmp_path, Path.rmdir)
    assert theirs.is_dir()


def test_a_scratch_folder_can_be_cleaned_up_twice() -> None:
    scratch = Scratch()
    scratch.cleanup()
    scratch.cleanup()
    assert not Path(scratch.name).exists()


def test_a_start_removes_what_a_dead_caller_has_left() -> None:
    stale = Path(tempfile.gettempdir(), f"{BOXES}dead")
    (stale / "answers").mkdir(parents=True)
    with Bubblewrap().start({}, Limits()):
        assert not stale.exists()

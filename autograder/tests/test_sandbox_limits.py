"""Limits on a whole box: what its processes use together, whatever each of them uses alone."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from autograder.sandbox import Limits, Sandbox
from autograder.sandbox.watching import Gauge

SOON = 30.0
MIB = 1 << 20

podman, docker = (pytest.param(name, marks=pytest.mark.slow) for name in ("podman", "docker"))
pytestmark = [
    pytest.mark.usefixtures("leaves_nothing"),
    pytest.mark.parametrize("sandbox", ["bubblewrap", podman, docker], indirect=True),
]


def ended(sandbox: Sandbox, text: str, limits: Limits) -> str:
    """Why a box was stopped that runs this answer; nothing but the box itself watches it."""
    with sandbox.start({"answer": textwrap.dedent(text)}, limits) as box:
        box.channel.send({"start_method": None, "module": "answer", "function": "answer"})
        assert box.channel.receive(time.monotonic() + SOON)[0]["status"] == "ready"
        box.channel.send({"arguments": []})
        told: Any = "nothing"
        try:
            told = box.channel.receive(time.monotonic() + SOON)[0]
        except (EOFError, ConnectionError):
            box.process.wait(SOON)
        assert box.stopped or told != "nothing", box.output()
        return box.stopped or str(told)


def test_processes_that_are_too_large_only_together(sandbox: Sandbox) -> None:
    hogs = """
        import os, signal

        def answer():
            for _ in range(6):
                if os.fork() == 0:
                    kept = bytearray(os.urandom(1 << 20)) * 500
                    signal.pause()
            signal.pause()
    """
    said = ended(sandbox, hogs, Limits(memory=1 << 30))
    assert re.search(r"it used (more than 1,024|[\d,]+) MiB of memory, all processes together", said)


def test_memory_that_workers_share_counts_once(sandbox: Sandbox) -> None:
    text = """
        import os, time

        def answer():
            kept = bytearray(os.urandom(1 << 20)) * 100
            children = []
            for _ in range(6):
                children.append(os.fork())
                if children[-1] == 0:
                    time.sleep(1)
                    os._exit(kept[0] >= 256)
            return [os.waitpid(child, 0)[1] for child in children]
    """
    assert "[0, 0, 0, 0, 0, 0]" in ended(sandbox, text, Limits(memory=400 * MIB))


def test_what_lies_in_folders_is_memory(sandbox: Sandbox) -> None:
    text = """
        import signal

        def answer():
            for place in ("/tmp", "/work", "/dev/shm"):
                with open(f"{place}/filler", "wb") as file:
                    file.write(bytes(100 << 20))
            signal.pause()
    """
    assert "MiB of memory" in ended(sandbox, text, Limits(memory=280 * MIB))


def test_what_lies_in_sockets_is_memory(sandbox: Sandbox) -> None:
    text = """
        import signal, socket

        def answer():
            kept = [socket.socketpair() for _ in range(700)]
            signal.pause()
    """
    assert "MiB of memory" in ended(sandbox, text, Limits(memory=256 * MIB, open_files=2000))


@pytest.mark.parametrize("ignored", [False, True])
def test_cpu_time_of_many_short_processes_adds_up(sandbox: Sandbox, ignored: bool) -> None:
    """Whether their parent waits for them, or has the kernel forget them."""
    text = f"""
        import os, signal, time

        def burn():
            while time.process_time() < 0.7:
                pass

        def answer():
            if {ignored}:
                signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            while True:
                child = os.fork()
                if child == 0:
                    burn()
                    os._exit(0)
                try:
                    os.waitpid(child, 0)
                except ChildProcessError:
                    pass
    """
    said = ended(sandbox, text, Limits(cpu_seconds=2))
    assert "s of CPU time, all processes together, and 2 s are allowed" in said


def test_a_flood_of_empty_files_is_stopped(sandbox: Sandbox) -> None:
    text = """
        def answer():
            number = 0
            while True:
                number += 1
                open(f"/tmp/{number}", "w").close()
    """
    assert "and 1,000 are allowed" in ended(sandbox, text, Limits(files=1000))


def test_a_box_does_not_last_for_ever(sandbox: Sandbox) -> None:
    text = "import signal\ndef answer():\n    signal.pause()\n"
    assert ended(sandbox, text, Limits(wall_seconds=1)) == "it was still running after 1 s"


def test_who_stays_within_the_limits_is_left_alone(sandbox: Sandbox) -> None:
    text = "import time\ndef answer():\n    time.sleep(1.5)\n    return 'well'\n"
    assert "well" in ended(sandbox, text, Limits(cpu_seconds=3, wall_seconds=20, files=50))


def test_the_gauge_reads_the_box_and_never_the_host(sandbox: Sandbox, tmp_path: Path) -> None:
    with sandbox.start({"answer": "def answer(): return 1"}, Limits()) as box:
        answers = Path(box._scratch.name, "answers")
        with Gauge(box.root_pid, "/answers", answers) as gauge:
            use = gauge.read(1 << 40)
            assert 0 < use.memory < 200 * MIB and 3 <= use.files < 100
        with Gauge(box.root_pid, "/answers", tmp_path) as stranger:
            assert stranger.read(1 << 40).memory == 0
        with Gauge(os.getpid(), "/answers", answers) as host:
            assert host.read(1 << 40).memory == 0


def test_fifty_processes_that_ignore_signals_are_seen_gone(sandbox: Sandbox) -> None:
    text = """
        import os, signal

        def answer():
            for _ in range(50):
                if os.fork() == 0:
                    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
                        signal.signal(number, signal.SIG_IGN)
                    os.setsid()
                    while True:
                        signal.pause()
            return "up"
    """
    with sandbox.start({"answer": textwrap.dedent(text)}, Limits()) as box:
        box.channel.send({"start_method": None, "module": "answer", "function": "answer"})
        box.channel.receive(time.monotonic() + SOON)
        box.channel.send({"arguments": []})
        assert box.channel.receive(time.monotonic() + SOON)[0]["value"] == "up"
        everything = box.tree()
        assert len(everything) == 52
        box.kill()
        box.wait_empty()
        assert not [process for process in everything if psutil.pid_exists(process.pid)]


def test_installed_as_a_package_its_tests_are_out_of_sight(sandbox: Sandbox, tmp_path: Path) -> None:
    """Where the package lies in a folder that the box sees, only what the runner needs is left of it."""
    seen = Path(sys.prefix, "share", f"autograder-test-{os.getpid()}")
    place = seen / "autograder"
    source = Path(importlib.util.find_spec("autograder").origin).parent  # type: ignore[union-attr, arg-type]
    look = f"""
        import os

        def answer():
            return os.listdir({str(place)!r}), os.path.exists("/box/autograder/runner.py")
    """
    script = f"""
from autograder import sandbox
from autograder.calls import Settings, call_in_box
assert sandbox.base.PACKAGE == __import__("pathlib").Path({str(place)!r})
(mechanism,) = (one for one in sandbox.MECHANISMS if one.name == {sandbox.name!r})
run = call_in_box(Settings(mechanism()), "answer", "answer", (), 20.0, {{"answer": {look!r}}})
print(run.outcome.value or run.outcome)
"""
    script = script.replace(repr(look), repr(textwrap.dedent(look)))
    try:
        shutil.copytree(source, place, ignore=shutil.ignore_patterns("corpus", "__pycache__"))
        done = subprocess.run(
            [sys.executable, "-P", "-c", script],
            env={**os.environ, "PYTHONPATH": str(seen)},
            capture_output=True,
            text=True,
        )
    finally:
        shutil.rmtree(seen)
    assert done.stdout.strip() == "([], True)", done.stderr


def test_limits_are_told_in_words(sandbox: Sandbox) -> None:
    holds = "cgroup" if sandbox.name == "docker" else "system call filter"
    assert holds in sandbox.limits_in_words()

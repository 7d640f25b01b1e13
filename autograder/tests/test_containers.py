"""Podman and Docker in bubblewrap's place: when they are chosen, what they are told, what is taken on trust.

What a box of theirs contains is asked by the tests of all sandboxes, test_sandbox.py and its limits.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from autograder.sandbox import MECHANISMS, Docker, Limits, Podman, SandboxError, podman
from autograder.sandbox.containers import common_options, see_contained
from autograder.sandbox.docker import _docker_command, _init_pid

pytestmark = pytest.mark.usefixtures("leaves_nothing")
in_podman = pytest.mark.parametrize("sandbox", ["podman"], indirect=True)

COMMAND = Path(sys.executable).with_name("autograder")
TOOLS = ("sh", "unshare", "setpriv", "mount", "mkdir", "dirname", "touch", "prlimit")
CHECKS = """
    from autograder import Case, Check, Equals, Exercise

    class Double(Exercise):
        signature = "double(items)"

        def cases(self, rng, processes):
            items = [rng.randrange(100) for _ in range(3)]
            check = Check("values", Equals([2 * item for item in items]), essential=True)
            yield Case((items,), (check,), seconds=60.0)
"""
RIGHT = "def double(items):\n    return [2 * item for item in items]\n"
WRONG = "def double(items):\n    return list(items)\n"


@pytest.fixture
def machine() -> Iterator[Callable[..., str]]:
    """Make a folder to be the whole PATH: the usual tools, and others by name, or by the text of a script."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)

        def machine(*others: str, **scripts: str) -> str:
            for tool in (*TOOLS, *others):
                found = shutil.which(tool)
                assert found, f"{tool} is not installed; .ci/system installs what the tests need"
                (folder / tool).symlink_to(found)
            for tool, text in scripts.items():
                (folder / tool).write_text(f"#!/bin/sh\n{text}\n")
                (folder / tool).chmod(0o755)
            return str(folder)

        yield machine


def told(path: str, code: str) -> str:
    """What a fresh process with this PATH prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PATH": path}, capture_output=True, text=True
    )
    assert not done.stderr
    return done.stdout.strip()


CHOOSE = """
from autograder.sandbox import SandboxError, choose
try:
    print(choose().name)
except SandboxError as error:
    print(error)
"""


# Which one is used -----------------------------------------------------------------------------------


def test_bubblewrap_comes_first_then_podman_then_docker() -> None:
    assert [mechanism.name for mechanism in MECHANISMS] == ["bubblewrap", "podman", "docker"]


def test_podman_is_chosen_where_bubblewrap_is_missing(machine: Callable[..., str]) -> None:
    assert told(machine("podman", "crun", "conmon"), CHOOSE) == "podman"


def test_with_none_of_them_nothing_is_graded_and_the_message_says_what_to_install(
    machine: Callable[..., str],
) -> None:
    said = told(machine(), CHOOSE)
    assert said.startswith("no sandbox, so nothing is graded: bubblewrap cannot be used")
    for command in ("bubblewrap", "podman crun", "docker.io"):
        assert f"apt-get install {command}" in said
    assert "--unsafe-no-sandbox" in said


def test_a_podman_that_cannot_make_a_box_is_not_chosen_and_says_why(machine: Callable[..., str]) -> None:
    said = told(machine("crun", podman="echo 'Error: kernel says no'; exit 125"), CHOOSE)
    assert "podman is installed but cannot make a sandbox here" in said and "kernel says no" in said
    assert "nothing is graded" in said


def test_a_docker_whose_engine_does_not_answer_is_not_chosen_and_says_what_to_do(
    machine: Callable[..., str],
) -> None:
    complaint = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock."
    said = told(machine(docker=f"echo '{complaint}' >&2; exit 1"), CHOOSE)
    assert complaint in said and "systemctl start docker" in said and "nothing is graded" in said


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Judge an answer by the command line in a small course of its own."""
    unit = tmp_path / "solutions" / "01-small"
    unit.mkdir(parents=True)
    (tmp_path / "nbgrader_config.py").touch()
    (unit / "checks.py").write_text(textwrap.dedent(CHECKS))

    def check(text: str, path: str, *options: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "double.py").write_text(text)
        command = [COMMAND, "check", "double", "--file", tmp_path / "double.py", *options]
        return subprocess.run(
            command, cwd=tmp_path, env={**os.environ, "PATH": path}, capture_output=True, text=True
        )

    return check


@pytest.mark.parametrize(("text", "right"), [(RIGHT, True), (WRONG, False)])
def test_right_and_wrong_answers_are_told_apart_without_bubblewrap(
    check: Callable[..., Any], machine: Callable[..., str], text: str, right: bool
) -> None:
    path = machine("podman", "crun", "conmon")
    done = check(text, path, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert report["correct"] == right and report["points"] == (report["max_points"] if right else 0)
    found = {finding["name"]: finding["passed"] for finding in report["findings"]}
    assert found["the module can be imported"] and found["values"] == right
    assert "sandbox" not in report and "sandbox: podman" in check(text, path).stdout


def test_the_doctor_says_which_mechanism_holds(machine: Callable[..., str]) -> None:
    path = machine("podman", "crun", "conmon")
    command = [COMMAND, "doctor", "--seconds", "0", "--json"]
    done = subprocess.run(command, env={**os.environ, "PATH": path}, capture_output=True, text=True)
    seen = json.loads(done.stdout)["sandbox"]
    assert (seen["name"], seen["problem"]) == ("podman", "") and seen["version"][0].isdigit()
    assert seen["held"]["processes"] == seen["asked"]["processes"]


# What is seen, and what is taken on trust ------------------------------------------------------------


@in_podman
def test_cpu_time_of_workers_is_seen_from_outside(call: Any) -> None:
    run = call("""
        import os, time

        def burn():
            while time.process_time() < 0.4:
                pass

        def answer():
            for _ in range(3):
                if os.fork() == 0:
                    burn()
                    os._exit(0)
            for _ in range(3):
                os.wait()
    """)
    assert run.outcome.kind == "value" and run.usage.processes >= 4
    assert 1.1 < run.usage.cpu < 2.4
    assert run.usage.wait > 0  # three workers and everything beside them never fit at once on two cores


@in_podman
def test_podman_leaves_nothing_on_the_machine(sandbox: Podman, tmp_path: Path) -> None:
    kept = [Path("/var/lib/containers"), Path("/run/libpod"), Path("/run/crun"), Path.home() / ".config/cni"]
    there = [path.exists() for path in kept]
    with sandbox.start({}, Limits()) as box:
        scratch = Path(box._scratch.name)
        names = {process.name() for process in sandbox_processes(box)}
        assert {"podman", "conmon"} <= names
    assert not scratch.exists()
    assert [path.exists() for path in kept] == there
    assert str(scratch) not in Path("/proc/self/mounts").read_text()


def sandbox_processes(box: Any) -> list[Any]:
    """The box's processes and those that run it."""
    return psutil.Process(box.process.pid).children(recursive=True)


def test_a_process_that_is_not_contained_is_seen_to_be_none() -> None:
    with pytest.raises(SandboxError, match="it shares our net namespace") as caught:
        see_contained(os.getpid())
    for kind in ("ipc", "mnt", "pid", "uts"):
        assert f"our {kind} namespace" in str(caught.value)
    assert "no system call filter" in str(caught.value)
    assert ("it runs as root" in str(caught.value)) == (os.geteuid() == 0)


@in_podman
def test_an_engine_that_contains_less_than_it_was_told_is_refused(
    sandbox: Podman, monkeypatch: pytest.MonkeyPatch
) -> None:
    def loose(*arguments: Any) -> list[str]:
        return [option.replace("network=none", "network=host") for option in common_options(*arguments)]

    monkeypatch.setattr(podman, "common_options", loose)
    with pytest.raises(SandboxError, match=r"does not contain: it shares our net namespace$"):
        sandbox.start({}, Limits())


@pytest.mark.slow
@pytest.mark.parametrize("sandbox", ["docker"], indirect=True)
def test_docker_keeps_one_image_and_no_container(sandbox: Docker) -> None:
    def kept(*words: str) -> list[str]:
        done = subprocess.run(["docker", *words, "--no-trunc"], capture_output=True, text=True, check=True)
        return sorted(done.stdout.splitlines())

    with sandbox.start({}, Limits()):
        images = kept("images", "--all", "--quiet")
    containers = kept("ps", "--all", "--quiet")
    with sandbox.start({}, Limits()):
        assert kept("images", "--all", "--quiet") == images
        assert len(kept("ps", "--all", "--quiet")) == len(containers) + 1
    assert kept("ps", "--all", "--quiet") == containers


# Docker, also where it cannot be run -----------------------------------------------------------------


def test_docker_is_told_to_contain(tmp_path: Path) -> None:
    limits = Limits(processes=7, memory=1 << 30)
    command = _docker_command(tmp_path, limits, "name", "image", tmp_path / "socket")
    options = command[: command.index("image")]
    assert {
        "--network=none",
        "--cap-drop=all",
        "--security-opt=no-new-privileges",
        f"--security-opt=seccomp={tmp_path}/settings/seccomp.json",
        "--read-only",
        "--ipc=none",
        "--pids-limit=7",
        f"--memory={2 << 30}",
        f"--memory-swap={2 << 30}",
        "--pull=never",
        f"--user={Docker().user}:{Docker().user}",
    } <= set(options)
    assert Docker().user != 0
    writable = [option for option in options if option.startswith("--volume=") and option[-3:] != ":ro"]
    assert writable == [f"--volume={tmp_path}/socket:/channel/socket"]
    assert not {"--privileged", "--pid=host", "--env"} & set(options)


def test_a_process_of_another_machine_is_not_taken_for_the_container(
    machine: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine elsewhere tells a number that means somebody else here, who must not be killed."""
    monkeypatch.setenv("PATH", machine(docker=f"echo {os.getpid()}"))
    with pytest.raises(SandboxError, match="is the engine here"):
        _init_pid("name", tmp_path)

"""Containment by Docker, where bubblewrap and Podman are missing.

    harness --- docker run ---> engine --- the box --- Unix socket ---> harness
      '-------- pipe ---------> guard: waits for the pipe's end, then `docker rm --force`

The engine is a server, so nothing is inherited by the box, and nothing ends with the harness: the box
connects to the harness, and the guard removes the container of a harness that is gone.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

from autograder.sandbox.base import Limits, SandboxError
from autograder.sandbox.bubblewrap import BubblewrapBox, let_end
from autograder.sandbox.command import ANSWERS, NOBODY, PLACES, prefixes
from autograder.sandbox.containers import (
    SOCKET,
    START_SECONDS,
    Containers,
    common_options,
    emptied,
    limited,
    missing_tool,
    volumes,
)

_IMAGE = "autograder-box"
# It must stay pid 1, so the runner must not be the last command, which a shell may turn into.
_INIT = '"$@"; exit $?'
# In the box: connect to the harness, and become the runner.
_CONNECT = (
    "import os, socket, sys; channel = socket.socket(socket.AF_UNIX); channel.connect(sys.argv[1]); "
    "os.set_inheritable(channel.fileno(), True); number = str(channel.fileno()); "
    "os.execv(sys.executable, [sys.executable, '-m', 'autograder.runner', number, sys.argv[2]])"
)


class DockerBox(BubblewrapBox):
    """A box whose container is removed at the end.

    Parameters
    ----------
    parts, named
        As for `BubblewrapBox`.
    guard : subprocess.Popen
        Removes the container when its stdin is closed.
    """

    def __init__(self, *parts: object, guard: subprocess.Popen[bytes], **named: object) -> None:
        self._guard = guard
        super().__init__(*parts, **named)  # type: ignore[arg-type]

    def kill(self) -> None:
        """Kill pid 1 of the box, and the client, which may wait for ever to hand on a flood of output."""
        super().kill()
        self.process.kill()

    def __exit__(self, *exc_info: object) -> None:
        try:
            super().__exit__(*exc_info)
        finally:
            _dismiss(self._guard)


class Docker(Containers):
    """Start boxes with the `docker` command, for an engine on this machine."""

    name = "docker"

    @property
    def user(self) -> int:
        """The caller, who may then look into the box and end it; nobody for root."""
        return os.geteuid() or NOBODY

    def limits_in_words(self) -> str:
        """See `Sandbox.limits_in_words`."""
        return (
            "A cgroup holds the memory and the number of processes of a box; the kernel holds the size of "
            "/tmp, /work and /dev/shm, and for each process its memory, CPU time, open files and file size "
            "(rlimits). A watching thread ends a box whose processes together use too much CPU time, make "
            "too many files, or run too long."
        )

    def missing(self) -> str:
        """Whether there is a client, and an engine that answers."""
        if missing := missing_tool("docker", "docker.io", "docker", "prlimit"):
            return missing
        done = subprocess.run(
            ["docker", "info", "--format", "{{.ServerVersion}}"], capture_output=True, text=True, timeout=60
        )
        if done.returncode == 0 and done.stdout.strip():
            return ""
        lines = (done.stderr or done.stdout).strip().splitlines()
        return (
            f"docker cannot be used: its engine does not answer: {lines[-1] if lines else 'it said nothing'} "
            "Start it ('systemctl start docker'), and see that this user may use it ('docker info')."
        )

    def _open(self, scratch: tempfile.TemporaryDirectory[str], limits: Limits) -> DockerBox:
        folder = Path(scratch.name)
        image = _image(folder / "root")
        ours, process, guard = None, None, None
        name = f"autograder-{os.getpid()}-{folder.name.rpartition('-')[2]}"
        try:
            with socket.socket(socket.AF_UNIX) as listener:
                place = _listen(listener, folder / "channel")
                guard = _guard(name)
                process = subprocess.Popen(
                    _docker_command(folder, limits, name, image, place),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # an interrupt from the keyboard is the harness's to handle
                )
                ours = _accept(listener, process)
            init_pid = _init_pid(name, folder / "answers")
            status, other = os.pipe()
            os.close(other)
            box = DockerBox(
                process,
                ours,
                scratch,
                limits,
                guard=guard,
                init_pid=init_pid,
                status=status,
                answers=folder / "answers",
            )
            return box
        except BaseException:
            if ours is not None:
                ours.close()
            if guard is not None:
                _dismiss(guard)
            if process is not None:
                let_end(process)
            raise


def _docker_command(folder: Path, limits: Limits, name: str, image: str, place: Path) -> list[str]:
    """The docker command line; the engine's own limits hold for the whole tree."""
    command = [
        "docker",
        "run",
        *common_options(folder, limits),
        f"--name={name}",
        f"--user={Docker().user}:{Docker().user}",
    ]
    command += ["--ipc=none", "--log-driver=none", f"--pids-limit={limits.processes}"]
    # The watching thread tells the student; the cgroup, which only kills somebody, holds what comes too fast
    # for it. At twice the limit: no process is larger than that, so what is left is still too much, and told.
    command += [f"--memory={2 * limits.memory}", f"--memory-swap={2 * limits.memory}", "--pull=never"]
    for where in PLACES:  # each is everybody's: its owner is root
        command.append(f"--tmpfs={where}:size={limits.scratch},mode=1777,nosuid,nodev,exec")
    command += emptied("/sys", "/sys/fs/cgroup")
    command += [*volumes(folder, prefixes()), f"--volume={place}:{SOCKET}/socket", image]
    connect = [sys.executable, "-c", _CONNECT, f"{SOCKET}/socket", ANSWERS]
    bounded = [word for word in limited(connect, limits) if not word.startswith("--nproc=")]
    return [*command, "/bin/sh", "-c", _INIT, "sh", *bounded]


def _guard(name: str) -> subprocess.Popen[bytes]:
    """Start what removes a container when this process is gone, or says so."""
    script = 'cat; exec docker rm --force "$0"'
    return subprocess.Popen(
        ["/bin/sh", "-c", script, name],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # not for it is an interrupt from the keyboard
    )


def _dismiss(guard: subprocess.Popen[bytes]) -> None:
    assert guard.stdin is not None
    guard.stdin.close()
    guard.wait(60)


def _image(root: Path) -> str:
    """The image of the empty root, imported unless the engine has it: its tag tells its content."""
    with io.BytesIO() as archive:
        with tarfile.open(fileobj=archive, mode="w") as tar:
            tar.add(root, arcname=".", filter=_as_roots)
        content = archive.getvalue()
    image = f"{_IMAGE}:{hashlib.sha256(content).hexdigest()[:16]}"
    if subprocess.run(["docker", "image", "inspect", image], capture_output=True, timeout=60).returncode != 0:
        done = subprocess.run(
            ["docker", "import", "-", image], input=content, capture_output=True, timeout=60
        )
        if done.returncode != 0:
            said = done.stderr.decode("utf-8", "replace").strip()
            raise SandboxError(f"docker made no image: {said}")
    return image


def _as_roots(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return member


def _listen(listener: socket.socket, folder: Path) -> Path:
    """Have a socket listen where only root, and so the engine, finds it; the box may connect to it."""
    folder.mkdir(mode=0o700)
    place = folder / "socket"
    inside = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        listener.bind(f"/proc/self/fd/{inside}/socket")  # a whole path may be too long
    finally:
        os.close(inside)
    place.chmod(0o666)
    listener.listen(1)
    return place


def _init_pid(name: str, answers: Path) -> int:
    """Pid 1 of a container, as seen from here.

    Raises
    ------
    SandboxError
        If it is not here: an engine may be on another machine, and its number another process's.
    """
    asked = ["docker", "inspect", "--format", "{{.State.Pid}}", name]
    told = subprocess.run(asked, capture_output=True, text=True, timeout=60)
    try:
        pid = int(told.stdout)
        if os.path.samestat(os.stat(f"/proc/{pid}/root{ANSWERS}"), os.stat(answers)):
            return pid
        why = f"process {pid} of this machine is another one"
    except (ValueError, OSError) as error:
        why = str(error)
    raise SandboxError(f"the container's process is not seen on this machine ({why}); is the engine here?")


def _accept(listener: socket.socket, process: subprocess.Popen[bytes]) -> socket.socket:
    """The connection of the box, while the engine's client lives."""
    listener.settimeout(0.2)
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(TimeoutError):
            connection, _ = listener.accept()
            connection.setblocking(True)
            return connection
    process.kill()
    said = process.communicate(timeout=10)[0].decode("utf-8", "replace").strip()
    raise SandboxError(f"docker did not start: {said or 'it said nothing'}")

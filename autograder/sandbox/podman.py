"""Containment by Podman, where bubblewrap is missing.

    harness
      |- sh: puts the box's socket, its output and a status pipe on descriptors 3, 4 and 5
      |- [root only] unshare --mount: what is needed bound to readable places
      |              setpriv: become an ordinary user without any capability
      '- unshare: a user and a PID namespace of its own; its end is everybody's
           '- podman (pid 1 of that namespace), conmon
                '- the box

Podman is run by an ordinary user who is root only in a namespace, and what it keeps lies in memory that goes
with that namespace. So nothing of it is left on the machine, not even when the harness is killed.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import psutil

from autograder.sandbox.base import Limits, SandboxError, read_until_line, runner_command
from autograder.sandbox.bubblewrap import BubblewrapBox, let_end
from autograder.sandbox.command import (
    ANSWERS,
    DROP,
    PLACES,
    STAGE,
    in_mounts_of_its_own,
    prefixes,
    staged,
)
from autograder.sandbox.containers import (
    START_SECONDS,
    Containers,
    command_path,
    common_options,
    emptied,
    limited,
    missing_tool,
    mounts,
    volumes,
)

# Podman's own settings, instead of those of the machine, which may ask for what an ordinary user may not.
_CONTAINERS_CONF = (
    '[containers]\ndefault_sysctls = []\n[engine]\nlock_type = "file"\nevents_logger = "none"\n'
)
_LONGEST_RUNROOT = 50  # characters
# In the box: the output goes to the harness directly, not through the engine; the status is for pid 1 alone.
# It must stay pid 1, so the runner must not be the last command, which a shell may turn into.
_INIT = 'exec >&4 2>&4 4>&-; echo up >&5; exec 5>&-; "$@"; exit $?'


class PodmanBox(BubblewrapBox):
    """A box whose end is the end of its container, and of Podman.

    Parameters
    ----------
    parts, named
        As for `BubblewrapBox`.
    podman : int
        Podman's process, whose end ends everything.
    """

    def __init__(self, *parts: object, podman: int, **named: object) -> None:
        self._podman: int | None = None
        with contextlib.suppress(ProcessLookupError):
            self._podman = os.pidfd_open(podman)
        super().__init__(*parts, **named)  # type: ignore[arg-type]

    def kill(self) -> None:
        """Kill pid 1 of the box, and Podman: nobody needs it to clear up."""
        super().kill()
        if self._podman is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._podman, signal.SIGKILL)

    def __exit__(self, *exc_info: object) -> None:
        try:
            super().__exit__(*exc_info)
        finally:
            if self._podman is not None:
                os.close(self._podman)
                self._podman = None


class Podman(Containers):
    """Start boxes with the `podman` command, as an ordinary user and with nothing left behind."""

    name = "podman"
    user = 1000

    def limits_in_words(self) -> str:
        """See `Sandbox.limits_in_words`."""
        return (
            "The kernel holds the number of processes, the size of /tmp, /work and /dev/shm, and for each "
            "process its memory, CPU time, open files and file size (rlimits). A watching thread ends a box "
            "whose processes together use too much memory or CPU time, make too many files, or run too long. "
            "A system call filter refuses memory that neither sees."
        )

    def missing(self) -> str:
        """Which of the commands is not there."""
        return missing_tool("podman", "podman crun", "podman", "crun", "unshare", "setpriv", "prlimit")

    def _open(self, scratch: tempfile.TemporaryDirectory[str], limits: Limits) -> PodmanBox:
        ours, theirs = socket.socketpair()
        status_read, status_write = os.pipe()
        process = None
        try:
            process = subprocess.Popen(
                _podman_command(Path(scratch.name), limits),
                stdin=theirs.fileno(),
                stdout=subprocess.PIPE,
                stderr=status_write,
                env={"PATH": command_path()},
                start_new_session=True,  # an interrupt from the keyboard is the harness's to handle
            )
            theirs.close()
            os.close(status_write)
            status_write = -1
            said = _said_up(process, status_read)
            podman, init = (None, None) if said else _inits(process.pid)
            if podman is None or init is None:
                process.kill()
                said += process.communicate(timeout=10)[0].decode("utf-8", "replace")
                raise SandboxError(f"podman did not start: {said.strip() or 'it said nothing'}")
            box = PodmanBox(
                process,
                ours,
                scratch,
                limits,
                podman=podman,
                init_pid=init,
                status=status_read,
                answers=Path(scratch.name, "answers"),
            )
            status_read = -1  # the box's from now on
            return box
        except BaseException:
            ours.close()
            if process is not None:
                process.kill()  # unshare; its parent-death signal ends the rest
                let_end(process)
            raise
        finally:
            theirs.close()
            for descriptor in (status_read, status_write):
                if descriptor >= 0:
                    os.close(descriptor)


def _podman_command(folder: Path, limits: Limits) -> list[str]:
    """The whole command line: descriptors, for root a preparation, a namespace, then podman.

    What unshare says is no output of the box: util-linux 2.38 complains when its child was killed.
    """
    lines = ["exec 3<&0 4>&1 5>&2 </dev/null 2>&1"]
    if os.geteuid() != 0:
        inner = _in_namespace(folder, prefixes(), limits)
        return ["/bin/sh", "-c", "\n".join([*lines, f"exec {shlex.join(inner)} 2>&5"])]
    places, staging = staged({"folder": folder, **prefixes()})
    inner = _in_namespace(places["folder"], places, limits)
    lines += ["set -e", *staging, "cd /", f"exec {shlex.join(DROP + inner)} 2>&5"]
    return in_mounts_of_its_own("\n".join(lines))


def _in_namespace(folder: Path, found: Mapping[str, Path], limits: Limits) -> list[str]:
    """Podman in a user, mount and PID namespace that ends with this process, and with its parent's thread."""
    mounted = _state(folder)
    state = shlex.quote(mounted)
    stored = f'[storage]\ndriver="vfs"\ngraphroot="{mounted}/root"\nrunroot="{mounted}/run"'
    lines = [
        "exec 2>&1",
        "set -e",
        # All that podman and crun keep. The second hides the machine's groups of processes, which an
        # ordinary user may not change, and a mixture of whose versions crun refuses even to look at.
        f"mount -t tmpfs -o size=64m,mode=700 state {state}",
        "mount -t tmpfs -o size=4k none /sys/fs/cgroup",
        f"export HOME={state} XDG_RUNTIME_DIR={state} TMPDIR={state}",
        f"export CONTAINERS_CONF={state}/containers.conf",
        f"echo {shlex.quote(_CONTAINERS_CONF)} >{state}/containers.conf",
        f"export CONTAINERS_STORAGE_CONF={state}/storage.conf",
        f"echo {shlex.quote(stored)} >{state}/storage.conf",
    ]
    # Not by podman's own --tmpfs: crun cannot make places for mounts in one, and the environment of a course
    # that lies below /tmp or /work is mounted there.
    for number, (place, mode) in enumerate(PLACES.items()):
        lines.append(f"mkdir {state}/{number}")
        lines.append(
            f"mount -t tmpfs -o nosuid,nodev,size={limits.scratch},mode={mode} tmpfs {state}/{number}"
        )
        for _, inside in mounts({}):
            if inside.startswith(f"{place}/"):
                point = f"{state}/{number}{shlex.quote(inside.removeprefix(place))}"
                if Path(inside).is_file():
                    lines.append(f"mkdir -p $(dirname {point}) && touch {point}")
                else:
                    lines.append(f"mkdir -p {point}")
    lines.append("exec " + shlex.join(_podman(folder, found, limits)))
    command = ["setpriv", "--pdeathsig", "KILL", "--no-new-privs", "--"]
    command += ["unshare", "--user", "--map-root-user", "--mount", "--propagation", "private"]
    command += ["--pid", "--fork", "--kill-child=KILL", "--mount-proc", "--"]
    return [*command, "/bin/sh", "-c", "\n".join(lines)]


def _state(folder: Path) -> str:
    """Where Podman's state is mounted, in its own namespace: it takes no path of more than 50 characters."""
    place = f"{folder}/state"
    return place if len(f"{place}/run") <= _LONGEST_RUNROOT else STAGE


def _podman(folder: Path, found: Mapping[str, Path], limits: Limits) -> list[str]:
    """The podman command line."""
    state = _state(folder)
    command = ["podman", "--runtime=crun", f"--runtime-flag=root={state}/crun", "--cgroup-manager=cgroupfs"]
    command += [f"--root={state}/root", f"--runroot={state}/run", f"--tmpdir={state}/tmp", "run"]
    command += common_options(folder, limits)
    # One user only can be given another number without help from the system, and it shall not be root's.
    user = Podman.user
    command += [f"--uidmap={user}:0:1", f"--gidmap={user}:0:1", f"--user={user}:{user}"]
    # Files of a process can be written to that change how it is scheduled (autogroup); and its memory.
    command += ["--security-opt=proc-opts=ro,nosuid,nodev,noexec"]
    command += emptied("/dev", "/sys", "/sys/fs/cgroup")
    command += ["--ipc=none", "--cgroups=disabled"]
    command += ["--read-only-tmpfs=false", "--no-hosts", "--passwd=false", "--http-proxy=false"]
    command += ["--systemd=false", "--log-driver=none", "--ulimit=host", "--preserve-fds=3"]
    command += [f"--volume={state}/{number}:{place}:rw,exec" for number, place in enumerate(PLACES)]
    command += [*volumes(folder, found), "--rootfs", f"{folder}/root"]
    return [*command, "/bin/sh", "-c", _INIT, "sh", *limited(runner_command(3, ANSWERS), limits)]


def _said_up(process: subprocess.Popen[bytes], status: int) -> str:
    """Wait for pid 1 of the box; what was said instead, empty if it is up."""
    line = read_until_line(status, START_SECONDS)
    return "" if line == b"up\n" else line.decode("utf-8", "replace")


def _namespace_pids(pid: int) -> list[int]:
    """A process's number in each namespace of processes that it is in, from ours inwards."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("NSpid:"):
                return [int(word) for word in line.split()[1:]]
    return []


def _inits(root: int) -> tuple[int | None, int | None]:
    """Pid 1 of the namespace that Podman is in, and pid 1 of the box, which lies in that one."""
    depth = len(_namespace_pids(root))
    found: dict[int, int] = {}
    with contextlib.suppress(psutil.NoSuchProcess):
        for process in psutil.Process(root).children(recursive=True):
            numbers = _namespace_pids(process.pid)
            if numbers and numbers[-1] == 1:
                found.setdefault(len(numbers), process.pid)
    return found.get(depth + 1), found.get(depth + 2)

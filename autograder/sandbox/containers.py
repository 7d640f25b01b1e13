"""Containment by Podman or Docker, where bubblewrap is missing: the machine's own system as a container.

    harness
      |- sh: puts the box's socket, its output and a status pipe on descriptors 3, 4 and 5
      |- [root only] unshare --mount: what is needed bound to readable places
      |              setpriv: become an ordinary user without any capability
      '- unshare: a user and a PID namespace of its own; its end is everybody's
           '- podman (pid 1 of that namespace), conmon
                '- sh (pid 1 of the box: reaps, and its end is the container's)
                     '- prlimit -> python -m autograder.runner
                          '- the answer's own workers

There is no image and no registry: the container's root is a made folder with nothing in it, and the system,
Python and its packages are mounted into it, read-only. Podman is run by an ordinary user who is root only in
a namespace, and what it keeps lies in memory that goes with that namespace. So nothing of it is left on the
machine, not even when the harness is killed.

Docker takes an image that is imported from the same folder. Its engine is a server that does the rest, so
the box connects to the harness by a Unix socket, and a guard removes the container when the harness is gone:

    harness --- pipe ---> sh: waits for the pipe's end, then `docker rm --force`
"""

from __future__ import annotations

import contextlib
import functools
import io
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
from abc import abstractmethod
from collections.abc import Mapping
from importlib.util import cache_from_source
from pathlib import Path

import psutil

from autograder.sandbox import seccomp
from autograder.sandbox.base import (
    BOX_MODULES,
    ENVIRONMENT,
    PACKAGE,
    Box,
    Limits,
    Sandbox,
    SandboxError,
    read_until_line,
    runner_command,
    write_sources,
)
from autograder.sandbox.bubblewrap import (
    _INSIDE,
    _NOBODY,
    _OF_ETC,
    _PREFIX_PARTS,
    _STAGE,
    ANSWERS,
    BubblewrapBox,
    _in_sight,
    _let_end,
    _write_etc,
)

_START_SECONDS = 30.0
_SOCKET = "/channel"  # where a box of Docker's finds the harness
_IMAGE = "autograder-box"
# Podman's own settings, instead of those of the machine, which may ask for what an ordinary user may not.
_CONTAINERS_CONF = (
    '[containers]\ndefault_sysctls = []\n[engine]\nlock_type = "file"\nevents_logger = "none"\n'
)
# In the box: the output goes to the harness directly, not through the engine; the status is for pid 1 alone.
# It must stay pid 1, so the runner must not be the last command, which a shell may turn into.
_INIT = 'exec >&4 2>&4 4>&-; echo up >&5; exec 5>&-; "$@"; exit $?'
_DOCKER_INIT = '"$@"; exit $?'
# In the box: connect to the harness, and become the runner.
_CONNECT = (
    "import os, socket, sys; channel = socket.socket(socket.AF_UNIX); channel.connect(sys.argv[1]); "
    "os.set_inheritable(channel.fileno(), True); number = str(channel.fileno()); "
    "os.execv(sys.executable, [sys.executable, '-m', 'autograder.runner', number, sys.argv[2]])"
)
_PLACES = {"/dev/shm": "1777", "/tmp": "1777", "/work": "0700"}  # that can be written to, and their modes
_NAMESPACES = ("ipc", "mnt", "net", "pid", "uts")


class ContainerBox(BubblewrapBox):
    """A box whose end is the end of its container, and of what runs the container."""

    #: A descriptor of the process whose end ends everything; None if the engine does that.
    outer: int | None = None
    #: Removes the container of an engine when its stdin is closed.
    guard: subprocess.Popen[bytes] | None = None

    def kill(self) -> None:
        """Kill pid 1 of the box, and what runs it: nobody needs it to clear up."""
        super().kill()
        if self.outer is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.outer, signal.SIGKILL)

    def __exit__(self, *exc_info: object) -> None:
        try:
            super().__exit__(*exc_info)
        finally:
            if self.guard is not None:
                _dismiss(self.guard)
            if self.outer is not None:
                os.close(self.outer)
                self.outer = None


class Containers(Sandbox):
    """What boxes of Podman's and Docker's have in common: their command lines, and their folder."""

    def problem(self) -> str:
        """Empty if a box was started once and was seen to contain."""
        return _problem(type(self))

    def limits_in_words(self) -> str:
        """See `Sandbox.limits_in_words`."""
        return (
            "The kernel holds the number of processes, the size of /tmp, /work and /dev/shm, and for each "
            "process its memory, CPU time, open files and file size (rlimits). A watching thread ends a box "
            "whose processes together use too much memory or CPU time, make too many files, or run too long. "
            "A system call filter refuses memory that neither sees."
        )

    @property
    @abstractmethod
    def user(self) -> int:
        """Whose number, and whose group's, processes have in the box."""

    @abstractmethod
    def missing(self) -> str:
        """What must be installed or started first, in a sentence; empty if nothing."""

    def start(self, sources: Mapping[str, str], limits: Limits) -> Box:
        """See `Sandbox.start`."""
        scratch = tempfile.TemporaryDirectory(prefix="autograder-", ignore_cleanup_errors=True)
        try:
            folder = Path(scratch.name)
            folder.chmod(0o755)
            _fill(folder, sources, self.user)
            box = self._open(scratch, limits)
        except BaseException:
            scratch.cleanup()
            raise
        box.wait_started()
        try:
            _contained(box)  # no code of the answer has run yet
        except BaseException:
            box.__exit__()
            raise
        return box

    @abstractmethod
    def _open(self, scratch: tempfile.TemporaryDirectory[str], limits: Limits) -> ContainerBox:
        """Start a box of what lies in the folder."""


class Podman(Containers):
    """Start boxes with the `podman` command, as an ordinary user and with nothing left behind."""

    name = "podman"
    user = 1000

    def missing(self) -> str:
        """Which of the commands is not there."""
        return _missing_tool("podman", "podman", "crun", "unshare", "setpriv", "prlimit")

    def _open(self, scratch: tempfile.TemporaryDirectory[str], limits: Limits) -> ContainerBox:
        ours, theirs = socket.socketpair()
        status_read, status_write = os.pipe()
        process = None
        try:
            process = subprocess.Popen(
                _podman_command(Path(scratch.name), limits),
                stdin=theirs.fileno(),
                stdout=subprocess.PIPE,
                stderr=status_write,
                env={"PATH": _path()},
            )
            theirs.close()
            os.close(status_write)
            status_write = -1
            said = _said_up(process, status_read)
            init = None if said else _deepest_init(process.pid)
            if init is None:
                process.kill()
                said += process.communicate(timeout=10)[0].decode("utf-8", "replace")
                raise SandboxError(f"podman did not start: {said.strip() or 'it said nothing'}")
            box = ContainerBox(
                process,
                ours,
                scratch,
                limits,
                init_pid=init.pid,
                status=status_read,
                answers=Path(scratch.name, "answers"),
            )
            status_read = -1  # the box's from now on
            with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
                box.outer = os.pidfd_open(_outer_init(process.pid))
            return box
        except BaseException:
            ours.close()
            if process is not None:
                process.kill()  # unshare; its parent-death signal ends the rest
                _let_end(process)
            raise
        finally:
            theirs.close()
            for descriptor in (status_read, status_write):
                if descriptor >= 0:
                    os.close(descriptor)


class Docker(Containers):
    """Start boxes with the `docker` command, for an engine on this machine."""

    name = "docker"

    @property
    def user(self) -> int:
        """The caller, who may then look into the box and end it; nobody for root."""
        return os.geteuid() or _NOBODY

    def limits_in_words(self) -> str:
        """See `Sandbox.limits_in_words`."""
        return (
            "A cgroup holds the memory and the number of processes of a box, the kernel the size of /tmp, "
            "/work and /dev/shm, and for each process its memory, CPU time, open files and file size (rlimits). A "
            "watching thread ends a box whose processes together use too much CPU time, make too many files, "
            "or run too long."
        )

    def missing(self) -> str:
        """Whether there is a client, and an engine that answers."""
        if missing := _missing_tool("docker", "docker", "prlimit"):
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

    def _open(self, scratch: tempfile.TemporaryDirectory[str], limits: Limits) -> ContainerBox:
        folder = Path(scratch.name)
        _import_image(folder / "root")
        ours, process, guard = None, None, None
        name = f"autograder-{os.getpid()}-{folder.name.rpartition('-')[2]}"
        try:
            with socket.socket(socket.AF_UNIX) as listener:
                (folder / "channel").mkdir(mode=0o711)  # who does not know the name finds nothing
                place = folder / "channel" / os.urandom(16).hex()
                listener.bind(str(place))
                place.chmod(0o666)
                listener.listen(1)
                guard = _guard(name)
                process = subprocess.Popen(
                    _docker_command(folder, limits, name, place),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                )
                ours = _accept(listener, process)
            asked = ["docker", "inspect", "--format", "{{.State.Pid}}", name]
            told = subprocess.run(asked, capture_output=True, text=True, timeout=60)
            status, other = os.pipe()
            os.close(other)
            box = ContainerBox(
                process,
                ours,
                scratch,
                limits,
                init_pid=int(told.stdout),
                status=status,
                answers=folder / "answers",
            )
            box.guard = guard
            return box
        except BaseException as error:
            if ours is not None:
                ours.close()
            if guard is not None:
                _dismiss(guard)
            if process is not None:
                _let_end(process)
            if isinstance(error, ValueError):
                raise SandboxError("docker told no process of its container") from None
            raise


@functools.cache
def _problem(mechanism: type[Containers]) -> str:
    if sys.platform != "linux":
        return f"{mechanism.name} needs Linux."
    sandbox = mechanism()
    if missing := sandbox.missing():
        return missing
    if unknown := seccomp.problem():
        return f"{mechanism.name} cannot be used: {unknown}"
    try:
        with sandbox.start({}, Limits()):
            return ""
    except (SandboxError, OSError, subprocess.SubprocessError) as error:
        return f"{mechanism.name} is installed but cannot make a sandbox here: {error}."


def _missing_tool(package: str, *tools: str) -> str:
    for tool in tools:
        if shutil.which(tool, path=_path()) is None:
            return f"{package} cannot be used: the command {tool!r} is not there."
    return ""


def _path() -> str:
    """Where commands are looked for: those of an administrator too."""
    return f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"


# What is in the box -----------------------------------------------------------------------------------


def _fill(folder: Path, sources: Mapping[str, str], user: int) -> None:
    """Make the folder of a box: answers, etc, the package's modules, the empty root, Podman's settings."""
    write_sources(sources, folder / "answers")
    _write_etc(folder / "etc")
    (folder / "etc" / "passwd").write_text(f"student:x:{user}:{user}:student:/work:/bin/sh\n")
    for name in ("hostname", "resolv.conf"):  # engines mount files of their own there
        (folder / "etc" / name).touch(mode=0o644)
    modules = folder / "box" / "autograder"
    (modules / "__pycache__").mkdir(parents=True)
    for module in BOX_MODULES:
        compiled = f"__pycache__/{Path(cache_from_source(module)).name}"
        for file in (module, compiled):
            if (PACKAGE / file).exists():
                shutil.copy2(PACKAGE / file, modules / file)  # with its time, or it is compiled anew
    (folder / "settings").mkdir()
    (folder / "settings" / "seccomp.json").write_text(json.dumps(seccomp.profile()))
    (folder / "settings" / "containers.conf").write_text(_CONTAINERS_CONF)
    (folder / "state").mkdir()
    _make_root(folder / "root")
    for place in ("box", "settings", "state", "root"):
        for path in [folder / place, *(folder / place).rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() else 0o644)


def _make_root(root: Path) -> None:
    """An empty root: a place for each mount, and the links that Debian and Fedora have in theirs."""
    root.mkdir()
    places = [ANSWERS, _INSIDE, "/etc", "/proc", "/dev", "/sys", "/run", "/tmp", "/work", _SOCKET]
    files = [inside for _, inside in _mounts({}) if Path(inside).is_file()]
    folders = [inside for _, inside in _mounts({}) if inside not in files]
    for place in [*places, *folders, *_covered()]:
        (root / place.lstrip("/")).mkdir(parents=True, exist_ok=True)
    for file in files:
        (root / file.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
        (root / file.lstrip("/")).touch()
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        path = Path("/", name)
        if path.is_symlink():
            (root / name).symlink_to(os.readlink(path))
    (root / "etc" / "mtab").symlink_to("/proc/mounts")  # or podman tries to make one
    (root / "run" / ".containerenv").touch()


def _prefixes() -> dict[str, Path]:
    """Where Python and the environment lie, if not in /usr."""
    prefixes = {"python": Path(sys.base_prefix), "environment": Path(sys.prefix)}
    return {name: prefix for name, prefix in prefixes.items() if not prefix.is_relative_to("/usr")}


def _mounts(found: Mapping[str, Path]) -> list[tuple[str, str]]:
    """Folders of this machine and where the box sees them; `found` says where this user can read them."""
    mounts = [("/usr", "/usr")]
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        path = Path("/", name)
        if path.is_dir() and not path.is_symlink():
            mounts.append((str(path), str(path)))
    for name, prefix in _prefixes().items():
        parts = [part for part in _PREFIX_PARTS if (prefix / part).exists()]
        mounts += [(str(found.get(name, prefix) / part), str(prefix / part)) for part in parts]
    return mounts


def _covered() -> list[str]:
    """The installed package, if the box would see it with its tests."""
    hidden = any(PACKAGE.is_relative_to(place) for place in _in_sight(_prefixes()))
    return [str(PACKAGE)] if hidden else []


def _volumes(folder: Path, found: Mapping[str, Path]) -> list[str]:
    """Everything that is mounted read-only, as options."""
    mounts = [*_mounts(found), (f"{folder}/etc", "/etc")]
    mounts += [(f"/etc/{name}", f"/etc/{name}") for name in _OF_ETC if Path("/etc", name).exists()]
    mounts += [(f"{folder}/box", _INSIDE), (f"{folder}/answers", ANSWERS)]
    options = [f"--volume={outside}:{inside}:ro" for outside, inside in mounts]
    return options + _read_only(*_covered())


def _read_only(*places: str) -> list[str]:
    """Options for empty places that cannot be written to, not even by who made what is in them."""
    return [f"--tmpfs={place}:ro,size=64k,mode=755,nosuid,noexec" for place in places]


def _common(folder: Path, limits: Limits) -> list[str]:
    """The options that Podman and Docker both know."""
    options = ["--rm", "--network=none", "--cap-drop=all", "--security-opt=no-new-privileges", "--read-only"]
    options += [f"--security-opt=seccomp={folder}/settings/seccomp.json", "--hostname=box", "--workdir=/work"]
    return options


def _limited(command: list[str], limits: Limits) -> list[str]:
    """A command in a new environment and under limits: the engines' own leave out address space.

    Who has no user namespace of its own is counted with all other processes of that user.
    """
    environment = {**ENVIRONMENT, "PATH": "/usr/bin:/bin", "HOME": "/work", "PYTHONPATH": _INSIDE}
    prlimit = ["prlimit", f"--nproc={limits.processes}", f"--cpu={limits.cpu_seconds}", "--core=0"]
    prlimit += [f"--fsize={limits.file_bytes}", f"--nofile={limits.open_files}", f"--as={limits.memory}"]
    given = [f"{name}={value}" for name, value in environment.items()]
    return ["/usr/bin/env", "-i", "PWD=/work", *given, *prlimit, "--msgqueue=0", "--", *command]


# Podman ----------------------------------------------------------------------------------------------


def _podman_command(folder: Path, limits: Limits) -> list[str]:
    """The whole command line: descriptors, for root a preparation, a namespace, then podman.

    What unshare says is no output of the box: util-linux 2.38 complains when its child was killed.
    """
    lines = ["exec 3<&0 4>&1 5>&2 </dev/null 2>&1"]
    if os.geteuid() != 0:
        inner = _in_namespace(folder, _prefixes(), limits)
        return ["/bin/sh", "-c", "\n".join([*lines, f"exec {shlex.join(inner)} 2>&5"])]
    staged = {name: Path(_STAGE, name) for name in ("folder", *_prefixes())}
    sources = {"folder": folder, **_prefixes()}
    lines += ["set -e", f"mount -t tmpfs -o mode=755 tmpfs {_STAGE}"]
    lines += [f"mkdir {shlex.join(map(str, staged.values()))}"]
    lines += [f"mount --bind {shlex.quote(str(sources[name]))} {staged[name]}" for name in staged]
    drop = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups", "--no-new-privs"]
    drop += ["--bounding-set=-all", "--inh-caps=-all", "--"]
    inner = _in_namespace(staged["folder"], staged, limits)
    lines += ["cd /", f"exec {shlex.join(drop + inner)} 2>&5"]
    return ["unshare", "--mount", "--propagation", "private", "--", "/bin/sh", "-c", "\n".join(lines)]


def _in_namespace(folder: Path, found: Mapping[str, Path], limits: Limits) -> list[str]:
    """Podman in a user, mount and PID namespace that ends with this process, and with its parent's thread."""
    state = shlex.quote(f"{folder}/state")
    stored = f'[storage]\ndriver="vfs"\ngraphroot="{folder}/state/root"\nrunroot="{folder}/state/run"'
    lines = [
        "exec 2>&1",
        "set -e",
        # All that podman and crun keep. The second hides the machine's groups of processes, which an
        # ordinary user may not change, and a mixture of whose versions crun refuses even to look at.
        f"mount -t tmpfs -o size=64m,mode=700 state {state}",
        "mount -t tmpfs -o size=4k none /sys/fs/cgroup",
        f"export HOME={state} XDG_RUNTIME_DIR={state} TMPDIR={state}",
        f"export CONTAINERS_CONF={shlex.quote(f'{folder}/settings/containers.conf')}",
        f"export CONTAINERS_STORAGE_CONF={state}/storage.conf",
        f"echo {shlex.quote(stored)} >{state}/storage.conf",
    ]
    # Not by podman's own --tmpfs: crun cannot make places for mounts in one, and the environment of a course
    # that lies below /tmp or /work is mounted there.
    for number, (place, mode) in enumerate(_PLACES.items()):
        lines.append(f"mkdir {state}/{number}")
        lines.append(
            f"mount -t tmpfs -o nosuid,nodev,size={limits.scratch},mode={mode} tmpfs {state}/{number}"
        )
        for _, inside in _mounts({}):
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


def _podman(folder: Path, found: Mapping[str, Path], limits: Limits) -> list[str]:
    """The podman command line."""
    state = f"{folder}/state"
    command = ["podman", "--runtime=crun", f"--runtime-flag=root={state}/crun", "--cgroup-manager=cgroupfs"]
    command += [f"--root={state}/root", f"--runroot={state}/run", f"--tmpdir={state}/tmp", "run"]
    command += _common(folder, limits)
    # One user only can be given another number without help from the system, and it shall not be root's.
    user = Podman.user
    command += [f"--uidmap={user}:0:1", f"--gidmap={user}:0:1", f"--user={user}:{user}"]
    # Files of a process can be written to that change how it is scheduled (autogroup); and its memory.
    command += [
        "--security-opt=proc-opts=ro,nosuid,nodev,noexec",
        *_read_only("/dev", "/sys", "/sys/fs/cgroup"),
    ]
    command += ["--ipc=none", "--cgroups=disabled"]
    command += ["--read-only-tmpfs=false", "--no-hosts", "--passwd=false", "--http-proxy=false"]
    command += ["--systemd=false", "--log-driver=none", "--ulimit=host", "--preserve-fds=3"]
    command += [f"--volume={state}/{number}:{place}:rw,exec" for number, place in enumerate(_PLACES)]
    command += [*_volumes(folder, found), "--rootfs", f"{folder}/root"]
    return [*command, "/bin/sh", "-c", _INIT, "sh", *_limited(runner_command(3, ANSWERS), limits)]


def _said_up(process: subprocess.Popen[bytes], status: int) -> str:
    """Wait for pid 1 of the box; what was said instead, empty if it is up."""
    line = read_until_line(status, _START_SECONDS)
    return "" if line == b"up\n" else line.decode("utf-8", "replace")


def _namespace_pids(pid: int) -> list[int]:
    """A process's number in each namespace of processes that it is in, from ours inwards."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("NSpid:"):
                return [int(word) for word in line.split()[1:]]
    return []


def _deepest_init(root: int) -> psutil.Process | None:
    """Pid 1 of the box: the one that is pid 1 two namespaces further in."""
    depth = len(_namespace_pids(root)) + 2
    with contextlib.suppress(psutil.NoSuchProcess):
        for process in psutil.Process(root).children(recursive=True):
            numbers = _namespace_pids(process.pid)
            if len(numbers) == depth and numbers[-1] == 1:
                return process
    return None


def _outer_init(root: int) -> int:
    """Pid 1 of the namespace that podman is in."""
    return next(child.pid for child in psutil.Process(root).children())


def _contained(box: ContainerBox) -> None:
    """See from outside that the box is one: no engine's setting, old version or fault is taken on trust.

    Raises
    ------
    SandboxError
        If something is missing.
    """
    place = Path(f"/proc/{box.root_pid}")
    try:
        told = dict(line.split(":", 1) for line in (place / "status").read_text().splitlines())
        shared = [
            kind
            for kind in _NAMESPACES
            if os.readlink(place / "ns" / kind) == os.readlink(f"/proc/self/ns/{kind}")
        ]
    except OSError as error:
        raise SandboxError(f"the container cannot be looked at from here: {error}") from None
    wrong = [f"it shares our {kind} namespace" for kind in shared]
    if "0" in told["Uid"].split():
        wrong.append("it runs as root")
    if any(int(told[f"Cap{kind}"], 16) for kind in ("Prm", "Eff", "Bnd", "Amb")):
        wrong.append("it has capabilities")
    if told["NoNewPrivs"].strip() != "1" or told["Seccomp"].strip() != "2":
        wrong.append("it may gain privileges, or has no system call filter")
    if wrong:
        raise SandboxError(f"the container does not contain: {', '.join(wrong)}")


# Docker ----------------------------------------------------------------------------------------------


def _docker_command(folder: Path, limits: Limits, name: str, place: Path) -> list[str]:
    """The docker command line; the engine's own limits hold for the whole tree."""
    command = [
        "docker",
        "run",
        *_common(folder, limits),
        f"--name={name}",
        f"--user={Docker().user}:{Docker().user}",
    ]
    command += ["--ipc=none", "--log-driver=none", f"--pids-limit={limits.processes}"]
    command += [f"--memory={limits.memory}", f"--memory-swap={limits.memory}", "--pull=never"]
    for where, mode in _PLACES.items():  # /work is everybody's: its owner would be root
        mode = mode.replace("0700", "0777")
        command.append(f"--tmpfs={where}:size={limits.scratch},mode={mode},nosuid,nodev,exec")
    command += [*_volumes(folder, _prefixes()), f"--volume={place}:{_SOCKET}/socket", _IMAGE]
    connect = [sys.executable, "-c", _CONNECT, f"{_SOCKET}/socket", ANSWERS]
    bounded = [word for word in _limited(connect, limits) if not word.startswith("--nproc=")]
    return [*command, "/bin/sh", "-c", _DOCKER_INIT, "sh", *bounded]


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


def _import_image(root: Path) -> None:
    """Import the empty root as an image; the engine knows one of the same content again."""
    with io.BytesIO() as archive:
        with tarfile.open(fileobj=archive, mode="w") as tar:
            tar.add(root, arcname=".", filter=_as_roots)
        done = subprocess.run(
            ["docker", "import", "-", _IMAGE], input=archive.getvalue(), capture_output=True, timeout=60
        )
    if done.returncode != 0:
        raise SandboxError(f"docker made no image: {done.stderr.decode('utf-8', 'replace').strip()}")


def _as_roots(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return member


def _accept(listener: socket.socket, process: subprocess.Popen[bytes]) -> socket.socket:
    """The connection of the box, while the engine's client lives."""
    listener.settimeout(0.2)
    end = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(TimeoutError):
            connection, _ = listener.accept()
            connection.setblocking(True)
            return connection
    process.kill()
    said = process.communicate(timeout=10)[0].decode("utf-8", "replace").strip()
    raise SandboxError(f"docker did not start: {said or 'it said nothing'}")

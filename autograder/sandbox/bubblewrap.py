"""Containment by bubblewrap: namespaces of its own, a read-only system, no network, no capability.

    harness
      |- [root only] unshare --mount: interpreter and package bound to readable places,
      |              setpriv: become an ordinary user without any capability
      '- bwrap (outside)
           '- bwrap (pid 1 of the box: reaps, and its death is everybody's)
                '- prlimit -> python -m autograder.runner
                     '- the answer's own workers

The kernel guarantees the end: when pid 1 of the box has been reaped, its namespace is empty.

An ordinary caller's further groups stay with the processes of the box; only root can drop them. They open
nothing there: what the box sees of the machine is the system, Python and its packages, read-only and without
set-group-id, and devices that everybody may use.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
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
from autograder.sandbox.watching import Gauge, Watch

_NOBODY = 65534
_INSIDE = "/box"  # where the box sees the package
ANSWERS = "/answers"  # and the student's modules
# The part of a Python installation that is needed: a virtual environment may have been made in the very
# folder of the course, which is out of sight.
_PREFIX_PARTS = ("bin", "etc", "include", "lib", "lib32", "lib64", "libexec", "share", "pyvenv.cfg", "ssl")
# Without these, libraries that Debian keeps in several versions (BLAS among them) are not found.
_OF_ETC = ("ld.so.cache", "alternatives")
_STAGE = "/mnt"  # where root gathers what an ordinary user must be able to read
INSTALL_HINT = (
    "Install it with 'apt-get install bubblewrap' (Debian, Ubuntu) or 'dnf install bubblewrap' (Fedora)."
)


class BubblewrapBox(Box):
    """A box whose end is the end of its PID namespace.

    Parameters
    ----------
    parts
        As for `Box`.
    init_pid : int
        Pid 1 of the box, as seen from outside.
    status : int
        Descriptor that bwrap writes its status to. Kept open: a bwrap that cannot write the exit status
        of the runner there dies of SIGPIPE, and its own exit status then says nothing.
    answers : pathlib.Path
        What the box sees as `ANSWERS`.
    """

    def __init__(self, *parts: object, init_pid: int, status: int, answers: Path) -> None:
        # Opened at once: a descriptor cannot come to mean another process, as a number can.
        self._init: int | None = None
        with contextlib.suppress(ProcessLookupError):
            self._init = os.pidfd_open(init_pid)
        super().__init__(*parts)  # type: ignore[arg-type]
        self.root_pid = init_pid
        self._status: int | None = status
        self._watch = Watch(Gauge(init_pid, ANSWERS, answers), self.limits, self.stop)

    def runner(self) -> psutil.Process | None:
        """The first child of pid 1; orphans of the answer become its children too, but later."""
        try:
            children = psutil.Process(self.root_pid).children()
        except psutil.NoSuchProcess:
            return None
        return min(children, key=lambda child: child.create_time(), default=None)

    def kill(self) -> None:
        """Kill pid 1 of the box, and with it everything inside.

        The bwrap outside is left to reap it and to end by itself: killed, it would leave a zombie to the
        machine's init, and in a container there may be none that reaps.
        """
        if self._init is None:
            super().kill()
            return
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._init, signal.SIGKILL)

    def wait_empty(self, seconds: float = 10.0) -> None:
        """Wait until pid 1 of the box is gone: the kernel lets it go last."""
        if self._init is not None and not select.select([self._init], [], [], seconds)[0]:
            raise SandboxError(f"the sandbox was not empty {seconds:g} s after SIGKILL")
        super().wait_empty(seconds)

    def __exit__(self, *exc_info: object) -> None:
        try:
            super().__exit__(*exc_info)
        finally:
            self._watch.close()
            for descriptor in (self._init, self._status):
                if descriptor is not None:
                    os.close(descriptor)
            self._init = self._status = None


class Bubblewrap(Sandbox):
    """Start boxes with the `bwrap` command."""

    name = "bubblewrap"

    def problem(self) -> str:
        """Empty if `bwrap` is there and this user may use namespaces."""
        return _problem()

    def limits_in_words(self) -> str:
        """See `Sandbox.limits_in_words`."""
        return (
            "The kernel holds the number of processes, the size of /tmp, /work and /dev/shm, and for each "
            "process its memory, CPU time, open files and file size (rlimits). A watching thread ends a box "
            "whose processes together use too much memory or CPU time, make too many files, or run too long. "
            "A system call filter refuses memory that neither sees. No cgroup is used."
        )

    def start(self, sources: Mapping[str, str], limits: Limits) -> Box:
        """See `Sandbox.start`."""
        ours, theirs = socket.socketpair()
        with theirs:
            runner = runner_command(theirs.fileno(), ANSWERS)
            box = self.open(runner, partial(write_sources, sources), limits, ours, theirs)
        box.wait_started()
        return box

    def open(
        self,
        command: list[str],
        prepare: Callable[[Path], object],
        limits: Limits,
        ours: socket.socket,
        theirs: socket.socket | None = None,
    ) -> BubblewrapBox:
        """Start any command in a box; returns when bubblewrap has started, whatever the command does.

        Parameters
        ----------
        command : list of str
            What to run inside.
        prepare : callable
            Makes and fills the folder that it is called with; the box sees it as `ANSWERS`, read-only.
        limits : Limits
            On the whole tree.
        ours, theirs : socket.socket
            The two ends of the box's socket; the command inherits `theirs`, if any, and the caller closes it.

        Raises
        ------
        SandboxError
            If bubblewrap did not start.
        """
        scratch = tempfile.TemporaryDirectory(prefix="autograder-")
        folder = Path(scratch.name)
        folder.chmod(0o755)
        status_read, status_write = os.pipe()
        rules = _in_a_pipe(seccomp.program())
        process = None
        try:
            prepare(folder / "answers")
            _write_etc(folder / "etc")
            process = subprocess.Popen(
                _command(folder, limits, status_write, rules, command),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(status_write, rules, *([theirs.fileno()] if theirs is not None else [])),
                env={"PATH": f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"},
            )
            os.close(status_write)
            status_write = -1
            line = read_until_line(status_read, 20)
            try:
                init_pid = int(json.loads(line)["child-pid"])
            except (ValueError, KeyError):
                process.kill()
                said = process.communicate(timeout=10)[0].decode("utf-8", "replace").strip()
                raise SandboxError(f"bubblewrap did not start: {said or 'it said nothing'}") from None
            box = BubblewrapBox(
                process,
                ours,
                scratch,
                limits,
                init_pid=init_pid,
                status=status_read,
                answers=folder / "answers",
            )
            status_read = -1  # the box's from now on
            return box
        except BaseException:
            ours.close()
            if process is not None:
                _let_end(process)
            scratch.cleanup()
            raise
        finally:
            for descriptor in (status_read, status_write, rules):
                if descriptor >= 0:
                    os.close(descriptor)


@functools.cache
def _problem() -> str:
    if sys.platform != "linux":
        return "bubblewrap needs Linux."
    for tool in ("bwrap", "prlimit"):
        if shutil.which(tool) is None:
            return f"bubblewrap cannot be used: the command {tool!r} is not there. {INSTALL_HINT}"
    if unknown := seccomp.problem():
        return f"bubblewrap cannot be used: {unknown}"
    try:
        with Bubblewrap().start({}, Limits()):
            return ""
    except SandboxError as error:
        return (
            f"bubblewrap is installed but cannot make a sandbox here: {error}. "
            "A cause seen often: user namespaces are switched off (sysctl kernel.unprivileged_userns_clone, "
            "user.max_user_namespaces, or a container that forbids them); "
            "ask the administrator to allow them."
        )
    return ""


def _let_end(process: subprocess.Popen[bytes], seconds: float = 5.0) -> None:
    """Wait for the end of a box that nobody will use: its runner finds the socket closed, and goes.

    A bwrap that is killed while it starts, as when this process ends, leaves a child that waits for ever.
    """
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _in_a_pipe(content: bytes) -> int:
    """A descriptor from which a short content can be read; the caller closes it."""
    read, write = os.pipe()
    try:
        os.write(write, content)  # it fits into the pipe, or would wait for ever: see the tests
    finally:
        os.close(write)
    return read


def _write_etc(folder: Path) -> None:
    """The three files without which `localhost` and `getpass.getuser()` fail."""
    folder.mkdir(mode=0o755)
    for name, text in {
        "passwd": "student:x:1000:1000:student:/work:/bin/sh\n",
        "group": "student:x:1000:\n",
        "hosts": "127.0.0.1 localhost\n::1 localhost\n",
    }.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o644)
    for name in _OF_ETC:  # where the machine's own are put
        source = Path("/etc", name)
        if source.is_dir():
            (folder / name).mkdir(mode=0o755)
        elif source.exists():
            (folder / name).touch(mode=0o644)
    folder.chmod(0o755)


def _command(folder: Path, limits: Limits, status: int, rules: int, runner: list[str]) -> list[str]:
    """The whole command line: for root a preparation, then bwrap, then limits, then the runner."""
    readable = {"package": PACKAGE, "answers": folder / "answers", "etc": folder / "etc"}
    for name, prefix in {"python": sys.base_prefix, "environment": sys.prefix}.items():
        if not Path(prefix).is_relative_to("/usr"):
            readable[name] = Path(prefix)
    if os.geteuid() != 0:
        return _bwrap(readable, readable, limits, status, rules, runner)
    staged = {name: Path(_STAGE, name) for name in readable}
    lines = [f"mount -t tmpfs -o mode=755 tmpfs {_STAGE}", f"mkdir {shlex.join(map(str, staged.values()))}"]
    lines += [f"mount --bind {shlex.quote(str(readable[name]))} {staged[name]}" for name in readable]
    drop = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups", "--no-new-privs"]
    drop += ["--bounding-set=-all", "--inh-caps=-all", "--"]
    script = " && ".join(
        [*lines, "cd /", "exec " + shlex.join(drop + _bwrap(readable, staged, limits, status, rules, runner))]
    )
    return ["unshare", "--mount", "--propagation", "private", "--", "/bin/sh", "-c", script]


def _bwrap(
    readable: Mapping[str, Path],
    found: Mapping[str, Path],
    limits: Limits,
    status: int,
    rules: int,
    runner: list[str],
) -> list[str]:
    """The bwrap command line; `found` says where this user can read what `readable` names."""
    command = [
        "bwrap",
        "--unshare-all",
        "--unshare-user",
        "--disable-userns",
        "--uid",
        "1000",
        "--gid",
        "1000",
    ]
    command += ["--hostname", "box", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    for name, value in {
        **ENVIRONMENT,
        "PATH": "/usr/bin:/bin",
        "HOME": "/work",
        "PYTHONPATH": _INSIDE,
    }.items():
        command += ["--setenv", name, value]
    command += ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        path = Path("/", name)
        if path.is_symlink():
            command += ["--symlink", os.readlink(path), str(path)]
        elif path.exists():
            command += ["--ro-bind", str(path), str(path)]
    command += ["--proc", "/proc", "--dev", "/dev"]
    for place, mode in {"/dev/shm": "1777", "/tmp": "1777", "/work": "0700"}.items():
        command += ["--size", str(limits.scratch), "--perms", mode, "--tmpfs", place]
    command += ["--remount-ro", "/dev"]
    # Files of a process can be written to that change how it is scheduled (autogroup); and its memory.
    command += ["--remount-ro", "/proc"]
    for name in ("python", "environment"):
        for part in _PREFIX_PARTS:
            if name in readable and (readable[name] / part).exists():
                command += ["--ro-bind", str(found[name] / part), str(readable[name] / part)]
    if any(PACKAGE.is_relative_to(place) for place in _in_sight(readable)):
        # Installed as a package: its tests, with their right answers, would lie beside numpy.
        command += ["--tmpfs", str(PACKAGE), "--remount-ro", str(PACKAGE)]
    compiled = [f"__pycache__/{Path(cache_from_source(module)).name}" for module in BOX_MODULES]
    for file in [*BOX_MODULES, *(file for file in compiled if (PACKAGE / file).exists())]:
        command += ["--ro-bind", str(found["package"] / file), f"{_INSIDE}/autograder/{file}"]
    command += ["--ro-bind", str(found["answers"]), ANSWERS, "--ro-bind", str(found["etc"]), "/etc"]
    for name in _OF_ETC:
        if Path("/etc", name).exists():
            command += ["--ro-bind", f"/etc/{name}", f"/etc/{name}"]
    command += ["--remount-ro", "/", "--chdir", "/work"]
    command += ["--seccomp", str(rules), "--json-status-fd", str(status), "--"]
    command += ["prlimit", f"--nproc={limits.processes}", f"--cpu={limits.cpu_seconds}", "--core=0"]
    command += [
        f"--fsize={limits.file_bytes}",
        f"--nofile={limits.open_files}",
        f"--as={limits.memory}",
        "--",
    ]
    return command + runner


def _in_sight(readable: Mapping[str, Path]) -> list[Path]:
    """The folders of this machine that the box sees."""
    prefixes = [readable[name] for name in ("python", "environment") if name in readable]
    return [Path("/usr"), *(prefix / part for prefix in prefixes for part in _PREFIX_PARTS)]

"""Containment by bubblewrap: namespaces of its own, a read-only system, no network, no capability.

    harness  ---- once ---- keeper: ends what a killed harness has left half started
      |- [where one may be made] sh: enter a control group of its own
      |- [root only] unshare --mount: interpreter and package bound to readable places,
      |              setpriv: become an ordinary user without any capability
      '- bwrap (outside)
           '- bwrap (pid 1 of the box: reaps, and its death is everybody's)
                '- prlimit -> python -m autograder.runner
                     '- the answer's own workers

The kernel guarantees the end: when pid 1 of the box has been reaped, its namespace is empty. `command` has
the command line, `cgroups` and `watching` what holds the sum of all processes, `held` the scratch folder.

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
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import psutil

from autograder.sandbox import cgroups, seccomp
from autograder.sandbox.base import (
    Box,
    Limits,
    Sandbox,
    SandboxError,
    read_until_line,
    runner_command,
    write_sources,
)
from autograder.sandbox.cgroups import Group
from autograder.sandbox.command import ANSWERS, box_command, no_group, write_etc
from autograder.sandbox.held import Scratch
from autograder.sandbox.keeper import kept
from autograder.sandbox.watching import Gauge, Watch

__all__ = ["ANSWERS", "INSTALL_HINT", "Bubblewrap", "BubblewrapBox"]

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
    group : Group, optional
        The control group that its processes are in; removed at the end.
    """

    def __init__(
        self, *parts: object, init_pid: int, status: int, answers: Path, group: Group | None = None
    ) -> None:
        # Opened at once: a descriptor cannot come to mean another process, as a number can.
        self._init: int | None = None
        with contextlib.suppress(ProcessLookupError):
            self._init = os.pidfd_open(init_pid)
        super().__init__(*parts)  # type: ignore[arg-type]
        self.root_pid = init_pid
        self._status: int | None = status
        self._group = group
        self._watch = Watch(Gauge(init_pid, ANSWERS, answers), self.limits, self.stop, self._ran_out)

    def _ran_out(self) -> str:
        return self._group.ran_out() if self._group is not None else ""

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
            self._stopped = self.stopped  # the group is asked for the last time
            if self._group is not None:
                self._group.close()
                self._group = None
            for descriptor in (self._init, self._status):
                if descriptor is not None:
                    os.close(descriptor)
            self._init = self._status = None


class Bubblewrap(Sandbox):
    """Start boxes with the `bwrap` command.

    Parameters
    ----------
    cgroup : str, optional
        "auto": each box gets a control group where one may be made; "on": or none is started; "off": the
        watching thread alone holds what its processes use together. By default what AUTOGRADER_CGROUP says in
        the environment, else "auto".
    """

    name = "bubblewrap"

    def __init__(self, cgroup: str | None = None) -> None:
        self._cgroup = cgroup

    def problem(self) -> str:
        """Empty if `bwrap` is there, this user may use namespaces, and a cgroup if that is asked for."""
        try:
            self._place()
        except SandboxError as error:
            return str(error)
        return _problem()

    def _place(self) -> cgroups.Place | None:
        """Where a box gets its control group; None where the watching thread alone holds it."""
        wanted = cgroups.wanted(self._cgroup)
        if wanted == "off":
            return None
        place, why = cgroups.usable()
        if place is None and wanted == "on":
            raise SandboxError(
                f"{cgroups.SWITCH} is 'on', but there is no control group for a box: {why}. Start it where "
                "this user may make one, or say 'auto': then a watching thread ends a box that uses too much."
            )
        return place

    def limits_in_words(self) -> str:
        """See `Sandbox.limits_in_words`."""
        if (place := self._place()) is not None:
            who = (
                "A cgroup of its own holds the memory and the number of processes of a whole box "
                f"(version {place.version}). A watching thread ends a box that used up its memory, or whose "
                "processes together use too much CPU time, make too many files, or run too long."
            )
        else:
            off = cgroups.wanted(self._cgroup) == "off"
            why = "it is switched off" if off else cgroups.usable()[1]
            who = (
                "A watching thread ends a box whose processes together use too much memory or CPU time, make "
                f"too many files, or run too long. No cgroup is used: {why}."
            )
        return (
            "The kernel holds the number of processes, the size of /tmp, /work and /dev/shm, and for each "
            f"process its memory, CPU time, open files and file size (rlimits). {who} A system call filter "
            "refuses memory that neither sees."
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
            If bubblewrap did not start, or the box's control group could not be made.
        """
        with kept() as mark, contextlib.ExitStack() as if_it_fails:
            if_it_fails.callback(ours.close)
            group, entering = self._group(limits), no_group
            if group is not None:
                if_it_fails.callback(group.close)
                entering = group.entering
            scratch = Scratch()
            if_it_fails.callback(scratch.cleanup)
            folder = Path(scratch.name)
            folder.chmod(0o755)
            prepare(folder / "answers")
            write_etc(folder / "etc")
            status, status_write = os.pipe()
            if_it_fails.callback(os.close, status)  # last: a bwrap that cannot write there dies too early
            rules = _in_a_pipe(seccomp.program())
            try:
                process = subprocess.Popen(
                    box_command(folder, limits, status_write, rules, command, mark, entering),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    pass_fds=(status_write, rules, *([theirs.fileno()] if theirs is not None else [])),
                    env={"PATH": f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"},
                )
            finally:
                os.close(status_write)
                os.close(rules)
            if_it_fails.callback(let_end, process)
            if_it_fails.callback(ours.close)
            init_pid = _started(process, status)
            box = BubblewrapBox(
                process,
                ours,
                scratch,
                limits,
                init_pid=init_pid,
                status=status,
                answers=folder / "answers",
                group=group,
            )
            if_it_fails.pop_all()  # it did not
        return box

    def _group(self, limits: Limits) -> Group | None:
        """A new control group for a box; None where there is none."""
        place = self._place()
        try:
            return Group(place, limits) if place is not None else None
        except OSError as error:
            raise SandboxError(
                f"no control group could be made for a box ({error.strerror}: {error.filename}), although "
                f"one could before. {cgroups.SWITCH}=off in the environment does without, and the watching "
                "thread holds the box, a little later."
            ) from None


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


def _started(process: subprocess.Popen[bytes], status: int) -> int:
    """Wait until bubblewrap has started its pid 1, and return what its number is out here."""
    line = read_until_line(status, 20)
    try:
        return int(json.loads(line)["child-pid"])
    except (ValueError, KeyError):
        process.kill()
        said = process.communicate(timeout=10)[0].decode("utf-8", "replace").strip()
        raise SandboxError(f"bubblewrap did not start: {said or 'it said nothing'}") from None


def let_end(process: subprocess.Popen[bytes], seconds: float = 5.0) -> None:
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

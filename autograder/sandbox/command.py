"""The command line of a bubblewrap box: what of the machine it sees, and what each process may use.

    sh [enter a control group] -> [root only: unshare, mounts, setpriv] -> bwrap -> prlimit -> the runner

Nothing is started here; `bubblewrap` does that.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from autograder.sandbox.base import BOX_MODULES, ENVIRONMENT, PACKAGE, Limits, module_files

NOBODY = 65534
INSIDE = "/box"  # where the box sees the package
ANSWERS = "/answers"  # and the student's modules
INSIDE_ENVIRONMENT = {**ENVIRONMENT, "PATH": "/usr/bin:/bin", "HOME": "/work", "PYTHONPATH": INSIDE}
# The part of a Python installation that is needed: a virtual environment may have been made in the very
# folder of the course, which is out of sight.
PREFIX_PARTS = ("bin", "etc", "include", "lib", "lib32", "lib64", "libexec", "share", "pyvenv.cfg", "ssl")
# Without these, libraries that Debian keeps in several versions (BLAS among them) are not found.
OF_ETC = ("ld.so.cache", "alternatives")
STAGE = "/mnt"  # where root gathers what an ordinary user must be able to read
PLACES = {"/dev/shm": "1777", "/tmp": "1777", "/work": "0700"}  # that can be written to, and their modes
SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64")  # links into /usr on most systems
# Before a command: become an ordinary user without any capability.
DROP = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs"]
DROP += ["--bounding-set=-all", "--inh-caps=-all", "--"]


def prefixes() -> dict[str, Path]:
    """Where Python and the environment lie, if not in /usr."""
    prefixes = {"python": Path(sys.base_prefix), "environment": Path(sys.prefix)}
    return {name: prefix for name, prefix in prefixes.items() if not prefix.is_relative_to("/usr")}


def package_in_sight() -> bool:
    """Whether this package lies where a box sees the machine: with its tests, and their right answers."""
    places = [Path("/usr"), *(prefix / part for prefix in prefixes().values() for part in PREFIX_PARTS)]
    return any(PACKAGE.is_relative_to(place) for place in places)


def staged(readable: Mapping[str, Path]) -> tuple[dict[str, Path], list[str]]:
    """Where root gathers these folders, and the shell's lines that do it, in a mount namespace of its own."""
    places = {name: Path(STAGE, name) for name in readable}
    lines = [f"mount -t tmpfs -o mode=755 tmpfs {STAGE}", f"mkdir {shlex.join(map(str, places.values()))}"]
    lines += [f"mount --bind {shlex.quote(str(readable[name]))} {places[name]}" for name in readable]
    return places, lines


def in_mounts_of_its_own(script: str) -> list[str]:
    """The command line that runs a shell's script in a mount namespace of its own; for root."""
    return ["unshare", "--mount", "--propagation", "private", "--", "/bin/sh", "-c", script]


def prlimit(limits: Limits, *more: str) -> list[str]:
    """What goes before a command that is to run under the limits of each process."""
    held = ["prlimit", f"--nproc={limits.processes}", f"--cpu={limits.cpu_seconds}", "--core=0"]
    held += [f"--fsize={limits.file_bytes}", f"--nofile={limits.open_files}", f"--as={limits.memory}"]
    return [*held, *more, "--"]


def write_etc(folder: Path) -> None:
    """The three files without which `localhost` and `getpass.getuser()` fail."""
    folder.mkdir(mode=0o755)
    for name, text in {
        "passwd": "student:x:1000:1000:student:/work:/bin/sh\n",
        "group": "student:x:1000:\n",
        "hosts": "127.0.0.1 localhost\n::1 localhost\n",
    }.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o644)
    for name in OF_ETC:  # where the machine's own are put
        source = Path("/etc", name)
        if source.is_dir():
            (folder / name).mkdir(mode=0o755)
        elif source.exists():
            (folder / name).touch(mode=0o644)
    folder.chmod(0o755)


def no_group(command: list[str]) -> list[str]:
    """The command line as it is: no control group is entered."""
    return command


def box_command(
    folder: Path,
    limits: Limits,
    status: int,
    rules: int,
    runner: list[str],
    mark: str,
    entering: Callable[[list[str]], list[str]] = no_group,
) -> list[str]:
    """The whole command line: a group is entered, for root a preparation, then bwrap, limits, the runner.

    Parameters
    ----------
    folder : pathlib.Path
        Of the box's files on this machine, written by the caller: "answers" and "etc" are in it.
    limits : Limits
    status, rules : int
        Descriptors that bwrap inherits: of its status, and of the system call filter.
    runner : list of str
        What runs inside.
    mark : str
        Stands in the command line of every process outside the box, see `keeper`.
    entering : callable
        Makes of a command line one that enters a control group first.
    """
    own = {"package": PACKAGE, "answers": folder / "answers", "etc": folder / "etc"}
    readable = {**own, **prefixes()}
    if os.geteuid() != 0:
        return entering(_bwrap(readable, limits, status, rules, runner, mark))
    places, lines = staged(readable)
    dropped = DROP + _bwrap(places, limits, status, rules, runner, mark)
    return entering(in_mounts_of_its_own(" && ".join([*lines, "cd /", "exec " + shlex.join(dropped)])))


def _bwrap(
    found: Mapping[str, Path],
    limits: Limits,
    status: int,
    rules: int,
    runner: list[str],
    mark: str,
) -> list[str]:
    """The bwrap command line; `found` says where this user can read what the box sees."""
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
    command += ["--unsetenv", mark]  # nothing is set by that name: it only stands there, to be found
    for name, value in INSIDE_ENVIRONMENT.items():
        command += ["--setenv", name, value]
    command += ["--ro-bind", "/usr", "/usr"]
    for name in SYSTEM:
        path = Path("/", name)
        if path.is_symlink():
            command += ["--symlink", os.readlink(path), str(path)]
        elif path.exists():
            command += ["--ro-bind", str(path), str(path)]
    command += ["--proc", "/proc", "--dev", "/dev"]
    for place, mode in PLACES.items():
        command += ["--size", str(limits.scratch), "--perms", mode, "--tmpfs", place]
    command += ["--remount-ro", "/dev"]
    # Files of a process can be written to that change how it is scheduled (autogroup); and its memory.
    command += ["--remount-ro", "/proc"]
    for name, prefix in prefixes().items():
        for part in PREFIX_PARTS:
            if (prefix / part).exists():
                command += ["--ro-bind", str(found[name] / part), str(prefix / part)]
    if package_in_sight():
        command += ["--tmpfs", str(PACKAGE), "--remount-ro", str(PACKAGE)]
    for file in module_files(BOX_MODULES):
        command += ["--ro-bind", str(found["package"] / file), f"{INSIDE}/autograder/{file}"]
    command += ["--ro-bind", str(found["answers"]), ANSWERS, "--ro-bind", str(found["etc"]), "/etc"]
    for name in OF_ETC:
        if Path("/etc", name).exists():
            command += ["--ro-bind", f"/etc/{name}", f"/etc/{name}"]
    command += ["--remount-ro", "/", "--chdir", "/work"]
    command += ["--seccomp", str(rules), "--json-status-fd", str(status), "--"]
    return [*command, *prlimit(limits), *runner]

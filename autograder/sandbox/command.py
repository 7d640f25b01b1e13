"""The command line of a bubblewrap box: what of the machine it sees, and what each process may use.

    sh [enter a control group] -> [root only: unshare, mounts, setpriv] -> bwrap -> prlimit -> the runner

Nothing is started here; `bubblewrap` does that.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Mapping
from importlib.util import cache_from_source
from pathlib import Path

from autograder.sandbox.base import BOX_MODULES, ENVIRONMENT, PACKAGE, Limits

NOBODY = 65534
INSIDE = "/box"  # where the box sees the package
ANSWERS = "/answers"  # and the student's modules
# The part of a Python installation that is needed: a virtual environment may have been made in the very
# folder of the course, which is out of sight.
PREFIX_PARTS = ("bin", "etc", "include", "lib", "lib32", "lib64", "libexec", "share", "pyvenv.cfg", "ssl")
# Without these, libraries that Debian keeps in several versions (BLAS among them) are not found.
OF_ETC = ("ld.so.cache", "alternatives")
STAGE = "/mnt"  # where root gathers what an ordinary user must be able to read


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
    readable = {"package": PACKAGE, "answers": folder / "answers", "etc": folder / "etc"}
    for name, prefix in {"python": sys.base_prefix, "environment": sys.prefix}.items():
        if not Path(prefix).is_relative_to("/usr"):
            readable[name] = Path(prefix)
    if os.geteuid() != 0:
        return entering(_bwrap(readable, readable, limits, status, rules, runner, mark))
    staged = {name: Path(STAGE, name) for name in readable}
    lines = [f"mount -t tmpfs -o mode=755 tmpfs {STAGE}", f"mkdir {shlex.join(map(str, staged.values()))}"]
    lines += [f"mount --bind {shlex.quote(str(readable[name]))} {staged[name]}" for name in readable]
    drop = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs"]
    drop += ["--bounding-set=-all", "--inh-caps=-all", "--"]
    dropped = drop + _bwrap(readable, staged, limits, status, rules, runner, mark)
    script = " && ".join([*lines, "cd /", "exec " + shlex.join(dropped)])
    return entering(["unshare", "--mount", "--propagation", "private", "--", "/bin/sh", "-c", script])


def _bwrap(
    readable: Mapping[str, Path],
    found: Mapping[str, Path],
    limits: Limits,
    status: int,
    rules: int,
    runner: list[str],
    mark: str,
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
    command += ["--unsetenv", mark]  # nothing is set by that name: it only stands there, to be found
    for name, value in {
        **ENVIRONMENT,
        "PATH": "/usr/bin:/bin",
        "HOME": "/work",
        "PYTHONPATH": INSIDE,
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
        for part in PREFIX_PARTS:
            if name in readable and (readable[name] / part).exists():
                command += ["--ro-bind", str(found[name] / part), str(readable[name] / part)]
    if any(PACKAGE.is_relative_to(place) for place in in_sight(readable)):
        # Installed as a package: its tests, with their right answers, would lie beside numpy.
        command += ["--tmpfs", str(PACKAGE), "--remount-ro", str(PACKAGE)]
    compiled = [f"__pycache__/{Path(cache_from_source(module)).name}" for module in BOX_MODULES]
    for file in [*BOX_MODULES, *(file for file in compiled if (PACKAGE / file).exists())]:
        command += ["--ro-bind", str(found["package"] / file), f"{INSIDE}/autograder/{file}"]
    command += ["--ro-bind", str(found["answers"]), ANSWERS, "--ro-bind", str(found["etc"]), "/etc"]
    for name in OF_ETC:
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


def in_sight(readable: Mapping[str, Path]) -> list[Path]:
    """The folders of this machine that the box sees."""
    prefixes = [readable[name] for name in ("python", "environment") if name in readable]
    return [Path("/usr"), *(prefix / part for prefix in prefixes for part in PREFIX_PARTS)]

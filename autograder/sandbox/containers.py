"""What boxes of Podman's and Docker's have in common: the machine's own system, as a container.

There is no image and no registry: the container's root is a made folder with nothing in it, and the system,
Python and its packages are mounted into it, read-only. Pid 1 of a box is a shell, which reaps:

    sh (pid 1 of the box) --- prlimit -> python -m autograder.runner --- the answer's own workers

Whatever an engine was told, and whatever its settings and its version make of that: each box is looked at
from outside before any code of an answer runs in it.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path

from autograder.sandbox import seccomp
from autograder.sandbox.base import (
    BOX_MODULES,
    PACKAGE,
    Box,
    Limits,
    Sandbox,
    SandboxError,
    copy_modules,
    let_read,
    write_sources,
)
from autograder.sandbox.bubblewrap import BubblewrapBox
from autograder.sandbox.command import (
    ANSWERS,
    INSIDE,
    INSIDE_ENVIRONMENT,
    OF_ETC,
    PLACES,
    PREFIX_PARTS,
    SYSTEM,
    package_in_sight,
    prefixes,
    prlimit,
    write_etc,
)

START_SECONDS = 30.0
SOCKET = "/channel"  # where a box of Docker's finds the harness
_NAMESPACES = ("ipc", "mnt", "net", "pid", "uts")


class Containers(Sandbox):
    """A mechanism that has an engine make a container."""

    def problem(self) -> str:
        """Empty if a box was started once and was seen to contain."""
        return _problem(type(self))

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
            fill(folder, sources, self.user)
            box = self._open(scratch, limits)
        except BaseException:
            scratch.cleanup()
            raise
        box.wait_started()
        try:
            see_contained(box.root_pid)  # no code of the answer has run yet
        except BaseException:
            box.__exit__()
            raise
        return box

    @abstractmethod
    def _open(self, scratch: tempfile.TemporaryDirectory[str], limits: Limits) -> BubblewrapBox:
        """Start a box of what lies in the folder."""


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


def missing_tool(mechanism: str, packages: str, *tools: str) -> str:
    """Which of the commands is not there, in a sentence; empty if none."""
    for tool in tools:
        if shutil.which(tool, path=command_path()) is None:
            return (
                f"{mechanism} cannot be used: the command {tool!r} is not there. "
                f"Install it with 'apt-get install {packages}' (Debian, Ubuntu)."
            )
    return ""


def command_path() -> str:
    """Where commands are looked for: those of an administrator too."""
    return f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"


# What is in the box -----------------------------------------------------------------------------------


def fill(folder: Path, sources: Mapping[str, str], user: int) -> None:
    """Make the folder of a box: answers, etc, the package's modules, the call filter, the empty root."""
    write_sources(sources, folder / "answers")
    write_etc(folder / "etc")
    (folder / "etc" / "passwd").write_text(f"student:x:{user}:{user}:student:/work:/bin/sh\n")
    for name in ("hostname", "resolv.conf"):  # engines mount files of their own there
        (folder / "etc" / name).touch()
        (folder / "etc" / name).chmod(0o644)
    copy_modules(BOX_MODULES, folder / "box" / "autograder")
    (folder / "settings").mkdir()
    (folder / "settings" / "seccomp.json").write_text(json.dumps(seccomp.profile()))
    (folder / "state").mkdir()
    (folder / "empty").mkdir()
    make_root(folder / "root")
    for place in ("box", "settings", "state", "empty", "root"):
        let_read(folder / place)
    for place in PLACES:  # runc gives what it mounts the mode of what was there
        (folder / "root" / place.lstrip("/")).chmod(0o1777)


def make_root(root: Path) -> None:
    """An empty root: a place for each mount, and the links that Debian and Fedora have in theirs."""
    root.mkdir()
    places = [ANSWERS, INSIDE, "/etc", "/proc", "/sys", "/run", *PLACES, SOCKET]
    files = [inside for _, inside in mounts({}) if Path(inside).is_file()]
    folders = [inside for _, inside in mounts({}) if inside not in files]
    for place in [*places, *folders, *_covered()]:
        (root / place.lstrip("/")).mkdir(parents=True, exist_ok=True)
    for file in files:
        (root / file.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
        (root / file.lstrip("/")).touch()
    for name in SYSTEM:
        path = Path("/", name)
        if path.is_symlink():
            (root / name).symlink_to(os.readlink(path))
    (root / "etc" / "mtab").symlink_to("/proc/mounts")  # or podman tries to make one
    (root / "run" / ".containerenv").touch()


def mounts(found: Mapping[str, Path]) -> list[tuple[str, str]]:
    """Folders of this machine and where the box sees them; `found` says where this user can read them."""
    mounts = [("/usr", "/usr")]
    for name in SYSTEM:
        path = Path("/", name)
        if path.is_dir() and not path.is_symlink():
            mounts.append((str(path), str(path)))
    for name, prefix in prefixes().items():
        parts = [part for part in PREFIX_PARTS if (prefix / part).exists()]
        mounts += [(str(found.get(name, prefix) / part), str(prefix / part)) for part in parts]
    return mounts


def _covered() -> list[str]:
    """The installed package, if the box would see it with its tests."""
    return [str(PACKAGE)] if package_in_sight() else []


def volumes(folder: Path, found: Mapping[str, Path]) -> list[str]:
    """Everything that is mounted read-only, as options."""
    seen = [*mounts(found), (f"{folder}/etc", "/etc")]
    seen += [(f"/etc/{name}", f"/etc/{name}") for name in OF_ETC if Path("/etc", name).exists()]
    seen += [(f"{folder}/box", INSIDE), (f"{folder}/answers", ANSWERS)]
    seen += [(f"{folder}/empty", place) for place in _covered()]
    return [f"--volume={outside}:{inside}:ro" for outside, inside in seen]


def emptied(*places: str) -> list[str]:
    """Options for places of the empty root in which nothing is, and nothing can be put, by whomever.

    Not for others: Podman would copy into them what they hide.
    """
    return [f"--tmpfs={place}:ro,size=64k,mode=755,nosuid,noexec" for place in places]


def common_options(folder: Path, limits: Limits) -> list[str]:
    """The options that Podman and Docker both know."""
    options = ["--rm", "--network=none", "--cap-drop=all", "--security-opt=no-new-privileges", "--read-only"]
    options += [f"--security-opt=seccomp={folder}/settings/seccomp.json", "--hostname=box", "--workdir=/work"]
    return options


def limited(command: list[str], limits: Limits) -> list[str]:
    """A command in a new environment and under limits: the engines' own leave out address space.

    Who has no user namespace of its own is counted with all other processes of that user.
    """
    given = [f"{name}={value}" for name, value in INSIDE_ENVIRONMENT.items()]
    return ["/usr/bin/env", "-i", "PWD=/work", *given, *prlimit(limits, "--msgqueue=0"), *command]


def see_contained(init_pid: int) -> None:
    """See from outside that a box is one: no engine's setting, old version or fault is taken on trust.

    Parameters
    ----------
    init_pid : int
        Pid 1 of the box, as seen from here.

    Raises
    ------
    SandboxError
        If something is missing.
    """
    place = Path(f"/proc/{init_pid}")
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

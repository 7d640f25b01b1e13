"""``autograder doctor``: what this machine can and cannot measure, in words."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import subprocess
from dataclasses import dataclass

from autograder import machine
from autograder.observe import can_observe
from autograder.sandbox import Bubblewrap


@dataclass(frozen=True)
class Line:
    """One thing the doctor looked at: what, what was seen, and whether it is as it should be."""

    what: str
    seen: str
    good: bool


def examine() -> list[Line]:
    """Look at everything that grading depends on; changes nothing."""
    cores, quota = machine.usable_cores(), machine.cgroup_quota()
    problem = Bubblewrap().problem()
    lines = [
        Line(
            "cores",
            f"{cores} usable of {os.cpu_count()}"
            + (f", limited by a quota of {quota:g}" if quota is not None else "")
            + ("" if cores > 1 else ": correctness is graded, speed is left to a machine with more"),
            cores > 1,
        ),
        Line("start method", machine.start_method(), True),
        Line(
            "accounting",
            "CPU time and run-queue waits can be read: speed is judged by the scheduler's accounts"
            if can_observe()
            else "none: speed is judged by the clock, and only while the machine is quiet",
            can_observe(),
        ),
        Line("sandbox", problem or f"bubblewrap works ({_version('bwrap')})", not problem),
        Line("Python", f"{platform.python_version()} on {platform.platform()}", True),
    ]
    for package in ("nbgrader", "jupyterlab", "numpy", "scikit-learn"):
        lines.append(Line(package, importlib.metadata.version(package), True))
    return lines


def can_grade(lines: list[Line]) -> bool:
    """Whether other people's code can be graded here."""
    return all(line.good for line in lines if line.what == "sandbox")


def _version(command: str) -> str:
    path = shutil.which(command)
    assert path is not None
    return subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20).stdout.strip()

"""``autograder doctor``: look at everything that grading depends on.

`examine` looks and returns an `Examination`, which knows what follows (`autograder.diagnosis`), shows
itself in a notebook, and is drawn for a terminal or an HTML page by `autograder.render.doctor`.
"""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from autograder import capacity, machine, sandbox
from autograder.capacity import CapacityError
from autograder.diagnosis import KERNEL_NAMES, Examination, SandboxFacts
from autograder.observe import can_observe
from autograder.sandbox import Limits, SandboxError

PACKAGES = ("nbgrader", "jupyterlab", "numpy", "scikit-learn")


def examine(seconds: float = 20.0, progress: Callable[[str], None] | None = None) -> Examination:
    """Look at everything that grading depends on, and measure what the processor can do now.

    Parameters
    ----------
    seconds : float
        How long to measure the capacity; 0 leaves it out. An interrupt ends it early.
    progress : callable, optional
        Told what is going on; in a notebook it is shown below the cell unless told otherwise.

    Returns
    -------
    Examination
        As the value of a notebook's cell it shows itself.

    Raises
    ------
    ValueError
        If `seconds` is negative, or AUTOGRADER_START_METHOD names no start method.
    """
    if not seconds >= 0:
        raise ValueError(f"seconds is {seconds:g}, but measuring takes some; 0 leaves it out")
    tell = progress or _below_the_cell()
    tell("looking at the machine")
    facts = Examination(
        cores=machine.cores(),
        start_method=machine.start_method(),
        accounting=can_observe(),
        boost=machine.boost(),
        slot=_slot(),
        sandbox=_sandbox(),
        versions=_versions(),
    )
    measured, why = None, "it was left out"
    if seconds:
        try:
            measured = capacity.measure(seconds, progress=tell)
            why = "" if measured else "it was interrupted before there was anything to tell"
        except (CapacityError, OSError) as error:
            why = str(error)
    tell("examined")
    return replace(facts, capacity=measured, not_measured=why)


def _below_the_cell() -> Callable[[str], None]:
    from autograder.checking import _in_notebook, _Notebook

    return _Notebook().progress if _in_notebook() else lambda stage: None


def _slot() -> str:
    try:
        return "free" if machine.timing_slot_is_free() else "held"
    except OSError as error:
        return f"it cannot be taken: {error}"


def _sandbox() -> SandboxFacts:
    limits = Limits()
    try:
        chosen = sandbox.choose()
        by = chosen.limits_in_words()
        with chosen.start({}, limits) as box:
            runner = box.runner()
            held = _limits_of(runner.pid) if runner else {}
    except SandboxError as error:
        return SandboxFacts("", "", str(error), asdict(limits), {})
    return SandboxFacts(chosen.name, _version_of(chosen.name), "", asdict(limits), held, by)


def _limits_of(pid: int) -> dict[str, int]:
    """What the kernel limits a process to, by the field of `Limits`; what is unlimited is left out."""
    try:
        lines = Path(f"/proc/{pid}/limits").read_text().splitlines()
    except OSError:  # it is gone, or this is not Linux
        return {}
    held = {}
    for field, name in KERNEL_NAMES.items():
        for line in lines:
            soft = line.removeprefix(name).split()[:1]
            if line.startswith(f"{name} ") and soft != ["unlimited"]:
                held[field] = int(soft[0])
    return held


def _version_of(mechanism: str) -> str:
    """What the mechanism's command says of its version; empty if it has none."""
    path = shutil.which({"bubblewrap": "bwrap"}.get(mechanism, mechanism))
    if path is None:
        return ""
    said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20).stdout
    return said.strip().rpartition(" ")[2]


def _versions() -> dict[str, str]:
    system = {platform.system(): platform.release(), "Python": platform.python_version()}
    return system | {package: importlib.metadata.version(package) for package in PACKAGES}

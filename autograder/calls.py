"""One call in one box: what came of it, what it cost, what it left behind.

start a box -> import -> "ready" -> [clock starts] call ... answer [clock stops]
                -> look for leftovers -> kill, see it empty
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import psutil

from autograder.exercise import Outcome
from autograder.observe import Observer
from autograder.protocol import ProtocolError, decode, encode
from autograder.sandbox import Box, Limits, Sandbox
from autograder.server import Server, listener_in
from autograder.site import Site, placed
from autograder.verdict import Usage

_IMPORT_SECONDS = 20.0
_GRACE_SECONDS = 1.0  # for processes that are ending while the function returns
_SPAWN_PATIENCE = (
    4  # times as long, where each worker imports by itself what a driver has imported beforehand
)
#: In the command lines of helpers that outlive what started them, and end with the process they serve.
HELPERS = (
    "multiprocessing.resource_tracker",
    "multiprocessing.forkserver",
    "loky.backend.resource_tracker",
)


@dataclass(frozen=True)
class Settings:
    """How answers are judged, the same for a whole class.

    Parameters
    ----------
    sandbox : Sandbox
        Where they run.
    start_method : str or None
        Start method set before the answer is imported; None for Python's default.
    processes : int or None
        Workers that answers are told to use in speed runs; None for what this machine has, at most 4.
    seed : int or None
        Of the inputs; None draws a secret one.
    speed : bool
        Whether to time answers at all.
    limits : Limits
        On each process tree.
    """

    sandbox: Sandbox
    start_method: str | None = None
    processes: int | None = None
    seed: int | None = None
    speed: bool = True
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Run:
    """One call in one box: what came of it, what it cost, what it left behind and printed."""

    outcome: Outcome
    usage: Usage
    left: tuple[str, ...]
    printed: str
    imported: bool


def call_in_box(
    settings: Settings,
    module: str,
    function: str,
    arguments: tuple[Any, ...],
    seconds: float,
    sources: Mapping[str, str],
    timed: bool = False,
    site: Site | None = None,
    memory: int | None = None,
) -> Run:
    """Call one function in a fresh box: import, call, answer, look for leftovers, kill, see it empty.

    Parameters
    ----------
    settings : Settings
    module, function : str
        What to import and call in the box.
    arguments : tuple
        Positional arguments: data, tasks and streams; or a driver (`autograder.drivers`) in their place.
    seconds : float
        Time limit of the call.
    sources : mapping of str to str
        The student's modules; none for the harness's own functions.
    timed : bool
        Leave out the look for leftovers, which waits for what is ending.
    site : Site, optional
        Served to the box until it is empty; the outcome then holds what was asked.
    memory : int, optional
        Bytes that this call may use; never more than the settings allow.

    Raises
    ------
    SandboxError
        If the box did not start or did not end.
    """
    tree, buffers = encode(list(arguments), trusted=True)
    limits = settings.limits
    if memory is not None:
        limits = replace(limits, memory=min(memory, limits.memory))
    imports = sorted({name for one in arguments for name in getattr(one, "imports", ())})
    if imports and settings.start_method == "spawn":
        seconds *= _SPAWN_PATIENCE
    trouble: list[Outcome] = []
    with settings.sandbox.start(sources, limits) as box, contextlib.ExitStack() as stack:
        server = None if site is None else stack.enter_context(Server(site, listener_in(box)))
        if server is not None:
            tree = placed(tree, server.origin)

        def too_much(used: int) -> None:
            trouble.append(Outcome("memory", text=f"was stopped: it used {used / 2**20:,.0f} MiB of memory."))
            box.kill()

        with Observer(box.root_pid, memory=limits.memory, too_much=too_much) as observer:
            wanted = {
                "start_method": settings.start_method,
                "module": module,
                "function": function,
                "imports": imports,
            }
            outcome = _ask(box, wanted, [], _IMPORT_SECONDS, awaited="ready")
            imported = outcome.kind == "value"
            observer.count_from_now()
            sent = time.perf_counter()
            if imported:
                outcome = _ask(box, {"arguments": tree}, buffers, seconds, awaited="value")
            usage = observer.usage(time.perf_counter() - sent)
            ended = imported and outcome.kind in ("value", "error")
            left = _leftovers(box) if ended and not timed else ()
        box.kill()
        box.wait_empty()
    # Whose worker the kernel has ended for memory may have told of anything, even of an answer.
    if not trouble and "of memory" in box.stopped:
        trouble.append(_died(box))
    outcome = replace(trouble[0] if trouble else outcome, requests=server.ledger if server else ())
    return Run(outcome, usage, left, box.output(), imported)


def _ask(box: Box, question: dict[str, Any], body: list[bytes], seconds: float, awaited: str) -> Outcome:
    """Send a frame and wait for the runner's next, which must have the status `awaited` or tell an error."""
    deadline = time.monotonic() + seconds
    try:
        box.channel.send(question, body, deadline)
        header, buffers = box.channel.receive(deadline)
        status = header.get("status")
        if status == awaited:
            return Outcome("value", value=decode(header.get("value"), buffers))
        if status == "error":
            return Outcome(
                "error",
                error=str(header.get("type"))[:100],
                bases=tuple(str(base)[:100] for base in list(header.get("bases") or [])[:10]),
                text=str(header.get("text"))[:2000],
                where=str(header.get("where"))[:2000],
            )
        raise ProtocolError(f"the answer has the status {str(status)[:40]!r} instead of {awaited!r}")
    except TimeoutError:
        return _timed_out(box, seconds)
    except (EOFError, ConnectionError):
        return _died(box)
    except (ProtocolError, TypeError) as error:
        # The complaint may quote the answer, and the answer may be as long as it likes.
        return Outcome("unreadable", text=f"gave an answer that cannot be read: {str(error)[:300]}")


def _timed_out(box: Box, seconds: float) -> Outcome:
    workers = len(_own_processes(box, box.runner()))
    alive = _count("process", workers) if workers else "no process"
    return Outcome(
        "timeout", alive=workers, text=f"was stopped after {seconds:g} s, with {alive} of its own alive."
    )


def _died(box: Box) -> Outcome:
    if box.stopped:
        kind: Literal["memory", "died"] = "memory" if "of memory" in box.stopped else "died"
        return Outcome(kind, text=f"was stopped: {box.stopped}.")
    if box.flooded:
        return Outcome("flooded", text=f"was stopped: it printed more than {box.limits.output:,} bytes.")
    with contextlib.suppress(Exception):
        box.process.wait(2)
    code = box.process.returncode
    how = "" if code is None else f" (exit status {code})"
    return Outcome(
        "died",
        text=f"ended without an answer{how}: the process that called it is gone. "
        "Did it call os._exit, crash, or get killed?",
    )


def _own_processes(box: Box, runner: psutil.Process | None) -> list[psutil.Process]:
    """Processes that the answer started: the tree without the box's own, the runner and Python's helpers."""
    own = []
    for process in box.tree():
        with contextlib.suppress(psutil.Error):
            if process.pid != box.root_pid and process != runner and not _is_helper(process):
                own.append(process)
    return own


def _is_helper(process: psutil.Process) -> bool:
    """Whether it is a helper of Python's own. Workers forked from the fork server share its command line."""
    command, parent = " ".join(process.cmdline()), process.parent()
    above = " ".join(parent.cmdline()) if parent is not None else ""
    return any(name in command and name not in above for name in HELPERS)


def _leftovers(box: Box) -> tuple[str, ...]:
    """What the answer left running, once what was already ending has ended."""
    runner = box.runner()
    end = time.monotonic() + _GRACE_SECONDS
    while True:
        processes, threads = len(_own_processes(box, runner)), 0
        with contextlib.suppress(psutil.Error):
            threads = runner.num_threads() - 1 if runner is not None else 0
        if (not processes and not threads) or time.monotonic() > end:
            left = [("process", processes), ("thread", threads)]
            return tuple(_count(what, number) for what, number in left if number)
        time.sleep(0.02)


def _count(what: str, number: int) -> str:
    """A number of things in words.

    Examples
    --------
    >>> _count("process", 2), _count("thread", 1)
    ('2 processes', '1 thread')
    """
    plural = "es" if what.endswith("s") else "s"
    return f"{number} {what}{plural if number != 1 else ''}"

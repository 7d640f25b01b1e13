"""``autograder bench sandbox``: what a box costs to start, and how soon a killed one is seen empty."""

from __future__ import annotations

import json
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

# What a runner imports is its own cost and no sandbox's: the same modules are imported on both sides.
_BARE = "import autograder.runner"
_STAYS = """
import os, signal

def answer(number):
    read, write = os.pipe()
    for _ in range(number):
        if os.fork() == 0:
            for signum in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
                signal.signal(signum, signal.SIG_IGN)
            os.setsid()
            os.write(write, b".")
            while True:
                signal.pause()
    up = 0
    while up < number:
        up += len(os.read(read, number))
    return up
"""
_SECONDS = 60.0


def sandbox(
    number: Annotated[int, typer.Option("-n", min=1, help="Repetitions; medians are told.")] = 30,
    processes: Annotated[int, typer.Option(min=1, max=140, help="In the box that is killed.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Numbers for a program.")] = False,
) -> None:
    """Measure what a box costs to start above bare Python, and how soon a killed tree is seen empty."""
    from autograder.sandbox import SandboxError

    try:
        measured = measure(number, processes)
    except SandboxError as error:
        Console(stderr=True).print(f"autograder: {error}", markup=False, soft_wrap=True)
        raise typer.Exit(3) from None
    if as_json:
        print(json.dumps(measured, indent=1))
        return
    table = Table(title=f"Medians of {number}, in milliseconds", title_justify="left")
    for head in ("what", "cgroup", "median", "highest"):
        table.add_column(head, justify="left" if head in ("what", "cgroup") else "right")
    for row in measured["rows"]:
        told = [f"{row[name] * 1000:.1f}" for name in ("median_seconds", "highest_seconds")]
        table.add_row(row["what"], row["cgroup"], *told)
    console = Console(highlight=False)
    console.print(table)
    console.print(measured["limits"], markup=False)


def measure(number: int, processes: int) -> dict[str, Any]:
    """Start and kill boxes, with and without a control group where one may be made.

    Parameters
    ----------
    number : int
        Repetitions of each; they take turns, so that a busy moment hits all alike.
    processes : int
        That ignore every signal they can, in the box that is killed.

    Returns
    -------
    dict
        "limits": what holds a box here, in words; "rows": each with "what", "cgroup" ("on", "off" or "") and
        "median_seconds", "highest_seconds".

    Raises
    ------
    SandboxError
        If boxes cannot be made here.
    """
    from autograder.sandbox import Bubblewrap, SandboxError, cgroups

    if problem := Bubblewrap().problem():
        raise SandboxError(problem)
    ways = ["on", "off"] if cgroups.usable()[0] is not None else ["off"]
    seconds: dict[tuple[str, str], list[float]] = {}

    def note(what: str, way: str, took: float) -> None:
        seconds.setdefault((what, way), []).append(took)

    for _ in range(number):
        bare = _timed(_start_bare)
        note("Python with the runner's modules", "", bare)
        for way in ways:
            started, emptied = _start_and_kill(Bubblewrap(way), processes)
            note("box, until its runner says so", way, started)
            note("box, above bare Python", way, started - bare)
            note(f"kill of {processes} processes, until seen empty", way, emptied)
    rows = [
        {
            "what": what,
            "cgroup": way,
            "median_seconds": statistics.median(took),
            "highest_seconds": max(took),
        }
        for (what, way), took in seconds.items()
    ]
    return {"number": number, "limits": Bubblewrap().limits_in_words(), "rows": rows}


def _timed(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def _start_bare() -> None:
    """Until a plain Python has imported what a runner imports, and said so over a socket."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        code = f"{_BARE}, os; os.write({theirs.fileno()}, b'.')"
        with subprocess.Popen([sys.executable, "-c", code], pass_fds=(theirs.fileno(),)) as process:
            ours.recv(1)
            process.kill()


def _start_and_kill(mechanism: Any, processes: int) -> tuple[float, float]:
    from autograder.sandbox import Limits

    started = time.perf_counter()
    with mechanism.start({"answer": _STAYS}, Limits()) as box:
        took = time.perf_counter() - started
        box.channel.send({"start_method": None, "module": "answer", "function": "answer"})
        box.channel.receive(time.monotonic() + _SECONDS)
        box.channel.send({"arguments": [processes]})
        box.channel.receive(time.monotonic() + _SECONDS)

        def kill() -> None:
            box.kill()
            box.wait_empty()

        return took, _timed(kill)

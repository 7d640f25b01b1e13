"""Results as lines on file: each is there before the next begins, and a torn last one is nobody's loss."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any

from autograder.bench.plan import BenchError

Line = dict[str, Any]


def as_text(line: Line) -> str:
    """One line of JSON, as it stands on file."""
    return json.dumps(line, separators=(",", ":"), allow_nan=False) + "\n"


def append(path: Path, line: Line) -> None:
    """Add one line, and return when it is on the disk. A torn last line before it is cut off."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as file:
        end = file.seek(0, os.SEEK_END)
        if end:
            file.seek(end - 1)
            if file.read(1) != b"\n":
                file.seek(0)
                file.truncate(file.read().rfind(b"\n") + 1)
        file.write(as_text(line).encode())
        file.flush()
        os.fsync(file.fileno())


def read_lines(path: Path, key: Callable[[Line], Hashable]) -> list[Line]:
    """All whole lines of a file, the newest of each `key`; none if there is no file.

    Parameters
    ----------
    path : Path
    key : callable
        From a line to what tells it from others; its KeyError or TypeError says that the line is not ours.

    Raises
    ------
    BenchError
        If a line is not what the bench writes; names the line.
    """
    if not path.exists():
        return []
    *whole, _torn = path.read_text().split("\n")
    found: dict[Hashable, Line] = {}
    for number, text in enumerate(whole, 1):
        try:
            line = json.loads(text)
            found[key(line)] = line
        except (ValueError, KeyError, TypeError) as error:
            raise BenchError(
                f"line {number} of {path} is not a line of this bench ({type(error).__name__}: {error}). "
                "Remove it, or choose another folder with --out."
            ) from None
    return list(found.values())

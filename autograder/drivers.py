"""Functions that need more than data: what is made for them in the box, and what is seen of it afterwards.

    harness --- driver, as data ---> runner: driver.drive(the answer's function)
                                        make it: files, a shared block, a manager and its lock
                                        call the function, in as many processes as it takes
                                        take it away again -> only data goes back

A case hands over a driver in place of arguments: ``Case((Files(key, sizes, workers),), checks)``. The
runner calls its `drive` with the answer's function. Like a task, a driver is a small frozen dataclass,
holds a key drawn afresh for every call, and knows no expected value. What it makes is made after the answer
was imported, so no answer has seen it before the clock starts; what it starts, it ends.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from autograder.tasks import Noted


class Driver:
    """Calls an answer's function with things that cannot be sent. Subclasses are frozen dataclasses."""

    #: Modules that take long to import and are imported before the clock starts.
    imports: ClassVar[tuple[str, ...]] = ()

    def drive(self, function: Callable[..., Any]) -> Any:
        """Make what the function needs, call it, take everything away, and return data.

        Parameters
        ----------
        function : callable
            The answer's.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class Files(Driver):
    """Call ``function(paths, workers)`` with files, and name each file by its number in what comes back.

    Parameters
    ----------
    key : str
        Stands at the beginning of each file, with the file's number; zeros follow.
    sizes : tuple of int
        Length of each file, in bytes; a file that is shorter than its beginning has only a part of it.
    workers : int
        Handed over.
    missing : bool
        Whether the last path leads to no file.

    Notes
    -----
    The zeros are a hole: a file of any size is made at once and takes no room, but whoever digests it must
    read it all, and the beginning first.
    """

    key: str
    sizes: tuple[int, ...]
    workers: int
    missing: bool = False

    def beginning(self, number: int) -> bytes:
        """The first bytes of a file."""
        return f"{self.key}:{number}".encode()

    def drive(self, function: Callable[..., Any]) -> Any:
        """See `Driver.drive`: the function's dict with numbers for paths; anything else as it is."""
        with tempfile.TemporaryDirectory() as folder:
            numbers = {}
            for number, size in enumerate(self.sizes):
                path = os.path.join(folder, f"file-{number}.bin")
                with open(path, "wb") as file:
                    file.write(self.beginning(number))
                    file.truncate(size)
                numbers[path] = number
            if self.missing:
                numbers[os.path.join(folder, "missing.bin")] = len(numbers)
            value = function(list(numbers), self.workers)
        return {numbers.get(key, key): one for key, one in value.items()} if type(value) is dict else value


@dataclass(frozen=True)
class WatchedFiles(Files):
    """As `Files`, but see who does it: ``{"digests": what came, "threads": most, "processes": any}``.

    Threads are those that the function started, at most so many at once; processes, whether it started any.
    """

    def drive(self, function: Callable[..., Any]) -> Any:
        """See `Driver.drive`."""
        before, deaths, alive = threading.active_count(), deaths_of_children(), [0]

        def count(frame: Any, event: str, argument: Any) -> None:
            # Called where a new thread begins. The number of threads is highest just after one has begun.
            sys.setprofile(None)
            alive.append(threading.active_count() - before)

        threading.setprofile(count)
        try:
            value = super().drive(function)
        finally:
            threading.setprofile(None)  # type: ignore[arg-type]
        started = deaths_of_children() > deaths or has_children()
        return {"digests": value, "threads": max(alive), "processes": started}


@dataclass(frozen=True)
class Sampled(Driver):
    """Call ``function(func, items, workers)``, and see for which items it called func, when and where.

    Parameters
    ----------
    task : object
        Of `autograder.tasks`; func is this task, noted.
    count : int
        Number of items: numbers from 0, or with `page` pairs ``(number, page)``.
    workers : int
        Handed over.
    page : int
        Bytes that come with each item, 0 for none.
    """

    task: Any
    count: int
    workers: int
    page: int = 0

    def drive(self, function: Callable[..., Any]) -> Any:
        """See `Driver.drive`: ``{"answer": what came, "calls": [(number, begun, ended, elsewhere), ...]}``.

        Elsewhere is whether the call was made in another process.
        """
        page = bytes(self.page)
        items: list[Any] = [(number, page) if page else number for number in range(self.count)]
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "calls.txt")
            with open(path, "wb"):
                pass  # it must be there if func is never called
            value = function(Noted(self.task, path), items, self.workers)
            with open(path) as notes:
                lines = [line.split() for line in notes]
        return {
            "answer": value,
            "calls": [
                (int(number), float(begun), float(ended), int(process) != os.getpid())
                for number, begun, ended, process in lines
            ],
        }


def has_children() -> bool:
    """Whether this process has child processes now; where it cannot know, False."""
    if hasattr(os, "WNOHANG"):
        with contextlib.suppress(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)
            return True
    return False


def deaths_of_children() -> int:
    """A number that grows whenever a child process was waited for; where it cannot know, 0."""
    try:
        import resource
    except ImportError:  # not on Windows
        return 0
    # No process lives without a page fault, and its faults are added to this when it is waited for.
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt

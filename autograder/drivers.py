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

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class Driver:
    """Calls an answer's function with things that cannot be sent. Subclasses are frozen dataclasses."""

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
        Length of each file, in bytes, at least that of its beginning.
    workers : int
        Handed over.

    Notes
    -----
    The zeros are a hole: a file of any size is made at once and takes no room, but whoever digests it must
    read it all, and the beginning first.
    """

    key: str
    sizes: tuple[int, ...]
    workers: int

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
            value = function(list(numbers), self.workers)
        return {numbers.get(key, key): one for key, one in value.items()} if type(value) is dict else value

"""Verdicts already reached, on disk: written before they are recorded anywhere, never half-written.

One file a verdict, named by what was judged: version of the checks, exercise, text of the answer,
start method, sandbox. The same text handed in by two students is judged once. A right answer whose speed
is still to be measured has its correctness in a file beside, until the whole verdict is there.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from autograder.findings import Report


class Store:
    """A folder of verdicts.

    Parameters
    ----------
    folder : Path
        Made when it is first written to.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(
        self, version: str, exercise: str, sources: Mapping[str, str], method: str, sandbox: str
    ) -> Path:
        """Where the verdict on exactly this is kept."""
        judged = json.dumps([version, exercise, sorted(sources.items()), method, sandbox])
        return self.folder / f"{exercise}-{hashlib.sha256(judged.encode()).hexdigest()[:32]}.json"

    @staticmethod
    def half(path: Path) -> Path:
        """Where the correctness alone is kept, while the verdict at `path` lacks its speed."""
        return path.with_suffix(".correctness.json")

    @staticmethod
    def read(path: Path) -> tuple[Report, int] | None:
        """The verdict kept there and how often it was tried; None if there is none that can be used."""
        try:
            record = json.loads(path.read_text("utf-8"))
            return Report.from_record(record["report"]), int(record["attempts"])
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            # Written by another version: judge again.
            return None

    @staticmethod
    def write(path: Path, report: Report, attempts: int) -> None:
        """Keep a verdict, atomically: whoever reads meanwhile sees the old one or the new one."""
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogatepass") as file:
                json.dump({"attempts": attempts, "report": report.to_record()}, file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise

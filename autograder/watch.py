"""What somebody who watches a class being graded is told: how far it is, what runs, how long it takes.

The grading tells a `Watch`, which says nothing. `Board` draws it in a terminal, and `Lines` writes a line
now and then where the output is no terminal: into a log, or a pipe.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Literal

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from autograder.class_report import StudentRow
from autograder.render.words import count

Phase = Literal["correctness", "speed", "recording"]
PHASES: tuple[Phase, ...] = ("correctness", "speed", "recording")
_SHOWN = 6  # of what runs
_WIDE = 80  # columns of a terminal that has room for bars
_TENTHS = 10
_NAMED = 10


class Watch:
    """Is told what happens, and keeps silent; a context manager."""

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *exc_info: object) -> None:
        pass

    def says(self, words: str) -> None:
        """Something is done that is no part of the three phases."""

    def expect(self, phase: Phase, number: int = 1) -> None:
        """So much more is to be done in a phase."""

    def started(self, phase: Phase, words: str) -> None:
        """Something has begun."""

    def stage(self, phase: Phase, words: str, stage: str) -> None:
        """Something is at this stage."""

    def done(self, phase: Phase, words: str) -> None:
        """Something that was begun has ended."""

    def graded(self, row: StudentRow) -> None:
        """A student's marks are recorded."""


class Standing:
    """How far one phase is: pure counting, by the times that it is given.

    Examples
    --------
    >>> phase = Standing()
    >>> phase.total = 6
    >>> phase.start("ada", 0.0); phase.start("ben", 0.0)
    >>> phase.end("ada", 10.0); phase.start("cyn", 10.0); phase.end("ben", 10.0)
    >>> phase.done, list(phase.running), phase.waiting, phase.seconds_left(10.0)
    (2, ['cyn'], 3, 20.0)
    """

    def __init__(self) -> None:
        self.total = 0
        self.done = 0
        self.running: dict[str, str] = {}
        self._busy = 0.0  # seconds in which something ran
        self._since = 0.0

    @property
    def waiting(self) -> int:
        """What has not begun."""
        return self.total - self.done - len(self.running)

    def start(self, words: str, now: float) -> None:
        """Something begins."""
        if not self.running:
            self._since = now
        self.running[words] = ""

    def end(self, words: str, now: float) -> None:
        """Something ends."""
        self.running.pop(words, None)
        self.done += 1
        if not self.running:
            self._busy += now - self._since

    def seconds_left(self, now: float) -> float | None:
        """What the rest will take at the pace so far; None as long as nothing is done."""
        if not self.done:
            return None
        busy = self._busy + (now - self._since if self.running else 0.0)
        return busy / self.done * (self.total - self.done)


def in_minutes(seconds: float) -> str:
    """About so long, for a person who waits.

    Examples
    --------
    >>> in_minutes(8.2), in_minutes(100), in_minutes(4030)
    ('8 s', '1 min 40 s', '1 h 7 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


class _Counting(Watch):
    """Keeps count; what is made of it is for others."""

    def __init__(self, console: Console, most: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._console, self._most, self._clock = console, most, clock
        self._phases = {phase: Standing() for phase in PHASES}
        self._said = ""

    def says(self, words: str) -> None:
        self._said = words

    def expect(self, phase: Phase, number: int = 1) -> None:
        self._phases[phase].total += number

    def started(self, phase: Phase, words: str) -> None:
        self._said = ""
        self._phases[phase].start(words, self._clock())

    def stage(self, phase: Phase, words: str, stage: str) -> None:
        if words in self._phases[phase].running:
            self._phases[phase].running[words] = stage

    def done(self, phase: Phase, words: str) -> None:
        self._phases[phase].end(words, self._clock())

    def graded(self, row: StudentRow) -> None:
        self._console.print(told_of(row, self._most), markup=False, soft_wrap=True)


def told_of(row: StudentRow, most: float) -> str:
    """One student in a line.

    Examples
    --------
    >>> told_of(StudentRow("ada"), 4.0), told_of(StudentRow("ben", problem="pool.ipynb is missing."), 4.0)
    ('ada: 0 of 4', 'ben: not graded: pool.ipynb is missing.')
    """
    if row.problem:
        return f"{row.student}: not graded: {row.problem}"
    unsure = ", and a person must look at a speed" if row.needs_person else ""
    return f"{row.student}: {row.points:g} of {most:g}{unsure}"


def summary(rows: Sequence[StudentRow], most: float, seconds: float) -> str:
    """A class in a sentence or two.

    Examples
    --------
    >>> summary([StudentRow("ada"), StudentRow("ben", problem="pool.ipynb is missing.")], 4.0, 75)
    '2 students in 1 min 15 s: 1 graded in full, 0 of 4 points in the mean. 1 needs a person: ben.'
    """
    whole = [row for row in rows if not row.problem]
    people = [row.student for row in rows if row.problem or row.needs_person]
    mean = sum(row.points for row in whole) / len(whole) if whole else 0.0
    said = f"{count(len(rows), 'student')} in {in_minutes(seconds)}: {len(whole)} graded in full"
    said += f", {round(mean, 2):g} of {most:g} points in the mean." if whole else "."
    if people:
        named = ", ".join(people[:_NAMED]) + (f" and {len(people) - _NAMED} more" * (len(people) > _NAMED))
        said += f" {len(people)} need{'s' * (len(people) == 1)} a person: {named}."
    return said


class Board(_Counting):
    """A table that stays at the bottom of a terminal, below a line for each student who is graded."""

    def __enter__(self) -> Watch:
        self._live = Live(
            get_renderable=self.table, console=self._console, transient=True, refresh_per_second=4
        )
        self._live.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._live.stop()

    def table(self) -> Any:
        """As it is now."""
        now = self._clock()
        table = Table.grid(padding=(0, 2, 0, 0))
        wide = self._console.width >= _WIDE
        for justify in ("left", *(["left"] if wide else []), "right", "right", "right", "left"):
            table.add_column(no_wrap=True, justify=justify)  # type: ignore[arg-type]
        for phase, standing in self._phases.items():
            left = standing.seconds_left(now)
            more = "" if left is None or standing.done == standing.total else f"about {in_minutes(left)} left"
            bar = ProgressBar(max(1, standing.total), standing.done, width=20)
            counts = {
                "done": standing.done,
                "running": len(standing.running),
                "waiting": standing.waiting,
            }
            told = [f"{number} {what}" for what, number in counts.items()]
            table.add_row(phase, *([bar] if wide else []), *told, more)
        lines = [Text(self._said, style="dim", no_wrap=True, overflow="ellipsis")] if self._said else []
        running = [
            f"{phase}: {words}{f', {stage}' if stage else ''}"
            for phase, standing in self._phases.items()
            for words, stage in standing.running.items()
        ]
        lines += [Text(line, style="dim", no_wrap=True, overflow="ellipsis") for line in running[:_SHOWN]]
        if len(running) > _SHOWN:
            lines.append(Text(f"and {len(running) - _SHOWN} more", style="dim"))
        return Group(table, *lines)


class Lines(_Counting):
    """A line for each student who is graded, and one for each tenth of a phase."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._told = dict.fromkeys(PHASES, 0)

    def says(self, words: str) -> None:
        self._console.print(words, markup=False, soft_wrap=True)

    def done(self, phase: Phase, words: str) -> None:
        super().done(phase, words)
        standing = self._phases[phase]
        tenth = standing.done * _TENTHS // standing.total
        if phase != "recording" and (tenth > self._told[phase] or standing.done == standing.total):
            self._told[phase] = tenth
            left = standing.seconds_left(self._clock()) or 0.0
            more = f", about {in_minutes(left)} left" if standing.done < standing.total else ""
            self._console.print(
                f"{phase}: {standing.done} of {standing.total} done{more}", markup=False, soft_wrap=True
            )


def watching(console: Console, most: float) -> Watch:
    """What fits where the console writes to: a board in a terminal, lines elsewhere.

    Parameters
    ----------
    console : rich.console.Console
    most : float
        Points that a student can earn.
    """
    return Board(console, most) if console.is_terminal else Lines(console, most)

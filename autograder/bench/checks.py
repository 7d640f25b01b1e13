"""``autograder bench checks``: does every exercise accept the right answers and catch the wrong ones?

Judges the corpus for correctness only, on all cores, each answer a line on file before its place is free.
A wrong answer is caught only if it fails the finding that its head names.
"""

from __future__ import annotations

import hashlib
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from autograder.bench.plan import CORPUS, BenchError, read_head
from autograder.bench.record import Line, append, read_lines

RESULTS = Path(__file__).with_name("results") / "checks"
LINES = "checks.jsonl"

#: From unit, exercise and an answer's text to whether it is correct, and the names of failed findings.
Judged = Callable[[str, str, str], tuple[bool, set[str]]]


@dataclass(frozen=True)
class Answer:
    """One file of the corpus."""

    path: Path

    @property
    def unit(self) -> str:
        """Its unit."""
        return self.path.parents[1].name

    @property
    def exercise(self) -> str:
        """What it answers."""
        return self.path.parent.name

    @property
    def key(self) -> tuple[str, str]:
        """What tells its line on file from all others."""
        return self.exercise, self.path.stem

    def digest(self, checks: Path) -> str:
        """Changes with its text and with the checks that judge it."""
        return hashlib.sha256(self.path.read_bytes() + b"\0" + checks.read_bytes()).hexdigest()[:16]


@dataclass(frozen=True)
class Row:
    """What came of the answers to one exercise; `missed` names those not judged as their heads say.

    `seconds` is the median of its right answers, each judged beside another one where there are two cores.
    """

    unit: str
    exercise: str
    right: int
    accepted: int
    wrong: int
    caught: int
    seconds: float | None
    missed: tuple[str, ...]


def answers(exercises: Sequence[str] = (), folder: Path = CORPUS) -> list[Answer]:
    """All answers to these exercises, or to all of them."""
    found = map(Answer, sorted(folder.glob("*/*/*.py")))
    return [answer for answer in found if not exercises or answer.exercise in exercises]


def judge(answer: Answer, judged: Judged) -> Line:
    """Judge one answer: whether it was seen as what it is, and in how many seconds."""
    text = answer.path.read_text("utf-8")
    head = read_head(text)
    started = time.monotonic()
    correct, failed = judged(answer.unit, answer.exercise, text)
    right = head["correct"] == "yes"
    return {
        "unit": answer.unit,
        "exercise": answer.exercise,
        "answer": answer.path.stem,
        "right": right,
        "held": correct if right else head["caught by"] in failed,
        "seconds": round(time.monotonic() - started, 2),
    }


def rows(lines: Sequence[Line]) -> list[Row]:
    """Count over the lines, an exercise a row."""
    found = []
    for unit, exercise in sorted({(line["unit"], line["exercise"]) for line in lines}):
        mine = [line for line in lines if line["exercise"] == exercise]
        right, wrong = ([line for line in mine if line["right"] is kind] for kind in (True, False))
        seconds = statistics.median(line["seconds"] for line in right) if right else None
        accepted, caught = (sum(line["held"] for line in some) for some in (right, wrong))
        missed = tuple(line["answer"] for line in mine if not line["held"])
        found.append(Row(unit, exercise, len(right), accepted, len(wrong), caught, seconds, missed))
    return found


def as_markdown(table: Sequence[Row], machine: str) -> str:
    """The table, and its sums."""
    told = [
        "# Right answers accepted, wrong ones caught",
        "",
        "| exercise | right accepted | wrong caught | seconds |",
        "|---|---:|---:|---:|",
    ]
    for row in table:
        seconds = "–" if row.seconds is None else f"{row.seconds:.1f}"
        name, accepted = f"{row.unit} {row.exercise}", f"{row.accepted} of {row.right}"
        told.append(f"| {name} | {accepted} | {row.caught} of {row.wrong} | {seconds} |")
    sums = {
        name: sum(getattr(row, name) for row in table) for name in ("accepted", "right", "caught", "wrong")
    }
    told.append("| all | {accepted} of {right} | {caught} of {wrong} | |".format(**sums))
    seconds = f"Seconds: median to judge a right answer's correctness, beside another; {machine}."
    return "\n".join([*told, "", seconds, ""])


def run(
    waiting: Sequence[tuple[Answer, str]],
    judged: Judged,
    path: Path,
    cores: int,
    minutes: float | None = None,
) -> Iterator[Line]:
    """Judge answers, as many at once as there are cores; put each on file; start none after so many minutes.

    Parameters
    ----------
    waiting : sequence of (Answer, str)
        Each with its digest.
    """
    ends = None if minutes is None else time.monotonic() + 60 * minutes

    def one(answer: Answer, digest: str) -> Line | None:
        if ends is not None and time.monotonic() >= ends:
            return None
        return {**judge(answer, judged), "digest": digest}

    pool = ThreadPoolExecutor(cores)
    try:
        for line in pool.map(one, *zip(*waiting, strict=True)) if waiting else ():
            if line is not None:
                append(path, line)
                yield line
    finally:
        pool.shutdown(cancel_futures=True)


def checks(
    exercise: Annotated[
        list[str] | None, typer.Option("--exercise", help="Only this exercise; may be repeated.")
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(min=0, help="Start no answer after this long; 0 only writes the table anew."),
    ] = None,
    out: Annotated[
        Path,
        typer.Option(
            help="Folder of the results; what is on file is not judged again.",
            show_default="autograder/bench/results/checks",
        ),
    ] = RESULTS,
    as_json: Annotated[bool, typer.Option("--json", help="Print the table as JSON.")] = False,
) -> None:
    """Judge the whole corpus for correctness: right answers accepted, wrong ones caught, seconds."""
    from autograder import harness, sandbox
    from autograder.calls import Settings
    from autograder.course import Course, find_root
    from autograder.machine import describe, usable_cores

    known = {answer.exercise for answer in answers()}
    for name in exercise or []:
        if name not in known:
            said = f"the corpus has no exercise {name!r}. There are: {', '.join(sorted(known))}."
            raise typer.BadParameter(said, param_hint="--exercise")
    course, settings = Course(find_root()), Settings(sandbox.choose(), speed=False)
    units = {name: course.unit(name) for name in sorted({answer.unit for answer in answers()})}

    def judged(unit: str, name: str, text: str) -> tuple[bool, set[str]]:
        report = harness.judge(units[unit].exercise(name), unit, {name: text}, settings)
        return report.correct, {finding.name for finding in report.findings if not finding.passed}

    digests = {answer.key: answer.digest(units[answer.unit].source / "checks.py") for answer in answers()}

    def on_file() -> dict[tuple[str, str], Line]:
        lines = read_lines(out / LINES, key_of)
        return {key_of(line): line for line in lines if digests.get(key_of(line)) == line["digest"]}

    try:
        there = on_file()
        waiting = [
            (answer, digests[answer.key]) for answer in answers(exercise or ()) if answer.key not in there
        ]
        for number, line in enumerate(run(waiting, judged, out / LINES, usable_cores(), minutes), 1):
            told = "as its head says" if line["held"] else "NOT AS ITS HEAD SAYS"
            name = f"{line['unit']} {line['exercise']}/{line['answer']}"
            print(f"{number}/{len(waiting)} {name}: {told}, {line['seconds']:.1f} s", file=sys.stderr)
        lines = list(on_file().values())
    except BenchError as error:
        print(f"autograder: {error}", file=sys.stderr)
        raise typer.Exit(3) from None
    table = rows(lines)
    text = as_markdown(table, describe())
    if lines:
        (out / "table.md").write_text(text)
    shown = [row for row in table if not exercise or row.exercise in exercise]
    print(json.dumps([asdict(row) for row in shown], indent=1) if as_json else as_markdown(shown, describe()))
    if any(row.missed for row in shown):
        raise typer.Exit(1)


def key_of(line: Line) -> tuple[str, str]:
    """The key of the answer that a line on file tells of."""
    return line["exercise"], line["answer"]

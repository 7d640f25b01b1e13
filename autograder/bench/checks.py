"""``autograder bench checks``: does every exercise accept the right answers and catch the wrong ones?

Judges the corpus for correctness only and counts, an exercise a line. A wrong answer is caught only if
it fails the finding that its head names.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from autograder.bench.plan import CORPUS, read_head


@dataclass(frozen=True)
class Row:
    """What came of the answers to one exercise; `missed` names those not judged as their heads say."""

    unit: str
    exercise: str
    right: int
    accepted: int
    wrong: int
    caught: int
    seconds: float
    missed: tuple[str, ...]


def table(
    judged: Callable[[str, str, str], tuple[bool, set[str]]],
    exercises: Sequence[str] = (),
    folder: Path = CORPUS,
) -> list[Row]:
    """Count over the corpus.

    Parameters
    ----------
    judged : callable
        From unit, exercise and the answer's text to whether it is correct, and the names of failed findings.
    exercises : sequence of str
        Only these; none chooses all.
    folder : Path
        The corpus.
    """
    rows = []
    for place in sorted(path for path in folder.glob("*/*") if path.is_dir()):
        if exercises and place.name not in exercises:
            continue
        counts = {(right, held): 0 for right in (True, False) for held in (True, False)}
        missed, started = [], time.monotonic()
        for path in sorted(place.glob("*.py")):
            text = path.read_text()
            head = read_head(text)
            correct, failed = judged(place.parent.name, place.name, text)
            expected = head["correct"] == "yes"
            held = correct if expected else head["caught by"] in failed
            counts[expected, held] += 1
            missed += [] if held else [path.stem]
        seconds = round(time.monotonic() - started, 1)
        right, wrong = (counts[kind, True] + counts[kind, False] for kind in (True, False))
        kept, caught = counts[True, True], counts[False, True]
        rows.append(Row(place.parent.name, place.name, right, kept, wrong, caught, seconds, tuple(missed)))
    return rows


def checks(
    exercise: Annotated[
        list[str] | None, typer.Option("--exercise", help="Only this exercise; may be repeated.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the table as JSON.")] = False,
) -> None:
    """Judge the whole corpus for correctness: right answers accepted, wrong ones caught, seconds."""
    from autograder import sandbox
    from autograder.calls import Settings
    from autograder.course import Course, find_root
    from autograder.harness import judge

    known = {path.name for path in CORPUS.glob("*/*") if path.is_dir()}
    for name in exercise or []:
        if name not in known:
            said = f"the corpus has no exercise {name!r}. There are: {', '.join(sorted(known))}."
            raise typer.BadParameter(said, param_hint="--exercise")
    course, settings = Course(find_root()), Settings(sandbox.choose(), speed=False)

    def judged(unit: str, name: str, text: str) -> tuple[bool, set[str]]:
        print(f"{unit}: {name}", file=sys.stderr)
        report = judge(course.unit(unit).exercise(name), unit, {name: text}, settings)
        return report.correct, {finding.name for finding in report.findings if not finding.passed}

    rows = table(judged, exercise or [])
    if as_json:
        print(json.dumps([asdict(row) for row in rows], indent=1))
    else:
        print("| exercise | right accepted | wrong caught | seconds |\n|---|---|---|---|")
        for row in rows:
            accepted, caught = f"{row.accepted} of {row.right}", f"{row.caught} of {row.wrong}"
            print(f"| {row.unit} {row.exercise} | {accepted} | {caught} | {row.seconds} |")
    for row in rows:
        for name in row.missed:
            print(f"judged otherwise than its head says: {row.exercise}/{name}", file=sys.stderr)
    if any(row.missed for row in rows):
        raise typer.Exit(1)

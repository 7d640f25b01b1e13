"""``autograder bench attacks``: each attack on stock nbgrader and here, one line on file at once.

    attack --on_stock--> bob, eve, zoe graded by nbgrader alone, in a box
           '--here-----> bob, eve, zoe graded by this package into a gradebook of their own
    -> attacks.jsonl (one line each; what is on file is not tried again) -> results.json, table.md

An attack on the speed is judged by itself here, and a fast and a serial answer right after it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.bench.attacks import ATTACKS, KINDS, Attack, hand_in, read_attacks
from autograder.bench.on_stock import ANSWER, RIGHT, WRONG, in_words, on_stock
from autograder.bench.plan import BenchError
from autograder.calls import Settings
from autograder.course import Course, find_root
from autograder.findings import Report
from autograder.harness import judge
from autograder.sandbox import Bubblewrap, Limits

RESULTS = Path(__file__).with_name("results") / "attacks"
LINES = "attacks.jsonl"
UNIT = "90-attacked"
# Small, so that an attack that fills something is done soon, and so is its end.
SMALL = Limits(memory=400 << 20, processes=40, scratch=16 << 20, open_files=128, file_bytes=16 << 20)
GUARD = '    if processes < 1:\n        raise ValueError("processes must be at least 1")\n'
FAST = (
    "from multiprocessing import Pool\n\n\ndef parallel_map(func, items, processes):\n"
    + GUARD
    + "    with Pool(processes) as pool:\n        return pool.map(func, items, 1)\n"
)
SERIAL = f"def parallel_map(func, items, processes):\n{GUARD}    return [func(item) for item in items]\n"
_SAID = 160  # characters of what is quoted

Line = dict[str, Any]


def digest(attack: Attack) -> str:
    """Changes with the attack's text: a line on file is of one text."""
    return hashlib.sha256(attack.path.read_bytes()).hexdigest()[:16]


# Here ------------------------------------------------------------------------------------------------


def make_course(root: Path) -> Course:
    """A course whose one unit is the attacked exercise, with its release."""
    from autograder.notebooks import build

    shutil.copy(find_root(ATTACKS) / "nbgrader_config.py", root)
    for place, source in ((f".text/{UNIT}/double.md", "double.md"), (f"{UNIT}/checks.py", "checks.py")):
        (root / "solutions" / place).parent.mkdir(parents=True)
        shutil.copy(ATTACKS / "unit" / source, root / "solutions" / place)
    build(root)
    return Course(root)


def in_class(attack: Attack, course: Course) -> Line:
    """Have the attack handed in between two honest notebooks, and the class graded into a new gradebook."""
    from nbgrader.api import Gradebook

    from autograder.grading import grade_unit

    shutil.rmtree(course.grading, ignore_errors=True)
    release = json.loads((course.release / UNIT / "double.ipynb").read_text("utf-8"))
    module = "%%writefile double.py\n"
    wrong, right = module + ANSWER.format(WRONG), module + ANSWER.format(RIGHT)
    if attack.path.parent.name == "notebook":
        eve = hand_in(attack, release, wrong)
    else:
        eve = hand_in(None, release, module + attack.path.read_text("utf-8"))
    for student, content in {
        "bob": hand_in(None, release, wrong),
        "eve": eve,
        "zoe": hand_in(None, release, right),
    }.items():
        folder = course.grading / "submitted" / student / UNIT
        folder.mkdir(parents=True)
        (folder / "double.ipynb").write_bytes(content)
    settings = Settings(Bubblewrap(), start_method="fork", processes=2, limits=SMALL)
    rows = {row.student: row for row in grade_unit(course, course.unit(UNIT), settings)}
    marks = {}
    with Gradebook(f"sqlite:///{course.grading}/gradebook.db") as gradebook:
        for student in rows:
            marks[student] = gradebook.find_grade("check-double", "double", UNIT, student).score
    row = rows["eve"]
    return {
        "points": marks["eve"],
        "max_points": 2.0,
        "said": _cut(row.problem or _failed(row.reports["double"])),
        "right": marks["zoe"] == 2.0 and not rows["zoe"].problem,
        "wrong": marks["bob"] == 0.0 and not rows["bob"].problem,
    }


def on_speed(attack: Attack) -> Line:
    """Have the attack's speed judged, and after it a fast and a serial answer's.

    A busy machine may leave a verdict open; what may not be is a serial answer that passes, or a fast one
    that fails.
    """
    unit = Course(find_root(ATTACKS)).unit("02-pool")
    settings = Settings(Bubblewrap(), start_method="fork", processes=2)

    def judged(text: str) -> Report:
        return judge(unit.exercise("parallel_map"), unit.name, {"parallel_map": text}, settings)

    def verdict(report: Report) -> str:
        return report.speed.verdict if report.speed is not None else "not-measured"

    eve, fast, serial = (judged(text) for text in (attack.path.read_text("utf-8"), FAST, SERIAL))
    reason = eve.speed.reason if eve.speed is not None else ""
    return {
        "points": eve.speed_points,
        "max_points": eve.max_speed_points,
        "said": _cut(f"speed {verdict(eve)}: {reason}"),
        "right": fast.correct and verdict(fast) in ("pass", "inconclusive"),
        "wrong": serial.correct and verdict(serial) in ("fail", "inconclusive"),
    }


def _failed(report: Report) -> str:
    """The first thing that the report says against an answer, without the numbers that were drawn."""
    failed = [finding for finding in report.findings if not finding.passed]
    if not failed:
        return ""
    return re.sub(r"^on .+?: (expected \[[\d, ]*\], but )?", "", failed[0].message)


def _cut(text: str, longest: int = _SAID) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"


# The record ------------------------------------------------------------------------------------------


def read_lines(path: Path) -> dict[str, Line]:
    """The lines on file, the newest of each attack; a last line that was torn off is left out.

    Raises
    ------
    BenchError
        If another line cannot be read; names it.
    """
    if not path.exists():
        return {}
    *whole, _torn = path.read_text("utf-8").split("\n")
    found = {}
    for number, text in enumerate(whole, 1):
        try:
            line = json.loads(text)
            found[str(line["attack"])] = line
        except (ValueError, KeyError, TypeError) as error:
            raise BenchError(
                f"line {number} of {path} is not of this bench ({type(error).__name__}: {error}). "
                "Remove it, or choose another folder with --out."
            ) from None
    return found


def append(path: Path, line: Line) -> None:
    """Put a line on file, so that it is there whatever comes next."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":  # an earlier run was killed while it wrote
                whole = path.read_bytes()
                file.truncate(whole.rfind(b"\n") + 1)
        file.write(json.dumps(line).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def is_contained(line: Line) -> bool:
    """Whether an attack earned no more than it deserves, and its neighbours got what they always get."""
    here = line["here"]
    return bool(here["points"] <= line["deserves"] and here["right"] and here["wrong"])


def to_try(chosen: Iterable[Attack], on_file: dict[str, Line]) -> list[Attack]:
    """The attacks that have no line on file, or one of another text."""
    return [attack for attack in chosen if on_file.get(attack.name, {}).get("digest") != digest(attack)]


def run(
    waiting: Sequence[Attack], path: Path, minutes: float | None, progress: Callable[[str], None]
) -> Iterator[Line]:
    """Try the attacks one by one, and put each on file; start none after so many minutes."""
    ends = None if minutes is None else time.monotonic() + 60 * minutes
    with tempfile.TemporaryDirectory(prefix="autograder-attacks-") as scratch:
        course = make_course(Path(scratch))
        for number, attack in enumerate(waiting, 1):
            if ends is not None and time.monotonic() >= ends:
                progress(f"time is up; {len(waiting) - number + 1} are left for the next run")
                return
            progress(f"[{number}/{len(waiting)}] {attack.name}: stock nbgrader")
            stock = on_stock(attack)
            progress(f"[{number}/{len(waiting)}] {attack.name}: here")
            here = on_speed(attack) if attack.path.parent.name == "speed" else in_class(attack, course)
            line = {
                "attack": attack.name,
                "digest": digest(attack),
                "items": attack.items,
                "tries": attack.head["tries"],
                "contained_by": attack.head["contained by"],
                "deserves": attack.earns,
                "stock": {"marks": stock["marks"], "words": _cut(in_words(stock), 2 * _SAID)},
                "here": here,
                "at": datetime.now(UTC).isoformat(timespec="seconds"),
            }
            append(path, line)
            yield line


def summarise(lines: Iterable[Line]) -> Line:
    """The numbers of a table."""
    lines = list(lines)
    marks = [line["stock"]["marks"] for line in lines]
    return {
        "attacks": len(lines),
        "contained": sum(map(is_contained, lines)),
        "controls_right": sum(line["here"]["right"] and line["here"]["wrong"] for line in lines),
        "stock_full_marks": sum(mark.get("eve") == 2.0 for mark in marks),
        "stock_no_mark": sum(mark.get("eve") is None for mark in marks),
        "stock_harmed_a_neighbour": sum(mark.get("bob") != 0.0 or mark.get("zoe") != 2.0 for mark in marks),
    }


def cells(line: Line) -> tuple[str, str, str, str, str]:
    """One line as the words of a table's row."""
    here = line["here"]
    got = f"{here['points']:g} of {here['max_points']:g}"
    if line["deserves"]:
        got += f", deserves {line['deserves']:g}"
    neighbours = "" if here["right"] and here["wrong"] else "; A NEIGHBOUR'S MARK IS WRONG"
    return (
        line["attack"],
        line["tries"],
        line["stock"]["words"],
        f"{got}{neighbours}{'; ' * bool(here['said'])}{here['said']}",
        line["contained_by"],
    )


HEADS = ("attack", "tries", "stock nbgrader 0.9.6", "here", "contained by")


def markdown(lines: Iterable[Line], machine: str) -> str:
    """The lines as a Markdown text: numbers, then a table."""
    lines = list(lines)
    told = summarise(lines)

    def plain(text: str) -> str:
        shown = "".join(letter if letter.isprintable() else " " for letter in text)
        for mark in "\\|<>*_[]`":
            shown = shown.replace(mark, f"\\{mark}")
        return shown

    return "\n".join(
        [
            "# Attacks, on stock nbgrader and here",
            "",
            f"{told['attacks']} attacks, {told['contained']} contained here: they earned no more than they "
            f"deserve. In {told['controls_right']} of {told['attacks']} runs an honest right and an honest "
            "wrong answer beside the attack were marked as always.",
            f"On stock nbgrader 0.9.6 {told['stock_full_marks']} got full marks, {told['stock_no_mark']} got "
            f"no mark, and {told['stock_harmed_a_neighbour']} changed a neighbour's mark, or kept it away.",
            "",
            "bob is the honest wrong one, zoe the honest right one. Points are of 2; of an attack on the "
            "speed the points for speed are shown. Each attack was tried on both sides in the same run of "
            f"`autograder bench attacks`, which wrote this table. {plain(machine)}.",
            "",
            f"| {' | '.join(HEADS)} |",
            f"|{'---|' * len(HEADS)}",
            *(f"| {' | '.join(map(plain, cells(line)))} |" for line in lines),
            "",
        ]
    )


def write(lines: Sequence[Line], out: Path) -> None:
    """Write results.json and table.md from the lines."""
    from autograder.machine import describe

    machine = describe()
    about = {"machine": machine, "last_attack": max(line["at"] for line in lines)}
    out.mkdir(parents=True, exist_ok=True)
    (out / "results.json").write_text(json.dumps({**about, **summarise(lines)}, indent=1) + "\n", "utf-8")
    (out / "table.md").write_text(markdown(lines, machine), "utf-8")


def attacks(
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Attacks whose name holds this; may be repeated.")
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(min=0, help="Start no attack after this long; 0 only writes the table anew."),
    ] = None,
    out: Annotated[
        Path,
        typer.Option(
            help="Folder of the results; what is on file is not tried again.",
            show_default="autograder/bench/results/attacks",
        ),
    ] = RESULTS,
) -> None:
    """Try each attack on stock nbgrader and here: what it tried, what it got, and what contained it."""
    console, errors = Console(highlight=False), Console(stderr=True, highlight=False)
    every = [attack for kind in KINDS for attack in read_attacks(kind)]
    chosen = [attack for attack in every if not only or any(word in attack.name for word in only)]
    if not chosen:
        raise typer.BadParameter(f"no attack's name holds {' or '.join(only or [])}.", param_hint="--only")
    try:
        on_file = read_lines(out / LINES)
        try:
            for line in run(to_try(chosen, on_file), out / LINES, minutes, errors.print):
                on_file[line["attack"]] = line
        finally:
            # Whatever ended it, the table says what is on file; attacks that are no more are left out.
            lines = [on_file[attack.name] for attack in every if attack.name in on_file]
            if lines:
                write(lines, out)
    except BenchError as error:
        errors.print(f"autograder: {error}", markup=False, soft_wrap=True)
        raise typer.Exit(3) from None
    shown = [line for line in lines if line["attack"] in {attack.name for attack in chosen}]
    table = Table(*HEADS)
    for line in shown:
        table.add_row(*(escape(text) for text in cells(line)), style="" if is_contained(line) else "bold red")
    console.print(table)
    errors.print(f"Results: {out}", soft_wrap=True)
    if not all(map(is_contained, shown)):
        raise typer.Exit(1)

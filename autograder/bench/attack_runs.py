"""``autograder bench attacks``: each attack on stock nbgrader and here, one line on file at once.

attack --on_stock---> bob, eve, zoe graded by nbgrader alone, in a box
       '--contained-> bob, eve, zoe graded by this package into a gradebook of their own
-> attacks.jsonl (one line each; what is on file is not tried again) -> results.json, table.md
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.bench.attacks import ATTACKS, KINDS, Attack, read_attacks
from autograder.bench.contained import SPEED_UNIT, alone, cut, in_class, make_course, on_speed
from autograder.bench.fingerprint import fingerprint
from autograder.bench.on_stock import in_words, on_stock
from autograder.bench.plan import BenchError
from autograder.bench.record import Line, append, read_lines
from autograder.course import Course, find_root

RESULTS = Path(__file__).with_name("results") / "attacks"
LINES = "attacks.jsonl"
_STOCK_SAID = 320  # characters of what is quoted


def digest(attack: Attack) -> str:
    """Changes with the attack's text and its exercise; for one on the speed, with the code that measures."""
    if attack.path.parent.name == "speed":
        checks = Course(find_root(ATTACKS)).source / SPEED_UNIT / "checks.py"
        return fingerprint(attack.path.read_text("utf-8"), "ParallelMap", checks)
    texts = [attack.path, *sorted(path for path in attack.unit.iterdir() if path.suffix in (".md", ".py"))]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in texts)).hexdigest()[:16]


def on_file(path: Path) -> dict[str, Line]:
    """The newest line of each attack, by its name."""
    return {line["attack"]: line for line in read_lines(path, lambda line: str(line["attack"]))}


def is_contained(line: Line) -> bool:
    """Whether an attack earned no more than it deserves, and its neighbours got what they always get."""
    here = line["here"]
    return bool(here["points"] <= line["deserves"] and here["right"] and here["wrong"])


def to_try(chosen: Iterable[Attack], known: dict[str, Line]) -> list[Attack]:
    """The attacks that have no line on file, or one of another text."""
    return [attack for attack in chosen if known.get(attack.name, {}).get("digest") != digest(attack)]


def run(
    waiting: Sequence[Attack], path: Path, minutes: float | None, progress: Callable[[str], None]
) -> Iterator[Line]:
    """Try the attacks one by one, and put each on file; start none after so many minutes."""
    if not waiting:
        return
    ends = None if minutes is None else time.monotonic() + 60 * minutes
    with tempfile.TemporaryDirectory(prefix="autograder-attacks-") as scratch:
        course = make_course(Path(scratch))
        for number, attack in enumerate(waiting, 1):
            if ends is not None and time.monotonic() >= ends:
                progress(f"time is up; {len(waiting) - number + 1} are left for the next run")
                return
            progress(f"[{number}/{len(waiting)}] {attack.name}: stock nbgrader")
            stock = on_stock(attack) if attack.exercise == "double" else None
            progress(f"[{number}/{len(waiting)}] {attack.name}: here")
            if attack.path.parent.name == "speed":
                here = on_speed(attack)
            else:
                here = in_class(attack, course) if stock else alone(attack)
            line = {
                "attack": attack.name,
                "digest": digest(attack),
                "items": attack.items,
                "tries": attack.head["tries"],
                "contained_by": attack.head["contained by"],
                "deserves": attack.earns,
                "stock": {
                    "marks": stock["marks"] if stock else None,
                    "words": cut(in_words(stock), _STOCK_SAID) if stock else "not tried: no such exercise",
                },
                "here": here,
                "at": datetime.now(UTC).isoformat(timespec="seconds"),
            }
            append(path, line)
            yield line


def summarise(lines: Iterable[Line]) -> Line:
    """The numbers of a table."""
    lines = list(lines)
    tried = [line for line in lines if line["stock"]["marks"] is not None]
    marks = [line["stock"]["marks"] for line in tried]
    # A clock around a call, as the check of speed on stock has it, is wrong of neighbours by itself.
    beside = [line["stock"]["marks"] for line in tried if not line["attack"].startswith("speed/")]
    return {
        "attacks": len(lines),
        "contained": sum(map(is_contained, lines)),
        "controls_right": sum(line["here"]["right"] and line["here"]["wrong"] for line in lines),
        "stock_tried": len(tried),
        "stock_full_marks": sum(mark.get("eve") == 2.0 for mark in marks),
        "stock_no_mark": sum(mark.get("eve") is None for mark in marks),
        "stock_harmed_a_neighbour": sum(mark.get("bob") != 0.0 or mark.get("zoe") != 2.0 for mark in beside),
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
            f"Stock nbgrader 0.9.6 met {told['stock_tried']} of them: {told['stock_full_marks']} got "
            f"full marks, {told['stock_no_mark']} got no mark, and beside "
            f"{told['stock_harmed_a_neighbour']} an honest neighbour got another mark or none (attacks on "
            "speed not counted: the clock around the call, an instructor's usual check, errs by itself).",
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
        known = on_file(out / LINES)
        try:
            for line in run(to_try(chosen, known), out / LINES, minutes, partial(errors.print, markup=False)):
                known[line["attack"]] = line
        finally:
            # Whatever ended it, the table says what is on file; attacks that are no more are left out.
            lines = [known[attack.name] for attack in every if attack.name in known]
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

"""``autograder bench mutants``: which small change to a solution does no check notice?

    solution --cosmic-ray's operators, and one of ours--> mutants, one change each
    mutant --judge, correctness--> killed by a finding | lives --judge, speed--> killed as too slow | survives

Each is a line on file before the next begins. A survivor is either a hole in the checks, to be mended, or
a change that keeps the promise: then `explained.toml` beside the lines says why, and a test asks for it.
"""

from __future__ import annotations

import ast
import difflib
import hashlib
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from autograder.bench.plan import BenchError
from autograder.bench.record import Line, append, as_text, read_lines
from autograder.course import Course, Unit, find_root
from autograder.findings import Report

RESULTS = Path(__file__).with_name("results") / "mutants"
LINES, EXPLAINED, TABLE = "mutants.jsonl", "explained.toml", "table.md"

# One or two replacements of each operator: the others of cosmic-ray's hundred seldom tell more, and each
# costs seconds.
OPERATORS = (
    *(
        f"ReplaceBinaryOperator_{pair}"
        for pair in ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Div", "Mod_Div", "Pow_Mul")
    ),
    *(
        f"ReplaceComparisonOperator_{pair}"
        for pair in ("Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt", "Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is")
    ),
    "AddNot",
    "ReplaceTrueWithFalse",
    "ReplaceFalseWithTrue",
    "ReplaceAndWithOr",
    "ReplaceOrWithAnd",
    "ReplaceBreakWithContinue",
    "ReplaceContinueWithBreak",
    "ReplaceUnaryOperator_Delete_Not",
    "ExceptionReplacer",
    "NumberReplacer",
    "ZeroIterationForLoop",
)


@dataclass(frozen=True)
class Mutant:
    """One changed solution.

    Parameters
    ----------
    operator : str
        What changed it: the name of an operator of cosmic-ray's, or "RemoveStatement".
    change : str
        The lines that were taken out and put in, each with "-" or "+" before it.
    text : str
        The module.
    """

    operator: str
    change: str
    text: str


def mutants(text: str) -> list[Mutant]:
    """All mutants of a module, each once, none of them equal to it or without a syntax.

    Raises
    ------
    BenchError
        If cosmic-ray is not installed.
    """
    try:
        from cosmic_ray.mutating import mutate_code
        from cosmic_ray.operators.provider import OperatorProvider
    except ImportError:
        raise BenchError(
            "cosmic-ray is not installed; it makes the mutants. It comes with the development environment: "
            "make environment, then .venv/bin/autograder bench mutants."
        ) from None
    provider = OperatorProvider()
    found: dict[str, Mutant] = {}

    def add(operator: str, mutated: str) -> None:
        if mutated != text and mutated not in found and _parses(mutated):
            found[mutated] = Mutant(operator, _change(text, mutated), mutated)

    for name in OPERATORS:
        occurrence = 0
        while (mutated := mutate_code(text, provider[name](), occurrence)) is not None:
            add(name, mutated)
            occurrence += 1
    for mutated in _without_a_statement(text):
        add("RemoveStatement", mutated)
    return list(found.values())


def _without_a_statement(text: str) -> Iterator[str]:
    """The module with `pass` for one of its statements: a call, an assignment, a raise, a return."""
    lines = text.splitlines(keepends=True)
    for node in ast.walk(ast.parse(text)):
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(node, (ast.Expr, ast.Assign, ast.AugAssign, ast.Raise, ast.Return)) and not docstring:
            first, last = node.lineno - 1, node.end_lineno or node.lineno
            before, after = lines[first][: node.col_offset], lines[last - 1][node.end_col_offset :]
            yield "".join([*lines[:first], before, "pass", after, *lines[last:]])


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def _change(text: str, mutated: str) -> str:
    found = difflib.unified_diff(text.splitlines(), mutated.splitlines(), lineterm="", n=0)
    return "\n".join(line for line in found if not line.startswith(("---", "+++", "@@")))


def verdict_on(report: Report) -> str:
    """What killed an answer: the findings that failed, or the speed; empty if nothing did.

    A speed that cannot be told kills nothing.
    """
    failed = [finding.name for finding in report.findings if not finding.passed]
    if failed:
        return ", ".join(failed)
    return "speed" if report.speed is not None and report.speed.verdict == "fail" else ""


def solutions(course: Course, unit: Unit) -> dict[str, str]:
    """The instructor's own answers of a unit, as modules."""
    from autograder.submission import read_notebook, sources_of

    found: dict[str, str] = {}
    for path in sorted((course.source / unit.name).glob("*.ipynb")):
        found.update(sources_of(read_notebook(path), unit.exercises))
    return found


def digest(mutant: Mutant, checks: Path) -> str:
    """Changes with the mutant and with what judges it."""
    return hashlib.sha256(mutant.text.encode() + b"\0" + checks.read_bytes()).hexdigest()[:16]


def on_file(folder: Path) -> dict[tuple[str, str], Line]:
    """The newest line of each mutant, by exercise and change."""
    lines = read_lines(folder / LINES, lambda line: (line["exercise"], line["change"]))
    return {(line["exercise"], line["change"]): line for line in lines}


def explanations(folder: Path) -> dict[tuple[str, str], str]:
    """Why a survivor keeps the promise, by exercise and change."""
    path = folder / EXPLAINED
    entries = tomllib.loads(path.read_text()).get("survivor", []) if path.exists() else []
    return {(entry["exercise"], entry["change"].strip("\n")): entry["why"] for entry in entries}


def run(
    course: Course,
    names: Sequence[str],
    judged: Callable[[Unit, str, dict[str, str]], Report],
    folder: Path,
    tell: Callable[[str], None],
) -> None:
    """Judge the mutants that have no line on file, exercise by exercise; lines of no mutant any more go.

    Parameters
    ----------
    course : Course
    names : sequence of str
        Exercises; none chooses all.
    judged : callable
        From unit, exercise and modules to the report.
    folder : Path
        Of the lines.
    tell : callable
        Told how far it is.
    """
    known = on_file(folder)
    alive = set()
    for unit in map(course.unit, course.unit_names()):
        answers = solutions(course, unit)
        for name in unit.exercises:
            made = mutants(answers[name])
            alive |= {(name, mutant.change) for mutant in made}
            if names and name not in names:
                continue
            checks = unit.source / "checks.py"
            missing = [
                mutant
                for mutant in made
                if known.get((name, mutant.change), {}).get("digest") != digest(mutant, checks)
            ]
            for number, mutant in enumerate(missing, 1):
                tell(f"{unit.name} {name}: mutant {number} of {len(missing)}, {mutant.operator}")
                started = time.monotonic()
                killed = verdict_on(judged(unit, name, {**answers, name: mutant.text}))
                line = {
                    "unit": unit.name,
                    "exercise": name,
                    "operator": mutant.operator,
                    "change": mutant.change,
                    "killed_by": killed,
                    "seconds": round(time.monotonic() - started, 1),
                    "digest": digest(mutant, checks),
                }
                append(folder / LINES, line)
                known[name, mutant.change] = line
    kept = [line for key, line in known.items() if key in alive]
    if kept:
        new = (folder / LINES).with_suffix(".new")
        new.write_text("".join(map(as_text, kept)))
        new.replace(folder / LINES)


def as_markdown(lines: Sequence[Line], why: dict[tuple[str, str], str]) -> str:
    """The table of exercises, and the survivors with the reason for each."""
    rows = ["| exercise | mutants | noticed by correctness | by speed | survive |", "|---|---|---|---|---|"]
    counted: dict[tuple[str, str], list[int]] = {}
    for line in lines:
        numbers = counted.setdefault((line["unit"], line["exercise"]), [0, 0, 0, 0])
        numbers[0] += 1
        numbers[1 if line["killed_by"] not in ("", "speed") else 2 if line["killed_by"] else 3] += 1
    total = [sum(column) for column in zip(*counted.values(), strict=True)]
    for (unit, name), numbers in sorted(counted.items()):
        rows.append(f"| {unit} {name} | " + " | ".join(map(str, numbers)) + " |")
    rows.append("| all | " + " | ".join(map(str, total)) + " |")
    parts = ["# Mutants of the solutions\n", "\n".join(rows), "\n## Survivors\n"]
    for line in sorted(lines, key=lambda line: (line["unit"], line["exercise"], line["change"])):
        if not line["killed_by"]:
            reason = why.get((line["exercise"], line["change"]), "**not explained yet**")
            parts.append(f"**{line['exercise']}**: {reason}\n\n```diff\n{line['change']}\n```\n")
    return "\n".join(parts)


def mutants_command(
    exercise: Annotated[
        list[str] | None, typer.Option("--exercise", help="Only this exercise; may be repeated.")
    ] = None,
    out: Annotated[
        Path,
        typer.Option(
            help="Folder of the results; what is on file is not done again.",
            show_default="autograder/bench/results/mutants",
        ),
    ] = RESULTS,
) -> None:
    """Change the solutions in small ways, and list the changes that no check notices."""
    from autograder import sandbox
    from autograder.calls import Settings
    from autograder.harness import judge
    from autograder.submission import needed

    course = Course(find_root())
    known = {name for unit in course.unit_names() for name in course.unit(unit).exercises}
    for name in exercise or []:
        if name not in known:
            said = f"there is no exercise {name!r}. There are: {', '.join(sorted(known))}."
            raise typer.BadParameter(said, param_hint="--exercise")
    box = sandbox.choose()

    def judged(unit: Unit, name: str, modules: dict[str, str]) -> Report:
        sources = needed(name, modules)
        report = judge(unit.exercise(name), unit.name, sources, Settings(box, speed=False))
        if verdict_on(report) or unit.exercise(name).speed is None:
            return report
        return judge(unit.exercise(name), unit.name, sources, Settings(box))

    try:
        run(course, exercise or [], judged, out, lambda told: print(told, file=sys.stderr))
    except BenchError as error:
        print(f"autograder: {error}", file=sys.stderr)
        raise typer.Exit(3) from None
    finally:
        report_on(out)


def report_on(folder: Path) -> None:
    """Write the table from the lines on file, and print it."""
    lines: list[dict[str, Any]] = list(on_file(folder).values())
    if lines:
        table = as_markdown(lines, explanations(folder))
        (folder / TABLE).write_text(table)
        print(table)

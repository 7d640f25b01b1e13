"""The trusted end: runs the cases of an exercise against an answer, then has it timed.

    judge --- correctness: for each case, one call in a fresh box (calls.py) -> checks -> findings
          '-- speed: blocks of timed calls, each in a fresh box (timing.py)  -> verdict

The answer's code never runs in this process. What comes back is data; it is compared here with
values that never enter the box of the answer.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from autograder import machine
from autograder.calls import Settings, call_in_box
from autograder.exercise import Case, Check, Exercise, Outcome
from autograder.findings import Finding, Report, Speed, correctness_share
from autograder.timing import HarnessError, measure_speed

__all__ = ["HarnessError", "Progress", "Settings", "judge"]

Progress = Callable[[str], None]

_MOST_PROCESSES = 4
_SHOWN_OUTPUT = 4000


def judge(
    exercise: Exercise,
    unit: str,
    sources: Mapping[str, str],
    settings: Settings,
    progress: Progress = lambda stage: None,
) -> Report:
    """Judge one answer: correctness first, then speed if the answer is right.

    Parameters
    ----------
    exercise : Exercise
        What is promised.
    unit : str
        Name of its unit, for the report.
    sources : mapping of str to str
        The student's modules, name to text; the exercise's own among them unless it is missing.
    settings : Settings
    progress : callable
        Told what is going on, a few words at a time.

    Returns
    -------
    Report

    Raises
    ------
    SandboxError
        If a box did not start or did not end.
    HarnessError
        If the ideal split itself failed.
    """
    started = time.monotonic()
    rng = random.Random(settings.seed if settings.seed is not None else secrets.randbits(128))
    settings = replace(settings, start_method=settings.start_method or machine.start_method())
    processes = settings.processes or min(machine.usable_cores(), _MOST_PROCESSES)
    findings, printed = check_cases(exercise, sources, settings, max(2, processes), rng, progress)
    speed = None
    if exercise.speed and settings.speed:
        failed = next((finding for finding in findings if finding.essential and not finding.passed), None)
        if failed is None:
            speed = measure_speed(exercise, exercise.speed, sources, settings, processes, rng, progress)
        else:
            why = f"Speed counts only for right answers, and this one failed '{failed.name}'."
            speed = Speed("not-measured", exercise.speed.threshold, processes, reason=why)
        if failed is None and speed.verdict == "not-measured":
            findings += (Finding("the timed work is right too", False, speed.reason, weight=0.0),)
    return Report(
        exercise=exercise.name,
        unit=unit,
        findings=findings,
        speed=speed,
        correctness_points=round(exercise.correctness_points * correctness_share(findings), 2),
        max_correctness_points=exercise.correctness_points,
        speed_points=exercise.speed_points if speed is not None and speed.verdict == "pass" else 0.0,
        max_speed_points=exercise.speed_points if exercise.speed else 0.0,
        sandbox=settings.sandbox.name,
        machine=machine.describe(settings.start_method),
        output=printed[:_SHOWN_OUTPUT],
        seconds=time.monotonic() - started,
    )


def check_cases(
    exercise: Exercise,
    sources: Mapping[str, str],
    settings: Settings,
    processes: int,
    rng: random.Random,
    progress: Progress = lambda stage: None,
) -> tuple[tuple[Finding, ...], str]:
    """Run every case; stop early where going on would only repeat a failure, or a hang.

    Returns
    -------
    findings : tuple of Finding
    printed : str
        What the first call printed.
    """
    name = exercise.name
    cases = list(exercise.cases(rng, processes))
    if not sources.get(name, "").strip():
        missing = f"there is no answer: no cell (or file) that writes {name}.py was found, or it is empty."
        return (_importable(missing), *_not_tried(cases, "there is no answer to run")), ""
    seen: list[tuple[Check, str, Case]] = []
    left: dict[str, None] = {}
    printed = ""
    for number, case in enumerate(cases):
        progress(f"{name}: check {number + 1} of {len(cases)}, {case.checks[0].name}")
        run = call_in_box(settings, name, name, case.arguments, case.seconds, sources)
        printed = printed or run.printed
        if not run.imported:
            problem = _importable(_import_problem(name, run.outcome))
            return (problem, *_not_tried(cases, "it cannot be imported")), printed
        left.update(dict.fromkeys(run.left))
        problems = [(check, check.expectation.problem(run.outcome), case) for check in case.checks]
        seen += problems
        gone_wrong = any(check.essential and problem for check, problem, _ in problems)
        if gone_wrong and run.outcome.kind not in ("value", "error"):
            known = {check.name for check, _, _ in seen}
            rest = _not_tried(cases[number + 1 :], f"not tried, since the first call {run.outcome.text}")
            return (_importable(""), *_merge(seen), *(one for one in rest if one.name not in known)), printed
    return (_importable(""), *_merge(seen), _left_behind(exercise, left)), printed


def _left_behind(exercise: Exercise, left: Iterable[str]) -> Finding:
    found = ", ".join(left)
    return Finding(
        "nothing is left running",
        not found,
        f"still there after it returned or raised: {found}." if found else "no process or thread is left.",
        "Close what you open on every way out, an exception among them: a `with` block does it for you."
        if found
        else "",
        weight=exercise.leftovers_weight,
    )


def _importable(problem: str) -> Finding:
    return Finding(
        "the module can be imported",
        not problem,
        problem or "it was imported.",
        weight=0.0,
        essential=True,
    )


def _import_problem(name: str, outcome: Outcome) -> str:
    if outcome.error == "NotImplementedError":
        return f"{name} is not filled in yet: it raised NotImplementedError."
    if (
        outcome.kind == "error"
        and outcome.error == "AttributeError"
        and f"no attribute '{name}'" in outcome.text
    ):
        return f"the module {name}.py defines no function {name}."
    return f"importing {name}.py failed: {outcome.in_words()}"


def _not_tried(cases: Iterable[Case], why: str) -> tuple[Finding, ...]:
    names: dict[str, Check] = {}
    for case in cases:
        for check in case.checks:
            names.setdefault(check.name, check)
    return tuple(
        Finding(check.name, False, f"{why}.".replace("..", "."), "", check.weight, check.essential)
        for check in names.values()
    )


def _merge(seen: list[tuple[Check, str, Case]]) -> tuple[Finding, ...]:
    """One finding a name: passed if every check of that name found nothing wrong."""
    merged: dict[str, Finding] = {}
    for check, problem, case in seen:
        before = merged.get(check.name)
        if before is not None and not before.passed:
            continue
        where = f"on {case.on}: " if case.on else ""
        message = f"{where}{problem}" if problem else "as promised."
        merged[check.name] = Finding(
            check.name, not problem, message, check.hint if problem else "", check.weight, check.essential
        )
    return tuple(merged.values())

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
from autograder.findings import NOT_TRIED, Finding, Report, Speed, correctness_share
from autograder.timing import HarnessError, measure_speed

__all__ = ["HarnessError", "Progress", "Settings", "add_speed", "judge", "speed_is_due"]

Progress = Callable[[str], None]

_MOST_PROCESSES = 4
_SHOWN_OUTPUT = 4000

# What the outcome alone tells of the cause; a check's own hint is for wrong values.
_HINTS = {
    "timeout": (
        "It waited for something that never came. Often a worker has ended and somebody still waits for "
        "its result, or join() is called before the queue is read. Call it yourself with two small items, "
        "and print when each worker starts and ends."
    ),
    "memory": "Look for data that every worker, or every task, gets a copy of.",
    "flooded": "Take out the print that runs for every item.",
    "died": "Call it yourself in a terminal, with two small items, and read what Python says at its end.",
}
_NONE_HINT = "It returned None, as every function does that ends without a `return`."
_ERROR_HINTS = {
    "notimplementederror": (
        "Put your code in place of that line, run its cell (or save the file), and check again."
    ),
    "pickle": (
        "What goes to another process is pickled, and a function is pickled by its name. A lambda, or a "
        "function inside a function, cannot be found by name: move it to the top level of the module. "
        "Open files, locks and pools cannot be pickled either."
    ),
    "bootstrapping phase": (
        "Under this start method every worker imports the module, and what stands at its top level runs "
        "again there. Start processes inside functions only."
    ),
    "brokenprocesspool": "A worker died at its work. Did it call os._exit, or use too much memory?",
}


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
    rng = random.Random(settings.seed if settings.seed is not None else secrets.randbits(128))
    report = _judge_correctness(exercise, unit, sources, settings, progress, rng)
    if settings.speed and speed_is_due(report):
        report = _add_speed(report, exercise, sources, settings, progress, rng)
    return report


def speed_is_due(report: Report) -> bool:
    """Whether a report on correctness alone is of an answer that is right enough to be timed."""
    return report.speed is not None and not any(
        finding.essential and not finding.passed for finding in report.findings
    )


def add_speed(
    report: Report,
    exercise: Exercise,
    sources: Mapping[str, str],
    settings: Settings,
    progress: Progress = lambda stage: None,
) -> Report:
    """The whole report: that on correctness, with the speed measured now.

    Parameters
    ----------
    report : Report
        From `judge` with `settings.speed` False, or a whole one whose speed is to be measured anew.
    exercise, sources, settings, progress
        As in `judge`.

    Raises
    ------
    SandboxError, HarnessError
        As `judge`.
    """
    rng = random.Random(settings.seed if settings.seed is not None else secrets.randbits(128))
    return _add_speed(report, exercise, sources, settings, progress, rng)


def _judge_correctness(
    exercise: Exercise,
    unit: str,
    sources: Mapping[str, str],
    settings: Settings,
    progress: Progress,
    rng: random.Random,
) -> Report:
    started = time.monotonic()
    settings = replace(settings, start_method=settings.start_method or machine.start_method())
    processes = workers(settings)
    findings, printed = check_cases(exercise, sources, settings, max(2, processes), rng, progress)
    failed = next((finding for finding in findings if finding.essential and not finding.passed), None)
    why = "It was left out this time."
    if failed is not None:
        why = f"Speed counts only for right answers, and this one failed '{failed.name}'."
    speed = Speed("not-measured", exercise.speed.threshold, processes, reason=why) if exercise.speed else None
    return Report(
        exercise=exercise.name,
        unit=unit,
        findings=findings,
        speed=speed,
        correctness_points=round(exercise.correctness_points * correctness_share(findings), 2),
        max_correctness_points=exercise.correctness_points,
        max_speed_points=exercise.speed_points if exercise.speed else 0.0,
        sandbox=settings.sandbox.name,
        machine=machine.describe(settings.start_method),
        output=printed[:_SHOWN_OUTPUT],
        seconds=time.monotonic() - started,
    )


def _add_speed(
    report: Report,
    exercise: Exercise,
    sources: Mapping[str, str],
    settings: Settings,
    progress: Progress,
    rng: random.Random,
) -> Report:
    if exercise.speed is None:
        return report
    started = time.monotonic()
    settings = replace(settings, start_method=settings.start_method or machine.start_method())
    speed = measure_speed(exercise, exercise.speed, sources, settings, workers(settings), rng, progress)
    findings = report.findings
    if speed.verdict == "not-measured":
        findings += (Finding("the timed work is right too", False, speed.reason, weight=0.0),)
    return replace(
        report,
        findings=findings,
        speed=speed,
        speed_points=exercise.speed_points if speed.verdict == "pass" else 0.0,
        machine=machine.describe(settings.start_method),
        seconds=report.seconds + time.monotonic() - started,
    )


def workers(settings: Settings) -> int:
    """Workers that answers are told to use in speed runs: as set, or what this machine has, up to four."""
    return settings.processes or min(machine.usable_cores(), _MOST_PROCESSES)


def check_cases(
    exercise: Exercise,
    sources: Mapping[str, str],
    settings: Settings,
    processes: int,
    rng: random.Random,
    progress: Progress = lambda stage: None,
) -> tuple[tuple[Finding, ...], str]:
    """Run the cases one after the other; leave out those that would only repeat a failure.

    Checks of the same name become one finding, passed if none of them found anything wrong.

    Returns
    -------
    findings : tuple of Finding
    printed : str
        What the first call that printed anything printed.
    """
    name = exercise.name
    cases = list(exercise.cases(rng, processes))
    if not sources.get(name, "").strip():
        missing = f"there is no answer: no cell (or file) that writes {name}.py was found, or it is empty."
        return (_importable(missing), *_not_tried(cases, "there is no answer")), ""
    found: dict[str, Finding] = {}
    left = ""
    printed = ""
    for number, case in enumerate(cases):
        if all(check.name in found and not found[check.name].passed for check in case.checks):
            continue
        progress(f"{name}: check {number + 1} of {len(cases)}, {case.checks[0].name}")
        # What is left is looked for, and waited for, until it was found once.
        run = call_in_box(
            settings,
            name,
            name,
            case.arguments,
            case.seconds,
            sources,
            timed=bool(left),
            site=case.site,
            memory=case.memory,
        )
        printed = printed or run.printed
        if not run.imported:
            problem = _importable(*_import_problem(name, run.outcome))
            return (problem, *_not_tried(cases, f"{name} cannot be imported")), printed
        if run.left:
            where = f"on {case.on}: " if case.on else ""
            left = f"{where}still there after it returned or raised: {', '.join(run.left)}."
        for check in case.checks:
            if check.name not in found or found[check.name].passed:
                found[check.name] = _look(check, case, run.outcome)
            if check.essential and not found[check.name].passed:
                rest = _not_tried(cases, f"'{check.name}' failed")
                rest = tuple(finding for finding in rest if finding.name not in found)
                return (_importable(""), *found.values(), *rest), printed
    return (_importable(""), *found.values(), _left_behind(exercise, left)), printed


def _look(check: Check, case: Case, outcome: Outcome) -> Finding:
    """What one check says of one outcome."""
    try:
        problem = check.expectation.problem(outcome)
    except Exception as error:
        # Answers return values that no author of a check has thought of; none may stop a class.
        why = f"{type(error).__name__}: {error}"
        problem = f"{outcome.in_words()}, which cannot even be compared with what is expected ({why})"
    if not problem:
        return Finding(check.name, True, "as promised.", "", check.weight, check.essential)
    message = f"on {case.on}: {problem}" if case.on else problem
    # Where the end of time, or of memory, is what the case is about, its own hint says more.
    meant = outcome.kind == "timeout" and check.in_time
    meant = meant or (outcome.kind == "memory" and case.memory is not None)
    hint = check.hint if meant else _hint(outcome) or check.hint
    if check.essential and outcome.kind == "value" and outcome.value is None:
        hint = f"{_NONE_HINT} {hint}".strip()
    return Finding(check.name, False, message, hint, check.weight, check.essential)


def _hint(outcome: Outcome) -> str:
    """Likely cause and next step where the outcome alone tells them; otherwise empty."""
    if outcome.kind != "error":
        return _HINTS.get(outcome.kind, "")
    for sign, hint in _ERROR_HINTS.items():
        if sign in f"{outcome.error}: {outcome.text}".lower():
            return hint
    return ""


def _left_behind(exercise: Exercise, left: str) -> Finding:
    hint = "Close what you open on every way out, an exception among them: a `with` block does it for you."
    return Finding(
        "nothing is left running",
        not left,
        left or "no process or thread is left.",
        hint if left else "",
        weight=exercise.leftovers_weight,
    )


def _importable(problem: str, hint: str = "") -> Finding:
    said = problem or "it was imported."
    return Finding("the module can be imported", not problem, said, hint, weight=0.0, essential=True)


def _import_problem(name: str, outcome: Outcome) -> tuple[str, str]:
    """Why the answer cannot be called, and a hint."""
    if outcome.error == "NotImplementedError":
        problem = f"{name} is not filled in yet: it raised NotImplementedError."
    elif (
        outcome.kind == "error"
        and outcome.error == "AttributeError"
        and f"no attribute '{name}'" in outcome.text
    ):
        hint = f"The function must be called {name}, and stand at the top level. Look at its `def` line."
        return f"the module {name}.py defines no function {name}.", hint
    else:
        problem = f"importing {name}.py failed: {outcome.in_words()}"
    return problem, _hint(outcome)


def _not_tried(cases: Iterable[Case], why: str) -> tuple[Finding, ...]:
    names: dict[str, Check] = {}
    for case in cases:
        for check in case.checks:
            names.setdefault(check.name, check)
    return tuple(
        Finding(check.name, False, f"{NOT_TRIED}{why}.".replace("..", "."), "", check.weight, check.essential)
        for check in names.values()
    )

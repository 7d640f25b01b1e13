"""The speed of one answer: blocks of timed runs, added until the verdict is clear.

    block:  yours | ideal | serial    each in a fresh box, on the same inputs, in random order
            (the serial run is for the picture, in the first block only)

The ideal split's answer is the expected value. A wrong answer ends it: speed counts only for right ones.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from autograder import machine, verdict
from autograder.calls import Run, Settings, call_in_box
from autograder.exercise import Call, Exercise, SpeedRule, Work
from autograder.findings import Sample, Speed
from autograder.observe import can_observe
from autograder.site import Site
from autograder.verdict import Usage

_BUDGET_SECONDS = 40.0
_GATE = 0.85  # by the clock alone, a block counts if the ideal split reached this share of p
_HELD_BACK = 0.5  # cores that the ideal split waited for while they were idle: more, and a quota is at work
_POSSIBLE_WORK = 0.7  # an answer that burns less than this share of the ideal split's work skipped some of it
_POSSIBLE_WALL = 1.6  # and one that waits this much less than the ideal split did not wait

NO_SPEEDUP_HERE = (
    "This machine has one usable core, so no speedup can be seen on it; one with more can judge it."
)


class HarnessError(Exception):
    """The harness's own part failed, so nothing can be said about the answer."""


@dataclass
class _Measured:
    """What the blocks have shown so far; lists grow by one a block, `counted` by those that count."""

    yours: list[float]
    ideal: list[float]
    serial: list[float]
    counted: list[verdict.Block]
    work_ratios: list[float]
    efficiencies: Sequence[float] = ()
    blocks: int = 0


def measure_speed(
    exercise: Exercise,
    rule: SpeedRule,
    sources: Mapping[str, str],
    settings: Settings,
    processes: int,
    rng: random.Random,
    progress: Callable[[str], None] = lambda stage: None,
    record: Callable[[Mapping[str, Usage]], None] = lambda usages: None,
) -> Speed:
    """Time a right answer in this machine's timing slot.

    Parameters
    ----------
    exercise : Exercise
        Draws the work.
    rule : SpeedRule
        What is asked.
    sources : mapping of str to str
        The student's modules.
    settings : Settings
    processes : int
        Workers to use, p.
    rng : random.Random
        Source of the inputs.
    progress : callable
        Told what is going on.
    record : callable
        Handed each block's usages by who ran ("yours", "ideal", and "serial" in the first block), if all
        were right.

    Raises
    ------
    SandboxError
        If a box did not start or did not end.
    HarnessError
        If the ideal split itself failed.
    """
    empty = Speed("inconclusive", rule.threshold, processes)
    if processes < 2:
        return replace(empty, reason=NO_SPEEDUP_HERE)
    with machine.timing_slot(lambda waited: progress(f"waiting for the timing slot ({waited:.0f} s)")):
        return _add_blocks(exercise, rule, sources, settings, rng, progress, record, empty)


def _add_blocks(
    exercise: Exercise,
    rule: SpeedRule,
    sources: Mapping[str, str],
    settings: Settings,
    rng: random.Random,
    progress: Callable[[str], None],
    record: Callable[[Mapping[str, Usage]], None],
    empty: Speed,
) -> Speed:
    accounted = rule.kind == "cpu" and can_observe()
    gated = rule.kind == "cpu" and not accounted
    bounds = verdict.Rule(rule.threshold)
    seen = _Measured([], [], [], [], [])
    decision = None
    started = time.monotonic()
    while decision is None and time.monotonic() - started < _BUDGET_SECONDS:
        progress(f"{exercise.name}: speed, block {seen.blocks + 1}")
        work = exercise.work(rng, empty.processes)
        runs = _block(exercise, rule, work, sources, settings, gated or not seen.blocks)
        seen.blocks += 1
        answer = runs["yours"].outcome
        wrong = answer.kind != "value"
        problem = answer.in_words() if wrong else work.problem(runs["ideal"].outcome.value, answer.value)
        problem = problem or work.asked(answer.requests)
        if problem:
            reason = f"Speed counts only for right answers; on the timed work, {problem}"
            seconds = time.monotonic() - started
            return replace(empty, verdict="not-measured", reason=reason, blocks=seen.blocks, seconds=seconds)
        usages = {who: run.usage for who, run in runs.items()}
        record(usages)
        for who, usage in usages.items():
            getattr(seen, who).append(usage.wall)
        if gated and usages["serial"].wall / usages["ideal"].wall < _GATE * empty.processes:
            continue  # the machine could not have shown a speedup just now
        if accounted and usages["ideal"].held_back > _HELD_BACK:
            continue  # nor could this one: under a quota a serial answer looks as fast as the ideal split
        if accounted:
            seen.work_ratios.append(usages["yours"].cpu / usages["ideal"].cpu)
        seen.counted.append(verdict.Block(usages["yours"], usages["ideal"]))
        estimator: verdict.Estimator = "scheduler" if accounted else "wall"
        seen.efficiencies = verdict.efficiencies(seen.counted, empty.processes, estimator)
        decision = verdict.decide(seen.efficiencies, bounds)
    return _conclude(
        empty,
        seen,
        decision or verdict.undecided(seen.efficiencies, bounds),
        rule,
        time.monotonic() - started,
    )


def _block(
    exercise: Exercise,
    rule: SpeedRule,
    work: Work,
    sources: Mapping[str, str],
    settings: Settings,
    with_serial: bool,
) -> dict[str, Run]:
    """Run each way once, in random order, on the same inputs."""
    limit = 10 + 20 * rule.seconds
    ways = ["yours", "ideal", *(["serial"] if with_serial else [])]
    random.SystemRandom().shuffle(ways)
    runs = {}
    for who in ways:
        if who == "yours":
            name = exercise.name
            runs[who] = call_in_box(settings, name, name, work.arguments, limit, sources, True, work.site)
        else:
            runs[who] = _reference(settings, work.ideal if who == "ideal" else work.serial, limit, work.site)
    return runs


def _reference(settings: Settings, call: Call, limit: float, site: Site | None) -> Run:
    run = call_in_box(settings, "autograder.ideal", call.function, call.arguments, limit, {}, True, site)
    if run.outcome.kind != "value":
        raise HarnessError(
            f"the harness's own {call.function} did not finish ({run.outcome.in_words()}); this is not the "
            "answer's fault. Is the machine out of memory or very busy? Try again."
        )
    return run


def _conclude(
    empty: Speed, seen: _Measured, decision: verdict.Decision, rule: SpeedRule, seconds: float
) -> Speed:
    """Put the decision into words, and hold back what is too good to be true."""
    yours, ideal, serial = Sample.of(seen.yours), Sample.of(seen.ideal), Sample.of(seen.serial)
    measured = replace(
        empty, blocks=seen.blocks, seconds=seconds, yours=yours, ideal=ideal, serial=serial,
        speedup=serial.median / yours.median,
    )  # fmt: skip
    if not seen.efficiencies:
        reason = (
            f"In {seen.blocks} blocks this machine never showed what {empty.processes} processes can do; "
            "it was too busy, or a quota holds them back. It will be tried again."
        )
        return replace(measured, reason=reason)
    measured = replace(measured, efficiency=decision.efficiency, low=decision.low, high=decision.high)
    skipped_work = bool(seen.work_ratios) and statistics.median(seen.work_ratios) < _POSSIBLE_WORK
    skipped_wait = rule.kind == "wall" and decision.low > _POSSIBLE_WALL
    if skipped_work or skipped_wait:
        reason = (
            "Faster than this machine can do that work: the function that was given seems not to have been "
            "called for every item. A person must look at this answer."
        )
        return replace(measured, reason=reason)
    if decision.verdict == "inconclusive":
        reason = (
            f"After {seen.blocks} blocks in {seconds:.0f} s the interval still holds {rule.threshold:g}: "
            "this machine was too noisy, or the answer is too near the threshold. It is tried again, then a "
            "person decides."
        )
        return replace(measured, reason=reason)
    best = serial.median / ideal.median
    told = (
        f"{measured.speedup:.2f} times as fast as serial, where {best:.2f} was possible: "
        f"efficiency {decision.efficiency:.2f} (between {decision.low:.2f} and {decision.high:.2f}) "
        f"against the {rule.threshold:g} that is asked."
    )
    opening = "Fast enough" if decision.verdict == "pass" else "Too slow"
    return replace(measured, verdict=decision.verdict, reason=f"{opening}: {told}")

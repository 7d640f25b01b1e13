"""The trusted end: runs the cases of an exercise against an answer, and times it.

    judge --- for each case ------> a fresh box: import, call, answer, look for leftovers, kill
          '-- for each block -----> a fresh box each for: yours, the ideal split (serial too, at times)
                                    in random order; the clock runs from the call to the answer

The answer's code never runs in this process. What comes back is data; it is compared here with
values that never enter the box of the answer.
"""

from __future__ import annotations

import contextlib
import random
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import psutil

from autograder import machine, verdict
from autograder.exercise import Call, Case, Check, Exercise, Outcome, SpeedRule, Work
from autograder.findings import Finding, Report, Sample, Speed, correctness_share
from autograder.observe import Observer, can_observe
from autograder.protocol import ProtocolError, decode, encode
from autograder.sandbox import Box, Limits, Sandbox

Progress = Callable[[str], None]

_IMPORT_SECONDS = 20.0
_GRACE_SECONDS = 1.0  # for processes that are ending while the function returns
_SPEED_BUDGET_SECONDS = 40.0
_MOST_PROCESSES = 4
_SERIAL_BLOCKS = 2  # the serial run is for the picture; it is judged nowhere
_SHOWN_OUTPUT = 4000
_GATE = 0.85  # by the clock alone, a block counts if the ideal split reached this share of p
_POSSIBLE = 0.7  # an answer that burns less than this share of the serial work skipped some of it
_POSSIBLE_WALL = 1.6  # and one that waits this much less than the ideal split did not wait
_HELPERS = ("multiprocessing.resource_tracker", "multiprocessing.forkserver")


class HarnessError(Exception):
    """The harness's own part failed, so nothing can be said about the answer."""


@dataclass(frozen=True)
class Settings:
    """How answers are judged, the same for a whole class.

    Parameters
    ----------
    sandbox : Sandbox
        Where they run.
    start_method : str or None
        Start method set before the answer is imported; None for Python's default.
    processes : int or None
        Workers that answers are told to use in speed runs; None for what this machine has, at most 4.
    seed : int or None
        Of the inputs; None draws a secret one.
    speed : bool
        Whether to time answers at all.
    limits : Limits
        On each process tree.
    """

    sandbox: Sandbox
    start_method: str | None = None
    processes: int | None = None
    seed: int | None = None
    speed: bool = True
    limits: Limits = Limits()


@dataclass(frozen=True)
class Run:
    """One call in one box: what came of it, what it cost, what it left behind and printed."""

    outcome: Outcome
    usage: verdict.Usage | None
    left: tuple[str, ...]
    printed: str
    imported: bool


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
    method = settings.start_method or machine.start_method()
    judgement = _Judgement(exercise, sources, replace(settings, start_method=method), rng, progress)
    findings = judgement.correctness()
    speed = judgement.speed(findings) if exercise.speed and settings.speed else None
    share = correctness_share(findings)
    return Report(
        exercise=exercise.name,
        unit=unit,
        findings=findings,
        speed=speed,
        correctness_points=round(exercise.correctness_points * share, 2),
        max_correctness_points=exercise.correctness_points,
        speed_points=exercise.speed_points if speed is not None and speed.verdict == "pass" else 0.0,
        max_speed_points=exercise.speed_points if exercise.speed else 0.0,
        sandbox=settings.sandbox.name,
        machine=machine.describe(method),
        output=judgement.printed[:_SHOWN_OUTPUT],
        seconds=time.monotonic() - started,
    )


class _Judgement:
    """One answer being judged; lives as long as one call of `judge`."""

    def __init__(
        self,
        exercise: Exercise,
        sources: Mapping[str, str],
        settings: Settings,
        rng: random.Random,
        progress: Progress,
    ) -> None:
        self.exercise = exercise
        self.sources = sources
        self.settings = settings
        self.rng = rng
        self.progress = progress
        self.processes = settings.processes or min(machine.usable_cores(), _MOST_PROCESSES)
        self.printed = ""

    # ------------------------------------------------------------------ correctness

    def correctness(self) -> tuple[Finding, ...]:
        """Run every case; a failed essential check of a hanging answer ends it early."""
        name = self.exercise.name
        cases = list(self.exercise.cases(self.rng, max(2, self.processes)))
        if not self.sources.get(name, "").strip():
            missing = f"there is no answer: no cell (or file) that writes {name}.py was found, or it is empty."
            return (_importable(missing), *_not_run(cases, "there is no answer to run"))
        seen: list[tuple[Check, str, Case]] = []
        left: dict[str, None] = {}
        for number, case in enumerate(cases):
            self.progress(f"{name}: check {number + 1} of {len(cases)}, {case.checks[0].name}")
            run = self._call(name, name, case.arguments, case.seconds, self.sources)
            if number == 0:
                self.printed = run.printed
                if not run.imported:
                    return (_importable(_import_problem(name, run.outcome)), *_not_run(cases, "it cannot be imported"))
            left.update(dict.fromkeys(run.left))
            problems = [(check, check.expectation.problem(run.outcome), case) for check in case.checks]
            seen += problems
            ended_badly = run.outcome.kind not in ("value", "error")
            if ended_badly and any(check.essential and problem for check, problem, _ in problems):
                rest = _not_run(cases[number + 1 :], f"not tried, since the first call {run.outcome.text}")
                return (_importable(""), *_merge(seen), *(r for r in rest if r.name not in {c.name for c, _, _ in seen}))
        return (_importable(""), *_merge(seen), self._left_behind(left))

    def _left_behind(self, left: Iterable[str]) -> Finding:
        found = list(left)
        return Finding(
            "nothing is left running",
            not found,
            f"still there after it returned or raised: {', '.join(found)}." if found else "no process or thread is left.",
            "Close what you open on every way out, an exception among them: a `with` block does it for you."
            if found
            else "",
            weight=self.exercise.leftovers_weight,
        )

    # ------------------------------------------------------------------ speed

    def speed(self, findings: tuple[Finding, ...]) -> Speed:
        """Add blocks until the verdict is clear, or the budget is spent."""
        rule = self.exercise.speed
        assert rule is not None
        empty = Speed("not-measured", rule.threshold, max(1, self.processes))
        failed = next((finding for finding in findings if finding.essential and not finding.passed), None)
        if failed is not None:
            return replace(empty, reason=f"Speed counts only for right answers, and this one failed '{failed.name}'.")
        if self.processes < 2:
            why = "This machine has one usable core, so no speedup can be seen on it; a machine with more can judge it."
            return replace(empty, verdict="inconclusive", reason=why)
        with machine.timing_slot(lambda waited: self.progress(f"waiting for the timing slot ({waited:.0f} s)")):
            return self._blocks(rule, empty)

    def _blocks(self, rule: SpeedRule, empty: Speed) -> Speed:
        started = time.monotonic()
        accounted = rule.kind == "cpu" and can_observe()
        estimator: verdict.Estimator = "scheduler" if accounted else "wall"
        gated = rule.kind == "cpu" and not accounted
        bounds = verdict.Rule(rule.threshold)
        times: dict[str, list[float]] = {"yours": [], "ideal": [], "serial": []}
        work_ratios: list[float] = []
        efficiencies: list[float] = []
        decision = None
        block = 0
        while decision is None and time.monotonic() - started < _SPEED_BUDGET_SECONDS:
            self.progress(f"{self.exercise.name}: speed, block {block + 1}")
            work = self.exercise.work(self.rng, self.processes)
            runs = self._block(work, with_serial=gated or block < _SERIAL_BLOCKS)
            block += 1
            expected, answer = runs["ideal"].outcome.value, runs["yours"].outcome
            problem = work.problem(expected, answer.value) if answer.kind == "value" else answer.in_words()
            if problem:
                seconds = time.monotonic() - started
                reason = f"Speed counts only for right answers; on the timed work, {problem}"
                return replace(empty, reason=reason, blocks=block, seconds=seconds)
            usages = {who: run.usage for who, run in runs.items() if run.usage is not None}
            for who, usage in usages.items():
                times[who].append(usage.wall)
            if gated and usages["serial"].wall / usages["ideal"].wall < _GATE * self.processes:
                continue  # the machine could not have shown a speedup just now
            if "serial" in usages and accounted:
                work_ratios.append(usages["yours"].cpu / usages["serial"].cpu)
            pair = verdict.Block(usages["yours"], usages["ideal"])
            efficiencies.append(verdict.efficiency(pair, self.processes, estimator))
            decision = verdict.decide(efficiencies, bounds)
        measured = replace(
            empty,
            blocks=block,
            seconds=time.monotonic() - started,
            yours=Sample.of(times["yours"]),
            ideal=Sample.of(times["ideal"]),
            serial=Sample.of(times["serial"]),
            speedup=Sample.of(times["serial"]).median / Sample.of(times["yours"]).median,
        )
        return _conclude(measured, decision, efficiencies, bounds, work_ratios, rule.kind)

    def _block(self, work: Work, with_serial: bool) -> dict[str, Run]:
        """Run each way once, in random order, on the same inputs, each in a fresh box."""
        ways = ["yours", "ideal", *(["serial"] if with_serial else [])]
        random.SystemRandom().shuffle(ways)
        limit = 20 * (self.exercise.speed.seconds if self.exercise.speed else 1.0) + 10
        runs = {}
        for who in ways:
            if who == "yours":
                name = self.exercise.name
                runs[who] = self._call(name, name, work.arguments, limit, self.sources, timed=True)
            else:
                runs[who] = self._reference(work.ideal if who == "ideal" else work.serial, limit)
        return runs

    def _reference(self, call: Call, limit: float) -> Run:
        run = self._call("autograder.ideal", call.function, call.arguments, limit, {}, timed=True)
        if run.outcome.kind != "value":
            raise HarnessError(
                f"the harness's own {call.function} did not finish ({run.outcome.in_words()}); this is not the "
                "answer's fault. Is the machine out of memory or very busy? Try again."
            )
        return run

    # ------------------------------------------------------------------ one call in one box

    def _call(
        self,
        module: str,
        function: str,
        arguments: tuple[Any, ...],
        seconds: float,
        sources: Mapping[str, str],
        timed: bool = False,
    ) -> Run:
        tree, buffers = encode(list(arguments))
        with self.settings.sandbox.start(sources, self.settings.limits) as box:
            wanted = {"start_method": self.settings.start_method, "module": module, "function": function}
            box.channel.send(wanted)
            ready = _receive(box, _IMPORT_SECONDS, "was still importing the module")
            if ready is not None:
                return Run(ready, None, (), box.output(), imported=False)
            trouble: list[Outcome] = []

            def too_much(used: int) -> None:
                trouble.append(Outcome("memory", text=f"was stopped: it used {used / 2**20:,.0f} MiB of memory."))
                box.kill()

            observer = Observer(box.root_pid, memory=self.settings.limits.memory, too_much=too_much)
            sent = time.perf_counter()
            try:
                box.channel.send({"arguments": tree}, buffers)
                outcome = _receive(box, seconds, "was stopped")
            except ConnectionError:
                outcome = _died(box)
            finally:
                usage = observer.stop(time.perf_counter() - sent) if can_observe() else None
            outcome = trouble[0] if trouble else outcome
            assert outcome is not None
            if usage is None:
                usage = verdict.Usage(time.perf_counter() - sent, 0.0, 0.0, 0)
            left = () if timed or outcome.kind not in ("value", "error") else _leftovers(box)
            box.kill()
            box.wait_empty()
        return Run(outcome, usage, left, box.output(), imported=True)


def _receive(box: Box, seconds: float, doing: str) -> Outcome | None:
    """Wait for the runner's next frame; None means that it is ready for the call."""
    try:
        header, buffers = box.channel.receive(time.monotonic() + seconds)
        status = header.get("status")
        if status == "ready":
            return None
        if status == "value":
            return Outcome("value", value=decode(header.get("value"), buffers))
        if status == "error":
            return Outcome(
                "error",
                error=str(header.get("type"))[:100],
                bases=tuple(str(base)[:100] for base in list(header.get("bases") or [])[:10]),
                text=str(header.get("text"))[:2000],
                where=str(header.get("where"))[:2000],
            )
        raise ProtocolError(f"the answer has an unknown status {str(status)[:40]!r}")
    except TimeoutError:
        return _timed_out(box, seconds, doing)
    except (EOFError, ConnectionError):
        return _died(box)
    except (ProtocolError, TypeError) as error:
        return Outcome("unreadable", text=f"gave an answer that cannot be read: {error}")


def _timed_out(box: Box, seconds: float, doing: str) -> Outcome:
    workers = len(_own_processes(box, box.runner()))
    alive = f"with {_count('process', workers)} of its own alive"
    return Outcome("timeout", alive=workers, text=f"{doing} after {seconds:g} s, {alive}.")


def _died(box: Box) -> Outcome:
    if box.flooded:
        return Outcome("flooded", text="was stopped: it printed more than 1 MiB.")
    with contextlib.suppress(Exception):
        box.process.wait(2)
    code = box.process.returncode
    how = "" if code is None else f" (exit status {code})"
    text = f"ended without an answer{how}: the process that called it is gone. Did it call os._exit, crash, or get killed?"
    return Outcome("died", text=text)


def _own_processes(box: Box, runner: psutil.Process | None) -> list[psutil.Process]:
    """Processes that the answer started: the tree without the box's own, the runner and Python's helpers."""
    own = []
    for process in box.tree():
        with contextlib.suppress(psutil.Error):
            command = " ".join(process.cmdline())
            if process.pid != box.root_pid and process != runner and not any(name in command for name in _HELPERS):
                own.append(process)
    return own


def _leftovers(box: Box) -> tuple[str, ...]:
    """What the answer left running, once what was already ending has ended."""
    runner = box.runner()
    end = time.monotonic() + _GRACE_SECONDS
    while True:
        processes, threads = len(_own_processes(box, runner)), 0
        with contextlib.suppress(psutil.Error):
            threads = runner.num_threads() - 1 if runner is not None else 0
        if not processes and not threads or time.monotonic() > end:
            left = [("process", processes), ("thread", threads)]
            return tuple(_count(what, number) for what, number in left if number)
        time.sleep(0.02)


def _count(what: str, number: int) -> str:
    """A number of things in words.

    Examples
    --------
    >>> _count("process", 2), _count("thread", 1)
    ('2 processes', '1 thread')
    """
    plural = "es" if what.endswith("s") else "s"
    return f"{number} {what}{plural if number != 1 else ''}"


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
    if outcome.kind == "error" and outcome.error == "AttributeError" and f"no attribute '{name}'" in outcome.text:
        return f"the module {name}.py defines no function {name}."
    return f"importing {name}.py failed: {outcome.in_words()}"


def _not_run(cases: Iterable[Case], why: str) -> tuple[Finding, ...]:
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


def _conclude(
    measured: Speed,
    decision: verdict.Decision | None,
    efficiencies: list[float],
    bounds: verdict.Rule,
    work_ratios: list[float],
    kind: str,
) -> Speed:
    """Put the decision into words, and hold back what is too good to be true."""
    if decision is None:
        decision = verdict.undecided(efficiencies, bounds)
    p, seconds = measured.processes, measured.seconds
    measured = replace(measured, efficiency=decision.efficiency, low=decision.low, high=decision.high)
    if not efficiencies:
        reason = f"In {measured.blocks} blocks this machine never showed what {p} processes can do; it was too busy."
        return replace(measured, verdict="inconclusive", efficiency=None, low=None, high=None, reason=reason)
    skipped = kind == "cpu" and work_ratios and max(work_ratios) < _POSSIBLE
    if skipped or (kind == "wall" and decision.low > _POSSIBLE_WALL):
        reason = (
            "Faster than this machine can do that work: the function that was given seems not to have been called "
            "for every item. A person must look at this answer."
        )
        return replace(measured, verdict="inconclusive", reason=reason)
    assert measured.yours and measured.ideal and measured.serial
    best = measured.serial.median / measured.ideal.median
    told = (
        f"{measured.speedup:.2f} times as fast as serial, where {best:.2f} was possible: "
        f"efficiency {decision.efficiency:.2f} (between {decision.low:.2f} and {decision.high:.2f}) "
        f"against the {measured.threshold:g} that is asked."
    )
    if decision.verdict == "inconclusive":
        told = f"Neither passed nor failed after {measured.blocks} blocks in {seconds:.0f} s: {told} It will be tried again."
    elif decision.verdict == "pass":
        told = f"Fast enough: {told}"
    else:
        told = f"Too slow: {told}"
    return replace(measured, verdict=decision.verdict, reason=told)

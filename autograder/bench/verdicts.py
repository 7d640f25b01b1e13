"""The bench itself: one real verdict after the other, each a line on file before the next begins.

    for each trial of the plan that is not on file:
        start the load, see it run -> autograder.timing.measure_speed -> line -> verdicts.jsonl

In the first round the rules of others are applied to the same runs; what they need beyond ours is dear.
Only speed is judged: whether these answers are right is tested elsewhere. Lines that another
version of the measuring code, or another machine, has written are moved to set-aside.jsonl.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from autograder import machine
from autograder.bench import record, rules
from autograder.bench.fingerprint import fingerprint
from autograder.bench.loads import CONDITIONS, load
from autograder.bench.plan import Answer, BenchError, Trial
from autograder.bench.record import Line, append, as_text
from autograder.calls import Settings, call_in_box
from autograder.course import Course, Unit
from autograder.exercise import Exercise, SpeedRule
from autograder.harness import workers
from autograder.sandbox import SandboxError
from autograder.submission import needed
from autograder.timing import HarnessError, measure_speed
from autograder.verdict import Usage

LINES, SET_ASIDE = "verdicts.jsonl", "set-aside.jsonl"
_MOST_FAILURES = 3  # trials in a row that could not be judged at all
_DIGITS = 7  # of seconds on file: a tenth of a microsecond
_DIGITS_OF_PARTS = 4  # of those of single threads and moments
_THREADS_KEPT = 8


@dataclass(frozen=True)
class Told:
    """How far the bench is, for whoever shows it."""

    done: int
    planned: int
    wrong: int
    undecided: int
    seconds_left: float
    line: Line


class Bench:
    """Trials, and the folder that keeps their verdicts.

    Parameters
    ----------
    course : Course
        Declares the exercises.
    answers : sequence of Answer
        All timed answers; lines on file of any other are set aside.
    settings : Settings
        How answers are judged.
    out : Path
        Folder of verdicts.jsonl; made if it is missing.

    Raises
    ------
    BenchError
        If fewer than two cores are usable: no speedup can be seen on one.
    """

    def __init__(self, course: Course, answers: Sequence[Answer], settings: Settings, out: Path) -> None:
        self.processes = workers(settings)
        if self.processes < 2:
            raise BenchError("this machine has one usable core: run the bench on one with two or more.")
        self.settings = settings
        self.out = out
        self.machine = machine.describe(settings.start_method)
        self._units: dict[str, Unit] = {name: course.unit(name) for name in {one.unit for one in answers}}
        self._prints = {(one.exercise, one.name): self._fingerprint(one) for one in answers}
        out.mkdir(parents=True, exist_ok=True)

    def _fingerprint(self, answer: Answer) -> str:
        unit = self._units[answer.unit]
        exercise = type(unit.exercise(answer.exercise)).__name__
        return fingerprint(answer.source, exercise, unit.source / "checks.py")

    def lines(self) -> list[Line]:
        """All lines on file that count here and now."""
        return [line for line in read_lines(self.out / LINES) if self._counts(line)]

    def _counts(self, line: Line) -> bool:
        current = self._prints.get((line["exercise"], line["answer"]))
        return line["fingerprint"] == current and line["machine"] == self.machine

    def set_aside(self) -> int:
        """Move the lines that do not count to set-aside.jsonl, and return how many there were.

        A crash between the two steps loses nothing: the lines are in both files then, and moved again.
        """
        path = self.out / LINES
        lines = read_lines(path)
        others = [line for line in lines if not self._counts(line)]
        if others:
            for line in others:
                append(self.out / SET_ASIDE, line)
            new = path.with_suffix(".new")
            new.write_text("".join(as_text(line) for line in lines if self._counts(line)))
            new.replace(path)
        return len(others)

    def run(
        self,
        trials: Sequence[Trial],
        seed: int,
        minutes: float | None = None,
        stage: Callable[[str], None] = lambda stage: None,
    ) -> Iterator[Told]:
        """Run the trials that are not on file, in their order; yield after each, when its line is on disk.

        Parameters
        ----------
        trials : sequence of Trial
        seed : int
            Of inputs and bursts.
        minutes : float, optional
            Start no trial after so long.
        stage : callable
            Told what is going on within a trial.

        Raises
        ------
        BenchError
            If the measuring code changed while the bench ran, or several trials in a row could not be judged.
        """
        on_file = {key_of(line): line for line in self.lines()}
        counted = [on_file[trial.key] for trial in trials if trial.key in on_file]
        missing = [trial for trial in trials if trial.key not in on_file]
        started = time.monotonic()
        failures = 0
        for number, trial in enumerate(missing):
            if minutes is not None and time.monotonic() - started >= 60 * minutes:
                return
            line = self.judge(trial, seed, stage)
            append(self.out / (LINES if "verdict" in line else SET_ASIDE), line)
            if "verdict" in line:
                counted.append(line)
            failures = 0 if "verdict" in line else failures + 1
            if failures == _MOST_FAILURES:
                raise BenchError(
                    f"{failures} trials in a row could not be judged; the last: {line['reason']}"
                )
            each = (time.monotonic() - started) / (number + 1)
            yield Told(
                done=len(counted),
                planned=len(trials),
                wrong=sum(map(is_wrong, counted)),
                undecided=sum(line["verdict"] == "inconclusive" for line in counted),
                seconds_left=each * (len(missing) - number - 1),
                line=line,
            )

    def judge(self, trial: Trial, seed: int, stage: Callable[[str], None] = lambda stage: None) -> Line:
        """Reach one verdict under its condition.

        Returns
        -------
        dict
            The line; without "verdict" if the harness itself failed.

        Raises
        ------
        BenchError
            If the measuring code on disk is not the one that this process runs, or the load failed.
        """
        answer = trial.answer
        if self._fingerprint(answer) != self._prints[answer.exercise, answer.name]:
            raise BenchError(
                "the measuring code or checks.py changed while the bench ran. Start it again: verdicts of "
                "the old code are set aside, and all are reached anew."
            )
        exercise = self._units[answer.unit].exercise(answer.exercise)
        rule = exercise.speed
        if rule is None:
            raise BenchError(
                f"{answer.label} says what its speed must be, but {answer.exercise} asks for none."
            )
        words = "{}:{}:{}:{}:{}".format(seed, *trial.key)
        line: Line = {
            "unit": answer.unit,
            "exercise": answer.exercise,
            "answer": answer.name,
            "condition": trial.condition,
            "trial": trial.number,
            "seed": seed,
            "kind": rule.kind,
            "threshold": rule.threshold,
            "processes": self.processes,
            "expected": answer.expected,
            "at": datetime.now().astimezone().isoformat(timespec="seconds"),
            "machine": self.machine,
            "fingerprint": self._prints[answer.exercise, answer.name],
        }
        try:
            with load(CONDITIONS[trial.condition], random.Random(words).getrandbits(31)):
                line |= self._measure(exercise, rule, trial, random.Random(words), stage)
        except (HarnessError, SandboxError) as error:
            line["reason"] = f"{type(error).__name__}: {error}"
        return line

    def _measure(
        self,
        exercise: Exercise,
        rule: SpeedRule,
        trial: Trial,
        rng: random.Random,
        stage: Callable[[str], None],
    ) -> Line:
        sources = needed(exercise.name, {exercise.name: trial.answer.source})
        blocks: list[dict[str, list[Any]]] = []
        speed = measure_speed(
            exercise, rule, sources, self.settings, self.processes, rng, stage,
            lambda usages: blocks.append({way: pack(usage) for way, usage in usages.items()}),
        )  # fmt: skip
        extra: dict[str, list[list[Any]]] = {}
        compared = rule.kind == "cpu" and trial.number == 0 and speed.verdict != "not-measured"
        if compared:
            stage(f"{exercise.name}: runs for the rules of others")
            extra = self._runs_still_missing(exercise, rule, sources, blocks, rng)
        walls = {way: _walls(way, blocks, extra) for way in ("yours", "ideal", "serial")}
        return {
            "verdict": speed.verdict,
            "efficiency": rounded(speed.efficiency),
            "low": rounded(speed.low),
            "high": rounded(speed.high),
            "seconds": round(speed.seconds, 3),
            "others": rules.verdicts_of_others(walls, self.processes) if compared else {},
            "blocks": blocks,
            "extra": extra,
            "reason": speed.reason,
        }

    def _runs_still_missing(
        self,
        exercise: Exercise,
        rule: SpeedRule,
        sources: Mapping[str, str],
        blocks: Sequence[Mapping[str, list[Any]]],
        rng: random.Random,
    ) -> dict[str, list[list[Any]]]:
        """Runs that others' rules ask for and our verdict did not need; outside its seconds."""
        extra: dict[str, list[list[Any]]] = {}
        limit = 10 + 20 * rule.seconds
        with machine.timing_slot():
            for way in ("yours", "ideal", "serial"):
                for _ in range(rules.RUNS - sum(way in block for block in blocks)):
                    work = exercise.work(rng, self.processes)
                    if way == "yours":
                        module, function, arguments, texts = (
                            exercise.name,
                            exercise.name,
                            work.arguments,
                            sources,
                        )
                    else:
                        call = work.ideal if way == "ideal" else work.serial
                        module, function, arguments = "autograder.ideal", call.function, call.arguments
                        texts = {}
                    run = call_in_box(
                        self.settings, module, function, arguments, limit, texts, True, work.site
                    )
                    if run.outcome.kind != "value":
                        raise HarnessError(f"a run for the rules of others failed: {run.outcome.in_words()}")
                    extra.setdefault(way, []).append(pack(run.usage))
        return extra


def key_of(line: Line) -> tuple[str, str, str, int]:
    """See `Trial.key`."""
    return line["exercise"], line["answer"], line["condition"], line["trial"]


def is_wrong(line: Line) -> bool:
    """Whether this verdict must not be: the other one, or none since the answer was not right."""
    return line["verdict"] not in (line["expected"], "inconclusive")


def pack(usage: Usage) -> list[Any]:
    """A usage as a list in the order of its fields, with most threads joined where nothing is lost by it.

    `Usage.believed` counts each thread's waiting up to `patience` times its CPU time, with a patience of
    at least 1. So threads that waited no longer than they computed count the same as one thread with
    their sums. `Usage.alone_apart` asks for the longest ones, which stay as they are.

    Examples
    --------
    >>> pack(Usage(1.0, 1.5, 0.4, 3, 0.0, ((1.0, 0.2), (0.5, 0.1)), ((0.6, 0.9, 0.2), (0.4, 0.6, 0.2))))
    [1.0, 1.5, 0.4, 3, 0.0, [[1.0, 0.2], [0.5, 0.1]], [[0.6, 0.9, 0.2], [0.4, 0.6, 0.2]], 0.0, 0.0]
    """
    packed = []
    for field in fields(usage):
        value = getattr(usage, field.name)
        if field.name == "threads":
            value = _joined(value)
        packed.append(_listed(value) if isinstance(value, tuple) else rounded(value))
    return packed


def _joined(threads: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    longest = sorted(threads, reverse=True)[:_THREADS_KEPT]
    rest = sorted(threads, reverse=True)[_THREADS_KEPT:]
    patient = [pair for pair in rest if pair[1] <= pair[0]]
    if patient:
        longest.append((sum(cpu for cpu, _ in patient), sum(wait for _, wait in patient)))
    return tuple(longest + [pair for pair in rest if pair[1] > pair[0]])


def _listed(rows: tuple[tuple[float, ...], ...]) -> list[list[float]]:
    return [[round(value, _DIGITS_OF_PARTS) for value in row] for row in rows]


def unpack(packed: Sequence[Any]) -> Usage:
    """The usage that `pack` was given, but for joined threads.

    Examples
    --------
    >>> unpack([1.0, 1.5, 0.4, 3, 0.0, [[1.5, 0.3]], [[1.0, 1.5, 0.4]], 0.0, 0.01]).threads
    ((1.5, 0.3),)
    """
    values = {field.name: value for field, value in zip(fields(Usage), packed, strict=True)}
    threads = tuple(map(tuple, values["threads"]))
    moments = tuple(tuple(row) for row in values["moments"] if row[0] > 0)  # the last may be next to nothing
    return Usage(**{**values, "threads": threads, "moments": moments})


def rounded(value: float | None) -> float | None:
    """A number as it is written on file; whatever is not a float stays as it is, and infinity is None."""
    if isinstance(value, float):
        return None if value in (float("inf"), float("-inf")) else round(value, _DIGITS)
    return value


def _walls(
    way: str, blocks: Sequence[Mapping[str, list[Any]]], extra: Mapping[str, list[list[Any]]]
) -> list[float]:
    packed = [block[way] for block in blocks if way in block] + list(extra.get(way, []))
    return [unpack(usage).wall for usage in packed]


def read_lines(path: Path) -> list[Line]:
    """All whole lines of a file, the newest of each trial by each version of the code on each machine."""
    return record.read_lines(path, lambda line: (key_of(line), line["fingerprint"], line["machine"]))

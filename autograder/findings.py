"""What the harness found, as data.

Findings are made once, by the harness, and rendered many times: the terminal, the notebook, the
feedback page and the JSON all read the same frozen objects. Nothing here measures, runs or prints.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

Verdict = Literal["pass", "fail", "inconclusive", "not-measured"]


#: How the message of a check begins that was not run, because one before it had failed.
NOT_TRIED = "not tried, since "


@dataclass(frozen=True)
class Finding:
    """One thing that was checked.

    Parameters
    ----------
    name : str
        What was checked, in a few words, the same for every submission.
    passed : bool
        Whether the promise held.
    message : str
        What was seen, with values; for a failure also what was expected, and on which input.
    hint : str
        The likely cause and the next step, empty if there is none. Never the answer.
    weight : float
        Share of the correctness points, relative to the other findings' weights.
    essential : bool
        If an essential finding fails, no other finding earns points and speed is not measured.
    """

    name: str
    passed: bool
    message: str
    hint: str = ""
    weight: float = 1.0
    essential: bool = False


@dataclass(frozen=True)
class Sample:
    """Wall-clock times of one way of doing the work, over the blocks of a speed run.

    Parameters
    ----------
    median, low, high : float
        Median, smallest and largest time, in seconds.
    runs : int
        How many runs they come from.
    """

    median: float
    low: float
    high: float
    runs: int

    @classmethod
    def of(cls, seconds: list[float]) -> Sample:
        """Summarise run times given in seconds; at least one is needed.

        Examples
        --------
        >>> Sample.of([0.3, 0.1, 0.2])
        Sample(median=0.2, low=0.1, high=0.3, runs=3)
        """
        if not seconds:
            raise ValueError("seconds must hold at least one run")
        ordered = sorted(seconds)
        middle = len(ordered) // 2
        median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
        return cls(median, ordered[0], ordered[-1], len(ordered))


@dataclass(frozen=True)
class Speed:
    """The speed verdict on one exercise, with all that is needed to argue about it.

    Parameters
    ----------
    verdict : {"pass", "fail", "inconclusive", "not-measured"}
        "not-measured" when the answer was not right, so that its speed means nothing.
    efficiency, low, high : float or None
        Efficiency E against the ideal split, dimensionless, and the ends of its interval.
    threshold : float
        The E that earns the speed points.
    speedup : float or None
        Serial wall time over the student's wall time; shown, never judged.
    processes : int
        Workers the answer was told to use.
    blocks : int
        Rounds of (yours, ideal) measured.
    seconds : float
        Wall time the verdict took.
    reason : str
        The verdict in one sentence.
    yours, ideal, serial : Sample or None
        Wall-clock times for the picture.
    """

    verdict: Verdict
    threshold: float
    processes: int
    efficiency: float | None = None
    low: float | None = None
    high: float | None = None
    speedup: float | None = None
    blocks: int = 0
    seconds: float = 0.0
    reason: str = ""
    yours: Sample | None = None
    ideal: Sample | None = None
    serial: Sample | None = None

    def to_json(self) -> dict[str, Any]:
        """The `speed` object of the command-line contract."""

        def rounded(value: float | None, digits: int) -> float | None:
            return None if value is None else round(value, digits)

        return {
            "verdict": self.verdict,
            "efficiency": rounded(self.efficiency, 3),
            "low": rounded(self.low, 3),
            "high": rounded(self.high, 3),
            "threshold": self.threshold,
            "speedup": rounded(self.speedup, 2),
            "processes": self.processes,
            "blocks": self.blocks,
            "seconds": round(self.seconds, 1),
        }


@dataclass(frozen=True)
class Report:
    """All that is known about one answer to one exercise.

    Parameters
    ----------
    exercise, unit : str
        Which exercise, in which unit.
    findings : tuple of Finding
        In the order they were checked.
    speed : Speed or None
        None for an exercise without a speed criterion.
    correctness_points, speed_points : float
        Points earned by each.
    max_correctness_points, max_speed_points : float
        Points that can be earned by each.
    sandbox : str
        The mechanism that contained the student's code, "none" if nothing did.
    machine : str
        The machine and the start method, in words, for captions.
    output : str
        What the student's code printed, cut to a few kilobytes.
    seconds : float
        Wall time of the whole judgement.
    """

    exercise: str
    unit: str
    findings: tuple[Finding, ...]
    speed: Speed | None
    correctness_points: float
    max_correctness_points: float
    speed_points: float = 0.0
    max_speed_points: float = 0.0
    sandbox: str = "none"
    machine: str = ""
    output: str = ""
    seconds: float = 0.0

    @property
    def points(self) -> float:
        """Points earned, correctness and speed together."""
        return round(self.correctness_points + self.speed_points, 2)

    @property
    def max_points(self) -> float:
        """Points that a right and fast answer earns."""
        return round(self.max_correctness_points + self.max_speed_points, 2)

    @property
    def correct(self) -> bool:
        """Whether every promise that was checked held."""
        return bool(self.findings) and all(finding.passed for finding in self.findings)

    @property
    def needs_person(self) -> bool:
        """Whether the speed could not be judged, so that a person must decide."""
        return self.speed is not None and self.speed.verdict == "inconclusive"

    def to_json(self) -> dict[str, Any]:
        """The object that `autograder check --json` prints (see the command-line contract).

        Only a report on code that nothing contained has one key more, ``"sandbox": "none"``.
        """
        uncontained = {"sandbox": self.sandbox} if self.sandbox == "none" else {}
        return {
            "exercise": self.exercise,
            "unit": self.unit,
            "points": self.points,
            "max_points": self.max_points,
            "correct": self.correct,
            "findings": [
                {
                    "name": finding.name,
                    "passed": finding.passed,
                    "message": " ".join(part for part in (finding.message, finding.hint) if part),
                }
                for finding in self.findings
            ],
            "speed": None if self.speed is None else self.speed.to_json(),
            **uncontained,
        }

    def to_record(self) -> dict[str, Any]:
        """Everything, as plain JSON-ready data, for the verdict store."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Report:
        """Rebuild a report from `to_record`.

        Raises
        ------
        ValueError
            If the record lacks a field or has one too many, as after a change of version.
        """
        try:
            values = dict(record)
            values["findings"] = tuple(_exactly(Finding, finding) for finding in values["findings"])
            if values["speed"] is not None:
                speed = dict(values["speed"])
                for name in ("yours", "ideal", "serial"):
                    speed[name] = speed[name] and _exactly(Sample, speed[name])
                values["speed"] = _exactly(Speed, speed)
            return _exactly(cls, values)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"not a report record of this version: {error}") from error


def _exactly(kind: Any, values: Mapping[str, Any]) -> Any:
    """An instance of a dataclass from exactly its fields."""
    wanted = {field.name for field in fields(kind)}
    if set(values) != wanted:
        raise ValueError(f"{kind.__name__} has other fields: {', '.join(sorted(wanted ^ set(values)))}")
    return kind(**values)


def correctness_share(findings: tuple[Finding, ...]) -> float:
    """Share of the correctness points earned, between 0 and 1.

    The weights of the passed findings over all weights, but 0 as soon as an essential one failed:
    a function that returns nothing also leaves no process behind, and that is worth no point.

    Examples
    --------
    >>> correctness_share((Finding("values", True, "", weight=3), Finding("empty", False, "")))
    0.75
    >>> correctness_share((Finding("values", False, "", essential=True), Finding("empty", True, "")))
    0.0
    """
    total = sum(finding.weight for finding in findings)
    if not total or any(finding.essential and not finding.passed for finding in findings):
        return 0.0
    return sum(finding.weight for finding in findings if finding.passed) / total

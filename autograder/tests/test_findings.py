"""Findings as data: they survive the store, keep the JSON contract, and add up."""

from __future__ import annotations

import json
import random
from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import pytest

from autograder.findings import Finding, Report, Sample, Speed, correctness_share

SPEED = Speed(
    "pass",
    threshold=0.8,
    processes=2,
    efficiency=0.94321,
    low=0.88049,
    high=1.00051,
    speedup=1.8567,
    blocks=6,
    seconds=5.149,
    reason="Fast enough.",
    yours=Sample.of([0.32, 0.31, 0.37]),
    ideal=Sample.of([0.31, 0.30]),
    serial=Sample.of([0.6]),
)
VALUES = Finding("values", True, "all equal", weight=3.0, essential=True)
ORDER = Finding("order", False, "expected [1, 4], got [4, 1]", "Which call keeps the order?", weight=1.0)
REPORT = Report(
    "parallel_map",
    "02-pool",
    (VALUES, ORDER),
    SPEED,
    correctness_points=2.25,
    max_correctness_points=3.0,
    speed_points=1.0,
    max_speed_points=1.0,
    sandbox="bubblewrap",
    machine="2-core virtual machine",
    output="printed \u00e9 \u202e \x00 \ud800\n",
    seconds=8.25,
)
REPORTS = {
    "full": REPORT,
    "no speed criterion": replace(REPORT, speed=None, max_speed_points=0.0),
    "nothing measured": replace(REPORT, speed=Speed("not-measured", threshold=0.8, processes=2)),
    "some samples": replace(REPORT, speed=replace(SPEED, serial=None, ideal=None)),
    "no findings": replace(REPORT, findings=()),
}


def stored(report: Report) -> dict[str, Any]:
    """What comes back from a JSON file."""
    return json.loads(json.dumps(report.to_record()))


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_survives_the_store_unchanged(name: str) -> None:
    back = Report.from_record(stored(REPORTS[name]))
    assert back == REPORTS[name]
    assert hash(back) == hash(REPORTS[name]), "lists crept in where tuples were"
    assert stored(back) == stored(REPORTS[name])


def test_reading_a_record_leaves_it_alone() -> None:
    record = stored(REPORT)
    Report.from_record(record)
    assert record == stored(REPORT)


OBJECTS = {
    "report": lambda record: record,
    "finding": lambda record: record["findings"][1],
    "speed": lambda record: record["speed"],
    "sample": lambda record: record["speed"]["ideal"],
}
KEYS = [(name, key) for name, find in OBJECTS.items() for key in find(stored(REPORT))]


def test_a_record_holds_every_field() -> None:
    assert {key for name, key in KEYS if name == "report"} == {field.name for field in fields(Report)}
    assert {key for name, key in KEYS if name == "speed"} == {field.name for field in fields(Speed)}
    assert {key for name, key in KEYS if name == "finding"} == {field.name for field in fields(Finding)}


@pytest.mark.parametrize(("name", "key"), [(name, key) for name, key in KEYS if name in ("report", "sample")])
def test_a_record_that_lacks_a_field_is_refused_by_name(name: str, key: str) -> None:
    record = stored(REPORT)
    del OBJECTS[name](record)[key]
    with pytest.raises(ValueError, match=rf"not a report record of this version.*\b{key}\b"):
        Report.from_record(record)


@pytest.mark.parametrize("key", ["name", "passed", "message"])
def test_a_finding_that_says_too_little_is_refused(key: str) -> None:
    record = stored(REPORT)
    del record["findings"][0][key]
    with pytest.raises(ValueError, match=key):
        Report.from_record(record)


@pytest.mark.parametrize("key", ["verdict", "threshold", "processes", "yours", "ideal", "serial"])
def test_a_speed_that_says_too_little_is_refused(key: str) -> None:
    record = stored(REPORT)
    del record["speed"][key]
    with pytest.raises(ValueError, match=key):
        Report.from_record(record)


@pytest.mark.parametrize("name", OBJECTS)
def test_a_field_of_another_version_is_refused_by_name(name: str) -> None:
    record = stored(REPORT)
    OBJECTS[name](record)["of_tomorrow"] = 1
    with pytest.raises(ValueError, match="of_tomorrow"):
        Report.from_record(record)


@pytest.mark.parametrize(
    "damage", [{"findings": None}, {"findings": [1]}, {"speed": 3.0}, {"findings": [[]]}]
)
def test_a_damaged_record_is_refused(damage: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not a report record"):
        Report.from_record({**stored(REPORT), **damage})


# ---- the command-line contract


def test_the_contract_has_exactly_these_keys_in_this_order() -> None:
    printed = json.loads(json.dumps(REPORT.to_json()))
    assert list(printed) == ["exercise", "unit", "points", "max_points", "correct", "findings", "speed"]
    assert [list(finding) for finding in printed["findings"]] == [["name", "passed", "message"]] * 2
    assert list(printed["speed"]) == [
        "verdict",
        "efficiency",
        "low",
        "high",
        "threshold",
        "speedup",
        "processes",
        "blocks",
        "seconds",
    ]


def test_the_contract_has_these_values() -> None:
    assert REPORT.to_json() == {
        "exercise": "parallel_map",
        "unit": "02-pool",
        "points": 3.25,
        "max_points": 4.0,
        "correct": False,
        "findings": [
            {"name": "values", "passed": True, "message": "all equal"},
            {
                "name": "order",
                "passed": False,
                "message": "expected [1, 4], got [4, 1] Which call keeps the order?",
            },
        ],
        "speed": {
            "verdict": "pass",
            "efficiency": 0.943,
            "low": 0.88,
            "high": 1.001,
            "threshold": 0.8,
            "speedup": 1.86,
            "processes": 2,
            "blocks": 6,
            "seconds": 5.1,
        },
    }


def test_that_nothing_contained_the_code_is_told() -> None:
    assert replace(REPORT, sandbox="none").to_json() == {**REPORT.to_json(), "sandbox": "none"}


def test_without_a_speed_criterion_speed_is_null() -> None:
    assert json.loads(json.dumps(REPORTS["no speed criterion"].to_json()))["speed"] is None


def test_what_was_not_measured_is_null_and_not_nought() -> None:
    speed = REPORTS["nothing measured"].to_json()["speed"]
    assert [key for key, value in speed.items() if value is None] == ["efficiency", "low", "high", "speedup"]


@pytest.mark.parametrize("name", REPORTS)
def test_the_contract_is_json_that_any_reader_takes(name: str) -> None:
    text = json.dumps(REPORTS[name].to_json(), allow_nan=False)
    assert text.isascii()


# ---- what is right, and who decides


@pytest.mark.parametrize(
    ("findings", "correct"), [((), False), ((VALUES,), True), ((VALUES, ORDER), False), ((ORDER,), False)]
)
def test_correct_means_that_something_was_checked_and_all_of_it_held(
    findings: tuple[Finding, ...], correct: bool
) -> None:
    assert replace(REPORT, findings=findings).correct is correct


def test_points_are_the_sum_of_both_parts_without_float_dust() -> None:
    report = replace(REPORT, correctness_points=0.1, speed_points=0.2)
    assert report.points == 0.3
    assert replace(REPORT, max_correctness_points=0.7, max_speed_points=0.1).max_points == 0.8


@pytest.mark.parametrize(
    ("verdict", "needed"), [("pass", False), ("fail", False), ("inconclusive", True), ("not-measured", False)]
)
def test_only_an_open_verdict_needs_a_person(verdict: Any, needed: bool) -> None:
    assert replace(REPORT, speed=replace(SPEED, verdict=verdict)).needs_person is needed
    assert replace(REPORT, speed=None).needs_person is False


def test_findings_cannot_be_changed() -> None:
    for thing, name in (
        (REPORT, "speed_points"),
        (ORDER, "passed"),
        (SPEED, "verdict"),
        (SPEED.yours, "low"),
    ):
        with pytest.raises(FrozenInstanceError):
            setattr(thing, name, 1)


# ---- the share of the correctness points


def made(*parts: tuple[bool, float, bool]) -> tuple[Finding, ...]:
    return tuple(
        Finding(f"check {number}", passed, "", "", weight, essential)
        for number, (passed, weight, essential) in enumerate(parts)
    )


@pytest.mark.parametrize(
    ("findings", "share"),
    [
        ((), 0.0),
        (made((True, 1, False)), 1.0),
        (made((False, 1, False)), 0.0),
        (made((True, 3, False), (False, 1, False)), 0.75),
        (made((True, 3, True), (False, 1, False)), 0.75),
        (made((False, 0, True), (True, 1, False)), 0.0),
        (made((True, 0, True), (True, 1, False)), 1.0),
        (made((True, 0, True)), 0.0),
        (made((True, 1, False), (True, 1, False), (False, 1, True)), 0.0),
    ],
)
def test_the_share_is_by_weight_and_an_essential_failure_takes_all(
    findings: tuple[Finding, ...], share: float
) -> None:
    assert correctness_share(findings) == pytest.approx(share)


def test_the_share_lies_between_nought_and_one_and_never_falls_when_more_passes() -> None:
    choose = random.Random(4)
    for _ in range(1000):
        parts = [
            (choose.random() < 0.6, choose.choice([0.0, 0.5, 1, 3]), choose.random() < 0.2)
            for _ in range(choose.randrange(1, 7))
        ]
        share = correctness_share(made(*parts))
        assert 0 <= share <= 1
        for place, (passed, weight, essential) in enumerate(parts):
            if not passed:
                better = [*parts[:place], (True, weight, essential), *parts[place + 1 :]]
                assert correctness_share(made(*better)) >= share


# ---- samples


@pytest.mark.parametrize(
    ("seconds", "median"), [([0.2], 0.2), ([0.4, 0.2], 0.3), ([3, 1, 2], 2), ([4, 1, 3, 2], 2.5)]
)
def test_a_sample_has_median_and_ends(seconds: list[float], median: float) -> None:
    before = list(seconds)
    sample = Sample.of(seconds)
    assert sample.median == pytest.approx(median)
    assert (sample.low, sample.high, sample.runs) == (min(seconds), max(seconds), len(seconds))
    assert seconds == before, "the caller's list was sorted"


def test_a_sample_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one run"):
        Sample.of([])

"""Verdicts on disk: whole or not there, whoever dies meanwhile; found again only for exactly the same."""

from __future__ import annotations

import itertools
import json
import math
import multiprocessing
import random
import signal
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from autograder.findings import Finding, Report, Sample, Speed
from autograder.store import Store

REPORT = Report(
    exercise="double",
    unit="02-pool",
    findings=(
        Finding("values", True, "as promised.", weight=3, essential=True),
        Finding("order", False, "on [2, 1]: expected \x1b[31m\ud800 'ж'", "Look.", 0.5),
    ),
    speed=Speed(
        "inconclusive",
        0.8,
        2,
        0.9,
        0.7,
        math.inf,
        1.8,
        16,
        40.0,
        "busy",
        Sample(1.0, 0.9, 1.1, 3),
        None,
        None,
    ),
    correctness_points=1.71,
    max_correctness_points=2.0,
    sandbox="bubblewrap",
    output="\0printed",
)
PARTS = ("v1", "double", {"double": "x = 1", "other": ""}, "fork", "bubblewrap")


def sized(number: int) -> Report:
    """A report of half a megabyte that says its number in several places."""
    return replace(REPORT, seconds=float(number), output=f"{number} " * 60_000, machine=str(number))


# Reading and writing ---------------------------------------------------------------------------------


def test_a_verdict_comes_back_as_it_was(tmp_path):
    path = Store(tmp_path / "not" / "yet").path(*PARTS)
    assert Store.read(path) is None
    Store.write(path, REPORT, 2)
    assert Store.read(path) == (REPORT, 2)
    Store.write(path, replace(REPORT, speed=None), 3)
    assert Store.read(path) == (replace(REPORT, speed=None), 3)


def record() -> dict:
    return {"attempts": 1, "report": REPORT.to_record()}


def without(tree: dict, *keys: str) -> dict:
    return {key: value for key, value in tree.items() if key not in keys}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        "3",
        json.dumps(record())[:-40],
        json.dumps(without(record(), "attempts")),
        json.dumps(record() | {"attempts": None}),
        json.dumps(record() | {"report": None}),
        json.dumps(record() | {"report": without(REPORT.to_record(), "sandbox")}),
        json.dumps(record() | {"report": REPORT.to_record() | {"mood": "good"}}),
        json.dumps(record() | {"report": REPORT.to_record() | {"findings": [{"name": "old"}]}}),
        json.dumps(record() | {"report": REPORT.to_record() | {"findings": 5}}),
        json.dumps(record() | {"report": REPORT.to_record() | {"speed": "fast"}}),
        json.dumps(record() | {"report": REPORT.to_record() | {"speed": {"verdict": "pass"}}}),
    ],
    ids=itertools.count(),
)
def test_what_another_version_wrote_is_as_if_it_was_not_there(tmp_path, text):
    path = tmp_path / "verdict.json"
    path.write_text(text)
    assert Store.read(path) is None


def test_bytes_that_are_no_text_are_as_if_they_were_not_there(tmp_path):
    path = tmp_path / "verdict.json"
    path.write_bytes(b"\xff\x00\x89")
    assert Store.read(path) is None


def test_a_write_that_fails_leaves_the_old_verdict_and_nothing_else(tmp_path):
    path = tmp_path / "verdict.json"
    Store.write(path, REPORT, 1)
    unwritable = replace(REPORT, output=object())
    with pytest.raises(TypeError):
        Store.write(path, unwritable, 2)
    assert Store.read(path) == (REPORT, 1)
    assert [one.name for one in tmp_path.iterdir()] == ["verdict.json"]


# Names -----------------------------------------------------------------------------------------------


def test_the_same_text_has_the_same_place_whoever_handed_it_in(tmp_path):
    path = Store(tmp_path).path(*PARTS)
    assert path == Store(tmp_path).path(
        "v1", "double", {"other": "", "double": "x = 1"}, "fork", "bubblewrap"
    )
    assert path.parent == tmp_path and path.name.startswith("double-")


@pytest.mark.parametrize(
    "changed",
    [
        {0: "v2"},
        {1: "triple"},
        {2: {"double": "x = 1 ", "other": ""}},
        {2: {"double": "x = 1"}},
        {2: {"double": "", "other": "x = 1"}},
        {2: {"double": "x = 1\ud800", "other": ""}},
        {2: {'double": "x = 1", "other': ""}},
        {3: "spawn"},
        {4: "none"},
        {3: "bubblewrap", 4: "fork"},
    ],
)
def test_whatever_was_judged_otherwise_lies_elsewhere(tmp_path, changed):
    parts = [changed.get(place, part) for place, part in enumerate(PARTS)]
    assert Store(tmp_path).path(*parts) != Store(tmp_path).path(*PARTS)


# Others at the same time -----------------------------------------------------------------------------


def write_for_ever(path: Path, first: int, tell: Connection) -> None:
    for number in itertools.count(first):
        Store.write(path, sized(number), number)
        if number == first:
            tell.send("written once")


class Writer:
    """A process that writes one verdict after the other until it is killed."""

    def __init__(self, path: Path, first: int) -> None:
        hear, tell = multiprocessing.Pipe(duplex=False)
        self.process = multiprocessing.get_context("fork").Process(
            target=write_for_ever, args=(path, first, tell)
        )
        self.process.start()
        tell.close()
        assert hear.poll(30) and hear.recv() == "written once"

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.process.kill()
        self.process.join()
        assert self.process.exitcode == -signal.SIGKILL


def whole(path: Path) -> int:
    """The number of the verdict that lies there, after seeing that it is one whole verdict."""
    kept = Store.read(path)
    assert kept is not None
    assert kept[0] == sized(kept[1])
    return kept[1]


def test_a_reader_never_sees_half_a_verdict(tmp_path):
    path = tmp_path / "verdict.json"
    seen = []
    with Writer(path, 0):
        while len(set(seen)) < 20:
            seen.append(whole(path))
    assert seen == sorted(seen)


def test_writers_killed_in_the_middle_leave_whole_verdicts(tmp_path):
    path = tmp_path / "verdict.json"
    rng = random.Random(9)
    last = 0
    for _ in range(15):
        until, more = last + rng.randrange(1, 4), rng.randrange(30)
        with Writer(path, last):
            while whole(path) < until:
                pass
            for _ in range(more):
                whole(path)
        last = whole(path)
        assert last >= until


def test_two_writers_of_one_verdict_do_not_mix(tmp_path):
    path = tmp_path / "verdict.json"
    seen = []
    with Writer(path, 0), Writer(path, 10**6):
        while len(seen) < 50 or {number >= 10**6 for number in seen} != {True, False}:
            seen.append(whole(path))

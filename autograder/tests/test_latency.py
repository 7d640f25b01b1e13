"""Work that waits for a server, judged like any other: a `fetch_all`, right and wrong, in real boxes."""

from __future__ import annotations

import random
import tempfile
import textwrap
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from autograder.calls import Settings
from autograder.exercise import (
    Asked,
    Call,
    Case,
    Check,
    Equals,
    Exercise,
    SpeedRule,
    Work,
    difference,
    spread_in_order,
)
from autograder.findings import Report
from autograder.harness import judge
from autograder.sandbox import Bubblewrap
from autograder.site import Page, Site, at_most_at_once, each_once

pytestmark = pytest.mark.usefixtures("leaves_nothing")


@pytest.fixture(autouse=True, scope="module")
def timing_slot_goes(leaves_nothing: None) -> Iterator[None]:
    """The lock file stays on a machine, on purpose; here it would look like something left behind."""
    yield
    Path(tempfile.gettempdir(), "autograder-timing-slot").unlink(missing_ok=True)


WORKERS = 4
BODIES, AT_ONCE, ONCE = "every body, in order", "at most `workers` at once", "every url once"
RIGHT = """
    from concurrent.futures import ThreadPoolExecutor
    from http.client import HTTPException
    from urllib.request import urlopen

    def fetch(url):
        try:
            with urlopen(url, timeout=20) as answer:
                return answer.read()
        except (OSError, HTTPException):
            return None

    def fetch_all(urls, workers):
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(fetch, urls))
"""


class FetchAll(Exercise):
    """Bodies in order, None for one that failed; never more than `workers` requests at once."""

    signature = "fetch_all(urls, workers)"
    speed_points = 2.0
    speed = SpeedRule(0.8, kind="wall", seconds=0.3)

    def cases(self, rng: random.Random, processes: int) -> Iterator[Case]:
        pages = {path(rng): Page(rng.randrange(100, 9000), rng.uniform(0.02, 0.1)) for _ in range(9)}
        pages |= {path(rng): page for page in (Page(status=404), Page(status=500), Page(cut=True))}
        paths = rng.sample(list(pages), len(pages))
        site = Site(path(rng), pages)
        whole = [pages[one].status == 200 and not pages[one].cut for one in paths]
        bodies = [site.body(one) if good else None for one, good in zip(paths, whole, strict=True)]
        yield Case(
            ([site.url(one) for one in paths], WORKERS),
            (
                Check(BODIES, Equals(bodies), essential=True),
                Check(AT_ONCE, Asked(partial(at_most_at_once, WORKERS), "a list"), "Count your threads."),
                Check(ONCE, Asked(partial(each_once, paths), "a list")),
            ),
            site=site,
        )

    def work(self, rng: random.Random, processes: int) -> Work:
        pages = {path(rng): Page(2000, rng.uniform(0.04, 0.08)) for _ in range(5 * WORKERS)}
        site = Site(path(rng), pages)
        urls = [site.url(one) for one in pages]
        shares = spread_in_order([page.seconds for page in pages.values()], WORKERS)
        return Work(
            (urls, WORKERS),
            ideal=Call("fetch_shares", (urls, shares)),
            serial=Call("fetch_shares", (urls, [list(range(len(urls)))])),
            problem=difference,
            site=site,
            asked=partial(at_most_at_once, WORKERS),
        )


def path(rng: random.Random) -> str:
    return f"/{rng.getrandbits(64):016x}"


def judged(sandbox: Any, *changes: tuple[str, str], speed: bool = False) -> Report:
    text = textwrap.dedent(RIGHT)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return judge(FetchAll(), "03-test", {"fetch_all": text}, Settings(sandbox, processes=2, speed=speed))


def failures(report: Report) -> list[str]:
    return [one.name for one in report.findings if not one.passed]


def message(report: Report, name: str) -> str:
    return next(one.message for one in report.findings if one.name == name)


SERIAL = ("list(pool.map(fetch, urls))", "[fetch(url) for url in urls]")
GREEDY = ("ThreadPoolExecutor(workers)", "ThreadPoolExecutor(workers + 4)")


def test_a_right_answer_is_right_in_a_sandbox_and_without_one(sandbox: Any) -> None:
    report = judged(sandbox)
    assert report.correct, report.findings


@pytest.mark.timing
def test_a_right_answer_is_fast_enough(sandbox: Any) -> None:
    report = judged(sandbox, speed=True)
    assert report.correct and report.speed is not None
    assert report.speed.verdict == "pass" and report.points == 4.0, report.speed


@pytest.mark.timing
@pytest.mark.parametrize("sandbox", ["bubblewrap"], indirect=True)
def test_a_serial_answer_is_right_and_too_slow(sandbox: Any) -> None:
    report = judged(sandbox, SERIAL, speed=True)
    assert report.correct and report.speed is not None
    assert report.speed.verdict == "fail" and report.points == 2.0, report.speed


def test_too_many_requests_at_once_are_seen_by_the_server_and_never_timed() -> None:
    report = judged(Bubblewrap(), GREEDY, speed=True)
    assert failures(report) == [AT_ONCE, "the timed work is right too"]
    assert "requests at the same time, but workers is 4" in message(report, AT_ONCE)
    assert report.speed is not None and report.speed.verdict == "not-measured"


def test_a_greedy_answer_cannot_hide_in_the_timed_work() -> None:
    modest = ("ThreadPoolExecutor(workers)", "ThreadPoolExecutor(workers if len(urls) < 15 else 12)")
    report = judged(Bubblewrap(), modest, speed=True)
    assert failures(report) == ["the timed work is right too"]
    assert report.speed is not None and report.speed.verdict == "not-measured"
    assert "but workers is 4" in report.speed.reason


@pytest.mark.parametrize(
    ("change", "failed"),
    [
        (("return answer.read()", "return bytes(len(answer.read()))"), BODIES),  # made up
        (("pool.map(fetch, urls)", "pool.map(lambda url: url.encode(), urls)"), BODIES),
        (("pool.map(fetch, urls)", "map(fetch, sorted(urls))"), BODIES),
        (("return None", "return b''"), BODIES),
        (("return answer.read()", "return urlopen(url).read()"), ONCE),
        (("answer.read()", "[answer.read(), urlopen(url + '?')][0]"), BODIES),  # a 404 for each
    ],
)
def test_what_was_made_up_mixed_up_or_asked_twice_is_caught(change: tuple[str, str], failed: str) -> None:
    assert failed in failures(judged(Bubblewrap(), change))

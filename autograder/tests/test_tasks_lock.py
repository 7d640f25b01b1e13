"""Tasks of unit 05: they ask the site that is served, fail when told to, and return at the same moment."""

from __future__ import annotations

import time
from hashlib import sha256

import pytest

from autograder.calls import Settings, call_in_box
from autograder.sandbox import Bubblewrap
from autograder.site import Page, Site, most_at_once
from autograder.tasks import AskPage, Bucket, Digest, Meets, PickValue, SlowFails, Witness

pytestmark = pytest.mark.usefixtures("leaves_nothing")


def test_a_page_is_asked_and_digested() -> None:
    witness = Witness("key", 0.0)
    paths = [f"/{Digest('key')(item)}" for item in range(3)]
    site = Site("secret", dict.fromkeys(paths, Page(size=500, seconds=0.01)))
    source = "def answer(prepare, use, items):\n    return [use(prepare(item)) for item in items]"
    arguments = (witness, AskPage(site.url("")), [0, 1, 2])
    run = call_in_box(
        Settings(Bubblewrap()), "answer", "answer", arguments, 20.0, {"answer": source}, site=site
    )
    got = run.outcome.value
    assert [digest for digest, *_ in got] == [sha256(site.body(path)).hexdigest()[:16] for path in paths]
    assert [one.path for one in run.outcome.requests] == paths and most_at_once(run.outcome.requests) == 1
    assert all(times == sorted(times) and times[3] - times[2] >= 0.01 for _, *times in got)


def test_buckets_are_few_and_the_work_decides_which() -> None:
    bucket = Bucket("key", 3, rounds=5)
    values = [bucket(item) for item in range(50)]
    assert set(values) == {1, 2, 3} and values == [bucket(item) for item in range(50)]
    assert values != [Bucket("other", 3, rounds=5)(item) for item in range(50)]


def test_a_bucket_with_a_tick_waits_for_the_clock() -> None:
    before = time.monotonic()
    assert Bucket("key", 3, tick=0.05)(1) == Bucket("key", 3)(1)
    assert time.monotonic() // 0.05 > before // 0.05


def test_values_are_picked_round_and_round() -> None:
    assert [PickValue((None, 0, "a"))(item) for item in range(5)] == [None, 0, "a", None, 0]


def test_one_item_fails_after_a_while_like_all_others() -> None:
    task = SlowFails("key", "b", "ouch", 0.02)
    begun = time.monotonic()
    assert task("a") == Digest("key")("a")
    assert time.monotonic() - begun >= 0.02
    with pytest.raises(LookupError, match="ouch"):
        task("b")


def test_one_alone_meets_nobody_and_waits_only_once(tmp_path) -> None:
    task = Meets("key", str(tmp_path), "prepare", 2, 0.05)
    begun = time.monotonic()
    assert task("a") == ("a", Digest("key")("a"), 1)
    assert time.monotonic() - begun >= 0.05
    assert Meets("key", str(tmp_path), "prepare", 2, 600.0)("b")[2] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["over-prepare"]

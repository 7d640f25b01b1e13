"""What a site declares, and what is said of the requests it got: pure data."""

from __future__ import annotations

import pytest

from autograder.exercise import Asked, Outcome
from autograder.site import (
    ORIGIN,
    Page,
    Request,
    Site,
    at_most_at_once,
    each_once,
    most_at_once,
    placed,
)


def asked(*times, path="/a"):
    return [Request(path, begun, ended, 200) for begun, ended in times]


def test_bodies_differ_by_key_and_by_path_and_have_their_size():
    pages = {"/a": Page(size=100_000), "/b": Page(size=100_000)}
    bodies = {Site(key, pages).body(path) for key in ("one", "two") for path in pages}
    assert len(bodies) == 4 and {len(body) for body in bodies} == {100_000}


@pytest.mark.parametrize("path", ["a", "", "/a b", "/a\n", "/ä", "/a\x00"])
def test_a_path_that_no_client_could_ask_for_is_refused(path):
    with pytest.raises(ValueError, match="not a path"):
        Site("key", {path: Page()})


@pytest.mark.parametrize(
    "page", [Page(status=204), Page(status=301), Page(status=999), Page(seconds=-1.0), Page(size=1, cut=True)]
)
def test_a_page_that_cannot_be_served_is_refused(page):
    with pytest.raises(ValueError, match="cannot be served"):
        Site("key", {"/a": page})


def test_the_origin_is_put_into_every_string_and_nothing_else_changes():
    tree = {"$": "task", "fields": {"url": f"{ORIGIN}/a"}, "n": [1, None, 2.5, [f"{ORIGIN}", "site.invalid"]]}
    assert placed(tree, "http://127.0.0.1:1") == {
        "$": "task",
        "fields": {"url": "http://127.0.0.1:1/a"},
        "n": [1, None, 2.5, ["http://127.0.0.1:1", "site.invalid"]],
    }


def test_requests_that_only_touch_were_not_under_way_at_the_same_time():
    assert most_at_once([]) == 0
    assert most_at_once(asked((0, 1), (1, 2), (2, 3))) == 1
    assert most_at_once(asked((0, 3), (1, 2), (2, 3), (2.5, 2.6))) == 3
    assert at_most_at_once(3, asked((0, 3), (1, 2), (2, 3), (2.5, 2.6))) == ""
    assert "3 requests at the same time, but workers is 2" in at_most_at_once(
        2, asked((0, 3), (1, 2), (2, 3), (2.5, 2.6))
    )


def test_every_path_once_and_no_other():
    assert each_once(["/a", "/b"], [*asked((0, 1)), *asked((0, 1), path="/b")]) == ""
    assert each_once(["/a", "/b"], asked((0, 1))) == "/b is among the urls, but was never asked for"
    assert each_once(["/a", "/a"], asked((0, 1))) == "/a was asked for once, but is among the urls twice"
    assert "'/c' was asked for, which is not" in each_once([], asked((0, 1), path="/c"))


def test_who_raised_or_hung_is_not_praised_for_having_asked_little():
    check = Asked(lambda requests: at_most_at_once(2, requests), "at most 2 at once")
    assert check.problem(Outcome("value")) == ""
    assert "it raised OSError" in check.problem(Outcome("error", error="OSError"))

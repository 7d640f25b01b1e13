"""The rules of others, on made wall times."""

from __future__ import annotations

import pytest

from autograder.bench.rules import OTHERS, verdicts_of_others


def walls(serial, yours, ideal):
    return {"serial": serial, "yours": yours, "ideal": ideal}


@pytest.mark.parametrize(
    ("serial", "yours", "ideal", "said"),
    [
        ([1.0] * 3, [0.55] * 3, [0.5] * 3, "pass pass pass"),
        ([1.0] * 3, [1.0] * 3, [0.5] * 3, "fail fail fail"),
        ([1.0] * 3, [0.62] * 3, [0.5] * 3, "pass fail fail"),
        ([1.0] * 3, [0.9, 0.55, 0.9], [0.5] * 3, "fail pass pass"),  # one lucky run in three
        ([1.0] * 3, [1.0] * 3, [0.9] * 3, "fail fail pass"),  # the machine held the reference up
        ([2.0, 1.0, 1.0], [1.0] * 3, [0.5] * 3, "pass fail fail"),  # the machine held one serial run up
    ],
)
def test_what_each_rule_says(serial, yours, ideal, said):
    said_of = dict(zip((rule.name for rule in OTHERS), said.split(), strict=True))
    assert verdicts_of_others(walls(serial, yours, ideal), 2) == said_of


def test_only_the_first_three_runs_count():
    late = walls([1.0] * 3 + [9.0], [1.0] * 3 + [0.1], [0.5] * 3)
    assert set(verdicts_of_others(late, 2).values()) == {"fail"}


def test_bars_on_speedup_grow_with_the_processes():
    twice = walls([1.0] * 3, [0.5] * 3, [0.5] * 3)
    assert verdicts_of_others(twice, 2) == {"one run": "pass", "min of 3": "pass", "1.2 T_ref": "pass"}
    assert verdicts_of_others(twice, 4) == {"one run": "fail", "min of 3": "fail", "1.2 T_ref": "pass"}


@pytest.mark.parametrize("way", ["serial", "yours", "ideal"])
def test_with_a_run_missing_they_say_nothing(way):
    assert verdicts_of_others({**walls([1.0] * 3, [0.5] * 3, [0.5] * 3), way: [1.0, 1.0]}, 2) == {}

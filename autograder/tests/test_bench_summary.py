"""From made lines to numbers, a table and a plot."""

from __future__ import annotations

import json
from typing import Any

import matplotlib
import numpy as np
import pytest
from PIL import Image

from autograder.bench.picture import draw, save
from autograder.bench.summary import as_markdown, quantile, summarise, upper_bound
from autograder.bench.verdicts import pack
from autograder.verdict import Usage

matplotlib.use("agg")
RUN = pack(Usage(0.5, 1.0, 0.0, 3, watching=0.005))
BLOCK = {"yours": RUN, "ideal": RUN}
ALWAYS = {"one run": "fail", "min of 3": "fail", "1.2 T_ref": "pass"}


def line(expected: str, verdict: str, condition: str = "quiet", **changed: Any) -> dict[str, Any]:
    return {
        "exercise": "parallel_map", "answer": f"must_{expected}", "condition": condition, "trial": 0,
        "kind": "cpu", "threshold": 0.8, "expected": expected, "verdict": verdict,
        "efficiency": 0.95 if expected == "pass" else 0.5, "low": 0.4, "high": 1.0, "seconds": 4.0,
        "others": ALWAYS, "blocks": [BLOCK] * 3, "reason": "| so it was", "at": "2026-11-23T16:00:00+00:00",
    } | changed  # fmt: skip


LINES = [
    line("pass", "pass"),
    line("fail", "fail", seconds=6.0),
    line("fail", "inconclusive", seconds=40.0),
    line("pass", "pass", "all-busy"),
    line("pass", "fail", "all-busy", efficiency=0.6),
    line("fail", "pass", "all-busy"),
    line("fail", "fail", "all-busy"),
    line("fail", "not-measured", "all-busy", efficiency=None, others={}),
    line("pass", "pass", "all-busy", exercise="first_match", kind="wall", threshold=0.6, others={}),
]


def test_wrong_and_undecided_verdicts_are_counted_by_condition():
    found = summarise(LINES)
    assert list(found["conditions"]) == ["quiet", "all-busy"]
    quiet, busy = found["conditions"].values()
    assert (quiet["verdicts"], quiet["wrong"], quiet["undecided"]) == (3, 0, 1)
    assert quiet["undecided_percent"] == 33.33
    assert (quiet["seconds_median"], quiet["seconds_90"]) == (6.0, 40.0)
    # Of the wrong ones one failed a good answer, one passed a slow one, one found the answer not right.
    assert (busy["verdicts"], busy["wrong"], busy["undecided"]) == (6, 3, 0)
    assert found["all"]["verdicts"] == 9 and len(found["wrong"]) == 3


def test_each_rule_is_counted_on_the_runs_it_was_shown():
    busy = summarise(LINES)["conditions"]["all-busy"]["rules"]
    assert (busy["ours"]["good"], busy["ours"]["good_failed"]) == (2, 1)
    assert (busy["ours"]["slow"], busy["ours"]["slow_passed"]) == (2, 1)
    assert busy["one run"]["good_failed_percent"] == 100 and busy["one run"]["slow_passed_percent"] == 0
    assert busy["1.2 T_ref"]["good_failed_percent"] == 0 and busy["1.2 T_ref"]["slow_passed_percent"] == 100


def test_each_answer_has_its_efficiency_when_quiet():
    answers = {(one["exercise"], one["answer"]): one for one in summarise(LINES)["answers"]}
    slow = answers["parallel_map", "must_fail"]
    assert slow["efficiency_quiet"] == 0.5 and slow["undecided_in"] == ["quiet"] and slow["wrong"] == 2
    assert answers["first_match", "must_pass"]["efficiency_quiet"] is None


def test_where_no_rule_of_others_applies_nothing_is_a_share_of_nothing():
    part = summarise([line("pass", "pass", kind="wall", others={})])["all"]
    assert part["rules"]["one run"]["good_failed_percent"] is None
    assert "| - / - |" in as_markdown(summarise([line("pass", "pass", others={})]), "here")


def test_the_bound_on_the_rate_of_wrong_verdicts():
    assert upper_bound(0, 1000) == pytest.approx(1 - 0.05 ** (1 / 1000))
    assert upper_bound(0, 10) > upper_bound(0, 100) and upper_bound(1, 100) > upper_bound(0, 100)
    assert upper_bound(3, 3) == 1.0


@pytest.mark.parametrize(("share", "value"), [(0.0, 1), (0.1, 1), (0.5, 5), (0.9, 9), (0.91, 10), (1.0, 10)])
def test_a_quantile_is_a_value_that_was_seen(share, value):
    assert quantile(list(range(1, 11)), share) == value


def test_the_table_tells_all_of_it():
    text = as_markdown(summarise(LINES), "2 usable cores")
    assert "9 real verdicts on 3 answers; 2 usable cores." in text
    assert "| quiet | 3 | 0 | 33.3% | 6.0 | 40.0 |" in text
    assert "| a busy process a core | 50% / 50% | 100% / 0% | 100% / 0% | 0% / 100% |" in text
    assert "| parallel_map/must_fail | fail | 0.50 | 0.80 | 5 | 2 | 1 | 4.0 |" in text
    assert "Watching the processes cost 1% of a core." in text
    assert "## Wrong verdicts" in text and "/ so it was |" in text  # a bar in a cell would end it
    rows = [row for row in text.splitlines() if row.startswith("|")]
    assert all(row.endswith("|") for row in rows)
    assert "## Wrong verdicts" not in as_markdown(summarise(LINES[:3]), "here")


def test_numbers_are_json():
    assert json.loads(json.dumps(summarise(LINES), allow_nan=False)) == summarise(LINES)


def test_the_plot_shows_every_condition_and_is_the_same_each_time(tmp_path):
    summary = summarise(LINES)
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        save(draw(LINES, summary, "2 usable cores, made up"), "plot", folder)
    figure = draw(LINES, summary, "2 usable cores, made up")
    good, slow, undecided, _ = figure.axes
    assert [label.get_text() for label in good.get_yticklabels()] == ["quiet", "a busy process\na core"]
    # Bars come rule by rule, ours first; in each, one a condition.
    assert [round(bar.get_width()) for bar in good.patches] == [0, 50, 100, 100, 100, 100, 0, 0]
    assert [round(bar.get_width()) for bar in slow.patches] == [0, 50, 0, 0, 0, 0, 100, 100]
    assert [round(bar.get_width()) for bar in undecided.patches] == [33, 0]
    assert figure.get_supxlabel() == "9 verdicts; 2 usable cores, made up"
    assert "a busy process a core: 3 of 6 wrong, 0 undecided" in figure.description
    assert np.asarray(Image.open(tmp_path / "one" / "plot.png").convert("L")).std() > 5
    assert (tmp_path / "one" / "plot.svg").read_bytes() == (tmp_path / "two" / "plot.svg").read_bytes()

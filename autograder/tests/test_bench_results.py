"""The results that are kept in the repository: they say what their lines say, and the lines say no error."""

from __future__ import annotations

import json

import pytest

from autograder.bench.cli import RESULTS
from autograder.bench.curve import ALL, FAR, VERDICTS, curves, efficiencies, worst
from autograder.bench.summary import as_markdown, summarise
from autograder.bench.verdicts import LINES, is_wrong, read_lines
from autograder.verdict import Rule, undecided

ON_FILE = read_lines(RESULTS / LINES)
KEPT = json.loads((RESULTS / "results.json").read_text())


def test_the_tables_are_those_of_the_lines():
    told = json.loads(json.dumps(summarise(ON_FILE)))
    assert {name: KEPT[name] for name in told} == told
    assert (RESULTS / "table.md").read_text().startswith(as_markdown(told, KEPT["machine"]))


def test_no_verdict_on_file_is_wrong():
    assert [line["reason"] for line in ON_FILE if is_wrong(line)] == []
    assert KEPT["all"]["wrong"] == 0


def test_the_rule_that_marks_today_gives_the_verdicts_on_file():
    """From the recorded runs to the same verdict: nobody has moved a bar since. Never to the other one."""
    tried = 0
    for line in ON_FILE:
        if line["reason"].startswith(("Fast enough", "Too slow")):
            (values,) = efficiencies([line]).values()
            seen, bar = undecided(values[0], Rule(line["threshold"])), line["threshold"]
            # Times are on file to 0.1 ms, so a verdict by a hair may miss its bar by one.
            right = seen.low >= 0.99 * bar if line["verdict"] == "pass" else seen.high < 1.01 * bar
            assert right, line["reason"]
            tried += 1
    assert tried > 0.8 * len(ON_FILE)


def test_made_verdicts_from_these_blocks_are_hardly_ever_wrong():
    """At 15% from the threshold and beyond: at most one in ten thousand."""
    relatives = [0.7, 1 - FAR, 1 + FAR, 1.3]
    told = curves(ON_FILE, relatives, VERDICTS, conditions=())[ALL]
    assert worst(told) <= 1e-4
    kept = {one["relative"]: one for one in KEPT["made"][ALL]}
    for one in told:
        assert one == pytest.approx(kept[one["relative"]], abs=1e-4)

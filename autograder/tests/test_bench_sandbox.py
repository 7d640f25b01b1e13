"""The bench of the sandbox runs and leaves nothing; how long anything takes is not asserted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.sandbox import cgroups

COMMAND = str(Path(sys.executable).with_name("autograder"))

pytestmark = pytest.mark.usefixtures("leaves_nothing")


def bench(*arguments: str) -> str:
    command = [COMMAND, "bench", "sandbox", "-n", "1", "--processes", "3", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_each_way_is_measured() -> None:
    measured = json.loads(bench("--json"))
    ways = ["on", "off"] if cgroups.usable()[0] else ["off"]
    seen = [(row["what"], row["cgroup"]) for row in measured["rows"]]
    kill = "kill of 3 processes, until seen empty"
    for way in ways:
        for what in ("box, until its runner says so", "box, above bare Python", kill):
            assert (what, way) in seen
    assert len(seen) == 1 + 3 * len(ways)
    assert all(row["median_seconds"] <= row["highest_seconds"] for row in measured["rows"])


def test_a_person_gets_a_table_and_what_holds_a_box() -> None:
    said = bench()
    assert "Medians of 1, in milliseconds" in said and "until seen empty" in said
    assert "The kernel holds the number of processes" in said

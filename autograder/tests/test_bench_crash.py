"""The bench that kills graders: what it counts, and one real kill."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from autograder.bench.cli import app
from autograder.bench.crash import as_markdown, is_good

GOOD = {
    "trial": 1, "seed": 1, "students": 20, "moment": 3.0, "killed": True, "at": "verdicts were stored",
    "stored": 4, "recorded": 0, "resumed": 0, "seconds": 9.0, "lost": 0, "judged_again": 0, "doubled": 0,
    "wrong_marks": 0, "left": [],
}  # fmt: skip


@pytest.mark.parametrize(
    "bad",
    [
        {"lost": 1},
        {"judged_again": 2},
        {"doubled": -1},
        {"wrong_marks": 1},
        {"left": ["python"]},
        {"resumed": 1},
    ],
)
def test_whatever_is_lost_doubled_or_left_is_bad(bad):
    assert is_good(GOOD) and is_good(GOOD | {"resumed": 3})
    assert not is_good(GOOD | bad)


def test_the_table_sums_by_what_the_kill_has_found():
    table = as_markdown([GOOD, GOOD | {"lost": 2, "left": ["a", "b"]}, GOOD | {"killed": False}], "a machine")
    assert "| verdicts were stored | 2 | 2 | 0 | 0 | 0 | 2 |" in table
    assert "| nothing was stored | 0 |" in table
    assert "kill -9 at 2 random moments, class of 20. 1 more moments came" in table


@pytest.mark.slow
def test_real_kills_lose_and_double_nothing_and_are_not_done_again(tmp_path):
    words = ["crash", "--kills", "2", "--students", "4", "--out", str(tmp_path)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    lines = (tmp_path / "crash.jsonl").read_text()
    assert lines.count("\n") == 2
    assert CliRunner().invoke(app, words).exit_code == 0
    assert (tmp_path / "crash.jsonl").read_text() == lines

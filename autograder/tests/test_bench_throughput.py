"""The bench of throughput: the same class twice, marks that must be right, and a table that divides."""

from __future__ import annotations

import json
import sys

import pytest
from typer.testing import CliRunner

from autograder.bench.cli import app
from autograder.bench.in_kernel import assert_all
from autograder.bench.plan import BenchError
from autograder.bench.throughput import answered, as_markdown, measure
from autograder.course import Course, find_root

ROOT = find_root()


def test_answers_are_right_differ_by_student_and_lose_their_markers():
    path = ROOT / "solutions" / "00-why" / "why.ipynb"
    ada, ben = (answered(json.loads(path.read_text()), name) for name in ("ada", "ben"))
    sources = {"".join(cell["source"]) for made in (ada, ben) for cell in made["cells"]}
    modules = [text for text in sources if text.startswith("%%writefile")]
    assert len(modules) == 6 and not [text for text in modules if "SOLUTION" in text]


def test_checks_in_a_kernel_are_the_same_cases_and_catch_a_wrong_answer(monkeypatch):
    monkeypatch.chdir(ROOT / "solutions" / "00-why")
    assert_all("amdahl", right)
    with pytest.raises(AssertionError, match="expected"):
        assert_all("amdahl", lambda serial_fraction, workers: right(serial_fraction, workers) + 1)


def right(serial_fraction, workers):
    if not 0 <= serial_fraction <= 1 or workers < 1:
        raise ValueError(f"serial_fraction {serial_fraction}, workers {workers}")
    return 1 / (serial_fraction + (1 - serial_fraction) / workers)


def test_a_way_that_fails_or_marks_wrongly_is_no_result(tmp_path):
    command = [sys.executable, "-c", "print('no mark')"]
    with pytest.raises(BenchError, match=r"0 of 3 graded, exit status 0.*no mark"):
        measure("a way", command, tmp_path, tmp_path / "gradebook.db", lambda: 0, 3, 6.0, 60.0)


def test_the_table_divides_the_rates():
    way = {"name": "ours", "submissions": 20, "seconds": 10.0, "memory_quarter": 1.0, "memory_end": 2.0}
    told = {"unit": "00-why", "at": "today", "machine": "a machine", "ways": [way, way | {"seconds": 45.0}]}
    assert "| ours | 20 | 10.0 | 120.0 | 1 | 2 |" in as_markdown(told)
    assert "4.5 times stock's throughput" in as_markdown(told)


def test_a_unit_that_marks_speed_is_refused():
    done = CliRunner().invoke(app, ["throughput", "-n", "1", "--unit", "02-pool"])
    assert done.exit_code == 2 and Course(ROOT).unit("02-pool").exercises["parallel_map"].speed


@pytest.mark.slow
def test_a_real_class_is_graded_by_both(tmp_path):
    done = CliRunner().invoke(app, ["throughput", "-n", "2", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    ours, stock = json.loads((tmp_path / "results.json").read_text())["ways"]
    assert ours["submissions"] == stock["submissions"] == 2
    assert ours["memory_end"] > 20 and stock["memory_end"] > 20

"""The table of right answers accepted and wrong ones caught: counted by what the heads say."""

from __future__ import annotations

import json

import pytest

from autograder.bench.checks import answers, as_markdown, judge, key_of, rows, run
from autograder.bench.record import read_lines


@pytest.fixture
def corpus(tmp_path):
    folder = tmp_path / "corpus" / "00-unit" / "half"
    folder.mkdir(parents=True)
    (folder / "good.py").write_text("# correct: yes\n\n1\n")
    (folder / "wrong_a.py").write_text("# correct: no\n# caught by: values\n\n2\n")
    (folder / "wrong_b.py").write_text("# correct: no\n# caught by: order\n\n3\n")
    return answers(folder=tmp_path / "corpus")


def told(unit, name, text):
    return "yes" in text, {"values"}


def test_a_wrong_answer_counts_as_caught_only_by_the_finding_that_its_head_names(corpus):
    (row,) = rows([judge(answer, told) for answer in corpus])
    assert (row.right, row.accepted, row.wrong, row.caught) == (1, 1, 2, 1)
    assert row.missed == ("wrong_b",) and row.seconds is not None
    table = as_markdown([row], "a machine")
    assert table.startswith("# ")
    assert "| 00-unit half | 1 of 1 | 1 of 2 |" in table and "| all | 1 of 1 | 1 of 2 | |" in table


def test_only_the_exercises_that_are_asked_for(corpus):
    assert answers(["other"], corpus[0].path.parents[2]) == []
    assert rows([]) == []


def test_each_answer_is_on_file_and_its_digest_changes_with_the_checks(corpus, tmp_path):
    checks, path = tmp_path / "checks.py", tmp_path / "lines.jsonl"
    checks.write_text("1")
    waiting = [(answer, answer.digest(checks)) for answer in corpus]
    assert list(run(waiting, told, path, 2, minutes=0)) == [] and not path.exists()
    lines = list(run(waiting, told, path, 2))
    assert read_lines(path, key_of) == lines and json.loads(path.read_text().splitlines()[0]) == lines[0]
    checks.write_text("2")
    assert all(answer.digest(checks) != digest for answer, digest in waiting)


def test_an_interrupted_bench_keeps_what_it_has_judged(corpus, tmp_path):
    def stops(unit, name, text):
        if "order" in text:
            raise KeyboardInterrupt
        return told(unit, name, text)

    path = tmp_path / "lines.jsonl"
    with pytest.raises(KeyboardInterrupt):
        list(run([(answer, "") for answer in corpus], stops, path, 1))
    assert [line["answer"] for line in read_lines(path, key_of)] == ["good", "wrong_a"]

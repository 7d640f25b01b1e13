"""The table of right answers accepted and wrong ones caught: counted by what the heads say."""

from __future__ import annotations

from autograder.bench.checks import table


def test_a_wrong_answer_counts_as_caught_only_by_the_finding_that_its_head_names(tmp_path):
    folder = tmp_path / "00-unit" / "half"
    folder.mkdir(parents=True)
    (folder / "good.py").write_text("# correct: yes\n\n1\n")
    (folder / "wrong_a.py").write_text("# correct: no\n# caught by: values\n\n2\n")
    (folder / "wrong_b.py").write_text("# correct: no\n# caught by: order\n\n3\n")
    (row,) = table(lambda unit, name, text: ("yes" in text, {"values"}), folder=tmp_path)
    assert (row.right, row.accepted, row.wrong, row.caught) == (1, 1, 2, 1)
    assert row.missed == ("wrong_b",)
    assert table(lambda *told: (True, set()), ["other"], tmp_path) == []

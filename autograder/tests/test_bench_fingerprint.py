"""A fingerprint changes with all that a speed verdict rests on, and with nothing else."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from autograder.bench import fingerprint as prints
from autograder.bench.fingerprint import fingerprint

CHECKS = """
from autograder import tasks

HINT = "try again"
ITEMS = 10
OTHERS = 3


def half(number):
    return number // 2


class Mine:
    def cases(self):
        return HINT

    def work(self):
        return tasks.Digest(half(ITEMS)), "run"


class Other:
    def work(self):
        return tasks.Large(OTHERS)
"""
TASKS = "def chain(x):\n    return x\n\nclass Digest:\n    run = chain\n\nclass Large:\n    size = 1\n"
IDEAL = "def run(items):\n    return _shares(items)\n\ndef _shares(items):\n    return items\n"
WHOLE = "def measure():\n    'Measure.'\n    return 1\n"


@pytest.fixture
def house(tmp_path, monkeypatch):
    """Return a function from edits (file, old, new) to the fingerprint of the edited house."""

    def made(*edits):
        for name, text in {"checks": CHECKS, "tasks": TASKS, "ideal": IDEAL, "whole": WHOLE}.items():
            for file, old, new in edits:
                if file == name:
                    assert old in text
                    text = text.replace(old, new)
            (tmp_path / f"{name}.py").write_text(text)
        modules = [SimpleNamespace(__file__=str(tmp_path / f"{name}.py")) for name in ("ideal", "tasks")]
        monkeypatch.setattr(prints, "_IN_PART", modules)
        monkeypatch.setattr(prints, "_WHOLE", [SimpleNamespace(__file__=str(tmp_path / "whole.py"))])
        return fingerprint("def f(): pass", "Mine", tmp_path / "checks.py")

    return made


@pytest.mark.parametrize(
    "edit",
    [
        ("whole", "return 1", "return 2"),
        ("checks", "ITEMS = 10", "ITEMS = 11"),
        ("checks", "number // 2", "number // 3"),
        ("tasks", "return x", "return x + 1"),
        ("ideal", "return items", "return items[:1]"),
    ],
)
def test_what_was_used_counts(house, edit):
    assert house(edit) != house()


@pytest.mark.parametrize(
    "edit",
    [
        ("whole", "'Measure.'", "'Measure it.'"),
        ("whole", "return 1", "return 1  # one"),
        ("checks", "try again", "think again"),
        ("checks", "OTHERS = 3", "OTHERS = 4"),
        ("tasks", "size = 1", "size = 2"),
    ],
)
def test_what_was_not_used_does_not_count(house, edit):
    assert house(edit) == house()


def test_the_answer_counts(house, tmp_path):
    house()
    assert fingerprint("def f(): ...", "Mine", tmp_path / "checks.py") != house()

"""Drivers make what cannot be sent, call the answer with it, and take it away again."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from autograder.drivers import Driver, Files

pytestmark = pytest.mark.usefixtures("leaves_nothing")

HASH = """
from hashlib import sha256
from pathlib import Path

def answer(paths, workers):
    return {path: (workers, sha256(Path(path).read_bytes()).hexdigest()) for path in paths}
"""


def test_a_driver_calls_the_answer_and_its_own_errors_are_the_answers(call: Any) -> None:
    run = call("def answer(paths, workers):\n    raise KeyError(len(paths))", Files("key", (10, 10), 3))
    assert (run.outcome.error, run.outcome.text) == ("KeyError", "2")


def test_files_are_read_by_number_and_are_what_they_say(call: Any) -> None:
    files = Files("a key", (100, 1000), workers=3)
    expected = {
        number: (3, sha256(files.beginning(number).ljust(size, b"\0")).hexdigest())
        for number, size in enumerate(files.sizes)
    }
    assert call(HASH, files).outcome.value == expected


def test_what_is_no_dict_of_paths_comes_back_as_it_is(call: Any) -> None:
    files = Files("key", (100,), 1)
    assert call("def answer(paths, workers):\n    return workers", files).outcome.value == 1
    assert call("def answer(paths, workers):\n    return {1: 2}", files).outcome.value == {1: 2}


def test_large_files_take_no_room_and_are_gone_afterwards(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    seen = []

    def function(paths: list[str], workers: int) -> None:
        seen.extend(Path(path).stat() for path in paths)

    Files("key", (1 << 30,), 1).drive(function)
    assert seen[0].st_size == 1 << 30 and seen[0].st_blocks * 512 < 1 << 20
    assert list(tmp_path.iterdir()) == []


def test_a_driver_that_says_nothing_is_an_error() -> None:
    with pytest.raises(NotImplementedError):
        Driver().drive(print)

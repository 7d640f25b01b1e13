"""Drivers make what cannot be sent, call the answer with it, and take it away again."""

from __future__ import annotations

import threading
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from autograder.drivers import Driver, Files, Sampled, WatchedFiles
from autograder.tasks import DigestsBeginning, KeepsInterpreter, RaisesForAll, WaitsForLongResult

pytestmark = pytest.mark.usefixtures("leaves_nothing")
methods = pytest.mark.parametrize("start_method", ["fork", "spawn", "forkserver"])

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


def test_a_file_may_be_shorter_than_its_beginning_and_one_may_be_missing(call: Any) -> None:
    files = Files("a key", (0, 3), workers=1, missing=True)
    text = """
        from pathlib import Path

        def answer(paths, workers):
            return {path: Path(path).read_bytes() if Path(path).exists() else None for path in paths}
    """
    assert call(text, files).outcome.value == {0: b"", 1: b"a k", 2: None}


# Who does it -----------------------------------------------------------------------------------------

THREADS = """
from threading import Barrier, Thread

def answer(paths, workers):
    for _ in range(3):  # each time as many at once, and the calling thread beside them
        all_there = Barrier(workers + 1)
        threads = [Thread(target=all_there.wait) for _ in range(workers)]
        for thread in threads:
            thread.start()
        all_there.wait()
        for thread in threads:
            thread.join()
"""
PROCESSES = {
    "ended": """
        from multiprocessing import Pool

        def answer(paths, workers):
            with Pool(workers) as pool:
                pool.map(abs, [1, 2, 3])
    """,
    "left": """
        import subprocess, sys

        def answer(paths, workers):
            subprocess.Popen(["sleep", "60"])
    """,
    "another program": """
        import subprocess

        def answer(paths, workers):
            subprocess.run(["true"])
    """,
}


@pytest.mark.parametrize("workers", [1, 7])
def test_the_most_threads_at_once_are_counted(call: Any, workers: int) -> None:
    value = call(THREADS, WatchedFiles("key", (10,), workers)).outcome.value
    assert value == {"digests": None, "threads": workers, "processes": False}


def test_watched_files_are_files(call: Any) -> None:
    files = WatchedFiles("key", (100, 1000), 2)
    plain = call(HASH, Files(files.key, files.sizes, files.workers)).outcome.value
    seen = call(HASH, files).outcome.value
    assert seen == {"digests": plain, "threads": 0, "processes": False} and len(plain) == 2


@methods
@pytest.mark.parametrize("text", PROCESSES.values(), ids=PROCESSES)
def test_processes_are_seen_whether_they_have_ended_or_not(call: Any, text: str, start_method: str) -> None:
    run = call(text, WatchedFiles("key", (10,), 2), start_method=start_method)
    assert run.outcome.value["processes"] is True


def test_no_hook_stays_after_a_watched_call() -> None:
    def fails(paths: list[str], workers: int) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        WatchedFiles("key", (10,), 2).drive(fails)
    assert threading.getprofile() is None


# Which items are tried -------------------------------------------------------------------------------

SAMPLE = """
from multiprocessing import Pool

def answer(func, items, workers):
    with Pool(workers) as pool:
        func(items[0])
        return pool.map(func, items[1:3], chunksize=1)
"""


@methods
def test_calls_are_noted_in_whatever_process_they_are_made(call: Any, start_method: str) -> None:
    task = WaitsForLongResult(0.02, 5)
    value = call(SAMPLE, Sampled(task, 10, 2), start_method=start_method).outcome.value
    assert value["answer"] == [(1, bytes(5)), (2, bytes(5))]
    assert sorted((number, elsewhere) for number, _, _, elsewhere in value["calls"]) == [
        (0, False),
        (1, True),
        (2, True),
    ]
    assert all(ended - begun >= 0.02 for _, begun, ended, _ in value["calls"])


def test_items_may_have_pages_and_calls_that_fail_are_noted_too(call: Any) -> None:
    text = """
        def answer(func, items, workers):
            try:
                func(items[1])
            except LookupError as error:
                return [str(error), len(items), items[2], workers]
            return func(items[1])
    """
    value = call(text, Sampled(RaisesForAll("bad luck"), 3, 2, page=4)).outcome.value
    assert value["answer"] == ["bad luck", 3, (2, bytes(4)), 2]
    assert [(number, elsewhere) for number, _, _, elsewhere in value["calls"]] == [(1, False)]
    value = call(text, Sampled(DigestsBeginning("key", 2), 3, 2, page=4)).outcome.value
    assert value["answer"] == sha256(b"key:1:" + bytes(2)).hexdigest()[:16]


def test_a_function_that_is_never_called_leaves_no_calls(call: Any) -> None:
    text = "def answer(func, items, workers):\n    return len(items)"
    assert call(text, Sampled(KeepsInterpreter(0.1), 0, 1)).outcome.value == {"answer": 0, "calls": []}


def test_who_keeps_the_interpreter_lets_no_other_thread_on_and_burns_nothing(call: Any) -> None:
    """Four calls in four threads come one after the other, in four processes side by side."""
    text = """
        from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
        from time import perf_counter, process_time

        def answer(func, items, workers):
            seconds = []
            for kind in ThreadPoolExecutor, ProcessPoolExecutor:
                with kind(workers) as pool:
                    list(pool.map(func, items))  # the first time starts the workers
                    begun, burnt = perf_counter(), process_time()
                    assert list(pool.map(func, items)) == items
                    seconds += [perf_counter() - begun, process_time() - burnt]
            return seconds
    """
    threads, burnt, processes, _ = call(text, Sampled(KeepsInterpreter(0.2), 4, 4)).outcome.value["answer"]
    assert threads >= 0.8 and burnt < 0.4 and processes < threads

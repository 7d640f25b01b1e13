"""Drivers of what processes share: they see what an answer did, and take away what they made."""

from __future__ import annotations

import os
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import Any

import numpy
import pytest

from autograder.drivers_shared import Gathering, Matrix, Scores, Texts
from autograder.protocol import Opaque
from autograder.site import most_open
from autograder.tasks import Digest, FailsAtRow, RowDigest, RowTimes, Signed, SlowText, notes

pytestmark = pytest.mark.usefixtures("leaves_nothing")
methods = pytest.mark.parametrize("start_method", ["fork", "spawn", "forkserver"])
bubblewrap = pytest.mark.parametrize("sandbox", ["bubblewrap"], indirect=True)

# Gathering -------------------------------------------------------------------------------------------

GATHER = """
from multiprocessing import Manager, Process

def keep(func, items, results):
    for item in items:
        results[item] = func(item)

def answer(func, items, processes):
    with Manager() as manager:
        results = manager.dict()
        worker = Process(target=keep, args=(func, items, results))
        worker.start()
        worker.join()
        return results{}
"""


@bubblewrap
@methods
def test_gathering_tells_who_computed_and_how_many_managers_there_were(call: Any, start_method: str) -> None:
    run = call(GATHER.format(".copy()"), Gathering(Signed("key"), (1, 2), 1), start_method=start_method)
    values, managers, caller = run.outcome.value
    assert {item: digest for item, (digest, _) in values.items()} == {
        1: Digest("key")(1),
        2: Digest("key")(2),
    }
    assert managers == 1 and caller not in {process for _, process in values.values()}
    assert run.left == ()


@bubblewrap
def test_gathering_sees_that_the_caller_did_it_alone(call: Any) -> None:
    text = "def answer(func, items, processes):\n    return {item: func(item) for item in items}"
    values, managers, caller = call(text, Gathering(Signed("key"), (1,), 1)).outcome.value
    assert managers == 0 and values == {1: (Digest("key")(1), caller)}


@bubblewrap
def test_a_proxy_whose_manager_is_gone_comes_back_as_no_data(call: Any) -> None:
    value = call(GATHER.format(""), Gathering(Signed("key"), (1, 2), 1)).outcome.value[0]
    assert isinstance(value, Opaque) and value.type_name == "DictProxy"


# Scores ----------------------------------------------------------------------------------------------

REASSIGN = """
def answer(scores, student, score):
    scores[student] = [*scores.get(student, []), score]
"""
APPEND = """
def answer(scores, student, score):
    scores[student].append(score)
"""
WHOLE = """
def answer(scores, student, score):
    everybody = scores.copy()
    everybody.setdefault(student, []).append(score)
    scores.update(everybody)
"""
CALLS = tuple((student, score) for score in range(3) for student in "abcde")


@bubblewrap
@methods
def test_scores_are_what_another_process_sees(call: Any, start_method: str) -> None:
    scores = Scores({"a": [1]}, (("a", 2), ("b", 3), ("a", 4)))
    run = call(REASSIGN, scores, start_method=start_method)
    assert run.outcome.value == {"a": [1, 2, 4], "b": [3]} and run.left == ()
    assert call(APPEND, Scores({"a": [1]}, (("a", 2),)), start_method=start_method).outcome.value == {
        "a": [1]
    }


@bubblewrap
@methods
def test_scores_added_at_once_are_lost_for_certain_by_who_writes_back_more_than_its_own(
    call: Any, start_method: str
) -> None:
    right = {student: [0, 1, 2] for student in "abcde"}
    assert call(REASSIGN, Scores({}, CALLS, at_once=True), start_method=start_method).outcome.value == right
    assert call(WHOLE, Scores({}, CALLS, at_once=True), start_method=start_method).outcome.value != right


@bubblewrap
def test_what_the_answer_raises_in_another_process_is_raised_with_its_line(call: Any) -> None:
    run = call(APPEND, Scores({}, (("nobody", 1),)))
    assert (run.outcome.error, run.outcome.text) == ("KeyError", "'nobody'")
    assert "scores[student].append(score)" in run.outcome.where and run.left == ()


@bubblewrap
def test_a_process_that_ends_without_an_answer_is_an_error(call: Any) -> None:
    run = call("import os\ndef answer(*all):\n    os._exit(3)", Scores({}, (("a", 1),)))
    assert run.outcome.error == "RuntimeError" and "exit code 3" in run.outcome.text


# Texts -----------------------------------------------------------------------------------------------

COUNT = """
from multiprocessing import Pool

def length(text):
    return len(text.split())

def answer(texts, processes):
    with Pool(processes) as pool:
        return pool.map(length, texts, chunksize=1)
"""


@bubblewrap
@methods
def test_texts_tell_when_they_were_split(call: Any, start_method: str) -> None:
    run = call(COUNT, Texts(("a b", "c", "d e f", ""), 2, seconds=0.05), start_method=start_method)
    lengths, times = run.outcome.value
    assert lengths == [2, 1, 3, 0] and len(times) == 4 and run.left == ()
    assert most_open(times) <= 2 and all(ended - begun >= 0.05 for begun, ended in times)


@bubblewrap
@methods
def test_texts_whose_workers_meet_go_on_at_the_same_moment(call: Any, start_method: str) -> None:
    texts = Texts(("a", "b", "c"), 3, meet=3, seconds=0.2)
    run = call(COUNT, texts, start_method=start_method)
    assert most_open(run.outcome.value[1]) == 3


def test_a_slow_text_is_a_str_and_splits_like_one(tmp_path: Path) -> None:
    text = SlowText(" a,b  c\n", rounds=3, folder=str(tmp_path))
    assert text == " a,b  c\n" and text.split() == ["a,b", "c"] and text.split(",", 1) == [" a", "b  c\n"]
    assert len(notes(str(tmp_path), "split")) == 2


def test_a_slow_text_waits_in_vain_only_for_a_moment(tmp_path: Path) -> None:
    """Nobody else comes, so it goes on without them: a worker that does it all alone is no deadlock."""
    text = SlowText("a b", folder=str(tmp_path), meet=2)
    assert text.split() == ["a", "b"] and text.split() == ["a", "b"]
    (first, waited), (second, ended) = sorted(times for _, times in notes(str(tmp_path), "split"))
    assert waited - first >= 2.0 > ended - second


# Matrix ----------------------------------------------------------------------------------------------

ROWS = """
from multiprocessing import Process
from multiprocessing.shared_memory import SharedMemory
import numpy

def work(func, name, shape, dtype):
    block = SharedMemory(name)
    for row in numpy.ndarray(shape, dtype, buffer=block.buf):
        row[:] = func(row)

def answer(func, name, shape, dtype, processes):
    worker = Process(target=work, args=(func, name, shape, dtype))
    worker.start()
    worker.join()
    {}
"""


def expected(driver: Matrix) -> bytes:
    """What each row of the driver's matrix becomes, computed without any block."""
    numbers = numpy.frombuffer(driver.numbers(), numpy.uint8).astype(driver.dtype).reshape(driver.shape)
    return b"".join(driver.func(row).tobytes() for row in numbers)


@bubblewrap
@pytest.mark.parametrize(
    ("start_method", "dtype", "form"),
    [
        ("fork", "uint8", "text"),
        ("fork", "float32", "type"),
        ("spawn", "float64", "text"),
        ("forkserver", "int32", "dtype"),
    ],
)
def test_a_matrix_is_mapped_in_place_and_its_block_outlives_the_workers(
    call: Any, start_method: str, dtype: str, form: str
) -> None:
    """Workers that attach and end do not take the block along, whatever their resource tracker thinks."""
    driver = Matrix(RowDigest("key", 2), (5, 3), dtype, 1, "content", form, spare=16)
    run = call(ROWS.format(""), driver, start_method=start_method)
    matrix, behind, there, written = run.outcome.value
    assert matrix == expected(driver) and behind == b"\xa5" * 16 and there is True and written < 100_000
    assert run.left == ()


@bubblewrap
def test_a_block_that_the_answer_unlinks_is_missed(call: Any) -> None:
    run = call(
        ROWS.format("SharedMemory(name).unlink()"), Matrix(RowDigest("key"), (2, 3), "uint8", 1, "content")
    )
    assert run.outcome.value[2] is False


SENDS = """
from multiprocessing import Pool
from multiprocessing.shared_memory import SharedMemory
import numpy

def rows(name, shape, dtype):
    block = SharedMemory(name)
    return numpy.array(numpy.ndarray(shape, dtype, buffer=block.buf))

def answer(func, name, shape, dtype, processes):
    with Pool(1) as pool:
        pool.apply({})
        pool.close()
        pool.join()
"""


@bubblewrap
@pytest.mark.parametrize("task", ["len, (rows(name, shape, dtype),)", "rows, (name, shape, dtype)"])
def test_rows_that_are_sent_are_seen(call: Any, task: str) -> None:
    """To the workers, or back from them."""
    driver = Matrix(RowDigest("key"), (20, 100_000), "uint8", 1, "content")
    *_, written = call(SENDS.format(task), driver).outcome.value
    assert written > 2_000_000


@bubblewrap
def test_a_matrix_without_rows_is_a_matrix(call: Any) -> None:
    matrix, _, there, _ = call(ROWS.format(""), Matrix(RowDigest("key"), (0, 3), "int64", 1)).outcome.value
    assert (matrix, there) == (b"", True)


def test_the_block_is_gone_when_the_call_is_over_even_if_it_failed() -> None:
    seen = []

    def function(func: Any, name: str, *rest: Any) -> None:
        seen.append(name)
        raise KeyError

    with pytest.raises(KeyError):
        Matrix(RowDigest("key"), (2, 3), "uint8", 1).drive(function)
    with pytest.raises(FileNotFoundError):
        SharedMemory(seen[0])


def test_tasks_do_what_they_say() -> None:
    row = numpy.array([5, 0, 0, 0])
    product, _, begun, ended = RowTimes(0.01)(row)
    assert product == 15 and ended - begun >= 10_000
    assert FailsAtRow(6, "note")(row) is row
    with pytest.raises(LookupError, match="note"):
        FailsAtRow(5, "note", seconds=0.0)(row)
    one, other = (RowDigest(key)(row) for key in ("a", "b"))
    assert one.dtype == row.dtype and one.shape == row.shape and (one != other).any()
    assert (RowDigest("a")(row + 1) != one).any()
    assert Signed("key")(1) == (Digest("key")(1), os.getpid())

"""The recorder tells who ran what and when, under every start method."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import time
from itertools import pairwise
from operator import add

import pytest

from autograder.timeline import Record, by_worker, recorded


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_records_come_back_from_workers_with_their_results(method):
    before = time.perf_counter()
    with multiprocessing.get_context(method).Pool(2) as pool:
        records = pool.map(recorded(abs), range(-4, 0), chunksize=1)
    after = time.perf_counter()
    assert [(record.task, record.result) for record in records] == [(-4, 4), (-3, 3), (-2, 2), (-1, 1)]
    assert os.getpid() not in {record.worker for record in records}
    # The workers' clock is ours: each call lies between our two looks at it.
    assert all(before < record.start <= record.end < after for record in records)


def test_tasks_of_one_worker_do_not_overlap():
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        records = list(pool.imap_unordered(recorded(time.sleep), [0.01] * 10))
    rows = by_worker(records)
    assert sum(map(len, rows.values())) == 10
    for row in rows.values():
        assert all(earlier.end <= later.start for earlier, later in pairwise(row))


def test_a_call_takes_as_long_as_its_function():
    assert recorded(time.sleep)(0.02).seconds >= 0.02


def test_several_arguments_are_kept_as_a_tuple():
    record = recorded(add)(2, 3)
    assert (record.task, record.result) == ((2, 3), 5)


def test_an_exception_passes_through():
    with pytest.raises(ZeroDivisionError):
        recorded(divmod)(1, 0)


def test_records_and_recorders_survive_pickling():
    record = Record("a", [1], 42, 0.5, 1.5)
    assert pickle.loads(pickle.dumps(record)) == record
    assert pickle.loads(pickle.dumps(recorded(abs))) == recorded(abs)


def test_the_worker_that_began_first_comes_first_and_its_tasks_are_in_order_of_time():
    records = [Record("c", 0, 1, 3.0, 4.0), Record("b", 0, 2, 2.0, 5.0), Record("a", 0, 1, 1.0, 2.0)]
    assert [[record.task for record in row] for row in by_worker(records).values()] == [["a", "c"], ["b"]]


def test_no_record_gives_no_row():
    assert by_worker([]) == {}

"""The piece is timed on every core, by the thread that calls, and tells a slow core from a fast one."""

from __future__ import annotations

import os
import threading

import pytest

from autograder import pace
from autograder.pace import Pace


def in_a_thread(work):
    """Its affinity is its own; the test's is left alone."""
    told = []
    thread = threading.Thread(target=lambda: told.append(work()))
    thread.start()
    thread.join()
    return told[0]


def test_the_thread_goes_round_the_cores_and_the_process_stays():
    mine = os.sched_getaffinity(0)

    def round_them():
        one, seen = Pace(), []
        for _ in mine:
            one.move()
            seen.append(os.sched_getaffinity(0))
        return seen

    seen = in_a_thread(round_them)
    assert all(len(cores) == 1 for cores in seen)
    assert set.union(*seen) == mine == os.sched_getaffinity(0)


def test_more_work_takes_more_seconds(monkeypatch):
    def time_it():
        one = Pace()
        assert one.seconds() == 0.0
        for _ in range(40):
            one.move()
            one.time_piece()
        return one.seconds()

    short = in_a_thread(time_it)
    monkeypatch.setattr(pace, "_ROUNDS", 20 * pace._ROUNDS)
    assert in_a_thread(time_it) > 5 * short > 0


def test_cores_count_alike_however_often_each_was_tried():
    one = Pace()
    one._seen = {0: [1.0, 1.0, 1.0], 1: [3.0]}
    assert one.seconds() == pytest.approx(2.0)
    one.forget()
    assert one.seconds() == 0.0

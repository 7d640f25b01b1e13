"""The recorder of CPU use sees who was busy, under every start method, and leaves nothing behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from itertools import pairwise

import psutil
import pytest

from autograder.cpu_use import CpuUse, look, look_by_psutil, merge, watch_cpu

CPU_SECONDS = 0.3


def burn(seconds: float) -> float:
    """Use so much CPU time, however long it takes."""
    start = time.process_time()
    while time.process_time() - start < seconds:
        pass
    return time.process_time() - start


def test_cpu_time_of_this_process_is_counted_and_is_one_core_at_most():
    with watch_cpu() as use:
        burn(CPU_SECONDS)
    assert CPU_SECONDS <= use.cpu[os.getpid()][-1] <= use.seconds * 1.1
    assert next(iter(use.by_name())) == "your process"


def test_waiting_is_not_use():
    with watch_cpu() as use:
        threading.Event().wait(0.5)
    assert use.seconds >= 0.5
    assert use.cpu_seconds < 0.25


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_workers_are_seen_each_with_its_own_time(method):
    with multiprocessing.get_context(method).Pool(2) as pool:
        with watch_cpu() as use:
            pids = {pool.apply(os.getpid) for _ in range(2)}
            used = pool.map(burn, [CPU_SECONDS] * 2, chunksize=1)
        assert pids <= use.cpu.keys()
    workers = {name: times for name, times in use.by_name().items() if name.startswith("worker")}
    assert workers
    assert sum(times[-1] for times in workers.values()) >= sum(used) - 0.05
    assert all(earlier <= later for times in use.cpu.values() for earlier, later in pairwise(times))


def test_workers_that_start_and_end_in_the_block_are_seen():
    with watch_cpu() as use, multiprocessing.get_context("fork").Pool(1) as pool:
        pool.map(burn, [CPU_SECONDS])
    (worker,) = [times[-1] for name, times in use.by_name().items() if name == "worker 1"]
    assert worker >= CPU_SECONDS - 0.15  # what it did after the last look at it is lost


@pytest.fixture
def one_core():
    """Keep this process and all that it starts on one core."""
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("only Linux keeps a process on one core and tells how long it waited for it")
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    yield
    os.sched_setaffinity(0, before)


@pytest.mark.usefixtures("one_core")
def test_two_on_one_core_keep_one_busy_and_ask_for_two_and_one_asks_for_one():
    """Whatever else runs on that core: less work, more waiting."""
    with multiprocessing.get_context("fork").Pool(2) as pool:
        with watch_cpu() as two:
            pool.map(burn, [CPU_SECONDS] * 2, chunksize=1)
        with watch_cpu() as one:
            pool.map(burn, [CPU_SECONDS])
    assert two.cores < 1.1 < 1.5 < two.asked < 2.5
    assert 0.8 < one.asked < 1.4
    assert all(earlier <= later for earlier, later in pairwise(two.waits))


def test_the_watcher_does_not_count_itself_and_is_gone_at_the_end():
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    with watch_cpu() as use:
        (watcher,) = {child.pid for child in psutil.Process().children(recursive=True)} - before
    assert watcher not in use.cpu
    assert not psutil.pid_exists(watcher)


def test_an_exception_passes_through_and_the_watcher_is_gone():
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    with pytest.raises(ZeroDivisionError), watch_cpu() as use:
        1 / 0  # noqa: B018
    assert use.times == []
    assert {child.pid for child in psutil.Process().children(recursive=True)} == before


@pytest.fixture
def heir():
    """Start, when called, a forked child that holds every pipe open that this process has."""
    children = []

    def start():
        children.append(multiprocessing.get_context("fork").Process(target=signal.pause))
        children[-1].start()

    yield start
    for child in children:
        child.kill()
        child.join()


@pytest.mark.timeout(30)
def test_a_forked_child_that_outlives_the_block_does_not_keep_the_watcher(heir):
    with watch_cpu() as use:
        heir()
    assert len(use.times) >= 2
    with pytest.raises(ZeroDivisionError), watch_cpu():
        heir()
        1 / 0  # noqa: B018


def test_a_watcher_that_dies_is_reported():
    with pytest.raises(RuntimeError, match="exit code"), watch_cpu():
        for child in psutil.Process().children():
            if "autograder.cpu_use" in child.cmdline():
                child.kill()


def test_a_watcher_whose_process_is_gone_ends_by_itself():
    command = [sys.executable, "-m", "autograder.cpu_use", str(os.getpid()), "0.05"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as watcher:
        assert watcher.stdout.readline() == "ready\n"
        watcher.stdin.close()
        assert watcher.wait(timeout=20) == 0


def test_a_module_of_the_readers_folder_does_not_disturb(tmp_path, monkeypatch):
    (tmp_path / "json.py").write_text("raise SystemExit('the wrong json')")
    monkeypatch.chdir(tmp_path)
    with watch_cpu() as use:
        pass
    assert len(use.times) >= 2


def test_without_proc_psutil_tells_the_same():
    with subprocess.Popen(["sh", "-c", "echo here; read word"], stdin=-1, stdout=-1) as child:
        child.stdout.readline()
        told = look_by_psutil(os.getpid())
        assert told[os.getpid()] == pytest.approx(time.process_time(), abs=0.2)
        assert told[child.pid] == pytest.approx(0, abs=0.2)
        assert look(os.getpid()).keys() == told.keys() - {os.getpid()}, "the one who looks is left out"
        child.communicate()


def test_a_process_that_came_later_is_counted_from_its_birth_and_one_that_left_keeps_its_time():
    use = merge([(5.0, {7: 100.0, 8: 2.0}), (6.0, {7: 100.5, 8: 3.0, 9: 0.25}), (7.0, {7: 101.0})])
    assert use.root == 7
    assert use.times == [0, 1, 2]
    assert use.cpu == {7: [0, 0.5, 1.0], 8: [0, 1.0, 1.0], 9: [0, 0.25, 0.25]}
    assert use.cores == pytest.approx(2.25 / 2)


def test_processes_that_did_next_to_nothing_go_together():
    use = CpuUse(1, [0.0, 1.0], {1: [0.0, 0.0], 2: [0.0, 1.0], 3: [0.0, 0.01], 4: [0.0, 0.02]})
    assert use.by_name() == {"your process": [0, 0], "worker 1": [0, 1.0], "others": [0, 0.03]}


def test_where_no_waits_are_told_the_cores_asked_for_are_those_kept_busy():
    use = CpuUse(1, [0.0, 2.0], {1: [0.0, 1.0]})
    assert (use.cores, use.asked) == (0.5, 0.5)
    use.waits = [0.0, 0.5]
    assert (use.cores, use.asked) == (0.5, 0.75)


def test_nothing_seen_is_no_division_by_zero():
    use = CpuUse(1, waits=[0.0])
    assert (use.seconds, use.cores, use.asked) == (0, 0, 0)

"""Loads run before a trial begins, while it runs, and not a moment longer, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace

import psutil
import pytest

from autograder.bench.loads import CONDITIONS, array_bytes, load
from autograder.bench.plan import BenchError
from autograder.machine import usable_cores

LOADED = [condition for condition in CONDITIONS.values() if condition.kind]
pytestmark = pytest.mark.usefixtures("leaves_nothing")


def group(number: int) -> list[psutil.Process]:
    """Living processes of a process group."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == number and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (OSError, psutil.Error):
            continue
    return found


def burnt(number: int) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in group(number))


def wait_until(holds, seconds=30.0):
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "waited in vain"
        os.sched_yield()


@pytest.mark.parametrize("condition", LOADED, ids=lambda condition: condition.name)
def test_a_load_runs_when_the_body_begins_and_is_gone_after_it(condition):
    with load(condition) as leader:
        workers = usable_cores() if condition.on_every_core else 1
        running = group(leader)
        assert len(running) == workers + 1
        assert sum(sum(process.cpu_times()[:2]) > 0 for process in running) >= workers
        assert {process.nice() for process in running} == {0}
        before = burnt(leader)
        wait_until(lambda: burnt(leader) > before)
    assert group(leader) == []


def test_a_quiet_machine_has_no_load():
    with load(CONDITIONS["quiet"]) as leader:
        assert leader is None
        assert not [child for child in psutil.Process().children() if "burner" in " ".join(child.cmdline())]


def test_a_load_ends_with_a_trial_that_fails():
    with pytest.raises(KeyboardInterrupt), load(CONDITIONS["all-busy"]) as leader:
        raise KeyboardInterrupt
    assert group(leader) == []


def test_a_load_ends_when_the_bench_is_killed():
    text = """
        from autograder.bench.loads import CONDITIONS, load
        with load(CONDITIONS["all-busy"]) as leader:
            print(leader, flush=True)
            input()
    """
    command = [sys.executable, "-c", textwrap.dedent(text)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as bench:
        leader = int(bench.stdout.readline())
        assert len(group(leader)) == usable_cores() + 1
        bench.send_signal(signal.SIGKILL)
        wait_until(lambda: not group(leader))


def test_workers_end_when_their_leader_is_killed():
    with pytest.raises(BenchError, match="ended by itself"), load(CONDITIONS["all-busy"]) as leader:
        os.kill(leader, signal.SIGKILL)
        wait_until(lambda: not group(leader))


def test_a_trial_whose_load_ended_does_not_count():
    with pytest.raises(BenchError, match="does not count"), load(CONDITIONS["one-busy"]) as leader:
        [worker] = psutil.Process(leader).children()
        worker.kill()
        wait_until(lambda: not group(leader))


def test_a_load_that_cannot_start_says_why():
    with (
        pytest.raises(BenchError, match="KeyError: 'unheard of'"),
        load(replace(CONDITIONS["disk"], kind="unheard of")),
    ):
        raise AssertionError("there is no such load")


def test_bursts_come_on_all_cores_at_once_and_leave_pauses():
    from autograder.bench.burner import bursts

    started = time.monotonic()
    first, second = bursts(5, started), bursts(5, started)
    first()
    between = time.monotonic()
    second()  # its burst and its pause lie in the past already
    assert time.monotonic() - between < between - started
    busy = time.process_time()
    bursts(6, time.monotonic())()
    assert time.process_time() > busy


def test_arrays_are_larger_than_any_cache(tmp_path):
    for index, size in (("index0", "32K"), ("index3", "48M")):
        (tmp_path / index).mkdir()
        (tmp_path / index / "size").write_text(f"{size}\n")
    assert array_bytes(tmp_path) == min(4 * 48 << 20, psutil.virtual_memory().available // 8)
    assert array_bytes(tmp_path / "none") >= 1 << 20

"""The capacity: its arithmetic on made slices, and real processes that come, work and go."""

from __future__ import annotations

import contextlib
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from autograder import capacity, harness, machine
from autograder.beside import Beside
from autograder.capacity import Capacity, CapacityError, Slice, measure

pytestmark = pytest.mark.usefixtures("leaves_nothing")


def slices(*pairs: tuple[float, float], got: float = 2.0, workers: int = 2) -> tuple[Slice, ...]:
    """Pairs of hashes a second: one process alone, then all at once."""
    made = []
    for number, (alone, together) in enumerate(pairs):
        made += [Slice(2.0 * number, 1, alone, 1.0), Slice(2.0 * number + 1, workers, together, got)]
    return tuple(made)


def workers_below(pid: int | None = None) -> list[psutil.Process]:
    """The measuring processes that a process has started."""
    found = []
    for process in psutil.Process(pid).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "autograder.capacity" in process.cmdline():
                found.append(process)
    return found


# Arithmetic ------------------------------------------------------------------------------------------


def test_one_alone_is_one_and_the_others_are_counted_in_it() -> None:
    seen = Capacity(2, slices((80.0, 150.0), (100.0, 190.0), (120.0, 170.0)))
    assert [speed for _, speed in seen.alone] == [0.8, 1.0, 1.2]
    assert seen.together == ((1.0, 1.5), (3.0, 1.9), (5.0, 1.7))
    assert (seen.value, seen.low, seen.high) == (pytest.approx(1.7), 1.5, 1.9)
    assert seen.noise == pytest.approx(0.2)
    assert seen.seconds == 5.0 + capacity.SLICE_SECONDS


def test_slow_cores_are_told_from_missing_ones() -> None:
    """The same 1.5: two cores that share something, or one core and a half."""
    sharing = Capacity(2, slices((100.0, 150.0), (100.0, 150.0), got=2.0))
    missing = Capacity(2, slices((100.0, 150.0), (100.0, 150.0), got=1.5))
    assert sharing.value == missing.value == 1.5
    assert (sharing.got, sharing.pace) == (2.0, 0.75)
    assert (missing.got, missing.pace) == (1.5, 1.0)


def test_boost_is_seen_in_work_a_cpu_second_not_in_work_a_second() -> None:
    fast, robbed = Slice(0, 1, 120.0, 1.0), Slice(1, 1, 50.0, 0.5)
    seen = Capacity(2, (fast, robbed, Slice(2, 2, 200.0, 2.0)))
    assert seen.swing == pytest.approx(1.2)
    assert seen.noise > 0.5
    assert seen.got_alone == 0.75


def test_one_pair_has_no_noise_to_tell_and_its_json_is_json() -> None:
    seen = Capacity(2, slices((100.0, 150.0)), Beside(0.5, 0.1, 0.0, 3))
    assert math.isnan(seen.noise)
    plain = seen.to_json()
    assert plain["noise"] is None and plain["value"] == 1.5
    assert plain["slices"][1] == {"at": 1.0, "workers": 2, "rate": 150.0, "got": 2.0}
    assert plain["beside"] == {"programs": 0.5, "interrupts": 0.1, "host": 0.0, "busy": 3}


def test_slices_of_one_kind_only_are_refused() -> None:
    with pytest.raises(ValueError, match="1 slices, but not one of each kind: measure for longer"):
        Capacity(2, slices((100.0, 150.0))[:1])


def test_as_many_processes_are_tried_as_a_speed_run_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    assert capacity.MOST_PROCESSES == harness._MOST_PROCESSES
    for affinity, processes in {1: 2, 2: 2, 3: 3, 64: 4}.items():
        monkeypatch.setattr(machine, "cores", lambda count=affinity: machine.Cores(64, count, None))
        assert capacity.processes_to_try() == processes


# Real processes --------------------------------------------------------------------------------------


@pytest.mark.timing
def test_slices_come_in_pairs_in_random_order_and_nothing_is_left(tmp_path: Path) -> None:
    told: list[str] = []
    seen = measure(1.0, 2, told.append, tmp_path)
    assert seen is not None and not seen.interrupted
    pairs = [{first.workers, second.workers} for first, second in zip(*[iter(seen.slices)] * 2, strict=True)]
    assert len(pairs) >= 2 and all(pair == {1, 2} for pair in pairs)
    assert [piece.at for piece in seen.slices] == sorted(piece.at for piece in seen.slices)
    assert all(0 < piece.got <= piece.workers * 1.05 for piece in seen.slices)
    assert told[0] == "measuring the capacity: 0 of 1 s (an interrupt ends it early)"
    assert not workers_below()


@pytest.mark.timing
def test_what_we_use_ourselves_is_not_beside_us(tmp_path: Path) -> None:
    """All of a core is busy with our two processes; of what is beside us they are no part."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        seen = measure(1.5, 2, folder=tmp_path)
    finally:
        os.sched_setaffinity(0, before)
    assert seen is not None and seen.beside is not None
    used = 1.05 * (capacity.SLICE_SECONDS + capacity.RUN_IN_SECONDS) * len(seen.slices) / seen.seconds
    assert 0.25 < seen.got <= 1.05
    # Taken for others' work, ours would make it nearly a whole core, and the sum 1.5 to 2. The two are
    # looked at in different moments, so with others at work the sum is not exactly one.
    assert seen.beside.taken + min(1.0, used * seen.got) < 1.35


def test_measuring_waits_for_the_slot_and_says_so(tmp_path: Path) -> None:
    with slot_held(tmp_path) as other:
        told: list[str] = []

        def progress(stage: str) -> None:
            told.append(stage)
            if stage.startswith("waiting"):
                assert not workers_below()  # nothing runs beside a speed run
                other.kill()

        seen = measure(0.1, 2, progress, tmp_path)
    assert seen is not None and len(seen.slices) == 2
    assert told[0].startswith("waiting for the timing slot (") and told[-1].startswith("measuring")


def test_an_interrupt_ends_it_and_what_was_seen_comes_back(tmp_path: Path) -> None:
    calls = []

    def progress(stage: str) -> None:
        calls.append(stage)
        if len(calls) == 3:
            raise KeyboardInterrupt

    seen = measure(600.0, 2, progress, tmp_path)
    assert seen is not None and seen.interrupted and len(seen.slices) == 4
    assert not workers_below()
    assert machine.timing_slot_is_free(tmp_path)


def test_an_interrupt_in_the_middle_of_a_pair_leaves_the_pair_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real, taken = capacity._slice, []

    def slice_or_stop(*arguments: Any) -> Slice:
        taken.append(real(*arguments))
        if len(taken) == 4:  # a warm-up, a pair, and half of the next
            raise KeyboardInterrupt
        return taken[-1]

    monkeypatch.setattr(capacity, "_slice", slice_or_stop)
    seen = measure(600.0, 2, folder=tmp_path)
    assert seen is not None and seen.slices == tuple(taken[1:3])


def test_an_interrupt_while_waiting_leaves_nothing_to_tell(tmp_path: Path) -> None:
    def progress(stage: str) -> None:
        raise KeyboardInterrupt

    with slot_held(tmp_path):
        assert measure(1.0, 2, progress, tmp_path) is None


def test_a_worker_that_ends_is_an_error_and_not_a_number(tmp_path: Path) -> None:
    def progress(stage: str) -> None:
        workers_below()[0].kill()

    with pytest.raises(CapacityError, match=r"ended \(exit status -9\)\. Is the machine out of memory"):
        measure(5.0, 2, progress, tmp_path)
    assert not workers_below()


def test_workers_go_when_their_parent_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom autograder.capacity import measure\n"
        "measure(60, 2, lambda stage: print(stage, flush=True), Path(sys.argv[1]))"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and b"measuring" in process.stdout.readline()
        workers = workers_below(process.pid)
        assert len(workers) == 2
        process.kill()
    assert not psutil.wait_procs(workers, timeout=10)[1]


def test_a_module_of_the_same_name_in_the_current_folder_is_not_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Students' folders hold students' files, and may hold a `random.py`."""
    (tmp_path / "random.py").write_text("raise SystemExit('mine')")
    monkeypatch.chdir(tmp_path)
    assert measure(0.1, 2, folder=tmp_path) is not None


@contextlib.contextmanager
def slot_held(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the timing slot until it is killed."""
    code = (
        "import sys\nfrom pathlib import Path\nfrom autograder.machine import timing_slot\n"
        "with timing_slot(folder=Path(sys.argv[1])):\n    print('held', flush=True)\n    sys.stdin.read(1)"
    )
    command = [sys.executable, "-c", code, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()

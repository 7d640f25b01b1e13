"""What processes are started for: how they end, whom they meet, what they do not listen to."""

from __future__ import annotations

import multiprocessing
import os
import signal

import pytest

from autograder.tasks import (
    MET_NOBODY,
    NO_CHILD,
    DiesFor,
    Digest,
    EndsAs,
    ExitsWith,
    FromProcess,
    Lasts,
    LateFirst,
    ManyBytes,
    MeetsOthers,
)

pytestmark = pytest.mark.usefixtures("leaves_nothing")
LONG = 60.0  # seconds; nothing here takes so long unless something is broken


@pytest.fixture(params=["fork", "spawn"])  # a fork server stays in the folder where it was started
def context(request):
    return multiprocessing.get_context(request.param)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A current folder of its own for the marks of `MeetsOthers`, in children too."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ended(processes):
    for process in processes:
        process.join(LONG)
    return [process.exitcode for process in processes]


@pytest.mark.parametrize(
    ("how", "number", "code"),
    [("return", 0, 0), ("raise", 0, 1), ("sys.exit", 7, 7), ("os._exit", 7, 7), ("signal", 9, -9)],
)
def test_a_process_ends_as_it_is_told_and_says_nothing(how, number, code, capfd):
    process = multiprocessing.get_context("fork").Process(target=EndsAs(), args=(how, number))
    process.start()
    assert ended([process]) == [code]
    assert "Traceback" not in capfd.readouterr().err


def test_exit_codes_hang_on_every_argument_and_fit_into_a_byte():
    codes = {ExitsWith(key).code(place, word) for key in "ab" for place in range(20) for word in "xyz"}
    assert len(codes) > 50 and min(codes) >= 1 and max(codes) <= 200
    assert not codes & {MET_NOBODY, NO_CHILD}
    with pytest.raises(SystemExit) as end:
        ExitsWith("a")(0, "x")
    assert end.value.code == ExitsWith("a").code(0, "x")


def test_processes_that_live_at_the_same_time_meet(context, folder):
    target = MeetsOthers("key", count=3, patience=LONG)
    processes = [context.Process(target=target, args=(place, "x")) for place in range(3)]
    for process in processes:
        process.start()
    assert ended(processes) == [ExitsWith("key").code(place, "x") for place in range(3)]


def test_after_one_has_given_up_nobody_waits_for_long(folder):
    """The second would wait for a minute, and for longer than the test if that were broken."""
    fork = multiprocessing.get_context("fork")
    for patience in (0.1, 10 * LONG):
        process = fork.Process(target=MeetsOthers("key", count=3, patience=patience), args=(0, "x"))
        process.start()
        assert ended([process]) == [MET_NOBODY]


def test_who_is_no_child_meets_nobody(folder):
    with pytest.raises(SystemExit) as end:
        MeetsOthers("key", count=1, patience=LONG)(0, "x")
    assert end.value.code == NO_CHILD and not os.listdir(folder)


def test_a_result_tells_which_process_made_it(context):
    with context.Pool(1) as pool:
        digest, process, child = pool.apply(FromProcess("key"), (3,))
    assert (digest, child) == (LateFirst("key", 0, 0.0)(3), True) and process != os.getpid()
    assert FromProcess("key")(3) == (digest, os.getpid(), False)


def test_many_bytes_are_as_many_as_asked_and_differ_by_item():
    assert len(ManyBytes("key", 5)(1)) == 160
    assert ManyBytes("key", 5)(1) != ManyBytes("key", 5)(2)


def test_only_the_bad_item_gives_no_result():
    assert DiesFor("key", "b", "raise")("a") == Digest("key")("a")
    with pytest.raises(LookupError):
        DiesFor("key", "b", "raise")("b")
    lost = DiesFor("key", "b", "unpicklable")("b")
    with pytest.raises(Exception, match="pickle"):
        multiprocessing.reduction.ForkingPickler.dumps(lost)


@pytest.mark.parametrize("deaf", [False, True])
def test_only_the_deaf_do_not_listen(deaf, monkeypatch):
    """In the place of the sleep: SIGTERM to itself, which the deaf one outlives."""
    monkeypatch.setattr("time.sleep", lambda seconds: os.kill(os.getpid(), signal.SIGTERM))
    process = multiprocessing.get_context("fork").Process(target=Lasts(deaf), args=(LONG,))
    process.start()
    assert ended([process]) == [0 if deaf else -signal.SIGTERM]

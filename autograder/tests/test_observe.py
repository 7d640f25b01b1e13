"""The observer against what processes measured of themselves, and against what is known to be so."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest

from autograder.observe import Observer, can_observe
from autograder.procfs import descendants, reaped_seconds

MIB = 1 << 20

pytestmark = pytest.mark.usefixtures("leaves_nothing")

# A process that does as it is told, line by line, and tells what it measured of itself.
OBEDIENT = """
import os, sys, time

def waited():
    return int(open("/proc/self/schedstat").read().split()[1]) / 1e9

def burn(seconds):
    cpu, wait = time.process_time(), waited()
    while time.process_time() - cpu < seconds:
        pass
    return time.process_time() - cpu, waited() - wait

def in_child(work, *arguments):
    read, write = os.pipe()
    if os.fork() == 0:
        os.write(write, repr(work(*arguments)).encode())
        os._exit(0)
    os.close(write)
    return read

def told(read):
    with open(read) as file:
        return eval(file.read())

for line in sys.stdin:
    result = None
    exec(line.replace("\\\\n", "\\n"))
    print(repr(result), flush=True)
"""

Tell = Callable[[str], Any]


@pytest.fixture
def obedient() -> Iterator[tuple[int, Tell]]:
    """A process, and a way to have it run a statement; the value of its `result` comes back."""
    with subprocess.Popen(
        [sys.executable, "-c", OBEDIENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        to, back = process.stdin, process.stdout

        def tell(statement: str) -> Any:
            to.write(statement.replace("\n", "\\n") + "\n")
            to.flush()
            return eval(back.readline())

        try:
            tell("")  # it has started
            yield process.pid, tell
        finally:
            process.kill()


def near(expected: float, slack: float = 0.05) -> Any:
    """Within 15%, or a few ticks."""
    return pytest.approx(expected, rel=0.15, abs=slack)


def test_this_kernel_can_be_observed() -> None:
    assert can_observe()


# The tree --------------------------------------------------------------------------------------------


def test_descendants_are_the_living_tree_parents_first(obedient: tuple[int, Tell]) -> None:
    pid, tell = obedient
    assert descendants(pid) == [pid]
    child, grandchild = tell(
        "def family():\n"
        "    read = in_child(lambda: (time.sleep(600)))\n"
        "    os.write(write, repr((os.getpid(), descendants())).encode())\n"
        "    time.sleep(600)\n"
        "def descendants():\n"
        "    return int(open(f'/proc/self/task/{os.getpid()}/children').read())\n"
        "read, write = os.pipe()\n"
        "in_child(family)\n"
        "result = eval(os.read(read, 100))"
    )
    assert descendants(pid) == [pid, child, grandchild]
    assert descendants(child) == [child, grandchild]
    os.kill(child, 9)
    tell("os.wait()")
    assert descendants(pid) == [pid]
    os.kill(grandchild, 9)


def test_children_of_every_thread_are_found(obedient: tuple[int, Tell]) -> None:
    pid, tell = obedient
    child = tell(
        "import subprocess, threading\n"
        "children = []\n"
        "def start():\n"
        "    children.append(subprocess.Popen(['sleep', '600']))\n"
        "    stop.wait()\n"
        "stop = threading.Event()\n"
        "threading.Thread(target=start, daemon=True).start()\n"
        "while not children: pass\n"
        "result = children[0].pid"
    )
    assert descendants(pid) == [pid, child]
    assert psutil.Process(pid).num_threads() == 2
    assert psutil.Process(child).cmdline() == ["sleep", "600"]
    tell("children[0].kill(); children[0].wait(); stop.set()")
    assert descendants(pid) == [pid] and not psutil.pid_exists(child)


# CPU time and waiting --------------------------------------------------------------------------------


def test_cpu_time_and_waiting_are_those_that_the_process_measured(obedient: tuple[int, Tell]) -> None:
    pid, tell = obedient
    tell("burn(0.1)")  # what was before does not count
    with Observer(pid) as observer:
        cpu, wait = tell("result = burn(0.4)")
        usage = observer.usage()
    assert usage.cpu == near(cpu)
    assert usage.wait == near(wait)
    assert usage.wall >= cpu
    assert usage.processes == 1


def test_counting_starts_anew_when_told(obedient: tuple[int, Tell]) -> None:
    pid, tell = obedient
    with Observer(pid) as observer:
        before = tell("result = sum(told(in_child(burn, 0.1))[0] for _ in range(2))")
        tell("os.wait(); os.wait(); burn(0.1)")
        assert observer.usage().cpu == near(before + 0.1)
        observer.count_from_now()
        cpu, _ = tell("result = burn(0.2)")
        usage = observer.usage(wall=5.0)
    assert usage.cpu == near(cpu)
    assert usage.processes == 1
    assert usage.wall == 5.0


def test_more_workers_than_cores_wait_and_the_wait_is_counted(obedient: tuple[int, Tell]) -> None:
    """Three on one core: each gets a third of it, and asks for all of it."""
    pid, tell = obedient
    tell("os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})")
    with Observer(pid) as observer:
        workers = tell("result = [told(read) for read in [in_child(burn, 0.2) for _ in range(3)]]")
        usage = observer.usage()
    cpu, wait = (sum(column) for column in zip(*workers, strict=True))
    assert wait > cpu / 2
    assert usage.cpu == near(cpu)
    assert usage.wait == near(wait, 0.1)
    assert usage.processes == 4


@pytest.mark.parametrize("reaped", [True, False])
def test_what_ended_before_the_end_is_counted(obedient: tuple[int, Tell], reaped: bool) -> None:
    """Reaped children are in their parent's account; zombies have an account of their own still.

    No poll but the first and the last: nothing but those accounts tells of them.
    """
    pid, tell = obedient
    with Observer(pid, interval=600.0) as observer:
        cpu = tell("result = sum(told(in_child(burn, 0.02))[0] for _ in range(15))")
        if reaped:
            tell("for _ in range(15): os.wait()")
        usage = observer.usage()
    assert usage.cpu == near(cpu, 0.08)


@pytest.fixture
def reap_between(obedient: tuple[int, Tell], monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Call it, and the process waits for a child right before its account of reaped ones is read next."""
    armed = False

    def arm() -> None:
        nonlocal armed
        armed = True

    def read(pid: int) -> float:
        nonlocal armed
        if armed:
            armed = False
            obedient[1]("os.wait()")
        return reaped_seconds(pid)

    monkeypatch.setattr("autograder.observe.reaped_seconds", read)
    return arm


def test_who_is_reaped_while_the_end_is_read_counts_once(
    obedient: tuple[int, Tell], reap_between: Callable[[], None]
) -> None:
    """The tree was read with a zombie in it; its parent's account is read when that has been reaped."""
    pid, tell = obedient
    with Observer(pid, interval=600.0) as observer:
        cpu = tell("result = told(in_child(burn, 0.3))[0]")
        reap_between()
        usage = observer.usage()
    assert usage.cpu == near(cpu)


def test_who_is_reaped_while_the_start_is_read_does_not_count(
    obedient: tuple[int, Tell], reap_between: Callable[[], None]
) -> None:
    pid, tell = obedient
    tell("told(in_child(burn, 0.3))")
    with Observer(pid, interval=600.0) as observer:
        reap_between()
        observer.count_from_now()
        cpu = tell("result = told(in_child(burn, 0.2))[0]; os.wait()")
        usage = observer.usage()
    assert usage.cpu == near(cpu)


def test_a_child_that_was_there_before_is_counted_from_the_start_only(obedient: tuple[int, Tell]) -> None:
    """It is reaped with all that it ever used, of which the first part is not ours."""
    pid, tell = obedient
    tell(
        "go, started = os.pipe(), os.pipe()\n"
        "def work():\n"
        "    burn(0.4)\n"
        "    os.write(started[1], b'x')\n"
        "    os.read(go[0], 1)\n"
        "    return burn(0.2)[0]\n"
        "child = in_child(work)\n"
        "os.read(started[0], 1)"
    )
    with Observer(pid) as observer:
        cpu = tell("os.write(go[1], b'x'); result = told(child); os.wait()")
        usage = observer.usage()
    assert usage.cpu == near(cpu)


def test_threads_that_came_and_went_are_counted(obedient: tuple[int, Tell]) -> None:
    """Four pairs, one after the other, on one core: their waits add up, thread by thread."""
    pid, tell = obedient
    tell("os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})")
    with Observer(pid) as observer:
        cpu, wait = tell(
            "import hashlib, threading\n"
            "data, waits = bytes(40 << 20), []\n"
            "def work():\n"
            "    hashlib.sha256(data).digest()\n"
            "    stat = open(f'/proc/self/task/{threading.get_native_id()}/schedstat').read()\n"
            "    waits.append(int(stat.split()[1]) / 1e9)\n"
            "before = time.process_time()\n"
            "for _ in range(4):\n"
            "    pair = [threading.Thread(target=work) for _ in range(2)]\n"
            "    [thread.start() for thread in pair]\n"
            "    [thread.join() for thread in pair]\n"
            "result = time.process_time() - before, sum(waits)"
        )
        usage = observer.usage()
    assert usage.cpu == near(cpu)
    assert wait > cpu / 4
    assert usage.wait == near(wait, 0.15)


def test_a_process_that_is_gone_costs_nothing_and_harms_nothing(obedient: tuple[int, Tell]) -> None:
    _, tell = obedient
    child = tell("result = os.fork() or os._exit(0)")
    tell("os.wait()")
    with Observer(child) as observer:
        usage = observer.usage()
    assert (usage.cpu, usage.wait, usage.processes) == (0.0, 0.0, 0)


def test_an_observer_leaves_no_thread(obedient: tuple[int, Tell]) -> None:
    before = threading.active_count()
    with Observer(obedient[0]):
        assert threading.active_count() == before + 1
    assert threading.active_count() == before


# Memory ----------------------------------------------------------------------------------------------


def wait_for(happened: threading.Event, observer: Observer, polls: int) -> bool:
    """Whether it happened before the observer has polled so many times more."""
    until = observer._polls + polls
    while observer._polls < until and not happened.is_set():
        time.sleep(0.01)
    return happened.is_set()


@contextlib.contextmanager
def watching(pid: int, memory: int) -> Iterator[tuple[Observer, threading.Event, list[int]]]:
    happened, seen = threading.Event(), []

    def too_much(used: int) -> None:
        seen.append(used)
        happened.set()

    with Observer(pid, interval=0.005, memory=memory, too_much=too_much) as observer:
        yield observer, happened, seen


def test_too_much_memory_of_a_tree_is_told_once(obedient: tuple[int, Tell]) -> None:
    pid, tell = obedient
    with watching(pid, 150 * MIB) as (observer, happened, seen):
        tell("data = b'x' * (60 << 20)")
        assert not wait_for(happened, observer, 20)
        tell(
            "read, write = os.pipe()\n"
            "def hold():\n"
            "    more = b'x' * (50 << 20)\n"
            "    os.write(write, b'x')\n"
            "    time.sleep(600)\n"
            "children = [in_child(hold) for _ in range(2)]\n"
            "while len(os.read(read, 1)) + 1 < 2: pass"
        )
        assert wait_for(happened, observer, 1000)
        happened.clear()
        assert not wait_for(happened, observer, 20)
    assert len(seen) == 1
    assert 150 * MIB < seen[0] < 300 * MIB
    for child in descendants(pid)[1:]:
        os.kill(child, 9)


def test_memory_that_forked_workers_share_is_counted_once(obedient: tuple[int, Tell]) -> None:
    """Five times 100 MiB resident, 100 MiB in all."""
    pid, tell = obedient
    with watching(pid, 250 * MIB) as (observer, happened, seen):
        tell("data = b'x' * (100 << 20); [in_child(time.sleep, 600) for _ in range(4)]")
        assert len(descendants(pid)) == 5
        assert not wait_for(happened, observer, 30)
    assert not seen
    for child in descendants(pid)[1:]:
        os.kill(child, 9)


def test_memory_that_cannot_be_looked_into_counts_in_full(obedient: tuple[int, Tell]) -> None:
    """A process that is not dumpable hides its shares from an ordinary user, not its resident memory."""
    pid, tell = obedient
    tell("import ctypes; ctypes.CDLL(None).prctl(4, 0); data = b'x' * (50 << 20)")
    script = f"""
import os
from autograder import procfs
if os.geteuid() == 0:
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
try:
    open("/proc/{pid}/smaps_rollup").read()
except OSError:
    print(procfs.proportional_bytes({pid}))
"""
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert int(told.stdout) > 50 * MIB

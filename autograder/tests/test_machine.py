"""The machine: its cores, its start methods, and the one timing slot that all its graders share."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder import machine

SOON = 20.0  # seconds: no test waits that long unless something is broken

pytestmark = pytest.mark.usefixtures("leaves_nothing")


def python(code: str, **environment: str) -> str:
    """What a fresh Python prints for this code."""
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **environment}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# Cores -----------------------------------------------------------------------------------------------

V2 = "0::/user.slice/job\n"
V1 = "12:cpuset:/\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc\n"
HYBRID = "4:cpu,cpuacct:/job\n0::/job\n"


def tree(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "cgroup").mkdir(exist_ok=True)
    return folder / "cgroup"


@pytest.mark.parametrize(
    ("membership", "files", "cores"),
    [
        (V2, {}, None),
        (V2, {"user.slice/job/cpu.max": "max 100000\n"}, None),
        (V2, {"user.slice/job/cpu.max": "150000 100000\n"}, 1.5),
        (V2, {"user.slice/job/cpu.max": "max 100000", "user.slice/cpu.max": "50000 100000"}, 0.5),
        (V2, {"user.slice/job/cpu.max": "300000 100000", "cpu.max": "200000 100000"}, 2.0),
        (V2, {"user.slice/job/cpu.max": "nonsense"}, None),
        (V2, {"user.slice/other/cpu.max": "50000 100000"}, None),
        ("0::/\n", {"cpu.max": "400000 200000"}, 2.0),  # a container that sees its own group as the root
        (V1, {}, None),
        (V1, {"cpu,cpuacct/docker/abc/cpu.cfs_quota_us": "-1"}, None),
        (V1, {"cpu,cpuacct/docker/abc/cpu.cfs_quota_us": "-1",
              "cpu,cpuacct/docker/abc/cpu.cfs_period_us": "100000"}, None),
        (V1, {"cpu,cpuacct/docker/abc/cpu.cfs_quota_us": "250000",
              "cpu,cpuacct/docker/abc/cpu.cfs_period_us": "100000"}, 2.5),
        # A container of the first version: the path is the host's, the mount the container's.
        (V1, {"cpu,cpuacct/cpu.cfs_quota_us": "50000", "cpu,cpuacct/cpu.cfs_period_us": "100000"}, 0.5),
        (V1, {"cpu/docker/abc/cpu.cfs_quota_us": "300000",
              "cpu/docker/abc/cpu.cfs_period_us": "100000"}, 3.0),
        (V1, {"cpuset/cpu.cfs_quota_us": "50000", "cpuset/cpu.cfs_period_us": "100000"}, None),
        (HYBRID, {"unified/job/cpu.max": "100000 100000", "cpu/job/cpu.cfs_quota_us": "200000",
                  "cpu/job/cpu.cfs_period_us": "100000"}, 1.0),
        ("", {"cpu.max": "100000 100000"}, None),
    ],
)  # fmt: skip
def test_the_quota_is_the_smallest_on_the_way_to_the_top(
    tmp_path: Path, membership: str, files: dict[str, str], cores: float | None
) -> None:
    (tmp_path / "membership").write_text(membership)
    (tmp_path / "cpu.max").write_text("1000 100000")  # above the mount, it concerns nobody
    assert machine.cgroup_quota(tree(tmp_path, files), tmp_path / "membership") == cores


def test_without_cgroups_there_is_no_quota(tmp_path: Path) -> None:
    assert machine.cgroup_quota(tmp_path, tmp_path / "missing") is None


@pytest.mark.parametrize(("quota", "cores"), [(0.2, 1), (1.0, 1), (1.5, 1), (1e6, None), (None, None)])
def test_a_part_of_a_core_is_no_core(
    monkeypatch: pytest.MonkeyPatch, quota: float | None, cores: int | None
) -> None:
    monkeypatch.setattr(machine, "cgroup_quota", lambda: quota)
    affinity = len(os.sched_getaffinity(0))
    assert machine.usable_cores() == min(cores or affinity, affinity)


def test_each_bound_is_told() -> None:
    bounds = machine.cores()
    assert (bounds.count, bounds.affinity) == (os.cpu_count(), len(os.sched_getaffinity(0)))
    assert bounds.quota == machine.cgroup_quota() and bounds.usable == machine.usable_cores()


@pytest.mark.parametrize(
    ("files", "on"),
    [
        ({"cpufreq/boost": "1\n"}, True),
        ({"cpufreq/boost": "0\n"}, False),
        ({"intel_pstate/no_turbo": "0\n"}, True),
        ({"intel_pstate/no_turbo": "1\n"}, False),
        ({}, None),
    ],
)
def test_boost_is_as_the_kernel_tells_it(tmp_path: Path, files: dict[str, str], on: bool | None) -> None:
    assert machine.boost(tree(tmp_path, files)) is on


def test_one_core_of_many_is_one() -> None:
    code = (
        "import os\nfrom autograder import machine\n"
        "os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})\n"
        "print(machine.usable_cores(), machine.describe('spawn'))"
    )
    told = python(code)
    assert told.startswith("1 1 usable core, spawn, Python ")


# Start methods ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_the_variable_chooses_the_start_method(method: str) -> None:
    code = (
        "import multiprocessing\nfrom autograder import machine\n"
        "print(machine.start_method(), machine.use_start_method(), multiprocessing.get_start_method())"
    )
    assert python(code, AUTOGRADER_START_METHOD=method).split() == [method] * 3


def test_without_the_variable_it_is_the_one_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(machine.START_METHOD_VARIABLE, raising=False)
    code = (
        "import multiprocessing as m\nfrom autograder import machine\n"
        "default = machine.start_method()\n"
        "m.set_start_method('spawn')\n"  # asking has not settled it
        "print(default == m.get_all_start_methods()[0], machine.start_method(), machine.describe())"
    )
    told = python(code)
    assert told.startswith("True spawn ") and ", spawn, Python" in told


def test_an_unknown_start_method_is_refused_with_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(machine.START_METHOD_VARIABLE, "sporn")
    with pytest.raises(ValueError, match=r"is 'sporn', but .* fork, spawn, forkserver; unset it") as caught:
        machine.start_method()
    assert machine.START_METHOD_VARIABLE in str(caught.value)


# The timing slot -------------------------------------------------------------------------------------

HOLDER = """
import sys
from pathlib import Path
from autograder.machine import timing_slot
with timing_slot(folder=Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read(1)
print("given back", flush=True)
"""


@contextlib.contextmanager
def holder(folder: Path) -> Iterator[Any]:
    """Another process that wants the slot; it holds it until its standard input ends."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("how", ["given back", "killed"])
def test_the_slot_has_one_holder_at_a_time(tmp_path: Path, how: str) -> None:
    with holder(tmp_path) as other:
        assert other.stdout.readline() == "held\n"
        refused, entered = threading.Event(), threading.Event()
        waits: list[float] = []

        def waiting(seconds: float) -> None:
            waits.append(seconds)
            if len(waits) == 3:
                refused.set()

        def enter() -> None:
            with machine.timing_slot(waiting, tmp_path):
                entered.set()

        thread = threading.Thread(target=enter)
        thread.start()
        assert refused.wait(SOON) and not entered.is_set()
        if how == "killed":
            other.kill()
        else:
            other.stdin.close()
        assert entered.wait(SOON)
        thread.join()
    assert waits == sorted(waits) and waits[0] < waits[-1]


def test_who_works_shares_the_slot_and_who_times_has_it_alone(tmp_path: Path) -> None:
    working = machine.working_slot
    with working(folder=tmp_path), working(folder=tmp_path), holder(tmp_path) as timer:
        turn = tmp_path / ".autograder-timing-slot-turn"
        wait_until(lambda: locked(turn))  # the timer waits for those who work
        entered = threading.Event()

        def work() -> None:
            with working(folder=tmp_path):
                entered.set()

        late = threading.Thread(target=work)
        late.start()
        assert not entered.wait(0.3), "who came after the timer has overtaken it"
        timer.kill()
        assert entered.wait(SOON)
        late.join()
    with holder(tmp_path) as timer:
        assert timer.stdout.readline() == "held\n"
        waited: list[float] = []

        def waiting(seconds: float) -> None:
            waited.append(seconds)
            if len(waited) == 3:
                timer.stdin.close()

        with machine.working_slot(waiting, tmp_path):
            assert timer.stdout.readline() == "given back\n"
    assert len(waited) >= 3


def test_who_works_and_then_times_does_not_wait_for_itself(tmp_path: Path) -> None:
    slot = tmp_path / "autograder-timing-slot"

    def waits(seconds: float) -> None:
        raise AssertionError("it waits for itself")

    with machine.working_slot(folder=tmp_path):
        with holder(tmp_path) as timer:
            wait_until(lambda: locked(tmp_path / ".autograder-timing-slot-turn"))
            with machine.working_slot(waits, tmp_path):  # the timer waits for us, and we not for the timer
                timer.kill()
        with machine.timing_slot(waits, tmp_path):
            assert locked(slot, together=True)  # alone
        assert locked(slot) and not locked(slot, together=True)  # together with others, as before
    assert not locked(slot)


def wait_until(holds: Any) -> None:
    end = time.monotonic() + SOON
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def locked(path: Path, together: bool = False) -> bool:
    """Whether somebody holds the lock on a file; with `together`, whether alone."""
    if not path.exists():
        return False
    descriptor = os.open(path, os.O_RDWR)
    try:
        return not machine.try_lock(descriptor, together)
    finally:
        os.close(descriptor)


def test_whether_the_slot_is_free_can_be_asked_and_changes_nothing(tmp_path: Path) -> None:
    assert machine.timing_slot_is_free(tmp_path) and not list(tmp_path.iterdir())
    with machine.timing_slot(folder=tmp_path):
        assert not machine.timing_slot_is_free(tmp_path)
        with holder(tmp_path) as other:  # asking has not freed it
            other.stdin.close()
            assert not machine.timing_slot_is_free(tmp_path)
            other.kill()
    assert machine.timing_slot_is_free(tmp_path)


def test_the_slot_is_given_back_after_an_exception(tmp_path: Path) -> None:
    with pytest.raises(KeyError), machine.timing_slot(folder=tmp_path):
        raise KeyError
    with holder(tmp_path) as other:
        assert other.stdout.readline() == "held\n"


def test_everybody_may_open_the_slot_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        with machine.timing_slot(folder=tmp_path):
            mode = (tmp_path / "autograder-timing-slot").stat().st_mode
    finally:
        os.umask(before)
    assert stat.S_IMODE(mode) == 0o666


def test_a_slot_that_another_user_made_in_a_shared_folder_can_be_held(tmp_path: Path) -> None:
    """Linux refuses to open another's file in a sticky folder with O_CREAT (fs.protected_regular)."""
    tmp_path.chmod(0o1777)
    slot = tmp_path / "autograder-timing-slot"
    slot.touch()
    slot.chmod(0o666)
    if os.geteuid() == 0:  # only root can make a file another's; an ordinary user opens one of its own
        os.chown(slot, 65534, 65534)
    with machine.timing_slot(folder=tmp_path):
        assert slot.stat().st_mode & 0o777 == 0o666


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_a_link_in_its_place_changes_no_other_file(tmp_path: Path, link: Any) -> None:
    """Root would otherwise make any file of an attacker's choice writable for everybody."""
    secret = tmp_path / "secret"
    secret.write_text("password")
    secret.chmod(0o600)
    (tmp_path / "shared").mkdir()
    link(secret, tmp_path / "shared" / "autograder-timing-slot")
    with contextlib.suppress(OSError), machine.timing_slot(folder=tmp_path / "shared"):
        pass
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert secret.read_text() == "password"


def test_a_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "autograder-timing-slot").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="autograder-timing-slot"), machine.timing_slot(folder=tmp_path):
        pass
    assert not (tmp_path / "elsewhere").exists()

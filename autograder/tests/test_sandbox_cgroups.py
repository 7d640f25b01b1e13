"""Control groups: where one may be made, what it holds, and that nothing of it is left; and without one."""

from __future__ import annotations

import os
import re
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.calls import Settings, call_in_box
from autograder.sandbox import Bubblewrap, Limits, SandboxError, cgroups
from autograder.sandbox.cgroups import Group, Place, find
from autograder.sandbox.held import BOXES

SOON = 30.0
MIB = 1 << 20

pytestmark = pytest.mark.usefixtures("leaves_nothing")

HOGS = """
import os, signal

def answer():
    for _ in range(4):
        if os.fork() == 0:
            kept = bytearray(os.urandom(1 << 20)) * 200
            signal.pause()
    signal.pause()
"""
# Where no group may be made, only what is said and done there can be tested.
PLACE = cgroups.usable()[0]


@pytest.fixture
def place() -> Iterator[Place]:
    """Where groups are made here; afterwards none of this process's is left."""
    assert PLACE is not None, cgroups.usable()[1]
    yield PLACE
    for folder in PLACE.folders:
        assert not [path for path in folder.glob(f"{BOXES}*") if _mine(path)]


def _mine(folder: Path) -> bool:
    """Whether this process holds a group's folder."""
    opened = [f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd")]
    return any(os.path.realpath(descriptor) == str(folder) for descriptor in opened)


def ended(sandbox: Bubblewrap, limits: Limits) -> tuple[str, str]:
    """Why a box was stopped that wants too much memory, and what a student is told."""
    run = call_in_box(Settings(sandbox, limits=limits), "answer", "answer", (), SOON, {"answer": HOGS})
    return run.outcome.kind, run.outcome.text


# Both ways -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cgroup", ["on", "off"] if PLACE else ["off"])
def test_processes_too_large_together_are_ended_and_told(cgroup: str) -> None:
    kind, text = ended(Bubblewrap(cgroup), Limits(memory=512 * MIB))
    assert kind == "memory"
    assert re.match(r"was stopped: it used (more than 512|[\d,]+) MiB of memory", text)


@pytest.mark.parametrize("cgroup", ["on", "off"] if PLACE else ["off"])
def test_who_stays_within_the_limit_is_left_alone(cgroup: str) -> None:
    text = "def answer():\n    return len(bytearray(300 << 20))"
    settings = Settings(Bubblewrap(cgroup), limits=Limits(memory=512 * MIB))
    run = call_in_box(settings, "answer", "answer", (), SOON, {"answer": text})
    assert run.outcome.value == 300 * MIB


def test_what_is_not_known_is_no_way_to_switch_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cgroups.SWITCH, "no")
    assert "may be 'auto'" in Bubblewrap().problem()
    with pytest.raises(SandboxError, match="'no'"):
        Bubblewrap().start({}, Limits())
    monkeypatch.setenv(cgroups.SWITCH, "off")
    assert not Bubblewrap().problem()
    assert "No cgroup is used: it is switched off." in Bubblewrap().limits_in_words()


def test_where_there_is_none_the_words_say_why_and_on_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cgroups, "usable", lambda: (None, "none may be made here"))
    assert "No cgroup is used: none may be made here." in Bubblewrap("auto").limits_in_words()
    assert "there is no control group for a box: none may be made here" in Bubblewrap("on").problem()
    with pytest.raises(SandboxError, match="'on'"):
        Bubblewrap("on").start({}, Limits())


# A group ---------------------------------------------------------------------------------------------

if PLACE is not None:

    def test_the_box_is_in_its_group_and_the_group_is_gone_with_it(place: Place) -> None:
        with Bubblewrap("on").start({}, Limits()) as box:
            told = Path(f"/proc/{box.root_pid}/cgroup").read_text()
            names = set(re.findall(rf"{BOXES}\w+", told))
            assert len(names) == len(place.folders)
            made = [path for folder in place.folders for path in folder.iterdir() if path.name in names]
            assert str(box.root_pid) in (made[0] / "cgroup.procs").read_text().split()
        assert not [path for path in made if path.exists()]

    def test_the_kernel_holds_memory_at_the_limit(place: Place) -> None:
        """Of which nothing is left to chance: the highest use is asked of the kernel."""
        with Bubblewrap("on").start({"answer": HOGS}, Limits(memory=512 * MIB)) as box:
            group = _group(box)
            box.channel.send({"start_method": None, "module": "answer", "function": "answer"})
            box.channel.receive(time.monotonic() + SOON)
            box.channel.send({"arguments": []})
            with pytest.raises((EOFError, ConnectionError)):
                box.channel.receive(time.monotonic() + SOON)
            highest = "memory.peak" if place.version == 2 else "memory.max_usage_in_bytes"
            assert int((group / highest).read_text()) <= 512 * MIB
            assert "of memory" in box.stopped

    def test_code_in_the_box_sees_no_group_and_can_write_to_none(place: Place) -> None:
        text = """
            import os

            def answer(folders):
                mounted = [line for line in open("/proc/self/mounts") if "cgroup" in line]
                there = [path for path in ["/sys/fs/cgroup", *folders] if os.path.lexists(path)]
                try:
                    os.makedirs("/tmp/group")
                    open("/proc/self/cgroup", "w").close()
                    there.append("written")
                except OSError:
                    pass
                return mounted, there
        """
        sources = {"answer": textwrap.dedent(text)}
        arguments = ([str(folder) for folder in place.folders],)
        run = call_in_box(Settings(Bubblewrap("on")), "answer", "answer", arguments, SOON, sources)
        assert run.outcome.value == ([], [])

    def test_a_worker_that_the_kernel_ended_is_told_whatever_the_answer_says(place: Place) -> None:
        text = """
            import os, signal

            def answer():
                for _ in range(3):
                    if os.fork() == 0:
                        kept = bytearray(os.urandom(1 << 20)) * 150
                        signal.pause()
                os.wait()
                return "all is well"
        """
        settings = Settings(Bubblewrap("on"), limits=Limits(memory=300 * MIB))
        run = call_in_box(settings, "answer", "answer", (), SOON, {"answer": textwrap.dedent(text)})
        assert run.outcome.kind == "memory", run.outcome

    def test_a_group_of_nobody_is_removed_at_the_next_start(place: Place) -> None:
        stale = place.memory / f"{BOXES}0000000000000000"
        stale.mkdir()
        with Bubblewrap("on").start({}, Limits()):
            assert not stale.exists()


def _group(box: Any) -> Path:
    return box._group._memory


# Where one may be made -------------------------------------------------------------------------------

FIRST = """\
32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
40 31 0:37 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
"""


def test_in_version_one_the_groups_lie_below_the_callers() -> None:
    own = "8:pids:/\n4:memory:/jobs/one\n1:cpu:/\n0::/"
    root = Path("/sys/fs/cgroup")
    assert find(FIRST, own) == Place(1, root / "memory/jobs/one", root / "pids")


def test_in_a_container_a_part_of_the_tree_is_mounted() -> None:
    inside = FIRST.replace("0:32 /", "0:32 /docker/ab").replace("0:37 /", "0:37 /docker/ab")
    own = "8:pids:/docker/ab\n4:memory:/docker/ab/below"
    assert find(inside, own) == Place(1, Path("/sys/fs/cgroup/memory/below"), Path("/sys/fs/cgroup/pids"))


def test_groups_that_share_out_cpu_time_are_not_used() -> None:
    shared = FIRST.replace("rw,memory", "rw,cpu,memory")
    assert "share out CPU time" in str(find(shared, "8:pids:/\n4:cpu,memory:/"))


def test_without_any_the_reason_is_told() -> None:
    assert find("31 23 0:28 / /proc rw - proc proc rw", "") == (
        "no control groups for memory and processes are mounted here"
    )


@pytest.mark.parametrize(
    ("passed_on", "own_limit", "said"),
    [
        ("memory pids", "max", ""),
        ("memory", "max", "pass on no limits"),
        ("cpu memory pids", "max", "its own share of the CPU"),
        ("memory pids", "1000", "would escape this program's own memory.max"),
    ],
)
def test_in_version_two_the_group_lies_beside_the_callers_if_nothing_is_escaped(
    tmp_path: Path, passed_on: str, own_limit: str, said: str
) -> None:
    own = tmp_path / "slice" / "mine"
    own.mkdir(parents=True)
    (own / "cgroup.subtree_control").write_text("\n")
    (own / "memory.max").write_text(f"{own_limit}\n")
    (own.parent / "cgroup.subtree_control").write_text(f"{passed_on}\n")
    mounts = f"41 31 0:38 / {tmp_path} rw - cgroup2 cgroup2 rw"
    found = find(mounts, "0::/slice/mine")
    assert said in found if isinstance(found, str) else found == Place(2, own.parent, own.parent)
    assert bool(said) == isinstance(found, str)


def test_a_group_that_cannot_be_made_raises_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        Group(Place(1, tmp_path, tmp_path / "missing"), Limits())
    assert not list(tmp_path.iterdir())

"""The system call filter: what it answers, looked up by a small BPF machine and tried in a real box."""

from __future__ import annotations

import errno
import json
import platform
import struct
from collections.abc import Callable
from typing import Any

import pytest

from autograder.sandbox import seccomp
from autograder.sandbox.seccomp import MACHINES, POLICY, Rule, profile, program

pytestmark = pytest.mark.usefixtures("leaves_nothing")
contained = pytest.mark.parametrize("sandbox", ["bubblewrap"], indirect=True)
machines = pytest.mark.parametrize("machine", list(MACHINES))

MISSING = ("memfd_create", "shmget", "semget", "msgget", "clone3", "io_uring_setup", "bpf")
FORBIDDEN = ("ptrace", "sched_setaffinity", "setpriority", "unshare", "kcmp", "personality")
ALLOWED, KILLED = 0x7FFF0000, 0x80000000


def answered(code: bytes, audit: int, number: int, *arguments: int) -> int:
    """What the filter returns for one call; a machine for the few instructions that it is made of."""
    data = struct.pack("<IIQ6Q", number, audit, 0, *(*arguments, 0, 0, 0, 0, 0, 0)[:6])
    steps = list(struct.iter_unpack("HBBI", code))
    tests: dict[int, Callable[[int, int], bool]] = {
        0x15: lambda seen, with_: seen == with_,
        0x25: lambda seen, with_: seen > with_,
        0x35: lambda seen, with_: seen >= with_,
        0x45: lambda seen, with_: bool(seen & with_),
    }
    at, word = 0, 0
    while True:
        operation, if_true, if_false, operand = steps[at]
        at += 1
        if operation == 0x06:
            return int(operand)
        if operation == 0x20:
            (word,) = struct.unpack_from("<I", data, operand)
        else:
            at += if_true if tests[operation](word, operand) else if_false


def refused(machine: str, name: str, *arguments: int) -> int | None:
    """The error number that a call gets, None if it is made."""
    this = MACHINES[machine]
    answer = answered(program(machine), this.audit, this.numbers[name], *arguments)
    return None if answer == ALLOWED else answer & 0xFFFF


@machines
def test_every_named_call_gets_its_answer_and_every_other_is_made(machine: str) -> None:
    this, code = MACHINES[machine], program(machine)
    plain = {name: rule.answer for rule in POLICY if not rule.when for name in rule.names}
    for name, answer in plain.items():
        if name in this.numbers:
            assert refused(machine, name) == answer, name
    conditional = {this.numbers[name] for rule in POLICY if rule.when for name in rule.names}
    named = {this.numbers[name] for name in plain if name in this.numbers}
    others = set(range(600)) - named - conditional
    assert {answered(code, this.audit, number) for number in others} == {ALLOWED}


@machines
def test_no_call_of_the_policy_lacks_a_number_unnoticed(machine: str) -> None:
    lacking = {name for rule in POLICY for name in rule.names} - set(MACHINES[machine].numbers)
    assert lacking == (set() if machine == "x86_64" else {"modify_ldt", "iopl", "ioperm"})


@machines
def test_conditions_look_at_arguments(machine: str) -> None:
    fork, thread, user_namespace = 17, 0x3D0F00, 0x10000000
    assert refused(machine, "clone", fork) is None and refused(machine, "clone", thread) is None
    assert refused(machine, "clone", fork | user_namespace) == errno.EPERM
    families = {family: refused(machine, "socket", family, 1, 0) for family in range(50)}
    assert {family for family, answer in families.items() if answer is None} == {1, 2, 10, 16}
    assert set(families.values()) == {None, errno.EAFNOSUPPORT}
    assert refused(machine, "socket", 16, 3, 9) == errno.EAFNOSUPPORT  # netlink, but not about routes
    assert refused(machine, "setsockopt", 3, 1, 7) == 0 and refused(machine, "setsockopt", 3, 1, 2) is None
    assert (
        refused(machine, "ioctl", 0, 0x5412) == errno.EPERM and refused(machine, "ioctl", 0, 0x5401) is None
    )
    assert refused(machine, "sched_setscheduler", 0, 0) is None
    assert refused(machine, "sched_setscheduler", 0, 5) == errno.EPERM  # idle
    # The kernel takes 32 bits of a family: what stands above them must not hide it.
    assert refused(machine, "socket", (1 << 32) | 17) == errno.EAFNOSUPPORT


def test_another_set_of_numbers_is_no_way_round() -> None:
    code, x32, i386 = program("x86_64"), 0x40000000, 0x40000003
    assert answered(code, MACHINES["x86_64"].audit, x32 | 56) == 0x50000 | errno.ENOSYS
    assert answered(code, i386, 1) == KILLED
    assert answered(program("aarch64"), MACHINES["x86_64"].audit, 1) == KILLED


def test_a_rule_after_a_condition_that_did_not_hold_is_still_looked_at() -> None:
    rules = (Rule(("ioctl",), 1, ((1, "==", 5), (2, "!=", 0))), Rule(("ioctl",), 2, ((1, ">", 8),)))
    code, this = program("x86_64", rules), MACHINES["x86_64"]
    told = [answered(code, this.audit, 16, 0, *pair) & 0xFFFF for pair in [(5, 1), (5, 0), (9, 0), (8, 1)]]
    assert told == [1, 0, 2, 0]


@machines
def test_the_program_is_short_enough_for_the_kernel_and_for_a_pipe(machine: str) -> None:
    assert len(program(machine)) % 8 == 0
    assert len(program(machine)) // 8 <= 4096 and len(program(machine)) <= 4096


@machines
def test_the_profile_says_the_same(machine: str) -> None:
    """Each call that the program refuses is refused by the profile, read as libseccomp reads it."""
    told: Any = json.loads(json.dumps(profile(machine)))

    def by_profile(name: str, *arguments: int) -> int | None:
        for rule in told["syscalls"]:
            if name in rule["names"] and all(fits(part, arguments) for part in rule.get("args", [])):
                return int(rule["errnoRet"])
        return None

    def fits(part: dict[str, Any], arguments: tuple[int, ...]) -> bool:
        seen, value = (*arguments, 0, 0, 0)[part["index"]], part["value"]
        if part["op"] == "SCMP_CMP_MASKED_EQ":
            return seen & value == part["valueTwo"]
        return {"SCMP_CMP_NE": seen != value, "SCMP_CMP_GT": seen > value}[part["op"]]

    tried = [(family, 1, protocol) for family in range(48) for protocol in (0, 9)]
    tried += [(17, 0, 0), (0x10000011, 0, 0), (0x80, 0, 0), (0, 0x5412, 0), (3, 1, 7), (3, 1, 9)]
    tried += [((1 << 32) | 17, 0, 0)]
    for name in MACHINES[machine].numbers:
        for arguments in tried:
            assert by_profile(name, *arguments) == refused(machine, name, *arguments), (name, arguments)


def test_an_unknown_processor_is_told_and_not_run_without_a_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    assert "riscv64" in seccomp.problem()
    with pytest.raises(KeyError):
        program()


@contained
def test_in_a_box_the_refused_calls_are_refused(call: Any) -> None:
    run = call(
        """
        import ctypes, errno, os, socket

        LIBC = ctypes.CDLL(None, use_errno=True)

        def attempt(number, *arguments):
            ctypes.set_errno(0)
            LIBC.syscall(number, *(ctypes.c_long(argument) for argument in arguments))
            return errno.errorcode.get(ctypes.get_errno(), "made")

        def family(number, kind=socket.SOCK_RAW):
            try:
                socket.socket(number, kind).close()
            except OSError as error:
                return errno.errorcode[error.errno]
            return "made"

        def written(path):
            try:
                open(path, "w").close()
            except OSError as error:
                return errno.errorcode[error.errno]
            return "opened"

        def answer(numbers):
            told = {name: attempt(number) for name, number in numbers.items()}
            told["memory file"] = attempt(numbers["memfd_create"], 0, 0)
            told["shared block"] = attempt(numbers["shmget"], 0, 1 << 20, 0o1600)
            told["families"] = [family(number) for number in (17, 29, 38, 40)]
            with socket.socketpair()[0] as end:
                before = end.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * before)
                told["larger buffer"] = end.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) > before
            told["files"] = [written(f"/proc/self/{name}") for name in ("autogroup", "mem", "oom_score_adj")]
            return told
        """,
        {name: MACHINES[platform.machine()].numbers[name] for name in (*MISSING, *FORBIDDEN)},
    )
    told = run.outcome.value
    assert told == {
        **dict.fromkeys(MISSING, "ENOSYS"),
        **dict.fromkeys(FORBIDDEN, "EPERM"),
        "memory file": "ENOSYS",
        "shared block": "ENOSYS",
        "families": ["EAFNOSUPPORT"] * 4,
        "larger buffer": False,
        "files": ["EROFS"] * 3,
    }


@contained
def test_numerical_libraries_work_under_the_filter(call: Any) -> None:
    run = call(
        """
        def double(number):
            return 2 * number

        def answer():
            import numpy
            from joblib import Parallel, delayed
            from sklearn.ensemble import RandomForestClassifier
            grid = numpy.random.default_rng(0).random((60, 3))
            forest = RandomForestClassifier(4, n_jobs=2, random_state=0).fit(grid, grid[:, 0] > 0.5)
            doubled = Parallel(n_jobs=2, backend="loky")(delayed(double)(number) for number in range(4))
            return float((grid @ grid.T).shape[0]), doubled, len(forest.estimators_)
        """,
        seconds=60.0,
    )
    assert run.outcome.value == (60.0, [0, 2, 4, 6], 4), (run.outcome, run.printed)

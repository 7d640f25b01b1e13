"""What attacks ask the kernel for, written out call by call: taken out of the policy, each is missed here.

`test_sandbox_seccomp` looks whether the filter does what the policy says. Here stands what it must say.
"""

from __future__ import annotations

import errno
import os
import platform
from typing import Any

import pytest

from autograder.sandbox import Limits, Sandbox
from autograder.sandbox.command import NOBODY
from autograder.sandbox.seccomp import MACHINES, POLICY

pytestmark = pytest.mark.usefixtures("leaves_nothing")

# To look like somebody who waits for a core: decision 4.
SCHEDULING = "sched_setaffinity sched_setattr setpriority ioprio_set"
OTHER_PROCESSES = "ptrace process_vm_readv process_vm_writev process_madvise kcmp pidfd_getfd"
NAMESPACES = """
    unshare setns mount umount2 pivot_root chroot mount_setattr move_mount open_tree fsopen fsconfig fsmount
    fspick
"""
SYSTEM = """
    name_to_handle_at open_by_handle_at personality quotactl quotactl_fd acct swapon swapoff reboot
    kexec_load kexec_file_load init_module finit_module delete_module syslog settimeofday clock_settime
    adjtimex clock_adjtime sethostname setdomainname vhangup iopl ioperm move_pages migrate_pages
"""
UNSEEN_MEMORY = """
    memfd_create memfd_secret shmget shmat shmctl shmdt semget semop semctl semtimedop
    msgget msgsnd msgrcv msgctl
"""
KERNEL_PARTS = """
    clone3 io_uring_setup io_uring_enter io_uring_register userfaultfd bpf perf_event_open add_key
    request_key keyctl fanotify_init vmsplice lookup_dcookie modify_ldt
"""
FORBIDDEN = (SCHEDULING + " " + OTHER_PROCESSES + NAMESPACES + SYSTEM).split()
MISSING = (UNSEEN_MEMORY + KERNEL_PARTS).split()

IDLE, BATCH, ROUND_ROBIN, DEADLINE = 5, 3, 2, 6
SOL_SOCKET = 1
CONDITIONAL = [
    *(("sched_setscheduler", (0, policy), errno.EPERM) for policy in (IDLE, BATCH, ROUND_ROBIN, DEADLINE)),
    ("sched_setscheduler", (0, 0x40000000), errno.EPERM),  # the usual policy, but reset on fork
    ("sched_setscheduler", (0, 0), None),
    ("prctl", (62, 1), errno.EPERM),  # a core for one's own processes only
    ("prctl", (15, 0), None),  # a name for a thread
    ("ioctl", (0, 0x5412), errno.EPERM),  # keys put into somebody's terminal
    ("ioctl", (0, 0x541C), errno.EPERM),
    ("ioctl", (0, 0x5413), None),  # a terminal's size
    *(("setsockopt", (3, SOL_SOCKET, option), 0) for option in (7, 8, 32, 33)),
    ("setsockopt", (3, SOL_SOCKET, 2), None),
    *(("clone", (1 << bit | 17,), errno.EPERM) for bit in (17, 25, 26, 27, 28, 29, 30)),
    ("clone", (0x80 | 17,), errno.EPERM),
    ("clone", (17,), None),
    *(("socket", (family, 1, 0), errno.EAFNOSUPPORT) for family in (17, 29, 38, 40)),
    ("socket", (16, 3, 9), errno.EAFNOSUPPORT),  # netlink, about audit
    *(("socket", (family, 1, 0), None) for family in (1, 2, 10, 16)),
]


def told(name: str, *arguments: int) -> int | None:
    """What the policy answers to a call; None if it is made."""
    compare = {
        "==": lambda seen, value: seen == value,
        "!=": lambda seen, value: seen != value,
        ">": lambda seen, value: seen > value,
        "&": lambda seen, value: bool(seen & value),
    }
    for rule in POLICY:
        if name in rule.names and all(
            compare[how]((*arguments, 0)[at], value) for at, how, value in rule.when
        ):
            return rule.answer
    return None


@pytest.mark.parametrize("name", FORBIDDEN)
def test_a_forbidden_call_is_on_the_policy(name: str) -> None:
    assert told(name) == errno.EPERM


@pytest.mark.parametrize("name", MISSING)
def test_a_call_that_no_limit_sees_is_said_to_be_missing(name: str) -> None:
    assert told(name) == errno.ENOSYS


@pytest.mark.parametrize("name, arguments, answer", CONDITIONAL)
def test_what_a_call_is_asked_decides(name: str, arguments: tuple[int, ...], answer: int | None) -> None:
    assert told(name, *arguments) == answer


@pytest.mark.parametrize("sandbox", ["bubblewrap"], indirect=True)
def test_nobody_in_a_box_can_become_an_idler(call: Any) -> None:
    """Each way to be scheduled behind everybody else, for oneself and for a child, is refused.

    What attacks/speed/idlers.py needs. The kernel is asked and no clock: a busy machine says the same.
    """
    run = call(
        """
        import ctypes, errno, os, struct

        LIBC = ctypes.CDLL(None, use_errno=True)

        def attempt(number, *arguments):
            ctypes.set_errno(0)
            made = LIBC.syscall(number, *arguments)
            return "made" if made >= 0 else errno.errorcode[ctypes.get_errno()]

        def asked(function, *arguments):
            try:
                function(*arguments)
            except OSError as error:
                return errno.errorcode[error.errno]
            return "made"

        def tried(pid, numbers):
            long = ctypes.c_long
            # struct sched_attr: size, policy, flags, nice, priority; runtime, deadline, period
            idle = ctypes.create_string_buffer(struct.pack("<IIQiIQQQ", 48, os.SCHED_IDLE, 0, 0, 0, 0, 0, 0))
            return {
                "SCHED_IDLE": asked(os.sched_setscheduler, pid, os.SCHED_IDLE, os.sched_param(0)),
                "SCHED_BATCH": asked(os.sched_setscheduler, pid, os.SCHED_BATCH, os.sched_param(0)),
                "priority": asked(os.setpriority, os.PRIO_PROCESS, pid, 19),
                "affinity": asked(os.sched_setaffinity, pid, {min(os.sched_getaffinity(0))}),
                "sched_setattr": attempt(numbers["sched_setattr"], long(pid), idle, long(0)),
                "ioprio_set": attempt(numbers["ioprio_set"], long(1), long(pid), long(3 << 13)),
                "core scheduling": attempt(numbers["prctl"], long(62), long(1), long(pid), long(0), long(0)),
            }

        def now(pid):
            cores = sorted(os.sched_getaffinity(pid))
            return os.sched_getscheduler(pid), os.getpriority(os.PRIO_PROCESS, pid), cores

        def answer(numbers):
            read, write = os.pipe()
            child = os.fork()
            if child == 0:  # waits until its parent has done with it
                os.close(write)
                os.read(read, 1)
                os._exit(0)
            before = now(0), now(child)
            told = [tried(0, numbers), tried(child, numbers), {"nice": asked(os.nice, 10)}]
            after = now(0), now(child)
            os.close(write)
            os.waitpid(child, 0)
            return told, before, after
        """,
        {
            name: MACHINES[platform.machine()].numbers[name]
            for name in ("sched_setattr", "ioprio_set", "prctl")
        },
    )
    attempts, before, after = run.outcome.value
    assert [name for tries in attempts for name, said in tries.items() if said != "EPERM"] == [], attempts
    assert after == before
    policy, priority, cores = after[0]
    assert (policy, cores) == (os.SCHED_OTHER, sorted(os.sched_getaffinity(0)))
    assert priority == os.getpriority(os.PRIO_PROCESS, 0)


@pytest.mark.parametrize("sandbox", ["bubblewrap"], indirect=True)
def test_the_machine_too_sees_an_ordinary_user(sandbox: Sandbox) -> None:
    """Inside, the numbers of users are the box's own; out here root's box must not belong to root."""
    with sandbox.start({"answer": "def answer(): return 1"}, Limits()) as box:
        runner = box.runner()
        assert runner is not None
        expected = NOBODY if os.geteuid() == 0 else os.geteuid()
        assert set(runner.uids()) == {expected}

"""Which system calls code in a box may make: a policy as data, and two ways to write it down.

    Rule --- program(rules)  classic BPF, for `bwrap --seccomp FD`
         '-- profile(rules)  JSON, for `podman run --security-opt seccomp=FILE`

Everything is allowed that is not named here. Named are: ways to hold memory that no limit sees, ways to
be scheduled differently from everybody else (a measured speed would be worth nothing), looking into other
processes, new namespaces and mounts, and parts of the kernel that no answer needs and that have had holes.
An answer ENOSYS says "this kernel has no such call", and libraries then take another way by themselves.
"""

from __future__ import annotations

import errno
import platform
import struct
from dataclasses import dataclass

_UNSEEN_MEMORY = """
    memfd_create memfd_secret shmget shmat shmctl shmdt semget semop semctl semtimedop
    msgget msgsnd msgrcv msgctl
"""
# clone3 has its flags in memory, where a filter cannot look; the C library then takes clone.
_UNSEEN_FLAGS = "clone3"
_KERNEL_PARTS = """
    io_uring_setup io_uring_enter io_uring_register userfaultfd bpf perf_event_open add_key request_key
    keyctl fanotify_init vmsplice lookup_dcookie modify_ldt
"""
_SCHEDULING = "sched_setaffinity sched_setattr setpriority ioprio_set"
_OTHER_PROCESSES = "ptrace process_vm_readv process_vm_writev process_madvise kcmp pidfd_getfd"
_SYSTEM = """
    unshare setns mount umount2 pivot_root chroot mount_setattr move_mount open_tree fsopen fsconfig fsmount
    fspick name_to_handle_at open_by_handle_at personality quotactl quotactl_fd acct swapon swapoff reboot
    kexec_load kexec_file_load init_module finit_module delete_module syslog settimeofday clock_settime
    adjtimex clock_adjtime sethostname setdomainname vhangup iopl ioperm move_pages migrate_pages
"""

_CLONE_NEW = 0x7E020080  # the namespaces: time, mount, cgroup, UTS, IPC, user, PID, network
_PR_SCHED_CORE, _SCHED_OTHER = 62, 0
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C  # put keys into somebody's terminal
_NETLINK = 16
_FAMILIES = (1, 2, 10, _NETLINK)  # Unix, IPv4, IPv6; no later one than netlink, none between them
_SOL_SOCKET = 1
_BUFFERS = (7, 8, 32, 33)  # SO_SNDBUF, SO_RCVBUF, and both with force
_LOW_WORD = 0xFFFFFFFF


@dataclass(frozen=True)
class Rule:
    """Calls that are answered with an error instead of being made.

    Parameters
    ----------
    names : tuple of str
        The system calls.
    answer : int
        The error number that they return; 0 says that it was done, although it was not.
    when : tuple of (int, str, int)
        Conditions on different arguments, all of which must hold: which one (0 to 5), how ("==", "!=", ">",
        or "&" for any common bit) and with what. Only the low 32 bits are looked at, as the kernel does.
    """

    names: tuple[str, ...]
    answer: int
    when: tuple[tuple[int, str, int], ...] = ()


POLICY = (
    Rule(tuple((_UNSEEN_MEMORY + _UNSEEN_FLAGS + _KERNEL_PARTS).split()), errno.ENOSYS),
    Rule(tuple((_SCHEDULING + " " + _OTHER_PROCESSES + _SYSTEM).split()), errno.EPERM),
    # The usual way of scheduling may be asked for: ZeroMQ does, for each of its threads.
    Rule(("sched_setscheduler",), errno.EPERM, ((1, "!=", _SCHED_OTHER),)),
    Rule(("clone",), errno.EPERM, ((0, "&", _CLONE_NEW),)),
    Rule(("prctl",), errno.EPERM, ((0, "==", _PR_SCHED_CORE),)),
    Rule(("ioctl",), errno.EPERM, ((1, "==", _TIOCSTI),)),
    Rule(("ioctl",), errno.EPERM, ((1, "==", _TIOCLINUX),)),
    # What lies in a socket's buffers belongs to no process. The usual size is counted (see watching.py);
    # a larger one is asked for in vain, and nobody fails for it.
    *(Rule(("setsockopt",), 0, ((1, "==", _SOL_SOCKET), (2, "==", option))) for option in _BUFFERS),
    # The C library asks netlink for the names of interfaces; its other protocols are kernel parts again.
    Rule(("socket",), errno.EAFNOSUPPORT, ((0, "==", _NETLINK), (2, "!=", 0))),
    Rule(("socket",), errno.EAFNOSUPPORT, ((0, ">", _NETLINK),)),
    *(
        Rule(("socket",), errno.EAFNOSUPPORT, ((0, "==", family),))
        for family in range(_NETLINK)
        if family not in _FAMILIES
    ),
)


@dataclass(frozen=True)
class Machine:
    """What the kernel calls a kind of processor, and the numbers of its system calls."""

    audit: int
    libseccomp: str
    numbers: dict[str, int]


def _numbers(text: str) -> dict[str, int]:
    words = text.split()
    return dict(zip(words[::2], map(int, words[1::2]), strict=True))


# Numbers from Linux 424 on are the same everywhere.
_COMMON = _numbers("""
    pidfd_getfd 438 io_uring_setup 425 io_uring_enter 426 io_uring_register 427 open_tree 428 move_mount 429
    fsopen 430 fsconfig 431 fsmount 432 fspick 433 clone3 435 process_madvise 440 mount_setattr 442
    quotactl_fd 443 memfd_secret 447
""")

MACHINES = {
    "x86_64": Machine(
        0xC000003E,
        "SCMP_ARCH_X86_64",
        _COMMON
        | _numbers("""
            ioctl 16 shmget 29 shmat 30 shmctl 31 socket 41 setsockopt 54 clone 56 semget 64 semop 65
            semctl 66 shmdt 67 msgget 68 msgsnd 69 msgrcv 70 msgctl 71 ptrace 101 syslog 103
            personality 135 setpriority 141 sched_setscheduler 144 vhangup 153 modify_ldt 154
            pivot_root 155 prctl 157 adjtimex 159 chroot 161 acct 163 settimeofday 164 mount 165
            umount2 166 swapon 167 swapoff 168 reboot 169 sethostname 170 setdomainname 171 iopl 172
            ioperm 173 init_module 175 delete_module 176 quotactl 179 sched_setaffinity 203
            lookup_dcookie 212 semtimedop 220 clock_settime 227 kexec_load 246 add_key 248
            request_key 249 keyctl 250 ioprio_set 251 migrate_pages 256 unshare 272 vmsplice 278
            move_pages 279 perf_event_open 298 fanotify_init 300 name_to_handle_at 303
            open_by_handle_at 304 clock_adjtime 305 setns 308 process_vm_readv 310 process_vm_writev 311
            kcmp 312 finit_module 313 sched_setattr 314 memfd_create 319 kexec_file_load 320 bpf 321
            userfaultfd 323
        """),
    ),
    "aarch64": Machine(
        0xC00000B7,
        "SCMP_ARCH_AARCH64",
        _COMMON
        | _numbers("""
            lookup_dcookie 18 ioctl 29 ioprio_set 30 umount2 39 mount 40 pivot_root 41 chroot 51
            vhangup 58 quotactl 60 vmsplice 75 acct 89 personality 92 unshare 97 kexec_load 104
            init_module 105 delete_module 106 clock_settime 112 syslog 116 ptrace 117
            sched_setscheduler 119 sched_setaffinity 122 setpriority 140 reboot 142 sethostname 161
            setdomainname 162 prctl 167 settimeofday 170 adjtimex 171 msgget 186 msgctl 187 msgrcv 188
            msgsnd 189 semget 190 semctl 191 semtimedop 192 semop 193 shmget 194 shmctl 195 shmat 196
            shmdt 197 socket 198 setsockopt 208 add_key 217 request_key 218 keyctl 219 clone 220
            swapon 224 swapoff 225 migrate_pages 238 move_pages 239 perf_event_open 241
            fanotify_init 262 name_to_handle_at 264 open_by_handle_at 265 clock_adjtime 266 setns 268
            process_vm_readv 270 process_vm_writev 271 kcmp 272 finit_module 273 sched_setattr 274
            memfd_create 279 bpf 280 userfaultfd 282 kexec_file_load 294
        """),
    ),
}
# modify_ldt, iopl and ioperm have no number on a 64-bit ARM kernel: it never had them.

# Classic BPF, see linux/bpf_common.h; the data is struct seccomp_data: number, arch, address, arguments.
_LOAD, _RETURN = 0x20, 0x06
_EQUAL, _ABOVE, _AT_LEAST, _ANY_BIT = 0x15, 0x25, 0x35, 0x45
_TESTS = {"==": _EQUAL, "!=": _EQUAL, ">": _ABOVE, "&": _ANY_BIT}
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16
_ALLOW, _ERROR, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_X32 = 0x40000000  # the same processor's other set of numbers

_Instruction = tuple[int, int, int, int]  # code, instructions to skip if true, if false, operand


def problem() -> str:
    """Why no filter can be made for this machine; empty if one can."""
    if platform.machine() in MACHINES:
        return ""
    return (
        f"the numbers of the system calls of a {platform.machine()!r} processor are not known to "
        f"autograder/sandbox/seccomp.py (known: {', '.join(MACHINES)}); add them there."
    )


def program(machine: str = "", rules: tuple[Rule, ...] = POLICY) -> bytes:
    """Assemble the filter, an array of ``struct sock_filter``.

    A call by another set of numbers than the machine's own ends the process (32-bit) or is refused (x32).

    Parameters
    ----------
    machine : str
        As `platform.machine` has it; this one if empty.
    rules : tuple of Rule
        The first that fits a call answers it.

    Raises
    ------
    KeyError
        If `machine` is none of `MACHINES`; see `problem`.

    Examples
    --------
    >>> rule = Rule(("personality",), 1)
    >>> [code for code, *_ in struct.iter_unpack("HBBI", program("aarch64", (rule,)))]
    [32, 21, 6, 32, 21, 6, 6]
    """
    this = MACHINES[machine or platform.machine()]
    code: list[_Instruction] = [(_LOAD, 0, 0, _ARCH), (_EQUAL, 1, 0, this.audit), (_RETURN, 0, 0, _KILL)]
    code += [(_LOAD, 0, 0, _NUMBER)]
    if this is MACHINES["x86_64"]:
        code += [(_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, _ERROR | errno.ENOSYS)]
    for rule in rules:
        answer: _Instruction = (_RETURN, 0, 0, _ERROR | rule.answer)
        for name in rule.names:
            if name in this.numbers:
                looks = [_look(rule.when[place:]) for place in range(len(rule.when))]
                body = [step for look in looks for step in look] + [answer]
                if rule.when:
                    body += [(_LOAD, 0, 0, _NUMBER)]  # what the next rule compares
                code += [(_EQUAL, 0, len(body), this.numbers[name]), *body]
    code.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("HBBI", *instruction) for instruction in code)


def _look(conditions: tuple[tuple[int, str, int], ...]) -> list[_Instruction]:
    """Load an argument and compare it; where the condition fails, skip the others and the answer."""
    argument, how, operand = conditions[0]
    away = 2 * (len(conditions) - 1) + 1
    hit, miss = (away, 0) if how == "!=" else (0, away)
    return [(_LOAD, 0, 0, _ARGUMENTS + 8 * argument), (_TESTS[how], hit, miss, operand)]


def profile(machine: str = "", rules: tuple[Rule, ...] = POLICY) -> dict[str, object]:
    """The same rules as Podman and Docker read them: to be written as JSON.

    Raises
    ------
    KeyError
        If `machine` is none of `MACHINES`.
    """
    this = MACHINES[machine or platform.machine()]
    calls: list[dict[str, object]] = []
    for rule in rules:
        for when in _as_runtimes_can(rule.when):
            call: dict[str, object] = {
                "names": [name for name in rule.names if name in this.numbers],
                "action": "SCMP_ACT_ERRNO",
                "errnoRet": rule.answer,
            }
            if when:
                call["args"] = when
            calls.append(call)
    return {"defaultAction": "SCMP_ACT_ALLOW", "architectures": [this.libseccomp], "syscalls": calls}


def _as_runtimes_can(when: tuple[tuple[int, str, int], ...]) -> list[list[dict[str, object]]]:
    """Conditions in libseccomp's words, each of which it compares with all 64 bits unless it is masked.

    It has no "any of these bits", so each bit gets a rule of its own.
    """
    if len(when) == 1 and when[0][1] == "&":
        argument, _, mask = when[0]
        bits = [1 << place for place in range(32) if mask >> place & 1]
        return [[_masked(argument, bit, bit)] for bit in bits]
    names = {">": "SCMP_CMP_GT", "!=": "SCMP_CMP_NE"}
    return [
        [
            _masked(argument, _LOW_WORD, value)
            if how == "=="
            else {"index": argument, "op": names[how], "value": value}
            for argument, how, value in when
        ]
    ]


def _masked(argument: int, mask: int, value: int) -> dict[str, object]:
    return {"index": argument, "op": "SCMP_CMP_MASKED_EQ", "value": mask, "valueTwo": value}

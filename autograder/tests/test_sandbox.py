"""The sandboxes: what code in a box can see, do and use, and that nothing of it outlives the box.

Each probe is an answer that is run like any other and reports what it found. What a box hides is looked
for from inside; that it is gone is looked for from outside.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from autograder.sandbox import Bare, Limits, Sandbox, SandboxError, choose
from autograder.sandbox.base import BOX_MODULES, alive

ROOT = Path(__file__).resolve().parents[2]
SOON = 20.0  # seconds: no test waits that long unless something is broken
MIB = 1 << 20

Marked = Callable[[str], list[psutil.Process]]

pytestmark = pytest.mark.usefixtures("leaves_nothing")
# Boxes of Podman's and Docker's take longer to start: of Podman's, only the core is always tested.
podman, docker = (pytest.param(name, marks=pytest.mark.slow) for name in ("podman", "docker"))
core = pytest.mark.parametrize("sandbox", ["bubblewrap", "podman", docker], indirect=True)
contained = pytest.mark.parametrize("sandbox", ["bubblewrap", podman, docker], indirect=True)
everywhere = pytest.mark.parametrize("sandbox", ["bubblewrap", "bare", podman, docker], indirect=True)
core_everywhere = pytest.mark.parametrize("sandbox", ["bubblewrap", "bare", "podman", docker], indirect=True)
methods = pytest.mark.parametrize("start_method", ["fork", "spawn", "forkserver"])


@pytest.fixture
def found(call: Any) -> Callable[..., Any]:
    """What the answer returned; it must have returned."""

    def found(text: str, *arguments: Any, **options: Any) -> Any:
        run = call(text, *arguments, **options)
        assert run.outcome.kind == "value", (run.outcome, run.printed)
        return run.outcome.value

    return found


# Who it is and what it sees --------------------------------------------------------------------------


@core
def test_it_is_an_ordinary_user_without_any_capability(sandbox: Sandbox, found: Any) -> None:
    seen = found("""
        import ctypes, os

        def refused(action, *arguments):
            try:
                action(*arguments)
            except OSError as error:
                return error.strerror
            return "done"

        def answer():
            status = dict(line.split(":", 1) for line in open("/proc/self/status"))
            libc = ctypes.CDLL(None, use_errno=True)
            return {
                "ids": os.getresuid() + os.getresgid(),
                # Its own, and those that have no name in here.
                "groups": set(os.getgroups()) - {os.getgid(), 65534},
                "capabilities": [int(text, 16) for name, text in status.items() if name.startswith("Cap")],
                "no new privileges": status["NoNewPrivs"].strip(),
                "becoming root": refused(os.setuid, 0),
                "a namespace of its own": libc.unshare(0x10000000),
                "a mount": libc.mount(b"none", b"/work", b"tmpfs", 0, None),
                "another root": refused(os.chroot, "/tmp"),
            }
    """)
    assert seen == {
        "ids": (getattr(sandbox, "user", 1000),) * 6,
        "groups": set(),
        "capabilities": [0] * 5,
        "no new privileges": "1",
        # There is no such user in a namespace of its own.
        "becoming root": "Operation not permitted" if sandbox.name == "docker" else "Invalid argument",
        "a namespace of its own": -1,
        "a mount": -1,
        "another root": "Operation not permitted",
    }


@core
def test_there_is_no_network_and_no_way_to_a_server_of_this_machine(found: Any, tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        servers: list[tuple[str, Any]] = []
        for family, address in [
            ("AF_INET", ("127.0.0.1", 0)),
            ("AF_UNIX", f"\0autograder-test-{os.getpid()}"),
            ("AF_UNIX", str(tmp_path / "server")),
        ]:
            server = stack.enter_context(socket.socket(getattr(socket, family)))
            server.bind(address)
            server.listen()
            servers.append((family, server.getsockname()))
            # It is reachable from here: what fails in the box fails because of the box.
            stack.enter_context(socket.socket(getattr(socket, family))).connect(server.getsockname())
        seen = found(
            """
            import socket

            def answer(servers):
                told = []
                for family, address in servers:
                    with socket.socket(getattr(socket, family)) as client:
                        client.settimeout(5)
                        try:
                            client.connect(address)
                            told.append("connected")
                        except OSError as error:
                            told.append(type(error).__name__)
                return told, [name for _, name in socket.if_nameindex()]
            """,
            [*servers, ("AF_INET", ("192.0.2.1", 80)), ("AF_INET6", ("2001:db8::1", 80))],
        )
    refused, unreachable = "ConnectionRefusedError", "OSError"
    assert seen == ([refused, refused, "FileNotFoundError", unreachable, unreachable], ["lo"])


@core
def test_the_machine_is_out_of_sight(sandbox: Sandbox, found: Any, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("42")
    hidden = [tmp_path, tmp_path / "secret", Path(__file__), Path.home() / ".bashrc", Path("/etc/shadow")]
    hidden += [ROOT / name for name in ("solutions", "exercises", "grading", "autograder", ".git")]
    hidden += [Path("/var"), Path("/run"), Path("/mnt"), Path("/sys"), Path("/boot"), Path("/dev/mem")]
    seen = found(
        """
        import os

        def answer(hidden, root):
            return {
                "hidden": [path for path in hidden if os.path.lexists(path)],
                "in them": sum([files for place in ("/run", "/sys") for *_, files in os.walk(place)], []),
                "processes": sum(name.isdigit() for name in os.listdir("/proc")),
                "package": sorted(os.listdir("/box/autograder")),
                "answers": os.listdir("/answers"),
                "here": (os.getcwd(), os.path.expanduser("~"), os.uname().nodename),
            }
        """,
        [str(path) for path in hidden],
        str(ROOT),
    )
    package = set(seen.pop("package"))
    assert package - {"__pycache__"} == set(BOX_MODULES)
    container = sandbox.name != "bubblewrap"  # these two are there, but for an empty file nothing is in them
    assert seen == {
        "hidden": ["/run", "/sys"] if container else [],
        "in them": [".containerenv"] if container else [],
        "processes": 2,  # pid 1 of the box, and the runner
        "answers": ["answer.py"],
        "here": ("/work", "/work", "box"),
    }


@contained
def test_no_file_of_the_course_is_anywhere(found: Any) -> None:
    """Not the tests with their right answers, not the checks, no notebook, no module that judges."""
    told = found(
        """
        import os

        def answer(installed):
            told = []
            for top, folders, files in os.walk("/"):
                if top in ("/proc", "/usr", *installed):
                    folders.clear()
                told += [(top, file) for file in files]
            return told
        """,
        [sys.prefix, sys.base_prefix],
    )
    assert ("/box/autograder", "runner.py") in told  # it did look
    judging = {"checks", "harness", "verdict", "exercise", "calls", "timing", "observe", "findings"}
    assert not [(top, file) for top, file in told if file.endswith(".ipynb") or file.startswith("test_")]
    assert not [(top, file) for top, file in told if file.partition(".")[0] in judging]


@contained
def test_the_environment_is_a_new_one(found: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOGRADER_TEST_SECRET", "swordfish")
    environment, of_others = found("""
        import os, glob

        def answer():
            of_others = b""
            for path in glob.glob("/proc/[0-9]*/environ"):
                try:
                    of_others += open(path, "rb").read()
                except OSError:
                    pass
            return dict(os.environ), of_others
    """)
    assert b"swordfish" not in of_others and b"PYTHONPATH" in of_others
    assert environment == {
        "HOME": "/work",
        "LANG": "C.UTF-8",
        "MKL_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PATH": "/usr/bin:/bin",
        "PWD": "/work",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": "/box",
        "PYTHONSAFEPATH": "1",
    }


@everywhere
def test_only_the_socket_is_inherited(found: Any) -> None:
    """Whatever this process has open, even if it is told to be inherited, and whatever the runner starts."""
    read, write = os.pipe()
    os.set_inheritable(write, True)
    try:
        own, of_children = found(
            """
            import probe, subprocess, sys

            def answer():
                command = [sys.executable, probe.__file__]
                child = subprocess.run(command, stdout=-1, stderr=-1, text=True, close_fds=False)
                return probe.kinds(), child.stdout.split()
            """,
            probe="""
            import os

            def kinds():
                found = []
                for descriptor in os.listdir("/proc/self/fd"):
                    if os.path.exists(f"/proc/self/fd/{descriptor}"):  # the folder's own is closed by now
                        found.append(os.readlink(f"/proc/self/fd/{descriptor}").partition(":")[0])
                return sorted(found)

            if __name__ == "__main__":
                print(*kinds())
            """,
        )
    finally:
        os.close(read)
        os.close(write)
    assert own == ["/dev/null", "pipe", "pipe", "socket"]
    assert of_children == ["/dev/null", "pipe", "pipe"]


@core
def test_only_three_places_can_be_written_to_and_each_is_limited(sandbox: Sandbox, found: Any) -> None:
    mounts, writable, sizes = found(
        """
        import os

        def fill(place):
            path, size = f"{place}/filler", 0
            with open(path, "wb", buffering=0) as file:
                try:
                    while size < 64 << 20:
                        size += file.write(b"x" * 4096)
                except OSError as error:
                    return error.strerror, size
            return "not limited", size

        def answer(installed):
            mounts = [line.split() for line in open("/proc/self/mounts")]
            mounted = [(place, kind) for _, place, kind, options, *_ in mounts if "rw" in options.split(",")]
            writable = []
            for top, folders, _ in os.walk("/"):
                if top in ("/proc", "/usr", *installed):
                    folders.clear()
                try:
                    open(f"{top}/probe", "x").close()
                    os.unlink(f"{top}/probe")
                    if not any(top.startswith(f"{place}/") for place in writable):
                        writable.append(top)
                except OSError:
                    pass
            return mounted, writable, [fill(place) for place in ("/tmp", "/work", "/dev/shm")]
        """,
        [sys.prefix, sys.base_prefix],
        limits=Limits(scratch=MIB),
    )
    assert sorted(writable) == ["/dev/shm", "/tmp", "/work"]
    assert sizes == [("No space left on device", MIB)] * 3
    if sandbox.name == "docker":  # mounts more than it lets anybody write to
        return
    kinds = {kind: {place for place, its in mounts if its == kind} for _, kind in mounts}
    assert kinds.pop("tmpfs") == {"/dev/shm", "/tmp", "/work"}
    assert "proc" not in kinds
    assert kinds.pop("devpts", set()) == ({"/dev/pts"} if sandbox.name == "bubblewrap" else set())
    devices = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"}
    assert set().union(*kinds.values()) <= devices


@contained
def test_nothing_of_one_box_is_in_the_next(found: Any) -> None:
    text = """
        import os

        def answer():
            places = ["/tmp", "/work", "/dev/shm"]
            before = [name for place in places for name in os.listdir(place) if name == "left-for-later"]
            for place in places:
                open(f"{place}/left-for-later", "w").close()
            return before
    """
    assert found(text) == [] and found(text) == []


@contained
def test_localhost_and_the_user_have_names(found: Any) -> None:
    assert found("""
        import getpass, socket

        def answer():
            with socket.create_server(("localhost", 0)) as server:
                with socket.create_connection(server.getsockname()):
                    return getpass.getuser(), socket.gethostbyname("localhost")
    """) == ("student", "127.0.0.1")


# Limits ----------------------------------------------------------------------------------------------


@contained
def test_the_limits_hold_inside_and_cannot_be_raised(sandbox: Sandbox, found: Any) -> None:
    limits = Limits(memory=1 << 30, processes=77, cpu_seconds=33, file_bytes=5 * MIB, open_files=99)
    seen, raised = found(
        """
        import resource

        NAMES = ["RLIMIT_AS", "RLIMIT_NPROC", "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_CORE"]

        def answer():
            seen, raised = [], []
            for name in NAMES:
                soft, hard = resource.getrlimit(getattr(resource, name))
                seen.append((soft, hard))
                try:
                    resource.setrlimit(getattr(resource, name), (soft + 1, hard + 1))
                    raised.append(name)
                except (ValueError, PermissionError):
                    pass
            return seen, raised
        """,
        limits=limits,
    )
    if sandbox.name == "docker":  # there, a cgroup holds the number of processes
        seen[1] = (77, 77)
    assert seen == [(limit, limit) for limit in (1 << 30, 77, 33, 5 * MIB, 99, 0)]
    assert raised == []


@core
def test_processes_are_limited(found: Any) -> None:
    started, error = found(
        """
        import os

        def answer():
            read, write = os.pipe()
            started = 0
            while started < 200:
                try:
                    if os.fork() == 0:
                        os.close(write)
                        os.read(read, 1)
                        os._exit(0)
                except OSError as error:
                    os.close(write)
                    return started, type(error).__name__
                started += 1
            os.close(write)
            return started, "no limit"
        """,
        limits=Limits(processes=20),
    )
    assert (started, error) == (20 - 2, "BlockingIOError")  # pid 1 of the box and the runner count too


@contained
def test_a_fork_bomb_stays_in_its_box(call: Any) -> None:
    run = call(
        """
        import os

        def answer():
            while True:
                try:
                    os.fork()
                except OSError:
                    pass
        """,
        seconds=1.0,
        limits=Limits(processes=24),
    )
    assert run.outcome.kind == "timeout"
    assert 10 < run.outcome.alive <= 24


@contained
def test_one_process_that_wants_too_much_memory_gets_an_exception(call: Any) -> None:
    run = call("def answer():\n    return len(bytearray(600 << 20))", limits=Limits(memory=512 * MIB))
    assert (run.outcome.kind, run.outcome.error) == ("error", "MemoryError")


@contained
def test_cpu_time_is_limited(call: Any) -> None:
    started = time.monotonic()
    run = call("def answer():\n    while True:\n        pass", seconds=60.0, limits=Limits(cpu_seconds=1))
    assert run.outcome.kind == "died" and "137" in run.outcome.text  # 128 + SIGKILL
    assert time.monotonic() - started < 60
    assert 0.5 < run.usage.cpu < 2


@contained
def test_files_are_limited(found: Any) -> None:
    size, error = found(
        """
        def answer():
            size = 0
            with open("big", "wb", buffering=0) as file:
                try:
                    while size < 8 << 20:
                        size += file.write(b"x" * 65536)
                except OSError as error:
                    return size, error.strerror
            return size, "no limit"
        """,
        limits=Limits(file_bytes=MIB),
    )
    assert (size, error) == (MIB, "File too large")


@everywhere
def test_a_flood_of_output_is_stopped_and_told(call: Any) -> None:
    text = "def answer():\n    while True:\n        print('x' * 1000)"
    run = call(text, seconds=60.0, limits=Limits(output=50_000))
    assert run.outcome.kind == "flooded"
    assert "50,000 bytes" in run.outcome.text
    assert len(run.printed) == 50_000


@everywhere
def test_output_of_workers_is_kept_and_any_bytes_are_text(call: Any) -> None:
    run = call("""
        import os, sys
        from multiprocessing import Process

        def worker():
            os.write(2, b"worker \\xff\\n")

        def answer():
            print("runner")
            sys.stdout.flush()
            process = Process(target=worker)
            process.start()
            process.join()
            print("end", end="")
    """)
    assert run.printed == "runner\nworker \N{REPLACEMENT CHARACTER}\nend"


# The end ---------------------------------------------------------------------------------------------

# Three processes that will not go by themselves: a worker, one that detached itself, and one that forked
# twice; all ignore what can be ignored. Each carries the mark in its command line.
STAYERS = {
    "answer": """
import os, stay, subprocess, sys

def start(mark, **options):
    child = subprocess.Popen([sys.executable, stay.__file__, mark], stdout=subprocess.PIPE, **options)
    assert child.stdout.readline() == b"up\\n"

def answer(mark):
    start(mark)
    start(mark, start_new_session=True)
    if os.fork() == 0:
        os.setsid()
        start(mark, start_new_session=True)
        os._exit(0)
    os.wait()
    return "all up"
""",
    "stay": """
import signal

if __name__ == "__main__":
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    print("up", flush=True)
    while True:
        signal.pause()
""",
}


def serve(box: Any, *arguments: Any) -> Any:
    """Have the module `answer` of a box imported and called, as the harness does."""
    box.channel.send({"start_method": None, "module": "answer", "function": "answer"})
    assert box.channel.receive(time.monotonic() + SOON)[0]["status"] == "ready"
    box.channel.send({"arguments": list(arguments)})
    return box.channel.receive(time.monotonic() + SOON)[0]


@core_everywhere
def test_everything_is_gone_when_the_box_is_closed(sandbox: Sandbox, marked: Marked) -> None:
    mark = f"autograder-test-stayer-{sandbox.name}-{os.getpid()}"
    with sandbox.start(STAYERS, Limits()) as box:
        assert serve(box, mark) == {"status": "value", "value": "all up"}
        stayers = marked(mark)
        everything = box.tree()
        assert len(stayers) == 3
        assert {process.pid for process in stayers} < {process.pid for process in everything}
    assert not marked(mark)
    assert not list(filter(alive, everything))
    assert not psutil.pid_exists(box.root_pid)  # not even as a zombie


@everywhere
def test_killing_a_box_and_waiting_empties_it(sandbox: Sandbox, marked: Marked) -> None:
    mark = f"autograder-test-killed-{sandbox.name}-{os.getpid()}"
    with sandbox.start(STAYERS, Limits()) as box:
        serve(box, mark)
        assert marked(mark)
        box.kill()
        box.wait_empty()
        assert not marked(mark) and not box.tree() and box.runner() is None


@everywhere
def test_an_exception_in_the_harness_empties_the_box_too(sandbox: Sandbox, marked: Marked) -> None:
    mark = f"autograder-test-raised-{sandbox.name}-{os.getpid()}"
    with (
        pytest.raises(KeyboardInterrupt),
        sandbox.start(STAYERS, Limits()) as box,
    ):
        serve(box, mark)
        assert marked(mark)
        raise KeyboardInterrupt
    assert not marked(mark)


@core
@pytest.mark.parametrize("at_work", [False, True])
def test_a_killed_supervisor_takes_its_box_with_it(sandbox: Sandbox, marked: Marked, at_work: bool) -> None:
    """Whether its runner waits, and finds the socket closed, or is in an answer that never returns."""
    mark = f"autograder-test-orphan-{os.getpid()}"
    never = "print('all up', flush=True)\n    import signal\n    while True:\n        signal.pause()"
    ends = STAYERS["answer"].replace('return "all up"', never if at_work else 'return "all up"')
    sources = {**STAYERS, "answer": ends}
    script = f"""
import os, signal, sys, time
from autograder.sandbox import MECHANISMS, Limits
(mechanism,) = (one for one in MECHANISMS if one.name == {sandbox.name!r})
with mechanism().start({sources!r}, Limits()) as box:
    box.channel.send({{"start_method": None, "module": "answer", "function": "answer"}})
    box.channel.receive(time.monotonic() + {SOON})
    box.channel.send({{"arguments": [{mark!r}]}})
    while {at_work} and "all up" not in box.output():
        pass
    {at_work} or box.channel.receive(time.monotonic() + {SOON})
    print("up", flush=True)
    signal.pause()
"""
    with tempfile.TemporaryDirectory(prefix="killed-") as folder:  # it cannot clear up itself
        environment = {**os.environ, "TMPDIR": folder}
        command = [sys.executable, "-c", script]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as supervisor:
            try:
                assert supervisor.stdout is not None and supervisor.stdout.readline() == b"up\n"
                stayers = [process for process in marked(mark) if process.pid != supervisor.pid]
                assert len(stayers) == 3
            finally:
                supervisor.kill()
        gone, alive = psutil.wait_procs(stayers, timeout=SOON)
        assert not alive and len(gone) == 3


@contained
def test_killing_from_inside_reaches_no_further_than_the_box(call: Any) -> None:
    run = call("""
        import os, signal

        def answer():
            child = os.fork()
            if child == 0:
                while True:
                    signal.pause()
            os.kill(1, signal.SIGKILL)  # pid 1 of a namespace is deaf to its own
            os.kill(-1, signal.SIGKILL)  # everybody but itself
            killed = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            return killed, [int(name) for name in os.listdir("/proc") if name.isdigit()], os.getpid()
    """)
    killed, alive, runner = run.outcome.value
    assert killed == -signal.SIGKILL and sorted(alive) == [1, runner]


@everywhere
def test_a_box_leaves_no_folder_and_no_open_descriptor(sandbox: Sandbox) -> None:
    open_before = len(os.listdir("/proc/self/fd"))
    with sandbox.start({"answer": "def answer(): return 1"}, Limits()) as box:
        assert serve(box)["value"] == 1
        assert list(Path(tempfile.gettempdir()).glob("autograder-*"))
    assert not list(Path(tempfile.gettempdir()).glob("autograder-*"))
    assert len(os.listdir("/proc/self/fd")) == open_before


@contained
def test_a_box_that_cannot_start_is_the_sandboxs_fault(sandbox: Sandbox) -> None:
    """A limit above the caller's own is refused to it; the answer must not be blamed for that."""
    open_before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(SandboxError, match="NOFILE") as caught:
        sandbox.start({"answer": "def answer(): return 1"}, Limits(open_files=2**30))
    if sandbox.name == "bubblewrap":  # which has started before the command that fails
        assert isinstance(caught.value.__context__, EOFError)  # its end was seen, not waited for
    assert not list(Path(tempfile.gettempdir()).glob("autograder-*"))
    assert len(os.listdir("/proc/self/fd")) == open_before


# Real programs run in it -----------------------------------------------------------------------------


@everywhere
@methods
def test_multiprocessing_works_in_it(found: Any, start_method: str) -> None:
    assert found(
        """
        import multiprocessing, os
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import shared_memory

        def square(number):
            return number * number

        def add(lock, total, shared, block_name):
            block = shared_memory.SharedMemory(block_name)
            with lock:
                total.value += 1
                shared.append(os.getpid())
                block.buf[0] += 1
            block.close()

        def answer():
            with multiprocessing.Pool(2) as pool:
                pooled = pool.map(square, range(5))
            with ProcessPoolExecutor(2) as executor:
                executed = list(executor.map(square, range(5)))
            block = shared_memory.SharedMemory(create=True, size=8)
            with multiprocessing.Manager() as manager:
                shared, total, lock = manager.list(), multiprocessing.Value("i"), multiprocessing.Lock()
                workers = [
                    multiprocessing.Process(target=add, args=(lock, total, shared, block.name))
                    for _ in range(3)
                ]
                for worker in workers:
                    worker.start()
                for worker in workers:
                    worker.join()
                counts = [total.value, len(set(shared)), block.buf[0]]
            block.close()
            block.unlink()
            return multiprocessing.get_start_method(), pooled, executed, counts
        """,
        start_method=start_method,
    ) == (start_method, [0, 1, 4, 9, 16], [0, 1, 4, 9, 16], [3, 3, 3])


@everywhere
@pytest.mark.parametrize("start_method", ["fork", "spawn"])
def test_modules_of_the_answer_shadow_nothing(found: Any, start_method: str) -> None:
    """Neither beside the answer nor in the current folder, neither for the runner nor for its workers."""
    names = ["numpy", "autograder", "socket", "multiprocessing", "colorsys", "sitecustomize", "usercustomize"]
    shadows = {name: f"raise SystemExit('{name} of the answer')" for name in names}
    places = found(
        """
        import os, shutil
        from multiprocessing import Pool

        def look(_):
            import autograder, colorsys, multiprocessing, numpy, socket
            return [module.__file__ for module in (autograder, colorsys, multiprocessing, numpy, socket)]

        def answer():
            for name in os.listdir(os.path.dirname(__file__)):
                shutil.copy(os.path.join(os.path.dirname(__file__), name), name)
            with Pool(1) as pool:
                return look(0) + pool.map(look, [0])[0] + [os.path.dirname(__file__), os.getcwd()]
        """,
        start_method=start_method,
        **shadows,
    )
    *modules, answers, here = places
    assert len(modules) == 10
    assert not [place for place in modules if os.path.dirname(place) in (answers, here)]


@everywhere
def test_an_answer_can_import_another_answer(found: Any) -> None:
    assert found("from other import VALUE\ndef answer():\n    return VALUE", other="VALUE = 5") == 5


# Which one is used -----------------------------------------------------------------------------------


def chosen(path: str, arguments: str = "") -> str:
    """What `choose` picks in a fresh process with this PATH, or what it says."""
    code = (
        "from autograder.sandbox import SandboxError, choose\n"
        f"try:\n    print(choose({arguments}).name)\n"
        "except SandboxError as error:\n    print(error)\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env={**os.environ, "PATH": path}, capture_output=True, text=True, cwd=ROOT)
    assert not done.stderr
    return done.stdout.strip()


@pytest.fixture
def no_bubblewrap() -> Iterator[Path]:
    """A folder to be the whole PATH, with everything that is needed but bubblewrap; any user may read it."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for tool in ("unshare", "mount", "mkdir", "setpriv", "prlimit", "sh"):
            found = shutil.which(tool)
            assert found
            (folder / tool).symlink_to(found)
        yield folder


def test_bubblewrap_is_chosen_where_it_works() -> None:
    assert choose().name == choose(own_code=True).name == "bubblewrap"


def test_only_so_many_words_choose_no_sandbox_where_there_is_one() -> None:
    assert isinstance(choose(unsafe=True), Bare)


def test_without_bubblewrap_nothing_is_graded_and_the_message_says_what_to_do(no_bubblewrap: Path) -> None:
    said = chosen(str(no_bubblewrap))
    assert "nothing is graded" in said and "'bwrap' is not there" in said
    assert "apt-get install bubblewrap" in said and "--unsafe-no-sandbox" in said


@pytest.mark.parametrize("arguments", ["own_code=True", "unsafe=True"])
def test_without_bubblewrap_ones_own_code_runs_as_a_plain_process(
    no_bubblewrap: Path, arguments: str
) -> None:
    assert chosen(str(no_bubblewrap), arguments) == "none"


def test_a_bubblewrap_that_may_do_nothing_is_not_chosen_silently(no_bubblewrap: Path) -> None:
    said = "bwrap: No permissions to create new namespace"
    (no_bubblewrap / "bwrap").write_text(f"#!/bin/sh\necho '{said}' >&2\nexit 1\n")
    (no_bubblewrap / "bwrap").chmod(0o755)
    told = chosen(str(no_bubblewrap))
    assert said in told and "user namespaces" in told and "nothing is graded" in told
    assert chosen(str(no_bubblewrap), "own_code=True") == "none"


# Bare only -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sandbox", ["bare"], indirect=True)
def test_no_sandbox_kills_nobody_else(sandbox: Sandbox, marked: Marked) -> None:
    """A neighbour of the same user, in the same session, with a mark of its own, goes on."""
    environment = {**os.environ, "AUTOGRADER_BOX": "not yours"}
    command = [sys.executable, "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=environment) as neighbour:
        with sandbox.start({"answer": "def answer(): return 1"}, Limits()) as box:
            serve(box)
        assert neighbour.poll() is None
        neighbour.communicate(b"\n")
        assert neighbour.returncode == 0


@pytest.mark.parametrize("sandbox", ["bare"], indirect=True)
def test_no_sandbox_finds_what_came_after_the_runner_was_gone(sandbox: Sandbox, marked: Marked) -> None:
    mark = f"autograder-test-late-{os.getpid()}"
    with sandbox.start(STAYERS, Limits()) as box:
        serve(box, mark)
        os.kill(box.process.pid, signal.SIGKILL)
        box.process.wait()
        assert len(marked(mark)) == 3
    assert not marked(mark)

"""One call in one box: every way it can end, what it left running, what it cost."""

from __future__ import annotations

import signal
import textwrap
from typing import Any

import numpy
import pytest

from autograder import calls
from autograder.calls import Settings, call_in_box
from autograder.protocol import Opaque, Stream
from autograder.sandbox import Limits
from autograder.tasks import Digest

MIB = 1 << 20

pytestmark = pytest.mark.usefixtures("leaves_nothing")
contained = pytest.mark.parametrize("sandbox", ["bubblewrap"], indirect=True)
methods = pytest.mark.parametrize("start_method", ["fork", "spawn", "forkserver"])

# How an answer that found the socket would write to it.
FORGERY = """
import json, os, socket, struct, time

def write(raw):
    for descriptor in range(3, 30):
        try:
            connection = socket.socket(fileno=os.dup(descriptor))
        except OSError:
            continue
        with connection:
            return connection.sendall(raw)

def frame(header, buffers=(), magic=b"AGR1"):
    text = json.dumps({"header": header, "buffers": list(map(len, buffers))}).encode()
    return struct.pack(">4sIQ", magic, len(text), sum(map(len, buffers))) + text + b"".join(buffers)
"""


def in_answer(above: str, body: str) -> str:
    """A module whose function `answer` has this body."""
    return f"{above}\ndef answer():\n{textwrap.indent(textwrap.dedent(body), '    ')}\n"


# A value ---------------------------------------------------------------------------------------------


def test_a_value_comes_back_as_data(call: Any) -> None:
    run = call(
        """
        def answer(items, task, stream, array):
            class Strange:
                pass
            return {"items": items, "task": task(3), "stream": list(stream), "sum": array * 2, "?": Strange()}
        """,
        [1, (2, {3})],
        Digest("key", 5),
        Stream((b"one", "two")),
        numpy.arange(3.0),
    )
    value = run.outcome.value
    assert run.outcome.kind == "value" and run.imported and run.left == ()
    assert value["items"] == [1, (2, {3})]
    assert value["task"] == Digest("key", 5)(3)
    assert value["stream"] == [b"one", "two"]
    assert value["sum"].tolist() == [0.0, 2.0, 4.0]
    assert type(value["?"]) is Opaque and value["?"].type_name == "Strange"


def test_a_task_given_back_is_no_data_and_no_broken_answer(call: Any) -> None:
    value = call("def answer(task):\n    return [task]", Digest("key")).outcome.value
    assert type(value[0]) is Opaque and value[0].type_name == "Digest"


def test_what_was_printed_is_kept_in_order(call: Any) -> None:
    text = "print('import')\ndef answer():\n    print('call', flush=True)\n    raise KeyError('k')"
    assert call(text).printed == "import\ncall\n"


@methods
def test_the_start_method_is_set_before_the_answer_is_imported(call: Any, start_method: str) -> None:
    text = "import multiprocessing\nm = multiprocessing.get_start_method()\ndef answer():\n    return m"
    assert call(text, start_method=start_method).outcome.value == start_method


# An error --------------------------------------------------------------------------------------------


def test_an_exception_comes_with_its_type_its_bases_its_text_and_its_place(call: Any) -> None:
    outcome = call(
        """
        class Wrong(LookupError):
            pass

        def inner(number):
            raise Wrong(f"no {number} here")

        def answer(number):
            return inner(number + 1)
    """,
        6,
    ).outcome
    assert (outcome.kind, outcome.error, outcome.text) == ("error", "Wrong", "no 7 here")
    assert outcome.bases == ("Wrong", "LookupError", "Exception", "BaseException", "object")
    first, second = outcome.where.splitlines()
    assert first.endswith("line 9: return inner(number + 1)") and first.startswith("answer.py")
    assert second.endswith('line 6: raise Wrong(f"no {number} here")')


@contained
@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("raise SystemExit(3)", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise BaseExceptionGroup('two', [KeyError(), SystemExit()])", "BaseExceptionGroup"),
        ("return answer()", "RecursionError"),
        ("return int('x' * 5000)", "ValueError"),
        ("return 1 / 0", "ZeroDivisionError"),
        ("import gone", "ModuleNotFoundError"),
    ],
)
def test_every_exception_is_an_error(call: Any, statement: str, error: str) -> None:
    outcome = call(f"def answer():\n    {statement}").outcome
    assert (outcome.kind, outcome.error) == ("error", error)
    assert "answer.py, line 2" in outcome.where


def test_an_exception_that_fights_its_own_description_is_told(call: Any) -> None:
    outcome = call("""
        class Shy(Exception):
            def __str__(self):
                raise RuntimeError("no words")
        Shy.__name__ = "S" * 5000

        def answer():
            raise Shy
    """).outcome
    assert (outcome.kind, outcome.error) == ("error", "S" * 100)
    assert "RuntimeError" in outcome.text


def test_a_long_text_is_cut(call: Any) -> None:
    outcome = call("def answer():\n    raise ValueError('x' * 10**6)").outcome
    assert 1000 < len(outcome.text) < 10_000 and set(outcome.text) == {"x"}


# Imports ---------------------------------------------------------------------------------------------


@contained
@pytest.mark.parametrize(
    ("text", "error", "place"),
    [
        ("import os\n\ndef answer(:\n    pass\n", "SyntaxError", "answer.py, line 3: def answer(:"),
        ("def answer():\npass", "IndentationError", "answer.py, line 2: pass"),
        ("x = 1\nraise NotImplementedError", "NotImplementedError", "answer.py, line 2"),
        ("import nothing_like_it", "ModuleNotFoundError", "answer.py, line 1"),
        ("answer = 5", "TypeError", ""),
        ("def other():\n    pass", "AttributeError", ""),
        ("raise SystemExit", "SystemExit", "answer.py, line 1"),
    ],
)
def test_a_module_that_cannot_be_imported_says_why(call: Any, text: str, error: str, place: str) -> None:
    run = call(text)
    assert not run.imported
    assert (run.outcome.kind, run.outcome.error) == ("error", error)
    assert place in run.outcome.where


def test_the_arguments_come_only_after_the_import(call: Any) -> None:
    """A module that answers by itself while it is imported has not been asked yet."""
    run = call(FORGERY + "write(frame({'status': 'value', 'value': 5}))\ndef answer():\n    return 5")
    assert not run.imported and run.outcome.kind == "unreadable"


def test_an_import_that_does_not_end_is_stopped(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "_IMPORT_SECONDS", 1.0)
    run = call("import time\ntime.sleep(600)")
    assert not run.imported and run.outcome.kind == "timeout" and "1 s" in run.outcome.text


# A hang ----------------------------------------------------------------------------------------------


@contained
@methods
def test_a_hang_is_stopped_and_its_living_processes_are_counted(call: Any, start_method: str) -> None:
    """The processes of the answer, without the box's own and without Python's helpers."""
    run = call(
        """
        import time
        from multiprocessing import Process, Queue

        def put(queue, number):
            queue.put(number)
            time.sleep(600)

        def answer():
            queue = Queue()
            workers = [Process(target=put, args=(queue, number)) for number in range(3)]
            for worker in workers:
                worker.start()
            print("all up:", sorted(queue.get() for _ in workers), flush=True)
            workers[0].join()
        """,
        start_method=start_method,
        seconds=5.0,  # long enough for three workers to come up on a busy machine
    )
    assert "all up: [0, 1, 2]" in run.printed
    assert run.outcome.kind == "timeout"
    assert run.outcome.alive == 3
    assert "5 s" in run.outcome.text and "3 processes" in run.outcome.text


def test_an_answer_that_does_not_read_its_arguments_is_stopped(call: Any) -> None:
    """The arguments are more than a socket holds, so that sending them must end at the time limit too."""
    text = FORGERY + "write(frame({'status': 'ready'}))\ntime.sleep(600)\ndef answer(data):\n    pass"
    assert call(text, b"x" * (8 * MIB), seconds=1.0).outcome.kind == "timeout"


def test_an_answer_that_drips_is_stopped(call: Any) -> None:
    text = FORGERY + (
        "def answer():\n"
        "    for byte in frame({'status': 'value', 'value': 'x' * 10000}):\n"
        "        write(bytes([byte]))\n"
        "        time.sleep(0.05)\n"
    )
    assert call(text, seconds=1.0).outcome.kind == "timeout"


# Death -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "contained_status", "bare_status"),
    [
        ("os._exit(0)", 0, 0),
        ("os._exit(3)", 3, 3),
        ("os.abort()", 128 + signal.SIGABRT, -signal.SIGABRT),
        ("ctypes.string_at(0)", 128 + signal.SIGSEGV, -signal.SIGSEGV),
        ("os.kill(os.getpid(), signal.SIGKILL)", 128 + signal.SIGKILL, -signal.SIGKILL),
        ("os.execv('/bin/true', ['true'])", 0, 0),
    ],
)
def test_a_death_is_told_with_its_exit_status(
    call: Any, sandbox: Any, statement: str, contained_status: int, bare_status: int
) -> None:
    run = call(f"import ctypes, os, signal\ndef answer():\n    {statement}")
    status = bare_status if sandbox.name == "none" else contained_status
    assert run.outcome.kind == "died" and run.imported
    assert f"(exit status {status})" in run.outcome.text


def test_a_death_during_the_import_is_told(call: Any) -> None:
    run = call("import os\nos._exit(7)")
    assert run.outcome.kind == "died" and not run.imported
    assert "(exit status 7)" in run.outcome.text


def test_a_death_that_leaves_processes_behind_ends_them(call: Any) -> None:
    """A worker holds the socket open; the runner's death must not be waited for in vain."""
    text = "import os, time\ndef answer():\n    if os.fork():\n        os._exit(4)\n    time.sleep(600)"
    assert call(text, seconds=2.0).outcome.kind in ("died", "timeout")


@contained
def test_a_closed_socket_is_no_answer(call: Any) -> None:
    text = "import os, time\ndef answer():\n    os.closerange(3, 100)\n    time.sleep(600)"
    assert call(text).outcome.kind == "died"


# Answers that cannot be read -------------------------------------------------------------------------


@contained
@pytest.mark.parametrize(
    "written",
    [
        "b'garbage, and more than a head of it'",
        "frame({'status': 'value', 'value': 5}, magic=b'AGR2')",
        "frame({'status': 'ready'})",
        "frame({'status': 'full marks'})",
        "frame({'status': ['value'], 'value': 5})",
        "frame({})",
        "frame({'status': 'value', 'value': {'$': 'task', 'class': 'Digest', 'fields': {'key': 'k'}}})",
        "frame({'status': 'value', 'value': {'$': 'array', 'buffer': 0, 'dtype': 'O', 'shape': [0]}}, [b''])",
        "frame({'status': 'value', 'value': {'$': 'int', 'hex': 'f' * 10**6}})",
        "frame({'status': 'error', 'bases': 5})",
        "struct.pack('>4sIQ', b'AGR1', 2**32 - 1, 2**63)",
        "struct.pack('>4sIQ', b'AGR1', 5000000, 0) + b'[' * 5000000",
        "b'AGR1' + bytes(12)",
    ],
)
def test_a_forged_frame_is_unreadable(call: Any, written: str) -> None:
    outcome = call(f"{FORGERY}\ndef answer():\n    write({written})\n    time.sleep(600)").outcome
    assert outcome.kind == "unreadable"
    assert outcome.text.startswith("gave an answer that cannot be read: ")


@contained
@pytest.mark.parametrize(
    "header",
    [
        "{'status': 'error'}",
        "{'status': 'error', 'type': ['x'] * 10000, 'text': {'a': 1}, 'where': 5, 'bases': [[1], None, 2]}",
        "dict.fromkeys(['type', 'text', 'where'], 'x' * 10**6) | {'status': 'error', 'bases': ['b'] * 10**5}",
    ],
)
def test_a_forged_error_is_text_of_limited_length(call: Any, header: str) -> None:
    outcome = call(f"{FORGERY}\ndef answer():\n    write(frame({header}))\n    time.sleep(600)").outcome
    assert outcome.kind == "error"
    told = [outcome.error, outcome.text, outcome.where, *outcome.bases]
    assert all(type(text) is str for text in told) and sum(map(len, told)) < 10_000


def test_an_answer_over_the_size_limit_is_unreadable(call: Any) -> None:
    """Three hundred MB of zeros, of which nothing is read."""
    outcome = call("def answer():\n    return [bytes(150 << 20)] * 2").outcome
    assert outcome.kind == "unreadable" and "too big" in outcome.text


# Too much --------------------------------------------------------------------------------------------


def test_a_flood_is_told(call: Any) -> None:
    outcome = call("def answer():\n    while True:\n        print('y' * 1000)").outcome
    assert outcome.kind == "flooded" and "1,048,576 bytes" in outcome.text


HOG = """
import os, time

def hog(megabytes):
    for _ in range(4):
        if os.fork() == 0:
            data = b"x" * (megabytes << 20)
            time.sleep(600)
    time.sleep(600)
"""


def test_processes_that_use_too_much_memory_together_are_stopped(call: Any) -> None:
    """Each is within its own limit; their sum is not."""
    run = call(f"{HOG}\ndef answer():\n    hog(150)", limits=Limits(memory=450 * MIB))
    assert run.outcome.kind == "memory" and "MiB" in run.outcome.text


def test_memory_is_watched_during_the_import_too(call: Any) -> None:
    run = call(f"{HOG}\nhog(150)\ndef answer():\n    pass", limits=Limits(memory=450 * MIB))
    assert run.outcome.kind == "memory" and not run.imported


def test_memory_that_forked_workers_share_counts_once(call: Any) -> None:
    text = """
        import os, time

        def answer():
            data = b"x" * (200 << 20)
            children = []
            for _ in range(4):
                child = os.fork()
                if child == 0:
                    time.sleep(0.5)
                    os._exit(len(data) % 7)
                children.append(child)
            return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    """
    run = call(text, limits=Limits(memory=450 * MIB))
    assert run.outcome.value == [(200 << 20) % 7] * 4


@contained
@pytest.mark.parametrize(
    ("allowed", "memory", "fits"),
    [(600, None, True), (600, 100, False), (600, 400, True), (100, 400, False), (100, None, False)],
)
def test_a_call_may_get_less_memory_than_others_and_never_more(
    sandbox: Any, allowed: int, memory: int | None, fits: bool
) -> None:
    """An answer that needs 200 MiB, in MiB: what the settings allow, and what this call may use."""
    settings = Settings(sandbox, start_method="fork", limits=Limits(memory=allowed * MIB))
    sources = {"answer": f"def answer():\n    return len(bytearray({200 * MIB}))"}
    limit = None if memory is None else memory * MIB
    outcome = call_in_box(settings, "answer", "answer", (), 20.0, sources, memory=limit).outcome
    if fits:
        assert outcome.value == 200 * MIB
    else:
        assert (outcome.kind, outcome.error) == ("error", "MemoryError")


# What is left ----------------------------------------------------------------------------------------

WORKERS = """
import time
from multiprocessing import Pool, Process

kept = []

def square(number):
    return number * number
"""


@pytest.fixture
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left on purpose need not be waited for as long as it usually is."""
    monkeypatch.setattr(calls, "_GRACE_SECONDS", 0.2)


@methods
def test_a_process_left_running_is_seen(call: Any, short_grace: None, start_method: str) -> None:
    text = """
        kept.append(Process(target=time.sleep, args=(600,)))
        kept[0].start()
    """
    assert call(in_answer(WORKERS, text), start_method=start_method).left == ("1 process",)


def test_a_process_left_by_an_exception_is_seen(call: Any, short_grace: None) -> None:
    text = """
        kept.append(Process(target=time.sleep, args=(600,)))
        kept[0].start()
        raise ValueError
    """
    run = call(in_answer(WORKERS, text))
    assert run.outcome.error == "ValueError" and run.left == ("1 process",)


@methods
def test_a_pool_left_open_is_seen(call: Any, short_grace: None, start_method: str) -> None:
    text = """
        kept.append(Pool(2))
        return kept[0].map(square, range(4))
    """
    run = call(in_answer(WORKERS, text), start_method=start_method)
    assert run.outcome.value == [0, 1, 4, 9]
    assert run.left == ("2 processes", "3 threads")


def test_a_process_that_detached_itself_is_seen(call: Any, short_grace: None) -> None:
    run = call("""
        import os, time

        def answer():
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    time.sleep(600)
                os._exit(0)
            os.wait()
    """)
    assert run.left == ("1 process",)


def test_a_thread_left_running_is_seen(call: Any, short_grace: None) -> None:
    text = "threading.Thread(target=time.sleep, args=(600,)).start()"
    assert call(in_answer("import threading, time", text)).left == ("1 thread",)


@methods
def test_what_is_closed_leaves_nothing(call: Any, start_method: str) -> None:
    """A Pool, an executor, a Manager, shared memory; Python's own helpers are not the answer's fault."""
    run = call(
        f"""{WORKERS}
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import Manager
from multiprocessing.shared_memory import SharedMemory

def answer():
    block = SharedMemory(create=True, size=10)
    block.close()
    block.unlink()
    with Manager() as manager, ThreadPoolExecutor(2) as threads, ProcessPoolExecutor(2) as executor:
        shared = manager.list([1])
        threaded, executed = list(threads.map(square, [2])), list(executor.map(square, [3]))
    with Pool(2) as pool:
        return pool.map(square, range(4)) + threaded + executed
""",
        start_method=start_method,
    )
    assert run.outcome.value == [0, 1, 4, 9, 4, 9]
    assert run.left == ()


def test_what_is_ending_is_waited_for(call: Any) -> None:
    text = """
        kept.append(Process(target=time.sleep, args=(0.3,)))
        kept[0].start()
    """
    assert call(in_answer(WORKERS, text)).left == ()


# What it cost ----------------------------------------------------------------------------------------

BURN = """
import os, time
from multiprocessing import Pool

def waited():
    return int(open("/proc/self/schedstat").read().split()[1]) / 1e9

def burn(seconds):
    cpu, wait = time.process_time(), waited()
    while time.process_time() - cpu < seconds:
        pass
    return time.process_time() - cpu, waited() - wait
"""


def near(expected: float, slack: float = 0.05) -> Any:
    """Within 15%, or a few ticks."""
    return pytest.approx(expected, rel=0.15, abs=slack)


def test_the_cost_is_what_the_answer_itself_measured(call: Any) -> None:
    run = call(f"{BURN}\ndef answer():\n    return burn(0.5)")
    cpu, wait = run.outcome.value
    assert run.usage.cpu == near(cpu)
    assert run.usage.wait == near(wait)
    assert run.usage.wall >= cpu
    assert 0.75 < run.usage.asked < 1.1  # serial, whatever else the machine does


def test_what_the_import_cost_does_not_count(call: Any) -> None:
    run = call(f"{BURN}\nburn(0.4)\ndef answer():\n    return burn(0.2)")
    assert run.usage.cpu == near(run.outcome.value[0])


def test_the_cost_of_workers_is_counted_though_they_are_gone(call: Any) -> None:
    """Two workers for four pieces; the pool is closed before the answer is given."""
    run = call(in_answer(BURN, "with Pool(2) as pool:\n    return pool.map(burn, [0.2] * 4, 1)"))
    cpu, wait = map(sum, zip(*run.outcome.value, strict=True))
    assert run.usage.cpu == near(cpu, 0.1)
    assert run.usage.wait == near(wait, 0.2)
    assert run.usage.processes >= 3


def test_the_cost_of_processes_that_end_at_once_is_counted(call: Any) -> None:
    """Each lives for a poll or two; what its last poll missed is in its parent's account."""
    run = call(f"""{BURN}
def answer():
    told = []
    for _ in range(20):
        read, write = os.pipe()
        if os.fork() == 0:
            burn(0.025)
            os.write(write, str(time.process_time()).encode())
            os._exit(0)
        os.wait()
        told.append(float(os.read(read, 100)))
    return sum(told)
""")
    assert run.usage.cpu == near(run.outcome.value, 0.1)


@contained
def test_the_cost_of_orphans_is_counted(call: Any) -> None:
    """A process whose parent has ended is reaped by pid 1 of the box, or still lives."""
    run = call(f"""{BURN}
def answer():
    read, write = os.pipe()
    if os.fork() == 0:
        if os.fork() == 0:
            os.write(write, str(burn(0.3)[0]).encode())
        os._exit(0)
    os.wait()
    return float(os.read(read, 100))
""")
    assert run.usage.cpu == near(run.outcome.value, 0.1)


def test_waiting_costs_no_cpu_time(call: Any) -> None:
    run = call("import time\ndef answer():\n    time.sleep(0.4)")
    assert run.usage.wall >= 0.4
    assert run.usage.asked < 0.25


def test_threads_that_have_ended_are_counted(call: Any) -> None:
    """hashlib lets go of the GIL, so two threads keep two cores busy, or wait for them."""
    run = call("""
        import hashlib, threading, time

        def work(data, told):
            start = time.thread_time()
            hashlib.sha256(data).digest()
            told.append(time.thread_time() - start)

        def answer():
            data, told = bytes(100 << 20), []
            start = time.process_time()
            for _ in range(2):
                threads = [threading.Thread(target=work, args=(data, told)) for _ in range(2)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
            return sum(told), time.process_time() - start
    """)
    in_threads, in_all = run.outcome.value
    assert in_all >= in_threads
    assert run.usage.cpu == near(in_all)
    assert run.usage.asked > 1.3

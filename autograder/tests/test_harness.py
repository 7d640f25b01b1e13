"""From cases to findings and points, with real answers in real boxes."""

from __future__ import annotations

import random
import re
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from autograder import calls
from autograder.calls import Settings
from autograder.course import Course
from autograder.exercise import (
    Call,
    Case,
    Check,
    Equals,
    Exercise,
    Expectation,
    Outcome,
    Raises,
    Satisfies,
    SpeedRule,
    Work,
    difference,
)
from autograder.findings import Finding, Report
from autograder.harness import judge
from autograder.protocol import Opaque
from autograder.sandbox import Limits, bubblewrap, choose
from autograder.tasks import Digest

pytestmark = pytest.mark.usefixtures("leaves_nothing")

ROOT = Path(__file__).resolve().parents[2]
RIGHT = """
    def double(items):
        if items is None:
            raise ValueError("items must not be None")
        return [2 * item for item in items]
"""
NAMES = ["values", "nothing for nothing", "a bad argument raises ValueError"]


class Double(Exercise):
    """The promise: 2 * item for each item; weights 3, 2 and 1, and 2 for leaving nothing behind."""

    signature = "double(items)"
    correctness_points = 4.0
    leftovers_weight = 2.0
    seconds = 20.0

    def __init__(self) -> None:
        self.drawn: list[list[int]] = []

    def cases(self, rng: random.Random, processes: int) -> Iterator[Case]:
        items = [rng.randrange(10**9) for _ in range(3)]
        self.drawn.append(items)
        values = Check(NAMES[0], Equals([2 * item for item in items]), "Multiply.", 3.0, essential=True)
        yield Case((items,), (values,), on="three items", seconds=self.seconds)
        yield Case(([],), (Check(NAMES[1], Equals([]), "Think of [].", 2.0),), on="[]")
        for bad in (None, None):
            yield Case((bad,), (Check(NAMES[2], Raises("ValueError", "items"), "Look first."),), on=f"{bad}")


class Impatient(Double):
    seconds = 1.0


class Timed(Double):
    """The same, with a piece of work to time that any answer gets wrong which does not double -1."""

    speed_points = 2.0
    speed = SpeedRule(0.5, seconds=0.01)

    def work(self, rng: random.Random, processes: int) -> Work:
        ideal = Call("run_shares", (Digest("key"), [0, 1], [[0], [1]]))
        return Work(
            ([-1, 1],), ideal=ideal, serial=ideal, problem=lambda expected, got: difference([-2, 2], got)
        )


def judged(text: str | None, exercise: Exercise | None = None, /, **changes: Any) -> Report:
    """The report on an answer `double` with this text; None for no answer at all."""
    siblings = changes.pop("siblings", {})
    progress = changes.pop("progress", lambda stage: None)
    sources = {name: textwrap.dedent(source) for name, source in siblings.items()}
    if text is not None:
        sources["double"] = textwrap.dedent(text)
    settings = Settings(choose(), processes=changes.pop("processes", 2), **changes)
    return judge(exercise or Double(), "00-test", sources, settings, progress)


def finding(report: Report, name: str) -> Finding:
    found = [one for one in report.findings if one.name == name]
    assert len(found) == 1, [one.name for one in report.findings]
    return found[0]


def failures(report: Report) -> list[str]:
    return [one.name for one in report.findings if not one.passed]


# Right and partly right ------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_right_answer_earns_everything_under_every_start_method(method):
    report = judged(RIGHT, start_method=method)
    assert report.correct and report.points == report.max_points == 4.0
    assert [one.name for one in report.findings] == [
        "the module can be imported",
        *NAMES,
        "nothing is left running",
    ]
    assert report.speed is None and report.sandbox == "bubblewrap" and method in report.machine


@pytest.mark.parametrize(
    ("change", "failed", "points"),
    [
        (("items is None", "False"), [NAMES[2]], 4 * 7 / 8),
        (("return [2", "return items and [2"), [], 4.0),
        (
            ("return [2 * item for item in items]", "return [2 * item for item in items] or None"),
            [NAMES[1]],
            4 * 6 / 8,
        ),
        (("items must not be None", "no"), [NAMES[2]], 4 * 7 / 8),
        (("raise ValueError", "raise TypeError"), [NAMES[2]], 4 * 7 / 8),
    ],
)
def test_partial_credit_is_the_share_of_the_weights_that_passed(change, failed, points):
    text = RIGHT.replace(*change)
    assert text != RIGHT
    report = judged(text)
    assert failures(report) == failed
    assert report.points == round(points, 2)


def test_points_are_rounded_to_hundredths():
    class Thirds(Double):
        correctness_points = 1.0
        leftovers_weight = 0.0

    report = judged(RIGHT.replace("items is None", "False"), Thirds())
    assert report.points == 0.83


def test_a_failure_says_on_which_input_what_was_expected_what_came_and_what_to_do():
    report = judged("def double(items): return [3 * item for item in items]")
    found = finding(report, "values")
    assert re.fullmatch(r"on three items: expected result\[0\] to be \d+, got \d+", found.message)
    assert found.hint == "Multiply." and found.essential


def test_a_passed_finding_has_no_hint():
    assert all(not one.hint for one in judged(RIGHT).findings)


def test_an_essential_failure_earns_nothing_and_nothing_more_is_tried():
    stages: list[str] = []
    report = judged("def double(items): return [3 * item for item in items]", progress=stages.append)
    assert report.points == 0.0
    assert failures(report) == NAMES
    assert [finding(report, name).message for name in NAMES[1:]] == ["not tried, since 'values' failed."] * 2
    assert stages == ["double: check 1 of 4, values"]


def test_a_check_that_failed_is_not_tried_again():
    stages: list[str] = []
    judged(RIGHT.replace("items is None", "False"), progress=stages.append)
    assert stages == [f"double: check {n} of 4, {name}" for n, name in zip((1, 2, 3), NAMES, strict=True)]


# No answer, or none that can be called ---------------------------------------------------------------


@pytest.mark.parametrize("text", [None, "", " \n\t\n"])
def test_without_an_answer_the_report_says_so_and_nothing_is_run(text):
    stages: list[str] = []
    report = judged(text, progress=stages.append)
    assert (report.points, stages) == (0.0, [])
    message = "there is no answer: no cell (or file) that writes double.py was found, or it is empty."
    assert finding(report, "the module can be imported").message == message
    assert {finding(report, name).message for name in NAMES} == {"not tried, since there is no answer."}


@pytest.mark.parametrize("top", ["", "raise NotImplementedError('to be written')\n"])
def test_an_untouched_stub_is_told_apart_from_a_broken_answer(top):
    report = judged(f"{top}def double(items):\n    raise NotImplementedError('to be written')")
    assert report.points == 0.0
    first = next(one for one in report.findings if not one.passed)
    assert "NotImplementedError" in first.message and first.essential
    assert first.hint.startswith("Put your code in place of that line")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "def double(items)\n    return items\n",
            r"SyntaxError: .*\ndouble\.py, line 1: def double\(items\)",
        ),
        ("def double(items):\nreturn items\n", r"IndentationError: .*\ndouble\.py, line 2: return items"),
        ("\0", r"SyntaxError|ValueError"),
        (
            "import no_such_module\n",
            r"ModuleNotFoundError: No module named 'no_such_module'\ndouble\.py, line 1",
        ),
        ("from triple import triple\n", r"ModuleNotFoundError: No module named 'triple'"),
        ("x = 1\n\ny = x / 0\n", r"ZeroDivisionError: division by zero\ndouble\.py, line 3: y = x / 0"),
        ("import sys\nsys.exit('bye')\n", r"SystemExit: bye"),
        ("%matplotlib inline\n", r"SyntaxError: invalid syntax"),
        ("def doubel(items): ...\n", r"the module double\.py defines no function double\."),
        ("double = 2\n", r"TypeError: double is not a function but of type int"),
        ("import os\nos._exit(3)\n", r"it ended without an answer"),
    ],
)
def test_what_cannot_be_imported_is_named_with_its_line(text, said):
    report = judged(text)
    assert report.points == 0.0 and failures(report) == ["the module can be imported", *NAMES]
    assert re.search(said, finding(report, "the module can be imported").message)
    assert {finding(report, name).message for name in NAMES} == {
        "not tried, since double cannot be imported."
    }


def test_a_forgotten_return_is_hinted_at_where_it_matters():
    found = finding(judged("def double(items):\n    [2 * item for item in items]\n"), NAMES[0])
    assert found.hint.startswith("It returned None, as every function does that ends without a `return`. ")
    assert "It returned" not in finding(judged("def double(items):\n    return []\n"), NAMES[0]).hint


def test_a_function_of_another_name_comes_with_the_next_step():
    found = finding(judged("def doubel(items): ...\n"), "the module can be imported")
    assert found.hint.startswith("The function must be called double, ")


def test_an_import_that_hangs_is_stopped(monkeypatch):
    monkeypatch.setattr(calls, "_IMPORT_SECONDS", 1.0)
    report = judged("import time\ntime.sleep(1000)")
    found = finding(report, "the module can be imported")
    assert (
        found.message
        == "importing double.py failed: it was stopped after 1 s, with no process of its own alive."
    )
    assert found.hint


def test_an_answer_may_use_another_answer():
    siblings = {"twice": "def twice(item): return 2 * item\n"}
    text = RIGHT.replace("[2 * item", "[twice(item)")
    assert judged(f"from twice import twice\n{textwrap.dedent(text)}", siblings=siblings).correct


# Calls that do not end well --------------------------------------------------------------------------

HANGS = """
    from multiprocessing import Process, Queue
    from time import sleep

    def double(items):
        for _ in range(2):
            Process(target=sleep, args=(1000,)).start()
        return Queue().get()
"""


def test_a_hang_is_stopped_and_told_with_its_living_processes():
    report = judged(HANGS, Impatient())
    found = finding(report, "values")
    stopped = r"it was stopped after 1 s, with 2 processes of its own alive\."
    assert re.fullmatch(rf"on three items: expected \[.*\], but {stopped}", found.message)
    assert found.hint.startswith("It waited for something that never came."), (
        "not the hint about wrong values"
    )
    assert report.points == 0.0


def test_a_check_of_ending_in_time_keeps_its_own_hint_for_a_hang():
    class InTime(Impatient):
        def cases(self, rng: random.Random, processes: int) -> Iterator[Case]:
            for case in super().cases(rng, processes):
                check = Check("ends", case.checks[0].expectation, "Do not wait.", in_time=True)
                yield Case(case.arguments, (check,), seconds=case.seconds)
                return

    assert finding(judged(HANGS, InTime()), "ends").hint == "Do not wait."


class Frugal(Double):
    """The same, in 150 MiB."""

    def cases(self, rng: random.Random, processes: int) -> Iterator[Case]:
        case = next(super().cases(rng, processes))
        check = Check("frugal", case.checks[0].expectation, "Keep less.")
        yield Case(case.arguments, (check,), on="three items, in 150 MiB", memory=150 << 20)


HOARDS = """
    import os, time

    def double(items):
        for _ in range(6):
            if os.fork() == 0:
                kept = bytearray(os.urandom(1 << 20)) * 40
                time.sleep(600)
        time.sleep(600)
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def double(items):\n    return bytearray(200 << 20)", "it raised MemoryError"),
        (HOARDS, "MiB of memory"),
    ],
)
def test_a_case_about_memory_keeps_its_own_hint_however_memory_ends(text, said):
    found = finding(judged(text, Frugal()), "frugal")
    assert not found.passed and said in found.message and found.message.startswith("on three items, in 150")
    assert found.hint == "Keep less."
    assert judged(RIGHT, Frugal()).correct


@pytest.mark.parametrize(
    ("body", "said", "hint"),
    [
        ("os._exit(0)", "it ended without an answer", "Call it yourself in a terminal"),
        ("print('x' * 3_000_000)", "it was stopped: it printed more than", "Take out the print"),
        ("return lambda: items", "expected the result to be a list, got a function", "Multiply."),
        ("sys.exit(3)", "it raised SystemExit: 3\ndouble.py, line 5", "Multiply."),
        ("raise KeyboardInterrupt", "it raised KeyboardInterrupt", "Multiply."),
        (
            "return Pool(2).map(lambda x: 2 * x, items)",
            "Can't pickle",
            "What goes to another process is pickled",
        ),
        (
            "with ProcessPoolExecutor(2) as pool: return pool.submit(os.abort).result()",
            "it raised BrokenProcessPool",
            "A worker died at its work.",
        ),
        (
            "with Pool(2) as pool: return pool.map(helper, items)",
            "it raised ZeroDivisionError: division by zero\n"
            "double.py, line 5: with Pool(2) as pool: return pool.map(helper, items)\n"
            "in a worker: double.py, line 8: return item / 0",
            "Multiply.",
        ),
    ],
)
def test_every_bad_end_has_its_words_and_its_hint(body, said, hint):
    imports = "import os, sys\nfrom concurrent.futures import *\nfrom multiprocessing import Pool\n"
    helper = "def helper(item):\n    return item / 0\n"
    found = finding(judged(f"{imports}def double(items):\n    {body}\n\n{helper}"), "values")
    assert said in found.message
    assert found.hint.startswith(hint)


def test_memory_without_end_is_stopped_and_said():
    limits = Limits(memory=256 << 20)
    report = judged("def double(items):\n    return bytearray(10**9)", limits=limits)
    assert finding(report, "values").message.startswith("on three items: ")
    assert "MemoryError" in finding(report, "values").message


# What is left behind ---------------------------------------------------------------------------------

LEAVES_PROCESS = """
    from multiprocessing import Process
    from time import sleep

    def double(items):
        Process(target=sleep, args=(1000,), daemon=True).start()
        if items is None:
            raise ValueError("items must not be None")
        return [2 * item for item in items]
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LEAVES_PROCESS, "on three items: still there after it returned or raised: 1 process."),
        (
            LEAVES_PROCESS.replace("multiprocessing import Process", "threading import Thread as Process"),
            "on three items: still there after it returned or raised: 1 thread.",
        ),
        (
            LEAVES_PROCESS.replace("        Process(", "        if not items: Process("),
            "on []: still there after it returned or raised: 1 process.",
        ),
    ],
)
def test_what_is_left_running_is_counted_where_it_was_first_seen(text, said):
    report = judged(text)
    assert failures(report) == ["nothing is left running"]
    assert finding(report, "nothing is left running").message == said
    assert report.points == 3.0


def test_workers_that_are_just_ending_and_pythons_own_helpers_are_not_left_running(monkeypatch):
    monkeypatch.setattr(calls, "_GRACE_SECONDS", 20.0)  # a busy machine may take its time
    text = """
        from multiprocessing import Pool, shared_memory

        def double(items):
            if items is None:
                raise ValueError("items must not be None")
            shared_memory.SharedMemory(create=True, size=1).unlink()
            if not items:
                return []
            pool = Pool(2)
            result = pool.map(twice, items)
            pool.close()
            return result

        def twice(item):
            return 2 * item
    """
    for method in ("fork", "forkserver"):
        assert judged(text, start_method=method).correct


# Inputs and secrets ----------------------------------------------------------------------------------


def test_a_seed_fixes_the_inputs_and_without_one_they_are_new_each_time():
    exercise = Double()
    for seed in (7, 7, 8, None, None):
        judged(RIGHT, exercise, seed=seed)
    first, again, other, fresh, new = exercise.drawn
    assert first == again != other
    assert len({tuple(items) for items in (first, other, fresh, new)}) == 4


def test_expected_values_and_hints_are_nowhere_in_the_box():
    given, kept = (f"needle{random.SystemRandom().getrandbits(64):016x}" for _ in range(2))

    class Hidden(Exercise):
        signature = "double(items)"

        def cases(self, rng: random.Random, processes: int) -> Iterator[Case]:
            check = Check("search", Satisfies(self.look, kept), f"hint {kept}")
            yield Case((given,), (check, Check("values", Equals([kept]))), on=f"on {kept}")

        def look(self, got: Any) -> str:
            """The search must find what was given, or it proves nothing, and must not find what was not."""
            places = dict(got)
            return "" if given in places and kept not in places else f"found {places}"

    text = """
        import gc, glob, re
        from contextlib import suppress

        def double(given):
            found = {}
            for one in gc.get_objects():
                if type(one) is dict:
                    for value in list(one.values()):
                        if type(value) is str:
                            note(found, value.encode(), "an object")
            files = glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline")
            for root in ("/box", "/answers", "/work", "/tmp", "/etc", "/dev/shm"):
                files += glob.glob(root + "/**", recursive=True)
            for path in files:
                with suppress(OSError), open(path, "rb") as file:
                    note(found, file.read(), path)
            for maps in glob.glob("/proc/[0-9]*/maps"):
                with suppress(OSError):
                    for line in open(maps).read().splitlines():
                        start, end = (int(part, 16) for part in line.split()[0].split("-"))
                        with suppress(OSError, ValueError, OverflowError):
                            with open(maps[:-4] + "mem", "rb", 0) as memory:
                                memory.seek(start)
                                note(found, memory.read(end - start), maps)
            return [list(pair) for pair in found.items()]

        def note(found, data, where):
            for match in re.findall(rb"needle[0-9a-f]{16}", data or b""):
                found.setdefault(match.decode(), where)
    """
    report = judged(text, Hidden())
    assert finding(report, "search").passed, finding(report, "search").message
    assert not finding(report, "values").passed


def test_what_the_answer_printed_is_in_the_report_and_cut():
    report = judged(
        "print('at import')\n" + textwrap.dedent(RIGHT).replace("    if", "    print('called')\n    if")
    )
    assert report.output.splitlines()[:2] == ["at import", "called"]
    assert len(judged("print('x' * 9000)\n" + textwrap.dedent(RIGHT)).output) == 4000


def test_no_process_of_an_answer_outlives_the_judgement():
    before = set(psutil.Process().children(recursive=True))
    judged(HANGS, Impatient())
    assert set(psutil.Process().children(recursive=True)) <= before


def test_an_interrupt_while_a_box_starts_leaves_nothing(monkeypatch):
    def interrupted(*arguments: Any) -> bytes:
        raise KeyboardInterrupt

    before = set(psutil.Process().children(recursive=True))
    monkeypatch.setattr(bubblewrap, "read_until_line", interrupted)
    with pytest.raises(KeyboardInterrupt):
        choose().start({"double": RIGHT}, Limits())
    assert set(psutil.Process().children(recursive=True)) <= before


# Values that nobody thought of -----------------------------------------------------------------------

STRANGE = [
    None,
    float("nan"),
    10**5000,
    [10**5000] * 6,
    {10**5000: 1},
    "\ud800",
    [None] * 6,
    [np.array([1, 2])] * 6,
    np.array([[1, 2], [3, 4]]),
    [[]] * 6,
    [{1: {2}}] * 6,
    [("x", [], None, {})] * 10,
    [("x", 1, 1, 1), ("x", "1", None, 1.5)],
    [("x", True, float("nan"), 0)] * 10,
    [("x", float("nan"), float("nan"))] * 8,
    [("x", 1.0, 10**400)] * 8,
    (1, 2, 3),
    Opaque("", ""),
    [Opaque("X" * 100, "\x1b[31m" * 30)] * 6,
    {"a": {"b": set()}},
]


@pytest.mark.parametrize("name", ["parallel_map", "balanced_map", "apply_model", "first_match"])
def test_no_value_makes_a_check_of_the_pool_unit_fall_over(name):
    exercise = Course(ROOT).unit("02-pool").exercise(name)
    for value in STRANGE:
        for case in exercise.cases(random.Random(3), 2):
            for check in case.checks:
                problem = check.expectation.problem(Outcome("value", value=value))
                if value is not None:  # that first_match may return
                    assert problem and len(problem) < 2000, (check.name, value)


def test_a_check_that_falls_over_is_a_failure_of_the_answer_and_not_of_the_class():
    class Fragile(Expectation):
        def problem(self, outcome: Outcome) -> str:
            return "" if outcome.value[0] > 0 else "not positive"

    class Exam(Exercise):
        signature = "double(items)"

        def cases(self, rng: random.Random, processes: int) -> Iterator[Case]:
            yield Case(([1],), (Check("values", Fragile(), "Multiply."),), on="[1]")

    report = judged("def double(items): return items[0]", Exam())
    assert report.points == 1.0 and failures(report) == ["values"]
    assert finding(report, "values").message == (
        "on [1]: got 1, which cannot even be compared with what is expected "
        "(TypeError: 'int' object is not subscriptable)"
    )


# Speed, as far as it is decided here -----------------------------------------------------------------


def test_speed_is_not_measured_when_it_is_left_out():
    report = judged(RIGHT, Timed(), speed=False)
    assert report.speed is not None and report.speed.verdict == "not-measured"
    assert report.speed.reason == "It was left out this time."
    assert (report.points, report.max_points, report.correct) == (4.0, 6.0, True)


def test_speed_is_not_measured_of_an_answer_that_fails_an_essential_check():
    report = judged("def double(items): return []", Timed())
    assert report.speed is not None and report.speed.verdict == "not-measured" and report.speed.blocks == 0
    assert report.speed.reason == "Speed counts only for right answers, and this one failed 'values'."


def test_on_one_core_correctness_is_graded_and_speed_is_left_open():
    report = judged(RIGHT, Timed(), processes=1)
    assert report.correct and report.points == 4.0 and report.needs_person
    assert report.speed is not None and "one usable core" in report.speed.reason


def test_an_answer_that_is_wrong_on_the_timed_work_is_not_right():
    report = judged(RIGHT.replace("2 * item", "2 * abs(item)"), Timed())
    found = finding(report, "the timed work is right too")
    assert not found.passed and "expected result[0] to be -2, got 2" in found.message
    assert report.speed is not None and report.speed.verdict == "not-measured" and report.speed_points == 0.0
    assert report.correctness_points == 4.0 and not report.correct
    Path(tempfile.gettempdir(), "autograder-timing-slot").unlink()  # stays on purpose, but not in this test

"""The command line keeps its contract: JSON, exit statuses, messages, and an end that leaves nothing."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

pytestmark = pytest.mark.usefixtures("leaves_nothing")

COMMAND = Path(sys.executable).with_name("autograder")
ROOT = Path(__file__).resolve().parents[2]

CHECKS = """
    from autograder import Case, Check, Equals, Exercise, SpeedRule, Work
    from autograder.exercise import Call, difference, spread
    from autograder.tasks import Digest

    class Double(Exercise):
        signature = "double(items)"

        def cases(self, rng, processes):
            items = [rng.randrange(100) for _ in range(3)]
            check = Check("values", Equals([2 * item for item in items]), "Multiply.", essential=True)
            yield Case((items,), (check,), on="three items", seconds=60.0)

    class Hash(Exercise):
        signature = "hash_all(func, items, processes)"
        speed_points = 1.5
        speed = SpeedRule(0.9, seconds=0.02)

        def cases(self, rng, processes):
            yield Case((Digest("k"), [1], 2), (Check("values", Equals([Digest("k")(1)])),), on="[1]")

        def work(self, rng, processes):
            func, items = Digest(f"{rng.random()}", 40_000), list(range(2))
            return Work(
                (func, items, processes),
                ideal=Call("run_shares", (func, items, spread(2, 2))),
                serial=Call("run_shares", (func, items, spread(2, 1))),
                problem=difference,
            )
"""
OTHER = """
    from autograder import Exercise

    class Double(Exercise):
        signature = "double(items)"

        def cases(self, rng, processes):
            return iter(())
"""
RIGHT = "def double(items):\n    return [2 * item for item in items]\n"
HANGS = """
    from multiprocessing import Process
    from time import sleep

    def double(items):
        for _ in range(2):
            Process(target=sleep, args=(1000,)).start()
        sleep(1000)
"""
SERIAL = "def hash_all(func, items, processes):\n    return [func(item) for item in items]\n"

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with two small units; `double` is in both."""
    root = tmp_path_factory.mktemp("course")
    (root / "nbgrader_config.py").touch()
    for unit, text in {"01-small": CHECKS, "02-other": OTHER}.items():
        folder = root / "solutions" / unit
        folder.mkdir(parents=True)
        (folder / "checks.py").write_text(textwrap.dedent(text))
    return root


@pytest.fixture
def module(course: Path, tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that writes a module to be judged and says where it lies."""

    def write(text: str, name: str = "double.py") -> Path:
        (tmp_path / name).write_text(textwrap.dedent(text))
        return tmp_path / name

    return write


@pytest.fixture
def run(course: Path) -> Run:
    """Run the command in the course, or in another folder, to its end."""

    def run(
        *arguments: str | Path, cwd: Path = course, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [COMMAND, *arguments],
            cwd=cwd,
            env=os.environ | {"COLUMNS": "200"} | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=200,
        )

    return run


def check_double(path: Path, *more: str) -> list[str | Path]:
    return ["check", "double", "--unit", "01-small", "--file", path, *more]


# autograder check ------------------------------------------------------------------------------------


def typed(value: Any) -> Any:
    """The shape of a JSON value: its keys and the types in it."""
    if isinstance(value, dict):
        return {key: typed(inner) for key, inner in value.items()}
    return [typed(inner) for inner in value[:1]] if isinstance(value, list) else type(value)


FINDING = {"name": str, "passed": bool, "message": str}
SHAPE = {
    "exercise": str,
    "unit": str,
    "points": float,
    "max_points": float,
    "correct": bool,
    "findings": [FINDING],
}
NUMBERS = {"verdict": str, "efficiency": float, "low": float, "high": float, "threshold": float}
SPEED = {**NUMBERS, "speedup": float, "processes": int, "blocks": int, "seconds": float}


def test_a_right_answer_gives_exactly_the_json_of_the_contract(run, module):
    done = run(*check_double(module(RIGHT), "--json"))
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert typed(report) == {**SHAPE, "speed": type(None)}
    assert list(report) == [*SHAPE, "speed"]
    assert report | {"findings": []} == {
        "exercise": "double",
        "unit": "01-small",
        "points": 2.0,
        "max_points": 2.0,
        "correct": True,
        "findings": [],
        "speed": None,
    }
    names = [finding["name"] for finding in report["findings"]]
    assert names == ["the module can be imported", "values", "nothing is left running"]


def test_a_wrong_answer_is_a_verdict_too_and_its_message_holds_the_hint(run, module):
    done = run(*check_double(module("def double(items): return items"), "--json"))
    assert done.returncode == 0
    report = json.loads(done.stdout)
    assert (report["points"], report["correct"]) == (0.0, False)
    (failed,) = [one for one in report["findings"] if one["message"].startswith("on three items: expected")]
    assert not failed["passed"] and failed["message"].endswith(" Multiply.")


def test_a_serial_answer_gives_the_speed_object_of_the_contract(run, module):
    path = module(SERIAL, "hash_all.py")
    done = run("check", "hash_all", "--file", path, "--json", TMPDIR=str(path.parent))
    report = json.loads(done.stdout)
    assert typed(report["speed"]) == SPEED and list(report["speed"]) == list(SPEED)
    assert (report["correct"], report["max_points"]) == (True, 3.5)
    speed = report["speed"]
    assert (speed["threshold"], speed["processes"] >= 2) == (0.9, True)
    # On a busy machine the verdict may be open, which is another exit status; it may never be a pass.
    assert (speed["verdict"], done.returncode, report["points"]) in [
        ("fail", 0, 2.0),
        ("inconclusive", 3, 2.0),
    ]


def test_standard_output_holds_only_the_json_whatever_the_answer_prints(run, module):
    noisy = "import os, sys\nprint('noise'); print('noise', file=sys.stderr)\nos.write(1, b'noise')\n" + RIGHT
    done = run(*check_double(module(noisy), "--json"))
    assert json.loads(done.stdout)["correct"] and done.stderr == ""


def test_without_json_the_report_is_text(run, module):
    done = run(*check_double(module(RIGHT)))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("double in 01-small") and "2 of 2 points" in done.stdout
    done = run(*check_double(module(RIGHT)), PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "") and "ok   values" in done.stdout


def test_the_file_may_have_another_name_and_its_neighbours_are_there_to_import(run, module):
    module("def hash_all(item): return 2 * item", "hash_all.py")
    text = "from hash_all import hash_all as twice\ndef double(items): return [twice(item) for item in items]"
    done = run(*check_double(module(text, "my answer.txt"), "--json"))
    assert json.loads(done.stdout)["correct"]


def test_the_course_is_found_around_the_current_folder_or_named_or_around_the_file(
    run, course, module, tmp_path
):
    inside = course / "solutions" / "01-small" / "answer.py"
    inside.write_text(RIGHT)
    outside = module(RIGHT)
    try:
        assert run(*check_double(outside), cwd=course / "solutions").returncode == 0
        assert run(*check_double(outside, "--course", str(course)), cwd=tmp_path).returncode == 0
        assert run(*check_double(inside), cwd=tmp_path).returncode == 0
    finally:
        inside.unlink()
    done = run(*check_double(outside), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"autograder: {tmp_path} is not inside the course: " in done.stderr
    done = run(*check_double(outside, "--course", str(tmp_path)), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"there is no unit '01-small' in {tmp_path}/solutions; there is none" in done.stderr


# What cannot be used ---------------------------------------------------------------------------------


def unusable(done: subprocess.CompletedProcess[str], said: str) -> None:
    """Exit status 2, nothing on standard output, one line that says it."""
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr and "Traceback" not in done.stderr
    assert done.stderr.startswith("autograder: ") and done.stderr.count("\n") == 1


def test_an_unknown_exercise_or_unit_is_told_which_there_are(run, module):
    path = module(RIGHT)
    unusable(
        run("check", "triple", "--file", path, "--json"),
        "there is no exercise 'triple'. There are: 01-small: double, hash_all; 02-other: double.",
    )
    unusable(run("check", "double", "--unit", "09-none", "--file", path), "there is 01-small, 02-other.")
    unusable(run("check", "hash_all", "--unit", "02-other", "--file", path), "There are: 02-other: double.")
    unusable(
        run("check", "double", "--file", path), "'double' is in 01-small and 02-other; say which with --unit."
    )


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda path: None,
            "cannot be read: No such file or directory. Name the module with --file NAME.py.",
        ),
        (lambda path: path.mkdir(), "cannot be read: Is a directory."),
        (lambda path: path.symlink_to(path), "cannot be read: Too many levels of symbolic links."),
        (lambda path: path.write_bytes(b"x = '\xff'"), "is not UTF-8 text: "),
        (lambda path: path.write_bytes(os.urandom(50_000)), "is not UTF-8 text: "),
        (
            lambda path: path.write_text("я" * 200_001),
            "is longer than 200,000 characters; is it a Python module?",
        ),
        (lambda path: path.symlink_to("/dev/zero"), "is longer than 200,000 characters"),
    ],
    ids=["missing", "folder", "loop", "latin-1", "binary", "long", "endless"],
)
def test_a_file_that_is_no_module_is_named(run, tmp_path, make, said):
    path = tmp_path / "double.py"
    make(path)
    done = run(*check_double(path, "--json"))
    unusable(done, said)
    assert str(path) in done.stderr


def test_a_file_of_the_greatest_length_is_judged(run, module):
    path = module(RIGHT + "#" + "я" * (199_999 - len(RIGHT)), "double.py")
    assert json.loads(run(*check_double(path, "--json")).stdout)["correct"]


@pytest.mark.parametrize(
    "arguments", [["check"], ["check", "double"], ["check", "double", "--fiel", "x"], ["chekc"]]
)
def test_a_wrong_command_line_is_told_how_to_get_help(run, arguments):
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage: autograder" in done.stderr and "Error" in done.stderr


def test_an_unknown_start_method_is_told_which_there_are(run, module):
    done = run(*check_double(module(RIGHT)), AUTOGRADER_START_METHOD="vfork")
    unusable(done, "AUTOGRADER_START_METHOD is 'vfork', but this platform has fork, spawn, forkserver")


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_the_start_method_asked_for_is_the_one_used(run, module, method):
    done = run(*check_double(module(RIGHT)), AUTOGRADER_START_METHOD=method)
    assert done.returncode == 0 and f"cores, {method}, Python" in " ".join(done.stdout.split())


def test_a_broken_checks_file_is_named(run, module, tmp_path):
    folder = tmp_path / "solutions" / "01-small"
    folder.mkdir(parents=True)
    (folder / "checks.py").write_text("import no_such_module")
    done = run(*check_double(module(RIGHT), "--course", str(tmp_path)))
    unusable(
        done, f"{folder}/checks.py cannot be imported: ModuleNotFoundError: No module named 'no_such_module'"
    )


# What cannot be judged -------------------------------------------------------------------------------


def test_without_bubblewrap_other_peoples_code_is_not_run(run, module, tmp_path):
    witness = tmp_path / "ran"
    path = module(f"open({str(witness)!r}, 'w')\n{RIGHT}")
    done = run(*check_double(path, "--json"), PATH=str(tmp_path))
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("autograder: no sandbox, so nothing is graded: ")
    assert "apt-get install bubblewrap" in done.stderr and "--unsafe-no-sandbox" in done.stderr
    assert not witness.exists()


def test_without_containment_only_on_demand_and_the_report_says_so(run, module, tmp_path):
    done = run(*check_double(module(RIGHT), "--unsafe-no-sandbox"), PATH=str(tmp_path))
    assert done.returncode == 0 and "sandbox: none" in done.stdout
    told = json.loads(run(*check_double(module(RIGHT), "--unsafe-no-sandbox", "--json")).stdout)
    assert told["correct"] and told["sandbox"] == "none"


def test_on_one_core_the_json_stands_alone_and_the_reason_goes_to_standard_error(run, module):
    path = module(SERIAL, "hash_all.py")
    one_core = {min(os.sched_getaffinity(0))}
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, one_core)  # what it starts inherits it
    try:
        done = run("check", "hash_all", "--file", path, "--json", TMPDIR=str(path.parent))
    finally:
        os.sched_setaffinity(0, before)
    assert done.returncode == 3 and json.loads(done.stdout)["speed"]["verdict"] == "inconclusive"
    assert done.stderr.startswith("autograder: Speed: neither passed nor failed. This machine has one usable")
    assert "No speed point is lost" in done.stderr and done.stderr.count("\n") == 1


def test_a_place_that_cannot_be_written_is_one_message_and_no_traceback(run, course, module):
    page = course / "grading" / "01-small.html"
    folder = course / "grading" / "submitted" / "ada" / "01-small"
    folder.mkdir(parents=True)
    page.symlink_to("/dev/full")
    try:
        done = run("report", "01-small")
    finally:
        shutil.rmtree(course / "grading")
    assert (done.returncode, done.stdout) == (3, "")
    assert "cannot be written: No space left on device. " in done.stderr and done.stderr.count("\n") == 1
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [COMMAND, *check_double(module(RIGHT), "--json")],
            cwd=course,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=200,
        )
    assert done.returncode == 3 and "cannot be written: No space left on device. " in done.stderr
    assert "Traceback" not in done.stderr


# Being interrupted -----------------------------------------------------------------------------------


def alive_with_workers(
    course: Path, path: Path, **environment: str
) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
    """A running check whose answer hangs with two workers, and all processes below it."""
    started = subprocess.Popen(
        [COMMAND, *check_double(path, "--json")],
        cwd=course,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Shells start background jobs with SIGINT ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    end = time.monotonic() + 60
    while True:
        below = psutil.Process(started.pid).children(recursive=True)
        if sum(is_runner(one) for one in below) >= 3:
            return started, below
        assert started.poll() is None and time.monotonic() < end, (
            "the answer and its two workers never came up"
        )


def is_runner(process: psutil.Process) -> bool:
    """Whether it is a box's runner or a worker forked from it, not what starts the box and names it, too."""
    try:
        return process.cmdline()[1:3] == ["-m", "autograder.runner"]
    except psutil.Error:
        return False  # it has just ended


def test_ctrl_c_says_so_and_leaves_no_process(course, module):
    started, below = alive_with_workers(course, module(HANGS))
    started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=30)
    assert (started.returncode, out) == (130, "")
    assert err == "autograder: interrupted, and all it ran was stopped; verdicts already stored are kept.\n"
    assert not psutil.wait_procs(below, timeout=10)[1]


def test_a_grader_that_is_killed_takes_its_boxes_along(course, module, tmp_path):
    # Its scratch folder stays behind, as nobody is left to remove it: not in the folder looked at in the end.
    started, below = alive_with_workers(course, module(HANGS), TMPDIR=str(tmp_path))
    started.kill()
    started.communicate(timeout=30)
    assert not psutil.wait_procs(below, timeout=10)[1]


# The other commands ----------------------------------------------------------------------------------


def test_help_names_every_command_and_option(run):
    done = run("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert all(command in done.stdout for command in ("check", "grade", "report", "doctor", "demo"))
    told = run("check", "--help").stdout
    assert all(option in told for option in ("--file", "--unit", "--json", "--course", "--unsafe-no-sandbox"))


def test_the_doctor_says_what_this_machine_can_do(run, tmp_path):
    done = run("doctor", "--seconds", "0")
    assert done.returncode == 0
    for what in ("cores", "start method", "accounting", "sandbox", "Python", "nbgrader"):
        assert what in done.stdout
    assert "bubblewrap works" in done.stdout
    done = run("doctor", "--seconds", "0", PATH=str(tmp_path))
    assert done.returncode == 3 and "apt-get install bubblewrap" in " ".join(done.stdout.split())


@pytest.mark.parametrize("command", ["grade", "report"])
def test_a_unit_that_is_not_there_or_has_no_submission_is_one_clear_message(run, course, command):
    unusable(run(command, "09-none"), "there is no unit '09-none'")
    unusable(
        run(command, "01-small"),
        f"no submission lies in {course}/grading/submitted/STUDENT/01-small. Put the",
    )
    assert not (course / "grading").exists()


def test_a_student_who_handed_nothing_in_is_named(run, course):
    folder = course / "grading" / "submitted" / "ada" / "01-small"
    folder.mkdir(parents=True)
    try:
        unusable(run("grade", "01-small", "--student", "bob"), "nothing of bob lies in ")
        assert run("grade", "01-small", "--student", "bob").stderr.endswith("something lies there of ada.\n")
    finally:
        for path in (folder, *list(folder.parents)[:3]):
            path.rmdir()

"""`check(...)` where students call it: in a notebook's kernel, and in a plain terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from jupyter_client.manager import start_new_kernel

pytestmark = pytest.mark.usefixtures("leaves_nothing")

CHECKS = """
    from autograder import Case, Check, Equals, Exercise, SpeedRule

    class Double(Exercise):
        signature = "double(items)"
        correctness_points = 3.0

        def cases(self, rng, processes):
            items = [rng.randrange(100) for _ in range(3)]
            check = Check("values", Equals([2 * item for item in items]), "Multiply.", 3.0, essential=True)
            yield Case((items,), (check,), on="three items", seconds=60.0)
            yield Case(([],), (Check("nothing for nothing", Equals([]), "Think of []."),), on="[]")

    class Quadruple(Double):
        signature = "quadruple(items)"
        speed = SpeedRule(0.5)
        speed_points = 1.0
"""
RIGHT = "def double(items):\n    return [2 * item for item in items]\n"
QUADRUPLE = "from double import double\ndef quadruple(items):\n    return double(items)\n"
HANGS = """
    from multiprocessing import Process
    from time import sleep

    def double(items):
        for _ in range(2):
            Process(target=sleep, args=(1000,)).start()
        sleep(1000)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student's folder with a checks.py; answers are written into it by the tests."""
    path = tmp_path_factory.mktemp("student") / "02-pool"
    path.mkdir()
    (path / "checks.py").write_text(textwrap.dedent(CHECKS))
    return path


@pytest.fixture
def write(folder: Path) -> Iterator[Callable[..., None]]:
    """Return a function that writes answers; they are gone after the test."""

    def write(**answers: str) -> None:
        for name, text in answers.items():
            (folder / f"{name}.py").write_text(textwrap.dedent(text))

    yield write
    for path in folder.glob("*.py"):
        if path.name != "checks.py":
            path.unlink()


# In a notebook ---------------------------------------------------------------------------------------


@dataclass
class Ran:
    """What a cell did: every message by its type, in order."""

    messages: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def of(self, *kinds: str) -> list[dict[str, Any]]:
        return [content for kind, content in self.messages if kind in kinds]

    @property
    def shown(self) -> list[dict[str, str]]:
        """The states that the one display went through."""
        first, *later = self.of("display_data", "update_display_data")
        assert len(self.of("display_data")) == 1
        assert all(content["transient"] == first["transient"] for content in later)
        return [content["data"] for content in (first, *later)]


class Notebook:
    """A kernel in the student's folder."""

    def __init__(self, folder: Path) -> None:
        self.manager, self.client = start_new_kernel(cwd=str(folder))

    def run(self, code: str, on: Callable[[str, dict[str, Any]], None] = lambda kind, content: None) -> Ran:
        """Run a cell to its end; `on` is told every message as it comes."""
        sent, ran = self.client.execute(code), Ran()
        while True:
            message = self.client.get_iopub_msg(timeout=60)
            kind, content = message["msg_type"], message["content"]
            if message["parent_header"].get("msg_id") != sent:
                continue
            if kind == "status" and content["execution_state"] == "idle":
                return ran
            ran.messages.append((kind, content))
            on(kind, content)

    def runners(self) -> list[psutil.Process]:
        """The runner of a box and the workers forked from it, as far as they are there now."""
        return [one for one in self.processes() if is_runner(one)]

    def processes(self) -> list[psutil.Process]:
        """What the kernel has started and what lives, but for the keeper, which lasts as long as it does."""
        below = psutil.Process(self.manager.provisioner.pid).children(recursive=True)
        return [one for one in below if not is_keeper(one)]


def is_keeper(process: psutil.Process) -> bool:
    try:
        return "sandbox/keeper.py" in " ".join(process.cmdline())
    except psutil.Error:
        return False


def is_runner(process: psutil.Process) -> bool:
    """Not what starts the box, which names the runner too."""
    try:
        return process.cmdline()[1:3] == ["-m", "autograder.runner"]
    except psutil.Error:
        return False  # it has just ended


@pytest.fixture(scope="module")
def notebook(folder: Path, leaves_nothing: None) -> Iterator[Notebook]:
    opened = Notebook(folder)
    opened.run("from autograder import check")
    yield opened
    opened.client.stop_channels()
    opened.manager.shutdown_kernel(now=True)


def test_a_report_is_shown_as_html_and_as_text_and_the_points_are_the_cells_value(notebook, write):
    write(double=RIGHT)
    ran = notebook.run("check('double')")
    report = ran.shown[-1]
    assert set(report) == {"text/plain", "text/html"}
    assert report["text/plain"].startswith("double in 02-pool") and "3 of 3 points" in report["text/plain"]
    assert report["text/html"].startswith("<section") and "sandbox: bubblewrap" in report["text/html"]
    (result,) = ran.of("execute_result")
    assert result["data"] == {"text/plain": "3.0"}, "what nbgrader reads as the cell's credit"
    assert not ran.of("stream", "error"), "stderr before the number would cost all credit"


def test_until_the_report_is_there_the_same_output_tells_the_progress(notebook, write):
    write(double=RIGHT)
    shown = notebook.run("check('double')").shown
    assert [state["text/plain"] for state in shown[:-1]] == [
        "double: check 1 of 2, values …",
        "double: check 2 of 2, nothing for nothing …",
    ]
    assert all(set(state) == {"text/plain"} for state in shown[:-1])


def test_partial_credit_is_a_float(notebook, write):
    write(double=RIGHT.replace("]\n", "] or None\n"))
    ran = notebook.run("points = check('double')\nprint(type(points).__name__, points)")
    assert ran.of("stream") == [{"name": "stdout", "text": "float 2.4\n"}]
    assert (
        "expected [], but got None" in ran.shown[-1]["text/plain"]
        or "got None" in ran.shown[-1]["text/plain"]
    )


def test_what_an_answer_prints_is_in_the_report_only_and_its_html_is_escaped(notebook, write):
    write(double="import sys\nprint('<script>x</script>')\nprint('noise', file=sys.stderr)\n" + RIGHT)
    ran = notebook.run("check('double')")
    assert not ran.of("stream")
    assert "&lt;script&gt;" in ran.shown[-1]["text/html"] and "<script>" not in ran.shown[-1]["text/html"]


def test_an_answer_that_is_not_there_yet_is_told_which_file_is_missing(notebook, write):
    ran = notebook.run("check('double')")
    assert "no cell (or file) that writes double.py was found" in ran.shown[-1]["text/plain"]
    assert ran.of("execute_result")[0]["data"]["text/plain"] == "0.0"


def test_the_answer_is_read_anew_at_each_check_and_so_are_those_it_imports(notebook, write):
    write(double="def double(items): return items\n")
    assert notebook.run("check('double')").of("execute_result")[0]["data"]["text/plain"] == "0.0"
    write(double=RIGHT)
    assert notebook.run("check('double')").of("execute_result")[0]["data"]["text/plain"] == "3.0"
    write(quadruple=QUADRUPLE)
    ran = notebook.run("check('quadruple', speed=False)")
    assert ran.of("execute_result")[0]["data"]["text/plain"] == "3.0"
    assert "Speed: not measured." in ran.shown[-1]["text/plain"]


def test_an_unknown_exercise_and_a_folder_without_checks_are_one_clear_error(notebook, folder):
    (error,) = notebook.run("check('triple')").of("error")
    assert (error["ename"], error["evalue"]) == (
        "CourseError",
        "unit 02-pool has no exercise 'triple'; it has double, quadruple.",
    )
    (error,) = notebook.run("import os; os.chdir('/'); check('double')").of("error")
    notebook.run(f"os.chdir({str(folder)!r})")
    assert error["ename"] == "CourseError" and "there is no checks.py in /" in error["evalue"]


@pytest.mark.parametrize("when", ["import", "call"])
def test_an_interrupt_ends_everything_that_was_started(notebook, write, when):
    write(double=HANGS if when == "call" else f"{textwrap.dedent(HANGS)}\ndouble([])")
    seen: list[psutil.Process] = []

    def interrupt(kind: str, content: dict[str, Any]) -> None:
        if kind != "display_data":
            return
        end = time.monotonic() + 60
        while len(notebook.runners()) < 3:
            assert time.monotonic() < end, "the answer and its two workers never came up"
        seen.extend(notebook.processes())
        notebook.manager.interrupt_kernel()

    (error,) = notebook.run("check('double')", on=interrupt).of("error")
    assert error["ename"] == "KeyboardInterrupt"
    _, left = psutil.wait_procs(seen, timeout=10)
    assert len(seen) >= 3 and not left
    assert notebook.run("1 + 1").of("execute_result")[0]["data"]["text/plain"] == "2"


# In a terminal ---------------------------------------------------------------------------------------

SCRIPT = "from autograder import check; print('points', check('double'))"


def run(
    folder: Path, *, stderr: int = subprocess.PIPE, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=folder,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=stderr,
        encoding=environment.get("PYTHONIOENCODING", "utf-8"),
        timeout=120,
    )


def test_in_a_script_the_report_is_printed_and_nothing_goes_to_standard_error(folder, write):
    write(double=RIGHT)
    done = run(folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("double in 02-pool") and done.stdout.endswith("\npoints 3.0\n")
    assert "\x1b" not in done.stdout and max(map(len, done.stdout.splitlines())) <= 80


def test_a_terminal_that_knows_only_ascii_gets_a_report_all_the_same(folder, write):
    write(double="print('ж')\n" + RIGHT)
    done = run(folder, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "ok   values: as promised." in done.stdout and "\\u0436" in done.stdout


def test_where_somebody_watches_the_progress_is_told_and_wiped_away(folder, write):
    write(double=RIGHT)
    ours, theirs = pty.openpty()
    done = run(folder, stderr=theirs)
    os.close(theirs)
    told = b""
    while select.select([ours], [], [], 0)[0]:
        try:
            told += os.read(ours, 4096)
        except OSError:  # how Linux says that nobody writes any more
            break
    os.close(ours)
    assert done.stdout.endswith("\npoints 3.0\n") and "check 1 of 2" not in done.stdout
    assert re.fullmatch(r"(\r\x1b\[Kdouble: check [12] of 2, [a-z ]+)+\r\x1b\[K", told.decode()), (
        "each stage on one line, which is empty at the end"
    )


def test_without_bubblewrap_ones_own_code_runs_all_the_same_and_the_report_says_so(folder, write, tmp_path):
    write(double=RIGHT)
    done = run(folder, PATH=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert "sandbox: none" in done.stdout and done.stdout.endswith("\npoints 3.0\n")

"""The doctor is right where it matters: one core, a quota, busy processes beside it, no sandbox."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import psutil
import pytest

from autograder import machine
from autograder.beside import Beside
from autograder.capacity import Capacity, Slice
from autograder.diagnosis import Examination, SandboxFacts
from autograder.doctor import examine
from autograder.render.capacity import capacity_picture
from autograder.render.doctor import as_html, as_text
from autograder.sandbox import Bubblewrap, Limits

pytestmark = pytest.mark.usefixtures("slot_removed")

COMMAND = Path(sys.executable).with_name("autograder")
LIMITS = dataclasses.asdict(Limits())
SECONDS = "1"


def json_of(command: list[str], status: int = 0, **environment: str) -> dict[str, Any]:
    """The one object that a command prints."""
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment})
    assert (done.returncode, done.stderr) == (status, "")
    return json.loads(done.stdout)


def doctor(*arguments: str) -> list[str]:
    return [str(COMMAND), "doctor", "--json", *arguments]


def pinned(cores: list[int], command: list[str]) -> list[str]:
    """The command, on these cores only."""
    pin = f"import os, sys; os.sched_setaffinity(0, {cores}); os.execv(sys.argv[1], sys.argv[1:])"
    return [sys.executable, "-c", pin, *command]


def ability(seen: dict[str, Any], what: str) -> dict[str, Any]:
    return next(ability for ability in seen["abilities"] if what in ability["what"])


@pytest.fixture(scope="module")
def slot_removed(leaves_nothing: None) -> Iterator[None]:
    """The timing slot's file stays on purpose, but not in these tests."""
    yield
    Path(tempfile.gettempdir(), "autograder-timing-slot").unlink(missing_ok=True)


# Real machines ---------------------------------------------------------------------------------------

ON_ONE_CORE = "On one core nothing can be sped up, so speed is inconclusive; correctness is graded as always."


@pytest.mark.timing
def test_on_one_core_nothing_can_be_sped_up() -> None:
    seen = json_of(pinned(sorted(os.sched_getaffinity(0))[:1], doctor("--seconds", SECONDS)))
    assert seen["cores"]["affinity"] == seen["cores"]["usable"] == 1 and seen["workers"] == 1
    assert seen["headline"] == "This machine can grade correctness, not speed."
    assert ability(seen, "correctness")["answer"] == "yes"
    speed = ability(seen, "CPU-bound")
    assert speed["answer"] == "no" and speed["words"].startswith(ON_ONE_CORE)
    assert ability(seen, "wait")["answer"] == "no"
    assert seen["capacity"]["processes"] == 2  # two at once, to show that there is nothing in it
    assert seen["capacity"]["got"] <= 1.05


@pytest.mark.timing
def test_under_a_quota_of_one_and_a_half_cores(limited: Callable[[list[str]], list[str]], real: bool) -> None:
    seen = json_of(limited(doctor("--seconds", "1.5")))
    assert seen["cores"]["quota"] == 1.5 and seen["cores"]["usable"] == 1
    assert ability(seen, "CPU-bound")["answer"] == "no"
    said = ability(seen, "CPU-bound")["words"]
    if seen["cores"]["affinity"] > 1:
        assert said.startswith("A quota of 1.5 cores lets two processes do at most 1.5 times one's work")
        assert "correctness is graded as always" in said and "Ask for a quota of 2 cores" in said
    assert ability(seen, "correctness")["answer"] == "yes"
    if real:
        assert seen["capacity"]["got"] < 1.75


@pytest.mark.timing
def test_beside_two_busy_processes_verdicts_take_longer() -> None:
    cores = sorted(os.sched_getaffinity(0))[:2]
    with busy(2, cores) as processes:
        began, spent = time.monotonic(), cpu_of(processes)
        seen = json_of(pinned(cores, doctor("--seconds", "1.5")))
        elapsed = time.monotonic() - began
        shares = [(now - before) / elapsed for now, before in zip(cpu_of(processes), spent, strict=True)]
    beside, measured = seen["capacity"]["beside"], seen["capacity"]
    # Where many others run, too, each of the two may have had too little to be called busy.
    assert beside["busy"] >= sum(share > 0.2 for share in shares), shares
    assert 0.3 < beside["programs"] < len(cores)
    assert measured["got"] + beside["programs"] < len(cores) + 0.6  # the rest of the time only one worked
    if len(cores) == 2 and seen["cores"]["usable"] == 2:
        assert measured["got"] < 1.8
        speed = ability(seen, "CPU-bound")
        assert speed["answer"] == "slowly"
        said = (
            r"(\w+ other busy process(es)? takes?|Other programs take) \d\.\d of 2 cores now: "
            r"speed verdicts still hold, by accounting, but take longer\."
        )
        assert re.search(said, speed["words"])


def test_without_a_sandbox_nothing_is_graded(tmp_path: Path) -> None:
    seen = json_of(doctor("--seconds", "0"), 3, PATH=str(tmp_path))
    assert not seen["can_grade"] and seen["headline"] == "This machine cannot grade other people's code."
    assert "apt-get install bubblewrap" in ability(seen, "correctness")["words"]
    assert seen["capacity"] is None and seen["not_measured"] == "it was left out"


@pytest.mark.parametrize("switch", ["auto", "off"])
def test_it_says_whether_a_cgroup_holds_a_box(switch: str) -> None:
    seen = json_of(doctor("--seconds", "0"), AUTOGRADER_CGROUP=switch)
    said = Bubblewrap(switch).limits_in_words()
    assert seen["sandbox"]["by"] == said
    assert ("No cgroup is used: " in said) != ("A cgroup of its own holds the memory" in said)
    assert switch == "auto" or "it is switched off" in said
    box = SandboxFacts("bubblewrap", "0.8.0", "", LIMITS, {}, said)
    page = as_text(dataclasses.replace(QUIET, sandbox=box), width=2000)
    assert said in page


def test_the_limits_that_are_told_are_those_of_a_process_in_a_box() -> None:
    seen = json_of(doctor("--seconds", "0"))["sandbox"]
    assert seen["name"] == "bubblewrap" and re.fullmatch(r"\d+\.\d+\.\d+", seen["version"])
    kernels = ("memory", "processes", "cpu_seconds", "file_bytes", "open_files")
    assert seen["held"] == {field: seen["asked"][field] for field in kernels}


def test_a_slot_that_is_held_is_told(tmp_path: Path) -> None:
    with machine.timing_slot(folder=tmp_path):
        seen = json_of(doctor("--seconds", "0"), TMPDIR=str(tmp_path))
    assert seen["slot"] == "held"
    assert json_of(doctor("--seconds", "0"), TMPDIR=str(tmp_path))["slot"] == "free"


def test_a_slot_that_cannot_be_taken_is_told_and_the_rest_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "autograder-timing-slot").symlink_to(tmp_path / "elsewhere")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    seen = examine(0.1)
    assert seen.slot.startswith("it cannot be taken: ") and "autograder-timing-slot" in seen.slot
    assert seen.capacity is None and "autograder-timing-slot" in seen.not_measured
    assert seen.can_grade


@pytest.mark.slow
def test_an_interrupt_shows_what_there_is() -> None:
    started = subprocess.Popen(
        doctor("--seconds", "600"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        wait_until(lambda: working(started.pid) >= 4.0)
        os.killpg(started.pid, signal.SIGINT)  # as a terminal does: to the command and all that it started
        out, err = started.communicate(timeout=30)
    finally:
        started.kill()
    assert (started.returncode, err) == (0, "")
    seen = json.loads(out)["capacity"]
    assert seen["interrupted"] and seen["slices"]


@pytest.mark.slow
def test_a_notebook_shows_the_page_and_says_meanwhile_what_it_does(tmp_path: Path) -> None:
    cell = nbformat.v4.new_code_cell("from autograder.doctor import examine\nexamine(0.3)")
    notebook = nbformat.v4.new_notebook(cells=[cell])
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    progress, page = notebook.cells[0].outputs
    assert progress.data["text/plain"].startswith("examined")
    assert page.data["text/html"].startswith("<section") and "<svg" in page.data["text/html"]
    assert "Capacity now" in page.data["text/plain"]


def test_a_terminal_without_unicode_gets_a_page_too() -> None:
    done = subprocess.run(
        [COMMAND, "doctor", "--seconds", "0.1"],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "COLUMNS": "80"},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    page = done.stdout.decode("ascii")
    assert "* two at once" in page and all(len(line) <= 80 for line in page.splitlines())


def test_unusable_seconds_are_refused() -> None:
    done = subprocess.run([COMMAND, "doctor", "--seconds", "-1"], capture_output=True, text=True)
    assert done.returncode == 2 and "--seconds" in done.stderr
    with pytest.raises(ValueError, match="seconds is -1, but measuring takes some; 0 leaves it out"):
        examine(-1)


# A quota: a real control group where one may be made, and made files elsewhere ------------------------


@pytest.fixture
def group() -> Iterator[Path | None]:
    """A control group of this test's own with a quota of 1.5 cores; None where none can be made."""
    made = make_group()
    if made is None:
        warnings.warn("no control group may be made here: made files stand in for one", stacklevel=1)
    yield made
    if made is not None:
        wait_until(lambda: not (made / "cgroup.procs").read_text())
        made.rmdir()


@pytest.fixture
def real(group: Path | None) -> bool:
    """Whether the quota is the kernel's."""
    return group is not None


@pytest.fixture
def limited(group: Path | None, tmp_path: Path) -> Callable[[list[str]], list[str]]:
    """Makes of a command one that runs under the quota: its own process goes into the group, no other."""
    if group is not None:
        enter = (
            "import os, sys\n"
            "with open(sys.argv[1], 'w') as processes: processes.write(str(os.getpid()))\n"
            "os.execv(sys.argv[2], sys.argv[2:])"
        )
        return lambda command: [sys.executable, "-c", enter, str(group / "cgroup.procs"), *command]
    (tmp_path / "job").mkdir()
    (tmp_path / "job" / "cpu.max").write_text("150000 100000\n")
    (tmp_path / "membership").write_text("0::/job\n")
    pretend = (
        "import functools, sys\nfrom pathlib import Path\nfrom autograder import cli, machine\n"
        f"places = Path({str(tmp_path)!r}), Path({str(tmp_path / 'membership')!r})\n"
        "machine.cgroup_quota = functools.partial(machine.cgroup_quota, *places)\n"
        "cli.main()"
    )
    return lambda command: [sys.executable, "-c", pretend, *command[1:]]


def make_group() -> Path | None:
    """A child of a group of this process that the cpu controller governs, of either version."""
    root = Path("/sys/fs/cgroup")
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, group = line.split(":", 2)
        if "cpu" in controllers.split(","):
            below, settings = root / controllers / group.lstrip("/"), {"cpu.cfs_quota_us": "150000"}
        elif controllers == "":
            below, settings = root / group.lstrip("/"), {"cpu.max": "150000 100000"}
        else:
            continue
        made = below / f"autograder-test-{os.getpid()}"
        try:
            made.mkdir()
        except OSError:
            continue
        try:
            for name, value in settings.items():
                with open(made / name, "r+") as file:  # not made anew: what is not there cannot be set
                    file.write(value)
        except OSError:
            made.rmdir()
            continue
        return made
    return None


# Words and pictures, of made examinations -------------------------------------------------------------

BOX = SandboxFacts("bubblewrap", "0.8.0", "", LIMITS, {"memory": LIMITS["memory"]})
QUIET = Examination(
    cores=machine.Cores(2, 2, None),
    start_method="fork",
    accounting=True,
    boost=None,
    slot="free",
    sandbox=BOX,
    versions={"Linux": "6.1", "Python": "3.11.7", "numpy": "2.0"},
)


def measured(rates: list[tuple[float, float]], got: float = 2.0, beside: Beside | None = None) -> Capacity:
    """Pairs of slices; `beside` is nothing unless told."""
    pieces = []
    for number, (alone, together) in enumerate(rates):
        pieces += [Slice(float(number), 1, alone, 1.0), Slice(number + 0.5, 2, together, got)]
    return Capacity(2, tuple(pieces), beside or Beside(0.01, 0.0, 0.0, 0))


GOOD = [(100.0, 195.0), (101.0, 198.0), (99.0, 196.0)]


@pytest.mark.parametrize(
    ("change", "answer", "words"),
    [
        ({}, "yes", "by the scheduler's accounting, on two processes."),
        ({"capacity": measured(GOOD)}, "yes", "by the scheduler's accounting, on two processes."),
        ({"capacity": measured(GOOD, 1.4, Beside(0.9, 0.0, 0.0, 2))}, "slowly",
         "Two other busy processes take 0.9 of 2 cores now: speed verdicts still hold, by accounting, but"),
        ({"capacity": measured(GOOD, 1.4, Beside(0.5, 0.0, 0.0, 1))}, "slowly",
         "One other busy process takes 0.5 of 2"),
        ({"capacity": measured(GOOD, 1.4, Beside(0.5, 0.0, 0.0, 0))}, "slowly",
         "Other programs take 0.5 of 2"),
        ({"capacity": measured(GOOD, 1.4, Beside(0.1, 0.0, 0.6, 0))}, "slowly", "The host takes 0.7 of 2"),
        ({"capacity": measured([(100.0, 130.0)] * 3)}, "slowly",
         "Two at once do only 1.30 of one's work, though they had their cores"),
        ({"capacity": measured([(100.0, 150.0)] * 3, got=1.5)}, "unsure",
         "Two processes had only 1.5 cores, and nobody is seen who took the rest: perhaps a quota outside"),
        ({"capacity": measured([(60.0, 190.0), (100.0, 195.0), (140.0, 200.0)])}, "slowly",
         "One core's speed varies by 40% from slice to slice"),
        ({"accounting": False}, "yes", "only while the machine is quiet"),
        ({"accounting": False, "capacity": measured(GOOD)}, "yes", "ran 1.70 times as fast as serial."),
        ({"accounting": False, "capacity": measured([(100.0, 130.0)] * 3)}, "slowly",
         "Now two at once do 1.30, so few blocks will count."),
        ({"cores": machine.Cores(1, 1, None)}, "no", ON_ONE_CORE),
        ({"cores": machine.Cores(8, 1, None)}, "no", "The machine has 8; this process may use one"),
        ({"cores": machine.Cores(2, 2, 1.5)}, "no", "at most 1.5 times one's work"),
        ({"cores": machine.Cores(2, 2, 0.5)}, "no",
         "A quota of 0.5 cores lets two processes do no more than one"),
        ({"cores": machine.Cores(8, 8, 2.5)}, "yes", "on two processes"),
        ({"cores": machine.Cores(64, 64, None)}, "yes", "on four processes"),
    ],
)  # fmt: skip
def test_what_can_be_measured_is_said_in_words(change: dict[str, Any], answer: str, words: str) -> None:
    seen = dataclasses.replace(QUIET, **change)
    speed = seen.abilities[1]
    assert speed.answer == answer and words in speed.words
    flat = " ".join(as_text(seen).split())
    assert words in flat
    assert escape(words) in as_html(seen)
    assert ("not speed" in seen.headline) == (answer == "no")


def test_the_capacity_is_told_in_the_same_words_everywhere() -> None:
    said = (
        "One process alone does 1.00, by definition; its speed varies by 1%. "
        "Two at once do 1.63 (from 1.60 to 1.64): they had 2.00 cores, each 18% slower than alone."
    )
    seen = dataclasses.replace(QUIET, capacity=measured([(100.0, 164.0), (101.0, 160.0), (99.0, 164.0)]))
    assert said in " ".join(as_text(seen).split()) and said in as_html(seen)
    stopped = dataclasses.replace(QUIET, capacity=dataclasses.replace(seen.capacity, interrupted=True))
    assert "It was interrupted: this is what 3 s have shown." in " ".join(as_text(stopped).split())
    missing = dataclasses.replace(QUIET, not_measured="it was left out")
    assert "The capacity was not measured: it was left out." in as_text(missing)
    assert "The capacity was not measured: it was left out." in as_html(missing)
    assert "<svg" not in as_html(missing)


def test_the_plot_shows_every_slice_where_it_belongs() -> None:
    seen = dataclasses.replace(QUIET, capacity=measured([(100.0, 200.0), (100.0, 160.0), (100.0, 200.0)]))
    lines = as_text(seen).splitlines()
    plot = [line[6:72] for line in lines if re.match(r" {3}[ 0-9] [┤│]", line)]  # without scale and spread
    assert [row.count("●") for row in plot] == [0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]  # at 2.0 and 1.6
    assert [row.count("○") for row in plot] == [0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0]
    assert "● two at once   ○ one alone   · all of 2 cores" in as_text(seen)
    assert all(len(line) <= 80 for line in lines)
    assert all(len(line) <= 40 for line in as_text(seen, 40).splitlines())


def test_the_picture_stands_alone_and_is_described() -> None:
    drawn = capacity_picture(measured(GOOD, 1.4))
    label = re.search(r'aria-label="([^"]*)"', drawn)
    assert label and "two at once did 1.96, from 1.95 to 1.98, where 2 would be ideal" in label[1]
    assert drawn.count("<circle") == 2 * len(GOOD) + 2  # the slices and the key
    assert not re.search(r"<script|\bid=|href|url\(", drawn)
    inside = [float(x) for x in re.findall(r' c?x1?="([\d.]+)"', drawn)]
    assert all(0 <= x <= 360 for x in inside)


def test_nothing_that_was_read_becomes_markup() -> None:
    hostile = "<script>alert(1)</script> [red]x[/red] \x1b[31m"
    box = dataclasses.replace(BOX, problem=hostile, name="")
    seen = dataclasses.replace(QUIET, sandbox=box, slot=hostile, not_measured=hostile)
    assert "<script" not in as_html(seen) and "&lt;script&gt;" in as_html(seen)
    assert "[red]x[/red]" in as_text(seen) and "\x1b" not in as_text(seen)


# Help -------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def busy(number: int, cores: list[int]) -> Iterator[list[psutil.Process]]:
    """So many processes that compute for a minute at most, on these cores."""
    code = (
        f"import os, time\nos.sched_setaffinity(0, {cores})\nend = time.monotonic() + 60\n"
        "print(flush=True)\nwhile time.monotonic() < end: pass"
    )
    started = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for _ in range(number)]
    try:
        for process in started:
            assert process.stdout is not None
            process.stdout.readline()
        yield [psutil.Process(process.pid) for process in started]
    finally:
        for process in started:
            process.kill()
            process.communicate()


def cpu_of(processes: list[psutil.Process]) -> list[float]:
    """CPU seconds of each so far."""
    return [sum(process.cpu_times()[:2]) for process in processes]


def working(pid: int) -> float:
    """CPU seconds of the measuring processes below a process."""
    spent = 0.0
    for process in psutil.Process(pid).children():
        with contextlib.suppress(psutil.Error):
            if "autograder.capacity" in process.cmdline():
                spent += process.cpu_times().user
    return spent


def wait_until(happened: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)

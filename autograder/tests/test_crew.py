"""A crew of real processes: its jobs, its failures, and its end, however its caller ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from autograder.crew import Crew
from autograder.harness import HarnessError

pytestmark = pytest.mark.usefixtures("slot_goes")
SOON = 30.0


@pytest.fixture(scope="module")
def slot_goes(leaves_nothing):
    """The slot's file stays where it is used; here it goes."""
    yield
    Path(tempfile.gettempdir(), "autograder-timing-slot").unlink(missing_ok=True)


def do(job: str, folder: Path) -> tuple[int, str]:
    """What the tests have a worker do."""
    word, _, rest = job.partition(" ")
    if word == "fail":
        raise HarnessError(rest)
    if word == "die" or (word == "die-once" and not (folder / rest).exists()):
        (folder / rest).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if word == "meet":  # comes back only if another does the same job at the same time
        mine, other = rest.split()
        (folder / mine).touch()
        end = time.monotonic() + SOON
        while not (folder / other).exists() and time.monotonic() < end:
            time.sleep(0.01)
        return os.getpid(), "met" if (folder / other).exists() else "alone"
    if word == "stay":
        (folder / rest).touch()
        try:
            time.sleep(1000)
        finally:
            (folder / f"{rest}-left").touch()
    return os.getpid(), job


def results(crew: Crew) -> dict[str, object]:
    return {done.job: done.error or done.value for done in crew.results()}


def test_jobs_are_done_side_by_side_in_other_processes(tmp_path):
    begun = []
    with Crew(do, (tmp_path,), 2, begun.append) as crew:
        for job in ("meet a b", "meet b a", "third", "fourth"):
            crew.add(job)
        found = results(crew)
        assert {found["meet a b"][1], found["meet b a"][1]} == {"met"}
        assert len({pid for pid, _ in found.values()}) == 2 and os.getpid() not in found.values()
        assert sorted(begun) == sorted(found)
        crew.add("later")  # the same workers do it
        pid, said = results(crew)["later"]
        assert said == "later" and pid in {pid for pid, _ in found.values()}


def test_without_workers_jobs_are_done_here(tmp_path):
    with Crew(do, (tmp_path,), 0) as crew:
        crew.add("one")
        assert results(crew) == {"one": (os.getpid(), "one")}
    with Crew(do, (tmp_path,), 1) as crew:
        crew.add("here", here=True)
        assert results(crew) == {"here": (os.getpid(), "here")}


def test_an_error_is_handed_on_and_the_others_go_on(tmp_path):
    with Crew(do, (tmp_path,), 1) as crew:
        for job in ("fail with a word", "two"):
            crew.add(job)
        found = results(crew)
    assert (
        isinstance(found["fail with a word"], HarnessError)
        and str(found["fail with a word"]) == "with a word"
    )
    assert found["two"][1] == "two"


def test_a_job_whose_worker_is_killed_is_done_by_another_but_not_by_a_third(tmp_path):
    with Crew(do, (tmp_path,), 1) as crew:
        for job in ("die-once x", "die y", "three"):
            crew.add(job)
        found = results(crew)
    assert found["die-once x"][1] == "die-once x" and found["three"][1] == "three"
    assert isinstance(found["die y"], HarnessError) and "exit status -9" in str(found["die y"])


def test_leaving_it_ends_what_is_under_way(tmp_path):
    with pytest.raises(KeyError), Crew(do, (tmp_path,), 1) as crew:
        crew.add("stay s")
        crew.add("never")
        until((tmp_path / "s").exists)
        raise KeyError
    assert (tmp_path / "s-left").exists()  # it ended by itself, with all that it had opened


def test_workers_do_not_outlive_a_caller_that_is_killed(tmp_path):
    code = (
        "import sys\nfrom pathlib import Path\nsys.path.insert(0, sys.argv[1])\n"
        "from autograder.crew import Crew\nimport test_crew\n"
        "if __name__ == '__main__':\n"
        "    with Crew(test_crew.do, (Path(sys.argv[2]),), 2) as crew:\n"
        "        crew.add('stay s'); crew.add('stay t')\n"
        "        list(crew.results())\n"
    )
    program = tmp_path / "caller.py"
    program.write_text(code)
    with subprocess.Popen([sys.executable, program, Path(__file__).parent, tmp_path]) as caller:
        until(lambda: (tmp_path / "s").exists() and (tmp_path / "t").exists())
        workers = psutil.Process(caller.pid).children(recursive=True)
        assert len(workers) >= 2
        caller.kill()
    _, left = psutil.wait_procs(workers, timeout=SOON)
    assert not left


def until(holds) -> None:
    end = time.monotonic() + SOON
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)

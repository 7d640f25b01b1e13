"""Every lecture runs from start to end, shows what its text says, and leaves nothing behind.

What a cell must show stands beside it in the text pair, as the cell's metadata `expect`: a regular
expression, or a list of them, each of which must be found in what the cell printed, in its value, or
in the description of its picture. A cell that shows something and expects nothing is a failure, so
the prose cannot drift away from the outputs unseen.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from datetime import datetime
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

import nbformat
import psutil
import pytest
from matplotlib import font_manager
from nbclient import NotebookClient
from nbformat import NotebookNode

LECTURES = sorted((Path(__file__).parents[2] / "lectures").glob("*.ipynb"))
METHODS = multiprocessing.get_all_start_methods()
MODULE = re.compile(r"%%writefile (\w+\.py)\n")


def test_there_are_lectures():
    assert LECTURES


def dealt() -> Iterator[object]:
    """Each lecture under each start method; one method a lecture, in turn, is enough for `make test`."""
    for lecture in LECTURES:
        unit = int(lecture.stem[:2])
        for turn, method in enumerate(METHODS):
            marks = [] if turn == unit % len(METHODS) else [pytest.mark.slow]
            yield pytest.param(lecture, method, id=f"{lecture.stem}-{method}", marks=marks)


@pytest.mark.usefixtures("leaves_no_shared_memory")
@pytest.mark.parametrize(("lecture", "method"), list(dealt()))
def test_lecture_runs_and_shows_what_it_says_under_every_start_method(lecture, method, record_property):
    assert_runs_well(lecture, method, record_property)


def assert_runs_well(lecture: Path, method: str, record_property) -> None:
    notebook = nbformat.read(lecture, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells), f"{lecture.name} is stored with outputs"
    font_manager.findfont("DejaVu Sans")  # else the first picture on a fresh machine warns of a slow start
    mark = uuid.uuid4().hex
    # A short path of its own: the forkserver's socket must fit into 107 characters.
    with tempfile.TemporaryDirectory(prefix="lecture-") as scratch:
        folder, temporary = Path(scratch, "run"), Path(scratch, "tmp")
        folder.mkdir()
        temporary.mkdir()
        client = NotebookClient(
            notebook,
            timeout=240,
            kernel_name="python3",
            allow_errors=True,
            resources={"metadata": {"path": str(folder)}},
        )
        environment = {
            **os.environ,
            "AUTOGRADER_START_METHOD": method,
            "TMPDIR": str(temporary),
            "LECTURE_RUN": mark,
        }
        client.execute(env=environment)
        record_property("seconds", seconds_of(notebook))
        _, alive = psutil.wait_procs(list(processes_marked(mark)), timeout=20)
        assert alive == [], f"{lecture.name} leaves processes behind"
        assert problems(notebook) == []
        assert {path.name for path in folder.iterdir()} - {"__pycache__"} == modules(notebook)
        # ipykernel waits at its end for multiprocessing's helper processes, which wait for it, until Jupyter
        # kills it: the folder of the forkserver's socket then stays, whatever the notebook does.
        assert [path for path in temporary.iterdir() if not path.name.startswith("pymp-")] == []


def problems(notebook: NotebookNode) -> list[str]:
    """What is wrong with an executed notebook, one message a problem."""
    found = []
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        where = f"cell {number} ({cell.source.strip().splitlines()[0]!r})"
        for output in cell.outputs:
            if output.output_type == "error":
                found.append(f"{where} raises {output.ename}: {output.evalue}")
            elif output.output_type == "stream" and output.name == "stderr":
                found.append(f"{where} writes to stderr: {output.text}")
        shown = text_of(cell)
        expected = cell.metadata.get("expect", [])
        expected = [expected] if isinstance(expected, str) else expected
        if shown.strip() and not expected and not MODULE.match(cell.source):
            found.append(f"{where} shows {shown!r}, but nothing is expected")
        found += [
            f"{where} should show {pattern!r}, but shows {shown!r}"
            for pattern in expected
            if not re.search(pattern, shown)
        ]
    return found


def text_of(cell: NotebookNode) -> str:
    """What a cell shows, as text: its prints, its values, the descriptions of its pictures."""
    texts = []
    for output in cell.outputs:
        if output.output_type == "stream" and output.name == "stdout":
            texts.append(output.text)
        elif output.output_type in ("display_data", "execute_result"):
            texts.append(output.data.get("text/plain", "") + "\n")
    return "".join(texts)


def seconds_of(notebook: NotebookNode) -> float:
    """Wall time from the first cell's start to the last cell's end, in seconds."""
    times = [cell.metadata["execution"] for cell in notebook.cells if cell.cell_type == "code"]
    first, last = times[0]["iopub.execute_input"], times[-1]["shell.execute_reply"]
    return (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds()


def modules(notebook: NotebookNode) -> set[str]:
    """The files that a notebook's cells write with %%writefile."""
    matches = [MODULE.match(cell.source) for cell in notebook.cells if cell.cell_type == "code"]
    return {match[1] for match in matches if match}


def processes_marked(mark: str) -> Iterator[psutil.Process]:
    """Processes that inherited LECTURE_RUN=`mark`, however far from the kernel that had it first."""
    for process in psutil.process_iter():
        try:
            if process.environ().get("LECTURE_RUN") == mark:
                yield process
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue


def executed(source: str, *outputs: NotebookNode, **metadata) -> NotebookNode:
    cell = nbformat.v4.new_code_cell(source, outputs=list(outputs), metadata=metadata)
    return nbformat.v4.new_notebook(cells=[cell])


PRINTED = nbformat.v4.new_output("stream", name="stdout", text="lost 3 of 10 updates\n")


@pytest.mark.parametrize(
    ("notebook", "complaint"),
    [
        (executed("count()", PRINTED, expect="lost 0 of"), "should show"),
        (executed("count()", expect="lost"), "should show"),
        (executed("count()", PRINTED, expect=["lost 3", "lost 4"]), "'lost 4'"),
        (executed("count()", PRINTED), "nothing is expected"),
        (executed("f()", nbformat.v4.new_output("stream", name="stderr", text="Warning")), "stderr: Warning"),
        (executed("f()", nbformat.v4.new_output("error", ename="OSError", evalue="x")), "raises OSError: x"),
    ],
)
def test_what_a_lecture_must_not_show_is_reported(notebook, complaint):
    (problem,) = problems(notebook)
    assert complaint in problem


def test_a_lecture_that_shows_what_it_says_has_no_problem():
    picture = nbformat.v4.new_output(
        "display_data", data={"text/plain": "Gantt chart.", "text/html": "<img>"}
    )
    assert problems(executed("count()", PRINTED, picture, expect=["lost [1-9]", "Gantt"])) == []


def test_a_process_that_stays_is_seen():
    mark = uuid.uuid4().hex
    # Just after exec an environment reads as empty; a shell that has spoken and waits is past that.
    environment = {**os.environ, "LECTURE_RUN": mark}
    pipe = subprocess.PIPE
    child = psutil.Popen(["sh", "-c", "echo here; read word"], env=environment, stdin=pipe, stdout=pipe)
    try:
        assert child.stdout.readline() == b"here\n"
        assert [process.pid for process in processes_marked(mark)] == [child.pid]
    finally:
        child.kill()
        child.communicate()
    assert list(processes_marked(mark)) == []


def test_shared_memory_that_stays_is_seen_and_what_somebody_uses_is_not(left_in_shared_memory):
    before = set(Path("/dev/shm").iterdir())
    used = multiprocessing.get_context("spawn").Semaphore()
    block = SharedMemory(create=True, size=1)
    path = f"/dev/shm/{block.name.lstrip('/')}"
    # What is asked about is ours alone: the others' blocks count as having been there.
    before |= {
        one
        for one in Path("/dev/shm").iterdir()
        if str(one) != path and used._semlock.name[1:] not in one.name
    }
    try:
        assert left_in_shared_memory(before, seconds=0) == []
        block.close()
        assert left_in_shared_memory(before, seconds=0) == [path]
    finally:
        block.unlink()
    assert left_in_shared_memory(before, seconds=0) == []

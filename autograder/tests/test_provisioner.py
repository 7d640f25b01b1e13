"""A sandboxed kernel for any Jupyter client, and for stock nbgrader, by configuration alone."""

from __future__ import annotations

import asyncio
import base64
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.api import Gradebook

from autograder.sandbox.provisioner import SPEC_NAME, install

MIB = 1 << 20

pytestmark = pytest.mark.usefixtures("leaves_nothing")


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The kernel specification, installed where Jupyter looks for this test."""
    place = install(str(tmp_path))
    monkeypatch.setenv("JUPYTER_PATH", str(place.parents[1]))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    return SPEC_NAME


def test_the_package_brings_the_specification_along() -> None:
    spec = KernelSpecManager().get_kernel_spec(SPEC_NAME)
    assert spec.metadata["kernel_provisioner"]["provisioner_name"] == SPEC_NAME


def test_the_specification_gives_any_client_a_sandboxed_kernel(spec: str) -> None:
    async def visit() -> list[str]:
        manager = AsyncKernelManager(kernel_name=spec)
        await manager.start_kernel()
        folder = Path(manager.connection_file).parent
        client = manager.client()
        client.start_channels()
        await client.wait_for_ready(timeout=30)
        said = []
        for source in (
            "import os\n(os.getuid(), os.getcwd())",
            "import time\nprint('begun')\ntime.sleep(1e6)",
        ):
            request = client.execute(source)
            while True:
                message = await client.get_iopub_msg(timeout=20)
                if message["msg_type"] == "execute_result":
                    said.append(message["content"]["data"]["text/plain"])
                if message["msg_type"] == "error":
                    said.append(message["content"]["ename"])
                if message["msg_type"] == "stream":  # earlier, no cell is there yet to be interrupted
                    await manager.interrupt_kernel()
                state = message["content"].get("execution_state")
                if state == "idle" and message["parent_header"].get("msg_id") == request:
                    break
        assert await manager.is_alive()
        client.stop_channels()
        await manager.shutdown_kernel(now=True)
        assert not await manager.is_alive()
        assert not folder.exists()
        return said

    assert asyncio.run(visit()) == ["(1000, '/work')", "KeyboardInterrupt"]


SOURCE = """\
%%writefile twice.py
def twice(number):
    ### BEGIN SOLUTION
    return 2 * number
    ### END SOLUTION
"""
RIGHT = "%%writefile twice.py\ndef twice(number):\n    return number + number\n"
STUDENTS = {
    "amara": RIGHT,
    "bela": RIGHT.replace("number + number", "3 * number"),
    "chidi": "import os\nos._exit(0)",
    "dana": RIGHT.replace("def", "while True: print('x' * 100_000)\ndef", 1).replace(
        "%%writefile twice.py\n", ""
    ),
    "eli": "import ctypes\nctypes.string_at(0)",
    "fola": "import time\ntime.sleep(1e6)",
    "gita": "import os, signal\nos.kill(os.getpid(), signal.SIGINT)",
    # Right only where it cannot see the gradebook.
    "zoe": RIGHT.replace("number + number", "number * (3 if os.path.exists(GRADEBOOK) else 2)").replace(
        "def", "import os\ndef", 1
    ),
}
PLOT = """\
import os

import matplotlib.pyplot as plt

plt.plot([1, 2])
plt.show()
print(os.getuid(), os.getcwd(), sorted(os.listdir()))
"""
CONFIG = f"""\
c = get_config()
c.CourseDirectory.course_id = "stock"
c.Execute.kernel_name = {SPEC_NAME!r}
"""


@pytest.mark.slow
def test_stock_nbgrader_uses_it_by_configuration_alone(tmp_path: Path) -> None:
    """Its own Execute, its own commands: the honest are marked, the others cost nobody else anything."""

    def cell(source: str, grade_id: str, **marks: Any) -> NotebookNode:
        marks = {"grade_id": grade_id, "schema_version": 3, "task": False, **marks}
        return new_code_cell(source, id=grade_id, metadata={"nbgrader": marks})

    def nbgrader(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "nbgrader", *words]
        # It calls alembic by name, which is found only where the environment is active.
        path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
        environment = {**os.environ, "PATH": path}
        return subprocess.run(
            command, cwd=course, env=environment, capture_output=True, text=True, timeout=300
        )

    course = tmp_path / "course"
    source = course / "source/ps1/p.ipynb"
    source.parent.mkdir(parents=True)
    (course / "nbgrader_config.py").write_text(CONFIG)
    answer = cell(SOURCE, "twice", solution=True, grade=False, locked=False)
    test = cell(
        "from twice import twice\nassert twice(4) == 8",
        "test",
        solution=False,
        grade=True,
        locked=True,
        points=3,
    )
    plot = new_code_cell(PLOT, id="plot")
    nbformat.write(new_notebook(cells=[answer, test, plot]), source)
    done = nbgrader("generate_assignment", "ps1")
    assert done.returncode == 0, done.stderr
    for student, text in STUDENTS.items():
        release = nbformat.read(course / "release/ps1/p.ipynb", as_version=4)
        release.cells[0].source = text.replace("GRADEBOOK", repr(str(course / "gradebook.db")))
        place = course / "submitted" / student / "ps1/p.ipynb"
        place.parent.mkdir(parents=True)
        nbformat.write(release, place)
    done = nbgrader("autograde", "ps1")
    scores = {}
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        for submission in gradebook.assignment_submissions("ps1"):
            scores[submission.student.id] = submission.score
    assert {name: scores.get(name, 0) for name in STUDENTS} == {
        "amara": 3, "bela": 0, "chidi": 0, "dana": 0, "eli": 0, "fola": 0, "gita": 0, "zoe": 3,
    }, done.stderr[-3000:]  # fmt: skip
    for student in ("amara", "bela", "fola", "gita", "zoe"):
        shown = nbformat.read(course / "autograded" / student / "ps1/p.ipynb", as_version=4).cells[2]
        picture, printed = shown.outputs
        assert base64.b64decode(picture.data["image/png"]).startswith(b"\x89PNG")
        assert printed.text.startswith("1000 /work [") and ".ipynb" not in printed.text
    sizes = [path.stat().st_size for path in course.glob("autograded/*/ps1/p.ipynb")]
    assert len(sizes) >= 3 and max(sizes) < 40 * MIB

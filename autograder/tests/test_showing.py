"""Cells that only show things: what they can see and do, and what it costs when they misbehave.

Real kernels in real sandboxes. Whatever one notebook does, the honest cells around it, and the honest
notebook after it, have their outputs; afterwards nothing is left.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder import showing
from autograder.sandbox import Limits
from autograder.sandbox.bubblewrap import Bubblewrap
from autograder.sandbox.kernel import SHOW_MODULES
from autograder.showing import ShowCells, ShowSettings, Step, plan, show

MIB = 1 << 20
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n and the rest").decode()
NO_PNG = base64.b64encode(b"<svg onload='alert(7)'/>").decode()
AFTER = "print('still', 'here')"
MARK = f"marked-{secrets.token_hex(6)}"

pytestmark = pytest.mark.usefixtures("leaves_nothing")


def shown(*sources: str, settings: ShowSettings | None = None) -> tuple[list[str], str]:
    """What each cell shows, as text, and what `show` says about it."""
    cells = [new_code_cell(source) for source in sources]
    problem = show([Step(cell, cell.source) for cell in cells], settings)
    nbformat.validate(new_notebook(cells=cells))
    return [seen(cell) for cell in cells], problem


def seen(cell: NotebookNode) -> str:
    """All that a cell shows."""
    said = []
    for output in cell.outputs:
        if output.output_type == "stream":
            said.append(output.text)
        elif output.output_type == "error":
            said.append(f"{output.ename}: {output.evalue}")
        elif "autograder-report" in output.data.get("text/html", ""):
            said.append(output.data["text/plain"])
        else:
            said += output.data.values()
    return "\n".join(said)


def quick(**changes: Any) -> ShowSettings:
    """Short limits, so that a test of a limit is short."""
    return ShowSettings(**{"cell_seconds": 2.0, **changes})


def check_cell(source: str) -> NotebookNode:
    marks = {"grade": True, "solution": False, "grade_id": "check-it", "points": 1}
    return new_code_cell(source, metadata={"nbgrader": marks})


def marked_processes() -> list[psutil.Process]:
    """Processes anywhere on this machine that carry this run's mark in their command line."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and any(MARK in word for word in process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found


# An honest notebook -----------------------------------------------------------------------------------

HONEST = (
    "%%writefile double.py\ndef double(number):\n    return 2 * number",
    "from double import double\ndouble(21)",
    "from multiprocessing import Pool\nwith Pool(2) as pool:\n    print(pool.map(double, range(4)))",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.show()",
    "import sys\nprint('a warning', file=sys.stderr)\n1 / 0",
    "from autograder.machine import describe\nfrom autograder.timeline import recorded\nprint(describe())",
)


def test_an_honest_notebook_shows_what_it_shows_to_its_author() -> None:
    cells = [new_code_cell(source) for source in HONEST]
    assert show([Step(cell, cell.source) for cell in cells]) == ""
    assert "Writing double.py" in seen(cells[0])
    assert "42" in seen(cells[1])
    assert cells[1].execution_count == 2
    assert "[0, 2, 4, 6]" in seen(cells[2])
    picture = cells[3].outputs[0].data["text/html"]
    assert picture.startswith('<img alt="&lt;Figure size 640x480')
    assert base64.b64decode(picture.partition("base64,")[2].partition('"')[0]).startswith(b"\x89PNG")
    assert "a warning" in seen(cells[4])
    assert "ZeroDivisionError: division by zero" in seen(cells[4])
    assert "Linux" in seen(cells[5])
    nbformat.validate(new_notebook(cells=cells))


def test_a_traceback_does_not_tell_where_the_graders_python_is() -> None:
    cells, _ = shown("import json, sys\nprint(json.__file__, file=sys.stderr)")
    cell = new_code_cell("import json\njson.loads('{')")
    show([Step(cell, cell.source)])
    traceback = "\n".join(cell.outputs[0].traceback)
    assert "json/decoder.py" in traceback and sys.base_prefix not in traceback
    assert cells[0].startswith("lib/") and cells[0].endswith("json/__init__.py\n")


def test_it_works_inside_a_running_event_loop_and_leaves_checks_alone() -> None:
    check = check_cell("print('I was run')")
    check.outputs = [nbformat.v4.new_output("stream", text="the harness's")]
    before = json.dumps(check)
    notebook = new_notebook(cells=[new_markdown_cell("words"), new_code_cell("6 * 7"), check])

    async def as_formgrader_does() -> None:
        ShowCells().preprocess(notebook, {})

    asyncio.run(as_formgrader_does())
    assert seen(notebook.cells[1]) == "42"
    assert json.dumps(notebook.cells[2]) == before


def answer_cell(source: str, grade_id: str, *, by_hand: bool = False) -> NotebookNode:
    marks = {"grade": by_hand, "solution": True, "grade_id": grade_id}
    return new_code_cell(source, metadata={"nbgrader": marks})


def test_answers_are_written_as_the_modules_that_were_judged() -> None:
    """Whatever the first line of the cell says: nothing of an answer runs before somebody imports it."""
    elsewhere = answer_cell("%%writefile other.py\nprint('imported')", "twice")
    without = answer_cell("print('imported, too')", "thrice")
    notebook = new_notebook(cells=[elsewhere, without, new_code_cell("import twice, thrice")])
    ShowCells().preprocess(notebook, {})
    assert [seen(cell) for cell in notebook.cells] == ["", "", "imported\nimported, too\n"]


def test_checks_are_not_run_and_free_answers_are() -> None:
    by_hand = answer_cell("2 + 2", "drawing", by_hand=True)
    cells = [check_cell("1"), answer_cell("1", "twice"), by_hand, new_code_cell(" "), new_code_cell("3")]
    assert [step.source for step in plan(new_notebook(cells=cells))] == [
        "%%writefile twice.py\n1",
        "2 + 2",
        "3",
    ]


def test_without_a_cell_that_shows_something_no_kernel_is_started() -> None:
    """`plan` is empty then, and `show` has nothing to start a kernel for."""
    writes = new_code_cell("%%writefile work.py\n1")
    silent = [new_markdown_cell("words"), answer_cell("1", "twice"), check_cell("1"), writes]
    assert plan(new_notebook(cells=silent)) == []
    missing = answer_cell("# No answer", "twice")
    missing.metadata.autograder = {"missing": True}
    assert plan(new_notebook(cells=[missing, new_code_cell("3")])) == []
    settings = ShowSettings(seconds=0)
    assert show([], settings) == ""


def test_an_answer_that_cannot_be_written_says_so() -> None:
    notebook = new_notebook(cells=[answer_cell("", "twice"), new_code_cell("print('below')")])
    write, _ = plan(notebook)
    show([Step(write.cell, "%%writefile no/such/folder.py\n1", quiet=True)])
    assert "FileNotFoundError" in seen(notebook.cells[0])


def test_an_unexpected_failure_costs_outputs_and_not_the_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: Any) -> str:
        raise OSError("no room left")

    monkeypatch.setattr(showing, "socket_folder", broken)
    notebook = new_notebook(cells=[new_code_cell("1")])
    assert ShowCells().preprocess(notebook, {"kept": 1}) == (notebook, {"kept": 1})
    assert seen(notebook.cells[0]) == "[Not run: the sandbox failed (OSError). This changes no points.]"


def test_without_a_sandbox_nothing_is_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The page says that there was none; what to install is for whoever reads the log."""
    monkeypatch.setattr(Bubblewrap, "problem", lambda self: "it is not installed.")
    (said,), problem = shown(f"open({str(tmp_path / 'ran')!r}, 'w')")
    assert said == "[Not run: there was no sandbox to run it in. This changes no points.]"
    assert "it is not installed." in problem
    assert not (tmp_path / "ran").exists()


# What cells can see -----------------------------------------------------------------------------------


def test_a_snooping_cell_finds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "do-not-tell")
    (tmp_path / "gradebook.db").write_text("do-not-tell")
    course = Path(__file__).parents[2]
    hidden = [
        tmp_path,
        tmp_path / "gradebook.db",
        course / "solutions",
        course / "autograder",
        course / ".git",
    ]
    python = Path(sys.prefix), Path(sys.base_prefix)
    hidden += [place for place in Path.home().iterdir() if not any(p.is_relative_to(place) for p in python)]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        cells, problem = shown(
            "import glob, os, pathlib, socket\n"
            "processes = glob.glob('/proc/[0-9]*')\n"
            "told = [pathlib.Path(place, 'environ').read_text() for place in processes]\n"
            "print('environment', 'do-not-tell' in str([told, os.environ]))",
            f"print('hidden', [place for place in {list(map(str, hidden))} if os.path.exists(place)])",
            "places = 'answers', 'box', 'tmp', 'work', 'dev', 'etc'\n"
            "print('notebooks', [p for place in places for p in pathlib.Path('/', place).rglob('*.ipynb') "
            "if 'site-packages' not in p.parts])",
            "print('package', sorted(p.name for p in pathlib.Path('/answers/autograder').glob('*.py')))",
            "import autograder.checking",
            f"socket.create_connection(('127.0.0.1', {listener.getsockname()[1]}), 2)",
            "socket.create_connection(('192.0.2.1', 80), 2)",
            "print('interfaces', [name for _, name in socket.if_nameindex()])",
            "print('processes', len(processes), 'user', os.getuid())",
            "for place in ('/', '/answers', '/box', '/usr', '/etc', '/dev', os.path.dirname(os.__file__)):\n"
            "    try:\n        open(f'{place}/mine', 'w')\n        print('wrote', place)\n"
            "    except OSError as error:\n        print(error.strerror)",
        )
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert problem == ""
    environment, seen_places, notebooks, package, check, local, remote, interfaces, who, writing = cells
    assert environment == "environment False\n"
    assert seen_places == "hidden []\n"
    assert notebooks == "notebooks []\n"
    assert package == f"package {[name for name in SHOW_MODULES if '/' not in name]}\n"
    assert check.startswith("ModuleNotFoundError")
    assert local.startswith("ConnectionRefusedError")
    assert remote.startswith("OSError") and "unreachable" in remote
    assert interfaces == "interfaces ['lo']\n"
    assert who == "processes 2 user 1000\n"  # bubblewrap's own and the kernel
    assert "wrote" not in writing and "Read-only file system" in writing


def test_two_notebooks_see_nothing_of_each_other() -> None:
    first, _ = shown("open('left.txt', 'w').write('mine')\nopen('/tmp/left.txt', 'w').write('mine')")
    second, _ = shown(
        "import os\nprint([n for p in ('.', '/tmp', '/dev/shm') for n in os.listdir(p) if 'left' in n])"
    )
    assert first == ["4"]
    assert second == ["[]\n"]


# What cells can do ------------------------------------------------------------------------------------


def test_an_endless_loop_is_interrupted_and_the_rest_goes_on() -> None:
    cells, problem = shown("kept = 5", "while True: pass", "print(kept)", settings=quick())
    assert cells[1] == "[This cell was stopped after 2 s. This changes no points.]"
    assert cells[2] == "5\n"
    assert problem == "a cell was stopped after 2 s"


def test_workers_that_sleep_for_ever_are_interrupted_too() -> None:
    source = (
        "import time\nfrom multiprocessing import Pool\n"
        "with Pool(2) as pool:\n    pool.map(time.sleep, [9e5] * 2)"
    )
    cells, _ = shown(source, AFTER, settings=quick())
    assert "was stopped after 2 s" in cells[0]
    assert cells[1] == "still here\n"


def test_a_cell_that_ignores_interrupts_ends_its_notebook() -> None:
    source = (
        "import time\nwhile True:\n    try:\n        time.sleep(1)\n"
        "    except KeyboardInterrupt:\n        print('no', flush=True)"
    )
    cells, _ = shown("print('before')", source, AFTER, settings=quick())
    assert cells[0] == "before\n"
    assert "did not react to an interrupt, which ended the notebook" in cells[1]
    assert "Not run: the notebook's Python process ended in a cell above. This changes no points." in cells[2]


def test_the_whole_notebook_has_a_time_limit() -> None:
    naps = ["import time\ntime.sleep(1.5)"] * 4
    cells, problem = shown(*naps, settings=quick(seconds=5.0))
    assert any("5 s" in said for said in cells)
    assert "Not run" in cells[-1] or "were used up" in cells[-1]
    assert problem


@pytest.mark.parametrize(
    ("source", "how"),
    [
        ("import os\nos._exit(0)", "exit status 0"),
        ("import ctypes\nctypes.string_at(0)", "SIGSEGV"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
    ],
)
def test_a_kernel_that_ends_takes_only_its_own_outputs_with_it(source: str, how: str) -> None:
    cells, problem = shown("print('before')", "print('last words', flush=True)\n" + source, AFTER)
    assert cells[0] == "before\n"
    assert f"This cell ended the notebook: its Python process ended ({how})" in cells[1]
    assert "Not run" in cells[2]
    assert how in problem


def test_a_flood_is_cut_and_the_rest_goes_on() -> None:
    flood = "for _ in range(120):\n    print('x' * 1_000_000)"
    cells, _ = shown("print('before')", flood, AFTER)
    assert cells[0] == "before\n"
    # Interrupted, or ended if it is faster than that.
    assert "it made more than 2,097,152 bytes of output" in cells[1] or "more than 32 MiB" in cells[1]
    assert len(cells[1]) < 2.1 * MIB
    assert cells[2] == "still here\n" or "Not run" in cells[2]


def test_a_flood_of_small_prints_is_cut_and_interrupted() -> None:
    cells, _ = shown("while True: print('line')", AFTER, settings=ShowSettings(cell_bytes=10_000))
    assert "it made more than 10,000 bytes of output" in cells[0]
    assert len(cells[0]) < 12_000
    assert cells[1] == "still here\n"


def test_one_enormous_output_ends_the_kernel_and_is_not_taken_into_memory() -> None:
    before = psutil.Process().memory_info().rss
    source = "from IPython.display import publish_display_data as put\nput({'text/plain': 'x' * 400_000_000})"
    cells, problem = shown(source, AFTER)
    assert "its outputs had more than 32 MiB" in problem
    assert "Not run" in cells[1]
    assert psutil.Process().memory_info().rss - before < 150 * MIB


def test_a_notebook_keeps_only_so_much() -> None:
    cells, _ = shown(
        *["print('x' * 4000)"] * 4, settings=ShowSettings(cell_bytes=5000, notebook_bytes=10_000)
    )
    assert cells[0] == "x" * 4000 + "\n"
    assert sum(map(len, cells)) < 11_000
    assert "used up the 10,000 bytes of a notebook" in cells[3]


def test_a_memory_hog_of_many_processes_is_ended() -> None:
    limits = Limits(memory=1200 * MIB, processes=64, output=32 * MIB)
    source = (
        "import os\nfor _ in range(6):\n    if os.fork() == 0:\n"
        "        held = bytearray(os.urandom(1024)) * (300 * 1024)\n        while True: pass\n"
        "for _ in range(6): os.wait()"
    )
    cells, _ = shown(source, AFTER, settings=ShowSettings(limits=limits))
    assert re.search(r"it used (more than 1,200|[\d,]+) MiB of memory", cells[0])
    assert "Not run" in cells[1]


def test_one_process_that_wants_too_much_gets_a_memory_error() -> None:
    cells, problem = shown("held = b'x' * (3 << 30)", AFTER)
    assert "MemoryError" in cells[0]
    assert cells[1] == "still here\n"
    assert problem == ""


def test_a_fork_bomb_is_contained_and_gone_afterwards() -> None:
    source = f"""\
import os, subprocess, sys
for _ in range(300):
    subprocess.Popen([sys.executable, '-S', '-c', 'import os, signal, time\\nsignal.signal(2, 1)\\n'
                      'while True:\\n    try: os.fork()\\n    except OSError: time.sleep(1)', {MARK!r}])"""
    cells, _ = shown(source, AFTER, settings=quick(cell_seconds=4.0))
    assert "Resource temporarily unavailable" in cells[0] or "stopped" in cells[0] or "ended" in cells[0]
    assert not marked_processes()


def test_a_daemon_left_behind_is_gone() -> None:
    source = (
        "import subprocess, sys\n"
        f"command = [sys.executable, '-S', '-c', 'import time; time.sleep(1e6)', {MARK!r}]\n"
        "subprocess.Popen(command, start_new_session=True)\nprint('left it')"
    )
    cells, problem = shown(source, AFTER)
    assert cells == ["left it\n", "still here\n"]
    assert problem == ""
    assert not marked_processes()


def test_an_interrupt_of_the_run_leaves_nothing_behind() -> None:
    """Ctrl-C while a cell runs: the box ends with the run, and so does whatever the cell had started."""
    cell = (
        "import subprocess, sys\n"
        f"subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(1e6)', {MARK!r}])\n"
        "while True: pass"
    )
    run = (
        "import sys\nfrom nbformat.v4 import new_code_cell\nfrom autograder.showing import Step, show\n"
        "show([Step(new_code_cell(), sys.stdin.read())])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", run], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        process.stdin.write(cell)
        process.stdin.close()
        process.stdin = None
        while not marked_processes():
            assert process.poll() is None, process.communicate()[1]
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode != 0
    assert "KeyboardInterrupt" in said
    assert not marked_processes()


# What comes out ---------------------------------------------------------------------------------------


def test_only_text_and_pictures_pass() -> None:
    cells, problem = shown(
        "from IPython.display import HTML, Javascript, Markdown, display, publish_display_data as put",
        "display(HTML('<script>alert(1)</script>'), Markdown('<script>2</script>'), Javascript('alert(3)'))",
        f"put({{'image/png': {PNG!r} + '\" onload=\"alert(4)', 'text/plain': 'forged'}})",
        f"put({{'image/png': {PNG!r}, 'text/plain': '\"><script>alert(5)</script>'}})",
        f"put({{'image/png': {NO_PNG!r}, 'text/plain': 'no picture'}})",
        "put({'image/svg+xml': '<svg onload=\"alert(6)\"/>', 'application/x+json': {}, 'text/html': '<b>'})",
    )
    assert problem == ""
    assert "<script>" not in "".join(cells[:3])
    assert cells[2] == "forged"
    assert 'alt="&quot;&gt;&lt;script&gt;alert(5)&lt;/script&gt;"' in cells[3]
    assert cells[4] == "no picture"
    assert cells[5] == ""


def test_forged_messages_of_any_shape_are_survived() -> None:
    forge = """\
kernel = get_ipython().kernel
kinds = ('clear_output', 'display_data', 'execute_result', 'update_display_data', 'error', 'status',
         'execute_input', 'comm_open', 'nonsense', 'stream')
contents = (
    {}, {'data': 7}, {'data': {'text/plain': 7, 'image/png': ['x']}}, {'text': 1, 'name': 2},
    {'execution_state': [], 'transient': 3, 'data': {'text/plain': 'x'}}, {'execution_count': -5},
    {'traceback': 'no list', 'ename': {}, 'evalue': None}, {'execution_count': True}, {'traceback': [3]},
    b'[]', b'7', b'{"text": "half a pair: \\\\ud800", "name": "stdout", "data": {"text/plain": "\\\\ud800"}}',
)
for kind in kinds:
    for content in contents:
        kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent())
send, sign = kernel.iopub_thread.send_multipart, kernel.session.sign
send([b'stream', b'<IDS|MSG>', b'no signature', b'{', b'{', b'{', b'{'])
send([b'x'])
for part in (b'[' * 100_000, b'[]', b'7', b'{}', b'nothing'):
    send([b'stream', b'<IDS|MSG>', sign([part] * 4), *[part] * 4])
print('done')"""
    cells, problem = shown(forge, AFTER)
    assert "done" in cells[0]
    assert "half a pair: ?" in cells[0]
    assert cells[1] == "still here\n"
    assert problem == ""

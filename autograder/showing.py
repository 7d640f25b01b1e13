"""Runs the cells that only show things, so that plots and try-outs appear in feedback.

    rebuilt notebook, judged and recorded
        | plan       what each cell is: a check, a module that others import, or something to look at
        | _Visit     a kernel in a sandbox runs them, cell after cell
        | Outputs    text and pictures, checked and capped
    autograded notebook

What comes back is for people to look at and decides no mark: it is made after the marks are recorded, and
check cells, which hold the harness's report, are neither run nor touched. A cell that hangs, floods or
kills its kernel costs its student those outputs, and a note says so.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any

import nbformat
from jupyter_client.asynchronous import AsyncKernelClient
from nbformat.notebooknode import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Float, Integer

from autograder.outputs import Outputs
from autograder.render.html import note_html
from autograder.sandbox import Limits, SandboxError
from autograder.sandbox.bubblewrap import Bubblewrap
from autograder.sandbox.kernel import SHOW_LIMITS, SHOW_SECONDS, KernelBox
from autograder.sandbox.relay import connection_info, socket_folder
from autograder.submission import module_text

_LOOK = 0.2  # seconds between looks at a silent kernel
_GRACE = 3.0  # seconds for a cell to end after an interrupt
_NO_POINTS = "This changes no points."


@dataclass(frozen=True)
class ShowSettings:
    """What the shown cells of one notebook may take.

    Parameters
    ----------
    seconds, cell_seconds : float
        Wall time of the notebook, starting the kernel included, and of one cell.
    notebook_bytes, cell_bytes : int
        Bytes of output kept of the notebook and of one cell. A cell that makes more is stopped.
    limits : Limits
        On the processes of the notebook. `limits.output` is what the kernel may send before it is ended.
    """

    seconds: float = SHOW_SECONDS
    cell_seconds: float = 10.0
    notebook_bytes: int = 6 << 20
    cell_bytes: int = 2 << 20
    limits: Limits = SHOW_LIMITS


@dataclass(frozen=True)
class Step:
    """One cell to run.

    Parameters
    ----------
    cell : NotebookNode
        Its outputs are replaced.
    source : str
        What is run.
    quiet : bool
        The cell writes a module for the cells below. It shows nothing, unless that goes wrong.
    """

    cell: NotebookNode
    source: str
    quiet: bool = False


class ShowCells(NbGraderPreprocessor):
    """Gives the cells that only show things their outputs, from a kernel in a sandbox.

    Comes after `SaveVerdicts`. It never raises: a notebook without outputs is graded all the same.
    """

    seconds = Float(ShowSettings.seconds, help="Wall time of a notebook, in seconds.").tag(config=True)
    cell_seconds = Float(ShowSettings.cell_seconds, help="Wall time of a cell, in seconds.").tag(config=True)
    notebook_bytes = Integer(ShowSettings.notebook_bytes, help="Output kept of a notebook.").tag(config=True)
    cell_bytes = Integer(ShowSettings.cell_bytes, help="Output kept of a cell, in bytes.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Run the shown cells of `nb` in order, and give each its outputs."""
        settings = ShowSettings(self.seconds, self.cell_seconds, self.notebook_bytes, self.cell_bytes)
        steps = plan(nb)
        try:
            problem = show(steps, settings)
        except Exception as error:  # whatever it is, it is no reason to leave a student without marks
            self.log.exception("The cells that only show things were not all run")
            problem = _not_run(steps, f"the sandbox failed ({type(error).__name__})")
        if problem:
            self.log.warning("Some outputs are missing: %s", problem)
        return nb, resources


def plan(notebook: NotebookNode) -> list[Step]:
    """What is to be run of a notebook; nothing if no cell of it shows anything.

    An answer that the harness judges is written as the module that was judged, ``NAME.py``, whatever the
    first line of its cell says: so the cells below try what the report is about.

    Parameters
    ----------
    notebook : NotebookNode
        The rebuilt one. Cells without an answer are known by their metadata, see `autograder.preprocessor`.
    """
    steps = []
    for cell in notebook.cells:
        if cell.cell_type != "code" or (utils.is_grade(cell) and not utils.is_solution(cell)):
            continue
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if utils.is_solution(cell) and not utils.is_grade(cell) and name.isidentifier():
            steps.append(Step(cell, f"%%writefile {name}.py\n{module_text(cell.source)}", quiet=True))
        elif cell.source.strip():
            steps.append(Step(cell, cell.source, quiet=cell.source.lstrip().startswith("%%writefile")))
    answers = [cell for cell in notebook.cells if utils.is_solution(cell)]
    nothing = answers and all(cell.metadata.get("autograder", {}).get("missing") for cell in answers)
    return [] if nothing or all(step.quiet for step in steps) else steps


def show(steps: Sequence[Step], settings: ShowSettings | None = None) -> str:
    """Run cells in a fresh sandboxed kernel and replace their outputs.

    It works in threads of its own, so it may be called inside a running event loop; it blocks.

    Parameters
    ----------
    steps : sequence of Step
        Their cells are changed in place. Without any, no kernel is started.
    settings : ShowSettings, optional
        Time and size limits.

    Returns
    -------
    str
        Why some cell has not been run to its end, in words; empty if all were.
    """
    settings = settings or ShowSettings()
    end = time.monotonic() + settings.seconds
    for step in steps:
        step.cell.outputs, step.cell.execution_count = [], None
    if not steps:
        return ""
    problem = Bubblewrap().problem()
    if problem:
        return _not_run(steps, "there was no sandbox to run it in", problem)
    with socket_folder() as folder:
        key = secrets.token_hex(32).encode()
        address, seconds = str(Path(folder, "kernel")), settings.seconds + _GRACE
        box = KernelBox(address, key, limits=settings.limits, seconds=seconds)
        visit = _Visit(steps, box, key, settings, end)
        try:
            with box:
                # A loop of its own: the caller may be Formgrader's server, inside its event loop.
                thread = threading.Thread(target=visit.run, name="show-cells", daemon=True)
                thread.start()
                thread.join()
        except SandboxError as error:
            return _not_run(steps, "the sandbox did not start or did not end", str(error))
    if visit.error is not None:
        raise visit.error
    return visit.problem


class _Visit:
    """One client's visit to one kernel, cell after cell."""

    def __init__(
        self, steps: Sequence[Step], box: KernelBox, key: bytes, settings: ShowSettings, end: float
    ) -> None:
        self.problem = ""
        self.error: BaseException | None = None
        self._steps = steps
        self._box = box
        self._key = key
        self._settings = settings
        self._end = end

    def run(self) -> None:
        try:
            asyncio.run(self._visit())
        except BaseException as error:
            self.error = error

    async def _visit(self) -> None:
        self._client = AsyncKernelClient()
        self._client.load_connection_info(connection_info(self._box.address, self._key))
        self._client.start_channels(stdin=False, hb=False, control=False)
        try:
            if not await self._ready():
                self._box.close()
                self.problem = _not_run(self._steps, self._box.reason or "the kernel did not answer")
                return
            left = self._settings.notebook_bytes
            for number, step in enumerate(self._steps):
                if not self._box.alive() or time.monotonic() > self._end or left <= 0:
                    self.problem = self.problem or "a notebook was stopped"
                    _not_run(self._steps[number:], self._why_stopped(left))
                    break
                outputs = Outputs(min(left, self._settings.cell_bytes))
                trouble = await self._execute(step.source, outputs)
                left -= outputs.size
                failed = any(node.output_type == "error" for node in outputs.nodes)
                if trouble or failed or not step.quiet:
                    step.cell.outputs = outputs.nodes
                step.cell.execution_count = outputs.execution_count
                if trouble:
                    self.problem = self.problem or f"a cell {trouble}"
                    step.cell.outputs.append(_note(f"This cell {trouble}. {_NO_POINTS}"))
        finally:
            self._client.stop_channels()
            self._client.context.destroy(linger=0)

    def _why_stopped(self, left: int) -> str:
        if not self._box.alive():
            return "the notebook's Python process ended in a cell above"
        if left <= 0:
            return f"the cells above used up the {self._settings.notebook_bytes:,} bytes of a notebook"
        return f"the cells above used up the {self._settings.seconds:g} s of a notebook"

    async def _ready(self) -> bool:
        """Wait until the kernel answers and is heard: a message sent before that is lost."""
        while self._box.alive() and time.monotonic() < self._end:
            self._client.kernel_info()
            if await self._message(_LOOK) is not None:
                return True
        return False

    async def _message(self, seconds: float) -> dict[str, Any] | None:
        """The kernel's next broadcast; None if none came in time or it cannot be read."""
        try:
            message = await self._client.get_iopub_msg(timeout=seconds)
        except Empty:
            return None
        except Exception:  # cells know the key and can send anything: what cannot be read says nothing
            return None
        return message if isinstance(message.get("content"), dict) else None

    async def _execute(self, source: str, outputs: Outputs) -> str:
        """Run one cell until it is idle again; what went wrong, in words, empty if nothing."""
        settings, trouble = self._settings, ""
        deadline = min(time.monotonic() + settings.cell_seconds, self._end)
        request = self._client.execute(source, allow_stdin=False, stop_on_error=False)
        while True:
            message = await self._message(_LOOK)
            if message is None and not self._box.alive():
                return f"ended the notebook: {self._box.reason}"
            if message is not None and message["parent_header"].get("msg_id") == request:
                if message["msg_type"] == "status" and message["content"].get("execution_state") == "idle":
                    return trouble
                if not trouble:  # what it says of our interrupt is long, and nothing that it wanted to show
                    outputs.take(message["msg_type"], message["content"])
            if time.monotonic() > deadline:
                if trouble:
                    self._box.close()
                    return f"{trouble}, and did not react to an interrupt, which ended the notebook"
                trouble = f"was stopped after {settings.cell_seconds:g} s"
                if deadline == self._end:
                    trouble = f"was stopped when the notebook's {settings.seconds:g} s were used up"
            elif outputs.full and not trouble:
                trouble = f"was stopped: it made more than {outputs.max_bytes:,} bytes of output"
            else:
                continue
            self._box.interrupt()
            deadline = time.monotonic() + _GRACE


def _note(text: str) -> NotebookNode:
    shown = {"text/plain": f"[{text}]", "text/html": note_html(text)}
    return nbformat.v4.new_output("display_data", shown)


def _not_run(steps: Sequence[Step], why: str, detail: str = "") -> str:
    """Say in each cell that would show something why it does not, and return that in full.

    `detail` is for whoever grades, and for the log alone: a student cannot mend the grader's machine.
    """
    for step in steps:
        if not step.quiet and not step.cell.outputs and step.cell.execution_count is None:
            step.cell.outputs = [_note(f"Not run: {why}. {_NO_POINTS}")]
    return f"{why}: {detail}" if detail else why

"""Runs the cells that only show things, so that plots and try-outs appear in feedback.

    rebuilt notebook -> cells that are no checks -> a kernel in a sandbox -> outputs, checked and capped

What comes back is for people to look at and decides no mark: check cells are neither run nor touched.
A cell that hangs, floods or kills its kernel costs its student those outputs, and a note says so. The
kernel's messages are a student's to forge, and a feedback page is opened by others, so only text and
pictures pass: no HTML, no SVG, no script, whatever they are called.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import html
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

from autograder.sandbox import Limits, SandboxError
from autograder.sandbox.bubblewrap import Bubblewrap
from autograder.sandbox.kernel import SHOW_LIMITS, SHOW_SECONDS, KernelBox, connection_info, socket_folder

_LOOK = 0.2  # seconds between looks at a silent kernel
_GRACE = 3.0  # seconds for a cell to end after an interrupt
_MAX_OUTPUTS = 200
_ALT_CHARACTERS = 1000
_IMAGES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
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
    cell_seconds: float = 20.0
    notebook_bytes: int = 6 << 20
    cell_bytes: int = 2 << 20
    limits: Limits = SHOW_LIMITS


class ShowCells(NbGraderPreprocessor):
    """Gives the cells that are no checks their outputs, from a kernel in a sandbox.

    Comes before `GradeByHarness`. It never raises: a notebook without outputs is graded all the same.
    """

    seconds = Float(ShowSettings.seconds, help="Wall time of a notebook, in seconds.").tag(config=True)
    cell_seconds = Float(ShowSettings.cell_seconds, help="Wall time of a cell, in seconds.").tag(config=True)
    notebook_bytes = Integer(ShowSettings.notebook_bytes, help="Output kept of a notebook.").tag(config=True)
    cell_bytes = Integer(ShowSettings.cell_bytes, help="Output kept of a cell, in bytes.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Run the shown cells of `nb` in order, and give each its outputs."""
        settings = ShowSettings(self.seconds, self.cell_seconds, self.notebook_bytes, self.cell_bytes)
        try:
            problem = show([cell for cell in nb.cells if is_shown(cell)], settings)
        except Exception as error:  # whatever it is, it is no reason to leave a student without marks
            self.log.exception("The cells that only show things were not all run")
            problem = f"{type(error).__name__}: {error}"
        if problem:
            self.log.warning("Some outputs are missing: %s", problem)
        return nb, resources


def is_shown(cell: NotebookNode) -> bool:
    """Whether a cell is code that only shows things: not a check, whose outputs are the harness's."""
    return cell.cell_type == "code" and (utils.is_solution(cell) or not utils.is_grade(cell))


def show(cells: Sequence[NotebookNode], settings: ShowSettings | None = None) -> str:
    """Run code cells in a fresh sandboxed kernel and replace their outputs.

    It works in threads of its own, so it may be called inside a running event loop; it blocks.

    Parameters
    ----------
    cells : sequence of NotebookNode
        Code cells, changed in place.
    settings : ShowSettings, optional
        Time and size limits.

    Returns
    -------
    str
        Why some cell has not been run to its end, in words; empty if all were.
    """
    settings = settings or ShowSettings()
    end = time.monotonic() + settings.seconds
    for cell in cells:
        cell.outputs, cell.execution_count = [], None
    waiting = [cell for cell in cells if cell.source.strip()]
    if not waiting:
        return ""
    problem = Bubblewrap().problem()
    if problem:
        return _not_run(waiting, f"there is no sandbox: {problem}")
    with socket_folder() as folder:
        key = secrets.token_hex(32).encode()
        address, seconds = str(Path(folder, "kernel")), settings.seconds + _GRACE
        box = KernelBox(address, key, limits=settings.limits, seconds=seconds)
        visit = _Visit(waiting, box, key, settings, end)
        try:
            with box:
                # A loop of its own: the caller may be Formgrader's server, inside its event loop.
                thread = threading.Thread(target=visit.run, name="show-cells", daemon=True)
                thread.start()
                thread.join()
        except SandboxError as error:
            return _not_run([cell for cell in waiting if not cell.outputs], str(error))
    if visit.error is not None:
        raise visit.error
    return visit.problem


class _Visit:
    """One client's visit to one kernel, cell after cell."""

    def __init__(
        self, cells: Sequence[NotebookNode], box: KernelBox, key: bytes, settings: ShowSettings, end: float
    ) -> None:
        self.problem = ""
        self.error: BaseException | None = None
        self._cells = cells
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
                self.problem = _not_run(self._cells, self._box.reason or "the kernel did not answer")
                return
            left = self._settings.notebook_bytes
            for number, cell in enumerate(self._cells):
                if not self._box.alive() or time.monotonic() > self._end or left <= 0:
                    _not_run(self._cells[number:], self._why_stopped(left))
                    break
                outputs = Outputs(min(left, self._settings.cell_bytes))
                trouble = await self._execute(cell, outputs)
                cell.outputs = outputs.nodes
                cell.execution_count = outputs.execution_count
                left -= outputs.size
                if trouble:
                    self.problem = self.problem or f"a cell {trouble}"
                    cell.outputs.append(_note(f"This cell {trouble}. {_NO_POINTS}"))
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

    async def _execute(self, cell: NotebookNode, outputs: Outputs) -> str:
        """Run one cell until it is idle again; what went wrong, in words, empty if nothing."""
        settings, trouble = self._settings, ""
        deadline = min(time.monotonic() + settings.cell_seconds, self._end)
        request = self._client.execute(cell.source, allow_stdin=False, stop_on_error=False)
        while True:
            message = await self._message(_LOOK)
            if message is None and not self._box.alive():
                return f"ended the notebook: {self._box.reason}"
            if message is not None and message["parent_header"].get("msg_id") == request:
                if message["msg_type"] == "status" and message["content"].get("execution_state") == "idle":
                    return trouble
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


class Outputs:
    """The outputs of one cell, built anew from what a kernel sent: text and pictures, within a size.

    Parameters
    ----------
    max_bytes : int
        What is kept; the rest is dropped, and `full` says so.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.nodes: list[NotebookNode] = []
        self.execution_count: int | None = None
        self.full = False
        self.size = 0
        self._clear_first = False
        self._shown: dict[str, list[NotebookNode]] = {}

    def take(self, kind: str, content: dict[str, Any]) -> None:
        """Take one message of the kernel; what is not made as it should be is left out."""
        if kind == "execute_input" and isinstance(content.get("execution_count"), int):
            self.execution_count = min(max(int(content["execution_count"]), 0), 10**6)  # True is an int, too
        elif kind == "clear_output":
            self._clear_first = bool(content.get("wait"))
            if not self._clear_first:
                self._clear()
        elif kind == "stream":
            self._stream(content)
        elif kind in ("display_data", "execute_result", "update_display_data"):
            self._display(kind, content)
        elif kind == "error":
            name = self._fit(_text(content.get("ename"))[:200])
            value = self._fit(_text(content.get("evalue"))[:2000])
            lines = content.get("traceback") if isinstance(content.get("traceback"), list) else []
            told = self._fit("\n".join(map(_text, lines))).split("\n") if lines else [f"{name}: {value}"]
            self._add(nbformat.v4.new_output("error", ename=name, evalue=value, traceback=told))

    def _stream(self, content: dict[str, Any]) -> None:
        name, text = content.get("name"), self._fit(_text(content.get("text")))
        if name not in ("stdout", "stderr") or not text:
            return
        last = self.nodes[-1] if self.nodes and not self._clear_first else None
        if last is not None and last.output_type == "stream" and last.name == name:
            last.text += text
        else:
            self._add(nbformat.v4.new_output("stream", name=name, text=text))

    def _display(self, kind: str, content: dict[str, Any]) -> None:
        data, transient = content.get("data"), content.get("transient")
        shown = self._data(data) if isinstance(data, dict) else {}
        name = transient.get("display_id") if isinstance(transient, dict) else None
        if kind == "update_display_data":
            for node in self._shown.get(name, []) if isinstance(name, str) else []:
                node.data = shown
        elif shown:
            node = nbformat.v4.new_output("display_data", shown)
            self._add(node)
            if isinstance(name, str):
                self._shown.setdefault(name, []).append(node)

    def _data(self, data: dict[str, Any]) -> dict[str, str]:
        """What is shown of a bundle: a picture that is one, with its text as its description; or the text."""
        text = self._fit(_text(data.get("text/plain")))
        for kind, magic in _IMAGES.items():
            if not isinstance(data.get(kind), str):
                continue
            try:
                picture = base64.b64decode("".join(data[kind].split()), validate=True)
            except (binascii.Error, ValueError):
                continue
            encoded = base64.b64encode(picture).decode()
            if picture.startswith(magic) and self._fit(encoded) == encoded:
                # nbconvert drops the description of a PNG, and Formgrader gives <img> a red border.
                image = (
                    f'<img alt="{html.escape(text[:_ALT_CHARACTERS])}" '
                    f'style="max-width:100%;height:auto;border:0" src="data:{kind};base64,{encoded}">'
                )
                return {"text/html": image, "text/plain": text or "a picture"}
        return {"text/plain": text} if text else {}

    def _fit(self, text: str) -> str:
        """As much of `text` as there is room for; the room is used up by it."""
        data = text.encode("utf-8", "replace")
        room = self.max_bytes - self.size
        self.full = self.full or len(data) > room
        self.size += min(len(data), room)
        return data[:room].decode("utf-8", "ignore")

    def _add(self, node: NotebookNode) -> None:
        if self._clear_first:
            self._clear()
        if len(self.nodes) < _MAX_OUTPUTS:
            self.nodes.append(node)
        else:
            self.full = True

    def _clear(self) -> None:
        self.nodes.clear()
        self._shown.clear()
        self._clear_first = False


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _note(text: str) -> NotebookNode:
    return nbformat.v4.new_output("display_data", {"text/plain": f"[{text}]"})


def _not_run(cells: Sequence[NotebookNode], why: str) -> str:
    for cell in cells:
        cell.outputs = [_note(f"Not run: {why}. {_NO_POINTS}")]
    return why
